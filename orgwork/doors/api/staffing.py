"""This room is for staffing through the API: quotas and what is filled, the road map, what lies ahead."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from orgwork.insight import staffing

from . import asked
from .asked import When, told

router = Router(tags=["staffing"])


class Year(Schema):
    """A year of the road map of reduction; ``most`` posts reach its goal."""

    year: int
    posts: int | None
    fewer_percent: Decimal | None
    goal_percent: Decimal | None
    most: int | None
    behind: bool


class Ahead(Schema):
    """A year to come, if nobody came."""

    year: int
    retiring: int
    ending: int
    remaining: int
    more_than_goal: int | None


class Category(Schema):
    """A category of staff at a body and everything below it."""

    category: str
    posts: int | None = Field(description="none: nothing is allotted")
    reserve: int
    given_on: int
    filled: int
    besides_the_quota: int
    over: int
    free: int
    borne_until: dt.date | None
    road_map: list[Year]
    ahead: list[Ahead]


class Staffing(Schema):
    unit: str
    on: dt.date
    known_at: str | None
    categories: list[Category]


class StaffingAsked(When):
    unit: str | None = Field(None, description="the body; without it, the reader's own")


@router.get("/staffing", response=Staffing, operation_id="get_staffing")
def overview(request: HttpRequest, asks: Query[StaffingAsked]):
    """Numbers only: who they are stands on the page of posts of the budget."""
    dial = asks.dial()
    unit = asked.where(request, asks.unit, "figures.read")
    return {"unit": unit.code, **told(dial), "categories": categories(unit, dial.on, dial.known_at)}


def categories(unit, on: dt.date, known_at=None) -> list[dict]:
    """Every category as the page tells it."""
    found = []
    for one in staffing.standings(unit, on, known_at=known_at):
        road = staffing.road_map(unit, one.category, on, known_at=known_at)
        found.append(
            {
                "category": one.category, "posts": one.allotted, "reserve": one.reserve,
                "given_on": one.given, "filled": one.filled, "besides_the_quota": one.besides,
                "over": one.over, "free": one.free, "borne_until": one.tolerated_until,
                "road_map": [
                    {
                        "year": year.year, "posts": year.allotted, "fewer_percent": year.actual,
                        "goal_percent": year.goal, "most": year.most, "behind": year.behind,
                    }
                    for year in road
                ],
                "ahead": [
                    {
                        "year": year.year, "retiring": year.retiring, "ending": year.ending,
                        "remaining": year.remaining,
                        "more_than_goal": None if year.most is None else year.missing,
                    }
                    for year in staffing.ahead(unit, one.category, on, known_at=known_at)
                ],
            }
        )  # fmt: skip
    return found
