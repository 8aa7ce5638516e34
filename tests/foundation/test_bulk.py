"""This room is for many rows at once: equal to rows saved one by one, ids from the block, quick enough."""

import datetime as dt
import decimal
import threading
import uuid

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import IntegrityError, connection, connections, transaction

from orgwork.foundation import ids
from orgwork.foundation.bulk import allocate_ids, insert
from orgwork.foundation.rows import insert_row
from tests.factapp.models import Cause, Colour, Thing, Wide

D = dt.date
BLOCK = settings.ORGWORK_INSTALLATION << 40

NASTY = [
    {},
    {
        "number": -(2**62),
        "small": 7,
        "text": "tab\there, line\nthere, back\\slash, \\N, “Đỗ”, 'quote', 100 %, %s, ?",
        "flag": True,
        "day": D(2024, 2, 29),
        "at": dt.datetime(2024, 2, 29, 23, 59, 59, 999999, tzinfo=dt.timezone(dt.timedelta(hours=7))),
        "content": {"tên": "Nguyễn\t\\", "list": [1, None, 2.5, {"a": "\n"}], "x": True},
        "digest": bytes(range(256)),
        "share": decimal.Decimal("1.500"),
        "key": uuid.UUID(int=3),
    },
    {"day": D(1, 1, 1), "content": [], "digest": b"", "share": decimal.Decimal("-99999.999"), "text": ""},
    {"day": D(9999, 12, 31), "content": "text", "at": dt.datetime(1900, 1, 1, tzinfo=dt.UTC)},
]
COLUMNS = [f.name for f in Wide._meta.concrete_fields if f.name != "id"]


def raw_rows(where):
    """What lies in the table itself, types included."""
    kinds = ", ".join(f"typeof({c})" for c in COLUMNS[1:]) if connection.vendor == "sqlite" else "1"
    with connection.cursor() as cursor:
        columns = ", ".join(["thing_id", *COLUMNS[1:]])
        cursor.execute(f"SELECT {columns}, {kinds} FROM factapp_wide WHERE {where} ORDER BY id")
        return [tuple(bytes(v) if isinstance(v, memoryview) else v for v in row) for row in cursor.fetchall()]


def test_rows_are_equal_to_those_saved_one_by_one(db):
    thing = Thing.objects.create(code="T")
    saved = [Wide.objects.create(thing=thing, **values) for values in NASTY]
    fields = [f.name for f in Wide._meta.concrete_fields if f.name not in ("id", "thing")]
    rows = [[thing.pk, *(getattr(Wide(**values), name) for name in fields)] for values in NASTY]
    assert insert(Wide, ["thing", *fields], rows) == len(NASTY)
    last = saved[-1].pk
    assert raw_rows(f"id <= {last}") == raw_rows(f"id > {last}")
    assert [w.content for w in Wide.objects.filter(id__gt=last).order_by("id")] == [
        values.get("content") for values in NASTY
    ]


def test_one_row_written_quickly_is_equal_to_one_saved(db):
    thing = Thing.objects.create(code="T")
    saved = [Wide.objects.create(thing=thing, **values) for values in NASTY]
    quick = [insert_row(Wide(thing=thing, **values)) for values in NASTY]
    last = saved[-1].pk
    assert raw_rows(f"id <= {last}") == raw_rows(f"id > {last}")
    assert [row.pk for row in quick] == list(
        Wide.objects.filter(id__gt=last).order_by("id").values_list("pk", flat=True)
    )
    quick[0].text = "and can be saved afterwards"
    quick[0].save()
    assert insert_row(Wide(id=last + 1000, number=1)).pk == last + 1000


@pytest.mark.sqlite
def test_a_time_is_not_taken_for_a_day(db):
    for write in (insert_row, lambda row: insert(Wide, ["day"], [(row.day,)])):
        with pytest.raises(TypeError, match="A day is wanted"), transaction.atomic():
            write(Wide(day=dt.datetime(2024, 5, 1, 10)))


def test_columns_left_out_take_the_defaults_of_the_model(db):
    insert(Wide, ["number"], [(1,), (2,)])
    Wide.objects.create(number=3)
    first, second, third = raw_rows("true" if connection.vendor == "postgresql" else "1")
    assert first[2:] == second[2:] == third[2:]


def test_no_rows_are_no_rows(db):
    assert insert(Wide, ["number"], []) == 0
    assert insert(Wide, ["number"], iter(())) == 0


def test_an_unknown_column_is_named(db):
    with pytest.raises(ValueError, match="no column “colour”"):
        insert(Wide, ["colour"], [(1,)])


