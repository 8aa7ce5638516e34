"""This room is for the pages of cases: the list, a case with its drawing, each step as a form."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from orgwork.doors.web import decisions, drawing, history, kept, offered, places, prefill, proposals, said
from orgwork.doors.web.bodies import names_of_people
from orgwork.doors.web.due import open_on
from orgwork.doors.web.forms import StepForm, perform
from orgwork.doors.web.lists import Column, chunked, export, keyset, sorting, table
from orgwork.foundation.refusals import NotAllowed, Refusal
from orgwork.foundation.workdays import workdays_between
from orgwork.procedures import operations, setting_back
from orgwork.procedures.cases import (
    Case,
    CaseDeadline,
    CaseStep,
    Procedure,
    Protocol,
    placed,
    running,
    save_draft,
)
from orgwork.registers.documents import Document
from orgwork.registers.paper_files import DocumentFile
from orgwork.registers.people import Person
from orgwork.registers.reads import note_read
from orgwork.registers.units import Unit, names_of, under_ids

# ── the list ────────────────────────────────────────────────────────────────────────────────────────────


@require_safe
def cases(request):
    """Cases here and below, the latest first."""
    place = places.here(request)
    places.need(request, "names.read", place.unit)
    columns = case_columns(request)
    sort, order = sorting(columns, request.GET.get("sort", ""), "-opened")
    rows = listed(request, place.unit)
    wanted = request.GET.get("export")
    if wanted in ("csv", "xlsx"):
        note_read(request.user, "names.read", door="web", unit=place.unit, count=rows.count())
        return export(
            wanted, columns, chunked(rows.order_by(*order), lambda some: enrich(some, request)), "cases"
        )
    page = keyset(rows, order, request.GET)
    if page.rows:
        note_read(request.user, "names.read", door="web", unit=place.unit, count=len(page.rows))
    context = {
        "section": "cases",
        "place": place,
        "crumbs": places.crumbs(place, last_is_link=True),
        "table": table(
            columns,
            enrich(page.rows, request),
            request=request,
            sort=sort,
            page=page,
            exports=True,
            pick="case" if (bulk := offered.steps_in_bulk(request, place.unit, asked_for(request))) else "",
            key=lambda row: row["id"],
            caption=_("Cases"),
            empty=_("No case fits. Take a filter away, or open a new case above."),
        ),
        "procedures": [("", _("all procedures"))] + [(p.code, p.label) for p in Procedure.known.values()],
        "states": [
            ("open", _("under way")),
            ("overdue", _("overdue")),
            ("closed", _("closed")),
            ("all", _("all")),
        ],
        "asked": {"procedure": request.GET.get("procedure", ""), "state": request.GET.get("state", "open")},
        "bulk": bulk,
        "openings": [
            *offered.openings(request, place.unit),
            *offered.some(request, ["person.enter"], place.unit),
        ],
        **kept.context(request, "cases"),
    }
    return render(request, "web/cases.html", context)


def asked_for(request) -> str:
    """The procedure that the list is kept to."""
    code = request.GET.get("procedure", "")
    return code if code in Procedure.known else ""


def listed(request, unit):
    on, known_at = request.dials.on, request.dials.known_at
    rows = placed(Case.objects.filter(opened_on__lte=on), on, known_at=known_at)
    rows = rows.filter(home__in=under_ids(unit, on, known_at=known_at, custody=True))
    if request.GET.get("procedure") in Procedure.known:
        rows = rows.filter(procedure=request.GET["procedure"])
    state = request.GET.get("state", "open")
    under_way = open_on(rows, on)
    if state == "closed":
        return rows.filter(closed_on__lte=on)
    if state == "overdue":
        return under_way.filter(pk__in=overdue(on, known_at=known_at).values("case"))
    return rows if state == "all" else under_way


def overdue(on, *, known_at=None):
    """Deadlines that had passed and were not met on the day."""
    return running(on, known_at=known_at).filter(due__lt=on)


def case_columns(request) -> list[Column]:
    return [
        Column("label", _("Case"), lambda r: r["label"], lambda r: r["url"]),
        Column("person", _("About"), lambda r: r["about"], lambda r: r["about_url"]),
        Column("unit", _("Body"), lambda r: r["unit"], lambda r: r["unit_url"]),
        Column("state", _("State"), lambda r: r["state"], kind="tag"),
        Column("opened", _("Opened"), lambda r: r["opened"], kind="day", order=("opened_on", "pk")),
        Column("due", _("Next due"), lambda r: r["due"], kind="day"),
        Column("late", "", lambda r: r["late"], kind="tag"),
    ]


def enrich(rows, request) -> list[dict]:
    """States as they were on the day, names, next deadlines: four queries for any number of cases.

    The rows say where each case lay on the day (``placed``).
    """
    dials = request.dials
    ids = [row.pk for row in rows]
    names = names_of_people([row.person_id for row in rows if row.person_id], dials)
    wanted = {row.home for row in rows} | {concerned(row) for row in rows}
    units = names_of(wanted - {None}, dials.on, known_at=dials.known_at)
    codes = dict(Unit.objects.filter(pk__in=units).values_list("pk", "code"))
    states = dict(
        CaseStep.objects.filter(case__in=ids, day__lte=dials.on)
        .order_by("day", "pk")
        .values_list("case", "target")
    )
    dues: dict[int, CaseDeadline] = {}
    for row in running(dials.on, known_at=dials.known_at).filter(case__in=ids).order_by("-due"):
        dues[row.case_id] = row
    return [
        line(row, names, units, codes, states.get(row.pk, row.state), dues.get(row.pk), dials) for row in rows
    ]


def concerned(row) -> int:
    """The body that a case is about: the one responsible for it, unless it is about another."""
    unit = row.data.get("unit") if isinstance(row.data, dict) else None
    return unit if isinstance(unit, int) else getattr(row, "home", row.unit_id)


def line(row, names, units, codes, state, due, dials) -> dict:
    procedure = Procedure.known.get(row.procedure)
    late = due is not None and due.due < dials.on
    return {
        "id": row.pk,
        "label": str(procedure.label) if procedure else row.procedure,
        "url": page_of(row) + dials.query(),
        "about": names.get(row.person_id, "") or (units.get(concerned(row), "") if not row.person_id else ""),
        "about_url": reverse("person", args=[row.person_id]) + dials.query() if row.person_id else "",
        "unit": units.get(row.home, ""),
        "unit_url": places.address(codes.get(row.home, ""), dials),
        "state": (
            "ok" if procedure and state in procedure.final else "",
            str(procedure.states.get(state, state)) if procedure else state,
        ),
        "opened": row.opened_on,
        "due": due.due if due else None,
        "late": ("bad", _("%(days)s working days late") % {"days": workdays_between(due.due, dials.on)})
        if late
        else None,
    }


#: Procedures whose cases are shown on pages of their own.
OWN_PAGES = {"draft": "paper-draft"}


def page_of(case) -> str:
    return reverse(OWN_PAGES.get(case.procedure, "case"), args=[case.pk])


# ── one case ────────────────────────────────────────────────────────────────────────────────────────────


def find(pk) -> tuple[Case, Procedure]:
    case = Case.objects.filter(pk=pk).select_related("unit", "person").first()
    if case is None or case.procedure not in Procedure.known:
        raise Http404(_("There is no case with this number. Look for it under “Members and cases”."))
    return case, Procedure.known[case.procedure]


@require_safe
def case(request, pk):
    """Where a case stands, what was done, what is due, what can be done next and by whom."""
    found, procedure = find(pk)
    if procedure.code in OWN_PAGES:
        return redirect(page_of(found) + request.dials.query())
    place = places.look(request, found.unit.code)
    places.need(request, "names.read", place.unit)
    steps, state = as_it_was(found, request.dials)
    current = state == found.state
    context = {
        "section": "cases",
        "case": found,
        "procedure": procedure,
        "place": place,
        "crumbs": places.crumbs(place, last_is_link=True),
        "title": title(found, procedure, request.dials),
        "person_url": reverse("person", args=[found.person_id]) + request.dials.query()
        if found.person_id
        else "",
        "state": procedure.states.get(state, state),
        "current": current,
        "open_yet": bool(steps),
        "final": state in procedure.final,
        "drawing": drawing.states(procedure, here=state, visited=visited(steps)),
        "steps": [done(step, procedure) for step in steps],
        "next": next_steps(request, found, procedure) if current else [],
        "offers": answers_to(request, found) if current else [],
        "deadlines": deadlines(found, request.dials),
        "facts": said.case_facts(found, procedure, request.dials),
        "decisions": decisions.of_case(request, found, state),
        "history": history.of(request, "case", found.pk),
    }
    if found.person_id:
        note_read(request.user, "names.read", door="web", person=found.person)
    return render(request, "web/case.html", context)


def answers_to(request, case) -> list[dict]:
    """What an accepted request about somebody's data asks for: acts that name it as their cause."""
    if case.procedure != "data_request" or case.state != "accepted":
        return []
    about = {"person": case.person_id}
    if case.data.get("kind") == "erasure":
        return offered.some(request, ("person.erase", "person.erase_part"), case.unit, **about)
    verbs = [verb for verb, step in operations.known.items() if any(f.name == "request" for f in step.fields)]
    found = offered.some(request, verbs, case.unit, **about)
    return [one | {"url": f"{one['url']}&request={case.pk}"} for one in found]


