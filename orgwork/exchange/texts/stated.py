"""This room is for which indicator a stated figure means, and whether a number says the same."""

from __future__ import annotations

from orgwork.exchange.texts.finds import Figure
from orgwork.exchange.texts.lexicons import lexicon

#: How far the stated number may lie from the counted one where the text itself says "nearly" or "over".
LOOSE = 0.03
#: So many letters before a number belong to what it is said of.
BEFORE, AFTER = 160, 120


def named(figure: Figure, given: str, language: str) -> str | None:
    """The first indicator of the lexicon whose words stand at the number; each number is judged by itself."""
    words = lexicon(language)
    stop = given.find(". ", figure.end)
    before = given[max(0, figure.start - BEFORE) : figure.start]
    after = given[figure.end : min(stop if stop >= 0 else len(given), figure.end + AFTER)]
    places = {
        "own": figure.surface,
        "said": figure.surface + after,
        "near": before + figure.surface + after,
    }
    for one in words.get("indicators", []):
        if "unit" in one and one["unit"] != figure.unit or "of" in one and one["of"] != bool(figure.of):
            continue
        if any(name in one and not words.pattern(one[name]).search(text) for name, text in places.items()):
            continue
        if "not" in one and words.pattern(one["not"]).search(before[-60:] + figure.surface + after[:60]):
            continue
        return one["code"]
    return None


def agrees(figure: Figure, counted: float | int | None) -> bool:
    if counted is None:
        return False
    gap = figure.value - counted
    if figure.qualifier in {"more than", "at least"}:
        return -LOOSE * 10 * max(counted, 1) <= gap <= 0
    if figure.qualifier in {"almost", "less than", "at most"}:
        return 0 <= gap <= LOOSE * 10 * max(counted, 1)
    if figure.qualifier == "about":
        return abs(gap) <= LOOSE * max(counted, 1)
    return abs(gap) < 0.5 if float(figure.value).is_integer() else abs(gap) < 0.05
