"""This room is for the pages of documents: a plain list, and a paper with its text and what it caused."""

from __future__ import annotations

from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from orgwork.doors.web import formats, found, history, kept, paper_files, places, words
from orgwork.doors.web.lists import Column, export, keyset, sorting, table
from orgwork.foundation import catalogues
from orgwork.registers import access
from orgwork.registers.appointments import Appointment
from orgwork.registers.documents import Document
from orgwork.registers.members import Membership, MembershipPlace, MembershipStanding
from orgwork.registers.paper_parts import parts_of
from orgwork.registers.paper_relations import PaperRelation
from orgwork.registers.paper_search import within
from orgwork.registers.units import UnitName, UnitPlacement, names_of

PARTS = 12


@require_safe
def documents(request):
    """Papers issued here and below, and those without an issuer in the register, the latest first; with words
    in the question, those that are found by them, the nearest first.
    """
    place = places.here(request)
    places.need(request, "figures.read", place.unit)
    if found.asked(request):
        return found.page(request, place)
    columns = document_columns(request)
    sort, order = sorting(columns, request.GET.get("sort", ""), "-day")
    rows = listed(request, place.unit)
    wanted = request.GET.get("export")
    if wanted in ("csv", "xlsx"):
        return export(wanted, columns, enrich(list(rows.order_by(*order)), request), "documents")
    page = keyset(rows, order, request.GET)
    context = {
        "section": "documents",
        "place": place,
        "crumbs": places.crumbs(place, last_is_link=True),
        "table": table(
            columns,
            enrich(page.rows, request),
            request=request,
            sort=sort,
            page=page,
            exports=True,
            caption=_("Documents"),
            empty=_("No paper fits. Take a filter away, or look at a larger body."),
        ),
        **found.filters(request),
        "may_register": places.able(request, "document.register", place.unit),
        **kept.context(request, "documents"),
    }
    return render(request, "web/documents.html", context)


def listed(request, unit):
    dials = request.dials
    rows = Document.objects.filter(day__lte=dials.on)
    if dials.known_at is not None:
        rows = rows.filter(recorded__lt=dials.known_at)
    scope = within(unit, dials.on, known_at=dials.known_at)
    rows = rows if scope is None else rows.filter(scope)
    return found.narrowing(request, unit).of(rows, dials.on, dials.known_at)


def document_columns(request) -> list[Column]:
    return [
        Column("symbol", _("Number and symbol"), lambda r: r["symbol"], lambda r: r["url"], kind="short"),
        Column("kind", _("Kind"), lambda r: r["kind"]),
        Column("title", _("Title"), lambda r: r["title"]),
        Column("issuer", _("Issued by"), lambda r: r["issuer"]),
        Column("day", _("Day"), lambda r: r["day"], kind="day", order=("day", "pk")),
    ]


def enrich(rows, request) -> list[dict]:
    dials = request.dials
    named = places.able(request, "names.read", request.place.unit)  # titles can hold names
    issuers = names_of({row.issuer_id for row in rows if row.issuer_id}, dials.on, known_at=dials.known_at)
    return [
        {
            "symbol": row.symbol or f"#{row.pk}",
            "url": reverse("document", args=[row.pk]) + dials.query(),
            "kind": words.document_kind(row.kind) if row.kind else "",
            "day": row.day,
            "title": _("secret paper") if row.secret else row.title if named else "",
            "issuer": issuers.get(row.issuer_id) or row.issuer_name,
        }
        for row in rows
    ]


def open_paper(request, pk):
    """A paper and its issuer, if the reader may look at them; else refused."""
    paper = Document.objects.filter(pk=pk).select_related("issuer").first()
    if paper is None:
        raise Http404(_("No document has this number. Search for it by its symbol."))
    if paper.issuer is not None:
        places.need(request, "figures.read", paper.issuer)
    return paper, paper.issuer


def may_read(request, issuer) -> bool:
    """Whether title, text and files of a paper of that issuer are open to the reader: they can hold names."""
    if issuer is not None:
        return places.able(request, "names.read", issuer)
    return any(m.act == "names.read" for m in access.mandates(request.user, now=request.dials.today))


