"""This room is for procedures under eight hands at once: none lost, none doubled, limits hold."""

import datetime as dt
import time

import pytest
from django.db import connection, transaction
from django.db.utils import OperationalError

from orgwork.foundation import journal
from orgwork.foundation.dates import begin
from orgwork.foundation.moments import writing
from orgwork.foundation.refusals import Refusal
from orgwork.procedures import admission
from orgwork.procedures.cases import Case, CaseStep
from orgwork.procedures.papers import register_paper
from orgwork.registers import people
from orgwork.registers.documents import Document
from orgwork.registers.members import Membership, MembershipPlace, MembershipStanding
from orgwork.registers.record import Cause
from tests.procedures.test_admission import DECISION, file_complete
from tests.threads import at_once

pytestmark = pytest.mark.postgres
DAY = dt.date(2024, 5, 1)


@pytest.fixture
def applicants(live_cast):
    """Eight people whom nobody but their birth day tells apart."""
    entered = Cause.objects.create(kind="other")
    made = []
    for number in range(8):
        with writing(door="test") as act:
            person = people.Person.objects.create()
            said = people.name_values("Lò", "Thị", "Duyên")
            begin(people.PersonName, act, people.ALL_LIFE, person=person, cause=entered, **said)
            born = {"sex": "f", "birth": dt.date(2000, 6, 1 + number)}
            begin(people.PersonParticulars, act, people.ALL_LIFE, person=person, cause=entered, **born)
            made.append(person)
    return made


def decide(cast, case, number):
    return admission.admit(
        case, actor=cast.account("district_officer"), door="test", day=DECISION,
        document={"symbol": f"{number}-QĐ/ThU"},
    )  # fmt: skip


def test_eight_admissions_into_one_cell_are_all_there_once(live_cast, applicants):
    cases = [file_complete(live_cast, person=person) for person in applicants]
    at_once(lambda number: decide(live_cast, cases[number], 300 + number))
    for table in (Membership, MembershipStanding, MembershipPlace):
        assert table.objects.filter(person__in=applicants).count() == 8
    assert Case.objects.filter(state="admitted").count() == 8
    assert CaseStep.objects.filter(step="admit").count() == 8
    assert Document.objects.filter(symbol__endswith="-QĐ/ThU").count() == 8
    journal.seal()
    verdict = journal.verify()
    assert verdict.ok and verdict.unsealed == 0


def test_of_eight_who_decide_the_same_case_one_decides_and_seven_are_told(live_cast):
    case = file_complete(live_cast)

    def try_it(number):
        try:
            decide(live_cast, Case.objects.get(pk=case.pk), 400)
        except Refusal as refusal:
            return str(refusal.code)
        return "decided"

    outcomes = at_once(try_it)
    assert sorted(outcomes) == ["decided"] + ["wrong_state"] * 7
    assert Membership.objects.filter(person=live_cast.applicant).count() == 1
    assert CaseStep.objects.filter(case=case, step="admit").count() == 1


def test_one_person_is_not_applied_for_twice(live_cast):
    def apply(number):
        try:
            admission.open_admission(
                actor=live_cast.account("cell_secretary"), door="test", day=DAY,
                person=live_cast.applicant, unit=live_cast.cell,
            )  # fmt: skip
        except Refusal:
            return "told"
        return "opened"

    assert sorted(at_once(apply)) == ["opened"] + ["told"] * 7
    assert Case.objects.filter(person=live_cast.applicant).count() == 1


def test_a_number_of_a_paper_is_given_once(live_cast):
    """Eight different papers that claim one number of one issuer."""

    def register(number):
        try:
            with writing(door="test") as act:
                register_paper(
                    act, symbol="77-QĐ/ThU", number=77, kind="decision", issuer=live_cast.district,
                    day=DAY + dt.timedelta(days=number), title=f"Paper {number}",
                )  # fmt: skip
                time.sleep(0.005)
        except Refusal:
            return "told"
        return "registered"

    assert sorted(at_once(register)) == ["registered"] + ["told"] * 7
    assert Document.objects.filter(number=77).count() == 1


def test_an_act_on_one_member_does_not_wait_for_one_on_another(live_cast, applicants):
    """Only bodies whose limits are checked, and the person, are locked."""
    first, second = (file_complete(live_cast, person=person) for person in applicants[:2])

    def work(number):
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '60s'")
        try:
            decide(live_cast, second, 500)
        except OperationalError as error:
            return str(error)
        return "decided"

    with transaction.atomic():  # as somebody who is deciding about the first, and takes long over it
        Case.objects.select_for_update(no_key=True).get(pk=first.pk)
        people.Person.objects.select_for_update(no_key=True).get(pk=first.person_id)
        assert at_once(work, 1) == ["decided"]
    decide(live_cast, first, 501)
