"""This room is for opening a figure: its records as rows that people read, as far as the reader may see
them.

Whoever may see a figure but not its records sees how many there are and who may open them. People's names
take the act ``names.read``; bodies, villages and firms only ``figures.read``, which the door has asked for
already.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import F, Min
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orgwork.foundation import provisions
from orgwork.foundation.dates import Period
from orgwork.foundation.moments import Moment
from orgwork.foundation.workdays import workdays_between
from orgwork.procedures.cases import Procedure
from orgwork.registers import access, figures
from orgwork.registers.areas import AreaName
from orgwork.registers.documents import Document
from orgwork.registers.figures import Derived, Indicator
from orgwork.registers.people import PersonName, PersonParticulars
from orgwork.registers.units import Unit, names_of

from . import frame

#: Whose records are people, so that names are asked for.
PERSONAL = {"member", "head", "case"}


@dataclass(frozen=True)
class Row:
    """One record: what it is, where it leads, and what a reader of the list wants to see at once."""

    type: str
    id: int
    label: str
    url: str
    born: int | None = None
    body: str = ""
    body_code: str = ""
    decision: str = ""
    decision_id: int | None = None
    day: dt.date | None = None
    recorded: dt.datetime | None = None
    late: bool = False
    key: int | None = None

    def as_json(self) -> dict[str, Any]:
        found = {"type": self.type, "id": self.id, "label": self.label, "url": self.url}
        return found | ({"day": self.day.isoformat()} if self.day else {})


@dataclass(frozen=True)
class Listing:
    """One page of a figure's records: how many there are, how many are open to the reader, and who opens
    the rest.
    """

    indicator: Indicator
    total: int
    open: int
    rows: Sequence[Row] = ()
    offset: int = 0
    following: int | None = None
    who: Sequence[access.Holder] = field(default=())
    personal: bool = False

    @property
    def hidden(self) -> int:
        return self.total - self.open


def listing(
    code: str, unit, *, actor, now: dt.date, on: dt.date | None = None, period: Period | None = None,
    known_at=None, offset: int = 0, limit: int = 50, **options,
) -> Listing:  # fmt: skip
    """A page of the records, the latest first. ``actor`` None is the operator, who reads no names."""
    at, unit = frame.known(known_at), frame.find_unit(unit)
    indicator, when = part_of(code, on, period)
    found = frame.scoped(indicator, unit, when, at.moment, options)
    total = found.count()
    personal = indicator.subject in PERSONAL
    seen = found
    if personal and not access.may(actor, "names.read", unit, now=now):
        seen = seen_by(indicator, unit, when, at.moment, options, actor, now)
    open_ = total if seen is found else seen.count()
    page = list(ordered(indicator, seen)[offset : offset + limit]) if open_ else []
    following = offset + limit if offset + limit < open_ else None
    who = tuple(access.holders("names.read", unit, day=now)) if open_ < total else ()
    return Listing(
        indicator, total, open_, describe(indicator, page, when, at), offset, following, who, personal
    )


def part_of(code: str, on, period) -> tuple[Indicator, figures.When]:
    """The indicator whose records are listed, and for when: of a derived figure its first part."""
    indicator = figures.get(code)
    when = frame.asked_when(indicator, on, period)
    while isinstance(indicator, Derived):
        _name, code, when = indicator.parts(when)[0]
        indicator = figures.get(code)
    return indicator, when


def seen_by(indicator, unit, when, known_at, options, actor, now):
    """The records that lie with bodies whose names the actor may read; one's own record among them."""
    if actor is None:
        return frame.scoped(indicator, unit, when, known_at, options).none()
    wanted = indicator.asked(when, known_at=known_at, **options)
    mine = access.visible(
        wanted, actor, "names.read", now=now, on=figures.day_of(when), known_at=known_at,
        unit_field=indicator.unit, person_field=indicator.person,
    )  # fmt: skip
    return frame.narrowed(indicator, mine, unit, when, known_at)


