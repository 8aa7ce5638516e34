"""This room is for accounts of people with heavy powers: joining one to its person, or giving it a new
password, needs two people (``four_eyes.heavy_acts``). Whoever can do both alone could act as anybody.

On a machine on which nobody could be the second person yet, the first account is made by the operator alone;
the journal says so by saying who.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.translation import gettext_lazy as _

from orgwork.foundation import provisions
from orgwork.foundation.accounts import Account
from orgwork.foundation.moments import Act
from orgwork.registers import access
from orgwork.registers.appointments import Appointment
from orgwork.registers.people import Person

from . import four_eyes
from .proposals import Proposal

LINK, PASSWORD = "account.link", "account.password"  # noqa: S105  verbs
RESET, TIE = "account.reset", "account.tie"


def second_person(
    act: Act,
    verb: str,
    account: Account,
    person: int | None = None,
    *,
    power: str = "user.manage",
    **more: Any,
) -> Proposal | None:
    """The proposal this becomes when the account is (or would be) somebody's with heavy powers; else None.

    ``power`` is what the first person acts by; ``more`` is kept with the proposal.
    """
    whose = person if person is not None else access.person_of(account)
    if vars(act).get("second") is not None or whose is None or not is_heavy(whose, act.day):
        return None
    if verb not in provisions.on(act.day)["four_eyes.verbs"].value or not somebody_else(act):
        return None
    inputs = {"account": account.pk, "person": whose, **more}
    about = Person.objects.filter(pk=whose, erased=False).first()
    return four_eyes.propose(act, verb, power, day=act.day, inputs=inputs, over=None, person=about)


def is_heavy(person: int, day: dt.date) -> bool:
    """Whether the person's posts give a heavy power today."""
    heavy = set(provisions.on(day)["four_eyes.heavy_acts"].value)
    return any(mandate.act in heavy for mandate in access.mandates_of(person, now=day))


def somebody_else(act: Act) -> bool:
    """Whether anybody with an account could be the second person at all."""
    kinds = {
        kind
        for power in provisions.powers(act.day)
        if {four_eyes.CONFIRM, "user.manage"} & set(power.acts)
        for kind in power.posts
    }
    people = Appointment.objects.on(act.day).filter(post__kind__in=kinds).values("person")
    others = access.AccountPerson.objects.filter(person__in=people, account__is_active=True)
    return others.exclude(account=act.actor).exists()


def _account(proposal: Proposal) -> Account:
    return Account.objects.get(pk=proposal.inputs["account"])


def _run_link(proposal: Proposal, act: Act) -> Any:
    from .accounts import _link

    account = _account(proposal)
    _link(act, account, proposal.inputs["person"])
    return account


def _run_password(proposal: Proposal, act: Act) -> Any:
    from .accounts import _new_password

    account = _account(proposal)
    return account, _new_password(act, account)


def _run_reset(proposal: Proposal, act: Act) -> Any:
    from .accounts import _reset

    account = _account(proposal)
    return account, _reset(act, account, proposal.inputs["reason"])[0]


def _run_tie(proposal: Proposal, act: Act) -> Any:
    from .accounts import _note, _tie

    account, said = _account(proposal), proposal.inputs
    _tie(account, said["issuer"], said["subject"])
    _note(act, TIE, account, {"provider": said["issuer"]} if said["subject"] else {})
    return account


four_eyes.RUNNERS |= {LINK: _run_link, PASSWORD: _run_password, RESET: _run_reset, TIE: _run_tie}
_LABELS = {"account": _("Account"), "person": _("Person")}
four_eyes.LABELS |= {
    LINK: (_("Join an account to its person"), _LABELS),
    PASSWORD: (_("Give an account a new password"), _LABELS),
    RESET: (_("Reset a sign-in"), {**_LABELS, "reason": _("How the owner proved who they are")}),
    TIE: (
        _("Tie an account to the provider of sign-ins"),
        {**_LABELS, "issuer": _("Provider"), "subject": _("Subject at the provider")},
    ),
}
