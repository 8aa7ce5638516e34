"""Promises the database itself keeps: this room is for constraints that Django does not bring along.

Two of them, the same on SQLite and PostgreSQL: `NoOverlap` (no two periods of one key overlap) and
`AppendOnly` (what is recorded is neither edited nor deleted). `guards_lifted` is the one switch that
puts `AppendOnly` aside, for erasure, data migrations and the flush between tests.
"""

import datetime as dt
import logging
import re
import time
from contextlib import contextmanager

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS, connections, models, transaction
from django.db.backends.ddl_references import Statement, Table
from django.db.models import Q
from django.db.models.sql.query import Query
from django.db.utils import IntegrityError
from django.utils.translation import gettext_lazy as _

from orgwork.foundation import wording

log = logging.getLogger(__name__)

HELD_TRUE = Q(retracted__isnull=True)
REFUSAL = "what has been recorded is neither edited nor deleted; record a correction."
GUARD_TABLE = "orgwork_guard"  # SQLite only; unmanaged, so that no flush and no model touches it


class NoOverlap(models.BaseConstraint):
    """No two rows with equal `fields` (and meeting `condition`) have a day in common.

    PostgreSQL keeps it with an exclusion constraint, SQLite with two triggers and an index. Periods are
    half-open and an empty end is open; an empty period overlaps nothing, and neither does an empty key.
    """

    default_violation_error_message = _(
        "This period overlaps another one for the same %(fields)s: %(period)s."
        " Close that one first, or choose other days."
    )
    violation_error_code = "overlap"

    def __init__(
        self,
        *,
        name,
        fields=("person",),
        condition=HELD_TRUE,
        start="valid_from",
        end="valid_to",
        violation_error_code=None,
        violation_error_message=None,
    ):
        if not fields:
            raise ValueError("NoOverlap needs at least one field: whose periods may not overlap?")
        if condition is not None and not isinstance(condition, Q):
            raise ValueError("NoOverlap.condition must be a Q instance or None.")
        self.fields = tuple(fields)
        self.condition = condition
        self.start = start
        self.end = end
        super().__init__(
            name=name,
            violation_error_code=violation_error_code,
            violation_error_message=violation_error_message,
        )

    def constraint_sql(self, model, schema_editor):
        if schema_editor.connection.vendor == "sqlite":
            schema_editor.deferred_sql.extend(self._sqlite_statements(model, schema_editor))
            return None
        _have_btree_gist(schema_editor)
        return self._exclusion(model, schema_editor)

    def create_sql(self, model, schema_editor):
        if schema_editor.connection.vendor == "sqlite":
            # Only reached through Django's deferral inside table_sql: a table that exists is remade instead.
            *rest, last = self._sqlite_statements(model, schema_editor)
            schema_editor.deferred_sql.extend(rest)
            return last
        _have_btree_gist(schema_editor)
        return Statement(
            "ALTER TABLE %(table)s ADD %(exclusion)s",
            table=Table(model._meta.db_table, schema_editor.quote_name),
            exclusion=self._exclusion(model, schema_editor),
        )

    def remove_sql(self, model, schema_editor):
        return Statement(
            "ALTER TABLE %(table)s DROP CONSTRAINT %(name)s",
            table=Table(model._meta.db_table, schema_editor.quote_name),
            name=schema_editor.quote_name(self.name),
        )

    def validate(self, model, instance, exclude=None, using=DEFAULT_DB_ALIAS):
        named = {*self.fields, self.start, self.end}
        if exclude and named & set(exclude):
            return
        key = {name: getattr(instance, model._meta.get_field(name).attname) for name in self.fields}
        begin, end = getattr(instance, self.start), getattr(instance, self.end)
        if begin is None or None in key.values() or (end is not None and end <= begin):
            return
        if not self._applies_to(model, instance, exclude, using):
            return
        other = self._overlapping(model, key, begin, end, using).exclude(pk=instance.pk).first()
        if other is not None:
            raise ValidationError(self._sentence(model, other), code=self.violation_error_code)

    def deconstruct(self):
        path, args, kwargs = super().deconstruct()
        kwargs["fields"] = self.fields
        kwargs["condition"] = self.condition
        if self.start != "valid_from":
            kwargs["start"] = self.start
        if self.end != "valid_to":
            kwargs["end"] = self.end
        if kwargs.get("violation_error_code") == type(self).violation_error_code:
            del kwargs["violation_error_code"]
        return path, args, kwargs

    def __eq__(self, other):
        if not isinstance(other, NoOverlap):
            return NotImplemented
        return self.deconstruct() == other.deconstruct()

    def __hash__(self):
        return hash((self.name, self.fields))

    def __repr__(self):
        return f"<NoOverlap: fields={self.fields!r} condition={self.condition} name={self.name!r}>"

    def _check(self, model, connection):
        return model._check_local_fields({*self.fields, self.start, self.end}, "constraints")

    # -- PostgreSQL

    def _exclusion(self, model, editor):
        columns = ", ".join(f"{column} WITH =" for column in self._columns(model, editor))
        start, end = self._bounds(model, editor)
        where = "" if self.condition is None else f" WHERE ({_compiled(self.condition, model, editor)})"
        return (
            f"CONSTRAINT {editor.quote_name(self.name)} EXCLUDE USING gist"
            f" ({columns}, daterange({start}, {end}, '[)') WITH &&){where}"
        )

    # -- SQLite

    def _sqlite_statements(self, model, editor):
        """The index and the two triggers, as statements that follow the table through its renaming.

        AFTER INSERT and plain AFTER UPDATE: `UPDATE OF key, days` would miss a row that comes back under
        the condition. They name no more columns than they must, since a named column cannot be dropped.
        """
        table = Table(model._meta.db_table, editor.quote_name)
        start, end = self._bounds(model, editor)
        parts = {
            "table": table,
            "columns": ", ".join(self._columns(model, editor)),
            "start": start,
            "where": "" if self.condition is None else f" WHERE {_compiled(self.condition, model, editor)}",
            "meets": self._condition_of("NEW", model, editor),
            "lasts": f"(NEW.{end} IS NULL OR NEW.{end} > NEW.{start})",
            "same": " AND ".join(f"other.{c} = NEW.{c}" for c in self._columns(model, editor)),
            "other_meets": self._condition_of("other", model, editor),
            "clash": (
                f"(other.{end} IS NULL OR (other.{end} > NEW.{start} AND other.{end} > other.{start}))"
                f" AND (NEW.{end} IS NULL OR other.{start} < NEW.{end})"
            ),
            "message": editor.quote_value(f"no_overlap {self.name}: this period overlaps another one."),
        }
        index = "CREATE INDEX IF NOT EXISTS %(index)s ON %(table)s (%(columns)s, %(start)s)%(where)s"
        trigger = (
            "CREATE TRIGGER %(trigger)s AFTER %(event)s ON %(table)s WHEN %(meets)s AND %(lasts)s BEGIN"
            " SELECT RAISE(ABORT, %(message)s) WHERE EXISTS (SELECT 1 FROM %(table)s AS other"
            " WHERE %(same)s AND other.rowid <> NEW.rowid AND %(other_meets)s AND %(clash)s); END"
        )
        return [
            Statement(index, index=editor.quote_name(f"{self.name}_index"), **parts),
            *(
                Statement(
                    trigger, trigger=editor.quote_name(f"{self.name}_{event.lower()}"), event=event, **parts
                )
                for event in ("INSERT", "UPDATE")
            ),
        ]

    def _condition_of(self, alias, model, editor):
        if self.condition is None:
            return "1"
        return f"({_compiled(self.condition, model, editor, alias=alias)})"

    # -- both

    def _columns(self, model, editor):
        return [editor.quote_name(model._meta.get_field(name).column) for name in self.fields]

    def _bounds(self, model, editor):
        return [editor.quote_name(model._meta.get_field(name).column) for name in (self.start, self.end)]

    def _applies_to(self, model, instance, exclude, using):
        if self.condition is None:
            return True
        against = instance._get_field_expression_map(meta=model._meta, exclude=exclude)
        return self.condition.check(against, using=using)

    def _overlapping(self, model, key, begin, end, using):
        rows = model._base_manager.using(using).filter(**key)
        if self.condition is not None:
            rows = rows.filter(self.condition)
        rows = rows.filter(Q(**{f"{self.end}__isnull": True}) | Q(**{f"{self.end}__gt": begin}))
        rows = rows.exclude(**{f"{self.end}__lte": models.F(self.start)})
        return rows if end is None else rows.filter(**{f"{self.start}__lt": end})

    def _sentence(self, model, other):
        words = [str(model._meta.get_field(name).verbose_name) for name in self.fields]
        return str(self.violation_error_message) % {
            "name": self.name,
            "fields": ", ".join(words),
            "period": _period_in_words(getattr(other, self.start), getattr(other, self.end)),
        }


