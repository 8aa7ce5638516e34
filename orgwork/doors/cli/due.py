"""This room is for `orgwork due`: what time does, done now, as often as one likes."""

from __future__ import annotations

from django.utils import timezone

from orgwork.foundation import wording
from orgwork.procedures import due

from .common import as_json, need
from .main import NOTHING, WrongUse
from .words import _


def run(args) -> int:
    """Counts only: whoever runs the machine sees no person."""
    need(args, "system.run")
    day = args.on or timezone.localdate()
    if day > timezone.localdate():
        raise WrongUse(_("%s lies in the future; what falls due then is done then.") % day)
    counts = due.run(day, door="cli")
    if args.json:
        as_json({"on": day, "done": counts})
        return NOTHING
    for code, count in counts.items():
        if count:
            print(f"{due.known[code].label}: {count}")
    if not any(counts.values()):
        print(_("Nothing was due on %s.") % wording.day(day))
    return NOTHING
