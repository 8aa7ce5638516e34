"""This room is for one line of a sheet while it is judged: its cells, what they mean, what is said of them.

A remark is [column, outcome, code, what it says]; its sentence is made when it is read, in the language of
whoever reads it (``sentences.py``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from . import values
from .columns import IDENT, VERSION, Column, choice_words
from .imports import GRAVEST, ImportRow, Outcome
from .values import Bad, Read


class Line:
    """A row on its way from cells to an outcome."""

    __slots__ = ("answers", "cells", "number", "outcome", "plan", "refs", "remarks", "values", "will")

    def __init__(self, number: int, cells: dict[str, str], answers: dict | None = None) -> None:
        self.number, self.cells = number, cells
        self.answers: dict[str, Any] = answers or {}
        self.values: dict[str, Any] = {}
        self.remarks: list[list] = []
        self.plan: dict[str, Any] = {}
        self.refs: dict[str, Any] = {}
        self.will = Outcome.NEW
        self.outcome = Outcome.NEW

    @classmethod
    def of(cls, row: ImportRow) -> Line:
        line = cls(row.number, dict(row.cells), dict(row.answers))
        return line

    def refuse(self, column: str, code: str, /, **said: Any) -> None:
        self.remarks.append([column, Outcome.REFUSED, code, said])

    def doubt(self, column: str, code: str, /, **said: Any) -> bool:
        """To be looked at by a person, unless it was taken already; whether it still stands."""
        if f"{code}:{column}" in self.answers.get("taken", ()):
            self.remarks.append([column, Outcome.NEW, code, said])
            return False
        self.remarks.append([column, Outcome.DOUBTFUL, code, said])
        return True

    def note(self, column: str, outcome: str, code: str = "", /, **said: Any) -> None:
        self.remarks.append([column, outcome, code, said])

    @property
    def refused(self) -> bool:
        return any(remark[1] == Outcome.REFUSED for remark in self.remarks)

    @property
    def doubtful(self) -> bool:
        return any(remark[1] == Outcome.DOUBTFUL for remark in self.remarks)

    def settle(self) -> None:
        """The outcome of the row: the gravest of its remarks, else what would be done."""
        if self.answers.get("leave"):
            self.outcome = Outcome.LEFT_OUT
            return
        found = {remark[1] for remark in self.remarks}
        self.outcome = next((one for one in GRAVEST if one in found), self.will)

    def get(self, code: str, default: Any = None) -> Any:
        return self.values.get(code, default)


class Reader:
    """Reads the cells of many lines; what was read once of a column is not read again."""

    def __init__(self, columns: Sequence[Column], orders: dict[str, str], today) -> None:
        self.columns, self.orders, self.today = columns, orders, today
        self._known: dict[str, dict[str, Any]] = {one.code: {} for one in columns}

    def read(self, lines: Iterable[Line]) -> None:
        for line in lines:
            self._line(line)

    def _line(self, line: Line) -> None:
        cells = line.cells
        for column_code, fault, value in line.answers.get("odd", ()):
            if fault in ("formula_without_value", "error_value"):
                line.refuse(column_code, fault)
            else:
                line.doubt(column_code, fault, value=value)
        for column in self.columns:
            code = column.code
            text = cells.get(code)
            if not text:
                if column.required:
                    line.refuse(code, "missing")
                continue
            kept = self._known[code]
            found = kept.get(text)
            if found is None:
                found = self._read(column, text)
                # Names and numbers hardly repeat; days, codes and words do.
                if column.type not in ("text",):
                    kept[text] = found
            if isinstance(found, Bad):
                grave = found.code != "ambiguous_day"
                (line.refuse if grave else line.doubt)(code, found.code, **found.said)
                continue
            if found.doubt is not None:
                doubt, said = found.doubt
                line.doubt(code, doubt, **said)
            if found.value != "":
                line.values[code] = found.value
            elif column.required:
                line.refuse(code, "missing")
        for code in (IDENT, VERSION):
            if text := cells.get(code):
                line.values[code] = text

    def _read(self, column: Column, text: str) -> Read | Bad:
        try:
            text = values.clean(text, column.most)
            if not text:
                return Read("")
            return self._typed(column, text)
        except Bad as bad:
            return bad

    def _typed(self, column: Column, text: str) -> Read:
        kind = column.type
        if kind in ("day", "birth"):
            found = values.day(text, order=self.orders.get(column.code, ""), today=self.today)
            if kind == "day":
                if found.value.precision != "day":
                    raise Bad("whole_day_wanted", value=text[:40])
                return Read(found.value.day, found.doubt)
            return found
        if kind == "code":
            return Read(values.code(text))
        if kind == "sex":
            return Read(values.sex(text))
        if kind == "number":
            return Read(values.number(text))
        if kind == "yes":
            return Read(values.yes(text))
        if kind == "choice":
            return Read(_choice(column, text))
        return Read(text)


def _choice(column: Column, text: str) -> str:
    from orgwork.foundation.search import fold

    found = choice_words(column).get(fold(text))
    if found is None:
        raise Bad("no_choice", value=text[:60])
    return found
