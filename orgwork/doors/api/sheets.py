"""This room is for sheets by program: bring one, read what would come of it, correct, agree, undo."""

from __future__ import annotations

import datetime as dt

from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import File, Form, Path, Query, Router, Schema, UploadedFile
from pydantic import Field

from orgwork.doors.web import imports as pages
from orgwork.exchange.sheets import applying, deciding, rehearsing, undoing
from orgwork.exchange.sheets.imports import Import, ImportRow, Outcome
from orgwork.exchange.sheets.limits import BYTES, MEGA
from orgwork.exchange.sheets.sentences import note, sentence
from orgwork.foundation.refusals import Refusal
from orgwork.registers import access

router = Router(tags=["sheets"])
#: Rows of one answer; follow `next`.
AT_ONCE = 200


class SheetColumn(Schema):
    code: str
    label: str
    type: str
    required: bool
    help: str


class SheetKind(Schema):
    code: str
    label: str
    columns: list[SheetColumn]


class SheetKinds(Schema):
    items: list[SheetKind]


class Brought(Schema):
    """A sheet as far as it has come. While it is `reading`, `applying` or `undoing`, ask again."""

    id: int
    kind: str
    name: str
    sheet: str
    state: str
    counts: dict[str, int] = Field(
        description="rows by outcome: new, changed, same, doubtful, refused, left_out"
    )
    headings: list[str] = []
    mapping: list[str] = Field([], description="which column each heading was taken for; empty: none")
    questions: list[str] = Field([], description="columns in which 03/04/2024 may be either day")
    notes: list[str] = []
    message: str = ""
    proposal: int | None = Field(None, description="waits for a second person who confirms the undoing")
    url: str


class AllBrought(Schema):
    items: list[Brought]


class Remark(Schema):
    column: str
    outcome: str
    code: str
    text: str
    people: list[int] = Field([], description="who may be meant; decide with `same:number` or `another`")


class SheetRow(Schema):
    row: int
    outcome: str
    cells: dict[str, str]
    remarks: list[Remark]


class SheetRows(Schema):
    items: list[SheetRow]
    next: str | None = None


class NewSheet(Schema):
    kind: str = Field(max_length=20)
    day: dt.date | None = None
    sheet: str = Field("", max_length=120)
    encoding: str = Field("", max_length=20)


class Correction(Schema):
    """Other cells for a row, or an answer to its doubts: take, another, same:17, leave, back."""

    cells: dict[str, str] = {}
    answer: str = Field("", max_length=30)


class Named(Schema):
    mapping: list[str] = Field(max_length=200)


class Orders(Schema):
    orders: dict[str, str] = Field(description="dmy or mdy for each column that is asked about")


class Why(Schema):
    """Why rows are corrected, and the paper: of all corrections, and of changes whose rows name none."""

    reason: str = Field(max_length=1_000)
    symbol: str = Field(max_length=60, description="number and symbol of the paper")
    day: dt.date = Field(description="day of the paper")
    since: dt.date | None = Field(None, description="first day that was wrong; else from the beginning")


class RowsAsked(Schema):
    outcome: str = Field("", max_length=10)
    after: int = Field(0, ge=0, le=10_000_000)


def find(request: HttpRequest, number: int) -> Import:
    found = Import.objects.filter(created_by=request.user, pk=number).first() if number < 2**63 else None
    if found is None:
        raise Http404(_("None of the sheets you brought has this number."))
    return found


def shown(one: Import) -> dict:
    return {
        "id": one.pk, "kind": one.kind, "name": one.name, "sheet": one.sheet, "state": one.state,
        "counts": one.counts, "headings": one.headings, "mapping": one.mapping,
        "questions": rehearsing.open_questions(one),
        "notes": [note(code, said) for code, said in one.notes], "message": one.message,
        "url": f"/api/v1/sheets/{one.pk}",
    }  # fmt: skip


def row_shown(row: ImportRow) -> dict:
    remarks = [
        {
            "column": column, "outcome": outcome, "code": code, "people": said.get("people", []),
            "text": sentence([column, outcome, code, said]),
        }
        for column, outcome, code, said in row.remarks
    ]  # fmt: skip
    return {"row": row.number, "outcome": row.outcome, "cells": row.cells, "remarks": remarks}


@router.get("/sheet-kinds", response=SheetKinds, operation_id="list_sheet_kinds", summary="Kinds of sheets")
def list_kinds(request: HttpRequest):
    """The kinds of sheets the account may bring, with their columns."""
    kinds = []
    for kind in pages.kinds_for(request):
        columns = [
            {
                "code": one.code, "label": str(one.label), "type": one.type, "required": one.required,
                "help": str(one.help),
            }
            for one in kind.columns
        ]  # fmt: skip
        kinds.append({"code": kind.code, "label": str(kind.label), "columns": columns})
    return {"items": kinds}


@router.get("/sheets", response=AllBrought, operation_id="list_sheets", summary="Sheets you brought")
def list_sheets(request: HttpRequest):
    rows = Import.objects.filter(created_by=request.user).order_by("-pk")[:100]
    return {"items": [shown(one) for one in rows]}