def test_all_rows_or_none_and_the_error_is_djangos(db):
    rows = [(f"c{n}",) for n in range(25_000)] + [("c7",)]
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(Thing, ["code"], rows)
    assert not Thing.objects.exists()
    Thing.objects.create(code="after")  # the connection goes on


def test_a_row_of_the_wrong_width_is_refused(db):
    with pytest.raises(ValueError, match="zip"), transaction.atomic():
        insert(Wide, ["number", "day"], [(1, D(2020, 1, 1)), (2,)])


def test_guards_and_exclusions_hold_in_bulk(db):
    thing = Thing.objects.create(code="T")
    columns = ["thing_id", "colour", "valid_from", "valid_to", "recorded", "spell"]
    rows = [(thing.pk, "red", D(2020, 1, day), D(2020, 1, day + 1), 1, day) for day in range(1, 30)]
    assert insert(Colour, columns, rows) == 29
    assert Colour.objects.on(D(2020, 1, 5)).get().spell == 5
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(Colour, columns, [(thing.pk, "red", D(2020, 1, 29), None, 1, 1)])


# -- ids ----------------------------------------------------------------------------------------------------


@pytest.fixture
def block(db):
    ids.start_ids(connection, ["factapp_thing", "factapp_wide", "factapp_cause"])


def test_ids_begin_in_the_block_of_the_installation(block):
    assert Thing.objects.create(code="T").pk > BLOCK
    assert Thing.objects.create(code="T2").pk < BLOCK + 1000
    insert(Thing, ["code"], [("U",)])
    assert Thing.objects.get(code="U").pk > BLOCK


def test_starting_ids_again_lowers_nothing(block):
    first = Thing.objects.create(code="T").pk
    Thing.objects.create(id=first + 50, code="ahead") if connection.vendor == "sqlite" else None
    assert ids.start_ids(connection, ["factapp_thing", "no_such_table"]) == []
    assert Thing.objects.create(code="U").pk > first


def test_a_later_installation_number_starts_a_later_block(block, settings):
    settings.ORGWORK_INSTALLATION = 5
    assert ids.start_ids(connection, ["factapp_thing"]) == ["factapp_thing"]
    assert Thing.objects.create(code="T").pk == (5 << 40) + 1
    settings.ORGWORK_INSTALLATION = 1
    assert ids.start_ids(connection, ["factapp_thing"]) == []
    assert Thing.objects.create(code="U").pk == (5 << 40) + 2


def test_every_table_of_the_house_draws_from_the_block(db):
    from django.apps import apps

    for config in apps.get_app_configs():
        if config.name.startswith("orgwork."):
            assert ids.start_ids(connection, ids.tables_of(config)) == [], config.name


def test_allocated_ids_are_nobody_elses(block):
    before = Thing.objects.create(code="before").pk
    with transaction.atomic():
        mine = allocate_ids(Thing, 500)
        assert len(mine) == 500 and mine[0] > before
        other = Thing.objects.create(code="between").pk
        insert(Thing, ["id", "code"], [(pk, f"t{pk}") for pk in mine])
    assert other not in mine
    assert Thing.objects.create(code="after").pk > max(*mine, other)


def test_the_first_ids_of_an_empty_table_may_be_allocated(block):
    with transaction.atomic():
        assert allocate_ids(Wide, 3)[0] > BLOCK
        assert not allocate_ids(Wide, 0)


@pytest.mark.django_db(transaction=True)
def test_ids_are_allocated_in_a_transaction():
    with pytest.raises(transaction.TransactionManagementError):
        allocate_ids(Thing, 1)


@pytest.mark.django_db(transaction=True)
def test_a_flush_that_resets_sequences_keeps_the_block():
    ids.start_ids(connection, ["factapp_thing"])
    call_command("flush", verbosity=0, interactive=False, reset_sequences=True)
    if connection.vendor == "sqlite":  # Django sets the counters to nought there; the handler runs after it
        ids.start_ids(connection, ["factapp_thing"])
    assert Thing.objects.create(code="T").pk == BLOCK + 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_writers_allocate_different_ids():
    drawn, failed = [], []

    def work():
        try:
            for _ in range(20):
                with transaction.atomic():
                    mine = allocate_ids(Cause, 37)
                    insert(Cause, ["id", "kind"], [(pk, "x") for pk in mine])
                    drawn.extend([*mine, Cause.objects.create(kind="y").pk])
        except Exception as error:  # told to the test, not to the thread
            failed.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert len(set(drawn)) == len(drawn) == 8 * 20 * 38 == Cause.objects.count()