def ordered(indicator, queryset):
    """The latest first. Unions (members of bodies that moved more than once) are ordered by their columns."""
    if indicator.kind == figures.FLOW:
        return queryset.order_by("-event", "-id")
    if indicator.subject == "case":
        return queryset.order_by("-opened_on", "-id")
    return queryset.order_by("-valid_from", "-id")


def describe(indicator: Indicator, rows: Sequence, when: figures.When, known: frame.Known) -> list[Row]:
    """Labels for a page of records, in a fixed number of questions."""
    if not rows:
        return []
    return {
        "member": _people, "head": _people, "body": _bodies, "area": _areas, "case": _cases,
        "incoming": _incoming, "study": _studies, "issued": _issued,
    }[indicator.subject](indicator, rows, figures.day_of(when), known)  # fmt: skip


def _people(indicator, rows, day, known):
    people = [row.person_id for row in rows]
    names, births = _names(people, known), _births(people, known)
    homes = [getattr(row, indicator.unit + "_id", None) or getattr(row, indicator.unit, None) for row in rows]
    cells, codes = names_of([h for h in homes if h], day, known_at=known.moment), _codes(homes)
    papers = _papers(indicator, rows)
    first = _first_recorded(indicator, rows)
    late_after = provisions.on(day)["figures.late_working_days"].value
    made, erased = [], _("Person %(id)s (erased)")
    for row, home in zip(rows, homes, strict=True):
        event = getattr(row, "event", None)
        said = first.get((row.spell, event)) if event else None
        paper = papers.get(row.pk, (None, ""))
        made.append(Row(
            "person", row.person_id, names.get(row.person_id) or erased % {"id": row.person_id},
            f"/people/{row.person_id}/", births.get(row.person_id), cells.get(home, ""), codes.get(home, ""),
            paper[1], paper[0], event or row.valid_from, said,
            bool(said) and workdays_between(event, timezone.localtime(said).date()) > late_after, row.spell,
        ))  # fmt: skip
    return made


def _bodies(indicator, rows, day, known):
    ids = [row.unit_id for row in rows]
    names, codes = names_of(ids, day, known_at=known.moment), _codes(ids)
    return [
        Row("body", row.unit_id, names.get(row.unit_id, codes[row.unit_id]), f"/bodies/{codes[row.unit_id]}/",
            body=names.get(row.unit_id, ""), body_code=codes[row.unit_id], day=row.valid_from, key=row.spell)
        for row in rows
    ]  # fmt: skip


def _areas(indicator, rows, day, known):
    ids = [row.area_id for row in rows]
    held = AreaName.objects.on(day, known_at=known.moment).filter(area__in=ids)
    names = dict(held.values_list("area", "name"))
    homes = [row.home for row in rows]
    bodies, codes = names_of([h for h in homes if h], day, known_at=known.moment), _codes(homes)
    return [
        Row("area", row.area_id, names.get(row.area_id, str(row.area_id)),
            f"/bodies/{codes[row.home]}/" if row.home in codes else "/bodies/",
            body=bodies.get(row.home, ""), body_code=codes.get(row.home, ""), day=row.valid_from,
            key=row.spell)
        for row in rows
    ]  # fmt: skip


def _cases(indicator, rows, day, known):
    names = _names([row.person_id for row in rows if row.person_id], known)
    homes = [row.home for row in rows if row.home]
    bodies, codes = names_of(homes, day, known_at=known.moment), _codes(homes)
    made = []
    for row in rows:
        procedure = Procedure.known.get(row.procedure)
        what = str(procedure.label) if procedure else row.procedure
        about = names.get(row.person_id, "")
        made.append(Row(
            "case", row.pk, f"{what}: {about}" if about else what, f"/cases/{row.pk}/",
            body=bodies.get(row.home, ""), body_code=codes.get(row.home, ""), day=row.opened_on, key=row.pk,
        ))  # fmt: skip
    return made


