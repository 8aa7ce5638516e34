"""This room is for showing Django the tables of this floor; each is described in the room of its noun."""

from orgwork.exchange import (
    hanging_tables,  # noqa: F401 (says what of the tables hangs on a body)
    person_tables,  # noqa: F401 (says what the tables record about people)
)
from orgwork.exchange.sheets.imports import Import, ImportRow, Layout
from orgwork.exchange.texts.kept import KeptText, TextFind

__all__ = ["Import", "ImportRow", "KeptText", "Layout", "TextFind"]
