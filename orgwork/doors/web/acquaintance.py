"""This room is for who has been made acquainted with a paper and studied it: by body, in numbers."""

from __future__ import annotations

import datetime as dt

from django.db.models import Max, Q
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from orgwork.doors.web import chains, documents, lists_printed, places, words
from orgwork.doors.web.incoming import act_on, around, paper_url
from orgwork.doors.web.lists import Column, export, table
from orgwork.procedures import operations
from orgwork.registers import acquaintance as register
from orgwork.registers.acquaintance import (
    Acquaintance,
    AcquaintanceCall,
    Studied,
    StudyForm,
    Tree,
    coverage,
)
from orgwork.registers.documents import Document
from orgwork.registers.drafts import PaperDistribution
from orgwork.registers.incoming import IncomingPaper
from orgwork.registers.units import Unit, UnitForm, UnitLineage, names_of, under_ids

TAGS = {"done": "ok", "above": "ok", "late": "warn", "missing": "plain", "overdue": "bad"}
#: Papers shown at once; the newest first.
MOST = 300


def state_said(code: str) -> str:
    return {
        "done": _("studied"),
        "above": _("with the body above"),
        "late": _("studied late"),
        "missing": _("not yet"),
        "overdue": _("overdue"),
    }[code]


@require_safe
def acquaintance(request):
    """Papers that are to be studied here, or were: how many bodies, how many members, by when."""
    place = places.here(request)
    places.need(request, "figures.read", place.unit)
    rows = studied(request, place)
    columns = [
        Column("symbol", _("Number and symbol"), lambda r: r["symbol"], lambda r: r["url"], kind="short"),
        Column("title", _("Title"), lambda r: r["title"]),
        Column("day", _("Day"), lambda r: r["day"], kind="day"),
        Column("due", _("To be studied by"), lambda r: r["due"], kind="day"),
        Column("bodies", _("Bodies with entries"), lambda r: r["bodies"], kind="number"),
        Column("reached", _("Members reached"), lambda r: r["reached"], kind="number"),
        Column("last", _("Last held"), lambda r: r["last"], kind="day"),
    ]
    wanted = request.GET.get("export")
    if wanted == "pdf":
        title, on = _("Acquaintance with papers"), request.dials.on
        return lists_printed.as_pdf(columns, rows, "acquaintance", title=title, place=place, day=on)
    if wanted in ("csv", "xlsx"):
        return export(wanted, columns, rows, "acquaintance")
    note = _("To enter the study of another paper, open the paper under Documents.")
    context = {
        **around(request, place, _("Acquaintance with papers"), "acquaintance", pdf=True, note=note),
        "table": table(
            columns,
            rows,
            request=request,
            exports=True,
            caption=_("Acquaintance with papers"),
            empty=_("Nothing was entered or asked for here up to this day."),
            key=lambda row: row["pk"],
        ),
    }
    return render(request, "web/list.html", context)


def studied(request, place) -> list[dict]:
    dials = request.dials
    on = {"known_at": dials.known_at}
    here = under_ids(place.unit, dials.on, **on)
    above = UnitLineage.objects.on(dials.on, **on).filter(descendant=place.unit).values("ancestor")
    entries = Acquaintance.objects.on(dials.on, **on).filter(unit__in=here)
    calls = AcquaintanceCall.objects.on(dials.on, **on).filter(Q(unit__in=here) | Q(unit__in=above))
    entered: dict[int, dict[int, int]] = {}
    last: dict[int, dt.date] = {}
    for paper, unit, reached, held in entries.values_list("document", "unit", "reached", "held"):
        of_the_paper = entered.setdefault(paper, {})
        of_the_paper[unit] = of_the_paper.get(unit, 0) + reached
        last[paper] = max(last.get(paper, held), held)
    due = dict(calls.order_by().values_list("document").annotate(last=Max("due")))
    papers = Document.objects.filter(pk__in={*entered, *due}).select_related("issuer").order_by("-day", "-pk")
    tree = Tree(place.unit, dials.on, **on)
    return [
        {
            "pk": paper.pk,
            "symbol": paper.symbol,
            "day": paper.day,
            "due": due.get(paper.pk),
            "title": titled(request, paper),
            "url": reverse("acquaintance-paper", args=[paper.pk]) + dials.query(unit=place.code),
            "bodies": len(entered.get(paper.pk, ())),
            "reached": tree.reached(entered.get(paper.pk, {})).get(place.unit.pk, 0),
            "last": last.get(paper.pk),
        }
        for paper in papers[:MOST]
    ]


