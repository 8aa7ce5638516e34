"""Plans by program: made from rows, decided about, rehearsed, enacted, taken back."""

import pytest

from orgwork.registers.units import UnitPlacement
from tests.procedures.reform import APART, DAY

pytestmark = pytest.mark.django_db


def test_a_plan_by_program(client, cast):
    client.force_login(cast.account("provincial_officer"))
    post = lambda where, body=None: client.post(where, body or {}, content_type="application/json")  # noqa: E731
    made = post("/api/v1/reorganisations", {"effective": "2025-07-01", "rows": APART})
    assert made.status_code == 201, made.content
    plan = made.json()["plan"]
    at = f"/api/v1/reorganisations/{plan}"
    assert made.json()["undecided"] and post(f"{at}/enactment").status_code >= 400
    tried = post(f"{at}/rehearsal").json()
    assert tried["blocked"] and tried["before"]["members"] > 0
    choices = {cast.village.code: "03127", cast.other_village.code: "03160", cast.firm.code: "03127"}
    said = [{"what": "place", "code": area, "target": code} for area, code in choices.items()]
    assert post(f"{at}/decisions", {"decisions": said}).json()["undecided"] == []
    refused = post(f"{at}/enactment")
    assert refused.status_code >= 400 and "plan_unaccepted" in refused.content.decode()
    listed = client.get(f"{at}/hanging").json()
    assert listed["open"] == len(listed["items"]) > 3
    assert post(f"{at}/acceptances", {"kind": "posts"}).json()["done"] > 0
    assert post(f"{at}/successors", {"kind": "posts", "to": "11"}).status_code >= 400
    assert post(f"{at}/acceptances", {}).json()["open"] == 0
    again = client.get(f"{at}/hanging", {"kind": "posts"}).json()["items"][0]
    assert (again["state"], again["accepted_by"]) == ("accepted", "provincial_officer")
    assert post(f"{at}/enactment").json()["state"] == "enacted"
    assert UnitPlacement.objects.on(DAY).get(unit=cast.cell).parent != cast.commune
    assert client.get(at).json()["undecided"] == []
    assert [one["plan"] for one in client.get("/api/v1/reorganisations").json()["items"]] == [plan]
    assert post(f"{at}/undo").json()["state"] == "undone"
    client.force_login(cast.account("district_officer"))
    assert client.get(at).status_code == 403
