"""This room is for single figures on the cast: what they count, under which body, known when."""

import datetime as dt
from collections import Counter

import pytest

from orgwork.foundation import journal, provisions
from orgwork.foundation.dates import Period, begin, change, end
from orgwork.foundation.moments import horizon, writing
from orgwork.foundation.refusals import Refusal
from orgwork.insight import frame
from orgwork.procedures.cases import Case
from orgwork.registers import figures, units
from orgwork.registers.members import MembershipPlace, MembershipStanding
from orgwork.registers.people import Person
from orgwork.registers.record import Cause
from orgwork.registers.units import UnitCustody, UnitForm, UnitPlacement

pytestmark = pytest.mark.django_db(transaction=True)

DAY = dt.date(2024, 5, 1)
YEAR = Period.days(dt.date(2024, 1, 1), dt.date(2024, 12, 31))


def test_the_number_is_the_count_of_its_records(live_cast):
    for code, indicator in figures.catalogue().items():
        if isinstance(indicator, figures.Indicator) and not indicator.distinct:
            asked = {"on": DAY} if indicator.kind == figures.STOCK else {"period": YEAR}
            for unit in (live_cast.root, live_cast.commune, live_cast.cell):
                found = frame.compute(code, unit, **asked)
                assert found.value == frame.records(code, unit, **asked).count(), code


def test_every_figure_is_the_same_for_one_body_and_for_all(live_cast):
    for code, indicator in figures.catalogue().items():
        asked = {"on": DAY} if indicator.kind == figures.STOCK else {"period": YEAR}
        everywhere = frame.by_unit(code, **asked)
        for unit in units.Unit.objects.all():
            value = frame.compute(code, unit, **asked).value
            assert (value or 0) == (everywhere.get(unit.pk) or 0), (code, unit.code)


def test_the_cast_is_counted(live_cast):
    c = live_cast
    assert frame.compute("members.stock", c.cell, on=DAY).value == 7
    assert frame.compute("members.stock", c.commune, on=DAY).value == 10
    assert frame.compute("members.stock", "11", on=DAY).value == 16
    assert frame.compute("members.probationary", c.province, on=DAY).value == 1
    assert frame.compute("members.full", c.province, on=DAY).value == 15
    assert frame.compute("villages.total", c.province, on=DAY).value == 2
    assert frame.compute("villages.with_organisation", c.commune, on=DAY).value == 2
    assert frame.compute("villages.heads_members", c.province, on=DAY).value == 1
    assert frame.compute("firms.with_organisation", c.district, on=DAY).value == 1
    assert frame.compute("bodies.count", c.commune, on=DAY).value == 3
    assert frame.compute("bodies.count", c.province, on=DAY, kind="cell").value == 3
    assert frame.compute("bodies.count", c.province, on=DAY, counted_as="cell").value == 4


def test_breakdowns_add_up_to_the_figure(live_cast):
    for by in ("sex", "age", "standing", "place", ("sex", "age")):
        table = frame.breakdown("members.stock", live_cast.province, by, on=DAY)
        assert sum(table.values()) == 16, by
    assert frame.breakdown("members.stock", live_cast.cell, "sex", on=DAY) == {("f",): 3, ("m",): 4}
    assert frame.compute("members.stock", live_cast.cell, on=DAY, sex="f").value == 3


def test_persons_count_once_where_places_count_twice(live_cast):
    c = live_cast
    with writing(door="test") as act:
        begin(MembershipPlace, act, dt.date(2024, 1, 1), person=c.member, kind="temporary", unit=c.small_cell,
              cause=Cause.objects.create(kind="other"))  # fmt: skip
    assert frame.compute("members.persons", c.commune, on=DAY).value == 10
    assert frame.compute("members.persons", c.small_cell, on=DAY).value == 4
    assert frame.compute("members.stock", c.small_cell, on=DAY).value == 3
    assert frame.by_unit("members.persons", on=DAY)[c.commune.pk] == 10


