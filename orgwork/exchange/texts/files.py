"""This room is for the text inside a file that is to be read: plain text in the usual encodings, or whatever
foundation/extracting.py knows.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import charset_normalizer
from django.utils.translation import gettext as _

from orgwork.exchange.sheets.encodings import wide_without_mark
from orgwork.exchange.texts import old_fonts
from orgwork.foundation import extracting
from orgwork.foundation.extracting import LETTERS, PAGES, PDF, Unreadable

#: Bytes of the file.
LARGEST = 25_000_000

__all__ = ["LARGEST", "LETTERS", "PAGES", "Opened", "Unreadable", "opened", "read_path", "text_of"]


@dataclass(frozen=True)
class Opened:
    """The text of a file, and what whoever reads it has to know about it (empty: nothing)."""

    text: str
    remark: str = ""


def text_of(content: bytes) -> str:
    """The text of a file alone."""
    return opened(content).text


def opened(content: bytes) -> Opened:
    """The text of a file; its kind is told from its content, not from its name. Raises Unreadable."""
    if len(content) > LARGEST:
        raise Unreadable(
            _("The file has more than %(most)s MB, and no more can be read. Split it, or paste the text.")
            % {"most": LARGEST // 1_000_000},
            field="file",
        )
    if content.startswith((b"%PDF-", b"PK\x03\x04")):
        kind = extracting.kind_of(content)
        pages = list(extracting.pages_of(content, kind))
        if kind == PDF and not any(page.strip() for page in pages):
            raise Unreadable(
                _("There are only pictures on its pages (%(pages)s); run text recognition (OCR) first.")
                % {"pages": len(pages)},
                field="file",
            )
        text = "\n".join(pages)
    else:
        text = _plain(content)
    if len(text) > LETTERS:
        raise extracting.too_long()
    if not text.strip():
        raise Unreadable(_("There is no text in the file."), field="file")
    return in_unicode(text)


def in_unicode(text: str) -> Opened:
    """Vietnamese in an old font is turned into Unicode and said to be; refused where that is not sure."""
    if not old_fonts.looks_old(text[:200_000], 12):
        return Opened(text)
    turned = old_fonts.modern(text)
    if turned is not None:
        return Opened(
            turned,
            _("The letters were those of an old Vietnamese font (TCVN3 or VNI) and have been turned into "
              "Unicode; places are those of the text so turned. Compare names with the paper."),
        )  # fmt: skip
    if old_fonts.half_read(text):
        raise _of_an_old_font()
    return Opened(text)


def _of_an_old_font() -> Unreadable:
    return Unreadable(
        _("The letters are those of an old Vietnamese font (TCVN3 or VNI); convert the file to Unicode "
          "(UTF-8) and try again."),
        field="file",
    )  # fmt: skip


def read_path(path: Path) -> str:
    """The text of a file on this machine, line ends untouched, so that places in it stay true."""
    with path.open("rb") as file:
        return text_of(file.read(LARGEST + 1))


def _wide(content: bytes) -> str:
    """UTF-16 that does not say so, if what comes out is text."""
    if not (encoding := wide_without_mark(content)):
        return ""
    try:
        said = content.decode(encoding)
    except UnicodeDecodeError:
        return ""
    return said if all(sign.isprintable() or sign.isspace() for sign in said) else ""


def _plain(content: bytes) -> str:
    """UTF-8 first; else the likeliest of the encodings in use for the four languages."""
    if said := _wide(content):
        return said
    if b"\0" in content[:4000] and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Unreadable(
            _("This is neither text nor a PDF, Word or OpenDocument file; save it as one of these."),
            field="file",
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    said = content.decode("latin-1")
    if old_fonts.looks_old(said[:20_000]):
        if old_fonts.modern(said) is None:
            raise _of_an_old_font()
        return said
    best = charset_normalizer.from_bytes(
        content[:200_000], cp_isolation=["utf_16", "cp1258", "cp1251", "cp1252", "koi8_r", "latin_1"]
    ).best()
    if best is None:
        raise Unreadable(
            _("The letters of this file are in an unknown encoding; save it as UTF-8 and try again."),
            field="file",
        )
    return content.decode(best.encoding, errors="replace")
