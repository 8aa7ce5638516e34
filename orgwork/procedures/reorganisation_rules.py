"""This room is for the written rules by which changes of bodies follow from changes of territories.

``propose`` gives the changes of the bodies that lead an area: a new commune has a new party organisation,
into which those of the old ones merge; one that goes on unchanged keeps its body; districts end. What
stands under those bodies follows in reorganisation_shape.py. Every change names its rule, and may be changed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _

from orgwork.foundation import provisions
from orgwork.registers.areas import AreaKind, Share
from orgwork.registers.reorganisation import ChangeOf

from .reorganisation_world import World

#: What each rule says, and the text it rests on.
RULES = {
    "new_area": _(
        "A new territory has a new organisation, into which those of the old ones merge (QĐ 294-QĐ/TW)."
    ),
    "goes_on": _("A territory that goes on keeps its organisation (QĐ 294-QĐ/TW)."),
    "no_district": _("There is no district level: its organisation ends (QĐ 294-QĐ/TW)."),
    "split_area": _(
        "The organisation of a divided territory is divided; whoever belongs to it goes with their village or"
        " cell, as somebody decides (KL 163-KL/TW)."
    ),
    "with_the_body": _("What stands under a body goes with it to its successor."),
    "same_kind": _("Of each kind the successor has one body; those of the old bodies merge into it."),
    "by_place": _("A body goes under the organisation of the commune in which the place it serves lies."),
    "body_above": _("What stood under a district stands under the province until it is decided otherwise."),
    "upper_keeps": _("What a body of a district leaves is kept by the same agency of the province."),
    "raised": _("Under a commune's organisation cells are grassroots cells (QĐ 294-QĐ/TW)."),
    "decided": _("Decided by a person."),
    "written": _("Written in the plan."),
}
#: By level of the territory: the kind of the organisation that leads it from the reform on.
LEADS = {AreaKind.PROVINCE: "provincial_party_organisation", AreaKind.COMMUNE: "commune_party_organisation"}
LANGUAGES = ("vi", "en", "de", "ru")
#: By level: for each territory the body that leads it, or the key of the one that is founded.
Made = dict[str, dict[int, dict[str, Any]]]


def territory_key(world: World, key: int) -> str:
    """What a territory of the reform goes by in a plan: its kind and code, or its name while it has none."""
    assert world.reform is not None
    return f"{world.area_kind(key)}:{world.reform.code(key) or world.reform.name(key)}"


def propose(world: World) -> Iterator[dict[str, Any]]:
    """The planned changes of the bodies that lead areas, as values of PlannedChange, in order."""
    if world.reform is None:
        return
    into = _sources(world)
    made: Made = {AreaKind.PROVINCE: {}, AreaKind.COMMUNE: {}}
    touched: set[int] = set()
    for level in (AreaKind.PROVINCE, AreaKind.COMMUNE):
        for new in sorted(into, key=lambda key: (world.reformed.code(key), key)):
            if world.area_kind(new) == level:
                yield from _one(world, new, into[new], made, touched)
    yield from _splits(world, touched)
    yield from _districts(world, touched)


def _sources(world: World) -> dict[int, list]:
    """For each territory after the reform the edges that lead into it with people."""
    found = defaultdict(list)
    for edge in world.reformed.edges:
        if edge.new is not None and edge.population != Share.NONE:
            found[edge.new].append(edge)
    return found


def people_go(world: World, old: int) -> list[int]:
    """Into which territories the people of an old one go."""
    edges = world.onward.get(old, ())
    return list(dict.fromkeys(e.new for e in edges if e.new is not None and e.population != Share.NONE))


def _one(world: World, new: int, edges, made, touched) -> Iterator[dict[str, Any]]:
    level = world.area_kind(new)
    bodies = {e.old: world.leading(e.old) for e in edges}
    leading = [unit for units in bodies.values() for unit in units]
    if not leading:
        return
    clause = next((e.clause for e in edges if e.clause), "")
    kind = LEADS[AreaKind(level)]
    province = world.province_of(new)
    over = _over(world, level, province, made, leading)
    if over is None:
        return
    if new in world.reformed.going_on and bodies.get(new):
        (unit, *_more) = bodies[new]
        touched.add(unit)
        made[level][new] = {"unit": unit}
        yield from _kept(world, new, unit, kind, over, clause)
        rest = [u for u in leading if u != unit]
        target: dict[str, Any] = {"target": unit}
    else:
        key = territory_key(world, new)
        made[level][new] = {"key": key}
        like = max(leading, key=lambda u: (len(world.below.get(u, ())), -u))
        names = names_for(world, like, _area_of(world, like, bodies), world.reformed.name(new), kind)
        yield {
            "kind": ChangeOf.FOUND, "key": key, "rule": "new_area", "clause": clause,
            "values": {"kind": kind, "names": names, "area": key.partition(":")[2], "level": level},
            **over,
        }  # fmt: skip
        rest, target = leading, {"target_key": key}
    for old, units in bodies.items():
        if len(people_go(world, old)) > 1:
            continue
        for unit in units:
            if unit in rest and unit not in touched:
                touched.add(unit)
                yield {
                    "kind": ChangeOf.MERGE, "subject": unit, "rule": "new_area", "clause": clause,
                    **target,
                }  # fmt: skip


def _over(world: World, level, province, made, leading) -> dict[str, Any] | None:
    """Under which body the organisation of a territory stands: that of its province, or the whole party."""
    if level == AreaKind.PROVINCE:
        parents = [over for unit in leading if (over := world.parent.get(unit)) is not None]
        return {"target": min(parents)} if parents else None
    known = made[AreaKind.PROVINCE].get(province)
    if known is not None:
        return {"target": known["unit"]} if "unit" in known else {"target_key": known["key"]}
    standing = world.leading(province) if province is not None and province > 0 else []
    return {"target": standing[0]} if standing else None


def _area_of(world, unit, bodies):
    return next(area for area, units in bodies.items() if unit in units)


def _kept(world: World, new: int, unit: int, kind: str, over, clause) -> Iterator[dict[str, Any]]:
    said = {"subject": unit, "rule": "goes_on", "clause": clause}
    before = world.about(unit)
    if "target" not in over or world.parent.get(unit) != over["target"]:
        yield {"kind": ChangeOf.MOVE, **said, **over}
    if world.kind.get(unit) != kind and before and before.level in ("grassroots", "district"):
        yield {"kind": ChangeOf.CHANGE_KIND, **said, "values": {"kind": kind}}
    old, now = world.reformed.standing.name(new), world.reformed.name(new)
    if old and now != old:
        names = names_for(world, unit, new, now, kind)
        yield {"kind": ChangeOf.RENAME, **said, "values": {"names": names}}


def _splits(world: World, touched: set[int]) -> Iterator[dict[str, Any]]:
    """Bodies of territories whose people go to several."""
    for old in sorted(world.onward):
        targets = people_go(world, old)
        if len(targets) < 2 or old in world.reformed.going_on:
            continue
        edges = world.onward[old]
        rest = next((e.new for e in edges if e.population == Share.REMAINDER), None)
        for unit in world.leading(old):
            if unit in touched:
                continue
            touched.add(unit)
            values: dict[str, Any] = {"targets": [territory_key(world, key) for key in targets]}
            if rest is not None:
                values["remainder"] = territory_key(world, rest)
            yield {
                "kind": ChangeOf.SPLIT, "subject": unit, "values": values, "rule": "split_area",
                "clause": next((e.clause for e in edges if e.clause), ""),
            }  # fmt: skip


def _districts(world: World, touched: set[int]) -> Iterator[dict[str, Any]]:
    for area in sorted(world.reformed.ending):
        one = world.reformed.standing.before.get(area)
        if one is None or one.kind != AreaKind.DISTRICT or people_go(world, area):
            continue
        for unit in world.leading(area):
            if unit not in touched:
                touched.add(unit)
                yield {"kind": ChangeOf.END, "subject": unit, "rule": "no_district"}


# ── names ───────────────────────────────────────────────────────────────────────────────────────────────


def lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]


def bare(name: str) -> str:
    """The name of a territory without its kind: "Xã Mường Nhé" → "Mường Nhé"."""
    for kind in (
        "Thị trấn ",
        "Thị xã ",
        "Thành phố ",
        "Đặc khu ",
        "Phường ",
        "Quận ",
        "Huyện ",
        "Tỉnh ",
        "Xã ",
    ):
        if name.startswith(kind):
            return name[len(kind) :]
    return name


def names_for(world: World, like: int, area: int, now: str, kind: str) -> dict[str, list[str]]:
    """The names of the body of a territory: those of a like body, with the territory's name in them."""
    was = world.reformed.standing.name(area) if world.reform else ""
    found: dict[str, list[str]] = {}
    for language, (text, short) in world.names.get(like, {}).items():
        if (fresh := renamed(text, was, now)) is not None:
            found[language] = [fresh, renamed(short, was, now) or ""]
    if "vi" not in found:
        label = provisions.kinds()[kind].labels["vi"]
        first = "Đảng bộ" if kind in LEADS.values() else label[:1].upper() + label[1:]
        found["vi"] = [f"{first} {lower_first(now)}", ""]
    if kind in LEADS.values():
        found["vi"] = [f"Đảng bộ {lower_first(now)}", found["vi"][1]]
    return {language: found[language] for language in LANGUAGES if language in found}


def renamed(text: str, was: str, now: str) -> str | None:
    """A body's name with another territory's name in it; None where the old one is not in it."""
    for old, new in ((lower_first(was), lower_first(now)), (was, now), (bare(was), bare(now))):
        if old and old in text:
            return text.replace(old, new)
    return None
