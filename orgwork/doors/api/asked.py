"""This room is for what every reading is asked with: the day, what was known, the page; and for its gate."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import BadRequest, ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Schema
from pydantic import Field, field_validator

from orgwork.doors.web.lists import beyond, read_cursor, write_cursor
from orgwork.foundation.moments import known_at
from orgwork.foundation.refusals import Refusal
from orgwork.registers import access
from orgwork.registers.reads import note_read
from orgwork.registers.units import Unit

MOST = 500
#: The number of a record, as a parameter.
Number = Annotated[int, Field(ge=0, lt=2**63)]
EARLIEST, LATEST = dt.date(1900, 1, 1), dt.date(2200, 12, 31)


class When(Schema):
    """The dial: a day, and as it was known on another."""

    on: dt.date | None = Field(None, description="the day looked at; without it the day that pages open on")
    known_at: dt.datetime | dt.date | None = Field(
        None, description="as it was known at the end of this day, or at this time; without it as known now"
    )

    @field_validator("on", "known_at", "first", "last", "then", check_fields=False)
    @classmethod
    def _in_reach(cls, when: dt.datetime | dt.date | None) -> dt.datetime | dt.date | None:
        if when is not None and not EARLIEST.year <= when.year <= LATEST.year:
            raise ValueError("the registers hold days from 1900 to 2200")
        return when

    @field_validator("known_at", mode="before")
    @classmethod
    def _day_or_time(cls, text: Any) -> Any:
        """A bare day means its end, never its midnight."""
        if isinstance(text, str) and len(text) <= 10:
            return dt.date.fromisoformat(text)
        return text

    def dial(self) -> Dial:
        on = self.on or settings.ORGWORK_TODAY or timezone.localdate()
        known = self.known_at
        if isinstance(known, dt.datetime) and known.tzinfo is None:
            known = timezone.make_aware(known)
        return Dial(on, None if known is None else known_at(known), known)


@dataclass(frozen=True)
class Dial:
    """The day, and the moment up to which records are known (None: all that is known)."""

    on: dt.date
    known_at: int | None = None
    known: dt.date | dt.datetime | None = None

    def query(self, **more: Any) -> str:
        """The dial as the pages carry it in their addresses."""
        found: dict[str, Any] = {"on": self.on.isoformat()}
        if self.known:
            found["known"] = self.known.isoformat()[:10]
        return "?" + urlencode({**found, **{k: v for k, v in more.items() if v}})


class Listed(When):
    """A list: the dial, and which page of it."""

    cursor: str | None = Field(
        None, description="as given in `next`; without it the first page", max_length=2000
    )
    limit: int = Field(50, ge=1, le=MOST, description="at most so many rows")


class Paged(Schema):
    """One page of a list. Follow `next` until it is null; a page never shifts while others write."""

    on: dt.date
    known_at: str | None
    next: str | None


def page(
    request: HttpRequest, asked: Listed, rows: QuerySet, order: Sequence[str], show: Callable[[list], list]
) -> dict:
    """One page after the cursor, by key: as fast at the end as at the beginning."""
    dial = asked.dial()
    names = [name.lstrip("-") for name in order]
    falling = order[0].startswith("-")
    if cursor := read_cursor(asked.cursor, len(names)):
        try:
            rows = rows.filter(beyond(names, cursor, "lt" if falling else "gt"))
        except (ValueError, TypeError, OverflowError, ValidationError) as fault:
            raise strange_cursor() from fault
        if any(isinstance(part, int) and abs(part) >= 2**63 for part in cursor):
            raise strange_cursor()
    found = list(rows.order_by(*order)[: asked.limit + 1])
    more, found = len(found) > asked.limit, found[: asked.limit]
    following = None
    if more:
        params = request.GET.copy()
        params["cursor"] = write_cursor(found[-1], names)
        following = f"{request.path}?{params.urlencode()}"
    return {"items": show(found), "next": following, **told(dial)}


def strange_cursor() -> BadRequest:
    return BadRequest(_("This cursor belongs to another list; begin with the first page."))


def told(dial: Dial) -> dict:
    return {"on": dial.on, "known_at": dial.known.isoformat() if dial.known else None}


# ── the gate ────────────────────────────────────────────────────────────────────────────────────────────


def need(request: HttpRequest, act: str, unit: Unit | int | None) -> None:
    """Go on only if the account has the power today, whatever day is looked at."""
    access.require(request.user, act, unit, now=timezone.localdate())


def may(request: HttpRequest, act: str, unit: Unit | int | None) -> bool:
    return bool(access.may(request.user, act, unit, now=timezone.localdate()))


def noted(request: HttpRequest, act: str, *, person=None, unit=None, count: int = 1) -> None:
    note_read(request.user, act, door="api", person=person, unit=unit, count=count)


def body(code: str, *, field: str | None = None) -> Unit:
    """The body of that code: 404 in an address, refused by name in a parameter."""
    found = Unit.objects.filter(code=code).first()
    if found is not None:
        return found
    message = _("No body has the code “%(code)s”.") % {"code": code[:60]}
    if field:
        raise Refusal(message, field=field, code="no_such_body")
    raise Http404(message)


def where(request: HttpRequest, code: str | None, act: str) -> Unit:
    """The body a list looks at: the one asked for, else the one where the account has its power."""
    if code:
        unit = body(code, field="unit")
    else:
        unit = widest(request, act)
    need(request, act, unit)
    return unit


def widest(request: HttpRequest, act: str) -> Unit:
    """The one body over which the account has the act; of several it must name one."""
    own, under, everything = access.scopes(request.user, act, now=timezone.localdate())
    if everything:
        return access.root()  # type: ignore[return-value]
    found = list(Unit.objects.filter(pk__in=own | under).order_by("code")[:2])
    if len(found) == 1:
        return found[0]
    if not found:
        return access.root()  # type: ignore[return-value]  where the gate says no, and who may
    raise Refusal(
        _("Say with “unit” where to look; your posts give you this power over more than one body."),
        field="unit",
        code="unit_needed",
    )
