"""A register comes in by a sheet: rehearsed, agreed, applied in pieces, undone."""

import datetime as dt

import pytest

from orgwork.exchange.sheets import applying, rehearsing
from orgwork.exchange.sheets.imports import State
from orgwork.insight import frame
from orgwork.registers.members import Membership, MembershipPlace
from orgwork.registers.people import PersonName

from .files import member, plain, undone_by_two, workbook

pytestmark = pytest.mark.django_db(transaction=True)
DAY = dt.date(2024, 1, 1)


def bring(path, actor, **more):
    found = rehearsing.bring(path, path.name, "members", actor=actor, door="test", day=DAY, **more)
    if found.state == State.READING:
        rehearsing.rehearse(found)
    return found


def outcomes(brought):
    return dict(brought.rows.values_list("number", "outcome"))


def said(brought, number):
    return {(column, code) for column, _o, code, _s in brought.rows.get(number=number).remarks}


def test_a_sheet_comes_in_and_goes_again(live_cast, tmp_path):
    actor = live_cast.account("provincial_officer")
    rows = [member(n) for n in range(1, 8)]
    rows[2][2] = "31/02/1970"
    path = workbook(tmp_path / "a.xlsx", rows, titles=[["DANH SÁCH ĐẢNG VIÊN"], []])
    before = frame.compute("members.stock", live_cast.province, on=DAY).value
    people = PersonName.objects.count()

    brought = bring(path, actor)

    assert brought.state == State.REHEARSED
    assert brought.counts == {"new": 6, "refused": 1}
    assert said(brought, 6) == {("birth", "no_such_day")}
    assert PersonName.objects.count() == people and not path.exists()

    applying.agree(brought, actor=actor)
    applying.apply(brought)
    assert frame.compute("members.stock", live_cast.province, on=DAY).value == before + 6
    assert MembershipPlace.objects.on(DAY).filter(unit=live_cast.cell).count() == 7 + 6

    undone_by_two(brought, live_cast)
    assert frame.compute("members.stock", live_cast.province, on=DAY).value == before
    assert PersonName.objects.count() == people
    assert Membership.objects.filter(begun_by__kind="takeover").count() == 0


def test_who_holds_no_power_over_the_body_is_told(live_cast, tmp_path):
    path = plain(tmp_path / "a.csv", [member(1)])
    with pytest.raises(Exception, match="None of your posts"):
        bring(path, live_cast.account("member"))
