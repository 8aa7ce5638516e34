"""Papers, plans, staffing, cards and one's own file in Chromium: axe, telephones, the keyboard alone."""

import datetime as dt

import pytest
from django.test import override_settings

from orgwork.exchange.texts.kept import KeptText
from orgwork.planning.quotas import allot
from orgwork.procedures import acquaintance, drafting, incoming, staffing
from orgwork.procedures.cards import card_run
from orgwork.procedures.paper_relations import relate
from orgwork.procedures.proposals import Proposal
from orgwork.registers.aliases import PersonAlias
from orgwork.registers.incoming import IncomingPaper
from tests.browsing import NARROW, WIDE, signed_in
from tests.procedures.papers_world import offices
from tests.procedures.reform import APART, planned
from tests.procedures.test_cards import issue
from tests.procedures.test_letters import send
from tests.procedures.test_merging import double_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DAY = dt.date(2024, 5, 1)
SAID = "Genosse Nguyen Van Thong nannte den Plan Nr. 66-KH/TU und 2 aufgenommene Parteimitglieder."


@pytest.fixture(autouse=True)
def the_day():
    with override_settings(ORGWORK_TODAY=DAY):
        yield


@pytest.fixture
def world(live_cast):
    """The cast with a paper on its way, a draft, a plan of a reform, posts filled, cards and two doubles."""
    cast = live_cast
    offices(cast)
    clerk = {"actor": cast.account("district_officer"), "day": dt.date(2024, 3, 4)}
    directive = cast.paper("35-CT/TW", issuer=cast.root, kind="directive", day=dt.date(2024, 1, 10))
    cast.letter = cast.paper("158-KH/TU", issuer=cast.province, kind="plan", day=dt.date(2024, 2, 1))
    officer = {"actor": cast.account("provincial_officer")}
    relate(**officer, day=dt.date(2024, 2, 1), source=cast.letter, kind="implements", target=directive)
    said = {"unit": cast.district, "sender": cast.province, "symbol": "158-KH/TU", "copies": [cast.commune]}
    cast.entry = incoming.enter(**clerk, paper_day=dt.date(2024, 2, 1), **said)
    incoming.assign(**clerk, entry=cast.entry.pk, by_person=cast.teacher, due=dt.date(2024, 3, 20))
    acquaintance.ask(**clerk, unit=cast.district, document=cast.letter.pk, due=dt.date(2024, 3, 20))
    cast.draft = drafting.begin_draft(
        **clerk, unit=cast.district_office, issuer=cast.district, kind="resolution", due=DAY,
        title="Về phát triển đảng viên",
    )  # fmt: skip
    for text in ("Điều 1. Kết nạp 200 đảng viên.", "Điều 1. Kết nạp 180 đảng viên."):
        drafting.write(cast.draft, **clerk, text=text)
    drafting.ask_opinions(cast.draft, **clerk, units=[cast.commune], due=dt.date(2024, 3, 7))
    allot(
        **officer, day=dt.date(2024, 1, 5), unit=cast.province, category="officials", year=2024, number=39,
        reserve=1, document=cast.words(),
    )  # fmt: skip
    staffing.place(
        **officer, day=dt.date(2022, 1, 1), person=cast.introducer, unit=cast.commune, category="officials",
        manner="quota", title="văn thư", document=cast.words(),
    )  # fmt: skip
    cast.plan = planned(APART)
    issue(cast, cast.member)
    cast.run = card_run.opening.call(**clerk, unit=cast.cell, purpose="first")
    card_run.steps["print_cards"].call(cast.run, **clerk, first=41)
    cast.sent = send(cast).steps.get(step="send")
    cast.twin = double_of(cast.member, cast.small_cell)
    return cast


def paths(cast):
    """Whose pages they are, and where they lie."""
    plan = cast.plan.code
    return {
        "district_officer": [
            f"/incoming/?unit=094&on={DAY}", f"/incoming/{cast.entry.pk}/", "/incoming/enter/?unit=094",
            f"/incoming/{cast.entry.pk}/assign/", "/acquaintance/?unit=094",
            f"/acquaintance/{cast.letter.pk}/?unit=094", f"/acquaintance/{cast.letter.pk}/enter/?unit=094",
            "/required/?unit=094", "/drafts/?unit=094", "/drafts/reviews/?unit=094",
            f"/drafts/{cast.draft.pk}/?unit=094", f"/drafts/{cast.draft.pk}/compare/?a=1&b=2",
            f"/drafts/{cast.draft.pk}/answer_opinion/", "/documents/?unit=094&q=35",
            "/documents/book/?unit=094", "/cards/?unit=03127", f"/cards/runs/{cast.run.pk}/",
            "/letters/?unit=03127", f"/letters/{cast.sent.pk}/", "/badges/?unit=03127",
            "/doubles/?unit=03127", f"/doubles/{cast.member.pk}/{cast.twin.pk}/",
        ],
        "provincial_officer": [
            f"/documents/{cast.letter.pk}/", f"/documents/{cast.letter.pk}/files/",
            f"/documents/{cast.letter.pk}/chain/", f"/documents/{cast.letter.pk}/coverage/?unit=11",
            f"/documents/{cast.letter.pk}/annulment/", "/reorganisations/", f"/reorganisations/{plan}/",
            f"/reorganisations/{plan}/handover/", "/areas/?q=noong", "/areas/changes/",
            "/staffing/?unit=11", "/staffing/people/?unit=11", f"/staffing/affected/{cast.plan.pk}/",
            "/do/quota.allot/?unit=11",
        ],
        "member": ["/my-file/", "/my-file/ask/", "/my-file/standing-in/"],
        "protection_officer": ["/processing/", "/retention/", "/two-people/", "/reads/"],
        "administrator": ["/health/details/", "/help-desk/"],
    }  # fmt: skip


