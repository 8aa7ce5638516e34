"""This room is for areas (Popolo's Area): territories with their official codes, villages, firms, schools."""

from __future__ import annotations

import datetime as dt

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _
from ninja import Path, Query, Router, Schema
from pydantic import Field

from orgwork.foundation.refusals import Refusal
from orgwork.foundation.words import narrow
from orgwork.registers.areas import Area, AreaKind, AreaName, AreaPlacement

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
        rows = rows.filter(code=asks.code)
    if asks.q:
        names = narrow(AreaName.objects.on(dial.on, known_at=dial.known_at), asks.q)
        rows = rows.filter(pk__in=names.values("area"))
    return page(request, asks, rows, ("code", "id"), lambda found: shown(found, dial))


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
    return [
        {
            "id": area.pk, "name": names.get(area.pk, area.code), "identifier": area.code,
            "code_list": area.code_list, "classification": area.kind, "ownership": area.ownership,
            "parent_id": parents.get(area.pk), "url": f"/api/v1/areas/{area.pk}",
        }
        for area in rows
    ]  # fmt: skip
