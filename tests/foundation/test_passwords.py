"""Leaked passwords are found in a list on this machine."""

import hashlib

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from orgwork.foundation.passwords import LeakedPasswordValidator, stands_in


def digest(text):
    return hashlib.sha1(text.encode()).hexdigest().upper()


@given(st.sets(st.text(max_size=5), max_size=40), st.text(max_size=5), st.booleans(), st.booleans())
def test_the_search_finds_what_a_plain_look_finds(tmp_path_factory, known, asked, counted, ends):
    path = tmp_path_factory.mktemp("list") / "leaked.txt"
    lines = [f"{one}:{n * 7}" if counted else one for n, one in enumerate(sorted(map(digest, known)))]
    path.write_text("\n".join(lines) + ("\n" if ends and lines else ""))
    assert stands_in(path, digest(asked)) == (asked in known)
    for one in known:
        assert stands_in(path, digest(one))


def test_a_leaked_one_is_refused_and_without_a_list_none_is(tmp_path, settings):
    settings.ORGWORK_LEAKED_PASSWORDS = ""
    LeakedPasswordValidator().validate("a long and quiet river")
    path = tmp_path / "leaked.txt"
    path.write_text(digest("a long and quiet river") + ":3\n")
    settings.ORGWORK_LEAKED_PASSWORDS = str(path)
    with pytest.raises(ValidationError):
        LeakedPasswordValidator().validate("a long and quiet river")
    LeakedPasswordValidator().validate("another long quiet river")
