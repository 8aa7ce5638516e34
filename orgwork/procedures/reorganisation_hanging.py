"""This room is for what hangs on the bodies that a plan ends: in groups of one kind of thing, one body, one
successor, each with its written rule, and whether a person has accepted or decided it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from orgwork.foundation.moments import Act
from orgwork.registers import hanging
from orgwork.registers.appointments import Appointment
from orgwork.registers.hanging import Choice, Turning
from orgwork.registers.reorganisation import DecisionOn, PlanAcceptance

from .reorganisation_rules import RULES
from .reorganisation_shape import Ref, Shape
from .reorganisation_world import World

BODIES, POSTS, MEMBERS = "bodies", "posts", "members"
#: Rules that a person wrote: what follows by them needs nobody's acceptance any more.
BY_HAND = ("decided", "written")
LEAD_ON = _(
    "They end with their body; at the bodies founded for it the holders lead on, acting, until the"
    " new committee is appointed (KL 163-KL/TW)."
)


@dataclass(frozen=True)
class Group:
    """Things of one kind on one body that ends, with one successor: by which rule, and who accepted it.

    ``decided``: people said so, not the rule. ``things`` are the numbers of those that go one by one.
    """

    shape: Shape
    what: str
    unit: int
    heir: Ref | None
    rule: Any
    count: int
    decided: bool = False
    accepted: PlanAcceptance | None = None
    things: tuple[int, ...] = ()

    @property
    def kind(self) -> str:
        """The kind of thing: of bodies, whatever the rule by which they go."""
        return self.what.partition(".")[0]

    @property
    def label(self) -> Any:
        return label_of(self.kind)

    @property
    def choice(self) -> Choice:
        if self.kind == BODIES:
            return Choice.THING
        return hanging.known[self.kind].choice if self.kind in hanging.known else Choice.RULE

    @property
    def decides(self) -> str:
        """As decisions about what single things of the group are kept."""
        return DecisionOn.BODY if self.kind == BODIES else hanging.known[self.kind].decides

    @property
    def done(self) -> bool:
        return self.decided or self.accepted is not None

    @property
    def stable(self) -> tuple[int | None, str]:
        """The successor as it is kept: a body of the register, or what a planned one goes by."""
        return stable(self.shape, self.heir)


def label_of(kind: str) -> Any:
    """What a kind of thing is called; the code where its register is gone."""
    said = {BODIES: _("bodies under them"), POSTS: _("posts held")}
    return said.get(kind) or (hanging.known[kind].label if kind in hanging.known else kind)


def stable(shape: Shape, ref: Ref | None) -> tuple[int | None, str]:
    if isinstance(ref, int) and ref > 0:
        return ref, ""
    if isinstance(ref, int):
        # A body that an earlier day of the plan founds has no number yet.
        return None, next((key for key, number in shape.world.fresh.items() if number == ref), "")
    return None, ref or ""


def groups(planned: Sequence[Shape]) -> list[Group]:
    """Everything that hangs, on all days of a plan, the largest first."""
    if not planned:
        return []
    plan = planned[0].plan
    accepted = {
        (row.what, row.unit_id, row.target_id, row.target_key): row
        for row in PlanAcceptance.objects.filter(plan=plan).select_related("by")
    }
    found = []
    for shape in planned:
        for one in _groups(shape):
            target, key = one.stable
            row = accepted.get((one.what, one.unit, target, key))
            found.append(one if one.decided or row is None else _with(one, row))
    return sorted(found, key=lambda one: (-one.count, one.what, one.unit, str(one.heir)))


def _with(one: Group, row: PlanAcceptance) -> Group:
    return Group(one.shape, one.what, one.unit, one.heir, one.rule, one.count, False, row, one.things)


def _groups(shape: Shape) -> Iterator[Group]:
    if not shape.ended:
        return
    turning = proposed(shape)
    for one in hanging.declared():
        if one.code == MEMBERS:
            yield from _members(shape)
        elif one.goes is not None:
            yield from _one_by_one(shape, one, turning)
        else:
            for unit, count in sorted(one.by_body(shape.day).items()):
                if unit in shape.ended:
                    decided = one.choice == Choice.KEEPER and _keeper_decided(shape, unit)
                    yield Group(shape, one.code, unit, shape.ended[unit].keeper, one.rule, count, decided)
    yield from _posts(shape)
    yield from _bodies(shape)


def proposed(shape: Shape) -> Turning:
    """What an enactment would hand to the registers, with references instead of numbers."""
    heir: dict[int, Any] = {u: e.keeper for u, e in shape.ended.items() if e.keeper is not None}
    single: dict[int, Any] = {u: e.heirs[0] for u, e in shape.ended.items() if len(e.heirs) == 1}
    decided: dict[tuple[str, int], Any] = {
        about: ref for about, said in shape.decided.items() if (ref := shape.resolve(said)) is not None
    }
    nobody: Any = None  # nothing is written: there is no act
    act: Act = nobody
    over: Any = shape.over_cell
    return Turning(act, shape.day, heir, single, {}, over, decided=decided)


def _keeper_decided(shape: Shape, unit: int) -> bool:
    return (DecisionOn.REMAINDER.value, unit) in shape.decided


def _one_by_one(shape: Shape, one: hanging.Hanging, turning: Turning) -> Iterator[Group]:
    assert one.goes is not None
    said = one.goes(turning)
    things = ((thing, unit, heir, (one.decides, thing) in turning.decided) for thing, unit, heir in said)
    yield from _gathered(shape, one.code, one.rule, things)


def _gathered(
    shape: Shape, what: str, rule: Any, things: Iterable[tuple[int, int, Ref | None, bool]]
) -> Iterator[Group]:
    found: dict[tuple[int, Ref | None, bool], list[int]] = defaultdict(list)
    for thing, unit, heir, decided in things:
        found[(unit, heir, decided)].append(thing)
    for (unit, heir, decided), some in found.items():
        yield Group(shape, what, unit, heir, rule, len(some), decided, things=tuple(some))


def _members(shape: Shape) -> Iterator[Group]:
    """Members of cells that end: to the one cell that succeeds, or one by one."""
    rule, cells = hanging.known[MEMBERS].rule, sorted(shape.members)
    homes = hanging.known[MEMBERS].rows(shape.day).filter(unit__in=cells).order_by("unit", "person")
    single = (
        (person, cell, ref, (DecisionOn.PERSON.value, person) in shape.decided)
        for person, (cell, ref) in sorted(shape.people.items())
    )
    whole = (
        (person, cell, shape.members[cell], False) for person, cell in homes.values_list("person", "unit")
    )
    yield from _gathered(shape, MEMBERS, rule, (*whole, *single))


def _posts(shape: Shape) -> Iterator[Group]:
    seats = Appointment.objects.on(shape.day).filter(post__unit__isnull=False)
    for unit, count in sorted(Counter(seats.values_list("post__unit", flat=True)).items()):
        if unit in shape.ended:
            yield Group(shape, POSTS, unit, shape.ended[unit].keeper, LEAD_ON, count)


def _bodies(shape: Shape) -> Iterator[Group]:
    """What stands under bodies that end, by where each goes and by which rule; not what is open."""
    found: dict[tuple[int, Ref | None, str], list[int]] = defaultdict(list)
    for unit in shape.ended:
        for child in shape.world.below.get(unit, ()):
            if child in shape.moved:
                target, rule = shape.moved[child]
                found[(unit, target, rule)].append(child)
            elif child in shape.ended:
                ended = shape.ended[child]
                found[(unit, ended.heirs[0] if ended.heirs else ended.keeper, ended.rule)].append(child)
    for (unit, heir, rule), some in found.items():
        yield Group(
            shape, f"{BODIES}.{rule}", unit, heir, RULES.get(rule, rule), len(some), rule in BY_HAND,
            things=tuple(some),
        )  # fmt: skip


# ── sums ────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Kind:
    """All groups of one kind of thing together: how many things, on how many bodies, how much is accepted."""

    kind: str
    label: Any
    rules: list[Any]
    count: int = 0
    groups: int = 0
    done: int = 0
    bodies: int = 0


def by_kind(found: Iterable[Group]) -> list[Kind]:
    """What hangs, kind by kind, the most first."""
    kinds: dict[str, Kind] = {}
    bodies: dict[str, set[int]] = defaultdict(set)
    for one in found:
        kind = kinds.setdefault(one.kind, Kind(one.kind, one.label, []))
        if one.rule not in kind.rules:
            kind.rules.append(one.rule)
        kind.count += one.count
        kind.groups += 1
        kind.done += one.done
        bodies[one.kind].add(one.unit)
        kind.bodies = len(bodies[one.kind])
    return sorted(kinds.values(), key=lambda one: (-one.count, one.kind))


def members_by_body(shape: Shape) -> tuple[dict[int, int], dict[Ref, int]]:
    """Members under each body before and after: what the two trees show beside each other.

    On a later day of a plan the members are where its earlier days bring them; before is without the plan.
    """
    parent = World(shape.day).parent if shape.world.earlier else shape.world.parent
    homes = hanging.known["members"].by_body(shape.day)
    before: Counter = Counter()
    after: Counter = Counter()
    for cell, number in homes.items():
        at: int | None = cell
        while at is not None:
            before[at] += number
            at = parent.get(at)
        home = shape.world.homes.get(cell, cell)
        later: Ref | None = shape.members.get(home, home)
        for _step in range(40):
            if later is None:
                break
            after[later] += number
            later = shape.parent_of(later)
    return dict(before), dict(after)
