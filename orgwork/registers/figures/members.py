"""This room is for the figures of membership: how many there are, who came, who went, and why.

Counted are official places (``MembershipPlace``): each member has exactly one at a time. Every boundary of a
place that has a cause is counted in exactly one of the flows below, so that at every body and over every
period opening + increases − decreases + members of bodies that moved in or out = closing.
"""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from orgwork.foundation import provisions
from orgwork.foundation.dates import DAY, Period
from orgwork.registers.members import (
    Condition,
    Membership,
    MembershipCondition,
    MembershipPlace,
    MembershipStanding,
    PlaceKind,
    Standing,
)

from . import groups
from .base import CHANGE, FLOW, RATIO, STOCK, Derived, Indicator, add, day_of, months_before, ratio

#: Boundaries that count for themselves wherever the member was before or is after.
ENTRIES = ("admitted", "readmitted", "restored", "takeover")
EXITS = ("left", "died", "expelled", "deleted")
CORRECTED = "corrected"

#: The law of flows: these raise the stock, these lower it.
INCREASES = (
    "members.admitted", "members.readmitted", "members.restored", "members.transferred_in",
    "members.corrected_in", "members.taken_over", "members.moved_in",
)  # fmt: skip
DECREASES = (
    "members.left", "members.died", "members.expelled", "members.deleted", "members.transferred_out",
    "members.corrected_out", "members.moved_out",
)  # fmt: skip


def places(known_at):
    """Official places: those that are counted."""
    return MembershipPlace.objects.at(known_at).filter(kind=PlaceKind.OFFICIAL)


def _stock(day, *, known_at):
    return places(known_at).valid_on(day)


def _of_standing(standing):
    def records(day, *, known_at):
        rows = MembershipStanding.objects.on(day, known_at=known_at).filter(standing=standing)
        return _stock(day, known_at=known_at).filter(person__in=rows.values("person"))

    return records


def _in_condition(kind):
    """Members in a condition, by their official cell: they stay in the stock and are shown apart."""

    def records(day, *, known_at):
        rows = MembershipCondition.objects.on(day, known_at=known_at).filter(kind=kind)
        return _stock(day, known_at=known_at).filter(person__in=rows.values("person"))

    return records


def _elsewhere(day, *, known_at):
    """Members with a temporary place, in a cell of the register or outside it, by their official cell."""
    here = _temporary(day, known_at=known_at).values("person")
    outside = MembershipCondition.objects.on(day, known_at=known_at).filter(kind=Condition.AWAY)
    found = Q(person__in=here) | Q(person__in=outside.values("person"))
    return _stock(day, known_at=known_at).filter(found)


def _everybody(day, *, known_at):
    """Official and temporary places alike."""
    return MembershipPlace.objects.on(day, known_at=known_at)


def _temporary(day, *, known_at):
    return MembershipPlace.objects.on(day, known_at=known_at).filter(kind=PlaceKind.TEMPORARY)


def _begun(period: Period, known_at):
    return MembershipPlace.objects.begun_in(period, known_at=known_at).filter(kind=PlaceKind.OFFICIAL)


def _ended(period: Period, known_at):
    return MembershipPlace.objects.ended_in(period, known_at=known_at).filter(kind=PlaceKind.OFFICIAL)


def _began_by(*kinds):
    return lambda period, *, known_at: _begun(period, known_at).filter(begun_by__kind__in=kinds)


def _ended_by(*kinds):
    return lambda period, *, known_at: _ended(period, known_at).filter(ended_by__kind__in=kinds)


def _came_from(queryset, known_at):
    """Adds ``other``: the cell the member was in up to the day before, unless membership itself had ended."""
    before = places(known_at).filter(
        person=OuterRef("person"), valid_to=OuterRef("valid_from"), ended_by__isnull=False
    )
    return queryset.annotate(other=Subquery(before.exclude(ended_by__kind__in=EXITS).values("unit")[:1]))


