"""Admission and recognition: the way of one applicant, and every place where it stops."""

import datetime as dt

import pytest

from orgwork.foundation import journal
from orgwork.foundation.dates import correct, end
from orgwork.foundation.moments import writing
from orgwork.foundation.refusals import NotAllowed, Refusal, Stale, WrongState
from orgwork.foundation.rehearsal import rehearsal
from orgwork.procedures import admission, recognition
from orgwork.procedures.cases import Case, CaseStep, Procedure, Protocol, save_draft
from orgwork.registers.members import Membership, MembershipPlace, MembershipStanding
from orgwork.registers.people import ALL_LIFE, PersonParticulars, Qualification
from orgwork.registers.record import Cause
from tests.cast import votes

APPLIED = dt.date(2024, 1, 8)
COURSE = dt.date(2023, 6, 30)
MEETING = dt.date(2024, 2, 3)
COMMITTEE = dt.date(2024, 2, 20)
DECISION = dt.date(2024, 3, 1)
CEREMONY = dt.date(2024, 3, 15)


def applied(cast, person=None, cell=None, by="cell_secretary", **more):
    return admission.open_admission(
        actor=cast.account(by),
        door="test",
        day=APPLIED,
        person=person or cast.applicant,
        unit=cell or cast.cell,
        **more,
    )


def trained(cast, **kwargs):
    case = applied(cast, **kwargs)
    admission.record_course(
        case, actor=cast.account("cell_secretary"), day=APPLIED, obtained=COURSE, certificate="15/TTCT"
    )
    return case


def verified(cast, **kwargs):
    case = trained(cast, **kwargs)
    admission.verify_papers(
        case,
        actor=cast.account("cell_secretary"),
        day=APPLIED,
        cv_verified=True,
        citizen=True,
        schooling="upper_secondary",
    )
    return case


def introduced(cast, **kwargs):
    case = verified(cast, **kwargs)
    admission.name_introducers(
        case,
        actor=cast.account("cell_secretary"),
        day=APPLIED,
        introducer=cast.introducer,
        second_introducer=cast.second_introducer,
    )
    return case


def cell_agreed(cast, **kwargs):
    case = introduced(cast, **kwargs)
    admission.cell_vote(case, actor=cast.account("cell_secretary"), day=MEETING, protocol=votes(6))
    return case


def file_complete(cast, **kwargs):
    case = cell_agreed(cast, **kwargs)
    admission.committee_vote(
        case, actor=cast.account("commune_secretary"), day=COMMITTEE, protocol=votes(9, 8)
    )
    return case


def admitted(cast, **kwargs):
    case = file_complete(cast, **kwargs)
    return admission.admit(
        case,
        actor=cast.account("district_officer"),
        door="test",
        day=DECISION,
        document={"symbol": "214-QĐ/ThU"},
    )


def on_probation(cast):
    case = admitted(cast)
    return admission.hold_ceremony(case, actor=cast.account("cell_secretary"), day=CEREMONY)


def refused(call, *args, field=None, code=None, **kwargs):
    with pytest.raises(Refusal) as told:
        call(*args, **kwargs)
    if field:
        assert told.value.field == field, told.value
    if code:
        assert told.value.code == code, told.value
    return told.value


def test_membership_begins_on_the_day_of_the_decision(cast):
    case = admitted(cast)
    facts = [
        Membership.objects.get(person=cast.applicant),
        MembershipStanding.objects.get(person=cast.applicant),
        MembershipPlace.objects.get(person=cast.applicant),
    ]
    assert {fact.valid_from for fact in facts} == {DECISION}
    assert len({fact.begun_by_id for fact in facts}) == 1
    why = facts[0].begun_by
    assert (why.kind, why.case, why.document.symbol) == ("admitted", case.pk, "214-QĐ/ThU")
    assert why.document.issuer == cast.district
    assert facts[1].standing == "probationary"
    assert facts[2].unit == cast.cell
    assert case.state == "admitted"
    assert case.unit == cast.cell


def test_the_case_keeps_steps_votes_deadlines_and_the_rules_it_was_judged_by(cast):
    case = on_probation(cast)
    assert [s.step for s in case.steps.order_by("pk")] == [
        "open", "record_course", "verify_papers", "name_introducers", "cell_vote", "committee_vote", "admit",
        "hold_ceremony",
    ]  # fmt: skip
    assert list(Protocol.objects.filter(case=case).order_by("pk").values_list("kind", "agreed")) == [
        ("admission_cell", True),
        ("admission_committee", True),
    ]
    assert dict(case.deadlines.values_list("kind", "met_on")) == {"decision": DECISION, "ceremony": CEREMONY}
    assert "votes.admission_cell@2021-07-30" in case.data["rules"]
    assert case.closed_on == CEREMONY
    assert case.data["ceremony"] == "2024-03-15"


