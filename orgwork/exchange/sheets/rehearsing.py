"""This room is for the rehearsal of a sheet: everything is judged, nothing is written to the registers.

First the whole sheet at once, set-based: cells, bodies, powers, doubles. Then, where rows become procedures,
the real procedures, in transactions rolled back that are so short that nobody waits for them. What came of
each row and cell is kept with the import.
"""

from __future__ import annotations

import datetime as dt
import math
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from orgwork.foundation import jobs
from orgwork.foundation.bulk import insert
from orgwork.foundation.copies import on_a_copy
from orgwork.foundation.refusals import NotAllowed, Refusal
from orgwork.foundation.rehearsal import rehearsal
from orgwork.foundation.rehearsal import rehearsing as rehearsing_already
from orgwork.registers import access
from orgwork.registers.units import Unit

from . import reading, values
from .columns import HIDDEN, IDENT, bare, count_known, find_heading, fingerprint, written_beside
from .imports import EFFECTIVE, Import, ImportRow, Layout, Outcome, State
from .kinds import KINDS, Context, Kind
from .limits import LETTERS, ROWS, too_large
from .lines import Line, Reader

#: Rows looked through for the headings, and shown when columns are asked for.
HEAD, SAMPLES = 40, 3
#: A rehearsed transaction is rolled back after so many seconds or rows; others get their turn in between.
SECONDS, MOST_ROWS, BREATH = 0.1, 200, 0.004
#: How far it is is told at least after so many rows.
TOLD = 50
#: So few rows are rehearsed where they are, on either engine.
FEW = 5
#: Rows of an import written at a time.
KEPT_AT_ONCE = 5_000

Report = Callable[[int, int], None]


def nothing(_done: int, _total: int) -> None:
    """For whoever does not ask how far it is."""


# ── bringing a file ─────────────────────────────────────────────────────────────────────────────────────


def bring(
    path: Path, name: str, kind: str, *, actor, door: str, day: dt.date | None = None, sheet: str = "",
    encoding: str = "", options: dict | None = None,
) -> Import:  # fmt: skip
    """Look at a file and keep what it is; the rows are read by ``rehearse``. Refuses what cannot be read."""
    made = kind_of(kind)
    require(made, actor)
    book = reading.read(path, name, known=lambda text: count_known(text, made.columns), encoding=encoding)
    opened, place, mapping, head = _best_sheet(book, made, sheet)
    if not head:
        raise Refusal(_("The file is empty; choose another one."), field="file", code="empty_file")
    number, row = head[place]
    headings = [reading.shown(value)[:120].replace("\x00", "") for value in row]
    taken = _remembered(actor, made, headings) or mapping
    samples = [
        [reading.shown(value)[:60].replace("\x00", "") for value in some]
        for _n, some in head[place + 1 :][:SAMPLES]
    ]
    found = Import(
        kind=kind, name=_safe(name), sheet=_safe(opened.name)[:120], created_by=actor, door=door,
        day=day or timezone.localdate(), file=str(path), heading_row=number, headings=headings,
        mapping=taken, samples=samples, options={**(options or {}), "encoding": encoding or book.encoding},
        notes=opened.notes,
    )  # fmt: skip
    found.options["sheets"] = book.names[:30]
    found.state = State.READING if complete(made, taken) else State.ASKING
    found.save()
    return found


def kind_of(code: str) -> Kind:
    if code not in KINDS:
        raise Refusal(
            _("There is no kind of sheet “%(kind)s”; there are: %(kinds)s.")
            % {"kind": code, "kinds": ", ".join(KINDS)},
            field="kind",
            code="no_such_kind",
        )
    return KINDS[code]


def require(kind: Kind, actor) -> None:
    """Nobody brings a sheet whose rows they could never enact."""
    now = timezone.localdate()
    if actor is None and not kind.by_operator:
        raise NotAllowed(
            _("The operator of the machine acts on no person; bring it as somebody who holds a post."),
            code="not_allowed",
        )
    if not any(access.may(actor, act, None, now=now) for act in kind.acts):
        access.require(actor, kind.acts[0], None, now=now)


