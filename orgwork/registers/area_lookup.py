"""This room is for the question “which commune is it now?”: areas found by name or code on one day, and what
they are, or were, on another. One name can mean several places: all are shown, none is picked.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from orgwork.foundation.search import fold, query_tokens
from orgwork.foundation.words import narrow

from .area_lineage import Pair, lineage_pairs
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
    in_force_since,
)

DAY = dt.timedelta(days=1)
#: What is looked for: territories, and the villages in them. Schools and firms bear the names of both.
SOUGHT = (AreaKind.COUNTRY, *TERRITORIES, AreaKind.VILLAGE, AreaKind.RESIDENTIAL_GROUP)
#: So many places of one name are shown; whoever gets that many types one word more.
SHOWN = 60
AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Spot:
    """An area as it is named and lies on a day; ``within`` are the names of what it lies in, inmost first."""

    area: int
    kind: str
    name: str
    code: str
    code_list: str
    within: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Became:
    """One thing that came of an area (or that it came of), with what went over."""

    spot: Spot
    kind: str
    area: str
    population: str
    paper: str
    clause: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A place on the day asked about, and what it is on the other; nothing: it ended without successor."""

    spot: Spot
    became: tuple[Became, ...]
    #: A code of the draft list was asked for, by which this is not to be called.
    by_draft: bool = False
    #: Of a district that ended without successor: what its communes are.
    below: tuple[Spot, ...] = ()

    @property
    def same(self) -> bool:
        return len(self.became) == 1 and self.became[0].kind == ChangeKind.UNCHANGED


def reform_days(known_at: int | None = None) -> list[dt.date]:
    """The days on which territories changed."""
    days = AreaSuccession.objects.at(known_at).order_by("valid_from").values_list("valid_from", flat=True)
    return list(days.distinct())


def days_for(on: dt.date, known_at: int | None = None) -> tuple[dt.date, dt.date]:
    """The two days most likely meant: the eve of the latest reform, and now (or the reform, if ahead)."""
    days = reform_days(known_at)
    if not days:
        return on, on
    return min(days[-1] - DAY, on), max(days[-1], on)


@dataclass(frozen=True, slots=True)
class Answers:
    """All places of a name or code; ``more`` have names that only contain the words."""

    answers: tuple[Answer, ...] = ()
    more: int = 0


def look_up(
    text: str, day: dt.date, other: dt.date, *, known_at: int | None = None, wide: bool = False
) -> Answers:
    """Territories and villages of the name or code on the day, and what they are on the other.

    Where places bear the very name, with whatever marks, those with longer names are only counted, unless
    ``wide``. The other day may be later or earlier. In the order of kind, name, and what they lie in.
    """
    found, drafts, more = _named(text, day, known_at, wide)
    if not found:
        return Answers()
    kinds = dict(Area.objects.filter(pk__in=found).values_list("pk", "kind"))
    territories = [area for area in found if kinds[area] in TERRITORIES]
    onward: dict[int, list[Pair]] = defaultdict(list)
    if day <= other:
        for pair in lineage_pairs(day, other, known_at=known_at, areas=territories):
            onward[pair.old].append(pair)
    else:
        wanted = set(territories)
        for pair in lineage_pairs(other, day, known_at=known_at, areas=_forebears(wanted, known_at)):
            if pair.new in wanted:
                onward[pair.new].append(pair)
    here = spots(found, day, known_at=known_at)
    reached = {
        other_end
        for area in territories
        for pair in onward[area]
        if (other_end := pair.new if day <= other else pair.old) is not None
    }
    reached |= set(found) - set(territories)
    gone = [a for a in territories if day <= other and all(p.new is None for p in onward[a])]
    inside = _inside(gone, day, other, known_at)
    reached |= {area for areas in inside.values() for area in areas}
    there = spots(reached, other, known_at=known_at)
    answers = []
    for area in found:
        if kinds[area] in TERRITORIES:
            ends = [(p.new if day <= other else p.old, p) for p in onward[area]]
            became = [
                Became(there[end], p.kind, p.area, p.population, p.paper, p.clause)
                for end, p in ends
                if end is not None
            ]
        elif area in there:
            became = [Became(there[area], ChangeKind.UNCHANGED.value, "", "", "", "")]
        else:
            became = []
        became.sort(key=lambda b: (b.spot.within[::-1], b.spot.name, b.kind))
        below = tuple(sorted((there[one] for one in inside.get(area, ())), key=lambda spot: spot.name))
        answers.append(Answer(here[area], tuple(became), area in drafts, below))
    answers.sort(key=lambda a: (_RANK[a.spot.kind], fold(a.spot.name), a.spot.within[::-1]))
    return Answers(tuple(answers), more)


def _forebears(areas: set[int], known_at) -> set[int]:
    """The areas and everything that, on any day, came before them."""
    found, edge = set(areas), set(areas)
    while edge:
        rows = AreaSuccession.objects.at(known_at).filter(successor__in=edge)
        edge = set(rows.values_list("predecessor_id", flat=True)) - found
        found |= edge
    return found


def _inside(areas, day, other, known_at) -> dict[int, set[int]]:
    """What became of the territories that lay in the areas."""
    if not areas:
        return {}
    rows = AreaPlacement.objects.on(day, known_at=known_at).filter(
        parent__in=areas, area__kind__in=TERRITORIES
    )
    parents = dict(rows.values_list("area_id", "parent_id"))
    found: dict[int, set[int]] = defaultdict(set)
    for pair in lineage_pairs(day, other, known_at=known_at, areas=parents):
        if pair.new is not None:
            found[parents[pair.old]].add(pair.new)
    return found


