"""This room is for words of whole texts: what they are, where each stands, and what is kept to find them by.

One tokenizer for everything: what is written into an index, what a question is cut into, and what is marked
on the page come out of ``spans``. Words are folded (marks off, đ is d, lower case) and not stemmed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import models

from .search import fold

#: No index keeps more letters of one word; what is longer is no word but a slip of recognition.
LONGEST = 60
#: Marks that stand behind their letter in decomposed text, and signs that show nothing inside a word.
_SILENT = "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f\u00ad\u200b-\u200d\u2060"
_WORD = re.compile(rf"[^\W_](?:[^\W_]|[{_SILENT}])*")
_PART = re.compile(r"[^\W_]+")
_UNSEEN = str.maketrans("", "", "\u00ad\u200b\u200c\u200d\u2060")
#: A word that a line's end has cut in two ("Beschluss-\nfassung") is found whole, too.
_CUT = re.compile(r"[-\u2010]\s*\n\s*\Z")


class Span(NamedTuple):
    """A folded word and where it stands in the text as it was written."""

    word: str
    start: int
    end: int


def spans(text: str, start: int = 0, end: int | None = None) -> Iterator[Span]:
    """Every word of the text in its order, folded, with its place in the original."""
    before: Span | None = None
    for match in _WORD.finditer(text, start, len(text) if end is None else end):
        for word in folded_words(match[0]):
            yield Span(word, match.start(), match.end())
            if before is not None and match.start() - before.end < 40:
                if _CUT.match(text[before.end : match.start()]):
                    yield Span((before.word + word)[:LONGEST], before.start, match.end())
            before = Span(word, match.start(), match.end())


@lru_cache(maxsize=100_000)
def folded_words(written: str) -> tuple[str, ...]:
    """What one written word is found by: mostly one word, of a ligature or a sign in it perhaps more."""
    folded = fold(written.translate(_UNSEEN))
    return tuple(part[:LONGEST] for part in _PART.findall(folded))


def words_in(text: str) -> str:
    """The distinct words of a text in byte order, as an index takes them."""
    return " ".join(sorted({span.word for span in spans(text)}))


class WordsField(models.TextField):
    """Keeps the distinct words of another column, whoever saves the row through a model."""

    def __init__(self, *args: Any, of: str = "", **options: Any) -> None:
        self.of = of
        super().__init__(*args, **{"blank": True, "default": "", "editable": False, **options})

    def deconstruct(self) -> Any:
        name, path, args, options = super().deconstruct()
        return name, path, args, {**options, "of": self.of}

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        text = getattr(model_instance, self.of)
        # A blank says that there are none, and nothing that nobody has looked.
        found = words_in(text) or (" " if text else "")
        setattr(model_instance, self.attname, found)
        return found
