"""This room is for saying which of its papers is the one that a body must have, and for taking that back."""

from __future__ import annotations

from django.db import connection
from django.utils.translation import gettext_lazy as _

from orgwork.foundation import catalogues, wording
from orgwork.foundation.dates import begin, change, correct
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Refusal
from orgwork.foundation.rows import Statement, together
from orgwork.registers.documents import Document
from orgwork.registers.paper_relations import force
from orgwork.registers.required_papers import RequiredPaper
from orgwork.registers.units import Unit, UnitForm, UnitLineage

from .cases import Outcome, cause
from .fields import REASON, Field
from .operations import operation

ACT = "document.register"
#: PostgreSQL advisory lock: two who name a paper for the same body wait for one another.
REQUIRED = 99

UNIT = Field("unit", "unit", _("Body"))


def requirements() -> list[tuple[str, str]]:
    return [(code, wording.localized(kind.labels)) for code, kind in catalogues.required().items()]


KIND = Field("requirement", "choice", _("Required paper"), choices=requirements)


def _unit(asked) -> Unit:
    return asked["unit"]


def _locking(unit: Unit) -> list[Statement]:
    if connection.vendor != "postgresql":
        return []
    return [("SELECT pg_advisory_xact_lock(%s, %s)", [REQUIRED, unit.pk & 0x7FFFFFFF])]


@operation(
    "paper.meets",
    label=_("Name the paper that a body must have"),
    act=ACT,
    at=_unit,
    day_label=_("From the day"),
    help=_("Which of its papers are a body's working rules, programme, regulation of functions."),
    fields=[UNIT, KIND, Field("document", "number", _("Number of the paper in the register"))],
)
def name_paper(act: Act, *, day, unit, requirement, document):
    kind = catalogues.required()[requirement]
    paper = Document.objects.filter(pk=document).select_related("issuer").first()
    if paper is None:
        raise Refusal(
            _("No document has this number. Search for it by its symbol."), field="document", code="no_paper"
        )
    body = UnitForm.objects.on(day).filter(unit=unit).values_list("kind", flat=True).first()
    if body not in kind.bodies:
        raise Refusal(
            _("A body of this kind needs no such paper; choose another one of the list."),
            field="requirement", code="not_required", citation=kind.citation,
        )  # fmt: skip
    if paper.kind and paper.kind not in kind.papers:
        raise Refusal(
            _("%(symbol)s is of another kind; this must be one of: %(kinds)s.")
            % {"symbol": paper.symbol,
               "kinds": ", ".join(wording.localized(catalogues.documents()[k].labels) for k in kind.papers)},
            field="document", code="kind", citation=kind.citation,
        )  # fmt: skip
    if not _issued_for(paper, unit, kind.of, day):
        raise Refusal(
            _("%(symbol)s was issued neither by this body nor for it by one above; name its own paper.")
            % {"symbol": paper.symbol},
            field="document", code="another_body",
        )  # fmt: skip
    if paper.day is None or day < paper.day or not force([paper], day)[paper.pk].in_force:
        raise Refusal(
            _("%(symbol)s is not in force on %(day)s; name the paper that is.")
            % {"symbol": paper.symbol, "day": wording.day(day)},
            field="document", code="not_in_force",
        )  # fmt: skip
    together(_locking(unit))
    key = {"unit": unit, "requirement": requirement}
    row = RequiredPaper.objects.filter(**key).order_by("-valid_from").first()
    why = cause("issued", document=paper)
    if row is None or day < row.valid_from:
        until = row.valid_from if row else None
        row = begin(RequiredPaper, act, day, until=until, cause=why, **key, document=paper)
    elif row.document_id != paper.pk:
        row = change(RequiredPaper, act, key, day, {"document": paper}, cause=why, for_good=True)
    else:
        raise Refusal(
            _("%(symbol)s is named for this already.") % {"symbol": paper.symbol},
            field="document",
            code="named",
        )
    said = {"paper": paper.symbol, "requirement": wording.localized(kind.labels)}
    return Outcome(subjects=[(("unit", unit.pk), said), (("document", paper.pk), said)], result=row)


def _issued_for(paper: Document, unit: Unit, of: str, day) -> bool:
    """The body's own paper; where the rule says so, one of a body above it."""
    if paper.issuer_id == unit.pk:
        return of == "own"
    above = UnitLineage.objects.on(day).filter(descendant=unit, ancestor=paper.issuer_id).exclude(depth=0)
    return of == "above" and above.exists()


@operation(
    "paper.meets_no_more",
    label=_("Take back that this is the paper a body must have"),
    act=ACT,
    at=_unit,
    fields=[UNIT, KIND, REASON],
)
def take_back(act: Act, *, day, unit, requirement, reason):
    """It was named by mistake: what was known before stays to be asked for."""
    row = RequiredPaper.objects.filter(unit=unit, requirement=requirement).order_by("-valid_from").first()
    if row is None:
        raise Refusal(
            _("No paper is named for this; look at the list again."),
            field="requirement",
            code="nothing_there",
        )
    paper = row.document
    why = cause("corrected", document=paper, text=reason)
    correct(
        RequiredPaper, act, {"unit": unit, "requirement": requirement}, row.period, None, cause=why, seen=row
    )
    kind = catalogues.required()[requirement]
    said = {"paper": paper.symbol, "requirement": wording.localized(kind.labels)}
    return Outcome(subjects=[(("unit", unit.pk), said), (("document", paper.pk), said)], result=unit)
