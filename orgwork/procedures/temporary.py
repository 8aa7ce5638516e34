"""This room is for activity elsewhere for a time: the official place stays, a temporary one begins beside it.

Whoever works or studies elsewhere for some months takes part there, is counted at the official cell alone,
and votes only there (domain §3.4). How short and how long that may be are provisions; the planned end comes
by itself, sooner when the member returns, later within the limit by a paper.
"""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_lazy as _

from orgwork.foundation import provisions, wording
from orgwork.foundation.dates import DAY, begin, end
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Refusal
from orgwork.foundation.workdays import add_months
from orgwork.registers.members import Condition, MembershipCondition, MembershipPlace, PlaceKind
from orgwork.registers.people import Person
from orgwork.registers.units import Unit

from . import letters
from .cases import (
    Case,
    Opening,
    Outcome,
    Procedure,
    cause,
    meet_deadline,
    meet_deadlines,
    not_before,
    refuse_second_case,
    set_deadline,
    set_last_day,
)
from .conditions import prolong
from .fields import PAPER, REMARK, WHY_BACK, Field
from .members import body, name_of, require_cell, require_home
from .papers import shown

PURPOSES = {"work": _("work"), "study": _("study in the country")}

temporary = Procedure(
    "temporary",
    label=_("Activity elsewhere for a time"),
    states={
        "announced": _("announced, letter to be issued"),
        "sent": _("letter issued, on the way"),
        "there": _("taking part elsewhere"),
        "returned": _("returned"),
        "withdrawn": _("withdrawn"),
    },
    initial="announced",
    final=("returned", "withdrawn"),
    citation="QĐ 24-QĐ/TW; QĐ 294-QĐ/TW",
    help=_("The member stays counted at the official cell and votes there; the planned end comes by itself."),
)


@temporary.opener(
    label=_("Announce activity elsewhere for a time"),
    act="transfer.send",
    at=lambda asked: require_home(asked["person"], asked["day"]),
    locks=["person"],
    fields=[
        Field("person", "person", _("Member")),
        Field("target", "unit", _("Cell for that time"), required=False),
        Field(
            "outside", "text", _("Place outside the register"), required=False,
            help=_("Only if that cell is not in this register: its name and place in words."),
        ),
        Field("purpose", "choice", _("Purpose"), choices=lambda: PURPOSES.items()),
        Field("until", "day", _("Last day planned"), help=_("It ends by itself after that day.")),
    ],
)  # fmt: skip
def open_temporary(act: Act, *, day, person: Person, target, outside, purpose, until):
    home = require_home(person, day)
    if (target is None) == (not outside):
        raise Refusal(
            _("Name the cell, or in words a place outside the register: one of the two."), field="target"
        )
    if target is not None:
        refuse_own_cell(person, home, target, day)
    refuse_second_case(
        "temporary",
        person,
        day,
        _("Activity elsewhere of %(name)s is under way already; go on with that case or withdraw it."),
    )
    rules = refuse_length(day, until, purpose)
    data = {
        "cell": home.pk,
        "target": target.pk if target else None,
        "outside": outside,
        "purpose": purpose,
        "until": until.isoformat(),
        "rules": [rule.version for rule in rules],
    }
    said = {
        "from": home.code,
        "to": target.code if target else "",
        "outside": outside,
        "until": data["until"],
    }
    return Opening(unit=home, person=person, data=data, subjects=[(("person", person.pk), said)])


@temporary.step(
    "send",
    source="announced",
    target="sent",
    act="transfer.send",
    label=_("Issue the letter"),
    day_label=_("Day of the letter"),
    fields=[letters.LETTER],
)
def send(case: Case, act: Act, *, day, document):
    set_deadline(case, "presentation", day, provisions.on(day)["transfer.presentation_working_days"])
    if document is None:
        document = letters.draw(act, Unit.objects.get(pk=case.data["cell"]), day)
    case.data["sent"] = day.isoformat()
    said = {"letter": shown(document)}
    subjects = [(("person", case.person_id), said)]
    return Outcome(document=document, unit=target_of(case), said=said, subjects=subjects)


