"""This room is for moments: the second time of every record, and the horizon up to which it can be asked.

A moment is one writing transaction. It has a number, a wall time that never goes back, an actor and a
door. ``recorded`` and ``retracted`` hold numbers of moments, never clock readings: with clock readings
228 of 228 frozen answers had changed while eight writers worked, with numbers and a horizon none.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import connection, models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .constraints import AppendOnly
from .refusals import Refusal

MICRO = 1_000_000
#: A rehearsal is never in flight and never known: its number lies above every number drawn.
REHEARSED = 2**62

#: Keys of the PostgreSQL advisory locks: the drawing of a number, and the numbers in flight.
DRAWING, IN_FLIGHT = 77, 78


class Moment(models.Model):
    """One writing transaction: who wrote, through which door, and when."""

    id = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField(_("recorded at"), db_index=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    door = models.CharField(_("door"), max_length=20)
    batch = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = _("moment")
        verbose_name_plural = _("moments")
        constraints = [AppendOnly(name="moment_append_only", allow=())]

    def __str__(self):
        return f"{self.id} · {self.at:%Y-%m-%d %H:%M}"


@dataclass
class Act:
    """What is being done right now: handed from the door to every verb, never fetched from the air."""

    moment: int
    at: dt.datetime
    actor: Any = None
    door: str = "system"
    batch: str = ""
    rehearsal: bool = False
    #: Authority was judged once for the whole (take-over, plan): steps inside do not ask again.
    cleared: bool = False
    #: It will be undone, and nobody reads what it would have said of itself: neither the journal nor what is
    #: noted of a case's way (steps, votes, where it lay) is written.
    unheard: bool = False
    #: How many entries the act has in the journal so far.
    ordinal: int = field(default=0, repr=False)

    @property
    def day(self) -> dt.date:
        """The local day on which this is written; rights are judged on it."""
        return timezone.localtime(self.at).date()

    def next_ordinal(self) -> int:
        self.ordinal += 1
        return self.ordinal


def base() -> int:
    """The first number of this installation's block (installation × 2⁴⁰)."""
    return settings.ORGWORK_INSTALLATION << 40


class _Open(threading.local):
    """Numbers of the writing blocks this thread is in: the horizon lies below them on either engine."""

    def __init__(self):
        self.numbers: list[int] = []


_open = _Open()


@contextmanager
def writing(
    *, actor=None, door: str = "system", at: dt.datetime | None = None, batch: str = ""
) -> Iterator[Act]:
    """Open the outermost transaction, draw its moment, and hand out the act.

    Drawn inside a savepoint that is rolled back, a number's mark would be lost while the transaction
    goes on; hence ``durable=True``: nested use raises RuntimeError. After commit the journal is sealed, if
    the act wrote in it.
    """
    from .rehearsal import rehearsing

    with transaction.atomic(durable=True):
        act = draw(actor=actor, door=door, at=at, batch=batch)
        act.rehearsal = rehearsing()  # on a copy: the number is the copy's own, and nothing is sealed
        _open.numbers.append(act.moment)
        try:
            yield act
        finally:
            _open.numbers.remove(act.moment)
        if act.ordinal and not act.rehearsal:
            transaction.on_commit(_seal, robust=True)


def _seal():
    from .journal import seal

    seal()


def draw(*, actor=None, door="system", at=None, batch="") -> Act:
    """Draw the next moment in the open transaction; use ``writing`` unless you own that transaction."""
    drawn = _draw_postgresql if connection.vendor == "postgresql" else _draw_sqlite
    number, wall = drawn(at, getattr(actor, "pk", None), door, batch)
    return Act(moment=number, at=wall, actor=actor, door=door, batch=batch)


# Plain SQL here and in the sealer: every act pays for it, and the ORM would take a third of an act's time.


def _draw_postgresql(at, *said):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO foundation_moment (id, at, actor_id, door, batch)"
            " SELECT number, timestamptz 'epoch' + micros * interval '1 microsecond', %s, %s, %s"
            " FROM orgwork_draw_moment(%s, %s) RETURNING id, at",
            [*said, base(), _micros(at) if at else None],
        )
        return cursor.fetchone()


