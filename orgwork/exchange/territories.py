"""This room is for tables of territories: reading them from files, and the official list of 30 June 2025."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from orgwork.foundation.refusals import Refusal
from orgwork.registers.area_changes import AreaChange, Fault, read_area_changes
from orgwork.registers.area_opening import Territory

from .demo.ground import level, territories


@cache
def territories_2024() -> tuple[Territory, ...]:
    """63 provinces, 696 districts and 10,035 communes as of 30 June 2025."""
    return tuple(Territory(code, level(code), name, parent) for code, name, parent in territories())


def read_table(path: Path) -> tuple[list[AreaChange], list[Fault]]:
    """The changes of a file of comma-separated values, and its faults; see ``read_area_changes``."""
    return read_area_changes(table_rows(path.read_bytes(), path.name))


def table_rows(content: bytes, name: str) -> Iterator[Mapping[str, Any]]:
    """The rows of a table under their column names; the separator is a comma, a semicolon or a tab."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refusal(
            _("%(name)s is not text in UTF-8; save it as “CSV UTF-8” and try again.") % {"name": name},
            code="not_text",
        ) from error
    header = text.partition("\n")[0]
    separator = max(",;\t", key=header.count)
    return csv.DictReader(io.StringIO(text, newline=""), delimiter=separator)
