"""This room is for who is asking: the account, its posts' powers today, and the token that forms need."""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.utils import timezone
from ninja import Router, Schema
from pydantic import Field

from orgwork.registers import access
from orgwork.registers.units import Unit

router = Router(tags=["session"])


class Power(Schema):
    act: str
    unit: str = Field(description="code of the body")
    reach: str = Field(description="own: this body alone; under: with everything under it")
    citation: str


class Session(Schema):
    username: str
    name: str
    language: str
    person_id: int | None
    today: dt.date = Field(description="the day on which powers are judged, whatever day is looked at")
    powers: list[Power]
    csrf_token: str = Field(description="send it back in the header X-CSRFToken when writing")


@router.get("/session", response=Session, operation_id="get_session")
def session(request: HttpRequest):
    """Who is signed in, and what they may do today."""
    today = timezone.localdate()
    held = access.mandates(request.user, now=today)
    codes = dict(Unit.objects.filter(pk__in={m.unit for m in held}).values_list("pk", "code"))
    powers = {(m.act, codes[m.unit], m.reach): m.citation for m in held}
    return {
        "username": request.user.username, "name": request.user.full_name, "language": request.user.language,
        "person_id": access.person_of(request.user), "today": today, "csrf_token": get_token(request),
        "powers": [
            {"act": act, "unit": unit, "reach": reach, "citation": citation}
            for (act, unit, reach), citation in sorted(powers.items())
        ],
    }  # fmt: skip
