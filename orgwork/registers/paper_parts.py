"""This room is for parts of papers that others put into effect one by one: tasks, breakthroughs, articles."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import models
from django.utils.translation import gettext_lazy as _

from .documents import Document, none_of_secret_papers
from .record import Record, guarded


class PartKind(models.TextChoices):
    ARTICLE = "article", _("article")
    SECTION = "section", _("section")
    VIEWPOINT = "viewpoint", _("guiding view")
    TARGET = "target", _("target")
    TASK = "task", _("task")
    KEY_TASK = "key_task", _("key task")
    BREAKTHROUGH = "breakthrough", _("breakthrough")


class DocumentPart(Record):
    """A part of a paper with its number and title: "key task 2". Relations name it by ``address``."""

    KEY = ("document", "kind", "number")

    document = models.ForeignKey(Document, models.PROTECT, related_name="parts")
    kind = models.CharField(_("kind of part"), max_length=20, choices=PartKind)
    number = models.PositiveSmallIntegerField(_("number"))
    title = models.CharField(_("title"), max_length=500)

    class Meta:
        verbose_name = _("part of a paper")
        verbose_name_plural = _("parts of papers")
        base_manager_name = "versions"
        constraints = guarded("document_part", "document", "kind", "number")

    def __str__(self):
        return self.address

    @property
    def address(self) -> str:
        """How relations and addresses name it: ``key_task.2``."""
        return f"{self.kind}.{self.number}"


none_of_secret_papers(DocumentPart)


def parts_of(paper: Document, day: dt.date, *, known_at: int | None = None) -> list[DocumentPart]:
    """The parts of a paper in the order of their kinds and numbers."""
    order = list(PartKind.values)
    rows = DocumentPart.objects.on(day, known_at=known_at).filter(document=paper)
    return sorted(rows, key=lambda one: (order.index(one.kind), one.number))


def said(address: str) -> str:
    """An address in the reader's words: "key task 2"."""
    kind, _point, number = address.partition(".")
    return f"{PartKind(kind).label} {number}" if kind in PartKind.values else address


def read(text: str, known: Iterable[DocumentPart]) -> str | None:
    """The address that a person wrote: the address itself, or kind and number in words; None if unknown."""
    wanted = " ".join(text.casefold().split())
    for one in known:
        if wanted in (one.address, said(one.address).casefold()):
            return one.address
    return None
