"""This room is for enacting changes of territories: everything of one reform in one moment, set-based.

Order of a reorganisation: ``enact_area_changes`` first, so that new areas stand for the bodies that will
serve them; then the bodies; then ``follow_services``, for bodies that remain and served what has ended.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from orgwork.foundation import bulk, wording
from orgwork.foundation.dates import new_spells
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Refusal, RegisterIncomplete, Stale
from orgwork.foundation.search import fold

from .area_reform import Place, Placed, Reform, places_of, reform, where_to
from .area_tables import AreaChange, Fault
from .areas import (
    DRAFT_2025,
    TERRITORIES,
    WITHOUT_CODE,
    Area,
    AreaCode,
    AreaKind,
    AreaName,
    AreaPlacement,
    AreaSuccession,
    ChangeKind,
    Share,
)
from .record import Cause
from .units import UnitService, lock_tree

_DATED = ("valid_from", "valid_to", "recorded", "spell", "begun_by", "ended_by")
_PIECE = ("pk", "valid_from", "valid_to", "spell", "begun_by_id", "ended_by_id")
_AT_ONCE = 5_000


def match_area_changes(changes: Sequence[AreaChange], day: dt.date) -> list[Fault]:
    """What does not fit the areas recorded; nothing is enacted while one of them blocks."""
    return reform(changes, day).faults


def undecided_places(changes: Sequence[AreaChange], day: dt.date) -> list[dict[str, Any]]:
    """Villages, firms, schools and agencies of split communes, and what lay in districts that end.

    Each with the new units among which a person chooses: ``{area, kind, name, from_code, from_name, choices:
    [{code, name}]}``. Hand the choices to ``enact_area_changes(placed={area: code})``.
    """
    found = reform(changes, day)
    return [_told(found, place) for place in places_of(found) if place.target is None]


def _told(found: Reform, place: Place) -> dict[str, Any]:
    return {
        "area": place.area,
        "kind": place.kind,
        "name": place.name,
        "from_code": found.standing.code(place.parent, found.day) or "",
        "from_name": found.standing.name(place.parent),
        "choices": [{"code": found.code(key), "name": found.name(key)} for key in place.targets],
    }


def enact_area_changes(
    act: Act, *, day: dt.date, changes: Sequence[AreaChange], cause: Cause,
    placed: Mapping[int, str] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Territories end, begin and go on from the day; which came of which is recorded with paper and clause.

    ``placed`` says for undecided places (by their number) the code of the new unit they lie in. Refuses, with
    nothing written, what does not fit the register, and places of which nobody has said where they go.
    Returns counts, and ``areas``: the numbers of the units in which the old ones go on, by their new codes.
    """
    lock_tree()
    found = reform(changes, day)
    if wrong := [fault for fault in found.faults if fault.blocks]:
        raise Refusal(
            _("The changes do not fit the register: %(fault)s") % {"fault": str(wrong[0])}
            if len(wrong) == 1
            else _("The changes do not fit the register in %(count)s places, first: %(fault)s")
            % {"count": len(wrong), "fault": str(wrong[0])},
            code="areas_differ",
        )
    moves = _decided(found, dict(placed or {}))
    return _Enacting(act, found, cause).write(moves)


def _decided(found: Reform, placed: dict[int, str]) -> list[tuple[Place, int]]:
    """Each place with the key of where it goes; refuses while one is undecided."""
    named = {found.code(key): key for key in {e.new for e in found.edges} if key is not None}
    moves, open_ = [], []
    for place in places_of(found):
        target = place.target
        if place.area in placed:
            target = named.get(placed[place.area])
            if target is None:
                raise Refusal(
                    _(
                        "“%(name)s” cannot come to lie in %(code)s:"
                        " no new unit of these changes has that code."
                    )
                    % {"name": place.name, "code": placed[place.area]},
                    code="no_such_area",
                )
        if target is None:
            open_.append(place)
        else:
            moves.append((place, target))
    if open_:
        raise RegisterIncomplete(
            _(
                "Of %(count)s places nobody has said in which new unit they lie, such as “%(name)s”"
                " (%(parent)s). Decide that first."
            )
            % {
                "count": len(open_),
                "name": open_[0].name,
                "parent": found.standing.name(open_[0].parent),
            },
            left=[("places", len(open_))],
            code="places_undecided",
        )
    return moves