def as_it_was(case, dials) -> tuple[list[CaseStep], str]:
    """The steps taken by the day, as known at the moment, and the state they led to."""
    rows = case.steps.filter(day__lte=dials.on)
    if dials.known_at is not None:
        rows = rows.filter(moment__lt=dials.known_at)
    steps = list(rows.select_related("document", "protocol", "actor").order_by("pk"))
    return steps, steps[-1].target if steps else ""


def after(request, form) -> str:
    """The dials after an act: turned forward where the act lies on a later day, so that it can be seen."""
    day = form.cleaned_data.get("day")
    return request.dials.query(on=day) if day and day > request.dials.on else request.dials.query()


def title(case, procedure, dials) -> str:
    name = names_of_people([case.person_id], dials).get(case.person_id) if case.person_id else ""
    if not name:
        about = concerned(case)
        name = said.name_in(case.data) or names_of([about], dials.on).get(about, "")
    return f"{procedure.label}: {name}"


def visited(steps) -> set[str]:
    return {state for step in steps for state in (step.source, step.target) if state}


def done(step, procedure) -> dict:
    declared = procedure.opening if step.step == "open" else procedure.steps.get(step.step)
    label = setting_back.LABEL if step.step == setting_back.SET_BACK else step.step
    return {
        "label": declared.label if declared else label,
        "day": step.day,
        "actor": str(step.actor or ""),
        "paper": step.document,
        "remark": step.remark,
        "kind": declared.kind if declared else "",
        "protocol": protocol_row(step.protocol) if step.protocol else None,
        "state": procedure.states.get(step.target, step.target),
    }


