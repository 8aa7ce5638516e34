"""This room is for how the house is, as pages: a word for probes, details for whoever runs the machine."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from orgwork.doors import health
from orgwork.registers import access


@login_not_required
@never_cache
@require_safe
def probe(request):
    """200 and “ok”, or 503: for systemd, a proxy, a container. Says nothing about what is wrong."""
    good = health.answers()
    return HttpResponse("ok" if good else "not ready", status=200 if good else 503, content_type="text/plain")


@never_cache
@require_safe
def details(request):
    access.require(request.user, "system.run", None, now=request.dials.today)
    signs = [(sign, health.STATES[sign.state]) for sign in health.look()]
    return render(request, "web/health.html", {"section": "health", "signs": signs, "at": timezone.now()})
