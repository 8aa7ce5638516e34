"""This room is for transfers: from cell to cell, out of the register, and in from outside (domain §3.4).

The sending side issues a letter, the receiving side confirms; the member's place changes on the day of that
confirmation, with one cause on both boundaries. The letter is to be presented within 30 working days and the
whole done within 60. A place outside the register is named in words and confirmed by its paper. A whole cell
goes with all its members in one act: that is a move of the body.
"""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_lazy as _

from orgwork.foundation import provisions, wording
from orgwork.foundation.dates import DAY, Period, begin, change, end
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Refusal
from orgwork.registers.members import Membership, MembershipPlace, MembershipStanding, PlaceKind, Standing
from orgwork.registers.people import Person
from orgwork.registers.units import Unit

from . import letters
from .admission import ENDED_FOR_GOOD
from .cases import (
    Case,
    CaseHome,
    Opening,
    Outcome,
    Procedure,
    cause,
    meet_deadline,
    meet_deadlines,
    not_before,
    refuse_second_case,
    running,
    set_deadline,
)
from .fields import REMARK, WHY_BACK, Field
from .leaving import close_cases
from .members import body, decider, end_membership, name_of, numbered, require_cell, require_home
from .papers import shown
from .unit_changes import move
from .unit_endings import hand_over_cases

transfer = Procedure(
    "transfer",
    label=_("Transfer of a member"),
    states={
        "announced": _("announced, letter to be issued"),
        "sent": _("letter issued, on the way"),
        "lapsed": _("time has run out, back with the old cell"),
        "received": _("received"),
        "left": _("received outside the register"),
        "withdrawn": _("withdrawn"),
    },
    initial="announced",
    final=("received", "left", "withdrawn"),
    citation="QĐ 24-QĐ/TW; QĐ 294-QĐ/TW, 6.3.1",
    help=_("Both sides confirm; the member belongs to the new cell from the day it confirms."),
)


@transfer.opener(
    label=_("Announce a transfer"),
    act="transfer.send",
    at=lambda asked: require_home(asked["person"], asked["day"]),
    locks=["person"],
    fields=[
        Field("person", "person", _("Member")),
        Field("target", "unit", _("New cell"), required=False),
        Field(
            "outside",
            "text",
            _("Place outside the register"),
            required=False,
            help=_("Only if the new cell is not in this register: its name and place in words."),
        ),
        Field("reason", "words", _("Reason"), required=False),
    ],
)
def open_transfer(act: Act, *, day, person: Person, target, outside, reason):
    source = require_home(person, day)
    if (target is None) == (not outside):
        raise Refusal(
            _("Name the new cell, or in words a place outside the register: one of the two."), field="target"
        )
    if target is not None:
        _refuse_target(person, source, target, day)
    refuse_second_case(
        "transfer",
        person,
        day,
        _("A transfer of %(name)s is under way already; go on with that case or withdraw it."),
    )
    data = {"source": source.pk, "target": target.pk if target else None, "outside": outside}
    said = {"from": source.code, "to": target.code if target else "", "outside": outside, "reason": reason}
    return Opening(unit=source, person=person, data=data, subjects=[(("person", person.pk), said)])


@transfer.step(
    "send",
    source=("announced", "lapsed"),
    target="sent",
    act="transfer.send",
    label=_("Issue the letter"),
    help=_("From this day the working days run: 30 to present the letter, 60 for the whole transfer."),
    day_label=_("Day of the letter"),
    fields=[letters.LETTER],
)
def send(case: Case, act: Act, *, day, document):
    view = provisions.on(day)
    if document is None:
        document = letters.draw(act, Unit.objects.get(pk=case.data["source"]), day)
    set_deadline(case, "presentation", day, view["transfer.presentation_working_days"])
    set_deadline(case, "completion", day, view["transfer.completion_working_days"])
    case.data["sent"] = day.isoformat()
    said = {"letter": shown(document)}
    return Outcome(
        document=document, unit=target_of(case), said=said, subjects=[(("person", case.person_id), said)]
    )


@transfer.step(
    "receive",
    source="sent",
    target="received",
    act="transfer.receive",
    label=_("Confirm the arrival"),
    help=_("The letter was presented here: the member belongs to this cell from this day."),
    day_label=_("Day of the arrival"),
    locks=["unit", "person"],
    fields=[REMARK],
)
def receive(case: Case, act: Act, *, day, remark):
    target = target_of(case)
    if target is None:
        raise Refusal(
            _("This member goes outside the register; record the confirmation of that place instead.")
        )
    not_before(dt.date.fromisoformat(case.data["sent"]), day, _("The letter"))
    source = require_home(case.subject, day)
    _refuse_target(case.person, source, target, day)
    why = cause("transferred", case=case, document=_letter(case))
    _end_temporary(act, case.person, target, day, why)
    key = {"person": case.person, "kind": PlaceKind.OFFICIAL}
    change(MembershipPlace, act, key, day, {"unit": target}, cause=why, for_good=True)
    handed = hand_over_cases(act, day, source, target, besides=case, person=case.person)
    late = _meet(case, day)
    said = {"from": source.code, "to": target.code, "letter": shown(_letter(case)), "late": late}
    subjects = [(("person", case.person_id), said), (("unit", source.pk), {"went": case.person_id}), *handed]
    return Outcome(remark=remark, subjects=subjects, said={"late": late})


