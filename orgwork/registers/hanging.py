"""This room is for saying, once for each table, what of it hangs on a body: how it is counted, who answers
for it when the body ends, and how it is handed on.

A table with a column that names a body says ``hangs(…)`` or ``stays(Model, column, why)``; a test fails for
one that says nothing, so a register still to come joins a reorganisation by declaring itself. What a
custodian keeps need not be touched: custody (``UnitCustody``) says who answers for it. What has to lie with a
body that exists is handed on by a function of its own, set-based, under the locks of the enactment.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Count

from orgwork.foundation.dates import Dated
from orgwork.foundation.many import listed, turn
from orgwork.foundation.moments import Act

from .units import Unit, UnitCustody, UnitPlacement


@dataclass
class Turning:
    """What an enactment hands to whoever hands something on: the act, the day, and where everything goes.

    ``heir`` is the one body that answers for each ended body from the day on (its single successor, else its
    keeper); ``single`` holds those with exactly one successor; ``reason`` numbers of causes by kind.
    """

    act: Act
    day: dt.date
    heir: Mapping[int, int]
    single: Mapping[int, int]
    reason: Mapping[str, int]
    #: For one case or member of a body with several successors: the successor over that cell, or None.
    over_cell: Callable[[int], int | None] = lambda cell: None
    told: dict[str, Any] = field(default_factory=dict)
    #: What people decided about single things: (about what, number) → where it goes.
    decided: Mapping[tuple[str, int], int] = field(default_factory=dict)

    def goes(self, unit: int) -> int:
        """Where what hangs on an ended body goes by rule: to its one successor, else to its keeper."""
        return self.single.get(unit) or self.heir[unit]


class Choice(StrEnum):
    """How a person sends elsewhere what a rule proposes."""

    KEEPER = "keeper"  # with everything that the body leaves: one body keeps it all
    THING = "thing"  # one by one
    RULE = "rule"  # not at all: it follows from the plan itself


#: (number of the thing, body that ends, where it goes), one by one.
Goes = Callable[["Turning"], Iterable[tuple[int, int, Any]]]


@dataclass(frozen=True)
class Hanging:
    """What of one table hangs on a body. ``rows(day)`` are those for which somebody must answer on the day;
    ``rule`` is the written rule of who does so afterwards; ``opens`` is the page that lists them.
    """

    code: str
    model: type[models.Model]
    column: str
    label: Any
    rule: Any
    rows: Callable[[dt.date], models.QuerySet]
    hand_on: Callable[[Turning], int] | None = None
    #: The number must be the same after the day; else it ends with the body, and that is shown.
    kept: bool = True
    choice: Choice = Choice.KEEPER
    #: Of things that go one by one: where each goes, and as what a decision about one is kept.
    goes: Goes | None = None
    decides: str = ""

    def by_body(self, day: dt.date) -> dict[int, int]:
        """How many hang on each body on the day."""
        counted = self.rows(day).order_by().values(self.column).annotate(n=Count("pk"))
        return {row[self.column]: row["n"] for row in counted if row[self.column] is not None}


known: dict[str, Hanging] = {}
_stays: dict[tuple[type[models.Model], str], str] = {}


def hangs(code: str, model: type[models.Model], column: str, **said: Any) -> Hanging:
    """Declare what of a table hangs on a body; see Hanging."""
    known[code] = Hanging(code, model, column, **said)
    return known[code]


def stays(model: type[models.Model], *columns: str, why: str) -> None:
    """Declare that a column names a body for good: what happened there, or what is the body's own."""
    for column in columns:
        _stays[(model, column)] = why


def kept_back() -> Mapping[tuple[type[models.Model], str], str]:
    return dict(_stays)


def columns() -> Iterator[tuple[type[models.Model], str]]:
    """Every column of every table that names a body."""
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed:
            for one in model._meta.concrete_fields:
                if one.is_relation and one.related_model is Unit:
                    yield model, one.name


def silent() -> list[str]:
    """Columns of which nobody has said what becomes of them when the body ends."""
    said = {(one.model, one.column) for one in known.values()} | set(_stays)
    return sorted(f"{model._meta.label}.{name}" for model, name in columns() if (model, name) not in said)


def in_force(model: type[Dated]) -> Callable[[dt.date], models.QuerySet]:
    """The rows of a dated table that hold on the day: what most registers count."""
    return lambda day: model.objects.on(day)


def follow(
    model: type[Dated], column: str, *, decides: str = "", by: str = "spell", why: str = "merged"
) -> Callable[[Turning], int]:
    """Dated rows go along to the body that answers from the day on, or where somebody decided (``by`` names
    the single thing).
    """
    name = str(getattr(model._meta.get_field(column), "column", ""))
    thing = str(getattr(model._meta.get_field(by), "column", ""))

    def hand_on(turning: Turning) -> int:
        cause, count, becomes = turning.reason[why], 0, {name: "m.target"}
        single = [(one, heir) for (what, one), heir in sorted(turning.decided.items()) if what == decides]
        if single:
            rows = model.objects.on(turning.day).filter(**{f"{by}__in": [one for one, _heir in single]})
            ended = sorted(set(rows.values_list(column, flat=True)) & set(turning.heir))
            where = f"t.{name} IN ({', '.join(['%s'] * len(ended))})" if ended else "1 = 0"
            with listed((one, heir, None, cause) for one, heir in single) as names:
                count += turn(
                    model, turning.act, turning.day, names, by=thing, becomes=becomes, where=where,
                    values=ended,
                )  # fmt: skip
        rest = ((unit, turning.goes(unit), None, cause) for unit in sorted(turning.heir))
        with listed(rest) as names:
            return count + turn(model, turning.act, turning.day, names, by=name, becomes=becomes)

    return hand_on


def one_by_one(model: type[Dated], column: str, decides: str, by: str = "spell") -> Goes:
    """Where each row goes that hangs on a body that ends: as decided, else as its body's things do."""

    def goes(turning: Turning) -> Iterator[tuple[int, int, Any]]:
        rows = model.objects.on(turning.day).order_by("pk")
        for thing, unit in rows.values_list(by, column).iterator(2_000):
            if unit in turning.heir:
                yield thing, unit, turning.decided.get((decides, thing)) or turning.goes(unit)

    return goes


def answering(day: dt.date) -> dict[int, int]:
    """For every body that ever was: the body that exists on the day and answers for it (itself, or whoever
    keeps what it left, however many steps on). A body nobody answers for is missing.
    """
    exists = set(UnitPlacement.objects.on(day).values_list("unit", flat=True))
    kept = UnitCustody.objects.on(day).filter(of="everything").values_list("unit", "custodian")
    keeper = dict(kept)
    found = {unit: unit for unit in exists}
    for unit in keeper:
        seen, at = set(), unit
        while at not in exists and at in keeper and at not in seen:
            seen.add(at)
            at = keeper[at]
        if at in exists:
            found[unit] = at
    return found


def without_an_answer(counted: Mapping[int, int], answers: Mapping[int, int]) -> int:
    """How many of what was counted by body hang on one for which nobody answers."""
    return sum(number for unit, number in counted.items() if unit not in answers)


def declared() -> Iterable[Hanging]:
    return list(known.values())


__all__ = [
    "Choice", "Hanging", "Turning", "answering", "declared", "follow", "hangs", "in_force", "kept_back",
    "one_by_one", "silent", "stays", "without_an_answer",
]  # fmt: skip
