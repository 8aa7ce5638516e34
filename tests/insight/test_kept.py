"""This room is for kept numbers: carried on to now, each is what counting anew would give.

Random acts on the cast touch every table that figures rest on: members come, move, leave and are corrected,
bodies are founded, moved, changed and ended, villages change hands, somebody is erased. In between pages ask.
"""

import datetime as dt
import os
import random
from collections import Counter

import pytest
from django.core.cache import cache
from django.db import IntegrityError

from orgwork.foundation.constraints import guards_lifted
from orgwork.foundation.dates import Period, begin, change, correct, end
from orgwork.foundation.moments import horizon, writing
from orgwork.foundation.refusals import Refusal
from orgwork.insight import frame, kept, series
from orgwork.registers import figures
from orgwork.registers.appointments import Appointment
from orgwork.registers.areas import AreaPlacement
from orgwork.registers.members import Membership, MembershipPlace, MembershipStanding
from orgwork.registers.people import Person, PersonParticulars
from orgwork.registers.record import Cause
from orgwork.registers.units import (
    Unit,
    UnitCustody,
    UnitForm,
    UnitPlacement,
    UnitService,
    derive_lineage,
    refuse_circles,
)

pytestmark = pytest.mark.django_db(transaction=True)

DAY = dt.date(2024, 5, 1)
TERM = Period.days(dt.date(2015, 1, 1), DAY)
SEEDS = range(int(os.environ.get("KEPT_SEEDS", "3")))
ENTRIES = ("admitted", "readmitted", "takeover", "transferred_in")
EXITS = ("left", "died", "expelled", "transferred_out")


@pytest.fixture
def keeping(settings, request):
    """Numbers are kept as in earnest, each test in a memory of its own."""
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "LOCATION": request.node.nodeid,
        }
    }
    cache.clear()
    yield
    cache.clear()


