"""This room is for lineage against the placements it is derived from: every day, as known at every moment."""

import datetime as dt
import os
import random

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from orgwork.foundation.dates import Period, begin, change, correct, end
from orgwork.foundation.moments import horizon, writing
from orgwork.foundation.refusals import Refusal
from orgwork.registers import units as units_room
from orgwork.registers.models import Cause, Unit, UnitLineage, UnitPlacement
from orgwork.registers.units import check_lineage, derive_lineage, lock_tree, refuse_circles, under_ids
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)

FIRST = dt.date(2024, 1, 1)
DAYS = 10
UNITS = 6
EXAMPLES = int(os.environ.get("HYPOTHESIS_EXAMPLES", "25"))
COUNTER = iter(range(10**9))


def on(day):
    return FIRST + dt.timedelta(days=day)


def make_units(count):
    name = f"L{next(COUNTER)}"
    return [Unit.objects.create(code=f"{name}.{n}") for n in range(count)]


@pytest.fixture
def cause():
    return Cause.objects.create(kind="moved")


# -- what it should be, told plainly ------------------------------------------------------------------------


def parents(units, day, number):
    rows = UnitPlacement.objects.on(day, known_at=number).filter(unit__in=units)
    return dict(rows.values_list("unit", "parent"))


def lineage_of(tree):
    """{(ancestor, descendant, depth)} by climbing; a circle raises."""
    found = set()
    for unit in tree:
        above, depth = unit, 0
        while above is not None:
            found.add((above, unit, depth))
            above, depth = tree.get(above), depth + 1
            if depth > len(tree) + 1:
                raise RecursionError("a circle")
    return found


def recorded(units, day, number):
    rows = UnitLineage.objects.on(day, known_at=number).filter(descendant__in=units)
    return list(rows.values_list("ancestor", "descendant", "depth"))


def holds_together(units, moments):
    for number in moments:
        for day in range(DAYS + 2):
            rows = recorded(units, on(day), number)
            assert len(set(rows)) == len(rows), f"day {day} at {number}: a row twice"
            assert set(rows) == lineage_of(parents(units, on(day), number)), f"day {day} at {number}"
        touching = {}
        for row in UnitLineage.objects.at(number).filter(descendant__in=units).order_by("valid_from"):
            key = row.ancestor_id, row.descendant_id, row.depth
            assert key not in touching or (touching[key] and touching[key] < row.valid_from), "not coalesced"
            touching[key] = row.valid_to


# -- acts on the tree ---------------------------------------------------------------------------------------

UNIT = st.integers(0, UNITS - 1)
DAY = st.integers(0, DAYS - 1)
ACT = st.one_of(
    st.tuples(st.just("found"), UNIT, UNIT, DAY, st.integers(1, DAYS + 1)),
    st.tuples(st.just("move"), UNIT, UNIT, DAY, st.booleans()),
    st.tuples(st.just("end"), UNIT, UNIT, DAY, st.none()),
    st.tuples(st.just("correct"), UNIT, UNIT | st.none(), DAY, st.integers(1, DAYS + 1)),
)


def place(act, units, cause, what):
    """One change of the tree, as the procedures make it: lock, write, look for circles, derive."""
    verb, unit, parent, day, more = what
    unit = units[unit]
    parent = None if parent is None else units[parent]
    key = {"unit": unit}
    lock_tree()
    match verb:
        case "found":
            until = None if day + more > DAYS else on(day + more)
            begin(
                UnitPlacement,
                act,
                on(day),
                until=until,
                unit=unit,
                parent=parent,
                cause=cause,
                until_cause=cause,
            )
        case "move":
            change(UnitPlacement, act, key, on(day), {"parent": parent}, cause=cause, for_good=more)
        case "end":
            end(UnitPlacement, act, key, on(day), cause=cause)
        case "correct":
            window = Period(on(day), None if day + more > DAYS else on(day + more))
            correct(UnitPlacement, act, key, window, parent and {"parent": parent}, cause=cause)
    refuse_circles(unit)
    derive_lineage(act, [unit])


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(acts=st.lists(ACT, min_size=1, max_size=12))
def test_lineage_is_what_the_placements_say_on_every_day_at_every_moment(cause, acts):
    units = make_units(UNITS)
    with writing() as act:
        root = begin(UnitPlacement, act, FIRST, unit=units[0], parent=None, cause=cause)
        derive_lineage(act, [root.unit])
    moments = []
    for what in acts:
        before = [parents(units, on(day), None) for day in range(DAYS + 2)]
        try:
            with writing() as act:
                place(act, units, cause, what)
        except Refusal as refusal:
            event(f"{what[0]} refused: {refusal.code}")
            assert [parents(units, on(day), None) for day in range(DAYS + 2)] == before
            continue
        except Exception as error:
            assert "not_under_itself" in str(error), error
            continue
        event(what[0])
        moments.append(act.moment)
    holds_together(units, [*moments, horizon()])
    assert check_lineage() == []


def test_a_circle_is_refused_even_when_it_closes_on_a_later_day(cause):
    one, two, three = make_units(3)
    with writing() as act:
        for unit, parent in ((one, None), (two, one), (three, two)):
            begin(UnitPlacement, act, FIRST, unit=unit, parent=parent, cause=cause)
        derive_lineage(act)
    with writing() as act:  # from day 5 on three stands at the top
        change(UnitPlacement, act, {"unit": three}, on(5), {"parent": None}, cause=cause)
        derive_lineage(act, [three])
    with writing() as act:  # so two may stand below it then,
        change(UnitPlacement, act, {"unit": two}, on(5), {"parent": three}, cause=cause)
        refuse_circles(two)
        derive_lineage(act, [two])
    with pytest.raises(Refusal, match="below itself"), writing() as act:  # but not before
        correct(UnitPlacement, act, {"unit": two}, Period(on(4), on(5)), {"parent": three}, cause=cause)
        refuse_circles(two)
    assert check_lineage() == []


