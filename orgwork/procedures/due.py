"""This room is for what time does: run once a day by the worker and by ``orgwork due``, as often as one
likes.

What has an end ends in its row, without anybody's doing; here the cases behind it are closed, transfers whose
days have run out go back to the old cell, and bodies whose size breaks a rule are asked about. Each piece of
work is a transaction of its own and looks again under its lock, so that two runs at once, or one that was cut
short, leave what one run leaves. All is judged by the day it is run for. Other rooms add their own with
``every_day``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orgwork.foundation.jobs import Progress, job
from orgwork.foundation.moments import writing
from orgwork.foundation.refusals import Refusal
from orgwork.registers.members import Condition, MembershipCondition, MembershipPlace, PlaceKind
from orgwork.registers.units import Unit

from . import guests, size_review, suspension, temporary, transfer
from .cases import Case, CaseDeadline

DOOR = "worker"
#: What is done: a function of the day that yields pieces of work, each called with the act it is done in.
Work = Callable[[dt.date], Iterator[Callable[[Any], Any]]]


@dataclass(frozen=True)
class Task:
    """Something that is looked at every day, and the pieces of work it finds."""

    code: str
    label: Any
    find: Work


known: dict[str, Task] = {}


def every_day(code: str, label) -> Callable[[Work], Work]:
    """Declare what is looked at every day; pieces found again tomorrow must be harmless to do again."""

    def declare(find: Work) -> Work:
        known[code] = Task(code, label, find)
        return find

    return declare


def run(day: dt.date | None = None, *, door: str = DOOR, report: Callable[[int], None] | None = None) -> dict:
    """Do everything that is due on the day; how many pieces of each kind were done."""
    day = day or timezone.localdate()
    counts = dict.fromkeys(known, 0)
    for task in list(known.values()):
        for piece in list(task.find(day)):
            counts[task.code] += _done(piece, door)
            if report is not None:
                report(sum(counts.values()))
    return counts


def _done(piece: Callable, door: str) -> bool:
    """One piece in its own transaction; somebody may have done it meanwhile, or it cannot be done yet."""
    try:
        with writing(door=door) as act:
            act.cleared = True
            piece(act)
    except Refusal:
        return False
    return True


@job
def daily(progress: Progress) -> dict[str, int]:
    """The day's work in the background."""
    return run(report=progress.report)


# ── what ends by itself ─────────────────────────────────────────────────────────────────────────────────


@every_day("suspensions", _("suspensions that have ended"))
def suspensions(day: dt.date):
    """Open cases of suspensions that hold no longer."""
    holding = MembershipCondition.objects.on(day).filter(kind=Condition.SUSPENDED)
    cases = _open("suspension", ("suspended", "extended"))
    for case in cases.filter(~_of_the_person(holding)):
        yield _step(suspension.expire, case, day)


@every_day("temporary_places", _("times elsewhere that have ended"))
def temporary_places(day: dt.date):
    places = MembershipPlace.objects.on(day).filter(kind=PlaceKind.TEMPORARY)
    away = MembershipCondition.objects.on(day).filter(kind=Condition.AWAY)
    cases = _open("temporary", ("there",))
    for case in cases.filter(~_of_the_person(places), ~_of_the_person(away)):
        yield _step(temporary.expire, case, day)


@every_day("guests", _("guests whose time here has ended"))
def guests_gone(day: dt.date):
    places = MembershipPlace.objects.on(day).filter(kind=PlaceKind.TEMPORARY)
    for case in _open("guest", ("there",)).filter(~_of_the_person(places)):
        yield _step(guests.expire, case, day)


@every_day("transfers", _("transfers whose days have run out"))
def transfers(day: dt.date):
    late = CaseDeadline.objects.filter(
        case=OuterRef("pk"), kind="completion", due__lt=day, met_on__isnull=True
    )
    for case in _open("transfer", ("sent",)).filter(Exists(late)):
        yield _step(transfer.lapse, case, day)


# ── what must be asked ──────────────────────────────────────────────────────────────────────────────────


@every_day("sizes", _("bodies whose size breaks a rule"))
def sizes(day: dt.date):
    """Questions settle where the size is right again, and are asked where it is newly wrong."""
    found = size_review.breaches(day)
    wrong = {(one.rule, one.id) for one in found}
    for case in _open("size_review", ("asked",)):
        if (case.data["rule"], case.data["unit"]) not in wrong:
            yield _step(size_review.settle, case, day)
    units = Unit.objects.in_bulk([one.id for one in found])
    for one in found:
        if not size_review.asked_already(one):
            yield _review(units[one.id], day)


def _open(procedure: str, states):
    rows = Case.objects.filter(procedure=procedure, state__in=states, closed_on__isnull=True)
    return rows.order_by("pk")


def _of_the_person(rows) -> Exists:
    return Exists(rows.filter(person=OuterRef("person")))


def _step(step: Callable, case: Case, day: dt.date) -> Callable:
    return lambda act: step(case, day=day, within=act)


def _review(unit: Unit, day: dt.date) -> Callable:
    return lambda act: size_review.open_review(unit=unit, day=day, within=act)
