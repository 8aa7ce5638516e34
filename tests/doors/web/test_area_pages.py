"""“Which commune is it now?” through every door: page, API and command; and where a village lies."""

import datetime as dt
import json

import pytest
from django.urls import reverse

from orgwork.exchange.territories import territories_2024
from orgwork.foundation.journal import Entry
from orgwork.foundation.moments import writing
from orgwork.foundation.refusals import NotAllowed, Refusal
from orgwork.procedures.area_changes import place_area
from orgwork.registers.area_changes import COLUMNS, enact_area_changes, read_area_changes
from orgwork.registers.areas import AreaPlacement
from orgwork.registers.record import Cause
from tests.doors.cli.conftest import orgwork  # noqa: F401 (a fixture)

EVE, DAY = dt.date(2025, 6, 30), dt.date(2025, 7, 1)
DISTRICTS = {"094": "Thành phố Điện Biên Phủ", "096": "Huyện Mường Nhé"}
#: What the cast's two communes become: one as a whole, the other split into two.
TABLE = (
    ("03127", "Phường Noong Bua", "094", "03127", "Phường Điện Biên Phủ", "whole", "whole", "whole", 1),
    ("03160", "Xã Sín Thầu", "096", "03160", "Xã Mường Nhé", "part_area_only", "part", "none", 2),
    ("03160", "Xã Sín Thầu", "096", "03158", "Xã Sín Thầu", "remainder", "remainder", "whole", 2),
)


def rows():
    return [
        dict(
            zip(
                COLUMNS,
                (
                    code, "commune", name, district, DISTRICTS[district], "11", "Tỉnh Điện Biên", new, new,
                    called, "11", "Tỉnh Điện Biên", kind, area, people, str(targets), "1661/NQ-UBTVQH15",
                    "2025-06-16", "Điều 1 khoản 1", "2025-07-01", "unique", "",
                ),
                strict=True,
            )
        )
        for code, name, district, new, called, kind, area, people, targets in TABLE
    ]  # fmt: skip


@pytest.fixture
def reformed(cast):
    changes, faults = read_area_changes(rows())
    assert not faults
    with writing(door="test") as act:
        enact_area_changes(act, day=DAY, changes=changes, cause=Cause.objects.create(kind="other"))
    return cast


def read(client, name, **params):
    answer = client.get(reverse(name), params)
    assert answer.status_code == 200
    return answer


def test_the_page_answers_both_ways_and_never_picks(client, reformed):
    client.force_login(reformed.account("outsider"))
    blank = read(client, "areas", on="2024-05-01")
    assert blank.context["asked"]["is"] == DAY  # the latest reform, though it lies ahead of the dial
    page = read(client, "areas", q="Sín Thầu", was="2025-06-30")
    forward, backward = page.context["directions"]
    (old,) = forward["answers"]
    assert old["where"] == "Huyện Mường Nhé, Tỉnh Điện Biên" and old["list"] == "GSO-2024"
    assert [one["name"] for one in old["became"]] == ["Xã Mường Nhé", "Xã Sín Thầu"]
    (new,) = backward["answers"]
    assert (new["code"], new["list"], new["became"][0]["code"]) == ("03158", "GSO-2025", "03160")
    text = page.content.decode()
    assert "a part of the area, nobody of the population" in text and "1661/NQ-UBTVQH15" in text
    # One sound, two places: both are shown, and the page says so. The old district ended with no successor.
    both = read(client, "areas", q="dien bien phu", was="2025-06-30").context
    assert both["several"] is False and both["directions"][0]["answers"][0]["below"]
    assert read(client, "areas", q="noong bua", was="2025-06-30").context["several"]  # a ward and a village
    # As known before the reform was recorded nothing changes; nonsense finds nothing, and days are read.
    assert not read(client, "areas", q="xyz").context["directions"][0]["answers"]
    assert client.get(reverse("areas"), {"q": "a", "was": "yesterday"}).status_code == 400
    # The body's sheet leads here.
    client.force_login(reformed.account("provincial_officer"))
    assert "/areas/?" in client.get(reverse("body", args=["03127.01"])).content.decode()


def test_the_list_filters_sorts_and_exports(client, reformed):
    client.force_login(reformed.account("outsider"))
    page = read(client, "area-changes")
    assert page.context["count"] == "6"  # three rows, two districts that end, the province that goes on
    ended = read(client, "area-changes", kind="ended", sort="-old_code").context["table"]
    assert [row["cells"][0]["text"] for row in ended.body] == ["Huyện Mường Nhé", "Thành phố Điện Biên Phủ"]
    named = read(client, "area-changes", q="Sín Thầu", export="csv")
    lines = b"".join(named.streaming_content).decode("utf-8-sig").splitlines()
    assert len(lines) == 3 and "03158" in lines[2]


