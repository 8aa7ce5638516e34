"""This room is for a person's own file: everything recorded about them, and who looked at it.

Gathered from the declarations of the tables (registers/person_tables.py), so that nothing is forgotten and
nothing is hidden. Other people in it are protected: readers are named by their post, not by their name, and
people whom a record mentions by their number. Shown as a page, and taken away as JSON (its shape stands in
docs/my-file.schema.json), as a workbook or as PDF.
"""

from __future__ import annotations

import datetime as dt
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from orgwork.foundation import printing, provisions, wording
from orgwork.foundation.dates import DAY, Dated
from orgwork.foundation.moments import Moment
from orgwork.foundation.wording import cited, localized
from orgwork.procedures.admission import SCHOOLING
from orgwork.procedures.people_entry import KINDS
from orgwork.registers import person_tables
from orgwork.registers.access import AccountPerson
from orgwork.registers.aliases import identities
from orgwork.registers.appointments import Appointment
from orgwork.registers.documents import Document
from orgwork.registers.people import Person, PersonName
from orgwork.registers.person_tables import PersonTable
from orgwork.registers.posts import Post
from orgwork.registers.reads import ReadLog
from orgwork.registers.units import Unit, names_of

from .processing import ACTIVITIES, MECHANICS, label_of, unit_in_words

FORMAT = "orgwork.my-file/1"
#: Rows of one table that a page shows; the downloads have all of them.
ON_A_PAGE = 100


@dataclass
class Line:
    """One row: its number, what it says, for which days, since when and until when it was held true."""

    ref: str  # registers.personname:17, as a request for correction names it
    values: dict[str, Any]
    first: dt.date | None = None
    last: dt.date | None = None
    recorded: dt.datetime | None = None
    retracted: dt.datetime | None = None


@dataclass
class Part:
    """One table of the file."""

    code: str
    label: str
    purpose: str
    basis: str
    columns: list[tuple[str, str]]
    dated: bool
    kept: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    count: int = 0


@dataclass
class File:
    """Everything about one person at one moment."""

    person: int
    name: str
    made_at: dt.datetime
    parts: list[Part]
    reads: list[dict]
    reads_count: int


def gather(person: Person, *, most: int | None = None) -> File:
    """The whole file; ``most`` lines of each table where it is only looked at."""
    people = identities(person)
    today = timezone.localdate()
    parts = [
        part for table in person_tables.tables() if table.model is not ReadLog and not table.hidden
        if (part := _part(table, people, today, most)).count
    ]  # fmt: skip
    reads, count = reads_of(people, most)
    names = PersonName.objects.on(today).filter(person__in=people).values_list("full", flat=True)
    return File(people[0], names.first() or f"#{people[0]}", timezone.now(), parts, reads, count)


def _part(table: PersonTable, people: list[int], today: dt.date, most: int | None) -> Part:
    activity = ACTIVITIES[table.activity]
    column = table.model._meta.get_field
    fields = [column(name) for name in shown_columns(table)]
    dated = issubclass(table.model, Dated)
    found = Part(
        table.code, str(table.label), str(activity.purpose), str(activity.basis),
        [(one.name, label_of(one)) for one in fields], dated,
        kept=[_kept(name, today) for name in table.retention],
        left_out=[f"{label_of(column(name))}: {why}" for name, why in table.covered.items()],
    )  # fmt: skip
    found_rows = table.of(*people).order_by("pk")
    found.count = found_rows.count()
    rows = list(found_rows[:most] if most else found_rows)
    told = _Told(rows, fields, people, today)
    found.lines = [_line(row, table, fields, dated, told) for row in rows]
    return found


def shown_columns(table: PersonTable) -> list[str]:
    """The columns of a table that its person reads."""
    if table.shown:
        return list(table.shown)
    return [
        one.name
        for one in table.model._meta.concrete_fields
        if one.name not in MECHANICS and one.name not in table.covered and one.name not in table.persons
        and not one.primary_key
    ]  # fmt: skip


def _kept(name: str, today: dt.date) -> str:
    rule = provisions.on(today)[name]
    said = f"{localized(rule.labels)}: {rule.value} {unit_in_words(rule.unit)}"
    return f"{said} ({cited(rule.citation)})"


def _line(row: Any, table: PersonTable, fields: list, dated: bool, told: _Told) -> Line:
    found = Line(f"{table.code}:{row.pk}", {one.name: told.value(row, one) for one in fields})
    if dated:
        found.first = row.valid_from
        found.last = row.valid_to - DAY if row.valid_to else None
        found.recorded, found.retracted = told.at(row.recorded), told.at(row.retracted)
    return found


