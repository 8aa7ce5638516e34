"""This room is for plans of reorganisation from draft to enactment: made, decided about, rehearsed, enacted,
taken back.

A rehearsal runs the very enactment where it does not count (a small plan in a transaction that is rolled
back, a large one on a copy of the register) and brings the counts of every invariant before and after. While
anything is undecided it shows what would hang, and an enactment refuses.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
from orgwork.registers.areas import Area, AreaKind, AreaName
from orgwork.registers.reorganisation import (
    LEFT_OPEN,
    ChangeOf,
    ClauseState,
    DecisionOn,
    Plan,
    PlanDecision,
    PlannedChange,
    PlanState,
)
from orgwork.registers.units import Unit, UnitPlacement, lock_tree, names_of

from .reorganisation_accepting import accept, blocked, left_over
from .reorganisation_days import shapes
from .reorganisation_enacting import Enacting, Tell, silent
from .reorganisation_faults import code_of, faults
from .reorganisation_hanging import groups
from .reorganisation_invariants import compared, measure
from .reorganisation_rules import propose
from .reorganisation_shape import Open, Ref, Shape, planned_area_changes
from .reorganisation_undo import take_back
from .reorganisation_world import World

#: What keeps a plan from being written even where it does not count: it speaks of what is not there.
IMPOSSIBLE = ("gone", "territory", "change")
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
    title: str = "", papers: Iterable[Any] = (), clauses: Iterable[tuple[str, str]] = (),
) -> Plan:  # fmt: skip
    """A plan whose changes of bodies follow from a table of changes of territories, by written rule.

    ``clauses`` are those of the text from which the rows were read, with their words, to be checked. Where
    the text leaves a place open, the draft is kept as it is, and blocks until a person has chosen.
    """
    undecided = any(LEFT_OPEN in row for row in rows)
    wrong = [fault for fault in match_area_changes(changes, day) if fault.blocks] if changes else []
    if wrong and not undecided:
        raise Refusal(
            _("The table does not fit the register: %(fault)s") % {"fault": str(wrong[0])},
            code="areas_differ",
        )
    world = World(day, changes)
    plan = make_plan(act, day, title=title, papers=papers)
    said_in = {
        clause: plan.clauses.create(order=number, clause=clause[:300], text=text).pk
        for number, (clause, text) in enumerate(clauses, 1)
    }
    area_rows = [
        PlannedChange(
            plan=plan, order=number, kind=ChangeOf.AREA, values=dict(row), rule="written",
            clause=str(row.get("article_clause", ""))[:300],
            said_in_id=said_in.get(str(row.get("article_clause", ""))),
        )
        for number, row in enumerate(rows, 1)
    ]  # fmt: skip
    PlannedChange.objects.bulk_create(area_rows, batch_size=500)
    proposed = _proposed(plan, world, said_in) if changes and not wrong else []
    head = _of_province(world, rows) if undecided else _head(world, [one.get("subject") for one in proposed])
    if head is not None:
        Plan.objects.filter(pk=plan.pk).update(unit=head)
        plan.refresh_from_db()
    return plan


def _proposed(plan: Plan, world: World, said_in: Mapping[str, int]) -> list[dict[str, Any]]:
    """What follows by rule is planned, but for bodies of which the plan says something else by hand."""
    by_hand = plan.changes.exclude(kind=ChangeOf.AREA).filter(rule="written")
    told = set(by_hand.values_list("subject", "key"))
    proposed = [
        {**one, "said_in": said_in.get(one.get("clause", ""))}
        for one in propose(world)
        if (one.get("subject"), one.get("key", "")) not in told
    ]
    add_changes(plan, proposed)
    return proposed


def follow_anew(plan: Plan) -> None:
    """Changes of bodies follow anew from the territories, after those were corrected or left out.

    While the territories do not fit the register nothing follows; what is wrong blocks the plan.
    """
    plan.changes.exclude(kind=ChangeOf.AREA).exclude(rule="written").delete()
    changes = planned_area_changes(plan)
    if changes and not any(fault.blocks for fault in match_area_changes(changes, plan.day)):
        said_in = dict(plan.clauses.values_list("clause", "pk"))
        _proposed(plan, World(plan.day, changes), said_in)


def _of_province(world: World, rows: Iterable[Mapping[str, str]]) -> int | None:
    """The body over the province of which a text speaks; None where it joins several."""
    codes = {row.get(name, "") for row in rows for name in ("old_province_code", "new_province_code")} - {""}
    if len(codes) != 1:
        return None
    area = Area.objects.filter(kind=AreaKind.PROVINCE, code__in=codes).values_list("pk", flat=True).first()
    return next(iter(world.leading(area)), None) if area else None


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
            said_in_id=one.get("said_in"),
        )
        for number, one in enumerate(changes, 1)
    ]  # fmt: skip
    return PlannedChange.objects.bulk_create(rows, batch_size=500)


def refuse_withdrawn(plan: Plan) -> None:
    if plan.state == PlanState.WITHDRAWN:
        raise Refusal(
            _("The plan %(plan)s was withdrawn; make a variant of it and write that.") % {"plan": plan.code},
            code="plan_withdrawn",
        )


def touched(plan: Plan) -> None:
    """A plan that was changed has to be rehearsed anew."""
    if plan.state == PlanState.ENACTED:
        raise Refusal(
            _("The plan %(plan)s is enacted; take it back before you change it.") % {"plan": plan.code},
            code="plan_enacted",
        )
    refuse_withdrawn(plan)
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
    world, day = shape.world, shape.day
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
    """Everything undecided, in codes; what cannot be as it is planned, and what nobody has checked yet."""
    found = [told(shape, one) for one in shape.open]
    for fault in faults(shape):
        if fault.refusal.code != "no_such_body":
            found.append({
                "what": "change", "subject": fault.change.order, "code": code_of(fault.change),
                "note": str(fault.refusal),
            })  # fmt: skip
    for unit in _decided_before(shape):
        found.append({
            "what": "change", "subject": unit, "code": shape.world.code.get(unit, ""),
            "note": str(_("Where it goes is decided, but that body ends on a later day of the plan, too: make"
                          " the later day a plan of its own.")),
        })  # fmt: skip
    for unit in _no_longer_there(shape):
        found.append({
            "what": "gone", "subject": unit, "code": shape.world.code.get(unit, ""),
            "note": str(_("It does not exist on the day of the plan.")),
        })  # fmt: skip
    for wrong in match_area_changes(shape.area_changes, shape.day) if shape.area_changes else ():
        if wrong.blocks:
            found.append({"what": "territory", "note": str(wrong)})
    return found


def _decided_before(shape: Shape) -> list[int]:
    """Bodies sent on an earlier day to one that ends on this: of a body one thing is decided in a plan."""
    sent = [
        unit for unit, (target, rule) in shape.moved.items() if rule == "decided" and target in shape.ended
    ]
    return sorted(sent)


def _no_longer_there(shape: Shape) -> list[int]:
    """Bodies of which the plan speaks and which do not exist on its day."""
    wanted = {one.subject_id for one in shape.planned if one.subject_id}
    wanted |= {one.target_id for one in shape.planned if one.target_id}
    return sorted(unit for unit in wanted if unit not in shape.world.parent)


def carried_over(shape: Shape) -> list[dict[str, Any]]:
    """Changes recorded to begin after the day that touch the plan's bodies: they keep their day and go along,
    or lose their ground.
    """
    rows = UnitPlacement.objects.filter(valid_from__gt=shape.day).select_related("unit", "parent")
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
    planned = shapes(plan)
    small = sum(len(one.founded) + len(one.moved) + len(one.ended) for one in planned) <= SMALL
    if small or connection.in_atomic_block:
        with rehearsal() as act:
            act.batch = "rehearsal"
            found = _tried(act, plan.pk, tell, planned)
    else:
        tell(str(_("a copy of the register")))
        found = copies.rehearse(_on_the_copy, plan.pk, tell).result
    with transaction.atomic():
        now = Plan.objects.select_for_update(no_key=True).get(pk=plan.pk)
        if now.version == plan.version:
            fits = not found["blocked"] and all(one["holds"] for one in found["invariants"])
            now.rehearsed = {**found, "blocked": len(found["blocked"]), "version": now.version}
            if now.state in (PlanState.DRAFT, PlanState.READY, PlanState.UNDONE):
                now.state = PlanState.READY if fits else PlanState.DRAFT
            now.save(update_fields=["rehearsed", "state"])
    return found


def _on_the_copy(plan: int, tell: Tell) -> dict[str, Any]:
    with writing(door="rehearsal", batch="rehearsal") as act:
        return _tried(act, plan, tell)


def _tried(act: Act, ident: int, tell: Tell, planned: list[Shape] | None = None) -> dict[str, Any]:
    planned = planned or shapes(Plan.objects.get(pk=ident))
    plan = planned[0].plan
    if plan.state == PlanState.ENACTED:
        raise Refusal(
            _("The plan %(plan)s is enacted; there is nothing left to rehearse.") % {"plan": plan.code},
            code="plan_enacted",
        )
    lock_tree()
    open_, carried = blocking_all(planned), carried_over_all(planned)
    hang = groups(planned)
    done: list[_Day] = []
    if any(one["what"] in IMPOSSIBLE for one in open_):
        tell(str(_("counts before")))
        counts = measure(plan.day)
        before, after = counts, counts
        invariants = [one.as_json() for one in compared(counts, counts)]
    else:
        # What is undecided stays where it is: that is what would hang.
        done = list(_day_by_day(act, planned, tell, provisional=True))
        before, after = done[0].before, done[-1].after
        invariants = _proved(done)
    return {
        "plan": plan.code, "day": plan.day.isoformat(), "before": before, "after": after,
        "invariants": invariants, "blocked": open_, "changes": counts_of(planned),
        "written": _added(one.written for one in done), "carried_over": carried,
        "hanging": {"groups": len(hang), "unaccepted": len(left_over(hang))},
    }  # fmt: skip


# ── day by day ──────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class _Day:
    """One day of a plan, written: its shape, the counts before and after, and what was written."""

    shape: Shape
    enacting: Enacting
    before: dict[str, int]
    after: dict[str, int]
    written: dict[str, int]
    carried: list[dict[str, Any]]


def _day_by_day(
    act: Act, planned: Sequence[Shape], tell: Tell, *, provisional: bool = False,
    look: Callable[[Shape], None] = lambda shape: None,
) -> Iterator[_Day]:  # fmt: skip
    """Each day of a plan in order, upon what the earlier ones have just written, in one moment."""
    fresh: dict[str, int] = {}
    for shape in planned:
        if shape is not planned[0]:
            world = World(shape.day)
            world.fresh = dict(fresh)
            shape = Shape(shape.plan, world, day=shape.day)
        look(shape)
        tell(str(_("counts before")))
        before, carried = measure(shape.day), carried_over(shape)
        enacting = Enacting(act, shape, tell=tell, provisional=provisional)
        written = enacting.write()
        tell(str(_("counts after")))
        fresh |= enacting.ids
        yield _Day(shape, enacting, before, measure(shape.day), written, carried)


def stages(planned: Sequence[Shape]) -> int:
    """How often a rehearsal or an enactment says where it is: a copy is made, each day counted twice."""
    return 1 + sum(2 + Enacting.stages(shape) for shape in planned)


def _proved(done: Sequence[_Day]) -> list[dict[str, Any]]:
    """Every invariant, of each day where there are several."""
    several = len(done) > 1
    return [
        {**one.as_json(), **({"day": day.shape.day.isoformat()} if several else {})}
        for day in done for one in compared(day.before, day.after)
    ]  # fmt: skip


def _added(many: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Numbers of several days added up."""
    found: dict[str, Any] = {}
    for one in many:
        for name, value in one.items():
            found[name] = found[name] + value if isinstance(value, int) and name in found else value
    return found


