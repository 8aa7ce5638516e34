"""This room is for guests: members of the party whose official cell is not in this register, here for a time.

They present a letter of introduction and take part in a cell; they are counted nowhere here (domain §3.5),
vote in their own cell, and hold nothing of this register but a temporary place. Who belongs to a cell of
this register goes elsewhere by ``temporary``; who stays for good comes by ``arrival``.
"""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_lazy as _

from orgwork.foundation import provisions, wording
from orgwork.foundation.dates import DAY, Period, begin
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Overlap, Refusal
from orgwork.foundation.workdays import add_workdays
from orgwork.registers.members import Membership, MembershipPlace, PlaceKind
from orgwork.registers.people import Person
from orgwork.registers.units import Unit

from .cases import (
    Case,
    Opening,
    Outcome,
    Procedure,
    cause,
    refuse_second_case,
    set_last_day,
)
from .fields import PAPER, REMARK, Field
from .members import body, name_of, numbered, require_cell
from .papers import shown
from .temporary import PURPOSES, expired, extended, refuse_length, returned, row_of

guest = Procedure(
    "guest",
    label=_("Guest from outside the register"),
    states={
        "presented": _("letter presented"),
        "there": _("taking part here"),
        "returned": _("returned"),
        "withdrawn": _("withdrawn"),
    },
    initial="presented",
    final=("returned", "withdrawn"),
    citation="QĐ 24-QĐ/TW; QĐ 294-QĐ/TW",
    help=_(
        "A member whose official cell is not in this register takes part here for a time, by a letter of "
        "introduction; counted and entitled to vote there, not here."
    ),
)


@guest.opener(
    label=_("Take the letter of a guest"),
    act="transfer.receive",
    at=lambda asked: asked["unit"],
    locks=["unit", "person"],
    day_label=_("Day the letter was presented"),
    fields=[
        Field("person", "person", _("Member"), help=_("Entered as a person first.")),
        Field("unit", "unit", _("Cell for that time")),
        Field("origin", "text", _("Official cell"), help=_("Cell and place outside the register, in words.")),
        Field("issued", "day", _("Day of the letter")),
        Field("purpose", "choice", _("Purpose"), choices=lambda: PURPOSES.items()),
        Field("until", "day", _("Last day planned"), help=_("It ends by itself after that day.")),
    ],
)  # fmt: skip
def open_guest(act: Act, *, day, person: Person, unit, origin, issued, purpose, until):
    require_cell(unit, day)
    _refuse_member(person, day)
    _refuse_old_letter(issued, day)
    refuse_second_case(
        "guest", person, day, _("%(name)s is a guest already; go on with that case or withdraw it."),
        name=numbered(person),
    )  # fmt: skip
    rules = refuse_length(day, until, purpose)
    data = {
        "cell": unit.pk, "origin": origin, "issued": issued.isoformat(), "purpose": purpose,
        "until": until.isoformat(), "rules": [rule.version for rule in rules],
    }  # fmt: skip
    said = {"origin": origin, "until": data["until"]}
    return Opening(unit=unit, person=person, data=data, subjects=[(("person", person.pk), said)])


@guest.step(
    "receive",
    source="presented",
    target="there",
    act="transfer.receive",
    label=_("Confirm the arrival"),
    help=_("The guest takes part here from this day on, and is counted at the official cell outside."),
    day_label=_("Day of the arrival"),
    locks=["cell", "person"],
    fields=[Field("document", "document", _("Letter of introduction"), paper="letter_of_introduction")],
)
def receive(case: Case, act: Act, *, day, document):
    cell = Unit.objects.get(pk=case.data["cell"])
    require_cell(cell, day)
    _refuse_member(case.subject, day)
    until = dt.date.fromisoformat(case.data["until"])
    if day > until:
        raise Refusal(
            _("The planned time ended on %(last)s; take a new letter.") % {"last": wording.day(until)},
            field="day",
            code="ended",
        )
    window = Period(day, until + DAY)
    taken = MembershipPlace.objects.during(window).filter(person=case.subject, kind=PlaceKind.TEMPORARY)
    if (there := taken.select_related("unit").first()) is not None:
        raise Overlap(
            _("%(name)s takes part in %(cell)s on these days; end that first.")
            % {"name": name_of(case.subject, day), "cell": body(there.unit, day)},
            field="day",
        )
    rules = refuse_length(day, until, case.data["purpose"], least=False)
    why = cause("temporary", case=case, document=document)
    key = {"person": case.subject, "kind": PlaceKind.TEMPORARY}
    begin(MembershipPlace, act, day, until=window.end, cause=why, until_cause=why, unit=cell, **key)
    set_last_day(case, "temporary_end", until, rules[0])
    case.data["started"] = day.isoformat()
    said = {"cell": cell.code, "origin": case.data["origin"], "until": case.data["until"]}
    said["letter"] = shown(document)
    return Outcome(document=document, subjects=[(("person", case.person_id), said)])


@guest.step(
    "extend",
    source="there",
    target="there",
    act="transfer.receive",
    label=_("Extend"),
    help=_("Within the longest time allowed, counted from the first day."),
    locks=["person"],
    fields=[Field("until", "day", _("New last day")), PAPER],
)
def extend(case: Case, act: Act, *, day, until, document):
    row = row_of(case, day)
    if row is None or row.valid_to is None:
        raise Refusal(_("The time here has ended already; take a new letter."), field="day", code="ended")
    return extended(case, act, row, day=day, until=until, document=document)


@guest.step(
    "go_back",
    source="there",
    target="returned",
    act="transfer.receive",
    label=_("Record the return"),
    help=_("From this day on the guest takes part at the official cell again."),
    day_label=_("Day of the return"),
    locks=["person"],
    fields=[REMARK],
)
def go_back(case: Case, act: Act, *, day, remark):
    return returned(case, act, day=day, remark=remark)


@guest.step(
    "expire",
    source="there",
    target="returned",
    act="transfer.receive",
    kind="close",
    label=_("Close after the last day"),
    help=_("Done by itself: the time here ended on its day, or the guest came for good."),
)
def expire(case: Case, act: Act, *, day):
    return expired(case, day)


withdraw = guest.may_be_withdrawn(source="presented", act="transfer.receive")


def _refuse_member(person: Person, day: dt.date) -> None:
    """A guest belongs to no cell of this register."""
    if Membership.objects.during(Period(day)).filter(person=person).exists():
        raise Refusal(
            _("%(name)s is a member in this register; announce activity elsewhere for a time at that cell.")
            % {"name": numbered(person)},
            field="person",
            code="member_already",
        )


def _refuse_old_letter(issued: dt.date, day: dt.date) -> None:
    """A letter is void when the working days for presenting it are over."""
    if issued > day:
        raise Refusal(
            _("The letter cannot be of a later day than it was presented."), field="issued", code="later"
        )
    rule = provisions.on(issued)["transfer.presentation_working_days"]
    if day > (last := add_workdays(issued, rule.value)):
        raise Refusal(
            _("The letter was to be presented by %(last)s and is void; the official cell issues another.")
            % {"last": wording.day(last)},
            field="issued",
            code="letter_void",
            citation=rule.citation,
        )
