"""This room is for the life of papers in the demo: the congress and its resolution, who studied it, drafts in
all their stages, reviews, the papers that bodies must have, and the books of what came in.

Told by the procedures themselves, each act in the moment of its day, by the office or by the chief of the
committee's Office. It says nothing about members: no published figure changes.
"""

from __future__ import annotations

import datetime as dt
from contextlib import contextmanager
from typing import Any

from orgwork.foundation import catalogues
from orgwork.procedures import (
    acquaintance,
    drafting,
    incoming,
    paper_parts,
    paper_register,
    register_books,
    required_papers,
    reviews,
)
from orgwork.registers.acquaintance import members_under
from orgwork.registers.appointments import Appointment
from orgwork.registers.documents import Document
from orgwork.registers.posts import Post
from orgwork.registers.units import Unit, UnitForm

from .bodies import day
from .chance import Die
from .events import Events, votes
from .ground import PROVINCE

CONGRESS = (day(2020, 10, 13), day(2020, 10, 15))
RESOLUTION = "Nghị quyết Đại hội đại biểu Đảng bộ tỉnh lần thứ XIV, nhiệm kỳ 2020–2025"
#: Kind of part, titles.
PARTS = (
    ("task", (
        "Xây dựng Đảng và hệ thống chính trị trong sạch, vững mạnh",
        "Nâng cao chất lượng đội ngũ cán bộ, nhất là người đứng đầu",
        "Phát triển đảng viên ở thôn, bản và doanh nghiệp",
        "Giảm nghèo bền vững, xây dựng nông thôn mới",
    )),
    ("breakthrough", (
        "Đột phá về công tác cán bộ",
        "Đột phá về kết cấu hạ tầng giao thông",
        "Đột phá về cải cách hành chính và chuyển đổi số",
    )),
)  # fmt: skip
#: Kind, title, the day begun, how far it has come: what happens on which day after that.
DRAFTS: tuple[tuple[str, str, tuple[int, int, int], dict[str, int]], ...] = (
    ("guidance", "Hướng dẫn sinh hoạt chi bộ ở thôn, bản", (2024, 1, 2), {
        "ask_opinions": 5, "answers": 20, "send_to_appraisal": 29, "submit": 34, "decide": 43, "sign": 49,
        "register": 52, "distribute": 53,
    }),
    ("guidance", "Hướng dẫn nghiệp vụ công tác đảng viên ở doanh nghiệp tư nhân", (2024, 2, 26), {
        "ask_opinions": 7, "answers": 24, "send_to_appraisal": 39, "submit": 46, "decide": 56, "sign": 59,
        "register": 70, "distribute": 71,
    }),
    ("action_programme", "Chương trình hành động về đào tạo, bồi dưỡng cán bộ đến năm 2030", (2024, 3, 4), {
        "ask_opinions": 8, "answers": 29, "send_to_appraisal": 43, "submit": 51,
    }),
    ("conclusion", "Kết luận về công tác phát triển đảng viên quý I năm 2024", (2024, 3, 25), {
        "ask_opinions": 4, "answers": 18, "send_to_appraisal": 29,
    }),
    ("resolution", "Nghị quyết về nâng cao chất lượng cán bộ xã, phường", (2024, 4, 8), {
        "ask_opinions": 9, "some": 20,
    }),
    ("plan", "Kế hoạch rà soát quy hoạch cán bộ năm 2024", (2024, 4, 22), {}),
    ("plan", "Kế hoạch tổng kết nhiệm kỳ 2020–2025", (2024, 9, 9), {"ask_opinions": 21, "some": 32}),
)  # fmt: skip
TEXT = """I. Mục đích, yêu cầu
1. {title}.
2. Gắn trách nhiệm của cấp ủy, người đứng đầu với kết quả thực hiện.

II. Nội dung
1. Rà soát, đánh giá thực trạng theo từng tổ chức cơ sở đảng.
2. {what}
3. Kiểm tra, giám sát hằng năm.

III. Tổ chức thực hiện
Ban Tổ chức Tỉnh ủy chủ trì, theo dõi, đôn đốc và báo cáo Ban Thường vụ Tỉnh ủy."""
FIRST, SECOND = (
    "Đề ra nhiệm vụ, giải pháp và lộ trình cụ thể.",
    ("Đề ra nhiệm vụ, giải pháp, lộ trình và phân công cụ thể cho từng huyện ủy."),
)
#: What came to the Organisation Committee: from whom (a code, or a name outside the register), kind, title.
CAME = (
    ("TW.21", "official_letter", "Về việc báo cáo số liệu đảng viên {period}"),
    ("TW.21", "official_letter", "Về việc rà soát tiêu chuẩn chính trị"),
    ("TW.21", "guidance", "Hướng dẫn nghiệp vụ thẻ đảng viên"),
    ("district", "report", "Báo cáo công tác tổ chức xây dựng Đảng {period}"),
    ("district", "submission", "Tờ trình về việc bổ sung cấp ủy"),
    ("district", "official_letter", "Về việc xin ý kiến thành lập chi bộ"),
    ("Ban Tổ chức Tỉnh ủy Sơn La", "official_letter", "Về việc trao đổi hồ sơ đảng viên chuyển sinh hoạt"),
    ("Trường Chính trị tỉnh", "official_letter", "Về việc cử học viên lớp trung cấp lý luận chính trị"),
)
#: Papers that bodies must have: requirement, kind, title, day; how many of ten districts have it.
REQUIRED = (
    ("working_rules", "rules", "Quy chế làm việc của Ban Chấp hành khóa mới", (2020, 11, 9), 10),
    ("term_programme", "programme", "Chương trình công tác toàn khóa", (2020, 12, 7), 7),
    ("year_programme", "programme", "Chương trình công tác năm 2024", (2024, 1, 5), 6),
)


