"""Letters of introduction: numbered by body, void after their day, and all of them in the book."""

import datetime as dt

import pytest

from orgwork.foundation.moments import writing
from orgwork.procedures import letters, temporary, transfer
from orgwork.procedures.numbering import register_paper
from orgwork.registers.documents import Document
from tests.procedures.test_transfer import ANNOUNCED, ARRIVED, LETTER, announced
from tests.threads import at_once

LATE = dt.date(2024, 6, 3)


def send(cast, case=None, day=LETTER, **plan):
    case = case or announced(cast, **plan)
    return transfer.send(case, actor=cast.account("cell_secretary"), day=day)


def book(cast, day=ARRIVED):
    return letters.book(letters.issued([cast.commune.pk]).order_by("pk"), day)


def test_a_letter_takes_the_next_number_of_its_body(cast):
    case = send(cast)
    letter = case.steps.get(step="send").document
    assert (letter.symbol, letter.issuer, letter.day) == ("01-GT/ĐU", cast.commune, LETTER)
    with writing(door="test") as act:
        register_paper(act, day=LETTER, issuer=cast.commune, kind=letters.KIND, number=17)
    other = send(cast, person=cast.teacher)
    assert other.steps.get(step="send").document.number == 18
    next_year = transfer.open_transfer(
        actor=cast.account("cell_secretary"),
        day=dt.date(2025, 1, 6),
        person=cast.veteran,
        target=cast.small_cell,
    )
    send(cast, next_year, day=dt.date(2025, 1, 7))
    assert next_year.steps.get(step="send").document.symbol == "01-GT/ĐU"


def test_a_grassroots_cell_issues_its_own_letters(cast):
    case = transfer.open_transfer(
        actor=cast.account("first_of_firm"), day=ANNOUNCED, person=cast.third_of_firm, target=cast.cell
    )
    transfer.send(case, actor=cast.account("first_of_firm"), day=LETTER)
    letter = case.steps.get(step="send").document
    assert (letter.symbol, letter.issuer) == ("01-GT/CB", cast.firm_cell)


def test_the_counterfoil_says_what_became_of_the_letter(cast):
    case = send(cast)
    (one,) = book(cast, LETTER)
    assert (one.state, one.due, one.person) == ("sent", dt.date(2024, 4, 16), cast.member.pk)
    assert (one.source, one.target) == (cast.cell.pk, cast.other_cell.pk)
    assert book(cast, LATE)[0].state == "late"
    assert [one.step for one in letters.overdue_letters(LATE)] == [one.step]
    transfer.receive(case, actor=cast.account("other_secretary"), day=ARRIVED)
    assert [(one.state, one.since) for one in book(cast)] == [("presented", ARRIVED)]
    # On the day before it was still on its way.
    assert book(cast, ARRIVED - dt.timedelta(days=1))[0].state == "sent"
    assert not letters.overdue_letters(LATE)


def test_a_letter_sent_back_is_void_and_another_number_follows(cast):
    case = send(cast)
    transfer.transfer.steps["send_back"].call(
        case, actor=cast.account("other_secretary"), day=LETTER, remark="No stamp"
    )
    send(cast, case, day=ARRIVED)
    first, second = book(cast)
    assert (first.state, second.state) == ("returned", "sent")
    assert (first.document.number, second.document.number) == (1, 2)
    assert second.due > first.due
    transfer.withdraw(case, actor=cast.account("cell_secretary"), day=ARRIVED)
    assert [one.state for one in book(cast)] == ["returned", "cancelled"]
    # The number of a letter that was cancelled is not given again.
    assert send(cast, person=cast.teacher).steps.get(step="send").document.number == 3


def test_a_letter_whose_time_has_run_out_is_void(cast):
    case = send(cast)
    lapsed = dt.date(2024, 7, 1)
    transfer.lapse(case, actor=cast.account("cell_secretary"), day=lapsed)
    assert [(one.state, one.since) for one in book(cast, lapsed)] == [("expired", lapsed)]
    send(cast, case, day=lapsed)
    assert [(one.state, one.document.number) for one in book(cast, lapsed)] == [("expired", 1), ("sent", 2)]


def test_activity_elsewhere_for_a_time_takes_a_letter_of_the_same_series(cast):
    send(cast)
    actor = cast.account("cell_secretary")
    case = temporary.open_temporary(
        actor=actor, day=ANNOUNCED, person=cast.teacher, target=cast.other_cell, purpose="work",
        until=dt.date(2024, 9, 30),
    )  # fmt: skip
    temporary.send(case, actor=actor, day=LETTER)
    temporary.receive(case, actor=cast.account("other_secretary"), day=ARRIVED)
    assert [(one.state, one.document.number) for one in book(cast)] == [("sent", 1), ("presented", 2)]


def test_a_letter_says_what_the_register_had_that_day(cast):
    case = send(cast)
    transfer.receive(case, actor=cast.account("other_secretary"), day=ARRIVED)
    said = letters.words(book(cast)[0])
    values = [value for _label, value in said.letter]
    assert "Cà Thị Xuân" in values and dt.date(2015, 5, 19) in values and dt.date(2016, 5, 19) in values
    assert "Chi bộ bản Noong Bua" in values and "Chi bộ bản Tá Miếu" in values
    assert (said.symbol, said.issuer) == ("01-GT/ĐU", "Đảng bộ phường Noong Bua")


@pytest.mark.postgres
def test_two_letters_at_once_have_two_numbers(live_cast):
    cases = [announced(live_cast, person=person) for person in (live_cast.member, live_cast.teacher)]
    at_once(lambda number: send(live_cast, cases[number]), 2)
    assert sorted(Document.objects.filter(kind=letters.KIND).values_list("number", flat=True)) == [1, 2]
