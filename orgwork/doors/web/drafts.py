"""This room is for the pages of drafts: who is at which, since when and until when; versions; opinions."""

from __future__ import annotations

import datetime as dt

from django.contrib import messages
from django.db.models import DateField, F, Min, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from orgwork.doors.web import cases, differences, drawing, history, offered, places, words
from orgwork.doors.web.forms import perform
from orgwork.doors.web.lists import Column, chunked, export, keyset, sorting, table, tabs_of
from orgwork.foundation.workdays import workdays_between
from orgwork.procedures import drafting, signing_papers
from orgwork.procedures.cases import Case, CaseHome, CaseStep, running
from orgwork.registers import access
from orgwork.registers.drafts import Draft, DraftOpinion, Stance, latest, titled
from orgwork.registers.people import PersonName
from orgwork.registers.units import Unit, UnitLineage, names_of, under_ids

FAR = dt.date(9999, 12, 31)
#: Who may read a draft: whoever has one of these over the body named, or answers for a body that is asked.
READERS = (
    ("paper.draft", "unit"), ("paper.appraise", "issuer"), ("paper.decide", "issuer"),
    ("document.register", "issuer"), ("names.read", "issuer"),
)  # fmt: skip


def tabs(request) -> list[dict]:
    return tabs_of(request, ("drafts", _("Drafts")), ("reviews", _("Reviews")))


# ── who may look ─────────────────────────────────────────────────────────────────────────────────────────


def readable(account, today: dt.date) -> Q:
    """The drafts that the account may read, as a condition."""
    found = Q(pk__in=[])
    for act, field in READERS:
        over = _over(account, act, field, today)
        if over is None:
            return Q()
        found |= over
    asked = _over(account, "paper.opinion", "unit", today)
    opinions = DraftOpinion.objects.filter(asked) if asked is not None else DraftOpinion.objects.all()
    return found | Q(pk__in=opinions.values("version__draft"))


def _over(account, act: str, field: str, today: dt.date) -> Q | None:
    """The bodies over which the account has the act; None where that is everything."""
    own, under, everything = access.scopes(account, act, now=today)
    if everything:
        return None
    below = UnitLineage.objects.on(today).filter(ancestor__in=under).values("descendant")
    return Q(**{f"{field}__in": own}) | Q(**{f"{field}__in": below}) if under else Q(**{f"{field}__in": own})


def find(request, pk: int) -> tuple[Draft, Case]:
    """The draft of a case, if the reader may look at it; else refused."""
    draft = Draft.objects.filter(case=pk).select_related("unit", "issuer", "basis").first()
    if draft is None:
        raise Http404(_("There is no draft with this number. Look for it in the list of drafts."))
    if not Draft.objects.filter(readable(request.user, request.dials.today), pk=draft.pk).exists():
        raise places.NotOpen(
            _("This draft is open to those who write, decide or issue it, and to bodies asked about it."),
            places.who("paper.draft", draft.unit),
        )
    return draft, Case.objects.select_related("unit", "person").get(pk=pk)


# ── the list ─────────────────────────────────────────────────────────────────────────────────────────────


@require_safe
def drafts(request):
    """Drafts here and below: with whom each lies, since when, until when; late ones are marked."""
    place = places.here(request)
    places.need(request, "figures.read", place.unit)
    columns = draft_columns(request)
    sort, order = sorting(columns, request.GET.get("sort", ""), "until")
    rows = listed(request, place.unit)
    if (wanted := request.GET.get("export")) in ("csv", "xlsx"):
        told = chunked(rows.order_by(*order), lambda some: enrich(some, request))
        return export(wanted, columns, told, "drafts")
    page = keyset(rows, order, request.GET)
    context = {
        "section": "drafts",
        "place": place,
        "crumbs": places.crumbs(place, last_is_link=True),
        "title": _("Drafts"),
        "tabs": tabs(request),
        "here_is": "drafts",
        "selects": [
            {"name": "state", "label": _("State"), "options": states(),
             "chosen": _asked(request, "state", "open")},
            {"name": "kind", "label": _("Kind"), "options": [("", _("all kinds")), *drafting.kinds()],
             "chosen": _asked(request, "kind")},
            {"name": "lies", "label": _("Lies with"), "options": lying(), "chosen": _asked(request, "lies")},
        ],
        "keep": "state",
        "keep_too": "kind",
        "acts": openings(request),
        "table": table(
            columns, enrich(page.rows, request), request=request, sort=sort, page=page, exports=True,
            caption=_("Drafts"), empty=_("No draft fits. Take a filter away, or look at a larger body."),
            key=lambda row: row["pk"],
        ),
    }  # fmt: skip
    return render(request, "web/list.html", context)


