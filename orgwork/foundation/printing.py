"""This room is for setting a page as PDF: a template of orgwork/printed/ and plain data give the bytes.

Typst sets the page. Its own built-in faces have every letter of the four languages, so that a page looks the
same on every machine; what is installed there is only asked for a letter those faces lack. Files are
PDF/A-2a: they can be kept for ever, searched, and read aloud.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import typst

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
