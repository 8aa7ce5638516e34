"""This room is for people who come back in an export: only the cells that differ are put right or changed.

The export carries hidden whose row it is and which records it showed. A row without a day in *Changed from*
was recorded wrongly and becomes corrections; one with a day changed then, and goes through the procedure for
it. A record that somebody has changed in the meantime makes the cell doubtful; what is then taken is judged
once more by the procedure itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from orgwork.exchange.sheets.columns import IDENT, VERSION
from orgwork.exchange.sheets.imports import Outcome
from orgwork.exchange.sheets.lines import Line
from orgwork.exchange.sheets.lookups import Bodies, portions, twins
from orgwork.exchange.sheets.values import record_number
from orgwork.foundation.moments import Act
from orgwork.foundation.search import split_name
from orgwork.procedures import cards, correction
from orgwork.procedures.name_changes import rename_person
from orgwork.registers import access
from orgwork.registers.members import (
    MemberCard,
    Membership,
    MembershipPlace,
    MembershipStanding,
    PlaceKind,
    Standing,
)
from orgwork.registers.people import Person, PersonName, PersonParticulars
from orgwork.registers.units import Unit, UnitLineage, under_ids

from . import changing, papers
from .base import Context

#: Which record each column shows, by the letter it has in the version.
FACTS = {"name": "n", "sex": "p", "birth": "p", "cell": "c", "admitted": "m", "card": "k", "copy": "k"}
MODELS: dict[str, Any] = {
    "n": PersonName, "p": PersonParticulars, "c": MembershipPlace, "m": Membership, "k": MemberCard,
}  # fmt: skip
#: What was recorded wrongly and a sheet can put right, and what it can let change from a day.
CORRECTABLE = ("name", "sex", "birth", "cell", "admitted")
CHANGING = ("name", "card", "copy")
COMPARED = (*CORRECTABLE, "recognised", "since", "card", "copy")
#: Where the rest is done: by whether it was wrong or changed.
ELSEWHERE = {
    "recognised": ("by_recognition", "by_recognition"), "since": ("not_by_update", "by_transfer"),
    "card": ("card_from_a_day", ""), "copy": ("card_from_a_day", ""), "cell": ("", "by_transfer"),
    "sex": ("", "never_changes"), "birth": ("", "never_changes"), "admitted": ("", "never_changes"),
}  # fmt: skip


def shown(persons: Iterable[int], day: dt.date) -> dict[int, dict[str, Any]]:
    """What the register says of each, in the columns of the sheet, with the records it rests on."""
    found: dict[int, dict[str, Any]] = {}
    for some in portions(sorted(set(persons))):
        rows: dict[int, dict[str, Any]] = {person: {"ids": {}, "from": {}} for person in some}
        for row in PersonName.objects.on(day).filter(person__in=some):
            rows[row.person_id] |= {"name": row.full}
            _rests_on(rows[row.person_id], "n", row)
        for row in PersonParticulars.objects.on(day).filter(person__in=some):
            rows[row.person_id] |= {"sex": row.sex, "birth": (row.birth, row.birth_precision)}
            _rests_on(rows[row.person_id], "p", row)
        places = MembershipPlace.objects.on(day).filter(person__in=some, kind=PlaceKind.OFFICIAL)
        for row in places.select_related("unit"):
            rows[row.person_id] |= {"cell": row.unit.code, "since": row.valid_from}
            _rests_on(rows[row.person_id], "c", row)
        for row in Membership.objects.on(day).filter(person__in=some):
            rows[row.person_id] |= {"admitted": row.valid_from}
            _rests_on(rows[row.person_id], "m", row)
        full = MembershipStanding.objects.on(day).filter(person__in=some, standing=Standing.FULL)
        for person, since in full.values_list("person", "valid_from"):
            rows[person]["recognised"] = since
        for row in MemberCard.objects.on(day).filter(person__in=some):
            rows[row.person_id] |= {"card": row.number, "copy": row.copy}
            _rests_on(rows[row.person_id], "k", row)
        found.update(rows)
    return found


def _rests_on(shown: dict[str, Any], letter: str, row) -> None:
    shown["ids"][letter], shown["from"][letter] = row.pk, row.valid_from


def version(ids: dict[str, int]) -> str:
    return ";".join(f"{letter}:{ident}" for letter, ident in sorted(ids.items()))


def read_version(text: str) -> dict[str, int]:
    found = {}
    for part in text.split(";")[:8]:
        letter, _colon, number = part.partition(":")
        if letter in MODELS and record_number(number):
            found[letter] = record_number(number)
    return found


def exported(unit: Unit, day: dt.date) -> Iterator[dict[str, Any]]:
    """The members under a body as rows of the sheet, hidden columns included."""
    places = MembershipPlace.objects.on(day).filter(kind=PlaceKind.OFFICIAL, unit__in=under_ids(unit, day))
    names = (
        PersonName.objects.on(day).filter(person__in=places.values("person")).order_by("sort_key", "person")
    )
    for some in portions(names.values_list("person", flat=True).iterator(), 2_000):
        known = shown(some, day)
        for person in some:
            row = known[person]
            birth, precision = row.get("birth", (None, "day"))
            row["birth"] = birth if precision == "day" else partial(birth, precision)
            yield {**row, IDENT: str(person), VERSION: version(row["ids"])}


def partial(birth: dt.date | None, precision: str) -> str:
    if birth is None:
        return ""
    return str(birth.year) if precision == "year" else f"{birth.month:02d}/{birth.year}"


def check(lines: Sequence[Line], context: Context) -> None:
    """Which cells differ from the register, and whether what they were taken from still holds."""
    idents = {record_number(line.get(IDENT)) for line in lines} - {0}
    known = shown(idents, context.now)
    there = (
        set(Person.objects.filter(pk__in=idents, erased=False).values_list("pk", flat=True))
        if idents
        else set()
    )
    powers = _powers(known, context)
    cells = {line.get("cell") for line in lines} - {None}
    bodies = Bodies(cells, actor=context.actor, act="correction.make", now=context.now)
    for some in twins(lines, lambda line: line.get(IDENT)).values():
        for line in some:
            others = ", ".join(str(one.number) for one in some if one is not line)
            line.refuse("", "person_twice", rows=others[:60])
    for line in lines:
        person = record_number(line.get(IDENT))
        if person not in there or not known[person].get("name"):
            line.refuse("", "no_such_person", value=line.get(IDENT)[:20])
        elif person not in powers:
            line.refuse("", "not_to_correct", value=f"#{person}")
        else:
            _compare(line, person, known[person], bodies, context)


def _powers(known, context: Context) -> set[int]:
    """Whose records the actor may correct, by their cells."""
    homes = {person: row.get("cell") for person, row in known.items()}
    units = dict(Unit.objects.filter(code__in=set(homes.values()) - {None}).values_list("code", "pk"))
    if context.actor is None:
        return set()
    own, under, everything = access.scopes(context.actor, "correction.make", now=context.now)
    if everything:
        return set(homes)
    below: set[int] = set(own)
    for some in portions(units.values()):
        rows = UnitLineage.objects.on(context.now).filter(ancestor__in=under, descendant__in=some)
        below |= set(rows.values_list("descendant", flat=True))
    return {person for person, code in homes.items() if code and units.get(code) in below}


def _compare(line: Line, person: int, row: dict[str, Any], bodies: Bodies, context: Context) -> None:
    line.plan["person"], line.plan["ids"] = person, row["ids"]
    seen = read_version(line.get(VERSION) or "")
    line.will = Outcome.SAME
    day = changing.day_of(line, context)
    for code in COMPARED:
        if code not in line.cells or any(
            one[0] == code and one[1] == Outcome.REFUSED for one in line.remarks
        ):
            continue
        before, after = row.get(code), line.get(code)
        if code == "birth" and after is not None:
            after = (after.day, after.precision)
        if code == "cell" and after is not None and after != before:
            body = bodies.find(line, "cell", power=False)
            if body is None:
                continue
            after = line.values["cell"] = body.code
            line.plan["unit"] = body.pk
        if after == before:
            continue
        if code not in (CHANGING if day else CORRECTABLE):
            line.refuse(code, ELSEWHERE[code][bool(day)])
            continue
        letter = FACTS[code]
        if seen.get(letter) != row["ids"].get(letter):
            if line.doubt(code, "changed_since", now=_said(before)):
                continue
        if day and not changing.after(line, code, day, row["from"].get(letter)):
            continue
        line.will = Outcome.CHANGED
        line.plan.setdefault("changed", []).append(code)
        if day:
            line.note(code, Outcome.CHANGED, "changes", value=_said(before), day=day.isoformat())
        else:
            line.note(code, Outcome.CHANGED, "was", value=_said(before))
    if day:
        _changing(line, row, context)
    elif line.plan.get("changed") and not context.options.get("reason"):
        line.note("", Outcome.DOUBTFUL, "say_why")


def _changing(line: Line, row: dict[str, Any], context: Context) -> None:
    """What a change from a day needs beside the day: something that differs, and its paper."""
    changed = line.plan.get("changed", ())
    if not changed:
        if line.will == Outcome.SAME and not line.refused:
            line.refuse("changed_on", "nothing_changed")
        return
    changing.need_paper(line, context)
    if "card" in changed and row.get("card"):
        line.refuse("card", "card_keeps_number", value=row["card"])
    elif "copy" in changed and row.get("card") and line.get("copy") != row["copy"] + 1:
        line.refuse("copy", "next_copy", value=str(row["copy"] + 1))


def _said(value: Any) -> str:
    if isinstance(value, tuple):
        return partial(*value) if value[1] != "day" else value[0].isoformat()
    return value.isoformat() if isinstance(value, dt.date) else str(value or "–")


def perform(act: Act, line: Line, context: Context) -> dict:
    """What the row says, each by its own procedure: corrections, or changes from the day it names."""
    person = Person.objects.get(pk=line.plan["person"])
    if day := line.get("changed_on"):
        _change(act, line, context, person, day)
    else:
        _correct(act, line, context, person)
    return {"person": person.pk}


def _change(act: Act, line: Line, context: Context, person: Person, day: dt.date) -> None:
    changed, ids = set(line.plan.get("changed", ())), line.plan["ids"]
    given = {"within": act, "day": day, "person": person, "document": changing.paper_of(line, context)}
    if "name" in changed:
        parts = split_name(line.get("name"))
        with papers.at_column(day="changed_on", document="decision", otherwise="name"):
            rename_person(
                family=parts.family or parts.given, middle=parts.middle, given=parts.given, seen=ids["n"],
                **given,
            )  # fmt: skip
    if changed & {"card", "copy"}:
        with papers.at_column(day="changed_on", document="decision", number="card", otherwise="card"):
            if "k" in ids:
                cards.exchange(why="particulars" if "name" in changed else "periodic", **given)
            else:
                cards.issue(number=line.get("card", ""), **given)


def _correct(act: Act, line: Line, context: Context, person: Person) -> None:
    """One correction for each record that differs, with the reason and paper given for the whole sheet."""
    paper = {"symbol": context.options["symbol"], "day": dt.date.fromisoformat(context.options["paper_day"])}
    ids, changed = line.plan["ids"], set(line.plan.get("changed", ()))
    given = {
        "within": act, "day": context.now, "person": person, "reason": context.options["reason"],
        "document": paper,
    }  # fmt: skip
    since = context.options.get("since")
    start = dt.date.fromisoformat(since) if since else None
    if "name" in changed:
        parts = split_name(line.get("name"))
        correction.correct_name(
            family=parts.family or parts.given, middle=parts.middle, given=parts.given, since=start,
            seen=ids["n"], **given,
        )  # fmt: skip
    if changed & {"sex", "birth"}:
        birth = line.get("birth")
        correction.correct_particulars(
            sex=line.get("sex"), birth=birth.day, precision=birth.precision, seen=ids["p"], **given
        )
    if "admitted" in changed:
        correction.correct_admission_day(since=line.get("admitted"), seen=ids["m"], **given)
    if "cell" in changed:
        row = MembershipPlace.objects.on(context.now).get(person=person, kind=PlaceKind.OFFICIAL)
        correction.correct_place(
            unit=Unit(pk=line.plan["unit"], code=line.get("cell")),
            since=max(start or row.valid_from, row.valid_from),
            seen=row.pk if "admitted" in changed else ids["c"], **given,
        )  # fmt: skip