def test_the_api_and_the_command_say_the_same(client, reformed, orgwork, tmp_path, monkeypatch):  # noqa: F811
    client.force_login(reformed.account("outsider"))
    found = client.get("/api/v1/areas/find", {"q": "03160", "on": "2025-06-30", "then": "2025-07-01"}).json()
    (item,) = found["items"]
    assert [(b["identifier"], b["area"], b["population"]) for b in item["became"]] == [
        ("03160", "part", "none"), ("03158", "remainder", "whole"),
    ]  # fmt: skip
    lineage = client.get("/api/v1/areas/lineage", {"on": "2025-06-30", "then": "2025-07-01"}).json()
    listed = [
        client.get("/api/v1/areas", {"code": code, "on": on}).json()["items"]
        for code, on in (("03160", EVE), ("03160", DAY), ("11", DAY))
    ]
    assert [[(a["name"], a["code_list"]) for a in items] for items in listed] == [
        [("Xã Sín Thầu", "GSO-2024")], [("Xã Mường Nhé", "GSO-2025")], [("Tỉnh Điện Biên", "GSO-2025")],
    ]  # fmt: skip
    days = ("--from", "2025-06-30", "--to", "2025-07-01")
    said = orgwork("areas", "lineage", *days, "--json")
    assert said.code == 0 and said.json == lineage
    assert {(r["old_code"], r["new_code"], r["kind"]) for r in lineage} == {
        ("11", "11", "unchanged"), ("094", None, "ended"), ("096", None, "ended"),
        ("03127", "03127", "whole"), ("03160", "03160", "part_area_only"), ("03160", "03158", "remainder"),
    }  # fmt: skip
    assert all(set(r) == {"old_level", "old_code", "new_level", "new_code", "kind"} for r in lineage)
    (mine,) = orgwork("areas", "find", "03160", *days, "--json").json
    assert [b["code"] for b in mine["became"]] == ["03160", "03158"]
    shown = orgwork("areas", "find", "Noong Bua", *days)
    assert shown.code == 0 and "Phường Điện Biên Phủ" in shown.out and "Bản Noong Bua" in shown.out
    nothing = orgwork("areas", "find", "Nirgendwo", *days)
    assert nothing.code == 3 and "Nothing of this name" in nothing.err

    file = tmp_path / "table.csv"
    lines = [",".join(COLUMNS), *(",".join(row.values()) for row in rows()), "x"]
    file.write_text("\n".join(lines), encoding="utf-8")
    checked = orgwork("areas", "check", file, "--json")
    assert checked.code == 3 and {f["row"] for f in checked.json["faults"]} == {5}
    file.write_text("\n".join(lines[:-1]), encoding="utf-8")
    again = orgwork("areas", "check", file)  # it is enacted already
    assert again.code == 3 and "already" in again.out
    assert orgwork("areas", "check", tmp_path / "none.csv").code == 2
    assert orgwork("areas", "lineage", *days, "--plan", "none").code == 2
    mine = [t for t in territories_2024() if t.code in ("11", "094", "095") or t.parent == "094"]
    monkeypatch.setattr("orgwork.doors.cli.areas.territories_2024", lambda: mine)
    assert orgwork("areas", "load", "--json").json == {"areas": len(mine) - 3}  # three the cast has
    assert orgwork("areas", "load", "--json").json == {"areas": 0}


def test_a_person_says_in_which_commune_a_village_lies(reformed):
    at = dict(AreaPlacement.objects.on(DAY).values_list("area__code", "area"))
    new = AreaPlacement.objects.on(DAY).get(area__code="03158", area__code_list="GSO-2025").area
    assert at["03127.01"] == reformed.village.pk
    actor = reformed.account("national_officer")
    place_area(actor=actor, door="test", day=DAY, area=reformed.village, into=new)
    assert AreaPlacement.objects.on(DAY).get(area=reformed.village).parent == new
    assert AreaPlacement.objects.on(EVE).get(area=reformed.village).parent == reformed.commune_area
    said = Entry.objects.filter(verb="area.place").get().subjects.all()
    assert json.loads(json.dumps([s.content for s in said]))[0]["after"] == "Xã Sín Thầu"
    for area, into, field in (
        (reformed.village, new, "into"),
        (new, reformed.village, "area"),
        (reformed.firm, reformed.commune_area, "into"),  # which has ended
    ):
        with pytest.raises(Refusal) as refused:
            place_area(actor=actor, door="test", day=DAY, area=area, into=into)
        assert refused.value.field == field
    with pytest.raises(NotAllowed):
        place_area(actor=reformed.account("member"), door="test", day=DAY, area=reformed.firm, into=new)
