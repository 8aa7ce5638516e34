"""This room is for acts that need two people: what waits, exactly what will happen, the second person's word;
and for what has been kept long enough, and the register of processing.
"""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from orgwork.doors.web import formats, places
from orgwork.doors.web.bodies import names_of_people
from orgwork.exchange import processing
from orgwork.foundation.refusals import NotAllowed, Refusal
from orgwork.procedures import four_eyes, retention, sentences
from orgwork.procedures.erasure import body_of
from orgwork.procedures.proposals import Proposal, ProposalState
from orgwork.registers import access
from orgwork.registers.holds import ErasureHold
from orgwork.registers.people import Person
from orgwork.registers.posts import Post
from orgwork.registers.reads import note_read
from orgwork.registers.units import Unit, names_of


def waits(request, result):
    """Where to go when an act became a proposal; None when it was done."""
    if not isinstance(result, Proposal):
        return None
    messages.success(
        request,
        _("This needs two people. It waits for the second until %(day)s; nothing has been written yet.")
        % {"day": formats.day(result.expires_on)},
    )
    return redirect("proposal", pk=result.pk)


def open_to(account) -> list[Proposal]:
    """What the account proposed, and what it may decide."""
    today = timezone.localdate()
    if not access.mandates(account, now=today):
        return []
    rows = Proposal.objects.filter(state=ProposalState.WAITING, expires_on__gte=today).order_by("-pk")
    return [
        one
        for one in rows.select_related("made_by", "unit")[:500]
        if one.made_by_id == account.pk or four_eyes.may_be_second(one, account, now=today)
    ]


@require_safe
def proposals(request):
    found = [
        {
            "pk": one.pk,
            "label": four_eyes.label_of(one),
            "mine": one.made_by_id == request.user.pk,
            "by": str(one.made_by or _("the operator of the machine")),
            "made": one.made_on,
            "until": one.expires_on,
        }
        for one in open_to(request.user)
    ]
    return render(request, "web/proposals.html", {"section": "proposals", "rows": found})


@require_safe
def proposal(request, pk):
    """What was filled in, and what will happen: done for real where nobody waits, and undone."""
    found = _find(request, pk)
    today = timezone.localdate()
    second = found.state == ProposalState.WAITING and four_eyes.may_be_second(found, request.user, now=today)
    foreseen = None
    if second:
        foreseen = four_eyes.what_will_happen(found, actor=request.user, door="web")
        if found.person_id:
            note_read(request.user, "names.read", door="web", person=found.person)
    context = {
        "section": "proposals",
        "proposal": found,
        "label": four_eyes.label_of(found),
        "by": str(found.made_by or _("the operator of the machine")),
        "inputs": [
            {"label": label, "value": shown(request, field, value)}
            for field, label, value in four_eyes.filled_in(found)
        ],
        "foreseen": foreseen,
        "entries": _entries(request, foreseen) if foreseen else [],
        "tables": [(table, KINDS[kind](), count) for table, kind, count in foreseen.tables]
        if foreseen
        else [],
        "second": second,
        "mine": found.made_by_id == request.user.pk and found.state == ProposalState.WAITING,
        "who": access.who_may(four_eyes.CONFIRM, found.unit, now=today) if not second else "",
    }
    return render(request, "web/proposal.html", context)


#: Lines of people on one page: the rest comes when these have gone.
LISTED = 200
KINDS = {
    "written": lambda: _("rows written"),
    "changed": lambda: _("rows changed"),
    "deleted": lambda: _("rows deleted"),
}


def _find(request, pk) -> Proposal:
    """Shown to who proposed it and to who may decide it, also afterwards; to nobody else."""
    found = Proposal.objects.filter(pk=pk).select_related("made_by", "unit", "person", "case").first()
    if found is None:
        raise Http404(_("There is no proposal with this number."))
    mine = request.user.pk in (found.made_by_id, found.decided_by_id)
    if not mine and not four_eyes.may_be_second(found, request.user, now=timezone.localdate()):
        raise places.NotOpen(
            _("Only who proposed this and who may be the second person can look at it."),
            places.who(four_eyes.CONFIRM, found.unit),
        )
    return found


def shown(request, field, value) -> str:
    """A value that was filled in, as people read it; names only for who may read them."""
    if isinstance(value, list):
        return ", ".join(shown(request, field, one) for one in value)
    if isinstance(value, Person):
        return _person(request, value.pk)
    if isinstance(value, Unit):
        return names_of([value.pk], timezone.localdate()).get(value.pk, value.code)
    if isinstance(value, Post):
        return value.code
    if isinstance(value, dict):
        return ", ".join(shown(request, None, one) for one in value.values() if one not in (None, ""))
    if field is not None and field.type == "choice":
        return str(dict(field.options()).get(value, value))
    return formats.day(value) if hasattr(value, "year") else str(value)


