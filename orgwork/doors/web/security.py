"""This room is for what owners see of their own sign-in: second factors, sessions, keys for programs.

Whoever changes any of it has shown within the last minutes that it is them (`needs_confirming`).
"""

from __future__ import annotations

import datetime as dt
import json
import time
from functools import wraps

import qrcode
from django import forms
from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from orgwork.doors.web import formats, provider, sessions, signin
from orgwork.foundation import second_factors
from orgwork.foundation.refusals import Refusal
from orgwork.foundation.signing_in import TokenScope
from orgwork.procedures import signing_in

HOUSE = "Orgwork"
BEARER = "Authorization: Bearer …"


def needs_confirming(view):
    """First the owner, then the change: whoever found the screen open changes nothing."""

    @wraps(view)
    def first(request, *args, **kwargs):
        if sessions.confirmed(request):
            return view(request, *args, **kwargs)
        onward = request.get_full_path() if request.method in ("GET", "HEAD") else reverse("security")
        return redirect(f"{reverse('security-confirm')}?{urlencode({'next': onward})}")

    return first


@never_cache
@require_safe
def security(request):
    """Everything about one's own sign-in on one page."""
    account = request.user
    return render(request, "web/security.html", {
        "section": "security",
        "factors": factor_rows(request), "has_codes": signing_in.has_codes(account),
        "has_factor": signing_in.has_factor(account), "recovery_left": signing_in.recovery_left(account),
        "passkeys_work": second_factors.passkeys_work_at(request.get_host(), secure=request.is_secure()),
        "factor_by": account.factor_by, "owes": signing_in.locked_out_for_want_of_a_factor(
            account, timezone.localdate()),
        "sessions": session_rows(request), "tokens": token_rows(request),
        "has_password": account.has_usable_password(),
    })  # fmt: skip


def factor_rows(request) -> list[dict]:
    return [
        {
            "row": row, "kind": row.get_kind_display(), "since": formats.moment(row.created_at),
            "used": formats.moment(row.used_at) if row.used_at else _("never"),
        }
        for row in signing_in.factors(request.user)
    ]  # fmt: skip


def session_rows(request) -> list[dict]:
    return [
        {
            "row": row, "here": row.session == request.session.session_key,
            "since": formats.moment(row.since), "seen": formats.moment(row.seen), "how": how(row.how),
        }
        for row in signing_in.sessions(request.user)[:50]
    ]  # fmt: skip


def how(code: str) -> str:
    return {
        "password": _("password"), "code": _("password and one-time code"),
        "recovery": _("password and recovery code"), "passkey": _("password and passkey"),
        "passkey_alone": _("passkey alone"),
        "provider": _("provider"),
    }.get(code, "")  # fmt: skip


def token_rows(request) -> list[dict]:
    return [
        {
            "row": row, "may": row.get_scope_display(), "until": formats.day(row.expires_on),
            "used": formats.moment(row.used_at) if row.used_at else _("never"), "state": state_of(row),
            "live": row.live(),
        }
        for row in signing_in.tokens(request.user)[:100]
    ]  # fmt: skip


def state_of(token) -> str:
    if token.ended_at is not None:
        return _("ended")
    return _("in use") if token.live() else _("run out")


# ── that it is really the owner ─────────────────────────────────────────────────────────────────────────


@never_cache
@sensitive_post_parameters("password", "code", "credential")
def confirm(request):
    """The password again, and the second factor where there is one."""
    account, refusal = request.user, ""
    onward = signin.safe(request, request.POST.get("next") or request.GET.get("next"))
    if request.method == "POST":
        refusal = refused_to_confirm(request)
        if not refusal:
            sessions.confirm(request)
            return redirect(onward)
    context = {
        "section": "security", "next": onward, "refusal": refusal,
        "has_password": account.has_usable_password(), "has_factor": signing_in.has_factor(account),
        "codes": signing_in.has_codes(account), **signin.asked_of(request, account),
        "provider": provider.name() if provider.configured() and not account.has_usable_password() else "",
    }  # fmt: skip
    return render(request, "web/security_confirm.html", context, status=422 if refusal else 200)


def refused_to_confirm(request) -> str:
    """Empty when it is the owner. Failures count as those of signing in do."""
    account, now = request.user, timezone.now()
    both = signin.counters(request, account.username)
    if stopped := signin.locked_now(both, now):
        return stopped
    has_password = account.has_usable_password()
    if has_password and not account.check_password((request.POST.get("password") or "")[:256]):
        signin.failed(both, now)
        return _("This is not your present password; type it again.")
    if signing_in.has_factor(account):
        return signin.try_second(request, account)[1]
    return (
        ""
        if has_password
        else _("Sign out and come in through your provider again; then you may change this.")
    )


# ── second factors ──────────────────────────────────────────────────────────────────────────────────────


