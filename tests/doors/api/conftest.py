"""This room is for knocking at the API as somebody of the cast."""

import json

import pytest
from django.test import Client


class Caller:
    """Somebody who calls the API; answers are read as JSON, problems included."""

    def __init__(self, cast, key):
        self.client = Client(raise_request_exception=False)
        if key:
            self.client.force_login(cast.account(key))

    def get(self, path, status=200, **params):
        response = self.client.get(f"/api/v1{path}", params)
        return self._read(response, status)

    def post(self, path, body=None, status=200, key="", **headers):
        if key:
            headers["HTTP_IDEMPOTENCY_KEY"] = key
        response = self.client.post(
            f"/api/v1{path}", json.dumps(body or {}), content_type="application/json", **headers
        )
        return self._read(response, status)

    def _read(self, response, status):
        found = json.loads(response.content)
        assert response.status_code == status, found
        kind = "application/problem+json" if status >= 400 else "application/json"
        assert response["Content-Type"].startswith(kind)
        self.last = response
        return found


@pytest.fixture
def call(cast):
    return lambda key: Caller(cast, key)


@pytest.fixture
def live_call(live_cast):
    return lambda key: Caller(live_cast, key)
