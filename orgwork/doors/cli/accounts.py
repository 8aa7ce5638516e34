"""This room is for `orgwork user`: accounts. Passwords are made fresh, printed once, and kept nowhere."""

from __future__ import annotations

from orgwork.foundation.accounts import Account
from orgwork.procedures import accounts
from orgwork.procedures.proposals import Proposal
from orgwork.registers.access import AccountPerson

from . import proposals
from .common import as_json, need, table
from .main import NOTHING, WrongUse
from .words import _


def add(args) -> int:
    acting = need(args, "user.manage")
    account, password = accounts.add(
        args.username, full_name=args.name, language=args.speaks, person=args.person, actor=acting, door="cli"
    )
    return _tell(args, account, password)


def show(args) -> int:
    need(args, "user.manage")
    people = dict(AccountPerson.objects.values_list("account", "person"))
    rows = [
        {
            "username": account.username, "name": account.full_name, "language": account.language,
            "active": account.is_active, "person": people.get(account.pk),
        }
        for account in Account.objects.order_by("username")
    ]  # fmt: skip
    if args.json:
        as_json({"accounts": rows})
    else:
        table(
            [
                [r["username"], r["name"], "" if r["active"] else _("locked"), r["person"] or ""]
                for r in rows
            ]
        )  # fmt: skip
    return NOTHING


def lock(args) -> int:
    acting = need(args, "user.manage")
    return _tell(args, accounts.lock(_named(args), actor=acting, door="cli"))


def unlock(args) -> int:
    acting = need(args, "user.manage")
    return _tell(args, accounts.unlock(_named(args), actor=acting, door="cli"))


def password(args) -> int:
    acting = need(args, "user.manage")
    account, fresh = accounts.new_password(_named(args), actor=acting, door="cli")
    return _tell(args, account, fresh)


def link(args) -> int:
    acting = need(args, "user.manage")
    return _tell(args, accounts.link(_named(args), args.person, actor=acting, door="cli"))


def _named(args) -> Account:
    found = Account.objects.filter(username__iexact=args.username).first()
    if found is None:
        raise WrongUse(_("No account is called “%s”; “orgwork user list” shows them.") % args.username)
    return found


def _tell(args, account: Account | Proposal, fresh: str = "") -> int:
    if isinstance(account, Proposal):
        return proposals.waits(args, account)
    person = AccountPerson.objects.filter(account=account).values_list("person", flat=True).first()
    answer = {"username": account.username, "active": account.is_active, "person": person}
    if fresh:
        answer["password"] = fresh
    if args.json:
        as_json(answer)
        return NOTHING
    state = _("in use") if account.is_active else _("locked")
    print(f"{account.username}  {state}" + (f"  {_('person')} {person}" if person else ""))
    if fresh:
        print(_("Password (shown this once): %s") % fresh)
    return NOTHING
