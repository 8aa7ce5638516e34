"""This room is for the sheet of admissions: each row a case, as far as its columns are filled in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from django.utils.translation import gettext_lazy as _

from orgwork.exchange.sheets.columns import Column
from orgwork.exchange.sheets.lines import Line
from orgwork.exchange.sheets.lookups import Bodies, People, cells_of, members_among, portions
from orgwork.exchange.sheets.values import record_number
from orgwork.foundation.moments import Act
from orgwork.foundation.search import fold, split_name
from orgwork.procedures import admission as steps
from orgwork.procedures.people_entry import enter_person
from orgwork.registers.people import Person, PersonName
from orgwork.registers.units import Unit, UnitLineage

from . import papers
from .base import Context, Kind
from .members import BIRTH, CELL, NAME, SEX

APPLIED = Column(
    "applied", _("Day of the application"), "day", required=True, width=12, example="02/10/2023",
    also=("ngày làm đơn", "ngày nộp đơn", "ngày đơn", "applied on", "application", "antrag am",
          "tag des antrags", "дата заявления", "день заявления"),
)  # fmt: skip
COURSE = Column(
    "course", _("Awareness course on"), "day", width=12, help=_("Day of the certificate."),
    also=("ngày cấp giấy chứng nhận", "lớp nhận thức về đảng", "certificate day", "kurs am",
          "дата свидетельства"),
)  # fmt: skip
CERTIFICATE = Column(
    "certificate", _("Number of the certificate"), width=14,
    also=("số giấy chứng nhận", "giấy chứng nhận", "certificate", "bescheinigung", "номер свидетельства"),
)  # fmt: skip
VERIFIED = Column(
    "verified", _("Papers verified on"), "day", width=12,
    help=_("The CV was verified and the applicant is a citizen."),
    also=("ngày thẩm tra", "ngày thẩm tra lý lịch", "verified", "geprüft am", "дата проверки"),
)  # fmt: skip
SCHOOLING = Column(
    "schooling", _("Schooling"), "choice", width=16,
    choices=lambda: [(code, (word,)) for code, word in steps.SCHOOLING.items()],
    also=("trình độ học vấn", "học vấn", "trình độ văn hóa", "education", "schulbildung", "образование"),
)  # fmt: skip
MOUNTAIN = Column(
    "mountain", _("Mountain, island or minority area, where less schooling is enough"), "yes", width=10,
    also=("miền núi", "vùng núi, hải đảo, dân tộc thiểu số", "vùng khó khăn", "mountain", "berggebiet",
          "горный район"),
)  # fmt: skip
INTRODUCER = Column(
    "introducer", _("Introducer"), width=20,
    help=_("Card number or #number; a name is looked for in the applicant's grassroots organisation."),
    also=("người giới thiệu", "đảng viên giới thiệu", "người giới thiệu 1", "introducer 1", "bürge",
          "bürge 1", "рекомендатель", "рекомендующий 1"),
)  # fmt: skip
SECOND = replace(
    INTRODUCER, code="second_introducer", label=_("Second introducer"),
    also=("người giới thiệu 2", "người giới thiệu thứ hai", "introducer 2", "bürge 2", "zweiter bürge",
          "рекомендующий 2"),
)  # fmt: skip
UNION = Column(
    "union", _("Youth Union or trade union"), "code", width=14,
    help=_("Code or name of its body that introduces in place of a second introducer."),
    also=("đoàn thể giới thiệu", "đoàn thanh niên giới thiệu", "công đoàn giới thiệu", "union",
          "bürgender verband", "рекомендующая организация"),
)  # fmt: skip
HARDSHIP = Column(
    "hardship", _("Had left the party for hardship in the family"), "yes", width=10,
    help=_("Only for a re-admission: else whoever left at the own wish is not considered again."),
    also=("ra khỏi đảng do hoàn cảnh gia đình", "hoàn cảnh gia đình khó khăn", "hardship", "härtefall",
          "по семейным обстоятельствам"),
)  # fmt: skip
NO_GRAVE_GROUND = Column(
    "no_grave_ground", _("Was not put out for disunity, corruption or a serious offence"), "yes", width=10,
    help=_("Only for the re-admission of somebody expelled: looked up in the decision."),
    also=("khai trừ không thuộc diện không xem xét", "no grave ground", "kein schwerer grund",
          "без тяжкого основания"),
)  # fmt: skip
CEREMONY = Column(
    "ceremony", _("Day of the ceremony"), "day", width=12,
    also=("ngày tổ chức lễ kết nạp", "lễ kết nạp", "ngày lễ kết nạp", "ceremony", "feier am",
          "дата церемонии"),
)  # fmt: skip

COLUMNS = (
    NAME, SEX, BIRTH, replace(CELL, help=_("Code or name of the cell that considers the application.")),
    papers.PERSON,
    APPLIED, HARDSHIP, NO_GRAVE_GROUND, COURSE, CERTIFICATE, VERIFIED, SCHOOLING, MOUNTAIN, INTRODUCER,
    SECOND, UNION, *papers.CELL_VOTE, *papers.COMMITTEE_VOTE, papers.DECISION, papers.DECIDED, CEREMONY,
)  # fmt: skip
DAYS = ("applied", "verified", "cell_day", "committee_day", "decided", "ceremony")
STATES = tuple(steps.admission.states)[:8]
ACTS = ("admission.open", "admission.cell", "admission.committee", "admission.decide", "takeover.run")


def check(lines: Sequence[Line], context: Context) -> None:
    """Bodies, powers, days, doubles, introducers: over all rows before any procedure is tried."""
    texts = {line.get("cell") for line in lines} - {None}
    over = Bodies(texts, actor=context.actor, act="takeover.run", now=context.now)
    papers.together(
        lines, ("cell_day", "cell_entitled", "cell_for"), ("decision", "decided"),
        ("committee_day", "committee_entitled", "committee_for"), ("verified", "schooling"),
        ("course", "certificate"),
    )  # fmt: skip
    papers.check_twins(lines)
    who = papers.Who(lines, context)
    for line in lines:
        papers.check_person_day_order(line, DAYS, context.now)
        _in_a_row(line)
        body = over.find(line, "cell", on=line.get("applied"), power=False)
        if body is not None:
            line.plan["unit"], line.plan["code"], line.plan["cleared"] = body.pk, body.code, body.may
        if (person := who.newcomer(line)) is not None:
            line.plan["person"] = person
    papers.plan_open_cases("admission", lines)
    _exceptions(lines)
    _introducers(lines, context)
    _unions(lines, context)


def _in_a_row(line: Line) -> None:
    """A later step without those before it has nothing to rest on."""
    chain = ("course", "verified", "introducer", "cell_day", "decided", "ceremony")
    if line.cells.get("person"):
        return  # an open case may have come as far already
    for before, later in pairwise(chain):
        if line.get(later) and not line.get(before) and not line.cells.get(before):
            line.refuse(before, "missing_before", other=later)


#: What is said when a former member applies again.
AGAIN = ("hardship", "no_grave_ground")


def _exceptions(lines: Sequence[Line]) -> None:
    """An exception is refused where it cannot apply: it is never kept unread."""
    again = [line for line in lines if any(line.get(code) for code in AGAIN)]
    were = members_among(line.plan["person"] for line in again if "person" in line.plan)
    for line in again:
        for code in (code for code in AGAIN if line.get(code)):
            if "case" in line.plan:
                line.refuse(code, "opened_already")
            elif line.plan.get("person") not in were and not line.doubtful:
                line.refuse(code, "never_a_member")
    for line in lines:
        if line.get("mountain") and not line.get("verified"):
            line.refuse("verified", "missing_with", other="mountain")


def _unions(lines: Sequence[Line], context: Context) -> None:
    """The body of the Youth Union or trade union; whether it is one says the step."""
    texts = {line.get("union", "") for line in lines} - {""}
    if not texts:
        return
    bodies = Bodies(texts, actor=context.actor, act="takeover.run", now=context.now, members=False)
    for line in lines:
        if (body := bodies.find(line, "union", on=line.get("verified"), power=False)) is not None:
            line.plan["union"], line.plan["union_code"] = body.pk, body.code


def _introducers(lines: Sequence[Line], context: Context) -> None:
    """Members named by card or number are found; a name is looked for in the grassroots organisation only."""
    codes = ("introducer", "second_introducer")
    texts = {line.get(code, "") for line in lines for code in codes} - {""}
    if not texts:
        return
    people = People((), texts, {text.removeprefix("#") for text in texts})
    named = _members_called({fold(text) for text in texts}, context)
    under = _organisations({line.plan["unit"] for line in lines if "unit" in line.plan}, context)
    for line in lines:
        for code in codes:
            text = line.get(code)
            if not text:
                continue
            number = text.removeprefix("#")
            if text in people.cards:
                line.plan[code] = people.cards[text]
            elif text.startswith("#") and record_number(number) in people.numbers:
                line.plan[code] = int(number)
            elif "unit" in line.plan:
                near = [
                    one for one, home in named.get(fold(text), ()) if home in under.get(line.plan["unit"], ())
                ]
                if len(near) == 1:
                    if not line.doubt(code, "member_by_name", value=text, person=near[0]):
                        line.plan[code] = near[0]
                else:
                    line.refuse(code, "no_member_called" if not near else "members_called", value=text)


def _members_called(folded: set[str], context: Context) -> dict[str, list[tuple[int, int]]]:
    found: dict[str, list[tuple[int, int]]] = {}
    named: dict[int, str] = {}
    for some in portions(folded):
        named.update(PersonName.objects.filter(folded__in=some).values_list("person", "folded")[:50_000])
    for person, (unit, _code) in cells_of(named, context.now).items():
        found.setdefault(named[person], []).append((person, unit))
    return found


def _organisations(cells: set[int], context: Context) -> dict[int, set[int]]:
    """The cells that stand beside each, under the same body."""
    parents: dict[int, int] = {}
    for some in portions(cells):
        rows = UnitLineage.objects.on(context.now).filter(descendant__in=some, depth=1)
        parents.update(rows.values_list("descendant", "ancestor"))
    beside: dict[int, set[int]] = {}
    for some in portions(set(parents.values())):
        for parent, cell in (
            UnitLineage.objects.on(context.now)
            .filter(ancestor__in=some)
            .values_list("ancestor", "descendant")
        ):
            beside.setdefault(parent, set()).add(cell)
    return {cell: beside.get(parent, set()) | {cell} for cell, parent in parents.items()}


def perform(act: Act, line: Line, context: Context) -> dict:
    """The steps of the procedure, each on its day, as far as the row goes and from where the case stands."""
    with papers.cleared(act, line):
        case = papers.fresh_case(act, line)
        before = line.refs.pop("before", None)
        unit = Unit(pk=line.plan["unit"], code=line.plan["code"])
        person = papers.person_of(line)
        if case is None:
            person = person or _enter(act, line, unit)
            with papers.at_column(
                person="name", unit="cell", day="applied", hardship="hardship",
                no_grave_ground="no_grave_ground", otherwise="applied",
            ):  # fmt: skip
                case = _open(act, line, person, unit)
        _go_on(act, line, case)
    refs = {"person": case.person_id, "case": case.pk}
    return refs | ({"before": before} if before else {})


def _open(act: Act, line: Line, person: Person, unit: Unit):
    said = {code: line.get(code, False) for code in AGAIN}
    return steps.open_admission(within=act, day=line.get("applied"), person=person, unit=unit, **said)


def _enter(act: Act, line: Line, unit: Unit) -> Person:
    parts, birth = split_name(line.get("name")), line.get("birth")
    with papers.at_column(
        family="name", given="name", middle="name", another="name", birth="birth", otherwise="name"
    ):
        return enter_person(
            within=act, day=line.get("applied"), unit=unit, family=parts.family or parts.given,
            middle=parts.middle, given=parts.given, sex=line.get("sex"), birth=birth.day,
            precision=birth.precision, another=line.answers.get("double") == "another",
        )  # fmt: skip


def _go_on(act: Act, line: Line, case) -> None:
    """One step after the other, from the state in which the case is."""
    order = [code for _state, code, _take in STEPS]
    last = -1
    for state, code, take in STEPS:
        if case.state == state and line.get(code) is not None:
            with papers.at_column(**_columns(code)):
                take(act, line, case)
            last = order.index(code)
    left = [code for code in order[last + 1 :] if line.get(code) is not None] if last >= 0 else []
    if left and not (left == ["committee_day"] and case.state in ("file_complete", "admitted", "done")):
        raise papers.left_over(left[0], case)


def _columns(code: str) -> dict[str, str]:
    """At which column of the sheet a step's refusals belong."""
    body = code.partition("_")[0]
    return {
        "day": code, "entitled": f"{body}_entitled", "present": f"{body}_present", "votes_for": f"{body}_for",
        "document": "decision", "introducer": "introducer", "second_introducer": "second_introducer",
        "obtained": "course", "certificate": "certificate", "schooling": "schooling", "union": "union",
        "otherwise": code,
    }  # fmt: skip


