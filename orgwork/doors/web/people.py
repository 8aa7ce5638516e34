"""This room is for the pages of people: the list with its filters, and a person as a timeline."""

from __future__ import annotations

import math
from datetime import date

from django.db.models import Exists, OuterRef, Q
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from orgwork.doors.web import formats, history, kept, offered, places, words
from orgwork.doors.web.doubles import merged_into
from orgwork.doors.web.lists import Column, chunked, export, first_found, keyset, sorting, table
from orgwork.foundation.journal import EntrySubject
from orgwork.foundation.search import query_tokens
from orgwork.foundation.words import narrow
from orgwork.procedures import badges
from orgwork.procedures.cases import Procedure
from orgwork.procedures.people_entry import KINDS
from orgwork.registers import access
from orgwork.registers.aliases import identities, survivor_of
from orgwork.registers.appointments import Appointment
from orgwork.registers.areas import AreaName
from orgwork.registers.badges import MemberBadge
from orgwork.registers.members import (
    Condition,
    MemberCard,
    Membership,
    MembershipCondition,
    MembershipPlace,
    MembershipStanding,
    PlaceKind,
    Standing,
    first_piece,
)
from orgwork.registers.people import (
    Person,
    PersonContact,
    PersonName,
    PersonParticulars,
    Qualification,
    Sex,
)
from orgwork.registers.reads import ReadLog, note_read
from orgwork.registers.units import ROOT, Unit, UnitLineage, UnitService, names_of, under_ids

MOST_COUNTED = 10_000
#: In bodies of up to so many everybody who belongs is found first (about 10,000 people).
FEW_BODIES = 500
AGES = [(18, 30), (31, 35), (36, 40), (41, 45), (46, 50), (51, 55), (56, 60), (61, 200)]
ORDERS = {
    "name": (PersonName, ("sort_key", "person_id")),
    "born": (PersonParticulars, ("birth", "person_id")),
    "since": (Membership, ("valid_from", "person_id")),
}


# ── the list ────────────────────────────────────────────────────────────────────────────────────────────


@require_safe
def people(request):
    """Members here, by name; filters stand in the address, so that a list can be sent and kept."""
    place = places.here(request)
    places.need(request, "names.read", place.unit)
    columns = people_columns(request)
    sort, order = sorting(columns, request.GET.get("sort", ""), "name")
    inside = bodies_inside(place.unit, request.dials)
    rows = listed(request, place.unit, sort.lstrip("-"), inside)
    wanted = request.GET.get("export")
    if wanted in ("csv", "xlsx"):
        found = rows.order_by(*order)
        note_read(request.user, "names.read", door="web", unit=place.unit, count=found.count())
        return export(wanted, columns, chunked(found, lambda some: enrich(some, request)), "people")
    if inside <= FEW_BODIES:
        rows, counted = first_found(rows, order, request.GET)
    else:
        counted = up_to_most(rows, request, place.unit)
    page = keyset(rows, order, request.GET)
    page_rows = enrich(page.rows, request)
    note_read(request.user, "names.read", door="web", unit=place.unit, count=len(page_rows))
    bulk = offered.in_bulk(request, place.unit)
    context = {
        "section": "people",
        "place": place,
        "crumbs": places.crumbs(place, last_is_link=True),
        "count": formats.number(min(counted, MOST_COUNTED)),
        "more": counted > MOST_COUNTED,
        "table": table(
            columns,
            page_rows,
            request=request,
            sort=sort,
            page=page,
            exports=True,
            pick="person" if bulk else "",
            key=lambda row: row["id"],
            caption=_("People"),
            empty=_("Nobody fits. Take a filter away, or look at a larger body."),
        ),
        "filters": filters(request),
        "asked": asked(request),
        "bulk": bulk,
        "acts": offered.some(request, ["person.enter"], place.unit),
        **kept.context(request, "people"),
    }
    return render(request, "web/people.html", context)


def people_columns(request) -> list[Column]:
    tail = request.dials.query()
    return [
        Column(
            "name",
            _("Name"),
            lambda r: r["name"],
            lambda r: reverse("person", args=[r["id"]]) + tail,
            order=ORDERS["name"][1],
        ),
        Column("born", _("Born"), lambda r: r["born"], kind="short", order=ORDERS["born"][1]),
        Column("sex", _("Sex"), lambda r: r["sex"]),
        Column("cell", _("Cell"), lambda r: r["cell"], lambda r: r["cell_url"]),
        Column("standing", _("Standing"), lambda r: r["standing"], kind="tag"),
        Column("since", _("Member since"), lambda r: r["since"], kind="day", order=ORDERS["since"][1]),
        Column("posts", _("Posts"), lambda r: r["posts"], kind="small"),
    ]


