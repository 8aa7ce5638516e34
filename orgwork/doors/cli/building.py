"""This room is for `orgwork demo`."""

from __future__ import annotations

import sys
import time

from django.conf import settings

from .common import as_json, need
from .main import NOTHING
from .serving import TODAY_FILE
from .words import _

#: The day of the term report, on which the demonstration's pages open.
DEMO_DAY = "2024-05-01"


def demo(args) -> int:
    need(args, "system.run")
    from orgwork.exchange.demo.build import build_demo

    began = time.monotonic()
    found = build_demo(
        members=args.members,
        bodies=args.bodies,
        replace=args.replace,
        say=lambda *parts: print(*parts, file=sys.stderr, flush=True),
        language=args.language or "",
    )
    path = settings.ORGWORK_HOME / TODAY_FILE
    path.write_text(f"{DEMO_DAY}\n")
    answer = {"seconds": round(time.monotonic() - began, 1), "today": DEMO_DAY, **(found or {})}
    if args.json:
        as_json(answer)
    else:
        print(_("The demonstration stands; it took %s seconds.") % answer["seconds"])
    return NOTHING
