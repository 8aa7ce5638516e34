"""This room is for the chain of a paper, drawn and as a list, and for who has put it into effect by when."""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import shorten

from django.shortcuts import render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from orgwork.doors.web import documents, places, words
from orgwork.doors.web.lists import Column, export, table
from orgwork.foundation import catalogues
from orgwork.registers.documents import Document
from orgwork.registers.paper_relations import DEPTH, Covered, Link, chain, coverage, force
from orgwork.registers.units import Unit, UnitForm, names_of, under_ids

#: The drawing shows so many papers of a level side by side; the list below it shows them all.
SIDE_BY_SIDE = 4
WIDTH, BOX, HIGH, ROW = 168, 160, 46, 84


def of(request, paper: Document) -> dict:
    """What the page of a paper says of its chain: in force or not, and its nearest papers up and down."""
    dials = request.dials
    state = force([paper], dials.on, known_at=dials.known_at)[paper.pk]
    return {
        "force": state,
        "ended_by": [_side(request, row.source, row.kind, back=True) for row in state.ended_by],
        "amended_by": [_side(request, row.source, row.kind, back=True) for row in state.amended_by],
        "up": _levels_of(request, paper, up=True, depth=1),
        "down": _levels_of(request, paper, up=False, depth=1),
        "chain_url": reverse("chain", args=[paper.pk]) + dials.query(),
    }


@require_safe
def page(request, pk):
    """The chain: upward to what the paper rests on, downward to what was made of it, level by level."""
    paper, issuer = documents.open_paper(request, pk)
    dials = request.dials
    up, down = _levels_of(request, paper, up=True), _levels_of(request, paper, up=False)
    context = {
        "section": "documents",
        "paper": paper,
        "up": up,
        "down": down,
        "drawing": drawing(paper, up, down),
        "coverage_url": reverse("coverage", args=[paper.pk]) + dials.query(),
        "crumbs": _crumbs(paper, dials),
    }
    return render(request, "web/chain.html", context)


@require_safe
def covered(request, pk):
    """Which bodies of a kind under a body have put the paper into effect, when, and who has not yet."""
    paper, issuer = documents.open_paper(request, pk)
    place = places.here(request)
    places.need(request, "figures.read", place.unit)
    dials = request.dials
    kinds = _kinds_below(place.unit, dials)
    kind = request.GET.get("kind") if request.GET.get("kind") in kinds else _next_below(kinds, issuer, dials)
    within = _days(request.GET.get("within", ""))
    rows = _rows(paper, place.unit, kind, within, dials)
    only = request.GET.get("only", "")
    shown = [row for row in rows if not only or row["state"] == only]
    columns = _columns(dials)
    if request.GET.get("export") in ("csv", "xlsx"):
        return export(request.GET["export"], columns, shown, f"coverage-{paper.pk}")
    count = {state: sum(row["state"] == state for row in rows) for state in ("done", "late", "missing")}
    context = {
        "section": "documents",
        "paper": paper,
        "place": place,
        "table": table(
            columns, shown, request=request, exports=True, caption=_("Put into effect"),
            empty=_("No body of this kind stands here. Choose another kind, or look at a larger body."),
            key=lambda row: row["code"],
        ),
        "count": count,
        "all": len(rows),
        "share": round(100 * (count["done"] + count["late"]) / len(rows)) if rows else None,
        "kinds": [(code, capfirst(words.body_kind(code))) for code in kinds],
        "states": [("", _("all")), *((code, _state(code)) for code in count)],
        "asked": {"kind": kind, "within": request.GET.get("within", ""), "only": only},
        "crumbs": _crumbs(paper, dials),
    }  # fmt: skip
    return render(request, "web/coverage.html", context)


# ── the chain ────────────────────────────────────────────────────────────────────────────────────────────


def _levels_of(request, paper: Document, *, up: bool, depth: int = DEPTH) -> list[list[dict]]:
    dials = request.dials
    return levels(request, chain(paper, dials.on, up=up, known_at=dials.known_at, depth=depth), up=up)


def levels(request, links: Iterable[Link], *, up: bool) -> list[list[dict]]:
    """The papers of each level, nearest first, as the page names them."""
    out: list[list[dict]] = []
    for link in links:
        while len(out) < link.level:
            out.append([])
        out[link.level - 1].append(_side(request, link.paper, link.relation.kind, back=not up, link=link))
    return out


def _side(request, paper: Document, kind: str, *, back: bool, link: Link | None = None) -> dict:
    """A paper of the chain; its title is for those who may read names at its issuer."""
    known = catalogues.relations().get(kind)
    said = words.say(known.inverse if back else known.labels) if known else kind
    named = not paper.secret and bool(paper.issuer_id) and places.able(request, "names.read", paper.issuer)
    return {
        "symbol": paper.symbol,
        "relation": said,
        "at": link.relation.said_at if link else "",
        "title": paper.title if named else "",
        "issuer": paper.issuer_name,
        "day": paper.day,
        "url": reverse("document", args=[paper.pk]) + request.dials.query(),
    }


