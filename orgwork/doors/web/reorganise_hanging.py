"""This room is for what hangs on the bodies that a plan ends: looked through group by group, accepted as the
rules propose or sent elsewhere, one group, a selection, or all that a filter leaves.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from orgwork.doors.web import formats
from orgwork.doors.web.lists import PER_PAGE, Column, Page, export, table
from orgwork.doors.web.reorganise import Named, _find
from orgwork.foundation.moments import writing
from orgwork.foundation.refusals import Refusal
from orgwork.procedures import reorganisation_accepting as room
from orgwork.procedures.cases import Case
from orgwork.procedures.reorganisation_days import shapes
from orgwork.procedures.reorganisation_hanging import BODIES, MEMBERS, Group, by_kind, groups
from orgwork.registers.functions import BodyFunction
from orgwork.registers.hanging import Choice
from orgwork.registers.reorganisation import DecisionOn, Plan, PlanState
from orgwork.registers.units import names_of

TAGS = {"open": "warn", "accepted": "ok", "decided": "ok"}
#: So many single things of a group are offered on its page; a table of decisions takes any number.
MOST = 200


@require_http_methods(["GET", "HEAD", "POST"])
def hanging(request, code):
    """Every group with its rule and who accepted it; and the acts on those selected, or on all that fit."""
    plan = _find(request, code)
    refusal = None
    if request.method == "POST":
        try:
            _act(request, plan)
            return redirect(request.get_full_path())
        except Refusal as fault:
            refusal = fault
    planned = shapes(plan) if plan.state != PlanState.ENACTED else []
    every = groups(planned) if planned else []
    named = _names(planned, every)
    found = room.narrowed(every, which(request), named.bodies)
    rows = [_row(request, plan, one, named) for one in found]
    columns = _columns()
    if request.GET.get("export") in ("csv", "xlsx"):
        return export(request.GET["export"], columns, rows, f"hanging-{plan.code}")
    page = _page(rows, request.GET.get("after") or request.GET.get("before") or "0")
    left = room.left_over(found)
    context = {
        "section": "reorganisations",
        "crumbs": crumbs(request, plan),
        "plan": plan,
        "refusal": refusal,
        "asked": {name: request.POST.get(name, "") for name in ("to",)},
        "which": which(request),
        "kinds": [("", _("all kinds")), *((one.kind, one.label) for one in by_kind(every))],
        "states": [("", _("all")), *room.STATES.items()],
        "open_groups": formats.number(len(left)),
        "open_things": formats.number(sum(one.count for one in left)),
        "anything_open": bool(left),
        "fitting": formats.number(len(found)),
        "table": table(
            columns, page.rows, request=request, page=page, exports=True, pick="one",
            caption=_("What hangs on bodies that end"), empty=_("Nothing fits. Take a filter away."),
            key=lambda row: row["key"],
        ),
    }  # fmt: skip
    return render(request, "web/reorganisation_hanging.html", context, status=422 if refusal else 200)


def _page(rows: Sequence, given: str) -> Page:
    """A page of what is counted anyway, by the place in it."""
    start = int(given) if given.isascii() and given.isdigit() and len(given) < 10 else 0
    start, after = (start, start + PER_PAGE) if start < len(rows) else (0, PER_PAGE)
    before = str(max(start - PER_PAGE, 0)) if start else ""
    return Page(list(rows[start:after]), before=before, after=str(after) if after < len(rows) else "")


def which(request) -> room.Which:
    """What the address narrows the list to."""
    said = {name: request.GET.get(name, "").strip()[:120] for name in ("kind", "body", "successor", "state")}
    return room.Which(**said, words=request.GET.get("q", "").strip()[:120])


def crumbs(request, plan: Plan, *more: dict) -> list[dict]:
    tail = request.dials.query()
    return [
        {"name": _("Reorganisations"), "url": reverse("reorganisations") + tail},
        {"name": plan.code, "url": reverse("reorganisation", args=[plan.code]) + tail},
        *more,
    ]


class _names:
    """Names of the bodies that end, and of where their things go."""

    def __init__(self, planned, found: Sequence[Group]):
        self.bodies: dict[int, str] = {}
        self.named = {}
        for shape in planned:
            mine = [one for one in found if one.shape is shape]
            self.bodies |= names_of({one.unit for one in mine}, shape.day)
            self.named[id(shape)] = Named(shape, {one.heir for one in mine if one.heir is not None})

    def body(self, one: Group) -> str:
        return self.bodies.get(one.unit, room.known(one.shape, one.unit))

    def heir(self, one: Group) -> str:
        return self.named[id(one.shape)](one.heir)


def key_of(one: Group) -> str:
    return f"{one.what}~{one.unit}~{room.known(one.shape, one.heir)}"


def _row(request, plan: Plan, one: Group, named: _names) -> dict[str, Any]:
    state = room.state_of(one)
    by = one.accepted
    who = (by.by or _("the operator of the machine")) if by else ""
    return {
        "key": key_of(one),
        "kind": one.label,
        "url": reverse("reorganisation-group", args=[plan.code, key_of(one)]) + request.dials.query(),
        "body": named.body(one),
        "count": one.count,
        "to": named.heir(one),
        "rule": one.rule,
        "state": (TAGS[state], room.STATES[state]),
        "by": f"{who}, {formats.moment(by.at)}" if by else "",
    }


def _columns() -> list[Column]:
    return [
        Column("kind", _("What"), lambda row: str(row["kind"]), lambda row: row["url"], kind="head"),
        Column("body", _("Body that ends"), lambda row: row["body"]),
        Column("count", _("How many"), lambda row: row["count"], kind="number"),
        Column("to", _("Goes to"), lambda row: row["to"]),
        Column("rule", _("Rule"), lambda row: str(row["rule"]), kind="small"),
        Column("state", _("State"), lambda row: row["state"], kind="tag"),
        Column("by", _("Accepted by"), lambda row: row["by"], kind="small"),
    ]


def _act(request, plan: Plan) -> None:
    """What the reader does with the groups marked, or with all that the filter leaves."""
    asked = request.POST
    with writing(actor=request.user, door="web") as act:
        held = room.held_open(plan)
        planned = shapes(held)
        every = groups(planned)
        if asked.get("scope") == "marked":
            marked = set(asked.getlist("one"))
            found = [one for one in every if key_of(one) in marked]
            if not found:
                raise Refusal(_("Mark at least one group first, or act on all of them."), code="missing")
        else:
            named = _names(planned, every) if which(request).words else None
            found = room.narrowed(every, which(request), named.bodies if named else None)
        _do(request, act, held, planned, found)


def _do(
    request, act, plan: Plan, planned, found: Sequence[Group], things: Iterable[int] | None = None
) -> None:
    do, to = request.POST.get("do"), request.POST.get("to", "").strip()
    if do == "accept" and to:
        raise Refusal(
            _("A body is filled in: send it there, or empty the field and accept."), field="to", code="both"
        )
    if do == "accept":
        count = room.accept(act, plan, found)
        said = ngettext("%(count)s group was accepted.", "%(count)s groups were accepted.", count)
    elif do in ("send", "rule"):
        if do == "send" and not to:
            raise Refusal(_("Say where it goes: the code of a body."), field="to", code="missing")
        target = room.target_of(planned, to) if do == "send" else None
        count = room.send(act, plan, planned, found, target, things)
        said = ngettext("%(count)s decision was kept.", "%(count)s decisions were kept.", count)
    else:
        raise Http404(_("Nothing of this kind can be done here."))
    messages.success(request, said % {"count": formats.number(count)})


# ── one group ───────────────────────────────────────────────────────────────────────────────────────────


@require_http_methods(["GET", "HEAD", "POST"])
def group(request, code, key):
    """One group: its rule, its single things where they go one by one, and what can be done with it."""
    plan = _find(request, code)
    list_url = reverse("reorganisation-hanging", args=[plan.code]) + request.dials.query()
    refusal = None
    if request.method == "POST":
        try:
            with writing(actor=request.user, door="web") as act:
                held = room.held_open(plan)
                planned = shapes(held)
                if (one := _one(planned, key)) is not None:
                    marked = [int(text) for text in request.POST.getlist("thing") if _is_number(text)]
                    _do(request, act, held, planned, [one], marked or None)
                    return redirect(list_url)
        except Refusal as fault:
            refusal = fault
    planned = shapes(plan) if plan.state != PlanState.ENACTED else []
    one = _one(planned, key)
    if one is None:
        said = _("This group is no longer there: something was decided meanwhile. Look at the list.")
        messages.warning(request, said)
        return redirect(list_url)
    named = _names(planned, [one])
    context = {
        "section": "reorganisations",
        "crumbs": crumbs(request, plan, {"name": _("What hangs"), "url": list_url}),
        "plan": plan,
        "one": one,
        "row": _row(request, plan, one, named),
        "kind_label": one.label,
        "count": formats.number(one.count),
        "changeable": one.choice != Choice.RULE,
        "together": one.choice == Choice.KEEPER,
        "things": _things(one),
        "more": formats.number(max(len(one.things) - MOST, 0)) if len(one.things) > MOST else "",
        "successors": _successors(one),
        "refusal": refusal,
        "asked": {"to": request.POST.get("to", "")},
    }
    return render(request, "web/reorganisation_group.html", context, status=422 if refusal else 200)


def _one(planned, key: str) -> Group | None:
    return next((one for one in groups(planned) if key_of(one) == key), None) if planned else None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def _things(one: Group) -> list[dict[str, Any]]:
    """The single things of a group: bodies and functions by name, cases and members by their numbers only."""
    some = one.things[:MOST]
    if one.choice != Choice.THING:
        return []
    if one.kind == BODIES:
        names = names_of(set(some), one.shape.day)
        return [{"number": n, "label": names.get(n, room.known(one.shape, n))} for n in some]
    if one.decides == DecisionOn.FUNCTION:
        called = dict(BodyFunction.objects.filter(pk__in=some).values_list("pk", "name"))
        return [{"number": n, "label": called.get(n, f"#{n}")} for n in some]
    if one.decides == DecisionOn.CASE:
        opened = dict(Case.objects.filter(pk__in=some).values_list("pk", "opened_on"))
        return [
            {"number": n, "label": f"#{n} · {formats.day(opened[n])}" if n in opened else f"#{n}"}
            for n in some
        ]  # fmt: skip
    return [{"number": n, "label": f"#{n}"} for n in some] if one.kind != MEMBERS else []


def _successors(one: Group) -> list[tuple[str, str]]:
    """Bodies likely to be meant: the successors of the body that ends, its keeper, the proposed one."""
    ended = one.shape.ended[one.unit]
    refs = dict.fromkeys([*ended.heirs, *([ended.keeper] if ended.keeper is not None else []), one.heir])
    named = Named(one.shape, {ref for ref in refs if ref is not None})
    return [(room.known(one.shape, ref), named(ref)) for ref in refs if ref is not None]
