"""Badges and cards as figures: by award day and by the cell of that day."""

import datetime as dt

from orgwork.foundation.dates import Period, begin
from orgwork.foundation.moments import writing
from orgwork.insight import frame
from orgwork.registers.badges import MemberBadge
from orgwork.registers.members import MemberCard
from orgwork.registers.record import Cause

MAY = dt.date(2024, 5, 19)
YEAR = Period.days(dt.date(2024, 1, 1), dt.date(2024, 12, 31))


def test_badges_are_counted_by_award_day_and_cell(cast):
    with writing(door="test") as act:
        awarded, taken = Cause.objects.create(kind="awarded"), Cause.objects.create(kind="takeover")
        begin(MemberBadge, act, MAY, person=cast.veteran, years=50, cause=awarded)
        begin(MemberBadge, act, MAY, person=cast.first_of_small, years=30, cause=awarded)
        begin(MemberBadge, act, dt.date(2019, 5, 19), person=cast.teacher, years=30, cause=taken)
    for unit, number in ((cast.cell, 1), (cast.commune, 2), (cast.province, 2), (cast.other_cell, 0)):
        assert frame.compute("badges.awarded", unit, period=YEAR).value == number
    assert frame.compute("badges.awarded", cast.commune, period=YEAR, years="50").value == 1
    before = Period.days(dt.date(2019, 1, 1), dt.date(2019, 12, 31))
    assert frame.compute("badges.awarded", cast.commune, period=before).value == 0


def test_members_with_a_card(cast):
    with writing(door="test") as act:
        begin(MemberCard, act, MAY, person=cast.member, number="11000001")
    assert frame.compute("members.with_card", cast.commune, on=MAY).value == 1
    assert frame.compute("members.with_card", cast.commune, on=MAY - dt.timedelta(days=1)).value == 0
