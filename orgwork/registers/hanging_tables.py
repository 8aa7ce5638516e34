"""This room is for what of the tables of this floor hangs on a body (see hanging.py)."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_lazy as _

from orgwork.foundation.dates import Period
from orgwork.foundation.many import listed, turn

from . import units
from .acquaintance import Acquaintance, AcquaintanceCall
from .appointments import Appointment
from .documents import Document
from .drafts import Draft, DraftOpinion, PaperArchive, PaperDistribution, PaperReview
from .functions import FunctionHolding
from .hanging import Choice, Turning, follow, hangs, in_force, one_by_one, stays
from .incoming import OPEN, IncomingCopy, IncomingNumber, IncomingPaper
from .members import MembershipPlace, PlaceKind
from .numbering import JointIssuer, NumberMark, NumberSeries, SeriesBook, TermOfOffice
from .posts import Post, PostExistence
from .reads import ReadLog
from .reorganisation import DecisionOn, HandoverLine, Plan, PlanAcceptance, PlanDecision, PlannedChange
from .required_papers import RequiredPaper
from .staffing import Occupancy
from .task_proposals import TaskProposal


def _official(day: dt.date):
    return MembershipPlace.objects.on(day).filter(kind=PlaceKind.OFFICIAL)


def _open_series(day: dt.date):
    return NumberSeries.objects.filter(pk__in=SeriesBook.objects.on(day).values("series"))


def _incoming(day: dt.date):
    return IncomingPaper.objects.on(day).filter(state__in=OPEN)


def close_books(turning: Turning) -> int:
    """Ended bodies give out no more numbers; their successors are other bodies and begin their own series."""
    books = SeriesBook.objects.filter(series__issuer__in=list(turning.heir)).overlapping(Period(turning.day))
    series = sorted(set(books.values_list("series", flat=True)))
    why = turning.reason["ended"]
    with listed((one, None, None, why) for one in series) as names:
        turn(SeriesBook, turning.act, turning.day, names, by="series_id", becomes=None)
    return len(series)


def hand_on_functions(turning: Turning) -> int:
    """What the plan hands over goes first, of bodies that remain, too; the rest follows the ended bodies."""
    why, count = turning.reason["moved"], 0
    for giver, receiver, wanted in turning.told.get("functions", ()):
        held = FunctionHolding.objects.on(turning.day).filter(unit=giver)
        if wanted:
            held = held.filter(function__in=wanted)
        rows = [(function, receiver, None, why) for function in held.values_list("function", flat=True)]
        with listed(rows) as names:
            count += turn(
                FunctionHolding, turning.act, turning.day, names, by="function_id",
                becomes={"unit_id": "m.target"}, where="t.unit_id = %s", values=[giver],
            )  # fmt: skip
    return count + _functions_of_ended(turning)


_functions_of_ended = follow(FunctionHolding, "unit", decides=DecisionOn.FUNCTION, by="function")
hangs(
    "members", MembershipPlace, "unit", label=_("members"), rows=_official, choice=Choice.THING,
    decides=DecisionOn.PERSON,
    rule=_("Members stay in their cell, which goes on; of a cell that ends they go to its one successor."),
)  # fmt: skip
hangs(
    "places", units.UnitService, "unit", label=_("villages, firms and territories served"), kept=False,
    rows=in_force(units.UnitService), choice=Choice.RULE,
    rule=_("Whoever leads a new territory serves it; whoever serves a place goes on serving it."),
)  # fmt: skip
hangs(
    "papers", Document, "issuer", label=_("papers issued"),
    rows=lambda day: Document.objects.filter(issuer__isnull=False),
    rule=_("A paper stays its issuer's; the successor, or whoever keeps what it leaves, answers for it."),
)  # fmt: skip
hangs(
    "custody", units.UnitCustody, "custodian", label=_("what earlier bodies left"),
    rows=in_force(units.UnitCustody), kept=False,
    rule=_("What a body keeps for an earlier one goes on to its successor."),
)  # fmt: skip
hangs(
    "series", NumberSeries, "issuer", label=_("number series"), rows=_open_series, kept=False,
    choice=Choice.RULE,
    hand_on=close_books,
    rule=_("They are closed without gap; the successor begins its own, no number is given twice."),
)  # fmt: skip
hangs(
    "incoming", IncomingPaper, "unit", label=_("incoming papers that wait for an answer"), rows=_incoming,
    rule=_("They stay in the book; the successor, or whoever keeps what is left, answers for them."),
)  # fmt: skip
hangs(
    "to_answer", IncomingPaper, "by_unit", label=_("incoming papers given to a body to answer"),
    rows=lambda day: _incoming(day).filter(by_unit__isnull=False),
    rule=_("Whoever answers for the body has the answer to give, by the same day."),
)  # fmt: skip
hangs(
    "drafts", Draft, "unit", label=_("drafts of papers"), rows=lambda day: Draft.objects.all(),
    rule=_("They go on with whoever answers for the body."),
)  # fmt: skip
hangs(
    "opinions", DraftOpinion, "unit", label=_("opinions asked for"),
    rows=lambda day: DraftOpinion.objects.on(day).filter(answered__isnull=True),
    rule=_("Whoever answers for the body gives the opinion, by the same day."),
)  # fmt: skip
hangs(
    "reviews", PaperReview, "unit", label=_("reviews of papers"), rows=in_force(PaperReview),
    rule=_("Whoever answers for the body reviews its papers, by the same day."),
)  # fmt: skip
hangs(
    "archives", PaperArchive, "unit", label=_("papers in archives"), rows=in_force(PaperArchive),
    rule=_("The archive goes to whoever keeps what the body leaves."),
)  # fmt: skip
hangs(
    "functions", FunctionHolding, "unit", label=_("functions of bodies"), rows=in_force(FunctionHolding),
    hand_on=hand_on_functions, choice=Choice.THING, decides=DecisionOn.FUNCTION,
    goes=one_by_one(FunctionHolding, "unit", DecisionOn.FUNCTION, "function"),
    rule=_("A function goes to the one successor; without one to whoever keeps what the body leaves."),
)  # fmt: skip
hangs(
    "task_proposals", TaskProposal, "unit", label=_("tasks read from papers"), rows=in_force(TaskProposal),
    rule=_("They wait with whoever answers for the body."),
)  # fmt: skip
stays(TaskProposal, "assignee", why="whom the paper named")
stays(Draft, "issuer", why="who is to issue it: written anew if that body has ended")
stays(JointIssuer, "unit", why="who issued together")
stays(NumberMark, "holder", why="for whom a number was reserved")
stays(TermOfOffice, "unit", why="the body's own terms")
stays(RequiredPaper, "unit", why="what the body itself must have")
stays(Acquaintance, "unit", why="where somebody was made acquainted")
stays(AcquaintanceCall, "unit", why="who asked")
stays(PaperDistribution, "unit", why="to whom a paper was sent")
stays(IncomingNumber, "unit", why="whose book the number stands in")
stays(IncomingCopy, "unit", why="who was given a copy")
stays(IncomingPaper, "sender", why="who sent it")
stays(
    units.UnitName, "unit", why="the body's own name: it ends with the body",
)  # fmt: skip
stays(units.UnitPlacement, "unit", "parent", why="the tree itself: written by the plan")
stays(units.UnitForm, "unit", why="the body's own kind: it ends with the body")
hangs(
    "staff",
    Occupancy,
    "unit",
    label=_("occupied posts of the budget"),
    rows=in_force(Occupancy),
    hand_on=follow(Occupancy, "unit", decides=DecisionOn.STAFF),
    choice=Choice.THING,
    decides=DecisionOn.STAFF,
    goes=one_by_one(Occupancy, "unit", DecisionOn.STAFF),
    rule=_("Staff work on at the successor until something else is agreed with them."),
)
stays(units.UnitSuccession, "predecessor", "successor", why="what came of what")
stays(units.UnitCustody, "unit", why="says itself who keeps what an ended body left")
stays(units.UnitLineage, "ancestor", "descendant", why="derived from the tree")
stays(Post, "unit", why="a seat is its body's: whether it exists is dated, and its holder leads on acting")
stays(ReadLog, "unit", why="what was looked at then")
stays(Plan, "unit", why="the body at whose head the plan was made")
stays(PlannedChange, "subject", "target", "founded", why="what a plan says of bodies")
stays(PlanDecision, "target", why="what somebody decided then")
stays(PlanAcceptance, "unit", "target", why="what somebody accepted then")
stays(HandoverLine, "giver", "receiver", why="who handed over to whom")

#: Seats hang by their post, whose body never changes.
SEATS = (PostExistence, Appointment)
