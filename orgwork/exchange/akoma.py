"""This room is for a paper as Akoma Ntoso (OASIS LegalDocML 1.0): text in parts, relations as references.

One paper is a work; its text in a language an expression; this file the manifestation (FRBR). What it
rests on and what rests on it are references, what it amends or replaces active modifications, what amends,
replaces or repeals it passive ones. Of a secret paper there is number, kind and day alone. The file is valid
against ``akomantoso30.xsd`` (a test says so) and the same paper gives the same file.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lxml import etree

from orgwork.foundation import catalogues
from orgwork.foundation.search import fold
from orgwork.registers.documents import Document, DocumentText
from orgwork.registers.drafts import signature_of
from orgwork.registers.paper_relations import PaperRelation, force
from orgwork.registers.posts import Post
from orgwork.registers.units import Unit, names_of

SPACE = "http://docs.oasis-open.org/legaldocml/ns/akn/3.0"
TYPE = "application/akn+xml"
SOURCE = "#orgwork"
#: Three letters for a language, as the standard writes them.
LANGUAGES = {"vi": "vie", "en": "eng", "de": "deu", "ru": "rus"}
#: Relations that change the other paper, as kinds of modifications of the standard.
CHANGES = {"amends": "substitution", "replaces": "substitution", "repeals": "repeal"}
ARTICLE = re.compile(r"^\s*(Điều|Article|Artikel|Статья)\s+(\d+[a-zđ]?)\s*[.:]?\s*(.*)$", re.I)
CHAPTER = re.compile(r"^\s*(Chương|Chapter|Kapitel|Глава)\s+([IVXLC]+|\d+)\s*[.:]?\s*(.*)$", re.I)
#: What XML cannot carry: letters that are no letters.
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass
class Part:
    """A piece of a text: a chapter or article with its number and heading, or paragraphs without either."""

    kind: str  # chapter | article | paragraph
    number: str
    heading: str
    lines: list[str]
    parts: list[Part]


def exported(
    paper: Document, day: dt.date, *, known_at: int | None = None, language: str = "", text: bool = True
) -> bytes:  # fmt: skip
    """The paper with its relations as they were on the day; ``text`` False: without title and text."""
    written = _text(paper, language) if text and not paper.secret else None
    spoken = LANGUAGES.get(written.language if written else "vi", "vie")
    root = etree.Element(_tag("akomaNtoso"), nsmap={None: SPACE})
    body_of = etree.SubElement(root, _tag("doc"), name=paper.kind or "paper")
    relations = _relations(paper, day, known_at)
    _meta(body_of, paper, day, spoken, relations, known_at=known_at)
    _preface(body_of, paper, titled=text and not paper.secret)
    main = etree.SubElement(body_of, _tag("mainBody"))
    _body(main, parts(written.text) if written else [])
    _conclusions(body_of, paper, day, known_at)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _tag(name: str) -> str:
    return f"{{{SPACE}}}{name}"


def _clean(text: str) -> str:
    return FORBIDDEN.sub("", text)


def _text(paper: Document, language: str) -> DocumentText | None:
    rows = list(paper.texts.order_by("language"))
    for wanted in (language, "vi"):
        for row in rows:
            if row.language == wanted:
                return row
    return rows[0] if rows else None


# ── the names of the FRBR ────────────────────────────────────────────────────────────────────────────────


def work(paper: Document) -> str:
    """/akn/vn/doc/resolution/2024-03-20/94.1234-04-nq-thu: country, kind, day, and a name of its own."""
    day = paper.day.isoformat() if paper.day else "unknown"
    return f"/akn/vn/doc/{_slug(paper.kind or 'paper')}/{day}/{_slug(paper.symbol)}.{paper.pk}"


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", fold(text)).strip("-") or "none"


def _meta(where, paper: Document, day: dt.date, spoken: str, relations, *, known_at) -> None:
    meta = etree.SubElement(where, _tag("meta"))
    _identification(meta, paper, day, spoken)
    if paper.day:
        issued = etree.SubElement(meta, _tag("publication"), date=paper.day.isoformat(), name="issue")
        issued.set("showAs", _clean(paper.symbol))
    state = force([paper], day, known_at=known_at)[paper.pk]
    events = _events(paper, state)
    if events:
        cycle = etree.SubElement(meta, _tag("lifecycle"), source=SOURCE)
        for number, (when, kind, source) in enumerate(events, 1):
            etree.SubElement(
                cycle, _tag("eventRef"), eId=f"e{number}", date=when.isoformat(), type=kind, source=source
            )
    _modifications(meta, relations)
    _references(meta, paper, relations, day)


def _identification(meta, paper: Document, day: dt.date, spoken: str) -> None:
    found = etree.SubElement(meta, _tag("identification"), source=SOURCE)
    uri, of_day = work(paper), (paper.day or day).isoformat()
    for level, this, when, name in (
        ("FRBRWork", uri, of_day, "issue"),
        ("FRBRExpression", f"{uri}/{spoken}@{of_day}", of_day, "expression"),
        ("FRBRManifestation", f"{uri}/{spoken}@{of_day}.akn", day.isoformat(), "export"),
    ):
        part = etree.SubElement(found, _tag(level))
        inside = this if level == "FRBRManifestation" else f"{this}/!main"
        etree.SubElement(part, _tag("FRBRthis"), value=inside)
        etree.SubElement(part, _tag("FRBRuri"), value=this)
        etree.SubElement(part, _tag("FRBRdate"), date=when, name=name)
        etree.SubElement(part, _tag("FRBRauthor"), href="#issuer")
        if level == "FRBRWork":
            etree.SubElement(part, _tag("FRBRcountry"), value="vn")
            if paper.kind:
                etree.SubElement(part, _tag("FRBRsubtype"), value=paper.kind)
            if paper.number:
                etree.SubElement(part, _tag("FRBRnumber"), value=str(paper.number))
            etree.SubElement(part, _tag("FRBRname"), value=_clean(paper.symbol) or "–")
            etree.SubElement(part, _tag("FRBRprescriptive"), value=_prescriptive(paper))
        elif level == "FRBRExpression":
            etree.SubElement(part, _tag("FRBRlanguage"), language=spoken)
        else:
            etree.SubElement(part, _tag("FRBRformat"), value=TYPE)


def _prescriptive(paper: Document) -> str:
    kind = catalogues.documents().get(paper.kind)
    return "true" if kind and kind.normative == "yes" else "false"


def _events(paper: Document, state) -> list[tuple[dt.date, str, str]]:
    found = [(paper.day, "generation", "#self")] if paper.day else []
    found += [(row.valid_from, "amendment", f"#d{row.source_id}") for row in state.amended_by]
    found += [(row.valid_from, "repeal", f"#d{row.source_id}") for row in state.ended_by]
    return sorted(found)


# ── relations ────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Known:
    """A relation from this paper's side: active where it is the later one."""

    row: PaperRelation
    other: Document
    active: bool


