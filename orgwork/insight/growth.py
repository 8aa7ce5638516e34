"""This room is for low growth (report 002): where few members are admitted, against what, and what is said.

The bodies directly under a body are each set against their own past (the same quarter of earlier years, as
far as the register reaches back), against the part of their yearly target that has fallen due, and against
the median of their kind. Nothing here ranks people; every number opens to its admissions.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from django.utils import timezone
from django.utils.translation import gettext as _

from orgwork.foundation import provisions
from orgwork.foundation.dates import DAY, Period
from orgwork.foundation.moments import Moment
from orgwork.foundation.refusals import Refusal
from orgwork.planning.growth_remarks import GrowthRemark
from orgwork.planning.targets import AdmissionTarget
from orgwork.registers.figures import ratio
from orgwork.registers.units import Unit, UnitForm, names_of

from . import frame

ADMITTED, STOCK = "members.admitted", "members.stock"


@dataclass(frozen=True)
class Quarter:
    """Three months of a year."""

    year: int
    number: int

    @classmethod
    def of(cls, said: str | dt.date | Quarter) -> Quarter:
        """From a day in it, or from its name (2024-Q1)."""
        if isinstance(said, Quarter):
            return said
        if isinstance(said, dt.date):
            return cls(said.year, (said.month - 1) // 3 + 1)
        if not re.fullmatch(r"\d{4}-Q[1-4]", said):
            raise Refusal(_("Write the quarter as 2024-Q1."), field="quarter", code="no_quarter")
        return cls(int(said[:4]), int(said[-1]))

    @property
    def period(self) -> Period:
        start = dt.date(self.year, self.number * 3 - 2, 1)
        end = dt.date(self.year + self.number // 4, self.number * 3 % 12 + 1, 1)
        return Period(start, end)

    @property
    def so_far(self) -> Period:
        """From the first of January to the quarter's end."""
        return Period(dt.date(self.year, 1, 1), self.period.end)

    def years_ago(self, years: int) -> Quarter:
        return Quarter(self.year - years, self.number)

    def shifted(self, quarters: int) -> Quarter:
        number = self.year * 4 + self.number - 1 + quarters
        return Quarter(number // 4, number % 4 + 1)

    def __str__(self):
        return f"{self.year}-Q{self.number}"


@dataclass(frozen=True)
class Line:
    """One body in one quarter: what it admitted, and what that is set against."""

    unit: int
    code: str
    name: str
    kind: str
    members: int
    admitted: int
    past: Mapping[int, int]
    past_mean: float | None
    of_past: float | None  # per cent of the body's own past
    target: int | None
    admitted_this_year: int
    target_due: float | None
    of_target: float | None  # per cent of what had fallen due by the quarter's end
    rate: float | None  # admissions per 100 members
    kind_median: float | None
    low: Sequence[str] = ()  # "past", "target": below what it is set against
    below_kind: bool = False
    remark: GrowthRemark | None = None
    url: str = ""

    @property
    def is_low(self) -> bool:
        return bool(self.low)


@dataclass(frozen=True)
class Growth:
    """The quarter of a body: its own line, the lines of the bodies below it, and the limits applied."""

    unit: Unit
    quarter: Quarter
    own: Line
    lines: Sequence[Line]
    past_years: Sequence[int]
    limits: Mapping[str, float]
    rules: Sequence[str]
    known: frame.Known
    notes: Sequence[str] = field(default=())

    @property
    def low(self) -> list[Line]:
        return [line for line in self.lines if line.is_low]

    def plot(self) -> list[dict]:
        """Data of a plot: for each body what it admitted, its own past, and a quarter of its target."""
        return [
            {
                "code": line.code, "name": line.name, "admitted": line.admitted, "past": line.past_mean,
                "target": None if line.target is None else line.target / 4, "low": line.is_low,
                "url": line.url,
            }
            for line in self.lines
        ]  # fmt: skip


def growth(unit, quarter, *, known_at=None) -> Growth:
    """The bodies directly under a body in one quarter; a dozen statements, whatever their number."""
    unit, quarter, at = frame.find_unit(unit), Quarter.of(quarter), frame.known(known_at)
    period = quarter.period
    rules = provisions.on(period.last)
    below = frame.children(unit, period.last, known_at=at)
    bodies = [unit.pk, *below]
    since = _reaches_back_to()
    wanted = rules["growth.past_years"].value
    years = [n for n in range(1, wanted + 1) if quarter.years_ago(n).period.start >= since]
    past = {}
    for n in years:
        before = quarter.years_ago(n)
        past[before.year] = frame.by_unit(ADMITTED, period=before.period, known_at=at, only=bodies)
    counted = _Counted(
        everywhere=frame.by_unit(ADMITTED, period=period, known_at=at),
        members=frame.by_unit(STOCK, on=period.last, known_at=at),
        this_year=frame.by_unit(ADMITTED, period=quarter.so_far, known_at=at, only=bodies),
        past=past,
        targets=_targets(bodies, quarter, at),
        kinds=dict(UnitForm.objects.on(period.last, known_at=at.moment).values_list("unit", "kind")),
        remarks=_remarks(bodies, quarter, at),
    )
    limits = {
        "past": float(rules["growth.low_percent_of_past"].value),
        "target": float(rules["growth.low_percent_of_target"].value),
    }
    names = names_of(bodies, period.last, known_at=at.moment)
    codes = dict(Unit.objects.filter(pk__in=bodies).values_list("pk", "code"))
    medians = _medians(counted)
    lines = [_line(body, codes[body], names, quarter, counted, limits, medians, at) for body in bodies]
    used = ("growth.past_years", "growth.low_percent_of_past", "growth.low_percent_of_target")
    return Growth(
        unit, quarter, lines[0], lines[1:], sorted(past), limits, [rules[name].version for name in used], at,
        notes=_notes(years, wanted),
    )  # fmt: skip


@dataclass
class _Counted:
    everywhere: Mapping[int, int]
    members: Mapping[int, int]
    this_year: Mapping[int, int]
    past: Mapping[int, Mapping[int, int]]
    targets: Mapping[int, int]
    kinds: Mapping[int, str]
    remarks: Mapping[int, GrowthRemark]


def _reaches_back_to() -> dt.date:
    """The day the register began: of quarters before it only the opening balance is known."""
    first = Moment.objects.order_by("pk").values_list("at", flat=True).first()
    return timezone.localtime(first).date() - DAY * 7 if first else dt.date.max


def _targets(bodies, quarter, at):
    held = AdmissionTarget.objects.on(quarter.period.last, known_at=at.moment)
    return dict(held.filter(unit__in=bodies, year=quarter.year).values_list("unit", "number"))


def _remarks(bodies, quarter, at):
    """What was last said of the quarter, whenever it was said."""
    held = GrowthRemark.objects.at(at.moment).filter(
        unit__in=bodies, quarter=str(quarter), valid_to__isnull=True
    )
    return {row.unit_id: row for row in held}


def _medians(counted) -> dict[str, float]:
    """Admissions per 100 members, the middle one of all bodies of a kind that have members."""
    rates: dict[str, list[float]] = {}
    for body, members in counted.members.items():
        if members and body in counted.kinds:
            rates.setdefault(counted.kinds[body], []).append(counted.everywhere.get(body, 0) / members * 100)
    return {kind: median(found) for kind, found in rates.items()}


def _line(body, code, names, quarter, counted, limits, medians, at) -> Line:
    admitted, members = counted.everywhere.get(body, 0), counted.members.get(body, 0)
    past = {year: found.get(body, 0) for year, found in sorted(counted.past.items())}
    mean = sum(past.values()) / len(past) if past else None
    target = counted.targets.get(body)
    due = None if target is None else target * quarter.number / 4
    so_far = counted.this_year.get(body, 0)
    of_past, of_target = ratio(admitted, mean, times=100), ratio(so_far, due, times=100)
    low = [
        name
        for name, share in (("past", of_past), ("target", of_target))
        if share is not None and share < limits[name]
    ]
    kind = counted.kinds.get(body, "")
    rate, middle = ratio(admitted, members, times=100), medians.get(kind)
    return Line(
        body, code, names.get(body, code), kind, members, admitted, past, mean, of_past, target, so_far, due,
        of_target, rate, middle, low, rate is not None and middle is not None and rate < middle,
        counted.remarks.get(body), frame.records_url(ADMITTED, code, quarter.period, known_at=at),
    )  # fmt: skip


def _notes(years, wanted) -> list[str]:
    if len(years) == wanted:
        return []
    if not years:
        return [_("The register does not reach back to the same quarter of an earlier year.")]
    return [
        _("The register reaches back to %(count)s of the %(wanted)s earlier years compared.")
        % {"count": len(years), "wanted": wanted}
    ]
