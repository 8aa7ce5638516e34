"""This room is for acts on the registers that take no case: one call, one paper, one entry of the journal.

Declared like the steps of a case, with the same fields, so that forms, the API and the help page treat both
alike. ``known`` holds them by the verb of the journal.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Iterable

from django.utils.translation import gettext_lazy as _

from orgwork.foundation import journal
from orgwork.foundation.moments import Act

from .cases import (
    Outcome,
    StepDef,
    allow,
    doing,
    first_of_two,
    lock_named,
    possible_day,
    standing_in,
    with_papers,
)
from .fields import Field, check

known: dict[str, StepDef] = {}


def operation(
    verb: str, *, act: str, label, at: Callable, fields: Iterable[Field] = (), locks: Iterable[str] = (),
    help="", day_label=None, citation: str = "", own: Callable | None = None,
):  # fmt: skip
    """Declare an operation. Called as ``do_it(actor=, door=, day=, **fields)``; returns the Outcome's result.

    ``at(fields)``, the day among them, gives the body over which the power is needed. The Outcome's
    ``subjects`` are what the journal says; one that says nothing is not written.
    """

    def declare(run: Callable) -> Callable:
        @functools.wraps(run)
        def call(
            *, actor=None, door: str = "web", day: dt.date | None = None, within: Act | None = None, **given
        ):
            values = check(definition.fields, given)
            with doing(actor, door, within, definition) as doing_now:
                return _do(definition, doing_now, day or doing_now.day, values)

        definition = StepDef(
            verb, label, act, run, call, tuple(fields), locks=tuple(locks), at=at, help=help,
            day_label=day_label or _("Day"), citation=citation, own=own,
        )  # fmt: skip
        known[verb] = definition
        call.definition = definition  # type: ignore[attr-defined]
        return call

    return declare


def _do(definition: StepDef, act: Act, day: dt.date, values: dict):
    possible_day(act, day, ahead=True)
    lock_named(definition.locks, values, act)
    over = allow(definition, act, values, day)
    if (waits := first_of_two(definition, act, day, values, over)) is not None:
        return waits
    with_papers(definition, act, day, values, over)
    outcome: Outcome = definition.run(act, day=day, **values)
    if outcome.subjects:
        (subject, said), *more = outcome.subjects
        subjects = [(subject, {**said, **standing_in(act)}), *more]
        journal.record(act, definition.name, day=day, subjects=subjects)
    return outcome.result
