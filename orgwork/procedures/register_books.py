"""This room is for keeping register books: terms, congresses, numbers reserved or cancelled, closing."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orgwork.foundation import catalogues, provisions, wording
from orgwork.foundation.dates import DAY, Period, begin, change, end, new_spells, replace
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Refusal
from orgwork.foundation.rows import insert_row, together
from orgwork.registers.documents import Document
from orgwork.registers.numbering import (
    CREATED,
    MarkKind,
    NumberMark,
    NumberSeries,
    SeriesBook,
    Term,
    TermOfOffice,
    is_counted,
    locking_series,
    term_of,
)
from orgwork.registers.units import Unit, UnitForm, UnitPlacement

from .cases import Outcome, cause
from .fields import REASON, Field
from .numbering import RULE, close_series, find_series, next_number, open_series, refuse_closed
from .operations import operation

ACT = "document.register"
ISSUER = Field("issuer", "unit", _("Issuer"))
NUMBER = Field("number", "int", pgettext_lazy("paper", "Number"))


def kinds() -> list[tuple[str, str]]:
    return [(code, wording.localized(kind.labels)) for code, kind in catalogues.documents().items()]


def kinds_and_congress() -> list[tuple[str, Any]]:
    return [*kinds(), ("congress", _("all papers of a congress"))]


KIND = Field("kind", "choice", _("Kind"), choices=kinds_and_congress)
THEN = Field(
    "term_day", "day", _("A day of the term"), required=False,
    help=_("Empty: the term that runs on the day above."),
)  # fmt: skip


def _issuer(asked) -> Unit:
    return asked["issuer"]


def _series(act: Act, issuer: Unit, kind: str, day: dt.date) -> NumberSeries:
    """The series that is meant, under its lock."""
    together(locking_series(issuer))
    congress = kind == "congress"
    return find_series(act, issuer, "" if congress else kind, day, congress=congress)


# ── terms and congresses ─────────────────────────────────────────────────────────────────────────────────


@operation(
    "numbers.term",
    label=_("Begin a new term of office"),
    act=ACT,
    at=_issuer,
    citation=RULE,
    day_label=_("First day of the term"),
    help=_(
        "From this day the body and the agencies it created count their papers anew: the day after the "
        "closing of the congress, or the day of the new committee's first meeting held during it."
    ),
    fields=[ISSUER, Field("name", "text", _("Term of office"), most=40, help=_("Such as 2025–2030."))],
)
def begin_term(act: Act, *, day, issuer, name):
    """Papers of later days that were entered already are counted in the new term, with their numbers."""
    key = {"unit": issuer}
    running = TermOfOffice.objects.on(day).filter(unit=issuer).first()
    if running is not None and running.valid_from == day:
        raise Refusal(
            _("A term of this body begins on %(day)s already; look at its terms again.")
            % {"day": wording.day(day)},
            field="day", code="overlap",
        )  # fmt: skip
    later = TermOfOffice.objects.filter(unit=issuer, valid_from__gt=day)
    following = later.order_by("valid_from").first()
    until = following.valid_from if following else None
    units = sorted([issuer, *_created(issuer, day)], key=lambda unit: unit.pk)
    together([lock for unit in units for lock in locking_series(unit)])
    for unit in units:
        _refuse_given(unit, day, until)
    if running is not None:
        change(TermOfOffice, act, key, day, {"name": name}, cause=cause("other"))
    else:
        begin(TermOfOffice, act, day, until=until, cause=cause("other"), name=name, **key)
    for unit in units:
        _count_anew(act, unit, Term(day, until, name))
    return _said(issuer, {"term": name, "since": day.isoformat()})


def _created(issuer: Unit, day: dt.date) -> list[Unit]:
    """The agencies and committees that count by this body's term, for they have none of their own."""
    kinds = [code for code, kind in provisions.kinds().items() if kind.family in CREATED]
    below = UnitPlacement.objects.on(day).filter(parent=issuer).values("unit")
    formed = UnitForm.objects.on(day).filter(kind__in=kinds).values("unit")
    own = TermOfOffice.objects.on(day).values("unit")
    return list(Unit.objects.filter(pk__in=below).filter(pk__in=formed).exclude(pk__in=own))


def _papers_of(unit: Unit, since: dt.date, until: dt.date | None):
    """Papers of those days that are counted, or could be."""
    rows = Document.objects.filter(issuer=unit, number__isnull=False, day__gte=since).exclude(kind="")
    rows = rows.exclude(series__kind="").order_by("day", "pk")
    return rows if until is None else rows.filter(day__lt=until)


def _refuse_given(unit: Unit, since: dt.date, until: dt.date | None) -> None:
    """Numbers that the house gave itself are not counted anew: they would tear the series they stand in."""
    drawn = SeriesBook.objects.exclude(kept_from=None).values("series")
    marked = NumberMark.objects.values("series")
    rows = _papers_of(unit, since, until).filter(series__opened_on__lt=since)
    rows = rows.filter(Q(series__in=drawn) | Q(series__in=marked))
    number, first = rows.count(), rows.first()
    if first is not None:
        raise Refusal(
            _("%(number)s papers from %(day)s on are numbered in the term before (%(symbol)s is the first); "
              "begin the new term before its first paper is numbered.")
            % {"number": number, "day": wording.day(since), "symbol": first.symbol},
            field="day", code="rests_on_it", citation=RULE,
        )  # fmt: skip


