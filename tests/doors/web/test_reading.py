"""The page “Read a text”: finds at their places, figures beside the registers', nothing kept."""

import datetime as dt
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from orgwork.foundation.dates import Period
from orgwork.insight import frame
from orgwork.registers.documents import Document

pytestmark = pytest.mark.django_db

SAID = (
    "Seit Beginn der Amtszeit wurden in der gesamten Provinz 2 Parteimitglieder aufgenommen. "
    "Genosse Nguyen Van Thong nannte den Plan Nr. 66-KH/TU und die Richtlinie Nr. 35-CT/TW des Politbüros. "
    "Er forderte das Parteikomitee auf, die Ziele bis Ende 2024 zu erreichen."
)


def read(client, text=SAID, **more):
    return client.post("/reading/?unit=11&on=2024-05-01", {"text": text, **more})


def test_every_find_is_marked_where_it_stands(office):
    page = read(office).content.decode()
    marked = re.findall(r'<mark class="([a-z ]+)">([^<]+)</mark>', page)
    assert ("persons", "Nguyen Van Thong") in marked
    assert any("figures" in css and said.startswith("2 Parteimitglieder") for css, said in marked)
    assert any("documents" in css and "66-KH/TU" in said for css, said in marked)
    assert "2024-12-31" in page


def test_a_paper_of_the_register_is_led_to_and_another_can_be_entered(cast, office):
    known = cast.paper("66-KH/TU", issuer=cast.province, kind="plan", day=dt.date(2021, 12, 15))
    page = read(office).content.decode()
    assert f"/documents/{known.pk}/" in page
    assert "/do/paper.register/?symbol=35-CT%2FTW&amp;kind=directive" in page


def test_a_stated_figure_stands_beside_the_counted_one(cast, office, admitted):
    term = Period.days(dt.date(2021, 1, 1), dt.date(2024, 5, 1))
    counted = frame.compute("members.admitted", cast.province, period=term).value
    page = read(office, SAID.replace("2 Parteimitglieder", f"{counted} Parteimitglieder")).content.decode()
    assert "as in the registers" in page
    assert f'from=2021-01-01&amp;to=2024-05-01">{counted}</a>' in page
    assert "differs from the registers" in read(office, SAID.replace("2 P", "9 P")).content.decode()


def test_nothing_is_kept(office):
    before = Document.objects.count()
    read(office)
    assert Document.objects.count() == before


def test_a_file_is_read_like_a_pasted_text(office):
    file = SimpleUploadedFile("report.txt", SAID.encode("utf-16"))
    page = office.post("/reading/?unit=11", {"file": file, "text": ""}).content.decode()
    assert "66-KH/TU" in page


def test_a_text_in_an_old_font_is_read_with_a_remark(office):
    said = "Céng hoµ x· héi chñ nghÜa ViÖt Nam. KÕ ho¹ch sè 66-KH/TU cña TØnh ñy vÒ kÕt n¹p §¶ng viªn míi."
    for given in ({"text": said}, {"text": "", "file": SimpleUploadedFile("a.txt", said.encode("latin-1"))}):
        page = office.post("/reading/?unit=11", given).content.decode()
        assert "66-KH/TU" in page and "Compare names with the paper" in page and "chủ nghĩa" in page


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"text": "  "}, "Paste a text"),
        ({"text": "12 345 678"}, "cannot be told"),
        ({"text": "x " * 160_000}, "a page shows at most"),
        ({"text": "", "file": SimpleUploadedFile("scan.pdf", b"%PDF-1.4 nothing")}, "damaged"),
    ],
)
def test_what_cannot_be_read_is_told_and_the_page_stays(office, given, told):
    answer = office.post("/reading/?unit=11", given)
    assert answer.status_code == 200
    assert told in answer.content.decode()


def test_a_text_full_of_finds_is_shown_up_to_a_measure(office):
    page = read(office, "Im Plan Nr. 66-KH/TU stehen 8 Ziele und die Arbeit. " * 2000).content.decode()
    assert "and 1,850 more" in page
    assert len(page) < 1_000_000


def test_what_is_pasted_is_text_and_no_page(office):
    page = read(office, "Der Plan Nr. 66-KH/TU <script>alert(1)</script> und die Arbeit.").content.decode()
    assert "<script>alert" not in page
