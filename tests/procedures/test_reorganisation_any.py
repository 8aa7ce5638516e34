"""Any small world, any plan: the invariants hold, and an undo restores every answer."""

import datetime as dt
from random import Random

import pytest

from orgwork.exchange import reorganise
from orgwork.foundation.moments import writing
from orgwork.procedures import reorganisation
from orgwork.procedures.cases import Case, CaseHome
from orgwork.procedures.opening_bodies import Founding, take_bodies
from orgwork.procedures.reorganisation_shape import Shape
from orgwork.procedures.takeover import TakeOver
from orgwork.registers import areas
from orgwork.registers.area_changes import final_list
from orgwork.registers.members import Membership, MembershipPlace, MembershipStanding
from orgwork.registers.people import Person
from orgwork.registers.record import Cause
from orgwork.registers.reorganisation import ChangeOf
from orgwork.registers.units import Unit, UnitForm, UnitPlacement, check_lineage, derive_lineage
from tests.procedures.reform import DAY, differences, held, row

pytestmark = pytest.mark.django_db
SINCE = dt.date(2010, 1, 1)


def _district(commune: str) -> str:
    return f"90{commune[1]}"


class AnyWorld:
    """A province with districts, communes, villages, cells and members, as chance would have it."""

    def __init__(self, chance: Random):
        self.chance = chance
        self.areas: dict[str, int] = {}
        self.rows: list[dict] = []
        self.cells: list[str] = []
        with writing(door="test", batch="any") as act:
            self.act, self.take = act, TakeOver("any", door="test")
            self.why = Cause.objects.create(kind="takeover").pk
            self._territories()
            self._bodies()
            self._people()

    def _territories(self):
        chance = self.chance
        listed = [one for one in final_list().values() if one.province == "11" and len(one.code) == 5]
        new = chance.sample(listed, 4)
        listed = [("VN", "country", None, "Việt Nam"), ("11", "province", "VN", "Tỉnh Điện Biên")]
        self.districts, self.communes = [], []
        for d in range(chance.randint(1, 3)):
            district = f"9{d:02d}"
            self.districts.append(district)
            listed.append((district, "district", "11", f"Huyện {d}"))
            for c in range(chance.randint(1, 3)):
                code = f"9{d}{c:03d}"
                listed.append((code, "commune", district, f"Xã Cũ {d}.{c}"))
                self.communes.append(code)
                listed += [(f"{code}.{v}", "village", code, f"Bản {code} {v}") for v in range(3)]
                self._goes(code, (district, f"Huyện {d}"), f"Xã Cũ {d}.{c}", new)
        ids = self.take.ids(areas.Area, len(listed))
        self.areas = {code: ident for ident, (code, *_more) in zip(ids, listed, strict=True)}
        kinds = {code: kind for code, kind, *_more in listed}
        self.take.rows(
            areas.Area, ("id", "code_list", "code", "kind"),
            ((self.areas[c], areas.LIST_2024, c, kinds[c]) for c in self.areas),
        )  # fmt: skip
        known = (SINCE, None, self.act.moment, None, self.why, None)
        self.take.plain_facts(
            areas.AreaPlacement, ("area", "parent"),
            ((*known, self.areas[c], self.areas.get(parent)) for c, _k, parent, _n in listed),
        )  # fmt: skip
        self.take.plain_facts(
            areas.AreaName, ("area", "name", "folded"),
            (
                (*known, self.areas[c], *areas.name_values(name).values())
                for c, _k, _p, name in listed
            ),
        )  # fmt: skip

    def _goes(self, code, district, name, new):
        """The commune goes over whole, or in two or three parts, the last of which is the remainder."""
        into = self.chance.sample(new, self.chance.choice((1, 1, 1, 2, 3)))
        for at, one in enumerate(into):
            kind = "whole" if len(into) == 1 else "remainder" if at == len(into) - 1 else "part"
            self.rows.append(
                row(code, name, one.code, one.name, kind, kind, kind, len(into), district=district,
                    new_code_1027=one.draft)
            )  # fmt: skip

    def _founding(self, code, kind, parent, name, *serves):
        places = tuple(self.areas[place] for place in serves)
        return Founding(code, kind, parent, SINCE, {"vi": name}, "", places)

    def _bodies(self):
        chance, found = self.chance, self._founding
        founded = [
            found("11", "provincial_party_organisation", "TW", "Đảng bộ tỉnh", "11"),
            found("11.01", "organisation_committee", "11", "Ban Tổ chức"),
        ]
        agencies = {"office": "Văn phòng", "organisation_committee": "Ban Tổ chức", "front": "Mặt trận"}
        for over in self.districts:
            founded.append(found(over, "district_party_organisation", "11", f"Huyện {over}", over))
            for at, kind in enumerate(chance.sample(sorted(agencies), chance.randint(0, 3))):
                founded.append(found(f"{over}.0{at}", kind, over, agencies[kind]))
        kinds = ("executive_committee", "peoples_committee", "youth_union", "front")
        for code in self.communes:
            over = _district(code)
            founded.append(found(code, "grassroots_party_organisation", over, f"Đảng bộ xã {code}", code))
            for at, kind in enumerate(chance.sample(kinds, chance.randint(0, 4))):
                serves = (code,) if kind == "peoples_committee" else ()
                founded.append(found(f"{code}.9{at}", kind, code, f"{kind} {code}", *serves))
            for v in range(3):
                self.cells.append(f"{code}.0{v}")
                founded.append(found(f"{code}.0{v}", "cell", code, f"Chi bộ {v}", f"{code}.{v}"))
        # The root stands under nothing: it is placed by hand, the others under it.
        root = Unit.objects.create(code="TW")
        known = (SINCE, None, self.act.moment, None, self.why, None)
        self.take.plain_facts(UnitPlacement, ("unit", "parent"), [(*known, root.pk, None)])
        form = (*known, root.pk, "whole_party", "active")
        self.take.plain_facts(UnitForm, ("unit", "kind", "status"), [form])
        take_bodies(self.act, SINCE, founded)
        derive_lineage(self.act)

    def _people(self):
        chance = self.chance
        known = (SINCE, None, self.act.moment, None, self.why, None)
        cells = dict(Unit.objects.values_list("code", "pk"))
        placed = [(code, n) for code in self.cells for n in range(chance.randint(0, 3))]
        ids = self.take.ids(Person, len(placed))
        self.take.rows(Person, ("id",), ((ident,) for ident in ids))
        self.take.plain_facts(Membership, ("person",), ((*known, ident) for ident in ids))
        self.take.plain_facts(MembershipStanding, ("person", "standing"), ((*known, i, "full") for i in ids))
        self.take.plain_facts(
            MembershipPlace, ("person", "unit", "kind"),
            ((*known, i, cells[code], "official") for i, (code, _n) in zip(ids, placed, strict=True)),
        )  # fmt: skip
        for ident, (code, _n) in zip(ids, placed, strict=True):
            if chance.random() < 0.4:
                over = chance.choice((code, code[:5], _district(code)))
                case = Case.objects.create(
                    procedure="recognition", state="open", person_id=ident, unit_id=cells[over],
                    opened_on=SINCE, data={"cell": cells[code]},
                )  # fmt: skip
                CaseHome.objects.create(
                    case=case, unit_id=cells[over], valid_from=SINCE, recorded=self.act.moment, spell=case.pk
                )


