"""This room is for the dated rows against a naive model: any sequence of verbs tells one consistent story.

The model is a dictionary from day to (spell, value) and a copy of it for every moment. Day 14 stands for all
days after: an open period reaches it.
"""

import datetime as dt
import os
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, event, given, note, settings
from hypothesis import strategies as st

from orgwork.foundation.dates import Period, begin, change, contradictions, correct, end
from orgwork.foundation.moments import horizon, writing
from orgwork.foundation.refusals import Refusal
from tests.factapp.models import Cause, Colour, Thing

pytestmark = pytest.mark.django_db(transaction=True)

FIRST = dt.date(2024, 1, 1)
LAST = 14
EXAMPLES = int(os.environ.get("HYPOTHESIS_EXAMPLES", "60"))
COLOURS = ["red", "blue"]


def on(day):
    return FIRST + dt.timedelta(days=day)


def window(start, length):
    """A period of the register from days of the model; what reaches day 14 is open."""
    stop = start + length
    return Period(on(start), None if stop > LAST else on(stop))


# -- the model ----------------------------------------------------------------------------------------------


@dataclass
class Story:
    """What is the case on each day: (spell, colour, shade), or nothing.

    `again` holds the days on which a change found the same value: a boundary although nothing differs.
    """

    days: dict = field(default_factory=dict)
    again: frozenset = frozenset()
    spells: int = 0

    def copy(self):
        return Story(dict(self.days), self.again, self.spells)

    def new_spell(self):
        self.spells += 1
        return self.spells

    def alike(self, day):
        return self.days.get(day - 1) == self.days.get(day)

    def fill(self, start, stop, said, again=frozenset()):
        for day in range(start, stop):
            self.days.pop(day, None)
            if said is not None:
                self.days[day] = said
        kept = {day for day in self.again if not start < day < stop}
        self.again = frozenset(day for day in kept | again if self.alike(day))

    def follow(self, day, goes_on):
        while True:
            day += 1
            if day > LAST or not goes_on(day):
                return day

    def spell_end(self, day):
        spell = self.days[day][0]
        return self.follow(day, lambda d: d in self.days and self.days[d][0] == spell)

    def boundary(self, day):
        return self.follow(day, lambda d: self.alike(d) and d not in self.again)

    # the verbs: each returns False where the register must refuse

    def begin(self, start, stop, colour, shade):
        if any(day in self.days for day in range(start, stop)):
            return False
        self.fill(start, stop, (self.new_spell(), colour, shade))

    def end(self, day):
        if day - 1 not in self.days or self.spell_end(day - 1) == day:
            return False
        self.fill(day, self.spell_end(day - 1), None)

    def change(self, day, said, for_good):
        if day not in self.days:
            return False
        spell, colour, shade = self.days[day]
        stop = self.spell_end(day) if for_good else self.boundary(day)
        again = {day} if self.alike(day) else set()
        self.fill(day, stop, (spell, said.get("colour", colour), said.get("shade", shade)), again)

    def correct(self, start, stop, said):
        if said is None:
            return self.fill(start, stop, None)
        inside = [self.days[day] for day in range(start, stop) if day in self.days]
        around = inside or [self.days[day] for day in (start - 1, stop) if day in self.days]
        colour, shade = inside[0][1:] if inside else ("", None)
        spell = around[0][0] if around else self.new_spell()
        self.fill(start, stop, (spell, said.get("colour", colour), said.get("shade", shade)))


# -- the acts -----------------------------------------------------------------------------------------------

DAYS = st.integers(0, LAST - 1)
LENGTHS = st.integers(1, LAST + 1)
SAID = st.fixed_dictionaries({}, optional={"colour": st.sampled_from(COLOURS), "shade": st.integers(0, 1)})

ACTS = st.one_of(
    st.tuples(st.just("begin"), DAYS, LENGTHS, st.sampled_from(COLOURS)),
    st.tuples(st.just("end"), DAYS),
    st.tuples(st.just("change"), DAYS, SAID.filter(bool), st.booleans()),
    st.tuples(st.just("correct"), DAYS, LENGTHS, SAID | st.none()),
)
#: A moment: the acts of one transaction, and whether it is undone in the end.
MOMENTS = st.lists(
    st.tuples(st.lists(ACTS, min_size=1, max_size=3), st.integers(0, 5).map(lambda n: n == 0)), max_size=10
)


def tell(story, act):
    """The act on the model; False where it must be refused."""
    verb, day, *more = act
    if verb == "begin":
        return story.begin(day, min(day + more[0], LAST + 1), more[1], 0)
    if verb == "end":
        return story.end(day)
    if verb == "change":
        return story.change(day, *more)
    return story.correct(day, min(day + more[0], LAST + 1), more[1])


