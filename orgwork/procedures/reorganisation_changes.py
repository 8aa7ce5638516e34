"""This room is for writing a plan by hand: an empty draft, and each change, added, written anew, taken out.

What a change may say is judged in reorganisation_faults.py, where tables and texts are judged, too. A plan is
written while it is not enacted; whatever is written makes a new version, to be rehearsed anew.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from orgwork.foundation import wording
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Refusal
from orgwork.registers import access
from orgwork.registers.areas import Area
from orgwork.registers.documents import Document
from orgwork.registers.reorganisation import ChangeOf, Plan, PlannedChange
from orgwork.registers.units import Unit

from .cases import Outcome
from .fields import Field
from .operations import operation
from .reorganisation import make_plan, touched
from .reorganisation_days import shape_on
from .reorganisation_faults import Judge, code_of
from .staffing import plan_of
from .unit_change import KIND, LANGUAGES, NAMES, SHORT, UNIT

ACT = "unit.end"
PLAN = Field("plan", "number", _("Reorganisation plan"))
CHANGE = Field(
    "change", "number", _("Planned change"), required=False,
    help=_("Its number, where one is written anew; empty, another is added."),
)  # fmt: skip
SINCE = Field(
    "effective", "day", _("Effective from"), required=False, help=_("Empty: on the day of the plan.")
)
CLAUSE = Field(
    "clause", "text", _("Clause"), required=False, most=300, help=_("For example: Article 2, clause 3.")
)
PAPER = Field(
    "document", "document", _("Decision"), required=False, paper="decision",
    help=_("Number and symbol, day and issuer of the paper it rests on."),
)  # fmt: skip


def _towards(label, help="") -> list[Field]:
    """A body to which something goes: of the register, or one that the plan founds."""
    return [
        Field("target", "unit", label, required=False, help=help),
        Field(
            "target_key", "text", _("Or a body that the plan founds"), required=False, most=120,
            help=_("What it goes by in the plan: new-1, new-2 …"),
        ),
    ]  # fmt: skip


INTO = _towards(_("Into the body"))
UNDER = _towards(_("Superior body"))
NAMES_ANEW = [Field(one.name, one.type, one.label, required=False, most=one.most) for one in NAMES]
SERVES = Field(
    "serves", "area", _("Serves"), required=False, many=True, help=_("Area, village, firm or school.")
)


@dataclass(frozen=True)
class Writing:
    """How a kind of change is written: what it is called, what it asks for, and how that is kept."""

    kind: str
    verb: str
    label: Any
    help: Any
    fields: tuple[Field, ...]
    keeps: Callable[[Mapping[str, Any]], dict[str, Any]] = lambda said: {}
    back: Callable[[Mapping[str, Any]], dict[str, Any]] = lambda values: {}


def _names(said: Mapping[str, Any]) -> dict[str, list[str]]:
    names = {}
    for language in LANGUAGES:
        if text := said.get(f"name_{language}"):
            names[language] = [text, said.get("short", "") if language == "vi" else ""]
    return names


def _names_back(values: Mapping[str, Any]) -> dict[str, Any]:
    names = values.get("names", {})
    found = {f"name_{language}": said[0] for language, said in names.items() if said}
    return {**found, "short": (names.get("vi") or ["", ""])[1]}


def _areas_back(name: str) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    return lambda values: {name: list(Area.objects.filter(pk__in=values.get(name, ())).order_by("pk"))}


def _keep_founding(said):
    return {
        "kind": said["kind"], "names": _names(said), "code": said["code"].strip(),
        "serves": [area.pk for area in said["serves"]],
    }  # fmt: skip


def _keep_split(said):
    targets = [*(unit.pk for unit in said["targets"]), *(key for key in said["targets_key"] if key)]
    values: dict[str, Any] = {"targets": targets}
    if rest := said["remainder"].pk if said["remainder"] else said["remainder_key"]:
        values["remainder"] = rest
    return values


def _split_back(values):
    given = values.get("targets", ())
    rest = values.get("remainder")
    units = Unit.objects.in_bulk([one for one in (*given, rest) if isinstance(one, int)])
    return {
        "targets": [units[one] for one in given if isinstance(one, int)],
        "targets_key": [one for one in given if isinstance(one, str)],
        "remainder": units.get(rest) if isinstance(rest, int) else None,
        "remainder_key": rest if isinstance(rest, str) else "",
    }


WRITINGS = (
    Writing(
        ChangeOf.FOUND, "plan.found", _("Plan a founding"),
        _("The body begins on the day; it goes by a key of the plan until then."),
        (
            *UNDER, KIND, *NAMES, SHORT,
            Field("code", "text", _("Code"), required=False, most=60,
                  help=_("Empty: the register gives the next one.")),
            SERVES,
        ),
        _keep_founding,
        lambda values: {
            "kind": values.get("kind"), "code": values.get("code", ""), **_names_back(values),
            **_areas_back("serves")(values),
        },
    ),
    Writing(
        ChangeOf.END, "plan.end", _("Plan the end of a body"),
        _("What stands under it goes with its successor, or where it is decided; its papers stay found."),
        (UNIT, *_towards(_("Succeeded by"), _("Empty: nothing succeeds it; the body above keeps what it"
                                              " leaves."))),
    ),
    Writing(
        ChangeOf.MERGE, "plan.merge", _("Plan a merger"),
        _("The body ends; members, cells and papers go to the one into which it merges. Bodies of different"
          " kinds may merge."),
        (UNIT, *INTO),
    ),
    Writing(
        ChangeOf.ABSORB, "plan.absorb", _("Plan that a body is absorbed"),
        _("As with a merger, but the other body stays what it was."),
        (UNIT, *INTO),
    ),
    Writing(
        ChangeOf.SPLIT, "plan.split", _("Plan a division"),
        _("The body is divided among others; who goes where is decided by people, never guessed."),
        (
            UNIT,
            Field("targets", "unit", _("Into the bodies"), required=False, many=True),
            Field("targets_key", "text", _("Or bodies that the plan founds"), required=False, many=True,
                  most=120),
            Field("remainder", "unit", _("What is left goes to"), required=False),
            Field("remainder_key", "text", _("Or a body that the plan founds"), required=False, most=120),
        ),
        _keep_split, _split_back,
    ),
    Writing(
        ChangeOf.MOVE, "plan.move", _("Plan a move"),
        _("The body goes with everything under it; its members move with it."),
        (UNIT, *UNDER),
    ),
    Writing(
        ChangeOf.RENAME, "plan.rename", _("Plan a new name"),
        _("In one language or several; the code stays."),
        (UNIT, *NAMES_ANEW, SHORT),
        lambda said: {"names": _names(said)}, _names_back,
    ),
    Writing(
        ChangeOf.CHANGE_KIND, "plan.kind", _("Plan another kind"),
        _("What stands under the body must be allowed to stand under its new kind, or is asked about."),
        (UNIT, KIND),
        lambda said: {"kind": said["kind"]}, lambda values: {"kind": values.get("kind")},
    ),
    Writing(
        ChangeOf.TRANSFER_FUNCTION, "plan.function", _("Plan that a function is handed over"),
        _("From the day on the other body does it; the first remains for everything else."),
        (
            UNIT,
            Field("functions", "number", _("Functions"), required=False, many=True,
                  help=_("Empty: all that the body has.")),
            *_towards(_("To the body")),
        ),
        lambda said: {"functions": list(dict.fromkeys(said["functions"]))},
        lambda values: {"functions": list(values.get("functions", ()))},
    ),
    Writing(
        ChangeOf.TRANSFER_AREAS, "plan.areas", _("Plan that places are handed over"),
        _("From the day on the other body serves them."),
        (UNIT, Field("areas", "area", _("Places"), many=True), *_towards(_("To the body"))),
        lambda said: {"areas": [area.pk for area in said["areas"]]}, _areas_back("areas"),
    ),
)  # fmt: skip
BY_KIND = {one.kind: one for one in WRITINGS}


# ── the plan ────────────────────────────────────────────────────────────────────────────────────────────


def at_the_head(asked: Mapping[str, Any]) -> Unit | None:
    """Over which body a power is needed for what is done with a plan."""
    return plan_of(asked["plan"]).unit or access.root()


def open_plan(number: int) -> Plan:
    """A plan that may be written, locked."""
    held = Plan.objects.select_for_update(no_key=True).get(pk=plan_of(number).pk)
    touched(held)
    return held


def said_of(plan: Plan, **more: Any) -> list:
    return [(("plan", plan.pk), {"plan": plan.code, **more})]


@operation(
    "plan.draft",
    label=_("Draft a reorganisation"),
    act=ACT,
    at=lambda asked: asked["unit"],
    day_label=_("Day"),
    help=_("An empty plan; then each change is written into it. Nothing is true before it is enacted."),
    fields=[
        Field("unit", "unit", _("Body at the head"), help=_("All bodies that change stand under it.")),
        Field("effective", "day", _("Effective from")),
        Field("title", "text", _("Title"), most=300),
        PAPER,
    ],
)
def draft(act: Act, *, day: dt.date, unit: Unit, effective: dt.date, title: str, document):
    return Outcome(
        result=make_plan(act, effective, title=title, unit=unit, papers=[document] if document else ())
    )


# ── a change ────────────────────────────────────────────────────────────────────────────────────────────


def change_of(plan: Plan, number: int) -> PlannedChange:
    found = plan.changes.exclude(kind=ChangeOf.AREA).filter(pk=number).first()
    if found is None:
        raise Refusal(
            _("The plan %(plan)s has no such change any more; look at it again.") % {"plan": plan.code},
            field="change", code="no_such_change",
        )  # fmt: skip
    return found


def _write(
    act: Act, writing: Writing, *, plan: int, change: int | None, effective: dt.date | None, clause: str,
    document: Document | None, **said: Any,
) -> Outcome:  # fmt: skip
    held = open_plan(plan)
    row = change_of(held, change) if change else PlannedChange(plan=held, order=_next(held))
    if row.pk and row.kind != writing.kind:
        raise Refusal(
            _("This change is of another kind; take it out and write a new one."), field="change",
            code="another_kind",
        )  # fmt: skip
    row.kind, row.rule, row.clause, row.paper = writing.kind, "written", clause[:300], document
    row.day = _day(held, effective)
    row.subject = said.get("unit")
    row.target, row.target_key = said.get("target"), said.get("target_key", "")
    if row.target and row.target_key:
        raise Refusal(
            _("Say either a body of the register or one that the plan founds, not both."),
            field="target_key", code="one_of_both",
        )  # fmt: skip
    row.values = writing.keeps(said)
    if writing.kind == ChangeOf.FOUND and not row.key:
        row.key = new_key(held)
    row.save()
    if document is not None:
        held.papers.add(document)
    day = row.day or held.day
    Judge(shape_on(held, day))(row)
    kind = str(ChangeOf(row.kind).value)
    return Outcome(subjects=said_of(held, kind=kind, order=row.order), result=row)


def _next(plan: Plan) -> int:
    return (plan.changes.order_by("-order").values_list("order", flat=True).first() or 0) + 1


def _day(plan: Plan, effective: dt.date | None) -> dt.date | None:
    """The day of a change; None where it is the plan's own."""
    if effective is None or effective == plan.day:
        return None
    if effective < plan.day:
        raise Refusal(
            _("The plan begins on %(day)s; a change cannot take effect before.")
            % {"day": wording.day(plan.day)},
            field="effective", code="before_the_plan",
        )  # fmt: skip
    return effective


