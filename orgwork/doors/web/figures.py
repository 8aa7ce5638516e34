"""This room is for figures as pages: the catalogue, and a figure opened to its records."""

from __future__ import annotations

from datetime import date

from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from orgwork.doors.web import (
    charts,
    figure_compared,
    figure_course,
    figure_structure,
    formats,
    lists,
    numbers,
    places,
    said,
)
from orgwork.doors.web.figure_course import address
from orgwork.doors.web.figure_records import Listed, Question, listed, spreadsheet
from orgwork.foundation.dates import Period
from orgwork.foundation.refusals import Refusal
from orgwork.insight import frame
from orgwork.insight import series as courses
from orgwork.insight.regrouped import can_be_regrouped, days_of_change
from orgwork.registers import figures as catalogue_of
from orgwork.registers.figures import Derived

# Families in the order of the catalogue's page, each with the first parts of the names of its figures.
FAMILIES = {
    "members": (gettext_lazy("Membership"), ("members", "probation")),
    "bodies": (gettext_lazy("Bodies"), ("bodies", "cells")),
    "villages": (gettext_lazy("Villages"), ("villages",)),
    "firms": (gettext_lazy("Firms"), ("firms",)),
    "cases": (gettext_lazy("Cases"), ("admissions", "transfers")),
    "papers": (gettext_lazy("Papers"), ("incoming", "acquaintance")),
    "others": (gettext_lazy("Others"), ()),
}
SPARK_MONTHS = 24
# What the address of a figure may say besides its options.
NOT_OPTIONS = {
    "unit",
    "from",
    "to",
    "on",
    "known",
    "known_at",
    "sort",
    "q",
    "after",
    "before",
    "export",
    "by",
    "step",
    "changed",
}


# ── the catalogue ───────────────────────────────────────────────────────────────────────────────────────


@require_safe
def figures(request):
    """Every figure by family: what it means, what it is here and now, its course in small.

    One family is counted at a time; scripts fetch the next one as it comes into view, links do without.
    """
    place = places.here(request)
    places.need(request, "figures.read", place.unit)
    chosen_family = request.GET.get("family", "")
    chosen_family = chosen_family if chosen_family in FAMILIES else next(iter(FAMILIES))
    rows: dict[str, list] = {code: [] for code in FAMILIES}
    for indicator in catalogue_of.catalogue().values():
        family = family_of(indicator.code)
        counted = entry if family == chosen_family else uncounted
        rows[family].append(counted(request, place, indicator))
    context = {
        "section": "figures",
        "place": place,
        "crumbs": places.crumbs(place, last_is_link=True),
        "families": [
            {
                "code": code,
                "label": FAMILIES[code][0],
                "rows": some,
                "open": code == chosen_family,
                "url": reverse("figures") + request.dials.query(family=code),
            }
            for code, some in rows.items()
            if some
        ],
        "period": figure_course.spoken(Period.days(request.dials.first, request.dials.on)),
        "growth_url": reverse("growth") + request.dials.query(),
    }
    return render(request, "web/figures.html", context)


def family_of(code: str) -> str:
    stem = code.split(".")[0]
    return next((family for family, (_label, stems) in FAMILIES.items() if stem in stems), "others")


def uncounted(request, place, indicator) -> dict:
    when = figure_course.asked_when(indicator, request.dials)
    return {
        "code": indicator.code,
        "label": indicator.label,
        "definition": indicator.definition,
        "url": address(indicator.code, request.dials, place.code, when),
    }


def entry(request, place, indicator) -> dict:
    when = figure_course.asked_when(indicator, request.dials)
    asked = {"on": when} if isinstance(when, date) else {"period": when}
    value = numbers.value(request, indicator.code, place.unit, **asked)
    return uncounted(request, place, indicator) | {
        "value": shown(value, indicator),
        "spark": spark(request, place, indicator),
        "unit_of_value": catalogue_of.UNITS_OF_VALUE[indicator.unit_of_value],
    }


