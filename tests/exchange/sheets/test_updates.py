"""An export comes back: only cells that differ are corrected, and what changed meanwhile is told."""

import datetime as dt

import pytest
from python_calamine import CalamineWorkbook

from orgwork.exchange.sheets import applying, deciding, rehearsing, writing
from orgwork.exchange.sheets.kinds import KINDS
from orgwork.procedures.correction import correct_name
from orgwork.registers.appointments import Appointment
from orgwork.registers.members import MemberCard
from orgwork.registers.people import PersonName, PersonParticulars
from orgwork.registers.units import UnitName, UnitPlacement

from .files import undone_by_two, workbook

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
    undone_by_two(brought, live_cast)
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
    english = headings.index("Name in English")
    rows[0][english] = "Something else"  # what the export leaves empty is not lost in silence
    brought = bring_bodies(workbook(tmp_path / "c.xlsx", rows, headings=headings), actor)
    deciding.say_why(brought, reason="Sai tên", symbol="7-QĐ/HU", day="2024-02-20")
    rehearsing.rehearse(brought)
    assert (brought.counts["changed"], brought.counts["refused"]) == (1, 2)
    assert ["name_en", "refused", "not_by_update", {}] in brought.rows.get(number=2).remarks
    applying.agree(brought, actor=actor)
    applying.apply(brought)
    assert UnitName.objects.get(unit=live_cast.small_cell, language="vi").text == "Chi bộ bản Hồng Líu 2"


def bring_bodies(path, actor):
    return rehearsing.rehearse(
        rehearsing.bring(path, "a.xlsx", "bodies", actor=actor, door="test", day=DAY)
    )  # fmt: skip


def back(tmp_path, code, unit, change, actor):
    """Export, let somebody change rows by their headings, and bring it again."""
    kind, path = KINDS[code], tmp_path / f"{code}.xlsx"
    with path.open("wb") as file:
        writing.export(kind.columns, kind.export(unit, DAY), file, name="a")
    shown = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    headings, *rows = [[cell_text(cell) for cell in row] for row in shown]
    places = {one.code: headings.index(str(one.label)) for one in kind.columns}
    for row in rows:
        for name, value in change({name: row[at] for name, at in places.items()}).items():
            row[places[name]] = value
    workbook(path, rows, headings=headings)
    return rehearsing.rehearse(rehearsing.bring(path, "a.xlsx", code, actor=actor, door="test", day=DAY))


def cell_text(value):
    return value.strftime("%d/%m/%Y") if isinstance(value, dt.date) else str(value)


def said_of(brought):
    """Column and code of everything said of each row that differs, by its first cell."""
    rows = brought.rows.exclude(outcome="same")
    return {row.cells.get("name"): {(one[0], one[2]) for one in row.remarks} for row in rows}


def test_what_changed_in_life_holds_from_its_day_and_what_has_a_sheet_of_its_own_is_named(
    live_cast, tmp_path
):
    actor = live_cast.account("provincial_officer")
    paper = {"changed_on": "15/01/2024", "decision": "12-HT", "decided": "15/01/2024"}
    change = {
        "Cà Thị Xuân": {"name": "Cà Thị Xuyến", **paper},  # another name from a day
        "Phạm Thu Hà": {"card": "01123456", **paper},  # the card was issued
        "Lê Quang Vinh": {"cell": "03127.02", "birth": "01/01/1950", **paper},
        "Đỗ Hữu Lộc": {"card": "01123457"},  # no day: cards are not put right by sheet
        "Vì Thị Mai": dict(paper),  # nothing differs
        "Tòng Văn Sơn": {"name": "Tòng Sơn", "changed_on": "15/01/2024"},  # no paper
    }
    brought = back(tmp_path, "members", live_cast.cell, lambda row: change.get(row["name"], {}), actor)
    assert said_of(brought) == {
        "Cà Thị Xuyến": {("name", "changes")},
        "Phạm Thu Hà": {("card", "changes")},
        "Lê Quang Vinh": {("cell", "by_transfer"), ("birth", "never_changes")},
        "Đỗ Hữu Lộc": {("card", "card_from_a_day")},
        "Vì Thị Mai": {("changed_on", "nothing_changed")},
        "Tòng Sơn": {("name", "changes"), ("decision", "say_paper")},
    }
    applying.agree(brought, actor=actor)
    applying.apply(brought)
    names = PersonName.objects.filter(person=live_cast.member).order_by("valid_from")
    assert [(row.full, row.valid_from) for row in names][1:] == [("Cà Thị Xuyến", dt.date(2024, 1, 15))]
    assert PersonName.objects.on(dt.date(2024, 1, 14)).get(person=live_cast.member).full == "Cà Thị Xuân"
    assert MemberCard.objects.get(person=live_cast.teacher).valid_from == dt.date(2024, 1, 15)
    # The next sheet exchanges the card for its next copy; another number is refused with a sentence.
    again = {"Phạm Thu Hà": {"copy": "2", **paper, "changed_on": "20/02/2024"}}
    brought = back(tmp_path, "members", live_cast.cell, lambda row: again.get(row["name"], {}), actor)
    assert brought.counts == {"same": 6, "changed": 1}
    applying.apply(applied := agreed(brought, actor))
    card = MemberCard.objects.on(DAY).get(person=live_cast.teacher)
    assert (card.number, card.copy) == ("01123456", 2)
    undone_by_two(applied, live_cast)
    assert MemberCard.objects.on(DAY).get(person=live_cast.teacher).copy == 1