@router.post("/sheets", response={202: Brought}, operation_id="bring_sheet", summary="Bring a sheet")
def bring_sheet(request: HttpRequest, said: Form[NewSheet], file: File[UploadedFile]):
    """Workbook or text with separators. It is rehearsed in the background; `agree` applies it."""
    access.require(request.user, "names.read", None, now=timezone.localdate())
    rehearsing.require(rehearsing.kind_of(said.kind), request.user)
    if (file.size or 0) > BYTES:
        raise Refusal(
            _("The file is too large: at most %(size)s megabytes.") % {"size": BYTES // MEGA}, field="file"
        )
    path = pages.kept_file(file)
    try:
        found = rehearsing.bring(
            path, file.name or "", said.kind, actor=request.user, door="api", day=said.day, sheet=said.sheet,
            encoding=said.encoding,
        )  # fmt: skip
    except Refusal:
        path.unlink(missing_ok=True)
        raise
    pages.start(found, request.user)
    return 202, shown(found)


@router.get("/sheets/{int:number}", response=Brought, operation_id="get_sheet", summary="One sheet")
def get_sheet(request: HttpRequest, number: Path[int]):
    return shown(find(request, number))


@router.get(
    "/sheets/{int:number}/rows", response=SheetRows, operation_id="list_sheet_rows", summary="Its rows"
)
def list_rows(request: HttpRequest, number: Path[int], how: Query[RowsAsked]):
    """Rows in order, with everything said of each cell; `outcome` narrows them."""
    found = find(request, number)
    rows = found.rows.filter(number__gt=how.after).order_by("number")
    if how.outcome in Outcome.values:
        rows = rows.filter(outcome=how.outcome)
    some = list(rows[: AT_ONCE + 1])
    more = len(some) > AT_ONCE
    tail = f"outcome={how.outcome}&after={some[AT_ONCE - 1].number}" if more else ""
    url = f"/api/v1/sheets/{found.pk}/rows?{tail}" if more else None
    return {"items": [row_shown(row) for row in some[:AT_ONCE]], "next": url}


@router.post("/sheets/{int:number}/rows/{int:row}", response=SheetRow, operation_id="correct_sheet_row",
             summary="Correct or decide a row")  # fmt: skip
def correct_row(request: HttpRequest, number: Path[int], row: Path[int], said: Correction):
    found = find(request, number)
    if row > 10_000_000 or not found.rows.filter(number=row).exists():
        raise Http404(_("The sheet has no such row."))
    if said.answer:
        return row_shown(deciding.decide(found, row, said.answer))
    return row_shown(deciding.correct(found, row, said.cells))


@router.post("/sheets/{int:number}/columns", response={202: Brought}, operation_id="name_sheet_columns",
             summary="Say what its columns are")  # fmt: skip
def name_columns(request: HttpRequest, number: Path[int], said: Named):
    found = find(request, number)
    rehearsing.name_columns(found, said.mapping, actor=request.user)
    pages.start(found, request.user)
    return 202, shown(found)


@router.post("/sheets/{int:number}/orders", response={202: Brought}, operation_id="say_sheet_orders",
             summary="Say which comes first, day or month")  # fmt: skip
def say_orders(request: HttpRequest, number: Path[int], said: Orders):
    found = find(request, number)
    deciding.say_orders(found, said.orders)
    pages.start(found, request.user)
    return 202, shown(found)


@router.post("/sheets/{int:number}/why", response={202: Brought}, operation_id="say_why_sheet",
             summary="Say why rows are corrected, and on which paper")  # fmt: skip
def say_why(request: HttpRequest, number: Path[int], said: Why):
    """The sheet is rehearsed again with it."""
    found = find(request, number)
    since = said.since.isoformat() if said.since else ""
    deciding.say_why(
        found, reason=said.reason, symbol=said.symbol, day=said.day.isoformat(), since=since
    )  # fmt: skip
    pages.start(found, request.user)
    return 202, shown(found)


@router.post("/sheets/{int:number}/agree", response={202: Brought}, operation_id="agree_to_sheet",
             summary="Apply what was rehearsed")  # fmt: skip
def agree(request: HttpRequest, number: Path[int]):
    """Rows that are new or changed are applied in pieces; they count when all of them are there."""
    found = find(request, number)
    applying.agree(found, actor=request.user)
    pages.start(found, request.user)
    return 202, shown(found)


@router.post("/sheets/{int:number}/undo", response={202: Brought}, operation_id="undo_sheet",
             summary="Undo an applied sheet")  # fmt: skip
def undo(request: HttpRequest, number: Path[int]):
    """Refused, with a list, while later acts rest on what the sheet brought. It takes two people: `proposal`
    waits for the second one, who confirms it under `/api/v1/proposals`."""
    found = find(request, number)
    waits = undoing.ask(found, actor=request.user, door="api")
    if waits is None:
        pages.start(found, request.user)
    return 202, shown(found) | ({"proposal": waits.pk} if waits else {})


@router.post("/sheets/{int:number}/discard", response=Brought, operation_id="discard_sheet",
             summary="Put a sheet away")  # fmt: skip
def discard(request: HttpRequest, number: Path[int]):
    found = find(request, number)
    deciding.discard(found)
    return shown(found)
