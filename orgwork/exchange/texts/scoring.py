"""This room is for measuring readings against annotations: whoever extends a lexicon sees what changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

#: What must be equal besides the place: number, name, value; of tasks the place alone.
COMPARED = {"documents": "norm", "persons": "name_norm", "figures": "value", "tasks": None}


@dataclass
class Score:
    """Finds that stand in the annotation, those missed, and those too many."""

    right: int = 0
    missed: list[Mapping[str, Any]] = field(default_factory=list)
    extra: list[Mapping[str, Any]] = field(default_factory=list)

    @property
    def precision(self) -> float:
        found = self.right + len(self.extra)
        return self.right / found if found else 1.0

    @property
    def recall(self) -> float:
        wanted = self.right + len(self.missed)
        return self.right / wanted if wanted else 1.0

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    def __add__(self, other: Score) -> Score:
        return Score(self.right + other.right, self.missed + other.missed, self.extra + other.extra)


def score(annotated: Iterable[Mapping], found: Iterable[Mapping], key: str | None) -> Score:
    """Each annotation is met by one find at most: half of the shorter span, and an equal ``key``."""
    left = list(found)
    result = Score()
    for wanted in annotated:
        met = next((one for one in left if _meets(wanted, one, key)), None)
        if met is None:
            result.missed.append(wanted)
        else:
            left.remove(met)
            result.right += 1
    result.extra = left
    return result


def _meets(wanted: Mapping, found: Mapping, key: str | None) -> bool:
    common = min(wanted["end"], found["end"]) - max(wanted["start"], found["start"])
    shorter = min(wanted["end"] - wanted["start"], found["end"] - found["start"])
    return common * 2 >= shorter and (key is None or wanted.get(key) == found.get(key))
