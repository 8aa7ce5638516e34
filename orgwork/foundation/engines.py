"""This room is for databases as wholes: another connection in the place of the usual one, a consistent copy
of everything, and PostgreSQL's own programs.

Nothing here reads a row. Copies are taken while others write, and make nobody wait.
"""

from __future__ import annotations

import copy
import glob
import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.cache import caches
from django.core.cache.backends.dummy import DummyCache
from django.db import DEFAULT_DB_ALIAS, OperationalError, connections
from django.db.utils import load_backend
from django.utils.translation import gettext_lazy as _

from .refusals import Refusal

#: Where PostgreSQL's programs stand when they are not on the path; the newest is taken.
PROGRAMS = (
    "/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/libexec/postgresql*",
    "/opt/homebrew/opt/postgresql*/bin",
)  # fmt: skip
#: What libpq is told of a connection; everything else in OPTIONS is Django's.
LIBPQ = {"service", "passfile", "sslmode", "sslcert", "sslkey", "sslrootcert", "connect_timeout", "options"}
#: psycopg for one short administrative connection.
Plain = Any


# -- another connection in the place of the usual one


def wrapper_for(description: dict[str, Any], *, alias: str = DEFAULT_DB_ALIAS) -> Any:
    """A connection to the database described as in Django's settings, known to nobody yet."""
    described = copy.deepcopy(description)
    described.setdefault("OPTIONS", {}).pop("pool", None)
    connections.configure_settings({DEFAULT_DB_ALIAS: described})
    return load_backend(described["ENGINE"]).DatabaseWrapper(described, alias)


def described_as(name: str) -> dict[str, Any]:
    """The usual database's description, for another one on the same server (or the file of that name)."""
    described = copy.deepcopy(connections[DEFAULT_DB_ALIAS].settings_dict)
    described["OPTIONS"].pop("pool", None)
    return {**described, "NAME": name}


@contextmanager
def routed(wrapper: Any) -> Iterator[Any]:
    """Everything this thread asks of the usual database is answered by ``wrapper``; caches forget and keep
    nothing.

    Threads started inside know nothing of it: what runs here starts none.
    """
    usual = connections[DEFAULT_DB_ALIAS]
    kept = {alias: caches[alias] for alias in caches}
    connections[DEFAULT_DB_ALIAS] = wrapper
    for alias in kept:
        caches[alias] = DummyCache("", {})
    try:
        yield wrapper
    finally:
        connections[DEFAULT_DB_ALIAS] = usual
        for alias, one in kept.items():
            caches[alias] = one


@contextmanager
def beside(wrapper: Any) -> Iterator[str]:
    """The other database under a name of its own, for ``using=``."""
    connections[wrapper.alias] = wrapper
    try:
        yield wrapper.alias
    finally:
        del connections[wrapper.alias]
        wrapper.close()


# -- SQLite


def copy_sqlite(source: str | Path, target: str | Path) -> None:
    """A consistent copy by SQLite's backup, while others write; a target that is a database is replaced in
    one transaction.
    """
    path = Path(target)
    if not path.exists():
        path.touch(mode=0o600)
    reading = sqlite3.connect(f"file:{_quoted(source)}?mode=ro", uri=True, timeout=20)
    writing = sqlite3.connect(target, timeout=20)
    try:
        reading.backup(writing)
    finally:
        writing.close()
        reading.close()


def remove_sqlite(path: str | Path) -> None:
    """The file and what stands beside it."""
    for suffix in ("", "-wal", "-shm", "-journal", ".worker"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)


def _quoted(path: str | Path) -> str:
    from urllib.parse import quote

    return quote(str(path))


# -- PostgreSQL


def program(name: str) -> str:
    """The path of one of PostgreSQL's own programs; refused when it is not on this machine."""
    places = sorted((found for spot in PROGRAMS for found in glob.glob(spot)), key=_version, reverse=True)
    for place in places:
        if os.access(f"{place}/{name}", os.X_OK):
            return f"{place}/{name}"
    if found := shutil.which(name):
        return found
    raise Refusal(
        _("PostgreSQL's program %(name)s is not on this machine.") % {"name": name},
        code="no_program",
        hint=_("Install PostgreSQL's client programs, of the server's version or newer."),
    )


def _version(place: str) -> int:
    numbers = re.findall(r"\d+", place)
    return int(numbers[-1]) if numbers else 0


