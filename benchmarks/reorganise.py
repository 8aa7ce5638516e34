"""This room is for the reform of a whole register: as many provinces as the bodies asked for fill, each
commune with its organisation, committee, state body and cells, merged into those of the list of 2025.

`--people 1000000 --bodies 50000` is the whole nation; `--people 100000 --bodies 5000` a large province.
"""

import datetime as dt
from collections import defaultdict
from itertools import cycle

from benchmarks.measure import own_memory, result, server_memory, stopwatch
from orgwork.exchange.demo.ground import Place, level, territories
from orgwork.exchange.reorganise import changes_of
from orgwork.foundation.moments import writing
from orgwork.procedures import reorganisation
from orgwork.procedures.cases import Case, CaseDeadline, CaseHome
from orgwork.procedures.reorganisation_shape import Shape
from orgwork.procedures.takeover import TakeOver, analyse
from orgwork.registers import areas
from orgwork.registers.area_changes import COLUMNS, final_list, provinces_2025
from orgwork.registers.members import Membership, MembershipPlace, MembershipStanding
from orgwork.registers.people import Person
from orgwork.registers.posts import Post, PostExistence
from orgwork.registers.record import Cause
from orgwork.registers.units import (
    Unit,
    UnitForm,
    UnitName,
    UnitPlacement,
    UnitService,
    check_lineage,
    derive_lineage,
    name_values,
)

SINCE, DAY = dt.date(2010, 1, 1), dt.date(2025, 7, 1)
#: Bodies of a commune besides its cells.
OWN = ("executive_committee", "peoples_committee", "front")


def measure(*, people, bodies):
    nation = Nation(people, bodies)
    yield result(f"{nation.bodies:,} bodies and {people:,} members built", nation.took, "s")
    rows = nation.rows()
    with stopwatch() as took, writing(door="bench") as act:
        plan = reorganisation.plan_from_table(act, DAY, rows, changes_of(rows, DAY))
    yield result(f"plan from a table of {len(rows):,} rows", took(), "s")
    with stopwatch() as took:
        shape = Shape(plan)
    yield result(f"worked out: {sum(shape.counts().values()):,} changes", took(), "s")
    for what, work in (("rehearsed", rehearsed), ("enacted", enacted), ("taken back", undone)):
        with server_memory() as most, stopwatch() as took:
            said = work(plan)
        yield result(f"{what}: {said}", took(), "s")
        if (high := most()) is not None:
            yield result(f"{what}: most memory of the server's processes", high, "MB")
        yield result(f"{what}: most memory of this process so far", own_memory(), "MB")
        assert check_lineage() == []


def rehearsed(plan):
    found = reorganisation.rehearse(plan)
    assert found["blocked"] == [] and all(one["holds"] for one in found["invariants"]), found["invariants"]
    return "every invariant holds"


def enacted(plan):
    done = reorganisation.enact(plan, door="bench", by_rule=True)
    return f"{sum(done.written.values()):,} records and bodies"


def undone(plan):
    reorganisation.undo(plan, door="bench")
    return "as before"


