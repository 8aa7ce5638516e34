"""This room is for lists on paper: the columns of a list, set as a PDF, and any paper as PDF or Word."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from django.http import HttpResponse
from django.utils.translation import gettext as _

from orgwork.doors.web import formats
from orgwork.doors.web.lists import Column, plain
from orgwork.foundation import printing

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
#: Longer lists are for spreadsheets.
MOST = 5_000
#: Shares of the width: numbers and days are narrow, names and bodies wide.
WIDTHS = {"number": 0.6, "day": 0.9, "short": 0.9, "tag": 0.9, "small": 1.2}


def as_pdf(columns: Sequence[Column], rows: Iterable, name: str, *, title: str, place, day: date, widths=()):
    """The same columns as on the page, every row, with the body and the day it was true on."""
    columns = [column for column in columns if column.in_export]
    told = [[plain(column, row) for column in columns] for row, _nr in zip(rows, range(MOST), strict=False)]
    numbers = [at for at, column in enumerate(columns) if column.kind == "number"]
    widths = widths or [WIDTHS.get(column.kind, 1.6) for column in columns]
    part = printing.section(
        columns=[str(column.label) for column in columns],
        rows=told,
        numbers=numbers,
        widths=widths,
        note="" if told else _("Nothing here on this day."),
    )
    subtitle = _("%(place)s, as of %(day)s") % {"place": place.name, "day": formats.day(day)}
    return file(
        printing.document(
            title, [part], day=day, subtitle=subtitle, footer=f"{place.name} · {title}", wide=True
        ),
        f"{name}.pdf",
        printing.TYPE,
    )


def file(content: bytes, name: str, kind: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
