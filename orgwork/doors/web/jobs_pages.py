"""This room is for long work as pages: what was asked for, how far it is, what came of it."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from orgwork.doors.web import bulk, formats
from orgwork.doors.web.lists import keyset
from orgwork.foundation import jobs
from orgwork.foundation.jobs import Job
from orgwork.procedures import doubles, in_bulk, reorganisation_jobs
from orgwork.registers import access
from orgwork.registers.reorganisation import Plan
from orgwork.registers.units import Unit


def mine(request):
    """One's own; whoever runs the machine sees that there is work, and of whom."""
    rows = Job.objects.select_related("created_by")
    if access.may(request.user, "system.run", None, now=request.dials.today):
        return rows
    return rows.filter(created_by=request.user)


@require_safe
def jobs_page(request):
    page = keyset(mine(request), ("-pk",), request.GET)
    under_way = any(not one.ended for one in page.rows)
    context = {
        "section": "jobs",
        "jobs": [shown(one) for one in page.rows],
        "page": page,
        "under_way": under_way,
    }
    return render(request, "web/jobs_list.html" if request.htmx else "web/jobs.html", context)


@require_safe
def job_page(request, pk):
    found = wanted(request, pk)
    context: dict = {"section": "jobs", "item": shown(found), "crumbs": crumbs(request)}
    if found.kind == doubles.KIND and found.state == Job.State.DONE:
        unit = Unit.objects.filter(pk=found.payload["unit"]).first()
        context["came"] = {
            "url": reverse("doubles") + request.dials.query(unit=unit.code if unit else None),
            "label": _("Look at what was found"),
        }
    if plan := plan_of(found):
        context["came"] = {
            "url": reverse("reorganisation", args=[plan.code]) + request.dials.query(),
            "label": _("Look at the plan"),
        }
    if found.kind == in_bulk.KIND and found.ended:
        if request.htmx:
            return HttpResponse(headers={"HX-Refresh": "true"})  # the whole page says what came of each
        context["item"]["result"] = []
        return render(request, "web/bulk_outcome.html", context | bulk.outcomes(request, found))
    return render(request, "web/jobs_progress.html" if request.htmx else "web/job.html", context)


def plan_of(found: Job) -> Plan | None:
    """The plan that an ended job rehearsed, enacted or took back."""
    if not (found.ended and found.kind in reorganisation_jobs.KINDS):
        return None
    return Plan.objects.filter(pk=found.payload.get("plan")).first()


@require_POST
def stop(request, pk):
    """What its transactions have committed stays; it ends at its next report."""
    found = wanted(request, pk)
    jobs.ask_to_stop(found)
    messages.success(request, _("The work ends as soon as it can be left off in good order."))
    return redirect(reverse("job", args=[found.pk]) + request.dials.query())


def wanted(request, pk) -> Job:
    found = mine(request).filter(pk=pk).first()
    if found is None:
        raise Http404(_("None of your work has this number."))
    return found


def crumbs(request) -> list[dict]:
    return [{"name": _("Long work"), "url": reverse("jobs") + request.dials.query()}]


def shown(one: Job) -> dict:
    tags: dict[str, str] = {Job.State.DONE: "ok", Job.State.FAILED: "bad", Job.State.STOPPED: "warn"}
    one = jobs.latest(one)
    return {
        "job": one,
        "tag": tags.get(one.state, ""),
        "running": not one.ended,
        "result": list(results(one)),
    }


def results(one: Job):
    """What the work handed back, in words where its names are known: (label, lines)."""
    labels = {
        "sealed": _("Entries verified"),
        "unsealed": _("Not sealed yet"),
        "erased": _("Contents erased by request"),
        "findings": _("Findings"),
        "link": _("Head of the chain"),
        "pairs": _("Possible doubles"),
        "plan": _("Plan"),
        "held": _("Counts that are as they must be"),
        "founded": _("Bodies founded"),
        "moved": _("Bodies moved"),
        "ended": _("Bodies ended"),
        "members": _("Members who changed their cell"),
        "records": _("Records written in all"),
        "unaccepted": _("Groups of what hangs not accepted yet"),
    }
    for name, value in one.result.items():
        if value in ("", None, []) or name == "kept":
            continue
        lines = (
            value if isinstance(value, list) else [formats.number(value) if isinstance(value, int) else value]
        )
        yield labels.get(name, name), lines
