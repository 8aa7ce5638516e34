"""This room is for `orgwork export org`: the structure with its changes as linked data."""

from __future__ import annotations

import sys
from pathlib import Path

from orgwork.exchange.linked import areas, org
from orgwork.insight import frame

from .common import actor, as_json, need, opening_day, unit
from .main import NOTHING
from .words import _


def export(args) -> int:
    day, known = args.day or opening_day(), frame.known(args.known_at).moment
    if args.areas:
        actor(args)  # territories are public knowledge
        pieces = areas.exported(day, form=args.format, known_at=known)
    else:
        where = unit(args.body)
        need(args, "figures.read", where)
        pieces = org.exported(where, day, form=args.format, known_at=known)
    if not args.output:
        for piece in pieces:
            sys.stdout.write(piece)
        return NOTHING
    target = Path(args.output)
    size = 0
    with target.open("w", encoding="utf-8") as file:
        for piece in pieces:
            size += file.write(piece)
    if args.json:
        as_json({"export": str(target), "format": args.format, "day": day, "characters": size})
    else:
        print(_("Written to %s") % target, file=sys.stderr)
    return NOTHING
