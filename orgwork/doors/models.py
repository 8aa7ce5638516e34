"""This room is for the tables of the doors: failed sign-ins by address, and lists people keep."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class SignInTrouble(models.Model):
    """Failed sign-ins that belong to no account: by address, and by names nobody has.

    Kept under a keyed digest and only until the lock has run out. Has the same two fields as Account, so that
    a name that does not exist answers exactly like one that does.
    """

    key = models.CharField(max_length=64, unique=True)
    failures = models.PositiveIntegerField(default=0)
    locked_until = models.DateTimeField(null=True)
    last_at = models.DateTimeField(auto_now=True, db_index=True)

    def __str__(self):
        return f"{self.failures}"


class SavedView(models.Model):
    """A list with its filters, kept by a person under a name of their own."""

    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views")
    page = models.CharField(max_length=40)
    name = models.CharField(_("name"), max_length=80)
    query = models.CharField(max_length=1000)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "page", "name"],
                name="saved_view_once",
                violation_error_message=_("You already keep a list of this name here; choose another name."),
            )
        ]

    def __str__(self):
        return self.name


class KeptAnswer(models.Model):
    """The answer to a request with an idempotency key, kept in the transaction of the act it answers.

    Numbers and states only, no personal content; forgotten after a week.
    """

    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    key = models.CharField(max_length=100)
    digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    answer = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "key"], name="kept_answer_once")]

    def __str__(self):
        return self.key
