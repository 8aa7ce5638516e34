"""This room is for sheets that go out: templates to fill in, workbooks with remarks, exports that come back.

Texts are written as texts: nothing that somebody typed becomes a formula on a colleague's machine.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import IO, Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from .columns import HIDDEN, IDENT, VERSION, Column
from .imports import Import, Outcome
from .kinds.base import Kind
from .sentences import sentence

OPTIONS = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
           "strings_to_numbers": False}  # fmt: skip
COLOURS = {Outcome.REFUSED: "#f6d5d0", Outcome.DOUBTFUL: "#fbe8c6", Outcome.CHANGED: "#dcebf7"}
PREPARED = 1_000  # rows of a template with lists to choose from


def _book(file: IO[bytes]):
    import xlsxwriter

    book = xlsxwriter.Workbook(file, {**OPTIONS, "in_memory": False})
    book.set_calc_mode("manual")
    return book


def template(kind: Kind, file: IO[bytes]) -> None:
    """An empty sheet in the reader's language, with lists to choose from and a page that explains it."""
    import xlsxwriter

    book = xlsxwriter.Workbook(file, {"strings_to_formulas": False, "strings_to_urls": False})
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    must = book.add_format(
        {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "bg_color": "#eef2f6"}
    )
    text, wrap = book.add_format({"num_format": "@"}), book.add_format({"text_wrap": True, "valign": "top"})
    sheet, about = book.add_worksheet(str(kind.label)[:31]), book.add_worksheet(_("Explanations")[:31])
    sheet.freeze_panes(1, 0)
    for at, column in enumerate(kind.columns):
        # Text throughout: a code keeps its zeros and a day stays as it was typed.
        sheet.set_column(at, at, column.width, text)
        sheet.write_string(0, at, str(column.label), must if column.required else head)
        if column.help:
            sheet.write_comment(0, at, str(column.help), {"x_scale": 2})
        if words := offered(column):
            # Within a cell's own list a comma would end a word.
            short = len(",".join(words)) <= 250 and not any("," in word for word in words)
            source: Any = words if short else _listed(book, about, at, words)
            sheet.data_validation(
                1, at, PREPARED, at, {"validate": "list", "source": source, "error_type": "warning"}
            )
    for at, title in enumerate((_("Column"), _("To be filled in"), _("Explanation"), _("Example"))):
        about.write_string(0, at, title, head)
        about.set_column(at, at, (26, 16, 70, 24)[at])
    for line, column in enumerate(kind.columns, start=1):
        about.write_string(line, 0, str(column.label), wrap)
        about.write_string(line, 1, _("always") if column.required else _("if known"), wrap)
        about.write_string(line, 2, str(column.help), wrap)
        about.write_string(line, 3, column.example, wrap)
    book.close()


def offered(column: Column) -> list[str]:
    """The words to choose from, in the reader's language."""
    if column.type == "sex":
        return [_("woman"), _("man")]
    if column.type == "yes":
        return [_("yes"), _("no")]
    if column.choices is None:
        return []
    return [str(next(iter(words), code)) for code, words in column.choices()]


def _listed(book, about, at: int, words: Sequence[str]) -> str:
    """A long list stands on the page of explanations, out of the way."""
    from .limits import column_letters

    column = 8 + at
    for line, word in enumerate(words):
        about.write_string(line, column, word)
    letters = column_letters(column + 1)
    return f"='{about.get_name()}'!${letters}$1:${letters}${len(words)}"


def with_remarks(brought: Import, kind: Kind, rows: QuerySet, file: IO[bytes]) -> None:
    """The sheet with what is said of each row, each in the row where it stood: sentences name rows by number.

    A column that was filled in on the page only is there, too. It can be corrected and brought again.
    """
    book = _book(file)
    sheet = book.add_worksheet((brought.sheet or str(kind.label))[:31].translate(_NO_SHEET_NAME) or "1")
    bold, text = book.add_format({"bold": True}), book.add_format({"num_format": "@"})
    paint = {
        code: book.add_format({"bg_color": colour, "num_format": "@"}) for code, colour in COLOURS.items()
    }
    filled = {*brought.mapping, *(code for cells in rows.values_list("cells", flat=True) for code in cells)}
    columns = [one for one in kind.columns if one.code in filled]
    hidden = [code for code in (IDENT, VERSION) if code in brought.mapping]
    titles = [str(one.label) for one in columns] + [HIDDEN[code] for code in hidden]
    top = max(brought.heading_row - 1, 0)
    for at, title in enumerate([*titles, _("Outcome"), _("Remarks")]):
        width = columns[at].width if at < len(columns) else 60 if at > len(titles) else 12
        shut = {"hidden": True} if len(columns) <= at < len(titles) else {}
        sheet.set_column(at, at, width, None, shut)
        sheet.write_string(top, at, title, bold)
    sheet.freeze_panes(top + 1, 0)
    codes = [one.code for one in columns] + hidden
    for row in rows.order_by("number").iterator(chunk_size=2_000):
        line = row.number - 1
        outcomes = {
            column: outcome for column, outcome, _code, _said in reversed(row.remarks) if outcome in paint
        }
        for at, code in enumerate(codes):
            sheet.write_string(line, at, row.cells.get(code, ""), paint.get(outcomes.get(code, ""), text))
        sheet.write_string(line, len(codes), row.get_outcome_display())
        sheet.write_string(line, len(codes) + 1, said_of(row, kind)[:32_000])
    book.close()


_NO_SHEET_NAME = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))


def said_of(row, kind: Kind) -> str:
    """Everything said of a row in one text, each sentence with its column."""
    parts = []
    for remark in row.remarks:
        text = sentence(remark)
        if not text:
            continue
        column = kind.column(remark[0])
        parts.append(f"{column.label}: {text}" if column else text)
    return " · ".join(parts)


def export(columns: Sequence[Column], rows: Iterable[dict], file: IO[bytes], *, name: str) -> int:
    """Rows of the registers as a sheet that can come back: whose each row is and its version are hidden."""
    book = _book(file)
    sheet = book.add_worksheet(name[:31].translate(_NO_SHEET_NAME) or "1")
    bold, text = book.add_format({"bold": True}), book.add_format({"num_format": "@"})
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    codes = [*(one.code for one in columns), IDENT, VERSION]
    for at, code in enumerate(codes):
        hidden = at >= len(columns)
        sheet.set_column(at, at, 8 if hidden else columns[at].width, text, {"hidden": True} if hidden else {})
        sheet.write_string(0, at, HIDDEN[code] if hidden else str(columns[at].label), bold)
    sheet.freeze_panes(1, 0)
    count = 0
    for count, row in enumerate(rows, start=1):
        for at, code in enumerate(codes):
            value = row.get(code)
            if isinstance(value, dt.date) and value.year >= 1900:
                sheet.write_datetime(count, at, dt.datetime.combine(value, dt.time()), day)
            elif value not in (None, ""):
                sheet.write_string(count, at, str(value))
    book.close()
    return count


__all__ = ["export", "offered", "said_of", "template", "with_remarks"]
