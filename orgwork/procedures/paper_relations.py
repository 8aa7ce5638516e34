"""This room is for saying how one paper rests on another, and for taking back what was said by mistake."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django.db import connection
from django.utils.translation import gettext_lazy as _

from orgwork.foundation import catalogues, wording
from orgwork.foundation.dates import Period, begin, correct
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Refusal
from orgwork.foundation.rows import together
from orgwork.registers.documents import Document
from orgwork.registers.paper_parts import DocumentPart, read, said
from orgwork.registers.paper_relations import PaperRelation, locking_relations, rests_on
from orgwork.registers.units import ROOT, Unit, under_ids

from .cases import Outcome, cause
from .fields import Field
from .operations import operation

ACT = "document.register"
PART = Field(
    "part", "text", _("Part of the earlier paper"), required=False, most=60,
    help=_("Such as “task 4”, where only a part is meant; the parts stand on the page of that paper."),
)  # fmt: skip
RULE = "HD 36-HD/VPTW"


def kinds() -> list[tuple[str, str]]:
    """The relations to choose from, said of the later paper."""
    known = catalogues.relations().items()
    return [(code, wording.localized(kind.labels)) for code, kind in known if not kind.procedure]


def _over(asked) -> Unit:
    """The power is needed over whoever issued the later paper, else over the issuer of the earlier one."""
    for name in ("source", "target"):
        paper = asked.get(name)
        issuer = paper.get("issuer") if isinstance(paper, Mapping) else getattr(paper, "issuer", None)
        if issuer is not None:
            return issuer
    return Unit.objects.get(code=ROOT)


@operation(
    "paper.relate",
    label=_("Say on what a paper rests"),
    act=ACT,
    at=_over,
    citation=RULE,
    day_label=_("From the day"),
    fields=[
        Field("source", "document", _("Later paper")),
        Field("kind", "choice", _("Relation"), choices=kinds),
        Field("target", "document", _("Earlier paper")),
        PART,
        Field(
            "said_at", "text", _("Place in the text"), required=False,
            help=_("Where the later paper says so, such as “Art. 56”; needed where it changes the other."),
        ),
    ],
)  # fmt: skip
def relate(act: Act, *, day, source, kind, target, part, said_at):
    """One relation, from the day on which the later paper takes effect."""
    together(locking_relations(connection.vendor))
    part = _part(target, part, day)
    _refuse(source, kind, target, part, said_at, day)
    begin(
        PaperRelation, act, day, cause=cause("issued", document=source), source=source, target=target,
        kind=kind, part=part, said_at="" if source.secret else said_at,
    )  # fmt: skip
    return _written(source, kind, target, part)


@operation(
    "paper.unrelate",
    label=_("Take back what was said of two papers by mistake"),
    act=ACT,
    at=_over,
    fields=[
        Field("source", "document", _("Later paper")),
        Field("kind", "choice", _("Relation"), choices=kinds),
        Field("target", "document", _("Earlier paper")),
        PART,
        Field("reason", "words", _("What was wrong")),
    ],
)
def unrelate(act: Act, *, day, source, kind, target, part, reason):
    """The relation was recorded by mistake: it never held. What was known before stays to be asked for."""
    together(locking_relations(connection.vendor))
    key = {"source": source, "target": target, "kind": kind, "part": _part(target, part, day)}
    row = PaperRelation.objects.filter(**key).order_by("valid_from").first()
    if row is None:
        raise Refusal(
            _("Of %(source)s and %(target)s this relation is not recorded; look at the chain again.")
            % {"source": source.symbol, "target": target.symbol},
            field="kind",
            code="nothing_there",
        )
    correct(PaperRelation, act, key, row.period, None, cause=cause("corrected", text=reason), seen=row)
    return _written(source, kind, target, row.part)


def _part(target: Document, text: str, day: dt.date) -> str:
    """The address of the part that is meant; empty for the whole paper."""
    if not text:
        return ""
    known = DocumentPart.objects.filter(document=target)
    address = read(text, known)
    if address is None:
        raise Refusal(
            _("%(symbol)s has no part “%(part)s”; enter its parts first, or choose one of: %(known)s.")
            % {
                "symbol": target.symbol, "part": text[:40],
                "known": ", ".join(said(one.address) for one in known[:12]) or "–",
            },
            field="part", code="no_such_part",
        )  # fmt: skip
    return address


def _refuse(source: Document, kind: str, target: Document, part: str, said_at: str, day: dt.date) -> None:
    known = catalogues.relations()[kind]
    shown = {"source": source.symbol, "target": target.symbol}
    if source.pk == target.pk:
        raise Refusal(_("A paper cannot rest on itself; choose the other paper."), field="target")
    if source.day and target.day and source.day < target.day:
        raise Refusal(
            _("%(source)s is older than %(target)s and cannot rest on it; exchange the two.") % shown,
            field="target", code="older",
        )  # fmt: skip
    if source.day and day < source.day:
        raise Refusal(
            _("%(source)s is of %(day)s; it cannot take effect before.")
            % {**shown, "day": wording.day(source.day)},
            field="day",
        )
    if (
        PaperRelation.objects.filter(source=source, target=target, kind=kind, part=part)
        .overlapping(Period(day))
        .exists()
    ):
        raise Refusal(
            _("That is already recorded of %(source)s and %(target)s.") % shown, field="kind", code="overlap"
        )
    if rests_on(target.pk, source.pk):
        raise Refusal(
            _("%(target)s already rests on %(source)s, directly or through other papers; a circle of papers "
              "says nothing. Look at the chain again.") % shown,
            field="target", code="circle",
        )  # fmt: skip
    if not known.competent:
        return
    # Of a secret paper nothing that it says is kept, not even where.
    if not said_at and not source.secret:
        raise Refusal(
            _("A paper that amends, replaces or repeals another must say so; enter the place in its text."),
            field="said_at", code="missing", citation=RULE,
        )  # fmt: skip
    if not competent(source, target, day):
        raise Refusal(
            _("Only the issuer of %(target)s, or a body above it, can amend, replace or repeal it; "
              "the issuer of %(source)s is neither.") % shown,
            field="source", code="not_competent", citation=RULE,
        )  # fmt: skip


def competent(source: Document, target: Document, day: dt.date) -> bool:
    """The same issuer, or a superior of the earlier paper's issuer on the day (HD 36-HD/VPTW)."""
    if source.issuer_id is None or target.issuer_id is None:
        # Papers from outside the register: the names must be the same, nothing else can be judged.
        return source.issuer_id == target.issuer_id and source.issuer_name == target.issuer_name
    if source.issuer_id == target.issuer_id:
        return True
    return Unit.objects.filter(pk=target.issuer_id, pk__in=under_ids(source.issuer, day)).exists()


def _written(source: Document, kind: str, target: Document, part: str = "") -> Outcome:
    """The journal tells both papers; numbers and symbols only, as always."""
    about = {"part": part} if part else {}
    return Outcome(
        subjects=[
            (("document", source.pk), {"relation": kind, "target": target.symbol, **about}),
            (("document", target.pk), {"relation_back": kind, "source": source.symbol, **about}),
        ]
    )
