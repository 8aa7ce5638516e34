"""This room is for the lineage of areas: which old unit became which new one between any two days.

It follows every reform on the way, and answers for a plan that is not enacted yet by working out what its
changes would mean.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from orgwork.foundation.refusals import Refusal

from .area_reform import Edge, code_on, reform
from .area_tables import AreaChange
from .areas import (
    TERRITORIES,
    WITHOUT_CODE,
    Area,
    AreaCode,
    AreaKind,
    AreaPlacement,
    AreaSuccession,
    ChangeKind,
    Share,
)

_ORDER = {kind.value: at for at, kind in enumerate(TERRITORIES)}


@dataclass(frozen=True, slots=True)
class Pair:
    """What one unit became; ``new`` is None where nothing came of it. Numbers below nought are of a plan."""

    old: int
    old_level: str
    old_code: str
    new: int | None
    new_level: str | None
    new_code: str | None
    kind: str
    area: str
    population: str
    paper: str = ""
    clause: str = ""


def area_lineage(
    first: dt.date, last: dt.date, *, known_at: int | None = None, planned: Sequence[AreaChange] = ()
) -> list[dict[str, Any]]:
    """``{old_level, old_code, new_level, new_code, kind}`` for every territory that stood on the first day.

    Codes are those of the official lists in force on the two days; land without a code has an empty one.
    ``new_code`` is None for what ended without successor. Asked the wrong way round it answers for the same
    two days, in the order of the new codes.
    """
    back = first > last
    pairs = lineage_pairs(min(first, last), max(first, last), known_at=known_at, planned=planned)
    if back:
        pairs.sort(key=lambda p: (_ORDER.get(p.new_level or "", 9), p.new_code or "", p.old_code))
    return [
        {
            "old_level": p.old_level, "old_code": p.old_code,
            "new_level": p.new_level, "new_code": p.new_code, "kind": p.kind,
        }
        for p in pairs
    ]  # fmt: skip


def lineage_pairs(
    first: dt.date, last: dt.date, *, known_at: int | None = None, planned: Sequence[AreaChange] = (),
    areas: Iterable[int] | None = None,
) -> list[Pair]:  # fmt: skip
    """The same with shares and papers; ``areas`` narrows it to some of those that stood on the first day."""
    territory = AreaPlacement.objects.on(first, known_at=known_at).filter(area__kind__in=TERRITORIES)
    if areas is not None:
        territory = territory.filter(area__in=list(areas))
    stood = list(territory.values_list("area_id", "area__kind"))
    steps = _steps(first, last, known_at)
    plan = _plan(steps, planned, first, last, known_at)
    if areas is None:
        stood += [(key, AreaKind.UNINCORPORATED.value) for key in plan.strays]
    codes = _Codes(known_at, plan)
    standing = set(AreaPlacement.objects.on(last, known_at=known_at).values_list("area_id", flat=True))
    standing |= set(plan.coming)
    pairs = []
    for area, kind in stood:
        for edge in _follow(area, steps):
            new = edge.new
            if new is not None and new not in standing:
                new = None  # ended without a word
            said = edge if new is not None else edge._replace(new=None, kind=ChangeKind.ENDED.value)
            pairs.append(
                Pair(
                    area, kind, codes.on(area, first), new,
                    None if new is None else codes.kind(new), None if new is None else codes.on(new, last),
                    said.kind, said.area, said.population, said.paper, said.clause,
                )
            )  # fmt: skip
    pairs.sort(key=lambda p: (_ORDER[p.old_level], p.old_code, p.new_code or "", p.kind, p.old))
    return pairs


def _steps(first, last, known_at) -> dict[dt.date, dict[int, list[Edge]]]:
    """What was recorded between the two days, day by day."""
    rows = AreaSuccession.objects.at(known_at).filter(valid_from__gt=first, valid_from__lte=last)
    steps: dict[dt.date, dict[int, list[Edge]]] = defaultdict(lambda: defaultdict(list))
    for day, *edge in rows.order_by("pk").values_list(
        "valid_from", "predecessor_id", "successor_id", "kind", "area", "population", "paper", "clause"
    ):
        steps[day][edge[0]].append(Edge(*edge))
    return steps


@dataclass(slots=True)
class _Planned:
    """What a plan brings: kind and code of new units by key, land the register lacks, codes to be given."""

    coming: dict[int, tuple[str, str]]
    strays: list[int]
    codes: dict[int, tuple[dt.date, str]]


def _plan(steps, planned, first, last, known_at) -> _Planned:
    """Work the changes of a plan into the steps."""
    by_day: dict[dt.date, list[AreaChange]] = defaultdict(list)
    for change in planned:
        if first < change.effective <= last:
            by_day[change.effective].append(change)
    plan = _Planned({}, [], {})
    for day, changes in sorted(by_day.items()):
        found = reform(changes, day, known_at=known_at)
        if wrong := next((fault for fault in found.faults if fault.blocks), None):
            raise Refusal(
                _("The plan does not fit the areas recorded: %(fault)s") % {"fault": str(wrong)},
                code="areas_differ",
            )
        shift = min((*plan.coming, *plan.strays), default=0)
        step = steps[day]
        for edge in found.edges:
            old = edge.old + shift if edge.old < 0 else edge.old
            new = edge.new + shift if edge.new is not None and edge.new < 0 else edge.new
            if not any(said.new == new and said.kind == edge.kind for said in step[old]):
                step[old].append(edge._replace(old=old, new=new))
        plan.coming.update({key + shift: (one.kind, one.code) for key, one in found.coming.items()})
        plan.strays += [one.key + shift for one in found.strays]
        plan.codes.update({area: (day, one.code) for area, one in found.going_on.items() if one.anew})
    return plan


def _follow(area: int, steps: Mapping[dt.date, Mapping[int, list[Edge]]]) -> list[Edge]:
    """Where an area arrives through all steps, shares combined; itself where nothing happened to it."""
    here = [Edge(area, area, ChangeKind.UNCHANGED.value, Share.WHOLE.value, Share.WHOLE.value)]
    for day in sorted(steps):
        if not any(edge.new in steps[day] for edge in here):
            continue
        there: dict[tuple, Edge] = {}
        for edge in here:
            for onward in steps[day].get(edge.new or 0, ()) or (None,):
                reached = edge if onward is None else _combined(edge, onward)
                there[(reached.new, reached.kind)] = reached
        here = list(there.values())
    return here


_SHARED = {
    (Share.WHOLE, Share.WHOLE): ChangeKind.WHOLE,
    (Share.PART, Share.NONE): ChangeKind.PART_AREA_ONLY,
    (Share.PART, Share.WHOLE): ChangeKind.PART_AREA_ALL_POPULATION,
    (Share.WHOLE, Share.NONE): ChangeKind.ALL_AREA_NO_POPULATION,
    (Share.NONE, Share.PART): ChangeKind.PART_POPULATION_ONLY,
}
_CALM = (ChangeKind.UNCHANGED, ChangeKind.RENAMED)


def _combined(one: Edge, two: Edge) -> Edge:
    """First this, then that: a part of a whole is a part, the whole of a part is that part."""
    if one.kind == ChangeKind.UNCHANGED:
        return two._replace(old=one.old)
    if two.kind in (*_CALM, ChangeKind.WHOLE) or two.new is None:
        kind = two.kind if one.kind in _CALM or two.new is None else one.kind
        paper = (two.paper, two.clause) if kind == two.kind else (one.paper, one.clause)
        return Edge(one.old, two.new, kind, one.area, one.population, *paper)
    if one.kind in (*_CALM, ChangeKind.WHOLE):
        return two._replace(old=one.old)
    area, population = (_share(a, b) for a, b in ((one.area, two.area), (one.population, two.population)))
    kind = _SHARED.get((Share(area), Share(population)), ChangeKind.PART).value
    return Edge(one.old, two.new, kind, area, population, two.paper, two.clause)


def _share(one: str, two: str) -> str:
    if Share.NONE in (one, two):
        return Share.NONE.value
    return two if one == Share.WHOLE else one if two == Share.WHOLE else Share.PART.value


class _Codes:
    """Codes of areas by list, read once."""

    def __init__(self, known_at, plan: _Planned):
        self.own = {
            pk: (kind, code_list, code)
            for pk, kind, code_list, code in Area.objects.filter(kind__in=TERRITORIES).values_list(
                "pk", "kind", "code_list", "code"
            )
        }
        self.more: dict[int, list[tuple[str, str, dt.date]]] = defaultdict(list)
        for area, code_list, code, since in AreaCode.objects.at(known_at).values_list(
            "area_id", "code_list", "code", "valid_from"
        ):
            self.more[area].append((code_list, code, since))
        self.plan = plan

    def kind(self, area: int) -> str:
        return self.own[area][0] if area in self.own else self.plan.coming[area][0]

    def on(self, area: int, day: dt.date) -> str:
        """The code in force on the day, as recorded or as the plan says."""
        if area not in self.own:
            return self.plan.coming.get(area, ("", ""))[1]
        planned = self.plan.codes.get(area)
        if planned is not None and planned[0] <= day:
            return planned[1]
        _kind, code_list, code = self.own[area]
        if code_list == WITHOUT_CODE:
            return ""
        more = [(name, listed) for name, listed, since in self.more.get(area, ()) if since <= day]
        found = code_on([(code_list, code), *more], day)
        return code if found is None else found


__all__ = ["Pair", "area_lineage", "lineage_pairs"]
