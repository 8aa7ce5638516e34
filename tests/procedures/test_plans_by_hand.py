"""Plans written change by change: what is refused at which field, and what takes effect on several days."""

import datetime as dt

import pytest

from orgwork.foundation.refusals import Refusal
from orgwork.procedures import reorganisation
from orgwork.procedures.reorganisation_changes import WRITE, draft, filled, take_out
from orgwork.procedures.reorganisation_days import days_of, shapes
from orgwork.registers.members import MembershipPlace
from orgwork.registers.reorganisation import Plan, PlanState
from orgwork.registers.units import UnitForm, UnitName, UnitPlacement, UnitService, UnitSuccession, kind_of
from tests.procedures.reform import DAY, EVE, differences, held

pytestmark = pytest.mark.django_db
LATER = DAY + dt.timedelta(days=92)


@pytest.fixture
def plan(cast):
    return draft(
        actor=cast.account("provincial_officer"),
        door="test",
        unit=cast.province,
        effective=DAY,
        title="By hand",
    )


@pytest.fixture
def write(cast, plan):
    def writing(what, /, **said):
        return WRITE[what](actor=cast.account("provincial_officer"), door="test", plan=plan.pk, **said)

    return writing


def refused(write, what, at, code_, /, **said):
    with pytest.raises(Refusal) as caught:
        write(what, **said)
    assert (caught.value.field, caught.value.code) == (at, code_), str(caught.value)
    assert str(caught.value)


def test_each_change_is_refused_at_its_field(cast, plan, write):
    """Nothing that cannot be is written, and what was refused leaves nothing behind."""
    new = write(
        "found", target=cast.district, kind="grassroots_party_organisation", name_vi="Đảng bộ phường Mới"
    )
    assert new.key == "new-1" and plan.changes.count() == 1
    merge = write("merge", unit=cast.commune, target_key="new-1", clause="Điều 1", document=cast.paper())
    before = plan.changes.count()
    say = lambda *args, **said: refused(write, *args, **said)  # noqa: E731
    say("merge", "unit", "twice", unit=cast.commune, target=cast.other_commune)
    say("merge", "unit", "root", unit=cast.root, target=cast.province)
    say("merge", "unit", "outside", unit=cast.province, target=cast.root)
    say("merge", "target", "missing", unit=cast.other_commune)
    say("merge", "target", "itself", unit=cast.other_commune, target=cast.other_commune)
    say("merge", "target", "target_ends", unit=cast.other_commune, target=cast.commune)
    say("merge", "target_key", "no_such_key", unit=cast.other_commune, target_key="new-9")
    say(
        "merge",
        "target_key",
        "one_of_both",
        unit=cast.other_commune,
        target=cast.district,
        target_key="new-1",
    )
    say("merge", "effective", "before_the_plan", unit=cast.other_commune, target_key="new-1", effective=EVE)
    say("move", "target", "already_there", unit=cast.other_commune, target=cast.other_district)
    say("move", "target", "circle", unit=cast.other_district, target=cast.other_commune)
    say("move", "target", "grammar", unit=cast.other_commune, target=cast.firm_cell)
    say("move", "unit", "twice", unit=cast.commune, target=cast.other_district)
    say("split", "targets", "too_few", unit=cast.other_commune, targets=[cast.district])
    say("rename", "name_vi", "missing", unit=cast.other_commune)
    called = UnitName.objects.on(DAY).get(unit=cast.other_commune, language="vi").text
    say("rename", "name_vi", "already_there", unit=cast.other_commune, name_vi=called)
    say(
        "change_kind", "kind", "already_there", unit=cast.other_commune, kind=kind_of(cast.other_commune, DAY)
    )
    say("change_kind", "kind", "grammar", unit=cast.other_commune, kind="provincial_party_organisation")
    say("found", "kind", "grammar", target=cast.cell, kind="district_party_organisation", name_vi="X")
    say("found", "code", "code_taken", target=cast.district, kind="grassroots_party_organisation",
        name_vi="X", code=cast.cell.code)  # fmt: skip
    say("found", "name_vi", "name_taken", target=cast.district, kind="grassroots_party_organisation",
        name_vi="Đảng bộ phường mới")  # fmt: skip
    say("transfer_areas", "areas", "not_served", unit=cast.other_commune, areas=[cast.village],
        target=cast.district)  # fmt: skip
    assert plan.changes.count() == before
    # Whatever founds a body others go into stays while they do; written anew, it keeps its key.
    refused(lambda _what, **said: take_out(actor=cast.account("provincial_officer"), plan=plan.pk, **said),
            "", "change", "named_elsewhere", change=new.pk)  # fmt: skip
    anew = write("found", change=new.pk, **{**filled(new), "name_vi": "Đảng bộ phường Khác"})
    assert (anew.pk, anew.key) == (new.pk, "new-1") and filled(anew)["name_vi"] == "Đảng bộ phường Khác"
    take_out(actor=cast.account("provincial_officer"), plan=plan.pk, change=merge.pk)
    take_out(actor=cast.account("provincial_officer"), plan=plan.pk, change=new.pk)
    assert plan.changes.count() == 0
    plan.refresh_from_db()
    assert plan.state == PlanState.DRAFT and plan.version > 4


