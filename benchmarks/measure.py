"""This room is for taking time: medians, rates, and one line for each figure."""

import resource
import statistics
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

from django.db import connection


def seconds(work: Callable[[], object], *, times: int = 1) -> float:
    """The median time of `work`."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


@contextmanager
def stopwatch():
    """`with stopwatch() as took: …`; then took() is the time inside."""
    start, end = time.perf_counter(), []
    yield lambda: (end or [time.perf_counter()])[0] - start
    end.append(time.perf_counter())


def own_memory() -> float:
    """The most memory that this process has had so far, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@contextmanager
def server_memory(every: float = 0.1):
    """`with server_memory() as most: …`; then most() is the highest sum of what PostgreSQL's processes had of
    their own, in megabytes, besides what they share. None on SQLite, or where the server runs elsewhere.
    """
    keeper, highest, over = _postmaster(), [0.0], threading.Event()

    def look():
        while not over.wait(every):
            highest[0] = max(highest[0], _of_their_own(keeper or 0))

    watch = threading.Thread(target=look, daemon=True)
    if keeper:
        watch.start()
    try:
        yield lambda: highest[0] / 1024 if keeper else None
    finally:
        over.set()
        if keeper:
            watch.join()


def _postmaster() -> int | None:
    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
    said = _status(Path(f"/proc/{backend}"))
    return int(said["PPid"]) if said.get("Name") == "postgres" else None


def _of_their_own(keeper: int) -> float:
    """What the children of a process have for themselves alone, in kilobytes."""
    total = 0.0
    for process in Path("/proc").glob("[0-9]*"):
        said = _status(process)
        if said.get("PPid") == str(keeper):
            total += float(said.get("RssAnon", "0").split()[0])
    return total


def _status(process: Path) -> dict[str, str]:
    """What Linux says of a process; nothing when it has ended or stands elsewhere."""
    try:
        lines = (process / "status").read_text().splitlines()
    except OSError:
        return {}
    return {name: rest.strip() for name, _colon, rest in (line.partition(":") for line in lines)}


def result(
    what: str, value: float, unit: str, *, baseline: float | None = None, against: str = "", **more
) -> dict:
    """One figure. `factor` says how many times the baseline's cost it has, whatever the unit."""
    found = {"what": what, "value": value, "unit": unit, **more}
    if baseline:
        dearer = baseline / value if unit.endswith("/s") else value / baseline
        found |= {"baseline": baseline, "against": against, "factor": dearer}
    return found


def shown(found: dict) -> str:
    line = f"{found['engine']:<11}{found['of']:<11}{found['what']:<56}"
    line += f"{number(found['value']):>9} {found['unit']:<7}"
    if "factor" in found:
        line += f"{found['factor']:6.2f} × {found['against']} ({number(found['baseline'])})"
    return line


def number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
