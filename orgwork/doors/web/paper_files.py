"""This room is for files on the pages of papers: the list with its versions, bringing one, text, the bytes.

Files come from outside. They are handed out to be saved, never to be shown: as attachments, of the type their
content has, in a sandbox of their own. Whoever may read the names of the issuer's people may read them.
"""

from __future__ import annotations

from django.contrib import messages
from django.http import FileResponse, Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from orgwork.doors.web import formats, places
from orgwork.foundation import recognising
from orgwork.foundation.fulltext import marked, tokens_of
from orgwork.foundation.jobs import Job
from orgwork.foundation.refusals import Refusal
from orgwork.procedures import paper_files
from orgwork.registers.paper_files import ENDINGS, DocumentFile, FileText, HeldFile
from orgwork.registers.paper_search import people_of
from orgwork.registers.reads import note_read

#: Pages of text on one page.
AT_ONCE = 10
#: Nothing of a file runs, loads or is sent, should a browser show it all the same.
SANDBOX = "default-src 'none'; sandbox; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
State = FileText.State
TAGS = {State.DONE: "ok", State.UNREAD: "warn", State.EMPTY: "", State.WAITING: "", State.READING: ""}


def of(request, paper, named: bool) -> dict:
    """What the page of a paper shows of its files."""
    if paper.secret or not named:
        return {"files": [], "may_attach": False}
    rows = paper.files.select_related("text").order_by("-recorded", "-pk")
    return {
        "files": [shown(request, file) for file in rows],
        "files_url": reverse("paper-files", args=[paper.pk]) + request.dials.query(),
        "may_attach": places.able(request, paper_files.ACT, paper.issuer),
    }


def told(file: HeldFile, url: str) -> dict:
    """What every list of files says of one."""
    return {
        "file": file,
        "ending": ENDINGS.get(file.media_type, "").upper(),
        "size": size(file.size),
        "url": url if file.sha256 else "",
    }


def shown(request, file: DocumentFile) -> dict:
    text = getattr(file, "text", None)
    return {
        **told(file, reverse("file-content", args=[file.pk])),
        "text": text,
        "tag": TAGS.get(text.state, "") if text else "",
        "text_url": reverse("file-text", args=[file.pk]) + request.dials.query(),
        "reason": reason(text),
        "job": Job.objects.filter(pk=text.job).first() if text and text.state in UNDER_WAY else None,
    }


UNDER_WAY = (State.WAITING, State.READING)


def size(count: int) -> str:
    """As people say it: kilobytes, or megabytes with one place."""
    if count < 1_000_000:
        return _("%(count)s KB") % {"count": formats.number(max(1, round(count / 1000)))}
    return _("%(count)s MB") % {"count": formats.number(round(count / 1_000_000, 1))}


def reason(text: FileText | None) -> str:
    """Why text, or some of it, could not be taken out, and what to do."""
    if text is None or not text.reason:
        return ""
    if text.reason in ("no_recogniser", "no_language"):
        package = recognising.package(text.language)
        if text.reason == "no_recogniser":
            said = _("The pages are pictures, and text recognition is not installed on this machine; "
                     "its administrator can install it: apt-get install %(package)s.")  # fmt: skip
        else:
            said = _("The pages are pictures, and text recognition does not know this language here; the "
                     "administrator of the machine can install it: apt-get install %(package)s.")  # fmt: skip
        return said % {"package": package}
    if text.reason == "file_damaged":
        return _(
            "The file is no longer as it was brought; bring it again from the original, or from a backup."
        )
    return _("Its text could not be taken out; the file itself can be fetched.")


# ── the page ─────────────────────────────────────────────────────────────────────────────────────────────


@require_http_methods(["GET", "HEAD", "POST"])
def page(request, pk):
    """The files of a paper with their versions; a form to bring another."""
    from orgwork.doors.web.documents import open_paper

    paper, unit = open_paper(request, pk)
    need_names(request, unit)
    if request.method == "POST":
        places.need(request, paper_files.ACT, unit)
    refusal, asked = None, {"language": request.POST.get("language", "vi"), "replaces": ""}
    if request.method == "POST":
        asked["replaces"] = request.POST.get("replaces", "")
        try:
            attached(request, paper)
        except Refusal as fault:
            refusal = fault
        else:
            messages.success(request, _("The file is attached; its text is being taken out."))
            return redirect(reverse("paper-files", args=[paper.pk]) + request.dials.query())
    files = of(request, paper, named=True)
    former = DocumentFile.versions.filter(document=paper, retracted__isnull=False).order_by(
        "-retracted", "-pk"
    )
    context = {
        "section": "documents",
        "paper": paper,
        **files,
        "former": [shown(request, file) for file in former.select_related("text")[:100]],
        "refusal": refusal,
        "asked": asked,
        "languages": paper_files.languages(),
        "replaceable": [("", _("none; it is added"))]
        + [(str(one["file"].pk), one["file"].name) for one in files["files"]],
        "most": paper_files.largest() // 1_000_000,
        "recognises": recognising.languages(),
        "package": recognising.package("vi"),
        "crumbs": crumbs(request, paper),
    }
    return render(request, "web/paper_files.html", context, status=422 if refusal else 200)


