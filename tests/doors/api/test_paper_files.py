"""This room is for papers by program: found by words, files brought, attached, read; and by command."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from orgwork.doors.cli.main import main
from orgwork.foundation import jobs, recognising
from orgwork.registers.paper_files import DocumentFile, FileText
from tests.doors.web.test_paper_files import SAID, paper, word

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def elsewhere(settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path / "files"
    monkeypatch.setattr(recognising, "languages", frozenset)


def test_a_program_brings_attaches_finds_and_reads(cast):
    made = paper(cast, title="Về công tác cán bộ")
    one = Client()
    one.force_login(cast.account("district_officer"))
    ticket = one.post("/api/v1/files", {"file": SimpleUploadedFile("a.docx", word())}).json()["ticket"]
    sent = {"document": made.pk, "ticket": ticket, "name": "a.docx", "language": "vi"}
    done = one.post("/api/v1/operations/paper.attach", sent, content_type="application/json")
    assert done.status_code == 200, done.content
    number = done.json()["id"]
    jobs.perform(FileText.objects.get(file=number).job)
    (listed,) = one.get(f"/api/v1/documents/{made.pk}/files").json()["items"]
    assert (listed["text_state"], listed["current"], listed["id"]) == ("done", True, number)
    assert one.get(f"/api/v1/files/{number}").json() == listed
    assert SAID.strip() in one.get(f"/api/v1/files/{number}/text").json()["pages"][0]["text"]
    answer = one.get(f"/api/v1/files/{number}/content")
    assert answer["Content-Type"] == listed["media_type"] and "sandbox" in answer["Content-Security-Policy"]
    asked = {"q": "luan chuyen", "on": "2024-05-01", "unit": "094"}
    (hit,) = one.get("/api/v1/documents/search", asked).json()["items"]
    assert (hit["nearness"], hit["file_id"], hit["page"], hit["in_force"]) == (3, number, 1, True)
    assert [p["text"] for p in hit["text_pieces"] if p["found"]] == ["luân", "chuyển"]
    assert one.get("/api/v1/documents", asked).json()["items"][0]["id"] == made.pk
    for wrong in ({"term": "C"}, {"cursor": "zzz"}, {"cursor": "WzksICJ4IiwgMV0"}):
        assert one.get("/api/v1/documents/search", {**asked, **wrong}).status_code in (400, 422)
    refused = one.post("/api/v1/files", {"file": SimpleUploadedFile("a.pdf", b"%PDF-x")})
    assert refused.status_code == 422 and "damaged" in refused.json()["detail"]


def test_search_leads_through_all_pages_once(cast):
    for number in range(1, 8):
        paper(cast, f"{number}-KH/HU", "kế hoạch")
    one = Client()
    one.force_login(cast.account("district_officer"))
    address, seen = "/api/v1/documents/search?q=ke+hoach&unit=094&on=2024-05-01&limit=3", []
    while address:
        page = one.get(address).json()
        seen += [hit["symbol"] for hit in page["items"]]
        address = page["next"]
    assert seen == [f"{number}-KH/HU" for number in range(7, 0, -1)]


def test_by_command(cast, tmp_path, capsys):
    made = paper(cast, title="Về đất đai")
    path = tmp_path / "báo cáo.docx"
    path.write_bytes(word())
    assert main(["papers", "attach", str(made.pk), str(path), "--as", "district_officer", "--json"]) == 0
    file = DocumentFile.objects.get(pk=json.loads(capsys.readouterr().out)["id"])
    assert file.name == "báo cáo.docx"
    jobs.perform(FileText.objects.get(file=file).job)
    search = ["papers", "search", "luan", "chuyen", "--on", "2024-05-01", "--unit", "094"]
    assert main([*search, "--as", "district_officer"]) == 0
    assert "[luân] [chuyển]" in capsys.readouterr().out
    assert main([*search, "--as", "district_officer", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["page"] == 1
    # The operator of the machine reads no titles and texts, and finds by numbers.
    assert main(search) == 3 and "No paper" in capsys.readouterr().out
    assert main(["papers", "search", "214", "--on", "2024-05-01", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["title"] == ""
    assert main(["papers", "attach", "99", str(path), "--as", "district_officer"]) == 2
    assert main(["papers", "search", "x", "--kind", "zzz"]) == 2
