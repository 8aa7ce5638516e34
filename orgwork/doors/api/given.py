"""This room is for what a step is given: its fields as a JSON schema, and JSON read back into them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from orgwork.foundation.refusals import Refusal
from orgwork.procedures.cases import Protocol, StepDef
from orgwork.procedures.fields import Field
from orgwork.registers.areas import Area
from orgwork.registers.documents import Document
from orgwork.registers.people import Person
from orgwork.registers.posts import Post
from orgwork.registers.units import Unit

LONGEST = {"text": 500, "words": 4000, "long": 400_000}
#: Things are named in JSON as the API names them everywhere: bodies and posts by code, the rest by number.
THINGS = {"person": (Person, "pk"), "unit": (Unit, "code"), "area": (Area, "pk"), "post": (Post, "code")}
PAPER = {
    "symbol": {"type": "string", "maxLength": 60, "examples": ["214-QĐ/HU"]},
    "day": {"type": "string", "format": "date"},
    "issuer": {"type": "string", "description": "code of the body that issued it"},
    "issuer_name": {"type": "string", "maxLength": 200, "description": "its name, when it is in no register"},
    "kind": {"type": "string", "maxLength": 20},
    "title": {"type": "string", "maxLength": 500},
    "secret": {"type": "boolean"},
    "next": {"type": "boolean", "description": "instead of a symbol: the next number of the issuer's series"},
}


# ── the schema ──────────────────────────────────────────────────────────────────────────────────────────


def schema(step: StepDef, *, seen: bool) -> dict:
    """What the body of the request must look like."""
    properties: dict[str, Any] = {
        "day": {"type": "string", "format": "date", "description": f"{step.day_label}; without it today"}
    }
    if seen:
        properties["seen"] = {
            "type": "integer",
            "description": "the case's `version` as it was seen; once it has gone on, nothing is done (409)",
        }
    for one in step.fields:
        properties[one.name] = _property(one)
    found = {"type": "object", "properties": properties, "additionalProperties": False}
    if required := [one.name for one in step.fields if one.required and one.default is None]:
        found["required"] = required
    return found


def _property(one: Field) -> dict:
    about = {"title": str(one.label)} | ({"description": str(one.help)} if one.help else {})
    shape = _shape(one)
    return {"type": "array", "items": shape, **about} if one.many else {**shape, **about}


def _shape(one: Field) -> dict:
    if one.type in LONGEST:
        return {"type": "string", "maxLength": LONGEST[one.type]}
    if one.type == "day":
        return {"type": "string", "format": "date"}
    if one.type == "int":
        return {"type": "integer", "minimum": 0}
    if one.type == "number":
        return {"type": "integer", "minimum": 1}
    if one.type == "bool":
        return {"type": "boolean"}
    if one.type == "choice":
        return {"type": "string"} if callable(one.choices) else {"enum": [code for code, _l in one.options()]}
    if one.type == "protocol":
        numbers = {name: {"type": "integer", "minimum": 0} for name in Protocol.NUMBERS}
        return {
            "type": "object",
            "properties": numbers,
            "required": list(numbers),
            "additionalProperties": False,
        }
    if one.type == "document":
        words = {"type": "object", "properties": PAPER, "additionalProperties": False}
        return {"anyOf": [{"type": "integer", "description": "number of a registered document"}, words]}
    if one.type == "record":
        return {"anyOf": [{"type": "integer"}, {"type": "array", "items": {"type": "integer"}}]}
    return {"type": "string"} if THINGS[one.type][1] == "code" else {"type": "integer"}


# ── reading ─────────────────────────────────────────────────────────────────────────────────────────────


def read(step: StepDef, sent: Any, *, extra: Iterable[str] = ()) -> tuple[dt.date | None, dict[str, Any]]:
    """(day, fields) of the JSON body; what cannot be read is refused by the field's name."""
    if not isinstance(sent, Mapping):
        raise _wrong("", _("The body of the request must be a JSON object."))
    known = {one.name for one in step.fields} | {"day", *extra}
    if strange := sorted(set(sent) - known):
        raise _wrong(
            strange[0],
            _("There is no field “%(name)s” here; there are: %(known)s.")
            % {"name": str(strange[0])[:60], "known": ", ".join(sorted(known))},
        )
    day = None if sent.get("day") is None else _day("day", sent["day"])
    return day, {
        one.name: _field(one, sent[one.name]) for one in step.fields if sent.get(one.name) is not None
    }


