"""This room is for rehearsal on a copy: whole plans and take-overs run on a copy of the register, with the
real functions, while everybody else goes on working.

``with on_a_copy():`` copies the register (SQLite's backup; on PostgreSQL a template when nobody is connected,
else dump and restore), and sends everything that this thread asks of the database to the copy. Nothing gets
out: mail, files and jobs are switched off, nothing is sealed, caches forget, and identity numbers drawn
inside begin far above the real ones, so that a number born there never means somebody else here. The copy is
removed at the end; what a killed process left behind is swept by the next.

``rehearse(work, measure=…)`` runs a function so and brings back what it returned with what ``measure`` said
before and after.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from django.apps import apps
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.utils.translation import gettext_lazy as _

from . import engines
from .ids import tables_of
from .refusals import Refusal
from .rehearsal import switched_off

T = TypeVar("T")
M = TypeVar("M")

#: Class of the advisory locks by which a living process holds its copy on PostgreSQL.
OWNED = 81
#: Numbers drawn on a copy begin so far above the real ones: half of an installation's block.
FAR = 1 << 39
#: A database up to this size is copied as a template (about a second, in which nobody can connect anew).
TEMPLATE_UP_TO = 256 << 20
#: In the name of a database: what it was made for.
COPY, RESTORED = "_copy_", "_restored_"

#: The usual connection while this thread works on a copy.
_usual: ContextVar[Any] = ContextVar("orgwork_usual_connection", default=None)


@dataclass(frozen=True)
class Rehearsed(Generic[T, M]):
    """What a rehearsal on a copy brings back: plain values, for the rows it speaks of are gone."""

    result: T
    before: M | None
    after: M | None
    #: How long the copy took to make, and the work on it.
    copying: float
    working: float


def rehearse(
    work: Callable[..., T], *args: Any, measure: Callable[[], M] | None = None, **kwargs: Any
) -> Rehearsed[T, M]:
    """Run ``work`` on a copy. ``measure`` is asked on the copy before and after: trees, counts, what hangs.

    Hand over numbers and codes, not rows read before: they know the wrong database. What comes back names
    subjects by code or sheet row. A refusal inside comes out as it is.
    """
    began = time.perf_counter()
    with on_a_copy():
        copied = time.perf_counter()
        before = measure() if measure else None
        result = work(*args, **kwargs)
        after = measure() if measure else None
        return Rehearsed(result, before, after, copied - began, time.perf_counter() - copied)


@contextmanager
def on_a_copy() -> Iterator[None]:
    """Inside, this thread works on a copy of the register that nobody else sees."""
    if _usual.get() is not None:
        raise RuntimeError("A copy of a copy: this thread is rehearsing already.")
    if connection.in_atomic_block:
        raise RuntimeError("A rehearsal on a copy begins outside any transaction.")
    usual = connections[DEFAULT_DB_ALIAS]
    with ExitStack() as stack:
        name = stack.enter_context(_copied())
        wrapper = engines.wrapper_for(_described(name))
        stack.callback(wrapper.close)
        _wind_numbers(wrapper)
        token = _usual.set(usual)
        stack.callback(_usual.reset, token)
        stack.enter_context(switched_off())
        stack.enter_context(engines.routed(wrapper))
        yield


@contextmanager
def outside() -> Iterator[None]:
    """For a moment back at the real database, to say how far the rehearsal has come; nothing else."""
    usual = _usual.get()
    if usual is None:
        yield
        return
    with engines.routed(usual):
        yield


def scratch() -> Path:
    """Where copies stand: beside the data, readable by its owner only."""
    path = Path(settings.ORGWORK_HOME) / "scratch"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def sweep() -> list[str]:
    """Remove copies whose owner has died; returns their names."""
    found = _sweep_files()
    if connections[DEFAULT_DB_ALIAS].vendor == "postgresql":
        with engines.maintenance(_own_description()) as held:
            found += _sweep_databases(held)
    return found


# -- making and removing


@contextmanager
def _copied() -> Iterator[str]:
    made = _copied_file if connection.vendor == "sqlite" else _copied_database
    with made() as name:
        yield name


def _own_description() -> dict[str, Any]:
    return engines.described_as(connections[DEFAULT_DB_ALIAS].settings_dict["NAME"])


def _described(name: str) -> dict[str, Any]:
    """The copy as Django is told of it: on SQLite nothing is flushed, for nothing need survive."""
    described = engines.described_as(name)
    if connection.vendor == "sqlite":
        options = described["OPTIONS"]
        options["init_command"] = options.get("init_command", "") + "; PRAGMA synchronous=OFF"
    return described


@contextmanager
def _copied_file() -> Iterator[str]:
    _sweep_files()
    with owned_name("rehearsal-", ".sqlite3") as path:
        engines.copy_sqlite(connection.settings_dict["NAME"], path)
        yield str(path)


@contextmanager
def owned_name(prefix: str, suffix: str) -> Iterator[Path]:
    """A name in the scratch directory that is ours while we live: the system lets go of the lock when we die,
    and whoever sweeps next removes what stands under the name.
    """
    while True:
        stem = scratch() / f"{prefix}{secrets.token_hex(4)}{suffix}"
        held = os.open(f"{stem}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        if _locked(held) and _still(f"{stem}.lock", held):
            break
        os.close(held)
    try:
        yield stem
    finally:
        _remove(stem)
        os.close(held)


def _sweep_files() -> list[str]:
    swept = []
    for lock in scratch().glob("*.lock"):
        try:
            held = os.open(lock, os.O_RDWR)
        except FileNotFoundError:
            continue
        try:
            if _locked(held) and _still(str(lock), held):
                _remove(lock.with_suffix(""))
                swept.append(lock.stem)
        finally:
            os.close(held)
    return swept


def _locked(held: int) -> bool:
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _still(path: str, held: int) -> bool:
    """Whether the file we hold still stands under the name, and was not swept in between."""
    try:
        return os.stat(path).st_ino == os.fstat(held).st_ino
    except FileNotFoundError:
        return False


def _remove(stem: Path) -> None:
    if stem.is_dir():
        shutil.rmtree(stem, ignore_errors=True)
    else:
        engines.remove_sqlite(stem)
    Path(f"{stem}.lock").unlink(missing_ok=True)


@contextmanager
def _copied_database() -> Iterator[str]:
    main = _own_description()
    with engines.maintenance(main) as held:
        _sweep_databases(held)
        with owned_database(held, main["NAME"], COPY) as name:
            _fill(held, main, name)
            yield name


@contextmanager
def owned_database(held: engines.Plain, main: str, mark: str) -> Iterator[str]:
    """A name on the server that is ours while our session lives; the database under it goes with it."""
    token = secrets.randbits(31)
    name = f"{main[:40]}{mark}{token:08x}"
    held.execute("SELECT pg_advisory_lock(%s, %s)", [OWNED, token])
    try:
        yield name
    finally:
        if not held.closed:
            engines.drop_database(held, name)
            held.execute("SELECT pg_advisory_unlock(%s, %s)", [OWNED, token])


def _fill(held: engines.Plain, main: dict[str, Any], name: str) -> None:
    connections[DEFAULT_DB_ALIAS].close()
    if not _as_template(held, main["NAME"], name):
        engines.create_database(held, name, like=main["NAME"])
        with owned_name("rehearsal-", ".dump") as path:
            engines.dump(main, path, jobs=2)
            engines.load({**main, "NAME": name}, path)
        with engines.maintenance({**main, "NAME": name}, inside=True) as own:
            own.execute("ANALYZE")


def _as_template(held: engines.Plain, main: str, name: str) -> bool:
    """Quicker than dump and restore, but only where it makes nobody wait."""
    import psycopg

    (size,) = held.execute("SELECT pg_database_size(%s)", [main]).fetchone()
    if size > TEMPLATE_UP_TO or engines.connected(held, main):
        return False
    try:
        engines.create_database(held, name, like=main, whole=True)
    except psycopg.errors.ObjectInUse:
        return False  # somebody came in between
    return True


def _sweep_databases(held: engines.Plain) -> list[str]:
    main = connections[DEFAULT_DB_ALIAS].settings_dict["NAME"]
    swept = []
    made_by_us = f"^{re.escape(main[:40])}({COPY}|{RESTORED})[0-7][0-9a-f]{{7}}$"
    found = held.execute("SELECT datname FROM pg_database WHERE datname ~ %s", [made_by_us]).fetchall()
    for (name,) in found:
        key = int(name[-8:], 16)
        if held.execute("SELECT pg_try_advisory_lock(%s, %s)", [OWNED, key]).fetchone()[0]:
            engines.drop_database(held, name)
            held.execute("SELECT pg_advisory_unlock(%s, %s)", [OWNED, key])
            swept.append(name)
    return swept


# -- numbers


def _wind_numbers(wrapper: Any) -> None:
    """Ids and spells drawn on the copy lie far above the real ones: nobody takes one for the other."""
    tables = [name for config in apps.get_app_configs() for name in tables_of(config)]
    wind = _wind_sqlite if wrapper.vendor == "sqlite" else _wind_postgresql
    with wrapper.cursor() as cursor:
        wind(cursor, tables)


def _wind_sqlite(cursor: Any, tables: list[str]) -> None:
    marks = ", ".join(["%s"] * len(tables))
    cursor.execute(f"UPDATE sqlite_sequence SET seq = seq + {FAR} WHERE name IN ({marks})", tables)  # noqa: S608
    cursor.execute(f"UPDATE foundation_counter SET last = last + {FAR}")  # noqa: S608


def _wind_postgresql(cursor: Any, tables: list[str]) -> None:
    cursor.execute(
        """
        SELECT setval(counter.oid::regclass, coalesce(pg_sequence_last_value(counter.oid), seqstart) + %s)
        FROM pg_class owner
        JOIN pg_depend ON refobjid = owner.oid AND classid = 'pg_class'::regclass AND deptype IN ('a', 'i')
        JOIN pg_class counter ON counter.oid = objid AND counter.relkind = 'S'
        JOIN pg_sequence ON seqrelid = counter.oid AND seqtypid = 'bigint'::regtype
        WHERE owner.relname = ANY(%s) AND pg_table_is_visible(owner.oid)
        """,
        [FAR, tables],
    )
    cursor.execute(
        "SELECT setval('orgwork_spell', coalesce(pg_sequence_last_value('orgwork_spell'), 1) + %s)", [FAR]
    )


def refuse_while_rehearsing() -> None:
    """For what must never be asked inside a rehearsal: a backup, a copy, a restore."""
    if _usual.get() is not None:
        raise Refusal(_("This cannot be done inside a rehearsal."), code="rehearsing")
