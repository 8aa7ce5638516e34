"""This room is for the book of incoming papers: what came, who answers by when, what is late."""

from __future__ import annotations

import datetime as dt

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Value
from django.db.models.functions import Coalesce
from django.forms import HiddenInput
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST, require_safe

from orgwork.doors.web import cases, formats, lists_printed, places, words
from orgwork.doors.web.bodies import names_of_people
from orgwork.doors.web.forms import StepForm, sentence
from orgwork.doors.web.lists import Column, export, keyset, sorting, table, tabs_of
from orgwork.foundation.refusals import Refusal
from orgwork.foundation.search import fold
from orgwork.procedures import incoming as procedure
from orgwork.procedures import operations
from orgwork.registers import access
from orgwork.registers.appointments import Appointment
from orgwork.registers.incoming import (
    IncomingCopy,
    IncomingNumber,
    IncomingPaper,
    IncomingState,
    book,
    late,
    lying_with,
)
from orgwork.registers.reads import note_read
from orgwork.registers.units import Unit, names_of

TAGS = {"waiting": "warn", "assigned": "plain", "answered": "ok", "closed": "ok", "cancelled": "plain"}
SHOWN = 8
#: Steps of an entry, with the states in which they can be taken.
STEPS = {
    "assign": ("waiting", "assigned"),
    "answer": ("waiting", "assigned"),
    "close": ("waiting", "assigned"),
    "reopen": ("answered", "closed"),
    "correct": ("waiting", "assigned", "answered", "closed"),
    "cancel": ("waiting", "assigned", "answered", "closed"),
}


def tabs(request) -> list[dict]:
    """The lists around papers which the reader may open here."""
    place, found = request.place, []
    for name, label, act in (
        ("documents", _("Documents"), "figures.read"),
        ("incoming", _("Incoming papers"), "incoming.read"),
        ("acquaintance", _("Acquaintance"), "figures.read"),
        ("required", _("Required papers"), "figures.read"),
    ):
        if place and places.able(request, act, place.unit):
            found.append((name, label))
    return tabs_of(request, *found)


def around(request, place, title, here_is: str, **more) -> dict:
    """What stands around a list of this room; ``here_is`` names the list."""
    return {
        "section": "documents", "place": place, "crumbs": places.crumbs(place, last_is_link=True),
        "title": title, "tabs": tabs(request), "here_is": here_is, **more,
    }  # fmt: skip


# ── the book ─────────────────────────────────────────────────────────────────────────────────────────────


@require_safe
def incoming(request):
    """The book of one body, the last entry first; filtered, sorted, handed out, printed by month."""
    place = own_book(request)
    places.need(request, "incoming.read", place.unit)
    columns = columns_of()
    sort, order = sorting(columns, request.GET.get("sort", ""), "-number")
    rows = filtered(request, place.unit)
    wanted = request.GET.get("export")
    if wanted in ("csv", "xlsx", "pdf"):
        told = enrich(list(rows.order_by(*order)), request)
        note_read(request.user, "incoming.read", door="web", unit=place.unit, count=len(told))
        if wanted == "pdf":
            title = _("Book of incoming papers") + (
                f" · {month_said(month)}" if (month := asked_month(request)) else ""
            )
            return lists_printed.as_pdf(
                columns, told, "incoming", title=title, place=place, day=request.dials.on
            )
        return export(wanted, columns, told, "incoming")
    page = keyset(rows, order, request.GET)
    able = places.able(request, "incoming.keep", place.unit)
    context = {
        "section": "incoming",
        "place": place,
        "crumbs": places.crumbs(place, last_is_link=True),
        "tabs": tabs(request),
        "here_is": "incoming",
        "may_enter": able,
        "to_receive": receivable(request, place.unit) if able else [],
        "months": [("", _("all months")), *months(request, place.unit)],
        "states": [("", _("all")), ("open", _("still to be dealt with")), ("late", _("late")),
                   *IncomingState.choices],
        "asked": {name: request.GET.get(name, "") for name in ("q", "state", "month")},
        "table": table(
            columns, enrich(page.rows, request), request=request, sort=sort, page=page, exports=True,
            caption=_("Book of incoming papers"),
            empty=_("No entry fits. Take a filter away, or enter the first paper."),
        ),
    }  # fmt: skip
    return render(request, "web/incoming.html", context)


