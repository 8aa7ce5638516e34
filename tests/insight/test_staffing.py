"""Quotas down the tree, who fills them, the road map of reduction, and whom a plan affects."""

import datetime as dt
from decimal import Decimal
from random import Random

import pytest

from orgwork.foundation.dates import Period, end
from orgwork.foundation.moments import writing
from orgwork.foundation.refusals import NotAllowed
from orgwork.insight import staffing as insight
from orgwork.planning.quotas import StaffingQuota, allot, given_on, set_goal, taken_from
from orgwork.procedures import staffing
from orgwork.procedures.reorganisation import undo
from orgwork.registers.record import Cause
from orgwork.registers.reorganisation import Plan, PlannedChange
from orgwork.registers.staffing import Occupancy, StaffBenefit, month_of, retiring
from orgwork.registers.units import UnitPlacement
from tests.procedures.told import refused

DAY = dt.date(2024, 3, 1)
OFFICIALS = {"category": "officials", "year": 2024}


@pytest.fixture
def give(cast):
    """`give(body, number, reserve)`: a quota of officials of 2024, by an officer of the province."""

    def _give(unit, number, reserve=0, *, year=2024, day=DAY, category="officials", **more):
        return allot(
            actor=cast.account("provincial_officer"), day=day, unit=unit, category=category, year=year,
            number=number, reserve=reserve, document=cast.words(), **more,
        )  # fmt: skip

    return _give


@pytest.fixture
def place(cast):
    def _place(person, unit=None, *, day=dt.date(2022, 1, 1), category="officials", manner="quota"):
        staffing.place(
            actor=cast.account("provincial_officer"), day=day, person=person, unit=unit or cast.commune,
            category=category, manner=manner, title="", document=cast.words(),
        )  # fmt: skip

    return _place


def test_parts_and_reserve_fit_into_the_whole_from_above_and_from_below(cast, give):
    give(cast.province, 100, 10)
    give(cast.district, 60)
    said = refused(give, cast.other_district, 31, code="more_than_above")
    assert said.field == "number"
    assert "30" in str(said)
    give(cast.other_district, 30)
    give(cast.commune, 40)
    assert taken_from(cast.commune, "officials", 2024, DAY).unit == cast.district
    refused(give, cast.district, 39, code="less_than_below")
    refused(give, cast.province, 99, 10, code="less_than_below")
    refused(give, cast.province, 100, 101, code="reserve_too_large")
    give(cast.province, 101, 11)
    assert [part.number for part in given_on(cast.province, "officials", 2024, DAY)] == [60, 30]
    give(cast.other_district, 31, category="employees")
    refused(
        allot, actor=cast.account("commune_secretary"), day=DAY, unit=cast.commune, **OFFICIALS, number=1,
        document=cast.words(), error=NotAllowed,
    )  # fmt: skip


def test_a_part_that_was_given_past_an_empty_level_is_the_whole_s(cast, give):
    give(cast.province, 50)
    give(cast.commune, 20)
    assert taken_from(cast.commune, "officials", 2024, DAY).unit == cast.province
    refused(give, cast.other_district, 31, code="more_than_above")
    # The district comes between: what its communes have is a part of what it is given.
    refused(give, cast.district, 19, code="less_than_below")
    give(cast.district, 50)


def test_no_sequence_of_allotments_gives_more_than_there_is(cast, give):
    dice, bodies = Random(7), [cast.province, cast.district, cast.other_district, cast.commune, cast.cell]
    kept = 0
    for _turn in range(60):
        try:
            give(dice.choice(bodies), dice.randrange(30), dice.randrange(4))
            kept += 1
        except Exception as error:
            assert error.code in {"more_than_above", "less_than_below", "reserve_too_large"}
        for quota in StaffingQuota.objects.on(DAY):
            given = sum(part.number for part in given_on(quota.unit, "officials", 2024, DAY))
            assert given + quota.reserve <= quota.number
    assert kept > 5


