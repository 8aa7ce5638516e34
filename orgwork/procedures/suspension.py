"""This room is for suspension of a member's activity: a precaution for a time, decided by the committee that
decides about the member (domain §3.4).

It lasts the days of the provision, may be extended once up to the longest time, and ends by itself, or sooner
by decision. It says nothing about guilt: of what is examined the register keeps the decision's number only. A
suspended member stays a member and is counted, and does not vote in the cell.
"""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_lazy as _

from orgwork.foundation import provisions, wording
from orgwork.foundation.dates import DAY, begin, end
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Refusal
from orgwork.registers.members import Condition, MembershipCondition
from orgwork.registers.people import Person

from .admission import refuse_other_day
from .cases import (
    Case,
    Opening,
    Outcome,
    Procedure,
    cause,
    meet_deadline,
    refuse_second_case,
    set_last_day,
    used,
)
from .conditions import condition_on, prolong, refuse_condition
from .fields import PAPER, REASON, Field
from .members import decider, require_home
from .papers import shown
from .setting_back import standing_steps

suspension = Procedure(
    "suspension",
    label=_("Suspension of a member's activity"),
    states={
        "proposed": _("to be decided"),
        "suspended": _("suspended"),
        "extended": _("suspended, extended"),
        "ended": _("ended by itself"),
        "lifted": _("lifted by decision"),
        "declined": _("declined"),
        "withdrawn": _("withdrawn"),
    },
    initial="proposed",
    final=("ended", "lifted", "declined", "withdrawn"),
    citation="Statutes 2011, Art. 40",
    help=_(
        "A precaution with an end: decided for a time, extended once at most, ended by itself or by decision."
    ),
)


@suspension.opener(
    label=_("Propose a suspension"),
    act="admission.open",
    at=lambda asked: require_home(asked["person"], asked["day"]),
    locks=["person"],
    help=_("The committee that decides about the member is asked; no reasons are recorded, only its papers."),
    fields=[Field("person", "person", _("Member"))],
)
def open_suspension(act: Act, *, day, person: Person):
    cell = require_home(person, day)
    refuse_second_case(
        "suspension", person, day, _("A suspension of %(name)s is under way already; go on with that case.")
    )
    return Opening(unit=decider(cell, day), person=person, data={"cell": cell.pk})


@suspension.step(
    "suspend",
    source="proposed",
    target="suspended",
    act="member.decide",
    label=_("Suspend by decision"),
    help=_("It ends by itself after the last day. A suspended member stays counted and does not vote."),
    day_label=_("Day of the decision"),
    locks=["person"],
    fields=[
        PAPER,
        Field(
            "until", "day", _("Last day"), required=False,
            help=_("Empty: as long as the rule allows without an extension."),
        ),
    ],
)  # fmt: skip
def suspend(case: Case, act: Act, *, day, document, until):
    require_home(case.subject, day)
    refuse_other_day(document, day)
    refuse_condition(case.subject, Condition.SUSPENDED, day)
    rule = provisions.on(day)["suspension.days"]
    until = _last_day(day, day, until, rule)
    why = cause("suspended", case=case, document=document)
    key = {"person": case.subject, "kind": Condition.SUSPENDED}
    begin(MembershipCondition, act, day, until=until + DAY, cause=why, until_cause=why, **key)
    set_last_day(case, "suspension_end", until, rule)
    used(case, rule)
    case.data |= {"suspended": day.isoformat(), "until": until.isoformat()}
    said = {"decision": shown(document), "until": until.isoformat()}
    return Outcome(document=document, subjects=[(("person", case.person_id), said)])


