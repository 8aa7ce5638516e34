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
from django.db.models import Count

from orgwork.doors.web import numbers, words
from orgwork.doors.web.bodies import PARTY, level_rows
from orgwork.doors.web.dials import Dials
from orgwork.registers.units import Unit, UnitLineage

#: Longer than this no process counts ahead; what is not reached is counted when it is asked for.
SECONDS = 60
#: Bodies with more than so many others in them: the smaller ones are counted within a page's time.
MANY = 500
logger = logging.getLogger(__name__)


def begin() -> threading.Thread:
    """Count beside the first requests; they wait for nothing."""
    thread = threading.Thread(target=_quietly, name="warming", daemon=True)
    thread.start()
    return thread


def warm(seconds: float = SECONDS) -> int:
    """Count what sheets and *Today* show of the wide bodies, the widest first, as the pages ask for it;
    returns of how many bodies. Stops when the time is up.
    """
    stop, done = time.monotonic() + seconds, 0
    dials = Dials.of({})
    inside = UnitLineage.objects.on(dials.on).values("ancestor").annotate(many=Count("pk"))
    order = inside.filter(many__gt=MANY).order_by("-many", "ancestor")
    wide = list(order.values_list("ancestor", flat=True))
    for unit in map(Unit.objects.in_bulk(wide).__getitem__, wide):
        if time.monotonic() > stop:
            break
        request, place = SimpleNamespace(dials=dials), SimpleNamespace(unit=unit)
        numbers.below(
            request, place, [row for row in level_rows(unit, dials) if words.family(row["kind"]) in PARTY]
        )
        numbers.cards(request, place)
        done += 1
    return done


def _quietly() -> None:
    try:
        warm()
    except Exception:  # whatever it is, the pages count for themselves and say it better
        logger.exception("Numbers could not be counted ahead.")
    finally:
        connection.close()
