"""This room is for opening figures: who sees which records, and what stands in a row."""

import datetime as dt

import pytest
from django.utils import timezone

from orgwork.foundation.dates import Period, begin
from orgwork.foundation.moments import writing
from orgwork.insight import records
from orgwork.registers import figures
from orgwork.registers.members import MembershipPlace
from orgwork.registers.people import Person
from orgwork.registers.record import Cause

pytestmark = pytest.mark.django_db(transaction=True)

DAY = dt.date(2024, 5, 1)
YEAR = Period.days(dt.date(2024, 1, 1), dt.date(2024, 12, 31))


def test_an_officer_of_the_office_sees_every_name(live_cast):
    c = live_cast
    found = records.listing("members.stock", c.district, on=DAY, actor=c.account("district_officer"), now=DAY)
    assert found.total == found.open == 13
    assert {row.label for row in found.rows} >= {"Cà Thị Xuân", "Hà Văn Tú"}
    assert all(row.url == f"/people/{row.id}/" and row.born and row.body for row in found.rows)


def test_who_may_not_see_the_records_sees_how_many_and_who_may(live_cast):
    c = live_cast
    member = records.listing("members.stock", c.commune, on=DAY, actor=c.account("member"), now=DAY)
    assert (member.total, member.hidden) == (10, 9)  # one's own record is always open
    secretary = records.listing(
        "members.stock", c.commune, on=DAY, actor=c.account("cell_secretary"), now=DAY
    )
    assert (secretary.open, secretary.hidden) == (7, 3)
    assert secretary.who
    operator = records.listing("members.stock", c.commune, on=DAY, actor=None, now=DAY)
    assert (operator.total, operator.open, operator.rows) == (10, 0, [])


def test_bodies_and_villages_are_open_to_who_may_see_the_figure(live_cast):
    c = live_cast
    for code, count in (("bodies.count", 3), ("villages.total", 2)):
        found = records.listing(code, c.commune, on=DAY, actor=None, now=DAY)
        assert (found.total, found.open, len(found.rows)) == (count, count, count)


def test_every_figure_opens(live_cast):
    c = live_cast
    for code in figures.catalogue():
        found = records.listing(
            code, c.root, on=DAY, period=YEAR, actor=c.account("national_officer"), now=DAY, limit=3
        )
        assert len(found.rows) <= 3 and found.total >= len(found.rows), code


def test_a_late_entry_is_marked(live_cast):
    c, paper = live_cast, live_cast.paper("87-QĐ/ĐU")
    today = timezone.localdate()
    days = [today, today - dt.timedelta(days=30)]
    for day in days:
        with writing(door="test") as act:
            begin(MembershipPlace, act, day, person=Person.objects.create(), kind="official", unit=c.cell,
                  cause=Cause.objects.create(kind="admitted", document=paper))  # fmt: skip
    period = Period.days(days[1], today)
    found = records.listing(
        "members.admitted", c.cell, period=period, actor=c.account("cell_secretary"), now=today
    )
    assert [(row.day, row.late, row.decision) for row in found.rows] == [
        (days[0], False, "87-QĐ/ĐU"), (days[1], True, "87-QĐ/ĐU"),
    ]  # fmt: skip


def test_a_page_asks_a_fixed_number_of_questions(live_cast, django_assert_max_num_queries):
    c = live_cast
    with django_assert_max_num_queries(22):
        records.listing("members.stock", c.province, on=DAY, actor=c.account("provincial_officer"), now=DAY)