@never_cache
@needs_confirming
@sensitive_post_parameters("code")
def codes(request):
    """Set up one-time codes: a square for the app, and the first code it shows."""
    refusal = ""
    key = request.session.get("new_key")
    if request.method == "POST" and key:
        try:
            fresh = signing_in.add_codes(
                request.user, key, (request.POST.get("code") or "")[:20], at=time.time(), door="web"
            )
        except Refusal as fault:
            refusal = str(fault)
        else:
            del request.session["new_key"]
            return added(request, fresh, _("One-time codes are set up; the next sign-in asks for one."))
    if not key:
        key = request.session["new_key"] = second_factors.new_key()
    address = second_factors.app_address(key, account=request.user.username, house=HOUSE)
    context = {
        "section": "security", "refusal": refusal, "key": second_factors.spaced(key), **square(address),
    }  # fmt: skip
    return render(request, "web/security_codes.html", context, status=422 if refusal else 200)


def square(text: str) -> dict:
    """The square code as one path: drawn here, without any image."""
    code = qrcode.QRCode(border=4)
    code.add_data(text)
    matrix = code.get_matrix()
    path = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(matrix) for x, dark in enumerate(row) if dark)
    return {"square": path, "side": len(matrix)}


@never_cache
@needs_confirming
@sensitive_post_parameters("credential")
def passkey(request):
    """Set up a passkey; the browser does its part by a script, for which nothing else can stand in."""
    works = second_factors.passkeys_work_at(request.get_host(), secure=request.is_secure())
    refusal = ""
    if request.method == "POST" and works:
        try:
            fresh = signing_in.add_passkey(
                request.user, request.POST.get("name") or _("Passkey"), made(request), door="web"
            )
        except Refusal as fault:
            refusal = str(fault)
        else:
            return added(request, fresh, _("The passkey is set up; the next sign-in asks for it."))
    asked = ""
    if works:
        options, state = second_factors.begin_passkey(
            request.get_host(), account=request.user.pk, username=request.user.username,
            shown=request.user.full_name, known=signing_in.passkeys(request.user),
        )  # fmt: skip
        request.session["passkey"] = state
        asked = json.dumps(options)
    context = {"section": "security", "refusal": refusal, "works": works, "asked": asked}
    return render(request, "web/security_passkey.html", context, status=422 if refusal else 200)


def made(request) -> tuple[str, str, int]:
    state = request.session.pop("passkey", None)
    text = request.POST.get("credential") or ""
    try:
        if state is None or len(text) > 20_000:
            raise ValueError("nothing was asked")
        return second_factors.complete_passkey(request.get_host(), state, json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise Refusal(
            _("The passkey could not be verified; try once more."), code="unverified_passkey"
        ) from fault


def added(request, fresh: list[str], said: str):
    """The session gets a new key; recovery codes are shown this once."""
    sessions.turn_over(request)
    messages.success(request, said)
    return shown_once(request, fresh) if fresh else redirect("security")


@never_cache
@require_POST
@needs_confirming
def recovery(request):
    try:
        fresh = signing_in.new_recovery_codes(request.user, door="web")
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("security")
    return shown_once(request, fresh)


def shown_once(request, fresh: list[str]):
    return render(request, "web/security_recovery.html", {"section": "security", "fresh": fresh})


@never_cache
@require_POST
@needs_confirming
def end_factor(request, pk: int):
    try:
        signing_in.remove_factor(request.user, pk, door="web")
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        sessions.turn_over(request)
        messages.success(request, _("The second factor is removed."))
    return redirect("security")


# ── sessions ────────────────────────────────────────────────────────────────────────────────────────────


@never_cache
@require_POST
@needs_confirming
def end_session(request, pk: int):
    try:
        ended = signing_in.end_session(request.user, pk, door="web")
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("security")
    if ended.session == request.session.session_key:
        sessions.leave(request)
        return redirect("sign-in")
    messages.success(request, _("The session is ended."))
    return redirect("security")


@never_cache
@require_POST
@needs_confirming
def end_others(request):
    signing_in.end_other_sessions(request.user, request.session.session_key, door="web")
    messages.success(request, _("All other sessions are ended."))
    return redirect("security")


# ── keys for programs ───────────────────────────────────────────────────────────────────────────────────


class TokenForm(forms.Form):
    """A key for a program: a name, what it may do, its last day."""

    use_required_attribute = False

    name = forms.CharField(
        label=_lazy("Name"), max_length=80, help_text=_lazy("what the program is, so that you know it again")
    )
    scope = forms.ChoiceField(label=_lazy("May"), choices=TokenScope.choices[:2])
    until = forms.DateField(
        label=_lazy("Last day"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )


@never_cache
@needs_confirming
def make_token(request):
    today = timezone.localdate()
    most = int(signing_in.rule("token_days_max"))
    form = TokenForm(request.POST or None, initial={"until": today + dt.timedelta(days=min(90, most))})
    if request.method == "POST" and form.is_valid():
        try:
            made_token, text = signing_in.make_token(request.user, **form.cleaned_data, door="web")
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            context = {"section": "security", "token": made_token, "text": text, "header": BEARER}
            return render(request, "web/security_token_made.html", context)
    context = {"section": "security", "form": form, "most": most}
    return render(request, "web/security_token.html", context, status=422 if form.errors else 200)


@never_cache
@require_POST
def end_token(request, pk: int):
    try:
        signing_in.end_token(request.user, pk, actor=request.user, door="web")
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The token is ended; programs that use it stop at once."))
    return redirect("security")
