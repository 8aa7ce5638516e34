"""This room is for appointments: who holds which post, since when, by which decision."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from .people import Person
from .posts import Post
from .record import Record, guarded, timed


class Manner(models.TextChoices):
    ELECTED = "elected", _("elected")
    APPOINTED = "appointed", _("appointed")
    DESIGNATED = "designated", _("designated")
    ACTING = "acting", _("acting")


class Appointment(Record):
    """One holder per seat; somebody acting may stand beside a holder who is away."""

    KEY = ("post", "acting")

    post = models.ForeignKey(Post, models.PROTECT, related_name="appointments")
    acting = models.BooleanField(_("acting"), default=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="appointments")
    manner = models.CharField(_("manner"), max_length=12, choices=Manner)

    class Meta:
        verbose_name = _("appointment")
        verbose_name_plural = _("appointments")
        base_manager_name = "versions"
        constraints = guarded("appointment", "post", "acting")
        indexes = [
            models.Index(fields=["person", "valid_from", "valid_to"], name="appointment_person"),
            *timed("appointment"),
        ]

    def __str__(self):
        return f"{self.person_id} as {self.post_id}"
