"""This room is for named rules: what must hold over a whole register, each with the text it rests on.

``check`` runs them all, set-based, and lists breaches. What the database itself promises (no two official
homes at once) is asked, too: a restored dump may have been touched. Floors above add rules with ``rule``.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from orgwork.foundation import provisions, words
from orgwork.foundation.constraints import NoOverlap
from orgwork.foundation.dates import Dated, contradictions
from orgwork.foundation.rows import fetch, valid_on
from orgwork.foundation.workdays import age_in_months

from . import paper_search
from .appointments import Appointment
from .areas import AreaPlacement
from .documents import Document
from .members import (
    Condition,
    Membership,
    MembershipCondition,
    MembershipPlace,
    MembershipStanding,
    PlaceKind,
    Standing,
)
from .numbering import MarkKind, NumberMark
from .people import PersonName, PersonParticulars
from .posts import INTERIM, Post, PostExistence
from .units import (
    Status,
    Unit,
    UnitCustody,
    UnitForm,
    UnitLineage,
    UnitName,
    UnitPlacement,
    UnitService,
    check_lineage,
    names_of,
    under_ids,
)

STATUTES_21 = _("Statutes 2011, Art. 21 (2)")
OWN_RULE = _("Orgwork: what the registers promise")


@dataclass(frozen=True)
class Breach:
    """One subject that breaks one rule; ``unit`` is the body in which it lies, ``since`` the day if it is "
    "known."""

    rule: str
    type: str
    id: int
    unit: int | None = None
    since: dt.date | None = None
    note: str = ""
    label: str = ""


@dataclass(frozen=True)
class Rule:
    """A rule with its name, its words, its text and its finder."""

    code: str
    title: Any
    citation: Any
    find: Callable[[dt.date], Iterable[Breach]]


known: dict[str, Rule] = {}


def rule(code: str, title, citation=OWN_RULE):
    """Declare a rule; the finder takes the day and yields (type, id, unit, since, note), shorter if need "
    "be."""

    def declare(find: Callable[[dt.date], Iterable[tuple]]):
        def breaches(day: dt.date) -> Iterator[Breach]:
            for found in find(day):
                yield Breach(code, *found)

        known[code] = Rule(code, title, citation, breaches)
        return find

    return declare


def check(
    unit: Unit | None = None, day: dt.date | None = None, *, rules: Iterable[str] | None = None,
    names: bool = False,
) -> list[Breach]:  # fmt: skip
    """Every breach under the unit (None: everywhere) on the day, in the order of the rules.

    People are labelled by number; ``names`` puts their names there, for those who may read them.
    """
    day = day or dt.date.today()
    wanted = known if rules is None else {code: known[code] for code in rules}
    found = [breach for one in wanted.values() for breach in one.find(day)]
    found = _placed(found, day)
    if unit is not None:
        scope = _scope(unit, day)
        found = [breach for breach in found if breach.unit in scope]
    return _labelled(found, day, names)


def _scope(unit: Unit, day: dt.date) -> set[int]:
    return set(Unit.objects.filter(pk__in=under_ids(unit, day, custody=True)).values_list("pk", flat=True))


# ── members ─────────────────────────────────────────────────────────────────────────────────────────────


def _same_person(rows) -> Exists:
    """Whether one of the rows is about the same person. Never NOT IN: from some 200,000 people on PostgreSQL
    compares every row with every other."""
    return Exists(rows.filter(person=OuterRef("person")))


def _official(day):
    return MembershipPlace.objects.on(day).filter(kind=PlaceKind.OFFICIAL)


@rule("member_without_place", _("Every member belongs to a cell"), _("Statutes 2011, Art. 3–4"))
def member_without_place(day):
    rows = Membership.objects.on(day).filter(~_same_person(_official(day)))
    # Who comes from outside later was a member on the day, but in no cell of this register.
    arrived = MembershipPlace.objects.filter(kind=PlaceKind.OFFICIAL, valid_from__lte=day)
    rows = rows.exclude(Q(begun_by__kind="transferred_in") & ~_same_person(arrived))
    # Whose deletion was undone later has been a member all the time, but was in no cell until then.
    restored = MembershipPlace.objects.filter(begun_by__kind="restored", valid_from__gt=day)
    rows = rows.exclude(_same_person(restored))
    return [("person", person, None, since) for person, since in rows.values_list("person", "valid_from")]