class Nation:
    """Provinces in the order of their codes until they have a fifth as many communes as bodies are wanted."""

    def __init__(self, people, bodies):
        self.places = listed = _places()
        into = {change.old_code: change.new_code for change in provinces_2025()}
        below = defaultdict(list)
        for one in listed:
            if one.kind == "commune":
                below[into[self.province(one).code]].append(one)
        self.communes, self.taken = [], []
        for code in sorted(below):
            if len(self.communes) * 5 >= bodies:
                break
            self.taken.append(code)
            self.communes += below[code]
        with stopwatch() as took, writing(door="bench", batch="bench") as act:
            self.act, self.take = act, TakeOver("bench", door="bench")
            self.why = Cause.objects.create(kind="takeover").pk
            self._territories()
            self._bodies(bodies)
            self._people(people)
            derive_lineage(act)
        analyse()
        self.took = took()

    def known(self):
        return (SINCE, None, self.act.moment, None, self.why, None)

    def _territories(self):
        chain = {}
        for one in self.communes:
            at = one
            while at is not None:
                chain[at.n] = at
                at = self.places[at.parent] if at.parent is not None else None
        self.placed = sorted(chain.values(), key=lambda one: one.n)
        ids = self.take.ids(areas.Area, len(self.placed))
        self.area = {one.n: ident for ident, one in zip(ids, self.placed, strict=True)}
        known = self.known()
        self.take.rows(
            areas.Area, ("id", "code_list", "code", "kind"),
            ((self.area[one.n], areas.LIST_2024, one.code, one.kind) for one in self.placed),
        )  # fmt: skip
        self.take.plain_facts(
            areas.AreaPlacement, ("area", "parent"),
            ((*known, self.area[one.n], self.area.get(one.parent)) for one in self.placed),
        )  # fmt: skip
        self.take.plain_facts(
            areas.AreaName, ("area", "name", "folded"),
            ((*known, self.area[one.n], *areas.name_values(one.name).values()) for one in self.placed),
        )  # fmt: skip

    def _bodies(self, wanted):
        """(code, kind, parent's code, name, area) of every body; cells last, as many as are left."""
        rows = [("TW", "whole_party", None, "Toàn Đảng", None)]
        over = {}
        for one in self.placed:
            kind = {"province": "provincial_party_organisation", "district": "district_party_organisation",
                    "commune": "grassroots_party_organisation"}.get(one.kind)  # fmt: skip
            if kind is None:
                continue
            code = f"{one.kind[0]}{one.code}"
            over[one.n] = code
            rows.append((code, kind, over.get(one.parent, "TW"), f"Đảng bộ {one.name}", one.n))
            if one.kind == "commune":
                rows += [(f"{code}.{kind[:4]}", kind, code, f"{kind} {one.name}", None) for kind in OWN]
        left = max(wanted - len(rows), len(self.communes))
        cells = zip(range(left), cycle(self.communes))
        self.cells = [(f"{over[one.n]}.{n}", one) for n, one in cells]
        rows += [(code, "cell", over[one.n], f"Chi bộ {code}", None) for code, one in self.cells]
        self.bodies = len(rows)
        ids = self.take.ids(Unit, len(rows))
        self.unit = {row[0]: ident for ident, row in zip(ids, rows, strict=True)}
        known = self.known()
        self.take.rows(Unit, ("id", "code"), ((self.unit[row[0]], row[0]) for row in rows))
        self.take.plain_facts(
            UnitPlacement, ("unit", "parent"), ((*known, self.unit[r[0]], self.unit.get(r[2])) for r in rows)
        )
        self.take.plain_facts(
            UnitForm, ("unit", "kind", "status"), ((*known, self.unit[r[0]], r[1], "active") for r in rows)
        )
        self.take.plain_facts(
            UnitName, ("unit", "language", "text", "short", "folded"),
            (
                (*known, self.unit[r[0]], "vi", said["text"], "", said["folded"])
                for r in rows for said in [name_values(r[3])]
            ),
        )  # fmt: skip
        self.take.plain_facts(
            UnitService, ("unit", "area"),
            ((*known, self.unit[r[0]], self.area[r[4]]) for r in rows if r[4] is not None),
        )  # fmt: skip
        posts = self.take.ids(Post, len(rows))
        self.take.rows(
            Post, ("id", "code", "kind", "unit"),
            (
                (post, f"{row[0]}-secretary", "secretary", self.unit[row[0]])
                for post, row in zip(posts, rows, strict=True)
            ),
        )  # fmt: skip
        self.take.plain_facts(PostExistence, ("post",), ((*known, post) for post in posts))

    def _people(self, count):
        known = self.known()
        ids = self.take.ids(Person, count)
        self.take.rows(Person, ("id",), ((ident,) for ident in ids))
        self.take.plain_facts(Membership, ("person",), ((*known, ident) for ident in ids))
        self.take.plain_facts(MembershipStanding, ("person", "standing"), ((*known, i, "full") for i in ids))
        cells = [self.unit[code] for code, _one in self.cells]
        self.take.plain_facts(
            MembershipPlace, ("person", "unit", "kind"),
            ((*known, ident, cell, "official") for ident, cell in zip(ids, cycle(cells), strict=False)),
        )  # fmt: skip
        some = list(zip(ids, cycle(self.cells), strict=False))[:: max(1, 50)]
        cases = self.take.ids(Case, len(some))
        lies = [self.unit[f"d{self.places[one.parent].code}"] for _p, (_code, one) in some]
        self.take.rows(
            Case, ("id", "procedure", "state", "person", "unit", "opened_on", "data"),
            (
                (case, "recognition", "opened", person, over, SINCE, {"cell": self.unit[code]})
                for case, over, (person, (code, _one)) in zip(cases, lies, some, strict=True)
            ),
        )  # fmt: skip
        homes = ("case", "unit", "valid_from", "recorded", "spell")
        said = zip(cases, lies, strict=True)
        self.take.rows(CaseHome, homes, ((c, over, SINCE, self.act.moment, c) for c, over in said))
        limits = ("case", "kind", "runs_from", "due", "recorded")
        self.take.rows(CaseDeadline, limits, ((c, "decision", SINCE, DAY, self.act.moment) for c in cases))

    def rows(self):
        """Each new commune takes its share of the old ones of its province, in the order of their codes."""
        into = {change.old_code: change for change in provinces_2025()}
        fresh = defaultdict(list)
        for one in final_list().values():
            if len(one.code) == 5:
                fresh[one.province].append(one)
        old = defaultdict(list)
        for one in self.communes:
            old[into[self.province(one).code].new_code].append(one)
        rows = []
        for code in self.taken:
            share = len(old[code]) / len(fresh[code])
            for at, one in enumerate(old[code]):
                new = fresh[code][min(int(at / share), len(fresh[code]) - 1)]
                rows.append(self._row(one, new, into))
        return rows

    def _row(self, one, new, into):
        district = self.places[one.parent]
        province = self.province(one)
        change = into[province.code]
        said = dict.fromkeys(COLUMNS, "")
        return said | {
            "old_code": one.code, "old_level": "commune", "old_name": one.name,
            "old_district_code": district.code, "old_district": district.name,
            "old_province_code": province.code, "old_province": province.name, "new_code": new.code,
            "new_code_1027": new.draft, "new_name": new.name, "new_province_code": change.new_code,
            "new_province": change.new_name, "kind": "whole", "area": "whole", "population": "whole",
            "n_targets": "1", "resolution": new.paper or "–", "resolution_date": "2025-06-16",
            "article_clause": new.clause or "–", "effective": DAY.isoformat(), "resolved_by": "benchmark",
        }  # fmt: skip

    def province(self, one):
        while one.kind != "province":
            one = self.places[one.parent]
        return one


def _places():
    """The country, then every territory of 30 June 2025, each with the place of what it lies in."""
    found = [Place(0, areas.LIST_2024, "VN", "country", "Việt Nam", "", None)]
    number = {"": 0}
    for at, (code, name, parent) in enumerate(territories(), 1):
        number[code] = at
        found.append(Place(at, areas.LIST_2024, code, level(code), name, "", number[parent or ""]))
    return found
