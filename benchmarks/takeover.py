"""This room is for the take-over of a whole register, everything journalled and sealed.

The baseline writes the same rows into the same tables, with the same constraints, indexes and guards, by
plain SQL from tuples that lie ready: executemany on SQLite, COPY on PostgreSQL. It salts, digests, orders,
spells and checks nothing. It comes second, into the emptied tables.
"""

import gc

from django.apps import apps
from django.db import connection, transaction

from benchmarks.measure import result, stopwatch
from orgwork.exchange.demo import build
from orgwork.exchange.demo.story import SEED, story
from orgwork.foundation import journal

#: Above so many people the baseline is left out: its rows would not fit beside the take-over's.
MOST_FOR_BASELINE = 300_000


def measure(*, people, bodies):
    with stopwatch() as thinking:
        told = story(members=people, bodies=bodies, seed=SEED)
    with stopwatch() as writing, build.no_collector(), build.whole():
        accounts, _passwords = build.make_accounts(told, "")
        registers = build.write(told, accounts, lambda *parts: None)
        build.link_accounts(registers, accounts)
    with stopwatch() as sealing:
        entries = journal.seal()
    took, rows = writing() + sealing(), counted()
    members = len(told.lives.members)
    del told, accounts, registers
    gc.collect()
    yield result(f"the story of {members:,} members thought out", thinking(), "s")
    yield result(f"{entries:,} entries sealed", sealing(), "s")
    what = f"take-over of {members:,} members ({rows:,} rows), sealed"
    if members > MOST_FOR_BASELINE:
        yield result(what, took, "s")
        return
    yield result(what, took, "s", baseline=written_bare(), against="the same rows by plain SQL")


OURS = {"foundation", "registers", "procedures", "planning", "insight"}


def tables():
    models = apps.get_models(include_auto_created=True)
    return [m for m in models if m._meta.managed and m._meta.app_label in OURS]


def counted():
    with connection.cursor() as cursor:
        total = 0
        for model in tables():
            cursor.execute(f"SELECT count(*) FROM {model._meta.db_table}")
            total += cursor.fetchone()[0]
    return total


def written_bare() -> float:
    """Seconds for the bare rows, the commit included."""
    kept = keep()
    build.empty()
    waiting = 0.0
    with stopwatch() as whole, transaction.atomic(), connection.cursor() as cursor:
        for table, columns in kept:
            with stopwatch() as reading:
                cursor.execute(f"SELECT * FROM kept_{table}")
                rows = ready(cursor.fetchall())
            waiting += reading()
            copy_in(cursor, table, columns, rows)
    with connection.cursor() as cursor:
        for table, _columns in kept:
            cursor.execute(f"DROP TABLE kept_{table}")
    return whole() - waiting


def keep():
    """Copies of the tables without constraint or index: [(table, columns)]."""
    kept = []
    with connection.cursor() as cursor:
        for model in tables():
            table = model._meta.db_table
            cursor.execute(f"CREATE TABLE kept_{table} AS SELECT * FROM {table}")
            columns = [
                column.name for column in connection.introspection.get_table_description(cursor, table)
            ]
            kept.append((table, columns))
    return kept


def copy_in(cursor, table, columns, rows):
    names = ", ".join(f'"{column}"' for column in columns)
    if connection.vendor == "sqlite":
        marks = ", ".join("?" * len(columns))
        cursor.cursor.connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)
        return
    with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def ready(rows):
    """As the engine takes them: SQLite's days and times as text."""
    if connection.vendor != "sqlite":
        return rows
    return [tuple(value if plain(value) else str(value) for value in row) for row in rows]


def plain(value):
    return value is None or isinstance(value, int | str | bytes | float)
