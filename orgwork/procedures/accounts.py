"""This room is for accounts: made, locked, reset, provided from elsewhere, linked; all of it journalled.

Nothing here gives a power: that comes from the posts of the person an account belongs to. What owners do to
their own sign-in lives in signing_in.py.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from orgwork.foundation import journal, second_factors
from orgwork.foundation.accounts import Account
from orgwork.foundation.moments import Act, writing
from orgwork.foundation.refusals import NotAllowed, Refusal
from orgwork.foundation.signing_in import NoticeKind, ProviderTie, ResetCode, SecondFactor
from orgwork.registers import access
from orgwork.registers.appointments import Appointment
from orgwork.registers.members import MembershipPlace
from orgwork.registers.people import Person

from . import heavy_accounts, signing_in
from .proposals import Proposal

ACT = "user.manage"
RESET = "signin.reset"
NAME = re.compile(r"[\w.@+-]{2,60}")


def fresh_password() -> str:
    """Twenty letters in groups of five: 100 bits, and still typed without a mistake."""
    return second_factors.fresh_letters(4)


def add(username: str, *, full_name="", language="", person: int | None = None, actor, door: str):
    """A new account and its password, which exists nowhere else."""
    _check_name(username)
    password = fresh_password()
    with _writing(actor, door) as act:
        account = Account.objects.create_user(
            username, password, full_name=full_name, language=language, given_at=act.at
        )
        _note(act, "account.add", account, {"username": username})
        if person and heavy_accounts.second_person(act, heavy_accounts.LINK, account, person) is None:
            _link(act, account, person)
    return account, password


def _check_name(username: str, *, but: int = 0) -> None:
    if not NAME.fullmatch(username):
        raise Refusal(
            _("A sign-in name has 2 to 60 letters, figures or . @ + - _ and no spaces."),
            field="username",
            code="bad_username",
        )
    if Account.objects.filter(username__iexact=username).exclude(pk=but).exists():
        raise Refusal(
            _("There is already an account called “%(name)s”; choose another name.") % {"name": username},
            field="username",
            code="username_taken",
        )


def lock(account: Account, *, actor, door: str) -> Account:
    """Sessions and keys for programs end with it, at once."""
    return _set_active(account, False, "account.lock", actor, door)


def unlock(account: Account, *, actor, door: str) -> Account:
    return _set_active(account, True, "account.unlock", actor, door)


def new_password(account: Account, *, actor, door: str):
    """Open sessions end with the old password; second factors stay. (Proposal, "") where it needs two."""
    with _writing(actor, door) as act:
        if waits := heavy_accounts.second_person(act, heavy_accounts.PASSWORD, account):
            return waits, ""
        return account, _new_password(act, account)


def _new_password(act: Act, account: Account) -> str:
    password = fresh_password()
    account.set_password(password)
    account.failures, account.locked_until, account.given_at = 0, None, act.at
    account.save(update_fields=["password", "failures", "locked_until", "given_at", "changed_at"])
    signing_in.end_all(account)
    signing_in.tell(account, NoticeKind.PASSWORD)
    _note(act, "account.password", account, {})
    return password


def own_password(account: Account, old: str, new: str, *, door: str) -> Account:
    """Whoever knows the old password may set a new one for themselves; no power over accounts is needed."""
    if not account.check_password(old):
        message = _("This is not your present password; type it again.")
        raise Refusal(message, field="old", code="wrong_password")
    _check_password(account, new)
    with writing(actor=account, door=door) as act:
        account.set_password(new)
        account.given_at = None
        account.save(update_fields=["password", "given_at", "changed_at"])
        _note(act, "account.password", account, {})
    return account


def _check_password(account: Account, new: str) -> None:
    try:
        validate_password(new, account)
    except ValidationError as error:
        raise Refusal(" ".join(error.messages), field="new", code="weak_password") from error


# ── the help desk ───────────────────────────────────────────────────────────────────────────────────────


def reset(username: str, *, reason: str, actor, door: str):
    """Take away password and second factors, and give a code to hand over, good once and for some hours.

    Whoever resets sees no file: they know the sign-in name from its owner, and hear no more than it. The
    owner is told at the next sign-in. (account, code, until); (Proposal, "", None) where it takes two people.
    """
    if not reason.strip():
        message = _("Say how the owner proved who they are, for example: came in person with the card.")
        raise Refusal(message, field="reason", code="no_reason")
    account = Account.objects.filter(username__iexact=username.strip(), ended_at__isnull=True).first()
    with writing(actor=actor, door=door) as act:
        _may_reset(actor, account, act.day)
        if account is None:
            message = _("No account is called “%(name)s”; ask for the exact sign-in name.")
            raise Refusal(message % {"name": username[:60]}, field="username", code="no_such_account")
        if actor is not None and account.pk == actor.pk:
            message = _("Nobody resets their own sign-in; ask a colleague at the help desk.")
            raise Refusal(message, field="username", code="own_account")
        waits = heavy_accounts.second_person(
            act, heavy_accounts.RESET, account, power=RESET, reason=reason.strip()[:200]
        )
        if waits:
            return waits, "", None
        return account, *_reset(act, account, reason.strip()[:200])


def _reset(act: Act, account: Account, reason: str) -> tuple[str, dt.datetime]:
    code = second_factors.fresh_letters(5)
    until = act.at + dt.timedelta(hours=int(signing_in.rule("reset_hours", act.day)))
    digest = second_factors.letters_digest("reset", code)
    ResetCode.objects.update_or_create(account=account, defaults={"digest": digest, "expires_at": until})
    SecondFactor.objects.filter(account=account).delete()
    account.set_unusable_password()
    account.failures, account.locked_until, account.factor_by = 0, None, None
    account.save(update_fields=["password", "failures", "locked_until", "factor_by", "changed_at"])
    signing_in.end_all(account)
    signing_in.tell(account, NoticeKind.RESET, by=str(act.actor or ""))
    _note(act, "account.reset", account, {"reason": reason})
    return code, until


def _may_reset(actor, account: Account | None, day: dt.date) -> None:
    """Judged where the account's person is a member or holds a post; an account of nobody, anywhere."""
    if actor is None:
        access.require(actor, ACT, None, now=day)
        return
    person = access.person_of(account)
    places = set(
        MembershipPlace.objects.on(day).filter(person=person).values_list("unit", flat=True)
    ) | set(
        Appointment.objects.on(day)
        .filter(person=person, post__unit__isnull=False)
        .values_list("post__unit", flat=True)
    )  # fmt: skip
    if person is None or not places:
        access.require(actor, RESET, None, now=day)
    elif not any(access.may(actor, RESET, unit, now=day) for unit in places):
        access.require(actor, RESET, None, now=day)
        raise NotAllowed(_("This account belongs to an office that your post does not serve."))


