"""This room is for what a figure is said of, and of when: the body or place counted, the day or period.

Scope: "national", a level ("province", "district", "commune") or a place with its level ("Dien Bien
province"). Time: a day (2024-05-01: as of), a year (2024), a quarter (2024-Q1), months from January
(2024-01..2024-06), "term.." (since the beginning of the term) or "term..2024-05-01" (until that day), a term
(2020-2025). What a sentence does not say, the one before it in the paragraph may have said.
"""

from __future__ import annotations

import re
from bisect import bisect_right

from orgwork.exchange.texts import days
from orgwork.exchange.texts.finds import Figure
from orgwork.exchange.texts.lexicons import names
from orgwork.exchange.texts.marks import flatten
from orgwork.exchange.texts.text import Span, Text

_YEAR = r"(?P<y>(?:19|20)\d\d)"
_TERM = re.compile(r"\b(?P<a>(?:19|20)\d\d)\s?[-–—/]\s?(?P<b>(?:19|20)\d\d)\b")
#: So far from the number a scope may stand in its sentence.
_FAR = 400


def fill(text: Text, figures: list[Figure]) -> None:
    """Write scope and time into the figures, in the order of the text."""
    if not figures:
        return
    scopes = _Said(text, _scopes(text))
    times = _Said(text, _times(text))
    for figure in figures:
        span = text.inner(figure.start, figure.end)
        figure.scope = scopes.at(span) or ""
        figure.as_of_or_period = times.at(span)


class _Said:
    """Places where something is said, and which of them goes for a number."""

    def __init__(self, text: Text, said: list[tuple[Span, str]]):
        self.text = text
        self.said = sorted(said, key=lambda one: (one[0].start, -one[0].end))
        self.starts = [span.start for span, _what in self.said]

    def at(self, span: Span) -> str | None:
        """At the number itself; else the nearest before it in its sentence, after it, or in the paragraph."""
        if (own := self._beside(span)) is not None:
            return own
        sentence = self.text.sentence_at(span.start)
        end = bisect_right(self.starts, span.start)
        paragraph = self.text.paragraph_at(span.start)
        for number in range(end - 1, -1, -1):
            place, what = self.said[number]
            if what.endswith(" level"):
                continue
            if place.start < paragraph.start or span.start - place.end > 3 * _FAR:
                break
            if place.start >= sentence.start:
                return what
            # Said in an earlier sentence of the paragraph, unless this one says its own after the number.
            return self._after(span, sentence, end) or what
        return self._after(span, sentence, end)

    def _beside(self, span: Span) -> str | None:
        """ "1.198 auf Bezirksebene", "auf Bezirksebene wurden 346 Kader": a level is said of one number."""
        for number in range(bisect_right(self.starts, span.start - 60), len(self.said)):
            place, what = self.said[number]
            if place.start > span.end + 20:
                break
            near = place.start >= span.start or (what.endswith(" level") and 0 <= span.start - place.end < 30)
            if near and ";" not in (gap := self.text.body[span.end : place.start]) and "," not in gap:
                return what
        return None

    def _after(self, span: Span, sentence: Span, number: int) -> str | None:
        if number < len(self.said):
            place, what = self.said[number]
            if place.start < sentence.end and place.start - span.end < _FAR:
                return what
        return None


def _scopes(text: Text) -> list[tuple[Span, str]]:
    out = []
    for one in text.words.get("scopes", []):
        for found in text.words.pattern(rf"(?<!\w)(?:{one['words']})(?!\w)").finditer(text.body):
            said = found.groupdict()
            place = (said.get("place") or said.get("place2") or "").strip()
            if place:
                known = _place(place)
                if known:
                    out.append((Span(*found.span()), f"{known} {one['says']}"))
            else:
                out.append((Span(*found.span()), one["says"]))
    return _outermost(out)


def _outermost(said: list[tuple[Span, str]]) -> list[tuple[Span, str]]:
    """Those that lie within no longer one, which says more than the word inside it; in one pass."""
    kept, last = set(), Span(0, 0)
    for span in sorted({span for span, _what in said}, key=lambda span: (span.start, -span.end)):
        if span.end > last.end:
            kept.add(span)
            last = span
    return [one for one in said if one[0] in kept]


def _place(said: str) -> str:
    """A known province by its name, in Latin letters without marks; else the name as it is written."""
    from orgwork.exchange.texts.letters import latin

    words = [latin(word) or word for word in said.split()] if re.search("[А-я]", said) else said.split()
    plain = " ".join(flatten(word) for word in words)
    for length in (3, 2, 1):
        start = " ".join(plain.split()[:length])
        if start.lower() in names("places"):
            return " ".join(word.capitalize() for word in start.split())
    return " ".join(plain.split()[:3]) if plain[:1].isupper() else ""


def _times(text: Text) -> list[tuple[Span, str]]:
    out: list[tuple[Span, str]] = []
    words, body = text.words, text.body
    rules = words.get("times", {})
    day_ways = [(Span(*found.span()), value) for found, value in _days_said(text)]
    if since := rules.get("term"):
        for found in words.pattern(rf"(?<!\w)(?:{since})(?!\w)").finditer(body):
            end, until = found.end(), ""
            if upto := rules.get("until"):
                link = words.pattern(rf"\s*,?\s*(?:{upto})\s*$")
                for span, value in day_ways:
                    if 0 <= span.start - end <= 25 and value and link.search(body[end : span.start]):
                        end, until = span.end, value
                        break
            out.append((Span(found.start(), end), f"term..{until}"))
    if lead := rules.get("as_of"):
        before = words.pattern(rf"(?<!\w)(?:{lead})\s*$")
        for span, value in day_ways:
            if value and before.search(body, max(0, span.start - 30), span.start):
                out.append((Span(span.start, span.end), value))
    for name, make in (("quarter", _quarter), ("months", _months), ("year", _year)):
        if rule := rules.get(name):
            for found in words.pattern(rf"(?<!\w)(?:{rule})(?!\w)").finditer(body):
                if (value := make(text, found)) is not None:
                    out.append((Span(*found.span()), value))
    if term := rules.get("terms"):
        for found in words.pattern(rf"(?<!\w)(?:{term})\s*").finditer(body):
            if years := _TERM.match(body, found.end()):
                out.append((Span(found.start(), years.end()), f"{years['a']}-{years['b']}"))
    return _outermost(out)


def _days_said(text: Text):
    for span, value in days.days(text):
        yield _At(span), value


class _At:
    """A span where a match is expected."""

    def __init__(self, span: Span):
        self._span = span

    def span(self) -> tuple[int, int]:
        return self._span.start, self._span.end


def _quarter(text: Text, found: re.Match) -> str | None:
    said = found.groupdict()
    number = (said.get("q") or "").lower().rstrip(".")
    known = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "1": 1, "2": 2, "3": 3, "4": 4}
    known |= {str(name).lower(): n for name, n in (text.words.get("quarters") or {}).items()}
    return f"{said['y']}-Q{known[number]}" if number in known and said.get("y") else None


def _months(text: Text, found: re.Match) -> str | None:
    said = found.groupdict()
    number = said.get("n") or ""
    value = (
        int(number)
        if number.isdigit()
        else {text.words.source(k): v for k, v in text.words["numbers"].items()}.get(number.lower())
    )
    return (
        f"{said['y']}-01..{said['y']}-{value:02d}" if value and 1 <= value <= 12 and said.get("y") else None
    )


def _year(text: Text, found: re.Match) -> str | None:
    return found["y"]
