"""A sheet of admissions: each row a case by the real procedures, rehearsed, applied and taken back."""

import datetime as dt
import random

import pytest

from orgwork.exchange.sheets import applying, deciding, rehearsing
from orgwork.exchange.sheets.imports import State
from orgwork.exchange.sheets.kinds.admissions import ADMISSIONS
from orgwork.exchange.sheets.lines import Line
from orgwork.foundation import journal
from orgwork.foundation.dates import end
from orgwork.foundation.moments import writing
from orgwork.foundation.refusals import Refusal
from orgwork.foundation.rehearsal import rehearsal
from orgwork.procedures.cases import Case, CaseDeadline, CaseHome, CaseStep, Protocol
from orgwork.registers.members import Membership, MembershipPlace, MembershipStanding
from orgwork.registers.record import Cause

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


def left_at_the_own_wish(cast, person, day):
    with writing(door="test") as act:
        why = Cause.objects.create(kind="left")
        for model, more in (
            (Membership, {}),
            (MembershipStanding, {}),
            (MembershipPlace, {"kind": "official"}),
        ):
            end(model, act, {"person": person, **more}, day, cause=why)


def test_exceptions_stand_in_columns_and_are_refused_where_they_cannot_apply(live_cast, tmp_path):
    introducers = live_cast.introducer.pk, live_cast.second_introducer.pk
    left_at_the_own_wish(live_cast, live_cast.member, dt.date(2018, 1, 9))
    again = {"entitled": "5", "present": "5", "for": "5"}  # one full member fewer
    rows = [admission(n, introducers, **again) for n in range(1, 8)]
    rows[0] = [*rows[0], f"#{live_cast.member.pk}", "có", "", "", ""]  # was one, and may come again
    rows[0][15:22] = [""] * 7  # the province consents first
    rows[1] = [*rows[1], f"#{live_cast.member.pk}", "", "", "", ""]
    rows[1][0:3] = ["Ai Đó Khác", "nam", "01.02.1990"]
    rows[2] = [*rows[2], "", "x", "", "", ""]  # never was a member
    rows[3] = [*rows[3], "", "", "", "1", ""]  # less schooling is enough there …
    rows[4] = [*rows[4], "", "", "", "0", ""]  # … and nowhere else
    rows[3][8] = rows[4][8] = "tiểu học"
    rows[5] = [*rows[5], "", "", "", "", live_cast.youth_union.code]
    rows[6] = [*rows[6], "", "maybe", "", "", live_cast.commune.code]
    rows[5][10] = rows[6][10] = ""
    headings = [*ADMISSION, "Số thẻ", "Hardship", "No grave ground", "Miền núi", "Công đoàn giới thiệu"]
    brought = bring(
        plain(tmp_path / "a.csv", rows, headings=headings), live_cast.account("provincial_officer")
    )
    found = said(brought)
    outcomes = dict(brought.rows.values_list("number", "outcome"))
    assert outcomes == {
        2: "refused", 3: "refused", 4: "refused", 5: "new", 6: "refused", 7: "new", 8: "refused"
    }, found  # fmt: skip
    assert {one[:2] for one in found[2]} == {one[:2] for one in found[3]} == {("person", "person_twice")}
    assert found[4] == [("hardship", "never_a_member", "")]
    assert found[6][0][0] == "schooling" and found[8] == [("hardship", "neither_yes_nor_no", "")]

    deciding.decide(brought, 3, "leave")
    assert brought.rows.get(number=2).outcome == "new", said(brought)
    deciding.correct(brought, 2, {"hardship": ""})
    assert said(brought)[2][0][0] == "hardship"
    deciding.correct(brought, 8, {"hardship": ""})
    assert said(brought)[8][0][0] == "union"


def test_a_row_leaves_what_its_steps_leave_one_by_one(live_cast, tmp_path):
    """In one go, and with a transaction and fresh looks for each step: the same outcome, the same rows."""
    introducers = live_cast.introducer.pk, live_cast.second_introducer.pk
    actor = live_cast.account("provincial_officer")
    dice = random.Random(5)
    changes = [
        {}, {"for": "2"}, {"birth": "07.07.2007"}, {"entitled": "7"}, {"committee_for": "2"},
        {"first": f"#{live_cast.probationary.pk}"}, {"second": f"#{live_cast.other_member.pk}"},
        {"course": "01.09.2010"}, {"schooling": "primary school"}, {"decided": "20.12.2023"},
        {"cell": "03127"}, {"applied": "02.10.2013"}, {"birth": "01.02.1950"},
    ]  # fmt: skip
    rows = [admission(n, introducers, **(one | dice.choice(changes))) for n, one in enumerate(changes * 2, 1)]
    brought = bring(plain(tmp_path / "a.csv", rows, headings=ADMISSION), actor)
    whole = {row.number: (row.outcome, row.remarks) for row in brought.rows.all()}

    lines = [Line.of(row) for row in brought.rows.order_by("number")]
    context = rehearsing.context_of(brought)
    rehearsing.judge(lines, brought, context, real=False)
    for line in (line for line in lines if line.outcome == "new"):
        with rehearsal(actor=actor) as act:
            try:
                ADMISSIONS.perform(act, line, context)
            except Refusal as refusal:
                rehearsing.refused(line, refusal, ADMISSIONS)
        line.settle()
    assert {line.number: (line.outcome, line.remarks) for line in lines} == whole
    assert {outcome for outcome, _remarks in whole.values()} == {"new", "refused"}

    line = next(line for line in lines if line.outcome == "new" and line.get("ceremony"))
    with writing(actor=actor, door="test") as act:
        one_by_one = ADMISSIONS.perform(act, line, context)["case"]
    left = left_by(one_by_one)
    with writing(actor=actor, door="test") as act:
        line.cells["decision"] = line.values["decision"] = "900-QĐ/ThU"
        line.answers["double"] = "another"
        in_one_go = ADMISSIONS.one(act, line, context)["case"]
    assert left_by(in_one_go) == left
    assert journal.verify().ok


def left_by(case):
    """All that stands of a case and its person, without numbers that the database draws."""
    case = Case.objects.get(pk=case)
    drawn = {
        "id",
        "case_id",
        "person_id",
        "protocol_id",
        "document_id",
        "begun_by_id",
        "ended_by_id",
        "spell",
    }
    drawn |= {"recorded", "retracted", "moment", "version", "name"}
    found = [case.state, case.unit_id, case.closed_on, case.version, sorted(case.data)]
    mine: dict = dict.fromkeys((CaseStep, CaseHome, CaseDeadline, Protocol), {"case": case})
    mine |= dict.fromkeys((Membership, MembershipStanding, MembershipPlace), {"person": case.person_id})
    for model, key in mine.items():
        rows = getattr(model, "versions", model.objects).filter(**key).order_by("pk")
        names = [one.attname for one in model._meta.concrete_fields if one.attname not in drawn]
        found.append([model.__name__, *([getattr(row, name) for name in names] for row in rows)])
        if hasattr(model, "versions"):
            found.append([row.retracted is None for row in rows])
    entries = journal.Entry.objects.filter(case=case.pk).order_by("pk")
    return [*found, [(one.verb, one.day, one.subjects.count()) for one in entries]]
