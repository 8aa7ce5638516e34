"""This room is for the five reports: read, kept, and what they cite, state and ask for accepted.

It is done by the real acts after the story is written down, as offices would do it: the centre's papers are
entered by its office, the report of the province is kept by the province. Days of the centre's papers are the
published ones; those of the province are invented.
"""

import datetime as dt
from contextlib import suppress
from pathlib import Path

from orgwork.exchange.texts import accepting, keeping
from orgwork.exchange.texts.kept import Kind
from orgwork.foundation.moments import Act, writing
from orgwork.foundation.refusals import Refusal
from orgwork.foundation.search import fold
from orgwork.procedures.paper_register import register
from orgwork.procedures.paper_relations import relate
from orgwork.registers.documents import Document
from orgwork.registers.paper_relations import PaperRelation
from orgwork.registers.units import ROOT, Unit

REPORTS = Path(__file__).resolve().parent / "data" / "reports"
NGHE_AN, QUANG_TRI = "Tỉnh ủy Nghệ An", "Tỉnh ủy Quảng Trị"
#: The file's first letters, the body that keeps it and its office, the day it speaks from, what it is called.
TEXTS = (
    ("000", ROOT, "national-office", (2024, 7, 4), "Arbeitssitzung mit dem Zentralen Organisationskomitee"),
    ("001", "11", "province-office", (2024, 10, 14), "Parteiorganisation und Parteiaufbau in Dien Bien"),
    ("002", ROOT, "national-office", (2024, 4, 25), "Beratende Organe des Provinzparteikomitees Nghe An"),
    ("003", ROOT, "national-office", (2024, 12, 31), "Организационная работа партии в 2024 году"),
    ("004", ROOT, "national-office", (2024, 12, 20), "Block der Behörden und Unternehmen in Quang Tri"),
)  # fmt: skip
#: The day for which the province reports its members and villages, whenever it does so.
FIGURES = dt.date(2024, 5, 1)
#: Symbol, kind, issuer (a code, or a name outside the register), day, title.
PAPERS = (
    ("18-NQ/TW", "resolution", ROOT, (2017, 10, 25), "Sắp xếp tổ chức bộ máy của hệ thống chính trị"),
    ("04-NQ/TU", "resolution", "11", (2021, 4, 29), "Nâng cao sức chiến đấu của tổ chức cơ sở đảng"),
    ("09-ĐA/TU", "scheme", "11", (2021, 8, 20), "Củng cố tổ chức cơ sở đảng và phát triển đảng viên"),
    ("66-KH/TU", "plan", "11", (2021, 12, 15), "Thực hiện Nghị quyết 04-NQ/TU"),
    ("39-NQ/TW", "resolution", ROOT, (2023, 7, 18), "Phát triển tỉnh Nghệ An đến năm 2030, tầm nhìn 2045"),
    ("68-CTr/TU", "action_programme", NGHE_AN, (2023, 11, 12), "Thực hiện Nghị quyết 39-NQ/TW"),
    ("152-QĐ/TW", "regulation", ROOT, (2023, 12, 26), "Chức năng, nhiệm vụ của Ban Tổ chức Trung ương"),
    ("137-QĐ/TW", "regulation", ROOT, (2023, 12, 6), "Cơ quan tham mưu, giúp việc Tỉnh ủy"),
    ("35-CT/TW", "directive", ROOT, (2024, 6, 14), "Đại hội đảng bộ các cấp tiến tới Đại hội XIV"),
    ("158-KH/TU", "plan", "11", (2024, 8, 6), "Thực hiện Chỉ thị 35-CT/TW"),
    ("03-HD/TU", "guidance", "11", (2024, 8, 9), "Hướng dẫn thực hiện Chỉ thị 35-CT/TW"),
    ("667", "", QUANG_TRI, (2024, 11, 25), "Mục tiêu, nhiệm vụ, giải pháp năm 2025"),
)  # fmt: skip
#: What no report cites, but what became of two papers that they cite.
BESIDES = (
    ("121-KL/TW", "conclusion", ROOT, (2025, 1, 24), "Tổng kết Nghị quyết 18-NQ/TW"),
    ("1046-QĐ/TU", "regulation", "11", (2024, 3, 15), "Chức năng các cơ quan tham mưu, giúp việc Tỉnh ủy"),
)  # fmt: skip
#: Said by no sentence of the reports, but by the papers themselves.
RELATIONS = (
    ("09-ĐA/TU", "implements", "04-NQ/TU"),
    ("66-KH/TU", "implements", "04-NQ/TU"),
    ("66-KH/TU", "based_on", "09-ĐA/TU"),
    ("68-CTr/TU", "implements", "39-NQ/TW"),
    ("158-KH/TU", "implements", "35-CT/TW"),
    ("03-HD/TU", "guides", "35-CT/TW"),
    ("121-KL/TW", "reviews_finally", "18-NQ/TW"),
    ("1046-QĐ/TU", "implements", "137-QĐ/TW"),
)