def use_reset(username: str, code: str, new: str, *, door: str) -> Account | None:
    """The new password, for whoever has the code; None when name and code do not belong together."""
    kept = ResetCode.objects.filter(account__username__iexact=username, account__is_active=True).first()
    digest = second_factors.letters_digest("reset", code)
    if kept is None or not constant_time_compare(kept.digest, digest):
        return None
    account = kept.account
    with writing(actor=account, door=door) as act:
        if kept.expires_at <= act.at:
            return None
        _check_password(account, new)
        gone, _each = ResetCode.objects.filter(pk=kept.pk, digest=digest).delete()
        if not gone:
            return None
        account.set_password(new)
        account.failures, account.locked_until, account.given_at = 0, None, None
        account.save(update_fields=["password", "failures", "locked_until", "given_at", "changed_at"])
        _note(act, "account.password", account, {})
    return account


# ── accounts provided from elsewhere ────────────────────────────────────────────────────────────────────

PROVIDED = ("username", "full_name", "language", "is_active", "external_id")


def provide(said: dict, *, issuer: str, actor, door: str) -> Account:
    """A new account without a password: its owner signs in through the provider, or after a reset."""
    _check_name(said["username"])
    with _writing(actor, door) as act:
        account = Account(**{name: said[name] for name in PROVIDED if name in said})
        account.set_unusable_password()
        account.save(force_insert=True)
        _tie(account, issuer, account.external_id)
        _note(act, "account.add", account, {"username": account.username})
    return account


