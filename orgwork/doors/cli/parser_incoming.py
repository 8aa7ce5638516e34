"""This room is for the command line of incoming papers, the study of papers and the papers required."""

from __future__ import annotations

from .parser import _add, day, number
from .words import _


def _incoming(commands):
    found = commands.add_parser(
        "incoming", allow_abbrev=False,
        help=_("incoming papers of a body; who studied a paper; which papers bodies must have"),
        description=_("The book of incoming papers, the study of papers, the papers that bodies must have."),
    )  # fmt: skip
    below = found.add_subparsers(dest="subcommand", metavar=_("COMMAND"), required=True)
    one = _add(
        below, "book", _("the book of incoming papers of a body"), "incoming:book_of",
        more=_("Exit code 3: an answer is late."),
    )  # fmt: skip
    one.add_argument("--unit", required=True, metavar=_("CODE"), help=_("the body whose book it is"))
    one.add_argument("--on", type=day, metavar=_("DAY"), help=_("the book as it was on this day"))
    one.add_argument("--open", action="store_true", help=_("only what is still to be dealt with"))
    one.add_argument("--late", action="store_true", help=_("only what is late"))
    one = _add(
        below, "studied", _("which bodies with members have studied a paper, and how many members"),
        "incoming:studied", more=_("Exit code 3: a body has not studied it by its day."),
    )  # fmt: skip
    one.add_argument("paper", metavar=_("PAPER"), help=_("number and symbol, such as 04-NQ/TU, or an id"))
    one.add_argument("--unit", required=True, metavar=_("CODE"), help=_("this body and all below it"))
    one.add_argument("--on", type=day, metavar=_("DAY"), help=_("as it was on this day"))
    one.add_argument(
        "--within", type=number(0, 9999), metavar="N", help=_("days after the paper, where nobody set a day")
    )
    one = _add(
        below, "required", _("which papers bodies must have and have not"), "incoming:required",
        more=_("Exit code 3: something is missing, or must follow."),
    )  # fmt: skip
    one.add_argument("--unit", required=True, metavar=_("CODE"), help=_("this body and all below it"))
    one.add_argument("--on", type=day, metavar=_("DAY"), help=_("as it was on this day"))
    help = _("instead: papers that must follow because their parent changed")
    one.add_argument("--follow", action="store_true", help=help)


incoming = (_incoming,)
