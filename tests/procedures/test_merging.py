"""Two records of one person become one, and the merging is undone exactly while nothing rests on it."""

import datetime as dt

import pytest

from orgwork.foundation import journal
from orgwork.foundation.dates import begin, change
from orgwork.foundation.moments import horizon, writing
from orgwork.foundation.refusals import NotAllowed, Stale
from orgwork.insight import frame
from orgwork.procedures import correction, merging, people_entry, transfer
from orgwork.procedures.cases import Case
from orgwork.procedures.four_eyes import confirm
from orgwork.registers import people
from orgwork.registers.access import AccountPerson
from orgwork.registers.aliases import PeopleApart, PersonAlias, identities, survivor_of
from orgwork.registers.appointments import Appointment
from orgwork.registers.members import MemberCard, Membership, MembershipPlace, MembershipStanding
from orgwork.registers.people import ALL_LIFE, Person, PersonContact, PersonName, PersonParticulars
from orgwork.registers.record import Cause
from tests.procedures.told import refused

DAY = dt.date(2024, 3, 4)
WHY = "Taken over twice, from two lists"


def double_of(person, unit=None, *, since=dt.date(2018, 3, 3), until=None, given="Xuân"):
    """A second record of somebody: another name, the same birth, perhaps a membership of its own."""
    with writing(door="test") as act:
        twin = Person.objects.create()
        entered = Cause.objects.create(kind="other")
        names = people.name_values("Cà", "Thị", given)
        begin(PersonName, act, ALL_LIFE, person=twin, cause=entered, **names)
        row = PersonParticulars.objects.get(person=person)
        born = {"sex": row.sex, "birth": row.birth, "birth_precision": row.birth_precision}
        begin(PersonParticulars, act, ALL_LIFE, person=twin, cause=entered, **born)
        said = [(("person", twin.pk), {"unit": "03127.01"})]
        journal.record(act, "person.enter", day=act.day, subjects=said)
        if unit is not None:
            why = Cause.objects.create(kind="admitted")
            gone = Cause.objects.create(kind="transferred_out") if until else None
            ends = {"until": until, "until_cause": gone}
            begin(Membership, act, since, person=twin, cause=why, **ends)
            begin(MembershipStanding, act, since, person=twin, standing="full", cause=why, **ends)
            begin(MembershipPlace, act, since, person=twin, unit=unit, kind="official", cause=why, **ends)
    return twin


def propose(cast, person, other, *, by="district_officer", **said):
    said = {"reason": WHY} | said
    return merging.merge(actor=cast.account(by), day=DAY, person=person, other=other, **said)


def merge(cast, person, other, *, second="provincial_officer", **said):
    """Proposed by the officer of the district, confirmed by the one of the province."""
    return confirm(propose(cast, person, other, **said), actor=cast.account(second), door="test")


def unmerge(cast, other, *, by="district_officer", second="provincial_officer"):
    said = {"other": Person.objects.get(pk=other.pk), "reason": "Two people after all"}
    proposal = merging.unmerge(actor=cast.account(by), day=DAY, **said)
    return confirm(proposal, actor=cast.account(second), door="test")


def days(model, person, *names):
    rows = model.objects.filter(person=person).order_by("valid_from")
    return [(row.valid_from, row.valid_to, *(getattr(row, name) for name in names)) for row in rows]


def test_the_rows_pass_to_the_record_that_stays(cast):
    twin = double_of(cast.member)
    with writing(door="test") as act:
        begin(PersonContact, act, ALL_LIFE, person=twin, phone="0912 345 678")
        begin(MemberCard, act, dt.date(2016, 6, 1), person=twin, number="11000001")
    before = horizon()
    merge(cast, cast.member, twin)
    assert PersonContact.objects.get(person=cast.member).phone == "0912 345 678"
    assert MemberCard.objects.get(person=cast.member).number == "11000001"
    assert not PersonContact.objects.filter(person=twin).exists()
    # As known before, both are still there.
    assert MemberCard.objects.on(DAY, known_at=before).get().person == twin
    assert Person.objects.get(pk=twin.pk).merged