def _safe(name: str) -> str:
    return "".join(c for c in Path(name.replace("\\", "/")).name if c.isprintable())[:200] or "sheet"


def _best_sheet(book: reading.Book, kind: Kind, wanted: str):
    """The sheet asked for, else the one with most known headings."""
    best: Any = None
    score = -1
    for name in [wanted] if wanted else book.names[:12]:
        try:
            opened = book.open(name)
            head = list(islice(opened.rows, HEAD))
        except Refusal:
            if wanted or len(book.names) == 1:
                raise
            continue
        head = [(number, row) for number, row in head if any(value is not None for value in row)]
        place, mapping = find_heading(head, kind.columns)
        if (count := sum(bool(code) for code in mapping)) > score and head:
            best, score = (opened, place, mapping, head), count
    if best is None:
        raise Refusal(_("The file is empty; choose another one."), field="file", code="empty_file")
    return best


def complete(kind: Kind, mapping: Sequence[str]) -> bool:
    return {one.code for one in kind.columns if one.required} <= set(mapping)


def body_of(actor) -> Unit | None:
    """The body on whose behalf somebody works: remembered headings belong to it."""
    held = access.mandates(actor, now=timezone.localdate()) if actor is not None else ()
    return Unit.objects.filter(pk=held[0].unit).first() if held else None


def _remembered(actor, kind: Kind, headings: Sequence[str]) -> list[str]:
    row = Layout.objects.filter(
        unit=body_of(actor), kind=kind.code, fingerprint=fingerprint(headings)
    ).first()
    return row.mapping if row and len(row.mapping) == len(headings) else []


def name_columns(brought: Import, mapping: Sequence[str], *, actor) -> None:
    """What somebody said each column is; remembered for their body and this layout."""
    kind = KINDS[brought.kind]
    known = {one.code for one in kind.columns} | set(HIDDEN)
    mapping = [code if code in known else "" for code in mapping][: len(brought.headings)]
    mapping += [""] * (len(brought.headings) - len(mapping))
    if len(named := [code for code in mapping if code]) != len(set(named)):
        raise Refusal(
            _("Two columns are said to be the same; choose one of them."), field="mapping", code="twice"
        )
    if missing := [str(one.label) for one in kind.columns if one.required and one.code not in mapping]:
        raise Refusal(
            _("Without these columns nothing can be done: %(names)s. Say which they are.")
            % {"names": ", ".join(missing)},
            field="mapping",
            code="missing",
        )
    with transaction.atomic():
        unit = body_of(actor)
        Layout.objects.update_or_create(
            unit=unit, kind=kind.code, fingerprint=fingerprint(brought.headings),
            defaults={"mapping": mapping},
        )  # fmt: skip
        brought.mapping, brought.state = mapping, State.READING
        brought.save(update_fields=["mapping", "state"])


# ── the rehearsal ───────────────────────────────────────────────────────────────────────────────────────


def rehearse(brought: Import, *, report: Report = nothing) -> Import:
    """Judge every row; the first time they are read from the file, afterwards from what was kept."""
    began = time.monotonic()
    kind = KINDS[brought.kind]
    try:
        if brought.file:
            lines, notes = _from_file(brought, kind)
        else:
            lines, notes = [Line.of(row) for row in brought.rows.order_by("number").iterator()], brought.notes
        context = context_of(brought)
        judge(lines, brought, context, report=report)
    except Refusal as refusal:
        brought.state, brought.message = State.FAILED, str(refusal)
        brought.save(update_fields=["state", "message"])
        _forget_file(brought)
        raise
    brought.notes, brought.counts = notes, counted(lines)
    brought.state, brought.message = State.REHEARSED, ""
    brought.seconds = round(time.monotonic() - began, 2)
    _store(brought, lines)
    path, brought.file = brought.file, ""
    brought.save()
    if path:
        Path(path).unlink(missing_ok=True)
    return brought


