"""This room is for reorganisations as long work: rehearsed, enacted and taken back in the background."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from orgwork.foundation.jobs import Progress, job
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import RegisterIncomplete
from orgwork.registers import access
from orgwork.registers.reorganisation import Plan, PlanState

from . import reorganisation
from .batch_undo import dated_models
from .reorganisation_days import shapes

#: The power over the body at the head of a plan, for whatever is done with the plan.
ACT = "unit.end"


def judge(account):
    """Refuses whoever holds no power over the body at the head of the plan, on the day of asking."""

    def allowed(act: Act | None, plan: Plan) -> None:
        access.require(account, ACT, plan.unit or access.root(), now=timezone.localdate())

    return allowed


def _telling(progress: Progress, total: int):
    """Says which stage of how many has begun, and of how many bodies it speaks."""
    step = 0

    def tell(text: str) -> None:
        nonlocal step
        step += 1
        progress.report(min(step, total), total, text)

    return tell


def _stages(plan: Plan) -> int:
    """Of a plan that is enacted already nothing is worked out: whoever tries is refused."""
    return 1 if plan.state == PlanState.ENACTED else reorganisation.stages(shapes(plan))


@job
def rehearse_plan(progress: Progress, *, plan: int) -> dict[str, Any]:
    found = Plan.objects.get(pk=plan)
    judge(progress.account)(None, found)
    done = reorganisation.rehearse(found, tell=_telling(progress, _stages(found)))
    broken = [one["label"] for one in done["invariants"] if not one["holds"]]
    return {
        "plan": found.code, "findings": len(done["blocked"]) + len(broken),
        "held": len(done["invariants"]) - len(broken), "unaccepted": done["hanging"]["unaccepted"],
    }  # fmt: skip


@job
def enact_plan(progress: Progress, *, plan: int) -> dict[str, Any]:
    """Cut short and taken up again, it is done once: who finds it enacted by its own batch says so."""
    found = Plan.objects.get(pk=plan)
    if progress.resume.get("begun") and found.state == PlanState.ENACTED:
        return _came(found)
    tell = _telling(progress, _stages(found))
    progress.checkpoint(begun=True)
    done = reorganisation.enact(
        found, actor=progress.account, door="web", tell=tell, allowed=judge(progress.account)
    )
    return _came(done.plan)


def _came(plan: Plan) -> dict[str, Any]:
    """What an enactment did, in numbers."""
    written, invariants = plan.outcome["written"], plan.outcome["invariants"]
    numbers = [number for number in written.values() if isinstance(number, int)]
    some = ("founded", "moved", "ended", "members")
    return {
        "plan": plan.code, **{name: written.get(name, 0) for name in some},
        "records": sum(numbers), "held": sum(1 for one in invariants if one["holds"]),
    }  # fmt: skip


@job
def undo_plan(progress: Progress, *, plan: int) -> dict[str, Any]:
    found = Plan.objects.get(pk=plan)
    tell = _telling(progress, len(dated_models()))
    try:
        reorganisation.undo(
            found, actor=progress.account, door="web", tell=tell, allowed=judge(progress.account)
        )
    except RegisterIncomplete as resting:
        raise type(resting)(
            f"{resting} {'; '.join(str(one) for one in resting.left[:5])}", code=resting.code
        ) from resting
    return {"plan": found.code}


#: The kinds of jobs that are about a plan.
KINDS = tuple(f"{one.__module__}:{one.__qualname__}" for one in (rehearse_plan, enact_plan, undo_plan))
