"""This room is for `orgwork documents`: the register book of an issuer, and what rests on a decision."""

from __future__ import annotations

import sys

from orgwork.foundation.dates import Dated
from orgwork.procedures.annulment import told, what_rests
from orgwork.registers import access
from orgwork.registers.documents import Document
from orgwork.registers.numbering import NumberSeries, book, kept_from

from .common import actor, as_json, need, opening_day, table, unit
from .main import FINDINGS, NOTHING, WrongUse
from .words import _, pgettext


def numbers(args) -> int:
    body = unit(args.unit)
    need(args, "figures.read", body)
    on = args.on or opening_day()
    rows = NumberSeries.objects.filter(issuer=body, opened_on__lte=on).order_by("-opened_on", "kind")
    if args.kind:
        rows = rows.filter(kind=args.kind)
    found = [(one, line) for one in rows for line in book(one, on)]
    if args.missing:
        found = [(one, line) for one, line in found if line.state == "gap"]
    if args.json:
        as_json([_line(one, line) for one, line in found])
    else:
        shown = [
            [one.opened_on, one.kind or _("congress"), line.first if line.first == line.last else
             f"{line.first}–{line.last}", _state(line.state), line.paper.symbol if line.paper else "",
             line.paper.day if line.paper else ""]
            for one, line in found
        ]  # fmt: skip
        heads = [
            _("Term from"),
            _("Kind"),
            pgettext("paper", "Number"),
            _("State"),
            _("Paper"),
            _("Day"),
        ]
        table([heads, *shown], right=(2,))
    return FINDINGS if any(line.kept and line.state == "gap" for _one, line in found) else NOTHING


def _state(code: str) -> str:
    return {
        "paper": _("paper"), "gap": pgettext("paper", "missing"), "reserved": _("reserved"),
        "lapsed": _("lapsed, free again"), "cancelled": _("cancelled"),
    }[code]  # fmt: skip


def _line(series: NumberSeries, line) -> dict:
    return {
        "term_from": series.opened_on, "kind": series.kind or None, "first": line.first, "last": line.last,
        "state": line.state, "symbol": line.paper.symbol if line.paper else None,
        "date": line.paper.day if line.paper else None, "secret": bool(line.paper and line.paper.secret),
        "complete_from": kept_from(series),
        "reserved_for": line.mark.holder.code if line.mark and line.mark.holder else None,
        "until": line.mark.period.last if line.mark and line.mark.valid_to else None,
    }  # fmt: skip


def rests(args) -> int:
    """What would be undone and what stands in the way, by numbers; names are read on the page."""
    paper = _paper(args)
    if paper is None:
        # Whoever may not ask of any paper is told so, not that there is none.
        need(args, "document.register")
        print(_("No paper is registered as “%s”.") % args.paper, file=sys.stderr)
        return FINDINGS
    need(args, "document.register", paper.issuer)
    found = what_rests(paper)
    counted: dict[type[Dated], list[int]] = {}
    for fact in found.facts:
        one = counted.setdefault(fact.model, [0, 0])
        one[0] += len(fact.out)
        one[1] += len(fact.into)
    if args.json:
        as_json({
            "id": paper.pk, "symbol": paper.symbol, "too_many": found.too_many,
            "goes_back": {m._meta.label_lower: {"out": o, "back": i} for m, (o, i) in counted.items()},
            "cases": [
                {"id": back.case.pk, "procedure": back.case.procedure, "from": back.case.state,
                 "to": back.target}
                for back in found.cases
            ],
            "in_the_way": [
                {"what": one.model._meta.label_lower if one.model else "procedures.case", "type": one.type,
                 "id": one.id, "date": one.day, "symbol": one.paper.symbol if one.paper else None}
                for one in found.later
            ],
        })  # fmt: skip
    else:
        heads = [_("What goes back"), _("goes"), _("comes back")]
        table([heads, *([str(m._meta.verbose_name), o, i] for m, (o, i) in counted.items())], right=(1, 2))
        for back in found.cases:
            print(f"  {back.label} #{back.case.pk}: {back.from_label} → {back.to_label}")
        print("\n" + (_("What stands in the way:") if found.later else _("Nothing stands in the way.")))
        for later in found.later:
            print(f"  {told(later)}")
    return FINDINGS if found.later or found.too_many else NOTHING


def _paper(args) -> Document | None:
    account, text = actor(args), args.paper.strip()
    rows = Document.objects.select_related("issuer").order_by("-day", "-pk")
    by_id = rows.filter(pk=int(text)) if text.isascii() and text.isdigit() and len(text) < 19 else rows.none()
    found = list(by_id) or list(rows.filter(symbol__iexact=text)[:6])
    found = [
        one for one in found
        if account is None or access.may(account, "figures.read", one.issuer, now=opening_day())
    ]  # fmt: skip
    if len(found) > 1:
        some = "; ".join(
            f"{one.pk}: {one.symbol}, {one.issuer or one.issuer_name}, {one.day}" for one in found
        )
        raise WrongUse(_("Several papers bear this number; name one by its id: %s") % some)
    return found[0] if found else None