@jobs.job
def rehearse_in_background(progress: jobs.Progress, *, sheet: int) -> dict:
    brought = Import.objects.select_related("created_by").get(pk=sheet)
    if brought.state == State.READING:
        rehearse(brought, report=lambda done, total: progress.report(done, total))
    return {}


def rehearse_again(brought: Import, numbers: Iterable[int]) -> None:
    """A few rows that were corrected or decided, by themselves; the rest stays as it was judged."""
    kind = KINDS[brought.kind]
    with transaction.atomic():
        rows = {row.number: row for row in brought.rows.filter(number__in=list(numbers)).order_by("number")}
    lines = [Line.of(row) for row in rows.values()]
    before = {row.number: row.outcome for row in rows.values()}
    context = context_of(brought)
    context.whole = False
    judge(lines, brought, context)
    _twins_elsewhere(brought, kind, lines)
    with transaction.atomic():
        kept = Import.objects.select_for_update(no_key=True).get(pk=brought.pk)
        for line in lines:
            row = rows[line.number]
            row.outcome, row.remarks = line.outcome, line.remarks
            row.cells, row.answers = line.cells, line.answers
        ImportRow.objects.bulk_update(
            rows.values(), ["outcome", "remarks", "cells", "answers"], batch_size=200
        )
        for line in lines:
            kept.counts[before[line.number]] = kept.counts.get(before[line.number], 1) - 1
            kept.counts[line.outcome] = kept.counts.get(line.outcome, 0) + 1
        kept.counts = {code: count for code, count in kept.counts.items() if count > 0}
        kept.save(update_fields=["counts"])
        brought.counts = kept.counts


def _twins_elsewhere(brought: Import, kind: Kind, lines: Sequence[Line]) -> None:
    """A row judged by itself still may not be the double of another row of the sheet."""
    # What is being left out or taken back in stands with its lines, not yet with the rows.
    left = [line.number for line in lines if line.answers.get("leave")]
    others = brought.rows.exclude(outcome=Outcome.LEFT_OUT).exclude(number__in=left)
    for line in lines:
        if line.answers.get("leave"):
            continue
        said = {remark[2] for remark in line.remarks}  # of the rows judged together with it
        if "card_twice" not in said and (card := kind.column("card") and line.get("card")):
            if other := others.exclude(number=line.number).filter(cells__card=card).first():
                line.refuse("card", "card_twice", value=card, rows=str(other.number))
        if "person_twice" not in said and kind.cases and (person := line.cells.get("person")):
            if other := others.exclude(number=line.number).filter(cells__person=person).first():
                line.refuse("person", "person_twice", rows=str(other.number))
        named = kind.column("birth") and line.cells.get("name")
        if "double_in_sheet" not in said and named and line.answers.get("double") != "another":
            same = {"cells__name": line.cells["name"], "cells__birth": line.cells.get("birth", "")}
            if other := others.exclude(number=line.number).filter(**same).first():
                line.note("name", Outcome.DOUBTFUL, "double_in_sheet", rows=str(other.number))
        line.settle()


def judge(
    lines: Sequence[Line], brought: Import, context: Context, *, report: Report = nothing, real: bool = True
) -> None:
    """Cells, then what can be looked up for all at once, then the procedures themselves."""
    kind = KINDS[brought.kind]
    Reader(kind.columns, orders_of(brought, lines, kind), context.now).read(lines)
    kind.check([line for line in lines if not line.answers.get("leave")], context)
    for line in lines:
        line.settle()
    if kind.perform is not None and real:
        _perform(lines, kind, context, report)


def context_of(brought: Import) -> Context:
    return Context(brought.created_by, brought.day, timezone.localdate(), brought.options)


