"""This room is for the numbers of papers: terms of office, series, what is reserved, cancelled, missing.

An issuer counts each kind from 01 through one term of office; what a congress issues has one series for all
kinds (HD 36-HD/VPTW). A number is used up by the paper that bears it, or by a mark that says why none does.
"""

from __future__ import annotations

import datetime as dt
import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection, models
from django.utils.translation import gettext_lazy as _

from orgwork.foundation import provisions
from orgwork.foundation.constraints import AppendOnly
from orgwork.foundation.rows import Statement, fetch, valid_on
from orgwork.foundation.search import fold

from .documents import Document
from .record import BYTES, Record, guarded
from .units import Unit


class TermOfOffice(Record):
    """That a body counts its papers anew from a day: the day after the closing of its congress.

    Where the new committee meets while the congress is still in session, the term begins with that meeting.
    Until a body's terms are recorded the calendar year stands for the term.
    """

    KEY = ("unit",)

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="terms")
    name = models.CharField(_("term of office"), max_length=40)

    class Meta:
        verbose_name = _("term of office")
        verbose_name_plural = _("terms of office")
        base_manager_name = "versions"
        constraints = guarded("term_of_office", "unit")

    def __str__(self):
        return self.name


class NumberSeries(models.Model):
    """The numbers of one issuer, kind and term; ``kind`` is empty for a congress, which has one for all."""

    issuer = models.ForeignKey(Unit, models.PROTECT, related_name="series", verbose_name=_("issuer"))
    kind = models.CharField(_("kind"), max_length=40, blank=True, db_collation=BYTES)
    opened_on = models.DateField(_("first day"))
    recorded = models.BigIntegerField(_("recorded"))

    class Meta:
        verbose_name = _("number series")
        verbose_name_plural = _("number series")
        constraints = [
            models.UniqueConstraint(fields=["issuer", "kind", "opened_on"], name="one_series_of_a_term"),
            AppendOnly(name="number_series_append_only", allow=()),
        ]

    def __str__(self):
        return f"{self.issuer_id} {self.kind or '*'} {self.opened_on}"


class SeriesBook(Record):
    """The days on which a series gives out numbers, and from which number on its book is complete here.

    ``kept_from`` is empty while papers are only entered with the numbers they have: then a number between
    two of them may belong to a paper that is not in this register, and its absence breaks no rule.
    """

    KEY = ("series",)

    series = models.ForeignKey(NumberSeries, models.PROTECT, related_name="books")
    kept_from = models.PositiveIntegerField(_("complete from number"), null=True, blank=True)

    class Meta:
        verbose_name = _("register book")
        verbose_name_plural = _("register books")
        base_manager_name = "versions"
        constraints = guarded("series_book", "series")

    def __str__(self):
        return f"{self.series_id} from {self.kept_from}"


class MarkKind(models.TextChoices):
    RESERVED = "reserved", _("reserved")
    CANCELLED = "cancelled", _("cancelled")


class NumberMark(Record):
    """Why a number has no paper: reserved for a body up to a day, or cancelled for good.

    A reservation ends with its last day whether or not anybody looks; the next paper then takes the number.
    The reason stands in the cause.
    """

    KEY = ("series", "number")

    series = models.ForeignKey(NumberSeries, models.PROTECT, related_name="marks")
    number = models.PositiveIntegerField(_("number"))
    kind = models.CharField(_("state"), max_length=12, choices=MarkKind)
    holder = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="reserved_numbers", verbose_name=_("for")
    )

    class Meta:
        verbose_name = _("mark on a number")
        verbose_name_plural = _("marks on numbers")
        base_manager_name = "versions"
        constraints = guarded("number_mark", "series", "number")

    def __str__(self):
        return f"{self.series_id}/{self.number} {self.kind}"


class JointIssuer(models.Model):
    """A body that issued a paper together with its lead, in whose series the paper is numbered."""

    document = models.ForeignKey(Document, models.PROTECT, related_name="joint_issuers")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="issued_jointly")

    class Meta:
        verbose_name = _("joint issuer")
        verbose_name_plural = _("joint issuers")
        constraints = [
            models.UniqueConstraint(fields=["document", "unit"], name="joint_issuer_once"),
            AppendOnly(name="joint_issuer_append_only", allow=()),
        ]

    def __str__(self):
        return f"{self.document_id} with {self.unit_id}"


# ── terms ────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Term:
    """The days through which numbers run on: ``until`` is the first day after, None while it is open."""

    since: dt.date
    until: dt.date | None
    name: str

    def __contains__(self, day: dt.date) -> bool:
        return self.since <= day and (self.until is None or day < self.until)


#: Whose terms a body takes over: what a committee created counts by its creator's term.
CREATED = ("agency", "service", "temporary", "committee")


def term_of(issuer: Unit, kind: str, day: dt.date) -> Term:
    """The term through which numbers of the kind run on that day."""
    return term_from(fetch(*asking_terms(issuer, day)), kind, day)


