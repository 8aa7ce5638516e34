"""This room is for signing in at the office's own provider (OpenID Connect, code flow with PKCE).

Authlib walks the protocol: discovery, state, nonce, PKCE, signature, audience, age. Decided here: which
provider (from the environment, nothing else), which signatures count, and whose account a subject is — the
one tied to it, never one found by a name or an e-mail.
"""

from __future__ import annotations

import logging
import time
from functools import lru_cache

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.django_client import DjangoOAuth2App, OAuth
from authlib.integrations.requests_client import OAuth2Session
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_safe
from joserfc.errors import JoseError
from requests import RequestException

from orgwork.procedures import accounts

log = logging.getLogger(__name__)

#: Signed with a key that only the provider has; a shared secret or no signature never counts.
SIGNATURES = (
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519",
)  # fmt: skip
#: How far the clocks of two machines may differ, in seconds.
LEEWAY = 60
#: The provider's description is read anew after an hour.
KEPT_FOR = 3600
#: How a provider says that it has asked for two factors (RFC 8176).
TWO_FACTORS = "mfa"
PATH = "/.well-known/openid-configuration"


class Unverified(Exception):
    """The provider's answer, or what it says about itself, does not hold."""


class Direct(OAuth2Session):
    """Asks the provider itself and nobody it points to."""

    def request(self, *args, **kwargs):
        kwargs["allow_redirects"] = False
        return super().request(*args, **kwargs)


class Provider(DjangoOAuth2App):
    client_cls = Direct


def configured() -> bool:
    return bool(settings.ORGWORK_OIDC["issuer"] and settings.ORGWORK_OIDC["client_id"])


def name() -> str:
    """What the button says."""
    return settings.ORGWORK_OIDC["label"] or settings.ORGWORK_OIDC["issuer"].partition("://")[2]


def client():
    """The provider as it describes itself, checked against what was set."""
    said = settings.ORGWORK_OIDC
    app = _client(said["issuer"], said["client_id"], said["client_secret"], said["scope"], _hour())
    described = app.load_server_metadata()
    if described.get("issuer") != said["issuer"]:
        raise Unverified("another issuer than the one that was set")
    offered = described.get("id_token_signing_alg_values_supported") or SIGNATURES
    described["id_token_signing_alg_values_supported"] = [one for one in offered if one in SIGNATURES]
    return app


def _hour() -> int:
    return int(time.time()) // KEPT_FOR


@lru_cache(maxsize=2)
def _client(issuer: str, client_id: str, secret: str, scope: str, _hour: int):
    return OAuth().register(
        "provider", client_cls=Provider, client_id=client_id, client_secret=secret or None,
        server_metadata_url=issuer.rstrip("/") + PATH,
        client_kwargs={"scope": scope, "code_challenge_method": "S256", "default_timeout": 10},
    )  # fmt: skip


def forget() -> None:
    """Read the provider's description anew."""
    _client.cache_clear()


@login_not_required
@never_cache
@require_safe
def go(request):
    """To the provider, with state, nonce and challenge kept in the session."""
    from .signin import safe

    if not configured():
        return redirect("sign-in")
    request.session["provider_next"] = safe(request, request.GET.get("next"))
    back = request.build_absolute_uri(reverse("provider-back"))
    try:
        return client().authorize_redirect(request, back, ui_locales=translation.get_language())
    except (RequestException, Unverified, AuthlibBaseError, ValueError, RuntimeError) as fault:
        return away(request, fault)


@login_not_required
@never_cache
@require_safe
@sensitive_variables("answer", "claims")
def back(request):
    """From the provider: whose subject is it, and in."""
    if not configured():
        return redirect("sign-in")
    if request.GET.get("error"):
        log.info("The provider refused a sign-in")
        return refused(
            request, 403,
            _("The sign-in was not completed at %(provider)s; begin again, or use your password.")
            % {"provider": name()},
        )  # fmt: skip
    try:
        answer = _answer(request)
    except RequestException as fault:
        return away(request, fault)
    except (Unverified, AuthlibBaseError, JoseError, ValueError, KeyError, TypeError, RuntimeError) as fault:
        log.warning("An answer of the provider did not hold: %s", type(fault).__name__)
        return refused(
            request, 403,
            _(
                "What came back from %(provider)s could not be verified, so nobody was signed in. Begin "
                "again; if it happens twice, tell the technical administrator."
            )
            % {"provider": name()},
        )  # fmt: skip
    return come_in(request, answer)


def _answer(request) -> dict:
    """The provider's tokens, the ID token verified; whatever does not hold is an exception."""
    app = client()
    issuer = request.GET.get("iss")
    if issuer is not None and issuer != settings.ORGWORK_OIDC["issuer"]:
        raise Unverified("the answer names another issuer")  # RFC 9207
    # Authlib takes an unknown state for an empty one: say so before anything is asked of the provider.
    if not request.GET.get("state") or not request.GET.get("code"):
        raise Unverified("no state or no code")
    if app.framework.get_state_data(request.session, request.GET["state"]) is None:
        raise Unverified("an unknown state")
    answer = app.authorize_access_token(request, leeway=LEEWAY)
    if not answer.get("userinfo"):
        raise Unverified("no ID token")
    return answer


def come_in(request, answer: dict):
    from .signin import go_on

    claims = answer["userinfo"]
    subject = str(claims.get(settings.ORGWORK_OIDC["subject_claim"]) or "")
    account = accounts.of_subject(settings.ORGWORK_OIDC["issuer"], subject) if subject else None
    if account is None:
        return refused(
            request, 403,
            _(
                "You are known at %(provider)s, but no account here is tied to you. Give the technical "
                "administrator the number below."
            )
            % {"provider": name()},
            subject=subject,
        )  # fmt: skip
    onward = request.session.pop("provider_next", "/")
    strong = TWO_FACTORS in (claims.get("amr") or ())
    go_on(request, account, how="provider", onward=onward, strong=strong)
    request.session["id_token"] = answer.get("id_token", "")
    return redirect("sign-in-second" if "pending" in request.session else onward)


def refused(request, status: int, reason: str, *, subject: str = ""):
    context = {"reason": reason, "subject": subject, "languages": settings.LANGUAGES}
    return render(request, "web/sign_in_refused.html", context, status=status)


def away(request, fault: Exception):
    log.error("The provider of sign-ins does not answer: %s", type(fault).__name__)
    forget()
    return refused(
        request, 503,
        _("%(provider)s does not answer. Try again in a moment, or sign in with your password.")
        % {"provider": name()},
    )  # fmt: skip


def way_out(request) -> str:
    """Where the session at the provider can be ended, for whoever came through it."""
    token = request.session.get("id_token")
    if not token or not configured():
        return ""
    try:
        found = client().create_logout_url(
            post_logout_redirect_uri=request.build_absolute_uri(reverse("sign-in")), id_token_hint=token,
            client_id=settings.ORGWORK_OIDC["client_id"],
        )  # fmt: skip
    except Exception as fault:  # the session here ends in any case
        log.info("No way out at the provider: %s", type(fault).__name__)
        return ""
    return found["url"]
