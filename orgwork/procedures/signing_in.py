"""This room is for what owners do to their own sign-in: second factors, sessions, keys for programs.

Each act is journalled under the account; nothing here gives a power. Acts of others on an account (made,
closed, reset) live in accounts.py.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.sessions.models import Session
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from orgwork.foundation import journal, provisions, second_factors
from orgwork.foundation.accounts import Account
from orgwork.foundation.moments import Act, writing
from orgwork.foundation.refusals import Refusal
from orgwork.foundation.signing_in import (
    ApiToken,
    FactorKind,
    Notice,
    NoticeKind,
    SecondFactor,
    SignedIn,
    TokenScope,
)
from orgwork.registers import access

MOST_PASSKEYS = 10
MOST_TOKENS = 30
#: How exactly the last use of a token is kept: not every request writes.
TOKEN_SEEN_EVERY = dt.timedelta(minutes=10)
FACTORS = (FactorKind.CODE, FactorKind.PASSKEY)


def rule(name: str, day: dt.date | None = None) -> Any:
    return provisions.on(day or timezone.localdate())[f"signin.{name}"].value


def note(act: Act, verb: str, account: Account, said: Mapping | None = None) -> None:
    journal.record(act, verb, day=act.day, subjects=[(("account", account.pk), dict(said or {}))])


# ── coming in ───────────────────────────────────────────────────────────────────────────────────────────


def signed_in(
    account: Account, *, session: str, how: str, device="", address="", strong=False, door="web"
) -> None:
    """Note that somebody came in, and by when a second factor must be there if the posts held ask for one.

    ``strong`` says that a provider has already asked for two factors.
    """
    with writing(actor=account, door=door) as act:
        due = None
        if not strong and not has_factor(account) and heavy_acts(account, act.day):
            due = account.factor_by or act.day + dt.timedelta(days=int(rule("factor_days", act.day)))
        Account.objects.filter(pk=account.pk).update(failures=0, locked_until=None, factor_by=due)
        account.factor_by = due
        said = {"how": how, "device": device, "address": address, "since": act.at, "seen": act.at}
        SignedIn.objects.update_or_create(session=session, defaults={"account": account, **said})
        note(act, "account.sign_in", account, {"how": how})
    tidy_sessions()


def tidy_sessions() -> None:
    """Sessions that have ended by themselves are in no list any more."""
    oldest = timezone.now() - dt.timedelta(hours=int(rule("session_hours")))
    SignedIn.objects.filter(since__lt=oldest).delete()


def heavy_acts(account: Account, day: dt.date) -> list[str]:
    """Powers the account has today for which a second factor is required."""
    heavy = set(rule("heavy_acts", day))
    return sorted({m.act for m in access.mandates(account, now=day)} & heavy)


def given_too_long_ago(account: Account, now: dt.datetime) -> bool:
    """Whether somebody else's password was never replaced by one's own."""
    days = dt.timedelta(days=int(rule("given_password_days")))
    return account.given_at is not None and now - account.given_at > days


def locked_out_for_want_of_a_factor(account: Account, day: dt.date) -> bool:
    return account.factor_by is not None and account.factor_by < day


# ── second factors ──────────────────────────────────────────────────────────────────────────────────────


def factors(account: Account):
    """What the account has beside its password; recovery codes stand in for them and are not counted."""
    return SecondFactor.objects.filter(account=account, kind__in=FACTORS).order_by("pk")


def has_factor(account: Account) -> bool:
    return factors(account).exists()


def has_codes(account: Account) -> bool:
    return factors(account).filter(kind=FactorKind.CODE).exists()


def recovery_left(account: Account) -> int:
    return SecondFactor.objects.filter(account=account, kind=FactorKind.RECOVERY).count()


def add_codes(account: Account, key: str, code: str, *, at: float, door: str) -> list[str]:
    """Set up one-time codes with the first code the app shows. Returns fresh recovery codes, shown once."""
    step = second_factors.step_of(key, _digits(code), at=at)
    if step is None:
        raise Refusal(
            _("This is not the code that belongs to the square above; wait for the next one and type it."),
            field="code",
            code="wrong_code",
        )
    with writing(actor=account, door=door) as act:
        _lock(account)
        if SecondFactor.objects.filter(account=account, kind=FactorKind.CODE).exists():
            raise Refusal(_("One-time codes are set up already; remove them first."), code="codes_there")
        SecondFactor.objects.create(
            account=account, kind=FactorKind.CODE, secret=second_factors.encipher(key), counter=step
        )
        return _added(act, account, FactorKind.CODE)


def add_passkey(account: Account, name: str, kept: tuple[str, str, int], *, door: str) -> list[str]:
    public, credential, counter = kept
    with writing(actor=account, door=door) as act:
        _lock(account)
        mine = SecondFactor.objects.filter(account=account, kind=FactorKind.PASSKEY)
        if mine.count() >= MOST_PASSKEYS:
            raise Refusal(_("You have ten passkeys; remove one that you no longer use."), code="enough")
        if SecondFactor.objects.filter(credential=credential).exists():
            raise Refusal(_("This passkey is set up already."), code="passkey_there")
        SecondFactor.objects.create(
            account=account, kind=FactorKind.PASSKEY, name=name.strip()[:60], secret=public,
            credential=credential, counter=counter,
        )  # fmt: skip
        return _added(act, account, FactorKind.PASSKEY)


def _added(act: Act, account: Account, kind: str) -> list[str]:
    Account.objects.filter(pk=account.pk).update(factor_by=None)
    account.factor_by = None
    note(act, "account.factor_added", account, {"factor": str(kind)})
    return [] if recovery_left(account) else _recovery_codes(account)


def new_recovery_codes(account: Account, *, door: str) -> list[str]:
    """The old ones are gone."""
    with writing(actor=account, door=door) as act:
        _lock(account)
        if not has_factor(account):
            raise Refusal(_("Set up one-time codes or a passkey first."), code="no_factor")
        SecondFactor.objects.filter(account=account, kind=FactorKind.RECOVERY).delete()
        note(act, "account.recovery_codes", account)
        return _recovery_codes(account)


def _recovery_codes(account: Account) -> list[str]:
    codes = [second_factors.fresh_letters(3) for _n in range(second_factors.RECOVERY_CODES)]
    SecondFactor.objects.bulk_create(
        SecondFactor(
            account=account,
            kind=FactorKind.RECOVERY,
            secret=make_password(second_factors.plain_letters(code)),
        )
        for code in codes
    )
    return codes


def remove_factor(account: Account, number: int, *, door: str) -> None:
    """The last one takes the recovery codes along; where one is required, there is time up to midnight."""
    with writing(actor=account, door=door) as act:
        _lock(account)
        found = factors(account).filter(pk=number).first()
        if found is None:
            raise Refusal(_("This second factor is gone already."), code="gone")
        found.delete()
        if not has_factor(account):
            SecondFactor.objects.filter(account=account).delete()
            due = act.day if heavy_acts(account, act.day) else None
            Account.objects.filter(pk=account.pk).update(factor_by=due)
            account.factor_by = due
        tell(account, NoticeKind.FACTOR_REMOVED)
        note(act, "account.factor_removed", account, {"factor": found.kind})


def code_fits(account: Account, code: str, *, at: float) -> str:
    """What the code is — one-time or recovery — and used up by this; empty when it is neither."""
    return _one_time(account, _digits(code), at) or _recovery(account, code)


def _one_time(account: Account, code: str, at: float) -> str:
    found = SecondFactor.objects.filter(account=account, kind=FactorKind.CODE).first()
    if found is None or len(code) != second_factors.DIGITS:
        return ""
    try:
        key = second_factors.decipher(found.secret)
    except second_factors.Unreadable:
        raise Refusal(
            _("The key of your one-time codes can no longer be read here; ask the help desk for a reset."),
            code="unreadable_factor",
        ) from None
    step = second_factors.step_of(key, code, at=at, after=found.counter)
    return FactorKind.CODE if step is not None and _used(found, step) else ""


def _recovery(account: Account, code: str) -> str:
    plain = second_factors.plain_letters(code)
    if len(plain) != second_factors.RECOVERY_LETTERS:
        return ""
    kept = SecondFactor.objects.filter(account=account, kind=FactorKind.RECOVERY)
    fits = [one.pk for one in kept if check_password(plain, one.secret)]
    gone, _each = kept.filter(pk__in=fits).delete()
    if not gone:
        return ""
    tell(account, NoticeKind.RECOVERY_USED)
    return FactorKind.RECOVERY


def passkeys(account: Account) -> list[str]:
    kept = SecondFactor.objects.filter(account=account, kind=FactorKind.PASSKEY)
    return list(kept.values_list("secret", flat=True))


def passkey_by(credential: str) -> tuple[Account | None, str]:
    """Whose passkey this is, and its public key; nobody's if the account is shut."""
    found = SecondFactor.objects.filter(credential=credential, kind=FactorKind.PASSKEY)
    one = found.filter(account__is_active=True).select_related("account").first()
    return (one.account, one.secret) if one is not None else (None, "")


