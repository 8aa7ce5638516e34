"""This room is for the history of a case: where it lay and what was running, on a day and as known then."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from orgwork.foundation.moments import horizon, writing
from orgwork.foundation.refusals import WrongState
from orgwork.insight import frame
from orgwork.procedures import admission, transfer
from orgwork.procedures.cases import Case, CaseDeadline, CaseHome, homes, lay_with, placed, running
from orgwork.procedures.unit_changes import merge_cells
from orgwork.registers.units import Unit
from tests.procedures.test_admission import COMMITTEE, DECISION, admitted, applied, file_complete
from tests.procedures.test_transfer import sent
from tests.threads import at_once

DAY = dt.timedelta(days=1)


def home(case, day, known_at=None):
    found = homes([case.pk], day, known_at=known_at).get(case.pk)
    assert placed(Case.objects.filter(pk=case.pk), day, known_at=known_at).get().home == found
    return found and Unit.objects.get(pk=found)


def dues(case, day, known_at=None):
    return set(running(day, known_at=known_at).filter(case=case).values_list("kind", flat=True))


def test_a_past_day_shows_where_the_case_lay(cast):
    case = file_complete(cast)
    before = horizon()
    assert (case.unit, home(case, COMMITTEE)) == (cast.district, cast.district)
    assert home(case, COMMITTEE - DAY) == cast.commune, "the committee had it between the votes"
    assert home(case, case.opened_on) == cast.cell
    assert home(case, case.opened_on - DAY) is None
    admission.admit(
        case, actor=cast.account("district_officer"), day=DECISION, document={"symbol": "214-QĐ/ThU"}
    )
    assert home(case, DECISION) == cast.cell
    assert home(case, DECISION - DAY) == cast.district
    assert home(case, DECISION, known_at=before) == cast.district, "the decision was not known yet"
    assert CaseHome.objects.filter(case=case).count() == 4
    assert CaseHome.objects.filter(case=case, valid_to__isnull=True).get().spell == case.pk


def test_a_deadline_runs_until_it_is_met_and_that_is_known_from_then_on(cast):
    case = file_complete(cast)
    before = horizon()
    assert dues(case, COMMITTEE) == {"decision"}
    assert dues(case, COMMITTEE - DAY) == set()
    admission.admit(
        case, actor=cast.account("district_officer"), day=DECISION, document={"symbol": "214-QĐ/ThU"}
    )
    assert dues(case, DECISION - DAY) == {"decision"}
    assert dues(case, DECISION) == {"ceremony"}
    assert dues(case, DECISION, known_at=before) == {"decision"}
    met = CaseDeadline.versions.filter(case=case, kind="decision").order_by("pk")
    assert [(row.met_on, row.retracted is None) for row in met] == [(None, False), (DECISION, True)]
    assert len({(row.runs_from, row.due, row.basis) for row in met}) == 1


def test_a_deadline_is_never_edited(cast):
    case = admitted(cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        case.deadlines.filter(kind="ceremony").update(met_on=DECISION)
    with pytest.raises(IntegrityError), transaction.atomic():
        case.homes.filter(valid_to__isnull=True).update(unit=cast.commune)


def test_a_step_that_is_recorded_late_moves_the_case_from_its_own_day(cast):
    """The letter is entered after the case came back: each day says who had the case then."""
    case = sent(cast)
    day = case.steps.get(step="send").day
    transfer.send_back(
        case, actor=cast.account("other_secretary"), day=day + 5 * DAY, remark="Die Karte fehlt."
    )
    assert [home(case, day + n * DAY) for n in (-1, 0, 4, 5)] == [
        home(case, case.opened_on), cast.other_cell, cast.other_cell, cast.cell,
    ]  # fmt: skip
    with writing(door="test") as act:
        lay_with(case, act, cast.commune, day + 3 * DAY)
    assert [home(case, day + n * DAY) for n in (2, 3, 5)] == [cast.other_cell, cast.commune, cast.commune]
    assert case.unit == cast.commune


def test_cases_handed_over_keep_every_running_deadline(cast):
    case = applied(cast, cell=cast.small_cell, by="first_of_small")
    day = dt.date(2024, 4, 1)
    with writing(door="test") as act:
        CaseDeadline.objects.create(
            case=case, kind="decision", runs_from=case.opened_on, due=day + 20 * DAY, recorded=act.moment
        )
    before = list(CaseDeadline.versions.filter(case=case).values())
    merge_cells(
        actor=cast.account("district_officer"), day=day, unit=cast.small_cell, into=cast.cell,
        document={"symbol": "80-QĐ/ThU"},
    )  # fmt: skip
    assert list(CaseDeadline.versions.filter(case=case).values()) == before, "none lost, none set anew"
    assert (home(case, day - DAY), home(case, day)) == (cast.small_cell, cast.cell)
    row = CaseHome.objects.get(case=case, valid_from=day)
    assert row.begun_by.kind == "merged" == CaseHome.objects.get(case=case, valid_to=day).ended_by.kind


def test_figures_count_a_case_where_it_lay(cast):
    case = file_complete(cast)
    for unit, day, number in (
        (cast.cell, case.opened_on, 1), (cast.cell, COMMITTEE, 0), (cast.commune, COMMITTEE - DAY, 1),
        (cast.district, COMMITTEE, 1),
    ):  # fmt: skip
        assert frame.compute("admissions.under_way", unit, on=day).value == number, (unit.code, day)
        assert frame.by_unit("admissions.under_way", on=day).get(unit.pk, 0) == number


@pytest.mark.postgres
def test_two_hands_on_one_case_leave_one_home_on_every_day(live_cast):
    """Whoever moves a case has locked it: of two steps at once one finds the case gone on."""
    case = file_complete(live_cast)

    def decide(number):
        try:
            admission.admit(
                Case.objects.get(pk=case.pk),
                actor=live_cast.account("district_officer"),
                day=DECISION,
                document={"symbol": f"{600 + number}-QĐ/ThU"},
            )
        except WrongState:
            return False
        return True

    assert sorted(at_once(decide, count=4)) == [False, False, False, True]
    rows = CaseHome.objects.filter(case=case).order_by("valid_from")
    assert [row.valid_to for row in rows][-1] is None
    assert all(a.valid_to == b.valid_from for a, b in zip(rows, rows[1:], strict=False))
    assert case.deadlines.filter(kind="ceremony").count() == 1
