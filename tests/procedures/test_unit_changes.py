"""Bodies are founded, renamed, moved, changed, merged and ended; grammar and everybody's home are kept."""

import datetime as dt

import pytest

from orgwork.foundation import journal
from orgwork.foundation.dates import end
from orgwork.foundation.moments import horizon, writing
from orgwork.foundation.refusals import NotAllowed, Refusal, RegisterIncomplete, WrongState
from orgwork.procedures import admission
from orgwork.procedures.unit_changes import (
    change_unit_kind,
    end_body,
    found,
    founding,
    left_by,
    merge_cells,
    move,
    moving,
    rename,
)
from orgwork.registers.appointments import Appointment
from orgwork.registers.members import MembershipPlace
from orgwork.registers.people import Person
from orgwork.registers.record import Cause
from orgwork.registers.units import (
    Unit,
    UnitCustody,
    UnitForm,
    UnitName,
    UnitPlacement,
    UnitService,
    UnitSuccession,
    check_lineage,
    names_of,
)
from tests.cast import votes

DAY = dt.date(2024, 4, 1)


def paper(symbol="80-QĐ/ThU"):
    return {"symbol": symbol}


def founded(cast, **plan):
    plan = {"parent": cast.commune, "kind": "cell", "name_vi": "Chi bộ mới", "status": "forming"} | plan
    return found(actor=cast.account("district_officer"), day=DAY, document=paper(), **plan)


def refused(call, *args, code=None, field=None, error=Refusal, **kwargs):
    with pytest.raises(error) as told:
        call(*args, **kwargs)
    assert code is None or told.value.code == code, (told.value.code, str(told.value))
    assert field is None or told.value.field == field, (told.value.field, str(told.value))
    return told.value


def test_a_founded_cell_takes_the_parents_code_and_the_next_number(cast):
    unit = founded(cast, name_en="New cell", serves=[cast.other_village])
    assert unit.code == "03127.91"  # after the youth union, whose number is the highest ever given
    assert UnitPlacement.objects.get(unit=unit).parent == cast.commune
    assert UnitForm.objects.get(unit=unit).status == "forming"
    assert set(UnitName.objects.filter(unit=unit).values_list("language", flat=True)) == {"vi", "en"}
    assert UnitService.objects.get(unit=unit).area == cast.other_village
    assert UnitPlacement.objects.get(unit=unit).begun_by.document.symbol == "80-QĐ/ThU"
    assert check_lineage() == []
    assert journal.history("unit", unit.pk).first().verb == "founding.enact"


def test_the_party_organisation_of_an_area_takes_the_areas_code(cast):
    from orgwork.registers.areas import Area

    area = Area.objects.create(code_list="test", code="03163", kind="commune")
    told = refused(
        founded,
        cast,
        parent=cast.district,
        kind="grassroots_party_organisation",
        serves=[area],
        field="serves",
    )
    assert "03163" in str(told)
    with writing(door="test") as act:
        from orgwork.foundation.dates import begin
        from orgwork.registers.areas import AreaPlacement

        begin(AreaPlacement, act, dt.date(2020, 1, 1), area=area, parent=cast.district_area)
    unit = founded(cast, parent=cast.district, kind="grassroots_party_organisation", serves=[area])
    assert unit.code == "03163"


def test_the_grammar_says_what_may_stand_where_and_when(cast):
    told = refused(founded, cast, parent=cast.district, kind="cell", code="grammar", field="kind")
    assert "grassroots party organisation" in str(told) or "đảng bộ cơ sở" in str(told)
    refused(founded, cast, parent=cast.district, kind="organisation_committee", code="only_one")
    late = {"parent": cast.province, "kind": "district_party_organisation", "name_vi": "Huyện"}
    refused(
        found,
        actor=cast.account("provincial_officer"),
        day=dt.date(2025, 7, 1),
        document=paper(),
        code="grammar",
        **late,
    )


def test_a_cell_takes_three_full_members(cast):
    members = [cast.member, cast.veteran]
    told = refused(founded, cast, status="active", members=members, code="too_small", field="members")
    assert told.citation
    members.append(cast.teacher)
    unit = founded(cast, status="active", members=members)
    places = MembershipPlace.objects.on(DAY).filter(unit=unit)
    assert {place.person_id for place in places} == {person.pk for person in members}
    assert {place.begun_by.kind for place in places} == {"transferred"}
    assert MembershipPlace.objects.on(DAY).filter(unit=cast.cell).count() == 4


