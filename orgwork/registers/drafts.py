"""This room is for papers before and after their number: drafts, what bodies said of them, who signed in
whose name, to whom a paper went, when it is to be reviewed, and where it was laid in the end.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.conf import settings
from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from orgwork.foundation.constraints import AppendOnly

from .documents import Document, none_of_secret_papers
from .people import Person
from .posts import Post
from .record import Record, guarded
from .units import Unit


class Draft(models.Model):
    """A paper on its way to a number: what it is to be, who writes it, in whose name it will be issued.

    ``case`` is the number of the case that says where it stands. Secret papers are never drafted here.
    """

    case = models.BigIntegerField(_("case"), unique=True)
    kind = models.CharField(_("kind"), max_length=40)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="drafts", verbose_name=_("written by"))
    issuer = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("to be issued by"))
    title = models.CharField(_("title"), max_length=500)
    basis = models.ForeignKey(Document, models.PROTECT, null=True, related_name="drafts_on_it")
    relation = models.CharField(_("relation"), max_length=30, blank=True)
    said_at = models.CharField(_("place in the text"), max_length=200, blank=True)
    recorded = models.BigIntegerField(_("recorded"))

    class Meta:
        verbose_name = _("draft paper")
        verbose_name_plural = _("draft papers")
        constraints = [AppendOnly(name="draft_append_only", allow=())]

    def __str__(self):
        return self.title


class DraftVersion(models.Model):
    """One version of a draft's text. Each is kept as it was; ``number`` counts from 1."""

    draft = models.ForeignKey(Draft, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    title = models.CharField(_("title"), max_length=500)
    text = models.TextField(_("text"))
    remark = models.TextField(_("what was changed"), blank=True)
    day = models.DateField(_("day"))
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    recorded = models.BigIntegerField(_("recorded"))

    class Meta:
        verbose_name = _("version of a draft")
        verbose_name_plural = _("versions of a draft")
        constraints = [
            AppendOnly(name="draft_version_append_only", allow=()),
            models.UniqueConstraint(fields=["draft", "number"], name="draft_version_number"),
        ]

    def __str__(self):
        return f"{self.draft_id}/{self.number}"


class Stance(models.TextChoices):
    """What a body says of a draft."""

    AGREES = "agrees", _("agrees")
    CHANGES = "changes", _("agrees with changes")
    DISAGREES = "disagrees", _("does not agree")


class Verdict(models.TextChoices):
    """What became of what a body said."""

    TAKEN = "taken", _("taken")
    PARTLY = "partly", _("taken in part")
    NOT = "not", _("not taken")


class DraftOpinion(Record):
    """That a body is asked about a version of a draft, from the day it was asked; then what it answered, and
    what was made of its answer. An opinion is a body's, given in its name, never a person's.
    """

    KEY = ("version", "unit")

    version = models.ForeignKey(DraftVersion, models.PROTECT, related_name="opinions")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("body"))
    due = models.DateField(_("to answer by"))
    stance = models.CharField(_("opinion"), max_length=12, choices=Stance, blank=True)
    text = models.TextField(_("opinion in words"), blank=True)
    answered = models.DateField(_("answered on"), null=True)
    verdict = models.CharField(_("what became of it"), max_length=12, choices=Verdict, blank=True)
    reply = models.TextField(_("reply"), blank=True)

    class Meta:
        verbose_name = _("opinion on a draft")
        verbose_name_plural = _("opinions on drafts")
        base_manager_name = "versions"
        constraints = guarded("draft_opinion", "version", "unit")
        indexes = [models.Index(fields=["unit", "due"], name="draft_opinion_unit")]

    def __str__(self):
        return f"{self.unit_id} on {self.version_id}"


class PaperSignature(Record):
    """Who signed a draft (or a paper that was never drafted here), on which day and in what authority.

    ``authority`` is a code of provisions/drafting.yaml; ``on_behalf`` and ``office`` are its printed lines.
    That a digital signature is genuine is never said here: nothing checks it.
    """

    KEY = ("draft", "document")

    draft = models.ForeignKey(Draft, models.PROTECT, null=True, related_name="signatures")
    document = models.ForeignKey(Document, models.PROTECT, null=True, related_name="signatures")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("signer"))
    post = models.ForeignKey(Post, models.PROTECT, related_name="+", verbose_name=_("post"))
    authority = models.CharField(_("authority"), max_length=20)
    on_behalf = models.CharField(_("in the name of"), max_length=200, blank=True)
    office = models.CharField(_("signs as"), max_length=200, blank=True)
    authorised_by = models.ForeignKey(Document, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("signature")
        verbose_name_plural = _("signatures")
        base_manager_name = "versions"
        constraints = [
            *guarded("paper_signature", "draft", "document"),
            models.CheckConstraint(
                condition=models.Q(draft__isnull=False, document__isnull=True)
                | models.Q(draft__isnull=True, document__isnull=False),
                name="signature_of_a_draft_or_a_paper",
            ),
        ]

    def __str__(self):
        return f"{self.person_id} {self.authority}"


class DraftPaper(models.Model):
    """The paper that a draft became when it got its number."""

    draft = models.OneToOneField(Draft, models.PROTECT, related_name="became")
    document = models.OneToOneField(Document, models.PROTECT, related_name="drafted")
    recorded = models.BigIntegerField(_("recorded"))

    class Meta:
        verbose_name = _("paper of a draft")
        verbose_name_plural = _("papers of drafts")
        constraints = [AppendOnly(name="draft_paper_append_only", allow=())]

    def __str__(self):
        return f"{self.draft_id} → {self.document_id}"


class PaperDistribution(Record):
    """That a paper went to a body, from the day on which it was sent."""

    KEY = ("document", "unit")

    document = models.ForeignKey(Document, models.PROTECT, related_name="sent_to")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="papers_sent", verbose_name=_("to the body"))

    class Meta:
        verbose_name = _("distribution of a paper")
        verbose_name_plural = _("distribution of papers")
        base_manager_name = "versions"
        constraints = guarded("paper_distribution", "document", "unit")
        indexes = [models.Index(fields=["unit", "valid_from"], name="paper_distribution_unit")]

    def __str__(self):
        return f"{self.document_id} → {self.unit_id}"


