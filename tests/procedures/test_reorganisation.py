"""A plan is made by rule, rehearsed, enacted and taken back: nobody and nothing is lost on the way."""

import datetime as dt

import pytest

from orgwork.foundation.moments import writing
from orgwork.foundation.refusals import Refusal, RegisterIncomplete
from orgwork.procedures import admission, appointment, reorganisation, reorganisation_acting
from orgwork.procedures.cases import CaseDeadline, CaseHome
from orgwork.procedures.reorganisation_shape import Shape
from orgwork.registers import access, hanging
from orgwork.registers.appointments import Appointment
from orgwork.registers.members import MembershipPlace
from orgwork.registers.reorganisation import PlanState
from orgwork.registers.units import (
    Unit,
    UnitPlacement,
    UnitService,
    UnitSuccession,
    check_lineage,
    kind_of,
    parents_of,
    under_ids,
)
from tests.procedures.reform import (
    APART,
    COUNTRY,
    DAY,
    EVE,
    TOGETHER,
    differences,
    held,
    planned,
    row,
    unit,
)
from tests.procedures.test_admission import applied as opened

pytestmark = pytest.mark.django_db
NEW = "11.102"


def under(top, day):
    return set(Unit.objects.filter(pk__in=under_ids(top, day)).values_list("code", flat=True))


def people_of(top, day):
    rows = MembershipPlace.objects.on(day).filter(unit__in=under_ids(top, day))
    return sorted(rows.values_list("person", flat=True))


class TestTheReform:
    """The cast's two communes become one."""

    def test_a_plan_follows_by_rule_and_changes_nothing(self, cast):
        before = held()
        plan = planned(TOGETHER)
        shape = Shape(plan)
        assert shape.counts() == {
            "area": 2, "found": 2, "end": 4, "merge": 3, "move": 4, "change_kind": 3,
        }  # fmt: skip
        assert reorganisation.blocking(shape) == []
        found = reorganisation.rehearse(plan)
        assert found["before"]["members"] == found["after"]["members"] > 10
        assert all(one["holds"] for one in found["invariants"]), found["invariants"]
        assert found["blocked"] == [] and differences(before, held()) == {}
        plan.refresh_from_db()
        assert plan.state == PlanState.READY

    def test_it_is_enacted_and_taken_back(self, cast):
        case = opened(cast)
        before, then = held(), people_of(cast.root, DAY)
        plan = planned(TOGETHER)
        done = reorganisation.enact(plan, door="test", by_rule=True)
        new = UnitPlacement.objects.on(DAY).get(parent=cast.province, unit__services__area__code="03127").unit
        assert kind_of(new, DAY) == "commune_party_organisation"
        cells = {"03127.01", "03127.02", "094.001", "03160.01"}
        assert cells <= under(new, DAY) and not {"094", "03127", "03127.90"} & under(cast.root, DAY)
        assert all(kind_of(unit(cell), DAY) == "grassroots_cell" for cell in cells)
        assert people_of(cast.root, DAY) == then and people_of(new, DAY) == people_of(cast.district, EVE) + (
            people_of(cast.other_district, EVE)
        )
        assert check_lineage() == [] and [one.code for one in parents_of(cast.cell, EVE)][1:3] == [
            "11",
            "094",
        ]
        heirs = UnitSuccession.objects.filter(successor=new).values_list("predecessor__code", flat=True)
        assert sorted(heirs) == ["03127", "03160"]
        case.refresh_from_db()
        assert case.unit == cast.cell  # it lies with the cell, which goes on
        assert done.written["founded"] == 2
        # The day before nothing is other than it was.
        assert people_of(cast.district, EVE) and kind_of(cast.cell, EVE) == "cell"
        with pytest.raises(Refusal, match="already|bereits|rồi"):
            reorganisation.enact(plan, door="test", by_rule=True)
        reorganisation.undo(plan, door="test")
        assert differences(before, held()) == {} and check_lineage() == []
        again = reorganisation.enact(plan, door="test", by_rule=True)
        assert again.plan.state == PlanState.ENACTED
        assert UnitPlacement.objects.on(DAY).get(unit=new).parent == cast.province  # the same body again

    def test_cases_and_their_time_limits_go_along(self, cast):
        case = opened(cast)
        CaseHome.objects.filter(case=case)
        with writing(door="test") as act:
            from orgwork.procedures.cases import lay_with

            lay_with(case, act, cast.district, dt.date(2024, 3, 1))
            case.save()
        limits = list(CaseDeadline.objects.order_by("pk").values_list("pk", "case", "runs_from", "due"))
        plan = planned(TOGETHER)
        reorganisation.enact(plan, door="test", by_rule=True)
        case.refresh_from_db()
        # The district ends without a successor: the committee over the applicant's cell goes on with it.
        assert kind_of(case.unit, DAY) == "commune_party_organisation"
        assert CaseHome.objects.on(EVE).get(case=case).unit == cast.district
        assert (
            list(CaseDeadline.objects.order_by("pk").values_list("pk", "case", "runs_from", "due")) == limits
        )
        admission.admission.open_steps(case)
        reorganisation.undo(plan, door="test")
        case.refresh_from_db()
        assert case.unit == cast.district

    def test_while_something_rests_on_it_it_stays(self, cast):
        plan = planned(TOGETHER)
        reorganisation.enact(plan, door="test", by_rule=True)
        commune = Unit.objects.get(code=Shape(plan).plan.changes.get(key="commune:03127").founded.code)
        seat = appointment.found_post(
            actor=cast.account("provincial_officer"), day=DAY, unit=commune, area=None,
            kind="deputy_secretary", document=cast.paper(issuer=cast.province),
        )  # fmt: skip
        with pytest.raises(RegisterIncomplete) as refused:
            reorganisation.undo(plan, door="test")
        assert any("post" in str(one).lower() for one in refused.value.left)
        plan.refresh_from_db()
        assert plan.state == PlanState.ENACTED and seat.pk


