"""Cards: issued, exchanged, lost, withdrawn, and printed in runs; the number stays through all of it."""

import datetime as dt

import pytest

from orgwork.foundation.moments import writing
from orgwork.procedures import cards
from orgwork.procedures.cards import CardPrint, card_run
from orgwork.procedures.leaving import record_death
from orgwork.procedures.members import end_membership
from orgwork.registers.members import MemberCard
from orgwork.registers.record import Cause
from tests.procedures.told import refused
from tests.threads import at_once

DAY = dt.date(2024, 3, 4)
LATER = dt.date(2024, 4, 2)


def officer(cast):
    return cast.account("district_officer")


def issue(cast, person, day=DAY, **more):
    paper = cast.words(f"{1000 * day.month + person.pk % 1000}-QĐ/{day.month}", day=day)
    return cards.issue(actor=officer(cast), day=day, person=person, document=paper, **more)


def held(person):
    rows = MemberCard.objects.filter(person=person).order_by("valid_from")
    return [(row.number, row.copy, row.valid_from, row.valid_to) for row in rows]


def test_numbers_run_by_the_organisation_under_the_centre(cast):
    first, second = issue(cast, cast.member), issue(cast, cast.teacher)
    assert (first.number, first.copy, second.number) == ("11000001", 1, "11000002")
    assert first.begun_by.kind == "issued"
    issue(cast, cast.veteran, number="11000777")
    assert issue(cast, cast.introducer).number == "11000778"
    refused(issue, cast, cast.second_introducer, number="11000777", field="number", code="number_taken")


def test_only_full_members_have_cards_and_one_at_a_time(cast):
    refused(issue, cast, cast.probationary, field="person", code="not_full")
    issue(cast, cast.member)
    refused(issue, cast, cast.member, day=LATER)


def test_a_lost_card_is_void_and_the_number_stays(cast):
    issue(cast, cast.member)
    cards.report_lost(
        actor=cast.account("cell_secretary"), day=LATER, person=cast.member, reason="In the flood"
    )
    refused(
        cards.report_lost, actor=officer(cast), day=LATER, person=cast.teacher, reason="x", code="no_card"
    )
    refused(issue, cast, cast.member, day=LATER, number="11000009", code="number_stays")
    issue(cast, cast.member, day=LATER)
    assert held(cast.member) == [("11000001", 1, DAY, LATER), ("11000001", 2, LATER, None)]
    first = MemberCard.objects.filter(person=cast.member).earliest("valid_from")
    assert (first.ended_by.kind, first.ended_by.text) == ("lost", "In the flood")


def test_an_exchanged_card_is_the_next_copy(cast):
    issue(cast, cast.member)
    paper = cast.words("9-QĐ/ThU", day=LATER)
    cards.exchange(actor=officer(cast), day=LATER, person=cast.member, why="damaged", document=paper)
    assert held(cast.member) == [("11000001", 1, DAY, LATER), ("11000001", 2, LATER, None)]


def left(cast, person, day, kind="left"):
    """Somebody's membership ends, and the card with it."""
    with writing(door="test") as act:
        end_membership(act, person, day, cause=Cause.objects.create(kind=kind))


def test_whoever_has_left_gives_the_card_back(cast):
    issue(cast, cast.member)
    issue(cast, cast.teacher)
    left(cast, cast.member, LATER)
    left(cast, cast.teacher, LATER, kind="died")  # the family may keep it
    back = dt.date(2024, 5, 2)
    assert cards.to_take_back(LATER).get().person == cast.member
    here = cards.of_body(cards.to_take_back(LATER), [cast.cell.pk], LATER)
    assert here.get().person == cast.member
    assert not cards.of_body(cards.to_take_back(LATER), [cast.small_cell.pk], LATER).exists()
    cards.withdraw_card(actor=officer(cast), day=back, person=cast.member, why="left")
    assert not cards.to_take_back(back).exists()
    row = MemberCard.objects.get(person=cast.member)
    assert (row.valid_to, row.ended_by.kind) == (LATER, "withdrawn")


