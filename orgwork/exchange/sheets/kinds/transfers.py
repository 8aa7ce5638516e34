"""This room is for the sheet of transfers: announced, sent with a letter, received here or outside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from orgwork.exchange.sheets.columns import Column
from orgwork.exchange.sheets.lines import Line
from orgwork.exchange.sheets.lookups import Bodies
from orgwork.foundation.moments import Act
from orgwork.procedures import transfer as steps
from orgwork.registers.people import Person
from orgwork.registers.units import Unit

from . import papers
from .base import Context, Kind
from .members import BIRTH, CELL, NAME

FROM = replace(
    CELL, code="cell", label=_("From the cell"), required=False, update="",
    also=("chi bộ", "chi bộ cũ", "chi bộ chuyển đi", "từ chi bộ", "nơi đi", "from cell", "old cell",
          "aus zelle", "bisherige zelle", "из ячейки", "прежняя ячейка"),
)  # fmt: skip
TARGET = replace(
    CELL, code="target", label=_("To the cell"), required=False, update="",
    help=_("Code of the new cell; empty where the member leaves the register."),
    also=("chi bộ mới", "chi bộ chuyển đến", "đến chi bộ", "nơi đến", "to cell", "new cell", "in zelle",
          "neue zelle", "в ячейку", "новая ячейка"),
)  # fmt: skip
OUTSIDE = Column(
    "outside", _("Place outside the register"), width=24,
    help=_("Only if there is no new cell here: its name."),
    also=("nơi chuyển đến ngoài", "đảng bộ nơi đến", "outside", "außerhalb", "вне реестра"),
)  # fmt: skip
ANNOUNCED = Column(
    "announced", _("Announced on"), "day", required=True, width=12,
    also=("ngày đề nghị", "ngày xin chuyển", "announced", "angekündigt am", "дата заявления"),
)  # fmt: skip
LETTER = Column(
    "letter", _("Letter of introduction"), most=60, width=16,
    also=("số giấy giới thiệu", "giấy giới thiệu", "ggt", "letter", "überweisungsschreiben", "направление"),
)  # fmt: skip
SENT = Column(
    "sent", _("Day of the letter"), "day", width=12,
    also=("ngày giấy giới thiệu", "ngày chuyển", "letter day", "tag des schreibens", "дата направления"),
)  # fmt: skip
ARRIVED = Column(
    "arrived", _("Day of the arrival"), "day", width=12,
    also=("ngày tiếp nhận", "ngày đến", "ngày chuyển đến", "arrived", "angekommen am", "дата прибытия"),
)  # fmt: skip
SLIP = Column(
    "slip", _("Confirming paper"), most=60, width=16,
    help=_("For a place outside: the paper that confirms the arrival."),
    also=("phiếu báo chuyển", "phiếu xác nhận", "slip", "bestätigung", "подтверждение"),
)  # fmt: skip

COLUMNS = (
    papers.PERSON, replace(NAME, required=False, update=""), replace(BIRTH, required=False, update=""), FROM,
    TARGET, OUTSIDE, ANNOUNCED, LETTER, SENT, ARRIVED, SLIP,
)  # fmt: skip


def check(lines: Sequence[Line], context: Context) -> None:
    texts = {line.get(code) for line in lines for code in ("cell", "target")} - {None}
    bodies = Bodies(texts, actor=context.actor, act="takeover.run", now=context.now)
    papers.together(lines, ("letter", "sent"))
    papers.check_twins(lines)
    who = papers.Who(lines, context)
    for line in lines:
        papers.check_person_day_order(line, ("announced", "sent", "arrived"), context.now)
        source = bodies.find(line, "cell", on=line.get("announced"), power=False)
        target = bodies.find(line, "target", on=line.get("arrived") or line.get("announced"), power=False)
        if bool(line.cells.get("target")) == bool(line.cells.get("outside")):
            line.refuse("target", "cell_or_outside")
        if who.member_of(line, source) is None:
            continue
        if target is not None:
            line.plan["target"], line.plan["code"] = target.pk, target.code
        line.plan["cleared"] = bool(source and source.may and (target is None or target.may))
    papers.plan_open_cases("transfer", lines)


def perform(act: Act, line: Line, context: Context) -> dict:
    with papers.cleared(act, line):
        case = papers.fresh_case(act, line)
        before = line.refs.pop("before", None)
        if case is None:
            target = Unit(pk=line.plan["target"], code=line.plan["code"]) if "target" in line.plan else None
            with papers.at_column(person="person", target="target", outside="outside", otherwise="announced"):
                case = steps.open_transfer(
                    within=act, day=line.get("announced"), person=Person(pk=line.plan["person"]),
                    target=target, outside=line.get("outside", ""), reason="",
                )  # fmt: skip
        if case.state == "announced" and line.get("letter"):
            with papers.at_column(document="letter", otherwise="sent"):
                paper = {"symbol": line.get("letter"), "day": line.get("sent"), "issuer": case.unit}
                steps.send(case, within=act, day=line.get("sent"), document=paper)
        if line.get("arrived"):
            _arrive(act, line, case)
    refs = {"person": case.person_id, "case": case.pk}
    return refs | ({"before": before} if before else {})


def _arrive(act: Act, line: Line, case) -> None:
    if case.state != "sent":
        raise papers.left_over("arrived", case)
    with papers.at_column(target="target", document="slip", otherwise="arrived"):
        if case.data["target"]:
            steps.receive(case, within=act, day=line.get("arrived"))
        else:
            said = {"symbol": line.get("slip") or "", "day": line.get("arrived")}
            paper = {**said, "issuer_name": line.get("outside")}
            steps.confirm_outside(case, within=act, day=line.get("arrived"), document=paper)


TRANSFERS = Kind(
    "transfers",
    _("Transfers"),
    _("Members who go to another cell, or out of the register: letters and arrivals."),
    ("transfer.send", "transfer.receive", "takeover.run"),
    COLUMNS,
    check,
    perform=perform,
    cases=True,
)
