"""This room is for the command line of the whole register: backup, copies, open files, upgrade."""

from __future__ import annotations

from .parser import _add, day, moment, number
from .parser_sheets import about_sheet
from .words import _


def _backup(commands):
    found = _add(
        commands,
        "backup",
        _("keep everything in one file, while others go on working"),
        "whole:backup",
        more=_(
            "Database and files, with checksums and what must come out again; the signing key is not in it."
        ),
    )
    found.add_argument(
        "--to", metavar=_("FILE"), help=_("file to write (default: a new one in backups, beside the data)")
    )
    found.add_argument(
        "--encrypt-to", metavar=_("KEY"), default="", help=_("encrypt for this public key, with age or gpg")
    )


def _restore(commands):
    found = _add(
        commands,
        "restore",
        _("put back what a backup holds, after proving that it is whole"),
        "whole:restore",
        more=_("Stop the server and the worker first. Until the last step everything stays as it was."),
    )
    found.add_argument("file", metavar=_("FILE"), help=_("a file that “orgwork backup” wrote"))
    found.add_argument("--replace", action="store_true", help=_("lose what the database holds now"))
    found.add_argument("--yes", action="store_true", help=_("agree to that beforehand"))


def _copy(commands):
    found = _add(
        commands,
        "copy",
        _("copy everything to another, empty database, of either kind"),
        "whole:copy",
        more=_("The server may go on. Nothing is kept there unless rows, journal and figures are equal."),
    )
    found.add_argument(
        "--to",
        required=True,
        metavar="URL",
        help=_("its address: sqlite:////absolute/path or postgresql://user@host/name"),
    )


def _export(commands):
    found = _add(
        commands,
        "export",
        _("write the register as open files, with a data dictionary"),
        "whole:export",
        more=_(
            "One line of JSON for each row, and Popolo for bodies and posts. Passwords and keys stay here."
        ),
    )
    found.add_argument("--to", metavar=_("PLACE"), help=_("a new directory, or a file that ends in .zip"))
    found.add_argument(
        "--with-people",
        action="store_true",
        help=_("also what is recorded about people; takes --as somebody who may read all of it"),
    )
    below = found.add_subparsers(dest="subcommand", metavar=_("COMMAND"), title=_("or one thing alone"))
    one = _add(
        below, "org", _("write the structure and its changes as linked data (W3C ORG)"), "linked:export",
        more=_("Bodies, posts, areas served; every change with its day and paper. No people."),
    )  # fmt: skip
    one.add_argument("--format", choices=["ttl", "jsonld"], default="ttl", help=_("Turtle, or JSON-LD"))
    what = one.add_mutually_exclusive_group()
    what.add_argument("--body", metavar=_("CODE"), help=_("this body with everything under it"))
    what.add_argument("--areas", action="store_true", help=_("the territories alone, with their lineage"))
    one.add_argument("--day", type=day, metavar=_("DAY"), help=_("the tree as it stands on this day"))
    one.add_argument("--known-at", type=moment, metavar=_("DAY"), help=_("as it was known then"))
    one.add_argument("--output", metavar=_("FILE"), help=_("write to this file instead of printing"))


def _import(commands):
    found = _add(
        commands,
        "import",
        _("read in a whole register from open files, or a workbook"),
        "whole:bring_in",
        more=_("Open files go into an empty database, all or nothing. A workbook is rehearsed first."),
    )
    found.add_argument("file", metavar=_("FILE"), help=_("what “orgwork export” wrote, or a workbook"))
    about_sheet(found)


def _erase(commands):
    found = _add(
        commands,
        "erase",
        _("erase what is recorded about a person, on a lawful basis"),
        "whole:erase",
        more=_("Cannot be undone. Takes --as somebody with the power to; a second person may have to agree."),
    )
    found.add_argument("person", type=number(1, 2**62), help=_("number of the person"))
    found.add_argument(
        "--basis",
        required=True,
        choices=["request", "retention", "unlawful"],
        help=_("why: a request of the person, the end of a period, or data that should not have been kept"),
    )
    found.add_argument("--reason", required=True, metavar=_("WORDS"), help=_("the reason, in words"))
    found.add_argument(
        "--paper", required=True, metavar=_("SYMBOL"), help=_("number of the request or decision")
    )
    found.add_argument(
        "--issuer", required=True, metavar=_("NAME"), help=_("who issued it: a body's code, or a name")
    )
    found.add_argument("--paper-day", type=day, metavar=_("DAY"), help=_("its day"))
    found.add_argument("--on", type=day, metavar=_("DAY"), help=_("the day of the erasure (default: today)"))


def _mail(commands):
    found = _add(commands, "mail", _("send a message, to see whether mail leaves the house"), "whole:mail")
    found.add_argument("address", metavar=_("ADDRESS"), help=_("whom to send it to"))


def _migrate(commands):
    found = _add(
        commands,
        "migrate",
        _("bring the tables up to date"),
        "whole:migrate",
        more=_("A database with data is tried on a copy and backed up first."),
    )
    found.add_argument("--try", dest="try_only", action="store_true", help=_("only on a copy"))
    found.add_argument("--no-backup", action="store_true", help=_("make no backup: there is one already"))


whole = (_backup, _restore, _copy, _export, _import, _erase, _mail, _migrate)
