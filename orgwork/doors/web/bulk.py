"""This room is for acting on a selection: one form, then the same procedure for one after the other.

The selection is what was ticked, or everybody whom the list's filters find. Each is a transaction of its own,
done whole or not at all, and has its own outcome (procedures/in_bulk.py): what was refused says why and stays
ticked, what was done is not done again. More than one request can carry are done in the background.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field, replace

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from orgwork.doors.web import formats, offered, places
from orgwork.doors.web.cases import need_somewhere
from orgwork.doors.web.forms import perform
from orgwork.doors.web.named import names_for
from orgwork.foundation.jobs import Job
from orgwork.foundation.refusals import Refusal
from orgwork.procedures import catalogue, in_bulk
from orgwork.procedures.cases import Case, Procedure, StepDef
from orgwork.procedures.in_bulk import BEFORE, DONE, REFUSED
from orgwork.registers import access
from orgwork.registers.people import Person
from orgwork.registers.reads import note_read

MOST = 200  # what one request carries without letting its reader wait too long
MOST_FOUND = 20_000  # what one piece of long work takes


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
    back: str
    lines: list[Line] = field(default_factory=list)
    #: Where it is everybody found, more than are shown here: who they are, by number.
    found: list[int] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.found) or len(self.lines)


@require_http_methods(["GET", "POST"])
def bulk(request):
    """One form for the whole selection, then an outcome for each."""
    chosen = of_cases(request) if request.GET.get("step") else of_people(request)
    need_somewhere(request, chosen.definition)
    if not chosen.count:
        messages.error(request, _("Nothing was selected. Tick some lines first."))
        return redirect(chosen.back)
    batch = batch_of(request)
    doing = in_background if chosen.found else each
    form, done = perform(request, shortened(chosen), lambda **values: doing(request, chosen, batch, **values))
    if isinstance(done, Job):
        return redirect(reverse("job", args=[done.pk]) + request.dials.query())
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
        "count": chosen.count,
        "by_filter": bool(request.GET.get("all")),
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
    tail = request.dials.query()
    back = reverse("people") + request.dials.query(**filters(request, "q", "standing", "sex", "age"))
    chosen = Selection("person", procedure.opening, procedure, back)
    keys = everybody_found(request, chosen) or ticked(request, "person")
    if len(keys) > MOST:
        chosen.found = keys
        return chosen
    people = {one.pk: one for one in Person.objects.filter(pk__in=keys)}
    names = names_for(request.user, people.values())
    chosen.lines = [
        Line(pk, names.get(pk, f"#{pk}"), reverse("person", args=[pk]) + tail) for pk in sorted(people)
    ]
    return chosen


def of_cases(request) -> Selection:
    """The same step of many cases."""
    code, _point, name = request.GET["step"].partition(".")
    procedure = Procedure.known.get(code)
    definition = procedure.steps.get(name) if procedure else None
    if procedure is None or definition is None or not offered.fits_many(definition):
        raise Http404(_("This step cannot be taken for many cases at once. Go back and choose another."))
    tail = request.dials.query()
    back = reverse("cases") + request.dials.query(**filters(request, "procedure", "state"))
    chosen = Selection("case", definition, procedure, back)
    keys = everybody_found(request, chosen) or ticked(request, "case")
    if len(keys) > MOST:
        chosen.found = keys
        return chosen
    rows = Case.objects.filter(pk__in=keys, procedure=code).select_related("person")
    rows = access.visible(rows, request.user, "names.read", now=timezone.localdate(), on=request.dials.on)
    cases = {row.pk: row for row in rows}
    names = names_for(request.user, [row.person for row in cases.values() if row.person])
    chosen.lines = [
        Line(pk, names.get(row.person_id, f"#{pk}"), reverse("case", args=[pk]) + tail)
        for pk, row in sorted(cases.items())
    ]
    return chosen


def filters(request, *names: str) -> dict[str, str]:
    """What the list was narrowed by, to go back to it."""
    return {name: value for name in names if (value := request.GET.get(name))}


def everybody_found(request, chosen: Selection) -> list[int]:
    """Everybody whom the list's filters find, not only those on the page: read as the list itself reads them.

    Of cases only those of the procedure, in a state in which the step begins.
    """
    if not request.GET.get("all") or "batch" in request.POST and request.POST.get("ticked"):
        return []
    from orgwork.doors.web import cases, people

    place = places.here(request)
    places.need(request, "names.read", place.unit)
    if chosen.name == "person":
        inside = people.bodies_inside(place.unit, request.dials)
        rows = people.listed(request, place.unit, "name", inside).order_by("person_id")
        keys = list(dict.fromkeys(rows.values_list("person_id", flat=True)[: MOST_FOUND + 1]))
    else:
        cases_here = cases.listed(request, place.unit)
        rows = cases_here.filter(procedure=chosen.procedure.code, state__in=chosen.definition.sources)
        keys = list(rows.order_by("pk").values_list("pk", flat=True)[: MOST_FOUND + 1])
    note_read(request.user, "names.read", door="web", unit=place.unit, count=len(keys))
    return keys


def ticked(request, name: str) -> list[int]:
    """The numbers ticked: in the form once it was shown, else those the list was left with."""
    given = request.POST.getlist(name) if "batch" in request.POST else request.GET.getlist(name)
    return [int(text) for text in given if text.isascii() and text.isdigit() and len(text) < 19][:MOST]


def shortened(chosen: Selection) -> StepDef:
    """The form asks for everything but the one it is about."""
    if chosen.name == "case":
        return chosen.definition
    name = in_bulk.person_field(chosen.definition)
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


def each(request, chosen: Selection, batch: str, *, actor, door, day, **values) -> int:
    """One after the other, while the reader waits; how many are done."""
    lines = {line.key: line for line in chosen.lines}
    for came in in_bulk.act_on(
        chosen.definition, list(lines), values, actor=actor, door=door, day=day, batch=batch
    ):
        lines[came.key].outcome, lines[came.key].said = came.outcome, came.said
    return sum(line.outcome != REFUSED for line in chosen.lines)


def in_background(request, chosen: Selection, batch: str, *, actor, door, day, **values) -> Job:
    """Many are done in the background, if they are those who were shown."""
    if chosen.count > MOST_FOUND:
        raise Refusal(
            _("At most %(most)s at once; narrow the list by its filters.")
            % {"most": formats.number(MOST_FOUND)},
            code="too_many",
        )
    if request.POST.get("count") != str(chosen.count):
        raise Refusal(
            _("Meanwhile the list finds %(count)s; look at it again, then go on.")
            % {"count": formats.number(chosen.count)},
            code="list_changed",
        )
    name = f"{title(chosen)} ({formats.number(chosen.count)})"
    return in_bulk.begin(
        chosen.definition, chosen.found, values, name=name, actor=actor, day=day, batch=batch
    )


# ── what came of many ───────────────────────────────────────────────────────────────────────────────────


def outcomes(request, job: Job) -> dict:
    """What came of each that was refused, with a way to go on with them; the rest is done."""
    said = job.payload
    procedure = Procedure.known.get(said.get("procedure", ""))
    if procedure is None:
        return {}
    refused = job.result.get(REFUSED, [])
    tick = "person" if said["step"] == "open" else "case"
    keys = [key for key, _text in refused[:MOST]]
    people = (
        {one.pk: one for one in Person.objects.filter(pk__in=keys)}
        if tick == "person"
        else {
            row.pk: row.person
            for row in Case.objects.filter(pk__in=keys).select_related("person")
            if row.person
        }
    )
    names = names_for(request.user, people.values())
    tail = request.dials.query()
    lines = []
    for key, text in refused[:MOST]:
        who = people.get(key)
        name = names.get(who.pk, f"#{key}") if who else f"#{key}"
        lines.append(Line(key, name, reverse(tick, args=[key]) + tail, REFUSED, text))
    again = (
        {"procedure": procedure.code} if tick == "person" else {"step": f"{procedure.code}.{said['step']}"}
    )
    return {
        "lines": lines,
        "tick": tick,
        "again": again,
        "done": job.result.get(DONE, 0),
        "refused": len(refused),
        "left": len(said.get("keys", [])) - job.result.get(DONE, 0) - len(refused),
    }
