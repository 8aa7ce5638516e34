"""Killed at seeded points of an admission, a sheet and a backup: nothing is lost or doubled, all goes on.

The two hundred points on each engine are tried by `python -m benchmarks faults`.
"""

import random

import pytest

from orgwork.exchange.sheets.kinds import KINDS
from orgwork.exchange.whole import backup, restore, witness
from tests.faults.points import killed_after, killed_at, points_of
from tests.faults.worlds import DAY, Admissions, Sheets, whole_journal

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def home(settings, tmp_path):
    settings.ORGWORK_HOME = tmp_path / "home"
    settings.MEDIA_ROOT = settings.ORGWORK_HOME / "files"
    settings.MEDIA_ROOT.mkdir(parents=True)
    return settings.ORGWORK_HOME


def test_an_admission_cut_short_happened_whole_or_not_at_all(live_cast):
    work = Admissions(live_cast, 11)
    first, second, *others = work.cases
    points_of(lambda: work.admit(first))  # the first seals what stood before it, too
    count = points_of(lambda: work.admit(second))
    assert count > 3 and work.left(second) == work.AFTER
    # The last points are the commit and what follows it, where it is decided.
    points = [max(1, count - back) for back in range(4)]
    points += random.Random(7).choices(range(1, count), k=len(others) - 4)
    killed = 0
    for case, point in zip(others, points, strict=True):
        killed += killed_at(lambda case=case: work.admit(case), point)
        work.judge(case)
    assert killed >= 4  # a point or two fewer, and the last may come after the end
    whole_journal()


def test_a_sheet_cut_short_goes_on_where_it_was(live_cast, tmp_path, monkeypatch):
    kind = KINDS["members"]
    monkeypatch.setitem(KINDS, "members", type(kind)(**{**kind.__dict__, "piece": 4}))
    count = points_of(Sheets(live_cast, tmp_path, 0).apply)
    killed = 0
    for number, point in enumerate(random.Random(8).sample(range(1, count), k=5), start=1):
        sheet = Sheets(live_cast, tmp_path, number)
        killed += killed_at(sheet.apply, point)
        sheet.judge()
    assert killed >= 2
    whole_journal()


def test_a_backup_cut_short_leaves_none_and_the_next_is_whole(live_cast, tmp_path):
    place = tmp_path / "backups"
    for number, seconds in enumerate(random.Random(9).random() * 0.6 for _time in range(3)):
        path = place / f"{number}.tar"
        killed = killed_after(lambda path=path: backup.make(path, day=DAY), seconds)
        assert killed or path.exists()
        if path.exists():  # renamed in the last moment: then it is whole
            restore.restore(path, replace=True)
    saved = backup.make(place / "after.tar", day=DAY)
    assert not list(place.glob(".*.part"))
    restore.restore(place / "after.tar", replace=True)
    assert witness.differences(saved["witness"]) == []
