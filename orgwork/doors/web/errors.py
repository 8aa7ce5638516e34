"""This room is for the pages shown when something cannot be shown: each says what happened and what to
do next.
"""

from __future__ import annotations

import sys

from django.core.exceptions import SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from orgwork.foundation.refusals import NotAllowed, Refusal

WORDS = {
    400: (
        lambda: _("This address cannot be read"),
        lambda: _("Go back, correct what you entered, and try again."),
    ),
    403: (
        lambda: _("This is not open to you"),
        lambda: _("What a person may see or do follows from the posts held today."),
    ),
    404: (
        lambda: _("There is nothing at this address"),
        lambda: _("It may have been mistyped, or what stood here was never recorded. Search for it by name."),
    ),
    500: (
        lambda: _("Something went wrong on our side"),
        lambda: _(
            "Nothing was half-written: what you entered was either recorded whole or not at "
            "all. Try again; if it happens twice, tell the technical administrator the time "
            "shown here."
        ),
    ),
    503: (
        lambda: _("The database does not answer just now"),
        lambda: _(
            "Nothing was half-written: what you entered was either recorded whole or not at all. Wait a "
            "minute, go back, and send it again; if it lasts, tell the technical administrator."
        ),
    ),
}


def page(request, status: int, reason: str = "", who: list[str] | None = None) -> HttpResponse:
    """An own page for a status; `reason` says what happened, `who` names those who could open it."""
    title, advice = WORDS[status]
    context = {"status": status, "title": title(), "reason": reason, "advice": advice(), "who": who or []}
    return HttpResponse(render_to_string("web/error.html", context, request), status=status)


def bad_request(request, exception=None):
    if isinstance(exception, SuspiciousOperation):
        # Drawn without the shell: a page with links cannot be drawn for a host that is not ours.
        from django.utils import timezone

        title, advice = WORDS[400]
        context = {"title": title(), "advice": advice(), "at": timezone.now()}
        return HttpResponse(render_to_string("web/broken.html", context), status=400)
    return page(request, 400, str(exception) if exception and str(exception) else "")


def denied(request, exception=None):
    reason = str(exception) if exception and str(exception) else ""
    return page(request, 403, reason, getattr(exception, "who", []))


def missing(request, exception=None):
    text = (
        str(exception.args[0])
        if exception is not None and exception.args and isinstance(exception.args[0], str)
        else ""
    )
    return page(request, 404, "" if "matches the given query" in text else text)


def broken(request):
    """Drawn without the shell: whatever broke may have broken the shell too."""
    from django.utils import timezone

    fault = sys.exc_info()[1]
    away = isinstance(fault, OperationalError | InterfaceError)
    title, advice = WORDS[503 if away else 500]
    context = {
        "title": title(), "advice": advice(), "at": timezone.now(),
        "number": getattr(request, "number", ""),
    }  # fmt: skip
    answer = HttpResponse(render_to_string("web/broken.html", context), status=503 if away else 500)
    if away:
        answer.headers["Retry-After"] = "30"
    return answer


class RefusalMiddleware:
    """A refusal that no form could show becomes a page of its own."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        if not isinstance(exception, Refusal) or request.path.startswith("/api/"):
            return None
        status = 403 if isinstance(exception, NotAllowed) else 400
        return page(request, status, str(exception), [str(exception.hint)] if exception.hint else [])


def csrf_failure(request, reason=""):
    return page(
        request,
        403,
        _(
            "The form was open too long or came from another page. Reload it and send it "
            "again; what you typed is still in your browser."
        ),
    )
