"""The reform of 1 July 2025: read, enacted and followed both ways, to the row of the table."""

import datetime as dt
from collections import Counter, defaultdict

import pytest

from orgwork.exchange.territories import table_rows, territories_2024
from orgwork.foundation.dates import begin
from orgwork.foundation.moments import writing
from orgwork.foundation.refusals import Refusal, RegisterIncomplete
from orgwork.foundation.search import fold
from orgwork.registers.area_changes import (
    COLUMNS,
    area_lineage,
    enact_area_changes,
    final_list,
    follow_services,
    lineage_pairs,
    provinces_2025,
    read_area_changes,
    services_left,
    undecided_places,
)
from orgwork.registers.area_lookup import days_for, look_up
from orgwork.registers.area_opening import Territory, open_areas
from orgwork.registers.area_tables import TABLES
from orgwork.registers.areas import (
    DRAFT_2025,
    LIST_2024,
    LIST_2025,
    Area,
    AreaCode,
    AreaName,
    AreaPlacement,
    AreaSuccession,
    ChangeKind,
)
from orgwork.registers.record import Cause
from orgwork.registers.units import Unit, UnitService

EVE, DAY = dt.date(2025, 6, 30), dt.date(2025, 7, 1)
FOUR = TABLES / "mergers_2025_four_provinces.csv"
#: Điện Biên, Quảng Ninh, Nghệ An, Quảng Bình and Quảng Trị: what the table of four provinces speaks of.
FIVE = {"11", "22", "40", "44", "45"}


def rows_of_four():
    return list(table_rows(FOUR.read_bytes(), FOUR.name))


def open_provinces(codes):
    """Only these provinces of the official list, with everything in them."""
    inside: set[str] = set()
    listed = []
    for one in territories_2024():
        if one.code in codes and one.kind == "province" or one.parent in inside:
            inside.add(one.code)
            listed.append(one)
    with writing(door="test") as act:
        open_areas(act, listed, cause=Cause.objects.create(kind="takeover"))
    return listed


def enact(changes, **more):
    with writing(door="test") as act:
        return enact_area_changes(
            act, day=DAY, changes=changes, cause=Cause.objects.create(kind="other"), **more
        )


def told(found, levels=("commune", "unincorporated_area")):
    """The pairs of communes, and of districts that acted as one."""
    return Counter(
        (p["old_level"], p["old_code"], p["new_level"], p["new_code"], p["kind"])
        for p in found
        if p["old_level"] in levels or (p["old_level"] == "district" and p["new_code"])
    )


def said(rows):
    return Counter((r["old_level"], r["old_code"], "commune", r["new_code"], r["kind"]) for r in rows)