def new_key(plan: Plan) -> str:
    """What a body goes by that the plan founds: new-1, new-2 …"""
    taken = set(plan.changes.filter(kind=ChangeOf.FOUND).values_list("key", flat=True))
    return next(key for n in range(1, 100_000) if (key := f"new-{n}") not in taken)


def _declare(writing: Writing) -> Callable:
    @operation(
        writing.verb,
        label=writing.label,
        act=ACT,
        at=at_the_head,
        day_label=_("Written on"),
        help=writing.help,
        fields=[PLAN, CHANGE, *writing.fields, SINCE, CLAUSE, PAPER],
    )
    def write(act: Act, *, day: dt.date, **said: Any):
        return _write(act, writing, **said)

    return write


WRITE = {writing.kind: _declare(writing) for writing in WRITINGS}


@operation(
    "plan.take_out",
    label=_("Take a change out of a plan"),
    act=ACT,
    at=at_the_head,
    day_label=_("Written on"),
    fields=[PLAN, Field("change", "number", _("Planned change"))],
)
def take_out(act: Act, *, day: dt.date, plan: int, change: int):
    held = open_plan(plan)
    row = change_of(held, change)
    if row.kind == ChangeOf.FOUND and (others := naming(held, row)):
        first = f"{others[0].get_kind_display()} {code_of(others[0])}"
        raise Refusal(
            _("%(count)s other changes of the plan name this body, first: %(first)s. Take those out first.")
            % {"count": len(others), "first": first},
            field="change", code="named_elsewhere",
        )  # fmt: skip
    kind, order = row.kind, row.order
    row.delete()
    return Outcome(subjects=said_of(held, kind=kind, order=order))


def naming(plan: Plan, founding: PlannedChange) -> list[PlannedChange]:
    """Changes of a plan that name a body which it founds."""
    rows = plan.changes.exclude(pk=founding.pk).exclude(kind=ChangeOf.AREA).select_related("subject")
    return [
        one for one in rows.order_by("order")
        if founding.key in (one.target_key, one.values.get("remainder"), *one.values.get("targets", ()))
    ]  # fmt: skip


def filled(row: PlannedChange) -> dict[str, Any]:
    """What the form of a written change is filled with, by field."""
    found: dict[str, Any] = {
        "unit": row.subject, "target": row.target, "target_key": row.target_key, "effective": row.day,
        "clause": row.clause, "document": row.paper, **BY_KIND[ChangeOf(row.kind)].back(row.values),
    }  # fmt: skip
    names = {one.name for one in BY_KIND[ChangeOf(row.kind)].fields} | {"effective", "clause", "document"}
    return {name: value for name, value in found.items() if name in names and value not in (None, "", [])}
