"""The book of incoming papers: numbers, the head's note, answers, mistakes; and eight clerks at once."""

import datetime as dt

import pytest
from django.db import connection

from orgwork.foundation.dates import end
from orgwork.foundation.moments import writing
from orgwork.foundation.refusals import NotAllowed, Refusal, Stale, WrongState
from orgwork.procedures import incoming
from orgwork.registers.incoming import (
    IncomingCopy,
    IncomingNumber,
    IncomingPaper,
    book,
    late,
    lying_with,
)
from orgwork.registers.record import Cause
from orgwork.registers.units import UnitForm, UnitPlacement
from tests.threads import at_once

MARCH, APRIL = dt.date(2024, 3, 4), dt.date(2024, 4, 1)


def entered(cast, *, day=MARCH, by="district_officer", **said):
    given = {"unit": cast.district, "sender": cast.province, "symbol": "12-CV/TU", "paper_day": MARCH, **said}
    return incoming.enter(actor=cast.account(by), day=day, **given)


def row(entry):
    return IncomingPaper.objects.filter(entry=entry).order_by("-valid_from").first()


def refused(call, code=None, field=None, error=Refusal, **said):
    with pytest.raises(error) as caught:
        call(**said)
    if code:
        assert caught.value.code == code, caught.value
    if field:
        assert caught.value.field == field, caught.value
    return str(caught.value)


def test_a_paper_goes_through_the_book_from_receipt_to_answer(cast):
    clerk = cast.account("district_officer")
    first = entered(cast, title="Về chuẩn bị hội nghị")
    second = entered(cast, symbol="13-CV/TU", copies=[cast.commune, cast.commune])
    old = entered(cast, symbol="90-CV/TU", day=dt.date(2023, 12, 29), paper_day=dt.date(2023, 12, 20))
    other = entered(cast, unit=cast.other_district, by="other_officer")
    assert [str(one) for one in (first, second, old, other)] == ["1/2024", "2/2024", "1/2023", "1/2024"]
    assert IncomingCopy.objects.get(entry=second).unit == cast.commune

    on = {"actor": clerk, "entry": first.pk, "day": dt.date(2024, 3, 6)}
    note = {**on, "note": "Đ/c Ánh trả lời", "due": dt.date(2024, 3, 20)}
    refused(incoming.assign, "who_answers", "by_unit", **note)
    refused(incoming.assign, "who_answers", by_person=cast.teacher, by_unit=cast.commune, **note)
    refused(incoming.assign, field="due", by_person=cast.teacher, **{**note, "due": MARCH})
    incoming.assign(by_person=cast.teacher, **note)
    refused(incoming.assign, by_person=cast.teacher, error=Stale, seen=1, **note)
    assert row(first).state == "assigned" and row(first).valid_from == dt.date(2024, 3, 6)
    on_day = {"person": cast.teacher.pk, "heads": [cast.district.pk]}
    assert {r.entry_id for r in lying_with(dt.date(2024, 3, 5), **on_day)} == {first.pk, second.pk, old.pk}
    assert {r.entry_id for r in lying_with(APRIL, person=cast.teacher.pk)} == {first.pk}
    assert not late(book(cast.district, dt.date(2024, 3, 20)), dt.date(2024, 3, 20)).exists()
    assert late(book(cast.district, APRIL), APRIL).get().entry == first

    answer = cast.paper("44-CV/ThU", day=dt.date(2024, 3, 25), kind="official_letter")
    stranger = cast.paper("7-CV/HU", day=dt.date(2024, 3, 25), issuer=cast.other_district)
    early = cast.paper("45-CV/ThU", day=dt.date(2024, 3, 1))
    on["day"] = dt.date(2024, 3, 26)
    refused(incoming.answer, "not_ours", "document", document=stranger, **on)
    refused(incoming.answer, "days", "document", document=early, **on)
    incoming.answer(document=answer, **on)
    assert (row(first).state, row(first).answer, row(first).late(APRIL)) == ("answered", answer, True)
    assert late(book(cast.district, APRIL), APRIL).get().entry == first, "answered after its day"
    refused(incoming.close, error=WrongState, reason="x", **on)

    incoming.close(actor=clerk, entry=second.pk, day=MARCH, reason="Để biết")
    assert row(second).reason == "Để biết"
    incoming.reopen(actor=clerk, entry=second.pk, day=MARCH, reason="nhầm")
    incoming.reopen(actor=clerk, entry=first.pk, day=MARCH, reason="nhầm")
    assert (row(second).state, row(second).reason, row(first).state) == ("waiting", "", "assigned")
    assert book(cast.district, MARCH).count() == 3, "each entry once, as it stood on the day"


