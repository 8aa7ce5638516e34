"""Whoever manages accounts alone must not be able to act as somebody with heavy powers."""

from orgwork.foundation.accounts import Account
from orgwork.foundation.refusals import NotAllowed
from orgwork.procedures import accounts, four_eyes
from orgwork.procedures.proposals import Proposal
from orgwork.registers.access import AccountPerson
from tests.procedures.told import refused


def test_a_second_account_of_an_officer_waits_for_a_second_person(cast):
    admin = cast.account("administrator")
    fresh, _password = accounts.add("again", actor=admin, door="test")
    waits = accounts.link(fresh, cast.provincial_officer.pk, actor=admin, door="test")
    assert isinstance(waits, Proposal) and waits.inputs == {
        "account": fresh.pk,
        "person": cast.provincial_officer.pk,
    }
    assert not AccountPerson.objects.filter(account=fresh).exists()
    refused(four_eyes.confirm, waits, actor=admin, door="test", error=NotAllowed)
    four_eyes.confirm(waits, actor=cast.account("district_officer"), door="test")
    assert AccountPerson.objects.get(account=fresh).person == cast.provincial_officer


def test_the_same_while_an_account_is_made(cast):
    made, _password = accounts.add("again", person=cast.protection_officer.pk, actor=None, door="cli")
    assert not AccountPerson.objects.filter(account=made).exists()
    assert Proposal.objects.get().made_by is None


def test_a_new_password_of_an_officer_is_shown_to_the_second_person_only(cast):
    officer = cast.account("district_officer")
    before = officer.password
    waits, fresh = accounts.new_password(officer, actor=None, door="cli")
    assert isinstance(waits, Proposal) and fresh == ""
    assert Account.objects.get(pk=officer.pk).password == before
    account, shown = four_eyes.confirm(waits, actor=cast.account("provincial_officer"), door="test")
    assert account == officer and Account.objects.get(pk=officer.pk).check_password(shown)


def test_accounts_without_heavy_powers_need_one_person(cast):
    admin = cast.account("administrator")
    fresh, _password = accounts.add("again", actor=admin, door="test")
    assert accounts.link(fresh, cast.teacher.pk, actor=admin, door="test") == fresh
    _account, shown = accounts.new_password(cast.account("cell_secretary"), actor=admin, door="test")
    assert shown


def test_on_an_empty_machine_the_first_account_is_made_alone(cast):
    Account.objects.all().update(is_active=False)
    fresh, _password = accounts.add("first", actor=None, door="cli")
    assert accounts.link(fresh, cast.provincial_officer.pk, actor=None, door="cli") == fresh
