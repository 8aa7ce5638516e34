"""This room is for territories as linked data: their names, their codes by list, and what came of what.

Areas are no organisations: their changes are ``prov:Activity``, one for each new area and day, and how much
of an old one went over stands at its ``prov:Usage``, with the clause.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from orgwork.foundation.dates import DAY
from orgwork.registers.areas import (
    DRAFT_2025,
    TERRITORIES,
    WITHOUT_CODE,
    Area,
    AreaCode,
    AreaKind,
    AreaName,
    AreaPlacement,
    AreaSuccession,
    ChangeKind,
)

from .changes import happened, spoken
from .naming import Names, listed, shared
from .spans import named_now, spanned, valid
from .writing import FORMS, Iri, Subject, Term, Text, day, in_gulps

AT_ONCE = 500


def exported(
    on: dt.date, *, form: str, known_at: int | None = None, names: Names | None = None
) -> Iterator[str]:
    """All territories of the day with their lineage, as a file."""
    return in_gulps(FORMS[form].write(territories(on, known_at, names or Names.here())))


def territories(on: dt.date, known_at: int | None, names: Names) -> Iterator[Subject]:
    rows = AreaPlacement.objects.on(on, known_at=known_at)
    standing = rows.filter(area__kind__in=(AreaKind.COUNTRY, *TERRITORIES)).values_list("area_id", flat=True)
    yield from Areas(names, known_at).told(standing, on)


class Step(NamedTuple):
    """How one area went over into another (none: it ended and nothing came of it)."""

    on: dt.date
    old: int
    new: int | None
    kind: str
    paper: str
    clause: str
    document: int | None


class Areas:
    """The lineage of all territories, read once; ``papers`` are those that its changes rest on."""

    def __init__(self, names: Names, known_at: int | None):
        self.names, self.known_at = names, known_at
        self.papers: set[int] = set()
        self.lists: set[str] = set()
        self.kinds: set[str] = set()
        self.ways: set[str] = set()
        self.onward: dict[int, list[Step]] = defaultdict(list)
        self.back: dict[int, list[Step]] = defaultdict(list)
        rows = AreaSuccession.objects.at(known_at).order_by("valid_from", "predecessor_id", "pk")
        for row in rows.values_list(
            "valid_from", "predecessor_id", "successor_id", "kind", "paper", "clause", "begun_by__document_id"
        ):
            step = Step(*row)
            self.onward[step.old].append(step)
            if step.new is not None:
                self.back[step.new].append(step)

    def told(self, areas: Iterable[int], on: dt.date) -> Iterator[Subject]:
        """These areas, whatever they came of and became, and what they lie in."""
        ids = sorted(self._with_what_they_lie_in(self._relatives(set(areas)), on))
        for at in range(0, len(ids), AT_ONCE):
            yield from self._some(ids[at : at + AT_ONCE], on)
        yield from self._described()

    def _relatives(self, areas: set[int]) -> set[int]:
        found, edge = set(areas), list(areas)
        while edge:
            area = edge.pop()
            beside = {step.new for step in self.onward.get(area, ()) if step.new is not None}
            beside |= {step.old for step in self.back.get(area, ())}
            edge += beside - found
            found |= beside
        return found

    def _with_what_they_lie_in(self, areas: set[int], on: dt.date) -> set[int]:
        parents = dict(
            AreaPlacement.objects.on(on, known_at=self.known_at)
            .filter(area__kind__in=(AreaKind.COUNTRY, *TERRITORIES))
            .values_list("area_id", "parent_id")
        )
        inner = AreaPlacement.objects.on(on, known_at=self.known_at).filter(
            area__in=areas - set(parents), parent__isnull=False
        )
        found = areas | set(inner.values_list("parent_id", flat=True))
        edge = set(found)
        while edge:
            edge = {parents[area] for area in edge if parents.get(area) is not None} - found
            found |= edge
        return found

    # -- one after the other

    def _some(self, ids: list[int], on: dt.date) -> Iterator[Subject]:
        said: dict[int, Subject] = {}
        for area in Area.objects.filter(pk__in=ids).order_by("pk"):
            found = Subject(self.names.area(area.pk).value).say("rdf:type", Term("dct:Location"))
            said[area.pk] = found.say("schema:additionalType", shared("area-kind", area.kind))
            self.kinds.add(area.kind)
            if area.code_list != WITHOUT_CODE:
                self._code(found, area.code_list, area.code)
        more = AreaCode.objects.at(self.known_at).filter(area__in=ids).order_by("pk")
        for ident, code_list, code in more.values_list("area_id", "code_list", "code"):
            self._code(said[ident], code_list, code)
        dated = list(self._names(said, on))
        self._places(said, on)
        for ident, found in said.items():
            for step in self.back.get(ident, ()):
                if step.old != ident:
                    found.say("prov:wasGeneratedBy", self._event(step))
                    found.say("dct:replaces", self.names.area(step.old))
            for step in self.onward.get(ident, ()):
                if step.new is not None and step.new != ident:
                    found.say("dct:isReplacedBy", self.names.area(step.new))
            yield found
            yield from self._changes(ident)
        yield from dated

    def _code(self, found: Subject, code_list: str, code: str) -> None:
        self.lists.add(code_list)
        found.say("skos:notation", listed(code_list, code))

    def _names(self, said: dict[int, Subject], on: dt.date) -> Iterator[Subject]:
        rows: dict[int, list[tuple]] = defaultdict(list)
        for ident, *row in (
            AreaName.objects.at(self.known_at).filter(area__in=list(said)).order_by("area_id", "valid_from")
            .values_list("area_id", "valid_from", "valid_to", "name")
        ):  # fmt: skip
            rows[ident].append(tuple(row))
        for ident, called in rows.items():
            now = named_now(called, on)
            said[ident].say("skos:prefLabel", Text(now[2], "vi"))
            for row in called:
                if row is not now:
                    one = Subject(self.names.area(ident, f"name-{row[0].isoformat()}").value)
                    one.say("rdf:type", Term("rdf:Statement")).say("rdf:subject", self.names.area(ident))
                    one.say("rdf:predicate", Term("skos:prefLabel")).say("rdf:object", Text(row[2], "vi"))
                    yield spanned(one, row[0], row[1])

    def _places(self, said: dict[int, Subject], on: dt.date) -> None:
        """What an area lies in on the day, and its days where a change began or ended it."""
        placed: dict[int, list[tuple]] = defaultdict(list)
        for ident, *row in (
            AreaPlacement.objects.at(self.known_at).filter(area__in=list(said))
            .order_by("area_id", "valid_from")
            .values_list("area_id", "valid_from", "valid_to", "parent_id")
        ):  # fmt: skip
            placed[ident].append(tuple(row))
        for ident, rows in placed.items():
            for row in valid(rows, on):
                if row[2] is not None:
                    said[ident].say("dct:isPartOf", self.names.area(row[2]))
            if any(step.on == rows[0][0] for step in self.back.get(ident, ())):
                said[ident].say("schema:validFrom", day(rows[0][0]))
            if rows[-1][1] is not None:
                said[ident].say("schema:validThrough", day(rows[-1][1] - DAY))

    # -- changes

    def _event(self, step: Step) -> Iri:
        """Under the name of what came; of what goes on or ended, under its own."""
        if step.new is None:
            return self.names.area(step.old, f"until-{step.on.isoformat()}")
        return self.names.area(step.new, f"from-{step.on.isoformat()}")

    def _changes(self, area: int) -> Iterator[Subject]:
        """The changes that go by the name of this area."""
        own = [*self.back.get(area, ()), *(step for step in self.onward.get(area, ()) if step.new is None)]
        events: dict[str, Subject] = {}
        for step in own:
            iri = self._event(step)
            event = events.setdefault(iri.value, happened(iri, "prov:Activity", step.on))
            event.say("prov:used", self.names.area(step.old))
            if step.new is not None and step.new != step.old:
                event.say("prov:generated", self.names.area(step.new))
            usage = Subject(f"{iri.value}-{step.old}-{step.kind}").say("rdf:type", Term("prov:Usage"))
            usage.say("prov:entity", self.names.area(step.old)).say(
                "dct:type", shared("area-change", step.kind)
            )
            self.ways.add(step.kind)
            if cited := ", ".join(part for part in (step.paper, step.clause) if part):
                usage.say("dct:bibliographicCitation", Text(cited))
            if step.document is not None:
                self.papers.add(step.document)
                event.say("dct:source", self.names.paper(step.document))
            event.say("prov:qualifiedUsage", Iri(usage.iri))
            yield usage
        yield from events.values()

    # -- what was referred to

    def _described(self) -> Iterator[Subject]:
        for name in sorted(self.lists):
            found = Subject(shared("list", name).value).say("rdf:type", Term("rdfs:Datatype"))
            found.say("rdfs:label", Text(name))
            yield (
                found.say("rdfs:comment", Text("draft, never in force", "en"))
                if name == DRAFT_2025
                else found
            )
        for what, codes, choices in (
            ("area-kind", self.kinds, AreaKind), ("area-change", self.ways, ChangeKind),
        ):  # fmt: skip
            for code in sorted(codes):
                found = Subject(shared(what, code).value).say("rdf:type", Term("skos:Concept"))
                labels = spoken(choices(code))
                yield found.say("skos:prefLabel", *(Text(words, tongue) for tongue, words in labels.items()))
