"""Keys for programs: made once, hashed, named, ending by themselves; and how often anybody may knock."""

import datetime as dt
import json
import time
from types import SimpleNamespace

import pytest
from django.test import Client, override_settings
from django.utils import timezone

from orgwork.foundation.dates import end
from orgwork.foundation.journal import Entry
from orgwork.foundation.moments import writing
from orgwork.foundation.refusals import Refusal
from orgwork.foundation.signing_in import ApiToken
from orgwork.procedures import accounts, signing_in
from orgwork.registers.appointments import Appointment
from orgwork.registers.record import Cause

pytestmark = pytest.mark.django_db(transaction=True)


def make(account, scope="write", days=1):
    until = timezone.localdate() + dt.timedelta(days=days)
    return signing_in.make_token(account, name="a program", scope=scope, until=until, door="test")


def ask(token, path="/session", body=None, **head):
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    head["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    if body is None:
        return client.get(f"/api/v1{path}", **head)
    return client.post(f"/api/v1{path}", json.dumps(body), content_type="application/json", **head)


def test_a_token_is_kept_as_a_digest_only(live_cast):
    made, text = make(live_cast.account("cell_secretary"))
    assert text not in json.dumps(list(ApiToken.objects.values()), default=str)
    assert len(text) > 40 and text.startswith("orgwork_") and made.shown == text[:12]


def test_it_acts_with_its_account_s_powers_of_today(live_cast):
    account = live_cast.account("commune_secretary")
    _made, text = make(account)
    assert ask(text).json()["username"] == "commune_secretary"
    assert ask(text, "/people?unit=03127").status_code == 200
    assert ask(text, "/people?unit=11").status_code == 403
    with writing(door="test") as act:
        key = {"post": live_cast.posts["commune_secretary"], "acting": False}
        end(Appointment, act, key, act.day, cause=Cause.objects.create(kind="released"))
    assert ask(text, "/people?unit=03127").status_code == 403


def test_it_writes_without_a_csrf_token_where_a_session_needs_one(live_cast):
    account = live_cast.account("cell_secretary")
    _made, text = make(account)
    said = {
        "procedure": "admission",
        "day": "2024-03-01",
        "person": live_cast.applicant.pk,
        "unit": "03127.01",
    }
    client = Client(enforce_csrf_checks=True)
    client.force_login(account)
    refused = client.post("/api/v1/cases", json.dumps(said), content_type="application/json")
    assert refused.status_code == 403 and refused.json()["code"] == "csrf"
    assert ask(text, "/cases", said).status_code == 201


def test_one_that_reads_writes_nothing(live_cast):
    _made, text = make(live_cast.account("cell_secretary"), "read")
    answer = ask(text, "/session/end-others", {})
    assert answer.status_code == 403 and answer.json()["code"] == "token_reads_only"


@pytest.mark.parametrize("text", ["", "x", "orgwork_", "orgwork_" + "a" * 40, "ORGWORK_x", "é", "a b c"])
def test_a_wrong_one_is_refused_even_beside_a_session_that_would_do(live_cast, text):
    client = Client(raise_request_exception=False)
    client.force_login(live_cast.account("member"))
    answer = client.get("/api/v1/session", HTTP_AUTHORIZATION=f"Bearer {text}")
    assert answer.status_code == 401 and answer.json()["code"] == "bad_token"
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_it_ends_on_its_day_and_at_its_owner_s_word(live_cast):
    account = live_cast.account("member")
    made, text = make(account, days=0)
    assert ask(text).status_code == 200
    ApiToken.objects.update(expires_on=timezone.localdate() - dt.timedelta(days=1))
    assert ask(text).status_code == 401
    made, text = make(account)
    assert ask(text, f"/tokens/{made.pk}/end", {}).json()["live"] is False
    assert ask(text).status_code == 401
    assert Entry.objects.filter(verb="account.token_ended").exists()


def test_it_ends_with_its_account(live_cast):
    account = live_cast.account("member")
    _made, text = make(account)
    accounts.lock(account, actor=None, door="test")
    assert ask(text).status_code == 401
    accounts.unlock(account, actor=None, door="test")
    assert ask(text).status_code == 401


@pytest.mark.parametrize(("days", "code"), [(-1, "too_long"), (366, "too_long")])
def test_none_lives_for_ever(live_cast, days, code):
    with pytest.raises(Refusal) as refused:
        make(live_cast.account("member"), days=days)
    assert refused.value.code == code


def test_the_last_use_is_seen_and_written_now_and_then_only(live_cast, django_assert_num_queries):
    account = live_cast.account("member")
    made, text = make(account)
    ask(text)
    made.refresh_from_db()
    first = made.used_at
    assert first and timezone.now() - first < dt.timedelta(hours=1)
    ask(text)
    made.refresh_from_db()
    assert made.used_at == first


def confirmed(client):
    session = client.session
    session["confirmed"] = time.time()
    session.save()


def test_tokens_are_made_by_the_api_from_a_confirmed_session_only(live_cast):
    account = live_cast.account("member")
    client = Client()
    client.force_login(account)
    said = {"name": "export", "scope": "read", "until": str(timezone.localdate())}
    post = {"content_type": "application/json"}
    assert client.post("/api/v1/tokens", json.dumps(said), **post).json()["code"] == "confirm_first"
    confirmed(client)
    answer = client.post("/api/v1/tokens", json.dumps(said), **post)
    assert answer.status_code == 201
    text = answer.json()["token"]
    assert [one["name"] for one in ask(text, "/tokens").json()["items"]] == ["export"]
    assert "token" not in ask(text, "/tokens").json()["items"][0]
    _made, writing_one = make(account)
    assert ask(writing_one, "/tokens", said).json()["code"] == "token_makes_none"


def test_tokens_are_made_on_a_page_and_shown_once(live_cast):
    account = live_cast.account("member")
    client = Client()
    client.force_login(account)
    confirmed(client)
    said = {"name": "export", "scope": "read", "until": str(timezone.localdate())}
    page = client.post("/security/tokens/", said).content.decode()
    assert "orgwork_" in page and "shown this once" in page
    listed = client.get("/security/").content.decode()
    text = page.split("orgwork_")[1].split("<")[0]
    assert "export" in listed and text not in listed
    assert client.post("/security/tokens/", {**said, "scope": "scim"}).status_code == 422
    assert client.post("/security/tokens/", {**said, "until": "2999-01-01"}).status_code == 422


def test_sessions_are_listed_and_ended_by_the_api(live_cast):
    account = live_cast.account("member")
    account.set_password("a long and quiet river")
    account.save()
    clients = [Client() for _n in range(3)]
    for one in clients:
        one.post("/sign-in/", {"username": "member", "password": "a long and quiet river"})
    rows = clients[0].get("/api/v1/session/all").json()["items"]
    assert len(rows) == 3 and [row["here"] for row in rows].count(True) == 1
    other = next(row for row in rows if not row["here"])
    post = {"content_type": "application/json"}
    assert clients[0].post(f"/api/v1/session/all/{other['id']}/end", "{}", **post).json() == {"ended": 1}
    assert clients[0].post("/api/v1/session/end-others", "{}", **post).json() == {"ended": 1}
    assert [one.get("/").status_code for one in clients[1:]] == [302, 302]


def test_whoever_knocks_too_often_is_told_to_wait(live_cast, monkeypatch):
    from django.core.cache import caches

    from orgwork.doors.api import keys

    memory = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "often"}}
    with override_settings(CACHES=memory):
        caches["default"].clear()
        monkeypatch.setattr(keys.signing_in, "rule", lambda name, day=None: 3)
        monkeypatch.setattr(keys, "time", SimpleNamespace(time=lambda: 6000.0))
        client = Client(raise_request_exception=False)
        client.force_login(live_cast.account("member"))
        statuses = [client.get("/api/v1/procedures").status_code for _n in range(5)]
        assert statuses == [200, 200, 200, 429, 429]
        answer = client.get("/api/v1/procedures")
        assert answer["Retry-After"] == "60" and answer.json()["code"] == "too_many"
        other = Client()
        other.force_login(live_cast.account("outsider"))
        assert other.get("/api/v1/procedures").status_code == 200


def test_a_wrong_method_is_a_problem_too(live_cast):
    client = Client()
    client.force_login(live_cast.account("member"))
    answer = client.delete("/api/v1/bodies")
    assert answer.status_code == 405 and answer["Allow"]
    assert answer["Content-Type"] == "application/problem+json"


def test_the_help_desk_has_its_address_too(live_cast):
    _made, text = make(live_cast.account("administrator"))
    answer = ask(text, "/sign-in-resets", {"username": "member", "reason": "card"})
    assert answer.status_code == 200 and len(answer.json()["code"]) == 29
    _made, text = make(live_cast.account("auditor"))
    assert ask(text, "/sign-in-resets", {"username": "member", "reason": "card"}).status_code == 403