@rule(
    "member_without_standing",
    _("Every member is on probation or a full member"),
    _("Statutes 2011, Art. 3–5"),
)
def member_without_standing(day):
    rows = Membership.objects.on(day).filter(~_same_person(MembershipStanding.objects.on(day)))
    return [("person", person, None, since) for person, since in rows.values_list("person", "valid_from")]


@rule("place_without_membership", _("Only members have a place in a cell, guests a temporary one"))
def place_without_membership(day):
    """A guest's membership is kept elsewhere: nobody of this register when the temporary place began."""
    own = Membership.objects.filter(person=OuterRef("person"), valid_from__lte=OuterRef("valid_from"))
    guest = Q(kind=PlaceKind.TEMPORARY) & ~Exists(
        own.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=OuterRef("valid_from")))
    )
    rows = MembershipPlace.objects.on(day).filter(~_same_person(Membership.objects.on(day))).exclude(guest)
    return [("person", *row) for row in rows.values_list("person", "unit", "valid_from")]


@rule("condition_without_membership", _("Only members are exempt, suspended or missing"))
def condition_without_membership(day):
    rows = MembershipCondition.objects.on(day).filter(~_same_person(Membership.objects.on(day)))
    return [("person", person, None, since) for person, since in rows.values_list("person", "valid_from")]


@rule(
    "temporary_place_at_home",
    _("A temporary place is in another cell than the official one"),
    _("QĐ 24-QĐ/TW; QĐ 294-QĐ/TW"),
)
def temporary_place_at_home(day):
    home = _official(day).filter(person=OuterRef("person"), unit=OuterRef("unit"))
    rows = MembershipPlace.objects.on(day).filter(Exists(home), kind=PlaceKind.TEMPORARY)
    return [("person", *row) for row in rows.values_list("person", "unit", "valid_from")]


@rule(
    "suspended_too_long",
    _("A suspension lasts no longer than the rule allows, extension included"),
    _("Statutes 2011, Art. 40"),
)
def suspended_too_long(day):
    """Judged by the spell: an extension goes on with it."""
    rows = MembershipCondition.objects.on(day).filter(kind=Condition.SUSPENDED)
    first = {
        spell: since
        for spell, since in MembershipCondition.objects.filter(spell__in=rows.values("spell"))
        .order_by("-valid_from").values_list("spell", "valid_from")
    }  # fmt: skip
    found = []
    for person, spell in rows.values_list("person", "spell"):
        limit = first[spell] + dt.timedelta(days=provisions.on(first[spell])["suspension.max_days"].value)
        if day >= limit:
            found.append(("person", person, None, limit))
    return found


@rule("two_official_homes", _("Nobody has two official places at once"), _("Statutes 2011, Art. 6"))
def two_official_homes(day):
    doubled = _official(day).values("person").annotate(homes=Count("pk")).filter(homes__gt=1)
    return [("person", row["person"]) for row in doubled]


@rule("place_at_no_cell", _("Members belong to bodies that hold members"), _("Statutes 2011, Art. 21, 24"))
def place_at_no_cell(day):
    holding = [code for code, kind in provisions.kinds().items() if kind.holds_members]
    cells = UnitForm.objects.on(day).filter(kind__in=holding).values("unit")
    rows = MembershipPlace.objects.on(day).exclude(unit__in=cells)
    return [("person", *row) for row in rows.values_list("person", "unit", "valid_from")]


@rule("place_outside_body", _("A place lies within the days of its body"))
def place_outside_body(day):
    return [
        ("person", person, unit, since)
        for person, unit, since in _outside_life("registers_membershipplace", "person_id", "unit_id")
    ]


def _counted_cells(day, kinds):
    """Active bodies of the kinds with their numbers of full and of all members on the day."""
    cells = (
        UnitForm.objects.on(day).filter(kind__in=kinds, status=Status.ACTIVE).values_list("unit", flat=True)
    )
    full = MembershipStanding.objects.on(day).filter(standing=Standing.FULL).values("person")
    counted = _official(day).filter(unit__in=cells).values("unit")
    of_all = {row["unit"]: row["n"] for row in counted.annotate(n=Count("pk"))}
    of_full = {row["unit"]: row["n"] for row in counted.filter(person__in=full).annotate(n=Count("pk"))}
    for unit in cells:
        yield unit, of_full.get(unit, 0), of_all.get(unit, 0)


