"""This room is for kept texts: a text with every find marked, and beside it what can be decided of each."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from orgwork.doors.web import formats, places, words
from orgwork.doors.web.forms import perform
from orgwork.doors.web.lists import Column, address, chunked, export, keyset, sorting, table
from orgwork.doors.web.marked import pages_of, piece_of, segments
from orgwork.exchange.texts import accepting, comparing, keeping
from orgwork.exchange.texts.hints import OTHER, SAME, Hints, named_so
from orgwork.exchange.texts.kept import KeptText, Kind, State, TextFind, counts, version
from orgwork.exchange.texts.matching import Around, issuer_of, kind_of, matches, symbol_of
from orgwork.foundation.refusals import Refusal
from orgwork.foundation.search import fold
from orgwork.registers import figures
from orgwork.registers.reads import note_read
from orgwork.registers.task_proposals import TaskProposal
from orgwork.registers.units import Unit, names_of, under_ids

#: Marks of the text, by kind, as the stylesheet calls them.
CSS = {
    Kind.DOCUMENT: "documents",
    Kind.PERSON: "persons",
    Kind.FIGURE: "figures",
    Kind.TASK: "tasks",
}
VERBS = {Kind.DOCUMENT: "text.accept_paper", Kind.TASK: "text.accept_task", Kind.FIGURE: "text.accept_figure"}
TAGS = {State.OPEN: "", State.ACCEPTED: "ok", State.DISMISSED: ""}


def open_text(request, pk: int) -> KeptText:
    """The text, if the reader may read texts at its body; else refused."""
    found = KeptText.objects.filter(pk=pk).select_related("unit", "kept_by").first()
    if found is None or found.forgotten_at is not None:
        raise Http404(_("There is no kept text with this number. Look for it in the list of texts."))
    places.need(request, "text.read", found.unit)
    return found


# ── the list ─────────────────────────────────────────────────────────────────────────────────────────────


def listed(request, unit: Unit):
    """Texts kept here and below; words narrow them by title."""
    scope = under_ids(unit, request.dials.on, known_at=request.dials.known_at)
    rows = KeptText.objects.filter(unit__in=scope, forgotten_at=None).defer("text")
    for word in request.GET.get("q", "").split()[:6]:
        rows = rows.filter(title__icontains=word)
    if request.GET.get("language") in dict(LANGUAGES):
        rows = rows.filter(language=request.GET["language"])
    if request.GET.get("state") == "open":
        rows = rows.filter(pk__in=TextFind.objects.filter(state=State.OPEN).values("text"))
    return rows


LANGUAGES = (("vi", "Tiếng Việt"), ("en", "English"), ("de", "Deutsch"), ("ru", "Русский"))


def text_columns(request) -> list[Column]:
    return [
        Column("title", _("Text"), lambda r: r["title"], lambda r: r["url"], order=("title", "pk")),
        Column("unit", _("Body"), lambda r: r["unit"]),
        Column("day", _("Day"), lambda r: r["day"], kind="day", order=("day", "pk")),
        Column("open", _("Open finds"), lambda r: r["open"], kind="number"),
        Column("decided", _("Decided"), lambda r: r["decided"], kind="number"),
        Column("by", _("Brought by"), lambda r: r["by"]),
        Column("file", _("File"), lambda r: r["file"], on_page=False),
        Column("checksum", _("Checksum"), lambda r: r["checksum"], on_page=False),
    ]


def enrich(rows, request) -> list[dict]:
    from django.db.models import Count, Q

    ids = [row.pk for row in rows]
    found = TextFind.objects.filter(text__in=ids).order_by().values_list("text")
    numbers = {
        pk: (left, done)
        for pk, left, done in found.annotate(
            left=Count("pk", filter=Q(state=State.OPEN)), done=Count("pk", filter=~Q(state=State.OPEN))
        )
    }
    names = names_of({row.unit_id for row in rows}, request.dials.on)
    return [
        {
            "title": row.title or f"#{row.pk}",
            "url": reverse("kept-text", args=[row.pk]) + request.dials.query(),
            "unit": names.get(row.unit_id, ""), "day": row.day, "open": numbers.get(row.pk, (0, 0))[0],
            "decided": numbers.get(row.pk, (0, 0))[1], "by": str(row.kept_by or ""), "file": row.file_name,
            "checksum": row.checksum,
        }
        for row in rows
    ]  # fmt: skip


def list_of(request, place) -> dict | Any:
    """The table of kept texts for the page “Read a text”, or the export that was asked for."""
    columns = text_columns(request)
    sort, order = sorting(columns, request.GET.get("sort", ""), "-day")
    rows = listed(request, place.unit)
    wanted = request.GET.get("export")
    if wanted in ("csv", "xlsx"):
        return export(
            wanted, columns, chunked(rows.select_related("kept_by").order_by(*order),
            lambda some: enrich(some, request)), "texts",
        )  # fmt: skip
    page = keyset(rows.select_related("kept_by"), order, request.GET, per_page=20)
    return {
        "texts": table(
            columns, enrich(page.rows, request), request=request, sort=sort, page=page, exports=True,
            caption=_("Texts kept"), empty=_("No text is kept here yet, or none fits."),
        ),
        "texts_asked": {name: request.GET.get(name, "") for name in ("q", "language", "state")},
        "text_states": [("", _("all")), ("open", _("with open finds"))],
    }  # fmt: skip


# ── one text ─────────────────────────────────────────────────────────────────────────────────────────────


@require_safe
def kept_text(request, pk):
    """The text on one side, the finds on the other: a page of both at a time."""
    text = open_text(request, pk)
    place = places.look(request, text.unit.code)
    note_read(request.user, "text.read", door="web", unit=text.unit, count=1)
    asked = {name: request.GET.get(name, "") for name in ("kind", "state")}
    rows = text.finds.order_by("start", "pk")
    if asked["kind"] in Kind.values:
        rows = rows.filter(kind=asked["kind"])
    if asked["state"] in State.values:
        rows = rows.filter(state=asked["state"])
    cuts = pages_of(text.text, list(rows.values_list("start", flat=True)))
    number = min(max(_number(request.GET.get("page")), 1), len(cuts))
    first, last, begin, end = cuts[number - 1]
    shown = list(rows[first:last])
    known = counts(text)
    context = {
        "section": "documents",
        "place": place,
        "crumbs": [{"name": _("Read a text"), "url": reverse("reading") + request.dials.query()}],
        "text": text,
        "asked": asked,
        "pieces": list(segments(piece_of(text.text, begin, end), begin, marks(shown))),
        "before": begin, "after": len(text.text) - end,
        "finds": list(drawn(request, text, shown)),
        "kinds": [kind_count(request, kind, known[kind.value], asked) for kind in Kind],
        "states": [state_count(request, state, known, asked) for state in State],
        "page": number,
        "pages": len(cuts),
        "earlier": address(request, page=number - 1) if number > 1 else "",
        "further": address(request, page=number + 1) if number < len(cuts) else "",
        "able": places.able(request, "text.work", text.unit),
        "newer": text.read_with != version(),
        "next": _number(request.GET.get("next")),
        "refusals": request.session.pop(_left(pk), []),
        "here": request.get_full_path(),
        "all_open": sum(one[State.OPEN] for one in known.values()),
        "brought_by": str(text.kept_by or _("the operator of the machine")),
        "language": dict(LANGUAGES).get(text.language, text.language),
    }  # fmt: skip
    return render(request, "web/kept_text.html", context)


def _number(said: str | None) -> int:
    return int(said) if said and said.isdigit() and len(said) < 19 else 0


def _left(pk: int) -> str:
    return f"text-{pk}-left"


def marks(finds: list[TextFind]) -> list[tuple[int, int, str, str]]:
    """Where marks begin and end: start, end, class, anchor."""
    return [
        (
            one.start,
            one.end,
            "gone" if one.state == State.DISMISSED else CSS[Kind(one.kind)],
            f"f-{one.pk}",
        )
        for one in finds
    ]


def kind_count(request, kind: Kind, numbers: dict, asked: dict) -> dict:
    return {
        "code": kind.value, "css": CSS[kind], "label": LABELS()[kind], "open": numbers[State.OPEN],
        "all": sum(numbers.values()), "on": asked["kind"] == kind.value,
        "url": address(
            request, kind=None if asked["kind"] == kind.value else kind.value, page=None, next=None
        ),
    }  # fmt: skip


def state_count(request, state: State, known: dict, asked: dict) -> dict:
    return {
        "label": state.label, "all": sum(one[state] for one in known.values()),
        "on": asked["state"] == state.value,
        "url": address(
            request, state=None if asked["state"] == state.value else state.value, page=None, next=None
        ),
    }  # fmt: skip


def LABELS() -> dict[Kind, str]:  # noqa: N802  a table in the reader's language
    return {
        Kind.DOCUMENT: _("papers"),
        Kind.PERSON: _("people"),
        Kind.FIGURE: _("figures"),
        Kind.TASK: _("instructions"),
    }


# ── what is said of each find ────────────────────────────────────────────────────────────────────────────


def drawn(request, text: KeptText, finds: list[TextFind]):
    """Each find with what can be done: one question of each sort for the whole page."""
    around = Around(text.unit, text.day)
    papers = matches(finds, text, around)
    people = People(request, text, around, finds)
    stated = Stated(request, text)
    tasks = {
        row.code: row for row in TaskProposal.objects.filter(code__in={one.task for one in finds if one.task})
    }
    issuers = names_of(
        {paper.issuer_id for match in papers.values() for paper in match.possible if paper.issuer_id},
        text.day,
    )
    for one in finds:
        found = {
            "pk": one.pk, "kind": one.kind, "css": CSS[Kind(one.kind)], "state": one.state,
            "open": one.state == State.OPEN, "tag": TAGS[State(one.state)],
            "state_label": State(one.state).label, "surface": " ".join(one.surface.split()),
            "label": Kind(one.kind).label, "changes": VERBS.get(Kind(one.kind)),
            "change": reverse("kept-text-find", args=[text.pk, one.pk]) + request.dials.query(),
        }  # fmt: skip
        if one.kind == Kind.DOCUMENT:
            found |= _paper(request, one, papers.get(one.pk), issuers)
        elif one.kind == Kind.PERSON:
            found |= {
                "posts": one.said.get("posts", []),
                "hints": people.hints(one),
                "known": people.known(one),
            }
        elif one.kind == Kind.FIGURE:
            found |= {"figure": stated.of(one)}
        else:
            row = tasks.get(one.task)
            found |= {"giver": one.said.get("giver"), "assignee": one.said.get("assignee"),
                      "due": one.said.get("due"), "task": row.code if row else ""}  # fmt: skip
        yield found


def _paper(request, one: TextFind, match, issuers) -> dict:
    dials = request.dials
    found: dict = {
        "norm": one.norm,
        "kind_name": words.document_kind(kind_of(one.said)) if kind_of(one.said) else "",
        "paper_day": one.said.get("date") if len(one.said.get("date") or "") == 10 else "",
        "left": one.outcome.get("left", []),
        "entered": one.outcome.get("entered", False),
        "paper": None,
    }
    if one.paper is not None:
        found["paper"] = {
            "symbol": one.paper.symbol, "day": one.paper.day,
            "url": reverse("document", args=[one.paper_id]) + dials.query(),
            "chain": reverse("chain", args=[one.paper_id]) + dials.query(),
        }  # fmt: skip
    if match is not None and one.state == State.OPEN:
        found["sure"] = match.sure.pk if match.sure else None
        found["candidates"] = [
            {
                "pk": paper.pk, "symbol": paper.symbol, "day": paper.day,
                "issuer": issuers.get(paper.issuer_id, "") or paper.issuer_name,
                "url": reverse("document", args=[paper.pk]) + dials.query(),
            }
            for paper in match.possible
        ]  # fmt: skip
    return found


class People:
    """Hints and namesakes for the people of a page; none for who may not read names."""

    def __init__(self, request, text: KeptText, around: Around, finds: list[TextFind]):
        self.able = places.able(request, "names.read", text.unit)
        self.tail = request.dials.query()
        self._hints = Hints(around, text.day)
        named = [one for one in finds if one.kind == Kind.PERSON] if self.able else []
        self._known = named_so({one.norm for one in named}, text.unit, text.day) if named else {}
        held = {hint.unit.pk for one in named for hint in self._hints.of(one.said)}
        self._bodies = names_of(held, text.day) if held else {}

    def link(self, one: tuple[int, str]) -> tuple[str, str]:
        return one[1], reverse("person", args=[one[0]]) + self.tail

    def hints(self, find: TextFind) -> list[dict]:
        if not self.able:
            return []
        return [
            {
                "same": hint.state == SAME, "other": hint.state == OTHER,
                "post": words.post_kind(POST_KINDS[hint.role]) if hint.role in POST_KINDS else hint.role,
                "unit": self._bodies.get(hint.unit.pk, hint.unit.code),
                "people": [self.link(one) for one in hint.holders],
            }
            for hint in self._hints.of(find.said)
        ]  # fmt: skip

    def known(self, find: TextFind) -> list[tuple[str, str]]:
        return [self.link(one) for one in self._known.get(fold(find.norm), [])]


class Stated:
    """Stated figures beside the counted ones: kept ones as they were kept, open ones as they would be."""

    def __init__(self, request, text: KeptText):
        self.request, self.text = request, text
        self.scopes = comparing.Scopes(text)
        self._counted: dict[comparing.Asked, Any] = {}

    def of(self, find: TextFind) -> dict:
        figure = comparing.figure_of(find.said)
        found = {
            "scope": figure.scope, "period": figure.as_of_or_period or "", "counted": figure.counted,
            "stated": figure.value, "percent": figure.unit == "percent", "of": figure.of,
        }  # fmt: skip
        if find.state == State.ACCEPTED and find.outcome.get("indicator"):
            return found | self._kept(find)
        if find.state != State.OPEN:
            return found
        try:
            asked = comparing.asked(find, self.text, scopes=self.scopes)
            if not places.able(self.request, "figures.read", asked.unit):
                return found
            if asked not in self._counted:
                self._counted[asked] = comparing.count(asked, known_at=self.request.dials.known_at)
        except Refusal as refusal:
            return found | {"why": "" if refusal.code == "no_indicator" else str(refusal.message)}
        result = self._counted[asked]
        return found | {
            "label": result.label, "value": result.value,
            "agrees": comparing.agrees(figure, result.value),
            "url": self._url(asked.code, asked.unit.code, asked.since, asked.until),
            "when": self._when(asked.since, asked.until), "unit": asked.unit,
        }  # fmt: skip

    def _kept(self, find: TextFind) -> dict:
        kept = find.outcome
        since = dt.date.fromisoformat(kept["since"]) if kept.get("since") else None
        until = dt.date.fromisoformat(kept["until"])
        return {
            "label": figures.get(kept["indicator"]).label, "value": kept["counted"], "agrees": kept["agrees"],
            "url": self._url(kept["indicator"], kept["unit"], since, until, known=kept.get("known_at")),
            "when": self._when(since, until), "kept": True,
        }  # fmt: skip

    def _url(self, code: str, unit: str, since, until, known=None) -> str:
        extra = {"from": since.isoformat(), "to": until.isoformat()} if since else {}
        dials = self.request.dials.turned(on=until)
        return reverse("figure", args=[code]) + dials.query(unit=unit, **extra)

    def _when(self, since, until) -> str:
        if since is None:
            return formats.day(until)
        return f"{formats.day(since)} – {formats.day(until)}"


POST_KINDS = {
    "secretary": "secretary", "standing deputy secretary": "standing_deputy_secretary",
    "deputy secretary": "deputy_secretary", "head": "head", "deputy head": "deputy_head",
    "standing deputy head": "deputy_head",
}  # fmt: skip


# ── deciding ─────────────────────────────────────────────────────────────────────────────────────────────


@require_POST
def decide(request, pk):
    """Accept, dismiss or open again: one find, those that are ticked, or all open ones of a kind."""
    text = open_text(request, pk)
    places.look(request, text.unit.code)
    act, _colon, one = request.POST.get("act", "").partition(":")
    numbers = [_number(said) for said in ([one] if one else request.POST.getlist("find"))]
    said = {"actor": request.user, "door": "web"}
    try:
        if act == "dismiss-all":
            _told(request, "dismiss", accepting.dismiss(text=text.pk, kind=one, **said))
        elif not numbers:
            raise Refusal(_("Tick the finds that you want to decide about."), field="find")
        elif act == "dismiss":
            _told(request, act, accepting.dismiss(finds=numbers, **said))
        elif act == "reopen":
            _told(request, act, accepting.reopen(finds=numbers, **said))
        elif act == "link" and (entry := _number(request.POST.get(f"entry-{one}"))):
            accepting.accept_paper(find=numbers[0], paper=entry, **said)
            _told(request, "accept", 1)
        elif act in ("accept", "link"):
            done, left = accepting.accept(finds=numbers, **said)
            _told(request, "accept", done)
            request.session[_left(pk)] = [[row.pk, str(why.message)] for row, why in left][:20]
        else:
            raise BadRequest(_("This cannot be done with a find."))
    except Refusal as refusal:
        if len(numbers) == 1 and act in ("accept", "link") and refusal.field not in (None, "find"):
            # What is missing is asked for where it can be filled in.
            messages.warning(request, str(refusal))
            return redirect(reverse("kept-text-find", args=[pk, numbers[0]]) + request.dials.query())
        messages.error(request, str(refusal))
    return redirect(_back(request, text, numbers[-1] if numbers and one else 0))


def _told(request, act: str, count: int) -> None:
    said = {
        "accept": ngettext("%(n)s find accepted.", "%(n)s finds accepted.", count),
        "dismiss": ngettext("%(n)s find dismissed.", "%(n)s finds dismissed.", count),
        "reopen": ngettext("%(n)s find opened again.", "%(n)s finds opened again.", count),
    }[act]
    messages.success(request, said % {"n": formats.number(count)})


def _back(request, text: KeptText, decided: int) -> str:
    """The same page of the text; after a single decision at the next open find, ready for the next key."""
    params = request.POST.get("back", "")
    query = params.partition("?")[2] if params.startswith(reverse("kept-text", args=[text.pk])) else ""
    from django.http import QueryDict

    kept = QueryDict(query, mutable=True)
    kept.pop("next", None)
    row = text.finds.filter(pk=decided).first() if decided else None
    anchor = ""
    if row is not None:
        later = text.finds.filter(state=State.OPEN, start__gte=row.start).exclude(pk=row.pk)
        if kept.get("kind") in Kind.values:
            later = later.filter(kind=kept["kind"])
        following = later.order_by("start", "pk").first()
        if following is not None:
            kept["next"] = str(following.pk)
        anchor = f"#p-{following.pk if following is not None else row.pk}"
    tail = kept.urlencode() or request.dials.query().lstrip("?")
    return reverse("kept-text", args=[text.pk]) + (f"?{tail}" if tail else "") + anchor


@require_POST
def again(request, pk):
    text = open_text(request, pk)
    places.look(request, text.unit.code)
    try:
        keeping.read_again(text=text.pk, actor=request.user, door="web")
        messages.success(request, _("The text was read again; what was decided has stayed."))
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect(_back(request, text, 0))


@require_http_methods(["GET", "POST"])
def change(request, pk, find):
    """One find with everything that was read of it, to be put right before it is accepted."""
    from orgwork.procedures import operations

    text = open_text(request, pk)
    place = places.look(request, text.unit.code)
    row = text.finds.filter(pk=find).first()
    if row is None or VERBS.get(Kind(row.kind)) is None:
        raise Http404(_("There is no such find in this text."))
    known = operations.known[VERBS[Kind(row.kind)]]
    places.need(request, known.act, text.unit)
    definition = replace(known, fields=tuple(one for one in known.fields if one.name != "find"))

    def call(**values):
        return known.call(find=row.pk, **values)

    form, result = perform(request, definition, call, initial=_read(row, text), with_day=False)
    if result is not None:
        _told(request, "accept", 1)
        return redirect(_back(request, text, row.pk))
    context = {
        "section": "documents", "definition": definition, "form": form, "title": known.label, "place": place,
        "sub": " ".join(row.surface.split())[:200],
        "back": reverse("kept-text", args=[pk]) + request.dials.query() + f"#p-{row.pk}",
        "crumbs": [
            {"name": _("Read a text"), "url": reverse("reading") + request.dials.query()},
            {"name": text.title, "url": reverse("kept-text", args=[pk]) + request.dials.query()},
        ],
    }  # fmt: skip
    return render(request, "web/step.html", context, status=422 if request.method == "POST" else 200)


def _read(row: TextFind, text: KeptText) -> dict:
    """What was read, as the form's values."""
    said = row.said
    if row.kind == Kind.DOCUMENT:
        issuer = issuer_of(said, Around(text.unit, text.day))
        return {
            "symbol": symbol_of(said), "kind": kind_of(said), "issuer": issuer.unit,
            "issuer_name": issuer.name,
            "paper_day": said.get("date") if len(said.get("date") or "") == 10 else "",
            "title": said.get("title") or "",
        }  # fmt: skip
    if row.kind == Kind.TASK:
        return {
            "what": said.get("what"), "giver": said.get("giver"), "assignee_name": said.get("assignee"),
            "due": said.get("due"),
        }  # fmt: skip
    try:
        asked = comparing.asked(row, text)
    except Refusal:
        return {"until": text.day}
    return {"indicator": asked.code, "unit": asked.unit, "since": asked.since, "until": asked.until}


