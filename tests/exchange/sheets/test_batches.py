"""A batch counts when all of it is there: cut short it goes on, differing it is taken back."""

import dataclasses
import datetime as dt

import pytest

from orgwork.exchange.sheets import applying, rehearsing, undoing
from orgwork.exchange.sheets.imports import State
from orgwork.exchange.sheets.kinds import KINDS
from orgwork.foundation import batches, journal
from orgwork.foundation.dates import begin
from orgwork.foundation.jobs import Job
from orgwork.foundation.moments import writing
from orgwork.foundation.refusals import NotAllowed, Refusal, RegisterIncomplete
from orgwork.insight import frame
from orgwork.procedures import four_eyes
from orgwork.procedures.correction import correct_name
from orgwork.procedures.opening_members import Entering, take_members
from orgwork.registers.members import Membership, MembershipPlace, MembershipStanding
from orgwork.registers.people import ALL_LIFE, Person, PersonName, PersonParticulars, name_values
from orgwork.registers.record import Cause

from .files import member, plain

pytestmark = pytest.mark.django_db(transaction=True)
DAY = dt.date(2024, 1, 1)
GOOD = {"birth": "1980", "admitted": "2015-02-03", "recognised": "2016-02-13"}


def rows(count):
    return [member(n, name=f"Quàng Văn Tốt{n}", card=f"9{n:09d}", **GOOD) for n in range(count)]


@pytest.fixture
def small_pieces(monkeypatch):
    monkeypatch.setitem(KINDS, "members", dataclasses.replace(KINDS["members"], piece=3))


@pytest.fixture
def agreed(live_cast, tmp_path, small_pieces):
    actor = live_cast.account("provincial_officer")
    path = plain(tmp_path / "a.csv", rows(8))
    brought = rehearsing.bring(path, "a.csv", "members", actor=actor, door="test", day=DAY)
    rehearsing.rehearse(brought)
    assert brought.counts == {"new": 8}
    applying.agree(brought, actor=actor)
    return brought


def stock(cast):
    return frame.compute("members.stock", cast.province, on=DAY).value


def new_people():
    return PersonName.objects.filter(folded__startswith="quang van tot").count()


def test_cut_short_it_does_not_count_and_goes_on_without_a_double(live_cast, agreed, monkeypatch):
    before, real, times = stock(live_cast), applying._piece, []

    def fall(*given):
        times.append(1)
        if len(times) == 3:
            raise MemoryError
        return real(*given)

    monkeypatch.setattr(applying, "_piece", fall)
    with pytest.raises(MemoryError):
        applying.apply(agreed)
    assert new_people() == 6 and stock(live_cast) == before
    assert batches.is_open(agreed.code)
    monkeypatch.setattr(applying, "_piece", real)
    applying.apply(agreed)
    assert (new_people(), stock(live_cast)) == (8, before + 8)
    assert not batches.is_open(agreed.code) and journal.verify().ok


def test_an_outcome_that_differs_takes_everything_back(live_cast, agreed):
    before = stock(live_cast)
    with writing(door="test") as act:
        why = Cause.objects.create(kind="other")
        said = {"sex": "m", "birth": dt.date(1980, 5, 5), "birth_precision": "day"}
        for given in ("Tốt6", "Tốt7"):
            person = Person.objects.create()
            begin(PersonName, act, ALL_LIFE, person=person, cause=why, **name_values("Quàng", "Văn", given))
            begin(PersonParticulars, act, ALL_LIFE, person=person, cause=why, **said)
    with pytest.raises(Refusal, match="another outcome"):
        applying.apply(agreed)
    agreed.refresh_from_db()
    assert agreed.state == State.REHEARSED and agreed.counts == {"new": 6, "doubtful": 2}
    assert (new_people(), stock(live_cast)) == (2, before)
    assert not batches.is_open(agreed.code)
    applying.agree(agreed, actor=agreed.created_by)
    applying.apply(agreed)
    assert stock(live_cast) == before + 6


