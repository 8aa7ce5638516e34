"""Passkeys for real: Chromium with an authenticator of its own, at localhost; and the pages around."""

import time

import pytest

from orgwork.foundation import second_factors
from orgwork.foundation.accounts import Account
from orgwork.foundation.signing_in import SecondFactor, SignedIn
from tests.browsing import follow

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "a long and quiet river"
NARROW = {"width": 390, "height": 844}


@pytest.fixture
def account():
    return Account.objects.create_user("huong", PASSWORD, full_name="Lò Thị Hương", language="en")


@pytest.fixture
def house(live_server):
    """By its name: browsers make no passkeys for a bare address."""
    assert live_server.url.startswith("http://localhost:")
    return live_server.url


@pytest.fixture
def authenticator(page):
    """A key in this browser that is touched and unlocked by itself."""
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    made = cdp.send("WebAuthn.addVirtualAuthenticator", {"options": {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }})  # fmt: skip
    return cdp, made["authenticatorId"]


def sign_in(page, house):
    page.goto(f"{house}/sign-in/")
    page.fill("#username", "huong")
    page.fill("#password", PASSWORD)
    follow(page, "form.card button")


def set_up(page, house):
    sign_in(page, house)
    page.goto(f"{house}/security/passkey/")
    page.fill("#name", "my telephone")
    page.click("form[data-passkey] button")
    page.wait_for_selector("ul.codes")


def test_a_passkey_is_set_up_and_opens_the_house(account, page, house, authenticator, no_axe_faults):
    set_up(page, house)
    no_axe_faults(page)
    kept = SecondFactor.objects.get(account=account, kind="passkey")
    assert kept.name == "my telephone"
    page.goto(f"{house}/security/")
    no_axe_faults(page)
    page.set_viewport_size(NARROW)
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    no_axe_faults(page)
    page.context.clear_cookies()
    sign_in(page, house)
    page.wait_for_url("**/sign-in/second/")
    no_axe_faults(page)
    page.click("form[data-passkey] button")
    page.wait_for_url(f"{house}/")
    assert SignedIn.objects.filter(how="passkey").exists()
    # And without name and password: unlocked by its owner, the passkey is both factors.
    page.context.clear_cookies()
    page.goto(f"{house}/sign-in/")
    follow(page, "a[href*='/sign-in/passkey/']")
    no_axe_faults(page)
    page.click("form[data-passkey] button")
    page.wait_for_url(f"{house}/")
    assert SignedIn.objects.filter(how="passkey_alone").exists()


def test_a_key_of_somebody_else_opens_nothing(account, page, house, authenticator):
    """The same browser, another passkey: the house asks for the one it knows."""
    set_up(page, house)
    cdp, ident = authenticator
    cdp.send("WebAuthn.clearCredentials", {"authenticatorId": ident})
    page.context.clear_cookies()
    sign_in(page, house)
    page.wait_for_url("**/sign-in/second/")
    page.click("form[data-passkey] button")
    page.wait_for_selector("form[data-passkey] [role=alert]:visible")
    assert "was not used" in page.inner_text("form[data-passkey] [role=alert]")


def test_an_answer_is_good_once_and_only_for_its_question(account, page, house, authenticator):
    """What the browser sent is sent again, as somebody who listened would."""
    set_up(page, house)
    page.context.clear_cookies()
    sign_in(page, house)
    page.wait_for_url("**/sign-in/second/")
    with page.expect_request(lambda r: r.method == "POST" and r.url.endswith("/second/")) as sent:
        page.click("form[data-passkey] button")
    page.wait_for_url(f"{house}/")
    answer = sent.value.post_data
    page.context.clear_cookies()
    sign_in(page, house)
    page.wait_for_url("**/sign-in/second/")
    token = page.input_value("form[data-passkey] input[name=csrfmiddlewaretoken]")
    again = "&".join([f"csrfmiddlewaretoken={token}", *[p for p in answer.split("&") if "csrf" not in p]])
    found = page.context.request.post(
        f"{house}/sign-in/second/", data=again,
        headers={"Content-Type": "application/x-www-form-urlencoded", "Referer": f"{house}/sign-in/second/"},
    )  # fmt: skip
    assert found.status == 422


def test_at_a_bare_address_the_page_says_why_there_are_none(account, page, live_server, no_axe_faults):
    bare = live_server.url.replace("localhost", "127.0.0.1")
    sign_in(page, bare)
    page.goto(f"{bare}/security/passkey/")
    assert "only over https, or at localhost" in page.inner_text("main")
    no_axe_faults(page)


def test_codes_are_set_up_and_asked_for_without_any_script(account, browser, live_server, no_axe_faults):
    context = browser.new_context(java_script_enabled=False)
    try:
        page = context.new_page()
        sign_in(page, live_server.url)
        page.goto(f"{live_server.url}/security/codes/")
        key = page.inner_text("code.hash").replace(" ", "")
        page.fill("#code", second_factors.code_at(key, int(time.time()) // 30))
        follow(page, "form.sheet button.main")
        recovery = page.locator("ul.codes code").first.inner_text()
        context.clear_cookies()
        sign_in(page, live_server.url)
        page.fill("#code", recovery)
        follow(page, "form.card button.main")
        page.goto(f"{live_server.url}/security/")
        assert "9 recovery codes are left" in page.inner_text("main")
    finally:
        context.close()


@pytest.mark.parametrize("path", ["/security/codes/", "/security/tokens/", "/security/confirm/"])
def test_the_pages_around_hold_for_axe_and_on_a_phone(account, page, live_server, no_axe_faults, path):
    sign_in(page, live_server.url)
    page.goto(live_server.url + path)
    no_axe_faults(page)
    page.set_viewport_size(NARROW)
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    no_axe_faults(page)


@pytest.mark.parametrize("path", ["/sign-in/", "/sign-in/reset/", "/signed-out/"])
def test_the_pages_before_hold_for_axe_and_on_a_phone(page, live_server, no_axe_faults, path):
    page.goto(live_server.url + path)
    no_axe_faults(page)
    page.set_viewport_size(NARROW)
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