def passkey_fits(account: Account, answered: second_factors.Assertion) -> bool:
    """A counter that does not go on belongs to a copy of the key."""
    found = SecondFactor.objects.filter(account=account, credential=answered.credential).first()
    if found is None:
        return False
    if answered.counter == found.counter == 0:
        SecondFactor.objects.filter(pk=found.pk).update(used_at=timezone.now())
        return True
    return _used(found, answered.counter)


def _used(found: SecondFactor, counter: int) -> bool:
    """Whether this was the first to use it: of two at once the database lets one through."""
    rows = SecondFactor.objects.filter(pk=found.pk, counter__lt=counter)
    return rows.update(counter=counter, used_at=timezone.now()) == 1


def _digits(text: str) -> str:
    plain = "".join(text.split())
    return plain if plain.isascii() and plain.isdigit() else ""


def _lock(account: Account) -> None:
    Account.objects.select_for_update(no_key=True).get(pk=account.pk)


# ── notices ─────────────────────────────────────────────────────────────────────────────────────────────


def tell(account: Account, kind: str, by: str = "") -> None:
    Notice.objects.create(account=account, kind=kind, by=by)


def untold(account: Account) -> list[Notice]:
    """What the owner has to be told now; told once."""
    found = list(Notice.objects.filter(account=account, told_at__isnull=True).order_by("pk"))
    Notice.objects.filter(pk__in=[one.pk for one in found]).update(told_at=timezone.now())
    return found


