"""This room is for decisions written from their cases, in Word and PDF, and for bad templates."""

import datetime as dt
import io
import zipfile

import docx
import pypdfium2
import pytest
from django.test import Client

from orgwork.exchange.decisions import filling, setting, texts
from orgwork.foundation.refusals import Refusal
from orgwork.procedures import issued_papers
from orgwork.procedures.unit_changes import founding
from tests.procedures.papers_world import offices
from tests.procedures.test_admission import file_complete

D = dt.date


def words_of(pdf: bytes) -> str:
    found = pypdfium2.PdfDocument(pdf)
    text = "\n".join(found[n].get_textpage().get_text_range() for n in range(len(found)))
    return " ".join(text.replace("\r", "").split())


def words_of_word(content: bytes) -> str:
    file = docx.Document(io.BytesIO(content))
    cells = [c.text for table in file.tables for row in table.rows for c in row.cells]
    return " ".join(" ".join([*cells, *(p.text for p in file.paragraphs)]).split())


def paper_of(case, code):
    return filling.paper(case, texts.texts()[code], D(2024, 6, 1))


def test_an_admission_is_written_with_its_number_open_and_later_with_number_and_signature(cast):
    them = offices(cast)
    case = file_complete(cast)
    client = Client()
    client.force_login(cast.account("district_officer"))
    page = client.get(f"/cases/{case.pk}/").content.decode()
    assert f"/cases/{case.pk}/decision/admission/word/" in page and "stay open until it is signed" in page
    open_yet = words_of(client.get(f"/cases/{case.pk}/decision/admission/pdf/").content)
    for words in (
        *("ĐẢNG BỘ TỈNH ĐIỆN BIÊN", "THÀNH ỦY ĐIỆN BIÊN PHỦ", "ĐẢNG CỘNG SẢN VIỆT NAM", "Số …-QĐ/"),
        *("ngày … tháng … năm …", "về việc kết nạp đảng viên", "Nơi nhận", "T/M BAN THƯỜNG VỤ"),
        "Điều 1. Kết nạp Lò Thị Duyên, sinh ngày 15/06/2000",
        "nghị quyết của Chi bộ bản Noong Bua (tán thành 6/6)",
    ):
        assert words in open_yet, (words, open_yet)

    case = admitted_from(case, cast)
    issued_papers.sign(
        actor=cast.account("district_officer"), day=case.steps.get(step="admit").day,
        document=case.steps.get(step="admit").document, signer=them.deputy, authority="behalf",
    )  # fmt: skip
    response = client.get(f"/cases/{case.pk}/decision/admission/word/")
    assert response["Content-Disposition"].endswith('.docx"')
    done = words_of_word(response.content)
    day = case.steps.get(step="admit").day
    for words in ("Số 214-QĐ/ThU", f"Điện Biên Phủ, ngày {day.day:02d} tháng {day.month:02d} năm {day.year}",
                  "PHÓ BÍ THƯ", "Mùa A Phó", "Điều 3."):  # fmt: skip
        assert words in done, (words, done)
    elsewhere = client.get(f"/cases/{case.pk}/decision/recognition/pdf/", follow=True)
    assert "No such decision is written" in elsewhere.content.decode()
    other = Client()
    other.force_login(cast.account("other_officer"))
    assert other.get(f"/cases/{case.pk}/decision/admission/pdf/").status_code == 403


def admitted_from(case, cast):
    from orgwork.procedures import admission
    from tests.procedures.test_admission import DECISION

    return admission.admit(
        case, actor=cast.account("district_officer"), day=DECISION, document={"symbol": "214-QĐ/ThU"}
    )


def test_a_body_is_founded_on_paper_and_every_text_can_be_set(cast):
    case = founding.propose(
        actor=cast.account("district_officer"), day=D(2024, 3, 1), parent=cast.commune, kind="cell",
        name_vi="Chi bộ tổ 9", members=[cast.first_of_small, cast.second_of_small, cast.third_of_small],
    )  # fmt: skip
    found = paper_of(case, "founding")
    assert found.title == "về việc thành lập Chi bộ tổ 9"
    assert found.articles[0] == (
        "Thành lập Chi bộ tổ 9 (chi bộ) trực thuộc Đảng bộ phường Noong Bua, gồm 3 đảng viên."
    )
    assert setting.pdf(found) == setting.pdf(found)
    # Every text says something sensible even of a case that knows nothing yet.
    for code, text in texts.texts().items():
        for line in (text.title, *text.articles):
            assert "{{" not in texts.filled(line, {}), code
        assert texts.lines(["{{ name }} x"], {}) == []


def test_an_office_adds_texts_and_word_templates_of_its_own(cast, settings, tmp_path):
    case = file_complete(cast)
    settings.ORGWORK_HOME = tmp_path
    (tmp_path / "templates").mkdir()
    own = tmp_path / "templates" / "ours.yaml"
    own.write_text(
        "decisions:\n- {code: admission, procedure: admission, step: admit, states: [file_complete],"
        " title: 'tiếp nhận {{ name }}', basis: [], articles: ['Kết nạp {{ name }} & bạn <x>.']}\n"
    )
    found = paper_of(case, "admission")
    assert found.title == "về việc tiếp nhận Lò Thị Duyên"

    template = tmp_path / "templates" / "admission.docx"
    file = docx.Document()
    file.add_paragraph("MẪU CỦA VĂN PHÒNG: {{ title }} · {{ articles[0] }}")
    file.save(template)
    assert (
        "MẪU CỦA VĂN PHÒNG: về việc tiếp nhận Lò Thị Duyên · Kết nạp Lò Thị Duyên & bạn <x>."
        in words_of_word(setting.word(found))
    )

    for bad, says in (
        ("{{ ten }}", "nothing is called ten"),
        ("{{ title", "cannot be used"),
        ("{{ title.__class__.__mro__ }}", "cannot be used"),
        ("{% for x in articles %}", "cannot be used"),
    ):
        file = docx.Document()
        file.add_paragraph(bad)
        file.save(template)
        with pytest.raises(Refusal, match=says) as told:
            setting.word(found)
        assert "admission.docx" in str(told.value), bad
    for content in (b"no zip", _zip_without_a_document()):
        template.write_bytes(content)
        with pytest.raises(Refusal, match="admission.docx"):
            setting.word(found)

    for entry, says in (
        ("procedure: none, step: a, states: [], title: t", "no procedure"),
        ("procedure: admission, step: admit, states: [done], title: '{{ who }}'", "nothing is called who"),
        ("procedure: admission, step: admit, states: [done], title: '{{ name'", "line 2"),
        ("procedure: admission, step: admit, states: [done], titel: t", "unknown key titel|lacks"),
        ("[", "not readable as YAML"),
    ):
        content = f"decisions:\n- {{code: x, basis: [], articles: [], {entry}}}\n"
        own.write_text(content)
        texts._texts.cache_clear()
        with pytest.raises(Refusal, match=says) as told:
            texts.texts()
        assert "ours.yaml" in str(told.value)
    # The case's page says so and stays usable.
    client = Client()
    client.force_login(cast.account("district_officer"))
    assert "ours.yaml" in client.get(f"/cases/{case.pk}/").content.decode()


def _zip_without_a_document() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("x", "y")
    return out.getvalue()
