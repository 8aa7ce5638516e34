"""This room is for staff: who fills a post of the budget, who retires when, who is affected (domain.md §7).

A staffing quota counts people, not the seats of committees (registers/posts.py): somebody may hold three
seats and fills one post of the budget, or none.
"""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.utils.translation import gettext_lazy as _

from . import retirement
from .people import Person, PersonParticulars
from .record import Record, guarded, timed
from .units import Unit


class StaffCategory(models.TextChoices):
    """Who is counted apart."""

    OFFICIALS = "officials", _("cadres and civil servants")
    EMPLOYEES = "employees", _("public employees")
    COMMUNE = "commune", _("cadres of communes")
    CONTRACT = "contract", _("contract workers")


class Manner(models.TextChoices):
    """How somebody works there; only the first counts against the quota."""

    QUOTA = "quota", _("within the quota")
    CONTRACT = "contract", _("by contract")
    SECONDED = "seconded", _("seconded from elsewhere")


#: Reasons for which somebody leaves a post of the budget, as kinds of causes.
DEPARTURES = {
    "retired": _("retirement"),
    "retired_early": _("early retirement"),
    "resigned": _("own wish"),
    "redundant": _("policy of reorganisation"),
    "moved_away": _("moved to another employer"),
    "dismissed": _("disciplinary discharge"),
    "died": _("death"),
}


class Occupancy(Record):
    """Somebody works at a body. One place of work at a time; a move to another is a change."""

    KEY = ("person",)

    person = models.ForeignKey(Person, models.PROTECT, related_name="occupancies", verbose_name=_("person"))
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="occupancies", verbose_name=_("body"))
    category = models.CharField(_("category"), max_length=12, choices=StaffCategory)
    manner = models.CharField(_("manner"), max_length=10, choices=Manner, default=Manner.QUOTA)
    title = models.CharField(_("job"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("occupied post of the budget")
        verbose_name_plural = _("occupied posts of the budget")
        base_manager_name = "versions"
        constraints = guarded("occupancy", "person")
        indexes = [*timed("occupancy"), models.Index(fields=["unit", "category"], name="occupancy_unit")]

    def __str__(self):
        return f"{self.person_id} @ {self.unit_id}"


class RetirementDecision(Record):
    """A decision that somebody retires at another time than by the road map; ``month`` is its first day."""

    KEY = ("person",)

    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("person"))
    month = models.DateField(_("last month of work"))

    class Meta:
        verbose_name = _("decision on retirement")
        verbose_name_plural = _("decisions on retirement")
        base_manager_name = "versions"
        constraints = guarded("retirement_decision", "person")
        indexes = [*timed("retirement_decision")]

    def __str__(self):
        return f"{self.person_id}: {self.month:%m/%Y}"


def month_of(person: Person, on: dt.date, known_at=None) -> dt.date | None:
    """The first day of the last month in which somebody works: as decided, else by the road map."""
    decided = RetirementDecision.objects.on(on, known_at=known_at).filter(person=person).first()
    if decided:
        return decided.month
    said = PersonParticulars.objects.on(on, known_at=known_at).filter(person=person).first()
    if said is None or said.birth is None or not said.sex:
        return None
    return retirement.retirement_month(said.sex, said.birth, said.birth_precision)


def retiring(period, on: dt.date, known_at=None) -> models.QuerySet[Person]:
    """Whose last month of work begins in the period, as decided by the day: one condition, however many they
    are.
    """
    decided = RetirementDecision.objects.on(on, known_at=known_at)
    by_law = models.Q(pk__in=[])
    particulars = PersonParticulars.objects.on(on, known_at=known_at)
    for sex in retirement.AGES:
        born = retirement.births_retiring(sex, period)
        if born and born.end:
            rows = particulars.filter(sex=sex, birth__gte=born.start, birth__lt=born.end)
            by_law |= models.Q(pk__in=rows.exclude(birth_precision="year").values("person"))
            years = [
                year for year in range(born.start.year, born.end.year + 1) if dt.date(year, 1, 1) in born
            ]
            rows = particulars.filter(sex=sex, birth_precision="year", birth__year__in=years)
            by_law |= models.Q(pk__in=rows.values("person"))
    by_law &= ~models.Q(pk__in=decided.values("person"))
    then = decided.filter(month__gte=period.start, month__lt=period.end)
    return Person.objects.filter(by_law | models.Q(pk__in=then.values("person")))


class Solution(models.TextChoices):
    """What was agreed with somebody whom a reorganisation affects (domain.md §7.3)."""

    NEW_POST = "new_post", _("new post")
    RETIREMENT = "retirement", _("retirement")
    ALLOWANCE = "allowance", _("leaves with an allowance")
    TRAINING = "training", _("training")
    STAYS = "stays", _("stays as before")


class AffectedPerson(Record):
    """What was talked over and agreed with one person about one reorganisation; open while no solution stands
    there. Confidential: read by those who keep it and by the person.
    """

    KEY = ("plan", "person")

    plan = models.ForeignKey(
        "registers.Plan", models.PROTECT, related_name="affected", verbose_name=_("reorganisation plan")
    )
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("person"))
    solution = models.CharField(_("solution"), max_length=12, choices=Solution, blank=True)
    talked_on = models.DateField(_("talked over on"), null=True)
    due = models.DateField(_("to be settled by"), null=True)
    note = models.TextField(_("agreed"), blank=True)

    class Meta:
        verbose_name = _("person affected by a reorganisation")
        verbose_name_plural = _("people affected by reorganisations")
        base_manager_name = "versions"
        constraints = guarded("affected_person", "plan", "person")
        indexes = [*timed("affected_person")]

    def __str__(self):
        return f"{self.plan_id} #{self.person_id}"


class BenefitKind(models.TextChoices):
    """What somebody is given by policy: for a reorganisation, or in care for staff (C22)."""

    LEAVING = "leaving", _("allowance on leaving")
    EARLY = "early", _("allowance on early retirement")
    RETRAINING = "retraining", _("training paid")
    POSTED = "posted", _("support while posted elsewhere")
    HOUSING = "housing", _("housing")
    HARDSHIP = "hardship", _("help in illness or hardship")
    OTHER = "other", _("other")


class StaffBenefit(Record):
    """Something given to a member of staff by a decision: from when until when, how much, by which rule."""

    KEY = ("person", "kind")

    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("person"))
    kind = models.CharField(_("kind"), max_length=12, choices=BenefitKind)
    plan = models.ForeignKey(
        "registers.Plan", models.PROTECT, null=True, related_name="+", verbose_name=_("reorganisation plan")
    )
    amount = models.PositiveBigIntegerField(_("amount in đồng"), null=True)
    rule = models.CharField(_("by which rule"), max_length=200)

    class Meta:
        verbose_name = _("benefit of staff")
        verbose_name_plural = _("benefits of staff")
        base_manager_name = "versions"
        constraints = guarded("staff_benefit", "person", "kind")
        indexes = [*timed("staff_benefit")]

    def __str__(self):
        return f"#{self.person_id} {self.kind}"
