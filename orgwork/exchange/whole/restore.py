"""This room is for restoring: a backup is unpacked aside, proved, and only then put in its place, at once.

What was there stays as it was until that moment, whatever happens.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import sqlite3
import tarfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.utils.translation import gettext as _

from orgwork.foundation import copies, engines
from orgwork.foundation.refusals import Refusal

from . import backup, tables, witness
from .backup import FILES, MANIFEST, PIECE, POSTGRESQL, SQLITE, Say


def read_manifest(path: Path) -> dict[str, Any]:
    """What a backup says of itself."""
    try:
        with tarfile.open(path, "r|") as tar:
            first = tar.next()
            held = tar.extractfile(first) if first and first.name == MANIFEST else None
            manifest = json.load(held) if held else None
    except (OSError, tarfile.TarError, ValueError):
        manifest = None
    if not isinstance(manifest, dict) or "witness" not in manifest:
        raise Refusal(_("%s is no backup of Orgwork.") % path, code="no_backup", field="file")
    if manifest["format"] > backup.FORMAT:
        raise Refusal(
            _("This backup was written by a newer version of Orgwork; install that and try again."),
            code="newer_version",
        )
    return manifest


def restore(path: Path, *, replace: bool = False, say: Say = lambda _text: None) -> dict[str, Any]:
    """Put back what a backup holds, into an empty place or (``replace``) instead of what is there."""
    copies.refuse_while_rehearsing()
    if not path.exists():
        raise Refusal(_("There is no file %s.") % path, code="missing", field="file")
    with copies.owned_name("restore-", ".dir") as room:
        room.mkdir(mode=0o700)
        plain = backup.decrypted(path, room / "plain.tar")
        manifest = read_manifest(plain)
        _refuse_unfit(manifest, replace)
        say(_("unpacking"))
        _unpack(plain, manifest, room)
        put = _sqlite if manifest["engine"] == "sqlite" else _postgresql
        migrated = put(room, manifest, say, lambda: _files(room))
    return {
        "restored": str(path), "made_at": manifest["made_at"], "migrated": migrated,
        "rows": sum(manifest["witness"]["tables"].values()),
        "files": len(manifest["contents"]) - 1,
    }  # fmt: skip


def _refuse_unfit(manifest: dict[str, Any], replace: bool) -> None:
    if manifest["engine"] != connection.vendor:
        raise Refusal(
            _("This backup is of %(theirs)s, and the database here is %(ours)s.")
            % {"theirs": manifest["engine"], "ours": connection.vendor},
            code="other_engine",
            hint=_("Restore it to a database of its own kind, then move it with “orgwork copy --to”."),
        )
    if manifest["installation"] != settings.ORGWORK_INSTALLATION:
        raise Refusal(
            _("This backup is of the installation %(theirs)s, and here is number %(ours)s.")
            % {"theirs": manifest["installation"], "ours": settings.ORGWORK_INSTALLATION},
            code="other_installation",
            hint=_("Set ORGWORK_INSTALLATION to the number of the backup."),
        )
    tables.refuse_other_version(manifest["witness"]["migrations"])
    if not replace and not tables.is_empty():
        raise Refusal(_("The database is not empty; say --replace to lose what it holds."), code="not_empty")


def _unpack(path: Path, manifest: dict[str, Any], room: Path) -> None:
    """Every piece against its checksum; nothing is written outside the room."""
    waiting = dict(manifest["contents"])
    try:
        with tarfile.open(path, "r|") as tar:
            for entry in tar:
                if entry.name == MANIFEST:
                    continue
                known = waiting.pop(entry.name, None)
                held = tar.extractfile(entry) if entry.isfile() else None
                if known is None or held is None or not _stays_inside(entry.name):
                    raise _damaged(entry.name)
                if _written(held, room / entry.name) != known["sha256"]:
                    raise _damaged(entry.name)
    except (tarfile.TarError, EOFError) as fault:
        raise _damaged(path.name) from fault
    if waiting:
        raise _damaged(min(waiting))


def _stays_inside(name: str) -> bool:
    parts = PurePosixPath(name)
    return not parts.is_absolute() and ".." not in parts.parts


def _written(held: Any, target: Path) -> str:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    told = hashlib.sha256()
    with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        while piece := held.read(PIECE):
            told.update(piece)
            out.write(piece)
    return told.hexdigest()


def _damaged(name: str) -> Refusal:
    return Refusal(
        _("The backup is damaged (%s); nothing was changed. Take another one.") % name, code="damaged"
    )


def _prove(wrapper: Any, manifest: dict[str, Any], say: Say) -> bool:
    """Bring the restored database up to date if need be and hold it against its witness; whether it was."""
    with engines.routed(wrapper):
        said, behind = manifest["witness"], bool(tables.missing())
        say(_("proving that everything is there"))
        if behind:
            # Tables may change their number of rows when they are migrated: count first, then the rest.
            found = witness.differences({key: said[key] for key in ("tables", "day")})
            if not found:
                call_command("migrate", verbosity=0, interactive=False, run_syncdb=True)
                found = witness.differences({**said, "tables": {}})
        else:
            found = witness.differences(said)
    if found:
        raise Refusal(
            _("What was restored is not what was saved; nothing was changed. %s") % " ".join(found[:3]),
            code="not_equal",
        )
    return behind


# -- each engine


def _sqlite(room: Path, manifest: dict[str, Any], say: Say, files: Callable[[], None]) -> bool:
    fresh = room / "fresh.sqlite3"
    try:
        with gzip.open(room / SQLITE, "rb") as packed:
            _written(packed, fresh)
        with sqlite3.connect(fresh) as held:
            (sound,) = held.execute("PRAGMA integrity_check(1)").fetchone()
        held.close()
    except (OSError, EOFError, sqlite3.DatabaseError) as fault:
        raise _damaged(SQLITE) from fault
    if sound != "ok":
        raise _damaged(SQLITE)
    wrapper = engines.wrapper_for(engines.described_as(str(fresh)))
    try:
        migrated = _prove(wrapper, manifest, say)
    finally:
        wrapper.close()
    say(_("putting it in place"))
    files()
    connection.close()
    try:
        # In one transaction of SQLite's own: cut short, what was there is there still.
        engines.copy_sqlite(fresh, connection.settings_dict["NAME"])
    except sqlite3.OperationalError as fault:
        raise _in_use() from fault
    return migrated


def _postgresql(room: Path, manifest: dict[str, Any], say: Say, files: Callable[[], None]) -> bool:
    main = engines.described_as(connection.settings_dict["NAME"])
    with engines.maintenance(main) as held:
        if held.info.dbname == main["NAME"]:
            raise Refusal(
                _("The database's role cannot reach the server's own database “postgres”, from where ours"
                  " is exchanged."),
                code="no_maintenance",
            )  # fmt: skip
        with copies.owned_database(held, main["NAME"], copies.RESTORED) as name:
            engines.create_database(held, name, like=main["NAME"])
            say(_("reading the database"))
            engines.load({**main, "NAME": name}, room / POSTGRESQL)
            with engines.maintenance({**main, "NAME": name}, inside=True) as own:
                own.execute("ANALYZE")
            wrapper = engines.wrapper_for({**main, "NAME": name})
            try:
                migrated = _prove(wrapper, manifest, say)
            finally:
                wrapper.close()
            say(_("putting it in place"))
            files()
            connection.close()
            with copies.owned_database(held, main["NAME"], copies.RESTORED) as former:
                _exchange(held, main["NAME"], name, former)
    return migrated


def _exchange(held: engines.Plain, main: str, fresh: str, former: str) -> None:
    """Two names change hands in one transaction: there is always a database of ours."""
    import psycopg
    from psycopg import sql

    rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    try:
        with held.transaction():
            held.execute(rename.format(sql.Identifier(main), sql.Identifier(former)))
            held.execute(rename.format(sql.Identifier(fresh), sql.Identifier(main)))
    except psycopg.errors.ObjectInUse as fault:
        raise _in_use() from fault


def _in_use() -> Refusal:
    return Refusal(
        _("Somebody is connected to the database; nothing was changed."),
        code="in_use",
        hint=_("Stop the server and the worker, and try again."),
    )


def _files(room: Path) -> None:
    """Names say what is in them: what is there already is the same."""
    source, target = room / FILES, Path(settings.MEDIA_ROOT)
    for path in source.rglob("*") if source.exists() else ():
        if path.is_file() and not (there := target / path.relative_to(source)).exists():
            there.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.move(path, there)
            there.chmod(0o600)
