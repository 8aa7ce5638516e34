"""This room is for the journal: its entries for those who audit, and the history of one subject."""

from __future__ import annotations

import datetime as dt

from django.db.models import Exists, OuterRef, Q
from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Path, Query, Router, Schema
from pydantic import Field

from orgwork.doors.web.people import unit_of
from orgwork.foundation import journal
from orgwork.foundation.journal import Entry, EntrySubject
from orgwork.foundation.moments import Moment
from orgwork.insight.issued import printed_heads
from orgwork.procedures.cases import Case
from orgwork.registers import access
from orgwork.registers.members import MembershipPlace
from orgwork.registers.people import Person
from orgwork.registers.units import ROOT, Unit, under_ids

from . import asked
from .asked import Listed, Number, Paged, need, noted, page

router = Router(tags=["journal"])


class EntryOut(Schema):
    """One act on the registers."""

    id: int
    moment: int
    ordinal: int
    at: dt.datetime | None
    verb: str
    door: str
    actor: str
    case: int | None = None
    day: dt.date
    batch: str = ""
    digest: str
    content: dict | None = Field(
        None, description="what was said of the subject; null in lists and when erased"
    )
    erased_under: int | None = None


class Entries(Paged):
    items: list[EntryOut]


class Finding(Schema):
    kind: str
    position: int
    entry: int | None
    text: str


class Head(Schema):
    position: int
    link: str


class Verdict(Schema):
    ok: bool
    sealed: int
    unsealed: int
    erased: int
    head: Head
    first: Finding | None
    findings: list[Finding]


class EntriesAsked(Listed):
    unit: str | None = Field(None, description="entries about this body, what is under it, and their people")
    verb: str | None = Field(None, max_length=60)
    case: Number | None = None
    door: str | None = Field(None, max_length=20)


class History(Schema):
    items: list[EntryOut]


@router.get("/journal/entries", response=Entries, operation_id="list_journal_entries")
def entries(request: HttpRequest, asks: Query[EntriesAsked]):
    """Entries of the whole journal, the latest first, without what they say of people: for auditors."""
    unit, dial = asked.where(request, asks.unit, "journal.read"), asks.dial()
    rows = Entry.objects.all() if unit.code == ROOT else _about(unit)
    if dial.known_at is not None:
        rows = rows.filter(moment__lt=dial.known_at)
    for name in ("verb", "case", "door"):
        if (value := getattr(asks, name)) is not None:
            rows = rows.filter(**{name: value})
    rows = rows.select_related("actor")
    return page(request, asks, rows, ("-moment", "-ordinal"), shown)


def _about(unit: Unit):
    """An entry lies where its bodies and its people are, or ever were."""
    today = timezone.localdate()
    below = under_ids(unit, today, custody=True)
    people = MembershipPlace.objects.filter(unit__in=under_ids(unit, today)).values("person")
    here = Q(type="unit", subject_id__in=below) | Q(type="person", subject_id__in=people)
    return Entry.objects.filter(Exists(EntrySubject.objects.filter(here, entry=OuterRef("pk"))))


@router.get("/journal/verdict", response=Verdict, operation_id="verify_journal")
def verdict(request: HttpRequest):
    """Walk the chain: the first entry that was altered, removed, inserted or moved, if any."""
    need(request, "journal.verify", None)
    from orgwork.doors.cli.checking import verdict_as_json

    return verdict_as_json(journal.verify(heads=printed_heads()))


@router.get("/journal/{kind}/{int:number}", response=History, operation_id="get_history_of_subject")
def history(request: HttpRequest, kind: Path[str], number: Path[int]):
    """The history of one person, body (by its number) or case, with what was said of it."""
    _gate(request, kind, number)
    rows = list(journal.history(kind, number)[:500])
    found = shown(rows)
    for out, row in zip(found, rows, strict=True):
        out["content"], out["erased_under"] = row.content, row.erased_under
    return {"items": found}


def _gate(request, kind: str, number: int) -> None:
    """Whoever may see the subject may see its history: the same powers as for its page."""
    models = {"person": Person, "unit": Unit, "case": Case}
    subject = models[kind].objects.filter(pk=number).first() if kind in models else None
    if subject is None:
        raise Http404(_("Nothing is recorded under this number."))
    if kind == "unit":
        need(request, "figures.read", subject)
        return
    person = subject if kind == "person" else subject.person
    if person is not None and access.person_of(request.user) == person.pk:
        return
    need(request, "names.read", unit_of(subject) if kind == "person" else subject.unit)
    if person is not None:
        noted(request, "names.read", person=person)


def shown(rows: list[Entry]) -> list[dict]:
    times = dict(Moment.objects.filter(pk__in={row.moment for row in rows}).values_list("pk", "at"))
    return [
        {
            "id": row.pk, "moment": row.moment, "ordinal": row.ordinal, "at": times.get(row.moment),
            "verb": row.verb, "door": row.door, "actor": str(row.actor or ""), "case": row.case,
            "day": row.day, "batch": row.batch, "digest": row.digest,
        }
        for row in rows
    ]  # fmt: skip
