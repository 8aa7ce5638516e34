"""This room is for variants of a plan: copied, held beside one another, and one of them chosen.

Variants are plans of their own with the same first draft. What differs between them is what they do to
bodies, what follows by rule included; nothing is compared that only tells how they were typed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Refusal
from orgwork.registers.reorganisation import (
    ChangeOf,
    Plan,
    PlanClause,
    PlanDecision,
    PlannedChange,
    PlanState,
)

from .cases import Outcome
from .fields import REASON, Field
from .operations import operation
from .reorganisation import blocking_all, make_plan
from .reorganisation_changes import ACT, PLAN, at_the_head, said_of
from .reorganisation_days import days_of, shapes
from .reorganisation_faults import Judge
from .reorganisation_shape import Ref, Shape
from .staffing import plan_of

#: Of each rehearsal these counts stand beside one another; the labels are those of the invariants.
COUNTED = ("bodies", "held_posts", "members")
#: So many plans fit beside one another.
FEWEST, MOST = 2, 3
#: Plans that can still be chosen or withdrawn.
STANDING = (PlanState.DRAFT, PlanState.READY, PlanState.UNDONE)


def family(plan: Plan) -> QuerySet[Plan]:
    """A plan with its variants, the first draft among them."""
    first = plan.variant_of_id or plan.pk
    return Plan.objects.filter(Q(pk=first) | Q(variant_of=first)).order_by("pk")


@operation(
    "plan.variant",
    label=_("Make a variant of a plan"),
    act=ACT,
    at=at_the_head,
    day_label=_("Day"),
    help=_("A copy with everything written and decided, to be changed beside the first one."),
    fields=[PLAN, Field("title", "text", _("Title"), most=300)],
)
def make_variant(act: Act, *, day: dt.date, plan: int, title: str):
    source = plan_of(plan)
    if source.state == PlanState.ENACTED:
        raise Refusal(
            _("The plan %(plan)s is enacted; take it back before you make a variant of it.")
            % {"plan": source.code},
            field="plan", code="plan_enacted",
        )  # fmt: skip
    made = make_plan(
        act, source.day, title=title, unit=source.unit, variant_of=source.variant_of or source,
        papers=source.papers.all(),
    )  # fmt: skip
    copied = copy_clauses(source, made)
    rows = list(source.changes.order_by("order"))
    for row in rows:
        said_in = copied[row.said_in_id] if row.said_in_id else None
        row.pk, row.plan, row.founded, row.said_in = None, made, None, said_in
        row._state.adding = True
    PlannedChange.objects.bulk_create(rows, batch_size=500)
    decided = list(PlanDecision.objects.filter(plan=source).order_by("pk"))
    for one in decided:
        one.pk, one.plan = None, made
        one._state.adding = True
    PlanDecision.objects.bulk_create(decided, batch_size=500)
    return Outcome(result=made)


def copy_clauses(source: Plan, made: Plan) -> dict[int, PlanClause]:
    """The clauses of the text from which a plan was read, by the number of the one each is a copy of."""
    return {
        one.pk: made.clauses.create(order=one.order, clause=one.clause, text=one.text, state=one.state)
        for one in source.clauses.order_by("order")
    }


@operation(
    "plan.choose",
    label=_("Choose this variant"),
    act=ACT,
    at=at_the_head,
    day_label=_("Day"),
    help=_("The other variants are withdrawn; they stay to be looked at, with the reason."),
    fields=[PLAN, REASON],
)
def choose(act: Act, *, day: dt.date, plan: int, reason: str):
    chosen = _standing(plan)
    others = list(
        family(chosen).select_for_update(no_key=True).exclude(pk=chosen.pk).filter(state__in=STANDING)
    )
    if not others:
        raise Refusal(
            _("The plan %(plan)s has no other variant that could be withdrawn.") % {"plan": chosen.code},
            field="plan", code="no_variants",
        )  # fmt: skip
    for one in others:
        _withdraw(one, reason)
    said = {"reason": reason, "others": [one.code for one in others]}
    subjects = said_of(chosen, **said)
    for one in others:
        subjects += said_of(one, reason=reason, chosen=chosen.code)
    return Outcome(subjects=subjects, result=chosen)


@operation(
    "plan.withdraw",
    label=_("Withdraw a plan"),
    act=ACT,
    at=at_the_head,
    day_label=_("Day"),
    help=_("Nothing of it was true; it stays to be looked at, with the reason."),
    fields=[PLAN, REASON],
)
def withdraw(act: Act, *, day: dt.date, plan: int, reason: str):
    held = _standing(plan)
    _withdraw(held, reason)
    return Outcome(subjects=said_of(held, reason=reason), result=held)


def _standing(number: int) -> Plan:
    held = Plan.objects.select_for_update(no_key=True).get(pk=plan_of(number).pk)
    if held.state not in STANDING:
        raise Refusal(
            _("The plan %(plan)s is %(state)s; only one that still stands as a draft can be chosen or"
              " withdrawn.") % {"plan": held.code, "state": held.get_state_display()},
            field="plan", code="not_standing",
        )  # fmt: skip
    return held


def _withdraw(plan: Plan, reason: str) -> None:
    plan.state, plan.note, plan.version = PlanState.WITHDRAWN, reason, plan.version + 1
    plan.save(update_fields=["state", "note", "version"])


# ── beside one another ──────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Doing:
    """Something that plans do to a body, in words: what tells one plan from another."""

    kind: str
    body: str
    to: str
    day: dt.date


@dataclass(frozen=True)
class Beside:
    """One plan as it stands beside others: what it does, what its rehearsal counted, what it leaves open."""

    plan: Plan
    days: list[dt.date]
    doings: frozenset[Doing]
    before: dict[str, int]
    after: dict[str, int]
    undecided: list[dict[str, Any]]

    @property
    def rehearsed(self) -> bool:
        return bool(self.before)


def beside(plans: Sequence[Plan]) -> list[Beside]:
    """Two or three plans, to be held beside one another."""
    if not FEWEST <= len({plan.pk for plan in plans}) <= MOST:
        raise Refusal(
            _("Choose two or three plans to hold beside one another."), field="plan", code="how_many"
        )
    return [_beside(plan) for plan in plans]


def _beside(plan: Plan) -> Beside:
    if plan.state == PlanState.ENACTED:
        raise Refusal(
            _("The plan %(plan)s is enacted: the register stands as it says. Compare plans that are not.")
            % {"plan": plan.code},
            field="plan", code="plan_enacted",
        )  # fmt: skip
    planned = shapes(plan)
    kept = plan.rehearsed if plan.rehearsed.get("version") == plan.version else {}
    return Beside(
        plan, days_of(plan), frozenset(doing for shape in planned for doing in _doings(shape)),
        {code: kept["before"][code] for code in COUNTED} if kept else {},
        {code: kept["after"][code] for code in COUNTED} if kept else {},
        blocking_all(planned),
    )  # fmt: skip


def _doings(shape: Shape):
    judge = Judge(shape)

    def called(ref: Ref | None) -> str:
        code = shape.world.code.get(ref, "") if isinstance(ref, int) and ref > 0 else ""
        return f"{judge.name(ref)} [{code}]" if code else judge.name(ref)

    for row in shape.rows():
        target = row.get("target")
        refs = target if isinstance(target, list) else [target]
        said = [row["to"]] if row["kind"] == ChangeOf.CHANGE_KIND else []
        said += [row["name"]] if row["kind"] == ChangeOf.RENAME else []
        said += [called(ref) for ref in refs if ref]
        body = called(row["subject"]) if "subject" in row else row.get("name", "")
        yield Doing(row["kind"], body, "; ".join(said), shape.day)


def doings(found: Sequence[Beside], *, all_of_them: bool = False) -> list[tuple[Doing, list[bool]]]:
    """Each thing that some plan does, with which of them do it; those that all do only where asked for."""
    every = sorted(
        {one for plan in found for one in plan.doings}, key=lambda one: (one.day, one.body, one.kind, one.to)
    )
    rows = [(one, [one in plan.doings for plan in found]) for one in every]
    return rows if all_of_them else [row for row in rows if not all(row[1])]


def as_json(found: Sequence[Beside]) -> dict[str, Any]:
    """The comparison for programs."""
    return {
        "plans": [
            {
                "plan": one.plan.code, "title": one.plan.title, "state": one.plan.state,
                "days": [day.isoformat() for day in one.days], "rehearsed": one.rehearsed,
                "before": one.before, "after": one.after, "undecided": one.undecided,
            }
            for one in found
        ],
        "changes": [
            {
                "kind": doing.kind, "body": doing.body, "to": doing.to, "day": doing.day.isoformat(),
                "in": [one.plan.code for one, does in zip(found, which, strict=True) if does],
            }
            for doing, which in doings(found)
        ],
    }  # fmt: skip