class AppendOnly(models.BaseConstraint):
    """Rows are written once. Only the columns in `allow` may be filled in later, each once, and stay.

    Triggers on both engines refuse every other UPDATE and every DELETE (and TRUNCATE). On SQLite an
    UPDATE that *names* another column is refused even if it changes nothing, so that the trigger survives
    a dropped column: save with `update_fields`. `restore_guards` adds columns that came without a remake.
    """

    default_violation_error_message = _(
        "What has been recorded is neither edited nor deleted; record a correction instead."
    )
    violation_error_code = "append_only"

    def __init__(
        self, *, name, allow=("retracted",), violation_error_code=None, violation_error_message=None
    ):
        self.allow = tuple(allow)
        super().__init__(
            name=name,
            violation_error_code=violation_error_code,
            violation_error_message=violation_error_message,
        )

    def constraint_sql(self, model, schema_editor):
        schema_editor.deferred_sql.extend(self._statements(model, schema_editor))
        return None

    def create_sql(self, model, schema_editor):
        *rest, last = self._statements(model, schema_editor)
        for statement in rest:
            schema_editor.execute(statement, params=None)
        return last

    def remove_sql(self, model, schema_editor):
        *rest, last = [
            Statement(
                "DROP TRIGGER IF EXISTS %(trigger)s ON %(table)s",
                trigger=schema_editor.quote_name(trigger),
                table=Table(model._meta.db_table, schema_editor.quote_name),
            )
            for trigger in (f"{self.name}_row", f"{self.name}_truncate")
        ]
        for statement in rest:
            schema_editor.execute(statement, params=None)
        return last

    def validate(self, model, instance, exclude=None, using=DEFAULT_DB_ALIAS):
        """Nothing to look at in a form: a row that is already there is refused by the database."""

    def deconstruct(self):
        path, args, kwargs = super().deconstruct()
        kwargs["allow"] = self.allow
        if kwargs.get("violation_error_code") == type(self).violation_error_code:
            del kwargs["violation_error_code"]
        return path, args, kwargs

    def __eq__(self, other):
        if not isinstance(other, AppendOnly):
            return NotImplemented
        return self.deconstruct() == other.deconstruct()

    def __hash__(self):
        return hash((self.name, self.allow))

    def __repr__(self):
        return f"<AppendOnly: allow={self.allow!r} name={self.name!r}>"

    def _check(self, model, connection):
        return model._check_local_fields(set(self.allow), "constraints")

    def _statements(self, model, editor):
        if editor.connection.vendor == "sqlite":
            return self._sqlite_statements(model, editor)
        return self._postgresql_statements(model, editor)

    def _allowed_columns(self, model):
        return [model._meta.get_field(name).column for name in self.allow]

    # -- PostgreSQL

    def _postgresql_statements(self, model, editor):
        """One function for every set of allowed columns, two triggers for every table.

        The function compares whole rows, so it needs no care when columns come and go.
        """
        allowed = self._allowed_columns(model)
        table = Table(model._meta.db_table, editor.quote_name)
        function = editor.quote_name("_".join(["orgwork_append_only", *allowed])[:63])
        switched_on = "current_setting('orgwork.guard', true) IS DISTINCT FROM 'off'"
        trigger = (
            "CREATE TRIGGER %(trigger)s BEFORE %(event)s ON %(table)s %(each)s"
            " WHEN (%(on)s) EXECUTE FUNCTION %(function)s()"
        )
        row, truncate = (
            Statement(
                trigger,
                trigger=editor.quote_name(f"{self.name}_{suffix}"),
                event=event,
                table=table,
                each=each,
                on=switched_on,
                function=function,
            )
            for suffix, event, each in (
                ("row", "UPDATE OR DELETE", "FOR EACH ROW"),
                ("truncate", "TRUNCATE", "FOR EACH STATEMENT"),
            )
        )
        return [_guard_function(function, [editor.quote_name(c) for c in allowed]), row, truncate]

    # -- SQLite

    def _sqlite_statements(self, model, editor):
        table = Table(model._meta.db_table, editor.quote_name)
        allowed = self._allowed_columns(model)
        fixed = [f.column for f in model._meta.local_concrete_fields if f.column not in allowed]
        switched_on = f"NOT EXISTS (SELECT 1 FROM {editor.quote_name(GUARD_TABLE)})"  # noqa: S608
        events = [
            ("edit", f"UPDATE OF {', '.join(map(editor.quote_name, fixed))}", ""),
            ("delete", "DELETE", ""),
        ]
        for column in map(editor.quote_name, allowed):
            lost = f"OLD.{column} IS NOT NULL AND OLD.{column} IS NOT NEW.{column} AND "
            events.append((column.strip('"'), f"UPDATE OF {column}", lost))
        message = f"append_only {self.name}: {REFUSAL}"
        return [
            editor.quote_name(GUARD_TABLE).join(["CREATE TABLE IF NOT EXISTS ", " (reason text NOT NULL)"]),
            *(
                Statement(
                    "CREATE TRIGGER %(trigger)s BEFORE %(event)s ON %(table)s WHEN %(when)s%(on)s"
                    " BEGIN SELECT RAISE(ABORT, %(message)s); END",
                    trigger=editor.quote_name(f"{self.name}_{suffix}"),
                    event=event,
                    table=table,
                    when=when,
                    on=switched_on,
                    message=editor.quote_value(message),
                )
                for suffix, event, when in events
            ),
        ]