def test_over_the_quota_is_borne_until_a_day_and_not_for_ever(cast, give, place):
    for person in (cast.member, cast.veteran, cast.teacher):
        place(person)
    place(cast.introducer, manner="contract")
    refused(give, cast.commune, 2, tolerated_until=dt.date(2030, 1, 1), code="too_long")
    give(cast.commune, 2, tolerated_until=dt.date(2027, 12, 31))
    (here,) = insight.standings(cast.province, DAY)
    assert (here.allotted, here.filled, here.besides) == (None, 3, 1)
    (here,) = insight.standings(cast.commune, DAY)
    assert (here.allotted, here.filled, here.over, here.free) == (2, 3, 1, 0)
    assert here.borne(DAY)
    assert not here.borne(dt.date(2028, 1, 1))
    assert insight.filled(cast.commune, "officials", DAY).count() == here.filled


def test_the_road_map_compares_with_its_start(cast, give):
    officer = cast.account("provincial_officer")
    give(cast.province, 200, year=2021, day=dt.date(2021, 1, 5))
    give(cast.province, 196, year=2023, day=dt.date(2023, 1, 5))
    give(cast.province, 195)
    set_goal(
        actor=officer, day=DAY, unit=cast.province, category="officials", year=2024, tenths=30,
        document=cast.words(),
    )  # fmt: skip
    years = {one.year: one for one in insight.road_map(cast.province, "officials", DAY)}
    assert list(years) == [2021, 2022, 2023, 2024, 2025, 2026]
    assert years[2023].actual == Decimal("2.00")
    assert years[2024].actual == Decimal("2.50")
    assert years[2024].behind
    assert years[2024].most == 194
    assert years[2026].goal == 5  # the provision
    assert years[2022].actual is None
    assert insight.road_map(cast.district, "officials", DAY) == []


def test_what_retirements_and_set_days_bring_opens_to_people(cast, place):
    # veteran: born 22 December 1950; introducer: 12 March 1966, retires in December 2027.
    for person in (cast.introducer, cast.member, cast.teacher):
        place(person)
    officer, paper = cast.account("provincial_officer"), cast.words()
    assert month_of(cast.introducer, DAY) == dt.date(2027, 12, 1)
    years = {one.year: one for one in insight.ahead(cast.commune, "officials", DAY)}
    assert [years[year].retiring for year in range(2024, 2029)] == [0, 0, 0, 1, 0]
    found = insight.retirements(
        cast.commune, "officials", Period(dt.date(2027, 1, 1), dt.date(2028, 1, 1)), DAY
    )
    assert [row.person for row in found] == [cast.introducer]
    staffing.decide_retirement(
        actor=officer, day=DAY, person=cast.introducer, last_day=dt.date(2025, 6, 30), document=paper
    )
    staffing.leave(
        actor=officer, day=dt.date(2024, 12, 31), person=cast.teacher, reason="resigned", document=paper
    )
    years = {one.year: one for one in insight.ahead(cast.commune, "officials", DAY)}
    assert [(years[year].retiring, years[year].ending) for year in (2024, 2025, 2027)] == [
        (0, 1), (1, 0), (0, 0),
    ]  # fmt: skip
    assert years[2028].remaining == 1
    year = Period(dt.date(2024, 1, 1), dt.date(2025, 1, 1))
    assert insight.departures(cast.commune, Period.days(year.start, dt.date(2024, 12, 31))) == []
    assert insight.departures(cast.commune, Period.days(year.start, dt.date(2025, 1, 1))) == [("resigned", 1)]
    refused(
        staffing.decide_retirement, actor=officer, day=DAY, person=cast.member,
        last_day=dt.date(2023, 1, 1), document=paper, code="too_early",
    )  # fmt: skip