class _Enacting:
    """Writes a reform: retract first, then insert from what was retracted at this moment."""

    def __init__(self, act: Act, found: Reform, cause: Cause):
        self.act, self.found, self.day, self.why = act, found, found.day, cause.pk
        self.ids: dict[int, int] = {}

    def write(self, moves: Sequence[tuple[Place, int]]) -> dict[str, Any]:
        found = self.found
        self._areas()
        self._placements(moves)
        self._names()
        self._codes()
        self._successions()
        kinds = {a: found.standing.before[a].kind for a in found.ending if a in found.standing.before}
        ended = [kinds.get(a, AreaKind.UNINCORPORATED.value) for a in found.ending]
        come = [one.kind for one in found.coming.values()]
        goes = [found.standing.before[a].kind for a in found.going_on]
        return {
            "day": self.day,
            "ended": _counted(ended),
            "new": _counted(come),
            "unchanged": _counted(goes),
            "places_moved": len(moves),
            "successions": len(found.edges),
            "areas": {
                found.code(key): self.id(key) for key in [*found.coming, *found.going_on] if found.code(key)
            },
        }

    def id(self, key: int) -> int:
        return self.ids.get(key, key)

    def _areas(self):
        """New identities; one that an earlier try left behind, placed nowhere, is used again."""
        found, code_list = self.found, self.found.code_list
        known: dict[str, int] = {}
        wanted = [one.code for one in found.coming.values() if one.code]
        for some in _chunks(wanted, _AT_ONCE):
            known.update(Area.objects.filter(code_list=code_list, code__in=some).values_list("code", "pk"))
        rows, bare = [], []
        for one in found.coming.values():
            if one.code in known:
                self.ids[one.key] = known[one.code]
            elif one.code:
                rows.append((one.key, code_list, one.code, one.kind))
            else:
                bare.append((one.key, one.kind))
        bare += [(one.key, AreaKind.UNINCORPORATED.value) for one in found.strays]
        for key, kind in bare:  # land without a code, and units whose code is not given yet
            rows.append((key, WITHOUT_CODE, "", kind))
        drawn = bulk.allocate_ids(Area, len(rows))
        self.ids.update((row[0], ident) for row, ident in zip(rows, drawn, strict=True))
        bulk.insert(
            Area,
            ("id", "code_list", "code", "kind"),
            [
                (ident, listed, code or str(ident), kind)
                for (_k, listed, code, kind), ident in zip(rows, drawn, strict=True)
            ],
        )

    def _placements(self, moves):
        found, before = self.found, self.found.standing.before
        change = {a: self.id(one.parent) for a, one in found.going_on.items() if one.parent is not None}
        old = [before[a] for a in found.ending if a in before]
        staying = {a: p for a, p in change.items() if before[a].parent == p}
        old += [before[a] for a in change if a not in staying]
        retract(AreaPlacement, self.act, [one.row for one in old])
        rows = [(*self._closed(one), one.area, one.parent) for one in old]
        rows += [(*self._goes_on(one), one.area, change[one.area]) for one in old if one.area in change]
        rows += self._moved(moves)
        fresh = [
            (self.id(one.key), self.id(one.parent) if one.parent else None) for one in found.coming.values()
        ]
        spells = iter(new_spells(len(fresh) + len(found.strays)) if fresh or found.strays else ())
        rows += [(*self._begun(next(spells)), area, parent) for area, parent in fresh]
        rows += [
            (one.since, self.day, self.act.moment, next(spells), None, self.why, self.id(one.key), one.parent)
            for one in found.strays
        ]
        bulk.insert(AreaPlacement, (*_DATED, "area", "parent"), rows)

    def _moved(self, moves):
        """Villages and other places, from the commune that ends to the one they go to."""
        target = {place.row: self.id(key) for place, key in moves}
        rows = []
        for some in _chunks(sorted(target), _AT_ONCE):
            for values in AreaPlacement.objects.filter(pk__in=some).values_list(
                *_PIECE, "area_id", "parent_id"
            ):
                piece = Placed(values[0], values[6], values[7], *values[1:6])
                if piece.since >= self.day:
                    raise Stale(_("A place was moved on the same day; look at the plan again."))
                rows.append((*self._closed(piece), piece.area, piece.parent))
                rows.append((*self._goes_on(piece), piece.area, target[piece.row]))
        retract(AreaPlacement, self.act, list(target))
        return rows

    def _names(self):
        found = self.found
        renamed = {
            a: one.name for a, one in found.going_on.items() if fold(one.name) != fold(found.standing.name(a))
        }
        touched = [a for a in found.ending if a in found.standing.before] + list(renamed)
        rows, gone = [], []
        for some in _chunks(touched, _AT_ONCE):
            for values in (
                AreaName.objects.on(self.day)
                .filter(area__in=some)
                .values_list(*_PIECE, "area_id", "name", "folded")
            ):
                *dated, area, name, folded = values
                piece = Placed(dated[0], area, None, *dated[1:])
                gone.append(piece.row)
                rows.append((*self._closed(piece), area, name, folded))
                if area in renamed:
                    rows.append((*self._goes_on(piece), area, renamed[area], fold(renamed[area])))
        retract(AreaName, self.act, gone)
        fresh = [(self.id(one.key), one.name) for one in found.coming.values()]
        spells = iter(new_spells(len(fresh) + len(found.strays)) if fresh or found.strays else ())
        rows += [(*self._begun(next(spells)), area, name, fold(name)) for area, name in fresh]
        rows += [
            (
                one.since, self.day, self.act.moment, next(spells), None, self.why,
                self.id(one.key), one.name, fold(one.name),
            )
            for one in found.strays
        ]  # fmt: skip
        bulk.insert(AreaName, (*_DATED, "area", "name", "folded"), rows)

    def _codes(self):
        """What goes on has a code in the new list, too; what is new has it already, but for the draft's."""
        found = self.found
        said = [(a, found.code_list, one.code) for a, one in found.going_on.items() if one.anew and one.code]
        said += [(a, DRAFT_2025, one.draft) for a, one in found.going_on.items() if one.anew and one.draft]
        said += [(self.id(one.key), DRAFT_2025, one.draft) for one in found.coming.values() if one.draft]
        self._begin(AreaCode, ("area", "code_list", "code"), said)

    def _successions(self):
        columns = ("predecessor", "successor", "kind", "area", "population", "paper", "clause")
        self._begin(
            AreaSuccession,
            columns,
            [
                (
                    self.id(e.old),
                    None if e.new is None else self.id(e.new),
                    *e[2:5],
                    e.paper[:60],
                    e.clause[:200],
                )
                for e in found_once(self.found.edges)
            ],
        )

    def _begin(self, model, columns, rows):
        if rows:
            spells = new_spells(len(rows))
            bulk.insert(
                model,
                (*_DATED, *columns),
                [(*self._begun(spell), *row) for spell, row in zip(spells, rows, strict=True)],
            )

    # -- pieces: (valid_from, valid_to, recorded, spell, begun_by, ended_by)

    def _begun(self, spell):
        return (self.day, None, self.act.moment, spell, self.why, None)

    def _closed(self, one):
        return (one.since, self.day, self.act.moment, one.spell, one.begun_by, self.why)

    def _goes_on(self, one):
        return (self.day, one.until, self.act.moment, one.spell, self.why, one.ended_by)


