"""Members are deleted from the list or expelled; whose complaint is upheld was a member all the time."""

import datetime as dt

import pytest

from orgwork.foundation.dates import DAY, Period, begin
from orgwork.foundation.moments import writing
from orgwork.foundation.refusals import NotAllowed
from orgwork.insight import frame
from orgwork.procedures import admission, complaint, deletion, missing, recognition
from orgwork.procedures.cases import CaseDeadline
from orgwork.registers.appointments import Appointment
from orgwork.registers.figures import DECREASES, INCREASES
from orgwork.registers.members import (
    MemberCard,
    Membership,
    MembershipCondition,
    MembershipPlace,
    MembershipStanding,
)
from orgwork.registers.record import Cause
from orgwork.registers.rules import check
from tests.cast import votes
from tests.procedures.told import refused

OPENED, MET, SAT = dt.date(2023, 3, 1), dt.date(2023, 3, 10), dt.date(2023, 3, 20)
DECIDED = dt.date(2023, 4, 3)
UPHELD = dt.date(2023, 7, 14)


def paper(number=214, day=DECIDED):
    return {"symbol": f"{number}-QĐ/ThU", "day": day}


def opened(cast, **more):
    said = {"person": cast.member, "ground": "missed_meetings", "number": 3} | more
    return deletion.open_deletion(actor=cast.account("cell_secretary"), day=OPENED, **said)


def complete(cast, **more):
    case = opened(cast, **more)
    deletion.cell_vote(case, actor=cast.account("cell_secretary"), day=MET, protocol=votes(6, 4))
    deletion.committee_vote(case, actor=cast.account("commune_secretary"), day=SAT, protocol=votes(9, 6))
    return case


def deleted(cast, **more):
    case = complete(cast, **more)
    deletion.delete(case, actor=cast.account("district_officer"), day=DECIDED, document=paper())
    return case


def received(cast, day=dt.date(2023, 4, 20), by="provincial_officer"):
    return complaint.open_complaint(actor=cast.account(by), day=day, person=cast.member)


def upheld(cast, **more):
    case = received(cast)
    actor = cast.account("provincial_officer")
    complaint.uphold(case, actor=actor, day=UPHELD, document=paper(9, UPHELD), **more)
    return case


def closes(cast, first, last):
    """Opening + increases − decreases = closing at every body."""
    period = Period.days(first, last)
    opening = frame.by_unit("members.stock", on=first - DAY)
    closing = frame.by_unit("members.stock", on=last)
    up = [frame.by_unit(code, period=period) for code in INCREASES]
    down = [frame.by_unit(code, period=period) for code in DECREASES]
    for body in set().union(opening, closing, *up, *down):
        flows = sum(one.get(body, 0) for one in up) - sum(one.get(body, 0) for one in down)
        assert opening.get(body, 0) + flows == closing.get(body, 0), body
    return True


def test_two_thirds_propose_and_the_committee_above_decides(cast):
    case = complete(cast)
    for somebody in ("cell_secretary", "commune_secretary", "provincial_officer"):
        refused(
            deletion.delete, case, actor=cast.account(somebody), day=DECIDED, document=paper(),
            error=NotAllowed,
        )  # fmt: skip
    with writing(door="test") as act:
        issued = Cause.objects.create(kind="issued")
        begin(MemberCard, act, dt.date(2016, 5, 19), person=cast.member, number="11.012345", cause=issued)
    missing.record_missing(
        actor=cast.account("cell_secretary"), day=MET, person=cast.member, reason="không liên lạc được"
    )
    deletion.delete(case, actor=cast.account("district_officer"), day=DECIDED, document=paper())
    facts = [
        Membership.objects.get(person=cast.member),
        MembershipStanding.objects.filter(person=cast.member).latest("valid_from"),
        MembershipPlace.objects.get(person=cast.member),
        MembershipCondition.objects.get(person=cast.member),
        MemberCard.objects.get(person=cast.member),
    ]
    assert {fact.valid_to for fact in facts} == {DECIDED}
    assert {fact.ended_by.kind for fact in facts} == {"deleted"}
    assert case.state == "deleted"
    assert closes(cast, DECIDED, DECIDED)


