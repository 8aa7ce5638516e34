"""The road map of retirement: the decree's table, year turns, and spans of births instead of people."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orgwork.foundation import provisions
from orgwork.foundation.dates import Period
from orgwork.foundation.refusals import Refusal
from orgwork.registers.retirement import (
    AGES,
    birth_month,
    births_retiring,
    first_day,
    number,
    remaining_months,
    retirement_month,
)

BIRTHS = st.dates(dt.date(1955, 1, 1), dt.date(1999, 12, 31))
SEXES = st.sampled_from(["m", "f"])


def age(sex, year, month):
    return number(retirement_month(sex, dt.date(year, month, 15))) - (year * 12 + month - 1)


@pytest.mark.parametrize(
    ("born", "until", "years", "months"),
    [
        ((1963, 4), (1963, 12), 61, 0), ((1964, 1), (1964, 9), 61, 3), ((1964, 10), (1965, 6), 61, 6),
        ((1965, 7), (1966, 3), 61, 9), ((1966, 4), (1980, 1), 62, 0),
    ],
)  # fmt: skip
def test_men_of_the_decree(born, until, years, months):
    for one in range(number(dt.date(*born, 1)), number(dt.date(*until, 1)) + 1):
        day = first_day(one)
        assert age("m", day.year, day.month) == 12 * years + months, day


@pytest.mark.parametrize(
    ("born", "years", "months"),
    [
        ((1968, 1), 56, 4), ((1968, 9), 56, 8), ((1969, 5), 57, 0), ((1970, 1), 57, 4), ((1970, 9), 57, 8),
        ((1971, 5), 58, 0), ((1974, 9), 59, 8), ((1975, 5), 60, 0),
    ],
)  # fmt: skip
def test_women_of_the_decree_begin_each_step_in_this_month(born, years, months):
    assert age("f", *born) == 12 * years + months
    before = first_day(number(dt.date(*born, 1)) - 1)
    assert age("f", before.year, before.month) == 12 * years + months - 4


def test_the_turn_of_the_year_1966():
    """domain.md §22, case 9."""
    assert retirement_month("m", dt.date(1966, 3, 31)) == dt.date(2027, 12, 1)
    assert retirement_month("m", dt.date(1966, 4, 1)) == dt.date(2028, 4, 1)
    assert remaining_months("m", dt.date(1966, 4, 1), dt.date(2025, 4, 30)) == 36
    assert remaining_months("m", dt.date(1960, 1, 1), dt.date(2025, 4, 30)) < 0


def test_of_a_year_alone_january_is_taken():
    assert retirement_month("f", dt.date(1970, 7, 1), "year") == retirement_month("f", dt.date(1970, 1, 9))
    assert birth_month(dt.date(1970, 7, 1), "month") == number(dt.date(1970, 7, 1))


def test_without_sex_or_with_an_impossible_birth_it_says_what_is_missing():
    for said in [("", dt.date(1970, 1, 1)), ("m", dt.date(1816, 1, 1))]:
        with pytest.raises(Refusal) as refused:
            retirement_month(*said)
        assert refused.value.field


@given(SEXES, BIRTHS)
def test_it_is_the_first_month_in_which_the_age_of_its_year_is_reached(sex, birth):
    """Word for word, month by month, against the table."""
    born, month = number(birth), number(dt.date(2014, 1, 1))

    def reached(month):
        return month - born >= provisions.on(dt.date(max(month // 12, 2014), 1, 1)).value(AGES[sex])

    while not reached(month):
        month += 1
    found = number(retirement_month(sex, birth))
    assert found == month or (found < number(dt.date(2014, 1, 1)) and reached(found))


@given(SEXES, BIRTHS, BIRTHS)
def test_later_births_never_retire_earlier(sex, one, other):
    early, late = sorted((one, other))
    assert retirement_month(sex, early) <= retirement_month(sex, late)


@given(SEXES, BIRTHS, st.integers(2014, 2060), st.integers(1, 12), st.integers(1, 30))
def test_a_span_of_births_is_everybody_who_retires_then(sex, birth, year, month, length):
    start = dt.date(year, month, 1)
    period = Period(start, first_day(number(start) + length))
    born = births_retiring(sex, period)
    found = born is not None and birth in born
    assert found == (retirement_month(sex, birth) in period)
