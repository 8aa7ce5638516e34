"""This room is for `orgwork retention`, `orgwork processing` and `orgwork file`: periods that end by
themselves, what is recorded for which purpose, and the file of whoever has no account.
"""

from __future__ import annotations

import sys
from pathlib import Path

from django.utils import timezone

from orgwork.exchange import my_file, processing
from orgwork.procedures import retention
from orgwork.procedures.erasure import body_of
from orgwork.procedures.requests import hand_over
from orgwork.registers import access
from orgwork.registers.people import Person

from .common import actor, as_json, need, table
from .main import FINDINGS, NOTHING, WrongUse
from .words import _


def due(args) -> int:
    """Counts for whoever runs the machine, with numbers of people for the data-protection officer."""
    account = need(args, "system.run") if _runs_it(args) else need(args, "person.erase")
    today = timezone.localdate()
    found = {code: counts for code, counts in retention.counts(today).items() if counts[0]}
    people = [] if account is None or _runs_it(args) else retention.due(today)
    if args.json:
        listed = [
            {"rule": o.rule, "since": o.since, "person": o.person, "stopped": bool(o.stopped)} for o in people
        ]
        as_json(
            {
                "on": today,
                "due": {k: {"due": a, "stopped": b} for k, (a, b) in found.items()},
                "people": listed,
            }
        )
    else:
        for code, (count, stopped) in found.items():
            said = f"  ({_('stopped by a hold')}: {stopped})" if stopped else ""
            print(f"{retention.RULES[code].label}: {count}{said}")
        table([[o.since, o.person or "", o.rule, o.stopped] for o in people])
        if not found:
            print(_("Nothing has been kept for longer than its period."))
    return FINDINGS if found else NOTHING


def _runs_it(args) -> bool:
    return bool(access.may(actor(args), "system.run", None, now=timezone.localdate()))


def run(args) -> int:
    account = need(args, "system.run") if _runs_it(args) else need(args, "person.erase")
    done = retention.run(actor=account, door="cli")
    if args.json:
        as_json({"erased": done})
    else:
        table([[retention.RULES[code].label, count] for code, count in done.items()], right=(1,))
        if not done:
            print(_("Nothing has been kept for longer than its period."))
    return NOTHING


def register(args) -> int:
    """No person stands in it: everybody may read it."""
    actor(args)
    today = timezone.localdate()
    if args.json:
        as_json({"activities": processing.register(today)})
    elif args.output:
        Path(args.output).write_text(processing.as_markdown(today))
        print(args.output)
    else:
        print(processing.as_markdown(today), end="")
    return NOTHING


def file(args) -> int:
    """All that is recorded about somebody, to be handed to them; journalled, and read by nobody else."""
    account = actor(args)
    person = Person.objects.filter(pk=args.person).first()
    if person is None:
        raise WrongUse(_("No person has the number %s.") % args.person)
    access.require(account, "file.hand_over", body_of(person), now=timezone.localdate())
    hand_over(actor=account, door="cli", day=timezone.localdate(), person=person, to=args.to)
    content, _type = my_file.made(person, args.format)
    if args.output:
        Path(args.output).write_bytes(content)
        Path(args.output).chmod(0o600)
        print(args.output)
    else:
        sys.stdout.buffer.write(content)
    return NOTHING
