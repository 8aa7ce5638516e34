"""This room is for the structure as linked data: W3C ORG in Turtle and JSON-LD."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Path, Query, Router, Schema
from pydantic import Field

from orgwork.doors.web.linked import sent
from orgwork.exchange.linked import areas, org
from orgwork.insight import frame
from orgwork.registers.unit_lineage import Lineage
from orgwork.registers.units import Unit, names_of

from .asked import When, body, need, told

router = Router(tags=["bodies"])

#: What stands in the description: the answer is a file of one of two types.
FILES: dict[str, Any] = {
    "responses": {
        200: {
            "description": "The file",
            "content": {
                "text/turtle": {"schema": {"type": "string"}},
                "application/ld+json": {"schema": {"type": "object"}},
            },
        }
    }
}


class FormAsked(When):
    format: Literal["ttl", "jsonld"] | None = Field(
        None, description="without it what the Accept header names, else Turtle"
    )

    def form(self, request: HttpRequest) -> str:
        return self.format or ("ttl" if request.accepts("text/turtle") else "jsonld")

    def moment(self) -> int | None:
        """One moment for the whole file, however long it takes to write."""
        known = self.dial().known_at
        return frame.known(None).moment if known is None else known


@router.get("/bodies/{code}/org", operation_id="get_body_as_w3c_org", openapi_extra=FILES)
def structure(request: HttpRequest, code: Path[str], asks: Query[FormAsked]):
    """The body and what stands below it in the W3C's vocabulary of organisations, with every change.

    Changes are `org:ChangeEvent`: what was, what came, the day, the paper. Nobody's name is in it.
    """
    unit = body(code)
    need(request, "figures.read", unit)
    form = asks.form(request)
    return sent(org.exported(unit, asks.dial().on, form=form, known_at=asks.moment()), form, unit.code)


class FollowAsked(When):
    then: dt.date = Field(description="the other day, later or earlier than `on`")


class BodyThen(Schema):
    id: str
    name: str
    url: str


class BodyFollowed(Schema):
    """What a body of one day is on another; nothing: it ended without successor, or nothing was before."""

    id: str
    on: dt.date
    then: dt.date
    known_at: str | None
    items: list[BodyThen]


@router.get("/bodies/{code}/lineage", response=BodyFollowed, operation_id="follow_body")
def lineage(request: HttpRequest, code: Path[str], asks: Query[FollowAsked]):
    """Predecessors and successors through every change, both ways: what this body is on the other day."""
    unit, dial = body(code), asks.dial()
    need(request, "figures.read", unit)
    found = Lineage(asks.then, known_at=dial.known_at).of(unit.pk)
    names = names_of(found, asks.then, known_at=dial.known_at)
    codes = Unit.objects.filter(pk__in=found).order_by("code").values_list("pk", "code")
    items = [{"id": c, "name": names.get(pk, c), "url": f"/api/v1/bodies/{c}"} for pk, c in codes]
    return {"id": unit.code, "then": asks.then, "items": items, **told(dial)}


@router.get("/areas/org", operation_id="get_areas_as_linked_data", openapi_extra=FILES)
def territories(request: HttpRequest, asks: Query[FormAsked]):
    """All territories of the day with their codes by list and what came of what."""
    form = asks.form(request)
    return sent(areas.exported(asks.dial().on, form=form, known_at=asks.moment()), form, "areas")