def openings(request) -> list[dict]:
    """The way to begin a draft, for whoever may."""
    opening = drafting.drafting.opening
    if opening is None or not places.able(request, opening.act, None):
        return []
    return [offered.offer(request, opening, "open-case", "draft") | {"label": opening.label}]


def _asked(request, name: str, default: str = "") -> str:
    return request.GET.get(name, default)


def states() -> list[tuple[str, object]]:
    of_drafts = [(code, capfirst(str(label))) for code, label in drafting.drafting.states.items()]
    return [("open", _("under way")), ("late", _("late")), *of_drafts, ("all", _("all"))]


def lying() -> list[tuple[str, str]]:
    return [
        ("", _("anybody")),
        ("here", _("a body here or below")),
        ("asked", _("bodies here that are asked")),
    ]


def standing(rows, on: dt.date, *, known_at: int | None = None):
    """Drafts with what their cases said on the day: state, since when, with whom, until when."""
    steps = CaseStep.objects.filter(case=OuterRef("case"), day__lte=on)
    if known_at is not None:
        steps = steps.filter(moment__lt=known_at)
    dues = running(on, known_at=known_at).filter(case=OuterRef("case")).order_by().values("case")
    homes = CaseHome.objects.on(on, known_at=known_at).filter(case=OuterRef("case"))
    came = steps.exclude(source=F("target")).order_by("-day", "-pk")
    return titled(rows, known_at=known_at).annotate(
        stood=Subquery(steps.order_by("-day", "-pk").values("target")[:1]),
        since=Subquery(came.values("day")[:1]),
        home=Subquery(homes.values("unit")[:1]),
        due=Coalesce(
            Subquery(dues.annotate(first=Min("due")).values("first")), Value(FAR), output_field=DateField()
        ),
    )


def found(
    account, unit: Unit, on: dt.date, *, known_at: int | None, today: dt.date, state: str = "open",
    kind: str = "", lies: str = "",
):  # fmt: skip
    """The drafts of bodies here and below, and those about which they are asked, as the account may read."""
    scope = under_ids(unit, on, known_at=known_at)
    asked = DraftOpinion.objects.on(on, known_at=known_at).filter(unit__in=scope)
    of_here = Q(unit__in=scope) | Q(issuer__in=scope) | Q(pk__in=asked.values("version__draft"))
    rows = standing(Draft.objects.all(), on, known_at=known_at)
    rows = rows.filter(of_here, readable(account, today), stood__isnull=False)
    if kind:
        rows = rows.filter(kind=kind)
    if lies == "here":
        rows = rows.filter(home__in=scope)
    elif lies == "asked":
        rows = rows.filter(stood="opinions", pk__in=asked.filter(stance="").values("version__draft"))
    if state == "late":
        return rows.filter(due__lt=on)
    if state in drafting.drafting.states:
        return rows.filter(stood=state)
    return rows if state == "all" else rows.exclude(stood__in=drafting.drafting.final)


def listed(request, unit: Unit):
    """The rows of the list that the address asks for."""
    dials = request.dials
    return found(
        request.user, unit, dials.on, known_at=dials.known_at, today=dials.today,
        state=_asked(request, "state", "open"), kind=_asked(request, "kind"), lies=_asked(request, "lies"),
    )  # fmt: skip


def draft_columns(request) -> list[Column]:
    return [
        Column("title", _("Title"), lambda r: r["title"], lambda r: r["url"], kind="head",
               order=("now_called", "pk")),
        Column("kind", _("Kind"), lambda r: r["kind"]),
        Column("issuer", _("To be issued by"), lambda r: r["issuer"], on_page=False),
        Column("state", _("State"), lambda r: r["state"], kind="tag", order=("stood", "pk")),
        Column("with", _("Lies with"), lambda r: r["home"]),
        Column("since", _("Since"), lambda r: r["since"], kind="day", order=("since", "pk")),
        Column("until", _("Until"), lambda r: r["until"], kind="day", order=("due", "pk")),
        Column("late", "", lambda r: r["late"], kind="tag"),
    ]  # fmt: skip


def enrich(rows, request) -> list[dict]:
    """Names of bodies and words for states: one query for any number of drafts."""
    dials = request.dials
    wanted = {row.home for row in rows} | {row.issuer_id for row in rows}
    names = names_of(wanted - {None}, dials.on, known_at=dials.known_at)
    return [_line(row, names, dials) for row in rows]


def _line(row, names, dials) -> dict:
    until = None if row.due == FAR else row.due
    days = workdays_between(until, dials.on) if until is not None and until < dials.on else None
    final = row.stood in drafting.drafting.final
    return {
        "pk": row.pk,
        "title": row.now_called,
        "url": reverse("paper-draft", args=[row.case]) + dials.query(),
        "kind": words.document_kind(row.kind),
        "issuer": names.get(row.issuer_id, ""),
        "state": ("ok" if final else "", str(drafting.drafting.states[row.stood])),
        "home": names.get(row.home, ""),
        "since": row.since,
        "until": until,
        "late": None if days is None else ("bad", _("%(days)s working days late") % {"days": days}),
    }