class Life:
    """Random things that happen to the cast."""

    def __init__(self, cast, seed):
        self.cast, self.dice, self.done = cast, random.Random(seed), Counter()
        self.units = list(Unit.objects.order_by("pk"))
        self.cells = [cast.cell, cast.small_cell, cast.firm_cell, cast.other_cell]
        self.people = list(Person.objects.order_by("pk"))
        self.acts = [
            self.come, self.come, self.go, self.transfer, self.transfer, self.visit, self.recognise,
            self.repair_place, self.repair_standing, self.repair_birth, self.move, self.repair_tree,
            self.found, self.end_body, self.change_form, self.serve, self.seat, self.lie, self.edit,
        ]  # fmt: skip

    def day(self):
        return dt.date(2014, 6, 1) + dt.timedelta(days=self.dice.randrange(3800))

    def window(self):
        start = self.day()
        return Period(start, None if self.dice.random() < 0.3 else start + dt.timedelta(days=200))

    def play(self, steps):
        for _ in range(steps):
            act = self.dice.choice(self.acts)
            try:
                with writing(door="test") as writer:
                    act(writer)
                self.done[act.__name__] += 1
            except (Refusal, IntegrityError):
                continue

    def person(self):
        return {"person": self.dice.choice(self.people)}

    def place(self):
        return self.person() | {"kind": "official"}

    def come(self, act):
        person, day, why = self.person(), self.day(), cause(self.dice.choice(ENTRIES))
        begin(
            MembershipPlace, act, day, kind="official", unit=self.dice.choice(self.cells), cause=why, **person
        )
        begin(Membership, act, day, cause=why, **person)
        begin(MembershipStanding, act, day, standing="probationary", cause=why, **person)

    def go(self, act):
        person, day, why = self.person(), self.day(), cause(self.dice.choice(EXITS))
        end(MembershipPlace, act, person | {"kind": "official"}, day, cause=why)
        end(Membership, act, person, day, cause=why)
        end(MembershipStanding, act, person, day, cause=why)

    def transfer(self, act):
        change(MembershipPlace, act, self.place(), self.day(), {"unit": self.dice.choice(self.cells)},
               cause=cause("transferred"), for_good=self.dice.random() < 0.5)  # fmt: skip

    def visit(self, act):
        begin(MembershipPlace, act, self.day(), kind="temporary", unit=self.dice.choice(self.cells),
              cause=cause("other"), **self.person())  # fmt: skip

    def recognise(self, act):
        change(MembershipStanding, act, self.person(), self.day(), {"standing": "full"},
               cause=cause("recognised"))  # fmt: skip

    def repair_place(self, act):
        value = {"unit": self.dice.choice(self.cells)} if self.dice.random() < 0.6 else None
        correct(MembershipPlace, act, self.place(), self.window(), value, cause=cause("corrected"))

    def repair_standing(self, act):
        value = {"standing": self.dice.choice(("full", "probationary"))}
        correct(MembershipStanding, act, self.person(), self.window(), value, cause=cause("corrected"))

    def repair_birth(self, act):
        born = dt.date(1940 + self.dice.randrange(70), 3, 3)
        value = {"birth": born, "sex": self.dice.choice("fm")}
        correct(PersonParticulars, act, self.person(), Period(dt.date(1900, 1, 1)), value,
                cause=cause("corrected"))  # fmt: skip

    def move(self, act):
        unit, parent = self.dice.choice(self.units[1:]), self.dice.choice(self.units)
        change(UnitPlacement, act, {"unit": unit}, self.day(), {"parent": parent}, cause=cause("moved"))
        refuse_circles(unit)
        derive_lineage(act, [unit])

    def repair_tree(self, act):
        unit, parent = self.dice.choice(self.units[1:]), self.dice.choice(self.units)
        correct(UnitPlacement, act, {"unit": unit}, self.window(), {"parent": parent},
                cause=cause("corrected"))  # fmt: skip
        refuse_circles(unit)
        derive_lineage(act, [unit])

    def found(self, act):
        unit, day = Unit.objects.create(code=f"N{act.moment}"), self.day()
        begin(UnitPlacement, act, day, unit=unit, parent=self.dice.choice(self.units), cause=cause("founded"))
        begin(UnitForm, act, day, unit=unit, kind="cell", status="active", cause=cause("founded"))
        derive_lineage(act, [unit])
        self.cells.append(unit)

    def end_body(self, act):
        unit, day = self.dice.choice(self.cells), self.day()
        end(UnitPlacement, act, {"unit": unit}, day, cause=cause("ended"))
        end(UnitForm, act, {"unit": unit}, day, cause=cause("ended"))
        begin(UnitCustody, act, day, unit=unit, of="everything", custodian=self.cast.commune,
              cause=cause("ended"))  # fmt: skip
        derive_lineage(act, [unit])

    def change_form(self, act):
        kind = self.dice.choice(("cell", "grassroots_cell", "section_party_organisation"))
        change(UnitForm, act, {"unit": self.dice.choice(self.units)}, self.day(), {"kind": kind},
               cause=cause("other"))  # fmt: skip

    def serve(self, act):
        area = self.dice.choice((self.cast.village, self.cast.other_village, self.cast.firm))
        begin(
            UnitService, act, self.day(), unit=self.dice.choice(self.units), area=area, cause=cause("other")
        )

    def seat(self, act):
        post = Appointment.objects.filter(post__kind="village_head").values_list("post", flat=True)[0]
        change(
            Appointment, act, {"post": post, "acting": False}, self.day(), self.person(), cause=cause("other")
        )

    def lie(self, act):
        change(AreaPlacement, act, {"area": self.cast.village}, self.day(),
               {"parent": self.dice.choice((self.cast.commune_area, self.cast.other_commune_area))},
               cause=cause("other"))  # fmt: skip

    def edit(self, act):
        """What erasure does: the one edit in place."""
        with guards_lifted("test"):
            PersonParticulars.versions.filter(**self.person()).update(birth=dt.date(1930, 1, 1))


def cause(kind):
    return Cause.objects.create(kind=kind)


def everything(cast, at, seed):
    """What pages ask: a third of the figures, of several bodies and of all bodies below; groups; courses."""
    said = {}
    for code, indicator in list(figures.catalogue().items())[seed % 3 :: 3]:
        asked = {"on": DAY} if indicator.kind == figures.STOCK else {"period": TERM}
        for unit in (cast.root, cast.commune):
            said[code, unit.code] = frame.compute(code, unit, known_at=at, **asked).value
        below = [cast.district.pk, cast.commune.pk, cast.other_cell.pk]
        found = frame.by_unit(code, known_at=at, only=below, **asked)
        said[code, "below"] = {pk: found.get(pk) or 0 for pk in below}
    for by in (("sex", "age"), ("standing", "place"))[seed % 2]:
        said["groups", by] = frame.breakdown("members.stock", cast.province, by, on=DAY, known_at=at)
    for code in (("members.stock", "members.admitted"), ("members.probationary", "members.moved_in"))[
        seed % 2
    ]:
        course = series.series(code, cast.district, TERM, step=series.YEAR, known_at=at)
        said["course", code] = [point.value for point in course]
    return said


@pytest.mark.parametrize("seed", SEEDS)
def test_carried_on_every_number_is_what_counting_anew_gives(live_cast, keeping, monkeypatch, seed):
    carried = Counter()
    plain = kept._carried_on
    monkeypatch.setattr(kept, "_carried_on", lambda *a: note(carried, plain(*a)))
    life = Life(live_cast, seed)
    everything(live_cast, frame.known(keep=True), seed)
    for steps in (1, 1, 3, 1, 8):
        life.play(steps)
        differ(
            everything(live_cast, frame.known(keep=True), seed), everything(live_cast, frame.known(), seed)
        )
    assert carried["carried"] > carried["anew"], (carried, life.done)


