"""Edge case 29 and the periods: what has been kept long enough goes by itself, unless a hold stops it."""

import datetime as dt

import pytest
from django.utils import timezone

from orgwork.foundation import journal, provisions
from orgwork.foundation.journal import EntrySubject
from orgwork.foundation.moments import writing
from orgwork.foundation.refusals import NotAllowed
from orgwork.procedures import admission, erasure, four_eyes, leaving, people_entry, retention
from orgwork.procedures.cases import Case, CaseStep, save_draft
from orgwork.registers.holds import ErasureHold
from orgwork.registers.members import MembershipPlace
from orgwork.registers.people import Person, PersonContact, PersonName
from orgwork.registers.reads import ReadLog, note_read
from tests.procedures.told import refused

DAY = dt.timedelta(days=1)
TODAY = dt.date.today()
OLD = dt.date(2024, 2, 1)


def rejected(cast, day=OLD):
    """An applicant who withdrew consent: the case is closed and nothing follows."""
    actor = cast.account("cell_secretary")
    case = admission.open_admission(
        actor=actor, day=dt.date(2024, 1, 8), person=cast.applicant, unit=cast.cell
    )
    people_entry.enter_contact(
        actor=actor, day=dt.date(2024, 1, 8), person=cast.applicant, phone="0912 345 678"
    )
    admission.withdraw(case, actor=actor, day=day, remark="Rút đơn")
    return case


def at(monkeypatch, day):
    """The clock of the retention stands on that day."""
    monkeypatch.setattr(retention.timezone, "localdate", lambda *_: day)


def rules_of(person, day):
    return {one.rule for one in retention.due(day) if one.person == person.pk}


def test_every_period_of_the_provisions_has_a_rule():
    periods = {name for name in provisions.rules() if name.startswith("retention.")}
    elsewhere = {
        "retention.data_request_hold_years",  # the longest hold
    }
    assert periods - elsewhere <= set(retention.RULES), periods - elsewhere - set(retention.RULES)


def test_a_rejected_applicant_is_due_on_the_day_and_not_before(cast):
    rejected(cast)
    wait = provisions.on(TODAY)["retention.rejected_admission_months"].value
    due = retention.due_since(OLD, TODAY, "retention.rejected_admission_months")
    assert (due.year - OLD.year) * 12 + due.month - OLD.month == wait
    assert not rules_of(cast.applicant, due)
    assert rules_of(cast.applicant, due + DAY) == {
        "retention.rejected_admission_months", "retention.person_without_membership_months",
    }  # fmt: skip
    assert not rules_of(cast.member, TODAY + 3650 * DAY)


@pytest.mark.django_db(transaction=True)
def test_edge_case_29_a_rejected_applicant_goes_and_counts_stand(live_cast, monkeypatch):
    cast = live_cast
    case = rejected(cast)
    before = MembershipPlace.objects.on(dt.date(2024, 1, 1)).count()
    at(monkeypatch, dt.date(2026, 3, 1))
    assert retention.run(door="test") == {
        "retention.rejected_admission_months": 1, "retention.person_without_membership_months": 1,
    }  # fmt: skip
    assert Person.objects.get(pk=cast.applicant.pk).erased
    assert not PersonName.versions.filter(person=cast.applicant).exclude(full="").exists()
    assert not CaseStep.objects.filter(case=case).exclude(remark="").exists()
    assert MembershipPlace.objects.on(dt.date(2024, 1, 1)).count() == before
    assert retention.run(door="test") == {}
    told = retention.history()
    assert {one["rule"] for one in told} == {
        "retention.rejected_admission_months", "retention.person_without_membership_months",
    }  # fmt: skip
    journal.seal()
    assert journal.verify().ok


@pytest.mark.django_db(transaction=True)
def test_a_hold_stops_everything_about_its_person_until_its_end(live_cast):
    cast = live_cast
    rejected(cast)
    officer = cast.account("protection_officer")
    until = TODAY + 30 * DAY
    since = TODAY - 5 * DAY
    retention.place_hold(actor=officer, day=since, person=cast.applicant, until=until, reason="Tòa án")
    found = [one for one in retention.due(TODAY) if one.person == cast.applicant.pk]
    assert found and {one.stopped for one in found} == {"Tòa án"}
    assert retention.run(door="test") == {}
    assert not Person.objects.get(pk=cast.applicant.pk).erased
    refused(
        erasure.erase_part, actor=officer, day=TODAY, person=cast.applicant, parts=["contact"],
        basis="request", reason="x", code="held",
    )  # fmt: skip
    retention.lift_hold(actor=officer, day=TODAY, person=cast.applicant, reason="Xong")
    assert retention.run(door="test")
    assert Person.objects.get(pk=cast.applicant.pk).erased


