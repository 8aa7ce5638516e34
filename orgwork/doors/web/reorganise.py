"""This room is for the pages of reorganisations: the board of plans, a plan with everything it does, and what
people decide about it. Rehearsal, enactment and undo are long work, with their progress shown.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from orgwork.doors.web import formats, linked, words
from orgwork.doors.web.dials import read_day
from orgwork.doors.web.lists import Column, Page, export, table
from orgwork.exchange import reorganise as room
from orgwork.foundation import jobs, journal
from orgwork.foundation.jobs import Job
from orgwork.foundation.moments import writing
from orgwork.foundation.refusals import Refusal
from orgwork.procedures import reorganisation, reorganisation_jobs
from orgwork.procedures.reorganisation_accepting import left_over
from orgwork.procedures.reorganisation_days import days_of, shapes
from orgwork.procedures.reorganisation_hanging import by_kind, groups, members_by_body
from orgwork.procedures.reorganisation_invariants import label_of
from orgwork.procedures.reorganisation_rules import RULES
from orgwork.procedures.reorganisation_shape import Ref, Shape
from orgwork.procedures.reorganisation_variants import STANDING, family
from orgwork.registers import access
from orgwork.registers.reorganisation import (
    ChangeOf,
    DecisionOn,
    Plan,
    PlanClause,
    PlannedChange,
    PlanState,
)
from orgwork.registers.units import Unit

ACT = reorganisation_jobs.ACT
MEGA = 1 << 20
TAGS: dict[str, str] = {PlanState.READY: "ok", PlanState.ENACTED: "ok", PlanState.UNDONE: "warn"}
PER_PAGE = 25
WORK = {
    "rehearse": reorganisation_jobs.rehearse_plan,
    "enact": reorganisation_jobs.enact_plan,
    "undo": reorganisation_jobs.undo_plan,
}


def _require(request, plan: Plan | None = None) -> None:
    unit = (plan.unit or access.root()) if plan else None
    access.require(request.user, ACT, unit, now=timezone.localdate())


def _find(request, code: str) -> Plan:
    found = Plan.objects.filter(code=code).first()
    if found is None:
        raise Http404(_("No plan has this code."))
    _require(request, found)
    return found


# ── the board ───────────────────────────────────────────────────────────────────────────────────────────


@require_http_methods(["GET", "HEAD", "POST"])
def board(request):
    """All plans that concern bodies the reader answers for, by state; and the way to a new one."""
    _require(request)
    refusal = None
    if request.method == "POST":
        try:
            plan = _bring(request)
            if left := len(room.places_open(plan)):
                said = ngettext(
                    "The text leaves %(count)s place open; it stands beside its clause.",
                    "The text leaves %(count)s places open; they stand beside their clauses.", left,
                )  # fmt: skip
                messages.warning(request, said % {"count": formats.number(left)})
                return redirect(reverse("plan-clauses", args=[plan.code]) + request.dials.query())
            return redirect(reverse("reorganisation", args=[plan.code]) + request.dials.query())
        except Refusal as fault:
            refusal = fault
    plans = Plan.objects.select_related("unit", "variant_of").order_by("-day", "code")[:200]
    rows = [plan for plan in plans if _open_to(request, plan)]
    counted: dict[int, dict[str, int]] = defaultdict(dict)
    kinds = PlannedChange.objects.filter(plan__in=rows).order_by().values_list("plan", "kind")
    for plan_id, kind, count in kinds.annotate(count=Count("pk")):
        counted[plan_id][kind] = count
    read = set(PlanClause.objects.filter(plan__in=rows).values_list("plan", flat=True))
    columns = [
        {
            "state": PlanState(state).label,
            "plans": [
                _card(request, plan, counted[plan.pk], plan.pk in read)
                for plan in rows
                if plan.state == state
            ],
        }
        for state in PlanState.values
    ]
    context = {
        "section": "reorganisations",
        "columns": [one for one in columns if one["plans"]],
        "refusal": refusal,
        "asked": {name: request.POST.get(name, "") for name in ("day", "title")},
    }
    return render(request, "web/reorganisations.html", context, status=422 if refusal else 200)


def _open_to(request, plan: Plan) -> bool:
    return bool(access.may(request.user, ACT, plan.unit or access.root(), now=timezone.localdate()))


def _card(request, plan: Plan, counted: Mapping[str, int], read: bool) -> dict:
    """A plan with what it does, in words; each number leads to the list of those changes. Territories are
    listed beside the clauses from which they were read.
    """
    listed = {
        kind: reverse("plan-changes", args=[plan.code]) + request.dials.query(kind=kind) for kind in counted
    }
    listed[ChangeOf.AREA] = reverse("plan-clauses", args=[plan.code]) + request.dials.query() if read else ""
    changes = [
        {"said": does(kind, counted[kind]), "url": listed[kind]}
        for kind in ChangeOf.values if kind in counted
    ]  # fmt: skip
    days = [day for day in days_of(plan) if day != plan.day]
    return {"plan": plan, "changes": changes, "days": days}


def does(kind: str, count: int) -> str:
    """What a plan does, counted, in words."""
    said = {
        ChangeOf.AREA: ngettext("%(count)s territory changes", "%(count)s territories change", count),
        ChangeOf.FOUND: ngettext("%(count)s body is founded", "%(count)s bodies are founded", count),
        ChangeOf.END: ngettext("%(count)s body ends", "%(count)s bodies end", count),
        ChangeOf.MERGE: ngettext(
            "%(count)s body merges into another", "%(count)s bodies merge into others", count
        ),
        ChangeOf.ABSORB: ngettext("%(count)s body is absorbed", "%(count)s bodies are absorbed", count),
        ChangeOf.SPLIT: ngettext("%(count)s body is split", "%(count)s bodies are split", count),
        ChangeOf.MOVE: ngettext("%(count)s body moves", "%(count)s bodies move", count),
        ChangeOf.RENAME: ngettext("%(count)s body is renamed", "%(count)s bodies are renamed", count),
        ChangeOf.CHANGE_KIND: ngettext(
            "%(count)s body changes its kind", "%(count)s bodies change their kind", count
        ),
        ChangeOf.TRANSFER_FUNCTION: ngettext(
            "%(count)s body hands over functions", "%(count)s bodies hand over functions", count
        ),
        ChangeOf.TRANSFER_AREAS: ngettext(
            "%(count)s body hands over served places", "%(count)s bodies hand over served places", count
        ),
    }
    return said[ChangeOf(kind)] % {"count": formats.number(count)}


def _bring(request) -> Plan:
    """A plan from a table of changes of territories, or from a resolution's text."""
    file = request.FILES.get("file")
    if file is None:
        raise Refusal(_("Choose a file first."), field="file", code="missing")
    if file.size > 20 * MEGA:
        raise Refusal(_("The file is too large: at most %(size)s megabytes.") % {"size": 20}, field="file")
    day = read_day(request.POST.get("day", ""), _("Day"))
    if day is None:
        raise Refusal(_("Say from which day it holds."), field="day", code="missing")
    rows, clauses = room.given(file.read(), file.name or "", day)
    with writing(actor=request.user, door="web") as act:
        title = request.POST.get("title", "").strip()[:300]
        plan = room.load(act, rows, day, title=title, clauses=clauses)
        _require(request, plan)
    return plan