def note(counter, value):
    counter["anew" if value is None else "carried"] += 1
    return value


def differ(found, wanted):
    assert {name: (found[name], wanted[name]) for name in wanted if found[name] != wanted[name]} == {}


def test_a_past_moment_and_one_gone_back_to_are_right_too(live_cast, keeping):
    before = horizon()
    asked = {"on": DAY, "code": "members.stock", "unit": live_cast.commune}
    early = frame.known(keep=True)
    assert frame.compute(**asked, known_at=early).value == 10
    with writing(door="test") as act:
        end(MembershipPlace, act, {"person": live_cast.member, "kind": "official"}, dt.date(2024, 2, 1),
            cause=cause("died"))  # fmt: skip
    assert frame.compute(**asked, known_at=frame.known(keep=True)).value == 9
    # A page that began before the write goes on at its own moment.
    assert frame.compute(**asked, known_at=early).value == 10
    assert frame.compute(**asked, known_at=frame.known(before, keep=True)).value == 10
    assert frame.compute(**asked, known_at=frame.known(keep=True)).value == 9


def test_what_erasure_edits_in_place_is_counted_anew(live_cast, keeping):
    asked = {"by": "age", "on": DAY, "code": "members.stock", "unit": live_cast.root}
    assert ("61+",) in frame.breakdown(**asked, known_at=frame.known(keep=True))
    with writing(door="test"), guards_lifted("test"):
        PersonParticulars.versions.update(birth=dt.date(2000, 1, 1))
    assert frame.breakdown(**asked, known_at=frame.known(keep=True)) == {("18-30",): 16}


def test_heads_go_with_the_body_that_serves_their_commune(live_cast, keeping):
    asked = {"on": DAY, "code": "villages.heads", "unit": live_cast.district}
    assert frame.compute(**asked, known_at=frame.known(keep=True)).value == 1
    with writing(door="test") as act:
        change(UnitForm, act, {"unit": live_cast.commune}, dt.date(2024, 2, 1), {"status": "suspended"},
               cause=cause("other"))  # fmt: skip
    assert frame.compute(**asked, known_at=frame.known(keep=True)).value == 0


def test_what_nobody_touched_asks_no_question(live_cast, keeping, django_assert_num_queries):
    asked = {"period": TERM, "code": "members.admitted", "unit": live_cast.root}
    value = frame.compute(**asked, known_at=frame.known(keep=True)).value
    for _again in range(2):
        with writing(door="test") as act:
            begin(UnitForm, act, DAY, unit=Unit.objects.create(code=f"X{act.moment}"), kind="office",
                  status="active", cause=cause("founded"))  # fmt: skip
        later = frame.known(keep=True)
        with django_assert_num_queries(1):  # what was touched
            assert frame.compute(**asked, known_at=later).value == value
        with django_assert_num_queries(0):
            assert frame.compute(**asked, known_at=later).value == value


def test_of_too_much_all_is_counted_anew(live_cast, keeping, monkeypatch):
    asked = {"on": DAY, "code": "members.stock", "unit": live_cast.root}
    assert frame.compute(**asked, known_at=frame.known(keep=True)).value == 16
    monkeypatch.setattr(kept, "MOST", 1)
    with writing(door="test") as act:
        for person in (live_cast.member, live_cast.teacher, live_cast.veteran):
            end(MembershipPlace, act, {"person": person, "kind": "official"}, dt.date(2024, 2, 1),
                cause=cause("left"))  # fmt: skip
    assert frame.compute(**asked, known_at=frame.known(keep=True)).value == 13


def test_every_figure_of_people_and_bodies_can_be_carried_on():
    """A figure that reads a new table: add the table to WATCHED, and its two indexes (``timed``)."""
    for code, indicator in figures.catalogue().items():
        if isinstance(indicator, figures.Indicator) and indicator.subject in kept.CLOSED:
            when = DAY if indicator.kind == figures.STOCK else TERM
            by = tuple(one.code for one in indicator.breakdowns if not one.sensitive)
            found = kept.behind(kept.Asked(indicator, when, {}, by))
            assert found and found.tables, code


def test_every_watched_table_is_found_by_moment():
    for model, (_whom, column) in kept.WATCHED.items():
        first = {index.fields[0] for index in model._meta.indexes}
        assert {"recorded", "retracted"} <= first, model
        assert model._meta.get_field(column.removesuffix("_id")).column == column
