"""This room is for numbers that were counted once: kept, and carried on from one moment to the next.

Between two moments a number can only change by records about whom something was written down in between;
all others count as they did. So number(now) = number(then) − those touched, counted then + those touched,
counted now: both with the very queryset whose count the figure is. What was touched is read from the two
times of the rows themselves. Where this would not be exact, or not quicker, all is counted anew.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache as once
from typing import Any

from django.apps import apps
from django.core.cache import cache
from django.db import connection, models
from django.db.models import Exists
from django.db.models.lookups import Exact, In
from django.db.models.sql import AND, Query
from django.db.models.sql.where import WhereNode

from orgwork.foundation.dates import Dated
from orgwork.registers.appointments import Appointment
from orgwork.registers.areas import Area, AreaPlacement
from orgwork.registers.badges import MemberBadge
from orgwork.registers.figures import Indicator
from orgwork.registers.members import (
    MemberCard,
    Membership,
    MembershipCondition,
    MembershipPlace,
    MembershipStanding,
)
from orgwork.registers.people import PersonParticulars
from orgwork.registers.posts import Post
from orgwork.registers.record import Cause
from orgwork.registers.units import Unit, UnitCustody, UnitForm, UnitLineage, UnitService

DAY = 24 * 3600
#: Of more than this it is quicker to count all anew.
MOST = 1000

PERSON, UNIT, AREA = "person", "unit", "area"
#: Dated tables that figures rest on, and about whom or what each of their rows speaks.
WATCHED: Mapping[type[Dated], tuple[str, str]] = {
    Membership: (PERSON, "person_id"),
    MembershipStanding: (PERSON, "person_id"),
    MembershipPlace: (PERSON, "person_id"),
    MembershipCondition: (PERSON, "person_id"),
    MemberCard: (PERSON, "person_id"),
    MemberBadge: (PERSON, "person_id"),
    PersonParticulars: (PERSON, "person_id"),
    Appointment: (PERSON, "person_id"),
    UnitForm: (UNIT, "unit_id"),
    UnitService: (UNIT, "unit_id"),
    UnitCustody: (UNIT, "unit_id"),
    UnitLineage: (UNIT, "descendant_id"),
    AreaPlacement: (AREA, "area_id"),
}
#: Tables of identities and causes: what figures read of them never changes.
FIXED: tuple[type[models.Model], ...] = (Area, Cause, Post, Unit)
_TABLE = re.compile(r'"([a-z]+_[a-z]+)"')


@dataclass(frozen=True)
class Asked:
    """A figure, the day or period it is asked for, its options, and the groups it is divided by."""

    indicator: Indicator
    when: Any
    options: Mapping = field(default_factory=dict)
    by: tuple[str, ...] = ()

    def __str__(self):
        return f"{self.indicator.code}|{self.when}|{sorted(self.options.items())}|{self.by}"


Value = Any
Count = Callable[[int | None, "Among | None"], Value]


@dataclass(frozen=True)
class Among:
    """The records whose count may have changed: rows of one table with the moments between which each is
    known, and the bodies at or above the cells of these people (none: nobody can say).
    """

    rows: Sequence[tuple[int, int, int | None]] = ()
    bodies: frozenset[int] | None = None

    def of(self, queryset: models.QuerySet) -> models.QuerySet:
        return queryset.filter(pk__in=[pk for pk, _recorded, _retracted in self.rows])

    def known(self, moment: int) -> Among:
        """Those of the rows that are known at the moment."""
        rows = [row for row in self.rows if row[1] < moment and (row[2] is None or row[2] >= moment)]
        return Among(rows, self.bodies)

    def concerns(self, bodies: Iterable[int] | None) -> bool:
        if not self.rows:
            return False
        return bodies is None or self.bodies is None or not self.bodies.isdisjoint(bodies)


def some(queryset: models.QuerySet, among: Among | None) -> models.QuerySet:
    """The queryset, or what of it is to be counted."""
    return queryset if among is None else among.of(queryset)


def row_by_row(queryset: models.QuerySet) -> models.QuerySet:
    """The same rows, where they are few: every ``IN (SELECT …)`` is asked of each row by itself.

    Written as it stands such a question is answered in full before the first row is looked at: all members on
    probation, all bodies below the root.
    """
    queryset = queryset.all()
    if not queryset.query.combinator:
        _ask_each(queryset.query.where)
    return queryset


def _ask_each(node: WhereNode) -> None:
    if node.negated:  # there NULL tells IN from EXISTS
        return
    for number, child in enumerate(node.children):
        if isinstance(child, WhereNode):
            _ask_each(child)
        elif isinstance(child, In) and isinstance(child.rhs, Query) and not child.rhs.combinator:
            asked = child.rhs.clone()
            asked.where.add(Exact(asked.select[0], child.lhs), AND)
            node.children[number] = Exists(asked)


def number(name: str, asked: Asked, at, count: Count, bodies: Sequence[int] | None = None) -> Value:
    """What ``count`` gives at the moment ``at``: kept, carried on, or counted.

    ``count(moment, among)`` must be a sum over records that lie under ``bodies`` (None: anywhere): a number,
    a list of numbers or a mapping to numbers.
    """
    if not at.keep or at.moment is None:
        return _plain(count(at.moment, None))
    carried = at.carry and behind(asked) is not None
    key = _key(f"{name}|{asked}", None if carried else at.moment)
    found = cache.get(key)
    if found is not None and found[1] == at.edition:
        then, _edition, value = found
        if then == at.moment:
            return value
        value = _carried_on(asked, value, then, at.moment, count, bodies)
        if value is not None:
            if then < at.moment:
                cache.set(key, (at.moment, at.edition, value), DAY)
            return value
    value = _plain(count(at.moment, None))
    cache.set(key, (at.moment, at.edition, value), DAY)
    return value


def edition() -> int:
    """How often rows were edited in place, which only erasure does: every kept number falls with it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT last FROM foundation_counter WHERE name = 'edited'")
        row = cursor.fetchone()
    return row[0] if row else 0


