"""This room is for documents: the numbered papers that begin and end everything."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from .record import BYTES


class Document(models.Model):
    """A paper: number, kind and symbol, issuer, day, title.

    ``kind`` is kept apart from the printed ``symbol``, since QĐ stands for two kinds (QĐ 66-QĐ/TW); it may be
    empty (unknown). Of a secret paper only number, kind and day are ever stored.
    """

    number = models.PositiveIntegerField(_("number"), null=True, blank=True)
    symbol = models.CharField(_("number and symbol"), max_length=60)
    kind = models.CharField(_("kind"), max_length=40, blank=True)
    issuer = models.ForeignKey(
        "registers.Unit",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="issued",
        verbose_name=_("issuer"),
    )
    issuer_name = models.CharField(_("issuer in words"), max_length=200, blank=True)
    day = models.DateField(_("day"), null=True, blank=True)
    title = models.CharField(_("title"), max_length=500, blank=True)
    secret = models.BooleanField(_("secret"), default=False)
    folded = models.CharField(max_length=600, blank=True, db_collation=BYTES)
    recorded = models.BigIntegerField(_("recorded"))

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        indexes = [
            models.Index(fields=["issuer", "kind", "number"], name="document_number"),
            models.Index(fields=["day"], name="document_day"),
            models.Index(fields=["symbol"], name="document_symbol"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(secret=False) | models.Q(title=""), name="secret_paper_has_no_title"
            )
        ]

    def __str__(self):
        return self.symbol


class DocumentText(models.Model):
    """The text of a paper in one language."""

    document = models.ForeignKey(Document, models.PROTECT, related_name="texts")
    language = models.CharField(max_length=8)
    text = models.TextField()
    source = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["document", "language"], name="one_text_per_language")]

    def __str__(self):
        return f"{self.document_id} ({self.language})"
