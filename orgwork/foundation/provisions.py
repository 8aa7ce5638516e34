"""This room is for rules by date: values with their citation, read from orgwork/provisions/*.yaml.

A rule is never a constant in code. `on(day)` gives what held on that day, each value with the text it
rests on and a version that results store::

    rules = provisions.on(day)
    rules["admission.min_age_years"].value         # 18
    rules["admission.min_age_years"].version       # "admission.min_age_years@2021-07-30"
    rules.get("admission.decision_working_days", scope={"level": "grassroots"}).value

Only starts are stored; a value holds until the next of the same scope (the manner of OpenFisca).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import cache, lru_cache
from itertools import combinations, pairwise
from math import ceil, floor
from pathlib import Path
from types import MappingProxyType
from typing import Any

from django.utils.translation import gettext as _

from orgwork.foundation import catalogues
from orgwork.foundation.catalogues import (  # noqa: F401 (the public names of this room)
    ActKind,
    BodyKind,
    CauseKind,
    DocumentKind,
    IssuerCode,
    PostKind,
    Power,
    acts,
    causes,
    documents,
    issuers,
    kinds,
    may_stand_under,
    posts,
    powers,
)
from orgwork.foundation.datafiles import DIRECTORY, MARKS, DataError, Entry, check_sections, sections
from orgwork.foundation.refusals import Refusal

NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
SECTIONS = (
    "provisions",
    *("kinds", "posts", "acts", "powers", "documents", "issuers", "relations", "causes", "authorities"),
    "required",
    *("holidays", "occasions"),
)


class NotInForce(Refusal):
    """No value is known for that day."""

    code = "no_rule_on_that_day"


@dataclass(frozen=True, slots=True)
class VoteRule:
    """How many votes it takes: a share of those who count, reached ("at_least") or passed ("more_than").

    `of` says who counts; `counted` is the line of the protocol that holds their number.
    """

    of: str
    share: Fraction
    test: str

    BASES = MappingProxyType(
        {
            "full_members": "entitled",
            "committee_members": "entitled",
            "entitled": "entitled",
            "summoned": "summoned",
            "present": "present",
            "issued": "issued",
            "collected": "collected",
            "valid": "valid",
        }
    )
    TESTS = ("at_least", "more_than")

    @property
    def counted(self) -> str:
        return self.BASES[self.of]

    def needed(self, base: int) -> int:
        """The least number of votes that meets the rule: 2/3 of 14 is 10, more than 1/2 of 10 is 6."""
        line = self.share * base
        return ceil(line) if self.test == "at_least" else floor(line) + 1

    def met(self, votes: int, base: int) -> bool:
        """An empty assembly decides nothing."""
        return base > 0 and votes >= self.needed(base)


@dataclass(frozen=True, slots=True)
class Provision:
    """One value with all that a result has to be able to say about it."""

    name: str
    value: Any
    citation: str
    valid_from: date
    mark: str
    scope: Mapping[str, str]
    unit: str
    labels: Mapping[str, str]
    source: str = ""
    file: str = ""

    @property
    def version(self) -> str:
        """Stable and short: what results store to say by which rule they were made."""
        scope = ",".join(f"{key}={value}" for key, value in sorted(self.scope.items()))
        return f"{self.name}@{self.valid_from.isoformat()}" + (f"[{scope}]" if scope else "")

    def __str__(self):
        return self.version


class Rule:
    """One provision through time: its versions by scope, in order of their days."""

    def __init__(self, entry: Entry):
        entry.only(("name", "label", "unit", "values"), ("choices", "note"))
        self.name = entry.text("name")
        if not NAME.fullmatch(self.name):
            raise entry.wrong(f"{self.name!r} is no name: small letters and figures, parts joined by points")
        self.file = entry.path.name
        self.labels = entry.labels()
        self.unit = entry.text("unit", among=PARSERS)
        self.note = entry.text("note", default="")
        self.choices = _choices(entry)
        self.versions = tuple(self._version(value) for value in entry.entries("values"))
        self._check_order(entry)
        self._check_scopes(entry)

    def _version(self, entry: Entry) -> Provision:
        entry.only(("from", "value", "citation", "mark"), ("scope", "source"))
        return Provision(
            name=self.name,
            value=self._value(entry),
            citation=self._said(entry, "citation"),
            valid_from=self._from(entry),
            mark=entry.text("mark", among=MARKS),
            scope=self._scope(entry),
            unit=self.unit,
            labels=self.labels,
            source=entry.text("source", default=""),
            file=self.file,
        )

    def _value(self, entry: Entry) -> Any:
        """Null ends a rule: from that day on there is none."""
        if (raw := entry["value"]) is None:
            return None
        try:
            value = PARSERS[self.unit](raw)
        except (ValueError, InvalidOperation, ZeroDivisionError, TypeError) as error:
            raise entry.wrong(f"{self.name}: {raw!r} is no value of the unit {self.unit}: {error}") from error
        if self.choices and value not in self.choices:
            raise entry.wrong(f"{self.name}: {value!r} is none of {', '.join(self.choices)}")
        return value

    def _said(self, entry: Entry, key: str) -> str:
        try:
            return entry.text(key)
        except DataError as error:
            raise entry.wrong(f"{self.name}: {key} is missing; every value says what it rests on") from error

    def _from(self, entry: Entry) -> date:
        if (day := entry.day("from")) is None:
            raise entry.wrong(f"{self.name}: from must be a day")
        return day

    def _scope(self, entry: Entry) -> Mapping[str, str]:
        scope = entry.get("scope") or {}
        texts = isinstance(scope, dict) and all(isinstance(v, str) for kv in scope.items() for v in kv)
        if not texts:
            raise entry.wrong(f"{self.name}: scope must be named texts such as {{level: grassroots}}")
        return MappingProxyType(dict(scope))

    def _check_order(self, entry: Entry) -> None:
        if not self.versions:
            raise entry.wrong(f"{self.name} has no values")
        for chain in self.by_scope().values():
            for before, after in pairwise(chain):
                if before.valid_from >= after.valid_from:
                    raise entry.wrong(
                        f"{self.name}: values must follow one another in time; "
                        f"{after.valid_from} stands after {before.valid_from}"
                    )

    def _check_scopes(self, entry: Entry) -> None:
        """Two scopes that can both fit equally well would leave the answer to chance."""
        scopes = {frozenset(version.scope.items()) for version in self.versions}
        for one, other in combinations(scopes, 2):
            agree = all(dict(one).get(key, value) == value for key, value in other)
            if len(one) == len(other) and agree and (one | other) not in scopes:
                raise entry.wrong(
                    f"{self.name}: the scopes {dict(one)} and {dict(other)} can fit the same case; "
                    "give a value for both together"
                )

    def by_scope(self) -> Mapping[frozenset, list[Provision]]:
        chains: dict[frozenset, list[Provision]] = defaultdict(list)
        for version in self.versions:
            chains[frozenset(version.scope.items())].append(version)
        return chains

    def resolve(self, day: date, scope: Mapping[str, str]) -> Provision:
        """The most specific scope that fits; within it the latest value that has begun."""
        asked = set(scope.items())
        fitting = [
            version
            for version in self.versions
            if version.valid_from <= day and asked.issuperset(version.scope.items())
        ]
        best = max(fitting, key=lambda version: (len(version.scope), version.valid_from), default=None)
        if best is None:
            raise self._absent(day, scope)
        if best.value is None:
            raise self._lapsed(best)
        return best

    def _lapsed(self, last: Provision) -> NotInForce:
        message = _("“%(rule)s” is no longer in force since %(since)s: %(citation)s (%(file)s).")
        said = {"rule": self.name, "since": last.valid_from.isoformat(), "file": self.file}
        return NotInForce(message % (said | {"citation": last.citation}), citation=last.citation)

    def _absent(self, day: date, scope: Mapping[str, str]) -> NotInForce:
        first = min(version.valid_from for version in self.versions)
        said = {"rule": self.name, "day": day.isoformat(), "file": self.file, "first": first.isoformat()}
        if first <= day:
            case = ", ".join(f"{key}={value}" for key, value in scope.items()) or _("the general case")
            message = _("“%(rule)s” has no value on %(day)s for %(case)s; its scopes stand in %(file)s.")
            return NotInForce(message % (said | {"case": case}))
        message = _("“%(rule)s” is not known for %(day)s: its first value in %(file)s holds from %(first)s.")
        return NotInForce(message % said)


class View:
    """What holds on one day. It cannot be changed, and the same day gives the same view."""

    def __init__(self, rules: Mapping[str, Rule], day: date):
        self._rules = rules
        self.day = day
        self._found: dict[tuple, Provision] = {}

    def __getitem__(self, name: str) -> Provision:
        return self.get(name)

    def get(self, name: str, *, scope: Mapping[str, str] | None = None) -> Provision:
        """The provision of that name, for the scope given: the most specific value wins."""
        key = (name, frozenset((scope or {}).items()))
        if key not in self._found:
            self._found[key] = _rule(self._rules, name).resolve(self.day, scope or {})
        return self._found[key]

    def value(self, name: str, *, scope: Mapping[str, str] | None = None) -> Any:
        return self.get(name, scope=scope).value

    def __contains__(self, name: str) -> bool:
        """Whether the general case has a value on this day."""
        try:
            self.get(name)
        except (DataError, NotInForce):
            return False
        return True

    def __iter__(self) -> Iterator[str]:
        return iter(self._rules)

    def __len__(self) -> int:
        return len(self._rules)

    def __repr__(self) -> str:
        return f"<View of {len(self)} provisions on {self.day.isoformat()}>"


def on(day: date) -> View:
    """What holds on that day."""
    return _view(day)


def rules(directory: Path = DIRECTORY) -> Mapping[str, Rule]:
    """Every provision with all its versions, by name: for the page that lists them."""
    return _rules(directory)


def validate(directory: Path = DIRECTORY) -> None:
    """Read everything and refuse what is wrong, naming file and line."""
    check_sections(SECTIONS, directory)
    known = _rules(directory)
    catalogues.validate(directory, provisions=known)


def view_of(directory: Path, day: date) -> View:
    """As `on`, from other files: for trying a reform, and for tests."""
    return View(_rules(directory), day)


@lru_cache(maxsize=4096)
def _view(day: date) -> View:
    return View(_rules(DIRECTORY), day)


@cache
def _rules(directory: Path) -> Mapping[str, Rule]:
    check_sections(SECTIONS, directory)
    found: dict[str, Rule] = {}
    for entry in sections("provisions", directory):
        rule = Rule(entry)
        if rule.name in found:
            raise entry.wrong(f"{rule.name} stands already in {found[rule.name].file}")
        found[rule.name] = rule
    return MappingProxyType(found)


def _rule(rules: Mapping[str, Rule], name: str) -> Rule:
    try:
        return rules[name]
    except KeyError:
        stem = name.split(".")[0]
        near = sorted(known for known in rules if known.split(".")[0] == stem)
        files = sorted({rules[known].file for known in near})
        hint = f"{', '.join(files)} has: {', '.join(near)}" if near else f"no file has names in {stem!r}"
        raise DataError(f"no provision is called {name!r}; {hint}") from None


def _choices(entry: Entry) -> Mapping[str, Mapping[str, str]]:
    """The values a choice may take, each with its labels."""
    is_choice = entry.get("unit") == "choice"
    if is_choice != ("choices" in entry):
        raise entry.wrong(f"{entry['name']}: choices belong to the unit choice, and only to it")
    if not is_choice:
        return MappingProxyType({})
    choices = entry["choices"]
    if not isinstance(choices, Entry) or not choices:
        raise entry.wrong(f"{entry['name']}: choices must name each value with its labels")
    return MappingProxyType({code: choices.labels(code) for code in choices})


def _whole(raw: Any) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int):
        raise ValueError("a whole number is expected")
    if raw < 0:
        raise ValueError("it must not be negative")
    return raw


def _decimal(raw: Any) -> Decimal:
    """Texts, not floats: 365.25 must stay what the file says."""
    if isinstance(raw, bool) or not isinstance(raw, int | str):
        raise ValueError('write it as a text, such as "365.25"')
    return Decimal(raw)


def _share(raw: Any) -> Fraction:
    if not isinstance(raw, str) or not re.fullmatch(r"\d+/\d+", raw):
        raise ValueError('write it as a text, such as "2/3"')
    share = Fraction(raw)
    if not 0 < share <= 1:
        raise ValueError("it must lie above 0 and not above 1")
    return share


def _text(raw: Any) -> str:
    if not isinstance(raw, str) or not raw.strip():
        raise ValueError("a text is expected")
    return raw


def _yes_no(raw: Any) -> bool:
    if not isinstance(raw, bool):
        raise ValueError("true or false is expected")
    return raw


def _list(raw: Any) -> tuple:
    if not isinstance(raw, list) or not raw:
        raise ValueError("a list is expected")
    return tuple(raw)


def _vote_rule(raw: Any) -> VoteRule:
    if not isinstance(raw, dict) or set(raw) != {"of", "share", "test"}:
        raise ValueError("of, share and test are expected")
    if raw["of"] not in VoteRule.BASES:
        raise ValueError(f"of must be one of {', '.join(VoteRule.BASES)}")
    if raw["test"] not in VoteRule.TESTS:
        raise ValueError(f"test must be one of {', '.join(VoteRule.TESTS)}")
    return VoteRule(raw["of"], _share(raw["share"]), raw["test"])


_COUNTED = (
    "year",
    "years",
    "months",
    "days",
    "working_days",
    "hours",
    "minutes",
    "persons",
    "times",
    "letters",
)
PARSERS = MappingProxyType(
    dict.fromkeys(_COUNTED, _whole)
    | {
        "number": _decimal,
        "percent": _decimal,
        "share": _share,
        "vote_rule": _vote_rule,
        "choice": _text,
        "text": _text,
        "yes_no": _yes_no,
        "list": _list,
    }
)
