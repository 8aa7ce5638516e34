"""This room is for the command line of papers: files that other systems read, templates of decisions."""

from __future__ import annotations

from .parser import _add, day
from .parser_found_papers import found_papers
from .words import _


def _papers(commands):
    found = commands.add_parser(
        "papers", help=_("papers: search, files, export, templates of decisions"), allow_abbrev=False,
        description=_("Papers of the register: export as Akoma Ntoso, templates of decisions."),
    )  # fmt: skip
    below = found.add_subparsers(dest="subcommand", metavar=_("COMMAND"), required=True)
    one = _add(
        below, "akoma", _("a paper with its relations as Akoma Ntoso"), "papers:akoma",
        more=_("Named by number and symbol, or by its number in the register. Exit code 3: there is none."),
    )  # fmt: skip
    one.add_argument("paper", metavar=_("PAPER"), help=_("number and symbol, such as 04-NQ/TU, or an id"))
    one.add_argument("--on", type=day, metavar=_("DAY"), help=_("relations as they were on this day"))
    one.add_argument("--text", metavar=_("LANGUAGE"), help=_("which text, where there are several: vi, en …"))
    one.add_argument("--output", metavar=_("FILE"), help=_("write to this file instead of printing"))
    one = _add(
        below, "templates", _("check the templates of decisions, or write ours to begin from"),
        "papers:templates",
        more=_("An office lays its own in the folder “templates” of its installation. Exit code 3: faults."),
    )  # fmt: skip
    one.add_argument("--write", metavar=_("FOLDER"), help=_("write our texts and our Word template there"))
    found_papers(below)


papers = (_papers,)
