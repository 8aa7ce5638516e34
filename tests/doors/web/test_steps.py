"""Procedures through their forms: from the application to the decision, refusals at their field, drafts."""

import datetime as dt

import pytest
from django.test import Client, override_settings

from orgwork.doors.web import bulk
from orgwork.foundation import jobs
from orgwork.foundation.jobs import Job
from orgwork.procedures import transfer
from orgwork.procedures.cases import Case
from orgwork.registers.members import Membership

pytestmark = pytest.mark.django_db(transaction=True)
MAY = dt.date(2024, 5, 1)


@pytest.fixture(autouse=True)
def the_day():
    with override_settings(ORGWORK_TODAY=MAY):
        yield


def reader(cast, key: str) -> Client:
    client = Client()
    client.force_login(cast.account(key))
    return client


def applied(cast) -> Case:
    said = {"person": f"#{cast.applicant.pk}", "unit": "03127.01", "day": "2024-01-10"}
    answer = reader(cast, "cell_secretary").post("/open/admission/?unit=03127.01", said)
    assert answer.status_code == 302, answer.context["form"].errors
    return Case.objects.get()


def take(cast, key, case, step, **said):
    return reader(cast, key).post(f"/cases/{case.pk}/{step}/", {"day": "2024-03-01", **said})


def votes(**changed):
    numbers = dict.fromkeys(
        ("entitled", "summoned", "present", "issued", "collected", "valid", "votes_for"), 6
    )
    return {f"protocol-{name}": number for name, number in {**numbers, **changed}.items()}


def introduced(cast) -> Case:
    case = applied(cast)
    take(
        cast,
        "cell_secretary",
        case,
        "record_course",
        obtained="2023-06-01",
        certificate="12",
        place="x",
        day="2024-01-11",
    )
    take(
        cast,
        "cell_secretary",
        case,
        "verify_papers",
        cv_verified="on",
        citizen="on",
        schooling="upper_secondary",
        day="2024-01-12",
    )
    said = {"introducer": f"#{cast.introducer.pk}", "second_introducer": f"#{cast.second_introducer.pk}"}
    take(cast, "cell_secretary", case, "name_introducers", day="2024-01-13", **said)
    case.refresh_from_db()
    assert case.state == "introduced"
    return case


def test_an_admission_walks_through_its_forms(live_cast):
    case = introduced(live_cast)
    assert take(live_cast, "cell_secretary", case, "cell_vote", **votes()).status_code == 302
    assert (
        take(live_cast, "commune_secretary", case, "committee_vote", day="2024-03-05", **votes()).status_code
        == 302
    )
    paper = {"document-symbol": "214-QĐ/ThU", "document-day": "2024-04-02", "document-issuer": "094"}
    answer = take(live_cast, "district_officer", case, "admit", day="2024-04-02", **paper)
    assert answer.status_code == 302, answer.context["form"].errors
    assert Membership.objects.on(MAY).filter(person=live_cast.applicant).exists()
    page = reader(live_cast, "provincial_officer").get(f"/cases/{case.pk}/")
    assert "214-QĐ/ThU" in page.content.decode()


def test_a_vote_that_does_not_add_up_is_refused_at_its_number_and_kept(live_cast):
    case = introduced(live_cast)
    answer = take(live_cast, "cell_secretary", case, "cell_vote", **votes(votes_for=7))
    assert answer.status_code == 422
    form = answer.context["form"]
    assert "protocol-votes_for" in form.errors
    assert 'value="7"' in answer.content.decode()
    case.refresh_from_db()
    assert case.state == "introduced"


def test_who_may_not_is_told_who_may_before_anything_is_written(live_cast):
    case = applied(live_cast)
    answer = take(
        live_cast, "other_secretary", case, "record_course", obtained="2023-06-01", certificate="12"
    )
    assert answer.status_code == 403
    case.refresh_from_db()
    assert case.state == "applied"