def test_a_plan_of_two_days_is_enacted_in_one_batch_and_taken_back(cast, plan, write):
    before = held()
    people = sorted(MembershipPlace.objects.on(DAY).values_list("person", flat=True))
    write("found", target=cast.district, kind="grassroots_party_organisation", name_vi="Đảng bộ phường Mới",
          code="094.777", serves=[])  # fmt: skip
    write("merge", unit=cast.commune, target_key="new-1", clause="Điều 1 khoản 1")
    write("rename", unit=cast.other_commune, name_vi="Đảng bộ xã Đổi Tên")
    # Later the new one moves what it took over, and a cell merges into another.
    write("merge", unit=cast.small_cell, target=cast.cell, effective=LATER)
    write("transfer_areas", unit=cast.cell, areas=[cast.village], target=cast.firm_cell, effective=LATER)
    assert days_of(plan) == [DAY, LATER]
    first, second = shapes(plan)
    assert first.counts()["merge"] >= 1 and second.counts()["merge"] == 1
    # On the later day the cells stand under what the first day founds.
    assert second.world.parent[cast.cell.pk] == second.world.fresh["new-1"]
    assert reorganisation.blocking_all([first, second]) == []
    plan.refresh_from_db()
    tried = reorganisation.rehearse(plan)
    assert tried["blocked"] == [] and differences(before, held()) == {}
    assert {one["day"] for one in tried["invariants"]} == {DAY.isoformat(), LATER.isoformat()}
    assert all(one["holds"] for one in tried["invariants"]), [
        i for i in tried["invariants"] if not i["holds"]
    ]
    plan.refresh_from_db()
    assert plan.state == PlanState.READY
    done = reorganisation.enact(plan, door="test", by_rule=True)
    assert done.written["founded"] >= 1 and done.written["ended"] >= 2
    # What was worked out in memory for the later day is what was written.
    world = second.world.after(second, LATER)
    numbers = {number: done.plan.outcome["founded"][key] for key, number in world.fresh.items()}
    tree = {numbers.get(unit, unit): numbers.get(over, over) for unit, over in world.parent.items()}
    assert tree == dict(UnitPlacement.objects.on(LATER).values_list("unit", "parent"))
    new = UnitPlacement.objects.on(DAY).get(unit__code="094.777").unit
    assert UnitSuccession.objects.get(predecessor=cast.commune).successor == new
    assert UnitPlacement.objects.on(DAY).get(unit=cast.small_cell).parent == new
    assert UnitPlacement.objects.on(LATER - dt.timedelta(days=1)).filter(unit=cast.small_cell).exists()
    assert not UnitPlacement.objects.on(LATER).filter(unit=cast.small_cell).exists()
    assert MembershipPlace.objects.on(LATER).filter(unit=cast.small_cell).count() == 0
    assert sorted(MembershipPlace.objects.on(LATER).values_list("person", flat=True)) == people
    assert UnitService.objects.on(LATER).filter(area=cast.village).get().unit == cast.firm_cell
    assert UnitService.objects.on(DAY).filter(area=cast.village).get().unit == cast.cell
    assert UnitName.objects.on(DAY).get(unit=cast.other_commune, language="vi").text == "Đảng bộ xã Đổi Tên"
    assert UnitForm.objects.on(EVE).filter(unit=cast.commune).exists()
    reorganisation.undo(plan, door="test")
    assert differences(before, held()) == {}
    again = reorganisation.enact(Plan.objects.get(pk=plan.pk), door="test", by_rule=True)
    assert again.plan.state == PlanState.ENACTED
    assert UnitPlacement.objects.on(DAY).get(unit__code="094.777").unit == new
