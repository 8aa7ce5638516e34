"""This room is for when a figure is asked for, and its course: periods, bars, bodies, groups."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orgwork.doors.web import charts, formats, numbers, places
from orgwork.doors.web.lists import AT_A_GLANCE, Column, folded
from orgwork.foundation import provisions, wording
from orgwork.foundation.dates import Period
from orgwork.foundation.refusals import Refusal
from orgwork.insight import frame, tables
from orgwork.insight import series as courses
from orgwork.insight.series import term_of
from orgwork.registers import figures
from orgwork.registers.units import Unit, names_of

DAY = timedelta(days=1)
YEAR = 366
MOST_BARS = 48
TOTAL = "total"
AT_ONCE = 20_000  # groups of more records than this are counted when they are asked for


# ── when ────────────────────────────────────────────────────────────────────────────────────────────────


def asked_when(indicator, dials) -> date | Period:
    """A stock is asked for the day of the dial, everything else from the dial's first day to its last."""
    if indicator.kind == figures.STOCK:
        return dials.on
    return Period.days(dials.first, dials.on)


def address(code: str, dials, unit_code: str, when: date | Period, **options) -> str:
    """The page of a figure with exactly what is asked, so that it means the same to everybody, always."""
    asked = {"unit": unit_code}
    if isinstance(when, Period):
        asked |= {"from": when.start.isoformat(), "to": when.last.isoformat()}
    else:
        asked["on"] = when.isoformat()
    if dials.known:
        asked["known"] = dials.known.isoformat()
    asked |= {name: str(value) for name, value in options.items() if value not in (None, "")}
    return reverse("figure", args=[code]) + "?" + urlencode(asked)


def spoken(when: date | Period) -> str:
    return formats.day(when) if isinstance(when, date) else wording.period(when.start, when.last)


def last_day(when: date | Period) -> date:
    return when if isinstance(when, date) else when.last


def quarter_of(day: date) -> Period:
    first = date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    return Period(first, months_on(first, 3))


def months_on(first: date, months: int) -> date:
    number = first.year * 12 + first.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


@dataclass(frozen=True)
class Choice:
    label: str
    url: str
    here: bool


def choices(code: str, dials, unit_code: str, when, options) -> list[Choice]:
    """Term, year and quarter around what is asked, each a link; a free choice stands beside them."""
    days = stock_days(dials.on) if isinstance(when, date) else flow_periods(dials.on)
    found = [
        Choice(label, address(code, dials, unit_code, one, **options), one == when) for label, one in days
    ]
    return list({choice.url: choice for choice in found}.values())


def flow_periods(on: date) -> list[tuple[str, Period]]:
    term, quarter = term_of(on), quarter_of(on)
    before = quarter_of(quarter.start - DAY)
    return [
        (_("Term from %(year)s") % {"year": term.year}, Period.days(term, on)),
        *(
            (str(year), Period.days(date(year, 1, 1), min(on, date(year, 12, 31))))
            for year in (on.year, on.year - 1)
        ),
        *(
            (wording.period(q.start, q.last), Period.days(q.start, min(on, q.last)))
            for q in (quarter, before)
        ),
    ]


def stock_days(on: date) -> list[tuple[str, date]]:
    quarter = quarter_of(on).start - DAY
    days = [on, quarter, date(on.year - 1, 12, 31), numbers.same_day_last_year(on), term_of(on)]
    return [(formats.day(day), day) for day in days]


def neighbours(code: str, dials, unit_code: str, when, options) -> dict[str, str]:
    """The same length before and after."""
    if isinstance(when, date):
        earlier, later = numbers.same_day_last_year(when), when + timedelta(days=365)
    else:
        earlier = Period(when.start - timedelta(days=when.length), when.start)
        later = Period(when.end, when.end + timedelta(days=when.length))
        if when.start.day == 1 and when.end.day == 1:
            months = (when.end.year - when.start.year) * 12 + when.end.month - when.start.month
            earlier = Period(months_on(when.start, -months), when.start)
            later = Period(when.end, months_on(when.end, months))
    return {
        "earlier": address(code, dials, unit_code, earlier, **options),
        "later": address(code, dials, unit_code, later, **options),
    }


# ── in words ────────────────────────────────────────────────────────────────────────────────────────────


def length_in_words(period: Period) -> str:
    months = (period.end.year - period.start.year) * 12 + period.end.month - period.start.month
    if months >= 2:
        return ngettext("in %(n)s month", "in %(n)s months", months) % {"n": formats.number(months)}
    return ngettext("in %(n)s day", "in %(n)s days", period.length) % {"n": formats.number(period.length)}


def per_year(value, period: Period) -> float | None:
    """Events a year, by the days of a year that the provisions of the day name; only for longer periods."""
    if value is None or period.length < YEAR:
        return None
    a_year = float(provisions.on(period.last)["figures.days_per_year"].value)
    return figures.ratio(value, period.length, times=a_year)


# ── the course ──────────────────────────────────────────────────────────────────────────────────────────

STEPS = (courses.MONTH, courses.QUARTER, courses.YEAR)