def _went_to(queryset, known_at):
    """Adds ``other``: the cell the member is in from that day on, unless membership began anew."""
    after = places(known_at).filter(
        person=OuterRef("person"), valid_from=OuterRef("valid_to"), begun_by__isnull=False
    )
    return queryset.annotate(other=Subquery(after.exclude(begun_by__kind__in=ENTRIES).values("unit")[:1]))


def _transferred_in(period, *, known_at):
    return _came_from(_begun(period, known_at).exclude(begun_by__kind__in=(*ENTRIES, CORRECTED)), known_at)


def _transferred_out(period, *, known_at):
    return _went_to(_ended(period, known_at).exclude(ended_by__kind__in=(*EXITS, CORRECTED)), known_at)


def _corrected_in(period, *, known_at):
    return _came_from(_begun(period, known_at).filter(begun_by__kind=CORRECTED), known_at)


def _corrected_out(period, *, known_at):
    return _went_to(_ended(period, known_at).filter(ended_by__kind=CORRECTED), known_at)


def _recognised(period, *, known_at):
    """Standings that changed by recognition; the place is the official cell on that day."""
    cell = places(known_at).filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=OuterRef("valid_from")),
        person=OuterRef("person"), valid_from__lte=OuterRef("valid_from"),
    )  # fmt: skip
    found = MembershipStanding.objects.begun_in(period, kinds=["recognised"], known_at=known_at)
    return found.annotate(home=Subquery(cell.values("unit")[:1]))


def _overlapping(period, *, known_at):
    """Members of bodies that may have moved; the frame finds the days on which their bodies did."""
    return places(known_at).overlapping(Period(period.start - DAY, period.end))


def _probation_due(day, *, known_at):
    """On probation since the months of the provision, by the spell's first day (a cut does not start it
    anew).
    """
    months = provisions.on(day)["probation.months"].value
    begun = MembershipStanding.objects.at(known_at).filter(
        standing=Standing.PROBATIONARY, person=OuterRef("person"), spell=OuterRef("spell"),
        valid_from__lte=months_before(day, months),
    )  # fmt: skip
    due = MembershipStanding.objects.on(day, known_at=known_at).filter(
        Exists(begun), standing=Standing.PROBATIONARY
    )
    return _stock(day, known_at=known_at).filter(person__in=due.values("person"))


def is_member(day, known_at, person: str = "person"):
    """Condition: the person of the row is a member on the day."""
    return Exists(Membership.objects.on(day, known_at=known_at).filter(person=OuterRef(person)))


FORM_1 = gettext_noop("HD 11-HD/BTCTW (2021), form 1-TCTW")
FORM_2 = gettext_noop("HD 11-HD/BTCTW (2021), form 2-TCTW")

add(Indicator(
    "members.stock", _("Members"),
    _("Party members whose official cell stands under the body on that day, those on probation included;"
      " temporary places are not counted."),
    "members", STOCK, _stock, FORM_1, breakdowns=groups.MEMBERS,
))  # fmt: skip
add(Indicator(
    "members.probationary", _("Members on probation"),
    _("Members who are on probation on that day, by their official cell."),
    "members", STOCK, _of_standing(Standing.PROBATIONARY), FORM_1, breakdowns=groups.PEOPLE,
))  # fmt: skip
add(Indicator(
    "members.full", _("Full members"),
    _("Members who are full members on that day, by their official cell."),
    "members", STOCK, _of_standing(Standing.FULL), FORM_1, breakdowns=groups.PEOPLE,
))  # fmt: skip
add(Indicator(
    "members.persons", _("People in the cells"),
    _("People with an official or a temporary place under the body on that day; whoever has both counts "
      "once."),
    "people", STOCK, _everybody, FORM_1, distinct=True, breakdowns=groups.PEOPLE,
))  # fmt: skip
add(Indicator(
    "members.temporary", _("Temporary places"),
    _("Temporary places under the body on that day; their holders are counted as members at their official "
      "cell."),
    "members", STOCK, _temporary, FORM_1, breakdowns=groups.PEOPLE,
))  # fmt: skip
add(Indicator(
    "members.elsewhere", _("Members for a time elsewhere"),
    _("Members with a temporary place on that day, in another cell or outside the register, by their official"
      " cell; they are part of the stock."),
    "members", STOCK, _elsewhere, FORM_1, breakdowns=groups.PEOPLE,
))  # fmt: skip
for _held, _label, _text in (
    (
        Condition.EXEMPT, _("Members exempt from work and activities"),
        _("Members exempt from work and activities on that day, by their official cell; they are part of the"
          " stock."),
    ),
    (
        Condition.SUSPENDED, _("Members suspended"),
        _("Members whose activity is suspended on that day, by their official cell; they are part of the"
          " stock."),
    ),
    (
        Condition.MISSING, _("Members missing"),
        _("Members with whom contact is lost on that day, by their official cell; they are part of the"
          " stock."),
    ),
):  # fmt: skip
    add(Indicator(f"members.{_held}", _label, _text, "members", STOCK, _in_condition(_held), FORM_1,
                  breakdowns=groups.PEOPLE))  # fmt: skip
