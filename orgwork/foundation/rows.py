"""This room is for one row at a time, quickly: a step's inserts and reads without composing SQL each time.

A step writes a dozen rows and reads as many; composing the statements anew took most of its time. What is
written is what ``Model.save(force_insert=True)`` would write; the database's promises judge it all the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, TypeVar

from django.db import connection, models

from .bulk import _turner

M = TypeVar("M", bound=models.Model)


def insert_row(row: M) -> M:
    """Write a new row and give it the id the database drew."""
    sql, turned, fixed_id = _plan(type(row), connection.vendor, row.pk is not None)
    values = [
        value if value is None or how is None else how(value)
        for name, how in turned
        for value in (getattr(row, name),)
    ]
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        if not fixed_id:
            row.pk = cursor.fetchone()[0]
    row._state.adding = False
    row._state.db = connection.alias
    return row


@cache
def _plan(model, vendor: str, with_id: bool):
    """The statement for a model, and how each column is written."""
    meta = model._meta
    fields = [field for field in meta.concrete_fields if with_id or not field.primary_key]
    quote = connection.ops.quote_name
    names = ", ".join(quote(field.column) for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    sql = f"INSERT INTO {quote(meta.db_table)} ({names}) VALUES ({marks})"  # noqa: S608
    if not with_id:
        sql += f" RETURNING {quote(meta.pk.column)}"
    return sql, [(field.attname, _turner(field, connection)) for field in fields], with_id


def fetch(sql: str, values: Sequence[Any] = ()) -> list[tuple]:
    """Rows of a statement that stands in the code as it is."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def valid_on(alias: str) -> str:
    """Held true now and valid on a day (two values: the day, twice)."""
    return (
        f"{alias}.retracted IS NULL AND {alias}.valid_from <= %s"
        f" AND ({alias}.valid_to IS NULL OR {alias}.valid_to > %s)"
    )
