"""This room is for marks on letters: composing them with their places kept, and taking them off."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

_CLUSTER = re.compile(r"[^\u0300-\u036f][\u0300-\u036f]+")
_STROKES = str.maketrans({"đ": "d", "Đ": "D", "ß": "s"})


def compose(text: str) -> tuple[str, list[int] | None]:
    """Composed text (NFC) and, if that moved anything, the place of each of its letters in ``text``."""
    if unicodedata.is_normalized("NFC", text):
        return text, None
    out: list[str] = []
    places: list[int] = []
    last = 0
    for found in _CLUSTER.finditer(text):
        out.append(text[last : found.start()])
        places.extend(range(last, found.start()))
        composed = unicodedata.normalize("NFC", found[0])
        out.append(composed)
        places.extend([found.start()] * len(composed))
        last = found.end()
    out.append(text[last:])
    places.extend(range(last, len(text) + 1))
    return "".join(out), places


@cache
def _bare(letter: str) -> str:
    base = unicodedata.normalize("NFD", letter)[0]
    return base if base.isascii() and base.isalpha() else letter


def flatten(text: str) -> str:
    """Vietnamese marks off, letter by letter, so that places stay: "Nguyễn Đức" → "Nguyen Duc"."""
    return "".join(letter if letter.isascii() else _bare(letter) for letter in text.translate(_STROKES))
