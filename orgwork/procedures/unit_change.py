"""This room is for the frame of all changes of bodies: a case with its plan, who decides, and what must hold.

A change is proposed with what is to happen, sent back if something is missing, enacted by the body above with
its paper (and the vote, where one was taken). What may stand where is data (provisions/kinds.yaml).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from orgwork.foundation import provisions, wording
from orgwork.foundation.dates import Period
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Refusal
from orgwork.foundation.wording import localized
from orgwork.registers.areas import Area, AreaName
from orgwork.registers.people import Person
from orgwork.registers.posts import Post
from orgwork.registers.units import (
    Unit,
    UnitForm,
    UnitLineage,
    UnitPlacement,
    UnitSuccession,
    kind_of,
)

from .cases import Case, Opening, Outcome, Procedure, doing, vote
from .fields import PAPER, PROTOCOL, REASON, Field
from .members import body
from .papers import shown

LANGUAGES = {"vi": _("Vietnamese"), "en": _("English"), "de": _("German"), "ru": _("Russian")}
STATES = {
    "proposed": _("proposed"),
    "returned": _("sent back for completion"),
    "enacted": _("enacted"),
    "rejected": _("rejected"),
    "withdrawn": _("withdrawn"),
}
VOTE = Field("protocol", "protocol", PROTOCOL.label, required=False, help=PROTOCOL.help)

UNIT = Field("unit", "unit", _("Body"))
PARENT = Field("parent", "unit", _("Superior body"))


def kinds() -> Iterable[tuple[str, Any]]:
    return [(code, localized(kind.labels)) for code, kind in provisions.kinds().items()]


KIND = Field("kind", "choice", _("Kind"), choices=kinds)
NAMES = [
    Field(
        f"name_{code}",
        "text",
        format_lazy(_("Name ({language})"), language=label),
        required=code == "vi",
        most=280,
    )
    for code, label in LANGUAGES.items()
]
SHORT = Field("short", "text", _("Short name"), required=False, most=120)


class Change:
    """A kind of change: its case, what is planned, who decides, and what comes of it."""

    def __init__(
        self, code: str, *, label, help, act: str, fields: Iterable[Field], over: Callable, judge: Callable,
        effect: Callable, result: str = "unit", locks=("tree", "unit", "person"),
    ):  # fmt: skip
        self.fields, self.over, self.judge, self.effect = tuple(fields), over, judge, effect
        self.procedure = Procedure(
            code,
            label=label,
            states=STATES,
            initial="proposed",
            about="unit",
            help=help,
            final=("enacted", "rejected", "withdrawn"),
            citation="Statutes 2011, Art. 10",
        )
        self.act, self.result, self.locks = act, result, locks
        self.propose = self._opener()
        self.enact = self._enacting()
        self.complete = self._completing()
        self.send_back = self.procedure.goes_back(
            source="proposed", target="returned", act=act, at=self._decided_by
        )
        self.reject = self._rejecting()
        self.withdraw = self.procedure.may_be_withdrawn(source=("proposed", "returned"), act=act)

    def at_once(
        self, *, actor=None, door="web", day=None, within: Act | None = None, document, protocol=None, **plan
    ):
        """Propose and enact in one act; returns what came of it (the body)."""
        with doing(actor, door, within) as act:
            day = day or act.day
            case = self.propose(day=day, within=act, **plan)
            self.enact(case, day=day, within=act, document=document, protocol=protocol)
            return Unit.objects.get(pk=case.data["result"])

    def _opener(self):
        @self.procedure.opener(
            label=format_lazy(_("Propose: {what}"), what=self.procedure.label),
            act=self.act,
            at=self._proposed_at,
            fields=self.fields,
        )
        def propose(act, *, day, **plan):
            self.judge(day, **plan)
            lies = plan.get("unit") or plan["parent"]
            return Opening(unit=lies, data={"plan": _kept(plan)}, said={"plan": _told(plan)})

        return propose

    def _completing(self):
        @self.procedure.step(
            "complete",
            source="returned",
            target="proposed",
            act=self.act,
            label=_("Complete and propose again"),
            fields=self.fields,
        )
        def complete(case, act, *, day, **plan):
            self.judge(day, **plan)
            case.data["plan"] = _kept(plan)
            return Outcome(said={"plan": _told(plan)})

        return complete

    def _enacting(self):
        @self.procedure.step(
            "enact",
            source="proposed",
            target="enacted",
            act=self.act,
            at=self._decided_by,
            label=_("Enact by decision"),
            day_label=_("Day from which it holds"),
            locks=self.locks,
            fields=[PAPER, VOTE],
        )
        def enact(case, act, *, day, document, protocol):
            plan = self.plan_of(case)
            counted = None
            if protocol:
                rule = provisions.on(day)["votes.simple"]
                counted = vote(
                    case, act, unit=case.unit, kind=self.procedure.code, day=day, rule=rule, numbers=protocol
                )
                if not counted.agreed:
                    raise Refusal(
                        _("The vote does not reach the majority asked for; record a rejection instead."),
                        field="protocol",
                        citation=rule.citation,
                    )
            self.judge(day, **plan)
            unit, said, subjects = self.effect(act, case, day, document, **plan)
            case.data["result"] = unit.pk
            said = {"decision": shown(document), **said}
            return Outcome(
                document=document,
                protocol=counted,
                unit=unit,
                said=said,
                subjects=[(("unit", unit.pk), said), *subjects],
            )

        return enact

    def _rejecting(self):
        @self.procedure.step(
            "reject",
            source="proposed",
            target="rejected",
            act=self.act,
            at=self._decided_by,
            label=_("Reject"),
            kind="close",
            fields=[REASON],
        )
        def reject(case, act, *, day, reason):
            return Outcome(remark=reason, said={"reason": reason})

        return reject

    def plan_of(self, case: Case) -> dict[str, Any]:
        """What is planned, as values again."""
        return {one.name: _restored(one, case.data["plan"].get(one.name)) for one in self.fields}

    def _proposed_at(self, asked):
        return asked.get("unit") or asked["parent"]

    def _decided_by(self, case, asked):
        return self.over({**self.plan_of(case), "day": asked["day"]})


MODELS: dict[str, Any] = {"unit": Unit, "area": Area, "person": Person, "post": Post}


def _kept(plan: Mapping) -> dict:
    """The plan as plain data for the case."""
    return {
        name: [one.pk for one in value] if isinstance(value, list) else getattr(value, "pk", value)
        for name, value in plan.items()
    }


def _told(plan: Mapping) -> dict:
    """The plan as the journal says it: codes, never names of people."""
    told = {}
    for name, value in plan.items():
        if isinstance(value, list):
            value = [getattr(one, "code", one.pk) for one in value]
        elif hasattr(value, "pk"):
            value = getattr(value, "code", value.pk)
        if value not in (None, "", []):
            told[name] = value
    return told


def _restored(one: Field, value):
    model = MODELS.get(one.type)
    if model is None or value in (None, "", []):
        return ([] if one.many else None) if model else value
    if one.many:
        found = model.objects.in_bulk(value)
        return [found[ident] for ident in value]
    return model.objects.get(pk=value)


def superior(unit: Unit, day: dt.date) -> Unit:
    """The body that decides about another: the one above it (the whole party decides about itself)."""
    row = UnitPlacement.objects.on(day).filter(unit=unit).select_related("parent").first()
    return row.parent if row and row.parent else unit


def common_superior(one: Unit | None, other: Unit, day: dt.date) -> Unit:
    """The nearest body over both: who moves something from one to the other needs the power over both."""
    over = UnitLineage.objects.on(day).filter(descendant=other).values("ancestor")
    row = (
        UnitLineage.objects.on(day)
        .filter(descendant=one, ancestor__in=over)
        .order_by("depth")
        .select_related("ancestor")
        .first()
    )
    return row.ancestor if row else other


# ── what must hold ──────────────────────────────────────────────────────────────────────────────────────


def require_existing(unit: Unit, day: dt.date, field: str) -> UnitPlacement:
    row = UnitPlacement.objects.on(day).filter(unit=unit).first()
    if row is None:
        last = UnitPlacement.objects.filter(unit=unit).order_by("-valid_from").first()
        successor = UnitSuccession.objects.filter(predecessor=unit).select_related("successor").first()
        if last and last.valid_to and last.valid_to <= day:
            raise Refusal(
                _("%(body)s ended on %(day)s; choose its successor %(successor)s.")
                % {
                    "body": body(unit, day),
                    "day": wording.day(last.valid_to),
                    "successor": body(successor.successor, day) if successor else "…",
                },
                field=field,
                code="ended",
            )
        raise Refusal(
            _("%(body)s does not exist on %(day)s; choose a later day or another body.")
            % {"body": body(unit, day), "day": wording.day(day)},
            field=field,
            code="no_such_body",
        )
    return row


def kind_label(kind: str) -> str:
    return localized(provisions.kinds()[kind].labels) if kind in provisions.kinds() else kind or "…"


def require_grammar(kind: str, parent: Unit, day: dt.date, field: str, unit: Unit | None = None) -> None:
    """The kind may stand under the parent's kind on that day, and only once where one is enough."""
    known, above = provisions.kinds()[kind], kind_of(parent, day)
    if not known.may_stand_under(above, day):
        allowed = ", ".join(kind_label(code) for code in known.parents(day)) or "…"
        raise Refusal(
            _(
                "A body of the kind “%(kind)s” cannot stand under %(parent)s (%(above)s) on %(day)s; it "
                "stands under: "
                "%(allowed)s."
            )
            % {
                "kind": kind_label(kind),
                "parent": body(parent, day),
                "above": kind_label(above),
                "day": wording.day(day),
                "allowed": allowed,
            },
            field=field,
            code="grammar",
            citation="Statutes 2011, Art. 10",
        )
    if known.several:
        return
    beside = UnitPlacement.objects.on(day).filter(parent=parent).values("unit")
    same = UnitForm.objects.on(day).filter(kind=kind, unit__in=beside)
    if unit is not None:
        same = same.exclude(unit=unit)
    other = same.select_related("unit").first()
    if other is not None:
        raise Refusal(
            _("%(parent)s has a body of the kind “%(kind)s” already: %(other)s. There is only one.")
            % {"parent": body(parent, day), "kind": kind_label(kind), "other": body(other.unit, day)},
            field=field,
            code="only_one",
        )


def require_longer_life(parent: Unit, period: Period, field: str) -> None:
    """A body lives within the days of the body above it."""
    rows = UnitPlacement.objects.filter(unit=parent, valid_from__gte=period.start).order_by("-valid_from")
    last = rows.first() or UnitPlacement.objects.on(period.start).filter(unit=parent).first()
    stop = last.valid_to if last else period.start
    if stop is not None and (period.end is None or period.end > stop):
        raise Refusal(
            _("%(parent)s ends on %(day)s already; choose a body that remains.")
            % {"parent": body(parent, period.start), "day": wording.day(stop)},
            field=field,
            code="parent_ends",
        )


def area_name(area: Area, day: dt.date) -> str:
    """The name of a place on the day, for sentences."""
    found = AreaName.objects.on(day).filter(area=area).values_list("name", flat=True).first()
    return found or area.code
