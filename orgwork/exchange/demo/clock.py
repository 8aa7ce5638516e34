"""This room is for the second time of the demo: when each act was recorded. The rule is the next working
day; some entries come weeks late, and some were wrong and are corrected, so that "as known on" has
something to show.
"""

from dataclasses import dataclass

from .bodies import CLOSING, OPENING, SHOWN, TERM, day
from .names import misspell

TAKEN_OVER = day(2020, 1, 2)
KNOWN = day(2024, 5, 10)
LATE, LATE_AROUND_SHOWN = 230, 21


@dataclass(slots=True)
class Correction:
    """What was recorded wrongly at first, and when it was put right."""

    what: str  # admission_day, cell, name, birth
    person: int
    wrong: object
    recorded: int
    office: str
    member: int | None = None
    reason: str = ""
    cause: int | None = None


class Clock:
    def __init__(self, lives, skeleton, offices, changes, calendar, die):
        self.lives, self.skeleton, self.offices, self.changes = lives, skeleton, offices, changes
        self.calendar, self.die = calendar, die
        self.corrections = []
        self.late = []

    def set(self):
        for cause in self.lives.causes:
            cause.recorded = TAKEN_OVER if cause.kind == "takeover" else self.calendar.after(cause.day)
        small = len(self.lives.members) < 40000
        self.delay(share=len(self.lives.members) / 54000 if small else 1)
        self.keep_order()
        self.correct(share=len(self.lives.members) / 54000 if small else 1)

    def delay(self, *, share):
        """Some entries are made weeks after the event; a few admissions of April 2024 were unknown on 10
        May.
        """
        die, calendar = self.die, self.calendar
        tied = {act.cause for act in self.changes.acts}
        choices = [
            n
            for n, c in enumerate(self.lives.causes)
            if c.kind
            in (
                "admitted",
                "died",
                "transferred",
                "transferred_in",
                "transferred_out",
                "recognised",
                "elected",
            )
            and c.day > OPENING + 10
            and c.day < CLOSING - 160
            and n not in tied
        ]
        recent = [
            n
            for n in choices
            if self.lives.causes[n].kind == "admitted" and SHOWN - 40 < self.lives.causes[n].day <= SHOWN
        ]
        for n in die.take(choices, round(LATE * share)):
            cause = self.lives.causes[n]
            cause.recorded = calendar.add_workdays(cause.day, 15 + die.below(60))
            self.late.append(n)
        for n in die.take(recent, round(LATE_AROUND_SHOWN * share)):
            self.lives.causes[n].recorded = calendar.after(KNOWN + die.below(25))
            self.late.append(n)

    def keep_order(self):
        """What rests on an earlier entry is recorded with it or after it, never before.

        So it is with the acts of one person and with those who follow each other in one seat: a release that
        was entered late would otherwise leave two people in it for as long as it was not known.
        """
        rows = [*self.acts_of_each_person(), *self.acts_in_each_seat()]
        moved = True
        while moved:
            moved = False
            for row in rows:
                reached = 0
                for cause in row:
                    if cause.recorded < reached:
                        cause.recorded, moved = reached, True
                    reached = cause.recorded

    def acts_of_each_person(self):
        acts = {}
        for cause in self.lives.causes:
            if cause.person is not None:
                acts.setdefault(cause.person, []).append(cause)
        return [sorted(row, key=lambda c: c.day) for row in acts.values() if len(row) > 1]

    def acts_in_each_seat(self):
        causes, seats = self.lives.causes, {}
        for holding in sorted(self.offices.holdings, key=lambda h: h.since):
            ends = (holding.begun, holding.ended)
            seats.setdefault(holding.post, []).extend(causes[n] for n in ends if n is not None)
        return [row for row in seats.values() if len(row) > 2]

    def correct(self, *, share):
        lives, die, calendar = self.lives, self.die, self.calendar
        admitted = [
            c
            for c in lives.admissions
            if c.cause is not None and OPENING + 200 < c.days["decision"] < CLOSING - 200
        ]
        quiet = [
            c
            for c in admitted
            if len(lives.members[c.member].stays) == 1 and lives.members[c.member].until is None
        ]
        chosen = die.take(quiet, round(70 * share))
        days, cells = chosen[: round(28 * share)], chosen[round(28 * share) : round(46 * share)]
        # Two admissions of late December 2020 were first entered as of January 2021, and belong before the
        # term.
        edge = [c for c in quiet if TERM - 14 <= c.days["decision"] < TERM and c not in chosen][:2]
        for case in [*days, *edge]:
            member = lives.members[case.member]
            wrong = TERM + 3 if case in edge else calendar.on_or_before(member.since - 1 - die.below(9))
            self.put_right(
                "admission_day", member, wrong, "the day of the cell's ceremony had been entered", case.member
            )
        for case in cells:
            member = lives.members[case.member]
            near = [
                b.n
                for b in self.skeleton.bodies
                if b.parent == self.skeleton[member.stays[0].value].parent
                and b.kind == self.skeleton[member.stays[0].value].kind
            ]
            near = [
                n
                for n in near
                if n != member.stays[0].value
                and self.skeleton[n].ended is None
                and self.skeleton[n].founded < member.since
            ]
            if near:
                self.put_right(
                    "cell", member, die.pick(near), "entered in the neighbouring cell", case.member
                )
        for case in chosen[round(46 * share) : round(60 * share)]:
            member = lives.members[case.member]
            wrong = misspell(die, lives.people[member.person].given)
            self.put_right("name", member, wrong, "misspelt", case.member)
        for case in chosen[round(60 * share) :]:
            member = lives.members[case.member]
            self.put_right(
                "birth",
                member,
                lives.people[member.person].birth - 365,
                "the identity card shows another year",
                case.member,
            )

    def put_right(self, what, member, wrong, reason, n):
        lives, begun = self.lives, self.lives.causes[member.begun]
        # Nothing may have been recorded about this person between the entry and its correction.
        later = [s.begun for s in member.standing[1:]] + ([member.card.begun] if member.card else [])
        first = min((lives.causes[c].recorded for c in later), default=CLOSING)
        recorded = self.calendar.add_workdays(begun.recorded, 12 + self.die.below(120))
        if recorded >= min(first, CLOSING):
            return
        cause = lives.cause("corrected", recorded - 1, begun.office, member.person, reason)
        lives.causes[cause].recorded = recorded
        self.corrections.append(
            Correction(what, member.person, wrong, recorded, begun.office, n, reason, cause)
        )
