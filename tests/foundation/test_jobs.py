"""Long work: done by the worker, shown with its progress, taken up again after a crash."""

import os
import signal
import subprocess
import sys
from urllib.parse import urlsplit

import pytest
from django.db import connection, transaction

from orgwork.foundation import jobs
from orgwork.foundation.jobs import Job, enqueue, job
from orgwork.foundation.refusals import Refusal
from orgwork.foundation.rehearsal import rehearsal
from tests.waiting import FOR_EVER, until, until_sessions_are_gone

pytestmark = pytest.mark.django_db(transaction=True)
#: By this name the server knows the sessions of the workers that are started here.
WORKERS = f"workers-{os.getpid()}"


@job
def count(progress, *, upto, fall_at=None):
    start = progress.resume.get("next", 0)
    for number in range(start, upto):
        if number == fall_at and not progress.resume.get("fallen"):
            progress.checkpoint(next=number, fallen=True)
            os.kill(os.getpid(), signal.SIGKILL)
        progress.report(number + 1, upto)
        progress.checkpoint(**{**progress.resume, "next": number + 1})
    return {"counted": upto - start}


@job
def refuse(progress):
    raise Refusal("Choose a body first.")


@job
def stumble(progress):
    raise RuntimeError("Nguyễn Văn A has a secret")


def test_what_waits_is_done_and_says_how_far_it_came():
    wanted = enqueue(count, name="Counting", upto=7)
    jobs.run_waiting()
    wanted.refresh_from_db()
    assert (wanted.state, wanted.done, wanted.total, wanted.percent) == ("done", 7, 7, 100)
    assert wanted.result == {"counted": 7}


def test_within_a_transaction_it_is_told_beside_it():
    """Work that is all or nothing shows how far it is all the same; what is undone was told."""
    wanted = Job.objects.create(name="Whole", kind="x:y", state=Job.State.RUNNING)
    progress = jobs.Progress(wanted)
    with pytest.raises(jobs.Stopped), transaction.atomic():
        progress.report(3, 12, "bodies that move: 45")
        seen = jobs.latest(Job.objects.get(pk=wanted.pk))
        assert (seen.done, seen.total, seen.message) == (3, 12, "bodies that move: 45")
        other = Job.objects.create(name="Other", kind="x:y", state=Job.State.RUNNING)
        assert jobs.latest(other).total == 0
        raise jobs.Stopped
    assert jobs.latest(Job.objects.get(pk=wanted.pk)).percent == 25
    jobs._finish(wanted, Job.State.DONE)
    assert jobs.latest(Job.objects.get(pk=wanted.pk)).done == 3


def test_a_refusal_is_told_and_a_fault_keeps_what_is_personal_to_itself(caplog):
    refused, fallen = enqueue(refuse, name="Refused"), enqueue(stumble, name="Fallen")
    jobs.run_waiting()
    refused.refresh_from_db()
    fallen.refresh_from_db()
    assert (refused.state, refused.message) == ("failed", "Choose a body first.")
    assert fallen.state == "failed"
    assert "Nguyễn" not in fallen.message + caplog.text
    assert "RuntimeError" in caplog.text


def test_a_job_speaks_the_language_of_whoever_asked_for_it(django_user_model):
    reader = django_user_model.objects.create(username="reader", language="de")
    fallen = enqueue(stumble, name="Fallen", account=reader)
    jobs.run_waiting()
    fallen.refresh_from_db()
    assert fallen.message == "Etwas ist schiefgegangen; das Protokoll des Rechners sagt, wo."


def test_a_rehearsal_enqueues_nothing():
    with rehearsal():
        enqueue(count, name="Counting", upto=3)
    assert not Job.objects.exists()


def test_only_functions_marked_as_jobs_are_done():
    with pytest.raises(LookupError):
        enqueue(os.getcwd, name="Anything")


def test_a_job_asked_to_stop_before_it_began_never_begins():
    wanted = enqueue(count, name="Counting", upto=3)
    jobs.ask_to_stop(wanted)
    jobs.run_waiting()
    wanted.refresh_from_db()
    assert (wanted.state, wanted.done) == ("stopped", 0)


def test_what_died_too_often_is_given_up():
    wanted = enqueue(count, name="Counting", upto=3)
    Job.objects.update(state=Job.State.RUNNING, attempts=jobs.MOST_ATTEMPTS)
    assert jobs.take_up_abandoned() == 0
    wanted.refresh_from_db()
    assert wanted.state == "failed"


@pytest.mark.slow
def test_a_killed_worker_s_job_is_taken_up_where_it_was():
    wanted = enqueue(count, name="Counting", upto=6, fall_at=4)
    first = _worker()
    assert first.wait(timeout=FOR_EVER) == -signal.SIGKILL
    wanted.refresh_from_db()
    assert (wanted.state, wanted.resume["next"]) == ("running", 4)
    second, idle = _worker(), _worker()
    try:
        until(lambda: Job.objects.get(pk=wanted.pk).state == "done")
        wanted.refresh_from_db()
        assert (wanted.attempts, wanted.result) == (2, {"counted": 2})
    finally:
        for worker in (second, idle):
            worker.terminate()
            # One that has hardly begun has not yet learned to leave politely.
            assert worker.wait(timeout=FOR_EVER) in {0, -signal.SIGTERM}
        until_sessions_are_gone(WORKERS)


def _worker():
    """A worker as it runs in earnest: a process of its own, on this test's database."""
    name = connection.settings_dict["NAME"]
    here = urlsplit(os.environ["ORGWORK_DATABASE_URL"])
    url = f"sqlite:///{name}" if connection.vendor == "sqlite" else here._replace(path=f"/{name}").geturl()
    settings = {"ORGWORK_DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tests.worker_settings"}
    environment = {**os.environ, **settings, "PGAPPNAME": WORKERS}
    return subprocess.Popen([sys.executable, "-m", "orgwork.foundation"], env=environment)
