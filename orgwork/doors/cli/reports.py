"""This room is for `orgwork report`: the term report as text, JSON or a Word file; growth as a table."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.utils import timezone

from orgwork.foundation.refusals import Refusal
from orgwork.registers import access

from . import words
from .common import actor, as_json, table, unit
from .main import NOTHING, WrongUse
from .words import _


def report(args) -> int:
    where = unit(args.unit)
    _need(args, where)
    return {"term": _term, "growth": _growth}[args.name](args, where)


def _need(args, where) -> None:
    """A report is made of figures: the operator may read it, an account takes the power to read reports."""
    account = actor(args)
    act = "figures.read" if account is None else "report.read"
    access.require(account, act, where, now=timezone.localdate())


def _term(args, where) -> int:
    from orgwork.doors.answers import known, period
    from orgwork.insight.reports import term

    if not (args.first and args.last):
        raise WrongUse(_("A term report needs its period: --from and --to."))
    if args.last < args.first:
        raise WrongUse(_("The period ends before it begins; turn the two days round."))
    built = term.build(
        where, period(args.first, args.last), known_at=known(args.known_at), language=words.language()
    )
    if args.output:
        return _to_file(args, built)
    if args.json:
        as_json(built.as_json())
    else:
        print(built.as_text(), end="")
    return NOTHING


def _to_file(args, built) -> int:
    from orgwork.insight.reports.word import word

    path = Path(args.output)
    if path.suffix.lower() != ".docx":
        raise WrongUse(_("The file must end in .docx: “%s”.") % path)
    try:
        path.write_bytes(word(built, base_url=settings.ORGWORK_BASE_URL or "http://localhost:8000"))
    except OSError as fault:
        raise Refusal(
            _("The file %(path)s cannot be written: %(why)s.") % {"path": path, "why": fault.strerror},
            code="not_writable",
            field="output",
        ) from fault
    if args.json:
        as_json({**built.as_json(), "output": str(path)})
    else:
        print(path)
    return NOTHING


def _growth(args, where) -> int:
    from orgwork.doors.answers import growth, known

    if not args.quarter:
        raise WrongUse(_("The report on growth needs its quarter: --quarter 2024-Q1."))
    if args.output:
        raise WrongUse(_("The report on growth is printed; leave --output out."))
    try:
        found = growth(where, args.quarter, known=known(args.known_at))
    except Refusal as refusal:
        if refusal.code == "no_quarter":
            raise WrongUse(str(refusal)) from refusal
        raise
    if args.json:
        as_json(found)
        return NOTHING
    heads = [_("code"), _("body"), _("admitted"), _("own past"), _("target due"), _("low")]
    low = {"past": _("below its past"), "target": _("behind target")}
    rows = [
        [line["unit"], line["name"], line["admitted"], _one(line["past_mean"]), _one(line["target_due"]),
         ", ".join(low[code] for code in line["low"])]
        for line in found["lines"]
    ]  # fmt: skip
    table([heads, *rows], right=(2, 3, 4))
    return NOTHING


def _one(value) -> str:
    return "" if value is None else f"{value:.1f}"
