"""This room is for trying working days, months and ages against plain counting."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orgwork.foundation.workdays import (
    add_months,
    add_workdays,
    age_bounds_in_months,
    age_in_months,
    age_in_years,
    calendar_versions,
    day_off,
    deadline,
    is_announced,
    is_workday,
    workdays_between,
    year_of_rest,
)

ONE = timedelta(days=1)
DAYS = st.dates(date(2019, 1, 1), date(2029, 12, 31))
LIVES = st.dates(date(1930, 1, 1), date(2030, 12, 31))


# Days off


@pytest.mark.parametrize(
    "day",
    [
        date(2024, 5, 1),
        date(2024, 2, 14),  # made good for Tết on a Saturday and Sunday
        date(2024, 4, 29),  # swapped for Saturday, 4 May
        date(2022, 9, 1),
        date(2023, 5, 3),
        date(2024, 5, 5),  # a Sunday
    ],
)
def test_days_off(day):
    assert not is_workday(day)


@pytest.mark.parametrize("day", [date(2024, 5, 4), date(2025, 4, 26), date(2024, 2, 15), date(2020, 9, 3)])
def test_days_worked(day):
    assert is_workday(day)


@pytest.mark.parametrize("year", range(2020, 2028))
def test_every_year_has_its_days_off_by_law(year):
    holidays = [off for off in year_of_rest(year).off.values() if off.kind == "holiday"]
    assert len(holidays) == (10 if year == 2020 else 12 if year >= 2026 else 11)
    assert sum(off.occasion == "tet" for off in holidays) == 5


@pytest.mark.parametrize("year", range(2020, 2028))
def test_a_holiday_on_a_day_of_rest_is_made_good(year):
    off = year_of_rest(year).off.values()
    lost = sum(one.kind == "holiday" and one.day.isoweekday() > 5 for one in off)
    assert sum(one.kind == "instead" for one in off) == lost
    assert all(one.day.isoweekday() <= 5 for one in off if one.kind != "holiday")


@pytest.mark.parametrize("year", range(2020, 2028))
def test_a_swapped_day_is_worked_on_a_saturday(year):
    swapped = [one for one in year_of_rest(year).off.values() if one.kind == "swapped"]
    assert len(swapped) == len(year_of_rest(year).worked)
    assert all(day.isoweekday() == 6 for day in year_of_rest(year).worked)


def test_a_day_off_says_why():
    assert day_off(date(2024, 2, 10)).labels["vi"] == "Tết Nguyên đán"
    assert day_off(date(2024, 2, 17)) is None


def test_a_year_without_a_notice_is_provisional():
    assert is_announced(date(2024, 5, 1))
    assert not is_announced(date(2027, 5, 1)) and not is_announced(date(2031, 5, 1))
    assert not is_workday(date(2031, 9, 2))
    assert calendar_versions(date(2026, 12, 20), date(2027, 1, 10)) == (
        "calendar.holidays@2026",
        "calendar.holidays@2027-provisional",
    )


# Counting


def test_the_first_day_is_not_counted():
    assert add_workdays(date(2024, 5, 2), 1) == date(2024, 5, 3)
    assert add_workdays(date(2024, 5, 3), 1) == date(2024, 5, 4)  # a Saturday worked
    assert add_workdays(date(2024, 4, 26), 1) == date(2024, 5, 2)


def test_no_days_at_all_mean_the_day_or_the_next_working_day():
    assert add_workdays(date(2024, 5, 2), 0) == date(2024, 5, 2)
    assert add_workdays(date(2024, 5, 1), 0) == date(2024, 5, 2)


def test_sixty_working_days_across_tet():
    assert deadline(date(2024, 1, 15), 60) == date(2024, 4, 15)


def test_a_period_is_not_negative():
    with pytest.raises(ValueError, match="negative"):
        deadline(date(2024, 1, 15), -1)


def walked(day, n):
    """As one counts on a wall calendar."""
    step = ONE if n >= 0 else -ONE
    if n == 0:
        while not is_workday(day):
            day += ONE
    for _ in range(abs(n)):
        day += step
        while not is_workday(day):
            day += step
    return day


@given(DAYS, st.integers(-130, 130))
def test_adding_is_walking(day, n):
    assert add_workdays(day, n) == walked(day, n)


@given(DAYS, DAYS)
def test_between_counts_each_working_day_once(one, other):
    start, end = sorted((one, other))
    plain = sum(is_workday(start + number * ONE) for number in range((end - start).days))
    assert workdays_between(start, end) == plain
    assert workdays_between(end, start) == -plain


@given(DAYS, st.integers(1, 300))
def test_adding_and_counting_agree(day, n):
    end = add_workdays(day, n)
    assert is_workday(end)
    assert workdays_between(day + ONE, end + ONE) == n


@given(DAYS, st.integers(0, 300))
def test_there_and_back(day, n):
    start = add_workdays(day, 0)
    assert add_workdays(add_workdays(start, n), -n) == start


# Months and ages


def test_the_end_of_a_month_stays_in_the_month():
    assert add_months(date(2024, 1, 31), 1) == date(2024, 2, 29)
    assert add_months(date(2023, 1, 31), 1) == date(2023, 2, 28)
    assert add_months(date(2024, 3, 31), -1) == date(2024, 2, 29)
    assert add_months(date(2023, 5, 1), 12) == date(2024, 5, 1)


@given(LIVES, st.integers(-600, 600))
def test_months_are_added_by_the_calendar(day, n):
    later = add_months(day, n)
    assert (later.year - day.year) * 12 + later.month - day.month == n
    assert later.day == day.day or (later.day < day.day and (later + ONE).day == 1)


def test_full_eighteen_is_reached_on_the_birthday():
    birth = date(2006, 5, 2)
    assert age_in_months(birth, date(2024, 5, 1)) == 18 * 12 - 1
    assert age_in_months(birth, date(2024, 5, 2)) == 18 * 12
    assert age_in_years(birth, date(2024, 5, 1)) == 17


def test_who_is_born_on_a_leap_day_ages_on_28_february():
    assert age_in_years(date(2004, 2, 29), date(2022, 2, 28)) == 18


@given(LIVES, LIVES)
def test_an_age_is_the_number_of_months_that_fit(birth, on):
    months = age_in_months(birth, on)
    assert add_months(birth, months) <= on < add_months(birth, months + 1)


@given(LIVES, LIVES, st.sampled_from(["day", "month", "year"]))
def test_the_true_age_lies_between_the_bounds(birth, on, precision):
    least, most = age_bounds_in_months(birth, on, precision)
    assert least <= age_in_months(birth, on) <= most
    assert age_in_months(birth, on, precision) == most
    assert most - least <= {"day": 0, "month": 1, "year": 12}[precision]


def test_only_the_year_known_counts_from_1_january():
    assert age_in_months(date(2006, 7, 15), date(2024, 1, 1), "year") == 216
    assert age_bounds_in_months(date(2006, 7, 15), date(2024, 1, 1), "year") == (204, 216)


def test_an_unknown_precision_is_refused():
    with pytest.raises(ValueError, match="precision"):
        age_in_months(date(2000, 1, 1), date(2024, 1, 1), "decade")
