"""Corrections: what is known becomes another, causes stay where they belong, and one of two wins."""

import datetime as dt

from orgwork.foundation import journal
from orgwork.foundation.moments import horizon
from orgwork.foundation.refusals import NotAllowed, Stale
from orgwork.procedures import correction, four_eyes, people_entry
from orgwork.registers.appointments import Appointment
from orgwork.registers.members import Membership, MembershipPlace, MembershipStanding
from orgwork.registers.people import PersonContact, PersonName, PersonParticulars
from orgwork.registers.units import Unit, UnitName, UnitPlacement, check_lineage
from tests.cast import ADMITTED
from tests.procedures.told import refused

DAY = dt.date(2024, 4, 2)


def because(symbol="3-QĐ/ThU", **more):
    return {"reason": "Ghi nhầm", "document": {"symbol": symbol}, **more}


def test_a_corrected_name_leaves_the_old_one_to_be_asked_for(cast):
    before = horizon()
    correction.correct_name(
        actor=cast.account("district_officer"),
        day=DAY,
        person=cast.member,
        family="Cà",
        middle="Thị",
        given="Xoan",
        **because(),
    )
    assert PersonName.objects.get(person=cast.member).full == "Cà Thị Xoan"
    assert PersonName.objects.on(DAY, known_at=before).get(person=cast.member).full == "Cà Thị Xuân"
    entry = journal.history("person", cast.member.pk).first()
    assert entry.verb == "correction.name"
    assert (entry.content["before"], entry.content["paper"]) == ("Cà Thị Xuân", "3-QĐ/ThU")


def test_a_reason_and_a_paper_are_asked_for(cast):
    plan = {"person": cast.member, "sex": "f", "birth": dt.date(1990, 7, 8)}
    actor = cast.account("district_officer")
    refused(
        correction.correct_particulars, actor=actor, day=DAY, **plan, **because(reason=""), field="reason"
    )
    refused(correction.correct_particulars, actor=actor, day=DAY, reason="x", **plan, field="document")
    correction.correct_particulars(actor=actor, day=DAY, **plan, **because())
    assert PersonParticulars.objects.get(person=cast.member).birth == dt.date(1990, 7, 8)


def test_only_who_is_entitled_corrects(cast):
    plan = {"person": cast.member, "sex": "f", "birth": dt.date(1990, 7, 8)}
    for somebody in ("cell_secretary", "commune_secretary", "other_officer", "member", "administrator", None):
        refused(
            correction.correct_particulars,
            actor=cast.account(somebody),
            day=DAY,
            **plan,
            **because(),
            error=NotAllowed,
        )


def test_of_two_corrections_of_one_row_one_wins_and_the_other_is_told(cast):
    seen = PersonParticulars.objects.get(person=cast.member)
    actor = cast.account("district_officer")
    plan = {"person": cast.member, "sex": "f"}
    correction.correct_particulars(
        actor=actor, day=DAY, birth=dt.date(1990, 7, 8), seen=seen.pk, **plan, **because()
    )
    refused(
        correction.correct_particulars,
        actor=actor,
        day=DAY,
        birth=dt.date(1990, 7, 9),
        seen=seen.pk,
        **plan,
        **because(),
        error=Stale,
    )
    assert PersonParticulars.objects.get(person=cast.member).birth == dt.date(1990, 7, 8)


def test_a_place_is_corrected_for_some_days_only(cast):
    first, last = dt.date(2020, 1, 1), dt.date(2020, 12, 31)
    correction.correct_place(
        actor=cast.account("district_officer"),
        day=DAY,
        person=cast.member,
        unit=cast.small_cell,
        since=first,
        until=last,
        **because(),
    )
    pieces = MembershipPlace.objects.filter(person=cast.member).order_by("valid_from")
    assert [(p.unit, p.valid_from, p.valid_to) for p in pieces] == [
        (cast.cell, ADMITTED, first),
        (cast.small_cell, first, dt.date(2021, 1, 1)),
        (cast.cell, dt.date(2021, 1, 1), None),
    ]
    assert len({p.spell for p in pieces}) == 1
    admitted = MembershipPlace.objects.filter(person=cast.member, begun_by__kind="admitted")
    assert admitted.count() == 1  # cutting does not admit again


def test_the_day_of_admission_moves_with_its_cause(cast):
    actor = cast.account("district_officer")
    for new in (dt.date(2015, 5, 3), dt.date(2015, 6, 1)):
        asked = correction.correct_admission_day(
            actor=actor, day=DAY, person=cast.member, since=new, **because()
        )
        # An old day of admission needs two people.
        four_eyes.confirm(asked, actor=cast.account("provincial_officer"), door="test")
        assert Membership.objects.get(person=cast.member).valid_from == new
        assert MembershipPlace.objects.get(person=cast.member).valid_from == new
        first = MembershipStanding.objects.filter(person=cast.member).earliest("valid_from")
        assert first.valid_from == new
        for row in (Membership.objects.get(person=cast.member), first):
            assert row.begun_by.kind == "admitted"
    refused(
        correction.correct_admission_day,
        actor=actor,
        day=DAY,
        person=cast.member,
        since=dt.date(2016, 5, 19),
        **because(),
        field="since",
    )


