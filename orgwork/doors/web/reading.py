"""This room is for the page “Read a text”: a text is looked at and nothing is kept, or it is kept.

Who only looks leaves no trace: the text goes back and forth in the form. A text that is kept has a page of
its own (``texts_kept.py``), where each find can be decided about.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from functools import cache
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from orgwork.doors.web import places, texts_kept
from orgwork.doors.web.marked import segments
from orgwork.exchange.texts import files, keeping
from orgwork.exchange.texts.finds import Citation, Figure, Mention, Reading, Task
from orgwork.exchange.texts.kept import KeptText, TextFind
from orgwork.exchange.texts.marks import flatten
from orgwork.exchange.texts.reading import read
from orgwork.exchange.texts.text import UnknownLanguage
from orgwork.foundation import catalogues
from orgwork.foundation.refusals import Refusal
from orgwork.foundation.search import fold
from orgwork.registers.appointments import Appointment
from orgwork.registers.documents import Document
from orgwork.registers.people import PersonName
from orgwork.registers.units import under_ids

#: So many finds of a kind are shown; the rest is counted.
SHOWN = 150
LETTERS = 300_000
KINDS = ("documents", "persons", "figures", "tasks")


@require_http_methods(["GET", "POST"])
def page(request):
    """Paste a text or bring a file; look at what is found in it, or keep both."""
    place = places.here(request)
    places.need(request, "figures.read", place.unit)
    asked = {name: request.POST.get(name, "") for name in ("language", "title", "day")} | {"text": ""}
    context = {
        "section": "documents",
        "place": place,
        "languages": [("", _("tell from the text")), *settings.LANGUAGES],
        "asked": asked,
        "may_keep": places.able(request, keeping.ACT, place.unit),
        "may_look": places.able(request, "text.read", place.unit),
        "crumbs": [{"name": _("Documents"), "url": reverse("documents") + request.dials.query()}],
    }
    if request.method == "POST":
        try:
            brought, name, content = _given(request)
            text, context["remark"] = brought.text, brought.remark
            asked["text"] = text
            if "keep" in request.POST:
                if brought.remark:
                    messages.info(request, brought.remark)
                return _kept(request, place, text, name, content, asked)
            _short(text)
            context |= _found(request, place, read(text, asked["language"] or None), text)
        except Refusal as refusal:
            context["refusal"] = refusal
        except UnknownLanguage:
            context["refusal"] = Refusal(
                _("The language cannot be told from this text; choose it."), field="language"
            )
    if context["may_look"]:
        told = texts_kept.list_of(request, place)
        if isinstance(told, HttpResponseBase):
            return told
        context |= told
    return render(request, "web/reading.html", context)


def _given(request) -> tuple[files.Opened, str, bytes | None]:
    """The text of the file, if one is brought, else what was pasted; name and bytes of the file."""
    brought = request.FILES.get("file")
    if brought is None:
        return files.in_unicode(request.POST.get("text", "").replace("\r\n", "\n")), "", None
    content = brought.read(files.LARGEST + 1)
    return files.opened(content), brought.name or "", content


def _short(text: str) -> None:
    if not text.strip():
        raise Refusal(_("Paste a text, or choose a file."), field="text")
    if len(text) > LETTERS:
        raise Refusal(
            _("The text has %(length)s letters; a page shows at most %(most)s. Keep it, or read it with "
              "“orgwork read”.") % {"length": len(text), "most": LETTERS},
            field="text",
        )  # fmt: skip


def _kept(request, place, text: str, name: str, content: bytes | None, asked: dict):
    try:
        day = dt.date.fromisoformat(asked["day"]) if asked["day"] else request.dials.on
    except ValueError as error:
        raise Refusal(_("Enter the day of the text."), field="day") from error
    found, new = keeping.keep(
        text, actor=request.user, door="web", unit=place.unit, day=day, language=asked["language"],
        title=asked["title"], file_name=name, content=content,
    )  # fmt: skip
    if not new:
        messages.info(request, _("This text is kept already; this is it, as it was decided."))
    return redirect(reverse("kept-text", args=[found.pk]) + request.dials.query())


def _found(request, place, reading: Reading, text: str) -> dict:
    shown = {kind: getattr(reading, kind)[:SHOWN] for kind in KINDS}
    return {
        "reading": reading,
        "segments": list(segments(text, 0, _marks(shown))),
        "documents": list(_documents(request, place, shown["documents"])),
        "persons": list(_persons(request, place, shown["persons"])),
        "figures": list(_figures(request, place, shown["figures"], text, reading.lang)),
        "tasks": [_task(number, task) for number, task in enumerate(shown["tasks"], start=1)],
        "rest": {kind: len(getattr(reading, kind)) - len(shown[kind]) for kind in KINDS},
        "defects": reading.defects[:SHOWN],
    }


# ── the text ─────────────────────────────────────────────────────────────────────────────────────────────


def _marks(shown: dict) -> list[tuple[int, int, str, str]]:
    return [
        (find.start, find.end, kind, f"{kind}-{number}")
        for kind in KINDS
        for number, find in enumerate(shown[kind], start=1)
    ]


# ── what could be done ───────────────────────────────────────────────────────────────────────────────────


def _documents(request, place, cited: list[Citation]) -> Iterable[dict]:
    """Each paper cited: where it stands in the register, or the form that enters it."""
    able = places.able(request, "document.register", place.unit)
    known = _registered({one.norm for one in cited if one.norm})
    for number, one in enumerate(cited, start=1):
        papers = known.get(one.norm or "", [])
        yield {
            "anchor": f"documents-{number}", "find": one,
            "known": [_paper(paper, request) for paper in papers],
            "enter": _entering(one) if able and one.norm and not papers else "",
        }  # fmt: skip


def _paper(paper: Document, request) -> tuple[str, str]:
    return paper.symbol, reverse("document", args=[paper.pk]) + request.dials.query()


def _registered(norms: set[str]) -> dict[str, list[Document]]:
    """Papers of the register by their number in ASCII, however it is printed there."""
    wanted = {fold(norm): norm for norm in norms}
    numbers = {int(digits) for norm in norms if (digits := norm.split("-")[0].split("/")[0]).isdigit()}
    found: dict[str, list[Document]] = {}
    for paper in Document.objects.filter(number__in=numbers, secret=False).order_by("-day")[:2000]:
        norm = wanted.get(fold(paper.symbol))
        if norm and len(found.setdefault(norm, [])) < 3:
            found[norm].append(paper)
    return found


@cache
def kinds_by_sign() -> Mapping[str, str]:
    """Kinds of papers by the sign in a number in ASCII; one printed for two kinds, as QĐ is, stays open."""
    printed: dict[str, list[str]] = {}
    for code, kind in catalogues.documents().items():
        for sign in kind.symbols[:1]:
            printed.setdefault(sign, []).append(code)
    found: dict[str, str] = {}
    for sign, codes in printed.items():
        if len(codes) == 1:
            found.setdefault(flatten(sign).upper(), codes[0])
    return found


def _entering(one: Citation) -> str:
    sign = (one.norm or "").partition("-")[2].partition("/")[0].upper()
    given = {
        "symbol": one.norm,
        "kind": kinds_by_sign().get(sign, ""),
        "day": one.date or "",
        "title": one.title or "",
    }
    said = {key: value for key, value in given.items() if value}
    return reverse("do", args=["paper.register"]) + "?" + urlencode(said)


def _persons(request, place, named: list[Mention]) -> Iterable[dict]:
    """Each person named: those of that name who hold a post here, for who may read names."""
    able = places.able(request, "names.read", place.unit)
    holders = _holders(request, place, {one.name_norm for one in named}) if able else {}
    for number, one in enumerate(named, start=1):
        yield {"anchor": f"persons-{number}", "find": one, "known": holders.get(fold(one.name_norm), [])}


def _holders(request, place, names: set[str]) -> dict[str, list[tuple[str, str]]]:
    """Holders of posts under the body by folded name; members without a post are not looked for by name."""
    dials = request.dials
    folded = {fold(name) for name in names}
    held = Appointment.objects.on(dials.on, known_at=dials.known_at).filter(
        post__unit__in=under_ids(place.unit, dials.on, known_at=dials.known_at)
    )
    rows = PersonName.objects.on(dials.on, known_at=dials.known_at).filter(
        folded__in=folded, person__in=held.values("person")
    )
    found: dict[str, list[tuple[str, str]]] = {}
    for row in rows.order_by("person_id")[:200]:
        address = reverse("person", args=[row.person_id]) + dials.query()
        found.setdefault(row.folded, []).append((row.full, address))
    return found


def _figures(request, place, said: list[Figure], text: str, language: str) -> Iterable[dict]:
    """Each figure: beside it what the registers count of the same, where the words name an indicator."""
    stated = texts_kept.Stated(
        request, KeptText(unit=place.unit, day=request.dials.on, language=language, text=text)
    )
    for number, one in enumerate(said, start=1):
        found = stated.of(TextFind(said=one.as_json()))
        yield {
            "anchor": f"figures-{number}", "find": one, "counted": found if "value" in found else None,
            "address": found.get("url", ""),
        }  # fmt: skip


def _task(number: int, task: Task) -> dict:
    return {"anchor": f"tasks-{number}", "find": task}
