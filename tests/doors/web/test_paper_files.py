"""This room is for files and words on the pages of papers: brought, fetched, found, and by whom."""

import datetime as dt
import io
import re

import docx
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from orgwork.doors.web import found
from orgwork.foundation import jobs, recognising
from orgwork.foundation.fulltext import words_in
from orgwork.foundation.search import fold
from orgwork.procedures import drafting, paper_files
from orgwork.procedures.paper_relations import relate
from orgwork.registers.documents import Document, DocumentText
from orgwork.registers.paper_files import DocumentFile, FileText
from orgwork.registers.reads import ReadLog
from tests.procedures.papers_world import offices

pytestmark = pytest.mark.django_db
A_SCAN = "scan.docx"
DAY = dt.date(2024, 3, 1)
SAID = (
    "Về công tác cán bộ. " * 30
    + "Nghị quyết nói đến quy hoạch và luân chuyển tại bản Noong Bua. "
    + "Hết. " * 90
)


@pytest.fixture(autouse=True)
def elsewhere(settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path / "files"
    monkeypatch.setattr(recognising, "languages", frozenset)


def client(cast, key):
    one = Client()
    one.force_login(cast.account(key))
    return one


def word(said=SAID):
    made, out = docx.Document(), io.BytesIO()
    made.add_paragraph(said)
    made.save(out)
    return out.getvalue()


def paper(cast, symbol="214-QĐ/ThU", title="", **more):
    made = cast.paper(symbol, title=title, **more)
    Document.objects.filter(pk=made.pk).update(folded=fold(f"{symbol} {title}"))
    return made


def bring(cast, made, content, name="Quyết định.docx", by="district_officer", **more):
    file = SimpleUploadedFile(name, content, content_type="text/html")
    return client(cast, by).post(
        reverse("paper-files", args=[made.pk]), {"file": file, "language": "vi", **more}
    )


def plain(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page.content.decode()))


def test_a_file_is_brought_found_read_and_fetched(cast):
    made = paper(cast, title="Về cán bộ")
    assert bring(cast, made, word()).status_code == 302
    file = DocumentFile.objects.get(document=made)
    assert (file.name, file.media_type.rpartition(".")[2]) == ("Quyết định.docx", "document")
    jobs.perform(FileText.objects.get(file=file).job)
    officer = client(cast, "provincial_officer")
    page = plain(officer.get(reverse("document", args=[made.pk])))
    assert "Quyết định.docx" in page and "text taken out" in page
    page = officer.get(reverse("documents"), {"q": "luan chuyen quy hoach", "unit": "11", "on": "2024-05-01"})
    said = page.content.decode()
    assert (
        '<mark class="hit">luân</mark> <mark class="hit">chuyển</mark>' in said
        and "page 1 of the file" in said
    )
    address = re.search(r'href="(/documents/files/\d+/text/[^"]*)"', said)[1].replace("&amp;", "&")
    assert '<mark class="hit">luân</mark>' in officer.get(address).content.decode()
    before = ReadLog.objects.count()
    answer = officer.get(reverse("file-content", args=[file.pk]))
    assert b"".join(answer.streaming_content) == word() or answer.status_code == 200
    assert (
        answer["Content-Disposition"].startswith("attachment") and "%C4%91" in answer["Content-Disposition"]
    )
    assert answer["X-Content-Type-Options"] == "nosniff" and "sandbox" in answer["Content-Security-Policy"]
    assert answer["Content-Type"] == file.media_type and "no-store" in answer["Cache-Control"]
    assert ReadLog.objects.count() == before + 1


def test_what_cannot_be_attached_is_said_at_the_field_and_nothing_is_written(cast):
    made = paper(cast)
    for content, said in ((b"<script>", "Its content decides"), (b"%PDF-x", "damaged"), (b"", "empty")):
        answer = bring(cast, made, content, name="giấy.pdf")
        assert answer.status_code == 422 and said in plain(answer), said
    nothing = client(cast, "district_officer").post(reverse("paper-files", args=[made.pk]), {})
    assert nothing.status_code == 422 and "Choose a file" in plain(nothing)
    assert not DocumentFile.versions.exists() and "text recognition is not installed" in plain(nothing)
    Document.objects.filter(pk=made.pk).update(secret=True)
    assert "secret paper" in plain(bring(cast, made, word()))
    assert not DocumentFile.versions.exists()


def test_versions_are_told_and_a_file_is_taken_away(cast):
    made = paper(cast)
    bring(cast, made, word("một"), name="một.docx")
    first = DocumentFile.objects.get()
    bring(cast, made, word("hai"), name="hai.docx", replaces=str(first.pk))
    officer = client(cast, "district_officer")
    page = plain(officer.get(reverse("paper-files", args=[made.pk])))
    assert "Earlier versions" in page and "một.docx" in page and "hai.docx" in page
    second = DocumentFile.objects.get()
    done = officer.post(
        reverse("do", args=["paper.detach"]), {"day": "2024-03-02", "file": second.pk, "reason": "nhầm"}
    )
    assert done.status_code == 302 and done["Location"].startswith(reverse("paper-files", args=[made.pk]))
    assert "No file is attached" in plain(officer.get(reverse("paper-files", args=[made.pk])))
    assert officer.get(reverse("file-content", args=[first.pk])).status_code == 200


