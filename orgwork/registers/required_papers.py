"""This room is for the papers that a body must have: which one of its papers is that paper, since when."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from orgwork.foundation import catalogues, provisions
from orgwork.foundation.catalogues import RequiredKind

from .documents import Document
from .numbering import TermOfOffice
from .paper_relations import PaperRelation, force
from .record import Record, guarded
from .units import Unit, UnitForm, under_ids


class RequiredPaper(Record):
    """That a paper is what a requirement (a code of provisions/required_papers.yaml) asks of a body.

    Said by people: a title tells nobody for certain that a paper is the body's working rules.
    """

    KEY = ("unit", "requirement")

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="required_papers", verbose_name=_("body"))
    requirement = models.CharField(_("required paper"), max_length=40)
    document = models.ForeignKey(Document, models.PROTECT, related_name="meets", verbose_name=_("paper"))

    class Meta:
        verbose_name = _("required paper of a body")
        base_manager_name = "versions"
        constraints = guarded("required_paper", "unit", "requirement")

    def __str__(self):
        return f"{self.requirement} of {self.unit_id}: {self.document_id}"


# ── what a body must have, and whether it has it ─────────────────────────────────────────────────────────

PRESENT, OLD, ENDED, MISSING = "present", "old", "ended", "missing"


@dataclass(frozen=True)
class Duty:
    """One requirement of one body on a day: the paper that meets it, or why none does.

    ``since`` is the first day of the term or year for which the paper must be; ``proposed`` are papers of the
    right kind whose titles have the words, for people to say whether they are it.
    """

    unit: int
    code: str
    kind: RequiredKind
    state: str
    since: dt.date | None
    document: Document | None
    proposed: tuple[Document, ...] = ()


def duties(unit, day: dt.date, *, known_at: int | None = None) -> list[Duty]:
    """Every requirement of the bodies at or under a body, in the order of the catalogue."""
    on: dict[str, Any] = {"known_at": known_at}
    forms = UnitForm.objects.on(day, **on).filter(unit__in=under_ids(unit, day, **on))
    wanted = {
        kind: [one for one in catalogues.required().values() if kind in one.bodies and one.valid_from <= day]
        for kind in catalogues.kinds()
    }
    bodies = [
        (body, code, kind)
        for body, code, kind in forms.filter(kind__in=[k for k, some in wanted.items() if some])
        .order_by("unit__code")
        .values_list("unit", "unit__code", "kind")
    ]
    ids = [body for body, _code, _kind in bodies]
    rows = RequiredPaper.objects.on(day, **on).filter(unit__in=ids).select_related("document")
    said = {(row.unit_id, row.requirement): row.document for row in rows}
    states = force(said.values(), day, known_at=known_at)
    terms = terms_of(ids, day, known_at=known_at)
    found = []
    for body, code, kind in bodies:
        for one in wanted[kind]:
            since = _since(one, terms[body], day)
            paper = said.get((body, one.code))
            found.append(Duty(body, code, one, _state(paper, states, since), since, paper))
    return _with_proposals(found, day, known_at)


def terms_of(units, day: dt.date, *, known_at: int | None = None) -> dict[int, dt.date]:
    """The first day of each body's term of office; the national congress stands in where none is recorded."""
    rows = TermOfOffice.objects.on(day, known_at=known_at).filter(unit__in=units)
    own = dict(rows.values_list("unit", "valid_from"))
    whole = provisions.on(day)["terms.congress"].valid_from
    return {unit: own.get(unit, whole) for unit in units}


def _since(kind: RequiredKind, term: dt.date, day: dt.date) -> dt.date | None:
    return {"term": term, "year": dt.date(day.year, 1, 1), "once": None}[kind.each]


def _state(paper: Document | None, states, since: dt.date | None) -> str:
    if paper is None:
        return MISSING
    if not states[paper.pk].in_force:
        return ENDED
    # The programme of a year is often issued in December of the year before.
    early = since and (since - dt.timedelta(days=60) if since.day == since.month == 1 else since)
    return OLD if early and paper.day and paper.day < early else PRESENT


def _with_proposals(found: list[Duty], day: dt.date, known_at: int | None) -> list[Duty]:
    """Papers of the body itself with the words in their titles, where nothing meets the requirement."""
    open_ = {one.unit for one in found if one.state != PRESENT and one.kind.of == "own"}
    papers = Document.objects.filter(issuer__in=open_, day__lte=day, secret=False)
    papers = papers.filter(kind__in={kind for one in found for kind in one.kind.papers})
    if known_at is not None:
        papers = papers.filter(recorded__lt=known_at)
    by_body: dict[int, list[Document]] = {}
    for paper in papers.order_by("-day", "-pk")[:2000]:
        by_body.setdefault(paper.issuer_id or 0, []).append(paper)
    return [
        replace(one, proposed=tuple(_fitting(one, by_body.get(one.unit, ()))[:3]))
        if one.unit in open_ and one.state != PRESENT
        else one
        for one in found
    ]


def _fitting(one: Duty, papers) -> list[Document]:
    words = one.kind.words.split()
    return [
        paper
        for paper in papers
        if paper.kind in one.kind.papers
        and (one.since is None or paper.day >= one.since)
        and (one.document is None or paper.pk != one.document.pk)
        and all(word in paper.folded for word in words)
    ]


@dataclass(frozen=True)
class Follows:
    """A paper in force whose parent was changed after it: by which paper, from which day."""

    paper: Document
    parent: Document
    relation: str
    changed_by: Document
    change: str
    since: dt.date


#: So many papers are looked at; the latest changes come first.
MOST = 3000


def must_follow(unit, day: dt.date, *, known_at: int | None = None) -> list[Follows]:
    """Papers at or under a body that rest on a parent amended or ended since, and have not followed.

    A paper has followed when it was itself amended or ended from the day of the change on, or when its issuer
    has since issued another paper that rests on the changing one.
    """
    kinds = catalogues.relations()
    resting = [code for code, kind in kinds.items() if kind.carries or code in ("based_on", "issued_with")]
    changing = [code for code, kind in kinds.items() if kind.ends or code == "amends"]
    on: dict[str, Any] = {"known_at": known_at}
    rows = PaperRelation.objects.on(day, **on)
    changes = list(
        rows.filter(kind__in=changing).select_related("source").order_by("-valid_from", "-pk")[:MOST]
    )
    by_parent: dict[int, list[PaperRelation]] = {}
    for one in changes:
        by_parent.setdefault(one.target_id, []).append(one)
    children = rows.filter(kind__in=resting, target__in=by_parent, source__day__lte=day)
    children = children.filter(source__issuer__in=under_ids(unit, day, **on))
    followed = {
        (row.source.issuer_id, row.target_id)
        for row in rows.filter(kind__in=resting, target__in=[c.source_id for c in changes]).select_related(
            "source"
        )
    }
    found: dict[int, Follows] = {}
    for row in children.select_related("source__issuer", "target"):
        for one in by_parent[row.target_id]:
            child = row.source
            late = child.day is not None and child.day < one.valid_from and child.pk != one.source_id
            own = [
                c for c in by_parent.get(child.pk, ()) if kinds[c.kind].ends or c.valid_from >= one.valid_from
            ]
            if (
                late
                and not own
                and (child.issuer_id, one.source_id) not in followed
                and child.pk not in found
            ):
                found[child.pk] = Follows(child, row.target, row.kind, one.source, one.kind, one.valid_from)
    return sorted(found.values(), key=lambda one: (one.since, one.paper.pk), reverse=True)
