"""This room is for the verbs told as stories: what a person does, and what the register then says."""

import datetime as dt

import pytest

from orgwork.foundation.dates import Period, begin, change, correct, end, new_spells, replace
from orgwork.foundation.moments import writing
from orgwork.foundation.refusals import Overlap, Refusal, Stale
from tests.factapp.models import Cause, Colour, Place, Thing

pytestmark = pytest.mark.django_db

JANUARY, MARCH, MAY, JULY = (dt.date(2024, month, 1) for month in (1, 3, 5, 7))
YEAR = Period.days(dt.date(2024, 1, 1), dt.date(2024, 12, 31))


@pytest.fixture
def thing():
    return Thing.objects.create(code="T")


def why(kind):
    return Cause.objects.get_or_create(kind=kind)[0]


def do(verb, *args, **more):
    """One verb in a transaction of its own."""
    with writing(door="test") as act:
        return verb(Colour, act, *args, **more)


def admitted(thing, day=JANUARY, **more):
    return do(begin, day, thing=thing, colour="red", cause=why("admitted"), **more)


def told(thing):
    """The story as it is held true now: (from, to, value, begun by, ended by)."""
    rows = Colour.objects.filter(thing=thing).order_by("valid_from").select_related("begun_by", "ended_by")
    return [
        (
            r.valid_from,
            r.valid_to,
            r.colour if r.shade is None else f"{r.colour}{r.shade}",
            r.begun_by and r.begun_by.kind,
            r.ended_by and r.ended_by.kind,
        )
        for r in rows
    ]


def begun(kind="admitted", **more):
    return Colour.objects.begun_in(YEAR, kinds=[kind], **more).count()


def ended(kind, **more):
    return Colour.objects.ended_in(YEAR, kinds=[kind], **more).count()


def test_a_fact_begins_changes_and_ends(thing):
    admitted(thing)
    do(change, {"thing": thing}, MARCH, {"colour": "blue"}, cause=why("moved"))
    do(end, {"thing": thing}, MAY, cause=why("died"))
    assert told(thing) == [
        (JANUARY, MARCH, "red", "admitted", "moved"),
        (MARCH, MAY, "blue", "moved", "died"),
    ]
    assert (begun(), begun("moved"), ended("moved"), ended("died")) == (1, 1, 1, 1)
    assert Colour.objects.on(MAY - dt.timedelta(days=1)).exists()
    assert not Colour.objects.on(MAY).exists()
    assert len(set(Colour.objects.values_list("spell", flat=True))) == 1


def test_days_that_are_taken_are_refused_in_a_sentence(thing):
    admitted(thing, until=MARCH)
    with pytest.raises(Overlap, match="from 1 Jan 2024 to 29 Feb 2024 are already recorded"):
        admitted(thing, dt.date(2024, 2, 29))
    admitted(thing, MARCH)
    assert begun() == 2
    assert len(set(Colour.objects.values_list("spell", flat=True))) == 2


def test_a_correction_in_the_middle_counts_no_admission_twice(thing):
    admitted(thing)
    do(correct, {"thing": thing}, Period(MARCH, MAY), {"colour": "blue"}, cause=why("corrected"))
    assert told(thing) == [
        (JANUARY, MARCH, "red", "admitted", "corrected"),
        (MARCH, MAY, "blue", "corrected", "corrected"),
        (MAY, None, "red", "corrected", None),
    ]
    assert (begun(), begun("corrected")) == (1, 2)


def test_a_correction_taken_back_leaves_no_boundary_and_no_end_to_a_later_change(thing):
    admitted(thing)
    window = Period(MARCH, MAY)
    do(correct, {"thing": thing}, window, {"colour": "blue"}, cause=why("corrected"))
    do(correct, {"thing": thing}, window, {"colour": "red"}, cause=why("corrected"))
    assert {row[3:] for row in told(thing)} == {("admitted", None), (None, None)}
    do(change, {"thing": thing}, dt.date(2024, 2, 1), {"colour": "green"}, cause=why("moved"))
    assert Colour.objects.on(JULY).get().colour == "green"


@pytest.mark.parametrize("day", [dt.date(2024, 1, 20), dt.date(2023, 12, 20)], ids=["later", "earlier"])
def test_an_admission_recorded_on_the_wrong_day_is_moved_with_its_cause(thing, day):
    admitted(thing)
    if day > JANUARY:
        do(correct, {"thing": thing}, Period(JANUARY, day), None, cause=why("corrected"))
    else:
        do(correct, {"thing": thing}, Period(day, JANUARY), {"colour": "red"}, cause=why("corrected"))
    held = Colour.objects.filter(begun_by__isnull=False).get()
    assert (held.valid_from, held.begun_by.kind) == (day, "admitted")
    assert all(row[4] is None for row in told(thing))


def test_an_end_recorded_on_the_wrong_day_is_moved_with_its_cause(thing):
    admitted(thing)
    do(end, {"thing": thing}, MAY, cause=why("died"))
    do(correct, {"thing": thing}, Period(MARCH, MAY), None, cause=why("corrected"))
    assert told(thing) == [(JANUARY, MARCH, "red", "admitted", "died")]
    do(correct, {"thing": thing}, Period(MARCH, JULY), {"colour": "red"}, cause=why("corrected"))
    assert (told(thing)[-1][1], told(thing)[-1][4]) == (JULY, "died")
    assert (ended("died"), ended("corrected"), begun()) == (1, 0, 1)


def test_a_fact_that_never_was_is_gone_and_can_still_be_asked_for(thing):
    row = admitted(thing)
    do(correct, {"thing": thing}, Period(JANUARY), None, cause=why("corrected"))
    assert told(thing) == []
    assert begun() == 0
    assert begun(known_at=row.recorded + 1) == 1


