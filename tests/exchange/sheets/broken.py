"""This room is for broken rows and files, made from a seed: what people and machines do to sheets."""

from __future__ import annotations

import datetime as dt
import io
import random
import zipfile

from .files import HEADINGS, member

#: What may stand in any cell instead of what should.
ANYTHING = [
    "", " ", "?", "-", "n/a", "#REF!", "#N/A", "=1+1", "=cmd|' /C calc'!A0", "+84 912", "@SUM(A1)", "-1",
    "0", "1e308", "NaN", "inf", "9" * 40, "9" * 400, "x" * 3000, "\x00", "a\x00b", "\x07bell",
    "\ud800", "\u202egnp",
    "\u200b", "<script>alert(1)</script>", "'; DROP TABLE x; --", "%s%(name)s{0}", "Ｎｇｕｙễｎ", "Nguyễn",
    "Nguye\u0302\u0303n", "🙂" * 30, "\t", "\n\n", "True", "null", "None", "[]", "{}", "//", "..", "%00",
    "ﷺ", "ß" * 90, "İ", "ﬁ", "①②③", "१२३", "٣", "²", "½", "Ⅷ",
]  # fmt: skip
DAYS = [
    "31/02/1990", "30.02.2000", "29/02/2023", "2023-02-30", "00/00/0000", "32/01/2020", "1/13/2020",
    "13/13/2020", "0/1/2020", "1/0/2020", "99999", "12345678", "45123", "45123.5", "2958466",
    "1/1/1", "1/1/99",
    "31/12/9999", "01/01/0001", "2023", "12/2023", "Feb 2020", "31 June 2020", "ngày 31 tháng 2 năm 2020",
    "31 февраля 2020",
    "32. März 2020", "1990-13-01", "1990-1-1T99:99", "03/04/05", "3.4.", "１９９０", "2020/02/30", "20200230",
    "Q1 2020", "yesterday", "30/02", "1700", "3000", "0", "-5", "1990-00-10", "10:30", "2023-1",
]  # fmt: skip


def rows(count: int, seed: int = 7) -> list[list]:
    """Rows of which every one is broken somewhere, or stands twice."""
    die = random.Random(seed)
    found: list[list] = []
    while len(found) < count:
        number = len(found)
        row = member(number % 480, card=f"{number:010d}")
        row[0] = f"Lò Văn {'ABCDEGHIK'[number % 9]}{number}"
        way = number % 12
        if way == 0 and found:
            row = list(die.choice(found[-50:]))
        elif way in (1, 2):
            row[die.choice((2, 4, 5))] = die.choice(DAYS)
        elif way == 3:
            row[3] = die.choice(
                ["3127.01", "03127.1", "03127.99", "11", "94.001", "Chi bộ 1", "TW", "03127..1", "#"]
            )
        elif way == 4:
            row[die.randrange(len(row))] = die.choice(
                [dt.date(1899, 1, 1), 3.14, 1e20, True, -7, dt.time(3, 4)]
            )
        elif way == 5:
            row = row[: die.randrange(len(row))]
        elif way == 6:
            row += [die.choice(ANYTHING) for _n in range(die.randrange(1, 6))]
            row[0] = ""
        elif way == 7:
            die.shuffle(row)
        elif way == 8:
            row[6] = "000000000"
        elif way == 9:
            row = [die.choice(ANYTHING) for _cell in row]
        else:
            for _n in range(die.randrange(1, 4)):
                row[die.randrange(len(row))] = die.choice(ANYTHING)
        found.append(row)
    return found


def files(seed: int = 7):
    """(name, bytes): files that are no sheets, or try to be more than one."""
    die = random.Random(seed)
    good = _workbook([HEADINGS, member(1)])
    yield "empty.xlsx", b""
    yield "noise.xlsx", die.randbytes(5_000)
    yield "zip.xlsx", b"PK\x03\x04" + die.randbytes(5_000)
    yield "cut.xlsx", good[: len(good) // 2]
    for place in range(10, len(good), max(len(good) // 23, 1)):
        yield f"bitten-{place}.xlsx", good[:place] + b"\xff\x00\xff" + good[place + 3 :]
    yield "old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
    yield "paper.pdf", b"%PDF-1.7\n" + die.randbytes(500)
    yield "page.html", b"<html><table><tr><td>Name</td></tr></table></html>"
    yield "zeros.csv", bytes(4_000)
    yield "text.csv", b"only one line without separators"
    yield "open-quote.csv", ("\n".join([";".join(HEADINGS), '"' + "a;b\n" * 60_000])).encode()
    yield "wide.csv", (";".join(f"h{n}" for n in range(5_000)) + "\n").encode()
    yield "giant.csv", (";".join(HEADINGS) + "\n" + "x" * 3_000_000 + ";m\n").encode()
    yield "headings.csv", (";".join(HEADINGS) + "\n").encode()
    yield "utf16-odd.csv", ";".join(HEADINGS).encode("utf-16")[:-1]
    yield "bomb.xlsx", _zip({"xl/worksheets/sheet1.xml": b"<a>" + bytes(60_000_000)})
    yield "cell.xlsx", _zip({"xl/sharedStrings.xml": b"<sst><si><t>" + b"x" * 900_000 + b"</t></si></sst>"})
    yield "entity.xlsx", _zip({"xl/workbook.xml": b'<!DOCTYPE a [<!ENTITY b "bb">]><a>&b;</a>'})
    yield "far.xlsx", _sheet_xml(b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
    yield "wide.xlsx", _sheet_xml(b'<row r="1"><c r="ZZZ1"><v>1</v></c></row>')
    yield "nothing.xlsx", _sheet_xml(b"")
    yield "many.xlsx", _zip({f"a{n}": b"" for n in range(5_200)})
    yield "rows.ods", _zip({"content.xml": ODS % (b"1000000", b"1")})
    yield "columns.ods", _zip({"content.xml": ODS % (b"1", b"16000")})


ODS = (
    b'<office:document-content><table:table><table:table-row table:number-rows-repeated="%s">'
    b'<table:table-cell table:number-columns-repeated="%s" office:value-type="string"><text:p>x</text:p>'
    b"</table:table-cell></table:table-row></table:table></office:document-content>"
)


def _zip(parts: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def _workbook(lines) -> bytes:
    import xlsxwriter

    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"strings_to_formulas": False, "in_memory": True})
    sheet = book.add_worksheet("A")
    for at, line in enumerate(lines):
        for column, value in enumerate(line):
            sheet.write_string(at, column, str(value))
    book.close()
    return file.getvalue()


def _sheet_xml(rows_xml: bytes) -> bytes:
    """A workbook whose sheet says exactly this."""
    good = io.BytesIO(_workbook([["x"]]))
    parts = {}
    with zipfile.ZipFile(good) as archive:
        for name in archive.namelist():
            parts[name] = archive.read(name)
    xml = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>%s</sheetData></worksheet>'
    parts["xl/worksheets/sheet1.xml"] = xml % rows_xml
    return _zip(parts)
