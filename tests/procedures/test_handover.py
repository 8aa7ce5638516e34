"""Gia Lai's bloc at its end: 105 organisations and 4,558 members, to three successors [domain 7.3, V:101]."""

import datetime as dt

import pytest

from orgwork.foundation.bulk import allocate_ids, insert
from orgwork.foundation.dates import new_spells
from orgwork.foundation.moments import writing
from orgwork.foundation.refusals import Refusal
from orgwork.procedures import reorganisation
from orgwork.procedures import reorganisation_handover as handover
from orgwork.procedures.opening_bodies import Founding, take_bodies
from orgwork.registers.members import Membership, MembershipPlace
from orgwork.registers.people import Person
from orgwork.registers.reorganisation import ChangeOf, HandoverLine
from orgwork.registers.units import Unit, under_ids

pytestmark = pytest.mark.django_db
SINCE, DAY = dt.date(2010, 1, 1), dt.date(2025, 2, 1)
#: Successor: organisations and members it receives.
SHARES = {"11.201": (22, 567), "11.202": (52, 3_413), "11.203": (31, 578)}


@pytest.fixture
def bloc(cast):
    """A bloc committee with its cells and members, and the three that take them over."""
    over = "bloc_party_organisation"
    names = {"11.200": "Khối", "11.201": "Các cơ quan Đảng", "11.202": "UBND tỉnh", "11.203": "Thành phố"}
    founded = [Founding(code, over, "11", SINCE, {"vi": name}, "", ()) for code, name in names.items()]
    people = []
    for successor, (cells, members) in SHARES.items():
        for n in range(cells):
            code = f"11.200.{successor[-1]}{n:02d}"
            founded.append(
                Founding(code, "grassroots_cell", "11.200", SINCE, {"vi": f"Chi bộ {code}"}, "", ())
            )
            people += [code] * (members // cells + (1 if n < members % cells else 0))
    with writing(door="test", batch="bloc") as act:
        take_bodies(act, SINCE, founded)
        units = dict(Unit.objects.values_list("code", "pk"))
        ids = list(allocate_ids(Person, len(people)))
        insert(Person, ["id"], ((ident,) for ident in ids))
        days = ["valid_from", "recorded", "spell"]
        insert(Membership, ["person_id", *days], (
            (i, SINCE, act.moment, s) for i, s in zip(ids, new_spells(len(ids)), strict=True)
        ))  # fmt: skip
        insert(MembershipPlace, ["person_id", "unit_id", "kind", *days], (
            (i, units[code], "official", SINCE, act.moment, s)
            for i, code, s in zip(ids, people, new_spells(len(ids)), strict=True)
        ))  # fmt: skip
    return units


def test_what_the_bloc_gives_is_what_the_three_receive(cast, bloc):
    with writing(door="test") as act:
        plan = reorganisation.make_plan(act, DAY, title="Giải thể Đảng bộ Khối", unit=cast.province)
    moves = [
        {"kind": ChangeOf.MOVE, "subject": bloc[f"11.200.{code[-1]}{n:02d}"], "target": bloc[code]}
        for code, (cells, _members) in SHARES.items()
        for n in range(cells)
    ]
    reorganisation.add_changes(plan, [{"kind": ChangeOf.END, "subject": bloc["11.200"]}, *moves])
    with pytest.raises(Refusal):
        handover.draw_up(plan)
    assert reorganisation.rehearse(plan)["blocked"] == []
    plan = reorganisation.enact(plan, door="test", by_rule=True).plan
    handover.draw_up(plan)
    given = {
        (line.receiver.code, line.item): int(line.amount)
        for line in HandoverLine.objects.select_related("receiver")
    }
    for code, (cells, members) in SHARES.items():
        assert (given[(code, "bodies")], given[(code, "members")]) == (cells, members)
        there = MembershipPlace.objects.on(DAY).filter(unit__in=under_ids(bloc[code], DAY))
        assert there.count() == members
    assert sum(n for (_code, item), n in given.items() if item == "bodies") == 105
    assert sum(n for (_code, item), n in given.items() if item == "members") == 4_558
    # Drawn up again nothing is doubled; what is not signed stays on the list.
    assert handover.draw_up(plan) == 0
    assert handover.left(plan).count() == plan.handovers.count()
    line = plan.handovers.get(receiver=bloc["11.202"], item="members")
    officer = cast.account("provincial_officer")
    seal = handover.add_line(
        plan, Unit.objects.get(code="11.200"), Unit.objects.get(code="11"), "seals", "Con dấu", 1
    )
    for one, amount in ((line, 3_413), (seal, 2)):
        handover.sign(actor=officer, day=DAY, line=one.pk, side="give", amount=amount)
        with pytest.raises(Refusal):
            handover.sign(actor=officer, day=DAY, line=one.pk, side="receive", amount=amount - 1)
        handover.sign(actor=officer, day=DAY, line=one.pk, side="receive", amount=amount)
    assert handover.left(plan).count() == plan.handovers.count() - 2
    assert handover.protocol(plan, line.giver, line.receiver).startswith(b"%PDF")