def test_the_other_number_leads_to_the_one_that_stays(cast):
    twin = double_of(cast.member)
    before = horizon()
    merge(cast, cast.member, twin)
    assert survivor_of(twin.pk) == cast.member.pk
    assert survivor_of(twin.pk, known_at=before) == twin.pk
    assert identities(cast.member) == [cast.member.pk, twin.pk]
    # A step that is handed the old number means the record that stands now.
    old = Person.objects.get(pk=twin.pk)
    people_entry.enter_contact(actor=cast.account("cell_secretary"), day=DAY, person=old, phone="0900")
    assert PersonContact.objects.get().person == cast.member


def test_what_differs_on_the_same_days_is_decided_by_a_person(cast):
    twin = double_of(cast.member, cast.small_cell, given="Xoan")
    refused(merge, cast, cast.member, twin, field="name", code="to_be_decided")
    refused(merge, cast, cast.member, twin, name="other", field="membership", code="to_be_decided")
    merge(cast, cast.member, twin, name="other", membership="stays")
    assert PersonName.objects.get(person=cast.member).given == "Xoan"
    assert days(MembershipPlace, cast.member, "unit") == [(dt.date(2015, 5, 19), None, cast.cell)]


def test_only_the_other_record_s_days(cast):
    twin = double_of(cast.member, cast.small_cell)
    merge(cast, cast.member, twin, membership="other")
    assert days(Membership, cast.member) == [(dt.date(2018, 3, 3), None)]
    assert days(MembershipPlace, cast.member, "unit") == [(dt.date(2018, 3, 3), None, cast.small_cell)]


def test_both_with_the_other_first_fills_the_days_before(cast):
    twin = double_of(cast.member, cast.small_cell)
    merge(cast, cast.member, twin, membership="other_first")
    # The membership goes on: one record since the first admission. The cell changes by correction.
    assert days(Membership, cast.member) == [(dt.date(2015, 5, 19), None)]
    first, second = MembershipPlace.objects.filter(person=cast.member).order_by("valid_from")
    assert (first.unit, first.valid_to) == (cast.cell, dt.date(2018, 3, 3))
    assert second.unit == cast.small_cell
    assert {first.ended_by.kind, second.begun_by.kind} == {"corrected"}
    assert Membership.objects.get(person=cast.member).begun_by.kind == "admitted"


def test_whoever_was_sent_away_and_came_again_is_one_life(cast):
    """The record in one cell ends by a transfer out; the other begins where it came in again."""
    with writing(door="test") as act:
        gone = Cause.objects.create(kind="transferred_out")
        for model, key in (
            (Membership, {}),
            (MembershipStanding, {}),
            (MembershipPlace, {"kind": "official"}),
        ):
            from orgwork.foundation.dates import end

            end(model, act, {"person": cast.member, **key}, dt.date(2018, 3, 3), cause=gone)
    twin = double_of(cast.member, cast.small_cell)
    merge(cast, cast.member, twin)
    assert days(MembershipPlace, cast.member, "unit") == [
        (dt.date(2015, 5, 19), dt.date(2018, 3, 3), cast.cell),
        (dt.date(2018, 3, 3), None, cast.small_cell),
    ]
    first = MembershipPlace.objects.filter(person=cast.member).earliest("valid_from")
    assert first.ended_by.kind == "transferred_out"


@pytest.mark.parametrize("choice", ["stays", "other", "stays_first", "other_first"])
def test_figures_close_and_count_the_person_once(cast, choice):
    twin = double_of(cast.member, cast.small_cell, until=dt.date(2023, 1, 1))
    stock = frame.compute("members.stock", cast.province, on=dt.date(2020, 1, 1)).value
    merge(cast, cast.member, twin, membership=choice)
    assert frame.compute("members.stock", cast.province, on=dt.date(2020, 1, 1)).value == stock - 1
    for unit in (cast.province, cast.cell, cast.small_cell):
        for first, last in ((2015, 2016), (2016, 2019), (2018, 2022), (2016, 2024)):
            assert closes(unit, dt.date(first, 1, 1), dt.date(last, 12, 31)), (unit, first, last)


