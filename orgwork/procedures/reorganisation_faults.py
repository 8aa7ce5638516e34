"""This room is for what cannot be as a plan says it: judged of each planned change, wherever it was written.

The same judgement refuses a change at its field while somebody writes it, refuses a table or a text whose
changes contradict one another, and keeps a plan from being enacted of which the register has gone another way
since.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import gettext_lazy as _

from orgwork.foundation import provisions, wording
from orgwork.foundation.refusals import Refusal
from orgwork.foundation.search import fold
from orgwork.registers.areas import AreaPlacement
from orgwork.registers.functions import FunctionHolding
from orgwork.registers.reorganisation import ChangeOf, PlannedChange
from orgwork.registers.units import names_of

from .reorganisation_shape import Ref, Shape
from .unit_change import kind_label

#: Changes after which a body is no more.
ENDS = (ChangeOf.END, ChangeOf.MERGE, ChangeOf.ABSORB, ChangeOf.SPLIT)
#: Changes that name a body to which something goes.
GOES = (
    ChangeOf.MERGE, ChangeOf.ABSORB, ChangeOf.MOVE, ChangeOf.TRANSFER_FUNCTION, ChangeOf.TRANSFER_AREAS,
)  # fmt: skip
#: What a body is called where a form asks for it.
WHOM, WHITHER = "unit", "target"
RULE = "Statutes 2011, Art. 10"


@dataclass(frozen=True)
class Fault:
    """A planned change that cannot be, and the sentence that says what to do."""

    change: PlannedChange
    refusal: Refusal


class Judge:
    """Judges the changes of one day of a plan against one another and against the bodies of that day."""

    def __init__(self, shape: Shape):
        self.shape, self.world, self.day = shape, shape.world, shape.day
        self.about: dict[int, list[PlannedChange]] = defaultdict(list)
        for change in shape.planned:
            if change.subject_id:
                self.about[change.subject_id].append(change)

    def faults(self) -> Iterator[Fault]:
        for change in self.shape.planned:
            if change.kind != ChangeOf.AREA:
                try:
                    self(change)
                except Refusal as refusal:
                    yield Fault(change, refusal)

    def __call__(self, change: PlannedChange) -> None:
        """Refuses a change that cannot be, with the field at which it is to be put right."""
        if change.kind != ChangeOf.FOUND:
            self._subject(change)
        self._targets(change)
        handle = getattr(self, f"_{change.kind}", None)
        if handle is not None:
            handle(change)

    # -- words

    def name(self, ref: Ref | None) -> str:
        if isinstance(ref, int):
            if ref in self.world.names:
                by_language = self.world.names[ref]
                return by_language.get("vi", next(iter(by_language.values())))[0]
            return names_of([ref], self.day).get(ref) or self.world.code.get(ref, f"#{ref}")
        one = self.shape.founded.get(ref or "")
        return (one.names.get("vi") or [one.key])[0] if one else ref or ""

    def refuse(self, text, *, field: str, code: str, citation: str = "", **said) -> Refusal:
        return Refusal(text % said, field=field, code=code, citation=citation)

    # -- the body that changes

    def _subject(self, change: PlannedChange) -> None:
        unit = change.subject_id
        if unit is None:
            raise Refusal(_("Say which body changes."), field=WHOM, code="missing")
        self._exists(unit, WHOM)
        if self.world.parent.get(unit) is None:
            raise Refusal(
                _("The whole is not reorganised into something else; choose a body under it."),
                field=WHOM, code="root",
            )  # fmt: skip
        if not self._inside(unit) or unit == self.shape.plan.unit_id:
            raise self.refuse(
                _("%(body)s does not stand under %(head)s, over which this plan is made; plan it at a body"
                  " above both."),
                field=WHOM, code="outside", body=self.name(unit), head=self.name(self.shape.plan.unit_id),
            )  # fmt: skip
        others = [one for one in self.about[unit] if one.pk != change.pk]
        for other in others:
            if self._contradict(change.kind, other.kind):
                raise self.refuse(
                    _("%(body)s changes already in this plan on %(day)s: %(kind)s. Take that out first, or"
                      " change it."),
                    field=WHOM, code="twice", body=self.name(unit), day=wording.day(self.day),
                    kind=ChangeOf(other.kind).label,
                )  # fmt: skip

    def _contradict(self, one: str, other: str) -> bool:
        """A body ends once and has no other change on the day it ends; nothing is said of it twice."""
        handed = (ChangeOf.TRANSFER_FUNCTION, ChangeOf.TRANSFER_AREAS)
        if one in handed and other in handed:
            return False
        return one == other or one in ENDS or other in ENDS

    def _exists(self, unit: int, field: str) -> None:
        if unit not in self.world.parent:
            raise self.refuse(
                _("%(body)s does not exist on %(day)s; choose another body, or another day."),
                field=field, code="no_such_body", body=self.name(unit), day=wording.day(self.day),
            )  # fmt: skip

    def _inside(self, ref: Ref) -> bool:
        """Whether a body stands under the one at the plan's head, or is it."""
        head, at = self.shape.plan.unit_id, ref
        if head is None or isinstance(ref, str):
            return True
        while isinstance(at, int):
            if at == head:
                return True
            at = self.world.parent.get(at)  # type: ignore[assignment]
        return False

    # -- where it goes

    def _targets(self, change: PlannedChange) -> None:
        ref = change.target_id or change.target_key
        if ref:
            self._target(change, ref, WHITHER)
        elif change.kind in (*GOES, ChangeOf.FOUND):
            raise Refusal(
                _("Say to which body: one of the register, or one that this plan founds."),
                field=WHITHER, code="missing",
            )  # fmt: skip

    def _target(self, change: PlannedChange, ref: Ref, field: str) -> Ref:
        if isinstance(ref, str):
            found = self.shape.resolve(ref)
            if found is None:
                raise self.refuse(
                    _("No body that this plan founds by %(day)s goes by “%(key)s”; choose one of the list."),
                    field=f"{field}_key", code="no_such_key", key=ref[:60], day=wording.day(self.day),
                )  # fmt: skip
            ref = found
            field = f"{field}_key" if isinstance(ref, str) else field
        else:
            self._exists(ref, field)
            # What follows by rule may go above the head: it was worked out, and nobody chose it.
            if change.rule == "written" and not self._inside(ref):
                raise self.refuse(
                    _("%(body)s does not stand under %(head)s, over which this plan is made; choose another"
                      " body."),
                    field=field, code="outside", body=self.name(ref),
                    head=self.name(self.shape.plan.unit_id),
                )  # fmt: skip
        if change.subject_id is not None and ref == change.subject_id:
            raise Refusal(_("A body cannot go into itself; choose another one."), field=field, code="itself")
        if ref in self.shape.ended:
            raise self.refuse(
                _("%(body)s itself ends in this plan on %(day)s; name the body that remains."),
                field=field, code="target_ends", body=self.name(ref), day=wording.day(self.day),
            )  # fmt: skip
        return ref

    def _standing(self, ref: Ref, field: str) -> None:
        """Nothing stands below itself, and the kind may stand where the plan puts it, as often as it does."""
        over = self.shape.parent_of(ref)
        at, steps = over, 0
        while at is not None and steps < 100:
            if at == ref:
                raise self.refuse(
                    _("%(body)s would stand below itself; choose a body that does not stand under it."),
                    field=field, code="circle", body=self.name(ref),
                )  # fmt: skip
            if isinstance(at, str) and at not in self.shape.founded:
                return
            at, steps = self.shape.parent_of(at), steps + 1
        if over is None or (isinstance(over, str) and over not in self.shape.founded):
            return
        kind = self.shape.kind_of(ref)
        known, above = provisions.kinds()[kind], self.shape.kind_of(over)
        if not known.may_stand_under(above, self.day):
            allowed = ", ".join(kind_label(code) for code in known.parents(self.day)) or "…"
            raise self.refuse(
                _("A body of the kind “%(kind)s” cannot stand under %(parent)s (%(above)s) on %(day)s; it"
                  " stands under: %(allowed)s."),
                field=field, code="grammar", citation=RULE, kind=kind_label(kind), parent=self.name(over),
                above=kind_label(above), day=wording.day(self.day), allowed=allowed,
            )  # fmt: skip
        if not known.several:
            same = [one for one in self._beside(over) if one != ref and self.shape.kind_of(one) == kind]
            if same:
                raise self.refuse(
                    _("%(parent)s has a body of the kind “%(kind)s” already: %(other)s. There is only one."),
                    field=field, code="only_one", parent=self.name(over), kind=kind_label(kind),
                    other=self.name(same[0]),
                )  # fmt: skip

    def _beside(self, over: Ref) -> list[Ref]:
        return self._under.get(over, [])

    @cached_property
    def _under(self) -> dict[Ref, list[Ref]]:
        """What stands under each body once the day is over."""
        found: dict[Ref, list[Ref]] = defaultdict(list)
        for unit in self.world.parent:
            if unit not in self.shape.ended and (over := self.shape.parent_of(unit)) is not None:
                found[over].append(unit)
        for key, one in self.shape.founded.items():
            found[one.parent].append(key)
        return found

    # -- names and codes

    def _name_is_free(self, ref: Ref, names: dict[str, list[str]], field: str) -> None:
        wanted = fold((names.get("vi") or [""])[0])
        over = self.shape.parent_of(ref)
        if not wanted or over is None:
            return
        for other in self._beside(over):
            if other != ref and fold(self._called(other)) == wanted:
                raise self.refuse(
                    _("Under %(parent)s another body is called “%(name)s” already; give it a name of its"
                      " own."),
                    field=field, code="name_taken", parent=self.name(over), name=self._called(other),
                )  # fmt: skip

    def _called(self, ref: Ref) -> str:
        if isinstance(ref, str):
            return (self.shape.founded[ref].names.get("vi") or [""])[0]
        names = self.shape.renamed.get(ref) or {}
        return (names.get("vi") or self.world.names.get(ref, {}).get("vi") or ("",))[0]

    def _code_is_free(self, code: str) -> None:
        if not code:
            return
        if code.upper() in self._codes or self._planned_codes[code.upper()] > 1:
            raise Refusal(
                _("The code %(code)s was given to a body already, and no code is given twice; choose another"
                  " one, or leave it empty.") % {"code": code},
                field="code", code="code_taken",
            )  # fmt: skip

    @cached_property
    def _codes(self) -> set[str]:
        kept = {one.founded_id for one in self.shape.planned}
        return {code.upper() for unit, code in self.world.code.items() if unit not in kept}

    @cached_property
    def _planned_codes(self) -> Counter:
        changes = self.shape.plan.changes.filter(kind=ChangeOf.FOUND)
        return Counter(str(one.values.get("code", "")).upper() for one in changes)

    # -- by kind of change

    def _found(self, change: PlannedChange) -> None:
        if change.values.get("kind") not in provisions.kinds():
            raise Refusal(_("Say of which kind the body is."), field="kind", code="missing")
        self._standing(change.key, "kind")
        if change.rule == "written":
            self._name_is_free(change.key, change.values.get("names", {}), "name_vi")
        self._code_is_free(str(change.values.get("code", "")))
        self._places(change.values.get("serves", ()), "serves")

    def _move(self, change: PlannedChange) -> None:
        unit = change.subject_id
        assert unit is not None
        ref = self.shape.parent_of(unit)
        if change.rule == "written" and ref == self.world.parent.get(unit):
            raise self.refuse(
                _("%(body)s stands under %(parent)s already."), field=WHITHER, code="already_there",
                body=self.name(unit), parent=self.name(ref),
            )  # fmt: skip
        self._standing(unit, WHITHER)
        if change.rule == "written":
            self._name_is_free(unit, {"vi": [self._called(unit)]}, WHITHER)

    def _merge(self, change: PlannedChange) -> None:
        """What goes on of the body goes under its successor; the successor itself must not stand there."""
        at = self.shape.resolve(change.target_id or change.target_key)
        for _step in range(100):
            if at is None:
                return
            over = self.shape.parent_of(at)
            if over == change.subject_id or over == at:
                raise self.refuse(
                    _("%(body)s stands under the body that ends; plan first where it moves."),
                    field=WHITHER, code="circle", body=self.name(at),
                )  # fmt: skip
            at = over if not isinstance(over, str) or over in self.shape.founded else None

    _absorb = _merge
    _end = _merge

    def _split(self, change: PlannedChange) -> None:
        given = [one for one in change.values.get("targets", ()) if one]
        if change.rule == "written":
            for one in given:
                self._target(change, one, "targets")
        refs = [self.shape.resolve(one) for one in given]
        if change.rule == "written" and len(set(refs)) < 2:
            raise Refusal(
                _("A body is split into at least two; name them, or merge it into the one."),
                field="targets", code="too_few",
            )  # fmt: skip
        rest = change.values.get("remainder")
        if rest and change.rule == "written" and self.shape.resolve(rest) not in refs:
            raise Refusal(
                _("What is left can only go to one of the bodies into which it is split."),
                field="remainder", code="not_a_choice",
            )  # fmt: skip

    def _rename(self, change: PlannedChange) -> None:
        assert change.subject_id is not None
        names = change.values.get("names") or {}
        if not any(said and said[0] for said in names.values()):
            raise Refusal(_("Enter the new name in at least one language."), field="name_vi", code="missing")
        if change.rule == "written":
            now = self.world.names.get(change.subject_id, {})
            if all(now.get(language, ("", ""))[0] == said[0] for language, said in names.items()):
                raise self.refuse(
                    _("“%(name)s” is the name already; enter another one."), field="name_vi",
                    code="already_there", name=self.name(change.subject_id),
                )  # fmt: skip
            self._name_is_free(change.subject_id, names, "name_vi")

    def _change_kind(self, change: PlannedChange) -> None:
        assert change.subject_id is not None
        if change.values.get("kind") not in provisions.kinds():
            raise Refusal(_("Say of which kind the body is."), field="kind", code="missing")
        if change.rule == "written" and change.values["kind"] == self.world.kind.get(change.subject_id):
            raise Refusal(_("The body is of this kind already."), field="kind", code="already_there")
        self._standing(change.subject_id, "kind")

    def _transfer_function(self, change: PlannedChange) -> None:
        wanted = {int(one) for one in change.values.get("functions", ())}
        held = FunctionHolding.objects.on(self.day).filter(unit=change.subject_id)
        there = set(held.values_list("function", flat=True))
        if not there or wanted - there:
            raise self.refuse(
                _("%(body)s does not have this function on %(day)s; choose among those it has."),
                field="functions" if wanted else WHOM, code="not_held", body=self.name(change.subject_id),
                day=wording.day(self.day),
            )  # fmt: skip

    def _transfer_areas(self, change: PlannedChange) -> None:
        assert change.subject_id is not None
        areas = [int(one) for one in change.values.get("areas", ())]
        if not areas:
            raise Refusal(_("Say which places are handed over."), field="areas", code="missing")
        self._places(areas, "areas")
        served = set(self.world.serves.get(change.subject_id, ()))
        strange = [area for area in areas if area not in served]
        if strange:
            raise self.refuse(
                _("%(body)s does not serve one of these places on %(day)s; choose among those it serves."),
                field="areas", code="not_served", body=self.name(change.subject_id),
                day=wording.day(self.day),
            )  # fmt: skip
        target = self.shape.resolve(change.target_id or change.target_key)
        theirs = set(self.world.serves.get(target, ())) if isinstance(target, int) else set()
        if theirs & set(areas):
            raise self.refuse(
                _("%(body)s serves one of these places already; leave that one out."),
                field="areas", code="already_there", body=self.name(target),
            )  # fmt: skip
        said = Counter(
            int(area) for one in self.about[change.subject_id] if one.kind == ChangeOf.TRANSFER_AREAS
            for area in one.values.get("areas", ())
        )  # fmt: skip
        if any(said[area] > 1 for area in areas):
            raise Refusal(
                _("One of these places is handed over twice on that day; leave it out here."),
                field="areas", code="twice",
            )  # fmt: skip

    def _places(self, areas, field: str) -> None:
        wanted = {int(area) for area in areas}
        there = AreaPlacement.objects.on(self.day).filter(area__in=wanted).values_list("area", flat=True)
        if wanted - set(there):
            raise self.refuse(
                _("One of these places does not exist on %(day)s; choose a place that does."),
                field=field, code="no_such_area", day=wording.day(self.day),
            )  # fmt: skip


def faults(shape: Shape) -> list[Fault]:
    """Every planned change of the day that cannot be as the plan says it."""
    return list(Judge(shape).faults())


def code_of(change: PlannedChange) -> str:
    """What the body of a planned change goes by: its code, or the key of one that is founded."""
    return change.subject.code if change.subject else change.key