def conninfo(description: dict[str, Any], **other: str) -> tuple[str, dict[str, str]]:
    """How libpq reaches the database, and the environment with the password, which no list of processes
    shows.
    """
    from psycopg.conninfo import make_conninfo

    said = {
        "dbname": description["NAME"], "user": description["USER"], "host": description["HOST"],
        "port": str(description["PORT"] or ""),
        **{key: str(value) for key, value in description["OPTIONS"].items() if key in LIBPQ},
        **other,
    }  # fmt: skip
    environment = {**os.environ}
    if description.get("PASSWORD"):
        environment["PGPASSWORD"] = str(description["PASSWORD"])
    return make_conninfo(**{key: value for key, value in said.items() if value}), environment


def run(name: str, *words: str, environment: dict[str, str], **more: Any) -> None:
    """One of PostgreSQL's programs to its end; when it fails, refused with the last thing it said."""
    done = subprocess.run(  # noqa: S603
        [program(name), *words], env=environment, stderr=subprocess.PIPE, text=True, check=False, **more
    )
    if done.returncode:
        said = (done.stderr or "").strip().splitlines()
        raise Refusal(
            _("%(name)s failed: %(said)s") % {"name": name, "said": said[-1] if said else done.returncode},
            code="program_failed",
        )


def dump(description: dict[str, Any], target: str | Path, *, snapshot: str = "", jobs: int = 1) -> None:
    """Everything in the database, consistent: a file, or with ``jobs`` above one a directory (quicker)."""
    where, environment = conninfo(description)
    words = ["--no-owner", "--no-privileges", f"--file={target}", f"--dbname={where}"]
    words += [f"--format={'directory' if jobs > 1 else 'custom'}", "--compress=1"]
    words += [f"--jobs={jobs}"] if jobs > 1 else []
    words += [f"--snapshot={snapshot}"] if snapshot else []
    run("pg_dump", *words, environment=environment)


def load(description: dict[str, Any], source: str | Path, *, jobs: int = 2) -> None:
    """Fill an empty database from a dump."""
    where, environment = conninfo(description)
    words = ["--no-owner", "--no-privileges", "--exit-on-error", f"--jobs={jobs}", f"--dbname={where}"]
    run("pg_restore", *words, str(source), environment=environment)


@contextmanager
def maintenance(description: dict[str, Any], *, inside: bool = False) -> Iterator[Plain]:
    """A connection for what concerns databases as wholes: to the server's own one if that is open to us, so
    that nobody is connected to ours on its account, else (or ``inside``) to ours.
    """
    import psycopg

    held = None
    for name in (*(() if inside else ("postgres",)), description["NAME"]):
        where, environment = conninfo({**description, "NAME": name})
        try:
            held = psycopg.connect(where, password=environment.get("PGPASSWORD"), autocommit=True)
            break
        except psycopg.OperationalError as fault:
            if name == description["NAME"]:
                raise OperationalError(*fault.args) from fault
    assert held is not None
    try:
        yield held
    finally:
        held.close()


def create_database(held: Plain, name: str, *, like: str, whole: bool = False) -> None:
    """An empty database that orders text as ``like`` does, or a whole copy of it if nobody is connected."""
    import psycopg
    from psycopg import sql

    if whole:
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(like)
        )
    else:
        settings = "SELECT pg_encoding_to_char(encoding), datcollate, datctype FROM pg_database"
        said = held.execute(f"{settings} WHERE datname = %s", [like]).fetchone()
        # template0: the other one may hold what an administrator has put there.
        bare = sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING {} LC_COLLATE {} LC_CTYPE {}")
        statement = bare.format(sql.Identifier(name), *(sql.Literal(one) for one in said))
    try:
        held.execute(statement)
    except psycopg.errors.InsufficientPrivilege as fault:
        raise Refusal(
            _("The database's role may not make another database, which a copy needs."),
            code="no_createdb",
            hint=_("An administrator of the server gives it the right: ALTER ROLE … CREATEDB."),
        ) from fault


def drop_database(held: Plain, name: str) -> None:
    from psycopg import sql

    held.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def connected(held: Plain, name: str) -> int:
    """How many sessions others hold in the database. The server's own work there (autovacuum) makes way for
    whoever copies or drops it, and is nobody.
    """
    count = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
        " AND coalesce(backend_type, 'client backend') = 'client backend'"
    )
    return held.execute(count, [name]).fetchone()[0]
