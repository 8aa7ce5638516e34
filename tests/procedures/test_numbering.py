"""Numbers of papers: one series for each issuer, kind and term; no gap, no double, whoever writes at once."""

import datetime as dt
from importlib import import_module

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction

from orgwork.foundation.dates import begin, end
from orgwork.foundation.moments import writing
from orgwork.foundation.refusals import NotAllowed, Refusal
from orgwork.procedures import admission, papers
from orgwork.procedures.numbering import close_series, next_number, register_paper
from orgwork.procedures.paper_register import register
from orgwork.procedures.register_books import (
    begin_term,
    cancel,
    close,
    hold_congress,
    keep_book,
    release,
    reserve,
)
from orgwork.procedures.sentences import sentence
from orgwork.registers import rules
from orgwork.registers.documents import Document, DocumentText
from orgwork.registers.numbering import TermOfOffice, book
from orgwork.registers.units import UnitPlacement
from tests.procedures.test_admission import DECISION, file_complete
from tests.threads import at_once

D = dt.date
DAY, LATER = D(2024, 5, 1), D(2026, 1, 1)


def refused(code, call, *args, **how):
    with pytest.raises(Refusal) as told:
        call(*args, **how)
    assert told.value.code == code, str(told.value)
    assert str(told.value).endswith(".")
    return told.value


def draw(unit, kind="decision", day=DAY, **more):
    with writing(door="test") as act:
        return register_paper(act, issuer=unit, kind=kind, day=day, **more)


def shown(paper, on=LATER):
    return [(line.first, line.last, line.state) for line in book(paper.series, on)]


def test_each_issuer_kind_and_term_counts_from_one(cast):
    made = [draw(cast.district), draw(cast.district), draw(cast.district, "plan"), draw(cast.other_district)]
    assert [paper.symbol for paper in made] == ["01-QĐ/ThU", "02-QĐ/ThU", "01-KH/ThU", "01-QĐ/HU"]
    # The office of the province has its own sign and its own series.
    assert draw(cast.provincial_office, "notice").symbol == "01-TB/BTCTU"
    # The year stands for the term until terms are recorded; then the term counts, for its agencies, too.
    assert draw(cast.district, day=D(2025, 1, 2)).symbol == "01-QĐ/ThU"
    with writing(door="test") as act:
        begin(TermOfOffice, act, D(2020, 10, 16), unit=cast.province, name="2020–2025", until=D(2025, 9, 20))
        begin(TermOfOffice, act, D(2025, 9, 20), unit=cast.province, name="2025–2030")
    for unit, sign in ((cast.province, "TU"), (cast.provincial_office, "BTCTU")):
        assert draw(unit, "plan", D(2024, 12, 30)).symbol == f"01-KH/{sign}"
        assert draw(unit, "plan", D(2025, 1, 2)).symbol == f"02-KH/{sign}"
        assert draw(unit, "plan", D(2025, 9, 20)).symbol == f"01-KH/{sign}"
    # A regulation is printed QĐ as a decision is, and counted apart.
    assert draw(cast.district, "regulation").symbol == "01-QĐ/ThU"


def test_papers_with_numbers_go_into_gaps_and_never_double(cast):
    old = draw(cast.district, number=5)
    assert shown(old) == [(1, 4, "gap"), (5, 5, "paper")]
    # The house numbers on after the highest, and from there on its book is complete.
    assert draw(cast.district).number == 6
    late = draw(cast.district, number=3, day=D(2024, 2, 1))
    assert late.series == old.series
    told = refused("number_taken", draw, cast.district, number=3, day=D(2024, 2, 2), symbol="3-QĐ/HU")
    assert "03-QĐ/ThU" in str(told)
    assert shown(old) == [(1, 2, "gap"), (3, 3, "paper"), (4, 4, "gap"), (5, 5, "paper"), (6, 6, "paper")]
    with writing(door="test") as act:
        letter = papers.register_paper(act, symbol="6-CV/ThU", kind="decision", issuer=cast.district, day=DAY)
    assert letter.series is None, "a letter entered as a decision takes no number from the decisions"
    with pytest.raises(DatabaseError), transaction.atomic():
        Document.objects.filter(pk=late.pk).update(number=5)


