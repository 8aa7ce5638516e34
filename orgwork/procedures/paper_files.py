"""This room is for files of papers: brought, attached, replaced, taken away, and their text taken out.

A file is first brought (``bring``): looked at, laid under its checksum, answered with a ticket that is good
for a day and for whoever brought it. Attaching takes the ticket; that is the act which the journal keeps.
Text is taken out by the worker, page by page, so that a scan of 200 pages goes on where it was cut short;
pages that hold no text are recognised from their pictures where the machine has the program for it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import time
import unicodedata
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from orgwork.foundation import extracting, jobs, recognising
from orgwork.foundation.fulltext import joined, words_in
from orgwork.foundation.jobs import Progress, Stopped, job
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Refusal, WrongState
from orgwork.foundation.rehearsal import rehearsing
from orgwork.registers.documents import Document
from orgwork.registers.drafts import Draft, DraftPaper
from orgwork.registers.paper_files import (
    ENDINGS,
    DocumentFile,
    DraftFile,
    FilePage,
    FileText,
    HeldFile,
    held_anywhere,
    place,
)
from orgwork.registers.units import ROOT, Unit

from .cases import Case, Outcome
from .due import every_day
from .fields import Field
from .operations import operation

ACT = "document.register"
#: Seconds that a ticket is good for; bytes that nobody attached lie twice as long.
TICKET = 24 * 3600
SALT = "orgwork.paper_files"
#: A page with fewer letters than this holds a picture of its text, or a page number only.
FEW_LETTERS = 25
#: Pages written at a time where their text is at hand; recognised pages are written one by one.
AT_ONCE = 20
State, How = FileText.State, FileText.How


# ── bringing ─────────────────────────────────────────────────────────────────────────────────────────────


def largest() -> int:
    """Bytes that one file may have."""
    return settings.ORGWORK_FILE_MEGABYTES * 1_000_000


def bring(content: bytes, account: Any) -> str:
    """Look at a file, lay it among the files of the house and give a ticket to attach it with."""
    if len(content) > largest():
        raise Refusal(
            _("The file has more than %(most)s MB. Scan it in grey, 300 points to the inch, or split it.")
            % {"most": settings.ORGWORK_FILE_MEGABYTES},
            field="file", code="too_large",
        )  # fmt: skip
    if not content:
        raise Refusal(_("The file is empty; choose another one."), field="file", code="empty")
    looked = extracting.look(content)
    sha256 = hashlib.sha256(content).hexdigest()
    lay(content, sha256)
    said = {
        "sha256": sha256, "media_type": looked.media_type, "size": len(content), "pages": looked.pages,
        "account": getattr(account, "pk", None),
    }  # fmt: skip
    return signing.dumps(said, salt=SALT, compress=True)


def plain_name(name: str, media_type: str) -> str:
    """The name without ways, signs nobody sees, and an ending that its content does not have."""
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    name = "".join(c for c in name if unicodedata.category(c)[0] != "C" and c not in '<>:"|?*')
    ending = ENDINGS[media_type]
    stem, _dot, given = " ".join(name.split()).strip(". ").rpartition(".")
    alike = {ending, {"jpg": "jpeg", "tiff": "tif"}.get(ending, ending)}
    if given.lower() not in alike:
        stem = f"{stem}.{given}" if stem else given
    return f"{stem[:150] or 'file'}.{ending}"


def lay(content: bytes, sha256: str) -> None:
    """Whole or not at all; what lies there already is the same, and is taken for fresh."""
    if rehearsing():
        return
    target = Path(default_storage.path(place(sha256)))
    if target.exists() and target.stat().st_size == len(content):
        os.utime(target)
        return
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = target.with_name(f".{uuid.uuid4().hex}.part")
    try:
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)


def content_of(file: HeldFile) -> bytes:
    """The bytes of a file, held against their checksum."""
    try:
        with default_storage.open(file.place, "rb") as held:
            content = held.read()
    except (OSError, ValueError):
        content = None
    if not file.sha256 or content is None or hashlib.sha256(content).hexdigest() != file.sha256:
        raise Refusal(
            _("The file is no longer as it was brought; bring it again from the original, or from a backup."),
            code="file_damaged",
        )
    return content


def _read_ticket(ticket: str, act: Act) -> dict[str, Any]:
    try:
        said = signing.loads(ticket, salt=SALT, max_age=TICKET)
    except signing.BadSignature:
        said = None
    if said is None or said["account"] != getattr(act.actor, "pk", None):
        raise Refusal(_("Bring the file again: it was brought too long ago, or by somebody else."),
                      field="ticket", code="no_ticket")  # fmt: skip
    if not rehearsing() and not default_storage.exists(place(said["sha256"])):
        raise Refusal(_("Bring the file again."), field="ticket", code="no_ticket")
    return said


# ── attaching ────────────────────────────────────────────────────────────────────────────────────────────


def languages() -> list[tuple[str, str]]:
    return list(settings.LANGUAGES)


def _over(asked: dict) -> Unit:
    """The power is needed over whoever issued the paper; from outside the register, over the whole."""
    paper = asked.get("document")
    if paper is None and asked.get("file"):
        found = DocumentFile.versions.filter(pk=asked["file"]).select_related("document__issuer").first()
        paper = found.document if found else None
    issuer = paper.get("issuer") if isinstance(paper, dict) else getattr(paper, "issuer", None)
    return issuer or Unit.objects.get(code=ROOT)


@operation(
    "paper.attach",
    label=_("Attach a file to a paper"),
    act=ACT,
    at=_over,
    help=_("Bring the file first, on the page of the paper or at /api/v1/files; that gives the ticket."),
    fields=[
        Field("document", "document", _("Paper")),
        Field("ticket", "text", _("Ticket of the file brought"), most=500),
        Field("name", "text", _("Name of the file"), required=False),
        Field("language", "choice", _("Language of the text"), choices=languages, default="vi"),
        Field("replaces", "number", _("Number of the file it replaces"), required=False),
    ],
)
def attach(act: Act, *, day, document: Document, ticket, name, language, replaces):
    """``result`` is the file; its text is taken out in the background."""
    said = _read_ticket(ticket, act)
    paper = _locked(document.pk)
    if paper.secret:
        raise Refusal(
            _("%(symbol)s is a secret paper: no file and no text of it are kept here.") % {"symbol": paper},
            field="document", code="secret",
        )  # fmt: skip
    if paper.files.filter(sha256=said["sha256"]).exclude(pk=replaces).exists():
        raise Refusal(_("This very file is attached to the paper already."), field="ticket", code="same_file")
    former = _retracted(act, paper, replaces) if replaces else None
    said["name"] = plain_name(name, said["media_type"])
    file = _kept(act, paper, said, language, replaces=former)
    about = {"symbol": paper.symbol, "type": ENDINGS[file.media_type], "file": file.pk}
    verb = {"instead_of": former.pk} if former else {}
    return Outcome(subjects=[(("document", paper.pk), {**about, **verb})], result=file)


#: What of a file goes along from a ticket, or from a draft to its paper.
OF_A_FILE = ("name", "media_type", "size", "sha256", "pages")


def _kept(act: Act, paper: Document, said: dict, language: str, **more) -> DocumentFile:
    """The file is the paper's; its text is taken out in the background."""
    file = DocumentFile.versions.create(
        document=paper, recorded=act.moment, **{part: said[part] for part in OF_A_FILE}, **more
    )
    FileText.objects.create(file=file, language=language)
    _ask(file, act.actor)
    return file


