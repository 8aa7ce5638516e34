"""This room is for holds: somebody's records must not be erased for a time, whatever a period says.

A court, an inspection or a complaint asks for them. A hold has a reason and always an end; a provision says
how far that may lie ahead. The person sees it in their own file.
"""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.utils.translation import gettext_lazy as _

from .people import Person
from .record import Record, guarded


class ErasureHold(Record):
    """Nothing of the person is erased while it holds."""

    KEY = ("person",)

    person = models.ForeignKey(Person, models.PROTECT, related_name="holds")
    reason = models.TextField(_("reason"))

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        base_manager_name = "versions"
        constraints = guarded("erasure_hold", "person")

    def __str__(self):
        return f"{self.person_id} until {self.valid_to}"


def held(person, day: dt.date) -> ErasureHold | None:
    """The hold that stops erasure on the day, if there is one."""
    return ErasureHold.objects.on(day).filter(person=person).first()
