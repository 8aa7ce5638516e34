"""This room is for how the house is: whether it answers, works through what waits, and has room to write.

A probe learns whether, and nothing else; whoever runs the machine sees what and since when. No question here
touches anything about people.
"""

from __future__ import annotations

import datetime as dt
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from orgwork.foundation import copies
from orgwork.foundation.jobs import Job, worker_is_there
from orgwork.foundation.journal import Entry, Link
from orgwork.foundation.moments import Moment

GOOD, LOOK, BAD = "good", "look", "bad"
STATES = {GOOD: _("in order"), LOOK: _("look at it"), BAD: _("fails")}
#: A probe asks the database at most so often, whoever asks.
KEPT_SECONDS = 2.0
#: Less room than this, and the next long job may not come to its end; less than that, and nothing does.
LITTLE_ROOM, NO_ROOM = 2 << 30, 200 << 20
#: An entry older than this without its seal: the sealer hangs, or somebody has been writing ever since.
SEALED_WITHIN = dt.timedelta(minutes=10)
BACKUP_WITHIN = dt.timedelta(hours=36)
WAITS_AT_MOST = dt.timedelta(minutes=10)
#: Clocks of machines differ a little.
CLOCK_AHEAD = dt.timedelta(minutes=5)


@dataclass(frozen=True)
class Sign:
    """One thing looked at: how it is, and in words what was found."""

    name: str
    label: Any
    state: str
    said: str


def look() -> list[Sign]:
    """Everything, in the order in which it matters. Without a database there is nothing more to look at."""
    found = [_database()]
    if found[0].state == BAD:
        return [*found, _disk()]
    looks: tuple[Callable[[], Sign], ...] = (
        _migrations, _worker, _waiting, _sealing, _clock, _disk, _backup, _left,
    )  # fmt: skip
    for one in looks:
        found.append(one())
    return found


def answers() -> bool:
    """For a probe: whether requests can be served. A worker or a backup that is missing stops nobody."""
    with _lock:
        if time.monotonic() - _kept[1] > KEPT_SECONDS:
            _kept[:] = [_serves(), time.monotonic()]
        return bool(_kept[0])


_lock = threading.Lock()
_kept: list[Any] = [True, float("-inf")]


def _serves() -> bool:
    return all(sign.state != BAD for sign in (_database(), _migrations(), _disk()))


def _database() -> Sign:
    began = time.perf_counter()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (DatabaseError, InterfaceError) as fault:
        connection.close()
        return Sign("database", _("Database"), BAD, type(fault).__name__)
    took = (time.perf_counter() - began) * 1000
    return Sign("database", _("Database"), GOOD, f"{connection.vendor}, {took:.1f} ms")


def _migrations() -> Sign:
    from django.db.migrations.executor import MigrationExecutor

    try:
        executor = MigrationExecutor(connection)
        waiting = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    except (DatabaseError, InterfaceError) as fault:
        return Sign("migrations", _("Tables"), BAD, type(fault).__name__)
    if waiting:
        said = str(_("behind the program: run “orgwork migrate”"))
        return Sign("migrations", _("Tables"), BAD, said)
    return Sign("migrations", _("Tables"), GOOD, str(_("of this version")))


def _worker() -> Sign:
    there = worker_is_there()
    said = str(_("a worker holds the lock") if there else _("none is running; long work waits"))
    return Sign("worker", _("Worker"), GOOD if there else LOOK, said)


def _waiting() -> Sign:
    waiting = Job.objects.filter(state=Job.State.WAITING)
    oldest = waiting.order_by("created_at").values_list("created_at", flat=True).first()
    count = waiting.count()
    said = ngettext("%(count)s waits", "%(count)s wait", count) % {"count": count}
    late = oldest is not None and timezone.now() - oldest > WAITS_AT_MOST
    return Sign("waiting", _("Long work"), LOOK if late else GOOD, said)


def _sealing() -> Sign:
    last = Link.objects.order_by("-position").values_list("entry", flat=True).first()
    place = Entry.objects.filter(pk=last).values_list("moment", "ordinal").first() if last else (0, 0)
    if place is None:
        return Sign("sealing", _("Seals of the journal"), BAD, str(_("the last sealed entry is gone")))
    behind = Entry.objects.filter(moment__gt=place[0])
    count = behind.count()
    oldest = behind.order_by("moment").values_list("moment", flat=True).first()
    at = Moment.objects.filter(pk=oldest).values_list("at", flat=True).first() if oldest else None
    late = at is not None and timezone.now() - at > SEALED_WITHIN
    said = ngettext("%(count)s entry without seal", "%(count)s entries without seal", count)
    return Sign("sealing", _("Seals of the journal"), LOOK if late else GOOD, said % {"count": count})


def _clock() -> Sign:
    """Moments never go back, so a clock set back shows as a newest moment in the future."""
    newest = Moment.objects.order_by("-pk").values_list("at", flat=True).first()
    ahead = newest is not None and newest - timezone.now() > CLOCK_AHEAD
    said = str(_("behind the newest record: was it set back?") if ahead else _("goes with the records"))
    return Sign("clock", _("Clock"), LOOK if ahead else GOOD, said)


def _disk() -> Sign:
    free = shutil.disk_usage(settings.ORGWORK_HOME).free
    state = BAD if free < NO_ROOM else LOOK if free < LITTLE_ROOM else GOOD
    return Sign("disk", _("Room on the disk"), state, str(_("%s GB free") % f"{free / (1 << 30):.1f}"))


def _backup() -> Sign:
    place = Path(settings.ORGWORK_HOME) / "backups"
    newest = max((path.stat().st_mtime for path in _backups(place)), default=None)
    if newest is None:
        return Sign("backup", _("Backup"), LOOK, str(_("none in the usual place")))
    at = dt.datetime.fromtimestamp(newest, tz=dt.UTC)
    old = timezone.now() - at > BACKUP_WITHIN
    said = timezone.localtime(at).strftime("%Y-%m-%d %H:%M")
    return Sign("backup", _("Backup"), LOOK if old else GOOD, said)


def _backups(place: Path) -> Iterator[Path]:
    yield from (path for path in place.glob("*.tar*") if not path.name.endswith((".part", ".sha256")))


def _left() -> Sign:
    """Copies of rehearsals under way, or left by a killed one; the next rehearsal or worker sweeps those."""
    count = sum(1 for _path in copies.scratch().glob("*.lock"))
    said = ngettext("%(count)s copy", "%(count)s copies", count) % {"count": count}
    return Sign("copies", _("Copies for rehearsal"), GOOD, said)
