"""This room is for days as people write them in running text, in four languages."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

from orgwork.exchange.texts.text import Span, Text

_NUMERIC = re.compile(r"\b(?P<d>\d{1,2})[./-](?P<m>\d{1,2})[./-](?P<y>(?:19|20)\d\d)\b")
_ISO = re.compile(r"\b(?P<y>(?:19|20)\d\d)-(?P<m>\d\d)-(?P<d>\d\d)\b")


def days(text: Text) -> Iterator[tuple[Span, str | None]]:
    """Places of days and their value in ISO 8601; None when the year is not said."""
    for pattern in patterns(text):
        for found in pattern.finditer(text.body):
            yield Span(*found.span()), value(text, found)
    for pattern in (_NUMERIC, _ISO):
        for found in pattern.finditer(text.body):
            yield Span(*found.span()), _iso(int(found["y"]), int(found["m"]), int(found["d"]))


def patterns(text: Text, before: str = "", after: str = "") -> list[re.Pattern]:
    """The ways in which this language writes a day, between two pieces of a larger pattern."""
    ways = [text.words[name] for name in ("day", "day_other") if text.words.get(name)]
    return [text.words.pattern(rf"{before}(?<!\w){way}(?!\w){after}") for way in ways]


def value(text: Text, found: re.Match) -> str | None:
    said = found.groupdict()
    if not said.get("y"):
        return None
    return _iso(int(said["y"]), month(text, said["m"]), int(said["d"]))


def month(text: Text, said: str) -> int:
    if said.isdigit():
        return int(said)
    for number, name in enumerate(text.words["months"], start=1):
        if text.words.pattern(name).fullmatch(said):
            return min(number, 12)
    return 0


def _iso(year: int, month: int, day: int) -> str | None:
    """None for what the calendar has not: "31 February" is left for a person."""
    try:
        return dt.date(year, month, day).isoformat()
    except ValueError:
        return None