def test_every_step_is_an_entry_about_the_applicant(cast):
    case = admitted(cast)
    verbs = [entry.verb for entry in journal.history("person", cast.applicant.pk)]
    assert verbs[0] == "admission.admit"
    assert verbs[-1] == "admission.open"
    assert journal.history("person", cast.applicant.pk).first().content["decision"] == "214-QĐ/ThU"
    assert journal.history("case", case.pk).count() == 7
    assert journal.history("person", cast.introducer.pk).first().content == {"introduced": cast.applicant.pk}


def test_a_grassroots_cell_has_no_committee_between(cast):
    case = applied(cast, cell=cast.firm_cell, by="first_of_firm")
    actor = cast.account("first_of_firm")
    admission.record_course(case, actor=actor, day=APPLIED, obtained=COURSE, certificate="16/TTCT")
    admission.verify_papers(
        case, actor=actor, day=APPLIED, cv_verified=True, citizen=True, schooling="higher"
    )
    admission.name_introducers(
        case, actor=actor, day=APPLIED, introducer=cast.first_of_firm, union=cast.youth_union
    )
    admission.cell_vote(case, actor=actor, day=MEETING, protocol=votes(3, 2))
    assert case.state == "file_complete"
    assert case.unit == cast.district


def test_two_thirds_of_the_full_members_are_needed(cast):
    case = introduced(cast)
    admission.cell_vote(
        case, actor=cast.account("cell_secretary"), day=MEETING, protocol=votes(6, 3, present=5)
    )
    assert case.state == "rejected"
    assert not Membership.objects.filter(person=cast.applicant).exists()


def test_a_protocol_must_add_up_and_agree_with_the_register(cast):
    case = introduced(cast)
    actor = cast.account("cell_secretary")
    wrong = votes(6) | {"valid": 7}
    refused(admission.cell_vote, case, actor=actor, day=MEETING, protocol=wrong, field="valid")
    refused(
        admission.cell_vote, case, actor=actor, day=MEETING, protocol=votes(7), field="entitled",
        code="protocol_differs_from_register",
    )  # fmt: skip
    refused(admission.cell_vote, case, actor=actor, day=MEETING, protocol={"entitled": 6}, field="summoned")
    refused(admission.cell_vote, case, actor=actor, day=MEETING, field="protocol", code="missing")


@pytest.mark.parametrize(
    ("birth", "outcome"),
    [
        (dt.date(2006, 2, 3), "cell_agreed"),  # full 18 on the very day
        (dt.date(2006, 2, 4), "too_young"),
        (dt.date(1964, 2, 3), "cell_agreed"),  # full 60 is still allowed
        (dt.date(1963, 12, 31), "over_age"),
    ],
)
def test_age_counts_in_months_on_the_day_the_cell_considers_the_case(cast, birth, outcome):
    reason = {"kind": "corrected"}
    with writing(door="test") as act:
        correct(
            PersonParticulars, act, {"person": cast.applicant}, PersonParticulars.objects.first().period,
            {"birth": birth}, cause=Cause.objects.create(**reason),
        )  # fmt: skip
    case = introduced(cast)
    actor = cast.account("cell_secretary")
    if outcome == "too_young":
        refused(admission.cell_vote, case, actor=actor, day=MEETING, protocol=votes(6), code="too_young")
        return
    admission.cell_vote(case, actor=actor, day=MEETING, protocol=votes(6))
    assert case.data["over_age"] is (outcome == "over_age")
    admission.committee_vote(case, actor=cast.account("commune_secretary"), day=COMMITTEE, protocol=votes(9))
    assert case.unit == (cast.province if outcome == "over_age" else cast.district)
    assert ALL_LIFE < birth


def test_over_sixty_the_province_decides_not_the_district(cast):
    person = PersonParticulars.objects.get(person=cast.applicant)
    with writing(door="test") as act:
        correct(
            PersonParticulars, act, {"person": cast.applicant}, person.period, {"birth": dt.date(1960, 1, 1)},
            cause=Cause.objects.create(kind="corrected"),
        )  # fmt: skip
    case = file_complete(cast)
    paper = {"symbol": "9-QĐ/TU"}
    with pytest.raises(NotAllowed):
        admission.admit(case, actor=cast.account("district_officer"), day=DECISION, document=paper)
    admission.admit(case, actor=cast.account("provincial_officer"), day=DECISION, document=paper)
    assert MembershipPlace.objects.get(person=cast.applicant).begun_by.document.issuer == cast.province


