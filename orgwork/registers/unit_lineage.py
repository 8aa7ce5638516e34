"""This room is for following bodies from day to day: what a body is on another day, earlier or later.

A body that stands on the day is itself. One that has ended is whatever came of it; one that is not there yet
is whatever it came of; at any distance, through every change on the way.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping

from .units import UnitPlacement, UnitSuccession


class Lineage:
    """The way from any body to the bodies that stand on one day. Read once, asked often."""

    def __init__(self, day: dt.date, *, known_at: int | None = None):
        self.day = day
        placed = UnitPlacement.objects.on(day, known_at=known_at)
        self.standing = frozenset(placed.values_list("unit_id", flat=True))
        self.onward: Mapping[int, list[int]] = defaultdict(list)
        self.back: Mapping[int, list[int]] = defaultdict(list)
        rows = UnitSuccession.objects.at(known_at).order_by("valid_from", "predecessor_id", "successor_id")
        for since, old, new in rows.values_list("valid_from", "predecessor_id", "successor_id"):
            if since <= day:
                self.onward[old].append(new)
            else:
                self.back[new].append(old)

    def of(self, unit: int) -> tuple[int, ...]:
        """The bodies of the day that the body is, became or came of; none where it just ended."""
        found: dict[int, None] = {}
        for ways in (self.onward, self.back):
            seen, edge = {unit}, [unit]
            while edge:
                one = edge.pop(0)
                if one in self.standing:
                    found[one] = None
                    continue
                further = [other for other in ways.get(one, ()) if other not in seen]
                seen.update(further)
                edge += further
        return tuple(found)
