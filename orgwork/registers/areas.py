"""This room is for areas: territories with their official codes, and below them whatever a body can serve.

Villages, residential groups, firms, schools and agencies are areas too: places with a dated name that stand
in a commune. Areas are not units: a body *serves* an area (``UnitService``).
"""

from __future__ import annotations

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
    VILLAGE = "village", _("village")
    RESIDENTIAL_GROUP = "residential_group", _("residential group")
    FIRM = "firm", _("firm")
    SCHOOL = "school", _("school")
    AGENCY = "agency", _("agency")


#: The places that "village" figures count.
VILLAGES = (AreaKind.VILLAGE, AreaKind.RESIDENTIAL_GROUP)

#: The official list of 30 June 2025; codes may be used again for another commune in a later list.
LIST_2024 = "GSO-2024"


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


def name_values(text: str) -> dict:
    """The columns of an area's name."""
    return {"name": text, "folded": fold(text)}
