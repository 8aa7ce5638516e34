"""This room is for the whole register at once: `orgwork backup`, `restore`, `copy`, `export`, `import` and
`migrate`.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from orgwork.foundation.refusals import NotAllowed, Refusal
from orgwork.registers import access
from orgwork.registers.people import Person
from orgwork.registers.reads import note_read
from orgwork.registers.units import Unit

from .common import actor, as_json, need, opening_day
from .main import FINDINGS, NOTHING, WrongUse
from .words import _

#: A line of progress is written at most so often.
EVERY = 1.0


def backup(args) -> int:
    need(args, "system.run")
    from orgwork.exchange.whole import backup as room

    target = Path(args.to) if args.to else None
    done = room.make(target, day=opening_day(), encrypt_to=args.encrypt_to, say=_say)
    if args.json:
        as_json(done)
        return NOTHING
    print(done["backup"])
    print(f"sha256 {done['sha256']}  {_size(done['bytes'])}", file=sys.stderr)
    return NOTHING


def restore(args) -> int:
    need(args, "system.run")
    from orgwork.exchange.whole import restore as room

    if args.replace and not args.yes and not _agreed(_("What the database holds now will be lost.")):
        raise Refusal(_("Nothing was changed."), code="not_agreed", hint=_("--yes agrees beforehand."))
    done = room.restore(Path(args.file), replace=args.replace, say=_say)
    if args.json:
        as_json(done)
        return NOTHING
    print(
        _("Restored: %(rows)s rows and %(files)s files, as of %(at)s; rows, journal and figures are equal.")
        % {"rows": done["rows"], "files": done["files"], "at": done["made_at"]}
    )
    if done["migrated"]:
        print(_("It was of an older version and has been brought up to date."))
    return NOTHING


def copy(args) -> int:
    need(args, "system.run")
    from config.database import database
    from orgwork.exchange.whole import moving

    try:
        target = database(args.to)
    except ValueError as fault:
        raise WrongUse(str(fault)) from fault
    done = moving.move(target, day=opening_day(), tell=_teller())
    if args.json:
        as_json(done)
        return NOTHING
    print(
        _("%(rows)s rows of %(tables)s tables in %(seconds)s seconds; rows, journal and figures are equal.")
        % done
    )
    print(_("To work there, set ORGWORK_DATABASE_URL to its address and start the server anew."))
    return NOTHING


def export(args) -> int:
    """With people only for whoever may read everything about everybody; that it was read is noted."""
    if not args.to:
        raise WrongUse(_("Say with --to where to write, or which thing alone: “orgwork export org”."))
    account = need(args, "system.run") if not args.with_people else _reader_of_everything(args)
    from orgwork.exchange.whole import open_files

    target = Path(args.to)
    done = open_files.export(target, day=opening_day(), people=args.with_people, tell=_teller())
    if args.with_people:
        note_read(account, "files.read", door="cli", unit=access.root(), count=Person.objects.count())
    if args.json:
        as_json(done)
    else:
        print(_("%(rows)s rows of %(tables)s tables: %(export)s") % done)
    return NOTHING


def _reader_of_everything(args):
    """The powers over the root that together open everything there is about people."""
    account = actor(args)
    if account is None:
        raise NotAllowed(
            _("The operator of the machine reads nothing about people."),
            hint=_("Say with --as who exports: somebody who may read all files of everybody."),
        )
    for act in ("names.read", "contact.read", "files.read", "background.read", "journal.read"):
        access.require(account, act, access.root(), now=timezone.localdate())
    return account


def bring_in(args) -> int:
    """A directory or zip that `orgwork export` wrote; workbooks are the business of `orgwork sheet`."""
    path = Path(args.file)
    if path.suffix.lower() in {".xlsx", ".ods", ".csv"}:
        return _sheet(args)
    need(args, "takeover.run", access.root())
    if not path.exists():
        raise WrongUse(_("There is no file %s.") % path)
    from orgwork.exchange.whole import open_files

    done = open_files.bring_in(path, tell=_teller())
    if args.json:
        as_json(done)
    else:
        print(
            _("%(rows)s rows of %(tables)s tables were read in; rows, journal and figures are equal.") % done
        )
    return NOTHING


def _sheet(args) -> int:
    from .sheets import bring

    return bring(args)


def erase(args) -> int:
    """The procedure of the data-protection officer, from the shell: same powers, same second person."""
    account = actor(args)
    person = Person.objects.filter(pk=args.person).first()
    if person is None:
        raise WrongUse(_("No person has the number %s.") % args.person)
    from orgwork.procedures import erasure

    paper = {"symbol": args.paper, "day": args.paper_day}
    body = Unit.objects.filter(code=args.issuer).first()
    paper |= {"issuer": body} if body else {"issuer_name": args.issuer}
    where = erasure.body_of(person)
    access.require(account, "person.erase", where, now=timezone.localdate())
    result = erasure.erase_person(
        actor=account, door="cli", day=args.on or timezone.localdate(), person=person, basis=args.basis,
        reason=args.reason, document=paper,
    )  # fmt: skip
    person.refresh_from_db()
    if args.json:
        as_json({"person": person.pk, "erased": person.erased, "id": result.pk})
    elif person.erased:
        print(_("Everything about person %s is erased; the journal says so.") % person.pk)
    else:
        print(_("Proposed; a second person who has the power agrees on the page “Today”."))
    return NOTHING


def migrate(args) -> int:
    """On a copy first, then a backup, then for real; a new database simply gets its tables."""
    need(args, "system.run")
    from orgwork.exchange.whole import backup as saving
    from orgwork.exchange.whole import tables, upgrade

    waiting = tables.missing()
    if not waiting:
        return _migrated(args, [], {}, "")
    if tables.is_empty() and not args.try_only:
        upgrade.for_real()
        return _migrated(args, waiting, {}, "")
    tried = upgrade.on_a_copy(opening_day(), say=_say)
    if tried["differences"]:
        if args.json:
            as_json(tried)
        else:
            print("\n".join(tried["differences"]))
        return FINDINGS
    if args.try_only:
        return _migrated(args, waiting, tried, "", only_tried=True)
    saved = "" if args.no_backup else saving.make(None, day=opening_day(), say=_say)["backup"]
    upgrade.for_real()
    return _migrated(args, waiting, tried, saved)


def _migrated(args, names, tried, saved, only_tried=False) -> int:
    if args.json:
        as_json({"migrations": names, "backup": saved or None, "tried": bool(tried), "done": not only_tried})
        return NOTHING
    if not names:
        print(_("The tables are up to date."))
    elif only_tried:
        print(
            _("%(count)s steps went well on a copy in %(seconds)s seconds; nothing was changed here.")
            % {"count": len(names), "seconds": tried["seconds"]}
        )
    else:
        print(_("The tables are up to date now; %s steps were taken.") % len(names))
    if saved:
        print(_("The state before is kept in %s.") % saved)
    return NOTHING


def mail(args) -> int:
    """A message to see whether mail leaves the house."""
    need(args, "system.run")
    from smtplib import SMTPException

    from django.core.mail import send_mail

    if settings.ORGWORK_MAIL_THROUGH.endswith("dummy.EmailBackend"):
        raise Refusal(
            _("No mail server is set, so nothing was sent."),
            code="no_mail",
            hint=_("Set ORGWORK_MAIL_URL, such as smtp://user:password@mail.example:587."),
        )
    try:
        send_mail(
            _("Orgwork: mail works"),
            _("This message was asked for on the machine that runs Orgwork, to see that mail arrives."),
            None,
            [args.address],
        )
    except (OSError, SMTPException) as fault:
        raise Refusal(
            _("The mail server did not take the message (%s).") % type(fault).__name__,
            code="mail_refused",
            hint=_("Look at ORGWORK_MAIL_URL, and at the mail server's own log."),
        ) from fault
    if args.json:
        as_json({"sent": True})
    else:
        print(_("The mail server took the message; see whether it arrives."))
    return NOTHING


def _agreed(what: str) -> bool:
    if not sys.stdin.isatty():
        return False
    print(what, file=sys.stderr)
    print(_("Type “replace” to go on:"), file=sys.stderr, end=" ", flush=True)
    return sys.stdin.readline().strip() == "replace"


def _say(text: str) -> None:
    print(f"… {text}", file=sys.stderr, flush=True)


def _teller():
    """Says how far it is, now and then."""
    told = 0.0

    def tell(what: str, done: int, total: int) -> None:
        nonlocal told
        if time.monotonic() - told >= EVERY or done == total:
            told = time.monotonic()
            _say(f"{100 * done // total if total else 100:3d} %  {what}")

    return tell


def _size(count: int) -> str:
    for unit in ("B", "KB", "MB"):
        if count < 1024:
            return f"{count:.0f} {unit}"
        count /= 1024
    return f"{count:.1f} GB"
