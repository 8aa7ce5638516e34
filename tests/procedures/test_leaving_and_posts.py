"""Memberships end, posts are founded, filled and left."""

import datetime as dt

import pytest

from orgwork.foundation import journal
from orgwork.foundation.refusals import NotAllowed, Overlap, RegisterIncomplete
from orgwork.procedures import admission, appointment, leaving
from orgwork.registers import access
from orgwork.registers.appointments import Appointment
from orgwork.registers.members import Membership, MembershipPlace, MembershipStanding
from orgwork.registers.posts import PostExistence
from tests.cast import votes
from tests.procedures.told import refused

DAY = dt.date(2024, 4, 2)


def paper(symbol="40-QĐ/ThU"):
    return {"symbol": symbol}


def test_death_ends_membership_place_and_posts_with_one_cause(cast):
    leaving.record_death(actor=cast.account("district_officer"), day=DAY, person=cast.teacher)
    facts = [
        Membership.objects.get(person=cast.teacher),
        MembershipStanding.objects.filter(person=cast.teacher).latest("valid_from"),
        MembershipPlace.objects.get(person=cast.teacher),
        Appointment.objects.get(person=cast.teacher),
    ]
    assert {fact.valid_to for fact in facts} == {DAY}
    assert {fact.ended_by.kind for fact in facts} == {"died"}
    assert len({fact.ended_by_id for fact in facts}) == 1
    assert journal.history("person", cast.teacher.pk).first().content["released"] == ["03127.01-village_head"]


def test_open_cases_of_the_dead_are_withdrawn(cast):
    case = leaving.open_leaving(actor=cast.account("cell_secretary"), day=DAY, person=cast.veteran)
    leaving.record_death(actor=cast.account("commune_secretary"), day=DAY, person=cast.veteran)
    case.refresh_from_db()
    assert (case.state, case.closed_on) == ("withdrawn", DAY)
    assert case.steps.latest("pk").step == "withdraw"


def test_nobody_dies_tomorrow_or_without_being_a_member(cast):
    actor = cast.account("district_officer")
    tomorrow = dt.date.today() + dt.timedelta(days=2)
    refused(leaving.record_death, actor=actor, day=tomorrow, person=cast.veteran, field="day")
    refused(leaving.record_death, actor=actor, day=DAY, person=cast.applicant, code="not_a_member")
    with pytest.raises(NotAllowed):
        leaving.record_death(actor=cast.account("cell_secretary"), day=DAY, person=cast.veteran)


def test_leaving_is_considered_by_the_cell_and_decided_above(cast):
    case = leaving.open_leaving(actor=cast.account("cell_secretary"), day=DAY, person=cast.veteran)
    leaving.consider(case, actor=cast.account("cell_secretary"), day=DAY, protocol=votes(6))
    leaving.let_go(case, actor=cast.account("district_officer"), day=dt.date(2024, 5, 2), document=paper())
    ended = Membership.objects.get(person=cast.veteran)
    assert (ended.valid_to, ended.ended_by.kind, ended.ended_by.case) == (
        dt.date(2024, 5, 2),
        "left",
        case.pk,
    )


def test_leaving_may_be_refused_with_a_reason(cast):
    case = leaving.open_leaving(actor=cast.account("cell_secretary"), day=DAY, person=cast.veteran)
    leaving.consider(case, actor=cast.account("cell_secretary"), day=DAY, protocol=votes(6, 0))
    refused(leaving.refuse, case, actor=cast.account("district_officer"), day=DAY, field="reason")
    leaving.refuse(case, actor=cast.account("district_officer"), day=DAY, reason="Đang xem xét kỷ luật")
    assert case.state == "refused"
    assert Membership.objects.get(person=cast.veteran).valid_to is None


def test_power_begins_and_ends_with_the_post(cast):
    actor = cast.account("district_officer")
    appointment.release(actor=actor, day=DAY, post=cast.posts["cell_secretary"], document=paper())
    appointment.fill_post(
        actor=cast.account("district_officer"),
        day=DAY,
        post=cast.posts["cell_secretary"],
        person=cast.member,
        manner="elected",
        document=paper("41-QĐ/ThU"),
    )
    now = dt.date.today()
    assert not access.may(cast.account("cell_secretary"), "admission.cell", cast.cell, now=now)
    assert access.may(cast.account("member"), "admission.cell", cast.cell, now=now)
    row = Appointment.objects.on(DAY).get(post=cast.posts["cell_secretary"])
    assert (row.person, row.begun_by.kind, row.manner) == (cast.member, "elected", "elected")


