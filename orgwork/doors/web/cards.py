"""This room is for the pages of party cards: who holds one, who waits, print runs and their sheets."""

from __future__ import annotations

from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from orgwork.doors.web import formats, lists_printed, offered, places, words
from orgwork.doors.web.bodies import names_of_people
from orgwork.doors.web.lists import Column, chunked, export, keyset, sorting, table, tabs_of
from orgwork.procedures import cards as procedure
from orgwork.procedures.cases import Case
from orgwork.registers.members import (
    MemberCard,
    Membership,
    MembershipPlace,
    MembershipStanding,
    PlaceKind,
    Standing,
)
from orgwork.registers.people import PersonParticulars
from orgwork.registers.reads import note_read
from orgwork.registers.units import Unit, names_of, under_ids

STATES = ("held", "waiting", "reissue", "take_back", "void")
ACTS = ("card.issue", "card.lost", "card.exchange", "card.withdraw")


def tabs(request) -> list[dict]:
    """The lists of this room, for the head of each."""
    return tabs_of(
        request, ("cards", _("Party cards")), ("letters", _("Letters of introduction")),
        ("badges", _("Party badges")), ("doubles", _("Possible doubles")),
    )  # fmt: skip


@require_safe
def cards(request):
    """Cards of the members here and below, by number, and who waits for one."""
    place = places.here(request)
    places.need(request, "names.read", place.unit)
    state = request.GET.get("state", "held")
    state = state if state in STATES else "held"
    rows, order = listed(request, place.unit, state)
    columns = card_columns(request, state)
    sort, order = (
        sorting(columns, request.GET.get("sort", ""), "number") if state != "waiting" else ("", order)
    )
    wanted = request.GET.get("export")
    if wanted in ("csv", "xlsx", "pdf"):
        note_read(request.user, "names.read", door="web", unit=place.unit, count=rows.count())
        told = chunked(rows.order_by(*order), lambda some: enrich(some, request))
        if wanted == "pdf":
            said = {"title": _("Party cards"), "place": place, "day": request.dials.on}
            return lists_printed.as_pdf(columns, told, "cards", **said)
        return export(wanted, columns, told, "cards")
    page = keyset(rows, order, request.GET)
    note_read(request.user, "names.read", door="web", unit=place.unit, count=len(page.rows))
    context = {
        "section": "cards",
        "place": place,
        "crumbs": places.crumbs(place, last_is_link=True),
        "title": _("Party cards"),
        "tabs": tabs(request),
        "here_is": "cards",
        "selects": [{"name": "state", "label": _("Show"), "options": state_options(), "chosen": state}],
        "keep": "state",
        "acts": acts(request, place.unit),
        "links": runs(request, place.unit),
        "links_title": _("Print runs"),
        "pdf": True,
        "table": table(
            columns, enrich(page.rows, request), request=request, sort=sort, page=page, exports=True,
            caption=_("Party cards"), empty=_("Nobody fits. Choose another list, or a larger body."),
        ),
    }  # fmt: skip
    return render(request, "web/list.html", context)


def state_options() -> list[tuple[str, str]]:
    return [
        ("held", _("cards that hold")),
        ("waiting", _("full members without a card")),
        ("reissue", _("lost, to be issued anew")),
        ("take_back", _("to be given back: no members any more")),
        ("void", _("void cards")),
    ]


def listed(request, unit, state: str):
    """The rows of a list and their usual order."""
    on, known_at = request.dials.on, request.dials.known_at
    scope = under_ids(unit, on, known_at=known_at)
    if state == "waiting":
        return procedure.waiting(unit, on, "first"), ("person_id", "pk")
    rows = MemberCard.objects.on(on, known_at=known_at)
    if state == "take_back":
        rows = procedure.to_take_back(on, known_at=known_at)
    if state in ("reissue", "void"):
        rows = MemberCard.objects.at(known_at).filter(valid_to__lte=on)
    if state == "reissue":
        here = procedure.waiting(unit, on, "reissue")
        rows = rows.filter(ended_by__kind="lost", person__in=here.values("person"))
    return procedure.of_body(rows, scope, on, known_at=known_at), ("number", "pk")


def card_columns(request, state: str) -> list[Column]:
    found = [
        Column("number", _("Card number"), lambda r: r["number"], kind="short", order=("number", "pk")),
        Column("name", _("Name"), lambda r: r["name"], lambda r: r["url"]),
        Column("cell", _("Cell"), lambda r: r["cell"], lambda r: r["cell_url"]),
        Column("copy", _("Copy"), lambda r: r["copy"], kind="number"),
        Column("since", _("Holds since"), lambda r: r["since"], kind="day", order=("valid_from", "pk")),
        Column("until", _("Void since"), lambda r: r["until"], kind="day"),
        Column("why", _("Reason"), lambda r: r["why"], kind="small"),
    ]
    if state == "waiting":
        return found[1:3]
    return found if state in ("void", "reissue") else found[:5]


def enrich(rows, request) -> list[dict]:
    dials = request.dials
    ids = {row.person_id for row in rows}
    names = names_of_people(ids, dials)
    cells: dict[int, Unit] = {}
    found = MembershipPlace.objects.at(dials.known_at).filter(person__in=ids, kind=PlaceKind.OFFICIAL)
    for one in found.filter(valid_from__lte=dials.on).order_by("valid_from").select_related("unit"):
        cells[one.person_id] = one.unit
    told = names_of({unit.pk for unit in cells.values()}, dials.on, known_at=dials.known_at)
    return [line(row, names, cells, told, dials) for row in rows]


