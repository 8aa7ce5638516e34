"""This room is for admission targets: a number per body and year, with the paper that set it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from orgwork.foundation.dates import begin_or_change
from orgwork.foundation.moments import Act
from orgwork.procedures.cases import Outcome, cause
from orgwork.procedures.fields import PAPER, Field
from orgwork.procedures.operations import operation
from orgwork.procedures.papers import shown
from orgwork.registers.record import Record, guarded
from orgwork.registers.units import Unit

from .quotas import possible_year


class AdmissionTarget(Record):
    """How many members a body is to admit in a year. Valid for that year; a changed number is a change."""

    KEY = ("unit", "year")

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="admission_targets", verbose_name=_("body"))
    year = models.PositiveSmallIntegerField(_("year"))
    number = models.PositiveIntegerField(_("members to admit"))

    class Meta:
        verbose_name = _("admission target")
        verbose_name_plural = _("admission targets")
        base_manager_name = "versions"
        constraints = guarded("admission_target", "unit", "year")

    def __str__(self):
        return f"{self.unit_id} {self.year}: {self.number}"


@operation(
    "target.set",
    label=_("Set an admission target"),
    act="target.set",
    at=lambda asked: asked["unit"],
    locks=["unit"],
    day_label=_("Day of the paper"),
    fields=[
        Field("unit", "unit", _("Body")),
        Field("year", "int", _("Year")),
        Field("number", "int", _("Members to admit")),
        PAPER,
    ],
)
def set_target(act: Act, *, day, unit: Unit, year, number, document):
    """The number of a body for a year; another number later holds from the day of its paper on."""
    over = _("The year %(year)s is over; a target is set before it ends. Correct it if it was wrong.")
    whole = possible_year(year, day, over)
    key = {"unit": unit, "year": year}
    why = cause("issued", document=document)
    before = begin_or_change(AdmissionTarget, act, key, day, {"number": number}, cause=why, whole=whole)
    said = {"year": year, "number": number, "decision": shown(document)}
    if before is not None:
        said["before"] = before.number
    return Outcome(subjects=[(("unit", unit.pk), said)], result=number)