def _course(act, line, case):
    day = max(line.get("applied"), line.get("course"))
    given = {"obtained": line.get("course"), "certificate": line.get("certificate")}
    steps.record_course(case, within=act, day=day, **given)


def _verify(act, line, case):
    said = {"cv_verified": True, "citizen": True, "schooling": line.get("schooling")}
    said["mountain"] = line.get("mountain", False)
    steps.verify_papers(case, within=act, day=line.get("verified"), **said)


def _introduce(act, line, case):
    second, union = line.plan.get("second_introducer"), line.plan.get("union")
    steps.name_introducers(
        case, within=act, day=line.get("verified") or line.get("applied"),
        introducer=Person(pk=line.plan["introducer"]),
        second_introducer=Person(pk=second) if second else None,
        union=Unit(pk=union, code=line.plan["union_code"]) if union else None,
    )  # fmt: skip


def _cell(act, line, case):
    steps.cell_vote(case, within=act, day=line.get("cell_day"), protocol=papers.protocol(line, "cell"))


def _committee(act, line, case):
    said = papers.protocol(line, "committee")
    steps.committee_vote(case, within=act, day=line.get("committee_day"), protocol=said)


def _admit(act, line, case):
    paper = {"symbol": line.get("decision"), "day": line.get("decided")}
    steps.admit(case, within=act, day=line.get("decided"), document=paper)


def _ceremony(act, line, case):
    steps.hold_ceremony(case, within=act, day=line.get("ceremony"))


#: (state the case is in, column without which it stays there, the step).
STEPS = (
    ("applied", "course", _course),
    ("trained", "verified", _verify),
    ("verified", "introducer", _introduce),
    ("introduced", "cell_day", _cell),
    ("cell_agreed", "committee_day", _committee),
    ("file_complete", "decided", _admit),
    ("admitted", "ceremony", _ceremony),
)

ADMISSIONS = Kind(
    "admissions",
    _("Admissions"),
    _("Applications, votes and decisions: each row a case that goes as far as its columns are filled in."),
    ACTS,
    COLUMNS,
    check,
    perform=perform,
    cases=True,
    unread=True,
)
