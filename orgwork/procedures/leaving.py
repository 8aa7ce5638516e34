"""This room is for the end of a membership by death or at one's own wish.

Everything somebody held ends with one cause: membership, standing, place, posts; open cases are withdrawn.
"""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_lazy as _

from orgwork.foundation import provisions
from orgwork.foundation.dates import DAY, end
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Refusal
from orgwork.registers.appointments import Appointment
from orgwork.registers.people import Person
from orgwork.registers.record import Cause
from orgwork.registers.units import Unit

from .cases import (
    Case,
    CaseStep,
    Opening,
    Outcome,
    Procedure,
    cause,
    meet_deadlines,
    not_before,
    refuse_second_case,
    vote,
)
from .conditions import entitled
from .fields import PAPER, PROTOCOL, REASON, REMARK, Field
from .members import end_membership, require_home
from .operations import operation
from .papers import shown


@operation(
    "member.died",
    label=_("Record a death"),
    act="member.close",
    at=lambda asked: require_home(asked["person"], asked["day"] - DAY),
    locks=["person"],
    day_label=_("Day of death"),
    fields=[
        Field("person", "person", _("Member")),
        Field("document", "document", _("Death certificate or notice"), required=False, paper="notice"),
    ],
)
def record_death(act: Act, *, day, person: Person, document):
    """Membership, place and posts end on the day of death; the file is kept."""
    if day > act.day:
        raise Refusal(_("A death cannot lie in the future; look at the day again."), field="day")
    cell = require_home(person, day - DAY)
    why = cause("died", document=document)
    end_membership(act, person, day, cause=why)
    released = release(act, person, day, why)
    closed = close_cases(act, person, day)
    said = {"cell": cell.code, "paper": shown(document), "released": released}
    subjects = [(("person", person.pk), said), (("unit", cell.pk), {"died": person.pk}), *closed]
    return Outcome(subjects=subjects, result=why)


leaving = Procedure(
    "leaving",
    label=_("Leaving at one's own wish"),
    states={
        "requested": _("requested"),
        "considered": _("considered by the cell, to be decided"),
        "left": _("left"),
        "refused": _("refused"),
        "withdrawn": _("withdrawn"),
    },
    initial="requested",
    final=("left", "refused", "withdrawn"),
    citation="Statutes 2011, Art. 8 (2)",
    help=_("The cell considers the request, the competent committee decides."),
)


@leaving.opener(
    label=_("Receive a request to leave"),
    act="transfer.send",
    at=lambda asked: require_home(asked["person"], asked["day"]),
    locks=["person"],
    fields=[Field("person", "person", _("Member"))],
)
def open_leaving(act: Act, *, day, person: Person):
    cell = require_home(person, day)
    refuse_second_case(
        "leaving", person, day, _("A request of %(name)s is under way already; go on with that case.")
    )
    return Opening(unit=cell, person=person, data={"cell": cell.pk})


@leaving.step(
    "consider",
    source="requested",
    target="considered",
    act="admission.cell",
    label=_("Record what the cell says"),
    day_label=_("Day of the cell's meeting"),
    locks=["cell"],
    fields=[PROTOCOL, REMARK],
)
def consider(case: Case, act: Act, *, day, protocol, remark):
    cell = Unit.objects.get(pk=case.data["cell"])
    rule = provisions.on(day)["votes.simple"]
    result = vote(
        case, act, unit=cell, kind="leaving_cell", day=day, rule=rule, numbers=protocol,
        expected=entitled(cell, day),
    )  # fmt: skip
    case.data["considered"] = day.isoformat()
    said = {"agreed": result.agreed, "votes_for": result.votes_for, "entitled": result.entitled}
    return Outcome(protocol=result, remark=remark, said=said)


@leaving.step(
    "let_go",
    source="considered",
    target="left",
    act="member.close",
    label=_("Let go by decision"),
    day_label=_("Day of the decision"),
    locks=["cell", "person"],
    fields=[PAPER],
)
def let_go(case: Case, act: Act, *, day, document):
    not_before(dt.date.fromisoformat(case.data["considered"]), day, _("The cell's meeting"))
    why = cause("left", case=case, document=document)
    end_membership(act, case.subject, day, cause=why)
    released = release(act, case.subject, day, why, party_only=True)
    closed = close_cases(act, case.subject, day, besides=case)
    said = {"decision": shown(document), "released": released}
    return Outcome(document=document, subjects=[(("person", case.person_id), said), *closed])


@leaving.step(
    "refuse",
    source="considered",
    target="refused",
    act="member.close",
    label=_("Refuse"),
    help=_("Who is to be expelled cannot leave instead."),
    kind="close",
    fields=[REASON],
)
def refuse(case: Case, act: Act, *, day, reason):
    return Outcome(remark=reason, said={"reason": reason})


withdraw = leaving.may_be_withdrawn(source=("requested", "considered"), act="transfer.send")


def release(act: Act, person: Person, day: dt.date, why: Cause, *, party_only: bool = False) -> list[str]:
    """End the posts the person holds, or the party's alone (who leaves it may stay head of a village)."""
    codes = []
    for row in Appointment.objects.on(day - DAY).filter(person=person).select_related("post"):
        if party_only and provisions.posts()[row.post.kind].family != "party":
            continue
        if row.valid_to is None or row.valid_to > day:
            end(Appointment, act, {"post": row.post, "acting": row.acting}, day, cause=why)
            codes.append(row.post.code)
    return codes


def close_cases(act: Act, person: Person, day: dt.date, *, besides: Case | None = None) -> list:
    """Open cases about somebody who is no member any more are withdrawn; what the journal says of them."""
    cases = Case.objects.filter(person=person, closed_on__isnull=True)
    if besides is not None:
        cases = cases.exclude(pk=besides.pk)
    subjects = []
    for case in cases.select_for_update(no_key=True).order_by("pk"):
        source, closed = case.state, max(day, case.opened_on)
        case.state, case.closed_on, case.version = "withdrawn", closed, case.version + 1
        case.save(update_fields=["state", "closed_on", "version"])
        CaseStep.objects.create(
            case=case,
            step="withdraw",
            source=source,
            target="withdrawn",
            day=closed,
            moment=act.moment,
            actor=act.actor,
        )
        meet_deadlines(case, act, closed)
        subjects.append((("case", case.pk), {"from": source, "to": case.state}))
    return subjects
