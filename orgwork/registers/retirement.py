"""This room is for the road map of retirement: the month in which somebody's working life ends by law.

The age rises by the year in which it is reached (Decree 135/2020, Art. 4; provisions `retirement.age_men`
and `retirement.age_women`, in months), so the month is the first in which one's age is that of its own year.
What a decision says otherwise (Decree 83/2022, 178/2024) is a fact about a person and stands elsewhere.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left, bisect_right
from functools import cache

from django.utils.translation import gettext as _

from orgwork.foundation import provisions
from orgwork.foundation.dates import Period
from orgwork.foundation.refusals import Refusal

from .people import Precision, Sex

AGES = {Sex.MALE: "retirement.age_men", Sex.FEMALE: "retirement.age_women"}
#: Births for which the road map is worked out; whoever was born before has long retired.
FIRST_BIRTH, LAST_BIRTH = dt.date(1900, 1, 1), dt.date(2100, 12, 1)


def number(day: dt.date) -> int:
    """The month of a day as a number: months are counted, not days."""
    return day.year * 12 + day.month - 1


def first_day(month: int) -> dt.date:
    return dt.date(month // 12, month % 12 + 1, 1)


def birth_month(birth: dt.date, precision: str = Precision.DAY) -> int:
    """The month of birth; where only the year is known, January (Decree 135/2020, Art. 4; [K])."""
    return number(birth.replace(month=1) if precision == Precision.YEAR else birth)


def retirement_month(sex: str, birth: dt.date, precision: str = Precision.DAY) -> dt.date:
    """The first day of the month at whose end somebody born then retires.

    >>> retirement_month("m", dt.date(1966, 3, 31)), retirement_month("m", dt.date(1966, 4, 1))
    (datetime.date(2027, 12, 1), datetime.date(2028, 4, 1))
    """
    if sex not in AGES:
        raise Refusal(
            _("The retirement month rests on sex and birth: enter the sex first."), field="sex", code="no_sex"
        )
    born = birth_month(birth, precision)
    if not number(FIRST_BIRTH) <= born <= number(LAST_BIRTH):
        raise Refusal(_("The year of birth %(year)s cannot be right.") % {"year": birth.year}, field="birth")
    return first_day(_road_map(sex)[born - number(FIRST_BIRTH)])


def remaining_months(sex: str, birth: dt.date, as_of: dt.date, precision: str = Precision.DAY) -> int:
    """Months between the month of the day and the month of retirement; below zero when that is past."""
    return number(retirement_month(sex, birth, precision)) - number(as_of)


def births_retiring(sex: str, months: Period) -> Period | None:
    """The births (days) of those who retire in a month that begins in the period; None: nobody does.

    Later births never retire earlier, so whoever retires in a year is a span of births: a forecast for a
    million people is one condition on a column.
    """
    if months.end is None:
        raise ValueError("Say up to when: everybody born later retires some day.")
    found, first = _road_map(sex), number(FIRST_BIRTH)
    low = bisect_left(found, _month_from(months.start))
    high = bisect_right(found, _month_from(months.end) - 1)
    return Period(first_day(first + low), first_day(first + high)) if low < high else None


def _month_from(day: dt.date) -> int:
    """The first month that begins on the day or later."""
    return number(day) + (day.day > 1)


@cache
def _road_map(sex: str) -> tuple[int, ...]:
    """The month of retirement for every month of birth from ``FIRST_BIRTH`` on."""
    return tuple(_first_reached(sex, born) for born in range(number(FIRST_BIRTH), number(LAST_BIRTH) + 1))


def _first_reached(sex: str, born: int) -> int:
    year = (born + _age(sex, born // 12)) // 12  # never too late: the age only rises
    while born + _age(sex, year) >= (year + 1) * 12:
        year += 1
    return max(born + _age(sex, year), year * 12)


@cache
def _age(sex: str, year: int) -> int:
    """The age asked for in a year, in months; before the first rule that is known, that of the first."""
    day = dt.date(max(year, 2014), 1, 1)
    return int(provisions.on(day).value(AGES[Sex(sex)]))
