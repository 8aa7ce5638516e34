"""This room is for functions of bodies: what a body has to do by a paper, and which body has it on which day.

A function is a task given for good ("keeps the register of members"), not a seat and not a piece of work.
Exactly one body has it on any day from its beginning to its end: two at once the database refuses, none is
what ``without_a_body`` finds.
"""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.utils.translation import gettext_lazy as _

from .documents import Document
from .record import Record, guarded, timed
from .units import Unit, UnitPlacement


class BodyFunction(models.Model):
    """A function as it was given: what it is called, and the paper it rests on."""

    name = models.CharField(_("function"), max_length=300)
    paper = models.ForeignKey(
        Document, models.PROTECT, related_name="functions", verbose_name=_("paper it rests on")
    )

    class Meta:
        verbose_name = _("function of bodies")
        verbose_name_plural = _("functions of bodies")

    def __str__(self):
        return self.name


class FunctionHolding(Record):
    """Which body has a function. Handed over it is the same spell; ended it is nobody's any more."""

    KEY = ("function",)

    function = models.ForeignKey(
        BodyFunction, models.PROTECT, related_name="holdings", verbose_name=_("function")
    )
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="functions", verbose_name=_("body"))

    class Meta:
        verbose_name = _("body that has a function")
        verbose_name_plural = _("bodies that have functions")
        base_manager_name = "versions"
        constraints = guarded("function_holding", "function")
        indexes = [
            *timed("function_holding"),
            models.Index(fields=["unit", "valid_from"], name="function_holding_unit"),
        ]

    def __str__(self):
        return f"{self.function_id} @ {self.unit_id}"


def functions_of(
    unit: Unit, day: dt.date, *, known_at: int | None = None
) -> models.QuerySet[FunctionHolding]:
    """The functions that a body has on the day, by their names."""
    rows = FunctionHolding.objects.on(day, known_at=known_at).filter(unit=unit)
    return rows.select_related("function__paper").order_by("function__name", "function")


def without_a_body(day: dt.date) -> models.QuerySet[FunctionHolding]:
    """Functions whose body does not exist on the day: somebody has to be given them."""
    exists = UnitPlacement.objects.on(day).values("unit")
    return FunctionHolding.objects.on(day).exclude(unit__in=exists)
