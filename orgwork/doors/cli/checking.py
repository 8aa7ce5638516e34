"""This room is for `orgwork check` and `orgwork journal verify`: what is found makes the exit code 3."""

from __future__ import annotations

from django.utils import timezone

from orgwork.foundation import wording
from orgwork.registers import access

from .common import as_json, need, opening_day, table, unit
from .main import FINDINGS, NOTHING
from .words import _


def verify(args) -> int:
    need(args, "journal.verify")
    from orgwork.foundation import journal
    from orgwork.insight.issued import printed_heads

    verdict = journal.verify(heads=printed_heads())
    if args.json:
        as_json(verdict_as_json(verdict))
    else:
        _tell(verdict)
    return NOTHING if verdict.ok else FINDINGS


def verdict_as_json(verdict) -> dict:
    findings = [
        {"kind": f.kind, "position": f.position, "entry": f.entry, "text": f.text} for f in verdict.findings
    ]
    return {
        "ok": verdict.ok, "sealed": verdict.sealed, "unsealed": verdict.unsealed, "erased": verdict.erased,
        "head": {"position": verdict.head[0], "link": verdict.head[1]},
        "first": findings[0] if findings else None, "findings": findings,
    }  # fmt: skip


def _tell(verdict) -> None:
    if verdict.ok:
        print(_("The journal is whole: %s entries are sealed.") % verdict.sealed)
    for finding in verdict.findings:
        print(sentence(finding))
    if verdict.unsealed:
        print(_("%s entries are not sealed yet.") % verdict.unsealed)
    if verdict.erased:
        print(_("The content of %s subjects was erased under an entry of its own.") % verdict.erased)


def sentence(finding) -> str:
    sentence = {
        "altered": _("Position %(position)s: entry %(entry)s was altered."),
        "removed": _("Position %(position)s: an entry was removed."),
        "inserted": _("Before position %(position)s: entry %(entry)s was inserted."),
        "moved": _("Position %(position)s: entry %(entry)s was moved."),
        "missing": _("Position %(position)s: the content of entry %(entry)s is missing."),
    }.get(finding.kind, "%(position)s: %(entry)s")
    return sentence % {"position": finding.position, "entry": finding.entry}


def check(args) -> int:
    """Every named rule over the register, with its citation."""
    where = unit(args.unit) if args.unit else None
    account = need(args, "check.run", where)
    from orgwork.registers import rules

    day = args.on or opening_day()
    names = bool(access.may(account, "names.read", where or access.root(), now=timezone.localdate()))
    breaches = [as_breach(one, rules.known[one.rule]) for one in rules.check(where, day, names=names)]
    if args.json:
        as_json({"on": day, "unit": args.unit, "count": len(breaches), "breaches": breaches})
    else:
        table([[b["rule"], b["label"], b["note"], b["title"], b["citation"]] for b in breaches])
        print(_("%s breaches.") % len(breaches) if breaches else _("Every rule is kept."))
    return FINDINGS if breaches else NOTHING


def as_breach(found, rule) -> dict:
    return {
        "rule": found.rule, "title": str(rule.title), "citation": wording.cited(rule.citation),
        "type": found.type, "id": found.id, "label": found.label, "since": found.since,
        "note": str(found.note),
    }  # fmt: skip
