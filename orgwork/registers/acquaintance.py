"""This room is for who has been made acquainted with a paper and studied it: by body, in numbers of people.

Numbers only, never who came: attendance is no score (mission.md). A body says on which day, in which form,
how many of how many members; the body above may ask for it by a day.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from .documents import Document
from .record import Record, guarded
from .units import Unit


class StudyForm(models.TextChoices):
    CONFERENCE = "conference", _("conference")
    ONLINE = "online", _("online conference")
    MEETING = "meeting", _("in the monthly meeting")
    COURSE = "course", _("course")
    READING = "reading", _("reading the paper oneself")
    OTHER = "other", _("another form")


class Acquaintance(Record):
    """That on a day a body made its members acquainted with a paper: how many of those to be reached.

    ``for_all`` says that it was held for the members of all bodies below as well.
    """

    KEY = ("document", "unit", "held", "form")

    document = models.ForeignKey(
        Document, models.PROTECT, related_name="acquaintances", verbose_name=_("paper")
    )
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="acquaintances", verbose_name=_("body"))
    held = models.DateField(_("held on"))
    form = models.CharField(_("form"), max_length=12, choices=StudyForm)
    invited = models.PositiveIntegerField(_("members to be reached"))
    reached = models.PositiveIntegerField(_("members reached"))
    others = models.PositiveIntegerField(_("others who took part"), default=0)
    for_all = models.BooleanField(_("for all bodies below"), default=False)

    class Meta:
        verbose_name = _("acquaintance with a paper")
        verbose_name_plural = _("acquaintance with papers")
        base_manager_name = "versions"
        constraints = [
            *guarded("acquaintance", "document", "unit", "held", "form"),
            models.CheckConstraint(
                condition=Q(reached__lte=F("invited")), name="acquaintance_reached_of_invited"
            ),
        ]
        indexes = [models.Index(fields=["unit", "held"], name="acquaintance_unit")]

    def __str__(self):
        return f"{self.document_id} at {self.unit_id}: {self.reached}/{self.invited}"


class AcquaintanceCall(Record):
    """That a body asks all bodies below it to study a paper by a day."""

    KEY = ("document", "unit")

    document = models.ForeignKey(Document, models.PROTECT, related_name="to_study", verbose_name=_("paper"))
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("body that asks"))
    due = models.DateField(_("to be studied by"))

    class Meta:
        verbose_name = _("call to study a paper")
        base_manager_name = "versions"
        constraints = guarded("acquaintance_call", "document", "unit")

    def __str__(self):
        return f"{self.document_id} under {self.unit_id} by {self.due}"