add(Indicator(
    "members.admitted", _("Members admitted"),
    _("Admission decisions, by the day of the decision and the cell of that day; re-admissions are counted "
      "apart."),
    "members", FLOW, _began_by("admitted"), f"QĐ 294-QĐ/TW; {FORM_2}", judged="start",
    breakdowns=(groups.SEX, groups.AGE, groups.PLACE),
))  # fmt: skip
add(Indicator(
    "members.readmitted", _("Members re-admitted"),
    _("Decisions to admit a former member again, by the day of the decision."),
    "members", FLOW, _began_by("readmitted"), FORM_2, judged="start",
    breakdowns=(groups.SEX, groups.AGE, groups.PLACE),
))  # fmt: skip
add(Indicator(
    "members.restored", _("Members restored"),
    _("Members whose deletion was undone on complaint, by the day of that decision; the years of membership"
      " have no gap, but meanwhile they were in no cell."),
    "members", FLOW, _began_by("restored"), FORM_1, judged="start", breakdowns=groups.PEOPLE,
))  # fmt: skip
add(Indicator(
    "members.new", _("New members"),
    _("Admissions and re-admissions together, by the day of the decision."),
    "members", FLOW, _began_by("admitted", "readmitted"), FORM_2, judged="start",
    breakdowns=(groups.WAY, groups.SEX, groups.AGE, groups.PLACE),
))  # fmt: skip
add(Indicator(
    "members.recognised", _("Members recognised as full members"),
    _("Decisions to recognise a member as full member after probation, by the official cell on that day."),
    "members", FLOW, _recognised, FORM_1, unit="home", judged="start", breakdowns=groups.PEOPLE,
))  # fmt: skip
add(Indicator(
    "members.transferred_in", _("Members transferred in"),
    _("Members whose official place came from a cell outside the body, or from outside the register;"
      " transfers within the body are not counted."),
    "members", FLOW, _transferred_in, FORM_1, judged="start", against="other", breakdowns=groups.PEOPLE,
))  # fmt: skip
add(Indicator(
    "members.transferred_out", _("Members transferred out"),
    _("Members whose official place went to a cell outside the body, or out of the register;"
      " transfers within the body are not counted."),
    "members", FLOW, _transferred_out, FORM_1, judged="end", against="other", breakdowns=groups.PEOPLE,
))  # fmt: skip
for _code, _label, _text in (
    (
        "left",
        _("Members who left"),
        _("Memberships ended because the member asked to leave, by the last day."),
    ),
    ("died", _("Members who died"), _("Memberships ended by death, by the last day.")),
    ("expelled", _("Members expelled"), _("Memberships ended by expulsion, by the last day.")),
    (
        "deleted",
        _("Members deleted from the list"),
        _("Memberships ended by deletion from the list, by the last day."),
    ),
):
    add(Indicator(f"members.{_code}", _label, _text, "members", FLOW, _ended_by(_code), FORM_1, judged="end",
                  breakdowns=groups.PEOPLE))  # fmt: skip
