"""This room is for reorganisations as long work: rehearsed, enacted and taken back in the background."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from orgwork.foundation.jobs import Progress, job
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import RegisterIncomplete
from orgwork.registers import access
from orgwork.registers.reorganisation import Plan

from . import reorganisation

#: The power over the body at the head of a plan, for whatever is done with the plan.
ACT = "unit.end"


def judge(account):
    """Refuses whoever holds no power over the body at the head of the plan, on the day of asking."""

    def allowed(act: Act | None, plan: Plan) -> None:
        access.require(account, ACT, plan.unit or access.root(), now=timezone.localdate())

    return allowed


def _telling(progress: Progress):
    step = 0

    def tell(text: str) -> None:
        nonlocal step
        step += 1
        progress.report(step, 12, text)

    return tell


@job
def rehearse_plan(progress: Progress, *, plan: int) -> dict[str, Any]:
    found = Plan.objects.get(pk=plan)
    judge(progress.account)(None, found)
    done = reorganisation.rehearse(found, tell=_telling(progress))
    broken = [one["label"] for one in done["invariants"] if not one["holds"]]
    return {"plan": found.code, "findings": len(done["blocked"]) + len(broken)}


@job
def enact_plan(progress: Progress, *, plan: int) -> dict[str, Any]:
    """Cut short and taken up again, it is done once: who finds it enacted by its own batch says so."""
    found = Plan.objects.get(pk=plan)
    if progress.resume.get("begun") and found.state == "enacted":
        return {"plan": found.code}
    progress.checkpoint(begun=True)
    reorganisation.enact(
        found, actor=progress.account, door="web", tell=_telling(progress), allowed=judge(progress.account)
    )
    return {"plan": found.code}


@job
def undo_plan(progress: Progress, *, plan: int) -> dict[str, Any]:
    found = Plan.objects.get(pk=plan)
    try:
        reorganisation.undo(found, actor=progress.account, door="web", allowed=judge(progress.account))
    except RegisterIncomplete as resting:
        raise type(resting)(
            f"{resting} {'; '.join(str(one) for one in resting.left[:5])}", code=resting.code
        ) from resting
    return {"plan": found.code}
