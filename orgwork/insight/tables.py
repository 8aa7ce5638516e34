"""This room is for figures as tables: by groups, by the bodies directly below, with totals.

Counts by ethnicity or religion are made twice a year and for whole districts and above only, small ones are
hidden together with what would give them back, and none of them opens to a list (domain §18.1 no. 4).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from orgwork.foundation import provisions, wording
from orgwork.foundation.dates import Period
from orgwork.foundation.refusals import Refusal
from orgwork.registers import figures
from orgwork.registers.figures.groups import party_kinds
from orgwork.registers.units import Unit, UnitForm, UnitPlacement, kind_of, names_of

from . import frame, rollup
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
        _refuse_narrowed(options)
        day = figures.day_of(when)
        return _sensitive(indicator, unit, rows, day, as_published(day, at))
    counts = _counts(indicator, unit, when, at, rows, columns, options)
    row_heads = _heads(indicator, rows, unit, when, at, [key[0] for key in counts])
    column_heads = _heads(indicator, columns, unit, when, at, [key[1] for key in counts]) if columns else []
    grid = _grid(counts, row_heads, column_heads, when)
    lines = _lines(grid, indicator, unit, when, at, rows, columns, row_heads, column_heads, options)
    total = ("total", _("total"))
    return Table(indicator, [*row_heads, total], [*column_heads, total] if columns else [total], lines)


def _refuse_narrowed(options):
    if any(value not in (None, "") for value in options.values()):
        raise Refusal(
            _("Counts by ethnicity and religion are made of all members only; take the other filters away."),
            field="by", code="not_narrowed", citation="Orgwork's own rule: sensitive data",
        )  # fmt: skip


def as_published(when: dt.date, asked: frame.Known) -> frame.Known:
    """The one moment of knowledge at which the counts of a day are made, whatever moment is asked for.

    Two moments compared would show whose entry came between them; hence each day has one table for ever.
    """
    wait = provisions.on(when)["figures.sensitive_known_days"]
    day = when + dt.timedelta(days=wait.value)
    made = frame.known(day)
    early = asked.moment is not None and made.moment is not None and asked.moment < made.moment
    if timezone.localdate() <= day or early:
        raise Refusal(
            _("Counts by ethnicity and religion of %(day)s are made as known on %(known)s, once for all; look"
              " at them after that day.") % {"day": wording.day(when), "known": wording.day(day)},
            field="on", code="not_made_yet", citation=wait.citation,
        )  # fmt: skip
    return made


def _sensitive(indicator, unit, by, when, at) -> Table:
    """One body's counts by a sensitive group, as they stand among those of its neighbours.

    Whoever has the tables of a province and of all its districts must not learn by subtraction what one of
    them hides: they are protected together, from the centre down.
    """
    above = _family_above(unit, when, at)
    family = _family(_Series(indicator, by), above or unit, when)
    row = family.rows.index(unit.pk) if above else (0 if family.single else family.m)
    heads = [(group, group if group != "unknown" else _("not known")) for group in family.columns]
    lines = [[Cell(family.shown(row, n))] for n in range(family.n + 1)]
    total = ("total", _("total"))
    note = _(
        "Counts under %(least)s are not shown, nor others from which they could be reckoned (…). These"
        " numbers open to no list: nobody may look up who belongs to a group."
    ) % {"least": family.least}
    return Table(indicator, [*heads, total], [total], lines, note, True)


def _family_above(unit, when, at) -> Unit | None:
    """For a district the body it stands under, among whose districts its numbers are protected."""
    kind = provisions.kinds().get(kind_of(unit, when))
    if kind is None or kind.level != "district":
        return None
    placed = (
        UnitPlacement.objects.on(when, known_at=at.moment).filter(unit=unit).select_related("parent").first()
    )
    return placed.parent if placed else None


REST = 0
#: At most so many half-years a table is compared with.
MOST_BACK = 20


@dataclass(frozen=True)
class _Series:
    """The tables of one figure by one group, each made once: a table rests on those above and before it."""

    indicator: Any
    by: str
    made: dict[tuple[int, dt.date], Grid] = field(default_factory=dict)


def _family(series: _Series, unit, when: dt.date) -> Grid:
    """Bodies below a body × groups, protected; what the bodies above hide stays hidden, and so does a number
    that differs from the last one shown by so little that the difference would say who came or went.
    """
    key = (unit.pk, when)
    if key not in series.made:
        at = as_published(when, frame.known(None))
        grid = _unprotected(series, unit, when, at)
        also = [*_hidden_above(series, grid, unit, when, at), *_hardly_changed(series, grid, unit, when)]
        series.made[key] = grid.protect(also)
    return series.made[key]


def _unprotected(series: _Series, unit, when, at) -> Grid:
    below = _below(unit, when, at)
    breakdown = series.indicator.breakdown(series.by)
    queryset = breakdown.annotate(series.indicator.asked(when, known_at=at.moment), when, at.moment)
    counts = rollup.by_group(series.indicator, queryset, when, at.moment, [unit.pk, *below])
    groups = sorted({group for _body, group in counts} - {"unknown"})
    groups += ["unknown"] if any(group == "unknown" for _body, group in counts) else []
    cells: dict[Any, int] = {
        (body, group): counts.get((body, group), 0) for body in below for group in groups
    }
    rest = {g: counts.get((unit.pk, g), 0) - sum(cells[(body, g)] for body in below) for g in groups}
    rows = list(below)
    if any(rest.values()) or not rows:
        rows.append(REST)
        cells |= {(REST, group): number for group, number in rest.items()}
    least = provisions.on(when)["figures.small_count"].value
    harmless = frozenset({groups.index("unknown")} if "unknown" in groups else ())
    return Grid(rows, groups, cells, least, open_totals=True, harmless=harmless)


def _hidden_above(series: _Series, grid: Grid, unit, when, at) -> list[tuple[int, int]]:
    """Groups of the body that its superior's table hides."""
    parent = (
        UnitPlacement.objects.on(when, known_at=at.moment).filter(unit=unit, parent__isnull=False).first()
    )
    if parent is None:
        return []
    higher = _family(series, parent.parent, when)
    if unit.pk not in higher.rows:
        return []
    row, shown = higher.rows.index(unit.pk), 0 if grid.single else grid.m
    hidden = {name for n, name in enumerate(higher.columns) if isinstance(higher.shown(row, n), Hidden)}
    return [(shown, n) for n, name in enumerate(grid.columns) if name in hidden]


