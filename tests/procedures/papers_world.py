"""This room is for the bodies and people through whom papers go: an Office, its chief, a deputy secretary."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

from orgwork.foundation.accounts import Account
from orgwork.foundation.dates import begin
from orgwork.foundation.moments import writing
from orgwork.registers import people, units
from orgwork.registers.access import AccountPerson
from orgwork.registers.appointments import Appointment
from orgwork.registers.posts import Post, PostExistence
from tests.cast import BEGINNING

SEATS = {
    "chief": ("chief_of_office", "office", "Chánh"),
    "deputy": ("deputy_secretary", "district", "Phó"),
    "head": ("head", "district_office", "Trưởng"),
}


def offices(cast) -> SimpleNamespace:
    """The Office of the district with its chief, a deputy secretary, the organisation committee's head."""
    found = SimpleNamespace()
    with writing(door="test") as act:
        unit = units.Unit.objects.create(code="094.02")
        begin(units.UnitPlacement, act, BEGINNING, unit=unit, parent=cast.district, cause=None)
        begin(units.UnitForm, act, BEGINNING, unit=unit, kind="office", cause=None)
        said = units.name_values("Văn phòng Thành ủy")
        begin(units.UnitName, act, BEGINNING, unit=unit, language="vi", cause=None, **said)
        units.derive_lineage(act)
        found.office = unit
        for key, (kind, where, given) in SEATS.items():
            at = unit if where == "office" else getattr(cast, where)
            setattr(found, key, _seated(act, key, kind, at, given))
    return found


def _seated(act, key, kind, unit, given):
    person = people.Person.objects.create()
    begin(people.PersonName, act, people.ALL_LIFE, person=person, cause=None,
          **people.name_values("Mùa", "A", given))  # fmt: skip
    post = Post.objects.create(code=f"{unit.code}-{kind}", kind=kind, unit=unit)
    begin(PostExistence, act, BEGINNING, post=post, cause=None)
    begin(
        Appointment,
        act,
        dt.date(2020, 1, 1),
        post=post,
        acting=False,
        person=person,
        manner="elected",
        cause=None,
    )
    account = Account(username=key, full_name=given, language="en")
    account.set_unusable_password()
    account.save()
    AccountPerson.objects.create(account=account, person=person)
    return person
