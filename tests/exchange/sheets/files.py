"""Sheets to bring, written on the spot."""

import csv

import xlsxwriter

from orgwork.exchange.sheets import undoing
from orgwork.exchange.sheets.imports import State
from orgwork.procedures import four_eyes

HEADINGS = ["Họ và tên", "Giới tính", "Ngày sinh", "Chi bộ", "Ngày kết nạp", "Ngày chính thức", "Số thẻ"]


def workbook(path, rows, headings=HEADINGS, titles=()):
    """A workbook of these rows, below whatever titles."""
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False})
    sheet = book.add_worksheet("Danh sách")
    for at, line in enumerate([*titles, headings, *rows]):
        for column, value in enumerate(line):
            if value not in (None, ""):
                sheet.write(at, column, value)
    book.close()
    return path


def plain(path, rows, headings=HEADINGS, encoding="utf-8", separator=";"):
    with open(path, "w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=separator).writerows([headings, *rows])
    return path


def member(n=1, *, cell="03127.01", **changed):
    """A row that brings a new member."""
    said = {
        "name": f"Lò Văn {'ABCDEGHIKLMNOPQRSTUVXY'[n % 22]}{'ABCDEGHIKLMNOPQRSTUVXY'[n // 22 % 22].lower()}n",
        "sex": "nam", "birth": f"{n % 28 + 1:02d}/{n % 12 + 1:02d}/19{60 + n % 35}", "cell": cell,
        "admitted": "03/02/2015", "recognised": "13/02/2016", "card": f"{n:09d}",
    } | changed  # fmt: skip
    return list(said.values())


ADMISSION = [
    "Họ và tên", "Giới tính", "Ngày sinh", "Chi bộ", "Ngày làm đơn", "Awareness course on",
    "Số giấy chứng nhận", "Ngày thẩm tra", "Trình độ học vấn", "Người giới thiệu 1", "Người giới thiệu 2",
    "Cell's vote on", "Cell: entitled", "Cell: present", "Cell: in favour", "Committee's vote on",
    "Committee: entitled", "Committee: present", "Committee: in favour", "Số quyết định", "Ngày quyết định",
    "Ngày tổ chức lễ kết nạp",
]  # fmt: skip


def admission(n, introducers, **changed):
    """A row that admits somebody: application, votes, decision, ceremony."""
    name, sex, birth, cell, *_rest = member(n)
    said = {
        "name": name, "sex": sex, "birth": birth[:6] + "1995", "cell": cell, "applied": "02.10.2023",
        "course": "01.09.2023", "certificate": f"{n}/CN", "verified": "16.10.2023",
        "schooling": "upper-secondary school", "first": f"#{introducers[0]}", "second": f"#{introducers[1]}",
        "cell_day": "01.12.2023", "entitled": "6", "present": "6", "for": "6", "committee_day": "15.12.2023",
        "committee": "9", "committee_present": "9", "committee_for": "8", "decision": f"{n}-QĐ/ThU",
        "decided": "10.01.2024", "ceremony": "03.02.2024",
    } | changed  # fmt: skip
    return list(said.values())


def undone_by_two(brought, cast):
    """Whoever brought it proposes to undo it, a second person confirms, and it is done."""
    waits = undoing.ask(brought, actor=brought.created_by)
    assert waits is not None and brought.state == State.APPLIED
    second = "provincial_officer" if waits.unit == cast.district else "national_officer"
    four_eyes.confirm(waits, actor=cast.account(second), door="test")
    brought.refresh_from_db()
    undoing.undo(brought)
