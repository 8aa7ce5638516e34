"""This room is for saying no to programs: every refusal as a problem document (RFC 9457)."""

from __future__ import annotations

import logging
from typing import Any

from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig
from django.db import IntegrityError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError
from pydantic import Field

from orgwork.foundation import wording
from orgwork.foundation.refusals import (
    NotAllowed,
    Overlap,
    Refusal,
    RegisterIncomplete,
    Stale,
    WrongState,
)

log = logging.getLogger(__name__)

#: Who asks too much, too late, or against what is recorded; every other refusal is 422: change what you sent.
STATUS = {NotAllowed: 403, Stale: 409, Overlap: 409, WrongState: 409, RegisterIncomplete: 409}


class Problem(Schema):
    """Why something was not done, and how to go on (RFC 9457). Nothing was written."""

    type: str = Field(examples=["urn:orgwork:problem:not_allowed"])
    title: str
    status: int
    detail: str
    instance: str = ""
    code: str = Field("", description="stable, for programs")
    field: str | None = Field(None, description="the input that is meant")
    citation: str = Field("", description="the rule behind the refusal")
    hint: str = Field("", description="the way on; for powers that are missing: who has them")
    errors: list[dict] = Field([], description="each input that cannot be read")
    left: list[str] = Field([], description="what would be left without a home")


def titles() -> dict[int, str]:
    return {
        400: _("This address cannot be read"),
        401: _("Sign in first"),
        403: _("This is not open to you"),
        404: _("There is nothing at this address"),
        405: _("This address does not take that"),
        409: _("What is recorded stands against it"),
        413: _("This is too long"),
        422: _("This cannot be done as it was sent"),
        429: _("Too many requests"),
        500: _("Something went wrong on our side"),
        503: _("Busy; try again in a moment"),
    }


def answer(request: HttpRequest, status: int, detail: str, *, code: str, **more: Any) -> JsonResponse:
    body = {
        "type": f"urn:orgwork:problem:{code}",
        "title": titles().get(status, ""),
        "status": status,
        "detail": str(detail),
        "instance": request.path,
        "code": code,
        **{name: value for name, value in more.items() if value},
    }
    response = JsonResponse(
        body,
        status=status,
        content_type="application/problem+json",
        json_dumps_params={"ensure_ascii": False},
    )
    if status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="orgwork"'
    return response


def refused(request: HttpRequest, fault: Refusal) -> JsonResponse:
    status = next((s for kind, s in STATUS.items() if isinstance(fault, kind)), 422)
    return answer(
        request, status, fault.message, code=fault.code, field=fault.field,
        citation=wording.cited(fault.citation), hint=str(fault.hint or ""),
        left=[str(one) for one in getattr(fault, "left", [])],
    )  # fmt: skip


def unreadable(request: HttpRequest, fault: ValidationError) -> JsonResponse:
    """The first input that cannot be read is named; ``errors`` has them all."""
    errors = [
        {"field": ".".join(str(part) for part in error["loc"][1:]), "detail": wanted(error["type"])}
        for error in fault.errors
    ]
    first = errors[0] if errors else {"field": "", "detail": ""}
    detail = _("“%(field)s” cannot be read: %(detail)s.") % first
    return answer(request, 422, detail, code="unreadable", field=first["field"], errors=errors)


def wanted(kind: str) -> str:
    """What an input should have been, by the kind of fault: the library that reads speaks English."""
    if kind == "missing":
        return _("it is missing")
    for beginning, words in WANTED.items():
        if kind.startswith(beginning):
            return _("it should be %(what)s") % {"what": words()}
    return _("it is not of the form the description of this API gives")


WANTED = {
    "int": lambda: _("a whole number"),
    "float": lambda: _("a number"),
    "decimal": lambda: _("a number"),
    "bool": lambda: _("true or false"),
    "datetime": lambda: _("a time such as 2024-05-01T08:00:00+07:00"),
    "date": lambda: _("a day such as 2024-05-01"),
    "string_too_long": lambda: _("a shorter text"),
    "string_too_short": lambda: _("a longer text"),
    "string": lambda: _("a text"),
    "list": lambda: _("a list"),
    "dict": lambda: _("an object of names and values"),
    "model": lambda: _("an object of names and values"),
    "literal": lambda: _("one of the values that the description of this API gives"),
    "enum": lambda: _("one of the values that the description of this API gives"),
    "greater_than": lambda: _("a larger number"),
    "less_than": lambda: _("a smaller number"),
}


