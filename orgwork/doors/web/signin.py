"""This room is for coming in and going out: password, lock-out after repeated failures, choice of
language.
"""

from __future__ import annotations

from datetime import timedelta

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate, get_user_model, login, logout, update_session_auth_hash
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
from django.views.decorators.http import require_POST

from orgwork.doors.models import SignInTrouble
from orgwork.foundation import provisions
from orgwork.foundation.refusals import Refusal
from orgwork.procedures import accounts

# Used where the provisions of the day say nothing; an address stands for a whole office, hence the
# higher limit.
LIMITS = {"signin.attempts": 5, "signin.lock_minutes": 15, "signin.address_attempts": 50}


def limit(name: str) -> int:
    try:
        return int(provisions.on(timezone.localdate())[name].value)
    except (KeyError, ValueError, LookupError):
        return LIMITS[name]


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
        refusal = try_sign_in(request, username, request.POST.get("password") or "")
        if not refusal:
            return redirect(onward)
    context = {"next": onward, "username": username, "refusal": refusal, "languages": settings.LANGUAGES}
    return render(request, "web/sign_in.html", context, status=422 if refusal else 200)


def try_sign_in(request, username: str, password: str) -> str:
    """Empty when signed in, else the sentence to show: the same for a wrong password and an unknown name."""
    now = timezone.now()
    by_name, by_address = counters(request, username)
    for counter in (by_name, by_address):
        if counter.locked_until and counter.locked_until > now:
            return locked(counter)
    account = authenticate(request, username=username, password=password)
    if account is None:
        fail(by_name, limit("signin.attempts"), now)
        fail(by_address, limit("signin.address_attempts"), now)
        if by_name.locked_until and by_name.locked_until > now:
            return locked(by_name)
        return _(
            "Name and password do not belong together. Check both; capital letters count in the password."
        )
    get_user_model().objects.filter(pk=account.pk).update(failures=0, locked_until=None)
    login(request, account)
    return ""


def counters(request, username: str):
    """Who counts the failures: the account itself, or a stand-in for a name nobody has; and the address."""
    account = get_user_model().objects.filter(username__iexact=username).first()
    tidy()
    return account or trouble("name", username.lower()), trouble(
        "address", request.META.get("REMOTE_ADDR", "")
    )


def trouble(kind: str, text: str) -> SignInTrouble:
    key = salted_hmac(f"orgwork.signin.{kind}", text, algorithm="sha256").hexdigest()
    return SignInTrouble.objects.get_or_create(key=key)[0]


def fail(counter, most: int, now) -> None:
    """Counted by the database, so that attempts side by side are all counted."""
    rows = type(counter).objects.filter(pk=counter.pk)
    if counter.locked_until and counter.locked_until <= now:
        rows.update(failures=0, locked_until=None)
    rows.update(failures=F("failures") + 1)
    counter.refresh_from_db(fields=["failures", "locked_until"])
    if counter.failures >= most:
        counter.locked_until = now + timedelta(minutes=limit("signin.lock_minutes"))
        rows.update(locked_until=counter.locked_until)


def tidy() -> None:
    """Addresses are kept no longer than they are needed."""
    SignInTrouble.objects.filter(last_at__lt=timezone.now() - timedelta(days=1)).delete()


def locked(counter) -> str:
    until = timezone.localtime(counter.locked_until)
    return _("Too many failed attempts. Wait until %(time)s and try again.") % {"time": f"{until:%H:%M}"}


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
        said = super().clean()
        if said.get("new") and said.get("again") and said["new"] != said["again"]:
            self.add_error("again", _("The two new passwords differ; type them again."))
        return said


@never_cache
@sensitive_post_parameters("old", "new", "again")
def password(request):
    """A new password of one's own; the session goes on, all others end."""
    form = PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            accounts.own_password(request.user, said["old"], said["new"], door="web")
        except Refusal as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            update_session_auth_hash(request, request.user)
            messages.success(request, _("Your new password holds from now on."))
            return redirect("today")
    return render(request, "web/password.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
def sign_out(request):
    logout(request)
    return redirect("sign-in")


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
