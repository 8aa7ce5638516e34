"""This room is for finding names however they are typed: folding, name parts, sort keys, tokens of a query.

Nothing here knows SQL: folded text is stored in a column and compared as plain text, so that both databases
find and order the same. Columns that hold a sort key should compare bytes (collation "C" on PostgreSQL).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

#: Family names of two words that cannot be a family name and a middle name.
COMPOUND_FAMILIES = frozenset({"ton that", "ton nu", "au duong", "tu ma", "hoang phu"})
#: Below every letter and doubled, so that "an" stands before "an binh" before "anh" in every part.
SEPARATOR = "  "
_WORD = re.compile(r"[^\W_]+")


class NameParts(NamedTuple):
    """Vietnamese order: family, middle, given."""

    family: str
    middle: str
    given: str

    @property
    def full(self) -> str:
        return " ".join(part for part in self if part)


def fold(text: str) -> str:
    """Lower case, marks off, one space between words: "Nguyễn  Đức" and "nguyen duc" are the same.

    Latin letters lose their marks (đ→d, ß→ss); Cyrillic ones stay letters of their own (й is not и), but for
    ё, which readers write as е.
    """
    composed = unicodedata.normalize("NFC", text)
    return " ".join(composed.translate(_FOLDED).split())


def query_tokens(text: str) -> tuple[str, ...]:
    """The distinct words of a query, folded, in the order typed; punctuation only separates."""
    return tuple(dict.fromkeys(_WORD.findall(fold(text))))


def matches(folded: str, tokens: Iterable[str]) -> bool:
    """Whether every token begins a word of the folded text, in any order."""
    words = _WORD.findall(folded)
    return all(any(word.startswith(token) for word in words) for token in tokens)


def split_name(full: str) -> NameParts:
    """Family, middle and given name; one word alone is a given name.

    >>> split_name("Nguyễn Thị Hạnh")
    NameParts(family='Nguyễn', middle='Thị', given='Hạnh')
    """
    words = full.split()
    if len(words) < 2:
        return NameParts("", "", "".join(words))
    compound = len(words) > 2 and fold(" ".join(words[:2])) in COMPOUND_FAMILIES
    family = 2 if compound else 1
    return NameParts(" ".join(words[:family]), " ".join(words[family:-1]), words[-1])


def sort_key(given: str, middle: str = "", family: str = "") -> str:
    """Given name first, then middle, then family: the order of lists of people.

    Compared as bytes, a shorter part stands before a longer one that begins with it.
    """
    return SEPARATOR.join(fold(part) for part in (given, middle, family))


class _Folding(dict):
    """What each character folds to, worked out once."""

    def __missing__(self, code: int) -> str:
        self[code] = folded = _fold_character(chr(code))
        return folded


_LETTERS = {
    "đ": "d",
    "ð": "d",
    "ħ": "h",
    "ı": "i",
    "ł": "l",
    "ø": "o",
    "æ": "ae",
    "œ": "oe",
    "ё": "е",
    "’": "'",
}
_FOLDED = _Folding()


def _fold_character(character: str) -> str:
    """Repeated until nothing changes: a few letters change case only once their marks are off."""
    folded = _fold_once(character)
    return folded if folded == character else "".join(_fold_character(part) for part in folded)


def _fold_once(character: str) -> str:
    if character in _LETTERS:
        return _LETTERS[character]
    lowered = character.casefold()
    if lowered != character:
        return lowered
    if _is_cyrillic(character):
        return character
    bare = "".join(c for c in unicodedata.normalize("NFD", character) if unicodedata.category(c) != "Mn")
    return bare if len(bare) == 1 else character if bare else ""


def _is_cyrillic(character: str) -> bool:
    return "\u0400" <= character <= "\u052f"
