"""This room is for finding two records that may be of one person. Nobody is matched by a machine: each pair
says why it is shown, a name alone is no reason, and somebody decides.

Signs are: the same name (marks, case and order apart) and a birth that does not contradict; the same card
number; the same telephone together with the name or the birth.

Under a body of some thousand people, in a register of many, this is long work: asked for, done in the
background, and its result kept until somebody asks again (``search``, ``kept``).
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import combinations
from sys import intern
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orgwork.foundation import jobs
from orgwork.foundation.jobs import Job, Progress
from orgwork.registers import aliases
from orgwork.registers.members import MemberCard, MembershipPlace
from orgwork.registers.people import (
    ALL_LIFE,
    Person,
    PersonContact,
    PersonName,
    PersonParticulars,
    Precision,
)
from orgwork.registers.units import ROOT, Unit, under_ids

#: Up to so many people, what speaks for each is looked up; for more, whole tables are read.
FEW = 2_000
#: A register of so many people is read through while its reader waits.
SMALL = 30_000
#: So many pairs of one search are kept.
MOST_KEPT = 20_000
#: What a search looks through, one after the other.
PARTS = 5

SIGNS = {
    "name_birth": _("same name and birth"),
    "card": _("same card number"),
    "phone_name": _("same telephone and name"),
    "phone_birth": _("same telephone and birth"),
}


@dataclass
class Double:
    """Two records that may be of one person, and the signs for it."""

    first: int
    second: int
    signs: list[str] = field(default_factory=list)
    apart: bool = False  # somebody decided that these are two people

    @property
    def why(self) -> list[Any]:
        return [SIGNS[one] for one in self.signs]


def find(unit: Unit, day: dt.date, *, apart: bool = False) -> list[Double]:
    """Pairs of which a record lies under the body on the day; those told apart only if asked for."""
    inside = None if unit.code == ROOT else _inside(unit, day)
    return pairs(inside, apart=apart)


def of_person(person, *, apart: bool = False) -> list[Double]:
    """Pairs that one record is in."""
    return pairs({int(getattr(person, "pk", person))}, apart=apart)


# ── long work ───────────────────────────────────────────────────────────────────────────────────────────


def takes_long(unit: Unit, day: dt.date) -> bool:
    """Whether a search under the body is asked for rather than waited for."""
    if Person.objects.order_by()[: SMALL + 1].count() <= SMALL:
        return False
    if unit.code == ROOT:
        return True
    rows = MembershipPlace.objects.on(day).filter(unit__in=under_ids(unit, day))
    return rows.order_by()[: FEW + 1].count() > FEW


def begin(unit: Unit, *, actor) -> Job:
    """Ask for a search; one that waits or goes on already is the one."""
    waits = _searches(unit).filter(state__in=(Job.State.WAITING, Job.State.RUNNING)).first()
    name = _("Search for doubles under %(unit)s") % {"unit": unit.code}
    return waits or jobs.enqueue(search, name=name, account=actor, unit=unit.pk)


@jobs.job
def search(progress: Progress, *, unit: int) -> dict[str, Any]:
    """All pairs under a body, as numbers of records and signs: names are read when they are shown."""
    body = Unit.objects.get(pk=unit)
    inside = None if body.code == ROOT else _inside(body, timezone.localdate())
    found = pairs(inside, apart=True, report=lambda done: progress.report(done, PARTS))
    return {"pairs": len(found), "kept": [[one.first, one.second, one.signs] for one in found[:MOST_KEPT]]}


KIND = f"{search.__module__}:{search.__qualname__}"


def _searches(unit: Unit):
    return Job.objects.filter(kind=KIND, payload__unit=unit.pk).order_by("-pk")


def kept(unit: Unit, *, apart: bool = False) -> tuple[Job | None, list[Double]]:
    """The last search under the body and its pairs, without what was merged or decided since."""
    job = _searches(unit).filter(state=Job.State.DONE).first()
    if job is None:
        return None, []
    found = [Double(first, second, list(signs)) for first, second, signs in job.result.get("kept", [])]
    ids = {one for pair in found for one in (pair.first, pair.second)}
    gone: set[int] = set()
    for some in _some(ids):
        rows = Person.objects.filter(Q(merged=True) | Q(erased=True), pk__in=some)
        gone.update(rows.values_list("pk", flat=True))
    decided = _apart(ids)
    for pair in found:
        pair.apart = pair.second in decided.get(pair.first, ())
    return job, [one for one in found if not {one.first, one.second} & gone and (apart or not one.apart)]


# ── the search itself ───────────────────────────────────────────────────────────────────────────────────


def _inside(unit: Unit, day: dt.date) -> set[int]:
    rows = MembershipPlace.objects.on(day).filter(unit__in=under_ids(unit, day))
    return set(rows.values_list("person", flat=True))


def pairs(
    inside: set[int] | None, *, apart: bool = False, report: Callable[[int], None] = lambda _done: None
) -> list[Double]:
    """Pairs with a record among these people; None: anywhere. ``report`` is told each part looked through."""
    found: dict[tuple[int, int], Double] = {}
    births = _births(inside)
    report(1)
    alike = list(_by_name_and_birth(_names(births), births))
    report(2)
    phones = list(_by_phone(inside))
    asked = {one for group in phones for one in group}
    births |= _births_of(asked - set(births))
    names = _names(dict.fromkeys(asked, (ALL_LIFE, "")))
    report(3)
    cards = list(_by_card(inside))
    report(4)
    for sign, groups in (("name_birth", alike), ("card", cards), ("phone", phones)):
        for group in groups:
            for first, second in combinations(sorted(group), 2):
                if inside is None or first in inside or second in inside:
                    _add(found, first, second, sign, names, births)
    decided = _apart({one for pair in found for one in pair})
    for (first, second), double in found.items():
        double.apart = second in decided.get(first, ())
    shown = [double for double in found.values() if double.signs and (apart or not double.apart)]
    return sorted(shown, key=lambda one: (-len(one.signs), one.first, one.second))


def _apart(ids: Iterable[int]) -> dict[int, set[int]]:
    """Who was told apart from whom, of however many."""
    found: dict[int, set[int]] = defaultdict(set)
    for some in _some(ids):
        for one, others in aliases.apart(some).items():
            found[one] |= others
    return found


def _add(found, first: int, second: int, sign: str, names, births) -> None:
    double = found.setdefault((first, second), Double(first, second))
    if sign == "phone":
        if names.get(first) and names.get(first) == names.get(second):
            double.signs.append("phone_name")
        elif first in births and second in births and _agree(births[first], births[second]):
            double.signs.append("phone_birth")
    elif sign != "name_birth" or _agree(births[first], births[second]):
        double.signs.append(sign)


Birth = tuple[dt.date, str]


def _births(inside: set[int] | None) -> dict[int, Birth]:
    """Births of everybody born in the same years as these people: known to the year only, they may agree."""
    rows = PersonParticulars.objects.exclude(person__erased=True)
    if inside is not None and len(inside) <= FEW:
        mine = PersonParticulars.objects.filter(person__in=inside).values_list("birth", "birth_precision")
        days = {birth for birth, precision in mine if precision == Precision.DAY}
        years = {birth.year for birth, _precision in mine}
        wide = {birth.year for birth, precision in mine if precision != Precision.DAY}
        exact = rows.filter(birth__in=days)
        vague = rows.exclude(birth_precision=Precision.DAY).filter(birth__year__in=years)
        parts = [exact, vague, rows.filter(birth__year__in=wide)] if wide else [exact, vague]
    else:
        parts = [rows]
    return {
        person: (birth, intern(precision))
        for part in parts
        for person, birth, precision in part.values_list("person", "birth", "birth_precision").iterator()
    }


def _births_of(people: set[int]) -> dict[int, Birth]:
    columns = ("person", "birth", "birth_precision")
    return {
        person: (birth, precision)
        for some in _some(people)
        for person, birth, precision in PersonParticulars.objects.filter(person__in=some).values_list(
            *columns
        )
    }


def _names(births: dict[int, Birth]) -> dict[int, tuple[str, ...]]:
    """The words of each name without marks, in no order."""
    rows = PersonName.objects.exclude(folded="")
    if len(births) <= 20_000:
        found = [
            row
            for some in _some(births)
            for row in rows.filter(person__in=some).values_list("person", "folded")
        ]
    else:
        found = rows.values_list("person", "folded").iterator()
    # The words of a million names are some thousand: each is held once.
    return {
        person: tuple(sorted(map(intern, folded.split()))) for person, folded in found if person in births
    }


def _some(ids: Iterable[Any], count: int = 900) -> Iterator[list[Any]]:
    ids = list(ids)
    for at in range(0, len(ids), count):
        yield ids[at : at + count]


def _by_name_and_birth(names, births) -> Iterable[list[int]]:
    """People of one name; whether the births agree is looked at pair by pair."""
    groups = defaultdict(list)
    for person, words in names.items():
        groups[words, births[person][0].year].append(person)
    return [group for group in groups.values() if len(group) > 1]


def _agree(one: Birth, two: Birth) -> bool:
    """As far as both are known."""
    if Precision.YEAR in (one[1], two[1]):
        return one[0].year == two[0].year
    if Precision.MONTH in (one[1], two[1]):
        return (one[0].year, one[0].month) == (two[0].year, two[0].month)
    return one[0] == two[0]


def _by_card(inside) -> Iterable[set[int]]:
    """A number counts whatever signs stand between its digits, and whoever had it first."""
    rows = MemberCard.objects.values_list("person", "number")
    if inside is not None and len(inside) <= FEW:
        mine = set(rows.filter(person__in=inside).values_list("number", flat=True))
        wanted = sorted(mine | {_digits(number) for number in mine})
        found = [one for some in _some(wanted) for one in rows.filter(number__in=some)]
    else:
        found = list(rows.iterator())
    return _groups((_digits(number), person) for person, number in found)


def _by_phone(inside) -> Iterable[set[int]]:
    rows = PersonContact.objects.exclude(phone="").values_list("person", "phone")
    if inside is not None and len(inside) <= FEW:
        mine = {_national(phone) for _person, phone in rows.filter(person__in=inside)} - {""}
        if not mine:
            return []
        if len(mine) <= 20:
            # Whatever stands between its digits, a number mostly ends with two of them together.
            ends = Q()
            for number in mine:
                ends |= Q(phone__endswith=number[-2:])
            rows = rows.filter(ends)
    return _groups((_national(phone), person) for person, phone in rows.iterator())


def _groups(pairs: Iterable[tuple[str, int]]) -> list[set[int]]:
    groups: dict[str, set[int]] = defaultdict(set)
    for key, person in pairs:
        if key:
            groups[key].add(person)
    return [group for group in groups.values() if len(group) > 1]


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _national(phone: str) -> str:
    """0912 345 678 and +84 912 345 678 are one number."""
    digits = _digits(phone)
    digits = "0" + digits[2:] if digits.startswith("84") and len(digits) > 10 else digits
    return digits if len(digits) >= 8 else ""
