"""This room is for the journal as a page: who did what; how far it is sealed, when it was verified."""

from __future__ import annotations

from datetime import date, timedelta

from django.contrib import messages
from django.db.models import Exists, OuterRef, Q
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from orgwork.doors.web import bodies, dials, history, places
from orgwork.doors.web.lists import keyset
from orgwork.foundation import journal, moments
from orgwork.foundation.accounts import Account
from orgwork.foundation.jobs import Job, enqueue, job
from orgwork.foundation.journal import Entry, EntrySubject, Link
from orgwork.foundation.moments import Moment
from orgwork.foundation.wording import number
from orgwork.insight.issued import printed_heads
from orgwork.procedures import operations
from orgwork.procedures.cases import Procedure
from orgwork.registers import access
from orgwork.registers.documents import Document
from orgwork.registers.members import MembershipPlace
from orgwork.registers.posts import Post
from orgwork.registers.reads import note_read
from orgwork.registers.units import ROOT, Unit, UnitLineage, names_of, under_ids

SUBJECTS = ("person", "unit", "case", "document", "post", "area", "account", "report", "text")
ORDER = ("-moment", "-ordinal")


@require_safe
def journal_page(request):
    """Entries about the body and everything below it, the latest first, whatever day the dial shows."""
    place = turned(request)
    places.need(request, "journal.read", place.unit)
    page = keyset(found(request, place.unit), ORDER, request.GET)
    rows = told(request, place, page.rows)
    note_read(request.user, "journal.read", door="web", unit=place.unit, count=len(rows))
    context = {
        "section": "journal",
        "place": place,
        "crumbs": places.crumbs(place, last_is_link=True),
        "rows": rows,
        "page": page,
        "asked": asked(request),
        "verbs": verbs(),
        "state": state(request, place),
        "about": about(request),
    }
    return render(request, "web/journal.html", context)


def turned(request) -> places.Place:
    """Where the address says, else the highest body whose journal the reader may read."""
    if not request.dials.unit_code:
        today = request.dials.today
        held = {m.unit for m in access.mandates(request.user, now=today) if m.act == "journal.read"}
        above = UnitLineage.objects.on(today).filter(descendant__in=held, depth__gte=0)
        code = above.filter(depth=0).order_by("descendant__code").values_list("descendant__code", flat=True)
        if first := next(iter(code[:1]), None):
            return places.look(request, first)
    return places.here(request)


def found(request, unit):
    """The entries asked for. An entry lies where its bodies and its people are, or ever were."""
    rows = Entry.objects.all()
    if unit.code != ROOT:
        below = under_ids(unit, request.dials.today, custody=True)
        people = MembershipPlace.objects.filter(unit__in=under_ids(unit, request.dials.today)).values(
            "person"
        )
        said = EntrySubject.objects.filter(entry=OuterRef("pk"))
        here = Q(type="unit", subject_id__in=below) | Q(type="person", subject_id__in=people)
        rows = rows.filter(Exists(said.filter(here)))
    params = request.GET
    if params.get("verb") in verbs():
        rows = rows.filter(verb=params["verb"])
    first, last = day_of(params, "first"), day_of(params, "last")
    if first:
        rows = rows.filter(moment__gte=moments.known_at(first - timedelta(days=1)))
    if last:
        rows = rows.filter(moment__lt=moments.known_at(last))
    if who := params.get("actor", "").strip()[:80]:
        rows = rows.filter(
            actor__in=Account.objects.filter(Q(username__iexact=who) | Q(full_name__icontains=who))
        )
    if not (params.get("verb") or about(request)):
        # Everybody comes in every morning; whoever wants to see it asks about the account.
        rows = rows.exclude(verb="account.sign_in")
    if one := about(request):
        rows = rows.filter(
            Exists(EntrySubject.objects.filter(entry=OuterRef("pk"), type=one[0], subject_id=one[1]))
        )
    return rows.select_related("actor")


def day_of(params, name: str) -> date | None:
    return dials.read_day(params.get(name, ""), name)


def about(request) -> tuple[str, int] | None:
    """The subject the list is narrowed to, from “person:123”."""
    kind, _colon, ident = request.GET.get("about", "").partition(":")
    return (kind, int(ident)) if kind in SUBJECTS and ident.isdigit() and len(ident) < 19 else None


def asked(request) -> dict:
    return {name: request.GET.get(name, "")[:80] for name in ("verb", "actor", "first", "last", "about")}


def verbs() -> dict[str, str]:
    """Every verb of the procedures and operations with its label, in the order of the labels."""
    known = {"": _("everything")}
    for procedure in Procedure.known.values():
        for step in (procedure.opening, *procedure.steps.values()):
            if step is not None:
                known[step.verb] = f"{procedure.label}: {step.label}"
    known |= {name: str(definition.label) for name, definition in operations.known.items()}
    return dict(sorted(known.items(), key=lambda pair: (pair[0] != "", pair[1])))


# ── what is shown of each entry ─────────────────────────────────────────────────────────────────────────


