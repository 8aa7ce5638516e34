"""This room is for reports: the term report with every figure as a link, growth, and what was issued."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Path, Query, Router, Schema
from pydantic import Field

from orgwork.doors import answers
from orgwork.foundation.refusals import Refusal
from orgwork.insight import issuing
from orgwork.insight.issued import IssuedReport
from orgwork.insight.reports import term
from orgwork.registers.units import under_ids

from . import asked
from .asked import Listed, Paged, When, need, page

router = Router(tags=["reports"])


class TermAsked(When):
    unit: str = Field("TW", description="code of the body, with everything under it")
    first: dt.date = Field(alias="from", description="first day of the period")
    last: dt.date = Field(alias="to", description="last day of the period, included")
    language: str | None = Field(None, pattern="^(vi|en|de|ru)$")


class GrowthAsked(When):
    unit: str = Field("TW", description="code of the body, with what stands directly under it")
    quarter: str = Field(pattern=r"^\d{4}-Q[1-4]$", description="such as 2024-Q1")


class IssuedAsked(Listed):
    unit: str | None = Field(None, description="reports of this body and everything under it")


class Issued(Schema):
    """A report as issued: its values and keys are frozen, with the journal's head at that moment."""

    id: int
    kind: str
    unit: str
    first: dt.date = Field(serialization_alias="from")
    last: dt.date = Field(serialization_alias="to")
    issued_at: dt.datetime
    actor: str
    chain_position: int
    chain_link: str
    url: str


class IssuedReports(Paged):
    items: list[Issued]


class Later(Schema):
    slot: str
    indicator: str
    issued: float | None
    now: float | None
    changed: bool
    records_then: str
    records_now: str


class OneIssued(Issued):
    report: dict[str, Any] = Field(description="what it said")
    since_then: list[Later] = Field(description="each figure as issued and as it would be counted now")


@router.get("/reports/term", response=dict[str, Any], operation_id="get_term_report")
def term_report(request: HttpRequest, asks: Query[TermAsked]):
    """What a body reports over a period: sentences, and every figure with the address of its records."""
    unit = asked.body(asks.unit, field="unit")
    need(request, "report.read", unit)
    if asks.last < asks.first:
        raise Refusal(
            _("The period ends before it begins; turn the two days round."), field="to", code="empty_period"
        )
    period = answers.period(asks.first, asks.last)
    return term.build(unit, period, known_at=asks.dial().known, language=asks.language).as_json()


@router.get("/reports/growth", response=dict[str, Any], operation_id="get_growth_report")
def growth(request: HttpRequest, asks: Query[GrowthAsked]):
    """Where growth is low: a body and those directly under it against their own past, target and kind."""
    unit = asked.body(asks.unit, field="unit")
    need(request, "report.read", unit)
    return answers.growth(unit, asks.quarter, known=asks.dial().known)


@router.get("/reports/issued", response=IssuedReports, by_alias=True, operation_id="list_issued_reports")
def issued(request: HttpRequest, asks: Query[IssuedAsked]):
    """What was issued, the latest first."""
    dial = asks.dial()
    unit = asked.where(request, asks.unit, "report.read")
    rows = IssuedReport.objects.filter(unit__in=under_ids(unit, dial.on, custody=True))
    rows = rows.select_related("unit", "actor")
    return page(request, asks, rows, ("-id",), lambda found: [shown(one) for one in found])


@router.get(
    "/reports/issued/{int:number}", response=OneIssued, by_alias=True, operation_id="get_issued_report"
)
def one_issued(request: HttpRequest, number: Path[int]):
    """One issued report as it was issued, and what has changed since then."""
    found = IssuedReport.objects.filter(pk=number).select_related("unit", "actor").first()
    if found is None:
        raise Http404(_("No report was issued under this number."))
    need(request, "report.read", found.unit)
    later = issuing.since_then(found, actor=request.user, today=timezone.localdate())
    return {
        **shown(found),
        "report": issuing.as_issued(found).as_json(),
        "since_then": [line_of(line) for line in later.lines],
    }


def shown(one: IssuedReport) -> dict:
    return {
        "id": one.pk, "kind": one.kind, "unit": one.unit.code, "first": one.start, "last": one.last,
        "issued_at": one.issued_at, "actor": str(one.actor or ""), "chain_position": one.chain_position,
        "chain_link": one.chain_link, "url": f"/api/v1/reports/issued/{one.pk}",
    }  # fmt: skip


def line_of(line) -> dict:
    return {
        "slot": line.slot, "indicator": line.code, "issued": line.frozen, "now": line.now,
        "changed": line.changed, "records_then": line.url_then, "records_now": line.url_now,
    }  # fmt: skip
