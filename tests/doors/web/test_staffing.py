"""Staffing on pages: numbers open to people, confidential lists stay with those who keep them."""

import datetime as dt
import re
from collections import Counter

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orgwork.foundation.dates import end
from orgwork.foundation.moments import writing
from orgwork.planning.quotas import allot
from orgwork.procedures import staffing
from orgwork.registers.record import Cause
from orgwork.registers.reorganisation import Plan, PlannedChange
from orgwork.registers.units import UnitName, names_of

pytestmark = pytest.mark.django_db
DAY = dt.date(2024, 5, 1)


@pytest.fixture
def staffed(cast, settings):
    settings.ORGWORK_TODAY = DAY
    officer = cast.account("provincial_officer")
    for year, number in ((2021, 40), (2024, 39)):
        allot(
            actor=officer, day=dt.date(year, 1, 5), unit=cast.province, category="officials", year=year,
            number=number, reserve=1, document=cast.words(),
        )  # fmt: skip
    for person in (cast.introducer, cast.member):
        staffing.place(
            actor=officer, day=dt.date(2022, 1, 1), person=person, unit=cast.commune, category="officials",
            manner="quota", title="văn thư", document=cast.words(),
        )  # fmt: skip
    plan = Plan.objects.create(code="R", title="Sắp xếp", day=dt.date(2024, 7, 1), unit=cast.province)
    PlannedChange.objects.create(plan=plan, order=1, kind="end", subject=cast.commune)
    cast.plan = plan
    return cast


def test_numbers_open_to_people_and_the_road_map_is_drawn(client, staffed):
    client.force_login(staffed.account("provincial_officer"))
    page = client.get("/staffing/?unit=11").content.decode()
    assert "/staffing/people/?unit=11&amp;category=officials&amp;manner=quota" in page
    assert "<svg" in page
    assert "2.5" in page  # (40 - 39) / 40
    assert "3 of 3 without a solution" in page
    people = client.get("/staffing/people/?unit=11&category=officials&manner=quota").content.decode()
    assert "Cà Thị Xuân" in people
    assert "12/2027" in people
    retiring = client.get("/staffing/people/?unit=11&retires=2027").content.decode()
    assert "Đỗ Hữu Lộc" in retiring
    assert "Cà Thị Xuân" not in retiring
    file = b"".join(client.get("/staffing/people/?unit=11&export=csv")).decode()
    assert file.count("văn thư") == 2


def test_pages_of_numbers_ask_each_thing_once(client, staffed):
    """What one page collects from many rooms is asked once: powers, the root, quotas of all years."""
    client.force_login(staffed.account("provincial_officer"))
    for address in ("/", "/staffing/?unit=11"):
        client.get(address)  # what processes keep is there
        with CaptureQueriesContext(connection) as asked:
            assert client.get(address).status_code == 200
        often = {sql: n for sql, n in Counter(one["sql"] for one in asked).items() if n > 2}
        assert not often, often
    quotas = [one for one in asked if 'FROM "planning_staffingquota"' in one["sql"]]
    assert len(quotas) == 3  # allotted here, given to others, the years of the road map


def test_a_body_that_has_ended_is_called_by_its_name(client, staffed, settings):
    address = f"/staffing/affected/{staffed.plan.pk}/?on=2024-08-01"
    with writing(door="test") as act:
        why = Cause.objects.create(kind="other")
        end(UnitName, act, {"unit": staffed.commune, "language": "vi"}, staffed.plan.day, cause=why)
    settings.ORGWORK_TODAY = dt.date(2024, 8, 2)
    client.force_login(staffed.account("provincial_officer"))
    page = client.get(address).content.decode()
    assert names_of([staffed.commune.pk], DAY)[staffed.commune.pk] in page


def test_plans_are_offered_to_whom_their_ends_concern(client, staffed):
    """Whoever keeps the staff elsewhere is not told what is planned here."""
    offered = f'<option value="{staffed.plan.pk}"'
    for who, told in (("district_officer", True), ("other_officer", False)):
        client.force_login(staffed.account(who))
        form = client.get("/do/staff.agree/")
        assert form.status_code == 200 and (offered in form.content.decode()) == told, who


def test_whom_a_plan_affects_is_listed_until_a_solution_is_agreed(client, staffed):
    client.force_login(staffed.account("provincial_officer"))
    address = f"/staffing/affected/{staffed.plan.pk}/"
    assert client.get(address).content.decode().count("nothing agreed yet") >= 3
    form = client.get(f"/do/staff.agree/?plan={staffed.plan.pk}&person=%23{staffed.member.pk}")
    picker = re.search(r'<select name="plan".*?</select>', form.content.decode(), re.S)
    assert picker and f'<option value="{staffed.plan.pk}" selected>' in picker[0]
    assert staffed.plan.code in picker[0]
    wrong = {
        "plan": "999999",
        "person": f"#{staffed.member.pk}",
        "solution": "retirement",
        "day": "2024-05-01",
    }
    assert client.post("/do/staff.agree/", wrong).status_code == 422
    sent = client.post(
        "/do/staff.agree/",
        {
            "plan": staffed.plan.pk,
            "person": f"#{staffed.member.pk}",
            "solution": "retirement",
            "day": "2024-05-01",
        },
    )
    assert sent.status_code == 302, sent.content.decode()[:3000]
    open_ones = client.get(address + "?state=open").content.decode()
    assert "Cà Thị Xuân" not in open_ones
    assert "2 of 3 without a solution" in open_ones


@pytest.mark.parametrize("who", ["commune_secretary", "member", "auditor", "national_officer"])
def test_the_lists_are_confidential(client, staffed, who):
    client.force_login(staffed.account(who))
    for address in ("/staffing/people/?unit=11", f"/staffing/affected/{staffed.plan.pk}/"):
        assert client.get(address).status_code == 403
