"""This room is for what of the tables of planning hangs on a body, and how a year's targets are handed on."""

from __future__ import annotations

from collections import defaultdict

from django.utils.translation import gettext_lazy as _

from orgwork.foundation import bulk
from orgwork.foundation.dates import new_spells
from orgwork.foundation.many import listed, turn
from orgwork.registers.hanging import Choice, Turning, hangs, in_force, stays

from .growth_remarks import GrowthRemark
from .quotas import ReductionGoal, StaffingQuota
from .targets import AdmissionTarget


def hand_on_targets(turning: Turning) -> int:
    """The targets of a year go to the one successor as their sum; those of a body without one stay with it,
    and whoever keeps what it leaves answers for them.
    """
    rows = AdmissionTarget.objects.on(turning.day).filter(unit__in=list(turning.single))
    sums: dict[tuple[int, int], int] = defaultdict(int)
    until = {}
    found = list(rows.values_list("unit", "year", "number", "valid_to"))
    for unit, year, number, stop in found:
        sums[(turning.single[unit], year)] += number
        until[(turning.single[unit], year)] = stop
    there = AdmissionTarget.objects.on(turning.day).filter(unit__in={heir for heir, _year in sums})
    taken = set(there.values_list("unit", "year"))
    why = turning.reason["merged"]
    moved = sorted({unit for unit, year, *_more in found if (turning.single[unit], year) not in taken})
    with listed((unit, None, None, why) for unit in moved) as names:
        turn(AdmissionTarget, turning.act, turning.day, names, by="unit_id", becomes=None)
    fresh = {key: number for key, number in sums.items() if key not in taken}
    spells = new_spells(len(fresh)) if fresh else []
    columns = ("unit", "year", "number", "valid_from", "valid_to", "recorded", "spell", "begun_by")
    bulk.insert(
        AdmissionTarget, columns,
        [
            (unit, year, number, turning.day, until[(unit, year)], turning.act.moment, spell, why)
            for spell, ((unit, year), number) in zip(spells, sorted(fresh.items()), strict=True)
        ],
    )  # fmt: skip
    return len(found)


hangs(
    "targets", AdmissionTarget, "unit", label=_("admission targets of the year"), kept=False,
    rows=in_force(AdmissionTarget), hand_on=hand_on_targets, choice=Choice.RULE,
    rule=_("The successor takes over the sum of the targets; without one they stay, and the keeper answers."),
)  # fmt: skip
stays(GrowthRemark, "unit", why="what the body said of that quarter")
hangs(
    "quotas",
    StaffingQuota,
    "unit",
    label=_("staffing quotas"),
    kept=False,
    rows=in_force(StaffingQuota),
    choice=Choice.RULE,
    rule=_("They end with the body's last day as they were given; the successor is given its own by paper."),
)
stays(ReductionGoal, "unit", why="what the body was to reach by that year")
