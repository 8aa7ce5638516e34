"""This room is for documents: the numbered papers by which things begin and end."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Path, Query, Router, Schema
from pydantic import Field

from orgwork.exchange import akoma
from orgwork.foundation.fulltext import tokens_of
from orgwork.registers.documents import Document
from orgwork.registers.paper_relations import chain, force
from orgwork.registers.paper_search import Search, seen_by
from orgwork.registers.units import under_ids

from . import asked
from .asked import Dial, Listed, Paged, When, need, page, told

router = Router(tags=["documents"])


class DocumentOut(Schema):
    """A paper. Of a secret one there is number, kind and day only, for everybody."""

    id: int
    symbol: str = Field(description="number and symbol as printed, such as 214-QĐ/HU")
    number: int | None = None
    kind: str = ""
    date: dt.date | None = None
    title: str = ""
    secret: bool = False
    issuer_id: str | None = Field(None, description="code of the body that issued it")
    issuer_name: str = ""
    url: str


class Documents(Paged):
    items: list[DocumentOut]


class Text(Schema):
    language: str
    text: str
    source: str


class OneDocument(DocumentOut):
    on: dt.date
    known_at: str | None
    texts: list[Text]


class DocumentsAsked(Listed):
    unit: str | None = Field(None, description="papers issued by this body and everything under it")
    kind: str | None = Field(None, description="a code of the catalogue of documents", max_length=20)
    q: str | None = Field(
        None, description="words of number, title and text; /documents/search ranks them", max_length=200
    )


@router.get("/documents", response=Documents, operation_id="list_documents")
def documents(request: HttpRequest, asks: Query[DocumentsAsked]):
    """Papers of the day and before, the latest first; those from outside the register among them."""
    dial = asks.dial()
    unit = asked.where(request, asks.unit, "figures.read")
    scope = under_ids(unit, dial.on, known_at=dial.known_at)
    rows = _known(dial).filter(day__lte=dial.on).filter(Q(issuer__in=scope) | Q(issuer__isnull=True))
    if asks.kind:
        rows = rows.filter(kind=asks.kind)
    if tokens_of(asks.q or ""):
        who = {"now": timezone.localdate(), "on": dial.on, "known_at": dial.known_at}
        rows = Search(rows, asks.q or "", seen_by(request.user, act="names.read", **who)).all()
    return page(request, asks, rows.select_related("issuer"), ("-day", "-id"), shown)


@router.get("/documents/{int:number}", response=OneDocument, operation_id="get_document")
def one_document(request: HttpRequest, number: Path[int], when: Query[When]):
    """One paper with its text."""
    dial = when.dial()
    paper = _known(dial).filter(pk=number).select_related("issuer").first()
    if paper is None:
        raise Http404(_("No document has this number."))
    # A paper from outside the register takes the power to read figures anywhere.
    need(request, "figures.read", paper.issuer)
    texts = (
        [] if paper.secret else list(paper.texts.order_by("language").values("language", "text", "source"))
    )
    return {**shown([paper])[0], "texts": texts, **told(dial)}


@router.get("/documents/{int:number}/akoma", operation_id="get_document_as_akoma_ntoso")
def akoma_of(request: HttpRequest, number: Path[int], when: Query[When], text: str = ""):
    """The paper as Akoma Ntoso (application/akn+xml); ``text`` names a language where it has several texts.

    Title and text are for those who may read names at its issuer.
    """
    dial = when.dial()
    paper = _known(dial).filter(pk=number).select_related("issuer").first()
    if paper is None:
        raise Http404(_("No document has this number."))
    need(request, "figures.read", paper.issuer)
    named = bool(asked.may(request, "names.read", paper.issuer))
    content = akoma.exported(paper, dial.on, known_at=dial.known_at, language=text[:8], text=named)
    return HttpResponse(content, content_type=akoma.TYPE)


class ChainLink(DocumentOut):
    """A paper of the chain, and how the one nearer to the paper asked for rests on it, or it on that one."""

    level: int = Field(description="1 for its neighbours")
    relation: str = Field(description="a code of the catalogue of relations, said of the later paper")
    said_at: str = ""


class Chain(Schema):
    on: dt.date
    known_at: str | None
    in_force: bool
    up: list[ChainLink]
    down: list[ChainLink]


@router.get("/documents/{int:number}/chain", response=Chain, operation_id="get_chain_of_document")
def chain_of(request: HttpRequest, number: Path[int], when: Query[When]):
    """What a paper rests on, level by level, and what was made of it further down."""
    dial = when.dial()
    paper = _known(dial).filter(pk=number).select_related("issuer").first()
    if paper is None:
        raise Http404(_("No document has this number."))
    need(request, "figures.read", paper.issuer)
    ways = {
        name: [
            {**shown([link.paper])[0], "level": link.level, "relation": link.relation.kind,
             "said_at": link.relation.said_at}
            for link in chain(paper, dial.on, up=name == "up", known_at=dial.known_at)
        ]
        for name in ("up", "down")
    }  # fmt: skip
    in_force = force([paper], dial.on, known_at=dial.known_at)[paper.pk].in_force
    return {"in_force": in_force, **ways, **told(dial)}


def _known(dial: Dial):
    rows = Document.objects.all()
    return rows if dial.known_at is None else rows.filter(recorded__lt=dial.known_at)


def shown(rows: list[Document]) -> list[dict]:
    return [
        {
            "id": paper.pk, "symbol": paper.symbol, "number": paper.number, "kind": paper.kind,
            "date": paper.day, "title": "" if paper.secret else paper.title, "secret": paper.secret,
            "issuer_id": paper.issuer.code if paper.issuer_id else None, "issuer_name": paper.issuer_name,
            "url": f"/api/v1/documents/{paper.pk}",
        }
        for paper in rows
    ]  # fmt: skip