def test_axe_finds_nothing_and_nothing_is_wider_than_a_telephone(world, live_server, page, no_axe_faults):
    page.set_default_timeout(60_000)
    for who, addresses in paths(world).items():
        signed_in(page, live_server, world.account(who))
        for address in addresses:
            page.set_viewport_size(WIDE)
            assert page.go(address).status == 200, address
            no_axe_faults(page)
            page.set_viewport_size(NARROW)
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= NARROW["width"], address


def come(page, address):
    """To a page, and past its head by the link that stands there for the keyboard."""
    page.go(address)
    skip(page)


def skip(page):
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.locator("#main:focus").wait_for()


def tab_to(page, selector):
    """As a hand on the keyboard: from one thing to the next, until it is this one; and it is seen."""
    for _press in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none", selector
            return
    pytest.fail(f"{selector} is not reached on {page.url}")


def press(page, selector):
    """Go there and press Enter, which leads to another page."""
    tab_to(page, selector)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def write(page, selector, words):
    tab_to(page, selector)
    page.keyboard.insert_text(words)


def test_with_the_keyboard_alone_and_without_scripts_what_clerks_and_members_do(world, live_server, browser):
    """A plan is opened, a text read, a paper entered, a card reported lost; two records become one and two
    again; somebody asks about a line of their file. No script runs, and no mouse is touched.
    """
    context = browser.new_context(java_script_enabled=False)
    try:
        page = context.new_page()
        page.set_default_timeout(60_000)
        officer, clerk = world.account("provincial_officer"), world.account("district_officer")

        come(signed_in(page, live_server, officer), "/reorganisations/?unit=11")
        press(page, f"main a[href*='/reorganisations/{world.plan.code}/']")
        assert page.inner_text("h1") == (world.plan.title or world.plan.code)

        come(page, "/reading/?unit=11")
        write(page, "#f-text", SAID)
        press(page, "button[name=keep]")
        assert KeptText.objects.get().unit == world.province
        assert "Nguyen Van Thong" in page.locator("mark.persons").all_inner_texts()
        press(page, "button[value^='dismiss:']")
        assert KeptText.objects.get().finds.filter(state="dismissed").count() == 1

        come(signed_in(page, live_server, clerk), "/incoming/?unit=094")
        press(page, "a[href*='/incoming/enter/']")
        skip(page)
        write(page, "#id_sender_name", "Sở Nội vụ")
        write(page, "#id_title", "Thư mời họp")
        press(page, "main form button.main")
        assert page.inner_text("p.lead") == "Thư mời họp"
        assert IncomingPaper.objects.filter(unit=world.district, sender_name="Sở Nội vụ").exists()

        come(page, f"/do/card.lost/?person={world.member.pk}")
        write(page, "#id_reason", "Lũ cuốn trôi")
        press(page, "main form button.main")
        come(page, "/cards/?unit=03127&state=reissue")
        assert "Cà Thị Xuân" in page.inner_text("main table")

        come(page, "/doubles/?unit=03127")
        press(page, f"main a[href*='/{world.twin.pk}/']")
        skip(page)
        assert page.locator("main .tag.warn").count(), "what differs is marked"
        tab_to(page, "select[name=membership]")
        page.keyboard.press("ArrowDown")  # from “not decided” to the first choice
        assert page.input_value("select[name=membership]") == "stays"
        write(page, "#id_reason", "Một người, hai lần")
        decided_by_two(page, live_server, officer)
        page.go(f"/people/{world.twin.pk}/")
        assert f"/people/{world.member.pk}/" in page.url
        come(signed_in(page, live_server, clerk), f"/do/person.unmerge/?other={world.twin.pk}")
        write(page, "#id_reason", "Hai người")
        decided_by_two(page, live_server, officer)
        assert not PersonAlias.objects.exists()

        come(signed_in(page, live_server, world.account("member")), "/my-file/")
        press(page, "main a[href*='record=registers.personname']")
        skip(page)
        write(page, "main textarea", "Tên tôi là Xuyến")
        press(page, "main form button.main")
        assert "Tên tôi là Xuyến" in page.inner_text("main")
        taken = context.request.get(f"{live_server.url}/my-file/take/pdf/")
        assert taken.body().startswith(b"%PDF")
    finally:
        context.close()


def decided_by_two(page, live_server, second):
    """Send the form, and let the second person look at what is proposed and confirm it."""
    press(page, "main form button.main")
    proposed = Proposal.objects.get(state="waiting")
    come(signed_in(page, live_server, second), f"/two-people/{proposed.pk}/")
    press(page, "form[action$='/confirm/'] button")
    proposed.refresh_from_db()
    assert proposed.state == "confirmed"