add(Indicator(
    "members.taken_over", _("Members taken over"),
    _("Members who entered the register with its opening balance; no increase of the party."),
    "members", FLOW, _began_by("takeover"), FORM_1, judged="start", breakdowns=groups.PEOPLE,
))  # fmt: skip
add(Indicator(
    "members.corrected_in", _("Members more by correction"),
    _("Places that begin under the body only because a record was corrected."),
    "members", FLOW, _corrected_in, FORM_1, judged="start", against="other", breakdowns=groups.PEOPLE,
))  # fmt: skip
add(Indicator(
    "members.corrected_out", _("Members fewer by correction"),
    _("Places that end under the body only because a record was corrected."),
    "members", FLOW, _corrected_out, FORM_1, judged="end", against="other", breakdowns=groups.PEOPLE,
))  # fmt: skip
add(Indicator(
    "members.moved_in", _("Members of bodies that moved in"),
    _("Members of bodies that came to stand under the body in the period, without changing their cell;"
      " a body that only changed its step below it has not moved."),
    "members", FLOW, _overlapping, FORM_1, structural="in", breakdowns=groups.PEOPLE,
))  # fmt: skip
add(Indicator(
    "members.moved_out", _("Members of bodies that moved out"),
    _("Members of bodies that ceased to stand under the body in the period, without changing their cell;"
      " a body that only changed its step below it has not moved."),
    "members", FLOW, _overlapping, FORM_1, structural="out", breakdowns=groups.PEOPLE,
))  # fmt: skip
add(Indicator(
    "probation.due", _("Probation ended, recognition due"),
    _("Members on probation whose probation has lasted the months it takes, by their official cell."),
    "members", STOCK, _probation_due, "Statutes 2011, Art. 5 (1)", provisions=("probation.months",),
))  # fmt: skip


def _minus(first, second):
    return lambda values, _period: values[first] - values[second]


def _both(*codes):
    return lambda period: [(code, code, period) for code in codes]


def _per_year(values, period: Period):
    """Admissions ÷ (days of the period ÷ days of a year)."""
    days = float(provisions.on(day_of(period))["figures.days_per_year"].value)
    return round(values["members.admitted"] / period.length * days, 2)


def _rate(values, period: Period):
    a_year = _per_year(values, period)
    base = values["members.stock"]
    if provisions.on(day_of(period))["figures.admission_rate_of"].value == "mean_stock":
        base = (base + values["opening"]) / 2
    found = ratio(a_year, base, times=100)
    return None if found is None else round(found, 2)


def _rate_parts(period: Period):
    parts = [
        ("members.admitted", "members.admitted", period),
        ("members.stock", "members.stock", period.last),
    ]
    if provisions.on(day_of(period))["figures.admission_rate_of"].value == "mean_stock":
        parts.append(("opening", "members.stock", period.start))
    return parts


add(Derived(
    "members.corrected", _("Change by corrections"),
    _("Members more by correction less members fewer by correction."),
    "members", CHANGE, _both("members.corrected_in", "members.corrected_out"),
    _minus("members.corrected_in", "members.corrected_out"), FORM_1,
))  # fmt: skip
add(Derived(
    "members.change", _("Change of membership"),
    _("Members on the last day less members on the day before the first."),
    "members", CHANGE,
    lambda period: [
        ("closing", "members.stock", period.last), ("opening", "members.stock", period.start - DAY),
    ],
    _minus("closing", "opening"), FORM_1,
))  # fmt: skip
add(Derived(
    "members.admitted_per_year", _("Members admitted a year"),
    _("Members admitted ÷ days of the period, both ends included, × 365.25."),
    "members_per_year", RATIO, _both("members.admitted"), _per_year, FORM_2, ("figures.days_per_year",),
))  # fmt: skip
add(Derived(
    "members.admission_rate", _("Admission rate"),
    _("Members admitted a year ÷ members at the end of the period × 100."),
    "percent_per_year", RATIO, _rate_parts, _rate, f"NQ 21-NQ/TW (2022); {FORM_2}",
    ("figures.days_per_year", "figures.admission_rate_of"),
))  # fmt: skip