def test_holds_have_a_reason_and_an_end(cast):
    officer = cast.account("protection_officer")
    plan = {"actor": officer, "day": TODAY, "person": cast.veteran, "reason": "Kiểm tra"}
    refused(retention.place_hold, **plan, until=TODAY - DAY, code="days", field="until")
    refused(retention.place_hold, **plan, until=TODAY + 4000 * DAY, code="days", field="until")
    refused(retention.place_hold, **plan | {"actor": cast.account("district_officer")}, until=TODAY,
            error=NotAllowed)  # fmt: skip
    retention.place_hold(**plan, until=TODAY + DAY)
    refused(retention.place_hold, **plan, until=TODAY + DAY, code="held_already")
    assert ErasureHold.objects.get().reason == "Kiểm tra"


def test_contact_and_background_go_a_year_after_the_end_and_the_name_stays(cast):
    actor = cast.account("cell_secretary")
    people_entry.enter_contact(
        actor=actor, day=dt.date(2024, 1, 8), person=cast.veteran, phone="0912 345 678"
    )
    leaving.record_death(actor=cast.account("district_officer"), day=dt.date(2024, 4, 2), person=cast.veteran)
    assert rules_of(cast.veteran, dt.date(2025, 4, 2)) == set()
    assert rules_of(cast.veteran, dt.date(2025, 4, 5)) == {"retention.contact_after_leaving_months"}
    rule = retention.RULES["retention.contact_after_leaving_months"]
    (due,) = [one for one in rule.find(dt.date(2025, 4, 5)) if one.person == cast.veteran.pk]
    assert retention._erase_one(rule, due, None, "test") == 1
    assert PersonContact.versions.get(person=cast.veteran).phone == ""
    assert PersonName.objects.get(person=cast.veteran).full == "Lê Quang Vinh"
    said = EntrySubject.objects.get(entry__verb="person.erase_part", type="person")
    assert said.content["rule"] == "retention.contact_after_leaving_months"


def test_drafts_and_old_reads_go(cast):
    case = admission.open_admission(
        actor=cast.account("cell_secretary"), day=dt.date(2024, 1, 8), person=cast.applicant, unit=cast.cell
    )
    save_draft(case, "record_course", {"x": 1}, actor=cast.account("cell_secretary"), now=TODAY)
    rule = retention.RULES["retention.drafts_months"]
    (due,) = rule.find(TODAY)
    retention._erase_one(rule, due, None, "test")
    assert Case.objects.get(pk=case.pk).drafts == {}
    note_read(cast.account("auditor"), "names.read", door="test", person=cast.member)
    rule = retention.RULES["retention.read_log_months"]
    assert list(rule.find(TODAY)) == []
    later = timezone.localdate() + dt.timedelta(days=61 * 31)
    assert [one.count for one in rule.find(later)] == [1]
    assert ReadLog.objects.count() == 1


def test_what_the_law_keeps_is_said_all_at_once(cast):
    found = erasure.needed(cast.cell_secretary, TODAY)
    assert [one.code for one in found] == ["still_a_member", "still_holds_a_post"]
    officer = cast.account("protection_officer")
    done = erasure.erase_part(
        actor=officer, day=TODAY, person=cast.member, parts=["contact"], basis="request", reason="x"
    )
    assert done.verb == "person.erase_part"
    assert not isinstance(done, four_eyes.Proposal)


def test_what_the_journal_said_long_ago_goes_and_the_chain_stays_whole(cast):
    """Only what older entries say; what was said since of the same people stays, and the chain holds."""
    rejected(cast)
    journal.seal()
    said = EntrySubject.objects.filter(type="person", subject_id=cast.applicant.pk).order_by("entry")
    first, last = said.first().entry.moment, said.last().entry.moment
    assert first < last
    with writing(door="test") as act:
        assert journal.forget(act, day=act.day, before=last, most=50, said={"rule": "x"}) >= 1
    gone = said.filter(entry__moment__lt=last)
    assert not gone.exclude(salt=None).exists() and not gone.exclude(content=None).exists()
    assert said.get(entry__moment=last).content is not None
    journal.seal()
    assert journal.verify().ok
    with writing(door="test") as act:
        assert journal.forget(act, day=act.day, before=first, most=50, said={}) == 0
