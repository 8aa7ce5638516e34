"""This room is for the text inside a file: plain text in the usual encodings, Word, OpenDocument, PDF.

Every file comes from outside: its size, what it unpacks to and how many pages it has are looked at before its
content is; what cannot be read is refused with a sentence that says what to do.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import charset_normalizer
import docx
import pypdfium2
from django.utils.translation import gettext as _
from lxml import etree

from orgwork.foundation.refusals import Refusal

#: Bytes of the file, bytes that it may unpack to, letters of text, pages.
LARGEST = 25_000_000
UNPACKED = 200_000_000
LETTERS = 5_000_000
PAGES = 2_000
_ODF_BLOCKS = {"p", "h"}


class Unreadable(Refusal):
    """There is no text that could be read from the file; the message says why and what to do."""

    code = "unreadable"


def text_of(content: bytes) -> str:
    """The text of a file; its kind is told from its content, not from its name. Raises Unreadable."""
    if len(content) > LARGEST:
        raise Unreadable(
            _("The file has %(size)s MB; at most %(most)s MB can be read. Split it, or paste the text.")
            % {"size": len(content) // 1_000_000, "most": LARGEST // 1_000_000},
            field="file",
        )
    if content.startswith(b"%PDF-"):
        text = _pdf(content)
    elif content.startswith(b"PK\x03\x04"):
        text = _zipped(content)
    else:
        text = _plain(content)
    if len(text) > LETTERS:
        raise Unreadable(
            _("The text has more than %(most)s million letters; read it in parts.")
            % {"most": LETTERS // 10**6},
            field="file",
        )
    if not text.strip():
        raise Unreadable(_("There is no text in the file."), field="file")
    return text


def read_path(path: Path) -> str:
    """The text of a file on this machine, line ends untouched, so that places in it stay true."""
    with path.open("rb") as file:
        return text_of(file.read(LARGEST + 1))


def _plain(content: bytes) -> str:
    """UTF-8 first; else the likeliest of the encodings in use for the four languages."""
    if b"\0" in content[:4000] and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Unreadable(
            _("This is neither text nor a PDF, Word or OpenDocument file; save it as one of these."),
            field="file",
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    best = charset_normalizer.from_bytes(
        content[:200_000], cp_isolation=["utf_16", "cp1258", "cp1251", "cp1252", "koi8_r", "latin_1"]
    ).best()
    if best is None:
        raise Unreadable(
            _("The letters of this file are in an unknown encoding; save it as UTF-8 and try again."),
            field="file",
        )
    return content.decode(best.encoding, errors="replace")


def _zipped(content: bytes) -> str:
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        names = set(archive.namelist())
        encrypted = any(item.flag_bits & 1 for item in archive.infolist())
        unpacked = sum(item.file_size for item in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise Unreadable(_("The file is damaged; save it again and try once more."), field="file") from error
    if encrypted:
        raise Unreadable(_("The file is locked with a password; save it without one."), field="file")
    if unpacked > UNPACKED:
        raise Unreadable(
            _("Unpacked, the file would take %(size)s MB; this is not an ordinary document.")
            % {"size": unpacked // 1_000_000},
            field="file",
        )
    try:
        if "word/document.xml" in names:
            return _word(content)
        if "content.xml" in names:
            return _opendocument(archive.open("content.xml").read(UNPACKED))
    except (KeyError, ValueError, etree.XMLSyntaxError, zipfile.BadZipFile, OSError) as error:
        raise Unreadable(_("The file is damaged; save it again and try once more."), field="file") from error
    raise Unreadable(
        _("This is neither text nor a PDF, Word or OpenDocument file; save it as one of these."), field="file"
    )


def _word(content: bytes) -> str:
    """Paragraphs and tables in their order."""
    lines = []
    for block in docx.Document(io.BytesIO(content)).iter_inner_content():
        if hasattr(block, "rows"):
            for row in block.rows:
                cells = dict.fromkeys(cell.text.strip() for cell in row.cells)
                lines.append("\t".join(cells))
        else:
            lines.append(block.text)
    return "\n".join(lines)


def _opendocument(content: bytes) -> str:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    root = etree.fromstring(content, parser)
    if root.getroottree().docinfo.doctype:
        raise ValueError("a document type in a text document")
    lines = []
    for node in root.iter():
        if isinstance(node.tag, str) and etree.QName(node).localname in _ODF_BLOCKS:
            lines.append("".join(node.itertext()))
    return "\n".join(lines)


def _pdf(content: bytes) -> str:
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise Unreadable(
                _("The PDF is locked with a password; save it without one."), field="file"
            ) from error
        raise Unreadable(_("The PDF is damaged; save it again and try once more."), field="file") from error
    with document:
        if len(document) > PAGES:
            raise Unreadable(
                _("The PDF has %(pages)s pages; at most %(most)s can be read at once.")
                % {"pages": len(document), "most": PAGES},
                field="file",
            )
        pages, letters = [], 0
        for page in document:
            text = page.get_textpage().get_text_bounded().replace("\r\n", "\n")
            letters += len(text)
            if letters > LETTERS:
                raise Unreadable(
                    _("The text has more than %(most)s million letters; read it in parts.")
                    % {"most": LETTERS // 10**6},
                    field="file",
                )
            pages.append(text)
        if not any(page.strip() for page in pages):
            raise Unreadable(
                _("The %(pages)s pages hold pictures only; run text recognition (OCR) first.")
                % {"pages": len(pages)},
                field="file",
            )
    return "\n".join(pages)
