"""Pages of members who are exempt, suspended, missing or elsewhere: in lists, on sheets, in timelines."""

import datetime as dt

import pytest
from django.test import Client, override_settings

from orgwork.foundation.dates import begin
from orgwork.foundation.moments import writing
from orgwork.procedures import due
from orgwork.registers.members import MembershipCondition
from orgwork.registers.record import Cause
from tests.procedures.test_due import dies

pytestmark = pytest.mark.django_db
MAY = dt.date(2024, 5, 1)


@pytest.fixture(autouse=True)
def the_day():
    with override_settings(ORGWORK_TODAY=MAY):
        yield


def page(cast, key, address):
    client = Client()
    client.force_login(cast.account(key))
    return client.get(address)


def held(cast, person, kind, since=dt.date(2024, 3, 1), until=None):
    with writing(door="test") as act:
        why = Cause.objects.create(kind="other")
        begin(MembershipCondition, act, since, until=until, person=person, kind=kind, cause=why)


def test_conditions_show_on_the_person_s_page_with_their_end(cast):
    held(cast, cast.member, "suspended", until=dt.date(2024, 5, 30))
    address = f"/people/{cast.member.pk}/"
    text = page(cast, "cell_secretary", address).content.decode()
    assert "suspended" in text and "up to 29 May 2024" in text
    # Once it is over it stands in the file only, and the member sees it.
    for who, sees in (("cell_secretary", False), ("district_officer", True), ("member", True)):
        line = page(cast, who, f"{address}?on=2024-06-10").context["line"]
        assert any(event["title"] == "Suspended" for event in line) is sees, who


def test_lists_are_kept_to_a_condition_and_show_it(cast):
    held(cast, cast.veteran, "exempt")
    held(cast, cast.member, "missing")
    found = page(cast, "cell_secretary", "/people/?unit=03127.01&standing=missing").content.decode()
    assert "Cà Thị Xuân" in found and "Lê Quang Vinh" not in found
    assert "full member, missing" in found


def test_the_sheet_of_a_body_shows_them_apart(cast):
    held(cast, cast.veteran, "exempt")
    held(cast, cast.member, "suspended")
    for code in ("03127.01", "03127", "11"):
        cards = page(cast, "provincial_officer", f"/bodies/{code}/").context["cards"]
        parts = {part["words"]: part["text"] for part in cards[0]["parts"]}
        assert (parts["exempt from work and activities"], parts["suspended"]) == ("1", "1")
    cards = page(cast, "provincial_officer", "/bodies/096/").context["cards"]
    assert [part["words"] for part in cards[0]["parts"]] == ["full", "on probation"]


def test_acts_are_offered_where_they_can_apply(cast):
    def verbs(person):
        found = page(cast, "cell_secretary", f"/people/{person.pk}/").context["acts"]
        return {one["verb"] for one in found}

    held(cast, cast.veteran, "exempt")
    assert "member.resume" in verbs(cast.veteran) and "member.found" not in verbs(cast.veteran)
    assert "member.resume" not in verbs(cast.member)
    assert {"exemption", "suspension", "deletion", "temporary", "member.missing"} <= verbs(cast.member)


def test_a_question_about_a_size_waits_for_the_body_above(cast):
    dies(cast.third_of_small, dt.date(2024, 4, 2))
    due.run(dt.date(2024, 4, 2))
    waiting = page(cast, "district_officer", "/?unit=03127").context["waiting"]
    assert [(one["label"], one["about"]) for one in waiting] == [
        ("Body of a size against the rule", "Chi bộ bản Hồng Líu")
    ]
    case = page(cast, "district_officer", waiting[0]["url"])
    assert case.context["title"].endswith("Chi bộ bản Hồng Líu")
    assert "A cell has at least three full members" in case.content.decode()


def test_who_was_restored_shows_no_second_beginning(cast):
    from tests.procedures.test_deletion import deleted, upheld

    deleted(cast)
    upheld(cast)
    shown = page(cast, "district_officer", f"/people/{cast.member.pk}/").context
    assert shown["facts"]["membership"].valid_from == dt.date(2015, 5, 19)
    assert sum(event["title"] == "Recognised as full member" for event in shown["line"]) == 1
    rows = page(cast, "cell_secretary", "/people/?unit=03127.01&q=Xuan").content.decode()
    assert "19 May 2015" in rows
