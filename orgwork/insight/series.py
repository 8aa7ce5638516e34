"""This room is for the course of a figure: one value for each month, quarter or year.

A flow is grouped by the day of its events in one statement. A stock is counted once, at the beginning, and
then carried on by its changes: the days on which a record came under the body or left it, which are the
later of the two beginnings and the earlier of the two ends of record and lineage.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import Count, F

from orgwork.foundation import provisions
from orgwork.foundation.dates import DAY, Period
from orgwork.registers import figures
from orgwork.registers.figures import Derived
from orgwork.registers.members import MembershipPlace, MembershipStanding, PlaceKind, Standing
from orgwork.registers.units import UnitForm, UnitLineage

from . import frame, kept, rollup

MONTH, QUARTER, YEAR = "month", "quarter", "year"
MONTHS = {MONTH: 1, QUARTER: 3, YEAR: 12}


def term_of(day: dt.date) -> dt.date:
    """The first day of the term; before the first term that the provisions name, of the year."""
    try:
        return provisions.on(day)["terms.congress"].valid_from
    except provisions.NotInForce:
        return dt.date(day.year, 1, 1)


@dataclass(frozen=True)
class Point:
    """One value of a course: its period (of a stock: the value stands for the period's last day)."""

    period: Period
    value: int | float | None
    whole: bool = True  # False where the asked period covers only a part of the month, quarter or year

    @property
    def label(self) -> str:
        return self.period.start.isoformat()[:7]


def periods(period: Period, step: str = MONTH) -> list[tuple[Period, bool]]:
    """The months, quarters or years that the period touches, cut at its ends, and whether each is whole."""
    months = MONTHS[step]
    found, start = [], period.start.replace(day=1, month=(period.start.month - 1) // months * months + 1)
    while start < period.end:
        number = start.year * 12 + start.month - 1 + months
        following = dt.date(number // 12, number % 12 + 1, 1)
        cut = Period(max(start, period.start), min(following, period.end))
        found.append((cut, cut == Period(start, following)))
        start = following
    return found


def series(code: str, unit, period: Period, *, step: str = MONTH, known_at=None, **options) -> list[Point]:
    """The course of a figure over a period named by both its days."""
    indicator, unit, at = figures.get(code), frame.find_unit(unit), frame.known(known_at)
    spans = periods(period, step)
    if isinstance(indicator, Derived):
        values = _derived(indicator, unit, period, step, spans, at, options)
    elif indicator.kind == figures.STOCK:
        values = _stocks(indicator, unit, [span.last for span, _whole in spans], at, options)
    else:
        values = kept.number(
            f"course {step} of {unit.pk}", kept.Asked(indicator, period, options), at,
            lambda moment, among: _flows(indicator, unit, period, spans, moment, options, among), [unit.pk],
        )  # fmt: skip
    return [Point(span, value, whole) for (span, whole), value in zip(spans, values, strict=True)]


def _flows(indicator, unit, period, spans, moment, options, among=None) -> list[int]:
    found = frame.scoped(indicator, unit, period, moment, options, among)
    if indicator.structural and found.query.combinator:
        by_day = Counter(found.values_list("event", flat=True))
    else:
        by_day = Counter(dict(found.order_by().values_list("event").annotate(number=Count("*"))))
    return [sum(number for day, number in by_day.items() if day in span) for span, _whole in spans]


def _derived(indicator, unit, period, step, spans, at, options) -> list:
    """Each part once as a course, then computed point by point."""
    courses = {}
    for name, part, asked in indicator.parts(spans[0][0]):
        if isinstance(asked, dt.date):
            days = [dict((n, w) for n, _c, w in indicator.parts(span))[name] for span, _whole in spans]
            courses[name] = stocks(part, unit, days, known_at=at, **options)
        else:
            courses[name] = [p.value for p in series(part, unit, period, step=step, known_at=at, **options)]
    return [
        indicator.compute({name: course[n] for name, course in courses.items()}, span)
        for n, (span, _whole) in enumerate(spans)
    ]


def stocks(code: str, unit, days: Sequence[dt.date], *, known_at=None, **options) -> list[int]:
    """A stock on several days, in ascending order."""
    return _stocks(figures.get(code), frame.find_unit(unit), list(days), frame.known(known_at), options)


def _stocks(indicator, unit, days, at, options) -> list[int]:
    said = {name: value for name, value in options.items() if value not in (None, "")}
    how = _carried_on if _carried(indicator, said) else _by_pieces
    return kept.number(
        f"days {[str(day) for day in days]} of {unit.pk}", kept.Asked(indicator, days[-1], said), at,
        lambda moment, among: how(indicator, unit, days, moment, said, among), [unit.pk],
    )  # fmt: skip


def _carried_on(indicator, unit, days, moment, options, among=None) -> list[int]:
    first, last = days[0], days[-1]
    opening, changes = frame.count(indicator, unit, first, moment, options, among), {}
    if last > first:
        changes = _changes(indicator, unit, Period(first + DAY, last + DAY), moment, options, among)
    return [opening + sum(n for day, n in changes.items() if day <= asked) for asked in days]


#: Stocks whose course follows from the days of their rows alone: with the standing that must hold besides.
CARRIED = {
    "members.stock": "", "members.temporary": "", "bodies.count": "",
    "members.probationary": Standing.PROBATIONARY, "members.full": Standing.FULL,
}  # fmt: skip


def _carried(indicator, options) -> bool:
    """Whether lists of days tell the course; sex does not change with the day, age does."""
    return indicator.code in CARRIED and set(options) <= {"kind", "counted_as", "standing", "sex"}


def _rows(indicator, period, moment, options):
    """The rows that make the stock on any day of the period."""
    if indicator.code == "bodies.count":
        kinds = figures.groups.party_kinds(options.get("counted_as", ""))
        kinds = [kind for kind in kinds if options.get("kind") in (None, "", kind)]
        return UnitForm.objects.during(period, known_at=moment).filter(kind__in=kinds)
    kind = PlaceKind.TEMPORARY if indicator.code == "members.temporary" else PlaceKind.OFFICIAL
    rows = MembershipPlace.objects.during(period, known_at=moment).filter(kind=kind)
    if options.get("sex"):
        rows = figures.groups.SEX.only(rows, options["sex"], period.start, moment)
    return rows


def _changes(indicator, unit, period, moment, options, among=None) -> Counter:
    """By how much the stock changed on each day of the period: two statements, whatever the number of points.

    A record lies under the body from the latest to the earliest of the days of all the rows it rests on.
    """
    around = Period(period.start - DAY, period.end)
    lineage = UnitLineage.objects.during(around, known_at=moment).filter(ancestor=unit)
    rows = kept.some(_rows(indicator, around, moment, options), among)
    rows = rows.filter(unit__in=lineage.values("descendant"))
    rows = rows if among is None else kept.row_by_row(rows)
    person = {"p_": F("person")} if indicator.person else {}
    standing = CARRIED[indicator.code] or options.get("standing")
    parts = [rows.values(u_=F("unit"), f_=F("valid_from"), t_=F("valid_to"), **person)]
    parts.append(lineage.values(u_=F("descendant"), f_=F("valid_from"), t_=F("valid_to")))
    tie = ["", "b.u_ = a.u_"]
    if standing:
        stands = MembershipStanding.objects.during(around, known_at=moment).filter(standing=standing)
        parts.append(stands.values(p_=F("person"), f_=F("valid_from"), t_=F("valid_to")))
        tie.append("c.p_ = a.p_")
    met, params = _met(parts, tie)
    changes: Counter = Counter()
    with connection.cursor() as cursor:
        for column, sign in (("came", 1), ("went", -1)):
            cursor.execute(
                f"SELECT {column}, count(*) FROM ({met}) m WHERE came < went AND {column} >= %s"
                f" AND {column} < %s GROUP BY {column}",
                (*params, rollup.day(period.start), rollup.day(period.end)),
            )
            for day, number in cursor.fetchall():
                changes[day if isinstance(day, dt.date) else dt.date.fromisoformat(day)] += sign * number
    return changes


def _met(parts, ties) -> tuple[str, list]:
    """SQL: the days on which rows of all parts hold together."""
    postgresql = connection.vendor == "postgresql"
    later, earlier = ("greatest", "least") if postgresql else ("max", "min")
    far = "date '9999-12-31'" if postgresql else "'9999-12-31'"
    params, joined = [], ""
    names = "abc"[: len(parts)]
    for name, part, tie in zip(names, parts, ties, strict=True):
        sql, more = rollup.compiled(part)
        joined += f" JOIN ({sql}) {name} ON {tie}" if tie else f"({sql}) {name}"
        params += more
    came = f"{later}({', '.join(f'{name}.f_' for name in names)})"
    went = f"{earlier}({', '.join(f'coalesce({name}.t_, {far})' for name in names)})"
    return f"SELECT {came} AS came, {went} AS went FROM {joined}", params


def _by_pieces(indicator, unit, days, moment, options, among=None) -> list[int]:
    """One statement for all days: the counts side by side (for small registers such as villages)."""
    found = []
    for start in range(0, len(days), 20):
        some = days[start : start + 20]
        parts, params = [], []
        for day in some:
            scoped = frame.scoped(indicator, unit, day, moment, options, among).order_by()
            people = scoped.values(indicator.person).distinct() if indicator.distinct else scoped.values("pk")
            sql, more = rollup.compiled(people)
            parts.append(f"(SELECT count(*) FROM ({sql}) s)")
            params += more
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(parts)}", params)
            found += list(cursor.fetchone())
    return found
