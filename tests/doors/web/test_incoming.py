"""The pages of the book of incoming papers, of who studied what, and of required papers."""

import datetime as dt
import re

import pytest
from django.test import Client

from orgwork.procedures import incoming
from orgwork.registers.acquaintance import Acquaintance
from orgwork.registers.incoming import IncomingPaper
from orgwork.registers.required_papers import RequiredPaper

DAY = dt.date(2024, 3, 4)
ON = "?unit=094&on=2024-06-01"


class Reader:
    def __init__(self, cast, key):
        self.client = Client()
        self.client.force_login(cast.account(key))

    def text(self, url, status=200):
        response = self.client.get(url)
        assert response.status_code == status, url
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))

    def file(self, url):
        response = self.client.get(url)
        return b"".join(response) if response.streaming else response.content

    def post(self, url, status=302, **said):
        response = self.client.post(url, said)
        assert response.status_code == status, re.sub(r"<[^>]+>", " ", response.content.decode())[-3000:]
        return response


@pytest.fixture
def papers(cast):
    """A letter of the province that a teacher is to answer, and one from outside."""
    clerk = {"actor": cast.account("district_officer"), "day": DAY}
    letter = cast.paper(
        "12-CV/TU", day=DAY, issuer=cast.province, kind="official_letter", title="Về hội nghị"
    )
    entry = incoming.enter(
        **clerk,
        unit=cast.district,
        sender=cast.province,
        symbol="12-CV/TU",
        paper_day=DAY,
        copies=[cast.commune],
    )
    incoming.enter(**clerk, unit=cast.district, sender_name="Sở Nội vụ", title="Thư mời họp")
    incoming.assign(
        **clerk, entry=entry.pk, by_person=cast.teacher, due=dt.date(2024, 3, 20), note="Trả lời ngay"
    )
    return letter, entry


def test_the_book_is_filtered_sorted_printed_and_worked_from(cast, papers):
    letter, entry = papers
    clerk = Reader(cast, "district_officer")
    book = clerk.text(f"/incoming/{ON}")
    assert "Sở Nội vụ" in book and "Thư mời họp" in book and "Về hội nghị" in book and "late" in book
    assert book.index("2/2024") < book.index("1/2024"), "the last entry first"
    late = clerk.text(f"/incoming/{ON}&state=late&month=2024-03&sort=due")
    assert "12-CV/TU" in late and "Thư mời" not in late
    assert "12-CV/TU" not in clerk.text(f"/incoming/{ON}&q=thu+moi&sort=-received")
    assert "Sở Nội vụ" not in clerk.text("/incoming/?unit=094&on=2024-03-01"), "nothing had come yet"
    assert clerk.file(f"/incoming/{ON}&export=pdf&month=2024-03").startswith(b"%PDF")
    assert "Trả lời ngay" in clerk.file(f"/incoming/{ON}&export=csv").decode()
    page = clerk.text(f"/incoming/{entry.pk}/{ON}")
    assert "Trả lời ngay" in page and "Phạm Thu Hà" in page and "20 Mar 2024" in page
    assert "12-CV/TU" in clerk.text("/?on=2024-03-10") or "2/2024" in clerk.text("/?on=2024-03-10")

    # Forms know what they are about; a refusal stands at its field and keeps what was typed.
    refused = clerk.post(f"/incoming/{entry.pk}/close/{ON}", 422, day="2024-03-01", reason="Để biết")
    assert "Để biết" in refused.content.decode()
    clerk.post(f"/incoming/{entry.pk}/close/{ON}", day="2024-03-05", reason="Để biết")
    assert "Để biết" in clerk.text(f"/incoming/{entry.pk}/{ON}")
    clerk.post(f"/incoming/{entry.pk}/reopen/{ON}", day="2024-03-06", reason="nhầm")
    seen = clerk.client.get(f"/incoming/{entry.pk}/correct/{ON}").content.decode()
    assert "12-CV/TU" in seen
    clerk.post(f"/incoming/{entry.pk}/correct/{ON}", day="2024-03-06", reason="nhầm", symbol="13-CV/TU")
    assert IncomingPaper.objects.filter(entry=entry, symbol="13-CV/TU").exists()
    made = clerk.post(
        f"/incoming/enter/{ON}",
        day="2024-03-07",
        unit="[094]",
        sender_name="Báo Điện Biên",
        title="Thư",
        symbol="",
    )
    assert made["Location"].startswith("/incoming/")
    clerk.text(f"/incoming/{entry.pk}/nothing/", 404)
    clerk.text("/incoming/999/", 404)

    # What was copied to the commune waits there, and comes in by one click.
    commune = Reader(cast, "commune_secretary")
    waiting = commune.client.get("/incoming/?unit=03127&on=2024-06-01").content.decode()
    copy = re.search(r'name="copy" value="(\d+)"', waiting)[1]
    commune.post("/incoming/receive/?unit=03127", copy=copy)
    assert 'name="copy"' not in commune.client.get("/incoming/?unit=03127").content.decode()
    commune.post("/incoming/receive/?unit=03127", copy=copy)  # told, and nothing is doubled
    assert IncomingPaper.objects.filter(unit=cast.commune).count() == 1

    # It lies with whoever is to answer, and with nobody else outside the office.
    for who in ("commune_secretary", "auditor", "member"):
        Reader(cast, who).text(f"/incoming/{entry.pk}/", 403)
    note = {"actor": cast.account("district_officer"), "entry": entry.pk, "by_person": cast.member}
    incoming.assign(**note, day=dt.date(2024, 3, 8))
    member = Reader(cast, "member")
    assert "13-CV/TU" in member.text("/") and "13-CV/TU" in member.text(f"/incoming/{entry.pk}/")
    member.text(f"/incoming/{ON}", 403)
    member.text(f"/incoming/{entry.pk}/close/", 403)