def test_an_expired_certificate_sends_the_applicant_back_to_the_course(cast):
    case = applied(cast)
    told = refused(
        admission.record_course, case, actor=cast.account("cell_secretary"), day=APPLIED,
        obtained=dt.date(2019, 1, 8), certificate="1/TTCT", field="obtained", code="course_expired",
    )  # fmt: skip
    assert "7 Jan 2024" in str(told)
    assert not Qualification.objects.filter(person=cast.applicant).exists()


def test_a_certificate_in_the_register_need_not_be_entered_again(cast):
    admission.withdraw(trained(cast), actor=cast.account("cell_secretary"), day=APPLIED)
    case = applied(cast)
    admission.record_course(case, actor=cast.account("cell_secretary"), day=APPLIED)
    assert case.state == "trained"
    assert Qualification.objects.filter(person=cast.applicant).count() == 1
    until = Qualification.objects.get(person=cast.applicant).valid_to
    assert until == dt.date(2028, 6, 30)


def test_schooling_may_be_less_in_the_mountains(cast):
    case = trained(cast)
    said = {"cv_verified": True, "citizen": True, "schooling": "primary"}
    actor = cast.account("cell_secretary")
    refused(admission.verify_papers, case, actor=actor, day=APPLIED, **said, field="schooling")
    admission.verify_papers(case, actor=actor, day=APPLIED, mountain=True, **said)
    assert case.state == "verified"


def test_introducers_are_two_full_members_of_twelve_months(cast):
    case = verified(cast)
    actor = cast.account("cell_secretary")
    name = admission.name_introducers
    one = {"introducer": cast.introducer}
    refused(name, case, actor=actor, day=APPLIED, **one, field="second_introducer")
    refused(
        name,
        case,
        actor=actor,
        day=APPLIED,
        second_introducer=cast.introducer,
        **one,
        field="second_introducer",
    )
    refused(
        name, case, actor=actor, day=APPLIED, second_introducer=cast.probationary, **one,
        field="second_introducer", code="introducer_not_full",
    )  # fmt: skip
    refused(
        name, case, actor=actor, day=APPLIED, second_introducer=cast.other_member, **one,
        code="introducer_too_new",
    )  # fmt: skip
    refused(name, case, actor=actor, day=APPLIED, union=cast.commune, **one, field="union")
    name(case, actor=actor, day=APPLIED, union=cast.youth_union, **one)
    assert case.state == "introduced"


def test_a_member_is_not_admitted_again_and_nobody_twice_at_once(cast):
    told = refused(
        admission.open_admission, actor=cast.account("cell_secretary"), day=APPLIED, person=cast.member,
        unit=cast.cell, field="person", code="member_already",
    )  # fmt: skip
    assert f"#{cast.member.pk}" in str(told)  # by number: whoever asks may have no power over the person
    applied(cast)
    refused(
        admission.open_admission, actor=cast.account("first_of_small"), day=APPLIED, person=cast.applicant,
        unit=cast.small_cell, field="person", code="case_open",
    )  # fmt: skip


def test_only_a_cell_that_exists_admits(cast):
    opening = {"actor": cast.account("commune_secretary"), "person": cast.applicant}
    with pytest.raises(NotAllowed):
        admission.open_admission(day=APPLIED, unit=cast.cell, **opening)
    told = refused(
        admission.open_admission, actor=cast.account("cell_secretary"), person=cast.applicant, unit=cast.cell,
        day=dt.date(2014, 1, 1), code="no_such_body",
    )  # fmt: skip
    assert "successor" in str(told)


def test_a_former_member_waits_36_months_and_is_counted_apart(cast):
    with writing(door="test") as act:
        why = Cause.objects.create(kind="left")
        for model, key in (
            (Membership, {"person": cast.member}),
            (MembershipStanding, {"person": cast.member}),
            (MembershipPlace, {"person": cast.member, "kind": "official"}),
        ):
            end(model, act, key, dt.date(2021, 1, 9), cause=why)
    told = refused(applied, cast, person=cast.member, code="readmission_too_soon")
    assert "9 Jan 2024" in str(told)
    said = {"day": dt.date(2024, 1, 9), "person": cast.member, "unit": cast.cell}
    asked = {"actor": cast.account("cell_secretary"), **said}
    # Whoever left at the own wish is considered again for hardship in the family only.
    refused(admission.open_admission, code="not_considered", field="hardship", **asked)
    case = admission.open_admission(hardship=True, **asked)
    assert case.data["again"] is True


