"""This room is for the figures of bodies: how many of which kind, and which are smaller or larger than
they may be.
"""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, Value
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from orgwork.foundation import provisions
from orgwork.registers.members import MembershipPlace, MembershipStanding, PlaceKind, Standing
from orgwork.registers.units import UnitForm

from . import groups, members  # noqa: F401 (members come first in the catalogue)
from .base import STOCK, Indicator, add


def _bodies(day, *, known_at):
    return UnitForm.objects.on(day, known_at=known_at).filter(kind__in=groups.party_kinds())


def _cells(day, known_at):
    return UnitForm.objects.on(day, known_at=known_at).filter(kind__in=groups.party_kinds("cell"))


def _has(number: int, day, known_at, standing: str = ""):
    """Condition: the row's body has so many members on the day; nobody beyond that number is looked at."""
    rows = MembershipPlace.objects.on(day, known_at=known_at).filter(
        unit=OuterRef("unit"), kind=PlaceKind.OFFICIAL
    )
    if standing:
        stands = MembershipStanding.objects.on(day, known_at=known_at).filter(standing=standing)
        rows = rows.filter(Exists(stands.filter(person=OuterRef("person"))))
    return Exists(rows[number - 1 : number]) if number > 0 else Value(True)


def _too_small(day, *, known_at):
    least = provisions.on(day)["sizes.cell_min_full_members"].value
    return _cells(day, known_at).exclude(_has(least, day, known_at, Standing.FULL))


def _too_large(day, *, known_at):
    limit = provisions.on(day)["sizes.organisation_from_members"].value
    found = UnitForm.objects.on(day, known_at=known_at).filter(kind="grassroots_cell")
    return found.filter(_has(limit, day, known_at))


def _counted_as(value: str) -> Q:
    return Q(kind__in=groups.party_kinds(value))


add(Indicator(
    "bodies.count", _("Party organisations and cells"),
    _("Party organisations and cells that exist under the body on that day, the body itself included."),
    "bodies", STOCK, _bodies, gettext_noop("HD 11-HD/BTCTW (2021), form 5-TCTW"), person=None, subject="body",
    breakdowns=(groups.KIND,), options={"counted_as": _counted_as},
))  # fmt: skip
add(Indicator(
    "cells.below_three", _("Cells with too few full members"),
    _("Cells with fewer full members on that day than a cell must have (three since the statutes of 2011)."),
    "bodies", STOCK, _too_small, "Statutes 2011, Art. 21 (2)", person=None, subject="body",
    provisions=("sizes.cell_min_full_members",),
))  # fmt: skip
add(Indicator(
    "bodies.over_thirty", _("Grassroots cells that have outgrown their form"),
    _("Grassroots cells with thirty members or more on that day, which are to become party organisations."),
    "bodies", STOCK, _too_large, "Statutes 2011, Art. 21 (2)", person=None, subject="body",
    provisions=("sizes.organisation_from_members",),
))  # fmt: skip
