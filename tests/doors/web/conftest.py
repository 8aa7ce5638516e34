"""What the tests of figure pages share: people admitted in the term, recorded just now."""

import datetime as dt

import pytest
from django.test import Client

from orgwork.foundation.dates import begin
from orgwork.foundation.moments import writing
from orgwork.registers.members import Membership, MembershipPlace, MembershipStanding
from orgwork.registers.people import ALL_LIFE, Person, PersonName, PersonParticulars, name_values
from orgwork.registers.record import Cause


@pytest.fixture
def admitted(cast):
    """Three people admitted in the term: two in the cell, one in the other district's cell."""
    return admit(cast)


@pytest.fixture
def live_admitted(live_cast):
    """The same in real transactions, so that the journal is sealed."""
    return admit(live_cast)


def admit(cast):
    cast.new = []
    for given, cell, day in (
        ("Dua", "cell", dt.date(2021, 3, 3)), ("Sua", "cell", dt.date(2023, 6, 1)),
        ("Páo", "other_cell", dt.date(2023, 6, 9)),
    ):  # fmt: skip
        with writing(door="test") as act:
            cause = Cause.objects.create(kind="admitted")
            person = Person.objects.create()
            begin(PersonName, act, ALL_LIFE, person=person, cause=cause, **name_values("Giàng", "Thị", given))
            said = {"sex": "f", "birth": dt.date(1999, 2, 2), "birth_precision": "day"}
            begin(PersonParticulars, act, ALL_LIFE, person=person, cause=cause, **said)
            begin(Membership, act, day, person=person, cause=cause)
            begin(MembershipStanding, act, day, person=person, cause=cause, standing="probationary")
            begin(
                MembershipPlace,
                act,
                day,
                person=person,
                cause=cause,
                unit=getattr(cast, cell),
                kind="official",
            )
        cast.new.append(person)
    return cast


@pytest.fixture
def office(cast):
    """A browser of the provincial office, signed in."""
    client = Client()
    client.force_login(cast.account("provincial_officer"))
    return client
