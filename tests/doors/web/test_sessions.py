"""Sessions: begun under a new key, listed, ended by their owner and by age."""

import time

import pytest
from django.contrib.auth import authenticate
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from orgwork.doors.web import callers
from orgwork.foundation.accounts import Account
from orgwork.foundation.signing_in import SignedIn

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "a long and quiet river"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"


@pytest.fixture
def account():
    return Account.objects.create_user("huong", PASSWORD, full_name="Hương Lò Giang", language="en")


def sign_in(**head):
    client = Client(**head)
    client.post("/sign-in/", {"username": "huong", "password": PASSWORD})
    return client


def inside(client):
    return client.get("/").status_code == 200


def test_a_sign_in_begins_under_a_key_of_its_own(account):
    client = Client()
    client.get("/signed-out/")
    session = client.session
    session["way_out"] = "x"
    session.save()
    before = session.session_key
    client.post("/sign-in/", {"username": "huong", "password": PASSWORD})
    assert client.session.session_key != before
    assert not Session.objects.filter(session_key=before).exists()


def test_the_owner_sees_device_network_and_days_but_no_whole_address(account):
    client = sign_in(HTTP_USER_AGENT=FIREFOX, REMOTE_ADDR="203.0.113.77")
    page = client.get("/security/").content.decode()
    assert "Firefox, Linux" in page and "203.0.113.0/24" in page
    assert "203.0.113.77" not in page and "Mozilla" not in page
    assert not SignedIn.objects.filter(address__contains="113.77").exists()


@pytest.mark.parametrize(
    ("whole", "kept"),
    [
        ("10.1.2.3", "10.1.2.0/24"), ("2001:db8:1:2::5", "2001:db8:1::/48"), ("", ""), ("x", ""),
        ("::ffff:10.1.2.3", "10.1.2.0/24"),
    ],
)  # fmt: skip
def test_addresses_are_cut_short(whole, kept):
    assert callers.coarse(whole) == kept


def test_an_owner_ends_one_session_and_all_others(account):
    here, there, third = sign_in(), sign_in(), sign_in()
    number = SignedIn.objects.get(session=there.session.session_key).pk
    here.post(f"/security/sessions/{number}/end/")
    assert inside(here) and not inside(there) and inside(third)
    here.post("/security/sessions/end-others/")
    assert inside(here) and not inside(third)
    assert SignedIn.objects.count() == 1


def test_ending_the_present_one_signs_out(account):
    client = sign_in()
    number = SignedIn.objects.get().pk
    assert client.post(f"/security/sessions/{number}/end/").url == "/sign-in/"
    assert not inside(client)


def test_nobody_ends_somebody_else_s(account):
    other = Account.objects.create_user("other", PASSWORD)
    row = SignedIn.objects.create(
        account=other, session="x", how="password", since=timezone.now(), seen=timezone.now()
    )
    sign_in().post(f"/security/sessions/{row.pk}/end/")
    assert SignedIn.objects.filter(pk=row.pk).exists()


def aged(client, *, since=0, seen=0):
    session = client.session
    session["since"], session["seen"] = time.time() - since, time.time() - seen
    session.save()


def test_a_session_ends_after_its_hours_and_after_idle_minutes(account):
    client = sign_in()
    aged(client, since=11 * 3600, seen=59 * 60)
    assert inside(client)
    aged(client, since=60, seen=61 * 60)
    assert not inside(client)
    assert "session has ended" in client.get("/sign-in/").content.decode()
    client = sign_in()
    aged(client, since=12 * 3600 + 60)
    assert not inside(client)
    assert not Session.objects.filter(session_key=client.session.session_key).exists()


def test_the_house_may_say_less(account, settings):
    settings.ORGWORK_IDLE_MINUTES = 5
    client = sign_in()
    aged(client, seen=6 * 60)
    assert not inside(client)


def test_signing_out_takes_the_session_away(account):
    client = sign_in()
    key = client.session.session_key
    client.post("/sign-out/")
    assert not Session.objects.filter(session_key=key).exists()
    assert not SignedIn.objects.exists()


def test_a_new_password_turns_the_session_over_and_ends_the_others(account):
    here, there = sign_in(), sign_in()
    before = here.session.session_key
    new = "another long quiet river"
    here.post("/password/", {"old": PASSWORD, "new": new, "again": new})
    assert inside(here) and not inside(there)
    assert SignedIn.objects.get().session == here.session.session_key != before