def _field(one: Field, value: Any) -> Any:
    if not one.many:
        return _value(one, value)
    if not isinstance(value, list):
        raise _wrong(one.name, _("A list is expected here."))
    return [_value(one, single) for single in value]


def _value(one: Field, value: Any) -> Any:
    if one.type == "day":
        return _day(one.name, value)
    if one.type in LONGEST:
        return _text(one.name, value, LONGEST[one.type])
    if one.type == "document":
        return _document(one.name, value)
    if one.type == "protocol":
        return _numbers(one.name, value)
    if one.type in THINGS:
        return _thing(one.name, value, *THINGS[one.type])
    if one.type == "bool" and not isinstance(value, bool):
        raise _wrong(one.name, _("true or false is expected here."))
    return value


def _day(name: str, value: Any) -> dt.date:
    try:
        found = dt.date.fromisoformat(value)
    except (TypeError, ValueError):
        raise _wrong(name, _("A day is expected here, such as 2024-05-01.")) from None
    if not 1900 <= found.year <= 2200:
        raise _wrong(name, _("The registers hold days from 1900 to 2200."))
    return found


def _text(name: str, value: Any, longest: int) -> str:
    if not isinstance(value, str):
        raise _wrong(name, _("A text is expected here."))
    if len(value) > longest or "\x00" in value:
        raise _wrong(name, _("At most %(most)s characters are possible here.") % {"most": longest})
    return value


def _thing(name: str, value: Any, model: Any, key: str) -> Any:
    kind = str if key == "code" else int
    if not isinstance(value, kind) or isinstance(value, bool) or (kind is int and not 0 < value < 2**63):
        raise _wrong(name, _("A code is expected here.") if kind is str else _("A number is expected here."))
    if "\x00" in str(value):
        raise _wrong(name, _("A code is expected here."))
    found = model.objects.filter(**{key: value}).first()
    if found is None:
        raise _wrong(
            name,
            _("Nothing is recorded under “%(value)s”.") % {"value": str(value)[:60]},
            code="no_such_thing",
        )
    return found


def _document(name: str, value: Any) -> Any:
    if not isinstance(value, Mapping):
        return _thing(name, value, Document, "pk")
    if strange := sorted(set(value) - set(PAPER)):
        raise _wrong(f"{name}.{strange[0]}", _("There is no such part of a paper."))
    said = {part: _paper_part(f"{name}.{part}", part, v) for part, v in value.items() if v is not None}
    return said


def _paper_part(name: str, part: str, value: Any) -> Any:
    if part == "day":
        return _day(name, value)
    if part == "issuer":
        return _thing(name, value, Unit, "code")
    if part in ("secret", "next"):
        if not isinstance(value, bool):
            raise _wrong(name, _("true or false is expected here."))
        return value
    return _text(name, value, PAPER[part]["maxLength"])


def _numbers(name: str, value: Any) -> dict[str, int]:
    if not isinstance(value, Mapping):
        raise _wrong(name, _("The numbers of a vote are expected here."))
    if strange := sorted(set(value) - set(Protocol.NUMBERS)):
        raise _wrong(f"{name}.{strange[0]}", _("There is no such number in a vote protocol."))
    for part, number in value.items():
        if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < 2**31:
            raise _wrong(part, _("Enter a whole number of zero or more."))
    return dict(value)


def _wrong(name: str, message: str, code: str = "unreadable") -> Refusal:
    return Refusal(message, field=name or None, code=code)
