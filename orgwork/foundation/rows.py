"""This room is for one row at a time, quickly: a step's inserts and reads without composing SQL each time.

A step writes a dozen rows and reads as many. Composing the statements anew took most of its time, and waiting
for PostgreSQL's answer to each took the rest. What is written is what ``Model.save(force_insert=True)`` would
write; the database's promises judge it all the same.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import chain
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, IntegrityError, connection, connections, models

from .bulk import _turner

M = TypeVar("M", bound=models.Model)
#: A statement with its values, as ``together`` takes them.
Statement = tuple[str, Sequence[Any]]
#: Makes a refusal out of what the database would not take; None: it is no refusal.
Clash = Callable[[IntegrityError], Exception | None]

#: So many statements are sent at once at most.
MOST_WAITING = 200


def insert_row(row: M, *, clash: Clash | None = None) -> M:
    """Write a new row and give it the id the database drew.

    Inside ``gathering`` on PostgreSQL the row waits for the next message, if a number was drawn for it ahead.
    """
    gathered = _local.gathering
    if gathered is not None and row.pk is None:
        row.pk = gathered.drawn(_sequence(type(row)))
    fixed_id = row.pk is not None
    sql, names, turned = _plan(type(row), connection.vendor, fixed_id)
    values = _turned([getattr(row, name) for name in names], turned)
    if gathered is not None and fixed_id:
        gathered.add(sql, values, clash)
    else:
        _insert_now(row, sql, values, fixed_id, clash)
    row._state.adding = False
    row._state.db = connection.alias
    return row


def _insert_now(row, sql, values, fixed_id, clash):
    try:
        if fixed_id:
            write(sql, values)
        else:
            row.pk = together([(sql, values)])[0][0][0]
    except IntegrityError as error:
        if told := _told(error, [clash]):
            raise told from error
        raise


def write(sql: str, values: Sequence[Any] = ()) -> None:
    """A statement whose outcome nobody looks at; inside ``gathering`` it waits for the next one."""
    if _local.gathering is not None:
        _local.gathering.add(sql, values, None)
        return
    _ask(sql, values)


def insert_values(model, columns: tuple[str, ...], values: Sequence[Any]) -> None:
    """Write a row to which nobody refers; the columns left out are null or drawn by the database."""
    sql, turned = _plan_of(model, connection.vendor, columns)
    write(sql, _turned(values, turned))


def _turned(values, turned) -> list:
    return [
        value if value is None or how is None else how(value)
        for value, how in zip(values, turned, strict=True)
    ]


@cache
def _plan(model, vendor: str, with_id: bool):
    """The statement for a whole row of a model, its attributes in order, and how each is written."""
    fields = [field for field in model._meta.concrete_fields if with_id or not field.primary_key]
    names = tuple(field.attname for field in fields)
    sql, turned = _plan_of(model, vendor, names)
    if not with_id:
        sql += f" RETURNING {connection.ops.quote_name(model._meta.pk.column)}"
    return sql, names, turned


@cache
def _plan_of(model, vendor: str, columns: tuple[str, ...]):
    """The statement for these columns, and how each is written."""
    meta, quote = model._meta, connection.ops.quote_name
    known = {field.attname: field for field in meta.concrete_fields}
    fields = [known[name] for name in columns]
    names = ", ".join(quote(field.column) for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    sql = f"INSERT INTO {quote(meta.db_table)} ({names}) VALUES ({marks})"  # noqa: S608
    return sql, [_turner(field, connection) for field in fields]


def insert_alike(model, columns: tuple[str, ...], rows: Sequence[Sequence[Any]]) -> None:
    """A few rows to which nobody refers, in one statement; as ``insert_values`` otherwise."""
    if not rows:
        return
    sql, turned = _plan_of(model, connection.vendor, columns)
    more = f", ({', '.join(['%s'] * len(columns))})" * (len(rows) - 1)
    write(sql + more, [value for row in rows for value in _turned(row, turned)])


def fetch(sql: str, values: Sequence[Any] = ()) -> list[tuple]:
    """Rows of a statement that stands in the code as it is."""
    if _local.gathering is not None:
        return together([(sql, values)])[0]
    return _ask(sql, values)


def _ask(sql: str, values: Sequence[Any]) -> list[tuple]:
    """One statement, and the rows of its answer.

    Where nobody listens, SQLite is asked without Django's cursor, which takes as long as the statement.
    """
    here = connections[DEFAULT_DB_ALIAS]
    if here.vendor != "sqlite" or here.connection is None or here.execute_wrappers or here.queries_logged:
        with here.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchall() if cursor.description else []
    here.validate_no_broken_transaction()
    with here.wrap_database_errors:
        return here.connection.execute(_marked(sql), values).fetchall()


@cache
def _marked(sql: str) -> str:
    """As SQLite wants the places of values marked."""
    return (sql % (("?",) * sql.count("%s"))) if "%" in sql else sql


@contextmanager
def remembering() -> Iterator[None]:
    """Inside, ``fetch_once`` asks each thing once: for many acts in one short transaction."""
    before, _local.remembered = _local.remembered, {}
    try:
        yield
    finally:
        _local.remembered = before


def fetch_once(sql: str, values: Sequence[Any] = ()) -> list[tuple]:
    """As ``fetch``; what was asked while ``remembering`` is known. For what the acts at hand never change."""
    kept = _local.remembered
    if kept is None:
        return fetch(sql, values)
    key = (sql, *values)
    if key not in kept:
        kept[key] = fetch(sql, values)
    return kept[key]


def together(statements: Iterable[Statement]) -> list[list[tuple]]:
    """The rows of each statement; PostgreSQL is asked once for all of them, and takes them in their order.

    Each sees what those before it did and waited for: a lock first, then what is judged under it.
    """
    statements = list(statements)
    if not statements:
        return []
    if connection.vendor != "postgresql":
        return [fetch(sql, values) for sql, values in statements]
    waiting = _local.gathering.taken() if _local.gathering is not None else []
    return _send(waiting, statements)


def _send(waiting, statements) -> list[list[tuple]]:
    """What waits and what is asked, in one message; the answers to what is asked."""
    sent = [(sql, values) for sql, values, _clash in waiting] + statements
    answers = []
    with connection.cursor() as cursor:
        try:
            cursor.execute(";".join(s for s, _v in sent), list(chain.from_iterable(v for _s, v in sent)))
        except IntegrityError as error:
            if told := _told(error, [clash for _sql, _values, clash in waiting]):
                raise told from error
            raise
        for number in range(len(sent)):
            if number >= len(waiting):
                answers.append(cursor.fetchall() if cursor.description else [])
            cursor.nextset()
    return answers


def _told(error: IntegrityError, clashes: Iterable[Clash | None]) -> Exception | None:
    """The refusal that one of the rows makes of it."""
    return next((said for clash in clashes if clash and (said := clash(error))), None)


# ── gathering: what a step writes goes to PostgreSQL in one message ─────────────────────────────────────


class _Local(threading.local):
    gathering: _Gathering | None = None
    #: Statement with its values → its rows, while ``remembering``.
    remembered: dict[tuple, list[tuple]] | None = None


_local = _Local()


class _Gathering:
    """Statements not yet sent, and the numbers drawn ahead for rows that refer to one another.

    Any other statement on the connection sends what waits first, so that everybody reads what was written.
    """

    def __init__(self, ahead: Counter):
        self.waiting: list[tuple[str, Sequence[Any], Clash | None]] = []
        self.ahead = ahead
        self.stock: dict[str, list[int]] = {}
        self.used: Counter = Counter()

    def add(self, sql, values, clash):
        self.waiting.append((sql, values, clash))
        if len(self.waiting) >= MOST_WAITING:
            self.send()

    def taken(self):
        waiting, self.waiting = self.waiting, []
        return waiting

    def send(self):
        if self.waiting:
            _send(self.taken(), [])

    def before(self, execute, sql, params, many, context):
        """Django calls this around every statement."""
        self.send()
        return execute(sql, params, many, context)

    def drawn(self, sequence: str) -> int | None:
        """A number drawn ahead; None where there is none left. Either way the next time knows of it."""
        if not sequence:
            return None
        if not self.stock.get(sequence) and self.missing()[sequence]:
            return self.number(sequence)
        self.used[sequence] += 1
        return self.stock[sequence].pop() if self.stock.get(sequence) else None

    def number(self, sequence: str) -> int:
        if not self.stock.get(sequence):
            wanted = self.missing()
            wanted[sequence] = max(wanted[sequence], 1)
            self.store(wanted, together([_drawing(wanted)])[0])
        self.used[sequence] += 1
        return self.stock[sequence].pop()

    def missing(self) -> Counter:
        """What the step used the last time, and has neither used nor in stock this time."""
        held = Counter({name: len(numbers) for name, numbers in self.stock.items()})
        return self.ahead - self.used - held

    def store(self, wanted: Counter, rows):
        drawn = iter(rows[0]) if rows else iter(())
        for sequence in sorted(wanted):
            fresh = [next(drawn) for _n in range(wanted[sequence])]
            self.stock[sequence] = fresh[::-1] + self.stock.get(sequence, [])


def _drawing(wanted: Counter) -> Statement:
    names = [name for name in sorted(wanted) for _n in range(wanted[name])]
    return "SELECT " + ", ".join(["nextval(%s)"] * len(names)), names


def send_waiting() -> None:
    """For whoever speaks to the server past Django: what was written before goes first."""
    if _local.gathering is not None:
        _local.gathering.send()


@contextmanager
def gathering(ahead: Counter | None = None) -> Iterator[None]:
    """Inside a transaction on PostgreSQL: rows are sent together, at the latest at the end of the block.

    ``ahead`` is kept by the caller between its runs: how many numbers of which sequence the last one used,
    so that the next draws them all at once. A refusal leaves what was not sent unsent, and whoever opened the
    transaction or savepoint around takes the rest back. On SQLite there is nothing to wait for.
    """
    if connection.vendor != "postgresql":
        yield
        return
    ahead = Counter() if ahead is None else ahead
    outer, mine = _local.gathering, _Gathering(Counter(ahead))
    if outer is not None:
        outer.send()
    _local.gathering = mine
    try:
        with connection.execute_wrapper(mine.before):
            yield
            mine.send()
    finally:
        _local.gathering = outer
    ahead.clear()
    ahead.update(mine.used)


def together_with_numbers(statements: Iterable[Statement]) -> list[list[tuple]]:
    """Like ``together``; the numbers that the block will need are drawn with the same message, after all."""
    statements, mine = list(statements), _local.gathering
    wanted = mine.missing() if mine is not None else Counter()
    if mine is None or not wanted:
        return together(statements)
    *answers, drawn = together([*statements, _drawing(wanted)])
    mine.store(wanted, drawn)
    return answers


def numbers(sequence: str, count: int) -> list[int]:
    """The next numbers of a sequence of PostgreSQL."""
    if _local.gathering is not None and count <= 10:
        return [_local.gathering.number(sequence) for _n in range(count)]
    return [row[0] for row in fetch("SELECT nextval(%s) FROM generate_series(1, %s)", [sequence, count])]


@cache
def _sequence(model) -> str:
    """The sequence that gives a table its ids; empty where it has none."""
    meta = model._meta
    found = fetch("SELECT pg_get_serial_sequence(%s, %s)", [f'"{meta.db_table}"', meta.pk.column])
    return found[0][0] or ""


def valid_on(alias: str) -> str:
    """Held true now and valid on a day (two values: the day, twice); one table alone needs no alias."""
    of = f"{alias}." if alias else ""
    return f"{of}retracted IS NULL AND {of}valid_from <= %s AND ({of}valid_to IS NULL OR {of}valid_to > %s)"
