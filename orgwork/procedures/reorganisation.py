"""This room is for plans of reorganisation from draft to enactment: made, decided about, rehearsed, enacted,
taken back.

A rehearsal runs the very enactment where it does not count (a small plan in a transaction that is rolled
back, a large one on a copy of the register) and brings the counts of every invariant before and after. While
anything is undecided it shows what would hang, and an enactment refuses.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from orgwork.foundation import copies, journal
from orgwork.foundation.many import listed
from orgwork.foundation.moments import Act, writing
from orgwork.foundation.refusals import Refusal, RegisterIncomplete
from orgwork.foundation.rehearsal import rehearsal
from orgwork.registers.area_changes import AreaChange, match_area_changes
from orgwork.registers.areas import Area, AreaName
from orgwork.registers.reorganisation import (
    ChangeOf,
    DecisionOn,
    Plan,
    PlanDecision,
    PlannedChange,
    PlanState,
)
from orgwork.registers.units import Unit, UnitPlacement, lock_tree, names_of

from .reorganisation_enacting import Enacting, Tell, silent
from .reorganisation_invariants import compared, measure
from .reorganisation_rules import propose
from .reorganisation_shape import Open, Ref, Shape
from .reorganisation_undo import take_back
from .reorganisation_world import World

#: Up to so many changed bodies a plan is rehearsed in a transaction of its own; beyond, on a copy.
SMALL = 200


# ── making a plan ───────────────────────────────────────────────────────────────────────────────────────


def new_code(day: dt.date) -> str:
    """The next free code of a plan for the day: ``R2025-07-01``, ``R2025-07-01-2`` …"""
    stem = f"R{day.isoformat()}"
    taken = set(Plan.objects.filter(code__startswith=stem).values_list("code", flat=True))
    numbers = (f"{stem}-{number}" for number in range(2, 100_000))
    return stem if stem not in taken else next(code for code in numbers if code not in taken)


def make_plan(
    act: Act, day: dt.date, *, title: str = "", unit: Unit | None = None, variant_of: Plan | None = None,
    papers: Iterable[Any] = (),
) -> Plan:  # fmt: skip
    """An empty draft."""
    plan = Plan.objects.create(
        code=new_code(day), title=title[:300], day=day, unit=unit, variant_of=variant_of
    )
    plan.papers.set(papers)
    journal.record(
        act, "reorganisation.plan", day=act.day, subjects=[(("plan", plan.pk), {"plan": plan.code})]
    )
    return plan


def plan_from_table(
    act: Act, day: dt.date, rows: Sequence[Mapping[str, str]], changes: Sequence[AreaChange], *,
    title: str = "", papers: Iterable[Any] = (),
) -> Plan:  # fmt: skip
    """A plan whose changes of bodies follow from a table of changes of territories, by written rule."""
    if wrong := [fault for fault in match_area_changes(changes, day) if fault.blocks]:
        raise Refusal(
            _("The table does not fit the register: %(fault)s") % {"fault": str(wrong[0])},
            code="areas_differ",
        )
    world = World(day, changes)
    plan = make_plan(act, day, title=title, papers=papers)
    area_rows = [
        PlannedChange(
            plan=plan, order=number, kind=ChangeOf.AREA, values=dict(row), rule="written",
            clause=str(row.get("article_clause", ""))[:300],
        )
        for number, row in enumerate(rows, 1)
    ]  # fmt: skip
    PlannedChange.objects.bulk_create(area_rows, batch_size=500)
    proposed = list(propose(world))
    add_changes(plan, proposed)
    head = _head(world, [one.get("subject") for one in proposed])
    if head is not None:
        Plan.objects.filter(pk=plan.pk).update(unit=head)
        plan.refresh_from_db()
    return plan


def _head(world: World, units: Iterable[int | None]) -> int | None:
    """The lowest body over everything that changes."""
    common: list[int] | None = None
    for unit in units:
        if unit is None:
            continue
        chain, at = [], world.parent.get(unit)
        while at is not None:
            chain.append(at)
            at = world.parent.get(at)
        common = chain if common is None else [one for one in common if one in set(chain)]
    return common[0] if common else None


def add_changes(plan: Plan, changes: Iterable[Mapping[str, Any]]) -> list[PlannedChange]:
    """Add planned changes at the end; ``subject`` and ``target`` are numbers of bodies."""
    last = plan.changes.order_by("-order").values_list("order", flat=True).first() or 0
    rows = [
        PlannedChange(
            plan=plan, order=last + number, kind=one["kind"], subject_id=one.get("subject"),
            key=one.get("key", ""), target_id=one.get("target"), target_key=one.get("target_key", ""),
            values=one.get("values", {}), clause=one.get("clause", "")[:300], rule=one.get("rule", "written"),
        )
        for number, one in enumerate(changes, 1)
    ]  # fmt: skip
    return PlannedChange.objects.bulk_create(rows, batch_size=500)


def touched(plan: Plan) -> None:
    """A plan that was changed has to be rehearsed anew."""
    if plan.state == PlanState.ENACTED:
        raise Refusal(
            _("The plan %(plan)s is enacted; take it back before you change it.") % {"plan": plan.code},
            code="plan_enacted",
        )
    plan.version += 1
    plan.state, plan.rehearsed = PlanState.DRAFT, {}
    plan.save(update_fields=["version", "state", "rehearsed"])


# ── what is open, and deciding it ───────────────────────────────────────────────────────────────────────


def decide(
    plan: Plan, what: str, subject: int, *, target: Unit | None = None, target_key: str = "", by=None,
    proposed: Ref | None = None,
) -> PlanDecision:  # fmt: skip
    """Somebody says where a body, a place, a member or what a body leaves goes."""
    person = subject if what == DecisionOn.PERSON else None
    ref: Ref = target.pk if target else target_key
    said = {
        "target": target, "target_key": target_key, "by": by,
        "changed": proposed is not None and ref != proposed,
        "person_id": person,
    }  # fmt: skip
    row, _new = PlanDecision.objects.update_or_create(plan=plan, what=what, subject=subject, defaults=said)
    return row


def told(shape: Shape, one: Open) -> dict[str, Any]:
    """An open question, in codes: nobody is named."""
    world, day = shape.world, shape.plan.day
    if one.what == DecisionOn.PLACE:
        area = Area.objects.get(pk=one.subject)
        name = AreaName.objects.on(day).filter(area=area).values_list("name", flat=True).first() or ""
        return {
            "what": "place", "subject": one.subject, "code": area.code, "name": name, "kind": area.kind,
            "choices": list(one.choices),
        }  # fmt: skip
    under = world.code.get(one.under, "")
    choices = [known(shape, ref) for ref in one.choices]
    if one.what == DecisionOn.PERSON:
        return {"what": "member", "subject": one.subject, "under": under, "choices": choices}
    name = world.names.get(one.subject, {}).get("vi", ("", ""))[0]
    return {
        "what": one.what, "subject": one.subject, "code": world.code.get(one.subject, ""), "name": name,
        "under": under, "choices": choices,
    }  # fmt: skip


def known(shape: Shape, ref: Ref | None) -> str:
    """A reference as people read it: the code of a body, or what a planned one goes by."""
    if isinstance(ref, int):
        return shape.world.code.get(ref, str(ref))
    return ref or ""


def blocking(shape: Shape) -> list[dict[str, Any]]:
    """Everything undecided, in codes; and what was planned for later that stands in the way."""
    found = [told(shape, one) for one in shape.open]
    for unit in _no_longer_there(shape):
        found.append({
            "what": "gone", "subject": unit, "code": shape.world.code.get(unit, ""),
            "note": str(_("It does not exist on the day of the plan.")),
        })  # fmt: skip
    for fault in match_area_changes(shape.area_changes, shape.plan.day) if shape.area_changes else ():
        if fault.blocks:
            found.append({"what": "territory", "note": str(fault)})
    return found


def _no_longer_there(shape: Shape) -> list[int]:
    """Bodies of which the plan speaks and which do not exist on its day."""
    wanted = {one.subject_id for one in shape.planned if one.subject_id}
    wanted |= {one.target_id for one in shape.planned if one.target_id}
    return sorted(unit for unit in wanted if unit not in shape.world.parent)


def carried_over(shape: Shape) -> list[dict[str, Any]]:
    """Changes recorded to begin after the day that touch the plan's bodies: they keep their day and go along,
    or lose their ground.
    """
    rows = UnitPlacement.objects.filter(valid_from__gt=shape.plan.day).select_related("unit", "parent")
    found = []
    for row in rows.order_by("valid_from", "pk"):
        ends = row.unit_id in shape.ended
        if ends or row.parent_id in shape.ended or row.unit_id in shape.moved:
            found.append({
                "body": row.unit.code, "on": row.valid_from.isoformat(),
                "to": row.parent.code if row.parent else "", "fate": "ends" if ends else "carried_over",
            })  # fmt: skip
    return found


# ── rehearsal ───────────────────────────────────────────────────────────────────────────────────────────


def rehearse(plan: Plan, *, tell: Tell = silent) -> dict[str, Any]:
    """Run the enactment where it does not count; the counts before and after, what blocks, what is done."""
    shape = Shape(plan)
    small = len(shape.founded) + len(shape.moved) + len(shape.ended) <= SMALL
    if small or connection.in_atomic_block:
        with rehearsal() as act:
            act.batch = "rehearsal"
            found = _tried(act, plan.pk, tell, shape)
    else:
        tell(str(_("a copy of the register")))
        found = copies.rehearse(_on_the_copy, plan.pk, tell).result
    with transaction.atomic():
        now = Plan.objects.select_for_update(no_key=True).get(pk=plan.pk)
        if now.version == plan.version:
            ready = now.state in (PlanState.DRAFT, PlanState.READY, PlanState.UNDONE) and not found["blocked"]
            fits = ready and all(one["holds"] for one in found["invariants"])
            now.rehearsed = {**found, "blocked": len(found["blocked"]), "version": now.version}
            if now.state != PlanState.ENACTED:
                now.state = PlanState.READY if fits else PlanState.DRAFT
            now.save(update_fields=["rehearsed", "state"])
    return found


def _on_the_copy(plan: int, tell: Tell) -> dict[str, Any]:
    with writing(door="rehearsal", batch="rehearsal") as act:
        return _tried(act, plan, tell)


def _tried(act: Act, ident: int, tell: Tell, shape: Shape | None = None) -> dict[str, Any]:
    shape = shape or Shape(Plan.objects.get(pk=ident))
    plan = shape.plan
    if plan.state == PlanState.ENACTED:
        raise Refusal(
            _("The plan %(plan)s is enacted; there is nothing left to rehearse.") % {"plan": plan.code},
            code="plan_enacted",
        )
    lock_tree()
    blocked = blocking(shape)
    tell(str(_("counts before")))
    before = measure(plan.day)
    if any(one["what"] in ("gone", "territory") for one in blocked):
        after, written = before, {}
    else:
        # What is undecided stays where it is: that is what would hang.
        written = Enacting(act, shape, tell=tell, provisional=True).write()
        tell(str(_("counts after")))
        after = measure(plan.day)
    found = compared(before, after)
    return {
        "plan": plan.code, "day": plan.day.isoformat(), "before": before, "after": after,
        "invariants": [one.as_json() for one in found], "blocked": blocked, "changes": shape.counts(),
        "written": written, "carried_over": carried_over(shape),
    }  # fmt: skip


# ── enactment and undo ──────────────────────────────────────────────────────────────────────────────────


class Blocked(RegisterIncomplete):
    """Something is undecided; ``left`` says what."""

    code = "plan_blocked"


@dataclass(frozen=True)
class Enacted:
    """What an enactment leaves to be said."""

    plan: Plan
    written: dict[str, int]
    invariants: list[dict[str, Any]]


def enact(
    plan: Plan, *, actor=None, door: str = "web", tell: Tell = silent,
    allowed: Callable[[Act, Plan], None] = lambda act, plan: None,
) -> Enacted:  # fmt: skip
    """Everything of the plan in one transaction, or nothing; done again after a crash, it is done once."""
    runs = len(plan.outcome.get("batches", ())) + 1
    batch = f"reorganise:{plan.code}:{runs}"
    with writing(actor=actor, door=door, batch=batch) as act:
        lock_tree()
        held = Plan.objects.select_for_update(no_key=True).get(pk=plan.pk)
        allowed(act, held)
        if held.state == PlanState.ENACTED:
            raise Refusal(
                _("The plan %(plan)s is enacted already.") % {"plan": held.code}, code="plan_enacted"
            )
        shape = Shape(held)
        if left := blocking(shape):
            raise Blocked(
                _("The plan %(plan)s leaves %(count)s questions undecided; nothing was changed.")
                % {"plan": held.code, "count": len(left)},
                left=left, code="plan_blocked",
            )  # fmt: skip
        _lock_bodies(shape)
        tell(str(_("counts before")))
        before = measure(held.day)
        enacting = Enacting(act, shape, tell=tell)
        written = enacting.write()
        tell(str(_("counts after")))
        found = compared(before, measure(held.day))
        _refuse_broken(held, found)
        held.state, held.batch, held.moment = PlanState.ENACTED, batch, act.moment
        held.version += 1
        held.outcome = {
            "invariants": [one.as_json() for one in found], "written": written,
            "founded": enacting.ids, "batches": [*held.outcome.get("batches", ()), batch],
            "cells": {str(unit): enacting.unit(ref) for unit, ref in shape.members.items()},
            "carried_over": carried_over(shape),
        }  # fmt: skip
        held.save()
    return Enacted(held, written, held.outcome["invariants"])


def _lock_bodies(shape: Shape) -> None:
    """Bodies that end, in the order of their numbers: whoever writes about one of them has been and gone."""
    if connection.features.has_select_for_update and shape.ended:
        with listed((unit,) for unit in sorted(shape.ended)) as names, connection.cursor() as cursor:
            cursor.execute(
                f"SELECT id FROM registers_unit WHERE id IN (SELECT ident FROM {names})"  # noqa: S608
                " ORDER BY id FOR NO KEY UPDATE"
            )


def _refuse_broken(plan: Plan, found) -> None:
    broken = [one for one in found if not one.holds]
    if broken:
        raise Refusal(
            _("The plan %(plan)s would not leave everything as it must be: %(what)s. Nothing was changed.")
            % {
                "plan": plan.code,
                "what": "; ".join(f"{one.label} {one.before} → {one.after}" for one in broken[:5]),
            },
            code="invariant_broken",
        )


def undo(
    plan: Plan,
    *,
    actor=None,
    door: str = "web",
    allowed: Callable[[Act, Plan], None] = lambda act, plan: None,
) -> Plan:
    """Take an enacted plan back as a whole."""
    with writing(actor=actor, door=door, batch=f"undo:{plan.batch}"[:64]) as act:
        lock_tree()
        held = Plan.objects.select_for_update(no_key=True).get(pk=plan.pk)
        allowed(act, held)
        if held.state != PlanState.ENACTED or held.moment is None:
            raise Refusal(
                _("The plan %(plan)s is not enacted; there is nothing to take back.") % {"plan": held.code},
                code="not_enacted",
            )
        if held.closed_on is not None:
            raise Refusal(
                _("The plan %(plan)s is closed: everybody affected has a solution, everything is handed "
                  "over. It is not taken back; plan what is to change now.") % {"plan": held.code},
                code="closed",
            )  # fmt: skip
        take_back(act, held)
        held.state, held.moment = PlanState.UNDONE, None
        held.version += 1
        held.save()
    return held


def find(code: str) -> Plan:
    """The plan of that code, however it is written."""
    found = Plan.objects.filter(code__iexact=re.sub(r"\s", "", code)).first()
    if found is None:
        raise Refusal(_("There is no plan %(plan)s.") % {"plan": code}, code="no_such_plan")
    return found


def names(shape: Shape, refs: Iterable[Ref]) -> dict[Ref, str]:
    """What bodies and planned bodies are called."""
    refs = list(refs)
    standing = names_of([ref for ref in refs if isinstance(ref, int)], shape.plan.day)
    found: dict[Ref, str] = {ref: name for ref, name in standing.items()}  # noqa: C416  of a wider type
    for ref in refs:
        if isinstance(ref, str) and ref in shape.founded:
            found[ref] = (shape.founded[ref].names.get("vi") or [ref])[0]
    return found