def test_a_standing_is_corrected(cast):
    correction.correct_standing(
        actor=cast.account("district_officer"),
        day=DAY,
        person=cast.member,
        standing="probationary",
        since=dt.date(2016, 5, 19),
        until=dt.date(2016, 6, 30),
        **because(),
    )
    full = MembershipStanding.objects.get(person=cast.member, standing="full")
    assert full.valid_from == dt.date(2016, 7, 1)
    assert full.begun_by.kind == "recognised"


def test_who_held_a_post_is_corrected(cast):
    post = cast.posts["cell_secretary"]
    since, until = dt.date(2022, 1, 1), dt.date(2022, 6, 30)
    correction.correct_appointment(
        actor=cast.account("district_officer"),
        day=DAY,
        post=post,
        person=cast.member,
        since=since,
        until=until,
        **because(),
    )
    assert Appointment.objects.on(since).get(post=post).person == cast.member
    assert Appointment.objects.on(DAY).get(post=post).person == cast.cell_secretary
    assert journal.history("person", cast.cell_secretary.pk).first().verb == "correction.appointment"


def test_a_bodys_name_and_place_are_corrected(cast):
    since = dt.date(2022, 1, 1)
    actor = cast.account("provincial_officer")
    correction.correct_unit_name(
        actor=actor,
        day=DAY,
        unit=cast.cell,
        language="vi",
        name="Chi bộ bản Noong Bua 1",
        since=since,
        **because(),
    )
    assert UnitName.objects.on(DAY).get(unit=cast.cell).text == "Chi bộ bản Noong Bua 1"
    until = dt.date(2022, 12, 31)
    correction.correct_unit_placement(
        actor=actor, day=DAY, unit=cast.cell, parent=cast.other_commune, since=since, until=until, **because()
    )
    assert check_lineage() == []
    assert Unit.objects.under(cast.other_district, since).filter(pk=cast.cell.pk).exists()
    assert UnitPlacement.objects.on(DAY).get(unit=cast.cell).parent == cast.commune
    refused(
        correction.correct_unit_placement,
        actor=actor,
        day=DAY,
        unit=cast.commune,
        parent=cast.cell,
        since=since,
        **because(),
        code="grammar",
    )


def test_namesakes_are_shown_and_never_taken_for_one_another(cast):
    plan = {
        "unit": cast.small_cell,
        "family": "LÒ",
        "middle": "van",
        "given": "inh",
        "sex": "m",
        "birth": dt.date(1979, 1, 1),
    }
    actor = cast.account("first_of_small")
    told = refused(
        people_entry.enter_person, actor=actor, day=DAY, **plan, code="look_alike", field="another"
    )
    assert "1979" in str(told)
    assert f"#{cast.second_of_small.pk}" not in str(told)  # the other Lò Văn Inh was born in another year
    person = people_entry.enter_person(actor=actor, day=DAY, another=True, **plan)
    assert person.pk not in (cast.first_of_small.pk, cast.second_of_small.pk)
    namesake = people_entry.enter_person(actor=actor, day=DAY, **(plan | {"birth": dt.date(1960, 1, 1)}))
    assert PersonName.objects.get(person=namesake).full == "LÒ van inh"


def test_a_birth_known_to_the_year_does_not_contradict(cast):
    found = people_entry.look_alikes("Lò", "Văn", "Inh", dt.date(1983, 1, 1), "year")
    assert [one.person for one in found] == [cast.second_of_small]
    assert found[0].cell == "03127.02"


def test_contact_data_change_from_a_day(cast):
    actor = cast.account("cell_secretary")
    enter = people_entry.enter_contact
    enter(actor=actor, day=DAY, person=cast.member, phone="0912 000 000")
    enter(actor=actor, day=dt.date(2024, 5, 1), person=cast.member, phone="0913 000 000")
    assert [row.phone for row in PersonContact.objects.filter(person=cast.member).order_by("valid_from")] == [
        "0912 000 000",
        "0913 000 000",
    ]
    refused(enter, actor=actor, day=DAY, person=cast.member, email="nobody", field="email")
    refused(enter, actor=actor, day=DAY, person=cast.other_member, phone="1", error=NotAllowed)
    assert journal.history("person", cast.member.pk).first().content == {"what": "contact"}


def test_nobody_puts_a_member_into_a_cell_out_of_their_reach(cast):
    since = dt.date(2020, 1, 1)
    plan = {"person": cast.member, "unit": cast.other_cell, "since": since}
    refused(
        correction.correct_place,
        actor=cast.account("district_officer"),
        day=DAY,
        **plan,
        **because(),
        error=NotAllowed,
    )
    correction.correct_place(actor=cast.account("provincial_officer"), day=DAY, **plan, **because())
    assert MembershipPlace.objects.on(DAY).get(person=cast.member).unit == cast.other_cell
