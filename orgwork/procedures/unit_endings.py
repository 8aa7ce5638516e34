"""This room is for the end of bodies: nothing is ended while anything would be left without a home.

Members, bodies under it, open cases, held posts and served places need another one first; what remains
(papers, files) gets a custodian. Cells may be merged in one act that brings all of it along.
"""

from __future__ import annotations

import datetime as dt

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orgwork.foundation import provisions
from orgwork.foundation.dates import Period, begin, change, end
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Refusal, RegisterIncomplete
from orgwork.registers.appointments import Appointment
from orgwork.registers.areas import Area
from orgwork.registers.members import MembershipPlace, PlaceKind
from orgwork.registers.people import Person
from orgwork.registers.posts import PostExistence
from orgwork.registers.record import Cause
from orgwork.registers.units import (
    SuccessionKind,
    Unit,
    UnitCustody,
    UnitForm,
    UnitLineage,
    UnitName,
    UnitPlacement,
    UnitService,
    UnitSuccession,
    derive_lineage,
    kind_of,
)

from .cases import Case, cause, lay_with
from .fields import Field
from .members import body
from .unit_change import (
    UNIT,
    Change,
    common_superior,
    require_existing,
    superior,
)

SUCCESSOR = Field("successor", "unit", _("Successor"), required=False)
SUCCESSION = Field(
    "succession",
    "choice",
    _("How it is succeeded"),
    required=False,
    choices=SuccessionKind.choices,
    default=SuccessionKind.CONTINUED,
)
CUSTODIAN = Field(
    "custodian",
    "unit",
    _("Custodian"),
    required=False,
    help=_("Who keeps its papers and answers for what it leaves; the successor, unless said otherwise."),
)

HOMELESS = {
    "members": _("members (%(count)s)"),
    "bodies": _("bodies under it (%(count)s)"),
    "cases": _("open cases (%(count)s)"),
    "posts": _("held posts (%(count)s)"),
    "places": _("served places that nobody else serves (%(count)s)"),
}


def left_by(unit: Unit, day: dt.date, *, besides: Case | None = None) -> list[tuple[str, int]]:
    """What would be without a home if the body ended on the day: what and how many."""
    period = Period(day)
    cases = Case.objects.filter(Q(unit=unit) | Q(data__cell=unit.pk), closed_on__isnull=True)
    if besides is not None:
        cases = cases.exclude(pk=besides.pk)
    served = UnitService.objects.during(period).filter(unit=unit).values("area")
    others = UnitService.objects.during(period).filter(area__in=served).exclude(unit=unit).values("area")
    found = {
        "members": MembershipPlace.objects.during(period).filter(unit=unit).values("person").distinct(),
        "bodies": UnitPlacement.objects.during(period).filter(parent=unit).values("unit").distinct(),
        "cases": cases,
        "posts": Appointment.objects.during(period).filter(post__unit=unit).values("post").distinct(),
        "places": Area.objects.filter(pk__in=served).exclude(pk__in=others),
    }
    counted = [(what, rows.count()) for what, rows in found.items()]
    return [(what, count) for what, count in counted if count]


def _judge_ending(day, *, unit, successor, succession, custodian):
    row = require_existing(unit, day, "unit")
    if row.parent_id is None:
        raise Refusal(_("The root of the tree cannot be ended."), field="unit")
    keeper = custodian or successor
    if keeper is None:
        raise Refusal(
            _("Say who succeeds %(body)s, or who keeps what it leaves.") % {"body": body(unit, day)},
            field="custodian",
            code="no_custodian",
        )
    for other, field in ((successor, "successor"), (custodian, "custodian")):
        if other is None:
            continue
        require_existing(other, day, field)
        if UnitLineage.objects.on(day).filter(ancestor=unit, descendant=other).exists():
            raise Refusal(
                _("%(body)s ends with it; choose a body that remains.") % {"body": body(other, day)},
                field=field,
            )


def _refuse_homeless(unit, day, case):
    left = left_by(unit, day, besides=case)
    if left:
        shown_left = ", ".join(str(HOMELESS[what]) % {"count": count} for what, count in left)
        raise RegisterIncomplete(
            _("%(body)s cannot end yet. Without a home would be: %(left)s. Give them one first.")
            % {"body": body(unit, day), "left": shown_left},
            left=left,
            field="unit",
        )


def _end(act, case, day, document, *, unit, successor, succession, custodian, kind="ended"):
    _refuse_homeless(unit, day, case)
    why = cause(kind, case=case, document=document)
    said = end_unit(act, unit, day, why, successor, succession, custodian or successor)
    subjects = [
        (("unit", other), {"came_of": unit.code}) for other in {successor.pk if successor else None} - {None}
    ]
    return unit, said, subjects


