"""This room is for the register book over the API: every number of a series, and what rests on a paper."""

from __future__ import annotations

import datetime as dt

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _
from ninja import Path, Query, Router, Schema
from pydantic import Field

from orgwork.procedures.annulment import what_rests
from orgwork.registers.documents import Document
from orgwork.registers.numbering import NumberSeries, book, kept_from
from orgwork.registers.paper_parts import parts_of
from orgwork.registers.paper_relations import PaperRelation

from . import asked
from .asked import When, need, told

router = Router(tags=["documents"])


class BookLine(Schema):
    """One number, or several missing in a row."""

    first: int
    last: int
    state: str = Field(description="paper, gap, reserved, lapsed or cancelled")
    breach: bool = Field(description="missing from a book that is kept here")
    document_id: int | None = None
    symbol: str | None = None
    date: dt.date | None = None
    reserved_for: str | None = Field(None, description="code of the body")
    until: dt.date | None = None


class Series(Schema):
    kind: str | None = Field(description="a code of the catalogue of documents; null for a congress")
    term_from: dt.date
    complete_from: int | None
    lines: list[BookLine]


class Book(Schema):
    on: dt.date
    known_at: str | None
    unit: str
    series: list[Series]


class BookAsked(When):
    unit: str = Field(description="code of the body that issues")
    kind: str | None = Field(None, max_length=40)
    term_from: dt.date | None = Field(None, description="only the series that began on this day")


@router.get("/documents/book", response=Book, operation_id="get_register_book")
def register_book(request: HttpRequest, asks: Query[BookAsked]):
    """The numbers a body has given to its papers, by kind and term, with what is missing and why."""
    dial = asks.dial()
    unit = asked.body(asks.unit, field="unit")
    need(request, "figures.read", unit)
    rows = NumberSeries.objects.filter(issuer=unit, opened_on__lte=dial.on).order_by("-opened_on", "kind")
    if dial.known_at is not None:
        rows = rows.filter(recorded__lt=dial.known_at)
    if asks.kind:
        rows = rows.filter(kind=asks.kind)
    if asks.term_from:
        rows = rows.filter(opened_on=asks.term_from)
    series = [
        {
            "kind": one.kind or None, "term_from": one.opened_on,
            "complete_from": kept_from(one, known_at=dial.known_at),
            "lines": [_line(line) for line in book(one, dial.on, known_at=dial.known_at)],
        }
        for one in rows
    ]  # fmt: skip
    return {"unit": unit.code, "series": series, **told(dial)}


def _line(line) -> dict:
    paper, mark = line.paper, line.mark
    return {
        "first": line.first, "last": line.last, "state": line.state, "breach": line.kept,
        "document_id": paper.pk if paper else None, "symbol": paper.symbol if paper else None,
        "date": paper.day if paper else None,
        "reserved_for": mark.holder.code if mark and mark.holder else None,
        "until": mark.period.last if mark and mark.valid_to else None,
    }  # fmt: skip


class Part(Schema):
    address: str = Field(description="how relations name it, such as key_task.2")
    kind: str
    number: int
    title: str
    put_into_effect_by: list[int] = Field(description="numbers of the papers that name this part")


class Parts(Schema):
    on: dt.date
    known_at: str | None
    items: list[Part]


@router.get("/documents/{int:number}/parts", response=Parts, operation_id="get_parts_of_document")
def parts(request: HttpRequest, number: Path[int], when: Query[When]):
    """Tasks, key tasks, breakthroughs and articles of a paper, with the papers that put each into effect."""
    dial = when.dial()
    paper = _paper(number)
    need(request, "figures.read", paper.issuer)
    rows = PaperRelation.objects.on(dial.on, known_at=dial.known_at).filter(target=paper).exclude(part="")
    of: dict[str, list[int]] = {}
    for part, source in rows.order_by("source__day", "pk").values_list("part", "source"):
        of.setdefault(part, []).append(source)
    items = [
        {"address": one.address, "kind": one.kind, "number": one.number, "title": one.title,
         "put_into_effect_by": of.get(one.address, [])}
        for one in parts_of(paper, dial.on, known_at=dial.known_at)
    ]  # fmt: skip
    return {"items": items, **told(dial)}


class GoesBack(Schema):
    table: str
    goes: int
    comes_back: int


class InTheWay(Schema):
    table: str | None = Field(None, description="null: a case under way")
    type: str
    id: int | None = None
    date: dt.date | None = None
    document_id: int | None = Field(None, description="the later paper by which it came")


class CaseGoesBack(Schema):
    id: int
    procedure: str
    from_state: str
    to_state: str
    runs_again: list[dt.date] = Field(description="the days of the deadlines that run again")


class RestsOn(Schema):
    """What annulling a decision would undo, by table, and what stands in its way; people by number only."""

    too_many: bool
    goes_back: list[GoesBack]
    cases: list[CaseGoesBack]
    in_the_way: list[InTheWay]


@router.get("/documents/{int:number}/rests", response=RestsOn, operation_id="get_what_rests_on_document")
def rests(request: HttpRequest, number: Path[int]):
    """All that began or ended by a paper, and the later facts, papers and cases that rest on it."""
    paper = _paper(number)
    need(request, "document.register", paper.issuer)
    found = what_rests(paper)
    counted: dict[str, dict] = {}
    for fact in found.facts:
        name = fact.model._meta.label_lower
        one = counted.setdefault(name, {"table": name, "goes": 0, "comes_back": 0})
        one["goes"] += len(fact.out)
        one["comes_back"] += len(fact.into)
    in_the_way = [
        {"table": one.model._meta.label_lower if one.model else None, "type": one.type, "id": one.id,
         "date": one.day, "document_id": one.paper.pk if one.paper else None}
        for one in found.later
    ]  # fmt: skip
    cases = [
        {"id": back.case.pk, "procedure": back.case.procedure, "from_state": back.case.state,
         "to_state": back.target, "runs_again": [one.due for one in back.run if one.met_on is None]}
        for back in found.cases
    ]  # fmt: skip
    return {
        "too_many": found.too_many, "goes_back": list(counted.values()), "cases": cases,
        "in_the_way": in_the_way,
    }  # fmt: skip


def _paper(number: int) -> Document:
    paper = Document.objects.filter(pk=number).select_related("issuer").first()
    if paper is None:
        raise Http404(_("No document has this number."))
    return paper
