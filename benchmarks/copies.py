"""This room is for the whole register at once: a copy to rehearse on, a backup, and who waits meanwhile."""

import tempfile
import threading
import time
from pathlib import Path

from django.db import connections

from benchmarks.figures import TODAY, build
from benchmarks.measure import result
from orgwork.exchange.whole import backup, restore
from orgwork.foundation.copies import on_a_copy
from orgwork.foundation.moments import writing
from orgwork.registers.people import Person


def measure(*, people, bodies):
    build(people, bodies)
    with tempfile.TemporaryDirectory() as place, somebody_writing() as waited:
        began = time.perf_counter()
        with on_a_copy():
            copied = time.perf_counter() - began
        yield result(f"a copy of {people:,} people to rehearse on", copied, "s")
        began = time.perf_counter()
        saved = backup.make(Path(place) / "one.tar", day=TODAY)
        yield result(f"a backup of it, {saved['bytes'] >> 20} MB", time.perf_counter() - began, "s")
        yield result("the longest that another writer waited", max(waited) * 1000, "ms")
    with tempfile.TemporaryDirectory() as place:
        saved = backup.make(Path(place) / "one.tar", day=TODAY)
        began = time.perf_counter()
        restore.restore(Path(saved["backup"]), replace=True)
        yield result("restored and proved", time.perf_counter() - began, "s")


class somebody_writing:  # noqa: N801  reads as what it is
    """One act after the other in a thread of its own; how long each took."""

    def __enter__(self):
        self.stop, waited = threading.Event(), [0.0]

        def write():
            try:
                while not self.stop.is_set():
                    began = time.perf_counter()
                    with writing(door="bench"):
                        Person.objects.create()
                    waited.append(time.perf_counter() - began)
                    time.sleep(0.02)
            finally:
                connections.close_all()

        self.thread = threading.Thread(target=write)
        self.thread.start()
        return waited

    def __exit__(self, *_fault):
        self.stop.set()
        self.thread.join()
