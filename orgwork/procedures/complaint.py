"""This room is for complaints against a deletion: received in time, answered in time, by the body above the
one that decided (domain §3.4, §14.3).

The decision stays in force meanwhile. Upheld, the membership goes on as if it had never ended; the place
begins anew on that day and is counted as restored, for in between the member was in no cell. Dismissed, the
next higher body may be asked, up to the Centre. The body complained about can neither answer nor hide it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from orgwork.foundation import provisions, wording
from orgwork.foundation.dates import DAY, Period, begin, correct
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Refusal
from orgwork.foundation.workdays import add_workdays
from orgwork.registers.documents import Document
from orgwork.registers.members import Membership, MembershipPlace, MembershipStanding, PlaceKind
from orgwork.registers.people import Person
from orgwork.registers.units import Unit, UnitPlacement

from .admission import refuse_other_day
from .cases import (
    Case,
    Opening,
    Outcome,
    Procedure,
    cause,
    meet_deadline,
    refuse_second_case,
    used,
)
from .fields import PAPER, REASON, Field
from .members import above, last_home, numbered, overseer, require_cell, under_the_centre
from .papers import shown

complaint = Procedure(
    "complaint",
    label=_("Complaint against a deletion"),
    states={
        "received": _("received, to be answered"),
        "upheld": _("upheld, membership restored"),
        "dismissed": _("dismissed"),
        "withdrawn": _("withdrawn"),
    },
    initial="received",
    final=("upheld", "dismissed", "withdrawn"),
    citation="QĐ 24-QĐ/TW; rules on inspection and discipline",
    help=_("Answered by the body above the one that decided. The deletion stays in force meanwhile."),
)


@complaint.opener(
    label=_("Receive a complaint"),
    act="complaint.decide",
    at=lambda asked: _received_at(asked["person"], asked["day"]),
    locks=["person"],
    day_label=_("Day of receipt"),
    fields=[Field("person", "person", _("Former member"))],
)
def open_complaint(act: Act, *, day, person: Person):
    ended = _deleted(person, day)
    refuse_second_case(
        "complaint",
        person,
        day,
        _("A complaint of %(name)s is under way already; go on with that case."),
        name=numbered(person),
    )
    since = _since(person, ended)
    rule = provisions.on(ended.day)["deletion.complaint_days"]
    # A last day that is none of work passes to the next one that is.
    last = add_workdays(since + dt.timedelta(days=rule.value), 0)
    if day > last:
        raise Refusal(
            _("Complaints were possible within %(days)s days, up to %(last)s.")
            % {"days": rule.value, "last": wording.day(last)},
            field="day",
            code="too_late",
            citation=rule.citation,
        )
    unit = answering(person, day)
    scope = {"level": "central"} if _is_root(unit, day) else None
    answer = provisions.on(day).get("complaint.answer_working_days", scope=scope)
    cell = last_home(person, day)
    data = {
        "cell": cell.pk if cell else None,
        "deleted": ended.day.isoformat(),
        "rules": [rule.version, answer.version],
    }
    said = {"decision": shown(ended.paper)}
    return Opening(
        unit=unit, person=person, data=data, said=said, subjects=[(("person", person.pk), said)],
        deadlines=[("answer", day, answer)],
    )  # fmt: skip


@complaint.step(
    "uphold",
    source="received",
    target="upheld",
    act="complaint.decide",
    label=_("Uphold: restore the membership"),
    help=_("The membership has no gap; from the day of this decision the member is in the cell again."),
    day_label=_("Day of the decision"),
    locks=["unit", "person"],
    fields=[
        PAPER,
        Field(
            "unit", "unit", _("Cell"), required=False,
            help=_("Empty: the cell as before; another one where that no longer exists."),
        ),
    ],
)  # fmt: skip
def uphold(case: Case, act: Act, *, day, document, unit):
    refuse_other_day(document, day)
    person = case.subject
    ended = _deleted(person, day)
    cell = unit or Unit.objects.get(pk=case.data["cell"])
    require_cell(cell, day)
    rule = provisions.on(day)["complaint.upheld_counts"]
    why = cause("restored", case=case, document=document)
    window = Period(ended.day)
    last = MembershipStanding.objects.on(ended.day - DAY).get(person=person)
    key = {"person": person}
    correct(Membership, act, key, window, {}, cause=why)
    correct(MembershipStanding, act, key, window, {"standing": last.standing}, cause=why)
    begin(MembershipPlace, act, day, person=person, kind=PlaceKind.OFFICIAL, unit=cell, cause=why)
    used(case, rule)
    meet_deadline(case, "answer", day)
    said = {"decision": shown(document), "cell": cell.code, "since": ended.day.isoformat()}
    subjects = [(("person", person.pk), said), (("unit", cell.pk), {"restored": person.pk})]
    return Outcome(document=document, subjects=subjects)


@complaint.step(
    "dismiss",
    source="received",
    target="dismissed",
    act="complaint.decide",
    label=_("Dismiss"),
    help=_("The next higher body may be asked within the same days."),
    day_label=_("Day of the answer"),
    kind="close",
    fields=[REASON, Field("document", "document", _("Written answer"), paper="notice")],
)
def dismiss(case: Case, act: Act, *, day, reason, document):
    meet_deadline(case, "answer", day)
    said = {"reason": reason, "paper": shown(document)}
    subjects = [(("person", case.person_id), {"paper": said["paper"]})]
    return Outcome(document=document, remark=reason, said=said, subjects=subjects)


withdraw = complaint.may_be_withdrawn(source="received", act="complaint.decide")


def answering(person: Person, day: dt.date) -> Unit:
    """Who answers: the body above the one that decided, further up for each complaint dismissed before."""
    ended = _deleted(person, day)
    cell = last_home(person, day)
    if cell is None:
        raise _no_deletion(person)
    return overseer(cell, ended.day - DAY, steps=1 + _dismissed(person, ended).count())


def _received_at(person: Person, day: dt.date) -> Unit | None:
    """The same where there is nothing to answer: who may not ask is not told whether somebody was deleted."""
    try:
        return answering(person, day)
    except Refusal:
        cell = last_home(person, day)
        chain = above(cell, day) if cell else []
        return under_the_centre(chain) if chain else None


@dataclass(frozen=True)
class Ended:
    """A deletion: from which day on, and by which paper."""

    day: dt.date
    paper: Document | None


def _deleted(person: Person, day: dt.date) -> Ended:
    """The deletion that ended the last membership, refused where there is none."""
    past = Membership.objects.filter(person=person, valid_from__lte=day).order_by("-valid_from")
    last = past.select_related("ended_by__document").first()
    why = last.ended_by if last else None
    if last is None or last.valid_to is None or last.valid_to > day or why is None or why.kind != "deleted":
        raise _no_deletion(person)
    return Ended(last.valid_to, why.document)


def _no_deletion(person: Person) -> Refusal:
    return Refusal(
        _("%(name)s was not deleted from the list by that day; look at the day, or at the person again.")
        % {"name": numbered(person)},
        field="person",
        code="not_deleted",
    )


def _dismissed(person: Person, ended: Ended):
    """Complaints against this deletion that were dismissed."""
    cases = Case.objects.filter(procedure="complaint", state="dismissed", person=person)
    return cases.filter(opened_on__gte=ended.day)


def _since(person: Person, ended: Ended) -> dt.date:
    """From when the days run: the deletion, or the last answer."""
    last = _dismissed(person, ended).order_by("-closed_on").values_list("closed_on", flat=True).first()
    return last or ended.day


def _is_root(unit: Unit, day: dt.date) -> bool:
    return UnitPlacement.objects.on(day).filter(unit=unit, parent__isnull=True).exists()