def test_the_check_names_what_is_missing_and_what_is_false(cause):
    one, two, three = make_units(3)
    with writing() as act:
        for unit, parent in ((one, None), (two, one), (three, two)):
            begin(UnitPlacement, act, FIRST, unit=unit, parent=parent, cause=cause)
        derive_lineage(act)
    row = UnitLineage.objects.get(ancestor=one, descendant=three)
    UnitLineage.versions.filter(pk=row.pk).update(retracted=act.moment)
    UnitLineage.objects.create(ancestor=three, descendant=one, depth=1, valid_from=FIRST, recorded=act.moment)
    assert sorted(found[:4] for found in check_lineage()) == [
        ("false", three.pk, one.pk, 1),
        ("missing", one.pk, three.pk, 2),
    ]
    with writing() as act:
        assert derive_lineage(act) == (1, 1)
    assert check_lineage() == []


def test_the_scope_is_a_subquery_that_takes_what_ended_bodies_left(cause):
    from orgwork.registers.models import UnitCustody

    one, two, three = make_units(3)
    with writing() as act:
        for unit, parent in ((one, None), (two, one), (three, one)):
            begin(UnitPlacement, act, FIRST, unit=unit, parent=parent, cause=cause)
        end(UnitPlacement, act, {"unit": three}, on(5), cause=cause)
        begin(UnitCustody, act, on(5), unit=three, of="everything", custodian=two, cause=cause)
        derive_lineage(act)
    scope = lambda day, **more: set(  # noqa: E731
        Unit.objects.filter(pk__in=under_ids(two, on(day), **more)).values_list("pk", flat=True)
    )
    assert scope(4, custody=True) == {two.pk}
    assert scope(5) == {two.pk}
    assert scope(5, custody=True) == {two.pk, three.pk}
    assert scope(5, custody=True, known_at=act.moment) == set()


# -- eight at once ------------------------------------------------------------------------------------------


@pytest.mark.postgres
def test_moves_by_eight_at_once_leave_the_lineage_right_and_no_circle(cause):
    units = make_units(30)
    with writing() as act:
        for number, unit in enumerate(units):
            parent = units[(number - 1) // 2] if number else None
            begin(UnitPlacement, act, FIRST, unit=unit, parent=parent, cause=cause)
        derive_lineage(act)
    outcomes, moments = [], []

    def move(number):
        dice = random.Random(number)
        for _ in range(12):
            what = (
                "move",
                dice.randrange(1, 30),
                dice.randrange(30),
                dice.randrange(DAYS),
                dice.random() < 0.5,
            )
            try:
                with writing() as act:
                    place(act, units, cause, what)
            except Refusal as refusal:
                outcomes.append(refusal.code)
            except Exception as error:
                assert "not_under_itself" in str(error), error
            else:
                outcomes.append("moved")
                moments.append(act.moment)

    at_once(move)
    assert check_lineage() == []
    assert outcomes.count("moved") > 20 and outcomes.count("circle") > 3
    holds_together(units, [*random.Random(1).sample(moments, 8), horizon()])


@pytest.mark.postgres
def test_of_two_moves_that_together_close_a_circle_one_is_refused(cause):
    for _ in range(10):
        root, one, two = make_units(3)
        with writing() as act:
            for unit, parent in ((root, None), (one, root), (two, root)):
                begin(UnitPlacement, act, FIRST, unit=unit, parent=parent, cause=cause)
            derive_lineage(act, [root])
        refused = []

        def cross(number, units=(one, two), told=refused):
            mine, other = units[number], units[1 - number]
            try:
                with writing() as act:
                    lock_tree()
                    change(UnitPlacement, act, {"unit": mine}, on(3), {"parent": other}, cause=cause)
                    refuse_circles(mine)
                    derive_lineage(act, [mine])
            except Refusal as refusal:
                told.append(refusal.code)

        at_once(cross, 2)
        assert refused == ["circle"]
    assert check_lineage() == []


# -- the shorter way of a large body that moves ------------------------------------------------------------


@pytest.mark.parametrize("seed", [2, 7, 18, 28])
def test_the_shorter_way_of_a_move_comes_to_the_same(cause, monkeypatch, seed):
    """Whatever moves, on whatever day: derived anew, nothing is missing and nothing false."""
    monkeypatch.setattr(units_room, "LARGE", 0)
    taken = []
    short = units_room._carried
    monkeypatch.setattr(units_room, "_carried", lambda *said: taken.append(short(*said)) or taken[-1])
    chance = random.Random(seed)
    bodies = make_units(14)
    with writing(door="test") as act:
        for at, body in enumerate(bodies):
            parent = bodies[chance.randrange(at)] if at else None
            begin(UnitPlacement, act, FIRST, unit=body, parent=parent, cause=cause)
        derive_lineage(act, bodies)
    for _move in range(14):
        body, parent = chance.sample(bodies[1:], 2)
        try:
            with writing(door="test") as act:
                lock_tree()
                day = on(chance.randint(1, DAYS))
                change(UnitPlacement, act, {"unit": body}, day, {"parent": parent}, cause=cause)
                refuse_circles(body)
                derive_lineage(act, [body])
        except Refusal:
            continue
        assert check_lineage() == []
    assert any(found is not None for found in taken)
