"""Figures of a day before a reform on the structure after it: nobody is lost, nobody is guessed."""

import datetime as dt

import pytest

from orgwork.doors.cli.main import main
from orgwork.foundation.dates import Period, begin, change, end
from orgwork.foundation.moments import writing
from orgwork.foundation.refusals import Refusal
from orgwork.insight import frame
from orgwork.insight.regrouped import ELSEWHERE, OPEN, Regrouped, days_of_change
from orgwork.procedures import reorganisation
from orgwork.registers.members import MembershipPlace, PlaceKind
from orgwork.registers.record import Cause
from orgwork.registers.unit_lineage import Lineage
from orgwork.registers.units import Unit, UnitPlacement, UnitSuccession, derive_lineage
from tests.procedures.reform import APART, DAY, EVE, planned

pytestmark = pytest.mark.django_db


def stock(unit, **more):
    return Regrouped("members.stock", unit, EVE, DAY, **more)


def told(found):
    return {line.key: line.value for line in found.beside().regrouped}


@pytest.fixture
def divided(cast):
    """The commune is divided: its cells go to two new ones."""
    plan = planned(APART)
    for area, code in ((cast.village, "03127"), (cast.other_village, "03160"), (cast.firm, "03160")):
        reorganisation.decide(plan, "place", area.pk, target_key=code)
    reorganisation.enact(plan, door="test", by_rule=True)
    first = UnitPlacement.objects.on(DAY).get(unit=cast.cell).parent
    return first, UnitPlacement.objects.on(DAY).get(unit=cast.small_cell).parent


def test_the_same_records_are_told_by_the_new_communes(cast, divided):
    first, second = divided
    both = stock(cast.province).beside()
    whole = frame.compute("members.stock", cast.province, on=EVE).value
    assert both.total == whole == sum(one.value for one in both.reported)
    assert whole == sum(one.value for one in both.regrouped) and whole > 10
    now = {one.key: one for one in both.regrouped}
    assert now[first.code].value == frame.compute("members.stock", cast.cell, on=EVE).value
    # Firm and village went to the other one, where a whole commune of another district came, too.
    assert now[second.code].came_of == {
        cast.district.pk: 6,
        cast.other_district.pk: frame.compute("members.stock", cast.other_commune, on=EVE).value,
    }
    assert {ELSEWHERE, OPEN}.isdisjoint(now)
    assert {one.key for one in both.reported} == {"094", "096"}
    found = stock(cast.province)
    for line in both.regrouped:
        assert found.records(line.key).count() == line.value
    # Of a district that has ended: where its people are now; of a commune that is new: who came to it.
    assert told(stock(cast.district)) == {first.code: now[first.code].value, second.code: 6}
    # Of a commune that is new: all that came to it, the firm's cell from beside the old communes, too.
    anew = stock(second).beside()
    assert anew.total == now[second.code].value and {one.key: one.whole for one in anew.reported} == {
        "094": False, "096": True,
    }  # fmt: skip
    flow = Regrouped("members.admitted", cast.province, Period.days(dt.date(2015, 1, 1), EVE), DAY)
    assert sum(told(flow).values()) == flow.beside().total > 0


def test_people_of_a_divided_cell_go_where_they_went(cast):
    """One of the small cell goes to the cell, one to the firm's; one has left: of her nobody says."""
    gone, one, other = cast.third_of_small, cast.first_of_small, cast.second_of_small
    why = Cause.objects.create(kind="merged")
    with writing(door="test") as act:
        for person, target in ((one, cast.cell), (other, cast.firm_cell)):
            key = {"person": person, "kind": PlaceKind.OFFICIAL}
            change(MembershipPlace, act, key, DAY, {"unit": target}, cause=why)
        end(MembershipPlace, act, {"person": gone, "kind": PlaceKind.OFFICIAL}, DAY, cause=why)
        for target in (cast.cell, cast.firm_cell):
            begin(
                UnitSuccession, act, DAY, predecessor=cast.small_cell, successor=target, kind="split",
                cause=why,
            )  # fmt: skip
        end(UnitPlacement, act, {"unit": cast.small_cell}, DAY, cause=why)
        derive_lineage(act, [cast.small_cell])
    found = stock(cast.district)
    before = frame.compute("members.stock", cast.commune, on=EVE).value
    lines = told(found)
    assert lines[OPEN] == 1 and lines["03127"] == before - 2 and lines["094.001"] == 4
    assert [row.person for row in found.records(OPEN)] == [gone]
    assert other.pk in found.records("094.001").values_list("person", flat=True)
    assert days_of_change(EVE) == [DAY] and days_of_change(DAY) == []
    # Bodies can be followed both ways on any day, from either side.
    both = {cast.cell.pk, cast.firm_cell.pk}
    assert set(Lineage(DAY).of(cast.small_cell.pk)) == both
    assert Lineage(EVE).of(cast.small_cell.pk) == (cast.small_cell.pk,)
    for body in both:
        assert Lineage(EVE).of(body) == (body,)


def test_what_cannot_be_told_so_is_refused(cast):
    with pytest.raises(Refusal, match="after"):
        Regrouped("members.stock", cast.province, DAY, DAY)
    for code in ("members.admission_rate", "members.transferred_in"):
        with pytest.raises(Refusal, match="add up"):
            Regrouped(code, cast.province, Period.days(dt.date(2024, 1, 1), EVE), DAY)


def test_all_doors_show_both_and_open_the_records(cast, divided, client, capsys):
    first, second = divided
    client.force_login(cast.account("provincial_officer"))
    asked = "?unit=11&on=2025-06-30&structure=2025-07-01"
    page = client.get(f"/figures/members.stock/structure/{asked}").content.decode()
    assert "As reported" in page and f"line={second.code}" in page and "line=open" not in page
    listed = client.get(f"/figures/members.stock/structure/{asked}&line={first.code}").content.decode()
    assert "Lường Văn Pâng" in listed and "Khoàng Thị Sen" not in listed
    sheet = b"".join(client.get(f"/figures/members.stock/structure/{asked}&line={first.code}&export=csv"))
    assert "Lường Văn Pâng" in sheet.decode()
    lines = b"".join(client.get(f"/figures/members.stock/structure/{asked}&export=csv")).decode()
    assert f"{second.code}" in lines
    assert client.get(f"/figures/members.stock/structure/{asked}&line=03127").status_code == 404
    refused = client.get("/figures/members.stock/structure/?unit=11&on=2025-07-02&structure=2025-07-01")
    assert refused.status_code == 422 and "2025" in refused.content.decode()
    assert (
        "structure=2025-07-01" in client.get("/figures/members.stock/?unit=11&on=2025-06-30").content.decode()
    )
    api = client.get(f"/api/v1/figures/members.stock/structure{asked}").json()
    one = next(line for line in api["regrouped"] if line["unit"] == second.code)
    assert client.get(one["records_url"]).status_code == 200 and set(one["came_of"]) == {"094", "096"}
    wanted = ["figure", "members.stock", "--unit", "11", "--on", "2025-06-30", "--structure", "2025-07-01"]
    assert main(wanted) == 0 and second.code in capsys.readouterr().out
    assert main([*wanted[:-1], "2025-06-01"]) == 2
    # Whoever may not read the names sees the numbers.
    client.force_login(cast.account("auditor"))
    listed = client.get(f"/figures/members.stock/structure/{asked}&line={first.code}").content.decode()
    assert "Lường Văn Pâng" not in listed
    assert Unit.objects.filter(pk=first.pk).exists()
