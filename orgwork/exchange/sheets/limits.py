"""This room is for how much a file may hold, looked at before memory is spent on it.

A workbook is a zip of XML: it is unpacked piece by piece and thrown away while sizes, rows, columns and the
length of texts are looked at; only then is it opened. What the archive says of itself is not believed.
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from django.utils.translation import gettext as _

from orgwork.foundation import wording
from orgwork.foundation.refusals import Refusal

MEGA = 1024 * 1024
#: Bytes of a file, of everything packed in it, and how many times smaller it may be packed.
BYTES, UNPACKED, RATIO = 64 * MEGA, 640 * MEGA, 200
#: Rows and columns of a sheet, cells of its whole rectangle, letters of one cell.
ROWS, COLUMNS, CELLS, LETTERS = 200_000, 200, 8_000_000, 2_000
#: So many bytes without any mark of XML are one giant cell.
WINDOW = 128 * 1024
#: Where formulas are, values are looked for with them in sheets up to this size.
LOOKED_THROUGH = 160 * MEGA


@dataclass
class Found:
    """What was seen of one sheet on the way: places are (row, column), both from 1."""

    hidden_rows: set[int] = field(default_factory=set)
    without_value: set[tuple[int, int]] = field(default_factory=set)
    errors: set[tuple[int, int]] = field(default_factory=set)
    formulas: int = 0
    hidden_columns: bool = False


def refuse_size(path: Path) -> None:
    size = path.stat().st_size
    if size > BYTES:
        raise too_large(_("%(size)s megabytes") % {"size": wording.number(size / MEGA, places=0)})
    if size == 0:
        raise Refusal(_("The file is empty; choose another one."), field="file", code="empty_file")


def too_large(what: str) -> Refusal:
    return Refusal(
        _(
            "The file is too large (%(what)s). Split it into several files of at most %(rows)s rows and"
            " %(size)s megabytes."
        )
        % {"what": what, "rows": wording.number(ROWS), "size": BYTES // MEGA},
        field="file",
        code="too_large",
    )


def damaged() -> Refusal:
    return Refusal(
        _("The file cannot be opened: it is damaged, or of another type than its name says. Save it anew as"
          " a workbook (.xlsx) and bring it again."),
        field="file",
        code="damaged",
    )  # fmt: skip


def look_into(path: Path) -> dict[str, Found]:
    """Walk through the whole archive; what was seen of each sheet, by its file in the archive."""
    try:
        with zipfile.ZipFile(path) as archive:
            return _walk(archive)
    except Refusal:
        raise
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError, RuntimeError, OSError) as fault:
        raise damaged() from fault
    except Exception as fault:
        if type(fault).__module__ != "zlib":
            raise
        raise damaged() from fault


def _walk(archive: zipfile.ZipFile) -> dict[str, Found]:
    members = archive.infolist()
    if len(members) > 5_000:
        raise too_large(_("%(count)s parts") % {"count": len(members)})
    if sum(one.file_size for one in members) > UNPACKED:
        raise too_large(_("more than %(size)s megabytes when unpacked") % {"size": UNPACKED // MEGA})
    total = 0
    found: dict[str, Found] = {}
    for one in members:
        if one.file_size > 4 * MEGA and one.file_size > RATIO * max(one.compress_size, 1):
            raise too_large(_("packed more tightly than any honest sheet"))
        sheet = _is_sheet(one.filename)
        xml = one.filename.endswith((".xml", ".rels", ".vml"))
        total += _look_at(archive, one, found.setdefault(one.filename, Found()) if sheet else None, xml)
        if total > UNPACKED:
            raise too_large(_("more than %(size)s megabytes when unpacked") % {"size": UNPACKED // MEGA})
    return found


def _is_sheet(name: str) -> bool:
    return name.startswith("xl/worksheets/") and name.endswith(".xml") or name == "content.xml"


def _look_at(archive, one, sheet: Found | None, xml: bool) -> int:
    """Unpack one part, a piece at a time; refuse what is too long, remember what is odd."""
    kept: list[bytes] | None = [] if sheet is not None and one.file_size <= LOOKED_THROUGH else None
    seen, tail, odd = 0, b"", False
    size = Extent()
    with archive.open(one) as stream:
        while piece := stream.read(MEGA):
            seen += len(piece)
            if not xml:
                continue
            _refuse_stretch(piece)
            if sheet is None:
                if b"<!ENTITY" in piece or b"<!DOCTYPE" in piece:
                    raise damaged()
                continue
            joined = tail + piece
            cut = joined.rfind(b"<") if b"<" in joined else 0
            size.add(joined[:cut])
            odd = odd or any(mark in joined for mark in ODD)
            tail = joined[cut:]
            if kept is not None:
                kept.append(piece)
    if sheet is not None:
        size.add(tail)
        size.refuse()
        if odd and kept is not None:
            (_oddities if one.filename.startswith("xl/") else _repeated)(b"".join(kept), sheet)
        elif odd and one.filename == "content.xml":
            raise too_large(_("%(size)s megabytes") % {"size": one.file_size // MEGA})
    return seen


ODD = (b"<f>", b"<f ", b'="e"', b"hidden=", b"-repeated=", b"<!ENTITY", b"<!DOCTYPE")
ROW = re.compile(rb'<row [^>]*?r="(\d+)"')
WIDE = re.compile(rb'<c [^>]*?r="([A-Z]{2,4})\d')


class Extent:
    """How far a sheet reaches: a single cell far away makes a rectangle of billions."""

    def __init__(self):
        self.rows, self.columns, self.counted = 0, 26, 0

    def add(self, piece: bytes) -> None:
        self.counted += piece.count(b"<row")
        if numbers := ROW.findall(piece):
            self.rows = max(self.rows, *(int(one) for one in (numbers[0], numbers[-1])))
            if len(max(numbers, key=len)) > len(str(ROWS)):
                self.rows = max(int(one) for one in numbers)
        for letters in set(WIDE.findall(piece)):
            self.columns = max(self.columns, column_number(letters.decode()))

    def refuse(self) -> None:
        rows = max(self.rows, self.counted)
        if rows > ROWS + 100:
            raise too_large(_("%(count)s rows") % {"count": wording.number(rows)})
        if self.columns > COLUMNS:
            raise too_large(_("%(count)s columns") % {"count": wording.number(self.columns)})
        if rows * self.columns > CELLS:
            raise too_large(_("%(count)s cells") % {"count": wording.number(rows * self.columns)})


def _refuse_stretch(piece: bytes) -> None:
    """One cell of a gigabyte has no mark of XML for long."""
    for at in range(0, len(piece) - WINDOW + 1, WINDOW):
        if piece.find(b"<", at, at + WINDOW) < 0:
            raise Refusal(
                _("A cell of the file holds a text of more than %(count)s letters; shorten it.")
                % {"count": wording.number(WINDOW)},
                field="file",
                code="giant_cell",
            )


HIDDEN_ROW = re.compile(rb'<row (?=[^>]*hidden="(?:1|true)")[^>]*?r="(\d+)"')
HIDDEN_COLUMN = re.compile(rb'<col (?=[^>]*hidden="(?:1|true)")')
FORMULA = re.compile(rb'<c (?=[^>]*r="([A-Z]+)(\d+)")([^>]*)>\s*<f[ >/](.*?)</c>', re.DOTALL)
ERROR = re.compile(rb'<c (?=[^>]*r="([A-Z]+)(\d+)")(?=[^>]*t="e")')
VALUE = re.compile(rb"<v[^>]*>[^<]+</v>|<is>")


def _oddities(text: bytes, sheet: Found) -> None:
    if b"<!ENTITY" in text or b"<!DOCTYPE" in text:
        raise damaged()
    sheet.hidden_rows = {int(one) for one in HIDDEN_ROW.findall(text)}
    sheet.hidden_columns = bool(HIDDEN_COLUMN.search(text))
    for letters, row, _more, inside in FORMULA.findall(text):
        sheet.formulas += 1
        if not VALUE.search(inside):
            sheet.without_value.add((int(row), column_number(letters.decode())))
    sheet.errors = {(int(row), column_number(letters.decode())) for letters, row in ERROR.findall(text)}


REPEATED_ROW = re.compile(
    rb'<table:table-row [^>]*number-rows-repeated="(\d+)"[^>]*>(.*?)</table:table-row>', re.DOTALL
)
REPEATED_CELL = re.compile(
    rb'<table:table-cell (?=[^>]*number-columns-repeated="(\d+)")(?=[^>]*office:value-type)'
)


def _repeated(text: bytes, sheet: Found) -> None:
    """OpenDocument says "this row a million times" in a few letters."""
    if b"<!ENTITY" in text or b"<!DOCTYPE" in text:
        raise damaged()
    for count in REPEATED_CELL.findall(text):
        if int(count) > COLUMNS:
            raise too_large(_("%(count)s columns") % {"count": count.decode()[:12]})
    total = 0
    for count, inside in REPEATED_ROW.findall(text):
        if b"office:value-type" in inside:
            total += int(count)
    if total > ROWS:
        raise too_large(_("%(count)s rows") % {"count": wording.number(total)})


def column_number(letters: str) -> int:
    """27 for AA."""
    number = 0
    for letter in letters[:6]:
        number = number * 26 + ord(letter) - 64
    return number


def column_letters(number: int) -> str:
    """AA for 27."""
    letters = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
