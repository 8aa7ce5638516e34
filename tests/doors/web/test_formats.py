"""Days, periods and numbers as each reader writes them."""

import datetime as dt

import pytest
from django.utils import translation

from orgwork.doors.web import charts, formats

MAY = dt.date(2024, 5, 1)


@pytest.mark.parametrize(
    ("language", "short", "long", "thousand"),
    [
        ("en", "1 May 2024", "1 May 2024", "8,279"),
        ("vi", "01/05/2024", "ngày 1 tháng 5 năm 2024", "8.279"),
        ("de", "01.05.2024", "1. Mai 2024", "8.279"),
        ("ru", "01.05.2024", "1 мая 2024 г.", "8\u00a0279"),
    ],
)
def test_each_language_has_its_own_days_and_separators(language, short, long, thousand):
    with translation.override(language):
        assert (formats.day(MAY), formats.day(MAY, "long"), formats.number(8279)) == (short, long, thousand)


def test_the_last_day_shown_is_the_last_day_included():
    assert formats.last_day(dt.date(2024, 5, 2)) == MAY
    assert formats.period(dt.date(2021, 1, 1), MAY) == "1 Jan 2021 – 1 May 2024"


def test_a_difference_carries_its_sign():
    assert [formats.change(n) for n in (4, -5, 0)] == ["+4", "\u22125", "0"]


def test_a_suppressed_number_stays_words():
    assert formats.number("<5") == "<5"


def test_bars_fit_into_their_drawing_even_when_all_are_zero():
    drawn = charts.bars([charts.Point("Jan", 0), charts.Point("Feb", 0)], title="none")
    assert all(0 <= bar["y"] <= drawn["height"] and bar["h"] == 0 for bar in drawn["bars"])


def test_bars_below_zero_hang_from_the_line():
    drawn = charts.bars([charts.Point("Jan", 4), charts.Point("Feb", -4)], title="change")
    up, down = drawn["bars"]
    assert up["y"] + up["h"] == pytest.approx(down["y"], abs=0.2)


def test_numbers_are_rounded_not_cut_off():
    with translation.override("en"):
        assert formats.percent(15.06, 1) == "15.1\u00a0%"
        assert formats.number(2484.67, 0) == "2,485"
        assert formats.number(-0.04, 1) == "0.0"
        assert formats.number(0.125) == "0.13"
