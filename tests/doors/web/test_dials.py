"""The two dials: what an address says, what it refuses, and that every link carries it on."""

import datetime as dt

import pytest
from django.test import override_settings

from orgwork.doors.web.dials import BadDial, Dials


@override_settings(ORGWORK_TODAY=dt.date(2024, 5, 1))
def test_an_empty_address_opens_on_the_day_that_was_set():
    dials = Dials.of({})
    assert dials.on == dt.date(2024, 5, 1)
    assert dials.query() == ""


@override_settings(ORGWORK_TODAY=None)
def test_what_an_address_says_is_said_again_by_every_link():
    dials = Dials.of({"unit": "11", "from": "2021-01-01", "to": "2024-05-01", "known": "2024-05-10"})
    assert dials.query() == "?unit=11&from=2021-01-01&on=2024-05-01&known=2024-05-10"
    assert dials.query(known=None, sort="name") == "?unit=11&from=2021-01-01&on=2024-05-01&sort=name"


@pytest.mark.parametrize("name", ["on", "to", "from", "known"])
@pytest.mark.parametrize("text", ["2024-13-01", "yesterday", "2024-02-30", "0001-01-01", "<script>"])
def test_a_day_that_cannot_be_read_is_refused_with_a_sentence(name, text):
    with pytest.raises(BadDial) as refusal:
        Dials.of({name: text})
    assert str(refusal.value).endswith((").", "."))


def test_a_period_that_ends_before_it_begins_is_refused():
    with pytest.raises(BadDial):
        Dials.of({"from": "2024-05-02", "on": "2024-05-01"})


def test_the_first_day_of_a_period_is_the_first_of_january_unless_said():
    assert Dials.of({"on": "2024-05-01"}).first == dt.date(2024, 1, 1)
