"""This room is for numbers as four languages write them: 8.279 · 8 279 · 8,279 · "zwei" · 2,5 triệu."""

from __future__ import annotations

import re

from orgwork.exchange.texts.lexicons import Lexicon

#: Digits with thousands grouped by points, commas or (narrow, unbreakable) blanks, and perhaps decimals.
DIGITS = r"\d{1,3}(?:[.,\u00a0\u202f\u2009 ]\d{3})+(?:[.,]\d{1,2})?(?!\d)|\d+(?:[.,]\d+)?"
_GROUPED = re.compile(r"\d{1,3}(?:([.,\u00a0\u202f\u2009 ])\d{3})(?:\1\d{3})*(?:([.,])\d{1,2})?")


def parsed(said: str, language: str) -> float | int | None:
    """The value, by the language's habit; a lone group of three digits is thousands either way.

    >>> parsed("8.279", "de"), parsed("8,279", "en"), parsed("5,18", "vi"), parsed("1.5", "en")
    (8279, 8279, 5.18, 1.5)
    """
    decimal = "." if language == "en" else ","
    text = said.strip()
    if grouped := _GROUPED.fullmatch(text):
        separator = grouped[1]
        if separator == decimal and text.count(separator) == 1 and not grouped[2]:
            # "8,279" in German text: more often a number copied from English than three decimals.
            return int(text.replace(separator, ""))
        whole, fraction = (text.rsplit(grouped[2], 1) + [""])[:2] if grouped[2] else (text, "")
        digits = re.sub(r"\D", "", whole)
        return float(f"{digits}.{fraction}") if fraction else int(digits)
    if text.isdigit():
        return int(text)
    if found := re.fullmatch(r"(\d+)[.,](\d+)", text):
        return float(f"{found[1]}.{found[2]}")
    return None


def word(said: str, words: Lexicon) -> int | None:
    """A number in words; None for what is none."""
    return {words.source(key): value for key, value in words["numbers"].items()}.get(said.lower())
