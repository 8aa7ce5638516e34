"""This room is for the register of papers: a paper entered by itself, not because something began by it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from orgwork.foundation import catalogues, wording
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Refusal
from orgwork.registers.units import ROOT, Unit

from .cases import Outcome
from .fields import Field
from .operations import operation
from .papers import register_paper


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
    help=_("A paper that is registered already is found again; no number is given twice."),
    fields=[
        Field("symbol", "text", _("Number and symbol"), most=60, help=_("As printed, such as 214-QĐ/HU.")),
        Field("kind", "choice", _("Kind"), required=False, choices=kinds,
              help=_("QĐ is printed on decisions and on regulations; leave it open when it is not known.")),
        Field("issuer", "unit", _("Issued by"), required=False),
        Field("issuer_name", "text", _("Issuer in words"), required=False,
              help=_("Only for an issuer that is not in the register.")),
        Field("title", "text", _("Title"), required=False, most=500),
        Field("secret", "bool", _("Secret paper"), required=False, default=False,
              help=_("Of a secret paper only number, kind and day are kept, for everybody.")),
    ],
)  # fmt: skip
def register(act: Act, *, day, symbol, kind, issuer, issuer_name, title, secret):
    """One entry of the register; ``result`` is the paper."""
    if issuer is not None and issuer_name:
        raise Refusal(
            _("Name the issuer once: choose the body, or write its name in words."), field="issuer_name"
        )
    if secret and title:
        raise Refusal(_("Of a secret paper no title is kept; leave it empty."), field="title")
    paper = register_paper(
        act, symbol=symbol, day=day, kind=kind, issuer=issuer, issuer_name=issuer_name, title=title,
        secret=bool(secret), field="symbol",
    )  # fmt: skip
    new = paper.recorded == act.moment
    subjects = [(("document", paper.pk), {"symbol": paper.symbol})] if new else []
    return Outcome(subjects=subjects, result=paper)
