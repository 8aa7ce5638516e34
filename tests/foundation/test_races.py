"""This room is for eight writers at once on PostgreSQL: code proven on SQLite can lose updates there."""

import datetime as dt
import random
import threading
import time
from contextlib import contextmanager

import pytest
from django.db import connection, connections, transaction
from django.db.utils import OperationalError

from orgwork.foundation import journal
from orgwork.foundation.dates import Period, begin, change, correct, end
from orgwork.foundation.moments import Moment, horizon, writing
from orgwork.foundation.refusals import Overlap, Refusal, Stale
from orgwork.foundation.rehearsal import rehearsal
from tests.factapp.models import Cause, Colour, Mark, Place, Thing
from tests.threads import at_once
from tests.waiting import FOR_EVER, until

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

WRITERS = 8
D = dt.date
FIRST = D(2024, 1, 1)


@pytest.fixture
def cause():
    return Cause.objects.create(kind="other")


@pytest.fixture
def things():
    return Thing.objects.bulk_create(Thing(code=f"t{n}") for n in range(20))


class Undone(Exception):
    pass


def one_act(dice, thing, cause):
    """Some verb on a thing, sometimes refused, slow or undone; returns its moment if it stands."""
    key, day = {"thing": thing}, FIRST + dt.timedelta(days=dice.randrange(30))
    length = dt.timedelta(days=dice.randrange(1, 20))
    try:
        with writing(door="test") as act:
            time.sleep(dice.choice([0, 0, 0.002, 0.01]))
            match dice.randrange(4):
                case 0:
                    begin(Colour, act, day, cause=cause, thing=thing, colour=dice.choice(["red", "blue"]))
                case 1:
                    end(Colour, act, key, day, cause=cause)
                case 2:
                    change(Colour, act, key, day, {"shade": dice.randrange(9)}, cause=cause)
                case 3:
                    value = dice.choice([None, {"colour": "grey"}])
                    correct(Colour, act, key, Period(day, day + length), value, cause=cause)
            time.sleep(dice.choice([0, 0, 0.002, 0.01]))
            if dice.random() < 0.1:
                raise Undone
        return act.moment
    except (Refusal, Undone):
        return None
    except OperationalError as error:
        assert "deadlock" in str(error), error  # procedures lock the person first; here nobody does
        return None


def frozen(number):
    """An answer that must never change: all rows known at the moment."""
    rows = Colour.versions.known(number).order_by("pk")
    return tuple(rows.values_list("pk", "thing", "valid_from", "valid_to", "colour", "shade", "spell"))


def test_what_was_frozen_at_the_horizon_never_changes(things, cause):
    stop, stood = threading.Event(), []

    def write(number):
        dice = random.Random(number)
        if number >= WRITERS:
            return freeze()
        while not stop.is_set():
            if moment := one_act(dice, dice.choice(things), cause):
                stood.append(moment)
        return None

    def freeze():
        answers = {}
        try:
            while len(answers) < 250 or len(stood) <= 200:
                number = horizon()
                answers.setdefault(number, frozen(number))
        finally:
            stop.set()
        return answers

    *_writers, answers = at_once(write, WRITERS + 1)
    changed = [number for number, answer in answers.items() if frozen(number) != answer]
    assert changed == []


def test_moments_are_never_drawn_twice_and_wall_time_never_goes_back(things, cause):
    drawn = at_once(lambda n: [one_act(random.Random(n), things[n], cause) for _ in range(30)])
    stood = [number for numbers in drawn for number in numbers if number]
    assert len(set(stood)) == len(stood)
    times = list(Moment.objects.order_by("id").values_list("at", flat=True))
    assert times == sorted(times)
    assert horizon() > max(stood)


def test_one_fact_has_one_story_whoever_writes(things, cause):
    """Everybody works on the same three things; whatever came out must hold together."""
    at_once(lambda n: [one_act(random.Random(f"{n}"), things[k % 3], cause) for k in range(40)])
    for thing in things[:3]:
        rows = list(Colour.objects.filter(thing=thing).order_by("valid_from"))
        for row, following in zip(rows, rows[1:], strict=False):
            assert row.valid_to <= following.valid_from
    mine = Moment.objects.values("id")
    assert not Colour.versions.exclude(recorded__in=mine).exists()
    assert not Colour.versions.filter(retracted__isnull=False).exclude(retracted__in=mine).exists()


def test_of_eight_corrections_of_one_row_one_wins_and_seven_are_told(things, cause):
    thing = things[0]
    with writing() as act:
        row = begin(Colour, act, FIRST, cause=cause, thing=thing, colour="red")

    def put_right(number):
        window = Period.days(
            FIRST + dt.timedelta(days=10 * number), FIRST + dt.timedelta(days=10 * number + 5)
        )
        try:
            with writing() as act:
                correct(Colour, act, {"thing": thing}, window, {"shade": number}, cause=cause, seen=row)
        except Stale:
            return "told"
        return "won"

    outcomes = at_once(put_right)
    assert sorted(outcomes) == ["told"] * 7 + ["won"]
    assert Colour.objects.filter(thing=thing, shade__isnull=False).count() == 1


def test_of_eight_who_begin_the_same_one_begins_and_seven_are_told(things, cause):
    """All find the days free; the exclusion constraint refuses the others, in a sentence."""

    def start(number):
        try:
            with writing() as act:
                begin(Colour, act, FIRST, cause=cause, thing=things[0], colour="red")
                time.sleep(0.01)
        except (Stale, Overlap):
            return "told"
        except OperationalError as error:  # two may wait for each other: the server ends one of them
            assert "deadlock" in str(error), error
            return "told"
        return "begun"

    assert sorted(at_once(start)) == ["begun"] + ["told"] * 7


