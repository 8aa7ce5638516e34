"""This room is for the command line of sheets: rehearse, apply, undo, templates."""

from __future__ import annotations

from .parser import _add, day, number
from .words import _


def about_sheet(found) -> None:
    """What a workbook that comes in may be told besides."""
    found.add_argument("--kind", metavar=_("KIND"), help=_("what the sheet holds, such as members"))
    found.add_argument(
        "--day", type=day, metavar=_("DAY"), help=_("the day of the opening balance (default: today)")
    )
    found.add_argument("--sheet", metavar=_("NAME"), help=_("name of the sheet in the workbook"))
    found.add_argument(
        "--encoding", metavar=_("NAME"), help=_("letters of a plain text, such as windows-1258")
    )
    found.add_argument("--agree", action="store_true", help=_("apply what can be, after the rehearsal"))
    found.add_argument("--remarks", metavar=_("FILE"), help=_("write the workbook with remarks to this file"))


def _sheet(commands):
    found = commands.add_parser(
        "sheet",
        help=_("workbooks: rehearse, apply, undo, templates"),
        allow_abbrev=False,
        description=_("Workbooks: rehearsed first, applied when agreed, undone as a whole."),
    )
    below = found.add_subparsers(dest="subcommand", metavar=_("COMMAND"), required=True)
    check = _add(below, "check", _("rehearse a workbook; nothing is written"), "sheets:bring")
    check.add_argument("file", metavar=_("FILE"), help=_("workbook (.xlsx, .ods) or text (.csv)"))
    about_sheet(check)
    shown = _add(below, "list", _("the sheets brought so far, or one of them with its rows"), "sheets:show")
    shown.add_argument("number", nargs="?", type=number(1, 2**62), help=_("number of the sheet"))
    for name, text in (
        ("apply", _("agree to a rehearsed sheet and apply it; goes on where it was cut short")),
        ("undo", _("undo an applied sheet as a whole")),
        ("discard", _("put a sheet away with everything kept of it")),
    ):
        one = _add(below, name, text, f"sheets:{name}")
        one.add_argument("number", type=number(1, 2**62), help=_("number of the sheet"))
    why = _add(
        below, "why", _("say why rows that come back are corrected, and on which paper"), "sheets:why"
    )  # fmt: skip
    why.add_argument("number", type=number(1, 2**62), help=_("number of the sheet"))
    why.add_argument("--reason", required=True, metavar=_("WORDS"), help=_("why the register was wrong"))
    why.add_argument("--paper", required=True, metavar=_("NUMBER"), help=_("number and symbol of the paper"))
    why.add_argument("--paper-day", required=True, type=day, metavar=_("DAY"), help=_("day of the paper"))
    remarks = _add(below, "remarks", _("write a sheet with remarks as a workbook"), "sheets:remarks")
    remarks.add_argument("number", type=number(1, 2**62), help=_("number of the sheet"))
    remarks.add_argument("--output", required=True, metavar=_("FILE"), help=_("workbook to write"))
    export = _add(
        below, "export", _("write people of a body as a sheet that can be corrected and brought back"),
        "sheets:export",
    )  # fmt: skip
    export.add_argument("kind", metavar=_("KIND"), help=_("what to write, such as members"))
    export.add_argument("--unit", metavar=_("CODE"), help=_("code of the body, with everything under it"))
    export.add_argument(
        "--on", type=day, metavar=_("DAY"), help=_("the day (default: the day pages open on)")
    )
    export.add_argument("--output", required=True, metavar=_("FILE"), help=_("workbook to write"))
    template = _add(below, "template", _("write an empty sheet to fill in"), "sheets:template")
    template.add_argument("kind", metavar=_("KIND"), help=_("what the sheet holds, such as members"))
    template.add_argument("--output", required=True, metavar=_("FILE"), help=_("workbook to write"))


sheets = (_sheet,)
