"""This room is for the words of one language: patterns read from lexicon/*.yaml and compiled once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from orgwork.exchange.texts.marks import flatten

HERE = Path(__file__).resolve().parent / "lexicon"
LANGUAGES = ("vi", "en", "de", "ru")


class LexiconError(ValueError):
    """A lexicon is wrong; the message names the file and the pattern."""


@dataclass(frozen=True, eq=False)
class Lexicon:
    """One language's words. ``flat`` lexicons match Vietnamese typed without marks."""

    language: str
    data: Mapping[str, Any]
    flat: bool = False
    _sources: dict[str, str] = field(default_factory=dict, repr=False)
    _patterns: dict[str, re.Pattern] = field(default_factory=dict, repr=False)

    def pattern(self, source: str) -> re.Pattern:
        """A pattern compiled: ``~`` is any ending, a blank any white space, ``{name}`` another entry."""
        known = self._patterns.get(source)
        if known is None:
            try:
                known = self._patterns[source] = re.compile(self.source(source), re.IGNORECASE)
            except re.error as error:
                raise LexiconError(
                    f"{self.language}: the pattern {source!r} cannot be read: {error}"
                ) from error
        return known

    def source(self, source: str) -> str:
        known = self._sources.get(source)
        if known is None:
            filled = re.sub(r"\{([a-z]+)\}", lambda found: self._entry(found[1]), source)
            text = re.sub(r"(?<!\\) (?![?*+])", r"\\s+", filled.replace("~", r"[^\W\d_]*"))
            known = self._sources[source] = flatten(text) if self.flat else text
        return known

    def __getitem__(self, key: str) -> Any:
        return self.data[key]

    def get(self, key: str, default: Any = None) -> Any:
        return self.data.get(key, default)

    def _entry(self, name: str) -> str:
        value = self.data[name]
        listed = value if isinstance(value, list) else [value]
        return "(?:" + "|".join(self.source(one) if isinstance(value, str) else one for one in listed) + ")"


@cache
def names(sort: str) -> Mapping[str, int]:
    """Words of lexicon/names.yaml with their rank, for quick asking: families, places, …"""
    value = _names_file()[sort]
    return {word: rank for rank, word in enumerate(value.split() if isinstance(value, str) else value)}


@cache
def _names_file() -> Mapping[str, Any]:
    return yaml.safe_load((HERE / "names.yaml").read_text("utf-8"))


@cache
def lexicon(language: str, *, flat: bool = False) -> Lexicon:
    path = HERE / f"{language}.yaml"
    data = yaml.safe_load(path.read_text("utf-8"))
    if data.get("language") != language:
        raise LexiconError(f"{path.name}: language must be {language}")
    return Lexicon(language, data, flat)
