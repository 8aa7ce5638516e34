"""This room is for membership: that somebody is a member, in which standing, and in which cell.

Three facts that change by themselves, hence three tables. An admission begins all three with one cause on
the day of the decision; recognition changes the standing, a transfer the place; death and leaving end them.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from .people import Person
from .record import Record, guarded, timed
from .units import Unit


class Membership(Record):
    """Party membership; begins on the day of the decision (Popolo's word covers Appointment as well)."""

    KEY = ("person",)

    person = models.ForeignKey(Person, models.PROTECT, related_name="memberships")

    class Meta:
        verbose_name = _("membership")
        base_manager_name = "versions"
        constraints = guarded("membership", "person")
        indexes = [
            models.Index(
                fields=["valid_from", "valid_to", "recorded", "retracted", "person"], name="membership_days"
            ),
            *timed("membership"),
        ]

    def __str__(self):
        return f"{self.person_id} since {self.valid_from}"


def first_piece(row: Membership, *, known_at: int | None = None) -> Membership:
    """The piece with which a membership began: corrections and restorations leave it in several."""
    if row.begun_by_id is not None:
        return row
    pieces = Membership.objects.at(known_at).filter(person=row.person_id, spell=row.spell)
    return pieces.order_by("valid_from").select_related("begun_by").first() or row


class Standing(models.TextChoices):
    PROBATIONARY = "probationary", _("on probation")
    FULL = "full", _("full member")


class MembershipStanding(Record):
    """On probation, or full member."""

    KEY = ("person",)

    person = models.ForeignKey(Person, models.PROTECT, related_name="standings")
    standing = models.CharField(_("standing"), max_length=20, choices=Standing)

    class Meta:
        verbose_name = _("standing")
        base_manager_name = "versions"
        constraints = guarded("membership_standing", "person")
        indexes = [
            models.Index(
                fields=["standing", "valid_from", "valid_to", "recorded", "retracted", "person"],
                name="standing_days",
            ),
            models.Index(
                # Answers whether a member is in a standing without the row: cells below the least size.
                fields=["person", "standing", "valid_from", "valid_to", "recorded", "retracted", "spell"],
                name="standing_person_days",
            ),
            *timed("standing"),
        ]

    def __str__(self):
        return f"{self.person_id} {self.standing}"


class PlaceKind(models.TextChoices):
    OFFICIAL = "official", _("official")
    TEMPORARY = "temporary", _("temporary")


class MembershipPlace(Record):
    """The cell a member belongs to: one official place at a time; temporary ones are not counted."""

    KEY = ("person", "kind")

    person = models.ForeignKey(Person, models.PROTECT, related_name="places")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="member_places", verbose_name=_("cell"))
    kind = models.CharField(_("kind"), max_length=10, choices=PlaceKind, default=PlaceKind.OFFICIAL)

    class Meta:
        verbose_name = _("place of membership")
        base_manager_name = "versions"
        constraints = guarded("membership_place", "person", "kind")
        indexes = [
            models.Index(
                # Covers the count of a body's members as known at any moment: five times quicker.
                fields=["unit", "kind", "valid_from", "valid_to", "recorded", "retracted", "person"],
                name="place_unit_days",
            ),
            models.Index(
                # From a few people to their cells: members on probation, heads who are members.
                fields=["person", "kind", "valid_from", "valid_to", "recorded", "retracted", "unit"],
                name="place_person_days",
            ),
            models.Index(fields=["valid_from", "unit"], name="place_begun"),
            models.Index(fields=["valid_to", "unit"], name="place_ended"),
            *timed("place"),
        ]

    def __str__(self):
        return f"{self.person_id} in {self.unit_id}"


class Condition(models.TextChoices):
    """What may hold of a member besides the standing; none of them ends the membership."""

    EXEMPT = "exempt", _("exempt from work and activities")
    SUSPENDED = "suspended", _("suspended")
    MISSING = "missing", _("missing")
    AWAY = "away", _("for a time outside the register")


class MembershipCondition(Record):
    """Exempt, suspended, missing, or for a time outside the register. Whoever is so stays a member and is
    counted; a condition that was given an end ends by itself on that day.
    """

    KEY = ("person", "kind")

    person = models.ForeignKey(Person, models.PROTECT, related_name="conditions")
    kind = models.CharField(_("condition"), max_length=10, choices=Condition)

    class Meta:
        verbose_name = _("condition of membership")
        base_manager_name = "versions"
        constraints = guarded("membership_condition", "person", "kind")
        indexes = [
            models.Index(
                # Few rows of many members: found by kind and day, then joined to their cells.
                fields=["kind", "valid_from", "valid_to", "recorded", "retracted", "person"],
                name="condition_days",
            ),
            *timed("condition"),
        ]

    def __str__(self):
        return f"{self.person_id} {self.kind}"


class MemberCard(Record):
    """The member's card while it holds: its number, which stays, and which copy of it this is."""

    KEY = ("person",)

    person = models.ForeignKey(Person, models.PROTECT, related_name="cards")
    number = models.CharField(_("card number"), max_length=20)
    copy = models.PositiveSmallIntegerField(_("copy"), default=1, db_default=1)

    class Meta:
        verbose_name = _("member card")
        base_manager_name = "versions"
        constraints = [
            *guarded("member_card", "person"),
            models.UniqueConstraint(
                fields=["number"], condition=models.Q(retracted__isnull=True, valid_to__isnull=True),
                name="card_number_once", violation_error_message=_("This card number is already in use."),
            ),
        ]  # fmt: skip
        indexes = timed("card")

    def __str__(self):
        return self.number
