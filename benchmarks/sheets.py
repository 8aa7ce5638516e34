"""This room is for sheets: a register taken over from a workbook, admissions rehearsed beside a writer.

The take-over is measured from the file to the last piece applied and sealed. Its baseline writes the same
register rows by plain SQL from tuples that lie ready, constraints and guards on. A writer beside the
rehearsal notes how long it ever waits.
"""

import datetime as dt
import gc
import resource
import tempfile
import threading
import time
from pathlib import Path

import xlsxwriter
from django.db import connections, transaction

from benchmarks.admission import applicants
from benchmarks.measure import result, stopwatch
from benchmarks.takeover import written_bare
from orgwork.exchange.sheets import applying, rehearsing
from orgwork.foundation.dates import begin
from orgwork.foundation.moments import writing
from orgwork.procedures.cases import Case
from orgwork.registers import units
from orgwork.registers.record import Cause
from tests import cast as casting
from tests.exchange.sheets.files import ADMISSION, admission, plain

SHEET = 3_000
#: A sheet of so many is to be rehearsed in so many seconds, and no other writer waits longer than so long.
SECONDS, WAIT = 15.0, 300.0
#: Up to so many people it is tried whether it runs, not measured.
SMALL = 10_000
DAY = dt.date(2024, 1, 1)
HEADINGS = ["Họ và tên", "Giới tính", "Ngày sinh", "Chi bộ", "Ngày kết nạp", "Ngày chính thức", "Số thẻ đảng"]
#: What a take-over writes into, in an order in which plain SQL can write it, too.
WAITING_ROOM = {"exchange_import", "exchange_importrow", "exchange_layout"}


def measure(*, people, bodies):
    cast = casting.build()
    cells = make_cells(cast, min(bodies, 2_000))
    with tempfile.TemporaryDirectory() as folder:
        count = SHEET if people > SMALL else 300
        yield from decisions(cast, Path(folder), count)
        yield from whole_cases(cast, Path(folder), count)
        yield from taken_over(cast, cells, people, Path(folder))


def make_cells(cast, count):
    codes = []
    with writing(door="bench") as act:
        why = Cause.objects.create(kind="founded")
        for n in range(count):
            unit = units.Unit.objects.create(code=f"03127.{n + 1000}")
            begin(units.UnitPlacement, act, casting.BEGINNING, unit=unit, parent=cast.commune, cause=why)
            begin(units.UnitForm, act, casting.BEGINNING, unit=unit, kind="cell", cause=why)
            codes.append(unit.code)
        units.derive_lineage(act)
    return codes


# ── a register from a workbook ──────────────────────────────────────────────────────────────────────────


def taken_over(cast, cells, people, folder):
    actor = cast.account("provincial_officer")
    path = workbook(folder / "members.xlsx", people, cells)
    size = path.stat().st_size / 2**20
    gc.collect()
    with stopwatch() as rehearsed:
        brought = rehearsing.bring(path, path.name, "members", actor=actor, door="bench", day=DAY)
        rehearsing.rehearse(brought)
    assert brought.counts == {"new": people}, brought.counts
    with stopwatch() as applied:
        applying.agree(brought, actor=actor)
        applying.apply(brought)
    took = rehearsed() + applied()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    yield result(f"{people:,} members from a workbook of {size:.0f} MB rehearsed", rehearsed(), "s")
    yield result(f"{people:,} members applied, journalled and sealed", applied(), "s")
    yield result("memory at its highest", peak, "MB")
    bare = written_bare()
    what = f"take-over of {people:,} members from a workbook, all of it"
    yield result(what, took, "s", baseline=bare, against="the same rows by plain SQL")


def workbook(path, people, cells):
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    sheet = book.add_worksheet("Danh sách")
    sheet.write_row(0, 0, HEADINGS)
    for n in range(people):
        day, month = n % 28 + 1, n // 28 % 12 + 1
        sheet.write_row(
            n + 1,
            0,
            [
                f"{FAMILIES[n % 17]} {MIDDLES[n // 17 % 11]} {GIVEN[n // 187 % 23]}{n:06d}",
                ("nam", "nữ")[n % 2],
                f"{day:02d}/{month:02d}/{1950 + n % 30}",
                cells[n % len(cells)],
                f"{day:02d}/{month:02d}/{2000 + n % 20}",
                f"{day:02d}/{month:02d}/{2001 + n % 20}",
                f"{n:010d}",
            ],
        )
    book.close()
    return path