def write(thing, act, moment, causes):
    """The same act on the register."""
    verb, day, *more = act
    key, cause = {"thing": thing}, causes[verb]
    if verb == "begin":
        until = window(day, more[0]).end
        until_cause = causes["until"] if until else None
        fact = {"thing": thing, "colour": more[1], "shade": 0}
        return begin(Colour, moment, on(day), until=until, cause=cause, until_cause=until_cause, **fact)
    if verb == "end":
        return end(Colour, moment, key, on(day), cause=cause)
    if verb == "change":
        return change(Colour, moment, key, on(day), more[0], cause=cause, for_good=more[1])
    return correct(Colour, moment, key, window(day, more[0]), more[1], cause=cause)


class Undone(Exception):
    """A transaction that does not come to its end."""


def live(thing, moments, causes, *, look=lambda story: None):
    """Play the moments on register and model; return [(number, story before it)] and the last story."""
    story, told = Story(), []
    for acts, undone in moments:
        before = story.copy()
        draft = story.copy()
        try:
            with writing(door="test") as moment:
                for act in acts:
                    apart = draft.copy()
                    if tell(draft, act) is False:
                        draft = apart
                        event(f"{act[0]} refused")
                        with pytest.raises(Refusal):
                            write(thing, act, moment, causes)
                    else:
                        event(act[0])
                        write(thing, act, moment, causes)
                if undone:
                    raise Undone
        except Undone:
            draft = before
        else:
            told.append((moment.moment, before))
        story = draft
        look(story)
    return told, story


@pytest.fixture
def causes():
    return {verb: Cause.objects.create(kind=verb) for verb in ("begin", "until", "end", "change", "correct")}


COUNTER = iter(range(10**9))


def fresh_thing():
    return Thing.objects.create(code=f"m{next(COUNTER)}")


def tried(test):
    quiet = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much]
    return settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=quiet)(
        given(moments=MOMENTS)(test)
    )


def same_story(rows, story):
    """The rows valid on each day say what the model says, spells one to one."""
    spells = {}
    for day in range(LAST + 1):
        found = rows(on(day))
        said = story.days.get(day)
        assert len(found) == (said is not None), f"day {day}: {found} for {said}"
        if said is None:
            continue
        spell, colour, shade = said
        assert (found[0].colour, found[0].shade) == (colour, shade), f"day {day}"
        assert spells.setdefault(spell, found[0].spell) == found[0].spell, f"day {day}: another spell"
    assert len(set(spells.values())) == len(spells), "two spells became one"


@tried
def test_every_day_at_every_moment_tells_what_was_known_then(causes, moments):
    thing = fresh_thing()
    told, story = live(thing, moments, causes)
    of_thing = {"thing": thing}
    same_story(lambda day: list(Colour.objects.filter(**of_thing).valid_on(day)), story)
    same_story(lambda day: list(Colour.objects.on(day, known_at=horizon()).filter(**of_thing)), story)
    for number, before in told:
        note(f"as known at {number}")
        same_story(lambda day: list(Colour.objects.on(day, known_at=number).filter(**of_thing)), before)  # noqa: B023


@tried
def test_the_held_rows_never_overlap_at_any_moment_and_end_after_they_begin(causes, moments):
    thing = fresh_thing()
    told, _ = live(thing, moments, causes)
    for number in [*(number for number, _ in told), horizon()]:
        rows = list(Colour.objects.at(number).filter(thing=thing).order_by("valid_from"))
        for row, following in zip(rows, rows[1:], strict=False):
            assert row.valid_to is not None and row.valid_from < row.valid_to <= following.valid_from
    assert contradictions(Colour) == []


@tried
def test_a_boundary_has_a_cause_exactly_where_something_differs(causes, moments):
    """Also between: what begins or ends with a cause is counted once, a mere cut never."""
    thing = fresh_thing()

    def look(story):
        rows = list(Colour.objects.filter(thing=thing).order_by("valid_from"))
        for row in rows:
            before = next((r for r in rows if r.valid_to == row.valid_from), None)
            after = next((r for r in rows if row.valid_to and r.valid_from == row.valid_to), None)
            if before is None or said(before) != said(row):
                assert row.begun_by_id, f"{shown(row)} begins without a cause in {[shown(r) for r in rows]}"
            if row.valid_to is None:
                assert row.ended_by_id is None, f"{shown(row)} is open and has ended"
            elif after is None or said(after) != said(row):
                assert row.ended_by_id, f"{shown(row)} ends without a cause in {[shown(r) for r in rows]}"
            if after is not None and said(after) == said(row):
                again = (row.valid_to - FIRST).days in story.again
                # A change that found the same value is a boundary all the same, told on both sides.
                assert bool(row.ended_by_id) == bool(after.begun_by_id) == again, [shown(r) for r in rows]

    live(thing, moments, causes, look=look)


def said(row):
    return row.spell, row.colour, row.shade


def shown(row):
    first = (row.valid_from - FIRST).days
    last = (row.valid_to - FIRST).days if row.valid_to else "…"
    causes = f"{row.begun_by and row.begun_by.kind}→{row.ended_by and row.ended_by.kind}"
    return f"[{first},{last}) {row.colour}{row.shade} #{row.spell} {causes}"