def _retracted(act: Act, paper: Document, number: int) -> DocumentFile:
    former = paper.files.filter(pk=number).first()
    if former is None:
        raise Refusal(
            _("The paper has no such file any more; look at its files again."),
            field="replaces", code="no_such_file",
        )  # fmt: skip
    DocumentFile.versions.filter(pk=former.pk).update(retracted=act.moment)
    return former


def _locked(number: int) -> Document:
    rows = Document.objects.filter(pk=number)
    if connection.vendor == "postgresql":
        rows = rows.select_for_update(no_key=True)
    return rows.get()


@operation(
    "paper.detach",
    label=_("Take a file away from a paper"),
    act=ACT,
    at=_over,
    help=_("It is no longer shown or found; the version stays in the paper's history."),
    fields=[
        Field("file", "number", _("Number of the file")),
        Field("reason", "words", _("Reason"), help=_("Say why, in one or two sentences.")),
    ],
)
def detach(act: Act, *, day, file, reason):
    paper = _paper_of(file)
    former = _retracted(act, _locked(paper.pk), file)
    about = {"symbol": paper.symbol, "type": ENDINGS[former.media_type], "file": file, "reason": reason}
    return Outcome(subjects=[(("document", paper.pk), about)], result=former)


@operation(
    "paper.read_again",
    label=_("Take the text of a file out again"),
    act=ACT,
    at=_over,
    help=_("When the language was wrong, or when text recognition has been installed since."),
    fields=[
        Field("file", "number", _("Number of the file")),
        Field("language", "choice", _("Language of the text"), choices=languages, default="vi"),
    ],
)
def read_again(act: Act, *, day, file, language):
    paper = _paper_of(file)
    found = _locked(paper.pk).files.filter(pk=file).first()
    if found is None:
        raise Refusal(
            _("The paper has no such file any more; look at its files again."), field="file",
            code="no_such_file",
        )  # fmt: skip
    FilePage.objects.filter(file=found).delete()
    FileText.objects.filter(file=found).update(
        state=State.WAITING, how=How.NONE, done=0, reason="", words="", language=language
    )
    _ask(found, act.actor)
    said = {"symbol": paper.symbol, "type": ENDINGS[found.media_type], "file": found.pk}
    return Outcome(subjects=[(("document", paper.pk), said)], result=found)


