"""This room is for the course of figures: carried on by its changes it is what each day says by itself."""

import datetime as dt

import pytest

from orgwork.foundation.dates import DAY, Period
from orgwork.insight import frame, series
from orgwork.registers import figures

from .test_law import DAYS, World, on

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_stock_carried_on_is_the_stock_of_each_day(seed):
    world = World(seed)
    world.play(40)
    days = [on(day) for day in range(-1, DAYS + 2)]
    for unit in world.units:
        carried = series.stocks("members.stock", unit, days)
        assert carried == [frame.compute("members.stock", unit, on=day).value for day in days], unit.code


def test_every_course_is_what_each_month_says_by_itself(live_cast):
    period = Period.days(dt.date(2015, 4, 10), dt.date(2016, 8, 3))
    for code in figures.catalogue():
        found = series.series(code, live_cast.commune, period, step=series.QUARTER)
        assert len(found) == 6 and not found[0].whole and found[1].whole
        for point in found:
            asked = {"on": point.period.last, "period": point.period}
            assert point.value == frame.compute(code, live_cast.commune, **asked).value, (code, point)


def test_options_follow_the_course(live_cast):
    days = [dt.date(2015, 5, 18) + DAY * n for n in (0, 1, 400)]
    for options in ({"sex": "f"}, {"standing": "full"}, {"age": "31-35"}):
        found = series.stocks("members.stock", live_cast.province, days, **options)
        asked = [frame.compute("members.stock", live_cast.province, on=day, **options).value for day in days]
        assert found == asked, options


def test_months_are_cut_at_the_ends_of_the_period():
    found = series.periods(Period.days(dt.date(2023, 11, 15), dt.date(2024, 2, 1)))
    assert [span.start.isoformat() for span, _whole in found] == [
        "2023-11-15", "2023-12-01", "2024-01-01", "2024-02-01",
    ]  # fmt: skip
    assert [whole for _span, whole in found] == [False, True, True, False]


def test_a_long_course_asks_few_questions(live_cast, django_assert_max_num_queries):
    period = Period.days(dt.date(2014, 1, 1), dt.date(2024, 12, 31))
    with django_assert_max_num_queries(8):
        assert len(series.series("members.stock", live_cast.province, period)) == 132
    with django_assert_max_num_queries(6):
        series.series("members.admitted", live_cast.province, period)