def agreed(brought, actor):
    applying.agree(brought, actor=actor)
    return brought


def test_a_post_holder_who_moved_on_is_told_from_one_recorded_wrongly(live_cast, tmp_path):
    actor = live_cast.account("provincial_officer")
    paper = {"decision": "77-QĐ/ThU", "decided": "20/01/2024"}
    new = {"name": "Vì Thị Mai", "sex": "", "birth": "", "person": f"#{live_cast.second_introducer.pk}"}
    change = {
        "Phạm Thu Hà": {**new, "since": "01/02/2024", **paper},  # the village has another head
        "Lường Văn Pâng": {"until": "31/01/2024", **paper},  # goes, nobody comes
        "Quàng Văn Thắng": {"name": "Nguyễn Văn Ánh", "sex": "", "birth": "",
                            "person": f"#{live_cast.district_officer.pk}"},  # the wrong person was recorded
        "Lò Văn Inh": {"name": "Lò Văn Ông", "since": "01/02/2024", **paper},  # the predecessor's birth
    }  # fmt: skip
    brought = back(tmp_path, "posts", live_cast.commune, lambda row: change.get(row["name"], {}), actor)
    said = said_of(brought)
    assert {"Vì Thị Mai", "Lường Văn Pâng", "Nguyễn Văn Ánh", "Lò Văn Ông"} == set(said), said
    assert said["Vì Thị Mai"] == {("since", "takes_over")}
    assert ("birth", "old_birth") in said["Lò Văn Ông"]
    deciding.say_why(brought, reason="Ghi nhầm người", symbol="7-QĐ/HU", day="2024-02-20")
    rehearsing.rehearse(brought)
    assert brought.counts == {"changed": 3, "refused": 1}, said_of(brought)
    applying.apply(agreed(brought, actor))

    def holders(key):
        rows = Appointment.objects.filter(post=live_cast.posts[key]).order_by("valid_from")
        return [(row.person_id, row.valid_from.isoformat()) for row in rows]

    assert holders("teacher")[1:] == [(live_cast.second_introducer.pk, "2024-02-01")]
    assert not Appointment.objects.on(DAY).filter(post=live_cast.posts["cell_secretary"]).exists()
    assert [one for one, _day in holders("commune_secretary")] == [live_cast.district_officer.pk]


def test_a_body_is_renamed_and_moved_from_a_day(live_cast, tmp_path):
    actor = live_cast.account("provincial_officer")
    paper = {"changed_on": "15/01/2024", "decision": "9-QĐ/TU", "decided": "10/01/2024"}
    change = {
        "03127.02": {"name": "Chi bộ bản Hồng Líu 2", **paper},
        "03160.01": {"parent": "03127", **paper},
        "03127.01": {"parent": "03160"},
    }
    brought = back(tmp_path, "bodies", live_cast.province, lambda row: change.get(row["code"], {}), actor)
    assert brought.counts["changed"] == 2, said_of(brought)
    assert said_of(brought)["Chi bộ bản Noong Bua"] == {("parent", "by_move")}
    applying.apply(agreed(brought, actor))
    before, since = (UnitName.objects.on(day) for day in (dt.date(2024, 1, 14), DAY))
    assert before.get(unit=live_cast.small_cell, language="vi").text == "Chi bộ bản Hồng Líu"
    assert since.get(unit=live_cast.small_cell, language="vi").text == "Chi bộ bản Hồng Líu 2"
    assert UnitPlacement.objects.on(DAY).get(unit=live_cast.other_cell).parent == live_cast.commune
    unchanged = back(tmp_path, "bodies", live_cast.province, lambda row: {}, actor)
    assert set(unchanged.counts) == {"same"}, said_of(unchanged)
    undone_by_two(brought, live_cast)
    assert UnitName.objects.get(unit=live_cast.small_cell, language="vi").text == "Chi bộ bản Hồng Líu"
