"""This room is for the lives of the demo's members, played day by day: who was taken over, admitted,
recognised, moved, died, left. It decides what happened; papers, votes and recording follow in ``papers``
and ``clock``. Days are ordinals.
"""

import math
from dataclasses import dataclass, field
from datetime import date

from django.utils.translation import gettext_noop

from orgwork.procedures.badges import years_later

from .bodies import CELLS, CLOSING, OPENING, SHOWN, TERM, Span, day
from .chance import Urn, share_out
from .names import draw_ethnicity, draw_name

ROOMY = 29  # no cell grows beyond, a grassroots cell must stay below thirty
FLOOR = 4  # full members that always stay
YEAR = 365.25


@dataclass(slots=True)
class Person:
    n: int
    family: str
    middle: str
    given: str
    sex: str
    birth: int
    precision: str
    ethnicity: str


@dataclass(slots=True)
class Member:
    person: int
    since: int
    origin: str  # takeover, admitted, transferred_in
    begun: int
    stays: list = field(default_factory=list)  # Span of cell
    standing: list = field(default_factory=list)  # Span of probationary | full
    card: Span | None = None
    until: int | None = None
    ended: int | None = None
    free: int = 0  # no new act may begin before this day

    @property
    def cell(self):
        return self.stays[-1].value


@dataclass(slots=True)
class Cause:
    """An act: what it was, on which day, whose officer records it; later its case, its paper and the day it
    was recorded.
    """

    kind: str
    day: int
    office: str
    person: int | None = None
    case: int | None = None
    paper: int | None = None
    text: str = ""
    recorded: int = 0


@dataclass(slots=True)
class Admission:
    person: int
    cell: int
    days: dict  # application, course, verification, introducers, cell, committee, decision, ceremony
    introducers: tuple
    cause: int | None = None
    member: int | None = None
    state: str = "admitted"  # or the last step reached, rejected, withdrawn
    office: str = ""
    votes: dict = field(default_factory=dict)
    paper: int | None = None
    letter: int | None = None
    recognition: object = None


@dataclass(slots=True)
class Recognition:
    member: int
    cell: int
    due: int
    days: dict  # cell, committee, decision
    outcome: str  # recognised, refused, open
    cause: int | None = None
    votes: dict = field(default_factory=dict)
    paper: int | None = None


@dataclass(slots=True)
class Transfer:
    member: int
    source: int | None
    target: int | None
    days: dict  # request, letter, arrival
    state: str  # done, sent, requested
    source_text: str = ""
    target_text: str = ""
    cause: int | None = None
    paper: int | None = None
    batch: int | None = None  # the act about bodies that moved many at once


@dataclass(slots=True)
class Leaving:
    member: int
    cell: int
    kind: str  # died, left, deleted
    day: int
    cause: int
    paper: int | None = None
    text: str = ""


# How many admissions by year; within the term and up to the day shown they must be 8,279 in all.
YEARLY = {
    2020: 2150,
    2021: 2478,
    2022: 2526,
    2023: 2590,
    "2024a": 685,
    "2024b": 1815,
    "2025a": 1020,
    "2025b": 420,
}
ADMITTED = YEARLY[2021] + YEARLY[2022] + YEARLY[2023] + YEARLY["2024a"]
_SEASON = {
    1: 0.75,
    2: 0.5,
    3: 0.95,
    4: 0.95,
    5: 1.35,
    6: 1.1,
    7: 0.95,
    8: 1.1,
    9: 1.15,
    10: 1.0,
    11: 1.2,
    12: 1.15,
}
_RATES = {"died": 330, "out": 255, "in": 190, "inside": 660, "left": 45, "deleted": 60}
_ELSEWHERE = (
    "Sơn La",
    "Lai Châu",
    "Hà Nội",
    "Thái Bình",
    "Hòa Bình",
    "Phú Thọ",
    "Hải Dương",
    "Nam Định",
    "Yên Bái",
    "Lào Cai",
    "Bắc Ninh",
    "Thanh Hóa",
    "Nghệ An",
    "Thành phố Hồ Chí Minh",
    "Bình Dương",
    "Đồng Nai",
    "Đắk Lắk",
    "Hưng Yên",
    "Vĩnh Phúc",
    "Hải Phòng",
)


