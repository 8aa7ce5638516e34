"""This room is for bodies (Popolo's Organization): all, one, what stands below it, how many members."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q
from django.http import HttpRequest
from ninja import Path, Query, Router, Schema
from pydantic import Field

from orgwork.doors.web import words
from orgwork.foundation import catalogues
from orgwork.foundation.refusals import Refusal
from orgwork.foundation.words import narrow
from orgwork.registers.areas import AreaName
from orgwork.registers.functions import functions_of
from orgwork.registers.units import (
    Unit,
    UnitForm,
    UnitName,
    UnitPlacement,
    UnitService,
    UnitSuccession,
    names_of,
    under_ids,
)

from . import asked
from .asked import Dial, Listed, Paged, When, body, need, page, told

router = Router(tags=["bodies"])


class Identifier(Schema):
    scheme: str
    identifier: str


class OtherName(Schema):
    name: str
    note: str = Field("", description="the language of the name")
    start_date: dt.date
    end_date: dt.date | None = Field(None, description="the last day, included")


class Organization(Schema):
    """A body, as on the day asked (Popolo Organization)."""

    id: str = Field(description="the code, unique for ever")
    name: str
    classification: str = Field("", description="the kind, a code of the catalogue of kinds")
    classification_label: str = ""
    status: str = Field(
        "", description="active, forming or suspended; empty when it does not exist on the day"
    )
    parent_id: str | None = Field(None, description="the body under whose leadership it stands")
    founding_date: dt.date | None = None
    dissolution_date: dt.date | None = Field(None, description="the last day on which it existed")
    url: str


class Served(Schema):
    id: int
    name: str
    identifiers: list[Identifier]


class Change(Schema):
    """What came of a body, or what it came of (W3C ORG ChangeEvent)."""

    kind: str
    original_organization: str
    resulting_organization: str
    date: dt.date


class OneOrganization(Organization):
    on: dt.date
    known_at: str | None
    identifiers: list[Identifier]
    other_names: list[OtherName]
    areas: list[Served]
    changes: list[Change]
    path: list[str] = Field(description="codes from the whole down to the body itself")
    member_count: int | None = Field(None, description="members.stock on the day")
    member_count_records: str | None = None
    links: dict[str, str]


class Organizations(Paged):
    items: list[Organization]


class OneCount(Schema):
    on: dt.date
    known_at: str | None
    indicator: str
    unit: str
    value: float | None
    suppressed: bool = Field(False, description="too few to be shown")
    definition: str
    records_url: str


class BodiesAsked(Listed):
    unit: str | None = Field(None, description="only this body and everything under it")
    parent: str | None = Field(None, description="only what stands directly under this body")
    kind: str | None = Field(None, description="a code of the catalogue of kinds")
    q: str | None = Field(None, description="words of the name, with or without diacritics", max_length=200)


@router.get("/bodies", response=Organizations, operation_id="list_bodies")
def bodies(request: HttpRequest, asks: Query[BodiesAsked]):
    """Bodies that exist on the day, in the order of their codes."""
    dial = asks.dial()
    unit = asked.where(request, asks.unit or asks.parent, "figures.read")
    rows = Unit.objects.filter(pk__in=under_ids(unit, dial.on, known_at=dial.known_at))
    if asks.parent:
        parent = body(asks.parent, field="parent")
        placed = UnitPlacement.objects.on(dial.on, known_at=dial.known_at).filter(parent=parent)
        rows = rows.filter(pk__in=placed.values("unit"))
    if asks.kind:
        rows = rows.filter(pk__in=of_kind(asks.kind, dial))
    rows = rows.filter(named(asks.q, dial)) if asks.q else rows
    return page(request, asks, rows, ("code",), lambda found: shown(found, dial))


@router.get("/bodies/{code}", response=OneOrganization, operation_id="get_body")
def one_body(request: HttpRequest, code: Path[str], when: Query[When]):
    """One body with its names, the areas it serves, and what it came of."""
    unit, dial = body(code), when.dial()
    need(request, "figures.read", unit)
    return {**shown([unit], dial)[0], **details(unit, dial), **told(dial)}


@router.get("/bodies/{code}/children", response=Organizations, operation_id="list_children_of_body")
def children(request: HttpRequest, code: Path[str], asks: Query[Listed]):
    """What stands directly under the body on the day."""
    unit, dial = body(code), asks.dial()
    need(request, "figures.read", unit)
    placed = UnitPlacement.objects.on(dial.on, known_at=dial.known_at).filter(parent=unit)
    rows = Unit.objects.filter(pk__in=placed.values("unit"))
    return page(request, asks, rows, ("code",), lambda found: shown(found, dial))


class Function(Schema):
    """What a body has to do for good, by a paper."""

    number: int
    name: str
    paper: str = Field(description="symbol of the paper it rests on")
    since: dt.date


class Functions(Schema):
    unit: str
    on: dt.date
    known_at: str | None
    items: list[Function]


@router.get("/bodies/{code}/functions", response=Functions, operation_id="list_functions_of_body")
def functions(request: HttpRequest, code: Path[str], when: Query[When]):
    """The functions that the body has on the day; every function has exactly one body."""
    unit, dial = body(code), when.dial()
    need(request, "figures.read", unit)
    rows = functions_of(unit, dial.on, known_at=dial.known_at)
    items = [
        {"number": row.function_id, "name": row.function.name, "paper": row.function.paper.symbol,
         "since": row.valid_from}
        for row in rows
    ]  # fmt: skip
    return {"unit": unit.code, **told(dial), "items": items}


@router.get("/bodies/{code}/member-count", response=OneCount, operation_id="count_members_of_body")
def member_count(request: HttpRequest, code: Path[str], when: Query[When]):
    """How many members belong to the body and everything under it."""
    from orgwork.doors import answers

    unit, dial = body(code), when.dial()
    need(request, "figures.read", unit)
    found = answers.figure("members.stock", unit, on=dial.on, known=dial.known)
    return {**found, **told(dial)}


# ── how a body is shown ─────────────────────────────────────────────────────────────────────────────────


def shown(units: list[Unit], dial: Dial) -> list[dict]:
    """Four queries, however many bodies."""
    ids = [unit.pk for unit in units]
    names = names_of(ids, dial.on, known_at=dial.known_at)
    forms = {
        row.unit_id: row for row in UnitForm.objects.on(dial.on, known_at=dial.known_at).filter(unit__in=ids)
    }
    parents = dict(
        UnitPlacement.objects.on(dial.on, known_at=dial.known_at)
        .filter(unit__in=ids)
        .values_list("unit_id", "parent__code")
    )
    lives = lives_of(ids, dial)
    return [one(unit, names, forms.get(unit.pk), parents.get(unit.pk), lives.get(unit.pk)) for unit in units]


def one(unit: Unit, names: dict, form: UnitForm | None, parent: str | None, life) -> dict:
    first, last = life or (None, None)
    kind = form.kind if form else ""
    return {
        "id": unit.code, "name": names.get(unit.pk, unit.code), "classification": kind,
        "classification_label": words.body_kind(kind) if kind else "", "status": form.status if form else "",
        "parent_id": parent, "founding_date": first, "dissolution_date": last,
        "url": f"/api/v1/bodies/{unit.code}",
    }  # fmt: skip


def lives_of(ids: list[int], dial: Dial) -> dict[int, tuple[dt.date, dt.date | None]]:
    """First and last day of each body; it exists exactly while it is placed."""
    found: dict[int, tuple[dt.date, dt.date | None]] = {}
    rows = UnitPlacement.objects.at(dial.known_at).filter(unit__in=ids).order_by("valid_from")
    for ident, start, stop in rows.values_list("unit_id", "valid_from", "valid_to"):
        first = found[ident][0] if ident in found else start
        found[ident] = (first, None if stop is None else stop - dt.timedelta(days=1))
    return found


def details(unit: Unit, dial: Dial) -> dict:
    from orgwork.registers.units import parents_of

    areas = served(unit, dial)
    count, records = stock(unit, dial)
    codes = [{"scheme": "orgwork", "identifier": str(unit.pk)}]
    return {
        "identifiers": codes + [code for area in areas for code in area["identifiers"]],
        "other_names": [
            {
                "name": row.text,
                "note": row.language,
                "start_date": row.valid_from,
                "end_date": row.period.last,
            }
            for row in UnitName.objects.at(dial.known_at).filter(unit=unit).order_by("language", "valid_from")
        ],
        "areas": areas,
        "changes": changes(unit, dial),
        "path": [above.code for above in parents_of(unit, dial.on, known_at=dial.known_at)],
        "member_count": count,
        "member_count_records": records,
        "links": links(unit),
    }


def links(unit: Unit) -> dict[str, str]:
    base = f"/api/v1/bodies/{unit.code}"
    return {
        "children": f"{base}/children", "functions": f"{base}/functions",
        "member_count": f"{base}/member-count",
        "people": f"/api/v1/people?unit={unit.code}", "posts": f"/api/v1/posts?unit={unit.code}",
        "page": f"/bodies/{unit.code}/",
    }  # fmt: skip


def served(unit: Unit, dial: Dial) -> list[dict]:
    rows = UnitService.objects.on(dial.on, known_at=dial.known_at).filter(unit=unit).select_related("area")
    areas = [row.area for row in rows.order_by("area__code")]
    names = dict(
        AreaName.objects.on(dial.on, known_at=dial.known_at)
        .filter(area__in=areas)
        .values_list("area_id", "name")
    )
    return [
        {
            "id": area.pk,
            "name": names.get(area.pk, area.code),
            "identifiers": [{"scheme": area.code_list, "identifier": area.code}],
        }
        for area in areas
    ]


def changes(unit: Unit, dial: Dial) -> list[dict]:
    rows = UnitSuccession.objects.at(dial.known_at).filter(Q(predecessor=unit) | Q(successor=unit))
    return [
        {
            "kind": row.kind, "original_organization": row.predecessor.code,
            "resulting_organization": row.successor.code, "date": row.valid_from,
        }
        for row in rows.select_related("predecessor", "successor").order_by("valid_from")
    ]  # fmt: skip


def stock(unit: Unit, dial: Dial) -> tuple[int | None, str | None]:
    """Of a body that does not exist on the day nothing is counted."""
    from orgwork.doors import answers

    found = answers.figure("members.stock", unit, on=dial.on, known=dial.known)
    value = found["value"]
    return (None if value is None else int(value)), found["records_url"]


def of_kind(kind: str, dial: Dial):
    if kind not in catalogues.kinds():
        raise Refusal(f"{kind}: " + ", ".join(sorted(catalogues.kinds())), field="kind", code="no_such_kind")
    return UnitForm.objects.on(dial.on, known_at=dial.known_at).filter(kind=kind).values("unit")


def named(text: str, dial: Dial) -> Q:
    """By code, or by any words of a name, with or without diacritics."""
    rows = narrow(UnitName.objects.at(dial.known_at), text)
    return Q(code__iexact=text.strip()) | Q(pk__in=rows.values("unit"))
