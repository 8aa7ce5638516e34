"""This room is for setting a decision: PDF by typst, Word by a template that an office may replace."""

from __future__ import annotations

import zipfile
from dataclasses import asdict
from functools import cache
from io import BytesIO
from pathlib import Path

import docx
from django.utils.translation import gettext as _
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from docxtpl import DocxTemplate
from jinja2 import TemplateError

from orgwork.foundation import printing
from orgwork.foundation.refusals import Refusal

from .filling import PRINTED, Paper
from .texts import PARTS, environment, folder, word_template

#: No template of an office is larger, packed or unpacked.
LARGEST, UNPACKED = 5_000_000, 50_000_000


def pdf(paper: Paper) -> bytes:
    return printing.pdf("decision", _said(paper), language=PRINTED)


def word(paper: Paper) -> bytes:
    """By the office's template where there is one, else by ours."""
    return _rendered(word_template(paper.code), _said(paper))


def _rendered(own: Path | None, said: dict) -> bytes:
    template = BytesIO(_standard()) if own is None else BytesIO(_read(own))
    try:
        made = DocxTemplate(template)
        strange = made.get_undeclared_template_variables(environment()) - PARTS
        if strange:
            raise _bad(own, _("nothing is called %(names)s; there are %(known)s") % {
                "names": ", ".join(sorted(strange)), "known": ", ".join(sorted(PARTS)),
            })  # fmt: skip
        made.render(said, environment(), autoescape=True)
        out = BytesIO()
        made.save(out)
    except Refusal:
        raise
    except (TemplateError, KeyError, ValueError, zipfile.BadZipFile, OSError, SyntaxError) as fault:
        raise _bad(own, str(fault).splitlines()[0] if str(fault) else type(fault).__name__) from fault
    return out.getvalue()


def standard_template() -> bytes:
    """Our Word template, for an office that wants to begin from it."""
    return _standard()


def faults() -> list[str]:
    """Which Word templates of the office cannot be used, each in a sentence."""
    found = []
    for path in sorted(folder().glob("*.docx")):
        empty = dict.fromkeys(PARTS, "") | {"basis": [], "articles": [""], "recipients": []}
        try:
            _rendered(path, empty)
        except Refusal as fault:
            found.append(str(fault.message))
    return found


def _said(paper: Paper) -> dict:
    return asdict(paper)


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST:
            raise _bad(path, _("it is larger than 5 MB"))
        with zipfile.ZipFile(path) as packed:
            if sum(one.file_size for one in packed.infolist()) > UNPACKED:
                raise _bad(path, _("it unpacks to more than 50 MB"))
        return path.read_bytes()
    except (zipfile.BadZipFile, OSError) as fault:
        raise _bad(path, _("it is no Word file (.docx)")) from fault


def _bad(path: Path | None, why: str) -> Refusal:
    name = path.name if path else "decision"
    return Refusal(
        _("The Word template %(file)s cannot be used: %(why)s. Put it right, or take it out of the folder.")
        % {"file": name, "why": why},
        code="bad_template",
    )


# ── our own template ─────────────────────────────────────────────────────────────────────────────────────


@cache
def _standard() -> bytes:
    file = docx.Document()
    page = file.sections[0]
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    page.left_margin, page.right_margin = Cm(3), Cm(2)
    page.top_margin = page.bottom_margin = Cm(2)
    style = file.styles["Normal"]
    style.font.name, style.font.size = "Times New Roman", Pt(14)
    spoken = OxmlElement("w:lang")
    spoken.set(qn("w:val"), "vi-VN")
    style.element.get_or_add_rPr().append(spoken)
    _head(file)
    _line(file, "QUYẾT ĐỊNH", bold=True, middle=True)
    _line(file, "{{ title }}", bold=True, middle=True)
    _line(file, "{%p for line in basis %}")
    _line(file, "– {{ line }}", slanted=True)
    _line(file, "{%p endfor %}")
    _line(file, "{{ decider }}", bold=True, middle=True)
    _line(file, "QUYẾT ĐỊNH", bold=True, middle=True)
    _line(file, "{%p for article in articles %}")
    numbered = _line(file, "")
    numbered.add_run("Điều {{ loop.index }}. ").bold = True
    numbered.add_run("{{ article }}")
    _line(file, "{%p endfor %}")
    _foot(file)
    out = BytesIO()
    file.save(out)
    return out.getvalue()


def _line(where, text: str, *, bold=False, slanted=False, middle=False):
    added = where.add_paragraph()
    if text:
        run = added.add_run(text)
        run.bold, run.italic = bold, slanted
    if middle:
        added.alignment = WD_ALIGN_PARAGRAPH.CENTER
    added.paragraph_format.space_after = Pt(6)
    return added


def _head(file) -> None:
    left, right = file.add_table(rows=1, cols=2).rows[0].cells
    _line(left, "{%p if above %}")
    _line(left, "{{ above }}", middle=True)
    _line(left, "{%p endif %}")
    _line(left, "{{ issuer }}", bold=True, middle=True)
    _line(left, "*", middle=True)
    _line(left, "{{ number }}", middle=True)
    party = _line(right, "ĐẢNG CỘNG SẢN VIỆT NAM", bold=True, middle=True)
    party.runs[0].underline = True
    _line(right, "{{ place }}", slanted=True, middle=True)


def _foot(file) -> None:
    left, right = file.add_table(rows=1, cols=2).rows[0].cells
    _line(left, "Nơi nhận:").runs[0].underline = True
    _line(left, "{%p for one in recipients %}")
    _line(left, "– {{ one }};")
    _line(left, "{%p endfor %}")
    _line(right, "{{ on_behalf }}", bold=True, middle=True)
    _line(right, "{{ office }}", bold=True, middle=True)
    _line(right, "")
    _line(right, "{{ signer }}", bold=True, middle=True)
