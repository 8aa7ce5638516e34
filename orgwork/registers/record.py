"""This room is for records: dated facts that say which decision began and which ended them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from orgwork.foundation.constraints import AppendOnly, NoOverlap
from orgwork.foundation.dates import Dated, Fact, HeldManager

#: The order of folded text and codes, the same on both engines: SQLite brings this collation, PostgreSQL is
#: given it under the same name (foundation migration 0002).
BYTES = "BINARY"


class Cause(models.Model):
    """Why something began or ended: the kind (a code of provisions/causes.yaml), the paper, the case.

    ``text`` is for a reason in words; it is personal content and goes when the person is erased.
    """

    kind = models.CharField(_("reason"), max_length=30)
    document = models.ForeignKey(
        "registers.Document", models.PROTECT, null=True, related_name="caused", verbose_name=_("document")
    )
    case = models.BigIntegerField(_("case"), null=True)
    text = models.TextField(_("reason in words"), blank=True)

    class Meta:
        verbose_name = _("cause")
        verbose_name_plural = _("causes")
        constraints = [AppendOnly(name="cause_append_only", allow=())]
        indexes = [
            models.Index(fields=["kind"], name="cause_kind"),
            models.Index(fields=["case"], name="cause_case", condition=models.Q(case__isnull=False)),
        ]

    def __str__(self):
        return self.kind


class Record(Fact):
    """A fact of the registers. Its boundaries carry the causes that ``begun_in`` and ``ended_in`` count."""

    begun_by = models.ForeignKey(Cause, models.PROTECT, null=True, related_name="+")
    ended_by = models.ForeignKey(Cause, models.PROTECT, null=True, related_name="+")

    class Meta:
        abstract = True
        base_manager_name = "versions"


def guarded(name: str, *key: str) -> list:
    """The constraints every dated table has: append-only, days in order, and (with a key) no overlap."""
    checks = [
        AppendOnly(name=f"{name}_append_only"),
        models.CheckConstraint(
            condition=models.Q(valid_to__isnull=True) | models.Q(valid_to__gt=models.F("valid_from")),
            name=f"{name}_days_in_order",
        ),
    ]
    if key:
        checks.append(NoOverlap(name=f"{name}_no_overlap", fields=key))
    return checks


def timed(name: str) -> list[models.Index]:
    """The indexes by which it is found quickly what was recorded or retracted between two moments."""
    return [
        models.Index(fields=["recorded"], name=f"{name}_recorded"),
        models.Index(
            fields=["retracted"], name=f"{name}_retracted", condition=models.Q(retracted__isnull=False)
        ),
    ]


__all__ = ["BYTES", "Cause", "Dated", "HeldManager", "Record", "guarded", "timed"]
