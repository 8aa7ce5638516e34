"""This room is for the command line of papers: finding them by words, attaching files to them."""

from __future__ import annotations

from .parser import _add, day, number
from .words import LANGUAGES, _


def found_papers(below):
    """`orgwork papers search` and `orgwork papers attach`."""
    one = _add(
        below, "search", _("find papers by words of number, title and text"), "found_papers:search",
        more=_("Words count by their beginning, with or without marks. Exit code 3: no paper has them all."),
    )  # fmt: skip
    one.add_argument("words", nargs="+", metavar=_("WORD"), help=_("words, or a number such as 35-CT/TW"))
    one.add_argument("--unit", metavar=_("CODE"), help=_("papers issued by this body and those below it"))
    one.add_argument("--alone", action="store_true", help=_("papers of this very body"))
    one.add_argument("--kind", metavar=_("CODE"), help=_("kind of papers, such as resolution"))
    one.add_argument("--term", metavar=_("TERM"), help=_("term of office, such as XIII"))
    one.add_argument("--in-force", choices=("yes", "no"), help=_("in force on the day, or no longer"))
    one.add_argument("--on", type=day, metavar=_("DAY"), help=_("papers of this day and before"))
    one.add_argument("--limit", type=number(1, 1000), default=20, metavar="N", help=_("so many at most"))
    one = _add(
        below, "attach", _("attach a file to a paper"), "found_papers:attach",
        more=_("PDF, Word, OpenDocument or a picture. The worker takes its text out."),
    )  # fmt: skip
    one.add_argument("paper", type=number(1, 2**62), metavar=_("NUMBER"), help=_("number of the paper here"))
    one.add_argument("file", metavar=_("FILE"), help=_("the file"))
    one.add_argument("--text-language", choices=LANGUAGES, default="vi", help=_("language of the text"))
    one.add_argument(
        "--replaces", type=number(1, 2**62), metavar=_("NUMBER"), help=_("number of the file it replaces")
    )
