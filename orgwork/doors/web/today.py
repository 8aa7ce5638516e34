"""This room is for the first page: what waits for me, what falls due, what went wrong; and for finding
things.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from orgwork.doors.web import (
    acquaintance,
    due,
    formats,
    incoming,
    numbers,
    offered,
    paper_life,
    places,
)
from orgwork.doors.web.cases import enrich
from orgwork.foundation import words
from orgwork.foundation.jobs import Job
from orgwork.foundation.journal import EntrySubject
from orgwork.foundation.search import fold, matches, query_tokens
from orgwork.procedures.cases import Case, placed
from orgwork.registers import access
from orgwork.registers.documents import Document
from orgwork.registers.members import MembershipPlace
from orgwork.registers.people import PersonName
from orgwork.registers.reads import note_read
from orgwork.registers.units import names_of

FOUND = 20
#: People whose names are looked at one by one; of more the names are walked in their order.
SEVERAL = 5000
SHOWN = 10
MOST = 999


@require_safe
def today(request):
    """Small on purpose: what waits for me, what falls due, what went wrong."""
    dials, account = request.dials, request.user
    waiting = list(
        due.waiting(account, dials).order_by("opened_on", "pk").values_list("pk", flat=True)[: MOST + 1]
    )
    first = placed(Case.objects.filter(pk__in=waiting[:SHOWN]), dials.on, known_at=dials.known_at)
    first = first.order_by("opened_on", "pk")
    count = len(waiting)
    place = request.place
    allowed = bool(place) and places.able(request, "figures.read", place.unit)
    context = {
        "section": "today",
        "waiting": enrich(list(first), request),
        "waiting_count": formats.number(min(count, MOST)) + ("+" if count > MOST else ""),
        "due": due.here(place.unit, dials, account) if allowed else [],
        "openings": offered.openings(request, place.unit) if place else [],
        "failures": failures(account),
        "incoming": incoming.today(request),
        "to_study": acquaintance.today(request),
        "cards": numbers.cards(request, place) if allowed else [],
        **paper_life.today(request),
        "without_post": not access.mandates(account, now=dials.today),
    }
    return render(request, "web/today.html", context)


def failures(account) -> list[dict]:
    """Long work of mine that failed in the last week."""
    since = timezone.now() - timedelta(days=7)
    rows = Job.objects.filter(created_by=account, state=Job.State.FAILED, finished_at__gte=since)
    return [
        {"label": job.name, "note": job.message, "at": job.finished_at} for job in rows.order_by("-pk")[:5]
    ]


@require_safe
def search(request):
    """One search: people, bodies, documents; with or without diacritics, words in any order."""
    text = request.GET.get("q", "").strip()[:100]
    found = people(request, text) if text else []
    if found:
        note_read(
            request.user,
            "names.read",
            door="web",
            unit=getattr(request.place, "unit", None),
            count=len(found),
        )
    context = {
        "q": text,
        "section": "",
        "bodies": places.search(text, request.dials) if text else [],
        "people": found,
        "documents": papers(request, text) if text else [],
    }
    return render(request, "web/search.html", context)


def people(request, text: str) -> list[dict]:
    """Only people whose names the reader may read today, wherever they are."""
    dials, asked = request.dials, query_tokens(text)[: words.LOOKED_AT]
    if not asked:
        return []
    homes = MembershipPlace.objects.on(dials.on, known_at=dials.known_at).filter(kind="official")
    found = named(request, asked, homes)
    cells = dict(homes.filter(person__in=[pk for pk, _name in found]).values_list("person_id", "unit_id"))
    names = names_of(set(cells.values()), dials.on, known_at=dials.known_at)
    return [
        {
            "pk": pk,
            "name": name,
            "note": names.get(cells.get(pk), ""),
            "url": reverse("person", args=[pk]) + dials.query(),
        }
        for pk, name in found
    ]


def named(request, asked, homes) -> list[tuple[int, str]]:
    """People of whose names every word begins a word, in the order of names: their numbers and names.

    Few are found by the words, then those that may be read are picked; of very many whoever sees everybody
    is shown some, and whoever sees a part is shown theirs.
    """
    dials = request.dials
    rows = PersonName.objects.on(dials.on, known_at=dials.known_at).order_by("sort_key", "person_id")
    some, whole = words.first(PersonName, asked)
    if whole or access.scopes(request.user, "names.read", now=dials.today)[2]:
        called = list(rows.filter(pk__in=some).values_list("person_id", "full"))
        ours = readable(request, homes, [pk for pk, _name in called])
        return [(pk, name) for pk, name in called if pk in ours][:FOUND]
    found: set[tuple[str, int, str]] = set()
    for people_ in sources(request, homes):
        several = people_[: SEVERAL + 1]
        if len(several) <= SEVERAL:
            # Left to choose, PostgreSQL walks the names of the whole register for the few of one commune.
            theirs = rows.order_by().filter(person__in=list(several))
            called = theirs.values_list("sort_key", "person_id", "full", "folded")
            found |= {tuple(said) for *said, folded in called if matches(folded, asked)}
        else:
            theirs = rows.filter(*words.each(PersonName, asked), person__in=people_)
            found |= set(theirs.values_list("sort_key", "person_id", "full")[:FOUND])
    return [(pk, name) for _key, pk, name in sorted(found)[:FOUND]]


def readable(request, homes, people_) -> set[int]:
    """Those of these people whose names the reader may read."""
    found: set[int] = set()
    for source in sources(request, homes):
        if isinstance(source, list):
            found |= set(source) & set(people_)
        else:
            (column,) = source.query.values_select
            found |= set(source.filter(**{f"{column}__in": people_}).values_list(column, flat=True))
    return found


def sources(request, homes) -> list:
    """Where the people come from whose names the reader may read: members, applicants, those one entered.

    Applicants have no cell yet: they are found by their case, and by whoever entered them.
    """
    dials, account = request.dials, request.user
    visible = partial(access.visible, account=account, act="names.read", now=dials.today, on=dials.on)
    entered = EntrySubject.objects.filter(type="person", entry__verb="person.enter", entry__actor=account)
    myself = access.person_of(account)
    return [
        visible(homes, known_at=dials.known_at).values_list("person", flat=True),
        visible(Case.objects.filter(person__isnull=False)).values_list("person", flat=True),
        entered.values_list("subject_id", flat=True),
        [myself] if myself else [],
    ]


def papers(request, text: str) -> list[dict]:
    """Titles can hold names: papers are found where the reader may read names."""
    today_ = request.dials.today
    if not any(m.act == "names.read" for m in access.mandates(request.user, now=today_)):
        return []
    rows = Document.objects.filter(secret=False)
    for word in fold(text).split()[:6]:
        rows = rows.filter(folded__contains=word)
    rows = rows | Document.objects.filter(symbol__iexact=text)
    here = access.visible(
        rows, request.user, "names.read", now=today_, on=request.dials.on, unit_field="issuer"
    )
    scope = here | rows.filter(issuer__isnull=True)
    return [
        {
            "name": row.symbol,
            "note": row.title,
            "day": formats.day(row.day),
            "url": reverse("document", args=[row.pk]) + request.dials.query(),
        }
        for row in scope.order_by("-day", "-pk")[:FOUND]
    ]


@require_safe
def where(request):
    """Choosing where to look, for readers without scripts: bodies that fit, each turning the dial of
    the page left.
    """
    text = request.GET.get("q", "").strip()[:100]
    onward = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(onward, {request.get_host()}) or not turns(onward):
        onward = ""
    found = places.search(text, request.dials)
    for item in found:
        if onward:
            item["url"] = onward + request.dials.query(unit=item["code"])
    if len(found) == 1:
        return redirect(found[0]["url"])
    title = _("Where to look")
    return render(request, "web/where.html", {"q": text, "found": found, "title": title, "section": ""})


def turns(path: str) -> bool:
    """Whether the page at a path can look at any body."""
    try:
        return resolve(path).url_name in places.TURNING
    except Resolver404:
        return False
