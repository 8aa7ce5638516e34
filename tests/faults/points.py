"""This room is for dying at a chosen point: a child of this process does the work, and is killed there.

A point is a statement about to be sent, a commit about to be made, or one just made. Killed means SIGKILL:
nothing is cleaned up, no handler runs, as when the machine loses power.
"""

import os
import signal
import time
import warnings
from collections.abc import Callable

from django.db import connection, connections

from tests.waiting import until_sessions_are_gone

NEVER = 1 << 60
DOOMED = f"doomed-{os.getpid()}"


def in_a_child(work: Callable[[], object], *, before: Callable[[], None] = lambda: None) -> int:
    """Fork, do the work there, and wait; the number of the child. Connections are not taken along."""
    connections.close_all()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # newer Pythons warn when there are threads
        child = os.fork()
    if child:
        return child
    try:
        os.environ["PGAPPNAME"] = DOOMED  # whatever connects from here on is known by it
        before()
        work()
        os._exit(0)
    except BaseException:
        import traceback

        traceback.print_exc()
        os._exit(70)


def ended(child: int) -> bool:
    """Wait for the child; whether it came to its end (killed: False). A fault of its own is a failure."""
    _pid, status = os.waitpid(child, 0)
    until_sessions_are_gone(DOOMED)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return False
    assert os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0, f"the child failed: {status}"
    return True


def killed_at(work: Callable[[], object], point: int) -> bool:
    """Do the work in a child that is killed at its ``point``-th point; True if it was."""
    return not ended(in_a_child(lambda: _counting(work, point)))


def points_of(work: Callable[[], object]) -> int:
    """How many points the work has; it is done, in a child."""
    reading, writing = os.pipe()
    done = ended(in_a_child(lambda: os.write(writing, str(_counting(work, NEVER)).encode())))
    os.close(writing)
    with os.fdopen(reading) as said:
        assert done
        return int(said.read())


def killed_after(work: Callable[[], object], seconds: float) -> bool:
    """Do the work in a child that is killed after so long, wherever it is; True if it was."""
    child = in_a_child(work)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)  # one that has ended waits to be asked how, and takes no harm
    return not ended(child)


def _counting(work: Callable[[], object], point: int) -> int:
    seen = 0

    def tick() -> None:
        nonlocal seen
        seen += 1
        if seen == point:
            os.kill(os.getpid(), signal.SIGKILL)

    def statement(execute, sql, params, many, context):
        tick()
        return execute(sql, params, many, context)

    plain = connection._commit

    def commit():
        tick()
        plain()
        tick()

    connection._commit = commit
    with connection.execute_wrapper(statement):
        work()
    return seen
