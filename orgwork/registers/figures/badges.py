"""This room is for the figures of cards and badges: how many hold a card, how many badges were awarded."""

from __future__ import annotations

from django.db.models import OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from orgwork.registers.badges import MemberBadge
from orgwork.registers.members import MemberCard

from . import groups
from .base import FLOW, STOCK, Indicator, add
from .members import places

AWARDS = gettext_noop("QĐ 24-QĐ/TW; HD 12-HD/BTCTW (2022)")


def _awarded(period, *, known_at):
    """Badges by the award day; the place is the official cell on that day, or the last one before it."""
    cell = places(known_at).filter(person=OuterRef("person"), valid_from__lte=OuterRef("valid_from"))
    found = MemberBadge.objects.begun_in(period, kinds=["awarded"], known_at=known_at)
    return found.annotate(home=Subquery(cell.order_by("-valid_from").values("unit")[:1]))


def _with_card(day, *, known_at):
    held = MemberCard.objects.on(day, known_at=known_at)
    return places(known_at).valid_on(day).filter(person__in=held.values("person"))


add(Indicator(
    "badges.awarded", _("Party badges awarded"),
    _("Badges for years of membership, by the award day and the official cell on that day; those awarded "
      "before the opening balance or elsewhere are not counted."),
    "badges", FLOW, _awarded, AWARDS, unit="home", judged="start", breakdowns=(groups.SEX, groups.AGE),
    options={"years": lambda value: Q(years=value if str(value).isdigit() else 0)},
))  # fmt: skip
add(Indicator(
    "members.with_card", _("Members with a card"),
    _("Members who hold a card on that day, by their official cell."),
    "members", STOCK, _with_card, gettext_noop("HD 12-HD/BTCTW (2022)"), breakdowns=groups.PEOPLE,
))  # fmt: skip
