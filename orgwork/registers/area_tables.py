"""This room is for tables of changes of territories: of every old unit what came of it, read and judged.

The columns are those of the reform of 1 July 2025. What a table means for the areas that stand is worked
out in area_reform.py.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from orgwork.foundation.search import fold

from .areas import GOES_ON, LIST_2025, AreaKind, ChangeKind, Share, list_from

TABLES = Path(__file__).parent / "territories"
#: What an old unit of a table may be.
OLD_LEVELS = (AreaKind.COMMUNE, AreaKind.DISTRICT, AreaKind.UNINCORPORATED)
_DIGITS = {AreaKind.PROVINCE: 2, AreaKind.DISTRICT: 3, AreaKind.COMMUNE: 5}
_TOLD_AT_MOST = 200


@dataclass(frozen=True, slots=True)
class AreaChange:
    """One row: what came of an old unit, or of a share of it.

    Old codes are of the list in force the day before ``effective``, new ones of the list that it begins;
    ``new_code_1027`` is the draft's.
    """

    old_code: str
    old_level: str
    old_name: str
    old_district_code: str = ""
    old_district: str = ""
    old_province_code: str = ""
    old_province: str = ""
    new_code: str = ""
    new_code_1027: str = ""
    new_name: str = ""
    new_province_code: str = ""
    new_province: str = ""
    kind: str = ChangeKind.WHOLE.value
    area: str = Share.WHOLE.value
    population: str = Share.WHOLE.value
    n_targets: int = 1
    resolution: str = ""
    resolution_date: dt.date | None = None
    article_clause: str = ""
    effective: dt.date = dt.date(2025, 7, 1)
    resolved_by: str = ""
    note: str = ""
    #: The line of the table it stood in, for sentences about it; 0: in none.
    row: int = field(default=0, compare=False)

    @property
    def old_key(self) -> tuple[str, ...]:
        """What tells old units apart: level and code; for land without a code its name and place."""
        if self.old_code:
            return (self.old_level, self.old_code)
        # Land of one name: parts of one, or several that went over whole.
        which = f"{self.new_code} {self.row}" if self.area == Share.WHOLE else ""
        return (self.old_level, self.old_province_code, self.old_district_code, fold(self.old_name), which)

    @property
    def new_key(self) -> tuple[str, ...]:
        """What tells new units apart; a plan drawn up before the codes are given goes by the name."""
        if self.new_code or not self.new_name:
            return (self.new_code,)
        return (self.new_province_code, fold(self.new_name))


#: The columns of a table, in their order.
COLUMNS = tuple(one.name for one in fields(AreaChange) if one.name != "row")
_MAY_BE_EMPTY = {
    "old_code", "old_district_code", "old_district", "new_code_1027", "resolution", "resolution_date",
    "article_clause", "resolved_by", "note",
}  # fmt: skip
#: … and where land lay that belonged to no commune.
_MAY_BE_UNKNOWN = {"old_province_code", "old_province"}


class Fault(NamedTuple):
    """What is wrong with a table, in a sentence; ``blocks`` is False for what is merely said."""

    row: int
    column: str
    sentence: str
    blocks: bool = True

    def __str__(self) -> str:
        where = _("row %(row)s, %(column)s: ") % {"row": self.row, "column": self.column} if self.row else ""
        return f"{where}{self.sentence}"


def read_area_changes(rows: Iterable[Mapping[str, Any]]) -> tuple[list[AreaChange], list[Fault]]:
    """The changes of a table (rows as ``csv.DictReader`` gives them, header in line 1), and its faults.

    Rows with a fault are left out of the changes; nobody enacts a table while a fault blocks.
    """
    reader = _Reader()
    for number, row in enumerate(rows, 2):
        if number == 2 and not reader.columns(row):
            return [], reader.faults
        reader.row(number, row)
    if not reader.faults and not reader.changes:
        reader.say(0, "", _("The table has no rows; give it one for every old unit."))
    reader.together()
    return reader.changes, reader.faults


class _Reader:
    """A table read row by row, then judged as a whole."""

    def __init__(self):
        self.changes: list[AreaChange] = []
        self.faults: list[Fault] = []
        self.bad: set[int] = set()

    def say(self, row, column, sentence, *, blocks=True):
        if len(self.faults) < _TOLD_AT_MOST:
            self.faults.append(Fault(row, column, str(sentence), blocks))
        if blocks:
            self.bad.add(row)

    def columns(self, first) -> bool:
        given = [name for name in first if name is not None]
        missing = [name for name in COLUMNS if name not in given]
        extra = [name for name in given if name not in COLUMNS]
        for name in missing:
            self.say(1, name, _("The column “%(name)s” is missing; add it.") % {"name": name})
        for name in extra:
            self.say(
                1, name, _("The column “%(name)s” is not one of this table; it is passed over.")
                % {"name": str(name)[:60]}, blocks=False,
            )  # fmt: skip
        return not missing

    def row(self, number, row):
        if row.get(None):
            self.say(
                number, "",
                _("The row has more cells than the table has columns; look for a comma too many."),
            )  # fmt: skip
        said: dict[str, Any] = {}
        land = row.get("old_level") == AreaKind.UNINCORPORATED
        for name in COLUMNS:
            value = row.get(name)
            text = "" if value is None else str(value).strip()
            if value is None:
                self.say(number, name, _("The row ends before this column; look for a comma too few."))
            elif not text and name not in _MAY_BE_EMPTY and not (land and name in _MAY_BE_UNKNOWN):
                self.say(number, name, _("The cell is empty; fill it in."))
            said[name] = self.value(number, name, text) if text else text
        self.old(number, said)
        self.code(number, "new_code", said["new_code"], AreaKind.COMMUNE)
        self.code(number, "new_province_code", said["new_province_code"], AreaKind.PROVINCE)
        self.code(number, "old_province_code", said["old_province_code"], AreaKind.PROVINCE)
        if number not in self.bad:
            said["n_targets"] = int(said["n_targets"])
            said["resolution_date"] = said["resolution_date"] or None
            self.changes.append(AreaChange(**said, row=number))

    def value(self, number, name, text):
        if name in _WORDS:
            if text not in _WORDS[name]:
                self.say(
                    number, name, _("“%(value)s” is not known here; write one of: %(known)s.")
                    % {"value": text[:60], "known": ", ".join(_WORDS[name])},
                )  # fmt: skip
        elif name in ("effective", "resolution_date"):
            try:
                return dt.date.fromisoformat(text)
            except ValueError:
                self.say(
                    number,
                    name,
                    _("“%(value)s” is not a day; write it as 2025-07-01.") % {"value": text[:60]},
                )
        elif name == "n_targets" and not (text.isascii() and text.isdigit() and int(text)):
            self.say(number, name, _("“%(value)s” is not a number from 1 on.") % {"value": text[:60]})
        return text

    def old(self, number, said):
        level = said["old_level"]
        if level == AreaKind.UNINCORPORATED:
            if said["old_code"]:
                self.say(
                    number,
                    "old_code",
                    _("Land that belonged to no commune has no code; leave the cell empty."),
                )
        elif not said["old_code"]:
            self.say(number, "old_code", _("The cell is empty; fill it in."))
        elif level in _DIGITS:
            self.code(number, "old_code", said["old_code"], level)

    def code(self, number, name, code, level):
        wanted = _DIGITS[level]
        if code and not (code.isascii() and code.isdigit() and len(code) == wanted):
            self.say(
                number, name,
                _(
                    "“%(code)s” is not a code of %(digits)s digits;"
                    " codes are text and keep their leading zeros."
                )
                % {"code": code[:20], "digits": wanted},
            )  # fmt: skip

    # -- the rows together

    def together(self):
        self._effective()
        self._names()
        self._targets()
        self._list()
        self.changes = [change for change in self.changes if change.row not in self.bad]

    def _effective(self):
        days = {change.effective for change in self.changes}
        if len(days) > 1:
            first = min(days)
            for change in self.changes:
                if change.effective != first:
                    self.say(
                        change.row, "effective",
                        _("The table speaks of %(first)s; changes of another day need a table of their own.")
                        % {"first": first},
                    )  # fmt: skip

    def _names(self):
        for column, key, name in (
            ("new_name", lambda c: c.new_key, lambda c: (c.new_name, c.new_province_code)),
            ("old_name", lambda c: c.old_key, lambda c: (c.old_name, c.old_province_code)),
        ):
            known: dict[tuple, tuple] = {}
            for change in self.changes:
                before = known.setdefault(key(change), name(change))
                if before != name(change):
                    self.say(
                        change.row, column,
                        _("“%(here)s” has the same code as “%(before)s” further up; one of the two is wrong.")
                        % {"here": name(change)[0], "before": before[0]},
                    )  # fmt: skip

    def _targets(self):
        by_old = defaultdict(list)
        for change in self.changes:
            by_old[change.old_key].append(change)
        went_on: dict[tuple, AreaChange] = {}
        for rows in by_old.values():
            pairs = [(change.new_key, change.kind) for change in rows]
            for at, change in enumerate(rows):
                if pairs[at] in pairs[:at]:
                    self.say(change.row, "old_code", _("The row says what a row before it said; remove one."))
                    continue
                targets = len({pair[0] for pair in pairs})
                if change.old_code and change.n_targets not in (targets, len(rows)):
                    self.say(
                        change.row, "n_targets",
                        _("It says %(said)s, but the table has %(found)s new units for “%(name)s”.")
                        % {"said": change.n_targets, "found": targets, "name": change.old_name},
                    )  # fmt: skip
                if change.kind in (*GOES_ON, ChangeKind.WHOLE) and len(rows) > 1:
                    self.say(
                        change.row, "kind",
                        _("“%(name)s” went over as a whole, and other rows speak of it, too.")
                        % {"name": change.old_name}, blocks=False,
                    )  # fmt: skip
                if change.kind in GOES_ON:
                    other = went_on.setdefault(change.new_key, change)
                    if other is not change:
                        self.say(
                            change.row, "kind",
                            _("“%(name)s” and “%(other)s” cannot both go on as the same unit.")
                            % {"name": change.old_name, "other": other.old_name},
                        )  # fmt: skip

    def _list(self):
        """A new code must be the one of the final list: draft codes were used again for other communes."""
        for change in self.changes:
            if list_from(change.effective) != LIST_2025:
                continue
            listed = final_list().get(change.new_code)
            if listed is None or fold(listed.name) != fold(change.new_name):
                self.say(change.row, "new_code", _not_listed(change, listed))


def _not_listed(change, listed) -> str:
    right = next(
        (
            one for one in final_list().values()
            if fold(one.name) == fold(change.new_name) and one.province == change.new_province_code
        ),
        None,
    )  # fmt: skip
    said = {"code": change.new_code, "name": change.new_name, "listed": listed.name if listed else ""}
    if right is not None and right.draft == change.new_code:
        return _(
            "%(code)s is the code of “%(name)s” in the draft list; in the final list it is %(right)s."
        ) % {**said, "right": right.code}
    if listed is None:
        return _("The final list of 1 July 2025 has no code %(code)s.") % said
    return _("In the final list of 1 July 2025 %(code)s is “%(listed)s”, not “%(name)s”.") % said


_WORDS = {
    "old_level": tuple(level.value for level in OLD_LEVELS),
    "kind": tuple(kind.value for kind in ChangeKind if kind != ChangeKind.ENDED),
    "area": tuple(Share.values),
    "population": tuple(Share.values),
}


# ── what is known of the reform of 1 July 2025 ──────────────────────────────────────────────────────────


class Listed(NamedTuple):
    """A unit of the final list: the code of the draft beside it."""

    code: str
    draft: str
    level: str
    name: str
    province: str
    paper: str
    clause: str


@cache
def final_list() -> dict[str, Listed]:
    """The 34 provinces and 3,321 communes from 1 July 2025, by their final codes."""
    return {row[0]: Listed(*row) for row in _table("list_2025.csv")}


@cache
def provinces_2025() -> tuple[AreaChange, ...]:
    """What came of the 63 provinces on 1 July 2025 (resolution 202/2025/QH15)."""
    found = []
    for code, name, new_code, new_name, kind, paper, day in _table("provinces_2025.csv"):
        found.append(
            AreaChange(
                code, AreaKind.PROVINCE.value, name, old_province_code=code, old_province=name,
                new_code=new_code, new_code_1027=new_code, new_name=new_name, new_province_code=new_code,
                new_province=new_name, kind=kind, resolution=paper,
                resolution_date=dt.date.fromisoformat(day) if day else None,
            )
        )  # fmt: skip
    return tuple(found)


def _table(name: str) -> Sequence[list[str]]:
    with open(TABLES / name, encoding="utf-8", newline="") as file:
        return list(csv.reader(file))[1:]
