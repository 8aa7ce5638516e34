"""This room is for bodies that have grown or shrunk out of their rule: a cell below three full members, a
grassroots cell of thirty and more (domain §1.3).

Nothing happens by itself. The body above is asked to decide (dissolve, merge, split, change the kind), it
answers with its decision or says why it leaves things as they are, and is not asked again about the same
stretch of days. Once the numbers are right again, the question settles itself.
"""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_lazy as _

from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Refusal
from orgwork.registers import rules
from orgwork.registers.units import Unit

from .cases import Case, Opening, Outcome, Procedure
from .fields import PAPER, REASON, REMARK, Field
from .members import body
from .papers import shown
from .unit_change import superior

#: A grassroots organisation below thirty may stay with the consent of the body above; it is not asked about.
RULES = ("cell_too_small", "grassroots_cell_too_large")
ANSWERS = {
    "merge": _("merge with another cell"),
    "dissolve": _("dissolve and place the members elsewhere"),
    "split": _("divide into several cells"),
    "change_kind": _("change the kind of body"),
    "strengthen": _("bring members in"),
}

size_review = Procedure(
    "size_review",
    label=_("Body of a size against the rule"),
    states={
        "asked": _("to be decided"),
        "answered": _("answered by decision"),
        "left": _("left as it is, with a reason"),
        "settled": _("the size is right again"),
        "withdrawn": _("withdrawn"),
    },
    initial="asked",
    final=("answered", "left", "settled", "withdrawn"),
    about="unit",
    citation="Statutes 2011, Art. 21 (2)",
    help=_(
        "A cell below three full members, or a body that passed thirty: the body above decides what is done."
    ),
)


@size_review.opener(
    label=_("Ask for a decision about a body's size"),
    act="unit.end",
    at=lambda asked: superior(asked["unit"], asked["day"]),
    locks=["unit"],
    help=_("Opened by itself for every body whose size breaks a rule; no second time for the same days."),
    fields=[Field("unit", "unit", _("Body"))],
)
def open_review(act: Act, *, day, unit: Unit):
    found = next((one for one in breaches(day, unit) if one.id == unit.pk), None)
    if found is None:
        raise Refusal(
            _("%(body)s keeps the rules about sizes on that day; there is nothing to decide.")
            % {"body": body(unit, day)},
            field="unit",
            code="size_is_right",
        )
    if asked_already(found):
        raise Refusal(
            _("%(body)s was asked about already; go on with that case, or look at the answer.")
            % {"body": body(unit, day)},
            field="unit",
            code="case_open",
        )
    data = {"unit": unit.pk, "rule": found.rule, "count": found.note, "since": _iso(found.since)}
    said = {"rule": found.rule, "count": found.note}
    return Opening(unit=superior(unit, day), data=data, said=said, subjects=[(("unit", unit.pk), said)])


@size_review.step(
    "answer",
    source="asked",
    target="answered",
    act="unit.end",
    label=_("Answer by decision"),
    help=_("The change itself is made where bodies are changed; this answers what was asked."),
    day_label=_("Day of the decision"),
    fields=[Field("answer", "choice", _("What is done"), choices=lambda: ANSWERS.items()), PAPER, REMARK],
)
def answer(case: Case, act: Act, *, day, answer, document, remark):
    case.data["answer"] = answer
    said = {"answer": answer, "decision": shown(document)}
    return Outcome(
        document=document, remark=remark, said=said, subjects=[(("unit", case.data["unit"]), said)]
    )


@size_review.step(
    "leave",
    source="asked",
    target="left",
    act="unit.end",
    label=_("Leave as it is"),
    help=_("It is not asked again while the size stays out of the rule."),
    kind="close",
    fields=[REASON],
)
def leave(case: Case, act: Act, *, day, reason):
    said = {"reason": reason}
    return Outcome(remark=reason, said=said, subjects=[(("unit", case.data["unit"]), {})])


@size_review.step(
    "settle",
    source="asked",
    target="settled",
    act="unit.end",
    kind="close",
    label=_("Close: the size is right again"),
    help=_("Done by itself once the body keeps the rule, or exists no longer."),
)
def settle(case: Case, act: Act, *, day):
    unit = Unit.objects.get(pk=case.data["unit"])
    if any(one.id == unit.pk and one.rule == case.data["rule"] for one in breaches(day, unit)):
        raise Refusal(
            _("%(body)s still has a size against the rule on that day.") % {"body": body(unit, day)},
            field="day",
            code="size_still_wrong",
        )
    return Outcome(subjects=[(("unit", unit.pk), {})])


withdraw = size_review.may_be_withdrawn(source="asked", act="unit.end")


def breaches(day: dt.date, unit: Unit | None = None) -> list[rules.Breach]:
    """Bodies whose size breaks a rule on the day: all, or those under one body."""
    return rules.check(unit, day, rules=RULES)


def asked_already(found: rules.Breach) -> bool:
    """Whether this stretch of days was asked about: a case is open, or one about it was answered."""
    cases = Case.objects.filter(procedure="size_review", data__unit=found.id, data__rule=found.rule)
    if cases.filter(closed_on__isnull=True).exists():
        return True
    return cases.filter(state__in=("answered", "left"), data__since=_iso(found.since)).exists()


def _iso(day: dt.date | None) -> str:
    return day.isoformat() if day else ""
