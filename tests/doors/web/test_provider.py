"""Signing in at the office's own provider: a real one on loopback, honest or lying."""

import urllib.request
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings as house
from django.test import Client

from orgwork.doors.web import provider as door
from orgwork.foundation.accounts import Account
from orgwork.foundation.journal import Entry
from orgwork.foundation.signing_in import SecondFactor, SignedIn
from orgwork.procedures import accounts

from .a_provider import CLIENT, SECRET, Provider

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def running():
    provider = Provider()
    yield provider
    provider.close()


@pytest.fixture
def provider(running, settings):
    running.subject, running.amr, running.lies = "s-1", [], set()
    running.asked.clear()
    door.forget()
    settings.ORGWORK_OIDC = {
        **house.ORGWORK_OIDC, "issuer": running.issuer, "client_id": CLIENT, "client_secret": SECRET,
        "label": "Văn phòng tỉnh",
    }  # fmt: skip
    yield running
    door.forget()


@pytest.fixture
def account(provider):
    account = Account.objects.create_user("huong", None, full_name="Lò Thị Hương", language="en")
    return accounts.tie(account, "s-1", issuer=provider.issuer, actor=None, door="test")


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_said):
        return None


def at_the_provider(url):
    """Follow the house to the provider; where the provider sends the browser back to."""
    try:
        urllib.request.build_opener(NoRedirect).open(url, timeout=60)
    except urllib.error.HTTPError as answer:
        assert answer.code == 302, answer.read()
        return answer.headers["Location"]
    raise AssertionError("the provider sent nobody back")


def come_in(client=None, **sent):
    """The whole way; returns what the house answers when the browser comes back."""
    client = client or Client()
    there = client.get("/sign-in/provider/", {"next": "/security/"})
    assert there.status_code == 302, there.content
    back = urlsplit(at_the_provider(there.url))
    said = {name: values[0] for name, values in parse_qs(back.query).items()}
    return client.get(back.path, {**said, **sent})


def signed_in(client):
    return client.get("/security/").status_code == 200


def test_the_subject_of_an_account_comes_in(account, provider):
    client = Client()
    answer = come_in(client)
    assert answer.status_code == 302 and answer.url == "/security/"
    assert signed_in(client)
    assert SignedIn.objects.get().how == "provider"
    assert Entry.objects.filter(verb="account.sign_in").exists()
    asked = provider.asked[-1]
    assert asked["code_challenge_method"] == "S256" and len(asked["nonce"]) > 15 and len(asked["state"]) > 15


def test_the_sign_in_page_offers_the_provider_by_its_name(provider):
    assert "Văn phòng tỉnh" in Client().get("/sign-in/").content.decode()


LIES = [
    "nonce", "no nonce", "audience", "expired", "wrong iss", "altered", "other key", "unsigned",
    "shared secret", "no token",
]  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
def test_what_does_not_hold_brings_nobody_in(account, provider, lie):
    provider.lies = {lie}
    client = Client()
    answer = come_in(client)
    assert answer.status_code == 403 and "could not be verified" in answer.content.decode()
    assert not signed_in(client) and not SignedIn.objects.exists()


def test_a_provider_that_calls_itself_otherwise_is_not_asked(account, provider):
    provider.lies = {"issuer"}
    door.forget()
    assert Client().get("/sign-in/provider/").status_code == 503
    assert not provider.asked


def test_an_answer_to_somebody_else_s_question_brings_nobody_in(account):
    """Whoever is lured to the address of an attacker's sign-in does not come in as the attacker."""
    mine, other = Client(), Client()
    there = other.get("/sign-in/provider/")
    back = urlsplit(at_the_provider(there.url))
    answer = mine.get(back.path, {name: values[0] for name, values in parse_qs(back.query).items()})
    assert answer.status_code == 403 and not signed_in(mine)


def test_a_code_is_good_once(account):
    client = Client()
    there = client.get("/sign-in/provider/")
    back = at_the_provider(there.url)
    assert client.get(back).status_code == 302
    client.post("/sign-out/")
    assert client.get(back).status_code == 403


def test_another_issuer_in_the_answer_is_refused(account):
    assert come_in(iss="https://elsewhere.example").status_code == 403


def test_nobody_is_found_by_a_name_or_an_e_mail(provider):
    """The provider says it is huong; without a tie that is nobody."""
    Account.objects.create_user("huong", "a long and quiet river")
    provider.subject = "s-2"
    client = Client()
    answer = come_in(client)
    assert answer.status_code == 403 and "s-2" in answer.content.decode()
    assert not signed_in(client)


@pytest.mark.parametrize("code", ["vi", "en", "de", "ru"])
def test_the_refusal_is_said_in_the_reader_s_language(provider, code):
    provider.subject = "s-2"
    client = Client()
    client.cookies[house.LANGUAGE_COOKIE_NAME] = code
    answer = come_in(client)
    assert f'<html lang="{code}">' in answer.content.decode()


def test_an_account_that_is_closed_stays_out(account):
    accounts.lock(account, actor=None, door="test")
    assert come_in().status_code == 403


def test_a_second_factor_of_the_house_is_asked_for(account):
    SecondFactor.objects.create(account=account, kind="code", secret="x")
    client = Client()
    assert come_in(client).url == "/sign-in/second/"
    assert not signed_in(client)


def test_not_where_the_provider_has_asked_for_two(account, provider):
    SecondFactor.objects.create(account=account, kind="code", secret="x")
    provider.amr = ["pwd", "mfa"]
    client = Client()
    come_in(client)
    assert signed_in(client)


def test_a_sign_in_that_was_broken_off_is_said(provider):
    answer = Client().get("/sign-in/provider/back/", {"error": "access_denied", "state": "x"})
    assert answer.status_code == 403 and "not completed" in answer.content.decode()


@pytest.mark.parametrize("sent", [{}, {"state": "x"}, {"code": "x"}, {"state": "x", "code": "x"}])
def test_an_answer_to_no_question_brings_nobody_in(provider, sent):
    assert Client().get("/sign-in/provider/back/", sent).status_code == 403


def test_a_provider_that_is_away_is_said(settings):
    settings.ORGWORK_OIDC = {**house.ORGWORK_OIDC, "issuer": "http://127.0.0.1:9", "client_id": CLIENT}
    door.forget()
    answer = Client().get("/sign-in/provider/")
    assert answer.status_code == 503 and "does not answer" in answer.content.decode()


def test_the_way_out_leads_past_the_provider(account, provider):
    client = Client()
    come_in(client)
    assert client.post("/sign-out/").url == "/signed-out/"
    page = client.get("/signed-out/").content.decode()
    assert f"{provider.issuer}/leave?" in page and "id_token_hint=" in page
    assert not signed_in(client)


def test_a_sign_in_leads_to_no_other_house(account):
    client = Client()
    there = client.get("/sign-in/provider/", {"next": "https://elsewhere.example/"})
    back = at_the_provider(there.url)
    assert client.get(back).url == "/"


def test_without_a_provider_the_address_leads_to_the_sign_in():
    assert Client().get("/sign-in/provider/").url == "/sign-in/"


def test_the_account_of_a_provider_confirms_by_coming_in_again(account):
    client = Client()
    come_in(client)
    assert client.get("/security/codes/").status_code == 200
    session = client.session
    session["confirmed"] = 0
    session.save()
    assert client.get("/security/codes/").status_code == 302
    assert client.post("/security/confirm/", {"password": ""}).status_code == 422
