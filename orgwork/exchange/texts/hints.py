"""This room is for people named in a text, beside the register: who holds the post that the text gives them.

Nothing is written from it. Names are compared without marks; a person is led to only for who may read names.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from orgwork.exchange.texts.lexicons import LANGUAGES, lexicon
from orgwork.exchange.texts.marks import flatten
from orgwork.exchange.texts.matching import Around
from orgwork.foundation.search import fold
from orgwork.registers.appointments import Appointment
from orgwork.registers.people import PersonName
from orgwork.registers.posts import Post
from orgwork.registers.units import Unit, UnitForm, UnitPlacement, under_ids

#: Roles as texts say them, and the kinds of posts they mean.
POSTS = {
    "secretary": "secretary", "standing deputy secretary": "standing_deputy_secretary",
    "deputy secretary": "deputy_secretary", "head": "head", "deputy head": "deputy_head",
    "standing deputy head": "deputy_head", "general secretary": "secretary",
}  # fmt: skip
#: Where a committee's posts may stand besides the committee itself.
COMMITTEES = ("executive_committee", "standing_committee", "standing_board")
SAME, OTHER, VACANT = "same", "other", "vacant"


@dataclass(frozen=True)
class Hint:
    """What the register says of one post that a text gives to somebody."""

    state: str
    role: str
    unit: Unit
    holders: tuple[tuple[int, str], ...] = ()


@cache
def _codes() -> Mapping[str, str]:
    """Codes of bodies by the names that the lexicons give them."""
    found: dict[str, str] = {}
    for language in LANGUAGES:
        for one in lexicon(language)["bodies"]:
            if one.get("code"):
                found.setdefault(one["name"], flatten(one["code"]).upper())
    return found


class Hints:
    """Asked for once for a page of finds: each post is looked up once."""

    def __init__(self, around: Around, day: dt.date, *, known_at: int | None = None):
        self.around, self.day, self.known_at = around, day, known_at
        self._held: dict[tuple[str, str], tuple[Unit, list[tuple[int, str]], bool] | None] = {}

    def of(self, said: Mapping) -> list[Hint]:
        """One hint for each post said of a person that the register knows."""
        out = []
        for post in said.get("posts", []):
            role, code = post.get("role", ""), _codes().get(post.get("body", ""), "")
            if post.get("role") == "general secretary":
                code = "TW"
            found = self._holders(role, code)
            if found is None:
                continue
            unit, holders, known = found
            same = tuple(one for one in holders if _same(one[1], said.get("name_norm", "")))
            if same:
                out.append(Hint(SAME, role, unit, same))
            elif holders:
                out.append(Hint(OTHER, role, unit, tuple(holders[:3])))
            elif known:
                out.append(Hint(VACANT, role, unit))
        return out

    def _holders(self, role: str, code: str):
        key = (role, code)
        if key not in self._held:
            self._held[key] = self._look(role, code)
        return self._held[key]

    def _look(self, role: str, code: str):
        unit = (self.around.level(code) or self.around.agency(code)) if code and role in POSTS else None
        if unit is None:
            return None
        below = UnitPlacement.objects.on(self.day, known_at=self.known_at).filter(parent=unit).values("unit")
        bodies = UnitForm.objects.on(self.day, known_at=self.known_at).filter(unit__in=below)
        places = {unit.pk, *bodies.filter(kind__in=COMMITTEES).values_list("unit", flat=True)}
        posts = list(Post.objects.filter(kind=POSTS[role], unit__in=places).values_list("pk", flat=True))
        held = Appointment.objects.on(self.day, known_at=self.known_at).filter(post__in=posts)
        people = list(held.order_by("person_id").values_list("person", flat=True))
        rows = PersonName.objects.on(self.day, known_at=self.known_at).filter(person__in=people)
        return unit, sorted(rows.values_list("person", "full")), bool(posts)


def _same(name: str, norm: str) -> bool:
    return fold(name) == fold(norm)


def named_so(
    names: Iterable[str], unit: Unit, day: dt.date, *, known_at: int | None = None
) -> dict[str, list[tuple[int, str]]]:
    """Holders of posts under a body, by folded name; members without a post are not looked for by name."""
    held = Appointment.objects.on(day, known_at=known_at).filter(
        post__unit__in=under_ids(unit, day, known_at=known_at)
    )
    rows = PersonName.objects.on(day, known_at=known_at).filter(
        folded__in={fold(name) for name in names}, person__in=held.values("person")
    )
    found: dict[str, list[tuple[int, str]]] = {}
    for row in rows.order_by("person_id")[:200]:
        found.setdefault(row.folded, []).append((row.person_id, row.full))
    return found