def test_the_superior_sends_back_with_a_remark(cast):
    case = file_complete(cast)
    actor = cast.account("district_officer")
    refused(admission.decider_sends_back, case, actor=actor, day=DECISION, field="remark", code="missing")
    admission.decider_sends_back(case, actor=actor, day=DECISION, remark="Thiếu lý lịch")
    assert (case.state, case.unit) == ("trained", cast.cell)
    assert CaseStep.objects.filter(case=case, step="decider_sends_back").get().remark == "Thiếu lý lịch"


def test_nobody_decides_without_the_post(cast):
    case = file_complete(cast)
    paper = {"symbol": "214-QĐ/ThU"}
    for somebody in (
        "cell_secretary",
        "commune_secretary",
        "other_officer",
        "outsider",
        "administrator",
        None,
    ):
        with pytest.raises(NotAllowed):
            admission.admit(case, actor=cast.account(somebody), day=DECISION, document=paper)
    assert not Membership.objects.filter(person=cast.applicant).exists()


def test_steps_come_in_order_and_only_once(cast):
    case = admitted(cast)
    with pytest.raises(WrongState):
        admission.admit(
            case, actor=cast.account("district_officer"), day=DECISION, document={"symbol": "215-QĐ/ThU"}
        )
    told = refused(
        admission.hold_ceremony,
        case,
        actor=cast.account("cell_secretary"),
        day=dt.date(2024, 2, 28),
        field="day",
    )
    assert "1 Mar 2024" in str(told)


def test_who_saw_an_older_state_is_told(cast):
    case = introduced(cast)
    old = case.version
    admission.cell_vote(case, actor=cast.account("cell_secretary"), day=MEETING, protocol=votes(6))
    with pytest.raises(Stale):
        admission.committee_vote(
            case, actor=cast.account("commune_secretary"), day=COMMITTEE, protocol=votes(9), seen=old
        )


def test_the_decision_is_of_the_day_of_its_paper(cast):
    case = file_complete(cast)
    paper = {"symbol": "214-QĐ/ThU", "day": dt.date(2024, 2, 29)}
    refused(
        admission.admit,
        case,
        actor=cast.account("district_officer"),
        day=DECISION,
        document=paper,
        field="day",
    )
    refused(
        admission.admit, case, actor=cast.account("district_officer"), day=dt.date(2024, 2, 19),
        document={"symbol": "214-QĐ/ThU"}, field="day", code="too_early",
    )  # fmt: skip


def test_drafts_are_kept_until_the_step_is_taken(cast):
    case = cell_agreed(cast)
    now = dt.date.today()
    save_draft(case, "committee_vote", {"entitled": "9"}, actor=cast.account("commune_secretary"), now=now)
    case.refresh_from_db()
    assert case.drafts == {"committee_vote": {"entitled": "9"}}
    admission.committee_vote(case, actor=cast.account("commune_secretary"), day=COMMITTEE, protocol=votes(9))
    assert case.drafts == {}


def test_recognition_counts_from_the_day_probation_ended_even_if_late(cast):
    on_probation(cast)
    late = dt.date(2025, 6, 2)
    case = recognition.open_recognition(actor=cast.account("cell_secretary"), day=late, person=cast.applicant)
    assert case.data["due"] == "2025-03-15"  # twelve months after the ceremony
    recognition.cell_vote(case, actor=cast.account("cell_secretary"), day=late, protocol=votes(6, 5))
    recognition.committee_vote(case, actor=cast.account("commune_secretary"), day=late, protocol=votes(9))
    decided = dt.date(2025, 6, 20)
    recognition.recognise(
        case, actor=cast.account("district_officer"), day=decided, document={"symbol": "30-QĐ/ThU"}
    )
    pieces = MembershipStanding.objects.filter(person=cast.applicant).order_by("valid_from")
    assert [(p.standing, p.valid_from) for p in pieces] == [
        ("probationary", DECISION),
        ("full", dt.date(2025, 3, 15)),
    ]
    assert pieces[1].begun_by.kind == "recognised"
    assert pieces[0].spell == pieces[1].spell


def test_nobody_is_recognised_before_probation_ends(cast):
    on_probation(cast)
    day = dt.date(2025, 3, 14)
    case = recognition.open_recognition(actor=cast.account("cell_secretary"), day=day, person=cast.applicant)
    refused(
        recognition.cell_vote,
        case,
        actor=cast.account("cell_secretary"),
        day=day,
        protocol=votes(6),
        field="day",
    )


