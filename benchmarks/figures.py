"""This room is for what figures cost: for all bodies, for one, and their course; against one time only."""

import datetime as dt
import random

from django.db import connection

from benchmarks.measure import result, seconds
from orgwork.foundation.bulk import allocate_ids, insert
from orgwork.foundation.dates import DAY, Period, new_spells
from orgwork.foundation.moments import writing
from orgwork.insight import frame, rollup, series
from orgwork.registers import figures
from orgwork.registers.models import (
    Cause,
    MembershipPlace,
    MembershipStanding,
    Person,
    Unit,
    UnitForm,
    UnitPlacement,
)
from orgwork.registers.units import derive_lineage

FIRST, TODAY = dt.date(2018, 1, 1), dt.date(2024, 5, 1)
TERM = Period.days(dt.date(2021, 1, 1), TODAY)
AGAINST = "tables with one time"

STOCKS = ("members.stock", "members.probationary", "members.full", "members.persons", "bodies.count")
FLOWS = (
    "members.admitted",
    "members.recognised",
    "members.transferred_in",
    "members.left",
    "members.moved_in",
)


def measure(*, people, bodies):
    house = build(people, bodies)
    now = frame.known()
    plain = one_time()
    for code, baseline in (("members.stock", plain["stock"]), ("members.admitted", plain["admitted"])):
        took = seconds(lambda: frame.by_unit(code, on=TODAY, period=TERM, known_at=now), times=7)  # noqa: B023
        yield result(
            f"{code} of all {bodies:,} bodies", took * 1000, "ms", baseline=baseline * 1000, against=AGAINST
        )
    for code in (*STOCKS[1:], *FLOWS[1:], "members.admission_rate"):
        took = seconds(lambda: frame.by_unit(code, on=TODAY, period=TERM, known_at=now), times=3)  # noqa: B023
        yield result(f"{code} of all bodies", took * 1000, "ms")
    for what, unit in (
        ("the root", house["root"]),
        ("a district", house["district"]),
        ("a commune", house["commune"]),
    ):
        for code in ("members.stock", "members.admitted", "members.transferred_in"):
            took = seconds(
                lambda: frame.compute(code, unit, on=TODAY, period=TERM, known_at=now),  # noqa: B023
                times=5,
            )
            yield result(f"{code} of {what}", took * 1000, "ms")
    months = Period.days(dt.date(2019, 5, 1), TODAY)
    for code in ("members.stock", "members.admitted", "members.probationary"):
        took = seconds(lambda: series.series(code, house["root"], months, known_at=now), times=3)  # noqa: B023
        yield result(f"{code} of the root, 61 months", took * 1000, "ms")
    with connection.cursor() as cursor:
        for table in ("plain_place", "plain_lineage", "plain_cause"):
            cursor.execute(f"DROP TABLE {table}")


