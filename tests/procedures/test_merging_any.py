"""Whatever two records say: merged they contradict nothing, and parted again everything is as before."""

import datetime as dt

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orgwork.foundation.dates import begin, contradictions
from orgwork.foundation.moments import horizon, writing
from orgwork.foundation.refusals import Refusal, Stale
from orgwork.procedures import merging
from orgwork.procedures.four_eyes import confirm
from orgwork.procedures.people_entry import enter_contact
from orgwork.registers import people
from orgwork.registers.aliases import PersonAlias, survivor_of
from orgwork.registers.members import MemberCard, Membership, MembershipPlace, MembershipStanding
from orgwork.registers.people import ALL_LIFE, Person, PersonContact, PersonName, PersonParticulars
from orgwork.registers.record import Cause
from tests.procedures.test_merging import DAY, WHY, double_of
from tests.threads import at_once

TABLES = (
    PersonName, PersonParticulars, PersonContact, Membership, MembershipStanding, MembershipPlace, MemberCard,
)  # fmt: skip
FIRST = dt.date(2015, 1, 1)

cuts = st.lists(st.integers(0, 40), min_size=0, max_size=5, unique=True).map(sorted)
lives = st.builds(
    dict, member=cuts, places=cuts, card=cuts, contact=cuts, given=st.sampled_from(["Xuân", "Xoan"]),
    cells=st.lists(st.booleans(), min_size=6, max_size=6), still=st.booleans(),
)  # fmt: skip
choices = st.fixed_dictionaries(
    {code: st.sampled_from(list(merging.CHOICES)) for code in ("name", "membership", "cards", "contact")}
)


def stretches(cuts, still):
    """Every second stretch between the cuts; the last one may still go on."""
    days = [FIRST + dt.timedelta(days=60 * cut) for cut in cuts]
    pairs = list(zip(days[::2], days[1::2], strict=False))
    if len(days) % 2 and still:
        pairs.append((days[-1], None))
    return pairs


def live(act, cast, life, number):
    """Somebody to whom all this happened."""
    person = Person.objects.create()
    why = Cause.objects.create(kind="admitted")
    gone = Cause.objects.create(kind="left")
    begin(
        PersonName, act, ALL_LIFE, person=person, cause=why, **people.name_values("Cà", "Thị", life["given"])
    )
    born = {"sex": "f", "birth": dt.date(1990, 7, 7), "birth_precision": "day"}
    begin(PersonParticulars, act, ALL_LIFE, person=person, cause=why, **born)
    cells = [cast.cell if here else cast.small_cell for here in life["cells"]]
    for model, cuts, said in (
        (Membership, life["member"], lambda nr: {}),
        (MembershipStanding, life["member"], lambda nr: {"standing": "full" if nr else "probationary"}),
        (MembershipPlace, life["places"], lambda nr: {"unit": cells[nr], "kind": "official"}),
        (MemberCard, life["card"], lambda nr: {"number": f"11{number}{nr}"}),
        (PersonContact, life["contact"], lambda nr: {"phone": f"09{nr}"}),
    ):
        for nr, (start, until) in enumerate(stretches(cuts, life["still"])):
            ends = {"until": until, "until_cause": gone if until else None}
            begin(model, act, start, person=person, cause=why, **ends, **said(nr))
    return person


def held(*persons, known_at=None):
    """Everything that is said of these people, whoever recorded it and when."""
    return {
        model: sorted(
            tuple(str(getattr(row, name)) for name in said_by(model))
            for row in model.objects.at(known_at).filter(person__in=persons)
        )
        for model in TABLES
    }


def said_by(model) -> list[str]:
    """Columns of a table apart from those that say who knew it when."""
    columns = [field.attname for field in model._meta.concrete_fields]
    return [name for name in columns if name not in ("id", "recorded", "retracted")]


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(one=lives, two=lives, decided=choices)
def test_merged_and_parted_everything_is_as_before(cast, one, two, decided):
    before_all = transaction.savepoint()
    try:
        _merged_and_parted(cast, one, two, decided)
    finally:
        transaction.savepoint_rollback(before_all)


