"""This room is for the pages of areas: which commune it is now, and what came of what, in both directions."""

from __future__ import annotations

import datetime as dt

from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from orgwork.doors.web import dials as dial
from orgwork.doors.web import formats, linked, places
from orgwork.doors.web.lists import Column, chunked, export, keyset, sorting, table
from orgwork.foundation.words import narrow
from orgwork.registers import access
from orgwork.registers.area_lookup import Answer, Answers, Became, Spot, days_for, look_up, reform_days, spots
from orgwork.registers.areas import AreaKind, AreaName, AreaSuccession, ChangeKind
from orgwork.registers.figures.groups import party_kinds
from orgwork.registers.units import UnitForm, UnitService, names_of

DAY = dt.timedelta(days=1)
PER_PAGE = 50


@require_safe
def areas(request):
    """Which commune is it now? By name or code, on any two days, from old to new and from new to old.

    Territories are public knowledge: whoever is signed in may ask.
    """
    known_at = request.dials.known_at
    was, now = _days(request)
    q = request.GET.get("q", "").strip()[:100]
    wide = request.GET.get("wide") == "1"
    forward = backward = Answers()
    if q:
        forward = look_up(q, was, now, known_at=known_at, wide=wide)
        if was != now:
            backward = look_up(q, now, was, known_at=known_at, wide=wide)
    context = {
        "section": "bodies",
        "q": "",
        "asked": {"q": q, "was": was, "is": now},
        "directions": [
            _direction(request, was, now, forward, _("Bore the name or code then, and what it is now")),
            _direction(request, now, was, backward, _("Bears the name or code now, and what it was then")),
        ][: 2 if was != now else 1],
        "reforms": reform_days(known_at),
        "linked": linked.ways(request),
        "several": max(len(forward.answers), len(backward.answers)) > 1,
        "wide_url": "" if wide else address(request, q, wide="1"),
    }
    return render(request, "web/areas.html", context)


def _days(request) -> tuple[dt.date, dt.date]:
    """The two days in the address; else the eve of the latest reform and the day of the dial."""
    was, now = days_for(request.dials.on, request.dials.known_at)
    return (
        dial.read_day(request.GET.get("was", ""), "was") or was,
        dial.read_day(request.GET.get("is", ""), "is") or now,
    )


def _direction(request, day, other, found: Answers, title) -> dict:
    here = [one.spot.area for one in found.answers]
    there = [spot.area for one in found.answers for spot in (*(b.spot for b in one.became), *one.below)]
    serve = {when: _bodies(request, areas, when) for when, areas in ((day, here), (other, there))}
    return {
        "title": title,
        "day": day,
        "other": other,
        "answers": [_shown(request, one, serve[day], serve[other]) for one in found.answers],
        "more": _more(found.more),
    }


def _more(count: int) -> str:
    if not count:
        return ""
    return _("More names contain these words: %(count)s") % {"count": formats.number(count)}


def _bodies(request, areas, day) -> dict[int, list[dict]]:
    """The party organisations that serve each of the areas on the day, as far as the reader may see."""
    party = UnitForm.objects.on(day, known_at=request.dials.known_at).filter(kind__in=party_kinds())
    rows = UnitService.objects.on(day, known_at=request.dials.known_at).filter(
        area__in=set(areas), unit__in=party.values("unit")
    )
    seen = access.visible(
        rows, request.user, "figures.read", now=request.dials.today, on=day, known_at=request.dials.known_at
    )
    found = list(seen.order_by("unit__code").values_list("area_id", "unit_id", "unit__code"))
    names = names_of([unit for _area, unit, _code in found], day, known_at=request.dials.known_at)
    said: dict[int, list[dict]] = {}
    for area, unit, code in found:
        url = places.address(code, request.dials.turned(on=day))
        said.setdefault(area, []).append({"name": names.get(unit, code), "code": code, "url": url})
    return said


def _shown(request, one: Answer, here: dict, there: dict) -> dict:
    return {
        **_spot(request, one.spot, here),
        "same": one.same,
        "by_draft": one.by_draft,
        "became": [_became(request, came, there) for came in one.became],
        "below": [_spot(request, spot, there) for spot in one.below],
    }


def _became(request, came: Became, serve: dict) -> dict:
    return {
        **_spot(request, came.spot, serve),
        "how": ChangeKind(came.kind).label,
        "same": came.kind == ChangeKind.UNCHANGED,
        "paper": ", ".join(part for part in (came.paper, came.clause) if part),
    }


