"""This room is for staffing against its quota: what is allotted, filled and over, the road map of reduction
with what became of it, and what planned departures still bring (domain.md §7.2, §6.5).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import BooleanField, Count, ExpressionWrapper, Max, Q, QuerySet

from orgwork.foundation import provisions
from orgwork.foundation.dates import DAY, Period
from orgwork.planning.quotas import ReductionGoal, StaffingQuota, day_of, given_on
from orgwork.registers.staffing import DEPARTURES, Manner, Occupancy, StaffCategory, retiring
from orgwork.registers.units import Unit, UnitPlacement, under_ids


@dataclass(frozen=True)
class Standing:
    """A category at a body and all below it on a day; None: nothing was allotted."""

    category: str
    allotted: int | None
    reserve: int
    parts: tuple[StaffingQuota, ...]
    filled: int
    besides: int
    tolerated_until: dt.date | None

    @property
    def given(self) -> int:
        """What of it bodies below have."""
        return sum(part.number for part in self.parts)

    @property
    def over(self) -> int:
        return max(self.filled - self.allotted, 0) if self.allotted is not None else 0

    @property
    def free(self) -> int:
        return max(self.allotted - self.filled, 0) if self.allotted is not None else 0

    def borne(self, day: dt.date) -> bool:
        return bool(self.tolerated_until and day <= self.tolerated_until)


def filled(unit: Unit, category: str, day: dt.date, known_at=None) -> QuerySet[Occupancy]:
    """Who fills a post of the quota on the day, at the body or below: the records that the number counts."""
    return everybody(unit, day, known_at).filter(category=category, manner=Manner.QUOTA)


def everybody(unit: Unit, day: dt.date, known_at=None) -> QuerySet[Occupancy]:
    """Whoever works at the body or below on the day, in any manner."""
    below = under_ids(unit, day, known_at=known_at)
    return Occupancy.objects.on(day, known_at=known_at).filter(unit__in=below)


def standings(unit: Unit, day: dt.date, known_at=None) -> list[Standing]:
    """Every category of which something is allotted or somebody is there, in the order of the categories."""
    counted: dict[tuple[str, bool], int] = {}
    rows = everybody(unit, day, known_at).order_by().values("category", "manner").annotate(n=Count("pk"))
    for row in rows:
        key = (row["category"], row["manner"] == Manner.QUOTA)
        counted[key] = counted.get(key, 0) + row["n"]
    found = []
    held = StaffingQuota.objects.on(day, known_at=known_at).filter(unit=unit, year=day.year)
    allotted = {quota.category: quota for quota in held}
    for category in StaffCategory.values:
        quota = allotted.get(category)
        here, besides = counted.get((category, True), 0), counted.get((category, False), 0)
        if quota is None and not here and not besides:
            continue
        parts = tuple(given_on(unit, category, day.year, day, known_at))
        found.append(
            Standing(
                category, quota.number if quota else None, quota.reserve if quota else 0,
                parts, here, besides, quota.tolerated_until if quota else None,
            )
        )  # fmt: skip
    return found


# ── the road map of reduction ────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Reduction:
    """A year of the road map: what was aimed at and what is, both against the start."""

    year: int
    goal: Decimal | None
    allotted: int | None
    start: int

    @property
    def actual(self) -> Decimal | None:
        """Fewer posts than at the start, in per cent, to two places."""
        if self.allotted is None or not self.start:
            return None
        return round(Decimal(100 * (self.start - self.allotted)) / self.start, 2)

    @property
    def most(self) -> int | None:
        """With so many posts at most the goal is reached."""
        return None if self.goal is None else int(self.start - self.start * self.goal / 100)

    @property
    def behind(self) -> bool:
        return self.actual is not None and self.goal is not None and self.actual < self.goal


def last_goal(category: str, day: dt.date) -> Decimal | None:
    """What the whole road map asks of a category (provision); None where it asks nothing."""
    rule = {"officials": "quota.reduction_officials", "employees": "quota.reduction_employees"}.get(category)
    return Decimal(str(provisions.on(day).value(rule))) if rule else None


def road_map(unit: Unit, category: str, day: dt.date, known_at=None) -> list[Reduction]:
    """Year by year from the start to the end of the road map; empty if nothing was allotted at the start."""
    rules = provisions.on(day)
    first, last = int(rules.value("quota.reduction_from")), int(rules.value("quota.reduction_until"))
    years = range(first, last + 1)
    rows = StaffingQuota.objects.at(known_at).filter(unit=unit, category=category, year__in=years)
    said = list(rows)
    start = _said_on(said, first, dt.date(first, 1, 1))
    if start is None:
        return []
    held = {year: _said_on(said, year, day_of(year, day)) for year in years}
    goals = {}
    for goal in ReductionGoal.objects.at(known_at).filter(unit=unit, category=category, year__in=years):
        if goal.valid_from <= max(day, dt.date(goal.year, 1, 1)):
            goals[goal.year] = max(goal.percent, goals.get(goal.year, Decimal(0)))
    goals.setdefault(last, last_goal(category, day))
    return [Reduction(year, goals.get(year), held[year], start) for year in years]


def _said_on(rows: list[StaffingQuota], year: int, day: dt.date) -> int | None:
    """How many posts of that year held on the day."""
    return next((row.number for row in rows if row.year == year and day in row.period), None)


# ── what planned departures bring ────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Ahead:
    """A year to come, if nobody came: who goes by law, who by a day already set, how many remain, and how
    many more would have to go for the year's goal.
    """

    year: int
    retiring: int
    ending: int
    remaining: int
    most: int | None

    @property
    def missing(self) -> int:
        return max(self.remaining - self.most, 0) if self.most is not None else 0


def retirements(
    unit: Unit, category: str, period: Period, day: dt.date, known_at=None
) -> QuerySet[Occupancy]:
    """Who of today's staff retires in the period: the records that the number of a year ahead counts."""
    gone = leaving(unit, category, day, known_at)
    before = [person for person, left in gone.items() if period.end is not None and left < period.end]
    rows = filled(unit, category, day, known_at).exclude(person__in=before)
    return rows.filter(person__in=retiring(period, day, known_at))


