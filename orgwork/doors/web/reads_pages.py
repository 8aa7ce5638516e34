"""This room is for "who looked at whom": reads of other people's records, for those who watch over them."""

from __future__ import annotations

from django.db.models import Q
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from orgwork.doors.web import formats, places, words
from orgwork.doors.web.bodies import names_of_people
from orgwork.doors.web.lists import Column, chunked, export, keyset, table
from orgwork.registers.members import MembershipPlace
from orgwork.registers.reads import ReadLog
from orgwork.registers.units import names_of, under_ids


@require_safe
def reads(request):
    """Every look at somebody else's records here and below, the latest first."""
    place = places.here(request)
    places.need(request, "reads.audit", place.unit)
    rows = listed(request, place.unit)
    columns = read_columns()
    wanted = request.GET.get("export")
    if wanted in ("csv", "xlsx"):
        found = rows.order_by("-pk").select_related("account")
        return export(wanted, columns, chunked(found, lambda some: enrich(some, request)), "reads")
    page = keyset(rows.select_related("account"), ("-pk",), request.GET)
    context = {
        "section": "reads",
        "place": place,
        "crumbs": places.crumbs(place, last_is_link=True),
        "asked": {"account": request.GET.get("account", "")},
        "table": table(
            columns,
            enrich(page.rows, request),
            request=request,
            page=page,
            exports=True,
            caption=_("Who looked at whom"),
            empty=_("Nobody has looked at anybody else's records here."),
        ),
    }
    return render(request, "web/reads.html", context)


def listed(request, unit):
    dials = request.dials
    scope = under_ids(unit, dials.today)
    people = MembershipPlace.objects.on(dials.today).filter(unit__in=scope).values("person")
    rows = ReadLog.objects.filter(Q(unit__in=scope) | Q(person__in=people))
    name = request.GET.get("account", "").strip()
    return rows.filter(account__username__iexact=name) if name else rows


def read_columns() -> list[Column]:
    return [
        Column("at", _("When"), lambda r: r["at"], kind="short"),
        Column("account", _("Who"), lambda r: r["account"]),
        Column("act", _("What"), lambda r: r["act"]),
        Column("person", _("Of whom"), lambda r: r["person"], lambda r: r["url"]),
        Column("unit", _("List of"), lambda r: r["unit"]),
        Column("count", _("Records"), lambda r: r["count"], kind="number"),
        Column("door", _("Door"), lambda r: r["door"], kind="small"),
    ]


def enrich(rows, request) -> list[dict]:
    """Names only for readers who may read names; the log itself names nobody."""
    dials = request.dials
    named = places.able(request, "names.read", request.place.unit)
    ids = [row.person_id for row in rows if row.person_id]
    names = names_of_people(ids, dials.turned(on=dials.today, known=None)) if named else {}
    units = names_of({row.unit_id for row in rows if row.unit_id}, dials.today)
    return [
        {
            "at": formats.moment(row.at),
            "account": str(row.account),
            "act": words.act(row.act),
            "person": names.get(row.person_id, f"#{row.person_id}") if row.person_id else "",
            "url": reverse("person", args=[row.person_id]) + dials.query() if row.person_id in names else "",
            "unit": units.get(row.unit_id, ""),
            "count": row.count,
            "door": words.door(row.door),
        }
        for row in rows
    ]
