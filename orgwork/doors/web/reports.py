"""This room is for reports: the term report as page and Word, issued, and what changed since."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.core.cache import cache
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from orgwork.doors.web import dials as dialling
from orgwork.doors.web import figure_course, formats, numbers, places
from orgwork.doors.web.figure_course import address
from orgwork.doors.web.lists import Column, keyset, table
from orgwork.foundation import wording
from orgwork.foundation.dates import Period
from orgwork.foundation.refusals import Refusal
from orgwork.insight import issuing
from orgwork.insight.issued import FrozenFigure, IssuedReport
from orgwork.insight.reports import parts, term
from orgwork.insight.reports.word import word
from orgwork.insight.series import term_of
from orgwork.registers.units import ROOT, names_of, under_ids

DAY_KEPT = 86_400
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
LANGUAGES = {"vi": "Tiếng Việt", "en": "English", "de": "Deutsch", "ru": "Русский"}


# ── what there is ───────────────────────────────────────────────────────────────────────────────────────


@require_safe
def reports(request):
    """A report to look at, and those that have been issued here and below."""
    place = places.here(request)
    places.need(request, "report.read", place.unit)
    rows = IssuedReport.objects.select_related("unit", "actor")
    if place.unit.code != ROOT:
        rows = rows.filter(unit__in=under_ids(place.unit, request.dials.today, custody=True))
    page = keyset(rows, ("-pk",), request.GET)
    context = {
        "section": "reports",
        "place": place,
        "crumbs": places.crumbs(place, last_is_link=True),
        "period": period_of(request),
        "languages": LANGUAGES,
        "language": language_of(request),
        "table": table(
            issued_columns(request, page.rows),
            page.rows,
            request=request,
            page=page,
            caption=_("Issued reports"),
            empty=_("No report has been issued here yet. Open one above and issue it."),
        ),
    }
    return render(request, "web/reports.html", context)


def issued_columns(request, rows) -> list[Column]:
    names = names_of({row.unit_id for row in rows}, request.dials.today)
    return [
        Column(
            "name", _("Report"), lambda r: _("Term report"), lambda r: issued_url(request, r), kind="head"
        ),
        Column("unit", _("Body"), lambda r: names.get(r.unit_id, r.unit.code)),
        Column("period", _("Period"), lambda r: formats.period(r.start, r.last)),
        Column("issued", _("Issued"), lambda r: timezone.localtime(r.issued_at).date(), kind="day"),
        Column("actor", _("By"), lambda r: str(r.actor or "")),
    ]


def issued_url(request, row, **more) -> str:
    return reverse("issued-report", args=[row.pk]) + request.dials.query(unit=row.unit.code, **more)


# ── the term report ─────────────────────────────────────────────────────────────────────────────────────


@require_safe
def report(request):
    """Every figure of it a link, in the language asked for, whatever language the page itself is in."""
    place = places.here(request)
    places.need(request, "report.read", place.unit)
    made = built(request, place)
    context = {
        "section": "reports",
        "place": place,
        "crumbs": crumbs(request),
        "report": made,
        "sections": drawn(
            made, lambda slot: address(slot.code, request.dials, slot.unit, slot.when, **slot.options)
        ),
        "language": made.language,
        "choices": language_choices(request),
        "periods": periods(request, place),
        "first": made.period.start,
        "last": made.period.last,
        "here": request.path,
        "word_url": reverse("report-word") + asked(request),
        "issue_url": reverse("report-issue") + asked(request),
        "may_issue": bool(places.may(request, "report.issue", place.unit)),
    }
    return render(request, "web/report.html", context)


def period_of(request) -> Period:
    """The days of the dial; without a first one, since the term began."""
    on = request.dials.on
    return Period.days(request.dials.since or term_of(on), on)


def language_of(request) -> str:
    asked_for = request.GET.get("lang", "")
    return asked_for if asked_for in LANGUAGES else formats.language()


def built(request, place) -> parts.Report:
    period, language = period_of(request), language_of(request)
    return numbers.once(
        request,
        f"report|term|{place.unit.pk}|{period}|{language}",
        lambda: term.build(place.unit, period, known_at=numbers.known(request), language=language),
    )


def asked(request, **more) -> str:
    """The report's own address: body, both days, language."""
    period = period_of(request)
    said = {
        "unit": request.place.code,
        "from": period.start,
        "on": period.last,
        "lang": language_of(request),
    } | more
    return request.dials.turned(since=period.start).query(**said)


