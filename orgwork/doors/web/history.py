"""This room is for the history of a person, body or paper: its entries in the journal, told in sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db.models import Q
from django.utils.translation import gettext as _

from orgwork.foundation import journal
from orgwork.foundation.journal import EntrySubject
from orgwork.foundation.moments import Moment
from orgwork.procedures import catalogue, sentences
from orgwork.registers.aliases import identities
from orgwork.registers.people import PersonName
from orgwork.registers.units import Unit, names_of


def of(request, kind: str, ident: int, limit: int = 12) -> list[dict]:
    """The latest entries about a subject, each as a sentence with who, when and through which door."""
    entries = list({entry.pk: entry for entry in about(kind, ident, request.dials)[: limit + 4]}.values())
    entries = entries[:limit]
    cases = EntrySubject.objects.filter(entry__in=[e.pk for e in entries], type="case")
    said = dict(cases.values_list("entry", "content"))
    bodies = names_in([*said.values(), *(entry.content for entry in entries)], request.dials)
    times = dict(Moment.objects.filter(pk__in=[e.moment for e in entries]).values_list("pk", "at"))
    instead = stood_in({e.pk: [e.content, said.get(e.pk)] for e in entries})
    return [
        {
            "sentence": sentence(entry, kind, said.get(entry.pk), bodies),
            "day": entry.day,
            "at": times.get(entry.moment),
            "actor": " ".join(part for part in (str(entry.actor or ""), instead.get(entry.pk, "")) if part),
            "case": entry.case if kind != "case" else None,
            "erased": entry.erased_under,
            "pk": entry.pk,
        }
        for entry in entries
    ]


def stood_in(contents: Mapping[int, Iterable]) -> dict[int, str]:
    """For whom somebody stood in, entry by entry: X (standing in for Y). Holders of posts are named."""
    lenders = {
        pk: content["standing_in_for"]
        for pk, some in contents.items()
        for content in some
        if isinstance(content, dict) and content.get("standing_in_for")
    }
    if not lenders:
        return {}
    rows = PersonName.objects.filter(person__in=set(lenders.values())).order_by("valid_from")
    names = dict(rows.values_list("person", "full"))
    return {
        pk: "(" + _("standing in for %(name)s") % {"name": names.get(person) or f"#{person}"} + ")"
        for pk, person in lenders.items()
    }


def verbs_about_people() -> Q:
    """What was done to people is told on their pages, not on that of their body."""
    found = Q(verb__startswith="person.") | Q(verb__startswith="member.")
    for procedure in catalogue.procedures().values():
        if procedure.about == "person":
            found |= Q(verb__startswith=f"{procedure.code}.")
    return found


def about(kind: str, ident: int, dials):
    """Up to the day and moment looked at. Of a body only what says something of the body itself."""
    # What was said of a record that was merged into this one is said of the same person.
    idents = identities(ident, known_at=dials.known_at) if kind == "person" else [ident]
    rows = journal.history(kind, *idents).filter(day__lte=dials.on)
    if dials.known_at is not None:
        rows = rows.filter(moment__lt=dials.known_at)
    if kind == "unit":
        rows = rows.exclude(verbs_about_people())
    return rows


def names_in(contents, dials) -> dict[str, str]:
    """Names of the bodies whose codes stand in what entries say; two queries for all of them."""
    texts = {text for content in contents for text in _texts(content) if len(text) <= 60}
    codes = dict(Unit.objects.filter(code__in=texts).values_list("pk", "code"))
    return {codes[pk]: name for pk, name in names_of(codes, dials.on, known_at=dials.known_at).items()}


def _texts(content):
    if isinstance(content, str):
        yield content
    elif isinstance(content, dict | list):
        for part in content.values() if isinstance(content, dict) else content:
            yield from _texts(part)


def sentence(entry, kind: str = "", of_the_case=None, bodies=None) -> str:
    """What was done, as its procedure words it, said of a subject of that kind."""
    content = sentences.with_case(getattr(entry, "content", None), of_the_case)
    return sentences.sentence(entry.verb, content, about=kind, bodies=bodies)
