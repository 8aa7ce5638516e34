"""This room is for the tables of signing in: second factors, sessions, tokens, resets, ties to a provider.

None of them gives a power, and none holds a secret in the clear: a token is kept as its digest, a one-time
code's key is enciphered, a passkey is a public key.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class FactorKind(models.TextChoices):
    CODE = "code", _("one-time codes")
    PASSKEY = "passkey", _("passkey")
    RECOVERY = "recovery", _("recovery code")


class SecondFactor(models.Model):
    """Something its owner has beside the password. ``counter`` keeps what was used from being used again."""

    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="factors")
    kind = models.CharField(_("kind"), max_length=10, choices=FactorKind.choices)
    name = models.CharField(_("name"), max_length=60, blank=True)
    #: code: the key, enciphered; passkey: its public key; recovery: a keyed digest.
    secret = models.TextField()
    #: passkey: the digest of its number, which may be longer than an index takes.
    credential = models.CharField(max_length=64, null=True, unique=True)  # noqa: DJ001  unique where there is one
    counter = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(_("since"), auto_now_add=True)
    used_at = models.DateTimeField(_("last used"), null=True)

    class Meta:
        verbose_name = _("second factor")
        verbose_name_plural = _("second factors")
        constraints = [
            models.UniqueConstraint(
                fields=["account"],
                condition=models.Q(kind="code"),
                name="one_source_of_codes",
                violation_error_message=_("One-time codes are set up already; remove them first."),
            )
        ]
        indexes = [models.Index(fields=["account", "kind"], name="factor_of")]

    def __str__(self):
        return self.name or str(FactorKind(self.kind).label)


class SignedIn(models.Model):
    """A session as its owner sees it: with what device, from where roughly, since when, last seen when."""

    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="sessions")
    session = models.CharField(max_length=40, unique=True)
    how = models.CharField(_("how"), max_length=20)
    device = models.CharField(_("device"), max_length=60, blank=True)
    #: Never whole: the last part of the address is cut off before it is written.
    address = models.CharField(_("from"), max_length=45, blank=True)
    since = models.DateTimeField(_("since"))
    seen = models.DateTimeField(_("last seen"), db_index=True)

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        indexes = [models.Index(fields=["account", "seen"], name="session_of")]

    def __str__(self):
        return self.device or self.how


class TokenScope(models.TextChoices):
    READ = "read", _("read")
    WRITE = "write", _("read and write")
    SCIM = "scim", _("provide accounts (SCIM)")


class ApiToken(models.Model):
    """A key for programs: shown once, kept as a digest, ends by itself on a day."""

    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="tokens")
    name = models.CharField(_("name"), max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    #: Its first letters, by which the owner knows it again.
    shown = models.CharField(max_length=12)
    scope = models.CharField(_("may"), max_length=10, choices=TokenScope.choices)
    created_at = models.DateTimeField(_("made"), auto_now_add=True)
    expires_on = models.DateField(_("ends on"))
    used_at = models.DateTimeField(_("last used"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        constraints = [
            models.CheckConstraint(
                # Without an account only the operator's key for SCIM.
                condition=models.Q(account__isnull=False) | models.Q(scope="scim"),
                name="token_has_an_owner",
            )
        ]

    def __str__(self):
        return self.name

    def live(self) -> bool:
        """Its last day is counted in."""
        return self.ended_at is None and self.expires_on >= timezone.localdate()


class ResetCode(models.Model):
    """A code handed over by the help desk, good once, for a new password."""

    account = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="reset")
    digest = models.CharField(max_length=64)
    expires_at = models.DateTimeField()

    def __str__(self):
        return f"{self.account_id}"


class NoticeKind(models.TextChoices):
    RESET = "reset", _("your sign-in was reset by the help desk")
    PASSWORD = "password", _("you were given a new password")  # noqa: S105
    FACTOR_REMOVED = "factor_removed", _("a second factor was removed")
    RECOVERY_USED = "recovery_used", _("a recovery code was used")


class Notice(models.Model):
    """What happened to the sign-in, told to its owner at the next one."""

    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=20, choices=NoticeKind.choices)
    at = models.DateTimeField(auto_now_add=True)
    by = models.CharField(max_length=200, blank=True)
    told_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["account"], name="notice_to", condition=models.Q(told_at__isnull=True))
        ]

    def __str__(self):
        return self.kind


class ProviderTie(models.Model):
    """The account of a subject at a provider of sign-ins. Nothing else joins them: no name, no e-mail."""

    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="ties")
    issuer = models.CharField(_("provider"), max_length=300)
    subject = models.CharField(_("subject"), max_length=255)

    class Meta:
        verbose_name = _("tie to a provider")
        verbose_name_plural = _("ties to a provider")
        constraints = [
            models.UniqueConstraint(
                fields=["issuer", "subject"],
                name="one_account_of_a_subject",
                violation_error_message=_("This subject of the provider already has an account here."),
            ),
            models.UniqueConstraint(
                fields=["issuer", "account"],
                name="one_subject_of_an_account",
                violation_error_message=_("This account already has a subject at the provider."),
            ),
        ]

    def __str__(self):
        return self.subject
