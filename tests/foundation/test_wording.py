"""This room is for trying that figures and days read as the reader writes them."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from orgwork.foundation import wording
from orgwork.foundation.datafiles import LANGUAGES
from orgwork.foundation.wording import NBSP

DAY = date(2024, 5, 1)


def test_a_label_in_the_reader_s_language():
    labels = {"vi": "chi bộ", "en": "cell", "de": "Zelle", "ru": "ячейка"}
    assert wording.localized(labels, "de") == "Zelle"
    with translation.override("ru"):
        assert wording.localized(labels) == "ячейка"
    assert wording.localized(labels, "fr") == "cell"


def test_a_missing_label_falls_back():
    assert wording.localized({"vi": "chi bộ"}, "de") == "chi bộ"
    assert wording.localized({"vi": "chi bộ", "en": "cell", "de": ""}, "de") == "cell"
    assert wording.localized({}) == ""


@pytest.mark.parametrize(
    ("language", "text"), [("en", "8,279"), ("de", "8.279"), ("vi", "8.279"), ("ru", f"8{NBSP}279")]
)
def test_numbers_have_the_reader_s_separators(language, text):
    assert wording.number(8279, language) == text


def test_digits_after_the_comma():
    assert wording.number(Decimal("2484.7"), "de") == "2.484,7"
    assert wording.number(2484.7, "en", places=0) == "2,485"
    assert wording.number(3, "en", places=2) == "3.00"
    assert wording.number(Fraction(2, 3), "en", places=3) == "0.667"


def test_halves_are_rounded_as_people_do():
    assert wording.number(Decimal("0.125"), "en") == "0.13"
    assert wording.number(2.345, "en") == "2.35"
    assert wording.number(2.5, "en", places=0) == "3"


def test_percent_is_said_as_it_is():
    assert wording.percent(Decimal("5.1704"), "en") == f"5.17{NBSP}%"
    assert wording.percent(5.17, "de") == f"5,17{NBSP}%"


def test_changes_carry_their_sign():
    assert [wording.signed(value, "en") for value in (20, -5, 0, -0.001)] == ["+20", "−5", "0", "0"]


@pytest.mark.parametrize(
    ("language", "short", "long"),
    [
        ("vi", "01/05/2024", "ngày 1 tháng 5 năm 2024"),
        ("en", "1 May 2024", "1 May 2024"),
        ("de", "01.05.2024", "1. Mai 2024"),
        ("ru", "01.05.2024", "1 мая 2024 г."),
    ],
)
def test_days(language, short, long):
    assert wording.day(DAY, language) == short
    assert wording.day(DAY, language, style="long") == long


def test_the_last_day_is_the_one_included():
    assert wording.last_day(DAY, "de") == "30.04.2024"
    assert wording.last_day(None, "de") == ""
    assert wording.last_included(DAY) == date(2024, 4, 30)


def test_a_dated_row_for_the_reader():
    assert wording.span(date(2021, 1, 1), date(2024, 5, 2), "en") == "1 Jan 2021 – 1 May 2024"
    assert wording.span(date(2021, 1, 1), None, "vi") == "từ 01/01/2021"


@pytest.mark.parametrize(
    ("first", "last", "texts"),
    [
        (date(2024, 1, 1), date(2024, 12, 31), ["năm 2024", "2024", "2024", "2024 г."]),
        (
            date(2024, 4, 1),
            date(2024, 6, 30),
            ["quý II năm 2024", "Q2 2024", "2. Quartal 2024", "II кв. 2024 г."],
        ),
        (
            date(2024, 2, 1),
            date(2024, 2, 29),
            ["tháng 2 năm 2024", "February 2024", "Februar 2024", "февраль 2024 г."],
        ),
        (date(2024, 2, 1), date(2024, 4, 30), ["01/02/2024 – 30/04/2024", "1 Feb 2024 – 30 Apr 2024"]),
        (DAY, DAY, ["01/05/2024", "1 May 2024", "01.05.2024"]),
    ],
)
def test_periods_are_called_by_their_names(first, last, texts):
    for language, text in zip(LANGUAGES, texts, strict=False):
        assert wording.period(first, last, language) == text


def test_a_moment_has_its_minute():
    assert wording.at(datetime(2024, 5, 1, 9, 5), "de") == "01.05.2024 09:05"


@given(st.integers(-(10**12), 10**12), st.sampled_from(LANGUAGES))
def test_no_digit_is_lost(value, language):
    text = wording.number(value, language).replace("−", "-")
    assert int("".join(c for c in text if c.isdigit() or c == "-")) == value


@given(st.dates(date(1930, 1, 1), date(2100, 1, 1)), st.integers(0, 5000), st.sampled_from(LANGUAGES))
def test_every_period_can_be_written(first, length, language):
    last = first + timedelta(days=length)
    assert str(last.year) in wording.period(first, last, language)
    assert wording.span(first, last + timedelta(days=1), language) == wording.period(first, last, language)
