"""This room is for files of drafts on their pages: the scan of what was signed, brought before the number."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from orgwork.doors.web import drafts, paper_files, places
from orgwork.foundation.refusals import Refusal
from orgwork.procedures import paper_files as procedure
from orgwork.registers.drafts import Draft, latest
from orgwork.registers.paper_files import DraftFile
from orgwork.registers.reads import note_read


def of(request, draft: Draft) -> dict:
    """What the page of a draft shows of its files; after the number the paper has them."""
    became = getattr(draft, "became", None)
    able = became is None and draft.signatures.exists()
    return {
        "files": [
            paper_files.told(file, reverse("draft-file", args=[draft.case, file.pk]))
            for file in draft.files.order_by("-recorded", "-pk")
        ],
        "files_url": reverse("draft-files", args=[draft.case]) + request.dials.query(),
        "may_attach": able and places.able(request, procedure.ACT, draft.issuer),
    }


@require_http_methods(["GET", "HEAD", "POST"])
def page(request, pk):
    """A form to bring the scan of a signed draft."""
    draft, _case = drafts.find(request, pk)
    places.need(request, procedure.ACT, draft.issuer)
    refusal = None
    if request.method == "POST":
        try:
            procedure.attach_to_draft(
                actor=request.user, door="web", draft=pk, **paper_files.brought(request)
            )
        except Refusal as fault:
            refusal = fault
        else:
            messages.success(request, _("The file is attached; with the number it becomes one of the paper."))
            return redirect(reverse("paper-draft", args=[pk]) + request.dials.query())
    version = latest(draft)
    title = version.title if version else draft.title
    context = {
        "section": "drafts",
        "title": title,
        **of(request, draft),
        "refusal": refusal,
        "most": procedure.largest() // 1_000_000,
        "crumbs": [
            {"name": _("Drafts"), "url": reverse("drafts") + request.dials.query()},
            {"name": title, "url": reverse("paper-draft", args=[pk]) + request.dials.query()},
        ],
    }
    return render(request, "web/draft_files.html", context, status=422 if refusal else 200)


@require_safe
def content(request, pk, number):
    """The bytes of a draft's file, to be saved; who looked is written down."""
    draft, _case = drafts.find(request, pk)
    file = find(draft, number)
    note_read(request.user, "names.read", door="web", unit=draft.issuer)
    return paper_files.handed_out(file)


def find(draft: Draft, number: int) -> DraftFile:
    rows = DraftFile.objects.filter(draft=draft, pk=number) if number < 2**63 else DraftFile.objects.none()
    file = rows.first()
    if file is None:
        raise Http404(_("The draft has no such file any more; look at its files again."))
    if not file.sha256:
        raise Http404(_("This file was erased with the data of a person."))
    return file
