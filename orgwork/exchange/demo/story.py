"""This room is for the story as a whole: ``story()`` tells it, the same on every run and every Python from
3.11 on.
"""

from dataclasses import dataclass

from django.utils.translation import gettext_noop

from . import bodies as frame
from . import honours as honoured
from .calendar import Calendar
from .chance import Die
from .changes import LATE_VILLAGES, Changes
from .clock import Clock
from .ground import PROVINCE, VILLAGES, Ground
from .lives import Lives
from .offices import Offices
from .papers import Papers, write_papers

SEED = 1930
FIRMS = 260


@dataclass
class Story:
    """Everything that happened; each part is a list in the order of its numbers."""

    seed: int
    ground: Ground
    skeleton: frame.Skeleton
    lives: Lives
    changes: Changes
    calendar: Calendar
    offices: Offices
    papers: Papers
    clock: Clock
    honours: honoured.Honours


def story(*, members=48000, bodies=None, seed=SEED, is_workday=None):
    """Tell the story of a province with about so many members on 1 May 2024.

    At 48,000 every figure of the reports comes out exactly. Fewer members take fewer communes; more take
    further provinces, made of cells and communes only, until ``bodies`` is reached.
    """
    if members < 1500:
        raise ValueError(gettext_noop("the story needs at least 1,500 members"))
    calendar = Calendar(is_workday or default_workday)
    ground = Ground()
    skeleton = frame.Skeleton(ground)
    die = Die(seed, "bodies")
    frame.outline(skeleton, die)
    frame.province(skeleton, ground)
    districts = [place.code for place in ground.under(PROVINCE)]
    communes = [commune for code in districts for commune in ground.under(code)]
    villages = VILLAGES
    if members < 48000:
        keep = max(2, round(len(communes) * members / 48000))
        communes = communes[:keep]
        districts = [
            code for code in districts if any(ground.places[c.parent].code == code for c in communes)
        ]
        villages = max(4 * keep, round(VILLAGES * members / 48000))
    ground.settle(Die(seed, "villages"), communes, villages)
    late = late_villages(
        Die(seed, "late"), ground, communes, calendar, round(LATE_VILLAGES * villages / VILLAGES)
    )
    share = min(1, members / 48000)
    frame.districts(skeleton, ground, districts, share=max(share, 0.5))
    frame.communes(skeleton, ground, communes, die, late=late)
    frame.bloc(skeleton, ground, share=share)
    if members > 48000:
        frame.further(skeleton, ground, max(0, (bodies or members // 20) - len(skeleton.bodies)))
    firms = frame.firms(ground, communes, Die(seed, "firms"), FIRMS)
    lives = Lives(skeleton, Die(seed, "lives"), calendar, members=members)
    changes = Changes(skeleton, ground, lives, Die(seed, "changes"), calendar)
    changes.plan(firms)
    lives.play()
    offices = Offices(skeleton, ground, lives, changes, Die(seed, "offices"))
    offices.fill()
    honours = honoured.told(lives, calendar, seed)
    papers = write_papers(skeleton, lives, changes, calendar, seed, honours)
    clock = Clock(lives, skeleton, offices, changes, calendar, Die(seed, "clock"))
    clock.set()
    return Story(seed, ground, skeleton, lives, changes, calendar, offices, papers, clock, honours)


def late_villages(die, ground, communes, calendar, count):
    """Villages without a cell at the start, at most one or two in a commune, and the day their cell is
    founded.
    """
    choice = []
    for commune in communes:
        choice += die.take(ground.villages(commune)[1:], 1)
    first, last = frame.day(2020, 2, 3), frame.day(2024, 4, 10)
    return {
        village.n: calendar.on_or_after(first + die.below(last - first))
        for village in die.take(choice, count)
    }


def default_workday(day):
    from orgwork.foundation import workdays

    return getattr(workdays, "is_workday", lambda d: d.weekday() < 5)(day)
