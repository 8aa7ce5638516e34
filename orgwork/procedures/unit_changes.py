"""This room is for bodies: found, rename, move, change the kind, merge, end.

Each is a case: proposed with what is to happen, sent back if something is missing, enacted by the body above
with its paper (and the vote, where one was taken). ``found``, ``rename`` … do both in one act. The grammar of
bodies is data (provisions/kinds.yaml); nothing is ended while anything would be left without a home.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.db.models import Q
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from orgwork.foundation import provisions, wording
from orgwork.foundation.dates import Period, begin, change, end
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Refusal, RegisterIncomplete
from orgwork.foundation.wording import localized
from orgwork.registers.appointments import Appointment
from orgwork.registers.areas import Area, AreaKind, AreaName, AreaPlacement
from orgwork.registers.members import MembershipPlace, MembershipStanding, PlaceKind, Standing
from orgwork.registers.people import Person
from orgwork.registers.posts import Post, PostExistence
from orgwork.registers.record import Cause
from orgwork.registers.units import (
    Status,
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
    name_values,
    refuse_circles,
    under_ids,
)

from .cases import Case, Opening, Outcome, Procedure, cause, doing, vote
from .fields import PAPER, PROTOCOL, REASON, Field
from .members import body, numbered, require_home
from .papers import shown

LANGUAGES = {"vi": _("Vietnamese"), "en": _("English"), "de": _("German"), "ru": _("Russian")}
ADMINISTRATIVE = (AreaKind.PROVINCE, AreaKind.DISTRICT, AreaKind.COMMUNE)
LEVELS_WITH_AREA_CODES = ("province", "district", "grassroots")
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


def _kinds() -> Iterable[tuple[str, Any]]:
    return [(code, localized(kind.labels)) for code, kind in provisions.kinds().items()]


KIND = Field("kind", "choice", _("Kind"), choices=_kinds)
NAMES = [
    Field(f"name_{code}", "text", format_lazy(_("Name ({language})"), language=label), required=code == "vi")
    for code, label in LANGUAGES.items()
]
SHORT = Field("short", "text", _("Short name"), required=False)


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


MODELS = {"unit": Unit, "area": Area, "person": Person, "post": Post}


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


def _superior(unit: Unit, day: dt.date) -> Unit:
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


def _label(kind: str) -> str:
    return localized(provisions.kinds()[kind].labels) if kind in provisions.kinds() else kind or "…"


def require_grammar(kind: str, parent: Unit, day: dt.date, field: str, unit: Unit | None = None) -> None:
    """The kind may stand under the parent's kind on that day, and only once where one is enough."""
    known, above = provisions.kinds()[kind], kind_of(parent, day)
    if not known.may_stand_under(above, day):
        allowed = ", ".join(_label(code) for code in known.parents(day)) or "…"
        raise Refusal(
            _(
                "A body of the kind “%(kind)s” cannot stand under %(parent)s (%(above)s) on %(day)s; it "
                "stands under: "
                "%(allowed)s."
            )
            % {
                "kind": _label(kind),
                "parent": body(parent, day),
                "above": _label(above),
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
            % {"parent": body(parent, day), "kind": _label(kind), "other": body(other.unit, day)},
            field=field,
            code="only_one",
        )


def _require_longer_life(parent: Unit, period: Period, field: str) -> None:
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


# ── found ───────────────────────────────────────────────────────────────────────────────────────────────


def _judge_founding(day, *, parent, kind, members, serves, status, **_names):
    require_existing(parent, day, "parent")
    _require_longer_life(parent, Period(day), "parent")
    require_grammar(kind, parent, day, "kind")
    for area in serves:
        _require_area(area, day)
    known = provisions.kinds()[kind]
    if members and not known.holds_members:
        raise Refusal(
            _("A body of the kind “%(kind)s” holds no members; members belong to cells.")
            % {"kind": _label(kind)},
            field="members",
        )
    if known.holds_members and status != Status.FORMING:
        _require_size(kind, members, day)
    for person in members:
        home = require_home(person, day)
        if not UnitLineage.objects.on(day).filter(ancestor=parent, descendant=home).exists():
            raise Refusal(
                _("%(name)s belongs to %(cell)s, which is not under %(parent)s; use a transfer.")
                % {"name": numbered(person), "cell": body(home, day), "parent": body(parent, day)},
                field="members",
            )


def _require_size(kind, members, day):
    """Three full members make a cell (Statutes 2011, Art. 21)."""
    name = provisions.kinds()[kind].sizes.get("min_full_members")
    if not name:
        return
    rule = provisions.on(day)[name]
    full = MembershipStanding.objects.on(day).filter(person__in=members, standing=Standing.FULL).count()
    if full < rule.value:
        raise Refusal(
            _(
                "A cell takes at least %(least)s full members, %(given)s are named; name more of them, or "
                "found it as "
                "“being formed”."
            )
            % {"least": rule.value, "given": full},
            field="members",
            code="too_small",
            citation=rule.citation,
        )


def _require_area(area, day):
    if not AreaPlacement.objects.on(day).filter(area=area).exists():
        raise Refusal(
            _("%(area)s does not exist on %(day)s; choose a place that does.")
            % {"area": area_name(area, day), "day": wording.day(day)},
            field="serves",
        )


def area_name(area: Area, day: dt.date) -> str:
    """The name of a place on the day, for sentences."""
    found = AreaName.objects.on(day).filter(area=area).values_list("name", flat=True).first()
    return found or area.code


def next_code(parent: Unit, kind: str, serves: Iterable[Area] = ()) -> str:
    """The area's code for the party organisation of an administrative area, else the parent's and a number.

    Call it with the parent locked: the number is the next after the highest ever given.
    """
    known = provisions.kinds()[kind]
    if known.family == "party" and known.level in LEVELS_WITH_AREA_CODES:
        for area in serves:
            if area.kind in ADMINISTRATIVE and not Unit.objects.filter(code=area.code).exists():
                return area.code
    prefix = f"{parent.code}."
    taken = Unit.objects.filter(code__startswith=prefix).values_list("code", flat=True)
    numbers = [int(tail) for code in taken if (tail := code[len(prefix) :]).isdigit()]
    return f"{prefix}{max(numbers, default=0) + 1:0{known.child_digits or 2}d}"


def _found(act, case, day, document, *, parent, kind, members, serves, status, short, **names):
    unit = Unit.objects.create(code=next_code(parent, kind, serves))
    why = cause("founded", case=case, document=document)
    begin(UnitPlacement, act, day, unit=unit, parent=parent, cause=why)
    begin(UnitForm, act, day, unit=unit, kind=kind, status=status or Status.ACTIVE, cause=why)
    for language in LANGUAGES:
        if text := names[f"name_{language}"]:
            said = name_values(text, short if language == "vi" else "")
            begin(UnitName, act, day, unit=unit, language=language, cause=why, **said)
    for area in serves:
        begin(UnitService, act, day, unit=unit, area=area, cause=why)
    derive_lineage(act, [unit])
    subjects = [(("unit", parent.pk), {"founded": unit.code})]
    if members:
        moved = cause("transferred", case=case, document=document)
        subjects += [_bring(act, person, unit, day, moved) for person in members]
    return unit, {"code": unit.code, "kind": kind, "parent": parent.code}, subjects


def _bring(act, person, unit, day, why):
    """A member's official place becomes the unit; what the journal says of it."""
    home = require_home(person, day)
    key = {"person": person, "kind": PlaceKind.OFFICIAL}
    change(MembershipPlace, act, key, day, {"unit": unit}, cause=why, for_good=True)
    return ("person", person.pk), {"from": home.code, "to": unit.code}


founding = Change(
    "founding",
    label=_("Founding of a body"),
    help=_("The grammar of bodies says what may stand where; the code is given by the register."),
    act="unit.found",
    over=lambda asked: asked["parent"],
    judge=_judge_founding,
    effect=_found,
    fields=[
        PARENT,
        KIND,
        *NAMES,
        SHORT,
        Field(
            "serves", "area", _("Serves"), required=False, many=True, help=_("Area, village, firm or school.")
        ),
        Field(
            "status",
            "choice",
            _("Status"),
            required=False,
            default=Status.ACTIVE,
            choices=[
                (Status.ACTIVE.value, Status.ACTIVE.label),
                (Status.FORMING.value, Status.FORMING.label),
            ],
        ),
        Field(
            "members",
            "person",
            _("First members"),
            required=False,
            many=True,
            help=_(
                "Members from cells under the same superior body, who belong to the new cell from that day."
            ),
        ),
    ],
)


# ── rename ──────────────────────────────────────────────────────────────────────────────────────────────


def _judge_renaming(day, *, unit, short, **names):
    require_existing(unit, day, "unit")
    if not short and not any(names.values()):
        raise Refusal(_("Enter the new name in at least one language."), field="name_vi", code="missing")


def _rename(act, case, day, document, *, unit, short, **names):
    why = cause("renamed", case=case, document=document)
    said = {}
    for language in LANGUAGES:
        row = UnitName.objects.on(day).filter(unit=unit, language=language).first()
        text = names[f"name_{language}"] or (row.text if row and short and language == "vi" else "")
        if not text:
            continue
        brief = short if short and language == "vi" else (row.short if row else "")
        if row and (row.text, row.short) == (text, brief):
            raise Refusal(
                _("“%(name)s” is the name already; enter another one.") % {"name": text},
                field=f"name_{language}",
            )
        said[language] = {"before": row.text if row else "", "after": text}
        key = {"unit": unit, "language": language}
        values = name_values(text, brief)
        if row:
            change(UnitName, act, key, day, values, cause=why)
        else:
            later = UnitName.objects.filter(**key, valid_from__gt=day).order_by("valid_from").first()
            begin(UnitName, act, day, until=later.valid_from if later else None, cause=why, **key, **values)
    return unit, {"names": said}, []


renaming = Change(
    "renaming",
    label=_("Renaming of a body"),
    help=_("In one language or several; the code stays."),
    act="unit.rename",
    over=lambda asked: _superior(asked["unit"], asked["day"]),
    judge=_judge_renaming,
    effect=_rename,
    locks=("unit",),
    fields=[UNIT, *[Field(n.name, n.type, n.label, required=False) for n in NAMES], SHORT],
)


# ── move ────────────────────────────────────────────────────────────────────────────────────────────────


def _judge_moving(day, *, unit, parent):
    row = require_existing(unit, day, "unit")
    require_existing(parent, day, "parent")
    if row.parent_id == parent.pk:
        raise Refusal(
            _("%(body)s stands under %(parent)s already.")
            % {"body": body(unit, day), "parent": body(parent, day)},
            field="parent",
            code="already_there",
        )
    if UnitLineage.objects.on(day).filter(ancestor=unit, descendant=parent).exists():
        raise Refusal(
            _("%(parent)s stands under %(body)s; a body cannot stand below itself. Choose another parent.")
            % {"body": body(unit, day), "parent": body(parent, day)},
            field="parent",
            code="circle",
        )
    _require_longer_life(parent, row.period, "parent")
    require_grammar(kind_of(unit, day), parent, day, "parent", unit)


def _move(act, case, day, document, *, unit, parent):
    before = UnitPlacement.objects.on(day).select_related("parent").get(unit=unit)
    why = cause("moved", case=case, document=document)
    change(UnitPlacement, act, {"unit": unit}, day, {"parent": parent}, cause=why)
    refuse_circles(unit)
    derive_lineage(act, [unit])
    said = {"from": before.parent.code if before.parent else "", "to": parent.code}
    subjects = [(("unit", parent.pk), {"came": unit.code})]
    if before.parent:
        subjects.append((("unit", before.parent_id), {"went": unit.code}))
    return unit, said, subjects


moving = Change(
    "moving",
    label=_("Moving of a body"),
    help=_("The body goes with everything under it; its members move with it, no transfer is needed."),
    act="unit.move",
    over=lambda asked: common_superior(_superior(asked["unit"], asked["day"]), asked["parent"], asked["day"]),
    judge=_judge_moving,
    effect=_move,
    fields=[UNIT, PARENT],
)


# ── change the kind ─────────────────────────────────────────────────────────────────────────────────────


def _judge_kind(day, *, unit, kind):
    row = require_existing(unit, day, "unit")
    if kind_of(unit, day) == kind:
        raise Refusal(_("The body is of this kind already."), field="kind", code="already_there")
    if row.parent_id is None:
        raise Refusal(_("The root of the tree keeps its kind."), field="unit")
    require_grammar(kind, row.parent, day, "kind", unit)
    known = provisions.kinds()[kind]
    below = UnitPlacement.objects.on(day).filter(parent=unit).values("unit")
    for form in UnitForm.objects.on(day).filter(unit__in=below).select_related("unit"):
        if not provisions.kinds()[form.kind].may_stand_under(kind, day):
            raise Refusal(
                _("%(body)s (%(kind)s) could not stand under it then; move or end it first.")
                % {"body": body(form.unit, day), "kind": _label(form.kind)},
                field="kind",
                code="grammar",
            )
    for post in _posts(unit, day):
        if not provisions.posts()[post.kind].may_be_at(kind):
            raise Refusal(
                _("The post %(post)s cannot be at a body of that kind; end the post first.")
                % {"post": post.code},
                field="kind",
                code="post_left",
            )
    inside = MembershipPlace.objects.during(Period(day)).filter(unit=unit)
    if not known.holds_members and (count := inside.count()):
        raise RegisterIncomplete(
            _(
                "%(count)s members belong to %(body)s and would have no cell; found cells under it and "
                "transfer them "
                "first."
            )
            % {"count": count, "body": body(unit, day)},
            left=[("members", count)],
            field="kind",
        )
    _require_members(known, unit, day)


def _require_members(known, unit, day):
    """Thirty members make a grassroots cell a grassroots party organisation (Statutes 2011, Art. 21)."""
    name = known.sizes.get("min_members")
    if not name or known.level != "grassroots":
        return
    rule = provisions.on(day)[name]
    there = MembershipPlace.objects.on(day).filter(kind=PlaceKind.OFFICIAL, unit__in=under_ids(unit, day))
    if (count := there.count()) < rule.value:
        raise Refusal(
            _("A grassroots party organisation takes %(least)s members; there are %(count)s.")
            % {"least": rule.value, "count": count},
            field="kind",
            code="too_small",
            citation=rule.citation,
        )


def _posts(unit, day):
    existing = PostExistence.objects.during(Period(day)).values("post")
    return Post.objects.filter(unit=unit, pk__in=existing)


def _change_kind(act, case, day, document, *, unit, kind):
    before = kind_of(unit, day)
    why = cause("other", case=case, document=document)
    change(UnitForm, act, {"unit": unit}, day, {"kind": kind}, cause=why)
    return unit, {"before": before, "after": kind}, []


kind_change = Change(
    "kind_change",
    label=_("Change of a body's kind"),
    help=_("For instance a grassroots cell that becomes a grassroots party organisation."),
    act="unit.kind",
    over=lambda asked: _superior(asked["unit"], asked["day"]),
    judge=_judge_kind,
    effect=_change_kind,
    fields=[UNIT, KIND],
)


# ── end ─────────────────────────────────────────────────────────────────────────────────────────────────

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
    over=lambda asked: _superior(asked["unit"], asked["day"]),
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
    hand_over_cases(unit, into, besides=case)
    _refuse_homeless(unit, day, case)
    said = end_unit(act, unit, day, why, into, SuccessionKind.ABSORBED, into)
    return unit, said, subjects


def _home_is(person, unit, day):
    return MembershipPlace.objects.on(day).filter(person=person, kind=PlaceKind.OFFICIAL, unit=unit).exists()


def hand_over_cases(
    unit: Unit, into: Unit, *, besides: Case | None = None, person: Person | None = None
) -> None:
    """Open cases go on with another body; their deadlines run on as they were."""
    cases = Case.objects.filter(Q(unit=unit) | Q(data__cell=unit.pk), closed_on__isnull=True)
    if besides is not None:
        cases = cases.exclude(pk=besides.pk)
    if person is not None:
        cases = cases.filter(person=person)
    for case in cases.select_for_update(no_key=True).order_by("pk"):
        if case.unit_id == unit.pk:
            case.unit = into
        if case.data.get("cell") == unit.pk:
            case.data["cell"] = into.pk
        case.version += 1
        case.save(update_fields=["unit", "data", "version"])


merging = Change(
    "merging",
    label=_("Merging of cells"),
    help=_("Members, places and open cases go to the other cell; posts end with their holders."),
    act="unit.end",
    over=lambda asked: common_superior(_superior(asked["unit"], asked["day"]), asked["into"], asked["day"]),
    judge=_judge_merging,
    effect=_merge,
    fields=[UNIT, Field("into", "unit", _("Cell that remains"))],
)

found, rename, move = founding.at_once, renaming.at_once, moving.at_once
change_unit_kind, end_body, merge_cells = kind_change.at_once, ending.at_once, merging.at_once
CHANGES = {one.procedure.code: one for one in (founding, renaming, moving, kind_change, ending, merging)}
