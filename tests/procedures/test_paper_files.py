"""This room is for files of papers: what is let in, what comes out, what is refused with which sentence."""

import datetime as dt
import io
import os
import time
import zipfile
from pathlib import Path

import docx
import pypdfium2
import pytest
from django.core import signing
from django.core.files.storage import default_storage
from PIL import Image

from orgwork.foundation import extracting, jobs, journal, printing, recognising
from orgwork.foundation.jobs import Job, Progress, Stopped
from orgwork.foundation.refusals import NotAllowed, Refusal
from orgwork.procedures import due, paper_files
from orgwork.procedures.erasure import erase
from orgwork.procedures.sentences import sentence
from orgwork.registers.documents import Document
from orgwork.registers.paper_files import DocumentFile, FilePage, FileText, place
from orgwork.registers.paper_search import Search
from orgwork.registers.record import Cause

DAY = dt.date(2024, 3, 1)
SAID = "Quyết định công nhận kết quả bầu cử tại Đảng bộ phường Noong Bua"


def saved(made, *more, **options):
    out = io.BytesIO()
    made.save(out, *more, **options)
    return out.getvalue()


def word(*lines):
    made = docx.Document()
    for line in lines:
        made.add_paragraph(line)
    return saved(made)


INSIDE = {
    "types": "[Content_Types].xml",
    "document": "word/document.xml",
    "macros": "word/vbaProject.bin",
    "content": "content.xml",
}


def zipped(**parts):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, said in parts.items():
            archive.writestr(INSIDE.get(name, name), said)
    return out.getvalue()


def opendocument(said=SAID):
    text = f'<o:d xmlns:o="urn:o" xmlns:text="urn:t"><text:p>{said}</text:p></o:d>'
    return zipped(mimetype=extracting.ODT, content=text)


def pdf(*lines):
    """A PDF that holds its text."""
    return printing.document("QĐ", [printing.section(text=lines)], day=DAY, language="vi")


def pictures(*lines):
    """The pages of the same as pictures."""
    with pypdfium2.PdfDocument(pdf(*lines)) as document:
        return [page.render(scale=200 / 72, grayscale=True).to_pil().convert("L") for page in document]


def scan(pages):
    return saved(pages[0], "PDF", save_all=True, append_images=pages[1:], resolution=200)


LOCKED = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\n"
    b"4 0 obj<</Filter/Standard/V 1/R 2/P -4/O<" + b"41" * 32 + b">/U<" + b"42" * 32 + b">>>endobj\n"
    b"trailer<</Root 1 0 R/Encrypt 4 0 R/ID[<01><01>]/Size 5>>\n%%EOF"
)


def many_pages(count):
    made = pypdfium2.PdfDocument.new()
    for _page in range(count):
        made.new_page(20, 20)
    return saved(made)


def png_header(width, height):
    """A picture that says it is large, and would be if anybody unpacked it."""
    made = bytearray(saved(Image.new("1", (1, 1)), "PNG"))
    import struct
    import zlib

    made[16:24] = struct.pack(">II", width, height)
    made[29:33] = struct.pack(">I", zlib.crc32(bytes(made[12:29])))
    return bytes(made)


REFUSED = {
    "an empty file": (b"", "empty"),
    "a program": (b"\x7fELF and so on", "none of the files"),
    "a page of the web under another name": (b"<html><script>alert(1)</script>", "none of the files"),
    "an old Word file": (b"\xd0\xcf\x11\xe0 and so on", "old Word file"),
    "a broken PDF": (b"%PDF-1.7 and nothing else", "damaged"),
    "a locked PDF": (LOCKED, "locked"),
    "a PDF of too many pages": (lambda: many_pages(12), "at most 10"),
    "an archive of something": (zipped(readme="x"), "neither text"),
    "a broken archive": (b"PK\x03\x04 broken", "damaged"),
    "macros": (zipped(types="<a/>", document="<a/>", macros="x"), "macros"),
    "a bomb in Word": (lambda: zipped(types="<a/>", document=b"0" * 21_000_000), "Unpacked"),
    "a bomb of markup": (lambda: zipped(types="<a/>", document=b"0" * 7_000_000), "letters"),
    "no Word inside": (zipped(types="<a/>", document="<a/>"), "damaged"),
    "entities": (
        zipped(mimetype=extracting.ODT, content='<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'),
        "damaged",
    ),
    "a bomb of points": (png_header(60_000, 60_000), "points"),
    "half a picture": (lambda: saved(Image.effect_noise((900, 900), 90), "JPEG")[:5000], "damaged"),
    "too large": (b"%PDF-" + b"0" * 1_100_000, "more than 1 MB"),
}  # fmt: skip