def is_dear(code: str) -> bool:
    """Stocks that are counted day by day, not carried on by their changes: their course has few points."""
    return figures.get(code).kind == figures.STOCK and code not in courses.CARRIED


def course_of(code: str, when: date | Period, since: date | None) -> Period:
    """The days the course covers: of a period itself, but a year at least; of a stock two years, or since."""
    if isinstance(when, Period):
        if when.length >= YEAR - 1:
            return when
        return Period(min(when.start, months_on(when.end, -12)), when.end)
    years = 1 if is_dear(code) else 2
    first = since or date(when.year - years, when.month, 1)
    return Period.days(min(first, date(when.year - 1, when.month, 1)), when)


def step_of(code: str, asked: str, days: Period) -> str:
    """Months, quarters or years: what was asked for, if that many bars can be read, else what can."""
    months = days.length / 30
    if is_dear(code):
        return asked if asked in STEPS[1:] else courses.QUARTER if months <= 16 else courses.YEAR
    if asked in STEPS and months / courses.MONTHS[asked] <= MOST_BARS * 2:
        return asked
    return (
        courses.MONTH if months <= MOST_BARS else courses.QUARTER if months <= MOST_BARS * 3 else courses.YEAR
    )


def course(asked, when, *, step: str, days: Period) -> dict:
    """The bars; each opens to the records of its month, quarter or year."""
    request, dials = asked.request, asked.request.dials
    found = numbers.once(
        request,
        f"course|{asked.code}|{asked.unit.pk}|{days}|{step}|{sorted(asked.options.items())}",
        lambda: courses.series(
            asked.code, asked.unit, days, step=step, known_at=asked.known, **asked.options
        ),
    )
    stock = isinstance(when, date)
    points = [
        charts.Point(
            wording.period(one.period.start, one.period.last) if not stock else formats.day(one.period.last),
            one.value or 0,
            tick(found, n, step),
            not one.whole and not stock,
            address(
                asked.code, dials, asked.unit.code, one.period.last if stock else one.period, **asked.options
            ),
        )
        for n, one in enumerate(found)
    ]
    said = {courses.MONTH: _("By month"), courses.QUARTER: _("By quarter"), courses.YEAR: _("By year")}
    ends = {
        courses.MONTH: _("At the end of each month"),
        courses.QUARTER: _("At the end of each quarter"),
        courses.YEAR: _("At the end of each year"),
    }
    title = (ends if stock else said)[step]
    indicator = figures.get(asked.code)
    desc = _("%(figure)s, %(period)s: %(count)s values") % {
        "figure": indicator.label,
        "period": spoken(days),
        "count": len(points),
    }
    return charts.bars(points, title=f"{indicator.label}, {title}", desc=desc) | {
        "heading": title,
        "id": "course",
    }


def tick(found, n: int, step: str) -> str:
    """The year under its first bar; with few bars every one is named."""
    start = found[n].period.start
    if step == courses.YEAR:
        return str(start.year)
    if n == 0 or start.year != found[n - 1].period.start.year:
        return str(start.year)
    return ""


def against_last_year(asked, when) -> dict | None:
    """This year up to the day against the same days of last year, where the period holds both."""
    if not isinstance(when, Period) or figures.get(asked.code).kind != figures.FLOW:
        return None
    this = Period.days(date(when.last.year, 1, 1), when.last)
    last = Period.days(date(when.last.year - 1, 1, 1), numbers.same_day_last_year(when.last))
    if when.start > last.start:
        return None
    now, then = (
        numbers.value(asked.request, asked.code, asked.unit, period=one, **asked.options)
        for one in (this, last)
    )
    if not then:
        return None
    share = round(100 * (now - then) / then)
    dials = asked.request.dials
    return {
        "now": now,
        "then": then,
        "share": abs(share),
        "less": share < 0,
        "same": share == 0,
        "now_url": address(asked.code, dials, asked.unit.code, this, **asked.options),
        "then_url": address(asked.code, dials, asked.unit.code, last, **asked.options),
        "this": spoken(this),
        "last": spoken(last),
    }


# ── the bodies below and the groups ─────────────────────────────────────────────────────────────────────