@contextmanager
def guards_lifted(reason, *, using=DEFAULT_DB_ALIAS):
    """Put every `AppendOnly` aside for one transaction, for a reason that is written to the log.

    Holds for this connection and transaction only: PostgreSQL by a setting local to the transaction,
    SQLite by a row nobody else can see before it is taken away again. An error takes it back, too.
    """
    if not reason:
        raise ValueError("Say why the guards are lifted.")
    connection = connections[using]
    log.info("append-only guards lifted: %s", reason)
    switch = _lifted_on_sqlite if connection.vendor == "sqlite" else _lifted_on_postgresql
    with transaction.atomic(using=using), connection.cursor() as cursor, switch(cursor, reason):
        yield
        _note_edit(cursor)


def _note_edit(cursor):
    """Rows were edited in place: numbers counted before and kept are told by a time that differs."""
    cursor.execute(
        "INSERT INTO foundation_counter (name, last) VALUES ('edited', %s)"
        " ON CONFLICT (name) DO UPDATE SET last = excluded.last",
        [time.time_ns()],
    )


@contextmanager
def _lifted_on_sqlite(cursor, reason):
    cursor.execute(f'CREATE TABLE IF NOT EXISTS "{GUARD_TABLE}" (reason text NOT NULL)')
    cursor.execute(f'INSERT INTO "{GUARD_TABLE}" (reason) VALUES (%s)', [reason])  # noqa: S608
    row = cursor.lastrowid
    yield
    cursor.execute(f'DELETE FROM "{GUARD_TABLE}" WHERE rowid = %s', [row])  # noqa: S608