def test_what_is_entered_must_say_which_paper_it_is(cast):
    paper = cast.paper("12-CV/TU", day=MARCH, issuer=cast.province, kind="official_letter", title="Mật thư")
    first = entered(cast)
    assert row(first).document == paper, "the paper of the register is found"
    assert "1/2024" in refused(entered, "already_entered", "symbol", cast=cast)
    receive = {"actor": cast.account("district_officer"), "unit": cast.district, "day": MARCH}
    refused(incoming.receive, "already_entered", document=paper.pk, **receive)
    refused(incoming.receive, field="document", **receive)
    refused(incoming.receive, "own_paper", document=cast.paper().pk, **receive)
    refused(entered, "days", "paper_day", cast=cast, symbol="1-CV", paper_day=APRIL)
    refused(entered, "sender", "sender", cast=cast, sender=None)
    refused(entered, "sender", "sender_name", cast=cast, sender_name="Sở Nội vụ")
    refused(entered, field="symbol", cast=cast, symbol="")
    refused(entered, "in_the_future", "day", cast=cast, day=dt.date.today() + dt.timedelta(days=3))
    refused(entered, "itself", "copies", cast=cast, symbol="2-CV", copies=[cast.district])
    letter = entered(cast, sender=None, sender_name="Sở Nội vụ", symbol="", paper_day=None, title="Thư mời")
    assert str(letter) == "2/2024", "refusals leave no gap"

    # What one body copies to another waits there, and comes in without typing.
    sent = entered(cast, symbol="15-CV/TU", title="Giao ban", copies=[cast.commune])
    copy = IncomingCopy.objects.get(entry=sent)
    get = {"actor": cast.account("commune_secretary"), "unit": cast.commune, "copy": copy.pk}
    refused(incoming.receive, "too_early", "day", day=dt.date(2024, 3, 1), **get)
    got = row(incoming.receive(day=APRIL, **get))
    assert (got.sender, got.symbol, got.title) == (cast.district, "15-CV/TU", "Giao ban")
    refused(incoming.receive, "already_entered", day=APRIL, **get)

    with writing(door="test") as act:
        gone = Cause.objects.create(kind="ended")
        for model in (UnitForm, UnitPlacement):
            end(model, act, {"unit": cast.other_cell}, dt.date(2024, 2, 1), cause=gone)
    refused(entered, error=NotAllowed, cast=cast, unit=cast.other_cell, by="other_secretary")


def test_of_a_secret_paper_there_is_number_kind_and_day_only(cast):
    secret = {"cast": cast, "symbol": "3-QĐ/TU", "kind": "decision", "secret": True, "sender": None}
    refused(entered, "secret", "title", title="Về nhân sự", **secret)
    refused(entered, "secret", "sender_name", sender_name="Tỉnh ủy", **secret)
    refused(entered, field="paper_day", **{**secret, "paper_day": None})
    entry = entered(**secret)
    clerk = cast.account("district_officer")
    note = {"actor": clerk, "entry": entry.pk, "day": MARCH, "by_unit": cast.commune}
    refused(incoming.assign, "secret", "note", note="Về nhân sự", **note)
    incoming.assign(**note)
    incoming.close(actor=clerk, entry=entry.pk, day=MARCH, reason="Về nhân sự")
    refused(incoming.correct_entry, "secret", "title", actor=clerk, entry=entry.pk, day=MARCH, reason="x",
            title="Về nhân sự")  # fmt: skip
    for one in IncomingPaper.versions.filter(entry=entry):
        assert not (one.title or one.note or one.reason or one.sender_name or one.sender)
    assert "nhan su" not in " ".join(Cause.objects.values_list("text", flat=True))


def test_mistakes_are_corrected_and_what_was_known_stays(cast):
    clerk = cast.account("district_officer")
    entry = entered(cast, day=dt.date(2024, 3, 5))
    incoming.assign(
        actor=clerk, entry=entry.pk, day=dt.date(2024, 3, 8), by_post=cast.posts["commune_secretary"]
    )
    with writing(door="test") as act:
        before = act.moment
    fix = {"actor": clerk, "entry": entry.pk, "day": APRIL, "reason": "đọc nhầm"}
    refused(incoming.correct_entry, "another_book", "received", received=dt.date(2023, 12, 30), **fix)
    refused(incoming.correct_entry, "too_late", "received", received=dt.date(2024, 3, 8), **fix)
    incoming.correct_entry(symbol="14-CV/TU", received=MARCH, **fix)
    assert {one.symbol for one in IncomingPaper.objects.filter(entry=entry)} == {"14-CV/TU"}
    assert [r.received for r in book(cast.district, MARCH)] == [MARCH]
    assert not book(cast.district, MARCH, known_at=before).exists()
    assert book(cast.district, APRIL, known_at=before).get().symbol == "12-CV/TU"
    incoming.correct_entry(received=dt.date(2024, 3, 6), **fix)
    assert not book(cast.district, dt.date(2024, 3, 5)).exists()
    assert row(entry).begun_by.kind == "assigned", "a correction is no event"

    incoming.cancel(**fix)
    assert row(entry).state == "cancelled" and not row(entry).by_post
    refused(incoming.cancel, error=WrongState, **fix)
    refused(incoming.correct_entry, error=WrongState, symbol="x", **fix)
    again = entered(cast, symbol="14-CV/TU", paper_day=MARCH)
    assert str(again) == "2/2024", "the number of a mistake is not given again"


@pytest.mark.parametrize(
    "who", ["provincial_officer", "commune_secretary", "auditor", "member", "other_officer"]
)
def test_nobody_writes_in_another_body_s_book(cast, who):
    entry = entered(cast)
    refused(entered, error=NotAllowed, cast=cast, by=who, symbol="9-CV")
    on = {"actor": cast.account(who), "entry": entry.pk, "day": MARCH}
    refused(incoming.close, error=NotAllowed, reason="x", **on)
    refused(incoming.assign, error=NotAllowed, by_unit=cast.commune, **on)


def test_eight_clerks_at_once_leave_no_gap_and_no_double(live_cast):
    live_cast.paper("50-CV/TU", day=MARCH, issuer=live_cast.province)

    def work(number):
        try:
            if number < 6:
                return entered(live_cast, symbol=f"{number + 1}-CV/TU").number
            return entered(live_cast, symbol="50-CV/TU").number
        except Refusal as refusal:
            return refusal.code
        finally:
            connection.close()

    found = at_once(work)
    numbers = sorted(one for one in found if isinstance(one, int))
    assert numbers == list(range(1, 8)), found
    assert found.count("already_entered") == 1, "the same paper came in once"
    stored = IncomingNumber.objects.filter(unit=live_cast.district, year=2024).order_by("number")
    assert list(stored.values_list("number", flat=True)) == numbers
