"""This room is for lists: columns said once for page and export, pages by key, order, spreadsheets."""

from __future__ import annotations

import base64
import csv
import io
import json
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.exceptions import BadRequest, ValidationError
from django.db.models import Q, QuerySet
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orgwork.doors.web import formats

PER_PAGE = 50
AT_A_GLANCE = 30  # rows of a list within a page; more unfold
CHUNK = 2000
NOT_THIS_LIST = gettext_lazy(
    "This page of the list cannot be found again. Start the list from its beginning."
)


@dataclass(frozen=True)
class Column:
    """One column, for page and spreadsheet alike. `value` is the plain value; the page formats it by kind."""

    code: str
    label: Any
    value: Callable[[Any], Any]
    link: Callable[[Any], str] | None = None
    kind: str = "text"  # text · number · day · symbol · tag (kind, words) · small · head · change
    order: tuple[str, ...] = ()  # fields to order by, ending in a unique one; empty: not sortable
    on_page: bool = True
    in_export: bool = True


@dataclass
class Page:
    rows: list
    before: str = ""
    after: str = ""


@dataclass
class Table:
    """What `_table.html` draws."""

    head: list[dict]
    body: list[dict]
    page: Page | None = None
    caption: str = ""
    empty: str = ""
    foot: list[dict] = field(default_factory=list)
    exports: str = ""
    pick: str = ""  # name of the checkbox of each row, where a selection can be acted on
    rest: Table | None = None  # rows that unfold below: a list too short for pages, too long for a glance


def tabs_of(request, *named: tuple[str, Any]) -> list[dict]:
    """The lists of a room, for the head of each: names of addresses with what they are called."""
    tail = request.dials.query()
    return [{"name": name, "label": label, "url": reverse(name) + tail} for name, label in named]


# ── pages by key ────────────────────────────────────────────────────────────────────────────────────────


def keyset(rows: QuerySet, order: Sequence[str], params, per_page: int = PER_PAGE) -> Page:
    """One page after (or before) a key: as fast on the last page as on the first, and never shifts.

    `order` names fields, "-" first for falling order; the last one is unique and the same sign as the rest.
    """
    back = "before" in params
    cursor = read_cursor(params.get("before") or params.get("after"), len(order))
    falling = order[0].startswith("-")
    names = [name.lstrip("-") for name in order]
    forward = falling == back  # walking up the values
    if cursor:
        try:
            rows = rows.filter(beyond(names, cursor, "gt" if forward else "lt"))
        except (TypeError, ValueError, ValidationError) as error:
            raise BadRequest(NOT_THIS_LIST) from error
    rows = rows.order_by(*[name if forward else f"-{name}" for name in names])
    found = list(rows[: per_page + 1])
    more, found = len(found) > per_page, found[:per_page]
    if back:
        found.reverse()
    page = Page(found)
    if found:
        if more or back:
            page.after = write_cursor(found[-1], names)
        if (cursor and not back) or (back and more):
            page.before = write_cursor(found[0], names)
    return page


def by_place(rows: Sequence, params, per_page: int = PER_PAGE) -> Page:
    """A page of a list short enough to be counted: by the place in it."""
    given = params.get("after") or params.get("before") or ""
    start = int(given) if given.isdecimal() and len(given) < 10 and int(given) < len(rows) else 0
    following = start + per_page
    return Page(
        list(rows[start:following]),
        before=str(max(start - per_page, 0)) if start else "",
        after=str(following) if following < len(rows) else "",
    )


