"""What must go goes, old counts stand, and the journal tells erased from missing."""

import datetime as dt

from orgwork.foundation import journal
from orgwork.foundation.constraints import guards_lifted
from orgwork.foundation.journal import EntrySubject
from orgwork.foundation.moments import writing
from orgwork.foundation.refusals import NotAllowed
from orgwork.procedures import admission, four_eyes, leaving, people_entry
from orgwork.procedures.cases import Case, CaseStep
from orgwork.procedures.erasure import erase_person
from orgwork.registers.members import MembershipPlace
from orgwork.registers.people import Person, PersonContact, PersonName, PersonParticulars
from tests.procedures.told import refused

DAY = dt.date(2024, 6, 3)


def rejected(cast):
    """An applicant of whom the register keeps this and that."""
    actor = cast.account("cell_secretary")
    case = admission.open_admission(
        actor=actor, day=dt.date(2024, 1, 8), person=cast.applicant, unit=cast.cell
    )
    people_entry.enter_contact(
        actor=actor, day=dt.date(2024, 1, 8), person=cast.applicant, phone="0912 345 678"
    )
    admission.withdraw(case, actor=actor, day=dt.date(2024, 2, 1), remark="Chuyển đi Lai Châu")
    return case


def erased(cast, person=None, **more):
    """Proposed by the protection officer and confirmed by a second person; the entry of the journal."""
    return four_eyes.confirm(
        proposed(cast, person, **more), actor=cast.account("provincial_officer"), door="test"
    )


def proposed(cast, person=None, **more):
    plan = {
        "person": person or cast.applicant,
        "basis": "request",
        "reason": "Đơn đề nghị",
        "document": {"symbol": "1-CV", "issuer_name": "–"},
    }
    return erase_person(actor=cast.account("protection_officer"), day=DAY, **(plan | more))


def test_content_goes_and_a_number_with_year_and_sex_stays(cast):
    case = rejected(cast)
    entry = erased(cast)
    assert Person.objects.get(pk=cast.applicant.pk).erased
    assert {row.full for row in PersonName.versions.filter(person=cast.applicant)} == {""}
    assert PersonContact.versions.get(person=cast.applicant).phone == ""
    known = PersonParticulars.objects.get(person=cast.applicant)
    assert (known.sex, known.birth, known.birth_precision) == ("f", dt.date(2000, 1, 1), "year")
    assert not CaseStep.objects.filter(case=case).exclude(remark="").exists()
    assert set(Case.objects.get(pk=case.pk).data) <= {"cell", "again", "rules"}
    said = EntrySubject.objects.filter(type="person", subject_id=cast.applicant.pk).exclude(entry=entry)
    said = said.exclude(entry__verb="proposal.confirm")  # said afterwards, of a number
    assert {(one.content, one.salt, one.erased_under) for one in said} == {(None, None, entry.pk)}
    assert "Lò Thị Duyên" not in str(list(EntrySubject.objects.values_list("content", flat=True)))


def test_verify_tells_erased_from_missing(live_cast):
    rejected(live_cast)
    journal.seal()
    before = journal.verify()
    assert before.ok
    erased(live_cast)
    journal.seal()
    after = journal.verify()
    assert after.ok
    assert after.erased >= 3
    with writing(door="test"), guards_lifted("somebody deletes silently"):
        one = EntrySubject.objects.filter(type="unit", content__isnull=False).first()
        EntrySubject.objects.filter(pk=one.pk).update(content=None, salt=None)
    assert journal.verify().first.kind == "missing"


def test_old_counts_stand(cast):
    leaving.record_death(actor=cast.account("district_officer"), day=dt.date(2024, 4, 2), person=cast.veteran)
    erased(cast, person=cast.veteran, basis="retention")
    then = dt.date(2023, 1, 1)
    assert MembershipPlace.objects.on(then).filter(unit=cast.cell, kind="official").count() == 6
    assert PersonParticulars.objects.get(person=cast.veteran).birth.year == 1950


def test_members_holders_and_open_cases_are_kept(cast):
    refused(erased, cast, person=cast.member, code="still_a_member")
    refused(erased, cast, person=cast.national_officer, code="not_allowed")
    refused(erased, cast, person=cast.auditor, code="still_holds_a_post")
    admission.open_admission(
        actor=cast.account("cell_secretary"), day=dt.date(2024, 1, 8), person=cast.applicant, unit=cast.cell
    )
    refused(erased, cast, code="case_open")


def test_nobody_else_erases_and_nothing_twice(cast):
    rejected(cast)
    plan = {
        "person": cast.applicant,
        "basis": "request",
        "reason": "x",
        "document": {"symbol": "1-CV", "issuer_name": "–"},
    }
    for somebody in ("district_officer", "administrator", "auditor", "cell_secretary", None):
        refused(erase_person, actor=cast.account(somebody), day=DAY, **plan, error=NotAllowed)
    erased(cast)
    cast.applicant.refresh_from_db()
    refused(erased, cast, code="erased_already")


def test_nothing_more_is_recorded_about_an_erased_person(cast):
    rejected(cast)
    erased(cast)
    cast.applicant.refresh_from_db()
    refused(
        people_entry.enter_contact,
        actor=cast.account("cell_secretary"),
        day=DAY,
        person=cast.applicant,
        phone="1",
        code="erased_already",
        field="person",
    )
