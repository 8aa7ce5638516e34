"""This room is for the kinds of sheets, each in its module; ``KINDS`` has them by code, as they are shown."""

from .admissions import ADMISSIONS
from .base import Context, Kind
from .members import MEMBERS

KINDS: dict[str, Kind] = {kind.code: kind for kind in (MEMBERS, ADMISSIONS)}

__all__ = ["KINDS", "Context", "Kind"]