def asking_terms(issuer: Unit, day: dt.date) -> Statement:
    """Recorded terms of the body and of those above it that touch the year of the day, the nearest first."""
    year = (dt.date(day.year + 1, 1, 1), dt.date(day.year, 1, 1))
    form = f"SELECT f.kind FROM registers_unitform f WHERE f.unit_id = %s AND {valid_on('f')}"  # noqa: S608
    return (
        f"SELECT t.valid_from, t.valid_to, t.name, coalesce(l.depth, 0), ({form}) AS kind"  # noqa: S608
        " FROM registers_termofoffice t LEFT JOIN registers_unitlineage l"
        f" ON l.ancestor_id = t.unit_id AND l.descendant_id = %s AND {valid_on('l')}"
        " WHERE t.retracted IS NULL AND (t.unit_id = %s OR l.depth = 1)"
        " AND t.valid_from < %s AND (t.valid_to IS NULL OR t.valid_to > %s)"
        " ORDER BY 4, t.valid_from",
        [issuer.pk, day, day, issuer.pk, day, day, issuer.pk, *year],
    )


def term_from(rows: Iterable[tuple], kind: str, day: dt.date) -> Term:
    """Out of the answer to ``asking_terms``; the year stands in where no term is recorded."""
    first, last = dt.date(day.year, 1, 1), dt.date(day.year + 1, 1, 1)
    if _by_year(kind, day):
        return Term(first, last, str(day.year))
    since, until = first, last
    for start, stop, name, depth, body in rows:
        known = provisions.kinds().get(body or "")
        if depth and (known is None or known.family not in CREATED):
            continue
        start, stop = _day(start), _day(stop) if stop else None
        if start <= day and (stop is None or day < stop):
            return Term(start, stop, name)
        # A term that is recorded cuts the year that stands in before or after it.
        if stop is not None and stop <= day:
            since = max(since, stop)
        if start > day:
            until = min(until, start)
    return Term(since, until, str(day.year))


def _by_year(kind: str, day: dt.date) -> bool:
    return kind == "letter_of_introduction" and provisions.on(day)["letters.numbered_by_year"].value


def _day(value) -> dt.date:
    return dt.date.fromisoformat(value) if isinstance(value, str) else value


PRINTED_SIGN = re.compile(r"\s*\d+\s*[-–]\s*([^/\s]+)\s*/")


def is_counted(kind: str, symbol: str) -> bool:
    """Whether a paper stands in a series: its kind is known, and the sign printed is one of that kind's.

    A letter that was entered as a decision (88-CV/TU) would else take a number from the decisions.
    """
    known = provisions.documents().get(kind)
    printed = PRINTED_SIGN.match(symbol)
    if known is None:
        return False
    return printed is None or not known.symbols or fold(printed[1]) in {fold(sign) for sign in known.symbols}


# ── the register book ────────────────────────────────────────────────────────────────────────────────────

#: States of a line of the register book.
PAPER, RESERVED, CANCELLED, LAPSED, GAP = "paper", "reserved", "cancelled", "lapsed", "gap"


@dataclass(frozen=True)
class Line:
    """One number of a series: the paper that bears it, or why none does.

    ``first`` and ``last`` differ only for numbers missing in a row. A lapsed reservation is free again.
    """

    first: int
    last: int
    state: str
    paper: Document | None = None
    mark: NumberMark | None = None
    kept: bool = False


def book(series: NumberSeries, on: dt.date, *, known_at: int | None = None) -> list[Line]:
    """The lines of a series up to the highest number used up by the day, in order, gaps among them."""
    rows = series.papers.all() if known_at is None else series.papers.filter(recorded__lt=known_at)
    papers = {paper.number or 0: paper for paper in rows.select_related("issuer")}
    marks = {
        mark.number: mark
        for mark in NumberMark.objects.at(known_at).filter(series=series)
        .select_related("begun_by", "holder").order_by("valid_from")
    }  # fmt: skip
    reached = [number for number, paper in papers.items() if paper.day and paper.day <= on]
    reached += [number for number, mark in marks.items() if mark.valid_from <= on]
    last = max(reached, default=0)
    numbers = sorted(number for number in papers.keys() | marks.keys() if number <= last)
    return list(_lines(numbers, papers, marks, kept_from(series, known_at=known_at), on))


def _lines(numbers, papers, marks, complete_from: int | None, on: dt.date):
    before = 0
    for number in numbers:
        if number > before + 1:
            yield from _missing(before + 1, number - 1, complete_from)
        before = number
        if number in papers:
            yield Line(number, number, PAPER, paper=papers[number])
            continue
        mark = marks[number]
        over = mark.valid_to is not None and mark.valid_to <= on
        yield Line(number, number, LAPSED if over else mark.kind, mark=mark)


def _missing(first: int, last: int, complete_from: int | None):
    """Missing numbers before and after the point from which the book is complete are told apart."""
    if complete_from is None or last < complete_from:
        yield Line(first, last, GAP)
    elif first >= complete_from:
        yield Line(first, last, GAP, kept=True)
    else:
        yield Line(first, complete_from - 1, GAP)
        yield Line(complete_from, last, GAP, kept=True)


def kept_from(series: NumberSeries, *, known_at: int | None = None) -> int | None:
    """From which number on the book is complete, by the latest record."""
    rows = SeriesBook.objects.at(known_at).filter(series=series).order_by("-valid_from")
    return rows.values_list("kept_from", flat=True).first()


#: PostgreSQL advisory locks of the number series, one for each issuer; taken after tree, bodies and persons.
SERIES = 79


def locking_series(issuer: Unit | None) -> list[Statement]:
    """The lock on an issuer's numbers: taken last of all, held to the end of the transaction."""
    if issuer is None or connection.vendor != "postgresql":
        return []
    key = zlib.crc32(str(issuer.pk).encode()) & 0x7FFFFFFF
    return [("SELECT pg_advisory_xact_lock(%s, %s)", [SERIES, key])]
