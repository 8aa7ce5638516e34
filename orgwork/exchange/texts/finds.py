"""This room is for what a reading finds; its JSON has the shape of the annotated reports."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Find:
    """Something found, at its exact place in the text as it was given (code points, half-open)."""

    start: int
    end: int
    surface: str

    def as_json(self) -> dict[str, Any]:
        return {key: value for key, value in self.__dict__.items() if value is not None}


@dataclass
class Citation(Find):
    """A document cited. ``norm`` is its number in ASCII ("137-QD/TW"), bare where kind or issuer is open."""

    norm: str | None = None
    numbered: bool = False
    type: str = ""
    issuer: str = ""
    date: str | None = None
    title: str | None = None
    #: All kinds the wording allows; several mean that a person has to say.
    kinds: list[str] = field(default_factory=list)
    #: On which papers of its sentence it rests: kind, "to" (where that one begins), its number, words.
    rests_on: list[dict[str, Any]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        said = super().as_json() | {"norm": self.norm, "date": self.date}
        return {
            key: value for key, value in said.items() if value or key not in {"title", "kinds", "rests_on"}
        }


@dataclass
class PostSaid(Find):
    role: str = ""
    body: str = ""


@dataclass
class Mention(Find):
    """A person named. ``name_norm`` is Latin without marks, family name first, also for Cyrillic."""

    name_norm: str = ""
    posts: list[PostSaid] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {**super().as_json(), "posts": [post.as_json() for post in self.posts]}


@dataclass
class Figure(Find):
    """A number said. ``of`` is the whole of a part ("949 of 1,446")."""

    value: float = 0
    unit: str = ""
    counted: str = ""
    scope: str = ""
    as_of_or_period: str | None = None
    qualifier: str | None = None
    of: float | None = None


@dataclass
class Task(Find):
    """Somebody is told to do something."""

    giver: str = ""
    assignee: str = ""
    what: str = ""
    due: str | None = None

    def as_json(self) -> dict[str, Any]:
        return {**super().as_json(), "due": self.due}


@dataclass
class Reading:
    """All that was found in one text; ``defects`` are places that look wrong, with what may be meant."""

    lang: str
    documents: list[Citation]
    persons: list[Mention]
    figures: list[Figure]
    tasks: list[Task]
    defects: list[dict[str, Any]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {
            "lang": self.lang,
            "offsets": "unicode code points into the text as it was given",
            "documents": [find.as_json() for find in self.documents],
            "persons": [find.as_json() for find in self.persons],
            "figures": [find.as_json() for find in self.figures],
            "tasks": [find.as_json() for find in self.tasks],
            "defects": self.defects,
        }
