"""This room is for the text inside files, and for files that hold none or mean harm."""

import io
import unicodedata
import zipfile
from pathlib import Path

import docx
import pypdfium2
import pytest

from orgwork.exchange.sheets.encodings import TCVN3
from orgwork.exchange.texts import files, old_fonts
from orgwork.exchange.texts.files import Unreadable, text_of
from orgwork.exchange.texts.reading import read

GOLD = Path(__file__).parent / "gold"

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
    [
        SAID.encode(),
        SAID.encode("utf-8-sig"),
        SAID.encode("utf-16"),
        SAID.encode("utf-16-be"),
        word(),
        opendocument(ODT),
    ],
    ids=["utf-8", "with a mark", "utf-16", "utf-16 that does not say so", "word", "opendocument"],
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
    "an old font, damaged": "Cénx hoµ x· hévi chñ nghÜa ViÖk Nam §éb lËp Tù do H¹nh phóc".encode("latin-1"),
    "two old fonts in one": "Céng hoµ x· héi chñ nghÜa Vieät Nam Ñoäc laäp Töï do Haïnh phuùc".encode(
        "latin-1"
    ),
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
        ("a scan of two hundred pages", r"only pictures on its pages \(200\)"),
        ("locked pdf", "locked with a password"),
        ("an old font, damaged", "old Vietnamese font"),
        ("two old fonts in one", "old Vietnamese font"),
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


# ── fonts of the nineties ────────────────────────────────────────────────────────────────────────────────

_BOTH = {"TCVN3": {}, "VNI": {}}


def in_an_old_font(said, name):
    """The text as it was typed in such a font, letter by letter."""
    turn = {"TCVN3": lambda sign: sign.translate(str.maketrans(TCVN3)), "VNI": old_fonts._vni}[name]
    if not _BOTH[name]:
        signs = [chr(code) for code in range(0xA1, 0x100)]
        vowels = [*"aeouyôöAEOUYÔÖ", ""] if name == "VNI" else [""]
        for typed in (v + sign for v in vowels for sign in signs if not v or v.isupper() == sign.isupper()):
            shown = turn(typed)
            if len(shown) == 1 and shown != typed:
                _BOTH[name].setdefault(shown, typed)
    return "".join(_BOTH[name].get(letter, letter) for letter in said)


@pytest.mark.parametrize("name", ["TCVN3", "VNI"])
@pytest.mark.parametrize("wrapped", ["bytes", "utf-8", "word"])
def test_text_in_an_old_font_is_turned_into_unicode_and_said_to_be(name, wrapped):
    said = unicodedata.normalize("NFC", (GOLD / "vi12.txt").read_text("utf-8"))
    if name == "TCVN3":  # its capitals with marks are a matter of the font
        said = "".join(c.lower() if not c.isascii() else c for c in said)
    typed = in_an_old_font(said, name).replace("–", "-")
    content = {"bytes": lambda: typed.encode("latin-1"), "utf-8": typed.encode, "word": lambda: word(typed)}
    found = files.opened(content[wrapped]())
    assert "old Vietnamese font" in found.remark
    assert said.lower().split() == found.text.lower().split()[: len(said.split())]
    assert {one.norm for one in read(said).documents} == {one.norm for one in read(found.text).documents}


@pytest.mark.parametrize("path", sorted(GOLD.glob("*.txt")), ids=lambda path: path.stem)
def test_text_in_unicode_is_left_as_it_is(path):
    said = path.read_text("utf-8")
    assert files.in_unicode(said) == files.Opened(said) and old_fonts.modern(said) is None


@pytest.mark.parametrize(
    "said",
    ["Für «Brüder» und »Mütter« übt Jürgen täglich Flöte, äußerst gefährlich für Köln.",
     "Élève à l'école, où le garçon naïf a dû goûter un crème brûlée déjà très âgée.",
     "Het coördineren van reünies, geïnteresseerd, ideeën, zeeën, beïnvloeden, naïef."],
)  # fmt: skip
def test_other_languages_are_not_taken_for_old_fonts(said):
    assert files.in_unicode(said * 5) == files.Opened(said * 5)


@pytest.mark.parametrize("name", [name for name in BAD if "old font" in name])
def test_a_damaged_old_font_is_refused_in_unicode_letters_too(name):
    with pytest.raises(Unreadable, match="old Vietnamese font"):
        files.in_unicode(BAD[name].decode("latin-1"))


def test_a_text_half_in_unicode_keeps_that_half():
    modern = "Quyết định số 12-QĐ/TW về công tác cán bộ."
    old = in_an_old_font("tỉnh ủy lạng sơn kết nạp đảng viên mới trong các chi bộ nông thôn", "TCVN3")
    assert files.opened(f"{modern}\n{old}\n{old}".encode()).text.startswith(f"{modern}\ntỉnh ủy lạng sơn kết")
