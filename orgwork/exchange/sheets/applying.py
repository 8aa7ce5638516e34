"""This room is for applying a sheet that was agreed: the same functions for real, in pieces under one batch.

Each piece is a transaction that also notes which rows it did, so that after a crash the rest goes on and
nothing is done twice. No figure counts the batch until its last piece is there. Before a row is done it is
judged once more; if the outcome is another than was agreed, everything applied so far is taken back.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from orgwork.foundation import batches, jobs
from orgwork.foundation.jobs import Progress
from orgwork.foundation.moments import Act, writing
from orgwork.foundation.refusals import Refusal, WrongState

from . import undoing
from .columns import IDENT
from .imports import EFFECTIVE, Import, ImportRow, Outcome, State
from .kinds import KINDS, Kind
from .lines import Line
from .rehearsing import BREATH, Report, context_of, judge, nothing, one_by_one, refused, require

#: A piece of real procedures ends after so many seconds or rows: whoever waits to write gets a turn.
SECONDS, ROWS = 0.2, 200


class Differs(Exception):
    """Rows have another outcome than was agreed: all of the piece, that nobody has to agree once for each."""

    def __init__(self, lines: Sequence[Line]) -> None:
        super().__init__(lines[0].number)
        self.lines = lines


def agree(brought: Import, *, actor) -> None:
    """Somebody has looked and wants it so. What is doubtful or refused stays behind."""
    require(KINDS[brought.kind], actor)
    with transaction.atomic():
        held = Import.objects.select_for_update(no_key=True).get(pk=brought.pk)
        if held.state != State.REHEARSED:
            raise WrongState(
                _("This sheet is in the state “%(state)s”; only a rehearsed one can be applied.")
                % {"state": held.get_state_display()}
            )
        if not held.effective:
            raise Refusal(
                _("No row of the sheet would change anything; correct the refused ones first."),
                code="nothing_to_do",
            )
        held.state, held.agreed_at, held.message = State.APPLYING, timezone.now(), ""
        held.save(update_fields=["state", "agreed_at", "message"])
    brought.refresh_from_db()


@jobs.job
def apply_in_background(progress: Progress, *, sheet: int) -> dict:
    brought = Import.objects.select_related("created_by").get(pk=sheet)
    apply(brought, report=lambda done, total: progress.report(done, total))
    return {"applied": brought.rows.filter(moment__isnull=False).count()}


def apply(brought: Import, *, report: Report = nothing) -> Import:
    """Do every agreed row that is not done yet."""
    if brought.state == State.APPLIED:
        return brought
    if brought.state != State.APPLYING:
        raise WrongState(_("This sheet has not been agreed; look at it and agree first."))
    kind = KINDS[brought.kind]
    total = brought.effective
    done = brought.rows.filter(moment__isnull=False).count()
    try:
        while rows := _next(brought, kind):
            done += _piece(brought, kind, rows)
            report(min(done, total), total)
            time.sleep(BREATH)
    except Differs as stop:
        _stopped(brought, stop.lines)
        raise Refusal(
            _("Row %(row)s has another outcome than was agreed. Nothing of the sheet counts: what was"
              " applied has been taken back. Look at the row and agree again.")
            % {"row": stop.lines[0].number},
            code="differs",
        ) from None  # fmt: skip
    _complete(brought)
    return brought


def _next(brought: Import, kind: Kind) -> list[ImportRow]:
    rows = brought.rows.filter(outcome__in=EFFECTIVE, moment__isnull=True).order_by("number")
    if kind.apply is None:
        return list(rows[:ROWS])
    together = list(rows.exclude(cells__has_key=IDENT)[: kind.piece])
    return together or list(rows[:ROWS])


def _piece(brought: Import, kind: Kind, rows: Sequence[ImportRow]) -> int:
    """One transaction: judged again, done, noted; how many rows it did."""
    lines = [Line.of(row) for row in rows]
    context = context_of(brought)
    context.whole = False
    with writing(actor=brought.created_by, door="sheet", batch=brought.code) as act:
        batches.open_batch(act, brought.code)
        judge(lines, brought, context, real=False)
        if other := [line for line, row in zip(lines, rows, strict=True) if line.outcome != row.outcome]:
            raise Differs(other)
        if kind.apply is not None and not one_by_one(kind, lines[0].cells):
            kind.apply(act, lines, context)
            done = len(lines)
        else:
            done = _one_by_one(act, kind, lines, context)
        _note(brought, act, lines[:done])
    return done


def _one_by_one(act: Act, kind: Kind, lines: Sequence[Line], context) -> int:
    until = time.monotonic() + SECONDS
    with kind.many():
        for done, line in enumerate(lines, start=1):
            try:
                line.refs = kind.one(act, line, context)
            except Refusal as refusal:
                refused(line, refusal, kind)
                line.settle()
                raise Differs([line]) from None
            if time.monotonic() > until:
                return done
    return len(lines)


def _note(brought: Import, act: Act, lines: Sequence[Line]) -> None:
    """Which rows this transaction did: within it, so that a crash loses both or neither."""
    rows = brought.rows.filter(
        number__gte=lines[0].number, number__lte=lines[-1].number, outcome__in=EFFECTIVE, moment__isnull=True
    )
    if KINDS[brought.kind].apply is not None:
        back = rows.filter(cells__has_key=IDENT)
        rows = back if lines[0].cells.get(IDENT) else rows.exclude(pk__in=back.values("pk"))
    rows.update(moment=act.moment)
    if len(lines) > 1_000:
        return  # of thousands the list of people says who they are
    refs = {line.number: line.refs for line in lines if line.refs}
    kept = list(brought.rows.filter(number__in=refs))
    for row in kept:
        said = dict(refs[row.number])
        row.before = said.pop("before", {})
        row.refs = said
    ImportRow.objects.bulk_update(kept, ["refs", "before"], batch_size=200)


def _complete(brought: Import) -> None:
    brought.state, brought.applied_at = State.APPLIED, timezone.now()
    with transaction.atomic():
        brought.save(update_fields=["state", "applied_at"])
        batches.close_batch(brought.code)


def _stopped(brought: Import, lines: Sequence[Line]) -> None:
    """Take back what was applied; the rows say what is different now."""
    undoing.take_back(brought)
    brought.refresh_from_db()
    for line in lines:
        row = brought.rows.get(number=line.number)
        before = row.outcome
        row.outcome = line.outcome if line.outcome not in EFFECTIVE else Outcome.DOUBTFUL
        row.remarks = [*line.remarks, ["", Outcome.DOUBTFUL, "differs", {}]]
        row.save(update_fields=["outcome", "remarks"])
        brought.counts[before] -= 1
        brought.counts[row.outcome] = brought.counts.get(row.outcome, 0) + 1
    brought.counts = {code: count for code, count in brought.counts.items() if count}
    brought.state = State.REHEARSED
    brought.message = _("Row %(row)s has another outcome than was agreed; look at it and agree again.") % {
        "row": lines[0].number
    }
    brought.save(update_fields=["counts", "state", "message", "code"])
