"""This room is for deletion from the list of members, and for expulsion as it takes effect (domain §3.4,
§14.2).

Deletion is no disciplinary measure: cell and grassroots committee propose it, the committee above decides.
Who deserves expulsion must be expelled, not deleted; who is on probation is deleted, not expelled. The
disciplinary case that leads to an expulsion is kept elsewhere: here it ends the membership, by its numbered
decision.
"""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_lazy as _

from orgwork.foundation import provisions
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Refusal
from orgwork.registers.members import Standing
from orgwork.registers.people import Person

from .admission import at_cell, cell_of, refuse_other_day
from .cases import (
    Case,
    Opening,
    Outcome,
    Procedure,
    cause,
    meet_deadline,
    not_before,
    numbers_of,
    possible_day,
    refuse_second_case,
    set_deadline,
    vote_by_rule,
)
from .conditions import entitled
from .fields import PAPER, PROTOCOL, REASON, REMARK, Field
from .leaving import close_cases, release
from .members import above, committee_of, decider, end_membership, name_of, require_home, standing_on
from .operations import operation
from .papers import shown

GROUNDS = {
    "missed_meetings": _("missed the cell's life without reason"),
    "unpaid_dues": _("dues not paid without reason"),
    "card_given_back": _("gave back or destroyed the card"),
    "no_improvement": _("no improvement after being admonished"),
    "not_fulfilled": _("tasks not fulfilled two years running"),
    "standards": _("standards of a member not met"),
}
#: Which provision says how much of it there must have been.
MEASURES = {
    "missed_meetings": "deletion.missed_months",
    "unpaid_dues": "deletion.missed_months",
    "no_improvement": "deletion.no_improvement_months",
    "not_fulfilled": "deletion.years_not_fulfilled",
}

deletion = Procedure(
    "deletion",
    label=_("Deletion from the list of members"),
    states={
        "proposed": _("to be considered by the cell"),
        "cell_agreed": _("agreed by the cell"),
        "file_complete": _("file complete, to be decided"),
        "deleted": _("deleted from the list"),
        "refused": _("not deleted"),
        "withdrawn": _("withdrawn"),
    },
    initial="proposed",
    final=("deleted", "refused", "withdrawn"),
    citation="Statutes 2011, Art. 8 (1)",
    help=_("No disciplinary measure. Cell and grassroots committee propose, the committee above decides."),
)


@deletion.opener(
    label=_("Propose a deletion"),
    act="admission.open",
    at=lambda asked: require_home(asked["person"], asked["day"]),
    locks=["person"],
    fields=[
        Field("person", "person", _("Member")),
        Field("ground", "choice", _("Because of"), choices=lambda: GROUNDS.items()),
        Field(
            "number", "int", _("Months or years"), required=False,
            help=_("How many months were missed or unpaid, or how many years were not fulfilled."),
        ),
    ],
)  # fmt: skip
def open_deletion(act: Act, *, day, person: Person, ground, number):
    cell = require_home(person, day)
    refuse_second_case(
        "deletion", person, day, _("A deletion of %(name)s is under way already; go on with that case.")
    )
    rules = _refuse_too_little(day, ground, number)
    data = {"cell": cell.pk, "ground": ground, "rules": rules}
    return Opening(
        unit=cell, person=person, data=data, subjects=[(("person", person.pk), {"ground": ground})]
    )


@deletion.step(
    "cell_vote",
    source="proposed",
    target=("cell_agreed", "file_complete", "refused"),
    act="admission.cell",
    label=_("Record the cell's vote"),
    help=_("At least two thirds of the cell's full members must agree. The member may speak before."),
    day_label=_("Day of the cell's meeting"),
    locks=["cell"],
    fields=[PROTOCOL, REMARK],
)
def cell_vote(case: Case, act: Act, *, day, protocol, remark):
    cell = cell_of(case)
    result = vote_by_rule(
        case, act, unit=cell, kind="deletion_cell", day=day, numbers=protocol, expected=entitled(cell, day)
    )
    case.data["considered"] = day.isoformat()
    if not result.agreed:
        return Outcome(target="refused", protocol=result, remark=remark, said=numbers_of(result))
    committee = committee_of(above(cell, day))
    if committee is None:
        return _file_complete(case, day, result, remark)
    said = numbers_of(result)
    return Outcome(target="cell_agreed", protocol=result, remark=remark, unit=committee, said=said)


