"""This room is for rehearsal: do it for real where nobody waits, look at what came of it, then undo it.

A rehearsal is not in flight (its moment is a dummy), seals nothing, and runs with mail, files and jobs
switched off, not merely uncommitted. Keep it to 200 rows or a second: its locks are held until it ends.
Outcomes name subjects by sheet row or business key, never by an id: SQLite gives a rolled-back id to the
next real row. Whole plans and take-overs are rehearsed on a copy: copies.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import transaction
from django.utils import timezone

from .moments import REHEARSED, Act

_rehearsing: ContextVar[bool] = ContextVar("orgwork_rehearsing", default=False)


def rehearsing() -> bool:
    """Whether nothing may leave this process now: asked by mail, files and jobs before they act."""
    return _rehearsing.get()


@contextmanager
def switched_off() -> Iterator[None]:
    """Mail, files, jobs and the sealer rest while this lasts."""
    token = _rehearsing.set(True)
    try:
        yield
    finally:
        _rehearsing.reset(token)


@contextmanager
def rehearsal(*, actor=None, door: str = "rehearsal", unheard: bool = False) -> Iterator[Act]:
    """Hand out an act with which the real procedures run; everything is rolled back at the end.

    ``unheard``: nobody looks at what it would have said of itself, so that it is not written.
    """
    with switched_off(), transaction.atomic(durable=True):
        now = timezone.now()
        yield Act(moment=REHEARSED, at=now, actor=actor, door=door, rehearsal=True, unheard=unheard)
        transaction.set_rollback(True)
