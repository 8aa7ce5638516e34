"""Party age and badges: the list for an award day, the way from the cell to the decision, the award."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orgwork.foundation.dates import begin, end
from orgwork.foundation.moments import writing
from orgwork.foundation.refusals import NotAllowed
from orgwork.procedures import badges
from orgwork.procedures.correction import _move_beginning
from orgwork.procedures.leaving import record_death
from orgwork.registers.badges import MemberBadge
from orgwork.registers.members import (
    Condition,
    Membership,
    MembershipCondition,
    MembershipPlace,
    MembershipStanding,
)
from orgwork.registers.record import Cause
from tests.procedures.told import refused

DAY = dt.date(2024, 4, 1)
MAY, SEPTEMBER = dt.date(2024, 5, 19), dt.date(2024, 9, 2)


def member_since(person, since):
    """The register says that somebody has been a full member for so long."""
    with writing(door="test") as act:
        why = Cause.objects.create(kind="corrected")
        place = {"person": person, "kind": "official"}
        keys = (
            (Membership, {"person": person}),
            (MembershipStanding, {"person": person}),
            (MembershipPlace, place),
        )
        for model, key in keys:
            old = model.objects.filter(**key).earliest("valid_from").valid_from
            _move_beginning(model, act, key, old, since, why, None)


def was_outside(person, since, until):
    """Somebody was out of the party for a time and was admitted again."""
    with writing(door="test") as act:
        left, again = Cause.objects.create(kind="left"), Cause.objects.create(kind="readmitted")
        end(Membership, act, {"person": person}, since, cause=left)
        begin(Membership, act, until, person=person, cause=again)


def propose(cast, person, award_day=MAY, by="cell_secretary", **more):
    return badges.open_badge(actor=cast.account(by), day=DAY, person=person, award_day=award_day, **more)


def awarded(cast, person, award_day=MAY, **more):
    case = propose(cast, person, award_day, **more)
    badges.agree(case, actor=cast.account("commune_secretary"), day=DAY)
    paper = cast.words(f"{case.pk % 10_000}-QĐ/TU", day=DAY, issuer=cast.province)
    return badges.award(
        case, actor=cast.account("provincial_officer"), day=DAY, document=paper, number="A 17"
    )


def test_the_list_names_who_reaches_the_years(cast):
    member_since(cast.veteran, dt.date(1974, 4, 30))  # 50 years between the award days
    member_since(cast.introducer, dt.date(1993, 9, 1))  # 30 years since long ago
    member_since(cast.teacher, dt.date(1994, 5, 20))  # 30 years the day after
    found = badges.due(cast.commune, MAY)
    assert [(one.person, one.years, one.group) for one in found] == [
        (cast.veteran.pk, 50, "now"),
        (cast.introducer.pk, 30, "earlier"),
    ]
    assert found[0].reached == dt.date(2024, 4, 30)
    assert cast.teacher.pk in [one.person for one in badges.due(cast.commune, SEPTEMBER)]
    assert not badges.due(cast.small_cell, MAY)


def test_time_outside_the_party_does_not_count(cast):
    member_since(cast.veteran, dt.date(1974, 4, 30))
    was_outside(cast.veteran, dt.date(2000, 1, 1), dt.date(2003, 1, 1))
    (one,) = badges.due(cast.cell, MAY)
    assert (one.years, one.since, one.group) == (45, dt.date(1977, 4, 30), "earlier")
    refused(propose, cast, cast.veteran, years="50", field="years", code="not_reached")


def test_from_the_cell_to_the_decision(cast):
    member_since(cast.veteran, dt.date(1974, 4, 30))
    case = propose(cast, cast.veteran)
    assert (case.unit, case.data["years"]) == (cast.cell, 50)
    for somebody in ("cell_secretary", "district_officer"):
        refused(badges.agree, case, actor=cast.account(somebody), day=DAY, error=NotAllowed)
    badges.agree(case, actor=cast.account("commune_secretary"), day=DAY)
    paper = cast.words("9-QĐ/TU", day=DAY, issuer=cast.province)
    said = {"day": DAY, "document": paper}
    refused(badges.award, case, actor=cast.account("district_officer"), error=NotAllowed, **said)
    badges.award(case, actor=cast.account("provincial_officer"), number="A 17", **said)
    row = MemberBadge.objects.get()
    assert (row.person, row.years, row.number, row.valid_from) == (cast.veteran, 50, "A 17", MAY)
    assert (row.begun_by.kind, row.begun_by.document.symbol) == ("awarded", "9-QĐ/TU")
    # The list of that day goes on naming who was awarded on it; later lists do not.
    assert [one.awarded for one in badges.due(cast.commune, MAY)] == [True]
    assert not badges.due(cast.commune, SEPTEMBER)
    refused(propose, cast, cast.veteran, code="awarded_already")


def test_only_the_award_days_and_the_years_of_the_rule(cast):
    member_since(cast.veteran, dt.date(1974, 4, 30))
    refused(
        propose, cast, cast.veteran, award_day=dt.date(2024, 5, 1), field="award_day", code="no_award_day"
    )
    refused(propose, cast, cast.veteran, years="35", field="years")
    refused(propose, cast, cast.member, field="years", code="not_reached")
    case = propose(cast, cast.veteran)
    refused(propose, cast, cast.veteran, code="case_open")
    badges.withdraw(case, actor=cast.account("cell_secretary"), day=DAY)
    assert propose(cast, cast.veteran)


def test_serious_illness_brings_it_earlier(cast):
    member_since(cast.veteran, dt.date(1975, 4, 30))
    refused(propose, cast, cast.veteran, years="50", code="not_reached")
    awarded(cast, cast.veteran, years="50", manner="early")
    assert MemberBadge.objects.get().manner == "early"
    # From seventy years on twenty-four months less are enough.
    member_since(cast.introducer, dt.date(1956, 4, 30))
    assert propose(cast, cast.introducer, years="70", manner="early")


def test_posthumously(cast):
    member_since(cast.veteran, dt.date(1974, 4, 30))
    refused(propose, cast, cast.veteran, manner="posthumous", field="manner", code="not_dead")
    record_death(actor=cast.account("district_officer"), day=dt.date(2024, 3, 1), person=cast.veteran)
    awarded(cast, cast.veteran, manner="posthumous")
    assert MemberBadge.objects.get().years == 50


def test_whoever_is_suspended_or_on_probation_waits(cast):
    member_since(cast.veteran, dt.date(1974, 4, 30))
    with writing(door="test") as act:
        why = Cause.objects.create(kind="other")
        said = {
            "person": cast.veteran,
            "kind": Condition.SUSPENDED,
            "cause": why,
            "until": dt.date(2024, 6, 1),
        }
        begin(MembershipCondition, act, dt.date(2024, 3, 1), **said)
    (one,) = badges.due(cast.cell, MAY)
    assert one.hindrance
    refused(propose, cast, cast.veteran, field="person", code="suspended")
    refused(propose, cast, cast.probationary, award_day=dt.date(2054, 5, 19), field="person", code="not_full")


def test_one_decision_for_all_who_were_agreed_to(cast):
    for person, since in ((cast.veteran, 1974), (cast.introducer, 1984), (cast.teacher, 1994)):
        member_since(person, dt.date(since, 4, 30))
    for person in (cast.veteran, cast.introducer):
        badges.agree(propose(cast, person), actor=cast.account("commune_secretary"), day=DAY)
    propose(cast, cast.teacher)
    said = {
        "day": DAY,
        "unit": cast.province,
        "document": cast.words("9-QĐ/TU", day=DAY, issuer=cast.province),
    }
    refused(badges.award_all, actor=cast.account("district_officer"), award_day=MAY, error=NotAllowed, **said)
    actor = cast.account("provincial_officer")
    refused(badges.award_all, actor=actor, award_day=SEPTEMBER, code="nobody_waits", **said)
    assert badges.award_all(actor=actor, award_day=MAY, **said) == 2
    assert set(MemberBadge.objects.values_list("person", "years")) == {
        (cast.veteran.pk, 50),
        (cast.introducer.pk, 40),
    }


def test_a_lost_badge_was_awarded_all_the_same(cast):
    member_since(cast.veteran, dt.date(1974, 4, 30))
    awarded(cast, cast.veteran)
    actor = cast.account("cell_secretary")
    lost = {"actor": actor, "day": SEPTEMBER, "person": cast.veteran, "reason": "House fire"}
    refused(badges.report_lost, years="40", field="years", code="no_badge", **lost)
    badges.report_lost(years="50", **lost)
    assert MemberBadge.objects.get().valid_to == SEPTEMBER
    assert not badges.due(cast.commune, SEPTEMBER)


days = st.dates(dt.date(1940, 1, 1), dt.date(2020, 12, 31))


@given(start=days, gaps=st.lists(st.tuples(st.integers(1, 3000), st.integers(0, 3000)), max_size=4))
def test_party_age_is_the_time_inside(start, gaps):
    """The day counted from lies later than the admission by exactly the days outside."""
    stretches, at, outside = [], start, 0
    for inside, out in gaps:
        stretches.append((at, at + dt.timedelta(days=inside)))
        at += dt.timedelta(days=inside + out)
        outside += out
    stretches.append((at, None))
    assert badges.counted_from(reversed(stretches)) == start + dt.timedelta(days=outside)


@pytest.mark.parametrize(
    ("since", "years", "day"),
    [(dt.date(1984, 2, 29), 30, dt.date(2014, 3, 1)), (dt.date(1984, 2, 29), 40, dt.date(2024, 2, 29))],
)
def test_a_leap_day_s_anniversary(since, years, day):
    assert badges.years_later(since, years) == day
    assert badges.years_on(since, day) == years
    assert badges.years_on(since, day - dt.timedelta(days=1)) == years - 1


def test_award_days_follow_the_rule():
    assert badges.award_days(dt.date(2024, 5, 19)) == (dt.date(2024, 2, 3), MAY)
    assert badges.award_days(dt.date(2024, 12, 1)) == (dt.date(2024, 11, 7), dt.date(2025, 2, 3))
