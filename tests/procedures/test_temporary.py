"""Members take part elsewhere for a time, are counted at home, and come back by themselves."""

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from orgwork.foundation.dates import DAY
from orgwork.foundation.refusals import NotAllowed, Refusal
from orgwork.foundation.workdays import add_months
from orgwork.insight import frame
from orgwork.procedures import due, guests, leaving, temporary, transfer
from orgwork.registers.members import MembershipCondition, MembershipPlace
from orgwork.registers.rules import check
from tests.procedures.told import refused

ANNOUNCED = dt.date(2023, 3, 6)
LETTER = dt.date(2023, 3, 7)
ARRIVED = dt.date(2023, 3, 20)
UNTIL = dt.date(2023, 11, 30)
AFTER = UNTIL + DAY


def announced(cast, **plan):
    plan = {"person": cast.member, "target": cast.other_cell, "purpose": "work", "until": UNTIL} | plan
    return temporary.open_temporary(actor=cast.account("cell_secretary"), day=ANNOUNCED, **plan)


def sent(cast, **plan):
    case = announced(cast, **plan)
    letter = {"symbol": "12-GT/ĐU", "issuer": cast.commune}
    return temporary.send(case, actor=cast.account("cell_secretary"), day=LETTER, document=letter)


def there(cast, **plan):
    case = sent(cast, **plan)
    return temporary.receive(case, actor=cast.account("other_secretary"), day=ARRIVED)


def paper(number=31, day=ARRIVED):
    return {"symbol": f"{number}-QĐ/ĐU", "day": day}


def stock(code, unit, day):
    return frame.compute(code, unit.code, on=day).value


def test_the_official_place_stays_and_alone_is_counted(cast):
    before = {unit: stock("members.stock", unit, ARRIVED) for unit in (cast.cell, cast.other_cell)}
    there(cast)
    assert {unit: stock("members.stock", unit, ARRIVED) for unit in before} == before
    assert stock("members.temporary", cast.other_cell, ARRIVED) == 1
    assert stock("members.elsewhere", cast.cell, ARRIVED) == 1
    assert stock("members.elsewhere", cast.cell, ARRIVED - DAY) == 0
    assert stock("members.persons", cast.other_cell, ARRIVED) == before[cast.other_cell] + 1
    # Under a body that holds both cells whoever has two places counts once.
    assert stock("members.persons", cast.province, ARRIVED) == stock("members.stock", cast.province, ARRIVED)


def test_it_ends_by_itself_and_its_case_is_closed_on_the_day(cast):
    case = there(cast)
    assert stock("members.temporary", cast.other_cell, UNTIL) == 1
    assert stock("members.temporary", cast.other_cell, AFTER) == 0
    assert due.run(UNTIL)["temporary_places"] == 0
    assert due.run(AFTER)["temporary_places"] == 1
    case.refresh_from_db()
    assert (case.state, case.closed_on) == ("returned", AFTER)
    assert due.run(AFTER)["temporary_places"] == 0


def test_who_returns_sooner_is_at_home_from_that_day(cast):
    case = there(cast)
    back = dt.date(2023, 6, 1)
    refused(temporary.expire, case, actor=cast.account("cell_secretary"), day=back, code="not_due")
    temporary.come_back(case, actor=cast.account("cell_secretary"), day=back)
    row = MembershipPlace.objects.get(person=cast.member, kind="temporary")
    assert (row.valid_from, row.valid_to, row.ended_by.kind) == (ARRIVED, back, "returned")
    assert case.state == "returned"


def test_lengths_are_those_of_the_purpose(cast):
    for until, code in ((dt.date(2023, 5, 1), "too_short"), (dt.date(2024, 3, 5), "too_long")):
        refused(announced, cast, until=until, field="until", code=code)
    assert announced(cast, until=dt.date(2024, 3, 5), purpose="study")


@given(
    start=st.dates(dt.date(2012, 1, 1), dt.date(2026, 1, 1)),
    days=st.integers(0, 900),
    purpose=st.sampled_from(["work", "study"]),
)
def test_a_length_is_accepted_exactly_within_its_months(start, days, purpose):
    until = start + dt.timedelta(days=days)
    below = 25 if purpose == "study" else 12
    fits = add_months(start, 3) <= until + DAY < add_months(start, below)
    try:
        temporary.refuse_length(start, until, purpose)
    except Refusal:
        assert not fits
    else:
        assert fits


def test_an_extension_goes_on_within_the_longest_time(cast):
    case = there(cast)
    actor = cast.account("cell_secretary")
    day = dt.date(2023, 11, 1)
    said = {"actor": actor, "day": day, "document": paper(day=day)}
    refused(temporary.extend, case, until=UNTIL, code="not_later", **said)
    refused(temporary.extend, case, until=dt.date(2024, 3, 19), code="too_long", field="until", **said)
    temporary.extend(case, until=dt.date(2024, 1, 31), **said)
    rows = MembershipPlace.objects.filter(person=cast.member, kind="temporary").order_by("valid_from")
    assert [(row.valid_from, row.valid_to) for row in rows] == [
        (ARRIVED, AFTER),
        (AFTER, dt.date(2024, 2, 1)),
    ]
    assert len({row.spell for row in rows}) == 1
    assert rows[0].ended_by is None and rows[1].begun_by is None
    assert due.run(dt.date(2024, 1, 31))["temporary_places"] == 0
    refused(temporary.extend, case, until=dt.date(2024, 3, 1), actor=actor, day=dt.date(2024, 2, 1),
            document=paper(32, dt.date(2024, 2, 1)), code="ended")  # fmt: skip