def closes(unit, first, last) -> bool:
    from orgwork.foundation.dates import DAY as ONE
    from orgwork.foundation.dates import Period
    from orgwork.registers.figures.members import DECREASES, INCREASES

    def value(code, **when):
        return frame.compute(code, unit, **when).value

    period = Period.days(first, last)
    flows = sum(value(code, period=period) for code in INCREASES)
    flows -= sum(value(code, period=period) for code in DECREASES)
    return value("members.stock", on=first - ONE) + flows == value("members.stock", on=last)


def test_cases_accounts_and_posts_come_along(cast):
    twin = double_of(cast.member, cast.small_cell)
    case = transfer.open_transfer(
        actor=cast.account("first_of_small"), day=DAY, person=twin, target=cast.other_cell
    )
    with writing(door="test") as act:
        key = {"post": cast.posts["teacher"], "acting": False}
        change(Appointment, act, key, DAY, {"person": twin}, cause=Cause.objects.create(kind="elected"))
    AccountPerson.objects.filter(person=cast.outsider).update(person=twin)
    merge(cast, cast.member, twin, membership="other")
    assert Case.objects.get(pk=case.pk).person == cast.member
    assert Appointment.objects.on(DAY).get(post=cast.posts["teacher"]).person == cast.member
    assert AccountPerson.objects.get(account__username="outsider").person == cast.member
    unmerge(cast, twin)
    assert Case.objects.get(pk=case.pk).person == twin
    assert Appointment.objects.on(DAY).get(post=cast.posts["teacher"]).person == twin
    assert AccountPerson.objects.get(account__username="outsider").person == twin


def test_two_open_cases_of_a_kind_stand_against_it(cast):
    twin = double_of(cast.member, cast.small_cell)
    for person, by in ((cast.member, "cell_secretary"), (twin, "first_of_small")):
        transfer.open_transfer(actor=cast.account(by), day=DAY, person=person, target=cast.other_cell)
    refused(merge, cast, cast.member, twin, membership="stays", field="other", code="case_open")


def test_it_takes_the_power_over_both(cast):
    twin = double_of(cast.other_member, cast.cell)
    decided = {"name": "stays", "membership": "stays", "error": NotAllowed}
    for by in ("district_officer", "other_officer"):
        refused(propose, cast, cast.other_member, twin, by=by, **decided)
        refused(propose, cast, twin, cast.other_member, by=by, **decided)
    for by in ("cell_secretary", "commune_secretary", "protection_officer", "administrator", "outsider"):
        refused(propose, cast, cast.member, cast.teacher, by=by, **decided)
    proposal = propose(
        cast, twin, cast.other_member, by="provincial_officer", name="stays", membership="other"
    )
    for second in ("provincial_officer", "district_officer", "other_officer", "auditor"):
        refused(confirm, proposal, actor=cast.account(second), door="test", error=NotAllowed)
    confirm(proposal, actor=cast.account("national_officer"), door="test")
    refused(unmerge, cast, cast.other_member, by="other_officer", error=NotAllowed)
    refused(unmerge, cast, cast.other_member, by="district_officer", error=NotAllowed)
    said = {"by": "provincial_officer", "second": "national_officer"}
    assert unmerge(cast, cast.other_member, **said) == cast.other_member


def test_nobody_merges_a_record_of_their_own(cast):
    twin = double_of(cast.member, cast.cell)
    AccountPerson.objects.filter(account__username="district_officer").update(person=cast.member)
    with writing(door="test") as act:
        key = {"post": cast.posts["district_officer"], "acting": False}
        change(
            Appointment,
            act,
            key,
            dt.date(2020, 1, 1),
            {"person": cast.member},
            cause=Cause.objects.create(kind="x"),
        )
    refused(merge, cast, cast.member, twin, membership="stays", code="own_record")


def test_one_and_the_same_record_is_refused(cast):
    refused(merge, cast, cast.member, cast.member, code="same")
    twin = double_of(cast.member)
    merge(cast, cast.member, twin)
    refused(merge, cast, cast.member, Person.objects.get(pk=twin.pk), code="same")


