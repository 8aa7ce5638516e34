"""This room is for party badges, lost cards and double records of the demo, believable and few.

Nothing here moves a member: no figure of membership and none of the declared breaches depends on it. Days are
ordinals.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from orgwork.foundation import provisions
from orgwork.foundation.search import fold
from orgwork.procedures.badges import years_later

from .bodies import CLOSING, OPENING, SHOWN, day
from .chance import Die
from .ground import PROVINCE

LOST_CARDS, DOUBLES = 60, 9
#: Every so many members the badge of the last two years was forgotten, and stands on the list.
FORGOTTEN = 61


@dataclass(slots=True)
class Award:
    """A badge: who, for how many years, on which award day, by which act, with which number."""

    member: int
    years: int
    day: int
    cause: int
    number: int
    silent: bool = False  # awarded elsewhere, or before the opening balance


@dataclass(slots=True)
class LostCard:
    member: int
    lost: int
    again: int
    by: int
    anew: int


@dataclass(slots=True)
class Twin:
    """A second record of somebody, entered from an old list without marks; or a real namesake."""

    of: int  # a person
    marks: bool
    apart: int | None = None  # the act that told the two apart


class Honours:
    def __init__(self, lives, calendar, die):
        self.lives, self.calendar, self.die = lives, calendar, die
        self.awards, self.lost, self.twins = [], [], []
        self.back = {}  # member → the act by which the card came back
        self.decisions = []  # (award day, day of the decision, cause, how many)

    def play(self):
        self.award()
        self.lose_cards()
        self.double()

    # -- badges

    def award(self):
        lives, number = self.lives, 0
        steps = sorted(provisions.on(date.fromordinal(SHOWN))["badges.years"].value)
        causes: dict[int, list[Award]] = {}
        for n, member in enumerate(lives.members):
            start = date.fromordinal(member.since)
            full = next((s.since for s in member.standing if s.value == "full"), None)
            if full is None or start.year + steps[0] > date.fromordinal(CLOSING).year:
                continue
            arrived = lives.causes[member.begun].day if member.origin == "transferred_in" else OPENING
            before = None
            for years in steps:
                on = award_day(start, years)
                if on > CLOSING or (member.until is not None and member.until <= on):
                    break
                if on <= arrived + 90:
                    before = (years, on)
                elif not (n % FORGOTTEN == 0 and SHOWN - 730 < on <= SHOWN):
                    number += 1
                    causes.setdefault(on, []).append(Award(n, years, on, -1, number))
            if before is not None:
                self.awards.append(Award(n, *before, member.begun, 0, silent=True))
        for on, awards in sorted(causes.items()):
            decided = self.calendar.on_or_before(on - 15)
            cause = lives.cause("awarded", decided, PROVINCE)
            self.decisions.append((on, decided, cause, len(awards)))
            for one in awards:
                one.cause = cause
            self.awards += awards

    # -- cards

    def lose_cards(self):
        lives, die = self.lives, self.die
        choices = [
            n
            for n, m in enumerate(lives.members)
            if m.card is not None and m.until is None and m.card.until is None and m.card.since <= OPENING
            and len(m.stays) == 1
        ]  # fmt: skip
        share = min(1, len(lives.members) / 54_000)
        for n in die.take(choices, max(6, round(LOST_CARDS * share))):
            member = lives.members[n]
            lost = self.calendar.on_or_after(OPENING + 60 + die.below(SHOWN - OPENING + 200))
            again = self.calendar.on_or_after(lost + 40 + die.below(60))
            office = lives.office(member.cell)
            by = lives.cause("lost", lost, office, member.person)
            anew = lives.cause("issued", again, office, member.person)
            self.lost.append(LostCard(n, lost, again, by, anew))

        for leaving in lives.leavings:
            # Whoever left lately has not given the card back yet.
            if leaving.kind in ("left", "deleted") and leaving.day < SHOWN - 75:
                on = self.calendar.on_or_after(leaving.day + 10)
                person = lives.members[leaving.member].person
                self.back[leaving.member] = lives.cause(
                    "withdrawn", on, lives.causes[leaving.cause].office, person
                )

    # -- double records

    def double(self):
        """Records taken over from an old list without marks, and two people who really are two."""
        lives = self.lives
        choices = [
            m.person
            for m in lives.members
            if m.until is None and m.origin == "takeover" and len(m.stays) == 1
            and lives.people[m.person].precision == "day" and _has_marks(lives.people[m.person])
        ]  # fmt: skip
        for nr, person in enumerate(self.die.take(choices, DOUBLES)):
            apart = None
            if nr < 2:
                text = "two people: born in different villages, with different parents"
                apart = lives.cause("corrected", day(2023, 3, 6 + nr), PROVINCE, text=text)
            self.twins.append(Twin(person, marks=nr < 2, apart=apart))


def _has_marks(person) -> bool:
    full = f"{person.family} {person.middle} {person.given}"
    return fold(full) != full.lower()


def award_day(start: date, years: int) -> int:
    """The first award day on which the years are reached."""
    reached = years_later(start, years)
    said = provisions.on(date.fromordinal(SHOWN))["badges.days"].value
    days = [date.fromisoformat(f"{year}-{one}") for year in (reached.year, reached.year + 1) for one in said]
    return min(one for one in days if one >= reached).toordinal()


def told(lives, calendar, seed) -> Honours:
    honours = Honours(lives, calendar, Die(seed, "honours"))
    honours.play()
    return honours
