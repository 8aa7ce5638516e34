"""This room is for the API's description: one committed snapshot, valid, and the same in every language."""

import json
from pathlib import Path

from django.utils import translation
from openapi_spec_validator import OpenAPIV31SpecValidator

from orgwork.doors.api.house import api

SNAPSHOT = Path(__file__).parent.parent / "openapi.json"


def described() -> dict:
    return json.loads(json.dumps(api.get_openapi_schema(path_prefix="/api/"), default=str))


def test_the_description_is_what_was_committed():
    """After a wanted change: python -m tests.doors.api.snapshot, and read the difference."""
    assert described() == json.loads(SNAPSHOT.read_text())


def test_the_description_is_valid():
    OpenAPIV31SpecValidator(described()).validate()


def test_the_description_is_one_for_all_languages(monkeypatch):
    monkeypatch.setattr(api, "_described", {})
    with translation.override("vi"):
        assert described() == json.loads(SNAPSHOT.read_text())


def test_the_description_stands_at_its_address(call):
    caller = call("member")
    response = caller.client.get("/api/openapi.json")
    assert response.status_code == 200 and response.json()["openapi"].startswith("3.1")


def test_every_operation_has_a_name_of_its_own():
    names = [
        operation["operationId"] for path in described()["paths"].values() for operation in path.values()
    ]
    assert len(names) == len(set(names))
