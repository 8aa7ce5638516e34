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


def empty_pdf():
    made = pypdfium2.PdfDocument.new()
    made.new_page(200, 200)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


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
    "broken zip": b"PK\x03\x04 broken",
    "bomb": bomb(),
    "broken xml": opendocument("<broken"),
    "entity": opendocument(ENTITY),
    "program": b"\x7fELF\x00\x00\x00binary",
    "large": b"x" * (files.LARGEST + 1),
}


@pytest.mark.parametrize("content", BAD.values(), ids=BAD)
def test_what_cannot_be_read_is_refused_in_a_sentence(content):
    with pytest.raises(Unreadable) as refused:
        text_of(content)
    assert str(refused.value).endswith(".")
    assert refused.value.field == "file"
