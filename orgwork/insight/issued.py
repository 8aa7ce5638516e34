"""This room is for issued reports: frozen values and keys, which still open years later."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from orgwork.foundation.constraints import AppendOnly
from orgwork.registers.units import Unit


class IssuedReport(models.Model):
    """A report as issued: computed at one horizon, with the head of the journal's chain at that moment."""

    kind = models.CharField(_("kind"), max_length=40)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="issued_reports", verbose_name=_("body"))
    start = models.DateField(_("first day"))
    last = models.DateField(_("last day"))
    known_at = models.BigIntegerField(_("known at"))
    moment = models.BigIntegerField()
    issued_at = models.DateTimeField(_("issued at"))
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    chain_position = models.BigIntegerField(default=0)
    chain_link = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = _("issued report")
        verbose_name_plural = _("issued reports")
        constraints = [AppendOnly(name="issued_report_append_only", allow=())]

    def __str__(self):
        return f"{self.kind} {self.unit_id} {self.start}–{self.last}"


class FrozenFigure(models.Model):
    """One figure of an issued report: indicator, scope, options, and the value as issued."""

    report = models.ForeignKey(IssuedReport, models.PROTECT, related_name="figures")
    slot = models.CharField(max_length=60)
    indicator = models.CharField(max_length=80)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    options = models.JSONField(default=dict)
    value = models.DecimalField(max_digits=18, decimal_places=4, null=True)
    definition = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["report", "slot"], name="frozen_figure_slot"),
            AppendOnly(name="frozen_figure_append_only", allow=()),
        ]

    def __str__(self):
        return f"{self.slot}: {self.value}"


class FrozenKey(models.Model):
    """One record counted: a spell and the day of its event (identity, never a row)."""

    figure = models.ForeignKey(FrozenFigure, models.PROTECT, related_name="keys")
    spell = models.BigIntegerField()
    event = models.DateField(null=True)

    class Meta:
        constraints = [AppendOnly(name="frozen_key_append_only", allow=())]
        indexes = [models.Index(fields=["figure", "spell"], name="frozen_key_figure")]

    def __str__(self):
        return f"{self.spell}"


def printed_heads() -> list[tuple[int, str]]:
    """The heads of the journal's chain that issued reports have carried out of the house.

    Handed to ``journal.verify``: whoever writes the whole chain anew does not pass through them.
    """
    return list(IssuedReport.objects.filter(chain_position__gt=0).values_list("chain_position", "chain_link"))
