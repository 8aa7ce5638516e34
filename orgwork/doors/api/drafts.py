"""This room is for drafts of papers: with whom each lies, since when, until when; versions and opinions."""

from __future__ import annotations

import datetime as dt

from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Path, Query, Router, Schema
from pydantic import Field

from orgwork.doors.web import draft_files
from orgwork.doors.web import drafts as pages
from orgwork.doors.web.paper_files import handed_out
from orgwork.foundation.refusals import NotAllowed
from orgwork.registers.drafts import Draft, DraftOpinion
from orgwork.registers.units import Unit

from . import asked
from .asked import Listed, Paged, When, noted, page, told

router = Router(tags=["documents"])


class DraftOut(Schema):
    id: int = Field(description="number of its case: steps are taken under /cases/{id}/…")
    title: str
    kind: str
    state: str
    organization_id: str | None = Field(None, description="code of the body with which it lies")
    author_id: str = Field(description="code of the body that writes it")
    issuer_id: str = Field(description="code of the body that is to issue it")
    since: dt.date | None = Field(None, description="since when it is in this state")
    due: dt.date | None = Field(None, description="the nearest day by which it must have gone on")
    late: bool
    url: str


class Drafts(Paged):
    items: list[DraftOut]


class Version(Schema):
    number: int
    title: str
    text: str
    remark: str
    day: dt.date
    author: str


class Opinion(Schema):
    organization_id: str
    version: int
    due: dt.date
    stance: str = Field(description="agrees, changes, disagrees; empty: not answered")
    text: str
    answered: dt.date | None
    verdict: str = Field(description="taken, partly, not; empty: not settled")
    reply: str


class Signed(Schema):
    person_id: int
    post_id: str
    authority: str
    on_behalf: str
    office: str
    day: dt.date


class OfDraft(Schema):
    id: int
    name: str
    media_type: str
    size: int
    sha256: str = Field(description="checksum of the bytes; empty: erased with the data of a person")
    url: str


class OneDraft(DraftOut):
    on: dt.date
    known_at: str | None
    document_id: int | None = Field(None, description="the paper that it became")
    versions: list[Version]
    opinions: list[Opinion]
    files: list[OfDraft] = Field(
        description="scans attached before the number; operation `paper.attach_scan` takes the ticket of one"
    )
    signature: Signed | None = Field(
        None, description="as recorded; whether a digital signature is genuine is not checked"
    )


class DraftsAsked(Listed):
    unit: str | None = Field(None, description="drafts written, issued or asked about here and below")
    kind: str | None = Field(None, max_length=40)
    state: str = Field("open", max_length=20, description="open, late, all, or a state of the procedure")


@router.get("/drafts", response=Drafts, operation_id="list_drafts")
def drafts(request: HttpRequest, asks: Query[DraftsAsked]):
    """Drafts that the account may read: with whom each lies, since when, until when."""
    dial = asks.dial()
    unit = asked.where(request, asks.unit, "figures.read")
    rows = pages.found(
        request.user, unit, dial.on, known_at=dial.known_at, today=timezone.localdate(), state=asks.state,
        kind=asks.kind or "",
    )  # fmt: skip
    rows = rows.select_related("unit", "issuer")
    return page(request, asks, rows, ("-id",), lambda some: shown(some, dial.on))


@router.get("/drafts/{int:number}", response=OneDraft, operation_id="get_draft")
def one_draft(request: HttpRequest, number: Path[int], when: Query[When]):
    """One draft with its versions, what bodies said of them, and who signed it."""
    dial = when.dial()
    rows = pages.standing(Draft.objects.filter(case=number), dial.on, known_at=dial.known_at)
    row = rows.filter(stood__isnull=False).select_related("unit", "issuer").first()
    if row is None:
        raise Http404(_("There is no draft with this number."))
    _readable(request, row)
    opinions = DraftOpinion.objects.on(dial.on, known_at=dial.known_at).filter(version__draft=row)
    signed = row.signatures.on(dial.on, known_at=dial.known_at).select_related("post").first()
    became = getattr(row, "became", None)
    return {
        **shown([row], dial.on)[0],
        "document_id": became.document_id if became else None,
        "versions": [
            {"number": one.number, "title": one.title, "text": one.text, "remark": one.remark, "day": one.day,
             "author": str(one.author or "")}
            for one in pages.versions_of(row, dial)
        ],
        "opinions": [
            {"organization_id": one.unit.code, "version": one.version.number, "due": one.due,
             "stance": one.stance, "text": one.text, "answered": one.answered, "verdict": one.verdict,
             "reply": one.reply}
            for one in opinions.select_related("unit", "version").order_by("version__number", "unit__code")
        ],
        "files": [
            {"id": one.pk, "name": one.name, "media_type": one.media_type, "size": one.size,
             "sha256": one.sha256, "url": f"/api/v1/drafts/{number}/files/{one.pk}"}
            for one in row.files.order_by("pk")
        ],
        "signature": {
            "person_id": signed.person_id, "post_id": signed.post.code, "authority": signed.authority,
            "on_behalf": signed.on_behalf, "office": signed.office, "day": signed.valid_from,
        } if signed else None,
        **told(dial),
    }  # fmt: skip


@router.get("/drafts/{int:number}/files/{int:file}", operation_id="get_file_of_draft", response=None)
def file_of_draft(request: HttpRequest, number: Path[int], file: Path[int]):
    """The bytes of a file of a draft, to be saved; held against their checksum before they leave."""
    draft = Draft.objects.filter(case=number).select_related("issuer").first() if number < 2**63 else None
    if draft is None:
        raise Http404(_("There is no draft with this number."))
    _readable(request, draft)
    found = draft_files.find(draft, file)
    noted(request, "names.read", unit=draft.issuer)
    return handed_out(found)


def _readable(request: HttpRequest, draft: Draft) -> None:
    if not Draft.objects.filter(pages.readable(request.user, timezone.localdate()), pk=draft.pk).exists():
        raise NotAllowed(
            _("This draft is open to those who write, decide or issue it, and to bodies asked about it.")
        )


def shown(rows, on: dt.date) -> list[dict]:
    codes = dict(Unit.objects.filter(pk__in={row.home for row in rows}).values_list("pk", "code"))
    return [
        {
            "id": row.case, "title": row.now_called, "kind": row.kind, "state": row.stood,
            "organization_id": codes.get(row.home), "author_id": row.unit.code, "issuer_id": row.issuer.code,
            "since": row.since, "due": None if row.due == pages.FAR else row.due, "late": row.due < on,
            "url": f"/api/v1/drafts/{row.case}",
        }
        for row in rows
    ]  # fmt: skip
