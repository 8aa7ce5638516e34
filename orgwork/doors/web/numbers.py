"""This room is for numbers on pages: each computed by its indicator at one horizon, and linked to its
records.
"""

from __future__ import annotations

import hashlib
from datetime import date

from django.core.cache import cache
from django.db.models import Count, Exists, OuterRef
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from orgwork.doors.web import formats
from orgwork.foundation import provisions
from orgwork.foundation.dates import Period
from orgwork.insight import frame
from orgwork.planning.targets import AdmissionTarget
from orgwork.registers.members import Condition, MembershipCondition, MembershipPlace, PlaceKind
from orgwork.registers.units import under_ids

HOUR = 3600


def known(request) -> frame.Known:
    """The moment all figures of a page are computed at; asked once for each page."""
    if not hasattr(request, "_known"):
        request._known = frame.known(request.dials.known, keep=True)
    return request._known


def once(request, name: str, compute):
    """A whole table or list at a moment, which never changes: made once at this horizon, not again."""
    at = known(request)
    key = hashlib.sha256(f"{name}|{at.moment}|{at.at.isoformat()}|{at.edition}".encode()).hexdigest()
    return compute() if at.moment is None else cache.get_or_set(f"number:{key}", compute, HOUR)


def counted(request) -> frame.Counted:
    """What this page has counted: a rate asks for the same members as the card above it."""
    if not hasattr(request, "_counted"):
        request._counted = {}
    return request._counted


def value(request, code: str, unit, *, on: date | None = None, period: Period | None = None, **options):
    """The figure of a body; none where its rules were not yet in force on that day."""
    try:
        return frame.compute(
            code, unit, on=on, period=period, known_at=known(request), counted=counted(request), **options
        ).value
    except provisions.NotInForce:
        return None


def of_children(
    request, code: str, unit, ids, *, on: date | None = None, period: Period | None = None
) -> dict:
    """The figure of every body directly below, in one statement; that of the body itself comes with it."""
    found = frame.by_unit(code, on=on, period=period, known_at=known(request), only=[*ids, unit.pk])
    counted(request)[frame.counted_as(code, unit, on or period)] = found.get(unit.pk, 0)
    return found


def address(code: str, dials, **more) -> str:
    """The page that opens a figure to its records; empty while there is no such page."""
    try:
        return reverse("figure", args=[code]) + dials.query(**more)
    except NoReverseMatch:
        return ""


