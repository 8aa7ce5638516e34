"""This room is for what rests on a paper: the facts that began or ended by it, and what was built on them.

A decision that is annulled was never one: each fact it caused goes back to what was known before it. That is
possible only while nothing later rests on it; what does is listed, with the paper by which it came.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Q

from orgwork.foundation.dates import Dated

from .appointments import Appointment
from .badges import MemberBadge
from .documents import Document
from .members import MemberCard, Membership, MembershipCondition, MembershipPlace, MembershipStanding
from .numbering import NumberMark, SeriesBook, TermOfOffice
from .posts import PostExistence
from .record import Cause
from .units import UnitPlacement

#: Decisions that caused more are whole take-overs; they go back as batches.
MOST = 5_000
#: Books of numbers say which paper used a number up: an annulled paper keeps its number.
NOT_CAUSED = (NumberMark, SeriesBook, TermOfOffice)
#: What only a member has.
OF_MEMBERS = (MembershipStanding, MembershipPlace, MembershipCondition, MemberCard, MemberBadge)


@dataclass(frozen=True)
class Later:
    """Something that rests on the paper: what it is, about whom, from when, by which cause."""

    model: type[models.Model] | None
    type: str
    id: int
    day: dt.date | None
    cause: Cause | None = None
    paper: Document | None = None
    case: int | None = None
    row: int | None = None


@dataclass
class Fact:
    """One fact by its key: the rows that go, and those that were held before the paper and come back."""

    model: type[Any]
    key: tuple
    out: list = field(default_factory=list)
    into: list = field(default_factory=list)


@dataclass
class Rests:
    """All that rests on a paper: what would be undone, and what stands in the way."""

    facts: list[Fact] = field(default_factory=list)
    later: list[Later] = field(default_factory=list)
    #: Cases that go back with it; procedures know them (setting_back.py).
    cases: list[Any] = field(default_factory=list)
    too_many: bool = False

    def subjects(self, name: str) -> set[int]:
        """Ids of the people (or bodies, or posts) whose facts would go back."""
        rows = [row for fact in self.facts for row in (*fact.out, *fact.into)]
        return {ident for row in rows if (ident := getattr(row, f"{name}_id", None)) is not None}

    def count(self) -> int:
        return sum(len(fact.out) for fact in self.facts)


def caused_models() -> list[type[Any]]:
    """Dated tables whose boundaries have causes."""
    every: list[Any] = apps.get_models()
    return [
        one
        for one in every
        if issubclass(one, Dated) and one._meta.managed and hasattr(one, "begun_by_id")
        and one._meta.get_field("begun_by").related_model is Cause and one not in NOT_CAUSED
    ]  # fmt: skip


def rests_on_paper(paper: Document) -> Rests:
    """What began or ended by the paper, with what was known before it, and what later facts rest on it."""
    found = Rests()
    causes = set(Cause.objects.filter(document=paper).values_list("pk", flat=True))
    for model in caused_models():
        rows = model.objects.filter(Q(begun_by__in=causes) | Q(ended_by__in=causes))
        rows = _not_about(rows, model, paper)
        names = [model._meta.get_field(name).attname for name in model.KEY]
        keys = set(rows.values_list(*names)[: MOST + 1])
        if len(keys) + len(found.facts) > MOST:
            found.too_many = True
            return found
        for fact, others in _facts(model, names, keys, causes):
            found.facts.append(fact)
            found.later += [later_by_cause(model, row, day, cause) for row, day, cause in others]
    found.later += _resting_papers(paper)
    found.later += _homeless(found, paper)
    found.later = named(found.later)
    return found


def _not_about(rows, model, paper: Document):
    """What is recorded about the paper itself (who signed it, to whom it went) is no fact caused by it."""
    if any(f.name == "document" and f.related_model is Document for f in model._meta.concrete_fields):
        return rows.exclude(document=paper)
    return rows


def _facts(model, names, keys, causes) -> Iterator[tuple[Fact, list]]:
    """For each key the rows before the paper's first effect and now, and boundaries that others set since."""
    for key, versions in _versions(model, names, keys):
        marked = [v for v in versions if v.begun_by_id in causes or v.ended_by_id in causes]
        first = min(v.recorded for v in marked)
        now = [v for v in versions if v.retracted is None]
        before = [v for v in versions if v.recorded < first and (v.retracted is None or v.retracted >= first)]
        held = {v.pk for v in before}
        out = [v for v in now if v.pk not in held]
        into = [v for v in before if v.retracted is not None]
        known = set(_edges(before))
        others = [
            (row, day, cause)
            for row in out
            for day, side, cause in _edges([row])
            if cause not in causes and (day, side, cause) not in known
        ]
        yield Fact(model, key, out, into), others


def _versions(model, names, keys) -> Iterator[tuple[tuple, list]]:
    of: dict[tuple, list] = defaultdict(list)
    first = {key[0] for key in keys}
    for some in _chunks(sorted(first)):
        for row in model.versions.filter(**{f"{names[0]}__in": some}).order_by("recorded", "pk"):
            key = tuple(getattr(row, name) for name in names)
            if key in keys:
                of[key].append(row)
    return iter(sorted(of.items()))


def _edges(rows: Iterable) -> Iterator[tuple]:
    for row in rows:
        if row.begun_by_id:
            yield row.valid_from, "begun", row.begun_by_id
        if row.ended_by_id and row.valid_to:
            yield row.valid_to, "ended", row.ended_by_id


# ── what stands in the way ───────────────────────────────────────────────────────────────────────────────


