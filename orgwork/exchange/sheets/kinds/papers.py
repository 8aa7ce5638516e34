"""This room is for what sheets of cases share: who is meant, votes and papers in columns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from contextlib import contextmanager

from django.utils.translation import gettext_lazy as _

from orgwork.exchange.sheets.columns import Column
from orgwork.exchange.sheets.imports import Outcome
from orgwork.exchange.sheets.lines import Line
from orgwork.exchange.sheets.lookups import Bodies, Body, People, cells_of, portions, twins
from orgwork.exchange.sheets.values import record_number
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Refusal
from orgwork.foundation.search import fold
from orgwork.procedures import batch_undo
from orgwork.procedures.cases import Case, Procedure
from orgwork.registers.people import Person

from .base import Context

PERSON = Column(
    "person", _("Number or card"), "code", most=24, width=14, example="0112345678",
    help=_("Number of the person in the register (#17) or card number: then nobody else can be meant."),
    also=("số thẻ", "số thẻ đảng", "thẻ đảng", "mã người", "person", "card", "card number", "member card",
          "nummer oder ausweis", "ausweisnummer", "personennummer", "номер", "партбилет",
          "номер или билет"),
)  # fmt: skip
DECISION = Column(
    "decision", _("Decision"), most=60, width=18, example="214-QĐ/HU",
    help=_("Number and symbol of the decision."),
    also=("số quyết định", "quyết định", "số qđ", "decision number", "decision no", "beschluss",
          "beschlussnummer", "номер решения", "решение"),
)  # fmt: skip
DECIDED = Column(
    "decided", _("Day of the decision"), "day", width=12, example="03/02/2024",
    also=("ngày quyết định", "ngày qđ", "decided on", "date of decision", "beschlossen am",
          "tag des beschlusses", "дата решения", "день решения"),
)  # fmt: skip


def votes(prefix: str, labels: Sequence, also: tuple[str, ...]) -> tuple[Column, ...]:
    """Day and numbers of one vote. What is left out is as many as voted."""
    day, entitled, present, agreed = labels
    return (
        Column(f"{prefix}_day", day, "day", width=12, also=also),
        Column(f"{prefix}_entitled", entitled, "number", width=10),
        Column(f"{prefix}_present", present, "number", width=10),
        Column(f"{prefix}_for", agreed, "number", width=10),
    )


CELL_VOTE = votes(
    "cell",
    (_("Cell's vote on"), _("Cell: entitled"), _("Cell: present"), _("Cell: in favour")),
    ("ngày họp chi bộ", "chi bộ họp ngày", "nghị quyết chi bộ ngày"),
)
COMMITTEE_VOTE = votes(
    "committee",
    (_("Committee's vote on"), _("Committee: entitled"), _("Committee: present"), _("Committee: in favour")),
    ("ngày họp đảng ủy", "đảng ủy họp ngày", "nghị quyết đảng ủy ngày"),
)


def protocol(line: Line, prefix: str) -> dict[str, int]:
    """The seven numbers of a vote from the three that a sheet has."""
    entitled, agreed = line.get(f"{prefix}_entitled"), line.get(f"{prefix}_for")
    present = line.get(f"{prefix}_present", entitled)
    found = {
        "entitled": entitled, "summoned": entitled, "present": present, "issued": present,
        "collected": present, "valid": present, "votes_for": agreed,
    }  # fmt: skip
    return {name: value for name, value in found.items() if value is not None}


@contextmanager
def at_column(**columns: str):
    """A refusal at a step's field is one at the sheet's column."""
    try:
        yield
    except Refusal as refusal:
        refusal.column = columns.get(refusal.field or "", columns.get("otherwise", ""))  # type: ignore[attr-defined]
        raise


@contextmanager
def cleared(act: Act, line: Line):
    """Whoever may take registers over enters what others decided; else each step asks for its power."""
    before, act.cleared = act.cleared, bool(line.plan.get("cleared"))
    try:
        yield
    finally:
        act.cleared = before


def check_person_day_order(line: Line, codes: Sequence[str], now: dt.date) -> None:
    """Days of one case stand in the order of its steps, and none lies in the future."""
    last: tuple[str, dt.date] | None = None
    for code in codes:
        day = line.get(code)
        if day is None:
            continue
        if day > now:
            line.refuse(code, "in_the_future", day=day.isoformat())
        elif last is not None and day < last[1]:
            line.refuse(code, "days_out_of_order", day=day.isoformat(), other=last[1].isoformat())
        last = (code, day)


def together(lines: Sequence[Line], *needed: Iterable[str]) -> None:
    """Columns that only make sense together: where one of a group is filled in, all are."""
    for line in lines:
        for group in needed:
            given = [code for code in group if line.get(code) is not None]
            if given:
                for code in group:
                    if line.get(code) is None and not line.cells.get(code):
                        line.refuse(code, "missing_with", other=given[0])


class Who:
    """Finds whom each line means, and says of the line what has to be decided."""

    def __init__(self, lines: Sequence[Line], context: Context, *, bodies: Bodies | None = None) -> None:
        self.lines, self.context = lines, context
        texts = {line.get("person", "") for line in lines} - {""}
        numbers = {text.removeprefix("#") for text in texts}
        names = {line.get("name") for line in lines if line.get("name")}
        self.people = People(names, texts, numbers)
        idents = [one.pk for found in self.people.alike.values() for one in found]
        idents += [*self.people.numbers, *self.people.cards.values()]
        self.homes = cells_of(idents, context.now)

    def known(self, line: Line) -> int | None:
        """The person that is named by number or card; refused where there is none."""
        text = line.get("person")
        if not text:
            return None
        number = text.removeprefix("#")
        if text.startswith("#") or text not in self.people.cards:
            if (found := record_number(number)) in self.people.numbers:
                return found
            line.refuse("person", "no_such_person", value=text)
            return None
        return self.people.cards[text]

    def member(self, line: Line, home: int | None) -> int | None:
        """A member of the register: by number or card; by name, birth to the day and cell together; else by
        name and birth when somebody confirms it.
        """
        found, alike = self._said(line)
        if found is not None or alike is None:
            return found
        if not alike:
            line.refuse("name", "nobody_like_this")
            return None
        exact = len(alike) == 1 and line.get("birth").precision == alike[0].precision == "day"
        if exact and home is not None and self.homes.get(alike[0].pk, (None,))[0] == home:
            return alike[0].pk
        line.note("name", Outcome.DOUBTFUL, "is_it_this_one", people=[one.pk for one in alike][:6])
        return None

    def newcomer(self, line: Line) -> int | None:
        """Somebody who may be new: look-alikes are shown, and a person decides."""
        found, alike = self._said(line)
        if found is None and alike and line.answers.get("double") != "another":
            line.note("name", Outcome.DOUBTFUL, "look_alike", people=[one.pk for one in alike][:6])
        return found

    def _said(self, line: Line) -> tuple[int | None, list | None]:
        """The person that the line, or somebody's answer to it, names; else those of that name and birth.

        No list where there is nothing to compare: a number or card that leads nowhere, no name or no birth.
        """
        found = self.known(line)
        name, birth = line.get("name"), line.get("birth")
        if found is not None or line.get("person") or not (name and birth):
            return found, None
        alike = self.people.like(name, birth)
        answer = line.answers.get("double", "")
        if answer.startswith("same:") and (person := record_number(answer[5:])) in {one.pk for one in alike}:
            return person, None
        return None, alike

    def member_of(self, line: Line, cell: Body | None) -> int | None:
        """The member the line is about, who must be in the cell it names; kept in its plan."""
        if not (line.cells.get("person") or (line.cells.get("name") and line.cells.get("birth"))):
            line.refuse("person", "who_is_it")
        person = self.member(line, cell.pk if cell else None)
        if person is None:
            return None
        home = self.homes.get(person)
        if cell is not None and home is not None and home[0] != cell.pk:
            line.refuse("cell", "other_home", value=home[1])
        line.plan["person"] = person
        return person


def check_twins(lines: Sequence[Line]) -> None:
    """The same name and birth, or the same number, twice in the sheet."""

    def same(line: Line):
        if line.get("person"):
            return line.get("person")
        name, birth = line.get("name"), line.get("birth")
        return (fold(name), birth) if name and birth else None

    for _key, some in twins(lines, same).items():
        for line in some:
            others = ", ".join(str(one.number) for one in some if one is not line)
            if line.get("person"):
                line.refuse("person", "person_twice", rows=others[:60])
            elif line.answers.get("double") != "another":
                line.note("name", Outcome.DOUBTFUL, "double_in_sheet", rows=others[:60])


def plan_open_cases(procedure: str, lines: Iterable[Line]) -> None:
    """Note in the plan of each line the open case of its person, where there is one."""
    planned = [line for line in lines if "person" in line.plan]
    cases: dict[int | None, int] = {}
    for some in portions(sorted({line.plan["person"] for line in planned})):
        rows = Case.objects.filter(procedure=procedure, person__in=some, closed_on__isnull=True)
        cases.update(rows.values_list("person", "pk"))
    for line in planned:
        if case := cases.get(line.plan["person"]):
            line.plan["case"] = case


def fresh_case(act: Act, line: Line) -> Case | None:
    """The case that the line carries on, as it stands now, and what an undo would put back."""
    ident = line.plan.get("case")
    if ident is None:
        return None
    case = Case.objects.select_related("person", "unit").get(pk=ident)
    if not act.rehearsal:
        line.refs["before"] = batch_undo.kept(case)
    return case


def person_of(line: Line) -> Person | None:
    ident = line.plan.get("person")
    return Person(pk=ident) if ident else None


def reached(states: Sequence[str], state: str) -> int:
    """How far a case has come."""
    return states.index(state) if state in states else len(states)


def left_over(code: str, case: Case) -> Refusal:
    """A later step is filled in that the case does not come to."""
    states = Procedure.known[case.procedure].states
    refusal = Refusal(
        _("The case comes as far as “%(state)s”; this step does not follow. Correct one of the two.")
        % {"state": states[case.state]},
        code="does_not_follow",
    )
    refusal.column = code  # type: ignore[attr-defined]
    return refusal