def test_not_the_same_is_remembered_until_it_is_taken_back(cast):
    actor = cast.account("district_officer")
    both = {"person": cast.second_of_small, "other": cast.first_of_small}
    merging.tell_apart(actor=actor, day=DAY, reason="Born in different years", **both)
    row = PeopleApart.objects.get()
    assert row.first_id < row.second_id and row.begun_by.text == "Born in different years"
    refused(merge, cast, cast.first_of_small, cast.second_of_small, particulars="stays", code="apart")
    merging.maybe_same(actor=actor, day=DAY, reason="Looked at the wrong file", **both)
    assert not PeopleApart.objects.exists()
    refused(merging.maybe_same, actor=actor, day=DAY, reason="x", code="nothing_there", **both)
    merge(cast, cast.first_of_small, cast.second_of_small, particulars="stays", membership="stays")


def test_what_was_shown_must_still_be_so(cast):
    twin = double_of(cast.member)
    seen = merging.fingerprint(cast.member, twin)
    assert merging.fingerprint(twin, cast.member) == seen
    correction.correct_name(
        actor=cast.account("district_officer"), day=DAY, person=cast.member, family="Cà", middle="Thị",
        given="Xuyến", reason="a slip", document=cast.words(),
    )  # fmt: skip
    refused(merge, cast, cast.member, twin, name="stays", seen=seen, error=Stale)
    merge(cast, cast.member, twin, name="stays", seen=merging.fingerprint(cast.member, twin))


def test_undoing_says_what_rests_on_it(cast):
    twin = double_of(cast.member, cast.small_cell)
    merge(cast, cast.member, twin, membership="other")
    case = transfer.open_transfer(
        actor=cast.account("first_of_small"), day=DAY, person=cast.member, target=cast.other_cell
    )
    letter = {"symbol": "12-GT/ĐU", "issuer": cast.commune}
    transfer.send(case, actor=cast.account("first_of_small"), day=DAY, document=letter)
    transfer.receive(case, actor=cast.account("other_secretary"), day=DAY)
    told = refused(unmerge, cast, twin, by="provincial_officer", code="rests_on_it")
    assert "place of membership" in str(told)


def test_merged_twice_it_is_undone_the_other_way_round(cast):
    one, two = double_of(cast.member), double_of(cast.member)
    merge(cast, one, two)
    merge(cast, cast.member, one)
    assert survivor_of(two.pk) == cast.member.pk
    assert identities(cast.member) == [cast.member.pk, one.pk, two.pk]
    told = refused(unmerge, cast, two, code="rests_on_it")
    assert str(cast.member.pk) in str(told)
    unmerge(cast, one)
    unmerge(cast, two)
    assert identities(cast.member) == [cast.member.pk]
    assert not PersonAlias.objects.exists()


def test_the_journal_tells_both(cast):
    twin = double_of(cast.member, cast.small_cell)
    merge(cast, cast.member, twin, membership="other")
    said = journal.history("person", cast.member.pk).filter(verb="person.merge").get().content
    assert (said["merged"], said["decided"]) == (twin.pk, {"membership": "other"})
    of_twin = journal.history("person", twin.pk)
    assert of_twin.filter(verb="person.merge").get().content["into"] == cast.member.pk
    unmerge(cast, twin)
    assert of_twin.filter(verb="person.unmerge").get().content["parted_from"] == cast.member.pk


def test_every_table_that_moves_can_be_moved():
    """Dated rows with a person of their own pass on; one column is turned; nothing else is promised."""
    from orgwork.foundation.dates import Dated

    for table in merging.moving():
        assert issubclass(table.model, Dated), f"{table.code} is not dated: say REPOINT, STAY or DERIVED"
        assert table.persons and not [one for one in table.persons if "__" in one], table.code
        assert {f.attname for f in table.model._meta.concrete_fields} >= {
            "spell",
            "begun_by_id",
            "ended_by_id",
        }
    for table in merging.turning():
        assert len(table.persons) == 1 and "__" not in table.persons[0], table.code
    known = {table.code for table in merging.moving()}
    assert {code for _label, _act, tables in merging.GROUPS.values() for code in tables} <= known