def _paper_of(number: int) -> Document:
    found = DocumentFile.versions.filter(pk=number).select_related("document").first()
    if found is None:
        raise Refusal(
            _("The paper has no such file any more; look at its files again."), field="file",
            code="no_such_file",
        )  # fmt: skip
    return found.document


def _ask(file: DocumentFile, account: Any) -> None:
    """Let the worker take the text out, once the transaction has been committed."""
    name = _("Text of %(symbol)s") % {"symbol": file.document.symbol}
    asked = jobs.enqueue(read_file, name=name, account=account, file=file.pk)
    FileText.objects.filter(file=file).update(job=asked.pk)


# ── before the number ────────────────────────────────────────────────────────────────────────────────────


def _of_draft(asked: dict) -> Unit:
    rows = Draft.objects.select_related("issuer")
    if asked.get("file"):
        found = rows.filter(files=asked["file"]).first()
    else:
        found = rows.filter(case=asked["draft"]).first() if asked.get("draft") else None
    return found.issuer if found else Unit.objects.get(code=ROOT)


@operation(
    "paper.attach_scan",
    label=_("Attach the scan of a signed draft"),
    act=ACT,
    at=_of_draft,
    help=_("Before the number is given; with the number the file becomes one of the paper."),
    fields=[
        Field("draft", "number", _("Number of the draft")),
        Field("ticket", "text", _("Ticket of the file brought"), most=500),
        Field("name", "text", _("Name of the file"), required=False),
    ],
)
def attach_to_draft(act: Act, *, day, draft, ticket, name):
    """``result`` is the file. Who signed is recorded first: a scan shows what was signed."""
    said = _read_ticket(ticket, act)
    found = _locked_draft(draft)
    if not found.signatures.exists():
        raise Refusal(
            _("Nobody's signature is recorded on this draft; record the signature first."), field="draft",
            code="not_signed",
        )  # fmt: skip
    if found.files.filter(sha256=said["sha256"]).exists():
        raise Refusal(_("This very file is attached to the draft already."), field="ticket", code="same_file")
    said["name"] = plain_name(name, said["media_type"])
    file = DraftFile.versions.create(
        draft=found, recorded=act.moment, **{part: said[part] for part in OF_A_FILE}
    )
    return Outcome(subjects=[(("case", found.case), _about(file))], result=file)


@operation(
    "paper.detach_scan",
    label=_("Take a file away from a draft"),
    act=ACT,
    at=_of_draft,
    fields=[
        Field("file", "number", _("Number of the file")),
        Field("reason", "words", _("Reason"), help=_("Say why, in one or two sentences.")),
    ],
)
def detach_from_draft(act: Act, *, day, file, reason):
    row = DraftFile.objects.filter(pk=file).select_related("draft").first()
    found = _locked_draft(row.draft.case) if row is not None else None
    if row is None or found is None or not DraftFile.versions.filter(pk=file, retracted=None).update(
        retracted=act.moment
    ):  # fmt: skip
        raise Refusal(
            _("The draft has no such file any more; look at its files again."), field="file",
            code="no_such_file",
        )  # fmt: skip
    return Outcome(subjects=[(("case", found.case), {**_about(row), "reason": reason})], result=row)


def _locked_draft(number: int) -> Draft:
    """A draft that has no number yet, under the lock of its case."""
    rows = Case.objects.filter(pk=number, procedure="draft")
    if connection.vendor == "postgresql":
        rows = rows.select_for_update(no_key=True)
    case, found = rows.first(), Draft.objects.filter(case=number).select_related("issuer").first()
    if case is None or found is None:
        raise Refusal(_("There is no draft with this number."), field="draft", code="nothing_there")
    became = DraftPaper.objects.filter(draft=found).select_related("document").first()
    if became is not None:
        raise WrongState(
            _("This draft has its number; files are attached to %(symbol)s itself.")
            % {"symbol": became.document.symbol},
            field="draft",
        )
    return found


def _about(file: DraftFile) -> dict:
    return {"type": ENDINGS[file.media_type], "file": file.pk}


def hand_over(act: Act, draft: Draft, paper: Document) -> None:
    """With its number the draft's files become files of the paper."""
    for file in draft.files.exclude(sha256="").order_by("pk"):
        _kept(act, paper, {part: getattr(file, part) for part in OF_A_FILE}, "vi")


