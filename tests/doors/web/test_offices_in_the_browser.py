"""Sheets in Chromium: nothing for axe to find, and nothing wider than a telephone."""

import datetime as dt

import pytest
from django.test import override_settings

from orgwork.exchange.sheets import rehearsing
from tests.browsing import signed_in
from tests.exchange.sheets.files import member, workbook

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DAY = dt.date(2024, 3, 1)
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture(autouse=True)
def the_day():
    with override_settings(ORGWORK_TODAY=DAY):
        yield


def brought(cast, tmp_path):
    """A rehearsed sheet: a new row, one that is refused, one that looks like somebody of the register."""
    rows = [member(1), member(2, birth="31/02/1970"), member(3, name="Cà Thị Xuân", birth="07/07/1990")]
    path = workbook(tmp_path / "a.xlsx", rows)
    actor = cast.account("provincial_officer")
    return rehearsing.rehearse(rehearsing.bring(path, "a.xlsx", "members", actor=actor, door="web", day=DAY))


def walked(page, live_server, account, paths, no_axe_faults):
    """Each page at both widths: nothing for axe, nothing wider than the telephone."""
    reader = signed_in(page, live_server, account)
    for path in paths:
        page.set_viewport_size(WIDE)
        assert reader.go(path).status == 200, path
        no_axe_faults(page)
        page.set_viewport_size(NARROW)
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"], path


def test_a_sheet_from_the_exchange_to_its_row(live_cast, tmp_path, page, live_server, no_axe_faults):
    sheet = brought(live_cast, tmp_path)
    paths = ["/exchange/?unit=11", f"/exchange/{sheet.pk}/?unit=11", f"/exchange/{sheet.pk}/rows/4/?unit=11"]
    walked(page, live_server, live_cast.account("provincial_officer"), paths, no_axe_faults)