def titled(request, paper: Document) -> str:
    """Titles can hold names: they are for those who may read names at the issuer."""
    named = not paper.secret and paper.issuer_id and places.able(request, "names.read", paper.issuer)
    return paper.title if named else ""


# ── a paper ──────────────────────────────────────────────────────────────────────────────────────────────


@require_safe
def paper(request, pk):
    """Who has studied a paper, who is late, who has not; and the entries of the body looked at."""
    place = places.here(request)
    places.need(request, "figures.read", place.unit)
    document = for_study(request, pk, place.unit)
    dials, asked = request.dials, request.GET
    kinds = kinds_here(place.unit, dials)
    kind = asked.get("kind") if asked.get("kind") in kinds else "members"
    within = chains._days(asked.get("within", ""))
    chosen = register.holding_members() if kind == "members" else [kind]
    found = coverage(document, place.unit, chosen, dials.on, within=within, known_at=dials.known_at)
    rows = enrich(found, dials)
    only = asked.get("only", "") if asked.get("only") in TAGS else ""
    shown = [row for row in rows if not only or row["code_of_state"] == only]
    columns = columns_of()
    wanted = asked.get("export")
    if wanted == "pdf":
        title = _("Acquaintance with %(paper)s") % {"paper": document.symbol}
        return lists_printed.as_pdf(
            columns, shown, f"acquaintance-{pk}", title=title, place=place, day=dials.on
        )
    if wanted in ("csv", "xlsx"):
        return export(wanted, columns, shown, f"acquaintance-{pk}")
    (whole,) = coverage(document, place.unit, [place.kind], dials.on, within=within, known_at=dials.known_at)[
        :1
    ] or (None,)
    context = {
        "section": "documents",
        "place": place,
        "paper": document,
        "title_said": titled(request, document),
        "crumbs": [
            {"name": _("Acquaintance"), "url": reverse("acquaintance") + dials.query()},
            {"name": document.symbol, "url": paper_url(request, document)},
        ],
        "whole": whole,
        "share": round(100 * whole.cells_done / whole.cells) if whole and whole.cells else None,
        "count": [
            (state_said(code), sum(row["code_of_state"] == code for row in rows), TAGS[code]) for code in TAGS
        ],
        "acts": acts(request, document, place),
        "entries": entries_of(request, document, place),
        "kinds": [
            ("members", _("bodies with members")),
            *((code, capfirst(words.body_kind(code))) for code in kinds),
        ],
        "states": [("", _("all")), *((code, state_said(code)) for code in TAGS)],
        "asked": {"kind": kind, "within": asked.get("within", ""), "only": only},
        "table": table(
            columns,
            shown,
            request=request,
            exports=True,
            caption=_("Acquaintance with papers"),
            empty=_("No body of this kind stands here. Choose another kind, or look at a larger body."),
            key=lambda row: row["code"],
        ),
    }
    return render(request, "web/acquaintance.html", context)


def for_study(request, pk, unit) -> Document:
    """A paper that the body was asked to study, was sent or has studied; else one the reader may open."""
    above = UnitLineage.objects.on(request.dials.today).filter(descendant=unit).values("ancestor")
    for rows in (
        AcquaintanceCall.objects.filter(unit__in=above),
        Acquaintance.objects.filter(unit__in=above),
        IncomingPaper.objects.filter(unit=unit),
        PaperDistribution.objects.filter(unit=unit),
    ):
        if (row := rows.filter(document=pk).select_related("document__issuer").first()) is not None:
            return row.document
    return documents.open_paper(request, pk)[0]


def kinds_here(unit, dials) -> list[str]:
    """The kinds of party bodies here, from the largest."""
    return chains._kinds_below(unit, dials)


def enrich(found: list[Studied], dials) -> list[dict]:
    ids = [one.unit for one in found]
    names = names_of(ids, dials.on, known_at=dials.known_at)
    codes = dict(Unit.objects.filter(pk__in=ids).values_list("pk", "code"))
    return [
        {
            "code": codes[one.unit],
            "name": names.get(one.unit, codes[one.unit]),
            "url": places.address(codes[one.unit], dials),
            "code_of_state": one.state,
            "state": (TAGS[one.state], state_said(one.state)),
            "first": one.first,
            "due": one.due,
            "reached": one.reached,
            "members": one.members,
            "share": round(100 * one.reached / one.members) if one.members else None,
            "below": f"{one.cells_done} / {one.cells}" if one.cells > 1 else "",
            "check": ("warn", _("more than members")) if one.more_than_there_are else None,
        }
        for one in found
    ]