@rule("cell_too_small", _("A cell has at least three full members"), STATUTES_21)
def cell_too_small(day):
    least = provisions.on(day)["sizes.cell_min_full_members"].value
    kinds = [code for code, kind in provisions.kinds().items() if kind.holds_members]
    small = {unit: full for unit, full, _all in _counted_cells(day, kinds) if full < least}
    since = _since({unit: [unit] for unit in small}, day, lambda count: count < least, full_only=True)
    return [("unit", unit, unit, since[unit], str(full)) for unit, full in small.items()]


@rule("grassroots_cell_too_large", _("A grassroots cell has fewer than thirty members"), STATUTES_21)
def grassroots_cell_too_large(day):
    limit = provisions.on(day)["sizes.organisation_from_members"].value
    large = {unit: n for unit, _full, n in _counted_cells(day, ["grassroots_cell"]) if n >= limit}
    since = _since({unit: [unit] for unit in large}, day, lambda count: count >= limit)
    return [("unit", unit, unit, since[unit], str(count)) for unit, count in large.items()]


@rule(
    "grassroots_organisation_too_small",
    _("A grassroots party organisation has at least thirty members"),
    STATUTES_21,
)
def grassroots_organisation_too_small(day):
    least = provisions.on(day)["sizes.organisation_from_members"].value
    small = dict(
        fetch(
            f"""SELECT f.unit_id, count(p.id) FROM registers_unitform f
            LEFT JOIN registers_unitlineage l ON l.ancestor_id = f.unit_id AND {valid_on("l")}
            LEFT JOIN registers_membershipplace p ON p.unit_id = l.descendant_id
             AND p.kind = %s AND {valid_on("p")}
            WHERE f.kind = %s AND f.status = %s AND {valid_on("f")}
            GROUP BY f.unit_id HAVING count(p.id) < %s""",  # noqa: S608
            [day, day, "official", day, day, "grassroots_party_organisation", "active", day, day, least],
        )
    )
    below: dict[int, list[int]] = {unit: [] for unit in small}
    rows = UnitLineage.objects.on(day).filter(ancestor__in=list(small))
    for unit, cell in rows.values_list("ancestor", "descendant"):
        below[unit].append(cell)
    since = _since(below, day, lambda count: count < least)
    return [("unit", unit, unit, since[unit], str(count)) for unit, count in small.items()]


def _since(
    groups: dict[int, list[int]], day: dt.date, broken: Callable[[int], bool], *, full_only: bool = False
) -> dict[int, dt.date | None]:
    """From which day on each group of cells has had a number of members that breaks the rule."""
    group_of = {cell: group for group, cells in groups.items() for cell in cells}
    stays: dict[int, list[tuple]] = defaultdict(list)
    for some in _chunks(sorted(group_of)):
        rows = MembershipPlace.objects.filter(unit__in=some, kind=PlaceKind.OFFICIAL, valid_from__lte=day)
        for person, cell, start, stop in rows.values_list("person", "unit", "valid_from", "valid_to"):
            stays[person].append((group_of[cell], start, stop or dt.date.max))
    full = _full_since(stays) if full_only else {}
    changes: dict[int, dict[dt.date, int]] = {group: defaultdict(int) for group in groups}
    for person, places in stays.items():
        for group, start, stop in places:
            for begun, ended in full.get(person, []) if full_only else [(dt.date.min, dt.date.max)]:
                if (first := max(start, begun)) < (last := min(stop, ended)):
                    changes[group][first] += 1
                    changes[group][last] -= 1
    return {group: _broken_since(found, day, broken) for group, found in changes.items()}


def _full_since(people) -> dict[int, list[tuple]]:
    found: dict[int, list[tuple]] = defaultdict(list)
    for some in _chunks(sorted(people)):
        rows = MembershipStanding.objects.filter(person__in=some, standing=Standing.FULL)
        for person, start, stop in rows.values_list("person", "valid_from", "valid_to"):
            found[person].append((start, stop or dt.date.max))
    return found


def _broken_since(changes: dict[dt.date, int], day: dt.date, broken) -> dt.date | None:
    """The first day of the last stretch up to the day on which the number breaks the rule."""
    count, since = 0, None
    for at in sorted(changes):
        if at > day:
            break
        count += changes[at]
        since = (since or at) if broken(count) else None
    return since


