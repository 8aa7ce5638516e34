"""Who was made acquainted with a paper: entered in numbers, asked for by a day, summed up the tree."""

import datetime as dt

import pytest

from orgwork.foundation.dates import Period
from orgwork.foundation.moments import writing
from orgwork.foundation.refusals import NotAllowed, Refusal
from orgwork.insight import frame, records
from orgwork.procedures import acquaintance, incoming
from orgwork.registers.acquaintance import Acquaintance, Tree, coverage, holding_members
from orgwork.registers.documents import Document
from tests.threads import at_once

DAY, APRIL, MAY = dt.date(2024, 3, 10), dt.date(2024, 4, 1), dt.date(2024, 5, 1)


def studied(cast, paper, unit, *, by="district_officer", day=DAY, reached=3, form="meeting", **said):
    return acquaintance.enter(
        actor=cast.account(by), unit=unit, document=paper.pk, day=day, form=form, reached=reached, **said
    )


def refused(call, code, error=Refusal, **said):
    with pytest.raises(error) as caught:
        call(**said)
    assert code in (None, caught.value.code), caught.value


def states(paper, unit, on, **said):
    kinds = said.pop("kinds", None) or holding_members()
    return {one.unit: one for one in coverage(paper, unit, kinds, on, **said)}


def test_study_is_entered_summed_and_corrected(cast):
    paper = cast.paper(day=dt.date(2024, 3, 1))
    ask = {"actor": cast.account("district_officer"), "document": paper.pk, "day": DAY}
    refused(acquaintance.ask, "days", unit=cast.district, due=dt.date(2024, 3, 9), **ask)
    acquaintance.ask(unit=cast.district, due=dt.date(2024, 3, 31), **ask)
    acquaintance.ask(unit=cast.commune, due=dt.date(2024, 3, 20), **ask)

    mine = {"cast": cast, "paper": paper, "unit": cast.cell, "by": "cell_secretary"}
    refused(studied, "too_early", day=dt.date(2024, 2, 1), **mine)
    refused(studied, "more_than_members", invited=8, **mine)
    refused(studied, "more_than_invited", invited=2, **mine)
    refused(studied, None, error=NotAllowed, **{**mine, "unit": cast.small_cell})
    secret = Document.objects.create(
        symbol="9-QĐ/ThU", kind="decision", day=DAY, issuer=cast.district, secret=True, recorded=1
    )
    refused(studied, "secret", **{**mine, "paper": secret})
    first = studied(**mine, reached=5, others=2)
    assert (first.invited, first.reached, first.others) == (7, 5, 2), "all members of the cell unless said"
    refused(studied, "overlap", **mine)
    studied(cast, paper, cast.small_cell, day=dt.date(2024, 3, 25), reached=3)

    found = states(paper, cast.district, APRIL)
    assert {one: row.state for one, row in found.items()} == {
        cast.cell.pk: "done", cast.small_cell.pk: "late", cast.firm_cell.pk: "overdue",
    }, "the nearest body that asked sets the day"  # fmt: skip
    whole = states(paper, cast.district, APRIL, kinds=["district_party_organisation"])[cast.district.pk]
    assert (whole.cells, whole.cells_done, whole.reached, whole.members) == (3, 2, 8, 13)
    commune = states(paper, cast.district, APRIL, kinds=["grassroots_party_organisation"])[cast.commune.pk]
    assert (commune.first, commune.state) == (dt.date(2024, 3, 25), "late"), "reached when the last below was"
    assert states(paper, cast.district, DAY)[cast.small_cell.pk].state == "missing"

    with writing(door="test") as act:
        before = act.moment
    fix = {
        "actor": cast.account("cell_secretary"),
        "acquaintance": first.spell,
        "day": APRIL,
        "reason": "nhầm",
    }
    refused(acquaintance.correct_numbers, "more_than_invited", reached=8, **fix)
    acquaintance.correct_numbers(reached=7, **fix)
    assert Acquaintance.objects.get(unit=cast.cell).reached == 7
    assert Acquaintance.objects.on(APRIL, known_at=before).get(unit=cast.cell).reached == 5
    acquaintance.take_back(**fix)
    assert states(paper, cast.district, APRIL)[cast.cell.pk].state == "overdue"
    assert states(paper, cast.district, APRIL, known_at=before)[cast.cell.pk].state == "done"

    studied(cast, paper, cast.district, day=dt.date(2024, 3, 30), reached=13, form="conference", for_all=True)
    found = states(paper, cast.district, APRIL)
    assert found[cast.firm_cell.pk].state == "above" and found[cast.small_cell.pk].state == "late"
    assert found[cast.cell.pk].state == "late", "above, but after the commune's day"
    whole = states(paper, cast.district, APRIL, kinds=["district_party_organisation"])[cast.district.pk]
    assert (whole.reached, whole.members) == (13, 13), "the conference reached those of the cell, too: once"
    studied(cast, paper, cast.small_cell, day=APRIL, reached=3, form="reading")
    found = states(paper, cast.district, APRIL)[cast.small_cell.pk]
    assert (found.entered, found.reached, found.members) == (6, 3, 3) and found.more_than_there_are


