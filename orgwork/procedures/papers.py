"""This room is for papers on their way into the register: found again when known, no number given twice."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from orgwork.foundation import provisions, wording
from orgwork.foundation.dates import Period, replace
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Refusal
from orgwork.foundation.rows import Statement, insert_row, together, valid_on
from orgwork.foundation.search import fold
from orgwork.registers.documents import Document
from orgwork.registers.numbering import (
    MarkKind,
    NumberMark,
    NumberSeries,
    Term,
    asking_terms,
    is_counted,
    locking_series,
    term_from,
)
from orgwork.registers.record import Cause
from orgwork.registers.units import Unit, names_of

RULE = "HD 36-HD/VPTW"
LEADING_NUMBER = re.compile(r"\s*(\d{1,6})\b")
#: Numbers begin with one and have at most six digits.
NO_NUMBER = re.compile(r"0+(?!\d)|\d{7}")


def register_paper(
    act: Act, *, symbol: str, day: dt.date | None, kind: str = "", issuer: Unit | None = None,
    issuer_name: str = "", title: str = "", number: int | None = None, secret: bool = False,
    congress: bool = False, reserved_for: Unit | None = None, field: str = "document",
) -> Document:  # fmt: skip
    """The paper of that number and symbol, issuer and day: found if registered already, else registered.

    It takes its place in the series of its issuer, kind and term (registers/numbering.py); a number that
    another paper bears, that was cancelled or is reserved for somebody else is refused.
    """
    symbol = " ".join(symbol.split())
    _refuse_incomplete(symbol, day, kind, issuer, issuer_name, title, field)
    assert day is not None  # refused above
    # Of a secret paper only number, kind and day are ever stored.
    title = "" if secret else title
    number = number if number is not None else number_in(symbol)
    counted = issuer is not None and number is not None and (congress or is_counted(kind, symbol))
    place = _look(symbol, day, "" if congress else kind, issuer, issuer_name, number if counted else None)
    for known in place.namesakes:
        if known.day == day and (not kind or not known.kind or known.kind == kind):
            return known
        if known.kind == kind and day and known.day and (
            known.day in place.term if counted else known.day.year == day.year
        ):  # fmt: skip
            raise _taken(known, field)
    if counted:
        assert number is not None
        _refuse_used(place, number, act, day, reserved_for, field)
    paper = Document(
        number=number, symbol=symbol, kind=kind, issuer=issuer, issuer_name=issuer_name, day=day, title=title,
        secret=secret, folded=fold(f"{symbol} {title}"), recorded=act.moment,
    )  # fmt: skip
    if counted:
        assert issuer is not None
        paper.series = place.series or _opened(act, issuer, "" if congress else kind, place.term, day)
    insert_row(paper)
    if place.mark is not None:
        _use_up(act, place.mark, paper)
    return paper


def number_in(symbol: str) -> int | None:
    """214 of “214-QĐ/HU”."""
    found = LEADING_NUMBER.match(symbol)
    return int(found[1]) if found else None


def shown(document: Document | None) -> str:
    """How a paper is named in the journal's content: number and symbol, never its title."""
    return document.symbol if document else ""


def _refuse_incomplete(symbol, day, kind, issuer, issuer_name, title, field):
    if not symbol or NO_NUMBER.match(symbol):
        message = _("Enter number and symbol of the paper, such as 214-QĐ/HU.")
        raise Refusal(message, field=field, code="no_such_number" if symbol else "missing")
    if day is None:
        raise Refusal(_("Enter the day of the paper."), field=field, code="missing")
    if issuer is None and not issuer_name:
        message = _("Say who issued the paper: a body of the register, or its name in words.")
        raise Refusal(message, field=field, code="missing")
    if len(symbol) > 60 or len(issuer_name) > 200 or len(title) > 500:
        message = _("Number and symbol have at most 60 letters, the issuer 200, the title 500.")
        raise Refusal(message, field=field, code="too_long")
    if kind and kind not in provisions.documents():
        unknown = _("“%(kind)s” is no kind of paper; choose one of the list.") % {"kind": kind}
        raise Refusal(unknown, field=field, code="kind")


def lock_series(issuer: Unit | None) -> None:
    """Whoever draws the next number of a series looks only under its lock."""
    together(locking_series(issuer))


# ── the place of a paper in its series ───────────────────────────────────────────────────────────────────


@dataclass
class _Place:
    """What is known of a number before the paper is written; all of it is asked in one message."""

    namesakes: list[Document]
    term: Term
    series: NumberSeries | None = None
    closed: bool = False
    taker: Document | None = None
    mark: NumberMark | None = None


def _look(symbol, day, kind, issuer, issuer_name, number) -> _Place:
    """Papers of that number and symbol and that issuer, mostly none; with a number also its series.

    The lock on the issuer's numbers is taken before the look and held to the end.
    """
    by = ("issuer_id = %s", issuer.pk) if issuer else ("issuer_id IS NULL AND issuer_name = %s", issuer_name)
    look = f"SELECT id FROM registers_document WHERE symbol = %s AND {by[0]} LIMIT 50"  # noqa: S608
    locks = locking_series(issuer)
    asked = _about_number(issuer, kind, day, number) if number is not None else []
    same, *about = together([*locks, (look, [symbol, by[1]]), *asked])[len(locks) :]
    rows = Document.objects.filter(pk__in=[row[0] for row in same]).order_by("-day") if same else ()
    if number is None:
        return _Place(list(rows), Term(day, None, ""))
    return _placed(_Place(list(rows), term_from(about[0], kind, day)), kind, day, *about[1:])


