"""This room is for writing the story's registers through the take-over: areas, bodies, people, members,
posts, papers.
"""

import datetime as dt

from django.utils.translation import gettext as _

from orgwork.foundation import provisions
from orgwork.foundation.fulltext import words_in
from orgwork.foundation.search import fold, sort_key
from orgwork.planning.targets import AdmissionTarget
from orgwork.procedures.takeover import (
    Piece,
    Said,
    TakeOver,
    Version,
    corrected,
    refuse_grammar,
    refuse_lives,
    write_lineage,
)
from orgwork.registers.aliases import PeopleApart
from orgwork.registers.appointments import Appointment
from orgwork.registers.areas import Area, AreaName, AreaPlacement
from orgwork.registers.badges import MemberBadge
from orgwork.registers.documents import Document, DocumentText
from orgwork.registers.members import MemberCard, Membership, MembershipPlace, MembershipStanding
from orgwork.registers.people import (
    ALL_LIFE,
    Person,
    PersonBackground,
    PersonContact,
    PersonName,
    PersonParticulars,
    Qualification,
    name_values,
)
from orgwork.registers.posts import Post, PostExistence
from orgwork.registers.record import Cause
from orgwork.registers.units import (
    Unit,
    UnitCustody,
    UnitForm,
    UnitName,
    UnitPlacement,
    UnitService,
    UnitSuccession,
)

from .bodies import OPENING
from .chance import Die
from .clock import TAKEN_OVER
from .ground import PROVINCE
from .numbers import Numbers

HOUR = dt.time(16, 30)
NAME = ("family", "middle", "given", "full", "folded", "sort_key")


class Days:
    """Days by their ordinal, made once: the same two thousand days are asked for a million times."""

    def __init__(self):
        self.made = {None: None}

    def __getitem__(self, n):
        found = self.made.get(n)
        if found is None and n is not None:
            found = self.made[n] = dt.date.fromordinal(n)
        return found


