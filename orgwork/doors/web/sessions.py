"""This room is for sessions: begun, turned over, ended by age; and for those who owe a second factor."""

from __future__ import annotations

import time

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from orgwork.doors.api import problems
from orgwork.doors.web import callers, formats
from orgwork.foundation.signing_in import NoticeKind, SignedIn
from orgwork.procedures import signing_in

#: How exactly "last seen" is kept: not every page writes.
SEEN_EVERY = 300
BACKEND = "django.contrib.auth.backends.ModelBackend"
#: What stays open to whoever owes a second factor, so that it can be set up.
OPEN_ROOMS = frozenset(
    {
        "security", "security-confirm", "security-codes", "security-passkey", "security-recovery",
        "security-factor-end", "sign-out", "signed-out", "language", "password",
    }
)  # fmt: skip
#: What stays open to whoever has a password that somebody else knows.
GIVEN_ROOMS = frozenset({"password", "sign-out", "signed-out", "language"})


def hours() -> int:
    return settings.ORGWORK_SESSION_HOURS or int(signing_in.rule("session_hours"))


def idle_minutes() -> int:
    return settings.ORGWORK_IDLE_MINUTES or int(signing_in.rule("idle_minutes"))


def enter(request, account, *, how: str, strong: bool = False) -> None:
    """Begin a session under a key of its own, whatever session there was before."""
    request.session.pop("pending", None)
    login(request, account, backend=BACKEND)
    if request.session.session_key is None:
        request.session.create()
    now = time.time()
    request.session.update({"since": now, "seen": now, "confirmed": now, "how": how, "strong": strong})
    signing_in.signed_in(
        account, session=request.session.session_key, how=how, device=callers.device_of(request),
        address=callers.coarse(callers.address_of(request)), strong=strong,
    )  # fmt: skip
    for told in signing_in.untold(account):
        messages.warning(request, said_of(told))
    if account.factor_by is not None:
        messages.warning(
            request,
            _("Your posts give powers that need a second factor. Set one up by %(day)s under “Security”.")
            % {"day": formats.day(account.factor_by)},
        )


def said_of(notice) -> str:
    """One whole sentence for each thing an owner is told."""
    day = formats.moment(notice.at)
    said = {
        NoticeKind.RESET: _(
            "On %(at)s the help desk reset your sign-in. If you did not ask for it, tell the technical "
            "administrator now."
        ),
        NoticeKind.PASSWORD: _(
            "On %(at)s you were given a new password. If you did not ask for it, tell the technical "
            "administrator now."
        ),
        NoticeKind.FACTOR_REMOVED: _(
            "On %(at)s a second factor was removed from your sign-in. If it was not you, change your "
            "password."
        ),
        NoticeKind.RECOVERY_USED: _(
            "On %(at)s one of your recovery codes was used. If it was not you, change your password."
        ),
    }
    return said[notice.kind] % {"at": day}


def turn_over(request) -> None:
    """A new key for the same session, whenever what it may do has changed."""
    before = request.session.session_key
    request.session.cycle_key()
    moved(before, request)


def moved(before: str | None, request) -> None:
    SignedIn.objects.filter(session=before or "").update(session=request.session.session_key)


def leave(request) -> None:
    SignedIn.objects.filter(session=request.session.session_key or "").delete()
    logout(request)


def too_old(session) -> bool:
    """Whether it has lasted, or lain idle, longer than the rules allow."""
    now = time.time()
    since, seen = session.get("since"), session.get("seen")
    return (since is not None and now - since > hours() * 3600) or (
        seen is not None and now - seen > idle_minutes() * 60
    )


class SessionRules:
    """Ends sessions by age, keeps "last seen", and stops whoever owes a second factor.

    Beyond the session itself this asks the database nothing, except once in five minutes.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request) -> HttpResponse:
        if request.user.is_authenticated:
            if too_old(request.session):
                leave(request)
                messages.info(request, _("Your session has ended; sign in again to go on."))
            else:
                seen(request)
        return self.get_response(request)

    def process_view(self, request, _view, _args, _kwargs):
        user = request.user
        if not user.is_authenticated:
            return None
        if user.given_at is not None and request.resolver_match.url_name not in GIVEN_ROOMS:
            return self.own_password_first(request)
        if request.session.get("strong"):
            return None
        if not signing_in.locked_out_for_want_of_a_factor(user, timezone.localdate()):
            return None
        match = request.resolver_match
        if match.url_name in OPEN_ROOMS:
            return None
        if request.path.startswith("/api/"):
            return problems.owes_a_factor(request)
        return redirect("security")

    def own_password_first(self, request) -> HttpResponse:
        if request.path.startswith("/api/"):
            return problems.owes_a_password(request)
        messages.info(
            request, _("This password was given to you by somebody else; set one of your own first.")
        )
        return redirect("password")


def seen(request) -> None:
    session, now = request.session, time.time()
    if "since" not in session:
        # Begun before sessions were listed: it counts from here.
        session["since"] = now
    if now - session.get("seen", 0) < SEEN_EVERY:
        return
    session["seen"] = now
    at = timezone.now()
    known = SignedIn.objects.filter(session=session.session_key or "").update(seen=at)
    if not known and session.session_key:
        SignedIn.objects.get_or_create(
            session=session.session_key,
            defaults={
                "account": request.user,
                "how": "",
                "device": callers.device_of(request),
                "address": callers.coarse(callers.address_of(request)),
                "since": at,
                "seen": at,
            },
        )


def confirmed(request) -> bool:
    """Whether it was really the owner a few minutes ago."""
    return time.time() - request.session.get("confirmed", 0) < int(signing_in.rule("confirm_minutes")) * 60


def confirm(request) -> None:
    turn_over(request)
    request.session["confirmed"] = time.time()