# ── one plan ────────────────────────────────────────────────────────────────────────────────────────────


@require_safe
def plan_page(request, code):
    """What a plan does, what hangs on it, what is open, and how the counts stand before and after."""
    plan = _find(request, code)
    kept = (plan.outcome if plan.state == PlanState.ENACTED else plan.rehearsed).get("invariants", [])
    invariants = [{**one, "label": _label(one)} for one in kept]
    context = {
        "section": "reorganisations",
        "crumbs": [{"name": _("Reorganisations"), "url": reverse("reorganisations") + request.dials.query()}],
        "plan": plan,
        "tag": TAGS.get(plan.state, ""),
        "papers": plan.papers.order_by("pk"),
        "linked": linked.of_plan(request, plan),
        "invariants": [
            {**one, "before": formats.number(one["before"]), "after": formats.number(one["after"])}
            for one in invariants
            if not _proof(one["code"]) and (one["before"] or one["after"])
        ],
        "noughts": [
            one for one in invariants if not (_proof(one["code"]) or one["before"] or one["after"])
        ],
        "proofs": [one for one in invariants if _proof(one["code"])],
        "written": plan.outcome.get("written", {}),
        "at_work": _at_work(plan),
    }  # fmt: skip
    if plan.state != PlanState.ENACTED:
        planned = shapes(plan)
        if request.GET.get("export") in ("csv", "xlsx"):
            return _sheet(request, planned)
        context |= _before(request, planned)
    return render(request, "web/reorganisation.html", context)


def _label(one: dict) -> str:
    """What is counted, and on which day where the plan has several."""
    day = one.get("day")
    return (
        f"{label_of(one['code'])} · {formats.day(date.fromisoformat(day))}" if day else label_of(one["code"])
    )


def _at_work(plan: Plan) -> Job | None:
    """What is being done with the plan just now, with how far it is."""
    found = Job.objects.filter(kind__in=reorganisation_jobs.KINDS, payload__plan=plan.pk)
    one = found.filter(state__in=[Job.State.WAITING, Job.State.RUNNING]).order_by("-pk").first()
    return jobs.latest(one) if one else None