class Lives:
    """The play: bodies and people in, acts out."""

    def __init__(self, skeleton, die, calendar, *, members):
        self.skeleton, self.die, self.calendar = skeleton, die, calendar
        # More than a province has a province's history only: it is for measuring registers, not events.
        self.scale, self.target = min(1, members / 48000), members
        cells = sum(b.kind in CELLS and b.start > 0 for b in skeleton.bodies)
        self.roomy = ROOMY if members <= 48000 else max(ROOMY, round(1.6 * members / cells))
        self.people, self.members, self.causes = [], [], []
        self.admissions, self.recognitions, self.transfers, self.leavings = [], [], [], []
        self.full, self.probation = {}, {}
        self.active, self.position = [], {}
        self.agenda = {}
        self.quiet = {}  # cells that declared breaches keep free from other acts
        self.last_admission = {}
        self.cards = 0
        self.takeover = self.cause("takeover", OPENING, skeleton[0].office, text="opening balance")

    # -- small helpers

    def cause(self, kind, on, office, person=None, text=""):
        self.causes.append(Cause(kind, on, office, person, text=text))
        return len(self.causes) - 1

    def office(self, cell):
        return self.skeleton[cell].office

    def later(self, on, act, *what):
        self.agenda.setdefault(on, []).append((act, what))

    def size(self, cell):
        return len(self.full[cell]) + len(self.probation[cell])

    def new_person(self, born, die=None, sex=None):
        die = die or self.die
        sex = sex or ("f" if die.random() < 0.41 else "m")
        ethnicity = draw_ethnicity(die)
        family, middle, given = draw_name(die, ethnicity, sex)
        throw = die.random()
        # Of the old, and in remote places, often only the year or month of birth is known.
        year_only = 0.16 if born < day(1962, 1, 1) else 0.02
        precision = "year" if throw < year_only else "month" if throw < year_only * 1.3 else "day"
        if precision != "day":
            known = date.fromordinal(born)
            born = day(known.year, 1, 1) if precision == "year" else day(known.year, known.month, 1)
        person = Person(len(self.people), family, middle, given, sex, born, precision, ethnicity)
        self.people.append(person)
        return person.n

    def enter(self, n, cell, *, full):
        (self.full if full else self.probation)[cell].append(n)

    def leave(self, n, cell):
        crowd = self.full[cell]
        if n in crowd:
            crowd.remove(n)
        else:
            self.probation[cell].remove(n)

    def activate(self, n):
        self.position[n] = len(self.active)
        self.active.append(n)

    def deactivate(self, n):
        at, last = self.position.pop(n), self.active.pop()
        if last != n:
            self.active[at] = last
            self.position[last] = at

    def is_full(self, n):
        return self.members[n].standing[-1].value == "full"

    def next_card(self, n, since, begun):
        self.cards += 1
        self.members[n].card = Span(f"11{self.cards:06d}", since, begun=begun)

    # -- the opening balance

    def open(self):
        cells = [
            b
            for b in self.skeleton.bodies
            if b.kind in CELLS and b.start and b.founded <= OPENING and b.n not in self.quiet
        ]
        for body in self.skeleton.bodies:
            if body.kind in CELLS:
                self.full[body.n], self.probation[body.n] = [], []
        fixed = sum(self.skeleton[n].start for n in self.quiet)
        yearly = sum(_RATES[k] for k in ("died", "out", "left", "deleted")) - _RATES["in"]
        until_shown = YEARLY[2020] + ADMITTED - yearly * (SHOWN - OPENING) / YEAR
        total = self.target - round(until_shown * self.scale) - fixed
        die = self.die
        weights = [body.start * (0.75 + 0.5 * die.random()) for body in cells]
        sizes = self.fitted(cells, weights, total)
        recent = 0.052  # share admitted in the last year, still on probation
        for body, size in [
            *zip(cells, sizes, strict=True),
            *((self.skeleton[n], self.skeleton[n].start) for n in self.quiet),
        ]:
            young = 0 if body.n in self.quiet else sum(die.random() < recent for _ in range(size - FLOOR - 1))
            for nr in range(size):
                self.take_over(body, probationary=nr >= size - young)

    def fitted(self, cells, weights, total):
        """Sizes near the weights, none under five and none above what still lets the cell grow."""
        sizes = share_out(total, weights, least=FLOOR + 1)
        limits = [self.roomy - (4 if body.kind == "grassroots_cell" else 2) for body in cells]
        spill = 0
        for i, limit in enumerate(limits):
            if sizes[i] > limit:
                spill += sizes[i] - limit
                sizes[i] = limit
        while spill:
            room = [i for i, limit in enumerate(limits) if sizes[i] < limit - 2]
            if not room:
                raise ValueError(gettext_noop("too many members for so few cells"))
            for i in room[:spill] if spill < len(room) else room:
                sizes[i] += 1
                spill -= 1
        return sizes

    def take_over(self, body, *, probationary):
        die = self.die
        if probationary:
            since = self.calendar.on_or_before(OPENING - 5 - die.below(355))
            born = since - int(YEAR * (19 + 14 * die.random() ** 1.6))
        else:
            # Years of membership: many young, a long tail.
            years = 1.1 + 44 * die.random() ** 2.1
            since = self.calendar.on_or_before(OPENING - int(years * YEAR))
            born = since - int(YEAR * (19.2 + 16 * die.random() ** 1.5))
        person = self.new_person(born)
        here = (
            since
            if probationary
            else max(since, OPENING - 400 - int(die.random() ** 1.5 * 4400), body.founded)
        )
        if probationary:
            here = max(since, body.founded)
        n = len(self.members)
        member = Member(person, since, "takeover", self.takeover)
        member.stays.append(Span(body.n, here, begun=self.takeover))
        # Members admitted before the cell was founded came with its founding; the register begins with the
        # opening balance.
        if probationary:
            member.standing.append(Span("probationary", since, begun=self.takeover))
        else:
            due = anniversary(since)
            member.standing.append(Span("probationary", since, due, self.takeover))
            member.standing.append(Span("full", due, begun=self.takeover))
        self.members.append(member)
        self.enter(n, body.n, full=not probationary)
        self.activate(n)
        if probationary:
            self.plan_recognition(n, since)
        else:
            self.next_card(n, due + 90 + die.below(200), self.takeover)
            if member.card.since > OPENING:
                member.card.since = OPENING

    # -- admissions

    def plan_admissions(self):
        die, days = self.die, self.calendar
        spans = {
            2020: (OPENING, TERM),
            2021: (TERM, day(2022, 1, 1)),
            2022: (day(2022, 1, 1), day(2023, 1, 1)),
            2023: (day(2023, 1, 1), day(2024, 1, 1)),
            "2024a": (day(2024, 1, 1), SHOWN),
            "2024b": (SHOWN + 1, day(2025, 1, 1)),
            "2025a": (day(2025, 1, 1), CLOSING + 1),
            "2025b": (CLOSING + 1, day(2025, 10, 15)),
        }
        self.unfinished = []
        for key, (first, until) in spans.items():
            count = YEARLY[key] if self.scale == 1 else round(YEARLY[key] * self.scale)
            workdays = [d for d in range(first, until) if days.is_workday(d)]
            urn = Urn((d, self.season(d)) for d in workdays)
            for _ in range(count):
                on = urn.draw(die)
                if key == "2025b":
                    self.unfinished.append(on)
                else:
                    self.later(on, self.admit)
        self.unfinished.sort()
        for _ in range(round(240 * self.scale)):
            self.later(days.on_or_before(OPENING + 260 + die.below(CLOSING - OPENING - 270)), self.fail)

    @staticmethod
    def season(on):
        month = date.fromordinal(on)
        weight = _SEASON[month.month]
        # The quarter that report 002 found low.
        return weight * 0.36 if month.year == 2024 and month.month <= 3 else weight

    def prepare_urn(self):
        bodies = [b for b in self.skeleton.bodies if b.kind in CELLS and b.n not in self.quiet]
        self.urn = Urn(
            (
                b.n,
                {"school": 1.1, "village": 1.2, "firm": 0.8}.get(b.community, 1) * (0.4 + self.die.random()),
            )
            for b in bodies
        )

    def milestones(self, decision):
        """Days of the eight steps, backwards from the decision."""
        die, back = self.die, self.calendar.on_or_before
        committee = back(decision - 10 - die.below(16))
        cell = back(committee - 9 - die.below(22))
        introducers = back(cell - 5 - die.below(16))
        verification = back(introducers - 9 - die.below(22))
        course = back(verification - 9 - die.below(32))
        application = back(course - 9 - die.below(52))
        ceremony = self.calendar.add_workdays(decision, 5 + die.below(18))
        return {
            "application": application,
            "course": course,
            "verification": verification,
            "introducers": introducers,
            "cell": cell,
            "committee": committee,
            "decision": decision,
            "ceremony": ceremony,
        }

    def place_for_admission(self, decision, days):
        """A cell with room and two members who may introduce."""
        die = self.die
        quarter = day(2024, 1, 1) <= decision < day(2024, 4, 1)
        for _ in range(4000):
            cell = self.urn.draw(die)
            body = self.skeleton[cell]
            if (
                body.ended is not None
                or body.founded > days["application"]
                or self.size(cell) >= self.roomy - 1
            ):
                continue
            if decision - self.last_admission.get(cell, 0) < 40 or cell in self.reserved:
                continue
            if quarter and body.low and die.random() < 0.9:
                continue
            introducers = self.introducers(cell, days["introducers"])
            if introducers:
                return cell, introducers
        raise ValueError(gettext_noop("no cell can take another admission: more bodies are needed"))

    def introducers(self, cell, on):
        limit = on - 367
        able = [n for n in self.full[cell] if self.may_introduce(n, limit)]
        return tuple(self.die.take(able, 2)) if len(able) >= 2 else None

    def may_introduce(self, n, limit):
        member = self.members[n]
        return member.stays[-1].since <= limit and member.standing[-1].since <= limit

    def applicant(self, days, cell):
        die = self.die
        age = 18.6 + 17 * die.random() ** 1.9 + (14 * die.random() if die.chance(0.06) else 0)
        if self.skeleton[cell].community == "school":
            age = max(age, 22 + 6 * die.random())
        return self.new_person(days["cell"] - int(age * YEAR) - 20, sex="f" if die.chance(0.46) else "m")

    def admit(self, on):
        days = self.milestones(on)
        cell, introducers = self.place_for_admission(on, days)
        person = self.applicant(days, cell)
        office = self.office(cell)
        cause = self.cause("admitted", on, office, person)
        n = len(self.members)
        member = Member(person, on, "admitted", cause, free=days["ceremony"])
        member.stays.append(Span(cell, on, begun=cause))
        member.standing.append(Span("probationary", on, begun=cause))
        self.members.append(member)
        self.enter(n, cell, full=False)
        self.activate(n)
        self.last_admission[cell] = on
        case = Admission(person, cell, days, introducers, cause, n, office=office)
        self.admissions.append(case)
        self.plan_recognition(n, days["ceremony"])

    def fail(self, on):
        """An application that comes to nothing: the cell does not agree, or the applicant withdraws."""
        days = self.milestones(on)
        if days["application"] < OPENING:
            return
        cell, introducers = self.place_for_admission(on, days)
        rejected = self.die.chance(0.5)
        reached = ("application", "course", "verification", "introducers", "cell")[: 5 if rejected else 3]
        person = self.applicant(days, cell)
        days = {step: days[step] for step in reached}
        if not rejected:
            days["closed"] = self.calendar.add_workdays(days["verification"], 3 + self.die.below(12))
        state = "rejected" if rejected else "withdrawn"
        self.admissions.append(
            Admission(person, cell, days, introducers, state=state, office=self.office(cell))
        )

    # -- recognition

    def plan_recognition(self, n, since):
        """Probation counts from the ceremony, or the admission where none is recorded."""
        die, forward = self.die, self.calendar.on_or_after
        due = anniversary(since)
        late = die.chance(0.03)
        vote = forward(due + (45 + die.below(90) if late else 2 + die.below(24)))
        committee = forward(vote + 4 + die.below(9))
        decision = forward(committee + 4 + die.below(12))
        days = {"cell": vote, "committee": committee, "decision": decision}
        refused = die.chance(0.004)
        self.members[n].free = max(self.members[n].free, 0)
        if decision <= CLOSING:
            self.later(decision, self.refuse if refused else self.recognise, n, due, days)
        else:
            self.later(CLOSING, self.await_recognition, n, due, days)

    def recognise(self, on, n, due, days):
        member = self.members[n]
        if member.until is not None:
            return
        cell = member.cell
        cause = self.cause("recognised", on, self.office(cell), member.person)
        member.standing[-1].until, member.standing[-1].ended = due, cause
        member.standing.append(Span("full", due, begun=cause))
        self.probation[cell].remove(n)
        self.full[cell].append(n)
        member.free = on + 10
        self.recognitions.append(
            Recognition(n, self.cell_on(member, days["cell"]), due, days, "recognised", cause)
        )
        card_day = self.card_day(on + 30)
        if card_day <= CLOSING:
            self.later(card_day, self.hand_card, n)

    def hand_card(self, on, n):
        if self.members[n].until is None:
            cause = self.cause("issued", on, self.office(self.members[n].cell), self.members[n].person)
            self.next_card(n, on, cause)

    @staticmethod
    def card_day(after):
        """Cards are handed over on four days of the year."""
        year = date.fromordinal(after).year
        days = [day(y, m, d) for y in (year, year + 1) for m, d in ((2, 3), (5, 19), (9, 2), (11, 7))]
        return next(d for d in days if d >= after)

    def refuse(self, on, n, due, days):
        member = self.members[n]
        if member.until is not None:
            return
        if self.size(member.cell) <= FLOOR + 1:
            return self.recognise(on, n, due, days)
        self.recognitions.append(Recognition(n, self.cell_on(member, days["cell"]), due, days, "refused"))
        self.recognitions[-1].cause = self.depart(on, n, "deleted", "not recognised after probation")

    def await_recognition(self, on, n, due, days):
        """Probation that is not finished when the story closes; the case is open once the cell has voted."""
        member = self.members[n]
        if member.until is None and due <= CLOSING:
            self.recognitions.append(
                Recognition(n, self.cell_on(member, min(days["cell"], CLOSING)), due, days, "open")
            )

    @staticmethod
    def cell_on(member, on):
        return next(s.value for s in reversed(member.stays) if s.since <= on or s is member.stays[0])

    # -- ends

    def depart(self, on, n, kind, text=""):
        member = self.members[n]
        cell = member.cell
        cause = self.cause(
            {"out": "transferred_out"}.get(kind, kind), on, self.office(cell), member.person, text
        )
        for span in (member.stays[-1], member.standing[-1], member.card):
            if span is not None:
                span.until, span.ended = on, cause
        member.until, member.ended = on, cause
        self.leave(n, cell)
        self.deactivate(n)
        if kind != "out":
            self.leavings.append(Leaving(n, cell, kind, on, cause, text=text))
        return cause

    def someone(self, on, *, full=True, aged=False, rest=150):
        """An active member whom an act may reach today without breaking a cell."""
        for _ in range(20000):
            n = self.active[self.die.below(len(self.active))]
            member = self.members[n]
            cell = member.cell
            if cell in self.quiet or member.stays[-1].since > on - rest or member.free > on - rest:
                continue
            if self.is_full(n):
                if len(self.full[cell]) <= FLOOR:
                    continue
            elif full:
                continue
            if aged and self.die.random() > self.hazard(member, on):
                continue
            return n
        raise ValueError(gettext_noop("nobody is left for an act: more bodies are needed"))

    def hazard(self, member, on):
        age = (on - self.people[member.person].birth) / YEAR
        return min(1.0, 0.012 * math.exp(0.085 * (age - 40)))

    def die_one(self, on):
        self.depart(on, self.someone(on, full=False, aged=True), "died")

    def leave_one(self, on):
        self.depart(on, self.someone(on), "left", "own request")

    def delete_one(self, on):
        reason = (
            "away from cell meetings without reason"
            if self.die.chance(0.7)
            else "dues unpaid for three months"
        )
        self.depart(on, self.someone(on), "deleted", reason)

    # -- transfers

    def transfer_days(self, on):
        die, back = self.die, self.calendar.on_or_before
        letter = back(on - 4 - die.below(25))
        return {"request": back(letter - 4 - die.below(20)), "letter": letter, "arrival": on}

    def transfer_out(self, on):
        n = self.someone(on)
        source, days = self.members[n].cell, self.transfer_days(on)
        cause = self.depart(on, n, "out")
        self.transfers.append(
            Transfer(
                n,
                source,
                None,
                days,
                "done",
                target_text=f"Đảng bộ tỉnh {self.die.pick(_ELSEWHERE)}",
                cause=cause,
            )
        )

    def transfer_in(self, on):
        die = self.die
        for _ in range(1000):
            cell = self.urn.draw(die)
            if self.open_for_entry(cell, on):
                break
        since = self.calendar.on_or_before(on - int(YEAR * (1.6 + 20 * die.random() ** 1.8)))
        person = self.new_person(since - int(YEAR * (19.5 + 12 * die.random())))
        cause = self.cause("transferred_in", on, self.office(cell), person)
        n = len(self.members)
        due = anniversary(since)
        member = Member(person, since, "transferred_in", cause, free=on)
        member.stays.append(Span(cell, on, begun=cause))
        member.standing.append(Span("probationary", since, due, cause))
        member.standing.append(Span("full", due, begun=cause))
        self.members.append(member)
        self.enter(n, cell, full=True)
        self.activate(n)
        self.next_card(n, on, cause)
        self.transfers.append(
            Transfer(
                n,
                None,
                cell,
                self.transfer_days(on),
                "done",
                source_text=f"Đảng bộ tỉnh {die.pick(_ELSEWHERE)}",
                cause=cause,
            )
        )

    def open_for_entry(self, cell, on):
        body = self.skeleton[cell]
        return (
            body.ended is None
            and body.founded <= on - 60
            and cell not in self.quiet
            and cell not in self.reserved
            and self.size(cell) < self.roomy - 2
        )

    def target_for(self, cell, on):
        district = self.office(cell)
        for attempt in range(400):
            target = self.urn.draw(self.die)
            if (
                target != cell
                and self.open_for_entry(target, on)
                and (attempt > 60 or self.office(target) == district or self.die.chance(0.08))
            ):
                return target
        raise ValueError(gettext_noop("no cell can take a transfer: more bodies are needed"))

    def transfer_inside(self, on):
        n = self.someone(on)
        target = self.target_for(self.members[n].cell, on)
        days = self.transfer_days(on)
        if self.die.chance(0.04):  # late: beyond sixty and thirty working days
            days["letter"] = self.calendar.on_or_before(days["letter"] - 110)
            days["request"] = self.calendar.on_or_before(days["request"] - 130)
            if days["request"] < max(OPENING, self.members[n].stays[-1].since, self.members[n].free):
                days = self.transfer_days(on)
        self.move(on, n, target, days)

    def move(self, on, n, target, days=None, batch=None):
        member = self.members[n]
        source, full = member.cell, self.is_full(n)
        cause = self.cause("transferred", on, self.office(target), member.person)
        member.stays[-1].until, member.stays[-1].ended = on, cause
        member.stays.append(Span(target, on, begun=cause))
        self.leave(n, source)
        self.enter(n, target, full=full)
        member.free = on
        days = days or {"request": on, "letter": on, "arrival": on}
        self.transfers.append(Transfer(n, source, target, days, "done", cause=cause, batch=batch))

    # -- the play

    def plan_flows(self):
        acts = {
            "died": self.die_one,
            "out": self.transfer_out,
            "in": self.transfer_in,
            "inside": self.transfer_inside,
            "left": self.leave_one,
            "deleted": self.delete_one,
        }
        for kind, act in acts.items():
            count = round(_RATES[kind] * self.scale * (CLOSING - OPENING) / YEAR)
            for _ in range(count):
                on = OPENING + 20 + self.die.below(CLOSING - OPENING - 20)
                self.later(on if kind == "died" else self.calendar.on_or_before(on), act)

    def play(self):
        self.reserved = set()
        self.open()
        self.prepare_urn()
        self.plan_admissions()
        self.plan_flows()
        for on in range(OPENING, CLOSING + 1):
            # Acts about bodies come before acts about people on the same day.
            for act, what in sorted(
                self.agenda.pop(on, ()), key=lambda item: 0 if item[0].__self__ is not self else 1
            ):
                act(on, *what)
        self.close()

    def close(self):
        """What is under way when the story ends: applications undecided, transfers not confirmed."""
        die = self.die
        order = ("application", "course", "verification", "introducers", "cell", "committee")
        for decision in self.unfinished:
            days = self.milestones(decision)
            cell, introducers = self.place_for_admission(decision, days)
            self.last_admission[cell] = decision
            reached = [step for step in order if days[step] <= CLOSING]
            if not reached:
                continue
            person = self.applicant(days, cell)
            days = {step: days[step] for step in reached}
            state = reached[-1]
            self.admissions.append(
                Admission(person, cell, days, introducers, state=state, office=self.office(cell))
            )
        for nr in range(round(48 * self.scale)):
            n = self.someone(CLOSING, rest=220)
            member = self.members[n]
            age = 150 + die.below(40) if nr % 6 == 0 else 4 + die.below(50)  # every sixth is overdue
            request = self.calendar.on_or_before(CLOSING - age)
            letter = self.calendar.on_or_after(request + 3 + die.below(12))
            days = {"request": request} | (
                {"letter": letter} if letter <= CLOSING and (nr % 3 or age > 100) else {}
            )
            state = "sent" if "letter" in days else "requested"
            target = None if nr % 4 == 1 else self.target_for(member.cell, CLOSING)
            text = "" if target is not None else f"Đảng bộ tỉnh {die.pick(_ELSEWHERE)}"
            self.transfers.append(Transfer(n, member.cell, target, days, state, target_text=text))
            member.free = CLOSING


def anniversary(since, years=1):
    return years_later(date.fromordinal(since), years).toordinal()