def _draw_sqlite(at, *said):
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, at FROM foundation_moment ORDER BY id DESC LIMIT 1")
        number, newest = cursor.fetchone() or (base(), None)
        wall = at or timezone.now()
        if newest is not None:
            wall = max(wall, newest.replace(tzinfo=dt.UTC))  # Django reads the column as naive UTC
        cursor.execute(
            "INSERT INTO foundation_moment (id, at, actor_id, door, batch) VALUES (%s, %s, %s, %s, %s)",
            [number + 1, connection.ops.adapt_datetimefield_value(wall), *said],
        )
    return number + 1, wall


def play(times: Sequence[dt.datetime], *, actor=None, door="takeover", batch="") -> list[int]:
    """Draw one moment for each of ``times`` (ascending) in the open transaction, and return their numbers.

    For the take-over of a history that already had a clock of its own, such as the demo's. Refused when
    the first of them lies before a moment already recorded, since wall time never goes back.
    """
    times = list(times)
    if not times:
        return []
    if any(b < a for a, b in zip(times, times[1:], strict=False)):
        raise Refusal(_("The days of recording must be given in ascending order."), code="times_unordered")
    newest = Moment.objects.order_by("-at").values_list("at", flat=True).first()
    if newest and times[0] < newest:
        raise Refusal(
            _("Records were already written on %(day)s; a history that begins earlier cannot be taken over.")
            % {"day": newest.date()},
            code="clock_backwards",
        )
    _wind_clock(newest)
    first = draw(actor=actor, door=door, at=times[0], batch=batch)
    numbers = [first.moment, *_draw_more(first.moment, len(times) - 1, times[-1])]
    Moment.objects.bulk_create(
        (
            Moment(id=n, at=at, actor=actor, door=door, batch=batch)
            for n, at in zip(numbers[1:], times[1:], strict=True)
        ),
        batch_size=500,
    )
    return numbers


def _wind_clock(newest):
    """Set PostgreSQL's clock to the newest moment that stands: a rollback or a flush leaves it ahead."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT orgwork_wind_clock(%s)", [_micros(newest) if newest else 0])
        if not cursor.fetchone()[0]:
            raise Refusal(
                _("Somebody is writing just now; take a history over while nobody else works."),
                code="others_writing",
            )


def _draw_more(first, count, newest):
    """Numbers above one that is already in flight: it holds the horizon below them until commit."""
    if not count:
        return []
    if connection.vendor != "postgresql":
        return list(range(first + 1, first + 1 + count))
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s + nextval('orgwork_moment') FROM generate_series(1, %s)", [base(), count])
        numbers = sorted(row[0] for row in cursor.fetchall())
        cursor.execute("SELECT setval('orgwork_clock', %s)", [_micros(newest)])
    return numbers


def horizon() -> int:
    """The lowest number in flight: everything below it is complete, for ever.

    What is frozen, exported or shown with several figures is computed at one horizon. Read it before the
    snapshot of the transaction that uses it.
    """
    lowest = lowest_here()
    everybody = _horizon_of_all()
    return everybody if lowest is None else min(everybody, lowest)


def lowest_here() -> int | None:
    """The lowest number that this thread itself has in flight."""
    return min(_open.numbers, default=None)


def _horizon_of_all():
    """The horizon as everybody else's writing leaves it."""
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            cursor.execute("SELECT max(id) FROM foundation_moment")
            return (cursor.fetchone()[0] or base()) + 1
        # This session's own marks count by `_open`; others of its own are left over in a test's transaction.
        cursor.execute("SELECT orgwork_horizon(%s, false)", [base()])
        return cursor.fetchone()[0]


