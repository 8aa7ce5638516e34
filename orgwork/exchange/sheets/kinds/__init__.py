"""This room is for the kinds of sheets, each in its module; ``KINDS`` has them by code, as they are shown."""

from .admissions import ADMISSIONS
from .base import Context, Kind
from .bodies import BODIES
from .members import MEMBERS
from .posts import POSTS
from .recognitions import RECOGNITIONS
from .transfers import TRANSFERS

KINDS: dict[str, Kind] = {
    kind.code: kind for kind in (BODIES, MEMBERS, POSTS, ADMISSIONS, RECOGNITIONS, TRANSFERS)
}

__all__ = ["KINDS", "Context", "Kind"]
