"""This room is for saying what a step asks for: forms, the API's schema and the help page are made from it.

A field knows its type, its label and whether it must be filled in; what a value must be in this case and on
this day is judged by the step itself, which refuses by the field's name.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from orgwork.foundation.dates import Fact
from orgwork.foundation.refusals import Refusal
from orgwork.registers.aliases import standing_for
from orgwork.registers.areas import Area
from orgwork.registers.documents import Document
from orgwork.registers.people import Person
from orgwork.registers.posts import Post
from orgwork.registers.units import Unit

#: What a value of each type is when it reaches a step. A document may also come as a mapping (symbol, day,
#: issuer, kind, title) that is registered on the way; a protocol is a mapping of its seven numbers; a number
#: is that of a case or another row that is no person, body, place, post or paper.
TYPES: dict[str, tuple[type, ...]] = {
    "day": (dt.date,),
    "text": (str,),
    "words": (str,),
    "long": (str,),
    "int": (int,),
    "number": (int,),
    "bool": (bool,),
    "choice": (str,),
    "person": (Person,),
    "unit": (Unit,),
    "area": (Area,),
    "post": (Post,),
    "document": (Document, Mapping),
    "protocol": (Mapping,),
    "record": (Fact, int, list, tuple),
}


#: No number asked for is larger, no day earlier or later: typing errors are told, not stored.
MOST = 10_000_000
LONG = 10_000
#: Letters of a whole paper.
WHOLE = 400_000
FIRST_DAY, LAST_DAY = dt.date(1850, 1, 1), dt.date(2200, 1, 1)


@dataclass(frozen=True)
class Field:
    """One thing a step asks for. ``words`` is a text of several lines, ``long`` that of a whole paper.

    ``many`` takes a list of values.

    ``choices`` are pairs (code, label), or a function that gives them. ``record`` is the row, or rows, the
    person was looking at (``seen``), which forms carry hidden.
    """

    name: str
    type: str
    label: Any
    required: bool = True
    help: Any = ""
    choices: Iterable[tuple[str, Any]] | Callable[[], Iterable[tuple[str, Any]]] = ()
    many: bool = False
    default: Any = None
    paper: str = ""  # the kind that is taken for a document given in words
    most: int = 200  # letters of a text
    picks: str = ""  # of a number: of what, so that forms offer a list instead of asking for the number
    merged: bool = False  # of a person: the very record named, even if another stands for it now

    def __post_init__(self):
        if self.type not in TYPES:
            raise ValueError(f"{self.name}: no field is of the type {self.type}")

    def options(self) -> list[tuple[str, Any]]:
        """The choices as they are now, with labels in the reader's language."""
        return list(self.choices() if callable(self.choices) else self.choices)


def check(fields: Iterable[Field], given: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a step, one for each field; what is missing or of the wrong type is refused by name."""
    known = {one.name: one for one in fields}
    strange = set(given) - set(known)
    if strange:
        raise TypeError(f"unknown fields: {', '.join(sorted(strange))}; known: {', '.join(known)}")
    return {name: _value(one, given.get(name, one.default)) for name, one in known.items()}


def _value(one: Field, value: Any) -> Any:
    if isinstance(value, str):
        value = value.strip()
    if value is None or value == "" or (one.many and not value):
        if one.required:
            raise Refusal(
                _("“%(field)s” is missing; fill it in.") % {"field": one.label},
                field=one.name,
                code="missing",
            )
        return [] if one.many else "" if one.type in ("text", "words", "long", "choice") else None
    for single in value if one.many else [value]:
        _check_one(one, single)
    if one.type == "person" and not one.merged:
        # Whoever names a record that was merged means the one that stands for it now.
        return [standing_for(single) for single in value] if one.many else standing_for(value)
    return list(value) if one.many else value


def _check_one(one: Field, value: Any) -> None:
    wrong = not isinstance(value, TYPES[one.type]) or (one.type == "int" and isinstance(value, bool))
    # A moment is a day to Python, never to the registers.
    wrong = wrong or (one.type == "day" and isinstance(value, dt.datetime))
    wrong = wrong or (isinstance(value, str) and "\x00" in value)
    wrong = wrong or (one.type == "number" and (isinstance(value, bool) or not 0 < value < 2**62))
    if wrong or (one.type == "int" and not 0 <= value <= MOST):
        raise Refusal(
            _("“%(field)s” cannot be used as it is written; look at it again.") % {"field": one.label},
            field=one.name,
            code="not_of_its_type",
        )
    most = {"text": one.most, "words": LONG, "long": WHOLE}.get(one.type)
    if most and len(value) > most:
        raise Refusal(
            _("“%(field)s” is too long: %(length)s letters, at most %(most)s.")
            % {"field": one.label, "length": len(value), "most": most},
            field=one.name,
            code="too_long",
        )
    if one.type == "day" and not FIRST_DAY <= value <= LAST_DAY:
        raise Refusal(
            _("“%(field)s” lies too far away; look at the year again.") % {"field": one.label},
            field=one.name,
            code="day_out_of_range",
        )
    if one.type == "person" and value.erased:
        raise Refusal(
            _("The data of this person were erased; nothing more is recorded about them."),
            field=one.name,
            code="erased_already",
        )
    options = dict(one.options()) if one.type == "choice" else {}
    if one.type == "choice" and value not in options:
        raise Refusal(
            _("“%(value)s” is not one of the choices for “%(field)s”; take one of: %(choices)s.")
            % {"value": value, "field": one.label, "choices": ", ".join(map(str, options.values()))},
            field=one.name,
            code="not_a_choice",
        )


def named(subjects: Mapping[str, Any], kind: type[models.Model]) -> set[int]:
    """Ids of all values of a model among the fields, single or in lists: what a step locks."""
    found = set()
    for value in subjects.values():
        for single in value if isinstance(value, (list, tuple)) else [value]:
            if isinstance(single, kind):
                found.add(single.pk)
    return found


PAPER = Field(
    "document", "document", _("Decision"), paper="decision",
    help=_("Number and symbol, day and issuer of the paper it rests on."),
)  # fmt: skip
REMARK = Field("remark", "words", _("Remark"), required=False)
WHY_BACK = Field("remark", "words", _("What is missing"), help=_("Say what is to be completed, and by whom."))
REASON = Field("reason", "words", _("Reason"), help=_("Say why, in one or two sentences."))
PROTOCOL = Field(
    "protocol", "protocol", _("Vote protocol"),
    help=_("Numbers only: entitled, summoned, present, ballots issued, collected, valid, and votes for."),
)  # fmt: skip
SEEN = Field(
    "seen", "record", _("Record as it was shown"), required=False,
    help=_("If it has been changed since, you are told and nothing is written."),
)  # fmt: skip