def missing(request: HttpRequest, fault: Exception | None = None) -> JsonResponse:
    text = str(fault.args[0]) if fault is not None and fault.args and isinstance(fault.args[0], str) else ""
    detail = text or _("Nothing is recorded at this address; look it up in a list first.")
    return answer(request, 404, detail, code="not_found")


def bad(request: HttpRequest) -> JsonResponse:
    """An address that no database could look up."""
    return answer(request, 400, titles()[400], code="bad_request")


def in_the_clear(request: HttpRequest) -> JsonResponse:
    detail = _("This address is reached by https only; what you sent went out in the clear.")
    return answer(request, 400, detail, code="https_only")


def slow_down(request: HttpRequest, wait: int) -> JsonResponse:
    detail = _("Too many requests in this minute; wait %(seconds)s seconds.") % {"seconds": wait}
    response = answer(request, 429, detail, code="too_many")
    response["Retry-After"] = str(wait)
    return response


def not_so(request: HttpRequest, response: HttpResponse) -> JsonResponse:
    """The library says which methods there are, in a plain text."""
    detail = _("This address takes: %(methods)s.") % {"methods": response.get("Allow", "")}
    found = answer(request, 405, detail, code="wrong_method")
    if "Allow" in response:
        found["Allow"] = response["Allow"]
    return found


def owes_a_password(request: HttpRequest) -> JsonResponse:
    detail = _("Your password was given to you by somebody else; set one of your own at /password/ first.")
    return answer(request, 403, detail, code="password_due")


def owes_a_factor(request: HttpRequest) -> JsonResponse:
    """Whoever holds heavy powers and has not set up a second factor in time."""
    detail = _("Your posts give powers that need a second factor; set one up under /security/ first.")
    return answer(request, 403, detail, code="second_factor_due")


def install(api: NinjaAPI) -> None:
    """Everything that can go wrong leaves as a problem document."""
    api.add_exception_handler(Refusal, refused)
    api.add_exception_handler(ValidationError, unreadable)
    api.add_exception_handler(Http404, missing)
    api.add_exception_handler(AuthenticationError, _unknown)
    api.add_exception_handler(HttpError, _http)
    api.add_exception_handler(BadRequest, _bad)
    api.add_exception_handler(RequestDataTooBig, _too_long)
    api.add_exception_handler(PermissionDenied, _denied)
    api.add_exception_handler(IntegrityError, _overtaken)
    api.add_exception_handler(OperationalError, _busy)
    api.add_exception_handler(Exception, _broken)


def _unknown(request, fault):
    if request.headers.get("Authorization"):
        detail = _("This token is not good, or no longer; its owner can make another under /security/.")
        return answer(request, 401, detail, code="bad_token")
    return answer(request, 401, _("Nobody is signed in; sign in at /sign-in/ first."), code="signed_out")


def _http(request, fault):
    code = "csrf" if fault.status_code == 403 else "bad_request"
    detail = str(fault)
    if code == "csrf":
        detail = _("The request carries no valid CSRF token; read one at /api/v1/session and send it back.")
    return answer(request, fault.status_code, detail, code=code)


def _bad(request, fault):
    return answer(request, 400, str(fault), code="bad_request")


def _too_long(request, fault):
    detail = _("The body of the request is longer than this address takes; send it in parts.")
    return answer(request, 413, detail, code="too_long")


def _denied(request, fault):
    hint = "; ".join(getattr(fault, "who", []))
    return answer(request, 403, str(fault) or titles()[403], code="not_allowed", hint=hint)


def _overtaken(request, fault):
    """The database keeps its promises when two write at once: the second is told."""
    log.warning("A promise of the database stood against %s", _place(request), exc_info=fault)
    detail = _("Somebody else has just recorded something that stands against it; look, and try again.")
    return answer(request, 409, detail, code="overtaken")


def _busy(request, fault):
    log.error("The database did not answer %s", _place(request), exc_info=fault)
    return answer(request, 503, _("The database is busy; nothing was written."), code="busy")


def _place(request: HttpRequest) -> str:
    """The address without what was put into it: numbers of people belong in no log."""
    return getattr(request.resolver_match, "route", "?")


def _broken(request, fault):
    log.error("Fault at %s %s", request.method, _place(request), exc_info=fault)
    return answer(
        request, 500, _("Nothing was half-written; tell the technical administrator the time."), code="fault"
    )
