"""This room is for undoing a sheet: as a batch, later, while nothing else rests on what it brought."""

from __future__ import annotations

import time

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from orgwork.foundation import batches, jobs
from orgwork.foundation.jobs import Progress
from orgwork.foundation.moments import writing
from orgwork.foundation.refusals import WrongState
from orgwork.procedures import batch_undo
from orgwork.procedures.batch_undo import Resting

from .imports import Import, State, new_code
from .kinds import KINDS
from .rehearsing import BREATH, Report, nothing, require


def rests_on(brought: Import) -> list[Resting]:
    """Later acts that would be left hanging."""
    return batch_undo.resting(brought.code) if brought.state == State.APPLIED else []


def ask(brought: Import, *, actor) -> None:
    """Somebody wants the sheet undone; refused, with a list, while later acts rest on it."""
    require(KINDS[brought.kind], actor)
    with transaction.atomic():
        held = Import.objects.select_for_update(no_key=True).get(pk=brought.pk)
        if held.state != State.APPLIED:
            raise WrongState(
                _("This sheet is in the state “%(state)s”; only an applied one can be undone.")
                % {"state": held.get_state_display()}
            )
        batch_undo.refuse_resting(held.code)
        held.state = State.UNDOING
        held.save(update_fields=["state"])
    brought.refresh_from_db()


@jobs.job
def undo_in_background(progress: Progress, *, sheet: int) -> dict:
    brought = Import.objects.select_related("created_by").get(pk=sheet)
    undo(brought, report=lambda done, total: progress.report(done, total))
    return {}


def undo(brought: Import, *, report: Report = nothing) -> Import:
    """Take everything back, piece by piece; goes on where it was cut short."""
    if brought.state == State.UNDONE:
        return brought
    if brought.state != State.UNDOING:
        raise WrongState(_("Only an applied sheet can be undone."))
    try:
        take_back(brought, report=report)
    except batch_undo.RegisterIncomplete:
        # Somebody acted on it meanwhile, before the first piece was taken back.
        brought.state = State.APPLIED
        brought.save(update_fields=["state"])
        raise
    brought.state, brought.undone_at = State.UNDONE, timezone.now()
    brought.save(update_fields=["state", "undone_at"])
    return brought


def take_back(brought: Import, *, report: Report = nothing) -> None:
    """Every piece of the batch, the newest first. No figure sees it half undone."""
    code = f"undo:{brought.code}"
    todo: list = list(
        brought.rows.filter(moment__isnull=False)
        .order_by("-moment")
        .values_list("moment", flat=True)
        .distinct()
    )
    for done, moment in enumerate(todo, start=1):
        with writing(actor=brought.created_by, door="sheet", batch=code) as act:
            batches.open_batch(act, code)
            if done == 1 and brought.state == State.UNDOING and not _begun(code, act.moment):
                batch_undo.refuse_resting(brought.code)
            rows = brought.rows.filter(moment=moment)
            before = [said for said in rows.values_list("before", flat=True) if said]
            batch_undo.undo_moment(act, moment, batch=brought.code, before=before)
            rows.update(moment=None, refs={}, before={})
        report(done, len(todo))
        time.sleep(BREATH)
    with transaction.atomic():
        batches.close_batch(code)
        batches.close_batch(brought.code)
        if brought.state == State.APPLYING:
            # Applied again it is another batch: what the first one wrote was known, and taken back.
            brought.code = new_code()
            brought.save(update_fields=["code"])


def _begun(code: str, moment: int) -> bool:
    from orgwork.foundation.moments import Moment

    return Moment.objects.filter(batch=code, pk__lt=moment).exists()
