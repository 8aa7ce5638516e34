"""This room is for the pages of posts: seats with their holders, and since when they are vacant."""

from __future__ import annotations

from django.db.models import Exists, OuterRef
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from orgwork.doors.web import bodies, formats, kept, offered, places, words
from orgwork.doors.web.lists import Column, chunked, export, keyset, sorting, table
from orgwork.doors.web.people import event, names_of
from orgwork.foundation import catalogues
from orgwork.registers.appointments import Appointment
from orgwork.registers.areas import AreaName
from orgwork.registers.posts import Post, PostExistence
from orgwork.registers.reads import note_read
from orgwork.registers.units import UnitService, under_ids


@require_safe
def posts(request):
    """The seats here and below, held or vacant."""
    place = places.here(request)
    places.need(request, "names.read", place.unit)
    columns = post_columns(request)
    sort, order = sorting(columns, request.GET.get("sort", ""), "code")
    rows = listed(request, place.unit)
    wanted = request.GET.get("export")
    if wanted in ("csv", "xlsx"):
        note_read(request.user, "names.read", door="web", unit=place.unit, count=rows.count())
        return export(
            wanted, columns, chunked(rows.order_by(*order), lambda some: enrich(some, request)), "posts"
        )
    page = keyset(rows, order, request.GET)
    context = {
        "section": "posts",
        "place": place,
        "crumbs": places.crumbs(place, last_is_link=True),
        "count": formats.number(rows.count()),
        "table": table(
            columns,
            enrich(page.rows, request),
            request=request,
            sort=sort,
            page=page,
            exports=True,
            caption=_("Posts"),
            empty=_("No post fits. Take a filter away, or look at a larger body."),
        ),
        "kinds": [("", _("all kinds"))]
        + [(code, words.say(kind.labels)) for code, kind in catalogues.posts().items()],
        "states": [("", _("held and vacant")), ("held", _("held")), ("vacant", _("vacant"))],
        "asked": {name: request.GET.get(name, "") for name in ("kind", "state")},
        **kept.context(request, "posts"),
    }
    return render(request, "web/posts.html", context)


def listed(request, unit):
    """A post stands at a body in scope, or at a place that a body in scope serves (village heads)."""
    dials = request.dials
    on, known_at = dials.on, dials.known_at
    scope = under_ids(unit, on, known_at=known_at)
    rows = Post.objects.filter(
        Exists(PostExistence.objects.on(on, known_at=known_at).filter(post=OuterRef("pk")))
    )
    served = UnitService.objects.on(on, known_at=known_at).filter(unit__in=scope).values("area")
    rows = rows.filter(unit__in=scope) | rows.filter(area__in=served)
    if request.GET.get("kind") in catalogues.posts():
        rows = rows.filter(kind=request.GET["kind"])
    held = Exists(Appointment.objects.on(on, known_at=known_at).filter(post=OuterRef("pk"), acting=False))
    state = request.GET.get("state")
    if state in ("held", "vacant"):
        rows = rows.filter(held if state == "held" else ~held)
    return rows


def post_columns(request) -> list[Column]:
    tail = request.dials.query()
    return [
        Column("code", _("Post"), lambda r: r["label"], lambda r: r["url"], order=("code",)),
        Column("where", _("Body or place"), lambda r: r["where"], lambda r: r["where_url"]),
        Column(
            "holder",
            _("Held by"),
            lambda r: r["holder"],
            lambda r: reverse("person", args=[r["person"]]) + tail if r["person"] else "",
        ),
        Column("since", _("Since"), lambda r: r["since"], kind="day"),
        Column("state", _("State"), lambda r: r["state"], kind="tag"),
    ]


def enrich(rows, request) -> list[dict]:
    dials = request.dials
    on, known_at = dials.on, dials.known_at
    rows = list(rows)
    ids = [row.pk for row in rows]
    units = names_of({row.unit_id for row in rows if row.unit_id}, on, known_at=known_at)
    codes = dict(Post.objects.filter(pk__in=ids, unit__isnull=False).values_list("unit_id", "unit__code"))
    areas = dict(
        AreaName.objects.on(on, known_at=known_at)
        .filter(area__in=[row.area_id for row in rows if row.area_id])
        .values_list("area_id", "name")
    )
    held = {
        a.post_id: a
        for a in Appointment.objects.on(on, known_at=known_at).filter(post__in=ids).order_by("-acting")
    }
    names = bodies.names_of_people([a.person_id for a in held.values()], dials)
    empty = bodies.vacant_since([pk for pk in ids if pk not in held], dials)
    found = []
    for row in rows:
        holder = held.get(row.pk)
        found.append(
            {
                "label": words.post_kind(row.kind),
                "url": reverse("post", args=[row.code]) + dials.query(),
                "where": units.get(row.unit_id) or areas.get(row.area_id, ""),
                "where_url": places.address(codes[row.unit_id], dials) if row.unit_id else "",
                "holder": names.get(holder.person_id, "") if holder else "",
                "person": holder.person_id if holder else None,
                "since": holder.valid_from if holder else empty.get(row.pk),
                "state": ("bad", _("vacant"))
                if holder is None
                else ("", _("acting"))
                if holder.acting
                else None,
            }
        )
    return found


@require_safe
def post(request, code):
    """One seat: who holds it, who held it, what power it gives."""
    seat = Post.objects.filter(code=code).select_related("unit", "area").first()
    if seat is None:
        raise Http404(_("No post has the code “%(code)s”.") % {"code": code[:60]})
    dials = request.dials
    unit = seat.unit or unit_serving(seat.area, dials)
    place = places.look(request, unit.code) if unit else None
    places.need(request, "names.read", unit)
    rows = list(
        Appointment.objects.at(dials.known_at)
        .filter(post=seat, valid_from__lte=dials.on)
        .select_related("begun_by__document", "ended_by__document")
        .order_by("-valid_from")
    )
    names = bodies.names_of_people([row.person_id for row in rows], dials)
    line = [
        event(
            row,
            request.dials,
            names.get(row.person_id, ""),
            reverse("person", args=[row.person_id]) + request.dials.query(),
            note=str(row.get_manner_display()),
        )
        for row in rows
    ]
    area = AreaName.objects.on(dials.on).filter(area=seat.area).first() if seat.area_id else None
    context = {
        "section": "posts",
        "seat": seat,
        "label": words.post_kind(seat.kind),
        "line": line,
        "where": place.name if place and seat.unit_id else (area.name if area else ""),
        "crumbs": places.crumbs(place, last_is_link=True) if place else [],
        "vacant": None
        if any(e["open"] for e in line)
        else bodies.vacant_since([seat.pk], dials).get(seat.pk),
        "powers": powers_of(seat, place),
        "acts": offered.some(request, offered.OF_A_POST, unit, post=seat.code) if unit else [],
    }
    return render(request, "web/post.html", context)


def unit_serving(area, dials):
    row = (
        UnitService.objects.on(dials.on, known_at=dials.known_at)
        .filter(area=area)
        .select_related("unit")
        .first()
    )
    return row.unit if row else None


def powers_of(seat, place) -> list[dict]:
    """What the post may do, each power with its source."""
    kind = place.kind if place and seat.unit_id else ""
    return [
        {
            "acts": ", ".join(sorted(words.act(act) for act in power.acts)),
            "citation": power.citation,
            "reach": power.reach,
        }
        for power in catalogues.powers()
        if seat.kind in power.posts and kind in power.at
    ]
