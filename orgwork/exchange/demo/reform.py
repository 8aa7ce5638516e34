"""This room is for the demo's reform: Điện Biên's 10 districts and 129 communes become 45 communes.

Done by the very plan that anybody would load from the table of the resolution, on top of the built demo. The
days before it stay as they were; 1 July 2025 shows the new tree.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from django.utils.translation import gettext as _

from orgwork.exchange import reorganise
from orgwork.exchange.territories import table_rows
from orgwork.foundation.moments import writing
from orgwork.procedures import catalogue, reorganisation
from orgwork.registers.area_tables import TABLES
from orgwork.registers.reorganisation import Plan

from .ground import PROVINCE
from .staff import Staff

DAY = dt.date(2025, 7, 1)


def reform(say: Callable = lambda *parts: None) -> Plan:
    """Load the plan of the province and enact it, with quotas and staff before and after; the plan."""
    catalogue.procedures()  # every register that hangs on bodies has declared itself
    staff = Staff()
    staff.before()
    file = TABLES / "mergers_2025_four_provinces.csv"
    rows = [dict(r) for r in table_rows(file.read_bytes(), file.name) if r["new_province_code"] == PROVINCE]
    with writing(door="demo") as act:
        plan = reorganise.load(act, rows, DAY, title=_("Reform of 1 July 2025 in Điện Biên"))
    reorganisation.enact(plan, door="demo", by_rule=True)
    staff.after(plan)
    say(_("The reform of 1 July 2025 is enacted."))
    return plan
