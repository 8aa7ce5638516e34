"""This room is for the page on which a person holds what was read of a resolution against its words."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from orgwork.doors.web import formats
from orgwork.doors.web.forms import perform, sentence
from orgwork.doors.web.lists import keyset
from orgwork.doors.web.reorganise import _find
from orgwork.doors.web.reorganise_changes import address_of, crumbs, form_of_a_plan, named_changes
from orgwork.doors.web.reorganise_variants import AboutAPlan
from orgwork.foundation.refusals import Refusal
from orgwork.procedures import reorganisation_clauses as room
from orgwork.registers.areas import Area, ChangeKind
from orgwork.registers.reorganisation import ChangeOf, ClauseState, Plan, PlanClause, PlannedChange, PlanState

PER_PAGE = 12
TAGS = {
    ClauseState.OPEN: "warn", ClauseState.ACCEPTED: "ok", ClauseState.CORRECTED: "ok",
    ClauseState.LEFT_OUT: "",
}  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def clauses(request, code):
    """Each clause in its own words beside what was made of it: accepted, corrected, or left out."""
    plan = _find(request, code)
    if request.method == "POST":
        _keep(request, plan)
        return redirect(request.get_full_path())
    state = request.GET.get("state", "")
    rows = plan.clauses.filter(state=state) if state in ClauseState.values else plan.clauses.all()
    page = keyset(rows, ("order",), request.GET, PER_PAGE)
    made = plan.changes.filter(said_in__in=page.rows).select_related("subject", "target", "paper")
    named = named_changes(plan, list(made.order_by("order")))
    context = {
        "section": "reorganisations", "crumbs": crumbs(request, plan), "plan": plan, "page": page,
        "state": state, "states": [("", _("all")), *ClauseState.choices],
        "editable": plan.state not in (PlanState.ENACTED, PlanState.WITHDRAWN),
        "left": formats.number(plan.clauses.filter(state=ClauseState.OPEN).count()),
        "clauses": [_beside(one, [row for row in named if row.said_in_id == one.pk]) for one in page.rows],
    }  # fmt: skip
    return render(request, "web/plan_clauses.html", context)


def _beside(one: PlanClause, rows: list[PlannedChange]) -> dict:
    """What was made of a clause; while the text leaves a place open it cannot be accepted."""
    areas = [_area(row) for row in rows if row.kind == ChangeOf.AREA]
    verdicts = [
        ("", _("not checked yet")), (ClauseState.ACCEPTED.value, _("as the text says it")),
        (ClauseState.LEFT_OUT.value, _("leave it out")),
    ]  # fmt: skip
    if any(area["open"] for area in areas):
        del verdicts[1]
    return {
        "clause": one, "tag": TAGS[ClauseState(one.state)], "areas": areas, "verdicts": verdicts,
        "bodies": [row for row in rows if row.kind != ChangeOf.AREA],
    }  # fmt: skip


def _area(row: PlannedChange) -> dict:
    """What was read of an old territory, as the table says it."""
    said = row.values
    kind = said.get("kind", "")
    return {
        "row": row,
        "old": " · ".join(part for part in (said.get("old_name"), said.get("old_district")) if part),
        "new": said.get("new_name", ""), "code": said.get("new_code", ""),
        "open": room.why_open(said), "could_be": said.get("could_be", ""),
        "part": ChangeKind(kind).label if kind in ChangeKind.values else kind,
    }  # fmt: skip


def _keep(request, plan: Plan) -> None:
    """What was said of the clauses that the page showed; the rest of them stay as they are."""
    count, stands = 0, {f"clause-{n}": state for n, state in plan.clauses.values_list("order", "state")}
    try:
        for name, verdict in request.POST.items():
            if verdict and stands.get(name, verdict) != verdict:
                order = name.partition("-")[2]
                room.check(
                    actor=request.user, door="web", plan=plan.pk, clause=int(order), verdict=verdict[:20]
                )
                count += 1
        messages.success(request, _("%(count)s clauses were kept as checked.") % {"count": count})
    except Refusal as refusal:
        messages.error(request, sentence(refusal))


@require_http_methods(["GET", "HEAD", "POST"])
def correct(request, code, pk):
    """What was read of one old territory, corrected as the text says it."""
    plan = _find(request, code)
    row = plan.changes.filter(kind=ChangeOf.AREA, pk=pk).select_related("said_in").first()
    if row is None:
        raise Http404(_("The plan has no such change any more."))
    back = address_of("plan-clauses", request, plan.code)
    fixed = {"plan": plan.pk, "change": row.pk}
    form, done = perform(
        request, room.correct.definition, lambda **values: room.correct(**{**values, **fixed}),
        initial=_read(row), with_day=False, made=AboutAPlan,
    )  # fmt: skip
    if done is not None:
        return redirect(back)
    words = row.said_in.text if row.said_in else ""
    way = [*crumbs(request, plan), {"name": _("Clauses"), "url": back}]
    return form_of_a_plan(request, room.correct.definition, form, way, back, sub=row.clause, words=words)


def _read(row: PlannedChange) -> dict:
    said = row.values
    old = Area.objects.filter(code=said.get("old_code", ""), kind=said.get("old_level", "")).first()
    return {"old": old, "part": said.get("kind", ""), "new_code": said.get("new_code", "")}