def _spot(request, spot: Spot, serve: dict) -> dict:
    return {
        "bodies": serve.get(spot.area, []),
        "name": spot.name,
        "kind": "" if spot.kind == AreaKind.COMMUNE else AreaKind(spot.kind).label,
        "where": ", ".join(part for part in spot.within if part),
        "code": spot.code,
        "list": spot.code_list,
        "url": address(request, spot.name),
    }


def address(request, text: str, **more) -> str:
    """The look-up of a name or code with the days that are being looked at."""
    kept = {name: request.GET[name] for name in ("was", "is") if request.GET.get(name)}
    return reverse("areas") + request.dials.query(**{**kept, "q": text, **more})


# ── the list ────────────────────────────────────────────────────────────────────────────────────────────


@require_safe
def area_changes(request):
    """Every recorded step from one territory to another between the two days, with paper and clause."""
    columns = _columns(request)
    was, now = _days(request)
    sort, order = sorting(columns, request.GET.get("sort", ""), "old_code")
    rows = _listed(request, was, now)
    wanted = request.GET.get("export")
    if wanted in ("csv", "xlsx"):
        found = chunked(rows.order_by(*order), lambda some: _enriched(some, request))
        return export(wanted, columns, found, f"areas-{was}-{now}")
    page = keyset(rows, order, request.GET, PER_PAGE)
    context = {
        "section": "bodies",
        "crumbs": [{"name": _("Which commune is it now?"), "url": address(request, "")}],
        "asked": {
            "q": request.GET.get("q", ""), "kind": request.GET.get("kind", ""), "was": was, "is": now,
        },
        "q": "",
        "count": formats.number(rows.count()),
        "kinds": [("", _("all kinds")), *((kind.value, kind.label) for kind in ChangeKind)],
        "table": table(
            columns, _enriched(page.rows, request), request=request, sort=sort, page=page, exports=True,
            caption=_("What came of what"),
            empty=_("No change of territories is recorded between these days. Choose others."),
        ),
    }  # fmt: skip
    return render(request, "web/area_changes.html", context)


def _listed(request, was, now):
    known_at = request.dials.known_at
    rows = AreaSuccession.objects.at(known_at).filter(valid_from__gt=was, valid_from__lte=now)
    if request.GET.get("kind") in ChangeKind.values:
        rows = rows.filter(kind=request.GET["kind"])
    if text := request.GET.get("q", "").strip()[:100]:
        named = narrow(AreaName.objects.at(known_at), text).values("area")
        rows = rows.filter(predecessor__in=named) | rows.filter(successor__in=named)
    return rows.select_related("predecessor", "successor")


def _columns(request) -> list[Column]:
    return [
        Column("old", _("Was"), lambda r: r["old"], lambda r: r["old_url"], kind="head"),
        Column("old_where", _("in"), lambda r: r["old_where"], kind="small"),
        Column(
            "old_code", _("Code then"), lambda r: r["old_code"], kind="short",
            order=("predecessor__code", "predecessor__code_list", "pk"),
        ),
        Column("how", _("How much"), lambda r: r["how"], order=("kind", "predecessor__code", "pk")),
        Column("new", _("Is"), lambda r: r["new"], lambda r: r["new_url"]),
        Column("new_where", _("in"), lambda r: r["new_where"], kind="small"),
        Column("new_code", _("Code now"), lambda r: r["new_code"], kind="short"),
        Column("paper", _("Resolution"), lambda r: r["paper"], kind="short", order=("paper", "pk")),
        Column("clause", _("Clause"), lambda r: r["clause"], kind="small"),
        Column("day", _("Day"), lambda r: r["day"], kind="day", on_page=False),
    ]  # fmt: skip


def _enriched(rows, request) -> list[dict]:
    """Names and codes of each side on its own day: the eve of the change, and the day."""
    known_at, days = request.dials.known_at, {row.valid_from for row in rows}
    old, new = {}, {}
    for day in days:
        here = [row for row in rows if row.valid_from == day]
        old[day] = spots([r.predecessor_id for r in here], day - DAY, known_at=known_at)
        new[day] = spots([r.successor_id for r in here if r.successor_id], day, known_at=known_at)
    found = []
    for row in rows:
        before = old[row.valid_from][row.predecessor_id]
        after = new[row.valid_from].get(row.successor_id)
        found.append(
            {
                "old": before.name, "old_code": before.code, "old_where": ", ".join(before.within),
                "old_url": address(request, before.name), "how": row.get_kind_display(),
                "new": after.name if after else "", "new_code": after.code if after else "",
                "new_where": ", ".join(after.within) if after else "",
                "new_url": address(request, after.name) if after else "",
                "paper": row.paper, "clause": row.clause, "day": row.valid_from,
            }
        )  # fmt: skip
    return found


__all__ = ["address", "area_changes", "areas"]