def _resting_papers(paper: Document) -> list[Later]:
    """Later papers that say they rest on it."""
    from .paper_relations import PaperRelation

    rows = PaperRelation.objects.filter(target=paper).exclude(kind="annuls").select_related("source")
    return [Later(PaperRelation, "document", r.source_id, r.valid_from, paper=r.source) for r in rows]


def _homeless(rests: Rests, paper: Document) -> list[Later]:
    """Facts that would be left without what they need: a membership, a body, a post."""
    gone: dict[type[Any], list] = defaultdict(list)
    going = {(type(row), row.pk) for fact in rests.facts for row in fact.out}
    for fact in rests.facts:
        if fact.model in (Membership, UnitPlacement, PostExistence):
            gone[fact.model] += _lost(fact)
    found: list[Later] = []
    members = {row.person_id: row for row in gone[Membership]}
    for model in OF_MEMBERS:
        found += _overlapping(model, "person", members, going)
    open_cases = apps.get_model("procedures", "Case").objects.filter(person__in=members, closed_on=None)
    open_cases = open_cases.exclude(steps__document=paper)
    found += [Later(None, "case", one.pk, one.opened_on, case=one.pk) for one in open_cases]
    units = {row.unit_id: row for row in gone[UnitPlacement]}
    for model, name in _naming_units():
        found += _overlapping(model, name, units, going)
    lying = apps.get_model("procedures", "Case").objects.filter(unit__in=units, closed_on=None)
    found += [Later(None, "case", one.pk, one.opened_on, case=one.pk) for one in lying]
    for one in Document.objects.filter(issuer__in=units):
        if one.day and one.day in units[one.issuer_id].period:
            found.append(Later(Document, "document", one.pk, one.day, paper=one))
    posts = {row.post_id: row for row in gone[PostExistence]}
    found += _overlapping(Appointment, "post", posts, going)
    return found + _back_nowhere(rests)


def _lost(fact: Fact) -> list:
    """Rows that go and leave days on which the fact would not be the case at all."""
    return [
        row
        for row in fact.out
        if not any(one.valid_from <= row.valid_from and _covers(one, row) for one in fact.into)
    ]


def _covers(one, row) -> bool:
    return one.valid_to is None or (row.valid_to is not None and one.valid_to >= row.valid_to)


def _overlapping(model, name: str, gone: dict, going: set) -> list[Later]:
    if not gone:
        return []
    found = []
    for some in _chunks(sorted(gone)):
        rows = model.objects.filter(**{f"{name}__in": some}).select_related("begun_by__document")
        for row in rows:
            if (model, row.pk) not in going and gone[getattr(row, f"{name}_id")].period.overlaps(row.period):
                found.append(later_by_cause(model, row, row.valid_from, row.begun_by_id))
    return found


def _naming_units() -> list[tuple[type[Any], str]]:
    """Dated tables that name a body, with the name of the column; where cases lie is told by the cases."""
    from .units import Unit

    return [
        (model, f.name)
        for model in caused_models()
        if model.__name__ != "CaseHome"
        for f in model._meta.concrete_fields
        if f.related_model is Unit and not (model is UnitPlacement and f.name == "unit")
    ]


def _back_nowhere(rests: Rests) -> list[Later]:
    """Rows that would come back at a body that has ended meanwhile."""
    homes = [
        (row, row.unit_id if fact.model is MembershipPlace else row.parent_id)
        for fact in rests.facts
        if fact.model in (MembershipPlace, UnitPlacement)
        for row in fact.into
    ]
    ids = {unit for _row, unit in homes if unit}
    life: dict[int, list] = defaultdict(list)
    for one in UnitPlacement.objects.filter(unit__in=ids).order_by("valid_from"):
        life[one.unit_id].append(one)
    for fact in rests.facts:  # bodies that come back with the same annulment are there again
        if fact.model is UnitPlacement:
            out = {row.pk for row in fact.out}
            kept = [one for one in life[fact.key[0]] if one.pk not in out]
            life[fact.key[0]] = sorted([*kept, *fact.into], key=lambda one: one.valid_from)
    found = []
    for row, unit in homes:
        last = life[unit][-1] if unit and life[unit] else None
        if last is not None and last.valid_to is not None and (
            row.valid_to is None or row.valid_to > last.valid_to
        ):  # fmt: skip
            found.append(Later(UnitPlacement, "unit", unit, last.valid_to, cause=last.ended_by))
    return found


def later_by_cause(model, row, day, cause) -> Later:
    kind, ident = subject_of(row)
    known = Cause.objects.select_related("document").get(pk=cause) if cause else None
    return Later(model, kind, ident, day, cause=known, paper=known.document if known else None, row=row.pk)


def subject_of(row) -> tuple[str, int]:
    """About whom a row is: a person before a body, a body before a post or a paper."""
    for name in ("person", "unit", "post", "document", "source", "case", "area"):
        ident = getattr(row, f"{name}_id", None)
        if ident is not None:
            return ("document" if name == "source" else name), ident
    return "record", row.pk


def named(later: list[Later]) -> list[Later]:
    """Each once, in the order of their days."""
    seen = {(one.model, one.type, one.id, one.day, one.cause and one.cause.pk): one for one in later}
    return sorted(seen.values(), key=lambda one: (one.day or dt.date.min, one.type, one.id or 0))


def _chunks(items: list, size: int = 500) -> Iterator[list]:
    return (items[n : n + size] for n in range(0, len(items), size))
