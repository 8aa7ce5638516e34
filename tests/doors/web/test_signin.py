"""Coming in: with the right password, not with a wrong one, and not by guessing for long."""

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from orgwork.doors.models import SignInTrouble
from orgwork.foundation.accounts import Account

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "a long and quiet river"


@pytest.fixture
def account():
    return Account.objects.create_user("huong", PASSWORD, full_name="Lò Thị Hương", language="en")


def sign_in(client=None, name="huong", password=PASSWORD, **more):
    return (client or Client()).post("/sign-in/", {"username": name, "password": password, **more})


def test_the_right_password_opens_the_house(account):
    assert sign_in().status_code == 302


def test_it_goes_on_to_the_page_asked_for_and_never_elsewhere(account):
    assert sign_in(next="/people/?unit=11").url == "/people/?unit=11"
    assert sign_in(next="https://elsewhere.example/").url == "/"
    assert sign_in(next="//elsewhere.example/").url == "/"


def test_a_wrong_password_and_an_unknown_name_are_told_the_same(account):
    wrong, unknown = sign_in(password="no"), sign_in(name="nobody", password="no")
    assert wrong.status_code == unknown.status_code == 422
    assert wrong.context["refusal"] == unknown.context["refusal"]


@pytest.mark.parametrize("name", ["huong", "nobody"])
def test_after_five_failures_the_name_is_locked_even_for_the_right_password(account, name):
    for _try in range(5):
        answer = sign_in(name=name, password="no")
    assert "Too many" in answer.context["refusal"]
    assert "Too many" in sign_in(name=name).context["refusal"]


def test_the_lock_ends_by_itself(account):
    for _try in range(5):
        sign_in(password="no")
    Account.objects.update(locked_until=timezone.now() - dt.timedelta(seconds=1))
    assert sign_in().status_code == 302
    account.refresh_from_db()
    assert (account.failures, account.locked_until) == (0, None)


def test_one_address_guessing_many_names_is_locked_too(account):
    for n in range(50):
        sign_in(name=f"name{n}", password="no")
    assert "Too many" in sign_in().context["refusal"]
    other = Client(REMOTE_ADDR="10.0.0.7")
    assert sign_in(other).status_code == 302


def test_no_address_is_kept_in_clear_and_none_for_long(account):
    sign_in(password="no")
    assert not SignInTrouble.objects.filter(key__contains="127.0.0.1").exists()
    SignInTrouble.objects.update(last_at=timezone.now() - dt.timedelta(days=2))
    sign_in(Client(REMOTE_ADDR="10.0.0.7"))
    assert SignInTrouble.objects.count() == 1


def test_a_closed_account_stays_out(account):
    Account.objects.update(is_active=False)
    assert sign_in().status_code == 422


def test_signing_out_takes_a_post(account):
    client = Client()
    sign_in(client)
    assert client.get("/sign-out/").status_code == 405
    assert client.post("/sign-out/").url == "/sign-in/"
    assert client.get("/").status_code == 302


@pytest.mark.parametrize("code", ["vi", "en", "de", "ru"])
def test_the_language_is_kept_with_the_account(account, code):
    client = Client()
    sign_in(client)
    client.post("/language/", {"language": code, "next": "/"})
    account.refresh_from_db()
    assert account.language == code
    assert f'<html lang="{code}">' in client.get("/").content.decode()


def test_a_language_nobody_speaks_here_changes_nothing(account):
    client = Client()
    sign_in(client)
    client.post("/language/", {"language": "xx", "next": "/"})
    account.refresh_from_db()
    assert account.language == "en"


def test_a_new_password_takes_the_old_one_and_ends_other_sessions(account):
    client, other = Client(), Client()
    sign_in(client)
    sign_in(other)
    said = {"old": "wrong", "new": "another long quiet river", "again": "another long quiet river"}
    assert client.post("/password/", said).status_code == 422
    said |= {"old": PASSWORD, "new": "short", "again": "short"}
    assert client.post("/password/", said).status_code == 422
    said |= {"new": "another long quiet river", "again": "another long quiet river"}
    assert client.post("/password/", said).status_code == 302
    assert client.get("/").status_code == 200
    assert other.get("/").status_code == 302
    assert sign_in().status_code == 422
    assert sign_in(password="another long quiet river").status_code == 302
