"""The register of processing is printed from the code, and the page in docs/ is what it prints today."""

import datetime as dt
from pathlib import Path

from django.utils import translation

from orgwork.exchange import processing
from orgwork.registers import person_tables

#: Powers and periods of this day: the page changes when they do, not when the clock does.
DAY = dt.date(2026, 1, 1)


def test_every_table_belongs_to_an_activity():
    assert {table.activity for table in person_tables.tables()} <= set(processing.ACTIVITIES)
    printed = {table["code"] for entry in processing.register(DAY) for table in entry["tables"]}
    assert printed == {table.code for table in person_tables.tables()}


def test_the_page_is_what_the_code_prints():
    with translation.override("en"):
        printed = processing.as_markdown(DAY)
    assert Path("docs/processing.md").read_text() == printed, (
        "print it anew: orgwork processing --output docs/processing.md"
    )


def test_access_follows_from_the_powers():
    with translation.override("en"):
        members = next(one for one in processing.register(DAY) if one["code"] == "background")
    assert not any("administrator" in post for post in members["tables"][0]["access"])
    assert any("officer" in post.lower() for post in members["tables"][0]["access"])
