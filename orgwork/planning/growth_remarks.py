"""This room is for what a body says about low growth: causes and proposals, quarter by quarter."""

from __future__ import annotations

import re

from django.db import models
from django.utils.translation import gettext_lazy as _

from orgwork.foundation.dates import begin, change
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Refusal
from orgwork.procedures.cases import Outcome, cause
from orgwork.procedures.fields import Field
from orgwork.procedures.operations import operation
from orgwork.registers.record import Record, guarded
from orgwork.registers.units import Unit

QUARTER = re.compile(r"20\d\d-Q[1-4]")


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


@operation(
    "growth.remark",
    label=_("State causes and proposals on growth"),
    act="growth.remark",
    at=lambda asked: asked["unit"],
    locks=["unit"],
    fields=[
        Field("unit", "unit", _("Body")),
        Field("quarter", "text", _("Quarter"), help=_("Year and quarter, such as 2024-Q1.")),
        Field("causes", "words", _("Causes")),
        Field("proposals", "words", _("Proposals"), required=False),
    ],
)
def remark_on_growth(act: Act, *, day, unit: Unit, quarter, causes, proposals):
    """What the body says about its growth in a quarter; said again, the later words hold from then on."""
    if not QUARTER.fullmatch(quarter):
        raise Refusal(_("Write the quarter as year and quarter, such as 2024-Q1."), field="quarter")
    key = {"unit": unit, "quarter": quarter}
    said = {"causes": causes, "proposals": proposals}
    why = cause("other")
    if GrowthRemark.objects.on(day).filter(**key).exists():
        change(GrowthRemark, act, key, day, said, cause=why, for_good=True)
    else:
        later = GrowthRemark.objects.filter(**key, valid_from__gt=day).order_by("valid_from").first()
        begin(GrowthRemark, act, day, until=later.valid_from if later else None, cause=why, **key, **said)
    return Outcome(subjects=[(("unit", unit.pk), {"quarter": quarter, **said})])
