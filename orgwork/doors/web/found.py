"""This room is for papers found by words: the places where the words stand, the nearest papers first."""

from __future__ import annotations

from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from orgwork.doors.web import kept, places, words
from orgwork.doors.web.lists import address, read_cursor, write_cursor
from orgwork.foundation import catalogues
from orgwork.foundation.fulltext import MOST_WORDS, tokens_of
from orgwork.foundation.search import query_tokens
from orgwork.registers.documents import Document
from orgwork.registers.paper_relations import no_longer_in_force
from orgwork.registers.paper_search import Narrowing, Search, seen_by, terms, within
from orgwork.registers.paper_search import places as places_of
from orgwork.registers.units import names_of

PER_PAGE = 20
#: Rows of an export; more papers than anybody reads.
MOST = 20_000
NAMES = ("q", "kind", "issued", "term", "force")


def asked(request) -> bool:
    return bool(tokens_of(request.GET.get("q", "")))


def filters(request) -> dict:
    """What the form above the list shows."""
    return {
        "kinds": [("", _("all kinds"))]
        + [(code, words.say(kind.labels)) for code, kind in catalogues.documents().items()],
        "issuers": [("", _("this body and those below")), ("here", _("this body alone"))],
        "terms": [("", _("every term")), *((code, code) for code, _period in terms())],
        "forces": [("", _("or not")), ("yes", _("on the day")), ("no", _("no longer"))],
        "asked": {name: request.GET.get(name, "") for name in NAMES},
    }


def narrowing(request, unit) -> Narrowing:
    """The filters of the address; what nobody knows narrows nothing."""
    given = request.GET
    kind, term = given.get("kind", ""), given.get("term", "")
    return Narrowing(
        kind=kind if kind in catalogues.documents() else "",
        issuer=unit.pk if given.get("issued") == "here" else None,
        term=term if term in dict(terms()) else "",
        in_force=given.get("force", ""),
    )


def search(request, place) -> Search:
    """The papers of the place that the reader may see, and of which of them titles and texts are open."""
    dials = request.dials
    rows = Document.objects.filter(day__lte=dials.on)
    if dials.known_at is not None:
        rows = rows.filter(recorded__lt=dials.known_at)
    who = {"now": dials.today, "on": dials.on, "known_at": dials.known_at}
    for seen in (
        within(place.unit, dials.on, known_at=dials.known_at),
        seen_by(request.user, act="figures.read", **who),
    ):
        rows = rows if seen is None else rows.filter(seen)
    rows = narrowing(request, place.unit).of(rows, dials.on, dials.known_at)
    return Search(rows, request.GET.get("q", ""), seen_by(request.user, act="names.read", **who))


def page(request, place):
    """Papers with all the words, each with the place where they stand."""
    from orgwork.doors.web.documents import document_columns, enrich
    from orgwork.doors.web.lists import export

    question = search(request, place)
    if request.GET.get("export") in ("csv", "xlsx"):
        rows = list(question.all().order_by("-day", "-pk")[:MOST])
        return export(request.GET["export"], document_columns(request), enrich(rows, request), "documents")
    found = question.page(
        PER_PAGE,
        after=read_cursor(request.GET.get("after"), 3),
        before=read_cursor(request.GET.get("before"), 3),
    )
    context = {
        "section": "documents",
        "place": place,
        "crumbs": places.crumbs(place, last_is_link=True),
        "papers": list(shown(request, question, found.papers)),
        "before": cursor(found.before),
        "after": cursor(found.after),
        "exports": address(request, after=None, before=None),
        "left_out": len(set(query_tokens(question.text))) > MOST_WORDS,
        "most": MOST_WORDS,
        "numbers_only": question.named is not None and not places.able(request, "names.read", place.unit),
        **filters(request),
        **kept.context(request, "documents"),
    }
    return render(request, "web/found.html", context)


def cursor(place) -> str:
    return write_cursor({str(n): part for n, part in enumerate(place)}, ["0", "1", "2"]) if place else ""


def shown(request, question: Search, papers: list[Document]):
    dials = request.dials
    ids = [paper.pk for paper in papers]
    readable = readable_of(question, ids)
    issuers = names_of({p.issuer_id for p in papers if p.issuer_id}, dials.on, known_at=dials.known_at)
    ended = set(
        no_longer_in_force(dials.on, known_at=dials.known_at)
        .filter(target__in=ids)
        .values_list("target", flat=True)
    )
    where = places_of(papers, question.text, readable=readable)
    for paper in papers:
        place = where[paper.pk]
        yield {
            "url": reverse("document", args=[paper.pk]) + dials.query(),
            "place": place,
            "kind": words.document_kind(paper.kind) if paper.kind else "",
            "issuer": issuers.get(paper.issuer_id) or paper.issuer_name,
            "day": paper.day,
            "secret": paper.secret,
            "ended": paper.pk in ended,
            "file_url": text_address(place, question.text, dials) if place.file else "",
        }


def readable_of(question: Search, ids: list[int]) -> set[int]:
    """Of these papers those whose title and text are open to the reader."""
    if question.named is None:
        return set(ids)
    return set(Document.objects.filter(question.named, pk__in=ids).values_list("pk", flat=True))


def text_address(place, text: str, dials) -> str:
    return reverse("file-text", args=[place.file]) + dials.query(page=place.page, q=text) + f"#p{place.page}"
