"""This room is for acting on a selection: one form, then the same procedure for one after the other.

Each is a transaction of its own, done whole or not at all, and has its own outcome: what was refused says why
and stays ticked, what was done is not done again. The acts of one selection share a batch in the journal;
asked for again after a cut line or a crash, those that stand there already are passed over.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from orgwork.doors.web import offered, places
from orgwork.doors.web.cases import need_somewhere
from orgwork.doors.web.forms import perform, sentence
from orgwork.doors.web.named import names_for
from orgwork.foundation.journal import EntrySubject
from orgwork.foundation.moments import writing
from orgwork.foundation.refusals import Refusal
from orgwork.procedures import catalogue
from orgwork.procedures.cases import Case, Procedure, StepDef
from orgwork.registers import access
from orgwork.registers.people import Person

MOST = 200  # what one request carries without letting its reader wait too long
DONE, BEFORE, REFUSED = "done", "before", "refused"


@dataclass
class Line:
    """One of the selection: who or what, and what became of it."""

    key: int
    name: str
    url: str
    outcome: str = ""
    said: str = ""

    @property
    def ticked(self) -> bool:
        return self.outcome in ("", REFUSED)

    @property
    def words(self) -> str:
        return {DONE: _("done"), BEFORE: _("done before"), REFUSED: _("refused")}.get(self.outcome, "")

    @property
    def css(self) -> str:
        return {DONE: "ok", BEFORE: "ok", REFUSED: "bad"}.get(self.outcome, "")


@dataclass
class Selection:
    """What is to be done, in words of its declaration, and to whom."""

    name: str  # of the tick boxes: person | case
    definition: StepDef
    procedure: Procedure
    call: Callable[..., Any]
    back: str
    lines: list[Line] = field(default_factory=list)


@require_http_methods(["GET", "POST"])
def bulk(request):
    """One form for the whole selection, then an outcome for each."""
    chosen = of_cases(request) if request.GET.get("step") else of_people(request)
    need_somewhere(request, chosen.definition)
    if not chosen.lines:
        messages.error(request, _("Nothing was selected. Tick some lines first."))
        return redirect(chosen.back)
    batch = batch_of(request)
    form, done = perform(request, shortened(chosen), lambda **values: each(chosen, batch, **values))
    if done is not None and not any(line.outcome == REFUSED for line in chosen.lines):
        text = ngettext("Done for %(count)s.", "Done for all %(count)s.", done)
        messages.success(request, text % {"count": done})
        return redirect(reverse("cases") + request.dials.query(procedure=chosen.procedure.code, state="all"))
    place = request.place
    context = {
        "section": "people" if chosen.name == "person" else "cases",
        "definition": chosen.definition,
        "procedure": chosen.procedure,
        "form": form,
        "title": title(chosen),
        "lines": chosen.lines,
        "tick": chosen.name,
        "batch": batch,
        "tried": done is not None,
        "done": sum(line.outcome in (DONE, BEFORE) for line in chosen.lines),
        "refused": sum(line.outcome == REFUSED for line in chosen.lines),
        "crumbs": places.crumbs(place, last_is_link=True) if place else [],
        "back": chosen.back,
    }
    return render(request, "web/bulk.html", context, status=422 if request.method == "POST" else 200)


def title(chosen: Selection) -> str:
    return str(chosen.procedure.label if chosen.name == "person" else chosen.definition.label)


def of_people(request) -> Selection:
    """The same case opened for many people."""
    procedure = catalogue.procedures().get(request.GET.get("procedure", ""))
    if procedure is None or procedure.code not in offered.BULK or procedure.opening is None:
        raise Http404(_("This cannot be done for many people at once. Go back and choose something else."))
    definition, name = procedure.opening, offered.person_field(procedure.opening)
    people = {one.pk: one for one in Person.objects.filter(pk__in=ticked(request, "person"))}
    names, tail = names_for(request.user, people.values()), request.dials.query()

    def call(key, **values):
        return definition.call(**{name: people[key]}, **values)

    lines = [Line(pk, names.get(pk, f"#{pk}"), reverse("person", args=[pk]) + tail) for pk in sorted(people)]
    return Selection("person", definition, procedure, call, reverse("people") + tail, lines)


def of_cases(request) -> Selection:
    """The same step of many cases."""
    code, _point, name = request.GET["step"].partition(".")
    procedure = Procedure.known.get(code)
    definition = procedure.steps.get(name) if procedure else None
    if procedure is None or definition is None or not offered.fits_many(definition):
        raise Http404(_("This step cannot be taken for many cases at once. Go back and choose another."))
    rows = Case.objects.filter(pk__in=ticked(request, "case"), procedure=code).select_related("person")
    rows = access.visible(rows, request.user, "names.read", now=timezone.localdate(), on=request.dials.on)
    cases = {row.pk: row for row in rows}
    names = names_for(request.user, [row.person for row in cases.values() if row.person])
    tail = request.dials.query()

    def call(key, **values):
        return definition.call(cases[key], **values)

    lines = [
        Line(pk, names.get(row.person_id, f"#{pk}"), reverse("case", args=[pk]) + tail)
        for pk, row in sorted(cases.items())
    ]
    return Selection("case", definition, procedure, call, reverse("cases") + tail, lines)


def ticked(request, name: str) -> list[int]:
    """The numbers ticked: in the form once it was shown, else those the list was left with."""
    given = request.POST.getlist(name) if "batch" in request.POST else request.GET.getlist(name)
    return [int(text) for text in given if text.isascii() and text.isdigit() and len(text) < 19][:MOST]


def shortened(chosen: Selection) -> StepDef:
    """The form asks for everything but the one it is about."""
    if chosen.name == "case":
        return chosen.definition
    name = offered.person_field(chosen.definition)
    return replace(
        chosen.definition, fields=tuple(one for one in chosen.definition.fields if one.name != name)
    )


def batch_of(request) -> str:
    """The name under which the acts of this selection stand in the journal: the reader's own, drawn once."""
    mine = f"bulk-{request.user.pk}-"
    given = request.POST.get("batch", "")
    if given.startswith(mine) and re.fullmatch(r"[0-9a-f]{16}", given.removeprefix(mine)):
        return given
    return mine + secrets.token_hex(8)


def each(chosen: Selection, batch: str, *, actor, door, day, **values) -> int:
    """One after the other, each in its own transaction; how many are done."""
    before = set(
        EntrySubject.objects.filter(
            entry__batch=batch, entry__verb=chosen.definition.verb, type=chosen.name
        ).values_list("subject_id", flat=True)
    )
    for line in chosen.lines:
        if line.key in before:
            line.outcome = BEFORE
            continue
        try:
            with writing(actor=actor, door=door, batch=batch) as act:
                chosen.call(line.key, within=act, actor=actor, day=day, **values)
            line.outcome = DONE
        except Refusal as refusal:
            line.outcome, line.said = REFUSED, sentence(refusal)
    return sum(line.outcome != REFUSED for line in chosen.lines)