def test_a_past_moment_keeps_its_answer(live_cast):
    c = live_cast
    before = horizon()
    with writing(door="test") as act:
        end(MembershipPlace, act, {"person": c.member, "kind": "official"}, dt.date(2024, 2, 1),
            cause=Cause.objects.create(kind="died"))  # fmt: skip
        change(UnitPlacement, act, {"unit": c.small_cell}, dt.date(2024, 3, 1), {"parent": c.other_commune},
               cause=Cause.objects.create(kind="moved"))  # fmt: skip
        units.derive_lineage(act, [c.small_cell])
    assert frame.compute("members.stock", c.commune, on=DAY).value == 6
    assert frame.compute("members.stock", c.commune, on=DAY, known_at=before).value == 10
    assert frame.by_unit("members.stock", on=DAY, known_at=before)[c.commune.pk] == 10
    assert frame.compute("members.died", c.commune, period=YEAR).value == 1
    assert frame.compute("members.moved_out", c.commune, period=YEAR).value == 3
    assert frame.compute("members.moved_in", c.other_commune, period=YEAR).value == 3
    assert frame.compute("members.moved_out", c.province, period=YEAR).value == 0
    moved = frame.records("members.moved_out", c.commune, period=YEAR)
    assert {row.event for row in moved} == {dt.date(2024, 3, 1)}
    said = frame.compute("members.stock", c.commune, on=DAY, known_at=before).as_json()
    assert {
        "indicator",
        "unit",
        "on",
        "known_at",
        "value",
        "unit_of_value",
        "definition",
        "records_url",
    } <= said.keys()
    assert (
        frame.compute(
            "members.stock", c.commune, on=DAY, known_at=dt.datetime.fromisoformat(said["known_at"])
        ).value
        == 10
    )


def test_what_an_ended_body_left_counts_at_its_custodian(live_cast):
    c = live_cast
    case = Case.objects.create(
        procedure="transfer", state="open", unit=c.firm_cell, opened_on=dt.date(2024, 1, 2)
    )
    case.homes.create(unit=c.firm_cell, valid_from=case.opened_on, recorded=1, spell=case.pk)
    with writing(door="test") as act:
        journal.record(
            act, "transfer.open", day=case.opened_on, case=case.pk, subjects=[(("case", case.pk), {})]
        )
    assert frame.compute("transfers.under_way", c.district, on=DAY).value == 1
    with writing(door="test") as act:
        end(UnitPlacement, act, {"unit": c.firm_cell}, dt.date(2024, 3, 1),
            cause=Cause.objects.create(kind="ended"))  # fmt: skip
        begin(UnitCustody, act, dt.date(2024, 3, 1), unit=c.firm_cell, of="everything",
              custodian=c.other_commune, cause=Cause.objects.create(kind="ended"))  # fmt: skip
        units.derive_lineage(act, [c.firm_cell])
    for unit, number in ((c.district, 0), (c.other_commune, 1), (c.other_district, 1), (c.province, 1)):
        assert frame.compute("transfers.under_way", unit, on=DAY).value == number, unit.code
        assert frame.by_unit("transfers.under_way", on=DAY).get(unit.pk, 0) == number
    assert frame.compute("transfers.under_way", c.district, on=dt.date(2024, 2, 1)).value == 1


def test_a_ratio_without_a_denominator_says_nothing(live_cast):
    found = frame.compute("members.admission_rate", live_cast.youth_union, period=YEAR)
    assert found.value is None and found.as_json()["value"] is None
    below = frame.by_children("members.admission_rate", live_cast.commune, period=YEAR)
    assert list(below.values()) == [0.0, 0.0]


def test_a_figure_that_was_asked_wrongly_says_how_to_ask(live_cast):
    for code, asked in (
        ("members.stock", {}),
        ("members.admitted", {"on": DAY}),
        ("members.nothing", {"on": DAY}),
        ("members.stock", {"on": DAY, "colour": "red"}),
        ("members.stock", {"on": DAY, "ethnicity": "Thái"}),
        ("members.stock", {"on": DAY, "sex": "x"}),
    ):
        with pytest.raises(Refusal):
            frame.compute(code, live_cast.root, **asked)
    with pytest.raises(Refusal):
        frame.compute("members.stock", "no-such-body", on=DAY)


def test_questions_are_bounded(live_cast, django_assert_max_num_queries):
    now = frame.known()
    with django_assert_max_num_queries(1):
        frame.by_unit("members.stock", on=DAY, known_at=now)
    with django_assert_max_num_queries(5):
        frame.compute("members.transferred_in", live_cast.province, period=YEAR)


