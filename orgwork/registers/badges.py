"""This room is for party badges: who was awarded which, for how many years of membership, which are lost."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from .people import Person
from .record import Record, guarded, timed


class BadgeManner(models.TextChoices):
    USUAL = "usual", _("when the years were reached")
    EARLY = "early", _("early, because of serious illness")
    POSTHUMOUS = "posthumous", _("posthumously")


class MemberBadge(Record):
    """A badge for years of membership, from the award day on; it ends when it is lost or taken back."""

    KEY = ("person", "years")

    person = models.ForeignKey(Person, models.PROTECT, related_name="badges")
    years = models.PositiveSmallIntegerField(_("years of membership"))
    number = models.CharField(_("badge number"), max_length=20, blank=True)
    manner = models.CharField(_("manner"), max_length=12, choices=BadgeManner, default=BadgeManner.USUAL)

    class Meta:
        verbose_name = _("party badge")
        verbose_name_plural = _("party badges")
        base_manager_name = "versions"
        constraints = guarded("member_badge", "person", "years")
        indexes = [models.Index(fields=["valid_from", "years"], name="badge_days"), *timed("badge")]

    def __str__(self):
        return f"{self.person_id}: {self.years}"
