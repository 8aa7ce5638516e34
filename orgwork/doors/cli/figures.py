"""This room is for `orgwork figure`: a number, what it means, and on request the records it counts."""

from __future__ import annotations

import datetime as dt

from orgwork.foundation.refusals import Refusal

from .common import as_json, need, opening_day, table, unit
from .main import NOTHING, WrongUse
from .words import _

#: Refusals that say the question was put wrongly, not that the answer is no.
ASKED_WRONGLY = {
    "unknown_indicator", "day_missing", "period_missing", "empty_period", "unknown_unit", "unknown_group",
    "unknown_breakdown", "unknown_option", "structure_not_later", "not_regrouped",
}  # fmt: skip


def figure(args) -> int:
    from orgwork.doors import answers

    if not args.indicator:
        return _catalogue(args, answers)
    where = unit(args.unit)
    account = need(args, "figures.read", where)
    asked = asked_for(args)
    try:
        if args.structure:
            return _on_structure(answers.on_structure(args.indicator, where, args.structure, **asked), args)
        found = answers.figure(args.indicator, where, **asked)
        if args.records:
            found |= answers.all_records(args.indicator, where, account, door="cli", **asked)
    except Refusal as refusal:
        if refusal.code in ASKED_WRONGLY:
            raise WrongUse(str(refusal)) from refusal
        raise
    if args.json:
        as_json(found)
    else:
        _tell(found)
    return NOTHING


def asked_for(args) -> dict:
    """Days, knowledge and options as the frame takes them."""
    if bool(args.first) != bool(args.last):
        raise WrongUse(_("A period needs both days: --from and --to."))
    if args.first and args.last < args.first:
        raise WrongUse(_("The period ends before it begins; turn the two days round."))
    if args.on and args.first:
        raise WrongUse(_("Give either a day (--on) or a period (--from and --to)."))
    options = dict(args.option)
    if args.kind:
        options["kind"] = args.kind
    on = args.on or (None if args.first else opening_day())
    from orgwork.doors.answers import known

    return {"on": on, "first": args.first, "last": args.last, "known": known(args.known_at), **options}


def _catalogue(args, answers) -> int:
    need(args, "figures.read")
    found = answers.catalogue()
    if args.json:
        as_json({"figures": found})
    else:
        from orgwork.registers.figures.base import UNITS_OF_VALUE

        table([[one["indicator"], one["label"], UNITS_OF_VALUE[one["unit_of_value"]]] for one in found])
    return NOTHING


def _on_structure(found: dict, args) -> int:
    if args.json:
        as_json(found)
        return NOTHING
    for title, lines in (
        (_("As reported"), found["reported"]),
        (_("On the structure of %s") % args.structure, found["regrouped"]),
    ):
        print(title)
        rows = [[one["unit"] or "", one["name"], one["value"]] for one in lines]
        table([*rows, ["", _("Together"), found["value"]]], right=(2,))
    return NOTHING


def _tell(found: dict) -> None:
    from orgwork.foundation import wording
    from orgwork.registers.figures.base import UNITS_OF_VALUE

    value = found["value"]
    shown = "–" if value is None else wording.number(value, places=0 if isinstance(value, int) else 2)
    days = [wording.day(dt.date.fromisoformat(found[key])) for key in ("on", "from", "to") if key in found]
    counted = f"{shown} {UNITS_OF_VALUE[found['unit_of_value']]}"
    print(f"{counted}  {found['label']}, {found['unit']}, {' – '.join(days)}")
    print(found["definition"])
    for record in found.get("records", []):
        print(f"  {record['type']} {record['id']}  {record['label']}  {record['url']}")
    if found.get("records_hidden"):
        print(_("%s more are not open to you; they are open to:") % found["records_hidden"])
        for who in found["who"]:
            print(f"  {who}")