# ── what came of texts ───────────────────────────────────────────────────────────────────────────────────


@require_safe
def tasks(request):
    """Proposed tasks kept here and below: open, due, or done with."""
    place = places.here(request)
    places.need(request, "text.read", place.unit)
    columns = task_columns(request)
    sort, order = sorting(columns, request.GET.get("sort", ""), "-day")
    rows = tasks_listed(request, place.unit)
    wanted = request.GET.get("export")
    if wanted in ("csv", "xlsx"):
        return export(
            wanted, columns, chunked(rows.order_by(*order), lambda s: tasks_drawn(s, request)), "tasks"
        )
    page = keyset(rows, order, request.GET)
    context = {
        "section": "documents", "place": place, "crumbs": places.crumbs(place, last_is_link=True),
        "title": _("Proposed tasks"),
        "about": _(
            "What texts ask somebody to do, as it was accepted. "
            "It binds nobody until a work programme takes it."
        ),
        "asked": {name: request.GET.get(name, "") for name in ("q", "state")},
        "states": [("", _("open")), ("late", _("overdue")), ("done", _("done with")), ("all", _("all"))],
        "table": table(
            columns, tasks_drawn(page.rows, request), request=request, sort=sort, page=page, exports=True,
            caption=_("Proposed tasks"),
            empty=_("No task fits. Take a filter away, or look at a larger body."),
        ),
    }  # fmt: skip
    return render(request, "web/came_of_texts.html", context)


