"""This room is for the structure as linked data: W3C ORG in Turtle and JSON-LD."""

from __future__ import annotations

from typing import Any, Literal

from django.http import HttpRequest
from ninja import Path, Query, Router
from pydantic import Field

from orgwork.doors.web.linked import sent
from orgwork.exchange.linked import areas, org
from orgwork.insight import frame

from .asked import When, body, need

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


@router.get("/areas/org", operation_id="get_areas_as_linked_data", openapi_extra=FILES)
def territories(request: HttpRequest, asks: Query[FormAsked]):
    """All territories of the day with their codes by list and what came of what."""
    form = asks.form(request)
    return sent(areas.exported(asks.dial().on, form=form, known_at=asks.moment()), form, "areas")
