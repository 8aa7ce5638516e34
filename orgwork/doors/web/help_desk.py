"""This room is for the help desk: reset a sign-in by its name, and hand over a code. No file is seen."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from orgwork.doors.web import formats, places
from orgwork.foundation.refusals import NotAllowed, Refusal
from orgwork.procedures import accounts
from orgwork.registers import access


class HelpForm(forms.Form):
    """Whose sign-in, and how they showed who they are."""

    use_required_attribute = False

    username = forms.CharField(
        label=_("Sign-in name"), max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )  # fmt: skip
    reason = forms.CharField(
        label=_("How the owner proved who they are"), max_length=200,
        help_text=_("for example: came in person with the identity card"),
    )  # fmt: skip


@never_cache
def help_desk(request):
    """The code is shown once, to be handed over and never sent along with the name."""
    answer = access.may(request.user, accounts.RESET, None, now=timezone.localdate())
    if not answer:
        raise places.NotOpen(answer.reason)
    form, made = HelpForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        try:
            account, code, until = accounts.reset(**form.cleaned_data, actor=request.user, door="web")
        except NotAllowed:
            raise
        except Refusal as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            if until is None:
                messages.success(
                    request,
                    _(
                        "This account has heavy powers: the reset waits for a second person, who hands over "
                        "the code."
                    ),
                )
                return redirect("help-desk")
            made = {"username": account.username, "code": code, "until": formats.moment(until)}
    context = {"section": "help-desk", "form": form, "made": made}
    return render(request, "web/help_desk.html", context, status=422 if form.errors else 200)
