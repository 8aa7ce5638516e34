"""This room is for bodies that come in with the register that was kept before, codes and all, set-based."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from orgwork.foundation.moments import Act
from orgwork.registers.units import (
    Status,
    Unit,
    UnitForm,
    UnitName,
    UnitPlacement,
    UnitService,
    derive_lineage,
    lock_tree,
    name_values,
)

from .cases import cause
from .opening_members import VERB
from .takeover import Said, TakeOver


class Founding(NamedTuple):
    """A body as the old register has it; ``parent`` is the code of one that is here or comes before it."""

    code: str
    kind: str
    parent: str
    since: dt.date
    names: dict[str, str]
    short: str
    serves: tuple[int, ...]


def take_bodies(act: Act, day: dt.date, foundings: Sequence[Founding]) -> list[int]:
    """Write bodies, their places in the tree, names, kinds and areas; their ids, in order.

    A code whose body was once taken over and taken back is used again: it never stood anywhere.
    """
    if not foundings:
        return []
    lock_tree()
    take = TakeOver(act.batch, door=act.door, actor=getattr(act.actor, "pk", None))
    take._ordinals[act.moment] = act.ordinal
    why = cause("takeover").pk
    ids = _units(take, foundings)
    known = [(one.since, None, act.moment, None, why, None) for one in foundings]
    own = [ids[one.code] for one in foundings]
    rows = list(zip(known, own, foundings, strict=True))
    take.plain_facts(UnitPlacement, ("unit", "parent"), ((*k, u, ids[one.parent]) for k, u, one in rows))
    take.plain_facts(
        UnitForm, ("unit", "kind", "status"), ((*k, u, one.kind, Status.ACTIVE.value) for k, u, one in rows)
    )
    take.plain_facts(
        UnitName,
        ("unit", "language", "text", "short", "folded"),
        ((*k, u, *_name(one, language)) for k, u, one in rows for language in one.names),
    )
    take.plain_facts(
        UnitService, ("unit", "area"), ((*k, u, area) for k, u, one in rows for area in one.serves)
    )
    derive_lineage(act, own if len(own) < 400 else None)
    act.ordinal += take.journal(_said(act, day, rows))
    return own


def _units(take: TakeOver, foundings: Sequence[Founding]) -> dict[str, int]:
    codes = {one.code for one in foundings} | {one.parent for one in foundings}
    ids: dict[str, int] = {}
    listed = sorted(codes)
    for at in range(0, len(listed), 800):
        ids.update(Unit.objects.filter(code__in=listed[at : at + 800]).values_list("code", "pk"))
    new = [one.code for one in foundings if one.code not in ids]
    drawn = take.ids(Unit, len(new))
    ids.update(zip(new, drawn, strict=True))
    take.rows(Unit, ("id", "code"), ((ids[code], code) for code in new))
    return ids


def _name(one: Founding, language: str) -> tuple:
    said = name_values(one.names[language], one.short if language == "vi" else "")
    return language, said["text"], said["short"], said["folded"]


def _said(act: Act, day: dt.date, rows):
    for _known, unit, one in rows:
        name = next(iter(one.names.values()), "")
        content = {"code": one.code, "name": name, "kind": one.kind, "since": one.since.isoformat()}
        yield Said(act.moment, VERB, day, [("unit", unit, content)])
