"""This room is for reading files: workbooks (xlsx, ods) and plain text (csv), row by row, as they stand.

Nothing is interpreted here but what the file's format itself says: a day is a day where the cell is one, a
code written as text stays text. Formulas are not computed: their last value is taken.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from orgwork.foundation import wording
from orgwork.foundation.refusals import Refusal

from . import encodings
from .limits import COLUMNS, LETTERS, ROWS, Found, damaged, look_into, refuse_size, too_large

Value = str | int | float | bool | dt.date | dt.datetime | dt.time | dt.timedelta | None
SEPARATORS = (";", ",", "\t", "|")


@dataclass
class Sheet:
    """One sheet: its rows as (number, values), both counted from 1; what is odd about it besides."""

    name: str
    rows: Iterator[tuple[int, list[Value]]]
    hidden_rows: set[int] = field(default_factory=set)
    merged: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    without_value: set[tuple[int, int]] = field(default_factory=set)
    errors: set[tuple[int, int]] = field(default_factory=set)
    notes: list[list] = field(default_factory=list)


@dataclass
class Book:
    """A file that could be opened. ``open`` gives one of its sheets; encodings are for plain text."""

    kind: str  # xlsx | ods | csv
    names: list[str]
    open: Callable[[str], Sheet]
    encoding: str = ""


def read(path: Path, name: str, *, known: Callable[[str], int], encoding: str = "") -> Book:
    """Open a file. ``known`` counts known headings in a text, to tell old encodings apart."""
    refuse_size(path)
    with path.open("rb") as file:
        head = file.read(8)
    if head.startswith(b"PK"):
        return _workbook(path)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise Refusal(
            _("This is a workbook of the old form (.xls), or one with a password. Save it without a password"
              " as .xlsx and bring it again."),
            field="file", code="old_workbook",
        )  # fmt: skip
    if head.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"{\\rtf", b"<!DOC", b"<html")):
        raise Refusal(
            _("This is no spreadsheet. Bring a workbook (.xlsx, .ods) or a text with separators (.csv)."),
            field="file", code="no_sheet",
        )  # fmt: skip
    return _plain(path, name, known, encoding)


# ── workbooks ───────────────────────────────────────────────────────────────────────────────────────────


def _workbook(path: Path) -> Book:
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    found = look_into(path)
    try:
        book = CalamineWorkbook.from_path(str(path))
        metadata = book.sheets_metadata
    except Exception as fault:
        raise damaged() from fault
    shown = [
        one.name
        for one in metadata
        if one.visible == SheetVisibleEnum.Visible and one.typ == SheetTypeEnum.WorkSheet
    ]
    if not shown:
        raise Refusal(_("The workbook has no sheet that is shown."), field="file", code="no_sheet")
    ods = "content.xml" in found
    parts = {} if ods else _parts(path)

    def open_sheet(name: str) -> Sheet:
        if name not in shown:
            raise Refusal(
                _("The workbook has no sheet “%(name)s”; it has: %(names)s.")
                % {"name": name[:60], "names": ", ".join(shown[:20])},
                field="sheet",
                code="no_sheet",
            )
        seen = found.get("content.xml" if ods else parts.get(name, ""), Found())
        try:
            return _sheet(book.get_sheet_by_name(name), name, seen)
        except Refusal:
            raise
        except Exception as fault:
            raise damaged() from fault

    return Book("ods" if ods else "xlsx", shown, open_sheet)


def _sheet(sheet, name: str, seen: Found) -> Sheet:
    if sheet.start is None:
        raise _nothing_in(name)
    if sheet.end[0] + 1 > ROWS + 100:
        raise too_large(_("%(count)s rows") % {"count": wording.number(sheet.end[0] + 1)})
    if sheet.width > COLUMNS:
        raise too_large(_("%(count)s columns") % {"count": wording.number(sheet.width)})
    first = sheet.start[1]

    def rows() -> Iterator[tuple[int, list[Value]]]:
        pad = [None] * first
        for number, values in enumerate(sheet.iter_rows(), start=1):
            row = [None if value == "" else value for value in values]
            yield number, pad + row if pad else row

    merged = {}
    for (top, left), (bottom, right) in (sheet.merged_cell_ranges or ())[:20_000]:
        if (bottom - top + 1) * (right - left + 1) > 5_000:
            continue
        for row in range(top, bottom + 1):
            for column in range(left, right + 1):
                if (row, column) != (top, left):
                    merged[row + 1, column + 1] = (top + 1, left + 1)
    notes = []
    if seen.formulas:
        notes.append(["formulas", {"count": seen.formulas}])
    if seen.hidden_columns:
        notes.append(["hidden_columns", {}])
    return Sheet(name, rows(), seen.hidden_rows, merged, seen.without_value, seen.errors, notes)


def _nothing_in(name: str) -> Refusal:
    return Refusal(
        _("The sheet “%(name)s” is empty; choose another one.") % {"name": name[:60]},
        field="sheet",
        code="empty_file",
    )


SHEET = re.compile(r"<(?:\w+:)?sheet\s([^>]*)>")
RELATION = re.compile(r"<Relationship\s([^>]*)>")
ATTRIBUTE = re.compile(r'([\w:]+)="([^"]*)"')


def _parts(path: Path) -> dict[str, str]:
    """Name of a sheet → its file in the archive."""
    try:
        with zipfile.ZipFile(path) as archive:
            book = archive.read("xl/workbook.xml").decode("utf-8", "replace")
            relations = archive.read("xl/_rels/workbook.xml.rels").decode("utf-8", "replace")
    except (KeyError, zipfile.BadZipFile) as fault:
        raise damaged() from fault
    targets = {}
    for text in RELATION.findall(relations):
        said = dict(ATTRIBUTE.findall(text))
        target = said.get("Target", "")
        targets[said.get("Id", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    found = {}
    for text in SHEET.findall(book):
        said = dict(ATTRIBUTE.findall(text))
        ident = next((value for key, value in said.items() if key.endswith(":id") or key == "id"), "")
        found[_unescaped(said.get("name", ""))] = targets.get(ident, "")
    return found


def _unescaped(text: str) -> str:
    from html import unescape

    return unescape(text)


# ── plain text ──────────────────────────────────────────────────────────────────────────────────────────


def _plain(path: Path, name: str, known, encoding: str) -> Book:
    data = path.read_bytes()
    encoding = encoding or encodings.guess(data, lambda text: known(text[:4_000]))
    try:
        text = encodings.decode(data, encoding)
    except (UnicodeDecodeError, LookupError) as fault:
        raise Refusal(
            _("The text cannot be read as %(encoding)s; choose another encoding, or save it as UTF-8.")
            % {"encoding": encoding},
            field="encoding",
            code="encoding",
        ) from fault
    del data
    head = text[:100_000]
    if sum(c < " " and c not in "\t\r\n" for c in head) * 30 > len(head):
        raise Refusal(
            _("This is no spreadsheet. Bring a workbook (.xlsx, .ods) or a text with separators (.csv)."),
            field="file", code="no_sheet",
        )  # fmt: skip
    if not text.strip():
        raise Refusal(_("The file is empty; choose another one."), field="file", code="empty_file")
    title = Path(name).stem[:60] or "csv"
    notes = [] if encoding.startswith("utf") else [["encoding", {"encoding": encoding}]]
    return Book(
        "csv", [title], lambda _name: Sheet(title, _lines(text), notes=notes), encoding=encoding
    )  # fmt: skip


def separator_of(text: str) -> str:
    """What stands between the columns: the one of which the first lines have the same number, and most."""
    lines = [line for line in text[:20_000].splitlines() if line.strip()][:20]
    best, score = ",", (0, 0)
    for one in SEPARATORS:
        counts = [len(row) - 1 for row in csv.reader(lines, delimiter=one)]
        usual = max(set(counts), key=counts.count) if counts else 0
        if usual and (found := (counts.count(usual) * min(usual, 30), usual)) > score:
            best, score = one, found
    return best


def _lines(text: str) -> Iterator[tuple[int, list[Value]]]:
    csv.field_size_limit(max(LETTERS * 4, 131_072))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator_of(text))
    number = 0
    try:
        for number, row in enumerate(reader, start=1):
            if number > ROWS + 100:
                raise too_large(_("more than %(count)s rows") % {"count": wording.number(ROWS)})
            if len(row) > COLUMNS:
                raise too_large(_("%(count)s columns") % {"count": wording.number(len(row))})
            yield number, [value if value != "" else None for value in row]
    except csv.Error as fault:
        raise Refusal(
            _("Row %(row)s cannot be read: a quotation mark is not closed, or a cell is too long.")
            % {"row": number + 1},
            field="file",
            code="broken_row",
        ) from fault


def shown(value: Any) -> str:
    """A value of a cell as text, to be kept and shown: days as year-month-day, 11 rather than 11.0."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(sep=" ")
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)
