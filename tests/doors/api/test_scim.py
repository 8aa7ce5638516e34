"""This room is for SCIM: accounts provided and ended from elsewhere, and never a member."""

import datetime as dt
import json

import pytest
from django.test import Client
from django.utils import timezone

from config.wsgi import application
from orgwork.foundation.accounts import Account
from orgwork.foundation.journal import Entry
from orgwork.foundation.signing_in import ApiToken, ProviderTie, SignedIn
from orgwork.procedures import signing_in
from orgwork.registers.people import Person

pytestmark = pytest.mark.django_db(transaction=True)
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


@pytest.fixture
def token():
    return key()


def key(account=None, scope="scim"):
    until = timezone.localdate() + dt.timedelta(days=1)
    return signing_in.make_token(account, name="provider", scope=scope, until=until, door="test")[1]


class Provider:
    def __init__(self, token):
        self.client = Client(raise_request_exception=False)
        self.head = {"HTTP_AUTHORIZATION": f"Bearer {token}"}

    def __call__(self, method, path, body=None, status=200, **head):
        answer = self.client.generic(
            method, f"/scim/v2{path}", json.dumps(body) if body is not None else "",
            content_type="application/scim+json", **self.head, **head,
        )  # fmt: skip
        assert answer.status_code == status, (answer.status_code, answer.content)
        assert answer["Content-Type"] == "application/scim+json"
        self.last = answer
        return json.loads(answer.content) if answer.content else None


@pytest.fixture
def ask(token):
    return Provider(token)


def described(name="thao.lo", **more):
    return {"schemas": [USER], "userName": name, **more}


def test_the_tester_of_the_protocol_finds_no_fault(token):
    from scim2_client.engines.wsgi import WSGISCIMClient
    from scim2_tester import Status, check_server

    client = WSGISCIMClient(
        application, base_url="http://localhost/scim/v2", headers={"Authorization": f"Bearer {token}"}
    )
    found = check_server(client)
    assert len(found) > 30
    bad = [(one.title, one.reason) for one in found if one.status in (Status.ERROR, Status.CRITICAL)]
    # An account is always either open or closed: taking the word away leaves it as it is.
    assert bad == [("check_remove_attribute", "PATCH modify() did not remove attribute 'active'")]


def test_an_account_is_provided_without_a_password_and_without_a_person(ask):
    made = ask("POST", "/Users", described(displayName="Lò Thị Thảo", externalId="s-1"), 201)
    account = Account.objects.get(pk=made["id"])
    assert (account.username, account.full_name, account.is_active) == ("thao.lo", "Lò Thị Thảo", True)
    assert not account.has_usable_password()
    assert not Person.objects.exists() and not hasattr(account, "holder")
    assert ask.last["Location"].endswith(f"/scim/v2/Users/{account.pk}") and ask.last["ETag"]
    assert Entry.objects.filter(verb="account.add", door="scim").exists()


def test_it_is_found_by_its_name_whatever_the_case(ask):
    made = ask("POST", "/Users", described(), 201)
    for asked in ('userName eq "THAO.LO"', 'userName eq "thao.lo" and active eq true'):
        found = ask("GET", f"/Users?filter={asked}".replace(" ", "%20"))
        assert [one["id"] for one in found["Resources"]] == [made["id"]]
    assert ask("GET", "/Users?filter=userName%20eq%20%22nobody%22")["totalResults"] == 0
    assert ask("GET", "/Users?filter=userName%20like", status=400)["scimType"] == "invalidFilter"


def test_lists_come_in_pages(ask):
    for n in range(5):
        ask("POST", "/Users", described(f"user{n}"), 201)
    page = ask("GET", "/Users?startIndex=4&count=2")
    assert (page["totalResults"], page["itemsPerPage"], page["startIndex"]) == (5, 2, 4)
    assert ask("GET", "/Users?count=0")["totalResults"] == 5


@pytest.mark.parametrize("way", ["patch", "put"])
def test_closing_ends_sessions_and_tokens_at_once(ask, way):
    account = Account.objects.get(pk=ask("POST", "/Users", described(), 201)["id"])
    now = timezone.now()
    SignedIn.objects.create(account=account, session="a", how="provider", since=now, seen=now)
    own = key(account, "read")
    if way == "patch":
        said = {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "active", "value": False}]}
        closed = ask("PATCH", f"/Users/{account.pk}", said)
    else:
        closed = ask("PUT", f"/Users/{account.pk}", described(active=False))
    assert closed["active"] is False
    assert not SignedIn.objects.filter(account=account).exists()
    assert Client().get("/api/v1/session", HTTP_AUTHORIZATION=f"Bearer {own}").status_code == 401
    assert Entry.objects.filter(verb="account.lock", door="scim").exists()