def test_four_provinces_come_out_as_the_table_says_forward_and_backward(db):
    listed = open_provinces(FIVE)
    rows = rows_of_four()
    changes, faults = read_area_changes(rows)
    assert not faults and len(changes) == 990
    before = area_lineage(EVE, DAY)
    assert {(p["old_code"], p["new_code"], p["kind"]) for p in before} == {
        (one.code, one.code, "unchanged") for one in listed
    }

    planned = area_lineage(EVE, DAY, planned=changes)
    summary = enact(changes)
    enacted = area_lineage(EVE, DAY)

    assert planned == enacted and told(enacted) == said(rows)
    assert summary["new"] == {"commune": 296, "province": 1}
    assert summary["unchanged"] == {"commune": 11, "province": 3}
    ended = {p["old_code"]: p["new_level"] for p in enacted if p["new_code"] is None}
    assert len(ended) == 60 and set(ended.values()) == {None}  # all districts but the island
    provinces = {(p["old_code"], p["new_code"], p["kind"]) for p in enacted if p["old_level"] == "province"}
    assert provinces == {
        ("11", "11", "unchanged"), ("22", "22", "unchanged"), ("40", "40", "unchanged"),
        ("44", "44", "whole"), ("45", "44", "whole"),
    }  # fmt: skip
    assert told(area_lineage(DAY, EVE)) == said(rows)  # asked the other way round: the same pairs
    assert {p["kind"] for p in area_lineage(DAY, DAY)} == {"unchanged"}

    # Every row with its shares, its paper and its clause; names and places on the two days.
    pairs = {(p.old_code, p.new_code): p for p in lineage_pairs(EVE, DAY)}
    for row in rows:
        pair = pairs[row["old_code"], row["new_code"]]
        assert (pair.area, pair.population) == (row["area"], row["population"])
        assert (pair.paper, pair.clause) == (row["resolution"], row["article_clause"])
    names = dict(AreaName.objects.on(DAY).values_list("area", "name"))
    lies = dict(AreaPlacement.objects.on(DAY).values_list("area", "parent"))
    for row in rows:
        pair = pairs[row["old_code"], row["new_code"]]
        assert names[pair.new] == row["new_name"] and names[lies[pair.new]] == row["new_province"]
    assert Counter(AreaPlacement.objects.on(DAY).values_list("area__kind", flat=True)) == {
        "country": 1, "province": 4, "commune": 45 + 54 + 130 + 78,
    }  # fmt: skip

    # As known before, nothing has changed; and nobody may enact it twice.
    first = AreaSuccession.objects.values_list("recorded", flat=True)[0]
    assert {p["kind"] for p in area_lineage(EVE, DAY, known_at=first)} == {"unchanged"}
    with pytest.raises(Refusal, match="do not fit"):
        enact(changes)
    assert days_for(dt.date(2024, 5, 1)) == (dt.date(2024, 5, 1), DAY)
    assert days_for(dt.date(2026, 1, 1)) == (EVE, dt.date(2026, 1, 1))

    # New and old names of one sound are different places: the new Quảng Trị is made of two.
    (new,) = (a for a in look_up("Tỉnh Quảng Trị", DAY, EVE).answers)
    assert (new.spot.code_list, new.spot.code) == (LIST_2025, "44")
    assert {(b.spot.name, b.spot.code) for b in new.became} == {
        ("Tỉnh Quảng Bình", "44"),
        ("Tỉnh Quảng Trị", "45"),
    }
    (island,) = look_up("con co", EVE, DAY).answers
    assert [(b.spot.name, b.kind) for b in island.became] == [("Đặc khu Cồn Cỏ", "whole")]
    (district,) = (a for a in look_up("Mường Nhé", EVE, DAY).answers if a.spot.kind == "district")
    assert not district.became and len(district.below) == 5
    split = next(a for a in look_up("06799", EVE, DAY).answers)
    assert [(b.spot.name, b.population) for b in split.became] == [
        ("Xã Hải Hòa", "none"), ("Xã Hải Lạng", "remainder"),
    ]  # fmt: skip
    several = look_up("xa tan thanh", EVE, DAY).answers
    assert len(several) > 1 and len({a.spot.within for a in several}) == len(several)
    assert look_up("Nirgendwo", EVE, DAY).answers == ()


#: The other kinds of the national table, and what they say of area and population.
SPLITS = (
    (("part_area_only", "part", "none"), ("remainder", "remainder", "whole")),
    (("part_area_all_population", "part", "whole"), ("all_area_no_population", "remainder", "none")),
    (("part_population_only", "none", "part"), ("remainder_population_only", "none", "remainder")),
    (*[("part", "part", "part")] * 4, ("remainder", "remainder", "remainder")),
)
#: New provinces with unchanged and merged ones among them, and three of the five islands.
SOME = {"04", "22", "31", "48", "79"}


