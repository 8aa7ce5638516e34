"""This room is for texts that are kept, with what was found in each: proposals, until a person decides.

A text belongs to a body, and only who may read texts there may read it. It is kept once for each body: who
brings it again comes to the one that is there, so that nothing dismissed is proposed again. A find's ``said``
is what was read, ``outcome`` what came of it; nothing in the registers changes before a find is accepted.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from orgwork.registers.documents import Document
from orgwork.registers.units import Unit

from .finds import Citation, Figure, Find, Mention, Reading, Task


class Kind(models.TextChoices):
    DOCUMENT = "document", _("paper")
    PERSON = "person", _("person")
    FIGURE = "figure", _("figure")
    TASK = "task", _("instruction")


class State(models.TextChoices):
    OPEN = "open", _("open")
    ACCEPTED = "accepted", _("accepted")
    DISMISSED = "dismissed", _("dismissed")


#: The lists of a reading, by the kind of their finds.
LISTS = {
    Kind.DOCUMENT: "documents",
    Kind.PERSON: "persons",
    Kind.FIGURE: "figures",
    Kind.TASK: "tasks",
}


class KeptText(models.Model):
    """One text as it was brought; ``checksum`` is that of its letters, ``file_checksum`` that of the file.

    ``day`` is the day the text speaks from: figures without a day of their own are compared on it.
    ``read_with`` says with which lexicons and rules it was read the last time.
    """

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("body"))
    title = models.CharField(_("title"), max_length=300)
    day = models.DateField(_("day"))
    language = models.CharField(_("language"), max_length=2)
    text = models.TextField(_("text"))
    checksum = models.CharField(_("checksum"), max_length=64)
    file_name = models.CharField(_("file"), max_length=200, blank=True)
    file_checksum = models.CharField(_("checksum of the file"), max_length=64, blank=True)
    read_with = models.CharField(_("read with"), max_length=16)
    kept_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("brought by")
    )
    kept_at = models.DateTimeField(_("brought at"))
    moment = models.BigIntegerField()
    forgotten_at = models.DateTimeField(_("emptied at"), null=True)

    class Meta:
        verbose_name = _("kept text")
        verbose_name_plural = _("kept texts")
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "checksum"], name="text_kept_once", condition=models.Q(forgotten_at=None)
            )
        ]
        indexes = [models.Index(fields=["unit", "day"], name="kept_text_unit")]

    def __str__(self):
        return self.title


class TextFind(models.Model):
    """One thing found in a kept text, at its place (code points, half-open), and what was decided of it.

    Two finds are the same when they lie at the same place and say the same: kind, start, end and ``norm``.
    """

    text = models.ForeignKey(KeptText, models.CASCADE, related_name="finds")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    norm = models.CharField(max_length=300, blank=True)
    said = models.JSONField(default=dict)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.OPEN)
    outcome = models.JSONField(default=dict)
    paper = models.ForeignKey(Document, models.PROTECT, null=True, related_name="+")
    #: Number of the proposed task (registers/task_proposals.py); its row changes, its number does not.
    task = models.CharField(max_length=40, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = _("find in a text")
        verbose_name_plural = _("finds in texts")
        constraints = [
            models.UniqueConstraint(fields=["text", "kind", "start", "end", "norm"], name="find_once"),
            models.CheckConstraint(condition=models.Q(end__gt=models.F("start")), name="find_has_a_place"),
        ]
        indexes = [models.Index(fields=["text", "start", "id"], name="find_in_order")]

    def __str__(self):
        return f"{self.kind} {self.start}–{self.end}"

    @property
    def key(self) -> tuple[str, int, int, str]:
        return self.kind, self.start, self.end, self.norm

    @property
    def surface(self) -> str:
        return self.said.get("surface", "")


def checksum(content: str | bytes) -> str:
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()


@cache
def version() -> str:
    """Of lexicons and rules together: another one reads again, and may find more."""
    here = Path(__file__).resolve().parent
    said = hashlib.sha256()
    for path in sorted([*here.glob("*.py"), *(here / "lexicon").glob("*.yaml")]):
        said.update(path.name.encode() + path.read_bytes())
    return said.hexdigest()[:16]


def found_in(reading: Reading) -> Iterable[tuple[Kind, Find]]:
    for kind, name in LISTS.items():
        for find in getattr(reading, name):
            yield kind, find


def norm_of(find: Find) -> str:
    """What a find says, for telling whether two are the same."""
    if isinstance(find, Citation):
        return find.norm or ""
    if isinstance(find, Mention):
        return find.name_norm
    if isinstance(find, Figure):
        return " ".join(str(part) for part in (find.value, find.of, find.qualifier) if part is not None)
    if isinstance(find, Task):
        return find.due or ""
    return ""


def rows_of(text: KeptText, reading: Reading) -> list[TextFind]:
    """The finds of a reading as rows, not written yet; the same find twice is one."""
    rows: dict[tuple, TextFind] = {}
    for kind, find in found_in(reading):
        row = TextFind(
            text=text, kind=kind, start=find.start, end=find.end, norm=norm_of(find)[:300],
            said=find.as_json(),
        )  # fmt: skip
        rows.setdefault(row.key, row)
    return list(rows.values())


def counts(text: KeptText) -> dict[str, dict[str, int]]:
    """How many finds of each kind are in each state."""
    out: dict[str, dict[str, int]] = {kind.value: dict.fromkeys(State.values, 0) for kind in Kind}
    rows = text.finds.order_by().values_list("kind", "state").annotate(n=models.Count("pk"))
    for kind, state, number in rows:
        out[kind][state] = number
    return out


def first_day() -> dt.date:
    """No text that is kept speaks from before."""
    return dt.date(1930, 1, 1)


def plain(values: dict[str, Any]) -> dict[str, Any]:
    """What JSON can hold: days as ISO 8601, empty values left out."""
    return {
        key: value.isoformat() if isinstance(value, dt.date) else value
        for key, value in values.items()
        if value not in (None, "", [], {}) and value is not False
    }
