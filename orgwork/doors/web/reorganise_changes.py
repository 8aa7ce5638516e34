"""This room is for plans written in the browser: an empty draft, each change with a form of its own, and the
list of what is written.
"""

from __future__ import annotations

from functools import partial

from django import forms
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from orgwork.doors.web.forms import StepForm, perform, sentence
from orgwork.doors.web.lists import Column, export, keyset, sorting, table
from orgwork.doors.web.reorganise import _find, _require
from orgwork.foundation.refusals import Refusal
from orgwork.procedures import reorganisation_changes as room
from orgwork.procedures.reorganisation_days import days_of
from orgwork.procedures.reorganisation_faults import GOES
from orgwork.procedures.reorganisation_rules import RULES
from orgwork.registers.documents import Document
from orgwork.registers.functions import FunctionHolding
from orgwork.registers.reorganisation import ChangeOf, Plan, PlannedChange, PlanState
from orgwork.registers.units import names_of, under_ids

#: What a plan's own pages know already, and no form asks for.
KNOWN = ("plan", "change")


class PlanForm(StepForm):
    """A form of a planned change: bodies that the plan founds are offered beside those of the register."""

    def __init__(self, plan: Plan, kind: str, *args, **kwargs):
        self.plan, self.must_go = plan, kind in (*GOES, ChangeOf.FOUND)
        rows = plan.changes.filter(kind=ChangeOf.FOUND).order_by("order")
        self.foundings = [(one.key, f"{founded(one)} ({one.key})") for one in rows]
        super().__init__(*args, **kwargs)

    def add(self, one):
        planned = one.name.endswith("_key")
        if one.name not in KNOWN and (self.foundings or not planned):
            super().add(one)

    def single(self, one) -> forms.Field:
        if one.name == "functions":
            return forms.TypedChoiceField(
                choices=[("", "–"), *_functions(self.plan)], coerce=int, empty_value=None, required=False,
                label=one.label,
            )  # fmt: skip
        if not one.name.endswith("_key"):
            made = super().single(one)
            made.required = made.required or (one.name == "target" and self.must_go and not self.foundings)
            return made
        return forms.ChoiceField(choices=[("", "–"), *self.foundings], required=False, label=one.label)


def _functions(plan: Plan) -> list[tuple[int, str]]:
    """Functions that bodies under the plan's head have on its day."""
    rows = FunctionHolding.objects.on(plan.day).select_related("function", "unit")
    if plan.unit_id:
        rows = rows.filter(unit__in=under_ids(plan.unit, plan.day))
    found = rows.order_by("unit__code", "function__name", "function")[:500]
    return [(one.function_id, f"{one.function.name} [{one.unit.code}]") for one in found]


def founded(change: PlannedChange) -> str:
    """What a body is called that a plan founds."""
    return (change.values.get("names", {}).get("vi") or [change.key])[0]


def address_of(name: str, request, *args) -> str:
    return reverse(name, args=args) + request.dials.query()


def crumbs(request, *plans: Plan) -> list[dict]:
    return [
        {"name": _("Reorganisations"), "url": address_of("reorganisations", request)},
        *({"name": plan.code, "url": address_of("reorganisation", request, plan.code)} for plan in plans),
    ]


@require_http_methods(["GET", "HEAD", "POST"])
def draft(request):
    """An empty plan at a body's head."""
    _require(request)
    initial = {"unit": request.place.unit} if request.place else {}
    definition = room.draft.definition
    form, plan = perform(request, definition, room.draft, initial=initial, with_day=False)
    if plan is not None:
        return redirect(address_of("plan-changes", request, plan.code))
    back = address_of("reorganisations", request)
    return form_of_a_plan(request, definition, form, crumbs(request), back)


@require_http_methods(["GET", "HEAD", "POST"])
def write(request, code, kind):
    """A new change of a kind."""
    plan = _find(request, code)
    if kind not in room.WRITE:
        raise Http404(_("There is no such change."))
    return _form(request, plan, kind, None, {"effective": plan.day})


@require_http_methods(["GET", "HEAD", "POST"])
def change(request, code, pk):
    """A written change, to be written anew."""
    plan = _find(request, code)
    row = plan.changes.exclude(kind=ChangeOf.AREA).filter(pk=pk).select_related("subject", "target").first()
    if row is None:
        raise Http404(_("The plan has no such change any more."))
    return _form(request, plan, row.kind, row, {"effective": plan.day, **_initial(room.filled(row))})


def _form(request, plan: Plan, kind: str, row: PlannedChange | None, initial: dict):
    call = room.WRITE[ChangeOf(kind)]
    fixed = {"plan": plan.pk, "change": row.pk if row else None}
    definition = call.definition  # type: ignore[attr-defined]
    form, done = perform(
        request, definition, lambda **values: call(**{**values, **fixed}), initial=initial, with_day=False,
        made=partial(PlanForm, plan, kind),
    )  # fmt: skip
    if done is not None:
        messages.success(request, _("Written into the plan: %(kind)s.") % {"kind": ChangeOf(kind).label})
        return redirect(address_of("plan-changes", request, plan.code))
    back = address_of("plan-changes", request, plan.code)
    out = reverse("plan-take-out", args=[plan.code, row.pk]) if row else ""
    way = [*crumbs(request, plan), {"name": _("Planned changes"), "url": back}]
    return form_of_a_plan(request, definition, form, way, back, sub=plan.title or plan.code, out=out)


