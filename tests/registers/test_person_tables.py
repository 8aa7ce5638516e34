"""Every table says what it records about people, and every column of words what erasure leaves of it."""

import pytest
from django.apps import apps

from orgwork.foundation import provisions
from orgwork.registers import person_tables
from orgwork.registers.person_tables import DELETED, EMPTIED, KEPT


def test_no_table_says_nothing():
    silent = [model._meta.label for model in person_tables.silent() if model._meta.app_label != "factapp"]
    assert not silent, f"say about_people or about_nobody (registers/person_tables.py) for: {silent}"


def test_a_table_with_a_person_is_not_called_a_table_of_nobody():
    person = apps.get_model("registers", "Person")
    for model in person_tables.nobody():
        assert not [f.name for f in model._meta.concrete_fields if f.related_model is person], model


@pytest.mark.parametrize("table", person_tables.tables(), ids=lambda table: table.code)
class TestEveryDeclaration:
    def test_columns_of_words_have_an_end(self, table):
        assert not person_tables.unsaid(table), "say in `emptied` or `codes` what erasure leaves"

    def test_columns_exist(self, table):
        known = {field.name for field in table.model._meta.concrete_fields}
        assert {*table.emptied, *table.codes, *table.shown, *table.covered} <= known

    def test_what_is_kept_says_why(self, table):
        assert table.erased in (EMPTIED, DELETED, KEPT)
        assert table.why or table.erased != KEPT
        assert table.emptied or table.erased != EMPTIED

    def test_periods_are_provisions(self, table):
        assert set(table.retention) <= set(provisions.rules())

    @pytest.mark.django_db
    def test_rows_can_be_asked_for(self, table, cast):
        assert isinstance(table.of(cast.member).count(), int)
