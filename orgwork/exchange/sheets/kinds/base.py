"""This room is for what every kind of sheet has: its columns, its checks, and how its lines become acts."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from orgwork.exchange.sheets.columns import Column
from orgwork.exchange.sheets.lines import Line
from orgwork.foundation.moments import Act
from orgwork.foundation.rows import remembering
from orgwork.procedures.cases import in_one_go

#: By kind of sheet: how many numbers of which sequence its last line used.
_numbers: defaultdict[str, Counter] = defaultdict(Counter)


@dataclass
class Context:
    """Who brings the sheet, when, and what was answered for the whole of it."""

    actor: Any
    day: dt.date
    now: dt.date
    options: dict = field(default_factory=dict)
    #: All lines of the sheet while it is rehearsed; while it is applied only those of the piece.
    whole: bool = True
    #: What was looked up for the lines at hand.
    found: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Kind:
    """A kind of sheet.

    ``acts`` are powers: whoever brings one has at least one of them. ``check`` judges all lines at once;
    ``perform`` does one line by the real procedures and says what it made; ``apply`` does many set-based, in
    its place.
    """

    code: str
    label: Any
    help: Any
    acts: tuple[str, ...]
    columns: tuple[Column, ...]
    check: Callable[[Sequence[Line], Context], None]
    perform: Callable[[Act, Line, Context], dict] | None = None
    apply: Callable[[Act, Sequence[Line], Context], None] | None = None
    #: Whether the operator of the machine may bring one, who acts on no person by procedure.
    by_operator: bool = False
    #: Each row is a case about a person who stands in no other row. Cases leave the tree as it is: what
    #: stands above a body is looked at once for many of them.
    cases: bool = False
    #: No step of its rows reads what the steps before noted of their way: rehearsed, that is not written.
    unread: bool = False
    #: Lines of one transaction when applied set-based.
    piece: int = 5_000
    #: Rows of the registers as this sheet has them: ``export(unit, day)``; they can come back as updates.
    export: Callable | None = None

    def one(self, act: Act, line: Line, context: Context) -> dict:
        """One line by the real procedures, in one go: refused, it leaves nothing behind."""
        assert self.perform is not None
        with in_one_go(act, _numbers[self.code]):
            return self.perform(act, line, context)

    def many(self) -> AbstractContextManager[None]:
        """Around as many lines as are done in one short transaction."""
        return remembering() if self.cases else nullcontext()

    def column(self, code: str) -> Column | None:
        return next((one for one in self.columns if one.code == code), None)
