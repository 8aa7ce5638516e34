"""What hangs is accepted or sent elsewhere by people; functions of bodies move with a plan."""

import datetime as dt

import pytest
from django.urls import reverse

from orgwork.foundation.moments import writing
from orgwork.foundation.refusals import Refusal
from orgwork.procedures import functions, reorganisation
from orgwork.procedures import reorganisation_accepting as room
from orgwork.procedures.cases import CaseHome
from orgwork.procedures.reorganisation_days import shapes
from orgwork.procedures.reorganisation_hanging import by_kind, groups
from orgwork.procedures.staffing import place
from orgwork.registers.functions import functions_of, without_a_body
from orgwork.registers.reorganisation import ChangeOf, PlanAcceptance, PlanState
from orgwork.registers.staffing import Occupancy
from orgwork.registers.units import Unit, UnitCustody
from tests.procedures.reform import DAY, EVE, TOGETHER, differences, held, planned
from tests.procedures.test_admission import applied as opened

pytestmark = pytest.mark.django_db
LATER = DAY + dt.timedelta(days=30)


def hanging(plan):
    return groups(shapes(plan))


def of_kind(plan, kind):
    return room.narrowed(hanging(plan), room.Which(kind=kind))


def acting(cast, plan, do):
    with writing(actor=cast.account("provincial_officer"), door="test") as act:
        held_plan = room.held_open(plan)
        return do(act, held_plan, shapes(held_plan))


def accept_all(cast, plan):
    return acting(cast, plan, lambda act, held_plan, now: room.accept(act, held_plan, groups(now)))


def send(cast, plan, kind, to, things=None):
    def do(act, held_plan, now):
        found = room.narrowed(groups(now), room.Which(kind=kind))
        return room.send(act, held_plan, now, found, to and room.target_of(now, to), things)

    return acting(cast, plan, do)


@pytest.fixture
def with_staff(cast):
    """Two people work at a district's organisation, and a case lies there."""
    case = opened(cast)
    officer, paper = cast.account("provincial_officer"), cast.paper(issuer=cast.province)
    for person in (cast.cell_secretary, cast.veteran):
        place(actor=officer, day=EVE, person=person, unit=cast.district, category="officials", document=paper)
    with writing(door="test") as act:
        from orgwork.procedures.cases import lay_with

        lay_with(case, act, cast.district, EVE)
        case.save()
    return case


def test_nothing_is_enacted_before_a_person_has_accepted_everything(cast, with_staff):
    plan, before = planned(TOGETHER), held()
    found = hanging(plan)
    assert {"bodies", "posts", "staff", "cases"} <= {one.kind for one in by_kind(found)}
    assert all(one.rule and one.heir is not None and not one.done for one in found)
    tried = reorganisation.rehearse(plan)
    assert tried["blocked"] == [] and tried["hanging"] == {"groups": len(found), "unaccepted": len(found)}
    with pytest.raises(reorganisation.Blocked) as refused:
        reorganisation.enact(plan, door="test")
    assert refused.value.code == "plan_unaccepted" and len(refused.value.left) == len(found)
    assert {one["what"] for one in refused.value.left} == {"unaccepted"}
    assert differences(before, held()) == {} and not PlanAcceptance.objects.exists()
    # A part first, then the rest; what was accepted stays with who and when.
    staff = of_kind(plan, "staff")
    accepted = acting(cast, plan, lambda act, held_plan, now: room.accept(act, held_plan, staff))
    assert accepted == len(staff) == 1 and of_kind(plan, "staff")[0].accepted.count == 2
    assert accept_all(cast, plan) == len(found) - 1 and accept_all(cast, plan) == 0
    row = of_kind(plan, "cases")[0].accepted
    assert row.by == cast.account("provincial_officer") and row.at is not None
    assert room.blocked(hanging(plan)) == []
    assert reorganisation.enact(plan, door="test").plan.state == PlanState.ENACTED
    with pytest.raises(Refusal):
        accept_all(cast, plan)
    reorganisation.undo(plan, door="test")
    assert differences(before, held()) == {}
    # Taken back, what was accepted still stands; enacting again asks nobody anew.
    reorganisation.enact(plan, door="test")


def test_whoever_enacts_by_rule_accepts_the_rest_by_that(cast, with_staff):
    plan = planned(TOGETHER)
    officer = cast.account("provincial_officer")
    number = len(hanging(plan))
    reorganisation.enact(plan, actor=officer, door="test", by_rule=True)
    assert PlanAcceptance.objects.filter(plan=plan, by=officer).count() == number


