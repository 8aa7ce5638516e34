"""This room is for the pages of bodies: the tree loaded level by level, and the one sheet of a body."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from orgwork.doors.web import formats, history, linked, numbers, offered, places, words
from orgwork.doors.web.lists import AT_A_GLANCE, Column, folded
from orgwork.foundation import catalogues
from orgwork.procedures.functions import ACT as FUNCTION_ACT
from orgwork.registers.appointments import Appointment
from orgwork.registers.areas import VILLAGES, AreaName
from orgwork.registers.functions import functions_of
from orgwork.registers.people import PersonName
from orgwork.registers.posts import Post, PostExistence
from orgwork.registers.unit_lineage import Lineage
from orgwork.registers.units import (
    Unit,
    UnitForm,
    UnitName,
    UnitPlacement,
    UnitService,
    UnitSuccession,
    names_of,
)

PARTY = ("party",)
LEADING = ("secretary", "head", "chair", "chief_of_office", "chief_judge", "chief_procurator", "village_head")


@require_safe
def bodies(request):
    """One level of the tree, each body opening to the next."""
    place = places.here(request)
    places.need(request, "figures.read", place.unit)
    groups = level(place.unit, request.dials)
    context = {"section": "bodies", "place": place, "groups": groups, "crumbs": places.crumbs(place)}
    return render(request, "web/bodies.html", context)


@require_safe
def below(request, code):
    """The next level as a fragment, for pages that are improved by htmx."""
    place = places.look(request, code)
    places.need(request, "figures.read", place.unit)
    return render(request, "web/_tree.html", {"groups": level(place.unit, request.dials)})


@require_safe
def body(request, code):
    """One sheet: who, how many, what is due, what it decided."""
    from orgwork.doors.web.due import here as due_here  # which itself names people as this page does

    place = places.look(request, code)
    places.need(request, "figures.read", place.unit)
    dials, unit = request.dials, place.unit
    named = places.able(request, "names.read", unit)
    existence = whole_existence(unit, dials)
    children = level_rows(unit, dials)
    party = [child for child in children if words.family(child["kind"]) in PARTY]
    table = children_table(request, place, party, named) if party else None  # counts for the cards, too
    context = {
        "section": "bodies",
        "place": place,
        "crumbs": places.crumbs(place),
        "alive": existence and existence["alive"],
        "existence": existence,
        "other_names": other_names(unit, dials),
        "cards": numbers.cards(request, place) if existence and existence["alive"] else [],
        "children": table,
        "others": grouped([c for c in children if c not in party], dials),
        "posts": posts_here(unit, dials, named),
        "served": served(unit, dials),
        "functions": functions(request, place),
        "before": successions(unit, dials, "successor", "predecessor"),
        "after": successions(unit, dials, "predecessor", "successor"),
        "instead": [] if existence and existence["alive"] else on_the_day(unit, dials),
        "due": due_here(unit, dials, request.user),
        "papers": papers(unit, dials, named),
        "history": history.of(request, "unit", unit.pk),
        "acts": acts(request, place),
        "linked": linked.ways(request, place.code),
    }
    return render(request, "web/body.html", context)


# ── what stands on the sheet ────────────────────────────────────────────────────────────────────────────


def whole_existence(unit, dials) -> dict | None:
    """From the first day to the last, and the papers of both; a body moved twice has existed once."""
    rows = list(
        UnitPlacement.objects.at(dials.known_at)
        .filter(unit=unit)
        .select_related("begun_by__document", "ended_by__document")
        .order_by("valid_from")
    )
    if not rows:
        return None
    first, last = rows[0], rows[-1]
    return {
        "since": first.valid_from,
        "founded_by": first.begun_by.document if first.begun_by else None,
        "ended": formats.last_day(last.valid_to),
        "ended_by": last.ended_by.document if last.ended_by else None,
        "alive": any(
            r.valid_from <= dials.on and (r.valid_to is None or dials.on < r.valid_to) for r in rows
        ),
    }


def other_names(unit, dials) -> list[str]:
    """The official name, which is the Vietnamese one, where the page speaks another language."""
    rows = UnitName.objects.on(dials.on, known_at=dials.known_at).filter(unit=unit)
    found = {row.language: row.text for row in rows}
    shown = found.get(formats.language()) or found.get("vi")
    return [found["vi"]] if "vi" in found and found["vi"] != shown else []


def level_rows(unit, dials) -> list[dict]:
    """The bodies standing directly below, in the order of their codes."""
    placed = (
        UnitPlacement.objects.on(dials.on, known_at=dials.known_at)
        .filter(parent=unit)
        .order_by("unit__code")
        .values_list("unit_id", "unit__code")
    )
    ids = [pk for pk, _code in placed]
    names = names_of(ids, dials.on, known_at=dials.known_at)
    forms = dict(
        UnitForm.objects.on(dials.on, known_at=dials.known_at)
        .filter(unit__in=ids)
        .values_list("unit_id", "kind")
    )
    inner = set(
        UnitPlacement.objects.on(dials.on, known_at=dials.known_at)
        .filter(parent__in=ids)
        .values_list("parent_id", flat=True)
        .distinct()
    )
    return [
        {
            "id": pk,
            "code": code,
            "name": names.get(pk, code),
            "kind": forms.get(pk, ""),
            "kind_name": words.body_kind(forms.get(pk, "")),
            "has_below": pk in inner,
            "url": places.address(code, dials),
            "inside": reverse("bodies") + dials.query(unit=code),
            "fragment": reverse("below", args=[code]) + dials.query(unit=code),
        }
        for pk, code in placed
    ]


FAMILIES = [
    ("party", lambda: _("Party organisations")),
    ("committee", lambda: _("Committees")),
    ("agency", lambda: _("Advisory agencies")),
    ("service", lambda: _("Public-service units")),
    ("temporary", lambda: _("Formed for a time")),
    ("state", lambda: _("State bodies")),
    ("front", lambda: _("Front")),
    ("union", lambda: _("Unions")),
]


def grouped(rows: list[dict], dials) -> list[dict]:
    by_family = defaultdict(list)
    for row in rows:
        by_family[words.family(row["kind"])].append(row)
    known = [{"label": label(), "rows": by_family.pop(code)} for code, label in FAMILIES if code in by_family]
    return known + [{"label": _("Others"), "rows": rows} for rows in by_family.values()]


def level(unit, dials) -> list[dict]:
    """By family; of many bodies those come first under which others stand."""
    rows = level_rows(unit, dials)
    if len(rows) > AT_A_GLANCE:
        rows.sort(key=lambda row: not row["has_below"])
    return grouped(rows, dials)


def holders_of(unit_ids, dials, kinds=LEADING) -> dict[int, dict]:
    """Who leads each of these bodies, or since when the seat is vacant: four queries for any number of
    bodies.
    """
    on, known_at = dials.on, dials.known_at
    seats = {
        pk: unit_id
        for pk, unit_id in PostExistence.objects.on(on, known_at=known_at)
        .filter(post__unit__in=unit_ids, post__kind__in=kinds)
        .values_list("post_id", "post__unit_id")
    }
    held = {
        a.post_id: a
        for a in Appointment.objects.on(on, known_at=known_at).filter(post__in=seats).order_by("-acting")
    }
    names = names_of_people([a.person_id for a in held.values()], dials)
    empty = vacant_since([post for post in seats if post not in held], dials)
    found = {}
    for post, unit_id in sorted(seats.items()):
        if post in held:
            person = held[post].person_id
            found[unit_id] = {"person": person, "name": names.get(person, ""), "vacant": None}
        elif unit_id not in found:
            found[unit_id] = {"person": None, "name": "", "vacant": empty.get(post)}
    return found


def names_of_people(ids, dials) -> dict[int, str]:
    rows = PersonName.objects.on(dials.on, known_at=dials.known_at).filter(person__in=set(ids))
    return dict(rows.values_list("person_id", "full"))


def vacant_since(posts, dials) -> dict[int, date]:
    """The last day before today on which somebody held the seat ended there; else the seat is as old
    as its vacancy.
    """
    ended = dict(
        Appointment.objects.at(dials.known_at)
        .filter(post__in=posts, acting=False, valid_to__lte=dials.on)
        .order_by("valid_to")
        .values_list("post_id", "valid_to")
    )
    began = dict(
        PostExistence.objects.on(dials.on, known_at=dials.known_at)
        .filter(post__in=[p for p in posts if p not in ended])
        .values_list("post_id", "valid_from")
    )
    return {**began, **ended}


def children_table(request, place, rows, named):
    """Bodies below: who leads, how many, admitted this year against last, what is amiss."""
    dials = request.dials
    leads = holders_of([row["id"] for row in rows], dials)
    counts = numbers.below(request, place, rows)
    shorts = places.shorts_of([row["id"] for row in rows], dials)
    for row in rows:
        row["brief"] = shorts.get(row["id"]) or row["name"]
        row |= {"lead": leads.get(row["id"]), **counts.get(row["id"], {})}
    year = dials.on.year

    def holder_url(row):
        person = (row["lead"] or {}).get("person")
        return reverse("person", args=[person]) + dials.query() if named and person else ""

    columns = [
        Column("name", _("Body"), lambda r: r["brief"], lambda r: r["url"], kind="head"),
        Column("lead", _("Secretary"), lambda r: lead_text(r["lead"], named), holder_url, kind="head"),
        Column(
            "members",
            _("Members"),
            lambda r: r.get("members"),
            lambda r: r.get("members_url", ""),
            kind="number",
        ),
        Column(
            "admitted",
            _("Admitted %(year)s") % {"year": year},
            lambda r: r.get("admitted"),
            lambda r: r.get("admitted_url", ""),
            kind="number",
        ),
        Column(
            "against", _("against %(year)s") % {"year": year - 1}, lambda r: r.get("against"), kind="change"
        ),
        Column("state", "", lambda r: state_of(r), kind="tag"),
    ]
    if len(rows) > AT_A_GLANCE:  # the large ones first: what unfolds below is looked for by name
        rows = sorted(rows, key=lambda row: (-(row.get("members") or 0), row["code"]))
    total = numbers.total(rows)
    foot = [
        {"text": _("%(count)s bodies") % {"count": formats.number(len(rows))}, "css": ""},
        {"text": "", "css": ""},
        {"text": formats.number(total["members"]), "css": "num"},
        {"text": formats.number(total["admitted"]), "css": "num"},
        {
            "text": formats.change(total["against"]),
            "css": "num" + (" down" if (total["against"] or 0) < 0 else ""),
        },
        {"text": "", "css": ""},
    ]
    return folded(columns, rows, caption=_("Bodies below"), foot=foot)


def lead_text(lead, named) -> str:
    if not lead:
        return ""
    if lead["vacant"]:
        return _("vacant since %(day)s") % {"day": formats.day(lead["vacant"])}
    return lead["name"] if named else _("held")


def state_of(row) -> tuple[str, str] | None:
    if row.get("target"):
        if row.get("behind"):
            return "warn", _("behind target %(target)s") % {"target": formats.number(row["target"])}
        return "ok", _("on course")
    if row["lead"] and row["lead"]["vacant"]:
        return "bad", _("post vacant")
    if row["kind"] in ("cell", "grassroots_cell") and row.get("members") is not None and row["members"] < 3:
        return "bad", _("below three members")
    return None


def posts_here(unit, dials, named) -> list[dict]:
    """The seats of the body, held or vacant, the leading ones first."""
    on, known_at = dials.on, dials.known_at
    seats = list(
        Post.objects.filter(
            unit=unit, existences__in=PostExistence.objects.on(on, known_at=known_at)
        ).order_by("code")
    )
    held = defaultdict(list)
    for row in (
        Appointment.objects.on(on, known_at=known_at)
        .filter(post__in=seats)
        .select_related("begun_by__document")
    ):
        held[row.post_id].append(row)
    names = names_of_people([row.person_id for rows in held.values() for row in rows], dials) if named else {}
    empty = vacant_since([seat.pk for seat in seats if seat.pk not in held], dials)
    order = {kind: at for at, kind in enumerate(catalogues.posts())}
    found = [
        {
            "post": seat,
            "label": words.post_kind(seat.kind),
            "rank": order.get(seat.kind, 99),
            "url": reverse("post", args=[seat.code]) + dials.query(),
            "holders": [
                {
                    "name": names.get(row.person_id, ""),
                    "acting": row.acting,
                    "since": row.valid_from,
                    "url": reverse("person", args=[row.person_id]) + dials.query(),
                    "paper": row.begun_by and row.begun_by.document,
                }
                for row in held.get(seat.pk, [])
            ],
            "vacant": empty.get(seat.pk),
        }
        for seat in seats
    ]
    return sorted(found, key=lambda f: (f["rank"], f["post"].code))


def served(unit, dials) -> list[dict]:
    rows = UnitService.objects.on(dials.on, known_at=dials.known_at).filter(unit=unit).select_related("area")
    areas = {row.area_id: row.area for row in rows}
    names = dict(
        AreaName.objects.on(dials.on, known_at=dials.known_at)
        .filter(area__in=areas)
        .values_list("area_id", "name")
    )
    return sorted(
        (
            {
                "name": names.get(pk, area.code),
                "kind": area.get_kind_display(),
                "village": area.kind in VILLAGES,
            }
            for pk, area in areas.items()
        ),
        key=lambda a: a["name"],
    )


def functions(request, place) -> list[dict]:
    """What the body has to do by paper; whoever may end bodies hands it on or ends it from here."""
    dials = request.dials
    rows = list(functions_of(place.unit, dials.on, known_at=dials.known_at))
    able = bool(rows) and places.able(request, FUNCTION_ACT, place.unit)
    return [
        {
            "number": row.function_id,
            "name": row.function.name,
            "paper": row.function.paper,
            "since": row.valid_from,
            "acts": [
                {"label": label, "url": reverse("do", args=[verb]) + dials.query(function=row.function_id)}
                for verb, label in (("function.hand_over", _("hand it over")), ("function.end", _("end")))
                if able
            ],
        }
        for row in rows
    ]


def on_the_day(unit, dials) -> list[dict]:
    """What a body that does not exist on the day is then: what came of it, or what it came of."""
    found = Lineage(dials.on, known_at=dials.known_at).of(unit.pk)
    names = names_of(found, dials.on, known_at=dials.known_at)
    codes = dict(Unit.objects.filter(pk__in=found).values_list("pk", "code"))
    return [
        {"name": names.get(pk, codes[pk]), "code": codes[pk], "url": places.address(codes[pk], dials)}
        for pk in found
    ]


def successions(unit, dials, mine: str, other: str) -> list[dict]:
    """Each step with its paper; codes tell bodies of one name apart."""
    rows = (
        UnitSuccession.objects.at(dials.known_at)
        .filter(**{mine: unit})
        .select_related(other, "begun_by__document")
        .order_by("valid_from")
    )
    names = names_of([getattr(row, f"{other}_id") for row in rows], dials.on, known_at=dials.known_at)
    return [
        {
            "name": names.get(getattr(row, f"{other}_id")),
            "kind": row.get_kind_display(),
            "day": row.valid_from,
            "code": getattr(row, other).code,
            "paper": row.begun_by and row.begun_by.document,
            "url": places.address(getattr(row, other).code, dials),
        }
        for row in rows
    ]


def papers(unit, dials, named: bool, limit: int = 8) -> list[dict]:
    """What the body issued last, up to the day; titles can hold names and are shown with them."""
    rows = unit.issued.filter(day__lte=dials.on).order_by("-day", "-pk")[:limit]
    return [
        {
            "paper": row,
            "title": row.title if named else "",
            "url": reverse("document", args=[row.pk]) + dials.query(),
        }
        for row in rows
    ]


def acts(request, place) -> dict:
    """What the reader may set going here: a new case at a cell, a change of the body itself."""
    kind = catalogues.kinds().get(place.kind)
    holds = bool(kind and kind.holds_members)
    changes = offered.openings(request, place.unit, "unit") + offered.some(
        request, offered.OF_A_BODY, place.unit
    )
    return {"cases": offered.openings(request, place.unit) if holds else [], "changes": changes}
