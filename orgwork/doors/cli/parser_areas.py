"""This room is for the command line of areas: which old unit became which new one, and tables of changes."""

from __future__ import annotations

from .parser import _add, day
from .words import _


def _areas(commands):
    found = commands.add_parser(
        "areas", help=_("territories: which commune it is now, and what came of what"), allow_abbrev=False,
        description=_("Territories with two times: which commune it is now, and what came of what."),
    )  # fmt: skip
    below = found.add_subparsers(dest="subcommand", metavar=_("COMMAND"), required=True)
    one = _add(
        below, "find", _("find an area by name or code, and what it is on another day"), "areas:find",
        more=_("One name can mean several places: all are shown. Exit code 3: none is."),
    )  # fmt: skip
    one.add_argument("name", metavar=_("NAME"), help=_("words of the name, with or without marks, or a code"))
    one.add_argument("--wide", action="store_true", help=_("also names that only contain the words"))
    _days(one)
    one = _add(
        below, "lineage", _("list what every territory became from one day to another"), "areas:lineage",
        more=_("Codes are those of the official lists in force on the two days, never of a draft."),
    )  # fmt: skip
    _days(one)
    one.add_argument("--plan", metavar=_("PLAN"), help=_("as if this reorganisation plan were enacted"))
    one = _add(
        below, "check", _("read a table of changes and say what is wrong with it"), "areas:check",
        more=_("Columns as in the tables of 1 July 2025. Nothing is written; exit code 3: faults."),
    )  # fmt: skip
    one.add_argument("file", metavar=_("FILE"), help=_("table as comma-separated values"))
    _add(
        below, "load", _("bring in the official list of 30 June 2025"), "areas:load",
        more=_("63 provinces, 696 districts, 10,035 communes; what is there already stays as it is."),
    )  # fmt: skip


def _days(parser):
    parser.add_argument(
        "--from", dest="first", type=day, metavar=_("DAY"), help=_("the day the name or code is of")
    )
    parser.add_argument("--to", dest="last", type=day, metavar=_("DAY"), help=_("the day asked about"))


areas = (_areas,)
