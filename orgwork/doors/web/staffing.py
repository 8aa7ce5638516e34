"""This room is for staffing on pages: quotas and who fills them, the road map of reduction, what lies ahead,
and the people whom a reorganisation affects.
"""

from __future__ import annotations

from datetime import date

from django.db.models import Exists, OuterRef, Subquery
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from orgwork.doors.web import charts, offered, places
from orgwork.doors.web.bodies import names_of_people
from orgwork.doors.web.lists import Column, by_place, chunked, export, keyset, sorting, table
from orgwork.foundation.dates import DAY, Period
from orgwork.foundation.words import narrow
from orgwork.insight import staffing
from orgwork.procedures.staffing import affected_by, settled
from orgwork.registers import access
from orgwork.registers.people import PersonName, PersonParticulars
from orgwork.registers.reads import note_read
from orgwork.registers.reorganisation import Plan, PlanState
from orgwork.registers.retirement import retirement_month
from orgwork.registers.staffing import (
    DEPARTURES,
    Manner,
    Occupancy,
    RetirementDecision,
    Solution,
    StaffCategory,
    retiring,
)
from orgwork.registers.units import Unit, names_of

YEARS_AHEAD = 6
#: What can be done from here, in the order of the menu.
ACTS = ("quota.allot", "quota.goal", "staff.place", "staff.leave", "retirement.decide", "staff.benefit")


@require_safe
def overview(request):
    """Allotted, filled, over and free by category; the road map; who leaves in the years to come."""
    place = places.here(request)
    places.need(request, "figures.read", place.unit)
    dials = request.dials
    found = staffing.standings(place.unit, dials.on, known_at=dials.known_at)
    year = Period.days(date(dials.on.year, 1, 1), dials.on)
    context = {
        "section": "staffing",
        "place": place,
        "crumbs": places.crumbs(place, last_is_link=True),
        "categories": [category_of(request, place.unit, one) for one in found],
        "departures": [
            {
                "label": DEPARTURES[kind],
                "number": number,
                "url": people_url(request, left=kind, since=year.start),
            }
            for kind, number in staffing.departures(place.unit, year, known_at=dials.known_at)
        ],
        "since": year.start,
        "plans": plans_of(request, place.unit),
        "acts": [
            offered.offer(request, step, "do", verb, unit=place.unit.code)
            for verb, step in offered.operations.known.items()
            if verb in ACTS and places.able(request, step.act, place.unit)
        ],
    }
    return render(request, "web/staffing.html", context)


def category_of(request, unit: Unit, one: staffing.Standing) -> dict:
    """What the page says of one category; each number that counts people opens to them."""
    dials = request.dials
    parts = one.parts
    names = names_of([part.unit_id for part in parts], dials.on, known_at=dials.known_at)
    road = staffing.road_map(unit, one.category, dials.on, known_at=dials.known_at)
    return {
        "code": one.category,
        "label": StaffCategory(one.category).label,
        "standing": one,
        "borne": one.borne(dials.on),
        "people_url": people_url(request, category=one.category, manner=Manner.QUOTA),
        "besides_url": people_url(request, category=one.category, manner="besides"),
        "parts": [
            {
                "name": names.get(part.unit_id, part.unit.code),
                "number": part.number,
                "url": reverse("staffing") + dials.query(unit=part.unit.code),
            }
            for part in parts
        ],
        "road": road,
        "chart": chart_of(one.category, road),
        "ahead": [
            {
                "one": year,
                "url": people_url(request, category=one.category, manner=Manner.QUOTA, retires=year.year),
            }
            for year in staffing.ahead(
                unit, one.category, dials.on, YEARS_AHEAD, known_at=dials.known_at, road=road
            )
        ],
    }


def chart_of(category: str, road: list[staffing.Reduction]) -> dict | None:
    """Posts year by year; the years without a number yet show the goal, pale."""
    points = [
        charts.Point(
            str(one.year), one.allotted if one.allotted is not None else one.most or 0, str(one.year),
            pale=one.allotted is None,
        )
        for one in road
    ]  # fmt: skip
    if sum(point.value > 0 for point in points) < 2:
        return None
    label = StaffCategory(category).label
    title = _("Posts by year: %(category)s") % {"category": label}
    desc = _("Pale: no number is given yet; the goal of the road map.")
    return charts.bars(points, title=title, desc=desc) | {"id": f"road-{category}"}


def people_url(request, **asked) -> str:
    since = asked.pop("since", None)
    said = {name: value for name, value in asked.items() if value}
    return reverse("staffing-people") + request.dials.query(since=since, **said)


