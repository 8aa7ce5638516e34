"""This room is for party badges: who has reached the years, the proposal from the cell up, and the award.

Party age runs from the admission and leaves out the time outside the party. The list for an award day is
computed; whom it names is proposed by the cell, agreed to by the grassroots committee and awarded by decision
of the committee directly under the Centre. Nobody is awarded by a machine: the list only says who may be.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from orgwork.foundation import provisions, wording
from orgwork.foundation.dates import DAY, begin, end
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Refusal
from orgwork.registers.badges import BadgeManner, MemberBadge
from orgwork.registers.members import (
    Condition,
    Membership,
    MembershipCondition,
    MembershipPlace,
    MembershipStanding,
    PlaceKind,
    Standing,
)
from orgwork.registers.people import Person
from orgwork.registers.units import Unit, under_ids

from .cases import (
    Case,
    Opening,
    Outcome,
    Procedure,
    cause,
    possible_day,
    refuse_second_case,
)
from .fields import PAPER, REASON, REMARK, Field
from .members import above, grassroots, last_home, name_of, standing_on
from .merging import body_of
from .operations import operation
from .papers import shown

NOW, EARLIER = "now", "earlier"


# ── party age ───────────────────────────────────────────────────────────────────────────────────────────


def counted_from(stretches: Iterable[tuple[dt.date, dt.date | None]]) -> dt.date:
    """The day from which party age runs: the first admission, later by every day outside the party."""
    start, gone, last = None, dt.timedelta(), None
    for begun, ended in sorted(stretches, key=lambda one: one[0]):
        if start is None:
            start = begun
        elif last is not None and begun > last:
            gone += begun - last
        last = None if ended is None else max(last or ended, ended)
    if start is None:
        raise ValueError("nobody is a member of nothing")
    return start + gone


def years_later(day: dt.date, years: int) -> dt.date:
    """The anniversary; of 29 February in other years 1 March."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return dt.date(day.year + years, 3, 1)


def years_on(since: dt.date, day: dt.date) -> int:
    """Full years of membership on the day."""
    return day.year - since.year - ((day.month, day.day) < (since.month, since.day))


def memberships(people, day: dt.date, *, known_at: int | None = None) -> dict[int, list]:
    """The stretches of membership of these people that had begun by the day."""
    rows = Membership.objects.at(known_at).filter(person__in=people, valid_from__lte=day)
    found: dict[int, list] = {}
    for person, start, ended in rows.order_by("valid_from").values_list("person", "valid_from", "valid_to"):
        found.setdefault(person, []).append((start, ended))
    return found


def award_days(day: dt.date) -> tuple[dt.date, dt.date]:
    """The award day before this day, and the one on it or after it."""
    said = provisions.on(day)["badges.days"].value
    days = sorted(
        dt.date.fromisoformat(f"{year}-{one}")
        for year in (day.year - 1, day.year, day.year + 1)
        for one in said
    )
    return max(one for one in days if one < day), min(one for one in days if one >= day)


def early_months(years: int, day: dt.date) -> int:
    name = "badges.early_months_from_70" if years >= 70 else "badges.early_months"
    return provisions.on(day)[name].value


# ── the list ────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Candidate:
    """Somebody who has reached the years of a badge by an award day."""

    person: int
    cell: int
    years: int
    since: dt.date  # from which party age runs
    reached: dt.date
    group: str  # now: since the award day before; earlier: nothing was recorded then
    hindrance: Any = ""  # why the rule keeps the person back
    awarded: bool = False  # on this very award day

    @property
    def party_age(self) -> int:
        return self.years


