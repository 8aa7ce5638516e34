"""Whatever a sheet holds: a clear sentence for each row, in four languages, and nothing half written."""

import os
import re

import pytest
from django.utils import translation

from orgwork.exchange.sheets import applying, rehearsing
from orgwork.exchange.sheets.imports import Import, ImportRow, Outcome
from orgwork.exchange.sheets.kinds import KINDS
from orgwork.exchange.sheets.sentences import NOTES, SENTENCES, sentence
from orgwork.foundation.journal import Entry
from orgwork.foundation.refusals import Refusal
from orgwork.registers.people import Person, PersonName

from . import broken
from .files import HEADINGS, member, plain, workbook

pytestmark = pytest.mark.django_db(transaction=True)
LANGUAGES = ("vi", "en", "de", "ru")


#: All of them once: BROKEN=100000 python -m pytest tests/exchange/sheets/test_broken.py
MANY = int(os.environ.get("BROKEN", "2000"))


@pytest.mark.parametrize(("way", "count"), [("csv", MANY), ("xlsx", MANY // 5)])
def test_every_broken_row_says_what_to_do(live_cast, tmp_path, way, count):
    actor = live_cast.account("provincial_officer")
    good = {"birth": "1980", "admitted": "2015-02-03", "recognised": "2016-02-13"}
    sound = [member(n, name=f"Quàng Văn Tốt{n}", card=f"9{n:09d}", **good) for n in range(20)]
    rows = broken.rows(count) + sound
    if way == "csv":
        lines = [[str(cell).replace("\ud800", "\x01") for cell in row] for row in rows]
        path = plain(tmp_path / "a.csv", lines)
    else:
        path = workbook(tmp_path / "a.xlsx", [[safe(cell) for cell in row] for row in rows])
    written = Person.objects.count(), PersonName.objects.count(), Entry.objects.count()
    brought = rehearsing.bring(path, path.name, "members", actor=actor, door="test")
    rehearsing.rehearse(brought)
    assert (Person.objects.count(), PersonName.objects.count(), Entry.objects.count()) == written

    assert brought.counts["new"] >= len(sound)
    wrong = brought.rows.filter(outcome__in=(Outcome.REFUSED, Outcome.DOUBTFUL))
    assert wrong.count() > count / 2
    for row in wrong:
        grave = [one for one in row.remarks if one[1] in (Outcome.REFUSED, Outcome.DOUBTFUL)]
        assert grave, row.number
        for remark in grave:
            assert complete(sentence(remark), remark[3]), remark

    if way == "xlsx":
        return
    # What remains is taken, whole; the rest stays outside.
    applying.agree(brought, actor=actor)
    applying.apply(brought)
    assert Person.objects.count() - written[0] == brought.counts["new"]


def safe(cell):
    """A workbook holds texts, numbers and days; XlsxWriter itself refuses the rest."""
    import datetime as dt

    if isinstance(cell, str):
        return re.sub("[\x00-\x08\x0b-\x1f\ud800-\udfff]", "\x7f", cell)[:30_000]
    return (
        cell
        if isinstance(cell, int | float | bool) or (isinstance(cell, dt.date) and cell.year > 1900)
        else "x"
    )


def complete(text: str, said: dict | None = None) -> bool:
    """A sentence with an end, without a hole where a value should be."""
    for value in (said or {}).values():
        text = text.replace(str(value), "…")
    return len(text) > 10 and text.rstrip(")").endswith((".", "!", "?")) and "%(" not in text


def test_every_sentence_is_said_in_four_languages():
    english = {code: str(text) for code, text in {**SENTENCES, **NOTES}.items() if code != "said"}
    for language in ("vi", "de", "ru"):
        with translation.override(language):
            for code, text in {**SENTENCES, **NOTES}.items():
                if code != "said":
                    assert str(text) != english[code], (language, code)
                    holes = re.findall(r"%\((\w+)\)s", english[code])
                    assert sorted(re.findall(r"%\((\w+)\)s", str(text))) == sorted(holes), (language, code)


def test_files_that_are_no_sheets_are_refused_with_a_sentence(live_cast, tmp_path):
    actor = live_cast.account("provincial_officer")
    read = []
    for name, content in broken.files():
        path = tmp_path / name
        for language in LANGUAGES:
            path.write_bytes(content)
            with translation.override(language):
                try:
                    brought = rehearsing.bring(path, name, "members", actor=actor, door="test")
                    if brought.state == "reading":
                        rehearsing.rehearse(brought)
                    read.append(name)
                except Refusal as refusal:
                    assert complete(str(refusal)), (name, str(refusal))
                    assert refusal.field in ("file", "sheet", "encoding"), name
    # A bite into a part that nobody reads does no harm; everything else is refused or asks for its columns.
    assert not [name for name in read if name != "text.csv" and not name.startswith("bitten")], read
    assert not ImportRow.objects.exclude(sheet__in=Import.objects.filter(state="rehearsed")).exists()


def test_a_formula_typed_by_somebody_is_text_in_what_goes_out(live_cast, tmp_path):
    import io

    from python_calamine import CalamineWorkbook

    from orgwork.exchange.sheets import writing

    rows = [["=HYPERLINK(1)", "nam", "1980", "03127.01", "13/02/2015", "", "@x"]]
    path = plain(tmp_path / "a.csv", rows)
    actor = live_cast.account("provincial_officer")
    brought = rehearsing.rehearse(rehearsing.bring(path, "a.csv", "members", actor=actor, door="test"))
    file = io.BytesIO()
    writing.with_remarks(brought, KINDS["members"], brought.rows.all(), file)
    assert b"<f>" not in file.getvalue()
    found = CalamineWorkbook.from_filelike(io.BytesIO(file.getvalue())).get_sheet_by_index(0).to_python()
    assert found[1][0] == "=HYPERLINK(1)" and len(found[0]) == len(HEADINGS) + 2
