"""This room is for the papers that the five reports cite, with how they rest on one another.

Each is registered by the real procedures after the story is written down, as an office would do it on reading
the reports. Days of the centre's papers are the published ones; those of the province are invented.
"""

import datetime as dt

from orgwork.foundation.moments import writing
from orgwork.procedures.paper_relations import relate
from orgwork.procedures.papers import register_paper
from orgwork.registers.units import ROOT, Unit

NGHE_AN, QUANG_TRI = "Tỉnh ủy Nghệ An", "Tỉnh ủy Quảng Trị"
#: Symbol, kind, issuer (a code, or a name outside the register), day, title, the report that cites it.
PAPERS = (
    ("18-NQ/TW", "resolution", ROOT, (2017, 10, 25), "Sắp xếp tổ chức bộ máy của hệ thống chính trị"),
    ("04-NQ/TU", "resolution", "11", (2021, 4, 29), "Nâng cao sức chiến đấu của tổ chức cơ sở đảng"),
    ("09-ĐA/TU", "scheme", "11", (2021, 8, 20), "Củng cố tổ chức cơ sở đảng và phát triển đảng viên"),
    ("66-KH/TU", "plan", "11", (2021, 12, 15), "Thực hiện Nghị quyết 04-NQ/TU"),
    ("39-NQ/TW", "resolution", ROOT, (2023, 7, 18), "Phát triển tỉnh Nghệ An đến năm 2030, tầm nhìn 2045"),
    ("68-CTr/TU", "action_programme", NGHE_AN, (2023, 11, 12), "Thực hiện Nghị quyết 39-NQ/TW"),
    ("137-QĐ/TW", "regulation", ROOT, (2023, 12, 6), "Cơ quan tham mưu, giúp việc Tỉnh ủy"),
    ("35-CT/TW", "directive", ROOT, (2024, 6, 14), "Đại hội đảng bộ các cấp tiến tới Đại hội XIV"),
    ("158-KH/TU", "plan", "11", (2024, 8, 6), "Thực hiện Chỉ thị 35-CT/TW"),
    ("03-HD/TU", "guidance", "11", (2024, 8, 9), "Hướng dẫn thực hiện Chỉ thị 35-CT/TW"),
    ("667", "", QUANG_TRI, (2024, 11, 25), "Mục tiêu, nhiệm vụ, giải pháp năm 2025"),
)  # fmt: skip
RELATIONS = (
    ("09-ĐA/TU", "implements", "04-NQ/TU"),
    ("66-KH/TU", "implements", "04-NQ/TU"),
    ("66-KH/TU", "based_on", "09-ĐA/TU"),
    ("68-CTr/TU", "implements", "39-NQ/TW"),
    ("158-KH/TU", "implements", "35-CT/TW"),
    ("03-HD/TU", "guides", "35-CT/TW"),
)


def register_cited(roles) -> int:
    """Register them all, the centre's and other provinces' by its own office; how many papers came of it."""
    units = {unit.code: unit for unit in Unit.objects.filter(code__in=[ROOT, "11"])}
    made = {}
    with writing(actor=roles["national-office"], door="takeover") as act:
        for symbol, kind, issuer, day, title in PAPERS:
            who = {"issuer": units[issuer]} if issuer in units else {"issuer_name": issuer}
            made[symbol] = register_paper(
                act, symbol=symbol, kind=kind, day=dt.date(*day), title=title, **who
            )
    for source, kind, target in RELATIONS:
        office = roles["province-office" if made[source].issuer_id else "national-office"]
        with writing(actor=office, door="takeover") as act:
            relate(day=made[source].day, source=made[source], kind=kind, target=made[target], within=act)
    return len(made)
