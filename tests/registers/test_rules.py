"""Every rule finds what breaks it, and the cast breaks only what its smallness makes it break."""

import datetime as dt

import pytest
from django.db import connection

from orgwork.foundation.dates import begin, change, correct, end
from orgwork.foundation.moments import writing
from orgwork.procedures.cases import Case, CaseStep, Protocol
from orgwork.registers import rules
from orgwork.registers.appointments import Appointment
from orgwork.registers.areas import AreaPlacement
from orgwork.registers.documents import Document
from orgwork.registers.members import Membership, MembershipPlace, MembershipStanding
from orgwork.registers.people import Person
from orgwork.registers.posts import PostExistence
from orgwork.registers.record import Cause
from orgwork.registers.units import Unit, UnitForm, UnitLineage, UnitName, UnitPlacement, derive_lineage
from tests.cast import ADMITTED, votes

DAY = dt.date(2024, 5, 1)
#: Two communes of fewer than thirty members, and eleven decisions nobody wrote down.
BY_NATURE = {"grassroots_organisation_too_small", "membership_without_decision"}


def broken(unit=None, day=DAY):
    return {breach.rule for breach in rules.check(unit, day)} - BY_NATURE


def test_the_cast_keeps_the_rules(cast):
    assert broken() == set()


def test_every_rule_has_a_name_words_and_a_text():
    assert len(rules.known) >= 30
    for code, one in rules.known.items():
        assert str(one.title) and str(one.citation)
        assert code == one.code


OFFICIAL = {"kind": "official"}


def _no_place(act, why, cast):
    end(MembershipPlace, act, {"person": cast.member, **OFFICIAL}, dt.date(2024, 4, 1), cause=why)


def _no_standing(act, why, cast):
    end(MembershipStanding, act, {"person": cast.member}, dt.date(2024, 4, 1), cause=why)


def _no_membership(act, why, cast):
    end(Membership, act, {"person": cast.member}, dt.date(2024, 4, 1), cause=why)


def _no_cell(act, why, cast):
    begin(Membership, act, dt.date(2024, 1, 1), person=cast.applicant)
    begin(MembershipStanding, act, dt.date(2024, 1, 1), person=cast.applicant, standing="full")
    begin(MembershipPlace, act, dt.date(2024, 1, 1), person=cast.applicant, unit=cast.commune, **OFFICIAL)


def _outside(act, why, cast):
    # Moved to another parent first: a body that ends leaves its members behind here.
    end(UnitPlacement, act, {"unit": cast.small_cell}, dt.date(2024, 6, 1), cause=why)
    derive_lineage(act, [cast.small_cell])


def _too_small(act, why, cast):
    end(MembershipPlace, act, {"person": cast.third_of_small, **OFFICIAL}, dt.date(2024, 4, 1), cause=why)
    for model in (Membership, MembershipStanding):
        end(model, act, {"person": cast.third_of_small}, dt.date(2024, 4, 1), cause=why)


def _too_young(act, why, cast):
    admitted = Cause.objects.create(kind="admitted")
    day = dt.date(2018, 6, 14)
    begin(Membership, act, day, person=cast.applicant, cause=admitted)
    begin(MembershipStanding, act, day, person=cast.applicant, standing="full")
    begin(MembershipPlace, act, day, person=cast.applicant, unit=cast.cell, **OFFICIAL)


def _no_kind(act, why, cast):
    end(UnitForm, act, {"unit": cast.youth_union}, dt.date(2024, 4, 1), cause=why)


def _no_name(act, why, cast):
    end(UnitName, act, {"unit": cast.youth_union, "language": "vi"}, dt.date(2024, 4, 1), cause=why)


def _wrong_kind(act, why, cast):
    row = UnitForm.objects.get(unit=cast.youth_union)
    correct(
        UnitForm,
        act,
        {"unit": cast.youth_union},
        row.period,
        {"kind": "district_party_organisation"},
        cause=why,
    )


def _doubled_body(act, why, cast):
    unit = Unit.objects.create(code="11.02")
    begin(UnitPlacement, act, dt.date(2020, 1, 1), unit=unit, parent=cast.province)
    begin(UnitForm, act, dt.date(2020, 1, 1), unit=unit, kind="organisation_committee")
    begin(UnitName, act, dt.date(2020, 1, 1), unit=unit, language="vi", text="Ban", folded="ban")
    derive_lineage(act, [unit])


def _no_custodian(act, why, cast):
    end(UnitPlacement, act, {"unit": cast.youth_union}, dt.date(2024, 4, 1), cause=why)
    derive_lineage(act, [cast.youth_union])


