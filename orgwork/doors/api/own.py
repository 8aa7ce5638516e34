"""This room is for one's own sign-in as programs see it: sessions, tokens, factors; and for the help desk."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Path, Router, Schema
from pydantic import Field

from orgwork.doors.web import sessions as web_sessions
from orgwork.foundation.refusals import NotAllowed, WrongState
from orgwork.procedures import accounts, signing_in

from .asked import Number

router = Router(tags=["sign-in"])


class OwnSession(Schema):
    """One place where the account is signed in."""

    id: int
    here: bool = Field(description="the session of this very request")
    how: str
    device: str
    address: str = Field(description="the network it came from, never the whole address")
    since: dt.datetime
    seen: dt.datetime = Field(description="to about five minutes")


class OwnSessions(Schema):
    items: list[OwnSession]


class Ended(Schema):
    ended: int


class Token(Schema):
    """A key for programs; its text is told when it is made and never again."""

    id: int
    name: str
    begins_with: str
    scope: str = Field(description="read, write, or scim (to provide accounts)")
    created_at: dt.datetime
    until: dt.date = Field(description="its last day, included")
    used_at: dt.datetime | None = Field(description="to about ten minutes")
    ended_at: dt.datetime | None
    live: bool


class Tokens(Schema):
    items: list[Token]


class NewToken(Schema):
    name: str = Field(min_length=1, max_length=80)
    scope: Literal["read", "write", "scim"]
    until: dt.date = Field(description="its last day; how far it may lie is a provision")


class MadeToken(Token):
    token: str = Field(description="told this once; send it as `Authorization: Bearer …`")


class Factor(Schema):
    id: int
    kind: str
    name: str
    created_at: dt.datetime
    used_at: dt.datetime | None


class Factors(Schema):
    """Second factors are set up on the pages: a passkey needs the browser, a code the eyes."""

    items: list[Factor]
    recovery_codes_left: int
    required_by: dt.date | None = Field(
        description="the day by which one must be there; null: none is missing"
    )


class AskedReset(Schema):
    username: str = Field(min_length=1, max_length=60)
    reason: str = Field(min_length=1, max_length=200, description="how the owner proved who they are")


class Reset(Schema):
    """The code to hand over; or the proposal that waits for a second person."""

    username: str
    code: str = Field("", description="told this once; hand it over")
    until: dt.datetime | None = None
    proposal: int | None = Field(None, description="number of the proposal, where it takes two people")


@router.get("/session/all", response=OwnSessions, operation_id="list_own_sessions")
def own_sessions(request: HttpRequest):
    """Where one's own account is signed in."""
    here = request.session.session_key
    return {
        "items": [
            {
                "id": row.pk, "here": here is not None and row.session == here, "how": row.how,
                "device": row.device, "address": row.address, "since": row.since, "seen": row.seen,
            }
            for row in signing_in.sessions(request.user)[:200]
        ]
    }  # fmt: skip


@router.post("/session/all/{int:number}/end", response=Ended, operation_id="end_own_session")
def end_own_session(request: HttpRequest, number: Path[Number]):
    """End one of one's own sessions, at once. From a session: after confirming that it is really you."""
    confirmed(request)
    signing_in.end_session(request.user, number, door="api")
    return {"ended": 1}


@router.post("/session/end-others", response=Ended, operation_id="end_other_sessions")
def end_other_sessions(request: HttpRequest):
    """End all of one's own sessions but the one of this request; confirmed as above."""
    confirmed(request)
    return {"ended": signing_in.end_other_sessions(request.user, request.session.session_key, door="api")}


@router.get("/tokens", response=Tokens, operation_id="list_own_tokens")
def own_tokens(request: HttpRequest):
    """One's own keys for programs, those that have ended included."""
    return {"items": [shown(row) for row in signing_in.tokens(request.user)[:200]]}


@router.post("/tokens", response={201: MadeToken}, operation_id="make_token")
def make_token(request: HttpRequest, asked: NewToken):
    """Make a key. Only from a session, and after confirming at /security/confirm/ that it is really you."""
    if getattr(request, "token", None) is not None:
        raise NotAllowed(_("A token makes no tokens; sign in for that."), code="token_makes_none")
    confirmed(request)
    made, text = signing_in.make_token(
        request.user, name=asked.name, scope=asked.scope, until=asked.until, door="api"
    )
    return 201, {**shown(made), "token": text}


@router.post("/tokens/{int:number}/end", response=Token, operation_id="end_own_token")
def end_own_token(request: HttpRequest, number: Path[Number]):
    """End one of one's own keys, at once; a key may end itself."""
    return shown(signing_in.end_token(request.user, number, actor=request.user, door="api"))


@router.get("/second-factors", response=Factors, operation_id="list_own_factors")
def own_factors(request: HttpRequest):
    """What one's own account has beside its password."""
    rows = signing_in.factors(request.user)
    return {
        "items": [
            {
                "id": row.pk, "kind": row.kind, "name": row.name, "created_at": row.created_at,
                "used_at": row.used_at,
            }
            for row in rows
        ],
        "recovery_codes_left": signing_in.recovery_left(request.user), "required_by": request.user.factor_by,
    }  # fmt: skip


@router.post("/sign-in-resets", response=Reset, operation_id="reset_sign_in")
def reset_sign_in(request: HttpRequest, asked: AskedReset):
    """For the help desk: take away password and second factors, and get a code to hand over.

    Takes the power `signin.reset`.
    """
    account, code, until = accounts.reset(asked.username, reason=asked.reason, actor=request.user, door="api")
    if until is None:
        return {"username": asked.username, "proposal": account.pk}
    return {"username": account.username, "code": code, "until": until}


def confirmed(request: HttpRequest) -> None:
    """A token says with every request who it is; a session may have been left open."""
    if getattr(request, "token", None) is None and not web_sessions.confirmed(request):
        raise WrongState(
            _("Confirm at /security/confirm/ that it is you, and ask again within some minutes."),
            code="confirm_first",
        )


def shown(row) -> dict:
    return {
        "id": row.pk, "name": row.name, "begins_with": row.shown, "scope": row.scope,
        "created_at": row.created_at, "until": row.expires_on, "used_at": row.used_at,
        "ended_at": row.ended_at, "live": row.live(),
    }  # fmt: skip