def test_what_is_typed_is_kept_as_a_draft_and_filled_in_again(live_cast):
    case = applied(live_cast)
    client = reader(live_cast, "cell_secretary")
    said = {"day": "2024-01-20", "certificate": "99/GCN", "place": "TTCT"}
    client.post(f"/cases/{case.pk}/record_course/draft/", said)
    assert "99/GCN" in client.get(f"/cases/{case.pk}/record_course/").content.decode()
    case.refresh_from_db()
    assert case.state == "applied"


def test_a_case_that_went_on_meanwhile_is_not_decided_twice(live_cast):
    case = applied(live_cast)
    said = {"obtained": "2023-06-01", "certificate": "12", "place": "x", "day": "2024-01-11"}
    take(live_cast, "cell_secretary", case, "record_course", **said)
    answer = take(live_cast, "cell_secretary", case, "record_course", case_version="1", **said)
    assert answer.status_code == 422
    assert "gone on" in str(answer.context["form"].refusal)


def test_names_fill_in_while_typing_only_within_reach(live_cast):
    client = reader(live_cast, "cell_secretary")
    assert f"#{live_cast.introducer.pk}" in client.get("/pick/person/?field=q&q=huu+loc").content.decode()
    assert (
        f"#{live_cast.other_member.pk}" not in client.get("/pick/person/?field=q&q=khoang").content.decode()
    )


def test_a_body_is_proposed_and_enacted_through_its_forms(live_cast):
    client = reader(live_cast, "district_officer")
    page = client.get("/bodies/03127.02/")
    assert "renaming" in [offer["verb"] for offer in page.context["acts"]["changes"]]
    said = {"unit": "03127.02", "name_vi": "Chi bộ bản Hồng Líu 1", "day": "2024-04-01"}
    answer = client.post("/open/renaming/?unit=03127.02", said)
    assert answer.status_code == 302, answer.context["form"].errors
    case = Case.objects.get()
    paper = {"document-symbol": "15-QĐ/ThU", "document-day": "2024-04-02", "document-issuer": "094"}
    answer = take(live_cast, "district_officer", case, "enact", day="2024-04-02", **paper)
    assert answer.status_code == 302, answer.context["form"].errors
    assert "Hồng Líu 1" in client.get("/bodies/03127.02/").content.decode()


def test_a_selection_is_acted_on_one_by_one(live_cast):
    """Who is refused says why and stays ticked; what was done stays done and is not done again."""
    client = reader(live_cast, "cell_secretary")
    one, other, stranger = live_cast.member.pk, live_cast.teacher.pk, live_cast.applicant.pk
    said = {"target": "03127.02", "day": "2024-04-01"}
    url = f"/bulk/?procedure=transfer&unit=03127.01&person={one}&person={other}"
    answer = client.post(f"{url}&person={stranger}", said)
    assert answer.status_code == 422
    lines = {line.key: line for line in answer.context["lines"]}
    assert [lines[key].outcome for key in (one, other, stranger)] == ["done", "done", "refused"]
    assert "is a member of no cell" in lines[stranger].said and lines[stranger].ticked
    assert not lines[one].ticked
    assert Case.objects.count() == 2
    again = {**said, "batch": answer.context["batch"], "person": [one, other, stranger]}
    answer = client.post(url, again)
    lines = {line.key: line for line in answer.context["lines"]}
    assert [lines[key].outcome for key in (one, other, stranger)] == ["before", "before", "refused"]
    answer = client.post(url, {**again, "person": [one, other]})
    assert answer.status_code == 302
    assert Case.objects.count() == 2


