"""This room is for how well papers are read, by kind and language, and how fast: 1 MB of each."""

import json
from pathlib import Path

from benchmarks.measure import result, seconds
from orgwork.exchange.texts.reading import read
from orgwork.exchange.texts.scoring import COMPARED, Score, score

GOLD = Path(__file__).resolve().parent.parent / "tests/exchange/texts/gold"
MEGABYTE = 1_000_000


def measure(*, people, bodies):
    texts: dict[str, list[str]] = {}
    scores: dict[tuple[str, str], Score] = {}
    for path in sorted(GOLD.glob("*.gold.json")):
        gold = json.loads(path.read_text("utf-8"))
        text = (GOLD / gold["text_file"]).read_bytes().decode("utf-8")
        found = read(text).as_json()
        texts.setdefault(gold["lang"], []).append(text)
        group = "the five reports" if path.name[0].isdigit() else f"own texts in {gold['lang']}"
        for kind, key in COMPARED.items():
            scores[group, kind] = scores.get((group, kind), Score()) + score(gold[kind], found[kind], key)
    for (group, kind), told in sorted(scores.items()):
        for name in ("precision", "recall", "f1"):
            yield result(f"{kind} of {group}: {name}", getattr(told, name), "")
    for language, said in sorted(texts.items()):
        once = "\n".join(said)
        whole = (once * (1 + MEGABYTE // len(once)))[:MEGABYTE]
        plain = seconds(lambda whole=whole: whole.lower().split())
        yield result(
            f"one MB in {language}", seconds(lambda whole=whole: read(whole)), "s",
            baseline=plain, against="parting it into words",
        )  # fmt: skip
