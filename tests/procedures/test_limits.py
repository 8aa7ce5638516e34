"""This room is for limits that span rows: eight hands at once do not pass them."""

import datetime as dt

import pytest

from orgwork.foundation.dates import begin
from orgwork.foundation.moments import writing
from orgwork.foundation.refusals import Refusal
from orgwork.procedures import appointment
from orgwork.procedures.unit_changes import found
from orgwork.registers.members import Membership, MembershipPlace, MembershipStanding
from orgwork.registers.people import Person
from orgwork.registers.posts import Post
from orgwork.registers.units import Unit, check_lineage
from tests.threads import at_once

pytestmark = pytest.mark.postgres
DAY = dt.date(2024, 4, 2)


def grown(cast):
    """The cell has enough full members for a committee."""
    with writing(door="test") as act:
        for _number in range(6):
            person = Person.objects.create()
            begin(Membership, act, DAY, person=person)
            begin(MembershipStanding, act, DAY, person=person, standing="full")
            begin(MembershipPlace, act, DAY, person=person, unit=cast.cell, kind="official")


def test_a_cell_committee_of_seven_stays_one_of_seven(live_cast):
    grown(live_cast)
    plan = {"unit": live_cast.cell, "kind": "committee_member"}

    def seat(number):
        try:
            appointment.found_post(
                actor=live_cast.account("district_officer"),
                door="test",
                day=DAY,
                document={"symbol": f"{number + 1}-QĐ/ThU"},
                **plan,
            )
        except Refusal as refusal:
            return refusal.code
        return "founded"

    outcomes = at_once(seat)
    assert sorted(outcomes) == ["founded"] * 7 + ["too_many"]
    assert Post.objects.filter(unit=live_cast.cell, kind="committee_member").count() == 7


def test_eight_cells_founded_at_once_have_eight_codes_and_a_right_lineage(live_cast):
    def one(number):
        return found(
            actor=live_cast.account("district_officer"),
            door="test",
            day=DAY,
            parent=live_cast.commune,
            kind="cell",
            name_vi=f"Chi bộ {number}",
            status="forming",
            document={"symbol": f"{number + 1}-QĐ/ThU"},
        ).code

    codes = at_once(one)
    assert len(set(codes)) == 8
    assert Unit.objects.under(live_cast.commune, DAY).filter(code__in=codes).count() == 8
    assert check_lineage() == []
