"""This room is for a PostgreSQL that is stopped for a minute and started again, under a server and a worker.

Only on a private server (`scripts/postgres.sh run …`): it is really stopped. Asked every second, pages must
say so and nothing else; afterwards the same processes must go on by themselves.
"""

import http.client
import os
import shlex
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection, connections
from django.test import Client, override_settings

from benchmarks.measure import result
from orgwork.doors.cli.serving import free_port
from orgwork.foundation import journal
from orgwork.foundation.jobs import Job, enqueue, job
from tests import cast as small

MINUTE = 60.0


@job
def mark(progress, *, number):
    return {"number": number}


def measure(*, people, bodies):
    data = Path(connection.settings_dict.get("HOST") or "/nowhere") / "db"
    if connection.vendor != "postgresql" or not (data / "postmaster.pid").exists():
        return
    cast = small.build()
    port = free_port("127.0.0.1", 8200)
    running = [start("serve", "--port", str(port), "--no-worker"), start("worker")]
    with override_settings(ALLOWED_HOSTS=["testserver"]):
        client = Client()
        client.force_login(cast.account("provincial_officer"))
    cookie = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
    try:
        until(lambda: ask(port, cookie)[0] == 200)
        until(done(1))
        connections.close_all()
        stop(data)
        said, end = Counter(), time.monotonic() + MINUTE
        while time.monotonic() < end:
            status, words = ask(port, cookie)
            said[status, "does not answer just now" in words] += 1
            assert ask(port, "", "/health/")[0] == 503
            time.sleep(1)
        assert set(said) == {(503, True)}, said
        assert [one.poll() for one in running] == [None, None]
        began = time.perf_counter()
        again(data)
        until(lambda: ask(port, cookie)[0] == 200)
        yield result(
            f"{sum(said.values())} pages said so; the next good one after", time.perf_counter() - began, "s"
        )
        began = time.perf_counter()
        until(done(2))
        yield result("the worker did the next job after", time.perf_counter() - began, "s")
        assert journal.verify().ok
    finally:
        for one in running:
            one.terminate()
            one.wait(timeout=60)


def done(number):
    wanted = []

    def look():
        if not wanted:
            wanted.append(enqueue(mark, name="mark", number=number).pk)
        return Job.objects.get(pk=wanted[0]).state == Job.State.DONE

    return look


def start(*words):
    here = urlsplit(os.environ["ORGWORK_DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    return subprocess.Popen(
        [sys.executable, "-m", "orgwork.doors.cli.main", *words],
        env={**os.environ, "ORGWORK_DATABASE_URL": here.geturl(), "DJANGO_SETTINGS_MODULE": "config.settings",
             "ORGWORK_TODAY": "2024-05-01", "ORGWORK_LANGUAGE": "en"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip


def ask(port, cookie, address="/bodies/11/"):
    try:
        here = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        here.request("GET", address, headers={"Cookie": cookie})
        answer = here.getresponse()
        return answer.status, answer.read().decode()
    except OSError:
        return 0, ""


def stop(data):
    number = int((data / "postmaster.pid").read_text().splitlines()[0])
    os.kill(number, signal.SIGINT)
    until(lambda: not (data / "postmaster.pid").exists())


def again(data):
    """With the very words it was started with, as the same user."""
    words = shlex.split((data / "postmaster.opts").read_text())
    owner = data.stat().st_uid
    more = {"user": owner, "group": data.stat().st_gid, "extra_groups": []} if os.getuid() == 0 else {}
    subprocess.Popen(
        words,
        cwd=data.parent,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **more,
    )
    until(lambda: (data / "postmaster.pid").exists() and "ready" in (data / "postmaster.pid").read_text())


def until(true, seconds=180):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "It took too long."
        time.sleep(0.2)
