"""This room is for staff in the demo: quotas allotted down the tree, who fills them, who leaves and retires,
what was agreed with those whom the reform takes a post from. All of it is invented, the papers too.

Done by the real acts of the province's organisation office, around the reform. Whoever holds a post of an
agency or at the head of a district works there; the published figures count members and are not touched.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from orgwork.foundation.accounts import Account
from orgwork.foundation.dates import Period
from orgwork.foundation.moments import Act, writing
from orgwork.planning.quotas import allot, set_goal
from orgwork.procedures.papers import register_paper
from orgwork.procedures.staffing import affected_by, agree, decide_retirement, grant, leave, place
from orgwork.registers.appointments import Appointment
from orgwork.registers.documents import Document
from orgwork.registers.people import Person
from orgwork.registers.reorganisation import Plan
from orgwork.registers.staffing import Occupancy, retiring
from orgwork.registers.units import Unit, UnitForm, under_ids

from .ground import PROVINCE

OFFICE = "province-office"
ISSUER = "Ban Tổ chức Trung ương"
REFORM = dt.date(2025, 7, 1)
DAY = dt.timedelta(days=1)
#: Posts of the province's officials by year, on the way to 5 % fewer in 2026 than in 2021.
ALLOTTED = {2021: 362, 2022: 359, 2023: 355, 2024: 352, 2025: 347}
GOALS = {2023: 20, 2025: 40, 2026: 50}  # tenths of a per cent
RESERVE, OF_A_DISTRICT, OF_A_COMMUNE = 14, 24, 6
#: So many people work at each district and at each agency of the province, where there are as many.
AT_A_DISTRICT, AT_AN_AGENCY = 22, 15
#: Every fourth new commune has more people than posts after the reform, the others one post free.
OVER, BELOW = 9, 5
LONGEST, LAST_DAY = dt.date(2030, 6, 30), dt.date(2025, 12, 31)
#: One in so many of those whose body ends retires instead of taking a new post.
GOING = 9
LEAVES = ("resigned", "moved_away", "retired_early", "redundant")
DECREE = "Nghị định 178/2024/NĐ-CP, Điều 7"


class Staff:
    """The province's officials before and after the reform."""

    def __init__(self) -> None:
        self.actor = Account.objects.get(username=OFFICE)
        self.province = Unit.objects.get(code=PROVINCE)

    # -- before the reform

    def before(self) -> None:
        with self._writing() as act:
            for year, number in ALLOTTED.items():
                day = dt.date(year - 1, 12, 15)
                self._allot(act, self.province, year, number, day, 60 + year % 100, reserve=RESERVE)
            for year, tenths in GOALS.items():
                paper = self._paper(act, dt.date(2021, 1, 20), 71)
                set_goal(
                    within=act, day=dt.date(2021, 1, 20), unit=self.province, category="officials",
                    year=year, tenths=tenths, document=paper,
                )  # fmt: skip
            districts = self._of_kind("district_party_organisation")
            for unit in districts:
                for year in (2024, 2025):
                    day = dt.date(year - 1, 12, 20)
                    self._allot(act, unit, year, OF_A_DISTRICT, day, 160 + year % 100)
            for unit, people in self._who_works(districts):
                for person in people:
                    self._place(act, person, unit, dt.date(2021, 2, 1), 75)
            there = list(Occupancy.objects.on(REFORM - DAY).order_by("pk"))
            for nr, row in enumerate(there[:: max(1, len(there) // len(LEAVES))][: len(LEAVES)]):
                day = dt.date(2025, 1 + nr, 28)
                leave(
                    within=act, day=day, person=row.person, reason=LEAVES[nr],
                    document=self._paper(act, day, 300 + nr),
                )  # fmt: skip

    def _of_kind(self, kind: str) -> list[Unit]:
        below = under_ids(self.province, REFORM - DAY)
        rows = UnitForm.objects.on(REFORM - DAY).filter(unit__in=below, kind=kind).select_related("unit")
        return [row.unit for row in rows.order_by("unit__code")]

    def _who_works(self, districts: list[Unit]) -> list[tuple[Unit, list[Person]]]:
        """Holders of posts at and directly under each district, and of the province's own agencies."""
        taken: set[int] = set()
        found = []
        agencies = [
            unit
            for kind in ("organisation_committee", "inspection_commission", "office", "propaganda_committee")
            for unit in self._of_kind(kind)
            if unit.code.startswith(f"{PROVINCE}.")
        ]
        for unit, most in [*((u, AT_A_DISTRICT) for u in districts), *((u, AT_AN_AGENCY) for u in agencies)]:
            below = under_ids(unit, REFORM - DAY)
            held = Appointment.objects.on(REFORM - DAY).filter(post__unit__in=below, person__erased=False)
            rows = held.order_by("post__code", "pk").select_related("person")
            people = list({row.person_id: row.person for row in rows if row.person_id not in taken}.values())
            taken |= {person.pk for person in people[:most]}
            found.append((unit, people[:most]))
        return found

    # -- after it

    def after(self, plan: Plan) -> None:
        """The new communes get their posts; the districts' people are given new ones, and some are over."""
        with self._writing() as act:
            communes = self._new_communes()
            for unit in communes:
                self._allot(act, unit, 2025, OF_A_COMMUNE, REFORM, 511, until=LONGEST)
            whom = sorted(affected_by(plan))
            works = {
                row.person_id: row.person
                for row in Occupancy.objects.on(REFORM).filter(person__in=whom).select_related("person")
            }
            soon = set(retiring(Period(REFORM, dt.date(2026, 7, 1)), REFORM).values_list("pk", flat=True))
            going = [pk for nr, pk in enumerate(works) if pk in soon or nr % GOING == 0]
            staying = [person for pk, person in works.items() if pk not in going]
            for unit, some in zip(communes, self._by_commune(staying), strict=False):
                for person in some:
                    self._place(act, person, unit, REFORM, 512)
                    self._agree(act, plan, person, "new_post")
            for nr, pk in enumerate(going):
                self._goes(act, plan, works[pk], nr, early=pk not in soon)

    def _goes(self, act: Act, plan: Plan, person: Person, nr: int, *, early: bool) -> None:
        """Somebody retires with the reform, earlier than by the road map or soon anyway, and is paid."""
        paper = self._paper(act, REFORM, 520 + nr)
        if early:
            decide_retirement(within=act, day=REFORM, person=person, last_day=LAST_DAY, document=paper)
        self._agree(act, plan, person, "allowance" if nr % 3 == 2 else "retirement")
        grant(
            within=act, day=REFORM, person=person, kind="early", until=None,
            amount=90_000_000 + nr * 5_000_000, rule=DECREE, plan=plan.pk, document=paper,
        )  # fmt: skip

    def _new_communes(self) -> list[Unit]:
        rows = UnitForm.objects.on(REFORM).filter(kind="commune_party_organisation")
        return [row.unit for row in rows.select_related("unit").order_by("unit__code")]

    @staticmethod
    def _by_commune(people: list[Person]) -> list[list[Person]]:
        """Shared out commune by commune: some are over their posts, some have posts free."""
        found: dict[int, list[Person]] = defaultdict(list)
        sizes = [OVER if nr % 4 == 0 else BELOW for nr in range(len(people))]
        at = 0
        for person in people:
            if len(found[at]) == sizes[at]:
                at += 1
            found[at].append(person)
        return list(found.values())

    # -- acts

    @contextmanager
    def _writing(self) -> Iterator[Act]:
        """The story has judged who may: on the day on which the demo opens no new commune is there yet."""
        with writing(actor=self.actor, door="demo") as act:
            act.cleared = True
            yield act

    def _allot(
        self, act: Act, unit: Unit, year: int, number: int, day: dt.date, paper: int, *, reserve: int = 0,
        until: dt.date | None = None,
    ) -> None:  # fmt: skip
        allot(
            within=act, day=day, unit=unit, category="officials", year=year, number=number, reserve=reserve,
            tolerated_until=until, document=self._paper(act, day, paper),
        )  # fmt: skip

    def _place(self, act: Act, person: Person, unit: Unit, day: dt.date, number: int) -> None:
        place(
            within=act, day=day, person=person, unit=unit, category="officials", manner="quota",
            title="Chuyên viên", document=self._paper(act, day, number),
        )  # fmt: skip

    def _agree(self, act: Act, plan: Plan, person: Person, solution: str) -> None:
        agree(
            within=act, day=REFORM, plan=plan.pk, person=person, solution=solution,
            due=dt.date(2025, 12, 31), note="Đã trao đổi và thống nhất",
        )  # fmt: skip

    def _paper(self, act: Act, day: dt.date, number: int) -> Document:
        """An invented decision of the centre's organisation committee, registered once."""
        said: dict[str, Any] = {"kind": "decision", "issuer": None, "issuer_name": ISSUER, "title": ""}
        return register_paper(act, symbol=f"{number}-QĐ/BTCTW", day=day, **said)