def orders_of(brought: Import, lines: Sequence[Line], kind: Kind) -> dict[str, str]:
    """Which comes first, day or month: as answered, else as the sheet's own days say.

    One writer writes days in one way: what one column shows holds for the others that leave it open.
    """
    seen = brought.options.get("seen_orders")
    days = [column.code for column in kind.columns if column.type in ("day", "birth")]
    if seen is None:
        seen = {code: values.order_in(line.cells.get(code) for line in lines) for code in days}
        sure = set(seen.values()) & {values.DMY, values.MDY}
        if len(sure) == 1 and "both" not in seen.values():
            (order,) = sure
            seen = {code: order if found == "?" else found for code, found in seen.items()}
        brought.options["seen_orders"] = seen
    known = {code: "" if found in ("?", "both") else found for code, found in seen.items()}
    return known | {code: order for code, order in (brought.options.get("orders") or {}).items() if order}


def open_questions(brought: Import) -> list[str]:
    """Columns in which 03/04/2024 may be either day."""
    answered = brought.options.get("orders") or {}
    seen = brought.options.get("seen_orders") or {}
    return [code for code, found in seen.items() if found in ("?", "both") and not answered.get(code)]


def _perform(lines: Sequence[Line], kind: Kind, context: Context, report: Report) -> None:
    """The real procedures, rolled back; a row that is refused leaves the others alone.

    SQLite has one writer: there a sheet is rehearsed on a copy, where nobody waits. PostgreSQL's writers only
    meet at the same rows: there it is done in portions, so short that nobody notices.
    """
    todo = [line for line in lines if line.outcome in EFFECTIVE and one_by_one(kind, line.cells)]
    if connection.vendor == "sqlite" and len(todo) > FEW and not rehearsing_already():
        with on_a_copy():
            _in_portions(todo, kind, context, report, seconds=math.inf, most=len(todo), breath=0.0)
    else:
        _in_portions(todo, kind, context, report, seconds=SECONDS, most=MOST_ROWS, breath=BREATH)


def one_by_one(kind: Kind, cells: dict) -> bool:
    """Whether the row is done by the real procedures, or set-based together with others."""
    return kind.perform is not None and (kind.apply is None or bool(cells.get(IDENT)))


def _in_portions(
    todo: Sequence[Line], kind: Kind, context: Context, report: Report, *,
    seconds: float, most: int, breath: float,
) -> None:  # fmt: skip
    done, waiting = 0, iter(todo)
    line = next(waiting, None)
    while line is not None:
        until, rows = time.monotonic() + seconds, 0
        with rehearsal(actor=context.actor, door="sheet", unheard=kind.unread) as act, kind.many():
            while line is not None and rows < most and time.monotonic() < until:
                try_one(kind, act, line, context)
                rows += 1
                line = next(waiting, None)
                if not (done + rows) % TOLD:
                    report(done + rows, len(todo))
        done += rows
        report(done, len(todo))
        time.sleep(breath)


def try_one(kind: Kind, act, line: Line, context: Context) -> None:
    """One row by its procedures; a refusal is said of the row, at its column, and leaves nothing behind."""
    try:
        kind.one(act, line, context)
    except Refusal as refusal:
        refused(line, refusal, kind)
    line.settle()


def refused(line: Line, refusal: Refusal, kind: Kind) -> None:
    from orgwork.foundation import wording

    parts = [str(refusal.message), str(refusal.hint or "")]
    cited = f"({wording.cited(refusal.citation)})" if refusal.citation else ""
    text = " ".join(part for part in (*parts, cited) if part)
    column = getattr(refusal, "column", "") or (refusal.field or "")
    line.refuse(column if kind.column(column) else "", "said", text=text)


def counted(lines: Iterable[Line]) -> dict[str, int]:
    found: dict[str, int] = {}
    for line in lines:
        found[line.outcome] = found.get(line.outcome, 0) + 1
    return {str(code): count for code, count in found.items()}


# ── from the file ───────────────────────────────────────────────────────────────────────────────────────


