"""Killed in the middle of a reorganisation: it happened whole or not at all, and can be done again."""

import random

import pytest

from orgwork.procedures import reorganisation
from orgwork.registers.reorganisation import Plan, PlanState
from orgwork.registers.units import check_lineage
from tests.faults.points import killed_at, points_of
from tests.faults.worlds import whole_journal
from tests.procedures.reform import TOGETHER, differences, held, planned

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_reorganisation_cut_short_happened_whole_or_not_at_all(live_cast):
    code = planned(TOGETHER).code

    def enact():
        reorganisation.enact(Plan.objects.get(code=code), door="test", by_rule=True)

    def undo():
        reorganisation.undo(Plan.objects.get(code=code), door="test")

    before = held()
    points_of(enact)
    after = held()
    assert Plan.objects.get(code=code).state == PlanState.ENACTED and differences(before, after)
    undo()
    assert differences(before, held()) == {}
    count = points_of(enact)  # as it is done again: bodies and seats have their numbers already
    undo()
    # The last points are the commit and what follows it, where it is decided.
    points = [max(1, count - back) for back in range(3)]
    points += random.Random(7).sample(range(2, count), k=7)
    killed = 0
    for point in points:
        killed += killed_at(enact, point)
        if Plan.objects.get(code=code).state == PlanState.ENACTED:
            assert counted(held()) == counted(after), point
            undo()
        assert differences(before, held()) == {}, point
    assert killed >= 7  # the last points may come after the end
    # Taking back is cut short, too; and what is done again comes to the same.
    enact()
    for point in random.Random(8).sample(range(2, points_of_undo(undo, enact)), k=2):
        killed_at(undo, point)
        if Plan.objects.get(code=code).state == PlanState.UNDONE:
            enact()
        assert counted(held()) == counted(after) and check_lineage() == []
    whole_journal()


def points_of_undo(undo, enact):
    """How many points taking back has; afterwards everything is enacted again."""
    count = points_of(undo)
    enact()
    return count


def counted(rows):
    """How many rows each table holds: an enactment done again has causes and spells of its own."""
    return {name: len(found) for name, found in rows.items()}
