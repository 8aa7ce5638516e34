"""This room is for incoming papers: the book that every office works from, one for each body and year."""

from __future__ import annotations

import datetime as dt
import zlib
from collections.abc import Collection

from django.db import connection, models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from orgwork.foundation.constraints import AppendOnly
from orgwork.foundation.rows import Statement, together

from .documents import Document
from .people import Person
from .posts import Post
from .record import BYTES, Record, guarded
from .units import Unit

#: PostgreSQL advisory locks of the books, one for each body and year; taken last, as all number series are.
BOOKS = 97


class IncomingState(models.TextChoices):
    WAITING = "waiting", _("waits for the head's note")
    ASSIGNED = "assigned", _("to be answered")
    ANSWERED = "answered", _("answered")
    CLOSED = "closed", _("closed without answer")
    CANCELLED = "cancelled", _("entered by mistake")


#: An entry in one of these is still to be dealt with.
OPEN = (IncomingState.WAITING, IncomingState.ASSIGNED)


class IncomingNumber(models.Model):
    """The number of an entry in the book of a body and year: from 1 on, without gaps, never used twice.

    A number stays in the book when its entry turns out to have been a mistake.
    """

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("body"))
    year = models.PositiveSmallIntegerField(_("year"))
    number = models.PositiveIntegerField(_("number"))
    recorded = models.BigIntegerField(_("recorded"))

    class Meta:
        verbose_name = _("number of an incoming paper")
        constraints = [
            models.UniqueConstraint(fields=["unit", "year", "number"], name="incoming_number_once"),
            AppendOnly(name="incoming_number_append_only", allow=()),
        ]

    def __str__(self):
        return f"{self.number}/{self.year}"


class IncomingPaper(Record):
    """What the book says of one entry from a day on: the paper, who answers by when, what became of it.

    It holds from the day of receipt. ``unit``, ``year`` and ``number`` are those of the entry, so that the
    book is one question. Of a secret paper there is number, kind and day only, for everybody.
    """

    KEY = ("entry",)

    entry = models.ForeignKey(IncomingNumber, models.PROTECT, related_name="states", verbose_name=_("entry"))
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="incoming", verbose_name=_("body"))
    year = models.PositiveSmallIntegerField(_("year"))
    number = models.PositiveIntegerField(_("incoming number"))
    received = models.DateField(_("received on"))
    sender = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+", verbose_name=_("from"))
    sender_name = models.CharField(_("sender in words"), max_length=200, blank=True)
    document = models.ForeignKey(
        Document, models.PROTECT, null=True, related_name="received_as", verbose_name=_("paper")
    )
    symbol = models.CharField(_("number and symbol"), max_length=60, blank=True)
    kind = models.CharField(_("kind"), max_length=40, blank=True)
    paper_day = models.DateField(_("day of the paper"), null=True)
    title = models.CharField(_("title"), max_length=500, blank=True)
    secret = models.BooleanField(_("secret"), default=False)
    copied_to = models.CharField(_("copies to, in words"), max_length=300, blank=True)
    state = models.CharField(_("state"), max_length=12, choices=IncomingState, default=IncomingState.WAITING)
    note = models.TextField(_("the head's note"), blank=True)
    by_unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, related_name="+", verbose_name=_("body that answers")
    )
    by_post = models.ForeignKey(
        Post, models.PROTECT, null=True, related_name="+", verbose_name=_("post that answers")
    )
    by_person = models.ForeignKey(
        Person, models.PROTECT, null=True, related_name="to_answer", verbose_name=_("person who answers")
    )
    due = models.DateField(_("to be answered by"), null=True)
    answer = models.ForeignKey(
        Document, models.PROTECT, null=True, related_name="answers", verbose_name=_("answered by")
    )
    closed_on = models.DateField(_("closed on"), null=True)
    reason = models.TextField(_("reason"), blank=True)
    folded = models.CharField(max_length=900, blank=True, db_collation=BYTES)

    class Meta:
        verbose_name = _("incoming paper")
        verbose_name_plural = _("incoming papers")
        base_manager_name = "versions"
        constraints = [
            *guarded("incoming_paper", "entry"),
            models.CheckConstraint(
                condition=Q(secret=False)
                | Q(title="", note="", sender_name="", copied_to="", sender__isnull=True),
                name="secret_incoming_has_no_words",
            ),
        ]
        indexes = [
            models.Index(fields=["unit", "year", "number"], name="incoming_book"),
            models.Index(fields=["unit", "state", "due"], name="incoming_state"),
            models.Index(fields=["by_unit"], name="incoming_by_unit", condition=Q(by_unit__isnull=False)),
            models.Index(fields=["by_post"], name="incoming_by_post", condition=Q(by_post__isnull=False)),
            models.Index(
                fields=["by_person"], name="incoming_by_person", condition=Q(by_person__isnull=False)
            ),
        ]

    def __str__(self):
        return f"{self.number}/{self.year}"

    @property
    def open(self) -> bool:
        return self.state in OPEN

    def late(self, day: dt.date) -> bool:
        """Still open after its day, or answered only after it."""
        over = self.closed_on if self.state == IncomingState.ANSWERED else day if self.open else None
        return self.due is not None and over is not None and over > self.due