def own_book(request):
    """The body of the dial; without one, the nearest whose book the reader keeps."""
    if not request.dials.unit_code:
        held = [
            m.unit for m in access.mandates(request.user, now=request.dials.today) if m.act == "incoming.read"
        ]
        unit = Unit.objects.filter(pk__in=held[:1]).first()
        if unit is not None:
            return places.look(request, unit.code)
    return places.here(request)


def filtered(request, unit):
    dials, asked = request.dials, request.GET
    rows = book(unit, dials.on, known_at=dials.known_at)
    state = asked.get("state", "")
    if state == "open":
        rows = rows.filter(state__in=(IncomingState.WAITING, IncomingState.ASSIGNED))
    elif state == "late":
        rows = late(rows, dials.on)
    elif state in IncomingState.values:
        rows = rows.filter(state=state)
    if month := asked_month(request):
        rows = rows.filter(received__year=month.year, received__month=month.month)
    for word in fold(asked.get("q", "")).split()[:6]:
        rows = rows.filter(folded__contains=word)
    rows = rows.select_related("document__issuer", "answer__issuer", "by_post", "sender")
    return rows.annotate(due_key=Coalesce("due", Value(dt.date(9999, 1, 1))))


def asked_month(request) -> dt.date | None:
    try:
        return dt.date.fromisoformat(f"{request.GET.get('month', '')}-01")
    except ValueError:
        return None


def months(request, unit) -> list[tuple[str, str]]:
    """The months in which something came, the last first."""
    days = book(unit, request.dials.on, known_at=request.dials.known_at).dates(
        "received", "month", order="DESC"
    )
    return [(f"{day:%Y-%m}", month_said(day)) for day in days[:36]]


def month_said(day: dt.date) -> str:
    return f"{day.month}/{day.year}"


def columns_of() -> list[Column]:
    return [
        Column("number", pgettext("paper", "Number"), lambda r: r["number"], lambda r: r["url"],
               kind="short", order=("year", "number", "pk")),
        Column("received", _("Received on"), lambda r: r["received"], kind="day", order=("received", "pk")),
        Column("from", _("From"), lambda r: r["sender"]),
        Column("symbol", _("Number and symbol"), lambda r: r["symbol"], lambda r: r["paper_url"],
               kind="short", order=("symbol", "pk")),
        Column("paper_day", _("Day"), lambda r: r["paper_day"], kind="day", on_page=False),
        Column("kind", _("Kind"), lambda r: r["kind"], on_page=False),
        Column("title", _("Title"), lambda r: r["title"], kind="head"),
        Column("who", _("Who answers"), lambda r: r["who"]),
        Column("due", _("To be answered by"), lambda r: r["due"], kind="day", order=("due_key", "pk")),
        Column("state", _("State"), lambda r: r["state"], kind="tag"),
        Column("answer", _("Answered by"), lambda r: r["answer"], lambda r: r["answer_url"], kind="short"),
        Column("closed", _("Closed on"), lambda r: r["closed"], kind="day", on_page=False),
        Column("copied", _("Copies to"), lambda r: r["copied"], on_page=False),
        Column("note", _("The head's note"), lambda r: r["note"], on_page=False),
        Column("reason", _("Reason"), lambda r: r["reason"], on_page=False),
    ]  # fmt: skip


def enrich(rows, request) -> list[dict]:
    """Entries as people read them, in a fixed number of questions."""
    dials = request.dials
    copies: dict[int, list[int]] = {}
    on = IncomingCopy.objects.on(dials.on, known_at=dials.known_at)
    for entry, unit in on.filter(entry__in=[row.entry_id for row in rows]).values_list("entry", "unit"):
        copies.setdefault(entry, []).append(unit)
    bodies = {pk for row in rows for pk in (row.sender_id, row.by_unit_id) if pk}
    bodies |= {unit for some in copies.values() for unit in some}
    bodies |= {row.by_post.unit_id for row in rows if row.by_post and row.by_post.unit_id}
    names = names_of(bodies, dials.on, known_at=dials.known_at)
    people = names_of_people([row.by_person_id for row in rows if row.by_person_id], dials)
    return [one_row(row, names, people, copies.get(row.entry_id, []), request) for row in rows]


