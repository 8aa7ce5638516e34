"""This room is for trying that a page is set with every letter of the four languages, on any machine."""

import datetime as dt
from io import BytesIO

import docx
import pypdfium2
import pytest

from orgwork.foundation import printing, wording
from orgwork.foundation.datafiles import LANGUAGES

DAY = dt.date(2024, 5, 1)
LETTERS = {
    "vi": "ÀÁẢÃẠ ĂẰẮẲẴẶ ÂẦẤẨẪẬ Đ ÈÉẺẼẸ ÊỀẾỂỄỆ ÌÍỈĨỊ ÒÓỎÕỌ ÔỒỐỔỖỘ ƠỜỚỞỠỢ ÙÚỦŨỤ ƯỪỨỬỮỰ ỲÝỶỸỴ",
    "en": "The quick brown fox – “quoted”, ‘once more’ … 5 % − 3 ≥ 2 × 1",
    "de": "ÄÖÜ äöüß „Anführung“ § 5",
    "ru": "АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ абвгдеёжзийклмнопрстуфхцчшщъыьэюя «слово» № 5",
}


def read(file: bytes) -> str:
    """What a reader who searches the file finds, in one line."""
    return " ".join(" ".join(page.get_textpage().get_text_bounded().split()) for page in _pages(file))


def _pages(file):
    return list(pypdfium2.PdfDocument(file))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_letter_of_the_language_is_set(language):
    upper, lower = LETTERS[language], LETTERS[language].lower()
    file = printing.document(upper, [printing.section(text=[lower])], day=DAY, language=language)
    # The standard refuses a page with a letter that no face has: a file that names it has all of them.
    assert b"pdfaid" in file
    assert upper in read(file)
    assert lower in read(file)


def test_a_letter_of_another_script_does_not_stop_the_page():
    file = printing.document("汉字 Điện Biên", [], day=DAY, language="vi")
    assert "Điện Biên" in read(file)


def test_the_same_data_give_the_same_file():
    parts = [printing.section("A", pairs=[("b", DAY)], columns=["x", "y"], rows=[[1, "2"]], numbers=[0])]
    one, two = (printing.document("T", parts, day=DAY, language="en") for _n in range(2))
    assert one == two


def test_a_long_table_repeats_its_head_and_counts_its_pages():
    rows = [[n, f"name {n}"] for n in range(120)]
    parts = [printing.section("People", columns=["No.", "Who"], rows=rows, numbers=[0], widths=[1, 5])]
    pages = [p.get_textpage().get_text_bounded() for p in _pages(printing.document("T", parts, day=DAY))]
    assert len(pages) > 2
    assert all("Who" in page for page in pages)
    assert f"Page 1 / {len(pages)}" in pages[0]


def test_text_is_never_read_as_markup():
    wild = '#panic("no") $x$ *bold* <label> @ref \\ ] = head'
    parts = [
        printing.section(wild, text=[wild], pairs=[(wild, wild)], columns=[wild], rows=[[wild]], note=wild)
    ]
    text = read(printing.document(wild, parts, day=DAY, subtitle=wild, footer=wild, issuer=wild))
    assert text.count('#panic("no") $x$ *bold*') == 11


def test_days_are_written_as_the_reader_writes_them():
    parts = [printing.section(pairs=[("Day", DAY)])]
    assert "01.05.2024" in read(printing.document("T", parts, day=DAY, language="de"))
    assert "01/05/2024" in read(printing.document("T", parts, day=DAY, language="vi"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_paper_as_a_word_file(language):
    parts = [
        printing.section(
            "Đầu", text=["một"], pairs=[("Ngày", DAY)], columns=["x"], rows=[[None]], note="ghi chú"
        )
    ]
    said = {"day": DAY, "subtitle": "phụ", "issuer": "Đảng ủy", "footer": "chân", "language": language}
    file = docx.Document(BytesIO(printing.word(LETTERS[language], parts, **said)))
    texts = [paragraph.text for paragraph in file.paragraphs]
    assert {"Đảng ủy", LETTERS[language], "phụ", "Đầu", "một", "ghi chú"} <= set(texts)
    assert [cell.text for cell in file.tables[0].rows[0].cells] == ["Ngày", wording.day(DAY, language)]
    assert [cell.text for row in file.tables[1].rows for cell in row.cells] == ["x", ""]
    wide = docx.Document(BytesIO(printing.word("T", [], day=DAY, wide=True))).sections[0]
    assert wide.page_width > wide.page_height
