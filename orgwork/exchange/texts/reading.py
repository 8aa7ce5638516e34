"""This room is for reading one text whole: documents, persons, figures, tasks, and places that look wrong."""

from __future__ import annotations

import re

from orgwork.exchange.texts import scopes
from orgwork.exchange.texts import text as texts
from orgwork.exchange.texts.citations import citations
from orgwork.exchange.texts.figures import figures
from orgwork.exchange.texts.finds import Reading
from orgwork.exchange.texts.instructions import instructions
from orgwork.exchange.texts.persons import mentions
from orgwork.exchange.texts.relations import rests_on

_SPAN_OF_YEARS = re.compile(r"\b((?:19|20)\d\d)\s?[-–—]\s?((?:19|20)\d\d)\b")


def read(given: str, language: str | None = None) -> Reading:
    """Read a text. ``language`` is vi, en, de or ru, or told from the text; raises UnknownLanguage."""
    text = texts.of(given, language)
    cited = citations(text)
    rests_on(text, cited)
    named = mentions(text)
    counted = figures(text, cited)
    scopes.fill(text, counted)
    return Reading(
        lang=text.language,
        documents=cited,
        persons=named,
        figures=counted,
        tasks=instructions(text, named),
        defects=_defects(text),
    )


def _defects(text: texts.Text) -> list[dict]:
    """Page furniture, and spans of years that end before they begin."""
    out = []
    for span in text.furniture:
        out.append(_defect(text, span, "page furniture"))
    for found in _SPAN_OF_YEARS.finditer(text.body):
        if int(found[1]) > int(found[2]):
            out.append(
                _defect(text, texts.Span(*found.span()), "impossible period: it ends before it begins")
            )
    for one in text.words.get("mistranslations", []):
        for found in text.words.pattern(rf"(?<!\w)(?:{one['words']})(?!\w)").finditer(text.body):
            out.append(_defect(text, texts.Span(*found.span()), one["means"]))
    return sorted(out, key=lambda defect: defect["start"])


def _defect(text: texts.Text, span: texts.Span, what: str) -> dict:
    first, last = text.original(span.start, span.end)
    return {"start": first, "end": last, "surface": text.given[first:last], "what": what}
