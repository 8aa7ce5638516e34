"""This room is for dated records: two times, one primitive, four verbs.

A row says *valid from–to* (days, half-open, ``valid_to`` None = open) and *recorded–retracted* (numbers of
moments). Rows are never edited and never deleted: the only update the database allows is
``retracted: null → n``. All writing goes through ``replace``: retract what overlaps the window, put back the
pieces outside it, put in the new value.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import connection, models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orgwork.foundation import wording

from .constraints import NoOverlap, violated
from .moments import Act, base
from .refusals import Overlap, Refusal, Stale
from .rows import fetch, insert_row, numbers

DAY = dt.timedelta(days=1)


@dataclass(frozen=True, order=True)
class Period:
    """Days from ``start`` up to, not including, ``end`` (None: open)."""

    start: dt.date
    end: dt.date | None = None

    def __post_init__(self):
        if self.end is not None and self.end <= self.start:
            raise Refusal(
                _("The period ends on %(end)s, before it has begun on %(start)s; choose a later end.")
                % {"start": self.start, "end": self.end - DAY},
                code="empty_period",
            )

    @classmethod
    def days(cls, first: dt.date, last: dt.date) -> Period:
        """The period as people name it: both days included."""
        return cls(first, last + DAY)

    @property
    def last(self) -> dt.date | None:
        """The last day included, as shown to people."""
        return None if self.end is None else self.end - DAY

    @property
    def length(self) -> int:
        """Number of days; an open period has none and raises."""
        if self.end is None:
            raise Refusal(_("An open period has no length; choose its last day."), code="open_period")
        return (self.end - self.start).days

    def __contains__(self, day: dt.date) -> bool:
        return self.start <= day and (self.end is None or day < self.end)

    def overlaps(self, other: Period) -> bool:
        return (other.end is None or self.start < other.end) and (self.end is None or other.start < self.end)


class DatedQuerySet(models.QuerySet):
    """Rows by day and by moment. Starts from whatever rows the queryset holds; managers choose those."""

    def known(self, known_at: int | None):
        """Rows held true at a moment; None: now."""
        if known_at is None:
            return self.filter(retracted__isnull=True)
        return self.filter(recorded__lt=known_at).filter(
            Q(retracted__isnull=True) | Q(retracted__gte=known_at)
        )

    def valid_on(self, day: dt.date):
        return self.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=day), valid_from__lte=day)

    def overlapping(self, period: Period):
        found = self.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=period.start))
        return found if period.end is None else found.filter(valid_from__lt=period.end)


class HeldManager(models.Manager.from_queryset(DatedQuerySet)):  # type: ignore[misc]
    """What is held true now, and the doors to every other day and moment."""

    def get_queryset(self):
        return super().get_queryset().filter(retracted__isnull=True)

    def all_versions(self):
        """Every row ever recorded, retracted ones included."""
        if hasattr(self, "instance"):
            raise TypeError("Ask the model, not a related manager, for other versions.")
        return self.model.versions.all()

    def at(self, known_at: int | None = None):
        """Rows held true at the moment, on any day."""
        return self.get_queryset() if known_at is None else self.all_versions().known(known_at)

    def on(self, day: dt.date, *, known_at: int | None = None):
        """Rows valid on the day, as known at the moment (None: now)."""
        return self.at(known_at).valid_on(day)

    def during(self, period: Period, *, known_at: int | None = None):
        """Rows valid on at least one day of the period. Never join two of these: judge on event days."""
        return self.at(known_at).overlapping(period)

    def begun_in(self, period: Period, *, kinds: Iterable[str] | None = None, known_at: int | None = None):
        """Boundaries in the period at which the fact began for a cause of its own (cuts do not count)."""
        found = self.at(known_at).filter(valid_from__gte=period.start, begun_by__isnull=False)
        if period.end is not None:
            found = found.filter(valid_from__lt=period.end)
        return found if kinds is None else found.filter(begun_by__kind__in=list(kinds))

    def ended_in(self, period: Period, *, kinds: Iterable[str] | None = None, known_at: int | None = None):
        """Boundaries in the period at which the fact ended for a cause of its own, on day ``valid_to``."""
        found = self.at(known_at).filter(valid_to__gte=period.start, ended_by__isnull=False)
        if period.end is not None:
            found = found.filter(valid_to__lt=period.end)
        return found if kinds is None else found.filter(ended_by__kind__in=list(kinds))


class Dated(models.Model):
    """A row with two times. ``KEY`` names the fields that say of what it is a fact."""

    KEY: tuple[str, ...] = ()

    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    recorded = models.BigIntegerField(_("recorded"))
    retracted = models.BigIntegerField(_("retracted"), null=True, blank=True)

    objects = HeldManager()
    versions = models.Manager.from_queryset(DatedQuerySet)()

    class Meta:
        abstract = True
        base_manager_name = "versions"

    @property
    def period(self) -> Period:
        return Period(self.valid_from, self.valid_to)


class Fact(Dated):
    """A dated row that says something of its own: it has a spell and the causes of its two boundaries.

    Concrete facts carry ``begun_by`` and ``ended_by`` (added by the floor that knows documents and cases).
    A spell survives change and correction; addresses and frozen keys refer to it, never to a row.
    """

    spell = models.BigIntegerField(_("spell"))

    class Meta:
        abstract = True
        base_manager_name = "versions"


class Counter(models.Model):
    """Numbers that nobody waits for on SQLite; PostgreSQL draws them from sequences."""

    name = models.CharField(max_length=40, primary_key=True)
    last = models.BigIntegerField(default=0)

    def __str__(self):
        return f"{self.name}: {self.last}"


def new_spells(count: int = 1) -> list[int]:
    """Fresh spell numbers from the installation's block."""
    if connection.vendor == "postgresql":
        return [base() + number for number in numbers("orgwork_spell", count)]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO foundation_counter (name, last) VALUES ('spell', %s)"
            " ON CONFLICT (name) DO UPDATE SET last = last + %s RETURNING last",
            [count, count],
        )
        last = base() + cursor.fetchone()[0]
    return list(range(last - count + 1, last + 1))


