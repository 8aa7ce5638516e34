"""This room is for `orgwork user …` about signing in: resets, sessions, tokens, ties to a provider."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.utils import timezone

from orgwork.procedures import accounts, signing_in

from .accounts import _named, _tell
from .common import actor, as_json, need, table
from .main import NOTHING
from .words import _


def reset(args) -> int:
    """The code is printed once; whoever resets needs the power for it, judged by the procedure."""
    answer = accounts.reset(args.username, reason=args.reason, actor=actor(args), door="cli")
    account, code, until = answer
    if until is None:
        return _tell(args, account)
    if args.json:
        as_json({"username": account.username, "code": code, "until": until})
        return NOTHING
    print(_("Code for %s (shown this once; good once):") % account.username, code)
    print(_("Until: %s") % timezone.localtime(until).strftime("%Y-%m-%d %H:%M"))
    return NOTHING


def end(args) -> int:
    acting = need(args, "user.manage")
    return _tell(args, accounts.end(_named(args), actor=acting, door="cli"))


def tie(args) -> int:
    acting = need(args, "user.manage")
    issuer = settings.ORGWORK_OIDC["issuer"]
    return _tell(args, accounts.tie(_named(args), args.subject, issuer=issuer, actor=acting, door="cli"))


def sessions(args) -> int:
    acting = need(args, "user.manage")
    account = _named(args)
    if args.end:
        count = signing_in.end_sessions_of(account, actor=acting, door="cli")
        if args.json:
            as_json({"ended": count})
        else:
            print(_("Sessions ended: %s") % count)
        return NOTHING
    rows = [
        {"id": s.pk, "how": s.how, "device": s.device, "address": s.address, "since": s.since, "seen": s.seen}
        for s in signing_in.sessions(account)
    ]
    return _rows(args, "sessions", rows)


def tokens(args) -> int:
    """Of an account, or of the operator (keys for SCIM)."""
    need(args, "user.manage")
    account = _named(args) if args.username else None
    rows = [
        {
            "id": t.pk, "name": t.name, "begins_with": t.shown, "scope": t.scope, "until": t.expires_on,
            "used_at": t.used_at, "live": t.live(),
        }
        for t in signing_in.tokens(account)
    ]  # fmt: skip
    return _rows(args, "tokens", rows)


def token(args) -> int:
    """For the account of --as itself; the operator makes keys for SCIM only."""
    acting = actor(args)
    until = args.until or timezone.localdate() + dt.timedelta(days=90)
    made, text = signing_in.make_token(acting, name=args.name, scope=args.scope, until=until, door="cli")
    if args.json:
        as_json({"id": made.pk, "name": made.name, "scope": made.scope, "until": until, "token": text})
        return NOTHING
    print(_("Token (shown this once): %s") % text)
    return NOTHING


def end_token(args) -> int:
    acting = need(args, "user.manage")
    account = _named(args) if args.username else None
    ended = signing_in.end_token(account, args.number, actor=acting, door="cli")
    if args.json:
        as_json({"id": ended.pk, "ended_at": ended.ended_at})
    else:
        print(_("Ended: %s") % ended.name)
    return NOTHING


def _rows(args, name: str, rows: list[dict]) -> int:
    if args.json:
        as_json({name: rows})
    else:
        table([[_plain(value) for value in row.values()] for row in rows])
    return NOTHING


def _plain(value):
    if isinstance(value, dt.datetime):
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, bool):
        return _("in use") if value else _("ended")
    return value
