"""This room is for docs/glossary.md, made from two tables in docs; `--check` says if it is up to date."""

import csv
import sys
from pathlib import Path

DOCS = Path(__file__).resolve().parent.parent / "docs"
LANGUAGES = {"vi": "Tiếng Việt", "en": "English", "de": "Deutsch", "ru": "Русский"}
HEAD = """# Glossary

The words of the field in four languages, as pages and reports use them; made by `make glossary` from
[glossary.csv](glossary.csv). In brackets: what the same thing is also called, understood but not written.

In code a body is a `Unit`, on pages and in addresses a *body*; `Membership` is party membership.

"""
INTERFACE = """
## Interface words

How the words that pages are built of are translated, so that one thing has one name everywhere; made from
[interface-words.csv](interface-words.csv). Readers are addressed as *đồng chí*, *Sie*, *вы*.

"""


def page() -> str:
    return HEAD + _table(_rows("glossary.csv")) + INTERFACE + _table(_rows("interface-words.csv"), "note")


def _rows(name: str) -> list[dict[str, str]]:
    with (DOCS / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _table(rows: list[dict[str, str]], *more: str) -> str:
    heads = [*LANGUAGES.values(), *(name.capitalize() for name in more)]
    lines = [heads, ["---"] * len(heads)]
    lines += [[*(_cell(row, code) for code in LANGUAGES), *(row[name] for name in more)] for row in rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _cell(row: dict[str, str], language: str) -> str:
    also = row.get(f"{language}_also")
    text = f"{row[language]} ({also})" if also else row[language]
    return text.replace("|", "\\|")


if __name__ == "__main__":
    target = DOCS / "glossary.md"
    if "--check" in sys.argv:
        sys.exit(int(target.read_text(encoding="utf-8") != page()))
    target.write_text(page(), encoding="utf-8")
