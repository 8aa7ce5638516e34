"""This room is for the catalogue itself: every figure documented, and every queryset fit for every engine."""

import datetime as dt
import re
from pathlib import Path

import pytest
from django.conf import settings

from orgwork.foundation import provisions
from orgwork.foundation.dates import Period
from orgwork.insight import catalogue, frame
from orgwork.registers import figures
from orgwork.registers.figures import Indicator

DAY = dt.date(2024, 5, 1)
PERIOD = Period.days(dt.date(2021, 1, 1), DAY)
NAMES = """members.stock members.probationary members.admitted members.readmitted members.recognised
    members.transferred_in members.transferred_out members.left members.died members.expelled members.deleted
    members.corrected members.moved_in members.moved_out members.admitted_per_year members.admission_rate
    villages.total villages.with_organisation villages.with_members villages.heads villages.heads_members
    firms.with_organisation firms.with_organisation_change bodies.count cells.below_three bodies.over_thirty
    transfers.under_way transfers.overdue probation.due members.persons members.new""".split()


def indicators():
    return [one for one in figures.catalogue().values() if isinstance(one, Indicator)]


def when(indicator):
    return DAY if indicator.kind == figures.STOCK else PERIOD


def test_every_name_that_is_promised_is_there():
    assert set(NAMES) <= set(figures.catalogue())


def test_the_page_of_figures_is_the_catalogue():
    page = Path(settings.BASE_DIR, "docs", "figures.md")
    assert page.read_text(encoding="utf-8") == catalogue.page(), "make it anew: python scripts/figures.py"


def test_every_figure_says_what_it_is():
    for code, one in figures.catalogue().items():
        assert str(one.label) and str(one.definition).endswith("."), code
        assert one.source, code
        held = provisions.on(DAY)
        assert all(held[name].version for name in one.provisions), code


@pytest.mark.django_db
@pytest.mark.parametrize("code", [one.code for one in indicators()])
def test_catalogued_sql_keeps_to_what_every_engine_knows(code):
    """Comparisons, Exists, Case and Subquery; no JSON, no arithmetic on dates, no GROUP BY of a key."""
    indicator = figures.get(code)
    queryset = indicator.records(when(indicator), known_at=5)
    sql = str(queryset.query).lower()
    for word in ("json", "interval", "django_", "strftime", "extract(", "date_trunc", " over (", "array"):
        assert word not in sql, (code, word)
    assert not re.search(r'"valid_(from|to)"\s*[-+]', sql), code
    for grouped in re.findall(r"group by (.*?)(?:\)|$)", sql):
        assert '"id"' not in grouped, code
    allowed = {"Case", "Coalesce", "Subquery", "Exists", "F", "Col", "Value"}
    assert {type(one).__name__ for one in queryset.query.annotations.values()} <= allowed, code


@pytest.mark.django_db
@pytest.mark.parametrize("code", [one.code for one in indicators()])
def test_groups_keep_to_it_too(code):
    indicator = figures.get(code)
    for by in indicator.breakdowns:
        found = by.annotate(indicator.records(when(indicator), known_at=5), when(indicator), 5)
        sql = str(found.query).lower()
        assert "interval" not in sql and "strftime" not in sql, (code, by.code)
        assert "group" in found.query.annotations


def test_no_body_is_in_the_records_themselves():
    """Scope is the frame's: the same queryset serves one body and all."""
    for one in indicators():
        sql = str(one.records(when(one), known_at=5).query)
        assert "unitlineage" not in sql, one.code


def test_the_law_names_figures_that_exist():
    assert set(figures.INCREASES) | set(figures.DECREASES) <= set(figures.catalogue())
    assert frame.figures is figures
