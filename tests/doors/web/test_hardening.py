"""What every answer keeps to, whatever was asked: headers, methods, hosts, words that come back as words."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client, override_settings

from orgwork.foundation.dates import change
from orgwork.foundation.moments import writing
from orgwork.registers.people import PersonName, name_values
from orgwork.registers.record import Cause

pytestmark = pytest.mark.django_db
TEMPLATES = sorted((settings.BASE_DIR / "orgwork").rglob("templates/**/*.html"))
EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


@pytest.fixture
def officer(cast):
    client = Client(raise_request_exception=False)
    client.force_login(cast.account("provincial_officer"))
    return client


ANSWERS = [
    "/", "/sign-in/", "/people/?unit=11", "/people/?unit=11&export=csv", "/nowhere/", "/people/?on=x",
    "/api/v1/session", "/api/v1/nowhere", "/api/openapi.json", "/scim/v2/Users", "/static/web/orgwork.css",
    "/static/", "/static/../config/settings.py",
]  # fmt: skip


@pytest.mark.parametrize("path", ANSWERS)
def test_every_answer_carries_the_headers_of_the_house(officer, path):
    answer = officer.get(path)
    policy = answer["Content-Security-Policy"]
    for part in ("default-src 'none'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
        assert part in policy
    assert "unsafe" not in policy
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in answer["Permissions-Policy"]
    assert "Access-Control-Allow-Origin" not in answer
    assert answer["Content-Type"]


def test_by_https_every_answer_says_to_come_by_https_only(officer):
    with override_settings(SECURE_HSTS_SECONDS=31_536_000, SECURE_HSTS_INCLUDE_SUBDOMAINS=True):
        for path in ("/", "/api/v1/session", "/sign-in/"):
            said = Client().get(path, secure=True)["Strict-Transport-Security"]
            assert said == "max-age=31536000; includeSubDomains"


def test_pages_of_people_are_kept_by_no_cache(officer):
    for path in ("/people/?unit=11", "/api/v1/people?unit=11", "/security/"):
        assert "no-store" in officer.get(path)["Cache-Control"]


@pytest.mark.parametrize("method", ["TRACE", "PROPFIND", "DELETE", "PUT", "PATCH"])
@pytest.mark.parametrize("path", ["/", "/sign-out/", "/api/v1/session", "/security/recovery/"])
def test_no_method_that_is_not_meant_does_anything(officer, method, path):
    answer = officer.generic(method, path)
    assert answer.status_code in (200, 302, 405) and answer.status_code < 500
    if path != "/":
        assert answer.status_code == 405
    assert officer.get("/").status_code == 200


def test_a_host_that_is_not_ours_is_refused():
    answer = Client(raise_request_exception=False).get("/sign-in/", HTTP_HOST="elsewhere.example")
    assert answer.status_code == 400


def test_no_template_writes_a_script_or_a_style_into_a_page():
    wrong = []
    for path in TEMPLATES:
        text = path.read_text()
        wrong += [(path.name, "script") for found in re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", text)]
        wrong += [
            (path.name, found) for found in re.findall(r"\son[a-z]+=|<style|\sstyle=|javascript:", text)
        ]
        wrong += [(path.name, "safe") for found in re.findall(r"\|safe\b|autoescape off", text)]
    assert not wrong


def test_words_come_back_as_words(cast, officer):
    """A name full of marks is a name on pages, in lists, in JSON and in forms that show what was typed."""
    with writing(door="test") as act:
        said = name_values(EVIL[:60], "", EVIL[:60])
        key = {"person": cast.member}
        since = PersonName.objects.get(person=cast.member).valid_from
        cause = Cause.objects.create(kind="corrected")
        change(PersonName, act, key, since, said, cause=cause, for_good=True)
    paths = [
        f"/people/{cast.member.pk}/", "/people/?unit=11", f"/search/?q={EVIL}", f"/people/?unit=11&q={EVIL}",
        f"/api/v1/people/{cast.member.pk}",
    ]  # fmt: skip
    for path in paths:
        answer = officer.get(path)
        text = answer.content.decode()
        if answer["Content-Type"].startswith("text/html"):
            assert "<script>alert" not in text and "<img src=x" not in text
        else:
            assert answer["Content-Type"].startswith("application/json")


@pytest.mark.parametrize(
    "path", ["/static/", "/static/web/", "/static/..%2f..%2fconfig/settings.py", "/.git/config"]
)
def test_nothing_of_the_house_s_own_files_is_served(officer, path):
    answer = officer.get(path)
    assert answer.status_code in (400, 404)
    assert b"SECRET_KEY" not in answer.content


def test_a_fault_says_nothing_of_itself(officer, monkeypatch):
    from orgwork.doors.web import today

    def broken(*_args, **_more):
        raise ValueError("Key (name)=(Nguyễn Văn A) already exists")

    monkeypatch.setattr(today, "render", broken)
    answer = officer.get("/")
    assert answer.status_code == 500
    assert "Nguyễn" not in answer.content.decode() and "Traceback" not in answer.content.decode()


def test_no_code_of_the_house_runs_what_it_is_given():
    """No eval, no exec, no pickle, no shell."""
    wrong = []
    for path in sorted((settings.BASE_DIR / "orgwork").rglob("*.py")):
        # The one reader of YAML is a safe subclass, which ruff's S506 cannot see.
        text = "\n".join(line for line in Path(path).read_text().splitlines() if "noqa: S506" not in line)
        wrong += [
            (path.name, found)
            for found in re.findall(
                r"(?<![\w.])(?:eval|exec)\(|\bpickle\b|shell=True|os\.system|yaml\.load\(", text
            )
        ]
    assert not wrong


@pytest.mark.parametrize(
    "where", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)", "\\\\x"]
)
def test_nobody_is_led_to_another_house(officer, where):
    for path in ("/language/", "/security/confirm/"):
        answer = officer.post(path, {"next": where, "language": "en", "password": "x"})
        assert answer.status_code == 422 or answer["Location"].startswith("/")
        assert "elsewhere" not in answer.get("Location", "") and "javascript" not in answer.get(
            "Location", ""
        )
