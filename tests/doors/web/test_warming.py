"""What is counted before anybody asks is what the pages then show, and they count it no second time."""

import datetime as dt
import re

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orgwork.doors.web import numbers, warming

pytestmark = pytest.mark.django_db
COUNTED = re.compile(r'COUNT\(.*registers_membership"', re.S)


@pytest.fixture
def keeping(settings, request, monkeypatch):
    settings.ORGWORK_TODAY = dt.date(2024, 5, 1)
    monkeypatch.setattr(warming, "MANY", 0)
    memory = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": request.node.nodeid}
    settings.CACHES = {"default": memory}
    cache.clear()
    yield
    cache.clear()


def members_counted(client, cast, code):
    client.force_login(cast.account("national_officer"))
    with CaptureQueriesContext(
        connection,
    ) as asked:
        page = client.get(f"/bodies/{code}/").content.decode()
    return page, sum(bool(COUNTED.search(query["sql"])) for query in asked)


@pytest.mark.parametrize("code", ["TW", "11", "094"])
def test_the_first_look_counts_no_member(client, cast, keeping, code):
    cold, counted = members_counted(client, cast, code)
    assert counted
    cache.clear()
    assert warming.warm() >= 4
    warm, counted = members_counted(client, cast, code)
    assert counted == 0
    figures = [re.findall(r'class="(?:big|num)[^>]*>.*?</', page, re.S) for page in (cold, warm)]
    assert figures[0] == figures[1] != []


def test_no_time_is_no_harm(cast, keeping):
    assert warming.warm(seconds=0) <= 1


def test_small_bodies_are_left_to_their_pages(cast, keeping, monkeypatch):
    monkeypatch.setattr(warming, "MANY", 1)
    some = warming.warm()
    monkeypatch.setattr(warming, "MANY", 0)
    assert 0 < some < warming.warm()


def test_a_fault_stops_no_house(keeping, monkeypatch, caplog, cast):
    monkeypatch.setattr(numbers, "cards", lambda *_asked: 1 / 0)
    monkeypatch.setattr(warming, "connection", type("Unused", (), {"close": staticmethod(lambda: None)}))
    warming._quietly()
    assert "could not be counted ahead" in caplog.text