class Registers:
    """Numbers in the story become ids in the database; every span becomes rows with both times."""

    def __init__(self, take: TakeOver, story, say):
        self.take, self.story, self.say, self.day = take, story, say, Days()
        self.courses, self.batches = [], {}
        for nr, one in enumerate(story.lives.transfers):
            if one.batch is not None:
                self.batches.setdefault(id(story.changes.acts[one.batch]), []).append(nr)
        self.lives, self.skeleton, self.ground = story.lives, story.skeleton, story.ground
        self.opening = story.lives.takeover

    def write(self):
        self.areas()
        self.say(_("areas"))
        self.papers()
        self.report_texts()
        self.bodies()
        self.say(_("bodies"))
        self.people()
        self.say(_("people"))
        self.members()
        self.honours()
        self.say(_("members"))
        self.posts()
        self.targets()
        self.say(_("posts"))

    # -- numbers, moments, causes

    def numbers(self):
        take, lives = self.take, self.lives
        self.area = take.ids(Area, len(self.ground.places))
        self.unit = take.ids(Unit, len(self.skeleton.bodies))
        self.person = take.ids(Person, len(lives.people))
        self.post = take.ids(Post, len(self.story.offices.posts))
        self.paper = take.ids(Document, len(self.story.papers.papers))
        self.cause = take.ids(Cause, len(lives.causes))

    def set_clock(self, moment_of_day):
        """``moment_of_day`` has a moment for every day on which something was recorded."""
        self.moment = moment_of_day
        self.take.moments = [moment_of_day[cause.recorded] for cause in self.lives.causes]
        self.take.causes = self.cause

    Cause = Cause

    def causes(self, case_ids):
        paper, cases = self.paper, case_ids
        self.take.rows(
            Cause,
            ("id", "kind", "document", "case", "text"),
            (
                (
                    ident,
                    c.kind,
                    None if c.paper is None else paper[c.paper],
                    None if c.case is None else cases[c.case],
                    c.text,
                )
                for ident, c in zip(self.cause, self.lives.causes, strict=True)
            ),
        )

    def known(self, spans, values):
        """Versions of all spans of one fact; what has no act of its own came with the opening balance."""
        day, opening = self.day, self.opening
        return self.take.known(
            Piece(
                values(span.value),
                day[span.since],
                day[span.until],
                opening if span.begun is None else span.begun,
                span.ended if span.until is not None else None,
            )
            for span in spans
        )

    # -- areas and papers

    def areas(self):
        take, area, day, opening = self.take, self.area, self.day, self.opening
        places = self.ground.places
        take.rows(
            Area,
            ("id", "code_list", "code", "kind", "ownership"),
            ((area[p.n], p.code_list, p.code, p.kind, p.ownership) for p in places),
        )
        take.facts(
            AreaName,
            ("area", "name", "folded"),
            (
                take.known([Piece((area[p.n], p.name, fold(p.name)), day[p.since], None, opening)])
                for p in places
            ),
        )
        take.facts(
            AreaPlacement,
            ("area", "parent"),
            (
                take.known(
                    [
                        Piece(
                            (area[p.n], None if p.parent is None else area[p.parent]),
                            day[p.since],
                            None,
                            opening,
                        )
                    ]
                )
                for p in places
            ),
        )

    def papers(self):
        take, unit, day = self.take, self.unit, self.day
        recorded = [self.moment.get(p.day) for p in self.story.papers.papers]
        for cause, moment in zip(self.lives.causes, take.moments, strict=True):
            if cause.paper is not None:
                recorded[cause.paper] = moment
        first = self.moment[TAKEN_OVER]
        numbers = Numbers(self.story, unit, day)
        numbers.write(take, first)
        said = ("id", "number", "symbol", "kind", "issuer", "issuer_name", "day", "title", "folded")
        take.rows(
            Document,
            (*said, "recorded", "series"),
            (
                (
                    ident,
                    p.number,
                    p.symbol,
                    p.kind,
                    None if p.issuer is None else unit[p.issuer],
                    p.issuer_name,
                    day[p.day],
                    p.title,
                    fold(f"{p.symbol} {p.title}"),
                    moment or self.next_moment(p.day) or first,
                    numbers.ids.get(numbers.key(p)),
                )
                for ident, p, moment in zip(self.paper, self.story.papers.papers, recorded, strict=True)
            ),
        )

    def report_texts(self):
        """The press reports with their text."""
        self.take.rows(
            DocumentText,
            ("document", "language", "text", "source", "words"),
            (
                (self.paper[n], language, text, path.name, words_in(text))
                for n, language, path in self.story.papers.reports
                for text in [path.read_text(encoding="utf-8").strip()]
            ),
        )

    def next_moment(self, on):
        """The moment of the next working day, or of the opening for what lies before it."""
        return self.moment[max(TAKEN_OVER, self.story.calendar.after(on))]

    # -- bodies

    def check(self):
        """The rules that a step would have asked about, over everything at once, before anything is
        written.
        """
        bodies, day = self.skeleton.bodies, self.day
        for b in bodies:
            for span in b.parents:
                above = None if span.value is None else bodies[span.value].kind
                refuse_grammar(b.kind, above, b.code)
        lives = [(day[b.founded], day[b.ended]) for b in bodies]
        for m in self.lives.members:
            for span in m.stays:
                refuse_lives(day[span.since], day[span.until], lives[span.value], bodies[span.value].code)

    def bodies(self):
        take, unit, area, bodies = self.take, self.unit, self.area, self.skeleton.bodies
        take.rows(Unit, ("id", "code"), ((unit[b.n], b.code) for b in bodies))
        take.facts(UnitName, ("unit", "language", "text", "short", "folded"), self.unit_names())
        placements = {
            unit[b.n]: self.known(b.parents, lambda v: (None if v is None else unit[v],)) for b in bodies
        }
        take.facts(
            UnitPlacement,
            ("parent", "unit"),
            ([v._replace(values=(*v.values, n)) for v in versions] for n, versions in placements.items()),
        )
        take.facts(
            UnitForm,
            ("unit", "kind", "status"),
            (self.known(b.kinds, lambda v, b=b: (unit[b.n], v, "active")) for b in bodies),
        )
        take.facts(
            UnitService,
            ("unit", "area"),
            (self.known([s], lambda v, b=b: (unit[b.n], area[v])) for b in bodies for s in b.serves),
        )
        self.ended_bodies()
        self.lineage = write_lineage(take, placements)

    def unit_names(self):
        """Vietnamese for all; for what stands at province, district and commune also the other languages."""
        unit, kinds = self.unit, provisions.kinds()
        for b in self.skeleton.bodies:
            yield self.known(b.names, lambda v, b=b: (unit[b.n], "vi", v[0], v[1], fold(v[0])))
            where = self.where(b)
            if where is None:
                continue
            for language in ("en", "de", "ru"):
                label = kinds[b.kind].labels[language]
                text = ", ".join(part for part in (label[0].upper() + label[1:], where) if part)
                yield self.known(
                    b.names[:1], lambda v, b=b, c=language, t=text: (unit[b.n], c, t, "", fold(t))
                )

    def where(self, body):
        """The area whose name tells a body apart in every language; None for those with a name of their
        own.
        """
        if body.kind in ("cell", "grassroots_cell", "department", "state_agency", "subcommittee", "congress"):
            return None
        if body.kind == "grassroots_party_organisation" and "." in body.code:
            return None  # of an agency: five of them stand in every district
        if body.kind == "central_party_organisation" or body.code == "TW" or body.code.startswith("TW."):
            return (
                ""
                if body.code == "TW" or body.parent == 0 and body.kind != "central_party_organisation"
                else None
            )
        code = body.code.split(".")[0]
        return (
            self.ground.by_code[code].short
            if body.code.count(".") <= 1 and body.code[2:6] != ".61."
            else None
        )

    def ended_bodies(self):
        take, unit, day = self.take, self.unit, self.day
        ended = [act for act in self.story.changes.acts if act.verb in ("merged", "ended")]
        take.facts(
            UnitSuccession,
            ("predecessor", "successor", "kind"),
            (
                take.known([Piece((unit[a.body], unit[a.other], "absorbed"), day[a.day], None, a.cause)])
                for a in ended
                if a.other is not None
            ),
        )
        take.facts(
            UnitCustody,
            ("unit", "custodian", "of"),
            (
                take.known(
                    [
                        Piece(
                            (unit[a.body], unit[self.skeleton[a.body].custodian], "everything"),
                            day[a.day],
                            None,
                            a.cause,
                        )
                    ]
                )
                for a in ended
            ),
        )

    # -- people

    def people(self):
        take, lives, person = self.take, self.lives, self.person
        self.first_known = self.first_moments()
        take.rows(Person, ("id", "erased"), ((ident, False) for ident in person))
        wrong = {c.person: c for c in self.story.clock.corrections if c.what in ("name", "birth")}
        take.facts(
            PersonName,
            ("person", "family", "middle", "given", "full", "folded", "sort_key"),
            (self.life(p, self.name_of, wrong, "name") for p in lives.people),
        )
        take.facts(
            PersonParticulars,
            ("person", "sex", "birth", "birth_precision"),
            (self.life(p, self.particulars_of, wrong, "birth") for p in lives.people),
        )
        self.side_tables()

    def name_of(self, p, given=None):
        given = given or p.given
        full = " ".join(part for part in (p.family, p.middle, given) if part)
        return (
            self.person[p.n],
            p.family,
            p.middle,
            given,
            full,
            fold(full),
            sort_key(given, p.middle, p.family),
        )

    def particulars_of(self, p, birth=None):
        return self.person[p.n], p.sex, self.day[birth or p.birth], p.precision

    def life(self, p, values, wrong, what):
        """A fact of a whole life, as first recorded and perhaps put right."""
        first, slip = self.first_known[p.n], wrong.get(p.n)
        begun = self.entered[p.n]
        if slip is None or slip.what != what:
            return [Version(ALL_LIFE, None, first, None, begun, None, values(p))]
        at = self.moment[slip.recorded]
        return [
            Version(ALL_LIFE, None, first, at, begun, None, values(p, slip.wrong)),
            Version(ALL_LIFE, None, at, None, begun, None, values(p)),
        ]

    def first_moments(self):
        """When each person was first written down: with the application, a letter, a post, or the opening."""
        lives, take = self.lives, self.take
        found = [take.moments[cause] for cause in self.story.papers.entered]
        self.entered = list(self.story.papers.entered)
        known = {m.person for m in lives.members} | {c.person for c in lives.admissions}
        for holding in self.story.offices.holdings:
            n = holding.person
            if n not in known:
                known.add(n)
                found[n], self.entered[n] = take.moments[holding.begun], holding.begun
        return found

    def side_tables(self):
        take, person, die, first = self.take, self.person, Die(self.story.seed, "sides"), self.first_known
        contacts, backgrounds, qualifications = [], [], []
        schooling = {}
        for p in self.lives.people:
            throw = die.random()
            known = (ALL_LIFE, None, first[p.n], None, self.entered[p.n], None)
            if throw < 0.24:
                phone = f"09{die.below(10**8):08d}"
                mail = (
                    f"{fold(p.given)}.{fold(p.family)}{p.n}@example.org".replace(" ", "")
                    if throw < 0.06
                    else ""
                )
                contacts.append([Version(*known, (person[p.n], phone, mail, ""))])
            if throw > 0.8:
                faith = die.pick(("", "", "", "", "Phật giáo", "Công giáo", "Tin lành"))
                backgrounds.append([Version(*known, (person[p.n], p.ethnicity, faith))])
            if 0.3 < throw < 0.75:
                schooling[p.n] = throw
        for n, throw in schooling.items():
            p = self.lives.people[n]
            school = self.day[min(p.birth + 365 * 22, OPENING + 1500)]
            level = "higher" if throw > 0.55 else "upper_secondary" if throw > 0.42 else "lower_secondary"
            kind, name = (
                ("degree", "Đại học")
                if level == "higher"
                else ("schooling", "THPT" if level == "upper_secondary" else "THCS")
            )
            qualifications.append(
                [Version(school, None, first[n], None, None, None, (person[n], kind, name, level))]
            )
            if throw > 0.66:
                theory = self.day[min(p.birth + 365 * 31, OPENING + 1500)]
                name, level = (
                    ("Lý luận chính trị", "Cao cấp") if throw > 0.73 else ("Lý luận chính trị", "Trung cấp")
                )
                qualifications.append(
                    [Version(theory, None, first[n], None, None, None, (person[n], "theory", name, level))]
                )
        take.facts(PersonContact, ("person", "phone", "email", "address"), contacts)
        take.facts(PersonBackground, ("person", "ethnicity", "religion"), backgrounds)
        take.facts(Qualification, ("person", "kind", "name", "level"), qualifications)

    # -- members

    def members(self):
        take, lives, person, unit, day = self.take, self.lives, self.person, self.unit, self.day
        wrong = {c.member: c for c in self.story.clock.corrections if c.what in ("admission_day", "cell")}
        moment_of = take.moments.__getitem__

        def chain(n, pieces, *, cell=False):
            slip = wrong.get(n)
            if slip is None or (slip.what == "cell" and not cell):
                return take.known(pieces)
            first, *rest = pieces
            if slip.what == "cell":
                mistaken = first._replace(values=(first.values[0], unit[slip.wrong], *first.values[2:]))
            else:
                mistaken = first._replace(since=day[slip.wrong])
            return [*corrected(first, mistaken, slip.cause, moment_of), *take.known(rest)]

        take.facts(
            Membership,
            ("person",),
            (
                chain(n, [Piece((person[m.person],), day[m.since], day[m.until], m.begun, m.ended)])
                for n, m in enumerate(lives.members)
            ),
        )
        take.facts(
            MembershipStanding,
            ("person", "standing"),
            (chain(n, self.standings(m)) for n, m in enumerate(lives.members)),
        )
        take.facts(
            MembershipPlace,
            ("person", "unit", "kind"),
            (
                chain(
                    n,
                    [
                        Piece(
                            (person[m.person], unit[s.value], "official"),
                            day[s.since],
                            day[s.until],
                            s.begun,
                            s.ended,
                        )
                        for s in m.stays
                    ],
                    cell=True,
                )
                for n, m in enumerate(lives.members)
            ),
        )
        lost = {one.member: one for one in self.story.honours.lost}
        back = self.story.honours.back
        take.facts(
            MemberCard,
            ("person", "number", "copy"),
            (
                take.known(pieces)
                for n, m in enumerate(lives.members)
                if m.card is not None and m.card.until != m.card.since
                for pieces in self.cards(m, lost.get(n), back.get(n, m.card.ended) if m.card.until else None)
            ),
        )

    def cards(self, m, lost, ended):
        """The card of a member; one that was lost and issued anew is a second one under the same number."""
        card, day, whose = m.card, self.day, self.person[m.person]
        if lost is None:
            return [[Piece((whose, card.value, 1), day[card.since], day[card.until], card.begun, ended)]]
        first = Piece((whose, card.value, 1), day[card.since], day[lost.lost], card.begun, lost.by)
        return [[first], [Piece((whose, card.value, 2), day[lost.again], None, lost.anew)]]

    # -- badges and double records

    def honours(self):
        take, person, day, lives = self.take, self.person, self.day, self.lives
        take.facts(
            MemberBadge,
            ("person", "years", "number", "manner"),
            (take.known([self.badge(one, lives.members[one.member])]) for one in self.story.honours.awards),
        )
        twins = self.story.honours.twins
        self.twins = take.ids(Person, len(twins))
        take.rows(Person, ("id", "erased"), ((ident, False) for ident in self.twins))
        opening, moment = self.opening, take.moments[self.opening]
        whole_life = (ALL_LIFE, None, moment, None, opening, None)
        names, born = [], []
        for ident, twin in zip(self.twins, twins, strict=True):
            p = lives.people[twin.of]
            parts = [p.family, p.middle, p.given]
            parts = parts if twin.marks else [fold(part).title() for part in parts]
            said = name_values(*parts)
            names.append([Version(*whole_life, (ident, *(said[column] for column in NAME)))])
            born.append([Version(*whole_life, (ident, p.sex, day[p.birth], p.precision))])
        take.facts(PersonName, ("person", *NAME), names)
        take.facts(PersonParticulars, ("person", "sex", "birth", "birth_precision"), born)
        take.facts(
            PeopleApart,
            ("first", "second"),
            (
                take.known(
                    [
                        Piece(
                            tuple(sorted((person[twin.of], ident))),
                            day[lives.causes[twin.apart].day],
                            None,
                            twin.apart,
                        )
                    ]
                )
                for ident, twin in zip(self.twins, twins, strict=True)
                if twin.apart is not None
            ),
        )

    def badge(self, one, m):
        number = f"{one.years}-{one.number:05d}" if one.number else ""
        values = (self.person[m.person], one.years, number, "usual")
        return Piece(values, self.day[one.day], None, one.cause, None, one.silent)

    def said_of_honours(self):
        """One entry for each decision on badges, and one for each card that was lost or issued anew."""
        take, day, lives, honours = self.take, self.day, self.lives, self.story.honours
        province = self.skeleton.by_code[PROVINCE]
        awarded: dict = {}
        for one in honours.awards:
            awarded.setdefault(one.cause, []).append(one)
        for on, decided, cause, count in honours.decisions:
            paper = self.story.papers.papers[lives.causes[cause].paper].symbol
            told = {"award_day": day[on].isoformat(), "decision": paper}
            subjects = [("unit", self.unit[province.n], {**told, "badges": count})]
            subjects += [
                ("person", self.person[lives.members[one.member].person], {**told, "years": one.years})
                for one in awarded[cause]
            ]
            yield Said(
                take.moments[cause], "badge.award_all", day[decided], subjects, actor=self.actor(cause)
            )
        for one in honours.lost:
            m = lives.members[one.member]
            subject = ("person", self.person[m.person])
            for verb, cause, on in (("card.lost", one.by, one.lost), ("card.issue", one.anew, one.again)):
                said = [(*subject, {"number": m.card.value})]
                yield Said(take.moments[cause], verb, day[on], said, actor=self.actor(cause))
        for ident, twin in zip(self.twins, honours.twins, strict=True):
            if twin.apart is not None:
                pair, why = (self.person[twin.of], ident), lives.causes[twin.apart].text
                said = [
                    ("person", one, {"apart_from": two, "reason": why}) for one, two in (pair, pair[::-1])
                ]
                on = day[lives.causes[twin.apart].day]
                yield Said(take.moments[twin.apart], "person.apart", on, said, actor=self.actor(twin.apart))

    def standings(self, m):
        """Who was recognised before coming into this register brings both stretches along."""
        person, day = self.person[m.person], self.day
        before = m.origin != "admitted" and len(m.standing) > 1 and m.standing[1].begun == m.begun
        return [
            Piece((person, s.value), day[s.since], day[s.until], s.begun, s.ended, before and nr == 1)
            for nr, s in enumerate(m.standing)
        ]

    # -- posts and targets

    def posts(self):
        take, post, unit, area, day, opening = (
            self.take,
            self.post,
            self.unit,
            self.area,
            self.day,
            self.opening,
        )
        offices = self.story.offices
        take.rows(
            Post,
            ("id", "code", "kind", "unit", "area"),
            (
                (
                    post[n],
                    p.code,
                    p.kind,
                    None if p.body is None else unit[p.body],
                    None if p.place is None else area[p.place],
                )
                for n, p in enumerate(offices.posts)
            ),
        )
        take.facts(
            PostExistence,
            ("post",),
            (
                take.known(
                    [
                        Piece(
                            (post[n],),
                            day[p.since],
                            day[p.until],
                            opening if p.begun is None else p.begun,
                            p.ended,
                        )
                    ]
                )
                for n, p in enumerate(offices.posts)
            ),
        )
        take.facts(
            Appointment,
            ("post", "acting", "person", "manner"),
            (
                take.known(
                    [
                        Piece(
                            (post[h.post], False, self.person[h.person], h.manner),
                            day[h.since],
                            day[h.until],
                            h.begun,
                            h.ended,
                        )
                    ]
                )
                for h in offices.holdings
            ),
        )

    def targets(self):
        """A number per body and year, for the province, its districts, the bloc, and the communes."""
        take, unit, opening = self.take, self.unit, self.opening
        rows = []
        for (n, year), number in sorted(self.story.papers.targets.items()):
            cause = self.story.papers.target_causes.get((n, year), opening)
            rows.append(
                take.known(
                    [Piece((unit[n], year, number), dt.date(year, 1, 1), dt.date(year + 1, 1, 1), cause)]
                )
            )
        take.facts(AdmissionTarget, ("unit", "year", "number"), rows)

    # -- what the journal says

    def said_of_opening(self):
        """The opening balance, body by body and member by member; all of it became known at one moment."""
        day, first = self.day, self.moment[TAKEN_OVER]
        opened = day[OPENING]
        for b in self.skeleton.bodies:
            if b.parents[0].begun is None:
                content = {
                    "code": b.code,
                    "name": b.names[0].value[0],
                    "kind": b.kind,
                    "since": day[b.founded].isoformat(),
                }
                yield Said(first, "takeover.run", opened, [("unit", self.unit[b.n], content)])
        for m in self.lives.members:
            if m.origin == "takeover":
                cell = self.skeleton[m.stays[0].value]
                content = {"member_since": day[m.since].isoformat(), "cell": cell.code}
                subjects = [("person", self.person[m.person], content), ("unit", self.unit[cell.n], {})]
                yield Said(first, "takeover.run", opened, subjects)

    def said(self):
        """Entries about registers after the opening; cases add their own."""
        lives, take, day = self.lives, self.take, self.day
        for h in self.story.offices.holdings:
            code = self.story.offices.posts[h.post].code
            if h.begun != self.opening:
                yield Said(
                    take.moments[h.begun],
                    "post.fill",
                    day[h.since],
                    [
                        ("person", self.person[h.person], {"post": code, "manner": h.manner}),
                        ("post", self.post[h.post], {}),
                    ],
                    actor=self.actor(h.begun),
                )
            if h.ended is not None and lives.causes[h.ended].kind == "released":
                yield Said(
                    take.moments[h.ended],
                    "post.release",
                    day[h.until],
                    [("person", self.person[h.person], {"post": code}), ("post", self.post[h.post], {})],
                    actor=self.actor(h.ended),
                )
        yield from self.said_of_people()
        yield from self.said_of_honours()
        for c in self.story.clock.corrections:
            yield self.correction(c)

    def said_of_people(self):
        """People entered, and members who died or were deleted."""
        lives, take, day = self.lives, self.take, self.day
        for n, cause in enumerate(self.entered):
            one = lives.causes[cause]
            if one.kind == "other":
                body = self.skeleton.by_code[one.office]
                yield Said(
                    take.moments[cause],
                    "person.enter",
                    day[one.day],
                    [
                        ("person", self.person[n], {"unit": body.code}),
                        ("unit", self.unit[body.n], {"entered": self.person[n]}),
                    ],
                    actor=self.actor(cause),
                )
        for one in lives.leavings:
            person, cell = self.person[lives.members[one.member].person], self.skeleton[one.cell]
            if one.kind == "died":
                content = {"cell": cell.code, "paper": "", "released": []}
                subjects = [("person", person, content), ("unit", self.unit[cell.n], {"died": person})]
                yield Said(
                    take.moments[one.cause],
                    "member.died",
                    day[one.day],
                    subjects,
                    actor=self.actor(one.cause),
                )
            elif one.kind == "deleted" and lives.causes[one.cause].case is None:
                subjects = [
                    ("person", person, {"cell": cell.code, "ended": "deleted"}),
                    ("unit", self.unit[cell.n], {}),
                ]
                yield Said(
                    take.moments[one.cause],
                    "takeover.run",
                    day[one.day],
                    subjects,
                    actor=self.actor(one.cause),
                )

    def correction(self, c):
        """What the procedures of correction say."""
        lives, member = self.lives, self.lives.members[c.member]
        person, more = lives.people[c.person], []
        if c.what == "name":
            verb, before, after = "name", self.name_of(person, c.wrong)[4], self.name_of(person)[4]
        elif c.what == "birth":
            verb = "particulars"
            before, after = (
                {"sex": person.sex, "birth": self.day[birth].isoformat(), "precision": person.precision}
                for birth in (c.wrong, person.birth)
            )
        elif c.what == "cell":
            right = member.stays[0].value
            verb, before, after = "place", self.skeleton[c.wrong].code, self.skeleton[right].code
            more = [("unit", self.unit[right], {"person": self.person[c.person]})]
        else:
            verb, before, after = (
                "admission_day",
                self.day[c.wrong].isoformat(),
                self.day[member.since].isoformat(),
            )
        since = ALL_LIFE if verb in ("name", "particulars") else self.day[member.since]
        content = {
            "fact": verb,
            "before": before,
            "after": after,
            "since": since.isoformat(),
            "until": "",
            "paper": "",
        }
        return Said(
            self.take.moments[c.cause],
            f"correction.{verb}",
            self.day[lives.causes[c.cause].day],
            [("person", self.person[c.person], content), *more],
            actor=self.actor(c.cause),
        )

    officers: dict = {}

    def actor(self, cause):
        return self.officers.get(self.lives.causes[cause].office)