def _lineage(act, why, cast):
    UnitLineage.objects.filter(descendant=cast.cell, ancestor=cast.root).update(retracted=act.moment)


def _place_gone(act, why, cast):
    end(AreaPlacement, act, {"area": cast.firm}, dt.date(2024, 4, 1), cause=why)


def _village_gone(act, why, cast):
    end(AreaPlacement, act, {"area": cast.village}, dt.date(2024, 4, 1), cause=why)


def _post_gone(act, why, cast):
    end(PostExistence, act, {"post": cast.posts["auditor"]}, dt.date(2024, 4, 1), cause=why)


def _acting(act, why, cast):
    held = {"post": cast.posts["auditor"], "person": cast.auditor, "manner": "acting"}
    begin(Appointment, act, dt.date(2024, 4, 1), acting=True, **held)


def _erased(act, why, cast):
    Person.objects.filter(pk=cast.auditor.pk).update(erased=True)


def _kept_post(act, why, cast):
    """The secretary went to another cell and was not released here."""
    secretary = Appointment.objects.get(post=cast.posts["cell_secretary"]).person
    key = {"person": secretary, **OFFICIAL}
    change(MembershipPlace, act, key, dt.date(2024, 3, 1), {"unit": cast.other_cell}, cause=why)


def _doubled_number(act, why, cast):
    for day in (dt.date(2024, 1, 1), dt.date(2024, 2, 1)):
        Document.objects.create(
            number=1, symbol="1-QĐ/ThU", kind="decision", issuer=cast.district, day=day, recorded=act.moment
        )


def _case(cast, procedure="admission", **said):
    case = Case.objects.create(
        procedure=procedure,
        state=said.pop("state", "done"),
        unit=cast.cell,
        person=cast.member,
        opened_on=dt.date(2024, 1, 1),
        **said,
    )
    case.homes.create(unit=cast.cell, valid_from=case.opened_on, recorded=1, spell=case.pk)
    return case


def _bad_vote(act, why, cast):
    case = _case(cast, closed_on=dt.date(2024, 3, 1))
    Protocol.objects.create(
        case=case,
        unit=cast.cell,
        kind="admission_cell",
        day=dt.date(2024, 2, 1),
        agreed=True,
        moment=act.moment,
        rule="votes.admission_cell@2021-07-30",
        **votes(6, 3),
    )


def _no_vote(act, why, cast):
    _case(cast, closed_on=dt.date(2024, 3, 1))


def _introducer(act, why, cast):
    case = _case(cast, state="rejected", data={"introducers": [cast.probationary.pk]})
    CaseStep.objects.create(
        case=case, step="name_introducers", source="", target="", day=dt.date(2024, 2, 1), moment=act.moment
    )
    Case.objects.filter(pk=case.pk).update(closed_on=dt.date(2024, 3, 1))


def _late_transfer(act, why, cast):
    case = _case(cast, "transfer", state="sent")
    case.deadlines.create(kind="presentation", runs_from=case.opened_on, due=dt.date(2024, 3, 1), recorded=1)


def _late_decision(act, why, cast):
    case = _case(cast, state="file_complete")
    case.deadlines.create(kind="decision", runs_from=case.opened_on, due=dt.date(2024, 3, 1), recorded=1)


def _two_stories(act, why, cast):
    """What no verb would write: a second holder recorded while the first was still held true."""
    held = Appointment.objects.get(post=cast.posts["auditor"])
    Appointment.versions.filter(pk=held.pk).update(retracted=act.moment)
    same = {"post": held.post, "acting": False, "manner": "elected", "valid_from": held.valid_from}
    Appointment.objects.create(person=cast.member, recorded=held.recorded, spell=1, **same)


def _words(act, why, cast):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM registers_personname_words WHERE word = 'vinh'")


def _found(act, why, cast):
    Document.objects.create(symbol="7-NQ/ThU", folded="7-nq/thu", issuer_name="–", recorded=act.moment)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE registers_document_found SET number = 'x'")


