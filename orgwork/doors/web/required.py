"""This room is for the papers that bodies must have: what is missing, what must follow."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from operator import itemgetter

from django.shortcuts import render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from orgwork.doors.web import lists_printed, places, words
from orgwork.doors.web.incoming import act_on, around
from orgwork.doors.web.lists import Column, Table, address, by_place, export, sorting, table
from orgwork.foundation import catalogues, wording
from orgwork.procedures import operations
from orgwork.registers.required_papers import duties, must_follow
from orgwork.registers.units import Unit, names_of

TAGS = {"missing": "bad", "ended": "bad", "old": "warn", "present": "ok"}


def state_said(code: str) -> str:
    return {
        "missing": pgettext("paper", "missing"),
        "ended": _("no longer in force"),
        "old": _("from before this term or year"),
        "present": _("there"),
    }[code]


@require_safe
def required(request):
    """Which papers are missing at which body here and below; which must follow a changed parent."""
    place = places.here(request)
    places.need(request, "figures.read", place.unit)
    return (
        must_follow_page(request, place) if request.GET.get("show") == "follow" else missing(request, place)
    )


def both(request, place, show: str) -> dict:
    """What stands around either list."""
    here = address(request, **dict.fromkeys(("show", "sort", "state", "paper", "after", "before")))
    views = [
        (_("Papers that bodies must have"), here, show == "missing"),
        (_("Papers that must follow"), f"{here}&show=follow", show == "follow"),
    ]
    return around(request, place, _("Required papers"), "required", show=show, views=views)


def missing(request, place):
    dials, asked = request.dials, request.GET
    found = every = duties(place.unit, dials.on, known_at=dials.known_at)
    count = Counter(one.state for one in every)
    kinds = catalogues.required()
    if asked.get("paper") in kinds:
        found = [one for one in found if one.kind.code == asked["paper"]]
    state = asked.get("state", "not")
    if state == "not":
        found = [one for one in found if one.state != "present"]
    elif state in TAGS:
        found = [one for one in found if one.state == state]
    columns = duty_columns()
    sort, (key,) = sorting(columns, asked.get("sort", ""), "name")
    found.sort(key=DUTY_ORDERS[key.lstrip("-")], reverse=key.startswith("-"))
    wanted = asked.get("export")
    if wanted in ("csv", "xlsx", "pdf"):
        return handed_out(
            request, wanted, columns, enrich(found, request), place, _("Papers that bodies must have")
        )
    page = by_place(found, asked)
    page.rows = enrich(page.rows, request)
    context = {
        **both(request, place, "missing"),
        "count": [(state_said(code), count[code], TAGS[code]) for code in TAGS],
        "by_paper": by_paper(every, request),
        "papers": [
            ("", _("all")),
            *((code, capfirst(words.say(kind.labels))) for code, kind in kinds.items()),
        ],
        "states": [("not", _("not there")), ("all", _("all")), *((code, state_said(code)) for code in TAGS)],
        "asked": {"paper": asked.get("paper", ""), "state": state},
        "table": table(
            columns,
            page.rows,
            request=request,
            sort=sort,
            page=page,
            exports=True,
            caption=_("Papers that bodies must have"),
            key=lambda row: row["code"],
            empty=_("Nothing is missing here on this day."),
        ),
        "rules": [
            {
                "label": capfirst(words.say(kind.labels)),
                "cited": wording.cited(kind.citation),
                "mark": kind.mark,
            }
            for kind in kinds.values()
            if kind.valid_from <= dials.on
        ],
    }
    return render(request, "web/required.html", context)


#: By what rows are ordered; the bodies come in the order of their codes, which keeps a tree together.
DUTY_ORDERS = {
    "body": lambda one: one.code,
    "required": lambda one: (list(catalogues.required()).index(one.kind.code), one.code),
    "state": lambda one: (list(TAGS).index(one.state), one.code),
    "since": lambda one: (one.since or dt.date.min, one.code),
}


def by_paper(every, request) -> Table:
    """For each required paper, how many bodies must have it and how many have; numbers open their rows."""
    count = Counter((one.kind.code, one.state) for one in every)
    columns = [
        Column("required", _("Required paper"), lambda r: r["label"], lambda r: r["all_url"], kind="head"),
        *(
            Column(code, state_said(code), itemgetter(code), itemgetter(f"{code}_url"), kind="number")
            for code in TAGS
        ),
        Column("all", _("bodies"), lambda r: r["all"], kind="number"),
    ]  # fmt: skip
    rows = []
    for code, kind in catalogues.required().items():
        numbers = {state: count[code, state] for state in TAGS}
        if total := sum(numbers.values()):
            urls = {
                f"{state}_url": address(request, paper=code, state=state, after=None, before=None)
                if numbers.get(state, total)
                else ""
                for state in (*TAGS, "all")
            }
            rows.append({"label": capfirst(words.say(kind.labels)), "all": total, **numbers, **urls})
    return table(columns, rows, caption=_("By required paper"), key=lambda row: row["label"])


def handed_out(request, wanted, columns, rows, place, title):
    if wanted == "pdf":
        return lists_printed.as_pdf(columns, rows, "required", title=title, place=place, day=request.dials.on)
    return export(wanted, columns, rows, "required")


def duty_columns() -> list[Column]:
    return [
        Column("name", _("Body"), lambda r: r["name"], lambda r: r["url"], kind="head", order=("body",)),
        Column("code", _("Code"), lambda r: r["code"], kind="small"),
        Column("required", _("Required paper"), lambda r: r["required"], order=("required",)),
        Column("state", _("State"), lambda r: r["state"], kind="tag", order=("state",)),
        Column("since", _("for the time from"), lambda r: r["since"], kind="day", order=("since",)),
        # On the page one column says which paper it is, or lets the reader say so.
        Column(
            "paper",
            _("Paper"),
            lambda r: r["paper"] or r["name_it"],
            lambda r: r["paper_url"] or r["name_url"],
            kind="short",
            in_export=False,
        ),
        Column("symbol", _("Paper"), lambda r: r["paper"], on_page=False),
        Column("day", _("Day"), lambda r: r["day"], kind="day", on_page=False),
    ]


def enrich(found, request) -> list[dict]:
    dials = request.dials
    ids = {one.unit for one in found}
    names = names_of(ids, dials.on, known_at=dials.known_at)
    units = {unit.pk: unit for unit in Unit.objects.filter(pk__in=ids)}
    rows = []
    for one in found:
        unit, paper = units[one.unit], one.document
        able = one.state != "present" and places.able(request, "document.register", unit)
        first = one.proposed[0] if one.proposed else None
        rows.append(
            {
                "code": unit.code,
                "name": names.get(unit.pk, unit.code),
                "url": places.address(unit.code, dials),
                "required": capfirst(words.say(one.kind.labels)),
                "state": (TAGS[one.state], state_said(one.state)),
                "since": one.since,
                "paper": paper.symbol if paper else "",
                "day": paper.day if paper else None,
                "paper_url": reverse("document", args=[paper.pk]) + dials.query() if paper else "",
                "name_it": ""
                if not able
                else _("%(paper)s?") % {"paper": first.symbol}
                if first
                else _("name it"),
                "name_url": reverse("required-name", args=[unit.code, one.kind.code])
                + dials.query(unit=unit.code, **({"document": first.pk} if first else {}))
                if able
                else "",
            }
        )
    return rows


FOLLOW_ORDERS = {
    "paper": lambda one: (one.paper.number or 0, one.paper.symbol),
    "day": lambda one: (one.paper.day, one.paper.pk),
    "since": lambda one: (one.since, one.paper.pk),
}


def must_follow_page(request, place):
    dials = request.dials
    found = must_follow(place.unit, dials.on, known_at=dials.known_at)
    columns = [
        Column(
            "paper",
            _("Paper"),
            lambda r: r["paper"],
            lambda r: r["paper_url"],
            kind="short",
            order=("paper",),
        ),
        Column("issuer", _("Issued by"), lambda r: r["issuer"], lambda r: r["issuer_url"], kind="head"),
        Column("day", _("Day"), lambda r: r["day"], kind="day", order=("day",)),
        Column("relation", _("Relation"), lambda r: r["relation"]),
        Column("parent", _("Parent"), lambda r: r["parent"], lambda r: r["parent_url"], kind="short"),
        Column("change", _("What became of it"), lambda r: r["change"]),
        Column("changed_by", _("By"), lambda r: r["by"], lambda r: r["by_url"], kind="short"),
        Column("since", _("Since"), lambda r: r["since"], kind="day", order=("since",)),
        Column("days", _("Days since"), lambda r: r["days"], kind="number"),
    ]
    sort, (key,) = sorting(columns, request.GET.get("sort", ""), "-since")
    found.sort(key=FOLLOW_ORDERS[key.lstrip("-")], reverse=key.startswith("-"))
    issuers = names_of({one.paper.issuer_id for one in found if one.paper.issuer_id}, dials.on)

    def told(some):
        link = lambda paper: reverse("document", args=[paper.pk]) + dials.query()  # noqa: E731
        relations = catalogues.relations()
        return [
            {
                "paper": one.paper.symbol,
                "paper_url": link(one.paper),
                "day": one.paper.day,
                "issuer": issuers.get(one.paper.issuer_id, ""),
                "issuer_url": places.address(one.paper.issuer.code, dials) if one.paper.issuer else "",
                "relation": words.say(relations[one.relation].labels),
                "parent": one.parent.symbol,
                "parent_url": link(one.parent),
                "change": words.say(relations[one.change].inverse),
                "by": one.changed_by.symbol,
                "by_url": link(one.changed_by),
                "since": one.since,
                "days": (dials.on - one.since).days,
            }
            for one in some
        ]

    wanted = request.GET.get("export")
    if wanted in ("csv", "xlsx", "pdf"):
        return handed_out(request, wanted, columns, told(found), place, _("Papers that must follow"))
    page = by_place(found, request.GET)
    page.rows = told(page.rows)
    context = {
        **both(request, place, "follow"),
        "table": table(
            columns,
            page.rows,
            request=request,
            sort=sort,
            page=page,
            exports=True,
            caption=_("Papers that must follow"),
            key=lambda row: row["paper"],
            empty=_("No paper rests on one that was changed since."),
        ),
    }
    return render(request, "web/required.html", context)


def name(request, code, requirement):
    """Name the paper: the body and what is required stand in the address."""
    place = places.look(request, code)
    definition = operations.known["paper.meets"]
    places.need(request, definition.act, place.unit)
    initial = {"unit": place.unit, "requirement": requirement}
    if request.GET.get("document", "").isdigit():
        initial["document"] = int(request.GET["document"])
    return act_on(request, definition, initial, (), reverse("required") + request.dials.query())
