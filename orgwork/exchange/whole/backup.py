"""This room is for backups: one file with everything, consistent while others write, that says what it holds.

A tar with `manifest.json` (versions, installation, provisions, checksums, and a witness of what must come out
again), the database in its engine's own form, and the files beside it. The signing key is not in it. It is
written under another name and renamed when it is whole: a backup that was cut short never looks like one.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import gzip
import hashlib
import io
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from orgwork.foundation import copies, engines
from orgwork.foundation.datafiles import DIRECTORY as PROVISIONS
from orgwork.foundation.refusals import Refusal

from . import witness

FORMAT = 1
SQLITE, POSTGRESQL = "database.sqlite3.gz", "database.dump"
FILES = "files"
MANIFEST = "manifest.json"
PIECE = 1 << 20
Say = Callable[[str], None]


def make(target: Path | None, *, day: dt.date, encrypt_to: str = "", say: Say = lambda _text: None) -> dict:
    """Write a backup; returns where it stands and what it holds. ``encrypt_to``: a key of age or gpg."""
    copies.refuse_while_rehearsing()
    path = (target or _usual_place()).resolve()
    if encrypt_to and not path.name.endswith((".age", ".gpg")):
        path = path.with_name(path.name + (".age" if _for_age(encrypt_to) else ".gpg"))
    if path.exists():
        raise Refusal(_("%s is there already; choose another name.") % path, code="exists", field="to")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as fault:
        raise _unwritable(path, fault) from fault
    part = path.with_name(f".{path.name}.part")
    _sweep(path.parent)
    with _not_twice(part) as held, copies.owned_name("backup-", ".dir") as room:
        room.mkdir(mode=0o700)
        manifest = _database(room, day, say)
        say(_("files"))
        with _encrypted(held, encrypt_to) as out:
            checksum = _pack(out, room, manifest)
        held.flush()
        os.fsync(held.fileno())
        size = held.tell()
    try:
        os.rename(part, path)
    except OSError as fault:
        part.unlink(missing_ok=True)
        raise _unwritable(path, fault) from fault
    _flush_directory(path.parent)
    said = {"backup": str(path), "bytes": size, "sha256": checksum if not encrypt_to else _digest(path)}
    path.with_name(path.name + ".sha256").write_text(f"{said['sha256']}  {path.name}\n")
    return {**said, **{key: manifest[key] for key in ("made_at", "engine", "installation", "witness")}}


def _usual_place() -> Path:
    now = timezone.now().strftime("%Y%m%d-%H%M%S")
    return Path(settings.ORGWORK_HOME) / "backups" / f"orgwork-{settings.ORGWORK_INSTALLATION}-{now}.tar"


def _sweep(place: Path) -> None:
    """Take away what killed backups left here; one under way holds its lock."""
    for part in place.glob(".*.tar*.part"):
        with open(part, "rb") as held:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue
            part.unlink(missing_ok=True)


@contextmanager
def _not_twice(part: Path) -> Iterator[IO[bytes]]:
    """The file under its other name, ours alone; taken away again if it does not come to an end."""
    try:
        held = open(os.open(part, os.O_RDWR | os.O_CREAT, 0o600), "r+b")  # noqa: SIM115
    except OSError as fault:
        raise _unwritable(part, fault) from fault
    with held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as fault:
            raise Refusal(_("A backup to this place is under way."), code="under_way") from fault
        held.truncate()  # what a killed one had written
        try:
            yield held
        except (OSError, sqlite3.Error) as fault:
            part.unlink(missing_ok=True)
            raise _unwritable(part, fault) from fault
        except BaseException:
            part.unlink(missing_ok=True)
            raise


def _unwritable(path: Path, fault: Exception) -> Refusal:
    why = getattr(fault, "strerror", None) or str(fault)
    return Refusal(
        _("The backup cannot be written to %(path)s: %(why)s.") % {"path": path, "why": why},
        code="not_writable",
        field="to",
    )


# -- the database


def _database(room: Path, day: dt.date, say: Say) -> dict[str, Any]:
    say(_("database"))
    with ExitStack() as stack:
        if connection.vendor == "sqlite":
            name, taken = SQLITE, _take_sqlite(room, day, stack)
        else:
            name, taken = POSTGRESQL, _take_postgresql(room, day)
    return {
        "format": FORMAT, "orgwork": version("orgwork"), "made_at": timezone.now().isoformat(),
        "engine": connection.vendor, "installation": settings.ORGWORK_INSTALLATION,
        "provisions": provisions_digest(), "database": name, "witness": taken,
    }  # fmt: skip


def _take_sqlite(room: Path, day: dt.date, stack: ExitStack) -> dict[str, Any]:
    copied = room / "copy.sqlite3"
    engines.copy_sqlite(connection.settings_dict["NAME"], copied)
    wrapper = engines.wrapper_for(engines.described_as(str(copied)))
    stack.callback(wrapper.close)
    with engines.routed(wrapper):
        taken = witness.take(day)
    wrapper.close()
    with open(copied, "rb") as plain, _new(room / SQLITE) as packed:
        # Quick rather than small: most of the time goes into this.
        with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=1, mtime=0) as squeezed:
            shutil.copyfileobj(plain, squeezed, PIECE)
    engines.remove_sqlite(copied)
    return taken


def _take_postgresql(room: Path, day: dt.date) -> dict[str, Any]:
    """The witness and the dump see one snapshot: what is written meanwhile is in neither."""
    wrapper = engines.wrapper_for(connection.settings_dict)
    try:
        with engines.routed(wrapper), transaction.atomic(), wrapper.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute("SELECT pg_export_snapshot()")
            (snapshot,) = cursor.fetchone()
            engines.dump(wrapper.settings_dict, room / POSTGRESQL, snapshot=snapshot)
            return witness.take(day)
    finally:
        wrapper.close()


def provisions_digest() -> str:
    """Which provisions this house runs on: results say which version of each they used."""
    told = hashlib.sha256()
    for path in sorted(Path(PROVISIONS).glob("*.yaml")):
        told.update(path.name.encode() + path.read_bytes())
    return told.hexdigest()


# -- the file


class _Telling(io.RawIOBase):
    """Writes on and keeps the checksum of what went by."""

    def __init__(self, out: IO[bytes]) -> None:
        self.out, self.told = out, hashlib.sha256()

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        self.told.update(piece)
        self.out.write(piece)
        return len(piece)


def _pack(out: IO[bytes], room: Path, manifest: dict[str, Any]) -> str:
    files = Path(settings.MEDIA_ROOT)
    contents = {manifest["database"]: room / manifest["database"]}
    contents |= {
        f"{FILES}/{path.relative_to(files).as_posix()}": path
        for path in sorted(files.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }
    manifest["contents"] = {}
    for name, path in contents.items():
        # A file that retention takes away meanwhile is not missed.
        if path.exists():
            manifest["contents"][name] = {"bytes": path.stat().st_size, "sha256": _digest(path)}
    told = _Telling(out)
    with tarfile.open(fileobj=told, mode="w|", format=tarfile.PAX_FORMAT) as tar:
        said = json.dumps(manifest, ensure_ascii=False, indent=1).encode()
        tar.addfile(_entry(MANIFEST, len(said)), io.BytesIO(said))
        for name, known in manifest["contents"].items():
            with open(contents[name], "rb") as content:
                tar.addfile(_entry(name, known["bytes"]), content)
    return told.told.hexdigest()


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    return entry


def _digest(path: Path) -> str:
    with open(path, "rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _new(path: Path) -> IO[bytes]:
    return open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _flush_directory(path: Path) -> None:
    held = os.open(path, os.O_RDONLY)
    try:
        os.fsync(held)
    finally:
        os.close(held)


# -- encryption


def _for_age(key: str) -> bool:
    return key.startswith(("age1", "ssh-"))


@contextmanager
def _encrypted(held: IO[bytes], key: str) -> Iterator[IO[bytes]]:
    """What is written comes out encrypted, if a key is named; the other half need not be on this machine."""
    if not key:
        yield held
        return
    name = "age" if _for_age(key) else "gpg"
    words = ["age", "--encrypt", "--recipient", key]
    if name == "gpg":
        words = ["gpg", "--batch", "--yes", "--trust-model", "always", "--encrypt", "--recipient", key]
    found = shutil.which(name)
    if found is None:
        raise Refusal(
            _("%s is not on this machine; install it, or leave the encryption out.") % name, code="no_program"
        )
    run = subprocess.Popen(  # noqa: S603
        [found, *words[1:]], stdin=subprocess.PIPE, stdout=held, stderr=subprocess.DEVNULL
    )
    assert run.stdin is not None
    try:
        yield run.stdin
        run.stdin.close()
    except BrokenPipeError:
        pass
    finally:
        code = run.wait()
    if code:
        raise Refusal(
            _("%(name)s could not encrypt for the key “%(key)s”.") % {"name": name, "key": key},
            code="not_encrypted",
        )
    held.seek(0, os.SEEK_END)


def decrypted(path: Path, target: Path) -> Path:
    """The backup in the clear, in the scratch directory; one that is not encrypted stays where it is."""
    name = {".age": "age", ".gpg": "gpg"}.get(path.suffix)
    if name is None:
        return path
    found = shutil.which(name)
    if found is None:
        raise Refusal(_("%s is not on this machine; it decrypts the backup.") % name, code="no_program")
    words = ["--batch", "--decrypt"] if name == "gpg" else ["--decrypt"]
    if name == "age" and (identity := os.environ.get("ORGWORK_AGE_IDENTITY")):
        words += ["--identity", identity]
    with open(path, "rb") as packed, _new(target) as plain:
        done = subprocess.run(  # noqa: S603
            [found, *words], stdin=packed, stdout=plain, stderr=subprocess.DEVNULL, check=False
        )
    if done.returncode:
        raise Refusal(
            _("%(name)s could not decrypt %(path)s: is the key here?") % {"name": name, "path": path},
            code="not_decrypted",
        )
    return target