def test_whoever_may_not_read_names_reads_no_file_and_finds_by_number_alone(cast):
    made = paper(cast, title="Kết nạp đồng chí Duyên")
    bring(cast, made, word())
    file = DocumentFile.objects.get()
    for key, status in (("auditor", 403), ("cell_secretary", 403), ("other_officer", 403)):
        assert client(cast, key).get(reverse("file-content", args=[file.pk])).status_code == status
        assert client(cast, key).get(reverse("file-text", args=[file.pk])).status_code == status
        assert client(cast, key).get(reverse("paper-files", args=[made.pk])).status_code == status
    auditor = client(cast, "auditor")
    asked = {"unit": "094", "on": "2024-05-01"}
    page = plain(auditor.get(reverse("documents"), {"q": "duyen", **asked}))
    assert "No paper has all these words" in page and "for want of the power to read names" in page
    page = plain(auditor.get(reverse("documents"), {"q": "214", **asked}))
    assert "214-QĐ/ThU" in page and "Duyên" not in page
    assert client(cast, "auditor").get(reverse("file-content", args=[9])).status_code == 404


def test_the_search_narrows_pages_and_exports(cast, monkeypatch):
    monkeypatch.setattr(found, "PER_PAGE", 4)
    first = paper(cast, "1-NQ/TU", "kế hoạch chung", issuer=cast.province, kind="resolution")
    second = paper(cast, "2-NQ/TU", "kế hoạch mới", issuer=cast.province, kind="resolution",
                   day=dt.date(2024, 4, 1))  # fmt: skip
    for number in range(3, 7):
        paper(cast, f"{number}-KH/HU", "kế hoạch", kind="plan", day=dt.date(2022, 1, number))
    old = paper(cast, "90-KH/HU", "kế hoạch", kind="plan", day=dt.date(2017, 1, 1))
    DocumentText.objects.create(
        document=old, language="de", text="Der Plan für die Straße", words=words_in("x")
    )
    officer = cast.account("provincial_officer")
    relate(
        actor=officer, day=dt.date(2024, 4, 1), source=second, kind="replaces", target=first, said_at="Art. 1"
    )
    one = client(cast, "provincial_officer")

    def symbols(**asked):
        answer = one.get(reverse("documents"), {"unit": "11", "on": "2024-05-01", **asked})
        assert answer.status_code == 200
        return [
            p["place"].symbol and "".join(x.text for x in p["place"].symbol) for p in answer.context["papers"]
        ]

    assert symbols(q="ke hoach")[:3] == ["2-NQ/TU", "1-NQ/TU", "6-KH/HU"]
    assert symbols(q="ke hoach", force="yes", kind="resolution") == ["2-NQ/TU"]
    assert symbols(q="ke hoach", force="no") == ["1-NQ/TU"]
    assert symbols(q="ke hoach", issued="here") == ["2-NQ/TU", "1-NQ/TU"]
    assert symbols(q="ke hoach", term="XII") == ["90-KH/HU"] == symbols(q="strasse")
    assert symbols(q="ke hoach", on="2020-01-01") == ["90-KH/HU"]
    first_page = one.get(reverse("documents"), {"unit": "11", "on": "2024-05-01", "q": "ke hoach"})
    rest = symbols(q="ke hoach", after=first_page.context["after"])
    assert len(first_page.context["papers"]) == 4 and len(rest) == 3 and rest[-1] == "90-KH/HU"
    sheet = one.get(
        reverse("documents"), {"unit": "11", "on": "2024-05-01", "q": "kế hoạch", "export": "csv"}
    )
    assert len(b"".join(sheet.streaming_content).splitlines()) == 8
    assert one.get(reverse("documents"), {"unit": "11", "q": "x", "after": "zzz"}).status_code == 400


def test_the_scan_of_a_signed_draft_goes_along_to_its_paper(cast):
    """Attached when somebody signed, handed out to readers of the draft, the paper's with the number."""
    them = offices(cast)
    said = {"actor": cast.account("district_officer"), "day": DAY}
    case = drafting.begin_draft(
        **said, unit=cast.district_office, issuer=cast.district_office, kind="guidance", title="Hướng dẫn"
    )
    files, signed = reverse("draft-files", args=[case.pk]), word()

    def bring_scan(content=signed):
        file = SimpleUploadedFile(A_SCAN, content)
        return client(cast, "district_officer").post(files, {"file": file})

    drafting.write(case, **said, text="1. Hồ sơ.")
    refused = bring_scan()
    assert refused.status_code == 422 and "record the signature first" in refused.content.decode()
    drafting.submit(case, **said)
    drafting.decide(case, **said, manner="head")
    drafting.sign(case, **said, signer=them.head, authority="own")
    assert bring_scan().status_code == 302
    assert "attached to the draft already" in bring_scan().content.decode()
    draft = drafting.draft_of(case)
    scan = draft.files.get()
    shown = client(cast, "district_officer").get(reverse("paper-draft", args=[case.pk])).content.decode()
    assert A_SCAN in shown and files in shown
    api = f"/api/v1/drafts/{case.pk}"
    for address in (reverse("draft-file", args=[case.pk, scan.pk]), f"{api}/files/{scan.pk}"):
        answer = client(cast, "district_officer").get(address)
        assert b"".join(answer.streaming_content) == signed and "attachment" in answer["Content-Disposition"]
        assert client(cast, "cell_secretary").get(address).status_code == 403
    told = client(cast, "district_officer").get(api).json()
    assert [one["sha256"] for one in told["files"]] == [scan.sha256]
    wrong = word("Nhầm. " * 40)
    assert bring_scan(wrong).status_code == 302
    mistaken = draft.files.exclude(pk=scan.pk).get()
    paper_files.detach_from_draft(actor=said["actor"], file=mistaken.pk, reason="nhầm")
    drafting.register(case, **said)
    became = Document.objects.get(drafted__draft=draft)
    assert [file.sha256 for file in became.files.all()] == [scan.sha256]
    assert became.files.get().text.state == FileText.State.WAITING
    late = bring_scan(word("Sau. " * 40))
    assert late.status_code == 422 and became.symbol in late.content.decode()
