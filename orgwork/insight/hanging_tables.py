"""This room is for what of the tables of figures hangs on a body: nothing, they say how it was."""

from orgwork.registers.hanging import stays

from .issued import FrozenFigure, IssuedReport

stays(IssuedReport, "unit", why="whose report it was when it was issued")
stays(FrozenFigure, "unit", why="of which body a figure was issued")
