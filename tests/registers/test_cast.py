"""The cast stands as its picture says."""

import datetime as dt

from orgwork.registers import access
from orgwork.registers.members import MembershipPlace
from orgwork.registers.units import check_lineage, under_ids


def test_the_cast_holds_together(cast):
    assert check_lineage() == []
    day = dt.date(2024, 5, 1)
    official = MembershipPlace.objects.on(day).filter(kind="official")
    assert official.filter(unit=cast.cell).count() == 7
    assert official.filter(unit__in=under_ids(cast.district, day)).count() == 13


def test_authority_follows_the_posts_of_the_cast(cast):
    now = dt.date(2024, 5, 1)
    assert access.may(cast.account("district_officer"), "admission.decide", cast.district, now=now)
    assert access.may(cast.account("cell_secretary"), "admission.cell", cast.cell, now=now)
    assert not access.may(cast.account("cell_secretary"), "admission.cell", cast.small_cell, now=now)
    assert not access.may(cast.account("other_officer"), "admission.decide", cast.district, now=now)
    assert not access.may(cast.account("outsider"), "names.read", cast.cell, now=now)
    assert not access.may(cast.account("administrator"), "names.read", cast.cell, now=now)
    assert access.may(cast.account("protection_officer"), "person.erase", cast.cell, now=now)
