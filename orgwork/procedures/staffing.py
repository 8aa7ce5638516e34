"""This room is for the posts of the budget: who fills one, who leaves it and why, who retires when (domain.md
§7.2, §6.5).
"""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_lazy as _

from orgwork.foundation.dates import DAY, begin, begin_or_change, change, end
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Refusal
from orgwork.registers.appointments import Appointment
from orgwork.registers.people import Person
from orgwork.registers.reorganisation import ChangeOf, Plan, PlanState
from orgwork.registers.staffing import (
    DEPARTURES,
    AffectedPerson,
    BenefitKind,
    Manner,
    Occupancy,
    RetirementDecision,
    Solution,
    StaffBenefit,
    StaffCategory,
    month_of,
)
from orgwork.registers.units import Unit

from .cases import Outcome, cause
from .fields import PAPER, Field
from .operations import operation
from .papers import shown
from .reorganisation_handover import left


def workplace(person: Person, day: dt.date) -> Occupancy:
    """Where somebody fills a post on the day."""
    found = Occupancy.objects.on(day).filter(person=person).select_related("unit").first()
    if found is None:
        raise Refusal(
            _("This person fills no post of the budget on that day; choose another person or day."),
            field="person", code="no_workplace",
        )  # fmt: skip
    return found


@operation(
    "staff.place",
    label=_("Give somebody a post of the budget"),
    act="staff.keep",
    at=lambda asked: asked["unit"],
    locks=["unit", "person"],
    day_label=_("First day"),
    help=_("Whoever fills one already changes from it to this one."),
    fields=[
        Field("person", "person", _("Person")),
        Field("unit", "unit", _("Body")),
        Field("category", "choice", _("Category"), choices=lambda: StaffCategory.choices),
        Field("manner", "choice", _("Manner"), choices=lambda: Manner.choices, default=Manner.QUOTA.value),
        Field("title", "text", _("Job"), required=False, most=120),
        PAPER,
    ],
)
def place(act: Act, *, day, person: Person, unit: Unit, category, manner, title, document):
    """Somebody works at a body from the day on. A full quota refuses nobody: over it is shown."""
    values = {"unit": unit, "category": category, "manner": manner, "title": title}
    before = Occupancy.objects.on(day).filter(person=person).select_related("unit").first()
    why = cause("appointed", document=document)
    if before is None:
        begin(Occupancy, act, day, person=person, cause=why, **values)
    elif all(getattr(before, name) == value for name, value in values.items()):
        raise Refusal(_("This person fills that very post already."), field="person", code="same")
    else:
        change(Occupancy, act, {"person": person}, day, values, cause=why)
    said = {"unit": unit.pk, "category": category, "manner": manner, "decision": shown(document)}
    about = [(("person", person.pk), said), (("unit", unit.pk), {"person": person.pk, "category": category})]
    return Outcome(subjects=about)


@operation(
    "staff.leave",
    label=_("Record that somebody leaves a post of the budget"),
    act="staff.keep",
    at=lambda asked: workplace(asked["person"], asked["day"]).unit,
    locks=["person"],
    day_label=_("Last day"),
    fields=[
        Field("person", "person", _("Person")),
        Field("reason", "choice", _("Reason"), choices=lambda: DEPARTURES.items()),
        PAPER,
    ],
)
def leave(act: Act, *, day, person: Person, reason, document):
    """The last day is worked; departures by reason are counted from the causes."""
    found = workplace(person, day)
    end(Occupancy, act, {"person": person}, day + DAY, cause=cause(reason, document=document))
    said = {"unit": found.unit_id, "reason": reason, "decision": shown(document)}
    about = [
        (("person", person.pk), said),
        (("unit", found.unit_id), {"person": person.pk, "reason": reason}),
    ]
    return Outcome(subjects=about)