def _about_number(issuer: Unit, kind: str, day: dt.date, number: int) -> list[Statement]:
    of = "JOIN registers_numberseries s ON s.id = {}.series_id AND s.issuer_id = %s AND s.kind = %s"
    return [
        asking_terms(issuer, day),
        (
            "SELECT id, opened_on, recorded FROM registers_numberseries"
            " WHERE issuer_id = %s AND kind = %s AND opened_on <= %s ORDER BY opened_on DESC",
            [issuer.pk, kind, day],
        ),
        (
            f"SELECT b.series_id FROM registers_seriesbook b {of.format('b')} WHERE {valid_on('b')}",  # noqa: S608
            [issuer.pk, kind, day, day],
        ),
        (
            f"SELECT d.series_id, d.id FROM registers_document d {of.format('d')} WHERE d.number = %s",  # noqa: S608
            [issuer.pk, kind, number],
        ),
        (
            f"SELECT m.series_id, m.id FROM registers_numbermark m {of.format('m')}"  # noqa: S608
            " WHERE m.number = %s AND m.retracted IS NULL ORDER BY m.valid_from",
            [issuer.pk, kind, number],
        ),
    ]


def _placed(place: _Place, kind, day, series, running, takers, marks) -> _Place:
    """The series of that day among those of the issuer and kind, and who has the number in it."""
    running = {row[0] for row in running}
    for ident, opened, recorded in series:
        opened = dt.date.fromisoformat(opened) if isinstance(opened, str) else opened
        # The series of a congress is the one that was open on the day; every other is that of its term.
        if opened == place.term.since if kind else ident in running:
            place.series = NumberSeries(pk=ident, kind=kind, opened_on=opened, recorded=recorded)
            place.series._state.adding = False
            place.closed = ident not in running
            break
    if place.series is None:
        return place
    if ident := dict(takers).get(place.series.pk):
        place.taker = Document.objects.get(pk=ident)
    if ident := dict(marks).get(place.series.pk):
        place.mark = NumberMark.objects.get(pk=ident)
    return place


def _refuse_used(place: _Place, number: int, act: Act, day: dt.date, reserved_for: Unit | None, field: str):
    """Refuse a number that a paper bears, that was cancelled, or that is kept for another body."""
    if place.taker is not None:
        raise _taken(place.taker, field)
    if place.closed:
        raise Refusal(
            _("The number series of that term was closed before %(day)s; look at the day again, or at who "
              "issued the paper.") % {"day": wording.day(day)},
            field=field, code="series_closed", citation=RULE,
        )  # fmt: skip
    mark = place.mark
    if mark is not None and mark.kind == MarkKind.CANCELLED:
        raise Refusal(
            _("Number %(number)s was cancelled and stays used up; take another one.") % {"number": number},
            field=field, code="number_cancelled", citation=RULE,
        )  # fmt: skip
    if (
        mark is not None
        and act.day in mark.period
        and (mark.holder_id or 0) != getattr(reserved_for, "pk", 0)
    ):
        raise Refusal(
            _("Number %(number)s is reserved for %(unit)s until %(day)s; name that body, or take another "
              "number.")
            % {
                "number": number, "day": wording.day(mark.period.last or day),
                "unit": names_of([mark.holder_id], act.day).get(mark.holder_id or 0, "…"),
            },
            field=field, code="number_reserved", citation=RULE,
        )  # fmt: skip
    if mark is None and reserved_for is not None:
        raise Refusal(
            _("Number %(number)s is not reserved on that day; look at the register book again.")
            % {"number": number},
            field=field, code="not_reserved",
        )  # fmt: skip


def _taken(known: Document, field: str) -> Refusal:
    return Refusal(
        _("Number %(symbol)s of this issuer is already taken by the paper of %(day)s; look at number and day "
          "again.") % {"symbol": known.symbol, "day": wording.day(known.day) if known.day else "…"},
        field=field, code="number_taken", citation=RULE,
    )  # fmt: skip


def _opened(act: Act, issuer: Unit, kind: str, term: Term, day: dt.date) -> NumberSeries:
    from . import numbering

    if not kind:
        raise numbering.no_congress(day)
    numbering.refuse_ended(issuer, day)
    return numbering.open_series(act, issuer, kind, term)


def _use_up(act: Act, mark: NumberMark, paper: Document) -> None:
    """A number that was reserved has its paper: the reservation ends, and lapses no more."""
    if mark.kind != MarkKind.RESERVED or mark.valid_to is not None and mark.valid_to <= act.day:
        return
    since = max(mark.valid_from, min(act.day, paper.day or act.day))
    # By its symbol only: an annulled paper has caused nothing, and yet used its number up.
    why = insert_row(Cause(kind="issued", text=paper.symbol))
    key = {"series": mark.series_id, "number": mark.number}
    replace(NumberMark, act, key, Period(since, mark.valid_to), None, cause=why, verb="end")
