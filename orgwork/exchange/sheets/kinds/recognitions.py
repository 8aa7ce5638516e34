"""This room is for the sheet of recognitions: from probation to full standing, votes and decisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from orgwork.exchange.sheets.columns import Column
from orgwork.exchange.sheets.lines import Line
from orgwork.exchange.sheets.lookups import Bodies
from orgwork.foundation.moments import Act
from orgwork.procedures import recognition as steps
from orgwork.registers.people import Person

from . import papers
from .base import Context, Kind
from .members import BIRTH, CELL, NAME

PROPOSED = Column(
    "proposed", _("Proposed on"), "day", required=True, width=12,
    also=("ngày đề nghị", "ngày đề nghị công nhận", "proposed", "vorgeschlagen am", "дата представления"),
)  # fmt: skip
COLUMNS = (
    papers.PERSON, replace(NAME, required=False, update=""), replace(BIRTH, required=False, update=""),
    replace(CELL, required=False, update=""), PROPOSED, *papers.CELL_VOTE, *papers.COMMITTEE_VOTE,
    papers.DECISION, papers.DECIDED,
)  # fmt: skip
DAYS = ("proposed", "cell_day", "committee_day", "decided")


def check(lines: Sequence[Line], context: Context) -> None:
    texts = {line.get("cell") for line in lines} - {None}
    bodies = Bodies(texts, actor=context.actor, act="takeover.run", now=context.now)
    papers.together(
        lines, ("cell_day", "cell_entitled", "cell_for"), ("decision", "decided"),
        ("committee_day", "committee_entitled", "committee_for"),
    )  # fmt: skip
    papers.check_twins(lines)
    who = papers.Who(lines, context)
    for line in lines:
        papers.check_person_day_order(line, DAYS, context.now)
        cell = bodies.find(line, "cell", on=line.get("proposed"), power=False)
        if who.member_of(line, cell) is None:
            continue
        line.plan["cleared"] = bool(cell and cell.may)
    papers.plan_open_cases("recognition", lines)


def perform(act: Act, line: Line, context: Context) -> dict:
    with papers.cleared(act, line):
        case = papers.fresh_case(act, line)
        before = line.refs.pop("before", None)
        if case is None:
            with papers.at_column(person="person", otherwise="proposed"):
                person = Person(pk=line.plan["person"])
                case = steps.open_recognition(within=act, day=line.get("proposed"), person=person)
        _go_on(act, line, case)
    refs = {"person": case.person_id, "case": case.pk}
    return refs | ({"before": before} if before else {})


def _go_on(act: Act, line: Line, case) -> None:
    for state, code, take in (
        ("proposed", "cell", steps.cell_vote),
        ("cell_agreed", "committee", steps.committee_vote),
    ):
        day = line.get(f"{code}_day")
        if case.state == state and day is not None:
            with papers.at_column(
                day=f"{code}_day", entitled=f"{code}_entitled", present=f"{code}_present",
                votes_for=f"{code}_for", otherwise=f"{code}_day",
            ):  # fmt: skip
                take(case, within=act, day=day, protocol=papers.protocol(line, code))
    if line.get("decided") is None:
        return
    if case.state not in ("file_complete", "refused"):
        raise papers.left_over("decided", case)
    paper = {"symbol": line.get("decision"), "day": line.get("decided")}
    with papers.at_column(document="decision", otherwise="decided"):
        take = steps.recognise if case.state == "file_complete" else steps.delete
        take(case, within=act, day=line.get("decided"), document=paper)


RECOGNITIONS = Kind(
    "recognitions",
    _("Recognitions"),
    _("Members on probation who become full members, by votes and decision."),
    ("admission.open", "admission.cell", "admission.committee", "admission.decide", "takeover.run"),
    COLUMNS,
    check,
    perform=perform,
    cases=True,
    unread=True,
)
