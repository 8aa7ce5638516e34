"""This room is for working days, months and ages: the arithmetic of deadlines.

Days off are provisions (orgwork/provisions/holidays.yaml). A year without a list there knows its weekly
rest and the holidays on fixed days only; `is_announced` says so, and a deadline that touches such a year is
provisional: Tết is missing from it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from types import MappingProxyType

from orgwork.foundation import provisions
from orgwork.foundation.datafiles import MARKS, Entry, by_code, sections

KINDS = ("holiday", "instead", "swapped")
PRECISIONS = ("day", "month", "year")
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DayOff:
    """A day off, and why: by law, instead of a holiday on a day of rest, or swapped for a Saturday."""

    day: date
    occasion: str
    kind: str
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class YearOfRest:
    """The days off of one year and the Saturdays worked in exchange, with the notice they rest on."""

    year: int
    off: Mapping[date, DayOff]
    worked: frozenset[date]
    citation: str
    mark: str
    announced: bool

    @property
    def version(self) -> str:
        return f"calendar.holidays@{self.year}" + ("" if self.announced else "-provisional")


def is_workday(day: date) -> bool:
    workdays = _workdays(day.year)
    place = bisect_left(workdays, day)
    return place < len(workdays) and workdays[place] == day


def add_workdays(day: date, n: int) -> date:
    """The n-th working day after `day` (before it, if n is negative); the day itself is not counted.

    With n = 0 it is the day itself, or the next working day if it is none.
    """
    year = day.year
    if n > 0:
        place = bisect_right(_workdays(year), day) + n - 1
    else:
        place = bisect_left(_workdays(year), day) + n
    while place < 0:
        year -= 1
        place += len(_workdays(year))
    while place >= len(_workdays(year)):
        place -= len(_workdays(year))
        year += 1
    return _workdays(year)[place]


def workdays_between(start: date, end: date) -> int:
    """How many working days lie in the half-open span; negative if it runs backwards."""
    if end < start:
        return -workdays_between(end, start)
    whole_years = sum(len(_workdays(year)) for year in range(start.year, end.year))
    return whole_years + bisect_left(_workdays(end.year), end) - bisect_left(_workdays(start.year), start)


def deadline(day: date, working_days: int) -> date:
    """The last day of a period of so many working days that begins to run on `day`, which is not counted."""
    if working_days < 0:
        raise ValueError("a period has no negative length")
    return add_workdays(day, working_days)


def calendar_versions(start: date, end: date) -> tuple[str, ...]:
    """Which lists of holidays a deadline between these days rests on: results store them."""
    first, last = sorted((start, end))
    return tuple(_year(year).version for year in range(first.year, last.year + 1))


def is_announced(day: date) -> bool:
    """Whether the days off of that year are known from a notice, not reckoned."""
    return _year(day.year).announced


def day_off(day: date) -> DayOff | None:
    """The holiday (or day in its place) on that day; ordinary weekly rest is none."""
    return _year(day.year).off.get(day)


def year_of_rest(year: int) -> YearOfRest:
    return _year(year)


def add_months(day: date, n: int) -> date:
    """The same day n months later, or the last of the month where it has no such day."""
    months = day.year * 12 + day.month - 1 + n
    year, month = divmod(months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def age_in_months(birth: date, on: date, precision: str = "day") -> int:
    """Completed months of life.

    Where only the month of birth is known its first day stands for it, where only the year is known
    1 January: the usual rule for papers without a day (Decree 135/2020/NĐ-CP, Art. 3 [K]). It makes nobody
    younger than they are; `age_bounds_in_months` tells what is really known.
    """
    return _completed_months(_first_possible(birth, precision), on)


def age_bounds_in_months(birth: date, on: date, precision: str = "day") -> tuple[int, int]:
    """The least and the greatest age in months that the known part of the birth date allows."""
    return (
        _completed_months(_last_possible(birth, precision), on),
        _completed_months(_first_possible(birth, precision), on),
    )


def age_in_years(birth: date, on: date, precision: str = "day") -> int:
    """Completed years of life, by the same rule."""
    return age_in_months(birth, on, precision) // 12


def _completed_months(birth: date, on: date) -> int:
    months = (on.year - birth.year) * 12 + on.month - birth.month
    return months if add_months(birth, months) <= on else months - 1


def _first_possible(birth: date, precision: str) -> date:
    if precision not in PRECISIONS:
        raise ValueError(f"a precision is one of {', '.join(PRECISIONS)}, not {precision!r}")
    if precision == "year":
        return birth.replace(month=1, day=1)
    return birth.replace(day=1) if precision == "month" else birth


def _last_possible(birth: date, precision: str) -> date:
    if precision == "day":
        return birth
    first = _first_possible(birth, precision)
    return add_months(first, 12 if precision == "year" else 1) - ONE_DAY


@cache
def _workdays(year: int) -> tuple[date, ...]:
    """Every working day of a year, in order: counting is then a search, not a walk."""
    rest = provisions.rules()["calendar.weekly_rest"]
    calendar = _year(year)
    return tuple(
        day
        for day in _days_of(year)
        if day in calendar.worked
        or (day not in calendar.off and day.isoweekday() not in rest.resolve(day, {}).value)
    )


def _days_of(year: int) -> Iterator[date]:
    first = date(year, 1, 1)
    for number in range(366 if monthrange(year, 2)[1] == 29 else 365):
        yield first + timedelta(days=number)


@cache
def _year(year: int) -> YearOfRest:
    listed = _listed_years()
    return listed[year] if year in listed else _by_law_alone(year)


@cache
def _listed_years() -> Mapping[int, YearOfRest]:
    occasions = by_code(sections("occasions"), _occasion, "occasion")
    years: dict[int, YearOfRest] = {}
    for entry in sections("holidays"):
        year = _listed_year(entry, occasions)
        if year.year in years:
            raise entry.wrong(f"the year {year.year} is listed twice")
        years[year.year] = year
    return MappingProxyType(years)


def _occasion(entry: Entry) -> Mapping[str, str]:
    entry.only(("code", "label"))
    return entry.labels()


def _listed_year(entry: Entry, occasions: Mapping[str, Mapping[str, str]]) -> YearOfRest:
    entry.only(("year", "citation", "mark", "days"), ("worked", "announced"))
    year = entry.number("year")
    off: dict[date, DayOff] = {}
    for item in entry.entries("days"):
        for day_off in _days_off(item, occasions):
            if day_off.day in off:
                raise item.wrong(f"{day_off.day} is listed twice")
            off[day_off.day] = day_off
    worked = frozenset(entry.get("worked") or ())
    for day in (*off, *worked):
        if type(day) is not date or day.year != year:
            raise entry.wrong(f"{day} does not lie in {year}")
    if both := sorted(worked & set(off)):
        raise entry.wrong(f"{both[0]} cannot be both off and worked")
    return YearOfRest(
        year=year,
        off=MappingProxyType(off),
        worked=worked,
        citation=entry.text("citation"),
        mark=entry.text("mark", among=MARKS),
        announced=entry.yes("announced", True),
    )


def _days_off(item: Entry, occasions: Mapping[str, Mapping[str, str]]) -> Iterator[DayOff]:
    """From–to includes both days."""
    item.only(("from", "occasion"), ("to", "kind"))
    first = item.day("from")
    last = item.day("to", first)
    if first is None or last is None or last < first:
        raise item.wrong("days off must run forwards, from a day to a day")
    occasion = item.text("occasion", among=occasions)
    kind = item.text("kind", among=KINDS, default="holiday")
    for number in range((last - first).days + 1):
        yield DayOff(first + timedelta(days=number), occasion, kind, occasions[occasion])


def _by_law_alone(year: int) -> YearOfRest:
    """A year nobody has listed: fixed holidays only, not even made good when they fall on a Sunday."""
    fixed = provisions.rules()["calendar.fixed_holidays"].resolve(date(year, 1, 1), {})
    days = [date.fromisoformat(f"{year:04}-{day}") for day in fixed.value]
    off = {day: DayOff(day, "", "holiday", fixed.labels) for day in days}
    return YearOfRest(year, MappingProxyType(off), frozenset(), fixed.citation, fixed.mark, announced=False)