def _from_file(brought: Import, kind: Kind) -> tuple[list[Line], list]:
    book = reading.read(
        Path(brought.file), brought.name, known=lambda text: count_known(text, kind.columns),
        encoding=brought.options.get("encoding", ""),
    )  # fmt: skip
    wanted = brought.sheet if brought.sheet in book.names else book.names[0]
    sheet = book.open(wanted)
    named = [(at, code) for at, code in enumerate(brought.mapping) if code]
    lines: list[Line] = []
    empty = 0
    for number, row in sheet.rows:
        if number <= brought.heading_row:
            continue
        cells = {code: text for at, code in named if at < len(row) and (text := _text(row[at]))}
        if not cells:
            empty += 1
            continue
        if len(lines) >= ROWS:
            raise too_large(_("more than %(count)s rows") % {"count": ROWS})
        line = Line(number, cells)
        lines.append(line)
    if not lines:
        raise Refusal(
            _("There is no row under the headings; nothing can be brought in."), field="file", code="empty"
        )
    _say_oddities(lines, sheet, dict(named))
    notes = list(sheet.notes)
    unread = [
        name
        for name, code in zip(brought.headings, brought.mapping, strict=False)
        if name and not code and bare(name) not in written_beside()
    ]
    if unread:
        notes.append(["unknown_columns", {"names": ", ".join(unread)[:300]}])
    return lines, notes


def _text(value: Any) -> str:
    if value is None:
        return ""
    if type(value) is str:
        text = value
        if text.isascii() and text.isprintable():
            return text[: LETTERS + 1].strip()
    else:
        text = reading.shown(value)
    if not text.isprintable():
        # What no database takes is kept as a sign that is refused, too.
        text = "".join("\ufffe" if c == "\x00" or "\ud800" <= c <= "\udfff" else c for c in text)
    return text[: LETTERS + 1].strip(" \t\r\n")


def _say_oddities(lines: Sequence[Line], sheet: reading.Sheet, named: dict[int, str]) -> None:
    """Hidden rows, merged cells and formulas without a value, kept with the row for every later look."""
    if not (sheet.hidden_rows or sheet.merged or sheet.without_value or sheet.errors):
        return
    by_number = {line.number: line for line in lines}
    places = {at + 1: code for at, code in named.items()}
    for number in sheet.hidden_rows & set(by_number):
        by_number[number].answers.setdefault("odd", []).append(["", "hidden_row", ""])
    for (row, column), (top, left) in sheet.merged.items():
        line, code = by_number.get(row), places.get(column)
        above = by_number.get(top)
        if line is None or not code or above is None:
            continue
        if text := above.cells.get(places.get(left, ""), ""):
            if left == column:
                line.cells[code] = text
            line.answers.setdefault("odd", []).append([code, "merged_cell", text[:60]])
    for code_of_fault, found in (
        ("formula_without_value", sheet.without_value),
        ("error_value", sheet.errors),
    ):
        for row, column in found:
            if (line := by_number.get(row)) and (code := places.get(column)):
                line.answers.setdefault("odd", []).append([code, code_of_fault, ""])


ROW = ("sheet", "number", "cells", "outcome", "remarks", "answers", "refs", "before")


def _store(brought: Import, lines: Sequence[Line]) -> None:
    """In portions: nobody waits long, and until the sheet is called rehearsed nobody looks at them."""
    ImportRow.objects.filter(sheet=brought).delete()
    for at in range(0, len(lines), KEPT_AT_ONCE):
        some = lines[at : at + KEPT_AT_ONCE]
        insert(
            ImportRow,
            ROW,
            (
                (brought.pk, one.number, one.cells, str(one.outcome), one.remarks, one.answers, {}, {})
                for one in some
            ),
        )
        if len(lines) > KEPT_AT_ONCE:
            time.sleep(BREATH)


def _forget_file(brought: Import) -> None:
    if brought.file:
        Path(brought.file).unlink(missing_ok=True)
        Import.objects.filter(pk=brought.pk).update(file="")
        brought.file = ""


__all__ = ["bring", "rehearse", "rehearse_again"]
