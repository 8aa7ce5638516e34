"""This room is for setting a page as PDF: a template of orgwork/printed/ and plain data give the bytes.

Papers of sections can be had as Word, too.

Typst sets the page. Its own built-in faces have every letter of the four languages, so that a page looks the
same on every machine; what is installed there is only asked for a letter those faces lack. Files are
PDF/A-2a: they can be kept for ever, searched, and read aloud.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import docx
import typst
from docx.enum.section import WD_ORIENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

from orgwork.foundation import wording

TEMPLATES = Path(__file__).resolve().parent.parent / "printed"
STANDARD: Any = "a-2a"
TYPE = "application/pdf"


def pdf(template: str, data: Mapping[str, Any], *, language: str | None = None) -> bytes:
    """The page ``orgwork/printed/<template>.typ`` with the data, which it reads as JSON; days come as words.

    The same data give the same bytes: the file carries ``data["day"]`` as its date, not the clock's.
    """
    language = wording.language_in_use(language)
    day = data.get("day") or dt.date(2000, 1, 1)
    said = {"language": language, **data, "date": [day.year, day.month, day.day]}
    text = json.dumps(_plain(said, language), ensure_ascii=False)
    source = TEMPLATES / f"{template}.typ"
    inputs: dict[str, Any] = {"root": str(TEMPLATES), "sys_inputs": {"data": text}, "format": "pdf"}
    try:
        return _set(source, ignore_system_fonts=True, pdf_standards=[STANDARD], **inputs)
    except typst.TypstError as error:
        if "could not be displayed" not in str(error):
            raise
    # A letter of some other script: better a page with another face than no page.
    return _set(source, **inputs)


def _set(source: Path, **inputs: Any) -> bytes:
    made: Any = typst.compile(str(source), **inputs)
    return made


def document(
    title: str, sections: Iterable[Mapping[str, Any]], *, day: dt.date, subtitle: str = "", footer: str = "",
    issuer: str = "", wide: bool = False, language: str | None = None,
) -> bytes:  # fmt: skip
    """A paper of sections, each made by ``section``; for lists, files and whatever has no form of its own."""
    said = {"title": title, "subtitle": subtitle, "issuer": issuer, "footer": footer, "day": day}
    return pdf("document", {**said, "wide": wide, "sections": list(sections)}, language=language)


def word(
    title: str, sections: Iterable[Mapping[str, Any]], *, day: dt.date, subtitle: str = "", footer: str = "",
    issuer: str = "", wide: bool = False, language: str | None = None,
) -> bytes:  # fmt: skip
    """The same paper as a Word file, for those who go on writing in it."""
    language = wording.language_in_use(language)
    file = docx.Document()
    _paper(file, language, wide)
    if issuer:
        file.add_paragraph().add_run(issuer).bold = True
    file.add_heading(str(title), 0)
    if subtitle:
        file.add_paragraph(str(subtitle))
    for part in _plain(list(sections), language):
        _section(file, part)
    file.sections[0].footer.paragraphs[0].text = str(footer)
    file.core_properties.title = str(title)[:255]
    out = BytesIO()
    file.save(out)
    return out.getvalue()


def _paper(file: Any, language: str, wide: bool) -> None:
    page = file.sections[0]
    size = (Cm(21), Cm(29.7))
    page.page_width, page.page_height = reversed(size) if wide else size
    page.orientation = WD_ORIENT.LANDSCAPE if wide else WD_ORIENT.PORTRAIT
    page.left_margin = page.right_margin = Cm(2.2)
    style = file.styles["Normal"]
    style.font.name, style.font.size = "Times New Roman", Pt(12)
    spoken = OxmlElement("w:lang")
    spoken.set(qn("w:val"), {"vi": "vi-VN", "en": "en-GB", "de": "de-DE", "ru": "ru-RU"}[language])
    style.element.get_or_add_rPr().append(spoken)


def _section(file: Any, part: Mapping[str, Any]) -> None:
    if part["heading"]:
        file.add_heading(part["heading"], 1)
    for text in part["text"]:
        file.add_paragraph(text)
    if part["pairs"]:
        table = file.add_table(rows=0, cols=2)
        for label, value in part["pairs"]:
            cells = table.add_row().cells
            cells[0].text, cells[1].text = str(label), _shown(value)
    if part["columns"]:
        table = file.add_table(rows=1, cols=len(part["columns"]), style="Light Grid Accent 1")
        for cell, name in zip(table.rows[0].cells, part["columns"], strict=True):
            cell.text = str(name)
        for row in part["rows"]:
            for cell, value in zip(table.add_row().cells, row, strict=True):
                cell.text = _shown(value)
    if part["note"]:
        file.add_paragraph(part["note"])


def _shown(value: Any) -> str:
    return "" if value is None else str(value)


def section(
    heading: str = "", *, text: Sequence[str] = (), pairs: Iterable[tuple[Any, Any]] = (),
    columns: Sequence[str] = (), rows: Iterable[Sequence[Any]] = (), numbers: Iterable[int] = (),
    note: str = "", widths: Sequence[float] = (),
) -> dict[str, Any]:  # fmt: skip
    """One section: paragraphs, then pairs of label and value, then a table whose head stands on every page.

    ``numbers`` are the places of columns set to the right; ``widths`` are shares of the width, else even.
    """
    return {
        "heading": heading, "text": list(text), "pairs": [list(pair) for pair in pairs],
        "columns": list(columns), "rows": [list(row) for row in rows], "numbers": list(numbers),
        "note": note, "widths": list(widths),
    }  # fmt: skip


def _plain(value: Any, language: str) -> Any:
    """Data as the template reads them: texts, numbers, lists; nothing stays a Python object."""
    if isinstance(value, Mapping):
        return {str(key): _plain(one, language) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one, language) for one in value]
    if isinstance(value, dt.datetime):
        return wording.at(value, language)
    if isinstance(value, dt.date):
        return wording.day(value, language)
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return str(value)
