"""This room is for people (Popolo's Person), their membership, and the note taken when they are looked up."""

from __future__ import annotations

import datetime as dt

from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _
from ninja import Path, Query, Router, Schema
from pydantic import Field

from orgwork.doors.web.people import bodies_inside, of_those, unit_of
from orgwork.foundation.words import narrow
from orgwork.registers import access
from orgwork.registers.aliases import identities, standing_for
from orgwork.registers.members import (
    MemberCard,
    Membership,
    MembershipPlace,
    MembershipStanding,
    PlaceKind,
    Standing,
)
from orgwork.registers.people import Person, PersonContact, PersonName, PersonParticulars, Qualification
from orgwork.registers.reads import ReadLog
from orgwork.registers.units import ROOT, under_ids

from . import asked
from .asked import Dial, Listed, Number, Paged, When, need, noted, page, told

router = Router(tags=["people"])

GENDER = {"f": "female", "m": "male"}
PLACE_ROLE = {"official": "member", "temporary": "temporary member"}


class PersonOut(Schema):
    """A person, as on the day asked (Popolo Person)."""

    id: int
    name: str
    family_name: str = ""
    additional_name: str = Field("", description="the middle name")
    given_name: str = ""
    sort_name: str = Field("", description="given name first, folded: the order of lists")
    gender: str | None = None
    birth_date: str | None = Field(None, description="as precise as it is known: 1970, 1970-02 or 1970-02-03")
    standing: str | None = Field(None, description="probationary or full; null when no member on the day")
    member_since: dt.date | None = None
    organization_id: str | None = Field(None, description="code of the cell")
    url: str


class CardAndStudies(Schema):
    kind: str
    name: str
    level: str
    obtained: dt.date
    expires: dt.date | None = None


class OnePerson(PersonOut):
    on: dt.date
    known_at: str | None
    other_names: list[dict]
    member_card: str | None
    qualifications: list[CardAndStudies] | None = Field(
        None, description="null without the power to read contacts"
    )
    erased: bool = False
    links: dict[str, str]


class People(Paged):
    items: list[PersonOut]


class MembershipOut(Schema):
    """That a person belongs to a cell (Popolo Membership). Dates include both days."""

    id: int = Field(description="the spell: it survives changes and corrections")
    person_id: int
    organization_id: str
    role: str = Field(description="member or temporary member")
    standing: str | None = Field(None, description="on the day asked")
    start_date: dt.date
    end_date: dt.date | None = None
    begun_by: str | None = Field(None, description="the kind of cause: admitted, transferred …")
    ended_by: str | None = None
    case: int | None = Field(None, description="the case that made it begin")
    document_id: int | None = Field(None, description="the paper by which it began")


class Memberships(Paged):
    items: list[MembershipOut]


class Contact(Schema):
    phone: str
    email: str
    address: str


class Read(Schema):
    at: dt.datetime
    account: str
    act: str = Field(description="which grade of reading")
    door: str


class Reads(Paged):
    items: list[Read]


class PeopleAsked(Listed):
    unit: str | None = Field(None, description="members of this body and of everything under it")
    q: str | None = Field(None, description="words of the name, with or without diacritics", max_length=200)
    standing: str | None = Field(None, description="probationary or full", pattern="^(probationary|full)$")


class MembershipsAsked(Listed):
    unit: str | None = Field(None, description="members of this body and of everything under it")
    person: Number | None = None


@router.get("/people", response=People, operation_id="list_people")
def people(request: HttpRequest, asks: Query[PeopleAsked]):
    """Members on the day, by name. Noted as a read of so many records."""
    dial = asks.dial()
    unit = asked.where(request, asks.unit, "names.read")
    rows = PersonName.objects.on(dial.on, known_at=dial.known_at).filter(person__erased=False)
    rows = _members_of(rows, unit, dial)
    if asks.standing in Standing.values:
        standing = MembershipStanding.objects.on(dial.on, known_at=dial.known_at).filter(
            standing=asks.standing
        )
        rows = rows.filter(Exists(standing.filter(person=OuterRef("person_id"))))
    rows = narrow(rows, asks.q or "")
    found = page(request, asks, rows, ("sort_key", "person_id"), lambda some: shown(some, dial))
    noted(request, "names.read", unit=unit, count=len(found["items"]))
    return found


