"""This room is for an entry of the register of papers that should never have been made.

A paper is annulled by another paper; here it is the entry that was a mistake: a number misread in a text, a
paper entered twice. It goes only while nothing rests on it, not even a relation taken back.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext_lazy as _

from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Refusal
from orgwork.registers.documents import Document
from orgwork.registers.units import ROOT, Unit

from .cases import Outcome
from .fields import REASON, Field
from .operations import operation


def _issuer(asked) -> Unit:
    paper = asked["paper"]
    issuer = paper.get("issuer") if isinstance(paper, Mapping) else paper.issuer
    return issuer or Unit.objects.get(code=ROOT)


@operation(
    "paper.withdraw",
    label=_("Withdraw an entry of the register made by mistake"),
    act="document.register",
    at=_issuer,
    citation="HD 36-HD/VPTW",
    help=_("Only while nothing rests on it. A paper that was issued is annulled by another paper instead."),
    fields=[Field("paper", "document", _("Paper")), REASON],
)
def withdraw(act: Act, *, day, paper, reason):
    """The row goes; the journal says which entry it was, and why it was none."""
    ident, symbol = paper.pk, paper.symbol
    try:
        with transaction.atomic():
            Document.objects.get(pk=ident).delete()
    except (ProtectedError, IntegrityError) as error:
        raise Refusal(
            _("Other records rest on %(symbol)s; the entry stays.") % {"symbol": symbol},
            field="paper", code="rests_on_it",
        ) from error  # fmt: skip
    return Outcome(subjects=[(("document", ident), {"symbol": symbol, "reason": reason})])
