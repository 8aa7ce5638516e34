"""This room is for turning locale/*/LC_MESSAGES/*.po into what Django reads (.mo), without GNU gettext.

Run without arguments: compiles what is missing or older than its source.
`extract`: collects the sentences of code and pages into locale/*/LC_MESSAGES/django.po, keeps translations.
"""

import re
import sys
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir, extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "locale"
LANGUAGES = ("vi", "de", "ru")
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}


def compile_all() -> None:
    for source in sorted(LOCALE.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as file:
            catalogue = read_po(file, locale=source.parent.parent.name)
        with target.open("wb") as file:
            write_mo(file, catalogue)


def extract() -> None:
    found = Catalog(project="orgwork", charset="utf-8")
    methods = [("**.py", "python"), ("**/templates/**.html", templates)]
    for folder in ("orgwork", "config"):
        for name, _line, message, comments, context in extract_from_dir(
            ROOT / folder, methods, keywords=KEYWORDS, comment_tags=["Translators:"], strip_comment_tags=True
        ):
            # Files without line numbers: a moved line is no change of a translation.
            found.add(
                message, locations=[(f"{folder}/{name}", None)], auto_comments=comments, context=context
            )
    for language in LANGUAGES:
        _update(LOCALE / language / "LC_MESSAGES" / "django.po", found, language)


def _update(path: Path, found: Catalog, language: str) -> None:
    known = Catalog(locale=language, project="orgwork", charset="utf-8")
    if path.exists():
        with path.open("rb") as file:
            known = read_po(file, locale=language)
    known.update(found, no_fuzzy_matching=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, known, width=100, omit_header=False, sort_output=True, ignore_obsolete=True)


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
