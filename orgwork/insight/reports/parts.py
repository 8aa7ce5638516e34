"""This room is for what reports are made of: sections, sentences with slots, tables, figures in the slots.

A report is data. The page, the Word file and the plain text are drawn from the same parts; a figure never
appears but as a slot, which knows its indicator, scope and period and hence the address of its records.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from orgwork.foundation import wording
from orgwork.foundation.dates import Period
from orgwork.insight import frame
from orgwork.registers import figures
from orgwork.registers.units import Unit

NUMBER, ABOUT, OVER_PERCENT, SIZE, YEARLY = "number", "about", "over_percent", "size", "yearly"
SHARE = "share"


@dataclass(frozen=True)
class Slot:
    """One figure in a report: what it is, for whom, for when, its value, and how it is said."""

    name: str
    code: str
    unit: str
    when: figures.When
    value: int | float | None
    style: str = NUMBER
    options: Mapping[str, str] = field(default_factory=dict)
    known: frame.Known | None = None
    language: str | None = None

    @property
    def url(self) -> str:
        """The address of its records, at the moment of knowledge of the report."""
        return frame.records_url(self.code, self.unit, self.when, known_at=self.known, **self.options)

    @property
    def definition(self) -> str:
        return str(figures.get(self.code).definition)

    @property
    def text(self) -> str:
        """The value as the sentence says it, in the language of its report, else in the one in use."""
        if self.language is None:
            return said(self.value, self.style)
        with translation.override(self.language):
            return said(self.value, self.style)

    @property
    def frozen_options(self) -> dict[str, Any]:
        """What to ask the indicator for, as it is kept with an issued report."""
        if isinstance(self.when, Period):
            when = {"from": self.when.start.isoformat(), "to": self.when.last.isoformat()}
        else:
            when = {"on": self.when.isoformat()}
        return {**when, "options": dict(self.options), "style": self.style}

    def as_json(self) -> dict[str, Any]:
        return {
            "slot": self.name, "indicator": self.code, "unit": self.unit, **self.frozen_options,
            "value": self.value, "text": self.text, "records_url": self.url,
        }  # fmt: skip

    def __str__(self):
        return self.text


def said(value, style: str = NUMBER) -> str:
    """A value in words: 8,279 · nearly 2,500 · over 5 % · 20 (the size of a change)."""
    if value is None:
        return "–"
    if style == ABOUT:
        return _about(value)
    if style == OVER_PERCENT:
        return _over_percent(value)
    if style == SHARE:
        return wording.number(value, places=2)
    if style == YEARLY:
        return wording.number(value, places=0)
    return wording.number(abs(value) if style == SIZE else value)


def _about(value: float) -> str:
    """Two figures are enough where they are near: 2,484.7 is nearly 2,500; else the whole number."""
    if value < 100:
        return wording.number(value, places=0 if value >= 10 else 1)
    step = 10 ** (int(math.log10(value)) - 1)
    near = int(value / step + 0.5) * step
    if abs(value - near) / near > 0.02 or round(value) == near:
        return wording.number(value, places=0)
    if value < near:
        return _("nearly %(number)s") % {"number": wording.number(near)}
    return _("a little over %(number)s") % {"number": wording.number(near)}


def _over_percent(value: float) -> str:
    whole = math.floor(value)
    if whole < 1 or value == whole:
        return wording.percent(value, places=0 if value == whole else 2)
    return _("over %(number)s") % {"number": wording.percent(whole, places=0)}


@dataclass(frozen=True)
class Sentence:
    """A sentence with slots: ``template`` is translated; ``words`` fills the places that hold no figure."""

    template: str
    slots: Mapping[str, Slot] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)

    def pieces(self) -> Iterator[str | Slot]:
        """Text and slots in the order in which the sentence says them."""
        before = ""
        for number, piece in enumerate(re.split(r"%\((\w+)\)s", self.template)):
            if number % 2:
                following = self.slots[piece] if piece in self.slots else self.words[piece]
            else:
                following = piece.replace("%%", "%")
                if before.endswith(".") and following.startswith("."):
                    following = following[1:]  # a day that ends in "г." ends its sentence, too
            if following:
                yield following
            before = str(following)

    def __str__(self):
        return "".join(str(piece) for piece in self.pieces())


@dataclass(frozen=True)
class Table:
    """Lines of a label and figures, under heads."""

    caption: str
    heads: Sequence[str]
    lines: Sequence[tuple[str, Sequence[Slot]]]
    note: str = ""


@dataclass(frozen=True)
class Terms:
    """Definitions of the figures used: (label, definition, source, versions of rules)."""

    items: Sequence[tuple[str, str, str, Sequence[str]]]


@dataclass(frozen=True)
class Section:
    heading: str
    blocks: Sequence[Sentence | Table | Terms]


@dataclass(frozen=True)
class Report:
    """A report of a body over a period, in one language, as known at one moment."""

    kind: str
    unit: Unit
    period: Period
    language: str
    title: str
    subtitle: str
    sections: Sequence[Section]
    known: frame.Known

    def slots(self) -> list[Slot]:
        """Every figure of the report once, in order."""
        found: dict[str, Slot] = {}
        for block in self.blocks():
            for slot in slots_of(block):
                found.setdefault(slot.name, slot)
        return list(found.values())

    def blocks(self) -> Iterable[Sentence | Table | Terms]:
        for section in self.sections:
            yield from section.blocks

    def as_text(self) -> str:
        """The report as plain text."""
        lines = [self.title, self.subtitle]
        for section in self.sections:
            lines += ["", section.heading]
            for block in section.blocks:
                lines += _text(block)
        return "\n".join(lines) + "\n"

    def as_json(self) -> dict[str, Any]:
        return {
            "report": self.kind, "unit": self.unit.code, "from": self.period.start.isoformat(),
            "to": self.period.last.isoformat(), "known_at": str(self.known), "language": self.language,
            "title": self.title, "text": [str(b) for b in self.blocks() if isinstance(b, Sentence)],
            "figures": [slot.as_json() for slot in self.slots()],
        }  # fmt: skip


def slots_of(block) -> list[Slot]:
    if isinstance(block, Sentence):
        return list(block.slots.values())
    if isinstance(block, Table):
        return [slot for _label, line in block.lines for slot in line]
    return []


def _text(block) -> list[str]:
    if isinstance(block, Sentence):
        return [str(block)]
    if isinstance(block, Table):
        rows = [["", *block.heads], *([label, *map(str, line)] for label, line in block.lines)]
        widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
        drawn = [_aligned(row, widths) for row in rows]
        return ["", block.caption, *drawn, *([block.note] if block.note else [])]
    return [f"{label}: {definition} ({source})" for label, definition, source, _rules in block.items]


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    """Labels to the left, figures to the right."""
    cells = [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
    return "  ".join([row[0].ljust(widths[0]), *cells])


class Counter:
    """Makes slots: computes each figure of a report at the report's one moment of knowledge."""

    def __init__(
        self, unit: Unit, known: frame.Known, language: str | None = None,
        counted: frame.Counted | None = None,
    ):  # fmt: skip
        self.unit, self.known, self.language = unit, known, language
        self.counted: frame.Counted = {} if counted is None else counted
        self.used: list[str] = []

    def slot(self, code: str, when: figures.When, style: str = NUMBER, *, name: str = "", **options) -> Slot:
        asked = {"on": when} if isinstance(when, dt.date) else {"period": when}
        found = frame.compute(code, self.unit, known_at=self.known, counted=self.counted, **asked, **options)
        return self.made(code, self.unit.code, when, found.value, style, name=name, **options)

    def made(self, code, unit_code, when, value, style=NUMBER, *, name="", **options) -> Slot:
        """A slot of a value already computed (lines of a table come in one statement)."""
        if code not in self.used:
            self.used.append(code)
        if not name:
            tail = "".join(f",{key}={val}" for key, val in sorted(options.items()))
            name = code + tail + ("" if unit_code == self.unit.code else f"@{unit_code}")
        return Slot(name[:60], code, unit_code, when, value, style, options, self.known, self.language)

    def terms(self, day: dt.date) -> Terms:
        """The definitions of every figure used so far."""
        from orgwork.foundation import provisions

        held = provisions.on(day)
        items = []
        for code in self.used:
            one = figures.get(code)
            rules = [_rule(held[name]) for name in one.provisions]
            items.append((str(one.label), str(one.definition), wording.cited(one.source), rules))
        return Terms(items)


def _rule(held) -> str:
    """A rule that a figure rests on: what it is about, which version of it, and its citation."""
    return f"{wording.localized(held.labels)} ({held.version}): {wording.cited(held.citation)}"
