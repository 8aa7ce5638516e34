"""This room is for mandates lent: somebody stands in for the holder of a post, from a day to a day.

A row is written when the holder offers it and holds from the moment the stand-in accepts; either of them, or
the last day, ends it. What may never be lent is a provision (``lending.never``). Nothing lent is lent on:
``access`` reads mandates lent only from posts that the lender holds on the day of asking.
"""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from orgwork.foundation.constraints import AppendOnly

from .people import Person
from .posts import Post


class Lending(models.Model):
    """The acts of one post, lent to one person for some days; ``acts`` empty: all that may be lent.

    ``offered``, ``accepted`` and ``ended`` are numbers of moments; ``last_day`` includes that day.
    """

    post = models.ForeignKey(Post, models.PROTECT, related_name="lendings", verbose_name=_("post"))
    lender = models.ForeignKey(Person, models.PROTECT, related_name="lent", verbose_name=_("holder"))
    stand_in = models.ForeignKey(Person, models.PROTECT, related_name="borrowed", verbose_name=_("stand-in"))
    acts = models.JSONField(_("acts"), default=list)
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    offered = models.BigIntegerField()
    accepted = models.BigIntegerField(null=True)
    ended = models.BigIntegerField(null=True)
    #: accepted or not, why it has ended: declined | revoked | given_back
    how = models.CharField(_("ended by"), max_length=12, null=True)  # noqa: DJ001  null: not ended, filled once

    class Meta:
        verbose_name = _("mandate lent")
        verbose_name_plural = _("mandates lent")
        constraints = [
            AppendOnly(name="lending_append_only", allow=("accepted", "ended", "how")),
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="lending_days_in_order"),
            models.CheckConstraint(condition=~Q(lender=F("stand_in")), name="lending_to_somebody_else"),
        ]
        indexes = [
            models.Index(
                fields=["stand_in", "last_day"], name="lending_open",
                condition=Q(accepted__isnull=False, ended__isnull=True),
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.post_id}: {self.lender_id} → {self.stand_in_id}"

    def state(self, day: dt.date) -> str:
        """offered | waiting (accepted, its first day lies ahead) | holds | over | declined | revoked | …"""
        if self.ended is not None:
            return self.how or "revoked"
        if day > self.last_day:
            return "over"
        if self.accepted is None:
            return "offered"
        return "holds" if day >= self.first_day else "waiting"


STATES = {
    "offered": _("offered, not accepted yet"),
    "waiting": _("accepted, begins later"),
    "holds": _("holds"),
    "over": _("over"),
    "declined": _("declined"),
    "revoked": _("revoked"),
    "given_back": _("given back"),
}


def borrowed(person: int, day: dt.date) -> list[tuple[int, int, list[str]]]:
    """(post, lender, acts) of what is lent to the person on the day."""
    rows = Lending.objects.filter(
        stand_in=person, accepted__isnull=False, ended__isnull=True, first_day__lte=day, last_day__gte=day
    )
    return list(rows.order_by("pk").values_list("post", "lender", "acts"))