def test_a_card_is_withdrawn_from_a_member_too(cast):
    issue(cast, cast.member)
    cards.withdraw_card(actor=officer(cast), day=LATER, person=cast.member, why="invalid")
    assert held(cast.member) == [("11000001", 1, DAY, LATER)]


def run(cast, purpose="first", day=DAY, unit=None, **more):
    unit = unit or cast.cell
    return card_run.opening.call(actor=officer(cast), day=day, unit=unit, purpose=purpose, **more)


def step(cast, case, name, day=DAY, **given):
    return card_run.steps[name].call(case, actor=officer(cast), day=day, **given)


def test_a_run_prints_cards_for_all_who_wait(cast):
    issue(cast, cast.veteran)
    case = run(cast)
    refused(run, cast, field="unit", code="nobody_waits")  # they are all in that run
    step(cast, case, "print_cards", first=501)
    rows = list(cards.sheets(case))
    # Everybody of the cell but the one on probation and the one who has a card; by name.
    assert len(rows) == 5
    assert [row.counterfoil for row in rows] == [501, 502, 503, 504, 505]
    assert len({row.number for row in rows}) == 5 and "11000001" not in {row.number for row in rows}
    assert not MemberCard.objects.filter(person=cast.member).exists()
    step(cast, case, "spoil", person=cast.member, reason="Ink")
    struck = CardPrint.objects.get(spoilt_on=DAY)
    anew = CardPrint.objects.get(person=cast.member, spoilt_on=None)
    assert (anew.number, anew.counterfoil) == (struck.number, 506)
    refused(step, cast, case, "spoil", person=cast.veteran, reason="x", code="not_in_this_run")
    record_death(actor=officer(cast), day=LATER, person=cast.teacher)
    step(cast, case, "hand_out", day=LATER, document=cast.words("11-QĐ/ThU", day=LATER))
    assert case.state == "handed_out"
    assert held(cast.member) == [(struck.number, 1, LATER, None)]
    assert not held(cast.teacher)
    assert MemberCard.objects.count() == 5


def test_a_run_for_lost_cards_and_one_for_exchange(cast):
    issue(cast, cast.member)
    issue(cast, cast.teacher)
    cards.report_lost(actor=officer(cast), day=LATER, person=cast.member, reason="Gone")
    case = run(cast, "reissue", day=LATER)
    step(cast, case, "print_cards", day=LATER)
    step(cast, case, "hand_out", day=LATER, document=cast.words("12-QĐ/ThU", day=LATER))
    assert held(cast.member)[-1] == ("11000001", 2, LATER, None)
    may = dt.date(2024, 5, 6)
    case = run(cast, "exchange", day=may)
    step(cast, case, "print_cards", day=may)
    assert {(row.number, row.copy) for row in cards.sheets(case)} == {("11000001", 3), ("11000002", 2)}
    step(cast, case, "hand_out", day=may, document=cast.words("13-QĐ/ThU", day=may))
    assert held(cast.member)[-1] == ("11000001", 3, may, None)
    assert held(cast.teacher)[-1] == ("11000002", 2, may, None)


def test_a_run_may_be_for_some_only_and_be_withdrawn(cast):
    case = run(cast, people=[cast.member])
    refused(run, cast, people=[cast.member], field="people", code="not_waiting")
    refused(run, cast, people=[cast.other_member], field="people", code="not_waiting")
    step(cast, case, "print_cards")
    number = cards.sheets(case).get().number
    cards.withdraw(case, actor=officer(cast), day=DAY)
    # A number that was drawn is never drawn again.
    other = run(cast, people=[cast.member])
    step(cast, other, "print_cards")
    assert cards.sheets(other).get().number > number


@pytest.mark.postgres
def test_two_runs_at_once_draw_no_number_twice(live_cast):
    cases = [run(live_cast, unit=unit) for unit in (live_cast.cell, live_cast.small_cell)]
    at_once(lambda number: step(live_cast, cases[number], "print_cards"), 2)
    numbers = list(CardPrint.objects.values_list("number", flat=True))
    assert len(numbers) == len(set(numbers)) == 9