def _proof(code: str) -> bool:
    """Whether a count is a sum that only tells same from other, and no number for people."""
    return code.endswith("_checksum") or "before_the_day" in code


def _before(request, planned: list[Shape]) -> dict:
    left = reorganisation.blocking_all(planned)
    hang = groups(planned)
    waits = len(left_over(hang))
    before, after = _trees(planned)
    return {
        "counts": [
            (ChangeOf(kind).label, formats.number(n))
            for kind, n in reorganisation.counts_of(planned).items()
        ],
        "rules": _rules(planned),
        "open": [_asked(request, shape, one) for shape in planned for one in shape.open][:60],
        "left": formats.number(len(left)), "blocked": bool(left),
        "others": [one for one in left if one["what"] in reorganisation.IMPOSSIBLE],
        "unchecked": sum(one["what"] == "clause" for one in left),
        "clauses": planned[0].plan.clauses.exists(), "days": [shape.day for shape in planned],
        "carried": reorganisation.carried_over_all(planned),
        "beside": _beside(request, planned[0].plan),
        "unaccepted": waits, "unaccepted_said": formats.number(waits),
        "hanging": [
            {
                "label": one.label, "rules": one.rules, "count": formats.number(one.count), "kind": one.kind,
                "bodies": formats.number(one.bodies), "groups": formats.number(one.groups),
                "done": formats.number(one.done), "all_done": one.done == one.groups,
            }
            for one in by_kind(hang)
        ],
        "trees": [(_("Before"), before), (_("After"), after)],
        "changes": _changes(request, planned),
    }  # fmt: skip


def _beside(request, plan: Plan) -> str:
    """The way to the variants that stand, this one first; empty where it is the only one."""
    others = family(plan).filter(state__in=STANDING).exclude(pk=plan.pk).values_list("code", flat=True)
    if plan.state not in STANDING or not others:
        return ""
    query = request.dials.query() or "?"
    return reverse("plans-beside") + query + "".join(f"&plan={code}" for code in (plan.code, *others[:2]))


class Named:
    """Names of bodies and planned bodies, looked up together."""

    def __init__(self, shape: Shape, refs):
        self.shape, self.found = shape, reorganisation.names(shape, refs)

    def __call__(self, ref: Ref | None) -> str:
        if ref is None:
            return "–"
        if ref not in self.found:
            self.found |= reorganisation.names(self.shape, [ref])
        return self.found.get(ref) or reorganisation.known(self.shape, ref)


def _rules(planned: list[Shape]) -> list[dict]:
    counted = Counter(row["rule"] for shape in planned for row in shape.rows())
    return [{"rule": RULES.get(rule, rule), "count": formats.number(n)} for rule, n in counted.most_common()]


def _trees(planned: list[Shape]) -> tuple[list[dict], list[dict]]:
    """The bodies directly under the head, before and after, with their members."""
    first, shape = planned[0], planned[-1]
    head, named = shape.plan.unit_id, Named(shape, ())
    was, will = members_by_body(shape)
    if head is None:
        return [], []
    old = [unit for unit in first.world.below.get(head, ()) if was.get(unit)]
    moved: dict[int, Ref] = {unit: target for unit, (target, _rule) in shape.moved.items()}
    there = shape.world.below.get(head, ())
    new: list[Ref] = [one for one in there if one not in shape.ended and moved.get(one, head) == head]
    new += [one for one, target in moved.items() if target == head and one not in new]
    new += [key for key, one in shape.founded.items() if one.parent == head]
    after = [ref for ref in new if will.get(ref)]
    return _by_members(old, was, named), _by_members(after, will, named)


def _by_members(refs: Sequence[Ref], counts: Mapping[Any, int], named: Named) -> list[dict]:
    """Bodies with their members, the largest first."""
    rows = sorted(refs, key=lambda ref: (-counts.get(ref, 0), str(ref)))
    return [{"name": named(ref), "members": formats.number(counts[ref])} for ref in rows[:60]]


def _asked(request, shape: Shape, one) -> dict:
    """An open question as a form: what it is about, and the choices."""
    said = reorganisation.told(shape, one)
    named = Named(shape, [ref for ref in one.choices if not isinstance(ref, str) or ref in shape.founded])
    reform = shape.world.reform
    choices = []
    for choice in one.choices:
        if one.what == DecisionOn.PLACE and reform is not None:
            key = next((k for k in reform.coming if reform.code(k) == choice), None)
            choices.append((choice, f"{reform.name(key)} ({choice})" if key else choice))
        else:
            choices.append((reorganisation.known(shape, choice), named(choice)))
    label = said.get("name") or (f"#{one.subject}" if one.what == DecisionOn.PERSON else said.get("code", ""))
    under = named(one.under) if one.what != DecisionOn.PLACE else ""
    return {
        "what": one.what, "subject": one.subject, "kind": DecisionOn(one.what).label, "label": label,
        "under": under, "choices": choices,
    }  # fmt: skip