def language_choices(request) -> list[dict]:
    here = language_of(request)
    return [
        {"code": code, "label": label, "here": code == here, "url": request.path + asked(request, lang=code)}
        for code, label in LANGUAGES.items()
    ]


def periods(request, place) -> list[dict]:
    here = period_of(request)
    return [
        {
            "label": label,
            "here": one == here,
            "url": request.path + asked(request, **{"from": one.start, "on": one.last}),
        }
        for label, one in figure_course.flow_periods(request.dials.on)[:4]
    ]


def crumbs(request) -> list[dict]:
    return [{"name": _("Reports"), "url": reverse("reports") + request.dials.query(since=None)}]


def drawn(made: parts.Report, url_of, values=None, changed=frozenset()) -> list[dict]:
    """The report's sections as plain pieces for the template, said in the report's own language."""
    with translation.override(made.language):
        return [
            {
                "heading": section.heading,
                "blocks": [block_of(one, url_of, values or {}, changed) for one in section.blocks],
            }
            for section in made.sections
        ]


def block_of(block, url_of, values, changed) -> dict:
    def piece(slot):
        text = parts.said(values[slot.name], slot.style) if slot.name in values else slot.text
        return {"text": text, "url": url_of(slot), "changed": slot.name in changed, "name": slot.name}

    if isinstance(block, parts.Sentence):
        pieces = [
            piece(one) if isinstance(one, parts.Slot) else {"text": one, "url": ""} for one in block.pieces()
        ]
        return {"kind": "sentence", "pieces": pieces}
    if isinstance(block, parts.Table):
        lines = [{"label": label, "cells": [piece(slot) for slot in line]} for label, line in block.lines]
        return {
            "kind": "table",
            "caption": block.caption,
            "heads": block.heads,
            "lines": lines,
            "note": block.note,
        }
    items = [
        {"label": label, "definition": definition, "source": "; ".join([source, *rules] if source else rules)}
        for label, definition, source, rules in block.items
    ]
    return {"kind": "terms", "items": items}


@require_safe
def report_word(request):
    place = places.here(request)
    places.need(request, "report.read", place.unit)
    made = built(request, place)
    return as_word(request, made, f"term-report-{place.code}-{made.period.last}-{made.language}")


def as_word(request, made: parts.Report, name: str, footer: str = "") -> HttpResponse:
    content = word(made, base_url=request.build_absolute_uri("/"), footer=footer)
    response = HttpResponse(content, content_type=WORD)
    response["Content-Disposition"] = f'attachment; filename="{name}.docx"'
    return response


# ── issuing ─────────────────────────────────────────────────────────────────────────────────────────────


@require_http_methods(["GET", "HEAD", "POST"])
def issue(request):
    """What will be frozen is said first; issuing computes it once more, at one moment, for ever."""
    place = places.here(request)
    places.need(request, "report.issue", place.unit)
    period, refusal = period_of(request), None
    if request.method == "POST":
        first, last = (dialling.read_day(request.POST.get(name, ""), name) for name in ("first", "last"))
        try:
            made = issuing.issue(
                actor=request.user,
                door="web",
                day=request.dials.today,
                unit=place.unit,
                first=first or period.start,
                last=last or period.last,
            )
            messages.success(request, _("The report is issued: what it says is kept as it is now."))
            return redirect(issued_url(request, made, lang=language_of(request)))
        except Refusal as refused:
            refusal = refused
    context = {
        "section": "reports",
        "place": place,
        "crumbs": crumbs(request),
        "refusal": refusal,
        "first": period.start,
        "last": period.last,
        "period": wording.period(period.start, period.last),
        "back": reverse("report") + asked(request),
        "definition": issuing.issue.definition,
        "in_the_past": request.dials.known is not None,
    }
    return render(request, "web/report_issue.html", context, status=422 if refusal else 200)


