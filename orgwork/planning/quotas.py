"""This room is for staffing quotas: posts paid from the budget, allotted down the tree (domain.md §7.2).

A body's allotment of a year and category is for itself and everything below it; what it keeps back is its
reserve. What it gives on can never be more than the rest. A quota may be cut although people are still there:
then they are over it until a day that is said (five years after a merger at most).
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from orgwork.foundation import provisions
from orgwork.foundation.dates import Period, begin_or_change
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Refusal
from orgwork.foundation.workdays import add_months
from orgwork.procedures.cases import Outcome, cause
from orgwork.procedures.fields import PAPER, Field
from orgwork.procedures.operations import operation
from orgwork.procedures.papers import shown
from orgwork.registers.record import Record, guarded, timed
from orgwork.registers.staffing import StaffCategory
from orgwork.registers.units import Unit, UnitLineage


class StaffingQuota(Record):
    """How many posts a body and all below it may fill in a year, of one category; ``reserve`` of them it
    keeps back. ``tolerated_until`` is the last day on which more people than posts are borne.
    """

    KEY = ("unit", "category", "year")

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="staffing_quotas", verbose_name=_("body"))
    category = models.CharField(_("category"), max_length=12, choices=StaffCategory)
    year = models.PositiveSmallIntegerField(_("year"))
    number = models.PositiveIntegerField(_("posts"))
    reserve = models.PositiveIntegerField(_("of which reserve"), default=0)
    tolerated_until = models.DateField(_("more than that borne until"), null=True)

    class Meta:
        verbose_name = _("staffing quota")
        verbose_name_plural = _("staffing quotas")
        base_manager_name = "versions"
        constraints = [
            *guarded("staffing_quota", "unit", "category", "year"),
            models.CheckConstraint(
                condition=models.Q(reserve__lte=models.F("number")), name="staffing_reserve_within"
            ),
        ]
        indexes = [*timed("staffing_quota")]

    def __str__(self):
        return f"{self.unit_id} {self.category} {self.year}: {self.number}"


class ReductionGoal(Record):
    """By how much a body is to have fewer posts by the end of a year than at the start of the road map, in
    per cent: at least 5 % of cadres and civil servants and 10 % of public employees by 2026 [V:99].
    """

    KEY = ("unit", "category", "year")

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="reduction_goals", verbose_name=_("body"))
    category = models.CharField(_("category"), max_length=12, choices=StaffCategory)
    year = models.PositiveSmallIntegerField(_("year"))
    percent = models.DecimalField(_("fewer posts, in per cent"), max_digits=5, decimal_places=2)

    class Meta:
        verbose_name = _("reduction goal")
        verbose_name_plural = _("reduction goals")
        base_manager_name = "versions"
        constraints = guarded("reduction_goal", "unit", "category", "year")
        indexes = [*timed("reduction_goal")]

    def __str__(self):
        return f"{self.unit_id} {self.category} {self.year}: {self.percent} %"


def whole_year(year: int) -> Period:
    return Period(dt.date(year, 1, 1), dt.date(year + 1, 1, 1))


def possible_year(year: int, day: dt.date, over: Any = "") -> Period:
    """The year for which something is set; ``over`` is what is said of one that has ended."""
    if not 2000 <= year <= 2100:
        raise Refusal(_("Enter the year with four figures, such as 2024."), field="year")
    whole = whole_year(year)
    if whole.end is not None and day >= whole.end:
        over = over or _("The year %(year)s is over; a quota is set before it ends.")
        raise Refusal(over % {"year": year}, field="year", code="year_over")
    return whole


# ── whose part is whose ──────────────────────────────────────────────────────────────────────────────────


def day_of(year: int, day: dt.date) -> dt.date:
    """The day on which a year is judged as seen from another: of a year past its last, to come its first."""
    return min(max(day, dt.date(year, 1, 1)), dt.date(year, 12, 31))


def quotas(category: str, year: int, day: dt.date, known_at=None):
    """The allotments of a year as they hold on the day (of a year past or to come: its last, its first)."""
    rows = StaffingQuota.objects.on(day_of(year, day), known_at=known_at)
    return rows.filter(category=category, year=year)


def taken_from(unit: Unit, category: str, year: int, day: dt.date, known_at=None) -> StaffingQuota | None:
    """The nearest allotment above, of which the body's is a part."""
    line = UnitLineage.objects.on(day, known_at=known_at).filter(descendant=unit, depth__gt=0)
    above = dict(line.values_list("ancestor", "depth"))
    found = quotas(category, year, day, known_at).filter(unit__in=above)
    return min(found, key=lambda quota: above[quota.unit_id], default=None)


def given_on(unit: Unit, category: str, year: int, day: dt.date, known_at=None) -> list[StaffingQuota]:
    """The nearest allotments below: the parts of this body's."""
    below = UnitLineage.objects.on(day, known_at=known_at).filter(ancestor=unit, depth__gt=0)
    rows = quotas(category, year, day, known_at).filter(unit__in=below.values("descendant"))
    found = {quota.unit_id: quota for quota in rows.select_related("unit")}
    if not found:
        return []
    # Only of those that have one: a province has thousands of bodies below it, and few allotments.
    line = UnitLineage.objects.on(day, known_at=known_at).filter(
        ancestor__in=[unit.pk, *found], descendant__in=list(found), depth__gt=0
    )
    depth, inner = {}, set()
    for ancestor, ident, steps in line.values_list("ancestor", "descendant", "depth"):
        if ancestor == unit.pk:
            depth[ident] = steps
        else:
            inner.add(ident)
    parts = [quota for ident, quota in found.items() if ident not in inner]
    return sorted(parts, key=lambda quota: (depth[quota.unit_id], quota.unit_id))


