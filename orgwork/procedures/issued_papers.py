"""This room is for papers that have their number: signed, sent to further bodies, laid in an archive.

Papers that were drafted here come through ``drafting``; these acts are for every other paper of the register.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from orgwork.foundation.dates import begin
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Refusal
from orgwork.registers.drafts import PaperArchive, PaperSignature, planned_reviews, signature_of
from orgwork.registers.units import ROOT, Unit

from .cases import Outcome, cause, not_before
from .drafting import RULE, not_ahead, refuse_secret, send, told
from .fields import Field
from .operations import operation
from .signing_papers import authorities, lines


def issuer_of(asked) -> Unit:
    """The power is needed over the issuer; for papers from outside the register over the whole."""
    paper = asked.get("document")
    issuer = paper.get("issuer") if isinstance(paper, dict) else getattr(paper, "issuer", None)
    return issuer or Unit.objects.get(code=ROOT)


PAPER = Field("document", "document", _("Paper"))


@operation(
    "paper.sign",
    label=_("Record who signed a paper"),
    act="paper.decide",
    at=issuer_of,
    citation=RULE,
    day_label=_("Day of the signature"),
    locks=["person"],
    help=_("For a paper that was not drafted here. Whether a digital signature is genuine is not checked."),
    fields=[
        PAPER,
        Field("signer", "person", _("Signed by")),
        Field("authority", "choice", _("Authority"), choices=authorities),
        Field("warrant", "document", _("Paper that gives the authority"), required=False),
    ],
)
def sign(act: Act, *, day, document, signer, authority, warrant):
    """Who signed, and in whose name; judged by the posts of that day."""
    not_ahead(act, day)
    refuse_secret(document)
    if document.issuer is None:
        raise Refusal(
            _("The issuer of this paper is not in the register; who may sign for it is not known here."),
            field="document", code="issuer_outside",
        )  # fmt: skip
    if signature_of(document, day) is not None or document.signatures.exists():
        raise Refusal(
            _("Who signed %(symbol)s is recorded already.") % {"symbol": document.symbol},
            field="document", code="signed_already",
        )  # fmt: skip
    said = lines(
        signer, authority, issuer=document.issuer, kind=document.kind, day=day, warrant=warrant
    )  # fmt: skip
    begin(
        PaperSignature, act, day, cause=cause("issued", document=document), draft=None, document=document,
        person=signer, post=said.post, authority=authority, on_behalf=said.on_behalf, office=said.office,
        authorised_by=warrant,
    )  # fmt: skip
    signed = {"authority": authority, "post": said.post.code, "symbol": document.symbol}
    return Outcome(subjects=[(("document", document.pk), signed), (("person", signer.pk), signed)])


@operation(
    "paper.distribute",
    label=_("Send a paper to bodies"),
    act="document.register",
    at=issuer_of,
    citation=RULE,
    day_label=_("Day of sending"),
    help=_("The bodies named find it on their first page and among what came in."),
    fields=[
        PAPER,
        Field("units", "unit", _("To the bodies"), many=True, required=False),
        Field("below", "bool", _("To every body directly below the issuer"), required=False, default=False),
    ],
)
def distribute(act: Act, *, day, document, units, below):
    """Further bodies get a paper."""
    sent = send(act, document, day, units, below=issuer_of({"document": document}) if below else None)
    return Outcome(subjects=told(document, sent))


@operation(
    "paper.archive",
    label=_("Lay a paper in the archive"),
    act="document.register",
    at=issuer_of,
    citation="Law on Archives 33/2024/QH15; HD 36-HD/VPTW",
    fields=[
        PAPER,
        Field("unit", "unit", _("Kept by")),
        Field("place", "text", _("File or shelf"), required=False),
    ],
)
def archive(act: Act, *, day, document, unit, place):
    """Where the paper lies from the day on; not while somebody still has to review it."""
    not_ahead(act, day)
    refuse_secret(document)
    if document.day is not None:
        not_before(document.day, day, _("The paper"))
    if planned_reviews(day).filter(document=document).exists():
        raise Refusal(
            _("A review of %(symbol)s is still to come; hold it or drop it before the paper is archived.")
            % {"symbol": document.symbol},
            field="document", code="review_to_come",
        )  # fmt: skip
    if PaperArchive.objects.on(day).filter(document=document).exists():
        raise Refusal(
            _("%(symbol)s lies in an archive already.") % {"symbol": document.symbol},
            field="document", code="archived_already",
        )  # fmt: skip
    begin(PaperArchive, act, day, cause=cause("other"), document=document, unit=unit, place=place)
    return Outcome(subjects=[(("document", document.pk), {"place": place}), (("unit", unit.pk), {})])
