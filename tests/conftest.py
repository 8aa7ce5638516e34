"""This room is for what every test may lean on: the engine it runs on and quiet surroundings."""

import datetime as dt
import os
import shutil
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import hypothesis
import pytest
from django.core.servers.basehttp import ServerHandler
from django.db import connection
from django.db.backends.sqlite3.base import DatabaseWrapper
from django.utils import translation

from tests.browsing import WIDE, settled
from tests.clients import share_middleware
from tests.flushing import flush_what_was_written
from tests.waiting import until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
    from pytest_django.live_server_helper import LiveServer

flush_what_was_written()
share_middleware()

# A crowded machine is no finding: how long an example takes to make or to run is judged nowhere.
hypothesis.settings.register_profile(
    "orgwork",
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
    # The same examples in every run: a change is judged by what it does, not by what was thrown.
    derandomize=True,
)
# Others are looked for with `--hypothesis-profile=thrown`, and another order of the tests with
# `--randomly-seed=default`: make test ARGS="--hypothesis-profile=thrown --randomly-seed=default"
hypothesis.settings.register_profile(
    "thrown", hypothesis.settings.get_profile("orgwork"), derandomize=False, database=None
)
hypothesis.settings.load_profile("orgwork")

# SQLite takes a text of any length, PostgreSQL does not: nobody should learn that in the other run.
DatabaseWrapper.data_type_check_constraints = {
    **DatabaseWrapper.data_type_check_constraints,
    "CharField": 'length("%(column)s") <= %(max_length)s',
}

# One small organisation for all tests: fixtures `cast` and `live_cast`.
pytest_plugins = ["tests.cast"]


def pytest_report_header() -> str:
    from django.conf import settings

    return f"orgwork: {settings.DATABASES['default']['ENGINE'].rsplit('.', 1)[-1]}"


#: Fixtures through which a test comes to the database.
TO_THE_DATABASE = {"db", "transactional_db", "live_server", "django_db_setup"}
#: Rooms whose tests start processes that open the engine's database by themselves.
OWN_PROCESSES = ("cli",)


def asks_a_database(item: pytest.Item) -> bool:
    return (
        item.get_closest_marker("django_db") is not None
        or not TO_THE_DATABASE.isdisjoint(getattr(item, "fixturenames", ()))
        or item.path.parent.name in OWN_PROCESSES
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A test that speaks of one engine is not taken up in the other's run; nothing is skipped silently.

    Whatever takes the fixture `browser` is marked so: `-m "not browser"` leaves none of them behind. What
    asks no database is the same on either engine and is taken up in SQLite's run; commands, which start
    processes of their own, in both.
    """
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)
    elsewhere = {"postgresql": "sqlite", "sqlite": "postgres"}[connection.vendor]
    others = [
        item
        for item in items
        if item.get_closest_marker(elsewhere) or (elsewhere == "sqlite" and not asks_a_database(item))
    ]
    if others:
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if item not in others]


@pytest.fixture(autouse=True)
def _language_of_the_house() -> Iterator[None]:
    """Whatever language a test's reader chose, the next test begins in the installation's."""
    translation.deactivate()
    yield
    translation.deactivate()


#: The day on which the tests were collected.
COLLECTED = dt.date.today()


@pytest.fixture(autouse=True)
def _today_is_today(request: pytest.FixtureRequest) -> None:
    """A module's TODAY was said when it was collected; a test that runs after midnight has the new day."""
    today = dt.date.today()
    if today != COLLECTED and getattr(request.module, "TODAY", None) == COLLECTED:
        request.module.TODAY = today


@pytest.fixture
def engine() -> str:
    """`sqlite` or `postgresql`."""
    return connection.vendor


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    """The system's Chromium, headless; where there is none the test says so, and in CI that is a failure."""
    path = os.environ.get("ORGWORK_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not path:
        message = "Chromium is not on this machine: scripts/browser.sh installs it or says how."
        (pytest.fail if os.environ.get("CI") else pytest.skip)(message)
    from playwright.sync_api import sync_playwright

    # Playwright's loop runs in this thread; the ORM is called from it between its steps, never within one.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    arguments = ["--no-sandbox", "--disable-dev-shm-usage"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=arguments)
        yield chromium
        chromium.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def live_server(live_server: "LiveServer", monkeypatch: pytest.MonkeyPatch) -> "Iterator[LiveServer]":
    """The server, left alone only when it has answered everything: what it writes later than the tables are
    emptied would lie in the next test's.
    """
    under_way: set[ServerHandler] = set()
    plain = ServerHandler.run

    def run(self, application):
        under_way.add(self)
        try:
            plain(self, application)
        finally:
            under_way.discard(self)

    monkeypatch.setattr(ServerHandler, "run", run)
    yield live_server
    until(lambda: not under_way)


@pytest.fixture
def page(browser: "Browser") -> "Iterator[Page]":
    """A page 1280 wide; `page.set_viewport_size(NARROW)` makes it small. Script errors fail the test."""
    context = browser.new_context(viewport=WIDE, locale="en-GB")
    page = context.new_page()
    page.set_default_timeout(120_000)
    faults: list[str] = []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    yield page
    context.close()
    assert not faults, faults


@pytest.fixture
def no_axe_faults() -> "Callable[[Page], None]":
    """`no_axe_faults(page)`: axe-core finds nothing on the page as it stands."""

    def check(page: "Page") -> None:
        from axe_playwright_python.sync_playwright import Axe

        settled(page)
        found = Axe().run(page).response["violations"]
        assert not found, [
            (fault["id"], [node["html"][:120] for node in fault["nodes"]][:3], page.url) for fault in found
        ]

    return check


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker) -> Iterator[None]:  # noqa: PT004
    """Before the test database of PostgreSQL is dropped, part with sessions that a test left behind.

    A thread or a process that was cut short (workers are, on purpose) may not have hung up yet, and a
    database that somebody is still connected to cannot be dropped.
    """
    yield
    if connection.vendor == "postgresql":
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
