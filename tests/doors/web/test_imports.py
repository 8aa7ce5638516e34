"""Sheets as pages: the whole way without scripts, and only for whoever brought them."""

import io

import pytest
from django.test import Client
from django.urls import reverse
from python_calamine import CalamineWorkbook

from orgwork.exchange.sheets.imports import Import
from orgwork.foundation import jobs
from orgwork.registers.members import MembershipPlace
from tests.exchange.sheets.files import HEADINGS, member, plain, workbook

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def office(client, live_cast):
    client.force_login(live_cast.account("provincial_officer"))
    return client


def send(client, path, kind="members", day="2024-01-01"):
    with path.open("rb") as file:
        answer = client.post(reverse("exchange"), {"kind": kind, "file": file, "day": day}, follow=True)
    jobs.run_waiting()
    return answer


def test_a_sheet_is_brought_looked_at_agreed_and_undone(office, live_cast, tmp_path):
    rows = [member(n) for n in range(1, 5)]
    rows[1][1] = "?"
    send(office, plain(tmp_path / "Danh sách.csv", rows))
    brought = Import.objects.get()
    page = office.get(reverse("import", args=[brought.pk]))
    text = page.content.decode()
    assert "nothing has been written yet" in text and "Apply 3 rows" in text
    assert "says neither woman nor man" in text

    row = reverse("import-row", args=[brought.pk, 3])
    assert "says neither woman nor man" in office.get(row).content.decode()
    office.post(row, {"cell-sex": "nam"})
    assert Import.objects.get().counts == {"new": 4}

    office.post(reverse("import-agree", args=[brought.pk]))
    jobs.run_waiting()
    assert MembershipPlace.objects.filter(unit=live_cast.cell, begun_by__kind="takeover").count() == 4
    assert "Undo the whole sheet" in office.get(reverse("import", args=[brought.pk])).content.decode()

    # It takes two people: the second sees what will happen, and confirms.
    proposed = office.post(reverse("import-undo", args=[brought.pk]))
    jobs.run_waiting()
    assert MembershipPlace.objects.filter(begun_by__kind="takeover").count() == 4
    waits = office.get(reverse("import", args=[brought.pk])).content.decode()
    assert "waits for a second person" in waits and "Undo the whole sheet" not in waits
    second = Client()
    second.force_login(live_cast.account("national_officer"))
    shown = second.get(proposed.url)
    assert shown.status_code == 200 and "Danh sách.csv" in shown.content.decode()
    assert second.post(f"{proposed.url}confirm/").status_code == 302
    jobs.run_waiting()
    assert MembershipPlace.objects.filter(begun_by__kind="takeover").count() == 0


def test_headings_nobody_knows_are_asked_for_once_and_remembered(office, live_cast, tmp_path):
    strange = ["A1", "B1", "C1", "D1", "E1", "F1", "G1"]
    send(office, plain(tmp_path / "a.csv", [member(13)], headings=strange))
    first = Import.objects.get()
    assert first.state == "asking"
    page = office.get(reverse("import", args=[first.pk])).content.decode()
    assert "What are the columns?" in page and "A1" in page
    codes = ["name", "sex", "birth", "cell", "admitted", "recognised", "card"]
    refused = office.post(reverse("import-columns", args=[first.pk]), {"column-0": "name"})
    assert refused.status_code == 422
    office.post(reverse("import-columns", args=[first.pk]), {f"column-{n}": c for n, c in enumerate(codes)})
    jobs.run_waiting()
    assert Import.objects.get().counts == {"new": 1}

    send(office, plain(tmp_path / "b.csv", [member(13, name="Lò Thị Khác", card="77")], headings=strange))
    assert Import.objects.order_by("pk").last().state == "rehearsed"


