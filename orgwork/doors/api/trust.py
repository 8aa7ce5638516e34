"""This room is for trust in the API: one's own file, proposals that wait for a second person, what has been
kept long enough, and the register of processing.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any, Literal

from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Path, Router, Schema
from pydantic import Field

from orgwork.exchange import my_file, processing
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Refusal
from orgwork.procedures import four_eyes, heavy_accounts, retention, sentences
from orgwork.procedures.proposals import Proposal, ProposalState
from orgwork.registers import access
from orgwork.registers.people import Person
from orgwork.registers.reads import note_read

from . import once
from .steps import KEY, sent_by

router = Router(tags=["trust"])


# ── my file ─────────────────────────────────────────────────────────────────────────────────────────────


class ReadOfMine(Schema):
    at: datetime
    act: str
    what: str
    door: str
    posts: list[str] = Field(description="posts that whoever looked held on that day")


class MyFile(Schema):
    """Everything recorded about whoever asks; docs/my-file.schema.json describes it fully."""

    format: str
    person: int
    name: str
    made_at: datetime
    parts: list[dict[str, Any]]
    reads: list[ReadOfMine]


@router.get(
    "/my-file", response=MyFile, operation_id="read_my_file", summary="Read my own file",
    description="Everything recorded about the person whose account asks, and who looked. Needs no power.",
)  # fmt: skip
def read_my_file(request: HttpRequest):
    person = Person.objects.filter(pk=access.person_of(request.user) or 0).first()
    if person is None:
        raise Http404(_("This account belongs to no person, so nothing is recorded about anybody here."))
    return json.loads(my_file.as_json(my_file.gather(person)))


# ── two people ──────────────────────────────────────────────────────────────────────────────────────────


class ProposalOut(Schema):
    id: int
    verb: str
    label: str
    state: str
    day: date
    made_on: date
    waits_until: date
    mine: bool
    url: str


class ForeseenEntry(Schema):
    verb: str
    sentence: str


class ForeseenRows(Schema):
    table: str
    kind: Literal["written", "changed", "deleted"]
    rows: int


class ProposalInFull(ProposalOut):
    """``entries`` and ``rows`` are what confirming would do: done for real just now, and undone."""

    inputs: dict[str, Any]
    entries: list[ForeseenEntry]
    rows: list[ForeseenRows]
    refusal: str = Field("", description="why it could no longer be done")


class Decided(Schema):
    id: int
    state: str
    moment: int
    url: str = ""
    rehearsed: bool = False


def _out(proposal: Proposal, account) -> dict:
    return {
        "id": proposal.pk, "verb": proposal.verb, "label": str(four_eyes.label_of(proposal)),
        "state": proposal.state, "day": proposal.day, "made_on": proposal.made_on,
        "waits_until": proposal.expires_on, "mine": proposal.made_by_id == account.pk,
        "url": f"/api/v1/proposals/{proposal.pk}",
    }  # fmt: skip


@router.get(
    "/proposals", response=list[ProposalOut], operation_id="list_proposals",
    summary="List what needs two people",
    description="Proposals that wait: one's own, and those one may confirm or decline as the second person.",
)  # fmt: skip
def list_proposals(request: HttpRequest):
    today = timezone.localdate()
    rows = Proposal.objects.filter(state=ProposalState.WAITING, expires_on__gte=today).order_by("-pk")
    held = access.mandates(request.user, now=today)
    return [
        _out(one, request.user)
        for one in (rows[:500] if held else ())
        if one.made_by_id == request.user.pk or four_eyes.may_be_second(one, request.user, now=today)
    ]


@router.get(
    "/proposals/{int:number}", response=ProposalInFull, operation_id="read_proposal",
    summary="Read a proposal, and what it will do",
)  # fmt: skip
def read_proposal(request: HttpRequest, number: Path[int]):
    found = _find(number)
    today = timezone.localdate()
    mine = request.user.pk in (found.made_by_id, found.decided_by_id)
    second = found.state == ProposalState.WAITING and four_eyes.may_be_second(found, request.user, now=today)
    if not second and not mine:
        four_eyes.require_second(found, request.user, now=today)
    foreseen = four_eyes.Foreseen()
    if second:
        foreseen = four_eyes.what_will_happen(found, actor=request.user, door="api")
        if found.person_id:
            note_read(request.user, "names.read", door="api", person=found.person)
    return {
        **_out(found, request.user),
        "inputs": found.inputs,
        "entries": [
            {"verb": e["verb"], "sentence": sentences.sentence(e["verb"], e["content"], about=e["type"])}
            for e in foreseen.entries
        ],
        "rows": [{"table": table, "kind": kind, "rows": rows} for table, kind, rows in foreseen.tables],
        "refusal": str(foreseen.refusal or ""),
    }


def _find(number: int) -> Proposal:
    found = Proposal.objects.filter(pk=number).select_related("made_by", "unit", "person", "case").first()
    if found is None:
        raise Http404(_("There is no proposal with this number."))
    return found


def _decision(name: str, summary: str, about: str):
    def decide(request: HttpRequest, number: Path[int]):
        found = _find(number)
        said = sent_by(request)
        if name == "confirm" and found.verb == heavy_accounts.PASSWORD:
            raise Refusal(
                _("Confirm a new password on the page or by the command: it is shown there once, to you."),
                code="not_here",
            )
        call: Any = getattr(four_eyes, name)
        more = {"remark": str(said.get("remark") or "")[:2000]} if name == "decline" else {}

        def work(act: Act) -> dict:
            call(found, actor=request.user, door="api", within=act, **more)
            found.refresh_from_db()
            return {
                "id": found.pk, "state": found.state, "moment": act.moment,
                "url": f"/api/v1/proposals/{found.pk}", "rehearsed": False,
            }  # fmt: skip

        return once.do(request, work, status=200)

    decide.__name__ = f"{name}_proposal"
    shape: dict[str, Any] = {"type": "object", "properties": {}, "additionalProperties": False}
    if name == "decline":
        shape |= {"properties": {"remark": {"type": "string", "maxLength": 2000}}, "required": ["remark"]}
    router.post(
        f"/proposals/{{int:number}}/{name}", response=Decided, operation_id=decide.__name__, summary=summary,
        description=about,
        openapi_extra={
            "parameters": [KEY],
            "requestBody": {"required": False, "content": {"application/json": {"schema": shape}}},
        },
    )(decide)  # fmt: skip


_decision(
    "confirm", "Be the second person: it is done",
    "Both rights are judged again. New passwords are confirmed on the page or by the command.",
)  # fmt: skip
_decision("decline", "Be the second person: it is not done", "Takes a reason.")
_decision("withdraw", "Take back what one proposed", "Only whoever proposed it.")


# ── kept long enough; what for ──────────────────────────────────────────────────────────────────────────


class RuleDue(Schema):
    rule: str
    label: str
    period: str
    unit: str
    citation: str
    due: int
    stopped: int = Field(description="of these, stopped by a hold")


@router.get(
    "/retention", response=list[RuleDue], operation_id="read_retention",
    summary="What has been kept long enough",
    description="Counts by rule, no people. Takes the power `person.erase` or `system.run`.",
)  # fmt: skip
def read_retention(request: HttpRequest):
    today = timezone.localdate()
    if not access.may(request.user, "system.run", None, now=today):
        access.require(request.user, "person.erase", None, now=today)
    counts = retention.counts(today)
    return [
        {
            "rule": code, "label": str(rule.label), "period": str(rule.period(today).value),
            "unit": rule.period(today).unit, "citation": rule.period(today).citation, "due": counts[code][0],
            "stopped": counts[code][1],
        }
        for code, rule in retention.RULES.items()
    ]  # fmt: skip


class ActivityOut(Schema):
    code: str
    label: str
    purpose: str
    basis: str
    special: bool
    people: str
    recipients: str
    tables: list[dict[str, Any]]
    retention: list[dict[str, Any]]


@router.get(
    "/processing", response=list[ActivityOut], operation_id="read_processing",
    summary="The register of processing activities", description="No person stands in it; open to everybody.",
)  # fmt: skip
def read_processing(request: HttpRequest):
    return processing.register(timezone.localdate())
