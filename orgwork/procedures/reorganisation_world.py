"""This room is for the bodies and places as they stand on the day of a reorganisation, read once into memory.

Rules look at hundreds of thousands of pairs of body and place; asked one by one they would take hours.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING

from orgwork.foundation import provisions
from orgwork.foundation.provisions import BodyKind
from orgwork.registers.area_reform import Reform, places_of, reform
from orgwork.registers.area_tables import AreaChange
from orgwork.registers.areas import AreaKind, AreaPlacement
from orgwork.registers.units import Unit, UnitForm, UnitName, UnitPlacement, UnitService

if TYPE_CHECKING:
    from .reorganisation_shape import Shape

#: Levels of party organisations that lead an area.
TERRITORIAL = ("province", "district", "commune", "grassroots")


class World:
    """Bodies, kinds, places in the tree and served areas on one day, before the plan."""

    def __init__(self, day: dt.date, changes: Iterable[AreaChange] = ()):
        self.day = day
        self.parent: dict[int, int | None] = dict(UnitPlacement.objects.on(day).values_list("unit", "parent"))
        self.below: dict[int, list[int]] = defaultdict(list)
        for unit, parent in sorted(self.parent.items()):
            if parent is not None:
                self.below[parent].append(unit)
        self.kind: dict[int, str] = dict(UnitForm.objects.on(day).values_list("unit", "kind"))
        self.serves: dict[int, list[int]] = defaultdict(list)
        self.served_by: dict[int, list[int]] = defaultdict(list)
        for unit, area in UnitService.objects.on(day).order_by("unit", "area").values_list("unit", "area"):
            self.serves[unit].append(area)
            self.served_by[area].append(unit)
        self.changes = list(changes)
        #: Bodies that an earlier day of the same plan founds: their numbers by what they go by in it.
        self.fresh: dict[str, int] = {}
        #: Where the members of cells, and people one by one, come to be by those days; their shapes.
        self.homes: dict[int, int] = {}
        self.people: dict[int, int] = {}
        self.earlier: list[Shape] = []

    @cached_property
    def code(self) -> dict[int, str]:
        """The codes of all bodies that ever were: a new one may take none of them."""
        return dict(Unit.objects.values_list("pk", "code"))

    @cached_property
    def names(self) -> dict[int, dict[str, tuple[str, str]]]:
        """(name, short name) of each body by language."""
        found: dict[int, dict[str, tuple[str, str]]] = defaultdict(dict)
        rows = UnitName.objects.on(self.day).values_list("unit", "language", "text", "short")
        for unit, language, text, short in rows.iterator(5_000):
            found[unit][language] = (text, short)
        return found

    @cached_property
    def reform(self) -> Reform | None:
        """What the changes of territories mean; None where there are none."""
        return reform(self.changes, self.day) if self.changes else None

    @property
    def reformed(self) -> Reform:
        """The same, where it is known that there are some."""
        assert self.reform is not None
        return self.reform

    @cached_property
    def onward(self) -> dict:
        return dict(self.reform.onward) if self.reform else {}

    @cached_property
    def places(self) -> dict:
        """Villages, firms and agencies in territories that end, by their number."""
        return {one.area: one for one in places_of(self.reform)} if self.reform else {}

    @cached_property
    def lies_in(self) -> dict[int, int | None]:
        return dict(AreaPlacement.objects.on(self.day).values_list("area", "parent"))

    def after(self, shape: Shape, day: dt.date) -> World:
        """The bodies as they will stand on a later day of the same plan, nothing of which is written yet.

        What it founds has a number below nought here; once it is written, the register says the number.
        """
        later = World(day)
        later.earlier = [*self.earlier, shape]
        for one in later.earlier:
            later._take(one)
        later.below, later.served_by = defaultdict(list), defaultdict(list)
        for unit, parent in sorted(later.parent.items()):
            if parent is not None:
                later.below[parent].append(unit)
        for unit in sorted(later.serves):
            for area in later.serves[unit]:
                later.served_by[area].append(unit)
        return later

    def _take(self, shape: Shape) -> None:
        """What one day of the plan does to bodies and members."""
        self.fresh.update({key: -len(self.fresh) - n for n, key in enumerate(shape.founded, 1)})

        def number(ref: int | str) -> int:
            return ref if isinstance(ref, int) else self.fresh.get(ref, 0)

        for key, one in shape.founded.items():
            unit = self.fresh[key]
            self.parent[unit], self.kind[unit], self.code[unit] = number(one.parent), one.kind, key
            self.names[unit] = {language: (said[0], said[1]) for language, said in one.names.items()}
            self.serves[unit] = [area for area in one.serves if area > 0]
        for unit, (target, _rule) in shape.moved.items():
            self.parent[unit] = number(target)
        self.kind.update(shape.kinds)
        for unit, names in shape.renamed.items():
            said = {language: (one[0], one[1]) for language, one in names.items()}
            self.names[unit] = {**self.names.get(unit, {}), **said}
        for unit, area in shape.serve_no_more:
            self.serves[unit] = [one for one in self.serves[unit] if one != area]
        for ref, area in shape.serve:
            self.serves[number(ref)].append(area)
        for unit in shape.ended:
            for known in (self.parent, self.kind, self.serves):
                known.pop(unit, None)
        moved = {cell: number(ref) for cell, ref in shape.members.items()}
        self.homes = {**{cell: moved.get(home, home) for cell, home in self.homes.items()}, **moved}
        self.people = {person: moved.get(home, home) for person, home in self.people.items()}
        self.people.update({person: number(ref) for person, (_cell, ref) in shape.people.items()})

    def about(self, unit: int) -> BodyKind | None:
        """What kind of body it is."""
        return provisions.kinds().get(self.kind.get(unit, ""))

    def leading(self, area: int) -> list[int]:
        """The party organisations that lead an area: that serve it and stand under no other that does."""
        found = []
        for unit in self.served_by.get(area, ()):
            kind = self.about(unit)
            if kind and kind.family == "party" and kind.level in TERRITORIAL and not kind.holds_members:
                found.append(unit)
        return [unit for unit in found if not self._under_one_of(unit, found)]

    def _under_one_of(self, unit: int, others: list[int]) -> bool:
        at = self.parent.get(unit)
        while at is not None:
            if at in others:
                return True
            at = self.parent.get(at)
        return False

    def subtree(self, unit: int) -> list[int]:
        """The body and everything below it, from above."""
        found, at = [unit], 0
        while at < len(found):
            found += self.below.get(found[at], ())
            at += 1
        return found

    def area_kind(self, key: int) -> str:
        """Of a territory of the reform: what kind it is."""
        assert self.reform is not None
        if key in self.reform.coming:
            return self.reform.coming[key].kind
        return self.reform.standing.before[key].kind

    def province_of(self, key: int) -> int | None:
        """The province (by its key) in which a territory lies after the reform."""
        assert self.reform is not None
        found = self.reform
        at: int | None = key
        while at is not None and self.area_kind(at) != AreaKind.PROVINCE:
            one = found.coming.get(at) or found.going_on.get(at)
            at = one.parent if one else found.standing.before[at].parent
        return at
