"""What every answer carries, and what the log keeps to itself."""

import logging

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from config.logs import logging_settings
from config.middleware import AccountLanguage, SafetyHeaders


class Reader:
    is_authenticated = True
    language = "vi"


def answer(middleware, user=None):
    request = RequestFactory().get("/")
    request.user = user or type("Nobody", (), {"is_authenticated": False})()
    return request, middleware(lambda _request: HttpResponse("page"))(request)


def test_no_script_and_no_style_from_within_a_page_or_from_elsewhere():
    policy = answer(SafetyHeaders)[1].headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy and "http" not in policy


def test_pages_of_those_signed_in_are_kept_nowhere():
    assert answer(SafetyHeaders, Reader())[1].headers["Cache-Control"] == "private, no-store"
    assert "Cache-Control" not in answer(SafetyHeaders)[1].headers


def test_an_account_s_language_goes_before_the_browser_s():
    request, _response = answer(AccountLanguage, Reader())
    assert request.LANGUAGE_CODE == "vi"


@pytest.mark.parametrize("style", ["plain", "json"])
def test_the_log_names_kind_and_place_of_a_fault_and_not_its_words(style):
    described = logging_settings(level="INFO", style=style, full=False)["formatters"]["shown"]
    formatter = described["()"](
        processors=described["processors"], foreign_pre_chain=described["foreign_pre_chain"]
    )
    try:
        raise ValueError("Key (name)=(Nguyễn Văn A) already exists")
    except ValueError as fault:
        record = logging.LogRecord(
            "orgwork", logging.ERROR, __file__, 1, "Failed", (), (type(fault), fault, fault.__traceback__)
        )
    line = formatter.format(record)
    assert "ValueError" in line and "test_answers.py" in line
    assert "Nguyễn" not in line