class PaperLife:
    """Acts of the office and of the chief of the Office; ``events`` lends its clock."""

    def __init__(self, events: Events, accounts) -> None:
        self.events, self.office = events, accounts["office"]
        self.chief = accounts["roles"]["chief-of-office"]
        self.calendar, self.die = events.calendar, Die(events.story.seed, "paper life")
        self.province = Unit.objects.get(code=PROVINCE)
        on = dt.date.fromordinal(day(2024, 1, 2))
        forms = dict(UnitForm.objects.on(on).values_list("unit__code", "kind"))
        units = {unit.code: unit for unit in Unit.objects.filter(code__in=forms)}
        below = [units[b.code] for b in events.story.skeleton.bodies if b.code in units]
        self.units = units
        self.districts = [u for u in below if forms[u.code] == "district_party_organisation"]
        communes = [u for u in below if forms[u.code] == "grassroots_party_organisation" and len(u.code) == 5]
        self.communes = communes[: max(6, events.scaled(len(communes)))]
        self.agency, self.bureau = units["11.21"], units["11.26"]
        self.head = Post.objects.get(unit=self.agency, kind="head")

    def tell(self) -> None:
        resolution = self.hold_congress()
        self.study(resolution, day(2020, 10, 26), due=day(2021, 1, 15), span=100)
        self.say_required()
        self.review(resolution)
        issued = [self.draft(*one) for one in DRAFTS]
        guidance = issued[0]
        self.study(guidance, day(2024, 3, 6), due=day(2024, 5, 31), span=120, part=3)
        self.fill_book()

    # -- the clock

    def later(self, first: int, days: int = 0) -> int:
        return self.calendar.on_or_after(first + days)

    def do(self, step, *case, on: int, by=None, **said):
        act = self.events.act(on)
        with acting(act, by or self.office):
            return step(*case, day=dt.date.fromordinal(on), within=act, **said)

    def register(self, issuer: Unit, kind: str, title: str, on: int, **more):
        return self.do(
            paper_register.register, on=on, issuer=issuer, kind=kind, title=title, symbol="", **more
        )

    # -- the congress and what is made of its resolution

    def hold_congress(self):
        opened, closed = CONGRESS
        until = dt.date.fromordinal(closed)
        self.do(register_books.hold_congress, on=opened, issuer=self.province, until=until)
        said = {"issuer": self.province, "on": closed, "congress": True}
        resolution = self.register(kind="resolution", title=RESOLUTION, **said)
        self.register(kind="report", title="Báo cáo kết quả bầu cử tại Đại hội", **said)
        for kind, titles in PARTS:
            self.do(
                paper_parts.enter_parts, on=self.later(closed, 4), paper=resolution, kind=kind,
                titles="\n".join(titles),
            )  # fmt: skip
        return resolution

    def study(self, paper, first: int, *, due: int, span: int, part: int = 1) -> None:
        """The committee asks; communes enter how many they reached, a few late, a few not at all."""
        asked = {"unit": self.province, "document": paper.pk, "due": dt.date.fromordinal(due)}
        self.do(acquaintance.ask, on=first, **asked)
        for nr, commune in enumerate(self.communes[::part]):
            if nr % 17 == 16:
                continue
            on = self.later(first, 3 + self.die.below(span))
            there = members_under(commune, dt.date.fromordinal(on))
            reached = there - self.die.below(max(1, there // 6))
            form = ("conference", "meeting", "online")[nr % 3]
            said = {"unit": commune, "document": paper.pk, "form": form, "reached": reached}
            self.do(acquaintance.enter, on=on, others=nr % 4, for_all=True, **said)

    def say_required(self) -> None:
        for requirement, kind, title, begun, having in REQUIRED:
            for nr, unit in enumerate([self.province, *self.districts[:having]]):
                on = self.later(day(*begun), nr)
                paper = self.register(unit, kind, title, on)
                said = {"unit": unit, "requirement": requirement, "document": paper.pk}
                self.do(required_papers.name_paper, on=on, **said)

    def review(self, resolution) -> None:
        """Half way it was reviewed; the review at the end is asked for."""
        said = {"document": resolution, "unit": self.province}
        for kind, planned, due in (
            ("midway", day(2022, 10, 3), day(2023, 6, 30)), ("finally", day(2024, 3, 4), day(2024, 12, 31)),
        ):  # fmt: skip
            self.do(reviews.plan, on=planned, kind=kind, due=dt.date.fromordinal(due), **said)
        asked = self.do(reviews.ask, on=self.later(day(2023, 5, 2)), document=resolution, kind="midway")
        held = self.later(day(2023, 6, 20))
        title = "Sơ kết giữa nhiệm kỳ thực hiện Nghị quyết Đại hội"
        report = self.register(self.province, "report", title, held)
        self.do(reviews.hold, asked, on=held, report=report)
        self.do(reviews.ask, on=self.later(day(2024, 10, 14)), document=resolution, kind="finally")

    # -- drafts

    def draft(self, kind: str, title: str, begun, stages):
        first = self.later(day(*begun))
        due = dt.date.fromordinal(first + 75)
        at = {name: self.later(first, later) for name, later in stages.items()}
        said = {"unit": self.agency, "issuer": self.province, "kind": kind, "title": title, "due": due}
        case = self.do(drafting.begin_draft, on=first, **said)
        self.do(drafting.write, case, on=self.later(first, 2), text=TEXT.format(title=title, what=FIRST))
        if "ask_opinions" in at:
            self.hear(case, title, at)
        for stage, take in (
            ("send_to_appraisal", self.send_to_appraisal), ("submit", self.submit), ("decide", self.decide),
            ("sign", self.sign), ("register", self.give_number), ("distribute", self.send_out),
        ):  # fmt: skip
            if stage in at:
                take(case, at[stage], title)
        return Document.objects.get(pk=case.data["document"]) if "register" in at else None

    def hear(self, case, title: str, at) -> None:
        asked = [*self.districts[:4], self.units["11.23"]]
        over = at.get("answers", at.get("some"))
        due = dt.date.fromordinal(over + (0 if "answers" in at else 25))
        self.do(drafting.ask_opinions, case, on=at["ask_opinions"], units=asked, due=due)
        to_answer = []
        for nr, unit in enumerate(asked if "answers" in at else asked[:2]):
            on = self.later(at["ask_opinions"], 3 + nr)
            stance, text = (
                ("agrees", "") if nr % 3 else ("changes", "Đề nghị phân công rõ cho từng huyện ủy.")
            )
            self.do(drafting.give_opinion, case, on=on, unit=unit, stance=stance, text=text)
            to_answer += [(on, unit)] if text and "answers" in at else []
        for on, unit in to_answer:
            said = {"unit": unit, "verdict": "taken", "reply": ""}
            self.do(drafting.answer_opinion, case, on=self.later(on, 4), **said)
        if "answers" in at:
            self.do(drafting.close_opinions, case, on=over)
            said = {"text": TEXT.format(title=title, what=SECOND), "remark": "Tiếp thu ý kiến góp ý"}
            self.do(drafting.write, case, on=over, **said)

    def send_to_appraisal(self, case, on: int, _title) -> None:
        self.sent = on
        self.do(drafting.send_to_appraisal, case, on=on)

    def submit(self, case, on: int, title: str) -> None:
        self.do(drafting.appraise, case, on=self.later(self.sent, 2), by=self.chief)
        said = {"issuer": self.agency, "kind": "submission", "title": f"Trình dự thảo: {title}", "next": True}
        said["day"] = dt.date.fromordinal(on)
        self.do(drafting.submit, case, on=on, submission=said)

    def decide(self, case, on: int, _title) -> None:
        said = {"manner": "meeting", "decided_by": "standing_committee", "protocol": votes(15)}
        self.do(drafting.decide, case, on=on, **said)

    def sign(self, case, on: int, _title) -> None:
        there = Appointment.objects.on(dt.date.fromordinal(on)).filter(post__unit=self.province)
        signer = there.get(post__kind="standing_deputy_secretary").person
        self.do(drafting.sign, case, on=on, signer=signer, authority="behalf")

    def give_number(self, case, on: int, _title) -> None:
        self.do(drafting.register, case, on=on, by=self.chief)

    def send_out(self, case, on: int, _title) -> None:
        self.do(drafting.distribute, case, on=on, by=self.chief, below=True)

    # -- what came in

    def fill_book(self) -> None:
        """The book of the Organisation Committee for the year, kept in the order of the days."""
        on, acts = day(2024, 1, 3), []
        given: dict[str, int] = {}
        for nr in range(40):
            on = self.later(on, 1 + self.die.below(12))
            acts += self.paper_came(nr, on, given)
        entries: dict[int, int] = {}
        for when, _nr, take in sorted(acts, key=lambda one: one[:2]):
            take(when, entries)

    def paper_came(self, nr: int, on: int, given: dict):
        """It is entered; most are answered within their days, some are late, the last ones wait."""
        source, kind, title = CAME[nr % len(CAME)]
        unit = self.districts[nr % len(self.districts)] if source == "district" else self.units.get(source)
        number = given[source] = given.get(source, 20) + 1 + self.die.below(30)
        sign = catalogues.documents()[kind].symbols[0]
        tail = {"TW.21": "BTCTW", "district": "HU"}.get(source, "BTCTU" if "Ban" in source else "TCT")
        said: dict[str, Any] = {
            "unit": self.agency, "sender": unit, "sender_name": "" if unit else source, "kind": kind,
            "symbol": f"{number}-{sign}/{tail}", "paper_day": dt.date.fromordinal(on - 1 - nr % 3),
            "title": title.format(period=f"tháng {dt.date.fromordinal(on).month}"),
        }  # fmt: skip
        secret = nr == 21
        if secret:
            said |= {"secret": True, "sender": None, "sender_name": "", "title": ""}
        yield on, nr, lambda when, entries: entries.update({nr: self.do(incoming.enter, on=when, **said).pk})
        if nr == 11:
            yield self.later(on, 1), nr, self.task(incoming.cancel, nr, reason="vào sổ hai lần")
        elif nr % 5 == 4:
            yield self.later(on, 2), nr, self.task(incoming.close, nr, reason="để biết, không phải trả lời")
        elif nr < 36:
            noted = self.later(on, 1)
            who = {"by_unit": self.bureau} if nr % 2 else {"by_post": self.head}
            note = "" if secret else "Nghiên cứu, tham mưu trả lời."
            due = dt.date.fromordinal(on + 14)
            yield noted, nr, self.task(incoming.assign, nr, note=note, due=due, **who)
            if nr % 7 != 6:
                title = "" if secret else "Trả lời công văn"
                paper = {"issuer": self.agency, "kind": "official_letter", "next": True, "title": title}
                yield self.later(noted, 5 + nr % 9), nr, self.task(incoming.answer, nr, document=paper)

    def task(self, step, nr: int, **said):
        def take(when: int, entries) -> None:
            if "document" in said:
                said["document"]["day"] = dt.date.fromordinal(when)
            self.do(step, on=when, entry=entries[nr], **said)

        return take


@contextmanager
def acting(act, account):
    """The same moment, another person at work."""
    before, act.actor = act.actor, account
    try:
        yield
    finally:
        act.actor = before
