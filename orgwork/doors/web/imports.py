"""This room is for sheets as pages: bring one, say what its columns are, look at what would come of it,
correct, decide, agree, and undo. Each shows its sheets to whoever brought them, and to nobody else.
"""

from __future__ import annotations

import os
import tempfile
import uuid
from pathlib import Path

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from orgwork.doors.web import formats, places, proposals
from orgwork.doors.web.forms import sentence as refusal_sentence
from orgwork.doors.web.lists import Column, keyset, table
from orgwork.doors.web.named import names_for
from orgwork.exchange.sheets import applying, deciding, rehearsing, undoing, writing
from orgwork.exchange.sheets.imports import Import, Outcome, State
from orgwork.exchange.sheets.kinds import KINDS
from orgwork.exchange.sheets.limits import BYTES, MEGA
from orgwork.exchange.sheets.lookups import cells_of
from orgwork.exchange.sheets.sentences import note, sentence
from orgwork.foundation import batches, jobs
from orgwork.foundation.jobs import Job
from orgwork.foundation.refusals import Refusal, WrongState
from orgwork.procedures.sentences import sentence as verb_sentence
from orgwork.registers import access
from orgwork.registers.people import Person, PersonParticulars
from orgwork.registers.reads import note_read

ASKED = ("look_alike", "is_it_this_one")
#: Doubts that an answer for the whole sheet settles, or another look; nothing can be taken there.
ASKS = ("ambiguous_day", "differs", "say_why", "say_paper")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TAGS = {Outcome.REFUSED: "bad", Outcome.DOUBTFUL: "warn", Outcome.NEW: "ok", Outcome.CHANGED: "ok"}
STATES = {State.APPLIED: "ok", State.FAILED: "bad", State.REHEARSED: "warn"}


def mine(request):
    return Import.objects.filter(created_by=request.user)


def find(request, pk: int) -> Import:
    found = mine(request).filter(pk=pk).first()
    if found is None:
        raise Http404(_("None of the sheets you brought has this number."))
    return found


def here(request, brought: Import, **params) -> str:
    return reverse("import", args=[brought.pk]) + request.dials.query(**params)


def kinds_for(request) -> list:
    """The kinds of sheets whose rows the reader could enact somewhere."""
    now = timezone.localdate()
    held = {mandate.act for mandate in access.mandates(request.user, now=now)}
    return [one for one in KINDS.values() if held & set(one.acts)]


# ── bring one ───────────────────────────────────────────────────────────────────────────────────────────


@require_http_methods(["GET", "HEAD", "POST"])
def exchange(request):
    """What comes in and goes out: the sheets brought so far, templates, and the way to bring another."""
    access.require(request.user, "names.read", None, now=timezone.localdate())
    refusal = None
    if request.method == "POST":
        try:
            return redirect(here(request, bring(request)))
        except Refusal as fault:
            refusal = fault
    page = keyset(mine(request).exclude(state=State.DISCARDED), ("-pk",), request.GET, 20)
    context = {
        "section": "exchange",
        "kinds": kinds_for(request),
        "asked": {name: request.POST.get(name, "") for name in ("kind", "sheet", "encoding", "day")},
        "refusal": refusal,
        "megabytes": BYTES // MEGA,
        "today": timezone.localdate(),
        "encodings": ("utf-8", "utf-16", "windows-1258", "tcvn3", "windows-1251", "windows-1252"),
        "exports": [one for one in kinds_for(request) if one.export],
        "imports": [shown(one) for one in page.rows],
        "page": page,
    }
    return render(request, "web/exchange.html", context, status=422 if refusal else 200)


