"""This room is for papers by their words and for their files, by program."""

from __future__ import annotations

import datetime as dt

from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import File, Path, Query, Router, Schema, UploadedFile
from pydantic import Field

from orgwork.doors.web import found
from orgwork.doors.web import paper_files as pages
from orgwork.doors.web.lists import read_cursor
from orgwork.foundation.fulltext import Piece
from orgwork.foundation.refusals import Refusal
from orgwork.procedures import paper_files
from orgwork.registers.documents import Document
from orgwork.registers.paper_files import DocumentFile
from orgwork.registers.paper_relations import no_longer_in_force
from orgwork.registers.paper_search import Narrowing, Search, people_of, places, seen_by, terms, within

from . import asked
from .asked import Dial, Listed, Paged, When, need, noted, told
from .documents import DocumentOut, shown

router = Router(tags=["documents"])


class Snippet(Schema):
    """A stretch of a text as it was written, cut where what was looked for begins and ends."""

    text: str
    found: bool


class Hit(DocumentOut):
    nearness: int = Field(
        description="0: the number itself; 1: number by its beginning; 2: number and title; 3: texts"
    )
    in_force: bool
    title_pieces: list[Snippet] = []
    text_pieces: list[Snippet] = []
    language: str = Field("", description="of the text the place is in")
    file_id: int | None = Field(None, description="the file the place is in, else it is the paper's own text")
    page: int | None = None


class Hits(Paged):
    items: list[Hit]


class SearchAsked(Listed):
    q: str = Field(
        description="words of number, title and text, each by its beginning, with or without marks",
        min_length=1, max_length=200,
    )  # fmt: skip
    unit: str | None = Field(None, description="papers issued by this body and everything under it")
    alone: bool = Field(False, description="papers of this very body")
    kind: str | None = Field(None, description="a code of the catalogue of documents", max_length=40)
    term: str | None = Field(None, description="a term of office, such as XIII", max_length=10)
    in_force: bool | None = Field(None, description="in force on the day, or no longer")


@router.get("/documents/search", response=Hits, operation_id="search_documents")
def search_documents(request: HttpRequest, asks: Query[SearchAsked]):
    """Papers that have all the words, the nearest first and then the newest; the same on both databases."""
    dial = asks.dial()
    unit = asked.where(request, asks.unit, "figures.read")
    if asks.term and asks.term not in dict(terms()):
        raise Refusal(
            _("“%(term)s” is no term of office; take one of: %(terms)s.")
            % {"term": asks.term, "terms": ", ".join(code for code, _period in terms())},
            field="term", code="not_a_choice",
        )  # fmt: skip
    question = Search(_rows(request, asks, unit, dial), asks.q, _seen(request, dial, "names.read"))
    try:
        page = question.page(asks.limit, after=_place(asks.cursor))
    except (ValueError, TypeError, OverflowError) as fault:
        raise asked.strange_cursor() from fault
    following = None
    if page.after:
        params = request.GET.copy()
        params["cursor"] = found.cursor(page.after)
        following = f"{request.path}?{params.urlencode()}"
    return {"items": list(_hits(question, page.papers, dial)), "next": following, **told(dial)}


def _rows(request: HttpRequest, asks: SearchAsked, unit, dial: Dial):
    rows = Document.objects.filter(day__lte=dial.on)
    if dial.known_at is not None:
        rows = rows.filter(recorded__lt=dial.known_at)
    for seen in (within(unit, dial.on, known_at=dial.known_at), _seen(request, dial, "figures.read")):
        rows = rows if seen is None else rows.filter(seen)
    in_force = {None: "", True: "yes", False: "no"}[asks.in_force]
    narrowing = Narrowing(asks.kind or "", unit.pk if asks.alone else None, asks.term or "", in_force)
    return narrowing.of(rows.select_related("issuer"), dial.on, dial.known_at)


def _seen(request: HttpRequest, dial: Dial, act: str):
    return seen_by(request.user, act=act, now=timezone.localdate(), on=dial.on, known_at=dial.known_at)


def _place(cursor: str | None):
    place = read_cursor(cursor, 3)
    if place is None:
        return None
    near, day, ident = place
    dt.date.fromisoformat(day)
    if not isinstance(near, int) or not 0 <= near <= 3 or not isinstance(ident, int) or not 0 < ident < 2**63:
        raise ValueError("a place of another list")
    return near, day, ident


def _hits(question: Search, papers: list[Document], dial: Dial):
    ids = [paper.pk for paper in papers]
    readable = found.readable_of(question, ids)
    ended = set(
        no_longer_in_force(dial.on, known_at=dial.known_at)
        .filter(target__in=ids)
        .values_list("target", flat=True)
    )
    where = places(papers, question.text, readable=readable)
    for paper, said in zip(papers, shown(papers), strict=True):
        place = where[paper.pk]
        yield {
            **said, "title": said["title"] if paper.pk in readable else "",
            "nearness": paper.nearness, "in_force": paper.pk not in ended,
            "title_pieces": _pieces(place.title), "text_pieces": _pieces(place.text),
            "language": place.language, "file_id": place.file, "page": place.page,
        }  # fmt: skip


