"""This room is for Django to find the tables of this floor; they live in the modules beside it."""

from . import (
    hanging_tables,  # noqa: F401 (says of every table what of it hangs on a body)
    person_tables,  # noqa: F401 (says of every table what it records about people)
)
from .cards import CardPrint
from .cases import Case, CaseDeadline, CaseHome, CaseStep, Protocol
from .proposals import Proposal

__all__ = ["CardPrint", "Case", "CaseDeadline", "CaseHome", "CaseStep", "Proposal", "Protocol"]