def counts_of(planned: Sequence[Shape]) -> dict[str, int]:
    """How many changes of each kind, on all days together."""
    found = _added(one.counts() for one in planned)
    return {kind: found[kind] for kind in ChangeOf.values if kind in found}


def blocking_all(planned: Sequence[Shape]) -> list[dict[str, Any]]:
    """Everything undecided on any day of a plan, and every clause of its text that nobody has checked."""
    plan = planned[0].plan
    unchecked = list(plan.clauses.filter(state=ClauseState.OPEN).order_by("order"))
    places = plan.changes.filter(kind=ChangeOf.AREA, said_in__in=unchecked, values__has_key=LEFT_OPEN)
    undecided = set(places.values_list("said_in", flat=True))
    return [
        *(one for shape in planned for one in blocking(shape)),
        *(
            {"what": "clause", "subject": one.order, "code": "", "name": one.clause,
             "note": str(
                 _("The text leaves a place open here; choose the territory, or leave the clause out.")
                 if one.pk in undecided else _("Nobody has checked this clause against the text yet.")
             )}
            for one in unchecked
        ),
    ]  # fmt: skip


def carried_over_all(planned: Sequence[Shape]) -> list[dict[str, Any]]:
    return [one for shape in planned for one in carried_over(shape)]


# ── enactment and undo ──────────────────────────────────────────────────────────────────────────────────


