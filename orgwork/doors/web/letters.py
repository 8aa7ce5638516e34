"""This room is for letters of introduction: the book of counterfoils of a body, and a letter to print."""

from __future__ import annotations

from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from orgwork.doors.web import formats, lists_printed, places
from orgwork.doors.web.bodies import names_of_people
from orgwork.doors.web.cards import tabs
from orgwork.doors.web.lists import Column, chunked, export, keyset, sorting, table
from orgwork.foundation import printing
from orgwork.procedures import letters as book
from orgwork.registers.reads import note_read
from orgwork.registers.units import Unit, names_of, under_ids

MARKS = {"late": "bad", "sent": "warn", "presented": "ok"}


@require_safe
def letters(request):
    """The book of counterfoils of the bodies here and below, the latest letter first."""
    place = places.here(request)
    places.need(request, "names.read", place.unit)
    on = request.dials.on
    below = under_ids(place.unit, on, known_at=request.dials.known_at)
    rows = book.issued(below).filter(day__lte=on)
    late = request.GET.get("state") == "late"
    if late:
        rows = rows.filter(pk__in=[one.step for one in book.overdue_letters(on, below)])
    columns = letter_columns(request)
    sort, order = sorting(columns, request.GET.get("sort", ""), "-day")
    wanted = request.GET.get("export")
    if wanted in ("csv", "xlsx", "pdf"):
        note_read(request.user, "names.read", door="web", unit=place.unit, count=rows.count())
        told = chunked(rows.order_by(*order), lambda some: enrich(some, request))
        if wanted == "pdf":
            said = {"title": _("Book of counterfoils"), "place": place, "day": on}
            return lists_printed.as_pdf(columns, told, "letters", **said)
        return export(wanted, columns, told, "letters")
    page = keyset(rows, order, request.GET)
    if page.rows:
        note_read(request.user, "names.read", door="web", unit=place.unit, count=len(page.rows))
    context = {
        "section": "cards",
        "place": place,
        "crumbs": places.crumbs(place, last_is_link=True),
        "title": _("Letters of introduction"),
        "tabs": tabs(request),
        "here_is": "letters",
        "selects": [
            {
                "name": "state",
                "label": _("State"),
                "options": [("", _("all")), ("late", book.STATES["late"])],
                "chosen": "late" if late else "",
            }
        ],
        "keep": "state",
        "pdf": True,
        "table": table(
            columns, enrich(page.rows, request), request=request, sort=sort, page=page, exports=True,
            caption=_("Letters of introduction"), empty=_("No letter was issued here up to this day."),
        ),
    }  # fmt: skip
    return render(request, "web/list.html", context)


def letter_columns(request) -> list[Column]:
    return [
        Column("number", _("Number and symbol"), lambda r: r["symbol"], lambda r: r["url"], kind="short"),
        Column("day", _("Day"), lambda r: r["day"], kind="day", order=("day", "pk")),
        Column("name", _("Member"), lambda r: r["name"], lambda r: r["person_url"]),
        Column("from", _("From"), lambda r: r["source"]),
        Column("to", _("To"), lambda r: r["target"]),
        Column("due", _("To be presented by"), lambda r: r["due"], kind="day"),
        Column("state", _("State"), lambda r: r["state"], kind="tag"),
        Column("since", _("since"), lambda r: r["since"], kind="day"),
        Column("issuer", _("Issued by"), lambda r: r["issuer"], on_page=False),
    ]


def enrich(rows, request) -> list[dict]:
    dials = request.dials
    found = book.book(rows, dials.on)
    names = names_of_people([one.person for one in found if one.person], dials)
    bodies = {pk for one in found for pk in (one.source, one.target, one.document.issuer_id) if pk}
    told = names_of(bodies, dials.on, known_at=dials.known_at)
    return [
        {
            "symbol": one.document.symbol,
            "url": reverse("letter", args=[one.step]) + dials.query(),
            "day": one.day,
            "name": names.get(one.person or 0) or f"#{one.person}",
            "person_url": reverse("person", args=[one.person]) + dials.query() if one.person else "",
            "source": told.get(one.source or 0, ""),
            "target": told.get(one.target or 0, "") or one.outside,
            "due": one.due,
            "state": (MARKS.get(one.state, ""), str(one.label)),
            "since": one.since,
            "issuer": told.get(one.document.issuer_id or 0, ""),
        }
        for one in found
    ]


@require_safe
def letter(request, pk):
    """A letter with its counterfoil: on the page, as PDF, as a Word file."""
    step = book.issued().filter(pk=pk).first()
    if step is None:
        raise Http404(_("There is no letter with this number. Look for it in the book of counterfoils."))
    one = book.book([step], request.dials.today)[0]
    source = Unit.objects.filter(pk=one.source or 0).first()
    place = places.look(request, source.code) if source else places.here(request)
    places.need(request, "names.read", place.unit)
    note_read(request.user, "names.read", door="web", person=step.case.person)
    said = book.words(one)
    wanted = request.GET.get("as")
    if wanted in ("pdf", "word"):
        return printed(one, said, wanted)
    context = {
        "section": "cards",
        "place": place,
        "crumbs": places.crumbs(place, last_is_link=True),
        "title": f"{said.title} {said.symbol}",
        "tabs": tabs(request),
        "letter": said,
        "pairs": [(label, shown(value)) for label, value in said.letter],
        "state": {"css": MARKS.get(one.state, ""), "label": one.label, "since": one.since},
        "case_url": reverse("case", args=[one.case]) + request.dials.query(),
        "here_url": request.path,
    }
    return render(request, "web/letter.html", context)


def shown(value) -> str:
    return formats.day(value) if hasattr(value, "isoformat") else str(value)


def printed(one: book.Letter, said: book.Words, kind: str):
    """Counterfoil above, letter below; a letter that no longer holds says so."""
    void = (
        _("Void: %(state)s") % {"state": one.label}
        if one.state in ("returned", "cancelled", "expired")
        else ""
    )
    name = f"letter-{one.step}"
    if kind == "word":
        parts = [
            printing.section(
                _("Counterfoil %(number)s") % {"number": said.symbol}, pairs=said.counterfoil, note=void
            ),
            printing.section(f"{said.title} {said.symbol}", pairs=said.letter, text=[]),
            printing.section(text=[*map(str, said.closing), "", ""], note=void),
        ]
        content = printing.word(str(said.title), parts, day=said.day, issuer=said.issuer)
        return lists_printed.file(content, f"{name}.docx", lists_printed.WORD)
    data = {
        "title": str(said.title), "symbol": said.symbol, "issuer": said.issuer, "day": said.day, "void": void,
        "counterfoil": said.counterfoil, "letter": said.letter, "closing": said.closing,
        "stub": _("Counterfoil"), "footer": f"{said.symbol} · {said.issuer}",
    }  # fmt: skip
    return lists_printed.file(printing.pdf("letter", data), f"{name}.pdf", printing.TYPE)
