"""A sheet of admissions: each row a case by the real procedures, rehearsed, applied and taken back."""

import pytest

from orgwork.exchange.sheets import applying, rehearsing
from orgwork.exchange.sheets.imports import State
from orgwork.procedures.cases import Case
from orgwork.registers.members import Membership

from .files import ADMISSION, admission, plain, undone_by_two

pytestmark = pytest.mark.django_db(transaction=True)


def bring(path, actor):
    found = rehearsing.bring(path, path.name, "admissions", actor=actor, door="test")
    assert found.state == State.READING, found.mapping
    return rehearsing.rehearse(found)


def said(brought):
    return {
        row.number: [(column, code, text.get("text", "")) for column, _o, code, text in row.remarks]
        for row in brought.rows.exclude(remarks=[])
    }


def test_rows_become_cases_and_members_and_can_be_taken_back(live_cast, tmp_path):
    introducers = live_cast.introducer.pk, live_cast.second_introducer.pk
    rows = [admission(n, introducers) for n in range(1, 6)]
    rows[1][14] = "2"  # too few in favour: rejected by the cell
    rows[1][15:] = [""] * len(rows[1][15:])
    rows[2][2] = "07.07.2007"  # too young
    rows[3][12] = "7"  # the register has six
    rows[4][14] = "2"  # rejected, and yet decided
    path = plain(tmp_path / "a.csv", rows, headings=ADMISSION)
    actor = live_cast.account("provincial_officer")
    brought = bring(path, actor)
    assert brought.counts == {"new": 2, "refused": 3}, said(brought)
    found = said(brought)
    assert "18" in found[4][0][2] and found[4][0][0] == "cell_day"
    assert found[5][0][0] == "cell_entitled" and "6" in found[5][0][2]
    assert found[6][0][0] == "committee_day" and "does not follow" in found[6][0][2]
    assert not Case.objects.exists() and Membership.objects.count() == 16

    applying.agree(brought, actor=actor)
    applying.apply(brought)
    assert sorted(Case.objects.values_list("state", flat=True)) == ["done", "rejected"]
    assert Membership.objects.filter(begun_by__kind="admitted", valid_from="2024-01-10").count() == 1

    undone_by_two(brought, live_cast)
    assert Membership.objects.count() == 16
    assert set(Case.objects.values_list("state", flat=True)) == {"withdrawn"}


def test_who_decides_carries_on_the_cases_that_are_open(live_cast, tmp_path):
    introducers = live_cast.introducer.pk, live_cast.second_introducer.pk
    province, district = live_cast.account("provincial_officer"), live_cast.account("district_officer")
    until = ADMISSION.index("Số quyết định")
    first = [admission(n, introducers)[:until] for n in (1, 2)]
    before = bring(plain(tmp_path / "a.csv", first, headings=ADMISSION[:until]), province)
    applying.agree(before, actor=province)
    applying.apply(before)
    assert set(Case.objects.values_list("state", flat=True)) == {"file_complete"}

    people = list(Case.objects.order_by("pk").values_list("person", flat=True))
    rows = [
        [*admission(n, introducers)[:5], f"#{person}", f"{n}-QĐ/ThU", "10.01.2024"]
        for n, person in zip((1, 2), people, strict=True)
    ]
    headings = [*ADMISSION[:5], "Số thẻ", "Số quyết định", "Ngày quyết định"]
    brought = bring(plain(tmp_path / "b.csv", rows, headings=headings), district)
    assert brought.counts == {"new": 2}, said(brought)
    applying.agree(brought, actor=district)
    applying.apply(brought)
    assert set(Case.objects.values_list("state", flat=True)) == {"admitted"}

    undone_by_two(brought, live_cast)
    assert set(Case.objects.values_list("state", flat=True)) == {"file_complete"}
    assert Membership.objects.count() == 16
