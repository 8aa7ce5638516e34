"""This room is for what every answer carries (safety headers) and every reader brings (a language)."""

import logging
import re
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

Handler = Callable[[HttpRequest], HttpResponse]
NUMBER = re.compile(r"[0-9a-fA-F-]{8,64}")
log = logging.getLogger("orgwork.requests")


class RequestNumber:
    """Every request has a number, which its log lines carry and its answer names: so that what somebody saw
    can be found. One line for each request when the level is INFO: its route, and nothing of the address.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        # Only a proxy of ours may number, and only with what cannot say anything.
        number = given if settings.SECURE_PROXY_SSL_HEADER and NUMBER.fullmatch(given) else uuid4().hex[:16]
        request.number = number  # type: ignore[attr-defined]
        began = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request=number):
            response = self.get_response(request)
            if log.isEnabledFor(logging.INFO):
                log.info("answered", extra=_said(request, response, began))
        response.headers["X-Request-ID"] = number
        return response


def _said(request: HttpRequest, response: HttpResponse, began: float) -> dict[str, Any]:
    return {
        "method": request.method,
        "route": getattr(request.resolver_match, "route", None),
        "status": response.status_code,
        "milliseconds": round((time.perf_counter() - began) * 1000, 1),
    }


class SafetyHeaders:
    """Content Security Policy and Permissions Policy; Django 5.2 has neither built in.

    No inline script, no inline style, nothing from elsewhere: a page that needs one has a mistake.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response
        self.policy = "; ".join(
            f"{name} {' '.join(sources)}".strip()
            for name, sources in settings.CONTENT_SECURITY_POLICY.items()
        )

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", self.policy)
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
        )
        # Nothing of this house is drawn into pages of others.
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if getattr(request, "user", None) is not None and request.user.is_authenticated:
            # Pages about people stay out of shared caches and out of the back button of the next reader.
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response


class AccountLanguage:
    """Signed-in people read in the language of their account, whatever the browser says."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response
        self.known = {code for code, _name in settings.LANGUAGES}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = getattr(request.user, "language", "") if request.user.is_authenticated else ""
        if language in self.known:
            translation.activate(language)
            request.LANGUAGE_CODE = language  # type: ignore[attr-defined]
        return self.get_response(request)