#: Codes that a form chooses from, in the words of that form.
WORDS = {("registers.qualification", "kind"): KINDS, ("registers.qualification", "level"): SCHOOLING}


class _Told:
    """Values as people read them; looked up once for all rows of a table."""

    def __init__(self, rows: list, fields: list, people: list[int], today: dt.date):
        self.people = set(people)
        related: dict[type, set[int]] = {}
        for one in fields:
            if one.is_relation:
                ids = {getattr(row, one.attname) for row in rows} - {None}
                related.setdefault(one.related_model, set()).update(ids)
        self.units = names_of(related.get(Unit, set()), today) if related.get(Unit) else {}
        self.posts = post_names(related.get(Post, set()), today)
        papers = Document.objects.filter(pk__in=related.get(Document, set()))
        self.papers = {one.pk: one.symbol for one in papers}
        moments = {
            n for row in rows for n in (getattr(row, "recorded", None), getattr(row, "retracted", None)) if n
        }
        self.moments = dict(Moment.objects.filter(pk__in=moments).values_list("pk", "at"))

    def at(self, number: int | None) -> dt.datetime | None:
        return self.moments.get(number) if number else None

    def value(self, row: Any, one: Any) -> Any:
        raw = getattr(row, one.attname)
        if raw is None or raw == "":
            return ""
        if one.is_relation:
            return self._thing(one.related_model, raw)
        if one.choices:
            return str(getattr(row, f"get_{one.name}_display")())
        if isinstance(raw, (dict, list)):
            return without_others(raw, self.people)
        if isinstance(raw, (bool, int, float, dt.date, dt.datetime)):
            return raw
        return str(WORDS.get((one.model._meta.label_lower, one.name), {}).get(raw, raw))

    def _thing(self, model: Any, ident: int) -> str:
        if model is Unit:
            return self.units.get(ident, f"#{ident}")
        if model is Post:
            return self.posts.get(ident, f"#{ident}")
        if model is Document:
            return self.papers.get(ident, f"#{ident}")
        return _("yourself") if model is Person and ident in self.people else f"#{ident}"


def without_others(value: Any, people: set[int]) -> Any:
    """Content as it is; it names other people by their number only."""
    if isinstance(value, Mapping):
        return {str(key): without_others(one, people) for key, one in value.items()}
    if isinstance(value, list):
        return [without_others(one, people) for one in value]
    return value


def post_names(posts: Iterable[int], day: dt.date) -> dict[int, str]:
    """The secretary of a cell, and the like."""
    rows = list(Post.objects.filter(pk__in=list(posts)))
    bodies = names_of({one.unit_id for one in rows if one.unit_id}, day) if rows else {}
    kinds = provisions.posts()
    return {
        one.pk: ", ".join(
            part for part in (
                str(localized(kinds[one.kind].labels)) if one.kind in kinds else one.kind,
                bodies.get(one.unit_id or 0, ""),
            ) if part
        )
        for one in rows
    }  # fmt: skip


def reads_of(people: list[int], most: int | None = None) -> tuple[list[dict], int]:
    """Who looked: when, by which power, in which post on that day; names are for the auditor."""
    found_rows = ReadLog.objects.filter(person__in=people).order_by("-pk")
    count = found_rows.count()
    rows = list(found_rows[:most] if most else found_rows)
    holders = dict(
        AccountPerson.objects.filter(account__in={row.account_id for row in rows}).values_list(
            "account", "person"
        )
    )
    held = list(
        Appointment.objects.filter(person__in=set(holders.values())).values_list(
            "person", "post", "valid_from", "valid_to"
        )
    )
    names = post_names({post for _person, post, _first, _end in held}, timezone.localdate())
    acts = provisions.acts()
    found = []
    for row in rows:
        at = timezone.localtime(row.at)
        posts = [
            names[post]
            for person, post, first, end in held
            if person == holders.get(row.account_id)
            and first <= at.date()
            and (end is None or end > at.date())
        ]
        what = str(localized(acts[row.act].labels)) if row.act in acts else row.act
        found.append({"at": at, "act": row.act, "what": what, "door": row.door, "posts": sorted(posts)})
    return found, count


# ── taking it away ──────────────────────────────────────────────────────────────────────────────────────


