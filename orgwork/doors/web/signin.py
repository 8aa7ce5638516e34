"""This room is for coming in and going out: password, second factor, lock-out after repeated failures, a
reset from the help desk, choice of language.
"""

from __future__ import annotations

import json
import logging
import time
from datetime import timedelta

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate, get_user_model, update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.db.models import F
from django.http import HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.crypto import salted_hmac
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from orgwork.doors.models import SignInTrouble
from orgwork.doors.web import callers, provider, sessions
from orgwork.foundation import second_factors
from orgwork.foundation.accounts import Account
from orgwork.foundation.refusals import Refusal
from orgwork.procedures import accounts, signing_in

log = logging.getLogger(__name__)

#: Between the password and the second factor.
PENDING_SECONDS = 600


def secret(hint: str) -> forms.PasswordInput:
    return forms.PasswordInput(attrs={"autocomplete": hint})


@login_not_required
@never_cache
@sensitive_post_parameters("password")
def sign_in(request):
    onward = safe(request, request.POST.get("next") or request.GET.get("next"))
    if request.user.is_authenticated:
        return redirect(onward)
    refusal, username = "", (request.POST.get("username") or "").strip()[:60]
    if request.method == "POST":
        refusal = try_sign_in(request, username, request.POST.get("password") or "", onward)
        if not refusal:
            return redirect("sign-in-second" if "pending" in request.session else onward)
    context = {
        "next": onward, "username": username, "refusal": refusal, "languages": settings.LANGUAGES,
        "provider": provider.name() if provider.configured() else "",
        "passkeys_work": second_factors.passkeys_work_at(request.get_host(), secure=request.is_secure()),
    }  # fmt: skip
    return render(request, "web/sign_in.html", context, status=422 if refusal else 200)


def try_sign_in(request, username: str, password: str, onward: str = "/") -> str:
    """Empty when the password holds, else the sentence to show: the same for a wrong password and an unknown
    name. Whoever has a second factor is asked for it next.
    """
    account, refusal = _known_by_password(request, username, password)
    if account is not None:
        go_on(request, account, how="password", onward=onward)
    return refusal


def _known_by_password(request, username: str, password: str) -> tuple[Account | None, str]:
    now, both = timezone.now(), counters(request, username)
    if stopped := locked_now(both, now):
        return None, stopped
    account = authenticate(request, username=username, password=password[:256])
    if account is not None and signing_in.given_too_long_ago(account, now):
        return None, _("The password you were given has run out; ask for a new one.")
    if account is not None:
        return account, ""
    failed(both, now)
    return None, locked_now(both[:1], now) or _(
        "Name and password do not belong together. Check both; capital letters count in the password."
    )


def go_on(request, account: Account, *, how: str, onward: str, strong: bool = False) -> None:
    """In, or to the second factor when there is one and nobody has asked for two already."""
    if signing_in.has_factor(account) and not strong:
        request.session.cycle_key()
        request.session["pending"] = {
            "account": account.pk, "at": time.time(), "next": onward, "how": how,
            "hash": _password_now(account),
        }  # fmt: skip
        return
    sessions.enter(request, account, how=how, strong=strong)


def _password_now(account: Account) -> str:
    """So that a password changed meanwhile ends the way in as well."""
    return account.get_session_auth_hash()


# ── the second factor ───────────────────────────────────────────────────────────────────────────────────


@login_not_required
@never_cache
@sensitive_post_parameters("code", "credential")
def second(request):
    """After the password: a code from the app, a recovery code, or a passkey."""
    account, waiting = pending(request)
    if account is None:
        request.session.pop("pending", None)
        messages.info(request, _("Begin again with name and password; the second step came too late."))
        return redirect("sign-in")
    refusal = ""
    if request.method == "POST":
        how, refusal = try_second(request, account)
        if how:
            sessions.enter(request, account, how=how)
            return redirect(safe(request, waiting["next"]))
    context = {
        "refusal": refusal, "languages": settings.LANGUAGES, **asked_of(request, account),
        "codes": signing_in.has_codes(account),
    }  # fmt: skip
    return render(request, "web/sign_in_second.html", context, status=422 if refusal else 200)


def pending(request) -> tuple[Account | None, dict]:
    """Who has given the right password a moment ago, and nothing else has changed since."""
    waiting = request.session.get("pending") or {}
    if time.time() - waiting.get("at", 0) > PENDING_SECONDS:
        return None, waiting
    account = Account.objects.filter(pk=waiting.get("account"), is_active=True).first()
    if account is None or _password_now(account) != waiting.get("hash"):
        return None, waiting
    return account, waiting


def try_second(request, account: Account) -> tuple[str, str]:
    """(how it was shown, "") or ("", the sentence why not). Failures count as those of the password do."""
    now, both = timezone.now(), counters(request, account.username)
    if stopped := locked_now(both, now):
        return "", stopped
    try:
        how = _second_of(request, account)
    except Refusal as refusal:
        return "", str(refusal)
    if how:
        return str(how), ""
    failed(both, now)
    return "", locked_now(both[:1], now) or _(
        "This code does not fit. Type the one your app shows now; each is good once."
    )


