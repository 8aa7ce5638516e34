"""Everything is said in four languages: complete, with the same blanks, in the words of the glossary."""

import ast
import csv
import importlib.util
import re
from html.parser import HTMLParser

import pytest
import yaml
from django.conf import settings
from django.template.base import Lexer, TokenType
from django.utils import translation

ROOT = settings.BASE_DIR
LANGUAGES = ("vi", "de", "ru")
HOUSE = ROOT / "orgwork"
SPOKEN = ("doors", "procedures", "registers", "planning", "insight", "exchange", "foundation")

_spec = importlib.util.spec_from_file_location("translations", ROOT / "scripts" / "translations.py")
translations = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(translations)


@pytest.fixture(scope="session")
def collected():
    return translations.collected()


def catalogue(language):
    return translations.read(translations.catalogue_of(language))


def forms(text):
    return text if isinstance(text, tuple) else (text,)


def sentences(language):
    return [said for said in catalogue(language) if said.id]


# ── complete ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_of_code_and_pages_is_in_the_catalogue(language, collected):
    known = {(said.id, said.context) for said in sentences(language)}
    missing = [said.id for said in collected if said.id and (said.id, said.context) not in known]
    assert not missing, "collect them with `make messages` and translate them"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_translated_in_all_its_forms(language):
    plurals = catalogue(language).num_plurals
    for said in sentences(language):
        assert not said.fuzzy, said.id
        wanted = plurals if isinstance(said.id, tuple) else 1
        assert len(forms(said.string)) == wanted and all(forms(said.string)), said.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_django_shows_and_cannot_say_is_said_by_us(language):
    known = {(said.id, said.context) for said in sentences(language)}
    assert not {(said, context) for _, said, context in translations.borrowed(language)} - known


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_labels_of_the_catalogues_are_there_too(language):
    lacking = []
    for path in sorted((HOUSE / "provisions").glob("*.yaml")):
        for labels in labels_in(yaml.safe_load(path.read_text(encoding="utf-8"))):
            if not str(labels.get(language) or "").strip():
                lacking.append((path.name, labels))
    assert not lacking


def labels_in(node):
    """Every mapping that holds a text in several languages."""
    if isinstance(node, dict):
        if "vi" in node and "en" in node:
            yield node
        for value in node.values():
            yield from labels_in(value)
    elif isinstance(node, list):
        for value in node:
            yield from labels_in(value)


# ── the same in every language ──────────────────────────────────────────────────────────────────────────

