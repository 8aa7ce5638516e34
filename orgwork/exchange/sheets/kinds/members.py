"""This room is for the sheet of people with their memberships: a register kept elsewhere comes in."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from orgwork.exchange.sheets.columns import IDENT, Column
from orgwork.exchange.sheets.imports import Outcome
from orgwork.exchange.sheets.lines import Line
from orgwork.exchange.sheets.lookups import Bodies, People, members_among, twins
from orgwork.exchange.sheets.values import record_number
from orgwork.foundation import provisions
from orgwork.foundation.moments import Act
from orgwork.foundation.search import fold, split_name
from orgwork.foundation.workdays import age_in_months
from orgwork.procedures.opening_members import Entering, take_members

from . import changing, papers, updates
from .base import Context, Kind

NAME = Column(
    "name", _("Name"), required=True, most=180, width=28, example="Lò Thị Hương",
    help=_("Family name first, as in the file."), update="name",
    also=("họ và tên", "họ tên", "họ và tên đảng viên", "họ tên đảng viên", "họ, chữ đệm và tên", "full name",
          "name and surname", "vor- und nachname", "name vorname", "vollständiger name", "ф и о", "фио",
          "фамилия имя отчество", "полное имя", "họ và tên khai sinh"),
)  # fmt: skip
SEX = Column(
    "sex", _("Sex"), "sex", required=True, width=8, example="nữ", update="particulars",
    help=_("Woman or man, in any of the four languages; f or m."),
    also=("giới tính", "phái", "nam/nữ", "gender", "geschlecht", "пол", "nam nữ"),
)  # fmt: skip
BIRTH = Column(
    "birth", _("Born"), "birth", required=True, width=12, example="19/08/1985", update="particulars",
    help=_("Day, month or year, as far as the file has it."),
    also=("ngày sinh", "ngày tháng năm sinh", "năm sinh", "ngày, tháng, năm sinh", "sinh ngày",
          "date of birth", "birth date", "birthday", "geburtsdatum", "geboren am", "geburtstag",
          "дата рождения", "год рождения", "родился"),
)  # fmt: skip
CELL = Column(
    "cell", _("Cell"), required=True, most=300, width=16, example="03127.01", update="place",
    help=_("Code of the cell; its name, if only one cell has it."),
    also=("chi bộ", "mã chi bộ", "tên chi bộ", "chi bộ sinh hoạt", "tổ chức đảng", "nơi sinh hoạt",
          "cell code", "party cell", "branch", "zelle", "parteizelle", "grundorganisation",
          "первичная организация", "ячейка", "партячейка", "код ячейки"),
)  # fmt: skip
ADMITTED = Column(
    "admitted", _("Day of admission"), "day", required=True, width=12, example="03/02/2010",
    help=_("Day of the decision from which membership counts."), update="admission_day",
    also=("ngày kết nạp", "ngày vào đảng", "ngày kết nạp đảng", "ngày vào đảng cộng sản việt nam",
          "admitted", "admitted on", "date of admission", "member since", "aufgenommen am", "aufnahmetag",
          "aufnahmedatum", "mitglied seit", "дата приёма", "дата вступления", "принят", "день приёма"),
)  # fmt: skip
RECOGNISED = Column(
    "recognised", _("Day of recognition"), "day", width=12, example="03/02/2011",
    help=_("Empty: still on probation."), update="standing",
    also=("ngày chính thức", "ngày công nhận chính thức", "chính thức", "ngày công nhận", "ngày chuyển đảng",
          "recognised", "recognized", "full member since", "anerkannt am", "vollmitglied seit",
          "дата признания", "член с", "переведён в члены"),
)  # fmt: skip
SINCE = Column(
    "since", _("In this cell since"), "day", width=12, example="01/07/2021",
    help=_("Empty: the day of the take-over."),
    also=("sinh hoạt tại chi bộ từ", "ngày về chi bộ", "chuyển đến ngày", "ngày chuyển đến",
          "in the cell since", "in dieser zelle seit", "in der zelle seit", "в ячейке с", "на учёте с"),
)  # fmt: skip
CARD = Column(
    "card", _("Card number"), "code", most=20, width=14, example="0112345678",
    help=_("Kept as text: zeros at the beginning stay."),
    also=("số thẻ đảng", "số thẻ", "thẻ đảng", "số thẻ đảng viên", "member card", "card", "card no",
          "ausweisnummer", "mitgliedsnummer", "parteibuch", "номер билета", "партбилет",
          "номер партбилета"),
)  # fmt: skip

COPY = Column(
    "copy", _("Copy of the card"), "number", width=8,
    help=_("Only for rows that come back: the next copy where the card was exchanged."),
    also=("lần cấp thẻ", "lần đổi thẻ", "copy", "ausfertigung", "экземпляр билета"),
)  # fmt: skip
COLUMNS = (
    NAME, SEX, BIRTH, CELL, ADMITTED, RECOGNISED, SINCE, CARD, COPY, changing.CHANGED_ON, papers.DECISION,
    papers.DECIDED,
)  # fmt: skip


def check(lines: Sequence[Line], context: Context) -> None:
    """All lines at once: bodies and powers, days, doubles in the sheet and in the register."""
    fresh = [line for line in lines if not line.get(IDENT)]
    changing.refuse_fresh(fresh)
    if len(fresh) != len(lines):
        updates.check([line for line in lines if line.get(IDENT)], context)
    bodies = Bodies(
        {line.get("cell") for line in fresh} - {None}, actor=context.actor, act="takeover.run",
        now=context.now,
    )  # fmt: skip
    youngest = provisions.on(context.day)["admission.min_age_years"].value * 12
    for line in fresh:
        _check_days(line, context, youngest)
        line.plan["since"] = since = line.get("since") or max(
            context.day, line.get("admitted") or context.day
        )
        body = bodies.find(line, "cell", on=since)
        if body is not None:
            line.plan["unit"], line.plan["code"] = body.pk, body.code
    _check_doubles(fresh)
    _check_register(fresh, context)


def _check_days(line: Line, context: Context, youngest: int) -> None:
    birth, admitted, recognised, since = map(line.get, ("birth", "admitted", "recognised", "since"))
    for column in ("admitted", "recognised", "since"):
        if (day := line.get(column)) and day > context.now:
            line.refuse(column, "in_the_future", day=day.isoformat())
            return
    if birth and birth.day > context.now:
        line.refuse("birth", "in_the_future", day=birth.day.isoformat())
    elif birth and birth.day.year < 1900:
        line.refuse("birth", "far_year", value=str(birth.day.year), year=birth.day.year)
    elif birth and admitted:
        months = age_in_months(birth.day, admitted, birth.precision)
        if months < 0:
            line.refuse("admitted", "before_birth", day=admitted.isoformat())
        elif months < youngest:
            line.doubt("admitted", "young", years=max(months // 12, 0), least=youngest // 12)
    if admitted and admitted.year < 1930:
        line.refuse("admitted", "far_year", value=str(admitted.year), year=admitted.year)
    if admitted and recognised and recognised <= admitted:
        line.refuse("recognised", "not_after", day=recognised.isoformat(), other=admitted.isoformat())
    if admitted and since and since < admitted:
        line.refuse("since", "before_admission", day=since.isoformat(), other=admitted.isoformat())


def _check_doubles(lines: Sequence[Line]) -> None:
    """Nobody twice in the sheet: told by card or by name and birth, decided by a person."""
    for card, some in twins(lines, lambda line: line.get("card")).items():
        for line in some:
            others = ", ".join(str(one.number) for one in some if one is not line)
            line.refuse("card", "card_twice", value=card, rows=others[:60])

    def same(line: Line):
        name, birth = line.get("name"), line.get("birth")
        return (fold(name), birth) if name and birth else None

    for _key, some in twins(lines, same).items():
        for line in some:
            others = ", ".join(str(one.number) for one in some if one is not line)
            if line.answers.get("double") != "another":
                line.note("name", Outcome.DOUBTFUL, "double_in_sheet", rows=others[:60])


def _check_register(lines: Sequence[Line], context: Context) -> None:
    people = People(
        {line.get("name") for line in lines} - {None}, {line.get("card") for line in lines} - {None}
    )
    alike: dict[int, list] = {}
    for line in lines:
        if line.get("name") and line.get("birth"):
            if found := people.like(line.get("name"), line.get("birth")):
                alike[line.number] = found
    members = members_among(
        [one.pk for found in alike.values() for one in found] + list(people.cards.values())
    )
    for line in lines:
        _judge_double(line, people, alike.get(line.number, ()), members)
        line.will = Outcome.SAME if line.plan.get("same") else Outcome.NEW


def _judge_double(line: Line, people: People, alike, members) -> None:
    answer = line.answers.get("double", "")
    card = people.cards.get(line.get("card") or "")
    if answer.startswith("same:") and (person := record_number(answer[5:])):
        if person not in {one.pk for one in alike} | {card}:
            line.refuse("name", "answer_gone")
        elif person in members and members[person][1] is None:
            line.plan["same"] = line.plan["person"] = person
        elif person in members:
            line.refuse("name", "former_member", person=person)
        else:
            line.plan["person"] = person
        return
    if card is not None:
        if card in {one.pk for one in alike}:
            line.plan["same"] = line.plan["person"] = card
            line.note("card", Outcome.SAME, "card_known", value=line.get("card"), person=card)
        else:
            line.refuse("card", "card_of_another", value=line.get("card"), person=card)
        return
    if alike and answer != "another":
        line.note("name", Outcome.DOUBTFUL, "look_alike", people=[one.pk for one in alike][:6])


def entering(line: Line) -> Entering:
    """The line as the procedure takes it."""
    parts, birth, plan = split_name(line.get("name")), line.get("birth"), line.plan
    return Entering(
        plan.get("person"), parts.family, parts.middle, parts.given, line.get("sex"), birth.day,
        birth.precision, plan["unit"], plan["code"], line.get("admitted"), line.get("recognised"),
        plan["since"], line.get("card", ""),
    )  # fmt: skip


def apply(act: Act, lines: Sequence[Line], context: Context) -> None:
    """Whoever is new enters in one act."""
    persons = take_members(act, context.day, [entering(line) for line in lines])
    for line, person in zip(lines, persons, strict=True):
        line.refs = {"person": person}


MEMBERS = Kind(
    "members",
    _("People with their memberships"),
    _(
        "A register that was kept elsewhere comes in as it stands: who is a member, since when, and in"
        " which cell."
    ),
    ("takeover.run",),
    COLUMNS,
    check,
    perform=updates.perform,
    apply=apply,
    by_operator=True,
    export=updates.exported,
)
