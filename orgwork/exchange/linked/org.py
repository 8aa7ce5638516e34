"""This room is for the structure in W3C ORG, the vocabulary of organisations: bodies, posts, what they serve.

What is said of a body plainly holds on the day asked for; whatever held on other days is said once more as an
``rdf:Statement`` with its days. Changes stand apart (changes.py): they are the history, and hold on any day.
Nobody is in it: posts are seats, and who holds them is told to no file of this kind.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping

from django.db.models import Model

from orgwork.foundation import catalogues
from orgwork.foundation.dates import DAY
from orgwork.registers.documents import Document
from orgwork.registers.posts import INTERIM, PostExistence
from orgwork.registers.units import (
    Unit,
    UnitForm,
    UnitLineage,
    UnitName,
    UnitPlacement,
    UnitService,
    under_ids,
)

from .areas import Areas
from .changes import Changes, Edge
from .naming import Names, shared
from .spans import named_now, spanned, valid
from .writing import FORMS, Iri, Subject, Term, Text, Value, day, in_gulps

#: So many bodies are read with one question.
AT_ONCE = 500
#: Bodies that are a part of another and nothing without it; all others are organisations of their own.
PARTS_OF_A_WHOLE = {"committee", "agency", "temporary"}
#: Bodies that work under the leadership of a party organisation and are no part of it.
LED = {"state", "front", "union"}


def exported(
    unit: Unit, on: dt.date, *, form: str, known_at: int | None = None, names: Names | None = None
) -> Iterator[str]:
    """The body and what stands below it as on the day; all that ever did, came of it or became it, too."""
    return in_gulps(FORMS[form].write(statements(unit, on, known_at, names or Names.here())))


def statements(unit: Unit, on: dt.date, known_at: int | None, names: Names) -> Iterator[Subject]:
    below = under_ids(unit, on, known_at=known_at)
    within = set(Unit.objects.filter(pk__in=below).values_list("pk", flat=True))
    ever = UnitLineage.objects.at(known_at).filter(ancestor=unit).values("descendant")
    stood = {unit.pk, *Unit.objects.filter(pk__in=ever).values_list("pk", flat=True)}
    changes = Changes(names, known_at)
    used = _Used(names)
    yield _about(unit, on, names)
    for some in _chunks(sorted(changes.relatives(stood))):
        yield from _Bodies(some, on, known_at, changes, used).said()
    for some in _chunks(sorted(within)):
        yield from _posts(some, on, known_at, used)
    areas = Areas(names, known_at)
    yield from areas.told(used.areas, on)
    used.papers |= areas.papers
    yield from used.described(changes)


def _chunks(ids: list[int]) -> Iterator[list[int]]:
    return (ids[at : at + AT_ONCE] for at in range(0, len(ids), AT_ONCE))


def _about(unit: Unit, on: dt.date, names: Names) -> Subject:
    """The export itself: of what, and of which day."""
    found = Subject(names.body(unit.pk, unit.code, f"structure-{on.isoformat()}").value)
    found.say("rdf:type", Term("schema:Dataset"))
    return found.say("schema:about", names.body(unit.pk, unit.code)).say("dct:valid", day(on))


class _Used:
    """What the bodies of an export refer to, to be described once at its end."""

    def __init__(self, names: Names):
        self.names = names
        self.kinds: set[str] = set()
        self.roles: set[str] = set()
        self.areas: set[int] = set()
        self.papers: set[int] = set()
        self.lists: set[str] = set()

    def described(self, changes: Changes) -> Iterator[Subject]:
        kinds, posts = catalogues.kinds(), catalogues.posts()
        for what, codes, known in (("kind", self.kinds, kinds), ("role", self.roles, posts)):
            for code in sorted(codes):
                labels = known[code].labels if code in known else {}
                yield _concept(shared(what, code), labels, Term("org:Role") if what == "role" else None)
        for way, labels in changes.labels():
            yield _concept(shared("change", way), labels)
        for own in sorted(self.lists):
            found = Subject(self.names.listing(own).value).say("rdf:type", Term("rdfs:Datatype"))
            yield found.say("rdfs:label", Text(own))
        for some in _chunks(sorted(self.papers)):
            yield from _papers(some, self.names)


def _concept(iri: Iri, labels: Mapping[str, str], also: Term | None = None) -> Subject:
    found = Subject(iri.value).say("rdf:type", Term("skos:Concept"), also)
    return found.say("skos:prefLabel", *(Text(words, language) for language, words in labels.items()))


def _papers(some: list[int], names: Names) -> Iterator[Subject]:
    """Number, day and issuer; titles can hold names of people."""
    for paper in Document.objects.filter(pk__in=some).select_related("issuer").order_by("pk"):
        found = Subject(names.paper(paper.pk).value).say("rdf:type", Term("foaf:Document"))
        found.say("dct:identifier", Text(paper.symbol))
        if paper.day:
            found.say("dct:issued", day(paper.day))
        if paper.issuer:
            found.say("dct:publisher", names.body(paper.issuer.pk, paper.issuer.code))
        yield found


# ── bodies ──────────────────────────────────────────────────────────────────────────────────────────────


class _Bodies:
    """Some hundred bodies, read together."""

    def __init__(self, ids: list[int], on: dt.date, known_at: int | None, changes: Changes, used: _Used):
        self.ids, self.on, self.known_at = ids, on, known_at
        self.names, self.changes, self.used = used.names, changes, used
        self.code = dict(Unit.objects.filter(pk__in=ids).values_list("pk", "code"))
        self.placed = self._rows(
            UnitPlacement, "parent_id", "parent__code", "begun_by__kind", "begun_by__document_id",
            "ended_by__kind", "ended_by__document_id",
        )  # fmt: skip
        self.forms = self._rows(UnitForm, "kind")
        self.called = self._rows(UnitName, "language", "text", "short")
        self.serves = self._rows(UnitService, "area_id")

    def _rows(self, model: type[Model], *columns: str) -> dict[int, list[tuple]]:
        """{body: [(from, to, …)]}, the earliest first."""
        found: dict[int, list[tuple]] = defaultdict(list)
        rows = model.objects.at(self.known_at).filter(unit__in=self.ids)  # type: ignore[attr-defined]
        rows = rows.order_by("unit_id", "valid_from", "pk")
        for unit, *rest in rows.values_list("unit_id", "valid_from", "valid_to", *columns):
            found[unit].append(tuple(rest))
        return found

    def said(self) -> Iterator[Subject]:
        for unit in self.ids:
            if unit not in self.placed:
                continue
            first, last = self.placed[unit][0], self.placed[unit][-1]
            yield from self._body(unit, (first[0], last[1]), opened=first[4] in (None, "takeover"))
            ended = None if last[1] is None else Edge(last[1], last[6], last[7])
            for event, papers in (
                *self.changes.of(unit),
                *self.changes.alone(unit, self.code[unit], Edge(first[0], first[4], first[5]), ended),
            ):
                self.used.papers |= papers
                yield event

    def _body(self, unit: int, life: tuple, *, opened: bool) -> Iterator[Subject]:
        iri = self.names.body(unit, self.code[unit])
        kind = named_now(self.forms[unit], self.on)[2] if self.forms[unit] else ""
        found = Subject(iri.value)
        found.say(
            "rdf:type", Term("org:Organization"),
            Term("org:OrganizationalUnit") if _is_part(kind) else Term("org:FormalOrganization"),
        )  # fmt: skip
        found.say("skos:notation", self.names.code(self.code[unit], "bodies"))
        self.used.lists.add("bodies")
        if not opened:  # since when those of the opening balance exist, nobody said
            found.say("schema:foundingDate", day(life[0]))
        if life[1] is not None:
            found.say("schema:dissolutionDate", day(life[1] - DAY))
        dated: list[Subject] = []
        for rows, plain, value in (
            (self.called[unit], self._names_now(unit), self._name),
            (
                self.forms[unit],
                [named_now(self.forms[unit], self.on)] if self.forms[unit] else [],
                self._kind,
            ),
            (self.placed[unit], valid(self.placed[unit], self.on), self._parent),
            (self.serves[unit], valid(self.serves[unit], self.on), self._served),
        ):
            for row in rows:
                for predicate, said, part in value(row, kind):
                    if row in plain:
                        found.say(predicate, said)
                    if (row[0], row[1]) != life or row not in plain:
                        dated.append(self._dated(unit, f"{part}-{row[0]}", predicate, said, row))
        self.changes.links(unit, found)
        yield found
        yield from dated

    def _names_now(self, unit: int) -> list[tuple]:
        by_language: dict[str, list[tuple]] = defaultdict(list)
        for row in self.called[unit]:
            by_language[row[2]].append(row)
        return [named_now(rows, self.on) for rows in by_language.values()]

    # -- what a row says: predicate, value, and what its statement goes by

    def _name(self, row: tuple, _kind: str) -> Iterator[tuple[str, Value, str]]:
        yield "skos:prefLabel", Text(row[3], row[2]), f"name-{row[2]}"
        if row[4] and row[4] != row[3]:
            yield "skos:altLabel", Text(row[4], row[2]), f"short-{row[2]}"

    def _kind(self, row: tuple, _kind: str) -> Iterator[tuple[str, Value, str]]:
        self.used.kinds.add(row[2])
        yield "org:classification", shared("kind", row[2]), "kind"

    def _parent(self, row: tuple, kind: str) -> Iterator[tuple[str, Value, str]]:
        if row[2] is not None:
            known = catalogues.kinds().get(kind)
            under = "org:unitOf" if _is_part(kind) else "org:subOrganizationOf"
            how = "org:linkedTo" if known and known.family in LED else under
            yield how, self.names.body(row[2], row[3]), "under"

    def _served(self, row: tuple, _kind: str) -> Iterator[tuple[str, Value, str]]:
        self.used.areas.add(row[2])
        yield "schema:areaServed", self.names.area(row[2]), f"serves-{row[2]}"

    def _dated(self, unit: int, part: str, predicate: str, value: Value, row: tuple) -> Subject:
        found = Subject(self.names.body(unit, self.code[unit], part).value)
        found.say("rdf:type", Term("rdf:Statement"))
        found.say("rdf:subject", self.names.body(unit, self.code[unit]))
        found.say("rdf:predicate", Term(predicate)).say("rdf:object", value)
        return spanned(found, row[0], row[1])


def _is_part(kind: str) -> bool:
    known = catalogues.kinds().get(kind)
    return known is not None and (known.family in PARTS_OF_A_WHOLE or known.level == "group")


# ── posts ───────────────────────────────────────────────────────────────────────────────────────────────


def _posts(some: list[int], on: dt.date, known_at: int | None, used: _Used) -> Iterator[Subject]:
    """The seats of the bodies that exist on the day, held or vacant; seats for the meantime are none."""
    rows = PostExistence.objects.on(on, known_at=known_at).filter(post__unit__in=some)
    rows = rows.exclude(post__code__contains=INTERIM).order_by("post__unit_id", "post__code")
    codes, names = dict(Unit.objects.filter(pk__in=some).values_list("pk", "code")), used.names
    for number, code, kind, unit, since, until in rows.values_list(
        "post_id", "post__code", "post__kind", "post__unit_id", "valid_from", "valid_to"
    ):
        used.roles.add(kind)
        used.lists.add("posts")
        found = Subject(names.post(number, code).value).say("rdf:type", Term("org:Post"))
        found.say("org:postIn", names.body(unit, codes[unit])).say("org:role", shared("role", kind))
        found.say("skos:notation", names.code(code, "posts"))
        yield spanned(found, since, until)
