"""This room is for what a page offers to do: cases that may be opened and acts that may be done, by
the reader's posts.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlencode

from django.urls import reverse

from orgwork.doors.web import places
from orgwork.procedures import catalogue, operations
from orgwork.procedures.in_bulk import person_field


def openings(request, unit, about: str = "person") -> list[dict]:
    """New cases about people, or about bodies, which the reader may open at a body or below it."""
    found = [
        offer(request, procedure.opening, "open-case", procedure.code) | {"label": procedure.label}
        for procedure in catalogue.procedures().values()
        if procedure.opening is not None
        and procedure.about == about
        and places.able(request, procedure.opening.act, unit)
    ]
    return sorted(found, key=lambda one: (not one["main"], one["verb"].startswith(LAST)))


def some(request, verbs, unit, **fields) -> list[dict]:
    """Those of the named acts which the reader may do at a body."""
    known = operations.known
    return [
        offer(request, known[verb], "do", verb, **fields)
        for verb in verbs
        if verb in known and places.able(request, known[verb].act, unit)
    ]


# What can be done to a body without a case, in the order of the menu.
OF_A_BODY = (
    "post.found", "function.give", "target.set", "growth.remark", "correction.unit_name",
    "correction.unit_placement",
)  # fmt: skip
OF_A_POST = ("post.fill", "post.release", "post.end", "correction.appointment")
# Whom a case or act is for, by where the person stands on the day.
FOR = {
    "admission": "outside",
    "arrival": "outside",
    "guest": "outside",
    "transfer": "member",
    "leaving": "member",
    "member.died": "member",
    "recognition": "probationary",
    "temporary": "member",
    "exemption": "member",
    "suspension": "member",
    "deletion": "member",
    "complaint": "deleted",
    "member.missing": "member",
    "member.found": "missing",
    "member.resume": "exempt",
    "member.expel": "full",
    "correction.place": "member",
    "correction.standing": "member",
    "correction.admission_day": "member",
    "badge": "member",
    "card.issue": "member",
    "card.exchange": "member",
    "card.lost": "member",
}
# Offered where the other record is known: on the page of the two, or of the one that stays.
ELSEWHERE = ("person.unmerge", "person.apart", "person.maybe_same")


def about_person(request, who, unit, standing: str = "", also: Iterable[str] = ()) -> list[dict]:
    """Cases and acts that ask for one person, with this one filled in and only those that can apply.

    ``also`` says what else holds of the person: conditions, or how the membership ended.
    """
    fits = {"outside": not standing, "member": bool(standing), "probationary": standing == "probationary"}
    fits |= {name: name in also for name in ("exempt", "missing", "deleted")} | {"full": standing == "full"}
    found = []
    for procedure in catalogue.procedures().values():
        name = person_field(procedure.opening)
        if (
            name
            and fits.get(FOR.get(procedure.code), True)
            and places.able(request, procedure.opening.act, unit)
        ):
            one = offer(request, procedure.opening, "open-case", procedure.code, **{name: who.pk})
            found.append(one | {"label": procedure.label})
    for verb, step in operations.known.items():
        name = person_field(step) if verb not in ELSEWHERE else ""
        if name and fits.get(FOR.get(verb), True) and places.able(request, step.act, unit):
            found.append(offer(request, step, "do", verb, **{name: who.pk}))
    return sorted(found, key=lambda one: (not one["main"], one["verb"].startswith(LAST)))


def in_bulk(request, unit) -> list[tuple[str, str]]:
    """Cases that can be opened for many people at once, as choices of a list."""
    found = []
    for procedure in catalogue.procedures().values():
        step = procedure.opening
        if person_field(step) and procedure.code in BULK and places.able(request, step.act, unit):
            found.append((procedure.code, procedure.label))
    return found


# What a page offers first and strongest; corrections and ends stand last.
FOREMOST = ("admission", "recognition")
LAST = ("leaving", "suspension", "deletion", "complaint", "member.", "correction.", "person.erase")
BULK = ("transfer", "recognition", "temporary", "exemption", "badge")


def steps_in_bulk(request, unit, code: str = "") -> list[tuple[str, str]]:
    """Steps that can be taken for many cases at once, as choices of a list."""
    return [
        (f"{procedure.code}.{step.name}", f"{procedure.label}: {step.label}")
        for procedure in catalogue.procedures().values()
        if code in ("", procedure.code) and procedure.about == "person"
        for step in procedure.steps.values()
        if fits_many(step) and places.able(request, step.act, unit)
    ]


def fits_many(step) -> bool:
    """Steps onward that ask for nothing that differs from case to case: no vote, nobody else."""
    differs = ("protocol", "person", "unit", "post", "record")
    return step.kind == "onward" and not any(one.required and one.type in differs for one in step.fields)


def offer(request, step, name, key, **fields) -> dict:
    url = reverse(name, args=[key]) + request.dials.query()
    if fields:
        url += ("&" if "?" in url else "?") + urlencode(fields)
    return {"label": step.label, "url": url, "verb": key, "main": key in FOREMOST}
