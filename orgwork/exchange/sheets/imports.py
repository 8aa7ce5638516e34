"""This room is for imports as they are kept: the sheet, its rows with what came of each, remembered headings.

This is a waiting room, not a register: rows change until they are agreed, and are taken away afterwards. They
hold personal data and are shown to whoever brought them, and to nobody else.
"""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Outcome(models.TextChoices):
    """What would come of a row, or of a cell."""

    NEW = "new", _("new")
    CHANGED = "changed", _("changed")
    SAME = "same", _("same")
    DOUBTFUL = "doubtful", _("doubtful")
    REFUSED = "refused", _("refused")
    LEFT_OUT = "left_out", _("left out")


#: Of several outcomes in a row the first one here is the row's.
GRAVEST = (Outcome.REFUSED, Outcome.DOUBTFUL)
#: What application does something with.
EFFECTIVE = (Outcome.NEW, Outcome.CHANGED)


class State(models.TextChoices):
    ASKING = "asking", _("columns to be named")
    READING = "reading", _("being rehearsed")
    REHEARSED = "rehearsed", _("rehearsed")
    APPLYING = "applying", _("being applied")
    APPLIED = "applied", _("applied")
    UNDOING = "undoing", _("being undone")
    UNDONE = "undone", _("undone")
    FAILED = "failed", _("could not be read")
    DISCARDED = "discarded", _("discarded")


def new_code() -> str:
    return uuid.uuid4().hex


class Import(models.Model):
    """One sheet that somebody brought. ``code`` is the batch of everything it writes."""

    code = models.CharField(max_length=32, unique=True, default=new_code)
    kind = models.CharField(_("kind"), max_length=20)
    name = models.CharField(_("file"), max_length=200)
    sheet = models.CharField(_("sheet"), max_length=120, blank=True)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.READING)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(_("brought at"), auto_now_add=True)
    day = models.DateField(_("day"))
    door = models.CharField(max_length=20, default="web")
    file = models.CharField(max_length=200, blank=True)
    #: Headings as they stand, the row they stand in, and which column each was taken for ("" : none).
    heading_row = models.PositiveIntegerField(default=0)
    headings = models.JSONField(default=list)
    mapping = models.JSONField(default=list)
    samples = models.JSONField(default=list)
    #: Answers that hold for the whole sheet: order of days, how changes are meant, the paper.
    options = models.JSONField(default=dict)
    notes = models.JSONField(default=list)
    counts = models.JSONField(default=dict)
    message = models.TextField(_("message"), blank=True)
    job = models.BigIntegerField(null=True)
    seconds = models.FloatField(default=0)
    agreed_at = models.DateTimeField(_("agreed at"), null=True)
    applied_at = models.DateTimeField(_("applied at"), null=True)
    undone_at = models.DateTimeField(_("undone at"), null=True)
    forgotten_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        indexes = [models.Index(fields=["created_by", "-id"], name="import_of")]

    def __str__(self):
        return self.name

    @property
    def under_way(self) -> bool:
        return self.state in {State.READING, State.APPLYING, State.UNDOING}

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def effective(self) -> int:
        return sum(self.counts.get(one, 0) for one in EFFECTIVE)


class ImportRow(models.Model):
    """One row of the sheet: its cells as they stand, what came of it, and what somebody decided about it.

    ``remarks`` are [column, outcome, code, parameters]; ``answers`` what was decided ("another", "same:17",
    "take", "leave"); ``refs`` what application made or touched, ``before`` what is put back by an undo.
    """

    sheet = models.ForeignKey(Import, models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField(_("row"))
    cells = models.JSONField(default=dict)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome, default=Outcome.NEW)
    remarks = models.JSONField(default=list)
    answers = models.JSONField(default=dict)
    refs = models.JSONField(default=dict)
    before = models.JSONField(default=dict)
    moment = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = _("row of an import")
        verbose_name_plural = _("rows of imports")
        constraints = [models.UniqueConstraint(fields=["sheet", "number"], name="import_row_once")]
        indexes = [models.Index(fields=["sheet", "outcome", "number"], name="import_row_outcome")]

    def __str__(self):
        return f"{self.sheet_id}: {self.number}"


class Layout(models.Model):
    """Headings that a body was asked about once: which column each is. Nothing of a sheet's content."""

    unit = models.ForeignKey("registers.Unit", models.CASCADE, null=True, related_name="+")
    kind = models.CharField(max_length=20)
    fingerprint = models.CharField(max_length=64)
    mapping = models.JSONField(default=list)

    class Meta:
        verbose_name = _("remembered headings")
        verbose_name_plural = _("remembered headings")
        constraints = [models.UniqueConstraint(fields=["unit", "kind", "fingerprint"], name="layout_once")]

    def __str__(self):
        return f"{self.kind} {self.fingerprint[:8]}"
