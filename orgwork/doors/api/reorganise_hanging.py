"""This room is for what hangs on the bodies that a plan ends, for programs: group by group, accepted or sent
elsewhere.
"""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest
from ninja import Path, Query, Router, Schema
from pydantic import Field

from orgwork.foundation.moments import writing
from orgwork.procedures import reorganisation_accepting as room
from orgwork.procedures.reorganisation_days import shapes
from orgwork.procedures.reorganisation_hanging import groups
from orgwork.registers.reorganisation import PlanState

from .reorganise import _find

router = Router(tags=["reorganisation"])


class HangingOut(Schema):
    """Things of one kind on one body that ends, with one successor."""

    kind: str = Field(description="a kind of thing: members, cases, papers, staff, bodies, posts …")
    body: str = Field(description="code of the body that ends")
    to: str = Field(description="code of the successor, or what one that the plan founds goes by")
    count: int
    rule: str = Field(description="the written rule that proposes the successor")
    state: str = Field(description="open, accepted or decided (by a person, otherwise than the rule)")
    accepted_by: str
    accepted_at: dt.datetime | None


class HangingList(Schema):
    items: list[HangingOut]
    open: int = Field(description="groups that nobody has accepted or decided yet")


class WhichIn(Schema):
    """Which groups are meant; what is left empty narrows nothing."""

    kind: str = Field("", max_length=120)
    body: str = Field("", max_length=120)
    successor: str = Field("", max_length=120)
    state: str = Field("", description="open, accepted or decided")

    def which(self) -> room.Which:
        return room.Which(self.kind, self.body, self.successor, self.state)


class SendIn(WhichIn):
    """Where the groups go, or single things of them; ``rule``: back to what the rule proposes."""

    to: str = Field(
        description="code of a body, what one that the plan founds goes by, or “rule”", max_length=120
    )
    things: list[int] | None = Field(None, description="numbers of single things", max_length=20_000)


class Accepted(Schema):
    plan: str
    done: int = Field(description="groups accepted, or decisions kept")
    open: int = Field(description="groups that nobody has accepted or decided yet")


@router.get("/reorganisations/{code}/hanging", response=HangingList, operation_id="list_hanging")
def hanging(request: HttpRequest, which: Query[WhichIn], code: str = Path(...)):
    """What hangs on bodies that the plan ends, each group with its rule and who accepted it."""
    plan = _find(request, code)
    if plan.state == PlanState.ENACTED:
        return {"items": [], "open": 0}
    found = groups(shapes(plan))
    items = [room.told(one) for one in room.narrowed(found, which.which())]
    return {"items": items, "open": len(room.left_over(found))}


@router.post("/reorganisations/{code}/acceptances", response=Accepted, operation_id="accept_hanging")
def accept(request: HttpRequest, given: WhichIn, code: str = Path(...)):
    """What the rules propose for these groups is accepted; who did so and when is kept."""
    plan = _find(request, code)
    with writing(actor=request.user, door="api") as act:
        held = room.held_open(plan)
        found = groups(shapes(held))
        done = room.accept(act, held, room.narrowed(found, given.which()))
    return _answer(plan, done)


@router.post("/reorganisations/{code}/successors", response=Accepted, operation_id="send_hanging")
def send(request: HttpRequest, given: SendIn, code: str = Path(...)):
    """What these groups hold goes to another body than the rule proposes, all of it or single things."""
    plan = _find(request, code)
    with writing(actor=request.user, door="api") as act:
        held = room.held_open(plan)
        planned = shapes(held)
        to = None if given.to == room.BY_RULE else room.target_of(planned, given.to)
        found = room.narrowed(groups(planned), given.which())
        done = room.send(act, held, planned, found, to, given.things)
    return _answer(plan, done)


def _answer(plan, done: int) -> dict:
    return {"plan": plan.code, "done": done, "open": len(room.left_over(groups(shapes(plan))))}