def test_first_members_come_from_under_the_same_body(cast):
    members = [cast.other_member, cast.member, cast.veteran]
    told = refused(founded, cast, status="active", members=members, field="members")
    assert f"#{cast.other_member.pk}" in str(told)


def test_only_who_has_the_power_founds(cast):
    plan = {"parent": cast.commune, "kind": "cell", "name_vi": "Chi bộ", "status": "forming"}
    for somebody in ("cell_secretary", "other_officer", "member", "administrator", None):
        with pytest.raises(NotAllowed):
            found(actor=cast.account(somebody), day=DAY, document=paper(), **plan)
    assert found(actor=cast.account("commune_secretary"), day=DAY, document=paper(), **plan)


def test_a_proposal_is_sent_back_completed_and_enacted_with_its_vote(cast):
    actor = cast.account("district_officer")
    case = founding.propose(
        actor=actor, day=DAY, parent=cast.commune, kind="cell", name_vi="Chi bộ", status="forming"
    )
    founding.send_back(case, actor=actor, day=DAY, remark="Thiếu tên tiếng Anh")
    with pytest.raises(WrongState):
        founding.enact(case, actor=actor, day=DAY, document=paper())
    founding.complete(
        case,
        actor=actor,
        day=DAY,
        parent=cast.commune,
        kind="cell",
        name_vi="Chi bộ",
        name_en="Cell",
        status="forming",
    )
    refused(
        founding.enact, case, actor=actor, day=DAY, document=paper(), protocol=votes(9, 4), field="protocol"
    )
    founding.enact(case, actor=actor, day=DAY, document=paper(), protocol=votes(9, 5))
    assert case.state == "enacted"
    assert case.protocols.get().rule.startswith("votes.simple@")
    assert case.unit.code == "03127.91"


def test_a_body_is_renamed_in_several_languages_from_a_day(cast):
    rename(
        actor=cast.account("commune_secretary"),
        day=DAY,
        unit=cast.cell,
        document=paper("5-QĐ/ĐU"),
        name_vi="Chi bộ tổ 1",
        name_en="Cell 1",
    )
    assert names_of([cast.cell], DAY, language="vi")[cast.cell.pk] == "Chi bộ tổ 1"
    assert names_of([cast.cell], DAY, language="en")[cast.cell.pk] == "Cell 1"
    assert (
        names_of([cast.cell], DAY - dt.timedelta(days=1), language="en")[cast.cell.pk]
        == "Chi bộ bản Noong Bua"
    )
    refused(
        rename,
        actor=cast.account("district_officer"),
        day=DAY,
        unit=cast.cell,
        document=paper("6-QĐ/ĐU"),
        name_vi="Chi bộ tổ 1",
        field="name_vi",
    )


def test_a_moved_body_takes_everything_under_it_along(cast):
    before = horizon()
    move(
        actor=cast.account("provincial_officer"),
        day=DAY,
        unit=cast.commune,
        parent=cast.other_district,
        document=paper("7-QĐ/TU"),
    )
    assert check_lineage() == []
    assert Unit.objects.under(cast.other_district, DAY).filter(pk=cast.cell.pk).exists()
    assert Unit.objects.under(cast.district, DAY - dt.timedelta(days=1)).filter(pk=cast.cell.pk).exists()
    assert Unit.objects.under(cast.district, DAY, known_at=before).filter(pk=cast.cell.pk).exists()
    place = MembershipPlace.objects.on(DAY).get(person=cast.member)
    assert (place.unit, place.ended_by) == (cast.cell, None)


def test_no_body_stands_below_itself(cast):
    actor = cast.account("national_officer")
    refused(
        moving.propose,
        actor=actor,
        day=DAY,
        unit=cast.district,
        parent=cast.commune,
        code="circle",
        field="parent",
    )
    refused(moving.propose, actor=actor, day=DAY, unit=cast.cell, parent=cast.commune, code="already_there")
    refused(moving.propose, actor=actor, day=DAY, unit=cast.cell, parent=cast.district, code="grammar")


def test_a_district_moves_nothing_into_another_district(cast):
    plan = {"unit": cast.cell, "parent": cast.other_commune, "document": paper()}
    with pytest.raises(NotAllowed):
        move(actor=cast.account("district_officer"), day=DAY, **plan)
    move(actor=cast.account("provincial_officer"), day=DAY, **plan)
    assert UnitPlacement.objects.on(DAY).get(unit=cast.cell).parent == cast.other_commune