def listed(request, unit, sort: str, inside: float):
    """The rows of the table that gives the order, narrowed by the filters.

    How those of the body are found depends on how many bodies are ``inside`` it (`of_those`): at the root of
    a million the other way round took 780 ms.
    """
    dials, params = request.dials, request.GET
    on, known_at = dials.on, dials.known_at
    model = ORDERS[sort][0]
    rows = model.objects.on(on, known_at=known_at)
    status, scope = params.get("standing", ""), belonging(request, unit)
    rows = of_those(rows, scope, inside)
    if status in Condition.values:
        held = MembershipCondition.objects.on(on, known_at=known_at).filter(kind=status)
        rows = rows.filter(Exists(held.filter(person=OuterRef("person_id"))))
    if status in Standing.values:
        standing = MembershipStanding.objects.on(on, known_at=known_at).filter(standing=status)
        rows = rows.filter(Exists(standing.filter(person=OuterRef("person_id"))))
    particulars = Q()
    if params.get("sex") in Sex.values:
        particulars &= Q(sex=params["sex"])
    band = age_band(params.get("age", ""))
    if band:
        particulars &= Q(birth__gt=years_before(on, band[1] + 1), birth__lte=years_before(on, band[0]))
    if particulars:
        found = PersonParticulars.objects.on(on, known_at=known_at).filter(particulars)
        rows = rows.filter(Exists(found.filter(person=OuterRef("person_id"))))
    asked = params.get("q", "")
    if model is PersonName:
        return narrow(rows, asked)
    if query_tokens(asked):
        named = narrow(PersonName.objects.on(on, known_at=known_at), asked)
        rows = rows.filter(Exists(named.filter(person=OuterRef("person_id"))))
    return rows


def belonging(request, unit):
    """The places that make somebody one of the body's people, or a guest of it where guests are asked for."""
    on, known_at = request.dials.on, request.dials.known_at
    guests = request.GET.get("standing") == "temporary"
    scope = MembershipPlace.objects.on(on, known_at=known_at).filter(
        kind=PlaceKind.TEMPORARY if guests else PlaceKind.OFFICIAL
    )
    return scope if unit.code == ROOT else scope.filter(unit__in=under_ids(unit, on, known_at=known_at))


def up_to_most(rows, request, unit) -> int:
    """How many there are, counted no further than one beyond MOST_COUNTED."""
    if not any(asked(request).values()):
        places_here = belonging(request, unit)[: MOST_COUNTED + 1].count()
        if places_here > MOST_COUNTED:  # nothing is left to tell apart
            return places_here
    return rows.order_by()[: MOST_COUNTED + 1].count()


def of_those(rows, scope, inside: float):
    """The rows of people who have one of these places, in a body of so many bodies.

    Where one in fifty or more belongs, whoever walks the order's index is soon done, and each row is tested;
    elsewhere the few who belong are found first.
    """
    if inside == math.inf or (inside > FEW_BODIES and inside * 50 > Unit.objects.count()):
        return rows.filter(Exists(scope.filter(person=OuterRef("person_id"))))
    return rows.filter(person__in=scope.values("person"))


def bodies_inside(unit, dials) -> float:
    """How many bodies there are in it, itself among them; everything is in the root, and is not counted."""
    if unit.code == ROOT:
        return math.inf
    return UnitLineage.objects.on(dials.on, known_at=dials.known_at).filter(ancestor=unit).count()


def age_band(text: str) -> tuple[int, int] | None:
    low, _dash, high = text.partition("-")
    return (int(low), int(high)) if low.isdigit() and high.isdigit() and len(text) < 8 else None