def test_a_change_goes_to_the_next_boundary_or_for_good(thing):
    admitted(thing)
    do(change, {"thing": thing}, MAY, {"colour": "blue"}, cause=why("planned"))
    do(change, {"thing": thing}, MARCH, {"shade": 1}, cause=why("moved"))
    assert [row[2] for row in told(thing)] == ["red", "red1", "blue"]
    do(change, {"thing": thing}, MARCH, {"shade": 2}, cause=why("moved"), for_good=True)
    assert [row[:3] for row in told(thing)] == [(JANUARY, MARCH, "red"), (MARCH, None, "red2")]


def test_an_end_takes_what_was_planned_along(thing):
    admitted(thing)
    do(change, {"thing": thing}, JULY, {"colour": "blue"}, cause=why("planned"))
    do(end, {"thing": thing}, MAY, cause=why("died"))
    assert told(thing) == [(JANUARY, MAY, "red", "admitted", "died")]
    with pytest.raises(Refusal, match="already ended"):
        do(end, {"thing": thing}, MAY, cause=why("died"))


def test_what_was_re_elected_begins_anew_although_nothing_differs(thing):
    admitted(thing)
    do(change, {"thing": thing}, MARCH, {"colour": "red"}, cause=why("elected"))
    assert told(thing) == [
        (JANUARY, MARCH, "red", "admitted", "elected"),
        (MARCH, None, "red", "elected", None),
    ]
    do(correct, {"thing": thing}, Period(MARCH, MAY), {"colour": "red"}, cause=why("corrected"))
    assert begun("elected") == 1


def test_who_looked_at_something_else_is_told(thing):
    row = admitted(thing)
    do(change, {"thing": thing}, MARCH, {"colour": "blue"}, cause=why("moved"), seen=row)
    for verb in (
        lambda: do(change, {"thing": thing}, MAY, {"colour": "grey"}, cause=why("moved"), seen=row),
        lambda: do(end, {"thing": thing}, MAY, cause=why("died"), seen=row.pk),
        lambda: do(correct, {"thing": thing}, Period(MARCH, MAY), None, cause=why("corrected"), seen=[row]),
    ):
        with pytest.raises(Stale, match="Reload the page"):
            verb()
    assert Colour.versions.count() == 3


def test_the_neighbour_of_another_spell_keeps_what_it_said(thing):
    admitted(thing, until=MARCH, until_cause=why("left"))
    do(begin, MARCH, thing=thing, colour="blue")  # a fact without a cause of its own
    do(correct, {"thing": thing}, Period(JANUARY, MARCH), {"colour": "green"}, cause=why("corrected"))
    assert told(thing) == [
        (JANUARY, MARCH, "green", "admitted", "left"),
        (MARCH, None, "blue", None, None),
    ]
    assert Colour.versions.filter(colour="blue").count() == 1


def test_a_correction_says_who_began_it_when_told(thing):
    readmitted = why("readmitted")
    causes = {"cause": why("corrected"), "begun_by": readmitted}
    row = do(correct, {"thing": thing}, Period(MARCH), {"colour": "red"}, **causes)
    assert (row.begun_by, row.ended_by) == (readmitted, None)
    assert begun("readmitted") == 1


def test_keys_may_be_objects_or_ids_and_of_several_fields(thing):
    other = Thing.objects.create(code="U")
    with writing() as act:
        begin(Place, act, JANUARY, thing=thing, side="left", at=other, cause=why("admitted"))
        begin(Place, act, JANUARY, thing=thing, side="right", at=other, cause=why("admitted"))
    with writing() as act:
        key = {"thing_id": thing.pk, "side": "left"}
        change(Place, act, key, MARCH, {"at": thing}, cause=why("moved"))
        replace(Place, act, {"thing": thing.pk, "side": "right"}, Period(MARCH), None, cause=why("ended"))
    assert list(Place.objects.on(MAY).values_list("side", "at")) == [("left", thing.pk)]


def test_one_look_answers_for_every_row_of_a_period(thing):
    admitted(thing)
    do(change, {"thing": thing}, MARCH, {"colour": "blue"}, cause=why("moved"))
    during = Colour.objects.during
    assert during(Period(JANUARY, MARCH)).count() == 1
    assert during(Period(JANUARY, MAY)).count() == 2
    assert during(Period.days(dt.date(2023, 1, 1), dt.date(2023, 12, 31))).count() == 0
    with pytest.raises(TypeError, match="related manager"):
        thing.colours.all_versions()


def test_spells_are_drawn_from_the_block(settings):
    settings.ORGWORK_INSTALLATION = 3
    first, second = new_spells(2)
    assert 3 << 40 < first < second < (3 << 40) + 2**32


def test_the_verbs_ask_little(thing, django_assert_max_num_queries):
    admitted(thing)
    cause = why("moved")
    with writing() as act, django_assert_max_num_queries(5):
        change(Colour, act, {"thing": thing}, MARCH, {"colour": "blue"}, cause=cause)


def test_a_period_is_half_open_and_shown_with_its_last_day():
    period = Period.days(dt.date(2024, 1, 1), dt.date(2024, 1, 31))
    assert (period.end, period.last, period.length) == (dt.date(2024, 2, 1), dt.date(2024, 1, 31), 31)
    assert dt.date(2024, 1, 31) in period and dt.date(2024, 2, 1) not in period
    with pytest.raises(Refusal):
        Period(JANUARY, JANUARY)
    with pytest.raises(Refusal):
        _ = Period(JANUARY).length
