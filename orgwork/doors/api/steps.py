"""This room is for the procedures as operations: every step, opening and act on the registers has an address.

Made from the declarations themselves (``Procedure.known``, ``operations.known``): whoever declares a step
has its operation in the API, its schema included.
"""

from __future__ import annotations

import json
from typing import Any

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _
from ninja import Path, Query, Router, Schema
from pydantic import Field

from orgwork.exchange.texts import accepting, keeping  # noqa: F401 (declare what is done with texts)
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Refusal
from orgwork.insight import issuing  # noqa: F401 (declares the issuing of reports)
from orgwork.planning import growth_remarks, targets  # noqa: F401 (declare what bodies aim at and say)
from orgwork.procedures import (
    catalogue,  # noqa: F401 (every procedure declares itself when it is read)
    operations,
)
from orgwork.procedures.cases import Case, Procedure, StepDef
from orgwork.procedures.proposals import Proposal

from . import given, once
from .cases import find
from .cases import router as cases_router

router = Router(tags=["procedures"])

KEY = {
    "in": "header",
    "name": once.HEADER,
    "required": False,
    "schema": {"type": "string", "maxLength": once.LONGEST},
    "description": "the same key with the same body does a thing once; with another body it is refused (422)",
}


class Rehearse(Schema):
    rehearse: bool = Field(
        False, description="do it for real where nobody waits, say what would come, and undo it"
    )


class Done(Schema):
    """What came of an act. Read the case for the rest."""

    procedure: str
    step: str
    id: int | None = Field(None, description="number of the case")
    state: str = ""
    version: int | None = None
    moment: int
    url: str = ""
    rehearsed: bool = False
    waits_for_second: bool = Field(
        False, description="a proposal was made: `url` and `id` are the proposal's"
    )


class OperationDone(Schema):
    operation: str
    moment: int
    id: int | None = Field(None, description="number of what was made, where something was")
    url: str = ""
    rehearsed: bool = False
    waits_for_second: bool = Field(
        False, description="a proposal was made: `url` and `id` are the proposal's"
    )


def build() -> Router:
    """One address to open cases, one for each name of a step, one for each act without a case."""
    openings = {p.code: p.opening for p in Procedure.known.values() if p.opening}
    if openings:
        _add_openings(openings)
    for name in sorted({name for p in Procedure.known.values() for name in p.steps}):
        _add_step(name)
    for verb in sorted(operations.known):
        _add_operation(operations.known[verb])
    return router


# ── openings ────────────────────────────────────────────────────────────────────────────────────────────


def _add_openings(openings: dict[str, StepDef]) -> None:
    def open_case(request: HttpRequest, how: Query[Rehearse]):
        sent = sent_by(request)
        code = sent.pop("procedure", None)
        step = openings.get(code) if isinstance(code, str) else None
        if step is None:
            raise Refusal(
                _("Say with “procedure” which case to open; there are: %(known)s.")
                % {"known": ", ".join(sorted(openings))},
                field="procedure",
                code="no_such_procedure",
            )
        day, fields = given.read(step, sent)

        def work(act: Act) -> dict:
            made = step.call(day=day, within=act, **fields)
            return done(step, made, act)

        return once.do(request, work, status=201, rehearse=how.rehearse)

    choices = []
    for code, step in sorted(openings.items()):
        shape = given.schema(step, seen=False)
        shape["properties"] = {"procedure": {"const": code}, **shape["properties"]}
        shape["required"] = ["procedure", *shape.get("required", [])]
        shape["title"] = f"{code}: {step.label}"
        choices.append(shape)
    # On the router that lists cases: one address has one view, whatever the method.
    cases_router.post(
        "/cases", response={201: Done, 200: Done}, operation_id="open_case", summary="Open a case",
        description=_about([f"`{c}`: {s.label}. Takes `{s.act}`." for c, s in sorted(openings.items())]),
        openapi_extra=_extra(choices),
    )(open_case)  # fmt: skip


# ── steps ───────────────────────────────────────────────────────────────────────────────────────────────