def form_of_a_plan(request, definition, form, way, back, *, sub="", out="", words=""):
    """A form of a plan, with the way back to the plan; what is written already may be taken out there."""
    context = {
        "section": "reorganisations", "definition": definition, "form": form, "title": definition.label,
        "sub": sub, "back": back, "crumbs": way, "out": out,
        "words": words,
    }  # fmt: skip
    return render(request, "web/plan_change.html", context, status=422 if form.is_bound else 200)


def _initial(filled: dict) -> dict:
    """The values of a written change as its form takes them."""
    found = {}
    for name, value in filled.items():
        if isinstance(value, Document):
            found[f"{name}-symbol"] = f"{value.symbol} #{value.pk}"
        elif isinstance(value, list):
            found |= {f"{name}-{n}": one for n, one in enumerate(value)}
        else:
            found[name] = value
    return found


@require_POST
def take_out(request, code, pk):
    plan = _find(request, code)
    try:
        room.take_out(actor=request.user, door="web", plan=plan.pk, change=pk)
        messages.success(request, _("Taken out of the plan."))
    except Refusal as refusal:
        messages.error(request, sentence(refusal))
    return redirect(address_of("plan-changes", request, plan.code))


# ── what is written ─────────────────────────────────────────────────────────────────────────────────────


@require_safe
def changes(request, code):
    """Every change of bodies that the plan says, by hand or by rule, to be changed or taken out."""
    plan = _find(request, code)
    rows = plan.changes.exclude(kind=ChangeOf.AREA).select_related("subject", "target", "paper")
    kind = request.GET.get("kind", "")
    if kind in ChangeOf.values:
        rows = rows.filter(kind=kind)
    editable = plan.state not in (PlanState.ENACTED, PlanState.WITHDRAWN)
    columns = _columns(request, plan, editable)
    sort, order = sorting(columns, request.GET.get("sort", ""), "order")
    if request.GET.get("export") in ("csv", "xlsx"):
        told = named_changes(plan, list(rows.order_by(*order)))
        return export(request.GET["export"], columns, told, f"changes-{plan.code}")
    page = keyset(rows, order, request.GET)
    page.rows = named_changes(plan, page.rows)
    context = {
        "section": "reorganisations", "crumbs": crumbs(request, plan), "plan": plan, "editable": editable,
        "days": days_of(plan), "kind": kind,
        "kinds": [("", _("all kinds")), *((k.value, k.label) for k in ChangeOf if k != ChangeOf.AREA)],
        "writings": [
            {"label": one.label, "help": one.help,
             "url": address_of("plan-write", request, plan.code, one.kind)}
            for one in room.WRITINGS
        ],
        "table": table(
            columns, page.rows, request=request, sort=sort, page=page, exports=True,
            caption=_("Planned changes"), empty=_("Nothing is written yet."),
        ),
    }  # fmt: skip
    return render(request, "web/plan_changes.html", context)


def named_changes(plan: Plan, rows: list[PlannedChange]) -> list[PlannedChange]:
    """The rows with what their bodies are called."""
    units = {ident for row in rows for ident in (row.subject_id, row.target_id) if ident}
    units |= {one for row in rows for one in row.values.get("targets", ()) if isinstance(one, int)}
    named = names_of(units, plan.day)
    keys = {one.key: founded(one) for one in plan.changes.filter(kind=ChangeOf.FOUND)}

    def name(ref) -> str:
        return named.get(ref, f"#{ref}") if isinstance(ref, int) else keys.get(ref, ref)

    for row in rows:
        goes = [row.target_id or row.target_key, *row.values.get("targets", ())]
        said = {"body": f"{name(row.subject_id)} [{row.subject.code}]" if row.subject else founded(row)}
        said["towards"] = "; ".join(name(ref) for ref in goes if ref)
        vars(row).update(said)
    return rows


def _columns(request, plan: Plan, editable: bool) -> list[Column]:
    def link(row) -> str:
        return address_of("plan-change", request, plan.code, row.pk) if editable else ""

    return [
        Column("order", _("No."), lambda row: row.order, kind="symbol", order=("order",)),
        Column(
            "kind", _("Change"), lambda row: str(row.get_kind_display()), link=link, kind="head",
            order=("kind", "order"),
        ),
        Column("subject", _("Body"), lambda row: row.body),
        Column("target", _("Goes to"), lambda row: row.towards),
        Column("day", _("Effective from"), lambda row: row.day or plan.day, kind="day"),
        Column("paper", _("Paper"), lambda row: row.paper.symbol if row.paper else "", kind="symbol"),
        Column("clause", _("Clause"), lambda row: row.clause, kind="small", order=("clause", "order")),
        Column("rule", _("Rule"), lambda row: str(RULES.get(row.rule, row.rule)), kind="small"),
    ]  # fmt: skip
