"""This room is for admission targets: a number per body and year, with the paper that set it."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.utils.translation import gettext_lazy as _

from orgwork.foundation.dates import Period, begin, change
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Refusal
from orgwork.procedures.cases import Outcome, cause
from orgwork.procedures.fields import PAPER, Field
from orgwork.procedures.operations import operation
from orgwork.procedures.papers import shown
from orgwork.registers.record import Record, guarded
from orgwork.registers.units import Unit


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
    if not 2000 <= year <= 2100:
        raise Refusal(_("Enter the year with four figures, such as 2024."), field="year")
    whole = Period(dt.date(year, 1, 1), dt.date(year + 1, 1, 1))
    if whole.end is not None and day >= whole.end:
        raise Refusal(
            _("The year %(year)s is over; a target is set before it ends. Correct it if it was wrong.")
            % {"year": year},
            field="year",
            code="year_over",
        )
    key = {"unit": unit, "year": year}
    why = cause("issued", document=document)
    before = AdmissionTarget.objects.during(whole).filter(**key).order_by("-valid_from").first()
    if before is None:
        begin(AdmissionTarget, act, whole.start, until=whole.end, number=number, cause=why, **key)
    else:
        since = max(day, whole.start)
        change(AdmissionTarget, act, key, since, {"number": number}, cause=why, for_good=True)
    said = {"year": year, "number": number, "decision": shown(document)}
    if before is not None:
        said["before"] = before.number
    return Outcome(subjects=[(("unit", unit.pk), said)], result=number)
