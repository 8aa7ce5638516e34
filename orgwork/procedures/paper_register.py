"""This room is for the register of papers: a paper entered by itself, not because something began by it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from orgwork.foundation import catalogues, wording
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Refusal
from orgwork.registers.units import ROOT, Unit

from . import numbering, papers
from .cases import Outcome
from .drafting import not_ahead
from .fields import Field
from .operations import operation


def kinds() -> list[tuple[str, str]]:
    """The kinds of papers; none where the kind is not known ("Beschluss 667")."""
    return [(code, wording.localized(kind.labels)) for code, kind in catalogues.documents().items()]


@operation(
    "paper.register",
    label=_("Register a paper"),
    act="document.register",
    at=lambda asked: asked.get("issuer") or Unit.objects.get(code=ROOT),
    citation="HD 36-HD/VPTW",
    day_label=_("Day of the paper"),
    help=_(
        "A paper that is registered already is found again; no number is given twice. Old papers are entered "
        "with their old numbers, and fill the gaps of the register book."
    ),
    fields=[
        Field("symbol", "text", _("Number and symbol"), required=False, most=60,
              help=_("As printed, such as 214-QĐ/HU. Empty: the next number of the issuer's series.")),
        Field("kind", "choice", _("Kind"), required=False, choices=kinds,
              help=_("QĐ is printed on decisions and on regulations; leave it open when it is not known.")),
        Field("issuer", "unit", _("Issued by"), required=False),
        Field("issuer_name", "text", _("Issuer in words"), required=False,
              help=_("Only for an issuer that is not in the register.")),
        Field("title", "text", _("Title"), required=False, most=500),
        Field("secret", "bool", _("Secret paper"), required=False, default=False,
              help=_("Of a secret paper only number, kind and day are kept, for everybody.")),
        Field("joint_with", "unit", _("Issued together with"), required=False, many=True,
              help=_("The paper is numbered by its lead, the issuer above.")),
        Field("congress", "bool", _("Paper of a congress"), required=False, default=False,
              help=_("All papers of a congress have one number series, whatever their kind.")),
        Field("reserved_for", "unit", _("Reserved for"), required=False,
              help=_("Only for a number that is reserved: the body it is kept for.")),
    ],
)  # fmt: skip
def register(
    act: Act, *, day, symbol, kind, issuer, issuer_name, title, secret, joint_with, congress, reserved_for
):  # fmt: skip
    """One entry of the register; ``result`` is the paper."""
    if issuer is not None and issuer_name:
        raise Refusal(
            _("Name the issuer once: choose the body, or write its name in words."), field="issuer_name"
        )
    if secret and title:
        raise Refusal(_("Of a secret paper no title is kept; leave it empty."), field="title")
    not_ahead(act, day)
    # Who names the body that a number is kept for means that number, not the next one.
    if reserved_for is not None and not symbol:
        raise Refusal(
            _("Enter number and symbol of the paper, such as 214-QĐ/HU."), field="symbol", code="missing"
        )
    said = {"day": day, "kind": kind, "title": title, "secret": bool(secret), "field": "symbol"}
    if issuer is None:
        if not symbol:
            raise Refusal(
                _("Enter number and symbol of the paper, such as 214-QĐ/HU."), field="symbol", code="missing"
            )
        paper = papers.register_paper(act, symbol=symbol, issuer_name=issuer_name, **said)
    else:
        paper = numbering.register_paper(
            act, symbol=symbol, issuer=issuer, joint_with=joint_with, congress=bool(congress),
            reserved_for=reserved_for, **said,
        )  # fmt: skip
    new = paper.recorded == act.moment
    subjects = [(("document", paper.pk), {"symbol": paper.symbol})] if new else []
    return Outcome(subjects=subjects, result=paper)
