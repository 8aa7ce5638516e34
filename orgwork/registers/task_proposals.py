"""This room is for tasks read in papers: who is to do what by when, kept until a work programme takes them.

A task proposal is what a reader accepted from a text: it binds nobody yet. It holds from the day of the text
until it is done with; one accepted by mistake is retracted, and what was known before stays to be asked for.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from .record import Record, guarded
from .units import Unit


class TaskProposal(Record):
    """One task as a text says it: ``giver`` tells ``assignee`` (or whom ``assignee_name`` names) ``what``.

    ``due`` is a day; where the text says a year alone, it is that year's last day and ``due_said`` has the
    year. ``text`` is the number of the kept text, ``source`` what that text is called.
    """

    KEY = ("code",)

    code = models.CharField(_("number"), max_length=40)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("body"))
    giver = models.CharField(_("who asks"), max_length=300, blank=True)
    assignee = models.ForeignKey(
        Unit, models.PROTECT, null=True, related_name="+", verbose_name=_("who is to do it")
    )
    assignee_name = models.CharField(_("who is to do it, in words"), max_length=300, blank=True)
    what = models.TextField(_("what"))
    due = models.DateField(_("due"), null=True)
    due_said = models.CharField(_("due, as said"), max_length=20, blank=True)
    source = models.CharField(_("said in"), max_length=300, blank=True)
    text = models.BigIntegerField(_("text"), null=True)

    class Meta:
        verbose_name = _("proposed task")
        verbose_name_plural = _("proposed tasks")
        base_manager_name = "versions"
        constraints = guarded("task_proposal", "code")
        indexes = [
            models.Index(fields=["unit", "valid_from"], name="task_proposal_unit"),
            models.Index(fields=["due"], name="task_proposal_due", condition=models.Q(due__isnull=False)),
        ]

    def __str__(self):
        return f"{self.code}: {self.what[:60]}"
