"""This room is for reading cases and procedures: where each stands, what was done, what can be done next."""

from __future__ import annotations

import datetime as dt

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _
from ninja import Path, Query, Router, Schema
from pydantic import Field

from orgwork.doors.web.cases import body_over, overdue
from orgwork.foundation.refusals import Refusal
from orgwork.procedures import operations
from orgwork.procedures.cases import Case, Procedure, Protocol, StepDef, placed
from orgwork.registers import access
from orgwork.registers.units import Unit, under_ids

from . import asked
from .asked import Listed, Paged, need, noted, page

router = Router(tags=["cases"])


class CaseOut(Schema):
    id: int
    procedure: str
    state: str
    state_label: str = ""
    person_id: int | None = None
    organization_id: str = Field(description="code of the body responsible for it now")
    opened_on: dt.date
    closed_on: dt.date | None = None
    version: int = Field(description="send it back as `seen`: who acts on an older one is told")
    url: str


class Cases(Paged):
    items: list[CaseOut]


class Votes(Schema):
    """A vote as numbers that add up; never who voted how."""

    kind: str
    organization_id: str
    day: dt.date
    entitled: int
    summoned: int
    present: int
    issued: int
    collected: int
    valid: int
    votes_for: int
    agreed: bool
    rule: str = Field(description="version of the provision it was judged by")


class StepTaken(Schema):
    step: str
    source: str
    target: str
    day: dt.date
    actor: str
    document_id: int | None = None
    remark: str = ""
    protocol: Votes | None = None


class Deadline(Schema):
    kind: str
    due: dt.date
    met_on: dt.date | None = None
    basis: str


class NextStep(Schema):
    step: str
    label: str
    allowed: bool = Field(description="whether the account has the power today")
    act: str
    url: str


class OneCase(CaseOut):
    steps: list[StepTaken]
    deadlines: list[Deadline]
    next_steps: list[NextStep]


class FieldOut(Schema):
    name: str
    type: str
    label: str
    required: bool
    many: bool


class StepOut(Schema):
    step: str
    label: str
    act: str
    sources: list[str]
    targets: list[str]
    fields: list[FieldOut]


class ProcedureOut(Schema):
    code: str
    label: str
    citation: str
    states: dict[str, str]
    initial: str
    final: list[str]
    opening: StepOut | None = None
    steps: list[StepOut]


class Procedures(Schema):
    procedures: list[ProcedureOut]
    operations: list[StepOut]


class CasesAsked(Listed):
    unit: str | None = Field(None, description="cases at this body and everything under it")
    procedure: str | None = Field(None, max_length=40)
    state: str | None = Field(None, max_length=40)
    open: bool | None = Field(None, description="only cases under way, or only closed ones")
    overdue: bool = Field(False, description="only cases with a deadline that has passed")


@router.get("/procedures", response=Procedures, operation_id="list_procedures")
def procedures(request: HttpRequest):
    """Every procedure with its states and steps, and what each step asks for."""
    return {
        "procedures": [declared(one) for one in Procedure.known.values()],
        "operations": [step_out(one) for one in operations.known.values()],
    }


@router.get("/cases", response=Cases, operation_id="list_cases")
def cases(request: HttpRequest, asks: Query[CasesAsked]):
    """Cases at a body and below, those that ended bodies left among them; the latest first."""
    dial = asks.dial()
    unit = asked.where(request, asks.unit, "names.read")
    scope = under_ids(unit, dial.on, known_at=dial.known_at, custody=True)
    rows = placed(Case.objects.filter(opened_on__lte=dial.on), dial.on, known_at=dial.known_at)
    rows = rows.filter(home__in=scope)
    if asks.procedure:
        if asks.procedure not in Procedure.known:
            raise Refusal(
                _("There is no procedure “%(code)s”; there are: %(known)s.")
                % {"code": asks.procedure, "known": ", ".join(Procedure.known)},
                field="procedure",
                code="no_such_procedure",
            )
        rows = rows.filter(procedure=asks.procedure)
    if asks.state:
        rows = rows.filter(state=asks.state)
    if asks.open is not None:
        rows = rows.exclude(closed_on__lte=dial.on) if asks.open else rows.filter(closed_on__lte=dial.on)
    if asks.overdue:
        rows = rows.filter(pk__in=overdue(dial.on, known_at=dial.known_at).values("case"))
    found = page(request, asks, rows, ("-id",), listed)
    noted(request, "names.read", unit=unit, count=len(found["items"]))
    return found


