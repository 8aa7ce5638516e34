"""This room is for who has been made acquainted with a paper and studied it: by body, in numbers of people.

Numbers only, never who came: attendance is no score (mission.md). A body says on which day, in which form,
how many of how many members; the body above may ask for it by a day.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import Count, F, Q
from django.utils.translation import gettext_lazy as _

from orgwork.foundation import catalogues

from .documents import Document
from .members import MembershipPlace, PlaceKind
from .record import Record, guarded
from .units import Unit, UnitForm, UnitLineage, UnitPlacement, under_ids


class StudyForm(models.TextChoices):
    CONFERENCE = "conference", _("conference")
    ONLINE = "online", _("online conference")
    MEETING = "meeting", _("in the monthly meeting")
    COURSE = "course", _("course")
    READING = "reading", _("reading the paper oneself")
    OTHER = "other", _("another form")


class Acquaintance(Record):
    """That on a day a body made its members acquainted with a paper: how many of those to be reached.

    ``for_all`` says that it was held for the members of all bodies below as well.
    """

    KEY = ("document", "unit", "held", "form")

    document = models.ForeignKey(
        Document, models.PROTECT, related_name="acquaintances", verbose_name=_("paper")
    )
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="acquaintances", verbose_name=_("body"))
    held = models.DateField(_("held on"))
    form = models.CharField(_("form"), max_length=12, choices=StudyForm)
    invited = models.PositiveIntegerField(_("members to be reached"))
    reached = models.PositiveIntegerField(_("members reached"))
    others = models.PositiveIntegerField(_("others who took part"), default=0)
    for_all = models.BooleanField(_("for all bodies below"), default=False)

    class Meta:
        verbose_name = _("acquaintance with a paper")
        verbose_name_plural = _("acquaintance with papers")
        base_manager_name = "versions"
        constraints = [
            *guarded("acquaintance", "document", "unit", "held", "form"),
            models.CheckConstraint(
                condition=Q(reached__lte=F("invited")), name="acquaintance_reached_of_invited"
            ),
        ]
        indexes = [models.Index(fields=["unit", "held"], name="acquaintance_unit")]

    def __str__(self):
        return f"{self.document_id} at {self.unit_id}: {self.reached}/{self.invited}"


class AcquaintanceCall(Record):
    """That a body asks all bodies below it to study a paper by a day."""

    KEY = ("document", "unit")

    document = models.ForeignKey(Document, models.PROTECT, related_name="to_study", verbose_name=_("paper"))
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("body that asks"))
    due = models.DateField(_("to be studied by"))

    class Meta:
        verbose_name = _("call to study a paper")
        base_manager_name = "versions"
        constraints = guarded("acquaintance_call", "document", "unit")

    def __str__(self):
        return f"{self.document_id} under {self.unit_id} by {self.due}"


# ── who has, and who has not ─────────────────────────────────────────────────────────────────────────────

DONE, LATE, ABOVE, MISSING, OVERDUE = "done", "late", "above", "missing", "overdue"


@dataclass
class Studied:
    """How far a body has come with a paper, everything below it included.

    ``first`` is its own first day, or that of the body above which held it for all. ``cells`` are the bodies
    with members at or below it, ``cells_done`` those of them reached. ``reached`` counts nobody twice: at
    least so many members (``Tree``); ``entered`` is what its own entries add up to.
    """

    unit: int
    state: str
    first: dt.date | None
    due: dt.date | None
    reached: int
    members: int
    cells: int
    cells_done: int
    entered: int = 0

    @property
    def more_than_there_are(self) -> bool:
        """Its own entries counted the same people several times, or members have left since."""
        return self.entered > self.members


def holding_members() -> list[str]:
    """Codes of the kinds of bodies in which members have their place."""
    return [code for code, kind in catalogues.kinds().items() if kind.holds_members]


def due_for(document: Document, day: dt.date, *, known_at: int | None = None) -> dict[int, dt.date]:
    """For each body below one that asked: by which day it is to be studied; the nearest call counts."""
    calls = AcquaintanceCall.objects.on(day, known_at=known_at).filter(document=document)
    asked = dict(calls.values_list("unit", "due"))
    below = UnitLineage.objects.on(day, known_at=known_at).filter(ancestor__in=asked)
    found: dict[int, dt.date] = {}
    for above, unit in below.order_by("-depth").values_list("ancestor", "descendant"):
        found[unit] = asked[above]
    return found


def coverage(
    document: Document, unit, kinds: Iterable[str], day: dt.date, *, within: int | None = None,
    known_at: int | None = None,
) -> list[Studied]:  # fmt: skip
    """The bodies of these kinds under a body, each with what was entered of the paper by it and below it.

    A body is reached by an entry of its own, or by one that a body above held for all; a body without members
    of its own when everything below it is. ``within`` days after the paper stands in where nobody asked.
    """
    on: dict[str, Any] = {"known_at": known_at}
    wanted = UnitForm.objects.on(day, **on).filter(kind__in=list(kinds), unit__in=under_ids(unit, day, **on))
    bodies = list(wanted.order_by("unit__code").values_list("unit", flat=True))
    below: dict[int, set[int]] = {body: {body} for body in bodies}
    pairs = UnitLineage.objects.on(day, **on).filter(ancestor__in=bodies).exclude(depth=0)
    for above, one in pairs.values_list("ancestor", "descendant"):
        below[above].add(one)
    there = set().union(*below.values()) if below else set()
    forms = UnitForm.objects.on(day, **on).filter(
        kind__in=holding_members(), unit__in=under_ids(unit, day, **on)
    )
    cells = set(forms.values_list("unit", flat=True))
    own, entered, for_all = _entries(document, day, there, known_at)
    tree = Tree(unit, day, known_at=known_at)
    reached = tree.reached(entered)
    due = due_for(document, day, known_at=known_at)
    other = document.day + dt.timedelta(days=within) if within is not None and document.day else None
    held = {one: min(filter(None, (own.get(one), for_all.get(one))), default=None) for one in there | cells}
    found = []
    for body in bodies:
        mine = below[body] & cells
        done = [since for one in mine if (since := held.get(one)) is not None]
        first = held.get(body)
        if first is None and mine and len(done) == len(mine):
            first = max(done)  # the last of them: then all below were reached
        by = due.get(body, other)
        state = _state(first, own.get(body), body in for_all, by, day)
        found.append(Studied(
            body, state, first, by, reached.get(body, 0), tree.members.get(body, 0), len(mine), len(done),
            entered.get(body, 0),
        ))  # fmt: skip
    return found


class Tree:
    """The bodies under one on a day, to count once the members whom entries at several levels reached."""

    def __init__(self, unit, day: dt.date, *, known_at: int | None = None) -> None:
        placed = UnitPlacement.objects.on(day, known_at=known_at)
        placed = placed.filter(unit__in=under_ids(unit, day, known_at=known_at))
        self.above = dict(placed.values_list("unit", "parent"))
        lineage = UnitLineage.objects.on(day, known_at=known_at).filter(ancestor=unit)
        self.upward = list(lineage.order_by("-depth").values_list("descendant", flat=True))
        self.members = self._summed(_members(unit, day, known_at), lambda _one, own, below: own + below)

    def reached(self, entered: Mapping[int, int]) -> dict[int, int]:
        """At the least so many members, by what each body entered.

        An entry may have reached the same people as those of the bodies below it: of the two the larger
        number counts, never their sum, and never more than there are members.
        """
        return self._summed(entered, lambda one, own, below: min(self.members[one], max(own, below)))

    def _summed(self, own: Mapping[int, int], take: Callable[[int, int, int], int]) -> dict[int, int]:
        found: dict[int, int] = {}
        below: dict[int, int] = defaultdict(int)
        for one in self.upward:
            found[one] = take(one, own.get(one, 0), below[one])
            if (parent := self.above.get(one)) is not None:
                below[parent] += found[one]
        return found


def _entries(document: Document, day: dt.date, there: set[int], known_at: int | None):
    """The first day of each body's own entries, their sums, and for whom a body above held it."""
    rows = Acquaintance.objects.on(day, known_at=known_at).filter(document=document)
    own: dict[int, dt.date] = {}
    reached: dict[int, int] = defaultdict(int)
    above: dict[int, dt.date] = {}
    for unit, held, count, for_all in rows.values_list("unit", "held", "reached", "for_all"):
        own[unit] = min(held, own.get(unit, held))
        reached[unit] += count
        if for_all:
            above[unit] = min(held, above.get(unit, held))
    below = UnitLineage.objects.on(day, known_at=known_at).filter(ancestor__in=above).exclude(depth=0)
    for_all_of: dict[int, dt.date] = {}
    for source, unit in below.values_list("ancestor", "descendant"):
        if unit in there:
            for_all_of[unit] = min(above[source], for_all_of.get(unit, above[source]))
    return own, reached, for_all_of


def _members(unit, day: dt.date, known_at: int | None) -> dict[int, int]:
    """Members by the body in which they have their official place."""
    places = MembershipPlace.objects.on(day, known_at=known_at).filter(
        kind=PlaceKind.OFFICIAL, unit__in=under_ids(unit, day, known_at=known_at)
    )
    return dict(places.order_by().values("unit").annotate(count=Count("pk")).values_list("unit", "count"))


def members_under(unit, day: dt.date) -> int:
    """How many members have their official place at the body or below it on the day."""
    return sum(_members(unit, day, None).values())


def _state(first, own, above: bool, due, day: dt.date) -> str:
    if first is None:
        return OVERDUE if due is not None and due < day else MISSING
    if due is not None and first > due:
        return LATE
    return ABOVE if own is None and above else DONE
