"""This room is for moments: drawn once, never above the horizon, on a clock that never goes back."""

import datetime as dt

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from orgwork.foundation.dates import Period, begin, correct
from orgwork.foundation.moments import Moment, base, horizon, known_at, play, writing
from orgwork.foundation.refusals import Refusal
from orgwork.foundation.rehearsal import rehearsal
from tests.factapp.models import Colour, Thing

DAY = dt.date(2024, 1, 1)
ZONE = timezone.get_default_timezone()


class Undone(Exception):
    pass


@pytest.fixture
def clock():
    """A test that looks ahead leaves PostgreSQL's clock as it found it: a flush does not set it back."""
    yield
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT orgwork_wind_clock(0)")


def at(year, month=1, day=1, hour=9):
    return dt.datetime(year, month, day, hour, tzinfo=ZONE)


@pytest.fixture
def thing(db):
    return Thing.objects.create(code="T")


def colour(act, thing, **more):
    return begin(Colour, act, DAY, thing=thing, colour="red", **more)


def known(number):
    return Colour.objects.on(DAY, known_at=number).count()


def test_numbers_begin_in_the_block_of_the_installation(db):
    with writing() as act:
        pass
    assert act.moment > settings.ORGWORK_INSTALLATION << 40 == base()


@pytest.mark.parametrize("real", [False, True], ids=["in a test's transaction", "for real"])
def test_nobody_knows_what_is_being_written_not_even_the_writer(request, real):
    request.getfixturevalue("transactional_db" if real else "db")
    thing = Thing.objects.create(code="T")
    with writing():
        pass
    with writing() as act:
        colour(act, thing)
        assert horizon() == act.moment
        assert known(horizon()) == 0
        assert known(None) == 1
    assert horizon() == act.moment + 1
    assert known(horizon()) == 1


@pytest.mark.django_db(transaction=True)
def test_a_number_given_back_by_a_rollback_froze_nothing():
    thing = Thing.objects.create(code="T")
    with pytest.raises(Undone), writing() as lost:
        colour(lost, thing)
        raise Undone
    frozen = horizon()
    assert known(frozen) == 0
    with writing() as act:
        colour(act, thing)
    assert act.moment >= frozen
    assert known(frozen) == 0


def test_a_day_means_its_end_in_the_time_zone_of_the_house(db):
    thing = Thing.objects.create(code="T")
    with transaction.atomic():
        first, second = play([at(2024, 3, 1, hour=23), at(2024, 3, 2, hour=0)])
    correctly = {"valid_from": DAY, "spell": 1, "thing": thing, "colour": "red"}
    Colour.objects.create(recorded=first, retracted=second, **correctly)
    Colour.objects.create(recorded=second, **{**correctly, "colour": "blue"})
    colours = Colour.objects.on
    assert colours(DAY, known_at=known_at(dt.date(2024, 2, 29))).count() == 0
    assert colours(DAY, known_at=known_at(dt.date(2024, 3, 1))).get().colour == "red"
    assert colours(DAY, known_at=known_at(dt.date(2024, 3, 2))).get().colour == "blue"
    assert colours(DAY, known_at=known_at(at(2024, 3, 2, hour=0))).get().colour == "blue"
    assert known_at(dt.date(2100, 1, 1)) == horizon() == known_at(2**62)


def test_what_one_transaction_overwrites_of_itself_was_never_known(thing):
    with writing() as act:
        colour(act, thing)
        correct(Colour, act, {"thing": thing}, Period(DAY), {"colour": "blue"}, cause=None)
    everywhere = range(act.moment - 1, act.moment + 2)
    seen = [list(Colour.objects.on(DAY, known_at=n).values_list("colour", flat=True)) for n in everywhere]
    assert seen == [[], [], ["blue"]]
    assert Colour.versions.filter(thing=thing).count() == 2


def test_a_history_is_played_with_its_own_times(db):
    times = [at(2020), at(2020), at(2021), at(2022)]
    numbers = play(times)
    assert numbers == sorted(set(numbers))
    assert list(Moment.objects.filter(id__in=numbers).order_by("id").values_list("at", flat=True)) == times
    with writing() as act:
        assert act.at > times[-1]
    with pytest.raises(Refusal, match="already written"):
        play([at(2021)])


@pytest.mark.django_db(transaction=True)
def test_a_history_is_played_although_a_writing_of_today_was_undone():
    """PostgreSQL's clock is a sequence and knows no rollback; nor does a flush set it back."""
    with pytest.raises(Undone), writing():
        raise Undone
    with transaction.atomic():
        (number,) = play([at(2020)])
    assert Moment.objects.get(pk=number).at == at(2020)


@pytest.mark.django_db(transaction=True)
def test_wall_time_never_goes_back_even_when_told_to(clock):
    with writing(at=at(2030)) as late:
        pass
    with writing(at=at(2020)) as early:
        pass
    assert (early.moment, early.at) == (late.moment + 1, late.at)


def test_a_rehearsal_is_never_known(transactional_db):
    thing = Thing.objects.create(code="T")
    before = horizon()
    with rehearsal() as act:
        colour(act, thing)
        assert known(None) == 1
        assert known(horizon()) == 0
    assert horizon() == before
    assert not Colour.versions.exists()
    assert not Moment.objects.exists()
