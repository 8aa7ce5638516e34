"""This room is for the structure as linked data to take away: bodies with what is below, territories."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import Http404, StreamingHttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from orgwork.doors.web import figure_structure, numbers, places
from orgwork.exchange.linked import areas, org
from orgwork.exchange.linked.writing import FORMS
from orgwork.foundation.dates import DAY
from orgwork.registers.reorganisation import PlanState
from orgwork.registers.units import ROOT


@require_safe
def structure(request, code, form):
    """The body and what stands below it on the day of the dial; whoever may look at the tree may take it."""
    place = places.look(request, code)
    places.need(request, "figures.read", place.unit)
    _known(form)
    known = numbers.known(request).moment
    return sent(org.exported(place.unit, request.dials.on, form=form, known_at=known), form, code)


@require_safe
def territories(request, form):
    """All territories with their lineage; they are public knowledge to whoever is signed in."""
    _known(form)
    known = numbers.known(request).moment
    return sent(areas.exported(request.dials.on, form=form, known_at=known), form, "areas")


def _known(form: str) -> None:
    if form not in FORMS:
        raise Http404(
            _("There is no export of this form; there are %(forms)s.") % {"forms": ", ".join(FORMS)}
        )


def sent(pieces: Iterable[str], form: str, name: str) -> StreamingHttpResponse:
    """A file that is written while it is sent."""
    response = StreamingHttpResponse(pieces, content_type=FORMS[form].media)
    response["Content-Disposition"] = f'attachment; filename="org-{name}.{form}"'
    return response


def of_plan(request, plan) -> dict:
    """What an enacted plan changed, to take away; and a figure of its eve on the new structure."""
    if plan.state != PlanState.ENACTED:
        return {}
    dials, code = request.dials.turned(on=plan.day), plan.unit.code if plan.unit else ROOT
    beside = figure_structure.address("members.stock", request.dials, code, plan.day - DAY, plan.day)
    forms = [{**way, "label": f"W3C ORG, {way['label']}"} for way in ways(request, code, dials)]
    return {"forms": forms, "beside": beside}


LABELS = {"ttl": "Turtle", "jsonld": "JSON-LD"}


def ways(request, code: str = "", dials=None) -> list[dict]:
    """Both forms of a body's export as links; without a code of the territories'."""
    name, args = ("body-org", [code]) if code else ("areas-org", [])
    tail = (dials or request.dials).query()
    return [
        {"label": label, "url": reverse(name, args=[*args, form]) + tail} for form, label in LABELS.items()
    ]
