"""This room is for members who come in with the register that was kept before: an opening balance, set-based.

One act takes over any number of people with their memberships. The rows and the journal's entries are those
that the verbs would leave one by one (a test compares them): membership counts from the admission, the place
from the day given, and whoever was recognised before brings both stretches of the standing along.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from django.db import connection

from orgwork.foundation.dates import new_spells
from orgwork.foundation.moments import Act
from orgwork.registers.members import (
    MemberCard,
    Membership,
    MembershipPlace,
    MembershipStanding,
    PlaceKind,
    Standing,
)
from orgwork.registers.people import ALL_LIFE, Person, PersonName, PersonParticulars, name_values
from orgwork.registers.units import Unit

from .cases import cause
from .takeover import RECORD, Said, TakeOver

VERB = "takeover.run"


class Entering(NamedTuple):
    """A member as the old register has them; ``person`` is given for somebody who is here already."""

    person: int | None
    family: str
    middle: str
    given: str
    sex: str
    birth: dt.date
    precision: str
    unit: int
    code: str
    admitted: dt.date
    recognised: dt.date | None
    since: dt.date
    card: str


def take_members(act: Act, day: dt.date, entering: Sequence[Entering]) -> list[int]:
    """Write people, memberships and journal in the open transaction; the ids of the persons, in order.

    What must hold has been checked, set-based; the database's promises hold all the same.
    """
    if not entering:
        return []
    _lock_bodies({one.unit for one in entering})
    take = TakeOver(act.batch, door=act.door, actor=getattr(act.actor, "pk", None))
    take._ordinals[act.moment] = act.ordinal
    why = cause("takeover").pk
    persons = _people(take, act, entering, why)
    _memberships(take, act, entering, persons, why)
    act.ordinal += take.journal(_said(act, day, entering, persons))
    return persons


def _lock_bodies(idents: set[int]) -> None:
    """No body ends while members come into it; ascending ids, as everybody locks them."""
    if connection.features.has_select_for_update:
        rows = Unit.objects.filter(pk__in=idents).order_by("pk").select_for_update(no_key=True)
        list(rows.values_list("pk", flat=True))


def _people(take: TakeOver, act: Act, entering, why) -> list[int]:
    new = iter(take.ids(Person, sum(one.person is None for one in entering)))
    persons = [one.person if one.person is not None else next(new) for one in entering]
    fresh = [(ident, one) for ident, one in zip(persons, entering, strict=True) if one.person is None]
    take.rows(Person, ("id", "erased"), ((ident, False) for ident, _one in fresh))
    known = (ALL_LIFE, None, act.moment, None, why, None)
    names = ("family", "middle", "given", "full", "folded", "sort_key")
    take.plain_facts(
        PersonName,
        ("person", *names),
        ((*known, ident, *_name(one, names)) for ident, one in fresh),
    )
    take.plain_facts(
        PersonParticulars,
        ("person", "sex", "birth", "birth_precision"),
        ((*known, ident, one.sex, one.birth, one.precision) for ident, one in fresh),
    )
    return persons


def _name(one: Entering, names):
    said = name_values(one.family, one.middle, one.given)
    return [said[name] for name in names]


def _memberships(take: TakeOver, act: Act, entering, persons, why) -> None:
    at, both = act.moment, list(zip(persons, entering, strict=True))
    take.plain_facts(
        Membership, ("person",), ((one.admitted, None, at, None, why, None, ident) for ident, one in both)
    )
    take.rows(
        MembershipStanding,
        (*RECORD, "person", "standing"),
        _standings(at, both, why),
    )
    take.plain_facts(
        MembershipPlace,
        ("person", "unit", "kind"),
        (
            (one.since, None, at, None, why, None, ident, one.unit, PlaceKind.OFFICIAL.value)
            for ident, one in both
        ),
    )
    take.plain_facts(
        MemberCard,
        ("person", "number"),
        ((one.admitted, None, at, None, why, None, ident, one.card) for ident, one in both if one.card),
    )


def _standings(at: int, both, why) -> list[tuple]:
    """On probation from the admission; full from the recognition on, which happened elsewhere."""
    first, full, rows = Standing.PROBATIONARY.value, Standing.FULL.value, []
    for spell, (ident, one) in zip(new_spells(len(both)), both, strict=True):
        rows.append((one.admitted, one.recognised, at, None, spell, why, None, ident, first))
        if one.recognised is not None:
            rows.append((one.recognised, None, at, None, spell, None, None, ident, full))
    return rows


def _said(act: Act, day: dt.date, entering, persons):
    for ident, one in zip(persons, entering, strict=True):
        content = {"member_since": one.admitted.isoformat(), "cell": one.code}
        yield Said(act.moment, VERB, day, [("person", ident, content), ("unit", one.unit, {})])
