"""This room is for admission targets: a number per body and year, with the paper that set it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

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
