"""This room is for attacks on suppressed tables: whoever knows all sums must not learn a small count."""

import datetime as dt
import itertools
import random
from functools import cache

import pytest

from orgwork.foundation.dates import begin
from orgwork.foundation.moments import writing
from orgwork.foundation.refusals import Refusal
from orgwork.insight import tables
from orgwork.insight.suppression import Grid, Hidden
from orgwork.registers.people import PersonBackground
from orgwork.registers.record import Cause

LEAST = 5


def shown(grid):
    last = grid.m if grid.single else grid.m + 1
    return [[grid.shown(i, j) for j in range(grid.n + 1)] for i in range(last)]


def possible(lines, single, place, value):
    """Whether some table agrees with everything shown and has the value there; sums are tried one by one."""
    rows, columns = len(lines) - (0 if single else 1), len(lines[0]) - 1

    def choices(i, j):
        if (i, j) == place:
            return [value]
        found = lines[i][j]
        if not isinstance(found, Hidden):
            return [found]
        if str(found) == "<5":
            return range(1, LEAST)
        return range(LEAST, 200 if j == columns or (not single and i == rows) else 18)

    may_be = {(i, j): choices(i, j) for i in range(len(lines)) for j in range(columns + 1)}

    def cell(i, j, above):
        """What may stand there; in the last line only what leads to a sum that may be."""
        if single or i < rows - 1:
            return may_be[i, j]
        return [number for number in may_be[i, j] if above + number in may_be[rows, j]]

    def each_line(i, sums):
        """All lines whose own sum may be: the last number is tried, or told by the sum, whichever is less."""
        *most, last = (cell(i, j, above) for j, above in enumerate(sums))
        total = may_be[i, columns]
        for begun in itertools.product(*most):
            here = sum(begun)
            told = (s - here for s in total if s - here in last)
            tried = (number for number in last if here + number in total)
            for number in told if len(total) < len(last) else tried:
                yield (*begun, number)

    @cache
    def complete(i, sums):
        if i == rows:
            return single or sum(sums) in may_be[rows, columns]
        return any(
            complete(i + 1, tuple(s + v for s, v in zip(sums, line, strict=True)))
            for line in each_line(i, sums)
        )

    return complete(0, (0,) * columns)


@pytest.mark.parametrize("seed", range(40))
def test_no_small_count_can_be_told_from_sums_and_differences(seed):
    dice = random.Random(seed)
    shape = dice.choice([(1, 3), (1, 4), (2, 2), (2, 3), (3, 3)])
    cells = {
        (i, j): dice.choice([0, 1, 2, 3, 4, 5, 6, 7, 9]) for i in range(shape[0]) for j in range(shape[1])
    }
    grid = Grid(range(shape[0]), range(shape[1]), cells, LEAST).protect()
    lines = shown(grid)
    for i, line in enumerate(lines):
        for j, value in enumerate(line):
            if isinstance(value, Hidden) and str(value) == "<5":
                for guess in range(1, LEAST):
                    assert possible(lines, grid.single, (i, j), guess), (cells, lines, (i, j), guess)
            elif not isinstance(value, Hidden):
                assert value == grid.value[i][j] and not 0 < value < LEAST


@pytest.mark.parametrize("seed", range(20))
def test_what_is_hidden_above_cannot_be_added_up_below(seed):
    """The total of a group that is hidden in the table above stays unknown to who adds up the lines below."""
    dice = random.Random(seed)
    cells = {(i, j): dice.choice([5, 6, 7, 8]) for i in range(2) for j in range(3)}
    grid = Grid(range(2), range(3), cells, LEAST, open_totals=True).protect([(2, 0)])
    lines = shown(grid)
    assert isinstance(lines[2][0], Hidden)
    true = grid.value[2][0]
    others = [n for n in range(true - 4, true + 5) if n != true and n > 0]
    assert any(possible(lines, False, (2, 0), guess) for guess in others), lines


def test_totals_known_from_elsewhere_are_shown_and_hide_nothing():
    cells = {(0, 0): 2, (0, 1): 20, (0, 2): 30, (1, 0): 20, (1, 1): 20, (1, 2): 20}
    grid = Grid(range(2), range(3), cells, LEAST, open_totals=True).protect()
    assert not any(j == 3 for _i, j in grid.hidden)
    assert len(grid.hidden) == 4


def test_large_counts_stay_as_they_are():
    cells = {(i, j): 10 + i + j for i in range(3) for j in range(3)}
    grid = Grid(range(3), range(3), cells, LEAST).protect()
    assert not grid.hidden


def test_one_small_count_hides_few_others():
    cells = {(i, j): 20 for i in range(4) for j in range(4)} | {(0, 0): 2}
    grid = Grid(range(4), range(4), cells, LEAST).protect()
    assert len(grid.hidden) == 4, shown(grid)


@pytest.fixture
def made_at_once(monkeypatch):
    """The cast was recorded today: its half-years count as published."""
    monkeypatch.setattr(tables, "as_published", lambda when, asked: asked)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("made_at_once")
class TestTables:
    def test_by_sex_and_age_adds_up(self, live_cast):
        found = tables.table(
            "members.stock", live_cast.province, rows="age", columns="sex", on=dt.date(2024, 5, 1)
        )
        assert found.lines[-1][-1].value == 16
        assert sum(line[-1].value for line in found.lines[:-1]) == 16
        assert found.lines[0][0].url.startswith("/figures/members.stock/?")

    def test_by_bodies_below(self, live_cast):
        found = tables.table("members.stock", live_cast.province, rows="children", on=dt.date(2024, 5, 1))
        assert [cell[0].value for cell in found.lines] == [13, 3, 16]
        found = tables.table(
            "members.stock", live_cast.province, rows="children", columns="sex", on=dt.date(2024, 5, 1)
        )
        assert found.lines[-1][-1].value == 16

    def test_a_district_hides_what_its_province_would_give_back(self, live_cast):
        c, day = live_cast, dt.date(2024, 6, 30)
        groups = {
            "Thái": [c.cell_secretary, c.member, c.introducer, c.veteran, c.teacher, c.first_of_firm],
            "Kinh": [c.other_secretary, c.other_member],
        }
        with writing(door="test") as act:
            for ethnicity, people in groups.items():
                for person in people:
                    begin(PersonBackground, act, dt.date(1900, 1, 1), person=person, ethnicity=ethnicity,
                          religion="", cause=Cause.objects.create(kind="takeover"))  # fmt: skip
        for unit in (c.root, c.province, c.district, c.other_district):
            found = tables.table("members.stock", unit, rows="ethnicity", on=day)
            for (code, _label), line in zip(found.row_heads, found.lines, strict=True):
                value = line[0].value
                small = not isinstance(value, Hidden) and 0 < value < LEAST
                assert code == "total" or not small, (unit.code, code, value)

    def test_ethnicity_opens_to_no_list(self, live_cast):
        day = dt.date(2024, 6, 30)
        found = tables.table("members.stock", live_cast.province, rows="ethnicity", on=day)
        assert found.sensitive and found.note and not any(cell.url for line in found.lines for cell in line)
        assert [str(line[0]) for line in found.lines][-1] == "16"
        for asked in (
            {"unit": live_cast.province, "on": day, "sex": "f"},
            {"unit": live_cast.cell, "on": day},
            {"unit": live_cast.province, "on": dt.date(2024, 5, 1)},
            {"unit": live_cast.province, "on": day, "columns": "sex"},
        ):
            unit = asked.pop("unit")
            with pytest.raises(Refusal):
                tables.table("members.stock", unit, rows="ethnicity", **asked)