def spark(request, place, indicator) -> dict:
    """The last two years by month; what is computed or counted day by day has its course on its page."""
    dear = figure_course.is_dear(indicator.code) or courses.CARRIED.get(indicator.code)
    if dear or isinstance(indicator, Derived):
        return {}
    on = request.dials.on
    days = Period.days(figure_course.months_on(on.replace(day=1), -SPARK_MONTHS), on)

    def values():
        course = courses.series(indicator.code, place.unit, days, known_at=numbers.known(request))
        return [point.value for point in course if point.whole]

    found = numbers.once(request, f"spark|{indicator.code}|{place.unit.pk}|{days}", values)
    title = _("%(figure)s, the last %(months)s months") % {"figure": indicator.label, "months": SPARK_MONTHS}
    return charts.spark(found, title=title) if any(found) else {}


def shown(value, indicator) -> str:
    """A value as people read it: percent with its sign."""
    if value is None:
        return "–"
    if indicator.unit_of_value.startswith("percent"):
        return formats.percent(value, 2)
    return formats.change(value) if indicator.kind == catalogue_of.CHANGE else formats.number(value)


# ── one figure ──────────────────────────────────────────────────────────────────────────────────────────


@require_safe
def figure(request, code):
    """A figure is its records: the number, what it means, its course, and what was counted."""
    indicator = found_indicator(code)
    place = places.here(request)
    places.need(request, "figures.read", place.unit)
    if "from" not in request.GET and indicator.kind != catalogue_of.STOCK or not request.dials.unit_code:
        return redirect(settled(request, indicator, place))
    try:
        return page(request, indicator, place)
    except Refusal as refusal:
        context = {
            "section": "figures",
            "indicator": indicator,
            "refusal": refusal,
            "place": place,
            "crumbs": crumbs(request, indicator),
        }
        return render(request, "web/figure_refused.html", context, status=422)


def found_indicator(code: str):
    try:
        return catalogue_of.get(code)
    except Refusal as refusal:
        raise Http404(str(refusal)) from refusal


def settled(request, indicator, place) -> str:
    """The address that says everything: body and days, so that it can be sent and kept."""
    kept = {
        k: v for k, v in request.GET.items() if k not in ("unit", "from", "to", "on", "known", "known_at")
    }
    return address(
        indicator.code, request.dials, place.code, figure_course.asked_when(indicator, request.dials), **kept
    )


def page(request, indicator, place):
    dials, code = request.dials, indicator.code
    when = figure_course.asked_when(indicator, dials)
    options = {name: value for name, value in request.GET.items() if name not in NOT_OPTIONS and value}
    asked = Question(request, code, place.unit, when, options)
    compared, only, of, what = changed(request, asked, when)
    if request.GET.get("export") in ("csv", "xlsx"):
        return spreadsheet(asked, request.GET["export"], only=only, of=of)
    on, period = (when, None) if isinstance(when, date) else (None, when)
    result = result_of(request, asked, on, period)
    days = figure_course.course_of(code, when, dials.since)
    step = figure_course.step_of(code, request.GET.get("step", ""), days)
    context = {
        "section": "figures",
        "place": place,
        "crumbs": crumbs(request, indicator),
        "indicator": indicator,
        "value": shown(result.value, indicator),
        "result": result,
        "when": figure_course.spoken(when),
        "asked": asked,
        "stock": isinstance(when, date),
        "words": in_words(asked, when, result),
        "parts": parts_of(request, result),
        "flows": flows_of(asked, when) if code == "members.change" else [],
        "sheet_url": lists.address(request, export="xlsx", after=None, before=None),
        "chosen": chosen(asked, when),
        "compared": compared_words(asked, compared, when),
        "choices": figure_course.choices(code, dials, place.code, when, options),
        "neighbours": figure_course.neighbours(code, dials, place.code, when, options),
        "options": options,
        "chart": figure_course.course(asked, when, step=step, days=days),
        "steps": steps(asked, when, step, days),
        "trend": figure_course.against_last_year(asked, when),
        "growth_url": growth_url(request, code),
        "structure": structure_of(asked, when),
        "first": when.start if period else None,
        "last": figure_course.last_day(when),
        "bodies": figure_course.bodies(asked, when, result.value),
        "groups": figure_course.groups(asked, when, request.GET.get("by", ""), result.value),
        "q": request.GET.get("q", ""),
        "listed": records_card(asked, result, only, of, what),
        "rules": [r for v in result.rules if (r := said.rule(v))],
        "unit_of_value": catalogue_of.UNITS_OF_VALUE[indicator.unit_of_value],
        "kind": catalogue_of.KINDS[indicator.kind],
    }
    return render(request, "web/figure.html", context)