def _key(name: str, moment: int | None) -> str:
    return "kept:" + hashlib.sha256(f"{name}|{moment}".encode()).hexdigest()


def _plain(value: Value) -> Value:
    """Groups and bodies of which nothing was counted are left out: so they are, carried on or counted."""
    if isinstance(value, Mapping):
        return {name: counted for name, counted in value.items() if counted}
    return value


def _carried_on(asked: Asked, value: Value, then: int, now: int, count: Count, bodies) -> Value | None:
    """The number at ``now`` from the number at ``then``; None where all must be counted anew."""
    among = touched_among(asked, *sorted((then, now)))
    if among is None:
        return None
    if among.concerns(bodies):
        for moment, sign in ((then, -1), (now, 1)):
            there = among.known(moment)
            if there.rows:
                value = _sum(value, sign, count(moment, there))
    return value


def _sum(value: Value, sign: int, more: Value) -> Value:
    if isinstance(value, Mapping):
        return _plain({n: value.get(n, 0) + sign * more.get(n, 0) for n in {*value, *more}})
    if isinstance(value, list):
        return [a + sign * b for a, b in zip(value, more, strict=True)]
    return value + sign * more


# ── what was touched ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Touched:
    """Persons, bodies and areas by the table in which something was recorded or retracted of them."""

    by_table: Mapping[str, frozenset[int]] = field(default_factory=dict)

    def in_(self, tables: frozenset[str], kind: str) -> set[int]:
        wanted = {m._meta.db_table for m, (whom, _column) in WATCHED.items() if whom == kind} & tables
        return set().union(*(self.by_table.get(table, ()) for table in wanted))


@dataclass(frozen=True)
class Behind:
    """The table whose rows a figure counts, and the dated tables that decide whether they count."""

    model: type[Dated]
    tables: frozenset[str]


_BEHIND: dict[tuple, Behind | None] = {}


def behind(asked: Asked) -> Behind | None:
    """What the figure's statement reads; None where it reads tables that may change without a trace."""
    # It depends on neither the day nor the group that is asked for.
    name = (asked.indicator.code, tuple(sorted(asked.options)), asked.by)
    if name not in _BEHIND:
        _BEHIND[name] = _read(asked)
    return _BEHIND[name]


def _read(asked: Asked) -> Behind | None:
    indicator, when = asked.indicator, asked.when
    records = indicator.asked(when, known_at=1, **asked.options)
    divided = [indicator.breakdown(one).annotate(records, when, 1) for one in asked.by]
    read = {UnitLineage._meta.db_table}
    for one in (records, *divided):
        sql, _params = one.order_by().query.sql_with_params()
        read |= set(_TABLE.findall(sql)) & _every_table()
    dated = read - {model._meta.db_table for model in FIXED}
    watched = {model._meta.db_table for model in WATCHED}
    return Behind(records.model, frozenset(dated)) if dated <= watched and not indicator.custody else None