BLANK = re.compile(r"%\(\w+\)[sdr]|%[sdr]|\{\w*\}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_have_the_blanks_of_the_sentence(language):
    for said in sentences(language):
        wanted = sorted(set(BLANK.findall(forms(said.id)[-1])))
        for text in forms(said.string):
            assert sorted(set(BLANK.findall(text))) == wanted, said.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_begin_and_end_like_the_sentence(language):
    """A space or line break at an edge is part of how pieces are put together."""
    for said in sentences(language):
        source = forms(said.id)[0]
        edges = (len(source) - len(source.lstrip()), len(source) - len(source.rstrip()))
        for text in forms(said.string):
            assert (len(text) - len(text.lstrip()), len(text) - len(text.rstrip())) == edges, source


@pytest.mark.parametrize(("language", "marks"), [("vi", "“”"), ("de", "„“"), ("ru", "«»")])
def test_quotations_stand_in_the_marks_of_the_language(language, marks):
    for said in sentences(language):
        quoted = "“" in forms(said.id)[-1]
        for text in forms(said.string):
            assert text.count(marks[0]) == text.count(marks[1]) and (marks[0] in text or not quoted), text


def test_russian_is_written_in_cyrillic():
    for said in sentences("ru"):
        words = re.sub(r"[A-Z]+(v\d)?|JSON|UUID", "", BLANK.sub("", forms(said.id)[0]))
        if re.search("[a-z]{2}", words):
            assert all(re.search("[а-яё]", text, re.IGNORECASE) for text in forms(said.string)), said.id


# ── in the glossary's words ─────────────────────────────────────────────────────────────────────────────

# Sentences that are spelt like a term of the glossary and mean something else, or more than it covers.
OTHER_MEANING = {
    "appointment",  # the record that somebody holds a post: elected, designated or appointed
    "change",  # the verb; on pages also the change of a number
}


def glossary():
    for name in ("glossary.csv", "interface-words.csv"):
        with (ROOT / "docs" / name).open(encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file)


def terms():
    """English term → what it may be called in each language, as pages write it."""
    found = {}
    for row in glossary():
        names = {code: {part for part in (row[code], row.get(f"{code}_also")) if part} for code in LANGUAGES}
        for code in LANGUAGES:  # "приём, поставка" and "Titel (Zusatz)" offer more than one
            names[code] = {
                piece.strip().casefold()
                for name in names[code]
                for piece in (name, re.sub(r"\s*\(.*?\)", "", name), *re.split(r"[,;] ", name))
            }
        for english in filter(None, (row["en"], row.get("en_also"))):
            found.setdefault(english.casefold(), []).append(names)
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_terms_of_the_glossary_are_translated_as_it_says(language):
    known = terms()
    wrong = {}
    for said in sentences(language):
        term = forms(said.id)[0].casefold()
        if term not in known or term in OTHER_MEANING:
            continue
        allowed = set().union(*(names[language] for names in known[term]))
        if forms(said.string)[0].casefold().replace("_", " ") not in allowed:
            wrong[term] = (forms(said.string)[0], allowed)
    assert not wrong


def test_terms_are_spelt_as_the_glossary_spells_them(collected):
    def plain(text):
        return re.sub(r"[\W_]", "", text.casefold()).replace("z", "s").replace("center", "centre")

    spelt = {plain(term): term for term in terms()}
    wrong = [
        (text, spelt[plain(text)])
        for said in collected
        for text in forms(said.id)
        if text and plain(text) in spelt and text.casefold().rstrip(" …") != spelt[plain(text)]
    ]
    assert not wrong


# ── nothing is said past the catalogues ─────────────────────────────────────────────────────────────────

SHOWN_ATTRIBUTES = {"title", "placeholder", "aria-label", "aria-description", "alt", "summary", "label"}
NAMES = {"Orgwork", "CSV", "JSON", "Word", "OpenAPI", "API"}
LETTERS = re.compile(r"[^\W\d_]{2,}")


class Text(HTMLParser):
    """What a reader would see of a page's own text."""

    def __init__(self):
        super().__init__()
        self.found = []
        self.silent = 0

    def handle_starttag(self, tag, attrs):
        self.silent += tag in {"script", "style"}
        self.found += [value for name, value in attrs if name in SHOWN_ATTRIBUTES and value]

    def handle_endtag(self, tag):
        self.silent -= tag in {"script", "style"}

    def handle_data(self, data):
        if not self.silent:
            self.found.append(data)


def unmarked(template):
    """Words of a template that stand outside {% trans %} and {% blocktrans %}."""
    page, literals, inside = [], [], ""
    for token in Lexer(template).tokenize():
        if token.token_type == TokenType.BLOCK:
            name = token.contents.split()[0]
            if inside:
                inside = "" if name == inside else inside
            elif name in {"blocktrans", "blocktranslate", "comment"}:
                inside = f"end{name}"
            elif name == "include":
                without = re.sub(r"_\((\"[^\"]*\"|'[^']*')\)", "", token.contents)
                literals += [
                    text[1:-1]
                    for name, text in re.findall(r"(\w+)=(\"[^\"]*\"|'[^']*')", without)
                    if name not in {"css", "size"}
                ]
        elif token.token_type == TokenType.TEXT and not inside:
            page.append(token.contents)
        elif token.token_type == TokenType.VAR and not inside:
            page.append("\N{OBJECT REPLACEMENT CHARACTER}")
    reader = Text()
    reader.feed("".join(page))
    words = [word for text in reader.found for word in LETTERS.findall(text)]
    words += [text for text in literals if " " in text.strip() and LETTERS.search(text)]
    return [word for word in words if word not in NAMES]


def test_pages_say_nothing_unmarked():
    found = {
        path.name: words
        for path in sorted(HOUSE.rglob("templates/**/*.html"))
        if (words := unmarked(path.read_text(encoding="utf-8")))
    }
    assert not found


def test_the_search_for_unmarked_words_finds_them():
    assert unmarked("<p>Hello</p>{% trans 'Yes' %}") == ["Hello"]
    assert unmarked('<a title="Open it">{{ x }}</a>') == ["Open", "it"]
    assert unmarked("{% blocktrans %}Hello{% endblocktrans %} · <b>{{ name }}</b>") == []
    assert unmarked('{% include "a.html" with label="No way" other=_("Kind") css="warn" %}') == ["No way"]


REFUSING = {
    "Refusal", "NotAllowed", "Stale", "Overlap", "WrongState", "RegisterIncomplete", "WrongUse", "Http404",
    "ValidationError",
}  # fmt: skip
LABELS = {
    "label",
    "help",
    "help_text",
    "hint",
    "caption",
    "empty",
    "day_label",
    "verbose_name",
    "verbose_name_plural",
}


def said_plainly(node):
    """A text that is written down as it is, not handed through gettext."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod | ast.Add):
        return said_plainly(node.left) or (isinstance(node.op, ast.Add) and said_plainly(node.right))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        return said_plainly(node.func.value)
    if isinstance(node, ast.JoinedStr):
        return any(said_plainly(part) for part in node.values)
    if isinstance(node, ast.IfExp):
        return said_plainly(node.body) or said_plainly(node.orelse)
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and bool(LETTERS.search(node.value))


def untranslatable(source):
    """Lines that say something to the reader in one language only."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if name in REFUSING and node.args and said_plainly(node.args[0]):
            yield node.lineno
        for keyword in node.keywords:
            # A single lower-case word is a code ("text", "name"), not something said.
            value = keyword.value
            if keyword.arg in LABELS and said_plainly(value) and not is_code(value):
                yield value.lineno


def is_code(node):
    return isinstance(node, ast.Constant) and bool(re.fullmatch(r"[a-z0-9_.:/#-]+", str(node.value)))


def test_code_says_nothing_past_gettext():
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for room in SPOKEN
        for path in sorted((HOUSE / room).rglob("*.py"))
        if "migrations" not in path.parts
        for line in untranslatable(path.read_text(encoding="utf-8"))
    ]
    assert not found


