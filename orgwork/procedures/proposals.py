"""This room is for proposals: what one person wants done, waiting for a second one (four_eyes.py)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from orgwork.registers.people import Person
from orgwork.registers.units import Unit

from .cases import Case


class ProposalState(models.TextChoices):
    WAITING = "waiting", _("waiting for a second person")
    CONFIRMED = "confirmed", _("confirmed and done")
    DECLINED = "declined", _("declined")
    WITHDRAWN = "withdrawn", _("withdrawn")
    EXPIRED = "expired", _("expired")


class Proposal(models.Model):
    """One act with all that was filled in. ``inputs`` go when it is decided: what was done stands in the
    registers and the journal, what was not done stands nowhere.
    """

    verb = models.CharField(_("act"), max_length=60)
    act = models.CharField(_("power"), max_length=40)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+", verbose_name=_("body"))
    person = models.ForeignKey(
        Person, models.PROTECT, null=True, related_name="proposals", verbose_name=_("about")
    )
    case = models.ForeignKey(Case, models.PROTECT, null=True, related_name="+", verbose_name=_("case"))
    day = models.DateField(_("day"))
    inputs = models.JSONField(_("what was filled in"), default=dict)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("proposed by")
    )
    #: Whose post it was, when the proposer stood in for somebody.
    made_for = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    moment = models.BigIntegerField()
    made_on = models.DateField(_("proposed on"))
    expires_on = models.DateField(_("waits until"))
    state = models.CharField(_("state"), max_length=10, choices=ProposalState, default=ProposalState.WAITING)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("decided by")
    )
    decided_on = models.DateField(_("decided on"), null=True)
    remark = models.TextField(_("reason"), blank=True)

    class Meta:
        verbose_name = _("proposal")
        verbose_name_plural = _("proposals")
        indexes = [
            models.Index(fields=["expires_on"], name="proposal_waiting", condition=models.Q(state="waiting"))
        ]
        constraints = [
            # Nobody is their own second person, whatever a door forgets to ask.
            models.CheckConstraint(
                condition=~models.Q(state="confirmed")
                | models.Q(made_by__isnull=True)
                | ~models.Q(decided_by=models.F("made_by")),
                name="proposal_confirmed_by_another",
            )
        ]

    def __str__(self):
        return f"{self.verb} {self.pk}"