_RANK = {
    kind.value: at
    for at, kind in enumerate(
        (AreaKind.COUNTRY, *TERRITORIES, *(k for k in AreaKind if k not in TERRITORIES and k != "country"))
    )
}


def _named(text, day, known_at, wide) -> tuple[list[int], set[int], int]:
    """Areas placed on the day of that name, or of that code in any list; which of them by a draft's code."""
    placed = AreaPlacement.objects.on(day, known_at=known_at).filter(area__kind__in=SOUGHT)
    text = text.strip()
    if text.isascii() and text.isdigit():
        listed = list(
            AreaCode.objects.at(known_at)
            .filter(code=text, valid_from__lte=day)
            .values_list("area_id", "code_list")
        )
        own = Area.objects.filter(code=text).exclude(code_list=WITHOUT_CODE).values_list("pk", flat=True)
        official = {area for area, name in listed if name != DRAFT_2025} | set(own)
        drafts = {area for area, name in listed if name == DRAFT_2025} - official
        found = list(placed.filter(area__in=official | drafts).values_list("area_id", flat=True))
        return found, drafts & set(found), 0
    tokens = query_tokens(text)
    if not tokens:
        return [], set(), 0
    named = narrow(AreaName.objects.on(day, known_at=known_at), text)
    rows = named.filter(area__in=placed.values("area")).values_list("area_id", "name", "folded")
    marked = _spelt(text) if _spelt(text) != fold(text) else ""
    ranked = sorted((_closeness(name, folded, tokens, marked), folded, area) for area, name, folded in rows)
    close = ranked if wide else [one for one in ranked if one[0] == ranked[0][0]]
    return [area for _close, _folded, area in close[:SHOWN]], set(), len(ranked) - len(close[:SHOWN])


def _closeness(name: str, folded: str, tokens: tuple[str, ...], marked: str) -> int:
    """How near: 0 the very name, with its type or without; 1 but for marks; 2 the words in a row; 3 anyhow.

    Whoever types without marks means all that are spelt so, whatever their marks.
    """
    words = query_tokens(folded)
    bares = [words, *(words[len(kind) :] for kind in _TYPES if words[: len(kind)] == kind)]
    if tokens in bares:
        return 0 if not marked or f" {_spelt(name)}".endswith(f" {marked}") else 1
    return 2 if f" {' '.join(tokens)} " in f" {' '.join(words)} " else 3


def _spelt(text: str) -> str:
    """Lower case with its marks, composed, one space between words."""
    return " ".join(unicodedata.normalize("NFC", text).lower().split())


#: The words for kinds of territories and villages that names begin with, folded.
_TYPES = tuple(
    tuple(kind.split())
    for kind in (
        "tinh", "thanh pho", "thi xa", "thi tran", "huyen", "quan", "phuong", "xa", "dac khu", "ban", "thon",
        "to dan pho",
    )
)  # fmt: skip


def spots(areas: Iterable[int], day: dt.date, *, known_at: int | None = None) -> dict[int, Spot]:
    """Names, codes and what the areas lie in on a day; whoever does not exist then goes by the last name."""
    wanted = {area for area in areas if area is not None}
    parents: dict[int, int | None] = {}
    edge = wanted
    while edge:
        rows = AreaPlacement.objects.on(day, known_at=known_at).filter(area__in=edge)
        step = dict(rows.values_list("area_id", "parent_id"))
        parents.update(step)
        edge = {parent for parent in step.values() if parent is not None} - set(parents)
    every = wanted | set(parents)
    names: dict[int, tuple] = {}
    for area, name, since, until in (
        AreaName.objects.at(known_at)
        .filter(area__in=every)
        .values_list("area_id", "name", "valid_from", "valid_to")
    ):
        rank = (since <= day and (until is None or day < until), since)
        if area not in names or rank > names[area][0]:
            names[area] = (rank, name)
    codes = codes_of(wanted, day, known_at=known_at)
    kinds = dict(Area.objects.filter(pk__in=every).values_list("pk", "kind"))
    found = {}
    for area in wanted:
        above, within = parents.get(area), []
        while above is not None and kinds.get(above) != AreaKind.COUNTRY:
            within.append(names[above][1] if above in names else "")
            above = parents.get(above)
        code_list, code = codes.get(area, ("", ""))
        name = names[area][1] if area in names else code
        found[area] = Spot(area, kinds[area], name, code, code_list, tuple(within))
    return found


def codes_of(
    areas: Iterable[int], day: dt.date, *, known_at: int | None = None
) -> dict[int, tuple[str, str]]:
    """(list, code) in force on the day; of what no list gives a code, nothing."""
    wanted = sorted(set(areas))
    listed: dict[int, list[tuple[dt.date, str, str]]] = defaultdict(list)
    for at in range(0, len(wanted), AT_ONCE):
        some = wanted[at : at + AT_ONCE]
        own = Area.objects.filter(pk__in=some).values_list("pk", "code_list", "code")
        more = AreaCode.objects.at(known_at).filter(area__in=some, valid_from__lte=day)
        for area, name, code in [*own, *more.values_list("area_id", "code_list", "code")]:
            since = in_force_since(name)
            if since is not None and since <= day:
                listed[area].append((since, name, code))
    return {area: max(rows)[1:] for area, rows in listed.items()}
