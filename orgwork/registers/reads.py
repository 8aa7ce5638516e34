"""This room is for reads: who looked at another person's records. What members read is not recorded."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from orgwork.foundation.constraints import AppendOnly


class ReadLog(models.Model):
    """One look at another person's records; the person may see it (design §5)."""

    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"), auto_now_add=True)
    door = models.CharField(_("door"), max_length=20)
    act = models.CharField(_("act"), max_length=40)
    person = models.ForeignKey("registers.Person", models.PROTECT, null=True, related_name="reads")
    # Lists and exports: how many records were handed out, and from where.
    unit = models.ForeignKey("registers.Unit", models.PROTECT, null=True, related_name="+")
    count = models.PositiveIntegerField(_("records"), default=1)

    class Meta:
        verbose_name = _("read")
        verbose_name_plural = _("reads")
        constraints = [AppendOnly(name="read_append_only", allow=())]
        indexes = [models.Index(fields=["person", "at"], name="read_of_person")]

    def __str__(self):
        return f"{self.account_id} {self.act} {self.person_id or self.unit_id}"


def note_read(account, act: str, *, door: str, person=None, unit=None, count: int = 1) -> None:
    """Write down that somebody looked at another person's records; nothing is noted for one's own file."""
    from .access import person_of

    if account is None or (person is not None and person_of(account) == getattr(person, "pk", person)):
        return
    ReadLog.objects.create(account=account, act=act, door=door, person=person, unit=unit, count=count)