def found_once(edges):
    """Edges without repetitions: two rows that say the same pair and kind are one succession."""
    return {(edge.old, edge.new, edge.kind): edge for edge in edges}.values()


def retract(model, act: Act, rows: Sequence[int]) -> None:
    """Records are held true no longer from this moment on; refuses if somebody else was quicker."""
    done = 0
    for some in _chunks(rows, _AT_ONCE):
        done += model.versions.filter(pk__in=some, retracted__isnull=True).update(retracted=act.moment)
    if done != len(rows):
        raise Stale(_("Somebody else has changed the areas meanwhile; look at the plan again."))


# ── bodies that serve areas ─────────────────────────────────────────────────────────────────────────────


def services_left(day: dt.date) -> list[dict[str, Any]]:
    """Bodies that still serve, on the day, an area that does not exist any longer; and what came of it."""
    standing = set(AreaPlacement.objects.on(day).values_list("area", flat=True))
    rows = UnitService.objects.on(day).values_list(*_PIECE, "unit_id", "area_id", "area__kind")
    held = [row for row in rows if row[7] not in standing]
    onward: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for some in _chunks(sorted({row[7] for row in held}), _AT_ONCE):
        for old, new, population in AreaSuccession.objects.filter(
            predecessor__in=some, successor__isnull=False
        ).values_list("predecessor_id", "successor_id", "population"):
            onward[old].append((new, population))
    found = []
    for row in held:
        edges = onward.get(row[7], [])
        targets = [new for new, population in edges if population != Share.NONE] or [n for n, _p in edges]
        found.append({"row": row, "unit": row[6], "area": row[7], "targets": tuple(dict.fromkeys(targets))})
    return found