def register_cited(roles) -> int:
    """The centre's papers, then report by report; how many papers came of it."""
    units = {unit.code: unit for unit in Unit.objects.filter(code__in=[ROOT, "11"])}
    for office, code in (("national-office", ROOT), ("province-office", "11")):
        with writing(actor=roles[office], door="takeover") as act:
            for symbol, kind, issuer, day, title in (*(PAPERS if code == ROOT else ()), *BESIDES):
                if issuer == code:
                    register(
                        within=act, day=dt.date(*day), symbol=symbol, kind=kind, issuer=units[code],
                        title=title,
                    )  # fmt: skip
    for begin, code, office, day, title in TEXTS:
        with writing(actor=roles[office], door="takeover") as act:
            _read(act, begin, units[code], dt.date(*day), title, units)
    for source, kind, target in RELATIONS:
        later, earlier = _paper(source), _paper(target)
        if PaperRelation.objects.filter(source=later, kind=kind, target=earlier).exists():
            continue
        office = roles["national-office" if later.issuer_id != units["11"].pk else "province-office"]
        with writing(actor=office, door="takeover") as act:
            day = max(one.day for one in (later, earlier) if one.day)
            relate(within=act, day=day, source=later, kind=kind, target=earlier)
    return len(PAPERS) + len(BESIDES)


def _paper(symbol: str) -> Document:
    issuer = next(one[2] for one in (*PAPERS, *BESIDES) if one[0] == symbol)
    rows = Document.objects.filter(symbol=symbol)
    if issuer in (ROOT, "11"):
        rows = rows.filter(issuer__code=issuer)
    else:
        rows = rows.filter(issuer_name=issuer)
    day = next(dt.date(*one[3]) for one in (*PAPERS, *BESIDES) if one[0] == symbol)
    return rows.get(day=day)


def _read(act: Act, begin: str, unit: Unit, day: dt.date, title: str, units: dict) -> None:
    """One report, kept; papers completed as the office knows them, the rest accepted as it was read."""
    path = next(REPORTS.glob(f"{begin}_*.txt"))
    content = path.read_bytes()
    text, _new = keeping.keep(
        content.decode(), actor=act.actor, door=act.door, within=act, unit=unit, day=day, title=title,
        file_name=path.name, content=content,
    )  # fmt: skip
    known = {fold(one[0]): one for one in PAPERS}
    for find in text.finds.filter(kind=Kind.DOCUMENT).exclude(norm="").order_by("start", "pk"):
        symbol, kind, issuer, issued, called = known[fold(find.norm)]
        entry = Document.objects.filter(symbol=symbol, day=dt.date(*issued))
        entry = entry.filter(issuer__code=issuer) if issuer in units else entry.filter(issuer_name=issuer)
        if (there := entry.first()) is not None:
            accepting.accept_paper(find=find.pk, paper=there.pk, within=act)
            continue
        who = {"issuer": units[issuer]} if issuer in units else {"issuer_name": issuer}
        accepting.accept_paper(
            find=find.pk,
            symbol=symbol,
            kind=kind,
            paper_day=dt.date(*issued),
            title=called,
            **who,
            within=act,
        )
    # Papers without a number and people stay open, for whoever looks at the demo to decide about.
    for find in text.finds.filter(kind=Kind.FIGURE).order_by("start", "pk"):
        with suppress(Refusal):  # where its words name no figure that the registers count
            accepting.accept_figure(find=find.pk, until=min(day, FIGURES), within=act)
    accepting.accept(finds=list(text.finds.filter(kind=Kind.TASK).values_list("pk", flat=True)), within=act)