def leaving(unit: Unit, category: str, day: dt.date, known_at=None) -> dict[int, dt.date]:
    """Who of today's staff really leaves on a day already set: person → the first day without them.

    Whoever works on from that very day, in the same category and by the quota, at the body or below it, or
    anywhere because their own body ends, has not left: a reform only changes where they stand.
    """
    here = filled(unit, category, day, known_at).filter(valid_to__isnull=False)
    rows = list(here.values_list("person", "valid_to", "unit"))
    later = Occupancy.objects.at(known_at).filter(
        valid_from__gt=day, person__in=here.values("person"), category=category, manner=Manner.QUOTA
    )
    onward = {(row.person_id, row.valid_from): row for row in later}
    if not onward:
        return {person: end for person, end, _at in rows if end is not None}
    last = max(since for _person, since in onward)
    under = [Q(unit__in=under_ids(unit, on, known_at=known_at)) for on in (day, last)]
    below = set(later.filter(under[0] | under[1]).values_list("unit", flat=True))
    ended = _ended(Q(unit__in=here.values("unit")) | Q(unit__in=later.values("unit")), known_at)
    found: dict[int, dt.date] = {}
    for person, end, at in rows:
        until: dt.date | None = end
        while until is not None:
            following = onward.get((person, until))
            if following is None or not (following.unit_id in below or ended.get(at, dt.date.max) <= until):
                found[person] = until
                break
            until, at = following.valid_to, following.unit_id
    return found


def _ended(which: Q, known_at=None) -> dict[int, dt.date]:
    """Those of the bodies that end: the day from which each is no more."""
    rows = UnitPlacement.objects.at(known_at).filter(which).order_by().values("unit")
    rows = rows.annotate(until=Max("valid_to"), going_on=Count("pk", filter=Q(valid_to__isnull=True)))
    return dict(rows.filter(going_on=0).values_list("unit", "until"))


def ahead(
    unit: Unit, category: str, day: dt.date, years: int = 5, known_at=None,
    road: Sequence[Reduction] | None = None,
) -> list[Ahead]:  # fmt: skip
    """What the rest of this year and the years after bring: retirements by the road map (domain.md §6.5) and
    days already set, against the goals. A constant number of questions for all years; ``road`` where the road
    map is known.
    """
    road = road_map(unit, category, day, known_at) if road is None else road
    goals = {one.year: one.most for one in road}
    periods = {
        year: Period(max(day, dt.date(year, 1, 1)), dt.date(year + 1, 1, 1))
        for year in range(day.year, day.year + years)
    }
    retire = {
        # Whose last month began already still works this month.
        f"retires_{year}": Q(person__in=retiring(Period(one.start.replace(day=1), one.end), day, known_at))
        for year, one in periods.items()
    }
    here = filled(unit, category, day, known_at)
    asked = {name: Count("pk", filter=which) for name, which in retire.items()}
    counted = here.filter(valid_to__isnull=True).aggregate(all_of_them=Count("pk"), **asked)
    said = {name: ExpressionWrapper(which, BooleanField()) for name, which in retire.items()}
    set_days = list(here.filter(valid_to__isnull=False).annotate(**said).values("person", *said))
    gone = leaving(unit, category, day, known_at) if set_days else {}
    left, found = counted["all_of_them"] + len(set_days), []
    for year, one in periods.items():
        retires, last = counted[f"retires_{year}"], one.end or dt.date.max
        for row in set_days:
            retires += bool(row[f"retires_{year}"] and gone.get(row["person"], last) >= last)
        ends = sum(one.start + DAY <= until < last + DAY for until in gone.values())
        left -= retires + ends
        found.append(Ahead(year, retires, ends, left, goals.get(year)))
    return found


def departures(unit: Unit, period: Period, known_at=None) -> list[tuple[str, int]]:
    """Who left in the period, by reason: kinds of causes and their numbers."""
    below = under_ids(unit, period.last, known_at=known_at)
    rows = Occupancy.objects.ended_in(period, known_at=known_at, kinds=list(DEPARTURES)).filter(
        unit__in=below
    )
    found = rows.order_by().values("ended_by__kind").annotate(n=Count("pk"))
    counted = {row["ended_by__kind"]: row["n"] for row in found}
    return [(kind, counted[kind]) for kind in DEPARTURES if kind in counted]


__all__ = ["StaffingQuota", "ahead", "departures", "filled", "road_map", "standings"]