def result_of(request, asked: Question, on, period) -> frame.Result:
    """The figure with its keys; what is counted, not computed from others, is counted once per horizon."""
    indicator = catalogue_of.get(asked.code)
    if isinstance(indicator, Derived):
        return frame.compute(
            asked.code, asked.unit, on=on, period=period, known_at=asked.known, **asked.options
        )
    value = numbers.value(request, asked.code, asked.unit, on=on, period=period, **asked.options)
    return frame.Result(value, indicator, asked.unit, on or period, asked.known, asked.options)


def crumbs(request, indicator) -> list[dict]:
    dials = request.dials
    family = FAMILIES[family_of(indicator.code)][0]
    return [
        {"name": _("Figures"), "url": reverse("figures") + dials.query()},
        {"name": family, "url": ""},
    ]


def structure_of(asked: Question, when) -> dict | None:
    """The way to the same records on the structure of the last day after it on which bodies changed."""
    last = figure_course.last_day(when)
    name = f"changes|{last}"
    days = numbers.once(asked.request, name, lambda: days_of_change(last, known_at=asked.known.moment))
    if not days or not can_be_regrouped(catalogue_of.get(asked.code)):
        return None
    url = figure_structure.address(
        asked.code, asked.request.dials, asked.unit.code, when, days[0], **asked.options
    )
    return {"day": days[0], "url": url}


def growth_url(request, code: str) -> str:
    return (
        reverse("growth") + request.dials.query(since=None)
        if code in ("members.admitted", "members.new")
        else ""
    )


def chosen(asked: Question, when) -> list[dict]:
    """The groups the figure is narrowed to, each with the way out of it."""
    found = []
    for name, value in asked.options.items():
        label, title = value, name
        if name not in getattr(asked.indicator, "options", {}):
            one = asked.indicator.breakdown(name)
            label, title = dict(one.groups(asked.when_listed)).get(value, value), one.label
        rest = {k: v for k, v in asked.options.items() if k != name}
        found.append(
            {
                "title": title,
                "label": label,
                "url": address(asked.code, asked.request.dials, asked.unit.code, when, **rest),
            }
        )
    return found


def steps(asked, when, step, days) -> list[dict]:
    labels = {courses.MONTH: _("month"), courses.QUARTER: _("quarter"), courses.YEAR: _("year")}
    return [
        {
            "label": labels[one],
            "here": one == step,
            "url": address(asked.code, asked.request.dials, asked.unit.code, when, step=one, **asked.options),
        }
        for one in figure_course.STEPS
        if figure_course.step_of(asked.code, one, days) == one
    ]


# ── in words ────────────────────────────────────────────────────────────────────────────────────────────


def in_words(asked: Question, when, result) -> dict:
    """What stands under the big number: over how long, how much a year, out of how many."""
    request, dials, unit = asked.request, asked.request.dials, asked.unit
    if isinstance(when, date):
        before = numbers.same_day_last_year(when)
        then = numbers.value(request, asked.code, unit, on=before, **asked.options)
        change = result.value - then if result.value is not None and then is not None else None
        return {
            "before": formats.day(before),
            "change": formats.change(change),
            "down": bool(change and change < 0),
            "before_url": address(asked.code, dials, unit.code, before, **asked.options),
            "then": formats.number(then),
        }
    found = {"length": figure_course.length_in_words(when)}
    if asked.indicator.kind != catalogue_of.FLOW or asked.indicator.code != asked.code:
        return found
    found["per_year"] = formats.number(figure_course.per_year(result.value, when), 0)
    if asked.code == "members.admitted" and not asked.options:
        stock = numbers.value(request, "members.stock", unit, on=when.last)
        rate = numbers.value(request, "members.admission_rate", unit, period=when)
        found |= {
            "per_year_url": address("members.admitted_per_year", dials, unit.code, when),
            "rate": formats.percent(rate, 2) if rate is not None else "",
            "stock": formats.number(stock),
            "day": formats.day(when.last),
            "rate_url": address("members.admission_rate", dials, unit.code, when),
            "stock_url": address("members.stock", dials, unit.code, when.last),
        }
    return found