def _members_of(rows, unit, dial: Dial):
    """Those whose official place is in the body."""
    scope = MembershipPlace.objects.on(dial.on, known_at=dial.known_at).filter(kind=PlaceKind.OFFICIAL)
    if unit.code != ROOT:
        scope = scope.filter(unit__in=under_ids(unit, dial.on, known_at=dial.known_at))
    return of_those(rows, scope, bodies_inside(unit, dial))


@router.get("/people/{int:number}", response=OnePerson, operation_id="get_person")
def one_person(request: HttpRequest, number: Path[int], when: Query[When]):
    """One person: names, particulars, membership. Noted, unless it is oneself."""
    who, dial = _open(request, number, "names.read"), when.dial()
    row = PersonName.objects.on(dial.on, known_at=dial.known_at).filter(person=who).first()
    base = shown([row], dial)[0] if row else nameless(who)
    card = MemberCard.objects.on(dial.on, known_at=dial.known_at).filter(person=who).first()
    return {
        **base, **told(dial), "erased": who.erased, "other_names": other_names(who, dial),
        "member_card": card.number if card else None, "qualifications": studies(request, who, dial),
        "links": links(who),
    }  # fmt: skip


@router.get(
    "/people/{int:number}/memberships", response=Memberships, operation_id="list_memberships_of_person"
)
def memberships_of(request: HttpRequest, number: Path[int], asks: Query[Listed]):
    """Every cell the person has belonged to, as recorded up to the day that is looked at."""
    who, dial = _open(request, number, "names.read"), asks.dial()
    rows = MembershipPlace.objects.at(dial.known_at).filter(person=who)
    return _memberships(request, asks, rows, dial)


@router.get("/people/{int:number}/contact", response=Contact, operation_id="get_contact_of_person")
def contact(request: HttpRequest, number: Path[int], when: Query[When]):
    """How to reach the person; takes a power of its own, and is noted."""
    who, dial = _open(request, number, "contact.read"), when.dial()
    row = PersonContact.objects.on(dial.on, known_at=dial.known_at).filter(person=who).first()
    if row is None:
        raise Http404(_("No way to reach this person is recorded for that day."))
    return row


@router.get("/people/{int:number}/reads", response=Reads, operation_id="list_reads_of_person")
def reads_of(request: HttpRequest, number: Path[int], asks: Query[Listed]):
    """Who looked at this person's records: for the person, and for those who audit reads."""
    who = _person(number)
    if access.person_of(request.user) != who.pk:
        need(request, "reads.audit", unit_of(who))
    rows = ReadLog.objects.filter(person__in=identities(who)).select_related("account")
    return page(request, asks, rows, ("-id",), reads_shown)


@router.get("/memberships", response=Memberships, operation_id="list_memberships")
def memberships(request: HttpRequest, asks: Query[MembershipsAsked]):
    """Memberships on the day: who belongs where, in which standing, since when. Noted as a read."""
    dial = asks.dial()
    rows = MembershipPlace.objects.on(dial.on, known_at=dial.known_at)
    if asks.person is not None:
        return _memberships(
            request, asks, rows.filter(person=_open(request, asks.person, "names.read")), dial
        )
    unit = asked.where(request, asks.unit, "names.read")
    if unit.code != ROOT:
        rows = rows.filter(unit__in=under_ids(unit, dial.on, known_at=dial.known_at))
    found = _memberships(request, asks, rows, dial)
    noted(request, "names.read", unit=unit, count=len(found["items"]))
    return found


# ── the gate ────────────────────────────────────────────────────────────────────────────────────────────


def _open(request: HttpRequest, number: int, act: str) -> Person:
    """The person: oneself, or somebody over whose body the account has the power today."""
    who = _person(number)
    if access.person_of(request.user) != who.pk:
        need(request, act, unit_of(who))
        noted(request, act, person=who)
    return who


def _person(number: int) -> Person:
    """The person of the number; of a record that was merged, the one that stands for it now."""
    found = Person.objects.filter(pk=number).first()
    if found is None:
        raise Http404(_("Nobody has this number."))
    return standing_for(found)


# ── how people are shown ────────────────────────────────────────────────────────────────────────────────


