"""This room is for finding papers by words among 100,000: rare words, words that nearly all have, filters.

The papers are written in bulk, past the models, and their words put together at the end. Measured is time of
the processor, of this process and of the server's that answers it, which nobody else disturbs.
"""

import datetime as dt
import os
import random
import time
from pathlib import Path

from django.db import connection

from benchmarks.measure import result, stopwatch
from orgwork.foundation.bulk import allocate_ids, insert
from orgwork.foundation.dates import new_spells
from orgwork.foundation.fulltext import folded_words, joined, spans
from orgwork.foundation.moments import writing
from orgwork.foundation.search import fold
from orgwork.registers.documents import Document, DocumentText
from orgwork.registers.models import Cause, Unit, UnitPlacement
from orgwork.registers.paper_relations import PaperRelation
from orgwork.registers.paper_search import Narrowing, Search, places, terms, within, written_in_bulk
from orgwork.registers.units import derive_lineage

TEXTS = Path(__file__).resolve().parent.parent / "orgwork/exchange/demo/data/reports"
GOLD = Path(__file__).resolve().parent.parent / "tests/exchange/texts/gold"
FIRST, TODAY = dt.date(1990, 1, 1), dt.date(2024, 10, 20)
TIMES = 10
KINDS = ("decision", "resolution", "plan", "directive", "notice")
SIGNS = ("QĐ", "NQ", "KH", "CT", "TB")
#: From one paper in a thousand to all of them.
ASKED = (
    ("one paper's number", "77-NQ/TU 1234"),
    ("a rare word", "vocable1234"),
    ("two words of many papers", "dang vien"),
    ("the beginning of very many words", "t"),
    ("six such beginnings", "t n q d h c"),
    ("a word that no paper has", "khongco"),
    ("three words that never meet", "vocable11 vocable222 vocable3333"),
    ("a number that many papers have", "214"),
    ("a number and its sign", "214-nq/tu"),
    ("three words of many papers", "nghi quyet dang"),
    ("a beginning of rare words", "vocable12"),
    ("four words of many papers", "to chuc can bo"),
)


def measure(*, people, bodies, papers=100_000):
    with stopwatch() as whole:
        province = build(papers, min(bodies, 3_000))
    yield result(f"writing {papers:,} papers with their words", papers / whole(), "/s")
    rows = Document.objects.filter(day__lte=TODAY)
    slowest = 0.0
    for name, text in ASKED:
        for about, narrowed in (
            ("everywhere", rows),
            ("in a province", rows.filter(within(province, TODAY))),
            ("in force, one kind, one term",
             Narrowing(kind="plan", term=terms()[2][0], in_force="yes").of(rows, TODAY)),
            ("no longer in force", Narrowing(in_force="no").of(rows, TODAY)),
            ("of one body", Narrowing(issuer=province.pk).of(rows, TODAY)),
            ("for whoever reads in one province", rows),
        ):  # fmt: skip
            part = within(province, TODAY) if about.startswith("for whoever") else None
            took, met = timed(Search(narrowed, text, part))
            slowest = max(slowest, took)
            yield result(f"{name}, {about}: {met} shown", took * 1000, "ms")
    first = Search(rows, "t n q").page(20)
    took, met = timed(Search(rows, "t n q"), after=first.after)
    yield result(f"the second page of very many: {met} shown", took * 1000, "ms")
    yield result("the slowest of them (100 ms at most)", slowest * 1000, "ms")
    yield result("the index", size_of_index() / 1_000_000, "MB")


def timed(question, **place):
    """Seconds of processor for one page of papers, each with its place in the text, of ten; wall clock, where
    the server's own cannot be read.
    """

    def once():
        page = question.page(20, **place)
        return places(page.papers, question.text, readable=[paper.pk for paper in page.papers])

    met = len(once())
    before, began = processor(), time.perf_counter()
    for _time in range(TIMES):
        once()
    spent = processor()
    wall = (time.perf_counter() - began) / TIMES
    return (wall if None in (before, spent) else (spent - before) / TIMES), met