@pytest.mark.parametrize(("agreed", "state"), [(3, "refused"), (4, "cell_agreed")])
def test_the_cell_needs_two_thirds_of_its_full_members(cast, agreed, state):
    case = opened(cast)
    deletion.cell_vote(case, actor=cast.account("cell_secretary"), day=MET, protocol=votes(6, agreed))
    assert case.state == state


def test_the_rule_says_how_much_there_must_have_been(cast):
    refused(opened, cast, number=2, field="number", code="too_little")
    refused(opened, cast, ground="not_fulfilled", number=1, field="number", code="too_little")
    assert opened(cast, ground="card_given_back", number=None)


def test_a_grassroots_cell_has_no_committee_between(cast):
    case = deletion.open_deletion(
        actor=cast.account("first_of_firm"), day=OPENED, person=cast.second_of_firm, ground="standards"
    )
    deletion.cell_vote(case, actor=cast.account("first_of_firm"), day=MET, protocol=votes(3, 2))
    assert (case.state, case.unit) == ("file_complete", cast.district)
    deletion.refuse(case, actor=cast.account("district_officer"), day=DECIDED, reason="phải xem xét khai trừ")
    assert case.state == "refused"


def test_an_expulsion_ends_membership_and_party_posts(cast):
    actor = cast.account("district_officer")
    said = {"actor": actor, "day": DECIDED, "document": paper()}
    refused(deletion.expel, person=cast.probationary, **said | {"day": dt.date(2023, 9, 4),
            "document": paper(3, dt.date(2023, 9, 4))}, code="on_probation")  # fmt: skip
    deletion.expel(person=cast.cell_secretary, **said)
    ended = Membership.objects.get(person=cast.cell_secretary)
    assert (ended.valid_to, ended.ended_by.kind) == (DECIDED, "expelled")
    assert Appointment.objects.get(person=cast.cell_secretary).valid_to == DECIDED
    deletion.expel(person=cast.teacher, actor=actor, day=DECIDED, document=paper())
    # The head of a village holds no party post.
    assert Appointment.objects.get(person=cast.teacher).valid_to is None
    period = Period.days(DECIDED, DECIDED)
    assert frame.compute("members.expelled", "094", period=period).value == 2
    assert closes(cast, DECIDED, DECIDED)


def test_a_complaint_upheld_restores_the_membership_without_a_gap(cast):
    deleted(cast)
    assert frame.compute("members.stock", "03127.01", on=DECIDED).value == 5
    case = upheld(cast)
    rows = Membership.objects.filter(person=cast.member).order_by("valid_from")
    assert len({row.spell for row in rows}) == 1
    assert [row.valid_to for row in rows] == [DECIDED, None]
    assert rows[0].ended_by is None and rows[1].begun_by is None
    assert MembershipStanding.objects.on(DECIDED).get(person=cast.member).standing == "full"
    places = MembershipPlace.objects.filter(person=cast.member).order_by("valid_from")
    assert [(row.valid_from, row.valid_to) for row in places[0:2]][1] == (UPHELD, None)
    assert (places[0].ended_by.kind, places[1].begun_by.kind) == ("deleted", "restored")
    assert case.state == "upheld"
    assert check(day=dt.date(2023, 6, 1), rules=["member_without_place", "place_without_membership"]) == []
    assert closes(cast, dt.date(2023, 1, 1), dt.date(2023, 12, 31))
    assert closes(cast, DECIDED, UPHELD - DAY) and closes(cast, UPHELD, UPHELD)
    year = Period.days(dt.date(2023, 1, 1), dt.date(2023, 12, 31))
    assert frame.compute("members.restored", "03127", period=year).value == 1
    assert frame.compute("members.deleted", "03127", period=year).value == 1


