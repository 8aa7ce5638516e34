"""This room is for statements as files: Turtle and JSON-LD, written one subject at a time.

A file of a million statements takes no more memory than one of ten. Both forms say exactly the same; tests
read them back with rdflib.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

#: Names of vocabularies; in both files they stand at the top.
PREFIXES: Mapping[str, str] = MappingProxyType({
    "org": "http://www.w3.org/ns/org#",
    "prov": "http://www.w3.org/ns/prov#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "dct": "http://purl.org/dc/terms/",
    "schema": "https://schema.org/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
})  # fmt: skip
#: What an IRI may not hold (RFC 3987, and the grammar of Turtle).
_NOT_IN_AN_IRI = frozenset('<>"{}|^`\\').union(map(chr, range(0x21)))


@dataclass(frozen=True, slots=True)
class Iri:
    """A thing by its address."""

    value: str


@dataclass(frozen=True, slots=True)
class Term:
    """A thing of a known vocabulary, such as ``org:Post``."""

    value: str


@dataclass(frozen=True, slots=True)
class Text:
    """Words; with a language, or as they stand."""

    value: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Typed:
    """A value of a datatype: a day, or a code of a list."""

    value: str
    datatype: Iri | Term


Value = Iri | Term | Text | Typed


@dataclass(slots=True)
class Subject:
    """Everything that is said of one thing; the same said twice is said once."""

    iri: str
    said: dict[str, list[Value]] = field(default_factory=dict)

    def say(self, predicate: str, *values: Value | None) -> Subject:
        for value in values:
            if value is not None:
                found = self.said.setdefault(predicate, [])
                if value not in found:
                    found.append(value)
        return self


def day(value: dt.date) -> Typed:
    return Typed(value.isoformat(), Term("xsd:date"))


# ── Turtle ──────────────────────────────────────────────────────────────────────────────────────────────


def turtle(subjects: Iterable[Subject]) -> Iterator[str]:
    yield "".join(f"@prefix {name}: <{space}> .\n" for name, space in PREFIXES.items())
    for one in subjects:
        lines = (
            f"    {'a' if predicate == 'rdf:type' else predicate} {', '.join(map(_turtle, values))}"
            for predicate, values in one.said.items()
        )
        yield f"\n{_bracketed(one.iri)}\n" + " ;\n".join(lines) + " .\n"


def _turtle(value: Value) -> str:
    if isinstance(value, Term):
        return value.value
    if isinstance(value, Iri):
        return _bracketed(value.value)
    if isinstance(value, Text):
        return _quoted(value.value) + (f"@{value.language}" if value.language else "")
    return f"{_quoted(value.value)}^^{_turtle(value.datatype)}"


def _quoted(text: str) -> str:
    # JSON's escapes are a part of Turtle's (ECHAR, UCHAR).
    return json.dumps(text, ensure_ascii=False)


def _bracketed(iri: str) -> str:
    if not _NOT_IN_AN_IRI.isdisjoint(iri):
        raise ValueError(f"not an IRI: {iri}")
    return f"<{iri}>"


# ── JSON-LD ─────────────────────────────────────────────────────────────────────────────────────────────


def json_ld(subjects: Iterable[Subject]) -> Iterator[str]:
    """One document whose ``@graph`` has a line for each subject."""
    yield '{"@context": ' + json.dumps({"@version": 1.1, **PREFIXES}) + ',\n"@graph": ['
    between = "\n"
    for one in subjects:
        yield between + json.dumps(_object(one), ensure_ascii=False)
        between = ",\n"
    yield "\n]}\n"


def _object(one: Subject) -> dict:
    found: dict = {"@id": one.iri}
    for predicate, values in one.said.items():
        if predicate == "rdf:type":
            found["@type"] = [value.value for value in values if not isinstance(value, Text | Typed)]
        else:
            found[predicate] = [_json(value) for value in values]
    return found


def _json(value: Value) -> dict[str, str]:
    if isinstance(value, Text):
        return {"@value": value.value} | ({"@language": value.language} if value.language else {})
    if isinstance(value, Typed):
        return {"@value": value.value, "@type": value.datatype.value}
    return {"@id": value.value}


def in_gulps(pieces: Iterable[str], most: int = 1 << 16) -> Iterator[str]:
    """The same text in pieces that are worth sending."""
    held: list[str] = []
    size = 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size >= most:
            yield "".join(held)
            held, size = [], 0
    if held:
        yield "".join(held)


@dataclass(frozen=True)
class Form:
    """A form a file can have."""

    code: str
    media: str
    write: Callable[[Iterable[Subject]], Iterator[str]]


FORMS: Mapping[str, Form] = MappingProxyType({
    "ttl": Form("ttl", "text/turtle; charset=utf-8", turtle),
    "jsonld": Form("jsonld", "application/ld+json", json_ld),
})  # fmt: skip
