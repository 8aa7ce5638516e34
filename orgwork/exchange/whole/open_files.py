"""This room is for the register as open files: one line of JSON for each row of each table, with a data
dictionary (`datapackage.json`, of the Frictionless kind), in a directory or a zip; and for reading them back.

What the tables say of themselves (registers/person_tables.py) decides: tables about nobody are always in,
those about people only when asked, and what belongs to signing in (passwords, keys, sessions) never.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import io
import json
import os
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.files.storage import default_storage
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from orgwork.foundation import copies
from orgwork.foundation.accounts import Account
from orgwork.foundation.refusals import Refusal
from orgwork.procedures.paper_files import lay
from orgwork.registers import person_tables
from orgwork.registers.paper_files import DocumentFile, DraftFile, place

from . import moving, popolo, tables
from .moving import Tell

FORMAT = 1
DICTIONARY = "datapackage.json"
FILES = "files"
#: Tables of libraries: how this installation works, not what it knows.
HOUSE = {"contenttypes", "auth", "sessions", "django_tasks_database"}
#: What a column's kind is called in the dictionary.
TYPES = {
    "BooleanField": "boolean", "DateField": "date", "DateTimeField": "datetime", "DecimalField": "number",
    "FloatField": "number", "JSONField": "object", "BinaryField": "string",
}  # fmt: skip


def exported(*, people: bool) -> list[type[models.Model]]:
    """The tables that go out, in their order; none that must refer to one left out."""
    about_nobody = person_tables.nobody()
    wanted = []
    for model in tables.in_order():
        if model._meta.db_table in tables.OWN:
            continue
        said = person_tables.declared(model)
        if said is None:
            keep = model in about_nobody and model._meta.app_label not in HOUSE
        else:
            # What erasure deletes is nobody's record: keys, sessions, work under way.
            keep = people and said.erased != person_tables.DELETED
        if keep and all(target in wanted for field, target in _refers(model) if not field.null):
            wanted.append(model)
    return wanted


def _refers(model: type[models.Model]) -> Iterator[tuple[models.Field, type[models.Model]]]:
    for field in model._meta.concrete_fields:
        if field.remote_field and field.related_model is not model:
            yield field, field.related_model  # type: ignore[misc]


def columns(model: type[models.Model], wanted: list[type[models.Model]]) -> list[models.Field]:
    """Those that do not point to a table left out."""
    out = {field for field, target in _refers(model) if target not in wanted}
    return [field for field in model._meta.concrete_fields if field not in out]


# -- out


def export(
    target: Path, *, day: dt.date, people: bool, tell: Tell = lambda _what, _done, _total: None
) -> dict[str, Any]:
    """Write everything to a directory or (a name that ends in .zip) one file; at one moment."""
    copies.refuse_while_rehearsing()
    if target.exists():
        raise Refusal(_("%s is there already; choose another name.") % target, code="exists", field="to")
    part = target.with_name(f".{target.name}.part")
    try:
        with moving.source(day) as (said, last), _written(part, target.suffix == ".zip") as out:
            wanted = exported(people=people)
            counts, done = said["tables"], 0
            total = sum(counts[model._meta.db_table] for model in wanted)
            resources = []
            for model in wanted:
                tell(model._meta.db_table, done, total)
                resources.append(_table(out, model, columns(model, wanted)))
                done += counts[model._meta.db_table]
            if people:
                resources += _papers(out, tell)
            tell("popolo.json", done, total)
            with moving.reading_source():
                size = _file(out, "popolo.json", popolo.lines(day, people=people))
            kept = {model._meta.db_table: counts[model._meta.db_table] for model in wanted}
            _file(out, DICTIONARY, [_dictionary(resources, {**said, "tables": kept}, last, people, size)])
        os.rename(part, target)
    except OSError as fault:
        raise Refusal(
            _("The export cannot be written to %(path)s: %(why)s.") % {"path": target, "why": fault.strerror},
            code="not_writable",
            field="to",
        ) from fault
    held = sum("schema" in one for one in resources)
    return {"export": str(target), "tables": held, "rows": total, "people": people}


class _Directory:
    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(mode=0o700, parents=True)

    def open(self, name: str) -> IO[bytes]:
        target = self.path / name
        target.parent.mkdir(mode=0o700, exist_ok=True)
        return open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")

    def close(self) -> None:
        pass


class _Zip:
    def __init__(self, path: Path) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.held = open(os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b")  # noqa: SIM115
        self.zip = zipfile.ZipFile(self.held, "w", zipfile.ZIP_DEFLATED, compresslevel=1)

    def open(self, name: str) -> IO[bytes]:
        return self.zip.open(name, "w", force_zip64=True)

    def close(self) -> None:
        self.zip.close()
        self.held.close()


@contextmanager
def _written(part: Path, zipped: bool) -> Iterator[Any]:
    """What is not finished has another name, and goes."""
    import shutil

    shutil.rmtree(part, ignore_errors=True)
    out = _Zip(part) if zipped else _Directory(part)
    try:
        yield out
        out.close()
    except BaseException:
        out.close()
        shutil.rmtree(part, ignore_errors=True) if part.is_dir() else part.unlink(missing_ok=True)
        raise


def _papers(out: Any, tell: Tell) -> list[dict[str, Any]]:
    """The bytes of the files of papers, each once, under its checksum."""
    rows = [model.versions.using(moving.SOURCE).exclude(sha256="") for model in (DocumentFile, DraftFile)]
    named = {one for some in rows for one in some.values_list("sha256", "media_type").distinct()}
    kept, resources = sorted(named), []
    for number, (sha256, media_type) in enumerate(kept):
        tell(FILES, number, len(kept))
        with default_storage.open(place(sha256), "rb") as held, out.open(f"{FILES}/{sha256}") as copied:
            told, size = hashlib.sha256(), 0
            while piece := held.read(1 << 20):
                told.update(piece)
                size += len(piece)
                copied.write(piece)
        if told.hexdigest() != sha256:
            raise Refusal(
                _("The file %s of a paper is no longer as it was brought; restore it from a backup first.")
                % sha256[:12],
                code="file_damaged",
            )
        said = {
            "name": f"file-{sha256}", "path": f"{FILES}/{sha256}", "mediatype": media_type, "bytes": size,
            "hash": f"sha256:{told.hexdigest()}",
        }  # fmt: skip
        resources.append(said)
    return resources


def _table(out: Any, model: type[models.Model], fields: list[models.Field]) -> dict[str, Any]:
    name = f"data/{model._meta.db_table}.jsonl"
    names = [field.attname for field in fields]
    hidden = {"password"} if model is Account else set()
    size = _file(out, name, _rows(model, names, hidden))
    return {
        "name": model._meta.db_table, "path": name, "format": "jsonl", "encoding": "utf-8", **size,
        "title": str(model._meta.verbose_name), "description": (model.__doc__ or "").split("\n\n")[0].strip(),
        "schema": {
            "fields": [_column(field) for field in fields],
            "primaryKey": [model._meta.pk.attname],  # type: ignore[union-attr]
            "foreignKeys": [
                {
                    "fields": [field.attname],
                    "reference": {"resource": target._meta.db_table, "fields": [target._meta.pk.attname]},  # type: ignore[union-attr]
                }
                for field, target in _refers(model)
                if field in fields
            ],
        },
    }  # fmt: skip


def _column(field: models.Field) -> dict[str, Any]:
    kind = field.target_field.get_internal_type() if field.is_relation else field.get_internal_type()  # type: ignore[attr-defined]
    shown = TYPES.get(kind) or ("integer" if "Integer" in kind or "AutoField" in kind else "string")
    found = {
        "name": field.attname, "type": shown, "title": str(field.verbose_name),
        "constraints": {"required": not field.null},
    }  # fmt: skip
    if field.choices:
        found["constraints"]["enum"] = [code for code, _label in field.flatchoices]
    if field.help_text:
        found["description"] = str(field.help_text)
    return found


def _rows(model: type[models.Model], names: list[str], hidden: set[str]) -> Iterator[str]:
    for row in moving.rows_of_source(model, names):
        said = dict(zip(names, row, strict=True))
        for name in hidden:
            said[name] = ""
        yield json.dumps(said, ensure_ascii=False, default=_plain)


def _plain(value: Any) -> str:
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode()
    return str(value)


def _file(out: Any, name: str, lines: Any) -> dict[str, Any]:
    told, size = hashlib.sha256(), 0
    with out.open(name) as held:
        for line in lines:
            piece = line.encode() + b"\n"
            told.update(piece)
            size += len(piece)
            held.write(piece)
    return {"bytes": size, "hash": f"sha256:{told.hexdigest()}"}


def _dictionary(resources: list, said: dict, last: dict, people: bool, popolo_size: dict) -> str:
    return json.dumps(
        {
            "profile": "data-package",
            "name": "orgwork",
            "title": "Orgwork: the whole register" if people else "Orgwork: the register without people",
            "created": timezone.now().isoformat(),
            "orgwork": {
                "format": FORMAT, "version": version("orgwork"), "people": people,
                "installation": settings.ORGWORK_INSTALLATION, "numbers": last, "witness": said,
            },
            "resources": [
                *resources,
                {"name": "popolo", "path": "popolo.json", "format": "json", **popolo_size,
                 "description": "bodies, posts and (with people) persons and memberships, as Popolo"},
            ],
        },
        ensure_ascii=False, indent=1, default=_plain,
    )  # fmt: skip


# -- in


def read_dictionary(path: Path) -> dict[str, Any]:
    """What an export says of itself."""
    try:
        with _Reading(path) as files, files.open(DICTIONARY) as held:
            found = json.load(held)
            found["orgwork"]["witness"]["tables"]
    except (OSError, KeyError, TypeError, ValueError, zipfile.BadZipFile):
        raise Refusal(_("%s is no export of Orgwork.") % path, code="no_export", field="file") from None
    return found


class _Reading:
    """A directory or a zip; only the names that the dictionary lists are ever opened."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.zip = None if path.is_dir() else zipfile.ZipFile(path)

    def __enter__(self) -> _Reading:
        return self

    def __exit__(self, *_fault: object) -> None:
        if self.zip:
            self.zip.close()

    def open(self, name: str) -> IO[bytes]:
        if self.zip:
            return self.zip.open(name)
        return open(self.path / name, "rb")


