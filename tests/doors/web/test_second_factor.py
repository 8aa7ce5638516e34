"""The second step: set up, asked for, used once, taken away; and what happens when it is lacking."""

import datetime as dt
import re
import threading
import time
from types import SimpleNamespace

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.test import Client
from django.utils import timezone

from orgwork.doors.web import security, signin
from orgwork.foundation import second_factors
from orgwork.foundation.accounts import Account
from orgwork.foundation.journal import Entry
from orgwork.foundation.signing_in import ApiToken, Notice, SecondFactor, SignedIn
from orgwork.procedures import accounts, signing_in

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "a long and quiet river"


#: The clock of the codes stands still while a test runs, so that no slow machine lets one run out.
NOW = time.time()


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    global NOW
    NOW = time.time()
    for room in (signin, security):
        monkeypatch.setattr(room, "time", SimpleNamespace(time=lambda: NOW))


@pytest.fixture
def account():
    return Account.objects.create_user("huong", PASSWORD, full_name="Lò Thị Hương", language="en")


def sign_in(client=None, name="huong", password=PASSWORD, **more):
    client = client or Client()
    return client, client.post("/sign-in/", {"username": name, "password": password, **more})


def code_of(account, *, steps=0):
    """What the app shows now, or some steps on."""
    kept = SecondFactor.objects.get(account=account, kind="code")
    return second_factors.code_at(second_factors.decipher(kept.secret), int(NOW) // 30 + steps)


def with_codes(account):
    """One-time codes that were set up a while ago, and the recovery codes."""
    key, then = second_factors.new_key(), NOW - 3600
    code = second_factors.code_at(key, int(then) // 30)
    return signing_in.add_codes(account, key, code, at=then, door="test")


def inside(client):
    return client.get("/").status_code == 200


# ── codes ───────────────────────────────────────────────────────────────────────────────────────────────


def test_codes_are_set_up_with_the_first_one_and_give_recovery_codes_once(account):
    client, _answer = sign_in()
    page = client.get("/security/codes/").content.decode()
    key = re.search(r'<code class="hash">([A-Z2-7 ]+)</code>', page)[1].replace(" ", "")
    assert "<svg" in page and "<img" not in page
    assert client.post("/security/codes/", {"code": "000"}).status_code == 422
    before = client.session.session_key
    code = second_factors.code_at(key, int(NOW) // 30)
    made = client.post("/security/codes/", {"code": code}).content.decode()
    shown = re.findall(r"<code>([a-z0-9-]{17})</code>", made)
    assert len(set(shown)) == 10
    assert client.session.session_key != before
    kept = SecondFactor.objects.filter(account=account)
    assert kept.filter(kind="recovery").count() == 10 and kept.filter(kind="code").count() == 1
    assert not [row for row in kept if row.secret in shown or key in row.secret]
    assert Entry.objects.filter(verb="account.factor_added").exists()


def test_the_password_alone_no_longer_opens_the_house(account):
    with_codes(account)
    client, answer = sign_in(next="/people/")
    assert answer.url == "/sign-in/second/" and not inside(client)
    answer = client.post("/sign-in/second/", {"code": code_of(account)})
    assert answer.url == "/people/" and inside(client)
    assert SignedIn.objects.get().how == "code"


def test_a_code_is_good_once(account):
    with_codes(account)
    code = code_of(account)
    client, _answer = sign_in()
    assert client.post("/sign-in/second/", {"code": code}).status_code == 302
    again, _answer = sign_in()
    assert again.post("/sign-in/second/", {"code": code}).status_code == 422
    assert not inside(again)


@pytest.mark.postgres
def test_of_two_at_once_with_one_code_one_comes_in(account):
    with_codes(account)
    code, at, fits, both = code_of(account), NOW, [], threading.Barrier(2)

    def use():
        both.wait()
        fits.append(signing_in.code_fits(account, code, at=at))
        connection.close()

    threads = [threading.Thread(target=use) for _n in range(2)]
    [one.start() for one in threads]
    [one.join() for one in threads]
    assert sorted(map(str, fits)) == ["", "code"]


def test_a_recovery_code_is_good_once_and_the_owner_is_told(account):
    first = with_codes(account)[0]
    client, _answer = sign_in()
    client.post("/sign-in/second/", {"code": first.upper().replace("-", " ")})
    assert signing_in.recovery_left(account) == 9
    assert "one of your recovery codes was used" in client.get("/").content.decode()
    again, _answer = sign_in()
    assert again.post("/sign-in/second/", {"code": first}).status_code == 422


def test_guessing_codes_locks_the_account_like_guessing_passwords(account):
    with_codes(account)
    client, _answer = sign_in()
    for _try in range(5):
        answer = client.post("/sign-in/second/", {"code": "00000x"})
    assert "Too many" in answer.context["refusal"]
    assert client.post("/sign-in/second/", {"code": code_of(account)}).status_code == 422
    assert "Too many" in sign_in()[1].context["refusal"]


def test_the_second_step_does_not_wait_for_ever(account):
    with_codes(account)
    client, _answer = sign_in()
    session = client.session
    session["pending"] = {**session["pending"], "at": NOW - 700}
    session.save()
    assert client.post("/sign-in/second/", {"code": code_of(account)}).url == "/sign-in/"
    assert not inside(client)


def test_nobody_comes_to_the_second_step_without_the_first(account):
    with_codes(account)
    client = Client()
    assert client.get("/sign-in/second/").url == "/sign-in/"
    assert client.post("/sign-in/second/", {"code": code_of(account)}).url == "/sign-in/"
    assert not inside(client)


def test_a_password_changed_meanwhile_ends_the_way_in(account):
    with_codes(account)
    client, _answer = sign_in()
    Account.objects.update(password=make_password("another long quiet river"))
    assert client.post("/sign-in/second/", {"code": code_of(account)}).url == "/sign-in/"


def test_a_key_that_can_no_longer_be_read_is_said(account, settings):
    with_codes(account)
    code = code_of(account)
    settings.SECRET_KEY = "another key of the house" * 3
    client, _answer = sign_in()
    answer = client.post("/sign-in/second/", {"code": code})
    assert "can no longer be read" in answer.context["refusal"]


@pytest.mark.parametrize("code", ["", " ", "abc", "٣٤٥٦٧٨", "1" * 40, "\u0000", "12345 6789"])
def test_odd_codes_are_refused(account, code):
    with_codes(account)
    client, _answer = sign_in()
    assert client.post("/sign-in/second/", {"code": code}).status_code == 422


def test_a_passkey_cannot_be_made_up(account):
    SecondFactor.objects.create(account=account, kind="passkey", secret="AA==", credential="x")
    client, _answer = sign_in()
    for text in ("{}", "[]", "null", "x", '{"id": "x", "rawId": "eA", "response": {}}', "{" * 30000):
        answer = client.post("/sign-in/second/", {"credential": text}, HTTP_HOST="127.0.0.1")
        assert answer.status_code == 422
    assert not inside(client)


# ── changing it ─────────────────────────────────────────────────────────────────────────────────────────


def old(client):
    """As if the sign-in lay some time back."""
    session = client.session
    session["confirmed"] = 0
    session.save()


CHANGES = ["/security/codes/", "/security/passkey/", "/security/recovery/", "/security/tokens/",
           "/security/factors/1/end/"]  # fmt: skip


@pytest.mark.parametrize("address", CHANGES)
def test_whoever_found_the_screen_open_changes_nothing(account, address):
    client, _answer = sign_in()
    old(client)
    assert client.post(address, {"name": "x", "scope": "read"}).url.startswith("/security/confirm/")
    assert not SecondFactor.objects.exists() and not ApiToken.objects.exists()


def test_confirming_takes_the_password_and_the_second_factor(account):
    with_codes(account)
    client, _answer = sign_in()
    client.post("/sign-in/second/", {"code": code_of(account)})
    old(client)
    SecondFactor.objects.filter(kind="code").update(counter=0)
    said = {"password": "wrong", "code": code_of(account), "next": "/security/codes/"}
    assert client.post("/security/confirm/", said).status_code == 422
    assert client.post("/security/confirm/", {**said, "password": PASSWORD, "code": ""}).status_code == 422
    before = client.session.session_key
    answer = client.post("/security/confirm/", {**said, "password": PASSWORD})
    assert answer.url == "/security/codes/"
    assert client.session.session_key != before
    assert SignedIn.objects.get().session == client.session.session_key


def test_guessing_the_password_at_the_confirmation_locks_it(account):
    client, _answer = sign_in()
    for _try in range(5):
        client.post("/security/confirm/", {"password": "no"})
    assert "Too many" in client.post("/security/confirm/", {"password": PASSWORD}).context["refusal"]


def test_removing_the_last_factor_takes_the_recovery_codes_and_is_told(account):
    with_codes(account)
    client, _answer = sign_in()
    client.post("/sign-in/second/", {"code": code_of(account)})
    number = signing_in.factors(account).get().pk
    client.post(f"/security/factors/{number}/end/")
    assert not SecondFactor.objects.exists()
    assert Notice.objects.filter(kind="factor_removed", told_at=None).exists()
    assert sign_in()[1].url == "/"


def test_nobody_removes_somebody_else_s(account):
    other = Account.objects.create_user("other", PASSWORD)
    with_codes(other)
    number = signing_in.factors(other).get().pk
    client, _answer = sign_in()
    client.post(f"/security/factors/{number}/end/")
    assert SecondFactor.objects.filter(pk=number).exists()


# ── required ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def officer(live_cast):
    account = live_cast.account("provincial_officer")
    account.set_password(PASSWORD)
    account.save()
    return account


def test_heavy_powers_ask_for_a_second_factor_within_days(officer):
    client, _answer = sign_in(name=officer.username)
    officer.refresh_from_db()
    assert officer.factor_by == timezone.localdate() + dt.timedelta(days=14)
    assert "need a second factor" in client.get("/security/").content.decode()
    assert inside(client)


def test_the_days_are_counted_from_the_first_sign_in(officer):
    sign_in(name=officer.username)
    Account.objects.filter(pk=officer.pk).update(factor_by=timezone.localdate())
    sign_in(name=officer.username)
    officer.refresh_from_db()
    assert officer.factor_by == timezone.localdate()


def test_afterwards_only_the_way_to_one_stays_open(officer):
    client, _answer = sign_in(name=officer.username)
    token = signing_in.make_token(
        officer, name="x", scope="write", until=timezone.localdate(), door="test")[1]  # fmt: skip
    Account.objects.filter(pk=officer.pk).update(factor_by=timezone.localdate() - dt.timedelta(days=1))
    for address in ("/", "/people/", "/figures/"):
        assert client.get(address).url == "/security/"
    for answer in (client.get("/api/v1/session"),
                   Client().get("/api/v1/session", HTTP_AUTHORIZATION=f"Bearer {token}")):  # fmt: skip
        assert answer.status_code == 403 and answer.json()["code"] == "second_factor_due"
    assert client.get("/security/").status_code == client.get("/security/codes/").status_code == 200
    with_codes(officer)
    assert client.get("/").status_code == 200


def test_without_heavy_powers_nobody_is_asked(live_cast):
    account = live_cast.account("member")
    account.set_password(PASSWORD)
    account.save()
    sign_in(name="member")
    account.refresh_from_db()
    assert account.factor_by is None


def test_whoever_removes_a_required_one_has_until_midnight(officer):
    with_codes(officer)
    signing_in.remove_factor(officer, signing_in.factors(officer).get().pk, door="test")
    officer.refresh_from_db()
    assert officer.factor_by == timezone.localdate()


# ── the help desk ───────────────────────────────────────────────────────────────────────────────────────


def test_a_reset_takes_everything_away_and_its_code_is_good_once(account):
    with_codes(account)
    client, _answer = sign_in()
    client.post("/sign-in/second/", {"code": code_of(account)})
    signing_in.make_token(account, name="x", scope="read", until=timezone.localdate(), door="test")
    _account, code, until = accounts.reset("huong", reason="came with the card", actor=None, door="test")
    assert until > timezone.now()
    assert not inside(client) and sign_in()[1].status_code == 422
    assert not SecondFactor.objects.exists() and not any(t.live() for t in ApiToken.objects.all())
    new = "another long quiet river"
    said = {"username": "huong", "code": code, "new": new, "again": new}
    fresh = Client()
    assert fresh.post("/sign-in/reset/", {**said, "code": "aaaaa-bbbbb-ccccc-ddddd"}).status_code == 422
    assert fresh.post("/sign-in/reset/", {**said, "new": "short", "again": "short"}).status_code == 422
    assert fresh.post("/sign-in/reset/", said).url == "/sign-in/"
    assert fresh.post("/sign-in/reset/", said).status_code == 422
    client, _answer = sign_in(password=new)
    assert "help desk reset your sign-in" in client.get("/").content.decode()
    assert "help desk reset" not in client.get("/").content.decode()


def test_a_reset_runs_out(account):
    _account, code, _until = accounts.reset("huong", reason="card", actor=None, door="test")
    account.reset.__class__.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    assert accounts.use_reset("huong", code, "another long quiet river", door="test") is None


def test_guessing_reset_codes_is_stopped(account):
    new = "another long quiet river"
    _account, code, _until = accounts.reset("huong", reason="card", actor=None, door="test")
    client, said = Client(), {"username": "huong", "code": "x", "new": new, "again": new}
    for _try in range(5):
        client.post("/sign-in/reset/", said)
    answer = client.post("/sign-in/reset/", {**said, "code": code})
    assert answer.status_code == 422 and "Too many" in answer.content.decode()


def test_the_help_desk_resets_and_sees_no_name(live_cast):
    person = live_cast.member.names.first().full
    desk = Client()
    desk.force_login(live_cast.account("administrator"))
    assert desk.post("/help-desk/", {"username": "member", "reason": ""}).status_code == 422
    page = desk.post("/help-desk/", {"username": "member", "reason": "card"}).content.decode()
    assert re.search(r"<code>[a-z0-9-]{29}</code>", page)
    assert person not in page
    assert Entry.objects.filter(verb="account.reset", door="web").exists()


@pytest.mark.parametrize("username", ["administrator", "nobody-at-all"])
def test_nobody_resets_themselves_or_somebody_who_is_not_there(live_cast, username):
    desk = Client()
    desk.force_login(live_cast.account("administrator"))
    assert desk.post("/help-desk/", {"username": username, "reason": "card"}).status_code == 422


def test_whoever_has_not_the_power_learns_nothing(live_cast):
    desk = Client()
    desk.force_login(live_cast.account("commune_secretary"))
    for username in ("member", "nobody-at-all"):
        answer = desk.post("/help-desk/", {"username": username, "reason": "card"})
        assert answer.status_code == 403


@pytest.mark.parametrize("what", ["reset", "tie"])
def test_for_heavy_powers_it_takes_a_second_person(live_cast, what):
    from orgwork.foundation.signing_in import ProviderTie
    from orgwork.procedures import four_eyes
    from orgwork.procedures.proposals import Proposal

    heavy = live_cast.account("provincial_officer")
    admin = live_cast.account("administrator")
    if what == "reset":
        waits = accounts.reset(heavy.username, reason="card", actor=admin, door="test")[0]
    else:
        waits = accounts.tie(heavy, "s-1", issuer="https://id.example", actor=admin, door="test")
    assert isinstance(waits, Proposal)
    assert not ProviderTie.objects.exists() and not Notice.objects.exists()
    result = four_eyes.confirm(waits, actor=second_of(live_cast, waits), door="test")
    if what == "reset":
        new = "another long quiet river"
        assert accounts.use_reset(heavy.username, result[1], new, door="test") == heavy
    else:
        assert accounts.of_subject("https://id.example", "s-1") == heavy


def second_of(cast, waits):
    """Somebody else who may confirm it."""
    from orgwork.procedures import four_eyes
    from orgwork.procedures.proposals import Proposal

    for key in ("protection_officer", "auditor", "national_officer", "district_officer"):
        account = cast.account(key)
        try:
            four_eyes.require_second(Proposal.objects.get(pk=waits.pk), account, now=timezone.localdate())
        except ValueError:
            continue
        return account
    raise AssertionError("nobody of the cast may confirm it")