@operation(
    "retirement.decide",
    label=_("Decide on an earlier or later retirement"),
    act="staff.keep",
    at=lambda asked: workplace(asked["person"], asked["day"]).unit,
    locks=["person"],
    day_label=_("Day of the decision"),
    help=_("Without a decision the month follows from sex and birth by the road map."),
    citation="Decree 83/2022; Decree 178/2024",
    fields=[
        Field("person", "person", _("Person")),
        Field("last_day", "day", _("Last day of work")),
        PAPER,
    ],
)
def decide_retirement(act: Act, *, day, person: Person, last_day, document):
    if last_day < day:
        raise Refusal(
            _("The last day of work cannot lie before the decision."), field="last_day", code="too_early"
        )
    month = last_day.replace(day=1)
    before = month_of(person, day)
    if before == month:
        raise Refusal(
            _("That is the month already; nothing needs to be decided."), field="last_day", code="same"
        )
    why = cause("issued", document=document)
    begin_or_change(RetirementDecision, act, {"person": person}, day, {"month": month}, cause=why)
    said = {"month": month.isoformat(), "decision": shown(document)}
    said |= {"before": before.isoformat()} if before else {}
    return Outcome(subjects=[(("person", person.pk), said)], result=month)


# ── people affected by a reorganisation, and care for staff ──────────────────────────────────────────────


#: Changes by which a body ends.
ENDING = (ChangeOf.END, ChangeOf.MERGE, ChangeOf.ABSORB, ChangeOf.SPLIT)


def affected_by(plan: Plan) -> dict[int, int]:
    """Whom the plan takes a post from: person → the body that ends. Nobody enters this list and nobody is
    taken from it by hand: it follows from who holds a post or works at a body that ends (domain.md §7.3).
    """
    ending = plan.changes.filter(kind__in=ENDING, subject__isnull=False).values("subject")
    day = plan.day - DAY
    held = Appointment.objects.on(day).filter(post__unit__in=ending).values_list("person", "post__unit")
    works = Occupancy.objects.on(day).filter(unit__in=ending).values_list("person", "unit")
    return {person: unit for person, unit in [*held.order_by("pk"), *works.order_by("pk")]}


def settled(plan: Plan, day: dt.date, known_at=None):
    """With whom something was agreed."""
    rows = AffectedPerson.objects.on(day, known_at=known_at).filter(plan=plan)
    return rows.exclude(solution="")


def forgotten(plan: Plan, day: dt.date, known_at=None) -> list[int]:
    """Those with whom nothing is agreed yet; empty before a plan is closed."""
    done = set(settled(plan, day, known_at).values_list("person", flat=True))
    return [person for person in affected_by(plan) if person not in done]


def plan_of(number: int) -> Plan:
    found = Plan.objects.filter(pk=number).first()
    if found is None:
        raise Refusal(_("This reorganisation plan does not exist."), field="plan", code="no_such_plan")
    return found


def at_the_body_that_ends(asked) -> Unit:
    """Whoever keeps the staff of the body that ends agrees with its people."""
    affected = affected_by(plan_of(asked["plan"]))
    unit = affected.get(asked["person"].pk)
    if unit is None:
        raise Refusal(
            _("This plan takes no post from this person; choose somebody of the list."), field="person",
            code="not_affected",
        )  # fmt: skip
    return Unit.objects.get(pk=unit)


@operation(
    "staff.agree",
    label=_("Record what was agreed with somebody affected"),
    act="staff.keep",
    at=at_the_body_that_ends,
    locks=["person"],
    day_label=_("Talked over on"),
    citation="KL 163-KL/TW",
    fields=[
        Field("plan", "number", _("Reorganisation plan"), picks="plan"),
        Field("person", "person", _("Person")),
        Field("solution", "choice", _("Solution"), choices=lambda: Solution.choices),
        Field("due", "day", _("To be settled by"), required=False),
        Field("note", "words", _("Agreed"), required=False),
    ],
)
def agree(act: Act, *, day, plan, person: Person, solution, due, note):
    if due is not None and due < day:
        raise Refusal(_("The deadline cannot lie before the talk."), field="due", code="too_early")
    one = plan_of(plan)
    key = {"plan": one, "person": person}
    values = {"solution": solution, "talked_on": day, "due": due, "note": note or ""}
    why = cause("other")
    begin_or_change(AffectedPerson, act, key, day, values, cause=why)
    said = {"plan": one.code, "solution": solution}
    return Outcome(subjects=[(("person", person.pk), said)])


