"""This room is for what files hold: what kind they are, told from their content, and the text inside them.

Every file comes from outside: its size, what it unpacks to, how many pages and picture points it has are
looked at before its content is; what cannot be read is refused with a sentence that says what to do. PDFium
is not made for several threads: whoever reads a PDF holds the one lock.
"""

from __future__ import annotations

import io
import threading
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import docx
import pypdfium2
from django.utils.translation import gettext as _
from lxml import etree
from PIL import Image

from .refusals import Refusal

#: Bytes that a file may unpack to, and its text alone; parts, letters, pages; points of a picture.
UNPACKED, MARKUP, PARTS = 200_000_000, 60_000_000, 5_000
LETTERS = 5_000_000
PAGES = 2_000
POINTS = 80_000_000

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ODT = "application/vnd.oasis.opendocument.text"
PNG, JPEG, TIFF = "image/png", "image/jpeg", "image/tiff"
#: What each kind is called by the library of pictures.
PICTURES = {PNG: "PNG", JPEG: "JPEG", TIFF: "TIFF"}

_ODF_BLOCKS = {"p", "h"}
_pdfium = threading.RLock()


class Unreadable(Refusal):
    """There is nothing that could be read from the file; the message says why and what to do."""

    code = "unreadable"


def _unreadable(message: str) -> Unreadable:
    return Unreadable(message, field="file")


def _damaged() -> Unreadable:
    return _unreadable(_("The file is damaged; save it again and try once more."))


@dataclass(frozen=True)
class Looked:
    """What a file is, and how many pages it has (None: it is not cut into pages)."""

    media_type: str
    pages: int | None = None


def look(content: bytes) -> Looked:
    """Tell what kind of file it is and whether it can be read at all. Raises Unreadable."""
    kind = kind_of(content)
    if kind == PDF:
        with opened_pdf(content) as document:
            return Looked(kind, len(document))
    if kind in PICTURES:
        return Looked(kind, _look_at_picture(content, kind))
    _zipped(content)
    return Looked(kind)


def kind_of(content: bytes) -> str:
    """The type of a PDF, Word or OpenDocument text or of a picture; everything else is refused."""
    if content.startswith(b"%PDF-"):
        return PDF
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG
    if content.startswith((b"II*\0", b"MM\0*")):
        return TIFF
    if content.startswith(b"PK\x03\x04"):
        return zipped_kind(opened_zip(content))
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise _unreadable(
            _("This is an old Word file, or one locked with a password; save it as DOCX without a password.")
        )
    raise _unreadable(
        _("This is none of the files that are kept for papers: PDF, Word (DOCX), OpenDocument (ODT), "
          "PNG, JPEG, TIFF. Its content decides, not its name.")
    )  # fmt: skip


# ── pages of text ────────────────────────────────────────────────────────────────────────────────────────


def pages_of(content: bytes, kind: str) -> Iterator[str]:
    """The text that the file itself holds, page by page; a picture holds none. Raises Unreadable."""
    if kind == PDF:
        yield from pdf_pages(content)
    elif kind in PICTURES:
        yield from ("" for _page in range(_look_at_picture(content, kind)))
    else:
        yield _zipped(content)


def pdf_pages(content: bytes) -> Iterator[str]:
    """The text of each page of a PDF; of a page that cannot be read none."""
    letters = 0
    with opened_pdf(content) as document:
        for number in range(len(document)):
            text = _page_text(document, number)
            letters += len(text)
            if letters > LETTERS:
                raise too_long()
            yield text


def _page_text(document: pypdfium2.PdfDocument, number: int) -> str:
    with _pdfium:
        try:
            page = document[number]
        except pypdfium2.PdfiumError:
            return ""
        try:
            return page.get_textpage().get_text_bounded().replace("\r\n", "\n").replace("\ufffe", "-")
        except pypdfium2.PdfiumError:
            return ""
        finally:
            page.close()