@deletion.step(
    "committee_vote",
    source="cell_agreed",
    target=("file_complete", "refused"),
    act="admission.committee",
    label=_("Record the grassroots committee's vote"),
    help=_("At least two thirds of the committee's members must agree."),
    day_label=_("Day of the committee's meeting"),
    fields=[PROTOCOL, REMARK],
)
def committee_vote(case: Case, act: Act, *, day, protocol, remark):
    not_before(dt.date.fromisoformat(case.data["considered"]), day, _("The cell's vote"))
    result = vote_by_rule(case, act, unit=case.unit, kind="deletion_committee", day=day, numbers=protocol)
    if result.agreed:
        return _file_complete(case, day, result, remark)
    return Outcome(
        target="refused", protocol=result, remark=remark, unit=cell_of(case), said=numbers_of(result)
    )


@deletion.step(
    "delete",
    source="file_complete",
    target="deleted",
    act="member.decide",
    at=lambda case, asked: decider(cell_of(case), asked["day"]),
    label=_("Delete from the list by decision"),
    help=_(
        "Membership, places, card and party posts end. The member may complain within the days of the rule."
    ),
    day_label=_("Day of the decision"),
    kind="close",
    locks=["cell", "person"],
    fields=[PAPER],
)
def delete(case: Case, act: Act, *, day, document):
    not_before(dt.date.fromisoformat(case.data["complete"]), day, _("The last vote"))
    refuse_other_day(document, day)
    why = cause("deleted", case=case, document=document)
    said, closed = part(act, case.subject, day, why, besides=case)
    meet_deadline(case, "decision", day)
    said = {"decision": shown(document), **said}
    return Outcome(
        document=document, unit=cell_of(case), subjects=[(("person", case.person_id), said), *closed]
    )


@deletion.step(
    "refuse",
    source="file_complete",
    target="refused",
    act="member.decide",
    at=lambda case, asked: decider(cell_of(case), asked["day"]),
    label=_("Refuse"),
    help=_("Who is to be expelled cannot be deleted instead."),
    kind="close",
    fields=[REASON],
)
def refuse(case: Case, act: Act, *, day, reason):
    return Outcome(remark=reason, unit=cell_of(case), said={"reason": reason})


committee_sends_back = deletion.goes_back(
    name="committee_sends_back",
    source="cell_agreed",
    target="proposed",
    act="admission.committee",
    to=cell_of,
)
decider_sends_back = deletion.goes_back(
    name="decider_sends_back", source="file_complete", target="proposed", act="member.decide", to=cell_of
)
withdraw = deletion.may_be_withdrawn(source="proposed", act="admission.open", at=at_cell)


@operation(
    "member.expel",
    label=_("Record an expulsion"),
    act="member.decide",
    at=lambda asked: decider(require_home(asked["person"], asked["day"]), asked["day"]),
    locks=["person"],
    day_label=_("Day of the decision"),
    help=_("Membership, places, card and party posts end by the numbered decision."),
    fields=[Field("person", "person", _("Member")), PAPER],
    citation="Statutes 2011, Art. 35, 36",
)
def expel(act: Act, *, day, person: Person, document):
    possible_day(act, day, ahead=False)
    cell = require_home(person, day)
    refuse_other_day(document, day)
    if standing_on(person, day) != Standing.FULL:
        raise Refusal(
            _("%(name)s is on probation; who is unworthy then is deleted from the list, not expelled.")
            % {"name": name_of(person, day)},
            field="person",
            code="on_probation",
        )
    why = cause("expelled", document=document)
    said, closed = part(act, person, day, why)
    said = {"decision": shown(document), "cell": cell.code, **said}
    subjects = [(("person", person.pk), said), (("unit", cell.pk), {"expelled": person.pk}), *closed]
    return Outcome(subjects=subjects, result=why)


def part(act: Act, person: Person, day: dt.date, why, *, besides: Case | None = None) -> tuple[dict, list]:
    """A membership ends against the member's will: with places, conditions, card, party posts, open cases."""
    end_membership(act, person, day, cause=why)
    released = release(act, person, day, why, party_only=True)
    return {"released": released}, close_cases(act, person, day, besides=besides)


def _file_complete(case, day, protocol, remark):
    decides = decider(cell_of(case), day)
    set_deadline(case, "decision", day, provisions.on(day)["deletion.decision_working_days"])
    case.data["complete"] = day.isoformat()
    said = numbers_of(protocol)
    return Outcome(target="file_complete", protocol=protocol, remark=remark, unit=decides, said=said)


def _refuse_too_little(day: dt.date, ground: str, number: int | None) -> list[str]:
    """What the statutes ask for before a member may be deleted; where they measure it, a number is needed."""
    if ground not in MEASURES:
        return []
    rule = provisions.on(day)[MEASURES[ground]]
    if (number or 0) < rule.value:
        raise Refusal(
            _("The rule asks for at least %(least)s; enter how many it were, or choose another ground.")
            % {"least": rule.value},
            field="number",
            code="too_little",
            citation=rule.citation,
        )
    return [rule.version]