def bodies(asked, when, total):
    """The figure of each party organisation and cell directly below, each number a link."""
    request, dials = asked.request, asked.request.dials
    on, period = (when, None) if isinstance(when, date) else (None, when)

    def counted(code):
        name = f"children|{code}|{asked.unit.pk}|{when}|{sorted(asked.options.items())}"
        return numbers.once(
            request,
            name,
            lambda: dict(
                frame.by_children(
                    code, asked.unit, on=on, period=period, known_at=asked.known, **asked.options
                )
            ),
        )

    values = counted(asked.code)
    if not values:
        return None
    day = last_day(when)
    names = names_of(list(values), day, known_at=asked.known.moment)
    names |= places.shorts_of(list(values), dials)
    codes = dict(Unit.objects.filter(pk__in=values).values_list("pk", "code"))
    rates = (
        counted("members.admission_rate") if asked.code == "members.admitted" and not asked.options else {}
    )
    adds_up = asked.indicator.code == asked.code and asked.indicator.decomposable and total
    rows = [
        {"pk": pk, "code": codes[pk], "name": names.get(pk, codes[pk]), "value": value, "rate": rates.get(pk)}
        for pk, value in values.items()
    ]
    per_cent = figures.get(asked.code).unit_of_value.startswith("percent")
    columns = [
        Column("name", _("Body"), lambda r: r["name"], lambda r: places.address(r["code"], dials)),
        Column(
            "value",
            _("Number"),
            lambda r: formats.percent(r["value"], 2) if per_cent else r["value"],
            lambda r: address(asked.code, dials, r["code"], when, **asked.options),
            kind="number",
        ),
    ]
    if adds_up:
        columns.append(
            Column("share", _("Share"), lambda r: formats.percent(100 * r["value"] / total), kind="number")
        )
    if rates:
        columns.append(Column("rate", _("a year"), lambda r: formats.percent(r["rate"]), kind="number"))
    foot = []
    if adds_up:
        rest = total - sum(row["value"] for row in rows)
        foot = [{"text": _("Together"), "css": ""}, {"text": formats.number(total - rest), "css": "num"}]
        foot += [{"text": "", "css": ""}] * (len(columns) - 2)
    if len(rows) > AT_A_GLANCE:
        rows.sort(key=lambda row: (-(row["value"] or 0), row["name"]))
    return folded(columns, rows, caption=_("Bodies below"), foot=foot)


def groups(asked, when, by: str, total) -> dict | None:
    """The figure by sex, age band, standing …: women, men and all where sex is known, small groups hidden.

    Of many records they are counted when asked for; a script asks as soon as the page is there.
    """
    indicator = asked.indicator
    if indicator.code != asked.code or not indicator.breakdowns:
        return None
    known = {one.code: one for one in indicator.breakdowns}
    open_ = [code for code, one in known.items() if not one.sensitive and code not in asked.options]
    chosen = by if by in known else "age" if "age" in open_ else next(iter(open_), "")
    if not chosen:
        return None
    later = by not in known and (total or 0) > AT_ONCE
    found = {
        "by": chosen, "label": known[chosen].label, "refusal": "", "lines": [], "heads": [], "note": "",
        "others": ways_to_divide(asked, when, "" if later else chosen),
    }  # fmt: skip
    if later:
        url = address(asked.code, asked.request.dials, asked.unit.code, when, by=chosen, **asked.options)
        return found | {"later": url}
    columns = "sex" if chosen != "sex" and "sex" in open_ and not known[chosen].sensitive else None
    return found | filled(asked, when, chosen, columns)


def ways_to_divide(asked, when, here: str) -> list[dict]:
    def url(by: str) -> str:
        return address(asked.code, asked.request.dials, asked.unit.code, when, by=by, **asked.options)

    return [
        {"label": one.label, "here": one.code == here, "url": url(one.code)}
        for one in asked.indicator.breakdowns
        if one.code not in asked.options
    ]


def filled(asked, when, by: str, columns: str | None) -> dict:
    """The lines of the table, or the sentence that says why there is none."""
    on, period = (when, None) if isinstance(when, date) else (None, when)
    name = f"groups|{asked.code}|{asked.unit.pk}|{when}|{sorted(asked.options.items())}|{by}|{columns}"
    try:
        row_heads, column_heads, lines, note = numbers.once(
            asked.request,
            f"{name}|{formats.language()}",
            lambda: counted_groups(asked, on, period, by, columns),
        )
    except Refusal as refusal:
        return {"refusal": str(refusal)}
    heads = [code for code, _label in column_heads]
    shown = [
        group_line(asked, when, by, row, label, columns, heads, line)
        for (row, label), line in zip(row_heads, lines, strict=True)
        if row == TOTAL or any(cell.hidden or cell.value for cell in line)
    ]
    return {"heads": [label for _code, label in column_heads], "note": note, "lines": shown}


def counted_groups(asked, on, period, by: str, columns: str | None):
    """Heads, lines and note of the table of groups: plain values, so that they can be kept."""
    made = tables.table(
        asked.code,
        asked.unit,
        rows=by,
        columns=columns,
        on=on,
        period=period,
        known_at=asked.known,
        **asked.options,
    )
    rows, heads = (
        [(code, str(label)) for code, label in some] for some in (made.row_heads, made.column_heads)
    )
    return rows, heads, [list(line) for line in made.lines], made.note


def group_line(asked, when, by, row, label, columns, heads, line) -> dict:
    """One group: its label and its numbers, each opening to the records of the group."""
    cells = []
    for column, cell in zip(heads, line, strict=True):
        chosen = {by: row} if row != TOTAL else {}
        if columns and column != TOTAL:
            chosen["sex"] = column
        url = address(asked.code, asked.request.dials, asked.unit.code, when, **{**asked.options, **chosen})
        text = str(cell) if cell.hidden else formats.number(cell.value)
        cells.append({"text": text, "url": url if cell.url else ""})
    return {"label": str(label), "cells": cells, "total": row == TOTAL}