def test_whoever_changes_body_on_the_day_of_a_reform_has_not_left(cast, place):
    """They go on in the successor: they retire as before, and leave on the day that is set there."""
    reform = dt.date(2025, 7, 1)
    for person in (cast.introducer, cast.member, cast.teacher, cast.veteran):
        place(person)
    for person in (cast.introducer, cast.member):
        place(person, cast.other_commune, day=reform)
    place(cast.veteran, cast.other_commune, day=reform, category="employees")
    officer, paper = cast.account("provincial_officer"), cast.words()

    def ahead(unit):
        found = {one.year: one for one in insight.ahead(unit, "officials", DAY)}
        return [(one.retiring, one.ending) for one in found.values()], found[2028].remaining

    # Seen from above two change their place; from the commune, which goes on, they leave, and so does whoever
    # changes the category.
    assert ahead(cast.province) == ([(0, 0), (0, 1), (0, 0), (1, 0), (0, 0)], 2)
    assert ahead(cast.commune) == ([(0, 0), (0, 3), (0, 0), (0, 0), (0, 0)], 1)
    with writing(door="test") as act:
        end(UnitPlacement, act, {"unit": cast.commune}, reform, cause=Cause.objects.create(kind="other"))
    assert ahead(cast.commune) == ([(0, 0), (0, 1), (0, 0), (1, 0), (0, 0)], 2)
    staffing.leave(
        actor=officer, day=dt.date(2026, 3, 31), person=cast.member, reason="resigned", document=paper
    )
    assert ahead(cast.commune) == ([(0, 0), (0, 1), (0, 1), (1, 0), (0, 0)], 1)
    year = Period(dt.date(2027, 1, 1), dt.date(2028, 1, 1))
    found = insight.retirements(cast.commune, "officials", year, DAY)
    assert [row.person for row in found] == [cast.introducer]


def test_everybody_retires_in_exactly_one_year(cast):
    years = range(1990, 2070)
    found = [
        person
        for year in years
        for person in retiring(Period(dt.date(year, 1, 1), dt.date(year + 1, 1, 1)), DAY)
    ]
    assert len(found) == len(set(found)) > 20


def test_one_post_at_a_time_and_a_move_is_a_change(cast, place):
    place(cast.member)
    refused(place, cast.member, day=DAY, code="same")
    place(cast.member, cast.district, day=DAY)
    assert [row.unit for row in Occupancy.objects.filter(person=cast.member).order_by("valid_from")] == [
        cast.commune, cast.district,
    ]  # fmt: skip
    assert staffing.workplace(cast.member, dt.date(2023, 5, 5)).unit == cast.commune
    refused(staffing.workplace, cast.outsider, DAY, code="no_workplace")


def test_nobody_whom_a_plan_takes_a_post_from_is_forgotten(cast, place):
    """The list follows from who holds a post at a body that ends; it is empty when all have agreed."""
    place(cast.member)
    plan = Plan.objects.create(code="R", day=dt.date(2024, 7, 1), unit=cast.province)
    PlannedChange.objects.create(plan=plan, order=1, kind="end", subject=cast.commune)
    on, officer = dt.date(2024, 6, 1), cast.account("provincial_officer")
    assert set(staffing.affected_by(plan)) == {cast.commune_secretary.pk, cast.member.pk}
    refused(
        staffing.agree, actor=officer, day=on, plan=plan.pk, person=cast.teacher, solution="stays",
        code="not_affected",
    )  # fmt: skip
    enacted = Plan.objects.filter(pk=plan.pk)
    enacted.update(state="enacted")
    refused(staffing.close, actor=officer, day=plan.day, plan=plan.pk, code="people_forgotten")
    enacted.update(state="draft")
    for person, solution in ((cast.member, "retirement"), (cast.commune_secretary, "new_post")):
        assert person.pk in staffing.forgotten(plan, on)
        staffing.agree(actor=officer, day=on, plan=plan.pk, person=person, solution=solution, note="…")
    assert staffing.forgotten(plan, on) == []
    close = {"actor": officer, "day": plan.day, "plan": plan.pk}
    refused(staffing.close, **close, code="not_enacted")
    Plan.objects.filter(pk=plan.pk).update(state="enacted", moment=1)
    line = plan.handovers.create(giver=cast.commune, receiver=cast.district, item="members", amount=3)
    refused(staffing.close, **close, code="not_handed_over")
    line.delete()
    staffing.close(**close)
    refused(staffing.close, **close, code="closed")
    refused(undo, plan, actor=officer, code="closed")
    staffing.grant(
        actor=officer, day=on, person=cast.member, kind="early", amount=90_000_000,
        rule="Decree 178/2024, Art. 7", plan=plan.pk, document=cast.words(),
    )  # fmt: skip
    assert StaffBenefit.objects.get().plan == plan
    refused(
        staffing.agree, actor=cast.account("commune_secretary"), day=on, plan=plan.pk, person=cast.member,
        solution="stays", error=NotAllowed,
    )  # fmt: skip