def _hardly_changed(series: _Series, grid: Grid, unit, when: dt.date) -> list[tuple[int, int]]:
    """Places whose number differs by less than the least count from one that was shown for an earlier
    half-year.
    """
    found = set()
    for earlier in _families_before(series, unit, when):
        for place in grid.places():
            old = _same_place(grid, earlier, place)
            if old is None or place[1] in grid.harmless or isinstance(earlier.shown(*old), Hidden):
                continue
            if 0 < abs(grid.value[place[0]][place[1]] - earlier.value[old[0]][old[1]]) < grid.least:
                found.add(place)
    return sorted(found)


def _families_before(series: _Series, unit, when: dt.date) -> Iterator[Grid]:
    """The families of the half-years before, the latest first, each as it is shown."""
    day = when
    for _back in range(MOST_BACK):
        day = dt.date(day.year, 6, 30) if day.month == 12 else dt.date(day.year - 1, 12, 31)
        known = as_published(day, frame.known(None))
        if not UnitPlacement.objects.on(day, known_at=known.moment).filter(unit=unit).exists():
            return
        yield _family(series, unit, day)


def _same_place(grid: Grid, earlier: Grid, place) -> tuple[int, int] | None:
    """The same body and group in an earlier table."""
    row, column = place
    if column == grid.n or grid.columns[column] not in earlier.columns:
        return None
    if row == grid.m:
        return (earlier.m, earlier.columns.index(grid.columns[column])) if not earlier.single else None
    if grid.rows[row] not in earlier.rows:
        return None
    return earlier.rows.index(grid.rows[row]), earlier.columns.index(grid.columns[column])


def _below(unit, when, at) -> list[int]:
    """Bodies directly below of a level at which such counts are made."""
    kinds = [code for code, kind in provisions.kinds().items() if kind.level in SENSITIVE_LEVELS]
    forms = UnitForm.objects.on(when, known_at=at.moment).filter(kind__in=kinds)
    placed = UnitPlacement.objects.on(when, known_at=at.moment).filter(
        parent=unit, unit__in=forms.values("unit")
    )
    party = UnitForm.objects.on(when, known_at=at.moment).filter(kind__in=party_kinds()).values("unit")
    return list(placed.filter(unit__in=party).order_by("unit__code").values_list("unit", flat=True))


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


def _grid(counts, row_heads, column_heads, when) -> Grid:
    """Numbers with their totals; a list is laid as one line."""
    least = provisions.on(figures.day_of(when))["figures.small_count"].value
    if column_heads:
        return Grid([r for r, _l in row_heads], [c for c, _l in column_heads], counts, least)
    return Grid([0], [r for r, _l in row_heads], {(0, key[0]): n for key, n in counts.items()}, least)


def _lines(grid, indicator, unit, when, at, rows, columns, row_heads, column_heads, options):
    codes = {}
    if CHILDREN in (rows, columns):
        heads = row_heads if rows == CHILDREN else column_heads
        codes = {
            str(pk): code
            for pk, code in Unit.objects.filter(pk__in=[h for h, _l in heads]).values_list("pk", "code")
        }

    def url(row, column):
        if not isinstance(indicator, figures.Indicator):
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