def told(request, place, entries) -> list[dict]:
    """Entries as sentences with their subjects named: a constant number of queries for a page."""
    times = dict(Moment.objects.filter(pk__in={e.moment for e in entries}).values_list("pk", "at"))
    said = {}
    for subject in EntrySubject.objects.filter(entry__in=entries).order_by("entry", "ordinal"):
        said.setdefault(subject.entry_id, []).append(subject)
    names = Names(request, place, [s for some in said.values() for s in some])
    sealed = dict(Link.objects.filter(entry__in=[e.pk for e in entries]).values_list("entry", "position"))
    bodies = history.names_in([s.content for some in said.values() for s in some], request.dials)
    instead = history.stood_in({pk: [s.content for s in some] for pk, some in said.items()})
    found = []
    for entry in entries:
        subjects = said.get(entry.pk, [])
        told_of = names.told_of(subjects)
        entry.content = told_of.content if told_of else None
        entry.erased_under = next((s.erased_under for s in subjects if s.erased_under), None)
        found.append(
            {
                "entry": entry,
                "instead": instead.get(entry.pk, ""),
                "at": times.get(entry.moment),
                "sentence": history.sentence(entry, told_of.type if told_of else "", bodies=bodies),
                "subjects": [names.of(subject) for subject in subjects if subject.type != "case"],
                "position": sealed.get(entry.pk),
            }
        )
    return found


class Names:
    """What subjects are called, looked up once for a page: people only where the reader may read names."""

    def __init__(self, request, place, subjects):
        self.dials = request.dials
        ids = {kind: {s.subject_id for s in subjects if s.type == kind} for kind in SUBJECTS}
        self.named = bool(places.may(request, "names.read", place.unit))
        self.people = bodies.names_of_people(ids["person"], self.latest()) if self.named else {}
        self.units = dict(Unit.objects.filter(pk__in=ids["unit"]).values_list("pk", "code"))
        self.bodies = names_of(ids["unit"], self.dials.today)
        self.papers = dict(Document.objects.filter(pk__in=ids["document"]).values_list("pk", "symbol"))
        self.posts = dict(Post.objects.filter(pk__in=ids["post"]).values_list("pk", "code"))

    def told_of(self, subjects):
        """The subject of whom the sentence is said: a person only to those who may read names."""
        order = (
            ("person", "unit", "post", "document", "account") if self.named else ("unit", "post", "account")
        )
        ranked = [s for kind in order for s in subjects if s.type == kind]
        return next((s for s in ranked if s.content), ranked[0] if ranked else None)

    def latest(self):
        return self.dials.turned(on=self.dials.today, known=None)

    def of(self, subject) -> dict:
        ident, tail = subject.subject_id, self.dials.query()
        name, url = f"{kinds()[subject.type]} #{ident}", ""
        if subject.type == "person":
            name, url = self.people.get(ident, name), reverse("person", args=[ident]) + tail
        elif subject.type == "unit" and ident in self.units:
            name, url = (
                self.bodies.get(ident, self.units[ident]),
                places.address(self.units[ident], self.dials),
            )
        elif subject.type == "document" and ident in self.papers:
            name, url = self.papers[ident], reverse("document", args=[ident]) + tail
        elif subject.type == "post" and ident in self.posts:
            name, url = self.posts[ident], reverse("post", args=[self.posts[ident]]) + tail
        elif subject.type == "text":
            url = reverse("kept-text", args=[ident]) + tail
        return {"name": Truncator(name).chars(60), "url": url, "key": f"{subject.type}:{ident}"}


def kinds() -> dict[str, str]:
    return {
        "person": _("Person"),
        "unit": _("Body"),
        "case": _("Case"),
        "document": _("Document"),
        "post": _("Post"),
        "area": _("Place"),
        "account": _("Account"),
        "report": _("Report"),
        "text": _("Text"),
    }


# ── sealed and verified ─────────────────────────────────────────────────────────────────────────────────


def state(request, place) -> dict:
    """How far the chain reaches, and what the last verification found."""
    head = Link.objects.order_by("-position").first()
    kind = f"{verify_journal.__module__}:{verify_journal.__qualname__}"
    last = Job.objects.filter(kind=kind).order_by("-pk").first()
    return {
        "sealed": head.position if head else 0,
        "link": head.link if head else "",
        "waiting": waiting(head),
        "last": last,
        "outcome": outcome(last),
        "may_verify": bool(places.may(request, "journal.verify", place.unit)),
    }


def waiting(head: Link | None) -> int:
    """Entries after the last one that was sealed."""
    last = Entry.objects.filter(pk=head.entry).first() if head else None
    if last is None:
        return Entry.objects.count() if head is None else 0
    after = Q(moment__gt=last.moment) | Q(moment=last.moment, ordinal__gt=last.ordinal)
    return Entry.objects.filter(after, moment__gte=last.moment).count()


def outcome(last: Job | None) -> str:
    if last is None or last.state != Job.State.DONE:
        return ""
    result = last.result
    if not result.get("findings"):
        return _("%(sealed)s entries verified, nothing was altered.") % {
            "sealed": number(result.get("sealed", 0))
        }
    return _("Something is wrong: %(finding)s.") % {"finding": result["findings"][0]}


@require_POST
def verify(request):
    """The whole chain is walked in the background; the page of that work shows how far it is."""
    place = turned(request)
    places.need(request, "journal.verify", place.unit)
    asked_for = enqueue(verify_journal, name=_("Verify the journal"), account=request.user)
    messages.success(request, _("The journal is being verified."))
    return redirect(reverse("job", args=[asked_for.pk]) + request.dials.query())


@job
def verify_journal(progress) -> dict:
    """Recompute the chain from its first link on and say what does not fit."""
    progress.report(0, journal.head()[0])
    verdict = journal.verify(heads=printed_heads())
    return {
        "sealed": verdict.sealed,
        "unsealed": verdict.unsealed,
        "erased": verdict.erased,
        "findings": [finding.text for finding in verdict.findings[:20]],
        "link": verdict.head[1],
    }