def bring_in(path: Path, *, tell: Tell = lambda _what, _done, _total: None) -> dict[str, Any]:
    """Read a whole export into an empty database: all or nothing, and proved before it counts."""
    copies.refuse_while_rehearsing()
    found = read_dictionary(path)
    ours = found["orgwork"]
    _refuse_unfit(ours)
    known = {model._meta.db_table: model for model in tables.in_order()}
    resources = {one["name"]: one for one in found["resources"] if one["name"] in known}
    said = {**ours["witness"], "tables": {name: ours["witness"]["tables"][name] for name in resources}}
    with _Reading(path) as files:

        def rows_of(model: type[models.Model], names: list[str]) -> Iterator[tuple]:
            return _read(files, model, names, resources[model._meta.db_table])

        # Before the rows that name them: what comes to nothing is swept like everything nobody attached.
        for one in found["resources"]:
            if one["path"].startswith(f"{FILES}/"):
                _lay_paper(files, one)
        with transaction.atomic(durable=True):
            moving.fill(said, ours["numbers"], rows_of, tell, only=set(resources))
    return {"tables": len(resources), "rows": sum(said["tables"].values())}


def _lay_paper(files: _Reading, resource: dict[str, Any]) -> None:
    """The bytes of one file to where the files of papers lie, held against their checksum."""
    with files.open(resource["path"]) as held:
        content = held.read()
    sha256 = hashlib.sha256(content).hexdigest()
    if resource["path"] != f"{FILES}/{sha256}":
        raise Refusal(_("%s is not as it was written; nothing was kept.") % resource["path"], code="damaged")
    lay(content, sha256)


