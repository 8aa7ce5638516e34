"""This room is for areas (Popolo's Area): territories with their official codes, villages, firms, schools."""

from __future__ import annotations

import datetime as dt

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _
from ninja import Path, Query, Router, Schema
from pydantic import Field

from orgwork.foundation.refusals import Refusal
from orgwork.foundation.words import narrow
from orgwork.registers.area_changes import area_lineage
from orgwork.registers.area_lookup import codes_of, look_up
from orgwork.registers.areas import Area, AreaCode, AreaKind, AreaName, AreaPlacement

from .asked import Dial, Listed, Number, Paged, When, page, told

router = Router(tags=["areas"])


class AreaOut(Schema):
    """A place (Popolo Area). A code says nothing without the name of its list."""

    id: int
    name: str
    identifier: str
    code_list: str
    classification: str
    ownership: str = ""
    parent_id: int | None = None
    url: str


class Areas(Paged):
    items: list[AreaOut]


class OneArea(AreaOut):
    on: dt.date
    known_at: str | None


class AreasAsked(Listed):
    kind: str | None = Field(None, description="country, province, district, commune, village …")
    parent: Number | None = Field(None, description="only what lies directly in this area")
    code: str | None = Field(None, max_length=30)
    q: str | None = Field(None, description="words of the name, with or without diacritics", max_length=200)


@router.get("/areas", response=Areas, operation_id="list_areas")
def areas(request: HttpRequest, asks: Query[AreasAsked]):
    """Areas that exist on the day. Territories are public knowledge: whoever is signed in may read them."""
    dial = asks.dial()
    placed = AreaPlacement.objects.on(dial.on, known_at=dial.known_at)
    if asks.parent is not None:
        placed = placed.filter(parent=asks.parent)
    rows = Area.objects.filter(pk__in=placed.values("area"))
    if asks.kind:
        if asks.kind not in AreaKind.values:
            raise Refusal(
                _("“%(kind)s” is no kind of area; there are: %(known)s.")
                % {"kind": asks.kind[:40], "known": ", ".join(AreaKind.values)},
                field="kind",
                code="no_such_kind",
            )
        rows = rows.filter(kind=asks.kind)
    if asks.code:
        listed = AreaCode.objects.on(dial.on, known_at=dial.known_at).filter(code=asks.code)
        rows = rows.filter(code=asks.code) | rows.filter(pk__in=listed.values("area"))
    if asks.q:
        names = narrow(AreaName.objects.on(dial.on, known_at=dial.known_at), asks.q)
        rows = rows.filter(pk__in=names.values("area"))
    return page(request, asks, rows, ("code", "id"), lambda found: shown(found, dial))


class Coded(Schema):
    """A place on a day, with its code in the official list in force then, and what it lies in."""

    id: int
    name: str
    classification: str
    code_list: str
    identifier: str
    within: list[str]


class CameOf(Coded):
    """What came of a place, or what it came of: how much of its area and of its population."""

    kind: str
    area: str
    population: str
    resolution: str
    clause: str


class FoundArea(Coded):
    """A place of the name or code on the first day, and what it is on the other."""

    by_draft_code: bool
    became: list[CameOf]
    inside: list[Coded] = Field(
        description="of what ended without successor: what lay in it, on the other day"
    )


class FoundAreas(Schema):
    on: dt.date
    then: dt.date
    known_at: str | None
    more: int = Field(description="places whose names only contain the words; ask with wide=true")
    items: list[FoundArea]


class Sought(When):
    q: str = Field(description="a name, with or without diacritics, or a code", min_length=1, max_length=200)
    then: dt.date = Field(description="the other day, later or earlier than `on`")
    wide: bool = False


@router.get("/areas/find", response=FoundAreas, operation_id="find_areas")
def find_areas(request: HttpRequest, asks: Query[Sought]):
    """Which commune is it now? Places of a name or code on a day, and what they are on another day.

    One name can mean several places: all are listed, none is picked. Codes stand beside the name of their
    list; a code of the draft list of 2025 is found, and said to be one.
    """
    dial = asks.dial()
    found = look_up(asks.q, dial.on, asks.then, known_at=dial.known_at, wide=asks.wide)
    return {
        **told(dial),
        "then": asks.then,
        "more": found.more,
        "items": [
            {
                **_coded(one.spot),
                "by_draft_code": one.by_draft,
                "became": [
                    {
                        **_coded(came.spot), "kind": came.kind, "area": came.area,
                        "population": came.population, "resolution": came.paper, "clause": came.clause,
                    }
                    for came in one.became
                ],
                "inside": [_coded(spot) for spot in one.below],
            }
            for one in found.answers
        ],
    }  # fmt: skip


def _coded(spot) -> dict:
    return {
        "id": spot.area, "name": spot.name, "classification": spot.kind, "code_list": spot.code_list,
        "identifier": spot.code, "within": list(spot.within),
    }  # fmt: skip


class Step(Schema):
    """What a territory became; `new_code` is null where nothing came of it."""

    old_level: str
    old_code: str
    new_level: str | None
    new_code: str | None
    kind: str


class LineageAsked(When):
    then: dt.date = Field(description="the later day")


@router.get("/areas/lineage", response=list[Step], operation_id="lineage_of_areas")
def lineage(request: HttpRequest, asks: Query[LineageAsked]):
    """What every territory became from one day to another, unchanged ones included.

    Codes are those of the official lists in force on the two days, never of a draft.
    """
    dial = asks.dial()
    return area_lineage(dial.on, asks.then, known_at=dial.known_at)


@router.get("/areas/{int:number}", response=OneArea, operation_id="get_area")
def one_area(request: HttpRequest, number: Path[int], when: Query[When]):
    """One area."""
    area, dial = Area.objects.filter(pk=number).first(), when.dial()
    if area is None:
        raise Http404(_("No area has this number."))
    return {**shown([area], dial)[0], **told(dial)}


def shown(rows: list[Area], dial: Dial) -> list[dict]:
    ids = [row.pk for row in rows]
    names = dict(
        AreaName.objects.on(dial.on, known_at=dial.known_at)
        .filter(area__in=ids)
        .values_list("area_id", "name")
    )
    parents = dict(
        AreaPlacement.objects.on(dial.on, known_at=dial.known_at)
        .filter(area__in=ids)
        .values_list("area_id", "parent_id")
    )
    codes = codes_of(ids, dial.on, known_at=dial.known_at)
    return [
        {
            "id": area.pk, "name": names.get(area.pk, area.code),
            "identifier": codes.get(area.pk, ("", area.code))[1],
            "code_list": codes.get(area.pk, (area.code_list,))[0],
            "classification": area.kind, "ownership": area.ownership,
            "parent_id": parents.get(area.pk), "url": f"/api/v1/areas/{area.pk}",
        }
        for area in rows
    ]  # fmt: skip
