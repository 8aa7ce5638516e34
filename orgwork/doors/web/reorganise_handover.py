"""This room is for handovers as pages: who gives what to whom, what is left, signatures, protocols."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from orgwork.doors.web import formats
from orgwork.doors.web.forms import sentence
from orgwork.doors.web.lists_printed import WORD, file
from orgwork.doors.web.reorganise import _find
from orgwork.foundation import printing
from orgwork.foundation.refusals import Refusal
from orgwork.procedures import reorganisation_handover as room
from orgwork.registers.reorganisation import HandoverItem, PlanState
from orgwork.registers.units import Unit, names_of


@require_http_methods(["GET", "HEAD", "POST"])
def handover(request, code):
    """Every pair of giver and receiver with its lines; what both have not signed stays open."""
    plan = _find(request, code)
    refusal = None
    if request.method == "POST":
        try:
            _act(request, plan)
            return redirect(reverse("handover", args=[plan.code]) + request.dials.query())
        except Refusal as fault:
            refusal = fault
    found = room.pairs(plan)
    named = names_of({one[side] for one in found for side in ("giver", "receiver")}, plan.day)
    context = {
        "section": "reorganisations",
        "crumbs": [
            {"name": _("Reorganisations"), "url": reverse("reorganisations") + request.dials.query()},
            {"name": plan.code, "url": reverse("reorganisation", args=[plan.code]) + request.dials.query()},
        ],
        "plan": plan, "refusal": refusal, "enacted": plan.state == PlanState.ENACTED,
        "sentence": sentence(refusal) if refusal else "",
        "pairs": [
            {
                "giver": named.get(one["giver"], ""), "receiver": named.get(one["receiver"], ""),
                "giver_id": one["giver"], "receiver_id": one["receiver"],
                "done": formats.number(one["done"]), "count": formats.number(len(one["lines"])),
                "lines": [
                    {"line": line, "label": HandoverItem(line.item).label, "amount": f"{line.amount:g}"}
                    for line in one["lines"]
                ],
            }
            for one in found[:200]
        ],
        "left": formats.number(room.left(plan).count()), "typed": room.TYPED,
    }  # fmt: skip
    return render(request, "web/handover.html", context, status=422 if refusal else 200)


def _act(request, plan) -> None:
    asked = request.POST
    if asked.get("what") == "draw_up":
        count = room.draw_up(plan)
        messages.success(request, _("%(count)s lines were counted from the registers.") % {"count": count})
        return
    if asked.get("what") == "add":
        giver = Unit.objects.filter(pk=_number(asked.get("giver"))).first()
        receiver = Unit.objects.filter(pk=_number(asked.get("receiver"))).first()
        if giver is None or receiver is None:
            raise Refusal(_("Choose who gives and who receives."), field="giver", code="missing")
        room.add_line(
            plan, giver, receiver, asked.get("item", ""), asked.get("label", ""),
            _amount(asked.get("amount")), asked.get("measure", ""),
        )  # fmt: skip
        return
    room.sign(
        actor=request.user, door="web", day=timezone.localdate(), line=_number(asked.get("line")),
        side=asked.get("side", ""), amount=int(_amount(asked.get("amount"))),
    )  # fmt: skip


def _number(text) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else 0


def _amount(text) -> Decimal:
    try:
        found = Decimal(text or "")
    except InvalidOperation:
        found = Decimal(-1)
    if not 0 <= found < 10**15:
        raise Refusal(_("Enter a number of zero or more."), field="amount", code="number_missing")
    return found


@require_safe
def protocol(request, code, giver, receiver, kind):
    plan = _find(request, code)
    bodies = Unit.objects.in_bulk([giver, receiver])
    if (
        not {giver, receiver} <= set(bodies)
        or not plan.handovers.filter(giver=giver, receiver=receiver).exists()
    ):
        raise Http404(_("No handover of this plan is between these two."))
    word = kind == "docx"
    made = room.protocol(plan, bodies[giver], bodies[receiver], word=word)
    return file(made, f"{plan.code}-{bodies[giver].code}.{kind}", WORD if word else printing.TYPE)
