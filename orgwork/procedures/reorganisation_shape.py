"""This room is for what a plan means, worked out before anything is written: which bodies come, go, move and
end, where everything under them goes, by which rule, and what nobody has decided yet.

A reference is the number of a body, or the key of one that the plan founds. Nothing here writes; the same
shape is shown, rehearsed and enacted.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet

from orgwork.foundation import provisions
from orgwork.registers.area_changes import AreaChange, read_area_changes
from orgwork.registers.areas import AreaKind
from orgwork.registers.members import MembershipPlace, PlaceKind
from orgwork.registers.reorganisation import (
    LEFT_OPEN,
    ChangeOf,
    ClauseState,
    DecisionOn,
    Plan,
    PlanDecision,
    PlannedChange,
)
from orgwork.registers.units import SuccessionKind

from .reorganisation_rules import bare, names_for, people_go, territory_key
from .reorganisation_world import World

Ref = int | str

#: What a kind becomes under a body under which it may not stand, before anybody is asked.
RAISED = {"cell": "grassroots_cell", "section_party_organisation": "grassroots_party_organisation"}
#: Families whose bodies belong to the body above them and are paired by kind where that merges.
PAIRED = ("committee", "agency", "service", "state", "front", "union", "temporary")


@dataclass
class Founded:
    """A body that the plan founds."""

    key: str
    kind: str
    parent: Ref
    names: dict[str, list[str]]
    rule: str
    change: PlannedChange | None = None
    #: The area it serves: key of a territory of the reform, or number of an area.
    serves: list[int] = field(default_factory=list)
    clause: str = ""


@dataclass
class Ended:
    """A body that ends: what came of it, and the one body that answers for what it leaves."""

    heirs: list[Ref]
    keeper: Ref | None
    how: str
    rule: str
    clause: str = ""


@dataclass(frozen=True)
class Open:
    """Something of which nobody has said where it goes; ``choices`` are references, or codes of places."""

    what: str
    subject: int
    under: int
    choices: tuple[Ref, ...] = ()
    members: int = 0


class Shape:
    """A plan worked out against the bodies as they stand on its day, or on one of its days.

    Of a plan that takes effect on several days each day has its shape (reorganisation_days.py).
    """

    def __init__(self, plan: Plan, world: World | None = None, *, day: dt.date | None = None):
        self.plan, self.day = plan, day or plan.day
        changes = standing(plan).order_by("order")
        self.planned = [one for one in changes if (one.day or plan.day) == self.day]
        self.area_changes = area_changes_of(self.planned)
        self.world = world or World(self.day, self.area_changes)
        self.founded: dict[str, Founded] = {}
        self.moved: dict[int, tuple[Ref, str]] = {}
        self.kinds: dict[int, str] = {}
        self.renamed: dict[int, dict[str, list[str]]] = {}
        self.ended: dict[int, Ended] = {}
        self.serve: list[tuple[Ref, int]] = []
        self.serve_no_more: list[tuple[int, int]] = []
        self.functions: list[tuple[int, Ref, list[int]]] = []
        self.members: dict[int, Ref] = {}
        self.people: dict[int, tuple[int, Ref]] = {}
        self.open: list[Open] = []
        self.leads: dict[int, Ref] = {}
        self.decided: dict[tuple[str, int], Ref] = {}
        self.placed: dict[int, str] = {}
        self.proposed_places: dict[int, str] = {}
        self._decisions()
        self._places()
        self._going_on()
        self._written()
        self._follow()
        self._people()

    # -- what people decided

    def _decisions(self) -> None:
        for row in PlanDecision.objects.filter(plan=self.plan):
            ref: Ref = row.target_id or row.target_key
            if row.what == DecisionOn.PLACE:
                self.placed[row.subject] = row.target_key
            elif row.what == DecisionOn.PERSON:
                self.decided[(row.what, row.person_id or row.subject)] = ref
            else:
                self.decided[(row.what, row.subject)] = ref

    def _places(self) -> None:
        """Places of territories that end: those that follow, those decided, those still open."""
        if self.world.reform is None:
            return
        found = self.world.reform
        for place in self.world.places.values():
            if place.target is not None or place.area in self.placed:
                continue
            ends = found.standing.before.get(place.parent)
            if (
                ends is not None
                and ends.kind == AreaKind.DISTRICT
                and not people_go(self.world, place.parent)
            ):
                # It lay in the district as a whole: it lies in the province until somebody says where.
                province = self.world.province_of(place.targets[0]) if place.targets else None
                if province is not None and found.code(province):
                    self.proposed_places[place.area] = found.code(province)
                    continue
            choices = tuple(found.code(key) for key in place.targets)
            self.open.append(Open(DecisionOn.PLACE.value, place.area, place.parent, choices))

    # -- what is written in the plan

    def _written(self) -> None:
        for change in self.planned:
            if change.kind == ChangeOf.FOUND:
                self._found(change)
        for change in self.planned:
            handle = getattr(self, f"_{change.kind}", None)
            if handle and change.kind != ChangeOf.FOUND:
                handle(change)
        for unit, (target, _rule) in self.moved.items():
            # Moved as it is written, a cell under a commune's organisation is a grassroots cell, too.
            kind = self.world.kind.get(unit, "")
            fits = self.fits(kind, target)
            if unit not in self.kinds and fits is not None and fits != kind:
                self.kinds[unit] = fits

    def _ref(self, change: PlannedChange) -> Ref:
        return change.target_id or self.resolve(change.target_key) or change.target_key

    def _found(self, change: PlannedChange) -> None:
        said = change.values
        key = change.target_key
        planned: Ref = self.world.fresh[key] if key in self.world.fresh else key
        parent: Ref = change.target_id or planned
        one = Founded(
            change.key, said["kind"], parent, said.get("names", {}), change.rule or "written",
            change, clause=change.clause,
        )  # fmt: skip
        area = self.territory.get(change.key) if said.get("area") else None
        if area is not None:
            one.serves.append(area)
            self.leads[area] = change.key
        one.serves += [int(area) for area in said.get("serves", ())]
        self.founded[change.key] = one

    @cached_property
    def territory(self) -> dict[str, int]:
        """The territories of the reform by what they go by in plans."""
        if self.world.reform is None:
            return {}
        keys = {e.new for e in self.world.reform.edges if e.new is not None}
        return {territory_key(self.world, key): key for key in keys | set(self.world.reform.coming)}

    def _merge(self, change: PlannedChange) -> None:
        how = SuccessionKind.ABSORBED if change.kind == ChangeOf.ABSORB else SuccessionKind.MERGED
        ref = self._ref(change)
        self.ended[_whom(change)] = Ended([ref], ref, how, change.rule or "written", change.clause)

    _absorb = _merge

    def _end(self, change: PlannedChange) -> None:
        ref = self._ref(change)
        keeper: Ref | None = ref or None
        heirs = [ref] if ref else []
        self.ended[_whom(change)] = Ended(
            heirs, keeper, SuccessionKind.CONTINUED, change.rule or "written", change.clause
        )

    def _split(self, change: PlannedChange) -> None:
        heirs = [heir for one in change.values.get("targets", ()) if (heir := self.resolve(one)) is not None]
        rest = self.resolve(change.values.get("remainder"))
        keeper = self.resolve(self.decided.get((DecisionOn.REMAINDER.value, _whom(change)))) or rest
        self.ended[_whom(change)] = Ended(
            heirs, keeper, SuccessionKind.SPLIT, change.rule or "written", change.clause
        )

    def _move(self, change: PlannedChange) -> None:
        self.moved[_whom(change)] = (self._ref(change), change.rule or "written")

    def _rename(self, change: PlannedChange) -> None:
        self.renamed[_whom(change)] = change.values["names"]

    def _change_kind(self, change: PlannedChange) -> None:
        self.kinds[_whom(change)] = change.values["kind"]

    def _transfer_function(self, change: PlannedChange) -> None:
        said = [int(one) for one in change.values.get("functions", ())]
        self.functions.append((_whom(change), self._ref(change), said))

    def _transfer_areas(self, change: PlannedChange) -> None:
        for area in change.values.get("areas", ()):
            self.serve_no_more.append((_whom(change), int(area)))
            self.serve.append((self._ref(change), int(area)))

    # -- what follows

    def _going_on(self) -> None:
        """Territories that go on are led by the body that leads them, unless the plan founds another."""
        if self.world.reform is not None:
            for key in self.world.reform.going_on:
                for unit in self.world.leading(key):
                    self.leads.setdefault(key, unit)

    def resolve(self, ref: Ref | None) -> Ref | None:
        """A planned founding, one of an earlier day of the plan, or the body that leads a territory, by what
        it goes by in the plan.
        """
        if not isinstance(ref, str) or ref in self.founded:
            return ref or None
        if ref in self.world.fresh:
            return self.world.fresh[ref]
        return self.leads.get(self.territory.get(ref, 0))

    def _follow(self) -> None:
        for unit in self._from_above(self.kinds):
            self._raise_below(unit)
        done: set[int] = set()
        for unit in self._from_above(list(self.ended)):
            self._end_below(unit, done)
        for unit in self.ended:
            if self.ended[unit].keeper is None:
                self.ended[unit].keeper = self._keeper(unit)
            elsewhere = self.resolve(self.decided.get((DecisionOn.REMAINDER.value, unit)))
            if elsewhere is not None:
                self.ended[unit].keeper = elsewhere
        self._who_gives_people_away()
        self._cells_that_end()
        self._places_left()

    def _who_gives_people_away(self) -> None:
        """A territory that goes on and gives some of its people away: which of its cells go is for people."""
        if self.world.reform is None:
            return
        for key in self.world.reform.going_on:
            targets = [self.leads[one] for one in people_go(self.world, key) if one in self.leads]
            unit = self.leads.get(key)
            if len(targets) < 2 or not isinstance(unit, int) or unit in self.ended:
                continue
            for child in self.world.below.get(unit, ()):
                about = self.world.about(child)
                if about is None or about.family != "party" or child in self.ended or child in self.moved:
                    continue
                target = self.resolve(self.decided.get((DecisionOn.BODY.value, child)))
                if target is None:
                    self._ask(child, unit, targets)
                elif target != unit:
                    self._go(child, target, "decided")

    def _places_left(self) -> None:
        """Places that go on and that nobody else serves: whoever answers for an ended body serves them."""
        ending = self.world.reform.ending if self.world.reform else set()
        taken: dict[Ref, set[int]] = {ref: set(one.serves) for ref, one in self.founded.items()}
        for unit, ended in self.ended.items():
            heir = ended.heirs[0] if len(ended.heirs) == 1 else ended.keeper
            if heir is None:
                continue
            served = taken.setdefault(heir, set(self._served(heir)))
            for area in self.world.serves.get(unit, ()):
                others = [one for one in self.world.served_by.get(area, ()) if one not in self.ended]
                if area not in ending and area not in served and not (others and not ended.heirs):
                    served.add(area)
                    self.serve.append((heir, area))

    def _served(self, ref: Ref) -> Sequence[int]:
        return self.world.serves.get(ref, ()) if isinstance(ref, int) else ()

    def _from_above(self, units: Iterable[int]) -> list[int]:
        return sorted(units, key=lambda unit: (self._depth(unit), unit))

    def _depth(self, unit: int) -> int:
        depth, at = 0, self.world.parent.get(unit)
        while at is not None:
            depth, at = depth + 1, self.world.parent.get(at)
        return depth

    def kind_of(self, ref: Ref) -> str:
        if isinstance(ref, str):
            return self.founded[ref].kind if ref in self.founded else ""
        return self.kinds.get(ref) or self.world.kind.get(ref, "")

    def fits(self, kind: str, ref: Ref) -> str | None:
        """The kind under which a body may stand there: its own, a raised one, or none."""
        over = self.kind_of(ref)
        for one in (kind, RAISED.get(kind)):
            known = provisions.kinds().get(one or "")
            if one and known and known.may_stand_under(over, self.day):
                return one
        return None

    def _raise_below(self, unit: int) -> None:
        """A body of another kind: what stands under it must still be allowed to."""
        for child in self.world.below.get(unit, ()):
            if child in self.ended or child in self.moved or child in self.kinds:
                continue
            kind = self.world.kind.get(child, "")
            fits = self.fits(kind, unit)
            if fits is None:
                self._ask(child, unit, ())
            elif fits != kind:
                self.kinds[child] = fits
                self._raise_below(child)

    def _end_below(self, unit: int, done: set[int]) -> None:
        """Where what stands under a body that ends goes."""
        if unit in done:
            return
        done.add(unit)
        ended = self.ended[unit]
        children = [c for c in self.world.below.get(unit, ()) if c not in self.ended and c not in self.moved]
        kinds = Counter(self.world.kind.get(child, "") for child in children)
        for child in children:
            about = self.world.about(child)
            target = self.resolve(self.decided.get((DecisionOn.BODY.value, child)))
            if target is not None:
                self._go(child, target, "decided")
            elif about is None:
                self._ask(child, unit, tuple(ended.heirs))
            elif about.family == "party":
                self._party_body(child, unit, ended)
            elif kinds[about.code] > 1 and len(ended.heirs) == 1 and self.fits(about.code, ended.heirs[0]):
                self._go(child, ended.heirs[0], "with_the_body")
            else:
                self._own_body(child, unit, ended)
                self._end_below(child, done)

    def _party_body(self, child: int, unit: int, ended: Ended) -> None:
        """Cells and organisations go on: under the one successor, else where the place they serve lies."""
        if len(ended.heirs) == 1:
            self._go(child, ended.heirs[0], "with_the_body", fallback=(unit, ended))
            return
        target = self._by_place(child)
        if target is not None:
            self._go(child, target, "by_place", fallback=(unit, ended))
        elif not ended.heirs and not self._of_a_divided_place(child):
            self._go(child, self._keeper(unit), "body_above", fallback=(unit, ended))
        else:
            self._ask(child, unit, tuple(ended.heirs) or self._choices(child))

    def _go(self, child: int, target: Ref | None, rule: str, fallback=None) -> None:
        kind = self.world.kind.get(child, "")
        fits = self.fits(kind, target) if target is not None else None
        if target is None or fits is None:
            unit, ended = fallback or (self.world.parent.get(child) or 0, None)
            self._ask(child, unit, tuple(ended.heirs) if ended else ())
            return
        self.moved[child] = (target, rule)
        if fits != kind:
            self.kinds[child] = fits
            self._raise_below(child)

    def _by_place(self, child: int) -> Ref | None:
        """The body that leads the territory in which all places lie that a body serves."""
        found = {self._lies(area) for area in self.world.serves.get(child, ())}
        if len(found) != 1:
            return None
        (key,) = found
        return self.leads.get(key) if key is not None else None

    def _lies(self, area: int) -> int | None:
        """In which territory of the reform a place lies from the day on, as it follows or was decided."""
        if self.world.reform is None:
            return None
        at: int | None = area
        while at is not None:
            if at in self.placed:
                return self._by_code.get(self.placed[at])
            if (place := self.world.places.get(at)) is not None and place.target is not None:
                return place.target
            if at in self.leads:
                return at
            if at in self.world.onward:
                targets = people_go(self.world, at)
                return targets[0] if len(targets) == 1 else None
            at = self.world.lies_in.get(at)
        return None

    @cached_property
    def _by_code(self) -> dict[str, int]:
        assert self.world.reform is not None
        return {self.world.reform.code(key): key for key in self.territory.values()}

    @cached_property
    def led_by(self) -> dict[Ref, int]:
        """The territory that each body leads; asked only once all foundings are known."""
        return {ref: area for area, ref in self.leads.items()}

    def _of_a_divided_place(self, child: int) -> bool:
        for area in self.world.serves.get(child, ()):
            at = self.world.lies_in.get(area)
            while at is not None:
                if len(people_go(self.world, at)) > 1:
                    return True
                at = self.world.lies_in.get(at)
        return False

    def _choices(self, child: int) -> tuple[Ref, ...]:
        found: list[Ref] = []
        for area in self.world.serves.get(child, ()):
            at = self.world.lies_in.get(area)
            while at is not None:
                found += [self.leads[key] for key in people_go(self.world, at) if key in self.leads]
                at = self.world.lies_in.get(at)
        return tuple(dict.fromkeys(found))

    def _own_body(self, child: int, unit: int, ended: Ended) -> None:
        """Committees, agencies, state bodies and unions: one of each kind at the successor; else they end."""
        heirs = [self._same_kind(child, heir, ended) for heir in ended.heirs]
        found = [heir for heir in heirs if heir is not None]
        if ended.heirs and len(found) == len(ended.heirs):
            how = SuccessionKind.SPLIT if len(found) > 1 else SuccessionKind.MERGED
            keeper: Ref | None = found[0]
            if len(found) > 1:
                over = ended.keeper if ended.keeper is not None else ended.heirs[0]
                keeper = found[ended.heirs.index(over)] if over in ended.heirs else found[0]
            self.ended[child] = Ended(found, keeper, how, "same_kind", ended.clause)
            return
        keeper = self._keeper(child) if not ended.heirs else ended.heirs[0]
        self.ended[child] = Ended([], keeper, SuccessionKind.CONTINUED, "upper_keeps", ended.clause)

    def _same_kind(self, child: int, heir: Ref, ended: Ended) -> Ref | None:
        kind = self.world.kind[child]
        if self.fits(kind, heir) != kind:
            return None
        if isinstance(heir, int):
            for other in self.world.below.get(heir, ()):
                if self.world.kind.get(other) == kind and other not in self.ended:
                    return other
        key = f"{heir}/{kind}"
        if key not in self.founded:
            self.founded[key] = Founded(
                key, kind, heir, self._names_like(child, heir, kind), "same_kind", clause=ended.clause,
            )  # fmt: skip
        return self._serving_too(key, child, heir)

    def _serving_too(self, key: str, child: int, heir: Ref) -> str:
        """Where the old body served its territory, the new one serves the new one."""
        area = self.led_by.get(heir)
        one = self.founded[key]
        if area is not None and area not in one.serves:
            over = self.world.serves.get(self.world.parent.get(child) or 0, ())
            if set(over) & set(self.world.serves.get(child, ())):
                one.serves.append(area)
        return key

    def _names_like(self, child: int, heir: Ref, kind: str) -> dict[str, list[str]]:
        area = self.led_by.get(heir)
        over = self.world.parent.get(child) or 0
        served = self.world.serves.get(over, ())
        if area is not None and served and self.world.reform is not None:
            return names_for(self.world, child, served[0], self.world.reform.name(area), kind)
        label = provisions.kinds()[kind].labels
        name = self.founded[heir].names if isinstance(heir, str) else {}
        rest = bare((name.get("vi") or [""])[0])
        return {"vi": [f"{label['vi'][:1].upper()}{label['vi'][1:]} {rest}".strip(), ""]}

    def _keeper(self, unit: int) -> Ref | None:
        """Who keeps what a body leaves that nothing succeeds: the same agency above, else the body above."""
        kind, at = self.world.kind.get(unit, ""), self.world.parent.get(unit)
        first = True
        while at is not None:
            if at in self.ended:
                over = self.ended[at]
                if len(over.heirs) == 1:
                    return over.heirs[0]
                at = self.world.parent.get(at)
                first = False
                continue
            if not first:
                for other in self.world.below.get(at, ()):
                    if self.world.kind.get(other) == kind and other not in self.ended and other != unit:
                        return other
            return at
        return None

    def _ask(self, child: int, unit: int, choices: Sequence[Ref]) -> None:
        self.open.append(Open(DecisionOn.BODY.value, child, unit, tuple(choices)))

    # -- members

    def _cells_that_end(self) -> None:
        for unit, ended in self.ended.items():
            about = self.world.about(unit)
            if about is not None and about.holds_members:
                cells = [ref for ref in ended.heirs if self._holds(ref)]
                if len(cells) == 1 and len(ended.heirs) == 1:
                    self.members[unit] = cells[0]

    def _holds(self, ref: Ref) -> bool:
        known = provisions.kinds().get(self.kind_of(ref))
        return bool(known and known.holds_members)

    def _people(self) -> None:
        """Members of cells that end without one cell that succeeds: decided one by one, never guessed."""
        left = [
            unit for unit in self.ended
            if (about := self.world.about(unit)) and about.holds_members and unit not in self.members
        ]  # fmt: skip
        if not left:
            return
        for person, unit, kind in self._living_in(left):
            target = self.resolve(self.decided.get((DecisionOn.PERSON.value, person)))
            if target is None and self._holds(self.ended[unit].keeper or "") and not self.ended[unit].heirs:
                target = self.ended[unit].keeper
            if target is not None and self._holds(target):
                self.people[person] = (unit, target)
            elif kind == PlaceKind.OFFICIAL:
                self.open.append(
                    Open(DecisionOn.PERSON.value, person, unit, tuple(self.ended[unit].heirs), 1)
                )

    def _living_in(self, cells: list[int]) -> Iterator[tuple[int, int, str]]:
        """Who belongs to the cells on the day (whoever came there by an earlier day of the plan, too)."""
        homes, moved = self.world.homes, self.world.people
        came = [cell for cell, home in homes.items() if home in cells]
        one_by_one = [person for person, home in moved.items() if home in cells]
        rows = MembershipPlace.objects.on(self.day).order_by("unit", "person")
        rows = rows.filter(Q(unit__in=[*cells, *came]) | Q(person__in=one_by_one))
        for person, unit, kind in rows.values_list("person", "unit", "kind"):
            home = moved.get(person, homes.get(unit, unit))
            if home in cells:
                yield person, home, kind

    # -- asked of the whole

    def parent_of(self, ref: Ref) -> Ref | None:
        """Under which body one stands from the day on."""
        if isinstance(ref, str):
            return self.founded[ref].parent
        if ref in self.moved:
            return self.moved[ref][0]
        return self.world.parent.get(ref)

    def over_cell(self, cell: int) -> Ref | None:
        """The committee directly above the grassroots organisation of a cell, from the day on."""
        at: Ref | None = self.members.get(cell, cell)
        for _step in range(30):
            if at is None:
                return None
            known = provisions.kinds().get(self.kind_of(at))
            if known and known.level == "grassroots":
                return self.parent_of(at)
            at = self.parent_of(at)
        return None

    def rows(self) -> Iterator[dict[str, Any]]:
        """Everything the plan does to bodies, what follows by rule included."""
        for one in self.founded.values():
            yield {
                "kind": "found", "key": one.key, "target": one.parent, "rule": one.rule, "clause": one.clause,
                "to": one.kind, "name": (one.names.get("vi") or [""])[0],
            }  # fmt: skip
        for unit, (target, rule) in self.moved.items():
            yield {"kind": "move", "subject": unit, "target": target, "rule": rule}
        for unit, kind in self.kinds.items():
            rule = "written" if (ChangeOf.CHANGE_KIND, unit) in self._by_hand else "raised"
            yield {"kind": "change_kind", "subject": unit, "to": kind, "rule": rule}
        for unit, names in self.renamed.items():
            rule = "written" if (ChangeOf.RENAME, unit) in self._by_hand else "goes_on"
            name = (names.get("vi") or next(iter(names.values())))[0]
            yield {"kind": "rename", "subject": unit, "name": name, "rule": rule}
        for unit, ended in self.ended.items():
            kind = {"merged": "merge", "absorbed": "absorb", "split": "split"}.get(ended.how, "end")
            yield {
                "kind": kind if ended.heirs else "end", "subject": unit, "rule": ended.rule,
                "target": ended.heirs[0] if len(ended.heirs) == 1 else ended.heirs or ended.keeper,
                "clause": ended.clause,
            }  # fmt: skip

        for change in self.planned:
            if change.kind in (ChangeOf.TRANSFER_FUNCTION, ChangeOf.TRANSFER_AREAS):
                yield {
                    "kind": change.kind, "subject": _whom(change), "target": self._ref(change),
                    "rule": change.rule or "written", "clause": change.clause,
                }  # fmt: skip

    @cached_property
    def _by_hand(self) -> set[tuple[str, int | None]]:
        return {(one.kind, one.subject_id) for one in self.planned if one.rule == "written"}

    def counts(self) -> dict[str, int]:
        """How many bodies are founded, moved, ended …, and how many territories change."""
        found = Counter(row["kind"] for row in self.rows())
        found["area"] = len(self.area_changes)
        return {kind: found[kind] for kind in ChangeOf.values if found[kind]}


def _whom(change: PlannedChange) -> int:
    """The body that a planned change is about."""
    assert change.subject_id is not None
    return change.subject_id


def area_changes_of(planned: Iterable[PlannedChange]) -> list[AreaChange]:
    """The changes of territories of a plan, as they were read; what the text leaves open is none yet."""
    rows = [
        change.values for change in planned
        if change.kind == ChangeOf.AREA and LEFT_OPEN not in change.values
    ]  # fmt: skip
    return read_area_changes(rows)[0] if rows else []


def planned_area_changes(plan: Plan) -> list[AreaChange]:
    """For whoever follows areas through a plan that is not enacted yet."""
    return area_changes_of(standing(plan).filter(kind=ChangeOf.AREA).order_by("order"))


def standing(plan: Plan) -> QuerySet[PlannedChange]:
    """The changes of a plan but for those of clauses that a person left out."""
    return plan.changes.exclude(said_in__state=ClauseState.LEFT_OUT)
