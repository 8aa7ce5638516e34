"""This room is for the numbers that everybody looks at first: counted when the house opens.

Numbers are kept in the memory of a process and carried on from there (`insight/kept.py`); only the very first
look would count a whole party.
"""

from __future__ import annotations

import logging
import threading
import time
from types import SimpleNamespace

from django.db import connection

from orgwork.doors.web import numbers, words
from orgwork.doors.web.bodies import PARTY, level_rows
from orgwork.doors.web.dials import Dials
from orgwork.registers.units import Unit, UnitPlacement

#: Longer than this no process counts ahead; what is not reached is counted when it is asked for.
SECONDS = 60
#: Below a level as wide as this every body is small: it is counted within a page's time.
WIDE = 30
logger = logging.getLogger(__name__)


def begin() -> threading.Thread:
    """Count beside the first requests; they wait for nothing."""
    thread = threading.Thread(target=_quietly, name="warming", daemon=True)
    thread.start()
    return thread


def warm(seconds: float = SECONDS) -> int:
    """Count what sheets and *Today* show of the bodies from the root downwards, level by level, as the
    pages ask for it; returns of how many bodies. Stops when the time is up.
    """
    stop, done = time.monotonic() + seconds, 0
    dials = Dials.of({})
    level = list(UnitPlacement.objects.on(dials.on).filter(parent=None).values_list("unit", flat=True))
    while level:
        below: list[int] = []
        for unit in Unit.objects.filter(pk__in=level).order_by("code"):
            if time.monotonic() > stop:
                return done
            request, place = SimpleNamespace(dials=dials), SimpleNamespace(unit=unit)
            party = [row for row in level_rows(unit, dials) if words.family(row["kind"]) in PARTY]
            numbers.below(request, place, party)
            numbers.cards(request, place)
            below += [row["id"] for row in party if row["has_below"]]
            done += 1
        level = below if len(level) < WIDE else []
    return done


def _quietly() -> None:
    try:
        warm()
    except Exception:  # whatever it is, the pages count for themselves and say it better
        logger.exception("Numbers could not be counted ahead.")
    finally:
        connection.close()