@require_safe
def issued_report(request, pk):
    """What was issued, as it was issued; and where the registers say otherwise now: who, when, why."""
    kept = found_issued(request, pk)
    made = as_issued(kept, language_of(request))
    since = since_then(request, kept)
    frozen = dict(FrozenFigure.objects.filter(report=kept).values_list("slot", "value"))
    changed = {line.slot for line in since.changed}
    context = {
        "section": "reports",
        "place": request.place,
        "crumbs": crumbs(request),
        "report": made,
        "kept": kept,
        "sections": drawn(made, lambda slot: slot.url, {k: plain(v) for k, v in frozen.items()}, changed),
        "language": made.language,
        "choices": issued_languages(request, kept),
        "lines": changed_lines(request, since),
        "since": since,
        "word_url": reverse("issued-word", args=[kept.pk]) + asked_issued(request, kept),
        "footer": issuing.footer(kept),
    }
    return render(request, "web/report_issued.html", context)


@require_safe
def issued_word(request, pk):
    kept = found_issued(request, pk)
    made = as_issued(kept, language_of(request))
    with translation.override(made.language):
        footer = issuing.footer(kept)
    return as_word(request, made, f"term-report-{kept.unit.code}-{kept.last}-issued-{made.language}", footer)


def found_issued(request, pk) -> IssuedReport:
    kept = IssuedReport.objects.select_related("unit", "actor").filter(pk=pk).first()
    if kept is None:
        raise Http404(
            _("No report has been issued under this number. Look through the list of issued reports.")
        )
    places.look(request, kept.unit.code)
    places.need(request, "report.read", kept.unit)
    return kept


def as_issued(kept: IssuedReport, language: str) -> parts.Report:
    """Asked at its moment it says the same for ever: once made it is kept."""
    key = f"issued|{kept.pk}|{kept.known_at}|{language}"
    return cache.get_or_set(key, lambda: issuing.as_issued(kept, language=language), DAY_KEPT)


def since_then(request, kept: IssuedReport) -> issuing.SinceThen:
    def compare():
        return issuing.since_then(
            kept, actor=request.user, today=request.dials.today, known_at=numbers.known(request)
        )

    return numbers.once(
        request, f"since|{kept.pk}|{request.user.pk}|{formats.language()}|{request.dials.today}", compare
    )


def plain(value):
    return None if value is None else int(value) if value == int(value) else float(value)


def asked_issued(request, kept, **more) -> str:
    return request.dials.query(**({"unit": kept.unit.code, "lang": language_of(request)} | more))


def issued_languages(request, kept) -> list[dict]:
    here = language_of(request)
    return [
        {
            "code": code,
            "label": label,
            "here": code == here,
            "url": request.path + asked_issued(request, kept, lang=code),
        }
        for code, label in LANGUAGES.items()
    ]


def changed_lines(request, since: issuing.SinceThen) -> list[dict]:
    """Each changed figure: as issued, now, and the records that came or went."""
    return [
        {
            "line": line,
            "then": parts.said(line.frozen, parts.NUMBER),
            "now": parts.said(line.now, parts.NUMBER),
            "when": spoken(line.when),
            "of": "" if line.unit == since.report.unit.code else line.unit,
            "options": ", ".join(line.options.values()),
            "records": [told(one) for one in line.since.changes] if line.since else [],
            "hidden": line.since is not None and any(one.row is None for one in line.since.changes),
        }
        for line in since.changed
    ]


def spoken(when) -> str:
    return formats.day(when) if isinstance(when, date) else wording.period(when.start, when.last)


def told(change) -> dict:
    ways = {
        ("came", "late"): _("recorded late"),
        ("came", "corrected"): _("came by a correction"),
        ("went", "late"): _("no longer counted"),
        ("went", "corrected"): _("went by a correction"),
    }
    return {
        "way": ways[(change.way, change.kind)],
        "tag": "warn" if change.way == "went" else "",
        "row": change.row,
        "at": change.at,
        "actor": change.actor,
        "what": change.what,
        "why": change.why,
        "paper": change.paper,
        "day": change.key[1],
    }
