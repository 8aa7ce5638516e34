"""This room is for variants of plans on pages: one copied, two or three beside one another, one chosen."""

from __future__ import annotations

from typing import Any

from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from orgwork.doors.web import formats, words
from orgwork.doors.web.forms import StepForm, perform
from orgwork.doors.web.lists import Column, export, table
from orgwork.doors.web.reorganise import _find, _open_to, _require
from orgwork.doors.web.reorganise_changes import KNOWN, address_of, crumbs, form_of_a_plan
from orgwork.foundation.refusals import Refusal
from orgwork.procedures import reorganisation_variants as room
from orgwork.procedures.reorganisation_invariants import label_of
from orgwork.registers.reorganisation import ChangeOf, Plan

ACTS = {"variant": room.make_variant, "choose": room.choose, "withdraw": room.withdraw}


class AboutAPlan(StepForm):
    """A form of what is done with a plan; which plan it is, the page knows."""

    def add(self, one):
        if one.name not in KNOWN:
            super().add(one)


@require_http_methods(["GET", "HEAD", "POST"])
def act(request, code, what):
    """A variant made, chosen, or withdrawn."""
    plan = _find(request, code)
    call = ACTS[what]
    definition = call.definition
    initial = {"title": _("%(title)s, variant") % {"title": plan.title or plan.code}}
    form, done = perform(
        request, definition, lambda **values: call(**{**values, "plan": plan.pk}), initial=initial,
        with_day=False, made=AboutAPlan,
    )  # fmt: skip
    if done is not None:
        return redirect(address_of("reorganisation", request, done.code))
    back = address_of("reorganisation", request, plan.code)
    return form_of_a_plan(request, definition, form, crumbs(request, plan), back, sub=plan.title or plan.code)


@require_safe
def compare(request):
    """Two or three plans beside one another: counts, what is open, and what only some of them do."""
    _require(request)
    codes = [code for code in dict.fromkeys(request.GET.getlist("plan")) if code]
    plans = [_find(request, code) for code in codes]
    context = {"section": "reorganisations", "crumbs": crumbs(request), "plans": _choices(request, plans)}
    try:
        found = room.beside(plans)
    except Refusal as refusal:
        return render(request, "web/plan_variants.html", {**context, "refusal": refusal if codes else None})
    every = request.GET.get("show") == "all"
    rows = room.doings(found, all_of_them=every)
    kind = request.GET.get("kind", "")
    rows = [row for row in rows if not kind or row[0].kind == kind]
    columns = _columns([one.plan for one in found])
    if request.GET.get("export") in ("csv", "xlsx"):
        return export(request.GET["export"], columns, rows, "variants")
    shown: dict[str, Any] = {
        "found": [_told(one) for one in found], "every": "all" if every else "", "kind": kind,
        "shows": [("", _("only what differs")), ("all", _("everything"))],
        "kinds": [("", _("all kinds")), *((k.value, k.label) for k in ChangeOf if k != ChangeOf.AREA)],
        "counted": [
            {
                "label": label_of(code),
                "cells": [
                    f"{formats.number(one.before[code])} → {formats.number(one.after[code])}"
                    if one.rehearsed else "–"
                    for one in found
                ],
            }
            for code in room.COUNTED
        ],
        "table": table(
            columns, rows[:500], request=request, exports=True, caption=_("What they do"),
            empty=_("They do the same."),
        ),
        "more": formats.number(len(rows) - 500) if len(rows) > 500 else "",
    }  # fmt: skip
    return render(request, "web/plan_variants.html", {**context, **shown})


def _choices(request, plans: list[Plan]) -> list[dict]:
    """Plans that can be held beside one another: those of the same first draft first."""
    first = {plan.variant_of_id or plan.pk for plan in plans}
    rows = [
        plan
        for plan in Plan.objects.filter(state__in=room.STANDING).order_by("-day", "code")[:100]
        if _open_to(request, plan)
    ]
    rows.sort(key=lambda plan: (plan.variant_of_id or plan.pk) not in first)
    return [{"plan": plan, "chosen": plan in plans} for plan in rows]


def _told(one: room.Beside) -> dict:
    return {
        "plan": one.plan, "days": one.days, "rehearsed": one.rehearsed,
        "left": formats.number(len(one.undecided)), "open": bool(one.undecided),
        "first": [
            " ".join(str(said) for said in (row.get("code"), row.get("name") or row.get("note")) if said)
            for row in one.undecided[:5]
        ],
        "others": len(room.family(one.plan).filter(state__in=room.STANDING)) > 1,
    }  # fmt: skip


def _columns(plans: list[Plan]) -> list[Column]:
    def does(at: int):
        return lambda row: plans[at].code if row[1][at] else "–"

    return [
        Column("kind", _("Change"), lambda row: str(ChangeOf(row[0].kind).label), kind="head"),
        Column("body", _("Body"), lambda row: row[0].body),
        Column("to", _("Goes to"), lambda row: _to(row[0])),
        Column("day", _("Effective from"), lambda row: row[0].day, kind="day"),
        *(Column(f"plan{at}", plan.code, does(at), kind="symbol") for at, plan in enumerate(plans)),
    ]


def _to(doing: room.Doing) -> str:
    return words.body_kind(doing.to) if doing.kind == ChangeOf.CHANGE_KIND else doing.to