def test_closing_an_account_ends_its_sessions_at_once(account):
    from orgwork.procedures import accounts

    client = sign_in()
    accounts.lock(account, actor=None, door="test")
    assert not inside(client)
    assert not SignedIn.objects.exists() and not Session.objects.filter(
        session_key=client.session.session_key).exists()  # fmt: skip


def test_a_proxy_of_ours_says_who_calls_and_nobody_else_does(account, settings, rf):
    request = rf.get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="6.6.6.6, 203.0.113.9")
    assert callers.address_of(request) == "10.0.0.1"
    settings.ORGWORK_BEHIND_PROXY = True
    assert callers.address_of(request) == "203.0.113.9"


def test_no_cookie_is_open_to_scripts_and_by_https_all_keep_to_this_host(account):
    client = sign_in()
    for cookie in client.cookies.values():
        assert cookie["httponly"] and cookie["samesite"] == "Lax" and cookie["path"] == "/"
        assert not cookie["domain"]


def test_passwords_are_checked_by_length_lists_and_likeness_and_by_no_mixture(account):
    client = sign_in()
    for weak in ("short", "elevenchars", "1q2w3e4r5t6y", "Hương Lò Giang", "Matkhau-2026-Orgwork"):
        said = {"old": PASSWORD, "new": weak, "again": weak}
        assert client.post("/password/", said).status_code == 422, weak
    for good in (
        "nước chảy đá mòn",
        "alllowercaseletters",
        "840375926158",
        "a" * 3 + " " + "b" * 3 + " khe suối",
        "x" * 200,
    ):
        said = {"old": PASSWORD, "new": good, "again": good}
        answer = client.post("/password/", said)
        assert answer.status_code == 302, good
        assert authenticate(username="huong", password=good)
        client.post("/password/", {"old": good, "new": PASSWORD, "again": PASSWORD})


def test_a_password_of_somebody_else_is_replaced_before_anything_else():
    from orgwork.procedures import accounts

    _account, password = accounts.add("moi", actor=None, door="test")
    client = Client()
    client.post("/sign-in/", {"username": "moi", "password": password})
    assert client.get("/").url == client.get("/security/").url == "/password/"
    assert client.get("/api/v1/session").json()["code"] == "password_due"
    client.post("/password/", {"old": password, "new": PASSWORD, "again": PASSWORD})
    assert inside(client) and client.get("/api/v1/session").status_code == 200


def test_and_runs_out_when_it_is_not():
    import datetime as dt

    from orgwork.procedures import accounts

    _account, password = accounts.add("moi", actor=None, door="test")
    Account.objects.update(given_at=timezone.now() - dt.timedelta(days=15))
    answer = Client().post("/sign-in/", {"username": "moi", "password": password})
    assert "has run out" in answer.context["refusal"]


def test_signing_out_clears_what_the_browser_holds(account):
    assert "storage" in sign_in().post("/sign-out/")["Clear-Site-Data"]


def test_ending_sessions_takes_a_confirmation(account):
    here, there = sign_in(), sign_in()
    session = here.session
    session["confirmed"] = 0
    session.save()
    assert here.post("/security/sessions/end-others/").url.startswith("/security/confirm/")
    assert here.post("/api/v1/session/end-others", "{}", content_type="application/json").json()["code"] == (
        "confirm_first")  # fmt: skip
    assert inside(there)


def test_failed_sign_ins_are_in_the_log_and_name_nobody(account, caplog):
    Client().post("/sign-in/", {"username": "huong", "password": "no"})
    Client().post("/sign-in/", {"username": "nobody", "password": "no"})
    said = [record.getMessage() for record in caplog.records if "Failed sign-in" in record.getMessage()]
    assert said == [f"Failed sign-in (account {account.pk})", "Failed sign-in (account of nobody)"]


@pytest.mark.parametrize("path", ["/api/v1/session", "/scim/v2/Users"])
def test_programs_are_refused_on_http_where_pages_are_led_to_https(settings, path):
    settings.SECURE_SSL_REDIRECT = True
    assert Client().get("/sign-in/").status_code == 301
    answer = Client().get(path, HTTP_AUTHORIZATION="Bearer orgwork_x")
    assert answer.status_code == 400 and "https only" in answer.content.decode()
    assert Client().get(path, secure=True).status_code == 401