def test_a_place_outside_the_register_is_a_condition(cast):
    case = sent(cast, target=None, outside="Chi bộ 5, Hà Nội")
    actor = cast.account("cell_secretary")
    refused(temporary.receive, case, actor=actor, day=ARRIVED)
    temporary.confirm_outside(
        case, actor=actor, day=ARRIVED, document={"symbol": "7-GT/ĐU", "issuer_name": "Hàng Bông"}
    )
    row = MembershipCondition.objects.get(person=cast.member)
    assert (row.kind, row.valid_from, row.valid_to) == ("away", ARRIVED, AFTER)
    assert stock("members.elsewhere", cast.cell, ARRIVED) == 1
    assert due.run(AFTER)["temporary_places"] == 1
    case.refresh_from_db()
    assert case.state == "returned"


def test_only_the_cell_for_that_time_confirms_and_it_is_another_one(cast):
    refused(announced, cast, target=cast.cell, field="target", code="already_there")
    refused(announced, cast, target=None, field="target")
    refused(announced, cast, person=cast.outsider, field="person", code="not_a_member")
    case = sent(cast)
    refused(announced, cast, target=cast.small_cell, code="case_open")
    refused(temporary.receive, case, actor=cast.account("cell_secretary"), day=ARRIVED, error=NotAllowed)
    refused(temporary.receive, case, actor=cast.account("other_secretary"), day=LETTER - DAY, field="day")
    temporary.send_back(case, actor=cast.account("other_secretary"), day=ARRIVED, remark="Thiếu con dấu")
    assert (case.state, case.unit) == ("announced", cast.cell)


def test_who_is_transferred_to_the_same_cell_has_one_place_there(cast):
    case = there(cast)
    moved = transfer.open_transfer(
        actor=cast.account("cell_secretary"), day=dt.date(2023, 5, 2), person=cast.member,
        target=cast.other_cell,
    )  # fmt: skip
    letter = {"symbol": "40-GT/ĐU", "issuer": cast.commune}
    transfer.send(moved, actor=cast.account("cell_secretary"), day=dt.date(2023, 5, 3), document=letter)
    transfer.receive(moved, actor=cast.account("other_secretary"), day=dt.date(2023, 5, 10))
    assert due.run(dt.date(2023, 5, 10))["temporary_places"] == 1
    case.refresh_from_db()
    assert case.state == "returned"
    assert not check(day=dt.date(2023, 5, 10), rules=["temporary_place_at_home"])


def test_death_ends_it_and_withdraws_its_case(cast):
    case = there(cast)
    leaving.record_death(actor=cast.account("district_officer"), day=dt.date(2023, 5, 2), person=cast.member)
    case.refresh_from_db()
    assert case.state == "withdrawn"
    assert MembershipPlace.objects.get(person=cast.member, kind="temporary").ended_by.kind == "died"
    assert due.run(AFTER)["temporary_places"] == 0


def test_a_guest_from_outside_takes_part_and_is_counted_nowhere_here(cast):
    """By a letter of introduction, for a time; ended by itself, or when the guest comes for good."""
    actor = cast.account("cell_secretary")
    before = stock("members.stock", cast.province, ARRIVED)
    said = {
        "person": cast.outsider, "unit": cast.cell, "origin": "Đảng bộ Hà Nội", "purpose": "work",
        "until": UNTIL,
    }  # fmt: skip

    def letter(**changed):
        return guests.open_guest(actor=actor, day=LETTER, **{**said, "issued": LETTER - DAY, **changed})

    refused(letter, issued=LETTER - 60 * DAY, code="letter_void")
    refused(letter, person=cast.member, code="member_already")
    refused(letter, until=LETTER + 20 * DAY, code="too_short")
    case = letter()
    paper_of = {"symbol": "31-GT/ĐU", "day": LETTER - DAY, "issuer_name": "Đảng ủy X"}
    guests.receive(case, actor=actor, day=ARRIVED, document=paper_of)
    assert stock("members.stock", cast.province, ARRIVED) == before
    assert stock("members.temporary", cast.cell, ARRIVED) == 1
    assert not check(day=ARRIVED, rules=["place_without_membership"])
    decided = {"symbol": "32-CV/ĐU", "day": ARRIVED}
    guests.extend(case, actor=actor, day=ARRIVED + DAY, until=UNTIL + DAY, document=decided)
    assert due.run(UNTIL + DAY)["guests"] == 0
    assert due.run(UNTIL + 2 * DAY)["guests"] == 1
    case.refresh_from_db()
    assert (case.state, guests.row_of(case, UNTIL + 2 * DAY)) == ("returned", None)
    # Another letter; then the guest is taken up for good.
    day = dt.date(2024, 1, 8)
    again = guests.open_guest(actor=actor, day=day, **{**said, "issued": day, "until": dt.date(2024, 9, 30)})
    guests.receive(again, actor=actor, day=day, document={**paper_of, "symbol": "2-GT/ĐU", "day": day})
    guested = stock("members.stock", cast.province, day)
    comes = {"person": cast.outsider, "unit": cast.cell, "origin": "Hà Nội", "admitted": dt.date(2015, 1, 1)}
    arrival = transfer.open_arrival(actor=actor, day=day + DAY, **comes)
    transfer.receive_arrival(
        arrival, actor=actor, day=day + 2 * DAY, document={**paper_of, "symbol": "3-GT/ĐU"}
    )
    assert stock("members.stock", cast.province, day + 2 * DAY) == guested + 1
    assert stock("members.temporary", cast.cell, day + 2 * DAY) == 0
    due.run(day + 2 * DAY)
    again.refresh_from_db()
    assert again.state == "returned"
