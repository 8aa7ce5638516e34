"""This room is for recognition: from probation to full standing, or to deletion (Statutes 2011, Art. 5).

The cell considers it within thirty working days after the probation; a late recognition still counts from
the day probation ended. Who is refused is deleted from the list, by decision.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from orgwork.foundation import provisions, wording
from orgwork.foundation.dates import change
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Refusal
from orgwork.foundation.workdays import add_months
from orgwork.registers.members import Membership, MembershipStanding, Standing, first_piece
from orgwork.registers.people import Person

from .admission import at_cell, cell_of, chain_of, refuse_other_day
from .cases import (
    Case,
    Opening,
    Outcome,
    Procedure,
    cause,
    meet_deadline,
    not_before,
    numbers_of,
    refuse_second_case,
    set_deadline,
    used,
    vote_by_rule,
)
from .conditions import entitled
from .fields import PAPER, PROTOCOL, REMARK, Field
from .leaving import close_cases
from .members import committee_of, competent, end_membership, name_of, require_home, standing_on
from .papers import shown

recognition = Procedure(
    "recognition",
    label=_("Recognition as full member"),
    states={
        "proposed": _("to be considered by the cell"),
        "cell_agreed": _("agreed by the cell"),
        "file_complete": _("file complete, to be decided"),
        "refused": _("refused, deletion to be decided"),
        "recognised": _("recognised as full member"),
        "deleted": _("deleted from the list"),
        "withdrawn": _("withdrawn"),
    },
    initial="proposed",
    final=("recognised", "deleted", "withdrawn"),
    citation="Statutes 2011, Art. 5",
    help=_("After the probation. Recognition counts from the day probation ended, even if it comes late."),
)


@dataclass(frozen=True)
class Probation:
    """From when to when somebody is on probation, and the rules that say so."""

    start: dt.date
    due: dt.date
    rules: tuple[str, ...]


def probation_of(person: Person, day: dt.date) -> Probation:
    """The probation under way on the day: from the decision or the ceremony, as the rule of that day says."""
    held = Membership.objects.on(day).filter(person=person).first()
    # A membership restored without a gap, or corrected, stands in pieces: its first one began it.
    membership = held and first_piece(held)
    if membership is None:
        raise Refusal(
            _("%(name)s is no member on %(day)s.") % {"name": name_of(person, day), "day": wording.day(day)},
            field="person",
            code="not_a_member",
        )
    start = membership.valid_from
    view = provisions.on(start)
    again = membership.begun_by is not None and membership.begun_by.kind == "readmitted"
    basis = view["probation.counted_from"]
    months = view["readmission.probation_months" if again else "probation.months"]
    if basis.value == "ceremony_day":
        start = _ceremony(person, membership) or start
    return Probation(start, add_months(start, months.value), (basis.version, months.version))


def _ceremony(person, membership) -> dt.date | None:
    """The day of the ceremony of the admission that began this membership; None where none is recorded."""
    cases = Case.objects.filter(procedure="admission", person=person)
    if membership.begun_by and membership.begun_by.case:
        cases = cases.filter(pk=membership.begun_by.case)
    held = cases.filter(steps__step="hold_ceremony").order_by("-steps__day")
    return held.values_list("steps__day", flat=True).first()


@recognition.opener(
    label=_("Propose recognition"),
    act="admission.open",
    at=lambda asked: require_home(asked["person"], asked["day"]),
    locks=["person"],
    fields=[Field("person", "person", _("Member on probation"))],
)
def open_recognition(act: Act, *, day, person: Person):
    cell = require_home(person, day)
    if standing_on(person, day) != Standing.PROBATIONARY:
        raise Refusal(
            _("%(name)s is not on probation on %(day)s; there is nothing to recognise.")
            % {"name": name_of(person, day), "day": wording.day(day)},
            field="person",
            code="not_on_probation",
        )
    refuse_second_case(
        "recognition", person, day, _("A recognition of %(name)s is under way already; go on with that case.")
    )
    probation = probation_of(person, day)
    rule = provisions.on(probation.due)["recognition.cell_working_days"]
    data = {"cell": cell.pk, "due": probation.due.isoformat(), "rules": [*probation.rules, rule.version]}
    said = {"due": data["due"]}
    return Opening(
        unit=cell,
        person=person,
        data=data,
        said=said,
        subjects=[(("person", person.pk), said)],
        deadlines=[("consideration", probation.due, rule)],
    )


@recognition.step(
    "cell_vote",
    source="proposed",
    target=("cell_agreed", "file_complete", "refused"),
    act="admission.cell",
    label=_("Record the cell's vote"),
    help=_("At least two thirds of the cell's full members must agree."),
    day_label=_("Day of the cell's meeting"),
    locks=["cell"],
    fields=[PROTOCOL, REMARK],
)
def cell_vote(case: Case, act: Act, *, day, protocol, remark):
    due = dt.date.fromisoformat(case.data["due"])
    if day < due:
        raise Refusal(
            _("Probation lasts up to %(due)s; the cell can consider the recognition from that day on.")
            % {"due": wording.day(due)},
            field="day",
            code="still_on_probation",
            citation="Statutes 2011, Art. 5 (1)",
        )
    cell = cell_of(case)
    result = vote_by_rule(
        case, act, unit=cell, kind="recognition_cell", day=day, numbers=protocol, expected=entitled(cell, day)
    )
    meet_deadline(case, "consideration", day)
    case.data["considered"] = case.data["complete"] = day.isoformat()
    committee = committee_of(chain_of(case, day))
    if not result.agreed:
        target, unit = "refused", competent(chain_of(case, day))
    elif committee is None:
        return _file_complete(case, day, result, remark)
    else:
        target, unit = "cell_agreed", committee
    return Outcome(target=target, protocol=result, remark=remark, unit=unit, said=numbers_of(result))


@recognition.step(
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
    result = vote_by_rule(case, act, unit=case.unit, kind="recognition_committee", day=day, numbers=protocol)
    if result.agreed:
        return _file_complete(case, day, result, remark)
    case.data["complete"] = day.isoformat()
    decider = competent(chain_of(case, day))
    return Outcome(target="refused", protocol=result, remark=remark, unit=decider, said=numbers_of(result))


@recognition.step(
    "recognise",
    source="file_complete",
    target="recognised",
    act="admission.decide",
    at=lambda case, asked: competent(chain_of(case, asked["day"])),
    label=_("Recognise by decision"),
    help=_("Full standing counts from the day probation ended."),
    day_label=_("Day of the decision"),
    locks=["cell", "person"],
    fields=[PAPER],
)
def recognise(case: Case, act: Act, *, day, document):
    not_before(dt.date.fromisoformat(case.data["complete"]), day, _("The last vote"))
    refuse_other_day(document, day)
    rule = provisions.on(day)["recognition.counted_from"]
    since = dt.date.fromisoformat(case.data["due"]) if rule.value == "due_day" else day
    why = cause("recognised", case=case, document=document)
    key = {"person": case.person}
    change(MembershipStanding, act, key, since, {"standing": Standing.FULL}, cause=why, for_good=True)
    meet_deadline(case, "decision", day)
    used(case, rule)
    said = {"decision": shown(document), "full_from": since.isoformat()}
    return Outcome(document=document, unit=cell_of(case), subjects=[(("person", case.person_id), said)])


@recognition.step(
    "delete",
    source="refused",
    target="deleted",
    act="admission.decide",
    at=lambda case, asked: competent(chain_of(case, asked["day"])),
    label=_("Delete from the list by decision"),
    help=_("Who is not recognised is deleted from the list of members; this is no disciplinary measure."),
    day_label=_("Day of the decision"),
    kind="close",
    locks=["cell", "person"],
    fields=[PAPER],
)
def delete(case: Case, act: Act, *, day, document):
    not_before(dt.date.fromisoformat(case.data["complete"]), day, _("The last vote"))
    refuse_other_day(document, day)
    why = cause("deleted", case=case, document=document)
    end_membership(act, case.subject, day, cause=why)
    closed = close_cases(act, case.subject, day, besides=case)
    said = {"decision": shown(document)}
    subjects = [(("person", case.person_id), said), *closed]
    return Outcome(document=document, unit=cell_of(case), subjects=subjects)


committee_sends_back = recognition.goes_back(
    name="committee_sends_back",
    source="cell_agreed",
    target="proposed",
    act="admission.committee",
    to=cell_of,
)
decider_sends_back = recognition.goes_back(
    name="decider_sends_back",
    source=("file_complete", "refused"),
    target="proposed",
    act="admission.decide",
    to=cell_of,
)
withdraw = recognition.may_be_withdrawn(source="proposed", act="admission.open", at=at_cell)


def _file_complete(case, day, protocol, remark):
    decider = competent(chain_of(case, day))
    set_deadline(case, "decision", day, provisions.on(day)["recognition.decision_working_days"])
    case.data["complete"] = day.isoformat()
    return Outcome(
        target="file_complete", protocol=protocol, remark=remark, unit=decider, said=numbers_of(protocol)
    )
