"""This room is for bodies as texts name them: the standard name and the code that numbers papers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from orgwork.exchange.texts.lexicons import Lexicon, lexicon
from orgwork.exchange.texts.text import Span, Text


@cache
def _bodies(language: str, flat: bool) -> tuple[re.Pattern, list[tuple[re.Pattern, dict]]]:
    words = lexicon(language, flat=flat)
    each = [(words.pattern(rf"(?<!\w)(?:{one['words']})(?!\w)"), one) for one in words["bodies"]]
    every = "|".join(f"(?:{words.source(one['words'])})" for one in words["bodies"])
    # Where a body can begin at all: without this every letter of the text would be tried against every body.
    return re.compile(rf"(?<!\w){begins(words)}(?:{every})(?!\w)", re.IGNORECASE), each


def begins(words: Lexicon) -> str:
    """Where a body can begin at all, as a pattern that takes nothing."""
    return f"(?-i:{words.source(words.get('body_begins', '(?=.)'))})"


def source(words: Lexicon) -> str:
    """A pattern for any body, to be put into a larger one."""
    return "(?:" + "|".join(words.source(one["words"]) for one in words["bodies"]) + ")"


def bodies(text: Text, span: Span) -> Iterator[tuple[Span, dict]]:
    """Bodies named within the span, with their entry in the lexicon."""
    every, _each = _bodies(text.language, text.words.flat)
    for found in every.finditer(text.body, span.start, span.end):
        yield Span(*found.span()), entry(text.words, found[0])


def entry(words: Lexicon, said: str) -> dict:
    """The body's entry: the first in the lexicon that says just this, else the first that begins so."""
    _every, each = _bodies(words.language, words.flat)
    for pattern, one in each:
        if pattern.fullmatch(said):
            return one
    for pattern, one in each:
        if pattern.match(said):
            return one
    return {"name": said, "code": ""}
