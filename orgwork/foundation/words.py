"""This room is for finding rows by the words of a folded column: each word by its beginning, in any order.

Beside such a table stands one with its words, ``<table>_words (word, ident)``. The database keeps it itself:
triggers write it with every row, whoever writes the row, and take away what erasure empties. It is derived:
``missing_and_false`` derives it anew and compares. What separates words is said once, for both engines.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, connections, models, transaction
from django.db.models import F, Func

from .search import matches, query_tokens

#: What stands between words: everything in names and titles that is neither letter nor digit.
SEPARATORS = (
    "".join(map(chr, range(1, 32))) + "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
    "\u00a0\u00ab\u00b7\u00bb\u2010\u2011\u2012\u2013\u2014\u2018\u2019\u201a\u201c\u201d\u201e\u2026"
)
#: Of more rows than this the word alone does not find the few that are wanted.
FEW = 2000
#: Words of a question that are looked at.
LOOKED_AT = 6
LAST = "\U0010ffff"


@dataclass(frozen=True)
class Source:
    """A table whose rows are found by the words of a column."""

    model: type[models.Model]
    column: str

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    @property
    def words(self) -> str:
        return f"{self.table}_words"


_SOURCES: dict[type[models.Model], Source] = {}


def find_by_words(model: type[models.Model], column: str = "folded") -> None:
    """Declare that rows of the table are found by the words of its folded column."""
    _SOURCES[model] = Source(model, column)


def sources(app_label: str | None = None) -> list[Source]:
    return [s for s in _SOURCES.values() if app_label in (None, s.model._meta.app_label)]


# ── finding ─────────────────────────────────────────────────────────────────────────────────────────────


def narrow(rows: models.QuerySet, text: str) -> models.QuerySet:
    """The rows of which every word of the text begins a word; all of them where the text has no words.

    Rare words find the rows; frequent ones leave it to the order of the page, whose index is walked until it
    is full.
    """
    tokens = query_tokens(text)[:LOOKED_AT]
    if not tokens:
        return rows
    found = few(rows.model, tokens)
    return rows.filter(*each(rows.model, tokens)) if found is None else rows.filter(pk__in=found)


def few(model: type[models.Model], tokens: Sequence[str]) -> list[int] | None:
    """Numbers of all rows, of whatever moment, of which every token begins a word; None of too many."""
    rows, whole = first(model, tokens)
    return rows if whole else None


def first(model: type[models.Model], tokens: Sequence[str]) -> tuple[list[int], bool]:
    """Numbers of rows of which every token begins a word, and whether these are all of them."""
    source = _SOURCES[model]
    counts = {token: _count(source, token) for token in tokens}
    rarest = min(tokens, key=lambda token: (counts[token], -len(token)))
    if counts[rarest] > FEW:
        return _met(source, rarest, [token for token in tokens if token != rarest])
    found = {pk for (pk,) in _fetch(f"SELECT ident FROM {source.words} WHERE {_BEGINS}", _range(rarest))}  # noqa: S608
    if len(tokens) > 1:
        texts = model._base_manager.filter(pk__in=found)
        found = {pk for pk, text in texts.values_list("pk", source.column) if matches(text, tokens)}
    return sorted(found), True


def each(model: type[models.Model], tokens: Iterable[str]) -> list[HasWord]:
    """The same as conditions on one row after the other, for rows that are walked in their order."""
    source = _SOURCES[model]
    return [HasWord(F("pk"), table=source.words, spelt=tuple(_spelt(source, token))) for token in tokens]


class HasWord(Func):
    """Whether the row of this number has one of the words."""

    output_field = models.BooleanField()

    def __init__(self, *expressions, table: str, spelt: tuple[str, ...], **extra):
        super().__init__(*expressions, **extra)
        self.table, self.spelt = table, spelt

    def as_sql(self, compiler, connection, **context):  # type: ignore[override]
        ident, params = compiler.compile(self.source_expressions[0])
        marks = ", ".join(["%s"] * len(self.spelt)) or "NULL"
        return (
            f"EXISTS (SELECT 1 FROM {self.table} w WHERE w.word IN ({marks}) AND w.ident = {ident})",  # noqa: S608
            [*self.spelt, *params],
        )


_BEGINS = "word >= %s AND word < %s"


def _range(token: str) -> list[str]:
    return [token, token + LAST]


def _count(source: Source, token: str) -> int:
    """How many rows have a word that begins so; nobody counts further than just above FEW."""
    inner = f"SELECT 1 FROM {source.words} WHERE {_BEGINS} LIMIT {FEW + 1}"  # noqa: S608
    return _fetch(f"SELECT count(*) FROM ({inner}) s", _range(token))[0][0]  # noqa: S608


def _met(source: Source, rarest: str, others: Sequence[str]) -> tuple[list[int], bool]:
    """Rows of frequent words, all but one spelt out, so that the index answers for one row at a time."""
    params: list[Any] = _range(rarest)
    sql = f"SELECT a.ident FROM {source.words} a WHERE a.word >= %s AND a.word < %s"  # noqa: S608
    for other in others:
        spelt = _spelt(source, other)
        marks = ", ".join(["%s"] * len(spelt))
        sql += (
            f" AND EXISTS (SELECT 1 FROM {source.words} b WHERE b.word IN ({marks})"  # noqa: S608
            " AND b.ident = a.ident)"
        )
        params += spelt
    rows = _fetch(f"{sql} ORDER BY a.word, a.ident LIMIT {FEW + 1}", params)
    return sorted({pk for (pk,) in rows[:FEW]}), len(rows) <= FEW


def _spelt(source: Source, token: str) -> list[str]:
    """The different words that begin so, each found by one look into the index."""
    sql = f"""WITH RECURSIVE spelt(word) AS (
        SELECT * FROM (SELECT word FROM {source.words} WHERE {_BEGINS} ORDER BY word LIMIT 1) s
        UNION ALL
        SELECT (SELECT w.word FROM {source.words} w WHERE w.word > spelt.word AND w.word < %s
                ORDER BY w.word LIMIT 1) FROM spelt WHERE spelt.word IS NOT NULL
    ) SELECT word FROM spelt WHERE word IS NOT NULL LIMIT 5000"""  # noqa: S608
    return [word for (word,) in _fetch(sql, [*_range(token), token + LAST])]


def _fetch(sql: str, params: Sequence[Any] | None = None) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


# ── keeping ─────────────────────────────────────────────────────────────────────────────────────────────


def install(*, using: str, app_label: str) -> list[str]:
    """Make tables and triggers of an app's sources where they are missing, and derive the words then.

    After every migrate: on SQLite a table that is remade loses its triggers. Returns the tables derived.
    """
    made, engine = [], connections[using]
    with transaction.atomic(using=using), engine.cursor() as cursor:
        present = set(engine.introspection.table_names(cursor))
        for source in sources(app_label):
            if source.table not in present or _has_triggers(cursor, engine.vendor, source):
                continue
            for statement in _statements(engine.vendor, source):
                cursor.execute(statement, None)
            derive(cursor, source)
            made.append(source.words)
    return made


def derive(cursor, source: Source) -> None:
    """Write all words of a table anew."""
    cursor.execute(f"DELETE FROM {source.words}", None)  # noqa: S608
    cursor.execute(f"INSERT INTO {source.words} {_words_of(cursor.db.vendor, source)}", None)  # noqa: S608


def missing_and_false(source: Source, limit: int = 100) -> list[tuple[str, str, int]]:
    """Words that a row has and the table does not, and the other way round; none when all is well."""
    wanted = _words_of(connection.vendor, source)
    held = f"SELECT word, ident FROM {source.words}"  # noqa: S608
    found = []
    for what, these, those in (("missing", wanted, held), ("false", held, wanted)):
        rows = _fetch(f"SELECT word, ident FROM ({these} EXCEPT {those}) s LIMIT {limit}")  # noqa: S608
        found += [(what, word, row) for word, row in rows]
    return found


def _words_of(vendor: str, source: Source) -> str:
    """SQL: the different words of every row."""
    if vendor == "postgresql":
        return (
            f"SELECT DISTINCT w.word, t.id AS ident FROM {source.table} t,"  # noqa: S608
            f" unnest(string_to_array({_spaced(f't.{source.column}')}, ' ')) AS w(word)"
            " WHERE w.word <> ''"
        )
    return (
        f"SELECT DISTINCT w.value AS word, t.id AS ident FROM {source.table} t,"  # noqa: S608
        f" {_listed(f't.{source.column}')} WHERE w.value <> ''"
    )


def _spaced(text: str) -> str:
    """SQL for PostgreSQL: the text with a space for everything that separates words."""
    quoted = SEPARATORS.replace("\\", "\\\\").replace("'", "''")
    return f"translate({text}, E'{quoted}', '{' ' * len(SEPARATORS)}')"


def _listed(text: str) -> str:
    """SQL for SQLite: the words of a text as rows ``w``. It reads no more than so many nested brackets;
    most texts hold nothing but letters and spaces.
    """
    steps = []
    for number, start in enumerate(range(0, len(SEPARATORS), 20)):
        spaced = text
        for separator in SEPARATORS[start : start + 20]:
            spaced = f"replace({spaced}, char({ord(separator)}), ' ')"
        plain = f"CASE WHEN {text} GLOB '*[^a-z0-9 ]*' THEN {spaced} ELSE {text} END"
        steps.append(f"json_each(json_array({plain})) s{number}")
        text = f"s{number}.value"
    return ", ".join([*steps, f"""json_each('["' || replace({text}, ' ', '","') || '"]') w"""])


def _has_triggers(cursor, vendor: str, source: Source) -> bool:
    if vendor == "postgresql":
        cursor.execute(
            "SELECT 1 FROM pg_trigger WHERE tgname = %s AND tgrelid = %s::regclass",
            [f"{source.words}_add", source.table],
        )
    else:
        cursor.execute(
            "SELECT 1 FROM sqlite_master WHERE type = 'trigger' AND name = %s", [f"{source.words}_add"]
        )
    return cursor.fetchone() is not None


def _statements(vendor: str, source: Source) -> Iterator[str]:
    return (_on_postgresql if vendor == "postgresql" else _on_sqlite)(source)


def _on_sqlite(source: Source) -> Iterator[str]:
    table, words, column = source.table, source.words, source.column
    add = (
        f"INSERT OR IGNORE INTO {words} (word, ident) SELECT w.value, NEW.id FROM"  # noqa: S608
        f" {_listed(f'NEW.{column}')} WHERE w.value <> ''"
    )
    take = (
        f"DELETE FROM {words} WHERE ident = OLD.id AND word IN"  # noqa: S608
        f" (SELECT w.value FROM {_listed(f'OLD.{column}')})"
    )
    yield (
        f"CREATE TABLE IF NOT EXISTS {words} (word text NOT NULL, ident bigint NOT NULL,"
        " PRIMARY KEY (word, ident)) WITHOUT ROWID"
    )
    yield f"CREATE TRIGGER {words}_add AFTER INSERT ON {table} BEGIN {add}; END"
    yield f"CREATE TRIGGER {words}_edit AFTER UPDATE OF {column} ON {table} BEGIN {take}; {add}; END"
    yield f"CREATE TRIGGER {words}_take AFTER DELETE ON {table} BEGIN {take}; END"


def _on_postgresql(source: Source) -> Iterator[str]:
    table, words, column = source.table, source.words, source.column
    spaced = _spaced(f"t.{column}")
    split = f"unnest(string_to_array({spaced}, ' ')) AS w(word)"
    differ = f"n JOIN stale o ON o.id = n.id AND o.{column} <> n.{column}"

    def add(rows):
        return f"INSERT INTO {words} SELECT DISTINCT w.word, t.id FROM {rows} t, {split} WHERE w.word <> ''"  # noqa: S608

    def take(rows):
        return f"DELETE FROM {words} USING {rows} t, {split} WHERE {words}.word = w.word AND ident = t.id"  # noqa: S608

    yield (
        f'CREATE TABLE IF NOT EXISTS {words} (word text COLLATE "BINARY" NOT NULL, ident bigint NOT NULL,'
        " PRIMARY KEY (word, ident))"
    )
    edited = f"{take(f'(SELECT o.* FROM fresh {differ})')}; {add(f'(SELECT n.* FROM fresh {differ})')};"  # noqa: S608
    for name, event, known, body in (
        ("add", "INSERT", "REFERENCING NEW TABLE AS fresh", f"{add('fresh')};"),
        ("edit", "UPDATE", "REFERENCING OLD TABLE AS stale NEW TABLE AS fresh", edited),
        ("take", "DELETE", "REFERENCING OLD TABLE AS stale", f"{take('stale')};"),
        ("empty", "TRUNCATE", "", f"DELETE FROM {words};"),  # noqa: S608
    ):  # fmt: skip
        yield (
            f"CREATE OR REPLACE FUNCTION {words}_{name}() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN {body} RETURN NULL; END $$"
        )
        yield (
            f"CREATE OR REPLACE TRIGGER {words}_{name} AFTER {event} ON {table} {known}"
            f" FOR EACH STATEMENT EXECUTE FUNCTION {words}_{name}()"
        )
