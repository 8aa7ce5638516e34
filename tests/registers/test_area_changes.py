"""The reform of 1 July 2025: read, enacted and followed both ways, to the row of the table."""

import csv
import datetime as dt
from collections import Counter, defaultdict

import pytest

from orgwork.exchange.territories import territories_2024
from orgwork.foundation.moments import writing
from orgwork.registers.area_changes import (
    COLUMNS,
    area_lineage,
    enact_area_changes,
    final_list,
    provinces_2025,
    read_area_changes,
)
from orgwork.registers.area_opening import Territory, open_areas
from orgwork.registers.area_tables import TABLES
from orgwork.registers.areas import AreaPlacement, ChangeKind
from orgwork.registers.record import Cause

EVE, DAY = dt.date(2025, 6, 30), dt.date(2025, 7, 1)
FOUR = TABLES / "mergers_2025_four_provinces.csv"


def table_rows():
    with open(FOUR, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def opened(db):
    with writing(door="test") as act:
        open_areas(act, territories_2024(), cause=Cause.objects.create(kind="takeover"))


def enact(changes, **more):
    with writing(door="test") as act:
        return enact_area_changes(
            act, day=DAY, changes=changes, cause=Cause.objects.create(kind="reorganised"), **more
        )


def communes(found):
    return Counter(
        (p["old_level"], p["old_code"], p["new_level"], p["new_code"], p["kind"])
        for p in found
        if p["old_level"] in ("commune", "unincorporated_area")
        or p["new_code"]
        and p["old_level"] == "district"
    )


def test_four_provinces_come_out_as_the_table_says_before_and_after_they_are_enacted(opened):
    rows = table_rows()
    changes, faults = read_area_changes(rows)
    assert not faults and len(changes) == 990
    said = Counter((r["old_level"], r["old_code"], "commune", r["new_code"], r["kind"]) for r in rows)

    planned = area_lineage(EVE, DAY, planned=changes)
    told = enact(changes)
    enacted = area_lineage(EVE, DAY)

    assert planned == enacted
    touched = {r["old_code"] for r in rows}
    assert Counter({k: n for k, n in communes(enacted).items() if k[1] in touched}) == said
    others = [p for p in enacted if p["old_code"] not in touched and p["old_level"] == "commune"]
    assert len(others) == 10_035 - 976 and {p["kind"] for p in others} == {"unchanged"}
    assert told["new"] == {"commune": 296, "province": 1}


#: The other kinds of the national table, and what they say of area and population.
SPLITS = (
    (("part_area_only", "part", "none"), ("remainder", "remainder", "whole")),
    (("part_area_all_population", "part", "whole"), ("all_area_no_population", "remainder", "none")),
    (("part_population_only", "none", "part"), ("remainder_population_only", "none", "remainder")),
    (*[("part", "part", "part")] * 4, ("remainder", "remainder", "remainder")),
)


#: New provinces with unchanged and merged ones among them, and three of the five islands.
SOME = {"01", "04", "22", "31", "38", "44", "48", "79"}


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
            said = ("unchanged", "renamed")[kept % 2]
            line(old, district, province, mine[at], said, "whole", "whole", 1)
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
    return [dict(zip(COLUMNS, one, strict=True)) for one in lines]


def test_a_table_of_every_kind_comes_out_row_by_row(opened):
    rows = table_of(SOME)
    changes, faults = read_area_changes(rows)
    assert [str(f) for f in faults] == []
    assert {c.kind for c in changes} == set(ChangeKind.values) - {"ended"}
    planned = area_lineage(EVE, DAY, planned=changes)
    told = enact(changes)
    assert area_lineage(EVE, DAY) == planned
    said = Counter((r["old_level"], r["old_code"], "commune", r["new_code"], r["kind"]) for r in rows)
    touched = {r["old_code"] for r in rows}
    assert Counter({k: n for k, n in communes(planned).items() if k[1] in touched}) == said

    olds = [c for c in provinces_2025() if c.new_code in SOME]
    assert told["ended"]["province"] == sum(c.kind == "whole" for c in olds)
    kinds = AreaPlacement.objects.on(DAY).values_list("area__kind", flat=True)
    new = [one for one in final_list().values() if one.level == "commune" and one.province in SOME]
    left = [t for t in territories_2024() if t.code not in touched and t.kind == "commune"]
    assert Counter(kinds)["commune"] == len(new) + len(left)
    assert Counter(kinds)["province"] == 63 - len(olds) + len(SOME)