# ── sessions ────────────────────────────────────────────────────────────────────────────────────────────


def sessions(account: Account):
    return SignedIn.objects.filter(account=account).order_by("-seen", "-pk")


def end_session(account: Account, number: int, *, door: str) -> SignedIn:
    with writing(actor=account, door=door) as act:
        found = sessions(account).filter(pk=number).first()
        if found is None:
            raise Refusal(_("This session has ended already."), code="gone")
        _end(Q(pk=found.pk))
        note(act, "account.session_ended", account, {"count": 1})
    return found


def end_other_sessions(account: Account, present: str | None, *, door: str) -> int:
    with writing(actor=account, door=door) as act:
        count = _end(Q(account=account) & ~Q(session=present or ""))
        if count:
            note(act, "account.session_ended", account, {"count": count})
    return count


def end_sessions_of(account: Account, *, actor, door: str) -> int:
    """Somebody's sessions, ended by whoever manages accounts."""
    with writing(actor=actor, door=door) as act:
        access.require(actor, "user.manage", None, now=act.day)
        count = _end(Q(account=account))
        note(act, "account.session_ended", account, {"count": count})
    return count


def end_all(account: Account) -> None:
    """Every session and every key of the account, now; inside the act that gives the reason."""
    _end(Q(account=account))
    ApiToken.objects.filter(account=account, ended_at__isnull=True).update(ended_at=timezone.now())


def _end(which: Q) -> int:
    rows = SignedIn.objects.filter(which)
    keys = list(rows.values_list("session", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    rows.delete()
    return len(keys)


# ── keys for programs ───────────────────────────────────────────────────────────────────────────────────


def tokens(account: Account | None):
    return ApiToken.objects.filter(account=account).order_by("-pk")


def make_token(account: Account | None, *, name: str, scope: str, until: dt.date, door: str):
    """A key and its text, which exists nowhere else. For SCIM it takes the power over accounts."""
    if not name.strip():
        raise Refusal(_("Give the token a name by which you will know it."), field="name", code="no_name")
    if scope not in TokenScope.values or (account is None and scope != TokenScope.SCIM):
        raise Refusal(_("Choose what the token may do."), field="scope", code="no_such_scope")
    with writing(actor=account, door=door) as act:
        if scope == TokenScope.SCIM:
            access.require(account, "user.manage", None, now=act.day)
        _check_until(until, act.day)
        if sum(one.live() for one in tokens(account)) >= MOST_TOKENS:
            raise Refusal(_("You have thirty tokens in use; end one first."), code="enough")
        text = second_factors.fresh_token()
        made = ApiToken.objects.create(
            account=account, name=name.strip()[:80], digest=second_factors.token_digest(text),
            shown=text[:12], scope=scope, expires_on=until,
        )  # fmt: skip
        _note_token(act, "account.token_made", made)
    return made, text


def _check_until(until: dt.date, today: dt.date) -> None:
    most = today + dt.timedelta(days=int(rule("token_days_max", today)))
    if not today <= until <= most:
        raise Refusal(
            _("Choose a last day from today up to %(day)s; a token cannot live longer.")
            % {"day": most.isoformat()},
            field="until",
            code="too_long",
        )


def end_token(account: Account | None, number: int, *, actor, door: str) -> ApiToken:
    with writing(actor=actor, door=door) as act:
        found = tokens(account).select_for_update(no_key=True).filter(pk=number).first()
        if found is None:
            raise Refusal(_("There is no such token."), code="gone")
        if found.ended_at is None:
            found.ended_at = act.at
            found.save(update_fields=["ended_at"])
            _note_token(act, "account.token_ended", found)
    return found


def _note_token(act: Act, verb: str, token: ApiToken) -> None:
    if token.account is not None:
        note(act, verb, token.account, {"token": token.name})
    else:
        # The operator's: there is no account to write it under.
        journal.record(act, verb, day=act.day, subjects=[])


def token_of(text: str) -> ApiToken | None:
    """The living key with this text, and its account if that is in use."""
    if not text.startswith(second_factors.PREFIX):
        return None
    digest = second_factors.token_digest(text)
    found = ApiToken.objects.select_related("account").filter(digest=digest).first()
    if found is None or not found.live():
        return None
    if found.account is not None and not found.account.is_active:
        return None
    _seen(found)
    return found


def _seen(token: ApiToken) -> None:
    now = timezone.now()
    if token.used_at is None or now - token.used_at > TOKEN_SEEN_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(used_at=now)
        token.used_at = now
