"""This room is for accounts: made, locked, given a new password, linked to a person; all of it journalled.

Nothing here gives a power: that comes from the posts of the person an account belongs to.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from orgwork.foundation import journal
from orgwork.foundation.accounts import Account
from orgwork.foundation.moments import Act, writing
from orgwork.foundation.refusals import Refusal
from orgwork.registers import access
from orgwork.registers.people import Person

ACT = "user.manage"
NAME = re.compile(r"[\w.@+-]{2,60}")
#: Without letters and figures that look alike when read aloud or copied by hand.
LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"


def fresh_password() -> str:
    """Twenty letters in groups of five: 100 bits, and still typed without a mistake."""
    return "-".join("".join(secrets.choice(LETTERS) for _n in range(5)) for _g in range(4))


def add(username: str, *, full_name="", language="", person: int | None = None, actor, door: str):
    """A new account and its password, which exists nowhere else."""
    if not NAME.fullmatch(username):
        raise Refusal(
            _("A sign-in name has 2 to 60 letters, figures or . @ + - _ and no spaces."),
            field="username",
            code="bad_username",
        )
    if Account.objects.filter(username__iexact=username).exists():
        raise Refusal(
            _("There is already an account called “%(name)s”; choose another name.") % {"name": username},
            field="username",
            code="username_taken",
        )
    password = fresh_password()
    with _writing(actor, door) as act:
        account = Account.objects.create_user(username, password, full_name=full_name, language=language)
        _note(act, "account.add", account, {"username": username})
        if person:
            _link(act, account, person)
    return account, password


def lock(account: Account, *, actor, door: str) -> Account:
    return _set_active(account, False, "account.lock", actor, door)


def unlock(account: Account, *, actor, door: str) -> Account:
    return _set_active(account, True, "account.unlock", actor, door)


def new_password(account: Account, *, actor, door: str):
    """Open sessions end with the old password."""
    password = fresh_password()
    with _writing(actor, door) as act:
        account.set_password(password)
        account.failures, account.locked_until = 0, None
        account.save(update_fields=["password", "failures", "locked_until"])
        _note(act, "account.password", account, {})
    return account, password


def own_password(account: Account, old: str, new: str, *, door: str) -> Account:
    """Whoever knows the old password may set a new one for themselves; no power over accounts is needed."""
    if not account.check_password(old):
        message = _("This is not your present password; type it again.")
        raise Refusal(message, field="old", code="wrong_password")
    try:
        validate_password(new, account)
    except ValidationError as error:
        raise Refusal(" ".join(error.messages), field="new", code="weak_password") from error
    with writing(actor=account, door=door) as act:
        account.set_password(new)
        account.save(update_fields=["password"])
        _note(act, "account.password", account, {})
    return account


def link(account: Account, person: int, *, actor, door: str) -> Account:
    """Say whose account it is. An account stays its person's for ever: entries name it."""
    with _writing(actor, door) as act:
        _link(act, account, person)
    return account


def _link(act, account: Account, person: int) -> None:
    if access.AccountPerson.objects.filter(account=account).exclude(person=person).exists():
        raise Refusal(
            _("This account belongs to somebody else; make another one for this person."),
            field="person",
            code="account_taken",
        )
    if not Person.objects.filter(pk=person, erased=False).exists():
        raise Refusal(
            _("No person has the number %(number)s.") % {"number": person}, field="person", code="no_person"
        )
    access.AccountPerson.objects.get_or_create(account=account, person_id=person)
    _note(act, "account.link", account, {"person": person}, [(("person", person), {"account": account.pk})])


def _set_active(account: Account, active: bool, verb: str, actor, door: str) -> Account:
    with _writing(actor, door) as act:
        account.is_active = active
        account.failures, account.locked_until = 0, None
        account.save(update_fields=["is_active", "failures", "locked_until"])
        _note(act, verb, account, {})
    return account


@contextmanager
def _writing(actor, door: str) -> Iterator[Act]:
    """The transaction, and the power judged in it."""
    with writing(actor=actor, door=door) as act:
        access.require(actor, ACT, None, now=act.day)
        yield act


def _note(act, verb: str, account: Account, said: dict, more=()) -> None:
    journal.record(act, verb, day=act.day, subjects=[(("account", account.pk), said), *more])
