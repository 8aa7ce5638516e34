"""This room is for `orgwork sheet` and `orgwork import` of workbooks: rehearse, agree, apply, undo, write."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from orgwork.exchange.sheets import applying, deciding, rehearsing, undoing, writing
from orgwork.exchange.sheets.imports import GRAVEST, Import, Outcome, State
from orgwork.exchange.sheets.kinds import KINDS
from orgwork.exchange.sheets.sentences import note
from orgwork.foundation.refusals import Refusal
from orgwork.registers.reads import note_read

from . import proposals
from .common import actor, as_json, need, opening_day, table, unit
from .main import FINDINGS, NOTHING, WrongUse
from .words import _

SHOWN = 20  # rows told on the screen; the workbook with remarks has them all


def bring(args) -> int:
    """Rehearse a workbook; with --agree apply what it may, in this process."""
    account, path = actor(args), Path(args.file)
    if not args.kind:
        raise WrongUse(_("Say with --kind what the sheet holds: %s.") % ", ".join(KINDS))
    if not path.is_file():
        raise WrongUse(_("There is no file %s.") % path)
    kept = Path(tempfile.mkdtemp(prefix="orgwork-sheet-")) / "sheet"
    try:
        shutil.copyfile(path, kept)
        found = rehearsing.bring(
            kept, path.name, args.kind, actor=account, door="cli", day=args.day, sheet=args.sheet or "",
            encoding=args.encoding or "",
        )  # fmt: skip
        if found.state == State.ASKING:
            _refuse_headings(found)
        rehearsing.rehearse(found, report=_progress(args, _("rehearsed")))
    finally:
        shutil.rmtree(kept.parent, ignore_errors=True)
    if args.agree:
        _apply(args, found, account)
    if args.remarks:
        _write(
            args.remarks, lambda file: writing.with_remarks(found, KINDS[found.kind], found.rows.all(), file)
        )
    return _tell(args, found)


def _refuse_headings(found: Import) -> None:
    kind = KINDS[found.kind]
    missing = [str(one.label) for one in kind.columns if one.required and one.code not in found.mapping]
    read = ", ".join(name for name in found.headings if name)
    deciding.discard(found)
    raise Refusal(
        _("These columns were not recognised: %(missing)s. The sheet has: %(read)s.")
        % {"missing": ", ".join(missing), "read": read[:300]},
        field="file",
        code="headings",
        hint=_("“orgwork sheet template %s” writes a sheet with the right headings.") % found.kind,
    )


def _apply(args, found: Import, account) -> None:
    applying.agree(found, actor=account)
    applying.apply(found, report=_progress(args, _("applied")))


def _progress(args, word: str):
    def report(done: int, total: int) -> None:
        if not args.json and sys.stderr.isatty():
            print(f"\r{done}/{total} {word}", end="", file=sys.stderr, flush=True)

    return report


def _tell(args, found: Import) -> int:
    kind = KINDS[found.kind]
    look_at = found.rows.filter(outcome__in=GRAVEST).order_by("number")
    if args.json:
        as_json(
            {
                "import": found.pk, "kind": found.kind, "state": found.state, "counts": found.counts,
                "seconds": found.seconds, "notes": [note(code, said) for code, said in found.notes],
                "rows": [
                    {"row": row.number, "outcome": row.outcome, "said": writing.said_of(row, kind)}
                    for row in look_at[:1_000]
                ],
            }
        )  # fmt: skip
    else:
        print(f"{_('Import')} {found.pk} · {kind.label} · {found.get_state_display()}")
        table([[Outcome(code).label, count] for code, count in found.counts.items()], right=(1,))
        for code, said in found.notes:
            print(note(code, said))
        for row in look_at[:SHOWN]:
            print(f"{row.number}: {row.get_outcome_display()} · {writing.said_of(row, kind)}")
    left = any(found.counts.get(code) for code in GRAVEST)
    return FINDINGS if left else NOTHING


def show(args) -> int:
    """The sheets this account brought, the newest first; one of them with its rows."""
    account = actor(args)
    if args.number:
        return _tell(args, _find(args, account))
    rows = Import.objects.filter(created_by=account).order_by("-pk")[:100]
    if args.json:
        as_json({"imports": [{"import": one.pk, "kind": one.kind, "state": one.state, "counts": one.counts}
                             for one in rows]})  # fmt: skip
    else:
        table(
            [[one.pk, one.kind, one.get_state_display(), one.total, one.name] for one in rows], right=(0, 3)
        )
    return NOTHING


def _find(args, account) -> Import:
    found = Import.objects.filter(pk=args.number, created_by=account).first()
    if found is None:
        raise Refusal(_("None of your sheets has the number %s.") % args.number, code="no_such_sheet")
    return found


def apply(args) -> int:
    """Agree to a rehearsed sheet and apply it; goes on where it was cut short."""
    account = actor(args)
    found = _find(args, account)
    if found.state == State.APPLYING:
        applying.apply(found, report=_progress(args, _("applied")))
    else:
        _apply(args, found, account)
    return _tell(args, found)


def why(args) -> int:
    """Reason and paper of what the sheet corrects; it is rehearsed again with them."""
    found = _find(args, actor(args))
    deciding.say_why(found, reason=args.reason, symbol=args.paper, day=args.paper_day.isoformat())
    rehearsing.rehearse(found, report=_progress(args, _("rehearsed")))
    return _tell(args, found)


def undo(args) -> int:
    account = actor(args)
    found = _find(args, account)
    if found.state != State.UNDOING:
        if (waits := undoing.ask(found, actor=account, door="cli")) is not None:
            return proposals.waits(args, waits)
    undoing.undo(found, report=_progress(args, _("undone")))
    return _tell(args, found)


def discard(args) -> int:
    found = _find(args, actor(args))
    deciding.discard(found)
    if args.json:
        as_json({"import": found.pk, "state": found.state})
    return NOTHING


def template(args) -> int:
    kind = rehearsing.kind_of(args.kind)
    rehearsing.require(kind, actor(args))
    return _written(args, lambda file: writing.template(kind, file))


def export(args) -> int:
    """The members under a body as a sheet that can come back."""
    kind = KINDS.get(args.kind)
    if kind is None or kind.export is None:
        known = ", ".join(code for code, one in KINDS.items() if one.export)
        raise WrongUse(_("There is no such export; there are: %s.") % known)
    body = unit(args.unit)
    account = need(args, "names.read", body)
    rows = kind.export(body, args.on or opening_day())
    counted: list[int] = []
    _write(args.output, lambda file: counted.append(
        writing.export(kind.columns, rows, file, name=str(kind.label))
    ))  # fmt: skip
    note_read(account, "names.read", door="cli", unit=body, count=counted[0])
    if args.json:
        as_json({"file": args.output, "rows": counted[0]})
    else:
        print(args.output)
    return NOTHING


def remarks(args) -> int:
    found = _find(args, actor(args))
    kind = KINDS[found.kind]
    return _written(args, lambda file: writing.with_remarks(found, kind, found.rows.all(), file))


def _written(args, write) -> int:
    _write(args.output, write)
    if args.json:
        as_json({"file": args.output})
    else:
        print(args.output)
    return NOTHING


def _write(name: str, write) -> None:
    """Whole or not at all, and read by its owner only."""
    target = Path(name)
    with tempfile.NamedTemporaryFile(dir=target.resolve().parent, delete=False) as file:
        try:
            write(file)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise
    Path(file.name).replace(target)
