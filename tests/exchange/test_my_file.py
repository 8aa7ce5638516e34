"""Edge case 30: a person sees everything recorded about them, and takes it away in three shapes."""

import datetime as dt
import io
import json
from pathlib import Path

import pypdfium2
import pytest
import python_calamine
from django.utils import translation
from jsonschema import Draft202012Validator, FormatChecker

from orgwork.exchange import my_file
from orgwork.foundation.dates import begin
from orgwork.foundation.moments import writing
from orgwork.procedures import admission, correction, people_entry
from orgwork.registers import person_tables
from orgwork.registers.people import ALL_LIFE, PersonBackground
from orgwork.registers.reads import note_read

SCHEMA = json.loads(Path("docs/my-file.schema.json").read_text())
LANGUAGES = ["vi", "en", "de", "ru"]


@pytest.fixture
def known(cast):
    """The applicant, of whom a few things of every kind are recorded."""
    actor, day = cast.account("cell_secretary"), dt.date(2024, 1, 8)
    admission.open_admission(actor=actor, day=day, person=cast.applicant, unit=cast.cell)
    people_entry.enter_contact(actor=actor, day=day, person=cast.applicant, phone="0912 345 678")
    with writing(door="test") as act:
        begin(PersonBackground, act, ALL_LIFE, person=cast.applicant, ethnicity="Thái", religion="")
    note_read(cast.account("district_officer"), "names.read", door="web", person=cast.applicant)
    return cast.applicant


def parts(person):
    return {part.code: part for part in my_file.gather(person).parts}


def test_every_table_with_a_line_is_there(known):
    found = parts(known)
    for table in person_tables.tables():
        rows = table.of(known).count()
        if rows and not table.hidden and table.code != "registers.readlog":
            assert found[table.code].count == len(found[table.code].lines) == rows, table.code
    assert {"registers.personname", "registers.personcontact", "registers.personbackground",
            "procedures.case", "procedures.casestep", "foundation.entrysubject"} <= set(found)  # fmt: skip


def test_every_word_of_a_shown_column_is_there(known):
    """Nothing recorded about a person is hidden from them: what is left out says why."""
    said = my_file.as_json(my_file.gather(known)).decode()
    for words in ("Lò Thị Duyên", "0912 345 678", "Thái"):
        assert words in said
    for table in person_tables.tables():
        columns = {*my_file.shown_columns(table), *table.covered, *table.persons, *my_file.MECHANICS}
        silent = {
            one.name
            for one in table.model._meta.concrete_fields
            if not one.primary_key and one.name not in columns and one.name not in table.codes
            and one.name in table.emptied
        }  # fmt: skip
        assert table.hidden or table.erased == "deleted" or not silent, (table.code, silent)


def test_what_was_corrected_stays_readable(known, cast):
    correction.correct_name(
        actor=cast.account("district_officer"), day=dt.date(2024, 3, 1), person=cast.member, family="Cà",
        middle="Thị", given="Xuyến", reason="x",
        document={"symbol": "9-QĐ", "issuer_name": "–", "day": dt.date(2024, 3, 1)},
    )  # fmt: skip
    lines = parts(cast.member)["registers.personname"].lines
    assert sorted(line.values["given"] for line in lines) == ["Xuyến", "Xuân"]
    assert [line.retracted is not None for line in lines].count(True) == 1


def test_who_looked_is_told_by_post_not_by_name(known):
    file = my_file.gather(known)
    assert len(file.reads) == 1 and file.reads[0]["act"] == "names.read"
    assert any("Ban Tổ chức Thành ủy" in post for post in file.reads[0]["posts"])
    assert "Nguyễn Văn Ánh" not in my_file.as_json(file).decode()


def test_json_has_the_documented_shape(known):
    said = json.loads(my_file.as_json(my_file.gather(known)))
    Draft202012Validator(SCHEMA, format_checker=FormatChecker()).validate(said)
    assert not list(Draft202012Validator(SCHEMA).iter_errors(said))
    assert list(Draft202012Validator(SCHEMA).iter_errors({**said, "more": 1}))


def test_the_workbook_has_a_sheet_for_each_table(known):
    file = my_file.gather(known)
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(my_file.as_workbook(file)))
    assert len(book.sheet_names) == len(file.parts) + 1
    assert any(
        "0912 345 678" in row for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python()
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pdf_has_every_letter(known, language):
    with translation.override(language):
        pages = pypdfium2.PdfDocument(my_file.as_pdf(my_file.gather(known)))
        said = " ".join("".join(page.get_textpage().get_text_range() for page in pages).split())
    assert "Lò Thị Duyên" in said and "0912 345 678" in said
    assert language != "ru" or "Человек" in said
