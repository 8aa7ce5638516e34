"""This room is for the heads of the journal's chain that issued reports carry out of the house."""

import datetime as dt

import pytest
from django.utils import timezone

from orgwork.foundation import journal
from orgwork.foundation.moments import writing
from orgwork.insight.issued import IssuedReport, printed_heads
from orgwork.registers.units import Unit


@pytest.fixture
def sealed(db):
    with writing(door="cli") as act:
        unit = Unit.objects.create(code="11")
        journal.record(
            act, "unit.found", day=dt.date(2020, 1, 1), subjects=[(("unit", unit.pk), {"code": "11"})]
        )
    journal.seal()
    return unit


def issued(unit, position, link):
    day = dt.date(2024, 5, 1)
    return IssuedReport.objects.create(
        kind="term", unit=unit, start=day, last=day, known_at=1, moment=1, issued_at=timezone.now(),
        chain_position=position, chain_link=link,
    )  # fmt: skip


def test_a_chain_passes_through_the_heads_that_reports_printed(sealed):
    issued(sealed, *journal.head())
    assert journal.verify(heads=printed_heads()).ok


def test_a_chain_written_anew_does_not(sealed):
    issued(sealed, 1, "0" * 64)
    assert journal.verify().ok
    verdict = journal.verify(heads=printed_heads())
    assert [found.kind for found in verdict.findings] == ["altered"]


def test_a_report_issued_before_the_first_seal_printed_none(sealed):
    issued(sealed, 0, "")
    assert printed_heads() == []
