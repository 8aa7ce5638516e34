"""This room is for `orgwork proposal`: acts that wait for a second person."""

from __future__ import annotations

from django.utils import timezone

from orgwork.foundation.refusals import NotAllowed
from orgwork.procedures import four_eyes
from orgwork.procedures.proposals import Proposal, ProposalState
from orgwork.registers import access

from .common import actor, as_json, table
from .main import NOTHING, WrongUse
from .words import _


def waits(args, proposal: Proposal) -> int:
    """Said instead of an outcome: nothing has been done yet."""
    if args.json:
        as_json({"proposal": proposal.pk, "waits_until": proposal.expires_on})
    else:
        print(
            _("This needs two people. Proposal %(number)s waits for the second until %(day)s.")
            % {"number": proposal.pk, "day": proposal.expires_on}
        )
    return NOTHING


def show(args) -> int:
    """Those the account proposed and those it may decide; the operator sees none of them."""
    account = _account(args)
    today = timezone.localdate()
    found = [
        one
        for one in Proposal.objects.filter(state=ProposalState.WAITING).order_by("pk")
        if one.made_by_id == account.pk or four_eyes.may_be_second(one, account, now=today)
    ]
    rows = [
        {
            "number": one.pk, "verb": one.verb, "act": str(four_eyes.label_of(one)), "made_on": one.made_on,
            "waits_until": one.expires_on, "mine": one.made_by_id == account.pk,
        }
        for one in found
    ]  # fmt: skip
    if args.json:
        as_json({"proposals": rows})
    else:
        table(
            [
                [row["number"], row["act"], row["waits_until"], _("mine") if row["mine"] else ""]
                for row in rows
            ]
        )
    return NOTHING


def confirm(args) -> int:
    account = _account(args)
    proposal = _proposal(args)
    result = four_eyes.confirm(proposal, actor=account, door="cli")
    fresh = result[1] if isinstance(result, tuple) else ""
    if args.json:
        as_json({"proposal": proposal.pk, "state": "confirmed"} | ({"password": fresh} if fresh else {}))
        return NOTHING
    print(_("Confirmed and done."))
    if fresh:
        print(_("Password (shown this once): %s") % fresh)
    return NOTHING


def decline(args) -> int:
    return _decided(
        args, four_eyes.decline(_proposal(args), actor=_account(args), door="cli", remark=args.reason)
    )


def withdraw(args) -> int:
    return _decided(args, four_eyes.withdraw(_proposal(args), actor=_account(args), door="cli"))


def _decided(args, proposal: Proposal) -> int:
    if args.json:
        as_json({"proposal": proposal.pk, "state": proposal.state})
    else:
        print(proposal.get_state_display())
    return NOTHING


def _account(args):
    account = actor(args)
    if account is None:
        raise NotAllowed(_("The operator of the machine is nobody's second person; use --as."))
    held = {one.act for one in access.mandates(account, now=timezone.localdate())}
    if not held:
        raise NotAllowed(_("None of your posts lets you propose or confirm anything."))
    return account


def _proposal(args) -> Proposal:
    found = Proposal.objects.filter(pk=args.number).first()
    if found is None:
        raise WrongUse(_("There is no proposal with the number %s.") % args.number)
    return found