def test_no_other_name_of_gettext_hides_sentences_from_collection():
    """`from django.utils.translation import gettext as say` would be called and never collected."""
    hidden = [
        f"{path.relative_to(ROOT)}: {name.asname}"
        for path in sorted(HOUSE.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for name in node.names
        if "gettext" in name.name and (name.asname or name.name) not in translations.KEYWORDS
    ]
    assert not hidden


def test_the_search_for_plain_words_in_code_finds_them():
    assert list(untranslatable('raise Refusal("No.", code="no")')) == [1]
    assert list(untranslatable('raise Refusal(f"No {x}.")')) == [1]
    assert list(untranslatable('Field("a", "text", label="The name")')) == [1]
    assert not list(untranslatable('raise Refusal(_("No %(x)s.") % {"x": 1}, hint=_("Wait."))'))
    assert not list(untranslatable('Column(label="text")'))


def test_citations_name_papers_that_readers_have():
    assert not [text for _name, text in translations.cited() if "domain" in text or "design" in text.lower()]


# ── what readers get ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("language", "count", "text"),
    [
        ("vi", 5, "còn 5 ngày làm việc"),
        ("de", 1, "noch 1 Arbeitstag"),
        ("de", 5, "noch 5 Arbeitstage"),
        ("ru", 1, "остался 1 рабочий день"),
        ("ru", 22, "осталось 22 рабочих дня"),
        ("ru", 11, "осталось 11 рабочих дней"),
    ],
)
def test_numbers_take_the_right_form(language, count, text):
    translations.compile_all()
    with translation.override(language):
        said = translation.ngettext("%(days)s working day left", "%(days)s working days left", count)
        assert said % {"days": count} == text


@pytest.mark.parametrize("language", LANGUAGES)
def test_django_s_own_sentences_come_in_the_reader_s_language(language):
    translations.compile_all()
    with translation.override(language):
        for english in ("This field is required.", "Null characters are not allowed.", "Enter a valid date."):
            assert translation.gettext(english) != english
