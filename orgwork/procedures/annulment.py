"""This room is for annulling a decision: what it caused goes back to what was known before, in one act.

It is no change: nothing happened on these days, the decision only never held. The paper keeps its number and
says by which paper it was annulled; what was known before stays to be asked for.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django.db import connection
from django.utils.translation import gettext_lazy as _

from orgwork.foundation import wording
from orgwork.foundation.dates import begin, swap
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Refusal, RegisterIncomplete
from orgwork.foundation.rows import together
from orgwork.registers.documents import Document
from orgwork.registers.paper_relations import PaperRelation, locking_relations
from orgwork.registers.people import Person
from orgwork.registers.resting import MOST, Later, Rests, named, rests_on_paper
from orgwork.registers.units import ROOT, Unit, UnitPlacement, derive_lineage, refuse_circles

from .cases import Case, Opening, Outcome, Procedure, cause, locking_rows
from .fields import PAPER, REASON, Field
from .paper_relations import RULE, competent
from .setting_back import resting_cases, set_back

ACT = "correction.make"

annulment = Procedure(
    "annulment",
    label=_("Annulment of a decision"),
    states={
        "examined": _("examined, to be annulled"),
        "annulled": _("annulled"),
        "withdrawn": _("withdrawn"),
    },
    initial="examined",
    final=("annulled", "withdrawn"),
    about="paper",
    citation=RULE,
    help=_(
        "All that began or ended by the decision goes back to what was known before it, and open cases to "
        "the step that it had fulfilled, in one act. Refused while later facts or papers rest on it: these "
        "go first, the latest before the others."
    ),
)


def _over(asked) -> Unit:
    paper = asked.get("paper")
    issuer = paper.get("issuer") if isinstance(paper, Mapping) else getattr(paper, "issuer", None)
    return issuer or Unit.objects.get(code=ROOT)


@annulment.opener(
    act=ACT,
    label=_("Examine a decision for annulment"),
    at=_over,
    fields=[Field("paper", "document", _("Decision to be annulled")), REASON],
    help=_("Shows what rests on it and what stands in the way; nothing is undone yet."),
)
def examine(act: Act, *, day, paper, reason):
    if not isinstance(paper, Document) or paper.recorded == act.moment:
        raise Refusal(_("Choose a paper that is registered already."), field="paper", code="nothing_there")
    _refuse_annulled(paper)
    if Case.objects.filter(procedure="annulment", state="examined", data__paper=paper.pk).exists():
        raise Refusal(
            _("The annulment of %(symbol)s is being examined already; go on with that case.")
            % {"symbol": paper.symbol},
            field="paper", code="already_open",
        )  # fmt: skip
    return Opening(
        unit=_over({"paper": paper}), data={"paper": paper.pk, "reason": reason},
        said={"annulled": paper.symbol, "reason": reason},
        subjects=[(("document", paper.pk), {"symbol": paper.symbol})],
    )  # fmt: skip


@annulment.step(
    "annul",
    source="examined",
    target="annulled",
    act=ACT,
    locks=["tree"],
    label=_("Annul the decision"),
    fields=[
        PAPER,
        Field("said_at", "text", _("Place in the text"), required=False,
              help=_("Where the annulling decision says so, such as “Art. 1”.")),
    ],
    help=_("The annulling decision is one of the same issuer or of a body above it."),
)  # fmt: skip
def annul(case: Case, act: Act, *, day, document, said_at):
    paper = Document.objects.select_related("issuer").get(pk=case.data["paper"])
    _refuse_unfit(document, paper, day)
    together(locking_relations(connection.vendor))
    _refuse_annulled(paper)
    found = _locked(paper)
    refuse_resting(found)
    why = cause("annulled", case=case, document=document, text=case.data["reason"])
    for fact in found.facts:
        swap(fact.model, act, fact.out, fact.into)
    _derive(act, found)
    moved = set_back(act, found.cases, document, day, cause=why)
    begin(
        PaperRelation, act, paper.day or day, cause=why, source=document, target=paper, kind="annuls",
        part="", said_at="" if document.secret else said_at,
    )  # fmt: skip
    return Outcome(
        document=document, remark=case.data["reason"],
        said={"annulled": paper.symbol, "decision": document.symbol, "records": found.count()},
        subjects=[*_subjects(found, paper, document), *moved],
    )  # fmt: skip


annulment.may_be_withdrawn(source="examined", act=ACT)


def what_rests(paper: Document) -> Rests:
    """The facts that would go back, the cases that would be set back, what stands in the way of either."""
    found = rests_on_paper(paper)
    found.cases = resting_cases(paper)
    going = {(type(row), row.pk) for fact in found.facts for row in fact.out}
    for back in found.cases:
        found.later += [one for one in back.later if (one.model, one.row) not in going]
    found.later = named(found.later)
    return found


def _locked(paper: Document) -> Rests:
    """What rests on the paper, looked at again under the locks of everybody and every case it is about."""
    if connection.features.has_select_for_update:
        if people := rests_on_paper(paper).subjects("person"):
            together(locking_rows(Person, people))
        together(locking_rows(Case, {back.case.pk for back in resting_cases(paper)}))
    return what_rests(paper)


def refuse_resting(found: Rests) -> None:
    """Nothing is undone on which something later rests, and no whole take-over."""
    if found.too_many:
        raise Refusal(
            _("More than %(most)s records rest on this paper; take the batch back that brought them.")
            % {"most": MOST},
            code="too_many",
        )  # fmt: skip
    if found.later:
        raise RegisterIncomplete(
            _("Later facts rest on this decision; undo them first, the latest before the others."),
            code="rests_on_it",
            left=[told(one) for one in found.later[:50]],
        )


def told(one: Later) -> str:
    """One line about what stands in the way: what, about whom by number, since when, by which paper."""
    what = str(one.model._meta.verbose_name) if one.model is not None else _("open case")
    parts = [f"{what} · {one.type} {one.id}", wording.day(one.day) if one.day else ""]
    return " · ".join(part for part in (*parts, one.paper.symbol if one.paper else "") if part)


def _derive(act: Act, found: Rests) -> None:
    """The tree is put right where bodies came back or go."""
    units = [fact.key[0] for fact in found.facts if fact.model is UnitPlacement]
    moved = list(Unit.objects.filter(pk__in=units))
    for unit in moved:
        refuse_circles(unit)
    if moved:
        derive_lineage(act, moved)


def _refuse_annulled(paper: Document) -> None:
    row = PaperRelation.objects.filter(target=paper, kind="annuls").select_related("source").first()
    if row is not None:
        raise Refusal(
            _("%(symbol)s was annulled by %(by)s already.")
            % {"symbol": paper.symbol, "by": row.source.symbol},
            field="paper", code="already_ended",
        )  # fmt: skip


def _refuse_unfit(document: Document, paper: Document, day: dt.date) -> None:
    shown = {"source": document.symbol, "target": paper.symbol}
    if document.pk == paper.pk:
        raise Refusal(
            _("A paper does not annul itself; enter the decision that annuls it."), field="document"
        )
    if document.day and paper.day and document.day < paper.day:
        raise Refusal(
            _("%(source)s is older than %(target)s and cannot annul it.") % shown,
            field="document", code="older",
        )  # fmt: skip
    if not competent(document, paper, day):
        raise Refusal(
            _("Only the issuer of %(target)s, or a body above it, can annul it; "
              "the issuer of %(source)s is neither.") % shown,
            field="document", code="not_competent", citation=RULE,
        )  # fmt: skip


def _subjects(found: Rests, paper: Document, document: Document) -> list:
    """Everybody whose records go back is told so in the journal; numbers and symbols only."""
    said = {"annulled": paper.symbol, "decision": document.symbol}
    subjects = [
        (("document", paper.pk), {"decision": document.symbol}),
        (("document", document.pk), {"annulled": paper.symbol}),
    ]
    for kind in ("person", "unit", "post"):
        subjects += [((kind, ident), said) for ident in sorted(found.subjects(kind))]
    return subjects


__all__ = ["annul", "annulment", "examine", "refuse_resting", "told", "what_rests"]