def test_a_held_post_is_not_filled_again_but_somebody_may_act(cast):
    actor = cast.account("district_officer")
    post = cast.posts["cell_secretary"]
    told = refused(
        appointment.fill_post,
        actor=actor,
        day=DAY,
        post=post,
        person=cast.member,
        manner="elected",
        document=paper(),
        error=Overlap,
    )
    assert "Lường Văn Pâng" in str(told)
    appointment.fill_post(
        actor=actor,
        day=DAY,
        post=post,
        person=cast.member,
        manner="designated",
        acting=True,
        until=dt.date(2024, 6, 30),
        document=paper(),
    )
    assert Appointment.objects.on(DAY).filter(post=post).count() == 2


def test_a_party_post_takes_a_full_member(cast):
    actor = cast.account("district_officer")
    appointment.release(actor=actor, day=DAY, post=cast.posts["cell_secretary"], document=paper())
    refused(
        appointment.fill_post,
        actor=actor,
        day=DAY,
        post=cast.posts["cell_secretary"],
        person=cast.probationary,
        manner="elected",
        document=paper(),
        field="person",
        code="not_full_member",
    )


def test_posts_stand_where_the_grammar_lets_them(cast):
    actor = cast.account("district_officer")
    refused(
        appointment.found_post,
        actor=actor,
        day=DAY,
        unit=cast.cell,
        kind="chief_judge",
        document=paper(),
        code="post_grammar",
    )
    refused(
        appointment.found_post,
        actor=actor,
        day=DAY,
        unit=cast.cell,
        kind="secretary",
        document=paper(),
        code="only_one",
    )
    told = refused(
        appointment.found_post,
        actor=actor,
        day=DAY,
        unit=cast.cell,
        kind="committee_member",
        document=paper(),
        code="too_small",
    )
    assert told.citation
    post = appointment.found_post(
        actor=actor, day=DAY, unit=cast.cell, kind="deputy_secretary", document=paper()
    )
    assert post.code == "03127.01-deputy_secretary"
    again = appointment.found_post(
        actor=actor, day=DAY, unit=cast.cell, kind="deputy_secretary", document=paper()
    )
    assert again.code == "03127.01-deputy_secretary-2"


def test_the_head_of_a_village_stands_at_the_village(cast):
    actor = cast.account("district_officer")
    post = appointment.found_post(
        actor=actor, day=DAY, area=cast.other_village, kind="village_head", document=paper()
    )
    appointment.fill_post(
        actor=cast.account("commune_secretary"),
        day=DAY,
        post=post,
        person=cast.outsider,
        manner="elected",
        document=paper(),
    )
    with pytest.raises(NotAllowed):
        appointment.release(
            actor=cast.account("other_officer"), day=dt.date(2024, 5, 1), post=post, document=paper()
        )
    refused(
        appointment.found_post,
        actor=actor,
        day=DAY,
        area=cast.firm,
        kind="village_head",
        document=paper(),
        code="post_grammar",
    )


def test_a_held_post_does_not_end(cast):
    actor = cast.account("district_officer")
    post = cast.posts["cell_secretary"]
    told = refused(
        appointment.end_post, actor=actor, day=DAY, post=post, document=paper(), error=RegisterIncomplete
    )
    assert told.left == [("posts", 1)]
    appointment.release(actor=actor, day=DAY, post=post, document=paper())
    appointment.end_post(actor=cast.account("district_officer"), day=DAY, post=post, document=paper())
    assert PostExistence.objects.get(post=post).valid_to == DAY
    refused(
        appointment.fill_post,
        actor=cast.account("district_officer"),
        day=DAY,
        post=post,
        person=cast.member,
        manner="elected",
        document=paper(),
        code="no_such_post",
    )


def test_the_dead_are_not_admitted_again(cast):
    leaving.record_death(actor=cast.account("district_officer"), day=DAY, person=cast.veteran)
    refused(
        admission.open_admission,
        actor=cast.account("cell_secretary"),
        day=dt.date(2026, 6, 1),
        person=cast.veteran,
        unit=cast.cell,
        code="not_a_readmission",
    )


def test_who_leaves_the_party_may_stay_head_of_the_village(cast):
    case = leaving.open_leaving(actor=cast.account("cell_secretary"), day=DAY, person=cast.teacher)
    leaving.consider(case, actor=cast.account("cell_secretary"), day=DAY, protocol=votes(6))
    leaving.let_go(case, actor=cast.account("district_officer"), day=dt.date(2024, 5, 2), document=paper())
    assert Appointment.objects.get(person=cast.teacher).valid_to is None


def test_the_dead_hold_no_posts(cast):
    leaving.record_death(actor=cast.account("district_officer"), day=DAY, person=cast.veteran)
    appointment.release(
        actor=cast.account("district_officer"), day=DAY, post=cast.posts["teacher"], document=paper()
    )
    refused(
        appointment.fill_post,
        actor=cast.account("district_officer"),
        day=DAY,
        post=cast.posts["teacher"],
        person=cast.veteran,
        manner="elected",
        document=paper(),
        code="died",
    )
