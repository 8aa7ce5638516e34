"""This room is for the texts of decisions: read from files that a person can read, extend and replace.

``orgwork/printed/decisions.yaml`` holds ours; an office lays its own beside them, in the folder ``templates``
of its installation: files of the same form, and Word templates named after the code of a decision. What is
wrong in one of them is said by file and line.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _
from jinja2 import StrictUndefined, TemplateError, meta
from jinja2.sandbox import SandboxedEnvironment

from orgwork.foundation.datafiles import DataError, Entry, read
from orgwork.foundation.printing import TEMPLATES
from orgwork.foundation.refusals import Refusal
from orgwork.procedures.cases import Procedure

#: The words about a case that a text may name.
WORDS = frozenset(
    "name birth cell cell_above home from_body to_body body body_new body_above body_into kind ground".split()
    + "since until years vote_cell vote_committee members issuer committee".split()
)
#: What a Word template may name besides: the parts of the paper, already written.
PARTS = frozenset(
    "above issuer number place title basis decider articles recipients on_behalf office signer".split()
)
OURS = TEMPLATES / "decisions.yaml"
#: What stands where a case does not know a word yet: for a hand to fill in.
OPEN = "…"


@dataclass(frozen=True)
class Text:
    """One kind of decision: from which step of which case it comes, and what it says."""

    code: str
    procedure: str
    step: str
    states: tuple[str, ...]
    title: str
    basis: tuple[str, ...]
    articles: tuple[str, ...]
    recipients: tuple[str, ...]
    file: str = ""


def environment() -> SandboxedEnvironment:
    """Templates can name words and nothing else: no code of an office runs here."""
    return SandboxedEnvironment(undefined=StrictUndefined, autoescape=False)  # noqa: S701 (no HTML is made)


def folder() -> Path:
    return Path(settings.ORGWORK_HOME) / "templates"


def texts() -> Mapping[str, Text]:
    """Every decision by code; those of the office replace ours."""
    files = [OURS, *sorted(folder().glob("*.yaml"))]
    return _texts(tuple((path, path.stat().st_mtime_ns) for path in files))


def for_case(procedure: str, state: str) -> list[Text]:
    """The decisions that can be written from a case in this state."""
    return [one for one in texts().values() if one.procedure == procedure and state in one.states]


def heads() -> Mapping[str, str]:
    """How committees are called in the head, the longest beginning first."""
    found = read(OURS)["heads"]
    return dict(sorted(found.items(), key=lambda pair: -len(pair[0])))


def word_template(code: str) -> Path | None:
    """The office's own Word template of a decision: its own, or the one it uses for all."""
    for name in (f"{code}.docx", "decision.docx"):
        if (path := folder() / name).is_file():
            return path
    return None


def faults() -> list[str]:
    """What is wrong with the texts, in a sentence; nothing when all is well."""
    try:
        texts()
    except Refusal as fault:
        return [str(fault.message)]
    return []


@lru_cache(maxsize=4)
def _texts(files: tuple[tuple[Path, int], ...]) -> Mapping[str, Text]:
    found: dict[str, Text] = {}
    for path, _changed in files:
        try:
            content = read(path)
            content.only(("decisions",), ("heads",))
            for entry in content.entries("decisions"):
                one = _text(entry)
                found[one.code] = one
        except (DataError, OSError, UnicodeDecodeError) as fault:
            raise Refusal(
                _("A text of decisions cannot be read: %(fault)s. Put that right in the file.")
                % {"fault": fault},
                code="bad_template",
            ) from fault
    return found


def _text(entry: Entry) -> Text:
    entry.only(("code", "procedure", "step", "states", "title", "basis", "articles"), ("recipients",))
    code, procedure = entry.text("code"), Procedure.known.get(entry.text("procedure"))
    if procedure is None:
        raise entry.wrong(f"{code}: there is no procedure {entry['procedure']}")
    if entry.text("step") not in procedure.steps:
        raise entry.wrong(f"{code}: {entry['procedure']} has no step {entry['step']}")
    made = Text(
        code=code, procedure=entry["procedure"], step=entry["step"],
        states=entry.texts("states", among=procedure.states), title=entry.text("title"),
        basis=entry.texts("basis"), articles=entry.texts("articles"), recipients=entry.texts("recipients"),
        file=entry.path.name,
    )  # fmt: skip
    for line in (made.title, *made.basis, *made.articles, *made.recipients):
        try:
            unknown = named(line) - WORDS
        except TemplateError as fault:
            raise entry.wrong(f"{code}: {line[:60]!r}: {fault}") from fault
        if unknown:
            strange, known = ", ".join(sorted(unknown)), ", ".join(sorted(WORDS))
            raise entry.wrong(f"{code}: nothing is called {strange}; there are {known}")
    return made


def named(line: str) -> set[str]:
    """The words that a line names."""
    return meta.find_undeclared_variables(environment().parse(line))


def filled(line: str, words: Mapping[str, str]) -> str:
    """The line with its words; what is not known yet stays open."""
    said = {name: words.get(name) or OPEN for name in WORDS}
    return environment().from_string(line).render(said)


def lines(some: Iterable[str], words: Mapping[str, str]) -> list[str]:
    """The lines whose words are all known."""
    return [filled(line, words) for line in some if all(words.get(name) for name in named(line))]