@operation(
    "quota.allot",
    label=_("Allot a staffing quota"),
    act="quota.set",
    at=lambda asked: asked["unit"],
    locks=["unit"],
    day_label=_("Day of the paper"),
    help=_("For the body and everything below it. What it gives on and its reserve are parts of it."),
    citation="QĐ 70-QĐ/TW (2022)",
    fields=[
        Field("unit", "unit", _("Body")),
        Field("category", "choice", _("Category"), choices=lambda: StaffCategory.choices),
        Field("year", "int", _("Year")),
        Field("number", "int", _("Posts")),
        Field("reserve", "int", _("Of which reserve"), required=False, default=0),
        Field(
            "tolerated_until", "day", _("More people than posts are borne until"), required=False,
            help=_("After a merger; empty: they are over the quota from the first day."),
        ),
        PAPER,
    ],
)  # fmt: skip
def allot(act: Act, *, day, unit: Unit, category, year, number, reserve, tolerated_until, document):
    """The posts of a body for a year; another number later holds from the day of its paper on."""
    whole = possible_year(year, day)
    since = max(day, whole.start)
    reserve = reserve or 0
    if reserve > number:
        raise Refusal(
            _("The reserve is a part of the %(number)s posts; it cannot be larger.") % {"number": number},
            field="reserve", code="reserve_too_large",
        )  # fmt: skip
    _refuse_long_tolerance(since, tolerated_until)
    _refuse_above(unit, category, year, since, number)
    _refuse_below(unit, category, year, since, number, reserve)
    key = {"unit": unit, "category": category, "year": year}
    values = {"number": number, "reserve": reserve, "tolerated_until": tolerated_until}
    why = cause("issued", document=document)
    before = begin_or_change(StaffingQuota, act, key, day, values, cause=why, whole=whole)
    said = {"category": category, "year": year, "number": number, "decision": shown(document)}
    said |= {"reserve": reserve} if reserve else {}
    said |= {"until": tolerated_until.isoformat()} if tolerated_until else {}
    said |= {"before": before.number} if before else {}
    return Outcome(subjects=[(("unit", unit.pk), said)], result=number)


def _refuse_long_tolerance(since: dt.date, until: dt.date | None) -> None:
    if until is None:
        return
    years = provisions.on(since)["quota.over_years"].value
    if until < since:
        raise Refusal(
            _("The last day cannot lie before the paper."), field="tolerated_until", code="too_early"
        )
    if until > add_months(since, 12 * years):
        raise Refusal(
            _("More people than posts are borne for %(years)s years at most; choose an earlier day.")
            % {"years": years},
            field="tolerated_until", code="too_long",
        )  # fmt: skip


def _refuse_above(unit, category, year, day, number) -> None:
    """The whole above must hold this part beside its others, and its reserve."""
    above = taken_from(unit, category, year, day)
    if above is None:
        return
    # Two parts set at once are told one after the other: whoever sets one holds the whole.
    Unit.objects.select_for_update(no_key=True).get(pk=above.unit_id)
    above = StaffingQuota.objects.get(pk=above.pk)
    parts = given_on(above.unit, category, year, day)
    mine = {quota.unit_id for quota in given_on(unit, category, year, day)}
    others = sum(part.number for part in parts if part.unit_id != unit.pk and part.unit_id not in mine)
    free = above.number - above.reserve - others
    if number > free:
        raise Refusal(
            _("%(body)s has %(whole)s posts, %(reserve)s in reserve and %(others)s given to others: at most "
              "%(free)s are left.")
            % {"body": above.unit.code, "whole": above.number, "reserve": above.reserve, "others": others,
               "free": max(free, 0)},
            field="number", code="more_than_above",
        )  # fmt: skip


def _refuse_below(unit, category, year, day, number, reserve) -> None:
    """What was given on stays given on: it is cut below before it is cut here."""
    given = sum(part.number for part in given_on(unit, category, year, day))
    if given + reserve > number:
        raise Refusal(
            _("%(given)s posts are given to bodies below, and %(reserve)s kept in reserve: together more "
              "than %(number)s. Cut those below first.")
            % {"given": given, "reserve": reserve, "number": number},
            field="number", code="less_than_below",
        )  # fmt: skip


@operation(
    "quota.goal",
    label=_("Set a goal of the road map of reduction"),
    act="quota.set",
    at=lambda asked: asked["unit"],
    locks=["unit"],
    day_label=_("Day of the paper"),
    help=_("How many per cent fewer posts by the end of the year than at the start of the road map."),
    citation="QĐ 70-QĐ/TW (2022)",
    fields=[
        Field("unit", "unit", _("Body")),
        Field("category", "choice", _("Category"), choices=lambda: StaffCategory.choices),
        Field("year", "int", _("Year")),
        Field("tenths", "int", _("Fewer posts, in tenths of a per cent"), help=_("25 is 2.5 per cent.")),
        PAPER,
    ],
)
def set_goal(act: Act, *, day, unit: Unit, category, year, tenths, document):
    whole = possible_year(year, day)
    if not 0 < tenths <= 1000:
        raise Refusal(_("Between 1 and 1,000 tenths of a per cent."), field="tenths", code="not_a_share")
    key = {"unit": unit, "category": category, "year": year}
    percent = Decimal(tenths) / 10
    why = cause("issued", document=document)
    begin_or_change(ReductionGoal, act, key, day, {"percent": percent}, cause=why, whole=whole)
    said = {"category": category, "year": year, "percent": str(percent), "decision": shown(document)}
    return Outcome(subjects=[(("unit", unit.pk), said)], result=percent)
