"""This room is for low growth: against one's own past, the target that has fallen due, and one's kind."""

import datetime as dt

import pytest

from orgwork.foundation.dates import begin
from orgwork.foundation.moments import writing
from orgwork.foundation.refusals import Refusal
from orgwork.insight import frame, growth
from orgwork.insight.growth import Quarter
from orgwork.planning.growth_remarks import GrowthRemark
from orgwork.planning.targets import AdmissionTarget
from orgwork.registers.members import MembershipPlace
from orgwork.registers.people import Person
from orgwork.registers.record import Cause

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def admitted(live_cast, monkeypatch):
    """Four admitted in each first quarter of 2021 to 2023 in the cell, one in 2024; two elsewhere."""
    monkeypatch.setattr(growth, "_reaches_back_to", lambda: dt.date(2020, 1, 1))
    days = [dt.date(year, 2, day) for year in (2021, 2022, 2023) for day in (1, 2, 3, 4)]
    with writing(door="test") as act:
        for day in [*days, dt.date(2024, 2, 1)]:
            begin(MembershipPlace, act, day, person=Person.objects.create(), kind="official",
                  unit=live_cast.cell, cause=Cause.objects.create(kind="admitted"))  # fmt: skip
        for day in (dt.date(2023, 2, 1), dt.date(2024, 2, 1)):
            begin(MembershipPlace, act, day, person=Person.objects.create(), kind="official",
                  unit=live_cast.other_cell, cause=Cause.objects.create(kind="admitted"))  # fmt: skip
        for unit, number in ((live_cast.district, 8), (live_cast.other_district, 4)):
            begin(AdmissionTarget, act, dt.date(2024, 1, 1), until=dt.date(2025, 1, 1), unit=unit, year=2024,
                  number=number, cause=Cause.objects.create(kind="issued"))  # fmt: skip
        begin(GrowthRemark, act, dt.date(2024, 4, 5), unit=live_cast.district, quarter="2024-Q1",
              causes="Few young people stay.", proposals="Work with the youth union.",
              cause=Cause.objects.create(kind="other"))  # fmt: skip
    return live_cast


def test_a_quarter_against_its_own_past_and_target(admitted):
    found = growth.growth(admitted.province, "2024-Q1")
    lines = {line.code: line for line in found.lines}
    assert set(lines) == {"094", "096"}
    low = lines["094"]
    assert (low.admitted, dict(low.past), low.past_mean) == (1, {2021: 4, 2022: 4, 2023: 4}, 4)
    assert low.of_past == 25 and low.target_due == 2 and low.of_target == 50
    assert list(low.low) == ["past", "target"]
    assert low.remark.causes == "Few young people stay."
    other = lines["096"]
    assert (other.admitted, other.of_target, other.is_low) == (1, 100, False)
    assert found.own.admitted == 2 and found.own.target is None
    assert [line.code for line in found.low] == ["094"]
    assert low.kind_median == pytest.approx((1 / 26 * 100 + 1 / 5 * 100) / 2) and low.below_kind
    assert low.url == frame.compute("members.admitted", "094", period=Quarter(2024, 1).period).records_url
    assert [point["past"] for point in found.plot()] == [4, pytest.approx(1 / 3)]


def test_quarters_before_the_register_began_are_not_compared(admitted, monkeypatch):
    monkeypatch.setattr(growth, "_reaches_back_to", lambda: dt.date(2022, 6, 1))
    found = growth.growth(admitted.province, "2024-Q1")
    assert found.past_years == [2023] and found.notes
    monkeypatch.setattr(growth, "_reaches_back_to", lambda: dt.date(2024, 1, 1))
    assert growth.growth(admitted.province, "2024-Q1").own.of_past is None


def test_quarters_are_named_and_counted():
    assert Quarter.of(dt.date(2024, 12, 31)) == Quarter(2024, 4)
    assert Quarter(2024, 4).period.last == dt.date(2024, 12, 31)
    assert Quarter(2024, 1).shifted(-1) == Quarter(2023, 4) and str(Quarter(2023, 4)) == "2023-Q4"
    with pytest.raises(Refusal):
        Quarter.of("2024-Q5")


def test_questions_do_not_grow_with_the_bodies(admitted, django_assert_max_num_queries):
    with django_assert_max_num_queries(23):
        growth.growth(admitted.province, "2024-Q1")
