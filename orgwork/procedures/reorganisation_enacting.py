"""This room is for enacting a reorganisation: everything of a plan in one transaction, set-based.

The steps are those that the acts on single bodies take (unit_changes.py, unit_endings.py), each for all
bodies at once: retracted, said anew, begun, ended, with the plan's paper as the cause. A machine that dies in
the middle leaves nothing; everything becomes known with one moment, and stands in the journal as one batch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from django.utils.translation import gettext as _

from orgwork.foundation import provisions, wording
from orgwork.foundation.dates import begin, change
from orgwork.foundation.many import listed, turn
from orgwork.foundation.moments import Act
from orgwork.foundation.refusals import Refusal
from orgwork.registers import hanging
from orgwork.registers.area_changes import enact_area_changes, follow_services
from orgwork.registers.documents import Document
from orgwork.registers.members import MembershipPlace, PlaceKind
from orgwork.registers.reorganisation import DecisionOn, Plan, PlannedChange
from orgwork.registers.units import (
    Status,
    Unit,
    UnitCustody,
    UnitForm,
    UnitName,
    UnitPlacement,
    UnitService,
    UnitSuccession,
    derive_lineage,
    name_values,
)

from .cases import cause
from .reorganisation_acting import lead_on
from .reorganisation_shape import Founded, Ref, Shape
from .takeover import Said, TakeOver
from .unit_changes import LEVELS_WITH_AREA_CODES

VERB = "reorganisation.enact"
#: Why something began or ended: the kinds of causes that a reorganisation uses.
REASONS = (
    "founded", "moved", "renamed", "merged", "ended", "transferred", "released", "other", "led_on",
)  # fmt: skip

#: What people decide about thing by thing, of what registers hand on.
SINGLE = (DecisionOn.CASE, DecisionOn.STAFF, DecisionOn.FUNCTION)

Tell = Callable[[str], None]


def silent(_text: str) -> None:
    """Nobody listens."""


class Enacting:
    """Writes the shape of a plan; the caller holds the lock of the tree and has looked at what is open."""

    def __init__(self, act: Act, shape: Shape, *, tell: Tell = silent, provisional: bool = False):
        self.act, self.shape, self.tell, self.provisional = act, shape, tell, provisional
        self.plan: Plan = shape.plan
        self.day = shape.day
        self.ids: dict[str, int] = {}
        self.take = TakeOver(act.batch, door=act.door, actor=getattr(act.actor, "pk", None))
        self.take._ordinals[act.moment] = act.ordinal
        self.written: dict[str, int] = {}

    def write(self) -> dict[str, int]:
        paper = Document.objects.filter(plans=self.plan).order_by("pk").first()
        self.causes = {kind: cause(kind, document=paper) for kind in REASONS}
        self.reason = {kind: one.pk for kind, one in self.causes.items()}
        self.areas: dict[str, int] = {}
        self._areas()
        self._found()
        self._move()
        self._name()
        self._members()
        self._hand_on()
        self._end()
        self._custody()
        self._serve()
        self.written["seats"] = lead_on(self)
        self.tell(_("the tree"))
        # One derivation of the whole: cheaper than going down from thousands of bodies one by one.
        derive_lineage(self.act, self._touched() if len(self.shape.moved) < 200 else None)
        self._services_of_who_stays()
        self._journal()
        return self.written

    @staticmethod
    def stages(shape: Shape) -> int:
        """How often ``write`` says where it is."""
        hands = bool(shape.ended or shape.functions)
        handed = sum(1 for one in hanging.declared() if one.hand_on is not None) if hands else 0
        return 5 + bool(shape.area_changes) + handed

    def _stage(self, text: str, count: int) -> None:
        self.tell(f"{text}: {wording.number(count)}")

    # -- references

    def unit(self, ref: Ref) -> int:
        return self.ids[ref] if isinstance(ref, str) else ref

    def _touched(self) -> list[int]:
        return [*self.ids.values(), *self.shape.moved, *self.shape.ended]

    # -- territories and bodies

    def _areas(self) -> None:
        if not self.shape.area_changes:
            return
        self._stage(_("territories"), len(self.shape.area_changes))
        placed = {**self.shape.proposed_places, **self.shape.placed}
        if self.provisional:
            # A rehearsal shows what hangs: places nobody has decided about lie somewhere meanwhile.
            left = [one for one in self.shape.open if one.what == DecisionOn.PLACE and one.choices]
            placed.update({one.subject: str(one.choices[0]) for one in left})
        done = enact_area_changes(
            self.act, day=self.day, changes=self.shape.area_changes, cause=self.causes["other"], placed=placed
        )
        self.areas = done["areas"]
        self.written["areas"] = sum(done["new"].values()) + sum(done["ended"].values())

    def _area(self, key: int) -> int:
        """The number of an area: of one that the reform brings, by its code."""
        if key > 0:
            return key
        assert self.shape.world.reform is not None
        return self.areas[self.shape.world.reform.code(key)]

    def _found(self) -> None:
        founded = list(self.shape.founded.values())
        self._stage(_("new bodies"), len(founded))
        self._identities(founded)
        why, moment = self.reason["founded"], self.act.moment
        known = (self.day, None, moment, None, why, None)
        take = self.take
        take.plain_facts(
            UnitPlacement, ("unit", "parent"),
            ((*known, self.ids[one.key], self.unit(one.parent)) for one in founded),
        )  # fmt: skip
        take.plain_facts(
            UnitForm, ("unit", "kind", "status"),
            ((*known, self.ids[one.key], one.kind, Status.ACTIVE.value) for one in founded),
        )  # fmt: skip
        take.plain_facts(
            UnitName, ("unit", "language", "text", "short", "folded"),
            (
                (*known, self.ids[one.key], language, said["text"], said["short"], said["folded"])
                for one in founded for language, (text, short) in one.names.items()
                for said in [name_values(text[:300], short[:120])]
            ),
        )  # fmt: skip
        take.plain_facts(
            UnitService, ("unit", "area"),
            (
                (*known, self.ids[one.key], area)
                for one in founded for area in dict.fromkeys(map(self._area, one.serves))
            ),
        )  # fmt: skip
        self.written["founded"] = len(founded)

    def _identities(self, founded: list[Founded]) -> None:
        """Numbers and codes; a body that an enactment taken back had founded is the same one again."""
        before = {
            change.key or change.values.get("body", ""): change.founded_id
            for change in self.shape.planned if change.founded_id
        }  # fmt: skip
        kept = self.plan.outcome.get("founded", {})
        taken = set(self.shape.world.code.values())
        codes = Codes(taken)
        fresh = []
        for one in founded:
            ident = before.get(one.key) or kept.get(one.key)
            if ident and ident in self.shape.world.code:
                self.ids[one.key] = ident
                codes.by_key[one.key] = self.shape.world.code[ident]
            else:
                fresh.append(one)
        drawn = self.take.ids(Unit, len(fresh))
        rows = []
        for ident, one in zip(drawn, fresh, strict=True):
            self.ids[one.key] = ident
            parent = (
                codes.by_key[one.parent] if isinstance(one.parent, str)
                else self.shape.world.code[one.parent]
            )  # fmt: skip
            rows.append((ident, codes.give(one, parent)))
        self.take.rows(Unit, ("id", "code"), rows)
        self.codes = {**self.shape.world.code, **{self.ids[key]: code for key, code in codes.by_key.items()}}
        changed = []
        for one in founded:
            if one.change is not None and one.change.founded_id != self.ids[one.key]:
                one.change.founded_id = self.ids[one.key]
                changed.append(one.change)
        PlannedChange.objects.bulk_update(changed, ["founded"], batch_size=500)

    def _move(self) -> None:
        self._stage(_("bodies that move"), len(self.shape.moved))
        world, why = self.shape.world, self.reason["moved"]
        moves = [
            (unit, self.unit(target), None, why)
            for unit, (target, _rule) in sorted(self.shape.moved.items())
            if world.parent.get(unit) != self.unit(target)
        ]
        with listed(moves) as names:
            self.written["moved"] = turn(
                UnitPlacement, self.act, self.day, names, by="unit_id", becomes={"parent_id": "m.target"}
            )
        kinds = [
            (unit, None, kind, self.reason["other"])
            for unit, kind in sorted(self.shape.kinds.items())
            if world.kind.get(unit) != kind and unit not in self.shape.ended
        ]
        with listed(kinds) as names:
            turn(UnitForm, self.act, self.day, names, by="unit_id", becomes={"kind": "m.word"})

    def _name(self) -> None:
        for unit, names in self.shape.renamed.items():
            for language, (text, short) in names.items():
                key = {"unit": unit, "language": language}
                said = name_values(text, short)
                row = UnitName.objects.on(self.day).filter(**key).first()
                if row is None:
                    begin(UnitName, self.act, self.day, cause=self.causes["renamed"], **{
                        "unit_id": unit, "language": language, **said,
                    })  # fmt: skip
                elif row.text != text:
                    said["short"] = short or row.short
                    change(UnitName, self.act, key, self.day, said, cause=self.causes["renamed"])

    # -- members of cells that end, and of cells that are divided

    def _members(self) -> None:
        shape, why = self.shape, self.reason["transferred"]
        count = 0
        if shape.members:
            rows = [
                (u, self.unit(ref), None, self.reason["merged"]) for u, ref in sorted(shape.members.items())
            ]
            with listed(rows) as names:
                count += turn(
                    MembershipPlace, self.act, self.day, names, by="unit_id",
                    becomes={"unit_id": "m.target"}, where="t.kind = %s", values=[PlaceKind.OFFICIAL.value],
                )  # fmt: skip
                self._temporary(names, "unit_id")
        if shape.people:
            rows = [(p, self.unit(ref), None, why) for p, (_cell, ref) in sorted(shape.people.items())]
            cells = sorted({cell for cell, _ref in shape.people.values()})
            where = f"t.unit_id IN ({', '.join(['%s'] * len(cells))})"
            with listed(rows) as names:
                count += turn(
                    MembershipPlace, self.act, self.day, names, by="person_id",
                    becomes={"unit_id": "m.target"}, where=where, values=cells,
                )  # fmt: skip
        self.written["members"] = count

    def _temporary(self, names: str, by: str) -> None:
        """A temporary place goes along, too, unless it would then be at home: then it ends."""
        home = (
            " (SELECT 1 FROM registers_membershipplace h WHERE h.person_id = t.person_id"
            " AND h.kind = 'official' AND h.retracted IS NULL AND h.unit_id = m.target"
            " AND h.valid_from < coalesce(t.valid_to, '9999-12-31')"
            " AND coalesce(h.valid_to, '9999-12-31') > t.valid_from)"
        )
        where, values = "t.kind = %s AND {} EXISTS" + home, [PlaceKind.TEMPORARY.value]
        turn(
            MembershipPlace, self.act, self.day, names, by=by, becomes=None, where=where.format(""),
            values=values,
        )  # fmt: skip
        turn(
            MembershipPlace, self.act, self.day, names, by=by, becomes={"unit_id": "m.target"},
            where=where.format("NOT"), values=values,
        )  # fmt: skip

    # -- what hangs on bodies that end

    def heirs(self) -> dict[int, int]:
        """For each body that ends the one that answers for it."""
        return {
            unit: self.unit(ended.keeper)
            for unit, ended in self.shape.ended.items()
            if ended.keeper is not None
        }

    def _hand_on(self) -> None:
        if not self.shape.ended and not self.shape.functions:
            return
        single = {u: self.unit(e.heirs[0]) for u, e in self.shape.ended.items() if len(e.heirs) == 1}

        def over_cell(cell: int) -> int | None:
            ref = self.shape.over_cell(cell)
            return None if ref is None else self.unit(ref)

        decided = {
            about: self.unit(ref)
            for about, said in self.shape.decided.items()
            if about[0] in SINGLE and (ref := self.shape.resolve(said)) is not None
        }
        turning = hanging.Turning(
            self.act, self.day, self.heirs(), single, self.reason, over_cell, decided=decided
        )
        turning.told["members"] = {u: self.unit(ref) for u, ref in self.shape.members.items()}
        turning.told["functions"] = [(u, self.unit(ref), said) for u, ref, said in self.shape.functions]
        for one in hanging.declared():
            if one.hand_on is not None:
                self.tell(str(one.label))
                self.written[one.code] = one.hand_on(turning)

    def _end(self) -> None:
        self._stage(_("bodies that end"), len(self.shape.ended))
        ended = self.shape.ended
        rows = [
            (unit, None, None, self.reason["merged" if one.heirs else "ended"])
            for unit, one in sorted(ended.items())
        ]
        with listed(rows) as names:
            for model in (UnitPlacement, UnitForm, UnitName, UnitService):
                turn(model, self.act, self.day, names, by="unit_id", becomes=None)
        known = (self.day, None, self.act.moment, None)
        self.take.plain_facts(
            UnitSuccession, ("predecessor", "successor", "kind"),
            (
                (*known, self.reason["merged"], None, unit, self.unit(heir), str(one.how))
                for unit, one in sorted(ended.items()) for heir in one.heirs
            ),
        )  # fmt: skip
        self.written["ended"] = len(ended)

    def _custody(self) -> None:
        """What an ended body had in its keeping goes on to whoever keeps it; then it is kept itself."""
        heirs = self.heirs()
        why = self.reason["ended"]
        with listed((unit, heir, None, why) for unit, heir in sorted(heirs.items())) as names:
            turn(
                UnitCustody, self.act, self.day, names, by="custodian_id",
                becomes={"custodian_id": "m.target"},
            )  # fmt: skip
        known = (self.day, None, self.act.moment, None, why, None)
        self.take.plain_facts(
            UnitCustody, ("unit", "of", "custodian"),
            ((*known, unit, "everything", heir) for unit, heir in sorted(heirs.items())),
        )  # fmt: skip

    def _serve(self) -> None:
        known = (self.day, None, self.act.moment, None, self.reason["other"], None)
        for unit, area in self.shape.serve_no_more:
            with listed([(unit, None, None, self.reason["other"])]) as names:
                turn(
                    UnitService, self.act, self.day, names, by="unit_id", becomes=None,
                    where="t.area_id = %s", values=[area],
                )  # fmt: skip
        self.take.plain_facts(
            UnitService, ("unit", "area"),
            ((*known, self.unit(ref), area) for ref, area in self.shape.serve),
        )  # fmt: skip

    def _services_of_who_stays(self) -> None:
        if self.shape.area_changes:
            follow_services(self.act, day=self.day, cause=self.causes["other"], served=self._served())

    def _served(self) -> dict[tuple[int, int], list[int]]:
        """Bodies that stay and served what ended: what they serve from then on, as their superior does."""
        from orgwork.registers.area_changes import services_left

        found: dict[tuple[int, int], list[int]] = {}
        for one in services_left(self.day):
            if len(one["targets"]) != 1:
                lies = self.shape._lies(one["area"])
                found[(one["unit"], one["area"])] = [] if lies is None else [self._area(lies)]
        return found

    # -- the journal

    def _journal(self) -> None:
        self.tell(_("journal"))
        self.act.ordinal += self.take.journal(self._said())

    def _said(self) -> Iterator[Said]:
        plan = self.plan
        yield Said(self.act.moment, VERB, self.day, [("plan", plan.pk, {"plan": plan.code})])
        for what, subjects in self._told():
            yield Said(self.act.moment, f"reorganisation.{what}", self.day, subjects)

    def _told(self) -> Iterator[tuple[str, list]]:
        code, plan = self.codes, {"plan": self.plan.code}
        for one in self.shape.founded.values():
            unit, parent = self.ids[one.key], self.unit(one.parent)
            said = {**plan, "code": code[unit], "kind": one.kind, "under": code[parent]}
            yield "found", [("unit", unit, said)]
        for unit, (target, _rule) in self.shape.moved.items():
            over = self.unit(target)
            before = code.get(self.shape.world.parent.get(unit) or 0, "")
            yield "move", [("unit", unit, {**plan, "from": before, "to": code[over]})]
        for unit, kind in self.shape.kinds.items():
            if unit not in self.shape.moved:
                said = {**plan, "before": self.shape.world.kind.get(unit, ""), "after": kind}
                yield "kind", [("unit", unit, said)]
        for unit, names in self.shape.renamed.items():
            yield "rename", [("unit", unit, {**plan, "name": names["vi"][0]})]
        for unit, ended in self.shape.ended.items():
            heirs = [code[self.unit(heir)] for heir in ended.heirs]
            keeper = code[self.unit(ended.keeper)] if ended.keeper is not None else ""
            yield "end", [("unit", unit, {**plan, "successors": heirs, "custodian": keeper})]
        for person, (cell, target) in self.shape.people.items():
            said = {**plan, "from": code[cell], "to": code[self.unit(target)]}
            yield "person", [("person", person, said)]


class Codes:
    """Codes for new bodies: the territory's where nobody ever had it, else the parent's and a number."""

    def __init__(self, taken: set[str]):
        self.taken = taken
        self.by_key: dict[str, str] = {}
        self.last: dict[str, int] = {}
        self._highest: dict[str, int] | None = None

    def give(self, one: Founded, parent: str) -> str:
        known = provisions.kinds()[one.kind]
        code = str(one.change.values.get("code", "")) if one.change else ""
        if not code or code in self.taken:
            code = one.key.rpartition(":")[2]
            of_an_area = known.family == "party" and known.level in (*LEVELS_WITH_AREA_CODES, "commune")
            if not of_an_area or not code.isdigit() or code in self.taken:
                code = self._numbered(parent, known.child_digits or 2)
        self.taken.add(code)
        self.by_key[one.key] = code
        return code

    def _numbered(self, parent: str, digits: int) -> str:
        if self._highest is None:
            self._highest = {}
            for code in self.taken:
                stem, dot, tail = code.rpartition(".")
                if dot and tail.isdigit():
                    self._highest[stem] = max(self._highest.get(stem, 0), int(tail))
        number = self._highest.get(parent, 0) + 1
        while f"{parent}.{number:0{digits}d}" in self.taken:
            number += 1
        self._highest[parent] = number
        code = f"{parent}.{number:0{digits}d}"
        if len(code) > 60:
            raise Refusal(_("The code %(code)s would be too long.") % {"code": code})
        return code


def journal_verbs() -> Iterable[str]:
    """The verbs under which an enactment stands in the journal."""
    return [VERB, *(f"reorganisation.{one}" for one in ("found", "move", "kind", "rename", "end", "person"))]
