"""This room is for finding papers by words: of the number, of the title, of the texts; folded, by beginnings.

Beside the papers stands a store with the words of each, kept by triggers whoever writes a paper, a text or a
file (foundation/fulltext.py says how words are cut and asked for). What comes first is the same on both
engines, because no engine scores: papers whose number is what was asked for, then those whose number begins
so, then those with all words in number and title, then the rest; within each the newest first.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, connections, models, transaction
from django.db.models import Case, IntegerField, Q, Value, When
from django.db.models.expressions import RawSQL

from orgwork.foundation import provisions
from orgwork.foundation.dates import Period
from orgwork.foundation.fulltext import Index, Piece, marked, snippet, spaced, tokens_of
from orgwork.foundation.rows import send_waiting

from . import access
from .appointments import Appointment
from .documents import Document, DocumentText
from .members import Membership, MembershipPlace, MembershipStanding
from .paper_files import DocumentFile, FilePage, FileText
from .paper_relations import no_longer_in_force
from .units import ROOT, Unit, UnitCustody, UnitLineage, under_ids

STORE = Index(
    "registers_document_found",
    ("number", "title", "body"),
    {"number": ("number",), "heads": ("number", "title"), "whole": ("number", "title", "body")},
)
#: From near to far: the part in which all words stand, and whether as whole words.
NEARNESS = (("number", True), ("number", False), ("heads", False), ("whole", False))
#: Those that look at nothing but the number, which is open to everybody who may see the paper.
OPEN = 2
#: Those found by their texts alone, of which the place is shown.
DEEP = 3
#: Papers that are put in order at once; of more, those that come first are looked for one after the other.
FEW = 2_000


# ── asking ───────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Found:
    """One page of papers found, in their order, and where the next and the one before begin."""

    papers: list[Document] = field(default_factory=list)
    after: tuple | None = None
    before: tuple | None = None


def seen_by(account: Any, *, now: dt.date, on: dt.date, known_at: int | None = None, act: str) -> Q | None:
    """The papers of which the account has the act, by their issuers; None: of all. Papers from outside the
    register are open to whoever has the act anywhere.
    """
    if account is None:
        return None if act in access.OPERATOR else Q(pk__in=[])
    own, under, everything = access.scopes(account, act, now=now)
    if everything:
        return None
    if not own and not under:
        return Q(pk__in=[])
    lineage = UnitLineage.objects.on(on, known_at=known_at).filter(ancestor__in=under).values("descendant")
    kept = UnitCustody.objects.on(now).filter(custodian__in=lineage).values("unit")
    issuers = Q(issuer__in=own) | Q(issuer__in=lineage) | Q(issuer__in=kept)
    return issuers | Q(issuer__isnull=True)


def within(unit: Unit, on: dt.date, *, known_at: int | None = None) -> Q | None:
    """Papers issued at the body, below it, or by an ended body whose papers one of them keeps; and those from
    outside the register. None: all papers.
    """
    if unit.code == ROOT:
        return None
    scope = under_ids(unit, on, known_at=known_at)
    kept = UnitCustody.objects.on(on, known_at=known_at).filter(custodian__in=scope).values("unit")
    return Q(issuer__in=scope) | Q(issuer__in=kept) | Q(issuer__isnull=True)


@dataclass(frozen=True)
class Narrowing:
    """What a list of papers may be narrowed by besides words."""

    kind: str = ""
    issuer: int | None = None  # papers of this very body
    term: str = ""  # a term of office, as the national congress counts them
    in_force: str = ""  # "yes", "no" on the day, or either

    def of(self, rows: models.QuerySet, on: dt.date, known_at: int | None = None) -> models.QuerySet:
        if self.kind:
            rows = rows.filter(kind=self.kind)
        if self.issuer:
            rows = rows.filter(issuer=self.issuer)
        if self.term:
            period = dict(terms())[self.term]
            rows = rows.filter(day__gte=period.start)
            rows = rows.filter(day__lt=period.end) if period.end else rows
        if self.in_force in ("yes", "no"):
            ended = Q(pk__in=no_longer_in_force(on, known_at=known_at))
            rows = rows.exclude(ended) if self.in_force == "yes" else rows.filter(ended)
        return rows


def terms() -> list[tuple[str, Period]]:
    """The terms of office of the whole party, the latest first, with their days."""
    values = sorted(provisions.rules()["terms.congress"].versions, key=lambda one: one.valid_from)
    ends = [*(one.valid_from for one in values[1:]), None]
    return [(one.value, Period(one.valid_from, end)) for one, end in zip(values, ends, strict=True)][::-1]


@dataclass(frozen=True)
class Search:
    """A question to the papers in ``rows``; ``named`` says of which of them titles and texts may be read."""

    rows: models.QuerySet
    text: str
    named: Q | None = None  # None: of all of them

    @property
    def tokens(self) -> tuple[str, ...]:
        return tokens_of(self.text)

    def all(self) -> models.QuerySet:
        """Every paper found, in no order: for counting and for lists in an order of their own."""
        found = Q(pk__in=self._idents(len(NEARNESS) - 1))
        if self.named is not None:
            found = (found & self.named) | Q(pk__in=self._idents(OPEN - 1))
        return self.rows.filter(found)

    def _idents(self, nearness: int, but: int | None = None) -> RawSQL:
        less = None if but is None else NEARNESS[but]
        sql, values = STORE.matching(NEARNESS[nearness], self.tokens, but=less)
        return RawSQL(sql, values)  # noqa: S611 (the words are values)

    def _nearest(self, nearness: int, size: int, beyond: Q | None, order: Sequence[str]) -> list[Any]:
        """So many of the papers found so near, in their order."""
        rows = self.rows
        if nearness >= OPEN and self.named is not None:
            rows = rows.filter(self.named)
        if beyond is not None:
            rows = rows.filter(beyond)
        rows = rows.order_by(*order)
        if connection.vendor != "postgresql":
            return list(rows.filter(pk__in=self._idents(nearness, nearness - 1 if nearness else None))[:size])
        return list(self._on_postgresql(rows, nearness, size))

    def _on_postgresql(self, rows: models.QuerySet, nearness: int, size: int) -> Iterable[Document]:
        """PostgreSQL's planner knows nothing of the words: whether few papers have them is asked first. Few
        are put in order; of many the papers are gone through in their order till enough are found.
        """
        asked = (NEARNESS[nearness], self.tokens)
        but = NEARNESS[nearness - 1] if nearness else None
        with connection.cursor() as cursor:
            cursor.execute(*STORE.some(*asked, FEW, but=but))
            some = [ident for (ident,) in cursor.fetchall()]
            if len(some) <= FEW:
                return rows.filter(pk__in=some)[:size] if some else []
            try:
                inner, values = rows.values("pk").query.sql_with_params()
            except EmptyResultSet:  # whoever asks may see none
                return []
            told, more = STORE.told("d.ident", *asked, but=but)
            cursor.execute(
                f"SELECT d.ident FROM ({inner} OFFSET 0) d (ident) WHERE {told} LIMIT %s",  # noqa: S608
                [*values, *more, size],
            )
            return rows.filter(pk__in=[ident for (ident,) in cursor.fetchall()])

    def page(self, size: int, *, after: Sequence | None = None, before: Sequence | None = None) -> Found:
        """So many papers after, or before, a place in the order: nearness, day, number of the paper."""
        if not self.tokens:
            return Found()
        back = before is not None
        place = before if back else after
        start = int(place[0]) if place else 0
        tiers = range(start, -1, -1) if back else range(start, len(NEARNESS))
        found: list[Document] = []
        for nearness in tiers:
            beyond = (
                _beyond(place[1], place[2], "gt" if back else "lt") if place and nearness == start else None
            )
            order = ("day", "pk") if back else ("-day", "-pk")
            for paper in self._nearest(nearness, size + 1 - len(found), beyond, order):
                paper.nearness = nearness
                found.append(paper)
            if len(found) > size:
                break
        more, found = len(found) > size, found[:size]
        if back:
            found.reverse()
        if not found:
            return Found()
        return Found(
            found,
            after=_place(found[-1]) if more or back else None,
            before=_place(found[0]) if (place and not back) or (back and more) else None,
        )


def _beyond(day: Any, ident: Any, way: str) -> Q:
    return Q(**{f"day__{way}e": day}) & (Q(**{f"day__{way}": day}) | Q(day=day, **{f"pk__{way}": ident}))


def _place(paper: Any) -> tuple:
    return paper.nearness, paper.day.isoformat() if paper.day else "", paper.pk


def people_of(paper: Document, most: int = 200) -> list[int]:
    """The people on whom facts rest by this paper: whoever reads it reads about them."""
    return list(
        Membership.objects.filter(Q(begun_by__document=paper) | Q(ended_by__document=paper))
        .values_list("person", flat=True)
        .union(
            *(
                model.objects.filter(Q(begun_by__document=paper) | Q(ended_by__document=paper)).values_list(
                    "person", flat=True
                )
                for model in (MembershipStanding, MembershipPlace, Appointment)
            )
        )[:most]
    )


# ── the place where it stands ────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Place:
    """Where in a paper the words stand: its title with marks, and a stretch of one of its texts."""

    symbol: list[Piece]
    title: list[Piece]
    text: list[Piece] = field(default_factory=list)
    language: str = ""
    file: int | None = None
    page: int | None = None


def places(papers: Iterable[Document], text: str, *, readable: Iterable[int]) -> dict[int, Place]:
    """Of each paper where the words stand; title and text only of those that are ``readable``."""
    tokens, readable, papers = tokens_of(text), set(readable), list(papers)
    deep = [
        paper.pk
        for paper in papers
        if paper.pk in readable and not paper.secret and getattr(paper, "nearness", DEEP) >= DEEP
    ]
    texts = _texts_of(deep, tokens) if deep else {}
    return {
        paper.pk: Place(
            marked(paper.symbol, tokens),
            marked(paper.title, tokens) if paper.pk in readable and not paper.secret else [],
            **texts.get(paper.pk, {}),
        )
        for paper in papers
    }


def _texts_of(papers: Sequence[int], tokens: Sequence[str]) -> dict[int, dict[str, Any]]:
    """Of each paper the stretch of the text, or of the page of a file, that holds the most of the words."""
    texts = _most_words(DocumentText.objects.filter(document__in=papers), tokens)
    pages = _most_words(
        FilePage.objects.filter(file__document__in=papers, file__retracted__isnull=True), tokens
    )
    # Texts before pages, pages in their order; of several that hold as many words the first.
    best: dict[int, tuple[int, Any, int]] = {}
    for model, paper, ident, met in (
        *((DocumentText, *row) for row in texts.order_by("language").values_list("document", "pk", "met")),
        *(
            (FilePage, *row)
            for row in pages.order_by("file", "number").values_list("file__document", "pk", "met")
        ),
    ):
        if met > best.get(paper, (0,))[0]:
            best[paper] = (met, model, ident)
    chosen = {
        model: [ident for _met, of, ident in best.values() if of is model]
        for model in (DocumentText, FilePage)
    }
    found: dict[int, dict[str, Any]] = {}
    for text in DocumentText.objects.filter(pk__in=chosen[DocumentText]):
        found[text.document_id] = {"text": snippet(text.text, tokens), "language": text.language}
    for page in FilePage.objects.filter(pk__in=chosen[FilePage]).select_related("file__text"):
        found[page.file.document_id] = {
            "text": snippet(page.text, tokens), "language": page.file.text.language, "file": page.file_id,
            "page": page.number,
        }  # fmt: skip
    return found


def _most_words(rows: models.QuerySet, tokens: Sequence[str]) -> models.QuerySet:
    """Rows that have at least one of the words, and how many of them (``met``)."""
    each = [Q(words__contains=f" {token}") for token in tokens]
    met: Any = sum(
        Case(When(one, then=Value(1)), default=Value(0), output_field=IntegerField()) for one in each
    )
    return rows.annotate(met=met).filter(met__gt=0)


# ── keeping ──────────────────────────────────────────────────────────────────────────────────────────────

_PAPERS, _TEXTS = Document._meta.db_table, DocumentText._meta.db_table
_FILES, _READ = DocumentFile._meta.db_table, FileText._meta.db_table


def _number(vendor: str, row: str) -> str:
    """SQL: the part of the folded line that is number and symbol; folding keeps their length."""
    length = "char_length" if vendor == "postgresql" else "length"
    folded, size = f"{row}.folded", f"{length}(trim({row}.symbol))"
    whole = f"substr({folded} || ' ', {size} + 1, 1) = ' '"
    space = f"strpos({folded} || ' ', ' ')" if vendor == "postgresql" else f"instr({folded} || ' ', ' ')"
    return f"CASE WHEN {whole} THEN substr({folded}, 1, {size}) ELSE substr({folded}, 1, {space} - 1) END"


def _heads(vendor: str, row: str) -> tuple[str, str]:
    """SQL: the words of number and title of a paper."""
    number = _number(vendor, row)
    rest = f"substr({row}.folded, length({number}) + 1)"
    return spaced(vendor, number), spaced(vendor, rest)


def _body(vendor: str, paper: str) -> str:
    """SQL: the words of all texts of a paper and of the files it has now."""
    gather = "string_agg(words, '')" if vendor == "postgresql" else "group_concat(words, '')"
    return (
        f"coalesce((SELECT {gather} FROM ("  # noqa: S608
        f"SELECT words FROM {_TEXTS} WHERE document_id = {paper} UNION ALL"
        f" SELECT r.words FROM {_READ} r JOIN {_FILES} f ON f.id = r.file_id"
        f" WHERE f.document_id = {paper} AND f.retracted IS NULL) said), '')"
    )


def derivation(vendor: str, where: str = "") -> str:
    """SQL: what the store should hold."""
    number, title = _heads(vendor, "d")
    return f"SELECT d.id, {number}, {title}, {_body(vendor, 'd.id')} FROM {_PAPERS} d {where}"  # noqa: S608


def derive(cursor: Any) -> None:
    """Write the whole store anew, and its indexes over it."""
    vendor = cursor.db.vendor
    if vendor == "postgresql":
        for statement in STORE.clearing():
            cursor.execute(statement, None)
        cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
    cursor.execute(f"DELETE FROM {STORE.name}", None)  # noqa: S608
    cursor.execute(f"INSERT INTO {STORE.name} {derivation(vendor)}", None)  # noqa: S608
    if vendor == "postgresql":
        for statement in STORE.indexing():
            cursor.execute(statement, None)


@contextmanager
def written_in_bulk() -> Iterator[None]:
    """Inside, papers and texts are written by the hundred thousand: their words are put together once, at the
    end. In the open transaction, which an error undoes; nobody else writes papers meanwhile.
    """
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        send_waiting()
        for name, table in NAMES.items():
            on = f" ON {table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")
        yield
        send_waiting()
        for statement in triggers(connection.vendor):
            cursor.execute(statement, None)
        derive(cursor)


def differences(limit: int = 100) -> list[int]:
    """Papers of which the store holds something else than it should; none when all is well."""
    send_waiting()
    with connection.cursor() as cursor:
        return _differing(cursor, limit)


def _differing(cursor: Any, limit: int) -> list[int]:
    wanted, found = derivation(cursor.db.vendor), set()
    held = f"SELECT ident, number, title, body FROM {STORE.name}"  # noqa: S608
    for these, those in ((wanted, held), (held, wanted)):
        cursor.execute(f"SELECT * FROM ({these} EXCEPT {those}) s LIMIT {limit}", None)  # noqa: S608
        found |= {row[0] for row in cursor.fetchall()}
    return sorted(found)


def install(*, using: str = "default", **_sent: Any) -> bool:
    """Handler of post_migrate: make what is missing and fill it; whether the store was written anew."""
    engine = connections[using]
    with transaction.atomic(using=using), engine.cursor() as cursor:
        present = set(engine.introspection.table_names(cursor))
        if not {_PAPERS, _TEXTS, _FILES, _READ} <= present:
            return False
        if _whole(cursor, engine.vendor):
            STORE.bring_up_to_date(cursor)
            return False
        for statement in (*STORE.statements(engine.vendor), *triggers(engine.vendor)):
            cursor.execute(statement, None)
        if STORE.name in present and not _differing(cursor, 1):
            return False
        derive(cursor)
    return True


def lift(*, using: str = "default", plan: Any = None, **_sent: Any) -> None:
    """Handler of pre_migrate: off with the triggers on SQLite, which cannot rename a table around them."""
    if plan and connections[using].vendor == "sqlite":
        with connections[using].cursor() as cursor:
            for name in NAMES:
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")


def _whole(cursor: Any, vendor: str) -> bool:
    source = (
        "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
        if vendor == "postgresql"
        else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    )
    cursor.execute(source)
    return set(NAMES) <= {name for (name,) in cursor.fetchall()}


_OF_READ = "(SELECT document_id FROM " + _FILES + " WHERE id = {row}.file_id)"  # noqa: S608
#: Event by event: the table, what happens to it, and of which papers the store is written anew.
EVENTS = (
    ("paper_add", _PAPERS, "INSERT", "", "NEW.id"),
    ("paper_edit", _PAPERS, "UPDATE", "symbol, folded", "NEW.id"),
    ("text_add", _TEXTS, "INSERT", "", "NEW.document_id"),
    ("text_edit", _TEXTS, "UPDATE", "words, document_id", "NEW.document_id, OLD.document_id"),
    ("text_take", _TEXTS, "DELETE", "", "OLD.document_id"),
    ("file_edit", _FILES, "UPDATE", "retracted", "NEW.document_id"),
    ("read_add", _READ, "INSERT", "", _OF_READ.format(row="NEW")),
    ("read_edit", _READ, "UPDATE", "words", _OF_READ.format(row="NEW")),
    ("read_take", _READ, "DELETE", "", _OF_READ.format(row="OLD")),
)
#: The triggers, and on what they stand.
NAMES = {f"found_{name}": table for name, table, *_rest in EVENTS} | {"found_paper_take": _PAPERS}


def triggers(vendor: str) -> Iterator[str]:
    for name, table, event, columns, papers in EVENTS:
        yield from _trigger(vendor, f"found_{name}", table, event, columns, _rewrite(vendor, papers))
    gone = f"DELETE FROM {STORE.name} WHERE ident = OLD.id"  # noqa: S608
    yield from _trigger(vendor, "found_paper_take", _PAPERS, "DELETE", "", gone)
    if vendor == "postgresql":
        yield from _trigger(
            vendor, "found_paper_empty", _PAPERS, "TRUNCATE", "", f"TRUNCATE {STORE.name}", each="STATEMENT"
        )


def _rewrite(vendor: str, papers: str) -> str:
    return (
        f"INSERT INTO {STORE.name} (ident, number, title, body)"  # noqa: S608
        f" {derivation(vendor, f'WHERE d.id IN ({papers})')}"
        " ON CONFLICT (ident) DO UPDATE SET number = excluded.number, title = excluded.title,"
        " body = excluded.body"
    )


def _trigger(
    vendor: str, name: str, table: str, event: str, columns: str, body: str, each: str = "ROW"
) -> Iterator[str]:
    of = f" OF {columns}" if columns else ""
    if vendor == "sqlite":
        yield f"DROP TRIGGER IF EXISTS {name}"
        yield f"CREATE TRIGGER {name} AFTER {event}{of} ON {table} BEGIN {body}; END"
        return
    yield (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN {body}; RETURN NULL; END $$"
    )
    yield (
        f"CREATE OR REPLACE TRIGGER {name} AFTER {event}{of} ON {table} FOR EACH {each}"
        f" EXECUTE FUNCTION {name}()"
    )
