"""This room is for the figures of the demonstration: those of the reports, counted; the law at every body."""

import datetime as dt

import pytest

from orgwork.exchange.demo.build import build_demo, empty
from orgwork.foundation.accounts import Account
from orgwork.foundation.dates import DAY, Period
from orgwork.insight import frame, growth, records, since
from orgwork.insight.reports import term
from orgwork.registers import figures

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

ON = dt.date(2024, 5, 1)
TERM = Period.days(dt.date(2021, 1, 1), ON)


@pytest.fixture(scope="module", autouse=True)
def built(django_db_setup, django_db_blocker):
    """The whole demonstration, built once for this module and taken away afterwards."""
    with django_db_blocker.unblock():
        yield build_demo(replace=True)
        empty()


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("members.admitted", 8279), ("villages.total", 1446), ("villages.with_organisation", 1446),
        ("villages.with_members", 1446), ("villages.heads", 1446), ("villages.heads_members", 949),
        ("firms.with_organisation", 38), ("firms.with_organisation_change", 20),
    ],
)  # fmt: skip
def test_the_figures_of_the_reports_come_out_of_the_records(code, value):
    found = frame.compute(code, "11", on=ON, period=TERM)
    assert found.value == value
    if isinstance(found.indicator, figures.Indicator):
        assert frame.records(code, "11", on=ON, period=TERM).count() == value


def test_averages_and_shares_are_those_of_the_report():
    assert 2480 <= frame.compute("members.admitted_per_year", "11", period=TERM).value <= 2490
    assert 5 < frame.compute("members.admission_rate", "11", period=TERM).value < 6
    assert 47_000 <= frame.compute("members.stock", "11", on=ON).value <= 49_000
    assert frame.compute("firms.with_organisation", "11", on=TERM.start).value == 18


@pytest.mark.parametrize("known", [None, dt.date(2024, 5, 10), dt.date(2022, 3, 1)])
@pytest.mark.parametrize(
    ("first", "last"),
    [
        (dt.date(2021, 1, 1), ON), (dt.date(2019, 12, 1), dt.date(2025, 6, 30)),
        (dt.date(2023, 1, 1), dt.date(2023, 12, 31)), (dt.date(2022, 7, 1), dt.date(2022, 9, 30)),
    ],
)  # fmt: skip
def test_the_law_of_flows_holds_at_every_body(known, first, last):
    at, period = frame.known(known), Period.days(first, last)
    opening = frame.by_unit("members.stock", on=first - DAY, known_at=at)
    closing = frame.by_unit("members.stock", on=last, known_at=at)
    up = [frame.by_unit(code, period=period, known_at=at) for code in figures.INCREASES]
    down = [frame.by_unit(code, period=period, known_at=at) for code in figures.DECREASES]
    bodies = set().union(opening, closing, *up, *down)
    assert len(bodies) > 2500
    for body in bodies:
        flows = sum(one.get(body, 0) for one in up) - sum(one.get(body, 0) for one in down)
        assert opening.get(body, 0) + flows == closing.get(body, 0), body


def test_the_term_report_says_what_the_newspaper_said():
    text = term.build("11", TERM, language="en").as_text()
    for said in (
        "8,279 members",
        "nearly 2,500 a year",
        "over 5\u00a0%",
        "949 of 1,446",
        "1,446 of 1,446",
        "20 more",
    ):
        assert said in text, said
    assert "fast 2.500 im Jahr" in term.build("11", TERM, language="de").as_text()


def test_late_entries_and_corrections_are_told_apart():
    then, now = frame.known(dt.date(2024, 5, 10)), frame.known()
    found = since.compare(figures.get("members.admitted"), "11", TERM, None, then=then, now=now)
    assert found.then < found.now == 8279
    assert found.late and found.corrected
    assert all(change.entry is not None and change.at for change in found.changes)


def test_an_officer_opens_all_and_a_secretary_opens_his_own():
    office = Account.objects.get(username="province-office")
    found = records.listing("members.admitted", "11", period=TERM, actor=office, now=ON)
    assert (found.total, found.open, len(found.rows)) == (8279, 8279, 50)
    assert all(row.decision and row.body and row.born for row in found.rows)
    cell = Account.objects.get(username="cell-secretary")
    found = records.listing("members.admitted", "11", period=TERM, actor=cell, now=ON)
    assert found.total == 8279 and found.open < 50 and found.who


def test_low_growth_shows_against_past_and_target():
    found = growth.growth("11", "2024-Q1")
    assert len(found.lines) == 11 and found.past_years == [2021, 2022, 2023]
    assert found.low and all(line.target for line in found.lines)
    assert sum(line.admitted for line in found.lines) == found.own.admitted