FAMILIES = "Nguyễn Trần Lê Phạm Hoàng Phan Vũ Đặng Bùi Đỗ Hồ Ngô Dương Lý Lò Quàng Cà".split()
MIDDLES = "Văn Thị Đức Minh Hữu Quang Thu Ngọc Xuân Thanh Gia".split()
GIVEN = "An Bình Chi Dũng Giang Hà Hải Hạnh Hoa Hùng Hương Khánh Lan Linh Long Mai Nam Nga Oanh Phúc Quân Sơn Thảo".split()  # noqa: E501


# ── admissions beside other writers ─────────────────────────────────────────────────────────────────────


def decisions(cast, folder, count):
    """A sheet of decisions on cases whose files are complete."""
    persons = applicants(count)
    said = {"cell": cast.cell.pk, "again": False, "over_age": False, "rules": [], "complete": "2024-01-20"}
    common = {"procedure": "admission", "state": "file_complete", "unit": cast.district, "data": said}
    with transaction.atomic():
        for pk in persons:
            Case.objects.create(person_id=pk, opened_on=dt.date(2023, 10, 2), **common)
    headings = [*ADMISSION[:5], "Số thẻ", "Số quyết định", "Ngày quyết định"]
    rows = [
        ["Lò Thị Duyên", "nữ", "05.05.1995", "03127.01", "02.10.2023", f"#{pk}", f"{n}-QĐ/ThU", "13.02.2024"]
        for n, pk in enumerate(persons, 1)
    ]
    path = plain(folder / "decisions.csv", rows, headings=headings)
    actor = cast.account("district_officer")
    brought = rehearsing.bring(path, path.name, "admissions", actor=actor, door="bench")
    with beside() as waits, stopwatch() as took:
        rehearsing.rehearse(brought)
    assert brought.counts == {"new": count}, brought.counts
    yield from told(f"a sheet of {count:,} decisions on admissions rehearsed", count, took(), waits)


def told(what, count, took, waits):
    """Against the goals, those of seconds by the share of a whole sheet that was tried."""
    yield result(what, took, "s", baseline=SECONDS * count / SHEET, against="the goal")
    most = {"baseline": WAIT, "against": "the goal", "writes": len(waits)}
    yield result("longest wait of a writer beside it", max(waits) * 1000, "ms", **most)


def whole_cases(cast, folder, count):
    """Whole cases: person, application, course, papers, introducers, two votes, decision, ceremony."""
    introducers = cast.introducer.pk, cast.second_introducer.pk
    rows = [
        admission(
            n % 480, introducers, name=f"Lò Văn Mới{n}", birth=f"{n % 28 + 1:02d}.07.{1965 + n % 35}",
            decision=f"{n + 10_000}-QĐ/ThU",
        )
        for n in range(count)
    ]  # fmt: skip
    path = plain(folder / "cases.csv", rows, headings=ADMISSION)
    actor = cast.account("provincial_officer")
    brought = rehearsing.bring(path, path.name, "admissions", actor=actor, door="bench")
    with beside() as waits, stopwatch() as took:
        rehearsing.rehearse(brought)
    assert brought.counts == {"new": count}, brought.counts
    what = f"a sheet of {count:,} admissions rehearsed, whole cases of nine steps"
    yield from told(what, count, took(), waits)


class beside:  # noqa: N801  reads as a word: with beside() as waits
    """Another writer, all the while: how long each of its little acts took."""

    def __enter__(self):
        self.stop, self.waits = threading.Event(), []
        self.thread = threading.Thread(target=self.write)
        self.thread.start()
        return self.waits

    def write(self):
        try:
            while not self.stop.is_set():
                began = time.perf_counter()
                with writing(door="beside"):
                    pass
                self.waits.append(time.perf_counter() - began)
                self.stop.wait(0.02)
        finally:
            connections.close_all()

    def __exit__(self, *fault):
        self.stop.set()
        self.thread.join()
