"""Settings are safe when nothing is set, and say what is wrong when something is."""

import json
import os
import stat
import subprocess
import sys

import pytest

ASKED = """
import json
from config import settings as s
print(json.dumps({name: getattr(s, name) for name in (
    "DEBUG", "ALLOWED_HOSTS", "HTTPS", "SESSION_COOKIE_SECURE", "SECURE_HSTS_SECONDS", "SECRET_KEY",
    "ORGWORK_INSTALLATION", "LANGUAGE_CODE", "SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME",
    "SECURE_HSTS_INCLUDE_SUBDOMAINS", "SECURE_SSL_REDIRECT", "SESSION_COOKIE_HTTPONLY",
    "SECURE_CROSS_ORIGIN_OPENER_POLICY", "SECURE_REFERRER_POLICY", "SECURE_CONTENT_TYPE_NOSNIFF")}))
"""


def read(home, **environment):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ORGWORK_")}
    return subprocess.run(
        [sys.executable, "-c", ASKED],
        env={**clean, "ORGWORK_HOME": str(home), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_a_setting_only_this_machine_is_answered_and_nothing_is_printed(tmp_path):
    found = json.loads(read(tmp_path).stdout)
    assert (found["DEBUG"], found["HTTPS"], found["ORGWORK_INSTALLATION"]) == (False, False, 1)
    assert found["ALLOWED_HOSTS"] == ["localhost", "127.0.0.1", "[::1]"]


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path):
    first, second = (json.loads(read(tmp_path).stdout)["SECRET_KEY"] for _time in range(2))
    assert first == second and len(first) > 60
    assert stat.S_IMODE((tmp_path / "secret.key").stat().st_mode) == 0o600


def test_another_name_than_this_machine_s_is_reached_by_https(tmp_path):
    found = json.loads(read(tmp_path, ORGWORK_ALLOWED_HOSTS="orgwork.example").stdout)
    assert found["HTTPS"] and found["SESSION_COOKIE_SECURE"] and found["SECURE_HSTS_SECONDS"]


@pytest.mark.parametrize("number", ["-1", "8192", "one"])
def test_an_installation_is_a_number_that_fits_its_block(tmp_path, number):
    refused = read(tmp_path, ORGWORK_INSTALLATION=number)
    assert refused.returncode and "ORGWORK_INSTALLATION must be a number from 0 to 8191" in refused.stderr


def test_a_day_that_is_none_is_refused(tmp_path):
    refused = read(tmp_path, ORGWORK_TODAY="1 May")
    assert refused.returncode and "ORGWORK_TODAY must be a day such as 2024-05-01" in refused.stderr


def test_by_https_cookies_keep_to_the_host_and_browsers_to_https(tmp_path):
    found = json.loads(read(tmp_path, ORGWORK_ALLOWED_HOSTS="orgwork.example").stdout)
    assert found["SESSION_COOKIE_NAME"].startswith("__Host-") and found["CSRF_COOKIE_NAME"].startswith(
        "__Host-"
    )
    assert found["SECURE_HSTS_INCLUDE_SUBDOMAINS"] and found["SECURE_HSTS_SECONDS"] >= 31_536_000
    assert found["SECURE_SSL_REDIRECT"] and found["SESSION_COOKIE_HTTPONLY"]
    assert found["SECURE_CROSS_ORIGIN_OPENER_POLICY"] == "same-origin"
    assert found["SECURE_REFERRER_POLICY"] == "same-origin" and found["SECURE_CONTENT_TYPE_NOSNIFF"]


@pytest.mark.parametrize("issuer", ["http://id.example", "ftp://id.example", "id.example"])
def test_a_provider_is_reached_by_https(tmp_path, issuer):
    refused = read(tmp_path, ORGWORK_OIDC_ISSUER=issuer)
    assert refused.returncode and "ORGWORK_OIDC_ISSUER must begin with https://" in refused.stderr


@pytest.mark.parametrize("address", ["orgwork.example", "https://orgwork.example/a b"])
def test_an_address_is_one(tmp_path, address):
    refused = read(tmp_path, ORGWORK_BASE_URL=address)
    assert refused.returncode and "ORGWORK_BASE_URL must be an address such as https://" in refused.stderr
