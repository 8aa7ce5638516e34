"""A member's activity is suspended for a time, extended once, and ends by itself."""

import datetime as dt

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orgwork.foundation.dates import DAY
from orgwork.foundation.refusals import NotAllowed, Refusal
from orgwork.insight import frame
from orgwork.procedures import due, leaving, suspension
from orgwork.procedures.conditions import entitled
from orgwork.registers.members import MembershipCondition
from orgwork.registers.rules import check
from tests.procedures.told import refused

PROPOSED = dt.date(2023, 2, 28)
DECIDED = dt.date(2023, 3, 1)
LAST = DECIDED + 89 * DAY


def paper(number=214, day=DECIDED):
    return {"symbol": f"{number}-QĐ/ThU", "day": day}


def proposed(cast, person=None):
    return suspension.open_suspension(
        actor=cast.account("cell_secretary"), day=PROPOSED, person=person or cast.member
    )


def suspended(cast, **more):
    case = proposed(cast)
    actor = cast.account("district_officer")
    return suspension.suspend(case, actor=actor, day=DECIDED, document=paper(), **more)


def row(cast):
    return MembershipCondition.objects.order_by("-valid_from").filter(person=cast.member).first()


def test_it_lasts_ninety_days_and_ends_by_itself(cast):
    case = suspended(cast)
    assert (row(cast).valid_from, row(cast).valid_to) == (DECIDED, LAST + DAY)
    assert case.deadlines.get(kind="suspension_end").due == LAST
    assert due.run(LAST)["suspensions"] == 0
    refused(suspension.expire, case, actor=cast.account("district_officer"), day=LAST, code="not_due")
    assert due.run(LAST + DAY)["suspensions"] == 1
    case.refresh_from_db()
    assert (case.state, case.closed_on) == ("ended", LAST + DAY)
    assert due.run(LAST + DAY)["suspensions"] == 0


def test_who_is_suspended_is_counted_and_does_not_vote(cast):
    before = entitled(cast.cell, DECIDED)
    suspended(cast)
    count = {
        code: frame.compute(f"members.{code}", "03127.01", on=DECIDED).value
        for code in ("stock", "suspended")
    }
    assert count == {"stock": 6, "suspended": 1}
    assert list(before) == [6]
    assert list(entitled(cast.cell, DECIDED)) == [5]
    assert list(entitled(cast.cell, LAST + DAY)) == [6]


def test_the_committee_above_decides_and_nobody_else(cast):
    case = proposed(cast)
    for somebody in ("cell_secretary", "commune_secretary", "provincial_officer", "outsider"):
        refused(
            suspension.suspend, case, actor=cast.account(somebody), day=DECIDED, document=paper(),
            error=NotAllowed,
        )  # fmt: skip
    assert case.unit == cast.district
    suspension.decline(case, actor=cast.account("district_officer"), day=DECIDED, reason="không có căn cứ")
    assert case.state == "declined" and row(cast) is None


def test_one_extension_up_to_the_longest_time(cast):
    case = suspended(cast)
    actor, day = cast.account("district_officer"), LAST - 5 * DAY
    said = {"actor": actor, "day": day, "document": paper(215, day)}
    refused(suspension.extend, case, until=DECIDED + 180 * DAY, code="too_long", field="until", **said)
    refused(suspension.extend, case, until=LAST, code="too_early", field="until", **said)
    suspension.extend(case, **said)
    assert row(cast).valid_to == DECIDED + 180 * DAY
    assert row(cast).spell == MembershipCondition.objects.get(valid_from=DECIDED).spell
    day = DECIDED + 170 * DAY
    refused(suspension.extend, case, actor=actor, day=day, document=paper(216, day), code="extended_already")
    assert due.run(LAST + DAY)["suspensions"] == 0
    assert due.run(DECIDED + 180 * DAY)["suspensions"] == 1


def test_too_late_for_an_extension(cast):
    case = suspended(cast)
    day = LAST + DAY
    refused(
        suspension.extend, case, actor=cast.account("district_officer"), day=day, document=paper(215, day),
        code="ended",
    )  # fmt: skip


def test_it_is_lifted_by_decision(cast):
    case = suspended(cast)
    actor, day = cast.account("district_officer"), dt.date(2023, 4, 3)
    refused(suspension.lift, case, actor=actor, day=DECIDED, document=paper(215), code="too_early")
    suspension.lift(case, actor=actor, day=day, document=paper(215, day))
    assert (row(cast).valid_to, row(cast).ended_by.kind, case.state) == (day, "lifted", "lifted")
    again = proposed(cast)
    suspension.suspend(again, actor=actor, day=day, document=paper(216, day))
    assert row(cast).valid_from == day


def test_nobody_is_suspended_twice_at_once(cast):
    suspended(cast)
    refused(proposed, cast, code="case_open")


def test_death_ends_it_with_the_membership(cast):
    case = suspended(cast)
    leaving.record_death(actor=cast.account("district_officer"), day=dt.date(2023, 4, 3), person=cast.member)
    case.refresh_from_db()
    assert (row(cast).valid_to, row(cast).ended_by.kind) == (dt.date(2023, 4, 3), "died")
    assert case.state == "withdrawn"
    assert not check(day=dt.date(2023, 4, 3), rules=["condition_without_membership"])


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(first=st.integers(-2, 200), more=st.none() | st.integers(-2, 300), decided=st.integers(1, 200))
def test_no_way_leads_beyond_the_longest_time(cast, first, more, decided):
    """Whatever last days are asked for, what is recorded keeps to 90 and 180 days and is never too long."""
    from django.db import transaction

    actor, point = cast.account("district_officer"), transaction.savepoint()
    case = proposed(cast)
    try:
        suspension.suspend(case, actor=actor, day=DECIDED, document=paper(), until=DECIDED + first * DAY)
        until = None if more is None else DECIDED + more * DAY
        day = DECIDED + decided * DAY
        suspension.extend(case, actor=actor, day=day, document=paper(215, day), until=until)
    except Refusal:
        pass
    rows = list(MembershipCondition.objects.filter(person=cast.member))
    days = sum((one.valid_to - one.valid_from).days for one in rows)
    assert days <= (90 if len(rows) < 2 else 180)
    ended = max((one.valid_to for one in rows), default=DECIDED)
    assert not check(day=ended - DAY, rules=["suspended_too_long"])
    transaction.savepoint_rollback(point)
