"""This room is for showing Django the tables of this floor; each is described in the room of its noun."""

from orgwork.exchange.sheets.imports import Import, ImportRow, Layout

__all__ = ["Import", "ImportRow", "Layout"]