def protocol_row(row: Protocol) -> dict:
    numbers = [
        {"label": Protocol._meta.get_field(name).verbose_name, "value": getattr(row, name)}
        for name in Protocol.NUMBERS
    ]
    return {"numbers": numbers, "agreed": row.agreed, "day": row.day, "rule": said.rule(row.rule)}


def next_steps(request, case, procedure) -> list[dict]:
    """Steps that could be taken from here, those open to the reader first; the others say who may take
    them.
    """
    found = []
    for step in procedure.open_steps(case):
        over = body_over(step, case)
        allowed = places.able(request, step.act, over)
        found.append(
            {
                "label": step.label,
                "name": step.name,
                "kind": step.kind,
                "allowed": allowed,
                "help": step.help,
                "url": reverse("step", args=[case.pk, step.name]) + request.dials.query(),
                "draft": step.name in case.drafts,
                "who": [] if allowed else places.who(step.act, over)[:2],
            }
        )
    order = {"onward": 0, "back": 1, "close": 2}
    return sorted(found, key=lambda s: (not s["allowed"], order.get(s["kind"], 3)))


def body_over(step, case):
    """The body over which the step's power is needed, as far as it is known before the form is filled in."""
    if step.at is None:
        return case.unit
    try:
        return step.at(case, {"day": timezone.localdate()}) or case.unit
    except (KeyError, AttributeError, TypeError, LookupError):
        return case.unit


def deadlines(case, dials) -> list[dict]:
    found = []
    rows = CaseDeadline.objects.at(dials.known_at).filter(case=case, runs_from__lte=dials.on)
    for row in rows.order_by("due"):
        met = row.met_on is not None and row.met_on <= dials.on
        late = not met and row.due < dials.on
        days = (
            0
            if met
            else workdays_between(dials.on, row.due)
            if row.due > dials.on
            else workdays_between(row.due, dials.on)
        )
        found.append(
            {
                "label": said.deadline(row.kind),
                "due": row.due,
                "met": row.met_on if met else None,
                "late": late,
                "days": days,
                "rule": said.rule(row.basis),
            }
        )
    return found


# ── a step as a form ────────────────────────────────────────────────────────────────────────────────────