@contextmanager
def _lifted_on_postgresql(cursor, reason):
    cursor.execute("SELECT coalesce(current_setting('orgwork.guard', true), '')")
    (before,) = cursor.fetchone()
    cursor.execute("SELECT set_config('orgwork.guard', 'off', true)")
    yield
    cursor.execute("SELECT set_config('orgwork.guard', %s, true)", [before])


def restore_guards(*, using=DEFAULT_DB_ALIAS, app_configs=None):
    """Bring the triggers on SQLite up to the columns of today; returns the names of those made anew.

    Django adds a nullable column there without remaking the table, and the trigger that lists the fixed
    columns does not learn of it. Runs after every migrate, and does nothing on PostgreSQL.
    """
    connection = connections[using]
    if connection.vendor != "sqlite":
        return []
    made = []
    with transaction.atomic(using=using), connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type IN ('table', 'trigger')")
        present = dict(cursor.fetchall())
        for model, constraint in _append_only_models(app_configs):
            if model._meta.db_table in present:
                made.extend(_restore_guard(connection, cursor, present, model, constraint))
    return made


def _append_only_models(app_configs):
    for config in app_configs or apps.get_app_configs():
        for model in config.get_models(include_auto_created=True):
            for constraint in model._meta.constraints:
                if isinstance(constraint, AppendOnly):
                    yield model, constraint