def tasks_listed(request, unit):
    on, known_at = request.dials.on, request.dials.known_at
    rows = TaskProposal.objects.at(known_at).filter(
        valid_from__lte=on, unit__in=under_ids(unit, on, known_at=known_at)
    )
    state = request.GET.get("state", "")
    if state == "done":
        rows = rows.filter(valid_to__lte=on)
    elif state != "all":
        rows = rows.valid_on(on)
    if state == "late":
        rows = rows.filter(due__lt=on)
    for word in request.GET.get("q", "").split()[:6]:
        rows = rows.filter(what__icontains=word)
    return rows


def task_columns(request) -> list[Column]:
    return [
        Column("code", pgettext("paper", "Number"), lambda r: r["code"], kind="short"),
        Column("what", _("What is to be done"), lambda r: r["what"], lambda r: r["url"]),
        Column("assignee", _("Who is to do it"), lambda r: r["assignee"]),
        Column("giver", _("Who asks"), lambda r: r["giver"], order=("giver", "pk")),
        Column("due", _("Due"), lambda r: r["due"], kind="short"),
        Column("late", "", lambda r: r["late"], kind="tag"),
        Column("day", _("Said on"), lambda r: r["day"], kind="day", order=("valid_from", "pk")),
        Column("source", _("Said in"), lambda r: r["source"]),
        Column("unit", _("Body"), lambda r: r["unit"], on_page=False),
        Column("done", _("Done with since"), lambda r: r["done"], kind="day", on_page=False),
    ]


