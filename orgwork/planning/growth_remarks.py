"""This room is for what a body says about low growth: causes and proposals, quarter by quarter."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from orgwork.registers.record import Record, guarded
from orgwork.registers.units import Unit


class GrowthRemark(Record):
    """Causes and proposals of a body for one quarter (report 002). Valid from the day it was said."""

    KEY = ("unit", "quarter")

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="growth_remarks", verbose_name=_("body"))
    quarter = models.CharField(_("quarter"), max_length=7)  # 2024-Q1
    causes = models.TextField(_("causes"))
    proposals = models.TextField(_("proposals"), blank=True)

    class Meta:
        verbose_name = _("remark on growth")
        verbose_name_plural = _("remarks on growth")
        base_manager_name = "versions"
        constraints = guarded("growth_remark", "unit", "quarter")

    def __str__(self):
        return f"{self.unit_id} {self.quarter}"
