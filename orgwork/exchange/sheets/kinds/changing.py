"""This room is for rows that come back and say how they differ: recorded wrongly, or changed from a day.

Without a day a cell that differs is a correction: the register was wrong. With one it was right up to then,
and the change is done by its own procedure; what has a sheet or a procedure of its own is refused and named.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from orgwork.exchange.sheets.columns import Column
from orgwork.exchange.sheets.imports import Outcome
from orgwork.exchange.sheets.lines import Line

from .base import Context

CHANGED_ON = Column(
    "changed_on", _("Changed from"), "day", width=12, example="01/09/2024",
    help=_("Only for rows that come back. Empty: the cells that differ were recorded wrongly and are"
           " corrected. A day: they were right and changed on that day."),
    also=("thay đổi từ ngày", "thay đổi từ", "changed from", "changed on", "geändert ab", "geändert am",
          "изменено с", "изменение с"),
)  # fmt: skip


def refuse_fresh(lines: Iterable[Line]) -> None:
    """Only what is in the register can have changed."""
    for line in lines:
        if line.get("changed_on"):
            line.refuse("changed_on", "changed_but_new")


def day_of(line: Line, context: Context) -> dt.date | None:
    """The day from which the row differs, None for a correction."""
    day = line.get("changed_on")
    if day is not None and day > context.now:
        line.refuse("changed_on", "in_the_future", day=day.isoformat())
    return day


def after(line: Line, code: str, day: dt.date, begins: dt.date | None) -> bool:
    """Whether the change lies after the beginning of the record that it changes; said of the cell if not."""
    if begins is None or day > begins:
        return True
    line.refuse(code, "changed_before", day=begins.isoformat())
    return False


def need_paper(line: Line, context: Context) -> None:
    """A change rests on the paper of its row, else on the one given for the whole sheet."""
    if bool(line.get("decision")) != bool(line.get("decided")):
        code, other = ("decided", "decision") if line.get("decision") else ("decision", "decided")
        if not line.cells.get(code):
            line.refuse(code, "missing_with", other=other)
    elif not line.get("decision") and not context.options.get("symbol"):
        line.note("decision", Outcome.DOUBTFUL, "say_paper")


def paper_of(line: Line, context: Context) -> dict[str, Any]:
    if line.get("decision"):
        return {"symbol": line.get("decision"), "day": line.get("decided")}
    return {"symbol": context.options["symbol"], "day": dt.date.fromisoformat(context.options["paper_day"])}
