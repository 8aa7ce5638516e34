"""This room is for who was made acquainted with a paper: entered in numbers, and asked for by a day."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from orgwork.foundation import wording
from orgwork.foundation.dates import begin, change, correct
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Overlap, Refusal
from orgwork.foundation.rows import Statement, together
from orgwork.registers import access
from orgwork.registers.acquaintance import Acquaintance, AcquaintanceCall, StudyForm, members_under
from orgwork.registers.documents import Document
from orgwork.registers.units import Unit, UnitPlacement

from .cases import Outcome, cause
from .fields import REASON, Field
from .operations import operation

ENTER, ASK = "acquaintance.enter", "acquaintance.ask"
RULE = gettext_noop("Statutes 2011, Art. 23–24")
#: PostgreSQL advisory lock: two who enter the same day of the same body wait for one another.
STUDY = 98

PAPER = Field("document", "number", _("Number of the paper in the register"))
ENTRY = Field("acquaintance", "number", _("Number of the entry"))
REACHED = Field("reached", "int", _("Members reached"))
INVITED = Field(
    "invited", "int", _("Members to be reached"), required=False,
    help=_("Empty: all members of the body and of those below it on that day."),
)  # fmt: skip
OTHERS = Field("others", "int", _("Others who took part"), required=False, default=0)


def _unit(asked) -> Unit:
    return asked["unit"]


def _body_of(asked):
    found = Acquaintance.objects.filter(spell=asked["acquaintance"]).select_related("unit").first()
    return found.unit if found else access.root()


def _paper(number: int) -> Document:
    paper = Document.objects.filter(pk=number).first()
    if paper is None:
        raise Refusal(
            _("No document has this number. Search for it by its symbol."), field="document", code="no_paper"
        )
    if paper.secret:
        raise Refusal(
            _("Of a secret paper only number, kind and day are kept; nothing is entered of its study."),
            field="document", code="secret", citation="HD 36-HD/VPTW",
        )  # fmt: skip
    return paper


def _locking(unit: Unit) -> list[Statement]:
    if connection.vendor != "postgresql":
        return []
    return [("SELECT pg_advisory_xact_lock(%s, %s)", [STUDY, unit.pk & 0x7FFFFFFF])]


@operation(
    "acquaintance.enter",
    label=_("Enter acquaintance with a paper"),
    act=ENTER,
    at=_unit,
    citation=RULE,
    day_label=_("Held on"),
    help=_("Numbers of people only, never who came. Every member is counted once, at the first time."),
    fields=[
        Field("unit", "unit", _("Body")),
        PAPER,
        Field("form", "choice", _("Form"), choices=StudyForm.choices),
        REACHED,
        INVITED,
        OTHERS,
        Field("for_all", "bool", _("Held for the members of all bodies below as well"), required=False,
              default=False),
    ],
)  # fmt: skip
def enter(act: Act, *, day, unit, document, form, reached, invited, others, for_all):
    paper = _paper(document)
    if day > act.day:
        raise Refusal(
            _("%(day)s lies in the future; record it when it has happened.") % {"day": wording.day(day)},
            field="day", code="in_the_future",
        )  # fmt: skip
    if paper.day and day < paper.day:
        raise Refusal(
            _("%(symbol)s is of %(day)s; nobody can have studied it before.")
            % {"symbol": paper.symbol, "day": wording.day(paper.day)},
            field="day", code="too_early",
        )  # fmt: skip
    if not UnitPlacement.objects.on(day).filter(unit=unit).exists():
        raise Refusal(
            _("This body does not exist on %(day)s; choose another day or body.") % {"day": wording.day(day)},
            field="unit", code="not_there",
        )  # fmt: skip
    invited = _numbers(unit, day, reached, invited)
    together(_locking(unit))
    key = {"document": paper, "unit": unit, "held": day, "form": form}
    if Acquaintance.objects.filter(**key).exists():
        raise Overlap(
            _("For this day and form numbers are entered already; correct that entry."), field="day"
        )
    row = begin(
        Acquaintance, act, day, cause=cause("studied", document=paper), **key, invited=invited,
        reached=reached, others=others or 0, for_all=bool(for_all),
    )  # fmt: skip
    return Outcome(subjects=_told(row, paper), result=row)


def _numbers(unit: Unit, day, reached: int, invited: int | None) -> int:
    """How many were to be reached: never more than there are, and never fewer than were."""
    members = members_under(unit, day)
    invited = members if invited is None else invited
    if invited > members:
        raise Refusal(
            _("The register has %(members)s members here on that day; %(invited)s cannot be reached.")
            % {"members": members, "invited": invited},
            field="invited", code="more_than_members",
        )  # fmt: skip
    if reached > invited:
        raise Refusal(
            _("More were reached (%(reached)s) than were to be reached (%(invited)s); others who took part "
              "are counted apart.") % {"reached": reached, "invited": invited},
            field="reached", code="more_than_invited",
        )  # fmt: skip
    return invited


def _found(number: int) -> Acquaintance:
    row = Acquaintance.objects.filter(spell=number).select_related("unit", "document").first()
    if row is None:
        raise Refusal(
            _("There is no such entry; open it from the page of the paper again."), field="acquaintance",
            code="no_entry",
        )  # fmt: skip
    return row


@operation(
    "acquaintance.correct",
    label=_("Correct acquaintance with a paper"),
    act=ENTER,
    at=_body_of,
    help=_("Day and form stay; where they are wrong, take the entry back and enter it anew."),
    fields=[ENTRY, REACHED, INVITED, OTHERS, REASON],
)
def correct_numbers(act: Act, *, day, acquaintance, reached, invited, others, reason):
    row = _found(acquaintance)
    value = {
        "reached": reached, "others": others or 0,
        "invited": _numbers(row.unit, row.held, reached, row.invited if invited is None else invited),
    }  # fmt: skip
    why = cause("corrected", document=row.document, text=reason)
    made = correct(Acquaintance, act, _key(row), row.period, value, cause=why, seen=row)
    return Outcome(subjects=_told(made, row.document), result=made)


@operation(
    "acquaintance.take_back",
    label=_("Take back an entry made by mistake"),
    act=ENTER,
    at=_body_of,
    fields=[ENTRY, REASON],
)
def take_back(act: Act, *, day, acquaintance, reason):
    row = _found(acquaintance)
    why = cause("corrected", document=row.document, text=reason)
    correct(Acquaintance, act, _key(row), row.period, None, cause=why, seen=row)
    return Outcome(subjects=_told(row, row.document), result=row)


@operation(
    "acquaintance.ask",
    label=_("Ask for a paper to be studied by a day"),
    act=ASK,
    at=_unit,
    citation=RULE,
    day_label=_("From the day"),
    help=_("All bodies below are asked. Where one of them asks again, the nearer day counts below it."),
    fields=[Field("unit", "unit", _("Body")), PAPER, Field("due", "day", _("To be studied by"))],
)
def ask(act: Act, *, day, unit, document, due):
    paper = _paper(document)
    if due < day:
        raise Refusal(
            _("The last day must not lie before the first one; choose a later day."), field="due", code="days"
        )
    if not UnitPlacement.objects.on(day).filter(unit=unit).exists():
        raise Refusal(
            _("This body does not exist on %(day)s; choose another day or body.") % {"day": wording.day(day)},
            field="unit", code="not_there",
        )  # fmt: skip
    together(_locking(unit))
    key = {"document": paper, "unit": unit}
    row = AcquaintanceCall.objects.filter(**key).first()
    why = cause("issued", document=paper)
    if row is None:
        row = begin(AcquaintanceCall, act, day, cause=why, **key, due=due)
    else:
        row = change(AcquaintanceCall, act, key, max(day, row.valid_from), {"due": due}, cause=why)
    said = {"paper": paper.symbol, "due": due.isoformat()}
    return Outcome(subjects=[(("unit", unit.pk), said), (("document", paper.pk), said)], result=row)


def _key(row: Acquaintance) -> dict[str, Any]:
    return {name: getattr(row, name) for name in Acquaintance.KEY}


def _told(row: Acquaintance, paper: Document) -> list:
    said = {"paper": paper.symbol, "reached": str(row.reached), "invited": str(row.invited)}
    return [(("unit", row.unit_id), said), (("document", paper.pk), said)]
