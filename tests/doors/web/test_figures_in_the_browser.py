"""Figures, growth, reports, journal, jobs and help in a browser: axe, narrow screens, keyboard, paper."""

import datetime as dt

import pytest
from django.test import override_settings

from orgwork.foundation.jobs import Job
from orgwork.insight import issuing
from tests.browsing import fits, follow, signed_in

pytestmark = pytest.mark.django_db(transaction=True)
TERM = "unit=11&from=2021-01-01&to=2024-05-01"


@pytest.fixture(autouse=True)
def the_day():
    with override_settings(ORGWORK_TODAY=dt.date(2024, 5, 1)):
        yield


@pytest.fixture
def house(live_server, live_admitted, page):
    """The page, signed in as an officer of the province, with `go(path)`."""
    page = signed_in(page, live_server, live_admitted.account("provincial_officer"))
    page.cast = live_admitted
    return page


def paths(cast):
    actor = cast.account("provincial_officer")
    kept = issuing.issue(
        actor=actor,
        door="test",
        day=dt.date(2024, 5, 1),
        unit=cast.province,
        first=dt.date(2021, 1, 1),
        last=dt.date(2024, 5, 1),
    )
    work = Job.objects.create(
        name="Take over", kind="m:f", created_by=actor, state="running", done=1, total=4
    )
    return [
        "/figures/?unit=11",
        f"/figures/members.admitted/?{TERM}",
        f"/figures/members.admitted/?{TERM}&sex=f&by=place",
        f"/figures/members.admitted/?{TERM}&known=2024-05-01",
        f"/figures/members.admitted/?{TERM}&changed=late",
        f"/figures/members.admission_rate/?{TERM}",
        "/figures/members.stock/?unit=03127.01&on=2024-05-01",
        "/figures/members.stock/?unit=11&on=2024-05-01&by=ethnicity",
        "/figures/bodies.count/?unit=11&on=2024-05-01",
        f"/figures/members.admitted/?{TERM}&sex=x",
        "/growth/?unit=11&quarter=2023-Q2",
        "/growth/remark/?unit=094&quarter=2023-Q2",
        "/reports/?unit=11",
        f"/reports/term/?{TERM}&lang=vi",
        f"/reports/term/issue/?{TERM}",
        f"/reports/issued/{kept.pk}/?lang=de",
        "/journal/?unit=11",
        "/jobs/",
        f"/jobs/{work.pk}/",
        "/how/",
        "/how/admission/?unit=03127.01",
    ]


def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(house, no_axe_faults):
    for path in paths(house.cast):
        fits(house, path, no_axe_faults)


def test_a_bar_is_a_link_to_the_records_of_its_month(house):
    house.go(f"/figures/members.admitted/?{TERM}")
    follow(house, 'svg a[aria-label^="June 2023"]')
    assert "from=2023-06-01&to=2023-06-30" in house.url
    assert house.locator("p.big").inner_text() == "2"


def test_the_same_is_reached_by_keyboard_through_the_table(house):
    house.go(f"/figures/members.admitted/?{TERM}")
    house.locator("figure details summary").focus()
    house.keyboard.press("Enter")
    house.locator("figure details a").first.focus()
    house.keyboard.press("Enter")
    house.wait_for_url("**from=2021-01-01&to=2021-01-31*")


def test_other_families_are_counted_as_they_come_into_view(house):
    house.go("/figures/?unit=11")
    house.locator("#f-bodies").scroll_into_view_if_needed()
    house.wait_for_selector("#f-bodies td.num a")


def test_on_paper_a_report_is_its_text_without_the_shell(house):
    house.emulate_media(media="print")
    house.go(f"/reports/term/?{TERM}&lang=en")
    assert not house.locator("nav.side").is_visible()
    assert not house.locator(".period").is_visible()
    assert house.locator("article.report h1").is_visible()
