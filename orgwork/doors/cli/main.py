"""This room is for the command `orgwork`: read the words, wake Django, run one command, say how it went.

Never a traceback for something the reader could put right: refusals go to stderr as sentences.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys

from . import words
from .parser import parser
from .words import _

#: Handed to Django as they are.
DJANGO = {"manage": []}

NOTHING, ERROR, WRONG_USE, FINDINGS = 0, 1, 2, 3


class WrongUse(Exception):
    """The command line asks for something that cannot be: a name nobody has, days the wrong way round."""


def main(argv: list[str] | None = None) -> int:
    argv = list(sys.argv[1:] if argv is None else argv)
    words.speak(words.asked_for(argv))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if argv and argv[0] in DJANGO:
        return _django([*DJANGO[argv[0]], *argv[1:]])
    top = parser()
    args = top.parse_args(argv)
    if args.version:
        return _version()
    if not args.command:
        top.print_help(sys.stderr)
        return WRONG_USE
    return _guarded(args)


def _version() -> int:
    from importlib.metadata import version

    print(f"orgwork {version('orgwork')}")
    return NOTHING


def _django(argv: list[str]) -> int:
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(["orgwork", *argv])
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else ERROR
    except KeyboardInterrupt:
        return 130
    except Exception as fault:
        return _unexpected(fault, argparse.Namespace(json=False))
    return NOTHING


def _guarded(args: argparse.Namespace) -> int:
    """Run the command; whatever goes wrong is said in a sentence and an exit code."""
    try:
        try:
            _wake()
            return _run(args)
        except SystemExit as end:
            return end.code if isinstance(end.code, int) else ERROR
        except KeyboardInterrupt:
            return 130
        except WrongUse as fault:
            _complain(args, str(fault), code="wrong_use")
            return WRONG_USE
        except Exception as fault:
            return _refused(fault, args)
    except BrokenPipeError:
        # Whoever was reading has read enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ERROR


def _wake() -> None:
    import django
    from django.conf import settings
    from django.utils import translation

    try:
        settings.ORGWORK_HOME  # noqa: B018  the first look reads the settings
    except (ValueError, OSError) as fault:
        # Settings say in whole sentences what is wrong with them.
        raise WrongUse(str(fault)) from fault
    django.setup()
    translation.activate(words.language())


def _run(args: argparse.Namespace) -> int:
    module, _colon, name = args.run.partition(":")
    return getattr(importlib.import_module(f"orgwork.doors.cli.{module}"), name)(args)


def _refused(fault: Exception, args: argparse.Namespace) -> int:
    from orgwork.foundation import wording
    from orgwork.foundation.refusals import Refusal

    if isinstance(fault, BrokenPipeError):
        raise fault
    if not isinstance(fault, Refusal):
        return _unexpected(fault, args)
    _complain(
        args, str(fault), code=fault.code, field=fault.field, citation=wording.cited(fault.citation),
        hint=str(fault.hint or ""),
    )  # fmt: skip
    return ERROR


def _unexpected(fault: Exception, args: argparse.Namespace) -> int:
    from django.db import DatabaseError

    if os.environ.get("ORGWORK_DEBUG") == "1":
        raise fault
    if isinstance(fault, DatabaseError):
        return _database(fault, args)
    # A fault's own words may quote a record: its kind and its place are enough to look for it.
    tb = fault.__traceback__
    while tb and tb.tb_next:
        tb = tb.tb_next
    place = f"{os.path.basename(tb.tb_frame.f_code.co_filename)}:{tb.tb_lineno}" if tb else "?"
    _complain(
        args, _("Something went wrong on our side (%(kind)s at %(place)s); nothing was half-written.")
        % {"kind": type(fault).__name__, "place": place},
        code="fault", hint=_("ORGWORK_DEBUG=1 shows the whole way there."),
    )  # fmt: skip
    return ERROR


def _database(fault: Exception, args: argparse.Namespace) -> int:
    """The three ways in which a database is usually away, each with what to do."""
    text = str(fault)
    if "no such table" in text or "does not exist" in text:
        said, hint = _("The tables are not there yet."), _("Run “orgwork migrate” first.")
        code = "no_tables"
    elif "locked" in text:
        said, hint = _("The database is busy."), _("Wait until the long job has ended, and try again.")
        code = "busy"
    else:
        said = _("The database does not answer (%s).") % type(fault).__name__
        hint, code = _("Look at ORGWORK_DATABASE_URL, and whether the database server runs."), "database"
    _complain(args, said, code=code, hint=hint)
    return ERROR


def _complain(args: argparse.Namespace, message: str, **more) -> None:
    """One sentence on stderr and how to go on; for programs the same as JSON."""
    if getattr(args, "json", False):
        found = {"error": message, **{name: value for name, value in more.items() if value}}
        print(json.dumps(found, ensure_ascii=False), file=sys.stderr)
        return
    print(f"orgwork: {message}", file=sys.stderr)
    for name in ("citation", "hint"):
        if more.get(name):
            print(f"  {more[name]}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
