"""The reform of 1 July 2025: read, enacted and followed both ways, to the row of the table."""

import csv
import datetime as dt
from collections import Counter

import pytest

from orgwork.exchange.territories import territories_2024
from orgwork.foundation.moments import writing
from orgwork.registers.area_changes import area_lineage, enact_area_changes, read_area_changes
from orgwork.registers.area_opening import open_areas
from orgwork.registers.area_tables import TABLES
from orgwork.registers.record import Cause

EVE, DAY = dt.date(2025, 6, 30), dt.date(2025, 7, 1)
FOUR = TABLES / "mergers_2025_four_provinces.csv"


def table_rows():
    with open(FOUR, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def opened(transactional_db):
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