def _count_anew(act: Act, unit: Unit, term: Term) -> None:
    """Seat the papers of the term that came with their numbers; two with one number are told, not hidden."""
    of: dict[tuple[str, dt.date], dict[int, Document]] = {}
    for paper in _papers_of(unit, term.since, term.until):
        counted = term_of(unit, paper.kind, paper.day)
        if not is_counted(paper.kind, paper.symbol):
            continue
        seats = of.setdefault((paper.kind, counted.since), {})
        if (other := seats.setdefault(paper.number, paper)) is not paper:
            raise Refusal(
                _("%(one)s of %(day)s and %(other)s of %(then)s would bear one number in that term; look at "
                  "their days again.")
                % {"one": other.symbol, "day": wording.day(other.day or term.since), "other": paper.symbol,
                   "then": wording.day(paper.day or term.since)},
                field="day", code="number_taken", citation=RULE,
            )  # fmt: skip
    for (kind, since), seats in of.items():
        series = NumberSeries.objects.filter(issuer=unit, kind=kind, opened_on=since).first()
        series = series or open_series(act, unit, kind, Term(since, None, ""))
        Document.objects.filter(pk__in=[paper.pk for paper in seats.values()]).update(series=series)


@operation(
    "numbers.congress",
    label=_("Enter the days of a congress"),
    act=ACT,
    at=_issuer,
    citation=RULE,
    day_label=_("Opening day"),
    help=_(
        "From the opening, a preparatory session included, to the closing day all papers of the congress, "
        "whatever their kind, have one series."
    ),
    fields=[ISSUER, Field("until", "day", _("Closing day"))],
)
def hold_congress(act: Act, *, day, issuer, until):
    together(locking_series(issuer))
    if until < day:
        raise Refusal(
            _("The congress closes before it opens; exchange the two days."),
            field="until",
            code="empty_period",
        )
    window = Period.days(day, until)
    held = SeriesBook.objects.filter(series__issuer=issuer, series__kind="").overlapping(window).first()
    if held is not None:
        raise Refusal(
            _("A congress of this body is recorded from %(first)s to %(last)s already.")
            % {"first": wording.day(held.valid_from), "last": wording.day(held.period.last)},
            field="day", code="overlap",
        )  # fmt: skip
    series = insert_row(NumberSeries(issuer=issuer, kind="", opened_on=day, recorded=act.moment))
    insert_row(
        SeriesBook(
            series=series, valid_from=day, valid_to=window.end, kept_from=1, recorded=act.moment,
            spell=new_spells(1)[0], begun_by=cause("other"),
        )
    )  # fmt: skip
    return _said(issuer, {"congress": day.isoformat(), "until": until.isoformat()})


# ── reserved and cancelled ───────────────────────────────────────────────────────────────────────────────


@operation(
    "numbers.reserve",
    label=_("Reserve a number"),
    act=ACT,
    at=_issuer,
    citation=RULE,
    help=_("The next number of the series is kept; when it lapses unused, the next paper takes it."),
    fields=[
        ISSUER,
        Field("kind", "choice", _("Kind"), choices=kinds),
        Field("holder", "unit", _("For"), help=_("The body that will issue or draft the paper.")),
        Field("until", "day", _("Last day"), help=_("After it the number is free again.")),
        REASON,
    ],
)
def reserve(act: Act, *, day, issuer, kind, holder, until, reason):
    """The number drawn is the result."""
    if until < day:
        raise Refusal(
            _("The reservation would have lapsed before it begins; choose a later last day."),
            field="until", code="empty_period",
        )  # fmt: skip
    number = next_number(act, issuer=issuer, kind=kind, day=day)
    series = NumberSeries.objects.get(issuer=issuer, kind=kind, opened_on=term_of(issuer, kind, day).since)
    begin(
        NumberMark, act, day, until=until + DAY, cause=cause("other", text=reason), series=series,
        number=number, kind=MarkKind.RESERVED, holder=holder,
    )  # fmt: skip
    said = {"reserved": number, "paper_kind": kind, "holder": holder.code, "until": until.isoformat()}
    return _said(issuer, said, result=number)


