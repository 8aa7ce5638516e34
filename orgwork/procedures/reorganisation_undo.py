"""This room is for taking a reorganisation back as a whole while nothing rests on it; else it says what does.

What its moment recorded is retracted, what it retracted holds again: every answer is as it was. Bodies and
seats that it founded keep their numbers and codes, stand nowhere, and are used again if it is enacted anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orgwork.foundation.dates import Dated
from orgwork.foundation.many import listed
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import RegisterIncomplete
from orgwork.registers import hanging
from orgwork.registers.areas import Area, AreaPlacement
from orgwork.registers.posts import Post
from orgwork.registers.reorganisation import Plan
from orgwork.registers.units import UnitPlacement, lock_tree

from .batch_undo import dated_models, turn_back
from .cases import Case, CaseHome, CaseStep
from .hanging_tables import cells_back
from .takeover import Said, TakeOver

VERB = "reorganisation.undo"
AT_MOST = 50


@dataclass(frozen=True)
class Resting:
    """Something that was recorded later and would lose its ground: what, how many, and the first of them."""

    what: str
    count: int
    first: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def __str__(self) -> str:
        return f"{self.what}: {self.count} ({self.first})"


def resting(plan: Plan) -> list[Resting]:
    """What was done since on the ground of the plan; nothing when it can be taken back."""
    if plan.moment is None:
        return []
    found = [*_changed_since(plan.moment), *_since_then(plan.moment)]
    return found[:AT_MOST]


def _changed_since(moment: int) -> Iterator[Resting]:
    """Records of the plan that somebody has ended, changed or corrected since."""
    for model in dated_models():
        if model._meta.db_table == "registers_unitlineage":
            continue  # derived: what moved it shows by itself
        rows = model.versions.filter(recorded=moment, retracted__isnull=False).exclude(retracted=moment)
        if count := rows.count():
            yield Resting(str(model._meta.verbose_name), count, str(rows.order_by("pk").first()))


def _since_then(moment: int) -> Iterator[Resting]:
    """Records that were made since about bodies, seats and territories that the plan brought."""
    units = list(_fresh(UnitPlacement, "unit", moment))
    areas = list(_fresh(AreaPlacement, "area", moment))
    for name, idents, target in (("brought_units", units, None), ("brought_areas", areas, Area)):
        if not idents:
            continue
        with listed(((ident,) for ident in idents), name) as names:
            for model, column in _naming(target):
                yield from _rows(model, column, names, moment)
            if target is None:
                yield from _seats(names, moment)
    cases = CaseHome.versions.filter(recorded=moment).values("case")
    steps = CaseStep.objects.filter(moment__gt=moment, case__in=cases).order_by("pk")
    if count := steps.count():
        first = steps.first()
        yield Resting(str(_("steps of cases that were handed over")), count, str(first))


def _fresh(model: type[Dated], column: str, moment: int) -> set[int]:
    """Whatever stands somewhere by this moment and never stood anywhere before."""
    now = model.versions.filter(recorded=moment).values(column)
    before = model.versions.filter(recorded__lt=moment, **{f"{column}__in": now}).values_list(
        column, flat=True
    )
    return set(now.values_list(column, flat=True)) - set(before)


def _naming(target) -> Iterator[tuple[Any, str]]:
    if target is None:
        yield from hanging.columns()
        return
    from django.apps import apps

    for model in apps.get_models():
        if model._meta.managed:
            for one in model._meta.concrete_fields:
                if one.is_relation and one.related_model is target:
                    yield model, one.name


def _rows(model, column: str, names: str, moment: int) -> Iterator[Resting]:
    columns = {one.name for one in model._meta.concrete_fields}
    if "recorded" not in columns and model is not Case:
        return
    if model._meta.db_table == "registers_unitlineage":
        return
    rows = model.versions.all() if issubclass(model, Dated) else model._default_manager.all()
    if model is Case:
        handed = CaseHome.versions.filter(recorded=moment).values("case")
        rows = rows.exclude(pk__in=handed)
    else:
        rows = rows.filter(recorded__gt=moment)
        if "retracted" in columns:
            rows = rows.filter(retracted__isnull=True)
    field = model._meta.get_field(column).column
    table = model._meta.db_table
    inside = f'"{table}"."{field}" IN (SELECT ident FROM {names})'  # noqa: S608  names of this house
    rows = rows.extra(where=[inside])  # noqa: S610
    if count := rows.count():
        yield Resting(str(model._meta.verbose_name), count, str(rows.order_by("pk").first()))


def _seats(names: str, moment: int) -> Iterator[Resting]:
    inside = f"unit_id IN (SELECT ident FROM {names})"  # noqa: S608  names of this house
    posts = Post.objects.extra(where=[inside]).values("pk")  # noqa: S610
    for model in dated_models():
        for one in model._meta.concrete_fields:
            if one.is_relation and one.related_model is Post:
                rows = model.objects.filter(recorded__gt=moment, **{f"{one.name}__in": posts})
                if count := rows.count():
                    yield Resting(str(model._meta.verbose_name), count, str(rows.order_by("pk").first()))


def refuse_resting(plan: Plan) -> None:
    found = resting(plan)
    if found:
        raise RegisterIncomplete(
            _("Later acts rest on what this plan brought; undo them first. They are listed."),
            code="rests_on_it",
            left=[str(one) for one in found],
        )


def take_back(act: Act, plan: Plan, tell: Callable[[str], None] = lambda text: None) -> int:
    """Take the plan's moment back in the open transaction; how many records were touched."""
    moment = plan.moment
    assert moment is not None
    lock_tree()
    refuse_resting(plan)
    touched = 0
    for model in dated_models():
        tell(str(model._meta.verbose_name))
        touched += turn_back(model, act, moment, plan.batch)
    _cases(act, plan)
    take = TakeOver(act.batch, door=act.door, actor=getattr(act.actor, "pk", None))
    take._ordinals[act.moment] = act.ordinal
    said = [("plan", plan.pk, {"plan": plan.code})]
    act.ordinal += take.journal([Said(act.moment, VERB, plan.day, said)])
    return touched


def _cases(act: Act, plan: Plan) -> None:
    """Each case says again where it lies, and in which cell it takes place."""
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE procedures_case SET version = version + 1, unit_id =
                (SELECT h.unit_id FROM procedures_casehome h WHERE h.case_id = procedures_case.id
                 AND h.retracted IS NULL AND h.valid_to IS NULL)
            WHERE id IN (SELECT case_id FROM procedures_casehome WHERE recorded = %s)
              AND EXISTS (SELECT 1 FROM procedures_casehome h WHERE h.case_id = procedures_case.id
                 AND h.retracted IS NULL AND h.valid_to IS NULL)""",
            [act.moment],
        )
    cells = {int(old): new for old, new in plan.outcome.get("cells", {}).items()}
    if cells:
        rows = Case.objects.filter(Q(data__has_key="cell_before"))
        cells_back(
            case
            for case in rows.iterator(2_000)
            if cells.get(case.data["cell_before"]) == case.data.get("cell")
        )
