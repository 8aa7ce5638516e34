"""This room is for exemption from work and activities, at the member's own wish (domain §3.4).

The cell decides and tells the superior committee. Exempt members stay members and are counted; in a vote they
count if they come. The usual age and length of illness are guides: below them a reason is asked for.
"""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_lazy as _

from orgwork.foundation import provisions
from orgwork.foundation.dates import DAY, begin, end
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Refusal
from orgwork.foundation.workdays import age_in_months
from orgwork.registers.members import Condition, MembershipCondition
from orgwork.registers.people import Person

from .admission import at_cell, cell_of
from .cases import (
    Case,
    Opening,
    Outcome,
    Procedure,
    cause,
    numbers_of,
    refuse_second_case,
    vote_by_rule,
)
from .conditions import entitled, refuse_condition, require_condition
from .fields import PROTOCOL, REMARK, Field
from .members import above, committee_of, decider, particulars, require_home
from .operations import operation

GROUNDS = {"age": _("age"), "health": _("health")}

exemption = Procedure(
    "exemption",
    label=_("Exemption from work and activities"),
    states={
        "requested": _("requested, to be decided by the cell"),
        "exempt": _("exempt"),
        "refused": _("refused"),
        "withdrawn": _("withdrawn"),
    },
    initial="requested",
    final=("exempt", "refused", "withdrawn"),
    citation="QĐ 24-QĐ/TW, 7.1",
    help=_("At the member's own wish; the cell decides and tells the superior committee."),
)


@exemption.opener(
    label=_("Receive a request for exemption"),
    act="admission.open",
    at=lambda asked: require_home(asked["person"], asked["day"]),
    locks=["person"],
    day_label=_("Day of the request"),
    fields=[
        Field("person", "person", _("Member")),
        Field("ground", "choice", _("Because of"), choices=lambda: GROUNDS.items()),
        Field("months", "int", _("Months of illness"), required=False, help=_("Only for reasons of health.")),
        Field(
            "reason", "words", _("Reason for an exception"), required=False,
            help=_("Only below the usual age or length of illness."),
        ),
    ],
)  # fmt: skip
def open_exemption(act: Act, *, day, person: Person, ground, months, reason):
    cell = require_home(person, day)
    refuse_second_case(
        "exemption", person, day, _("A request of %(name)s is under way already; go on with that case.")
    )
    refuse_condition(person, Condition.EXEMPT, day)
    rule = _refuse_below_guide(person, day, ground, months, reason)
    data = {"cell": cell.pk, "ground": ground, "rules": [rule.version]}
    return Opening(
        unit=cell, person=person, data=data, subjects=[(("person", person.pk), {"ground": ground})]
    )


@exemption.step(
    "decide",
    source="requested",
    target=("exempt", "refused"),
    act="admission.cell",
    label=_("Record what the cell decides"),
    help=_("More than half of those entitled must agree. The superior committee is told."),
    day_label=_("Day of the cell's meeting"),
    locks=["cell", "person"],
    fields=[
        PROTOCOL,
        Field(
            "until",
            "day",
            _("Last day"),
            required=False,
            help=_("Empty: until the member takes part again."),
        ),
        REMARK,
    ],
)
def decide(case: Case, act: Act, *, day, protocol, until, remark):
    cell = cell_of(case)
    result = vote_by_rule(
        case, act, unit=cell, kind="exemption_cell", day=day, numbers=protocol, expected=entitled(cell, day)
    )
    said = numbers_of(result)
    if not result.agreed:
        return Outcome(target="refused", protocol=result, remark=remark, said=said)
    if until is not None and until < day:
        raise Refusal(_("The last day cannot lie before the decision."), field="until", code="too_early")
    refuse_condition(case.subject, Condition.EXEMPT, day)
    why = cause("exempted", case=case)
    ends = {"until": until + DAY, "until_cause": why} if until else {}
    begin(MembershipCondition, act, day, person=case.subject, kind=Condition.EXEMPT, cause=why, **ends)
    about = {"until": until.isoformat() if until else ""}
    superior = committee_of(above(cell, day)) or decider(cell, day)
    subjects = [(("person", case.person_id), about), (("unit", superior.pk), {"exempted": case.person_id})]
    return Outcome(target="exempt", protocol=result, remark=remark, said=said, subjects=subjects)


withdraw = exemption.may_be_withdrawn(source="requested", act="admission.open", at=at_cell)


@operation(
    "member.resume",
    label=_("End an exemption"),
    act="admission.cell",
    at=lambda asked: require_home(asked["person"], asked["day"]),
    locks=["person"],
    day_label=_("First day without it"),
    help=_("The member takes part again, at the own wish."),
    fields=[Field("person", "person", _("Exempt member")), REMARK],
    citation="QĐ 24-QĐ/TW, 7.1",
)
def resume(act: Act, *, day, person: Person, remark):
    cell = require_home(person, day)
    require_condition(person, Condition.EXEMPT, day - DAY)
    why = cause("resumed", text=remark or "")
    key = {"person": person, "kind": Condition.EXEMPT}
    end(MembershipCondition, act, key, day, cause=why)
    said = {"cell": cell.code}
    return Outcome(subjects=[(("person", person.pk), said), (("unit", cell.pk), {"resumed": person.pk})])


def _refuse_below_guide(person: Person, day: dt.date, ground: str, months, reason: str):
    """Below the usual age or length of illness a reason is asked for; the cell remains free to decide."""
    view = provisions.on(day)
    if ground == "health":
        rule = view["exemption.illness_months"]
        below, field = (months or 0) < rule.value, "months"
        text = _("Illness of %(value)s months is usual; enter the months, or a reason for an exception.")
    else:
        known = particulars(person, day)
        rule = view.get("exemption.age_years", scope={"sex": known.sex})
        below = age_in_months(known.birth, day, known.birth_precision) < rule.value * 12
        field, text = (
            "reason",
            _("Exemption is usual from %(value)s years on; enter a reason for an exception."),
        )
    if below and not reason:
        told = text % {"value": rule.value}
        raise Refusal(told, field=field, code="below_the_guide", citation=rule.citation)
    return rule
