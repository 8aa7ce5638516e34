"""This room is for rows one at a time: sent together, read by whoever asks, gone when refused."""

import datetime as dt
from collections import Counter

import pytest
from django.db import IntegrityError, connection, transaction

from orgwork.foundation.dates import Period, begin, begin_together
from orgwork.foundation.journal import head, record, verify
from orgwork.foundation.moments import writing
from orgwork.foundation.refusals import Overlap, Stale
from orgwork.foundation.rows import fetch, gathering, insert_row, together, write
from tests.factapp.models import Cause, Colour, Place, Thing

DAY = dt.date(2024, 5, 1)
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def messages():
    """What is sent to the database, statement by statement or in one."""
    sent = []

    def listen(execute, sql, params, many, context):
        sent.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(listen):
        yield sent


@pytest.fixture
def thing():
    return Thing.objects.create(code="T")


@pytest.mark.postgres
def test_rows_that_refer_to_one_another_go_in_one_message(thing, messages):
    ahead = Counter()
    for number in range(2):
        with writing(door="test") as act, gathering(ahead):
            messages.clear()
            why = insert_row(Cause(kind="other"))
            row = Colour(
                thing=thing, colour="red", valid_from=DAY + dt.timedelta(number), recorded=act.moment,
                valid_to=DAY + dt.timedelta(number + 1), spell=7, begun_by=why,
            )  # fmt: skip
            insert_row(row)
        assert Colour.objects.get(begun_by=why).pk == row.pk
        assert why == Cause.objects.get(pk=why.pk)
    inserts = [sql for sql in messages if "INSERT" in sql]
    drawn = [sql for sql in messages if "nextval" in sql]
    assert len(inserts) == len(drawn) == 1, "the second time all numbers are drawn at once"
    assert sum(ahead.values()) == 2


def test_everybody_reads_what_was_written_before(thing):
    with transaction.atomic(), gathering():
        why = insert_row(Cause(kind="other"))
        assert Cause.objects.filter(pk=why.pk).exists()
        write("INSERT INTO factapp_thing (code) VALUES (%s)", ["N"])
        assert fetch("SELECT count(*) FROM factapp_thing") == [(2,)]
        more = insert_row(Cause(kind="more"))
        assert together([("SELECT kind FROM factapp_cause WHERE id = %s", [more.pk]), ("SELECT 1", [])]) == [
            [("more",)],
            [(1,)],
        ]


def test_a_refusal_takes_everything_back(thing):
    with pytest.raises(ZeroDivisionError), transaction.atomic(), gathering():
        insert_row(Cause(kind="other"))
        Thing.objects.create(code="N")
        insert_row(Cause(kind="later"))
        raise ZeroDivisionError
    assert not Cause.objects.exists()
    assert Thing.objects.get() == thing
    with transaction.atomic(), gathering():
        insert_row(Cause(kind="after"))
    assert Cause.objects.get().kind == "after"


def test_a_block_inside_another_can_be_taken_back_alone():
    with transaction.atomic(), gathering():
        insert_row(Cause(kind="kept"))
        with pytest.raises(ZeroDivisionError), transaction.atomic(), gathering():
            insert_row(Cause(kind="undone"))
            raise ZeroDivisionError
        insert_row(Cause(kind="kept, too"))
    assert set(Cause.objects.values_list("kind", flat=True)) == {"kept", "kept, too"}


def test_what_the_database_keeps_apart_is_told_as_a_refusal(thing):
    """The look at free days does not see it; the constraint does, at the latest at the block's end."""
    said = {"thing": thing, "colour": "red", "valid_from": DAY, "spell": 7}
    with writing(door="test") as act:
        insert_row(Colour(recorded=act.moment, **said))
    from orgwork.foundation.dates import _insert

    with pytest.raises(Stale), writing(door="test") as act, gathering():
        _insert(Colour(recorded=act.moment, **said))
    with pytest.raises(IntegrityError), transaction.atomic(), gathering():
        insert_row(Thing(code="T"))


def test_facts_that_begin_together_are_those_that_begin_one_by_one(thing):
    other = Thing.objects.create(code="O")
    with writing(door="test") as act:
        why = insert_row(Cause(kind="other"))
        facts = [
            (Colour, {"thing": thing, "colour": "red"}),
            (Place, {"thing": thing, "side": "left", "at": other}),
        ]
        together_begun = begin_together(facts, act, Period(DAY), cause=why)
        begin(Colour, act, DAY, thing=other, colour="red", cause=why)
    red, place = together_begun
    single = Colour.objects.get(thing=other)
    assert (red.valid_from, red.valid_to, red.begun_by) == (single.valid_from, None, single.begun_by)
    assert len({red.spell, place.spell, single.spell}) == 3
    with pytest.raises(Overlap), writing(door="test") as act:
        begin_together(
            [(Place, {"thing": thing, "side": "right", "at": other}), facts[0]], act, Period(DAY), cause=why
        )
    assert not Place.objects.filter(side="right").exists()


def test_one_message_seals_an_act(messages):
    for number in range(3):
        with writing(door="test") as act:
            record(act, "person.told", day=DAY, subjects=[(("person", number), {"n": number})])
    verdict = verify()
    assert (verdict.ok, verdict.sealed, verdict.unsealed) == (True, 3, 0)
    assert head()[0] == 3
    if connection.vendor == "postgresql":
        assert sum("orgwork_seal" in sql for sql in messages) == 3
        assert not any("INSERT INTO foundation_link" in sql for sql in messages)
