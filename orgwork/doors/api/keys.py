"""This room is for who knocks with what: a key for programs, or the session of a browser; and how often."""

from __future__ import annotations

import time

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from ninja.errors import AuthenticationError
from ninja.security import HttpBearer

from orgwork.doors.web import callers
from orgwork.foundation import second_factors
from orgwork.foundation.refusals import NotAllowed
from orgwork.foundation.signing_in import ApiToken, TokenScope
from orgwork.procedures import signing_in

READING = ("GET", "HEAD", "OPTIONS")


class TokenAuth(HttpBearer):
    """A personal token: its account's powers, no more than its scope, until its last day.

    A wrong one is refused, even beside a session that would do; without one the session is asked.
    """

    def __call__(self, request: HttpRequest):
        said = request.headers.get("Authorization", "")
        if not said:
            return None
        token = bearer(said)
        if token is None or token.scope == TokenScope.SCIM or token.account is None:
            raise AuthenticationError
        if token.scope == TokenScope.READ and request.method not in READING:
            raise NotAllowed(
                _("This token may only read; make one that may write under /security/."),
                code="token_reads_only",
            )
        owes_nothing(token)
        enter(request, token)
        return token

    def authenticate(self, request, token):  # pragma: no cover - what HttpBearer asks for; not reached
        raise NotImplementedError


def bearer(said: str) -> ApiToken | None:
    """The living token of an Authorization header."""
    scheme, _space, text = said.partition(" ")
    return signing_in.token_of(text.strip()) if scheme.lower() == "bearer" else None


def owes_nothing(token: ApiToken) -> None:
    if signing_in.locked_out_for_want_of_a_factor(token.account, timezone.localdate()):
        raise NotAllowed(
            _("Your posts give powers that need a second factor; set one up under /security/ first."),
            code="second_factor_due",
        )


def enter(request: HttpRequest, token: ApiToken) -> None:
    request.user = token.account
    request.token = token  # type: ignore[attr-defined]
    language = token.account.language if token.account else ""
    if language in dict(settings.LANGUAGES):
        translation.activate(language)


def in_the_clear(request: HttpRequest) -> bool:
    """Whether a program sends over http what this house takes over https only."""
    return settings.SECURE_SSL_REDIRECT and not request.is_secure()


def too_many(request: HttpRequest) -> int:
    """Seconds to wait, or 0. Counted a minute at a time, for each key, session or address."""
    minute, second = divmod(int(time.time()), 60)
    key = f"api:{_who(request)}:{minute}"
    cache.add(key, 0, timeout=120)
    try:
        count = cache.incr(key)
    except ValueError:
        return 0
    return 60 - second if count > int(signing_in.rule("api_per_minute")) else 0


def _who(request: HttpRequest) -> str:
    said = request.headers.get("Authorization", "")
    if said:
        return second_factors.token_digest(said)
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        return f"account:{user.pk}"
    return second_factors.token_digest("address:" + callers.address_of(request))
