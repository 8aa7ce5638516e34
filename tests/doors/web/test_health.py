"""How the house is: a word for probes, details for whoever runs it, and pages when the database is away."""

import datetime as dt
import io
import json
import logging

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from structlog.stdlib import ProcessorFormatter

from config.logs import logging_settings
from orgwork.doors import health
from orgwork.foundation import jobs
from orgwork.foundation.jobs import Job
from orgwork.foundation.journal import record
from orgwork.foundation.moments import Moment, writing
from orgwork.registers.people import PersonName

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def asked_anew(monkeypatch):
    monkeypatch.setattr(health, "_kept", [True, float("-inf")])


def signed_in(cast, key, **more):
    client = Client(raise_request_exception=False, **more)
    client.force_login(cast.account(key))
    return client


def state(name):
    return next(sign.state for sign in health.look() if sign.name == name)


def test_a_probe_learns_whether_and_nothing_else(client):
    said = client.get("/health/")
    assert (said.status_code, said.content) == (200, b"ok") and "no-store" in said["Cache-Control"]


def test_a_probe_is_told_when_the_database_is_away_or_behind(client, monkeypatch):
    monkeypatch.setattr(health, "_migrations", lambda: health.Sign("migrations", "", health.BAD, "secret"))
    said = client.get("/health/")
    assert (said.status_code, said.content) == (503, b"not ready")


def test_a_probe_asks_the_database_now_and_then_only(client, django_assert_num_queries, monkeypatch):
    client.get("/health/")
    monkeypatch.setattr(health, "KEPT_SECONDS", 3600)
    with django_assert_num_queries(0):
        for _time in range(5):
            client.get("/health/")


def test_whoever_runs_the_machine_sees_what_is_wrong(cast):
    said = signed_in(cast, "administrator").get("/health/details/").content.decode()
    assert "Seals of the journal" in said and "none is running" in said
    assert signed_in(cast, "provincial_officer").get("/health/details/").status_code == 403


def test_what_is_wrong_shows(cast, settings, tmp_path, monkeypatch):
    settings.ORGWORK_HOME = tmp_path
    assert state("backup") == health.LOOK
    (tmp_path / "backups").mkdir()
    (tmp_path / "backups" / "one.tar").write_text("")
    assert state("backup") == health.GOOD
    monkeypatch.setattr(health, "NO_ROOM", 1 << 62)
    assert state("disk") == health.BAD
    assert state("waiting") == health.GOOD
    Job.objects.create(name="x", kind="x")
    Job.objects.update(created_at=timezone.now() - dt.timedelta(hours=1))
    assert state("waiting") == health.LOOK


def test_a_seal_that_does_not_come_shows(cast, monkeypatch):
    assert state("sealing") == health.GOOD
    with writing(door="test") as act:
        record(act, "thing.done", day=act.day, subjects=[(("unit", 1), {})])
    assert state("sealing") == health.GOOD
    monkeypatch.setattr(health.timezone, "now", lambda: act.at + dt.timedelta(hours=1))
    assert state("sealing") == health.LOOK


def test_a_clock_set_back_shows(cast, monkeypatch):
    assert state("clock") == health.GOOD
    newest = Moment.objects.order_by("-pk").first()
    monkeypatch.setattr(health.timezone, "now", lambda: newest.at - dt.timedelta(days=1))
    assert state("clock") == health.LOOK


def test_the_worker_s_lock_tells_whether_there_is_one(transactional_db):
    assert not jobs.worker_is_there()
    with jobs._worker_lock() as held:
        assert held and jobs.worker_is_there()
    assert not jobs.worker_is_there()


@pytest.mark.parametrize("address", ["/people/?unit=11", "/bodies/11/"])
def test_a_page_says_that_the_database_is_away(cast, address, monkeypatch):
    from orgwork.doors.web import places

    def away(*_what, **_how):
        raise OperationalError("connection refused: Nguyễn Văn A")

    monkeypatch.setattr(places.PlaceMiddleware, "__call__", away)
    said = signed_in(cast, "provincial_officer").get(address)
    assert said.status_code == 503 and said["Retry-After"]
    assert "does not answer just now" in said.content.decode() and "Nguyễn" not in said.content.decode()


def test_every_request_has_a_number_that_its_lines_carry(cast, settings, caplog):
    client = signed_in(cast, "provincial_officer")
    said = client.get("/people/", headers={"X-Request-ID": "a name <b>"})
    assert len(said["X-Request-ID"]) == 16
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert client.get("/", headers={"X-Request-ID": "0123456789abcdef"})["X-Request-ID"] == "0123456789abcdef"
    assert client.get("/", headers={"X-Request-ID": "a name <b>"})["X-Request-ID"] != "a name <b>"


@pytest.fixture
def lines():
    """Everything that is logged, at the lowest level, as it would be written."""
    said = logging_settings(level="DEBUG", style="json", full=False)["formatters"]["shown"]
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(ProcessorFormatter(**{key: what for key, what in said.items() if key != "()"}))
    root, before = logging.getLogger(), logging.getLogger().level
    quiet = {name: logging.getLogger(name).level for name in ("django", "django.template")}
    root.addHandler(handler)
    root.setLevel("DEBUG")
    logging.getLogger("django").setLevel("DEBUG")
    logging.getLogger("django.template").setLevel("INFO")
    yield handler.stream.getvalue
    root.removeHandler(handler)
    root.setLevel(before)
    for name, level in quiet.items():
        logging.getLogger(name).setLevel(level)


def test_the_log_of_a_full_round_names_nobody(cast, lines):
    """Pages, refusals, missing pages, faults, the API: no name, number, sign-in or phone of anybody."""
    person = cast.other_member
    address = f"/people/{person.pk}/"
    for role in ("provincial_officer", "cell_secretary", "outsider"):
        client = signed_in(cast, role)
        for asked in (
            address, f"/people/?unit=03160&q={person.names.first().given}", f"/api/v1/people/{person.pk}",
            "/search/?q=Xuân", f"/people/{person.pk}/nothing/", f"/do/person.contact/?person={person.pk}",
            f"/api/v1/memberships?person={person.pk}", "/people/99/", f"/open/admission/?person={person.pk}",
        ):  # fmt: skip
            client.get(asked)
        client.post(f"/do/person.contact/?person={person.pk}", {"phone": "0912 345 678", "day": "2024-03-01"})
        client.post("/sign-in/", {"username": "other_member", "password": "0912 345 678"})
    said = lines()
    assert '"event": "answered"' in said and '"route": "people/<int:pk>/"' in said
    answered = [line for line in map(json.loads, said.splitlines()) if line["event"] == "answered"]
    assert all(len(line["request"]) == 16 for line in answered)
    for name in PersonName.objects.values_list("full", "given"):
        for part in name:
            assert len(part) < 3 or f"{part}" not in said, part
    # All of the phone, however it is written: four digits of it stand in many a time and number by chance.
    phone = ("0912 345", "0912+345", "0912%20345", "0912345")
    for secret in (str(person.pk), *phone, "other_member", "Xuân", "Xu%C3%A2n"):
        assert secret not in said, [line for line in said.splitlines() if secret in line][:3]
