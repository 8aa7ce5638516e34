"""This room is for texts by program: keep one, read what was found in it, list what came of it.

Deciding about finds are acts: ``/operations/text.accept`` and the like.
"""

from __future__ import annotations

import datetime as dt

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _
from ninja import File, Form, Path, Query, Router, Schema, UploadedFile
from pydantic import Field

from orgwork.exchange.texts import files, keeping
from orgwork.exchange.texts.kept import KeptText, State, TextFind, counts
from orgwork.foundation.refusals import Refusal
from orgwork.registers.reads import note_read
from orgwork.registers.task_proposals import TaskProposal
from orgwork.registers.units import Unit, under_ids

from . import asked
from .asked import Listed, Number, Paged, may, need, page

router = Router(tags=["texts"])


class TextOut(Schema):
    """A kept text. Its letters stand in the answer about it alone."""

    id: int
    unit_id: str = Field(description="code of the body it belongs to")
    title: str
    date: dt.date = Field(description="the day the text speaks from")
    language: str
    checksum: str
    file_name: str = ""
    read_with: str = Field(description="which edition of rules and lexicons read it")
    url: str


class Texts(Paged):
    items: list[TextOut]


class OneText(TextOut):
    text: str
    counts: dict[str, dict[str, int]] = Field(description="finds by kind and state")


class FindOut(Schema):
    id: int
    kind: str
    start: int = Field(description="code points from the beginning of the text")
    end: int
    norm: str
    state: str
    said: dict = Field(description="what was read, in the shape of `orgwork read --json`")
    outcome: dict = Field(description="what came of it")
    document_id: int | None = None
    task: str = ""


class Finds(Schema):
    items: list[FindOut]
    next: str | None = None


class Kept(Schema):
    id: int
    new: bool = Field(description="false: the same text was kept here before")
    url: str
    remark: str = Field(description="what was done to its letters, if anything")


class NewText(Schema):
    unit: str = Field(max_length=40, description="code of the body it belongs to")
    text: str = Field("", max_length=keeping.LETTERS + 1)
    language: str = Field("", max_length=2)
    date: dt.date | None = None
    title: str = Field("", max_length=300)


class TextsAsked(Listed):
    unit: str | None = Field(None, description="texts of this body and everything under it")


class FindsAsked(Schema):
    kind: str = Field("", max_length=10)
    state: str = Field("", max_length=10)
    after: Number = 0


class TaskOut(Schema):
    code: str
    id: Number
    unit_id: str
    what: str
    giver: str = Field(description="empty where the account may read no names")
    assignee_id: str | None = None
    assignee_name: str = ""
    due: dt.date | None = None
    first_day: dt.date
    last_day: dt.date | None = None
    source: str = ""
    text_id: int | None = None


class Tasks(Paged):
    items: list[TaskOut]


#: Finds of one answer; follow `next`.
AT_ONCE = 200


def find(request: HttpRequest, number: int) -> KeptText:
    found = KeptText.objects.filter(pk=number, forgotten_at=None).select_related("unit").first()
    if found is None:
        raise Http404(_("There is no kept text with this number."))
    need(request, "text.read", found.unit)
    return found


def shown(rows: list[KeptText]) -> list[dict]:
    return [
        {
            "id": one.pk, "unit_id": one.unit.code, "title": one.title, "date": one.day,
            "language": one.language, "checksum": one.checksum, "file_name": one.file_name,
            "read_with": one.read_with, "url": f"/api/v1/texts/{one.pk}",
        }
        for one in rows
    ]  # fmt: skip


@router.get("/texts", response=Texts, operation_id="list_texts", summary="Kept texts")
def texts(request: HttpRequest, asks: Query[TextsAsked]):
    """Kept texts, the latest first."""
    dial = asks.dial()
    unit = asked.where(request, asks.unit, "text.read")
    scope = under_ids(unit, dial.on, known_at=dial.known_at)
    rows = KeptText.objects.filter(unit__in=scope, forgotten_at=None, day__lte=dial.on)
    rows = rows.select_related("unit").defer("text")
    return page(request, asks, rows, ("-day", "-id"), shown)