def test_everybody_whom_the_list_finds_is_a_selection_too(live_cast, monkeypatch):
    """As the list is filtered, beyond its page; many in the background, with an outcome for each refused."""
    client = reader(live_cast, "commune_secretary")
    url = "/bulk/?procedure=transfer&unit=03127&all=1&standing=full&q=v"
    found = [line.name for line in client.get(url).context["lines"]]
    assert found == ["Lường Văn Pâng", "Vì Thị Mai", "Lê Quang Vinh", "Lò Văn Inh", "Lò Văn Inh"]
    monkeypatch.setattr(bulk, "MOST", 3)
    page = client.get(url)
    assert (page.context["lines"], page.context["count"]) == ([], 5)
    said = {"target": "03127.02", "day": "2024-04-01", "batch": page.context["batch"], "count": "4"}
    changed = client.post(url, said)
    assert changed.status_code == 422 and "the list finds 5" in changed.content.decode()
    begun = client.post(url, {**said, "count": "5"})
    job = Job.objects.get()
    assert begun.url.startswith(f"/jobs/{job.pk}/") and not Case.objects.exists()
    jobs.perform(job.pk)
    job.refresh_from_db()
    # Two belong to that cell already: each says so.
    assert (job.state, job.result["done"], len(job.result["refused"])) == ("done", 3, 2)
    outcome = client.get(begun.url)
    assert {(line.name, line.outcome) for line in outcome.context["lines"]} == {("Lò Văn Inh", "refused")}
    assert all("belongs to" in line.said for line in outcome.context["lines"])
    # Cut short and taken up again, nobody is done twice.
    Job.objects.filter(pk=job.pk).update(state="waiting")
    jobs.perform(job.pk)
    assert Case.objects.count() == 3
    sent = client.get("/bulk/?step=transfer.send&unit=03127&all=1&procedure=transfer&state=open")
    assert {line.key for line in sent.context["lines"]} <= set(Case.objects.values_list("pk", flat=True))
    assert sent.context["count"] == 3


def test_a_selection_under_somebody_else_s_name_is_a_selection_of_one_s_own(live_cast):
    """The name that is handed in decides what counts as done before: nobody may borrow another's."""
    client = reader(live_cast, "cell_secretary")
    url = f"/bulk/?procedure=transfer&unit=03127.01&person={live_cast.member.pk}"
    said = {"target": "03127.02", "day": "2024-04-01", "person": [live_cast.member.pk, 10**30]}
    for batch in ("bulk-1-0123456789abcdef", "'; --", "x" * 200):
        page = client.post(url, {**said, "batch": batch, "target": "nowhere"})
        assert page.status_code == 422 and page.context["batch"] != batch
        assert page.context["tried"] is False
    assert not Case.objects.exists()


def test_one_step_is_taken_for_many_cases(live_cast):
    client = reader(live_cast, "cell_secretary")
    cases = [
        transfer.open_transfer(
            actor=live_cast.account("cell_secretary"), day=dt.date(2024, 3, 4), person=person,
            target=live_cast.other_cell,
        )
        for person in (live_cast.member, live_cast.teacher)
    ]  # fmt: skip
    page = client.get("/cases/?unit=03127.01&on=2024-03-05")
    assert ("transfer.send", "Transfer of a member: Issue the letter") in page.context["bulk"]
    assert "transfer.withdraw" not in dict(page.context["bulk"])
    assert not any("vote" in code for code in dict(page.context["bulk"]))
    url = f"/bulk/?step=transfer.send&unit=03127.01&case={cases[0].pk}&case={cases[1].pk}"
    assert [line.name for line in client.get(url).context["lines"]] == ["Cà Thị Xuân", "Phạm Thu Hà"]
    letter = {"document-symbol": "12-GT/ĐU", "document-day": "2024-03-05", "document-issuer": "03127"}
    answer = client.post(url, {"day": "2024-03-05", **letter})
    assert answer.status_code == 302, answer.context["form"].errors
    assert set(Case.objects.values_list("state", flat=True)) == {"sent"}
    assert client.get("/bulk/?step=transfer.withdraw&case=1").status_code == 404
    stranger = reader(live_cast, "first_of_small")
    assert stranger.get(url).status_code == 302  # none of these is open to them: nothing is selected