def test_bodies_too_small_or_too_large_are_those_that_a_plain_count_finds(live_cast):
    """The figure stops at the member that decides; here everybody in the body is counted."""
    least = provisions.on(DAY)["sizes.cell_min_full_members"].value
    limit = provisions.on(DAY)["sizes.organisation_from_members"].value
    with writing(door="test") as act:
        cause = Cause.objects.create(kind="founded")
        for full in range(least + 2):
            empty = _grassroots_cell(act, live_cast.commune, f"11.9{full}", cause)
            _fill(act, empty, cause, ["full"] * full + ["probationary"] * 2)
        for number in (limit - 1, limit, limit + 1):
            _fill(
                act,
                _grassroots_cell(act, live_cast.commune, f"11.8{number}", cause),
                cause,
                ["full"] * number,
            )
        units.derive_lineage(act)
    sizes, full = Counter(), Counter()
    for place in MembershipPlace.objects.on(DAY).filter(kind="official"):
        sizes[place.unit_id] += 1
        full[place.unit_id] += (
            MembershipStanding.objects.on(DAY).filter(person=place.person_id, standing="full").exists()
        )
    forms = UnitForm.objects.on(DAY).filter(unit__in=units.under_ids(live_cast.commune, DAY))
    cells = forms.filter(kind__in=figures.groups.party_kinds("cell")).values_list("unit", flat=True)
    grassroots = forms.filter(kind="grassroots_cell").values_list("unit", flat=True)
    small, large = {c for c in cells if full[c] < least}, {c for c in grassroots if sizes[c] >= limit}
    assert len(small) >= least and len(large) == 2
    for code, bodies in (("cells.below_three", small), ("bodies.over_thirty", large)):
        found = frame.records(code, live_cast.commune, on=DAY)
        assert set(found.values_list("unit", flat=True)) == bodies
        assert frame.compute(code, live_cast.commune, on=DAY).value == len(bodies)


def _grassroots_cell(act, parent, code, cause):
    unit = units.Unit.objects.create(code=code)
    begin(UnitPlacement, act, dt.date(2020, 1, 1), unit=unit, parent=parent, cause=cause)
    form = {"kind": "grassroots_cell", "status": "active"}
    begin(UnitForm, act, dt.date(2020, 1, 1), unit=unit, cause=cause, **form)
    return unit


def _fill(act, unit, cause, standings):
    for standing in standings:
        person = Person.objects.create()
        begin(MembershipStanding, act, dt.date(2020, 1, 1), person=person, standing=standing, cause=cause)
        begin(
            MembershipPlace, act, dt.date(2020, 1, 1), person=person, unit=unit, kind="official", cause=cause
        )


def test_what_is_counted_already_is_not_counted_again(live_cast, django_assert_num_queries):
    counted = {}
    at = frame.known()
    stock = frame.compute("members.stock", live_cast.province, on=DAY, known_at=at, counted=counted).value
    women = frame.compute(
        "members.stock", live_cast.province, on=DAY, known_at=at, counted=counted, sex="f"
    ).value
    assert stock != women
    with django_assert_num_queries(0):
        again = frame.compute("members.stock", live_cast.province, on=DAY, known_at=at, counted=counted)
        assert again.value == stock
    elsewhere = frame.compute("members.stock", live_cast.cell, on=DAY, known_at=at, counted=counted)
    assert elsewhere.value != stock
    rate = frame.compute("members.admission_rate", live_cast.province, period=YEAR, known_at=at)
    shared = frame.compute(
        "members.admission_rate", live_cast.province, period=YEAR, known_at=at, counted=counted
    )
    assert rate.value == shared.value


@pytest.mark.parametrize("most", [True, False])
def test_some_bodies_count_the_same_whichever_way_records_are_sought(live_cast, monkeypatch, most):
    monkeypatch.setattr("orgwork.insight.rollup._most", lambda _below: most)
    only = [live_cast.district.pk, live_cast.commune.pk, live_cast.cell.pk]
    for code, indicator in figures.catalogue().items():
        asked = {"on": DAY} if indicator.kind == figures.STOCK else {"period": YEAR}
        everywhere, some = frame.by_unit(code, **asked), frame.by_unit(code, only=only, **asked)
        assert set(some) <= set(only), code
        assert [some.get(pk) or 0 for pk in only] == [everywhere.get(pk) or 0 for pk in only], code