def first_found(
    rows: QuerySet, order: Sequence[str], params, per_page: int = PER_PAGE
) -> tuple[QuerySet, int]:
    """What `keyset` needs of few rows that are dear to find, and how many there are in all.

    They are found once, and counted and put in order here. Left to choose, PostgreSQL walks the order's index
    through the whole register until a page is full.
    """
    back = "before" in params
    cursor = read_cursor(params.get("before") or params.get("after"), len(order))
    forward = order[0].startswith("-") == back
    found = rows.order_by().values_list(*(name.lstrip("-") for name in order), "pk")
    keys = sorted(((said(key[:-1]), key[-1]) for key in found), reverse=not forward)
    total = len(keys)
    if cursor:
        try:
            keys = [key for key in keys if (key[0] > cursor if forward else key[0] < cursor)]
        except TypeError as error:
            raise BadRequest(NOT_THIS_LIST) from error
    return rows.filter(pk__in=[pk for _key, pk in keys[: per_page + 1]]), total


def beyond(names: Sequence[str], values: Sequence, way: str) -> Q:
    """(a, b, c) beyond (x, y, z), written so that an index on a can be walked."""
    name, value = names[0], values[0]
    if len(names) == 1:
        return Q(**{f"{name}__{way}": value})
    return Q(**{f"{name}__{way}e": value}) & (
        Q(**{f"{name}__{way}": value}) | beyond(names[1:], values[1:], way)
    )


def write_cursor(row, names: Sequence[str]) -> str:
    values = []
    for name in names:
        value = row
        for part in name.split("__"):
            value = value[part] if isinstance(value, dict) else getattr(value, part)
        values.append(value)
    return (
        base64.urlsafe_b64encode(json.dumps(said(values), ensure_ascii=False).encode()).decode().rstrip("=")
    )


def said(values: Iterable) -> list:
    """Values as a cursor holds them; days keep their order as text."""
    return [value.isoformat() if isinstance(value, date) else value for value in values]


def read_cursor(text: str | None, length: int) -> list | None:
    if not text:
        return None
    try:
        values = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if not isinstance(values, list) or len(values) != length:
            raise ValueError
        if not all(isinstance(v, str | int | float) for v in values):
            raise ValueError
    except (ValueError, UnicodeDecodeError) as error:
        raise BadRequest(NOT_THIS_LIST) from error
    return values


# ── columns on the page ─────────────────────────────────────────────────────────────────────────────────


def sorting(columns: Iterable[Column], asked: str, default: str) -> tuple[str, tuple[str, ...]]:
    """The order asked for in the address, or the usual one: its code and its fields."""
    known = {column.code: column.order for column in columns if column.order}
    code = asked if asked.lstrip("-") in known else default
    fields = known[code.lstrip("-")]
    return code, tuple(f"-{f}" for f in fields) if code.startswith("-") else fields


def table(
    columns: Sequence[Column],
    rows: Sequence,
    *,
    request=None,
    sort: str = "",
    page: Page | None = None,
    caption: str = "",
    empty: str = "",
    exports: bool = False,
    pick: str = "",
    foot=(),
    key: Callable[[Any], Any] = lambda row: row.pk,
) -> Table:
    shown = [column for column in columns if column.on_page]
    return Table(
        head=[head(column, request, sort) for column in shown],
        body=[{"cells": [cell(c, row) for c in shown], "key": key(row) if pick else ""} for row in rows],
        page=page,
        caption=caption,
        empty=empty or _("Nothing here on this day."),
        foot=list(foot),
        exports=address(request, after=None, before=None) if exports and request else "",
        pick=pick,
    )


def folded(columns: Sequence[Column], rows: Sequence, **said) -> Table:
    """The first rows of a list that belongs on one page; the others unfold below them."""
    found = table(columns, rows[:AT_A_GLANCE], **said)
    if len(rows) > AT_A_GLANCE:
        found.rest = table(columns, rows[AT_A_GLANCE:], caption=said.get("caption", ""))
    return found


def head(column: Column, request, sort: str) -> dict:
    numeric = column.kind in ("number", "change")
    found = {"label": column.label, "css": "num" if numeric else "", "url": "", "sorted": ""}
    if column.order and request is not None:
        here = sort.lstrip("-") == column.code
        falling = sort.startswith("-")
        found["sorted"] = ("descending" if falling else "ascending") if here else ""
        turned = f"-{column.code}" if here and not falling else column.code
        found["url"] = address(request, sort=turned, after=None, before=None)
    return found