def line(row, names, cells, told, dials) -> dict:
    cell = cells.get(row.person_id)
    until = getattr(row, "valid_to", None)
    ended = until is not None and until <= dials.on
    return {
        "number": getattr(row, "number", ""),
        "copy": getattr(row, "copy", None),
        "name": names.get(row.person_id) or f"#{row.person_id}",
        "url": reverse("person", args=[row.person_id]) + dials.query(),
        "cell": told.get(cell.pk, cell.code) if cell else "",
        "cell_url": places.address(cell.code, dials) if cell else "",
        "since": row.valid_from,
        "until": until if ended else None,
        "why": words.cause(row.ended_by.kind) if ended and row.ended_by else "",
    }


def acts(request, unit) -> list[dict]:
    found = offered.some(request, ACTS, unit)
    opening = procedure.card_run.opening
    if opening and places.able(request, opening.act, unit):
        one = offered.offer(request, opening, "open-case", "card_run", unit=unit.code)
        found.insert(0, one | {"label": opening.label, "main": True})
    return found


def runs(request, unit) -> list[dict]:
    """Runs of the body and of those below, the latest first; the sheets are listed apart."""
    scope = under_ids(unit, request.dials.on)
    rows = Case.objects.filter(procedure="card_run", unit__in=scope, opened_on__lte=request.dials.on)
    found = list(rows.select_related("unit").order_by("-opened_on", "-pk")[:8])
    bodies = names_of({one.unit_id for one in found}, request.dials.on)
    return [
        {
            "label": bodies.get(one.unit_id, one.unit.code),
            "note": procedure.card_run.states[one.state],
            "day": one.opened_on,
            "url": reverse("card-run", args=[one.pk]) + request.dials.query(),
        }
        for one in found
    ]


@require_safe
def run(request, pk):
    """The sheets of a run: what to print, which counterfoil, what was spoilt."""
    case = Case.objects.filter(pk=pk, procedure="card_run").select_related("unit").first()
    if case is None:
        raise Http404(_("There is no print run with this number. Look for it under “Party cards”."))
    place = places.look(request, case.unit.code)
    places.need(request, "names.read", place.unit)
    columns = sheet_columns(request)
    rows = sheet_rows(request, case)
    note_read(request.user, "names.read", door="web", unit=place.unit, count=len(rows))
    wanted = request.GET.get("export")
    if wanted == "pdf":
        name, title = f"cards-{case.pk}", _("Cards to print")
        return lists_printed.as_pdf(columns, rows, name, title=title, place=place, day=case.opened_on)
    if wanted in ("csv", "xlsx"):
        return export(wanted, columns, rows, f"cards-{case.pk}")
    context = {
        "section": "cards",
        "place": place,
        "crumbs": places.crumbs(place, last_is_link=True),
        "title": _("Cards to print"),
        "tabs": tabs(request),
        "sub": procedure.card_run.states[case.state],
        "acts": [{"label": _("Go on with this run"), "url": reverse("case", args=[case.pk]), "main": True}],
        "pdf": True,
        "table": table(
            columns, rows, request=request, exports=True, caption=_("Cards to print"),
            empty=_("No sheet is printed yet; numbers and counterfoils are given by the step “Print”."),
        ),
    }  # fmt: skip
    return render(request, "web/list.html", context)


def sheet_columns(request) -> list[Column]:
    return [
        Column("counterfoil", _("Counterfoil"), lambda r: r["counterfoil"], kind="number"),
        Column("number", _("Card number"), lambda r: r["number"], kind="short"),
        Column("copy", _("Copy"), lambda r: r["copy"], kind="number"),
        Column("name", _("Name"), lambda r: r["name"], lambda r: r["url"]),
        Column("born", _("Born"), lambda r: r["born"], kind="short"),
        Column("since", _("Admitted on"), lambda r: r["since"], kind="day"),
        Column("full", _("Full member since"), lambda r: r["full"], kind="day"),
        Column("cell", _("Cell"), lambda r: r["cell"]),
        Column("spoilt", _("Struck off"), lambda r: r["spoilt"], kind="day"),
    ]


def sheet_rows(request, case: Case) -> list[dict]:
    """What is printed on each card, as the register has it on the day of the run."""
    dials, rows = request.dials, list(procedure.sheets(case))
    ids = {row.person_id for row in rows}
    on = max(dials.on, case.opened_on)
    names = names_of_people(ids, dials.turned(on=on))
    births = {one.person_id: one for one in PersonParticulars.objects.on(on).filter(person__in=ids)}
    since = dict(Membership.objects.on(on).filter(person__in=ids).values_list("person", "valid_from"))
    full = MembershipStanding.objects.on(on).filter(person__in=ids, standing=Standing.FULL)
    recognised = dict(full.values_list("person", "valid_from"))
    places_ = MembershipPlace.objects.on(on).filter(person__in=ids, kind=PlaceKind.OFFICIAL)
    cells = dict(places_.values_list("person", "unit"))
    bodies = names_of(set(cells.values()), on)
    return [
        {
            "counterfoil": row.counterfoil,
            "number": row.number,
            "copy": row.copy,
            "name": names.get(row.person_id) or f"#{row.person_id}",
            "url": reverse("person", args=[row.person_id]) + dials.query(),
            "born": formats.birth(births[row.person_id].birth, births[row.person_id].birth_precision)
            if row.person_id in births
            else "",
            "since": since.get(row.person_id),
            "full": recognised.get(row.person_id),
            "cell": bodies.get(cells.get(row.person_id, 0), ""),
            "spoilt": row.spoilt_on,
        }
        for row in rows
    ]
