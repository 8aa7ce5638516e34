"""Moving the whole register: both ways, everything equal, and nothing half there."""

import datetime as dt
from contextlib import contextmanager

import pytest
from django.db import connection, connections, transaction

from orgwork.exchange.whole import moving, tables, witness
from orgwork.foundation import engines, journal, moments
from orgwork.foundation.accounts import Account
from orgwork.foundation.moments import writing
from orgwork.foundation.refusals import Refusal
from orgwork.procedures.cases import Case
from orgwork.registers.people import Person

pytestmark = pytest.mark.django_db(transaction=True)
DAY = dt.date(2024, 5, 1)


@contextmanager
def at(described):
    wrapper = engines.wrapper_for(described)
    try:
        with engines.routed(wrapper):
            yield
    finally:
        wrapper.close()


def engines_here():
    """On PostgreSQL both ways are tried; on SQLite the one there is."""
    return ["sqlite", "postgresql"] if connection.vendor == "postgresql" else ["sqlite"]


def test_everything_arrives_and_is_equal(lived, elsewhere):
    said, case = witness.take(DAY), Case.objects.get()
    for engine in engines_here():
        target, told = elsewhere(engine), []
        done = moving.move(target, day=DAY, tell=lambda *what, told=told: told.append(what))
        ours = {model._meta.db_table for model in tables.in_order()}
        rows = {name: count for name, count in said["tables"].items() if name in ours}
        assert done["rows"] == sum(rows.values()) and told[-2][1] <= told[-2][2]
        with at(target):
            assert witness.differences({**said, "tables": rows}) == []
            assert Account.objects.get(username="member").full_name == "Cà Thị Xuân"
            assert Case.objects.get().data == case.data


def test_there_and_back_again_is_the_same(lived, elsewhere):
    """SQLite → PostgreSQL → SQLite (or the other way round): every row of every table, as it was."""
    before = {model: list(model._base_manager.order_by("pk").values_list()) for model in tables.in_order()}
    there, back = elsewhere(engines_here()[0]), elsewhere(engines_here()[-1])
    moving.move(there, day=DAY)
    with at(there):
        moving.move(back, day=DAY)
    with at(back):
        for model, rows in before.items():
            if model._meta.db_table != "foundation_counter":  # the engine's own way to count
                assert list(model._base_manager.order_by("pk").values_list()) == rows, model


def test_numbers_go_on_where_they_were(lived, elsewhere):
    """Numbers given away before are never given again, nor are moments below an answer that was frozen."""
    with writing(door="test"):
        gone = Person.objects.create().pk
    Person.objects.filter(pk=gone).delete()
    try:
        with writing(door="test") as act:
            lost = act.moment
            raise LookupError
    except LookupError:
        pass
    horizon = moments.horizon()
    for engine in engines_here():
        target = elsewhere(engine)
        moving.move(target, day=DAY)
        with at(target):
            assert moments.horizon() >= horizon
            with writing(door="test") as act:
                assert Person.objects.create().pk > gone
                assert act.moment >= horizon and (connection.vendor == "sqlite" or act.moment > lost)
            assert journal.verify().ok


def test_a_target_that_holds_something_is_left_alone(lived, elsewhere):
    target = elsewhere(engines_here()[0])
    moving.move(target, day=DAY)
    with pytest.raises(Refusal, match="not empty"):
        moving.move(target, day=DAY)
    with pytest.raises(Refusal, match="in use"):
        moving.move(connection.settings_dict, day=DAY)


def test_what_was_cut_short_leaves_an_empty_target_and_is_simply_done_again(lived, elsewhere, monkeypatch):
    target = elsewhere(engines_here()[-1])
    real = moving.insert

    def falls(model, columns, rows):
        if model is Case:
            raise KeyboardInterrupt
        return real(model, columns, rows)

    monkeypatch.setattr(moving, "insert", falls)
    with pytest.raises(KeyboardInterrupt):
        moving.move(target, day=DAY)
    with at(target):
        assert tables.is_empty()
    monkeypatch.setattr(moving, "insert", real)
    assert moving.move(target, day=DAY)["rows"]


def test_a_row_that_gets_lost_on_the_way_is_found(lived, elsewhere, monkeypatch):
    target = elsewhere(engines_here()[-1])
    real = moving.rows_of_source

    def loses(model, columns):
        rows = list(real(model, columns))
        return rows[:-1] if model is Case else rows

    monkeypatch.setattr(moving, "rows_of_source", loses)
    with pytest.raises(Refusal, match="not equal"):
        moving.move(target, day=DAY)
    with at(target), transaction.atomic():
        assert tables.is_empty()


def test_the_source_goes_on_working(lived, elsewhere, monkeypatch):
    """Somebody writes while tables are being read: the copy holds what stood at its beginning."""
    target = elsewhere(engines_here()[-1])
    real = moving.rows_of_source
    count = Person.objects.count()

    def meanwhile(model, columns):
        if model is Person:
            with engines.routed(usual), writing(door="test"):
                Person.objects.create()
        return real(model, columns)

    usual = connections["default"]
    monkeypatch.setattr(moving, "rows_of_source", meanwhile)
    moving.move(target, day=DAY)
    assert Person.objects.count() == count + 1
    with at(target):
        assert Person.objects.count() == count