def test_sheets_of_others_are_nobody_elses(office, client, live_cast, tmp_path):
    send(office, plain(tmp_path / "a.csv", [member(13)]))
    brought = Import.objects.get()
    client.force_login(live_cast.account("district_officer"))
    for name, args in (("import", []), ("import-row", [2]), ("import-remarks", [])):
        assert client.get(reverse(name, args=[brought.pk, *args])).status_code == 404
    for name in ("import-agree", "import-undo", "import-discard", "import-decide", "import-orders"):
        assert client.post(reverse(name, args=[brought.pk])).status_code == 404


def test_what_is_no_sheet_is_refused_at_its_field(office, tmp_path):
    for content in (b"", b"%PDF-1.7 not a sheet", b"PK\x03\x04 broken", b"\xd0\xcf\x11\xe0old"):
        file = io.BytesIO(content)
        file.name = "a.xlsx"
        answer = office.post(reverse("exchange"), {"kind": "members", "file": file})
        assert answer.status_code == 422 and "Not done." in answer.content.decode()
    answer = send(office, plain(tmp_path / "a.csv", [member(1)]), day="31/02/2024")
    assert answer.status_code == 422 and "is not a day" in answer.content.decode()
    assert not Import.objects.exists()


def test_template_and_remarks_can_be_read_again(office, tmp_path):
    answer = office.get(reverse("sheet-template", args=["members"]))
    book = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(answer.streaming_content)))
    assert book.get_sheet_by_index(0).to_python()[0][0] == "Name"
    send(office, plain(tmp_path / "a.csv", [member(13), member(14, sex="=1+1")]))
    answer = office.get(reverse("import-remarks", args=[Import.objects.get().pk]))
    book = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(answer.streaming_content)))
    found = book.get_sheet_by_index(0).to_python()
    assert len(found[0]) == len(HEADINGS) + 2
    assert found[2][1] == "=1+1" and "neither woman nor man" in found[2][-1]


def test_the_workbook_with_remarks_keeps_rows_in_their_place_and_cells_typed_on_the_page(
    office, live_cast, tmp_path
):
    rows = [member(1, card="7"), [], member(2, card="7"), member(3, card="²")]
    path = workbook(tmp_path / "a.xlsx", rows, titles=[["DANH SÁCH ĐẢNG VIÊN"], []])
    send(office, path)
    brought = Import.objects.get()
    row = reverse("import-row", args=[brought.pk, 4])
    office.post(row, {"cell-since": "01/07/2016"})
    # What two rows say of each other is said once, also when they are judged again by themselves.
    assert office.get(row).content.decode().count("stands in row 6, too") == 1
    answer = office.get(reverse("import-remarks", args=[brought.pk]))
    path.write_bytes(b"".join(answer.streaming_content))
    found = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python(skip_empty_area=False)
    since = found[2].index("In this cell since")
    assert found[3][since] == "01/07/2016" and not any(found[4])
    assert "stands in row 4, too" in found[5][-1]
    send(office, path)  # it comes back as it went, and its own columns are nobody's question
    again = Import.objects.order_by("pk").last()
    assert again.notes == [] and set(again.rows.values_list("number", flat=True)) == {4, 6, 7}
    assert again.rows.get(number=4).cells["since"] == "01/07/2016"


def test_a_reason_without_its_paper_is_refused_with_what_was_typed(office, live_cast, tmp_path):
    answer = office.get(reverse("sheet-export", args=["members"]), {"at": live_cast.cell.code})
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"".join(answer.streaming_content))
    headings, *rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    rows[0][0] += " Hai"
    rows[1][-2] = "²"  # no number, though it is a digit
    send(office, workbook(path, [[str(cell) for cell in row] for row in rows[:2]], headings=headings))
    brought = Import.objects.get()
    assert brought.counts == {"doubtful": 1, "refused": 1}
    answer = office.post(
        reverse("import-why", args=[brought.pk]), {"reason": "Ghi nhầm", "symbol": "", "day": "2024-02-20"}
    )
    page = answer.content.decode()
    assert answer.status_code == 422 and "Give the reason" in page
    assert 'value="Ghi nhầm"' in page and 'value="2024-02-20"' in page
