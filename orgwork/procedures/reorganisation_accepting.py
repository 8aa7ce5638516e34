"""This room is for accepting what rules propose for everything that hangs on bodies that end, and for sending
it elsewhere: for a group, for single things, or for all that a filter leaves.

What was accepted is kept with who did so and when, and counts while the rule proposes the same. What is sent
elsewhere is a decision like any other of the plan. Enacting asks that nothing is left over.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orgwork.foundation import bulk, journal
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Refusal
from orgwork.foundation.search import fold
from orgwork.registers.hanging import Choice
from orgwork.registers.reorganisation import DecisionOn, Plan, PlanAcceptance, PlanDecision, PlanState
from orgwork.registers.units import Unit

from .reorganisation_hanging import MEMBERS, Group, groups, stable
from .reorganisation_shape import Ref, Shape

STATES = {"open": _("not accepted yet"), "accepted": _("accepted"), "decided": _("decided by a person")}
#: In tables and addresses: back to what the rule proposes.
BY_RULE = "rule"


@dataclass(frozen=True)
class Which:
    """Which groups are meant: kind of thing, body that ends, successor, state, words of the body's name."""

    kind: str = ""
    body: str = ""
    successor: str = ""
    state: str = ""
    words: str = ""


def state_of(one: Group) -> str:
    return "decided" if one.decided else "accepted" if one.accepted else "open"


def left_over(found: Iterable[Group]) -> list[Group]:
    """Groups that nobody has accepted or decided yet."""
    return [one for one in found if not one.done]


def narrowed(found: Iterable[Group], which: Which, names: dict[int, str] | None = None) -> list[Group]:
    """The groups that are meant; names of bodies are needed for words only."""
    words = fold(which.words).split()
    body = Unit.objects.filter(code=which.body).values_list("pk", flat=True).first() if which.body else None
    return [
        one for one in found
        if which.kind in ("", one.kind)
        and (not which.body or one.unit == body)
        and which.successor in ("", known(one.shape, one.heir))
        and which.state in ("", state_of(one))
        and all(word in fold((names or {}).get(one.unit, "")) for word in words)
    ]  # fmt: skip


def known(shape: Shape, ref: Ref | None) -> str:
    """A successor as it is written: the code of a body, or what a planned one goes by."""
    target, key = stable(shape, ref)
    return shape.world.code.get(target, str(target)) if target else key


def told(one: Group) -> dict[str, Any]:
    """A group for programs, in codes."""
    row = one.accepted
    return {
        "kind": one.kind, "body": known(one.shape, one.unit), "to": known(one.shape, one.heir),
        "count": one.count, "rule": str(one.rule), "state": state_of(one),
        "accepted_by": row.by.username if row and row.by else "",
        "accepted_at": row.at.isoformat() if row else None,
    }  # fmt: skip


def blocked(found: Iterable[Group]) -> list[dict[str, Any]]:
    """What nobody has accepted, as enacting names it."""
    return [
        {"what": "unaccepted", "kind": one.kind, "code": known(one.shape, one.unit),
         "to": known(one.shape, one.heir), "count": one.count}
        for one in left_over(found)
    ]  # fmt: skip


# ── accepting ───────────────────────────────────────────────────────────────────────────────────────────


def held_open(plan: Plan) -> Plan:
    """The plan, locked: two who accept at once do so one after the other."""
    held = Plan.objects.select_for_update(no_key=True).get(pk=plan.pk)
    if held.state in (PlanState.ENACTED, PlanState.WITHDRAWN):
        raise Refusal(
            _("The plan %(plan)s is %(state)s; nothing of it is accepted or changed any more.")
            % {"plan": held.code, "state": held.get_state_display()},
            code="plan_shut",
        )
    return held


def accept(act: Act, plan: Plan, found: Iterable[Group]) -> int:
    """Somebody accepts what the rules propose for these groups; how many were not accepted before."""
    fresh = left_over(found)
    if nobody := [one for one in fresh if one.heir is None]:
        raise Refusal(
            _("Nobody follows on %(body)s: say where its %(what)s go before you accept.")
            % {"body": known(nobody[0].shape, nobody[0].unit), "what": nobody[0].label},
            code="nobody_follows",
        )
    if not fresh:
        return 0
    at, by = timezone.now(), getattr(act.actor, "pk", None)
    columns = ("plan", "what", "unit", "target", "target_key", "count", "by", "at")
    rows = ((plan.pk, one.what, one.unit, *one.stable, one.count, by, at) for one in fresh)
    bulk.insert(PlanAcceptance, columns, rows)
    things = sum(one.count for one in fresh)
    _say(act, plan, "reorganisation.accept", groups=len(fresh), count=things)
    return len(fresh)


