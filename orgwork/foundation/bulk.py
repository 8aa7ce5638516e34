"""Many rows at once: this room is for the one writer that suits both engines.

COPY on PostgreSQL, executemany on SQLite. Nothing is validated here but what the database itself promises:
whoever calls has checked the rows, set-based. Rows come out equal to those that `Model.save` would leave.
"""

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, repeat
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models, transaction

from orgwork.foundation.ids import start_of_block

CHUNK = 10_000  # rows turned and written at a time: enough to be quick, little enough to hold


def insert(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    using: str = DEFAULT_DB_ALIAS,
) -> int:
    """Write `rows` (values in the order of `columns`) and return how many there were.

    `columns` are field names or their attribute names; a foreign key takes the id. Columns left out take
    the field's default (a constant), or an empty text where blank is allowed; ids left out are drawn by the
    database. One transaction: all rows or none.
    """
    connection = connections[using]
    fields = [_field(model, name) for name in columns]
    left_out = [(field, value) for field, value in _defaults(model, fields)]
    names = [field.column for field in fields] + [field.column for field, _ in left_out]
    turn = [_turner(field, connection) for field in fields]
    same = [field.get_db_prep_save(value, connection) for field, value in left_out]
    chunks = _turned(rows, turn, same)
    write = _copy if connection.vendor == "postgresql" else _executemany
    # No savepoint of its own: under one, SQLite walks its list of saved pages after every row with a trigger.
    with transaction.atomic(using=using, savepoint=False), connection.cursor() as cursor:
        return write(connection, cursor, model._meta.db_table, names, chunks)


def allocate_ids(model: type[models.Model], count: int, *, using: str = DEFAULT_DB_ALIAS) -> Sequence[int]:
    """Draw `count` ids of the model's table, ascending, for rows and for those that refer to them.

    Inside a transaction: SQLite gives them to the next writer if it is rolled back, PostgreSQL to nobody.
    """
    connection = connections[using]
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError(
            "Ids are allocated inside the transaction that uses them."
        )
    if count < 1:
        return range(0)
    allocate = _allocate_on_postgresql if connection.vendor == "postgresql" else _allocate_on_sqlite
    with connection.cursor() as cursor:
        return allocate(cursor, model._meta, count)


def _field(model, name):
    """The field by its own name or the name of its column in Python (`person` or `person_id`)."""
    for field in model._meta.concrete_fields:
        if name in (field.name, field.attname):
            return field
    raise ValueError(f"{model._meta.label} has no column “{name}”.")


def _defaults(model, given) -> Iterator[tuple[models.Field, Any]]:
    """What `Model.save` would fill in for the columns left out; null columns and drawn ids need nothing."""
    for field in model._meta.concrete_fields:
        if field in given or field.generated or field.has_db_default() or isinstance(field, models.AutoField):
            continue
        if field.has_default():
            if callable(field.default) and field.default not in (dict, list):
                raise ValueError(f"Say what “{field.name}” is: its default differs from row to row.")
            yield field, field.get_default()
        elif not field.null and field.blank and field.empty_strings_allowed:
            yield field, ""


def _turned(rows, turn, same) -> Iterator[Iterable[tuple]]:
    """The rows in chunks, their values as the engine wants them; turned by column, at the speed of zip."""
    rows = iter(rows)
    while chunk := list(islice(rows, CHUNK)):
        if not any(turn) and not same:
            yield chunk
            continue
        turned = [
            values if how is None else [None if v is None else how(v) for v in values]
            for how, values in zip(turn, zip(*chunk, strict=True), strict=True)
        ]
        yield list(zip(*turned, *(repeat(value, len(chunk)) for value in same), strict=True))


def _turner(field, connection):
    """How a value of this field is written, None for as it is. Days are remembered: they repeat."""
    target = field.target_field if field.is_relation else field
    kind = target.get_internal_type()
    if kind == "DateField":
        return _remembering(_as_day) if connection.vendor == "sqlite" else None
    if kind == "JSONField":
        return lambda value: json.dumps(value, cls=target.encoder)
    if kind in AS_THEY_ARE:
        return None
    if kind in {"UUIDField", "DateTimeField"} and connection.vendor == "postgresql":
        return None
    return lambda value: target.get_db_prep_save(value, connection)


AS_THEY_ARE = {
    "AutoField",
    "BigAutoField",
    "BigIntegerField",
    "BinaryField",
    "BooleanField",
    "CharField",
    "IntegerField",
    "PositiveBigIntegerField",
    "PositiveIntegerField",
    "PositiveSmallIntegerField",
    "SmallIntegerField",
    "TextField",
}


def _as_day(value) -> str:
    """A time would be written with its hours, and compare with no day."""
    if isinstance(value, dt.datetime):
        raise TypeError(f"A day is wanted, not a time: {value!r}")
    return str(value)


def _remembering(how):
    known: dict[Any, Any] = {}

    def turned(value):
        found = known.get(value)
        if found is None:
            found = known[value] = how(value)
        return found

    return turned


def _executemany(connection, cursor, table, names, chunks):
    quote = connection.ops.quote_name
    sql = (
        f"INSERT INTO {quote(table)} ({', '.join(map(quote, names))})"  # noqa: S608
        f" VALUES ({', '.join(['?'] * len(names))})"
    )
    written = 0
    for chunk in chunks:
        with connection.wrap_database_errors:
            # The bare cursor: Django's would rewrite the placeholders of every chunk.
            cursor.cursor.connection.executemany(sql, chunk)
        written += len(chunk)
    return written


def _copy(connection, cursor, table, names, chunks):
    from .rows import send_waiting

    send_waiting()
    quote = connection.ops.quote_name
    sql = f"COPY {quote(table)} ({', '.join(map(quote, names))}) FROM STDIN"
    written = 0
    with connection.wrap_database_errors, cursor.copy(sql) as copy:
        write_row = copy.write_row
        for chunk in chunks:
            for row in chunk:
                write_row(row)
            written += len(chunk)
    return written


def _allocate_on_sqlite(cursor, meta, count):
    cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [meta.db_table])
    row = cursor.fetchone()
    if row is None:
        cursor.execute(
            "SELECT 1 FROM sqlite_master WHERE name = %s AND sql LIKE '%%AUTOINCREMENT%%'", [meta.db_table]
        )
        if cursor.fetchone() is None:
            raise ValueError(f"{meta.label} draws no ids of its own.")
        cursor.execute(
            "INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [meta.db_table, start_of_block()]
        )
        row = (start_of_block(),)
    cursor.execute("UPDATE sqlite_sequence SET seq = seq + %s WHERE name = %s", [count, meta.db_table])
    return range(row[0] + 1, row[0] + count + 1)


def _allocate_on_postgresql(cursor, meta, count):
    """Drawn one by one, as every other writer draws: a jump of the sequence could run over them."""
    cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [f'"{meta.db_table}"', meta.pk.column])
    (sequence,) = cursor.fetchone()
    if sequence is None:
        raise ValueError(f"{meta.label} draws no ids of its own.")
    cursor.execute(
        """
        SELECT min(id), max(id),
               CASE WHEN max(id) - min(id) + 1 <> count(*) THEN array_agg(id ORDER BY id) END
        FROM (SELECT nextval(%s::regclass) AS id FROM generate_series(1, %s)) drawn
        """,
        [sequence, count],
    )
    first, last, scattered = cursor.fetchone()
    return scattered or range(first, last + 1)
