"""This room is for killing things: two hundred seeded points of admission, sheet, take-over and backup.

Each point is a SIGKILL in the middle of real work, in a process of its own; after each the world is judged
(all or nothing, each once), goes on, and at the end the journal is walked. `tests/faults` keeps a sample.
"""

import random
import shutil
import tempfile
import time
from pathlib import Path

from django.conf import settings
from django.core.cache import cache
from django.db import connection

from benchmarks.measure import result
from orgwork.exchange.demo import build as demo
from orgwork.exchange.demo.story import SEED
from orgwork.exchange.sheets.kinds import KINDS
from orgwork.exchange.whole import backup, restore, tables, witness
from orgwork.foundation import copies, journal
from orgwork.foundation.accounts import Account
from tests import cast as small
from tests.faults.points import ended, in_a_child, killed_after, killed_at, points_of
from tests.faults.worlds import DAY, Admissions, Sheets, whole_journal

ADMISSIONS, SHEETS, TAKEOVERS, BACKUPS = 80, 60, 20, 40
MEMBERS = 1_500


def measure(*, people, bodies):
    dice = random.Random(2026)
    place = Path(tempfile.mkdtemp(prefix="orgwork-faults-"))
    settings.MEDIA_ROOT = place / "files"
    settings.MEDIA_ROOT.mkdir()
    try:
        yield from takeovers(dice)
        demo.empty()
        cache.clear()
        cast = small.build()
        yield from admissions(dice, cast)
        yield from sheets(dice, cast, place)
        yield from backups(dice, place)
        whole_journal()
    finally:
        shutil.rmtree(place, ignore_errors=True)


def told(what, points, killed, began):
    return result(f"{what}: {killed} of {points} killed in the middle, none lost or doubled",
                  time.perf_counter() - began, "s")  # fmt: skip


def admissions(dice, cast):
    work, began, killed = Admissions(cast, ADMISSIONS + 1), time.perf_counter(), 0
    first, *others = work.cases
    count = points_of(lambda: work.admit(first))
    for case in others:
        killed += killed_at(lambda case=case: work.admit(case), dice.randint(1, count))
        work.judge(case)
    whole_journal()
    yield told(f"admission ({count} points)", ADMISSIONS, killed, began)


def sheets(dice, cast, place):
    kind = KINDS["members"]
    KINDS["members"] = type(kind)(**{**kind.__dict__, "piece": 4})
    began, killed = time.perf_counter(), 0
    try:
        count = points_of(Sheets(cast, place, 0).apply)
        for number in range(1, SHEETS + 1):
            sheet = Sheets(cast, place, number)
            # Some sheets are killed twice before they may go on.
            for _time in range(1 + number % 2):
                killed += killed_at(sheet.apply, dice.randint(1, count))
            sheet.judge()
    finally:
        KINDS["members"] = kind
    whole_journal()
    yield told(f"sheet of {Sheets.ROWS} ({count} points)", SHEETS + SHEETS // 2, killed, began)


def takeovers(dice):
    """A whole register at once: killed anywhere, the database is empty still."""
    began, killed = time.perf_counter(), 0
    started = time.perf_counter()
    assert ended(in_a_child(take_over))
    took = time.perf_counter() - started
    expected = tables.counted()["registers_person"]
    for _time in range(TAKEOVERS):
        if not tables.is_empty():
            demo.empty()
            cache.clear()
        killed += killed_after(take_over, dice.uniform(0.3, 1.0) * took)
        left = tables.counted()["registers_person"]
        assert left in (0, expected), left
    if tables.is_empty():
        take_over()
    assert tables.counted()["registers_person"] == expected and Account.objects.exists()
    whole_journal()
    yield told(f"take-over of {expected} people", TAKEOVERS, killed, began)


def take_over():
    told = demo.tell(MEMBERS, None, SEED)
    with demo.whole():
        accounts, _passwords = demo.make_accounts(told, "")
        registers = demo.write(told, accounts, lambda *_parts: None)
        demo.link_accounts(registers, accounts)
    journal.seal()


def backups(dice, place):
    began, killed = time.perf_counter(), 0
    out = place / "backups"
    started = time.perf_counter()
    backup.make(out / "first.tar", day=DAY)
    took = time.perf_counter() - started
    for number in range(BACKUPS):
        path = out / f"{number}.tar"
        killed += killed_after(lambda path=path: backup.make(path, day=DAY), dice.uniform(0, 1.1) * took)
        if path.exists():
            restore.read_manifest(path)
            path.unlink()
    saved = backup.make(out / "last.tar", day=DAY)
    assert not list(out.glob(".*.part"))
    deadline = time.monotonic() + 60
    while any(one.suffix == ".lock" for one in copies.scratch().iterdir()) and time.monotonic() < deadline:
        copies.sweep()
    assert not list(copies.scratch().iterdir())
    connection.close()
    restore.restore(Path(saved["backup"]), replace=True)
    assert witness.differences(saved["witness"]) == []
    yield told("backup, and the last one restored", BACKUPS, killed, began)
