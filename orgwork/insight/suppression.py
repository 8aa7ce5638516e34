"""This room is for hiding small counts of sensitive groups so that no difference gives them back.

A count from 1 to 4 is shown as "<5". Since lines and columns of a table add up, hiding one number hides
nothing: further numbers are hidden ("…") until every small count could, by all that is shown, be any of
1 to 4. That is proved for each of them on the table itself: it must be possible to raise it and to lower it
by moving units around the hidden numbers while every shown sum stays as it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

#: Bound of a number that may be as large as it likes.
NO_LIMIT = 1 << 30


@dataclass(frozen=True)
class Hidden:
    """A number that is not shown: "<5" (a small count) or "…" (hidden so that others stay hidden)."""

    sign: str

    def __str__(self):
        return self.sign


SECONDARY = Hidden("…")


@dataclass
class Grid:
    """Numbers by row and column with their totals; ``None`` columns make a plain list with one total."""

    rows: Sequence[Hashable]
    columns: Sequence[Hashable]
    cells: Mapping[tuple[Hashable, Hashable], int]
    least: int = 5
    hidden: set[tuple[int, int]] = field(default_factory=set)
    #: The table is so small that even the signs would tell something: nothing of it is shown.
    withheld: bool = False
    also: set[tuple[int, int]] = field(default_factory=set)
    #: Totals of lines are known from other figures: they are shown, and hide nothing.
    open_totals: bool = False
    #: Columns that say nothing of anybody ("not known"): small numbers may be shown, and hidden to help.
    harmless: frozenset[int] = frozenset()

    def __post_init__(self):
        self.m, self.n = len(self.rows), len(self.columns)
        inner = [[self.cells.get((r, c), 0) for c in self.columns] for r in self.rows]
        self.value = [[*line, sum(line)] for line in inner]
        self.value.append([sum(line[j] for line in self.value) for j in range(self.n + 1)])
        #: One line only: its column totals repeat it and are not shown, so they bind nobody.
        self.single = self.m == 1

    def places(self):
        last = self.m if self.single else self.m + 1
        return [(i, j) for i in range(last) for j in range(self.n + (not self.open_totals))]

    def small(self, place) -> bool:
        return place[1] not in self.harmless and 0 < self.value[place[0]][place[1]] < self.least

    def protect(self, also: Iterable[tuple[int, int]] = ()) -> Grid:
        """Hide what is small, and as little else as it takes; ``also`` is hidden elsewhere and stays so."""
        self.also = {place for place in also if place in self.places() and not self.small(place)}
        self.hidden = {place for place in self.places() if self.small(place)} | self.also
        exposed = self._exposed()
        while exposed is not None:
            following = self._cheapest_near(exposed)
            if following is None:
                self.withheld = True
                return self
            self.hidden.add(following)
            exposed = self._exposed()
        return self

    def _exposed(self):
        """A small count about which more can be told than that it is small; None when there is none."""
        for place in sorted(p for p in self.hidden if self.small(p)):
            known = self.value[place[0]][place[1]]
            if (
                self._slack(place, up=True) < self.least - 1 - known
                or self._slack(place, up=False) < known - 1
            ):
                return place
        for place in sorted(self.also):
            if max(self._slack(place, up=True), self._slack(place, up=False)) < self.least - 1:
                return place
        return None

    def _cheapest_near(self, place):
        """The smallest number still shown in the place's row or column, else anywhere; totals come last."""
        shown = [
            p
            for p in self.places()
            if p not in self.hidden and (p[1] in self.harmless or self.value[p[0]][p[1]] >= self.least)
        ]
        in_row, in_column = Counter(p[0] for p in self.hidden), Counter(p[1] for p in self.hidden)

        def cost(p):
            alone = (in_row[p[0]] == 1) + (
                in_column[p[1]] == 1
            )  # lines in which one hidden number stands alone
            in_line = p[0] == place[0] or p[1] == place[1]
            is_total = p[0] == self.m or p[1] == self.n
            return (is_total, -alone, not in_line, self.value[p[0]][p[1]], p)

        return min(shown, key=cost, default=None)

    def _slack(self, place, *, up: bool) -> int:
        """By how much the number could be greater (or less) with every shown number as it is.

        A unit put into a cell leaves its row through another hidden cell, enters that one's column, and so
        on, until it comes back: a path between the row and the column in the graph of hidden cells.
        """
        moved: dict[tuple[int, int], int] = {}
        if (place[0] == self.m) != (place[1] == self.n):
            up = not up  # a total stands with the opposite sign in its lines
        for found in range(self.least):
            path = self._path(place, up, moved)
            if path is None:
                return found
            for step, sign in path:
                moved[step] = moved.get(step, 0) + sign
        return self.least

    def _path(self, place, up, moved):
        start, goal = ("row", place[0]), ("column", place[1])
        seen, edge = {start}, [(start, ())]
        while edge:
            (kind, at), path = edge.pop(0)
            sign = (-1 if kind == "row" else 1) * (1 if up else -1)
            line = self._in_row(at) if kind == "row" else self._in_column(at)
            for cell in line:
                if cell == place or not self._can_move(cell, sign, moved):
                    continue
                node = ("column", cell[1]) if kind == "row" else ("row", cell[0])
                if node in seen:
                    continue
                step = (*path, (cell, sign))
                if node == goal:
                    return step
                seen.add(node)
                edge.append((node, step))
        return None

    def _in_row(self, i):
        if self.single and i == self.m:
            return [(i, j) for j in range(self.n + 1)]
        return [(i, j) for j in range(self.n + 1) if (i, j) in self.hidden]

    def _in_column(self, j):
        found = [(i, j) for i in range(self.m) if (i, j) in self.hidden]
        return [*found, (self.m, j)] if self.single or (self.m, j) in self.hidden else found

    def _can_move(self, cell, sign, moved) -> bool:
        """Whether the cell could be a unit more or less; totals have the opposite sign in their lines."""
        if self.single and cell[0] == self.m:
            return True
        if (cell[0] == self.m) != (cell[1] == self.n):
            sign = -sign
            shift = -moved.get(cell, 0)
        else:
            shift = moved.get(cell, 0)
        now = self.value[cell[0]][cell[1]] + shift + sign
        low, high = (1, self.least - 1) if self.small(cell) else (self.least, NO_LIMIT)
        if cell[1] in self.harmless:
            low = 0
        return low <= now <= high

    def shown(self, i: int, j: int) -> int | Hidden:
        if self.withheld:
            return SECONDARY
        if (i, j) not in self.hidden:
            return self.value[i][j]
        return Hidden(f"<{self.least}") if self.small((i, j)) else SECONDARY
