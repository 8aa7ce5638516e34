"""This room is for files of papers: what was brought, in which version, and the text taken out of it.

The bytes lie outside the database and outside what is served, under their checksum (``place``); the same
bytes brought twice lie there once. A row says which file of which paper they are, from when to when it was
held for the paper's file: a newer version, or taking it away, retracts it. Of a secret paper there is neither
file nor text; the database refuses both.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.files.storage import default_storage
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from orgwork.foundation.constraints import AppendOnly
from orgwork.foundation.fulltext import WordsField, spans

from .documents import Document, none_of_secret_papers
from .drafts import Draft
from .people import PersonName
from .person_tables import DELETED, about_people, declared

#: What a file may be, told from its content, and the ending it is handed out with.
ENDINGS = {
    "application/pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.oasis.opendocument.text": "odt",
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/tiff": "tiff",
}
IMAGES = frozenset({"image/png", "image/jpeg", "image/tiff"})


def place(sha256: str) -> str:
    """Where the bytes of this checksum lie among the files of the house."""
    return f"papers/{sha256[:2]}/{sha256}"


class CurrentFiles(models.Manager):
    """Files as they are held now: the newest versions, and none that was taken away."""

    def get_queryset(self):
        return super().get_queryset().filter(retracted__isnull=True)


class HeldFile(models.Model):
    """A file as it was brought. ``recorded`` and ``retracted`` are moments.

    Erasure empties ``name`` and ``sha256`` of a file that names a person, and takes the bytes away.
    """

    name = models.CharField(_("name of the file"), max_length=200)
    media_type = models.CharField(_("type"), max_length=100)
    size = models.PositiveBigIntegerField(_("bytes"))
    sha256 = models.CharField(_("checksum"), max_length=64)
    pages = models.PositiveIntegerField(_("pages"), null=True)
    recorded = models.BigIntegerField(_("recorded"))
    retracted = models.BigIntegerField(_("retracted"), null=True, blank=True)

    versions = models.Manager()
    objects = CurrentFiles()

    class Meta:
        abstract = True

    @property
    def place(self) -> str:
        return place(self.sha256) if self.sha256 else ""


class DocumentFile(HeldFile):
    """A file of a paper in one version."""

    document = models.ForeignKey(Document, models.PROTECT, related_name="files")
    replaces = models.ForeignKey("self", models.PROTECT, null=True, related_name="replaced_by")

    class Meta:
        verbose_name = _("file of a paper")
        verbose_name_plural = _("files of papers")
        base_manager_name = "versions"
        default_manager_name = "objects"
        constraints = [
            AppendOnly(name="document_file_append_only"),
            models.UniqueConstraint(
                fields=["document", "sha256"],
                condition=models.Q(retracted__isnull=True) & ~models.Q(sha256=""),
                name="file_once_in_a_paper",
            ),
        ]
        indexes = [models.Index(fields=["sha256"], name="document_file_sha256")]

    def __str__(self):
        return f"{self.document_id}: {self.media_type}"

    @property
    def text_state(self) -> str:
        """How far its text has been taken out: a value of ``FileText.State``."""
        found = FileText.objects.filter(file=self).values_list("state", flat=True).first()
        return found or FileText.State.WAITING


class DraftFile(HeldFile):
    """A file of a draft before its number, such as the scan of what was signed. With the number it becomes a
    file of the paper; this row stays with the draft.
    """

    draft = models.ForeignKey(Draft, models.PROTECT, related_name="files")

    class Meta:
        verbose_name = _("file of a draft")
        verbose_name_plural = _("files of drafts")
        base_manager_name = "versions"
        default_manager_name = "objects"
        constraints = [
            AppendOnly(name="draft_file_append_only"),
            models.UniqueConstraint(
                fields=["draft", "sha256"],
                condition=models.Q(retracted__isnull=True) & ~models.Q(sha256=""),
                name="file_once_in_a_draft",
            ),
        ]
        indexes = [models.Index(fields=["sha256"], name="draft_file_sha256")]

    def __str__(self):
        return f"{self.draft_id}: {self.media_type}"


def held_anywhere(sha256: str) -> bool:
    """Whether a row of any version names these bytes."""
    return any(model.versions.filter(sha256=sha256).exists() for model in (DocumentFile, DraftFile))


class FileText(models.Model):
    """The text of a file: how far it has been taken out, how, and by which words it is found.

    It is derived and can be taken out again. ``done`` counts pages; ``reason`` is a code of a sentence.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waits for its text to be taken out")
        READING = "reading", _("text is being taken out")
        DONE = "done", _("text taken out")
        EMPTY = "empty", _("no text in it")
        UNREAD = "unread", _("text could not be taken out")

    class How(models.TextChoices):
        NONE = "", "–"
        HELD = "held", _("held in the file")
        RECOGNISED = "recognised", _("recognised from pictures")

    file = models.OneToOneField(DocumentFile, models.PROTECT, primary_key=True, related_name="text")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    how = models.CharField(max_length=10, choices=How, default=How.NONE, blank=True)
    language = models.CharField(_("language"), max_length=8, default="vi")
    done = models.PositiveIntegerField(default=0)
    reason = models.CharField(max_length=30, blank=True)
    job = models.BigIntegerField(null=True)
    words = models.TextField(blank=True)

    class Meta:
        verbose_name = _("text of a file")
        verbose_name_plural = _("texts of files")

    def __str__(self):
        return f"{self.file_id}: {self.state}"