@require_http_methods(["GET", "POST"])
def step(request, pk, name):
    """One step of a case: form → the procedure's function → back to the case."""
    found, procedure = find(pk)
    place = places.look(request, found.unit.code)
    places.need(request, "names.read", place.unit)
    definition = procedure.steps.get(name)
    if definition is None:
        raise Http404(_("This procedure has no such step. Go back to the case."))
    seen = request.POST.get("case_version", "")

    def call(**values):
        return definition.call(found, seen=int(seen) if seen.isdigit() else None, **values)

    initial = {**said.starting_values(definition, found), **found.drafts.get(name, {})}
    form, result = perform(request, definition, call, initial=initial)
    if (elsewhere := proposals.waits(request, result)) is not None:
        return elsewhere
    if result is not None:
        messages.success(request, _("Done: %(step)s.") % {"step": definition.label})
        return redirect(reverse("case", args=[pk]) + after(request, form))
    context = {
        "section": "cases",
        "case": found,
        "procedure": procedure,
        "definition": definition,
        "form": form,
        "title": definition.label,
        "sub": title(found, procedure, request.dials),
        "crumbs": [
            *places.crumbs(place, last_is_link=True),
            {
                "name": title(found, procedure, request.dials),
                "url": reverse("case", args=[pk]) + request.dials.query(),
            },
        ],
        "draft_url": reverse("draft", args=[pk, name]) + request.dials.query(),
        "has_draft": name in found.drafts,
        "back": reverse("case", args=[pk]) + request.dials.query(),
        "version": seen if request.method == "POST" and seen.isdigit() else found.version,
        "deadlines": deadlines(found, request.dials),
        "votes": said.vote_rule(definition, found, request.dials),
    }
    return render(request, "web/step.html", context, status=422 if request.method == "POST" else 200)


@require_POST
def draft(request, pk, name):
    """Keeps what was typed so far; called while typing, and by the button for readers without scripts."""
    found, procedure = find(pk)
    if name not in procedure.steps:
        raise Http404(_("This procedure has no such step. Go back to the case."))
    form = StepForm(procedure.steps[name], request, request.POST)
    values = {key: request.POST[key][:4000] for key in form.fields if request.POST.get(key)}
    try:
        save_draft(found, name, values, actor=request.user, now=request.dials.today)
    except Refusal as refusal:
        return HttpResponse(str(refusal), status=403 if isinstance(refusal, NotAllowed) else 422)
    if request.htmx:
        return HttpResponse(_("Draft kept at %(time)s.") % {"time": f"{timezone.localtime():%H:%M:%S}"})
    messages.success(request, _("The draft is kept. Nothing has been decided yet."))
    return redirect(reverse("case", args=[pk]) + request.dials.query())


@require_http_methods(["GET", "POST"])
def open_case(request, code):
    """A new case: form → the procedure's opener → the case."""
    procedure = Procedure.known.get(code)
    if procedure is None or procedure.opening is None:
        raise Http404(_("There is no such procedure. Look at “How it is done”."))
    definition = procedure.opening
    need_somewhere(request, definition)
    form, result = perform(request, definition, definition.call, initial=prefilled(request, definition))
    if result is not None:
        messages.success(request, _("The case is open."))
        return redirect(reverse("case", args=[result.pk]) + after(request, form))
    return form_page(
        request, definition, form, section="cases", back=reverse("cases") + request.dials.query()
    )


@require_http_methods(["GET", "POST"])
def do(request, verb):
    """An act on the registers that takes no case: form → one call → where it shows."""
    definition = operations.known.get(verb)
    if definition is None:
        raise Http404(_("There is no such act. Look at “How it is done”."))
    need_somewhere(request, definition)
    form, result = perform(
        request,
        definition,
        done_or(definition.call),
        initial=prefilled(request, definition),
    )
    if (elsewhere := proposals.waits(request, result)) is not None:
        return elsewhere
    if result is not None:
        messages.success(request, _("Done: %(step)s.") % {"step": definition.label})
        return redirect(onward(request, form, result, verb))
    return form_page(request, definition, form, section=section_of(verb), back=onward(request, form, None))


def need_somewhere(request, definition) -> None:
    """Nobody fills in a form for nothing: whoever has the power over no body at all is told at once."""
    if not places.able(request, definition.act, None):
        places.need(request, definition.act, request.place.unit if request.place else None)


def done_or(call):
    """Some operations hand nothing back; the form still has to know that they were done."""

    def run(**values):
        result = call(**values)
        return True if result is None else result

    return run


def form_page(request, definition, form, *, section, back):
    place = request.place
    context = {
        "section": section,
        "definition": definition,
        "form": form,
        "title": definition.label,
        "back": back,
        "crumbs": places.crumbs(place, last_is_link=True) if place else [],
        "procedure": definition.procedure,
        "votes": said.vote_rule(definition, None, request.dials),
    }
    return render(request, "web/step.html", context, status=422 if request.method == "POST" else 200)