# ── taking the text out ──────────────────────────────────────────────────────────────────────────────────


@job
def read_file(progress: Progress, file: int) -> dict[str, Any]:
    """Every page that is not written yet: first those that hold text, then those that hold pictures of it."""
    text = FileText.objects.filter(file=file, file__retracted__isnull=True).select_related("file").first()
    if text is None or not text.file.sha256:
        return {}
    text.state, text.reason = State.READING, ""
    text.save(update_fields=["state", "reason"])
    try:
        return _Reader(text, progress).read()
    except Stopped:
        text.state = State.WAITING
        text.save(update_fields=["state"])
        raise
    except Refusal as refusal:
        return _ended(text, State.UNREAD, refusal.code or "damaged")


def _ended(text: FileText, state: str, reason: str = "") -> dict[str, Any]:
    text.state, text.reason = state, reason
    text.save(update_fields=["state", "reason", "how", "done", "words"])
    return {"state": state, "pages": text.done}


class _Reader:
    """One run over one file; what an earlier run has written is not read again."""

    def __init__(self, text: FileText, progress: Progress) -> None:
        self.text, self.file, self.progress = text, text.file, progress
        self.content = content_of(text.file)
        written = FilePage.objects.filter(file=text.file).values_list("number", "words")
        self.written = {number for number, _words in written}
        self.words = {word for _number, words in written for word in words.split()}
        self.total = text.file.pages or 1

    def read(self) -> dict[str, Any]:
        empty = self._held()
        missing = ""
        if empty:
            missing = self._why_not()
            if not missing:
                self._recognised(empty)
        said = bool(self.words)
        if missing:
            # What could be read is found; the rest waits for the program.
            return _ended(self.text, State.DONE if said else State.UNREAD, missing)
        return _ended(self.text, State.DONE if said else State.EMPTY)

    def _held(self) -> list[int]:
        """Write the pages whose text the file holds; the numbers of the others."""
        empty, waiting = [], []
        pages = extracting.pages_of(self.content, self.file.media_type)
        for number, said in enumerate(pages, start=1):
            if number in self.written:
                continue
            if sum(map(str.isalnum, said)) < FEW_LETTERS and self.file.pages is not None:
                empty.append(number)
                continue
            waiting.append((number, said))
            if len(waiting) == AT_ONCE:
                self._write(waiting, How.HELD)
                waiting = []
        self._write(waiting, How.HELD)
        return empty

    def _why_not(self) -> str:
        found = recognising.languages()
        return "no_recogniser" if not found else "" if self.text.language in found else "no_language"

    def _recognised(self, numbers: list[int]) -> None:
        for number in numbers:
            try:
                picture = extracting.picture_of(self.content, self.file.media_type, number)
                said = recognising.recognise(picture, self.text.language)
            except (recognising.Unrecognised, extracting.Unreadable):
                said = ""  # one page that cannot be read is no reason to leave the others
            self._write([(number, said)], How.RECOGNISED)

    def _write(self, pages: list[tuple[int, str]], how: str) -> None:
        if pages:
            with transaction.atomic():
                FilePage.objects.bulk_create(
                    FilePage(file=self.file, number=number, text=said.replace("\x00", ""))
                    for number, said in pages
                )
                self.written |= {number for number, _said in pages}
                self.words |= {word for _number, said in pages for word in words_in(said).split()}
                self.text.how = how if self.text.how != How.RECOGNISED else How.RECOGNISED
                self.text.done, self.text.words = len(self.written), joined(self.words)
                self.text.save(update_fields=["how", "done", "words"])
        self.progress.report(len(self.written), self.total)


# ── what goes by itself ──────────────────────────────────────────────────────────────────────────────────


@every_day("files_without_paper", _("files brought that nobody attached"))
def unattached(day: dt.date) -> Iterator[Any]:
    """Bytes that no row names; younger ones may still be attached with their ticket."""
    room = Path(default_storage.path("papers"))
    for path in sorted(room.rglob("*")) if room.exists() else ():
        if path.is_file() and path.stat().st_mtime < time.time() - 2 * TICKET:
            if not held_anywhere(path.name):
                yield lambda _act, path=path: _unlay(path)


def _unlay(path: Path) -> None:
    if not rehearsing() and not held_anywhere(path.name):
        path.unlink(missing_ok=True)


@every_day("files_to_recognise", _("scans that can be recognised now"))
def recognisable(day: dt.date) -> Iterator[Any]:
    """Scans that waited for the program, once it is there."""
    found = recognising.languages()
    waiting = FileText.objects.filter(
        reason__in=("no_recogniser", "no_language"), language__in=found, file__retracted__isnull=True
    )
    for text in waiting.select_related("file__document") if found else ():
        yield lambda _act, text=text: _ask(text.file, None)
