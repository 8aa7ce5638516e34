"""This room is for `orgwork areas`: which commune it is now, what came of what, tables of changes."""

from __future__ import annotations

import sys
from pathlib import Path

from orgwork.exchange.territories import read_table, territories_2024
from orgwork.procedures.area_changes import load_areas
from orgwork.registers import area_lookup
from orgwork.registers.area_changes import AreaChange, area_lineage, match_area_changes
from orgwork.registers.areas import AreaKind, ChangeKind

from .common import actor, as_json, need, opening_day, table
from .main import FINDINGS, NOTHING, WrongUse
from .words import _


def find(args) -> int:
    actor(args)
    first, last = _days(args)
    found = area_lookup.look_up(args.name, first, last, wide=args.wide)
    answers = found.answers
    if args.json:
        as_json([_as_object(one) for one in answers])
        return NOTHING if answers else FINDINGS
    for at, one in enumerate(answers):
        print(("\n" if at else "") + _shown(one.spot))
        if one.by_draft:
            print("  " + _("(a code of the draft list, which is not in force)"))
        for came in one.became:
            print(f"  → {_shown(came.spot)}, {ChangeKind(came.kind).label}")
            if came.paper:
                print("    " + ", ".join(part for part in (came.paper, came.clause) if part))
        if not one.became:
            print("  → " + _("nothing came of it"))
            for spot in one.below:
                print(f"    · {_shown(spot)}")
    if not answers:
        print(_("Nothing of this name or code is recorded on %s.") % first, file=sys.stderr)
    if found.more:
        print("\n" + _("More names contain these words: %s (--wide shows them)") % found.more)
    return NOTHING if answers else FINDINGS


def _shown(spot) -> str:
    where = ", ".join(spot.within)
    kind = AreaKind(spot.kind).label
    code = f", {spot.code_list} {spot.code}" if spot.code else ""
    return f"{spot.name}{', ' if where else ''}{where} ({kind}{code})"


def _as_object(one) -> dict:
    def spot(found):
        return {
            "level": found.kind, "code": found.code, "list": found.code_list, "name": found.name,
            "within": list(found.within),
        }  # fmt: skip

    return {
        **spot(one.spot),
        "by_draft_code": one.by_draft,
        "became": [
            {
                **spot(came.spot), "kind": came.kind, "area": came.area, "population": came.population,
                "paper": came.paper, "clause": came.clause,
            }
            for came in one.became
        ],
        "inside": [spot(found) for found in one.below],
    }  # fmt: skip


def lineage(args) -> int:
    actor(args)
    first, last = _days(args)
    planned: list[AreaChange] = []
    if args.plan:
        from orgwork.procedures.reorganisation_shape import planned_area_changes

        planned = planned_area_changes(_plan(args.plan))
    found = area_lineage(first, last, planned=planned)
    if args.json:
        as_json(found)
    else:
        table([[p["old_level"], p["old_code"], p["new_level"], p["new_code"], p["kind"]] for p in found])
    return NOTHING


def _plan(text: str):
    """A plan by its code, or its number."""
    from orgwork.registers.reorganisation import Plan

    found = Plan.objects.filter(code=text).first()
    if found is None and text.isascii() and text.isdigit():
        found = Plan.objects.filter(pk=int(text)).first()
    if found is None:
        raise WrongUse(_("No plan has the code “%s”.") % text)
    return found


def _days(args):
    """The days asked for; without them, the eve of the latest reform and today."""
    first, last = area_lookup.days_for(opening_day())
    return args.first or first, args.last or last


def check(args) -> int:
    actor(args)
    path = Path(args.file)
    if not path.is_file():
        raise WrongUse(_("There is no file “%s”.") % args.file)
    changes, faults = read_table(path)
    if changes and not any(fault.blocks for fault in faults):
        faults += match_area_changes(changes, changes[0].effective)
    if args.json:
        as_json(
            {
                "changes": len(changes),
                "faults": [
                    {"row": f.row, "column": f.column, "sentence": f.sentence, "blocks": f.blocks}
                    for f in faults
                ],
            }
        )
    else:
        for fault in faults:
            print(str(fault))
        print(_("%s rows read.") % len(changes))
    return FINDINGS if any(fault.blocks for fault in faults) else NOTHING


def load(args) -> int:
    account = need(args, "system.run")
    count = load_areas(territories_2024(), actor=account, door="cli")
    if args.json:
        as_json({"areas": count})
    else:
        print(_("%s areas brought in.") % count)
    return NOTHING
