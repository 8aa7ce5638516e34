"""This room is for taking time: medians, rates, and one line for each figure."""

import statistics
import time
from collections.abc import Callable
from contextlib import contextmanager


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
