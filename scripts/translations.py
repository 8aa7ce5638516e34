"""This room is for turning locale/*/LC_MESSAGES/*.po into what Django reads (.mo), without GNU gettext.

Run without arguments: compiles what is missing or older than its source.
`extract`: collects the sentences of code and pages into locale/*/LC_MESSAGES/django.po, keeps translations.
"""

import ast
import re
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import yaml
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir, extract_from_file, extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "locale"
LANGUAGES = ("vi", "de", "ru")
KEYWORDS = {
    "_": None,
    "_lazy": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
# Where Django itself speaks to readers of these pages, and its own catalogues that it is looked up in first.
BORROWED = (
    "forms/fields.py",
    "forms/models.py",
    "forms/utils.py",
    "core/validators.py",
    "db/models/base.py",
    "db/models/constraints.py",
    "db/models/fields/__init__.py",
    "db/models/fields/json.py",
    "db/models/fields/related.py",
    "utils/dates.py",
    "utils/text.py",
    "utils/timesince.py",
    "contrib/auth/password_validation.py",
)
LENDERS = ("conf", "contrib/auth")
# What Babel would write at the top and nobody keeps: a date there would make every collection a change.
IDLE = re.compile(
    r'^"(Project-Id-Version|Report-Msgid-Bugs-To|POT-Creation-Date|PO-Revision-Date|Last-Translator'
    r'|Language-Team|Generated-By): .*\\n"\n',
    re.MULTILINE,
)


def compile_all() -> None:
    for source in sorted(LOCALE.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with target.open("wb") as file:
            write_mo(file, read(source))


def extract() -> None:
    found = collected()
    for language in LANGUAGES:
        _update(catalogue_of(language), found, language)


def catalogue_of(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.parent.parent.name)


def collected() -> Catalog:
    """Every sentence of code and pages that is marked for translation."""
    found = _empty()
    methods = [("**.py", "python"), ("**/templates/**.html", templates)]
    for folder in ("orgwork", "config"):
        for name, _line, message, comments, context in extract_from_dir(
            ROOT / folder, methods, keywords=KEYWORDS, comment_tags=["Translators:"], strip_comment_tags=True
        ):
            # Files without line numbers: a moved line is no change of a translation.
            found.add(
                message, locations=[(f"{folder}/{name}", None)], auto_comments=comments, context=context
            )
    for name, citation in cited():
        found.add(citation, locations=[(name, None)])
    return found


def cited() -> Iterator[tuple[str, str]]:
    """Citations that hold English words: those of the provisions, and those that code names."""
    for path in sorted((ROOT / "orgwork").rglob("*")):
        name = path.relative_to(ROOT).as_posix()
        if path.suffix == ".yaml":
            texts = set(_citations_of_data(yaml.safe_load(path.read_text(encoding="utf-8"))))
        elif path.suffix == ".py":
            texts = set(_citations_of_code(path.read_text(encoding="utf-8")))
        else:
            continue
        yield from ((name, text) for text in sorted(texts) if re.search(r"\b[A-Z]?[a-z]{2,}", text))


def _citations_of_data(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "citation" and isinstance(value, str):
                yield value
            else:
                yield from _citations_of_data(value)
    elif isinstance(node, list):
        for value in node:
            yield from _citations_of_data(value)


def _citations_of_code(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.keyword) and node.arg == "citation" and isinstance(node.value, ast.Constant):
            yield str(node.value.value)


def borrowed(language: str) -> Iterator[tuple[str, Any, str | None]]:
    """Sentences that Django shows to our readers and has no translation of: (where, sentence, context)."""
    import django

    house = Path(django.__file__).parent
    has: set[tuple[Any, str | None]] = set()
    for lender in LENDERS:
        path = house / lender / "locale" / language / "LC_MESSAGES" / "django.po"
        for said in read(path):
            # The Vietnamese catalogue has many gaps, the others few; a sentence counts when all its forms do.
            forms = said.string if isinstance(said.string, tuple) else (said.string,)
            if said.id and not said.fuzzy and all(forms):
                has.add((said.id, said.context))
    for name in BORROWED:
        for _line, message, _comments, context in extract_from_file(
            "python", house / name, keywords=KEYWORDS
        ):
            if (message, context) not in has:
                yield f"django/{name}", message, context


def _empty(language: str | None = None) -> Catalog:
    return Catalog(locale=language, header_comment="", charset="utf-8", fuzzy=False)


def _update(path: Path, found: Catalog, language: str) -> None:
    wanted = _empty(language)
    for message in found:
        if message.id:
            wanted.add(
                message.id,
                locations=message.locations,
                auto_comments=message.auto_comments,
                context=message.context,
                flags=message.flags,
            )
    for where, message, context in borrowed(language):
        wanted.add(message, locations=[(where, None)], context=context)
    known = read(path) if path.exists() else _empty(language)
    known.update(wanted, no_fuzzy_matching=True)
    known.header_comment, known.fuzzy = "", False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text_of(known), encoding="utf-8")


def text_of(catalogue: Catalog) -> str:
    """A catalogue as it is committed."""
    file = BytesIO()
    write_po(file, catalogue, width=100, sort_output=True, ignore_obsolete=True)
    return IDLE.sub("", file.getvalue().decode()).lstrip("#\n ")


def templates(fileobj: BinaryIO, keywords: Any, comment_tags: Any, options: Any) -> Any:
    """Babel's view of a Django template: Django itself turns one into something like Python."""
    from django.utils.translation.template import templatize

    text = fileobj.read().decode()
    code = re.sub(r"\bu(?=')", "", templatize(text))
    return extract_python(BytesIO(code.encode()), keywords, comment_tags, options)


if __name__ == "__main__":
    if sys.argv[1:] == ["extract"]:
        sys.path.insert(0, str(ROOT))
        import django
        from django.conf import settings

        settings.configure(USE_I18N=True)
        django.setup()
        extract()
    compile_all()