def one_row(row: IncomingPaper, names, people, copies, request) -> dict:
    paper, answer, dials = row.document, row.answer, request.dials
    over = row.late(dials.on)
    state = (_("late") if row.open else _("answered late")) if over else row.get_state_display()
    return {
        "pk": row.pk, "entry": row.entry_id, "number": str(row), "received": row.received,
        "url": reverse("incoming-entry", args=[row.entry_id]) + dials.query(),
        "sender": names.get(row.sender_id) or row.sender_name,
        "symbol": row.symbol,
        "paper_url": paper_url(request, paper),
        "paper_day": row.paper_day, "kind": words.document_kind(row.kind) if row.kind else "",
        "title": title_of(row), "who": who_answers(row, names, people), "due": row.due,
        "state": ("bad" if over and row.open else TAGS[row.state], state),
        "answer": answer.symbol if answer else "",
        "answer_url": paper_url(request, answer),
        "closed": row.closed_on, "note": row.note, "reason": row.reason,
        "copied": "; ".join(filter(None, [*(names.get(pk, "") for pk in copies), row.copied_to])),
    }  # fmt: skip


def paper_url(request, paper) -> str:
    """The page of a paper, where the reader may open it: its issuer's figures are asked for there."""
    if paper is None or (paper.issuer_id and not places.able(request, "figures.read", paper.issuer)):
        return ""
    return reverse("document", args=[paper.pk]) + request.dials.query()


def title_of(row: IncomingPaper) -> str:
    """What the book says, else the register; of a secret paper nothing."""
    if row.secret or (row.document and row.document.secret):
        return _("secret paper")
    return row.title or (row.document.title if row.document else "")


def who_answers(row: IncomingPaper, names, people) -> str:
    if row.by_person_id:
        return people.get(row.by_person_id) or f"#{row.by_person_id}"
    if row.by_post:
        return f"{words.post_kind(row.by_post.kind)}, {names.get(row.by_post.unit_id, '')}".rstrip(", ")
    return names.get(row.by_unit_id, "")


def receivable(request, unit) -> list[dict]:
    dials = request.dials
    found = procedure.to_receive(unit, dials.on, known_at=dials.known_at)
    names = names_of({one.sender for one in found if one.sender}, dials.on, known_at=dials.known_at)
    return [
        {"symbol": one.symbol, "title": one.title, "sender": names.get(one.sender or 0, ""), "day": one.day,
         "given": one.given,
         "url": paper_url(request, one.document)}
        for one in found
    ]  # fmt: skip


# ── an entry ─────────────────────────────────────────────────────────────────────────────────────────────


def open_entry(request, pk) -> tuple[IncomingNumber, IncomingPaper]:
    """An entry as it stood on the day, for whoever reads its book, and for those with whom it lies."""
    entry = IncomingNumber.objects.filter(pk=pk).select_related("unit").first()
    dials = request.dials
    rows = (
        IncomingPaper.objects.at(dials.known_at).filter(entry=entry)
        if entry
        else IncomingPaper.objects.none()
    )
    rows = rows.select_related("document__issuer", "answer__issuer", "by_post", "sender").order_by(
        "-valid_from"
    )
    row = rows.valid_on(dials.on).first() or rows.last()
    if entry is None or row is None:
        raise Http404(_("The book has no such entry; open it from the list again."))
    if not places.able(request, "incoming.read", entry.unit) and not lies_here(request, entry):
        places.need(request, "incoming.read", entry.unit)
    places.look(request, entry.unit.code)
    return entry, row


def lies_here(request, entry) -> bool:
    return mine(request, request.dials.today).filter(entry=entry).exists()


def mine(request, day, known_at=None):
    """What lies with the reader by the posts held today."""
    account, today = request.user, request.dials.today
    person = access.person_of(account)
    posts = (
        set(Appointment.objects.on(today).filter(person=person).values_list("post", flat=True))
        if person
        else ()
    )
    units, _under, _all = access.scopes(account, "incoming.keep", now=today)
    heads, _under, _all = access.scopes(account, "incoming.assign", now=today)
    return lying_with(day, person=person, posts=posts, units=units, heads=heads, known_at=known_at)


