"""This room is for reviews of papers: planned with a day and a body, reminded, held by a paper (domain §2.5).

A review that is planned is a record of the register. Some days before it falls due (a provision) the body
responsible finds it among what waits for it: a case, opened by itself, that ends with the reviewing paper, is
put off to a later day, or dropped, each with a reason. The reviewing paper then says of which paper it is the
review (sơ kết, tổng kết).
"""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_lazy as _

from orgwork.foundation import provisions, wording
from orgwork.foundation.dates import begin, change, end
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Refusal
from orgwork.registers.documents import Document
from orgwork.registers.drafts import PaperReview, ReviewKind, planned_reviews
from orgwork.registers.paper_relations import PaperRelation
from orgwork.registers.units import Unit

from . import paper_relations
from .cases import Case, Opening, Outcome, Procedure, cause, meet_deadlines, set_last_day, used
from .drafting import refuse_secret
from .due import every_day
from .fields import REASON, Field
from .issued_papers import PAPER, issuer_of
from .operations import operation

REVIEW = Field("kind", "choice", _("Review"), choices=lambda: ReviewKind.choices)


@operation(
    "paper.plan_review",
    label=_("Plan the review of a paper"),
    act="document.register",
    at=issuer_of,
    citation="HD 36-HD/VPTW",
    help=_("The body responsible is reminded before the day; the review ends with the paper that holds it."),
    fields=[
        PAPER,
        REVIEW,
        Field("unit", "unit", _("Body responsible")),
        Field("due", "day", _("Due")),
    ],
)
def plan(act: Act, *, day, document, kind, unit: Unit, due):
    """One review, from the day on which it is planned."""
    refuse_secret(document)
    if due < day or (document.day is not None and due <= document.day):
        raise Refusal(
            _("A review lies ahead, and after the day of the paper; choose a later day."), field="due",
            code="too_early",
        )  # fmt: skip
    if PaperReview.objects.on(day).filter(document=document, kind=kind).exists():
        raise Refusal(
            _("This review of %(symbol)s is planned already; put that one off, or drop it.")
            % {"symbol": document.symbol},
            field="kind", code="planned_already",
        )  # fmt: skip
    begin(PaperReview, act, day, cause=cause("issued", document=document), document=document, kind=kind,
          unit=unit, due=due)  # fmt: skip
    said = {"review": kind, "due": due.isoformat()}
    return Outcome(
        subjects=[(("document", document.pk), said), (("unit", unit.pk), {**said, "symbol": document.symbol})]
    )


# ── the case that reminds ────────────────────────────────────────────────────────────────────────────────

review = Procedure(
    "paper_review",
    label=_("Review of a paper"),
    states={
        "due": _("to be held"),
        "held": _("held"),
        "dropped": _("dropped, with a reason"),
    },
    initial="due",
    final=("held", "dropped"),
    about="unit",
    citation="HD 36-HD/VPTW",
    help=_("Opened by itself before a planned review falls due, with the body responsible."),
)


@review.opener(
    label=_("Ask for a review"),
    act="document.register",
    at=issuer_of,
    help=_("Opened by itself before the day; earlier by whoever keeps the papers of the issuer."),
    fields=[PAPER, REVIEW],
)
def ask(act: Act, *, day, document: Document, kind):
    row = _planned(document, kind, day)
    if asked_already(row):
        raise Refusal(
            _("This review was asked for already; go on with that case."), field="document", code="case_open"
        )
    rule = provisions.on(day)["drafting.review_notice_days"]
    data = {"unit": row.unit_id, "document": document.pk, "kind": kind, "planned": row.spell}
    said = {"symbol": document.symbol, "review": kind, "due": row.due.isoformat()}

    def then(case: Case) -> None:
        set_last_day(case, "review", row.due, rule)
        used(case, rule)

    return Opening(
        unit=row.unit, data=data, said=said, document=document,
        subjects=[(("document", document.pk), {"review": kind, "due": row.due.isoformat()})], then=then,
    )  # fmt: skip