@rule(
    "age_at_admission",
    _("Members are admitted from full 18 on; above 60 by a committee directly under the Centre"),
    _("QĐ 24-QĐ/TW, 1.1"),
)
def age_at_admission(day):
    rows = Membership.objects.filter(begun_by__kind__in=("admitted", "readmitted"), valid_from__lte=day)
    born = dict(
        (person, (birth, precision))
        for person, birth, precision in PersonParticulars.objects.values_list(
            "person", "birth", "birth_precision"
        )
    )
    found = []
    central = _directly_under_centre(day)
    for person, since, issuer in rows.values_list("person", "valid_from", "begun_by__document__issuer"):
        if person not in born:
            continue
        months = age_in_months(born[person][0], since, born[person][1])
        view = provisions.on(since)
        if months < view["admission.min_age_years"].value * 12:
            found.append(("person", person, None, since))
        elif months > view["admission.max_age_years"].value * 12 + 12 and issuer and issuer not in central:
            # A year of grace between the cell's meeting, on which the age counts, and the decision.
            found.append(("person", person, None, since))
    return found


def _directly_under_centre(day) -> set[int]:
    rows = UnitPlacement.objects.filter(parent__in=UnitPlacement.objects.filter(parent=None).values("unit"))
    return set(rows.values_list("unit", flat=True))


# ── bodies ──────────────────────────────────────────────────────────────────────────────────────────────


@rule("body_without_kind", _("Every body has a kind"))
def body_without_kind(day):
    formed = UnitForm.objects.on(day).values("unit")
    rows = UnitPlacement.objects.on(day).exclude(unit__in=formed)
    return [("unit", unit, unit, since) for unit, since in rows.values_list("unit", "valid_from")]


@rule("body_without_name", _("Every body has a Vietnamese name"))
def body_without_name(day):
    named = UnitName.objects.on(day).filter(language="vi").values("unit")
    rows = UnitPlacement.objects.on(day).exclude(unit__in=named)
    return [("unit", unit, unit, since) for unit, since in rows.values_list("unit", "valid_from")]


@rule("body_under_wrong_kind", _("Bodies stand where the grammar lets them"), _("Statutes 2011, Art. 10"))
def body_under_wrong_kind(day):
    kind = {unit: code for unit, code in UnitForm.objects.on(day).values_list("unit", "kind")}
    catalogue = provisions.kinds()
    allowed: dict[tuple, bool] = {}
    found = []
    rows = UnitPlacement.objects.on(day).values_list("unit", "parent", "valid_from")
    for unit, parent, since in rows:
        pair = (kind.get(unit, ""), kind.get(parent) if parent else None)
        if pair not in allowed:
            known_kind = catalogue.get(pair[0])
            # Judged by the grammar of the day on which the body came to stand there.
            allowed[pair] = known_kind is None or known_kind.may_stand_under(pair[1])
        if not allowed[pair]:
            found.append(("unit", unit, unit, since))
    return found


@rule("body_doubled", _("Of some kinds there is one body under a parent"), _("Statutes 2011, Art. 10"))
def body_doubled(day):
    single = [code for code, kind in provisions.kinds().items() if not kind.several and kind.under]
    parents = dict(UnitPlacement.objects.on(day).values_list("unit", "parent"))
    beside = defaultdict(list)
    for unit, kind in UnitForm.objects.on(day).filter(kind__in=single).values_list("unit", "kind"):
        if unit in parents:
            beside[parents[unit], kind].append(unit)
    return [("unit", unit, unit) for units in beside.values() if len(units) > 1 for unit in units]


@rule("body_outside_parent", _("A body lives within the days of the body above it"))
def body_outside_parent(day):
    return [
        ("unit", unit, unit, since)
        for unit, _parent, since in _outside_life("registers_unitplacement", "unit_id", "parent_id")
    ]


@rule("lineage_differs", _("The lineage is what the placements say"))
def lineage_differs(day):
    return [
        ("unit", row[2], row[2], row[4] if isinstance(row[4], dt.date) else None, row[0])
        for row in check_lineage()
    ]


@rule(
    "ended_without_custodian",
    _("An ended body has a custodian"),
    _("Orgwork: nothing is left without a home"),
)
def ended_without_custodian(day):
    kept = UnitCustody.objects.on(day).values("unit")
    existing = UnitPlacement.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=day)).values("unit")
    rows = UnitPlacement.objects.filter(valid_to__lte=day).exclude(unit__in=existing).exclude(unit__in=kept)
    last: dict[int, dt.date] = {}
    for unit, stop in rows.values_list("unit", "valid_to"):
        last[unit] = max(stop, last.get(unit, stop))
    return [("unit", unit, unit, stop) for unit, stop in sorted(last.items())]


