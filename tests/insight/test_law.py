"""This room is for the law of flows: opening + increases − decreases + members of bodies that moved =
closing.

Random registers are built by the real verbs: members come, move, leave, are corrected; bodies move, also
back, also by correction. The law must hold at every body and over every period, at every moment of
knowledge, and the stock must be what a plain reading of the rows says.
"""

import datetime as dt
import os
import random
from collections import Counter
from itertools import combinations

import pytest
from django.db import IntegrityError

from orgwork.foundation.dates import Period, begin, change, correct, end
from orgwork.foundation.moments import horizon, writing
from orgwork.foundation.refusals import Refusal
from orgwork.insight import frame
from orgwork.registers.figures import DECREASES, INCREASES
from orgwork.registers.members import MembershipPlace
from orgwork.registers.people import Person
from orgwork.registers.record import Cause
from orgwork.registers.units import Unit, UnitPlacement, derive_lineage, refuse_circles

pytestmark = pytest.mark.django_db(transaction=True)

FIRST = dt.date(2024, 1, 1)
DAYS = 12
SEEDS = range(int(os.environ.get("LAW_SEEDS", "6")))
ENTRIES = ("admitted", "readmitted", "restored", "transferred_in", "takeover", "transferred")
EXITS = ("left", "died", "expelled", "deleted", "transferred_out", "ended")


def on(day):
    return FIRST + dt.timedelta(days=day)


class World:
    """A tree of ten bodies and a handful of people, and random things that happen to them."""

    def __init__(self, seed):
        self.dice = random.Random(seed)
        self.moments = []
        self.units, self.people, self.counts = [], [], Counter()
        with writing(door="test") as act:
            for number, parent in enumerate((None, 0, 0, 1, 1, 2, 3, 3, 4, 5)):
                unit = Unit.objects.create(code=f"U{number}")
                self.units.append(unit)
                begin(UnitPlacement, act, on(-9), unit=unit, cause=cause("founded"),
                      parent=None if parent is None else self.units[parent])  # fmt: skip
            derive_lineage(act)
            self.people = [Person.objects.create() for _ in range(7)]

    def day(self, low=0):
        return self.dice.randrange(low, DAYS + 1)

    def window(self):
        start = self.day()
        return Period(on(start), None if self.dice.random() < 0.3 else on(start + self.dice.randrange(1, 6)))

    def play(self, steps):
        acts = (self.come, self.come, self.transfer, self.transfer, self.go, self.repair, self.move,
                self.move, self.repair_tree)  # fmt: skip
        for _ in range(steps):
            what = self.dice.choice(acts)
            try:
                with writing(door="test") as act:
                    what(act)
                self.counts[what.__name__] += 1
            except (Refusal, IntegrityError):  # taken days, circles, a body below itself: refused
                continue
            if self.dice.random() < 0.2:
                self.moments.append(horizon())

    def key(self):
        return {"person": self.dice.choice(self.people), "kind": "official"}

    def come(self, act):
        begin(MembershipPlace, act, on(self.day()), unit=self.dice.choice(self.units), **self.key(),
              cause=cause(self.dice.choice(ENTRIES)))  # fmt: skip

    def transfer(self, act):
        change(MembershipPlace, act, self.key(), on(self.day()), {"unit": self.dice.choice(self.units)},
               cause=cause("transferred"), for_good=self.dice.random() < 0.5)  # fmt: skip

    def go(self, act):
        end(MembershipPlace, act, self.key(), on(self.day(1)), cause=cause(self.dice.choice(EXITS)))

    def repair(self, act):
        value = {"unit": self.dice.choice(self.units)} if self.dice.random() < 0.6 else None
        correct(MembershipPlace, act, self.key(), self.window(), value, cause=cause("corrected"))

    def move(self, act):
        unit, parent = self.dice.choice(self.units[1:]), self.dice.choice(self.units)
        change(UnitPlacement, act, {"unit": unit}, on(self.day()), {"parent": parent}, cause=cause("moved"))
        refuse_circles(unit)
        derive_lineage(act, [unit])

    def repair_tree(self, act):
        unit, parent = self.dice.choice(self.units[1:]), self.dice.choice(self.units)
        correct(
            UnitPlacement, act, {"unit": unit}, self.window(), {"parent": parent}, cause=cause("corrected")
        )
        refuse_circles(unit)
        derive_lineage(act, [unit])


def cause(kind):
    return Cause.objects.create(kind=kind)


def plain_stock(day, known_at):
    """Members of every body on the day, read row by row."""

    def held(model):
        rows = model.versions.all()
        return [
            r for r in rows
            if r.recorded < known_at and (r.retracted is None or r.retracted >= known_at)
            and r.valid_from <= day and (r.valid_to is None or r.valid_to > day)
        ]  # fmt: skip

    parent = {row.unit_id: row.parent_id for row in held(UnitPlacement)}
    found = Counter()
    for row in held(MembershipPlace):
        unit = row.unit_id
        while unit is not None:
            found[unit] += 1
            unit = parent.get(unit)
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_opening_and_flows_make_closing_at_every_body_and_period(seed):
    world = World(seed)
    world.play(45)
    for known_at in [*world.dice.sample(world.moments, min(1, len(world.moments))), horizon()]:
        stock = {
            day: frame.by_unit("members.stock", on=on(day), known_at=known_at) for day in range(-1, DAYS + 2)
        }
        for day, found in stock.items():
            assert {k: v for k, v in found.items() if v} == dict(plain_stock(on(day), known_at)), (seed, day)
        edges = world.dice.sample(list(combinations(range(-1, DAYS + 2), 2)), 12)
        for before, last in [*edges, (-1, DAYS + 1)]:
            period = Period.days(on(before + 1), on(last))
            flows = {
                code: frame.by_unit(code, period=period, known_at=known_at)
                for code in (*INCREASES, *DECREASES)
            }
            for unit in world.units:
                up = sum(flows[code].get(unit.pk, 0) for code in INCREASES)
                down = sum(flows[code].get(unit.pk, 0) for code in DECREASES)
                opening, closing = stock[before].get(unit.pk, 0), stock[last].get(unit.pk, 0)
                said = {code: flows[code].get(unit.pk, 0) for code in flows}
                assert opening + up - down == closing, (
                    seed,
                    known_at,
                    unit.code,
                    period,
                    opening,
                    closing,
                    said,
                )
        for code, found in flows.items():
            for unit in world.units:
                asked = {"period": period, "known_at": known_at}
                value = frame.compute(code, unit, **asked).value
                assert value == found.get(unit.pk, 0), (seed, code, unit.code)
                assert value == frame.records(code, unit, **asked).count()
    print(world.counts)
