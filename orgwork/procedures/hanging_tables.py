"""This room is for what of the tables of procedures hangs on a body, and how open cases are handed on."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator

from django.db import connection
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from orgwork.foundation.many import listed, turn
from orgwork.registers.hanging import Choice, Turning, hangs, stays
from orgwork.registers.members import MembershipPlace, PlaceKind
from orgwork.registers.reorganisation import DecisionOn

from .cases import Case, CaseDeadline, CaseHome, Protocol
from .proposals import Proposal, ProposalState

AT_ONCE = 2_000


def _open_homes(day: dt.date):
    return CaseHome.objects.on(day).filter(case__closed_on__isnull=True)


def hand_on_cases(turning: Turning) -> int:
    """Open cases go on with the successor from the day, their deadlines untouched.

    Where a body has several successors or none, the case of a member lies with the committee that decides
    over their cell from then on; a case about nobody with whoever keeps what the body leaves.
    """
    wanted = {case: heir for case, _unit, heir in _wanted(turning)}
    _lay(turning, wanted)
    _cells(turning)
    return len(wanted)


def _wanted(turning: Turning) -> Iterator[tuple[int, int, int]]:
    """(case, body that ends, where it goes)."""
    ended = set(turning.heir)
    if not ended:
        return
    rows = list(
        CaseHome.objects.filter(case__closed_on__isnull=True, valid_to__isnull=True)
        .order_by("case")
        .values_list("case", "unit", "case__person", "case__data")
    )
    rows = [row for row in rows if row[1] in ended]
    cells = _cells_of([row[2] for row in rows if row[2] is not None], turning.day)
    for case, unit, person, data in rows:
        heir = turning.decided.get((DecisionOn.CASE, case)) or turning.single.get(unit)
        if heir is None:
            cell = (data or {}).get("cell") or cells.get(person)
            heir = (turning.over_cell(cell) if cell else None) or turning.heir[unit]
        yield case, unit, heir


def _cells_of(people: list[int], day: dt.date) -> dict[int, int]:
    found: dict[int, int] = {}
    listed_people = sorted(set(people))
    for at in range(0, len(listed_people), AT_ONCE):
        some = listed_people[at : at + AT_ONCE]
        rows = MembershipPlace.objects.on(day).filter(person__in=some, kind=PlaceKind.OFFICIAL)
        found.update(rows.values_list("person", "unit"))
    return found


def _lay(turning: Turning, wanted: dict[int, int]) -> None:
    """The cases lie with their new bodies: the record with its days, and the case's own latest word."""
    if not wanted:
        return
    why = turning.reason["merged"]
    with listed((case, unit, None, why) for case, unit in sorted(wanted.items())) as names:
        turn(
            CaseHome, turning.act, turning.day, names, by="case_id", becomes={"unit_id": "m.target"},
            where="t.valid_to IS NULL",
        )  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE procedures_case SET version = version + 1,"  # noqa: S608  a name of this room
                f" unit_id = (SELECT m.target FROM {names} m WHERE m.ident = procedures_case.id)"
                f" WHERE id IN (SELECT ident FROM {names})"
            )


def _cells(turning: Turning) -> None:
    """Cases in a cell that ends go on in the cell its members go to; the old one is kept, for an undo."""
    into = turning.told.get("members", {})
    if not into:
        return
    cases = Case.objects.filter(closed_on__isnull=True, data__has_key="cell")
    for case in cases.only("pk", "data").iterator(AT_ONCE):
        if case.data.get("cell") in into:
            before = case.data["cell"]
            said = {**case.data, "cell": into[before], "cell_before": before}
            Case.objects.filter(pk=case.pk).update(data=said, version=F("version") + 1)


def cells_back(cases) -> None:
    """The reverse of ``_cells``: an undone plan leaves no trace in a case."""
    for case in cases:
        said = dict(case.data)
        said["cell"] = said.pop("cell_before")
        Case.objects.filter(pk=case.pk).update(data=json.loads(json.dumps(said)), version=F("version") + 1)


hangs(
    "cases", CaseHome, "unit", label=_("open cases"), rows=_open_homes, hand_on=hand_on_cases,
    choice=Choice.THING, decides=DecisionOn.CASE, goes=_wanted,
    rule=_(
        "With the one successor; else with the committee that decides over the cell of the person concerned."
    ),
)  # fmt: skip
hangs(
    "proposals", Proposal, "unit", label=_("proposals that wait for a second person"),
    rows=lambda day: Proposal.objects.filter(state=ProposalState.WAITING, unit__isnull=False),
    rule=_("They wait on; whoever keeps what the body leaves answers for them."),
)  # fmt: skip
stays(Case, "unit", why="the latest word of where the case lies: CaseHome says it with its days")
stays(Protocol, "unit", why="which body voted")

#: Deadlines hang by their case and are never touched.
DEADLINES = CaseDeadline
