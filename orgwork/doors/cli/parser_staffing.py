"""This room is for the command line of staffing."""

from __future__ import annotations

from .parser import _add, day
from .words import _


def _staffing(commands):
    found = _add(
        commands, "staffing", _("quotas, who fills them, the road map of reduction"), "staffing:show",
        more=_("Exit code 3: more people than posts somewhere, or a goal of the road map is not reached."),
    )  # fmt: skip
    found.add_argument("--unit", metavar=_("CODE"), help=_("code of the body; without it the whole"))
    found.add_argument("--on", type=day, metavar=_("DAY"), help=_("the day, as 2024-05-01"))


staffing = (_staffing,)