@rule("served_place_gone", _("A served place exists"))
def served_place_gone(day):
    existing = AreaPlacement.objects.on(day).values("area")
    rows = UnitService.objects.on(day).exclude(area__in=existing)
    return [("unit", unit, unit, since) for unit, since in rows.values_list("unit", "valid_from")]


# ── posts, appointments, papers ─────────────────────────────────────────────────────────────────────────


@rule("post_outside_body", _("A post lies within the days of its body"))
def post_outside_body(day):
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT e.post_id, p.unit_id, e.valid_from FROM registers_postexistence e
            JOIN registers_post p ON p.id = e.post_id AND p.unit_id IS NOT NULL
            LEFT JOIN ({_LIFE}) life ON life.unit_id = p.unit_id
            WHERE e.retracted IS NULL AND {_NOT_WITHIN.format(row="e")}"""  # noqa: S608
        )
        return [("post", post, unit, _day(since)) for post, unit, since in cursor.fetchall()]


@rule("appointment_outside_post", _("Nobody holds a post that does not exist"))
def appointment_outside_post(day):
    lives = """SELECT post_id AS unit_id, min(valid_from) AS born,
        CASE WHEN count(*) = count(valid_to) THEN max(valid_to) END AS gone
        FROM registers_postexistence WHERE retracted IS NULL GROUP BY post_id"""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT a.person_id, p.unit_id, a.valid_from FROM registers_appointment a
            JOIN registers_post p ON p.id = a.post_id LEFT JOIN ({lives}) life ON life.unit_id = a.post_id
            WHERE a.retracted IS NULL AND {_NOT_WITHIN.format(row="a")}"""  # noqa: S608
        )
        return [("person", person, unit, _day(since)) for person, unit, since in cursor.fetchall()]


@rule("village_head_without_village", _("The head of a village has a village"))
def village_head_without_village(day):
    places = AreaPlacement.objects.on(day).filter(
        area__kind__in=provisions.posts()["village_head"].area_kinds
    )
    rows = (
        PostExistence.objects.on(day)
        .filter(post__kind="village_head")
        .exclude(post__area__in=places.values("area"))
    )
    return [("post", post, None, since) for post, since in rows.values_list("post", "valid_from")]


@rule("acting_for_oneself", _("Nobody acts for themselves in the same post"))
def acting_for_oneself(day):
    holding = Appointment.objects.on(day).filter(
        acting=False, post=OuterRef("post"), person=OuterRef("person")
    )
    rows = Appointment.objects.on(day).filter(Exists(holding), acting=True)
    return [("person", *row) for row in rows.values_list("person", "post__unit", "valid_from")]


@rule("post_doubled", _("Of some posts a body has one only"))
def post_doubled(day):
    single = [code for code, kind in provisions.posts().items() if kind.single]
    there = PostExistence.objects.on(day).filter(post__kind__in=single)
    # Until the superior has appointed the new committee several lead on (KL 163-KL/TW).
    there = there.exclude(post__code__contains=INTERIM)
    doubled = there.values("post__kind", "post__unit", "post__area").annotate(n=Count("pk")).filter(n__gt=1)
    found = []
    for row in doubled:
        posts = there.filter(
            post__kind=row["post__kind"], post__unit=row["post__unit"], post__area=row["post__area"]
        )
        found += [("post", post, row["post__unit"]) for post in posts.values_list("post", flat=True)]
    return found


@rule(
    "post_kept_after_transfer",
    _("Who has gone to another cell holds no post of the old one"),
    _("Statutes 2011, Art. 24: cells elect from their own members"),
)
def post_kept_after_transfer(day):
    """Posts at a cell that a former member of it still holds; a transfer leaves them to be filled anew."""
    holding = [code for code, kind in provisions.kinds().items() if kind.holds_members]
    cells = UnitForm.objects.on(day).filter(kind__in=holding).values("unit")
    official = MembershipPlace.objects.filter(kind=PlaceKind.OFFICIAL, person=OuterRef("person"))
    elsewhere = official.filter(valid_from__lte=day).filter(Q(valid_to__isnull=True) | Q(valid_to__gt=day))
    was_there = official.filter(unit=OuterRef("post__unit"), valid_to__lte=day)
    rows = Appointment.objects.on(day).filter(post__unit__in=cells)
    rows = rows.filter(Exists(elsewhere.exclude(unit=OuterRef("post__unit"))), Exists(was_there))
    return [("person", *row) for row in rows.values_list("person", "post__unit", "valid_from")]