def _second_of(request, account: Account) -> str:
    if credential := request.POST.get("credential"):
        return "passkey" if _answered(request, account, credential) else ""
    return signing_in.code_fits(account, (request.POST.get("code") or "")[:40], at=time.time())


def asked_of(request, account: Account) -> dict:
    """What the page needs to ask for a passkey, where there is one and it can work."""
    known = signing_in.passkeys(account)
    if not known:
        return {"passkeys": False}
    if not second_factors.passkeys_work_at(request.get_host(), secure=request.is_secure()):
        return {"passkeys": True, "passkeys_elsewhere": True}
    asked, state = second_factors.begin_assertion(request.get_host(), known)
    request.session["passkey"] = state
    return {"passkeys": True, "passkey_asked": json.dumps(asked)}


def _answered(request, account: Account, credential: str) -> bool:
    state = request.session.pop("passkey", None)
    if state is None or len(credential) > 20_000:
        return False
    try:
        answer = json.loads(credential)
        found = second_factors.complete_assertion(
            request.get_host(), state, signing_in.passkeys(account), answer
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return False
    return signing_in.passkey_fits(account, found)


# ── by passkey alone ────────────────────────────────────────────────────────────────────────────────────


@login_not_required
@never_cache
@sensitive_post_parameters("credential")
def by_passkey(request):
    """Without name and password: a passkey that its owner unlocks is something held and something known."""
    onward = safe(request, request.POST.get("next") or request.GET.get("next"))
    if request.user.is_authenticated:
        return redirect(onward)
    refusal = ""
    if request.method == "POST":
        account, refusal = _known_by_passkey(request)
        if account is not None:
            sessions.enter(request, account, how="passkey_alone")
            return redirect(onward)
    context = {"refusal": refusal, "next": onward, "languages": settings.LANGUAGES, "passkeys": True}
    if second_factors.passkeys_work_at(request.get_host(), secure=request.is_secure()):
        asked, state = second_factors.begin_alone(request.get_host())
        request.session["passkey_alone"] = {"state": state, "at": time.time()}
        context["passkey_asked"] = json.dumps(asked)
    else:
        context["passkeys_elsewhere"] = True
    return render(request, "web/sign_in_passkey.html", context, status=422 if refusal else 200)


def _known_by_passkey(request) -> tuple[Account | None, str]:
    """Whose passkey answered, or the sentence why not: the same for a strange key and a wrong signature."""
    now, waiting = timezone.now(), request.session.pop("passkey_alone", None) or {}
    counter = trouble("address", callers.address_of(request))
    if stopped := locked_now([counter], now):
        return None, stopped
    if time.time() - waiting.get("at", 0) > PENDING_SECONDS:
        return None, _("The question was too old; use the passkey once more.")
    account = _who_answered(request, waiting["state"])
    if account is None:
        log.warning("Failed sign-in by passkey")
        fail(counter, int(signing_in.rule("max_failures_address")), now)
        return None, locked_now([counter], now) or _(
            "No account here knows this passkey. Sign in with name and password."
        )
    if stopped := locked_now([account], now):
        return None, stopped
    return account, ""


def _who_answered(request, state) -> Account | None:
    credential = request.POST.get("credential") or ""
    if len(credential) > 20_000:
        return None
    try:
        answer = json.loads(credential)
        account, kept = signing_in.passkey_by(second_factors.credential_of(answer))
        if account is None:
            return None
        found = second_factors.complete_assertion(request.get_host(), state, [kept], answer)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return account if signing_in.passkey_fits(account, found) else None


# ── guessing is slow ────────────────────────────────────────────────────────────────────────────────────


def counters(request, username: str) -> list:
    """Who counts the failures: the account itself, or a stand-in for a name nobody has; and the address."""
    account = Account.objects.filter(username__iexact=username).first()
    tidy()
    return [account or trouble("name", username.lower()), trouble("address", callers.address_of(request))]


def trouble(kind: str, text: str) -> SignInTrouble:
    key = salted_hmac(f"orgwork.signin.{kind}", text, algorithm="sha256").hexdigest()
    return SignInTrouble.objects.get_or_create(key=key)[0]


def failed(both: list, now) -> None:
    """An address stands for a whole office, hence its higher limit. The log names nobody."""
    account = both[0].pk if isinstance(both[0], Account) else None
    log.warning("Failed sign-in (account %s)", account or "of nobody")
    for counter, rule in zip(both, ("max_failures", "max_failures_address"), strict=True):
        fail(counter, int(signing_in.rule(rule)), now)


def fail(counter, most: int, now) -> None:
    """Counted by the database, so that attempts side by side are all counted."""
    rows = type(counter).objects.filter(pk=counter.pk)
    if counter.locked_until and counter.locked_until <= now:
        rows.update(failures=0, locked_until=None)
    rows.update(failures=F("failures") + 1)
    counter.refresh_from_db(fields=["failures", "locked_until"])
    if counter.failures >= most:
        counter.locked_until = now + timedelta(minutes=int(signing_in.rule("lock_minutes")))
        rows.update(locked_until=counter.locked_until)


def tidy() -> None:
    """Addresses are kept no longer than they are needed."""
    SignInTrouble.objects.filter(last_at__lt=timezone.now() - timedelta(days=1)).delete()


def locked_now(both: list, now) -> str:
    until = [counter.locked_until for counter in both if counter.locked_until and counter.locked_until > now]
    if not until:
        return ""
    shown = timezone.localtime(max(until))
    return _("Too many failed attempts. Wait until %(time)s and try again.") % {"time": f"{shown:%H:%M}"}


# ── a code from the help desk ───────────────────────────────────────────────────────────────────────────


class ResetForm(forms.Form):
    """The code that was handed over, and a new password."""

    use_required_attribute = False

    username = forms.CharField(
        label=_lazy("Sign-in name"), max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )  # fmt: skip
    code = forms.CharField(
        label=_lazy("Code from the help desk"), max_length=60,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )  # fmt: skip
    new = forms.CharField(
        label=_lazy("New password"), max_length=256, widget=secret("new-password"),
        help_text=_lazy("At least twelve characters; a sentence is easy to remember and hard to guess."),
    )  # fmt: skip
    again = forms.CharField(label=_lazy("New password again"), max_length=256, widget=secret("new-password"))

    def clean(self):
        return same_twice(self, super().clean())


@login_not_required
@never_cache
@sensitive_post_parameters("code", "new", "again")
def reset(request):
    """A new password with the code that the help desk has handed over."""
    form = ResetForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        now, both = timezone.now(), counters(request, said["username"])
        if stopped := locked_now(both, now):
            form.add_error(None, stopped)
        else:
            try:
                account = accounts.use_reset(said["username"], said["code"], said["new"], door="web")
            except Refusal as refusal:
                form.add_error(refusal.field, str(refusal))
            else:
                if account is not None:
                    messages.success(request, _("Your new password holds; sign in with it."))
                    return redirect("sign-in")
                failed(both, now)
                form.add_error(
                    "code",
                    _("Name and code do not belong together, or the code is too old; ask for a new one."),
                )
    context = {"form": form, "languages": settings.LANGUAGES}
    return render(request, "web/sign_in_reset.html", context, status=422 if form.errors else 200)


# ── one's own password ──────────────────────────────────────────────────────────────────────────────────


def same_twice(form, said):
    if said.get("new") and said.get("again") and said["new"] != said["again"]:
        form.add_error("again", _("The two new passwords differ; type them again."))
    return said


class PasswordForm(forms.Form):
    """The present password and twice the new one."""

    use_required_attribute = False

    old = forms.CharField(label=_lazy("Present password"), max_length=256, widget=secret("current-password"))
    new = forms.CharField(
        label=_lazy("New password"),
        max_length=256,
        widget=secret("new-password"),
        help_text=_lazy("At least twelve characters; a sentence is easy to remember and hard to guess."),
    )
    again = forms.CharField(label=_lazy("New password again"), max_length=256, widget=secret("new-password"))

    def clean(self):
        return same_twice(self, super().clean())


@never_cache
@sensitive_post_parameters("old", "new", "again")
def password(request):
    """A new password of one's own; the session goes on, all others end."""
    form = PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        now, both = timezone.now(), counters(request, request.user.username)
        try:
            if stopped := locked_now(both, now):
                raise Refusal(stopped, field="old", code="locked")
            accounts.own_password(request.user, said["old"], said["new"], door="web")
        except Refusal as refusal:
            if refusal.code == "wrong_password":
                failed(both, now)
            form.add_error(refusal.field, str(refusal))
        else:
            before = request.session.session_key
            update_session_auth_hash(request, request.user)
            sessions.moved(before, request)
            signing_in.end_other_sessions(request.user, request.session.session_key, door="web")
            messages.success(request, _("Your new password holds from now on."))
            return redirect("today")
    return render(request, "web/password.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
def sign_out(request):
    """Out here; whoever came through a provider is shown the way out there, too."""
    way = provider.way_out(request)
    sessions.leave(request)
    if way:
        request.session["way_out"] = way
    answer = redirect("signed-out" if way else "sign-in")
    # What the browser still holds of this house goes with the session.
    answer["Clear-Site-Data"] = '"cache", "storage"'
    return answer


@login_not_required
@never_cache
@require_safe
def signed_out(request):
    way = request.session.get("way_out", "")
    return render(request, "web/signed_out.html", {"way_out": way, "languages": settings.LANGUAGES})


@login_not_required
@require_POST
def language(request):
    """The choice is kept with the account, or in a cookie before signing in."""
    response = HttpResponseRedirect(safe(request, request.POST.get("next")))
    code = request.POST.get("language", "")
    if code not in dict(settings.LANGUAGES):
        return response
    if request.user.is_authenticated:
        get_user_model().objects.filter(pk=request.user.pk).update(language=code)
    translation.activate(code)
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        code,
        max_age=365 * 86400,
        samesite="Lax",
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return response


def safe(request, url: str | None) -> str:
    """Only ever onward inside this house."""
    if url and url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure()):
        return url
    return reverse("today")
