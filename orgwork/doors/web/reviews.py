"""This room is for the list of reviews: which paper is to be reviewed, by whom, by when, and which did."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from orgwork.doors.web import offered, places
from orgwork.doors.web.drafts import tabs
from orgwork.doors.web.lists import Column, chunked, export, keyset, sorting, table
from orgwork.foundation.workdays import workdays_between
from orgwork.registers.drafts import PaperReview, ReviewKind
from orgwork.registers.units import names_of, under_ids


@require_safe
def reviews(request):
    """Reviews for which bodies here and below answer, or of papers issued here: late ones are marked."""
    place = places.here(request)
    places.need(request, "figures.read", place.unit)
    columns = _columns()
    sort, order = sorting(columns, request.GET.get("sort", ""), "due")
    rows = _listed(request, place.unit)
    if (wanted := request.GET.get("export")) in ("csv", "xlsx"):
        told = chunked(rows.order_by(*order), lambda some: _enrich(some, request))
        return export(wanted, columns, told, "reviews")
    page = keyset(rows, order, request.GET)
    shown = [("", _("planned")), ("late", _("late")), ("held", _("held")), ("dropped", _("dropped"))]
    kinds = [("", _("all")), *((code, capfirst(str(label))) for code, label in ReviewKind.choices)]
    context = {
        "section": "drafts",
        "place": place,
        "crumbs": places.crumbs(place, last_is_link=True),
        "title": _("Reviews"),
        "tabs": tabs(request),
        "here_is": "reviews",
        "selects": [
            {"name": "state", "label": _("Show"), "options": shown, "chosen": request.GET.get("state", "")},
            {"name": "kind", "label": _("Review"), "options": kinds, "chosen": request.GET.get("kind", "")},
        ],
        "keep": "state",
        "keep_too": "kind",
        "acts": offered.some(request, ["paper.plan_review"], place.unit),
        "table": table(
            columns, _enrich(page.rows, request), request=request, sort=sort, page=page, exports=True,
            caption=_("Reviews"), empty=_("No review fits. Plan one above, or look at a larger body."),
            key=lambda row: row["pk"],
        ),
    }  # fmt: skip
    return render(request, "web/list.html", context)


def _listed(request, unit):
    dials, params = request.dials, request.GET
    scope = under_ids(unit, dials.on, known_at=dials.known_at)
    state = params.get("state", "")
    if state in ("held", "dropped"):
        ended = PaperReview.objects.at(dials.known_at).filter(valid_to__lte=dials.on, ended_by__isnull=False)
        rows = ended.filter(ended_by__kind="ended" if state == "held" else "withdrawn")
    else:
        rows = PaperReview.objects.on(dials.on, known_at=dials.known_at)
        rows = rows.filter(due__lt=dials.on) if state == "late" else rows
    if params.get("kind") in ReviewKind.values:
        rows = rows.filter(kind=params["kind"])
    rows = rows.filter(Q(unit__in=scope) | Q(document__issuer__in=scope))
    return rows.select_related("document", "ended_by__document")


def _columns() -> list[Column]:
    return [
        Column("paper", _("Paper"), lambda r: r["paper"], lambda r: r["url"], kind="short",
               order=("document__symbol", "pk")),
        Column("title", _("Title"), lambda r: r["title"]),
        Column("review", _("Review"), lambda r: r["review"]),
        Column("unit", _("Body responsible"), lambda r: r["unit"]),
        Column("due", _("Due"), lambda r: r["due"], kind="day", order=("due", "pk")),
        Column("late", "", lambda r: r["late"], kind="tag"),
        Column("report", _("Reviewed in"), lambda r: r["report"], lambda r: r["report_url"], kind="short"),
    ]  # fmt: skip


def _enrich(rows, request) -> list[dict]:
    dials = request.dials
    names = names_of({row.unit_id for row in rows}, dials.on, known_at=dials.known_at)
    named = places.able(request, "names.read", request.place.unit)  # titles can hold names
    return [_line(row, names, named, dials) for row in rows]


def _line(row: PaperReview, names, named: bool, dials) -> dict:
    report = row.ended_by.document if row.ended_by and row.valid_to and row.valid_to <= dials.on else None
    late = row.due < dials.on and (row.valid_to is None or row.valid_to > dials.on)
    return {
        "pk": row.pk,
        "paper": row.document.symbol,
        "url": _address(row.document_id, dials),
        "title": row.document.title if named and not row.document.secret else "",
        "review": capfirst(str(ReviewKind(row.kind).label)),
        "unit": names.get(row.unit_id, ""),
        "due": row.due,
        "late": ("bad", _late(row.due, dials.on)) if late else None,
        "report": report.symbol if report else "",
        "report_url": _address(report.pk, dials) if report else "",
    }


def _late(due: dt.date, on: dt.date) -> str:
    return _("%(days)s working days late") % {"days": workdays_between(due, on)}


def _address(pk: int, dials) -> str:
    return reverse("document", args=[pk]) + dials.query()
