"""This room is for driving Chromium: signing in without the form, and clicks that lead to another page."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page


def signed_in(page: "Page", live_server: Any, account: Any) -> "Page":
    """The page, signed in, with `go(path)`."""
    session = SessionStore()
    session[SESSION_KEY] = str(account.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = account.get_session_auth_hash()
    session.save()
    page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": session.session_key, "url": live_server.url}]
    )
    page.go = lambda path: page.goto(live_server.url + path)
    return page


WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
#: What htmx marks while something is fetched, put in its place, or settling there.
UNDER_WAY = ".htmx-request, .htmx-swapping, .htmx-settling, .htmx-added"


def settled(page: "Page") -> None:
    """Wait until nothing is being fetched into the page: what stands there before may be gone at a glance."""
    page.wait_for_selector(UNDER_WAY, state="detached")


def fits(page: "Page", path: str, no_axe_faults: "Callable[[Page], None]") -> None:
    """At the address, on a screen and on a telephone: nothing for axe to find, nothing wider than either."""
    page.go(path)
    for size in (WIDE, NARROW):
        page.set_viewport_size(size)
        no_axe_faults(page)
        wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wider <= 0, (path, size)


def follow(page: "Page", selector: str) -> None:
    """Click what leads to another page, and wait until that page is there.

    A click by itself comes back as soon as it is made: what is asked next may meet the page that is being
    left, and a `goto` may cut the form off that is being sent.
    """
    with page.expect_navigation():
        page.click(selector)
