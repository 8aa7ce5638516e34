"""The database is away for a while: pages say so, nothing is half written, the worker comes back."""

import os
import subprocess
import sys
import time

import pytest
from django.db import DatabaseError, InterfaceError, connection
from django.test import Client

from orgwork.foundation import engines
from orgwork.foundation.jobs import Job, enqueue, job
from tests.faults.away import Door
from tests.faults.worlds import Admissions, whole_journal
from tests.waiting import FOR_EVER, until, until_sessions_are_gone

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
#: By this name the server knows the sessions of the worker that is started here.
WORKER = f"worker-{os.getpid()}"


@pytest.fixture
def door(tmp_path):
    here = connection.settings_dict
    made = Door(str(tmp_path), os.path.join(here["HOST"], f".s.PGSQL.{here['PORT'] or 5432}"))
    made.open()
    made.described = {**engines.described_as(here["NAME"]), "HOST": str(tmp_path), "PORT": "5432"}
    made.described["CONN_HEALTH_CHECKS"] = True
    yield made
    made.shut()


@pytest.fixture
def through(door):
    """The usual connection goes through the door."""
    wrapper = engines.wrapper_for(door.described)
    with engines.routed(wrapper):
        yield wrapper
    wrapper.close()


def test_pages_say_so_and_come_back(live_cast, door, through):
    client = Client(raise_request_exception=False)
    client.force_login(live_cast.account("provincial_officer"))
    assert client.get("/bodies/11/").status_code == 200
    door.shut()
    for address in ("/bodies/11/", "/people/?unit=11"):
        said = client.get(address)
        assert said.status_code == 503 and "does not answer just now" in said.content.decode()
    assert client.get("/api/v1/bodies/11").status_code == 503
    said = client.post("/sign-in/", {"username": "member", "password": "x"})
    assert said.status_code == 503
    door.open()
    through.close()  # as at the end of every request in earnest
    assert client.get("/bodies/11/").status_code == 200


def test_an_admission_cut_off_is_not_there_and_can_be_done_again(live_cast, door, through):
    work = Admissions(live_cast, 6)
    cut = 0
    for number, case in enumerate(work.cases):
        after = 4 * number + 2

        def shut_at(execute, sql, params, many, context, left=[after]):  # noqa: B006
            left[0] -= 1
            if left[0] == 0:
                door.shut()
            return execute(sql, params, many, context)

        try:
            with connection.execute_wrapper(shut_at):
                work.admit(case)
        except (DatabaseError, InterfaceError):
            cut += 1
        through.close()
        if door.listener is None:
            door.open()
        work.judge(case)
    assert cut >= 3
    whole_journal()


@job
def mark(progress, *, number):
    return {"number": number}


def test_the_worker_waits_and_goes_on(live_cast, door, tmp_path):
    """Its process survives; a job asked for while it could see nothing is done once it can."""
    url = f"postgresql://{door.described['USER']}@/{door.described['NAME']}?host={tmp_path}&port=5432"
    worker = subprocess.Popen(
        [sys.executable, "-m", "orgwork.foundation"],
        env={
            **os.environ, "ORGWORK_DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tests.worker_settings",
            "PGAPPNAME": WORKER,
        },
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        first = enqueue(mark, name="first", number=1)
        until(lambda: Job.objects.get(pk=first.pk).ended)
        door.shut()
        second = enqueue(mark, name="second", number=2)
        # Long enough to notice; whether it has noticed or not, it must come back.
        time.sleep(1.5)
        assert worker.poll() is None and not Job.objects.get(pk=second.pk).ended
        door.open()
        until(lambda: Job.objects.get(pk=second.pk).ended)
        assert Job.objects.get(pk=second.pk).result == {"number": 2}
    finally:
        worker.terminate()
        worker.wait(timeout=FOR_EVER)
        door.shut()
        until_sessions_are_gone(WORKER)
