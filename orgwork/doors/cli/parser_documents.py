"""This room is for the command line of the register of papers: its books, and what rests on a paper."""

from __future__ import annotations

from .parser import _add, day
from .words import _


def _documents(commands):
    found = commands.add_parser(
        "documents", allow_abbrev=False,
        help=_("the register of papers: numbers given, missing, reserved; what rests on a paper"),
        description=_("The register of papers: its books, and what rests on a paper."),
    )  # fmt: skip
    below = found.add_subparsers(dest="subcommand", metavar=_("COMMAND"), required=True)
    one = _add(
        below, "book", _("the register book of a body: every number, its paper or why it has none"),
        "documents:numbers",
        more=_("Exit code 3: a number is missing from a book that is kept here."),
    )  # fmt: skip
    one.add_argument("--unit", required=True, metavar=_("CODE"), help=_("the body that issues"))
    one.add_argument("--kind", metavar=_("KIND"), help=_("only this kind, such as decision"))
    one.add_argument("--on", type=day, metavar=_("DAY"), help=_("the book as it was on this day"))
    one.add_argument("--missing", action="store_true", help=_("only the numbers that are missing"))
    one = _add(
        below, "rests", _("what rests on a decision, before it is annulled"), "documents:rests",
        more=_("Nothing is written. Exit code 3: something later stands in the way."),
    )  # fmt: skip
    one.add_argument("paper", metavar=_("PAPER"), help=_("number and symbol, such as 04-NQ/TU, or an id"))


documents = (_documents,)
