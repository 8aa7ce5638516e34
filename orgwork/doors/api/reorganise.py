"""This room is for plans of reorganisation: made from a table, decided about, rehearsed, enacted, undone."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Path, Query, Router, Schema
from pydantic import Field

from orgwork.exchange import reorganise as room
from orgwork.foundation.moments import writing
from orgwork.procedures import reorganisation, reorganisation_jobs
from orgwork.procedures import reorganisation_variants as variants
from orgwork.registers import access
from orgwork.registers.reorganisation import Plan, PlanState

router = Router(tags=["reorganisation"])
ACT = reorganisation_jobs.ACT
BY_RULE = "accept, by this act, what the rules propose for everything that hangs and nobody has accepted"


class PlanOut(Schema):
    plan: str = Field(description="code of the plan")
    day: dt.date
    state: str = Field(description="draft, ready, enacted or undone")
    title: str
    batch: str = Field(description="batch of the enactment in the journal; empty before it")


class Plans(Schema):
    items: list[PlanOut]


class OnePlan(PlanOut):
    counts: dict[str, int] = Field(description="how many changes of each kind")
    changes: list[dict[str, Any]]
    undecided: list[dict[str, Any]]


class TableIn(Schema):
    """Rows with the columns of a table of changes of territories."""

    effective: dt.date
    title: str = Field("", max_length=300)
    rows: list[dict[str, str]] = Field(max_length=20_000)


class DecisionIn(Schema):
    what: str = Field(description="body, place, member or remainder")
    code: str = Field(max_length=60)
    target: str = Field(max_length=120)


class DecisionsIn(Schema):
    decisions: list[DecisionIn] = Field(max_length=20_000)


class Tried(Schema):
    plan: str
    before: dict[str, int]
    after: dict[str, int]
    invariants: list[dict[str, Any]]
    blocked: list[dict[str, Any]]


class Comparison(Schema):
    """Plans beside one another; ``in`` of a change says which of them do it."""

    plans: list[dict[str, Any]]
    changes: list[dict[str, Any]]


def _find(request: HttpRequest, code: str) -> Plan:
    found = Plan.objects.filter(code=code).first()
    if found is None:
        raise Http404(_("No plan has this code."))
    access.require(request.user, ACT, found.unit or access.root(), now=timezone.localdate())
    return found


def _told(plan: Plan) -> dict[str, Any]:
    return {"plan": plan.code, "day": plan.day, "state": plan.state, "title": plan.title, "batch": plan.batch}


def _whole(plan: Plan) -> dict[str, Any]:
    if plan.state == PlanState.ENACTED:
        counts = {k: v for k, v in plan.outcome.get("written", {}).items() if isinstance(v, int)}
        return {**_told(plan), "counts": counts, "changes": [], "undecided": []}
    found = room.answer(plan)
    return {**_told(plan), **{name: found[name] for name in ("counts", "changes", "undecided")}}


@router.get("/reorganisations", response=Plans, operation_id="list_plans")
def plans(request: HttpRequest):
    """Plans at whose head stands a body that the reader may end."""
    now = timezone.localdate()
    access.require(request.user, ACT, None, now=now)
    rows = Plan.objects.select_related("unit").order_by("-day", "code")[:500]
    open_to = [one for one in rows if access.may(request.user, ACT, one.unit or access.root(), now=now)]
    return {"items": [_told(one) for one in open_to]}


@router.post("/reorganisations", response={201: OnePlan}, operation_id="make_plan")
def make(request: HttpRequest, given: TableIn):
    """A plan from a table; changes of bodies follow by written rule. Nothing is true before it is enacted."""
    access.require(request.user, ACT, None, now=timezone.localdate())
    with writing(actor=request.user, door="api") as act:
        plan = room.load(act, given.rows, given.effective, title=given.title)
        access.require(request.user, ACT, plan.unit or access.root(), now=timezone.localdate())
    return 201, _whole(plan)


@router.get("/reorganisations/{code}/beside", response=Comparison, operation_id="compare_plans")
def compare(request: HttpRequest, other: str, third: str = "", code: str = Path(...)):
    """A plan beside one or two others: what only some of them do, counts, what is undecided in each."""
    codes = [one for one in (code, other, third) if one]
    return variants.as_json(variants.beside([_find(request, one) for one in codes]))


@router.get("/reorganisations/{code}", response=OnePlan, operation_id="get_plan")
def one(request: HttpRequest, code: str = Path(...)):
    """What a plan does, and what is undecided."""
    return _whole(_find(request, code))


@router.post("/reorganisations/{code}/decisions", response=OnePlan, operation_id="decide_plan")
def decide(request: HttpRequest, given: DecisionsIn, code: str = Path(...)):
    """Where bodies, places and members go: people say so, nobody guesses."""
    plan = _find(request, code)
    with writing(actor=request.user, door="api"):
        room.decisions(plan, [row.dict() for row in given.decisions], by=request.user)
    return _whole(plan)


@router.post("/reorganisations/{code}/rehearsal", response=Tried, operation_id="rehearse_plan")
def rehearse(request: HttpRequest, code: str = Path(...)):
    """The enactment where it does not count: every invariant before and after, and what is undecided."""
    return reorganisation.rehearse(_find(request, code))


@router.post("/reorganisations/{code}/enactment", response=PlanOut, operation_id="enact_plan")
def enact(request: HttpRequest, code: str = Path(...), by_rule: bool = Query(False, description=BY_RULE)):
    """Everything of the plan, or nothing; refused while anything is undecided or not accepted."""
    plan = _find(request, code)
    allowed = reorganisation_jobs.judge(request.user)
    done = reorganisation.enact(plan, actor=request.user, door="api", allowed=allowed, by_rule=by_rule)
    return _told(done.plan)


@router.post("/reorganisations/{code}/undo", response=PlanOut, operation_id="undo_plan")
def undo(request: HttpRequest, code: str = Path(...)):
    """The whole plan is taken back; refused, with what, while later acts rest on it."""
    plan = _find(request, code)
    allowed = reorganisation_jobs.judge(request.user)
    return _told(reorganisation.undo(plan, actor=request.user, door="api", allowed=allowed))