def test_silence_opens_nothing_that_was_closed(ask):
    made = ask("POST", "/Users", described(active=False), 201)
    assert ask("PUT", f"/Users/{made['id']}", described(displayName="Other"))["active"] is False


def test_what_others_know_about_their_people_is_read_over(ask):
    said = described(emails=[{"value": "x@example.org"}], nickName="T", title="Head")
    made = ask("POST", "/Users", said, 201)
    assert set(made) == {"schemas", "id", "userName", "active", "meta"}


def test_deleting_ends_for_good_and_gives_the_name_to_nobody_else(ask):
    made = ask("POST", "/Users", described(), 201)
    ask("DELETE", f"/Users/{made['id']}", status=204)
    ask("GET", f"/Users/{made['id']}", status=404)
    assert ask("POST", "/Users", described(), 409)["scimType"] == "uniqueness"
    account = Account.objects.get(pk=made["id"])
    assert account.ended_at and not account.is_active


def test_a_name_is_given_once(ask):
    ask("POST", "/Users", described(), 201)
    assert ask("POST", "/Users", described("THAO.LO"), 409)["scimType"] == "uniqueness"
    assert ask("POST", "/Users", described("a b"), 400)["scimType"] == "invalidValue"


def test_a_change_to_what_has_changed_since_is_refused(ask):
    made = ask("POST", "/Users", described(), 201)
    before = ask.last["ETag"]
    ask("PUT", f"/Users/{made['id']}", described(displayName="One"), HTTP_IF_MATCH=before)
    ask("PUT", f"/Users/{made['id']}", described(displayName="Two"), 412, HTTP_IF_MATCH=before)


def test_the_subject_at_the_provider_comes_with_the_account(ask, settings):
    settings.ORGWORK_OIDC = {**settings.ORGWORK_OIDC, "issuer": "https://id.example"}
    made = ask("POST", "/Users", described(externalId="s-1"), 201)
    tie = ProviderTie.objects.get()
    assert (tie.account_id, tie.issuer, tie.subject) == (int(made["id"]), "https://id.example", "s-1")
    assert ask("POST", "/Users", described("other", externalId="s-1"), 409)["scimType"] == "uniqueness"
    assert not Account.objects.filter(username="other").exists()


@pytest.mark.parametrize("scope", ["read", "write"])
def test_only_a_token_made_for_it_opens_the_door(scope):
    account = Account.objects.create_user("huong", None)
    for said in ("", f"Bearer {key(account, scope)}", "Bearer orgwork_x", "Basic eDp5"):
        answer = Client().get("/scim/v2/Users", HTTP_AUTHORIZATION=said)
        assert answer.status_code == 401 and "Bearer" in answer["WWW-Authenticate"]


def test_the_token_of_scim_opens_nothing_else(token):
    assert Client().get("/api/v1/session", HTTP_AUTHORIZATION=f"Bearer {token}").status_code == 401


def test_an_administrator_s_token_ends_with_the_post(live_cast):
    from orgwork.foundation.dates import end
    from orgwork.foundation.moments import writing
    from orgwork.registers.appointments import Appointment
    from orgwork.registers.record import Cause

    ask = Provider(key(live_cast.account("administrator")))
    ask("POST", "/Users", described(), 201)
    with writing(door="test") as act:
        held = {"post": live_cast.posts["administrator"], "acting": False}
        end(Appointment, act, held, act.day, cause=Cause.objects.create(kind="released"))
    ask("POST", "/Users", described("other"), 403)


def test_whoever_manages_no_accounts_makes_no_such_token(live_cast):
    from orgwork.foundation.refusals import NotAllowed

    with pytest.raises(NotAllowed):
        key(live_cast.account("provincial_officer"))
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize("body", ["", "[]", "{", "null", '{"schemas": 1}', '{"userName": {}}', "1" * 50])
def test_what_cannot_be_read_is_said_in_the_protocol_s_words(token, body):
    answer = Client(raise_request_exception=False).post(
        "/scim/v2/Users", body, content_type="application/scim+json", HTTP_AUTHORIZATION=f"Bearer {token}"
    )
    assert answer.status_code == 400 and answer.json()["status"] == "400"


def test_no_program_says_who_signs_in_with_heavy_powers(live_cast, settings):
    settings.ORGWORK_OIDC = {**settings.ORGWORK_OIDC, "issuer": "https://id.example"}
    ask = Provider(key())
    account = live_cast.account("provincial_officer")
    ask("PUT", f"/Users/{account.pk}", described(account.username, externalId="s-1"), 403)
    assert not ProviderTie.objects.exists()