def due(unit: Unit, award_day: dt.date, *, known_at: int | None = None, unit_ids=None) -> list[Candidate]:
    """Whom the list for an award day names at a body: five queries, whatever its size."""
    steps = sorted(provisions.on(award_day)["badges.years"].value)
    before, _next = award_days(award_day)
    scope = under_ids(unit, award_day, known_at=known_at) if unit_ids is None else unit_ids
    places = MembershipPlace.objects.on(award_day, known_at=known_at).filter(
        kind=PlaceKind.OFFICIAL, unit__in=scope
    )
    long_ago = years_later(award_day, -steps[0])
    old = Membership.objects.at(known_at).filter(valid_from__lte=long_ago)
    cells = dict(places.filter(person__in=old.values("person")).values_list("person", "unit"))
    if not cells:
        return []
    full = _among(
        MembershipStanding.objects.on(award_day, known_at=known_at).filter(standing=Standing.FULL), cells
    )
    kept = MembershipCondition.objects.on(award_day, known_at=known_at).filter(kind=Condition.SUSPENDED)
    suspended = _among(kept, cells)
    have: dict[int, dict[int, dt.date]] = {}
    badges = MemberBadge.objects.at(known_at).filter(
        valid_from__lte=award_day, person__in=old.values("person")
    )
    for person, years, day in badges.order_by("valid_from").values_list("person", "years", "valid_from"):
        have.setdefault(person, {}).setdefault(years, day)
    found = []
    for person, stretches in memberships(old.values("person"), award_day, known_at=known_at).items():
        if person in full and person in cells:
            one = _candidate(person, cells[person], stretches, steps, award_day, before, have.get(person, {}))
            if one is not None and person in suspended:
                one = Candidate(**{**vars(one), "hindrance": _("suspended")})
            found += [one] if one is not None else []
    return sorted(found, key=lambda one: (-one.years, one.reached, one.person))


def _among(rows, cells) -> set[int]:
    return set(rows.values_list("person", flat=True)) & set(cells)


def _candidate(person, cell, stretches, steps, award_day, before, have) -> Candidate | None:
    since = counted_from(stretches)
    reached = [years for years in steps if years_later(since, years) <= award_day]
    if not reached or have.get(reached[-1], award_day) < award_day:
        return None
    years = reached[-1]
    day = years_later(since, years)
    return Candidate(person, cell, years, since, day, NOW if day > before else EARLIER, awarded=years in have)


# ── from the proposal to the award ──────────────────────────────────────────────────────────────────────

badge = Procedure(
    "badge",
    label=_("Party badge"),
    states={
        "proposed": _("proposed by the cell"),
        "agreed": _("agreed to, to be decided"),
        "awarded": _("awarded"),
        "declined": _("declined"),
        "withdrawn": _("withdrawn"),
    },
    initial="proposed",
    final=("awarded", "declined", "withdrawn"),
    citation="QĐ 24-QĐ/TW; HD 12-HD/BTCTW (2022)",
    help=_("Party age is counted from the admission without the time outside the party."),
)


def _grassroots(case: Case, asked) -> Unit:
    chain = above(case.unit, asked["day"])
    return chain[grassroots(chain)].unit


def _under_the_centre(case: Case, asked) -> Unit:
    return committee(case.unit, asked["day"])


def committee(unit: Unit, day: dt.date) -> Unit:
    """The party organisation directly under the Centre, whose committee awards badges."""
    chain = above(unit, day)
    return chain[-2].unit if len(chain) > 1 else unit


YEARS = Field(
    "years", "choice", _("Years of membership"), required=False,
    choices=lambda: [(str(n), n) for n in provisions.on(dt.date.today())["badges.years"].value],
    help=_("Empty: the most that have been reached."),
)  # fmt: skip


@badge.opener(
    label=_("Propose a party badge"),
    act="badge.propose",
    at=lambda asked: body_of(asked["person"]),
    locks=["person"],
    fields=[
        Field("person", "person", _("Member")),
        Field("award_day", "day", _("Award day")),
        YEARS,
        Field(
            "manner",
            "choice",
            _("Manner"),
            choices=BadgeManner.choices,
            required=False,
            default=BadgeManner.USUAL,
        ),
    ],
)
def open_badge(act: Act, *, day, person: Person, award_day, years, manner):
    cell = last_home(person, day)
    if cell is None:
        raise Refusal(
            _("%(name)s was never a member; look at the person again.") % {"name": name_of(person, day)},
            field="person",
            code="not_a_member",
        )
    _require_award_day(award_day)
    since = counted_from(memberships([person.pk], day).get(person.pk, [(award_day, None)]))
    number = int(years) if years else _most(since, award_day, manner)
    _require_reached(person, since, number, award_day, manner, day)
    _require_worthy(person, number, award_day, manner, day)
    data = {
        "cell": cell.pk, "award_day": award_day.isoformat(), "years": number, "manner": str(manner),
        "since": since.isoformat(),
    }  # fmt: skip
    said = {"years": number, "award_day": award_day.isoformat()}
    return Opening(unit=cell, person=person, data=data, said=said, subjects=[(("person", person.pk), said)])


