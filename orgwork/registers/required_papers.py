"""This room is for the papers that a body must have: which one of its papers is that paper, since when."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from .documents import Document
from .record import Record, guarded
from .units import Unit


class RequiredPaper(Record):
    """That a paper is what a requirement (a code of provisions/required_papers.yaml) asks of a body.

    Said by people: a title tells nobody for certain that a paper is the body's working rules.
    """

    KEY = ("unit", "requirement")

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="required_papers", verbose_name=_("body"))
    requirement = models.CharField(_("required paper"), max_length=40)
    document = models.ForeignKey(Document, models.PROTECT, related_name="meets", verbose_name=_("paper"))

    class Meta:
        verbose_name = _("required paper of a body")
        base_manager_name = "versions"
        constraints = guarded("required_paper", "unit", "requirement")

    def __str__(self):
        return f"{self.requirement} of {self.unit_id}: {self.document_id}"