def test_of_two_who_saw_nothing_in_particular_none_overwrites_the_other_silently(things, cause):
    """Both have read the row before either writes: the count of retracted rows tells the second."""
    thing = things[0]
    with writing() as act:
        begin(Colour, act, FIRST, cause=cause, thing=thing, colour="red")
    read = threading.Barrier(2)
    plain = Colour.versions.filter

    def put_right(number):
        with writing() as act:
            rows = list(Colour.objects.filter(thing=thing))
            read.wait()
            done = plain(pk__in=[r.pk for r in rows], retracted__isnull=True).update(retracted=act.moment)
        return done

    assert sorted(at_once(put_right, 2)) == [0, 1]


def test_a_cap_holds_when_the_body_is_locked(things, cause):
    """Locking only the member let a cap of 30 end at 32."""
    cell, cap = things[0], 30
    people = Thing.objects.bulk_create(Thing(code=f"p{n}") for n in range(80))

    def admit(number):
        admitted = 0
        for person in people[number::WRITERS]:
            with writing() as act:
                Thing.objects.select_for_update(no_key=True).get(pk=cell.pk)
                if Place.objects.on(FIRST).filter(at=cell).count() < cap:
                    begin(Place, act, FIRST, cause=cause, thing=person, side="left", at=cell)
                    admitted += 1
        return admitted

    assert sum(at_once(admit)) == cap == Place.objects.filter(at=cell).count()


def test_the_lock_of_a_body_does_not_stop_those_who_only_refer_to_it(things):
    with transaction.atomic():
        Thing.objects.select_for_update(no_key=True).get(pk=things[0].pk)

        def refer(_):
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '30s'")
                Mark.objects.create(thing=things[0], valid_from=FIRST, recorded=1)

        at_once(refer, 2)
    assert Mark.objects.count() == 2


# -- the horizon --------------------------------------------------------------------------------------------


@contextmanager
def elsewhere(work):
    """Run `work(go)` in another thread up to its `go.wait()`, and on when the block ends."""
    ready, go, failures = threading.Event(), threading.Event(), []

    class Gate:
        @staticmethod
        def wait():
            ready.set()
            go.wait(FOR_EVER)

    def run():
        try:
            work(Gate)
        except Exception as error:
            failures.append(error)
        finally:
            ready.set()
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    ready.wait(FOR_EVER)
    try:
        yield
    finally:
        go.set()
        thread.join()
    if failures:
        raise failures[0]


def test_the_horizon_waits_for_who_is_in_flight_and_for_nobody_else():
    drawn = []

    def slow(gate):
        with writing() as act:
            drawn.append(act.moment)
            gate.wait()

    with writing() as before:
        pass
    assert horizon() == before.moment + 1
    with elsewhere(slow):
        assert horizon() == drawn[0]
        with writing() as later:
            assert horizon() == drawn[0] < later.moment
        assert horizon() == drawn[0]
    assert horizon() == later.moment + 1


def test_a_rehearsal_holds_no_horizon_and_leaves_nothing(things, cause):
    def rehearse(gate):
        with rehearsal() as act:
            begin(Colour, act, FIRST, cause=cause, thing=things[0], colour="red")
            gate.wait()

    with writing() as before:
        pass
    with elsewhere(rehearse):
        with writing() as later:
            pass
        assert horizon() == later.moment + 1 == before.moment + 2
    assert not Colour.versions.exists()


def test_the_horizon_goes_on_after_a_writer_was_killed_or_cancelled():
    pids = []

    def doomed(gate):
        with pytest.raises(OperationalError), writing():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                pids.append(cursor.fetchone()[0])
            gate.wait()
            Moment.objects.count()

    with elsewhere(doomed):
        held = horizon()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", pids)
        until(lambda: horizon() != held)
    with writing() as act:
        pass
    assert horizon() == act.moment + 1


def test_a_cancelled_draw_leaves_the_critical_section():
    """Somebody holds the section; who waits for it is cancelled; afterwards everybody draws as before."""

    def hold(gate):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(77)")
            gate.wait()
            cursor.execute("SELECT pg_advisory_unlock(77)")

    with elsewhere(hold), pytest.raises(OperationalError, match="timeout"), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = '100ms'")
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM orgwork_draw_moment(0, NULL)")
    at_once(lambda n: one_act(random.Random(n), Thing.objects.create(code=f"x{n}"), None))
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid IN (77, 78)")
        assert cursor.fetchone() == (0,)


def test_a_writing_block_inside_another_transaction_is_refused():
    with transaction.atomic(), pytest.raises(RuntimeError), writing():
        pass


def test_spells_are_nobody_elses(things, cause):
    def work(number):
        spells = []
        for _ in range(25):
            with writing() as act:
                thing = Thing.objects.create(code=f"s{number}-{act.moment}")
                spells.append(begin(Colour, act, FIRST, cause=cause, thing=thing, colour="red").spell)
        return spells

    spells = sum(at_once(work), [])
    assert len(set(spells)) == len(spells) == 200


# -- the journal --------------------------------------------------------------------------------------------


def test_eight_writers_leave_one_chain(things):
    def work(number):
        dice = random.Random(number)
        for step in range(25):
            try:
                with writing(door="test") as act:
                    for _ in range(dice.randrange(1, 3)):
                        said = {"n": number, "step": step}
                        journal.record(act, "thing.tried", day=FIRST, subjects=[(("thing", 1), said)])
                        time.sleep(dice.choice([0, 0.003]))
                    if dice.random() < 0.1:
                        raise Undone
            except Undone:
                pass

    at_once(work)
    journal.seal()
    verdict = journal.verify()
    assert verdict.ok, verdict.findings
    assert verdict.unsealed == 0
    assert verdict.sealed == journal.Entry.objects.count() > 150