@once
def _every_table() -> frozenset[str]:
    return frozenset(model._meta.db_table for model in apps.get_models(include_auto_created=True))


def touched(since: int, until: int) -> Touched | None:
    """What was recorded or retracted from one moment up to before another; None: more than is worth it."""
    key = f"touched:{since}:{until}"
    found = cache.get(key)
    if found is None:
        found = _touched(since, until)
        cache.set(key, found or "all", DAY)
    return None if found == "all" else found


def _touched(since: int, until: int) -> Touched | None:
    parts, params = [], []
    for number_, (model, (_kind, column)) in enumerate(WATCHED.items()):
        for edge in ("recorded", "retracted"):
            parts.append(
                f"SELECT {number_}, {column} FROM {model._meta.db_table}"  # noqa: S608
                f" WHERE {edge} >= %s AND {edge} < %s"
            )
            params += [since, until]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts) + f" LIMIT {4 * MOST}", params)
        rows = cursor.fetchall()
    if len(rows) >= 4 * MOST:
        return None
    tables = [model._meta.db_table for model in WATCHED]
    by_table: dict[str, set[int]] = {}
    for number_, ident in rows:
        by_table.setdefault(tables[number_], set()).add(ident)
    return Touched({table: frozenset(idents) for table, idents in by_table.items()})


def touched_among(asked: Asked, since: int, until: int) -> Among | None:
    """The figure's records that what was touched between two moments can have changed; None: count anew.

    Every record speaks of one person or one body. It counts as before unless something was written of that
    person, of a body at which the person ever had a place, or of that body.
    """
    rest, found, closed = behind(asked), touched(since, until), CLOSED.get(asked.indicator.subject)
    if rest is None or found is None:
        return None
    persons, units, areas = (found.in_(rest.tables, kind) for kind in (PERSON, UNIT, AREA))
    if not (persons or units or areas):
        return Among()
    if areas or closed is None:
        return None
    name = f"{asked.indicator.subject}|{rest.model._meta.db_table}|{sorted(rest.tables)}|{since}"
    key = _key(name, until)
    among = cache.get(key)
    if among is None:
        among = closed(rest.model, persons, units)
        cache.set(key, among, DAY)
    return None if among == ALL else among


#: Instead of some rows: too many, or nobody can say which.
ALL = "all"


def _of_members(model, persons, units) -> Among | str:
    """All rows of the persons, and of everybody who ever had a place at one of the bodies."""
    if units:
        at = MembershipPlace.versions.filter(unit__in=units).values_list("person", flat=True)
        persons = persons | set(at[: MOST + 1])
    if len(persons) > MOST:
        return ALL
    cells = MembershipPlace.versions.filter(person__in=persons).values_list("unit", flat=True)
    return _rows(model, "person", persons, set(cells))


def _of_heads(model, persons, units) -> Among | str:
    """Their body follows from the area they serve: what is written of bodies can concern any of them."""
    return ALL if units else _rows(model, "person", persons, None)


def _of_bodies(model, persons, units) -> Among | str:
    """All rows of the bodies, and of those at which one of the persons ever had a place."""
    if len(persons) > MOST:
        return ALL
    if persons:
        at = MembershipPlace.versions.filter(person__in=persons).values_list("unit", flat=True)
        units = units | set(at)
    return _rows(model, "unit", units, units)


CLOSED = {"member": _of_members, "head": _of_heads, "body": _of_bodies}


def _rows(model, path: str, idents, units) -> Among | str:
    """All rows of these persons or bodies, retracted ones included, and what ever stood above the units."""
    if len(idents) > MOST:
        return ALL
    found = model.versions.filter(**{f"{path}__in": idents}).values_list("pk", "recorded", "retracted")
    rows = list(found[: MOST + 1])
    if len(rows) > MOST:
        return ALL
    if units is None:
        return Among(rows)
    above = UnitLineage.versions.filter(descendant__in=units).values_list("ancestor", flat=True).distinct()
    return Among(rows, frozenset(above))