def _merged_and_parted(cast, one, two, decided):
    with writing(door="test") as act:
        person, other = live(act, cast, one, 1), live(act, cast, two, 2)
    known, before = horizon(), held(person, other)
    with writing(door="test") as act:
        act.cleared = True
        merging.merge(within=act, day=DAY, person=person, other=other, reason=WHY, **decided)
    assert not [contradictions(model) for model in TABLES if contradictions(model)]
    assert not any(held(other).values())
    assert held(person, other, known_at=known) == before
    covered(person, before, decided)
    with writing(door="test") as act:
        act.cleared = True
        merging.unmerge(within=act, day=DAY, other=Person.objects.get(pk=other.pk), reason=WHY)
    assert held(person, other) == before
    assert held(person, other, known_at=known) == before
    assert not PersonAlias.objects.exists()


def covered(person, before, decided):
    """Where both are kept, every day of either is a day of the one that stays, and no other."""
    if not decided["membership"].endswith("first"):
        return
    names = said_by(Membership)
    start, end = names.index("valid_from"), names.index("valid_to")
    wanted = {(row[start], row[end]) for row in before[Membership]}
    for month in range(42):
        day = FIRST + dt.timedelta(days=60 * month + 1)
        told = any(s <= str(day) and (e == "None" or str(day) < e) for s, e in wanted)
        assert Membership.objects.on(day).filter(person=person).exists() == told


@pytest.mark.postgres
def test_two_mergings_that_cross_make_no_loop(live_cast):
    """One merges A into B, the other B into A at the same moment: one of them is told to look again."""
    one, two = double_of(live_cast.member), double_of(live_cast.member)
    proposals = [
        merging.merge(actor=live_cast.account("district_officer"), day=DAY, person=p, other=o, reason=WHY)
        for p, o in ((one, two), (two, one))
    ]
    told = []

    def go(number):
        try:
            confirm(proposals[number], actor=live_cast.account("provincial_officer"), door="test")
        except Refusal as refusal:
            told.append(refusal)

    at_once(go, 2)
    assert PersonAlias.objects.count() == 1
    assert len(told) == 1
    gone = PersonAlias.objects.get()
    assert survivor_of(one.pk) == survivor_of(two.pk) == gone.survivor_id


@pytest.mark.postgres
def test_three_mergings_in_a_circle_make_no_loop(live_cast):
    three = [double_of(live_cast.member) for _n in range(3)]
    proposals = [
        merging.merge(
            actor=live_cast.account("district_officer"), day=DAY, person=three[n], other=three[(n + 1) % 3],
            reason=WHY,
        )
        for n in range(3)
    ]  # fmt: skip

    def go(number):
        try:
            confirm(proposals[number], actor=live_cast.account("provincial_officer"), door="test")
        except Refusal:
            pass

    at_once(go, 3)
    stands = {survivor_of(person.pk) for person in three}
    assert len(stands) + PersonAlias.objects.count() == 3
    assert stands == set(
        Person.objects.filter(pk__in=[p.pk for p in three], merged=False).values_list("pk", flat=True)
    )


def test_whoever_waited_for_a_record_that_was_merged_is_told(cast):
    """The form was filled in with the old record; it was merged before the step had its lock."""
    twin = double_of(cast.member)
    held_on_to = Person.objects.get(pk=twin.pk)
    with writing(door="test") as act:
        act.cleared = True
        merging.merge(within=act, day=DAY, person=cast.member, other=twin, reason=WHY)
    assert not held_on_to.merged  # as it was when it was read
    with pytest.raises(Stale, match="merged"):
        enter_contact(actor=cast.account("cell_secretary"), day=DAY, person=held_on_to, phone="0900")
    assert not PersonContact.objects.filter(person=twin).exists()