def _require_award_day(award_day: dt.date) -> None:
    rule = provisions.on(award_day)["badges.days"]
    if award_day.strftime("%m-%d") not in rule.value:
        raise Refusal(
            _("Badges are awarded on these days: %(days)s. Choose one of them.")
            % {
                "days": "; ".join(
                    wording.day(dt.date.fromisoformat(f"{award_day.year}-{one}")) for one in rule.value
                )
            },
            field="award_day",
            code="no_award_day",
            citation=rule.citation,
        )


def _most(since: dt.date, award_day: dt.date, manner: str) -> int:
    steps = sorted(provisions.on(award_day)["badges.years"].value)
    reached = [years for years in steps if _reaches(since, years, award_day, manner)]
    return reached[-1] if reached else steps[0]


def _reaches(since: dt.date, years: int, award_day: dt.date, manner: str) -> bool:
    """By the award day; in serious illness, and after death, some months less are enough."""
    day = years_later(since, years)
    if manner != BadgeManner.USUAL:
        months = early_months(years, award_day)
        total = day.year * 12 + day.month - 1 - months
        day = dt.date(total // 12, total % 12 + 1, min(day.day, 28))
    return day <= award_day


def _require_reached(person, since, years: int, award_day, manner, day) -> None:
    if not _reaches(since, years, award_day, manner):
        raise Refusal(
            _("%(name)s reaches %(years)s years of membership on %(reached)s, after %(award)s.")
            % {
                "name": name_of(person, day), "years": years,
                "reached": wording.day(years_later(since, years)), "award": wording.day(award_day),
            },
            field="years",
            code="not_reached",
            citation=provisions.on(award_day)["badges.years"].citation,
        )  # fmt: skip


def _require_worthy(person: Person, years: int, award_day, manner, day) -> None:
    """Full members only; nobody while suspended; each badge once, and one proposal at a time."""
    name = name_of(person, day)
    last = min(day, award_day)
    if manner == BadgeManner.POSTHUMOUS:
        gone = Membership.objects.filter(person=person, valid_to__lte=day, ended_by__kind="died").first()
        if gone is None or not provisions.on(award_day)["badges.posthumous"].value:
            raise Refusal(
                _("%(name)s has not died as a member.") % {"name": name}, field="manner", code="not_dead"
            )
        last = gone.valid_to - DAY
    if standing_on(person, last) != Standing.FULL:
        raise Refusal(
            _("%(name)s is not a full member on %(day)s.") % {"name": name, "day": wording.day(last)},
            field="person",
            code="not_full",
        )
    kept = MembershipCondition.objects.on(last).filter(person=person, kind=Condition.SUSPENDED)
    if kept.exists():
        raise Refusal(
            _("%(name)s is suspended on %(day)s; propose the badge when the suspension has ended.")
            % {"name": name, "day": wording.day(last)},
            field="person",
            code="suspended",
        )
    if MemberBadge.objects.filter(person=person, years=years).exists():
        raise Refusal(
            _("%(name)s has been awarded the badge for %(years)s years already.")
            % {"name": name, "years": years},
            field="years",
            code="awarded_already",
        )
    refuse_second_case(
        "badge", person, day, _("A badge for %(name)s is proposed already; go on with that case."), name=name
    )


@badge.step(
    "agree",
    source="proposed",
    target="agreed",
    act="badge.agree",
    at=_grassroots,
    label=_("Agree to the proposal"),
    day_label=_("Day of the committee's meeting"),
    fields=[REMARK],
)
def agree(case: Case, act: Act, *, day, remark):
    return Outcome(remark=remark, said={"years": case.data["years"]})


@badge.step(
    "award",
    source="agreed",
    target="awarded",
    act="badge.decide",
    at=_under_the_centre,
    label=_("Award by decision"),
    help=_("The badge holds from the award day."),
    day_label=_("Day of the decision"),
    locks=["person"],
    fields=[Field("number", "text", _("Badge number"), required=False, most=20), PAPER],
)
def award(case: Case, act: Act, *, day, number, document):
    person, years = case.subject, case.data["years"]
    on = dt.date.fromisoformat(case.data["award_day"])
    if on > years_later(day, 1):
        raise Refusal(
            _("The award day %(day)s lies more than a year ahead; decide in its year.")
            % {"day": wording.day(on)},
            field="day",
            code="too_early",
        )
    if MemberBadge.objects.filter(person=person, years=years).exists():
        raise Refusal(
            _("%(name)s has been awarded the badge for %(years)s years already.")
            % {"name": name_of(person, day), "years": years},
            field="years",
            code="awarded_already",
        )
    why = cause("awarded", case=case, document=document)
    manner = case.data["manner"]
    begin(MemberBadge, act, on, person=person, years=years, number=number, manner=manner, cause=why)
    said = {"years": years, "award_day": on.isoformat(), "number": number, "decision": shown(document)}
    return Outcome(document=document, said=said, subjects=[(("person", person.pk), said)])


send_back = badge.goes_back(source="agreed", target="proposed", act="badge.decide", at=_under_the_centre)


@badge.step(
    "decline",
    source=("proposed", "agreed"),
    target="declined",
    act="badge.agree",
    at=_grassroots,
    kind="close",
    label=_("Decline"),
    fields=[REASON],
)
def decline(case: Case, act: Act, *, day, reason):
    return Outcome(remark=reason, said={"reason": reason})


withdraw = badge.may_be_withdrawn(source=("proposed", "agreed"), act="badge.propose")


@operation(
    "badge.award_all",
    label=_("Award all badges agreed to"),
    act="badge.decide",
    at=lambda asked: committee(asked["unit"], asked["day"]),
    help=_("One decision for everybody under the body whose badge for that award day was agreed to."),
    day_label=_("Day of the decision"),
    fields=[Field("unit", "unit", _("Body")), Field("award_day", "day", _("Award day")), PAPER],
)
def award_all(act: Act, *, day, unit: Unit, award_day, document):
    _require_award_day(award_day)
    rows = Case.objects.filter(procedure="badge", state="agreed", unit__in=under_ids(unit, day))
    cases = [one for one in rows.order_by("person") if one.data["award_day"] == award_day.isoformat()]
    if not cases:
        raise Refusal(
            _("No badge for %(day)s was agreed to under this body.") % {"day": wording.day(award_day)},
            field="award_day",
            code="nobody_waits",
        )
    for case in cases:
        award(case, within=act, day=day, document=document)
    said = {"badges": len(cases), "award_day": award_day.isoformat(), "decision": shown(document)}
    return Outcome(subjects=[(("unit", unit.pk), said)], result=len(cases))


@operation(
    "badge.lost",
    label=_("Report a badge lost"),
    act="badge.propose",
    at=lambda asked: body_of(asked["person"]),
    locks=["person"],
    day_label=_("Day of the loss"),
    fields=[
        Field("person", "person", _("Member")),
        Field(
            "years", "choice", _("Badge for"),
            choices=lambda: [(str(n), n) for n in provisions.on(dt.date.today())["badges.years"].value],
        ),
        REASON,
    ],
)  # fmt: skip
def report_lost(act: Act, *, day, person: Person, years, reason):
    possible_day(act, day, ahead=False)
    key = {"person": person, "years": int(years)}
    row = MemberBadge.objects.on(day - DAY).filter(**key).first()
    if row is None:
        raise Refusal(
            _("%(name)s has no badge for %(years)s years on that day.")
            % {"name": name_of(person, day), "years": years},
            field="years",
            code="no_badge",
        )
    end(MemberBadge, act, key, day, cause=cause("lost", text=reason))
    return Outcome(subjects=[(("person", person.pk), {"years": row.years, "reason": reason})], result=row)
