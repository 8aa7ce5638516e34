"""This room is for spreadsheets both ways: read, rehearsed, agreed, applied in pieces, undone; and written.

    reading → columns → values → checks → rehearsing → (somebody looks and agrees) → applying → undoing

Nothing that a sheet says enters a register but by the procedures; until then it lies in the tables of the
import (``imports.py``) and nowhere else, and goes when the import is discarded.
"""
