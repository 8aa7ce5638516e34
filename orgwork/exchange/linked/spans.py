"""This room is for dated rows as statements: (first day, day after the last, …), the earliest first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from orgwork.foundation.dates import DAY

from .writing import Subject, day


def valid(rows: Iterable[tuple], on: dt.date) -> list[tuple]:
    """The rows that hold on the day."""
    return [row for row in rows if row[0] <= on and (row[1] is None or on < row[1])]


def named_now(rows: Sequence[tuple], on: dt.date) -> tuple:
    """The row of the day; of what does not exist then the last one before, or the first."""
    return (valid(rows, on) or [row for row in rows if row[0] <= on] or rows[:1])[-1]


def spanned(found: Subject, since: dt.date, until: dt.date | None) -> Subject:
    """From its first day to its last, both included."""
    found.say("schema:validFrom", day(since))
    return found if until is None else found.say("schema:validThrough", day(until - DAY))
