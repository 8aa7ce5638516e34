"""This room is for what changes of territories mean for the areas that stand: what goes on, ends and comes.

Pure arithmetic over what is recorded; area_enacting.py writes it down, area_lineage.py answers for a plan
with it. Villages go with a commune that goes over whole; of a split commune nothing is moved by guess.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from django.utils.translation import gettext as _

from orgwork.foundation import wording
from orgwork.foundation.dates import Period
from orgwork.foundation.search import fold

from .area_tables import AreaChange, Fault, provinces_2025
from .areas import (
    GOES_ON,
    IN_FORCE,
    LIST_2025,
    TERRITORIES,
    AreaCode,
    AreaKind,
    AreaName,
    AreaPlacement,
    ChangeKind,
    Share,
    in_force_since,
    list_from,
)

DAY = dt.timedelta(days=1)
COUNTRY = AreaKind.COUNTRY
_PLACED = (
    "pk", "area_id", "parent_id", "valid_from", "valid_to", "spell", "begun_by_id", "ended_by_id",
    "area__kind", "area__code_list", "area__code",
)  # fmt: skip


class Placed(NamedTuple):
    """A recorded place of an area, as far as a reform needs it."""

    row: int
    area: int
    parent: int | None
    since: dt.date
    until: dt.date | None
    spell: int
    begun_by: int | None
    ended_by: int | None
    kind: str = ""
    code_list: str = ""
    code: str = ""


class Standing:
    """The territories on the eve of a day and on the day itself, as recorded, with their codes and names."""

    def __init__(self, day: dt.date, *, known_at: int | None = None):
        self.day, self.known_at = day, known_at
        eve, both = day - DAY, Period(day - DAY, day + DAY)
        rows = AreaPlacement.objects.during(both, known_at=known_at).filter(
            area__kind__in=(COUNTRY, *TERRITORIES)
        )
        self.before: dict[int, Placed] = {}
        self.after: dict[int, Placed] = {}
        for values in rows.values_list(*_PLACED):
            one = Placed(*values)
            if one.since <= eve and (one.until is None or one.until > eve):
                self.before[one.area] = one
            if one.since <= day and (one.until is None or one.until > day):
                self.after[one.area] = one
        codes = AreaCode.objects.during(both, known_at=known_at).values_list(
            "area_id", "code_list", "code", "valid_from"
        )
        self.listed: dict[int, list[tuple[str, str]]] = defaultdict(list)
        for area, code_list, code, since in codes:
            if since <= day:
                self.listed[area].append((code_list, code))
        self.by_code = {
            (one.kind, code): area
            for area, one in self.before.items()
            if (code := self.code(area, eve)) is not None
        }
        new = list_from(day)
        self.come = {
            code: area
            for area, one in self.after.items()
            for code_list, code in ((one.code_list, one.code), *self.listed[area])
            if code_list == new
        }
        self.below: dict[int, list[int]] = defaultdict(list)
        for area, one in self.before.items():
            if one.parent is not None:
                self.below[one.parent].append(area)

    def name(self, area: int) -> str:
        return self.names.get(area, "")

    @property
    def names(self) -> dict[int, str]:
        if not hasattr(self, "_names"):
            rows = AreaName.objects.on(self.day - DAY, known_at=self.known_at)
            self._names = dict(
                rows.filter(area__kind__in=(COUNTRY, *TERRITORIES)).values_list("area_id", "name")
            )
        return self._names

    def code(self, area: int, day: dt.date) -> str | None:
        """Its code in the newest list in force on the day; None: no list has it."""
        one = self.before.get(area) or self.after[area]
        return code_on([(one.code_list, one.code), *self.listed.get(area, ())], day)


def code_on(listed: Iterable[tuple[str, str]], day: dt.date) -> str | None:
    """The code in the newest official list in force on the day."""
    ranked = [
        (since, code) for name, code in listed if (since := in_force_since(name)) is not None and since <= day
    ]
    return max(ranked)[1] if ranked else None


@dataclass(slots=True)
class Coming:
    """A territory that a reform brings; ``key`` is below nought until it has a number of its own."""

    key: int
    code: str
    draft: str
    kind: str
    name: str
    parent: int | None


@dataclass(slots=True)
class GoingOn:
    """A territory that stays the same and gets new codes, perhaps a new name and another parent."""

    area: int
    code: str
    draft: str
    name: str
    parent: int | None
    anew: bool


@dataclass(slots=True)
class Stray:
    """Land of no commune that the register did not have before: it lay there all the time."""

    key: int
    name: str
    parent: int
    since: dt.date


class Edge(NamedTuple):
    """Predecessor and successor by number, or by the key of what is coming."""

    old: int
    new: int | None
    kind: str
    area: str
    population: str
    paper: str = ""
    clause: str = ""


@dataclass
class Reform:
    """All that a list of changes means on its day."""

    day: dt.date
    code_list: str
    standing: Standing
    coming: dict[int, Coming] = field(default_factory=dict)
    going_on: dict[int, GoingOn] = field(default_factory=dict)
    strays: list[Stray] = field(default_factory=list)
    ending: set[int] = field(default_factory=set)
    edges: list[Edge] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    @property
    def onward(self) -> dict[int, list[Edge]]:
        found = defaultdict(list)
        for edge in self.edges:
            found[edge.old].append(edge)
        return found

    def code(self, key: int) -> str:
        """The code of a territory after the reform."""
        if key in self.coming:
            return self.coming[key].code
        if key in self.going_on:
            return self.going_on[key].code
        return self.standing.code(key, self.day) or ""

    def name(self, key: int) -> str:
        if key in self.coming:
            return self.coming[key].name
        if key in self.going_on:
            return self.going_on[key].name
        return self.standing.name(key)


def reform(changes: Sequence[AreaChange], day: dt.date, *, known_at: int | None = None) -> Reform:
    """What the changes mean on the day; ``faults`` says what does not fit what is recorded."""
    return _Working(changes, day, Standing(day, known_at=known_at)).done()


class _Working:
    """Provinces first, then communes into them, then the districts that nothing lies in any longer."""

    def __init__(self, changes, day, standing):
        self.day, self.standing = day, standing
        self.found = Reform(day, list_from(day), standing)
        self.provinces = [c for c in changes if c.old_level == AreaKind.PROVINCE]
        self.changes = [c for c in changes if c.old_level != AreaKind.PROVINCE]
        self.keys = 0
        self.targets: dict[tuple, int] = {}
        self.taken: set[int] = set()
        self.said: list[AreaChange] = []

    def done(self) -> Reform:
        self._days()
        self._provinces()
        olds = self._olds()
        self._communes(olds)
        self._districts(olds)
        self._old_provinces()
        return self.found

    def fresh(self) -> int:
        self.keys -= 1
        return self.keys

    def fault(self, change, column, sentence, *, blocks=True):
        self.found.faults.append(Fault(change.row, column, sentence, blocks))

    def _days(self):
        for change in (*self.provinces, *self.changes):
            if change.effective != self.day:
                self.fault(
                    change, "effective",
                    _("The row speaks of %(said)s, but the changes are made on %(day)s.")
                    % {"said": wording.day(change.effective), "day": wording.day(self.day)},
                )  # fmt: skip
                return

    # -- provinces

    def _provinces(self):
        given = {change.old_code for change in self.provinces}
        said = [*self.provinces, *(c for c in self._known_provinces() if c.old_code not in given)]
        self.said = said
        into = defaultdict(list)
        for change in said:
            into[change.new_province_code].append(change)
        self.province: dict[str, int] = {}
        self.to_province: dict[int, tuple[str, AreaChange]] = {}
        for code, rows in into.items():
            same = next((c for c in rows if c.kind in GOES_ON), None)
            old = self.standing.by_code.get((AreaKind.PROVINCE, same.old_code)) if same else None
            key = self.standing.come.get(code)
            if key is None and old is not None:
                key = old
            if key is None:
                key = self.come(rows[0], AreaKind.PROVINCE, self._country(), code, rows[0].new_province)
            self.province[code] = key
            if same is not None and old is not None:
                self._goes_on(same, old, self.standing.before[old].parent, code, same.new_province)
            for change in rows:
                area = self.standing.by_code.get((AreaKind.PROVINCE, change.old_code))
                if area is not None and area != key:
                    self.to_province[area] = (code, change)

    def _known_provinces(self):
        """What is known of the reform of 2025; of any other, what the rows of communes say."""
        involved = {c.old_province_code for c in self.changes}
        into = {c.new_province_code for c in self.changes}
        known = []
        if self.found.code_list == LIST_2025:
            known = [c for c in provinces_2025() if c.old_code in involved or c.new_code in into]
        listed = {c.new_code for c in known}
        pairs: dict[tuple[str, str], AreaChange] = {}
        for c in self.changes:
            if c.old_province_code and c.new_province_code not in listed:
                pairs.setdefault((c.old_province_code, c.new_province_code), c)
        olds = defaultdict(set)
        for old, new in pairs:
            olds[new].add(old)
        return known + [
            AreaChange(
                old, AreaKind.PROVINCE.value, c.old_province, old_province_code=old,
                old_province=c.old_province, new_code=new, new_code_1027="", new_name=c.new_province,
                new_province_code=new, new_province=c.new_province, resolution=c.resolution,
                kind=(
                    ChangeKind.UNCHANGED
                    if len(olds[new]) == 1 and fold(c.old_province) == fold(c.new_province)
                    else ChangeKind.WHOLE
                ).value, effective=self.day,
            )
            for (old, new), c in pairs.items()
        ]  # fmt: skip

    def _country(self) -> int | None:
        return next((a for a, one in self.standing.before.items() if one.kind == COUNTRY), None)

    # -- old units, found by their codes

    def _olds(self) -> dict[tuple, int]:
        olds: dict[tuple, int] = {}
        unknown: list[AreaChange] = []
        for change in self.changes:
            if change.old_key in olds:
                continue
            area = self._land(change) if not change.old_code else self._old(change, unknown)
            if area is not None:
                olds[change.old_key] = area
        if unknown:
            shown = ", ".join(f"{c.old_code} {c.old_name}" for c in unknown[:5])
            more = _(" and %(count)s more") % {"count": len(unknown) - 5} if len(unknown) > 5 else ""
            self.fault(
                unknown[0], "old_code",
                _("The register has no such unit on %(day)s: %(shown)s%(more)s.")
                % {"day": wording.day(self.day - DAY), "shown": shown, "more": more},
            )  # fmt: skip
        return olds

    def _old(self, change, unknown) -> int | None:
        area = self.standing.by_code.get((change.old_level, change.old_code))
        if area is None:
            unknown.append(change)
            return None
        name = self.standing.name(area)
        if fold(name) != fold(change.old_name):
            self.fault(
                change, "old_name",
                _("%(code)s is “%(name)s” in the register, the table says “%(said)s”.")
                % {"code": change.old_code, "name": name, "said": change.old_name}, blocks=False,
            )  # fmt: skip
        now = self.standing.after.get(area)
        if now is None or now.until is not None or now.row != self.standing.before[area].row:
            self.fault(
                change, "old_code",
                _("“%(name)s” is already recorded to end or to move on a day; take that back first.")
                % {"name": name or change.old_name},
            )  # fmt: skip
            return None
        return area

    def _land(self, change) -> int | None:
        """Land without a code goes by its name and province; what the register lacks lay there all along."""
        code = change.old_province_code or self._province_before(change.new_province_code)
        province = self.standing.by_code.get((AreaKind.PROVINCE, code))
        if province is None:
            self.fault(
                change, "old_province_code",
                _("The register has no province %(code)s.") % {"code": code},
            )  # fmt: skip
            return None
        district = self.standing.by_code.get((AreaKind.DISTRICT, change.old_district_code))
        for parent in (district, province):
            for area in self.standing.below.get(parent or 0, ()):
                one = self.standing.before[area]
                if (
                    one.kind == AreaKind.UNINCORPORATED
                    and area not in self.taken
                    and fold(self.standing.name(area)) == fold(change.old_name)
                ):
                    self.taken.add(area)
                    return area
        parent = district or province
        key = self.fresh()
        self.found.strays.append(Stray(key, change.old_name, parent, self.standing.before[parent].since))
        return key

    def _province_before(self, code: str) -> str:
        """An old province of which the new one is made: of the same code, else the first."""
        olds = sorted(c.old_code for c in self.said if c.new_province_code == code)
        return code if code in olds or not olds else olds[0]

    # -- communes

    def _communes(self, olds):
        said_to_go_on = {c.new_key: c for c in self.changes if c.kind in GOES_ON and c.old_key in olds}
        stays = {olds[c.old_key] for c in said_to_go_on.values()}  # though it may give a part away
        for change in self.changes:
            if change.old_key not in olds:
                continue
            old = olds[change.old_key]
            if change.kind == ChangeKind.ENDED:
                self.found.ending.add(old)
                self._edge(change, old, None)
                continue
            parent = self.province.get(change.new_province_code)
            if parent is None:
                self.fault(
                    change, "new_province_code",
                    _("Nothing says of which provinces the province %(code)s is made.")
                    % {"code": change.new_province_code},
                )  # fmt: skip
                continue
            key = self.targets.get(change.new_key)
            if key is None:
                same = said_to_go_on.get(change.new_key)
                if same is not None:
                    key = olds[same.old_key]
                    self._goes_on(same, key, parent, same.new_code, same.new_name)
                else:
                    key = self.standing.come.get(change.new_code) if change.new_code else None
                    key = key or self.come(change, AreaKind.COMMUNE, parent, change.new_code, change.new_name)
                self.targets[change.new_key] = key
            if old != key and old not in stays:
                self.found.ending.add(old)
            self._edge(change, old, key)

    def come(self, change, kind, parent, code, name) -> int:
        key = self.fresh()
        draft = change.new_code_1027 if self.found.code_list == LIST_2025 else ""
        self.found.coming[key] = Coming(key, code, draft, kind.value, name, parent)
        return key

    def _goes_on(self, change, area, parent, code, name):
        draft = change.new_code_1027 if self.found.code_list == LIST_2025 else ""
        anew = code not in self.standing.come
        self.found.going_on[area] = GoingOn(area, code, draft, name, parent, anew)
        if change.old_level == AreaKind.PROVINCE and anew:
            self._edge(change, area, area)

    def _edge(self, change, old, new):
        self.found.edges.append(
            Edge(
                old, new, change.kind, change.area, change.population, change.resolution,
                change.article_clause,
            )
        )  # fmt: skip

    # -- what nothing lies in any longer

    def _districts(self, olds):
        touched = set(olds.values())
        leaving = self.found.ending | set(self.found.going_on)
        parents = {self.standing.before[a].parent for a in touched if a in self.standing.before}
        for district in sorted(p for p in parents if p is not None):
            one = self.standing.before[district]
            if one.kind != AreaKind.DISTRICT or district in touched:
                continue
            if self._empty(district, leaving):
                self.found.ending.add(district)
                self.found.edges.append(
                    Edge(district, None, ChangeKind.ENDED.value, Share.WHOLE.value, Share.WHOLE.value)
                )

    def _old_provinces(self):
        for area, (code, change) in self.to_province.items():
            if self._empty(area, self.found.ending | set(self.found.going_on)):
                self.found.ending.add(area)
                self._edge(change, area, self.province[code])

    def _empty(self, area, leaving) -> bool:
        left = [a for a in self.standing.below.get(area, ()) if a not in leaving and a in self.standing.after]
        return not left


# ── places of no territory: villages, firms, schools, agencies ──────────────────────────────────────────


@dataclass(slots=True)
class Place:
    """A village, firm, school or agency whose commune (or district) ends, and where it may come to lie."""

    row: int
    area: int
    kind: str
    parent: int
    name: str
    targets: tuple[int, ...]
    target: int | None


#: Villages are where people live: they go with the population.
INHABITED = (AreaKind.VILLAGE, AreaKind.RESIDENTIAL_GROUP)


def places_of(found: Reform) -> list[Place]:
    """Places in territories that end: the one that follows from the changes, or those to choose from."""
    if not found.ending:
        return []
    rows = AreaPlacement.objects.on(found.day, known_at=found.standing.known_at).exclude(
        area__kind__in=TERRITORIES
    )
    listed = [
        (pk, area, kind, parent)
        for pk, area, kind, parent in rows.values_list("pk", "area_id", "area__kind", "parent_id")
        if parent in found.ending
    ]
    if not listed:
        return []
    wanted = {area for _pk, area, _kind, _parent in listed}
    names = dict(
        AreaName.objects.on(found.day, known_at=found.standing.known_at)
        .exclude(area__kind__in=TERRITORIES)
        .values_list("area_id", "name")
    )
    onward, said = found.onward, []
    for pk, area, kind, parent in sorted(listed):
        targets = where_to(found, parent, kind, onward)
        target = targets[0] if len(targets) == 1 else None
        said.append(Place(pk, area, kind, parent, names.get(area, ""), targets, target))
    assert len(wanted) == len(said)
    return said


def where_to(
    found: Reform, parent: int, kind: str, onward: Mapping[int, list[Edge]] | None = None
) -> tuple[int, ...]:
    """Into which territories a place may go over whose territory ends; one: it follows."""
    onward = found.onward if onward is None else onward
    edges = [edge for edge in onward.get(parent, ()) if edge.new is not None]
    if not edges:  # a district that ends without a successor: what its communes became
        below = [e for area in found.standing.below.get(parent, ()) for e in onward.get(area, ())]
        return tuple(dict.fromkeys(sorted(e.new for e in below if e.new is not None)))
    if kind in INHABITED:
        edges = [edge for edge in edges if edge.population != Share.NONE] or edges
    return tuple(dict.fromkeys(edge.new for edge in edges if edge.new is not None))


__all__ = ["IN_FORCE", "Coming", "Edge", "GoingOn", "Place", "Reform", "Standing", "places_of", "reform"]