def processor():
    """Processor time of this process, and of the server's that answers it."""
    own = time.process_time()
    if connection.vendor == "sqlite":
        return own
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        stat = Path(f"/proc/{cursor.fetchone()[0]}/stat")
    try:
        ticks = stat.read_text().rpartition(")")[2].split()[11:13]
    except OSError:
        return None
    return own + sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def vocabulary():
    """Running words of the house's own texts, in the four languages."""
    words = []
    for path in [*sorted(TEXTS.glob("*.txt")), *sorted(GOLD.glob("*.txt"))]:
        text = path.read_bytes().decode("utf-8", errors="replace")
        words += [text[span.start : span.end] for span in spans(text)]
    return words


def build(papers, bodies):
    dice, words = random.Random(7), vocabulary()
    with writing() as act:
        ids = list(allocate_ids(Unit, bodies))
        codes = ["TW", *(f"P{n}" for n in range(1, bodies))]
        insert(Unit, ["id", "code"], zip(ids, codes, strict=True))
        above = [None, *[ids[0]] * 34, *(dice.choice(ids[1:35]) for _n in range(bodies - 35))]
        cause = Cause.objects.create(kind="founded").pk
        insert(
            UnitPlacement,
            ["unit", "parent", "spell", "valid_from", "recorded", "begun_by"],
            (
                (pk, parent, spell, FIRST, act.moment, cause)
                for pk, parent, spell in zip(ids, above, new_spells(bodies), strict=True)
            ),
        )
        derive_lineage(act)
    with writing() as act, written_in_bulk():
        numbers = list(allocate_ids(Document, papers))
        insert(
            Document,
            ["id", "number", "symbol", "kind", "issuer", "day", "title", "folded", "recorded"],
            (paper(pk, n, dice, words, ids, act.moment) for n, pk in enumerate(numbers)),
        )
        insert(
            DocumentText,
            ["document", "language", "text", "source", "words"],
            ((pk, "vi", *text(dice, words)) for pk in numbers),
        )
        # Every tenth paper has been replaced by the one after it.
        ended = numbers[:-1:10]
        cause = Cause.objects.create(kind="founded").pk
        insert(
            PaperRelation,
            ["source", "target", "kind", "spell", "valid_from", "recorded", "begun_by"],
            (
                (pk + 1, pk, "replaces", spell, FIRST, act.moment, cause)
                for pk, spell in zip(ended, new_spells(len(ended)), strict=True)
            ),
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return Unit.objects.get(pk=ids[5])


def paper(pk, n, dice, words, ids, moment):
    which = dice.randrange(len(KINDS))
    symbol = f"{dice.randrange(1, 900)}-{SIGNS[which]}/{dice.choice(['TW', 'TU', 'HU'])}"
    start = dice.randrange(len(words) - 20)
    title = " ".join(words[start : start + 14])
    if n == 1234:
        symbol, title = "77-NQ/TU", "1234"
    day = FIRST + dt.timedelta(days=dice.randrange((TODAY - FIRST).days))
    return (pk, dice.randrange(1, 900), symbol, KINDS[which], dice.choice(ids), day, title,
            fold(f"{symbol} {title}"), moment)  # fmt: skip


def text(dice, words):
    """About 3,000 letters: running words of ours, and some that few papers have."""
    start, size = dice.randrange(len(words) - 600), dice.randrange(400, 600)
    said = [*words[start : start + size], *(f"vocable{dice.randrange(20_000)}" for _n in range(4))]
    dice.shuffle(said)
    return " ".join(said), "", joined({part for word in said for part in folded_words(word)})


def size_of_index():
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c"
                " WHERE c.relname = 'registers_document_found'"
            )
        else:
            cursor.execute("SELECT sum(length(block)) FROM registers_document_found_fts_data")
        return float(cursor.fetchone()[0])
