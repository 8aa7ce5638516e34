"""This room is for figures that a text states, beside what the registers count: equal, or not."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from orgwork.exchange.texts.finds import Figure
from orgwork.exchange.texts.lexicons import lexicon
from orgwork.foundation.dates import Period
from orgwork.foundation.refusals import Refusal
from orgwork.insight import frame
from orgwork.insight.series import term_of
from orgwork.registers import figures as indicators
from orgwork.registers.units import Unit

#: How far the stated number may lie from the counted one where the text itself says "nearly" or "over".
LOOSE = 0.03
#: So many letters before a number belong to what it is said of.
BEFORE, AFTER = 160, 120


@dataclass(frozen=True)
class Stated:
    """The indicator meant, what it counts, and whether the text says the same."""

    code: str
    label: str
    value: float | int | None
    agrees: bool
    period: Period | None


def compare(
    figure: Figure, given: str, language: str, unit: Unit, on: dt.date, *, known_at: int | None = None
) -> Stated | None:
    """What the registers say of the same; None where the words name no indicator.

    A flow is counted from the beginning of the term to the day looked at, as reports do.
    """
    code = named(figure, given, language)
    if code is None:
        return None
    flow = indicators.get(code).kind != indicators.STOCK
    period = Period.days(term_of(on), on) if flow else None
    try:
        found = frame.compute(code, unit, on=None if flow else on, period=period, known_at=known_at)
    except Refusal:
        return None
    return Stated(code, found.label, found.value, agrees(figure, found.value), period)


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
