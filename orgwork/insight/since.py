"""This room is for what changed since: which records came to a figure or left it, by whom, when and why.

Records are compared by what identifies them for ever (spell and day of the event), never by rows. The trace
of each comes from the journal: the entry of the moment at which the record was written or retracted, else
the latest entry since then about its person or body.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from orgwork.foundation import provisions
from orgwork.foundation.journal import Entry, EntrySubject
from orgwork.foundation.moments import Moment
from orgwork.foundation.wording import localized
from orgwork.procedures.sentences import sentence
from orgwork.registers import access, figures
from orgwork.registers.figures import Indicator
from orgwork.registers.units import UnitLineage

from . import frame
from .records import PERSONAL, Row, describe

Key = tuple[int, dt.date | None]
LATE, CORRECTED = "late", "corrected"
SHOWN = 200


@dataclass(frozen=True)
class Change:
    """One record that came or went, with the trace of who made it so."""

    way: str  # came | went
    kind: str  # late: recorded after the report; corrected: recorded otherwise before
    key: Key
    row: Row | None = None  # None where the reader may not see it
    at: dt.datetime | None = None
    actor: str = ""
    door: str = ""
    entry: Entry | None = None
    what: str = ""
    why: str = ""
    paper: str = ""


@dataclass(frozen=True)
class Since:
    """A figure then and now, and the records that make the difference."""

    code: str
    then: int | float | None
    now: int | float | None
    came: Sequence[Key] = ()
    went: Sequence[Key] = ()
    changes: Sequence[Change] = field(default=())
    url: str = ""

    @property
    def changed(self) -> bool:
        return self.then != self.now or bool(self.came or self.went)

    @property
    def late(self) -> int:
        return sum(1 for change in self.changes if change.kind == LATE)

    @property
    def corrected(self) -> int:
        return sum(1 for change in self.changes if change.kind == CORRECTED)


def keys_of(indicator: Indicator, queryset) -> set[Key]:
    """What identifies each record counted: its spell (or number), and for events the day."""
    if indicator.event or indicator.structural:
        return set(queryset.order_by().values_list(indicator.key, "event"))
    return {(spell, None) for spell in queryset.order_by().values_list(indicator.key, flat=True)}


def compare(
    indicator: Indicator, unit, when: figures.When, before: Iterable[Key] | None, *, then: frame.Known,
    now: frame.Known, options: Mapping | None = None, actor: Any = None, today: dt.date | None = None,
    shown: int = SHOWN,
) -> Since:  # fmt: skip
    """A figure at two moments. ``before`` are frozen keys; without them the first moment is asked again."""
    unit, options = frame.find_unit(unit), dict(options or {})
    scoped_now = frame.scoped(indicator, unit, when, now.moment, options)
    scoped_then = frame.scoped(indicator, unit, when, then.moment, options)
    after = keys_of(indicator, scoped_now)
    before = keys_of(indicator, scoped_then) if before is None else set(before)
    came, went = sorted(after - before, key=_order), sorted(before - after, key=_order)
    changes = []
    if came or went:
        tracer = _Tracer(indicator, unit, when, then, now, actor, today)
        changes = [
            *tracer.changes("came", came[:shown], scoped_now, now),
            *tracer.changes("went", went[:shown], scoped_then, then),
        ]
    url = frame.records_url(indicator.code, unit.code, when, known_at=now, **options)
    return Since(indicator.code, len(before), len(after), came, went, changes, url)


def _order(key: Key):
    return (key[1] or dt.date.min, key[0])


class _Tracer:
    """Finds for each changed record the entry of the journal that made it so."""

    def __init__(self, indicator, unit, when, then, now, actor, today):
        self.indicator, self.unit, self.when, self.then, self.now = indicator, unit, when, then, now
        self.open = indicator.subject not in PERSONAL or bool(
            today and access.may(actor, "names.read", unit, now=today)
        )

    def changes(self, way: str, keys: list[Key], scoped, known) -> list[Change]:
        rows = self._rows(scoped, keys)
        described = {row.key: row for row in describe(self.indicator, list(rows.values()), self.when, known)}
        touched = {key: self._moment(way, row) for key, row in rows.items()}
        entries = self._entries(rows, touched)
        moments = {entry.moment for entry, _content in entries.values()}
        self.times = dict(Moment.objects.filter(pk__in=moments).values_list("pk", "at"))
        old = self._known_before(rows)
        found = []
        for key in keys:
            row = rows.get(key)
            entry, content = entries.get(key, (None, None))
            found.append(self._change(way, key, row, described.get(key[0]), entry, content, old))
        return found

    def _rows(self, scoped, keys) -> dict[Key, Any]:
        """The rows of the keys; a union of moves is small and read whole."""
        numbers = {key[0] for key in keys}
        if not numbers:
            return {}
        if not scoped.query.combinator:
            scoped = scoped.filter(**{f"{self.indicator.key}__in": numbers})
            if self.indicator.key == "spell":
                scoped = scoped.select_related("begun_by", "ended_by")
        wanted = set(keys)
        rows = {}
        for row in scoped:
            key = (getattr(row, self.indicator.key), getattr(row, "event", None))
            if key in wanted:
                rows[key] = row
        return rows

    def _moment(self, way, row) -> int | None:
        """The moment since the report at which the row was written (or retracted); None where it was not."""
        recorded, retracted = getattr(row, "recorded", None), getattr(row, "retracted", None)
        if way == "came" and recorded is not None and recorded >= self.then.moment:
            return recorded
        if way == "went" and retracted is not None and self.then.moment <= retracted < self.now.moment:
            return retracted
        return None

    def _subject(self, row) -> tuple[str, int]:
        if self.indicator.subject in ("member", "head"):
            return ("person", row.person_id)
        if self.indicator.subject == "case":
            return ("case", row.pk)
        if self.indicator.subject == "area":
            return ("unit", row.home) if getattr(row, "home", None) else ("area", row.area_id)
        return ("unit", row.unit_id)

    def _entries(self, rows, touched) -> dict[Key, tuple[Entry, Any]]:
        """For each record the entry of its moment, else the latest since then about its person or body."""
        subjects = {key: self._subject(row) for key, row in rows.items()}
        about = self._about(set(subjects.values()))
        missing = {
            ("unit", row.unit_id) for key, row in rows.items() if not about.get(subjects[key]) and _unit(row)
        }
        above = self._about(self._moved(missing))
        chosen = {}
        for key, row in rows.items():
            said = about.get(subjects[key]) or above.get(("unit", _unit(row)), [])
            if said:
                chosen[key] = self._entry_of(said, touched[key], key[1])
        return chosen

    def _entry_of(self, said, moment: int | None, event: dt.date | None):
        """Of several entries one of the row's moment: a correction first, then one of the event's day."""
        at_moment = [one for one in said if one[0].moment == moment]
        if not at_moment:
            return said[-1]
        corrections = [one for one in at_moment if one[0].verb.startswith("correction")]
        same_day = [one for one in at_moment if one[0].day == event]
        return (corrections or same_day or at_moment)[0]

    def _moved(self, missing) -> set[tuple[str, int]]:
        """Bodies of which only the place in the tree was written anew since then."""
        written = UnitLineage.versions.filter(descendant__in=[ident for _kind, ident in missing]).filter(
            Q(recorded__gte=self.then.moment) | Q(retracted__gte=self.then.moment)
        )
        return {("unit", ident) for ident in written.values_list("descendant", flat=True)} & missing

    def _about(self, subjects: set[tuple[str, int]]) -> dict[tuple[str, int], list[tuple[Entry, Any]]]:
        found: dict[tuple[str, int], list[tuple[Entry, Any]]] = {}
        for kind in {kind for kind, _ident in subjects}:
            said = EntrySubject.objects.filter(
                type=kind, subject_id__in=[ident for one, ident in subjects if one == kind],
                entry__moment__gte=self.then.moment, entry__moment__lt=self.now.moment,
            )  # fmt: skip
            for one in said.select_related("entry__actor").order_by("entry__moment", "entry__ordinal"):
                found.setdefault((kind, one.subject_id), []).append((one.entry, one.content))
        return found

    def _known_before(self, rows) -> set[int]:
        """Spells of which something was known at the first moment: what is new of them is a correction."""
        if not rows or self.indicator.key != "spell":
            return set()
        model = type(next(iter(rows.values())))
        known = model.versions.filter(spell__in=[key[0] for key in rows], recorded__lt=self.then.moment)
        return set(known.values_list("spell", flat=True))

    def _change(self, way, key, row, described, entry, content, old) -> Change:
        by_correction = bool(entry and entry.verb.startswith("correction"))
        late = not by_correction and (way == "went" or key[0] not in old)
        kind = LATE if late else CORRECTED
        if entry is None:
            text = _("A record on which this one rests was changed.") if row is not None else ""
            return Change(way, kind, key, described if self.open else None, what=text)
        about = self._subject(row)[0]
        content = content if isinstance(content, dict) else {}
        what = sentence(entry.verb, content if self.open else None, about=about)
        return Change(
            way, kind, key, described if self.open else None, self.times.get(entry.moment), _who(entry),
            entry.door, entry, what,
            _why(row, content, way) if self.open else "",
            str(content.get("paper") or content.get("decision") or content.get("document") or ""),
        )  # fmt: skip


def _unit(row) -> int | None:
    return getattr(row, "unit_id", None)


def _who(entry) -> str:
    return entry.actor.full_name or entry.actor.username if entry.actor else ""


def _why(row, content, way) -> str:
    """The reason in words, else what was corrected, else the kind of cause that the record carries."""
    if content.get("reason"):
        return str(content["reason"])
    if content.get("before") or content.get("after"):
        return f"{content.get('before') or '–'} → {content.get('after') or '–'}"
    cause = getattr(row, "ended_by" if way == "went" else "begun_by", None)
    if cause is None:
        return ""
    if cause.text:
        return cause.text
    known = provisions.causes().get(cause.kind)
    return localized(known.labels) if known else cause.kind
