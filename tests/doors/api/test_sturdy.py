"""This room is for odd questions: whatever is sent, the API answers or refuses, and never breaks."""

import json

import pytest
from django.test import Client

from .test_openapi import described

ODD = [
    "", " ", "0", "-1", "99999999999999999999", "1e9", "null", "true", "2024-02-30", "0001-01-01",
    "9999-12-31", "2024-05-01T25:00", "2024-05-01T12:00:00", "Ω\u0301", "a\x00b",
    "'; drop table", "%", "x" * 3000, "W10", "WyJhIl0", "W251bGwsIG51bGxd", "W3t9LCB7fV0", "WzFlOTk5LCAxXQ",
]  # fmt: skip

PATHS = {path: operations for path, operations in described()["paths"].items() if "get" in operations}


@pytest.fixture
def officer(cast):
    client = Client(raise_request_exception=False)
    client.force_login(cast.account("national_officer"))
    return client


def sound(response) -> None:
    assert response.status_code < 500, response.content[:300]
    if response.status_code >= 400:
        assert response["Content-Type"] == "application/problem+json", response["Content-Type"]
        problem = json.loads(response.content)
        assert problem["status"] == response.status_code and problem["detail"] and problem["code"]


@pytest.mark.parametrize("path", PATHS)
def test_odd_parameters_are_refused_or_answered(path, officer, cast):
    filled = path.replace("{code}", "11").replace("{number}", str(cast.member.pk)).replace("{kind}", "person")
    for parameter in PATHS[path]["get"].get("parameters", []):
        if parameter["in"] == "query":
            for odd in ODD:
                sound(officer.get(filled, {parameter["name"]: odd}))


@pytest.mark.parametrize("path", [path for path in PATHS if "{" in path])
def test_odd_addresses_are_not_there(path, officer):
    for odd in (
        "0",
        "-1",
        "99999999999999999999",
        "9223372036854775807",
        "x",
        "Ω",
        "a%00b",
        "%2e%2e",
        "11%2F12",
    ):
        filled = path
        for name in ("{code}", "{number}", "{kind}"):
            filled = filled.replace(name, odd)
        sound(officer.get(filled))


def test_other_methods_are_refused(officer):
    for method in ("put", "patch", "delete"):
        response = getattr(officer, method)("/api/v1/bodies")
        assert response.status_code == 405


def test_a_slash_at_the_end_is_the_same_address(officer):
    assert officer.get("/api/v1/bodies/").json() == officer.get("/api/v1/bodies").json()
