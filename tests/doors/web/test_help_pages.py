"""How it is done: every procedure and every act has its page, with who may and by which rules."""

import datetime as dt

import pytest
from django.test import override_settings
from django.urls import reverse

from orgwork.procedures import operations
from orgwork.procedures.cases import Procedure


@pytest.fixture
def reader(client, cast):
    client.force_login(cast.account("member"))
    return client


def test_every_procedure_and_every_act_has_a_page(reader):
    assert "admission" in Procedure.known
    for code in [*Procedure.known, *operations.known]:
        assert reader.get(reverse("procedure", args=[code]), {"unit": "03127.01"}).status_code == 200, code
    assert reader.get(reverse("help")).status_code == 200
    assert reader.get(reverse("procedure", args=["levitation"])).status_code == 404


@override_settings(ORGWORK_TODAY=dt.date(2024, 5, 1))
def test_it_names_who_may_take_the_steps_here_and_the_rules_of_the_day(reader):
    page = reader.get(reverse("procedure", args=["admission"]), {"unit": "03127.01"}).content.decode()
    assert "Lường Văn Pâng" in page
    assert "30 working days" in page
    assert "QĐ 24-QĐ/TW" in page and "QĐ 294-QĐ/TW" not in page
    later = reader.get(reverse("procedure", args=["admission"]), {"unit": "03127.01", "on": "2025-08-01"})
    assert "QĐ 294-QĐ/TW" in later.content.decode()
