"""This room is for entering the parts of a resolution, and for mending what was entered wrongly."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orgwork.foundation.dates import begin, correct
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Refusal
from orgwork.registers.documents import Document
from orgwork.registers.paper_parts import DocumentPart, PartKind, said
from orgwork.registers.paper_relations import PaperRelation
from orgwork.registers.units import ROOT, Unit

from .cases import Outcome, cause
from .fields import REASON, Field
from .operations import operation

ACT = "document.register"
PAPER = Field("paper", "document", _("Paper"))
KIND = Field("kind", "choice", _("Kind of part"), choices=PartKind.choices)
#: No resolution has more parts of a kind.
MOST = 200


def _over(asked) -> Unit:
    paper = asked.get("paper")
    issuer = paper.issuer if isinstance(paper, Document) else (paper or {}).get("issuer")
    return issuer or Unit.objects.get(code=ROOT)


@operation(
    "paper.parts",
    label=_("Enter the parts of a paper"),
    act=ACT,
    at=_over,
    help=_(
        "Tasks, key tasks, breakthroughs or articles: later papers can name the one they put into effect."
    ),
    day_label=_("From the day"),
    fields=[
        PAPER,
        KIND,
        Field("titles", "words", _("Titles"), help=_("One line for each part, in their order.")),
        Field("first", "int", _("Number of the first"), required=False, default=1),
    ],
)
def enter_parts(act: Act, *, day, paper, kind, titles, first):
    """Each line is a part; they are numbered on from the first."""
    if paper.secret:
        raise Refusal(
            _("Of a secret paper only number, kind and day are kept; its parts cannot be entered."),
            field="paper", code="secret",
        )  # fmt: skip
    lines = [" ".join(line.split()) for line in titles.splitlines() if line.strip()]
    if not 1 <= first or not 1 <= len(lines) or first + len(lines) - 1 > MOST:
        raise Refusal(
            _("Enter one line for each part; numbers run from 1 to %(most)s.") % {"most": MOST},
            field="titles", code="out_of_range",
        )  # fmt: skip
    if long := next((line for line in lines if len(line) > 500), None):
        raise Refusal(
            _("The title “%(title)s …” is too long; a title has at most 500 letters.") % {"title": long[:40]},
            field="titles", code="too_long",
        )  # fmt: skip
    since = paper.day or day
    why = cause("issued", document=paper)
    for number, title in enumerate(lines, start=first):
        begin(DocumentPart, act, since, cause=why, document=paper, kind=kind, number=number, title=title)
    told = {"symbol": paper.symbol, "part_kind": kind, "parts": len(lines)}
    return Outcome(subjects=[(("document", paper.pk), told)], result=paper)


@operation(
    "paper.part_correct",
    label=_("Correct a part of a paper"),
    act=ACT,
    at=_over,
    help=_("Without a title: there is no such part, it was entered by mistake."),
    fields=[
        PAPER,
        KIND,
        Field("number", "int", pgettext_lazy("paper", "Number")),
        Field("title", "text", _("Title it really has"), required=False, most=500),
        REASON,
    ],
)
def correct_part(act: Act, *, day, paper, kind, number, title, reason):
    key = {"document": paper, "kind": kind, "number": number}
    row = DocumentPart.objects.filter(**key).order_by("valid_from").first()
    if row is None:
        raise Refusal(
            _("This paper has no such part; look at its parts again."), field="number", code="nothing_there"
        )
    if not title:
        _refuse_named(paper, row)
    value = {"title": title} if title else None
    correct(DocumentPart, act, key, row.period, value, cause=cause("corrected", text=reason), seen=row)
    told = {"symbol": paper.symbol, "part": row.address, "reason": reason}
    return Outcome(subjects=[(("document", paper.pk), told)], result=paper)


def _refuse_named(paper: Document, row: DocumentPart) -> None:
    """A part that later papers put into effect is not taken away under them."""
    named = PaperRelation.objects.filter(target=paper, part=row.address).select_related("source").first()
    if named is not None:
        raise Refusal(
            _("%(symbol)s names %(part)s; take that relation back first.")
            % {"symbol": named.source.symbol, "part": said(row.address)},
            field="number", code="rests_on_it",
        )  # fmt: skip
