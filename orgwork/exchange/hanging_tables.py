"""This room is for what of the tables of this floor hangs on a body: sheets hang on who brings them."""

from orgwork.exchange.sheets.imports import Layout
from orgwork.exchange.texts.kept import KeptText
from orgwork.registers.hanging import stays

stays(Layout, "unit", why="headings that a body was asked about once")
stays(KeptText, "unit", why="who brought the text in; what is found in it waits with whoever answers")
