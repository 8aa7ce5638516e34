"""This room is for a person's own pages: everything recorded about them, what they ask about it, who looked,
and who stands in for whom. Nothing here needs a post; an office hands the file to whoever has no account.
"""

from __future__ import annotations

from django.contrib import messages
from django.forms import HiddenInput
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from orgwork.doors.web import formats, places, said, words
from orgwork.doors.web.forms import StepForm, perform
from orgwork.doors.web.people import unit_of
from orgwork.exchange import my_file
from orgwork.foundation.refusals import Refusal
from orgwork.foundation.workdays import workdays_between
from orgwork.procedures import lending, requests
from orgwork.procedures.cases import Case
from orgwork.registers import access, person_tables
from orgwork.registers.lending import STATES, Lending
from orgwork.registers.people import Person, PersonName


def _me(request) -> Person | None:
    ident = access.person_of(request.user)
    return Person.objects.filter(pk=ident).first() if ident else None


def _need_me(request) -> Person:
    person = _me(request)
    if person is None:
        raise Http404(_("This account belongs to no person, so nothing is recorded about anybody here."))
    return person


# ── the file ────────────────────────────────────────────────────────────────────────────────────────────


@require_safe
def file(request):
    """Every table with a line about the reader, and who looked at it."""
    person = _me(request)
    found = my_file.gather(person, most=my_file.ON_A_PAGE) if person else None
    context = {
        "section": "my-file",
        "person": person,
        "name": found.name if found else str(request.user),
        "parts": [_drawn(part) for part in found.parts] if found else [],
        "reads": [{**read, "shown": formats.moment(read["at"])} for read in found.reads] if found else [],
        "reads_count": found.reads_count if found else 0,
        "requests": requests_of(person) if person else [],
    }
    return render(request, "web/my_file.html", context)


def _drawn(part: my_file.Part) -> dict:
    head = [label for _name, label in part.columns]
    lines = []
    for line in part.lines:
        cells = [my_file.in_words(line.values[name]) for name, _label in part.columns]
        days = formats.period(line.first, line.last) if line.first else ""
        lines.append(
            {
                "ref": line.ref, "cells": list(zip(head, cells, strict=True)), "days": days,
                "recorded": formats.moment(line.recorded) if line.recorded else "",
                "retracted": formats.moment(line.retracted) if line.retracted else "",
            }
        )  # fmt: skip
    return {"part": part, "head": head, "lines": lines, "more": part.count - len(lines)}


@require_safe
def download(request, kind):
    """The whole file, every line of every table."""
    if kind not in my_file.MAKERS:
        raise Http404(_("The file can be had as PDF, JSON or workbook."))
    return _sent(_need_me(request), kind)


def _sent(person: Person, kind: str) -> HttpResponse:
    content, type_ = my_file.made(person, kind)
    response = HttpResponse(content, content_type=type_)
    # No name in the name of a file: it may lie around where the file does not.
    response["Content-Disposition"] = f'attachment; filename="my-file-{timezone.localdate():%Y-%m-%d}.{kind}"'
    response["Cache-Control"] = "no-store"
    return response


# ── asking ──────────────────────────────────────────────────────────────────────────────────────────────


def requests_of(person: Person) -> list[dict]:
    """What the person asked, with both clocks, as the office sees them."""
    found = []
    today = timezone.localdate()
    for case in Case.objects.filter(person=person, procedure="data_request").order_by("-pk"):
        found.append(
            {
                "pk": case.pk,
                "kind": requests.KINDS.get(case.data.get("kind", ""), case.data.get("kind", "")),
                "words": case.data.get("words", ""),
                "line": case.data.get("line", ""),
                "answer": case.data.get("answer", ""),
                "complain": case.data.get("complain_to", ""),
                "citation": case.data.get("citation", ""),
                "state": requests.data_request.states[case.state],
                "open": case.open,
                "asked": case.opened_on,
                "clocks": [_clock(row, today) for row in case.deadlines.order_by("due")],
            }
        )  # fmt: skip
    return found


def _clock(row, today) -> dict:
    late = row.met_on is None and row.due < today
    days = workdays_between(row.due, today) if late else workdays_between(today, row.due)
    return {
        "label": said.deadline(row.kind), "due": row.due, "met": row.met_on, "late": late, "days": days,
        "rule": said.rule(row.basis),
    }  # fmt: skip


