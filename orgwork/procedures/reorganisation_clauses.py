"""This room is for checking what was read from a resolution against the words of its clauses, one by one.

A person accepts what was made of a clause, corrects it, or leaves it out; what follows for bodies follows
anew.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Refusal
from orgwork.registers.area_changes import final_list
from orgwork.registers.areas import Area, AreaKind, AreaName, AreaPlacement, ChangeKind
from orgwork.registers.reorganisation import LEFT_OPEN, ChangeOf, ClauseState, Plan, PlanClause, PlannedChange

from .cases import Outcome
from .fields import Field
from .operations import operation
from .reorganisation import follow_anew
from .reorganisation_changes import ACT, PLAN, at_the_head, open_plan, said_of

#: (area, population) of each kind that a clause can say.
SHARES = {
    "whole": ("whole", "whole"), "unchanged": ("whole", "whole"), "renamed": ("whole", "whole"),
    "part": ("part", "part"), "remainder": ("remainder", "remainder"), "part_area_only": ("part", "none"),
    "part_area_all_population": ("part", "whole"), "all_area_no_population": ("whole", "none"),
    "part_population_only": ("none", "part"), "remainder_population_only": ("none", "remainder"),
    "unincorporated_area": ("whole", "none"),
}  # fmt: skip
#: The columns of the new territory.
NEW = ("new_code", "new_code_1027", "new_name", "new_province_code", "new_province")
#: What a person may say of a clause as a whole.
VERDICTS = [(one.value, one.label) for one in (ClauseState.ACCEPTED, ClauseState.LEFT_OUT, ClauseState.OPEN)]


def why_open(said: Mapping[str, Any]) -> str:
    """Why a text leaves a place open, in a sentence."""
    several = len(said.get("could_be", "").split("; "))
    return {
        "no_new_unit": str(_("no new unit of that name is in the list.")),
        "none": str(_("no commune bears this name on the day before.")),
        "several": ngettext(
            "%(count)s commune bears this name; say which.", "%(count)s communes bear this name; say which.",
            several,
        ) % {"count": several},
    }.get(said.get(LEFT_OPEN, ""), "")  # fmt: skip


def clause_of(plan: Plan, order: int) -> PlanClause:
    found = plan.clauses.filter(order=order).first()
    if found is None:
        raise Refusal(
            _("The plan %(plan)s has no clause %(order)s.") % {"plan": plan.code, "order": order},
            field="clause", code="no_such_clause",
        )  # fmt: skip
    return found


@operation(
    "plan.clause",
    label=_("Check a clause against the text"),
    act=ACT,
    at=at_the_head,
    day_label=_("Checked on"),
    help=_("Accepted, what was read of it counts; left out, it does not, and bodies follow anew."),
    fields=[
        PLAN,
        Field("clause", "number", _("Clause"), help=_("Its place among the clauses of the plan.")),
        Field("verdict", "choice", _("Verdict"), choices=VERDICTS),
    ],
)
def check(act: Act, *, day: dt.date, plan: int, clause: int, verdict: str):
    held = open_plan(plan)
    row = clause_of(held, clause)
    before = row.state
    if verdict == ClauseState.ACCEPTED and left_open(row):
        raise Refusal(
            _("The text leaves a place open in %(clause)s; choose the territory, or leave the clause out.")
            % {"clause": row.clause},
            field="verdict", code="place_open",
        )  # fmt: skip
    _set(row, verdict)
    if ClauseState.LEFT_OUT in (before, verdict) and before != verdict:
        _count_anew(held)
        follow_anew(held)
    return Outcome(subjects=said_of(held, clause=row.clause, verdict=verdict), result=row)


def _set(row: PlanClause, verdict: str) -> None:
    row.state = verdict
    row.save(update_fields=["state"])
    checked = verdict in (ClauseState.ACCEPTED, ClauseState.CORRECTED)
    row.changes.update(checked=checked)


@operation(
    "plan.correct",
    label=_("Correct what was read of a clause"),
    act=ACT,
    at=at_the_head,
    day_label=_("Checked on"),
    help=_("As the text says it: which territory, how much of it, into which new one."),
    fields=[
        PLAN,
        Field("change", "number", _("Planned change")),
        Field("old", "area", _("Old territory"), required=False),
        Field("part", "choice", _("How much of it"), choices=lambda: ChangeKind.choices),
        Field("new_code", "text", _("Code of the new territory"), most=5,
              help=_("Of the list in force from 1 July 2025.")),
    ],
)  # fmt: skip
def correct(act: Act, *, day: dt.date, plan: int, change: int, old: Area | None, part: str, new_code: str):
    held = open_plan(plan)
    row = held.changes.filter(kind=ChangeOf.AREA, pk=change).select_related("said_in").first()
    if row is None:
        raise Refusal(
            _("The plan %(plan)s has no such change any more; look at it again.") % {"plan": held.code},
            field="change", code="no_such_change",
        )  # fmt: skip
    row.values = {**row.values, **_new(new_code), **_old(held, old, part, row)}
    area, population = SHARES.get(part, SHARES["whole"])
    row.values |= {"kind": part, "area": area, "population": population, "resolved_by": "person"}
    _settle(row)
    row.save(update_fields=["values"])
    if row.said_in is not None:
        _beside(row, row.said_in)
    _count_anew(held)
    if row.said_in is not None and not left_open(row.said_in):
        _set(row.said_in, ClauseState.CORRECTED)
    follow_anew(held)
    clause = row.said_in.clause if row.said_in else row.clause
    return Outcome(subjects=said_of(held, clause=clause, verdict=ClauseState.CORRECTED.value), result=row)


def left_open(clause: PlanClause) -> bool:
    """Whether the text leaves a place open in the clause that nobody has chosen yet."""
    return clause.changes.filter(kind=ChangeOf.AREA, values__has_key=LEFT_OPEN).exists()


def _settle(row: PlannedChange) -> None:
    """With an old and a new territory nothing is open any more."""
    for name in (LEFT_OPEN, "could_be"):
        row.values.pop(name, None)


def _beside(row: PlannedChange, clause: PlanClause) -> None:
    """The new unit of a clause is one: what it says of others that had none holds for them, too."""
    new = {name: row.values[name] for name in NEW}
    others = clause.changes.filter(kind=ChangeOf.AREA, values__has_key=LEFT_OPEN).exclude(pk=row.pk)
    for other in others:
        if other.values.get("new_code"):
            continue
        other.values |= new
        if other.values.get("old_code") or other.values["kind"] == ChangeKind.UNINCORPORATED_AREA:
            _settle(other)
        else:
            other.values[LEFT_OPEN] = "several" if other.values.get("could_be") else "none"
        other.save(update_fields=["values"])


def _new(code: str) -> dict[str, Any]:
    listed = final_list().get(code.strip())
    if listed is None or len(listed.code) != 5:
        raise Refusal(
            _("No commune has the code %(code)s in the list in force from 1 July 2025; look it up there.")
            % {"code": code},
            field="new_code", code="no_such_area",
        )  # fmt: skip
    province = final_list()[listed.province]
    return {
        "new_code": listed.code, "new_code_1027": listed.draft, "new_name": listed.name,
        "new_province_code": listed.province, "new_province": province.name,
    }  # fmt: skip


def _old(plan: Plan, old: Area | None, part: str, row: PlannedChange) -> dict[str, Any]:
    """The columns of the old territory, as it stood on the eve."""
    if old is None:
        if row.values.get("old_code"):
            return {}
        if part == ChangeKind.UNINCORPORATED_AREA:
            return {"old_level": AreaKind.UNINCORPORATED.value}
        raise Refusal(_("Say which old territory it is."), field="old", code="missing")
    eve = plan.day - dt.timedelta(days=1)
    chain, at = [], old
    while at is not None:
        placed = AreaPlacement.objects.on(eve).filter(area=at).select_related("parent").first()
        if placed is None:
            raise Refusal(
                _("This territory does not exist on the day before; choose another one."),
                field="old", code="no_such_area",
            )  # fmt: skip
        chain.append(at)
        at = placed.parent
    names = dict(AreaName.objects.on(eve).filter(area__in=chain).values_list("area", "name"))
    over = {one.kind: one for one in chain}
    if old.kind not in (AreaKind.COMMUNE, AreaKind.DISTRICT):
        raise Refusal(
            _("Choose a commune, or a district without communes."), field="old", code="not_a_choice"
        )
    said: dict[str, Any] = {"old_level": old.kind, "old_code": old.code, "old_name": names.get(old.pk, "")}
    for level, column in ((AreaKind.DISTRICT, "old_district"), (AreaKind.PROVINCE, "old_province")):
        one = over.get(level)
        said |= {f"{column}_code": one.code if one else "", column: names.get(one.pk, "") if one else ""}
    return said


def _count_anew(plan: Plan) -> None:
    """Into how many new territories each old one goes."""
    standing = plan.changes.filter(kind=ChangeOf.AREA).exclude(said_in__state=ClauseState.LEFT_OUT)
    rows = [row for row in standing if LEFT_OPEN not in row.values]
    counted = Counter(_key(row) for row in rows)
    for row in rows:
        row.values["n_targets"] = str(counted[_key(row)])
    PlannedChange.objects.bulk_update(rows, ["values"], batch_size=500)


def _key(row: PlannedChange) -> tuple[str, str]:
    said = row.values
    return str(said.get("old_level", "")), str(said.get("old_code") or said.get("old_name", ""))