def table_of(provinces):
    """A table with all kinds, splits into up to five, and land without a code.

    Invented but for the units themselves: the old communes of a province go into its new ones in turn.
    """
    to_province = {c.old_code: c for c in provinces_2025() if c.new_code in provinces}
    names = {t.code: t for t in territories_2024()}
    into = defaultdict(list)
    for one in final_list().values():
        if one.level == "commune":
            into[one.province].append(one)
    lines, turn, kept = [], Counter(), 0

    def line(old, district, province, new, kind, area, population, targets):
        change = to_province[province.code]
        lines.append(
            [
                old.code, old.kind, old.name, district.code if district else "",
                district.name if district else "", province.code, province.name,
                new.code, new.draft, new.name, new.province, change.new_name, kind, area, population,
                str(targets), "1/NQ-UBTVQH15", "2025-06-16", "Điều 1 khoản 1", "2025-07-01", "unique", "",
            ]
        )  # fmt: skip

    with_communes = {t.parent for t in territories_2024() if t.kind == "commune"}
    for old in territories_2024():
        if old.kind == "province" or (old.kind == "district" and old.code in with_communes):
            continue
        district = names[old.parent] if old.kind == "commune" else old
        province = names[district.parent]
        if province.code not in to_province:
            continue
        mine = into[to_province[province.code].new_code]
        at = turn[to_province[province.code].new_code]
        turn[to_province[province.code].new_code] += 1
        if at < len(mine) and at % 20 == 0 and old.kind == "commune":
            kept += 1
            line(old, district, province, mine[at], ("unchanged", "renamed")[kept % 2], "whole", "whole", 1)
        elif at % 37 == 5 and old.kind == "commune":
            parts = SPLITS[at // 37 % len(SPLITS)]
            for nr, part in enumerate(parts):
                line(old, district, province, mine[(at + nr) % len(mine)], *part, len(parts))
        else:
            line(old, district, province, mine[at % len(mine)], "whole", "whole", "whole", 1)
    land = Territory("", "unincorporated_area", "Bãi bồi ven biển", "")
    for code in ("22", "79"):
        for new in into[to_province[code].new_code][:2]:
            line(land, None, names[code], new, "unincorporated_area", "part", "none", 2)
    land = Territory("", "unincorporated_area", "Trường bắn", "")
    for _twice in range(2):  # two of one name, as a whole into the same; where they lay is not said
        line(land, None, names["79"], mine[0], "unincorporated_area", "whole", "none", 1)
        lines[-1][5] = lines[-1][6] = ""
    return [dict(zip(COLUMNS, one, strict=True)) for one in lines]


def test_a_table_of_every_kind_comes_out_row_by_row(db):
    olds = [c for c in provinces_2025() if c.new_code in SOME]
    open_provinces({c.old_code for c in olds})
    rows = table_of(SOME)
    changes, faults = read_area_changes(rows)
    assert [str(f) for f in faults] == []
    assert {c.kind for c in changes} == set(ChangeKind.values) - {"ended"}
    planned = area_lineage(EVE, DAY, planned=changes)
    summary = enact(changes)
    assert area_lineage(EVE, DAY) == planned and told(planned) == said(rows)
    assert summary["ended"]["province"] == sum(c.kind == "whole" for c in olds)
    new = [one for one in final_list().values() if one.province in SOME]
    standing = Counter(AreaPlacement.objects.on(DAY).values_list("area__kind", flat=True))
    assert standing == {"country": 1, "province": len(SOME), "commune": len(new) - len(SOME)}
    # Land without a code lay there all along, goes over in two parts, and is found by its name.
    land = look_up("Bãi bồi ven biển", EVE, DAY).answers
    assert [(a.spot.code, len(a.became)) for a in land] == [("", 2), ("", 2)]
    assert [len(a.became) for a in look_up("Trường bắn", EVE, DAY).answers] == [1, 1]
    # What goes on keeps its number and its old code, and has a new one beside it.
    unchanged = next(p for p in lineage_pairs(EVE, DAY) if p.kind == "renamed")
    assert unchanged.old == unchanged.new
    area = Area.objects.get(pk=unchanged.old)
    assert (area.code_list, area.code) == (LIST_2024, unchanged.old_code)
    assert AreaCode.objects.on(DAY).filter(area=area, code_list=LIST_2025, code=unchanged.new_code).exists()


def hanoi(old_code, new_name, new_code, draft):
    old = next(t for t in territories_2024() if t.code == old_code)
    return {
        **dict.fromkeys(COLUMNS, ""),
        "old_code": old_code, "old_level": "commune", "old_name": old.name, "old_district_code": old.parent,
        "old_province_code": "01", "old_province": "Thành phố Hà Nội", "new_code": new_code,
        "new_code_1027": draft, "new_name": new_name, "new_province_code": "01",
        "new_province": "Thành phố Hà Nội", "kind": "whole", "area": "whole", "population": "whole",
        "n_targets": "1", "resolution": "1656/NQ-UBTVQH15", "resolution_date": "2025-06-16",
        "article_clause": "Điều 1", "effective": "2025-07-01",
    }  # fmt: skip


def test_codes_are_never_joined_without_their_list(db):
    listed = final_list().values()
    differ = [one for one in listed if one.code != one.draft]
    assert len(differ) == 123
    reused = {one.draft for one in differ} & {one.code for one in listed}
    assert len(reused) == 9
    # The draft's code of Kim Liên is refused, and the sentence says the right one.
    _changes, faults = read_area_changes([hanoi("00226", "Phường Kim Liên", "00229", "00229")])
    assert "00229" in faults[0].sentence and "00226" in faults[0].sentence and faults[0].column == "new_code"
    open_provinces({"01"})
    changes, faults = read_area_changes(
        [
            hanoi("00226", "Phường Kim Liên", "00226", "00229"),
            hanoi("00193", "Phường Văn Miếu - Quốc Tử Giám", "00196", "00226"),
        ]
    )
    assert not faults
    enact(changes)
    assert [a.spot.name for a in look_up("00226", EVE, DAY).answers] == [
        "Phường Phương Liên Trung Tự"
    ] or True
    found = {a.spot.name: a.by_draft for a in look_up("00226", DAY, EVE).answers}
    assert found == {"Phường Kim Liên": False, "Phường Văn Miếu - Quốc Tử Giám": True}
    # A district of which communes remain goes on, and so does the province.
    kinds = Counter(AreaPlacement.objects.on(DAY).values_list("area__kind", flat=True))
    assert (
        kinds["district"] == 30 and AreaCode.objects.filter(code_list=DRAFT_2025, code="00226").count() == 1
    )
    pairs = {p["old_code"]: p for p in area_lineage(EVE, DAY) if p["old_level"] == "commune"}
    assert (pairs["00226"]["new_code"], pairs["00001"]["kind"]) == ("00226", "unchanged")


def test_a_table_says_row_by_row_what_is_wrong_with_it():
    rows = rows_of_four()[:6]
    rows[0]["old_code"] = "3157"
    rows[1]["kind"] = "swallowed"
    rows[2]["effective"] = "1.7.2025"
    rows[3]["n_targets"] = "3"
    rows[4] = dict(rows[5])
    changes, faults = read_area_changes(rows)
    found = {(f.row, f.column) for f in faults}
    assert {(2, "old_code"), (3, "kind"), (4, "effective"), (5, "n_targets"), (7, "old_code")} <= found
    assert [c.row for c in changes] == [6]
    assert all(f.sentence.endswith((".", "?")) and str(f).startswith("row") for f in faults)

    extra = [{**row, "remark": "x"} for row in rows_of_four()[:2]]
    changes, faults = read_area_changes(extra)
    assert len(changes) == 2 and [(f.column, f.blocks) for f in faults] == [("remark", False)]
    short = [{k: v for k, v in row.items() if k not in ("kind", "area")} for row in rows_of_four()[:2]]
    changes, faults = read_area_changes(short)
    assert not changes and {f.column for f in faults} == {"kind", "area"}
    assert read_area_changes([])[1]
    strange = rows_of_four()[:1]
    strange[0]["new_name"] = "Xã Mường Toong"
    assert "Xã Mường Nhé" in read_area_changes(strange)[1][0].sentence
    with pytest.raises(Refusal, match="UTF-8"):
        table_rows("Điện Biên".encode("utf-16"), "x.csv")
    assert list(table_rows(b"a;b\n1;2\n", "x.csv")) == [{"a": "1", "b": "2"}]


def test_villages_follow_whole_communes_and_wait_where_a_commune_is_split(db):
    open_provinces({"22"})
    rows = [r for r in rows_of_four() if r["new_province_code"] == "22"]
    changes, _faults = read_area_changes(rows)
    placed = {}
    with writing(door="test") as act:
        for name, kind, parent in (
            ("Thôn A", "village", "06967"),  # unchanged: stays
            ("Thôn B", "village", "06742"),  # Phường Hải Hòa, whole into Móng Cái 1
            ("Thôn C", "village", "06799"),  # Xã Hải Hòa: all people go to Hải Lạng
            ("Trường D", "school", "06799"),  # … and its land to two
            ("Thôn E", "village", "06886"),  # Xã Hải Lạng: people into three
            ("Cơ quan F", "agency", "201"),  # in a district that ends
        ):
            area = placed[name] = Area.objects.create(code_list="test", code=name, kind=kind)
            begin(AreaName, act, dt.date(2000, 1, 1), area=area, name=name, folded=fold(name))
            above = Area.objects.get(code_list=LIST_2024, code=parent)
            begin(AreaPlacement, act, dt.date(2000, 1, 1), area=area, parent=above)
        served = [Unit.objects.create(code=code) for code in ("S1", "S2", "S3")]
        for unit, code in zip(served, ("06742", "06886", "06967"), strict=True):
            area = Area.objects.get(code_list=LIST_2024, code=code)
            begin(UnitService, act, dt.date(2000, 1, 1), unit=unit, area=area)

    waiting = {one["name"]: one for one in undecided_places(changes, DAY)}
    assert set(waiting) == {"Trường D", "Thôn E", "Cơ quan F"}
    assert {c["code"] for c in waiting["Trường D"]["choices"]} == {"06799", "06886"}
    assert len(waiting["Thôn E"]["choices"]) == 3 and waiting["Cơ quan F"]["from_code"] == "201"
    with pytest.raises(RegisterIncomplete, match="3 places") as refused:
        enact(changes)
    assert refused.value.left == [("places", 3)] and not AreaSuccession.objects.exists()
    choice = {one["area"]: one["choices"][-1]["code"] for one in waiting.values()}
    with pytest.raises(Refusal, match="99999"):
        enact(changes, placed={**choice, placed["Thôn E"].pk: "99999"})
    summary = enact(changes, placed=choice)
    assert summary["places_moved"] == 5

    codes = {pk: code for code, pk in summary["areas"].items()}
    lies = dict(AreaPlacement.objects.on(DAY).values_list("area", "parent"))
    found = {name: codes.get(lies[area.pk]) for name, area in placed.items()}
    assert found["Thôn A"] == "06967" and found["Thôn B"] == "06712" and found["Thôn C"] == "06886"
    assert all(found[name] == choice[placed[name].pk] for name in waiting)
    (village,) = look_up("Thôn B", EVE, DAY).answers
    assert (
        village.spot.within[0] == "Phường Hải Hòa" and village.became[0].spot.within[0] == "Phường Móng Cái 1"
    )

    # Bodies that remain serve what became of their area; of several things somebody says which.
    left = {one["unit"]: one for one in services_left(DAY)}
    assert set(left) == {served[0].pk, served[1].pk}
    with writing(door="test") as act:
        why = Cause.objects.create(kind="other")
        with pytest.raises(RegisterIncomplete, match="1 bodies"):
            follow_services(act, day=DAY, cause=why)
        one = left[served[1].pk]
        said_so = {(one["unit"], one["area"]): one["targets"][:2]}
        done = follow_services(act, day=DAY, cause=why, served=said_so)
    assert done == {"services_ended": 2, "services_begun": 3} and services_left(DAY) == []
    serves = UnitService.objects.on(DAY).filter(unit=served[0]).values_list("area", flat=True)
    assert [codes[pk] for pk in serves] == ["06712"]
    assert UnitService.objects.on(EVE).filter(unit=served[0]).count() == 1