def _say(act: Act, plan: Plan, verb: str, **said: Any) -> None:
    journal.record(act, verb, day=act.day, subjects=[(("plan", plan.pk), {"plan": plan.code, **said})])


# ── sending elsewhere ───────────────────────────────────────────────────────────────────────────────────


def target_of(planned: Sequence[Shape], said: str) -> Ref:
    """Where somebody sends things: a body's code, or what one that the plan founds goes by."""
    said = said.strip()
    if any(said in shape.founded for shape in planned):
        return said
    unit = Unit.objects.filter(code=said).values_list("pk", flat=True).first()
    last = planned[-1]
    if unit is None:
        founded = next(
            (shape.resolve(said) for shape in planned if shape.resolve(said) not in (None, said)), None
        )
        if founded is None:
            raise Refusal(
                _("No body has the code %(code)s, and the plan founds none that goes by it.")
                % {"code": said},
                field="to", code="no_such_body",
            )  # fmt: skip
        return founded
    if unit not in last.world.parent or any(unit in shape.ended for shape in planned):
        raise Refusal(
            _("%(code)s does not exist after the plan; choose a body that goes on or is founded.")
            % {"code": said},
            field="to", code="no_such_body",
        )  # fmt: skip
    return unit


def send(
    act: Act, plan: Plan, planned: Sequence[Shape], found: Sequence[Group], to: Ref | None,
    things: Iterable[int] | None = None,
) -> int:  # fmt: skip
    """What the groups hold, or single things of them, goes elsewhere; ``None``: back to what the rule says.

    How many decisions that are. Everything that a body leaves goes together to one keeper.
    """
    from .reorganisation import touched

    only = None if things is None else set(things)
    subjects: dict[tuple[str, int], Group] = {}
    for one in found:
        if one.choice == Choice.RULE:
            raise Refusal(
                _("Where %(what)s go follows from the plan itself; write the plan differently.")
                % {"what": one.label},
                field="to", code="follows_from_the_plan",
            )  # fmt: skip
        if to is not None:
            _refuse_misfits(one, to)
        if one.choice == Choice.KEEPER:
            subjects[(DecisionOn.REMAINDER.value, one.unit)] = one
        else:
            some = one.things if only is None else [thing for thing in one.things if thing in only]
            subjects.update({(str(one.decides), thing): one for thing in some})
    if not subjects:
        raise Refusal(
            _("Nothing of this kind hangs there any more; look at the list again."), code="nothing_there"
        )
    count = _unsay(plan, subjects) if to is None else _write(act, plan, subjects, stable(planned[-1], to))
    touched(plan)
    _say(act, plan, "reorganisation.decide", count=count)
    return count


def _refuse_misfits(one: Group, to: Ref) -> None:
    """A body may stand only where its kind may; members belong to a cell."""
    shape = one.shape
    if one.kind == MEMBERS and not shape._holds(to):
        raise Refusal(
            _("%(code)s holds no members; choose a cell.") % {"code": known(shape, to)},
            field="to", code="no_cell",
        )  # fmt: skip
    if one.decides == DecisionOn.BODY:
        for child in one.things:
            if shape.fits(shape.world.kind.get(child, ""), to) is None:
                raise Refusal(
                    _("%(body)s may not stand under %(code)s; choose another body.")
                    % {"body": known(shape, child), "code": known(shape, to)},
                    field="to", code="may_not_stand_there",
                )  # fmt: skip


def _write(act: Act, plan: Plan, subjects: dict[tuple[str, int], Group], to: tuple[int | None, str]) -> int:
    target, key = to
    rows = [
        PlanDecision(
            plan=plan, what=what, subject=subject, target_id=target, target_key=key, by=act.actor,
            changed=one.stable != to, person_id=subject if what == DecisionOn.PERSON else None,
        )
        for (what, subject), one in subjects.items()
    ]  # fmt: skip
    PlanDecision.objects.bulk_create(
        rows, batch_size=500, update_conflicts=True, unique_fields=["plan", "what", "subject"],
        update_fields=["target", "target_key", "by", "at", "changed"],
    )  # fmt: skip
    return len(rows)


def _unsay(plan: Plan, subjects: dict[tuple[str, int], Group]) -> int:
    """Decisions are taken back: what the rule says holds again, to be accepted."""
    count = 0
    for what in {what for what, _subject in subjects}:
        some = [subject for about, subject in subjects if about == what]
        for at in range(0, len(some), 2_000):
            chosen = PlanDecision.objects.filter(plan=plan, what=what, subject__in=some[at : at + 2_000])
            count += chosen.delete()[0]
    return count


__all__ = [
    "BY_RULE", "STATES", "Group", "Which", "accept", "blocked", "groups", "held_open", "known", "left_over",
    "narrowed", "send", "state_of", "target_of", "told",
]  # fmt: skip