def _incoming(indicator, rows, day, known):
    """Number and symbol only: what a paper is about is read in the book, by its office."""
    bodies, codes = names_of([row.unit_id for row in rows], day, known_at=known.moment), _codes_of(rows)
    return [
        Row("incoming", row.entry_id, " · ".join(filter(None, (f"{row.number}/{row.year}", row.symbol))),
            f"/incoming/{row.entry_id}/", body=bodies.get(row.unit_id, ""), body_code=codes[row.unit_id],
            day=row.received, key=row.spell)
        for row in rows
    ]  # fmt: skip


def _studies(indicator, rows, day, known):
    bodies, codes = names_of([row.unit_id for row in rows], day, known_at=known.moment), _codes_of(rows)
    papers = dict(
        Document.objects.filter(pk__in=[row.document_id for row in rows]).values_list("pk", "symbol")
    )
    return [
        Row("study", row.document_id, f"{papers[row.document_id]} · {row.reached} / {row.invited}",
            f"/acquaintance/{row.document_id}/", body=bodies.get(row.unit_id, ""),
            body_code=codes[row.unit_id], day=row.held, key=row.spell)
        for row in rows
    ]  # fmt: skip


def _issued(indicator, rows, day, known):
    """Which paper put which into effect, and how many days after it: symbols only, as everywhere."""
    sources, targets = [row.source_id for row in rows], [row.target_id for row in rows]
    papers = Document.objects.in_bulk({*sources, *targets})
    issuers = [papers[ident].issuer_id for ident in sources]
    bodies, codes = names_of(issuers, day, known_at=known.moment), _codes(issuers)
    found = []
    for row, issuer in zip(rows, issuers, strict=True):
        paper, above = papers[row.source_id], papers[row.target_id]
        label = f"{paper.symbol} → {above.symbol}"
        if paper.day and above.day:
            days = (paper.day - above.day).days
            label += " · " + ngettext("%(days)s day", "%(days)s days", days) % {"days": days}
        found.append(
            Row("issued", paper.pk, label, f"/documents/{paper.pk}/", body=bodies.get(issuer, ""),
                body_code=codes[issuer], day=paper.day, key=row.spell)
        )  # fmt: skip
    return found


def _codes_of(rows) -> dict[int, str]:
    return _codes([row.unit_id for row in rows])


def _names(people, known) -> dict[int, str]:
    """The name last known; a list of the past shows people by the name they have on record."""
    held = PersonName.objects.at(known.moment).filter(person__in=people).order_by("valid_from")
    return dict(held.values_list("person", "full"))


def _births(people, known) -> dict[int, int]:
    held = PersonParticulars.objects.at(known.moment).filter(person__in=people)
    return {person: birth.year for person, birth in held.values_list("person", "birth")}


def _codes(units) -> dict[int, str]:
    return dict(Unit.objects.filter(pk__in={u for u in units if u}).values_list("pk", "code"))


def _papers(indicator, rows) -> dict[int, tuple[int | None, str]]:
    """The decision that began (or ended) what each row says: (its number, its symbol)."""
    side = "ended_by" if indicator.judged == "end" else "begun_by"
    found = (
        type(rows[0])
        .versions.filter(pk__in=[row.pk for row in rows])
        .annotate(paper=F(f"{side}__document"), symbol=F(f"{side}__document__symbol"))
    )
    return {pk: (paper, symbol or "") for pk, paper, symbol in found.values_list("pk", "paper", "symbol")}


def _first_recorded(indicator, rows) -> dict[tuple[int, dt.date], dt.datetime]:
    """When the event of each row was first recorded, by spell and day: later corrections do not make it
    late.
    """
    edge = indicator.event
    if edge is None:
        return {}
    found = type(rows[0]).versions.filter(
        spell__in={row.spell for row in rows}, person__in=[r.person_id for r in rows]
    )
    first = {
        (spell, day): moment
        for spell, day, moment in found.values("spell", edge)
        .annotate(first=Min("recorded")).values_list("spell", edge, "first")
    }  # fmt: skip
    at = dict(Moment.objects.filter(pk__in=set(first.values())).values_list("pk", "at"))
    return {key: at[moment] for key, moment in first.items() if moment in at}
