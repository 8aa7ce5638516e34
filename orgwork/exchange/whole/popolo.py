"""This room is for Popolo (popoloproject.com): bodies, posts, persons and memberships as others read them.

Our *body* is its Organization; its Membership is both our membership of the party and our appointment.
Written a line at a time: there may be a million people.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import Min

from orgwork.registers.appointments import Appointment
from orgwork.registers.area_lookup import codes_of
from orgwork.registers.areas import AreaName, AreaPlacement
from orgwork.registers.members import MembershipPlace
from orgwork.registers.people import PersonName, PersonParticulars
from orgwork.registers.posts import Post, PostExistence
from orgwork.registers.units import UnitForm, UnitName, UnitPlacement, UnitService

DAY = dt.timedelta(days=1)
AT_ONCE = 5_000


def lines(day: dt.date, *, people: bool) -> Iterator[str]:
    """One document; each object on a line of its own. As recorded now, named and placed as on the day."""
    parts: list[tuple[str, Iterable[dict]]] = [
        ("areas", areas(day)), ("organizations", organizations(day)), ("posts", posts()),
    ]  # fmt: skip
    if people:
        parts += [("persons", persons(day)), ("memberships", memberships())]
    yield "{"
    for at, (name, objects) in enumerate(parts):
        yield f'"{name}": ['
        before = ""
        for one in objects:
            if before:
                yield before + ","
            before = json.dumps({k: v for k, v in one.items() if v not in ("", [])}, ensure_ascii=False)
        if before:
            yield before
        yield "]" if at == len(parts) - 1 else "],"
    yield "}"


def areas(day: dt.date) -> Iterator[dict[str, Any]]:
    parents = dict(AreaPlacement.objects.on(day).values_list("area", "parent"))
    codes = codes_of(parents, day)
    rows = (
        AreaName.objects.on(day)
        .order_by("area")
        .values_list("area", "area__code", "area__code_list", "area__kind", "name")
    )
    for ident, code, listed, kind, name in rows.iterator(chunk_size=AT_ONCE):
        listed, code = codes.get(ident, (listed, code))
        yield {
            "id": f"area-{ident}", "name": name, "classification": kind,
            "identifier": f"{listed}:{code}", "parent_id": _id("area", parents.get(ident)),
        }  # fmt: skip


def organizations(day: dt.date) -> Iterator[dict[str, Any]]:
    """Every body that ever was: its latest name up to the day, where it stands or last stood."""
    kinds = _latest(UnitForm, "kind")
    served = dict(UnitService.objects.on(day).order_by("-pk").values_list("unit", "area"))
    founded = dict(
        UnitPlacement.objects.order_by()
        .values("unit")
        .annotate(first=Min("valid_from"))
        .values_list("unit", "first")
    )
    stood = {
        unit: (parent, until)
        for unit, parent, until in UnitPlacement.objects.order_by("valid_from").values_list(
            "unit", "parent", "valid_to"
        )
    }
    names: dict[int, dict[str, str]] = {}
    codes: dict[int, str] = {}
    rows = UnitName.objects.filter(valid_from__lte=day).order_by("valid_from")
    for unit, code, language, text in rows.values_list("unit", "unit__code", "language", "text"):
        names.setdefault(unit, {})[language] = text
        codes[unit] = code
    for unit in sorted(names):
        by_language = names[unit]
        name = by_language.get("vi") or next(iter(by_language.values()))
        parent, until = stood.get(unit, (None, None))
        yield {
            "id": _id("organization", unit),
            "name": name,
            "other_names": [
                {"name": text, "note": language} for language, text in by_language.items() if text != name
            ],
            "identifiers": [{"scheme": "orgwork", "identifier": codes[unit]}],
            "classification": kinds.get(unit, ""),
            "parent_id": _id("organization", parent),
            "area_id": _id("area", served.get(unit)),
            "founding_date": _day(founded.get(unit)),
            "dissolution_date": _last(until),
        }


def _latest(model: Any, value: str) -> dict[int, Any]:
    return dict(model.objects.order_by("valid_from").values_list("unit", value))


def posts() -> Iterator[dict[str, Any]]:
    lasted = {
        post: (since, until)
        for post, since, until in PostExistence.objects.order_by("valid_from").values_list(
            "post", "valid_from", "valid_to"
        )
    }
    for post in Post.objects.order_by("pk").iterator(chunk_size=AT_ONCE):
        since, until = lasted.get(post.pk, (None, None))
        yield {
            "id": _id("post", post.pk), "label": post.code, "role": post.kind,
            "organization_id": _id("organization", post.unit_id), "area_id": _id("area", post.area_id),
            "start_date": _day(since), "end_date": _last(until),
        }  # fmt: skip


def persons(day: dt.date) -> Iterator[dict[str, Any]]:
    """No contact data, no background: those are open to few."""
    names = PersonName.objects.on(day).filter(person__erased=False).order_by("person")
    rows = names.values_list("person", "full", "family", "middle", "given", "sort_key")
    batch: list[tuple] = []
    for row in rows.iterator(chunk_size=AT_ONCE):
        batch.append(row)
        if len(batch) == AT_ONCE:
            yield from _persons(batch, day)
            batch = []
    yield from _persons(batch, day)


def _persons(batch: list[tuple], day: dt.date) -> Iterator[dict[str, Any]]:
    said = {
        person: (sex, birth, precision)
        for person, sex, birth, precision in PersonParticulars.objects.on(day)
        .filter(person__in=[row[0] for row in batch])
        .values_list("person", "sex", "birth", "birth_precision")
    }
    digits = {"year": 4, "month": 7, "day": 10}
    for person, full, family, middle, given, key in batch:
        sex, birth, precision = said.get(person, ("", None, "day"))
        yield {
            "id": _id("person", person), "name": full, "family_name": family, "given_name": given,
            "additional_name": middle, "sort_name": key,
            "gender": {"f": "female", "m": "male"}.get(sex, ""),
            "birth_date": birth.isoformat()[: digits[precision]] if birth else None,
        }  # fmt: skip


def memberships() -> Iterator[dict[str, Any]]:
    """Places of members in their cells, and posts held."""
    rows = MembershipPlace.objects.order_by("pk").values_list(
        "pk", "person", "unit", "kind", "valid_from", "valid_to"
    )
    for pk, person, unit, kind, since, until in rows.iterator(chunk_size=AT_ONCE):
        yield {
            "id": f"place-{pk}", "label": kind, "role": "member", "person_id": _id("person", person),
            "organization_id": _id("organization", unit), "start_date": _day(since), "end_date": _last(until),
        }  # fmt: skip
    held = Appointment.objects.order_by("pk").values_list(
        "pk", "person", "post", "post__unit", "post__kind", "acting", "valid_from", "valid_to"
    )
    for pk, person, post, unit, kind, acting, since, until in held.iterator(chunk_size=AT_ONCE):
        yield {
            "id": f"appointment-{pk}", "label": "acting" if acting else "", "role": kind,
            "person_id": _id("person", person), "post_id": _id("post", post),
            "organization_id": _id("organization", unit), "start_date": _day(since), "end_date": _last(until),
        }  # fmt: skip


def _id(kind: str, number: int | None) -> str | None:
    return f"{kind}-{number}" if number else None


def _day(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None


def _last(until: dt.date | None) -> str | None:
    """The last day, as people say it: the store is half-open."""
    return (until - DAY).isoformat() if until else None