def crumbs(request, paper) -> list[dict]:
    query = request.dials.query()
    return [
        {"name": _("Documents"), "url": reverse("documents") + query},
        {"name": paper.symbol, "url": reverse("document", args=[paper.pk]) + query},
    ]


def attached(request, paper) -> DocumentFile:
    replaces = request.POST.get("replaces", "")
    return paper_files.attach(
        actor=request.user, door="web", document=paper, **brought(request),
        language=request.POST.get("language", ""), replaces=int(replaces) if replaces.isdecimal() else None,
    )  # fmt: skip


def brought(request) -> dict:
    """The file of the form, laid by: its ticket and its name."""
    file = request.FILES.get("file")
    if file is None:
        raise Refusal(_("Choose a file first."), field="file", code="missing")
    ticket = paper_files.bring(file.read(paper_files.largest() + 1), request.user)
    return {"ticket": ticket, "name": (file.name or "")[:200]}


def need_names(request, unit) -> None:
    """Files can hold names: whoever may not read names at the issuer is told who may."""
    from orgwork.doors.web.documents import may_read

    if not may_read(request, unit):
        places.need(request, "names.read", unit)


def open_file(request, pk) -> DocumentFile:
    """A file whose paper the reader may look at; who looked is written down."""
    from orgwork.doors.web.documents import open_paper

    file = DocumentFile.versions.filter(pk=pk).select_related("document__issuer", "text").first()
    if file is None:
        raise Http404(_("No file has this number. Look for it on the page of its paper."))
    _paper, unit = open_paper(request, file.document_id)
    need_names(request, unit)
    return file


def noted(request, file: DocumentFile) -> None:
    """Who looked: at the file, and at everybody on whom a fact rests by its paper."""
    note_read(request.user, "names.read", door="web", unit=file.document.issuer)
    for person in people_of(file.document):
        note_read(request.user, "names.read", door="web", person=person, unit=file.document.issuer)


@require_safe
def content(request, pk):
    """The bytes of a file, to be saved."""
    file = open_file(request, pk)
    if not file.sha256:
        raise Http404(_("This file was erased with the data of a person."))
    noted(request, file)
    return handed_out(file)


def handed_out(file: HeldFile) -> FileResponse:
    """The bytes as an attachment that no browser shows, runs or guesses at."""
    import io

    response = FileResponse(
        io.BytesIO(paper_files.content_of(file)), as_attachment=True, filename=file.name,
        content_type=file.media_type,
    )  # fmt: skip
    response["Content-Security-Policy"] = SANDBOX
    response["X-Content-Type-Options"] = "nosniff"
    response["X-Download-Options"] = "noopen"
    return response


@require_safe
def text(request, pk):
    """The text of a file, some pages at a time, with the words looked for marked."""
    file = open_file(request, pk)
    noted(request, file)
    asked = request.GET.get("page", "1")
    wanted = max(1, int(asked)) if asked.isdecimal() and len(asked) < 7 else 1
    first = (wanted - 1) // AT_ONCE * AT_ONCE + 1
    tokens = tokens_of(request.GET.get("q", ""))
    rows = file.page_texts.filter(number__gte=first, number__lt=first + AT_ONCE).order_by("number")
    last = file.page_texts.order_by("-number").values_list("number", flat=True).first() or 0
    context = {
        "section": "documents",
        "paper": file.document,
        "item": shown(request, file),
        "pages": [{"number": row.number, "pieces": marked(row.text, tokens)} for row in rows],
        "before": first - AT_ONCE if first > 1 else None,
        "after": first + AT_ONCE if first + AT_ONCE <= last else None,
        "language": file.text.language,
        "crumbs": crumbs(request, file.document),
    }
    return render(request, "web/file_text.html", context)
