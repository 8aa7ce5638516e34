"""This room is for the figures of places: villages, their heads, and private firms, with what the party has
there.

A village belongs to the party organisation that serves its commune; a firm to the party body that serves
it.
"""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from orgwork.foundation.dates import Period
from orgwork.registers.appointments import Appointment
from orgwork.registers.areas import VILLAGES, AreaKind, AreaPlacement
from orgwork.registers.members import MembershipPlace, PlaceKind
from orgwork.registers.units import Status, UnitForm, UnitService

from . import groups
from .base import CHANGE, STOCK, Derived, Indicator, add
from .members import is_member

HEAD = "village_head"


def _serving(day, known_at, area: str, counts_as: str = ""):
    """Services of an area by active party organisations and cells."""
    active = UnitForm.objects.on(day, known_at=known_at).filter(
        unit=OuterRef("unit"), kind__in=groups.party_kinds(counts_as), status=Status.ACTIVE
    )
    return UnitService.objects.on(day, known_at=known_at).filter(Exists(active), area=OuterRef(area))


def _villages(day, *, known_at):
    home = _serving(day, known_at, "parent", "party_organisation").order_by("unit").values("unit")
    found = AreaPlacement.objects.on(day, known_at=known_at).filter(area__kind__in=VILLAGES)
    return found.annotate(home=Subquery(home[:1]))


def _with_organisation(day, *, known_at):
    return _villages(day, known_at=known_at).filter(Exists(_serving(day, known_at, "area")))


def _with_members(day, *, known_at):
    """Somebody is a member in a cell that serves the village, or the village's head is a member."""
    members = MembershipPlace.objects.on(day, known_at=known_at).filter(kind=PlaceKind.OFFICIAL)
    served = UnitService.objects.on(day, known_at=known_at).filter(
        Exists(members.filter(unit=OuterRef("unit"))), area=OuterRef("area")
    )
    heads = Appointment.objects.on(day, known_at=known_at).filter(
        is_member(day, known_at), post__kind=HEAD, post__area=OuterRef("area"), acting=False
    )
    return _villages(day, known_at=known_at).filter(Q(Exists(served)) | Q(Exists(heads)))


def _heads(day, *, known_at):
    """Appointments to the post of village head; the village's commune gives the body."""
    lies = AreaPlacement.objects.on(day, known_at=known_at).filter(area=OuterRef("post__area"))
    home = _serving(day, known_at, "commune", "party_organisation").order_by("unit").values("unit")
    found = Appointment.objects.on(day, known_at=known_at).filter(
        post__kind=HEAD, post__area__isnull=False, acting=False
    )
    return found.annotate(commune=Subquery(lies.values("parent")[:1])).annotate(home=Subquery(home[:1]))


def _heads_members(day, *, known_at):
    return _heads(day, known_at=known_at).filter(is_member(day, known_at))


def _firms(day, *, known_at):
    served = _serving(day, known_at, "area")
    found = AreaPlacement.objects.on(day, known_at=known_at).filter(
        Exists(served), area__kind=AreaKind.FIRM, area__ownership="private"
    )
    return found.annotate(home=Subquery(served.order_by("unit").values("unit")[:1]))


def _change(period: Period):
    code = "firms.with_organisation"
    return [("last", code, period.last), ("first", code, period.start)]


REPORT = gettext_noop("NQ 21-NQ/TW (2022); term reports of provinces")

add(Indicator(
    "villages.total", _("Villages and residential groups"),
    _("Villages, hamlets and residential groups in the communes that the body's party organisations serve "
      "on that day."),
    "villages", STOCK, _villages, REPORT, unit="home", person=None, subject="area",
))  # fmt: skip
add(Indicator(
    "villages.with_organisation", _("Villages with a party organisation"),
    _("Villages and residential groups that an active party organisation or cell serves on that day."),
    "villages", STOCK, _with_organisation, REPORT, unit="home", person=None, subject="area",
))  # fmt: skip
add(Indicator(
    "villages.with_members", _("Villages with members"),
    _("Villages and residential groups with a member in a cell that serves them, or whose head is a "
      "member, on that day."),
    "villages", STOCK, _with_members, REPORT, unit="home", person=None, subject="area",
))  # fmt: skip
add(Indicator(
    "villages.heads", _("Village heads"),
    _("Heads of villages and residential groups in office on that day; vacant posts and acting heads are "
      "not counted."),
    "heads", STOCK, _heads, REPORT, unit="home", subject="head", breakdowns=groups.PEOPLE,
))  # fmt: skip
add(Indicator(
    "villages.heads_members", _("Village heads who are members"),
    _("Heads of villages and residential groups in office on that day who are party members on that day."),
    "heads", STOCK, _heads_members, REPORT, unit="home", subject="head", breakdowns=groups.PEOPLE,
))  # fmt: skip
add(Indicator(
    "firms.with_organisation", _("Private firms with a party organisation"),
    _("Private firms that an active party organisation or cell serves on that day; each firm counts once."),
    "firms", STOCK, _firms, REPORT, unit="home", person=None, subject="area",
))  # fmt: skip
add(Derived(
    "firms.with_organisation_change", _("Change of private firms with a party organisation"),
    _("Private firms with a party organisation on the last day of the period less those on its first day."),
    "firms", CHANGE, _change, lambda values, _period: values["last"] - values["first"], REPORT,
    subject="area",
))  # fmt: skip
