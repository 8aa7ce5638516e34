"""This room is for two records of one person: which of them stands for the other, and who was found not to be
the same.

Merging is a correction (procedures/merging.py): the rows pass to the survivor, the other identity stays as an
alias. Its address, the journal and the log of reads go on naming it; whoever asks finds the survivor through
here. An alias has both times like every record: as known before, both are still there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from .people import Person
from .record import Record, guarded


class PersonAlias(Record):
    """This identity stands for that one. ``rows`` are the numbers of what the merging moved, so that it can
    be reversed exactly: for each table the rows that went and those that came.
    """

    KEY = ("person",)

    person = models.ForeignKey(Person, models.PROTECT, related_name="aliases")
    survivor = models.ForeignKey(Person, models.PROTECT, related_name="stood_for_by")
    rows = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("merged record")
        verbose_name_plural = _("merged records")
        base_manager_name = "versions"
        constraints = [
            *guarded("person_alias", "person"),
            models.CheckConstraint(condition=~Q(person=F("survivor")), name="alias_of_another"),
        ]
        indexes = [models.Index(fields=["survivor"], name="alias_survivor")]

    def __str__(self):
        return f"{self.person_id} is {self.survivor_id}"


class PeopleApart(Record):
    """Somebody looked at two records that are alike and decided: these are two people."""

    KEY = ("first", "second")

    first = models.ForeignKey(Person, models.PROTECT, related_name="apart_from_later")
    second = models.ForeignKey(Person, models.PROTECT, related_name="apart_from_earlier")

    class Meta:
        verbose_name = _("not the same person")
        verbose_name_plural = _("not the same person")
        base_manager_name = "versions"
        constraints = [
            *guarded("people_apart", "first", "second"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="apart_in_order"),
        ]
        indexes = [models.Index(fields=["second"], name="apart_second")]

    def __str__(self):
        return f"{self.first_id} is not {self.second_id}"


def standing_for(person: Person) -> Person:
    """The person's record that stands now: itself, or the survivor it was merged into."""
    if not person.merged:
        return person
    return Person.objects.get(pk=survivor_of(person.pk))


def survivor_of(ident: int, *, known_at: int | None = None) -> int:
    """The same by number, as known at a moment; merged twice it is followed on."""
    seen: set[int] = set()
    while ident not in seen:
        seen.add(ident)
        onward = PersonAlias.objects.at(known_at).filter(person=ident).values_list("survivor", flat=True)
        ident = onward.first() or ident
    return ident


def identities(person, *, known_at: int | None = None) -> list[int]:
    """The person's own number, and those of all records that were merged into it."""
    found = [int(getattr(person, "pk", person))]
    edge = found
    while edge:
        rows = PersonAlias.objects.at(known_at).filter(survivor__in=edge).order_by("person")
        edge = [ident for ident in rows.values_list("person", flat=True) if ident not in found]
        found = found + edge
    return found


def apart(people: Iterable[int]) -> dict[int, set[int]]:
    """Of these people, who was found not to be the same as whom, now."""
    ids = set(people)
    found: dict[int, set[int]] = defaultdict(set)
    rows = PeopleApart.objects.filter(Q(first__in=ids) | Q(second__in=ids))
    for first, second in rows.values_list("first", "second"):
        found[first].add(second)
        found[second].add(first)
    return found