def test_nothing_is_ended_while_something_would_be_left_without_a_home(cast):
    admission.open_admission(
        actor=cast.account("cell_secretary"), day=dt.date(2024, 1, 8), person=cast.applicant, unit=cast.cell
    )
    told = refused(
        end_body,
        actor=cast.account("district_officer"),
        day=DAY,
        unit=cast.cell,
        successor=cast.small_cell,
        document=paper(),
        error=RegisterIncomplete,
    )
    assert dict(told.left) == {"members": 7, "cases": 1, "posts": 1, "places": 1}
    assert "members (7)" in str(told)
    assert UnitPlacement.objects.get(unit=cast.cell).valid_to is None
    assert dict(left_by(cast.commune, DAY)) == {"bodies": 3, "posts": 1, "places": 1}


def test_an_ended_body_has_a_custodian(cast):
    unit = founded(cast)
    actor = cast.account("district_officer")
    later = dt.date(2024, 6, 1)
    refused(end_body, actor=actor, day=later, unit=unit, document=paper("81-QĐ/ThU"), code="no_custodian")
    end_body(actor=actor, day=later, unit=unit, custodian=cast.commune, document=paper("81-QĐ/ThU"))
    assert UnitPlacement.objects.get(unit=unit).valid_to == later
    assert UnitName.objects.get(unit=unit).valid_to == later
    assert UnitCustody.objects.get(unit=unit).custodian == cast.commune
    assert not UnitSuccession.objects.exists()
    assert check_lineage() == []
    told = refused(
        rename, actor=actor, day=later, unit=unit, document=paper("82-QĐ/ThU"), name_vi="X", code="ended"
    )
    assert "1 Jun 2024" in str(told)


def test_merged_cells_bring_members_cases_and_places_along(cast):
    case = admission.open_admission(
        actor=cast.account("first_of_small"),
        day=dt.date(2024, 1, 8),
        person=cast.applicant,
        unit=cast.small_cell,
    )
    merge_cells(
        actor=cast.account("district_officer"),
        day=DAY,
        unit=cast.small_cell,
        into=cast.cell,
        document=paper(),
    )
    places = MembershipPlace.objects.on(DAY).filter(unit=cast.cell)
    assert places.count() == 10
    assert places.filter(begun_by__kind="merged").count() == 3
    case.refresh_from_db()
    assert (case.unit, case.data["cell"], case.state) == (cast.cell, cast.cell.pk, "applied")
    assert UnitService.objects.on(DAY).filter(unit=cast.cell).count() == 2
    assert UnitSuccession.objects.get(predecessor=cast.small_cell).kind == "absorbed"
    assert not Appointment.objects.on(DAY).filter(post__unit=cast.small_cell).exists()
    assert left_by(cast.small_cell, DAY) == []


def test_a_grassroots_cell_of_thirty_becomes_an_organisation(cast):
    actor = cast.account("district_officer")
    plan = {"unit": cast.firm_cell, "kind": "grassroots_party_organisation", "document": paper()}
    with pytest.raises(RegisterIncomplete) as told:
        change_unit_kind(actor=actor, day=DAY, **plan)
    assert told.value.left == [("members", 3)]
    change_unit_kind(actor=actor, day=DAY, unit=cast.youth_union, kind="trade_union", document=paper())
    assert UnitForm.objects.on(DAY).get(unit=cast.youth_union).kind == "trade_union"


def test_the_root_neither_ends_nor_changes_its_kind(cast):
    actor = cast.account("national_officer")
    with pytest.raises(Refusal):
        end_body(actor=actor, day=DAY, unit=cast.root, custodian=cast.province, document=paper())
    with pytest.raises(Refusal):
        change_unit_kind(actor=actor, day=DAY, unit=cast.root, kind="cell", document=paper())


def test_an_empty_cell_ends_once_everybody_is_gone(cast):
    with writing(door="test") as act:
        why = Cause.objects.create(kind="died")
        for key in ("first_of_firm", "second_of_firm", "third_of_firm"):
            end(
                MembershipPlace,
                act,
                {"person": getattr(cast, key), "kind": "official"},
                dt.date(2024, 3, 1),
                cause=why,
            )
        end(
            Appointment,
            act,
            {"post": cast.posts["first_of_firm"], "acting": False},
            dt.date(2024, 3, 1),
            cause=why,
        )
    told = refused(
        end_body,
        actor=cast.account("district_officer"),
        day=DAY,
        unit=cast.firm_cell,
        custodian=cast.district,
        document=paper(),
        error=RegisterIncomplete,
    )
    assert told.left == [("places", 1)]
    assert Person.objects.exists()
