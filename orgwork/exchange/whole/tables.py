"""This room is for all tables together: their order, what they hold, and the numbers that come next.

Whoever calls has routed the usual connection to the database that is meant.
"""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db import connection, models
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from django.utils.translation import gettext_lazy as _

from orgwork.foundation import moments
from orgwork.foundation.refusals import Refusal

#: Not counted: each database's own bookkeeping, which copying itself adds to.
OWN = {"orgwork_guard", "django_migrations", "foundation_counter"}
#: Numbers that are not a table's: drawn by sequences on PostgreSQL, kept in rows on SQLite.
MOMENT, SPELL = "moment", "spell"


def in_order() -> list[type[models.Model]]:
    """Every table, each after those it refers to; circles are left to constraints that wait."""
    wanted = [m for m in apps.get_models(include_auto_created=True) if m._meta.managed and not m._meta.proxy]
    wanted.sort(key=lambda model: model._meta.label)
    found: list[type[models.Model]] = []
    under_way: set[type[models.Model]] = set()

    def visit(model: type[models.Model]) -> None:
        if model in under_way:
            return
        under_way.add(model)
        for field in model._meta.concrete_fields:
            target: Any = field.remote_field and field.related_model
            if target and target is not model and target in wanted:
                visit(target)
        found.append(model)

    for model in wanted:
        visit(model)
    return found


def counted() -> dict[str, int]:
    """Rows of every table there is, whatever version it is of."""
    with connection.cursor() as cursor:
        names = set(connection.introspection.table_names(cursor)) - OWN
        # SQLite's statistics are its own bookkeeping, too: analysing anew changes their rows.
        names = {name for name in names if not name.startswith("sqlite_")}
        counts = {}
        for name in sorted(names):
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(name)}")  # noqa: S608
            counts[name] = cursor.fetchone()[0]
    return counts


def is_empty() -> bool:
    """Whether nothing has been recorded here: no tables, or none with anything that matters."""
    counts = counted()
    return not any(
        counts.get(name)
        for name in ("foundation_moment", "foundation_account", "registers_unit", "registers_person")
    )


def applied() -> list[str]:
    """The migrations that this database has been through."""
    return sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations())


def missing() -> list[str]:
    """The migrations that are still to come."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{one.app_label}.{one.name}" for one, _backwards in plan]


def known_here() -> set[str]:
    """The migrations that this version of the program knows, replaced ones included."""
    loader = MigrationExecutor(connection).loader
    return {f"{app}.{name}" for app, name in loader.disk_migrations}


# -- numbers that come next


def numbers() -> dict[str, int]:
    """The last number drawn, by table, and of moments and spells."""
    return _numbers_sqlite() if connection.vendor == "sqlite" else _numbers_postgresql()


def set_numbers(last: dict[str, int]) -> None:
    """Go on after these numbers: one that was given away is never given again, deleted or not."""
    last = dict(last)
    moment, spell = last.pop(MOMENT), last.pop(SPELL)
    if connection.vendor == "sqlite":
        _set_sqlite(last, moment, spell)
    else:
        _set_postgresql(last, moment, spell)


def _numbers_sqlite() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, seq FROM sqlite_sequence")
        found = dict(cursor.fetchall())
        cursor.execute("SELECT coalesce(max(id), 0) FROM foundation_moment WHERE id > %s", [moments.base()])
        found[MOMENT] = max(0, cursor.fetchone()[0] - moments.base())
        cursor.execute("SELECT coalesce(max(last), 0) FROM foundation_counter WHERE name = 'spell'")
        found[SPELL] = cursor.fetchone()[0]
    return found


_SEQUENCES = """
    SELECT owner.relname, counter.oid::regclass::text, coalesce(pg_sequence_last_value(counter.oid), 0)
    FROM pg_class owner
    JOIN pg_depend ON refobjid = owner.oid AND classid = 'pg_class'::regclass AND deptype IN ('a', 'i')
    JOIN pg_class counter ON counter.oid = objid AND counter.relkind = 'S'
    WHERE pg_table_is_visible(owner.oid)
"""


def _numbers_postgresql() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(_SEQUENCES)
        found = {table: last for table, _sequence, last in cursor.fetchall()}
        for key, sequence in ((MOMENT, "orgwork_moment"), (SPELL, "orgwork_spell")):
            cursor.execute("SELECT coalesce(pg_sequence_last_value(%s::regclass), 0)", [sequence])
            found[key] = cursor.fetchone()[0]
    return found


def _set_sqlite(last: dict[str, int], moment: int, spell: int) -> None:
    with connection.cursor() as cursor:
        for table, number in last.items():
            cursor.execute("UPDATE sqlite_sequence SET seq = max(seq, %s) WHERE name = %s", [number, table])
            if not cursor.rowcount and number:
                cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, number])
        cursor.execute(
            "INSERT INTO foundation_counter (name, last) VALUES ('spell', %s)"
            " ON CONFLICT (name) DO UPDATE SET last = excluded.last",
            [spell],
        )
        newest = moments.Moment.objects.order_by("-pk").first()
        if newest and newest.pk < moments.base() + moment:
            # Numbers drawn and rolled back leave no row, yet answers may be frozen above them: here, where
            # the next number follows the last row, a row must say how far they had come.
            moments.Moment.objects.create(pk=moments.base() + moment, at=newest.at, door="copy")


def _set_postgresql(last: dict[str, int], moment: int, spell: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_SEQUENCES)
        for table, sequence, now in cursor.fetchall():
            if (number := last.get(table, 0)) > now:
                cursor.execute("SELECT setval(%s::regclass, %s)", [sequence, number])
        for sequence, number in (("orgwork_moment", moment), ("orgwork_spell", spell)):
            if number:
                cursor.execute("SELECT setval(%s::regclass, %s)", [sequence, number])
        cursor.execute(
            "SELECT setval('orgwork_clock', (extract(epoch FROM max(at)) * 1000000)::bigint)"
            " FROM foundation_moment HAVING max(at) IS NOT NULL"
        )


def refuse_other_version(migrations: list[str]) -> None:
    """What a newer version has written cannot be read by an older one."""
    if unknown := sorted(set(migrations) - known_here()):
        raise Refusal(
            _("This was written by a newer version of Orgwork (it knows %(migration)s).")
            % {"migration": unknown[-1]},
            code="newer_version",
            hint=_("Install that version, or a newer one, and try again."),
        )
