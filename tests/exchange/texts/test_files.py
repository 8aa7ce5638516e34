"""This room is for the text inside files, and for files that hold none or mean harm."""

import io
import zipfile

import docx
import pypdfium2
import pytest

from orgwork.exchange.texts import files
from orgwork.exchange.texts.files import Unreadable, text_of

SAID = "Theo Nghị quyết số 18-NQ/TW, tỉnh Điện Biên kết nạp 8.279 đảng viên."


def word(said=SAID):
    made = docx.Document()
    made.add_paragraph(said)
    made.add_table(1, 2).rows[0].cells[0].text = "949"
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def opendocument(content):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        archive.writestr("content.xml", content)
    return out.getvalue()


ODT = (
    '<?xml version="1.0" encoding="UTF-8"?><office:document-content xmlns:office="urn:o" xmlns:text="urn:t">'
    f"<office:body><text:p>{SAID}</text:p></office:body></office:document-content>"
)


@pytest.mark.parametrize(
    "content",
    [SAID.encode(), SAID.encode("utf-8-sig"), SAID.encode("utf-16"), word(), opendocument(ODT)],
    ids=["utf-8", "with a mark", "utf-16", "word", "opendocument"],
)
def test_the_text_comes_out_whatever_it_is_wrapped_in(content):
    assert SAID in text_of(content)


def test_russian_in_an_old_encoding():
    said = "Центральный организационный комитет провел конференцию по итогам года в Ханое. " * 5
    assert "организационный комитет" in text_of(said.encode("cp1251"))


def empty_pdf(pages=1):
    made = pypdfium2.PdfDocument.new()
    for _page in range(pages):
        made.new_page(200, 200)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def locked_pdf():
    """A PDF whose text takes a password that nobody has."""
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[]/Count 0>>",
        b"<</Filter/Standard/V 1/R 2/P -1/O<" + b"41" * 32 + b">/U<" + b"42" * 32 + b">>>",
    ]
    made, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, start=1):
        places.append(len(made))
        made += b"%d 0 obj%sendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"trailer<</Size 4/Root 1 0 R/Encrypt 3 0 R/ID[<41><41>]>>\nstartxref\n%d\n%%%%EOF" % len(made)
    return made + b"xref\n0 4\n0000000000 65535 f \n" + table + trailer


def bomb():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"0" * 201_000_000)
    return out.getvalue()


ENTITY = ODT.replace("?>", '?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>', 1).replace(SAID, "&x;")
BAD = {
    "nothing": b"",
    "blanks": b"   \n",
    "broken pdf": b"%PDF-1.7 and nothing else",
    "pictures only": empty_pdf(),
    "a scan of two hundred pages": empty_pdf(200),
    "locked pdf": locked_pdf(),
    "an old Vietnamese font": "Céng hoµ x· héi chñ nghÜa ViÖt Nam §éc lËp Tù do H¹nh phóc".encode("latin-1"),
    "another old font": "Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam Ñoäc laäp Töï do".encode("latin-1"),
    "broken zip": b"PK\x03\x04 broken",
    "bomb": bomb(),
    "broken xml": opendocument("<broken"),
    "entity": opendocument(ENTITY),
    "program": b"\x7fELF\x00\x00\x00binary",
    "large": b"x" * (files.LARGEST + 1),
}


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("a scan of two hundred pages", "The 200 pages hold pictures only"),
        ("locked pdf", "locked with a password"),
        ("an old Vietnamese font", "old Vietnamese font"),
        ("another old font", "old Vietnamese font"),
    ],
)
def test_what_is_wrong_with_it_is_said(name, told):
    with pytest.raises(Unreadable, match=told):
        text_of(BAD[name])


@pytest.mark.parametrize("content", BAD.values(), ids=BAD)
def test_what_cannot_be_read_is_refused_in_a_sentence(content):
    with pytest.raises(Unreadable) as refused:
        text_of(content)
    assert str(refused.value).endswith(".")
    assert refused.value.field == "file"
