"""This room is for dated records by the thousands: the verbs of dates.py for many subjects at once.

``listed`` puts the subjects into a temporary table: for each its number, where it goes, and why. ``turn``
then does for all of them what ``change`` and ``end`` do for one: from a day on the fact is different, or no
more. Rows are retracted first and said anew from what was retracted, as everywhere; a piece that was recorded
to begin later keeps its days, its spell and its cause, and follows (a change) or goes (an end).

Nothing is judged here: whoever calls has looked, and holds the locks.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice

from django.db import connection, models

from .moments import Act
from .rows import send_waiting

CHUNK = 10_000
COLUMNS = ("ident", "target", "word", "why")


@contextmanager
def listed(rows: Iterable[tuple], name: str = "many_listed") -> Iterator[str]:
    """A temporary table of (ident, target, word, why); short rows are filled up with nothing."""
    send_waiting()
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {name}")
        cursor.execute(
            f"CREATE TEMPORARY TABLE {name}"
            " (ident bigint PRIMARY KEY, target bigint, word varchar(60), why bigint)"
        )
        _fill(cursor, name, (tuple(row) + (None,) * (len(COLUMNS) - len(row)) for row in rows))
        if connection.vendor == "postgresql":
            cursor.execute(f"ANALYZE {name}")
    try:
        yield name
    finally:
        # After a fault PostgreSQL takes no more statements, and forgets the table with the transaction.
        if not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute(f"DROP TABLE IF EXISTS {name}")


def _fill(cursor, name: str, rows: Iterator[tuple]) -> None:
    columns = ", ".join(COLUMNS)
    if connection.vendor == "postgresql":
        with cursor.copy(f"COPY {name} ({columns}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        return
    sql = f"INSERT INTO {name} ({columns}) VALUES (?, ?, ?, ?)"  # noqa: S608  a name of this room
    while chunk := list(islice(rows, CHUNK)):
        cursor.cursor.connection.executemany(sql, chunk)


def turn(
    model: type[models.Model], act: Act, day: dt.date, name: str, *, by: str,
    becomes: Mapping[str, str] | None, where: str = "", values: Iterable = (),
) -> int:  # fmt: skip
    """From ``day`` on, what the records of the listed subjects say is different; how many records those were.

    ``by`` is the column that holds the subject, ``becomes`` says which column takes which expression over the
    list ``m`` (``{"parent_id": "m.target"}``); None: the records end. ``where`` narrows the records ``t``.
    """
    send_waiting()
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    columns = [f.column for f in model._meta.concrete_fields if not f.primary_key]
    said = [column for column in columns if column not in ("recorded", "retracted")]
    on = connection.ops.adapt_datefield_value(day)
    narrowed = f" AND {where}" if where else ""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS many_turning")
        cursor.execute(
            "CREATE TEMPORARY TABLE many_turning AS"  # noqa: S608  names of this room and of models
            f" SELECT t.id AS id, m.target AS target, m.word AS word, m.why AS why FROM {table} t"
            f" JOIN {name} m ON m.ident = t.{quote(by)}"
            f" WHERE t.retracted IS NULL AND (t.valid_to IS NULL OR t.valid_to > %s){narrowed}",
            [on, *values],
        )
        cursor.execute("CREATE INDEX many_turning_id ON many_turning (id)")
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE many_turning")
        cursor.execute(
            f"UPDATE {table} SET retracted = %s WHERE id IN (SELECT id FROM many_turning)",  # noqa: S608
            [act.moment],
        )
        count = cursor.rowcount
        if count:
            ended = {"valid_to": "%s", "ended_by_id": "m.why"}
            _say(cursor, table, said, act, ended, "t.valid_from < %s", on)
            if becomes is not None:
                _say(cursor, table, said, act, _from_the_day(becomes, on), "1 = 1", on, whole=True)
        cursor.execute("DROP TABLE many_turning")
    return count


def _from_the_day(becomes: Mapping[str, str], on) -> dict[str, str]:
    """The later piece: it begins on the day, for the reason listed, unless it was to begin later anyway."""
    return {
        "valid_from": "CASE WHEN t.valid_from < %s THEN %s ELSE t.valid_from END",
        "begun_by_id": "CASE WHEN t.valid_from < %s THEN m.why ELSE t.begun_by_id END",
        **becomes,
    }


def _say(cursor, table, said, act, other: Mapping[str, str], where: str, on, *, whole=False) -> None:
    """Say what was retracted anew, with some columns other than they were."""
    quote = connection.ops.quote_name
    told = [other.get(column, f"t.{quote(column)}") for column in said]
    if connection.vendor == "postgresql":
        told = [one.replace("%s", "%s::date") for one in told]
    marks = sum(one.count("%s") for one in told)
    names = ", ".join(quote(column) for column in said)
    cursor.execute(
        f"INSERT INTO {table} ({names}, recorded) SELECT {', '.join(told)}, %s"  # noqa: S608
        f" FROM {table} t JOIN many_turning m ON m.id = t.id WHERE {where} ORDER BY t.id",
        [*[on] * marks, act.moment, *([] if whole else [on])],
    )
