"""This room is for what must hold through a reorganisation, counted before and after.

Nobody and nothing may be lost: as many members, the same ones; each with one home; every open case, paper,
deadline and mandate with one body that answers for it; no time limit gone or begun anew; and nothing other
than before on the days before.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import Count, F, Sum
from django.utils.translation import gettext_lazy as _

from orgwork.foundation.dates import DAY
from orgwork.registers import hanging
from orgwork.registers.appointments import Appointment
from orgwork.registers.areas import VILLAGES, AreaPlacement
from orgwork.registers.lending import Lending
from orgwork.registers.members import Membership, MembershipPlace, PlaceKind
from orgwork.registers.units import UnitForm, UnitLineage, UnitPlacement, UnitService

from .cases import running

#: How a count must stand after to before.
SAME, NO_MORE, SHOWN = "same", "no_more", "shown"
#: Large primes: sums over products with them tell rows apart without reading them.
P, Q = 1_000_003, 998_244_353

WORDS = {
    "members": (_("Members with a cell"), SAME),
    "members_checksum": (_("The same members, to the person"), SAME),
    "members_without_home": (_("Members without a cell that exists"), NO_MORE),
    "members_with_two_homes": (_("Members with two official cells"), NO_MORE),
    "members_under_the_top": (_("Members counted from the top of the tree"), SAME),
    "deadlines": (_("Time limits that run"), SAME),
    "deadlines_checksum": (_("The same time limits: case, start and last day"), SAME),
    "deadlines_without_a_body": (_("Time limits for which nobody answers"), NO_MORE),
    "mandates": (_("Mandates lent"), SAME),
    "mandates_without_a_body": (_("Mandates lent for which nobody answers"), NO_MORE),
    "posts_with_two_holders": (_("Posts with two holders"), NO_MORE),
    "villages_served": (_("Villages with an organisation"), SAME),
    "bodies_without_home": (_("Bodies under one that does not exist"), NO_MORE),
    "members_before_the_day": (_("Members the day before, by cell"), SAME),
    "tree_before_the_day": (_("The tree the day before"), SAME),
    "kinds_before_the_day": (_("The kinds of bodies the day before"), SAME),
    "bodies": (_("Bodies"), SHOWN),
    "held_posts": (_("Posts held"), SHOWN),
}


@dataclass(frozen=True)
class Invariant:
    """One count before and after, and whether it stands as it must."""

    code: str
    label: str
    before: int
    after: int
    holds: bool
    must: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def measure(day: dt.date) -> dict[str, int]:
    """Every count, on the day and on the eve, as the register holds them now."""
    answers = hanging.answering(day)
    found: dict[str, int] = {}
    homes: dict[int, int] = {}
    for one in hanging.declared():
        counted = one.by_body(day)
        if one.code == "members":
            homes = counted
            continue
        found[one.code] = sum(counted.values())
        found[f"{one.code}_without_a_body"] = hanging.without_an_answer(counted, answers)
    return {**_members(day, homes), **_limits(day, answers), **_bodies(day), **found, **_eve(day - DAY)}


def _members(day: dt.date, homes: Mapping[int, int]) -> dict[str, int]:
    exists = set(UnitPlacement.objects.on(day).values_list("unit", flat=True))
    rows = MembershipPlace.objects.on(day).filter(kind=PlaceKind.OFFICIAL)
    placed = sum(homes.values())
    homeless = sum(number for unit, number in homes.items() if unit not in exists)
    one = rows.aggregate(people=Count("person", distinct=True), sum=Sum(_mixed("person")))
    top = UnitLineage.objects.on(day).filter(
        ancestor__in=UnitPlacement.objects.on(day).filter(parent__isnull=True).values("unit")
    )
    under = set(top.values_list("descendant", flat=True))
    members = Membership.objects.on(day).count()
    return {
        "members": placed,
        "members_checksum": int(one["sum"] or 0) % (1 << 53),
        "members_without_home": homeless + max(members - one["people"], 0),
        "members_with_two_homes": placed - one["people"],
        "members_under_the_top": sum(number for unit, number in homes.items() if unit in under),
    }


def _mixed(field: str):
    """A number that tells a row's key apart in a sum."""
    return (F(field) % P) * (F(field) % 8_191)


