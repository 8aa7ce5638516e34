"""This room is for the register book of an issuer: every number of a term, its paper or why it has none."""

from __future__ import annotations

from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from orgwork.doors.web import formats, lists_printed, places, words
from orgwork.doors.web.lists import Column, by_place, export, table
from orgwork.registers import numbering
from orgwork.registers.numbering import NumberSeries, TermOfOffice
from orgwork.registers.units import Unit, names_of

PER_PAGE = 100
TAGS = {"paper": "", "reserved": "warn", "cancelled": "soft", "lapsed": "warn", "gap": "bad"}
ACTS = (
    ("paper.register", lambda: _("Register a paper")),
    ("numbers.reserve", lambda: _("Reserve a number")),
    ("numbers.cancel", lambda: _("Cancel a number")),
    ("numbers.release", lambda: _("Give a reserved number back")),
    ("numbers.keep", lambda: _("Say from which number a book is complete")),
    ("numbers.term", lambda: _("Begin a new term of office")),
    ("numbers.congress", lambda: _("Enter the days of a congress")),
    ("numbers.close", lambda: _("Close the number series of a body")),
)


@require_safe
def book(request):
    """The numbers of one body in one term, by kind, the missing, reserved and cancelled ones among them."""
    place = places.here(request)
    places.need(request, "figures.read", place.unit)
    dials, params = request.dials, request.GET
    terms = terms_of(place.unit, dials)
    term = params.get("term") if params.get("term") in dict(terms) else next(iter(dict(terms)), "")
    here = [one for one in series_of(place.unit, dials) if of_term(one) == term]
    kinds = [("", _("all kinds")), *((one.kind, _kind(one.kind)) for one in here if one.kind)]
    kind = params.get("kind") if params.get("kind") in dict(kinds) else ""
    state = params.get("state") if params.get("state") in STATES else ""
    rows = [
        row
        for one in here
        if not kind or one.kind == kind
        for row in lines(one, dials, named=places.able(request, "names.read", place.unit))
        if not state or row["state"] == state
    ]
    columns = columns_of()
    sort = params.get("sort", "number")
    if sort.lstrip("-") in ("number", "day"):
        rows.sort(key=ORDERS[sort.lstrip("-")], reverse=sort.startswith("-"))
    told = {"title": _("Register book"), "place": place, "day": dials.on}
    if params.get("export") == "pdf":
        return lists_printed.as_pdf(columns, rows, "register-book", **told)
    if params.get("export") in ("csv", "xlsx"):
        return export(params["export"], columns, rows, "register-book")
    page = by_place(rows, params, PER_PAGE)
    count = {code: sum(row["numbers"] for row in rows if row["state"] == code) for code in STATES}
    context = {
        "section": "documents",
        "place": place,
        "crumbs": [{"name": _("Documents"), "url": reverse("documents") + dials.query()}],
        "terms": terms, "kinds": kinds, "count": count, "acts": _acts(request, place),
        "states": [("", _("all")), *((code, label()) for code, label in STATES.items())],
        "asked": {"term": term, "kind": kind, "state": state},
        "complete": [one for one in ((_kind(s.kind), numbering.kept_from(s)) for s in here) if one[1]],
        "pdf": True,
        "table": table(
            columns, page.rows, request=request, sort=sort, page=page, exports=True,
            caption=_("Register book"), key=lambda row: row["number"],
            empty=_("No paper of this body is numbered in this term. Choose another term or another body."),
        ),
    }  # fmt: skip
    return render(request, "web/register_book.html", context)


def _acts(request, place) -> list[dict]:
    if not places.able(request, "document.register", place.unit):
        return []
    return [
        {"label": label(), "url": reverse("do", args=[verb]) + request.dials.query(), "main": at == 0}
        for at, (verb, label) in enumerate(ACTS)
    ]


# ── what is shown ────────────────────────────────────────────────────────────────────────────────────────

STATES = {
    "paper": lambda: _("paper"), "gap": lambda: pgettext("paper", "missing"),
    "reserved": lambda: _("reserved"),
    "lapsed": lambda: _("lapsed, free again"), "cancelled": lambda: _("cancelled"),
}  # fmt: skip
ORDERS = {
    "number": lambda row: (row["kind"], row["number"]),
    "day": lambda row: (row["day"] is None, row["day"] or "", row["kind"], row["number"]),
}


