"""Members pass from cell to cell, out of the register and in from outside; both sides confirm."""

import datetime as dt

from orgwork.foundation import journal
from orgwork.foundation.refusals import NotAllowed
from orgwork.procedures import transfer
from orgwork.registers.members import Membership, MembershipPlace, MembershipStanding
from orgwork.registers.units import Unit
from tests.procedures.told import refused

ANNOUNCED = dt.date(2024, 3, 4)
LETTER = dt.date(2024, 3, 5)
ARRIVED = dt.date(2024, 3, 20)


def announced(cast, **plan):
    plan = {"person": cast.member, "target": cast.other_cell} | plan
    return transfer.open_transfer(actor=cast.account("cell_secretary"), day=ANNOUNCED, **plan)


def sent(cast, **plan):
    case = announced(cast, **plan)
    letter = {"symbol": "12-GT/ĐU", "issuer": cast.commune}
    return transfer.send(case, actor=cast.account("cell_secretary"), day=LETTER, document=letter)


def test_the_place_changes_on_the_day_the_new_cell_confirms(cast):
    case = sent(cast)
    assert case.unit == cast.other_cell
    transfer.receive(case, actor=cast.account("other_secretary"), day=ARRIVED)
    before, after = MembershipPlace.objects.filter(person=cast.member).order_by("valid_from")
    assert (before.unit, before.valid_to) == (cast.cell, ARRIVED)
    assert (after.unit, after.valid_from, after.valid_to) == (cast.other_cell, ARRIVED, None)
    assert before.ended_by == after.begun_by
    assert (after.begun_by.kind, after.begun_by.document.symbol) == ("transferred", "12-GT/ĐU")
    assert Membership.objects.get(person=cast.member).valid_to is None
    assert case.state == "received"
    content = journal.history("person", cast.member.pk).first().content
    assert (content["from"], content["to"], content["late"]) == ("03127.01", "03160.01", False)


def test_only_the_new_cell_confirms(cast):
    case = sent(cast)
    for somebody in ("cell_secretary", "commune_secretary", "district_officer", "outsider"):
        refused(transfer.receive, case, actor=cast.account(somebody), day=ARRIVED, error=NotAllowed)
    assert transfer.receive(case, actor=cast.account("provincial_officer"), day=ARRIVED)


def test_letters_run_for_thirty_and_sixty_working_days(cast):
    case = sent(cast)
    dues = dict(case.deadlines.values_list("kind", "due"))
    assert dues["presentation"] == dt.date(2024, 4, 16)  # Hùng Kings' day, 18 April, lies after it
    assert dues["completion"] > dt.date(2024, 5, 28)
    assert not transfer.overdue(dt.date(2024, 4, 16)).exists()
    assert transfer.overdue(dt.date(2024, 4, 17)).get().kind == "presentation"
    assert transfer.overdue(dt.date(2024, 7, 1), [cast.other_cell.pk]).count() == 2
    assert not transfer.overdue(dt.date(2024, 7, 1), [cast.cell.pk]).exists()
    transfer.receive(case, actor=cast.account("other_secretary"), day=dt.date(2024, 7, 2))
    assert transfer.overdue(dt.date(2024, 7, 1)).count() == 2  # it was so on that day
    assert not transfer.overdue(dt.date(2024, 7, 5)).exists()
    assert journal.history("person", cast.member.pk).first().content["late"] is True


def test_a_place_outside_is_named_in_words_and_confirmed_by_its_paper(cast):
    case = sent(cast, target=None, outside="Chi bộ 5, Đảng bộ phường Hàng Bông, Hà Nội")
    actor = cast.account("cell_secretary")
    refused(transfer.receive, case, actor=actor, day=ARRIVED)
    refused(transfer.confirm_outside, case, actor=actor, day=ARRIVED, field="document")
    paper = {"symbol": "77-GT/ĐU", "issuer_name": "Đảng ủy phường Hàng Bông"}
    transfer.confirm_outside(case, actor=actor, day=ARRIVED, document=paper)
    place = MembershipPlace.objects.get(person=cast.member)
    assert (place.valid_to, place.ended_by.kind) == (ARRIVED, "transferred_out")
    assert Membership.objects.get(person=cast.member).valid_to == ARRIVED
    assert case.state == "left"


def test_one_place_is_named_not_two_nor_none(cast):
    refused(announced, cast, target=None, field="target")
    refused(announced, cast, outside="Hà Nội", field="target")
    refused(announced, cast, target=cast.cell, field="target", code="already_there")
    refused(announced, cast, target=cast.other_commune, field="target", code="not_a_cell")
    refused(announced, cast, person=cast.applicant, field="person", code="not_a_member")


