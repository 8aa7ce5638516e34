"""This room is for figures of one day on the structure of another: what was counted before a reform, by the
bodies that stand after it, beside the figure as it was reported.

Every record that was counted then is counted once more, for the body that its own body has become. Where a
body was divided, a record goes where its person went on that very day; whoever went nowhere that is recorded,
and whatever names no person, is counted for no new body and shown apart. Nothing is guessed, the sums agree.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeGuard

from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext as _

from orgwork.foundation import wording
from orgwork.foundation.refusals import Refusal
from orgwork.registers import figures
from orgwork.registers.figures import Derived, Indicator, When
from orgwork.registers.members import MembershipPlace, PlaceKind
from orgwork.registers.unit_lineage import Lineage
from orgwork.registers.units import (
    Unit,
    UnitCustody,
    UnitLineage,
    UnitPlacement,
    UnitSuccession,
    names_of,
    parents_of,
)

from . import frame

#: Lines beside those of bodies: what lies under another head now, and what nobody can say.
ELSEWHERE, OPEN = "elsewhere", "open"


@dataclass(frozen=True)
class Line:
    """A number of the table: of a body, or one of the lines beside them."""

    key: str
    name: str
    value: int
    #: From which of the bodies as reported they come: {body: number}.
    came_of: Mapping[int, int] = field(default_factory=dict)
    #: Of a body as reported: whether this is its whole figure, and not a part of it.
    whole: bool = True


@dataclass(frozen=True)
class Beside:
    """The same records twice: by the bodies of their own day, and by those of the other."""

    reported: Sequence[Line]
    regrouped: Sequence[Line]
    total: int


def days_of_change(after: dt.date, *, known_at: int | None = None) -> list[dt.date]:
    """The days after this one on which bodies came of others, the latest first."""
    rows = UnitSuccession.objects.at(known_at).filter(valid_from__gt=after)
    return sorted(set(rows.order_by().values_list("valid_from", flat=True).distinct()), reverse=True)


def can_be_regrouped(indicator: Indicator | Derived) -> TypeGuard[Indicator]:
    """Whether it is counted record by record: computed figures are not, nor what passes between bodies."""
    return isinstance(indicator, Indicator) and not (
        indicator.structural or indicator.against or indicator.distinct
    )


class Regrouped:
    """One figure of a body, counted on one day or over one period, on the structure of a later day."""

    def __init__(
        self, code: str, unit: Unit, when: When, day: dt.date, *, known_at: frame.Known | None = None,
        options: Mapping[str, str] | None = None,
    ):  # fmt: skip
        self.unit, self.when, self.day = unit, when, day
        self.at = frame.known(known_at)
        self.options = dict(options or {})
        #: Names of the bodies as reported, once the table is made.
        self.names_before: Mapping[int, str] = {}
        self.then = figures.day_of(when)
        if day <= self.then:
            raise Refusal(
                _("Choose for the structure a day after %(day)s, the last one that is counted.")
                % {"day": wording.day(self.then)},
                field="structure", code="structure_not_later",
            )  # fmt: skip
        indicator = figures.get(code)
        if not can_be_regrouped(indicator):
            raise Refusal(
                _("“%(figure)s” does not add up body by body; ask for one that is counted record by record,"
                  " such as the members.")
                % {"figure": indicator.label},
                field="figure", code="not_regrouped",
            )  # fmt: skip
        self.indicator = indicator
        self.lineage = Lineage(day, known_at=self.at.moment)

    # -- the records

    @cached_property
    def anew(self) -> bool:
        """Whether the body was not there yet: then what came to it is looked for below whoever was."""
        return self.unit.pk not in Lineage(self.then, known_at=self.at.moment).standing

    @cached_property
    def base(self) -> Unit:
        """Under which body the records are looked for: itself, or the nearest above it that was there."""
        if not self.anew:
            return self.unit
        there = Lineage(self.then, known_at=self.at.moment).standing
        above = parents_of(self.unit, self.day, known_at=self.at.moment)
        return next((one for one in reversed(above) if one.pk in there), self.unit)

    @cached_property
    def _rows(self) -> QuerySet:
        return frame.scoped(self.indicator, self.base, self.when, self.at.moment, self.options)

    @cached_property
    def _counted(self) -> dict[int | None, int]:
        """{body of a record: number}."""
        rows = self._rows.order_by().values_list(self.indicator.unit)
        return dict(rows.annotate(n_=Count("pk")))

    # -- where bodies went

    @cached_property
    def top(self) -> Unit:
        """The body itself; of one that has ended by the new day, the nearest above it that has not."""
        above = [*parents_of(self.unit, self.then, known_at=self.at.moment), self.unit]
        return next((one for one in reversed(above) if one.pk in self.lineage.standing), self.unit)

    @cached_property
    def heads(self) -> list[int]:
        """The bodies by which the records are told on the new structure: those directly below, and itself."""
        return [*frame.children(self.top, self.day, known_at=self.at), self.top.pk]

    @cached_property
    def _head_of(self) -> dict[int, int]:
        """{body of the new day: the one of the heads it stands under}."""
        rows = UnitLineage.objects.on(self.day, known_at=self.at.moment).filter(ancestor__in=self.heads)
        found: dict[int, int] = {}
        for below, above in rows.order_by("-depth").values_list("descendant_id", "ancestor_id"):
            if above != self.top.pk or below not in found:
                found[below] = above
        return found

    @cached_property
    def _keepers(self) -> dict[int, int]:
        rows = UnitCustody.objects.on(self.day, known_at=self.at.moment)
        return dict(rows.order_by("pk").values_list("unit_id", "custodian_id"))

    def _keys(self, unit: int) -> set[str]:
        """The lines under which the records of a body come: one, unless it was divided; none is open."""
        heirs = self.lineage.of(unit)
        if not heirs and self.indicator.subject not in ("member", "head"):
            keeper = self._keepers.get(unit)
            heirs = self.lineage.of(keeper) if keeper is not None else ()
        return {self._key(heir) for heir in heirs}

    def _key(self, unit: int) -> str:
        head = self._head_of.get(unit)
        return ELSEWHERE if head is None else str(head)

    @cached_property
    def _whole(self) -> dict[int, str]:
        """{body: line} for every body whose records all come under one line."""
        found = {unit: self._keys(unit) for unit in self._counted if unit is not None}
        return {unit: keys.pop() for unit, keys in found.items() if len(keys) == 1}

    @cached_property
    def _single(self) -> list[tuple[int, int | None, str]]:
        """(record, body, line) of bodies that were divided, or that nothing came of: one by one."""
        units = [unit for unit in self._counted if unit not in self._whole]
        if not units:
            return []
        path, person = self.indicator.unit, self.indicator.person
        among = Q(**{f"{path}__in": [unit for unit in units if unit is not None]})
        if None in units:
            among |= Q(**{f"{path}__isnull": True})
        rows = self._rows.filter(among).order_by().annotate(u_=F(path))
        if person is None:
            return [(pk, unit, OPEN) for pk, unit in rows.values_list("pk", "u_")]
        found = list(rows.annotate(p_=F(person)).values_list("pk", "u_", "p_"))
        went = self._went({(unit, one) for _pk, unit, one in found if unit and one})
        return [(pk, unit, went.get((unit, one), OPEN)) for pk, unit, one in found]

    def _went(self, pairs: set[tuple]) -> dict[tuple, str]:
        """{(body, person): line}: where each person's place was on the day on which the body ended."""
        found: dict[tuple, str] = {}
        here = {pair: pair[0] for pair in pairs}
        while here:
            units = {unit for unit in here.values() if unit is not None}
            ended = dict(
                UnitPlacement.objects.at(self.at.moment)
                .filter(unit__in=units, valid_to__isnull=False)
                .order_by("valid_to")
                .values_list("unit_id", "valid_to")
            )
            on_day: dict[dt.date, set[int]] = defaultdict(set)
            for (_first, person), unit in here.items():
                if unit in ended and ended[unit] <= self.day:
                    on_day[ended[unit]].add(person)
            homes = {day: self._homes(people, day) for day, people in on_day.items()}
            further = {}
            for pair, unit in here.items():
                home = homes.get(ended[unit], {}).get(pair[1]) if unit in ended else None
                if home is None or home == unit:
                    continue
                keys = self._keys(home)
                if len(keys) == 1:
                    found[pair] = keys.pop()
                elif home not in self.lineage.standing:
                    further[pair] = home
            here = further
        return found

    def _homes(self, people: set[int], day: dt.date) -> dict[int, int]:
        rows = MembershipPlace.objects.on(day, known_at=self.at.moment).filter(kind=PlaceKind.OFFICIAL)
        ids, found = sorted(people), {}
        for at in range(0, len(ids), 5_000):
            some = rows.filter(person__in=ids[at : at + 5_000])
            found.update(some.values_list("person_id", "unit_id"))
        return found

    # -- the table

    def beside(self) -> Beside:
        """As reported, and on the new structure: the same sum twice."""
        sums: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
        old = self._old_heads()
        for unit, key in self._whole.items():
            sums[key][old.get(unit, self.base.pk)] += self._counted[unit]
        for _pk, body, key in self._single:
            sums[key][old.get(body or 0, self.base.pk)] += 1
        everything = _added(sums.values())
        if self.anew:  # only what came to it; the rest is other bodies'
            sums.pop(ELSEWHERE, None), sums.pop(OPEN, None)
        reported = _added(sums.values())
        lines = {key: sum(parts.values()) for key, parts in sums.items()}
        names = names_of(self.heads, self.day, known_at=self.at.moment)
        codes = dict(Unit.objects.filter(pk__in=[*self.heads, *reported]).values_list("pk", "code"))
        self.names_before = names_of(list(reported), self.then, known_at=self.at.moment)
        made = [
            Line(codes[head], names.get(head, codes[head]), lines.get(str(head), 0), sums.get(str(head), {}))
            for head in self.heads
            if lines.get(str(head)) or (self.top == self.unit and head != self.unit.pk)
        ]
        made += [
            Line(key, said, lines[key], sums[key])
            for key, said in ((ELSEWHERE, _("under other bodies now")), (OPEN, _("not to be said")))
            if lines.get(key)
        ]
        told = [
            Line(codes[head], self.names_before.get(head, codes[head]), n, whole=n == everything[head])
            for head, n in reported.items()
        ]
        told.sort(key=lambda line: line.key)
        return Beside(told, made, sum(lines.values()))

    def _old_heads(self) -> dict[int, int]:
        """{body of a record: the one of those directly below the base that it stood under}."""
        below = frame.children(self.base, self.then, known_at=self.at)
        rows = UnitLineage.objects.on(self.then, known_at=self.at.moment).filter(ancestor__in=below)
        return dict(rows.values_list("descendant_id", "ancestor_id"))

    # -- opened

    def records(self, key: str) -> QuerySet:
        """The records of one line of the new structure: exactly those it counts."""
        if key not in (ELSEWHERE, OPEN):
            key = str(frame.find_unit(key).pk)
        units = [unit for unit, line in self._whole.items() if line == key]
        alone = [pk for pk, _unit, line in self._single if line == key]
        return self._rows.filter(Q(**{f"{self.indicator.unit}__in": units}) | Q(pk__in=alone))


def _added(parts: Iterable[Mapping[int, int]]) -> dict[int, int]:
    found: dict[int, int] = defaultdict(int)
    for one in parts:
        for head, number in one.items():
            found[head] += number
    return found