def test_what_later_acts_rest_on_is_listed_and_stays(live_cast, agreed):
    applying.apply(agreed)
    person = PersonName.objects.get(folded="quang van tot4").person
    correct_name(
        actor=agreed.created_by, person=person, family="Quàng", middle="Văn", given="Khác", reason="x",
        document=live_cast.paper(), day=dt.date(2024, 3, 1),
    )  # fmt: skip
    assert [one.subject for one in undoing.rests_on(agreed)] == [person.pk]
    with pytest.raises(RegisterIncomplete) as refusal:
        undoing.ask(agreed, actor=agreed.created_by)
    assert "correction.name" in refusal.value.left[0]
    assert agreed.state == State.APPLIED and new_people() == 7


def test_set_based_rows_are_those_that_the_verbs_leave(live_cast):
    """The same member once by the take-over, once by the verbs: nothing but numbers differs."""
    since, admitted, recognised = dt.date(2020, 1, 1), dt.date(2015, 2, 3), dt.date(2016, 2, 13)
    cell = live_cast.cell
    with writing(door="test") as act:
        one = Entering(
            None, "Lò", "Văn", "An", "m", dt.date(1980, 1, 1), "year", cell.pk, cell.code, admitted,
            recognised, since, "",
        )  # fmt: skip
        (taken,) = take_members(act, DAY, [one])
    with writing(door="test") as act:
        person, why = Person.objects.create(), Cause.objects.create(kind="takeover")
        begin(PersonName, act, ALL_LIFE, person=person, cause=why, **name_values("Lò", "Văn", "An"))
        said = {"sex": "m", "birth": dt.date(1980, 1, 1), "birth_precision": "year"}
        begin(PersonParticulars, act, ALL_LIFE, person=person, cause=why, **said)
        begin(Membership, act, admitted, person=person, cause=why)
        first = begin(
            MembershipStanding, act, admitted, until=recognised, person=person, standing="probationary",
            cause=why,
        )  # fmt: skip
        full = {"standing": "full", "spell": first.spell}
        begin(MembershipStanding, act, recognised, person=person, **full)
        begin(MembershipPlace, act, since, person=person, unit=cell, kind="official", cause=why)
    for model in (PersonName, PersonParticulars, Membership, MembershipStanding, MembershipPlace):
        assert said_of(model, taken) == said_of(model, person.pk), model


def said_of(model, person):
    apart = {"id", "person_id", "recorded", "spell", "begun_by_id", "ended_by_id"}
    names = [f.attname for f in model._meta.concrete_fields if f.attname not in apart]
    return [
        [*(getattr(row, name) for name in names), row.begun_by and row.begun_by.kind, row.ended_by_id]
        for row in model.versions.filter(person=person).order_by("valid_from")
    ]


def test_undoing_a_sheet_takes_two_people(live_cast, agreed):
    """The second is shown exactly what will happen; the first cannot be the second."""
    applying.apply(agreed)
    waits = undoing.ask(agreed, actor=agreed.created_by)
    with pytest.raises(Refusal, match="already"):
        undoing.ask(agreed, actor=agreed.created_by)
    with pytest.raises(NotAllowed):
        four_eyes.confirm(waits, actor=agreed.created_by, door="test")
    second = live_cast.account("national_officer")
    members = Membership.objects.count()
    foreseen = four_eyes.what_will_happen(waits, actor=second, door="test")
    assert foreseen.refusal is None and {one["verb"] for one in foreseen.entries} == {"batch.undo"}
    agreed.refresh_from_db()
    assert (agreed.state, Membership.objects.count()) == (State.APPLIED, members)
    four_eyes.confirm(waits, actor=second, door="test")
    agreed.refresh_from_db()
    assert agreed.state == State.UNDOING and Job.objects.get(pk=agreed.job).payload == {"sheet": agreed.pk}
    undoing.undo(agreed)
    assert Membership.objects.count() < members
