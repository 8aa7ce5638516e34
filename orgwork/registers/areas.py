"""This room is for areas: territories with their official codes, and below them whatever a body can serve.

Villages, residential groups, firms, schools and agencies are areas too: places with a dated name that stand
in a commune. Areas are not units: a body *serves* an area (``UnitService``). Territories begin and end by
reforms (area_changes.py); which came of which stands in ``AreaSuccession``.
"""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.utils.translation import gettext_lazy as _

from orgwork.foundation.search import fold
from orgwork.foundation.words import find_by_words

from .record import BYTES, Record, guarded, timed


class AreaKind(models.TextChoices):
    COUNTRY = "country", _("country")
    PROVINCE = "province", _("province")
    DISTRICT = "district", _("district")
    COMMUNE = "commune", _("commune")
    UNINCORPORATED = "unincorporated_area", _("area of no commune")
    VILLAGE = "village", _("village")
    RESIDENTIAL_GROUP = "residential_group", _("residential group")
    FIRM = "firm", _("firm")
    SCHOOL = "school", _("school")
    AGENCY = "agency", _("agency")


#: The places that "village" figures count.
VILLAGES = (AreaKind.VILLAGE, AreaKind.RESIDENTIAL_GROUP)

#: What reforms of territories are about; special zones are communes, and so were five island districts.
TERRITORIES = (AreaKind.PROVINCE, AreaKind.DISTRICT, AreaKind.COMMUNE, AreaKind.UNINCORPORATED)

#: The official list of 30 June 2025; its codes were used again, for other communes, in later lists.
LIST_2024 = "GSO-2024"
#: The final list from 1 July 2025 on, and the draft of letter 1027/CTK-CSCL: 123 codes differ between them.
LIST_2025, DRAFT_2025 = "GSO-2025", "1027/CTK-CSCL"
#: Areas that no list gives a code: the register numbers them itself.
WITHOUT_CODE = "without-code"
#: The lists that were or will be in force, and since when. A draft never was.
IN_FORCE = {LIST_2024: dt.date.min, LIST_2025: dt.date(2025, 7, 1)}


def list_from(day: dt.date) -> str:
    """The name of the official list that a reform of this day begins."""
    found = {since: name for name, since in IN_FORCE.items()}.get(day)
    return found or f"GSO-{day.isoformat()}"


def in_force_since(code_list: str) -> dt.date | None:
    """Since when a list of codes is in force; None: it is no official list, or a draft."""
    if code_list in IN_FORCE:
        return IN_FORCE[code_list]
    try:
        return dt.date.fromisoformat(code_list.removeprefix("GSO-"))
    except ValueError:
        return None


class Area(models.Model):
    """A place with an identity of its own. A code says nothing without the name of its list."""

    code_list = models.CharField(_("code list"), max_length=20)
    code = models.CharField(_("code"), max_length=30, db_collation=BYTES)
    kind = models.CharField(_("kind"), max_length=20, choices=AreaKind)
    ownership = models.CharField(_("ownership"), max_length=10, blank=True)

    class Meta:
        verbose_name = _("area")
        verbose_name_plural = _("areas")
        constraints = [models.UniqueConstraint(fields=["code_list", "code"], name="area_code_in_list")]
        indexes = [models.Index(fields=["kind", "ownership"], name="area_kind")]

    def __str__(self):
        return f"{self.code_list} {self.code}"


class AreaName(Record):
    """The official name of an area."""

    KEY = ("area",)

    area = models.ForeignKey(Area, models.PROTECT, related_name="names")
    name = models.CharField(_("name"), max_length=200)
    folded = models.CharField(max_length=200, db_index=True, db_collation=BYTES)

    class Meta:
        base_manager_name = "versions"
        constraints = guarded("area_name", "area")

    def __str__(self):
        return self.name


find_by_words(AreaName)