@router.post("/texts", response={201: Kept}, operation_id="keep_text", summary="Keep a text")
def keep(request: HttpRequest, said: Form[NewText], file: UploadedFile | None = File(None)):  # noqa: B008
    """A text, or a file (plain text, PDF, Word, OpenDocument); what is found in it becomes proposals."""
    need(request, keeping.ACT, None)
    unit = Unit.objects.filter(code=said.unit).first() if "\x00" not in said.unit else None
    if unit is None:
        raise Refusal(_("No body has this code."), field="unit", code="no_such_thing")
    content = file.read(files.LARGEST + 1) if file is not None else None
    told = files.opened(content) if content is not None else files.in_unicode(said.text)
    kept, new = keeping.keep(
        told.text, actor=request.user, door="api",
        unit=unit, day=said.date, language=keeping.known_language(said.language), title=said.title,
        file_name=(file.name or "") if file is not None else "", content=content,
    )  # fmt: skip
    return 201, {"id": kept.pk, "new": new, "url": f"/api/v1/texts/{kept.pk}", "remark": told.remark}


@router.get("/texts/{int:number}", response=OneText, operation_id="get_text", summary="One kept text")
def one_text(request: HttpRequest, number: Path[int]):
    """The text with its letters, and how many finds it has by kind and state."""
    found = find(request, number)
    note_read(request.user, "text.read", door="api", unit=found.unit)
    return {**shown([found])[0], "text": found.text, "counts": counts(found)}


@router.get(
    "/texts/{int:number}/finds", response=Finds, operation_id="list_finds_of_text", summary="What was found"
)
def finds(request: HttpRequest, number: Path[int], how: Query[FindsAsked]):
    """Finds in the order of their numbers; `kind` and `state` narrow them."""
    found = find(request, number)
    rows = TextFind.objects.filter(text=found, pk__gt=how.after).order_by("pk")
    if how.kind:
        rows = rows.filter(kind=how.kind)
    if how.state in State.values:
        rows = rows.filter(state=how.state)
    some = list(rows[: AT_ONCE + 1])
    more = len(some) > AT_ONCE
    tail = f"kind={how.kind}&state={how.state}&after={some[AT_ONCE - 1].pk}" if more else ""
    note_read(request.user, "text.read", door="api", unit=found.unit)
    return {
        "items": [
            {
                "id": one.pk, "kind": one.kind, "start": one.start, "end": one.end, "norm": one.norm,
                "state": one.state, "said": one.said, "outcome": one.outcome, "document_id": one.paper_id,
                "task": one.task,
            }
            for one in some[:AT_ONCE]
        ],
        "next": f"/api/v1/texts/{found.pk}/finds?{tail}" if more else None,
    }  # fmt: skip


@router.get("/tasks", response=Tasks, operation_id="list_proposed_tasks", summary="Proposed tasks")
def tasks(request: HttpRequest, asks: Query[TextsAsked]):
    """What accepted instructions ask for on that day, kept at this body and under it."""
    dial = asks.dial()
    unit = asked.where(request, asks.unit, "text.read")
    scope = under_ids(unit, dial.on, known_at=dial.known_at)
    rows = TaskProposal.objects.on(dial.on, known_at=dial.known_at).filter(unit__in=scope)
    named = may(request, "names.read", unit)
    return page(
        request, asks, rows.select_related("unit", "assignee"), ("-valid_from", "-id"),
        lambda some: [task_shown(one, named) for one in some],
    )  # fmt: skip


def task_shown(one: TaskProposal, named: bool) -> dict:
    return {
        "code": one.code, "id": one.pk, "unit_id": one.unit.code, "what": one.what,
        "giver": one.giver if named else "", "assignee_id": one.assignee.code if one.assignee else None,
        "assignee_name": one.assignee_name, "due": one.due, "first_day": one.valid_from,
        "last_day": one.valid_to, "source": one.source, "text_id": one.text,
    }  # fmt: skip
