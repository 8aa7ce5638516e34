"""This room is for a text as it is read: its language, sentences, and page furniture set aside."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from orgwork.exchange.texts.lexicons import LANGUAGES, Lexicon, lexicon
from orgwork.exchange.texts.marks import compose

#: Abbreviations and marks after which a full stop ends no sentence.
_NO_END = re.compile(
    r"(?:\b(?:Gen|тов|млн|млрд|трлн|тыс|v|ч|е|vgl|Nr|No|Art|Abs|bzw|ca|usw|Dr|Prof|Mr|Mrs|Ms|St|TP|Th|Tp|vol|gg|гг|стр|им|т|д|п|ст|Mio|Mrd|Ziff|e\.g|i\.e)"
    r"|\b[A-ZА-ЯĐ]|(?:^|\n)[ \t]*\d{1,2}(?:\.\d{1,2})*|\b[IVXLC]+)$"
)
#: "der 14. Parteitag": in German the full stop makes a number an ordinal.
_ORDINAL = re.compile(r"(?<![\w.,])\d{1,2}$")
_END = re.compile(r"[.!?…]+[»”“\"')\]]*(?=\s)|\n+")
_ADDRESS = re.compile(r"\b(?:https?://|www\.)\S+|\b[\w.+-]+@[\w-]+\.[\w.]+")
_WORDS = re.compile(r"[^\W\d_]+")
_COMMON = {
    "vi": frozenset(
        "của và các được trong là cho người những một với không về đã có tại theo để này".split()
    ),
    "flat": frozenset(
        "cua va cac duoc trong la cho nguoi nhung voi khong ve da tai theo de nay dang uy tinh".split()
    ),
    "en": frozenset("the of and to in for on with by is are was were that this from has have be at".split()),
    "de": frozenset(
        "der die das und des den dem im mit für von zu auf ist sich ein eine wurde werden nicht".split()
    ),
}
_MARKED = re.compile(r"[ăâêôơưđĂÂÊÔƠƯĐạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]")
_CYRILLIC = re.compile(r"[А-Яа-яЁё]")


class UnknownLanguage(ValueError):
    """The text is in none of the four languages, or too short to tell."""


@dataclass(frozen=True, order=True)
class Span:
    """Half-open place in the text as it was given, in code points."""

    start: int
    end: int

    def __len__(self) -> int:
        return self.end - self.start

    def overlaps(self, other: Span) -> bool:
        return self.start < other.end and other.start < self.end

    def within(self, other: Span) -> bool:
        return other.start <= self.start and self.end <= other.end


class Covered:
    """Which places of a text are already spoken for."""

    def __init__(self, length: int, spans: Iterable[Span] = ()):
        self._marks = bytearray(length + 1)
        for span in spans:
            self.add(span)

    def add(self, span: Span) -> None:
        self._marks[span.start : span.end] = b"\1" * len(span)

    def touches(self, start: int, end: int) -> bool:
        return self._marks.find(1, start, end) >= 0


@dataclass
class Text:
    """``given`` as it came; ``body`` composed, page furniture blanked; ``places`` lead back."""

    given: str
    language: str
    words: Lexicon
    body: str
    places: list[int] | None = field(default=None, repr=False)
    furniture: list[Span] = field(default_factory=list)

    @cached_property
    def sentences(self) -> list[Span]:
        return list(_sentences(self.body, self.language == "de"))

    @cached_property
    def _starts(self) -> list[int]:
        return [sentence.start for sentence in self.sentences]

    def sentence_at(self, place: int) -> Span:
        number = bisect_right(self._starts, place) - 1
        if number >= 0 and place < self.sentences[number].end:
            return self.sentences[number]
        return Span(place, place)

    def paragraph_at(self, place: int) -> Span:
        start = self.body.rfind("\n", 0, place) + 1
        end = self.body.find("\n", place)
        return Span(start, len(self.body) if end < 0 else end)

    def inner(self, start: int, end: int) -> Span:
        """Places in ``given`` as places in ``body``."""
        if self.places is None:
            return Span(start, end)
        return Span(bisect_left(self.places, start), bisect_left(self.places, end))

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Places in ``body`` as places in ``given``."""
        return (start, end) if self.places is None else (self.places[start], self.places[end])


def of(given: str, language: str | None = None) -> Text:
    """Prepare a text. Raises UnknownLanguage when none is named and none can be told."""
    body, places = compose(given)
    language = language or told(body)
    words = lexicon(language, flat=language == "vi" and not _MARKED.search(body))
    blanked = list(body)
    furniture = []
    for span in _furniture(body, words):
        furniture.append(span)
        blanked[span.start : span.end] = [c if c == "\n" else " " for c in body[span.start : span.end]]
    return Text(given, language, words, "".join(blanked), places, furniture)


def told(body: str) -> str:
    """The language of a text: by script, then by marks, then by its commonest small words."""
    sample = body[:20000]
    letters = sum(map(str.isalpha, sample))
    if not letters:
        raise UnknownLanguage("there are no words in it")
    if len(_CYRILLIC.findall(sample)) > letters / 3:
        return "ru"
    if len(_MARKED.findall(sample)) > letters / 25:
        return "vi"
    words = [word.lower() for word in _WORDS.findall(sample)]
    counts = {name: sum(word in common for word in words) for name, common in _COMMON.items()}
    best = max(counts, key=lambda name: counts[name])
    if counts[best] == 0 and re.search("[äöüßÄÖÜ]", sample):
        return "de"
    if counts[best] == 0:
        raise UnknownLanguage("too few words of a known language")
    return "vi" if best == "flat" else best


def _furniture(body: str, words: Lexicon):
    """Lines and remarks that belong to the page, not to the text."""
    found = [Span(*match.span()) for match in _ADDRESS.finditer(body)]
    every = {source for language in LANGUAGES for source in lexicon(language).get("furniture", [])}
    whole = re.compile(r"^[ \t]*(?:" + "|".join(sorted(every)) + r")[ \t]*$", re.IGNORECASE | re.MULTILINE)
    found += [Span(*match.span()) for match in whole.finditer(body)]
    for source in words.get("credits", []):
        found += [Span(*match.span()) for match in words.pattern(source).finditer(body)]
    outer = sorted(set(found), key=lambda span: (span.start, -span.end))
    return [span for span in outer if not any(span != other and span.within(other) for other in outer)]


def _sentences(body: str, ordinals: bool):
    start = 0
    for end in _END.finditer(body):
        if end[0][0] == "." and _NO_END.search(body, max(0, end.start() - 12), end.start()):
            continue
        if ordinals and end[0][0] == "." and _ORDINAL.search(body, max(0, end.start() - 12), end.start()):
            continue
        yield from _trimmed(body, start, end.end())
        start = end.end()
    yield from _trimmed(body, start, len(body))


def _trimmed(body: str, start: int, end: int):
    while start < end and body[start].isspace():
        start += 1
    while end > start and body[end - 1].isspace():
        end -= 1
    if end > start:
        yield Span(start, end)