class AreaPlacement(Record):
    """Where an area lies; it exists exactly while it is placed (the country lies in nothing)."""

    KEY = ("area",)

    area = models.ForeignKey(Area, models.PROTECT, related_name="placements")
    parent = models.ForeignKey(Area, models.PROTECT, null=True, related_name="placed_below")

    class Meta:
        base_manager_name = "versions"
        constraints = guarded("area_placement", "area")
        indexes = [
            models.Index(fields=["parent", "valid_from"], name="area_placement_parent"),
            *timed("area_placement"),
        ]

    def __str__(self):
        return f"{self.area_id} in {self.parent_id}"


class AreaCode(Record):
    """The code of an area in another list than the one it came into the register with (``Area.code``)."""

    KEY = ("area", "code_list")

    area = models.ForeignKey(Area, models.PROTECT, related_name="codes")
    code_list = models.CharField(_("code list"), max_length=20)
    code = models.CharField(_("code"), max_length=30, db_collation=BYTES)

    class Meta:
        verbose_name = _("code of an area")
        base_manager_name = "versions"
        constraints = guarded("area_code", "area", "code_list")
        indexes = [models.Index(fields=["code_list", "code"], name="area_code_listed")]

    def __str__(self):
        return f"{self.code_list} {self.code}"


class Share(models.TextChoices):
    """How much of an area, or of its people, went over. Area and population are said apart."""

    WHOLE = "whole", _("the whole")
    PART = "part", _("a part")
    REMAINDER = "remainder", _("the remainder")
    NONE = "none", _("nothing")


class ChangeKind(models.TextChoices):
    """How an area went over into another: the words of the tables of the reform of 1 July 2025."""

    UNCHANGED = "unchanged", _("unchanged")
    RENAMED = "renamed", _("renamed")
    WHOLE = "whole", _("as a whole")
    PART = "part", _("a part of the area and of the population")
    REMAINDER = "remainder", _("the remaining area and population")
    PART_AREA_ONLY = "part_area_only", _("a part of the area, nobody of the population")
    PART_AREA_ALL_POPULATION = "part_area_all_population", _("a part of the area, the whole population")
    ALL_AREA_NO_POPULATION = "all_area_no_population", _("the whole area, nobody of the population")
    PART_POPULATION_ONLY = "part_population_only", _("a part of the population, no area")
    REMAINDER_POPULATION_ONLY = "remainder_population_only", _("the remaining population, no area")
    UNINCORPORATED_AREA = "unincorporated_area", _("land that belonged to no commune")
    ENDED = "ended", _("ended without a successor")


#: The area goes on being the same, whatever its name and code.
GOES_ON = (ChangeKind.UNCHANGED, ChangeKind.RENAMED)


class AreaSuccession(Record):
    """Which area came of which, from the day of the change on. No successor: it ended and nothing came of it.

    An area that a reform leaves as it was succeeds itself, so that the paper and its clause stand somewhere.
    """

    KEY = ("predecessor", "successor", "kind")

    predecessor = models.ForeignKey(Area, models.PROTECT, related_name="successions")
    successor = models.ForeignKey(Area, models.PROTECT, null=True, related_name="precessions")
    kind = models.CharField(_("kind"), max_length=30, choices=ChangeKind)
    area = models.CharField(_("area"), max_length=10, choices=Share)
    population = models.CharField(_("population"), max_length=10, choices=Share)
    paper = models.CharField(_("resolution"), max_length=60, blank=True)
    clause = models.CharField(_("clause"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("succession of areas")
        base_manager_name = "versions"
        constraints = guarded("area_succession", "predecessor", "successor", "kind")
        indexes = [
            models.Index(fields=["successor", "valid_from"], name="area_succession_back"),
            models.Index(fields=["valid_from"], name="area_succession_day"),
        ]

    def __str__(self):
        return f"{self.predecessor_id} → {self.successor_id}"


def name_values(text: str) -> dict:
    """The columns of an area's name."""
    return {"name": text, "folded": fold(text)}