class Blocked(RegisterIncomplete):
    """Something is undecided, or nobody has accepted it; ``left`` says what."""

    code = "plan_blocked"


@dataclass(frozen=True)
class Enacted:
    """What an enactment leaves to be said."""

    plan: Plan
    written: dict[str, int]
    invariants: list[dict[str, Any]]


def enact(
    plan: Plan, *, actor=None, door: str = "web", tell: Tell = silent, by_rule: bool = False,
    allowed: Callable[[Act, Plan], None] = lambda act, plan: None,
) -> Enacted:  # fmt: skip
    """Everything of the plan in one transaction, or nothing; done again after a crash, it is done once.

    ``by_rule``: whoever enacts accepts what the rules propose wherever nobody has accepted it before.
    """
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
        refuse_withdrawn(held)
        planned = shapes(held)
        _refuse_open(held, blocking_all(planned))
        _all_accepted(act, held, planned, by_rule)
        done = []
        for day in _day_by_day(act, planned, tell, look=lambda shape: _ready(held, shape)):
            _refuse_broken(held, compared(day.before, day.after))
            done.append(day)
        held.state, held.batch, held.moment = PlanState.ENACTED, batch, act.moment
        held.version += 1
        written = _added(day.written for day in done)
        held.outcome = {
            "invariants": _proved(done), "written": written,
            "founded": {key: ident for day in done for key, ident in day.enacting.ids.items()},
            "batches": [*held.outcome.get("batches", ()), batch],
            "cells": {
                str(unit): day.enacting.unit(ref)
                for day in done for unit, ref in day.shape.members.items()
            },
            "carried_over": [one for day in done for one in day.carried],
        }  # fmt: skip
        held.save()
    return Enacted(held, written, held.outcome["invariants"])