@operation(
    "plan.close",
    label=_("Close a reorganisation"),
    act="unit.end",
    at=lambda asked: head_of(plan_of(asked["plan"])),
    day_label=_("Day"),
    help=_("When everybody affected has a solution and everything is handed over."),
    fields=[Field("plan", "number", _("Reorganisation plan"))],
)
def close(act: Act, *, day, plan):
    """Nothing is left hanging: no person without a solution, no line of a handover unsigned."""
    one = Plan.objects.select_for_update(no_key=True).get(pk=plan_of(plan).pk)
    if one.state != PlanState.ENACTED or day < one.day:
        raise Refusal(
            _("Only a plan that is enacted and whose day has come can be closed."), field="plan",
            code="not_enacted",
        )  # fmt: skip
    if one.closed_on is not None:
        raise Refusal(_("The plan is closed already."), field="plan", code="closed")
    if open_people := len(forgotten(one, day)):
        raise Refusal(
            _("%(count)s people affected are still without a solution; agree with them first.")
            % {"count": open_people},
            field="plan", code="people_forgotten",
        )  # fmt: skip
    if unsigned := left(one).count():
        raise Refusal(
            _("%(count)s lines of the handover are not signed by both sides yet.") % {"count": unsigned},
            field="plan", code="not_handed_over",
        )  # fmt: skip
    one.closed_on = day
    one.save(update_fields=["closed_on"])
    return Outcome(subjects=[(("unit", head_of(one).pk), {"plan": one.code})])


def head_of(plan: Plan) -> Unit:
    if plan.unit is None:
        raise Refusal(_("This plan changes territories only; there is nothing to close."), field="plan")
    return plan.unit


@operation(
    "staff.benefit",
    label=_("Grant somebody of the staff a benefit"),
    act="staff.keep",
    at=lambda asked: last_workplace(asked["person"], asked["day"]),
    locks=["person"],
    day_label=_("First day"),
    help=_("For a reorganisation, a posting elsewhere, housing, illness or hardship."),
    fields=[
        Field("person", "person", _("Person")),
        Field("kind", "choice", _("Kind"), choices=lambda: BenefitKind.choices),
        Field("until", "day", _("Last day"), required=False, help=_("Empty: paid once, or without an end.")),
        Field("amount", "number", _("Amount in đồng"), required=False),
        Field("rule", "text", _("By which rule"), help=_("For example: Decree 178/2024, Art. 7.")),
        Field("plan", "number", _("Reorganisation plan"), required=False, picks="plan"),
        PAPER,
    ],
)
def grant(act: Act, *, day, person: Person, kind, until, amount, rule, plan, document):
    if until is not None and until < day:
        raise Refusal(_("The last day cannot lie before the first."), field="until", code="too_early")
    why = cause("benefit_granted", document=document)
    ends = {"until": until + DAY, "until_cause": why} if until else {}
    about = plan_of(plan) if plan else None
    values = {"amount": amount, "rule": rule, "plan": about}
    begin(StaffBenefit, act, day, person=person, kind=kind, cause=why, **values, **ends)
    said = {"kind": kind, "rule": rule, "decision": shown(document)}
    said |= {"until": until.isoformat()} if until else {}
    return Outcome(subjects=[(("person", person.pk), said)])


def last_workplace(person: Person, day: dt.date) -> Unit:
    """Where somebody works, or worked last: a benefit may follow the departure."""
    rows = Occupancy.objects.filter(person=person, valid_from__lte=day).select_related("unit")
    found = rows.order_by("-valid_from").first()
    if found is None:
        raise Refusal(
            _("This person fills no post of the budget on that day; choose another person or day."),
            field="person", code="no_workplace",
        )  # fmt: skip
    return found.unit