#: The room in the way through the work that an act belongs to, by the first part of its name.
ROOMS = {
    "acquaintance": "documents", "area": "bodies", "badge": "cards", "card": "cards", "correction": "people",
    "function": "bodies", "growth": "figures", "incoming": "incoming", "numbers": "documents",
    "paper": "documents", "person": "people", "plan": "reorganisations", "post": "posts", "quota": "staffing",
    "reorganisation": "reorganisations", "retirement": "staffing", "staff": "staffing", "target": "figures",
    "task": "documents", "text": "documents", "unit": "bodies",
}  # fmt: skip


def section_of(verb: str) -> str:
    return ROOMS.get(verb.split(".")[0], "cases")


def prefilled(request, definition) -> dict:
    """What the address names already: the body of the dial, the person or post a page was left from."""
    found = {}
    place = request.place
    for one in definition.fields:
        given = request.GET.get(one.name)
        if one.type == "person" and given and given.isdigit():
            found[one.name] = Person.objects.filter(pk=given).first()
        elif (
            one.type == "unit"
            and place
            and not one.many
            and one.name in ("unit", "parent", "body", "cell", "source", "issuer")
        ):
            found[one.name] = place.unit
        elif one.type == "document" and given and given.isdigit():
            paper = Document.objects.filter(pk=given).first()
            found[f"{one.name}-symbol"] = f"{paper.symbol} #{paper.pk}" if paper else ""
        elif given and one.type in ("text", "choice", "post", "day", "record", "number"):
            found[one.name] = given
        elif one.many and one.type == "person":
            for n, pk in enumerate(request.GET.getlist("person")):
                found[f"{one.name}-{n}"] = f"#{pk}"
    return {**prefill.of(definition, found, request), **found}


def onward(request, form, result, verb: str = "") -> str:
    """Where to go after an act: to the paper, body or person it was about."""
    if isinstance(result, DocumentFile):
        return reverse("paper-files", args=[result.document_id]) + request.dials.query()
    if isinstance(result, Document):
        return reverse("document", args=[result.pk]) + request.dials.query()
    unit = result if isinstance(result, Unit) else None
    person = result if isinstance(result, Person) else None
    if unit is None and form.is_bound and form.is_valid():
        values = form.values()
        person = person or next((v for v in values.values() if isinstance(v, Person)), None)
        unit = next((v for v in values.values() if isinstance(v, Unit)), None)
    if person is not None:
        return reverse("person", args=[person.pk]) + request.dials.query()
    if unit is not None and verb.startswith("numbers."):
        return reverse("register_book") + request.dials.query(unit=unit.code)
    if unit is not None:
        return places.address(unit.code, request.dials)
    if request.place:
        return places.address(request.place.code, request.dials)
    return reverse("today") + request.dials.query()


# ── names while typing ──────────────────────────────────────────────────────────────────────────────────


@require_safe
def pick(request, kind):
    """Options for an input: people the reader may see, bodies, places, posts."""
    text = request.GET.get(request.GET.get("field", "q"), "").strip()[:100]
    if kind not in PICKERS:
        raise BadRequest(_("There is nothing of this kind to choose from."))
    options = PICKERS[kind](request, text) if len(text) > 1 else []
    return render(request, "web/_options.html", {"options": options})


def pick_person(request, text):
    from orgwork.doors.web.today import people

    return [{"value": f"{p['name']} #{p['pk']}", "label": p["note"]} for p in people(request, text)]


def pick_unit(request, text):
    return [
        {"value": f"{u['name']} [{u['code']}]", "label": u["above"]}
        for u in places.search(text, request.dials)
    ]


def pick_area(request, text):
    from orgwork.foundation.words import narrow
    from orgwork.registers.areas import AreaName

    rows = narrow(AreaName.objects.on(request.dials.on), text).select_related("area")
    return [
        {"value": f"{r.name} #{r.area_id}", "label": r.area.get_kind_display()}
        for r in rows.order_by("folded")[:20]
    ]


def pick_post(request, text):
    from orgwork.doors.web import words
    from orgwork.registers.posts import Post

    rows = Post.objects.filter(code__istartswith=text).order_by("code")[:20]
    return [{"value": f"{words.post_kind(r.kind)} [{r.code}]", "label": ""} for r in rows]


PICKERS = {"person": pick_person, "unit": pick_unit, "area": pick_area, "post": pick_post}
