"""This room is for people: who they are. What they are members of and which posts they hold stands elsewhere.

Names and particulars are dated and two-timed. Contact, background and qualifications lie in side tables, each
read with an act of its own; ethnicity and religion are optional, never listed and never filtered by.
"""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.utils.translation import gettext_lazy as _

from orgwork.foundation.search import fold, sort_key
from orgwork.foundation.words import find_by_words

from .record import BYTES, Record, guarded, timed

#: Particulars hold for a whole life: corrections of a birth date have a "known", not a "valid from".
ALL_LIFE = dt.date(1900, 1, 1)


class Sex(models.TextChoices):
    FEMALE = "f", _("woman")
    MALE = "m", _("man")


class Precision(models.TextChoices):
    DAY = "day", _("day")
    MONTH = "month", _("month")
    YEAR = "year", _("year")


class Person(models.Model):
    """A person, and nothing about them: what erasure leaves."""

    erased = models.BooleanField(_("erased"), default=False)
    #: Says without a look at ``PersonAlias`` that another record stands for this one.
    merged = models.BooleanField(_("merged into another record"), default=False, db_default=False)

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")

    def __str__(self):
        return f"#{self.pk}"


class PersonName(Record):
    """A name in its parts. ``folded`` finds it without marks, ``sort_key`` puts the given name first."""

    KEY = ("person",)

    person = models.ForeignKey(Person, models.PROTECT, related_name="names")
    family = models.CharField(_("family name"), max_length=60, blank=True)
    middle = models.CharField(_("middle name"), max_length=80, blank=True)
    given = models.CharField(_("given name"), max_length=60, blank=True)
    full = models.CharField(_("name"), max_length=200)
    folded = models.CharField(max_length=200, db_collation=BYTES)
    sort_key = models.CharField(max_length=200, db_collation=BYTES)

    class Meta:
        verbose_name = _("name")
        base_manager_name = "versions"
        constraints = guarded("person_name", "person")
        indexes = [
            models.Index(
                fields=["sort_key", "person"],
                name="person_name_sorted",
                condition=models.Q(retracted__isnull=True),
            ),
            models.Index(
                fields=["folded"], name="person_name_folded", condition=models.Q(retracted__isnull=True)
            ),
        ]

    def __str__(self):
        return self.full


find_by_words(PersonName)


class PersonParticulars(Record):
    """Sex and date of birth, with the precision in which the official file gives it (domain §6.5)."""

    KEY = ("person",)

    person = models.ForeignKey(Person, models.PROTECT, related_name="particulars")
    sex = models.CharField(_("sex"), max_length=1, choices=Sex)
    birth = models.DateField(_("born"))
    birth_precision = models.CharField(max_length=5, choices=Precision, default=Precision.DAY)

    class Meta:
        verbose_name = _("particulars")
        base_manager_name = "versions"
        constraints = guarded("person_particulars", "person")
        indexes = timed("particulars")

    def __str__(self):
        return f"{self.person_id} {self.sex} {self.birth.year}"


class PersonContact(Record):
    """How to reach a person; read with the act ``contact.read``."""

    KEY = ("person",)

    person = models.ForeignKey(Person, models.PROTECT, related_name="contacts")
    phone = models.CharField(_("telephone"), max_length=40, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    address = models.CharField(_("address"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("contact")
        base_manager_name = "versions"
        constraints = guarded("person_contact", "person")

    def __str__(self):
        return f"{self.person_id}"


class PersonBackground(Record):
    """Ethnicity and religion, optional: only for counts of whole groups (domain §18.1 no. 4)."""

    KEY = ("person",)

    person = models.ForeignKey(Person, models.PROTECT, related_name="backgrounds")
    ethnicity = models.CharField(_("ethnicity"), max_length=40, blank=True)
    religion = models.CharField(_("religion"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("background")
        base_manager_name = "versions"
        constraints = guarded("person_background", "person")

    def __str__(self):
        return f"{self.person_id}"


class Qualification(Record):
    """A degree, certificate or theory level; valid from the day it was obtained to the day it expires."""

    KEY = ("person", "kind", "name")

    person = models.ForeignKey(Person, models.PROTECT, related_name="qualifications")
    kind = models.CharField(_("kind"), max_length=30)  # schooling | degree | theory | awareness_course | …
    name = models.CharField(_("name"), max_length=200)
    level = models.CharField(_("level"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("qualification")
        base_manager_name = "versions"
        constraints = guarded("qualification")
        indexes = [models.Index(fields=["person", "kind"], name="qualification_person")]

    def __str__(self):
        return self.name


def name_values(family: str, middle: str, given: str) -> dict:
    """The columns of a name from its parts, written family name first."""
    full = " ".join(part for part in (family, middle, given) if part)
    return {
        "family": family, "middle": middle, "given": given, "full": full,
        "folded": fold(full), "sort_key": sort_key(given, middle, family),
    }  # fmt: skip