def test_a_refused_recognition_leads_to_deletion(cast):
    on_probation(cast)
    day = dt.date(2025, 4, 1)
    case = recognition.open_recognition(actor=cast.account("cell_secretary"), day=day, person=cast.applicant)
    recognition.cell_vote(case, actor=cast.account("cell_secretary"), day=day, protocol=votes(6, 3))
    assert (case.state, case.unit) == ("refused", cast.district)
    gone = dt.date(2025, 5, 5)
    recognition.delete(
        case, actor=cast.account("district_officer"), day=gone, document={"symbol": "31-QĐ/ThU"}
    )
    ended = Membership.objects.get(person=cast.applicant)
    assert (ended.valid_to, ended.ended_by.kind) == (gone, "deleted")
    assert MembershipPlace.objects.get(person=cast.applicant).ended_by_id == ended.ended_by_id


def test_every_step_says_what_it_asks_for():
    for procedure in Procedure.known.values():
        for step in [procedure.opening, *procedure.steps.values()]:
            assert step is not None and step.label and step.act
            names = [field.name for field in step.fields]
            assert len(set(names)) == len(names)
            assert all(field.label for field in step.fields)
    assert Case._meta.get_field("data")


@pytest.mark.postgres
def test_a_decision_takes_few_messages(cast, django_assert_max_num_queries):
    """A step that sends each statement by itself is three times slower on PostgreSQL."""
    case = file_complete(cast)
    said = {"day": DECISION, "document": {"symbol": "214-QĐ/ThU"}}
    actor = cast.account("district_officer")
    with rehearsal(actor=actor) as act:  # learns how many numbers the step uses
        admission.admit(Case.objects.get(pk=case.pk), within=act, actor=actor, **said)
    with django_assert_max_num_queries(10):  # BEGIN and COMMIT among them, where they are counted
        admission.admit(case, actor=actor, door="test", **said)


def test_a_former_member_is_admitted_again_with_the_consent_of_the_province_and_new_probation(cast):
    with writing(door="test") as act:
        why = Cause.objects.create(kind="left")
        for model, more in (
            (Membership, {}),
            (MembershipStanding, {}),
            (MembershipPlace, {"kind": "official"}),
        ):
            end(model, act, {"person": cast.member, **more}, dt.date(2018, 1, 9), cause=why)
    case = introduced(cast, person=cast.member, hardship=True)
    admission.cell_vote(case, actor=cast.account("cell_secretary"), day=MEETING, protocol=votes(5))
    said = {"actor": cast.account("commune_secretary"), "day": COMMITTEE, "protocol": votes(9, 8)}
    admission.committee_vote(case, **said)
    assert (case.state, case.unit) == ("consent_needed", cast.province)
    paper = {"symbol": "88-CV/TU", "day": DECISION, "issuer": cast.province}
    for somebody in ("district_officer", "commune_secretary"):
        with pytest.raises(NotAllowed):
            admission.consent(case, actor=cast.account(somebody), day=DECISION, document=paper)
    with pytest.raises(WrongState):
        admission.admit(
            case, actor=cast.account("district_officer"), day=DECISION, document={"symbol": "214-QĐ/ThU"}
        )
    admission.consent(case, actor=cast.account("provincial_officer"), day=DECISION, document=paper)
    assert (case.state, case.unit) == ("file_complete", cast.district)
    admission.admit(
        case, actor=cast.account("district_officer"), day=DECISION, document={"symbol": "214-QĐ/ThU"}
    )
    place = MembershipPlace.objects.on(DECISION).get(person=cast.member)
    assert place.begun_by.kind == "readmitted"
    assert MembershipStanding.objects.on(DECISION).get(person=cast.member).standing == "probationary"


def test_a_criminal_record_counts_from_the_day_it_was_deleted(cast):
    with writing(door="test") as act:
        why = Cause.objects.create(kind="expelled")
        for model, more in (
            (Membership, {}),
            (MembershipStanding, {}),
            (MembershipPlace, {"kind": "official"}),
        ):
            end(model, act, {"person": cast.member, **more}, dt.date(2016, 6, 1), cause=why)
    said = {"person": cast.member, "after_criminal_record": True}
    refused(applied, cast, field="record_deleted", **said)
    refused(applied, cast, record_deleted=dt.date(2020, 6, 1), code="readmission_too_soon", **said)
    # Expelled: somebody has to look up why.
    refused(applied, cast, record_deleted=dt.date(2018, 6, 1), code="not_considered", **said)
    said["no_grave_ground"] = True
    case = applied(cast, record_deleted=dt.date(2018, 6, 1), **said)
    assert "record_deleted" not in case.data
