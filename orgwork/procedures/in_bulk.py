"""This room is for one act on many, one after the other: each a transaction of its own, with its own outcome.

What was refused says why; what was done is not done again: the acts of one selection share a batch in the
journal, and those that stand there already are passed over. A few are done while their reader waits, many as
a job that shows how far it is and keeps what came of each.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from orgwork.foundation import jobs, wording
from orgwork.foundation.journal import EntrySubject
from orgwork.foundation.moments import writing
from orgwork.foundation.refusals import Refusal
from orgwork.registers.people import Person

from .cases import Case, Procedure, StepDef
from .fields import Field
from .four_eyes import packed, unpacked

DONE, BEFORE, REFUSED = "done", "before", "refused"
#: So many numbers are looked up in one question.
PORTION = 500


class Came(NamedTuple):
    """What came of one of them."""

    key: int
    outcome: str
    said: str = ""


def person_field(step: StepDef | None) -> str:
    """The field by which a step asks for the one person it is about."""
    fields: Iterable[Field] = step.fields if step is not None else ()
    return next((one.name for one in fields if one.type == "person" and not one.many and one.required), "")


def act_on(
    definition: StepDef, keys: Sequence[int], values: Mapping[str, Any], *, actor, door: str, day: dt.date,
    batch: str,
) -> Iterator[Came]:  # fmt: skip
    """The same for each: people for whom a case is opened, or cases that take a step."""
    about = "case" if definition.name != "open" else "person"
    name = person_field(definition)
    for at in range(0, len(keys), PORTION):
        some = keys[at : at + PORTION]
        before = _there_already(definition, about, some, batch)
        found: dict[int, Any] = (
            Case.objects.select_related("person", "unit").in_bulk(some)
            if about == "case"
            else Person.objects.in_bulk(some)
        )
        for key in some:
            if key in before:
                yield Came(key, BEFORE)
            elif key in found:
                given = {"actor": actor, "door": door, "day": day, "batch": batch}
                yield _one(definition, key, found[key], name if about == "person" else "", values, **given)


def _there_already(definition: StepDef, about: str, keys: Sequence[int], batch: str) -> set[int]:
    said = EntrySubject.objects.filter(entry__batch=batch, entry__verb=definition.verb, type=about)
    return set(said.filter(subject_id__in=keys).values_list("subject_id", flat=True))


def _one(definition, key, subject, name, values, *, actor, door, day, batch) -> Came:
    try:
        with writing(actor=actor, door=door, batch=batch) as act:
            if name:
                definition.call(within=act, actor=actor, day=day, **{**values, name: subject})
            else:
                definition.call(subject, within=act, actor=actor, day=day, **values)
    except Refusal as refusal:
        return Came(key, REFUSED, in_words(refusal))
    return Came(key, DONE)


def in_words(refusal: Refusal) -> str:
    """A refusal as one text: what, why, what helps, by which rule."""
    cited = f"({wording.cited(refusal.citation)})" if refusal.citation else ""
    return " ".join(str(part) for part in (refusal.message, refusal.hint, cited) if part)


# ── many ────────────────────────────────────────────────────────────────────────────────────────────────


def begin(
    definition: StepDef, keys: Sequence[int], values: Mapping[str, Any], *, name: str, actor, day: dt.date,
    batch: str,
) -> jobs.Job:  # fmt: skip
    """Ask for it to be done in the background."""
    return jobs.enqueue(
        act_on_all, name=name, account=actor, procedure=definition.procedure.code, step=definition.name,
        keys=list(keys), day=day.isoformat(), inputs=packed(definition.fields, values), batch=batch,
    )  # fmt: skip


@jobs.job
def act_on_all(
    progress: jobs.Progress, *, procedure: str, step: str, keys: list[int], day: str, inputs: dict, batch: str
) -> dict[str, Any]:
    """Each in its turn. What came of them is kept as it goes on: stopped, or cut short, nothing is lost."""
    definition = definition_of(procedure, step)
    values = unpacked(definition.fields, inputs)
    found: dict[str, Any] = {DONE: 0, REFUSED: []}
    progress.job.result = found
    came = act_on(
        definition, keys, values, actor=progress.account, door="web", day=dt.date.fromisoformat(day),
        batch=batch,
    )  # fmt: skip
    for count, one in enumerate(came, start=1):
        if one.outcome == REFUSED:
            found[REFUSED].append([one.key, one.said])
        else:
            found[DONE] += 1
        progress.report(count, len(keys))
    return found


KIND = f"{act_on_all.__module__}:{act_on_all.__qualname__}"


def definition_of(procedure: str, step: str) -> StepDef:
    known = Procedure.known[procedure]
    found = known.opening if step == "open" else known.steps.get(step)
    if found is None:
        raise LookupError(f"{procedure} has no step {step}.")
    return found


__all__ = ["Came", "act_on", "begin"]