def too_long() -> Unreadable:
    return _unreadable(
        _("The text has more than %(most)s million letters; read it in parts.") % {"most": LETTERS // 10**6}
    )


@contextmanager
def opened_pdf(content: bytes) -> Iterator[pypdfium2.PdfDocument]:
    """A PDF that is whole, not locked and not longer than can be read."""
    with _pdfium:
        try:
            document = pypdfium2.PdfDocument(content)
        except pypdfium2.PdfiumError as error:
            if "password" in str(error).lower():
                raise _unreadable(_("The PDF is locked with a password; save it without one.")) from error
            raise _unreadable(_("The PDF is damaged; save it again and try once more.")) from error
        pages = len(document)
    try:
        if pages > PAGES:
            raise _unreadable(
                _("The PDF has %(pages)s pages; at most %(most)s can be read at once.")
                % {"pages": pages, "most": PAGES}
            )
        if not pages:
            raise _unreadable(_("The PDF is damaged; save it again and try once more."))
        yield document
    finally:
        with _pdfium:
            document.close()


# ── Word and OpenDocument ────────────────────────────────────────────────────────────────────────────────


def opened_zip(content: bytes) -> zipfile.ZipFile:
    """An archive that unpacks to what an ordinary document does."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise _damaged() from error
    if any(part.flag_bits & 1 for part in parts):
        raise _unreadable(_("The file is locked with a password; save it without one."))
    # What is unpacked stops at the size that the archive says, whatever is in it.
    unpacked = sum(part.file_size for part in parts)
    if unpacked > UNPACKED or len(parts) > PARTS:
        raise _unreadable(
            _("Unpacked, the file would take %(size)s MB; this is not an ordinary document.")
            % {"size": unpacked // 1_000_000}
        )
    return archive


def zipped_kind(archive: zipfile.ZipFile) -> str:
    """Word or OpenDocument; with macros, or another kind of archive, it is refused."""
    names = set(archive.namelist())
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise _unreadable(_("The file holds programs (macros); save it as DOCX without them."))
    if {"word/document.xml", "[Content_Types].xml"} <= names:
        return DOCX
    if "content.xml" in names and _mimetype(archive).startswith(ODT):
        return ODT
    raise _unreadable(
        _("This is neither text nor a PDF, Word or OpenDocument file; save it as one of these.")
    )


def _mimetype(archive: zipfile.ZipFile) -> str:
    try:
        return archive.open("mimetype").read(200).decode("ascii", errors="replace").strip()
    except (KeyError, zipfile.BadZipFile, OSError, NotImplementedError, ValueError):
        return ""


def _zipped(content: bytes) -> str:
    archive = opened_zip(content)
    kind = zipped_kind(archive)
    name = "word/document.xml" if kind == DOCX else "content.xml"
    if archive.getinfo(name).file_size > MARKUP:
        raise too_long()
    # What a damaged archive raises on the way is not said anywhere.
    try:
        text = _word(content) if kind == DOCX else _opendocument(archive.open(name).read(MARKUP))
    except (KeyError, ValueError, TypeError, AttributeError, etree.LxmlError, zipfile.BadZipFile, OSError,
            NotImplementedError, EOFError, RecursionError) as error:  # fmt: skip
        raise _damaged() from error
    except Exception as error:
        if type(error).__module__.partition(".")[0] in {"docx", "zlib", "lzma"}:
            raise _damaged() from error
        raise
    if len(text) > LETTERS:
        raise too_long()
    return text


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


# ── pictures ─────────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def _opened_picture(content: bytes, kind: str) -> Iterator[Image.Image]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a bomb is told by a warning; so is metadata that makes no sense
        try:
            with Image.open(io.BytesIO(content), formats=[PICTURES[kind]]) as picture:
                yield picture
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise _too_many_points() from error
        except (
            OSError,
            ValueError,
            SyntaxError,
            KeyError,
            EOFError,
            Warning,
            OverflowError,
            MemoryError,
        ) as error:
            raise _unreadable(_("The picture is damaged; save it again and try once more.")) from error


def _too_many_points() -> Unreadable:
    return _unreadable(
        _("The picture has more than %(most)s million points; scan it with 300 points to the inch.")
        % {"most": POINTS // 10**6}
    )


def _look_at_picture(content: bytes, kind: str) -> int:
    """How many pages a picture has; every one is looked at before the first is unpacked."""
    with _opened_picture(content, kind) as picture:
        pages = getattr(picture, "n_frames", 1) if kind == TIFF else 1
        if pages > PAGES:
            raise _unreadable(
                _("The picture has %(pages)s pages; at most %(most)s can be read at once.")
                % {"pages": pages, "most": PAGES}
            )
        for number in range(pages):
            if pages > 1:
                picture.seek(number)
            if picture.width * picture.height > POINTS:
                raise _too_many_points()
        if pages > 1:
            picture.seek(0)
        if kind == JPEG:
            picture.draft("L", (picture.width // 8 or 1, picture.height // 8 or 1))
        picture.load()
        return pages


def picture_of(
    content: bytes, kind: str, number: int, *, dots: int = 300, most: int = 25_000_000
) -> Image.Image:
    """Page ``number`` (from 1) as a grey picture, for recognition. Raises Unreadable."""
    if kind == PDF:
        return _rendered(content, number, dots, most)
    with _opened_picture(content, kind) as picture:
        if number > 1:
            picture.seek(number - 1)
        if picture.width * picture.height > POINTS:
            raise _too_many_points()
        grey = _on_white(picture).convert("L")
    if grey.width * grey.height > most:
        grey.thumbnail(_within(grey.width, grey.height, most))
    return grey


def _on_white(picture: Image.Image) -> Image.Image:
    if "A" not in picture.getbands() and "transparency" not in picture.info:
        return picture
    with_alpha = picture.convert("RGBA")
    white = Image.new("RGBA", with_alpha.size, "white")
    white.alpha_composite(with_alpha)
    return white


def _rendered(content: bytes, number: int, dots: int, most: int) -> Image.Image:
    with opened_pdf(content) as document, _pdfium:
        try:
            page = document[number - 1]
            width, height = page.get_size()
            points = width * height * (dots / 72) ** 2
            scale = dots / 72 * min(1.0, (most / points) ** 0.5 if points else 1.0)
            picture: Any = page.render(scale=scale, grayscale=True).to_pil()
            page.close()
        except (pypdfium2.PdfiumError, ValueError, MemoryError) as error:
            raise _damaged() from error
        return picture.convert("L")


def _within(width: int, height: int, most: int) -> tuple[int, int]:
    factor = (most / (width * height)) ** 0.5
    return max(1, int(width * factor)), max(1, int(height * factor))
