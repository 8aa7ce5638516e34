"""This room is for the papers of the demo: votes that add up, and documents numbered per issuer, kind and
term without gaps, in the order of their days.
"""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date

from .bodies import CLOSING, OPENING, day
from .chance import Die
from .ground import DATA, PROVINCE, split_type
from .lives import Transfer

# The day after each congress: from here an issuer's numbers begin anew.
TERMS = {
    "province": day(2020, 10, 16),
    "district": day(2020, 8, 1),
    "grassroots": day(2020, 6, 1),
    "cell": day(2020, 3, 1),
}


# Who published the press reports, when (day of the event or of the web page), what they are about, in which
# language.
REPORTS = {
    "000": ("Báo Tài nguyên và Môi trường", (2024, 6, 13), "Làm việc với Ban Tổ chức Trung ương", "de"),
    "001": ("Báo Điện Biên Phủ", (2024, 10, 14), "Xứng đáng với niềm tin của Đảng và nhân dân", "de"),
    "002": ("Báo Điện Biên Phủ", (2024, 4, 25), "Kết quả quý I năm 2024 và nhiệm vụ quý II", "de"),
    "003": (
        "Tạp chí Xây dựng Đảng",
        (2024, 12, 16),
        "Hội nghị toàn quốc về công tác xây dựng Đảng năm 2024",
        "ru",
    ),
    "004": ("Báo Quảng Trị", (2025, 1, 14), "Đảng ủy khối: nhiệm vụ năm 2025 và cờ thi đua", "de"),
}


@dataclass(slots=True)
class Paper:
    issuer: int | None
    issuer_name: str
    kind: str
    number: int | None
    symbol: str
    day: int
    title: str