def _columns() -> list[Column]:
    return [
        Column("kind", _("Change"), lambda row: str(ChangeOf(row["kind"]).label)),
        Column("subject", _("Body"), lambda row: row["body"]),
        Column("target", _("Goes to"), lambda row: row["to_body"]),
        Column("rule", _("Rule"), lambda row: str(RULES.get(row["rule"], row["rule"])), kind="small"),
        Column("day", _("Effective from"), lambda row: row["day"], kind="day"),
        Column("clause", _("Clause"), lambda row: row.get("clause", ""), kind="small"),
    ]


def _wanted(request, planned: list[Shape]) -> list[tuple[Shape, dict]]:
    kind = request.GET.get("kind", "")
    return [(shape, row) for shape in planned for row in shape.rows() if not kind or row["kind"] == kind]


def _told_all(some: list[tuple[Shape, dict]]) -> list[dict]:
    """The rows of several days, those of each with the names of that day."""
    return [
        row for shape, rows in groupby(some, key=itemgetter(0)) for row in _told(shape, [r for _s, r in rows])
    ]


def _told(shape: Shape, rows: list[dict]) -> list[dict]:
    named = Named(shape, {ref for row in rows for ref in (row.get("subject"), *_targets(row)) if ref})
    return [
        {
            **row, "day": shape.day, "body": row.get("name") or named(row.get("subject")),
            "to_body": "; ".join(named(ref) for ref in _targets(row)) or words.body_kind(row.get("to", "")),
        }
        for row in rows
    ]  # fmt: skip


def _sheet(request, planned: list[Shape]):
    """Everything the plan does to bodies as a spreadsheet."""
    rows = _told_all(_wanted(request, planned))
    return export(request.GET["export"], _columns(), rows, f"plan-{planned[0].plan.code}")


def _changes(request, planned: list[Shape]) -> dict:
    """Everything the plan does to bodies, filtered by kind, page by page."""
    rows = _wanted(request, planned)
    asked = request.GET.get("page", "1")
    at = max(int(asked), 1) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1
    told = _told_all(rows[(at - 1) * PER_PAGE : at * PER_PAGE])
    drawn = table(
        _columns(), told, request=request, exports=True, caption=_("Changes of bodies"), page=Page(told),
        empty=_("No body changes."),
    )  # fmt: skip
    return {
        "table": drawn, "next": at + 1 if at * PER_PAGE < len(rows) else None,
        "before": at - 1 if at > 1 else None, "count": formats.number(len(rows)),
        "kind": request.GET.get("kind", ""),
        "kinds": [("", _("all kinds")), *((k.value, k.label) for k in ChangeOf if k != ChangeOf.AREA)],
    }  # fmt: skip


def _targets(row) -> list:
    target = row.get("target")
    if target is None:
        return []
    return list(target) if isinstance(target, list) else [target]


@require_POST
def decide(request, code):
    """What people say about what is open: one question, or all that a page shows at once."""
    plan = _find(request, code)
    count = 0
    with writing(actor=request.user, door="web") as act:
        asked = {(one.what, one.subject) for shape in shapes(plan) for one in shape.open}
        for name, value in request.POST.items():
            what, _dash, subject = name.partition("-")
            if not value or not subject.isdigit() or (what, int(subject)) not in asked:
                continue
            unit = None if what == DecisionOn.PLACE else Unit.objects.filter(code=value).first()
            reorganisation.decide(
                plan, what, int(subject), target=unit, target_key="" if unit else value[:120], by=request.user
            )
            count += 1
        if count:
            reorganisation.touched(plan)
            said = [(("plan", plan.pk), {"plan": plan.code, "count": count})]
            journal.record(act, "reorganisation.decide", day=act.day, subjects=said)
    messages.success(request, _("%(count)s decisions were kept.") % {"count": count})
    return redirect(reverse("reorganisation", args=[plan.code]) + request.dials.query())


@require_POST
def work(request, code, what):
    """Ask for the rehearsal, the enactment or the undo of a plan; it is done in the background."""
    plan = _find(request, code)
    if what not in WORK:
        raise Http404(_("No plan has this code."))
    names = {
        "rehearse": _("Rehearsal of the plan %(plan)s"), "enact": _("Enactment of the plan %(plan)s"),
        "undo": _("Taking back the plan %(plan)s"),
    }  # fmt: skip
    wanted = jobs.enqueue(
        WORK[what], name=names[what] % {"plan": plan.code}, account=request.user, plan=plan.pk
    )
    return redirect(reverse("job", args=[wanted.pk]) + request.dials.query())
