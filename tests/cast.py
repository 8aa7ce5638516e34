"""This room is for the cast: one small organisation, built by the real verbs, that all tests play with.

    TW  whole party ─ organisation committee (national_officer)
    └ 11  province ─ organisation committee (provincial_officer), auditor, protection_officer, administrator
      ├ 094  district ─ organisation committee (district_officer)
      │ ├ 03127  commune (commune_secretary) ─ youth union
      │ │ ├ 03127.01  cell: cell_secretary, member, introducer, second_introducer, veteran, teacher,
      │ │ │          probationary
      │ │ └ 03127.02  small_cell: three full members
      │ └ 094.001  firm_cell, a grassroots cell that serves a private firm: three full members
      └ 096  other_district ─ organisation committee (other_officer)
        └ 03160  other_commune ─ 03160.01  other_cell: other_secretary, other_member, third

`applicant` and `outsider` are members of nothing; the outsider has an account and no post. Everything holds
from 1 January 2015 on. In tests: the fixture `cast` (rolled back), or `live_cast` (real transactions).
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from types import SimpleNamespace

import pytest

from orgwork.foundation.accounts import Account
from orgwork.foundation.dates import new_spells
from orgwork.foundation.moments import writing
from orgwork.registers import areas, people, units
from orgwork.registers.access import AccountPerson
from orgwork.registers.appointments import Appointment
from orgwork.registers.documents import Document
from orgwork.registers.members import Membership, MembershipPlace, MembershipStanding
from orgwork.registers.posts import Post, PostExistence
from orgwork.registers.record import Cause

BEGINNING = dt.date(2015, 1, 1)
ADMITTED = dt.date(2015, 5, 19)
RECOGNISED = dt.date(2016, 5, 19)
ON_PROBATION = dt.date(2023, 9, 1)

PLACES = {  # key: (code, kind, in, name)
    "country": ("VN", "country", None, "Việt Nam"),
    "province_area": ("11", "province", "country", "Tỉnh Điện Biên"),
    "district_area": ("094", "district", "province_area", "Thành phố Điện Biên Phủ"),
    "other_district_area": ("096", "district", "province_area", "Huyện Mường Nhé"),
    "commune_area": ("03127", "commune", "district_area", "Phường Noong Bua"),
    "other_commune_area": ("03160", "commune", "other_district_area", "Xã Sín Thầu"),
    "village": ("03127.01", "village", "commune_area", "Bản Noong Bua"),
    "other_village": ("03127.02", "village", "commune_area", "Bản Hồng Líu"),
    "firm": ("F-0001", "firm", "commune_area", "Công ty Hoa Ban"),
}

BODIES = {  # key: (code, kind, under, name, serves)
    "root": ("TW", "whole_party", None, "Đảng Cộng sản Việt Nam", None),
    "national_office": ("TW.01", "organisation_committee", "root", "Ban Tổ chức Trung ương", None),
    "province": ("11", "provincial_party_organisation", "root", "Đảng bộ tỉnh Điện Biên", "province_area"),
    "provincial_office": ("11.01", "organisation_committee", "province", "Ban Tổ chức Tỉnh ủy", None),
    "district": (
        "094",
        "district_party_organisation",
        "province",
        "Đảng bộ thành phố Điện Biên Phủ",
        "district_area",
    ),
    "district_office": ("094.01", "organisation_committee", "district", "Ban Tổ chức Thành ủy", None),
    "commune": (
        "03127",
        "grassroots_party_organisation",
        "district",
        "Đảng bộ phường Noong Bua",
        "commune_area",
    ),
    "youth_union": ("03127.90", "youth_union", "commune", "Đoàn phường Noong Bua", None),
    "cell": ("03127.01", "cell", "commune", "Chi bộ bản Noong Bua", "village"),
    "small_cell": ("03127.02", "cell", "commune", "Chi bộ bản Hồng Líu", "other_village"),
    "firm_cell": ("094.001", "grassroots_cell", "district", "Chi bộ Công ty Hoa Ban", "firm"),
    "other_district": (
        "096",
        "district_party_organisation",
        "province",
        "Đảng bộ huyện Mường Nhé",
        "other_district_area",
    ),
    "other_office": ("096.01", "organisation_committee", "other_district", "Ban Tổ chức Huyện ủy", None),
    "other_commune": (
        "03160",
        "grassroots_party_organisation",
        "other_district",
        "Đảng bộ xã Sín Thầu",
        "other_commune_area",
    ),
    "other_cell": ("03160.01", "cell", "other_commune", "Chi bộ bản Tá Miếu", None),
}

PEOPLE = {  # key: (family, middle, given, sex, birth, cell)
    "national_officer": ("Trần", "Minh", "Đức", "m", dt.date(1970, 2, 3), None),
    "provincial_officer": ("Lò", "Thị", "Hương", "f", dt.date(1975, 8, 19), None),
    "district_officer": ("Nguyễn", "Văn", "Ánh", "m", dt.date(1980, 1, 5), None),
    "other_officer": ("Sừng", "Sừng", "Khai", "m", dt.date(1982, 6, 1), None),
    "commune_secretary": ("Quàng", "Văn", "Thắng", "m", dt.date(1972, 4, 30), None),
    "cell_secretary": ("Lường", "Văn", "Pâng", "m", dt.date(1968, 11, 2), "cell"),
    "member": ("Cà", "Thị", "Xuân", "f", dt.date(1990, 7, 7), "cell"),
    "introducer": ("Đỗ", "Hữu", "Lộc", "m", dt.date(1966, 3, 12), "cell"),
    "second_introducer": ("Vì", "Thị", "Mai", "f", dt.date(1985, 9, 23), "cell"),
    "veteran": ("Lê", "Quang", "Vinh", "m", dt.date(1950, 12, 22), "cell"),
    "teacher": ("Phạm", "Thu", "Hà", "f", dt.date(1988, 11, 20), "cell"),
    "probationary": ("Tòng", "Văn", "Sơn", "m", dt.date(1999, 5, 15), "cell"),
    "first_of_small": ("Lò", "Văn", "Inh", "m", dt.date(1979, 1, 1), "small_cell"),
    "second_of_small": ("Lò", "Văn", "Inh", "m", dt.date(1983, 10, 10), "small_cell"),
    "third_of_small": ("Quàng", "Thị", "Hoa", "f", dt.date(1991, 3, 8), "small_cell"),
    "first_of_firm": ("Ngô", "Đức", "Anh", "m", dt.date(1984, 4, 4), "firm_cell"),
    "second_of_firm": ("Bùi", "Thị", "Lan", "f", dt.date(1989, 2, 14), "firm_cell"),
    "third_of_firm": ("Hà", "Văn", "Tú", "m", dt.date(1993, 6, 28), "firm_cell"),
    "other_secretary": ("Pờ", "Dần", "Xinh", "m", dt.date(1974, 9, 2), "other_cell"),
    "other_member": ("Khoàng", "Thị", "Sen", "f", dt.date(1992, 12, 1), "other_cell"),
    "third_of_other": ("Giàng", "A", "Páo", "m", dt.date(1987, 5, 5), "other_cell"),
    "applicant": ("Lò", "Thị", "Duyên", "f", dt.date(2000, 6, 15), None),
    "outsider": ("Hoàng", "Gia", "Bảo", "m", dt.date(1995, 1, 31), None),
    "auditor": ("Đinh", "Công", "Trí", "m", dt.date(1977, 7, 27), None),
    "protection_officer": ("Vũ", "Ngọc", "Diệp", "f", dt.date(1986, 8, 8), None),
    "administrator": ("Phan", "Nhật", "Quang", "m", dt.date(1991, 10, 20), None),
}

SEATS = {  # holder: (kind, body or place)
    "national_officer": ("organisation_officer", "national_office"),
    "provincial_officer": ("organisation_officer", "provincial_office"),
    "district_officer": ("organisation_officer", "district_office"),
    "other_officer": ("organisation_officer", "other_office"),
    "commune_secretary": ("secretary", "commune"),
    "cell_secretary": ("secretary", "cell"),
    "first_of_small": ("secretary", "small_cell"),
    "first_of_firm": ("secretary", "firm_cell"),
    "other_secretary": ("secretary", "other_cell"),
    "teacher": ("village_head", "village"),
    "auditor": ("auditor", "province"),
    "protection_officer": ("data_protection_officer", "province"),
    "administrator": ("technical_administrator", "province"),
}

WITHOUT_A_POST = ("member", "outsider")


class Cast(SimpleNamespace):
    """Areas, bodies and persons by their keys as attributes; `account(key)` signs somebody in."""

    def account(self, key: str | None) -> Account | None:
        """The account of one of the people, fresh, as at the beginning of a request; None: the operator."""
        return None if key is None else Account.objects.get(username=key)

    def paper(self, symbol="214-QĐ/ThU", *, day=dt.date(2024, 3, 1), issuer=None, kind="decision", title=""):
        """A registered paper (of the district unless said otherwise)."""
        with writing(door="test") as act:
            return Document.objects.create(
                symbol=symbol, number=int(symbol.split("-")[0]), kind=kind, day=day, title=title,
                issuer=issuer or self.district, recorded=act.moment,
            )  # fmt: skip

    def words(self, symbol="214-QĐ/ThU", *, day=dt.date(2024, 3, 1), issuer=None, kind="decision", title=""):
        """The same paper as a form gives it, not registered yet."""
        said = {"symbol": symbol, "day": day, "issuer": issuer or self.district, "kind": kind, "title": title}
        return {key: value for key, value in said.items() if value}


def votes(entitled=6, agreed=None, present=None) -> dict[str, int]:
    """The numbers of a vote that add up: everybody summoned, all who came cast a valid ballot."""
    present = entitled if present is None else present
    agreed = present if agreed is None else agreed
    return {
        "entitled": entitled, "summoned": entitled, "present": present, "issued": present,
        "collected": present, "valid": present, "votes_for": agreed,
    }  # fmt: skip


class Facts:
    """Dated rows as `begin` would write them, written together: a thousand tests play with this cast."""

    def __init__(self, act):
        self.act, self.rows = act, defaultdict(list)

    def begin(self, model, day, *, until=None, cause=None, until_cause=None, goes_on=None, **fields):
        """`goes_on`: the row of which this one is the next part, under the same number of its spell."""
        row = model(
            valid_from=day, valid_to=until, begun_by=cause, ended_by=until_cause, recorded=self.act.moment,
            **fields,
        )  # fmt: skip
        self.rows[model].append((row, goes_on))
        return row

    def write(self):
        spells = iter(new_spells(sum(goes_on is None for rows in self.rows.values() for _, goes_on in rows)))
        for model, rows in self.rows.items():
            for row, goes_on in rows:
                row.spell = next(spells) if goes_on is None else goes_on.spell
            model._base_manager.bulk_create([row for row, _ in rows])


def build() -> Cast:
    """Write the whole cast in one transaction, as it held from the beginning on."""
    cast = Cast()
    with writing(door="test") as act:
        facts, founded = Facts(act), Cause.objects.create(kind="founded")
        _places(facts, cast, founded)
        _bodies(facts, cast, founded)
        _people(facts, cast)
        _seats(facts, cast, founded)
        facts.write()
        units.derive_lineage(act)
    return cast


def _places(facts, cast, founded):
    made = [
        areas.Area(
            code_list=areas.LIST_2024 if kind in ("country", "province", "district", "commune") else "test",
            code=code, kind=kind, ownership="private" if kind == "firm" else "",
        )
        for code, kind, _parent, _name in PLACES.values()
    ]  # fmt: skip
    vars(cast).update(zip(PLACES, areas.Area.objects.bulk_create(made), strict=True))
    for key, (_code, _kind, parent, name) in PLACES.items():
        area, above = getattr(cast, key), getattr(cast, parent) if parent else None
        facts.begin(areas.AreaName, BEGINNING, area=area, cause=founded, **areas.name_values(name))
        facts.begin(areas.AreaPlacement, BEGINNING, area=area, parent=above, cause=founded)


def _bodies(facts, cast, founded):
    made = units.Unit.objects.bulk_create([units.Unit(code=said[0]) for said in BODIES.values()])
    vars(cast).update(zip(BODIES, made, strict=True))
    for key, (_code, kind, parent, name, serves) in BODIES.items():
        unit, above = getattr(cast, key), getattr(cast, parent) if parent else None
        facts.begin(units.UnitPlacement, BEGINNING, unit=unit, parent=above, cause=founded)
        facts.begin(units.UnitForm, BEGINNING, unit=unit, kind=kind, cause=founded)
        said = units.name_values(name)
        facts.begin(units.UnitName, BEGINNING, unit=unit, language="vi", cause=founded, **said)
        if serves:
            facts.begin(units.UnitService, BEGINNING, unit=unit, area=getattr(cast, serves), cause=founded)


def _people(facts, cast):
    entered, admitted, recognised = (
        Cause.objects.create(kind=kind) for kind in ("other", "admitted", "recognised")
    )
    made = people.Person.objects.bulk_create([people.Person() for _ in PEOPLE])
    vars(cast).update(zip(PEOPLE, made, strict=True))
    cast.names = {}
    for key, (family, middle, given, sex, birth, cell) in PEOPLE.items():
        person, born = getattr(cast, key), {"sex": sex, "birth": birth, "birth_precision": "day"}
        said = people.name_values(family, middle, given)
        named = facts.begin(people.PersonName, people.ALL_LIFE, person=person, cause=entered, **said)
        cast.names[key] = named.full
        facts.begin(people.PersonParticulars, people.ALL_LIFE, person=person, cause=entered, **born)
        if cell:
            on_probation = key == "probationary"
            day = ON_PROBATION if on_probation else ADMITTED
            facts.begin(Membership, day, person=person, cause=admitted)
            place = {"unit": getattr(cast, cell), "kind": "official"}
            facts.begin(MembershipPlace, day, person=person, cause=admitted, **place)
            _standing(facts, person, day, on_probation, admitted, recognised)


def _standing(facts, person, day, on_probation, admitted, recognised):
    until = None if on_probation else RECOGNISED
    ending = None if on_probation else recognised
    first = facts.begin(
        MembershipStanding, day, until=until, person=person, standing="probationary", cause=admitted,
        until_cause=ending,
    )  # fmt: skip
    if not on_probation:
        said = {"standing": "full", "goes_on": first}
        facts.begin(MembershipStanding, RECOGNISED, person=person, cause=recognised, **said)


def _seats(facts, cast, founded):
    appointed = Cause.objects.create(kind="appointed")
    made = []
    for kind, where in SEATS.values():
        place = getattr(cast, where)
        at = {"area": place} if isinstance(place, areas.Area) else {"unit": place}
        made.append(Post(code=f"{place.code}-{kind}", kind=kind, **at))
    cast.posts = dict(zip(SEATS, Post.objects.bulk_create(made), strict=True))
    for key, post in cast.posts.items():
        facts.begin(PostExistence, BEGINNING, post=post, cause=founded)
        held = {"post": post, "acting": False, "person": getattr(cast, key), "manner": "appointed"}
        facts.begin(Appointment, ADMITTED, cause=appointed, **held)
    accounts = []
    for key in (*SEATS, *WITHOUT_A_POST):
        account = Account(username=key, full_name=cast.names[key], language="en")
        account.set_unusable_password()
        accounts.append(account)
    AccountPerson.objects.bulk_create(
        AccountPerson(account=account, person=getattr(cast, account.username))
        for account in Account.objects.bulk_create(accounts)
    )


@pytest.fixture
def cast(db) -> Cast:
    """The cast, rolled back after the test."""
    return build()


@pytest.fixture
def live_cast(transactional_db) -> Cast:
    """The cast in real transactions: for locks, threads, sealing and rehearsal on its own connection."""
    return build()