@transfer.step(
    "confirm_outside",
    source="sent",
    target="left",
    act="transfer.send",
    label=_("Record the confirmation from outside"),
    help=_("The place outside the register has confirmed by its paper that the member arrived there."),
    day_label=_("Day of the arrival there"),
    locks=["unit", "person"],
    fields=[Field("document", "document", _("Confirming paper"), paper="transfer_slip")],
)
def confirm_outside(case: Case, act: Act, *, day, document):
    if case.data["target"]:
        raise Refusal(_("This member goes to a cell of the register; that cell confirms the arrival itself."))
    not_before(dt.date.fromisoformat(case.data["sent"]), day, _("The letter"))
    why = cause("transferred_out", case=case, document=document)
    end_membership(act, case.subject, day, cause=why)
    closed = close_cases(act, case.subject, day, besides=case)
    late = _meet(case, day)
    said = {"outside": case.data["outside"], "paper": shown(document), "late": late}
    return Outcome(document=document, subjects=[(("person", case.person_id), said), *closed])


@transfer.step(
    "send_back",
    source="sent",
    target="announced",
    act="transfer.receive",
    kind="back",
    label=_("Send back for completion"),
    fields=[WHY_BACK],
)
def send_back(case: Case, act: Act, *, day, remark):
    # The days run on from the new letter.
    meet_deadlines(case, act, day)
    source = Unit.objects.get(pk=case.data["source"])
    return Outcome(remark=remark, said={"remark": remark}, unit=source)


@transfer.step(
    "lapse",
    source="sent",
    target="lapsed",
    act="transfer.send",
    at=lambda case, asked: Unit.objects.get(pk=case.data["source"]),
    kind="back",
    label=_("Take back after the time has run out"),
    help=_(
        "Done by itself once the working days for the whole transfer are over: the member has stayed in the "
        "old cell, which reports why, issues a new letter or withdraws."
    ),
)
def lapse(case: Case, act: Act, *, day):
    due = case.deadlines.filter(kind="completion", met_on__isnull=True).values_list("due", flat=True).first()
    if due is None or day <= due:
        raise Refusal(
            _("The time for this transfer has not run out on %(day)s.") % {"day": wording.day(day)},
            field="day",
            code="not_due",
        )
    meet_deadlines(case, act, day)
    source = Unit.objects.get(pk=case.data["source"])
    competent_body = decider(source, day)
    said = {"due": due.isoformat()}
    subjects = [
        (("person", case.person_id), said),
        (("unit", source.pk), said),
        (("unit", competent_body.pk), {"lapsed": case.person_id}),
    ]
    return Outcome(unit=source, said=said, subjects=subjects)


withdraw = transfer.may_be_withdrawn(
    source=("announced", "sent", "lapsed"),
    act="transfer.send",
    at=lambda case, asked: Unit.objects.get(pk=case.data["source"]),
)


def target_of(case: Case) -> Unit | None:
    """The new cell, None where it lies outside the register."""
    return Unit.objects.get(pk=case.data["target"]) if case.data["target"] else None


def overdue(day: dt.date, unit_ids=None):
    """Deadlines of transfers that had run out on the day and were not met by then; of the bodies asked "
    "for."""
    rows = running(day).filter(case__procedure="transfer", due__lt=day)
    if unit_ids is not None:
        rows = rows.filter(case__in=CaseHome.objects.on(day).filter(unit__in=unit_ids).values("case"))
    return rows.select_related("case", "case__person", "case__unit").order_by("due", "pk")


def transfer_cell(*, unit: Unit, parent: Unit, document, actor=None, door="web", day=None, within=None):
    """A whole cell with all its members in one act: the body moves, and nobody needs a letter."""
    return move(unit=unit, parent=parent, document=document, actor=actor, door=door, day=day, within=within)


def _refuse_target(person, source, target, day):
    require_cell(target, day, field="target")
    if target.pk == source.pk:
        raise Refusal(
            _("%(name)s belongs to %(cell)s already; choose another cell.")
            % {"name": name_of(person, day), "cell": body(target, day)},
            field="target",
            code="already_there",
        )


def _letter(case):
    step = case.steps.filter(step="send").order_by("-pk").select_related("document").first()
    return step.document if step else None


def _meet(case, day) -> bool:
    """Close the deadlines; whether the last of them had passed."""
    dues = list(case.deadlines.filter(met_on__isnull=True).values_list("due", flat=True))
    for kind in ("presentation", "completion"):
        meet_deadline(case, kind, day)
    return bool(dues) and day > min(dues)


