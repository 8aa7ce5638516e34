"""A mark in every column of words about somebody is found nowhere after erasure, in no table and no file."""

import datetime as dt
import json
import uuid

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection, models

from orgwork.exchange.sheets.imports import Import, ImportRow
from orgwork.foundation import journal
from orgwork.foundation.constraints import guards_lifted
from orgwork.foundation.jobs import Job
from orgwork.foundation.moments import writing
from orgwork.procedures import admission, erasure, four_eyes, people_entry, retention
from orgwork.registers import person_tables
from orgwork.registers.person_tables import WORDS
from orgwork.registers.record import Cause

MARK = "Zqxw" + uuid.uuid4().hex[:10]
DAY = dt.date(2024, 6, 3)


def planted(cast):
    """The applicant, with a row in every table that records people, the mark in every column of words."""
    person = cast.applicant
    actor = cast.account("cell_secretary")
    case = admission.open_admission(actor=actor, day=dt.date(2024, 1, 8), person=person, unit=cast.cell)
    people_entry.enter_contact(actor=actor, day=DAY, person=person, phone=MARK)
    admission.withdraw(case, actor=actor, day=dt.date(2024, 2, 1), remark=f"{MARK} zieht fort")
    account = cast.account("outsider").__class__.objects.create_user("someone", full_name="x")
    apps.get_model("registers", "AccountPerson").objects.create(account=account, person=person)
    with writing(door="test") as act, guards_lifted("a mark is planted"):
        cause = Cause.objects.create(kind="other", text=MARK)
        known = {
            "Person": person, "Case": case, "Account": account, "Cause": cause, "Unit": cast.cell,
            "Post": cast.posts["cell_secretary"], "Entry": journal.Entry.objects.first(),
        }  # fmt: skip
        for table in person_tables.tables():
            if table.persons and columns(table) and not table.of(person).exists():
                made(table, known, act)
        path = settings.MEDIA_ROOT / "sheets" / uuid.uuid4().hex
        sheet = Import.objects.create(
            kind="people", name=MARK, day=DAY, samples=[MARK], message=MARK, file=str(path)
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"Họ tên;{MARK}")
        name = person.names.first().full
        ImportRow.objects.create(sheet=sheet, number=1, cells={"name": f"{name}", "note": MARK})
        Job.objects.create(name="bulk", kind="x", message=f"{name} {MARK}")
        for table in person_tables.tables():
            for row in table.of(person) if table.code != "exchange.importrow" else ():
                mark(table, row)
    return person


def made(table, known, act):
    """A row of the table about the person, its columns filled with whatever fits."""
    values = fitting(table.model, known, act, {path.partition("__")[0] for path in table.persons})
    if table.code == "registers.erasurehold":  # over by now: a hold would stop everything
        values |= {"valid_from": dt.date(2024, 1, 1), "valid_to": DAY}
    table.model._base_manager.bulk_create([table.model(**values)])


def fitting(model, known, act, ways=()) -> dict:
    """Whatever fits into the columns that must be filled, and into those by which it is somebody's."""
    values = {}
    for one in model._meta.concrete_fields:
        if one.name == "begun_by":
            values[one.name] = known["Cause"]
        if one.primary_key or one.has_default() or (one.null and one.name not in ways):
            continue
        if one.related_model:
            values[one.name] = row_of(one.related_model, known, act)
        elif isinstance(one, models.DateTimeField):
            values[one.name] = act.at
        elif isinstance(one, models.DateField):
            values[one.name] = DAY
        elif isinstance(one, models.BooleanField):
            values[one.name] = False
        elif isinstance(one, (models.IntegerField, models.FloatField)):
            values[one.name] = act.moment if isinstance(one, models.BigIntegerField) else 1
    return values


def row_of(model, known, act):
    """The row that is known by the model's name, one that is there, or one made for it."""
    if model.__name__ not in known:
        found = model._base_manager.first()
        known[model.__name__] = found or model._base_manager.create(**fitting(model, known, act))
    return known[model.__name__]


def columns(table):
    """Columns that hold words about the person."""
    return [
        one
        for one in table.model._meta.concrete_fields
        if isinstance(one, WORDS) and one.name not in table.codes and not one.primary_key and not one.choices
    ]


def mark(table, row):
    said = {}
    for one in columns(table):
        if isinstance(one, models.JSONField):
            said[one.name] = {"words": MARK}
        elif not isinstance(one, (models.BinaryField, models.FileField)) and one.max_length != 1:
            said[one.name] = f"{MARK}{row.pk}"[: one.max_length]
    said.pop("file", None)
    if table.code == "registers.personname":
        said = {"given": MARK}  # the name itself is looked for in papers, jobs and sheets
    if said:
        person_tables.every_row(table.model).filter(pk=row.pk).update(**said)


def found() -> list[str]:
    """Every table, declared or not, and every file of the house."""
    seen = []
    for model in apps.get_models(include_auto_created=True):
        for row in person_tables.every_row(model).values():
            if MARK in json.dumps(row, default=bytes_too, ensure_ascii=False):
                seen.append(f"{model._meta.label} {row}")
    for path in settings.ORGWORK_HOME.rglob("*"):
        if path.is_file() and "sqlite3" not in path.name and MARK.encode() in path.read_bytes():
            seen.append(str(path))
    return seen


def bytes_too(value):
    return bytes(value).decode("latin-1") if isinstance(value, (bytes, memoryview)) else str(value)


@pytest.mark.django_db(transaction=True)
def test_nothing_is_left(live_cast):
    person = planted(live_cast)
    before = found()
    assert len(before) > 15, before
    proposal = erasure.erase_person(
        actor=live_cast.account("protection_officer"), day=DAY, person=person, basis="request",
        reason=f"a request of {MARK}", document={"symbol": "1-CV", "issuer_name": "–"},
    )  # fmt: skip
    four_eyes.confirm(proposal, actor=live_cast.account("provincial_officer"), door="test")
    left = found()
    assert not left, "\n".join(left)
    retention.leave_no_trace()
    journal.seal()
    assert journal.verify().ok
    if connection.vendor == "sqlite":
        name = settings.DATABASES["default"]["TEST"]["NAME"]
        for suffix in ("", "-wal"):
            with open(f"{name}{suffix}", "rb") as file:
                assert MARK.encode() not in file.read(), f"in the file{suffix}"
