"""The journal as a page: who may open it, what it tells, how it is narrowed, and what verifying finds."""

import datetime as dt

import pytest
from django.urls import reverse

from orgwork.doors.web import journal_pages
from orgwork.foundation import jobs, journal
from orgwork.foundation.jobs import Job
from orgwork.foundation.moments import writing

DAY = dt.date(2024, 4, 2)


@pytest.fixture
def told(cast):
    """Three entries: about a member of the cell, about the other cell, about nobody's body."""
    for verb, subjects in (
        ("admission.decide", [(("person", cast.member.pk), {}), (("unit", cast.cell.pk), {})]),
        ("unit.rename", [(("unit", cast.other_cell.pk), {"name": "Chi bộ bản Tá Miếu"})]),
        ("user.add", [(("account", 1), {})]),
    ):
        with writing(actor=cast.account("provincial_officer"), door="web") as act:
            journal.record(act, verb, day=DAY, subjects=subjects)
    return cast


def opened(client, cast, who, **params):
    client.force_login(cast.account(who))
    return client.get(reverse("journal"), params)


def test_it_opens_to_those_with_the_power_and_to_nobody_else(client, told):
    assert opened(client, told, "auditor").status_code == 200
    for who in ("member", "cell_secretary", "administrator"):
        assert opened(client, told, who, unit="11").status_code == 403


def test_an_entry_lies_where_its_people_and_bodies_lie(client, told):
    page = opened(client, told, "auditor", unit="094").content.decode()
    assert "Chi bộ bản Noong Bua" in page
    assert "Chi bộ bản Tá Miếu" not in page


def test_an_auditor_without_the_power_to_read_names_sees_numbers(client, told):
    page = opened(client, told, "auditor", unit="11").content.decode()
    assert f"Person #{told.member.pk}" in page
    assert "Cà Thị Xuân" not in page


def test_it_is_narrowed_by_subject_person_and_day_of_recording(client, told):
    def rows(**params):
        return len(opened(client, told, "auditor", unit="11", **params).context["rows"])

    assert rows() == 2
    assert rows(about=f"unit:{told.other_cell.pk}") == 1
    assert rows(actor="Lò Thị Hương") == 2
    assert rows(actor="nobody") == 0
    assert rows(last="2000-01-01") == 0


def test_verifying_is_long_work_and_its_outcome_stands_on_the_page(client, told):
    client.force_login(told.account("auditor"))
    answer = client.post(reverse("journal-verify") + "?unit=11")
    made = Job.objects.get(kind=f"{journal_pages.__name__}:verify_journal")
    assert answer.url.startswith(reverse("job", args=[made.pk]))
    jobs.perform(made.pk)
    made.refresh_from_db()
    assert (made.state, made.result["findings"]) == ("done", [])
    assert "nothing was altered" in opened(client, told, "auditor", unit="11").content.decode()


def test_whoever_may_only_read_it_may_not_have_it_verified(client, told):
    client.force_login(told.account("protection_officer"))
    assert client.post(reverse("journal-verify") + "?unit=11").status_code == 403


def test_the_number_of_queries_does_not_grow_with_the_page(client, told, django_assert_max_num_queries):
    client.force_login(told.account("auditor"))
    for n in range(20):
        with writing(actor=told.account("provincial_officer"), door="web") as act:
            journal.record(act, "unit.rename", day=DAY, subjects=[(("unit", told.cell.pk), {"n": n})])
    with django_assert_max_num_queries(40):
        client.get(reverse("journal"), {"unit": "11"})
