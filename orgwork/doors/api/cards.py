"""This room is for party cards, letters of introduction, badges and possible doubles as lists."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from orgwork.procedures import badges, cards, doubles, letters
from orgwork.registers.badges import MemberBadge
from orgwork.registers.members import MemberCard, MembershipPlace, PlaceKind
from orgwork.registers.units import Unit, under_ids

from . import asked
from .asked import Listed, Paged, When, noted, page, told

router = Router(tags=["cards"])


class OfBody(Listed):
    unit: str | None = Field(None, description="members of this body and of everything under it")


class CardOut(Schema):
    id: int
    person_id: int
    number: str
    copy_number: int = Field(description="1 for the first card under the number, 2 for the next")
    start_date: dt.date
    end_date: dt.date | None = None
    ended_by: str | None = None


class Cards(Paged):
    items: list[CardOut]


class CardsAsked(OfBody):
    state: Literal["held", "take_back", "void"] = "held"


@router.get("/cards", response=Cards, operation_id="list_cards")
def card_list(request: HttpRequest, asks: Query[CardsAsked]):
    """Cards by number: those that hold, those to be given back, or those that are void. Noted as a read."""
    dial, unit = asks.dial(), asked.where(request, asks.unit, "names.read")
    rows = MemberCard.objects.on(dial.on, known_at=dial.known_at)
    if asks.state == "take_back":
        rows = cards.to_take_back(dial.on, known_at=dial.known_at)
    elif asks.state == "void":
        rows = MemberCard.objects.at(dial.known_at).filter(valid_to__lte=dial.on)
    rows = cards.of_body(
        rows, under_ids(unit, dial.on, known_at=dial.known_at), dial.on, known_at=dial.known_at
    )
    found = page(request, asks, rows.select_related("ended_by"), ("number", "id"), cards_shown)
    noted(request, "names.read", unit=unit, count=len(found["items"]))
    return found


def cards_shown(rows: list[MemberCard]) -> list[dict]:
    return [
        {
            "id": row.spell, "person_id": row.person_id, "number": row.number, "copy_number": row.copy,
            "start_date": row.valid_from, "end_date": row.period.last,
            "ended_by": row.ended_by.kind if row.ended_by else None,
        }
        for row in rows
    ]  # fmt: skip


class LetterOut(Schema):
    id: int
    case: int
    person_id: int | None
    document_id: int
    symbol: str
    date: dt.date
    present_by: dt.date | None
    from_id: str | None = Field(description="code of the cell")
    to_id: str | None = Field(description="code of the cell; null where the place lies outside the register")
    outside: str
    state: str = Field(description="sent, late, presented, returned, expired or cancelled")
    since: dt.date | None


class Letters(Paged):
    items: list[LetterOut]


@router.get("/letters", response=Letters, operation_id="list_letters")
def letter_list(request: HttpRequest, asks: Query[OfBody]):
    """The book of counterfoils of the bodies under one, the latest letter first. Noted as a read."""
    dial, unit = asks.dial(), asked.where(request, asks.unit, "names.read")
    rows = letters.issued(under_ids(unit, dial.on, known_at=dial.known_at)).filter(day__lte=dial.on)
    found = page(request, asks, rows, ("-day", "-id"), lambda steps: letters_shown(steps, dial.on))
    noted(request, "names.read", unit=unit, count=len(found["items"]))
    return found


def letters_shown(steps: list, on: dt.date) -> list[dict]:
    book = letters.book(steps, on)
    bodies = {pk for one in book for pk in (one.source, one.target) if pk}
    codes = dict(Unit.objects.filter(pk__in=bodies).values_list("pk", "code"))
    return [
        {
            "id": one.step, "case": one.case, "person_id": one.person, "document_id": one.document.pk,
            "symbol": one.document.symbol, "date": one.day, "present_by": one.due,
            "from_id": codes.get(one.source or 0), "to_id": codes.get(one.target or 0),
            "outside": one.outside, "state": one.state, "since": one.since,
        }
        for one in book
    ]  # fmt: skip


class BadgeOut(Schema):
    id: int
    person_id: int
    years: int
    number: str
    manner: str
    award_date: dt.date
    end_date: dt.date | None = None
    document_id: int | None = None


class Badges(Paged):
    items: list[BadgeOut]


@router.get("/badges", response=Badges, operation_id="list_badges")
def badge_list(request: HttpRequest, asks: Query[OfBody]):
    """Badges awarded up to the day to members under a body, the latest first. Noted as a read."""
    dial, unit = asks.dial(), asked.where(request, asks.unit, "names.read")
    scope = under_ids(unit, dial.on, known_at=dial.known_at)
    here = MembershipPlace.objects.on(dial.on, known_at=dial.known_at)
    here = here.filter(kind=PlaceKind.OFFICIAL, unit__in=scope)
    rows = MemberBadge.objects.at(dial.known_at).filter(
        valid_from__lte=dial.on, person__in=here.values("person")
    )
    found = page(request, asks, rows.select_related("begun_by"), ("-valid_from", "-id"), badges_shown)
    noted(request, "names.read", unit=unit, count=len(found["items"]))
    return found


def badges_shown(rows: list[MemberBadge]) -> list[dict]:
    return [
        {
            "id": row.spell, "person_id": row.person_id, "years": row.years, "number": row.number,
            "manner": row.manner, "award_date": row.valid_from, "end_date": row.period.last,
            "document_id": row.begun_by.document_id if row.begun_by else None,
        }
        for row in rows
    ]  # fmt: skip


class DueOut(Schema):
    person_id: int
    organization_id: str
    years: int
    counted_from: dt.date = Field(description="the day from which party age runs, without time outside")
    reached: dt.date
    since_last_award_day: bool
    hindered: bool


class DueList(Schema):
    on: dt.date
    known_at: str | None
    award_date: dt.date
    items: list[DueOut]


class DueAsked(When):
    unit: str | None = Field(None, description="members of this body and of everything under it")


@router.get("/badges/due", response=DueList, operation_id="list_badges_due")
def due_list(request: HttpRequest, asks: Query[DueAsked]):
    """Who reaches the years of a badge by the first award day from the day on. Noted as a read."""
    dial, unit = asks.dial(), asked.where(request, asks.unit, "names.read")
    day = badges.award_days(dial.on)[1]
    found = badges.due(unit, day, known_at=dial.known_at)
    codes = dict(Unit.objects.filter(pk__in={one.cell for one in found}).values_list("pk", "code"))
    noted(request, "names.read", unit=unit, count=len(found))
    items = [
        {
            "person_id": one.person, "organization_id": codes[one.cell], "years": one.years,
            "counted_from": one.since, "reached": one.reached,
            "since_last_award_day": one.group == badges.NOW, "hindered": bool(one.hindrance),
        }
        for one in found
    ]  # fmt: skip
    return {"award_date": day, "items": items, **told(dial)}


class DoubleOut(Schema):
    first_id: int
    second_id: int
    signs: list[str] = Field(description="name_birth, card, phone_name or phone_birth")
    two_people: bool = Field(description="somebody decided that these are two people")


class Doubles(Schema):
    items: list[DoubleOut]
    searched_at: dt.datetime | None = Field(
        None, description="under large bodies: when it was searched; ask again with POST /doubles/search"
    )


class DoublesAskedFor(Schema):
    job: int


class Below(Schema):
    unit: str | None = Field(None, description="pairs with a record under this body")


class DoublesAsked(Schema):
    unit: str | None = Field(None, description="pairs with a record under this body")
    two_people: bool = Field(False, description="also those of which it was decided that they are two people")


@router.get("/doubles", response=Doubles, operation_id="list_doubles")
def double_list(request: HttpRequest, asks: Query[DoublesAsked]):
    """Pairs of records that may be of one person, with the signs for it; never a name alone."""
    unit = asked.where(request, asks.unit, "person.merge")
    search = None
    if doubles.takes_long(unit, timezone.localdate()):
        search, found = doubles.kept(unit, apart=asks.two_people)
    else:
        found = doubles.find(unit, timezone.localdate(), apart=asks.two_people)
    noted(request, "names.read", unit=unit, count=2 * len(found))
    return {
        "items": [
            {"first_id": one.first, "second_id": one.second, "signs": one.signs, "two_people": one.apart}
            for one in found
        ],
        "searched_at": search.finished_at if search else None,
    }


@router.post("/doubles/search", response={202: DoublesAskedFor}, operation_id="search_doubles")
def search_doubles(request: HttpRequest, asks: Query[Below]):
    """Look through a large register in the background; `GET /doubles` has what was found the last time."""
    unit = asked.where(request, asks.unit, "person.merge")
    return 202, {"job": doubles.begin(unit, actor=request.user).pk}
