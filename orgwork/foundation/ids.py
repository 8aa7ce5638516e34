"""Where identity numbers begin: this room is for the installation's block of ids.

Every bigint id starts at installation × 2⁴⁰, so that provinces and a national copy can live side by side
(8,192 installations stay below 2⁵³, which every reader of JSON can hold).
"""

from collections.abc import Iterable

from django.conf import settings
from django.db import connections, transaction

from orgwork.foundation import words
from orgwork.foundation.constraints import restore_guards


def start_of_block() -> int:
    """The number below the first id of this installation."""
    return settings.ORGWORK_INSTALLATION << 40


def start_ids(connection, tables: Iterable[str]) -> list[str]:
    """Let the ids of these tables begin in the installation's block; returns the tables that were moved.

    A table that is already beyond stays as it is. Tables without a bigint of their own are passed over.
    """
    tables = list(tables)
    if not tables:
        return []
    start = _start_on_sqlite if connection.vendor == "sqlite" else _start_on_postgresql
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        return start(cursor, tables, start_of_block())


def after_migrate(sender, using, **kwargs):
    """Handler of post_migrate: ids begin in their block, guards know every column, words find their rows."""
    if not sender.name.startswith("orgwork."):
        return
    start_ids(connections[using], tables_of(sender))
    restore_guards(using=using, app_configs=[sender])
    words.install(using=using, app_label=sender.label)


def tables_of(app_config) -> list[str]:
    """The tables of an app whose ids the database draws."""
    return [
        model._meta.db_table
        for model in app_config.get_models(include_auto_created=True)
        if model._meta.managed and model._meta.pk.get_internal_type() == "BigAutoField"
    ]


def _start_on_sqlite(cursor, tables, start):
    cursor.execute("SELECT name FROM sqlite_master WHERE name = 'sqlite_sequence'")
    if cursor.fetchone() is None:
        return []
    cursor.execute("SELECT name, seq FROM sqlite_sequence")
    present = dict(cursor.fetchall())
    cursor.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%AUTOINCREMENT%'", None)
    counted = {row[0] for row in cursor.fetchall()}
    moved = [table for table in tables if table in counted and present.get(table, 0) < start]
    for table in moved:
        if table in present:
            cursor.execute("UPDATE sqlite_sequence SET seq = %s WHERE name = %s", [start, table])
        else:
            cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, start])
    return moved


def _start_on_postgresql(cursor, tables, start):
    """START as well as the value itself: TRUNCATE … RESTART IDENTITY goes back to START."""
    cursor.execute(
        """
        SELECT owner.relname, counter.oid::regclass::text, pg_sequence_last_value(counter.oid), seqstart
        FROM pg_class owner
        JOIN pg_depend ON refobjid = owner.oid AND classid = 'pg_class'::regclass AND deptype IN ('a', 'i')
        JOIN pg_class counter ON counter.oid = objid AND counter.relkind = 'S'
        JOIN pg_sequence ON seqrelid = counter.oid AND seqtypid = 'bigint'::regtype
        WHERE owner.relname = ANY(%s) AND pg_table_is_visible(owner.oid)
        """,
        [tables],
    )
    moved = []
    for table, sequence, last, first in cursor.fetchall():
        if first <= start:
            cursor.execute(f"ALTER SEQUENCE {sequence} START WITH {start + 1}")
        if (last or 0) < start:
            cursor.execute("SELECT setval(%s::regclass, %s)", [sequence, start])
            moved.append(table)
    return moved