def test_joint_papers_stand_in_the_series_of_their_lead(cast):
    draw(cast.district)
    joint = draw(cast.district, joint_with=[cast.other_district])
    assert joint.number == 2
    assert [one.unit for one in joint.joint_issuers.all()] == [cast.other_district]
    refused("joint_twice", draw, cast.district, joint_with=[cast.district])


def test_of_a_secret_paper_nothing_is_kept_but_number_kind_and_day(cast):
    draw(cast.district, title="Known to all")
    secret = draw(cast.district, title="Whereabouts", secret=True)
    assert (secret.number, secret.title, secret.folded) == (2, "", "02-qd/thu")
    for change in ({"title": "Whereabouts"}, {"secret": True, "title": "x"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Document.objects.filter(pk=secret.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        DocumentText.objects.create(document=secret, language="vi", text="Whereabouts")
    plain = draw(cast.district)
    text = DocumentText.objects.create(document=plain, language="vi", text="Open")
    with pytest.raises(DatabaseError), transaction.atomic():
        DocumentText.objects.filter(pk=text.pk).update(document=secret)


def test_a_closed_series_gives_no_number_and_keeps_those_it_gave(cast):
    first, second = draw(cast.commune), draw(cast.commune)
    with writing(door="test") as act:
        assert close_series(act, cast.commune, D(2024, 7, 1)) == [first.series]
    told = refused("series_closed", draw, cast.commune, day=D(2024, 7, 1))
    assert told.field == "day"
    refused("series_closed", draw, cast.commune, day=D(2024, 7, 1), number=9)
    assert draw(cast.commune, day=D(2024, 6, 30)).number == 3
    assert Document.objects.get(pk=second.pk).number == 2


def test_a_body_that_ended_begins_no_series_of_any_kind(cast):
    draw(cast.small_cell)
    with writing(door="test") as act:
        end(UnitPlacement, act, {"unit": cast.small_cell}, D(2024, 7, 1), cause=None)
    for how in ({}, {"number": 4}):
        told = refused("series_closed", draw, cast.small_cell, "report", day=D(2024, 7, 1), **how)
        assert "30" in str(told)
    # What it issued while it was there is entered late, with its number.
    assert draw(cast.small_cell, "report", day=D(2024, 6, 30), number=4).symbol.startswith("04-BC/")


def test_a_paper_is_registered_when_it_is_there_with_a_number_that_can_be_one(cast):
    given = {"kind": "decision", "title": "x"}
    refused("in_the_future", do, cast, register, day=dt.date.today() + dt.timedelta(30), symbol="", **given)
    refused("no_such_number", do, cast, register, symbol="00-QĐ/ThU", **given)
    refused("no_such_number", do, cast, register, symbol="999999999999-QĐ/ThU", **given)
    # Who names the body a number is kept for means that number, not the next one.
    assert refused("missing", do, cast, register, reserved_for=cast.commune, **given).field == "symbol"
    kept = {"symbol": "05-QĐ/ThU", "reserved_for": cast.commune}
    draw(cast.district, number=1)
    refused("not_reserved", do, cast, register, **kept, **given)
    assert Document.objects.filter(issuer=cast.district, kind="decision").count() == 1


def test_a_number_needs_a_kind_and_a_congress_days(cast):
    with writing(door="test") as act:
        refused("kind", next_number, act, issuer=cast.district, kind="", day=DAY)
        refused(
            "no_congress", next_number, act, issuer=cast.district, kind="resolution", day=DAY, congress=True
        )


@pytest.mark.postgres
def test_eight_clerks_at_once_leave_no_gap_and_no_double(live_cast):
    def work(number):
        return [draw(live_cast.district, "notice").number for _n in range(3)]

    drawn = sorted(number for numbers in at_once(work) for number in numbers)
    assert drawn == list(range(1, 25))
    assert shown(Document.objects.get(kind="notice", number=1)) == [(n, n, "paper") for n in range(1, 25)]


# ── the register book ────────────────────────────────────────────────────────────────────────────────────


def do(cast, operation, *, by="district_officer", day=DAY, **said):
    return operation(actor=cast.account(by), day=day, **({"issuer": cast.district} | said))


def breaches():
    found = rules.check(day=D(2026, 1, 1), rules=["document_number_missing", "document_number_doubled"])
    return [breach.note for breach in found]


def test_reserved_cancelled_and_lapsed_numbers_are_shown_and_leave_no_gap(cast):
    first = draw(cast.district)
    said = {"kind": "decision", "holder": cast.commune, "reason": "awaited"}
    assert do(cast, reserve, until=D(2100, 1, 1), **said) == 2
    do(cast, cancel, kind="decision", number=3, reason="misprinted")
    assert draw(cast.district).number == 4
    assert shown(first, DAY) == [(1, 1, "paper"), (2, 2, "reserved"), (3, 3, "cancelled"), (4, 4, "paper")]
    assert breaches() == []
    refused("number_cancelled", draw, cast.district, number=3)
    refused("number_taken", do, cast, cancel, kind="decision", number=1, reason="x")
    refused("beyond_the_series", do, cast, cancel, kind="decision", number=9, reason="x")
    refused("overlap", do, cast, cancel, kind="decision", number=3, reason="x")
    # Lapsed it is free again, for the next paper; it is no gap meanwhile.
    assert do(cast, reserve, until=D(2024, 5, 31), **said) == 5
    assert shown(first, D(2024, 5, 31))[-1] == (5, 5, "reserved")
    assert shown(first)[-1] == (5, 5, "lapsed") and breaches() == []
    assert [draw(cast.district).number for _n in range(2)] == [5, 6]
    with pytest.raises(NotAllowed):
        do(cast, reserve, by="cell_secretary", until=DAY, **said)


def test_a_reserved_number_is_used_by_whom_it_is_kept_for(cast):
    far = D(2100, 1, 1)
    first = draw(cast.district)
    said = {"kind": "decision", "holder": cast.commune, "reason": "awaited", "until": far}
    for expected in (2, 3):
        assert do(cast, reserve, **said) == expected
    told = refused("number_reserved", draw, cast.district, number=2)
    assert "Noong Bua" in str(told)
    assert draw(cast.district, number=2, reserved_for=cast.commune).number == 2
    do(cast, release, kind="decision", number=3, reason="not needed", day=D(2024, 5, 3))
    refused("nothing_there", do, cast, release, kind="decision", number=3, reason="x", day=D(2024, 5, 9))
    assert draw(cast.district).number == 3
    assert shown(first) == [(1, 1, "paper"), (2, 2, "paper"), (3, 3, "paper")]


def test_a_book_that_is_kept_shows_what_is_missing(cast):
    draw(cast.district, number=3)
    assert breaches() == []
    do(cast, keep_book, kind="decision", number=2)
    assert breaches() == ["QĐ 2"]
    draw(cast.district, number=7)
    assert breaches() == ["QĐ 2", "QĐ 4–6"]
    draw(cast.district, number=2)
    assert breaches() == ["QĐ 4–6"]


def test_terms_and_congresses_begin_series_of_their_own(cast):
    draw(cast.province, "plan", D(2024, 12, 1))
    by = {"by": "provincial_officer", "issuer": cast.province}
    refused("rests_on_it", do, cast, begin_term, day=D(2024, 11, 1), name="2024–2029", **by)
    do(cast, hold_congress, day=D(2025, 9, 17), until=D(2025, 9, 19), **by)
    do(cast, begin_term, day=D(2025, 9, 20), name="2025–2030", **by)
    refused("overlap", do, cast, begin_term, day=D(2025, 9, 20), name="again", **by)
    refused("overlap", do, cast, hold_congress, day=D(2025, 9, 19), until=D(2025, 9, 21), **by)
    made = [
        draw(cast.province, kind, D(2025, 9, 18), congress=True)
        for kind in ("resolution", "report", "minutes")
    ]
    assert [paper.symbol for paper in made] == ["01-NQ/ĐH", "02-BC/ĐH", "03-BB/ĐH"]
    refused("no_congress", draw, cast.province, "report", D(2025, 9, 20), congress=True)
    # The committee's own series runs through its congress; the term begins after it.
    assert draw(cast.province, "report", D(2025, 9, 18)).symbol == "01-BC/TU"
    assert draw(cast.province, "report", D(2025, 9, 20)).symbol == "01-BC/TU"
    do(cast, close, day=D(2025, 10, 1), reason="merged", **by)
    refused("series_closed", draw, cast.province, "report", D(2025, 10, 1))
    refused("nothing_there", do, cast, close, day=D(2025, 10, 1), reason="again", **by)


def test_a_step_numbers_its_paper_when_it_is_asked_to(cast):
    case = file_complete(cast)
    draw(cast.district)
    admission.admit(
        case, actor=cast.account("district_officer"), day=DECISION, document={"next": True, "title": "Lò"}
    )
    paper = case.steps.get(step="admit").document
    assert (paper.symbol, paper.day, paper.title) == ("02-QĐ/ThU", DECISION, "Lò")
    registered = do(cast, register, kind="plan", title="Plan", joint_with=[cast.other_district])
    assert registered.symbol == "01-KH/ThU" and registered.joint_issuers.count() == 1
    unknown = do(cast, register, symbol="Beschluss 667", title="Ziele")
    assert (unknown.number, unknown.kind, unknown.series) == (None, "", None)
    elsewhere = {"issuer": None, "issuer_name": "Tỉnh ủy Quảng Trị", "by": "national_officer"}
    refused("missing", do, cast, register, kind="plan", **elsewhere)


def test_the_journal_tells_what_became_of_numbers():
    assert sentence(
        "numbers.cancel", {"cancelled": 3, "reason": "misprinted", "paper_kind": "decision"}
    ).startswith("Number 3 cancelled: misprinted")


def test_papers_entered_before_take_their_places_and_a_term_recorded_later_seats_them(cast):
    """01–03 of the old term and 01–02 of the new one, entered by hand; then somebody records the term."""
    days = [D(2025, 3, 1), D(2025, 5, 1), D(2025, 7, 1), D(2025, 9, 25), D(2025, 10, 2)]
    made = [
        cast.paper(f"{number:02d}-QĐ/TU", issuer=cast.province, day=day)
        for number, day in zip((1, 2, 3, 1, 2), days, strict=True)
    ]
    letter = cast.paper("7-CV/TU", issuer=cast.province, day=days[0])
    import_module("orgwork.registers.migrations.0023_papers_in_their_series").seat(
        apps, connection.schema_editor()
    )
    seats = [Document.objects.get(pk=one.pk).series for one in made]
    assert seats[0] == seats[1] == seats[2] and seats[3:] == [None, None]
    assert Document.objects.get(pk=letter.pk).series is None
    by = {"by": "provincial_officer", "issuer": cast.province}
    do(cast, begin_term, day=D(2025, 9, 20), name="2025–2030", **by)
    seats = [Document.objects.get(pk=one.pk).series for one in made]
    assert seats[3] == seats[4] != seats[0] == seats[2]
    assert draw(cast.province, day=D(2025, 11, 1)).number == 3
    refused("number_taken", draw, cast.province, day=D(2025, 11, 1), number=2)
    assert draw(cast.province, day=D(2025, 8, 1)).number == 4
