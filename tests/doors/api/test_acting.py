"""This room is for acting through the API: one applicant up to the decision, and every refusal on the way."""

import json
import threading

import pytest
from django.db import connection
from django.test import Client

from orgwork.doors.models import KeptAnswer
from orgwork.foundation.journal import Entry
from orgwork.foundation.moments import Moment
from orgwork.procedures.cases import Case
from orgwork.registers.members import Membership
from tests.cast import votes

APPLIED = "2024-01-08"


def application(cast, **more):
    return {
        "procedure": "admission", "day": APPLIED, "person": cast.applicant.pk, "unit": "03127.01", **more,
    }  # fmt: skip


def test_an_applicant_is_admitted_step_by_step(call, cast):
    secretary, commune, district = call("cell_secretary"), call("commune_secretary"), call("district_officer")
    case = secretary.post("/cases", application(cast), 201)
    path = case["url"].removeprefix("/api/v1")
    secretary.post(
        f"{path}/record_course", {"day": APPLIED, "obtained": "2023-06-30", "certificate": "15/TT"}
    )
    said = {"cv_verified": True, "citizen": True, "schooling": "upper_secondary", "day": APPLIED}
    secretary.post(f"{path}/verify_papers", said)
    introducers = {"introducer": cast.introducer.pk, "second_introducer": cast.second_introducer.pk}
    secretary.post(f"{path}/name_introducers", {"day": APPLIED, **introducers})
    secretary.post(f"{path}/cell_vote", {"day": "2024-02-03", "protocol": votes(6)})
    commune.post(f"{path}/committee_vote", {"day": "2024-02-20", "protocol": votes(9, 8)})
    paper = {"symbol": "214-QĐ/ThU", "day": "2024-03-01", "issuer": "094"}
    admit = {"day": "2024-03-01", "document": paper}
    fields = {f["name"]: f for f in _fields(district, "admission", "admit")}
    admit |= {"protocol": votes(9)} if "protocol" in fields else {}
    done = district.post(f"{path}/admit", admit)
    assert done["state"] and Membership.objects.filter(person=cast.applicant).exists()
    found = district.get(path)
    assert found["state"] == done["state"] and found["version"] == done["version"]
    assert [s["step"] for s in found["steps"]][-2:] == ["committee_vote", "admit"]
    assert found["steps"][-2]["protocol"]["votes_for"] == 8
    assert Entry.objects.filter(verb="admission.admit", door="api").exists()


def _fields(caller, procedure, step):
    found = next(p for p in caller.get("/procedures")["procedures"] if p["code"] == procedure)
    return next(s for s in found["steps"] if s["step"] == step)["fields"]


def test_a_step_of_another_state_is_refused(call, cast):
    caller = call("cell_secretary")
    path = caller.post("/cases", application(cast), 201)["url"].removeprefix("/api/v1")
    problem = caller.post(f"{path}/cell_vote", {"day": APPLIED, "protocol": votes(6)}, 409)
    assert problem["code"] == "wrong_state"


def test_a_step_of_another_procedure_is_not_there(call, cast):
    caller = call("cell_secretary")
    path = caller.post("/cases", application(cast), 201)["url"].removeprefix("/api/v1")
    assert caller.post(f"{path}/recognise", {"day": APPLIED}, 404)["code"] == "not_found"


def test_who_may_not_is_refused_and_told_who_may(call, cast):
    problem = call("other_secretary").post("/cases", application(cast), 403)
    assert problem["code"] == "not_allowed" and problem["hint"]
    assert not Case.objects.exists()


def test_what_was_changed_since_it_was_seen_is_told(call, cast):
    caller = call("cell_secretary")
    case = caller.post("/cases", application(cast), 201)
    path = case["url"].removeprefix("/api/v1")
    course = {"day": APPLIED, "obtained": "2023-06-30", "certificate": "15/TT", "seen": case["version"]}
    caller.post(f"{path}/record_course", course)
    assert caller.post(f"{path}/withdraw", {"remark": "…", "seen": case["version"]}, 409)["code"] == "stale"


def test_the_same_key_does_a_thing_once(call, cast):
    caller = call("cell_secretary")
    first = caller.post("/cases", application(cast), 201, key="k-1")
    assert "Idempotency-Replayed" not in caller.last
    again = caller.post("/cases", application(cast), 201, key="k-1")
    assert again == first and caller.last["Idempotency-Replayed"] == "true"
    assert Case.objects.count() == 1