class Papers:
    def __init__(self, skeleton, lives, changes, calendar, die, honours):
        self.skeleton, self.lives, self.changes, self.die = skeleton, lives, changes, die
        self.honours = honours
        self.calendar = calendar
        self.papers = []
        self.wanted = []

    def write(self):
        self.count_full_members()
        self.votes()
        self.set_targets()
        self.want_papers()
        self.register_reports()
        self.number_papers()
        self.enter_people()

    def enter_people(self):
        """Whoever was not in the opening balance was entered as a person first, with an application, a
        letter or a post.
        """
        lives = self.lives
        first = {}
        for case in lives.admissions:
            first[case.person] = (case.days["application"], case.office)
        for member in lives.members:
            if member.origin == "transferred_in":
                cause = lives.causes[member.begun]
                first[member.person] = (self.calendar.on_or_before(cause.day - 1), cause.office)
            elif member.origin == "takeover":
                first[member.person] = None
        self.entered = [first.get(p.n, None) for p in lives.people]
        for n, at in enumerate(self.entered):
            self.entered[n] = (
                lives.takeover if at is None else lives.cause("other", max(at[0], OPENING), at[1], n)
            )

    # -- who may vote

    def count_full_members(self):
        """Per cell, the days on which the number of full members changed, to be asked for any day."""
        steps = {}
        for member in self.lives.members:
            full = next((s for s in member.standing if s.value == "full"), None)
            if full is None:
                continue
            for stay in member.stays:
                since = max(stay.since, full.since)
                until = stay.until
                if until is None or until > since:
                    steps.setdefault(stay.value, []).append((since, 1))
                    if until is not None:
                        steps[stay.value].append((until, -1))
        self.counts = {}
        for cell, changes in steps.items():
            changes.sort()
            days, totals, total = [], [], 0
            for on, by in changes:
                total += by
                days.append(on)
                totals.append(total)
            self.counts[cell] = (days, totals)

    def full_members(self, cell, on):
        days, totals = self.counts[cell]
        at = bisect_right(days, on)
        return totals[at - 1] if at else 0

    def vote(self, entitled, *, fails=False):
        """Numbers of a protocol; at least two thirds of those entitled are for it, unless it fails."""
        die = self.die
        need = -(-2 * entitled // 3)
        present = entitled - die.below(entitled - need + 1) if die.chance(0.6) else entitled
        valid = present - (1 if present > need and die.chance(0.05) else 0)
        votes = valid - (die.below(valid - need + 1) if die.chance(0.15) else 0)
        if fails:
            votes = max(0, need - 1 - die.below(2))
        return {
            "entitled": entitled,
            "summoned": entitled,
            "present": present,
            "issued": present,
            "collected": present,
            "valid": valid,
            "votes_for": votes,
        }

    def committee(self, cell, on):
        """The committee that passes a cell's resolution on: of the grassroots organisation, else of the
        level above.
        """
        above = self.parent(cell, on)
        return above

    def parent(self, n, on):
        spans = self.skeleton[n].parents
        return next((s.value for s in reversed(spans) if s.since <= on), spans[0].value)

    def committee_size(self, organisation):
        body = self.skeleton[organisation]
        if body.kind == "grassroots_party_organisation":
            return 13 if len(body.code) == 5 else 7
        return 27 if body.kind == "district_party_organisation" else 21

    def votes(self):
        for case in self.lives.admissions:
            days = case.days
            if "cell" in days:
                entitled = self.full_members(case.cell, days["cell"])
                case.votes["cell"] = self.vote(entitled, fails=case.state == "rejected")
            if "committee" in days:
                case.votes["committee"] = self.vote(
                    self.committee_size(self.parent(case.cell, days["committee"]))
                )
        for case in self.lives.recognitions:
            refused, days = case.outcome == "refused", case.days
            # What is still open has voted as far as the story goes.
            if case.outcome != "open" or days["cell"] <= CLOSING:
                entitled = self.full_members(case.cell, days["cell"])
                # A late recognition counts from the day probation ended; at the vote nobody knew that.
                standing = self.lives.members[case.member].standing
                if any(s.value == "full" and s.since <= days["cell"] for s in standing):
                    entitled -= 1
                case.votes["cell"] = self.vote(entitled, fails=refused)
            if case.outcome != "open" or days["committee"] <= CLOSING:
                size = self.committee_size(self.parent(case.cell, days["committee"]))
                case.votes["committee"] = self.vote(size, fails=refused)

    # -- yearly targets of admission

    def set_targets(self):
        """Who is to admit how many each year: near what was done the years before, asked for in a plan of
        January.
        """
        self.targets, self.target_causes = {}, {}
        done = {}
        for case in self.lives.admissions:
            if case.cause is not None:
                year = date.fromordinal(case.days["decision"]).year
                n = self.parent(case.cell, case.days["decision"])
                while n is not None:
                    done[n, year] = done.get((n, year), 0) + 1
                    n = self.parent(n, case.days["decision"])
        for body in self.skeleton.bodies:
            upper = (
                body.kind in ("district_party_organisation", "bloc_party_organisation")
                or body.code == PROVINCE
            )
            if not upper and not (body.kind == "grassroots_party_organisation" and len(body.code) == 5):
                continue
            usual = [done.get((body.n, year), 0) for year in range(2020, 2025)]
            usual = sum(usual) / len(usual)
            for year in range(2020, 2026):
                wish = usual * (0.93 + 0.02 * (year - 2020) + (0 if upper else 0.2 * self.die.random() - 0.1))
                step = 50 if body.code == PROVINCE else 5 if upper else 1
                self.targets[body.n, year] = max(1, round(wish / step) * step)
        province = self.skeleton.by_code[PROVINCE]
        for year in range(2021, 2026):
            on = self.calendar.on_or_after(day(year, 1, 8))
            cause = self.lives.cause("issued", on, province.office)
            self.want(None, None, province.n, "plan", on, f"Chỉ tiêu kết nạp đảng viên năm {year}", cause)
            for n, at in self.targets:
                if at == year:
                    self.target_causes[n, year] = cause

    # -- papers

    def want(self, owner, attribute, issuer, kind, on, title, cause=None):
        self.wanted.append((on, len(self.wanted), owner, attribute, issuer, kind, title, cause))

    def decider(self, cell, on):
        """The organisation directly above the grassroots: it decides on members."""
        n = cell
        while self.skeleton[n].kind not in (
            "district_party_organisation",
            "bloc_party_organisation",
            "provincial_party_organisation",
        ):
            n = self.parent(n, on)
        return n

    def grassroots(self, cell, on):
        """The grassroots organisation (or cell) that writes letters of introduction."""
        return cell if self.skeleton[cell].kind == "grassroots_cell" else self.parent(cell, on)

    def name(self, n):
        person = self.lives.people[n]
        return " ".join(part for part in (person.family, person.middle, person.given) if part)

    def want_papers(self):
        lives = self.lives
        title = "Tiếp nhận số liệu ban đầu về tổ chức đảng, đảng viên"
        province = self.skeleton.by_code[PROVINCE].n
        self.want(None, None, province, "decision", OPENING - 1, title, lives.takeover)
        for case in lives.admissions:
            if case.cause is not None:
                on = case.days["decision"]
                self.want(
                    case,
                    "paper",
                    self.decider(case.cell, on),
                    "decision",
                    on,
                    f"Kết nạp đảng viên: {self.name(case.person)}",
                    case.cause,
                )
        for case in lives.recognitions:
            if case.cause is not None:
                on, who = case.days["decision"], self.name(lives.members[case.member].person)
                what = (
                    "Công nhận đảng viên chính thức"
                    if case.outcome == "recognised"
                    else "Xóa tên đảng viên dự bị"
                )
                self.want(
                    case, "paper", self.decider(case.cell, on), "decision", on, f"{what}: {who}", case.cause
                )
        for case in lives.transfers:
            if case.batch is None:
                self.want_letter(case)
        for case in lives.leavings:
            if case.kind in ("left", "deleted") and case.text != "not recognised after probation":
                what = "Cho ra khỏi Đảng" if case.kind == "left" else "Xóa tên đảng viên"
                who = self.name(lives.members[case.member].person)
                self.want(
                    case,
                    "paper",
                    self.decider(case.cell, case.day),
                    "decision",
                    case.day,
                    f"{what}: {who}",
                    case.cause,
                )
        for act in self.changes.acts:
            self.want_body_paper(act)
        for on, decided, cause, _count in self.honours.decisions:
            title = f"Tặng Huy hiệu Đảng đợt {date.fromordinal(on):%d/%m/%Y}"
            self.want(None, None, province, "decision", decided, title, cause)

    def want_letter(self, case: Transfer):
        if "letter" not in case.days:
            return
        who = self.name(self.lives.members[case.member].person)
        if case.source is None:
            number = 1 + self.die.below(900)
            paper = Paper(
                None,
                case.source_text,
                "letter_of_introduction",
                number,
                f"{number:02d}-GT/TU",
                case.days["letter"],
                f"Giới thiệu sinh hoạt đảng: {who}",
            )
            self.papers.append(paper)
            case.paper = len(self.papers) - 1
            self.lives.causes[case.cause].paper = case.paper
            return
        issuer = self.grassroots(case.source, case.days["letter"])
        cause = case.cause if case.target is not None else None
        title = f"Giới thiệu sinh hoạt đảng: {who}"
        self.want(case, "paper", issuer, "letter_of_introduction", case.days["letter"], title, cause)
        if case.target is None and case.cause is not None:
            # The place outside confirms the arrival by its own paper.
            number, on = 1 + self.die.below(700), case.days["arrival"]
            slip = Paper(
                None,
                case.target_text,
                "transfer_slip",
                number,
                f"{number:02d}-PC/TU",
                on,
                f"Tiếp nhận sinh hoạt đảng: {who}",
            )
            self.papers.append(slip)
            self.lives.causes[case.cause].paper = len(self.papers) - 1

    def want_body_paper(self, act):
        body = self.skeleton[act.body]
        words = {
            "founded": "Thành lập",
            "renamed": "Đổi tên",
            "moved": "Chuyển giao",
            "merged": "Sáp nhập",
            "ended": "Giải thể",
        }
        issuer = (
            self.skeleton.by_code[PROVINCE].n
            if act.verb == "moved" or body.parent == self.skeleton.by_code[PROVINCE].n
            else self.decider(body.parent, act.day)
        )
        self.want(
            act, None, issuer, "decision", act.day, f"{words[act.verb]} {body.names[0].value[0]}", act.cause
        )

    def register_reports(self):
        """The five press reports, as papers of the provincial office's own collection."""
        self.reports = []
        for path in sorted((DATA / "reports").glob("*.txt")):
            issuer, on, title, language = REPORTS[path.name[:3]]
            self.papers.append(
                Paper(
                    None,
                    issuer,
                    "report",
                    None,
                    title[:57] + "…" if len(title) > 58 else title,
                    day(*on),
                    title,
                )
            )
            self.reports.append((len(self.papers) - 1, language, path))

    def number_papers(self):
        """One sequence per issuer, kind and term; ties of a day in the order in which the papers came up."""
        last = {}
        for on, _, owner, attribute, issuer, kind, title, cause in sorted(
            self.wanted, key=lambda item: item[:2]
        ):
            sign, tier = self.sign(issuer)
            term = on >= TERMS[tier]
            # The register takes over in the middle of a term: some numbers were used up before.
            start = 0 if term else 1500 + issuer % 700
            number = last[issuer, kind, term] = last.get((issuer, kind, term), start) + 1
            mark = {"decision": "QĐ", "letter_of_introduction": "GT", "plan": "KH", "resolution": "NQ"}[kind]
            self.papers.append(Paper(issuer, "", kind, number, f"{number:02d}-{mark}/{sign}", on, title))
            if attribute:
                setattr(owner, attribute, len(self.papers) - 1)
            if cause is not None:
                self.lives.causes[cause].paper = len(self.papers) - 1
        self.wanted.clear()

    def sign(self, issuer):
        body = self.skeleton[issuer]
        if body.kind == "provincial_party_organisation":
            return "TU", "province"
        if body.kind == "bloc_party_organisation":
            return "ĐUK", "district"
        if body.kind == "district_party_organisation":
            kind = split_type(self.skeleton.ground.by_code[body.code].name)[0]
            return ("HU" if kind == "huyện" else "ThU"), "district"
        return ("CB", "cell") if body.kind in ("cell", "grassroots_cell") else ("ĐU", "grassroots")


def write_papers(skeleton, lives, changes, calendar, seed, honours):
    papers = Papers(skeleton, lives, changes, calendar, Die(seed, "papers"), honours)
    papers.write()
    return papers
