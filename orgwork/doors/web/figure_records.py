"""This room is for the records behind a figure, as far as the reader may see them: pages, spreadsheets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import BadRequest
from django.db.models import Exists, OuterRef, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _

from orgwork.doors.web import formats, numbers, places
from orgwork.doors.web.lists import PER_PAGE, Column, Page, Table, chunked, export, keyset, sorting, table
from orgwork.foundation.search import query_tokens
from orgwork.foundation.words import narrow
from orgwork.insight import frame, kept, records
from orgwork.registers import figures
from orgwork.registers.people import PersonName
from orgwork.registers.reads import note_read

LONGEST_FOR_EXPORT = 200_000
WALKED = 5_000  # of more records than this the order is walked until the page is full


@dataclass
class Listed:
    """The records card of a figure page."""

    total: int
    open: int
    personal: bool
    table: Table
    what: Any = ""  # which of the records, where only some are listed
    who: list[str] = field(default_factory=list)

    @property
    def hidden(self) -> int:
        return self.total - self.open


class Question:
    """What the page asks of a figure: indicator, body, days, options; and what of it may be listed."""

    def __init__(self, request, code: str, unit, when, options):
        self.request, self.code, self.unit, self.when, self.options = request, code, unit, when, options
        self.known = numbers.known(request)
        on = when if not isinstance(when, figures.base.Period) else None
        self.indicator, self.when_listed = records.part_of(code, on, None if on else when)
        self.personal = self.indicator.subject in records.PERSONAL

    def all(self, known=None):
        at = self.known if known is None else known
        return frame.scoped(self.indicator, self.unit, self.when_listed, at.moment, self.options)

    @property
    def all_open(self) -> bool:
        return not self.personal or bool(places.may(self.request, "names.read", self.unit))

    def seen(self, known=None):
        """All of them, or those with bodies whose names the reader may read."""
        if self.all_open:
            return self.all(known)
        at = self.known if known is None else known
        return records.seen_by(
            self.indicator,
            self.unit,
            self.when_listed,
            at.moment,
            self.options,
            self.request.user,
            self.request.dials.today,
        )

    @property
    def day_field(self) -> str:
        if self.indicator.kind == figures.FLOW:
            return "event"
        return "opened_on" if self.indicator.subject == "case" else "valid_from"

    def describe(self, rows) -> list[records.Row]:
        return records.describe(self.indicator, rows, self.when_listed, self.known)


def listed(asked: Question, *, only=None, of=None, what="") -> Listed:
    """A page of the records. ``only`` are keys to keep to, ``of`` the moment at which they are looked up."""
    request = asked.request
    everything, seen = asked.all(of), asked.seen(of)
    if only is not None:
        everything, seen = (
            rows.filter(**{f"{asked.indicator.key}__in": only}) for rows in (everything, seen)
        )
    total = counted(asked, everything, only, of)
    open_ = (
        total
        if asked.all_open
        else numbers.once(request, f"{request.user.pk}|{name_of(asked, only, of)}", seen.count)
    )
    seen = narrowed(asked, seen)
    columns = columns_of(asked)
    sort, order = sorting(columns, request.GET.get("sort", ""), "-day")
    if total > WALKED and sort.lstrip("-") == "day" and asked.indicator.subject == "member":
        seen = kept.row_by_row(seen)
    page = page_of(asked, seen, order)
    rows = enrich(asked, page.rows)
    if asked.personal and rows:
        note_read(request.user, "names.read", door="web", unit=asked.unit, count=len(rows))
    drawn = table(
        columns,
        rows,
        request=request,
        sort=sort,
        page=page,
        exports=True,
        caption=_("Records"),
        empty=_("None of them fits. Take the filter away.") if request.GET.get("q") else _("There is none."),
    )
    who = places.who("names.read", asked.unit) if open_ < total else []
    return Listed(total, open_, asked.personal, drawn, what, who)


def counted(asked: Question, everything, only, of) -> int:
    """How many there are: the figure itself, which is their count, unless only some are listed."""
    if only is None and asked.indicator.code == asked.code and not asked.indicator.distinct:
        stock = asked.indicator.kind == figures.STOCK
        when = {"on": asked.when} if stock else {"period": asked.when}
        value = numbers.value(asked.request, asked.code, asked.unit, **when, **asked.options)
        if value is not None:
            return value
    return numbers.once(asked.request, name_of(asked, only, of), everything.count)


def name_of(asked: Question, only, of) -> str:
    some = f"{hash(tuple(sorted(only)))}@{of}" if only is not None else ""
    return f"records|{asked.code}|{asked.unit.pk}|{asked.when}|{sorted(asked.options.items())}|{some}"


def narrowed(asked: Question, rows):
    """By name, where people are listed; with or without diacritics."""
    text = asked.request.GET.get("q", "")[:80]
    if not asked.personal or not query_tokens(text) or rows.query.combinator:
        return rows
    named = narrow(PersonName.objects.at(asked.known.moment), text)
    return rows.filter(Exists(named.filter(person=OuterRef("person"))))


def page_of(asked: Question, rows, order) -> Page:
    if rows.query.combinator:
        return page_by_number(asked, rows)
    if any("name_key" in one for one in order):
        rows = rows.annotate(name_key=name_key(asked))
    return keyset(rows, order, asked.request.GET)


def name_key(asked: Question):
    rows = PersonName.objects.at(asked.known.moment).filter(person=OuterRef("person")).order_by("-valid_from")
    return Subquery(rows.values("sort_key")[:1])


def page_by_number(asked: Question, rows) -> Page:
    """Members of bodies that moved more than once are several questions side by side: a short list."""
    text = asked.request.GET.get("after", "0")
    if not text.isdigit() or len(text) > 9:
        raise BadRequest(_("This page of the list cannot be found again. Start the list from its beginning."))
    start = int(text)
    found = list(records.ordered(asked.indicator, rows)[start : start + PER_PAGE + 1])
    before = str(max(start - PER_PAGE, 0)) if start else ""
    return Page(found[:PER_PAGE], before, str(start + PER_PAGE) if len(found) > PER_PAGE else "")


# ── rows and columns ────────────────────────────────────────────────────────────────────────────────────


def enrich(asked: Question, rows) -> list[dict]:
    """Each record with its person or body, its paper and its case: a constant number of questions."""
    cases = cases_of(asked, rows)
    described = asked.describe(rows)
    return [{"row": one, "case": cases.get(row.pk)} for row, one in zip(rows, described, strict=True)]


def cases_of(asked: Question, rows) -> dict[int, int]:
    if not rows or not asked.personal or asked.indicator.subject == "case":
        return {}
    side = "ended_by" if asked.indicator.judged == "end" else "begun_by"
    found = type(rows[0]).versions.filter(pk__in=[row.pk for row in rows], **{f"{side}__case__isnull": False})
    return dict(found.values_list("pk", f"{side}__case"))


def columns_of(asked: Question) -> list[Column]:
    tail = asked.request.dials.query(since=None)
    flow = asked.indicator.kind == figures.FLOW
    day = (asked.day_field, "id")
    heads = {
        "member": _("Name"),
        "head": _("Name"),
        "body": _("Body"),
        "area": _("Place"),
        "case": _("Case"),
        "incoming": _("Entry of the book"),
        "study": _("Paper and members reached"),
        "issued": _("Paper, what it puts into effect, days after it"),
    }
    found = [
        Column(
            "name",
            heads[asked.indicator.subject],
            lambda r: r["row"].label,
            lambda r: r["row"].url + tail,
            order=("name_key", "id") if asked.personal and asked.indicator.subject != "case" else (),
        ),
    ]
    if asked.indicator.subject in ("member", "head"):
        found.append(Column("born", _("Born"), lambda r: r["row"].born))
    if asked.indicator.subject == "body":
        found.append(Column("code", _("Code"), lambda r: r["row"].body_code))
    else:
        label = _("Cell") if asked.indicator.subject == "member" else _("Party organisation")
        found.append(Column("body", label, lambda r: r["row"].body, lambda r: body_url(r["row"], tail)))
    if asked.indicator.subject in ("member", "head"):
        found += [
            Column(
                "decision",
                _("Decision"),
                lambda r: r["row"].decision,
                lambda r: paper_url(r["row"], tail),
                kind="symbol",
            ),
            Column(
                "case",
                _("Case"),
                lambda r: _("case") if r["case"] else "",
                lambda r: case_url(r, tail),
                in_export=False,
            ),
        ]
    found.append(
        Column("day", _("Day") if flow else _("Since"), lambda r: r["row"].day, kind="day", order=day)
    )
    if flow:
        found += [
            Column("recorded", _("Recorded"), shown_recorded, kind="tag", in_export=False),
            Column("recorded_on", _("Recorded"), lambda r: recorded_day(r["row"]), kind="day", on_page=False),
        ]
    return found


def shown_recorded(shown) -> tuple[str, str] | None:
    row = shown["row"]
    if row.recorded is None:
        return None
    if row.late:
        return "warn", _("late: %(day)s") % {"day": formats.day(row.recorded)}
    return "plain", formats.day(row.recorded)


def recorded_day(row):
    from django.utils import timezone

    return timezone.localtime(row.recorded).date() if row.recorded else None


def body_url(row, tail) -> str:
    return reverse("body", args=[row.body_code]) + tail if row.body_code else ""


def paper_url(row, tail) -> str:
    return reverse("document", args=[row.decision_id]) + tail if row.decision_id else ""


def case_url(shown, tail) -> str:
    return reverse("case", args=[shown["case"]]) + tail if shown["case"] else ""


# ── spreadsheets ────────────────────────────────────────────────────────────────────────────────────────


def spreadsheet(asked: Question, kind: str, *, only=None, of=None):
    """Every record open to the reader, with the columns of the page; what was handed out is noted."""
    rows = asked.seen(of)
    if only is not None:
        rows = rows.filter(**{f"{asked.indicator.key}__in": only})
    rows = narrowed(asked, rows)
    count = rows.count()
    if count > LONGEST_FOR_EXPORT:
        raise BadRequest(
            _("This is too much for one spreadsheet. Choose a smaller body or a shorter period.")
        )
    if asked.personal:
        note_read(asked.request.user, "names.read", door="web", unit=asked.unit, count=count)
    rows = records.ordered(asked.indicator, rows)
    made = (
        enrich(asked, list(rows))
        if rows.query.combinator
        else chunked(rows, lambda some: enrich(asked, some))
    )
    return export(kind, columns_of(asked), made, asked.code)