def _refuse_unfit(ours: dict[str, Any]) -> None:
    if not ours["people"]:
        raise Refusal(
            _("This export was made without people; only a whole one can be read back in."),
            code="without_people",
        )
    if ours["installation"] != settings.ORGWORK_INSTALLATION:
        raise Refusal(
            _("This export is of the installation %(theirs)s, and here is number %(ours)s.")
            % {"theirs": ours["installation"], "ours": settings.ORGWORK_INSTALLATION},
            code="other_installation",
            hint=_("Set ORGWORK_INSTALLATION to the number of the export."),
        )
    tables.refuse_other_version(ours["witness"]["migrations"])
    if set(tables.applied()) != set(ours["witness"]["migrations"]):
        raise Refusal(
            _("This export is of an older version; read it in with that one, then bring it up to date."),
            code="older_version",
        )
    if not tables.is_empty():
        raise Refusal(_("The database is not empty; open files go into an empty one."), code="not_empty")


def _read(files: _Reading, model: type[models.Model], names: list[str], resource: dict) -> Iterator[tuple]:
    told = hashlib.sha256()
    fields = {field.attname: field for field in model._meta.concrete_fields}
    turn: list[Callable[[Any], Any]] = [fields[name].to_python for name in names]
    with files.open(f"data/{model._meta.db_table}.jsonl") as held:
        for number, line in enumerate(io.BufferedReader(held), start=1):  # type: ignore[arg-type]
            told.update(line)
            try:
                said = json.loads(line)
                values = tuple(how(said.get(name)) for how, name in zip(turn, names, strict=True))
            except Exception as fault:
                raise Refusal(
                    _("%(file)s, line %(line)s cannot be read; nothing was kept.")
                    % {"file": resource["path"], "line": number},
                    code="unreadable",
                ) from fault
            if model is Account:
                values = tuple(
                    make_password(None) if name == "password" else value
                    for name, value in zip(names, values, strict=True)
                )
            yield values
    if f"sha256:{told.hexdigest()}" != resource["hash"]:
        raise Refusal(_("%s is not as it was written; nothing was kept.") % resource["path"], code="damaged")
