"""Sheets to bring, written on the spot."""

import csv

import xlsxwriter

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
