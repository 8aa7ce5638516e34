"""Two people: the second sees what will happen, is entitled, is another, and stands in for nobody here."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from orgwork.foundation import journal
from orgwork.foundation.accounts import Account
from orgwork.foundation.dates import end
from orgwork.foundation.moments import writing
from orgwork.foundation.refusals import NotAllowed, Stale
from orgwork.procedures import correction, four_eyes, lending
from orgwork.procedures.proposals import Proposal, ProposalState
from orgwork.registers.access import AccountPerson
from orgwork.registers.appointments import Appointment
from orgwork.registers.members import Membership
from orgwork.registers.people import Person
from orgwork.registers.record import Cause
from tests.procedures.test_erasure import proposed, rejected
from tests.procedures.told import refused

TODAY = dt.date.today()


def corrected(cast, actor="district_officer", since=dt.date(2015, 6, 1)):
    return correction.correct_admission_day(
        actor=cast.account(actor), day=dt.date(2024, 6, 3), person=cast.member, since=since, reason="x",
        document={"symbol": "9-QĐ", "issuer_name": "–", "day": since},
    )  # fmt: skip


def admitted(cast):
    return Membership.objects.get(person=cast.member).valid_from


def test_the_first_writes_nothing_but_a_proposal(cast):
    entries = journal.Entry.objects.count()
    made = corrected(cast)
    assert isinstance(made, Proposal) and made.state == "waiting" and made.person == cast.member
    assert admitted(cast) == dt.date(2015, 5, 19)
    assert journal.Entry.objects.count() == entries + 1
    assert made.inputs["since"] == "2015-06-01"


def test_what_would_be_refused_is_refused_to_the_first(cast):
    refused(corrected, cast, since=dt.date(2015, 5, 19), code="already_there")
    assert not Proposal.objects.exists()


def test_the_second_sees_what_will_happen_and_does_it(cast):
    made, second = corrected(cast), cast.account("provincial_officer")
    seen = four_eyes.what_will_happen(made, actor=second, door="test")
    assert [one["verb"] for one in seen.entries] == ["correction.admission_day"]
    assert any(kind == "written" for _table, kind, _rows in seen.tables)
    assert admitted(cast) == dt.date(2015, 5, 19)
    four_eyes.confirm(made, actor=second, door="test")
    assert admitted(cast) == dt.date(2015, 6, 1)
    made.refresh_from_db()
    assert (made.state, made.inputs, made.decided_by) == ("confirmed", {}, second)
    with pytest.raises(Stale):
        four_eyes.confirm(made, actor=second, door="test")


def test_a_young_admission_day_needs_one_person(cast, monkeypatch):
    monkeypatch.setattr(four_eyes, "_months_between", lambda first, last: 3)
    assert not isinstance(corrected(cast), Proposal)
    assert admitted(cast) == dt.date(2015, 6, 1)


@pytest.mark.parametrize(
    "somebody",
    [None, "district_officer", "cell_secretary", "administrator", "auditor", "outsider", "other_officer"],
)
def test_nobody_else_is_a_second_person(cast, somebody):
    made = corrected(cast)
    for act in (four_eyes.confirm, lambda *a, **k: four_eyes.decline(*a, remark="x", **k)):
        refused(act, made, actor=cast.account(somebody), door="test", error=NotAllowed)
    assert admitted(cast) == dt.date(2015, 5, 19)


def test_a_second_account_of_the_same_person_is_no_second_person(cast):
    made = corrected(cast, "provincial_officer")
    again = Account.objects.create_user("again")
    AccountPerson.objects.create(account=again, person=cast.provincial_officer)
    refused(four_eyes.confirm, made, actor=again, door="test", error=NotAllowed)


def test_who_stands_in_for_the_first_is_no_second_person(cast):
    """Nor the other way round: the holder does not confirm what the stand-in proposed."""
    lent = lending.lend(
        actor=cast.account("district_officer"), day=TODAY, post=cast.posts["district_officer"],
        stand_in=cast.cell_secretary, since=TODAY, until=TODAY, acts=["correction.make"],
    )  # fmt: skip
    lending.accept(actor=cast.account("cell_secretary"), day=TODAY, lending=lent.pk)
    made = corrected(cast)
    refused(four_eyes.confirm, made, actor=cast.account("cell_secretary"), door="test", error=NotAllowed)
    four_eyes.withdraw(made, actor=cast.account("district_officer"), door="test")
    made = corrected(cast, "cell_secretary")
    assert made.made_for == cast.district_officer
    refused(four_eyes.confirm, made, actor=cast.account("district_officer"), door="test", error=NotAllowed)
    four_eyes.confirm(made, actor=cast.account("provincial_officer"), door="test")


def test_declined_and_withdrawn_do_nothing(cast):
    made = corrected(cast)
    refused(four_eyes.withdraw, made, actor=cast.account("provincial_officer"), door="test", error=NotAllowed)
    refused(
        four_eyes.decline,
        made,
        actor=cast.account("provincial_officer"),
        door="test",
        remark=" ",
        field="remark",
    )
    four_eyes.decline(made, actor=cast.account("provincial_officer"), door="test", remark="Không khớp hồ sơ")
    made.refresh_from_db()
    assert (made.state, made.inputs, made.remark) == ("declined", {}, "Không khớp hồ sơ")
    assert admitted(cast) == dt.date(2015, 5, 19)


def test_a_proposal_lapses(cast):
    made = corrected(cast)
    Proposal.objects.filter(pk=made.pk).update(expires_on=TODAY - dt.timedelta(days=1))
    refused(four_eyes.confirm, made, actor=cast.account("provincial_officer"), door="test", error=Stale)


@pytest.mark.django_db(transaction=True)
def test_lapsed_proposals_are_closed(live_cast):
    made = corrected(live_cast)
    assert four_eyes.expire(made.expires_on) == 0
    assert four_eyes.expire(made.expires_on + dt.timedelta(days=1)) == 1
    made.refresh_from_db()
    assert (made.state, made.inputs) == ("expired", {})


def test_the_first_must_still_hold_the_post(cast):
    made = corrected(cast)
    with writing(door="test") as act:
        key = {"post": cast.posts["district_officer"], "acting": False}
        end(Appointment, act, key, act.day, cause=Cause.objects.create(kind="released"))
    refused(
        four_eyes.confirm, made, actor=cast.account("provincial_officer"), door="test",
        code="first_no_longer_entitled",
    )  # fmt: skip


def test_the_operator_proposes_no_act_on_people(cast):
    rejected(cast)
    refused(corrected, cast, None, error=NotAllowed)
    made = proposed(cast)
    refused(four_eyes.confirm, made, actor=None, door="cli", error=NotAllowed)
    assert not Person.objects.get(pk=cast.applicant.pk).erased


def test_the_database_knows_no_confirmation_by_the_first(cast):
    made = corrected(cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        Proposal.objects.filter(pk=made.pk).update(state=ProposalState.CONFIRMED, decided_by=made.made_by)