def shown(rows: list[PersonName], dial: Dial) -> list[dict]:
    """Four queries, however many people."""
    ids = [row.person_id for row in rows]

    def on(model, **more):
        return model.objects.on(dial.on, known_at=dial.known_at).filter(person__in=ids, **more)

    born = {row.person_id: row for row in on(PersonParticulars)}
    standings = dict(on(MembershipStanding).values_list("person_id", "standing"))
    since = dict(on(Membership).values_list("person_id", "valid_from"))
    cells = dict(on(MembershipPlace, kind=PlaceKind.OFFICIAL).values_list("person_id", "unit__code"))
    return [
        {
            "id": row.person_id, "name": row.full, "family_name": row.family, "additional_name": row.middle,
            "given_name": row.given, "sort_name": row.sort_key, **particulars(born.get(row.person_id)),
            "standing": standings.get(row.person_id), "member_since": since.get(row.person_id),
            "organization_id": cells.get(row.person_id), "url": f"/api/v1/people/{row.person_id}",
        }
        for row in rows
    ]  # fmt: skip


def particulars(row: PersonParticulars | None) -> dict:
    if row is None:
        return {"gender": None, "birth_date": None}
    length = {"day": 10, "month": 7, "year": 4}[row.birth_precision]
    return {"gender": GENDER.get(row.sex), "birth_date": row.birth.isoformat()[:length]}


def nameless(who: Person) -> dict:
    return {
        "id": who.pk,
        "name": _("Person %(number)s") % {"number": who.pk},
        "url": f"/api/v1/people/{who.pk}",
    }


def other_names(who: Person, dial: Dial) -> list[dict]:
    rows = PersonName.objects.at(dial.known_at).filter(person=who).order_by("valid_from")
    return [
        {
            "name": row.full,
            "start_date": row.valid_from.isoformat(),
            "end_date": row.period.last.isoformat() if row.period.last else None,
        }
        for row in rows
        if dial.on not in row.period
    ]


def studies(request, who: Person, dial: Dial) -> list[dict] | None:
    """Part of the file: open with the power to read contacts, as on the page."""
    own = access.person_of(request.user) == who.pk
    if not own and not asked.may(request, "contact.read", unit_of(who)):
        return None
    rows = Qualification.objects.at(dial.known_at).filter(person=who, valid_from__lte=dial.on)
    return [
        {
            "kind": row.kind, "name": row.name, "level": row.level, "obtained": row.valid_from,
            "expires": row.period.last,
        }
        for row in rows.order_by("valid_from", "name")
    ]  # fmt: skip


def links(who: Person) -> dict[str, str]:
    base = f"/api/v1/people/{who.pk}"
    return {
        "memberships": f"{base}/memberships", "appointments": f"/api/v1/appointments?person={who.pk}",
        "contact": f"{base}/contact", "reads": f"{base}/reads", "page": f"/people/{who.pk}/",
    }  # fmt: skip


def _memberships(request, asks: Listed, rows, dial: Dial) -> dict:
    rows = rows.select_related("unit", "begun_by", "ended_by")
    return page(request, asks, rows, ("spell", "id"), lambda found: memberships_shown(found, dial))


def memberships_shown(rows: list[MembershipPlace], dial: Dial) -> list[dict]:
    standings = dict(
        MembershipStanding.objects.on(dial.on, known_at=dial.known_at)
        .filter(person__in=[row.person_id for row in rows])
        .values_list("person_id", "standing")
    )
    return [
        {
            "id": row.spell, "person_id": row.person_id, "organization_id": row.unit.code,
            "role": PLACE_ROLE[row.kind], "standing": standings.get(row.person_id),
            "start_date": row.valid_from, "end_date": row.period.last, **causes(row),
        }
        for row in rows
    ]  # fmt: skip


def reads_shown(rows: list[ReadLog]) -> list[dict]:
    return [{"at": row.at, "account": str(row.account), "act": row.act, "door": row.door} for row in rows]


def causes(row) -> dict:
    begun, ended = row.begun_by, row.ended_by
    return {
        "begun_by": begun.kind if begun else None, "ended_by": ended.kind if ended else None,
        "case": begun.case if begun else None, "document_id": begun.document_id if begun else None,
    }  # fmt: skip