def bring(request) -> Import:
    file = request.FILES.get("file")
    if file is None:
        raise Refusal(_("Choose a file first."), field="file", code="missing")
    if file.size > BYTES:
        raise Refusal(
            _("The file is too large: at most %(size)s megabytes.") % {"size": BYTES // MEGA}, field="file"
        )
    day = asked_day(request)
    path = kept_file(file)
    try:
        brought = rehearsing.bring(
            path, file.name or "", request.POST.get("kind", ""), actor=request.user, door="web",
            day=day, sheet=request.POST.get("sheet", "")[:120],
            encoding=request.POST.get("encoding", "")[:20],
        )  # fmt: skip
    except Refusal:
        path.unlink(missing_ok=True)
        raise
    start(brought, request.user)
    return brought


def asked_day(request):
    from orgwork.doors.web.dials import BadDial, read_day

    try:
        return read_day(request.POST.get("day", ""), _("Day")) or None
    except BadDial as fault:
        raise Refusal(str(fault), field="day", code="no_day") from None


def kept_file(file) -> Path:
    """The file under a name that says nothing, for its owner only, until it is read."""
    folder = Path(settings.MEDIA_ROOT) / "sheets"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / uuid.uuid4().hex
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
        for chunk in file.chunks():
            target.write(chunk)
    return path


def start(brought: Import, account) -> None:
    """The next piece of long work of this sheet, in the background."""
    work = {
        State.READING: (rehearsing.rehearse_in_background, _("Rehearse %(name)s")),
        State.APPLYING: (applying.apply_in_background, _("Apply %(name)s")),
        State.UNDOING: (undoing.undo_in_background, _("Undo %(name)s")),
    }.get(State(brought.state))
    if work is None:
        return
    function, name = work
    job = jobs.enqueue(function, name=name % {"name": brought.name}, account=account, sheet=brought.pk)
    Import.objects.filter(pk=brought.pk).update(job=job.pk)


def shown(one: Import) -> dict:
    kind = KINDS.get(one.kind)
    return {
        "import": one,
        "kind": kind.label if kind else one.kind,
        "tag": STATES.get(State(one.state), ""),
        "rows": formats.number(one.total),
    }


@require_safe
def template_file(request, code):
    if code not in KINDS:
        raise Http404(_("There is no template of this name."))
    kind = KINDS[code]
    rehearsing.require(kind, request.user)
    file = tempfile.TemporaryFile()  # noqa: SIM115  the response closes it
    writing.template(kind, file)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{code}.xlsx", content_type=XLSX)


@require_safe
def export_file(request, code):
    """What the register says, as a sheet that can be corrected and brought back."""
    kind = KINDS.get(code)
    if kind is None or kind.export is None:
        raise Http404(_("There is no such export."))
    place = places.here(request)
    places.need(request, "names.read", place.unit)
    file = tempfile.TemporaryFile()  # noqa: SIM115  the response closes it
    rows = kind.export(place.unit, request.dials.on)
    count = writing.export(kind.columns, rows, file, name=str(kind.label))
    note_read(request.user, "names.read", door="web", unit=place.unit, count=count)
    file.seek(0)
    name = f"{code}-{place.code}.xlsx"
    return FileResponse(file, as_attachment=True, filename=name, content_type=XLSX)


@require_POST
def why(request, pk):
    """Reason and paper for the corrections that the sheet asks for."""
    brought = find(request, pk)
    said = {name: request.POST.get(name, "") for name in ("reason", "symbol", "day", "since")}
    try:
        deciding.say_why(brought, **said)
    except WrongState as refusal:
        messages.error(request, refusal_sentence(refusal))
        return redirect(here(request, brought))
    except Refusal as refusal:
        typed = {"said": said, "refusal": refusal, **base(request, brought), **outcomes(request, brought)}
        return render(request, "web/import.html", typed, status=422)
    start(brought, request.user)
    return redirect(here(request, brought))


# ── one sheet ───────────────────────────────────────────────────────────────────────────────────────────


@require_safe
def import_page(request, pk):
    """What the sheet is and what would come of it: counts that are links, and the rows behind them."""
    brought = find(request, pk)
    context = base(request, brought)
    if brought.state == State.ASKING:
        return render(request, "web/import_columns.html", {**context, **columns_asked(brought)})
    if brought.under_way:
        context["counts_later"] = batches.is_open(brought.code)
        job = Job.objects.filter(pk=brought.job).first()
        context["job"], context["cut_short"] = job, bool(job and job.ended)
        ended = request.htmx and context["cut_short"]
        name = "web/import_progress.html" if request.htmx and not ended else "web/import.html"
        return whole_page() if ended else render(request, name, context)
    if request.htmx:
        return whole_page()
    return render(request, "web/import.html", {**context, **outcomes(request, brought)})


def whole_page() -> HttpResponse:
    """Nothing goes on any more: the page that asked shows what came of it."""
    return HttpResponse(headers={"HX-Refresh": "true"})


def base(request, brought: Import) -> dict:
    return {
        "section": "exchange",
        "brought": brought,
        "kind": KINDS[brought.kind],
        "notes": [note(code, said) for code, said in brought.notes],
        "crumbs": [{"name": _("Exchange"), "url": reverse("exchange") + request.dials.query()}],
        "state_tag": STATES.get(State(brought.state), ""),
    }


def columns_asked(brought: Import) -> dict:
    """Each heading with what stands under it, and the columns it may be."""
    columns = [
        {
            "at": at,
            "heading": heading,
            "chosen": brought.mapping[at] if at < len(brought.mapping) else "",
            "samples": [row[at] for row in brought.samples if at < len(row) and row[at]],
        }
        for at, heading in enumerate(brought.headings)
    ]
    kind = KINDS[brought.kind]
    missing = [one.label for one in kind.columns if one.required and one.code not in brought.mapping]
    return {"columns": columns, "choices": kind.columns, "missing": missing}


def outcomes(request, brought: Import) -> dict:
    kind = KINDS[brought.kind]
    counts = [
        {
            "code": code.value,
            "label": code.label,
            "count": brought.counts.get(code, 0),
            "css": TAGS.get(code, "") if code in (Outcome.REFUSED, Outcome.DOUBTFUL) else "",
            "url": here(request, brought, outcome=code.value),
        }
        for code in Outcome
        if brought.counts.get(code) or code in (Outcome.NEW, Outcome.DOUBTFUL, Outcome.REFUSED)
    ]
    wanted = request.GET.get("outcome", "")
    rows = brought.rows.all()
    to_look_at = [code for code in (Outcome.REFUSED, Outcome.DOUBTFUL) if brought.counts.get(code)]
    if wanted in Outcome.values:
        rows = rows.filter(outcome=wanted)
    elif wanted != "all" and to_look_at and brought.state == State.REHEARSED:
        rows = rows.filter(outcome__in=to_look_at)
    order = ("-number",) if request.GET.get("sort") == "-number" else ("number",)
    page = keyset(rows, order, request.GET)
    return {
        "counts": counts,
        "asked": wanted,
        "table": table(
            row_columns(request, brought, kind),
            page.rows,
            request=request,
            sort=request.GET.get("sort", "number"),
            page=page,
            caption=_("Rows"),
            empty=_("No row has this outcome."),
        ),  # fmt: skip
        "questions": [kind.column(code) for code in rehearsing.open_questions(brought)],
        "doubts": doubts(brought, page.rows),
        "asks_why": page_asks_why(brought),
        "may_apply": brought.state == State.REHEARSED and brought.effective,
        "resting": resting(brought) if brought.state == State.APPLIED else [],
        "waits": undoing.waiting(brought) if brought.state == State.APPLIED else None,
        "all_url": here(request, brought, outcome="all"),
    }


def page_asks_why(brought: Import) -> bool:
    """Whether some rows wait for the reason and the paper of their corrections."""
    if brought.state != State.REHEARSED or brought.options.get("reason"):
        return False
    return "_id" in brought.mapping and bool(brought.counts.get(Outcome.DOUBTFUL))


def row_columns(request, brought: Import, kind) -> list[Column]:
    """Row, the first cells that say whose it is, what comes of it and what to do."""

    def link(row):
        return reverse("import-row", args=[brought.pk, row.number]) + request.dials.query()

    key = [one for one in kind.columns if one.code in brought.mapping][:4]
    return [
        Column("number", _("Row"), lambda row: row.number, link, kind="number", order=("number",)),
        *(
            Column(one.code, one.label, lambda row, code=one.code: row.cells.get(code, ""), kind="text")
            for one in key
        ),
        Column(
            "outcome",
            _("Outcome"),
            lambda row: (TAGS.get(Outcome(row.outcome), "x"), row.get_outcome_display()),
            kind="tag",
        ),
        Column("remarks", _("What to do"), lambda row: writing.said_of(row, kind), kind="text"),
    ]


def doubts(brought: Import, rows) -> list[dict]:
    """Reasons shown on this page that can be settled for all rows at once."""
    if brought.state != State.REHEARSED:
        return []
    found: dict[str, str] = {}
    for row in rows:
        reasons = {remark[2] for remark in row.remarks if remark[1] == Outcome.DOUBTFUL}
        if row.outcome == Outcome.DOUBTFUL and len(reasons) == 1:
            (code,) = reasons
            if code not in ASKS:
                remark = next(one for one in row.remarks if one[2] == code)
                found.setdefault(code, sentence(remark))
    return [
        {
            "code": code,
            "example": text,
            "answer": "another" if code in ("look_alike", "double_in_sheet") else "take",
            "double": code in ("look_alike", "double_in_sheet"),
        }
        for code, text in found.items()
    ]


def resting(brought: Import) -> list[dict]:
    return [
        {
            "text": verb_sentence(one.verb, {}),
            "day": one.day,
            "subject": f"#{one.subject}",
            "url": reverse("person", args=[one.subject])
            if one.type == "person"
            else reverse("case", args=[one.subject])
            if one.type == "case"
            else "",
        }
        for one in undoing.rests_on(brought)
    ]


# ── what is done with it ────────────────────────────────────────────────────────────────────────────────


@require_POST
def columns(request, pk):
    """What each heading is; remembered for the body and the layout."""
    brought = find(request, pk)
    mapping = [request.POST.get(f"column-{at}", "") for at in range(len(brought.headings))]
    try:
        rehearsing.name_columns(brought, mapping, actor=request.user)
    except Refusal as refusal:
        brought.mapping = mapping
        context = {**base(request, brought), **columns_asked(brought), "refusal": refusal}
        return render(request, "web/import_columns.html", context, status=422)
    start(brought, request.user)
    return redirect(here(request, brought))


@require_POST
def orders(request, pk):
    brought = find(request, pk)
    said = {name[6:]: value for name, value in request.POST.items() if name.startswith("order-")}
    return done(request, brought, lambda: deciding.say_orders(brought, said), again=True)


@require_POST
def agree(request, pk):
    brought = find(request, pk)
    return done(request, brought, lambda: applying.agree(brought, actor=request.user), again=True)


@require_POST
def undo(request, pk):
    brought = find(request, pk)
    try:
        waits = undoing.ask(brought, actor=request.user)
    except Refusal as refusal:
        messages.error(request, refusal_sentence(refusal))
        return redirect(here(request, brought))
    if (elsewhere := proposals.waits(request, waits)) is not None:
        return elsewhere
    start(brought, request.user)
    return redirect(here(request, brought))


@require_POST
def go_on(request, pk):
    """Work that was cut short goes on where its last transaction left it."""
    brought = find(request, pk)
    job = Job.objects.filter(pk=brought.job).first()
    if brought.under_way and (job is None or job.ended):
        start(brought, request.user)
    return redirect(here(request, brought))


@require_POST
def discard(request, pk):
    brought = find(request, pk)
    try:
        deciding.discard(brought)
    except Refusal as refusal:
        messages.error(request, refusal_sentence(refusal))
        return redirect(here(request, brought))
    messages.success(request, _("The sheet and everything kept of it are gone."))
    return redirect(reverse("exchange") + request.dials.query())


@require_POST
def decide(request, pk):
    """One answer for all rows that are doubtful for the same reason."""
    brought = find(request, pk)
    try:
        count = deciding.decide_many(brought, request.POST.get("code", ""), request.POST.get("answer", ""))
        said = ngettext("%(count)s row was decided.", "%(count)s rows were decided.", count)
        messages.success(request, said % {"count": formats.number(count)})
    except Refusal as refusal:
        messages.error(request, refusal_sentence(refusal))
    return redirect(here(request, brought))


def done(request, brought: Import, act, *, again: bool = False):
    try:
        act()
    except Refusal as refusal:
        messages.error(request, refusal_sentence(refusal))
        return redirect(here(request, brought))
    if again:
        start(brought, request.user)
    return redirect(here(request, brought))


@require_safe
def remarks(request, pk):
    """The workbook with a column of remarks and coloured cells."""
    brought = find(request, pk)
    file = tempfile.TemporaryFile()  # noqa: SIM115  the response closes it
    writing.with_remarks(brought, KINDS[brought.kind], brought.rows.all(), file)
    file.seek(0)
    name = f"{Path(brought.name).stem}-{_('remarks')}.xlsx"
    return FileResponse(file, as_attachment=True, filename=name, content_type=XLSX)


# ── one row ─────────────────────────────────────────────────────────────────────────────────────────────


@require_http_methods(["GET", "HEAD", "POST"])
def import_row(request, pk, number):
    """One row with everything said of it: correct its cells, or decide what it means."""
    brought = find(request, pk)
    kind = KINDS[brought.kind]
    refusal, typed = None, None
    if request.method == "POST":
        try:
            if answer := request.POST.get("answer", ""):
                deciding.decide(brought, number, answer)
            else:
                typed = {
                    one.code: request.POST[f"cell-{one.code}"]
                    for one in kind.columns
                    if f"cell-{one.code}" in request.POST
                }
                deciding.correct(brought, number, typed)
            return redirect(reverse("import-row", args=[pk, number]) + request.dials.query())
        except Refusal as fault:
            refusal = fault
    row = brought.rows.filter(number=number).first()
    if row is None:
        raise Http404(_("The sheet has no such row."))
    context = base(request, brought) | {
        "row": row,
        "refusal": refusal,
        "tag": TAGS.get(Outcome(row.outcome), ""),
        "fields": [field_of(row, one, typed) for one in kind.columns],
        "general": [sentence(one) for one in row.remarks if not kind.column(one[0]) and sentence(one)],
        "look_alikes": look_alikes(request, row),
        "double": any(one[2] in deciding.DOUBLES and one[1] == Outcome.DOUBTFUL for one in row.remarks),
        "takeable": any(
            one[1] == Outcome.DOUBTFUL and one[2] not in (*deciding.DOUBLES, *ASKS) for one in row.remarks
        ),
        "open": brought.state == State.REHEARSED,
        "made": made(row),
        "around": around(request, brought, row),
    }
    context["crumbs"].append({"name": brought.name, "url": here(request, brought)})
    return render(request, "web/import_row.html", context, status=422 if refusal else 200)


def field_of(row, column, typed) -> dict:
    said = [(one[1], sentence(one)) for one in row.remarks if one[0] == column.code]
    return {
        "column": column,
        "value": (typed or row.cells).get(column.code, ""),
        "remarks": [text for _outcome, text in said if text],
        "bad": any(outcome == Outcome.REFUSED for outcome, _text in said),
        "warn": any(outcome == Outcome.DOUBTFUL for outcome, _text in said),
    }


def look_alikes(request, row) -> list[dict]:
    """Who in the register may be meant: names for those who may read them, a number for the others."""
    idents = [ident for one in row.remarks if one[2] in ASKED for ident in one[3].get("people", [])]
    people = list(Person.objects.filter(pk__in=idents))
    names = names_for(request.user, people)
    births = {row.person_id: row for row in PersonParticulars.objects.filter(person__in=names)}
    cells = cells_of(names, request.dials.today)
    found = []
    for one in people:
        born, cell = births.get(one.pk), cells.get(one.pk)
        about = [formats.birth(born.birth, born.birth_precision)] if born else []
        found.append(
            {
                "pk": one.pk,
                "name": names.get(one.pk, f"#{one.pk}"),
                "about": ", ".join(about + ([cell[1]] if cell else [])),
                "url": reverse("person", args=[one.pk]) + request.dials.query() if one.pk in names else "",
            }
        )
    return found


def made(row) -> list[dict]:
    """What application made of it, as links."""
    rooms = {"person": (_("Person"), "person"), "case": (_("Case"), "case")}
    return [
        {"label": rooms[name][0], "url": reverse(rooms[name][1], args=[value]), "text": f"#{value}"}
        for name, value in row.refs.items()
        if name in rooms
    ]


def around(request, brought: Import, row) -> dict:
    """The next row that asks for something."""
    open_rows = brought.rows.filter(outcome__in=(Outcome.REFUSED, Outcome.DOUBTFUL), number__gt=row.number)
    following = open_rows.order_by("number").values_list("number", flat=True).first()
    url = reverse("import-row", args=[brought.pk, following]) + request.dials.query() if following else ""
    return {"next": following, "url": url}