def test_a_group_or_single_things_go_elsewhere(cast, with_staff):
    plan, before = planned(TOGETHER), held()
    accept_all(cast, plan)
    founded = shapes(plan)[0].resolve("commune:03127")
    by_law = of_kind(plan, "staff")[0].heir
    # One of the two goes to the new commune's organisation, the other stays with whom the rule says.
    spells = {row.person_id: row.spell for row in Occupancy.objects.on(DAY)}
    one = spells[cast.cell_secretary.pk]
    assert send(cast, plan, "staff", "commune:03127", [one]) == 1
    now = {group.decided: group for group in of_kind(plan, "staff")}
    assert (now[True].heir, now[True].things) == (founded, (one,)) and now[True].done
    assert now[False].heir == by_law and now[False].done  # the rule proposes the same as was accepted
    # The case, as a whole group; and what the district leaves, all of it together.
    send(cast, plan, "cases", cast.province.code)
    left = room.narrowed(hanging(plan), room.Which(kind="papers", body=cast.district.code))
    assert all(group.choice == "keeper" for group in left)
    plan.refresh_from_db()
    assert plan.state == PlanState.DRAFT
    reorganisation.enact(plan, door="test", by_rule=True)
    commune = Unit.objects.get(pk=plan.__class__.objects.get(pk=plan.pk).outcome["founded"]["commune:03127"])
    works = dict(Occupancy.objects.on(DAY).values_list("person", "unit"))
    assert works[cast.cell_secretary.pk] == commune.pk and works[cast.veteran.pk] == by_law
    assert set(Occupancy.objects.on(EVE).values_list("unit", flat=True)) == {cast.district.pk}
    assert CaseHome.objects.on(DAY).get(case=with_staff).unit == cast.province
    reorganisation.undo(plan, door="test")
    assert differences(before, held()) == {}
    # Back to the rule: the case goes where it went before, which was accepted.
    assert send(cast, plan, "cases", None) == 1
    assert [group.decided for group in of_kind(plan, "cases")] == [False]


def test_what_a_body_leaves_is_kept_where_somebody_says(cast):
    plan = planned(TOGETHER)
    paper = cast.paper(issuer=cast.district)
    assert send(cast, plan, "papers", cast.provincial_office.code) >= 1
    reorganisation.enact(plan, door="test", by_rule=True)
    kept = UnitCustody.objects.on(DAY).get(unit=cast.district)
    assert kept.custodian == cast.provincial_office and paper.issuer == cast.district


def test_what_cannot_be_is_refused_in_a_sentence(cast, with_staff):
    plan = planned(TOGETHER)
    for kind, to, code in (
        ("staff", "no-such", "no_such_body"),
        ("staff", cast.district.code, "no_such_body"),
        ("posts", cast.province.code, "follows_from_the_plan"),
        ("bodies", cast.cell.code, "may_not_stand_there"),
        ("drafts", cast.province.code, "nothing_there"),
    ):
        with pytest.raises(Refusal) as refused:
            send(cast, plan, kind, to)
        assert refused.value.code == code, kind


class TestFunctions:
    """What bodies have to do: given by paper, by exactly one body at a time, handed over by a plan."""

    def given(self, cast, unit, name, day=EVE):
        officer, paper = cast.account("provincial_officer"), cast.paper(issuer=cast.province)
        return functions.give(actor=officer, day=day, unit=unit, name=name, document=paper)

    def held(self, unit, day):
        return [row.function.name for row in functions_of(unit, day)]

    def test_a_function_is_given_handed_over_and_ended(self, cast):
        said = {"actor": cast.account("provincial_officer"), "document": cast.paper(issuer=cast.province)}
        one = self.given(cast, cast.district, "Giữ sổ đảng viên")
        for unit, code in ((cast.district, "already_there"), (cast.commune, "same")):
            with pytest.raises(Refusal) as refused:
                if code == "same":
                    functions.hand_over(day=DAY, function=one.pk, unit=cast.district, **said)
                self.given(cast, unit, "giữ sổ đảng viên")
            assert refused.value.code == code
        functions.hand_over(day=DAY, function=one.pk, unit=cast.commune, **said)
        assert self.held(cast.district, EVE) == self.held(cast.commune, DAY) == [one.name]
        assert self.held(cast.district, DAY) == []
        functions.finish(day=LATER, function=one.pk, **said)
        assert self.held(cast.commune, LATER) == [] and not without_a_body(DAY).exists()
        with pytest.raises(Refusal) as refused:
            functions.finish(day=LATER, function=one.pk, **said)
        assert refused.value.code == "no_such_function"

    def test_a_plan_moves_what_it_hands_over_and_what_its_ended_bodies_had(self, cast, client):
        stays = self.given(cast, cast.provincial_office, "Thẩm định cán bộ")
        goes = self.given(cast, cast.provincial_office, "Quản lý hồ sơ")
        follows = self.given(cast, cast.commune, "Tiếp dân")
        plan, before = planned(TOGETHER), held()
        reorganisation.add_changes(plan, [{
            "kind": ChangeOf.TRANSFER_FUNCTION, "subject": cast.provincial_office.pk,
            "target": cast.province.pk, "values": {"functions": [goes.pk]},
        }])  # fmt: skip
        (group,) = of_kind(plan, "functions")
        assert group.things == (follows.pk,) and group.choice == "thing"
        assert send(cast, plan, "functions", cast.province.code, [follows.pk]) == 1
        done = reorganisation.enact(plan, door="test", by_rule=True)
        counts = {one["code"]: (one["before"], one["after"]) for one in done.invariants}
        assert counts["functions"] == (3, 3) and counts["functions_without_a_body"] == (0, 0)
        assert self.held(cast.provincial_office, DAY) == [stays.name]
        assert set(self.held(cast.province, DAY)) == {goes.name, follows.name}
        client.force_login(cast.account("provincial_officer"))
        page = client.get(reverse("body", args=[cast.province.code]), {"on": "2025-07-01"}).content.decode()
        assert goes.name in page and reverse("do", args=["function.hand_over"]) in page
        told = client.get("/api/v1/bodies/11/functions", {"on": "2025-07-01"}).json()["items"]
        assert {one["name"] for one in told} == {goes.name, follows.name}
        reorganisation.undo(plan, door="test")
        assert differences(before, held()) == {}