def end_unit(act: Act, unit: Unit, day: dt.date, why: Cause, successor, succession, custodian) -> dict:
    """Everything that is the body's own ends with it; who succeeds and who keeps what it leaves begins."""
    for model, key in (
        (UnitPlacement, ()),
        (UnitForm, ()),
        (UnitName, ("language",)),
        (UnitService, ("area",)),
    ):
        for row in model.objects.on(day).filter(unit=unit):
            end(model, act, {"unit": unit, **{name: getattr(row, name) for name in key}}, day, cause=why)
    for row in PostExistence.objects.on(day).filter(post__unit=unit).select_related("post"):
        end(PostExistence, act, {"post": row.post}, day, cause=why)
    if successor:
        begin(UnitSuccession, act, day, predecessor=unit, successor=successor, kind=succession, cause=why)
    begin(UnitCustody, act, day, unit=unit, of="everything", custodian=custodian, cause=why)
    derive_lineage(act, [unit])
    return {
        "successor": successor.code if successor else "",
        "succession": succession if successor else "",
        "custodian": custodian.code,
    }


ending = Change(
    "ending",
    label=_("Ending of a body"),
    help=_("Only once members, bodies under it, open cases, held posts and served places have another home."),
    act="unit.end",
    over=lambda asked: superior(asked["unit"], asked["day"]),
    judge=_judge_ending,
    effect=_end,
    fields=[UNIT, SUCCESSOR, SUCCESSION, CUSTODIAN],
)


# ── merge ───────────────────────────────────────────────────────────────────────────────────────────────


def _judge_merging(day, *, unit, into):
    require_existing(unit, day, "unit")
    require_existing(into, day, "into")
    if unit.pk == into.pk:
        raise Refusal(_("A body cannot be merged into itself; choose another."), field="into")
    for one, field in ((unit, "unit"), (into, "into")):
        if not provisions.kinds()[kind_of(one, day)].holds_members:
            raise Refusal(
                _("%(body)s is no cell; only cells are merged in one act.") % {"body": body(one, day)},
                field=field,
            )


def _merge(act, case, day, document, *, unit, into):
    """Members, bodies, places, cases go to the other cell; posts end with their holders; then the cell "
    "ends."""
    why = cause("merged", case=case, document=document)
    subjects = [(("unit", into.pk), {"came_of": unit.code})]
    for place in MembershipPlace.objects.on(day).filter(unit=unit).select_related("person"):
        key = {"person": place.person, "kind": place.kind}
        if place.kind == PlaceKind.TEMPORARY and _home_is(place.person, into, day):
            end(MembershipPlace, act, key, day, cause=why)
        else:
            change(MembershipPlace, act, key, day, {"unit": into}, cause=why)
        subjects.append((("person", place.person_id), {"from": unit.code, "to": into.code}))
    for row in UnitPlacement.objects.on(day).filter(parent=unit).select_related("unit"):
        change(UnitPlacement, act, {"unit": row.unit}, day, {"parent": into}, cause=why)
        derive_lineage(act, [row.unit])
    served = set(UnitService.objects.during(Period(day)).filter(unit=into).values_list("area", flat=True))
    for row in UnitService.objects.on(day).filter(unit=unit).exclude(area__in=served).select_related("area"):
        begin(UnitService, act, day, unit=into, area=row.area, cause=why)
    for row in Appointment.objects.on(day).filter(post__unit=unit).select_related("post"):
        end(Appointment, act, {"post": row.post, "acting": row.acting}, day, cause=why)
        subjects.append((("person", row.person_id), {"released": row.post.code}))
    subjects += hand_over_cases(act, day, unit, into, besides=case, cause=why)
    _refuse_homeless(unit, day, case)
    said = end_unit(act, unit, day, why, into, SuccessionKind.ABSORBED, into)
    return unit, said, subjects


def _home_is(person, unit, day):
    return MembershipPlace.objects.on(day).filter(person=person, kind=PlaceKind.OFFICIAL, unit=unit).exists()


def hand_over_cases(
    act: Act, day: dt.date, unit: Unit, into: Unit, *, besides: Case | None = None,
    person: Person | None = None, cause: Cause | None = None,
) -> list:  # fmt: skip
    """Open cases go on with another body from the day, their deadlines untouched; what the journal says of
    them.
    """
    cases = Case.objects.filter(Q(unit=unit) | Q(data__cell=unit.pk), closed_on__isnull=True)
    if besides is not None:
        cases = cases.exclude(pk=besides.pk)
    if person is not None:
        cases = cases.filter(person=person)
    subjects = []
    for case in cases.select_for_update(no_key=True).order_by("pk"):
        if case.unit_id == unit.pk:
            lay_with(case, act, into, day, cause=cause)
        if case.data.get("cell") == unit.pk:
            case.data["cell"] = into.pk
        case.version += 1
        case.save(update_fields=["unit", "data", "version"])
        subjects.append((("case", case.pk), {"handed_over": into.code}))
    return subjects


merging = Change(
    "merging",
    label=_("Merging of cells"),
    help=_("Members, places and open cases go to the other cell; posts end with their holders."),
    act="unit.end",
    over=lambda asked: common_superior(superior(asked["unit"], asked["day"]), asked["into"], asked["day"]),
    judge=_judge_merging,
    effect=_merge,
    fields=[UNIT, Field("into", "unit", _("Cell that remains"))],
)

end_body, merge_cells = ending.at_once, merging.at_once