def series_of(unit: Unit, dials) -> list[NumberSeries]:
    rows = NumberSeries.objects.filter(issuer=unit, opened_on__lte=dials.on)
    if dials.known_at is not None:
        rows = rows.filter(recorded__lt=dials.known_at)
    return list(rows.order_by("-opened_on", "kind"))


def of_term(series: NumberSeries) -> str:
    return series.opened_on.isoformat() if series.kind else f"congress-{series.opened_on.isoformat()}"


def terms_of(unit: Unit, dials) -> list[tuple[str, str]]:
    """The terms in which the body numbered papers, the latest first; congresses stand beside them."""
    found = {}
    for one in series_of(unit, dials):
        code = of_term(one)
        if code in found:
            continue
        if one.kind:
            term = TermOfOffice.objects.on(one.opened_on).filter(unit=unit).first()
            name = term.name if term else str(one.opened_on.year)
            said = _("%(term)s (from %(day)s)") % {"term": name, "day": formats.day(one.opened_on)}
        else:
            said = _("Congress of %(day)s") % {"day": formats.day(one.opened_on)}
        found[code] = said
    return list(found.items())


def lines(series: NumberSeries, dials, *, named: bool) -> list[dict]:
    """The lines of one series as page, spreadsheet and print show them."""
    found = numbering.book(series, dials.on, known_at=dials.known_at)
    units = {line.mark.holder_id for line in found if line.mark and line.mark.holder_id}
    papers = [line.paper.pk for line in found if line.paper]
    joint: dict[int, list[int]] = {}
    for paper, unit in numbering.JointIssuer.objects.filter(document__in=papers).values_list(
        "document", "unit"
    ):
        joint.setdefault(paper, []).append(unit)
    names = names_of({*units, *(u for some in joint.values() for u in some)}, dials.on)
    return [_line(series, one, names, joint, dials, named) for one in found]


def _line(series, line, names, joint, dials, named) -> dict:
    paper, mark = line.paper, line.mark
    row = {
        "kind": _kind(paper.kind if paper and not series.kind else series.kind),
        "number": line.first,
        "numbers": line.last - line.first + 1,
        "shown": str(line.first) if line.first == line.last else f"{line.first}–{line.last}",
        "state": line.state,
        "tag": ("bad" if line.kept else "soft") if line.state == "gap" else TAGS[line.state],
        "symbol": paper.symbol if paper else "",
        "url": reverse("document", args=[paper.pk]) + dials.query() if paper else "",
        "day": paper.day if paper else mark.valid_from if mark else None,
        "said": "",
    }
    if paper is not None:
        row["said"] = _("secret paper") if paper.secret else paper.title if named else ""
        if paper.pk in joint:
            others = ", ".join(names.get(unit, "…") for unit in joint[paper.pk])
            row["said"] = "; ".join(
                filter(None, [row["said"], _("together with %(bodies)s") % {"bodies": others}])
            )
    elif mark is not None:
        parts = []
        if mark.holder_id:
            last = formats.day(mark.period.last) if mark.valid_to else "…"
            parts.append(
                _("for %(body)s until %(day)s") % {"body": names.get(mark.holder_id, "…"), "day": last}
            )
        if named and mark.begun_by is not None and mark.begun_by.text:
            parts.append(mark.begun_by.text)
        row["said"] = "; ".join(parts)
    elif line.state == "gap":
        row["said"] = _("the book is kept here: a paper is missing") if line.kept else _("not entered here")
    return row


def columns_of() -> list[Column]:
    return [
        Column("kind", _("Kind"), lambda r: r["kind"]),
        Column(
            "number",
            pgettext("paper", "Number"),
            lambda r: r["shown"],
            kind="short",
            order=("number", "number"),
        ),
        Column("state", _("State"), lambda r: (r["tag"], STATES[r["state"]]()), kind="tag"),
        Column("symbol", _("Paper"), lambda r: r["symbol"], lambda r: r["url"], kind="short"),
        Column("day", _("Day"), lambda r: r["day"], kind="day", order=("day", "day")),
        Column("said", _("About"), lambda r: r["said"]),
    ]


def _kind(code: str) -> str:
    return words.document_kind(code) if code else _("congress, all kinds")


__all__ = ["book", "lines", "series_of", "terms_of"]