@require_http_methods(["GET", "POST"])
def ask(request):
    """A request about one's own data, at a line of the file or about all of it."""
    person = _need_me(request)
    definition = requests.open_request.definition
    record = (request.POST if request.method == "POST" else request.GET).get("record", "")

    def call(**values):
        return definition.call(**{**values, "person": person, "day": timezone.localdate()})

    initial = {"kind": "correction" if record else "", "record": record, "person": person}
    form, result = perform(request, _without(definition, "person"), call, initial=initial, with_day=False)
    if result is not None:
        messages.success(request, _("Your request has arrived. Below you see by when it must be answered."))
        return redirect("my-file")
    line = next((t.label for t in person_tables.tables() if record.startswith(f"{t.code}:")), "")
    if line and not form.errors.get("record"):
        # Which line it is stands above the form; its number is for the machine.
        form.fields["record"].widget = HiddenInput()
        form.groups = [group for group in form.groups if group.name != "record"]
    context = {
        "section": "my-file", "form": form, "definition": definition,
        "title": f"{definition.label}: {line}" if line else definition.label,
        "sub": requests.data_request.help, "back": reverse("my-file"), "procedure": requests.data_request,
    }  # fmt: skip
    return render(request, "web/step.html", context, status=422 if request.method == "POST" else 200)


def _without(definition, *names: str):
    """The same step, without the fields that are known already."""
    from dataclasses import replace

    return replace(definition, fields=tuple(one for one in definition.fields if one.name not in names))


@require_POST
def withdraw(request, pk):
    person = _need_me(request)
    case = Case.objects.filter(pk=pk, person=person, procedure="data_request").first()
    if case is None:
        raise Http404(_("You made no request with this number."))
    requests.withdraw(case, actor=request.user, door="web", day=timezone.localdate(), remark="")
    messages.success(request, _("Your request is withdrawn."))
    return redirect("my-file")


# ── handing the file to somebody without an account ─────────────────────────────────────────────────────


@require_http_methods(["GET", "POST"])
def hand_over(request, pk):
    """The office notes to whom it hands the file, and gets it."""
    person = Person.objects.filter(pk=pk).first()
    if person is None:
        raise Http404(_("Nobody has this number. Search for the person by name."))
    place = unit_of(person)
    places.need(request, "file.hand_over", place)
    definition = requests.hand_over.definition
    kind = request.POST.get("as", "pdf")
    form = StepForm(
        _without(definition, "person"),
        request,
        request.POST if request.method == "POST" else None,
        with_day=False,
    )
    if request.method == "POST" and form.is_valid() and kind in my_file.MAKERS:
        try:
            requests.hand_over(
                actor=request.user, door="web", day=timezone.localdate(), person=person, **form.values()
            )
            return _sent(person, kind)
        except Refusal as refusal:
            form.refuse(refusal)
    context = {
        "section": "people", "form": form, "definition": definition, "title": definition.label,
        "who": f"#{person.pk}", "kinds": list(my_file.MAKERS),
        "back": reverse("person", args=[person.pk]) + request.dials.query(),
    }  # fmt: skip
    return render(request, "web/hand_over.html", context, status=422 if request.method == "POST" else 200)


# ── standing in ─────────────────────────────────────────────────────────────────────────────────────────


@require_http_methods(["GET", "POST"])
def standing_in(request):
    """Mandates I lent and mandates lent to me, and the form to lend one."""
    person = _need_me(request)
    form, result = perform(request, lending.lend.definition, lending.lend, with_day=False)
    if result is not None:
        messages.success(request, _("Offered. It holds once the stand-in has accepted it."))
        return redirect("standing-in")
    context = {
        "section": "my-file",
        "rows": [_lent(row, person) for row in lending.lent_by_or_to(person.pk)[:100]],
        "form": form,
        "definition": lending.lend.definition,
    }
    return render(request, "web/standing_in.html", context, status=422 if request.method == "POST" else 200)


def _lent(row: Lending, person: Person) -> dict:
    today = timezone.localdate()
    state = row.state(today)
    other = row.stand_in_id if row.lender_id == person.pk else row.lender_id
    name = PersonName.objects.on(today).filter(person=other).values_list("full", flat=True).first()
    mine = row.lender_id == person.pk
    return {
        "pk": row.pk,
        "post": my_file.post_names([row.post_id], today).get(row.post_id, row.post.code),
        "other": name or f"#{other}",
        "mine": mine,
        "days": formats.period(row.first_day, row.last_day),
        "acts": ", ".join(words.act(act) for act in row.acts) if row.acts else "",
        "state": STATES[state],
        "can": ["accept", "decline"] if not mine and state == "offered"
        else ["decline"] if not mine and state in ("waiting", "holds")
        else ["revoke"] if mine and state in ("offered", "waiting", "holds")
        else [],
    }  # fmt: skip


@require_POST
def decide_lending(request, pk, name):
    """Accept, decline, give back or revoke."""
    _need_me(request)
    call = {"accept": lending.accept, "decline": lending.decline, "revoke": lending.revoke}.get(name)
    if call is None:
        raise Http404(_("There is no such act. Look at “How it is done”."))
    try:
        call(actor=request.user, door="web", day=timezone.localdate(), lending=pk)
        messages.success(request, _("Done: %(step)s.") % {"step": call.definition.label})
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect("standing-in")
