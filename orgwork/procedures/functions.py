"""This room is for giving a body a function by a paper, handing it on to another body, and ending it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.translation import gettext_lazy as _

from orgwork.foundation import wording
from orgwork.foundation.dates import begin, change, end
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Refusal
from orgwork.registers.functions import BodyFunction, FunctionHolding
from orgwork.registers.units import Unit

from .cases import Outcome, cause
from .fields import PAPER, Field
from .operations import operation
from .papers import shown
from .unit_change import UNIT

#: Whoever may end a body may say what it has to do: the body itself cannot.
ACT = "unit.end"
FUNCTION = Field(
    "function", "number", _("Function"), help=_("Its number, as it stands on the page of the body.")
)


def holding(function: int, day: dt.date) -> FunctionHolding:
    """Which body has the function on the day."""
    rows = FunctionHolding.objects.on(day).filter(function=function)
    found = rows.select_related("function", "unit").first()
    if found is None:
        raise Refusal(
            _("No body has a function with this number on %(day)s; look at the page of the body.")
            % {"day": wording.day(day)},
            field="function", code="no_such_function",
        )  # fmt: skip
    return found


def holder(asked: dict[str, Any]) -> Unit:
    return holding(asked["function"], asked["day"]).unit


@operation(
    "function.give",
    label=_("Give a body a function"),
    act=ACT,
    at=lambda asked: asked["unit"],
    locks=["unit"],
    day_label=_("From the day"),
    help=_("What it has to do for good, by a paper. Exactly one body has a function on any day."),
    fields=[UNIT, Field("name", "text", _("Function"), most=300), PAPER],
)
def give(act: Act, *, day: dt.date, unit: Unit, name: str, document):
    """The function begins with this body; of the same name it has only one."""
    there = FunctionHolding.objects.on(day).filter(unit=unit, function__name__iexact=name)
    if there.exists():
        raise Refusal(
            _("%(body)s has this function already; give another, or hand that one over.")
            % {"body": unit.code},
            field="name", code="already_there",
        )  # fmt: skip
    function = BodyFunction.objects.create(name=name, paper=document)
    begin(FunctionHolding, act, day, function=function, unit=unit, cause=cause("issued", document=document))
    said = {"function": name, "decision": shown(document)}
    return Outcome(subjects=[(("unit", unit.pk), said)], result=function)


@operation(
    "function.hand_over",
    label=_("Hand a function over to another body"),
    act=ACT,
    at=holder,
    locks=["unit"],
    day_label=_("From the day"),
    help=_("From the day on the other body has it; the first one has it no more."),
    fields=[FUNCTION, Field("unit", "unit", _("To the body")), PAPER],
)
def hand_over(act: Act, *, day: dt.date, function: int, unit: Unit, document):
    before = holding(function, day)
    if before.unit_id == unit.pk:
        raise Refusal(
            _("%(body)s has this function already; choose another body.") % {"body": unit.code},
            field="unit", code="same",
        )  # fmt: skip
    why = cause("moved", document=document)
    change(FunctionHolding, act, {"function": before.function}, day, {"unit": unit}, cause=why)
    said = {
        "function": before.function.name, "from": before.unit.code, "to": unit.code,
        "decision": shown(document),
    }  # fmt: skip
    subjects = [(("unit", before.unit_id), said), (("unit", unit.pk), said)]
    return Outcome(subjects=subjects, result=before.function)


@operation(
    "function.end",
    label=_("End a function"),
    act=ACT,
    at=holder,
    day_label=_("From the day"),
    help=_("From the day on nobody has it any more."),
    fields=[FUNCTION, PAPER],
)
def finish(act: Act, *, day: dt.date, function: int, document):
    before = holding(function, day)
    end(FunctionHolding, act, {"function": before.function}, day, cause=cause("ended", document=document))
    said = {"function": before.function.name, "decision": shown(document)}
    return Outcome(subjects=[(("unit", before.unit_id), said)], result=before.function)