def same_day_last_year(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:  # 29 February
        return day.replace(year=day.year - 1, day=28)


# ── the cards of a body ─────────────────────────────────────────────────────────────────────────────────


def cards(request, place) -> list[dict]:
    """How many members, how many came, how many bodies, which villages: each number a link, none that
    says nothing.
    """
    found = [members(request, place.unit), admitted(request, place.unit)]
    bodies = below_it(request, place.unit)
    villages_ = villages(request, place.unit)
    return found + ([bodies] if (bodies["value"] or 0) > 1 else []) + ([villages_] if villages_ else [])


def parts(request, unit, *some) -> list[dict]:
    """Small numbers under a big one: words, value and link."""
    dials = request.dials
    found = []
    for words, code, css in some:
        number = value(request, code, unit, on=dials.on)
        if number or not css:
            found.append(
                {
                    "words": words,
                    "text": formats.number(number),
                    "css": css,
                    "url": address(code, dials, unit=unit.code),
                }
            )
    return found


def members(request, unit) -> dict:
    """Full members are those not on probation: the law of the two standings spares a second count."""
    dials = request.dials
    stock = value(request, "members.stock", unit, on=dials.on)
    new = value(request, "members.probationary", unit, on=dials.on)
    some = [
        (_("full"), "members.full", (stock or 0) - (new or 0)),
        (_("on probation"), "members.probationary", new),
    ]
    return {
        "title": _("Members"),
        "value": stock,
        "url": address("members.stock", dials, unit=unit.code),
        "parts": [
            {
                "words": words,
                "text": formats.number(number),
                "css": "",
                "url": address(code, dials, unit=unit.code),
            }
            for words, code, number in some
        ]
        + apart(request, unit),
    }


def apart(request, unit) -> list[dict]:
    """Members who are counted and shown apart: exempt, suspended, missing; one question for all of them."""
    dials = request.dials
    below = under_ids(unit, dials.on, known_at=dials.known_at)
    homes = MembershipPlace.objects.on(dials.on, known_at=dials.known_at)
    homes = homes.filter(person=OuterRef("person"), kind=PlaceKind.OFFICIAL, unit__in=below)
    rows = MembershipCondition.objects.on(dials.on, known_at=dials.known_at).exclude(kind=Condition.AWAY)
    found = rows.filter(Exists(homes)).values_list("kind").annotate(n=Count("pk")).order_by("kind")
    return [
        {
            "words": str(Condition(kind).label),
            "text": formats.number(count),
            "css": "warn" if kind != Condition.EXEMPT else "",
            "url": address(f"members.{kind}", dials, unit=unit.code),
        }
        for kind, count in found
    ]


def admitted(request, unit) -> dict:
    dials = request.dials
    period = Period.days(dials.first, dials.on)
    rate = value(request, "members.admission_rate", unit, period=period)
    return {
        "title": _("Admitted since %(day)s") % {"day": formats.day(dials.first)},
        "value": value(request, "members.admitted", unit, period=period),
        "url": address("members.admitted", dials, unit=unit.code, since=dials.first),
        "badge": _("%(rate)s a year") % {"rate": formats.percent(rate)} if rate else "",
        "badge_kind": "ok",
        "parts": parts(request, unit, (_("probation ended, to be recognised"), "probation.due", "warn")),
    }


def below_it(request, unit) -> dict:
    dials = request.dials
    return {
        "title": _("Organisations and cells"),
        "value": value(request, "bodies.count", unit, on=dials.on),
        "url": address("bodies.count", dials, unit=unit.code),
        "parts": parts(
            request,
            unit,
            (_("below the least size"), "cells.below_three", "down"),
            (_("outgrown"), "bodies.over_thirty", "warn"),
        ),
    }


def villages(request, unit) -> dict | None:
    dials = request.dials
    total = value(request, "villages.total", unit, on=dials.on)
    if not total:
        return None
    covered = value(request, "villages.with_organisation", unit, on=dials.on)
    words = _("all with an organisation") if covered == total else _("with an organisation")
    some = [] if covered == total else [(words, "villages.with_organisation", "")]
    some.append((_("heads are members"), "villages.heads_members", ""))
    return {
        "title": _("Villages"),
        "value": total,
        "url": address("villages.total", dials, unit=unit.code),
        "note": words if covered == total else "",
        "parts": parts(request, unit, *some),
    }


# ── the table of the bodies below ───────────────────────────────────────────────────────────────────────


def below(request, place, rows) -> dict[int, dict]:
    """Members, admissions of the year up to the day against the same days of last year, and the target."""
    dials = request.dials
    ids = [row["id"] for row in rows]
    year = Period.days(date(dials.on.year, 1, 1), dials.on)
    before = Period.days(date(dials.on.year - 1, 1, 1), same_day_last_year(dials.on))
    stock = of_children(request, "members.stock", place.unit, ids, on=dials.on)
    now = of_children(request, "members.admitted", place.unit, ids, period=year)
    then = of_children(request, "members.admitted", place.unit, ids, period=before)
    targets = targets_of(ids, dials)
    found = {}
    for row in rows:
        pk, code = row["id"], row["code"]
        came = now.get(pk, 0)
        found[pk] = {
            "members": stock.get(pk, 0),
            "members_url": address("members.stock", dials, unit=code),
            "admitted": came,
            "admitted_url": address("members.admitted", dials, unit=code, since=year.start),
            "against": came - then.get(pk, 0),
            "target": targets.get(pk),
            "behind": behind(came, targets.get(pk), dials.on),
        }
    return found


def targets_of(ids, dials) -> dict[int, int]:
    rows = AdmissionTarget.objects.at(dials.known_at).filter(unit__in=ids, year=dials.on.year)
    return dict(rows.values_list("unit_id", "number"))


def behind(came: int, target: int | None, on: date) -> bool:
    """Fewer than the share of the target that has fallen due by the day, by the rule of that day."""
    if not target:
        return False
    share = (on - date(on.year, 1, 1)).days / 365
    percent = float(provisions.on(on).value("growth.low_percent_of_target"))
    return came < target * share * percent / 100


def total(rows) -> dict:
    def plus(name):
        values = [row[name] for row in rows if row.get(name) is not None]
        return sum(values) if values else None

    return {"members": plus("members"), "admitted": plus("admitted"), "against": plus("against")}