@pytest.fixture(autouse=True)
def small(monkeypatch, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.ORGWORK_FILE_MEGABYTES = 1
    monkeypatch.setattr(extracting, "PAGES", 10)
    monkeypatch.setattr(extracting, "UNPACKED", 20_000_000)
    monkeypatch.setattr(extracting, "MARKUP", 6_000_000)


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_says_why(name):
    content, said = REFUSED[name]
    with pytest.raises(Refusal) as refusal:
        paper_files.bring(content() if callable(content) else content, None)
    assert said in str(refusal.value) and refusal.value.field == "file"
    assert not list(Path(default_storage.path("")).rglob("*.part")) and not default_storage.exists("papers")


@pytest.mark.parametrize(
    ("given", "kind", "kept"),
    [
        ("báo cáo.PDF", extracting.PDF, "báo cáo.PDF"),
        ("../../etc/passwd", extracting.PDF, "passwd.pdf"),
        ("C:\\giấy tờ\\quyết định.docx", extracting.PDF, "quyết định.docx.pdf"),
        ("harmless\u202efdp.exe", extracting.DOCX, "harmlessfdp.exe.docx"),
        ("a.jpeg", extracting.JPEG, "a.jpg"),
        ("..", extracting.PNG, "file.png"),
        ("a\r\nSet-Cookie: x", extracting.ODT, "aSet-Cookie x.odt"),
    ],
)
def test_a_name_shows_what_is_in_it(given, kind, kept):
    made = paper_files.plain_name(given, kind)
    assert made == kept or made.lower() == kept.lower()


def attach(cast, paper, content, by="district_officer", **more):
    ticket = paper_files.bring(content, cast.account(by))
    return paper_files.attach(actor=cast.account(by), document=paper, ticket=ticket, name="a", **more)


def read(file):
    jobs.perform(FileText.objects.get(file=file).job)
    return FileText.objects.get(file=file)


def found(text):
    return [paper.symbol for paper in Search(Document.objects.all(), text).page(9).papers]


@pytest.mark.django_db
def test_text_comes_out_of_every_kind_and_is_found(cast, monkeypatch):
    monkeypatch.setattr(recognising, "languages", frozenset)
    for number, content in enumerate(
        (pdf(SAID, *["dòng"] * 60, "trang sau"), word(SAID), opendocument()), start=1
    ):
        paper = cast.paper(f"{number}-QĐ/ThU")
        file = attach(cast, paper, content)
        assert default_storage.open(file.place).read() == content and file.size == len(content)
        assert (Path(default_storage.path(file.place)).stat().st_mode & 0o777) == 0o600
        text = read(file)
        assert (text.state, text.how, text.done) == ("done", "held", file.pages or 1)
        assert SAID in " ".join(FilePage.objects.filter(file=file, number=1).get().text.split())
    assert found("cong nhan bau cu noong bua") == ["3-QĐ/ThU", "2-QĐ/ThU", "1-QĐ/ThU"]
    assert paper_files.content_of(file) == content
    # The same bytes for another paper lie there once; changed bytes are told.
    again = attach(cast, cast.paper("9-QĐ/ThU"), content)
    assert again.place == file.place and FileText.objects.get(file=again).state == "waiting"
    Path(default_storage.path(file.place)).write_bytes(b"other")
    with pytest.raises(Refusal, match="no longer as it was brought"):
        paper_files.content_of(file)
    assert read(again).reason == "file_damaged"


@pytest.mark.django_db
def test_scans_without_a_recogniser_say_so_and_are_taken_up_when_there_is_one(cast, monkeypatch):
    monkeypatch.setattr(recognising, "languages", frozenset)
    paper = cast.paper()
    file = attach(cast, paper, scan(pictures("một")), language="ru")
    text = read(file)
    assert (text.state, text.reason, file.pages) == ("unread", "no_recogniser", 1)
    assert [piece for piece in due.known["files_to_recognise"].find(DAY)] == []
    monkeypatch.setattr(recognising, "languages", lambda: frozenset({"vi"}))
    assert read_now(file).reason == "no_language"
    monkeypatch.setattr(recognising, "languages", lambda: frozenset({"vi", "ru"}))
    monkeypatch.setattr(recognising, "recognise", lambda picture, language: f"текст {language}")
    (piece,) = due.known["files_to_recognise"].find(DAY)
    piece(None)
    text = read(file)
    assert (text.state, text.how, text.reason) == ("done", "recognised", "") and found("текст ru")


def read_now(file):
    paper_files.read_file(Progress(Job(name="x")), file=file.pk)
    return FileText.objects.get(file=file)


@pytest.mark.django_db
def test_a_long_scan_goes_on_where_it_was_cut_short(cast, monkeypatch):
    """Pages recognised before the worker died are not recognised again; one that cannot be read is passed."""
    asked = []

    def recognise(picture, language):
        asked.append(picture.size)
        if len(asked) == 2:
            raise recognising.Unrecognised("7")
        if len(asked) == 4:
            raise KeyboardInterrupt
        return f"trang {len(asked)}"

    monkeypatch.setattr(recognising, "languages", lambda: frozenset({"vi"}))
    monkeypatch.setattr(recognising, "recognise", recognise)
    pages = [Image.new("L", (300 + n, 300), 255) for n in range(6)]
    file = attach(cast, cast.paper(), saved(pages[0], "TIFF", save_all=True, append_images=pages[1:]))
    assert file.pages == 6
    with pytest.raises(KeyboardInterrupt):
        read_now(file)
    assert sorted(FilePage.objects.values_list("number", flat=True)) == [1, 2, 3] and found("trang 3")
    text = read_now(file)
    assert (text.state, text.done, len(asked)) == ("done", 6, 7)
    assert [p.text for p in FilePage.objects.order_by("number")][:4] == ["trang 1", "", "trang 3", "trang 5"]

    def stop(*_said):
        raise Stopped

    monkeypatch.setattr(Progress, "report", stop)
    paper_files.read_again(actor=cast.account("district_officer"), file=file.pk)
    with pytest.raises(Stopped):
        read_now(file)
    assert FileText.objects.get(file=file).state == "waiting"


@pytest.mark.skipif(
    "vi" not in recognising.languages(), reason="Tesseract with Vietnamese is not installed here"
)
@pytest.mark.django_db
def test_vietnamese_is_really_recognised(cast):
    """The system's own program reads a scan, and its words are found without marks."""
    file = attach(cast, cast.paper(), scan(pictures("Nghị quyết của Đảng bộ tỉnh Điện Biên.")))
    text = read(file)
    assert (text.state, text.how) == ("done", "recognised")
    assert "Nghị quyết của Đảng bộ tỉnh Điện Biên" in FilePage.objects.get(file=file).text
    assert found("nghi quyet dien bien") == ["214-QĐ/ThU"]


def test_a_program_that_fails_or_is_missing_is_told(monkeypatch, tmp_path):
    monkeypatch.setenv("ORGWORK_TESSERACT", "")
    assert recognising.program() is None and recognising.languages() == frozenset()
    with pytest.raises(recognising.Unrecognised):
        recognising.recognise(Image.new("L", (9, 9)), "vi")
    fake = tmp_path / "tesseract"
    fake.write_text(
        "#!/bin/sh\n[ \"$1\" = --list-langs ] && printf 'List:\\nvie\\nxyz\\n' && exit 0\nexit 3\n"
    )
    fake.chmod(0o700)
    monkeypatch.setenv("ORGWORK_TESSERACT", str(fake))
    assert recognising.languages() == {"vi"}
    with pytest.raises(recognising.Unrecognised, match="3"):
        recognising.recognise(Image.new("L", (9, 9)), "vi")


@pytest.mark.django_db
def test_versions_stay_and_only_the_newest_is_found(cast):
    paper = cast.paper()
    first = attach(cast, paper, word("bản nháp thứ nhất"))
    read(first)
    with pytest.raises(Refusal, match="attached to the paper already"):
        attach(cast, paper, default_storage.open(first.place).read())
    second = attach(cast, paper, word("bản cuối"), replaces=first.pk)
    read(second)
    assert [f.pk for f in paper.files.all()] == [second.pk] and second.replaces == first
    assert DocumentFile.versions.count() == 2 and found("nhap") == [] and found("ban cuoi")
    with pytest.raises(Refusal, match="no such file"):
        attach(cast, paper, word("ba"), replaces=first.pk)
    paper_files.detach(actor=cast.account("district_officer"), file=second.pk, reason="nhầm giấy")
    assert not paper.files.exists() and found("cuoi") == []
    said = [sentence(s.entry.verb, s.content) for s in journal.EntrySubject.objects.filter(type="document")]
    assert any("in place of" in one for one in said) and any("nhầm giấy" in one for one in said)
    # What was taken away may be attached again; its bytes are there.
    assert attach(cast, paper, word("bản cuối")).sha256 != ""


@pytest.mark.django_db
def test_who_may_and_whose_ticket(cast):
    paper = cast.paper()
    for by in ("cell_secretary", "member", "other_officer", "auditor"):
        with pytest.raises(NotAllowed):
            attach(cast, paper, word(by), by=by)
    ticket = paper_files.bring(word("một"), cast.account("other_officer"))
    for wrong in (ticket, "x", signing.dumps({"sha256": "0" * 64})):
        with pytest.raises(Refusal, match="Bring the file again"):
            paper_files.attach(actor=cast.account("district_officer"), document=paper, ticket=wrong)
    secret = cast.paper("7-QĐ/ThU")
    Document.objects.filter(pk=secret.pk).update(secret=True)
    with pytest.raises(Refusal, match="secret paper"):
        attach(cast, secret, word("mật"))
    # Bytes that nobody attached go after two days, those of papers stay.
    kept = attach(cast, paper, word("hai"))
    for path in Path(default_storage.path("papers")).rglob("*"):
        os.utime(path, (time.time() - 3 * 86400,) * 2)
    for piece in list(due.known["files_without_paper"].find(DAY)):
        piece(None)
    left = [p.name for p in Path(default_storage.path("papers")).rglob("*") if p.is_file()]
    assert left == [kept.sha256]


@pytest.mark.django_db(transaction=True)
def test_erasure_takes_what_names_the_person_and_its_bytes(live_cast, monkeypatch):
    """A file that names somebody goes whole; one that does not stays; of one unread nobody can say."""
    from orgwork.foundation.moments import writing

    monkeypatch.setattr(recognising, "languages", frozenset)
    cast, person = live_cast, live_cast.applicant
    paper, other = cast.paper(), cast.paper("9-QĐ/ThU")
    with writing(door="test") as act:
        from orgwork.foundation.dates import change
        from orgwork.registers.people import PersonName, name_values

        change(PersonName, act, {"person": person}, DAY, name_values("Lò", "Thị", "Duyên An"),
               cause=Cause.objects.create(kind="corrected", document=paper))  # fmt: skip
    naming = attach(cast, paper, word("Kết nạp đồng chí LÒ THỊ DUYÊN, sinh năm 2000."))
    plain = attach(cast, paper, word("Quy chế làm việc"))
    unread = attach(cast, paper, scan(pictures("x")))
    elsewhere = attach(cast, other, word("Danh sách: Lò Thị Duyên"))
    for file in (naming, plain, unread, elsewhere):
        read(file)
    with writing(door="test") as act:
        erase(act, person, day=DAY, said={})
    left = {f.pk: bool(f.sha256) for f in DocumentFile.versions.all()}
    assert left == {naming.pk: False, plain.pk: True, unread.pk: False, elsewhere.pk: True}
    assert not default_storage.exists(place(naming.sha256)) and default_storage.exists(plain.place)
    assert not FilePage.objects.filter(file=naming).exists() and found("duyen") == ["9-QĐ/ThU"]
