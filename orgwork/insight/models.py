"""This room is for Django to find the tables of this floor; they live in the modules beside it."""

from .issued import FrozenFigure, FrozenKey, IssuedReport

__all__ = ["FrozenFigure", "FrozenKey", "IssuedReport"]
