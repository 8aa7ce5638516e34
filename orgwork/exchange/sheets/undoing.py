"""This room is for undoing a sheet: as a batch, later, while nothing else rests on what it brought.

It takes two people (``four_eyes.verbs``): the first proposes, a second looks and confirms; then the work is
done in the background. A sheet that stops while it is applied is taken back without asking: it never counted.
"""

from __future__ import annotations

import time

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orgwork.foundation import batches, jobs, provisions
from orgwork.foundation.jobs import Progress
from orgwork.foundation.moments import Act, writing
from orgwork.foundation.refusals import WrongState
from orgwork.procedures import batch_undo, four_eyes, heavy_accounts
from orgwork.procedures.batch_undo import Resting
from orgwork.procedures.proposals import Proposal, ProposalState
from orgwork.registers import access
from orgwork.registers.units import Unit

from .imports import Import, State, new_code
from .kinds import KINDS
from .rehearsing import BREATH, Report, nothing, require

#: A second person is shown exactly what will happen up to so many rows; beyond that how many they are.
SHOWN = 500
WHOLE = "takeover.run"


def rests_on(brought: Import) -> list[Resting]:
    """Later acts that would be left hanging."""
    return batch_undo.resting(brought.code) if brought.state == State.APPLIED else []


def ask(brought: Import, *, actor, door: str = "web") -> Proposal | None:
    """Somebody wants the sheet undone; refused, with a list, while later acts rest on it.

    The proposal that now waits for a second person; None where nobody could be one, and it may go on.
    """
    require(KINDS[brought.kind], actor)
    with writing(actor=actor, door=door) as act:
        held = _applied(brought)
        proposal = _proposed(act, held)
        if proposal is None:
            held.state = State.UNDOING
            held.save(update_fields=["state"])
    brought.refresh_from_db()
    return proposal


def _applied(brought: Import) -> Import:
    """The sheet under its lock, if it can be undone as things stand."""
    held = Import.objects.select_for_update(no_key=True).get(pk=brought.pk)
    if held.state != State.APPLIED:
        raise WrongState(
            _("This sheet is in the state “%(state)s”; only an applied one can be undone.")
            % {"state": held.get_state_display()}
        )
    batch_undo.refuse_resting(held.code)
    return held


def waiting(brought: Import) -> Proposal | None:
    """The proposal to undo it that waits for a second person."""
    rows = Proposal.objects.filter(verb=batch_undo.VERB, state=ProposalState.WAITING)
    return rows.filter(inputs__sheet=brought.pk, expires_on__gte=timezone.localdate()).first()


def _proposed(act: Act, held: Import) -> Proposal | None:
    """Ask a second person, if provisions say so and there is anybody who could be one."""
    asked = provisions.on(act.day)["four_eyes.verbs"].value
    if batch_undo.VERB not in asked or not heavy_accounts.somebody_else(act):
        return None
    if (waits := waiting(held)) is not None:
        raise WrongState(
            _("Proposal %(number)s to undo this sheet waits for a second person already.")
            % {"number": waits.pk},
            code="proposed_already",
        )
    power, over = _by(held, act)
    rows = held.rows.filter(moment__isnull=False).count()
    inputs = {"sheet": held.pk, "name": held.name, "rows": rows}
    return four_eyes.propose(act, batch_undo.VERB, power, day=act.day, inputs=inputs, over=over)


def _by(held: Import, act: Act) -> tuple[str, Unit | None]:
    """By which power the sheet is undone, and over which body the second person needs it: that of whole
    registers where it is held, else the first one that the kind asks for.
    """
    acts = sorted(KINDS[held.kind].acts, key=lambda one: one != WHOLE)
    if act.actor is None:
        return acts[0], access.root()
    mandates = [one for one in access.mandates(act.actor, now=act.day) if one.act in acts]
    mandates.sort(key=lambda one: acts.index(one.act))
    return mandates[0].act, Unit.objects.get(pk=mandates[0].unit)


def _confirmed(proposal: Proposal, act: Act) -> Import:
    """A second person agrees: the work begins. Looked at beforehand, it is done and taken back."""
    held = _applied(Import(pk=proposal.inputs["sheet"]))
    held.state = State.UNDOING
    held.save(update_fields=["state"])
    if act.rehearsal:
        rows = held.rows.filter(moment__isnull=False)
        if rows.count() <= SHOWN:
            moments: list = list(rows.order_by("-moment").values_list("moment", flat=True).distinct())
            for moment in moments:
                before = [
                    said for said in rows.filter(moment=moment).values_list("before", flat=True) if said
                ]
                batch_undo.undo_moment(act, moment, batch=held.code, before=before)
        return held
    name = _("Undo %(name)s") % {"name": held.name}
    job = jobs.enqueue(undo_in_background, name=name, account=proposal.made_by, sheet=held.pk)
    Import.objects.filter(pk=held.pk).update(job=job.pk)
    return held


four_eyes.RUNNERS[batch_undo.VERB] = _confirmed
four_eyes.LABELS[batch_undo.VERB] = (
    gettext_lazy("Undo a sheet"),
    {
        "sheet": gettext_lazy("Number of the sheet"), "name": gettext_lazy("File"),
        "rows": gettext_lazy("Rows"),
    },
)  # fmt: skip


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