def _restore_guard(connection, cursor, present, model, constraint):
    editor = connection.SchemaEditorClass(connection, collect_sql=True)
    for statement in map(str, constraint._sqlite_statements(model, editor)):
        match = re.match(r'CREATE TRIGGER "([^"]+)"', statement)
        if match and present.get(match[1]) != statement:
            cursor.execute(f'DROP TRIGGER IF EXISTS "{match[1]}"')
            cursor.execute(statement)
            yield match[1]


def violated(error):
    """The name of the constraint an IntegrityError is about, on either engine; None if it does not say."""
    if not isinstance(error, IntegrityError):
        return None
    diag = getattr(error.__cause__, "diag", None)
    if diag is not None:
        return diag.constraint_name
    match = re.match(r"(?:no_overlap|append_only) (\w+):", str(error))
    return match and match[1]


def _guard_function(function, allowed):
    """Whole rows are compared by image (`*<>`), which costs less than by value and suits every type."""
    lost = " OR ".join(f"(OLD.{c} IS NOT NULL AND NEW.{c} IS DISTINCT FROM OLD.{c})" for c in allowed)
    unchanged = " ".join(f"probe.{c} := OLD.{c};" for c in allowed)
    refuse_lost = f"IF {lost} THEN refused := true; END IF;" if allowed else ""
    return f"""CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $guard$
DECLARE
    probe record;
    refused boolean := false;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        {refuse_lost}
        probe := NEW;
        {unchanged}
        IF NOT refused AND NOT (probe *<> OLD) THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'append_only %: {REFUSAL}', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME,
            CONSTRAINT = regexp_replace(TG_NAME, '_(row|truncate)$', '');
END
$guard$"""


def _have_btree_gist(editor):
    editor.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")


def _compiled(condition, model, editor, *, alias=None):
    """A Q as SQL with its values written in, its columns bare or under `alias`."""
    query = Query(model=model, alias_cols=alias is not None)
    where = query.build_where(condition)
    if alias is not None:
        where.relabel_aliases({query.get_initial_alias(): alias})
    sql, params = where.as_sql(query.get_compiler(connection=editor.connection), editor.connection)
    return sql % tuple(editor.quote_value(value) for value in params)


def _period_in_words(begin, end):
    """A half-open period as people say it: with the last day it includes."""
    first = wording.day(begin)
    if end is None:
        return _("since %(first)s") % {"first": first}
    last = wording.day(end - dt.timedelta(days=1))
    return _("%(first)s to %(last)s") % {"first": first, "last": last}
