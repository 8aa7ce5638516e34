"""What time does is done once, by the day, however often and by however many it is run."""

import datetime as dt

from orgwork.foundation.dates import DAY, end
from orgwork.foundation.jobs import Job, begin_the_day, perform
from orgwork.foundation.moments import writing
from orgwork.procedures import due, size_review, transfer
from orgwork.procedures.cases import Case, CaseStep
from orgwork.registers.members import Membership, MembershipPlace, MembershipStanding
from orgwork.registers.record import Cause
from tests.procedures.told import refused
from tests.threads import at_once

ANNOUNCED, LETTER = dt.date(2024, 3, 4), dt.date(2024, 3, 5)
SHRUNK = dt.date(2024, 3, 11)


def sent(cast):
    case = transfer.open_transfer(
        actor=cast.account("cell_secretary"), day=ANNOUNCED, person=cast.member, target=cast.other_cell
    )
    letter = {"symbol": "12-GT/ĐU", "issuer": cast.commune}
    return transfer.send(case, actor=cast.account("cell_secretary"), day=LETTER, document=letter)


def dies(person, day=SHRUNK):
    with writing(door="test") as act:
        why = Cause.objects.create(kind="died")
        for model, more in (
            (Membership, {}),
            (MembershipStanding, {}),
            (MembershipPlace, {"kind": "official"}),
        ):
            end(model, act, {"person": person, **more}, day, cause=why)


def test_a_transfer_whose_days_have_run_out_goes_back_to_the_old_cell(cast):
    case = sent(cast)
    last = case.deadlines.get(kind="completion").due
    assert due.run(last)["transfers"] == 0
    refused(transfer.lapse, case, actor=cast.account("cell_secretary"), day=last, code="not_due")
    assert due.run(last + DAY)["transfers"] == 1
    assert due.run(last + DAY)["transfers"] == 0
    case.refresh_from_db()
    assert (case.state, case.unit, case.closed_on) == ("lapsed", cast.cell, None)
    assert MembershipPlace.objects.get(person=cast.member).unit == cast.cell
    # It was late on the days before, and is so no longer: the old cell has it again.
    assert transfer.overdue(last).exists() and not transfer.overdue(last + 2 * DAY).exists()
    letter = {"symbol": "13-GT/ĐU", "issuer": cast.commune}
    again = last + 5 * DAY
    transfer.send(case, actor=cast.account("cell_secretary"), day=again, document=letter)
    assert (case.state, case.deadlines.filter(met_on__isnull=True).count()) == ("sent", 2)
    transfer.receive(case, actor=cast.account("other_secretary"), day=again + DAY)
    assert MembershipPlace.objects.on(again + DAY).get(person=cast.member).unit == cast.other_cell


def test_a_cell_that_falls_below_three_is_asked_about_once(cast):
    assert due.run(SHRUNK)["sizes"] == 0
    dies(cast.third_of_small)
    assert due.run(SHRUNK)["sizes"] == 1
    assert due.run(SHRUNK + DAY)["sizes"] == 0
    case = Case.objects.get(procedure="size_review")
    assert (case.unit, case.data["unit"], case.data["rule"]) == (
        cast.commune, cast.small_cell.pk, "cell_too_small",
    )  # fmt: skip
    said = {"actor": cast.account("district_officer"), "day": SHRUNK + 30 * DAY}
    refused(size_review.settle, case, code="size_still_wrong", **said)
    size_review.leave(case, reason="ba đảng viên dự bị sắp chuyển chính thức", **said)
    assert due.run(SHRUNK + 31 * DAY)["sizes"] == 0  # not asked again about the same stretch


def test_the_answer_is_a_decision(cast):
    dies(cast.third_of_small)
    case = size_review.open_review(actor=cast.account("district_officer"), day=SHRUNK, unit=cast.small_cell)
    refused(
        size_review.open_review, actor=cast.account("district_officer"), day=SHRUNK, unit=cast.small_cell,
        code="case_open",
    )  # fmt: skip
    refused(
        size_review.open_review, actor=cast.account("district_officer"), day=SHRUNK, unit=cast.cell,
        code="size_is_right",
    )  # fmt: skip
    size_review.answer(
        case, actor=cast.account("district_officer"), day=SHRUNK + DAY, answer="merge",
        document={"symbol": "50-QĐ/ThU"},
    )  # fmt: skip
    assert case.state == "answered"


def test_it_settles_when_the_size_is_right_again(cast):
    dies(cast.third_of_small)
    due.run(SHRUNK)
    moved = transfer.open_transfer(
        actor=cast.account("cell_secretary"), day=SHRUNK + DAY, person=cast.member, target=cast.small_cell
    )
    letter = {"symbol": "14-GT/ĐU", "issuer": cast.commune}
    transfer.send(moved, actor=cast.account("cell_secretary"), day=SHRUNK + DAY, document=letter)
    transfer.receive(moved, actor=cast.account("first_of_small"), day=SHRUNK + 2 * DAY)
    assert due.run(SHRUNK + 2 * DAY)["sizes"] == 1
    assert Case.objects.get(procedure="size_review").state == "settled"
    dies(cast.member, SHRUNK + 10 * DAY)
    assert due.run(SHRUNK + 10 * DAY)["sizes"] == 1  # a new stretch is asked about anew
    assert Case.objects.filter(procedure="size_review").count() == 2


def test_the_worker_writes_as_nobody_through_its_own_door(cast):
    from orgwork.foundation.journal import Entry

    dies(cast.third_of_small)
    due.run(SHRUNK)
    entry = Entry.objects.get(verb="size_review.open")
    assert (entry.door, entry.actor_id) == ("worker", None)


def test_the_worker_begins_every_day_once(live_cast, settings):
    dies(live_cast.third_of_small)
    settings.ORGWORK_EVERY_DAY = ("orgwork.procedures.due:daily",)
    (wanted,) = begin_the_day()
    assert begin_the_day() == []
    perform(wanted.pk)
    wanted.refresh_from_db()
    assert (wanted.state, wanted.result["sizes"]) == (Job.State.DONE, 1)
    # A day later it is asked for again.
    Job.objects.filter(pk=wanted.pk).update(created_at=wanted.created_at - dt.timedelta(days=1))
    assert len(begin_the_day()) == 1


def test_two_runs_at_once_do_it_once(live_cast):
    case = sent(live_cast)
    dies(live_cast.third_of_small)
    last = case.deadlines.get(kind="completion").due
    counts = at_once(lambda _number: due.run(last + DAY), 4)
    assert sum(one["transfers"] for one in counts) == sum(one["sizes"] for one in counts) == 1
    assert CaseStep.objects.filter(step="lapse").count() == 1
    assert Case.objects.filter(procedure="size_review").count() == 1
