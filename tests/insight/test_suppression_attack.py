"""Somebody who has every table of every body and every half-year, and all totals, adds and subtracts."""

import datetime as dt
import itertools
import random

import pytest

from orgwork.foundation.refusals import Refusal
from orgwork.insight import frame, rollup, tables
from orgwork.insight.suppression import Hidden

LEAST = 5
GROUPS = ("Dao", "Kinh", "Thái", "unknown")
DAYS = [dt.date(2021 + n // 2, *((6, 30) if n % 2 == 0 else (12, 31))) for n in range(5)]


@pytest.fixture
def made_at_once(monkeypatch):
    monkeypatch.setattr(tables, "as_published", lambda when, asked: asked)


def population(seed, cast) -> dict:
    """Counts by day, body and group: two districts and what belongs to the province and the centre alone."""
    dice = random.Random(seed)
    own = {
        (unit.pk, group): dice.choice([0, 1, 2, 4, 5, 7, 12, 30])
        for unit in (cast.district, cast.other_district, cast.province, cast.root) for group in GROUPS
    }  # fmt: skip
    found = {}
    for day in DAYS:
        for key in own:
            own[key] = max(0, own[key] + dice.choice([0, 0, 0, 1, -1, 2, 6, -6]))
        counts = {}
        for group in GROUPS:
            below = {u: own[u.pk, group] for u in (cast.district, cast.other_district)}
            counts |= {(u.pk, group): n for u, n in below.items()}
            counts[cast.province.pk, group] = sum(below.values()) + own[cast.province.pk, group]
            counts[cast.root.pk, group] = counts[cast.province.pk, group] + own[cast.root.pk, group]
        found[day] = {key: number for key, number in counts.items() if number}
    return found


def everything_shown(cast, monkeypatch, seed) -> tuple[dict, dict]:
    """(true counts, shown) by (day, body, group), as every body's table gives them."""
    true = population(seed, cast)
    monkeypatch.setattr(
        rollup, "by_group",
        lambda indicator, queryset, when, moment, bodies: {
            key: number for key, number in true[when].items() if key[0] in bodies
        },
    )  # fmt: skip
    monkeypatch.setattr(tables, "_families_before", lambda series, unit, when: (
        tables._family(series, unit, day) for day in reversed(DAYS) if day < when
    ))  # fmt: skip
    shown = {}
    for day, unit in itertools.product(DAYS, (cast.root, cast.province, cast.district, cast.other_district)):
        made = tables.table("members.stock", unit, rows="ethnicity", on=day)
        for (group, _label), line in zip(made.row_heads, made.lines, strict=True):
            if group != "total":
                shown[day, unit.pk, group] = line[0].value
    return true, shown


def bounds(shown) -> dict:
    """What a reader knows of each number before any sum is looked at."""
    withheld = {
        (day, unit)
        for day, unit, _g in shown
        if all(str(v) == "…" for (d, u, _h), v in shown.items() if (d, u) == (day, unit))
    }
    known = {}
    for (day, unit, group), value in shown.items():
        if not isinstance(value, Hidden):
            known[day, unit, group] = (value, value)
        elif str(value) == f"<{LEAST}":
            known[day, unit, group] = (1, LEAST - 1)
        else:
            free = group == "unknown" or (day, unit) in withheld
            known[day, unit, group] = (0 if free else LEAST, 10_000)
    return known


def tightened(known, cast, totals):
    """Bounds of every number after all sums have been used again and again."""
    below = (cast.district.pk, cast.other_district.pk)
    sums = []
    for day in DAYS:
        for group in GROUPS:
            # The parts of a province add up to no more than it; who belongs to it alone is not shown.
            sums.append(((day, cast.province.pk, group), [(day, u, group) for u in below]))
            sums.append(((day, cast.root.pk, group), [(day, cast.province.pk, group)]))
    for _round in range(30):
        for whole, parts in sums:
            if whole not in known:
                continue
            present = [p for p in parts if p in known]
            low = sum(known[p][0] for p in present)
            known[whole] = (max(known[whole][0], low), known[whole][1])
            for part in present:
                others = low - known[part][0]
                known[part] = (known[part][0], min(known[part][1], known[whole][1] - others))
        for (day, unit), total in totals.items():
            line = [(day, unit, g) for g in GROUPS if (day, unit, g) in known]
            for one in line:
                rest = [known[o] for o in line if o != one]
                low = total - sum(high for _low, high in rest)
                high = total - sum(low_ for low_, _high in rest)
                known[one] = (max(known[one][0], low), min(known[one][1], high))
    return known


@pytest.mark.django_db
@pytest.mark.usefixtures("made_at_once")
def test_every_table_together_gives_nothing_away(cast, monkeypatch):
    for seed in range(4):
        with monkeypatch.context() as patch:
            true, shown = everything_shown(cast, patch, seed)
        no_small_number_and_no_small_difference(true, shown)
        no_hidden_number_is_reckoned(cast, true, shown)


def no_small_number_and_no_small_difference(true, shown):
    for (day, unit, group), value in shown.items():
        if isinstance(value, Hidden) or group == "unknown":
            continue
        assert value == true[day].get((unit, group), 0)
        assert not 0 < value < LEAST, (day, unit, group)
        for later in (d for d in DAYS if d > day):
            other = shown.get((later, unit, group))
            if other is not None and not isinstance(other, Hidden):
                assert not 0 < abs(other - value) < LEAST, (day, later, unit, group, value, other)


def no_hidden_number_is_reckoned(cast, true, shown):
    totals = {
        (day, unit): sum(n for (u, _g), n in true[day].items() if u == unit)
        for day in DAYS for unit in {u for _d, u, _g in shown}
    }  # fmt: skip
    known = tightened(bounds(shown), cast, totals)
    for key, value in shown.items():
        low, high = known[key]
        assert low <= true[key[0]].get((key[1], key[2]), 0) <= high, (key, "the reckoning itself is wrong")
        if isinstance(value, Hidden) and str(value) == f"<{LEAST}":
            assert (low, high) == (1, LEAST - 1), (key, low, high)
        elif isinstance(value, Hidden) and key[2] != "unknown":
            assert high > low, (key, low, high)


@pytest.mark.django_db
@pytest.mark.usefixtures("made_at_once")
def test_the_same_table_whenever_it_is_asked_for(cast, monkeypatch):
    """A later table rests on the earlier ones; asked for alone it is the same."""
    _true, first = everything_shown(cast, monkeypatch, 3)
    for day in reversed(DAYS):
        made = tables.table("members.stock", cast.province, rows="ethnicity", on=day)
        for (group, _label), line in zip(made.row_heads, made.lines, strict=True):
            assert group == "total" or first[day, cast.province.pk, group] == line[0].value


FILTERS = {"sex": "f", "age": "18-30", "standing": "full", "place": "official"}


@pytest.mark.django_db
@pytest.mark.parametrize("sensitive", ["ethnicity", "religion"])
class TestOtherWays:
    """Every other way to a figure refuses sensitive groups, alone or with any pair of filters."""

    def test_neither_number_nor_list_nor_course(self, cast, sensitive):
        day = dt.date(2024, 6, 30)
        ways = [frame.compute, frame.records, frame.by_children]
        for way in ways:
            with pytest.raises(Refusal):
                way("members.stock", cast.province, on=day, **{sensitive: "Thái"})
        with pytest.raises(Refusal):
            frame.breakdown("members.stock", cast.province, sensitive, on=day)
        with pytest.raises(Refusal):
            frame.breakdown("members.stock", cast.province, ("sex", sensitive), on=day)
        with pytest.raises(Refusal):
            frame.by_unit("members.stock", on=day, **{sensitive: "Thái"})

    def test_no_pair_of_filters(self, cast, sensitive, monkeypatch):
        monkeypatch.setattr(tables, "as_published", lambda when, asked: asked)
        day = dt.date(2024, 6, 30)
        for one, two in itertools.combinations(FILTERS, 2):
            for asked in ({one: FILTERS[one]}, {two: FILTERS[two]}, {one: FILTERS[one], two: FILTERS[two]}):
                with pytest.raises(Refusal):
                    tables.table("members.stock", cast.province, rows=sensitive, on=day, **asked)
            for columns in (one, two, "children", "religion" if sensitive == "ethnicity" else "ethnicity"):
                with pytest.raises(Refusal):
                    tables.table("members.stock", cast.province, rows=sensitive, columns=columns, on=day)
                with pytest.raises(Refusal):
                    tables.table("members.stock", cast.province, rows=columns, columns=sensitive, on=day)

    def test_no_other_day_and_nothing_before_its_time(self, cast, sensitive):
        """Tables are made of two days a year, and once, when what was known of them has settled."""
        today = dt.date.today()
        coming = dt.date(today.year + 1, 6, 30)
        for day in (dt.date(2024, 6, 29), dt.date(2024, 7, 1), dt.date(2024, 12, 30), coming):
            with pytest.raises(Refusal):
                tables.table("members.stock", cast.province, rows=sensitive, on=day)

    def test_no_door(self, cast, client, sensitive):
        client.force_login(cast.account("provincial_officer"))
        asked = f"unit=11&on=2024-06-30&{sensitive}=Thái"
        for room in ("", "/records", "/by-body"):
            answer = client.get(f"/api/v1/figures/members.stock{room}?{asked}")
            assert answer.status_code in (400, 422), (room, answer.content[:200])
        for more in ("", "&export=csv", "&by=sex", "&known=2024-07-01"):
            answer = client.get(f"/figures/members.stock/?{asked}{more}")
            assert "export" not in more or answer["Content-Type"].startswith("text/html")
            assert answer.status_code in (200, 400, 422), more
            if answer.status_code == 200:
                assert not [p for p in answer.context["parts"] or () if p], more

    def test_no_command(self, cast, sensitive, capsys):
        from orgwork.doors.cli.main import main

        words = f"figure members.stock --unit 11 --on 2024-06-30 --option {sensitive}=Thái --json"
        assert main(words.split()) == 1
        assert capsys.readouterr().out == ""


def test_one_moment_of_knowledge_for_each_day(monkeypatch):
    """Whatever moment is asked for, it is the same one; an earlier one has no table."""
    made = frame.Known(50, dt.datetime(2024, 7, 31, tzinfo=dt.UTC))
    monkeypatch.setattr(frame, "known", lambda day=None: made)
    for moment in (50, 51, 999):
        asked = frame.Known(moment, dt.datetime(2024, 8, 5, tzinfo=dt.UTC))
        assert tables.as_published(dt.date(2024, 6, 30), asked) is made
    with pytest.raises(Refusal, match="once for all"):
        tables.as_published(dt.date(2024, 6, 30), frame.Known(49, made.at))