@require_safe
def entry(request, pk):
    """One entry: the paper, who answers by when, what became of it, and its course."""
    number, row = open_entry(request, pk)
    (shown,) = enrich([row], request)
    note_read(request.user, "incoming.read", door="web", unit=number.unit)
    able = {act: places.able(request, act, number.unit) for act in ("incoming.keep", "incoming.assign")}
    last = IncomingPaper.objects.filter(entry=number).order_by("-valid_from").first()
    steps = [
        {"label": step.label, "main": n == 0, "verb": verb,
         "url": reverse("incoming-step", args=[number.pk, name]) + request.dials.query()}
        for n, (name, states) in enumerate(STEPS.items())
        if last and last.state in states
        and able[(step := operations.known[(verb := f"incoming.{name}")]).act]
    ]  # fmt: skip
    pieces = IncomingPaper.objects.at(request.dials.known_at).filter(entry=number, begun_by__isnull=False)
    context = {
        "section": "incoming",
        "place": request.place,
        "crumbs": [{"name": _("Incoming papers"), "url": reverse("incoming") + request.dials.query()}],
        "row": shown, "record": row, "steps": steps,
        "course": [
            {"day": one.valid_from, "what": words.cause(one.begun_by.kind), "due": one.due}
            for one in pieces.select_related("begun_by").order_by("valid_from")
        ],
    }  # fmt: skip
    return render(request, "web/incoming_entry.html", context)


def step(request, pk, name):
    """A step of an entry: form, one act, back to the entry."""
    if name not in STEPS:
        raise Http404(_("There is no such act. Look at “How it is done”."))
    number, row = open_entry(request, pk)
    definition = operations.known[f"incoming.{name}"]
    places.need(request, definition.act, number.unit)
    initial = {"entry": number.pk, "seen": row.pk}
    if name == "correct":
        said = ("received", "sender", "sender_name", "symbol", "kind", "paper_day", "title")
        initial |= {one: getattr(row, one) for one in said}
    back = reverse("incoming-entry", args=[number.pk]) + request.dials.query()
    return act_on(request, definition, initial, ("entry", "seen"), back)


def enter(request):
    """A paper as printed, into the book of the body looked at."""
    place = own_book(request)
    places.need(request, "incoming.keep", place.unit)
    definition = operations.known["incoming.enter"]
    return act_on(request, definition, {"unit": place.unit}, (), reverse("incoming") + request.dials.query())


@require_POST
def receive(request):
    """What was sent to the body, into its book, today."""
    place = places.here(request)
    given = {
        name: int(value) for name in ("document", "copy") if (value := request.POST.get(name, "")).isdigit()
    }
    try:
        made = procedure.receive(actor=request.user, door="web", unit=place.unit, **given)
    except Refusal as refusal:
        if refusal.code == "not_allowed":
            raise PermissionDenied(sentence(refusal)) from refusal
        messages.error(request, sentence(refusal))
        return redirect(reverse("incoming") + request.dials.query())
    messages.success(request, _("Entered as number %(number)s.") % {"number": made})
    return redirect(reverse("incoming-entry", args=[made.pk]) + request.dials.query())


def act_on(request, definition, initial, hidden, back):
    """The form of an act whose subject the address names; ``hidden`` are the fields that say so."""
    posted = request.method == "POST"
    form = StepForm(definition, request, request.POST if posted else None, initial=initial)
    for name in hidden:
        if name in form.fields:
            form.fields[name].widget = HiddenInput()
            form.fields[name].required = False
            form.groups = [group for group in form.groups if group.name != name]
    if posted and form.is_valid():
        values = form.values() | {name: initial[name] for name in hidden if name != "seen"}
        try:
            made = definition.call(actor=request.user, door="web", day=form.cleaned_data["day"], **values)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("Done: %(step)s.") % {"step": definition.label})
            if isinstance(made, IncomingNumber):
                back = reverse("incoming-entry", args=[made.pk]) + request.dials.query()
            return redirect(back)
    return cases.form_page(request, definition, form, section="incoming", back=back)


# ── today ────────────────────────────────────────────────────────────────────────────────────────────────


def today(request) -> dict:
    """What lies with the reader, what is due first on top, and how much waits to be received."""
    dials = request.dials
    rows = mine(request, dials.on, dials.known_at)
    rows = rows.annotate(due_key=Coalesce("due", Value(dt.date(9999, 1, 1)))).order_by("due_key", "pk")
    count = rows.count()
    shown = enrich(
        list(rows.select_related("document__issuer", "answer__issuer", "by_post")[:SHOWN]), request
    )
    keep, _under, _all = access.scopes(request.user, "incoming.keep", now=dials.today)
    waiting = sum(
        len(procedure.to_receive(unit, dials.on, known_at=dials.known_at))
        for unit in Unit.objects.filter(pk__in=sorted(keep)[:3])
    )
    return {"rows": shown, "count": count, "more": max(count - SHOWN, 0), "waiting": waiting,
            "waiting_said": formats.number(waiting)}  # fmt: skip
