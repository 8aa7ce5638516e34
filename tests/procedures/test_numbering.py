"""Numbers of papers: one series for each issuer, kind and term; no gap, no double, whoever writes at once."""

import datetime as dt

import pytest
from django.db import DatabaseError, transaction

from orgwork.foundation.dates import begin
from orgwork.foundation.moments import writing
from orgwork.foundation.refusals import Refusal
from orgwork.procedures import papers
from orgwork.procedures.numbering import close_series, next_number, register_paper
from orgwork.registers.documents import Document, DocumentText
from orgwork.registers.numbering import TermOfOffice, book
from tests.threads import at_once

D = dt.date
DAY = D(2024, 5, 1)


def refused(code, call, *args, **how):
    with pytest.raises(Refusal) as told:
        call(*args, **how)
    assert told.value.code == code, str(told.value)
    assert str(told.value).endswith(".")
    return told.value


def draw(unit, kind="decision", day=DAY, **more):
    with writing(door="test") as act:
        return register_paper(act, issuer=unit, kind=kind, day=day, **more)


def shown(paper):
    return [(line.first, line.last, line.state) for line in book(paper.series, D(2026, 1, 1))]


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