class FilePage(models.Model):
    """The text of one page; a file without pages has one."""

    file = models.ForeignKey(DocumentFile, models.PROTECT, related_name="page_texts")
    number = models.PositiveIntegerField()
    text = models.TextField(blank=True)
    words = WordsField(of="text")

    class Meta:
        verbose_name = _("page of a file")
        verbose_name_plural = _("pages of files")
        constraints = [models.UniqueConstraint(fields=["file", "number"], name="page_once_in_a_file")]

    def __str__(self):
        return f"{self.file_id}, {self.number}"


none_of_secret_papers(DocumentFile)


# ── what they record about people ────────────────────────────────────────────────────────────────────────


def naming(people: Iterable[int]) -> models.QuerySet:
    """Files, of every version, of papers on which facts and cases of these people rest, if they name one of
    them, or if nobody can say because their text is not known.
    """
    papers = declared(Document)
    files = DocumentFile.versions.filter(document__in=papers.of(*people).values("pk")) if papers else ()
    called = PersonName.versions.filter(person__in=people).values_list("full", flat=True).distinct()
    names = [said for full in called if (said := _as_words(full))]
    return DocumentFile.versions.filter(pk__in=[file.pk for file in files if _may_name(file, names)])


def _may_name(file: DocumentFile, names: list[str]) -> bool:
    known = FileText.objects.filter(file=file, state__in=(FileText.State.DONE, FileText.State.EMPTY))
    if not known.exists():
        return True
    pages = file.page_texts.values_list("text", flat=True).order_by("number")
    said = f" {_as_words(file.name)} {' '.join(map(_as_words, pages))} "
    return any(f" {name} " in said for name in names)


def _as_words(text: str) -> str:
    return " ".join(span.word for span in spans(text))


def _texts_of(people: Iterable[int]) -> models.QuerySet:
    return FileText.objects.filter(file__in=naming(people))


def _pages_of(people: Iterable[int]) -> models.QuerySet:
    return FilePage.objects.filter(file__in=naming(people))


def naming_drafts(people: Iterable[int]) -> models.QuerySet:
    """Files of drafts that one of them signed, or that became papers on which facts about them rest; nobody
    can say whom else they name, for their text is not taken out.
    """
    people, papers = list(people), declared(Document)
    of_them = models.Q(draft__signatures__person__in=people)
    if papers:
        of_them |= models.Q(draft__became__document__in=papers.of(*people).values("pk"))
    return DraftFile.versions.filter(pk__in=DraftFile.versions.filter(of_them).values("pk"))


def forget_bytes(file: HeldFile) -> str:
    """The bytes go from the disk once no row of any version names them; what is left of the checksum."""
    if file.sha256:
        transaction.on_commit(lambda: _remove_unnamed(file.sha256))
    return ""


def _remove_unnamed(sha256: str) -> None:
    if not held_anywhere(sha256):
        default_storage.delete(place(sha256))


_SAID: dict[str, Any] = {
    "activity": "documents", "act": "names.read", "merge": "stay",
    "retention": ("retention.after_membership_years",),
}  # fmt: skip
about_people(
    DocumentFile, _("Files of papers"), rows=naming, emptied={"name": "", "sha256": forget_bytes},
    codes=("media_type",), shown=("document", "media_type", "size", "recorded"),
    covered={"name": _("may name other people"), "sha256": _("a checksum")}, **_SAID,
)  # fmt: skip
about_people(
    DraftFile, _("Files of drafts"), rows=naming_drafts, emptied={"name": "", "sha256": forget_bytes},
    codes=("media_type",), shown=("draft", "media_type", "size", "recorded"),
    covered={"name": _("may name other people"), "sha256": _("a checksum")}, **_SAID,
)  # fmt: skip
about_people(
    FileText, _("Texts of files"), rows=_texts_of, erased=DELETED,
    hidden="derived from the file, which is shown", **_SAID,
)  # fmt: skip
about_people(
    FilePage, _("Pages of files"), rows=_pages_of, erased=DELETED,
    hidden="derived from the file, which is shown", **_SAID,
)  # fmt: skip