def provide_anew(account: Account, said: dict, *, issuer: str, actor, door: str) -> Account:
    """What the provider of accounts says of it from now on; closed, its sessions and keys end at once."""
    with _writing(actor, door) as act:
        account = Account.objects.select_for_update(no_key=True).get(pk=account.pk)
        changed = [name for name in PROVIDED if name in said and getattr(account, name) != said[name]]
        if not changed:
            return account
        if "username" in changed:
            _check_name(said["username"], but=account.pk)
        for name in changed:
            setattr(account, name, said[name])
        account.save(update_fields=[*changed, "changed_at"])
        if "external_id" in changed and issuer:
            _refuse_heavy(account, act.day)
            _tie(account, issuer, account.external_id)
        if "is_active" in changed:
            if not account.is_active:
                signing_in.end_all(account)
            _note(act, "account.unlock" if account.is_active else "account.lock", account, {})
        if set(changed) - {"is_active"}:
            _note(act, "account.changed", account, {"username": account.username})
    return account


def _refuse_heavy(account: Account, day: dt.date) -> None:
    """Whose subject may sign in as somebody with heavy powers is decided by two people, not by a program."""
    person = access.person_of(account)
    if person is not None and heavy_accounts.is_heavy(person, day):
        raise NotAllowed(
            _("This account has heavy powers; tie it to another subject by two people (orgwork user tie).")
        )


def end(account: Account, *, actor, door: str) -> Account:
    """For good: nobody signs in with it again, and nobody else gets its name, since entries name it."""
    with _writing(actor, door) as act:
        account.is_active, account.ended_at = False, act.at
        account.set_unusable_password()
        account.save(update_fields=["is_active", "ended_at", "password", "changed_at"])
        signing_in.end_all(account)
        ProviderTie.objects.filter(account=account).delete()
        SecondFactor.objects.filter(account=account).delete()
        ResetCode.objects.filter(account=account).delete()
        _note(act, "account.end", account, {})
    return account


def tie(account: Account, subject: str, *, issuer: str, actor, door: str) -> Account | Proposal:
    """Join the account to its subject at the provider; an empty subject parts them."""
    if not issuer:
        message = _("No provider is set; ORGWORK_OIDC_ISSUER names it.")
        raise Refusal(message, field="subject", code="no_provider")
    with _writing(actor, door) as act:
        if waits := heavy_accounts.second_person(
            act, heavy_accounts.TIE, account, issuer=issuer, subject=subject
        ):
            return waits
        _tie(account, issuer, subject)
        _note(act, "account.tie", account, {"provider": issuer} if subject else {})
    return account


def _tie(account: Account, issuer: str, subject: str) -> None:
    if not issuer:
        return
    if (
        subject
        and ProviderTie.objects.filter(issuer=issuer, subject=subject).exclude(account=account).exists()
    ):
        message = _("This subject of the provider already has an account here.")
        raise Refusal(message, field="subject", code="subject_taken")
    if subject:
        ProviderTie.objects.update_or_create(account=account, issuer=issuer, defaults={"subject": subject})
    else:
        ProviderTie.objects.filter(account=account, issuer=issuer).delete()


def of_subject(issuer: str, subject: str) -> Account | None:
    """Whose subject this is: an account in use, tied to it; never found by a name or an e-mail."""
    found = ProviderTie.objects.filter(issuer=issuer, subject=subject, account__is_active=True)
    tied = found.select_related("account").first()
    return tied.account if tied else None


def link(account: Account, person: int, *, actor, door: str) -> Account | Proposal:
    """Say whose account it is. An account stays its person's for ever: entries name it.

    Where the person's posts give heavy powers it becomes a proposal that waits for a second person.
    """
    with _writing(actor, door) as act:
        if waits := heavy_accounts.second_person(act, heavy_accounts.LINK, account, person):
            return waits
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
        if active and account.ended_at is not None:
            message = _("This account was ended for good; make a new one.")
            raise Refusal(message, field="username", code="ended")
        account.is_active = active
        account.failures, account.locked_until = 0, None
        account.save(update_fields=["is_active", "failures", "locked_until", "changed_at"])
        if not active:
            signing_in.end_all(account)
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