KEEP: Any = object()
"""Leave the cause of this boundary as it was recorded."""


def begin(model, act: Act, day: dt.date, *, until=None, cause=None, until_cause=None, spell=None, **fields):
    """A fact begins. Its days must be free; the row is returned."""
    said = {"spell": spell, "ended_by": until_cause, **fields}
    return begin_together([(model, said)], act, Period(day, until), cause=cause)[0]


def begin_together(
    facts: Sequence[tuple[Any, dict]], act: Act, window: Period, *, cause=None, newborn: bool = False
) -> list:
    """Several facts begin on one day, with one look at whether their days are free; as ``begin`` otherwise.

    None of ``facts``, pairs (model, fields), may be in the way of another. ``newborn``: they are of something
    that this act has just made, of which nothing can be recorded yet.
    """
    keyed = [(model, {name: fields[name] for name in model.KEY}) for model, fields in facts]
    free = [False] * len(keyed)
    for (model, key), taken in zip(keyed, free if newborn else _taken(keyed, window), strict=True):
        if taken:
            found = model.objects.filter(**key).overlapping(window).order_by("valid_from").first()
            # Another writer may have retracted it between the two looks: then reload, not "is recorded".
            raise _overlap(model, found) if found else _stale()
    unnumbered = sum(not fields.get("spell") for _model, fields in facts)
    spells = iter(new_spells(unnumbered) if unnumbered else ())
    rows = []
    for model, fields in facts:
        said = {**fields, "spell": fields.get("spell") or next(spells), "recorded": act.moment}
        rows.append(model(valid_from=window.start, valid_to=window.end, begun_by=cause, **said))
        _insert(rows[-1])
    return rows


def end(model, act: Act, key: Mapping, day: dt.date, *, cause, seen=None):
    """What holds on the day before ``day`` holds no longer from ``day`` on, planned pieces included."""
    _check_seen(model, seen)
    row = _at(model, key, day - DAY)
    last = _end_of_spell(model, key, row)
    if last == day:
        raise Refusal(
            _("%(what)s: already ended on %(day)s; correct that record if the day or the reason is wrong.")
            % {"what": str(model._meta.verbose_name).capitalize(), "day": wording.day(day)},
            field="day",
            code="already_ended",
        )
    return replace(model, act, key, Period(day, last), None, cause=cause, verb="end")


def change(
    model, act: Act, key: Mapping, day: dt.date, value: Mapping, *, cause, for_good: bool = False, seen=None
):
    """From ``day`` the fact is different: to the next recorded boundary, or for good (to the spell's end)."""
    _check_seen(model, seen)
    row = _at(model, key, day)
    until = _end_of_spell(model, key, row) if for_good else _next_boundary(model, key, row)
    values = {**_values(row), **_attnames(model, value)}
    return replace(model, act, key, Period(day, until), values, cause=cause, spell=row.spell, verb="change")