def build(people, bodies) -> dict:
    """Root, 10 districts, 26 communes in 1,000 bodies and cells; of ten members two moved, one left, one was
    corrected.
    """
    dice = random.Random(11)
    shared = max(130, bodies * 26 // 1000)
    causes = {
        kind: Cause.objects.create(kind=kind).pk
        for kind in ("takeover", "admitted", "transferred", "left", "recognised", "corrected", "founded")
    }
    with writing() as act:
        ids = list(allocate_ids(Unit, bodies))
        insert(Unit, ["id", "code"], ((pk, f"F{n}") for n, pk in enumerate(ids)))
        districts, communes, cells = ids[1:11], ids[11 : 11 + shared], ids[11 + shared :]
        parents = [
            None,
            *[ids[0]] * 10,
            *dice.choices(districts, k=shared),
            *dice.choices(communes, k=len(cells)),
        ]
        kinds = (
            ["whole_party"]
            + ["district_party_organisation"] * 10
            + ["grassroots_party_organisation"] * shared
        )
        kinds += ["cell"] * len(cells)
        born = (FIRST, act.moment, causes["founded"])
        insert(
            UnitPlacement,
            ["unit", "parent", "spell", "valid_from", "recorded", "begun_by"],
            (
                (pk, above, spell, *born)
                for pk, above, spell in zip(ids, parents, new_spells(bodies), strict=True)
            ),
        )
        insert(
            UnitForm,
            ["unit", "kind", "status", "spell", "valid_from", "recorded", "begun_by"],
            (
                (pk, kind, "active", spell, *born)
                for pk, kind, spell in zip(ids, kinds, new_spells(bodies), strict=True)
            ),
        )
        derive_lineage(act)
    with writing() as act:
        first = act.moment
    with writing() as act:
        _members(act, first, people, cells, causes, dice)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    root, district, commune = (Unit.objects.get(pk=pk) for pk in (ids[0], districts[3], communes[3]))
    return {"root": root, "district": district, "commune": commune}


def _members(act, first, people, cells, causes, dice):
    persons = list(allocate_ids(Person, people))
    insert(Person, ["id", "erased"], ((pk, False) for pk in persons))
    places, standings = [], []
    for person, spell in zip(persons, new_spells(people), strict=True):
        entered = FIRST if dice.random() < 0.75 else FIRST + DAY * dice.randrange(1, 2300)
        begun = causes["takeover" if entered == FIRST else "admitted"]
        left = entered + DAY * dice.randrange(400, 2600) if dice.random() < 0.1 else None
        moved = entered + DAY * dice.randrange(30, 380) if dice.random() < 0.2 else None
        cell = dice.choice(cells)
        ended = causes["left"] if left else None
        if dice.random() < 0.1:  # the cell was recorded wrongly at first
            places.append((person, dice.choice(cells), spell, entered, None, first, act.moment, begun, None))
        if moved:
            why = causes["transferred"]
            places.append((person, cell, spell, entered, moved, act.moment, None, begun, why))
            places.append((person, dice.choice(cells), spell, moved, left, act.moment, None, why, ended))
        else:
            places.append((person, cell, spell, entered, left, act.moment, None, begun, ended))
        full = entered + DAY * 365 if entered > FIRST else None
        if full is None or (left and left <= full):
            standing = "full" if full is None else "probationary"
            standings.append((person, standing, spell, entered, left, act.moment, begun, ended))
        else:
            why = causes["recognised"]
            standings.append((person, "probationary", spell, entered, full, act.moment, begun, why))
            standings.append((person, "full", spell, full, left, act.moment, why, ended))
    dated = ["spell", "valid_from", "valid_to", "recorded"]
    insert(
        MembershipPlace,
        ["person", "unit", *dated, "retracted", "begun_by", "ended_by", "kind"],
        ((*row, "official") for row in places),
    )
    insert(MembershipStanding, ["person", "standing", *dated, "begun_by", "ended_by"], standings)


def one_time() -> dict[str, float]:
    """The same SQL on tables that know one time only, with the same indexes, without the rows retracted."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE plain_place AS SELECT id, person_id, unit_id, kind, valid_from, valid_to,"
            " begun_by_id FROM registers_membershipplace WHERE retracted IS NULL"
        )
        cursor.execute(
            "CREATE INDEX plain_place_days ON plain_place (unit_id, kind, valid_from, valid_to, person_id)"
        )
        cursor.execute("CREATE INDEX plain_place_begun ON plain_place (valid_from, unit_id)")
        cursor.execute(
            "CREATE TABLE plain_lineage AS SELECT ancestor_id, descendant_id, depth, valid_from, valid_to"
            " FROM registers_unitlineage WHERE retracted IS NULL"
        )
        cursor.execute(
            "CREATE INDEX plain_lineage_up ON plain_lineage"
            " (descendant_id, valid_from, valid_to, ancestor_id)"
        )
        cursor.execute("CREATE TABLE plain_cause AS SELECT id, kind FROM registers_cause")
        cursor.execute("CREATE UNIQUE INDEX plain_cause_id ON plain_cause (id)")
        cursor.execute("ANALYZE")
    day, start, end = (rollup.day(one) for one in (TODAY, TERM.start, TERM.end))
    stock = """
        SELECT l.ancestor_id, sum(c.n) FROM (
            SELECT unit_id, count(*) AS n FROM plain_place WHERE kind = 'official'
            AND (valid_to IS NULL OR valid_to > %s) AND valid_from <= %s GROUP BY unit_id
        ) c JOIN plain_lineage l ON l.descendant_id = c.unit_id
        AND (l.valid_to IS NULL OR l.valid_to > %s) AND l.valid_from <= %s GROUP BY l.ancestor_id"""
    admitted = """
        SELECT l.ancestor_id, sum(c.n) FROM (
            SELECT p.unit_id, p.valid_from AS e, count(*) AS n FROM plain_place p
            JOIN plain_cause k ON k.id = p.begun_by_id WHERE p.valid_from >= %s AND p.valid_from < %s
            AND p.kind = 'official' AND k.kind = 'admitted' GROUP BY p.unit_id, p.valid_from
        ) c JOIN plain_lineage l ON l.descendant_id = c.unit_id AND l.valid_from <= c.e
        AND (l.valid_to IS NULL OR l.valid_to > c.e) GROUP BY l.ancestor_id"""

    def run(sql, params):
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            return cursor.fetchall()

    same = frame.by_unit("members.stock", on=TODAY)
    assert {body: int(n) for body, n in run(stock, [day] * 4)} == {k: v for k, v in same.items() if v}
    return {
        "stock": seconds(lambda: run(stock, [day] * 4), times=7),
        "admitted": seconds(lambda: run(admitted, [start, end]), times=7),
    }


assert set(STOCKS) | set(FLOWS) <= set(figures.catalogue())