def test_nobody_is_transferred_twice_at_once(cast):
    announced(cast)
    refused(announced, cast, target=cast.small_cell, code="case_open")


def test_the_new_cell_sends_a_letter_back(cast):
    case = sent(cast)
    refused(transfer.send_back, case, actor=cast.account("other_secretary"), day=ARRIVED, field="remark")
    transfer.send_back(case, actor=cast.account("other_secretary"), day=ARRIVED, remark="Thiếu con dấu")
    assert (case.state, case.unit) == ("announced", cast.cell)
    letter = {"symbol": "13-GT/ĐU", "issuer": cast.commune}
    transfer.send(case, actor=cast.account("cell_secretary"), day=dt.date(2024, 3, 25), document=letter)
    assert case.deadlines.filter(met_on__isnull=True).count() == 2
    refused(transfer.receive, case, actor=cast.account("other_secretary"), day=ARRIVED, field="day")


def test_an_open_recognition_goes_along(cast):
    from orgwork.procedures import recognition

    actor = cast.account("cell_secretary")
    recognised = recognition.open_recognition(actor=actor, day=ANNOUNCED, person=cast.probationary)
    case = sent(cast, person=cast.probationary)
    transfer.receive(case, actor=cast.account("other_secretary"), day=ARRIVED)
    recognised.refresh_from_db()
    assert (recognised.unit, recognised.data["cell"]) == (cast.other_cell, cast.other_cell.pk)
    assert recognised.data["due"] == "2024-09-01"


def test_who_comes_from_outside_keeps_the_day_of_admission(cast):
    case = transfer.open_arrival(
        actor=cast.account("other_secretary"),
        day=ANNOUNCED,
        person=cast.outsider,
        unit=cast.other_cell,
        origin="Chi bộ 3, Lai Châu",
        admitted=dt.date(2018, 2, 3),
        recognised=dt.date(2019, 2, 3),
    )
    letter = {"symbol": "5-GT/HU", "issuer_name": "Huyện ủy Phong Thổ"}
    transfer.receive_arrival(case, actor=cast.account("other_secretary"), day=ARRIVED, document=letter)
    assert Membership.objects.get(person=cast.outsider).valid_from == dt.date(2018, 2, 3)
    place = MembershipPlace.objects.get(person=cast.outsider)
    assert (place.valid_from, place.begun_by.kind) == (ARRIVED, "transferred_in")
    assert MembershipStanding.objects.on(ARRIVED).get(person=cast.outsider).standing == "full"


def test_who_left_the_register_and_comes_back_goes_on_with_the_same_membership(cast):
    case = sent(cast, target=None, outside="Hà Nội")
    paper = {"symbol": "77-GT/ĐU", "issuer_name": "Hàng Bông"}
    transfer.confirm_outside(case, actor=cast.account("cell_secretary"), day=ARRIVED, document=paper)
    back = dt.date(2024, 9, 2)
    case = transfer.open_arrival(
        actor=cast.account("cell_secretary"),
        day=back,
        person=cast.member,
        unit=cast.cell,
        origin="Hà Nội",
        admitted=dt.date(2015, 5, 19),
        recognised=dt.date(2016, 5, 19),
    )
    letter = {"symbol": "78-GT/ĐU", "issuer_name": "Hàng Bông"}
    transfer.receive_arrival(case, actor=cast.account("cell_secretary"), day=back, document=letter)
    before, after = Membership.objects.filter(person=cast.member).order_by("valid_from")
    assert before.spell == after.spell
    assert after.valid_from == back


def test_a_whole_cell_goes_in_one_act(cast):
    transfer.transfer_cell(
        actor=cast.account("provincial_officer"),
        day=ARRIVED,
        unit=cast.cell,
        parent=cast.other_commune,
        document={"symbol": "9-QĐ/TU"},
    )
    assert Unit.objects.under(cast.other_district, ARRIVED).filter(pk=cast.cell.pk).exists()
    assert MembershipPlace.objects.on(ARRIVED).filter(unit=cast.cell).count() == 7


def test_who_left_the_party_does_not_come_back_by_a_letter(cast):
    from orgwork.procedures import leaving

    leaving.record_death(actor=cast.account("district_officer"), day=ANNOUNCED, person=cast.veteran)
    refused(
        transfer.open_arrival,
        actor=cast.account("other_secretary"),
        day=ARRIVED,
        person=cast.veteran,
        unit=cast.other_cell,
        origin="Hà Nội",
        admitted=dt.date(1975, 1, 1),
        code="not_a_member",
    )
