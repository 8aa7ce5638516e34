"""This room is for finding what a sheet names in the registers, for all its rows at once.

A body is found by its code, or by a name that only one has. A person is found by number or card; by name and
birth only look-alikes are shown, for a person to decide. Nobody is ever taken for somebody by a name alone.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from orgwork.foundation import provisions
from orgwork.foundation.search import fold
from orgwork.registers import access
from orgwork.registers.members import MemberCard, Membership, MembershipPlace, PlaceKind
from orgwork.registers.people import Person, PersonName, PersonParticulars, Precision
from orgwork.registers.units import Unit, UnitForm, UnitLineage, UnitName, UnitPlacement

from .lines import Line
from .values import record_number, with_zeros

MANY = 800  # values in one question


def portions(values: Iterable[Any], size: int = MANY) -> Iterator[list]:
    some: list = []
    for value in values:
        some.append(value)
        if len(some) == size:
            yield some
            some = []
    if some:
        yield some


# ── bodies ──────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Body:
    """A body as a sheet needs it: whether it takes members, and the days on which it stands."""

    pk: int
    code: str
    kind: str
    since: dt.date | None
    until: dt.date | None
    may: bool = True
    name: str = ""

    @property
    def holds_members(self) -> bool:
        known = provisions.kinds().get(self.kind)
        return bool(known and known.holds_members)


class Bodies:
    """The bodies that some lines name, looked up together."""

    def __init__(self, texts: Iterable[str], *, actor, act: str, now: dt.date, members: bool = True) -> None:
        texts = {text for text in texts if text}
        self.members = members
        self.by_code: dict[str, Body] = {}
        self.by_name: dict[str, list[Body]] = defaultdict(list)
        self._load(texts)
        self._judge(actor, act, now)

    def _load(self, texts: set[str]) -> None:
        codes = {text for text in texts if " " not in text}
        numbers = {candidate for code in codes for candidate in _padded(code)}
        units: dict[int, str] = {}
        for some in portions(codes | numbers):
            units.update(Unit.objects.filter(code__in=some).values_list("pk", "code"))
        folded = {fold(text): text for text in texts if not text[:1].isdigit()}
        named: dict[int, str] = {}
        for some in portions(folded):
            rows = UnitName.objects.filter(folded__in=some).values_list("unit", "folded")[:20_000]
            named.update(rows)
        for some in portions(set(named) - set(units)):
            units.update(Unit.objects.filter(pk__in=some).values_list("pk", "code"))
        bodies = self._bodies(units)
        self.by_code = {body.code: body for body in bodies.values()}
        for ident, name in named.items():
            self.by_name[name].append(bodies[ident])

    def _bodies(self, units: dict[int, str]) -> dict[int, Body]:
        lives: dict[int, list] = defaultdict(list)
        kinds: dict[int, str] = {}
        for some in portions(units):
            rows = UnitPlacement.objects.filter(unit__in=some).values_list("unit", "valid_from", "valid_to")
            for ident, since, until in rows:
                lives[ident].append((since, until))
            forms = UnitForm.objects.filter(unit__in=some).order_by("valid_from")
            kinds.update(forms.values_list("unit", "kind"))
        found = {}
        for ident, code in units.items():
            days = lives.get(ident, [])
            since = min((day for day, _until in days), default=None)
            ends = [until for _since, until in days]
            until = None if not ends or None in ends else max(ends)
            found[ident] = Body(ident, code, kinds.get(ident, ""), since, until)
        return found

    def _judge(self, actor, act: str, now: dt.date) -> None:
        bodies = {body.pk: body for body in self.by_code.values()}
        if actor is None:
            allowed = set(bodies) if act in access.OPERATOR else set()
        else:
            own, under, everything = access.scopes(actor, act, now=now)
            if everything:
                return
            allowed = own & set(bodies)
            for some in portions(bodies):
                rows = UnitLineage.objects.on(now).filter(ancestor__in=under, descendant__in=some)
                allowed |= set(rows.values_list("descendant", flat=True))
        for ident, body in bodies.items():
            body.may = ident in allowed

    def find(self, line: Line, column: str, *, on: dt.date | None = None, power: bool = True) -> Body | None:
        """The body of the cell; what stands in the way is said of the line."""
        text = line.get(column)
        if not text:
            return None
        body = self.by_code.get(text)
        if body is None and (code := with_zeros(text, self.by_code)):
            body = self.by_code[code]
            if line.doubt(column, "zeros_lost", value=text, code=code):
                return None
        if body is None:
            body = self._by_name(line, column, text)
        if body is None:
            return None
        return body if self._fits(line, column, body, on, power) else None

    def _by_name(self, line: Line, column: str, text: str) -> Body | None:
        named = [body for body in self.by_name.get(fold(text), ()) if body.holds_members or not self.members]
        named = [body for body in named if body.may] or named
        if len(named) == 1:
            return named[0]
        if named:
            codes = ", ".join(sorted(body.code for body in named)[:8])
            line.refuse(column, "several_bodies", value=text, codes=codes)
        else:
            line.refuse(column, "no_such_body", value=text)
        return None

    def _fits(self, line, column, body: Body, on, power: bool) -> bool:
        if power and not body.may:
            line.refuse(column, "not_yours", value=body.code)
        elif self.members and not body.holds_members:
            line.refuse(column, "no_cell", value=body.code)
        elif on is not None and body.since is not None and on < body.since:
            line.refuse(column, "body_not_yet", value=body.code, day=body.since.isoformat())
        elif body.since is None or (on is not None and body.until is not None and on >= body.until):
            ended = body.until.isoformat() if body.until else ""
            line.refuse(column, "body_ended", value=body.code, day=ended)
        else:
            return True
        return False


def _padded(code: str) -> list[str]:
    """Codes that this could be without the zeros at its beginning, as ``with_zeros`` tries them."""
    head, dot, tail = code.partition(".")
    if not (head.isascii() and head.isdigit()) or len(code) > 20:
        return []
    tails = {tail, tail.ljust(2, "0"), tail.zfill(2), tail.ljust(3, "0"), tail.zfill(3)} if dot else {""}
    heads = [head.zfill(width) for width in range(len(head), 7)]
    return [f"{one}{dot}{end}" for one in heads for end in tails]


# ── people ──────────────────────────────────────────────────────────────────────────────────────────────


class Known(NamedTuple):
    """Somebody in the register who may be meant."""

    pk: int
    birth: dt.date
    precision: str


class People:
    """People of the register who share name and birth with lines, or are named by number or card."""

    def __init__(
        self, names: Iterable[str] = (), cards: Iterable[str] = (), numbers: Iterable[str] = ()
    ) -> None:
        self.alike: dict[str, list[Known]] = defaultdict(list)
        self.cards: dict[str, int] = {}
        self.numbers: set[int] = set()
        self.details: dict[int, Known] = {}
        self._names({fold(name) for name in names if name})
        for some in portions({card for card in cards if card}):
            rows = MemberCard.objects.filter(number__in=some, valid_to__isnull=True)
            self.cards.update(rows.values_list("number", "person"))
        wanted = {record_number(text) for text in numbers} - {0}
        for some in portions(wanted):
            rows = Person.objects.filter(pk__in=some, erased=False)
            self.numbers.update(rows.values_list("pk", flat=True))
        self._learn(self.numbers | set(self.cards.values()))

    def _names(self, folded: set[str]) -> None:
        found: dict[int, set[str]] = defaultdict(set)
        for some in portions(folded):
            rows = PersonName.objects.filter(folded__in=some).exclude(person__erased=True)
            for ident, name in rows.values_list("person", "folded"):
                found[ident].add(name)
        self._learn(found)
        for ident, names in found.items():
            if ident in self.details:
                for name in names:
                    self.alike[name].append(self.details[ident])

    def _learn(self, idents: Iterable[int]) -> None:
        for some in portions(sorted(set(idents) - set(self.details))):
            rows = PersonParticulars.objects.filter(person__in=some).order_by("valid_from")
            for ident, birth, precision in rows.values_list("person", "birth", "birth_precision"):
                self.details[ident] = Known(ident, birth, precision)

    def like(self, name: str, birth: Any) -> list[Known]:
        """Look-alikes: the same folded name, and a birth that does not contradict."""
        return [
            one
            for one in self.alike.get(fold(name), ())
            if agree(one.birth, one.precision, birth.day, birth.precision)
        ]


def agree(one: dt.date, known: str, other: dt.date, given: str) -> bool:
    """As far as both are known: the year only does not contradict a day of that year."""
    if Precision.YEAR in (known, given):
        return one.year == other.year
    if Precision.MONTH in (known, given):
        return (one.year, one.month) == (other.year, other.month)
    return one == other


def members_among(persons: Iterable[int]) -> dict[int, tuple[dt.date, dt.date | None]]:
    """Who of these is a member or was one: days of the last membership."""
    found: dict[int, tuple[dt.date, dt.date | None]] = {}
    for some in portions(sorted(set(persons))):
        rows = Membership.objects.filter(person__in=some).order_by("valid_from")
        for ident, since, until in rows.values_list("person", "valid_from", "valid_to"):
            found[ident] = (since, until)
    return found


def cells_of(persons: Iterable[int], day: dt.date) -> dict[int, tuple[int, str]]:
    """The official cell of each on the day: (id, code)."""
    found = {}
    for some in portions(sorted(set(persons))):
        rows = MembershipPlace.objects.on(day).filter(person__in=some, kind=PlaceKind.OFFICIAL)
        for ident, unit, code in rows.values_list("person", "unit", "unit__code"):
            found[ident] = (unit, code)
    return found


def twins(lines: Sequence[Line], key) -> dict[Any, list[Line]]:
    """Lines that share a key which should be one's own (None is no key)."""
    found: dict[Any, list[Line]] = defaultdict(list)
    for line in lines:
        if (value := key(line)) is not None:
            found[value].append(line)
    return {value: some for value, some in found.items() if len(some) > 1}


__all__ = ["Bodies", "Body", "Known", "People", "cells_of", "members_among", "portions", "twins"]