@pytest.mark.parametrize(
    ("work", "rule", "others"),
    [
        (_found, "papers_found_differ", set()),
        (_words, "words_differ", set()),
        (_two_stories, "two_stories_at_once", set()),
        (_no_place, "member_without_place", set()),
        (_no_standing, "member_without_standing", set()),
        (_no_membership, "place_without_membership", set()),
        (_no_cell, "place_at_no_cell", set()),
        (_outside, "place_outside_body", {"post_outside_body"}),
        (_too_small, "cell_too_small", set()),
        (_too_young, "age_at_admission", set()),
        (_no_kind, "body_without_kind", set()),
        (_no_name, "body_without_name", set()),
        (_wrong_kind, "body_under_wrong_kind", set()),
        (_doubled_body, "body_doubled", set()),
        (_no_custodian, "ended_without_custodian", {"body_without_kind"}),
        (_lineage, "lineage_differs", set()),
        (_place_gone, "served_place_gone", set()),
        (_village_gone, "village_head_without_village", {"served_place_gone"}),
        (_post_gone, "appointment_outside_post", set()),
        (_acting, "acting_for_oneself", set()),
        (_erased, "post_holder_erased", set()),
        (_kept_post, "post_kept_after_transfer", set()),
        (_doubled_number, "document_number_doubled", set()),
        (_bad_vote, "protocol_below_rule", set()),
        (_no_vote, "admitted_without_vote", set()),
        (_introducer, "introducer_not_qualified", set()),
        (_late_transfer, "transfer_overdue", set()),
        (_late_decision, "decision_overdue", set()),
    ],
)
def test_a_rule_finds_what_breaks_it(cast, work, rule, others):
    with writing(door="test") as act:
        work(act, Cause.objects.create(kind="other"), cast)
    found = broken()
    assert rule in found
    assert found - {rule} <= others


def test_probation_is_overdue_after_its_working_days(cast):
    assert "probation_overdue" not in broken(day=dt.date(2024, 10, 1))
    (breach,) = [b for b in rules.check(day=dt.date(2024, 11, 1)) if b.rule == "probation_overdue"]
    assert (breach.type, breach.id, breach.since) == ("person", cast.probationary.pk, dt.date(2024, 9, 1))


def test_probation_of_a_restored_member_runs_on_and_is_considered_after_the_return(cast):
    """Standing in pieces began with the first; while the membership was taken for ended nobody could meet."""
    person = {"person": cast.probationary}
    place = {**person, "kind": "official"}
    with writing(door="test") as act:
        why = Cause.objects.create(kind="restored")
        row = MembershipStanding.objects.get(**person)
        gone = dt.date(2024, 7, 1)
        end(MembershipStanding, act, person, gone, cause=why)
        begin(MembershipStanding, act, gone, spell=row.spell, standing="probationary", **person)
        end(MembershipPlace, act, place, gone, cause=why)
        begin(MembershipPlace, act, dt.date(2024, 10, 20), unit=cast.cell, cause=why, **place)
    assert "probation_overdue" not in broken(day=dt.date(2024, 11, 1))
    (breach,) = [b for b in rules.check(day=dt.date(2024, 12, 20)) if b.rule == "probation_overdue"]
    assert (breach.id, breach.since) == (cast.probationary.pk, dt.date(2024, 9, 1))


def test_a_grassroots_cell_of_thirty_is_too_large(cast):
    with writing(door="test") as act:
        for _number in range(27):
            person = Person.objects.create()
            begin(Membership, act, dt.date(2020, 1, 1), person=person)
            begin(MembershipStanding, act, dt.date(2020, 1, 1), person=person, standing="full")
            begin(MembershipPlace, act, dt.date(2020, 1, 1), person=person, unit=cast.firm_cell, **OFFICIAL)
    (breach,) = [b for b in rules.check(day=DAY) if b.rule == "grassroots_cell_too_large"]
    assert (breach.id, breach.note, breach.label) == (cast.firm_cell.pk, "30", "Chi bộ Công ty Hoa Ban")


def test_breaches_are_listed_for_a_body_and_what_lies_under_it(cast):
    with writing(door="test") as act:
        _too_small(act, Cause.objects.create(kind="died"), cast)
    assert "cell_too_small" in broken(cast.district)
    assert "cell_too_small" not in broken(cast.other_district)
    assert "cell_too_small" not in broken(day=dt.date(2024, 3, 1))


def test_people_are_numbers_unless_names_may_be_read(cast):
    with writing(door="test") as act:
        _no_standing(act, Cause.objects.create(kind="other"), cast)
    (breach,) = rules.check(day=DAY, rules=["member_without_standing"])
    assert breach.label == f"#{cast.member.pk}, Chi bộ bản Noong Bua"
    (breach,) = rules.check(day=DAY, rules=["member_without_standing"], names=True)
    assert breach.label == "Cà Thị Xuân, Chi bộ bản Noong Bua"


def test_a_breach_says_since_when(cast):
    with writing(door="test") as act:
        _too_small(act, Cause.objects.create(kind="died"), cast)
    (breach,) = rules.check(day=DAY, rules=["cell_too_small"])
    assert (breach.since, breach.note) == (dt.date(2024, 4, 1), "2")
    small = rules.check(cast.commune, DAY, rules=["grassroots_organisation_too_small"])
    assert [one.since for one in small] == [ADMITTED]
