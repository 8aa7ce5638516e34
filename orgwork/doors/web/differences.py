"""This room is for two texts side by side, word by word: what went on the left, what came on the right."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher

WORDS = re.compile(r"\s+|\w+|[^\w\s]")
#: Two paragraphs are compared word by word up to so many pairs of words; longer ones count as exchanged.
MOST = 4_000_000


@dataclass
class Row:
    """One line of the table: pieces (how, words) of both texts; how is same, gone or come."""

    how: str  # same | changed | gone | come
    left: list[tuple[str, str]] = field(default_factory=list)
    right: list[tuple[str, str]] = field(default_factory=list)


def side_by_side(before: str, after: str) -> list[Row]:
    """Paragraph against paragraph; paragraphs that only changed stand beside each other."""
    old, new = before.split("\n"), after.split("\n")
    rows: list[Row] = []
    for how, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if how == "equal":
            rows += [Row("same", [("same", text)], [("same", text)]) for text in old[i1:i2]]
        else:
            rows += _exchanged(old[i1:i2], new[j1:j2])
    return rows


def counts(rows: list[Row]) -> dict[str, int]:
    """How many paragraphs changed, went and came."""
    return {how: sum(row.how == how for row in rows) for how in ("changed", "gone", "come")}


def _exchanged(old: list[str], new: list[str]) -> Iterator[Row]:
    both = min(len(old), len(new))
    for left, right in zip(old[:both], new[:both], strict=True):
        yield _words(left, right)
    yield from (Row("gone", [("gone", text)]) for text in old[both:])
    yield from (Row("come", [], [("come", text)]) for text in new[both:])


def _words(left: str, right: str) -> Row:
    old, new = WORDS.findall(left), WORDS.findall(right)
    if len(old) * len(new) > MOST:
        return Row("changed", [("gone", left)], [("come", right)])
    row = Row("changed")
    for how, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if i2 > i1:
            row.left.append(("same" if how == "equal" else "gone", "".join(old[i1:i2])))
        if j2 > j1:
            row.right.append(("same" if how == "equal" else "come", "".join(new[j1:j2])))
    return row