def _add_step(name: str) -> None:
    declared = {p.code: p.steps[name] for p in Procedure.known.values() if name in p.steps}

    def take_step(request: HttpRequest, number: Path[int], how: Query[Rehearse]):
        case = find(number)
        step = declared.get(case.procedure)
        if step is None:
            raise Http404(
                _("The procedure of this case has no such step; “next_steps” of the case lists them.")
            )
        sent = sent_by(request)
        seen = sent.pop("seen", None)
        if seen is not None and (isinstance(seen, bool) or not isinstance(seen, int)):
            raise Refusal(_("A number is expected here."), field="seen", code="unreadable")
        day, fields = given.read(step, sent)

        def work(act: Act) -> dict:
            made = step.call(case, day=day, within=act, seen=seen, **fields)
            case.refresh_from_db()
            return {**done(step, case, act), **waiting(made)}

        return once.do(request, work, status=200, rehearse=how.rehearse)

    take_step.__name__ = f"take_step_{name}"
    choices = []
    for code, step in sorted(declared.items()):
        shape = given.schema(step, seen=True)
        shape["title"] = f"{code}: {step.label}"
        choices.append(shape)
    about = [f"`{c}`: {s.label}. {s.help} Takes the power `{s.act}`." for c, s in sorted(declared.items())]
    router.post(
        f"/cases/{{int:number}}/{name}", response=Done, operation_id=f"take_step_{name}",
        summary=str(next(iter(declared.values())).label), description=_about(about),
        openapi_extra=_extra(choices),
    )(take_step)  # fmt: skip


# ── acts without a case ─────────────────────────────────────────────────────────────────────────────────


def _add_operation(step: StepDef) -> None:
    def operate(request: HttpRequest, how: Query[Rehearse]):
        day, fields = given.read(step, sent_by(request))

        def work(act: Act) -> dict:
            made = step.call(day=day, within=act, **fields)
            number = made.pk if hasattr(made, "pk") else None
            url = f"/api/v1/cases/{number}" if isinstance(made, Case) else ""
            return {
                "operation": step.name,
                "moment": act.moment,
                "id": number,
                "url": url,
                "rehearsed": False,
                **waiting(made),
            }

        return once.do(request, work, status=200, rehearse=how.rehearse)

    operate.__name__ = "do_" + step.name.replace(".", "_")
    shape = given.schema(step, seen=False)
    shape["title"] = str(step.label)
    router.post(
        f"/operations/{step.name}", response=OperationDone, operation_id=operate.__name__,
        summary=str(step.label), description=_about([f"{step.help} Takes the power `{step.act}`."]),
        openapi_extra=_extra([shape]),
    )(operate)  # fmt: skip


def waiting(made: Any) -> dict[str, Any]:
    """Said instead of an outcome where two people are needed: nothing has been done yet."""
    if not isinstance(made, Proposal):
        return {}
    return {"id": made.pk, "url": f"/api/v1/proposals/{made.pk}", "waits_for_second": True}


# ── helpers ─────────────────────────────────────────────────────────────────────────────────────────────


def sent_by(request: HttpRequest) -> dict[str, Any]:
    try:
        found = json.loads(request.body or b"{}")
    except (ValueError, RecursionError) as fault:
        raise BadRequest(_("The body of the request is no JSON.")) from fault
    if not isinstance(found, dict):
        raise BadRequest(_("The body of the request must be a JSON object."))
    return found


def done(step: StepDef, case: Case, act: Act) -> dict:
    return {
        "procedure": case.procedure, "step": step.name, "id": case.pk, "state": case.state,
        "version": case.version, "moment": act.moment, "url": f"/api/v1/cases/{case.pk}", "rehearsed": False,
    }  # fmt: skip


def _about(lines: list[str]) -> str:
    return "\n\n".join(" ".join(line.split()) for line in lines)


def _extra(choices: list[dict]) -> dict:
    shape = choices[0] if len(choices) == 1 else {"anyOf": choices}
    return {
        "parameters": [KEY],
        "requestBody": {"required": True, "content": {"application/json": {"schema": shape}}},
    }