def plans_of(request, unit: Unit) -> list[dict]:
    """Reorganisations here, with how many people are still without a solution."""
    if not places.able(request, "staff.read", unit):
        return []
    dials, found = request.dials, []
    for plan in Plan.objects.exclude(state=PlanState.UNDONE).filter(unit__isnull=False).order_by("day", "pk"):
        if not access.may(request.user, "staff.read", plan.unit, now=dials.today):
            continue
        all_of_them = affected_by(plan)
        done = settled(plan, dials.on, dials.known_at).filter(person__in=all_of_them).count()
        if all_of_them:
            url = reverse("staffing-affected", args=[plan.pk]) + dials.query()
            found.append({"plan": plan, "open": len(all_of_them) - done, "all": len(all_of_them), "url": url})
    return found


# ── people ───────────────────────────────────────────────────────────────────────────────────────────────


@require_safe
def people(request):
    """Who fills a post of the budget here and below, filtered, sorted, handed out."""
    place = places.here(request)
    places.need(request, "staff.read", place.unit)
    columns = columns_of(request)
    sort, order = sorting(columns, request.GET.get("sort", ""), "name")
    rows = listed(request, place.unit)
    wanted = request.GET.get("export")
    if wanted in ("csv", "xlsx"):
        note_read(request.user, "staff.read", door="web", unit=place.unit, count=rows.count())
        every = chunked(rows.order_by(*order), lambda some: enrich(some, request))
        return export(wanted, columns, every, "staff")
    page = keyset(rows, order, request.GET)
    note_read(request.user, "staff.read", door="web", unit=place.unit, count=len(page.rows))
    context = {
        "section": "staffing",
        "place": place,
        "crumbs": places.crumbs(place, last_is_link=True),
        "asked": {name: request.GET.get(name, "") for name in ("q", "category", "manner", "retires", "left")},
        "categories": [("", _("all")), *StaffCategory.choices],
        "manners": [("", _("all")), *Manner.choices, ("besides", _("besides the quota"))],
        "reasons": [("", _("still there")), *DEPARTURES.items()],
        "table": table(
            columns, enrich(page.rows, request), request=request, sort=sort, page=page, exports=True,
            caption=_("Posts of the budget"), empty=_("Nobody fits. Take a filter away."),
        ),
    }  # fmt: skip
    return render(request, "web/staffing_people.html", context)


def listed(request, unit: Unit):
    dials, asked = request.dials, request.GET
    rows = staffing.everybody(unit, dials.on, known_at=dials.known_at)
    if asked.get("left") in DEPARTURES:
        period = Period.days(dials.first, dials.on)
        kinds = [asked["left"]]
        rows = Occupancy.objects.ended_in(period, known_at=dials.known_at, kinds=kinds)
        rows = rows.filter(unit__in=staffing.under_ids(unit, dials.on, known_at=dials.known_at))
    if asked.get("category") in StaffCategory.values:
        rows = rows.filter(category=asked["category"])
    if asked.get("manner") in Manner.values:
        rows = rows.filter(manner=asked["manner"])
    elif asked.get("manner") == "besides":
        rows = rows.exclude(manner=Manner.QUOTA)
    if asked.get("retires", "").isdigit() and 1950 < int(asked["retires"]) < 2150:
        year = int(asked["retires"])
        first = max(date(year, 1, 1), dials.on.replace(day=1)) if year == dials.on.year else date(year, 1, 1)
        period = Period(first, date(year + 1, 1, 1))
        rows = rows.filter(person__in=retiring(period, dials.on, dials.known_at))
        rows = rows.exclude(valid_to__isnull=False, valid_to__lt=period.end)
    names = PersonName.objects.on(dials.on, known_at=dials.known_at)
    if asked.get("q", "").strip():
        named = narrow(names, asked["q"])
        rows = rows.filter(Exists(named.filter(person=OuterRef("person_id"))))
    key = names.filter(person=OuterRef("person_id")).values("sort_key")[:1]
    return rows.annotate(name_key=Subquery(key)).select_related("unit")


def columns_of(request) -> list[Column]:
    return [
        Column("name", _("Name"), lambda r: r["name"], lambda r: r["url"], kind="head",
               order=("name_key", "pk")),
        Column("body", _("Body"), lambda r: r["body"], lambda r: r["body_url"]),
        Column("title", _("Job"), lambda r: r["title"]),
        Column("category", _("Category"), lambda r: r["category"], order=("category", "pk")),
        Column("manner", _("Manner"), lambda r: r["manner"]),
        Column("since", _("Since"), lambda r: r["since"], kind="day", order=("valid_from", "pk")),
        Column("until", _("Last day"), lambda r: r["until"], kind="day"),
        Column("retires", _("Retires at the end of"), lambda r: r["retires"], kind="short"),
    ]  # fmt: skip


