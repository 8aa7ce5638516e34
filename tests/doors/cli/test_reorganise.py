"""`orgwork reorganise` as strangers type it: a table in, a plan out, rehearsed, enacted, taken back."""

import csv
import datetime as dt

import pytest

from orgwork.foundation.dates import begin
from orgwork.foundation.moments import writing
from orgwork.registers import areas
from orgwork.registers.record import Cause
from orgwork.registers.units import UnitPlacement
from tests.procedures.reform import APART, COLUMNS, DAY, differences, held, row

NOTHING, ERROR, WRONG_USE, FINDINGS = 0, 1, 2, 3
SINCE = dt.date(2004, 1, 1)


def written(path, rows, columns=COLUMNS):
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.mark.django_db
def test_where_there_are_areas_only_the_territories_change(orgwork, tmp_path):
    listed = [
        ("VN", "country", None, "Việt Nam"), ("11", "province", "VN", "Tỉnh Điện Biên"),
        ("096", "district", "11", "Huyện Mường Nhé"), ("03157", "commune", "096", "Xã Chung Chải"),
        ("03160", "commune", "096", "Xã Mường Nhé"),
    ]  # fmt: skip
    made = {}
    with writing(door="test") as act:
        why = Cause.objects.create(kind="takeover")
        for code, kind, parent, name in listed:
            made[code] = areas.Area.objects.create(code_list=areas.LIST_2024, code=code, kind=kind)
            begin(areas.AreaPlacement, act, SINCE, area=made[code], parent=made.get(parent), cause=why)
            begin(areas.AreaName, act, SINCE, area=made[code], cause=why, **areas.name_values(name))
    district = ("096", "Huyện Mường Nhé")
    table = written(tmp_path / "table.csv", [
        row("03157", "Xã Chung Chải", "03160", "Xã Mường Nhé", district=district),
        row("03160", "Xã Mường Nhé", "03160", "Xã Mường Nhé", district=district),
    ])  # fmt: skip
    said = orgwork("reorganise", "load", table, "--effective", "2025-07-01", "--json")
    assert said.code == NOTHING, said.err
    assert {"plan", "changes", "undecided"} <= set(said.json) and said.json["undecided"] == []
    assert [one["kind"] for one in said.json["changes"]] == ["area", "area"]
    plan = said.json["plan"]
    tried = orgwork("reorganise", "rehearse", plan, "--json")
    assert tried.code == NOTHING and tried.json["blocked"] == []
    assert tried.json["before"].keys() == tried.json["after"].keys()
    assert orgwork("reorganise", "enact", plan, "--json").code == NOTHING
    assert areas.AreaPlacement.objects.on(DAY).filter(area__kind="commune").count() == 1
    again = orgwork("reorganise", "enact", plan, "--json")
    assert again.code == ERROR and "plan_enacted" in again.err
    taken = orgwork("reorganise", "undo", plan, "--json")
    assert taken.code == NOTHING and taken.json["state"] == "undone"
    assert areas.AreaPlacement.objects.on(DAY).filter(area__kind="commune").count() == 2
    other = orgwork("reorganise", "load", table, "--effective", "2025-08-01")
    assert other.code == ERROR and "2025" in other.err
    assert orgwork("reorganise", "enact", "R1999-01-01").code == ERROR


@pytest.mark.django_db
def test_what_is_undecided_ends_with_three_until_it_is_decided(orgwork, cast, tmp_path):
    before = held()
    table = written(tmp_path / "table.csv", APART)
    plan = orgwork("reorganise", "load", table, "--effective", "2025-07-01", "--json").json["plan"]
    tried = orgwork("reorganise", "rehearse", plan, "--json")
    assert tried.code == NOTHING and len(tried.json["blocked"]) >= 4
    stopped = orgwork("reorganise", "enact", plan, "--json")
    assert stopped.code == FINDINGS and len(stopped.json["blocked"]) == len(tried.json["blocked"])
    assert differences(before, held()) == {}
    said = [
        {"what": "place", "code": cast.village.code, "target": "03127"},
        {"what": "place", "code": cast.other_village.code, "target": "03160"},
        {"what": "place", "code": cast.firm.code, "target": "03127"},
    ]
    decided = written(tmp_path / "decided.csv", said, ("what", "code", "target"))
    assert orgwork("reorganise", "decide", plan, decided, "--json").json["undecided"] == []
    stopped = orgwork("reorganise", "enact", plan, "--only-accepted", "--json")
    assert stopped.code == FINDINGS and {one["what"] for one in stopped.json["blocked"]} == {"unaccepted"}
    said = orgwork("reorganise", "accept", plan, "--kind", "posts", "--json").json
    left = orgwork("reorganise", "hanging", plan, "--state", "open", "--json").json
    assert said["done"] > 0 and said["open"] == left["open"] == len(left["hanging"]) > 0
    assert "posts" not in {one["kind"] for one in left["hanging"]}
    sent = orgwork("reorganise", "accept", plan, "--kind", "posts", "--to", cast.province.code)
    assert sent.code == ERROR and not sent.out
    assert orgwork("reorganise", "hanging", plan).code == NOTHING
    done = orgwork("reorganise", "enact", plan)
    assert done.code == NOTHING and plan in done.out, done.err
    assert UnitPlacement.objects.on(DAY).get(unit=cast.cell).parent.code != cast.commune.code
    listed = orgwork("reorganise", "list", "--json").json
    assert [(one["plan"], one["state"]) for one in listed] == [(plan, "enacted")]
    assert orgwork("reorganise", "undo", plan).code == NOTHING
    assert differences(before, held()) == {}