class TestADividedCommune:
    """People of a body that is divided are moved by nobody's guess."""

    def test_what_is_undecided_blocks(self, cast):
        before = held()
        plan = planned(APART)
        left = reorganisation.blocking(Shape(plan))
        whats = {(one["what"], one["code"]) for one in left}
        assert {("place", "03127.01"), ("place", "03127.02"), ("body", "03127.01")} <= whats
        found = reorganisation.rehearse(plan)
        assert found["blocked"] and found["after"]["members_under_the_top"] < found["before"]["members"]
        with pytest.raises(reorganisation.Blocked):
            reorganisation.enact(plan, door="test", by_rule=True)
        assert differences(before, held()) == {}

    def test_decided_by_village_it_goes_through(self, cast):
        plan = planned(APART)
        for area, code in ((cast.village, "03127"), (cast.other_village, "03160"), (cast.firm, "03160")):
            reorganisation.decide(plan, "place", area.pk, target_key=code)
        left = reorganisation.blocking(Shape(plan))
        assert left == []
        reorganisation.enact(plan, door="test", by_rule=True)
        one = UnitPlacement.objects.on(DAY).get(unit=cast.cell).parent
        other = UnitPlacement.objects.on(DAY).get(unit=cast.small_cell).parent
        served = UnitService.objects.on(DAY)
        assert served.get(unit=one).area.code == "03127" and served.get(unit=other).area.code == "03160"
        assert UnitPlacement.objects.on(DAY).get(unit=cast.firm_cell).parent == other

    def test_cells_of_a_commune_that_gives_people_away_and_goes_on_are_asked_about(self, cast):
        rows = [
            row("03127", "Phường Noong Bua", "03127", "Phường Điện Biên Phủ", "renamed", targets=2),
            row("03127", "Phường Noong Bua", "03160", "Xã Mường Nhé", "part", "part", "part", 2),
            row("03160", "Xã Sín Thầu", "03160", "Xã Mường Nhé", district=COUNTRY),
        ]
        plan = planned(rows)
        left = {(one["what"], one["code"]) for one in reorganisation.blocking(Shape(plan))}
        assert left == {("body", "03127.01"), ("body", "03127.02")}
        reorganisation.decide(plan, "body", cast.cell.pk, target=cast.commune)
        reorganisation.decide(plan, "body", cast.small_cell.pk, target_key="commune:03160")
        reorganisation.enact(plan, door="test", by_rule=True)
        assert UnitPlacement.objects.on(DAY).get(unit=cast.cell).parent == cast.commune
        assert UnitPlacement.objects.on(DAY).get(unit=cast.small_cell).parent.code not in ("03127", "03160")


class TestWhoLeads:
    """Nobody is without a leader for a day, and nobody keeps a power (KL 163-KL/TW)."""

    def may(self, cast, who, act, body, now):
        return bool(access.may(cast.account(who), act, body, now=now))

    def test_the_old_committees_lead_on_until_the_new_one_is_appointed(self, cast):
        plan = planned(TOGETHER)
        assert self.may(cast, "commune_secretary", "names.read", cast.cell, EVE)
        reorganisation.enact(plan, door="test", by_rule=True)
        assert self.may(cast, "commune_secretary", "names.read", cast.cell, EVE)
        for act in ("names.read", "admission.committee", "admission.decide"):
            assert self.may(cast, "commune_secretary", act, cast.cell, DAY)
        assert self.may(cast, "cell_secretary", "admission.cell", cast.cell, DAY)
        # What the district's office could do, nobody of it can from that day on.
        assert not self.may(cast, "district_officer", "names.read", cast.cell, DAY)
        new = UnitPlacement.objects.on(DAY).get(unit=cast.cell).parent
        (leading,) = Appointment.objects.on(DAY).filter(post__unit=new, acting=True)
        assert leading.person == cast.commune_secretary
        later = DAY + dt.timedelta(days=40)
        appointment.fill_post(
            actor=cast.account("provincial_officer"), day=later, post=leading.post, person=cast.veteran,
            manner="designated", document=cast.paper(issuer=cast.province),
        )  # fmt: skip
        eve = later - dt.timedelta(days=1)
        assert self.may(cast, "commune_secretary", "names.read", cast.cell, eve)
        assert not self.may(cast, "commune_secretary", "names.read", cast.cell, later)

    def test_the_acting_end_together(self, cast):
        reorganisation.enact(planned(TOGETHER), door="test", by_rule=True)
        new = UnitPlacement.objects.on(DAY).get(unit=cast.cell).parent
        later = DAY + dt.timedelta(days=40)
        count = reorganisation_acting.committee_appointed(
            actor=cast.account("provincial_officer"), day=later, unit=new,
            document=cast.paper(issuer=cast.province),
        )  # fmt: skip
        assert count == 1 and not self.may(cast, "commune_secretary", "names.read", cast.cell, later)


def test_every_table_says_what_hangs_on_a_body():
    assert hanging.silent() == []
