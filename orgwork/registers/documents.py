"""This room is for documents: the numbered papers that begin and end everything."""

from __future__ import annotations

from typing import Any

from django.db import connections, models
from django.utils.translation import gettext_lazy as _

from orgwork.foundation.fulltext import WordsField

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
    series = models.ForeignKey(
        "registers.NumberSeries",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="papers",
        verbose_name=_("number series"),
    )
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
            ),
            models.UniqueConstraint(fields=["series", "number"], name="number_once_in_its_series"),
            models.CheckConstraint(
                condition=models.Q(series__isnull=True)
                | models.Q(number__isnull=False, issuer__isnull=False, day__isnull=False),
                name="paper_of_a_series_is_counted",
            ),
        ]

    def __str__(self):
        return self.symbol


class DocumentText(models.Model):
    """The text of a paper in one language."""

    document = models.ForeignKey(Document, models.PROTECT, related_name="texts")
    language = models.CharField(max_length=8)
    text = models.TextField()
    source = models.CharField(max_length=300, blank=True)
    words = WordsField(of="text")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["document", "language"], name="one_text_per_language"),
            # Whoever writes past the model says the words, too: nobody finds a text without them.
            models.CheckConstraint(
                condition=~models.Q(words="") | models.Q(text=""), name="text_has_its_words"
            ),
        ]

    def __str__(self):
        return f"{self.document_id} ({self.language})"


# ── nothing of a secret paper but number, kind and day ───────────────────────────────────────────────────

_bare: list[tuple[type[models.Model], str]] = []


def none_of_secret_papers(model: type[models.Model], field: str = "document") -> None:
    """Declare that a table may hold no row of a secret paper: the database itself refuses it.

    The triggers look at another table than their own, which SQLite cannot rename around them: they are taken
    off before every migrate and put on after it (registers/apps.py).
    """
    _bare.append((model, field))


none_of_secret_papers(DocumentText)


def guard_secret_papers(*, using: str = "default", **_sent) -> None:
    """Handler of post_migrate: put the triggers on."""
    with connections[using].cursor() as cursor:
        tables = set(connections[using].introspection.table_names(cursor))
        for model, field in _bare:
            if {model._meta.db_table, Document._meta.db_table} <= tables:
                for statement in _guards(connections[using].vendor, model, field):
                    cursor.execute(statement)


def lift_secret_papers(*, using: str = "default", **_sent) -> None:
    """Handler of pre_migrate: take them off on SQLite."""
    if connections[using].vendor == "sqlite":
        with connections[using].cursor() as cursor:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'bare_%'")
            for (name,) in cursor.fetchall():
                cursor.execute(f'DROP TRIGGER "{name}"')


def _guards(vendor: str, model: type[models.Model], field: str):
    named: Any = model._meta.get_field(field)
    table, column = model._meta.db_table, named.column
    message = "secret_paper_is_bare: of a secret paper only number, kind and day are kept"
    secret = f"EXISTS (SELECT 1 FROM registers_document d WHERE d.id = NEW.{column} AND d.secret)"  # noqa: S608
    if vendor == "sqlite":
        for event in ("INSERT", "UPDATE"):
            yield (
                f'CREATE TRIGGER IF NOT EXISTS "bare_{table}_{event.lower()}" BEFORE {event} ON "{table}"'
                f" WHEN {secret} BEGIN SELECT RAISE(ABORT, '{message}'); END"
            )
        return
    yield (
        f"CREATE OR REPLACE FUNCTION bare_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF {secret} THEN RAISE EXCEPTION '{message}' USING ERRCODE = 'check_violation',"
        " CONSTRAINT = 'secret_paper_is_bare'; END IF; RETURN NEW; END $$"
    )
    yield (
        f'CREATE OR REPLACE TRIGGER "bare_{table}" BEFORE INSERT OR UPDATE ON "{table}"'
        f" FOR EACH ROW EXECUTE FUNCTION bare_{table}()"
    )
