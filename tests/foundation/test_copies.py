"""Rehearsal on a copy: the real functions, nobody waits, and nothing gets out."""

import datetime as dt
import os
import signal
import subprocess
import sys
import threading
from urllib.parse import urlsplit

import pytest
from django.core.cache import caches
from django.core.files.base import ContentFile
from django.core.mail import send_mail
from django.db import connection, connections, transaction

from orgwork.foundation import copies, engines, jobs, journal
from orgwork.foundation.copies import on_a_copy, outside, rehearse
from orgwork.foundation.dates import begin, new_spells
from orgwork.foundation.jobs import Job, enqueue, job
from orgwork.foundation.journal import Entry, EntrySubject, Link, record
from orgwork.foundation.moments import Moment, writing
from orgwork.foundation.outgoing import Files
from orgwork.foundation.refusals import Refusal
from tests.factapp.models import Cause, Colour, Thing
from tests.waiting import FOR_EVER, until

pytestmark = pytest.mark.django_db(transaction=True)
DAY = dt.date(2024, 1, 1)


def paint(code="K1"):
    """A small plan: a thing comes to be, gets a colour, and the journal says so."""
    with writing(door="plan") as act:
        thing = Thing.objects.create(code=code)
        cause = Cause.objects.create(kind="plan")
        begin(Colour, act, DAY, thing=thing, colour="red", cause=cause)
        record(act, "thing.paint", day=DAY, subjects=[(("thing", thing.pk), {"colour": "red"})])
    return {"thing": thing.pk, "moment": act.moment, "rehearsal": act.rehearsal}


def everything():
    """All rows of the tables a plan touches, and the numbers that come next."""
    models = (Thing, Cause, Colour, Moment, Entry, EntrySubject, Link, Job)
    return {model: list(model._base_manager.order_by("pk").values_list()) for model in models}


def left_behind():
    files = sorted(path.name for path in copies.scratch().iterdir())
    if connection.vendor == "sqlite":
        return files
    with engines.maintenance(connection.settings_dict) as held:
        like = connection.settings_dict["NAME"] + "!_copy!_%%"
        rows = held.execute("SELECT datname FROM pg_database WHERE datname LIKE %s ESCAPE '!'", [like])
        return files + [name for (name,) in rows]


def test_what_happens_on_a_copy_does_not_happen():
    paint("K0")
    journal.seal()
    before = everything()
    found = rehearse(paint, measure=Thing.objects.count)
    assert (found.before, found.after) == (1, 2) and found.result["rehearsal"]
    assert everything() == before and left_behind() == []


def test_the_next_real_numbers_are_those_that_would_have_come():
    first = paint("K0")
    spell = new_spells()[0]
    rehearsed = rehearse(paint).result
    assert rehearsed["thing"] >= first["thing"] + copies.FAR
    second = paint("K1")
    assert second["thing"] == first["thing"] + 1
    assert second["moment"] == first["moment"] + 1 and not second["rehearsal"]
    assert new_spells()[0] == spell + 2


def test_the_copy_seals_nothing_and_waits_for_no_job():
    paint("K0")

    def plan():
        links = Link.objects.count()
        paint("K1")
        return Link.objects.count() - links, enqueue(jobs_never, name="Never").pk, Job.objects.count()

    assert rehearse(plan).result == (0, None, 0)
    assert not Job.objects.exists()


@job
def jobs_never(progress):
    raise AssertionError("A job asked for in a rehearsal was done.")


def test_caches_keep_nothing_of_a_rehearsal():
    caches["default"].set("number", 1)

    def plan():
        caches["default"].set("number", 2)
        return caches["default"].get("number")

    assert rehearse(plan).result is None


def test_neither_mail_nor_files_leave_a_rehearsal(settings, tmp_path, mailoutbox):
    settings.EMAIL_BACKEND = "orgwork.foundation.outgoing.Mail"
    settings.ORGWORK_MAIL_THROUGH = "django.core.mail.backends.locmem.EmailBackend"
    store = Files(location=tmp_path)
    kept = store.save("kept.txt", ContentFile(b"kept"))

    def plan():
        store.delete(kept)
        return send_mail("Plan", "Text", "from@example.org", ["to@example.org"]), store.save(
            "plan.txt", ContentFile(b"plan")
        )

    assert rehearse(plan).result == (0, "plan.txt")
    assert mailoutbox == [] and [path.name for path in tmp_path.iterdir()] == ["kept.txt"]
    assert send_mail("Plan", "Text", "from@example.org", ["to@example.org"]) == 1 and len(mailoutbox) == 1