def decide_by_chance(plan, chance):
    """Somebody decides all that is open: places first, then bodies, then people; as long as it takes."""
    for _round in range(6):
        left = Shape(plan).open
        if not left:
            return
        for one in left:
            choice = chance.choice(one.choices)
            shape = Shape(plan) if not isinstance(choice, str) else None
            if shape is not None:
                reorganisation.decide(plan, one.what, one.subject, target=Unit.objects.get(pk=choice))
            else:
                reorganisation.decide(plan, one.what, one.subject, target_key=choice)
    raise AssertionError(f"still open: {Shape(plan).open[:3]}")


def cells_that_end(plan, world, chance):
    """Two or three cells are merged into others besides, whatever becomes of their communes."""
    cells = [Unit.objects.get(code=code) for code in chance.sample(world.cells, min(4, len(world.cells)))]
    for one, other in zip(cells[:2], cells[2:], strict=False):
        reorganisation.add_changes(plan, [{"kind": ChangeOf.MERGE, "subject": one.pk, "target": other.pk}])


@pytest.mark.parametrize("seed", [3, 14, 15, 92, 65])
def test_nothing_is_lost_and_everything_comes_back(seed):
    chance = Random(seed)
    world = AnyWorld(chance)
    before = held()
    with writing(door="test") as act:
        plan = reorganise.load(act, world.rows, DAY)
    cells_that_end(plan, world, chance)
    decide_by_chance(plan, chance)
    people = dict(MembershipPlace.objects.on(DAY).values_list("person", "unit"))
    done = reorganisation.enact(plan, door="test", by_rule=True)
    assert all(one["holds"] for one in done.invariants), done.invariants
    assert check_lineage() == []
    assert (
        dict(MembershipPlace.objects.on(DAY - dt.timedelta(days=1)).values_list("person", "unit")) == people
    )
    assert set(MembershipPlace.objects.on(DAY).values_list("person", flat=True)) == set(people)
    reorganisation.undo(plan, door="test")
    assert differences(before, held()) == {} and check_lineage() == []