def as_json(file: File) -> bytes:
    """The shape that docs/my-file.schema.json describes."""
    said = {
        "format": FORMAT,
        "person": file.person,
        "name": file.name,
        "made_at": file.made_at.isoformat(),
        "parts": [
            {
                "code": part.code, "label": part.label, "purpose": part.purpose, "legal_basis": part.basis,
                "kept": part.kept, "left_out": part.left_out,
                "columns": [{"name": name, "label": label} for name, label in part.columns],
                "rows": [_as_plain(line) for line in part.lines],
            }
            for part in file.parts
        ],
        "reads": [{**read, "at": read["at"].isoformat()} for read in file.reads],
    }  # fmt: skip
    return json.dumps(said, ensure_ascii=False, indent=1, default=_iso).encode()


def _as_plain(line: Line) -> dict:
    found: dict[str, Any] = {"ref": line.ref, "values": line.values}
    if line.first is not None:
        found |= {
            "first_day": line.first, "last_day": line.last, "recorded_at": line.recorded,
            "retracted_at": line.retracted,
        }  # fmt: skip
    return found


def _iso(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


DATED = ("first_day", "last_day", "recorded_at", "retracted_at")


def dated_labels() -> list[str]:
    return [_("From"), _("To"), _("Recorded"), _("Held true until")]


def in_words(value: Any) -> str:
    """A value on paper and in a cell."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, dt.datetime):
        return wording.at(timezone.localtime(value) if timezone.is_aware(value) else value)
    if isinstance(value, dt.date):
        return wording.day(value)
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {in_words(one)}" for key, one in value.items())
    if isinstance(value, list):
        return ", ".join(in_words(one) for one in value)
    return "" if value is None else str(value)


def as_workbook(file: File) -> bytes:
    """A sheet for each table, and one for who looked."""
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    bold = book.add_format({"bold": True})
    taken: set[str] = set()
    for part in file.parts:
        sheet = book.add_worksheet(_sheet_name(part.label, taken))
        head = [label for _name, label in part.columns] + (dated_labels() if part.dated else [])
        _write(sheet, bold, head, (_cells(part, line) for line in part.lines))
    sheet = book.add_worksheet(_sheet_name(_("Who looked"), taken))
    _write(sheet, bold, read_head(), ([in_words(cell) for cell in read_cells(read)] for read in file.reads))
    book.close()
    return out.getvalue()


def _sheet_name(label: str, taken: set[str]) -> str:
    name = "".join(letter for letter in label if letter not in "[]:*?/\\")[:28].strip("'") or "–"
    number, found = 2, name
    while found.lower() in taken:
        found, number = f"{name} {number}", number + 1
    taken.add(found.lower())
    return found


def _write(sheet: Any, bold: Any, head: list[str], rows: Iterable[list[str]]) -> None:
    sheet.freeze_panes(1, 0)
    for at, label in enumerate(head):
        sheet.set_column(at, at, 24)
        sheet.write_string(0, at, label, bold)
    for number, cells in enumerate(rows, start=1):
        for at, cell in enumerate(cells):
            sheet.write_string(number, at, cell[:32_000])


def _cells(part: Part, line: Line) -> list[str]:
    cells = [in_words(line.values[name]) for name, _label in part.columns]
    if part.dated:
        cells += [
            in_words(line.first),
            in_words(line.last),
            in_words(line.recorded),
            in_words(line.retracted),
        ]
    return cells


def read_head() -> list[str]:
    return [_("When"), _("What"), _("In which post"), _("Door")]


def read_cells(read: dict) -> list[Any]:
    return [read["at"], read["what"], "; ".join(read["posts"]), read["door"]]


def as_pdf(file: File) -> bytes:
    """For reading and filing: every line of every table, in the reader's language."""
    sections = []
    for part in file.parts:
        head = [label for _name, label in part.columns] + (dated_labels() if part.dated else [])
        said = _("What for: %(purpose)s. On which basis: %(basis)s.") % {
            "purpose": part.purpose, "basis": part.basis,
        }  # fmt: skip
        sections.append(
            printing.section(
                part.label, text=[said, *part.kept], columns=head,
                rows=[_cells(part, line) for line in part.lines],
            )
        )  # fmt: skip
    rows = [[in_words(cell) for cell in read_cells(read)] for read in file.reads]
    sections.append(printing.section(_("Who looked"), columns=read_head(), rows=rows))
    return printing.document(
        _("What is recorded about you"), sections, day=timezone.localtime(file.made_at).date(),
        subtitle=f"{file.name} · #{file.person}", wide=True,
    )  # fmt: skip


MAKERS = {
    "json": (as_json, "application/json"),
    "xlsx": (as_workbook, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "pdf": (as_pdf, printing.TYPE),
}


def made(person: Person, kind: str) -> tuple[bytes, str]:
    """(content, type) of the whole file in one of the formats."""
    make, type_ = MAKERS[kind]
    return make(gather(person)), type_