@require_safe
def document(request, pk):
    """One paper: number, kind, issuer, day, text, what it caused, and how it rests on others."""
    from orgwork.doors.web import chains, paper_life

    paper, unit = open_paper(request, pk)
    dials = request.dials
    named = may_read(request, unit)
    texts = [] if paper.secret or not named else list(paper.texts.all())
    chosen = request.GET.get("text") or next(
        (t.language for t in texts if t.language == formats.language()), ""
    )
    text = next((t for t in texts if t.language == chosen), texts[0] if texts else None)
    context = {
        "section": "documents",
        "paper": paper,
        "named": named,
        "kind": words.document_kind(paper.kind) if paper.kind else "",
        "issuer": names_of([unit.pk], dials.on).get(unit.pk) if unit else paper.issuer_name,
        "issuer_url": places.address(unit.code, dials) if unit else "",
        "texts": texts,
        "text": text,
        "paragraphs": text.text.split("\n") if text else [],
        "caused": caused(paper, dials, named),
        "parts": parts(request, paper),
        "joint": list(names_of(paper.joint_issuers.values_list("unit", flat=True), dials.on).values()),
        "acts": [*offered(request, paper), *paper_life.acts(request, paper)],
        **chains.of(request, paper),
        **paper_files.of(request, paper, named),
        **paper_life.of(request, paper),
        "history": history.of(request, "document", paper.pk),
        "crumbs": [{"name": _("Documents"), "url": reverse("documents") + dials.query()}],
    }
    return render(request, "web/document.html", context)


@require_safe
def akoma(request, pk):
    """The paper as Akoma Ntoso; title and text are for those who may read names at its issuer."""
    from orgwork.exchange import akoma as made

    paper, unit = open_paper(request, pk)
    dials = request.dials
    named = bool(unit) and places.able(request, "names.read", unit)
    content = made.exported(
        paper, dials.on, known_at=dials.known_at, language=request.GET.get("text", "")[:8], text=named
    )
    response = HttpResponse(content, content_type=made.TYPE)
    response["Content-Disposition"] = f'attachment; filename="paper-{paper.pk}.akn"'
    return response


def parts(request, paper) -> list[dict]:
    """Tasks, breakthroughs, articles by kind, each with the papers that put it into effect."""
    dials = request.dials
    rows = PaperRelation.objects.on(dials.on, known_at=dials.known_at).filter(target=paper).exclude(part="")
    known = catalogues.relations()
    of: dict[str, list] = {}
    for row in rows.select_related("source").order_by("source__day", "pk"):
        of.setdefault(row.part, []).append({
            "symbol": row.source.symbol, "relation": words.say(known[row.kind].inverse),
            "url": reverse("document", args=[row.source_id]) + dials.query(),
        })  # fmt: skip
    found: dict[str, dict] = {}
    for one in parts_of(paper, dials.on, known_at=dials.known_at):
        group = found.setdefault(one.kind, {"label": one.get_kind_display(), "items": []})
        group["items"].append({"number": one.number, "title": one.title, "papers": of.get(one.address, [])})
    return list(found.values())


def offered(request, paper) -> list[dict]:
    """What can be done with the paper by whoever looks at it."""
    tail = request.dials.query()
    found = []
    if places.able(request, "document.register", paper.issuer):
        found += [
            (_("Say on what it rests"), reverse("do", args=["paper.relate"]) + tail + f"&source={paper.pk}"),
            (_("Enter its parts"), reverse("do", args=["paper.parts"]) + tail + f"&paper={paper.pk}"),
            (_("What rests on it"), reverse("annulment", args=[paper.pk]) + tail),
        ]
    return [{"label": label, "url": url} for label, url in found]


def caused(paper, dials, named: bool) -> list[dict]:
    """What began or ended by this paper: counted by kind, the first few named."""
    parts = []
    for model, label, subject in (
        (Membership, _("Memberships"), "person"),
        (MembershipStanding, _("Standings"), "person"),
        (MembershipPlace, _("Places of members"), "person"),
        (Appointment, _("Appointments"), "person"),
        (UnitPlacement, _("Places of bodies"), "unit"),
        (UnitName, _("Names of bodies"), "unit"),
    ):
        rows = model.objects.at(dials.known_at).filter(
            Q(begun_by__document=paper) | Q(ended_by__document=paper)
        )
        ids = list(rows.order_by("pk").values_list(f"{subject}_id", flat=True)[: PARTS + 1])
        if not ids:
            continue
        count = len(ids) if len(ids) <= PARTS else rows.count()
        parts.append({"label": label, "count": count, "items": items(subject, ids[:PARTS], dials, named)})
    return parts


def items(subject, ids, dials, named) -> list[dict]:
    if subject == "person":
        from orgwork.doors.web.bodies import names_of_people

        names = names_of_people(ids, dials) if named else {}
        return [
            {"name": names[pk], "url": reverse("person", args=[pk]) + dials.query()}
            for pk in dict.fromkeys(ids)
            if pk in names
        ]
    from orgwork.registers.units import Unit

    names = names_of(ids, dials.on, known_at=dials.known_at)
    codes = dict(Unit.objects.filter(pk__in=ids).values_list("pk", "code"))
    return [
        {"name": names.get(pk, codes[pk]), "url": places.address(codes[pk], dials)}
        for pk in dict.fromkeys(ids)
    ]
