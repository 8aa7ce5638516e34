"""This room is for the life of a paper on its page and on Today: signed, sent, reviewed, archived."""

from __future__ import annotations

from datetime import timedelta

from django.urls import reverse
from django.utils.text import capfirst

from orgwork.doors.web import offered, places
from orgwork.doors.web.drafts import asked_here
from orgwork.registers import access
from orgwork.registers.documents import Document
from orgwork.registers.drafts import (
    DraftPaper,
    PaperArchive,
    PaperDistribution,
    PaperReview,
    ReviewKind,
    distributed,
    signature_of,
)
from orgwork.registers.people import PersonName
from orgwork.registers.units import Unit, UnitLineage, names_of

ACTS = ("paper.distribute", "paper.plan_review", "paper.sign", "paper.archive")
SHOWN = 12
RECENT = timedelta(days=14)


def of(request, paper: Document) -> dict:
    """What the page of a paper says of its life, as it was on the day."""
    dials = request.dials
    on, known_at = dials.on, dials.known_at
    sent = list(distributed(paper, on, known_at=known_at)[: SHOWN + 1])
    reviews = list(
        PaperReview.objects.at(known_at)
        .filter(document=paper, valid_from__lte=on)
        .select_related("ended_by__document")
        .order_by("due", "valid_from")
    )
    archive = PaperArchive.objects.on(on, known_at=known_at).filter(document=paper).first()
    wanted = {row.unit_id for row in [*sent, *reviews, *([archive] if archive else [])]}
    names = names_of(wanted, on, known_at=known_at)
    became = DraftPaper.objects.filter(document=paper).select_related("draft").first()
    return {
        "signature": _signature(paper, dials),
        "draft_url": reverse("paper-draft", args=[became.draft.case]) + dials.query() if became else "",
        "sent": [{"name": names.get(row.unit_id, ""), "day": row.valid_from} for row in sent[:SHOWN]],
        "sent_more": len(sent) > SHOWN,
        "reviews": [_review(row, names, dials) for row in _latest(reviews, on)],
        "archive": {"name": names.get(archive.unit_id, ""), "row": archive} if archive else None,
        "akoma_url": reverse("document-akoma", args=[paper.pk]) + dials.query(),
    }


def acts(request, paper: Document) -> list[dict]:
    """What may be done with the paper next; of a secret one nothing more is kept."""
    if paper.issuer is None or paper.secret:
        return []
    on = request.dials.on
    done = {"paper.sign"} if signature_of(paper, on) else set()
    if PaperArchive.objects.on(on).filter(document=paper).exists():
        done.add("paper.archive")
    return offered.some(request, [verb for verb in ACTS if verb not in done], paper.issuer, document=paper.pk)


def _latest(reviews: list[PaperReview], on) -> list[PaperReview]:
    """Of a review that was put off, the piece that held last."""
    found: dict[int, PaperReview] = {}
    for row in reviews:
        if row.spell not in found or row.valid_from > found[row.spell].valid_from:
            found[row.spell] = row
    return sorted(found.values(), key=lambda row: row.due)


def _review(row: PaperReview, names, dials) -> dict:
    ended = row.valid_to is not None and row.valid_to <= dials.on
    report = row.ended_by.document if ended and row.ended_by else None
    return {
        "label": capfirst(str(ReviewKind(row.kind).label)),
        "unit": names.get(row.unit_id, ""),
        "due": row.due,
        "late": not ended and row.due < dials.on,
        "dropped": ended and report is None,
        "report": report,
    }


def _signature(paper: Document, dials) -> dict | None:
    row = signature_of(paper, dials.on, known_at=dials.known_at)
    if row is None:
        return None
    name = PersonName.objects.on(dials.on).filter(person=row.person_id).values_list("full", flat=True).first()
    return {"row": row, "name": name or f"#{row.person_id}", "day": row.valid_from}


# ── the first page ───────────────────────────────────────────────────────────────────────────────────────


def today(request) -> dict:
    """What bodies for which the reader answers are asked, and which papers were sent to them lately."""
    dials = request.dials
    own = _answered_for(request)
    if not own:
        return {}
    rows = (
        PaperDistribution.objects.on(dials.on, known_at=dials.known_at)
        .filter(unit__in=own, valid_from__gt=dials.on - RECENT)
        .select_related("document", "unit")
        .order_by("-valid_from", "-pk")[:SHOWN]
    )
    sent = list(rows)
    names = names_of({row.unit_id for row in sent}, dials.on, known_at=dials.known_at)
    return {
        "asked_here": asked_here(request, own)[:SHOWN],
        "sent_here": [
            {
                "symbol": row.document.symbol,
                "url": reverse("document", args=[row.document_id]) + dials.query()
                if places.able(request, "figures.read", row.document.issuer) else "",
                "unit": names.get(row.unit_id, ""),
                "day": row.valid_from,
            }
            for row in sent
        ],
    }  # fmt: skip


def _answered_for(request):
    """The bodies for which the reader gives opinions: those of the posts, and below where these reach."""
    own, under, everything = access.scopes(request.user, "paper.opinion", now=request.dials.today)
    if everything:
        return Unit.objects.values("pk")
    if not under:
        return sorted(own)
    below = UnitLineage.objects.on(request.dials.today).filter(ancestor__in=under)
    return [*own, *below.values_list("descendant", flat=True)]