@temporary.step(
    "receive",
    source="sent",
    target="there",
    act="transfer.receive",
    label=_("Confirm the arrival"),
    help=_("The member takes part here from this day on, and stays counted at the official cell."),
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
    home = require_home(case.subject, day)
    refuse_own_cell(case.subject, home, target, day)
    stop = _begins(case, day)
    why = cause("temporary", case=case, document=_letter(case))
    key = {"person": case.subject, "kind": PlaceKind.TEMPORARY}
    begin(MembershipPlace, act, day, until=stop, cause=why, until_cause=why, unit=target, **key)
    said = {"from": home.code, "to": target.code, "until": case.data["until"]}
    subjects = [(("person", case.person_id), said), (("unit", home.pk), {"away": case.person_id})]
    return Outcome(remark=remark, subjects=subjects)


@temporary.step(
    "confirm_outside",
    source="sent",
    target="there",
    act="transfer.send",
    label=_("Record the confirmation from outside"),
    help=_("The place outside the register has confirmed that the member takes part there."),
    day_label=_("Day of the arrival there"),
    locks=["person"],
    fields=[Field("document", "document", _("Confirming paper"), paper="transfer_slip")],
)
def confirm_outside(case: Case, act: Act, *, day, document):
    if case.data["target"]:
        raise Refusal(_("This member goes to a cell of the register; that cell confirms the arrival itself."))
    stop = _begins(case, day)
    why = cause("temporary", case=case, document=document)
    key = {"person": case.subject, "kind": Condition.AWAY}
    begin(MembershipCondition, act, day, until=stop, cause=why, until_cause=why, **key)
    said = {"outside": case.data["outside"], "paper": shown(document), "until": case.data["until"]}
    return Outcome(document=document, subjects=[(("person", case.person_id), said)])


@temporary.step(
    "extend",
    source="there",
    target="there",
    act="transfer.send",
    at=lambda case, asked: _home(case, asked["day"]),
    label=_("Extend"),
    help=_("Within the longest time allowed, counted from the first day."),
    locks=["person"],
    fields=[Field("until", "day", _("New last day")), PAPER],
)
def extend(case: Case, act: Act, *, day, until, document):
    row = row_of(case, day)
    if row is None:
        raise Refusal(_("The time elsewhere has ended already; announce it anew."), field="day", code="ended")
    return extended(case, act, row, day=day, until=until, document=document)


@temporary.step(
    "come_back",
    source="there",
    target="returned",
    act="transfer.send",
    at=lambda case, asked: _home(case, asked["day"]),
    label=_("Record the return"),
    help=_("From this day on the member takes part at the official cell again."),
    day_label=_("Day of the return"),
    locks=["person"],
    fields=[REMARK],
)
def come_back(case: Case, act: Act, *, day, remark):
    return returned(case, act, day=day, remark=remark)


@temporary.step(
    "expire",
    source="there",
    target="returned",
    act="transfer.send",
    at=lambda case, asked: Unit.objects.get(pk=case.data["cell"]),
    kind="close",
    label=_("Close after the last day"),
    help=_("Done by itself: the time elsewhere ended on its day."),
)
def expire(case: Case, act: Act, *, day):
    return expired(case, day)


@temporary.step(
    "send_back",
    source="sent",
    target="announced",
    act="transfer.receive",
    kind="back",
    label=_("Send back for completion"),
    fields=[WHY_BACK],
)
def send_back(case: Case, act: Act, *, day, remark):
    meet_deadlines(case, act, day)
    return Outcome(remark=remark, said={"remark": remark}, unit=Unit.objects.get(pk=case.data["cell"]))


withdraw = temporary.may_be_withdrawn(
    source=("announced", "sent"),
    act="transfer.send",
    at=lambda case, asked: Unit.objects.get(pk=case.data["cell"]),
)


# ── what activity elsewhere and guests here have in common ───────────────────────────────────────────────


def extended(case: Case, act: Act, row, *, day, until, document) -> Outcome:
    """What the case began lasts longer, within the longest time allowed from its first day on."""
    if until + DAY <= row.valid_to:
        raise Refusal(
            _("It lasts up to %(last)s already; choose a later day.")
            % {"last": wording.day(row.valid_to - DAY)},
            field="until",
            code="not_later",
        )
    started = dt.date.fromisoformat(case.data["started"])
    rules = refuse_length(started, until, case.data["purpose"], least=False)
    prolong(type(row), act, row, until + DAY, cause=cause("extended", case=case, document=document))
    meet_deadline(case, "temporary_end", day)
    set_last_day(case, "temporary_end", until, rules[0])
    case.data["until"] = until.isoformat()
    said = {"decision": shown(document), "until": case.data["until"]}
    return Outcome(document=document, subjects=[(("person", case.person_id), said)])


def returned(case: Case, act: Act, *, day, remark) -> Outcome:
    """It ends sooner than planned, unless it has ended by itself."""
    not_before(dt.date.fromisoformat(case.data["started"]) + DAY, day, _("The day after the arrival"))
    row = row_of(case, day - DAY)
    if row is not None and row.valid_to != day:
        why = cause("returned", case=case)
        end(type(row), act, {"person": case.subject, "kind": row.kind}, day, cause=why)
    return Outcome(remark=remark, subjects=[(("person", case.person_id), {"since": day.isoformat()})])


def expired(case: Case, day: dt.date) -> Outcome:
    """It has ended by itself, and the case with it."""
    row = row_of(case, day)
    if row is not None:
        raise Refusal(
            _("It lasts up to %(last)s; record the return to end it sooner.")
            % {"last": wording.day(row.valid_to - DAY) if row.valid_to else "…"},
            field="day",
            code="not_due",
        )
    return Outcome(subjects=[(("person", case.person_id), {"until": case.data["until"]})])


def target_of(case: Case) -> Unit | None:
    """The cell for that time, None where it lies outside the register."""
    return Unit.objects.get(pk=case.data["target"]) if case.data["target"] else None


def refuse_own_cell(person, home, target, day):
    """A temporary place is in a cell that exists, and not in the own one."""
    require_cell(target, day, field="target")
    if target.pk == home.pk:
        raise Refusal(
            _("%(name)s belongs to %(cell)s already; choose another cell.")
            % {"name": name_of(person, day), "cell": body(target, day)},
            field="target",
            code="already_there",
        )


def refuse_length(start: dt.date, until: dt.date, purpose: str, *, least: bool = True) -> list:
    """Refuse a time too short or too long for its purpose; the rules it was judged by."""
    view, scope = provisions.on(start), {"purpose": "study"} if purpose == "study" else None
    short = view.get("temporary.min_months", scope=scope)
    long = view.get("temporary.below_months", scope=scope)
    if least and until + DAY < add_months(start, short.value):
        raise Refusal(
            _("A temporary place lasts at least %(months)s months; for less none is needed.")
            % {"months": short.value},
            field="until",
            code="too_short",
            citation=short.citation,
        )
    last = add_months(start, long.value) - 2 * DAY
    if until > last:
        raise Refusal(
            _("A temporary place lasts less than %(months)s months, here up to %(last)s; for longer, "
              "transfer the member.") % {"months": long.value, "last": wording.day(last)},
            field="until", code="too_long", citation=long.citation,
        )  # fmt: skip
    return [long, short]


def _begins(case: Case, day: dt.date) -> dt.date:
    """Note that it begins; the day on which it ends by itself."""
    not_before(dt.date.fromisoformat(case.data["sent"]), day, _("The letter"))
    until = dt.date.fromisoformat(case.data["until"])
    if day > until:
        raise Refusal(
            _("The planned time ended on %(last)s; announce it anew.") % {"last": wording.day(until)},
            field="day",
            code="ended",
        )
    rules = refuse_length(day, until, case.data["purpose"], least=False)
    meet_deadline(case, "presentation", day)
    set_last_day(case, "temporary_end", until, rules[0])
    case.data["started"] = day.isoformat()
    return until + DAY


def row_of(case: Case, day: dt.date):
    """The place, or the condition, that the case began, as it holds on the day; None once it has ended."""
    key = {"person": case.subject, "begun_by__case": case.pk}
    places = MembershipPlace.objects.on(day).filter(person=case.subject, kind=PlaceKind.TEMPORARY)
    away = MembershipCondition.objects.on(day).filter(person=case.subject, kind=Condition.AWAY)
    begun = [
        spell
        for model in (MembershipPlace, MembershipCondition)
        for spell in model.objects.filter(**key).values_list("spell", flat=True)
    ]
    return places.filter(spell__in=begun).first() or away.filter(spell__in=begun).first()


def _home(case: Case, day: dt.date) -> Unit:
    return require_home(case.subject, day)


def _letter(case):
    step = case.steps.filter(step="send").order_by("-pk").select_related("document").first()
    return step.document if step else None
