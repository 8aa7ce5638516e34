"""This room is for docs/glossary.md, made from docs/glossary.csv; `--check` says whether it is up to date."""

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


def page() -> str:
    with (DOCS / "glossary.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    lines = [
        "| " + " | ".join(LANGUAGES.values()) + " |",
        "|" + " --- |" * len(LANGUAGES),
        *("| " + " | ".join(_cell(row, language) for language in LANGUAGES) + " |" for row in rows),
    ]
    return HEAD + "\n".join(lines) + "\n"


def _cell(row: dict[str, str], language: str) -> str:
    also = row[f"{language}_also"]
    text = f"{row[language]} ({also})" if also else row[language]
    return text.replace("|", "\\|")


if __name__ == "__main__":
    target = DOCS / "glossary.md"
    if "--check" in sys.argv:
        sys.exit(int(target.read_text(encoding="utf-8") != page()))
    target.write_text(page(), encoding="utf-8")