def _pieces(pieces: list[Piece]) -> list[dict]:
    return [{"text": piece.text, "found": piece.marked} for piece in pieces]


# ── files ────────────────────────────────────────────────────────────────────────────────────────────────


class FileOut(Schema):
    """A file of a paper in one version."""

    id: int
    document_id: int
    name: str
    media_type: str
    size: int
    sha256: str = Field(description="checksum of the bytes; empty: erased with the data of a person")
    pages: int | None
    current: bool = Field(description="false: replaced by a newer version, or taken away")
    replaces: int | None
    text_state: str = Field(description="waiting, reading, done, empty or unread")
    text_how: str = Field("", description="held in the file, or recognised from pictures")
    text_pages: int = 0
    text_reason: str = Field(
        "", description="why text, or some of it, could not be taken out, and what to do"
    )
    language: str = ""
    url: str


class Files(Schema):
    items: list[FileOut]


class PageOut(Schema):
    number: int
    text: str


class FileText(Schema):
    id: int
    language: str
    pages: list[PageOut]


class Ticket(Schema):
    """What attaching takes: operation `paper.attach`, within a day, by the same account."""

    ticket: str


def file_shown(file: DocumentFile) -> dict:
    text = getattr(file, "text", None)
    return {
        "id": file.pk, "document_id": file.document_id, "name": file.name, "media_type": file.media_type,
        "size": file.size, "sha256": file.sha256, "pages": file.pages, "current": file.retracted is None,
        "replaces": file.replaces_id, "text_state": text.state if text else "waiting",
        "text_how": text.how if text else "", "text_pages": text.done if text else 0,
        "text_reason": pages.reason(text), "language": text.language if text else "",
        "url": f"/api/v1/files/{file.pk}",
    }  # fmt: skip


def _need_names(request: HttpRequest, paper: Document) -> None:
    need(request, "figures.read", paper.issuer)
    need(request, "names.read", paper.issuer)


def _file(request: HttpRequest, number: int) -> DocumentFile:
    rows = DocumentFile.versions.filter(pk=number) if number < 2**63 else DocumentFile.versions.none()
    file = rows.select_related("document__issuer", "text").first()
    if file is None:
        raise Http404(_("No file has this number. Look for it on the page of its paper."))
    _need_names(request, file.document)
    return file


def _noted(request: HttpRequest, file: DocumentFile) -> None:
    noted(request, "names.read", unit=file.document.issuer)
    for person in people_of(file.document):
        noted(request, "names.read", person=person, unit=file.document.issuer)


@router.get("/documents/{int:number}/files", response=Files, operation_id="list_files_of_document")
def files_of_document(request: HttpRequest, number: Path[int], when: Query[When]):
    """The files of a paper, every version, the newest first."""
    paper = Document.objects.filter(pk=number).select_related("issuer").first()
    if paper is None:
        raise Http404(_("No document has this number."))
    _need_names(request, paper)
    rows = DocumentFile.versions.filter(document=paper).select_related("text").order_by("-recorded", "-pk")
    return {"items": [file_shown(file) for file in rows[:500]]}


@router.post("/files", response={201: Ticket}, operation_id="bring_file", summary="Bring a file")
def bring_file(request: HttpRequest, file: File[UploadedFile]):
    """Look at a file and lay it by; the ticket attaches it to a paper (operation `paper.attach`)."""
    need(request, paper_files.ACT, None)
    content = file.read(paper_files.largest() + 1)
    return 201, {"ticket": paper_files.bring(content, request.user)}


@router.get("/files/{int:number}", response=FileOut, operation_id="get_file")
def one_file(request: HttpRequest, number: Path[int]):
    """One file of a paper."""
    return file_shown(_file(request, number))


@router.get("/files/{int:number}/content", operation_id="get_content_of_file", response=None)
def content(request: HttpRequest, number: Path[int]):
    """The bytes, to be saved; held against their checksum before they leave."""
    file = _file(request, number)
    if not file.sha256:
        raise Http404(_("This file was erased with the data of a person."))
    _noted(request, file)
    return pages.handed_out(file)


@router.get("/files/{int:number}/text", response=FileText, operation_id="get_text_of_file")
def text(request: HttpRequest, number: Path[int]):
    """The text that was taken out of a file, page by page."""
    file = _file(request, number)
    _noted(request, file)
    rows = file.page_texts.order_by("number").values("number", "text")
    return {"id": file.pk, "language": file.text.language, "pages": list(rows)}