def _person(request, ident: int) -> str:
    from orgwork.doors.web.people import unit_of

    person = Person.objects.get(pk=ident)
    if not places.able(request, "names.read", unit_of(person)):
        return f"#{ident}"
    names = names_of_people([ident], request.dials.turned(on=timezone.localdate(), known=None))
    return f"{names.get(ident, '')} #{ident}".strip()


def _entries(request, foreseen) -> list[str]:
    """The sentences that the journal would have, each once."""
    told: list[str] = []
    for one in foreseen.entries:
        said = sentences.sentence(one["verb"], one["content"], about=one["type"])
        if said not in told:
            told.append(said)
    return told


@require_POST
def decide(request, pk, name):
    """Confirm, decline or take back."""
    found = _find(request, pk)
    try:
        if name == "confirm":
            return _confirmed(request, found)
        if name == "decline":
            four_eyes.decline(found, actor=request.user, door="web", remark=request.POST.get("remark", ""))
            messages.success(request, _("Declined; nothing was written."))
        elif name == "withdraw":
            four_eyes.withdraw(found, actor=request.user, door="web")
            messages.success(request, _("Taken back; nothing was written."))
        else:
            raise Http404(_("There is no such act. Look at “How it is done”."))
    except NotAllowed:
        raise
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("proposal", pk=pk)
    return redirect("proposals")


def _confirmed(request, found: Proposal):
    result = four_eyes.confirm(found, actor=request.user, door="web")
    messages.success(request, _("Confirmed and done."))
    if isinstance(result, tuple) and isinstance(result[1], str):
        # A fresh password: shown this once, on the page of the answer, and kept nowhere.
        return render(request, "web/fresh_password.html", {
            "account": result[0], "fresh": result[1], "reset": found.verb == "account.reset",
        })  # fmt: skip
    return redirect("proposals")


# ── what has been kept long enough, and what is recorded at all ─────────────────────────────────────────


@require_safe
def kept(request):
    """What is due, rule by rule; people by number, with names for who may read them; what was erased."""
    places.need(request, "person.erase", None)
    today = timezone.localdate()
    found = [one for one in retention.due(today) if one.person][:LISTED]
    holds = list(ErasureHold.objects.on(today).order_by("valid_to")[:LISTED])
    names = _names(request, {one.person for one in found} | {row.person_id for row in holds})
    counts = retention.counts(today)
    labels = {code: rule.label for code, rule in retention.RULES.items()}
    context = {
        "section": "retention",
        "rules": [
            {
                "label": rule.label, "period": rule.period(today), "due": counts[code][0],
                "unit": processing.unit_in_words(rule.period(today).unit), "stopped": counts[code][1],
            }
            for code, rule in retention.RULES.items()
        ],
        "due": [
            {
                "label": labels[one.rule], "since": one.since, "stopped": one.stopped,
                "who": names[one.person or 0],
                "url": reverse("person", args=[one.person]),
            }
            for one in found
        ],
        "holds": [
            {
                "who": names[row.person_id], "until": formats.last_day(row.valid_to), "reason": row.reason,
                "url": reverse("person", args=[row.person_id]),
            }
            for row in holds
        ],
        "history": [{**one, "label": labels.get(one["rule"], one["rule"])} for one in retention.history()],
    }  # fmt: skip
    return render(request, "web/retention.html", context)


def _names(request, people) -> dict[int, str]:
    """Names of those in the reader's reach, numbers of the others; looking is noted."""
    today = timezone.localdate()
    known = names_of_people(sorted(people), request.dials.turned(on=today, known=None))
    reach = {
        one.pk
        for one in Person.objects.filter(pk__in=people)
        if access.may(request.user, "person.erase", body_of(one), now=today)
    }
    if reach:
        note_read(request.user, "names.read", door="web", unit=access.root(), count=len(reach))
    return {one: known.get(one, f"#{one}") if one in reach else f"#{one}" for one in people}


@require_safe
def register(request):
    """Open to everybody with an account: no person stands in it."""
    today = timezone.localdate()
    entries = processing.register(today)
    for one in entries:
        for period in one["retention"]:
            period["unit"] = processing.unit_in_words(period["unit"])
    return render(request, "web/processing.html", {"section": "processing", "activities": entries})
