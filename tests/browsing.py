"""This room is for driving Chromium: signing in without the form, and clicks that lead to another page."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

if TYPE_CHECKING:
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


def follow(page: "Page", selector: str) -> None:
    """Click what leads to another page, and wait until that page is there.

    A click by itself comes back as soon as it is made: what is asked next may meet the page that is being
    left, and a `goto` may cut the form off that is being sent.
    """
    with page.expect_navigation():
        page.click(selector)
