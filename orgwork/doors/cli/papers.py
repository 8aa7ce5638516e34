"""This room is for `orgwork papers`: a paper as Akoma Ntoso, and the templates of decisions."""

from __future__ import annotations

import sys
from pathlib import Path

from orgwork.exchange import akoma as made
from orgwork.exchange.decisions import setting, texts
from orgwork.foundation.refusals import Refusal
from orgwork.registers import access
from orgwork.registers.documents import Document

from .common import actor, as_json, need, opening_day
from .main import FINDINGS, NOTHING, WrongUse
from .words import _


def akoma(args) -> int:
    account = actor(args)
    rows = Document.objects.select_related("issuer").order_by("-day", "-pk")
    by_id = rows.filter(pk=int(args.paper)) if args.paper.isascii() and args.paper.isdigit() else rows.none()
    found = list((by_id if by_id else rows.filter(symbol__iexact=args.paper.strip()))[:6])
    found = [one for one in found if access.may(account, "figures.read", one.issuer, now=opening_day())]
    if not found:
        need(args, "figures.read")
        print(_("No paper is registered as “%s”.") % args.paper, file=sys.stderr)
        return FINDINGS
    if len(found) > 1:
        some = "; ".join(
            f"{one.pk}: {one.symbol}, {one.issuer or one.issuer_name}, {one.day}" for one in found
        )
        raise WrongUse(_("Several papers bear this number; name one by its id: %s") % some)
    (paper,) = found
    # Title and text can hold names; the operator of the machine reads none.
    named = bool(access.may(account, "names.read", paper.issuer, now=opening_day()))
    content = made.exported(paper, args.on or opening_day(), language=args.text or "", text=named)
    if args.output:
        Path(args.output).write_bytes(content)
    else:
        sys.stdout.buffer.write(content)
    return NOTHING


def templates(args) -> int:
    need(args, "system.run")
    if args.write:
        where = Path(args.write)
        where.mkdir(parents=True, exist_ok=True)
        (where / "decisions.yaml").write_bytes(texts.OURS.read_bytes())
        (where / "decision.docx").write_bytes(setting.standard_template())
        print(_("Written to %s: decisions.yaml, decision.docx") % where)
        return NOTHING
    faults = texts.faults() + setting.faults()
    if args.json:
        as_json({"decisions": sorted(_known()), "faults": faults})
    else:
        for fault in faults:
            print(fault, file=sys.stderr)
        print(_("Decisions that can be written: %s") % ", ".join(sorted(_known())))
    return FINDINGS if faults else NOTHING


def _known() -> list[str]:
    try:
        return list(texts.texts())
    except Refusal:
        return []
