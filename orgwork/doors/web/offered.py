"""This room is for what a page offers to do: cases that may be opened and acts that may be done, by the reader's posts."""

from __future__ import annotations

from urllib.parse import urlencode

from django.urls import reverse

from orgwork.doors.web import places
from orgwork.procedures import catalogue, operations


def openings(request, unit, about: str = "person") -> list[dict]:
    """New cases about people, or about bodies, which the reader may open at a body or below it."""
    return [
        offer(request, procedure.opening, "open-case", procedure.code) | {"label": procedure.label}
        for procedure in catalogue.procedures().values()
        if procedure.opening is not None
        and procedure.about == about
        and places.may(request, procedure.opening.act, unit)
    ]


def operations_of(request, prefix: str, unit, **fields) -> list[dict]:
    """Acts of one family which the reader may do at a body."""
    return [
        offer(request, step, "do", verb, **fields)
        for verb, step in operations.known.items()
        if verb.startswith(prefix) and places.may(request, step.act, unit)
    ]


def about_person(request, who, unit) -> list[dict]:
    """Cases and acts that ask for a person, with this one filled in."""
    found = []
    for procedure in catalogue.procedures().values():
        step = procedure.opening
        name = person_field(step)
        if name and places.may(request, step.act, unit):
            found.append(offer(request, step, "open-case", procedure.code, **{name: who.pk}))
    for verb, step in operations.known.items():
        name = person_field(step)
        if name and places.may(request, step.act, unit):
            found.append(offer(request, step, "do", verb, **{name: who.pk}))
    return found


def person_field(step) -> str:
    """The field by which a step asks for the one person it is about."""
    if step is None:
        return ""
    return next(
        (one.name for one in step.fields if one.type == "person" and not one.many and one.required), ""
    )


def offer(request, step, name, key, **fields) -> dict:
    url = reverse(name, args=[key]) + request.dials.query()
    if fields:
        url += ("&" if "?" in url else "?") + urlencode(fields)
    return {"label": step.label, "url": url, "verb": key}
