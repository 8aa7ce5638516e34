"""This room is for decisions written from their cases: a link on the case's page gives Word or PDF."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_safe

from orgwork.doors.web import cases, places
from orgwork.exchange.decisions import filling, setting, texts
from orgwork.foundation import printing
from orgwork.foundation.refusals import Refusal
from orgwork.registers.reads import note_read

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
FORMS = {"pdf": (printing.TYPE, setting.pdf), "word": (WORD, setting.word)}


def of_case(request, case, state: str) -> list[dict]:
    """The decisions that can be written from the case as it stands; none while a text of them is broken."""
    try:
        found = texts.for_case(case.procedure, state)
    except Refusal as fault:
        return [{"label": str(fault.message), "broken": True}]
    return [
        {
            "label": _("Decision: %(step)s") % {"step": filling.step_of(one)},
            "open": not case.steps.filter(step=one.step, document__isnull=False).exists(),
            **{form: _address(request, case, one, form) for form in FORMS},
        }
        for one in found
    ]


def _address(request, case, text, form: str) -> str:
    return reverse("case-decision", args=[case.pk, text.code, form]) + request.dials.query()


@require_safe
def decision(request, pk, code, form):
    """The paper itself, in Vietnamese; its number stays open until it is signed and registered."""
    found, procedure = cases.find(pk)
    place = places.look(request, found.unit.code)
    places.need(request, "names.read", place.unit)
    if form not in FORMS:
        raise Http404(_("A decision is had as Word or as PDF. Go back to the case."))
    try:
        text = next((one for one in texts.for_case(found.procedure, found.state) if one.code == code), None)
        if text is None:
            raise Refusal(_("No such decision is written from this case as it stands."))
        kind, made = FORMS[form]
        paper = filling.paper(found, text, request.dials.on)
        with override(filling.PRINTED):
            content = made(paper)
    except Refusal as fault:
        messages.error(request, str(fault.message))
        return redirect(reverse("case", args=[pk]) + request.dials.query())
    if found.person_id:
        note_read(request.user, "names.read", door="web", person=found.person)
    response = HttpResponse(content, content_type=kind)
    ending = "docx" if form == "word" else "pdf"
    response["Content-Disposition"] = f'attachment; filename="{code}-{pk}.{ending}"'
    return response
