"""This room is for what several commands need: who acts, which body is meant, how an answer is printed."""

from __future__ import annotations

import datetime as dt
import json
import sys
from typing import Any

from django.conf import settings
from django.utils import timezone

from orgwork.foundation.accounts import Account
from orgwork.registers import access
from orgwork.registers.units import ROOT, Unit

from .main import WrongUse
from .words import _


def actor(args) -> Account | None:
    """The account of --as; None is the operator of the machine."""
    if not args.account:
        return None
    found = Account.objects.filter(username__iexact=args.account, is_active=True).first()
    if found is None:
        raise WrongUse(
            _("No account that is in use is called “%s”; “orgwork user list” shows them.") % args.account
        )
    return found


def need(args, act: str, unit=None) -> Account | None:
    """Whoever acts, if they may today; else refused with the reason and with who may."""
    account = actor(args)
    access.require(account, act, unit, now=timezone.localdate())
    return account


def unit(code: str | None) -> Unit:
    code = code or ROOT
    found = Unit.objects.filter(code=code).first()
    if found is None:
        raise WrongUse(_("No body has the code “%s”.") % code)
    return found


def opening_day() -> dt.date:
    """The day that pages open on: that of the clock, or the one a demonstration is set to."""
    return settings.ORGWORK_TODAY or timezone.localdate()


def as_json(answer: Any) -> None:
    json.dump(answer, sys.stdout, ensure_ascii=False, indent=2, default=_plain)
    print()


def _plain(value):
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    if hasattr(value, "__float__"):
        return float(value)
    return str(value)


def table(rows: list[list[Any]], *, right: tuple[int, ...] = ()) -> None:
    """Columns that line up; those in ``right`` on the right, as numbers are."""
    if not rows:
        return
    texts = [["" if cell is None else str(cell) for cell in row] for row in rows]
    widths = [max(len(row[at]) for row in texts) for at in range(len(texts[0]))]
    for row in texts:
        cells = [
            cell.rjust(width) if at in right else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        print("  ".join(cells).rstrip())
