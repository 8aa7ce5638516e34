"""This room is for the command line of trust: retention, the register of processing, a person's own file,
acts that need two people.
"""

from __future__ import annotations

from .parser import _add, number
from .words import _


def _retention(commands):
    found = commands.add_parser(
        "retention", help=_("what has been kept long enough, and goes"), allow_abbrev=False,
        description=_("What has been kept long enough, and goes. The worker does it once a day by itself."),
    )  # fmt: skip
    below = found.add_subparsers(dest="subcommand", metavar=_("COMMAND"), required=True)
    _add(below, "due", _("list what is due, rule by rule"), "trust:due")
    _add(below, "run", _("erase what is due today"), "trust:run")


def _processing(commands):
    found = _add(
        commands, "processing", _("print the register of processing activities"), "trust:register",
        more=_("Purpose, legal basis, data, who reads them, how long they are kept; from the code itself."),
    )  # fmt: skip
    found.add_argument("--output", metavar=_("FILE"), help=_("file to write (.md)"))


def _file(commands):
    found = _add(
        commands, "file", _("hand a person all that is recorded about them"), "trust:file",
        more=_("For people without an account. It is noted that and to whom it was handed."),
    )  # fmt: skip
    found.add_argument("person", type=number(1, 2**62), help=_("number of the person"))
    found.add_argument("--to", required=True, metavar=_("NAME"), help=_("to whom it is handed"))
    found.add_argument("--format", choices=["pdf", "json", "xlsx"], default="pdf")
    found.add_argument("--output", metavar=_("FILE"), help=_("file to write; only its owner can read it"))


def _proposal(commands):
    found = commands.add_parser(
        "proposal", help=_("acts that need two people"), allow_abbrev=False,
        description=_("Acts that need two people: what waits, and the second person's word."),
    )  # fmt: skip
    below = found.add_subparsers(dest="subcommand", metavar=_("COMMAND"), required=True)
    _add(below, "list", _("what waits for a second person"), "proposals:show")
    for name, help, run in (
        ("confirm", _("be the second person: it is done"), "proposals:confirm"),
        ("decline", _("be the second person: it is not done"), "proposals:decline"),
        ("withdraw", _("take back what you proposed"), "proposals:withdraw"),
    ):
        one = _add(below, name, help, run)
        one.add_argument("number", type=number(1, 2**62), help=_("number of the proposal"))
        if name == "decline":
            one.add_argument("--reason", required=True, metavar=_("WORDS"), help=_("why not"))


trust = (_retention, _processing, _file, _proposal)
