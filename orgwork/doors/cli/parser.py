"""This room is for the command line itself: every command with its options, help, and the function behind it.

Nothing heavy is imported here: a command's function is named as text and fetched when it runs.
"""

from __future__ import annotations

import argparse
import datetime as dt
from collections.abc import Callable

from .words import LANGUAGES, _

EXIT_CODES = {0: "nothing to report", 1: "error", 2: "wrong use", 3: "findings"}

Sub = "argparse._SubParsersAction[argparse.ArgumentParser]"


def day(text: str) -> dt.date:
    try:
        found = dt.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            _("“%s” is not a day; write it as year-month-day, such as 2024-05-01") % text
        ) from None
    if not 1900 <= found.year <= 2200:
        raise argparse.ArgumentTypeError(
            _("the year %s lies outside what the registers can hold (1900 to 2200)") % found.year
        )
    return found


def moment(text: str) -> dt.date | dt.datetime:
    """A day (its end is meant), or a time such as 2024-05-10T12:00."""
    if len(text) <= 10:
        return day(text)
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            _("“%s” is neither a day nor a time; write 2024-05-10 or 2024-05-10T12:00") % text
        ) from None


def number(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        found = int(text) if text.isascii() and text.isdigit() else least - 1
        if not least <= found <= most:
            raise argparse.ArgumentTypeError(
                _("“%(text)s” is not a whole number from %(least)s to %(most)s")
                % {"text": text, "least": least, "most": most}
            )
        return found

    return read


def pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise argparse.ArgumentTypeError(_("“%s” is not of the form name=value") % text)
    return name.replace("-", "_"), value


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="orgwork",
        description=_(
            "Bodies, members, posts and decisions of a large organisation,"
            " and figures that are their records."
        ),
        epilog=_(
            "Exit codes: 0 nothing to report, 1 error, 2 wrong use, 3 findings."
            " “orgwork COMMAND --help” says more."
        ),
        allow_abbrev=False,
    )
    top.add_argument("--version", action="store_true", help=_("print the version and exit"))
    top.add_argument("--language", choices=LANGUAGES, default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    from .parser_areas import areas
    from .parser_documents import documents
    from .parser_incoming import incoming
    from .parser_papers import papers
    from .parser_reorganise import reorganisations
    from .parser_sheets import sheets
    from .parser_staffing import staffing
    from .parser_trust import trust
    from .parser_whole import whole

    commands = top.add_subparsers(dest="command", metavar=_("COMMAND"), title=_("commands"))
    for declare in (
        _demo,
        _serve,
        _worker,
        _due,
        _figure,
        _read,
        _report,
        _check,
        _journal,
        _user,
        *trust,
        *incoming,
        *whole,
        *sheets,
        *reorganisations,
        *areas,
        *papers,
        *documents,
        *staffing,
        _manage,
    ):
        declare(commands)
    return top


def common() -> argparse.ArgumentParser:
    """What every command takes."""
    found = argparse.ArgumentParser(add_help=False)
    found.add_argument("--json", action="store_true", help=_("answer as JSON, for programs"))
    found.add_argument(
        "--as",
        dest="account",
        metavar=_("ACCOUNT"),
        help=_("act with this account's powers; without it, as the operator of the machine"),
    )
    found.add_argument("--language", choices=LANGUAGES, help=_("language of what is said"))
    return found


def _add(commands, name: str, help: str, run: str, *, more: str = "") -> argparse.ArgumentParser:
    found = commands.add_parser(
        name,
        help=help,
        description=f"{help[:1].upper()}{help[1:]}. {more}".strip(),
        parents=[common()],
        allow_abbrev=False,
        # A command may give an option of all commands another meaning.
        conflict_handler="resolve",
    )
    found.set_defaults(run=run)
    return found


def _demo(commands):
    found = _add(
        commands,
        "demo",
        _("build the demonstration: Điện Biên with about 48,000 invented members"),
        "building:demo",
        more=_(
            "Refuses a database that is not empty. Sign-ins are made fresh, printed once, and kept in a file"
            " that only you can read."
        ),
    )
    found.add_argument(
        "--members",
        type=number(1_500, 1_000_000),
        metavar="N",
        help=_("for measuring: about this many members"),
    )
    found.add_argument(
        "--bodies", type=number(1, 50_000), metavar="M", help=_("for measuring: about this many bodies")
    )
    found.add_argument("--replace", action="store_true", help=_("remove everything in the database first"))
    found.add_argument(
        "--reform",
        action="store_true",
        help=_("with the reform of 1 July 2025 enacted: look at 2025-06-30 and 2025-07-01"),
    )


def _serve(commands):
    found = _add(
        commands,
        "serve",
        _("start the server, with the worker beside it"),
        "serving:serve",
        more=_("Reached from this machine only, unless --host says otherwise. Ctrl-C stops it."),
    )
    found.add_argument("--host", default="127.0.0.1", help=_("address to listen on (default: 127.0.0.1)"))
    found.add_argument(
        "--port", type=number(1, 65535), help=_("port to listen on (default: the next free one from 8000)")
    )
    found.add_argument(
        "--threads",
        type=number(1, 256),
        default=4,
        help=_("requests worked on at the same time (default: 4)"),
    )
    found.add_argument(
        "--workers",
        type=number(1, 64),
        default=1,
        help=_("processes that answer; on PostgreSQL one for each core (default: 1)"),
    )
    found.add_argument(
        "--no-worker", action="store_true", help=_("start no worker: it runs as a process of its own")
    )


def _worker(commands):
    _add(commands, "worker", _("be the worker that does long jobs, until stopped"), "serving:worker")


def _due(commands):
    found = _add(
        commands,
        "due",
        _("do what time does: close what has ended, ask about what is out of its rule"),
        "due:run",
        more=_("The worker does it once a day by itself; doing it again changes nothing."),
    )
    found.add_argument("--on", type=day, metavar=_("DAY"), help=_("judge by this day (default: today)"))


def _figure(commands):
    found = _add(
        commands,
        "figure",
        _("compute a figure; it is the count of its records"),
        "figures:figure",
        more=_("Without a name the catalogue is listed. A period includes both days."),
    )
    found.add_argument("indicator", nargs="?", help=_("name of the figure, such as members.admitted"))
    found.add_argument(
        "--unit", metavar=_("CODE"), help=_("code of the body, with everything under it (default: the whole)")
    )
    found.add_argument("--on", type=day, metavar=_("DAY"), help=_("the day of a stock"))
    found.add_argument(
        "--from", dest="first", type=day, metavar=_("DAY"), help=_("first day of the period of a flow")
    )
    found.add_argument(
        "--to", dest="last", type=day, metavar=_("DAY"), help=_("last day of the period, included")
    )
    found.add_argument(
        "--known-at", type=moment, metavar=_("DAY"), help=_("as it was known at the end of that day")
    )
    found.add_argument("--records", action="store_true", help=_("list the records that are counted"))
    found.add_argument(
        "--structure", type=day, metavar=_("DAY"), help=_("the same records by the bodies of this later day")
    )
    found.add_argument("--kind", metavar=_("KIND"), help=_("only bodies of this kind"))
    found.add_argument(
        "--option",
        action="append",
        default=[],
        type=pair,
        metavar=_("NAME=VALUE"),
        help=_("another option of the figure"),
    )


def _read(commands):
    found = _add(
        commands,
        "read",
        _("read papers and reports: documents cited, people, figures, instructions"),
        "reading:read",
        more=_(
            "Nothing is written without --keep. Files may be text, PDF, Word or OpenDocument; "
            "a dash reads what is piped in."
        ),
    )
    found.add_argument("files", nargs="+", metavar=_("FILE"), help=_("the files to read"))
    found.add_argument(
        "--as",
        dest="roles",
        action="append",
        default=[],
        metavar=_("ACCOUNT|reorganisation"),
        help=_("reorganisation: a resolution's clauses as planned changes; else the account that reads"),
    )
    found.add_argument(
        "--text-language",
        choices=LANGUAGES,
        help=_("language of the text, when it cannot be told from it"),
    )
    found.add_argument(
        "--keep",
        metavar=_("CODE"),
        help=_("keep the texts with their finds at the body of this code; takes --as ACCOUNT"),
    )


def _report(commands):
    found = _add(commands, "report", _("write a report as a Word file or as JSON"), "reports:report")
    found.add_argument(
        "name",
        choices=["term", "growth"],
        metavar="{term,growth}",
        help=_("term: what a body reports over a period"),
    )
    found.add_argument(
        "--unit", required=True, metavar=_("CODE"), help=_("code of the body, with everything under it")
    )
    found.add_argument("--from", dest="first", type=day, metavar=_("DAY"), help=_("first day of the period"))
    found.add_argument(
        "--to", dest="last", type=day, metavar=_("DAY"), help=_("last day of the period, included")
    )
    found.add_argument("--quarter", metavar="2024-Q1", help=_("the quarter of the report on growth"))
    found.add_argument(
        "--known-at", type=moment, metavar=_("DAY"), help=_("as it was known at the end of that day")
    )
    found.add_argument(
        "--output", metavar=_("FILE"), help=_("file to write (.docx); without it the report is printed")
    )


def _check(commands):
    found = _add(
        commands,
        "check",
        _("run every named rule over the registers and list what breaks one"),
        "checking:check",
    )
    found.add_argument("--unit", metavar=_("CODE"), help=_("only this body and everything under it"))
    found.add_argument(
        "--on", type=day, metavar=_("DAY"), help=_("the day that is checked (default: the day pages open on)")
    )


def _journal(commands):
    found = commands.add_parser(
        "journal",
        help=_("see that nobody has altered the journal"),
        allow_abbrev=False,
        description=_("See that nobody has altered the journal."),
    )
    below = found.add_subparsers(dest="subcommand", metavar=_("COMMAND"), required=True)
    _add(
        below,
        "verify",
        _("walk the chain and name the first entry that was altered, removed, inserted or moved"),
        "checking:verify",
    )


def _user(commands):
    found = commands.add_parser(
        "user",
        help=_("accounts: who may sign in"),
        allow_abbrev=False,
        description=_(
            "Accounts: who may sign in. What somebody may do follows from posts, never from the account."
        ),
    )
    below = found.add_subparsers(dest="subcommand", metavar=_("COMMAND"), required=True)
    add = _add(
        below, "add", _("make an account; its password is made fresh and printed once"), "accounts:add"
    )
    add.add_argument("username", help=_("sign-in name"))
    add.add_argument("--name", default="", help=_("full name"))
    add.add_argument("--speaks", choices=LANGUAGES, default="", help=_("language of the account"))
    add.add_argument(
        "--person",
        type=number(1, 2**62),
        metavar=_("NUMBER"),
        help=_("number of the person whose account it is"),
    )
    _add(below, "list", _("list the accounts"), "accounts:show")
    for name, help, run in (
        ("lock", _("nobody can sign in with this account from now on"), "accounts:lock"),
        ("unlock", _("the account can be used again"), "accounts:unlock"),
        ("password", _("make a new password and print it once; open sessions end"), "accounts:password"),
    ):
        _add(below, name, help, run).add_argument("username", help=_("sign-in name"))
    link = _add(
        below,
        "link",
        _("say whose account it is: a person holds posts, and posts give powers"),
        "accounts:link",
    )
    link.add_argument("username", help=_("sign-in name"))
    link.add_argument("person", type=number(1, 2**62), help=_("number of the person"))
    _sign_in(below)


def _sign_in(below):
    """`orgwork user …` about resets, sessions, tokens and providers."""
    reset = _add(
        below, "reset", _("take away password and second factors, and print a code to hand over"),
        "sign_in:reset",
    )  # fmt: skip
    reset.add_argument("username", help=_("sign-in name"))
    reset.add_argument("--reason", required=True, help=_("how the owner proved who they are"))
    _add(
        below, "end", _("end an account for good; its name is given to nobody else"), "sign_in:end"
    ).add_argument("username", help=_("sign-in name"))
    sessions = _add(below, "sessions", _("list where an account is signed in"), "sign_in:sessions")
    sessions.add_argument("username", help=_("sign-in name"))
    sessions.add_argument("--end", action="store_true", help=_("end all of them"))
    token = _add(
        below, "token", _("make an API token for the account of --as; the operator makes those for SCIM"),
        "sign_in:token",
    )  # fmt: skip
    token.add_argument("name", help=_("what the program is, so that you know it again"))
    token.add_argument("--scope", choices=["read", "write", "scim"], required=True, help=_("what it may do"))
    token.add_argument("--until", type=day, metavar=_("DAY"), help=_("its last day (default: in 90 days)"))
    tokens = _add(
        below, "tokens", _("list the API tokens of an account, or the operator's"), "sign_in:tokens"
    )
    tokens.add_argument("username", nargs="?", help=_("sign-in name"))
    ending = _add(below, "end-token", _("end an API token at once"), "sign_in:end_token")
    ending.add_argument("number", type=number(1, 2**62), help=_("number of the token"))
    ending.add_argument("username", nargs="?", help=_("sign-in name"))
    tie = _add(below, "tie", _("join an account to its subject at the provider of sign-ins"), "sign_in:tie")
    tie.add_argument("username", help=_("sign-in name"))
    tie.add_argument("subject", help=_("number of the account at the provider; empty parts them"))


def _manage(commands):
    commands.add_parser("manage", help=_("Django's own commands, for developers"), add_help=False)