def asked_here(request, units) -> list[dict]:
    """What these bodies are asked and have not answered yet, the first due first: for the first page."""
    dials = request.dials
    rows = (
        DraftOpinion.objects.on(dials.on, known_at=dials.known_at)
        .filter(unit__in=units, stance="")
        .select_related("version__draft", "unit")
        .order_by("due", "pk")[:100]
    )
    open_now = set(
        Case.objects.filter(procedure="draft", state="opinions", pk__in={r.version.draft.case for r in rows})
        .values_list("pk", flat=True)
    )  # fmt: skip
    names = names_of({row.unit_id for row in rows}, dials.on, known_at=dials.known_at)
    return [
        {
            "title": row.version.title,
            "url": reverse("paper-draft", args=[row.version.draft.case]) + dials.query(),
            "unit": names.get(row.unit_id, row.unit.code),
            "due": row.due,
            "late": row.due < dials.on,
        }
        for row in rows
        if row.version.draft.case in open_now
    ]


# ── one draft ────────────────────────────────────────────────────────────────────────────────────────────


@require_safe
def draft(request, pk):
    """One draft: its text and versions, what bodies said, who signed, what comes next."""
    found, case = find(request, pk)
    dials = request.dials
    steps, state = cases.as_it_was(case, dials)
    current = state == case.state
    versions = versions_of(found, dials)
    home = next(iter(CaseHome.objects.on(dials.on, known_at=dials.known_at).filter(case=case)), None)
    named = names_of({found.unit_id, found.issuer_id, *([home.unit_id] if home else [])}, dials.on)
    from orgwork.doors.web import draft_files  # these pages look for their draft here

    context = {
        "section": "drafts",
        "case": case,
        "draft": found,
        "gap": True,
        "procedure": drafting.drafting,
        "crumbs": [{"name": _("Drafts"), "url": reverse("drafts") + dials.query()}],
        "title": versions[0].title if versions else found.title,
        "kind": words.document_kind(found.kind),
        "issuer": named.get(found.issuer_id, ""),
        "lead": named.get(found.unit_id, ""),
        "with_whom": named.get(home.unit_id, "") if home else "",
        "since": next((s.day for s in reversed(steps) if s.source != s.target), None),
        "state": drafting.drafting.states.get(state, state),
        "current": current,
        "open_yet": bool(steps),
        "final": state in drafting.drafting.final,
        "drawing": drawing.states(drafting.drafting, here=state, visited=cases.visited(steps)),
        "steps": [cases.done(step, drafting.drafting) for step in steps],
        "next": next_steps(request, case) if current else [],
        "deadlines": cases.deadlines(case, dials),
        "versions": versions,
        "text": versions[0] if versions else None,
        "groups": opinions(request, found, case, current),
        "signature": signature(found, dials),
        **draft_files.of(request, found),
        "paper": getattr(getattr(found, "became", None), "document", None),
        "compare_url": reverse("draft-compare", args=[pk]),
        "history": history.of(request, "case", case.pk),
    }
    return render(request, "web/draft.html", context)


def versions_of(found: Draft, dials) -> list:
    """The versions that there were on the day, the latest first."""
    rows = found.versions.filter(day__lte=dials.on).select_related("author").order_by("-number")
    return list(rows if dials.known_at is None else rows.filter(recorded__lt=dials.known_at))


def next_steps(request, case: Case) -> list[dict]:
    """As on every case, on the pages of this room."""
    found = cases.next_steps(request, case, drafting.drafting)
    for step in found:
        step["url"] = reverse("draft-step", args=[case.pk, step["name"]]) + request.dials.query()
        if step["name"] == "give_opinion":
            step["allowed"] = False  # offered at the body asked, below
            step["who"] = []
    return [step for step in found if step["name"] not in ("give_opinion", "answer_opinion")]


def opinions(request, found: Draft, case: Case, current: bool) -> list[dict]:
    """What bodies said, grouped by stance, each with what became of it."""
    dials = request.dials
    rows = list(
        DraftOpinion.objects.on(dials.on, known_at=dials.known_at)
        .filter(version__draft=found)
        .select_related("version", "unit")
        .order_by("-version__number", "unit__code")
    )
    names = names_of({row.unit_id for row in rows}, dials.on, known_at=dials.known_at)
    now = current and case.state == "opinions"
    newest = latest(found)
    groups = []
    for code, label in [*Stance.choices, ("", _("has not answered"))]:
        those = [row for row in rows if row.stance == code]
        lines = [
            {
                "row": row,
                "name": names.get(row.unit_id, row.unit.code),
                "late": not row.stance and row.due < dials.on,
                "give": _step_url(request, case, "give_opinion", row)
                if now and row.version == newest and not row.verdict
                and places.able(request, "paper.opinion", row.unit) else "",
                "answer": _step_url(request, case, "answer_opinion", row)
                if now and row.version == newest and row.stance
                and places.able(request, "paper.draft", found.unit) else "",
            }
            for row in those
        ]  # fmt: skip
        if lines:
            groups.append({"label": capfirst(str(label)), "lines": lines, "code": code})
    return groups