def drawing(paper: Document, up: list[list[dict]], down: list[list[dict]]) -> dict:
    """What `_chain.html` draws: what the paper rests on above it, what was made of it below."""
    rows = [*reversed(up), [{"symbol": paper.symbol, "url": "", "relation": "", "here": True}], *down]
    most = max(min(len(row), SIDE_BY_SIDE) for row in rows)
    width = most * WIDTH + 8
    boxes, lines, here = [], [], len(up)
    for number, row in enumerate(rows):
        shown = row[:SIDE_BY_SIDE] if len(row) <= SIDE_BY_SIDE else row[: SIDE_BY_SIDE - 1]
        rest = len(row) - len(shown)
        places_ = [*shown, {"symbol": _more(rest), "url": "", "relation": ""}] if rest else shown
        left = (width - len(places_) * WIDTH) / 2
        for at, one in enumerate(places_):
            x = left + at * WIDTH + (WIDTH - BOX) / 2
            boxes.append({
                "x": round(x, 1), "y": 4 + number * ROW, "w": BOX, "h": HIGH, "cx": round(x + BOX / 2, 1),
                "text": shorten(one["symbol"], 22, placeholder="…"),
                "small": shorten(one["relation"], 26, placeholder="…"),
                "url": one["url"], "css": "here" if one.get("here") else "",
            })  # fmt: skip
            if number != here:
                towards = number + (1 if number < here else -1)
                lines.append({
                    "x1": round(x + BOX / 2, 1), "y1": 4 + number * ROW + (HIGH if number < here else 0),
                    "x2": round(width / 2, 1), "y2": 4 + towards * ROW + (0 if number < here else HIGH),
                })  # fmt: skip
    title = _("%(symbol)s: %(up)s papers above it, %(down)s below it") % {
        "symbol": paper.symbol, "up": sum(map(len, up)), "down": sum(map(len, down)),
    }  # fmt: skip
    return {"boxes": boxes, "lines": lines, "width": width, "height": len(rows) * ROW, "title": title}


def _more(count: int) -> str:
    return ngettext("%(count)s more", "%(count)s more", count) % {"count": count}


# ── coverage ─────────────────────────────────────────────────────────────────────────────────────────────


def _kinds_below(unit: Unit, dials) -> list[str]:
    """The kinds of bodies that stand here, from the largest; committees and offices issue in their name."""
    there = set(
        UnitForm.objects.on(dials.on, known_at=dials.known_at)
        .filter(unit__in=under_ids(unit, dials.on, known_at=dials.known_at))
        .values_list("kind", flat=True)
    )
    return [code for code, kind in catalogues.kinds().items() if code in there and kind.family == "party"]


def _next_below(kinds: list[str], issuer: Unit | None, dials) -> str:
    """Whoever is to put a paper into effect stands below its issuer: the next kind that is there."""
    own = issuer and UnitForm.objects.on(dials.on, known_at=dials.known_at).filter(unit=issuer).first()
    if own and own.kind in kinds[:-1]:
        return kinds[kinds.index(own.kind) + 1]
    return next(iter(kinds), "")


def _rows(paper: Document, unit: Unit, kind: str, within: int | None, dials) -> list[dict]:
    found = coverage(paper, dials.on, known_at=dials.known_at)
    forms = UnitForm.objects.on(dials.on, known_at=dials.known_at).filter(
        kind=kind, unit__in=under_ids(unit, dials.on, known_at=dials.known_at)
    )
    codes = dict(forms.order_by("unit__code").values_list("unit_id", "unit__code"))
    names = names_of(list(codes), dials.on, known_at=dials.known_at)
    return [
        _row(pk, code, names.get(pk, code), found.get(pk), paper, within, dials) for pk, code in codes.items()
    ]


def _row(pk, code, name, one: Covered | None, paper, within, dials) -> dict:
    waited = (dials.on - paper.day).days if paper.day else None
    days = one.days if one else waited
    late = within is not None and days is not None and days > within
    state = ("late" if late else "done") if one else "missing"
    return {
        "code": code, "name": name, "body_url": places.address(code, dials), "state": state,
        "paper": one.first.symbol if one else "", "day": one.first.day if one else None, "days": days,
        "more": one.papers if one else 0,
        "paper_url": reverse("document", args=[one.first.pk]) + dials.query() if one else "",
    }  # fmt: skip


def _state(code: str) -> str:
    return {"done": _("issued in time"), "late": _("issued late"), "missing": _("not issued yet")}[code]


def _columns(dials) -> list[Column]:
    tags = {"done": "ok", "late": "warn", "missing": "bad"}
    return [
        Column("name", _("Body"), lambda r: r["name"], lambda r: r["body_url"], kind="head"),
        Column("code", _("Code"), lambda r: r["code"], kind="small"),
        Column("state", _("State"), lambda r: (tags[r["state"]], _state(r["state"])), kind="tag"),
        Column("paper", _("First paper"), lambda r: r["paper"], lambda r: r["paper_url"]),
        Column("day", _("Day"), lambda r: r["day"], kind="day"),
        Column("days", _("Days after it"), lambda r: r["days"], kind="number"),
        Column("papers", _("Papers"), lambda r: r["more"], kind="number"),
    ]


def _days(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and int(text) < 10_000 else None


def _crumbs(paper, dials) -> list[dict]:
    return [
        {"name": _("Documents"), "url": reverse("documents") + dials.query()},
        {"name": paper.symbol, "url": reverse("document", args=[paper.pk]) + dials.query()},
    ]
