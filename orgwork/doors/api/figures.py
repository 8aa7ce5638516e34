"""This room is for figures: the catalogue, a figure with its keys, its records page by page, its bodies."""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Path, Query, Router, Schema
from pydantic import Field

from orgwork.doors import answers
from orgwork.doors.web.lists import read_cursor, write_cursor
from orgwork.foundation.refusals import Refusal
from orgwork.insight import frame
from orgwork.registers.units import Unit, names_of

from . import asked
from .asked import Listed, Paged, When, need, noted, told

router = Router(tags=["figures"])

#: What is no option of a figure; every other parameter is one.
NAMES = {"unit", "on", "from", "to", "known_at", "cursor", "limit", "structure"}


class FigureOut(Schema):
    indicator: str
    label: str
    definition: str
    kind: str = Field(description="stock, flow, ratio or change")
    unit_of_value: str
    source: str
    subject: str
    options: list[str] = Field(description="parameters that narrow it, such as sex or kind")


class Catalogue(Schema):
    items: list[FigureOut]


class FigureAsked(When):
    """Further parameters are options of the figure (`sex=f`, `kind=cell`)."""

    unit: str = Field("TW", description="code of the body, with everything under it")
    first: dt.date | None = Field(None, alias="from", description="first day of the period of a flow")
    last: dt.date | None = Field(None, alias="to", description="last day of the period, included")


class RecordsAsked(FigureAsked, Listed):
    pass


class Figure(Schema):
    """A figure with everything that says what it is. It is the count of the records at `records_url`."""

    indicator: str
    label: str
    unit: str
    on: dt.date | None = None
    first: dt.date | None = Field(None, serialization_alias="from", validation_alias="from")
    last: dt.date | None = Field(None, serialization_alias="to", validation_alias="to")
    known_at: str
    value: int | float | None
    unit_of_value: str
    definition: str
    source: str
    records_url: str
    options: dict[str, str] = {}
    rules: list[str] = Field([], description="versions of the provisions it rests on")
    parts: list[dict] = Field([], description="the figures it is computed from")


class Record(Schema):
    type: str
    id: int
    label: str
    url: str
    day: dt.date | None = Field(None, description="the day of the event, of a flow")


class Records(Paged):
    items: list[Record]
    count: int = Field(description="the figure: how many there are")
    open: int = Field(description="how many of them are open to the account")
    who: list[str] = Field(description="who may open the rest")


class OfBody(Schema):
    unit: str
    name: str
    value: int | float | None


class OfBodies(Schema):
    indicator: str
    items: list[OfBody]


@router.get("/figures", response=Catalogue, operation_id="list_figures")
def figures(request: HttpRequest):
    """The catalogue: every figure with its definition."""
    need(request, "figures.read", None)
    return {"items": answers.catalogue()}


@router.get("/figures/{code}", response=Figure, operation_id="get_figure", by_alias=True, exclude_none=True)
def one_figure(request: HttpRequest, code: Path[str], asks: Query[FigureAsked]):
    """One figure of one body and everything under it, on a day or over a period."""
    unit, wanted = _gate(request, asks)
    return answers.figure(code, unit, **wanted)


@router.get("/figures/{code}/records", response=Records, operation_id="list_records_of_figure")
def records(request: HttpRequest, code: Path[str], asks: Query[RecordsAsked]):
    """What a figure counts, page by page; people take the power to read names, and are noted."""
    unit, wanted = _gate(request, asks)
    offset, moment = _read_cursor(asks.cursor)
    # Every page speaks of what the first one knew: none shifts while others write.
    at = frame.known(wanted["known"] if moment is None else moment)
    found = answers.page_of_records(
        code, unit, request.user, offset=offset, limit=asks.limit, **{**wanted, "known": at}
    )
    if found.personal and found.rows:
        noted(request, "names.read", unit=unit, count=len(found.rows))
    return {
        "items": [row.as_json() for row in found.rows], "count": found.total, "open": found.open,
        "who": answers.who(found), "next": _next(request, found.following, at), **told(asks.dial()),
    }  # fmt: skip


@router.get("/figures/{code}/by-body", response=OfBodies, operation_id="get_figure_by_body")
def by_body(request: HttpRequest, code: Path[str], asks: Query[FigureAsked]):
    """The figure of each party organisation and cell directly under the body."""
    unit, wanted = _gate(request, asks)
    first, last = wanted.pop("first"), wanted.pop("last")
    known = wanted.pop("known")
    found = frame.by_children(code, unit, period=answers.period(first, last), known_at=known, **wanted)
    day = wanted["on"] or last
    names = names_of(list(found), day)
    codes = dict(Unit.objects.filter(pk__in=found).values_list("pk", "code"))
    items = [{"unit": codes[b], "name": names.get(b, ""), "value": value} for b, value in found.items()]
    return {"indicator": code, "items": items}


class StructureAsked(FigureAsked):
    structure: dt.date = Field(description="the day whose bodies the records are told by; later than theirs")


class OfLine(OfBody):
    unit: str | None = Field(
        description="code of the body; null for what lies elsewhere or is not to be said"
    )
    line: str = Field(description="the code, “elsewhere” or “open”")
    came_of: dict[str, int] = Field(description="from which bodies as reported, and how many")
    records_url: str


class OnStructure(Schema):
    """The same records twice: by the bodies of their own day, and by those of a later one. The sums agree."""

    indicator: str
    unit: str
    structure: dt.date
    known_at: str
    value: int
    reported: list[OfBody]
    regrouped: list[OfLine]


@router.get("/figures/{code}/structure", response=OnStructure, operation_id="get_figure_on_structure")
def on_structure(request: HttpRequest, code: Path[str], asks: Query[StructureAsked]):
    """A figure of a day before a reform on the structure after it, beside the figure as it was reported.

    Where a body was divided each record goes where its person went; nothing is guessed.
    """
    unit, wanted = _gate(request, asks)
    return answers.on_structure(code, unit, asks.structure, **wanted)


def _read_cursor(text: str | None) -> tuple[int, int | None]:
    if not text:
        return 0, None
    offset, moment = read_cursor(text, 2)  # type: ignore[misc]
    if not (
        isinstance(offset, int) and isinstance(moment, int) and 0 <= offset < 2**31 and 0 <= moment < 2**62
    ):
        raise asked.strange_cursor()
    return offset, moment


def _next(request, following: int | None, at: frame.Known) -> str | None:
    if following is None or at.moment is None:
        return None
    params = request.GET.copy()
    params["cursor"] = write_cursor({"offset": following, "moment": at.moment}, ("offset", "moment"))
    return f"{request.path}?{params.urlencode()}"


def _gate(request, asks: FigureAsked) -> tuple[Unit, dict]:
    """The body, and the question as the frame takes it."""
    unit = asked.body(asks.unit, field="unit")
    need(request, "figures.read", unit)
    if bool(asks.first) != bool(asks.last):
        field = "to" if asks.first else "from"
        raise Refusal(_("A period needs both days."), field=field, code="period_missing")
    if asks.first and asks.last < asks.first:
        raise Refusal(
            _("The period ends before it begins; turn the two days round."), field="to", code="empty_period"
        )
    dial = asks.dial()
    options = {name: value for name, value in request.GET.items() if name not in NAMES and value}
    on = None if asks.first else dial.on
    return unit, {"on": on, "first": asks.first, "last": asks.last, "known": dial.known, **options}
