"""This room is for numbering papers: the next number of a series, gapless and without doubles.

Whoever draws a number holds the lock on the issuer's series to the end of the transaction; it is the last
lock taken. Drawn is the number of a reservation that lapsed, else the one after the highest: a number missing
between two papers may be that of a paper not entered yet, and is filled only by entering it with its number.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from orgwork.foundation import catalogues, provisions, wording
from orgwork.foundation.dates import DAY, Period, change, new_spells, replace
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Refusal
from orgwork.foundation.rows import fetch, insert_row, together
from orgwork.registers.documents import Document
from orgwork.registers.numbering import (
    JointIssuer,
    NumberMark,
    NumberSeries,
    SeriesBook,
    Term,
    kept_from,
    locking_series,
    term_of,
)
from orgwork.registers.record import Cause
from orgwork.registers.units import Unit, UnitForm, UnitName, UnitPlacement

from . import papers

RULE = "HD 36-HD/VPTW"


def next_number(
    act: Act, *, issuer: Unit, kind: str, day: dt.date, joint_with: Iterable[Unit] = (),
    congress: bool = False,
) -> int:  # fmt: skip
    """The next number of the issuer's series of that kind and term, for a paper of that day.

    The number is held by the lock until the transaction ends: register the paper in it, before another number
    is drawn. ``joint_with`` changes nothing: joint papers are counted by their lead, the ``issuer``.
    """
    _refuse_joint(issuer, joint_with)
    _refuse_uncounted(kind, day)
    together(locking_series(issuer))
    series = find_series(act, issuer, kind, day, congress=congress)
    refuse_closed(series, day)
    number = _free(series, act.day)
    if kept_from(series) is None:
        # From here on the house gives the numbers: a number missing later breaks the rule.
        begun = SeriesBook.objects.filter(series=series).order_by("-valid_from").first()
        since = max(begun.valid_from, day) if begun else day
        change(SeriesBook, act, {"series": series}, since, {"kept_from": number}, cause=None, for_good=True)
    return number


def register_paper(
    act: Act, *, issuer: Unit, kind: str, day: dt.date, title: str = "", number: int | None = None,
    secret: bool = False, joint_with: Iterable[Unit] = (), congress: bool = False, symbol: str = "",
    reserved_for: Unit | None = None, field: str = "document",
) -> Document:  # fmt: skip
    """A new paper of a body of the register. Without number and symbol it gets the next number of its series.

    ``symbol`` is made of number, sign of the kind and sign of the issuer where it is not given. Of a secret
    paper only number, kind and day are kept. A paper entered with its number goes into its place in the
    series of its day; a number that is taken is refused, with the paper that bears it.
    """
    joint_with = list(joint_with)
    _refuse_joint(issuer, joint_with)
    if number is None and not symbol:
        number = next_number(act, issuer=issuer, kind=kind, day=day, congress=congress)
    if number is not None and not symbol:
        symbol = symbol_of(issuer, kind, number, day, congress=congress)
    paper = papers.register_paper(
        act, symbol=symbol, number=number, kind=kind, issuer=issuer, day=day, title=title, secret=secret,
        congress=congress, reserved_for=reserved_for, field=field,
    )  # fmt: skip
    if paper.recorded == act.moment:
        for unit in joint_with:
            insert_row(JointIssuer(document=paper, unit=unit))
    return paper


def close_series(act: Act, unit: Unit, day: dt.date, *, cause: Cause | None = None) -> list[NumberSeries]:
    """The body gives out no more numbers from the day on; its papers keep theirs. Nothing is renumbered.

    For whoever ends or merges a body: the body that comes of it is another one and begins its own series.
    """
    together(locking_series(unit))
    closed = []
    rows = SeriesBook.objects.filter(series__issuer=unit).overlapping(Period(day)).select_related("series")
    for row in rows.order_by("series", "valid_from"):
        replace(
            SeriesBook, act, {"series": row.series}, Period(day, row.valid_to), None, cause=cause, verb="end"
        )
        closed.append(row.series)
    return closed


# ── series ───────────────────────────────────────────────────────────────────────────────────────────────


def find_series(act: Act, issuer: Unit, kind: str, day: dt.date, *, congress: bool = False) -> NumberSeries:
    """The series of that day, opened if this is its first paper; the caller holds the lock."""
    if congress:
        return _of_congress(issuer, day)
    term = term_of(issuer, kind, day)
    found = NumberSeries.objects.filter(issuer=issuer, kind=kind, opened_on=term.since).first()
    if found is None:
        refuse_ended(issuer, day)
    return found or open_series(act, issuer, kind, term)


def open_series(act: Act, issuer: Unit, kind: str, term: Term) -> NumberSeries:
    """A new series with its book; the caller holds the lock and has looked."""
    series = insert_row(NumberSeries(issuer=issuer, kind=kind, opened_on=term.since, recorded=act.moment))
    insert_row(SeriesBook(series=series, valid_from=term.since, recorded=act.moment, spell=new_spells(1)[0]))
    return series


def _of_congress(issuer: Unit, day: dt.date) -> NumberSeries:
    open_then = SeriesBook.objects.on(day).filter(series__issuer=issuer, series__kind="")
    found = open_then.select_related("series").first()
    if found is None:
        raise no_congress(day)
    return found.series


def no_congress(day: dt.date) -> Refusal:
    return Refusal(
        _("No congress of this body is recorded on %(day)s; enter the days of the congress first.")
        % {"day": wording.day(day)},
        field="congress", code="no_congress", citation=RULE,
    )  # fmt: skip


def refuse_closed(series: NumberSeries, day: dt.date, *, field: str = "day") -> None:
    """A series that was closed gives no number to a paper of a later day."""
    if SeriesBook.objects.on(day).filter(series=series).exists():
        return
    last = SeriesBook.objects.filter(series=series).order_by("-valid_from").first()
    raise _closed(last.valid_to if last else None, field)


def refuse_ended(issuer: Unit, day: dt.date, *, field: str = "day") -> None:
    """A body that has ended begins no series, whatever the kind: its successor numbers the later papers."""
    last = UnitPlacement.objects.filter(unit=issuer).order_by("-valid_from").first()
    if last is not None and last.valid_to is not None and last.valid_to <= day:
        raise _closed(last.valid_to, field)


def _closed(until: dt.date | None, field: str) -> Refusal:
    return Refusal(
        _("This number series was closed; its last day was %(day)s. Papers of later days are numbered by the "
          "body that came after.") % {"day": wording.day(until - DAY) if until else "…"},
        field=field, code="series_closed", citation=RULE,
    )  # fmt: skip


def _free(series: NumberSeries, today: dt.date) -> int:
    """The lowest number whose reservation lapsed, else the one after the highest that is used up."""
    lapsed = fetch(
        "SELECT m.number FROM registers_numbermark m WHERE m.series_id = %s AND m.retracted IS NULL"
        " AND m.kind = 'reserved' AND m.valid_to <= %s AND NOT EXISTS (SELECT 1 FROM registers_document d"
        " WHERE d.series_id = m.series_id AND d.number = m.number) AND NOT EXISTS (SELECT 1 FROM"
        " registers_numbermark o WHERE o.series_id = m.series_id AND o.number = m.number"
        " AND o.retracted IS NULL AND o.valid_from >= m.valid_to) ORDER BY m.number LIMIT 1",
        [series.pk, today],
    )
    if lapsed:
        return lapsed[0][0]
    (highest,) = fetch(
        "SELECT coalesce((SELECT max(number) FROM registers_document WHERE series_id = %s), 0),"
        " coalesce((SELECT max(number) FROM registers_numbermark"
        " WHERE series_id = %s AND retracted IS NULL), 0)",
        [series.pk, series.pk],
    )
    return max(highest) + 1


def _refuse_uncounted(kind: str, day: dt.date) -> None:
    if kind not in provisions.documents():
        raise Refusal(
            _("Only a paper whose kind is known gets a number; choose its kind."), field="kind", code="kind"
        )


def _refuse_joint(issuer: Unit, joint_with: Iterable[Unit]) -> None:
    others = [unit.pk for unit in joint_with]
    if issuer.pk in others or len(set(others)) < len(others):
        raise Refusal(
            _("A joint paper names its lead once and every other body once; look at the bodies again."),
            field="joint_with", code="joint_twice",
        )  # fmt: skip


# ── symbols ──────────────────────────────────────────────────────────────────────────────────────────────


def symbol_of(issuer: Unit, kind: str, number: int, day: dt.date, *, congress: bool = False) -> str:
    """How number and symbol are printed: 03-HD/TU; below ten with a nought before it."""
    signs = catalogues.documents()[kind].symbols
    sign = f"-{signs[0]}" if signs else ""
    return f"{number:02d}{sign}/{'ĐH' if congress else sign_of(issuer, day)}"


#: What a town, a city of a province and an urban district print instead of HU: by how their names begin.
TOWNS = {"ThU": ("thành phố", "thị xã"), "QU": ("quận",)}


def sign_of(issuer: Unit, day: dt.date) -> str:
    """The sign of an issuing body: the one it used last, else that of its kind and of the body above it."""
    used = Document.objects.filter(issuer=issuer, symbol__contains="/").exclude(symbol__endswith="/ĐH")
    last = used.order_by("-day", "-pk").values_list("symbol", flat=True).first()
    if last:
        return last.rpartition("/")[2]
    kind, above = _kind(issuer, day), ""
    placed = UnitPlacement.objects.on(day).filter(unit=issuer).select_related("parent").first()
    if placed and placed.parent:
        above = _kind(placed.parent, day)
    fitting = [
        one for one in catalogues.issuers().values()
        if kind in one.kinds and (not one.of or above in one.of) and one.holds(day)
    ]  # fmt: skip
    if not fitting:
        return issuer.code
    name = UnitName.objects.filter(unit=issuer, language="vi").values_list("text", flat=True).first() or ""
    for code, words in TOWNS.items():
        if any(one.code == code for one in fitting) and any(word in name.casefold() for word in words):
            return code
    return fitting[0].code


def _kind(unit: Unit, day: dt.date) -> str:
    found = UnitForm.objects.on(day).filter(unit=unit).values_list("kind", flat=True).first()
    return found or UnitForm.objects.filter(unit=unit).values_list("kind", flat=True).first() or ""


__all__ = ["NumberMark", "close_series", "next_number", "register_paper", "sign_of", "symbol_of"]