def test_a_refusal_comes_out_as_it_is_and_leaves_nothing():
    def plan():
        paint("K1")
        raise Refusal("Choose another day.", field="day")

    with pytest.raises(Refusal, match="Choose another day"):
        rehearse(plan)
    assert not Thing.objects.exists() and left_behind() == []


def test_others_write_while_a_rehearsal_holds_everything():
    """The copy is locked from end to end by one long transaction; another writer is not kept waiting."""
    written = []

    def other():
        try:
            written.append(paint("K9")["thing"])
        finally:
            connections.close_all()

    def plan():
        with transaction.atomic():
            Thing.objects.create(code="K1")
            thread = threading.Thread(target=other)
            thread.start()
            thread.join(timeout=FOR_EVER)
            assert written, "The other writer waited for the rehearsal."
            return Thing.objects.filter(code="K9").exists()

    assert rehearse(plan).result is False
    assert [thing.code for thing in Thing.objects.all()] == ["K9"]


def test_writers_go_on_while_the_copy_is_made_and_it_is_whole():
    """Each writing leaves one thing and one colour: a copy cut in the middle of one would differ."""
    paint("K0")
    stop, written = threading.Event(), []

    def write():
        try:
            for number in range(1, 500):
                if stop.is_set():
                    return
                written.append(paint(f"W{number}"))
        finally:
            connections.close_all()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        until(lambda: written)
        things, colours = rehearse(lambda: (Thing.objects.count(), Colour.objects.count())).result
    finally:
        stop.set()
        thread.join()
    assert things == colours > 1


def test_progress_of_a_rehearsal_is_seen_while_it_runs():
    @job
    def rehearsing_job(progress):
        def plan():
            with transaction.atomic():
                progress._told = 0.0
                progress.report(3, 10, "on the copy")
                with outside():
                    return Job.objects.values_list("done", "message").get(pk=progress.job.pk)

        return {"seen": rehearse(plan).result}

    wanted = Job.objects.create(name="A plan", kind="x")
    assert rehearsing_job(jobs.Progress(wanted))["seen"] == (3, "on the copy")


def test_a_copy_is_made_once_and_outside_any_transaction():
    with pytest.raises(RuntimeError), transaction.atomic(), on_a_copy():
        pass
    with on_a_copy(), pytest.raises(RuntimeError), on_a_copy():
        pass


def test_a_copy_whose_owner_was_killed_is_swept():
    paint("K0")
    killed = subprocess.run([sys.executable, "-c", KILLED], env=environment(), timeout=FOR_EVER)
    assert killed.returncode == -signal.SIGKILL
    assert left_behind()
    # The server may need a moment to learn that its client died.
    until(copies.sweep)
    assert left_behind() == []


def test_a_copy_in_use_is_not_swept():
    with on_a_copy():
        with outside():
            assert copies.sweep() == []
        assert Thing.objects.count() == 0


@pytest.mark.postgres
def test_the_copy_is_the_same_whether_somebody_is_connected_or_not(monkeypatch):
    paint("K0")
    held = engines.wrapper_for(connection.settings_dict)
    held.ensure_connection()  # somebody is: dump and restore
    try:
        restored = rehearse(lambda: [(one.code, one.pk) for one in Thing.objects.all()]).result
    finally:
        held.close()
    connection.close()
    with engines.maintenance(connection.settings_dict) as server:
        here = connection.settings_dict["NAME"]
        leave = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
        until(lambda: not server.execute(leave, [here]).rowcount and not engines.connected(server, here))
    monkeypatch.setattr(engines, "dump", None)  # nobody is: as a template
    assert rehearse(lambda: [(one.code, one.pk) for one in Thing.objects.all()]).result == restored


KILLED = """
import os, signal, django
django.setup()
from orgwork.foundation.copies import on_a_copy
with on_a_copy():
    os.kill(os.getpid(), signal.SIGKILL)
"""


def environment():
    name = connection.settings_dict["NAME"]
    here = urlsplit(os.environ["ORGWORK_DATABASE_URL"])
    url = f"sqlite:///{name}" if connection.vendor == "sqlite" else here._replace(path=f"/{name}").geturl()
    return {**os.environ, "ORGWORK_DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "config.settings"}
