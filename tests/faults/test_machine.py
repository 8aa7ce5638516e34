"""A full disk, a clock set back, a database that is away for a while."""

import datetime as dt
import resource
import signal
import sqlite3

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from orgwork.exchange.whole import backup
from orgwork.foundation import moments
from orgwork.foundation.dates import begin
from orgwork.foundation.moments import writing
from orgwork.foundation.refusals import Refusal
from orgwork.registers.people import ALL_LIFE, Person, PersonName, name_values
from tests.faults.points import ended, in_a_child
from tests.faults.worlds import DAY, Admissions, whole_journal

pytestmark = pytest.mark.django_db(transaction=True)


def no_room(size):
    """From here on no file of this process grows beyond so many bytes."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@pytest.mark.sqlite
def test_a_full_disk_leaves_whole_admissions_and_an_unharmed_database(live_cast):
    work = Admissions(live_cast, 12)

    def until_full():
        for case in work.cases:
            try:
                work.admit(case)
            except OperationalError:
                return
        raise AssertionError("The disk was never full.")

    assert ended(in_a_child(until_full, before=lambda: no_room(64 << 10)))
    with sqlite3.connect(connection.settings_dict["NAME"]) as held:
        assert held.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    held.close()
    left = [work.left(case) for case in work.cases]
    assert set(left) <= {work.BEFORE, work.AFTER} and work.BEFORE in left
    for case in work.cases:
        work.judge(case)
    whole_journal()


def test_a_backup_onto_a_full_disk_is_refused_and_leaves_nothing(live_cast, tmp_path, settings):
    settings.ORGWORK_HOME = tmp_path / "home"
    settings.ORGWORK_HOME.mkdir()

    def save():
        try:
            backup.make(tmp_path / "out" / "full.tar", day=DAY)
        except Refusal as refused:
            assert refused.code in {"not_writable", "program_failed"}, refused.code
            return
        raise AssertionError("It was written.")

    assert ended(in_a_child(save, before=lambda: no_room(20 << 10)))
    assert list((tmp_path / "out").iterdir()) == []
    assert not list((tmp_path / "home" / "scratch").iterdir())


def test_moments_never_go_back_when_the_clock_does(live_cast, monkeypatch):
    """What was asked as known at a time is answered the same after the clock was set back by a day."""
    with writing(door="test") as before:
        person = Person.objects.create()
        begin(PersonName, before, ALL_LIFE, person=person, **name_values("Lò", "A", "Một"))
    asked = moments.known_at(before.at)
    behind = before.at - dt.timedelta(days=1)
    if connection.vendor == "sqlite":
        monkeypatch.setattr(timezone, "now", lambda: behind)
        wall = None
    else:
        wall = behind  # the server's own clock cannot be turned: its function is handed the time instead
    acts = []
    for number in range(3):
        with writing(door="test", at=wall) as act:
            other = Person.objects.create()
            begin(PersonName, act, ALL_LIFE, person=other, **name_values("Lò", "A", f"Sau{number}"))
        acts.append(act)
    assert [act.at for act in acts] == sorted(act.at for act in acts) and acts[0].at >= before.at
    assert [act.moment for act in acts] == list(range(before.moment + 1, before.moment + 4))
    stored = list(moments.Moment.objects.order_by("pk").values_list("at", flat=True))
    assert stored == sorted(stored)
    assert PersonName.objects.all_versions().known(asked).filter(given__startswith="Sau").count() == 0
    whole_journal()
