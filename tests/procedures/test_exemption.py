"""Members are exempt at their own wish, or missing; both stay in the numbers and are shown apart."""

import datetime as dt

from orgwork.foundation import journal
from orgwork.foundation.dates import DAY
from orgwork.foundation.refusals import NotAllowed
from orgwork.insight import frame
from orgwork.procedures import exemption, leaving, missing
from orgwork.procedures.conditions import entitled
from orgwork.registers.members import MembershipCondition
from tests.cast import votes
from tests.procedures.told import refused

ASKED = dt.date(2024, 2, 5)
MET = dt.date(2024, 2, 20)


def asked(cast, **more):
    said = {"person": cast.veteran, "ground": "age", "day": ASKED} | more
    return exemption.open_exemption(actor=cast.account("cell_secretary"), **said)


def exempt(cast, **more):
    case, actor = asked(cast), cast.account("cell_secretary")
    return exemption.decide(case, actor=actor, day=MET, protocol=votes(6), **more)


def count(code, day=MET):
    return frame.compute(f"members.{code}", "03127.01", on=day).value


def test_the_cell_decides_and_the_superior_committee_is_told(cast):
    case = exempt(cast)
    assert case.state == "exempt"
    assert (count("stock"), count("exempt"), count("exempt", MET - DAY)) == (7, 1, 0)
    told = journal.history("unit", cast.commune.pk).first()
    assert (told.verb, told.content) == ("exemption.decide", {"exempted": cast.veteran.pk})


def test_exempt_members_count_for_a_vote_if_they_come(cast):
    exempt(cast)
    assert list(entitled(cast.cell, MET)) == [5, 6]
    request = leaving.open_leaving(actor=cast.account("cell_secretary"), day=MET, person=cast.member)
    said = {"actor": cast.account("cell_secretary"), "day": MET}
    told = refused(
        leaving.consider, request, protocol=votes(4), code="protocol_differs_from_register", **said
    )
    assert "5–6" in str(told)
    assert leaving.consider(request, protocol=votes(5), **said)


def test_half_is_not_enough(cast):
    case = asked(cast)
    exemption.decide(case, actor=cast.account("cell_secretary"), day=MET, protocol=votes(6, 3))
    assert case.state == "refused" and count("exempt") == 0


def test_below_the_usual_age_or_illness_a_reason_is_asked_for(cast):
    refused(asked, cast, person=cast.teacher, field="reason", code="below_the_guide")
    refused(asked, cast, ground="health", months=2, field="months", code="below_the_guide")
    assert asked(cast, person=cast.teacher, reason="chăm mẹ già")
    assert asked(cast, ground="health", months=3)


def test_a_last_day_ends_it_by_itself(cast):
    exempt(cast, until=dt.date(2024, 8, 31))
    assert (count("exempt", dt.date(2024, 8, 31)), count("exempt", dt.date(2024, 9, 1))) == (1, 0)


def test_it_ends_when_the_member_takes_part_again(cast):
    exempt(cast)
    refused(asked, cast, code="condition_held")
    actor, day = cast.account("cell_secretary"), dt.date(2024, 4, 1)
    refused(exemption.resume, actor=actor, day=day, person=cast.member, code="no_such_condition")
    exemption.resume(actor=actor, day=day, person=cast.veteran)
    row = MembershipCondition.objects.get()
    assert (row.valid_to, row.ended_by.kind) == (day, "resumed")
    assert asked(cast, day=day)


def test_another_cell_records_nothing(cast):
    for call in (missing.record_missing, missing.record_found):
        more = {"reason": "…"} if call is missing.record_missing else {}
        refused(
            call, actor=cast.account("other_secretary"), day=MET, person=cast.member, error=NotAllowed, **more
        )


def test_the_missing_stay_in_the_numbers_and_may_come_back(cast):
    actor, back = cast.account("cell_secretary"), dt.date(2024, 3, 4)
    missing.record_missing(actor=actor, day=MET, person=cast.member, reason="không liên lạc được")
    assert (count("stock"), count("missing")) == (7, 1)
    refused(
        missing.record_missing, actor=actor, day=back, person=cast.member, reason="…", code="condition_held"
    )
    missing.record_found(actor=actor, day=back, person=cast.member)
    assert count("missing", back) == 0
    assert MembershipCondition.objects.get().ended_by.kind == "found"


def test_an_end_on_the_first_day_leaves_no_condition_behind(cast):
    actor = cast.account("cell_secretary")
    missing.record_missing(actor=actor, day=MET, person=cast.member, reason="…")
    leaving.record_death(actor=cast.account("district_officer"), day=MET, person=cast.member)
    assert not MembershipCondition.objects.exists()
