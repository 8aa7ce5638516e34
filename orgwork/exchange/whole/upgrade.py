"""This room is for a new version: its migrations run on a copy first, and only then for real."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from typing import Any

from django.core.management import call_command
from django.utils.translation import gettext as _

from orgwork.foundation import copies

from . import tables, witness


def on_a_copy(day: dt.date, *, say: Callable[[str], None] = lambda _text: None) -> dict[str, Any]:
    """Migrate a copy and look at it: nothing recorded may have gone, the journal must be whole, and the
    register must be readable; what differs is told in sentences.
    """
    began = time.perf_counter()
    say(_("trying the new version on a copy"))
    with copies.on_a_copy():
        tables.refuse_other_version(tables.applied())
        before = witness.take(day)
        for_real()
        # A new version may add tables and rows of its own to them; it takes nothing away.
        after = tables.counted()
        kept = {name: count for name, count in before["tables"].items() if after.get(name, 0) < count}
        found = witness.differences({**before, "tables": kept})
        figures = witness.take(day).get("figures", {})
    return {
        "differences": found, "figures": figures, "seconds": round(time.perf_counter() - began, 1),
        "rows": sum(before["tables"].values()),
    }  # fmt: skip


def for_real() -> None:
    call_command("migrate", verbosity=0, interactive=False)
