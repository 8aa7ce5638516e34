"""This room is for one step of a procedure: to admit a member, with its checks and its journal entry.

The baseline writes the same rows by plain SQL, one transaction for each member, and checks nothing.
"""

import datetime as dt
import json
import secrets
import time

from django.db import connection, transaction

from benchmarks.measure import result, seconds
from orgwork.foundation.bulk import allocate_ids, insert
from orgwork.foundation.dates import new_spells
from orgwork.foundation.moments import draw, writing
from orgwork.procedures import admission
from orgwork.procedures.cases import Case, CaseHome
from orgwork.registers.people import ALL_LIFE, Person, PersonName, PersonParticulars, name_values
from tests.cast import build

COMPLETE, DECISION = dt.date(2024, 2, 20), dt.date(2024, 3, 1)
STEPS = 500


def measure(*, people, bodies):
    cast = build()
    persons = applicants(2 * STEPS)
    cases = complete_files(cast, persons)
    actor = cast.account("district_officer")
    admit_one(actor, cases.pop(), STEPS * 4)  # what is read once from files is not the step's cost
    sent = messages(lambda: admit_one(actor, cases.pop(), STEPS * 3))
    began = time.process_time()
    took = seconds(lambda: [admit_one(actor, case, n) for n, case in enumerate(cases[:STEPS], 1)])
    used = time.process_time() - began
    bare = seconds(lambda: [admit_bare(cast, case, n) for n, case in enumerate(cases[STEPS:], STEPS + 1)])
    rest = len(cases) - STEPS
    yield result(
        "members admitted one by one, checks and journal included",
        STEPS / took,
        "steps/s",
        baseline=rest / bare,
        against="the same rows by plain SQL",
    )

    yield result("messages to the database for one of them", sent, "each")
    yield result("processor time in this process for one of them", 1_000 * used / STEPS, "ms")


def messages(work):
    """How often the database is spoken to, beginning and ending of the transaction aside."""
    sent = []

    def listen(execute, sql, params, many, context):
        sent.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(listen):
        work()
    return len(sent)


def applicants(count):
    with writing(door="bench") as act:
        ids = list(allocate_ids(Person, count))
        insert(Person, ["id", "erased"], ((pk, False) for pk in ids))
        spells = new_spells(2 * count)
        said = list(name_values("Lò", "Thị", "Duyên").items())
        insert(
            PersonName,
            ["person_id", "valid_from", "recorded", "spell", *[name for name, _text in said]],
            (
                (pk, ALL_LIFE, act.moment, s, *[t for _n, t in said])
                for pk, s in zip(ids, spells, strict=False)
            ),
        )
        insert(
            PersonParticulars,
            ["person_id", "valid_from", "recorded", "spell", "sex", "birth", "birth_precision"],
            (
                (pk, ALL_LIFE, act.moment, s, "f", dt.date(1995, 5, 5), "day")
                for pk, s in zip(ids, spells[count:], strict=True)
            ),
        )
    return ids


def complete_files(cast, persons):
    data = {"cell": cast.cell.pk, "again": False, "over_age": False, "rules": [], "complete": str(COMPLETE)}
    said = {"procedure": "admission", "state": "file_complete", "unit": cast.district, "data": data}
    with transaction.atomic():
        cases = [Case.objects.create(person_id=pk, opened_on=COMPLETE, **said) for pk in persons]
        columns = ["case_id", "unit_id", "valid_from", "recorded", "spell"]
        insert(CaseHome, columns, ((case.pk, cast.district.pk, COMPLETE, 1, case.pk) for case in cases))
    return cases


def admit_one(actor, case, number):
    admission.admit(case, actor=actor, door="bench", day=DECISION, document={"symbol": f"{number}-QĐ/ThU"})


MEMBER = ("membership", "membershipstanding", "membershipplace")


def admit_bare(cast, case, number):
    """Nineteen rows and three updates, in the order of the step."""
    day, person, salt = str(DECISION), case.person_id, secrets.token_hex(16)
    with transaction.atomic(), connection.cursor() as cursor:
        moment = draw(door="bench").moment
        paper = write(
            cursor,
            "registers_document",
            number=number,
            symbol=f"{number}-QĐ/ThU",
            kind="decision",
            day=day,
            issuer_id=cast.district.pk,
            issuer_name="",
            title="",
            secret=False,
            folded="",
            recorded=moment,
        )
        why = write(cursor, "registers_cause", kind="admitted", document_id=paper, case=case.pk, text="")
        for spell, table in enumerate(MEMBER, 10_000_000 + 3 * number):
            more = {
                "membershipstanding": {"standing": "probationary"},
                "membershipplace": {"unit_id": cast.cell.pk, "kind": "official"},
            }.get(table, {})
            write(
                cursor,
                f"registers_{table}",
                person_id=person,
                valid_from=day,
                recorded=moment,
                spell=spell,
                begun_by_id=why,
                **more,
            )
        cursor.execute(
            "UPDATE procedures_case SET state = 'admitted', unit_id = %s WHERE id = %s",
            [cast.cell.pk, case.pk],
        )
        cursor.execute(
            "UPDATE procedures_casehome SET retracted = %s WHERE case_id = %s AND retracted IS NULL",
            [moment, case.pk],
        )
        lay = {"case_id": case.pk, "recorded": moment, "spell": case.pk}
        before = {"unit_id": cast.district.pk, "valid_from": str(COMPLETE), "valid_to": day}
        write(cursor, "procedures_casehome", **lay, **before)
        write(cursor, "procedures_casehome", **lay, unit_id=cast.cell.pk, valid_from=day)
        write(
            cursor,
            "procedures_casedeadline",
            case_id=case.pk,
            kind="ceremony",
            runs_from=day,
            due="2024-04-12",
            basis="x",
            recorded=moment,
        )
        write(
            cursor,
            "procedures_casestep",
            case_id=case.pk,
            step="admit",
            source="file_complete",
            target="admitted",
            day=day,
            moment=moment,
            document_id=paper,
            remark="",
        )
        entry = write(
            cursor,
            "foundation_entry",
            moment=moment,
            ordinal=1,
            verb="admission.admit",
            door="bench",
            day=day,
            batch="",
            case=case.pk,
            digest="0" * 64,
        )
        for n, kind in enumerate(("case", "person", "unit")):
            write(
                cursor,
                "foundation_entrysubject",
                entry_id=entry,
                ordinal=n,
                type=kind,
                subject_id=person,
                salt=salt,
                content=json.dumps({"decision": "x"}),
                digest="0" * 64,
            )


def write(cursor, table, **values):
    names = ", ".join(f'"{name}"' for name in values)
    marks = ", ".join(["%s"] * len(values))
    cursor.execute(f'INSERT INTO "{table}" ({names}) VALUES ({marks}) RETURNING id', list(values.values()))
    return cursor.fetchone()[0]