def _refuse_open(plan: Plan, left: list[dict[str, Any]]) -> None:
    if left:
        raise Blocked(
            _("The plan %(plan)s leaves %(count)s questions undecided; nothing was changed.")
            % {"plan": plan.code, "count": len(left)},
            left=left, code="plan_blocked",
        )  # fmt: skip


def _all_accepted(act: Act, plan: Plan, planned: Sequence[Shape], by_rule: bool) -> None:
    """Whatever hangs has a successor that a person accepted or chose."""
    hang = groups(planned)
    if by_rule:
        accept(act, plan, hang)
    elif left := blocked(hang):
        raise Blocked(
            _("%(count)s groups of what hangs in the plan %(plan)s are not accepted yet: accept what the"
              " rules propose, or send it elsewhere. Nothing was changed.")
            % {"plan": plan.code, "count": len(left)},
            left=left, code="plan_unaccepted",
        )  # fmt: skip


def _ready(plan: Plan, shape: Shape) -> None:
    """A later day is looked at again once the earlier ones are written."""
    if shape.day != plan.day:
        _refuse_open(plan, blocking(shape))
    _lock_bodies(shape)


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
    tell: Tell = silent,
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
        take_back(act, held, tell)
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
    standing = names_of([ref for ref in refs if isinstance(ref, int)], shape.day)
    found: dict[Ref, str] = {ref: name for ref, name in standing.items()}  # noqa: C416  of a wider type
    planned = {key: one for day in (*shape.world.earlier, shape) for key, one in day.founded.items()}
    keys = {number: key for key, number in shape.world.fresh.items()}
    for ref in refs:
        key = keys.get(ref) if isinstance(ref, int) else ref
        if key in planned:
            found[ref] = (planned[key].names.get("vi") or [key])[0]
    return found
