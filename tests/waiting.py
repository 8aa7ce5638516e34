"""This room is for waiting until something is so, and never for a time that was guessed.

How long it may take is no finding: the seconds only keep a test that waits in vain from waiting for ever.
"""

import time
from collections.abc import Callable

from django.db import connection

#: Far beyond what a crowded machine needs, and short of what a whole run may take.
FOR_EVER = 300


def until(true: Callable[[], object], *, seconds: float = FOR_EVER) -> None:
    """Ask again and again until the answer is yes."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "It did not come to be so."
        time.sleep(0.02)


def until_sessions_are_gone(name: str) -> None:
    """Wait until the server knows of no session under this name of an application any more.

    A server learns a moment later that its client was killed: until then it holds the client's locks, and
    may come to the end of what it was told, though nobody is left to hear of it.
    """
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:

        def gone():
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name = %s", [name])
            return not cursor.fetchone()[0]

        until(gone)