def _step_url(request, case, name, row) -> str:
    return reverse("draft-step", args=[case.pk, name]) + request.dials.query(about=row.unit.code)


def signature(found: Draft, dials) -> dict | None:
    row = found.signatures.on(dials.on, known_at=dials.known_at).select_related("post").first()
    if row is None:
        return None
    name = PersonName.objects.on(dials.on).filter(person=row.person_id).values_list("full", flat=True).first()
    return {"row": row, "name": name or f"#{row.person_id}", "day": row.valid_from}


# ── two versions ─────────────────────────────────────────────────────────────────────────────────────────


@require_safe
def compare(request, pk):
    """Two versions side by side, word by word; without scripts."""
    found, _case = find(request, pk)
    versions = {one.number: one for one in versions_of(found, request.dials)}
    if len(versions) < 2:
        raise Http404(_("There are no two versions to compare yet."))
    newest = max(versions)
    left, right = _number(request, "a", newest - 1, versions), _number(request, "b", newest, versions)
    rows = differences.side_by_side(versions[left].text, versions[right].text)
    context = {
        "section": "drafts",
        "title": _("Versions side by side"),
        "sub": versions[newest].title,
        "crumbs": [
            {"name": _("Drafts"), "url": reverse("drafts") + request.dials.query()},
            {
                "name": versions[newest].title,
                "url": reverse("paper-draft", args=[pk]) + request.dials.query(),
            },
        ],
        "left": versions[left],
        "right": versions[right],
        "options": [(str(n), _("Version %(number)s") % {"number": n}) for n in sorted(versions)],
        "asked": {"a": str(left), "b": str(right)},
        "rows": rows,
        "counts": differences.counts(rows),
    }
    return render(request, "web/draft_compare.html", context)


def _number(request, name: str, default: int, known) -> int:
    given = request.GET.get(name, "")
    return int(given) if given.isascii() and given.isdigit() and int(given) in known else default


# ── a step as a form ─────────────────────────────────────────────────────────────────────────────────────


@require_http_methods(["GET", "POST"])
def step(request, pk, name):
    """One step of a draft: form → the procedure's function → back to the draft."""
    found, case = find(request, pk)
    definition = drafting.drafting.steps.get(name)
    if definition is None:
        raise Http404(_("This procedure has no such step. Go back to the case."))
    seen = request.POST.get("case_version", "")

    def call(**values):
        return definition.call(case, seen=int(seen) if seen.isdigit() else None, **values)

    back = reverse("paper-draft", args=[pk]) + request.dials.query()
    form, result = perform(request, definition, call, initial=initial(request, found, name))
    if result is not None:
        messages.success(request, _("Done: %(step)s.") % {"step": definition.label})
        return redirect(reverse("paper-draft", args=[pk]) + cases.after(request, form))
    newest = latest(found)
    context = {
        "section": "drafts",
        "case": case,
        "procedure": drafting.drafting,
        "definition": definition,
        "form": form,
        "title": definition.label,
        "sub": newest.title if newest else found.title,
        "crumbs": [
            {"name": _("Drafts"), "url": reverse("drafts") + request.dials.query()},
            {"name": newest.title if newest else found.title, "url": back},
        ],
        "back": back,
        "version": seen if request.method == "POST" and seen.isdigit() else case.version,
        "who_may": signers(found, request.dials) if name == "sign" else [],
    }
    return render(request, "web/step.html", context, status=422 if request.method == "POST" else 200)


def initial(request, found: Draft, name: str) -> dict:
    """What is known already: the last text, the body that the page was left from."""
    newest = latest(found)
    if name == "write" and newest:
        return {"text": newest.text, "title": newest.title}
    about = Unit.objects.filter(code=request.GET.get("about", "")).first()
    return {"unit": about} if about and name in ("give_opinion", "answer_opinion") else {}


def signers(found: Draft, dials) -> list[str]:
    """Posts that sign papers of this kind for the issuer, with their holders and the sign of authority."""
    known = dict(signing_papers.authorities())
    rows = signing_papers.signers(found.issuer, found.kind, dials.on)
    named = dict(
        PersonName.objects.on(dials.on)
        .filter(person__in=[p for _c, _q, p in rows])
        .values_list("person", "full")
    )
    return [
        f"{named.get(person.pk, '')} #{person.pk} · {words.post_kind(post.kind)} · {known[code]}"
        for code, post, person in rows
    ]
