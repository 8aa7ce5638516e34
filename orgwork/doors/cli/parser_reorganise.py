"""This room is for the command line of reorganisations."""

from __future__ import annotations

from .parser import _add, day
from .words import _


def _reorganise(commands):
    found = commands.add_parser(
        "reorganise",
        help=_("plan a reorganisation, rehearse it, enact it, take it back"),
        description=_("plan a reorganisation, rehearse it, enact it, take it back"),
    )
    below = found.add_subparsers(dest="what", required=True, metavar=_("COMMAND"))
    one = _add(
        below, "load", _("make a plan from a table of changes of territories"), "reorganise:load",
        more=_("Changes of bodies follow by written rule. Nothing is true before the plan is enacted."),
    )  # fmt: skip
    one.add_argument("file", metavar=_("FILE"), help=_("a table (CSV in UTF-8), or the text of a resolution"))
    one.add_argument(
        "--effective", type=day, required=True, metavar=_("DAY"), help=_("the day from which it holds")
    )
    one.add_argument("--title", metavar=_("WORDS"), help=_("what the plan is called"))
    one.add_argument(
        "--by-clause", action="store_true",
        help=_("keep the clauses of a text: people check each before the plan is enacted"),
    )  # fmt: skip
    one = _add(
        below, "read", _("make a table of a resolution's text"), "reorganise:read",
        more=_("Each clause becomes rows with codes, to be checked against the text and then loaded."),
    )  # fmt: skip
    one.add_argument("file", metavar=_("FILE"), help=_("the text of a resolution"))
    one.add_argument(
        "--effective", type=day, required=True, metavar=_("DAY"), help=_("the day from which it holds")
    )
    one.add_argument("--output", metavar=_("FILE"), help=_("where the table is written"))
    _add(below, "list", _("all plans with their states"), "reorganise:plans")
    _plan(below, "show", _("what a plan does, and what is undecided"), "reorganise:show")
    one = _add(below, "draft", _("begin a plan that is written change by change"), "reorganise:draft")
    one.add_argument("--unit", metavar=_("CODE"), required=True, help=_("the body above all that changes"))
    one.add_argument(
        "--effective", type=day, required=True, metavar=_("DAY"), help=_("the day from which it holds")
    )
    one.add_argument("--title", metavar=_("WORDS"), help=_("what the plan is called"))
    one = _plan(
        below, "write", _("write changes of bodies from a table into a plan"), "reorganise:write",
        more=_("Columns: change (found, end, merge, absorb, split, move, rename, change_kind,"
               " transfer_function, transfer_areas), body, to, remainder, kind, name, short, code, places,"
               " functions, effective, clause. All rows or none."),
    )  # fmt: skip
    one.add_argument("file", metavar=_("FILE"), help=_("a table (CSV in UTF-8)"))
    one = _add(
        below, "compare", _("hold two or three plans beside one another"), "reorganise:compare",
        more=_("Shows what only some of them do, and what each rehearsal counted."),
    )  # fmt: skip
    one.add_argument("plans", metavar=_("PLAN"), nargs="+", help=_("codes of two or three plans"))
    one = _plan(below, "decide", _("take over decisions from a table"), "reorganise:decide")
    one.add_argument("file", metavar=_("FILE"), help=_("a table with the columns what, code, target"))
    one = _plan(
        below, "hanging", _("what hangs on bodies that end, and who accepted where it goes"),
        "reorganise:hanging",
    )  # fmt: skip
    _which(one)
    one = _plan(
        below, "accept", _("accept what the rules propose for what hangs, or send it elsewhere"),
        "reorganise:accept",
        more=_("All of it, or what --kind, --body, --successor and --state narrow it to."),
    )  # fmt: skip
    _which(one)
    one.add_argument(
        "--to", metavar=_("CODE"),
        help=_("send it there instead; “rule”: back to what the rule proposes"),
    )  # fmt: skip
    one.add_argument(
        "--thing", type=int, action="append", metavar=_("NUMBER"), help=_("only this one of them")
    )
    _plan(
        below, "rehearse", _("run a plan where it does not count"), "reorganise:rehearse",
        more=_("Shows the counts of every invariant before and after, and what is undecided."),
    )  # fmt: skip
    one = _plan(
        below, "enact", _("carry a plan out, all or nothing"), "reorganise:enact",
        more=_("Ends with 3, and changes nothing, while something is undecided. Whoever enacts accepts what"
               " the rules propose for everything that hangs, where nobody has accepted it before."),
    )  # fmt: skip
    one.add_argument(
        "--only-accepted", action="store_true",
        help=_("accept nothing by this: end with 3 and name what nobody has accepted"),
    )  # fmt: skip
    _plan(
        below, "undo", _("take an enacted plan back as a whole"), "reorganise:undo",
        more=_("Ends with 3, and changes nothing, while later acts rest on it; they are listed."),
    )  # fmt: skip


def _which(one):
    one.add_argument("--kind", metavar=_("KIND"), help=_("only this kind of thing: cases, papers, staff …"))
    one.add_argument("--body", metavar=_("CODE"), help=_("only what hangs on this body"))
    one.add_argument("--successor", metavar=_("CODE"), help=_("only what goes to this body"))
    one.add_argument("--state", choices=("open", "accepted", "decided"), help=_("only groups in this state"))


def _plan(below, name, text, run, more=""):
    one = _add(below, name, text, run, more=more)
    one.add_argument("plan", metavar=_("PLAN"), help=_("code of the plan"))
    return one


reorganisations = (_reorganise,)
