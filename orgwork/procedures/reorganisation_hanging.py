"""This room is for what hangs on the bodies that a plan ends: grouped, counted, each with its rule."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from orgwork.registers import hanging
from orgwork.registers.appointments import Appointment

from .reorganisation_shape import Ref, Shape


@dataclass
class Group:
    """One kind of thing that hangs: how many, on how many bodies, by which rule, and where the most go."""

    code: str
    label: str
    rule: str
    count: int
    bodies: int
    first: list[tuple[int, int, Ref | None]] = field(default_factory=list)


def groups(shape: Shape, *, most: int = 5) -> list[Group]:
    """What hangs on bodies that end, the largest first; what hangs on nothing is left out."""
    found = []
    for one in hanging.declared():
        counted = {unit: n for unit, n in one.by_body(shape.day).items() if unit in shape.ended}
        if counted:
            found.append(_group(shape, one.code, one.label, one.rule, counted, most))
    seats = Appointment.objects.on(shape.day).filter(post__unit__isnull=False)
    held = Counter(seats.values_list("post__unit", flat=True))
    counted = {unit: n for unit, n in held.items() if unit in shape.ended}
    if counted:
        rule = _(
            "They end with their body; at the bodies founded for it the holders lead on, acting, until the"
            " new committee is appointed (KL 163-KL/TW)."
        )
        found.append(_group(shape, "posts", _("posts held"), rule, counted, most))
    below = {unit: len(shape.world.below.get(unit, ())) for unit in shape.ended}
    counted = {unit: n for unit, n in below.items() if n}
    if counted:
        rule = _("Each goes on under the successor, merges into the body of its kind there, or ends.")
        found.append(_group(shape, "bodies", _("bodies under them"), rule, counted, most))
    return sorted(found, key=lambda one: -one.count)


def _group(shape: Shape, code: str, label: Any, rule: Any, counted: dict[int, int], most: int) -> Group:
    largest = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))[:most]
    first = [(unit, n, shape.ended[unit].keeper) for unit, n in largest]
    return Group(code, str(label), str(rule), sum(counted.values()), len(counted), first)


def members_by_body(shape: Shape) -> tuple[dict[int, int], dict[Ref, int]]:
    """Members under each body before and after: what the two trees show beside each other."""
    homes = hanging.known["members"].by_body(shape.day)
    before: Counter = Counter()
    after: Counter = Counter()
    for cell, number in homes.items():
        at: int | None = cell
        while at is not None:
            before[at] += number
            at = shape.world.parent.get(at)
        later: Ref | None = shape.members.get(cell, cell)
        for _step in range(40):
            if later is None:
                break
            after[later] += number
            later = shape.parent_of(later)
    return dict(before), dict(after)
