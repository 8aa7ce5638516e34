"""This room is for the pages of party badges: who reaches the years by an award day, who was awarded."""

from __future__ import annotations

import datetime as dt

from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from orgwork.doors.web import formats, lists_printed, offered, places, words
from orgwork.doors.web.bodies import names_of_people
from orgwork.doors.web.cards import tabs
from orgwork.doors.web.lists import Column, by_place, export, keyset, table
from orgwork.foundation import provisions
from orgwork.procedures import badges as procedure
from orgwork.procedures.cases import Case
from orgwork.registers.badges import MemberBadge
from orgwork.registers.members import MembershipPlace, PlaceKind
from orgwork.registers.people import PersonParticulars
from orgwork.registers.reads import note_read
from orgwork.registers.units import Unit, names_of, under_ids

GROUPS = ("now", "all", "awarded")


@require_safe
def badges(request):
    """The list for an award day: who has reached the years, counted from the records as of that day."""
    place = places.here(request)
    places.need(request, "names.read", place.unit)
    group = request.GET.get("group", "now")
    group = group if group in GROUPS else "now"
    day = award_day(request)
    if group == "awarded":
        return awarded(request, place, day)
    found = procedure.due(place.unit, day, known_at=request.dials.known_at)
    found = [one for one in found if group == "all" or one.group == group]
    columns = due_columns(request)
    wanted = request.GET.get("export")
    if wanted in ("csv", "xlsx", "pdf"):
        note_read(request.user, "names.read", door="web", unit=place.unit, count=len(found))
        return handed_out(request, wanted, columns, enrich(found, request, day), place, day)
    page = by_place(found, request.GET)
    if page.rows:
        note_read(request.user, "names.read", door="web", unit=place.unit, count=len(page.rows))
    able = places.able(request, "badge.propose", place.unit)
    context = {
        **around(request, place, group, day),
        "sub": _("%(count)s people") % {"count": formats.number(len(found))},
        "bulk": {"code": "badge", "label": _("Propose those ticked")} if able else None,
        "table": table(
            columns, enrich(page.rows, request, day), request=request, page=page, exports=True,
            caption=_("Party badges"), pick="person" if able else "", key=lambda row: row["id"],
            empty=_("Nobody here reaches the years of a badge by this day."),
        ),
    }  # fmt: skip
    return render(request, "web/list.html", context)


def award_day(request) -> dt.date:
    """The one asked for, else the next one from the day looked at."""
    try:
        asked = dt.date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        return procedure.award_days(request.dials.on)[1]
    return (
        procedure.award_days(asked)[1]
        if 1900 < asked.year < 2200
        else procedure.award_days(request.dials.on)[1]
    )


def around(request, place, group: str, day: dt.date) -> dict:
    """What stands around the list: which award day, which group, what may be done."""
    year = day.year
    days = [
        dt.date.fromisoformat(f"{one}-{said}")
        for one in (year - 1, year, year + 1)
        for said in provisions.on(day)["badges.days"].value
    ]
    groups = [
        ("now", _("reached since the award day before")),
        ("all", _("reached and not recorded as awarded")),
        ("awarded", _("awarded up to this day")),
    ]
    return {
        "section": "cards",
        "place": place,
        "crumbs": places.crumbs(place, last_is_link=True),
        "title": _("Party badges"),
        "tabs": tabs(request),
        "here_is": "badges",
        "selects": [
            {"name": "day", "label": _("Award day"), "chosen": day.isoformat(),
             "options": [(d.isoformat(), formats.day(d)) for d in days]},
            {"name": "group", "label": _("Show"), "options": groups, "chosen": group},
        ],
        "keep": "day",
        "keep_too": "group",
        "acts": offered.some(request, ["badge.award_all", "badge.lost"], place.unit),
        "pdf": True,
    }  # fmt: skip


def handed_out(request, wanted, columns, rows, place, day):
    if wanted == "pdf":
        title = _("Party badges on %(day)s") % {"day": formats.day(day)}
        return lists_printed.as_pdf(columns, rows, "badges", title=title, place=place, day=day)
    return export(wanted, columns, rows, "badges")


def due_columns(request) -> list[Column]:
    return [
        Column("years", _("Badge for"), lambda r: r["years"], kind="number"),
        Column("name", _("Name"), lambda r: r["name"], lambda r: r["url"]),
        Column("born", _("Born"), lambda r: r["born"], kind="short"),
        Column("cell", _("Cell"), lambda r: r["cell"], lambda r: r["cell_url"]),
        Column("since", _("Party age from"), lambda r: r["since"], kind="day"),
        Column("reached", _("Reached on"), lambda r: r["reached"], kind="day"),
        Column("state", _("State"), lambda r: r["state"], kind="tag"),
    ]


