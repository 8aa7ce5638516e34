"""This room is for figures as tables: by groups, by the bodies directly below, with totals.

Counts by ethnicity or religion are made twice a year and for whole districts and above only, small ones are
hidden together with what would give them back, and none of them opens to a list (domain §18.1 no. 4).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from orgwork.foundation import provisions
from orgwork.foundation.dates import Period
from orgwork.foundation.refusals import Refusal
from orgwork.registers import figures
from orgwork.registers.units import Unit, kind_of, names_of

from . import frame
from .suppression import Grid, Hidden

CHILDREN = "children"
#: Levels at which counts by ethnicity and religion are made.
SENSITIVE_LEVELS = {"whole", "central", "province", "district"}


@dataclass(frozen=True)
class Cell:
    """A number of a table, or the sign that hides it; ``url`` opens its records where they may be opened."""

    value: int | Hidden
    url: str = ""

    @property
    def hidden(self) -> bool:
        return isinstance(self.value, Hidden)

    def __str__(self):
        return str(self.value)


@dataclass(frozen=True)
class Table:
    """Rows × columns with totals as the last line and column; ``note`` says what is hidden and why."""

    indicator: Any
    row_heads: Sequence[tuple[str, str]]
    column_heads: Sequence[tuple[str, str]]
    lines: Sequence[Sequence[Cell]]
    note: str = ""
    sensitive: bool = False


def table(
    code: str, unit, *, rows: str, columns: str | None = None, on: dt.date | None = None,
    period: Period | None = None, known_at=None, **options,
) -> Table:  # fmt: skip
    """The figure divided by one or two groupings; ``children`` are the party bodies directly below."""
    indicator, unit, at = figures.get(code), frame.find_unit(unit), frame.known(known_at)
    when = frame.asked_when(indicator, on, period)
    by = [one for one in (rows, columns) if one]
    sensitive = any(one != CHILDREN and indicator.breakdown(one).sensitive for one in by)
    if sensitive:
        _check_sensitive(unit, when, by)
    counts = _counts(indicator, unit, when, at, rows, columns, options)
    row_heads = _heads(indicator, rows, unit, when, at, [key[0] for key in counts])
    column_heads = _heads(indicator, columns, unit, when, at, [key[1] for key in counts]) if columns else []
    grid = _grid(counts, row_heads, column_heads, sensitive, when)
    lines = _lines(
        grid, indicator, unit, when, at, rows, columns, row_heads, column_heads, options, sensitive
    )
    total = ("total", _("total"))
    note = ""
    if sensitive:
        note = _(
            "Counts under %(least)s are not shown, nor others from which they could be reckoned (…). These"
            " numbers open to no list: nobody may look up who belongs to a group."
        ) % {"least": grid.least}
    return Table(
        indicator, [*row_heads, total], [*column_heads, total] if columns else [total], lines, note, sensitive
    )


def _check_sensitive(unit, when, by):
    day = figures.day_of(when)
    kind = provisions.kinds().get(kind_of(unit, day))
    if CHILDREN in by or len(by) > 1 or kind is None or kind.level not in SENSITIVE_LEVELS:
        raise Refusal(
            _("Counts by ethnicity and religion are made for whole districts, provinces and the centre only,"
              " and are not divided further; choose a higher body and no second grouping."),
            field="by", code="too_small_for_sensitive", citation="Orgwork's own rule: sensitive data",
        )  # fmt: skip
    if not isinstance(when, dt.date) or (day.month, day.day) not in {(6, 30), (12, 31)}:
        raise Refusal(
            _("Counts by ethnicity and religion are made as of 30 June and 31 December only, so that two days"
              " compared do not show who came or went; choose one of these days."),
            field="on", code="day_not_allowed", citation="Orgwork's own rule: sensitive data",
        )  # fmt: skip


def _counts(indicator, unit, when, at, rows, columns, options):
    asked = {"on": when} if isinstance(when, dt.date) else {"period": when}
    if CHILDREN not in (rows, columns):
        by = (rows, columns) if columns else (rows,)
        return frame.breakdown(indicator.code, unit, by, known_at=at, **asked, **options)
    if columns is None:
        found = frame.by_children(indicator.code, unit, known_at=at, **asked, **options)
        return {(str(body),): number for body, number in found.items()}
    other = columns if rows == CHILDREN else rows
    counts = {}
    for group, _label in indicator.breakdown(other).groups(when):
        found = frame.by_children(indicator.code, unit, known_at=at, **asked, **options, **{other: group})
        for body, number in found.items():
            key = (str(body), group) if rows == CHILDREN else (group, str(body))
            counts[key] = number
    return counts


def _heads(indicator, by, unit, when, at, present) -> list[tuple[str, str]]:
    """Codes and labels of a grouping, in its own order; what was entered freely, by name."""
    if by == CHILDREN:
        day = figures.day_of(when)
        bodies = frame.children(unit, day, known_at=at)
        names = names_of(bodies, day, known_at=at.moment)
        codes = dict(Unit.objects.filter(pk__in=bodies).values_list("pk", "code"))
        return [(str(body), names.get(body) or codes[body]) for body in bodies]
    known = [(code, str(label)) for code, label in indicator.breakdown(by).groups(when)]
    named = {code for code, _label in known}
    known = [(code, label) for code, label in known if code != "unknown" or code in present]
    extra = sorted({code for code in present if code and code not in named} - {"unknown"})
    unknown = [("unknown", _("not known"))] if "unknown" in present and "unknown" not in named else []
    return [*known, *((code, code) for code in extra), *unknown]


def _grid(counts, row_heads, column_heads, sensitive, when) -> Grid:
    """A list is laid as one line, so that its only sum is its total."""
    least = provisions.on(figures.day_of(when))["figures.small_count"].value
    if column_heads:
        grid = Grid([r for r, _l in row_heads], [c for c, _l in column_heads], counts, least)
    else:
        grid = Grid([0], [r for r, _l in row_heads], {(0, key[0]): n for key, n in counts.items()}, least)
    return grid.protect() if sensitive else grid


def _lines(grid, indicator, unit, when, at, rows, columns, row_heads, column_heads, options, sensitive):
    codes = {}
    if CHILDREN in (rows, columns):
        heads = row_heads if rows == CHILDREN else column_heads
        codes = {
            str(pk): code
            for pk, code in Unit.objects.filter(pk__in=[h for h, _l in heads]).values_list("pk", "code")
        }

    def url(row, column):
        if sensitive or not isinstance(indicator, figures.Indicator):
            return ""
        chosen, where = dict(options), unit.code
        for by, value in ((rows, row), (columns, column)):
            if value is None or by is None:
                continue
            if by == CHILDREN:
                where = codes[value]
            else:
                chosen[by] = value
        return frame.records_url(indicator.code, where, when, known_at=at, **chosen)

    row_keys = [key for key, _label in row_heads] + [None]
    if not columns:
        return [[Cell(grid.shown(0, n), url(key, None))] for n, key in enumerate(row_keys)]
    column_keys = [key for key, _label in column_heads] + [None]
    return [
        [Cell(grid.shown(i, j), url(row, column)) for j, column in enumerate(column_keys)]
        for i, row in enumerate(row_keys)
    ]