def tasks_drawn(rows, request) -> list[dict]:
    on = request.dials.on
    named = places.able(request, "names.read", request.place.unit)
    names = names_of({row.unit_id for row in rows} | {row.assignee_id for row in rows} - {None}, on)
    return [
        {
            "code": row.code, "what": " ".join(row.what.split()),
            "url": reverse("kept-text", args=[row.text]) + request.dials.query() if row.text else "",
            "assignee": names.get(row.assignee_id, "") or row.assignee_name,
            "giver": row.giver if named else "",
            "due": row.due_said or (formats.day(row.due) if row.due else ""),
            "late": ("bad", _("overdue")) if row.due and row.due < on and row.valid_to is None else None,
            "day": row.valid_from, "source": row.source, "unit": names.get(row.unit_id, ""),
            "done": row.valid_to,
        }
        for row in rows
    ]  # fmt: skip


@require_safe
def comparisons(request):
    """Stated figures that were accepted, beside what the registers counted then."""
    place = places.here(request)
    places.need(request, "text.read", place.unit)
    columns = comparison_columns(request)
    sort, order = sorting(columns, request.GET.get("sort", ""), "-day")
    scope = under_ids(place.unit, request.dials.on, known_at=request.dials.known_at)
    rows = TextFind.objects.filter(
        kind=Kind.FIGURE, state=State.ACCEPTED, text__unit__in=scope, text__forgotten_at=None
    ).select_related("text")
    if (state := request.GET.get("state")) in ("same", "differs"):
        rows = rows.filter(outcome__agrees=state == "same")
    for word in request.GET.get("q", "").split()[:6]:
        rows = rows.filter(text__title__icontains=word)
    wanted = request.GET.get("export")
    if wanted in ("csv", "xlsx"):
        return export(
            wanted,
            columns,
            chunked(rows.order_by(*order), lambda s: compared_drawn(s, request)),
            "comparisons",
        )
    page = keyset(rows, order, request.GET)
    context = {
        "section": "documents", "place": place, "crumbs": places.crumbs(place, last_is_link=True),
        "title": _("Figures stated and counted"),
        "about": _("What texts state, beside what the registers counted when the figure was accepted."),
        "asked": {name: request.GET.get(name, "") for name in ("q", "state")},
        "states": [("", _("all")), ("differs", _("differing")), ("same", _("as in the registers"))],
        "table": table(
            columns, compared_drawn(page.rows, request), request=request, sort=sort, page=page, exports=True,
            caption=_("Figures stated and counted"),
            empty=_("No figure fits. Take a filter away, or look at a larger body."),
        ),
    }  # fmt: skip
    return render(request, "web/came_of_texts.html", context)


