"""This room is for the named rules about cases: votes, introducers, deadlines, probation (see "
"registers/rules.py)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from functools import cache

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from orgwork.foundation import provisions
from orgwork.foundation.workdays import add_months, add_workdays
from orgwork.registers.members import Membership, MembershipPlace, MembershipStanding, PlaceKind, Standing
from orgwork.registers.rules import rule
from orgwork.registers.units import UnitCustody, UnitPlacement

from .cases import Case, CaseHome, CaseStep, Protocol, homes, running

STATUTES = _("Statutes 2011, Art. 4–5")


@rule("probation_overdue", _("Recognition is considered within 30 working days after probation"), STATUTES)
def probation_overdue(day):
    view = provisions.on(day)
    months, grace = view["probation.months"].value, view["recognition.cell_working_days"].value
    latest = add_months(day, -months)
    rows = MembershipStanding.objects.on(day).filter(standing=Standing.PROBATIONARY)
    spells: dict[int, int] = dict(rows.values_list("person", "spell"))
    waiting = {person: since for person, since in _began(spells).items() if since < latest}
    basis = _ceremonies(waiting, day) if view["probation.counted_from"].value == "ceremony_day" else {}
    restored = _restored(waiting, day)
    found = []
    for person, admitted in waiting.items():
        due = add_months(basis.get(person, admitted), months)
        # While the membership was taken for ended nobody could consider it: the days run from its return.
        if add_workdays(max(due, restored.get(person, due)), grace) < day:
            found.append(("person", person, None, due))
    return found


def _began(spells: dict[int, int]) -> dict[int, dt.date]:
    """When the standing of each began: restored without a gap, or corrected, it stands in pieces."""
    found: dict[int, dt.date] = {}
    wanted = sorted(spells)
    for start in range(0, len(wanted), 500):
        rows = MembershipStanding.objects.filter(
            person__in=wanted[start : start + 500], standing=Standing.PROBATIONARY
        )
        for person, spell, since in rows.order_by("-valid_from").values_list("person", "spell", "valid_from"):
            if spell == spells[person]:
                found[person] = since
    return found


def _restored(people, day) -> dict[int, dt.date]:
    """Who came back by a complaint that was upheld, and when."""
    rows = MembershipPlace.objects.filter(begun_by__kind="restored", valid_from__lte=day)
    back = dict(rows.order_by("valid_from").values_list("person", "valid_from"))
    return {person: since for person, since in back.items() if person in people}


def _ceremonies(people, day) -> dict[int, dt.date]:
    """The day of the ceremony of those people, as far as one is recorded."""
    held: dict[int, dt.date] = {}
    wanted = sorted(people)
    for start in range(0, len(wanted), 500):
        rows = CaseStep.objects.filter(
            step="hold_ceremony", case__procedure="admission", case__person__in=wanted[start : start + 500],
            day__lte=day,
        )  # fmt: skip
        held |= dict(rows.order_by("day").values_list("case__person", "day"))
    return held


@rule(
    "transfer_overdue",
    _("A transfer is presented within 30 and done within 60 working days"),
    _("QĐ 24-QĐ/TW; QĐ 294-QĐ/TW, 6.3.1"),
)
def transfer_overdue(day):
    return _overdue(day, ["transfer"])


@rule("decision_overdue", _("Cells and committees decide within their working days"), _("QĐ 24-QĐ/TW"))
def decision_overdue(day):
    return _overdue(day, ["admission", "recognition", "deletion"])


@rule(
    "complaint_overdue",
    _("Complaints against a deletion are answered within their working days"),
    _("QĐ 24-QĐ/TW; rules on inspection and discipline"),
)
def complaint_overdue(day):
    return _overdue(day, ["complaint"])


@rule(
    "readmitted_without_waiting",
    _("A former member is admitted again after the waiting time, and once only"),
    _("QĐ 24-QĐ/TW, 3.5"),
)
def readmitted_without_waiting(day):
    """Judged by the days of the memberships; a criminal record asks for more and stands in no register."""
    rows = Membership.objects.filter(begun_by__kind="readmitted", valid_from__lte=day)
    found, seen = [], set()
    for person, since in rows.order_by("person", "valid_from").values_list("person", "valid_from"):
        past = Membership.objects.filter(person=person, valid_to__lte=since).order_by("-valid_to")
        ended = past.values_list("valid_to", flat=True).first()
        months = provisions.on(since)["readmission.months"].value
        if person in seen or (ended is not None and since < add_months(ended, months)):
            found.append(("person", person, None, since))
        seen.add(person)
    return found


@rule(
    "readmitted_though_excluded",
    _("Who stayed away from the cell's life, or left without hardship, is not admitted again"),
    _("HD 01-HD/TW (2021), 3"),
)
def readmitted_though_excluded(day):
    """As far as the register knows why somebody left: with a case, and admitted again with one."""
    from .admission import excluded_by, ground_of

    rows = Membership.objects.filter(begun_by__kind="readmitted", valid_from__lte=day)
    found = []
    for row in rows.select_related("begun_by").order_by("person", "valid_from"):
        view = provisions.on(row.valid_from)
        past = Membership.objects.filter(person=row.person_id, valid_to__lte=row.valid_from)
        last = past.order_by("-valid_to").select_related("ended_by").first()
        if last is None or last.ended_by is None or row.begun_by is None:
            continue
        if "readmission.excluded" not in view:
            continue
        rule = view["readmission.excluded"]
        case = Case.objects.filter(pk=row.begun_by.case).first() if row.begun_by.case else None
        judged = case is not None and rule.version in case.data.get("rules", ())
        if not judged and excluded_by(last.ended_by.kind, ground_of(last.ended_by)) in rule.value:
            found.append(("person", row.person_id, None, row.valid_from))
    return found


def _overdue(day, procedures):
    """One breach for each case, however many of its deadlines have run out."""
    rows = running(day).filter(case__procedure__in=procedures, due__lt=day, case__opened_on__lte=day)
    rows = rows.filter(Q(case__closed_on__isnull=True) | Q(case__closed_on__gt=day))
    first: dict[int, dt.date] = {}
    for case, due in rows.order_by("due").values_list("case", "due"):
        first.setdefault(case, due)
    lay = homes(first, day)
    return [("case", case, lay.get(case), due) for case, due in first.items()]


@rule(
    "case_without_home",
    _("An open case lies with a body that exists"),
    _("Orgwork: nothing is left without a home"),
)
def case_without_home(day):
    existing = UnitPlacement.objects.on(day).values("unit")
    kept = UnitCustody.objects.on(day).values("unit")
    rows = CaseHome.objects.on(day).filter(case__opened_on__lte=day)
    rows = rows.filter(Q(case__closed_on__isnull=True) | Q(case__closed_on__gt=day))
    # A case goes along with what it founds: before that day its body did not exist yet.
    ended = UnitPlacement.objects.filter(valid_to__lte=day).values("unit")
    rows = rows.filter(unit__in=ended).exclude(unit__in=existing).exclude(unit__in=kept)
    found = rows.order_by("case").values_list("case", "unit", "case__opened_on")
    return [("case", case, unit, since) for case, unit, since in found]


@rule(
    "protocol_below_rule", _("Votes reach the majority their rule asks for"), _("Statutes 2011, Art. 4–5, 9")
)
def protocol_below_rule(day):
    found = []
    rows = Protocol.objects.filter(day__lte=day, agreed=True)
    for row in rows.iterator(chunk_size=5_000):
        asked = _vote_rule(row.rule)
        if asked is None or not asked.met(row.votes_for, getattr(row, asked.counted)):
            found.append(("case", row.case_id, row.unit_id, row.day, f"{row.votes_for}/{row.entitled}"))
    return found


@cache
def _vote_rule(version: str):
    """The vote rule of a version as results store it, None where there is no such version."""
    one = provisions.rules().get(version.split("@")[0])
    return next((v.value for v in one.versions if v.version == version), None) if one else None


@rule(
    "introducer_not_qualified",
    _("Introducers are full members who have worked there twelve months"),
    STATUTES,
)
def introducer_not_qualified(day):
    steps = CaseStep.objects.filter(step="name_introducers", case__procedure="admission", day__lte=day)
    rows = list(steps.order_by("pk").values_list("case", "case__unit", "day", "case__data"))
    people = {person for *_rest, data in rows for person in data.get("introducers", ())}
    full, placed = _full_since(people), _placed_since(people)
    found = []
    for case, unit, on, data in rows:
        since = add_months(on, -provisions.on(on)["admission.introducer_months"].value)
        for person in data.get("introducers", ()):
            if not (_covers(full[person], on, on) and _covers(placed[person], since, on)):
                found.append(("case", case, unit, on, f"#{person}"))
    return found


def _full_since(people) -> dict[int, list]:
    rows = MembershipStanding.objects.filter(standing=Standing.FULL)
    return _stretches(rows, people)


def _placed_since(people) -> dict[int, list]:
    """Days with an official place; in which unit is judged by the step itself, on its day."""
    return _stretches(MembershipPlace.objects.filter(kind=PlaceKind.OFFICIAL), people)


def _stretches(rows, people) -> dict[int, list]:
    found = defaultdict(list)
    wanted = sorted(people)
    for start in range(0, len(wanted), 500):
        some = rows.filter(person__in=wanted[start : start + 500]).order_by("valid_from")
        for person, begun, ended in some.values_list("person", "valid_from", "valid_to"):
            found[person].append((begun, ended))
    return found


def _covers(stretches, since, until) -> bool:
    """Whether the stretches hold every day from since to until."""
    reached = since
    for begun, ended in stretches:
        if begun <= reached and (ended is None or ended > reached):
            if ended is None or ended > until:
                return True
            reached = ended
    return False


@rule("admitted_without_vote", _("Nobody is admitted without the votes"), STATUTES)
def admitted_without_vote(day):
    voted = Exists(Protocol.objects.filter(kind="admission_cell", agreed=True, case=OuterRef("pk")))
    rows = Case.objects.filter(procedure="admission", state__in=("admitted", "done"), opened_on__lte=day)
    return [("case", case, unit) for case, unit in rows.filter(~voted).values_list("pk", "unit")]


@rule("membership_without_decision", _("Every admission rests on a decision"), STATUTES)
def membership_without_decision(day):
    rows = Membership.objects.filter(
        begun_by__kind__in=("admitted", "readmitted"), begun_by__document__isnull=True, valid_from__lte=day
    )
    return [("person", person, None, since) for person, since in rows.values_list("person", "valid_from")]
