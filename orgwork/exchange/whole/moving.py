"""This room is for moving the whole register to another database, of the same engine or the other.

The source is read as it stood at one moment, and goes on working. The target must be empty; everything is
written in one transaction, proved inside it, and only then committed: cut short at any point, the target is
empty still and the command is given again.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection, connections, models, transaction
from django.utils.translation import gettext as _

from orgwork.foundation import copies, engines
from orgwork.foundation.bulk import insert
from orgwork.foundation.constraints import guards_lifted
from orgwork.foundation.refusals import Refusal
from orgwork.registers.paper_search import written_in_bulk

from . import tables, witness

Tell = Callable[[str, int, int], None]
SOURCE = "source"
AT_ONCE = 5_000


def move(
    target: dict[str, Any], *, day: dt.date, tell: Tell = lambda _what, _done, _total: None
) -> dict[str, Any]:
    """Copy everything to the database described (as in Django's settings); returns rows, tables, seconds."""
    copies.refuse_while_rehearsing()
    _refuse_itself(target)
    began = time.perf_counter()
    wrapper = engines.wrapper_for(target)
    try:
        with source(day) as (said, last), engines.routed(wrapper):
            _prepare(target)
            with transaction.atomic(durable=True):
                fill(said, last, rows_of_source, tell)
    finally:
        wrapper.close()
        ContentType.objects.clear_cache()
    return {
        "tables": len(said["tables"]), "rows": sum(said["tables"].values()),
        "seconds": round(time.perf_counter() - began, 1), "figures": said.get("figures", {}),
    }  # fmt: skip


def fill(
    said: dict[str, Any], last: dict[str, int], rows_of: Callable, tell: Tell, *, only: set[str] | None = None
) -> None:
    """Write every table from ``rows_of(model, columns)``, prove that all is there, go on with the numbers.
    In the open transaction, which a difference undoes. ``only``: the other tables are left as they are.
    """
    counts, wanted = said["tables"], tables.in_order()
    if only is not None:
        wanted = [model for model in wanted if model._meta.db_table in only]
    total, done = sum(counts.values()), 0
    with guards_lifted("a whole register is copied into an empty database"), written_in_bulk():
        for model in reversed(wanted):
            model._base_manager.all()._raw_delete(connection.alias)
        for model in wanted:
            columns = [field.attname for field in model._meta.concrete_fields]
            tell(model._meta.db_table, done, total)
            insert(model, columns, rows_of(model, columns))
            done += counts.get(model._meta.db_table, 0)
    tell(_("proving that everything is there"), done, total)
    # Rows before the numbers, which an engine may keep in rows of its own; figures after them.
    _refuse(witness.differences({"tables": counts, "day": said["day"]}))
    tables.set_numbers(last)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    _refuse(witness.differences({**said, "tables": {}}))


def _refuse(differences: list[str]) -> None:
    if differences:
        raise Refusal(
            _("The two sides are not equal, so nothing was kept. %s") % " ".join(differences[:3]),
            code="not_equal",
        )


def _refuse_itself(target: dict[str, Any]) -> None:
    here = connection.settings_dict
    keys = ("ENGINE", "NAME") if connection.vendor == "sqlite" else ("ENGINE", "NAME", "HOST", "PORT")
    if all(str(here.get(key) or "") == str(target.get(key) or "") for key in keys):
        raise Refusal(_("This is the database that is in use; name another one."), code="itself", field="to")


@contextmanager
def source(day: dt.date) -> Iterator[tuple[dict[str, Any], dict[str, int]]]:
    """The source as it stands at one moment, under a name of its own; with its witness and numbers."""
    if tables.missing():
        raise Refusal(
            _("The tables are not up to date."), code="migrate_first", hint=_("Run “orgwork migrate” first.")
        )
    with ExitStack() as stack:
        if connection.vendor == "sqlite":
            path = stack.enter_context(copies.owned_name("copy-", ".sqlite3"))
            engines.copy_sqlite(connection.settings_dict["NAME"], path)
            described = engines.described_as(str(path))
        else:
            described = engines.described_as(connection.settings_dict["NAME"])
        wrapper = engines.wrapper_for(described, alias=SOURCE)
        stack.enter_context(engines.beside(wrapper))
        stack.enter_context(transaction.atomic(using=SOURCE))
        if wrapper.vendor == "postgresql":
            with wrapper.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        with _as_usual(wrapper):
            said, last = witness.take(day), tables.numbers()
        ours = {model._meta.db_table for model in tables.in_order()}
        said["tables"] = {name: count for name, count in said["tables"].items() if name in ours}
        yield said, last


@contextmanager
def _as_usual(wrapper: Any) -> Iterator[None]:
    """For a moment the source is the usual database."""
    alias = wrapper.alias
    wrapper.alias = "default"
    try:
        with engines.routed(wrapper):
            yield
    finally:
        wrapper.alias = alias


def reading_source() -> Any:
    """Inside ``source``: whatever is asked of the usual database is answered by it."""
    return _as_usual(connections[SOURCE])


def rows_of_source(model: type[models.Model], columns: list[str]) -> Iterator[tuple]:
    rows = model._base_manager.using(SOURCE).order_by("pk").values_list(*columns)
    return rows.iterator(chunk_size=AT_ONCE)


def _prepare(target: dict[str, Any]) -> None:
    """Its tables, in the version of ours; a database that holds anything is left alone."""
    connection.ensure_connection()
    if not tables.is_empty():
        raise Refusal(
            _("The other database is not empty; nothing was written. Name an empty one."),
            code="not_empty",
            field="to",
        )
    tables.refuse_other_version(tables.applied())
    call_command("migrate", verbosity=0, interactive=False, run_syncdb=True)