@suspension.step(
    "extend",
    source=("suspended", "extended"),
    target="extended",
    act="member.decide",
    label=_("Extend by decision"),
    help=_("Before it ends, and only as often and as long as the rule allows."),
    day_label=_("Day of the decision"),
    locks=["person"],
    fields=[
        PAPER,
        Field(
            "until", "day", _("New last day"), required=False,
            help=_("Empty: as long as the rule allows."),
        ),
    ],
)  # fmt: skip
def extend(case: Case, act: Act, *, day, document, until):
    row, over = _running(case, day)
    refuse_other_day(document, day)
    start = dt.date.fromisoformat(case.data["suspended"])
    times, longest = (
        provisions.on(start)["suspension.extensions"],
        provisions.on(start)["suspension.max_days"],
    )
    if standing_steps(case, "extend").count() >= times.value:
        raise Refusal(
            _("A suspension is extended %(times)s time at most; decide what follows, or lift it.")
            % {"times": times.value},
            code="extended_already",
            citation=times.citation,
        )
    # Without a day named it goes on as long as a first suspension lasts, and not beyond the longest time.
    once_more = over + dt.timedelta(days=provisions.on(start)["suspension.days"].value) - DAY
    end_of_all = start + dt.timedelta(days=longest.value) - DAY
    until = _last_day(start, over, until or min(once_more, end_of_all), longest)
    prolong(MembershipCondition, act, row, until + DAY, cause=cause("extended", case=case, document=document))
    meet_deadline(case, "suspension_end", day)
    set_last_day(case, "suspension_end", until, longest)
    used(case, times, longest)
    case.data["until"] = until.isoformat()
    said = {"decision": shown(document), "until": until.isoformat()}
    return Outcome(document=document, subjects=[(("person", case.person_id), said)])


@suspension.step(
    "lift",
    source=("suspended", "extended"),
    target="lifted",
    act="member.decide",
    label=_("Lift by decision"),
    day_label=_("First day without it"),
    kind="close",
    locks=["person"],
    fields=[PAPER],
)
def lift(case: Case, act: Act, *, day, document):
    if day <= dt.date.fromisoformat(case.data["suspended"]):
        raise Refusal(
            _("The suspension began on that day or later; choose a later day, or correct the record."),
            field="day",
            code="too_early",
        )
    row = condition_on(case.subject, Condition.SUSPENDED, day - DAY)
    if row is not None and row.valid_to != day:
        why = cause("lifted", case=case, document=document)
        key = {"person": case.subject, "kind": Condition.SUSPENDED}
        end(MembershipCondition, act, key, day, cause=why)
    said = {"decision": shown(document)}
    return Outcome(document=document, subjects=[(("person", case.person_id), said)])


@suspension.step(
    "expire",
    source=("suspended", "extended"),
    target="ended",
    act="member.decide",
    kind="close",
    label=_("Close after the last day"),
    help=_("Done by itself: the suspension ended on its day, nothing is left to decide."),
)
def expire(case: Case, act: Act, *, day):
    row = condition_on(case.subject, Condition.SUSPENDED, day)
    if row is not None:
        raise Refusal(
            _("It lasts up to %(last)s; lift it by decision to end it sooner.")
            % {"last": wording.day(row.valid_to - DAY) if row.valid_to else "…"},
            field="day",
            code="not_due",
        )
    return Outcome(subjects=[(("person", case.person_id), {"until": case.data["until"]})])


@suspension.step(
    "decline",
    source="proposed",
    target="declined",
    act="member.decide",
    label=_("Decline"),
    kind="close",
    fields=[REASON],
)
def decline(case: Case, act: Act, *, day, reason):
    return Outcome(remark=reason, said={"reason": reason})


withdraw = suspension.may_be_withdrawn(
    source="proposed",
    act="admission.open",
    at=lambda case, asked: require_home(case.subject, asked["day"]),
)


def _running(case: Case, day: dt.date) -> tuple[MembershipCondition, dt.date]:
    """The row that holds on the day, and the first day without it."""
    row = condition_on(case.subject, Condition.SUSPENDED, day)
    if row is None or row.valid_to is None:
        raise Refusal(
            _("The suspension has ended; a new one needs a decision of its own."), field="day", code="ended"
        )
    return row, row.valid_to


def _last_day(start: dt.date, first: dt.date, until: dt.date | None, rule) -> dt.date:
    """The last day of a suspension that began on ``start``; refused beyond the days of the rule."""
    latest = start + dt.timedelta(days=rule.value) - DAY
    if until is None:
        return latest
    if until < first:
        raise Refusal(
            _("The last day lies before %(first)s; choose a later one.") % {"first": wording.day(first)},
            field="until",
            code="too_early",
        )
    if until > latest:
        raise Refusal(
            _("A suspension lasts %(days)s days at most, here up to %(last)s.")
            % {"days": rule.value, "last": wording.day(latest)},
            field="until",
            code="too_long",
            citation=rule.citation,
        )
    return until