def test_the_body_above_the_deciding_one_answers_and_a_dismissal_goes_further_up(cast):
    deleted(cast)
    refused(received, cast, by="district_officer", error=NotAllowed)
    first = received(cast)
    assert first.unit == cast.province
    refused(
        complaint.uphold, first, actor=cast.account("district_officer"), day=UPHELD,
        document=paper(9, UPHELD), error=NotAllowed,
    )  # fmt: skip
    answer = {"reason": "đúng quy định", "document": {"symbol": "3-TB/TU", "day": UPHELD}}
    complaint.dismiss(
        first, actor=cast.account("provincial_officer"), day=UPHELD,
        **answer | {"document": {"symbol": "3-TB/TU", "day": UPHELD, "issuer": cast.province}},
    )  # fmt: skip
    second = received(cast, day=UPHELD + 20 * DAY, by="national_officer")
    assert second.unit == cast.root
    assert CaseDeadline.objects.get(case=second).due > CaseDeadline.objects.get(case=first).due + 180 * DAY
    complaint.dismiss(
        second, actor=cast.account("national_officer"), day=UPHELD + 40 * DAY,
        reason="đúng quy định", document={"symbol": "4-TB/TW", "issuer": cast.root},
    )  # fmt: skip
    refused(
        complaint.open_complaint, actor=cast.account("national_officer"), day=UPHELD + 50 * DAY,
        person=cast.member, code="no_committee",
    )  # fmt: skip


def test_thirty_days_and_a_last_day_that_is_a_holiday_passes_to_the_next_working_day(cast):
    deleted(cast)  # on 3 April 2023: thirty days later is 3 May, the last day off of a long weekend
    refused(received, cast, day=dt.date(2023, 5, 5), code="too_late", field="day")
    assert received(cast, day=dt.date(2023, 5, 4))


def test_nobody_complains_who_was_not_deleted(cast):
    refused(received, cast, code="not_deleted", field="person")
    upheld_case = deleted(cast) and upheld(cast)
    assert upheld_case
    refused(received, cast, day=UPHELD + DAY, code="not_deleted")


def test_where_the_cell_is_gone_another_is_named(cast):
    deleted(cast)
    case = upheld(cast, unit=cast.small_cell)
    place = MembershipPlace.objects.get(person=cast.member, valid_to__isnull=True)
    assert (place.unit, case.state) == (cast.small_cell, "upheld")


def test_probation_goes_on_where_it_was_when_a_deletion_is_undone(cast):
    opened_on, decided, back = dt.date(2024, 2, 1), dt.date(2024, 3, 1), dt.date(2024, 5, 6)
    case = deletion.open_deletion(
        actor=cast.account("cell_secretary"), day=opened_on, person=cast.probationary, ground="standards"
    )
    deletion.cell_vote(
        case, actor=cast.account("cell_secretary"), day=dt.date(2024, 2, 10), protocol=votes(6)
    )
    deletion.committee_vote(
        case, actor=cast.account("commune_secretary"), day=dt.date(2024, 2, 20), protocol=votes(9)
    )
    deletion.delete(case, actor=cast.account("district_officer"), day=decided, document=paper(70, decided))
    actor = cast.account("provincial_officer")
    complained = complaint.open_complaint(actor=actor, day=dt.date(2024, 3, 20), person=cast.probationary)
    complaint.uphold(complained, actor=actor, day=back, document=paper(9, back))
    found = recognition.probation_of(cast.probationary, back)
    assert (found.start, found.due) == (dt.date(2023, 9, 1), dt.date(2024, 9, 1))


def test_whoever_stayed_away_is_not_considered_again_whatever_time_has_passed(cast):
    case = deleted(cast)
    asked = {
        "actor": cast.account("cell_secretary"), "person": cast.member, "unit": cast.cell,
        "day": dt.date(2026, 6, 1),
    }  # fmt: skip
    told = refused(admission.open_admission, code="not_considered", **asked)
    assert "staying away" in str(told)
    assert case.deadlines.filter(kind="decision", basis__contains="deletion.decision_working_days").exists()
