"""This room is for `orgwork demo`."""

from __future__ import annotations

import sys
import time

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from .common import as_json, need
from .main import NOTHING
from .serving import TODAY_FILE, tables_are_there
from .words import _

#: The day of the term report, on which the demonstration's pages open.
DEMO_DAY = "2024-05-01"


def demo(args) -> int:
    need(args, "system.run")
    _tables(args.replace)
    from orgwork.exchange.demo.build import build_demo

    began = time.monotonic()
    found = build_demo(
        members=args.members,
        bodies=args.bodies,
        replace=args.replace,
        say=lambda *parts: print(*parts, file=sys.stderr, flush=True),
        language=args.language or "",
        reformed=args.reform,
    )
    path = settings.ORGWORK_HOME / TODAY_FILE
    path.write_text(f"{DEMO_DAY}\n")
    answer = {"seconds": round(time.monotonic() - began, 1), "today": DEMO_DAY, **(found or {})}
    if args.json:
        as_json(answer)
    else:
        print(_("The demonstration stands; it took %s seconds.") % answer["seconds"])
    return NOTHING


def _tables(replace: bool) -> None:
    """An empty database gets its tables; one with data is brought up to date by whoever looks after it."""
    if replace or not MigrationRecorder(connection).applied_migrations():
        call_command("migrate", verbosity=0, interactive=False)
    tables_are_there()