def columns_of() -> list[Column]:
    return [
        Column("name", _("Body"), lambda r: r["name"], lambda r: r["url"], kind="head"),
        Column("code", _("Code"), lambda r: r["code"], kind="small"),
        Column("state", _("State"), lambda r: r["state"], kind="tag"),
        Column("first", _("First held"), lambda r: r["first"], kind="day"),
        Column("due", _("To be studied by"), lambda r: r["due"], kind="day"),
        Column("reached", _("Members reached"), lambda r: r["reached"], kind="number"),
        Column("members", _("Members"), lambda r: r["members"], kind="number"),
        Column("share", _("per cent"), lambda r: r["share"], kind="number"),
        Column("below", _("Bodies below that have"), lambda r: r["below"], kind="short"),
        Column("check", _("To be looked at"), lambda r: r["check"], kind="tag"),
    ]


def acts(request, document: Document, place) -> list[dict]:
    found = [] if document.secret else ["enter", "ask"]
    query = request.dials.query()
    return [
        {
            "label": operations.known[f"acquaintance.{name}"].label,
            "main": name == "enter",
            "verb": name,
            "url": reverse("acquaintance-act", args=[document.pk, name]) + query,
        }
        for name in found
        if places.able(request, operations.known[f"acquaintance.{name}"].act, place.unit)
    ]


def entries_of(request, document: Document, place) -> list[dict]:
    """The entries of the body looked at itself, to be corrected by whoever enters."""
    dials = request.dials
    rows = Acquaintance.objects.on(dials.on, known_at=dials.known_at).filter(
        document=document, unit=place.unit
    )
    able = places.able(request, "acquaintance.enter", place.unit) and dials.known_at is None
    return [
        {
            "day": row.held,
            "form": StudyForm(row.form).label,
            "reached": row.reached,
            "invited": row.invited,
            "others": row.others,
            "for_all": row.for_all,
            "acts": [
                (
                    operations.known[f"acquaintance.{name}"].label,
                    reverse("acquaintance-entry", args=[row.spell, name]) + dials.query(),
                )
                for name in ("correct", "take_back")
                if able
            ],
        }
        for row in rows.order_by("held", "pk")
    ]


def act(request, pk, name):
    """Enter the study of a paper, or ask for it."""
    if name not in ("enter", "ask"):
        raise Http404(_("There is no such act. Look at “How it is done”."))
    place = places.here(request)
    document = for_study(request, pk, place.unit)
    definition = operations.known[f"acquaintance.{name}"]
    places.need(request, definition.act, place.unit)
    back = reverse("acquaintance-paper", args=[document.pk]) + request.dials.query()
    initial = {"document": document.pk, "unit": place.unit}
    return act_on(request, definition, initial, ("document",), back)


def entry(request, spell, name):
    """Correct an entry, or take it back."""
    row = Acquaintance.objects.filter(spell=spell).select_related("unit").first()
    if row is None or name not in ("correct", "take_back"):
        raise Http404(_("There is no such entry; open it from the page of the paper again."))
    definition = operations.known[f"acquaintance.{name}"]
    places.need(request, definition.act, row.unit)
    places.look(request, row.unit.code)
    initial = {"acquaintance": spell, "reached": row.reached, "invited": row.invited, "others": row.others}
    back = reverse("acquaintance-paper", args=[row.document_id]) + request.dials.query()
    return act_on(request, definition, initial, ("acquaintance",), back)


# ── today ────────────────────────────────────────────────────────────────────────────────────────────────


def today(request) -> list[dict]:
    """Papers that the bodies whose secretary the reader is have been asked to study and have not."""
    from orgwork.registers import access

    dials = request.dials
    held = [m for m in access.mandates(request.user, now=dials.today) if m.act == "acquaintance.enter"]
    found = []
    mine = sorted({m.unit for m in held})[:3]
    kinds = dict(UnitForm.objects.on(dials.on).filter(unit__in=mine).values_list("unit", "kind"))
    for unit in Unit.objects.filter(pk__in=mine):
        above = UnitLineage.objects.on(dials.on).filter(descendant=unit).values("ancestor")
        calls = AcquaintanceCall.objects.on(dials.on).filter(unit__in=above).select_related("document")
        for call in calls.order_by("due", "pk")[:20]:
            (one,) = coverage(call.document, unit, [kinds.get(unit.pk)], dials.on)[:1] or (None,)
            if one is not None and one.state in ("missing", "overdue"):
                found.append(
                    {
                        "symbol": call.document.symbol,
                        "due": one.due or call.due,
                        "tag": (TAGS[one.state], state_said(one.state)),
                        "url": reverse("acquaintance-paper", args=[call.document_id])
                        + dials.query(unit=unit.code),
                    }
                )
    return found[:8]
