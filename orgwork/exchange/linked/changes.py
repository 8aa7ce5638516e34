"""This room is for changes of bodies as events (``org:ChangeEvent``): what was, what came, the day, why.

Whatever came of the same bodies on the same day is one event: every body in it came of every one before it,
so that nothing follows from an event that was not so. A commune whose cells went to two new ones that also
took in others stands in two events.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from django.conf import settings
from django.utils import timezone, translation

from orgwork.foundation import catalogues
from orgwork.registers.reorganisation import PlannedChange, PlanState
from orgwork.registers.units import SuccessionKind, Unit, UnitSuccession

from .naming import Names, shared
from .writing import Iri, Subject, Term, Text, Typed, day

FOUNDED, ENDED = "founded", "ended"


def happened(iri: Iri, of: str, on: dt.date) -> Subject:
    """An event that begins and ends as the day does, here."""
    start = dt.datetime.combine(on, dt.time.min, tzinfo=timezone.get_default_timezone())
    moment = Typed(start.isoformat(), Term("xsd:dateTime"))
    found = Subject(iri.value).say("rdf:type", Term(of)).say("dct:date", day(on))
    return found.say("prov:startedAtTime", moment).say("prov:endedAtTime", moment)


def spoken(choice) -> dict[str, str]:
    """What a choice is called, in all languages there are."""
    found = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            found[language] = str(choice.label)
    return found


class Step(NamedTuple):
    """One body came of another."""

    on: dt.date
    old: int
    new: int
    kind: str
    paper: int | None


class Edge(NamedTuple):
    """The first or last day of a body, and why."""

    on: dt.date
    kind: str | None
    paper: int | None


class Changes:
    """All successions, read once, and the events they make."""

    def __init__(self, names: Names, known_at: int | None):
        self.names = names
        rows = UnitSuccession.objects.at(known_at).order_by("valid_from", "predecessor_id", "successor_id")
        self.onward: dict[int, list[Step]] = defaultdict(list)
        self.back: dict[int, list[Step]] = defaultdict(list)
        for row in rows.values_list(
            "valid_from", "predecessor_id", "successor_id", "kind", "begun_by__document_id"
        ):
            step = Step(*row)
            self.onward[step.old].append(step)
            self.back[step.new].append(step)
        self.codes = dict(
            Unit.objects.filter(pk__in=UnitSuccession.objects.at(known_at).values("predecessor"))
            .values_list("pk", "code")
            .union(
                Unit.objects.filter(
                    pk__in=UnitSuccession.objects.at(known_at).values("successor")
                ).values_list("pk", "code")
            )
        )
        #: Where a plan founded a body: the clause of the text that says so.
        self.clauses = dict(
            PlannedChange.objects.filter(founded__isnull=False, plan__state=PlanState.ENACTED)
            .exclude(clause="")
            .values_list("founded_id", "clause")
        )
        self.ways: set[str] = set()
        self._group()

    def _group(self) -> None:
        """Bodies that came of the same ones on the same day, under the first of them."""
        together: dict[tuple, list[int]] = defaultdict(list)
        for new, steps in self.back.items():
            for on in {step.on for step in steps}:
                together[(on, frozenset(step.old for step in steps if step.on == on))].append(new)
        self.lead: dict[tuple[dt.date, int], int] = {}
        self.groups: dict[int, list[tuple[dt.date, list[int]]]] = defaultdict(list)
        for (on, _olds), news in together.items():
            news.sort()
            self.groups[news[0]].append((on, news))
            self.lead.update({(on, new): news[0] for new in news})

    def relatives(self, units: set[int]) -> set[int]:
        """Whatever these bodies came of and became, at any distance, and what else came of that."""
        found, edge = set(units), list(units)
        while edge:
            unit = edge.pop()
            beside = {step.new for step in self.onward.get(unit, ())}
            beside |= {step.old for step in self.back.get(unit, ())}
            edge += beside - found
            found |= beside
        return found

    # -- what stands at the bodies

    def links(self, unit: int, found: Subject) -> None:
        """Of a body: the events it came of and went into; what it replaces and what it is replaced by."""
        for step in self.back.get(unit, ()):
            found.say("org:resultedFrom", self._event(step)).say("dct:replaces", self._body(step.old))
        for step in self.onward.get(unit, ()):
            found.say("org:changedBy", self._event(step)).say("dct:isReplacedBy", self._body(step.new))

    def begun(self, unit: int, on: dt.date) -> bool:
        """Whether the body came of others on the day."""
        return any(step.on == on for step in self.back.get(unit, ()))

    def went(self, unit: int, on: dt.date) -> bool:
        """Whether others came of the body on the day."""
        return any(step.on == on for step in self.onward.get(unit, ()))

    def _event(self, step: Step) -> Iri:
        lead = self.lead[(step.on, step.new)]
        return self.names.body(lead, self.codes[lead], f"from-{step.on.isoformat()}")

    def _body(self, unit: int) -> Iri:
        return self.names.body(unit, self.codes[unit])

    # -- the events themselves

    def of(self, unit: int) -> Iterator[tuple[Subject, set[int]]]:
        """The events that go by this body's name, each with its papers."""
        for on, news in self.groups.get(unit, ()):
            steps = [step for new in news for step in self.back[new] if step.on == on]
            found = happened(self._event(steps[0]), "org:ChangeEvent", on)
            found.say("org:originalOrganization", *(self._body(step.old) for step in steps))
            found.say("org:resultingOrganization", *map(self._body, news))
            self._cite(found, news)
            yield self._rests(found, {step.kind for step in steps}, {step.paper for step in steps})

    def alone(
        self, unit: int, code: str, first: Edge, last: Edge | None
    ) -> Iterator[tuple[Subject, set[int]]]:
        """The founding of a body that came of none, the end of one that nothing came of."""
        body = self.names.body(unit, code)
        if first.kind not in (None, "takeover") and not self.begun(unit, first.on):
            event = happened(
                self.names.body(unit, code, f"from-{first.on.isoformat()}"), "org:ChangeEvent", first.on
            )
            event.say("org:resultingOrganization", body)
            self._cite(event, [unit])
            yield self._rests(event, {FOUNDED}, {first.paper})
        if last is not None and not self.went(unit, last.on):
            event = happened(
                self.names.body(unit, code, f"until-{last.on.isoformat()}"), "org:ChangeEvent", last.on
            )
            event.say("org:originalOrganization", body)
            yield self._rests(event, {ENDED}, {last.paper})

    def _cite(self, event: Subject, news: Iterable[int]) -> None:
        clauses = (self.clauses[new] for new in news if new in self.clauses)
        event.say("dct:bibliographicCitation", *map(Text, clauses))

    def _rests(
        self, event: Subject, ways: Iterable[str], papers: set[int | None]
    ) -> tuple[Subject, set[int]]:
        known = {paper for paper in papers if paper is not None}
        self.ways |= set(ways)
        event.say("dct:type", *(shared("change", way) for way in sorted(ways)))
        for paper in sorted(known):
            event.say("dct:source", self.names.paper(paper))
            event.say("prov:wasInfluencedBy", self.names.paper(paper))
        return event, known

    def labels(self) -> Iterator[tuple[str, dict[str, str]]]:
        """What the ways to change that were met are called."""
        causes = catalogues.causes()
        for way in sorted(self.ways):
            yield way, dict(causes[way].labels) if way in (FOUNDED, ENDED) else spoken(SuccessionKind(way))