def test_the_same_key_with_another_body_is_refused(call, cast):
    caller = call("cell_secretary")
    caller.post("/cases", application(cast), 201, key="k-1")
    assert caller.post("/cases", application(cast, day="2024-01-09"), 422, key="k-1")["code"] == "key_used"


def test_keys_belong_to_accounts(call, cast):
    call("cell_secretary").post("/cases", application(cast), 201, key="k-1")
    problem = call("other_secretary").post("/cases", application(cast), 403, key="k-1")
    assert problem["code"] == "not_allowed"


def test_a_refused_request_keeps_no_key(call, cast):
    caller = call("cell_secretary")
    caller.post("/cases", application(cast, unit="03160.01"), 403, key="k-1")
    assert not KeptAnswer.objects.exists()
    caller.post("/cases", application(cast), 201, key="k-1")


def test_a_rehearsal_says_what_would_come_and_leaves_nothing(live_call, live_cast):
    moments = Moment.objects.count()
    done = live_call("cell_secretary").post("/cases?rehearse=true", application(live_cast), 200)
    assert done["rehearsed"] and done["state"] and done["id"] is None
    assert not Case.objects.exists() and Moment.objects.count() == moments


@pytest.mark.parametrize(
    "wrong, field",
    [
        ({"procedure": "coronation"}, "procedure"),
        ({"procedure": ["admission"]}, "procedure"),
        ({"day": "8 January"}, "day"),
        ({"unit": "99"}, "unit"),
        ({"unit": 11}, "unit"),
        ({"person": "somebody"}, "person"),
        ({"person": 10**30}, "person"),
        ({"colour": "red"}, "colour"),
        ({"person": None}, "person"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(call, cast, wrong, field):
    problem = call("cell_secretary").post("/cases", application(cast, **wrong), 422)
    assert problem["field"] == field and problem["detail"]


@pytest.mark.parametrize("body", ["", "[]", "{", "null", '"text"', "[" * 100_000])
def test_what_is_no_json_object_is_refused(call, body):
    caller = call("cell_secretary")
    response = caller.client.post("/api/v1/cases", body, content_type="application/json")
    assert response.status_code in (400, 422)
    assert response["Content-Type"] == "application/problem+json"


def test_votes_that_do_not_add_up_are_refused(call, cast):
    caller = call("cell_secretary")
    path = caller.post("/cases", application(cast), 201)["url"].removeprefix("/api/v1")
    for protocol in ({"entitled": -1}, {"entitled": True}, {"entitled": 10**12}, {"colour": 1}, [1], "x"):
        assert caller.post(f"{path}/cell_vote", {"day": APPLIED, "protocol": protocol}, 422)["field"]


def test_writing_takes_the_token_of_the_session(cast):
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.account("cell_secretary"))
    body = json.dumps(application(cast))
    refused = client.post("/api/v1/cases", body, content_type="application/json")
    assert refused.status_code == 403 and refused.json()["code"] == "csrf"
    token = client.get("/api/v1/session").json()["csrf_token"]
    done = client.post("/api/v1/cases", body, content_type="application/json", HTTP_X_CSRFTOKEN=token)
    assert done.status_code == 201


def test_nobody_acts_signed_out(call, cast):
    assert call(None).post("/cases", application(cast), 401)["code"] == "signed_out"


def test_cases_are_listed_and_what_can_be_done_next_is_said(call, cast):
    caller = call("cell_secretary")
    path = caller.post("/cases", application(cast), 201)["url"].removeprefix("/api/v1")
    assert [c["url"] for c in caller.get("/cases")["items"]] == [f"/api/v1{path}"]
    assert caller.get("/cases", open="false")["items"] == []
    steps = {s["step"]: s["allowed"] for s in caller.get(path)["next_steps"]}
    assert steps["record_course"]
    assert call("other_officer").get(path, 403)


@pytest.mark.django_db(transaction=True)
def test_the_same_key_at_the_same_moment_does_a_thing_once(live_call, live_cast):
    callers = [live_call("cell_secretary") for _n in range(4)]
    body, answers = application(live_cast), []

    def send(caller):
        try:
            answers.append(caller.post("/cases", body, 201, key="k-1"))
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=(caller,)) for caller in callers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 4 and len({answer["id"] for answer in answers}) == 1
    assert Case.objects.count() == 1