class IncomingCopy(Record):
    """That a copy of an incoming paper went to a body, from a day on: there it waits to be received."""

    KEY = ("entry", "unit")

    entry = models.ForeignKey(IncomingNumber, models.PROTECT, related_name="copies", verbose_name=_("entry"))
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("copy to"))

    class Meta:
        verbose_name = _("copy of an incoming paper")
        base_manager_name = "versions"
        constraints = guarded("incoming_copy", "entry", "unit")
        indexes = [models.Index(fields=["unit", "valid_from"], name="incoming_copy_unit")]

    def __str__(self):
        return f"{self.entry_id} to {self.unit_id}"


def book(unit, day: dt.date, *, known_at: int | None = None):
    """The entries of a body's book received by the day, each as it stood on the day."""
    return IncomingPaper.objects.on(day, known_at=known_at).filter(unit=unit)


def open_entries(day: dt.date, *, known_at: int | None = None):
    """Entries that were still to be dealt with on the day."""
    return IncomingPaper.objects.on(day, known_at=known_at).filter(state__in=OPEN)


def late(rows, day: dt.date):
    """Of rows valid on the day, those open after their day, and those answered after it."""
    return rows.filter(
        Q(state__in=OPEN, due__lt=day) | Q(state=IncomingState.ANSWERED, closed_on__gt=F("due"))
    )


def lying_with(
    day: dt.date, *, person: int | None, posts: Collection[int] = (), units: Collection[int] = (),
    heads: Collection[int] = (), known_at: int | None = None,
):  # fmt: skip
    """What lies with somebody: theirs, their posts' and bodies' to answer, and what waits for their note."""
    mine = Q(by_post__in=list(posts)) | Q(by_unit__in=list(units))
    if person is not None:
        mine |= Q(by_person=person)
    wanted = Q(state=IncomingState.ASSIGNED) & mine
    wanted |= Q(state=IncomingState.WAITING, unit__in=list(heads))
    return open_entries(day, known_at=known_at).filter(wanted)


def locking_book(unit, year: int) -> list[Statement]:
    """Two clerks may not find the same number free at once (SQLite has one writer)."""
    if connection.vendor != "postgresql":
        return []
    key = zlib.crc32(f"{getattr(unit, 'pk', unit)}/{year}".encode()) & 0x7FFFFFFF
    return [("SELECT pg_advisory_xact_lock(%s, %s)", [BOOKS, key])]


def next_number(unit, year: int) -> int:
    """The next number of the book, under its lock, which is held to the end: no gaps, no doubles."""
    look = "SELECT max(number) FROM registers_incomingnumber WHERE unit_id = %s AND year = %s"
    *_locked, found = together([*locking_book(unit, year), (look, [getattr(unit, "pk", unit), year])])
    return (found[0][0] or 0) + 1