def enrich(found, request, day) -> list[dict]:
    dials = request.dials
    ids = [one.person for one in found]
    names = names_of_people(ids, dials)
    births = {p.person_id: p for p in PersonParticulars.objects.on(dials.on).filter(person__in=ids)}
    bodies = names_of({one.cell for one in found}, day, known_at=dials.known_at)
    codes = dict(Unit.objects.filter(pk__in=bodies).values_list("pk", "code"))
    open_ = Case.objects.filter(procedure="badge", person__in=ids, closed_on__isnull=True)
    states = dict(open_.values_list("person", "state"))
    rows = []
    for one in found:
        state = procedure.badge.states.get(states.get(one.person, ""), "")
        said = one.hindrance or (procedure.badge.states["awarded"] if one.awarded else state)
        birth = births.get(one.person)
        rows.append(
            {
                "id": one.person,
                "years": one.years,
                "name": names.get(one.person) or f"#{one.person}",
                "url": reverse("person", args=[one.person]) + dials.query(),
                "born": formats.birth(birth.birth, birth.birth_precision) if birth else "",
                "cell": bodies.get(one.cell, ""),
                "cell_url": places.address(codes.get(one.cell, ""), dials),
                "since": one.since,
                "reached": one.reached,
                "state": ("bad" if one.hindrance else "ok", said) if said else None,
            }
        )
    return rows


def awarded(request, place, day):
    """Badges that were awarded to members here and below, the latest first."""
    on = request.dials.on
    here = MembershipPlace.objects.on(on, known_at=request.dials.known_at).filter(
        kind=PlaceKind.OFFICIAL, unit__in=under_ids(place.unit, on, known_at=request.dials.known_at)
    )
    rows = MemberBadge.objects.at(request.dials.known_at).filter(
        valid_from__lte=on, person__in=here.values("person")
    )
    columns = [
        Column("years", _("Badge for"), lambda r: r["years"], kind="number"),
        Column("name", _("Name"), lambda r: r["name"], lambda r: r["url"]),
        Column("number", _("Badge number"), lambda r: r["number"], kind="short"),
        Column("day", _("Awarded on"), lambda r: r["day"], kind="day"),
        Column("manner", _("Manner"), lambda r: r["manner"], kind="small"),
        Column("paper", _("Decision"), lambda r: r["paper"], lambda r: r["paper_url"], kind="short"),
        Column("ended", _("State"), lambda r: r["ended"], kind="tag"),
    ]
    wanted = request.GET.get("export")
    if wanted in ("csv", "xlsx", "pdf"):
        note_read(request.user, "names.read", door="web", unit=place.unit, count=rows.count())
        told = told_of(
            rows.order_by("-valid_from", "-pk").select_related("begun_by__document", "ended_by"), request
        )
        return handed_out(request, wanted, columns, told, place, day)
    page = keyset(rows.select_related("begun_by__document", "ended_by"), ("-valid_from", "-pk"), request.GET)
    if page.rows:
        note_read(request.user, "names.read", door="web", unit=place.unit, count=len(page.rows))
    context = {
        **around(request, place, "awarded", day),
        "table": table(
            columns, told_of(page.rows, request), request=request, page=page, exports=True,
            caption=_("Party badges"), empty=_("No badge was awarded here up to this day."),
        ),
    }  # fmt: skip
    return render(request, "web/list.html", context)


def told_of(rows, request) -> list[dict]:
    rows, dials = list(rows), request.dials
    names = names_of_people([row.person_id for row in rows], dials)
    found = []
    for row in rows:
        paper = row.begun_by.document if row.begun_by else None
        over = row.valid_to is not None and row.valid_to <= dials.on
        found.append(
            {
                "years": row.years,
                "name": names.get(row.person_id) or f"#{row.person_id}",
                "url": reverse("person", args=[row.person_id]) + dials.query(),
                "number": row.number,
                "day": row.valid_from,
                "manner": row.get_manner_display(),
                "paper": paper.symbol if paper else "",
                "paper_url": reverse("document", args=[paper.pk]) + dials.query() if paper else "",
                "ended": ("warn", words.cause(row.ended_by.kind)) if over and row.ended_by else None,
            }
        )
    return found
