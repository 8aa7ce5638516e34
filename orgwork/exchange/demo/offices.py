"""This room is for posts and who holds them: secretaries and committees, heads, chairs, officers, village
heads.
"""

from dataclasses import dataclass

from django.utils.translation import gettext_noop

from .bodies import CELLS, OPENING, SHOWN, day
from .chance import Die
from .ground import PROVINCE
from .lives import YEAR

HEADS, HEADS_MEMBERS = 1446, 949
CONTROL = {"auditor", "data_protection_officer", "technical_administrator"}


@dataclass(slots=True)
class Post:
    code: str
    kind: str
    body: int | None
    place: int | None
    since: int
    until: int | None = None
    begun: int | None = None
    ended: int | None = None


@dataclass(slots=True)
class Holding:
    post: int
    person: int
    since: int
    until: int | None
    manner: str
    begun: int | None = None
    ended: int | None = None


class Offices:
    def __init__(self, skeleton, ground, lives, changes, die):
        self.skeleton, self.ground, self.lives, self.changes, self.die = skeleton, ground, lives, changes, die
        self.posts, self.holdings = [], []
        self.busy = set()
        self.outsiders = {}

    def fill(self):
        self.gather()
        self.cells()
        self.organisations()
        self.upper()
        self.village_heads()

    def gather(self):
        """Per cell, who was a full member from when to when."""
        self.crowds = {}
        for n, member in enumerate(self.lives.members):
            full = next((s.since for s in member.standing if s.value == "full"), None)
            if full is None:
                continue
            for stay in member.stays:
                since = max(stay.since, full)
                if stay.until is None or stay.until > since:
                    self.crowds.setdefault(stay.value, []).append((n, since, stay.until))

    def post(self, kind, *, body=None, place=None, nr=None, since=None):
        at = self.skeleton[body] if body is not None else self.ground.places[place]
        post = Post(
            f"{at.code}-{kind}" + (f"-{nr}" if nr else ""),
            kind,
            body,
            place,
            since or (at.founded if body is not None else at.since),
        )
        if body is not None:
            post.until = at.ended
            post.begun, post.ended = at.parents[0].begun, at.parents[-1].ended
        self.posts.append(post)
        return len(self.posts) - 1

    def hold(self, post, person, since, until, manner="elected", kind=None, *, end=None):
        """An appointment; what begins before the opening balance was taken over with it."""
        if self.posts[post].kind in CONTROL:
            person, end = self.apart(post, person), None
        lives, office = self.lives, self.office(self.posts[post])
        since = max(since, self.posts[post].since)
        holding = Holding(post, person, since, until, manner)
        holding.begun = (
            lives.takeover if since < OPENING else lives.cause(kind or manner, since, office, person)
        )
        if until is not None:
            holding.ended = end if end is not None else lives.cause("released", until, office, person)
        self.holdings.append(holding)

    def apart(self, post, person):
        """Who controls or runs the machine holds no other post: it gives that power and none besides."""
        if (post, person) not in self.outsiders:
            born = self.lives.people[person].birth
            self.outsiders[post, person] = self.lives.new_person(born, die=Die(person, "control"))
        return self.outsiders[post, person]

    def office(self, post):
        if post.body is not None:
            return self.skeleton[post.body].office
        commune = self.ground.places[self.ground.places[post.place].parent]
        return self.ground.places[commune.parent].code

    def run(self, post, crowd, since, until, manner="elected", taken=()):
        """Fill one seat from since to until with people of the crowd, one after the other as they leave."""
        on, used = since, []
        while on is not None and (until is None or on < until):
            able = [
                c
                for c in crowd
                if c[1] <= on
                and (c[2] is None or c[2] > on + 20)
                and c[0] not in taken
                and self.fit(c[0], on)
            ]
            if not able:
                return used
            stayers = [c for c in able if c[2] is None or (until is not None and c[2] >= until)]
            n, _, leaves = self.die.pick(stayers) if stayers else max(able, key=lambda c: (c[2], -c[0]))
            stop = until if leaves is None or (until is not None and until <= leaves) else leaves
            end = None
            if stop is not None and stop != until:
                # Death and leaving end posts with the same act; after a transfer the seat is given up by
                # one of its own.
                ended = next(s.ended for s in self.lives.members[n].stays if s.until == stop)
                end = ended if self.lives.causes[ended].kind in ("died", "left") else None
            self.hold(post, self.lives.members[n].person, on, stop, manner, end=end)
            used.append(n)
            on = stop
        return used

    def fit(self, n, on):
        """Leading people are rarely over seventy-five."""
        return (on - self.lives.people[self.lives.members[n].person].birth) / YEAR < 72

    def terms(self, body, *starts):
        """Pairs of days, from a start before the opening on; the last is open or ends with the body."""
        first = max(body.founded, OPENING - 700 - self.die.below(200))
        days = [d for d in (first, *starts) if d >= first and (body.ended is None or d < body.ended)]
        return list(zip(days, [*days[1:], body.ended], strict=True))

    def election(self, year, month, spread=80):
        return self.lives.calendar.on_or_after(day(year, month, 1) + self.die.below(spread))

    # -- cells and grassroots organisations

    def cells(self):
        for body in self.skeleton.bodies:
            if body.kind not in CELLS or body.n not in self.crowds:
                continue
            crowd = self.crowds[body.n]
            terms = self.terms(body, self.election(2020, 3), self.election(2022, 8), self.election(2025, 1))
            chief = self.post("secretary", body=body.n)
            second = self.post("deputy_secretary", body=body.n, nr=1)
            for since, until in terms:
                taken = self.run(chief, crowd, since, until)
                if sum(1 for c in crowd if c[1] <= since and (c[2] is None or c[2] > since)) >= 9:
                    self.run(second, crowd, since, until, taken=taken)

    def below(self, body):
        """Full members of all cells that ever stood under the body, the stable first choice for its seats."""
        found = []
        for cell in self.skeleton.bodies:
            if cell.kind in CELLS and (cell.n == body.n or cell.parents[0].value == body.n):
                found += self.crowds.get(cell.n, ())
        return found

    def organisations(self):
        inside = {}
        for cell in self.skeleton.bodies:
            if cell.kind in CELLS and len(cell.parents) == 1:
                inside.setdefault(cell.parents[0].value, []).extend(self.crowds.get(cell.n, ()))
        children = {}
        for body in self.skeleton.bodies:
            if body.kind not in CELLS and body.parents[0].value is not None:
                children.setdefault(body.parents[0].value, {}).setdefault(body.kind, body)
        self.children = children
        for body in self.skeleton.bodies:
            if body.kind != "grassroots_party_organisation":
                continue
            crowd = inside.get(body.n, [])
            if "executive_committee" not in children.get(body.n, {}):
                continue
            commune = len(body.code) == 5
            terms = self.terms(body, self.election(2020, 5, 40))
            self.leaders(body, crowd, terms, seats=8 if commune else 4, deputies=2 if commune else 1)
            if commune:
                state = self.terms(body, day(2021, 6, 24) + self.die.below(10))
                for kind, seat, number in (
                    ("peoples_council", "chair", 1),
                    ("peoples_council", "vice_chair", 1),
                    ("peoples_committee", "chair", 1),
                    ("peoples_committee", "vice_chair", 2),
                    ("front", "chair", 1),
                    ("womens_union", "chair", 1),
                    ("farmers_union", "chair", 1),
                    ("veterans_union", "chair", 1),
                    ("youth_union", "secretary", 1),
                ):
                    for nr in range(1, number + 1):
                        post = self.post(
                            seat, body=children[body.n][kind].n, nr=nr if seat == "vice_chair" else None
                        )
                        for since, until in state:
                            self.run(post, crowd, since, until)

    def leaders(self, body, crowd, terms, *, seats, deputies):
        """Secretary, deputies and committee members of a party organisation."""
        children = self.children[body.n]
        committee = children["executive_committee"]
        plan = [
            ("secretary", body.n, None),
            *(("deputy_secretary", body.n, nr) for nr in range(1, deputies + 1)),
        ]
        plan += [("committee_member", committee.n, nr) for nr in range(1, seats + 1)]
        if "inspection_commission" in children:
            plan.append(("chair", children["inspection_commission"].n, None))
        for since, until in terms:
            taken = []
            for kind, at, nr in plan:
                code = (kind, at, nr)
                post = self.seats.get(code) if hasattr(self, "seats") else None
                if post is None:
                    self.seats = getattr(self, "seats", {})
                    post = self.seats[code] = self.post(kind, body=at, nr=nr)
                taken += self.run(post, crowd, since, until, taken=taken)

    # -- districts, the bloc, the province

    def upper(self):
        for body in list(self.skeleton.bodies):
            if (
                body.kind in ("district_party_organisation", "bloc_party_organisation")
                or body.code == PROVINCE
            ):
                self.upper_organisation(body)
        self.national()

    def upper_organisation(self, body):
        if "executive_committee" not in self.children[body.n]:
            return
        province = body.code == PROVINCE
        office = "11.61" if province else body.office
        crowd = [
            c
            for cell in self.skeleton.bodies
            if cell.kind in CELLS
            and cell.office == office
            and cell.community == "agency"
            and len(cell.parents) == 1
            for c in self.crowds.get(cell.n, ())
        ]
        crowd = [c for c in crowd if self.lives.members[c[0]].origin == "takeover"]
        terms = self.terms(body, self.election(2020, 10, 14) if province else self.election(2020, 7, 40))
        self.leaders(body, crowd, terms, seats=18 if province else 12, deputies=1)
        children = self.children[body.n]
        deputy = self.post("standing_deputy_secretary", body=body.n)
        plan = [(deputy, "elected")]
        for kind, seat, number in (
            ("organisation_committee", "head", 1),
            ("organisation_committee", "deputy_head", 2),
            ("organisation_committee", "organisation_officer", 3),
            ("propaganda_committee", "head", 1),
            ("mass_mobilisation_committee", "head", 1),
            ("internal_affairs_committee", "head", 1),
            ("office", "chief_of_office", 1),
            ("inspection_agency", "head", 1),
            ("political_centre", "head", 1),
            ("newspaper", "head", 1),
            ("political_school", "head", 1),
            ("peoples_council", "chair", 1),
            ("peoples_committee", "chair", 1),
            ("peoples_committee", "vice_chair", 2),
            ("court", "chief_judge", 1),
            ("procuracy", "chief_procurator", 1),
            ("front", "chair", 1),
            ("womens_union", "chair", 1),
            ("farmers_union", "chair", 1),
            ("veterans_union", "chair", 1),
            ("trade_union", "chair", 1),
            ("youth_union", "secretary", 1),
        ):
            if kind not in children:
                continue
            for nr in range(1, number + 1):
                several = seat in ("deputy_head", "organisation_officer", "vice_chair")
                post = self.post(seat, body=children[kind].n, nr=nr if several else None)
                plan.append(
                    (post, "elected" if seat in ("chair", "vice_chair", "secretary") else "appointed")
                )
        for child in self.skeleton.bodies:
            if (
                child.kind in ("finance_office", "state_agency")
                and child.parent == children.get("peoples_committee", body).n
                and child.n != body.n
            ):
                plan.append((self.post("head", body=child.n), "appointed"))
        if province:
            plan.append((self.post("auditor", body=children["inspection_agency"].n, nr=1), "designated"))
            plan.append((self.post("data_protection_officer", body=children["office"].n), "designated"))
            plan.append((self.post("technical_administrator", body=children["office"].n, nr=1), "designated"))
        self.seat_all(plan, crowd, body)

    def seat_all(self, plan, crowd, body):
        taken = []
        change = self.election(2021, 6, 500)
        for at, (post, manner) in enumerate(plan):
            terms = self.terms(body, change) if at % 2 else self.terms(body)
            for since, until in terms:
                taken += self.run(post, crowd, max(since, self.posts[post].since), until, manner, taken=taken)

    def national(self):
        """Two officers at the centre; their own cells are not in this register."""
        for kind, seat, nr in (
            ("organisation_committee", "head", None),
            ("organisation_committee", "organisation_officer", 1),
        ):
            body = next(b for b in self.skeleton.bodies if b.kind == kind and b.parent == 0)
            post = self.post(seat, body=body.n, nr=nr)
            self.hold(
                post, self.lives.new_person(day(1975, 3, 2), die=self.die), OPENING - 300, None, "appointed"
            )

    # -- village heads

    def village_heads(self):
        """1,446 posts held by 1,446 people on 1 May 2024, of whom exactly 949 are members on that day."""
        die, lives = self.die, self.lives
        villages = [p for p in self.ground.places if p.kind in ("village", "residential_group")]
        cell_of = {b.serves[0].value: b for b in self.skeleton.bodies if b.community == "village"}
        want = HEADS_MEMBERS if len(villages) == HEADS else round(len(villages) * HEADS_MEMBERS / HEADS)
        second, third = [], []
        for _ in villages:
            second.append(lives.calendar.on_or_after(day(2022, 6, 10) + die.below(60)))
            third.append(lives.calendar.on_or_after(day(2025, 1, 6) + die.below(50)))
        stayers = []
        for at, village in enumerate(villages):
            crowd = self.crowds.get(cell_of[village.n].n, ())
            stayers.append(
                [
                    c
                    for c in crowd
                    if c[1] <= second[at] and (c[2] is None or c[2] >= third[at]) and self.fit(c[0], SHOWN)
                ]
            )
        late = self.admitted_heads(villages, cell_of, second, third)
        able = [at for at in range(len(villages)) if stayers[at] and at not in late]
        members = {}
        for at in die.take(able, want - len(late)):
            members[at] = lives.members[die.pick(stayers[at])[0]].person
        if len(members) + len(late) != want:
            raise ValueError(gettext_noop("too few members who could be village heads"))
        for at, village in enumerate(villages):
            post = self.post("village_head", place=village.n)
            self.first_head(post, village, cell_of, second[at])
            head = members.get(at, late.get(at))
            if head is None:
                head = lives.new_person(day(1962, 1, 1) + die.below(12000), die=die)
            again = die.chance(0.6)
            self.hold(post, head, second[at], None if again else third[at])
            if not again:
                crowd = [
                    c for c in self.crowds.get(cell_of[village.n].n, ()) if c[1] <= third[at] and c[2] is None
                ]
                crowd = [c for c in crowd if lives.members[c[0]].person != head and self.fit(c[0], third[at])]
                fresh = (
                    lives.members[die.pick(crowd)[0]].person
                    if crowd and die.chance(0.75)
                    else lives.new_person(day(1970, 1, 1) + die.below(11000), die=die)
                )
                self.hold(post, fresh, third[at], None)

    def first_head(self, post, village, cell_of, until):
        """From before the opening to the election of 2022, about half of them members, some changing in
        between.
        """
        die, lives = self.die, self.lives
        body = cell_of[village.n]
        crowd = [
            c
            for c in self.crowds.get(body.n, ())
            if c[1] <= OPENING and (c[2] is None or c[2] >= until) and self.fit(c[0], OPENING)
        ]
        parts = [(OPENING - 600 - die.below(300), until)]
        if die.chance(0.12):
            middle = lives.calendar.on_or_after(OPENING + 60 + die.below(700))
            parts = [(parts[0][0], middle), (middle, until)]
        taken = set()
        for since, stop in parts:
            free = [c for c in crowd if c[0] not in taken]
            if free and die.chance(0.55):
                n = die.pick(free)[0]
                taken.add(n)
                person = lives.members[n].person
            else:
                person = lives.new_person(day(1958, 1, 1) + die.below(12000), die=die)
            self.hold(post, person, since, stop)

    def admitted_heads(self, villages, cell_of, second, third):
        """Some heads were no members when elected and were admitted in office, by the day shown."""
        die, lives, at_of = self.die, self.lives, {}
        by_cell = {cell_of[v.n].n: at for at, v in enumerate(villages)}
        for member in lives.members:
            at = by_cell.get(member.stays[0].value) if member.origin == "admitted" else None
            if at is None or at in at_of or not second[at] + 60 < member.since <= SHOWN:
                continue
            age = (member.since - lives.people[member.person].birth) / YEAR
            if (
                age > 26
                and (member.until is None or member.until >= third[at])
                and len(member.stays) == 1
                and die.chance(0.2)
            ):
                at_of[at] = member.person
        return at_of