def follow_services(
    act: Act, *, day: dt.date, cause: Cause, served: Mapping[tuple[int, int], Iterable[int]] | None = None
) -> dict[str, int]:
    """Bodies that remain serve what became of the area they served, where only one thing became of it.

    ``served`` says of a body and the area it served (their numbers) which areas it serves from the day on;
    an empty list: none. Refuses while a body would be left serving what has ended.
    """
    served = served or {}
    left = services_left(day)
    undecided, gone, wanted = [], [], []
    for one in left:
        key = (one["unit"], one["area"])
        if key in served:
            targets = tuple(served[key])
        elif len(one["targets"]) == 1:
            targets = one["targets"]
        else:
            undecided.append(one)
            continue
        gone.append(one["row"])
        wanted += [(one["unit"], area) for area in targets]
    if undecided:
        raise RegisterIncomplete(
            _(
                "%(count)s bodies still serve areas that end on %(day)s and went over into several or none."
                " Say what they serve from then on."
            )
            % {"count": len(undecided), "day": wording.day(day)},
            left=[("services", len(undecided))],
            code="services_undecided",
        )
    return _serve(act, day, cause, gone, wanted)


def _serve(act, day, cause, gone, wanted) -> dict[str, int]:
    retract(UnitService, act, [row[0] for row in gone])
    units = sorted({unit for unit, _area in wanted})
    have: set[tuple[int, int]] = set()
    for some in _chunks(units, _AT_ONCE):
        have |= set(
            UnitService.objects.filter(unit__in=some, valid_to__isnull=True).values_list("unit_id", "area_id")
        )
    fresh = sorted(set(wanted) - have)
    spells = new_spells(len(fresh)) if fresh else []
    rows = [
        (since, day, act.moment, spell, begun, cause.pk, unit, area)
        for _pk, since, _until, spell, begun, _ended, unit, area, _kind in gone
        if since < day
    ]
    rows += [
        (day, None, act.moment, spell, cause.pk, None, unit, area)
        for spell, (unit, area) in zip(spells, fresh, strict=True)
    ]
    bulk.insert(UnitService, (*_DATED, "unit", "area"), rows)
    return {"services_ended": len(gone), "services_begun": len(fresh)}


def _counted(kinds: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for kind in sorted(kinds):
        found[kind] = found.get(kind, 0) + 1
    return found


def _chunks(items: Sequence, size: int):
    return (items[n : n + size] for n in range(0, len(items), size))


__all__ = [
    "TERRITORIES", "ChangeKind", "enact_area_changes", "follow_services", "match_area_changes",
    "services_left", "undecided_places", "where_to",
]  # fmt: skip