def known_at(when: dt.date | dt.datetime | int) -> int:
    """Translate a day (its end, local time), a time or a number into the moment up to which rows are known.

    Never above the horizon: nobody may ask for what is still being written.
    """
    limit = horizon()
    if isinstance(when, int):
        return min(when, limit)
    if isinstance(when, dt.datetime):
        last = Moment.objects.filter(at__lte=when).order_by("-at", "-id").values_list("id", flat=True).first()
    else:
        end = timezone.make_aware(dt.datetime.combine(when + dt.timedelta(days=1), dt.time()))
        last = Moment.objects.filter(at__lt=end).order_by("-at", "-id").values_list("id", flat=True).first()
    return min((last or base()) + 1, limit)


def _micros(at: dt.datetime) -> int:
    return int((at - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) / dt.timedelta(microseconds=1))


# The critical section: drawing and marking are one step for everybody else. The clock is a sequence
# because sequences are not undone by a rollback, so that wall time never goes back.
POSTGRESQL = f"""
CREATE SEQUENCE IF NOT EXISTS orgwork_moment;
CREATE SEQUENCE IF NOT EXISTS orgwork_clock MINVALUE 0;
CREATE SEQUENCE IF NOT EXISTS orgwork_spell;

CREATE OR REPLACE FUNCTION orgwork_draw_moment(base bigint, played bigint,
    OUT number bigint, OUT micros bigint) LANGUAGE plpgsql AS $$
DECLARE held boolean := false;
BEGIN
    PERFORM pg_advisory_lock({DRAWING});
    held := true;
    number := nextval('orgwork_moment');
    PERFORM pg_advisory_xact_lock({IN_FLIGHT}, number::int);
    number := base + number;
    micros := greatest(
        coalesce(played, (extract(epoch FROM clock_timestamp()) * {MICRO})::bigint),
        (SELECT last_value FROM orgwork_clock));
    PERFORM setval('orgwork_clock', micros);
    PERFORM pg_advisory_unlock({DRAWING});
EXCEPTION WHEN query_canceled OR others THEN
    IF held THEN PERFORM pg_advisory_unlock({DRAWING}); END IF;
    RAISE;
END $$;

CREATE OR REPLACE FUNCTION orgwork_wind_clock(newest bigint) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE held boolean := false; alone boolean;
BEGIN
    PERFORM pg_advisory_lock({DRAWING});
    held := true;
    SELECT count(*) = 0 INTO alone FROM pg_locks
    WHERE locktype = 'advisory' AND classid = {IN_FLIGHT} AND objsubid = 2 AND granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND pid <> pg_backend_pid();
    IF alone THEN PERFORM setval('orgwork_clock', newest); END IF;
    PERFORM pg_advisory_unlock({DRAWING});
    RETURN alone;
EXCEPTION WHEN query_canceled OR others THEN
    IF held THEN PERFORM pg_advisory_unlock({DRAWING}); END IF;
    RAISE;
END $$;

CREATE OR REPLACE FUNCTION orgwork_horizon(base bigint, own boolean) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE low bigint; last bigint; held boolean := false;
BEGIN
    PERFORM pg_advisory_lock_shared({DRAWING});
    held := true;
    SELECT CASE WHEN is_called THEN last_value ELSE 0 END INTO last FROM orgwork_moment;
    SELECT min(objid::bigint) INTO low FROM pg_locks
    WHERE locktype = 'advisory' AND classid = {IN_FLIGHT} AND objsubid = 2 AND granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND (own OR pid <> pg_backend_pid());
    PERFORM pg_advisory_unlock_shared({DRAWING});
    RETURN base + coalesce(low, last + 1);
EXCEPTION WHEN query_canceled OR others THEN
    IF held THEN PERFORM pg_advisory_unlock_shared({DRAWING}); END IF;
    RAISE;
END $$;
"""


def install(apps, schema_editor):
    """Migration step: the sequences and functions that draw moments on PostgreSQL; nothing on SQLite."""
    if schema_editor.connection.vendor == "postgresql":
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(POSTGRESQL)


def uninstall(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(
                "DROP FUNCTION IF EXISTS orgwork_draw_moment, orgwork_wind_clock, orgwork_horizon;"
                "DROP SEQUENCE IF EXISTS orgwork_moment, orgwork_clock, orgwork_spell"
            )
