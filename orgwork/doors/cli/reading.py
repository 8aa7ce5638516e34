"""This room is for `orgwork read`: what a paper or report says, found at its place, and kept with --keep."""

from __future__ import annotations

import sys
from pathlib import Path

from .common import actor, as_json, need, opening_day, table, unit
from .main import ERROR, NOTHING, WrongUse
from .words import _

REORGANISATION = "reorganisation"


def read(args) -> int:
    """Read files, or the standard input for a dash; a file that cannot be read is named and passed over."""
    from orgwork.foundation.refusals import Refusal

    # Reading needs no power; an account that is named must be one all the same.
    args.account = ""
    for name in set(args.roles) - {REORGANISATION}:
        args.account = name
        actor(args)
    args.reading = REORGANISATION if REORGANISATION in args.roles else ""
    answers, code = [], NOTHING
    keeper = _keeper(args)
    for name in args.files:
        try:
            answers.append(_kept(args, name, *keeper) if keeper else _read(args, name))
        except Refusal as refusal:
            if len(args.files) == 1:
                raise
            print(f"{name}: {refusal}", file=sys.stderr)
            code = ERROR
    if args.json:
        as_json(answers[0] if len(args.files) == 1 else answers)
    else:
        for answer in answers:
            if args.reading:
                _tell_changes(answer)  # type: ignore[arg-type]  a list for this reading
            else:
                (_tell_kept if keeper else _tell)(answer)
    return code


def _keeper(args):
    """The account that keeps the texts and the body that they belong to; None: nothing is kept."""
    if not args.keep:
        return None
    if args.reading:
        raise WrongUse(_("What is read as a reorganisation is not kept; leave --keep out."))
    body = unit(args.keep)
    return need(args, "text.work", body), body


def _kept(args, name: str, account, body) -> dict:
    from orgwork.exchange.texts import files, keeping
    from orgwork.exchange.texts.kept import counts

    path, content = _content(name)
    told = files.opened(content)
    if told.remark:
        print(f"{name}: {told.remark}", file=sys.stderr)
    text, new = keeping.keep(
        told.text, actor=account, door="cli", unit=body, day=opening_day(),
        language=args.text_language or "", file_name=path.name, content=content,
    )  # fmt: skip
    found = {kind: sum(numbers.values()) for kind, numbers in counts(text).items()}
    return {"file": path.name, "text": text.pk, "new": new, "lang": text.language, "finds": found}


def _tell_kept(answer: dict) -> None:
    words = _("kept as text %(number)s") if answer["new"] else _("kept before, as text %(number)s")
    print(f"{answer['file']} ({answer['lang']}): " + words % {"number": answer["text"]})


def _content(name: str) -> tuple[Path, bytes]:
    from orgwork.exchange.texts import files

    path = Path(name)
    if name == "-":
        return path, sys.stdin.buffer.read(files.LARGEST + 1)
    if not path.is_file():
        raise WrongUse(_("There is no file “%s”.") % name)
    with path.open("rb") as file:
        return path, file.read(files.LARGEST + 1)


def _read(args, name: str):
    from orgwork.exchange.texts import files
    from orgwork.exchange.texts.reading import read
    from orgwork.exchange.texts.resolutions import changes
    from orgwork.exchange.texts.text import UnknownLanguage

    path, content = _content(name)
    told = files.opened(content)
    text = told.text
    if told.remark:
        print(f"{name}: {told.remark}", file=sys.stderr)
    if args.reading:
        return [change.as_json() for change in changes(text)]
    try:
        found = read(text, args.text_language)
    except UnknownLanguage as fault:
        raise WrongUse(
            _("The language of “%s” cannot be told; name it with --text-language vi, en, de or ru.") % name
        ) from fault
    more = {"remark": told.remark, "text": text} if told.remark else {}
    return {"file": path.name, **more, **found.as_json()}


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
