"""This room is for reading the YAML files of orgwork/provisions/ and naming each slip by file and line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

DIRECTORY = Path(__file__).resolve().parent.parent / "provisions"
LANGUAGES = ("vi", "en", "de", "ru")
#: Where a value comes from: V a page says so, K from knowledge and unverified, S one of the five
#: reports says so, O Orgwork's own rule, for which no outside source is claimed.
MARKS = ("V", "K", "S", "O")


class DataError(ValueError):
    """A file of rules is wrong; the message says in which file and line, and what is expected."""


class Entry(dict):
    """A mapping read from a file, which knows where it stood."""

    def __init__(self, *args, path: Path, line: int):
        super().__init__(*args)
        self.path = path
        self.line = line

    def wrong(self, message: str) -> DataError:
        return DataError(f"{self.path.name}, line {self.line}: {message}")

    def only(self, required: Iterable[str], optional: Iterable[str] = ()) -> None:
        """Refuse missing keys and keys nobody reads: a misspelt key would otherwise be a silent rule."""
        required, known = set(required), set(required) | set(optional)
        if missing := sorted(required - set(self)):
            raise self.wrong(f"{_name_of(self)} lacks {', '.join(missing)}")
        if unknown := sorted(str(key) for key in set(self) - known):
            expected = ", ".join(sorted(known))
            raise self.wrong(f"{_name_of(self)} has the unknown key {', '.join(unknown)}; known: {expected}")

    def text(self, key: str, *, among: Iterable[str] | None = None, default: str | None = None) -> str:
        value = self.get(key, default)
        if not isinstance(value, str) or (not value.strip() and default is None):
            raise self.wrong(f"{_name_of(self)}: {key} must be a text, not {value!r}")
        if among is not None and value not in (allowed := tuple(among)):
            raise self.wrong(f"{_name_of(self)}: {key} {value!r} is none of {', '.join(allowed)}")
        return value

    def texts(self, key: str, *, among: Iterable[str] | None = None) -> tuple[str, ...]:
        """A list of distinct texts; one text alone stands for a list of one; a missing key for none."""
        value = self.get(key, [])
        items = [value] if isinstance(value, str) else value
        if not isinstance(items, list) or not all(isinstance(item, str) and item for item in items):
            raise self.wrong(f"{_name_of(self)}: {key} must be a list of texts, not {value!r}")
        if len(set(items)) != len(items):
            raise self.wrong(f"{_name_of(self)}: {key} says something twice")
        if among is not None and (strange := sorted(set(items) - set(among))):
            raise self.wrong(f"{_name_of(self)}: {key} names {', '.join(strange)}, which is not declared")
        return tuple(items)

    def yes(self, key: str, default: bool | None = None) -> bool:
        value = self.get(key, default)
        if not isinstance(value, bool):
            raise self.wrong(f"{_name_of(self)}: {key} must be true or false, not {value!r}")
        return value

    def number(self, key: str, default: int | None = None) -> int:
        value = self.get(key, default)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.wrong(f"{_name_of(self)}: {key} must be a whole number, not {value!r}")
        return value

    def day(self, key: str, default: date | None = None) -> date | None:
        value = self.get(key, default)
        if value is not None and type(value) is not date:
            raise self.wrong(f"{_name_of(self)}: {key} must be a day such as 2021-07-30, not {value!r}")
        return value

    def labels(self, key: str = "label") -> Mapping[str, str]:
        """The four languages, none missing, none empty."""
        value = self.get(key)
        if not isinstance(value, Entry):
            raise self.wrong(f"{_name_of(self)}: {key} must give {', '.join(LANGUAGES)}")
        for language in LANGUAGES:
            text = value.get(language)
            if not isinstance(text, str) or not text.strip():
                raise value.wrong(f"{_name_of(self)}: {key} lacks the language {language}")
        if strange := sorted(set(value) - set(LANGUAGES)):
            raise value.wrong(f"{_name_of(self)}: {key} has the unknown language {', '.join(strange)}")
        return MappingProxyType({language: value[language] for language in LANGUAGES})

    def entries(self, key: str, *, optional: bool = False) -> list[Entry]:
        value = self.get(key, [] if optional else None)
        if not isinstance(value, list) or not all(isinstance(item, Entry) for item in value):
            raise self.wrong(f"{_name_of(self)}: {key} must be a list of entries")
        return value


def _name_of(entry: Entry) -> str:
    return str(entry.get("name") or entry.get("code") or "the entry")


# C parsing where PyYAML was built with it: a command should not wait for its rules.
class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    path: Path = Path()


def _mapping(loader: Any, node: yaml.MappingNode) -> Entry:
    loader.flatten_mapping(node)
    entry = Entry(path=loader.path, line=node.start_mark.line + 1)
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in entry:
            raise DataError(
                f"{loader.path.name}, line {key_node.start_mark.line + 1}: {key!r} is said twice in one entry"
            )
        entry[key] = loader.construct_object(value_node, deep=True)
    return entry


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def read(path: Path) -> Entry:
    """One file as an `Entry`; a file that is no mapping, or no YAML, is refused by name."""
    loader_class = type("_LoaderOf", (_Loader,), {"path": path})
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=loader_class)  # noqa: S506 (safe subclass)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        problem = getattr(error, "problem", None) or error
        raise DataError(f"{path.name}, line {line}: not readable as YAML: {problem}") from error
    if not isinstance(content, Entry):
        raise DataError(f"{path.name}, line 1: the file must begin with named sections")
    return content


@cache
def read_all(directory: Path = DIRECTORY) -> tuple[Entry, ...]:
    """Every file of the directory, in order of name, read once."""
    files = sorted(directory.glob("*.yaml"))
    if not files:
        raise DataError(f"no rules found: {directory} holds no .yaml file")
    return tuple(read(path) for path in files)


def sections(name: str, directory: Path = DIRECTORY) -> Iterator[Entry]:
    """The entries of the section `name`, from whichever files have one."""
    for content in read_all(directory):
        if name in content:
            yield from content.entries(name)


def check_sections(known: Iterable[str], directory: Path = DIRECTORY) -> None:
    """A section nobody reads is a misspelt one."""
    for content in read_all(directory):
        content.only((), known)


def by_code(entries: Iterable[Entry], make: Callable[[Entry], Any], what: str) -> Mapping[str, Any]:
    """Make each entry and key it by its code; the same code twice is refused."""
    made: dict[str, Any] = {}
    for entry in entries:
        code = entry.text("code")
        if code in made:
            raise entry.wrong(f"the {what} {code} is declared twice")
        made[code] = make(entry)
    return MappingProxyType(made)