@review.step(
    "hold",
    source="due",
    target="held",
    act="paper.draft",
    label=_("Held: enter the paper"),
    help=_("The report or conclusion that reviews the paper; the relation between the two is recorded, too."),
    day_label=_("Day of the review"),
    fields=[Field("report", "document", _("Reviewing paper"), paper="report")],
)
def hold(case: Case, act: Act, *, day, report: Document):
    document, kind = Document.objects.get(pk=case.data["document"]), case.data["kind"]
    if report.pk == document.pk:
        raise Refusal(_("A paper does not review itself; enter the other paper."), field="report")
    row = _planned(document, kind, day)
    end(PaperReview, act, _key(row), _after(row, day), cause=cause("ended", case=case, document=report))
    relation = f"reviews_{kind}"
    if not PaperRelation.objects.filter(source=report, target=document, kind=relation).exists():
        # The power over the review is enough here: what the report is was said by whoever registered it.
        paper_relations.relate.definition.run(
            act,
            day=max(day, report.day or day),
            source=report,
            kind=relation,
            target=document,
            part="",
            said_at="",
        )
    said = {"review": kind, "report": report.symbol, "symbol": document.symbol}
    return Outcome(document=report, said=said, subjects=[(("document", document.pk), said)])


@review.step(
    "put_off",
    source="due",
    target="due",
    act="paper.draft",
    kind="back",
    label=_("Put off"),
    fields=[Field("due", "day", _("New day")), REASON],
)
def put_off(case: Case, act: Act, *, day, due, reason):
    document, kind = Document.objects.get(pk=case.data["document"]), case.data["kind"]
    row = _planned(document, kind, day)
    if due <= row.due:
        raise Refusal(
            _("It is due on %(due)s; to put it off, choose a later day.") % {"due": wording.day(row.due)},
            field="due", code="too_early",
        )  # fmt: skip
    change(PaperReview, act, _key(row), day, {"due": due}, cause=cause("extended", case=case), for_good=True)
    meet_deadlines(case, act, day, kind="review")
    set_last_day(case, "review", due)
    said = {"review": kind, "due": due.isoformat(), "reason": reason}
    of_the_paper = {"review": kind, "due": due.isoformat()}
    return Outcome(remark=reason, said=said, subjects=[(("document", document.pk), of_the_paper)])


@review.step(
    "drop",
    source="due",
    target="dropped",
    act="document.register",
    at=lambda case, asked: issuer_of({"document": Document.objects.get(pk=case.data["document"])}),
    kind="close",
    label=_("Drop the review"),
    help=_("Decided by whoever keeps the papers of the issuer, with the reason."),
    fields=[REASON],
)
def drop(case: Case, act: Act, *, day, reason):
    document, kind = Document.objects.get(pk=case.data["document"]), case.data["kind"]
    row = _planned(document, kind, day)
    end(PaperReview, act, _key(row), _after(row, day), cause=cause("withdrawn", case=case, text=reason))
    said = {"review": kind, "reason": reason}
    return Outcome(remark=reason, said=said, subjects=[(("document", document.pk), {"review": kind})])


def _planned(document: Document, kind: str, day: dt.date) -> PaperReview:
    row = PaperReview.objects.on(day).filter(document=document, kind=kind).select_related("unit").first()
    if row is None:
        raise Refusal(
            _("No such review of %(symbol)s is planned on that day; plan it first.")
            % {"symbol": document.symbol},
            field="document", code="not_planned",
        )  # fmt: skip
    return row


def _key(row: PaperReview) -> dict:
    return {"document": row.document, "kind": row.kind}


def _after(row: PaperReview, day: dt.date) -> dt.date:
    """A review held on the very day of its planning was planned for a day all the same."""
    return max(day, row.valid_from + dt.timedelta(days=1))


def asked_already(row: PaperReview) -> bool:
    """Whether a case about this planned review is open, or ended it."""
    return Case.objects.filter(procedure=review.code, data__planned=row.spell).exists()


@every_day("paper_reviews", _("reviews of papers that fall due"))
def reviews_due(day: dt.date):
    """Planned reviews whose notice has come, each asked for once."""
    notice = dt.timedelta(days=provisions.on(day)["drafting.review_notice_days"].value)
    asked = set(
        Case.objects.filter(procedure=review.code, data__has_key="planned").values_list(
            "data__planned", flat=True
        )
    )
    rows = planned_reviews(day).filter(due__lte=day + notice).select_related("document").order_by("due", "pk")
    for row in rows:
        if row.spell not in asked:
            yield _ask(row, day)


def _ask(row: PaperReview, day: dt.date):
    return lambda act: ask(document=row.document, kind=row.kind, day=day, within=act)