def enrich(rows, request) -> list[dict]:
    """What the columns show: a constant number of questions for any number of rows."""
    dials, ids = request.dials, [row.person_id for row in rows]
    names = names_of_people(ids, dials)
    bodies = names_of({row.unit_id for row in rows}, dials.on, known_at=dials.known_at)
    born = {
        one.person_id: one
        for one in PersonParticulars.objects.on(dials.on, known_at=dials.known_at).filter(person__in=ids)
    }
    decided = dict(
        RetirementDecision.objects.on(dials.on, known_at=dials.known_at)
        .filter(person__in=ids)
        .values_list("person", "month")
    )
    found = []
    for row in rows:
        month = decided.get(row.person_id) or by_law(born.get(row.person_id))
        found.append(
            {
                "name": names.get(row.person_id, f"#{row.person_id}"),
                "url": reverse("person", args=[row.person_id]) + dials.query(),
                "body": bodies.get(row.unit_id, row.unit.code),
                "body_url": places.address(row.unit.code, dials),
                "title": row.title,
                "category": StaffCategory(row.category).label,
                "manner": Manner(row.manner).label,
                "since": row.valid_from,
                "until": Period(row.valid_from, row.valid_to).last if row.valid_to else None,
                "retires": f"{month.month}/{month.year}" if month else "",
            }
        )
    return found


def by_law(said: PersonParticulars | None) -> date | None:
    if said is None or not said.sex or said.birth is None:
        return None
    return retirement_month(said.sex, said.birth, said.birth_precision)


@require_safe
def affected(request, pk):
    """Whom the plan takes a post from, and what was agreed with each; those without a solution first."""
    plan = Plan.objects.filter(pk=pk, unit__isnull=False).first()
    if plan is None or plan.unit is None:
        raise Http404
    places.need(request, "staff.read", plan.unit)
    place, dials = places.look(request, plan.unit.code), request.dials
    whom = affected_by(plan)
    agreed = {row.person_id: row for row in settled(plan, dials.on, dials.known_at).filter(person__in=whom)}
    # They end with the plan: their names stand up to the day before.
    names, bodies = names_of_people(list(whom), dials), names_of(set(whom.values()), plan.day - DAY)
    rows = [
        {
            "name": names.get(person, f"#{person}"),
            "url": reverse("person", args=[person]) + dials.query(),
            "body": bodies.get(unit, str(unit)),
            "solution": ("ok", Solution(agreed[person].solution).label) if person in agreed
            else ("warn", _("nothing agreed yet")),
            "talked": agreed[person].talked_on if person in agreed else None,
            "due": agreed[person].due if person in agreed else None,
            "agree_url": reverse("do", args=["staff.agree"])
            + dials.query(plan=plan.pk, person=f"#{person}"),
            "agree": "" if person in agreed else _("agree"),
            "done": person in agreed,
        }
        for person, unit in whom.items()
    ]  # fmt: skip
    wanted = request.GET.get("state", "")
    if wanted in ("open", "done"):
        rows = [row for row in rows if row["done"] == (wanted == "done")]
    rows.sort(key=lambda row: (row["done"], row["body"], row["name"]))
    columns = [
        Column("name", _("Name"), lambda r: r["name"], lambda r: r["url"], kind="head"),
        Column("body", _("Body that ends"), lambda r: r["body"]),
        Column("solution", _("Solution"), lambda r: r["solution"], kind="tag"),
        Column("talked", _("Talked over on"), lambda r: r["talked"], kind="day"),
        Column("due", _("To be settled by"), lambda r: r["due"], kind="day"),
        Column("agree", "", lambda r: r["agree"], lambda r: r["agree_url"], in_export=False),
    ]
    if request.GET.get("export") in ("csv", "xlsx"):
        note_read(request.user, "staff.read", door="web", unit=plan.unit, count=len(rows))
        return export(request.GET["export"], columns, rows, "affected")
    page = by_place(rows, request.GET)
    note_read(request.user, "staff.read", door="web", unit=plan.unit, count=len(page.rows))
    context = {
        "section": "staffing",
        "place": place,
        "crumbs": places.crumbs(place, last_is_link=True),
        "plan": plan,
        "open": len(whom) - len(agreed),
        "all": len(whom),
        "state": wanted,
        "states": [("", _("all")), ("open", _("nothing agreed yet")), ("done", _("agreed"))],
        "table": table(
            columns, page.rows, request=request, page=page, exports=True, caption=_("People affected"),
            empty=_("This plan takes a post from nobody."),
        ),
    }  # fmt: skip
    return render(request, "web/staffing_affected.html", context)
