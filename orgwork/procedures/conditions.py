"""This room is for what holds of members besides their standing: how it begins, goes on, ends, and whose vote
counts meanwhile.

An end that was set comes by itself: the row ends on that day, whether or not anybody looks. What is left to
do then (to close the case) is done by due.py.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from orgwork.foundation import provisions, wording
from orgwork.foundation.dates import DAY, Period, end, replace
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Refusal
from orgwork.foundation.rows import Statement, fetch, valid_on
from orgwork.registers.members import Condition, MembershipCondition
from orgwork.registers.people import Person
from orgwork.registers.record import Cause
from orgwork.registers.units import Unit


def condition_on(person: Person, kind: str, day: dt.date) -> MembershipCondition | None:
    """The row that says so of the person on the day."""
    return MembershipCondition.objects.on(day).filter(person=person, kind=kind).first()


def require_condition(person: Person, kind: str, day: dt.date) -> MembershipCondition:
    """The same, refused where it does not hold."""
    row = condition_on(person, kind, day)
    if row is None:
        raise Refusal(
            _("#%(person)s is not %(condition)s on %(day)s; look at the day, or at the person again.")
            % {"person": person.pk, "condition": Condition(kind).label, "day": wording.day(day)},
            field="person",
            code="no_such_condition",
        )
    return row


def refuse_condition(person: Person, kind: str, day: dt.date) -> None:
    """Nobody is twice at once in the same condition."""
    row = MembershipCondition.objects.during(Period(day)).filter(person=person, kind=kind).first()
    if row is not None:
        raise Refusal(
            _("#%(person)s is %(condition)s from %(since)s on already; end that first.")
            % {
                "person": person.pk,
                "condition": Condition(kind).label,
                "since": wording.day(row.valid_from),
            },
            field="person",
            code="condition_held",
        )


def prolong(model, act: Act, row, until: dt.date, *, cause: Cause):
    """A fact with a set end goes on to a later one, as the same spell; the days before stay as they were."""
    key = {name: getattr(row, name) for name in model.KEY}
    values = {
        one.attname: getattr(row, one.attname) for one in row._meta.concrete_fields if one.name in ("unit",)
    }
    return replace(
        model, act, key, Period(row.valid_to, until), values, cause=cause, spell=row.spell, verb="change"
    )


def end_conditions(act: Act, person: Person, day: dt.date, *, cause: Cause) -> list[str]:
    """With a membership end the conditions of the member; what was to begin later never comes."""
    ended = []
    for row in MembershipCondition.objects.during(Period(day - DAY)).filter(person=person):
        key = {"person": person, "kind": row.kind}
        if row.valid_from < day:
            if row.valid_to is None or row.valid_to > day:
                end(MembershipCondition, act, key, day, cause=cause)
                ended.append(row.kind)
        else:
            replace(MembershipCondition, act, key, row.period, None, cause=cause, verb="end")
    return ended


VOTERS = f"""SELECT
    EXISTS (SELECT 1 FROM registers_membershipcondition c WHERE c.person_id = p.person_id
            AND c.kind = 'suspended' AND {valid_on("c")}),
    EXISTS (SELECT 1 FROM registers_membershipcondition c WHERE c.person_id = p.person_id
            AND c.kind = 'exempt' AND {valid_on("c")}),
    EXISTS (SELECT 1 FROM registers_membershipcondition c WHERE c.person_id = p.person_id
            AND c.kind = 'away' AND {valid_on("c")})
    OR EXISTS (SELECT 1 FROM registers_membershipplace t WHERE t.person_id = p.person_id
            AND t.kind = 'temporary' AND {valid_on("t")})
    FROM registers_membershipplace p
    JOIN registers_membershipstanding s ON s.person_id = p.person_id AND s.standing = 'full'
        AND {valid_on("s")}
    WHERE p.unit_id = %s AND p.kind = 'official' AND {valid_on("p")}"""  # noqa: S608


def asking_voters(cell: Unit, day: dt.date) -> Statement:
    """Who votes in the cell, as a statement, to be sent with others; ``entitled`` reads the answer."""
    return VOTERS, [*[day] * 10, cell.pk, day, day]


def entitled(cell: Unit, day: dt.date, rows: Sequence[tuple] | None = None) -> range:
    """How many may vote in the cell on the day, from the fewest to the most.

    Full members with their official place in it. Whoever is suspended does not vote; exempt members and those
    with a temporary place elsewhere count only if they attend, so a protocol may count them or not.
    """
    view = provisions.on(day)
    never = not view["suspension.may_vote"].value
    if_exempt = view["exemption.counted_if_present"].value
    if_away = view["temporary.counted_if_present"].value
    least = most = 0
    for suspended, exempt, away in fetch(*asking_voters(cell, day)) if rows is None else rows:
        if suspended and never:
            continue
        most += 1
        least += not ((exempt and if_exempt) or (away and if_away))
    return range(least, most + 1)