def test_study_and_required_papers_are_entered_from_their_pages(cast, papers):
    letter, _entry = papers
    clerk, cell = Reader(cast, "district_officer"), Reader(cast, "cell_secretary")
    clerk.post(f"/acquaintance/{letter.pk}/ask/{ON}", day="2024-03-05", unit="[094]", due="2024-03-20")
    assert "12-CV/TU" in cell.text("/?on=2024-03-10"), "to be studied"
    mine = f"/acquaintance/{letter.pk}/enter/?unit=03127.01"
    refused = cell.post(mine, 422, day="2024-03-10", unit="[03127.01]", form="meeting", reached="9")
    assert "7" in refused.content.decode()
    cell.post(mine, day="2024-03-10", unit="[03127.01]", form="meeting", reached="5", others="1")
    assert "12-CV/TU" not in cell.text("/?on=2024-03-11")
    page = clerk.text(f"/acquaintance/{letter.pk}/{ON}")
    assert "1 of 3 bodies with members; 5 of 13 members reached" in page
    assert "Về hội nghị" not in page, "the title is for those who may read names at the issuer"
    assert "overdue" in page and "Chi bộ bản Noong Bua" in page
    overdue = clerk.text(f"/acquaintance/{letter.pk}/{ON}&only=overdue&kind=members&within=x")
    assert "03127.02" in overdue
    assert "5" in clerk.text(f"/acquaintance/{letter.pk}/{ON}&kind=grassroots_party_organisation")
    for wanted, begins in (("pdf", b"%PDF"), ("xlsx", b"PK"), ("csv", b"\xef\xbb\xbf")):
        assert clerk.file(f"/acquaintance/{letter.pk}/{ON}&export={wanted}").startswith(begins)
        assert clerk.file(f"/acquaintance/{ON}&export={wanted}").startswith(begins)
    row = Acquaintance.objects.get()
    here = f"/acquaintance/entries/{row.spell}"
    cell.post(f"{here}/correct/", day="2024-03-12", reached="6", invited="7", others="0", reason="nhầm")
    assert Acquaintance.objects.get().reached == 6
    cell.post(f"{here}/take_back/", day="2024-03-12", reason="nhầm")
    assert not Acquaintance.objects.exists()
    cell.text(f"{here}/correct/", 404)

    rules = cast.paper("1-QC/ThU", day=dt.date(2021, 3, 1), kind="rules", title="Quy chế làm việc")
    found = clerk.text(f"/required/{ON}")
    assert "Working rules" in found and "missing" in found and "QĐ 302-QĐ/TW" in found
    assert clerk.file(f"/required/{ON}&export=pdf").startswith(b"%PDF")
    clerk.post(
        f"/required/094/working_rules/{ON}", day="2021-03-01", unit="[094]", requirement="working_rules",
        document=str(rules.pk),
    )  # fmt: skip
    assert RequiredPaper.objects.get().document == rules
    assert "1-QC/ThU" in clerk.text(f"/required/{ON}&state=present&paper=working_rules")
    assert "changed since" in clerk.text(f"/required/{ON}&show=follow")