@operation(
    "numbers.cancel",
    label=_("Cancel a number"),
    act=ACT,
    at=_issuer,
    citation=RULE,
    help=_("No paper will bear it: it stays used up, and the book shows it with the reason."),
    fields=[ISSUER, KIND, NUMBER, THEN, REASON],
)
def cancel(act: Act, *, day, issuer, kind, number, term_day, reason):
    series = _series(act, issuer, kind, term_day or day)
    taken = Document.objects.filter(series=series, number=number).first()
    if taken is not None:
        raise Refusal(
            _("%(symbol)s of %(day)s bears this number; a paper is annulled, its number is not cancelled.")
            % {"symbol": taken.symbol, "day": wording.day(taken.day or day)},
            field="number", code="number_taken", citation=RULE,
        )  # fmt: skip
    highest = _highest(series)
    if not 1 <= number <= highest + 1:
        raise Refusal(
            _("The numbers of this series reach to %(highest)s; cancel one of them, or the next.")
            % {"highest": highest},
            field="number", code="beyond_the_series",
        )  # fmt: skip
    key = {"series": series, "number": number}
    last = NumberMark.objects.filter(**key).order_by("-valid_from").first()
    if last is not None and last.kind == MarkKind.CANCELLED:
        raise Refusal(_("This number is cancelled already."), field="number", code="overlap")
    if last is not None and last.valid_to is not None and last.valid_to > day:
        window = Period(max(day, last.valid_from), last.valid_to)
        replace(NumberMark, act, key, window, None, cause=cause("other", text=reason), verb="end")
    begin(
        NumberMark, act, max(day, last.valid_from) if last else day, cause=cause("other", text=reason),
        kind=MarkKind.CANCELLED, **key,
    )  # fmt: skip
    return _said(issuer, {"cancelled": number, "paper_kind": kind, "reason": reason})


@operation(
    "numbers.release",
    label=_("Give a reserved number back"),
    act=ACT,
    at=_issuer,
    fields=[ISSUER, Field("kind", "choice", _("Kind"), choices=kinds), NUMBER, THEN, REASON],
)
def release(act: Act, *, day, issuer, kind, number, term_day, reason):
    """The reservation ends on the day, as if it had lapsed: the next paper takes the number."""
    series = _series(act, issuer, kind, term_day or day)
    key = {"series": series, "number": number}
    held = NumberMark.objects.filter(**key, kind=MarkKind.RESERVED).order_by("-valid_from").first()
    if held is None or (held.valid_to is not None and held.valid_to <= day):
        raise Refusal(
            _("Number %(number)s is not reserved on that day; look at the register book again.")
            % {"number": number},
            field="number", code="nothing_there",
        )  # fmt: skip
    # A reservation of no day at all would leave a hole: the day on which it was made stays.
    since = max(day, held.valid_from + DAY)
    if held.valid_to is None or since < held.valid_to:
        end(NumberMark, act, key, since, cause=cause("other", text=reason))
    return _said(issuer, {"given_back": number, "paper_kind": kind, "reason": reason})


# ── books ────────────────────────────────────────────────────────────────────────────────────────────────


@operation(
    "numbers.keep",
    label=_("Say from which number a book is complete"),
    act=ACT,
    at=_issuer,
    citation=RULE,
    help=_("From this number on a number without a paper and without a reason is a breach."),
    fields=[ISSUER, KIND, NUMBER, THEN],
)
def keep_book(act: Act, *, day, issuer, kind, number, term_day):
    series = _series(act, issuer, kind, term_day or day)
    refuse_closed(series, term_day or day)
    if not 1 <= number <= _highest(series) + 1:
        raise Refusal(
            _("The numbers of this series reach to %(highest)s; the book can be complete from one of them or "
              "from the next.") % {"highest": _highest(series)},
            field="number", code="beyond_the_series",
        )  # fmt: skip
    row = SeriesBook.objects.filter(series=series).order_by("-valid_from").first()
    if row is None or row.kept_from == number:
        raise Refusal(_("The book is complete from this number already."), field="number", code="overlap")
    since = max(row.valid_from, min(day, (row.valid_to or dt.date.max) - DAY))
    change(
        SeriesBook, act, {"series": series}, since, {"kept_from": number}, cause=cause("other"), for_good=True
    )
    return _said(issuer, {"complete_from": number, "paper_kind": kind})


@operation(
    "numbers.close",
    label=_("Close the number series of a body"),
    act=ACT,
    at=_issuer,
    citation=RULE,
    day_label=_("First day without numbers"),
    help=_("For a body that is merged or ends: its papers keep their numbers, and it gives out no more."),
    fields=[ISSUER, REASON],
)
def close(act: Act, *, day, issuer, reason):
    closed = close_series(act, issuer, day, cause=cause("ended", text=reason))
    if not closed:
        raise Refusal(
            _("No number series of this body is open on %(day)s.") % {"day": wording.day(day)},
            field="issuer", code="nothing_there",
        )  # fmt: skip
    return _said(issuer, {"closed": len(closed), "since": day.isoformat(), "reason": reason})


def _highest(series: NumberSeries) -> int:
    papers = Document.objects.filter(series=series).order_by("-number").values_list("number", flat=True)
    marks = NumberMark.objects.filter(series=series).order_by("-number").values_list("number", flat=True)
    return max(papers.first() or 0, marks.first() or 0)


def _said(issuer: Unit, said: dict, result=None) -> Outcome:
    return Outcome(subjects=[(("unit", issuer.pk), said)], result=result)


__all__ = ["begin_term", "cancel", "close", "hold_congress", "keep_book", "release", "reserve"]