@pytest.mark.django_db
def test_a_plan_is_made_by_whoever_may_end_its_bodies(orgwork, cast, tmp_path):
    table = written(tmp_path / "table.csv", APART)
    refused = orgwork(
        "reorganise", "load", table, "--effective", "2025-07-01", "--as", "commune_secretary", "--json"
    )
    assert refused.code == ERROR and not refused.out
    made = orgwork(
        "reorganise", "load", table, "--effective", "2025-07-01", "--as", "provincial_officer", "--json"
    )
    assert made.code == NOTHING, made.err


@pytest.mark.django_db
def test_a_resolution_s_text_becomes_a_table_and_a_plan(orgwork, cast, tmp_path):
    text = tmp_path / "resolution.txt"
    text.write_text(
        "NGHỊ QUYẾT về việc sắp xếp các đơn vị hành chính cấp xã của tỉnh Điện Biên năm 2025\n"
        "Điều 1. Sắp xếp\n"
        "1. Sắp xếp toàn bộ diện tích tự nhiên, quy mô dân số của phường Noong Bua và xã Sín Thầu thành"
        " phường mới có tên gọi là phường Điện Biên Phủ.\n"
    )
    table = tmp_path / "table.csv"
    read = orgwork("reorganise", "read", text, "--effective", "2025-07-01", "--output", table)
    assert read.code == NOTHING, read.err
    rows = list(csv.DictReader(table.open()))
    assert [(one["old_code"], one["new_code"], one["kind"], one["article_clause"]) for one in rows] == [
        ("03127", "03127", "whole", "Điều 1 khoản 1"), ("03160", "03127", "whole", "Điều 1 khoản 1"),
    ]  # fmt: skip
    said = orgwork("reorganise", "load", text, "--effective", "2025-07-01", "--json")
    assert said.code == NOTHING and said.json["counts"]["area"] == 2
    text.write_text(text.read_text().replace("xã Sín Thầu", "xã Không Có"))
    assert orgwork("reorganise", "read", text, "--effective", "2025-07-01").code == FINDINGS
    refused = orgwork("reorganise", "load", text, "--effective", "2025-07-01")
    assert refused.code == ERROR and "orgwork reorganise read" in refused.err
    kept = orgwork("reorganise", "load", text, "--effective", "2025-07-01", "--by-clause", "--json")
    assert kept.code == NOTHING and kept.json["counts"]["area"] == 1
    assert [one["subject"] for one in kept.json["undecided"] if one["what"] == "clause"] == [1]


@pytest.mark.django_db
def test_a_plan_is_written_from_a_table_of_changes_and_held_beside_a_variant(orgwork, cast, tmp_path):
    """The same judgement as in the browser: a row that cannot be names itself, and nothing is written."""
    drafted = orgwork("reorganise", "draft", "--unit", "11", "--effective", "2025-07-01", "--json")
    assert drafted.code == NOTHING, drafted.err
    plan = drafted.json["plan"]
    columns = ("change", "body", "to", "kind", "name", "effective", "clause")
    kind = "grassroots_party_organisation"
    rows = [
        ("found", "", "094", kind, "Đảng bộ phường Mới", "", "Điều 1"),
        ("merge", "03127", "new-1", "", "", "", "Điều 2"),
        ("rename", "03160", "", "", "Đảng bộ xã Khác", "2025-10-01", "Điều 3"),
    ]
    said = [dict(zip(columns, row, strict=True)) for row in rows]
    wrong = written(tmp_path / "wrong.csv", [*said, {**said[1], "to": "03160"}], columns)
    refused = orgwork("reorganise", "write", plan, wrong)
    assert refused.code == ERROR and "row 5: Đảng bộ phường Noong Bua" in refused.err
    assert orgwork("reorganise", "show", plan, "--json").json["changes"] == []
    done = orgwork("reorganise", "write", plan, written(tmp_path / "right.csv", said, columns), "--json")
    assert done.code == NOTHING and done.json["written"] == 3 and done.json["undecided"] == []
    changes = orgwork("reorganise", "show", plan, "--json").json["changes"]
    assert {one["day"] for one in changes} == {"2025-07-01", "2025-10-01"}
    other = orgwork("reorganise", "draft", "--unit", "11", "--effective", "2025-07-01", "--json").json["plan"]
    beside = orgwork("reorganise", "compare", plan, other, "--json")
    assert beside.code == NOTHING, beside.err
    assert [plan] in [one["in"] for one in beside.json["changes"]]
    assert orgwork("reorganise", "compare", plan, other).code == NOTHING
    assert orgwork("reorganise", "compare", plan).code == ERROR
