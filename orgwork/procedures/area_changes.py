"""This room is for what people decide about areas: an official list brought in, and where a village lies.

Territories themselves change by reorganisation plans (reorganisation_enacting.py); of a split commune a
person says, village by village, where it lies. What was said wrongly is said again here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from orgwork.foundation import wording
from orgwork.foundation.dates import change
from orgwork.foundation.moments import Act, writing
from orgwork.foundation.refusals import Refusal
from orgwork.registers import access
from orgwork.registers.area_opening import Territory, open_areas
from orgwork.registers.areas import TERRITORIES, Area, AreaKind, AreaPlacement

from .appointment import leading
from .cases import Outcome, cause
from .fields import Field
from .operations import operation
from .unit_change import area_name

INTO = (AreaKind.COMMUNE, AreaKind.DISTRICT)


def load_areas(territories: Iterable[Territory], *, actor=None, door: str = "cli") -> int:
    """Bring in the territories of an official list that are not there yet; how many there were."""
    with writing(actor=actor, door=door) as act:
        access.require(actor, "system.run", None, now=act.day)
        return open_areas(act, territories, cause=cause("takeover"))


def _over(asked: dict):
    """The body that leads where the place comes to lie."""
    return leading(asked["area"], asked["day"])


@operation(
    "area.place",
    label=_("Say in which commune a place lies"),
    act="unit.move",
    at=_over,
    help=_(
        "For a village, firm, school or agency whose commune was split, or that went over to another one."
        " Bodies go on serving it."
    ),
    day_label=_("Day from which it lies there"),
    fields=[
        Field("area", "area", _("Village, firm, school or agency")),
        Field("into", "area", _("Lies in")),
        Field("document", "document", _("Decision"), required=False, paper="decision"),
    ],
)
def place_area(act: Act, *, day: dt.date, area: Area, into: Area, document):
    if area.kind in (AreaKind.COUNTRY, *TERRITORIES):
        raise Refusal(
            _("%(area)s is a territory; territories change by a reorganisation.")
            % {"area": area_name(area, day)},
            field="area",
            code="territory",
        )
    if into.kind not in INTO or not AreaPlacement.objects.on(day).filter(area=into).exists():
        raise Refusal(
            _("%(area)s is no commune on %(day)s; choose one that is.")
            % {"area": area_name(into, day), "day": wording.day(day)},
            field="into",
            code="no_such_area",
        )
    row = AreaPlacement.objects.on(day).filter(area=area).select_related("parent").first()
    if row is None or row.parent_id == into.pk:
        raise Refusal(
            _("%(area)s lies there already, or does not exist on %(day)s; look at the day again.")
            % {"area": area_name(area, day), "day": wording.day(day)},
            field="into",
            code="already_there",
        )
    before = leading(area, day)
    why = cause("other", document=document)
    change(AreaPlacement, act, {"area": area}, day, {"parent": into}, cause=why, for_good=True)
    said = {
        "area": area_name(area, day),
        "before": area_name(row.parent, day) if row.parent else "",
        "after": area_name(into, day),
        "since": day.isoformat(),
    }
    units = dict.fromkeys(u.pk for u in (leading(area, day), before) if u is not None)
    return Outcome(subjects=[(("unit", unit), said) for unit in units])