def _limits(day: dt.date, answers: Mapping[int, int]) -> dict[str, int]:
    open_ = running(day).filter(case__closed_on__isnull=True)
    counted = open_.order_by().values("case__unit").annotate(n=Count("pk"))
    by_body = {row["case__unit"]: row["n"] for row in counted}
    rows = open_.order_by().values("kind", "runs_from", "due").annotate(n=Count("pk"), cases=Sum("case"))
    checksum = 0
    for row in rows.order_by("kind", "runs_from", "due"):
        span = row["runs_from"].toordinal() * 7 + row["due"].toordinal() * 13 + row["n"]
        checksum = (checksum + span * int(row["cases"]) % P + len(row["kind"])) % Q
    lent = Lending.objects.filter(
        accepted__isnull=False, ended__isnull=True, first_day__lte=day, last_day__gte=day
    )
    mandates = {
        row["post__unit"]: row["n"]
        for row in lent.filter(post__unit__isnull=False).values("post__unit").annotate(n=Count("pk"))
    }
    return {
        "deadlines": sum(by_body.values()),
        "deadlines_checksum": checksum,
        "deadlines_without_a_body": hanging.without_an_answer(by_body, answers),
        "mandates": sum(mandates.values()),
        "mandates_without_a_body": hanging.without_an_answer(mandates, answers),
    }


def _bodies(day: dt.date) -> dict[str, int]:
    placed = dict(UnitPlacement.objects.on(day).values_list("unit", "parent"))
    lost = sum(1 for parent in placed.values() if parent is not None and parent not in placed)
    held = Appointment.objects.on(day).filter(post__unit__isnull=False)
    doubled = held.values("post", "acting").annotate(n=Count("pk")).filter(n__gt=1).count()
    villages = AreaPlacement.objects.on(day).filter(area__kind__in=VILLAGES).values("area")
    served = UnitService.objects.on(day).filter(area__in=villages).values("area").distinct().count()
    return {
        "bodies": len(placed),
        "bodies_without_home": lost,
        "held_posts": held.count(),
        "posts_with_two_holders": doubled,
        "villages_served": served,
    }


def _eve(day: dt.date) -> dict[str, int]:
    """Sums over what stood the day before: another by a single row, and they differ."""
    places = MembershipPlace.objects.on(day).aggregate(sum=Sum((F("person") % P) * (F("unit") % P)))
    tree = UnitLineage.objects.on(day).aggregate(
        sum=Sum((F("ancestor") % P) * (F("descendant") % 99_991) * (F("depth") + 1))
    )
    kinds = 0
    for row in UnitForm.objects.on(day).order_by().values("kind").annotate(n=Sum("unit")):
        kinds = (kinds + sum(map(ord, row["kind"])) * (int(row["n"]) % P)) % Q
    return {
        "members_before_the_day": int(places["sum"] or 0) % (1 << 53),
        "tree_before_the_day": int(tree["sum"] or 0) % (1 << 53),
        "kinds_before_the_day": kinds,
    }


def compared(before: Mapping[str, int], after: Mapping[str, int]) -> list[Invariant]:
    """Each count before and after, and whether it stands as it must."""
    found = []
    for code in before:
        label, must = _said(code)
        holds = {
            SAME: after[code] == before[code], NO_MORE: after[code] <= before[code], SHOWN: True,
        }[must]  # fmt: skip
        found.append(Invariant(code, str(label), before[code], after[code], holds, must))
    return found


def label_of(code: str) -> str:
    """What a count is called, in the reader's language; the code where its register is gone."""
    base = code.removesuffix("_without_a_body")
    return str(_said(code)[0]) if code in WORDS or base in hanging.known else code


def _said(code: str) -> tuple[Any, str]:
    if code in WORDS:
        return WORDS[code]
    base = code.removesuffix("_without_a_body")
    one = hanging.known[base]
    if base != code:
        return _("%(what)s: for which nobody answers") % {"what": one.label}, NO_MORE
    return one.label, SAME if one.kept else SHOWN