def test_people_reached_at_several_levels_count_once(cast):
    """The larger of a body's own number and what the bodies below it add up to; the same in every list."""
    paper = cast.paper(day=dt.date(2024, 3, 1))
    commune, district = ["grassroots_party_organisation"], ["district_party_organisation"]

    def sums():
        return (
            states(paper, cast.district, APRIL, kinds=commune)[cast.commune.pk].reached,
            states(paper, cast.province, APRIL, kinds=district)[cast.district.pk].reached,
        )

    studied(cast, paper, cast.cell, reached=5)
    studied(cast, paper, cast.small_cell, reached=2)
    assert sums() == (7, 7)
    studied(cast, paper, cast.commune, reached=4, form="conference", for_all=True)
    assert sums() == (7, 7), "the four may be among the seven"
    studied(cast, paper, cast.commune, reached=4, day=APRIL)
    studied(cast, paper, cast.firm_cell, reached=1)
    assert sums() == (8, 9)
    tree = Tree(cast.district, APRIL)
    assert tree.reached({cast.district.pk: 400})[cast.district.pk] == 13, "never more than there are"


def test_the_figures_open_to_their_records(cast):
    paper = cast.paper(day=dt.date(2024, 3, 1))
    studied(cast, paper, cast.cell, reached=4)
    studied(cast, paper, cast.cell, reached=1, day=APRIL)
    studied(cast, cast.paper("215-QĐ/ThU"), cast.small_cell)
    clerk = cast.account("district_officer")
    entries = [
        incoming.enter(actor=clerk, unit=cast.district, sender=cast.province, symbol=f"{n}-CV/TU", day=DAY)
        for n in (1, 2, 3)
    ]
    note = {"actor": clerk, "day": DAY, "by_unit": cast.commune, "due": dt.date(2024, 3, 20)}
    incoming.assign(entry=entries[0].pk, **note)
    incoming.assign(entry=entries[1].pk, **note)
    answer = cast.paper("44-CV/ThU", day=DAY, kind="official_letter")
    incoming.answer(actor=clerk, entry=entries[1].pk, day=DAY, document=answer)
    incoming.cancel(actor=clerk, entry=entries[2].pk, day=DAY, reason="nhầm")

    spring = Period.days(dt.date(2024, 1, 1), APRIL)
    for code, when, options, value in (
        ("incoming.open", {"on": APRIL}, {}, 1),
        ("incoming.overdue", {"on": APRIL}, {}, 1),
        ("incoming.overdue", {"on": dt.date(2024, 3, 20)}, {}, 0),
        ("incoming.received", {"period": spring}, {}, 2),
        ("incoming.answered", {"period": spring}, {}, 1),
        ("acquaintance.bodies", {"on": APRIL}, {}, 2),
        ("acquaintance.bodies", {"on": APRIL}, {"paper": str(paper.pk)}, 1),
        ("acquaintance.bodies", {"on": APRIL}, {"paper": "none"}, 0),
        ("acquaintance.sessions", {"period": spring}, {}, 3),
    ):
        found = frame.compute(code, cast.province, **when, **options)
        assert found.value == value, code
        rows = records.listing(
            code, cast.province, actor=cast.account("auditor"), now=APRIL, **when, **options
        )
        assert rows.total == rows.open == len(rows.rows) == value
        assert all(row.body_code and row.day and row.url for row in rows.rows)


def test_two_who_enter_the_same_day_are_told_apart(live_cast):
    paper = live_cast.paper(day=dt.date(2024, 3, 1))

    def work(_number):
        try:
            return studied(live_cast, paper, live_cast.cell).reached
        except Refusal as refusal:
            return refusal.code

    found = at_once(work, 4)
    assert sorted(map(str, found)) == ["3", "overlap", "overlap", "overlap"]
