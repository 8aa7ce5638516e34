"""This room is for long work: done in the background, shown with its progress, taken up again after a crash.

A job is a function marked with ``@job`` and the plain values it is given (ids and days, no names: they end
in no log and outlive no erasure). ``enqueue`` writes it down; the worker, a process of its own on the same
database, does it. One worker works at a time: it holds a lock, and whoever gets that lock next knows that
what is still called running was abandoned, and takes it up where its last checkpoint says.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import (
    InterfaceError,
    OperationalError,
    close_old_connections,
    connection,
    connections,
    models,
    transaction,
)
from django.db.models import F
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from .copies import outside, sweep
from .refusals import Refusal
from .rehearsal import rehearsing

log = logging.getLogger(__name__)

#: Key of the PostgreSQL advisory lock that the working worker holds.
WORKER = 80
#: So often a job may be cut short before it is given up: it may be what brings the machine down.
MOST_ATTEMPTS = 3
#: A page that shows progress asks about as often; writing more often would only cost.
REPORT_EVERY = 0.5


class Job(models.Model):
    """One piece of long work, from being asked for to its end."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        STOPPED = "stopped", _("stopped")

    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(max_length=200)
    payload = models.JSONField(default=dict)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(default=0)
    message = models.TextField(_("message"), blank=True)
    resume = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    attempts = models.PositiveSmallIntegerField(default=0)
    stop_asked = models.BooleanField(default=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(_("asked for at"), auto_now_add=True)
    started_at = models.DateTimeField(_("started at"), null=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        indexes = [models.Index(fields=["created_by", "-created_at"]), models.Index(fields=["state"])]

    def __str__(self) -> str:
        return self.name

    @property
    def ended(self) -> bool:
        return self.state in {self.State.DONE, self.State.FAILED, self.State.STOPPED}

    @property
    def percent(self) -> int | None:
        """How far it has come, or None while nobody knows how much there is."""
        return min(100, 100 * self.done // self.total) if self.total else None


class Stopped(Exception):
    """Somebody asked for the job to stop; what its transactions have committed stays."""


class Progress:
    """What a job's function is handed: it says how far it is and remembers where to go on."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self._told = 0.0

    @property
    def account(self) -> Any:
        """Who asked for it; rights are judged by them, now."""
        return self.job.created_by

    @property
    def resume(self) -> dict[str, Any]:
        """What the last ``checkpoint`` kept; empty at the first attempt."""
        return self.job.resume

    def report(self, done: int, total: int | None = None, message: str | None = None) -> None:
        """Show how far it is; within a transaction beside it, where everybody sees it all the same."""
        job = self.job
        job.done, job.total = done, job.total if total is None else total
        job.message = job.message if message is None else str(message)
        if time.monotonic() - self._told < REPORT_EVERY:
            return
        # A rehearsal on a copy is told of at the real database, whatever transaction is open on the copy.
        with outside():
            self._told = time.monotonic()
            if connection.in_atomic_block:
                asked = _say_beside(job)
            else:
                job.save(update_fields=["done", "total", "message"])
                asked = Job.objects.filter(pk=job.pk, stop_asked=True).exists()
        if asked:
            raise Stopped

    def checkpoint(self, **resume: Any) -> None:
        """Keep where to go on after a crash; within the transaction of the work it is exact."""
        self.job.resume = resume
        self.job.save(update_fields=["resume", "done", "total", "message"])

    def over(self, items: Iterable[Any], *, total: int) -> Iterator[Any]:
        """Walk over items, reporting after each."""
        for done, item in enumerate(items, start=1):
            yield item
            self.report(done, total)


# What is said while a transaction is open ------------------------------------------------------------


def _say_beside(job: Job) -> bool:
    """Say how far it is past the open transaction; whether somebody asked for the job to stop.

    PostgreSQL takes it by a connection of its own; where another writer would have to wait for the very
    transaction (SQLite), it stands in a file until the job says more.
    """
    if connection.vendor == "postgresql":
        with suppress(OperationalError, InterfaceError):  # how far it is is a courtesy: the work goes on
            return _say_by_another_connection(job)
        return False
    said = {"job": job.pk, "done": job.done, "total": job.total, "message": job.message}
    path = _beside()
    fresh = path.with_suffix(f".{os.getpid()}")
    with suppress(OSError):
        fresh.touch(mode=0o600)
        fresh.write_text(json.dumps(said), encoding="utf-8")
        fresh.replace(path)
    return False


def _say_by_another_connection(job: Job) -> bool:
    own = connections.create_connection("default")
    try:
        with own.cursor() as cursor:
            # A row that the job's own transaction has touched is left alone: waiting would be for ever.
            cursor.execute(
                "UPDATE foundation_job SET done = %s, total = %s, message = %s WHERE id IN"
                " (SELECT id FROM foundation_job WHERE id = %s FOR UPDATE SKIP LOCKED)",
                [job.done, job.total, job.message, job.pk],
            )
            cursor.execute("SELECT stop_asked FROM foundation_job WHERE id = %s", [job.pk])
            found = cursor.fetchone()
            return bool(found and found[0])
    finally:
        own.close()


def _beside() -> Path:
    return Path(settings.ORGWORK_HOME) / "progress.json"


def latest(wanted: Job) -> Job:
    """The job with what it said last, also out of a transaction that is still open."""
    if wanted.state != Job.State.RUNNING or connection.vendor == "postgresql":
        return wanted
    try:
        said = json.loads(_beside().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return wanted
    if said.get("job") == wanted.pk and said["done"] >= wanted.done:
        wanted.done, wanted.total, wanted.message = said["done"], said["total"], said["message"]
    return wanted


def _forget_beside() -> None:
    if connection.vendor != "postgresql":
        with suppress(OSError):
            _beside().unlink(missing_ok=True)


Function = Callable[..., "dict[str, Any] | None"]


def job(function: Function) -> Function:
    """Mark a function ``f(progress, **payload)`` of a module as work for the background.

    What it returns (a dict of plain values) is kept as the job's result.
    """
    function.is_job = True  # type: ignore[attr-defined]
    return function


def enqueue(function: Function, *, name: str, account: Any = None, **payload: Any) -> Job:
    """Ask for work; it begins when the open transaction, if any, has been committed. Not in a rehearsal."""
    kind = f"{function.__module__}:{function.__qualname__}"
    _function(kind)
    wanted = Job(name=str(name), kind=kind, payload=payload, created_by=account)
    if rehearsing():
        return wanted
    with transaction.atomic():
        wanted.save(force_insert=True)
        _queue(wanted)
    return wanted


def ask_to_stop(wanted: Job) -> None:
    """A waiting job never begins; a running one ends at its next report."""
    Job.objects.filter(pk=wanted.pk, state=Job.State.WAITING).update(
        state=Job.State.STOPPED, finished_at=timezone.now()
    )
    Job.objects.filter(pk=wanted.pk, state=Job.State.RUNNING).update(stop_asked=True)


def _queue(wanted: Job) -> None:
    from .worker import perform_job

    perform_job.enqueue(wanted.pk)


def _function(kind: str) -> Function:
    module, _colon, name = kind.partition(":")
    function: Any = getattr(import_module(module), name, None)
    if not getattr(function, "is_job", False):
        raise LookupError(f"{kind} is no job: it must be a function of a module, marked with @job.")
    return function


def perform(number: int) -> None:
    """Do one job, now and here; the worker calls this."""
    taken = Job.objects.filter(pk=number, state=Job.State.WAITING).update(
        state=Job.State.RUNNING, started_at=timezone.now(), attempts=F("attempts") + 1
    )
    if not taken:
        return
    wanted = Job.objects.select_related("created_by").get(pk=number)
    with _in_words_of(wanted):
        _perform(wanted)


def _in_words_of(wanted: Job) -> Any:
    """What a job says is read by whoever asked for it, in the language of that account."""
    return translation.override(getattr(wanted.created_by, "language", "") or settings.LANGUAGE_CODE)


def _perform(wanted: Job) -> None:
    try:
        result = _function(wanted.kind)(Progress(wanted), **wanted.payload)
    except Stopped:
        _finish(wanted, Job.State.STOPPED)
    except Refusal as refusal:
        _finish(wanted, Job.State.FAILED, message=str(refusal))
    except Exception as fault:
        # The fault's own words may hold what is personal: the log gets its kind and its place only.
        log.error("Job %s (%s) failed: %s at %s", wanted.pk, wanted.kind, type(fault).__name__, _place(fault))
        _finish(
            wanted, Job.State.FAILED, message=str(_("Something went wrong; the machine's log says where."))
        )
    else:
        wanted.done = wanted.total or wanted.done
        wanted.result = result or {}
        _finish(wanted, Job.State.DONE)


def _finish(wanted: Job, state: str, message: str | None = None) -> None:
    _forget_beside()
    wanted.state, wanted.finished_at = state, timezone.now()
    wanted.message = wanted.message if message is None else message
    wanted.save(update_fields=["state", "finished_at", "message", "done", "total", "result"])


def _place(fault: BaseException) -> str:
    frame = fault.__traceback__
    while frame and frame.tb_next:
        frame = frame.tb_next
    return f"{Path(frame.tb_frame.f_code.co_filename).name}:{frame.tb_lineno}" if frame else "?"


# The worker ----------------------------------------------------------------------------------------


def start_worker() -> subprocess.Popen[bytes]:
    """Start the worker as a process of its own, which ends by itself when this one does."""
    environment = {**os.environ, "ORGWORK_SERVING": "0", "ORGWORK_WORKER_PARENT": str(os.getpid())}
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "orgwork.foundation"], env=environment, stdin=subprocess.DEVNULL
    )


def work(*, every: float = 1.0, stop: threading.Event | None = None) -> None:
    """Be the worker until ``stop`` is set (or SIGTERM or SIGINT says so): wait for the lock, then for jobs.

    A signal lets the job at hand come to its end; a second one cuts it short, to be taken up again.
    """
    stop = stop or _stop_on_signals()
    parent = int(os.environ.get("ORGWORK_WORKER_PARENT", "0"))
    while not stop.is_set() and not _orphaned(parent):
        try:
            _work_while_held(every, stop, parent)
        except (OperationalError, InterfaceError) as fault:
            # The database is away or busy: it may be back, and what was cut short is taken up again then.
            log.warning("The worker waits for the database: %s", type(fault).__name__)
            close_old_connections()
        stop.wait(every)


def _work_while_held(every: float, stop: threading.Event, parent: int) -> None:
    with _worker_lock() as held:
        if held:
            _sweep_copies()
            take_up_abandoned()
            while not stop.is_set() and not _orphaned(parent) and held():
                begin_the_day()
                run_waiting(stop)
                stop.wait(every)


def begin_the_day() -> list[Job]:
    """Ask for what is done once a day (``ORGWORK_EVERY_DAY``), unless it was asked for since midnight.

    Only the worker that holds the lock calls it, so that nothing is asked for twice; a job of yesterday that
    still runs is no reason to leave out today's.
    """
    today = timezone.localdate()
    midnight = timezone.make_aware(dt.datetime.combine(today, dt.time.min))
    asked: list[Job] = []
    for kind in settings.ORGWORK_EVERY_DAY:
        if not Job.objects.filter(kind=kind, created_by=None, created_at__gte=midnight).exists():
            name = _("Daily work: %(what)s") % {"what": kind.partition(":")[0].rpartition(".")[2]}
            asked.append(enqueue(_function(kind), name=name))
    return asked


def _sweep_copies() -> None:
    """What killed rehearsals left goes; if it cannot, the work goes on all the same."""
    try:
        sweep()
    except Exception as fault:
        log.warning("Copies of rehearsals could not be swept: %s", type(fault).__name__)


def run_waiting(stop: threading.Event | None = None) -> None:
    """Do what waits, one job after the other, and come back."""
    from django_tasks_db.management.commands.db_worker import Worker
    from django_tasks_db.models import DBTaskResult

    close_old_connections()
    # Looking costs no write lock; only what waits is worth one.
    while DBTaskResult.objects.ready().exists() and not (stop and stop.is_set()):
        Worker(
            queue_names=["default"],
            excluded_queue_names=[],
            interval=0,
            batch=True,
            backend_name="default",
            startup_delay=False,
            max_tasks=1,
            worker_id=f"orgwork-{os.getpid()}",
        ).run()
        _forget_queue_rows()


def take_up_abandoned() -> int:
    """Put what a worker left behind when it died back into the queue; give up what died too often."""
    abandoned = Job.objects.filter(state=Job.State.RUNNING)
    for wanted in abandoned.filter(attempts__gte=MOST_ATTEMPTS).select_related("created_by"):
        with _in_words_of(wanted):
            said = str(_("Cut short several times; it is not tried again by itself."))
            _finish(wanted, Job.State.FAILED, message=said)
    again = 0
    with transaction.atomic():
        for wanted in abandoned.filter(attempts__lt=MOST_ATTEMPTS).order_by("pk"):
            Job.objects.filter(pk=wanted.pk).update(state=Job.State.WAITING)
            _queue(wanted)
            again += 1
    return again


def _forget_queue_rows() -> None:
    """The queue's own rows are spent when their job is done; what there is to know stands in Job."""
    from django_tasks_db.models import DBTaskResult

    DBTaskResult.objects.finished().filter(finished_at__lt=timezone.now() - dt.timedelta(days=1)).delete()


def _stop_on_signals() -> threading.Event:
    stop = threading.Event()

    def ask(signum: int, _frame: object) -> None:
        if stop.is_set():
            sys.exit(128 + signum)
        stop.set()

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, ask)
    return stop


def _orphaned(parent: int) -> bool:
    return bool(parent) and os.getppid() != parent


@contextmanager
def _worker_lock() -> Iterator[Callable[[], bool] | None]:
    """The right to be the one worker: yields None, or a question whether it is still held."""
    with _lock_on_server() if connection.vendor == "postgresql" else _lock_on_file() as held:
        yield held


@contextmanager
def _lock_on_server() -> Iterator[Callable[[], bool] | None]:
    # A connection of its own: the lock is the session's, and Django closes the usual one between jobs.
    own = connections.create_connection("default")
    try:
        with own.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s, 0)", [WORKER])
            held = cursor.fetchone()[0]
            try:
                yield own.is_usable if held else None
            finally:
                # Closing alone lets go a moment later, when the server notices.
                if held and own.is_usable():
                    cursor.execute("SELECT pg_advisory_unlock(%s, 0)", [WORKER])
    finally:
        own.close()


def worker_is_there() -> bool:
    """Whether somebody holds the worker's lock just now."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted"
                " AND classid = %s AND objid = 0 AND objsubid = 2"
                " AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))",
                [WORKER],
            )
            return cursor.fetchone()[0]
    with _lock_on_file() as held:
        return held is None


@contextmanager
def _lock_on_file() -> Iterator[Callable[[], bool] | None]:
    import fcntl

    path = Path(f"{connection.settings_dict['NAME']}.worker")
    with open(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield None
        else:
            # Held as long as this process lives; the system lets go of it when the process dies.
            yield lambda: True
