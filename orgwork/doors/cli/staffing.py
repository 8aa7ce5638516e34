"""This room is for `orgwork staffing`: quotas, what is filled, the road map of reduction, what lies ahead."""

from __future__ import annotations

from orgwork.doors.api.staffing import categories
from orgwork.registers.staffing import StaffCategory

from .common import as_json, need, opening_day, table, unit
from .main import FINDINGS, NOTHING
from .words import _


def show(args) -> int:
    """Exit code 3: somewhere more people than posts are there, or a goal is not reached."""
    where = unit(args.unit)
    need(args, "figures.read", where)
    on = args.on or opening_day()
    found = categories(where, on)
    amiss = any(one["over"] or any(year["behind"] for year in one["road_map"]) for one in found)
    if args.json:
        as_json({"unit": where.code, "on": on, "categories": found})
        return FINDINGS if amiss else NOTHING
    head = ["", _("posts"), _("reserve"), _("given on"), _("filled"), _("over"), _("free")]
    rows = [
        [
            str(StaffCategory(one["category"]).label), "–" if one["posts"] is None else one["posts"],
            one["reserve"], one["given_on"], one["filled"], one["over"], one["free"],
        ]
        for one in found
    ]  # fmt: skip
    if not rows:
        print(_("No quota of this year is known here, and nobody fills a post of the budget."))
        return NOTHING
    table([head, *rows], right=(1, 2, 3, 4, 5, 6))
    for one in found:
        if one["road_map"]:
            print("\n" + _("Road map: %s") % StaffCategory(one["category"]).label)
            head = [_("year"), _("posts"), _("fewer, %"), _("goal, %"), _("at most")]
            years = [
                [
                    "" if value is None else value
                    for value in (y["year"], y["posts"], y["fewer_percent"], y["goal_percent"], y["most"])
                ]
                for y in one["road_map"]
            ]
            table([head, *years], right=(1, 2, 3, 4))
    return FINDINGS if amiss else NOTHING
