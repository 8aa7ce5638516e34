"""Possible doubles are shown with the signs for it, never on a name alone, and stay away once told apart."""

import datetime as dt

from orgwork.foundation import jobs
from orgwork.foundation.dates import begin
from orgwork.foundation.moments import writing
from orgwork.procedures import doubles, merging
from orgwork.registers import people
from orgwork.registers.members import MemberCard
from orgwork.registers.people import ALL_LIFE, Person, PersonContact, PersonName, PersonParticulars

DAY = dt.date(2024, 3, 4)
BORN = dt.date(1990, 7, 7)


def record(name=("Cà", "Thị", "Xuân"), birth=BORN, precision="day", phone="", card=""):
    """Somebody's second record, or a namesake's."""
    with writing(door="test") as act:
        person = Person.objects.create()
        begin(PersonName, act, ALL_LIFE, person=person, **people.name_values(*name))
        born = {"sex": "f", "birth": birth, "birth_precision": precision}
        begin(PersonParticulars, act, ALL_LIFE, person=person, **born)
        if phone:
            begin(PersonContact, act, ALL_LIFE, person=person, phone=phone)
        if card:
            begin(MemberCard, act, DAY, person=person, number=card)
    return person


def give(person, phone="", card=""):
    with writing(door="test") as act:
        if phone:
            begin(PersonContact, act, ALL_LIFE, person=person, phone=phone)
        if card:
            begin(MemberCard, act, dt.date(2016, 6, 1), person=person, number=card, until=DAY)


def found(cast, unit=None, **more):
    pairs = doubles.find(unit or cast.commune, DAY, **more)
    return [(one.first, one.second, one.signs) for one in pairs]


def test_a_name_alone_is_no_sign(cast):
    # The cast has two people called Lò Văn Inh, born in different years.
    assert found(cast) == []
    record(birth=dt.date(1991, 7, 7))
    assert found(cast) == []


def test_the_name_in_any_order_with_the_birth(cast):
    other = record(name=("xuan", "ca", "THI"))
    assert found(cast) == [(cast.member.pk, other.pk, ["name_birth"])]
    assert found(cast, cast.small_cell) == []
    assert [one.second for one in doubles.find(cast.root, DAY)] == [other.pk]
    assert [one.first for one in doubles.of_person(other)] == [cast.member.pk]
    assert str(doubles.of_person(other)[0].why[0]) == "same name and birth"


def test_a_birth_known_to_the_year_does_not_contradict(cast):
    year = record(birth=dt.date(1990, 1, 1), precision="year")
    record(birth=dt.date(1990, 8, 1), precision="month")
    assert found(cast) == [(cast.member.pk, year.pk, ["name_birth"])]


def test_the_same_card_number_is_a_sign_of_its_own(cast):
    give(cast.member, card="11000017")
    other = record(name=("Cà", "", "Suân"), birth=dt.date(1989, 1, 1), card="11 000017")
    assert [(one[1], one[2]) for one in found(cast, cast.root)] == [(other.pk, ["card"])]


def test_a_telephone_only_with_the_name_or_the_birth(cast):
    give(cast.member, phone="0912 345 678")
    name = record(birth=dt.date(1960, 1, 1), phone="+84 912 345 678")
    birth = record(name=("Lò", "Thị", "Mỷ"), phone="0912.345.678")
    record(name=("Vì", "", "Păn"), birth=dt.date(1961, 1, 1), phone="0912345678")
    assert {(one[1], *one[2]) for one in found(cast) if one[0] == cast.member.pk} == {
        (name.pk, "phone_name"),
        (birth.pk, "phone_birth"),
    }


def test_not_the_same_is_remembered_and_shown_when_asked_for(cast):
    other = record()
    merging.tell_apart(
        actor=cast.account("national_officer"), day=DAY, person=cast.member, other=other, reason="Twins"
    )
    assert found(cast) == []
    (one,) = doubles.find(cast.commune, DAY, apart=True)
    assert one.apart and one.second == other.pk


def test_whoever_was_merged_is_no_double_any_more(cast):
    other = record()
    with writing(door="test") as act:
        act.cleared = True
        merging.merge(within=act, day=DAY, person=cast.member, other=other, reason="x")
    assert found(cast, cast.root) == []


def test_a_large_register_is_searched_in_the_background_and_the_result_is_kept(cast, monkeypatch):
    """What was merged, erased or decided since the search is not shown again."""
    other, third = record(name=("xuan", "ca", "THI")), record()
    actor = cast.account("district_officer")
    assert not doubles.takes_long(cast.commune, DAY)
    monkeypatch.setattr(doubles, "SMALL", 5)
    monkeypatch.setattr(doubles, "FEW", 3)
    assert doubles.takes_long(cast.commune, DAY) and doubles.takes_long(cast.root, DAY)
    assert doubles.kept(cast.commune) == (None, [])
    job = doubles.begin(cast.commune, actor=actor)
    assert doubles.begin(cast.commune, actor=actor) == job
    jobs.perform(job.pk)
    kept, found = doubles.kept(cast.commune)
    assert (kept, kept.result["pairs"]) == (job, 2)
    pairs = {(one.first, one.second) for one in found}
    assert pairs == {(cast.member.pk, other.pk), (cast.member.pk, third.pk)}
    officer = cast.account("national_officer")
    merging.tell_apart(person=cast.member, other=other, reason="twins", actor=officer, day=DAY)
    Person.objects.filter(pk=third.pk).update(erased=True)
    assert doubles.kept(cast.commune)[1] == []
    assert [one.second for one in doubles.kept(cast.commune, apart=True)[1]] == [other.pk]
