"""An export comes back: only cells that differ are corrected, and what changed meanwhile is told."""

import datetime as dt

import pytest
from python_calamine import CalamineWorkbook

from orgwork.exchange.sheets import applying, deciding, rehearsing, undoing, writing
from orgwork.exchange.sheets.kinds import KINDS
from orgwork.procedures.correction import correct_name
from orgwork.registers.people import PersonName, PersonParticulars
from orgwork.registers.units import UnitName

from .files import workbook

pytestmark = pytest.mark.django_db(transaction=True)
DAY = dt.date(2024, 3, 1)


def export(unit, path):
    kind = KINDS["members"]
    with path.open("wb") as file:
        writing.export(kind.columns, kind.export(unit, DAY), file, name="a")
    return [[str(cell) if cell != "" else "" for cell in row] for row in
            CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()]  # fmt: skip


def bring(path, actor):
    return rehearsing.rehearse(rehearsing.bring(path, "a.xlsx", "members", actor=actor, door="test", day=DAY))


def test_an_export_that_comes_back_unchanged_changes_nothing(live_cast, tmp_path):
    actor = live_cast.account("district_officer")
    export(live_cast.cell, tmp_path / "a.xlsx")
    brought = bring(tmp_path / "a.xlsx", live_cast.account("provincial_officer"))
    assert brought.counts == {"same": 7}, [row.remarks for row in brought.rows.all()]
    assert actor


def test_only_what_differs_is_corrected_and_it_can_be_undone(live_cast, tmp_path):
    actor = live_cast.account("provincial_officer")
    headings, *rows = export(live_cast.cell, tmp_path / "a.xlsx")
    names = [row[0] for row in rows]
    member, teacher = names.index("Cà Thị Xuân"), names.index("Phạm Thu Hà")
    rows[member][0] = "Cà Thị Xuyến"
    rows[teacher][2] = "21/11/1988"
    rows[teacher][7] = "12345"  # cards have a procedure of their own
    rows[names.index("Lê Quang Vinh")][0] = "Lê Quang Vĩnh"
    with_paper = {"reason": "Sai giấy khai sinh", "symbol": "7-QĐ/HU", "day": "2024-02-20"}
    correct_name(
        actor=actor, person=live_cast.veteran, family="Lê", middle="Quang", given="Vượng", reason="x",
        document=live_cast.paper(), day=DAY,
    )  # fmt: skip
    brought = bring(workbook(tmp_path / "b.xlsx", rows, headings=headings), actor)
    assert brought.counts == {"same": 4, "doubtful": 2, "refused": 1}
    deciding.say_why(brought, **with_paper)
    rehearsing.rehearse(brought)
    assert brought.counts == {"same": 4, "changed": 1, "doubtful": 1, "refused": 1}
    stale = brought.rows.get(outcome="doubtful")
    assert ["name", "doubtful", "changed_since", {"now": "Lê Quang Vượng"}] in stale.remarks

    applying.agree(brought, actor=actor)
    applying.apply(brought)
    assert PersonName.objects.get(person=live_cast.member).full == "Cà Thị Xuyến"
    assert PersonName.objects.get(person=live_cast.veteran).full == "Lê Quang Vượng"
    assert PersonParticulars.objects.get(person=live_cast.teacher).birth == dt.date(1988, 11, 20)
    undoing.ask(brought, actor=actor)
    undoing.undo(brought)
    assert PersonName.objects.get(person=live_cast.member).full == "Cà Thị Xuân"


def test_bodies_come_back_with_another_name_and_posts_as_they_were(live_cast, tmp_path):
    actor = live_cast.account("provincial_officer")
    for code in ("bodies", "posts"):
        with (tmp_path / code).open("wb") as file:
            kind = KINDS[code]
            assert writing.export(kind.columns, kind.export(live_cast.district, DAY), file, name="a")
        brought = rehearsing.bring(tmp_path / code, "a.xlsx", code, actor=actor, door="test", day=DAY)
        rehearsing.rehearse(brought)
        assert set(brought.counts) == {"same"}, (code, brought.counts)
    kind = KINDS["bodies"]
    with (tmp_path / "b").open("wb") as file:
        writing.export(kind.columns, kind.export(live_cast.commune, DAY), file, name="a")
    headings, *rows = [
        [str(cell) for cell in row]
        for row in CalamineWorkbook.from_path(str(tmp_path / "b")).get_sheet_by_index(0).to_python()
    ]
    codes = [row[0] for row in rows]
    rows[codes.index("03127.02")][1] = "Chi bộ bản Hồng Líu 2"
    rows[codes.index("03127.01")][3] = "094"  # where a body stands is moved by decision
    brought = bring_bodies(workbook(tmp_path / "c.xlsx", rows, headings=headings), actor)
    deciding.say_why(brought, reason="Sai tên", symbol="7-QĐ/HU", day="2024-02-20")
    rehearsing.rehearse(brought)
    assert (brought.counts["changed"], brought.counts["refused"]) == (1, 1)
    applying.agree(brought, actor=actor)
    applying.apply(brought)
    assert UnitName.objects.get(unit=live_cast.small_cell, language="vi").text == "Chi bộ bản Hồng Líu 2"


def bring_bodies(path, actor):
    return rehearsing.rehearse(
        rehearsing.bring(path, "a.xlsx", "bodies", actor=actor, door="test", day=DAY)
    )  # fmt: skip