def cell(column: Column, row) -> dict:
    value = column.value(row)
    found = {
        "kind": column.kind,
        "label": column.label if column.kind in ("number", "change", "day") else "",
        "url": column.link(row) if column.link else "",
        "css": "wide-cell" if column.kind == "head" else "",
        "tag": "",
    }
    if column.kind == "number":
        found |= {"text": formats.number(value), "css": "num"}
    elif column.kind == "change":
        way = "" if not isinstance(value, int | float) or value == 0 else " up" if value > 0 else " down"
        found |= {"text": formats.change(value), "css": f"num{way}"}
    elif column.kind == "day":
        found |= {"text": formats.day(value), "css": "day"}
    elif column.kind in ("short", "symbol"):  # never broken: moments, births, numbers of papers
        found |= {"text": value or "", "css": "day"}
    elif column.kind == "tag":
        found |= {"tag": value[0], "text": value[1]} if value else {"text": ""}
        found["css"] = "day" if len(str(found["text"])) < 24 else ""
    else:
        found["text"] = "" if value is None else value
    return found


def address(request, **changes) -> str:
    """This page with parameters changed; None takes one away."""
    params = request.GET.copy()
    for name, value in changes.items():
        params.pop(name, None)
        if value is not None:
            params[name] = value
    return f"{request.path}?{params.urlencode()}"


# ── spreadsheets ────────────────────────────────────────────────────────────────────────────────────────


def export(kind: str, columns: Sequence[Column], rows: Iterable, name: str) -> HttpResponse:
    """The same columns as on the page, every row: as CSV or as a workbook."""
    columns = [column for column in columns if column.in_export]
    if kind == "csv":
        return as_csv(columns, rows, name)
    return as_workbook(columns, rows, name)


def plain(column: Column, row):
    value = column.value(row)
    return str(value[1]) if column.kind == "tag" and value else value


def as_csv(columns, rows, name) -> HttpResponse:
    def lines():
        buffer = io.StringIO()
        writer = csv.writer(buffer)
        writer.writerow([str(column.label) for column in columns])
        yield "\ufeff" + buffer.getvalue()  # the mark tells spreadsheets that this is UTF-8
        for row in rows:
            buffer.seek(0)
            buffer.truncate()
            writer.writerow([harmless(plain(column, row)) for column in columns])
            yield buffer.getvalue()

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def harmless(value):
    """No cell may begin like a formula: a name typed by somebody must not compute in a colleague's sheet."""
    if value is None:
        return ""
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def as_workbook(columns, rows, name) -> FileResponse:
    import xlsxwriter

    file = tempfile.TemporaryFile()  # noqa: SIM115 the response closes it
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(file, options)
    bold, days = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet(name[:31])
    sheet.freeze_panes(1, 0)
    for at, column in enumerate(columns):
        sheet.set_column(at, at, 12 if column.kind in ("number", "day", "change") else 28)
        sheet.write_string(0, at, str(column.label), bold)
    for line, row in enumerate(rows, start=1):
        for at, column in enumerate(columns):
            value = plain(column, row)
            if isinstance(value, date):
                sheet.write_datetime(line, at, value, days)
            elif isinstance(value, int | float) and not isinstance(value, bool):
                sheet.write_number(line, at, value)
            elif value not in (None, ""):
                sheet.write_string(line, at, str(value))
    book.close()
    file.seek(0)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return FileResponse(file, as_attachment=True, filename=f"{name}.xlsx", content_type=kind)


def chunked(rows: QuerySet, enrich: Callable[[list], list]):
    """Every row of a long list, enriched a chunk at a time so that memory and queries stay bounded."""
    chunk = []
    for row in rows.iterator(chunk_size=CHUNK):
        chunk.append(row)
        if len(chunk) == CHUNK:
            yield from enrich(chunk)
            chunk = []
    if chunk:
        yield from enrich(chunk)
