"""This room is for `orgwork check` and `orgwork journal verify`: what is found makes the exit code 3."""

from __future__ import annotations

from .common import as_json, need, opening_day, table, unit
from .main import FINDINGS, NOTHING
from .words import _


def verify(args) -> int:
    need(args, "journal.verify")
    from orgwork.foundation import journal

    verdict = journal.verify()
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
        print(wording(finding))
    if verdict.unsealed:
        print(_("%s entries are not sealed yet.") % verdict.unsealed)
    if verdict.erased:
        print(_("The content of %s subjects was erased under an entry of its own.") % verdict.erased)


def wording(finding) -> str:
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
    need(args, "check.run", where)
    from orgwork.registers import rules

    day = args.on or opening_day()
    breaches = [as_breach(found) for found in rules.check(on=day, unit=where)]
    if args.json:
        as_json({"on": day, "unit": args.unit, "breaches": breaches, "count": len(breaches)})
    else:
        table([[b["rule"], b["subject"], b["text"], b["citation"]] for b in breaches])
        print(_("%s breaches.") % len(breaches) if breaches else _("Every rule is kept."))
    return FINDINGS if breaches else NOTHING


def as_breach(found) -> dict:
    subject = getattr(found, "subject", "")
    return {
        "rule": str(getattr(found, "rule", getattr(found, "code", ""))),
        "subject": str(subject),
        "text": str(getattr(found, "text", getattr(found, "message", found))),
        "citation": str(getattr(found, "citation", "")),
    }