def comparison_columns(request) -> list[Column]:
    return [
        Column("figure", _("Figure"), lambda r: r["label"], lambda r: r["url"]),
        Column("surface", _("In the text"), lambda r: r["surface"], lambda r: r["text_url"]),
        Column("stated", _("Stated"), lambda r: r["stated"], kind="number"),
        Column("counted", _("Registers"), lambda r: r["counted"], kind="number"),
        Column("agrees", "", lambda r: r["agrees"], kind="tag"),
        Column("when", _("Day or period"), lambda r: r["when"], kind="short"),
        Column("unit", _("Body"), lambda r: r["unit"], on_page=False),
        Column("day", _("Text of"), lambda r: r["day"], kind="day", order=("text__day", "pk")),
        Column("title", _("Text"), lambda r: r["title"]),
    ]


def compared_drawn(rows, request) -> list[dict]:
    codes = {row.outcome.get("unit") for row in rows}
    units = dict(Unit.objects.filter(code__in=codes).values_list("code", "pk"))
    names = names_of(set(units.values()), request.dials.on)
    out = []
    for row in rows:
        kept = Stated(request, row.text)._kept(row)
        agrees = kept["agrees"]
        out.append(
            {
                "label": kept["label"], "url": kept["url"], "surface": " ".join(row.surface.split()),
                "text_url": reverse("kept-text", args=[row.text_id]) + request.dials.query() + f"#p-{row.pk}",
                "stated": row.outcome["stated"], "counted": kept["value"],
                "agrees": ("ok", _("as in the registers")) if agrees else ("warn", _("differs")),
                "when": kept["when"], "unit": names.get(units.get(row.outcome["unit"], 0), ""),
                "day": row.text.day, "title": row.text.title,
            }
        )  # fmt: skip
    return out
