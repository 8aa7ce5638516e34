"""This room is for Django to find the tables of this floor; they live in the modules beside it."""

from .accounts import Account
from .dates import Counter
from .jobs import Job
from .journal import Entry, EntrySubject, Link
from .moments import Moment

__all__ = ["Account", "Counter", "Entry", "EntrySubject", "Job", "Link", "Moment"]
