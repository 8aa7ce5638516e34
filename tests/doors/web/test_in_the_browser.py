"""Pages in a real browser: no fault for axe, nothing wider than a phone, keyboard and htmx as
improvements.
"""

import datetime as dt

import pytest
from django.test import override_settings

from orgwork.procedures.admission import open_admission
from tests.browsing import fits, follow, settled, signed_in

pytestmark = pytest.mark.django_db(transaction=True)
MAY = dt.date(2024, 5, 1)


@pytest.fixture(autouse=True)
def the_day():
    with override_settings(ORGWORK_TODAY=MAY):
        yield


@pytest.fixture
def house(live_server, live_cast, page):
    """What the secretary of a cell sees."""
    return signed_in(page, live_server, live_cast.account("cell_secretary"))


@pytest.fixture
def office(live_server, live_cast, page):
    """What an officer of the district sees."""
    return signed_in(page, live_server, live_cast.account("district_officer"))


def paths(cast):
    case = open_admission(
        actor=cast.account("cell_secretary"),
        day=dt.date(2024, 1, 10),
        person=cast.applicant,
        unit=cast.cell,
        after_criminal_record=False,
    )
    return [
        "/",
        "/people/",
        f"/people/{cast.member.pk}/",
        "/bodies/",
        "/bodies/03127.01/",
        "/posts/",
        "/posts/03127.01-secretary/",
        "/documents/",
        "/cases/",
        f"/cases/{case.pk}/",
        f"/cases/{case.pk}/record_course/",
        "/open/admission/",
        "/do/person.enter/",
        "/search/?q=lo",
        "/where/?q=xx",
        "/bodies/none/",
        "/people/?unit=11",
        "/?on=never",
        "/people/?on=2020-01-01&known=2024-01-01",
    ]


def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(house, live_cast, no_axe_faults):
    for path in paths(live_cast):
        fits(house, path, no_axe_faults)


def test_signing_in_is_without_fault(live_server, page, no_axe_faults):
    page.goto(live_server.url + "/sign-in/")
    no_axe_faults(page)
    page.fill("#username", "nobody")
    page.fill("#password", "nothing")
    follow(page, "form.card button")
    assert page.locator("[role=alert]").count() == 1
    no_axe_faults(page)


def test_the_first_tab_leads_past_the_head(house):
    house.go("/people/")
    house.keyboard.press("Tab")
    assert house.evaluate("document.activeElement.getAttribute('href')") == "#main"


def test_no_page_breaks_its_own_policy(house, live_cast):
    broken = []
    house.on("console", lambda said: broken.append(said.text) if "Content Security" in said.text else None)
    for path in paths(live_cast)[:12]:
        house.go(path)
    assert not broken


def test_names_fill_in_while_typing(house, live_cast):
    house.go("/open/admission/")
    with house.expect_response(lambda answer: "duyen" in answer.url):
        house.type("#id_person", "duyen", delay=20)
    settled(house)
    # The applicant belongs to no cell and no case yet: only who is within reach is offered.
    assert str(live_cast.other_member.pk) not in house.inner_html("#id_person_list")
    house.fill("#id_person", "")
    house.type("#id_person", "loc huu", delay=20)
    # What was typed so far may have been answered already, with others.
    house.locator("#id_person_list option[value*='Đỗ Hữu Lộc']").wait_for(state="attached")


def test_the_tree_opens_in_place(office, no_axe_faults):
    office.go("/bodies/?unit=094")
    office.click(".tree details summary >> nth=0")
    office.locator(".tree .tree a:has-text('Chi bộ bản Noong Bua')").wait_for()
    assert office.url.endswith("/bodies/?unit=094")
    no_axe_faults(office)


def test_without_scripts_the_tree_goes_on_by_pages(browser, live_server, live_cast):
    context = browser.new_context(java_script_enabled=False)
    page = signed_in(context.new_page(), live_server, live_cast.account("district_officer"))
    page.go("/bodies/?unit=094")
    page.click(".tree details summary >> nth=0")
    follow(page, ".tree .inner a >> nth=0")
    assert "unit=03127" in page.url
    assert page.locator("a:has-text('Chi bộ bản Noong Bua')").count() == 1
    context.close()


def test_the_dials_are_forms_that_need_no_script(browser, live_server, live_cast):
    context = browser.new_context(java_script_enabled=False)
    page = signed_in(context.new_page(), live_server, live_cast.account("district_officer"))
    page.go("/people/?unit=094&sex=f")
    page.click("details.dial >> nth=1")
    page.fill("#dial-on", "2016-01-01")
    follow(page, "form.pop button")
    assert "on=2016-01-01" in page.url
    assert "sex=f" in page.url
    assert "unit=094" in page.url
    assert "1 January 2016" in page.inner_text(".past")
    page.click("details.dial >> nth=0")
    page.fill("#dial-q", "03127.01")
    follow(page, ".dial .pop form button")
    assert page.url.endswith("/people/?unit=03127.01&on=2016-01-01")
    context.close()


def test_a_draft_is_kept_while_typing(house, live_cast):
    path = next(p for p in paths(live_cast) if p.endswith("record_course/"))
    house.go(path)
    # Sent while typing goes on, too: what counts is the one that says everything.
    with house.expect_response(lambda answer: "77%2FGCN" in (answer.request.post_data or "")):
        house.type("#id_certificate", "77/GCN", delay=20)
    house.locator("#draft-note:has-text('Draft kept')").wait_for()
    house.go(path)
    assert house.input_value("#id_certificate") == "77/GCN"
