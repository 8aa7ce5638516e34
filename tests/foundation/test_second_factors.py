"""The arithmetic of second factors against the tables of their standards."""

import base64

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from orgwork.foundation import second_factors as factors

#: RFC 6238, appendix B, SHA-1: the last six of its eight figures.
RFC_KEY = base64.b32encode(b"12345678901234567890").decode()
RFC = [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"),
       (2000000000, "279037"), (20000000000, "353130")]  # fmt: skip


@pytest.mark.parametrize(("at", "code"), RFC)
def test_codes_are_those_of_the_standard(at, code):
    assert factors.code_at(RFC_KEY, at // 30) == code
    assert factors.step_of(RFC_KEY, code, at=at) == at // 30


@given(st.integers(0, 2**33), st.integers(-5, 5))
def test_a_code_is_taken_one_step_early_or_late_and_no_more(at, off):
    step = max(at // 30 + off, 0)
    code = factors.code_at(RFC_KEY, step)
    near = {factors.code_at(RFC_KEY, n) for n in range(max(at // 30 - 1, 0), at // 30 + 2)}
    if at // 30 >= 1:
        assert (factors.step_of(RFC_KEY, code, at=at) is not None) == (code in near)


def test_a_code_is_taken_once():
    assert factors.step_of(RFC_KEY, "287082", at=59, after=0) == 1
    assert factors.step_of(RFC_KEY, "287082", at=59, after=1) is None


@given(st.text(max_size=80))
def test_what_was_enciphered_comes_back_and_shows_nothing(text):
    sealed = factors.encipher(text)
    assert factors.decipher(sealed) == text
    assert len(text) < 8 or text not in sealed


def test_a_key_of_the_house_that_went_still_reads_and_one_that_is_gone_does_not():
    with override_settings(SECRET_KEY="old" * 20):
        sealed = factors.encipher("JBSWY3DP")
    with override_settings(SECRET_KEY="new" * 20, SECRET_KEY_FALLBACKS=["old" * 20]):
        assert factors.decipher(sealed) == "JBSWY3DP"
    with override_settings(SECRET_KEY="new" * 20), pytest.raises(factors.Unreadable):
        factors.decipher(sealed)


def test_fresh_letters_are_long_enough_and_never_the_same():
    made = {factors.fresh_letters(3) for _n in range(500)}
    assert len(made) == 500 and all(len(one) == 17 for one in made)
    assert not set("".join(made)) - set(factors.LETTERS + "-")


def test_letters_count_however_they_were_typed():
    assert factors.letters_digest("recovery", "abcde-fghij") == factors.letters_digest(
        "recovery", " ABCDE fghij"
    )
    assert factors.letters_digest("recovery", "abcde") != factors.letters_digest("reset", "abcde")


@pytest.mark.parametrize(
    ("host", "secure", "works"),
    [
        ("localhost:8000", False, True), ("127.0.0.1:8000", False, False), ("127.0.0.1", True, False),
        ("orgwork.example", False, False), ("orgwork.example:8443", True, True), ("[::1]:8000", True, False),
    ],
)  # fmt: skip
def test_passkeys_work_by_name_over_https_and_at_localhost(host, secure, works):
    assert factors.passkeys_work_at(host, secure=secure) is works
