"""This room is for the tables the foundation is tried on."""

from django.db import models
from django.db.models import Q

from orgwork.foundation.constraints import AppendOnly, NoOverlap
from orgwork.foundation.dates import Dated, Fact


class Cause(models.Model):
    kind = models.CharField(max_length=20)
    text = models.TextField(blank=True)

    class Meta:
        constraints = [AppendOnly(name="factapp_cause_stays", allow=())]

    def __str__(self):
        return self.kind


class Thing(models.Model):
    """An identity; facts refer to it."""

    code = models.CharField(max_length=20, unique=True)

    def __str__(self):
        return self.code


class Colour(Fact):
    """A fact with a spell, causes and two values."""

    KEY = ("thing",)

    thing = models.ForeignKey(Thing, models.PROTECT, related_name="colours")
    colour = models.CharField(max_length=10)
    shade = models.IntegerField(null=True)
    begun_by = models.ForeignKey(Cause, models.PROTECT, null=True, blank=True, related_name="+")
    ended_by = models.ForeignKey(Cause, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        base_manager_name = "versions"
        constraints = [
            models.CheckConstraint(
                name="factapp_colour_lasts",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=models.F("valid_from")),
            ),
            NoOverlap(name="factapp_colour_alone", fields=("thing",)),
            AppendOnly(name="factapp_colour_stays"),
        ]


class Place(Fact):
    """A fact with a key of two fields."""

    KEY = ("thing", "side")

    thing = models.ForeignKey(Thing, models.PROTECT, related_name="places")
    side = models.CharField(max_length=5)
    at = models.ForeignKey(Thing, models.PROTECT, related_name="visitors")
    begun_by = models.ForeignKey(Cause, models.PROTECT, null=True, blank=True, related_name="+")
    ended_by = models.ForeignKey(Cause, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        base_manager_name = "versions"
        constraints = [
            NoOverlap(name="factapp_place_alone", fields=("thing", "side")),
            AppendOnly(name="factapp_place_stays"),
        ]


class Mark(Dated):
    """Two times without spell and causes, as derived rows have; guarded, but may overlap."""

    KEY = ("thing",)

    thing = models.ForeignKey(Thing, models.PROTECT, related_name="marks")

    class Meta:
        base_manager_name = "versions"
        constraints = [AppendOnly(name="factapp_mark_stays")]


class Wide(models.Model):
    """One column of every type that the bulk writer meets."""

    thing = models.ForeignKey(Thing, models.PROTECT, null=True, related_name="+")
    number = models.BigIntegerField(null=True)
    small = models.PositiveSmallIntegerField(default=0)
    text = models.TextField(blank=True)
    flag = models.BooleanField(default=False)
    day = models.DateField(null=True)
    at = models.DateTimeField(null=True)
    content = models.JSONField(null=True)
    digest = models.BinaryField(null=True)
    share = models.DecimalField(max_digits=8, decimal_places=3, null=True)
    key = models.UUIDField(null=True)
