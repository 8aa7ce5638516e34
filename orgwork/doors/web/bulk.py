"""This room is for acting on a selection: the same case opened for many people, all or none."""

from __future__ import annotations

from dataclasses import replace

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from orgwork.doors.web import offered, places
from orgwork.doors.web.cases import need_somewhere
from orgwork.doors.web.forms import perform
from orgwork.doors.web.named import names_for
from orgwork.foundation.moments import writing
from orgwork.foundation.refusals import Refusal, RegisterIncomplete
from orgwork.procedures import catalogue
from orgwork.registers.people import Person

MOST = 200  # what one transaction carries without keeping others waiting (design §2)


@require_http_methods(["GET", "POST"])
def bulk(request):
    """One form for the whole selection; the procedure is called once for each person, in one transaction."""
    procedure = catalogue.procedures().get(request.GET.get("procedure", ""))
    if procedure is None or procedure.code not in offered.BULK:
        raise Http404(_("This cannot be done for many people at once. Go back and choose something else."))
    definition, field = procedure.opening, offered.person_field(procedure.opening)
    need_somewhere(request, definition)
    chosen = selection(request)
    if not chosen:
        messages.error(request, _("Nobody was selected. Tick the people first."))
        return redirect(reverse("people") + request.dials.query())
    names = names_for(request.user, chosen)
    shortened = replace(definition, fields=tuple(one for one in definition.fields if one.name != field))

    def call(*, actor, door, day, **values):
        return for_each(definition, chosen, names, field, actor=actor, door=door, day=day, **values)

    form, result = perform(request, shortened, call)
    if result is not None:
        done = ngettext("%(count)s case is open.", "%(count)s cases are open.", len(result))
        messages.success(request, done % {"count": len(result)})
        return redirect(reverse("cases") + request.dials.query(procedure=procedure.code))
    place = request.place
    context = {
        "section": "people",
        "definition": definition,
        "form": form,
        "title": procedure.label,
        "sub": ", ".join(names.get(person.pk, f"#{person.pk}") for person in chosen),
        "crumbs": places.crumbs(place, last_is_link=True) if place else [],
        "back": reverse("people") + request.dials.query(),
        "procedure": procedure,
    }
    return render(request, "web/step.html", context, status=422 if request.method == "POST" else 200)


def selection(request) -> list[Person]:
    ids = [int(text) for text in request.GET.getlist("person") if text.isdigit() and len(text) < 19]
    return list(Person.objects.filter(pk__in=ids[:MOST]).order_by("pk"))


def for_each(definition, people, names, field, *, actor, door, day, **values) -> list:
    """Nothing is written while anybody is refused; every refusal is told with its name."""
    refused, opened = [], []
    with writing(actor=actor, door=door) as act:
        for person in people:
            try:
                opened.append(definition.call(within=act, day=day, **{field: person}, **values))
            except Refusal as refusal:
                refused.append(f"{names.get(person.pk, str(person))}: {refusal}")
        if refused:
            text = _("%(count)s of the selected people cannot be taken; take them out of the selection.")
            raise RegisterIncomplete(text % {"count": len(refused)}, left=refused)
    return opened