def years_before(day: date, years: int) -> date:
    """The birthday that makes somebody exactly so many years old on the day."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def enrich(rows, request) -> list[dict]:
    """What the columns show of each person: a constant number of queries for any number of rows."""
    dials = request.dials
    ids = [row.person_id for row in rows]

    def of(model, **more):
        return model.objects.on(dials.on, known_at=dials.known_at).filter(person__in=ids, **more)

    names = dict(of(PersonName).values_list("person_id", "full"))
    births = {p.person_id: p for p in of(PersonParticulars)}
    standings = dict(of(MembershipStanding).values_list("person_id", "standing"))
    since = {
        row.person_id: first_piece(row, known_at=dials.known_at).valid_from
        for row in of(Membership).select_related("begun_by")
    }
    cells = {p.person_id: p.unit for p in of(MembershipPlace, kind=PlaceKind.OFFICIAL).select_related("unit")}
    cell_names = names_of({unit.pk for unit in cells.values()}, dials.on, known_at=dials.known_at)
    held = dict(of(MembershipCondition).order_by("-kind").values_list("person_id", "kind"))
    posts: dict[int, list[str]] = {}
    for person, kind in of(Appointment).values_list("person_id", "post__kind"):
        posts.setdefault(person, []).append(words.post_kind(kind))
    labels, sexes = dict(Standing.choices), dict(Sex.choices)
    found = []
    for row in rows:
        pk, cell, particulars = row.person_id, cells.get(row.person_id), births.get(row.person_id)
        standing = standings.get(pk)
        found.append(
            {
                "id": pk,
                "name": names.get(pk) or f"#{pk}",
                "born": formats.birth(particulars.birth, particulars.birth_precision) if particulars else "",
                "sex": sexes.get(particulars.sex, "") if particulars else "",
                "cell": cell_names.get(cell.pk, cell.code) if cell else "",
                "cell_url": places.address(cell.code, dials) if cell else "",
                "standing": tagged(standing, held.get(pk), labels),
                "since": since.get(pk),
                "posts": ", ".join(sorted(set(posts.get(pk, [])))),
            }
        )
    return found


def tagged(standing, condition, labels) -> tuple[str, str] | None:
    """The standing as a tag, with what else holds of the member."""
    if not standing:
        return None
    if condition:
        return "warn", f"{labels[standing]}, {Condition(condition).label}"
    return ("warn" if standing == Standing.PROBATIONARY else ""), labels[standing]


def filters(request) -> dict:
    shown_apart = (("temporary", _("here for a time")), *Condition.choices)
    return {
        "standing": [("", _("all members")), *Standing.choices, *shown_apart],
        "sex": [("", _("all")), *Sex.choices],
        "age": [("", _("any age"))]
        + [(f"{a}-{b}", _("over %(age)s") % {"age": a - 1} if b > 100 else f"{a}–{b}") for a, b in AGES],
    }


def asked(request) -> dict:
    return {name: request.GET.get(name, "") for name in ("q", "standing", "sex", "age")}


# ── the person ──────────────────────────────────────────────────────────────────────────────────────────


@require_safe
def person(request, pk):
    """A person is a timeline: membership, standing, places, posts, papers, in one order."""
    who = Person.objects.filter(pk=pk).first()
    if who is None:
        raise Http404(_("Nobody has this number. Search for the person by name."))
    dials = request.dials
    if who.merged and (stands := survivor_of(who.pk, known_at=dials.known_at)) != who.pk:
        # The address of a record that was merged leads to the one that stands for it.
        return redirect(reverse("person", args=[stands]) + dials.query())
    own = access.person_of(request.user) == who.pk
    unit = unit_of(who)
    if not own:
        places.need(request, "names.read", unit)
        note_read(request.user, "names.read", door="web", person=who)
    facts = facts_of(who, dials)
    context = {
        "section": "people",
        "who": who,
        "own": own,
        "facts": facts,
        "name": facts["name"].full if facts["name"] else _("Person %(number)s") % {"number": who.pk},
        "crumbs": person_crumbs(facts, dials),
        "line": timeline(
            who,
            dials,
            cv=own or places.able(request, "contact.read", unit),
            file=own or places.able(request, "files.read", unit),
        ),
        "contact": contact(request, who, unit, own),
        "may_contact": own or places.able(request, "contact.read", unit),
        "who_contact": "" if own else places.who("contact.read", unit)[:2],
        "history": history.of(request, "person", who.pk),
        "reads": reads_of(who) if own else None,
        "cases": cases_of(request, who),
        "acts": acts(request, who, unit, facts),
        "merged": merged_into(who, dials) if places.able(request, "person.merge", unit) else [],
        "doubles_url": reverse("doubles") + dials.query(unit=unit.code if unit else None, person=who.pk)
        if not own and places.able(request, "person.merge", unit)
        else "",
    }
    return render(request, "web/person.html", context)


def unit_of(who: Person) -> Unit | None:
    """Where a person's records belong today: the cell, else the last cell, a post's body, a case, who
    entered them.
    """
    today = timezone.localdate()
    rows = MembershipPlace.objects.filter(person=who, kind=PlaceKind.OFFICIAL).select_related("unit")
    found = rows.valid_on(today).first() or rows.order_by("-valid_from").first()
    if found:
        return found.unit
    held = Appointment.objects.on(today).filter(person=who).select_related("post__unit", "post__area").first()
    if held:
        return held.post.unit or serving(held.post.area, today)
    case = who.cases.order_by("-pk").select_related("unit").first()
    return case.unit if case else entered_by(who) or access.root()


def serving(area, day) -> Unit | None:
    """The body that serves a place, for those who hold a post at the place (village heads)."""
    row = UnitService.objects.on(day).filter(area=area).select_related("unit").order_by("-unit__code").first()
    return row.unit if row else access.root()


def entered_by(who: Person) -> Unit | None:
    """The body that entered somebody of whom nothing else is known yet."""
    said = EntrySubject.objects.filter(type="person", subject_id=who.pk, entry__verb="person.enter").first()
    code = (said.content or {}).get("unit") if said else None
    return Unit.objects.filter(code=code).first() if code else None


def facts_of(who, dials) -> dict:
    def on(model, **more):
        return model.objects.on(dials.on, known_at=dials.known_at).filter(person=who, **more)

    place = on(MembershipPlace, kind=PlaceKind.OFFICIAL).select_related("unit").first()
    held = on(Membership).first()
    membership = first_piece(held, known_at=dials.known_at) if held else None
    standing = on(MembershipStanding).first()
    conditions = [
        {"label": row.get_kind_display(), "since": row.valid_from, "until": formats.last_day(row.valid_to)}
        for row in on(MembershipCondition).order_by("kind")
    ]
    cell = names_of([place.unit_id], dials.on, known_at=dials.known_at)[place.unit_id] if place else ""
    particulars = on(PersonParticulars).first()
    return {
        "name": on(PersonName).first(),
        "particulars": particulars,
        "born": formats.birth(particulars.birth, particulars.birth_precision) if particulars else "",
        "membership": membership,
        "party_age": party_age(who, dials) if membership else None,
        "standing": standing,
        "conditions": conditions,
        "place": place,
        "cell": cell,
        "cell_url": places.address(place.unit.code, dials) if place else "",
        "card": on(MemberCard).first(),
        "posts": posts_of(on(Appointment).select_related("post__unit", "post__area"), dials),
    }


def party_age(who, dials) -> int:
    """Full years of membership: from the first admission, less the time outside."""
    stretches = badges.memberships([who.pk], dials.on, known_at=dials.known_at)[who.pk]
    return badges.years_on(badges.counted_from(stretches), dials.on)


def posts_of(rows, dials) -> list[dict]:
    rows = list(rows)
    bodies = names_of([r.post.unit_id for r in rows if r.post.unit_id], dials.on, known_at=dials.known_at)
    areas = dict(
        AreaName.objects.on(dials.on, known_at=dials.known_at)
        .filter(area__in=[r.post.area_id for r in rows if r.post.area_id])
        .values_list("area_id", "name")
    )
    return [
        {
            "row": row,
            "label": words.post_kind(row.post.kind),
            "where": bodies.get(row.post.unit_id) or areas.get(row.post.area_id, ""),
            "url": reverse("post", args=[row.post.code]) + dials.query(),
        }
        for row in rows
    ]


def person_crumbs(facts, dials) -> list[dict]:
    if not facts["place"]:
        return [{"name": _("People"), "url": reverse("people") + dials.query()}]
    return places.crumbs(places.place(facts["place"].unit, dials), last_is_link=True)


def timeline(who, dials, *, cv: bool, file: bool) -> list[dict]:
    """Everything recorded of a life up to the day, the latest first. One query for each kind of fact."""

    def at(model, **more):
        rows = model.objects.at(dials.known_at).filter(person=who, valid_from__lte=dials.on, **more)
        return rows.select_related("begun_by__document", "ended_by__document")

    found = []
    for row in at(Membership):
        found += boundaries(row, dials)
    ranks = list(at(MembershipStanding).order_by("valid_from"))
    for before, row in zip([None, *ranks], ranks, strict=False):
        goes_on = before is not None and before.standing == row.standing and before.spell == row.spell
        if row.standing == Standing.FULL and not goes_on:
            found.append(moment_of(row, dials, _("Recognised as full member"), row.valid_from, row.begun_by))
    places_ = list(at(MembershipPlace).select_related("unit", "begun_by__document", "ended_by__document"))
    names = names_of([row.unit_id for row in places_], dials.on, known_at=dials.known_at)
    for row in places_:
        label = _("Belongs to %(cell)s") if row.kind == PlaceKind.OFFICIAL else _("For a time at %(cell)s")
        found.append(
            event(row, dials, label % {"cell": names[row.unit_id]}, places.address(row.unit.code, dials))
        )
    for row in at(MembershipCondition):
        # What was a precaution stays in the file; on the page it stands only while it holds (domain §18.3).
        if file or row.kind != Condition.SUSPENDED or open_on(row, dials.on):
            found.append(event(row, dials, capfirst(str(row.get_kind_display()))))
    held = at(Appointment).select_related(
        "post__unit", "post__area", "begun_by__document", "ended_by__document"
    )
    for seat in posts_of(held, dials):
        manner = seat["row"].get_manner_display()
        found.append(
            event(seat["row"], dials, f"{seat['label']}, {seat['where']}", seat["url"], note=str(manner))
        )
    if cv:
        for row in at(Qualification):
            found.append(
                event(row, dials, f"{capfirst(KINDS.get(row.kind, row.kind))}: {row.name}", note=row.level)
            )
    for row in at(MemberBadge):
        label = _("Badge for %(years)s years of membership") % {"years": row.years}
        found.append(event(row, dials, label, note=row.number))
    for row in at(MemberCard):
        found.append(event(row, dials, _("Card %(number)s") % {"number": row.number}, rank=-1))
    old_names = [row for row in at(PersonName) if not open_on(row, dials.on)]
    for row in old_names:
        found.append(event(row, dials, _("Was called %(name)s") % {"name": row.full}))
    return sorted(found, key=lambda e: (e["day"], e["rank"]), reverse=True)


def open_on(row, day) -> bool:
    return row.valid_to is None or row.valid_to > day


def event(row, dials, title, url="", note="", rank=0) -> dict:
    ended = row.valid_to is not None and not open_on(row, dials.on)
    return {
        "day": row.valid_from,
        "title": title,
        "url": url,
        "note": note,
        "rank": rank,
        "when": formats.period(row.valid_from, formats.last_day(row.valid_to) if ended else None),
        "open": not ended,
        "paper": row.begun_by.document if row.begun_by else None,
        "end_paper": row.ended_by.document if ended and row.ended_by else None,
        "case": row.begun_by.case if row.begun_by else None,
    }


def moment_of(row, dials, title, day, cause, *, rank=1) -> dict:
    return {
        "day": day,
        "title": title,
        "url": "",
        "note": "",
        "rank": rank,
        "when": formats.day(day),
        "open": False,
        "paper": cause.document if cause else None,
        "end_paper": None,
        "case": cause.case if cause else None,
    }


def boundaries(row, dials) -> list[dict]:
    """The beginning and, if it lies behind, the end of a membership, each with its own word."""
    found = []
    if row.begun_by:
        found.append(
            moment_of(row, dials, words.cause(row.begun_by.kind), row.valid_from, row.begun_by, rank=2)
        )
    if row.ended_by and not open_on(row, dials.on):
        found.append(
            moment_of(row, dials, words.cause(row.ended_by.kind), row.valid_to, row.ended_by, rank=3)
        )
    return found


def contact(request, who, unit, own):
    """How to reach somebody: read only on asking, and noted."""
    if "contact" not in request.GET:
        return None
    if not own:
        places.need(request, "contact.read", unit)
        note_read(request.user, "contact.read", door="web", person=who)
    row = (
        PersonContact.objects.on(request.dials.on, known_at=request.dials.known_at).filter(person=who).first()
    )
    return row or {"phone": "", "email": "", "address": ""}


def reads_of(who) -> list[dict]:
    rows = ReadLog.objects.filter(person__in=identities(who)).select_related("account").order_by("-at")[:20]
    return [{"at": row.at, "who": str(row.account), "what": words.act(row.act)} for row in rows]


def cases_of(request, who) -> list[dict]:
    """The cases about a person, opened by the day."""
    rows = who.cases.filter(opened_on__lte=request.dials.on).order_by("-opened_on", "-pk")[:12]
    found = []
    for row in rows:
        procedure = Procedure.known.get(row.procedure)
        state = procedure.states.get(row.state, row.state) if procedure else row.state
        found.append(
            {
                "label": str(procedure.label) if procedure else row.procedure,
                "note": f"{state} · {formats.day(row.opened_on)}",
                "url": reverse("case", args=[row.pk]) + request.dials.query(),
            }
        )
    return found


def acts(request, who, unit, facts) -> list[dict]:
    """Acts about this person which the reader's posts allow and which can apply."""
    standing = facts["standing"].standing if facts["standing"] else ""
    kinds = MembershipCondition.objects.on(request.dials.on).filter(person=who).values_list("kind", flat=True)
    ended = Membership.objects.filter(person=who, valid_to__lte=request.dials.on).order_by("-valid_to")
    last = ended.values_list("ended_by__kind", flat=True).first() if not standing else ""
    return offered.about_person(request, who, unit, standing, also={*kinds, last})