@rule("post_holder_erased", _("Nobody whose data were erased holds a post"))
def post_holder_erased(day):
    rows = Appointment.objects.on(day).filter(person__erased=True)
    return [("person", *row) for row in rows.values_list("person", "post__unit", "valid_from")]


@rule(
    "document_number_doubled",
    _("An issuer gives a number of a kind once in a term"),
    _("HD 36-HD/VPTW: numbering"),
)
def document_number_doubled(day):
    """In a series the database keeps it; papers from before there were series are compared by the year."""
    papers = Document.objects.filter(number__isnull=False, issuer__isnull=False, day__lte=day)
    old = ("issuer", "kind", "number", "symbol", "day__year")
    found = []
    for rows, same in (
        (papers.filter(series=None), old),
        (papers.exclude(series=None), ("series", "number")),
    ):
        for row in rows.values(*same).annotate(n=Count("pk")).filter(n__gt=1):
            again = rows.filter(**{name: row[name] for name in same}).order_by("pk")
            found += [("document", *one) for one in again.values_list("pk", "issuer", "day")]
    marked = NumberMark.objects.filter(
        kind=MarkKind.CANCELLED, series=OuterRef("series"), number=OuterRef("number")
    )
    cancelled = papers.filter(Exists(marked)).exclude(series=None)
    return found + [
        ("document", pk, issuer, since, str(MarkKind.CANCELLED.label))
        for pk, issuer, since in cancelled.values_list("pk", "issuer", "day")
    ]


@rule(
    "document_number_missing",
    _("A register book that is kept here has every number: a paper, or the reason why there is none"),
    _("HD 36-HD/VPTW: numbering"),
)
def document_number_missing(day):
    """Judged over whole series: a paper may bear a later number than one of a later day."""
    rows = fetch(
        """WITH kept AS (SELECT b.series_id, max(b.kept_from) AS first FROM registers_seriesbook b
            WHERE b.retracted IS NULL AND b.kept_from IS NOT NULL GROUP BY b.series_id),
        used AS (
            SELECT series_id, first - 1 AS number FROM kept
            UNION SELECT k.series_id, d.number FROM kept k JOIN registers_document d
              ON d.series_id = k.series_id AND d.number >= k.first
            UNION SELECT k.series_id, m.number FROM kept k JOIN registers_numbermark m
              ON m.series_id = k.series_id AND m.number >= k.first AND m.retracted IS NULL),
        pairs AS (SELECT series_id, number,
            lead(number) OVER (PARTITION BY series_id ORDER BY number) AS following FROM used)
        SELECT s.issuer_id, s.kind, p.number + 1, p.following - 1 FROM pairs p
        JOIN registers_numberseries s ON s.id = p.series_id
        WHERE p.following > p.number + 1 AND s.opened_on <= %s
        ORDER BY s.id, p.number""",
        [day],
    )
    kinds = provisions.documents()
    return [
        (
            "unit",
            issuer,
            issuer,
            None,
            f"{_signs(kinds, kind)} {first}" + (f"–{last}" if last > first else ""),
        )
        for issuer, kind, first, last in rows
    ]


def _signs(kinds, kind: str) -> str:
    return (kinds[kind].symbols or (kind,))[0] if kind in kinds else "ĐH"


# ── both times ──────────────────────────────────────────────────────────────────────────────────────────


@rule("two_stories_at_once", _("At no moment were two things recorded of the same fact and day"))
def two_stories_at_once(day):
    subjects = {"Person": "person", "Unit": "unit", "Post": "post", "Area": "area"}
    for model in apps.get_models():
        if not issubclass(model, Dated) or not any(isinstance(c, NoOverlap) for c in model._meta.constraints):
            continue
        key: Any = model._meta.get_field(model.KEY[0])
        kind = subjects.get(getattr(key.related_model, "__name__", ""), "record")
        rows = model.versions.filter(pk__in=[second for _first, second in contradictions(model)])
        for subject, since in rows.values_list(key.attname, "valid_from"):
            where = subject if kind == "unit" else None
            yield kind, subject, where, since, str(model._meta.verbose_name)