@router.get("/cases/{int:number}", response=OneCase, operation_id="get_case")
def one_case(request: HttpRequest, number: Path[int]):
    """One case: what was done, what is due, what can be done next. Noted when it is about somebody else."""
    case = find(number)
    if case.person_id is None or access.person_of(request.user) != case.person_id:
        need(request, "names.read", case.unit)
        if case.person:
            noted(request, "names.read", person=case.person)
    return {
        **shown(case), "steps": [taken(step) for step in _steps(case)],
        "next_steps": next_steps(request, case), "deadlines": list(case.deadlines.order_by("due", "pk")),
    }  # fmt: skip


def find(number: int) -> Case:
    found = Case.objects.filter(pk=number).select_related("unit", "person").first()
    if found is None or found.procedure not in Procedure.known:
        raise Http404(_("There is no case with this number."))
    return found


def listed(some) -> list[dict]:
    """Each case with the body with which it lay on the day asked."""
    codes = dict(Unit.objects.filter(pk__in={case.home for case in some}).values_list("pk", "code"))
    return [shown(case, codes.get(case.home, "")) for case in some]


def shown(case: Case, code: str | None = None) -> dict:
    procedure = Procedure.known.get(case.procedure)
    return {
        "id": case.pk, "procedure": case.procedure, "state": case.state,
        "state_label": str(procedure.states.get(case.state, "")) if procedure else "",
        "person_id": case.person_id, "organization_id": case.unit.code if code is None else code,
        "opened_on": case.opened_on,
        "closed_on": case.closed_on, "version": case.version, "url": f"/api/v1/cases/{case.pk}",
    }  # fmt: skip


def _steps(case: Case):
    return case.steps.select_related("actor", "protocol__unit").order_by("pk")


def taken(step) -> dict:
    votes = step.protocol
    return {
        "step": step.step, "source": step.source, "target": step.target, "day": step.day,
        "actor": str(step.actor or ""), "document_id": step.document_id, "remark": step.remark,
        "protocol": None if votes is None else {
            "kind": votes.kind, "organization_id": votes.unit.code, "day": votes.day, "agreed": votes.agreed,
            "rule": votes.rule, **{name: getattr(votes, name) for name in Protocol.NUMBERS},
        },
    }  # fmt: skip


def next_steps(request, case: Case) -> list[dict]:
    found = []
    for step in Procedure.known[case.procedure].open_steps(case):
        allowed = asked.may(request, step.act, body_over(step, case))
        found.append(
            {
                "step": step.name, "label": str(step.label), "act": step.act, "allowed": allowed,
                "url": f"/api/v1/cases/{case.pk}/{step.name}",
            }
        )  # fmt: skip
    return found


def declared(procedure: Procedure) -> dict:
    return {
        "code": procedure.code, "label": str(procedure.label), "citation": procedure.citation,
        "states": {code: str(label) for code, label in procedure.states.items()},
        "initial": procedure.initial, "final": sorted(procedure.final),
        "opening": step_out(procedure.opening) if procedure.opening else None,
        "steps": [step_out(step) for step in procedure.steps.values()],
    }  # fmt: skip


def step_out(step: StepDef) -> dict:
    return {
        "step": step.name, "label": str(step.label), "act": step.act, "sources": sorted(step.sources),
        "targets": list(step.targets),
        "fields": [
            {"name": f.name, "type": f.type, "label": str(f.label), "required": f.required, "many": f.many}
            for f in step.fields
        ],
    }  # fmt: skip
