"""This room is for words of whole texts: what they are, where each stands, and what is kept to find them by.

One tokenizer for everything: what is written into an index, what a question is cut into, and what is marked
on the page come out of ``spans``. Words are folded (marks off, đ is d, lower case) and not stemmed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import connection, models

from .search import fold, query_tokens
from .words import SEPARATORS

#: No index keeps more letters of one word; what is longer is no word but a slip of recognition.
LONGEST = 60
#: Marks that stand behind their letter in decomposed text, and signs that show nothing inside a word.
_SILENT = "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f\u00ad\u200b-\u200d\u2060"
_WORD = re.compile(rf"[^\W_](?:[^\W_]|[{_SILENT}])*")
_PART = re.compile(r"[^\W_]+")
_UNSEEN = str.maketrans("", "", "\u00ad\u200b\u200c\u200d\u2060")
#: A word that a line's end has cut in two ("Beschluss-\nfassung") is found whole, too.
_CUT = re.compile(r"[-\u2010]\s*\n\s*\Z")


class Span(NamedTuple):
    """A folded word and where it stands in the text as it was written."""

    word: str
    start: int
    end: int


def spans(text: str, start: int = 0, end: int | None = None) -> Iterator[Span]:
    """Every word of the text in its order, folded, with its place in the original."""
    before: Span | None = None
    for match in _WORD.finditer(text, start, len(text) if end is None else end):
        for word in folded_words(match[0]):
            yield Span(word, match.start(), match.end())
            if before is not None and match.start() - before.end < 40:
                if _CUT.match(text[before.end : match.start()]):
                    yield Span((before.word + word)[:LONGEST], before.start, match.end())
            before = Span(word, match.start(), match.end())


@lru_cache(maxsize=100_000)
def folded_words(written: str) -> tuple[str, ...]:
    """What one written word is found by: mostly one word, of a ligature or a sign in it perhaps more."""
    folded = fold(written.translate(_UNSEEN))
    return tuple(part[:LONGEST] for part in _PART.findall(folded))


def words_in(text: str) -> str:
    """The distinct words of a text in byte order, each behind a blank: what begins one stands behind one."""
    return joined({span.word for span in spans(text)}) or (" " if text else "")


def joined(words: Iterable[str]) -> str:
    return "".join(f" {word}" for word in sorted(words))


class WordsField(models.TextField):
    """Keeps the distinct words of another column, whoever saves the row through a model."""

    def __init__(self, *args: Any, of: str = "", **options: Any) -> None:
        self.of = of
        super().__init__(*args, **{"blank": True, "default": "", "editable": False, **options})

    def deconstruct(self) -> Any:
        name, path, args, options = super().deconstruct()
        return name, path, args, {**options, "of": self.of}

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        found = words_in(getattr(model_instance, self.of))
        setattr(model_instance, self.attname, found)
        return found


# ── places to mark ───────────────────────────────────────────────────────────────────────────────────────

#: Letters of a text that are looked through for the place to show, and letters of it that are shown.
LOOKED_THROUGH, SHOWN, AHEAD = 400_000, 240, 60


class Piece(NamedTuple):
    """A piece of a text as it was written; whether it is what was looked for."""

    text: str
    marked: bool


def marked(text: str, tokens: Sequence[str], start: int = 0, end: int | None = None) -> list[Piece]:
    """The text in pieces: words that one of the tokens begins stand alone."""
    end, last, pieces = len(text) if end is None else end, start, []
    for _word, begin, stop in _hits(text, tokens, start, end):
        if begin > last:
            pieces.append(Piece(text[last:begin], False))
        if stop > last:
            pieces.append(Piece(text[max(begin, last) : stop], True))
            last = stop
    return [*pieces, Piece(text[last:end], False)] if last < end else pieces


def snippet(text: str, tokens: Sequence[str]) -> list[Piece]:
    """The stretch of the text that holds the most of the tokens nearest together, cut between words; the
    first of several. Empty where none of them is found.
    """
    hits = list(_hits(text, tokens, 0, LOOKED_THROUGH))
    if not hits:
        return []
    best, most, low = 0, 0, 0
    for high in range(len(hits)):
        while hits[high].end - hits[low].start > SHOWN - AHEAD and low < high:
            low += 1
        met = len({hit.word for hit in hits[low : high + 1]})
        if met > most:
            best, most = low, met
    start = max(0, hits[best].start - AHEAD)
    end = min(len(text), start + SHOWN)
    start = _between(text, start, hits[best].start, forward=True)
    end = _between(text, end, min(end, hits[best].end), forward=False)
    pieces = marked(text, tokens, start, end)
    return [
        *([Piece("… ", False)] if start else []),
        *(Piece(" ".join(p.text.split()) if p.marked else _one_line(p.text), p.marked) for p in pieces),
        *([Piece(" …", False)] if end < len(text) else []),
    ]


def _hits(text: str, tokens: Sequence[str], start: int, end: int) -> Iterator[Span]:
    """Spans that a token begins, under the name of that token (the longest, where several do)."""
    first = {token[0] for token in tokens}
    for word, begin, stop in spans(text, start, min(end, len(text))):
        if word[0] in first:
            fits = [token for token in tokens if word.startswith(token)]
            if fits:
                yield Span(max(fits, key=len), begin, stop)


def _between(text: str, at: int, limit: int, *, forward: bool) -> int:
    """The nearest place between two words, not beyond the limit."""
    if at in (0, len(text)):
        return at
    step = 1 if forward else -1
    while at != limit and not text[at - 1].isspace():
        at += step
    return at


def _one_line(text: str) -> str:
    lead, tail = text[:1].isspace(), text[-1:].isspace()
    line = " ".join(text.split())
    return f"{' ' if lead else ''}{line}{' ' if tail and line else ''}"


# ── the index ────────────────────────────────────────────────────────────────────────────────────────────

#: Words of a question that are looked for; the rest of a pasted page is left out.
MOST_WORDS = 12
#: What separates words in folded lines, beyond what separates them in names.
FURTHER_SEPARATORS = (
    "\u00a1\u00a2\u00a3\u00a4\u00a5\u00a6\u00a7\u00a8\u00a9\u00ac\u00ae\u00af\u00b0\u00b1\u00b4\u00b6\u00b8\u00bf\u00d7\u00f7"
    "\u2015\u2016\u2017\u201b\u201f\u2020\u2021\u2022\u2023\u2024\u2025\u2027\u2030\u2032\u2033\u2039\u203a\u2044"
    "\u20ab\u20ac\u2116\u2122\u2190\u2191\u2192\u2193\u21d2\u2212\u2248\u2260\u2264\u2265\u25a0\u25a1\u25aa\u25cf\u25cb\u2605\u2713"
)
#: Signs inside words that show nothing.
UNSEEN = "\u00ad\u200b\u200c\u200d\u2060"
#: So short beginnings of words are kept as words of their own on PostgreSQL, SQLite keeps them by itself:
#: "n" begins thousands of words, whose rows nobody could put together in time.
SHORT = 3


class Column(NamedTuple):
    """A part of the index: the columns of the store that count for it."""

    name: str
    of: tuple[str, ...]


class Index:
    """Rows found by the words of several columns of a store: ``<name> (ident, columns …)``.

    The store holds words with blanks between them. Whoever keeps it says with which triggers. On SQLite an
    FTS5 table stands over it, on PostgreSQL one GIN index for each part; both are asked the same.
    """

    def __init__(self, name: str, columns: Sequence[str], parts: dict[str, tuple[str, ...]]) -> None:
        self.name, self.columns, self.parts = name, tuple(columns), parts

    def matching(
        self, where: tuple[str, bool], tokens: Sequence[str], *, but: tuple[str, bool] | None = None
    ) -> tuple[str, list[str]]:
        """SQL and values: idents of rows where every token begins a word of a part, or is one (part, whole);
        without those of which this can be said of another part, too.
        """
        if connection.vendor != "postgresql":
            asked = self._fts(*where, tokens)
            asked = f"({asked}) NOT ({self._fts(*but, tokens)})" if but else asked
            return f"SELECT rowid FROM {self.name}_fts WHERE {self.name}_fts MATCH %s", [asked]  # noqa: S608
        # OFFSET 0 keeps the planner from asking row by row what the index answers at once.
        sql, values = [], []
        for part, whole in filter(None, (where, but)):
            sql.append(f"SELECT ident FROM {self.name} WHERE {self._lexemes(part)} @@ %s::tsquery")  # noqa: S608
            values.append(" & ".join(_lexeme(token, whole) for token in tokens))
        less = f" AND ident NOT IN ({sql[1]} OFFSET 0)" if but else ""
        return f"{sql[0]}{less} OFFSET 0", values

    def some(
        self,
        where: tuple[str, bool],
        tokens: Sequence[str],
        most: int,
        *,
        but: tuple[str, bool] | None = None,
    ) -> tuple[str, list[Any]]:
        """SQL and values for PostgreSQL: the same idents, of very many any, and one more than ``most``."""
        part, whole = where
        sql = f"SELECT ident FROM {self.name} WHERE {self._lexemes(part)} @@ %s::tsquery"  # noqa: S608
        values: list[Any] = [" & ".join(_lexeme(token, whole) for token in tokens)]
        if but:
            told, more = self._said(*but, tokens)
            sql, values = f"{sql} AND NOT ({told})", [*values, *more]
        return f"{sql} LIMIT %s", [*values, most + 1]

    def told(
        self,
        ident: str,
        where: tuple[str, bool],
        tokens: Sequence[str],
        *,
        but: tuple[str, bool] | None = None,
    ) -> tuple[str, list[Any]]:
        """SQL and values for PostgreSQL: whether that row is one of them, by looking at its words."""
        said, values = self._said(*where, tokens)
        if but:
            told, more = self._said(*but, tokens)
            said, values = f"{said} AND NOT ({told})", [*values, *more]
        return f"(SELECT {said} FROM {self.name} WHERE ident = {ident})", values  # noqa: S608

    def _said(self, part: str, whole: bool, tokens: Sequence[str]) -> tuple[str, list[Any]]:
        words = " || ' ' || ".join(self.parts[part])
        # A word cut off at so many letters is looked for by its beginning.
        values = [f" {token} " if whole and len(token) < LONGEST else f" {token}" for token in tokens]
        return " AND ".join([f"strpos(' ' || {words} || ' ', %s) > 0"] * len(tokens)), values

    def _fts(self, part: str, whole: bool, tokens: Sequence[str]) -> str:
        asked = " AND ".join(f'"{token}"' + ("" if whole else " *") for token in tokens)
        return f"{{{' '.join(self.parts[part])}}} : ({asked})"

    def statements(self, vendor: str) -> Iterator[str]:
        """What makes the empty store and its index."""
        columns = ", ".join(f"{column} text NOT NULL DEFAULT ''" for column in self.columns)
        if vendor == "postgresql":
            yield LEXEMES
            yield (
                f"CREATE TABLE IF NOT EXISTS {self.name} (ident bigint PRIMARY KEY, {columns})"
                " WITH (toast_tuple_target = 128)"
            )
            yield from self.indexing()
            return
        names = ", ".join(self.columns)
        new, old = (", ".join(f"{row}.{column}" for column in self.columns) for row in ("NEW", "OLD"))
        add = f"INSERT INTO {self.name}_fts (rowid, {names}) VALUES (NEW.ident, {new})"  # noqa: S608
        take = (
            f"INSERT INTO {self.name}_fts ({self.name}_fts, rowid, {names})"  # noqa: S608
            f" VALUES ('delete', OLD.ident, {old})"
        )
        yield f"CREATE TABLE IF NOT EXISTS {self.name} (ident integer PRIMARY KEY, {columns})"
        yield (
            f"CREATE VIRTUAL TABLE IF NOT EXISTS {self.name}_fts USING fts5 ({names}, content='{self.name}',"
            " content_rowid='ident', tokenize='ascii', prefix='1 2 3', detail='column', columnsize=0)"
        )
        for event, body in (("insert", add), ("delete", take), ("update", f"{take}; {add}")):
            yield (
                f"CREATE TRIGGER IF NOT EXISTS {self.name}_{event} AFTER {event.upper()} ON {self.name}"
                f" BEGIN {body}; END"
            )

    def bring_up_to_date(self, cursor: Any) -> None:
        """The function may be written anew while the indexes stand: what it gives is the same."""
        if cursor.db.vendor == "postgresql":
            cursor.execute(LEXEMES, None)

    def indexing(self) -> Iterator[str]:
        """What makes the indexes on PostgreSQL: over a full store much sooner than while it is filled."""
        for part in self.parts:
            gin = self._gin(part)
            yield (
                f"CREATE INDEX IF NOT EXISTS {gin} ON {self.name} USING gin ({self._lexemes(part)})"
                " WITH (fastupdate = off)"
            )
            # Nobody plans by them, and taking samples would cut thousands of texts into words.
            yield f"ALTER INDEX {gin} ALTER COLUMN 1 SET STATISTICS 0"

    def clearing(self) -> Iterator[str]:
        """What takes these indexes away."""
        yield from (f"DROP INDEX IF EXISTS {self._gin(part)}" for part in self.parts)

    def _gin(self, part: str) -> str:
        return f"{self.name}_{part}"

    def _lexemes(self, part: str) -> str:
        said = " || ' ' || ".join(self.parts[part])
        return f"orgwork_lexemes({said})"


_BEGINNINGS = " || ".join(f"array_agg('>' || left(w, {size}))" for size in range(1, SHORT + 1))
#: Which lexemes stand there twice is the vector's own affair. No scan that asks for them is worth another
#: process: the index has the answer sooner than one starts.
LEXEMES = f"""CREATE OR REPLACE FUNCTION orgwork_lexemes(said text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL UNSAFE COST 10000 AS $$
    SELECT array_to_tsvector(coalesce(array_agg(left(w, {LONGEST})) || {_BEGINNINGS}, '{{}}'))
    FROM unnest(string_to_array(said, ' ')) w WHERE w <> ''
$$"""  # noqa: S608


def _lexeme(token: str, whole: bool) -> str:
    if whole:
        return f"'{token}'"
    return f"'>{token}'" if len(token) <= SHORT else f"'{token}':*"


def tokens_of(text: str) -> tuple[str, ...]:
    """The words of a question: folded, each once, at most so many."""
    return tuple(dict.fromkeys(token[:LONGEST] for token in query_tokens(text.translate(_UNSEEN))))[
        :MOST_WORDS
    ]


def spaced(vendor: str, text: str) -> str:
    """SQL: a folded line with a blank for everything that separates words, and nothing unseen in it."""
    if vendor == "postgresql":
        separators = (SEPARATORS + FURTHER_SEPARATORS).replace("\\", "\\\\").replace("'", "''")
        blanks = " " * len(SEPARATORS + FURTHER_SEPARATORS)
        return f"translate({text}, E'{separators}{UNSEEN}', '{blanks}')"
    # ASCII signs are left to the tokenizer; SQLite reads no more than so many nested brackets at once, and
    # most lines hold nothing odd.
    odd = [c for c in SEPARATORS + FURTHER_SEPARATORS + UNSEEN if not c.isascii()]
    steps, last = [f"json_each(json_array({text})) s0"], "s0.value"
    for number, start in enumerate(range(0, len(odd), 20), start=1):
        said = last
        for separator in odd[start : start + 20]:
            blank = "''" if separator in UNSEEN else "' '"
            said = f"replace({said}, char({ord(separator)}), {blank})"
        plain = f"CASE WHEN {last} GLOB '*[^ -~]*' THEN {said} ELSE {last} END"
        steps.append(f"json_each(json_array({plain})) s{number}")
        last = f"s{number}.value"
    return f"(SELECT {last} FROM {', '.join(steps)})"  # noqa: S608