def begin_or_change(
    model, act: Act, key: Mapping, day: dt.date, value: Mapping, *, cause, whole: Period | None = None
):
    """From ``day`` on it is so, whether or not anything was recorded; what held before is returned, or None.

    ``whole`` is the span the fact is for (a year): said first it holds on all its days, said anew to its end.
    """
    span = whole or Period(day, day + DAY)
    before = model.objects.filter(**key).overlapping(span).order_by("-valid_from").first()
    if before is None:
        first, until = (span.start, span.end) if whole else (day, None)
        begin(model, act, first, until=until, cause=cause, **key, **value)
    else:
        change(model, act, key, max(day, span.start), value, cause=cause, for_good=whole is not None)
    return before


def correct(
    model, act: Act, key: Mapping, window: Period, value: Mapping | None, *, cause, seen=None,
    begun_by=KEEP, ended_by=KEEP,
):  # fmt: skip
    """The register was wrong about these days. ``value`` None: nothing was the case.

    Only what changes knowledge carries a cause: boundaries that were recorded keep theirs, a cut between
    equal pieces has none, and a difference that appears by the correction has the correction's.
    """
    _check_seen(model, seen)
    if value is not None:
        before = model.objects.filter(**key).overlapping(window).order_by("valid_from").first()
        value = {**(_values(before) if before else {}), **_attnames(model, value)}
    return replace(model, act, key, window, value, cause=cause, begun_by=begun_by, ended_by=ended_by)


def replace(
    model, act: Act, key: Mapping, window: Period, value: Mapping | None, *, cause=None,
    begun_by=KEEP, ended_by=KEEP, spell=None, verb="correct",
):  # fmt: skip
    """The primitive under all verbs: retract what overlaps the window, put back the rest, put in the value.

    ``value`` is a mapping of column attributes, or None for "nothing is the case". Returns the new row, or
    None. Raises Stale when a row was retracted by somebody else meanwhile.
    """
    key = _attnames(model, key)
    around = list(_touching(model, key, window))
    inside = [row for row in around if row.period.overlaps(window)]
    new = None
    if value is not None:
        new = model(**key, **value, valid_from=window.start, valid_to=window.end, recorded=act.moment)
        new.spell = spell or _spell_for(inside or around)
    pieces = [_copy(row, act) for row in around]
    for piece in [p for p in pieces if p.period.overlaps(window)]:
        pieces.remove(piece)
        pieces += _outside(piece, window)
    if new is not None:
        pieces.append(new)
    _settle_causes(around, pieces, new, window, getattr(cause, "pk", None), verb)
    if new is not None and begun_by is not KEEP:
        new.begun_by = begun_by
    if new is not None and ended_by is not KEEP:
        new.ended_by = ended_by
    unchanged = {_content(row) for row in around if row not in inside}
    fresh = [piece for piece in pieces if _content(piece) not in unchanged]
    kept = {_content(piece) for piece in pieces}
    _retract(model, act, [row for row in around if row in inside or _content(row) not in kept])
    for piece in sorted(fresh, key=lambda p: p.valid_from):
        _insert(piece)
    return new


def swap(model, act: Act, out: Iterable, into: Iterable) -> list:
    """Records go and others come, whole: with their days, causes and spells. The rows that came are returned.

    Passes records to another key and back (merging of persons), where nothing is to be cut or settled anew.
    """
    _retract(model, act, list(out))
    rows = [_copy(row, act) for row in sorted(into, key=lambda one: one.valid_from)]
    for row in rows:
        _insert(row)
    return rows