def _relations(paper: Document, day: dt.date, known_at: int | None) -> list[Known]:
    rows = PaperRelation.objects.on(day, known_at=known_at)
    ours = rows.filter(source=paper).select_related("target").order_by("target__day", "pk")
    theirs = rows.filter(target=paper).select_related("source").order_by("source__day", "pk")
    return [Known(row, row.target, True) for row in ours] + [Known(row, row.source, False) for row in theirs]


def _modifications(meta, relations: Iterable[Known]) -> None:
    """What changes the text of a paper: said in the paper that does it, and in the one it is done to."""
    changing = [one for one in relations if one.row.kind in CHANGES]
    if not changing:
        return
    analysis = etree.SubElement(meta, _tag("analysis"), source=SOURCE)
    for active, name in ((True, "activeModifications"), (False, "passiveModifications")):
        some = [one for one in changing if one.active == active]
        if some:
            group = etree.SubElement(analysis, _tag(name))
            for number, one in enumerate(some, 1):
                _modification(group, one, f"{'am' if active else 'pm'}_{number}")


def _modification(group, one: Known, ident: str) -> None:
    made = etree.SubElement(group, _tag("textualMod"), type=CHANGES[one.row.kind], eId=ident)
    here, there = "#self", work(one.other)
    etree.SubElement(made, _tag("source"), href=here if one.active else there)
    etree.SubElement(made, _tag("destination"), href=there if one.active else here)


def _references(meta, paper: Document, relations: list[Known], day: dt.date) -> None:
    found = etree.SubElement(meta, _tag("references"), source=SOURCE)
    etree.SubElement(
        found, _tag("original"), eId="self", href=work(paper), showAs=_clean(paper.symbol) or "–"
    )
    done = {"self"}
    for one in relations:
        ident = f"d{one.other.pk}"
        if ident in done:
            continue
        done.add(ident)
        name = "activeRef" if one.active else "passiveRef"
        said = _clean(one.other.symbol) or "–"
        etree.SubElement(found, _tag(name), eId=ident, href=work(one.other), showAs=said)
    issuer, code = _issuer(paper, day)
    for ident, where, called in (("issuer", code, issuer), ("orgwork", "orgwork", "Orgwork")):
        href = f"/akn/ontology/organization/vn/{where}"
        etree.SubElement(found, _tag("TLCOrganization"), eId=ident, href=href, showAs=called)
    for number, one in enumerate(relations, 1):
        known = catalogues.relations().get(one.row.kind)
        labels = (known.labels if one.active else known.inverse) if known else {}
        told = (labels.get("vi", one.row.kind), one.other.symbol, one.row.said_at)
        etree.SubElement(
            found, _tag("TLCConcept"), eId=f"r{number}",
            href=f"/akn/ontology/concept/orgwork/relation/{one.row.kind}/d{one.other.pk}"
            f"?since={one.row.valid_from.isoformat()}&by={'this' if one.active else 'that'}",
            showAs=_clean(" · ".join(part for part in told if part)),
        )  # fmt: skip


