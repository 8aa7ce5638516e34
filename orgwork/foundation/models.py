"""This room is for Django to find the tables of this floor; they live in the modules beside it."""

from .accounts import Account
from .dates import Counter
from .jobs import Job
from .journal import Entry, EntrySubject, Link
from .moments import Moment
from .signing_in import ApiToken, Notice, ProviderTie, ResetCode, SecondFactor, SignedIn

__all__ = [
    "Account",
    "ApiToken",
    "Counter",
    "Entry",
    "EntrySubject",
    "Job",
    "Link",
    "Moment",
    "Notice",
    "ProviderTie",
    "ResetCode",
    "SecondFactor",
    "SignedIn",
]