def contradictions(model, limit: int = 100) -> list[tuple[int, int]]:
    """Pairs of rows that, at some moment, both said something of the same key and day; none when all is well.

    What is held true now the database itself keeps apart; what was known once only the verbs do, and whoever
    takes a history over beside them.
    """
    columns = [model._meta.get_field(name).column for name in model.KEY]
    same = " AND ".join(f'a."{column}" = b."{column}"' for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT a.id, b.id FROM "{model._meta.db_table}" a JOIN "{model._meta.db_table}" b ON {same}
            WHERE a.retracted IS NOT NULL AND (b.retracted IS NULL OR a.id < b.id)
              AND b.recorded < a.retracted AND (b.retracted IS NULL OR a.recorded < b.retracted)
              AND (b.valid_to IS NULL OR a.valid_from < b.valid_to)
              AND (a.valid_to IS NULL OR b.valid_from < a.valid_to) LIMIT %s""",  # noqa: S608
            [limit],
        )
        return cursor.fetchall()


# ── helpers, in the order of use ────────────────────────────────────────────────────────────────────────


def _taken(keyed: Sequence[tuple[Any, Mapping]], window: Period) -> Sequence[bool]:
    """For each model and key: whether something is recorded on some day of the window."""
    asked, values = [], []
    ends = "" if window.end is None else " AND valid_from < %s"
    for model, key in keyed:
        named = _attnames(model, key)
        columns = " AND ".join(f"{model._meta.get_field(name).column} = %s" for name in named)
        asked.append(
            f"EXISTS (SELECT 1 FROM {model._meta.db_table} WHERE retracted IS NULL AND {columns}"  # noqa: S608
            f" AND (valid_to IS NULL OR valid_to > %s){ends})"
        )
        values += [*named.values(), window.start, *([window.end] if ends else [])]
    return fetch("SELECT " + ", ".join(asked), values)[0]


def _overlap(model, taken):
    shown = taken.period
    return Overlap(
        _(
            "%(what)s: the days from %(start)s to %(end)s are already recorded;"
            " end or correct that record first."
        )
        % {
            "what": str(model._meta.verbose_name).capitalize(),
            "start": wording.day(shown.start),
            "end": wording.day(shown.last) if shown.last else "…",
        },
        field="day",
    )


def _insert(row):
    """Where two write at once, the database's own promise has the last word; say it as a refusal."""
    insert_row(row, clash=partial(_clash, type(row)))


def _clash(model, error):
    kept_apart = {c.name for c in model._meta.constraints if isinstance(c, NoOverlap)}
    return _stale() if violated(error) in kept_apart else None


def _check_seen(model, seen):
    """``seen`` is the row, or rows, the person was looking at (objects or ids).

    They are locked: merely looked at, two of eight corrections with the same ``seen`` were both accepted.
    """
    if seen is None:
        return
    rows = seen if isinstance(seen, (list, tuple, set)) else [seen]
    ids = {getattr(row, "pk", row) for row in rows}
    held = model.versions.select_for_update(no_key=True).filter(pk__in=ids, retracted__isnull=True)
    if len(held.order_by("pk").values_list("pk", flat=True)) != len(ids):
        raise _stale()


def _stale():
    return Stale(
        _(
            "Somebody else has changed this record since you opened it."
            " Reload the page, look at it, and try again."
        )
    )


def _at(model, key, day):
    row = model.objects.filter(**key).valid_on(day).first()
    if row is None:
        raise Refusal(
            _("%(what)s: nothing is recorded for %(day)s; choose a day on which it holds.")
            % {"what": str(model._meta.verbose_name).capitalize(), "day": wording.day(day)},
            field="day",
            code="nothing_there",
        )
    return row


def _end_of_spell(model, key, row):
    """The day on which the spell's last touching piece ends (None: open)."""
    return _follow(model, key, row, lambda piece, following: True)


def _next_boundary(model, key, row):
    """The day on which something else was recorded to begin; a mere cut by a correction is passed over."""

    def cut(piece, following):
        return _same(piece, following) and not (piece.ended_by_id or following.begun_by_id)

    return _follow(model, key, row, cut)


def _follow(model, key, row, goes_on):
    """Walk along the touching pieces of the row's spell as long as one goes on into the next."""
    if row.valid_to is None:
        return None
    later = model.objects.filter(**key, spell=row.spell, valid_from__gt=row.valid_from).order_by("valid_from")
    for following in later:
        if following.valid_from != row.valid_to or not goes_on(row, following):
            break
        row = following
    return row.valid_to


def _touching(model, key, window):
    """Unretracted rows that overlap the window or touch its edges, in order of days."""
    rows = model.objects.filter(**key).filter(Q(valid_to__isnull=True) | Q(valid_to__gte=window.start))
    if window.end is not None:
        rows = rows.filter(valid_from__lte=window.end)
    return rows.order_by("valid_from")


def _retract(model, act, rows):
    """One of two corrections of the same row wins here; the other is told."""
    if not rows:
        return
    done = model.versions.filter(pk__in=[r.pk for r in rows], retracted__isnull=True).update(
        retracted=act.moment
    )
    if done != len(rows):
        raise _stale()


def _spell_for(rows):
    return rows[0].spell if rows else new_spells()[0]


def _outside(row, window):
    """The pieces of a row that lie before and after the window."""
    pieces = []
    if row.valid_from < window.start:
        pieces.append(_copy(row, None, valid_to=window.start, ended_by_id=None))
    if window.end is not None and (row.valid_to is None or row.valid_to > window.end):
        pieces.append(_copy(row, None, valid_from=window.end, begun_by_id=None))
    return pieces


def _settle_causes(around, pieces, new, window, cause, verb):
    """Give the two boundaries of the window their causes.

    Where nothing differs there is no boundary and no cause. A boundary that was recorded keeps its cause; one
    that merely moved from the other edge of the window takes its cause along (the admission was on the 3rd,
    not on the 5th); one that appears by this act has the act's. An end, and a change where nothing was
    recorded, always have the act's: somebody re-elected begins anew although nothing differs.
    """
    kept = [piece for piece in pieces if piece is not new]
    before = next((p for p in kept if p.valid_to == window.start), None)
    start = _Edge(window.start, around, before, new)
    start.forced = verb == "end" or (verb == "change" and not start.recorded)
    edges = [start]
    if window.end is not None:
        after = next((p for p in kept if p.valid_from == window.end), None)
        edges.append(_Edge(window.end, around, new, after))
    for edge, other in zip(edges, reversed(edges), strict=True):
        moved = other.recorded if other is not edge and other.was and not other.stands else None
        edge.settle(new, moved, cause)


class _Edge:
    """A day on which the window begins or ends: what met there before the act, and what meets there now."""

    forced = False

    def __init__(self, day, around, left, right):
        self.left, self.right = left, right
        old_left = next((r for r in around if day - DAY in r.period), None)
        old_right = next((r for r in around if day in r.period), None)
        two = old_left is not old_right
        self.out = getattr(old_left, "ended_by_id", None) if two else None
        self.into = getattr(old_right, "begun_by_id", None) if two else None
        self.recorded = self.out or self.into
        alike = _same(old_left, old_right)
        self.was = bool(self.recorded) or not alike
        self.repeated = bool(self.recorded) and alike

    @property
    def stands(self) -> bool:
        """Whether there is a boundary after the act."""
        return self.forced or self.repeated or not _same(self.left, self.right)

    def settle(self, new, moved, cause):
        """A piece that was there before keeps what it said of a boundary that was there before."""
        out = into = None
        if self.forced:
            out = into = cause
        elif self.stands:
            here = self.recorded if self.was else moved or cause
            out = self.out if self.was and self.left is not new else self.out or here
            into = self.into if self.was and self.right is not new else self.into or here
        if self.left is not None:
            self.left.ended_by_id = out
        if self.right is not None:
            self.right.begun_by_id = into


def _same(one, other) -> bool:
    """Whether two pieces say the same of the same spell (nothing equals nothing)."""
    if one is None or other is None:
        return one is other
    return one.spell == other.spell and _values(one) == _values(other)


BOOKKEEPING = {"id", "valid_from", "valid_to", "recorded", "retracted", "spell", "begun_by_id", "ended_by_id"}


def _values(row) -> dict:
    """What the row says, apart from key and bookkeeping."""
    key = set(_attnames(type(row), dict.fromkeys(row.KEY)))
    return {
        f.attname: getattr(row, f.attname)
        for f in row._meta.concrete_fields
        if f.attname not in BOOKKEEPING and f.attname not in key
    }


def _attnames(model, mapping: Mapping) -> dict:
    """Field names and objects → column attributes and plain values."""
    out = {}
    for name, value in mapping.items():
        field = model._meta.get_field(
            name[:-3] if name.endswith("_id") and name not in _names(model) else name
        )
        out[field.attname] = value.pk if isinstance(value, models.Model) else value
    return out


def _names(model):
    return {f.name for f in model._meta.concrete_fields}


def _copy(row, act, **changed):
    copied = {f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields if not f.primary_key}
    if act is not None:
        copied["recorded"] = act.moment
    return type(row)(**{**copied, "retracted": None, **changed})


def _content(row):
    """What a row says, whoever recorded it: to keep neighbours whose causes did not change."""
    return tuple(
        getattr(row, f.attname)
        for f in row._meta.concrete_fields
        if not f.primary_key and f.attname not in {"recorded", "retracted"}
    )
