"""Targets of admission and remarks on growth."""

import datetime as dt

from orgwork.foundation import journal
from orgwork.foundation.refusals import NotAllowed
from orgwork.planning.growth_remarks import GrowthRemark, remark_on_growth
from orgwork.planning.targets import AdmissionTarget, set_target
from tests.procedures.told import refused

DAY = dt.date(2023, 12, 20)


def test_a_target_holds_for_its_year_and_another_from_its_paper_on(cast):
    actor = cast.account("district_officer")
    plan = {"unit": cast.commune, "year": 2024}
    set_target(actor=actor, day=DAY, number=12, document={"symbol": "1-QĐ/ThU"}, **plan)
    set_target(actor=actor, day=dt.date(2024, 7, 1), number=15, document={"symbol": "2-QĐ/ThU"}, **plan)
    assert AdmissionTarget.objects.on(dt.date(2024, 3, 1)).get(unit=cast.commune).number == 12
    assert AdmissionTarget.objects.on(dt.date(2024, 12, 31)).get(unit=cast.commune).number == 15
    assert journal.history("unit", cast.commune.pk).first().content["before"] == 12
    refused(
        set_target,
        actor=actor,
        day=dt.date(2025, 1, 1),
        number=1,
        document={"symbol": "3-QĐ/ThU"},
        **plan,
        code="year_over",
    )
    refused(
        set_target,
        actor=cast.account("commune_secretary"),
        day=DAY,
        number=1,
        document={"symbol": "3-QĐ/ThU"},
        **plan,
        error=NotAllowed,
    )


def test_a_body_states_causes_and_proposals_for_a_quarter(cast):
    actor = cast.account("commune_secretary")
    said = {"unit": cast.commune, "quarter": "2024-Q1"}
    remark_on_growth(actor=actor, day=dt.date(2024, 4, 5), causes="Thanh niên đi làm xa", **said)
    remark_on_growth(actor=actor, day=dt.date(2024, 4, 9), causes="Ít nguồn", proposals="Mở lớp", **said)
    assert GrowthRemark.objects.on(dt.date(2024, 5, 1)).get(unit=cast.commune).causes == "Ít nguồn"
    refused(
        remark_on_growth,
        actor=actor,
        day=DAY,
        unit=cast.commune,
        quarter="I/2024",
        causes="x",
        field="quarter",
    )