def _end_temporary(act, person, target, day, why):
    """Who had a temporary place in the new cell has their official one there now."""
    key = {"person": person, "kind": PlaceKind.TEMPORARY}
    if MembershipPlace.objects.on(day - DAY).filter(**key, unit=target).exists():
        end(MembershipPlace, act, key, day, cause=why)


# ── in from outside the register ────────────────────────────────────────────────────────────────────────

arrival = Procedure(
    "arrival",
    label=_("Transfer in from outside the register"),
    states={
        "presented": _("letter presented"),
        "received": _("received"),
        "withdrawn": _("withdrawn"),
    },
    initial="presented",
    final=("received", "withdrawn"),
    citation="QĐ 24-QĐ/TW; QĐ 294-QĐ/TW, 6.3.1",
    help=_(
        "A member of the party who comes from a place that is not in this register keeps the admission's day."
    ),
)


@arrival.opener(
    label=_("Take a letter from outside"),
    act="transfer.receive",
    at=lambda asked: asked["unit"],
    locks=["unit", "person"],
    day_label=_("Day the letter was presented"),
    fields=[
        Field("person", "person", _("Member"), help=_("Entered as a person first.")),
        Field("unit", "unit", _("Cell")),
        Field("origin", "text", _("Comes from"), help=_("Cell and place outside the register, in words.")),
        Field("admitted", "day", _("Day of admission")),
        Field(
            "recognised", "day", _("Day of recognition"), required=False, help=_("Empty: still on probation.")
        ),
    ],
)
def open_arrival(act: Act, *, day, person, unit, origin, admitted, recognised):
    require_cell(unit, day)
    if admitted > day:
        raise Refusal(_("The admission cannot lie after the arrival."), field="admitted")
    if recognised and not admitted < recognised <= day:
        raise Refusal(_("The recognition lies between the admission and the arrival."), field="recognised")
    _refuse_member(person, day)
    data = {
        "cell": unit.pk,
        "origin": origin,
        "admitted": admitted.isoformat(),
        "recognised": recognised.isoformat() if recognised else "",
    }
    return Opening(
        unit=unit, person=person, data=data, subjects=[(("person", person.pk), {"origin": origin})]
    )


@arrival.step(
    "receive",
    source="presented",
    target="received",
    act="transfer.receive",
    label=_("Confirm the arrival"),
    day_label=_("Day of the arrival"),
    locks=["cell", "person"],
    fields=[Field("document", "document", _("Letter of introduction"), paper="letter_of_introduction")],
)
def receive_arrival(case: Case, act: Act, *, day, document):
    cell = Unit.objects.get(pk=case.data["cell"])
    require_cell(cell, day)
    _refuse_member(case.person, day)
    why = cause("transferred_in", case=case, document=document)
    _end_temporary(act, case.person, cell, day, why)
    begin(MembershipPlace, act, day, person=case.person, unit=cell, kind=PlaceKind.OFFICIAL, cause=why)
    _membership_from_outside(act, case, day, why)
    said = {"origin": case.data["origin"], "cell": cell.code, "letter": shown(document)}
    said["admitted"] = case.data["admitted"]
    return Outcome(document=document, subjects=[(("person", case.person_id), said)])


withdraw_arrival = arrival.may_be_withdrawn(source="presented", act="transfer.receive")


def _membership_from_outside(act, case, day, why):
    """Membership counts from the day of admission, wherever that was; the place here from the arrival.

    Who was in this register before and comes back goes on with the same membership from the arrival on.
    """
    person = case.person
    admitted = dt.date.fromisoformat(case.data["admitted"])
    recognised = case.data["recognised"] and dt.date.fromisoformat(case.data["recognised"])
    before = Membership.objects.filter(person=person).order_by("-valid_from").first()
    if before is not None:
        standing = Standing.FULL if recognised else Standing.PROBATIONARY
        begin(Membership, act, day, person=person, spell=before.spell, cause=why)
        begin(MembershipStanding, act, day, person=person, standing=standing, cause=why)
        return
    begin(Membership, act, admitted, person=person, cause=why)
    first = begin(
        MembershipStanding, act, admitted, until=recognised or None, person=person,
        standing=Standing.PROBATIONARY, cause=why,
    )  # fmt: skip
    if recognised:
        begin(MembershipStanding, act, recognised, person=person, standing=Standing.FULL, spell=first.spell)


def _refuse_member(person, day):
    """Who left the party or was put out of it comes back by re-admission only; the dead do not."""
    past = Membership.objects.filter(person=person, valid_to__lte=day).order_by("-valid_to")
    last = past.select_related("ended_by").first()
    if last and last.ended_by and last.ended_by.kind in (*ENDED_FOR_GOOD, "died"):
        raise Refusal(
            _("%(name)s is no member any more; whoever left the party comes back by re-admission only.")
            % {"name": numbered(person)},
            field="person",
            code="not_a_member",
        )
    if Membership.objects.during(Period(day)).filter(person=person).exists():
        raise Refusal(
            _("%(name)s is a member in this register already; use a transfer between its cells.")
            % {"name": numbered(person)},
            field="person",
            code="member_already",
        )
