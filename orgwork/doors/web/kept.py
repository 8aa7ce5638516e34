"""This room is for lists that people keep: a page with its filters, under a name of their own."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from orgwork.doors.models import SavedView

PAGES = ("people", "bodies", "posts", "cases", "documents")


def context(request, page: str) -> dict:
    """What `_kept.html` needs on a list page."""
    found = [
        {"pk": view.pk, "name": view.name, "url": f"{reverse(page)}?{view.query}"}
        for view in SavedView.objects.filter(account=request.user, page=page)
    ]
    return {"kept_views": found, "keep_page": page}


@require_POST
def keep(request):
    page = request.POST.get("page")
    if page not in PAGES:
        return redirect("today")
    view = SavedView(
        account=request.user,
        page=page,
        name=request.POST.get("name", "").strip(),
        query=request.POST.get("query", "")[:1000],
    )
    try:
        view.full_clean()
        view.save()
        messages.success(request, _("The list is kept as “%(name)s”.") % {"name": view.name})
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect(f"{reverse(page)}?{view.query}")


@require_POST
def forget(request, pk):
    view = get_object_or_404(SavedView, pk=pk, account=request.user)
    view.delete()
    return redirect(f"{reverse(view.page)}?{view.query}")
