"""This room is for a report as a Word file: every figure in it is a link to its records."""

from __future__ import annotations

from io import BytesIO

from django.utils import translation
from django.utils.translation import gettext as _
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from .parts import Report, Sentence, Slot, Table

ACCENT = "0F5C56"


def word(report: Report, *, base_url: str = "", footer: str = "") -> bytes:
    """The file's bytes. ``base_url`` (``https://…``, without a slash at the end) goes before every link."""
    with translation.override(report.language):
        return _drawn(report, base_url.rstrip("/"), footer)


def _drawn(report, base_url, footer) -> bytes:
    document = Document()
    _paper(document, report)
    document.add_heading(report.title, 0)
    document.add_paragraph(report.subtitle)
    for section in report.sections:
        document.add_heading(section.heading, 1)
        for block in section.blocks:
            if isinstance(block, Sentence):
                paragraph = document.add_paragraph()
                for piece in block.pieces():
                    if isinstance(piece, Slot):
                        _link(paragraph, piece.text, base_url + piece.url)
                    else:
                        paragraph.add_run(piece)
            elif isinstance(block, Table):
                _table(document, block, base_url)
            else:
                _terms(document, block)
    if footer:
        document.sections[0].footer.paragraphs[0].text = footer
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def _paper(document, report):
    """A4, a face with all four scripts, and the language for the spelling check."""
    page = document.sections[0]
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    page.left_margin = page.right_margin = Cm(2.5)
    style = document.styles["Normal"]
    style.font.name, style.font.size = "Times New Roman", Pt(12)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), {"vi": "vi-VN", "en": "en-GB", "de": "de-DE", "ru": "ru-RU"}[report.language])
    style.element.get_or_add_rPr().append(language)
    properties = document.core_properties
    properties.title, properties.language, properties.author = report.title, report.language, "Orgwork"
    properties.comments = ""


def _link(paragraph, text: str, url: str):
    """A run that leads to the records of its figure."""
    relation = paragraph.part.relate_to(url, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
    link = OxmlElement("w:hyperlink")
    link.set(qn("r:id"), relation)
    run = paragraph.add_run(text)
    run.font.color.rgb = RGBColor.from_string(ACCENT)
    run.font.underline = True
    link.append(run._r)
    paragraph._p.append(link)


def _table(document, block: Table, base_url):
    document.add_heading(block.caption, 2)
    table = document.add_table(rows=1, cols=len(block.heads) + 1)
    table.style = "Light Grid"
    for cell, head in zip(table.rows[0].cells[1:], block.heads, strict=True):
        cell.text = head
        cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT
    for label, line in block.lines:
        cells = table.add_row().cells
        cells[0].text = label
        for cell, slot in zip(cells[1:], line, strict=True):
            paragraph = cell.paragraphs[0]
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            _link(paragraph, slot.text, base_url + slot.url)
    if block.note:
        document.add_paragraph(block.note)


def _terms(document, block):
    for label, definition, source, rules in block.items:
        paragraph = document.add_paragraph(style="List Bullet")
        paragraph.add_run(label).bold = True
        paragraph.add_run(f": {definition} ")
        tail = "; ".join([source, *rules]) if source else "; ".join(rules)
        if tail:
            paragraph.add_run(_("(Source: %(source)s)") % {"source": tail}).font.size = Pt(9)
