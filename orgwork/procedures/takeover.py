"""This room is for take-over: a register that was kept elsewhere comes in whole, as an opening balance or
with its history, set-based: the same checks, then the same rows, protocols and journal entries as the
steps would leave.

What was done is given as acts in the order in which they became known; a fact is a chain of pieces between
acts. From these the versions follow: what was recorded first, and what took its place when the next act was
recorded.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

from django.db import connection, models, transaction
from django.utils.translation import gettext_lazy as _

from orgwork.foundation import bulk, journal, moments, provisions
from orgwork.foundation.dates import new_spells
from orgwork.foundation.refusals import Refusal
from orgwork.registers.units import UnitLineage

from .cases import Procedure, Protocol

LABEL = _("opening balance")
DATES = ("valid_from", "valid_to", "recorded", "retracted")
RECORD = (*DATES, "spell", "begun_by", "ended_by")


class Piece(NamedTuple):
    """A stretch of a fact: its values, its days, and the acts (numbers) that began and ended it.

    ``silent``: it was recorded by ``begun``, which is not why it began (a standing gained elsewhere, before).
    """

    values: tuple
    since: dt.date
    until: dt.date | None
    begun: int
    ended: int | None = None
    silent: bool = False


class Version(NamedTuple):
    """A piece as it stood in the register between two moments."""

    since: dt.date
    until: dt.date | None
    recorded: int
    retracted: int | None
    begun: int | None
    ended: int | None
    values: tuple


@dataclass(slots=True)
class Said:
    """A journal entry to be: what was done, and to whom; subjects are (type, id, content)."""

    moment: int
    verb: str
    day: dt.date
    subjects: Sequence[tuple[str, int, Any]]
    case: int | None = None
    actor: int | None = None


def as_known(piece: Piece, moment_of: Callable[[int], int]) -> Iterator[Version]:
    """First open-ended from the moment its beginning was recorded, then with its end from the moment of
    that.
    """
    first, begun = moment_of(piece.begun), None if piece.silent else piece.begun
    if piece.ended is None:
        yield Version(piece.since, piece.until, first, None, begun, None, piece.values)
        return
    last = moment_of(piece.ended)
    if last < first:
        raise Refusal(
            _("An end was recorded before its beginning; put the acts in order."), code="acts_unordered"
        )
    if last > first:
        yield Version(piece.since, None, first, last, begun, None, piece.values)
    yield Version(piece.since, piece.until, last, None, begun, piece.ended, piece.values)


def corrected(
    piece: Piece, wrong: Piece, correction: int, moment_of: Callable[[int], int]
) -> Iterator[Version]:
    """A piece that was first recorded otherwise, and put right by the act ``correction``."""
    at = moment_of(correction)
    first = moment_of(piece.begun)
    yield Version(wrong.since, None, first, at, wrong.begun, None, wrong.values)
    if piece.ended is None:
        yield Version(piece.since, None, at, None, piece.begun, None, piece.values)
        return
    last = moment_of(piece.ended)
    if last < at:
        raise Refusal(
            _("A record was ended before it was corrected; put the acts in order."), code="acts_unordered"
        )
    yield Version(piece.since, None, at, last, piece.begun, None, piece.values)
    yield Version(piece.since, piece.until, last, None, piece.begun, piece.ended, piece.values)


@dataclass
class TakeOver:
    """One take-over in the open transaction: draws numbers, writes facts and journal, set-based.

    ``moments`` turns the number of an act into its moment, ``causes`` into the id of its cause.
    """

    batch: str
    door: str = "takeover"
    actor: int | None = None
    moments: Sequence[int] = ()
    causes: Sequence[int | None] = ()
    written: dict[str, int] = field(default_factory=dict)
    _ordinals: dict[int, int] = field(default_factory=dict)

    def play(self, times: Sequence[dt.datetime], *, actor=None) -> list[int]:
        """One moment for each time of recording, in order."""
        return moments.play(times, actor=actor, door=self.door, batch=self.batch)

    def rows(self, model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence]) -> int:
        """Rows that carry all their values already."""
        count = bulk.insert(model, columns, rows)
        self.written[model._meta.label] = self.written.get(model._meta.label, 0) + count
        return count

    def ids(self, model: type[models.Model], count: int) -> Sequence[int]:
        return bulk.allocate_ids(model, count)

    def facts(
        self, model: type[models.Model], columns: Sequence[str], chains: Iterable[Sequence[Version]]
    ) -> int:
        """Facts of one model; each chain is the versions of one spell, with values in the order of
        ``columns``.
        """
        # In chunks: while PostgreSQL takes rows in, the same connection cannot draw spells.
        fields = (*columns, *RECORD)
        return sum(self.rows(model, fields, self._spelled(chunk)) for chunk in _chunks(chains, 20_000))

    def plain_facts(self, model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence]) -> int:
        """Facts of one piece that nothing has changed: days, moments, ids of causes, then the values."""
        count, fields = 0, (*RECORD, *columns)
        for chunk in _chunks(rows, 20_000):
            spells = new_spells(len(chunk))
            with_spells = ((*row[:4], spell, *row[4:]) for spell, row in zip(spells, chunk, strict=True))
            count += self.rows(model, fields, with_spells)
        return count

    def _spelled(self, chains):
        cause, out = self.causes, []
        for spell, chain in zip(new_spells(len(chains)), chains, strict=True):
            for since, until, recorded, retracted, begun, ended, values in chain:
                out.append(
                    (
                        *values,
                        since,
                        until,
                        recorded,
                        retracted,
                        spell,
                        None if begun is None else cause[begun],
                        None if ended is None else cause[ended],
                    )
                )
        return out

    def known(self, pieces: Iterable[Piece]) -> list[Version]:
        """The versions of all pieces of one spell."""
        moment_of = self.moments.__getitem__
        return [version for piece in pieces for version in as_known(piece, moment_of)]

    # -- the journal

    def journal(self, said: Iterable[Said]) -> int:
        """Entries with their subjects, in the order given; sealed after commit like any other."""
        count = 0
        for chunk in _chunks(said, 20_000):
            ids = self.ids(journal.Entry, len(chunk))
            entries: list[tuple] = []
            subjects: list[tuple] = []
            for ident, one in zip(ids, chunk, strict=True):
                entries.append(self._entry(ident, one, subjects))
            self.rows(journal.Entry, ENTRY, entries)
            self.rows(journal.EntrySubject, SUBJECT, subjects)
            count += len(chunk)
        return count

    def _entry(self, ident, one, subjects):
        ordinal = self._ordinals[one.moment] = self._ordinals.get(one.moment, 0) + 1
        actor = one.actor if one.actor is not None else self.actor
        digests = []
        for nr, (kind, subject, content) in enumerate(one.subjects):
            salt, content, digest = journal.salted(kind, subject, content)
            subjects.append((ident, nr, kind, subject, salt, content, digest))
            digests.append((kind, subject, digest))
        digest = journal.entry_digest(
            one.moment, ordinal, one.verb, self.door, actor, one.case, one.day, self.batch, digests
        )
        return ident, one.moment, ordinal, one.verb, self.door, actor, one.case, one.day, self.batch, digest


ENTRY = ("id", "moment", "ordinal", "verb", "door", "actor", "case", "day", "batch", "digest")
SUBJECT = ("entry", "ordinal", "type", "subject_id", "salt", "content", "digest")


def _chunks(rows: Iterable, size: int) -> Iterator[list]:
    chunk: list = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


# -- the tree
# ------------------------------------------------------------------------------------------------------


def lineage(placements: dict[int, Sequence[Version]]) -> Iterator[tuple]:
    """Rows of the lineage with both times, from the versions of every unit's placement (values: the
    parent's id).

    At each moment at which placements changed, the lineage of the units concerned and of all below them is
    worked out anew, coalesced, and compared with what was recorded before: what differs is retracted or
    added.
    """
    changes: dict[int, set[int]] = {}
    for unit, versions in placements.items():
        for version in versions:
            changes.setdefault(version.recorded, set()).add(unit)
            if version.retracted is not None:
                changes.setdefault(version.retracted, set()).add(unit)
    held: dict[int, list[Version]] = {}
    below: dict[int, set[int]] = {}
    standing: dict[int, dict[tuple, int]] = {}
    done = []
    for moment in sorted(changes):
        touched = changes[moment]
        for unit in touched:
            held[unit] = [
                v
                for v in placements[unit]
                if v.recorded <= moment and (v.retracted is None or v.retracted > moment)
            ]
            for version in held[unit]:
                below.setdefault(version.values[0], set()).add(unit)
        for unit in _with_all_below(touched, below):
            wanted = set(_climb(unit, held))
            before = standing.setdefault(unit, {})
            for row in [row for row in before if row not in wanted]:
                done.append((*row[:2], row[2], row[3], row[4], before.pop(row), moment))
            for row in wanted:
                before.setdefault(row, moment)
    yield from done
    for rows in standing.values():
        for row, recorded in rows.items():
            yield (*row, recorded, None)


def _with_all_below(units, below):
    found, edge = set(units), set(units)
    while edge:
        edge = {child for unit in edge for child in below.get(unit, ())} - found
        found |= edge
    return found


FAR = dt.date.max


def _climb(unit, held):
    """(ancestor, descendant, depth, since, until) of one unit as the placements stand."""
    edge = [(unit, v.since, v.until or FAR) for v in held.get(unit, ())]
    own = _coalesced(edge)
    yield from ((unit, unit, 0, since, None if until == FAR else until) for _unit, since, until in own)
    depth = 0
    edge = own
    while edge:
        depth += 1
        up = []
        for ancestor, since, until in edge:
            for version in held.get(ancestor, ()):
                first, last = max(since, version.since), min(until, version.until or FAR)
                if version.values[0] is not None and first < last:
                    up.append((version.values[0], first, last))
        edge = _coalesced(up)
        yield from ((a, unit, depth, since, None if until == FAR else until) for a, since, until in edge)


def _coalesced(rows):
    """Touching stretches of the same ancestor joined."""
    out: list = []
    for ancestor, since, until in sorted(rows):
        if out and out[-1][0] == ancestor and since <= out[-1][2]:
            out[-1] = (ancestor, out[-1][1], max(until, out[-1][2]))
        else:
            out.append((ancestor, since, until))
    return out


LINEAGE = ("ancestor", "descendant", "depth", *DATES)


def write_lineage(take: TakeOver, placements: dict[int, Sequence[Version]]) -> int:
    return take.rows(UnitLineage, LINEAGE, lineage(placements))


# -- what is checked before a row is written


def refuse_steps(procedure: Procedure, steps: Sequence[tuple[str, str, str]]) -> None:
    """(step, source, target) of one case must be a way through the procedure as it is declared."""
    reached = ""
    for name, source, target in steps:
        declared = procedure.opening if name == "open" else procedure.steps.get(name)
        known = declared is not None and target in declared.targets
        onward = name == "open" or (declared is not None and source in declared.sources)
        if not (known and onward and source == reached):
            raise Refusal(
                _("“%(step)s” does not lead from “%(source)s” to “%(target)s” here; look at the case again.")
                % {"step": f"{procedure.code}.{name}", "source": source, "target": target},
                code="no_such_step",
            )
        reached = target


def refuse_votes(numbers: Mapping[str, int]) -> None:
    """A protocol's numbers must add up, as those that are typed."""
    row = [numbers[name] for name in Protocol.NUMBERS]
    if row[-1] < 0 or any(fewer > more for more, fewer in pairwise(row)):
        raise Refusal(
            _("The numbers of a vote do not add up: %(row)s.") % {"row": row},
            code="protocol_does_not_add_up",
        )


def refuse_grammar(kind: str, parent_kind: str | None, code: str) -> None:
    """Bodies stand where the grammar ever let them."""
    if not provisions.kinds()[kind].may_stand_under(parent_kind):
        raise Refusal(
            _("%(code)s: a body of the kind “%(kind)s” cannot stand under one of the kind “%(parent)s”.")
            % {"code": code, "kind": kind, "parent": parent_kind or "–"},
            code="grammar",
        )


def refuse_lives(
    since: dt.date, until: dt.date | None, within: tuple[dt.date, dt.date | None], what: str
) -> None:
    """A fact lies within the days of the body it is about."""
    born, gone = within
    if since < born or (gone is not None and (until is None or until > gone)):
        raise Refusal(
            _("%(what)s: a record lies outside the days of this body.") % {"what": what}, code="outside_life"
        )


# -- before and after
# ------------------------------------------------------------------------------------------------


def analyse() -> None:
    """Let the planner know what has come in; without it the first pages are slow on both engines."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def whole() -> transaction.Atomic:
    """The one transaction of a take-over: all or nothing."""
    return transaction.atomic(durable=True)
