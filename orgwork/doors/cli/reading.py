"""This room is for `orgwork read`: what a paper or report says, found at its place; nothing is written."""

from __future__ import annotations

import sys
from pathlib import Path

from .common import actor, as_json, table
from .main import ERROR, NOTHING, WrongUse
from .words import _

REORGANISATION = "reorganisation"


def read(args) -> int:
    """Read files, or the standard input for a dash; a file that cannot be read is named and passed over."""
    from orgwork.foundation.refusals import Refusal

    # Reading needs no power; an account that is named must be one all the same.
    for name in set(args.roles) - {REORGANISATION}:
        args.account = name
        actor(args)
    args.reading = REORGANISATION if REORGANISATION in args.roles else ""
    answers, code = [], NOTHING
    for name in args.files:
        try:
            answers.append(_read(args, name))
        except Refusal as refusal:
            if len(args.files) == 1:
                raise
            print(f"{name}: {refusal}", file=sys.stderr)
            code = ERROR
    if args.json:
        as_json(answers[0] if len(args.files) == 1 else answers)
    else:
        for answer in answers:
            (_tell_changes if args.reading else _tell)(answer)
    return code


def _read(args, name: str):
    from orgwork.exchange.texts import files
    from orgwork.exchange.texts.reading import read
    from orgwork.exchange.texts.resolutions import changes
    from orgwork.exchange.texts.text import UnknownLanguage

    path = Path(name)
    if name != "-" and not path.is_file():
        raise WrongUse(_("There is no file “%s”.") % name)
    text = files.text_of(sys.stdin.buffer.read(files.LARGEST + 1)) if name == "-" else files.read_path(path)
    if args.reading:
        return [change.as_json() for change in changes(text)]
    try:
        found = read(text, args.text_language)
    except UnknownLanguage as fault:
        raise WrongUse(
            _("The language of “%s” cannot be told; name it with --text-language vi, en, de or ru.") % name
        ) from fault
    return {"file": path.name, **found.as_json()}


def _tell(answer: dict) -> None:
    rows = [[_("Found"), _("Place"), _("In the text"), _("Read as")]]
    for kind, key in (
        ("documents", "norm"),
        ("persons", "name_norm"),
        ("figures", "value"),
        ("tasks", "due"),
    ):
        for find in answer[kind]:
            shown = " ".join(find["surface"].split())
            shown = shown if len(shown) <= 70 else shown[:69] + "…"
            rows.append([kind, f"{find['start']}–{find['end']}", shown, find.get(key)])
    print(f"{answer['file']} ({answer['lang']})")
    table(rows)


def _tell_changes(changes: list[dict]) -> None:
    rows = [[_("Clause"), _("New"), _("From")]]
    for change in changes:
        old = ", ".join(f"{one['type']} {one['name']} ({one['part']})".strip() for one in change["old"])
        rows.append([change["clause"], f"{change['new_type']} {change['new_name']}", old])
    table(rows)