class ReviewKind(models.TextChoices):
    """The relation that the reviewing paper will have is called ``reviews_<kind>``."""

    MIDWAY = "midway", _("preliminary review")
    FINALLY = "finally", _("final review")


class PaperReview(Record):
    """That a paper is to be reviewed by a body by a day: from the planning to the review, or until it was
    dropped. The cause of its end names the reviewing paper.
    """

    KEY = ("document", "kind")

    document = models.ForeignKey(Document, models.PROTECT, related_name="reviews")
    kind = models.CharField(_("review"), max_length=12, choices=ReviewKind)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="reviews", verbose_name=_("body responsible"))
    due = models.DateField(_("due"))

    class Meta:
        verbose_name = _("review of a paper")
        verbose_name_plural = _("reviews of papers")
        base_manager_name = "versions"
        constraints = guarded("paper_review", "document", "kind")
        indexes = [models.Index(fields=["unit", "due"], name="paper_review_unit")]

    def __str__(self):
        return f"{self.document_id} {self.kind}"


class PaperArchive(Record):
    """That a paper lies in the archive of a body, and where."""

    KEY = ("document",)

    document = models.ForeignKey(Document, models.PROTECT, related_name="archived")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("kept by"))
    place = models.CharField(_("file or shelf"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("archiving of a paper")
        verbose_name_plural = _("archiving of papers")
        base_manager_name = "versions"
        constraints = guarded("paper_archive", "document")

    def __str__(self):
        return f"{self.document_id} with {self.unit_id}"


for _model in (PaperSignature, PaperDistribution, PaperReview, PaperArchive):
    none_of_secret_papers(_model)

# ── asked of them ────────────────────────────────────────────────────────────────────────────────────────


def titled(drafts: models.QuerySet, *, known_at: int | None = None) -> models.QuerySet:
    """The drafts with ``now_called``: the title of their latest version, as known then."""
    versions = DraftVersion.objects.filter(draft=models.OuterRef("pk")).order_by("-number")
    if known_at is not None:
        versions = versions.filter(recorded__lt=known_at)
    return drafts.annotate(now_called=Coalesce(models.Subquery(versions.values("title")[:1]), "title"))


def latest(draft: Draft) -> DraftVersion | None:
    return draft.versions.order_by("-number").first()


def distributed(
    document: Document, day: dt.date | None = None, *, known_at: int | None = None
) -> models.QuerySet[PaperDistribution]:
    """To which bodies the paper has gone (by the day), the first first."""
    rows = PaperDistribution.objects
    found = rows.at(known_at) if day is None else rows.on(day, known_at=known_at)
    return found.filter(document=document).select_related("unit").order_by("valid_from", "pk")


def sent_to(
    units: Iterable[int] | models.QuerySet, day: dt.date, *, known_at: int | None = None
) -> models.QuerySet[PaperDistribution]:
    """The papers that went to these bodies by the day, the latest first: for whoever keeps the incoming."""
    rows = PaperDistribution.objects.on(day, known_at=known_at).filter(unit__in=units)
    return rows.select_related("document", "unit").order_by("-valid_from", "-pk")


def signature_of(document: Document, day: dt.date, *, known_at: int | None = None) -> PaperSignature | None:
    """Who signed the paper, itself or as the draft it was."""
    rows = PaperSignature.objects.on(day, known_at=known_at)
    of_it = models.Q(document=document) | models.Q(draft__became__document=document)
    return rows.filter(of_it).select_related("post", "person").first()


def planned_reviews(day: dt.date, *, known_at: int | None = None) -> models.QuerySet[PaperReview]:
    """Reviews that were to come on the day: planned by then, neither held nor dropped."""
    return PaperReview.objects.on(day, known_at=known_at)
