"""This room is for opening the register of areas: an official list brought in as it stands, set-based."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from orgwork.foundation import bulk
from orgwork.foundation.dates import new_spells
from orgwork.foundation.moments import Act
from orgwork.foundation.search import fold

from .area_enacting import _DATED, _chunks
from .areas import LIST_2024, Area, AreaKind, AreaName, AreaPlacement
from .record import Cause

#: Since when areas are taken to stand of which no earlier day is known.
SINCE = dt.date(1945, 9, 2)


class Territory(NamedTuple):
    """A line of an official list; the country is the parent of what has none."""

    code: str
    kind: str
    name: str
    parent: str


def open_areas(
    act: Act, territories: Iterable[Territory], *, cause: Cause, code_list: str = LIST_2024,
    since: dt.date = SINCE,
) -> int:  # fmt: skip
    """Write the territories of a list that the register does not have yet; how many there were."""
    listed = [Territory("VN", AreaKind.COUNTRY.value, "Việt Nam", ""), *territories]
    codes = [one.code for one in listed]
    ids: dict[str, int] = {}
    for some in _chunks(codes, 5_000):
        ids.update(Area.objects.filter(code_list=code_list, code__in=some).values_list("code", "pk"))
    placed = set(AreaPlacement.objects.filter(area__code_list=code_list).values_list("area", flat=True))
    new = [one for one in listed if one.code not in ids]
    ids.update(zip((one.code for one in new), bulk.allocate_ids(Area, len(new)), strict=True))
    bulk.insert(
        Area,
        ("id", "code_list", "code", "kind"),
        [(ids[one.code], code_list, one.code, one.kind) for one in new],
    )
    fresh = [one for one in listed if ids[one.code] not in placed]
    if not fresh:
        return 0
    country = ids["VN"]
    for model, columns, values in (
        (AreaPlacement, ("area", "parent"), lambda one: (_above(one, ids, country),)),
        (AreaName, ("area", "name", "folded"), lambda one: (one.name, fold(one.name))),
    ):
        spells = new_spells(len(fresh))
        bulk.insert(
            model,
            (*_DATED, *columns),
            [
                (since, None, act.moment, spell, cause.pk, None, ids[one.code], *values(one))
                for spell, one in zip(spells, fresh, strict=True)
            ],
        )
    return len(fresh)


def _above(one: Territory, ids: dict[str, int], country: int) -> int | None:
    if one.kind == AreaKind.COUNTRY:
        return None
    return ids[one.parent] if one.parent else country


__all__ = ["SINCE", "Territory", "open_areas"]
