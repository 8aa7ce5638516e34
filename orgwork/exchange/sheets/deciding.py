"""This room is for what a person does with a rehearsed sheet: correct a cell, decide a doubt, put it away."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from pathlib import Path

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from orgwork.foundation.refusals import Refusal, WrongState

from .imports import Import, ImportRow, Outcome, State
from .kinds import KINDS
from .limits import LETTERS
from .rehearsing import rehearse_again
from .values import record_number

#: Doubts that are decided by taking what is offered; doubles are decided by saying who it is.
DOUBLES = ("look_alike", "double_in_sheet", "is_it_this_one")
#: So many rows are decided at once; each is judged again.
MOST, MOST_BY_PROCEDURE = 5_000, 100


def _open(brought: Import) -> None:
    brought.refresh_from_db(fields=["state"])
    if brought.state != State.REHEARSED:
        raise WrongState(
            _("This sheet is in the state “%(state)s”; its rows can no longer be changed.")
            % {"state": brought.get_state_display()}
        )


def correct(brought: Import, number: int, cells: Mapping[str, str]) -> ImportRow:
    """Other contents for some cells of a row, which is judged again by itself."""
    _open(brought)
    row = _row(brought, number)
    known = {one.code for one in KINDS[brought.kind].columns}
    changed = set()
    for code, text in cells.items():
        if code not in known:
            raise Refusal(_("There is no such column in this sheet."), field=code, code="no_such_column")
        text = " ".join(str(text).replace("\x00", "\ufffe").split())[: LETTERS + 1]
        if text != row.cells.get(code, ""):
            changed.add(code)
            row.cells[code] = text
    row.cells = {code: text for code, text in row.cells.items() if text}
    answers = row.answers
    answers["odd"] = [one for one in answers.get("odd", []) if one[0] not in changed]
    answers["taken"] = [one for one in answers.get("taken", []) if one.partition(":")[2] not in changed]
    if changed & {"name", "birth", "card"}:
        answers.pop("double", None)
    row.save(update_fields=["cells", "answers"])
    rehearse_again(brought, {number} | _partners(row))
    return _row(brought, number)


def decide(brought: Import, number: int, answer: str) -> ImportRow:
    """“take” what is offered, “another” person, “same:17”, “leave” the row out, “back” in again."""
    _open(brought)
    row = _row(brought, number)
    partners = _partners(row)
    _answer(row, answer)
    row.save(update_fields=["answers"])
    rehearse_again(brought, {number} | partners)
    return _row(brought, number)


def decide_many(brought: Import, code: str, answer: str) -> int:
    """The same answer for every row that is doubtful for the same reason (and for no other)."""
    _open(brought)
    kind = KINDS[brought.kind]
    rows, most = [], MOST if kind.apply else MOST_BY_PROCEDURE
    for row in brought.rows.filter(outcome=Outcome.DOUBTFUL).order_by("number").iterator():
        doubts = {remark[2] for remark in row.remarks if remark[1] == Outcome.DOUBTFUL}
        if doubts == {code}:
            _answer(row, answer)
            rows.append(row)
        if len(rows) == most:
            break
    with transaction.atomic():
        ImportRow.objects.bulk_update(rows, ["answers"], batch_size=200)
    rehearse_again(brought, [row.number for row in rows])
    return len(rows)


def _answer(row: ImportRow, answer: str) -> None:
    answers = row.answers
    if answer == "leave":
        answers["leave"] = True
    elif answer == "back":
        answers.pop("leave", None)
    elif answer == "take":
        offered = [
            f"{code}:{column}"
            for column, outcome, code, _said in row.remarks
            if outcome == Outcome.DOUBTFUL and code not in DOUBLES
        ]
        answers["taken"] = sorted({*answers.get("taken", []), *offered})
        for _column, _outcome, code, said in row.remarks:
            if code == "is_it_this_one" and len(said.get("people", ())) == 1:
                answers["double"] = f"same:{said['people'][0]}"
    elif answer == "another" or (answer.startswith("same:") and record_number(answer[5:])):
        answers["double"] = answer
    else:
        raise Refusal(_("Choose one of the answers."), field="answer", code="no_answer")


def _partners(row: ImportRow) -> set[int]:
    """Rows that this one was told to be the double of: what becomes of them may change with it."""
    found: set[int] = set()
    for _column, _outcome, code, said in row.remarks:
        if code in ("double_in_sheet", "card_twice", "person_twice"):
            found |= {int(one) for one in str(said.get("rows", "")).split(", ")[:20] if one.isdigit()}
    return found


def _row(brought: Import, number: int) -> ImportRow:
    row = brought.rows.filter(number=number).first()
    if row is None:
        raise Refusal(_("The sheet has no such row."), field="row", code="no_such_row")
    return row


def say_orders(brought: Import, orders: Mapping[str, str]) -> None:
    """Which comes first in 03/04/2024, for columns where nothing decides it; the sheet is judged again."""
    _open(brought)
    kept = dict(brought.options.get("orders") or {})
    kept.update({code: order for code, order in orders.items() if order in ("dmy", "mdy")})
    brought.options["orders"] = kept
    brought.state = State.READING
    brought.save(update_fields=["options", "state"])


def say_why(brought: Import, *, reason: str, symbol: str, day: str, since: str = "") -> None:
    """Reason and paper of the corrections that the sheet asks for; it is judged again with them."""
    _open(brought)
    for name, text in (("reason", reason), ("symbol", symbol), ("paper_day", day)):
        if not text.strip():
            raise Refusal(_("Give the reason, and number and day of the paper."), field=name, code="missing")
    for name, text in (("paper_day", day), ("since", since)):
        try:
            text and dt.date.fromisoformat(text)
        except ValueError:
            raise Refusal(_("Write the day as year-month-day."), field=name, code="no_day") from None
    said = {"reason": reason.strip()[:1_000], "symbol": symbol.strip()[:60], "paper_day": day, "since": since}
    brought.options |= said
    brought.state = State.READING
    brought.save(update_fields=["options", "state"])


def discard(brought: Import) -> None:
    """Put away a sheet that was not applied: its rows and its file are gone."""
    if brought.state in (State.APPLYING, State.APPLIED, State.UNDOING):
        raise WrongState(_("What was applied cannot be put away; undo it first."))
    with transaction.atomic():
        brought.rows.all().delete()
        path, brought.file = brought.file, ""
        brought.headings, brought.samples, brought.counts, brought.notes = [], [], {}, []
        brought.state, brought.forgotten_at = State.DISCARDED, timezone.now()
        brought.save()
    if path:
        Path(path).unlink(missing_ok=True)


def forget(imports: Iterable[Import]) -> int:
    """Take away the contents of sheets that are done with; what was applied can still be undone."""
    count = 0
    for one in imports:
        one.rows.update(cells={}, remarks=[], answers={})
        Import.objects.filter(pk=one.pk).update(forgotten_at=timezone.now(), headings=[], samples=[])
        count += 1
    return count