@rule("words_differ", _("Every name is found by its words, and by no others"))
def words_differ(day):
    subjects = {"PersonName": "person", "UnitName": "unit", "AreaName": "area"}
    for source in words.sources():
        kind = subjects.get(source.model.__name__, "record")
        said = {ident: f"{what} {word}" for what, word, ident in words.missing_and_false(source)}
        rows = source.model._base_manager.filter(pk__in=said)
        for ident, subject in rows.values_list("pk", f"{kind}_id" if kind in subjects.values() else "pk"):
            # The word itself could name somebody: only whether it is missing or false is said.
            yield kind, subject, subject if kind == "unit" else None, None, said[ident].split()[0]


@rule("papers_found_differ", _("Every paper is found by the words of its number, title and texts"))
def papers_found_differ(day):
    rows = Document.objects.filter(pk__in=paper_search.differences())
    for ident, issuer in rows.values_list("pk", "issuer_id"):
        yield "document", ident, issuer, None, ""


# ── helpers ─────────────────────────────────────────────────────────────────────────────────────────────

#: Born and gone of every body, from its placements; gone is null while it exists.
_LIFE = """SELECT unit_id, min(valid_from) AS born,
    CASE WHEN count(*) = count(valid_to) THEN max(valid_to) END AS gone
    FROM registers_unitplacement WHERE retracted IS NULL GROUP BY unit_id"""
_NOT_WITHIN = """(life.born IS NULL OR {row}.valid_from < life.born
    OR (life.gone IS NOT NULL AND ({row}.valid_to IS NULL OR {row}.valid_to > life.gone)))"""


def _outside_life(table: str, subject: str, within: str):
    """Rows of a table that reach beyond the days of the body they name: (subject, body, first day)."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT t.{subject}, t.{within}, t.valid_from FROM {table} t
            LEFT JOIN ({_LIFE}) life ON life.unit_id = t.{within}
            WHERE t.retracted IS NULL AND t.{within} IS NOT NULL AND {_NOT_WITHIN.format(row="t")}"""  # noqa: S608
        )
        return [(who, where, _day(since)) for who, where, since in cursor.fetchall()]


def _day(value) -> dt.date | None:
    return dt.date.fromisoformat(value) if isinstance(value, str) else value


def _placed(found: list[Breach], day) -> list[Breach]:
    """Breaches about people whose body is not said lie in their cell, the last one if they have left."""
    missing = {breach.id for breach in found if breach.type == "person" and breach.unit is None}
    cells: dict[int, int] = {}
    for some in _chunks(sorted(missing)):
        rows = MembershipPlace.objects.filter(person__in=some, kind=PlaceKind.OFFICIAL)
        cells |= dict(rows.order_by("valid_from").values_list("person", "unit"))
    return [
        replace(breach, unit=cells.get(breach.id))
        if breach.type == "person" and breach.unit is None
        else breach
        for breach in found
    ]


def _labelled(found: list[Breach], day, names: bool) -> list[Breach]:
    """Words for every subject: the body's name, the post's code, the paper's symbol, the person's number "
    "or name."""
    ids: dict[str, set[int]] = defaultdict(set)
    for breach in found:
        ids[breach.type].add(breach.id)
        if breach.type in ("person", "case") and breach.unit:
            ids["unit"].add(breach.unit)
    bodies: dict[int, str] = {}
    for some in _chunks(sorted(ids["unit"])):
        bodies |= names_of(some, day)
    words: dict[str, dict[int, str]] = {
        "unit": bodies,
        "post": dict(Post.objects.filter(pk__in=ids["post"]).values_list("pk", "code")),
        "document": dict(Document.objects.filter(pk__in=ids["document"]).values_list("pk", "symbol")),
        "person": {},
    }
    for some in _chunks(sorted(ids["person"]) if names else []):
        words["person"] |= dict(
            PersonName.objects.on(day).filter(person__in=some).values_list("person", "full")
        )
    return [replace(breach, label=_label(breach, words, bodies)) for breach in found]


def _label(breach: Breach, words, bodies) -> str:
    said = words.get(breach.type, {}).get(breach.id) or f"#{breach.id}"
    if breach.type in ("person", "case") and breach.unit in bodies:
        return f"{said}, {bodies[breach.unit]}"
    return said


def _chunks(items: list[int], size: int = 500) -> Iterator[list[int]]:
    return (items[n : n + size] for n in range(0, len(items), size))
