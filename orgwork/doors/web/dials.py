"""This room is for the two dials on every page: where one looks and the day one looks at, both carried
in the address.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import BadRequest
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _


class BadDial(BadRequest):
    """The address names a day or a body that cannot be read; the page says which and offers the way back."""


def read_day(text: str, name: str) -> date | None:
    text = (text or "").strip()
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError as error:
        raise BadDial(
            _(
                "“%(text)s” is not a day. Write days as year-month-day, for example 2024-05-01 "
                "(in “%(name)s”)."
            )
            % {"text": text[:40], "name": name}
        ) from error
    if not 1900 <= found.year <= 2200:
        raise BadDial(
            _("The year %(year)s lies outside what the registers can hold (1900 to 2200).")
            % {"year": found.year}
        )
    return found


def read_known(text: str) -> date | datetime | None:
    """As known on a day, or at the very moment that the address of a figure carries."""
    text = (text or "").strip()
    if "T" not in text:
        return read_day(text, "known")
    try:
        found = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError as error:
        raise BadDial(
            _("“%(text)s” is not a moment. Choose a day under “as known on”.") % {"text": text[:40]}
        ) from error
    return found if timezone.is_aware(found) else timezone.make_aware(found)


def opening_day() -> date:
    """The day pages open on: today, or the day a demonstration is set to."""
    fixed = getattr(settings, "ORGWORK_TODAY", None)
    if isinstance(fixed, date):
        return fixed
    return date.fromisoformat(fixed) if fixed else timezone.localdate()


@dataclass(frozen=True)
class Dials:
    unit_code: str  # "" = not chosen: the reader's own place
    on: date
    since: date | None  # the first day of a period, where a page needs one
    known: date | datetime | None  # None = as known today
    opens_on: date
    today: date

    @classmethod
    def of(cls, params) -> Dials:
        opens_on = opening_day()
        on = read_day(params.get("on") or params.get("to") or "", "on")
        since = read_day(params.get("from") or "", "from")
        known = read_known(params.get("known") or params.get("known_at") or "")
        unit = (params.get("unit") or "").strip()
        if len(unit) > 64:
            raise BadDial(_("The code of a body has at most 64 characters. Choose the body again."))
        on = on or opens_on
        if since and since > on:
            raise BadDial(
                _(
                    "The period begins on %(first)s and ends before that, on %(last)s. Turn the two "
                    "days round."
                )
                % {"first": since.isoformat(), "last": on.isoformat()}
            )
        return cls(unit, on, since, known, opens_on, timezone.localdate())

    @cached_property
    def known_at(self) -> int | None:
        """The moment a page is computed at; None is "all that is known"."""
        if self.known is None:
            return None
        from orgwork.foundation import moments

        return moments.known_at(self.known)

    @property
    def is_past(self) -> bool:
        return self.on != self.today or self.known is not None

    @property
    def first(self) -> date:
        """The first day of the period: as said, else the first of January."""
        return self.since or date(self.on.year, 1, 1)

    def turned(self, **changes) -> Dials:
        return replace(self, **changes)

    def params(self) -> dict[str, str]:
        found = {}
        if self.unit_code:
            found["unit"] = self.unit_code
        if self.since:
            found["from"] = self.since.isoformat()
        if self.on != self.opens_on:
            found["on"] = self.on.isoformat()
        if self.known:
            found["known"] = self.known.isoformat()
        return found

    def query(self, **more) -> str:
        """The tail of an address: the dials as they stand, changed or added to by name; None takes one
        away.
        """
        found = self.params()
        for name, value in more.items():
            name = {"since": "from", "from_": "from"}.get(name, name)
            if isinstance(value, date):
                value = value.isoformat()
            if value is None or value == "":
                found.pop(name, None)
            else:
                found[name] = str(value)
        return "?" + urlencode(found) if found else ""


class DialsMiddleware:
    """Reads the dials once per request; a malformed one is refused before any page runs."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.path.startswith("/api/"):  # which reads its own, and refuses as programs read it
            request.dials = Dials.of({})
            return self.get_response(request)
        try:
            request.dials = Dials.of(request.GET)
        except BadDial as refusal:
            from .errors import page

            request.dials = Dials.of({})
            return page(request, 400, str(refusal))
        return self.get_response(request)