def parts_of(request, result) -> list[dict]:
    """What a computed figure is made of, each part a link of its own."""
    return [
        {
            "label": part.label,
            "value": shown(part.value, part.indicator),
            "when": figure_course.spoken(part.when),
            "url": address(part.code, request.dials, part.unit.code, part.when, **part.options),
        }
        for part in result.parts.values()
    ]


def flows_of(asked: Question, when) -> list[dict]:
    """Opening + increases − decreases = closing: every flow that is not nothing, each a link."""
    request, dials, unit = asked.request, asked.request.dials, asked.unit
    found = []
    for codes, sign in ((catalogue_of.INCREASES, "+"), (catalogue_of.DECREASES, "−")):
        for code in codes:
            value = numbers.value(request, code, unit, period=when, **asked.options)
            if value:
                url = address(code, dials, unit.code, when, **asked.options)
                label = catalogue_of.get(code).label
                found.append({"label": label, "sign": sign, "value": formats.number(value), "url": url})
    return found


# ── then and now ────────────────────────────────────────────────────────────────────────────────────────


def changed(request, asked: Question, when):
    """The figure at two moments, and the records the list is to keep to where the address asks for them."""
    then, now = figure_compared.moments_of(request, figure_course.last_day(when))
    name = f"compared|{asked.code}|{asked.unit.pk}|{when}|{sorted(asked.options.items())}"
    name += f"|{then.moment}|{now.moment}"
    compared = numbers.once(request, name, lambda: figure_compared.compare(asked, then, now))
    which = request.GET.get("changed", "")
    if which not in figure_compared.KINDS:
        return compared, None, None, ""
    titles = {
        "late": _("Recorded only after %(day)s"),
        "gone": _("No longer counted since %(day)s"),
        "corrected": _("Corrected since %(day)s"),
    }
    of = compared.then if which == "gone" else compared.now
    return compared, compared.keys(which), of, titles[which] % {"day": formats.day(then_day(request, when))}


def then_day(request, when):
    """The day of the earlier knowledge: as the dial says, else the last day asked for."""
    return request.dials.known or figure_course.last_day(when)


def compared_words(asked: Question, compared, when) -> dict:
    """“As known on 10 May 2024 it was 8,266. Since then: 15 recorded late, 2 corrected.”"""
    dials, indicator = asked.request.dials, catalogue_of.get(asked.code)
    past = dials.known is not None
    day = then_day(asked.request, when)
    known_then = dials.turned(known=day)
    counted = {
        "late": _("%(n)s recorded late"),
        "gone": _("%(n)s no longer counted"),
        "corrected": _("%(n)s corrected"),
    }
    since = [
        {
            "text": counted[which] % {"n": formats.number(len(getattr(compared, which)))},
            "url": address(
                asked.indicator.code,
                dials,
                asked.unit.code,
                asked.when_listed,
                changed=which,
                **asked.options,
            )
            + "#records",
        }
        for which in figure_compared.KINDS
        if getattr(compared, which)
    ]
    other = compared.value_now if past else compared.value_then
    return {
        "past": past,
        "day": formats.day(day),
        "differs": compared.differs,
        "since": since,
        "value": shown(other, indicator),
        "url": address(
            asked.code,
            dials.turned(known=None) if past else known_then,
            asked.unit.code,
            when,
            **asked.options,
        ),
    }


def records_card(asked: Question, result, only, of, what) -> Listed | None:
    """Change and share have no records of their own; their parts open to theirs."""
    if isinstance(catalogue_of.get(asked.code), Derived):
        return None
    return listed(asked, only=only, of=of, what=what)