def _issuer(paper: Document, day: dt.date) -> tuple[str, str]:
    unit: Unit | None = paper.issuer
    if unit is None:
        return _clean(paper.issuer_name) or "–", _slug(paper.issuer_name)
    return _clean(names_of([unit.pk], paper.day or day, language="vi").get(unit.pk, unit.code)), _slug(
        unit.code
    )


# ── the text ─────────────────────────────────────────────────────────────────────────────────────────────


def parts(text: str) -> list[Part]:
    """Chapters and articles where the text has them, paragraphs where it has none."""
    found: list[Part] = []
    for line in text.split("\n"):
        line = _clean(line).strip()
        if not line:
            continue
        if match := CHAPTER.match(line):
            found.append(Part("chapter", f"{match[1]} {match[2]}", match[3], [], []))
        elif match := ARTICLE.match(line):
            one = Part("article", f"{match[1]} {match[2]}", "", [match[3]] if match[3] else [], [])
            inside = found[-1].parts if found and found[-1].kind == "chapter" else found
            inside.append(one)
        else:
            _append(found, line)
    return found


def _append(found: list[Part], line: str) -> None:
    """A line belongs to the last article, or to the chapter that has none yet, or stands by itself."""
    last = found[-1] if found else None
    if last and last.kind == "chapter" and last.parts:
        last = last.parts[-1]
    if last and last.kind in ("article", "chapter"):
        last.lines.append(line)
    else:
        found.append(Part("paragraph", "", "", [line], []))


def _body(main, some: list[Part]) -> None:
    if not some:
        empty = etree.SubElement(main, _tag("paragraph"), eId="para_1")
        etree.SubElement(etree.SubElement(empty, _tag("content")), _tag("p"))
        return
    _set(main, some, "")


def _set(where, some: list[Part], before: str) -> None:
    counts = {"chapter": 0, "article": 0, "paragraph": 0}
    short = {"chapter": "chp", "article": "art", "paragraph": "para"}
    for one in some:
        counts[one.kind] += 1
        ident = f"{before}{short[one.kind]}_{counts[one.kind]}"
        made = etree.SubElement(where, _tag(one.kind), eId=ident)
        if one.number:
            etree.SubElement(made, _tag("num")).text = one.number
        if one.heading:
            etree.SubElement(made, _tag("heading")).text = one.heading
        if one.parts:
            if one.lines:
                one.parts.insert(0, Part("paragraph", "", "", one.lines, []))
            _set(made, one.parts, f"{ident}__")
            continue
        content = etree.SubElement(made, _tag("content"))
        for line in one.lines or [""]:
            etree.SubElement(content, _tag("p")).text = line


def _preface(where, paper: Document, *, titled: bool) -> None:
    preface = etree.SubElement(where, _tag("preface"))
    line = etree.SubElement(preface, _tag("p"))
    number = etree.SubElement(line, _tag("docNumber"))
    number.text = _clean(paper.symbol)
    if paper.day:
        number.tail = " "
        day = etree.SubElement(line, _tag("docDate"), date=paper.day.isoformat())
        day.text = f"{paper.day:%d/%m/%Y}"
    if titled and paper.title:
        title = etree.SubElement(etree.SubElement(preface, _tag("p")), _tag("docTitle"))
        title.text = _clean(paper.title)


def _conclusions(where, paper: Document, day: dt.date, known_at: int | None) -> None:
    """The lines above the signature: authority and post. Who signed is told by the register, not here."""
    row = signature_of(paper, day, known_at=known_at)
    if row is None or paper.secret:
        return
    made = etree.SubElement(where, _tag("conclusions"))
    for line in _signed(row.on_behalf, row.office, row.post):
        etree.SubElement(made, _tag("p")).text = _clean(line)


def _signed(on_behalf: str, office: str, post: Post) -> Iterator[str]:
    yield from (line for line in (on_behalf, office) if line)
