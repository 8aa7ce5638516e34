"""This room is for Django to find the tables of this floor; they live in the modules beside it."""

from django.utils.translation import gettext_lazy as _

from orgwork.registers.person_tables import KEPT, STAY, about_nobody, about_people

from . import hanging_tables  # noqa: F401 (says of every table what of it hangs on a body)
from .issued import FrozenFigure, FrozenKey, IssuedReport

__all__ = ["FrozenFigure", "FrozenKey", "IssuedReport"]

about_people(
    IssuedReport, _("Reports issued"), persons=("actor__holder__person",), activity="figures",
    act="report.read", erased=KEPT, codes=("kind", "chain_link"), merge=STAY, why=_("a number"),
    shown=("kind", "unit", "start", "last", "issued_at"),
)  # fmt: skip
about_nobody(FrozenFigure, "a number")
about_nobody(FrozenKey, "numbers of records; what they open to is emptied where it stands")
