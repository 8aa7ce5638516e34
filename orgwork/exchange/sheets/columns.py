"""This room is for columns: what a kind of sheet asks for, and how its headings are recognised.

A heading is known in four languages, with marks and without, and by the words that offices use beside them.
What is not known is asked once and remembered for the body and the layout.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.utils import translation

from orgwork.foundation.datafiles import LANGUAGES
from orgwork.foundation.search import fold
from orgwork.foundation.wording import localized

from .limits import LETTERS

#: Columns that an export carries hidden, so that it can come back: whose row it is, and as it was then.
IDENT, VERSION = "_id", "_version"
HIDDEN = {IDENT: "orgwork:id", VERSION: "orgwork:version"}

Choices = Callable[[], Iterable[tuple[str, Sequence[Any]]]]


@dataclass(frozen=True)
class Column:
    """One column. ``choices`` gives (code, all the words it goes by); ``update`` names how a cell changes."""

    code: str
    label: Any
    type: str = "text"  # text | code | day | birth | sex | choice | number | yes
    required: bool = False
    help: Any = ""
    also: tuple[str, ...] = ()
    choices: Choices | None = None
    most: int = 200
    example: str = ""
    width: int = 16
    update: str = ""

    def __post_init__(self):
        if self.most > LETTERS:
            raise ValueError(f"{self.code}: a cell has at most {LETTERS} letters")


_BRACKETS = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_SIGNS = re.compile(r"[^\w#:]+")


def bare(heading: str) -> str:
    """A heading without marks, brackets, stars and points."""
    whole = fold(heading.replace("\n", " "))
    if whole in HIDDEN.values():
        return whole
    return " ".join(_SIGNS.sub(" ", _BRACKETS.sub(" ", whole)).replace("_", " ").split())


def words_of(column: Column) -> frozenset[str]:
    """Everything a column's heading may be."""
    found = {bare(word) for word in column.also} | {bare(column.code)}
    for language in LANGUAGES:
        with translation.override(language):
            found.add(bare(str(column.label)))
    return frozenset(found - {""})


@cache
def headings(columns: tuple[Column, ...]) -> dict[str, str]:
    """Bare heading → code. A word that two columns claim belongs to the first."""
    found = {text: code for code, text in HIDDEN.items()}
    for column in columns:
        for word in words_of(column):
            found.setdefault(word, column.code)
    return found


@cache
def written_beside() -> frozenset[str]:
    """Headings of what a workbook with remarks says beside the cells: not ours to read when it comes back."""
    found = set()
    for language in LANGUAGES:
        with translation.override(language):
            found |= {bare(translation.gettext("Outcome")), bare(translation.gettext("Remarks"))}
    return frozenset(found)


def recognise(row: Sequence[Any], columns: tuple[Column, ...]) -> list[str]:
    """Which column each heading is, "" where nobody knows; the second of two alike is not taken."""
    known, taken, found = headings(columns), set(), []
    for value in row:
        text = bare(value) if isinstance(value, str) else ""
        code = known.get(text, "")
        found.append("" if code in taken else code)
        taken.add(code)
    return found


def find_heading(rows: Sequence[tuple[int, list]], columns: tuple[Column, ...]) -> tuple[int, list[str]]:
    """The place (in ``rows``) of the row of headings, under whatever titles, and what was recognised in it.

    Where no heading is known at all, the first row with two texts or more is taken for it.
    """
    best, mapping, score = -1, [], 1
    for place, (_number, row) in enumerate(rows):
        found = recognise(row, columns)
        if (count := sum(bool(code) for code in found)) > score:
            best, mapping, score = place, found, count
    if best >= 0:
        return best, mapping
    for place, (_number, row) in enumerate(rows):
        if sum(isinstance(value, str) and bool(value.strip()) for value in row) >= 2:
            return place, recognise(row, columns)
    return (0, recognise(rows[0][1], columns)) if rows else (0, [])


def count_known(text: str, columns: tuple[Column, ...]) -> int:
    """How many known headings the first lines of a plain text hold: tells old encodings apart."""
    known = headings(columns)
    cells = re.split(r"[;,\t|\n\r\"]+", text)
    return sum(bare(cell) in known for cell in cells[:400])


def fingerprint(names: Sequence[str]) -> str:
    """The same layout has the same headings in the same order, however they are capitalised."""
    return hashlib.sha256("\x1f".join(bare(name) for name in names).encode()).hexdigest()


def by_labels(kinds: Mapping[str, Any]) -> list[tuple[str, tuple[str, ...]]]:
    """Choices of a catalogue: the label in the reader's language first, then those of all languages."""
    return [(code, (localized(kind.labels), *kind.labels.values())) for code, kind in kinds.items()]


@cache
def choice_words(column: Column) -> dict[str, str]:
    """Folded word → code of a choice, in all languages."""
    found: dict[str, str] = {}
    for code, words in column.choices() if column.choices else ():
        for word in (code, *words):
            if isinstance(word, str):
                found.setdefault(fold(word), code)
                continue
            for language in LANGUAGES:
                with translation.override(language):
                    found.setdefault(fold(str(word)), code)
    return found
