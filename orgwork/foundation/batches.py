"""This room is for batches: many transactions that count only when all of them are done.

While a batch is open, whatever is computed at the horizon is computed as it was before the batch began: its
pieces are written, each complete in itself, and no figure counts them yet. Others' acts of these minutes wait
with them; their records are there at once, only figures and reports speak of the moment before.
"""

from __future__ import annotations

from django.db.models import Min

from . import moments
from .dates import Counter
from .moments import Act

#: Open batches stand among the counters: the number of each is its first moment.
PREFIX = "b:"


def open_batch(act: Act, code: str) -> None:
    """Within the first transaction of the batch; again is no harm."""
    Counter.objects.get_or_create(name=PREFIX + code, defaults={"last": act.moment})


def close_batch(code: str) -> None:
    """When the last transaction of the batch has been committed: with this everything counts at once."""
    Counter.objects.filter(name=PREFIX + code).delete()


def is_open(code: str) -> bool:
    return Counter.objects.filter(name=PREFIX + code).exists()


def complete(limit: int | None = None) -> int:
    """The moment below which everything is complete, batches too: the horizon, or less while one is open.

    Looked up after the horizon is read: a batch opens together with its first piece, and closes only when
    its last one has been committed.
    """
    limit = moments.horizon() if limit is None else limit
    rows = Counter.objects.filter(name__startswith=PREFIX)
    first = rows.aggregate(first=Min("last"))["first"]
    return limit if first is None else min(limit, first)
