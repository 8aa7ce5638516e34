"""This room is for how papers rest on one another: typed, directed, dated; what is in force; chains."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orgwork.foundation import catalogues
from orgwork.foundation.rows import Statement

from .documents import Document
from .record import Record, guarded

#: PostgreSQL advisory lock of the relations between papers: two writers could close a circle together.
RELATIONS = 82
#: No chain of papers is deeper; no chain that is shown is longer.
DEPTH, MOST = 12, 400


class PaperRelation(Record):
    """That ``source`` rests on ``target`` in the way of ``kind`` (a code of provisions/relations.yaml).

    It holds from the day the source takes effect; ``said_at`` is the place in the source's text that says so
    ("Art. 56"). A party paper may be amended, replaced or repealed only by its issuer or a competent superior
    and must say so expressly (HD 36-HD/VPTW). ``part`` is the address of the part meant (paper_parts.py);
    empty: the whole paper.
    """

    KEY = ("source", "target", "kind", "part")

    source = models.ForeignKey(Document, models.PROTECT, related_name="rests_on")
    target = models.ForeignKey(Document, models.PROTECT, related_name="carries")
    kind = models.CharField(_("relation"), max_length=30)
    part = models.CharField(_("part of the earlier paper"), max_length=30, blank=True)
    said_at = models.CharField(_("place in the text"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("relation of papers")
        verbose_name_plural = _("relations of papers")
        base_manager_name = "versions"
        constraints = [
            *guarded("paper_relation", "source", "target", "kind", "part"),
            models.CheckConstraint(condition=~Q(source=models.F("target")), name="paper_not_on_itself"),
        ]
        indexes = [
            models.Index(fields=["target", "kind"], name="paper_relation_target"),
            models.Index(fields=["source", "kind"], name="paper_relation_source"),
        ]

    def __str__(self):
        return f"{self.source_id} {self.kind} {self.target_id}"


def carrying() -> list[str]:
    """The kinds along which a paper is put into effect further down."""
    return [code for code, kind in catalogues.relations().items() if kind.carries]


def locking_relations(vendor: str) -> list[Statement]:
    return [("SELECT pg_advisory_xact_lock(%s)", [RELATIONS])] if vendor == "postgresql" else []


# ── in force ─────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Force:
    """Whether a paper is in force on a day, what replaced or repealed it, and what amends it."""

    begun: bool
    ended_by: list[PaperRelation] = field(default_factory=list)
    amended_by: list[PaperRelation] = field(default_factory=list)

    @property
    def in_force(self) -> bool:
        return self.begun and not self.ended_by


def force(papers: Iterable[Document], day: dt.date, *, known_at: int | None = None) -> Mapping[int, Force]:
    """Of each paper whether it is in force on the day, by its number; one question for all of them."""
    found = {paper.pk: Force(begun=paper.day is not None and paper.day <= day) for paper in papers}
    kinds = catalogues.relations()
    changing = [code for code, kind in kinds.items() if kind.ends or code == "amends"]
    rows = PaperRelation.objects.on(day, known_at=known_at).filter(target__in=found, kind__in=changing)
    for row in rows.select_related("source").order_by("valid_from", "pk"):
        one = found[row.target_id]
        # What ends one part of a paper changes the paper and leaves the rest in force.
        (one.ended_by if kinds[row.kind].ends and not row.part else one.amended_by).append(row)
    return found


def no_longer_in_force(day: dt.date, *, known_at: int | None = None) -> models.QuerySet:
    """Numbers of the papers that something has replaced or repealed by that day: for filters."""
    ending = [code for code, kind in catalogues.relations().items() if kind.ends]
    return PaperRelation.objects.on(day, known_at=known_at).filter(kind__in=ending, part="").values("target")


# ── chains ───────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Link:
    """One step of a chain: the relation, how many levels from the paper asked for, the paper it leads to."""

    level: int
    relation: PaperRelation
    paper: Document


def chain(
    paper: Document, day: dt.date, *, up: bool, known_at: int | None = None, kinds: Iterable[str] = (),
    depth: int = DEPTH,
) -> list[Link]:  # fmt: skip
    """From a paper upward to what it rests on, or downward to what was made of it, level by level.

    A paper met twice stands at its nearest level; at most MOST links are followed.
    """
    seen, level, out = {paper.pk}, [paper.pk], []
    near, far = ("source", "target") if up else ("target", "source")
    for number in range(1, depth + 1):
        rows = PaperRelation.objects.on(day, known_at=known_at).filter(**{f"{near}__in": level})
        if kinds:
            rows = rows.filter(kind__in=list(kinds))
        level = []
        for row in rows.select_related(f"{far}__issuer").order_by(f"{far}__day", f"{far}_id", "pk"):
            other = getattr(row, far)
            if other.pk in seen:
                continue
            seen.add(other.pk)
            level.append(other.pk)
            out.append(Link(number, row, other))
            if len(out) == MOST:
                return out
        if not level:
            break
    return out


def rests_on(source: int, target: int) -> bool:
    """Whether one paper rests on another, directly or through others, on any day: for refusing circles."""
    seen, level = {source}, [source]
    while level:
        reached = set(PaperRelation.objects.filter(source__in=level).values_list("target", flat=True))
        if target in reached:
            return True
        level = list(reached - seen)
        seen |= reached
    return False


@dataclass(frozen=True)
class Covered:
    """What a body issued to put a paper into effect: its first paper, and how many days after the parent."""

    unit: int
    first: Document
    days: int | None
    papers: int


def first_links(paper: Document, day: dt.date, *, known_at: int | None = None) -> list[Link]:
    """Of each body the first paper by which it put this one into effect, directly or through others."""
    first: dict[int, Link] = {}
    for link in chain(paper, day, up=False, known_at=known_at, kinds=carrying()):
        issuer, issued = link.paper.issuer_id, link.paper.day
        if issuer is None or issued is None or issued > day:
            continue
        if issuer not in first or (issued, link.paper.pk) < (first[issuer].paper.day, first[issuer].paper.pk):
            first[issuer] = link
    return list(first.values())


def coverage(paper: Document, day: dt.date, *, known_at: int | None = None) -> dict[int, Covered]:
    """Which bodies have issued papers that put this one into effect, directly or through others."""
    issued: dict[int, list[Document]] = {}
    for link in chain(paper, day, up=False, known_at=known_at, kinds=carrying()):
        if link.paper.issuer_id and link.paper.day and link.paper.day <= day:
            issued.setdefault(link.paper.issuer_id, []).append(link.paper)
    out = {}
    for unit, papers in issued.items():
        first = min(papers, key=lambda one: (one.day, one.pk))
        days = (first.day - paper.day).days if first.day and paper.day else None
        out[unit] = Covered(unit, first, days, len(papers))
    return out
