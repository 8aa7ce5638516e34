"""This room is for letters of introduction: their numbers, what they say, and the book of counterfoils.

A letter is the paper of the step that sends a member on; whoever sent, for whom, where to and until when is
known by the case. So the book needs no table of its own: what became of a letter is what became of its case.
Numbers run by issuing body; one that was used stays used, also when the letter was cancelled or came back.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orgwork.foundation.moments import Act
from orgwork.registers.documents import Document
from orgwork.registers.members import MemberCard, Membership, MembershipStanding, Standing
from orgwork.registers.people import PersonName, PersonParticulars
from orgwork.registers.units import Unit, names_of

from . import numbering
from .cases import Case, CaseDeadline, CaseStep
from .fields import Field
from .members import above, grassroots

KIND = "letter_of_introduction"
#: How a step that issues a letter asks for it.
LETTER = Field(
    "document", "document", _("Letter of introduction"), paper=KIND, required=False,
    help=_("Empty: the next number of the series of the body that issues it."),
)  # fmt: skip
#: States of a case in which the member arrived; every other end means that the letter was not used.
ARRIVED = ("received", "left", "returned")
#: Steps and states by which a letter becomes void, so that the next one needs a number of its own.
VOID, EXPIRED = ("send_back", "set_back"), ("lapsed", "expired")
STATES = {
    "sent": _("on the way"),
    "late": _("not presented in time"),
    "presented": _("presented"),
    "returned": _("sent back, void"),
    "expired": _("expired"),
    "cancelled": _("cancelled"),
}


def issuer_of(cell: Unit, day: dt.date) -> Unit:
    """Who writes letters for the members of a cell: its grassroots organisation, or the cell if it is one."""
    chain = above(cell, day)
    return chain[grassroots(chain)].unit


def draw(act: Act, cell: Unit, day: dt.date) -> Document:
    """The next letter of the issuing body's series, registered as a paper. Numbers leave no gap."""
    return numbering.register_paper(act, issuer=issuer_of(cell, day), kind=KIND, day=day)


# ── the book of counterfoils ────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Letter:
    """One counterfoil: which letter, for whom, from where to where, until when, and what became of it."""

    step: int
    case: int
    procedure: str
    document: Document
    person: int | None
    day: dt.date
    due: dt.date | None
    source: int | None
    target: int | None
    outside: str
    state: str
    since: dt.date | None

    @property
    def label(self) -> Any:
        return STATES[self.state]


def issued(unit_ids=None):
    """The steps that sent letters of bodies of the register; those of some bodies if asked for."""
    rows = CaseStep.objects.filter(document__kind=KIND, document__issuer__isnull=False)
    if unit_ids is not None:
        rows = rows.filter(document__issuer__in=unit_ids)
    return rows.select_related("case", "document")


def book(steps: Iterable[CaseStep], day: dt.date) -> list[Letter]:
    """Counterfoils as they stood on the day; three queries for any number of them."""
    steps = list(steps)
    cases = {step.case_id for step in steps}
    later = _later_steps(cases, day)
    dues: dict[int, list[CaseDeadline]] = {}
    for one in CaseDeadline.objects.filter(case__in=cases, kind="presentation").order_by("runs_from", "pk"):
        dues.setdefault(one.case_id, []).append(one)
    return [
        _counterfoil(step, later.get(step.case_id, []), dues.get(step.case_id, []), day) for step in steps
    ]


def _later_steps(cases: set[int], day: dt.date) -> dict[int, list[CaseStep]]:
    found: dict[int, list[CaseStep]] = {}
    for step in CaseStep.objects.filter(case__in=cases, day__lte=day).order_by("pk"):
        found.setdefault(step.case_id, []).append(step)
    return found


def _counterfoil(step: CaseStep, taken: Sequence[CaseStep], dues: Sequence[CaseDeadline], day) -> Letter:
    case, document = step.case, step.document
    assert document is not None
    after = [one for one in taken if one.pk > step.pk]
    # The deadlines of a case are set anew by each letter, in the order of the letters.
    letters = [one.pk for one in taken if one.step == step.step]
    place = letters.index(step.pk) if step.pk in letters else 0
    due = dues[place].due if place < len(dues) else None
    back = next((one for one in after if one.step in VOID or one.target in EXPIRED), None)
    state, since = _became(case, after, back, due, day)
    data = case.data
    return Letter(
        step=step.pk, case=case.pk, procedure=case.procedure, document=document, person=case.person_id,
        day=document.day or step.day, due=due, source=data.get("source") or data.get("cell"),
        target=data.get("target"), outside=data.get("outside", ""), state=state, since=since,
    )  # fmt: skip


def _became(
    case: Case, after: Sequence[CaseStep], back: CaseStep | None, due, day
) -> tuple[str, dt.date | None]:
    if back is not None:
        return "expired" if back.target in EXPIRED else "returned", back.day
    end = after[-1] if after else None
    closed = end is not None and case.closed_on is not None and case.closed_on <= day
    if closed and end is not None and end.target in ARRIVED:
        return "presented", end.day
    if closed and end is not None:
        return ("cancelled" if end.target == "withdrawn" else "presented"), end.day
    if after and after[0].step == "receive":
        return "presented", after[0].day
    return ("late" if due is not None and due < day else "sent"), None


# ── what a letter says ──────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Words:
    """A letter as it is printed: pairs of label and value for the counterfoil and for the letter itself."""

    symbol: str
    issuer: str
    title: Any
    day: dt.date
    counterfoil: list[tuple[Any, Any]]
    letter: list[tuple[Any, Any]]
    closing: list[Any]


def words(one: Letter) -> Words:
    """What the letter says about the member, as the register had it on the day of the letter."""
    day, person = one.day, one.person
    units = names_of([pk for pk in (one.source, one.target, one.document.issuer_id) if pk], day)
    issuer = units.get(one.document.issuer_id or 0, "")
    name = PersonName.objects.on(day).filter(person=person).values_list("full", flat=True).first() or ""
    born = PersonParticulars.objects.on(day).filter(person=person).first()
    since = Membership.objects.on(day).filter(person=person).first()
    full = MembershipStanding.objects.on(day).filter(person=person, standing=Standing.FULL).first()
    card = MemberCard.objects.on(day).filter(person=person).first()
    source = units.get(one.source or 0, "")
    target = units.get(one.target or 0, "") or one.outside
    head = [(_("Comrade"), name), (_("From"), source), (_("To"), target)]
    until = [(_("To be presented by"), one.due)] if one.due else []
    return Words(
        symbol=one.document.symbol,
        issuer=issuer,
        title=_("Letter of introduction for party activities"),
        day=day,
        counterfoil=[*head, (_("Day of the letter"), day), *until],
        letter=[
            *head[:1],
            (_("Born"), born.birth if born else ""),
            (_("Admitted to the party on"), since.valid_from if since else ""),
            (_("Full member since"), full.valid_from if full else _("on probation")),
            (_("Card number"), card.number if card else "–"),
            *head[1:],
            *until,
        ],
        closing=[
            _("Please receive the member and confirm the arrival. The letter is void after the day named."),
            _("For the committee"),
        ],
    )


def overdue_letters(day: dt.date, unit_ids=None) -> list[Letter]:
    """Letters that were not presented in time and whose case is still open."""
    rows = issued(unit_ids).filter(Q(case__closed_on__isnull=True) | Q(case__closed_on__gt=day), day__lte=day)
    return [one for one in book(rows, day) if one.state == "late"]
