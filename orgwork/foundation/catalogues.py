"""This room is for the catalogues that are data: kinds of bodies and posts, powers, papers, causes.

They lie in orgwork/provisions/ beside the dated values and are read through `foundation.provisions`:
`provisions.kinds()["cell"].labels["de"]`. Which body may stand under which, and which post gives which
power, changes with the statutes; those lines carry days and a citation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType

from orgwork.foundation.datafiles import DIRECTORY, MARKS, Entry, by_code, sections

FAMILIES = ("party", "committee", "agency", "service", "temporary", "state", "front", "union")
LEVELS = (
    *("whole", "central", "province", "district", "commune"),
    *("grassroots", "section", "cell", "group", "any"),
)
COUNTS_AS = ("party_organisation", "cell", "none")
REACHES = ("own", "under")
BASES = ("unit", "parent")
EFFECTS = ("increase", "decrease", "internal", "none")
CONCERNS = ("member", "body", "post", "record")


@dataclass(frozen=True, slots=True)
class Standing:
    """That a kind of body may stand under another, from a day, until a day."""

    kind: str
    valid_from: date | None = None
    valid_to: date | None = None
    citation: str = ""

    def holds(self, on: date | None) -> bool:
        return _holds(self.valid_from, self.valid_to, on)


@dataclass(frozen=True, slots=True)
class BodyKind:
    """A kind of body: what it is called, where it may stand, what it holds."""

    code: str
    family: str
    level: str
    labels: Mapping[str, str]
    short: Mapping[str, str]
    under: tuple[Standing, ...]
    counts_as: str
    holds_members: bool
    several: bool
    child_digits: int
    sizes: Mapping[str, str]

    def may_stand_under(self, parent_kind: str | None, on: date | None = None) -> bool:
        """Without a day: whether it ever may. A kind with no parents declared is the root."""
        if parent_kind is None:
            return not self.under
        return any(standing.kind == parent_kind and standing.holds(on) for standing in self.under)

    def parents(self, on: date | None = None) -> tuple[str, ...]:
        return tuple(standing.kind for standing in self.under if standing.holds(on))


@dataclass(frozen=True, slots=True)
class PostKind:
    """A kind of post: a seat at a body, or at a place (`area_kinds`)."""

    code: str
    family: str
    labels: Mapping[str, str]
    single: bool
    at: tuple[str, ...]
    area_kinds: tuple[str, ...]

    def may_be_at(self, unit_kind: str) -> bool:
        return unit_kind in self.at


@dataclass(frozen=True, slots=True)
class ActKind:
    """Something that takes a power; `reading` marks the grades of reading."""

    code: str
    labels: Mapping[str, str]
    reading: bool


@dataclass(frozen=True, slots=True)
class Power:
    """Posts of these kinds at bodies of these kinds give these acts.

    They reach over the base body alone ("own") or over it and all that stands under it. The base is the
    body of the post (`unit`), or the one it stands under (`parent`): an officer of an organisation committee
    acts for the party organisation above it. `of` narrows the kinds of that base.
    """

    code: str
    posts: frozenset[str]
    at: frozenset[str]
    base: str
    of: frozenset[str]
    reach: str
    acts: frozenset[str]
    valid_from: date
    valid_to: date | None
    citation: str
    mark: str

    @property
    def version(self) -> str:
        return f"powers.{self.code}@{self.valid_from.isoformat()}"

    def holds(self, on: date | None) -> bool:
        return _holds(self.valid_from, self.valid_to, on)


@dataclass(frozen=True, slots=True)
class DocumentKind:
    """A kind of paper; the printed sign does not tell the kind (QĐ is a decision or a regulation)."""

    code: str
    symbols: tuple[str, ...]
    labels: Mapping[str, str]
    normative: str


@dataclass(frozen=True, slots=True)
class RelationKind:
    """How a later paper rests on an earlier one, said from either side."""

    code: str
    labels: Mapping[str, str]
    inverse: Mapping[str, str]
    carries: bool
    competent: bool
    ends: bool
    procedure: str = ""


@dataclass(frozen=True, slots=True)
class Way:
    """Which posts may sign so: at the issuing body or its committee, or at a body directly below it."""

    posts: frozenset[str]
    seat: str
    of: frozenset[str]
    at: frozenset[str]


@dataclass(frozen=True, slots=True)
class Authority:
    """In whose name a paper is signed, and who may; ``papers`` empty: every kind of paper."""

    code: str
    sign: str
    line: str
    labels: Mapping[str, str]
    ways: tuple[Way, ...]
    papers: tuple[str, ...]
    warrant: bool
    citation: str


@dataclass(frozen=True, slots=True)
class RequiredKind:
    """A paper that bodies of these kinds must have: of which kinds it is, how often, issued by whom."""

    code: str
    labels: Mapping[str, str]
    bodies: tuple[str, ...]
    papers: tuple[str, ...]
    each: str
    of: str
    words: str
    valid_from: date
    citation: str
    mark: str


@dataclass(frozen=True, slots=True)
class IssuerCode:
    """The sign of an issuing body in a paper's number; many bodies share one (TU for every province)."""

    code: str
    labels: Mapping[str, str]
    kinds: tuple[str, ...]
    of: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None

    def holds(self, on: date | None) -> bool:
        return _holds(self.valid_from, self.valid_to, on)


@dataclass(frozen=True, slots=True)
class CauseKind:
    """Why a fact began or ended, and what that does to the number of members."""

    code: str
    labels: Mapping[str, str]
    effect: str
    concerns: str


def kinds(directory: Path = DIRECTORY) -> Mapping[str, BodyKind]:
    """The grammar of bodies, by code."""
    return _kinds(directory)


def may_stand_under(kind: str, parent_kind: str | None, on: date | None = None) -> bool:
    """Whether a body of this kind may stand under one of that kind (on that day); None asks for the root."""
    return kinds()[kind].may_stand_under(parent_kind, on)


def posts(directory: Path = DIRECTORY) -> Mapping[str, PostKind]:
    return _posts(directory)


def acts(directory: Path = DIRECTORY) -> Mapping[str, ActKind]:
    """Every act that takes a power, in the order of the file."""
    return _acts(directory)


def powers(on: date | None = None, directory: Path = DIRECTORY) -> tuple[Power, ...]:
    """All powers, or those that hold on a day."""
    return tuple(power for power in _powers(directory) if power.holds(on))


def documents(directory: Path = DIRECTORY) -> Mapping[str, DocumentKind]:
    return _documents(directory)


def issuers(directory: Path = DIRECTORY) -> Mapping[str, IssuerCode]:
    return _issuers(directory)


def relations(directory: Path = DIRECTORY) -> Mapping[str, RelationKind]:
    """The ways in which papers rest on one another, by code."""
    return _relations(directory)


def required(directory: Path = DIRECTORY) -> Mapping[str, RequiredKind]:
    """The papers that bodies must have, by code."""
    return _required(directory)


def causes(directory: Path = DIRECTORY) -> Mapping[str, CauseKind]:
    return _causes(directory)


def authorities(directory: Path = DIRECTORY) -> Mapping[str, Authority]:
    """In whose name papers are signed, and by the holders of which posts."""
    return _authorities(directory)


def validate(directory: Path, *, provisions: Iterable[str]) -> None:
    """Read every catalogue; the sizes of kinds must name provisions that exist."""
    known = set(provisions)
    for entry in sections("kinds", directory):
        for name in (entry.get("sizes") or {}).values():
            if name not in known:
                raise entry.wrong(f"{entry['code']}: sizes name the unknown provision {name}")
    for catalogue in (
        _kinds,
        _posts,
        _acts,
        _powers,
        _documents,
        _issuers,
        _relations,
        _causes,
        _authorities,
    ):
        catalogue(directory)


def _holds(valid_from: date | None, valid_to: date | None, on: date | None) -> bool:
    """Half-open, as every dated fact; no day asked means ever."""
    if on is None:
        return True
    return (valid_from is None or valid_from <= on) and (valid_to is None or on < valid_to)


@cache
def _kinds(directory: Path) -> Mapping[str, BodyKind]:
    entries = list(sections("kinds", directory))
    known = {entry.text("code") for entry in entries}
    return by_code(entries, lambda entry: _kind(entry, known), "kind of body")


def _kind(entry: Entry, known: set[str]) -> BodyKind:
    entry.only(
        ("code", "family", "level", "label", "short", "under", "counts_as"),
        ("holds_members", "several", "child_digits", "sizes"),
    )
    return BodyKind(
        code=entry["code"],
        family=entry.text("family", among=FAMILIES),
        level=entry.text("level", among=LEVELS),
        labels=entry.labels(),
        short=entry.labels("short"),
        under=tuple(_standing(entry, item, known) for item in entry["under"]),
        counts_as=entry.text("counts_as", among=COUNTS_AS),
        holds_members=entry.yes("holds_members", False),
        several=entry.yes("several", False),
        child_digits=entry.number("child_digits", 2),
        sizes=MappingProxyType(dict(entry.get("sizes") or {})),
    )


def _standing(entry: Entry, item: str | Entry, known: set[str]) -> Standing:
    if isinstance(item, Entry):
        item.only(("kind", "citation"), ("from", "until"))
        standing = Standing(item["kind"], item.day("from"), item.day("until"), item.text("citation"))
    else:
        standing = Standing(item)
    if standing.kind not in known:
        raise entry.wrong(f"{entry['code']}: under names {standing.kind}, which is not declared")
    return standing


@cache
def _posts(directory: Path) -> Mapping[str, PostKind]:
    known = set(_kinds(directory))

    def make(entry: Entry) -> PostKind:
        entry.only(("code", "family", "label", "single"), ("at", "area_kinds"))
        return PostKind(
            code=entry["code"],
            family=entry.text("family"),
            labels=entry.labels(),
            single=entry.yes("single"),
            at=entry.texts("at", among=known),
            area_kinds=entry.texts("area_kinds"),
        )

    return by_code(sections("posts", directory), make, "kind of post")


@cache
def _acts(directory: Path) -> Mapping[str, ActKind]:
    def make(entry: Entry) -> ActKind:
        entry.only(("code", "label"), ("reading",))
        return ActKind(entry["code"], entry.labels(), entry.yes("reading", False))

    return by_code(sections("acts", directory), make, "act")


@cache
def _powers(directory: Path) -> tuple[Power, ...]:
    made = by_code(sections("powers", directory), lambda entry: _power(entry, directory), "power")
    return tuple(made.values())


def _power(entry: Entry, directory: Path) -> Power:
    entry.only(("code", "posts", "at", "base", "reach", "acts", "from", "citation", "mark"), ("of", "until"))
    bodies, seats = _kinds(directory), _posts(directory)
    power = Power(
        code=entry["code"],
        posts=frozenset(entry.texts("posts", among=seats)),
        at=frozenset(entry.texts("at", among=bodies)),
        base=entry.text("base", among=BASES),
        of=frozenset(entry.texts("of", among=bodies)),
        reach=entry.text("reach", among=REACHES),
        acts=frozenset(entry.texts("acts", among=_acts(directory))),
        valid_from=entry.day("from") or date.min,
        valid_to=entry.day("until"),
        citation=entry.text("citation"),
        mark=entry.text("mark", among=MARKS),
    )
    _check_base(entry, power, bodies)
    for seat in power.posts:
        if strange := sorted(power.at - set(seats[seat].at)):
            raise entry.wrong(f"{power.code}: a {seat} may not be at {', '.join(strange)} (posts.yaml)")
    return power


def _check_base(entry: Entry, power: Power, bodies: Mapping[str, BodyKind]) -> None:
    """`of` says nothing new for the body of the post itself, and must be possible for a parent."""
    if power.base == "unit" and power.of:
        raise entry.wrong(f"{power.code}: of belongs to the base parent only; at says it for the base unit")
    if power.base == "parent" and not power.of:
        raise entry.wrong(f"{power.code}: the base parent must say of which kinds it may be")
    for parent in power.of:
        if not any(bodies[kind].may_stand_under(parent) for kind in power.at):
            raise entry.wrong(f"{power.code}: none of its bodies may stand under {parent} (kinds.yaml)")


@cache
def _documents(directory: Path) -> Mapping[str, DocumentKind]:
    def make(entry: Entry) -> DocumentKind:
        entry.only(("code", "symbols", "label", "normative"))
        normative = entry.text("normative", among=("yes", "guides", "executes", "no", "evidence"))
        return DocumentKind(entry["code"], entry.texts("symbols"), entry.labels(), normative)

    return by_code(sections("documents", directory), make, "kind of document")


@cache
def _issuers(directory: Path) -> Mapping[str, IssuerCode]:
    known = set(_kinds(directory))

    def make(entry: Entry) -> IssuerCode:
        entry.only(("code", "label"), ("kinds", "of", "from", "until"))
        kinds, of = entry.texts("kinds", among=known), entry.texts("of", among=known)
        return IssuerCode(entry["code"], entry.labels(), kinds, of, entry.day("from"), entry.day("until"))

    return by_code(sections("issuers", directory), make, "issuer code")


@cache
def _relations(directory: Path) -> Mapping[str, RelationKind]:
    def make(entry: Entry) -> RelationKind:
        entry.only(("code", "label", "inverse"), ("carries", "competent", "ends", "procedure"))
        said = {name: entry.yes(name, False) for name in ("carries", "competent", "ends")}
        return RelationKind(entry["code"], entry.labels(), entry.labels("inverse"), **said,
            procedure=entry.text("procedure", default=""),
        )  # fmt: skip

    return by_code(sections("relations", directory), make, "relation of papers")


@cache
def _required(directory: Path) -> Mapping[str, RequiredKind]:
    bodies, papers = set(_kinds(directory)), set(_documents(directory))

    def make(entry: Entry) -> RequiredKind:
        entry.only(
            ("code", "label", "bodies", "papers", "each", "of", "words", "from", "citation", "mark"),
            ("source",),
        )
        return RequiredKind(
            code=entry["code"],
            labels=entry.labels(),
            bodies=entry.texts("bodies", among=bodies),
            papers=entry.texts("papers", among=papers),
            each=entry.text("each", among=("term", "year", "once")),
            of=entry.text("of", among=("own", "above")),
            words=entry.text("words"),
            valid_from=entry.day("from") or date.min,
            citation=entry.text("citation"),
            mark=entry.text("mark", among=MARKS),
        )

    return by_code(sections("required", directory), make, "required paper")


@cache
def _causes(directory: Path) -> Mapping[str, CauseKind]:
    def make(entry: Entry) -> CauseKind:
        entry.only(("code", "label", "effect", "concerns"))
        effect = entry.text("effect", among=EFFECTS)
        return CauseKind(entry["code"], entry.labels(), effect, entry.text("concerns", among=CONCERNS))

    return by_code(sections("causes", directory), make, "cause")


SEATS = ("issuer", "below")
LINES = ("body", "head", "none")


@cache
def _authorities(directory: Path) -> Mapping[str, Authority]:
    papers = set(_documents(directory))

    def make(entry: Entry) -> Authority:
        entry.only(("code", "line", "label", "ways", "citation", "mark"), ("sign", "papers", "warrant"))
        entry.text("mark", among=MARKS)
        return Authority(
            code=entry["code"],
            sign=entry.text("sign", default=""),
            line=entry.text("line", among=LINES),
            labels=entry.labels(),
            ways=tuple(_way(one, directory) for one in entry.entries("ways")),
            papers=entry.texts("papers", among=papers),
            warrant=entry.yes("warrant", False),
            citation=entry.text("citation"),
        )

    return by_code(sections("authorities", directory), make, "authority to sign")


def _way(entry: Entry, directory: Path) -> Way:
    entry.only(("posts", "seat", "of"), ("at",))
    bodies = _kinds(directory)
    return Way(
        posts=frozenset(entry.texts("posts", among=_posts(directory))),
        seat=entry.text("seat", among=SEATS),
        of=frozenset(entry.texts("of", among=bodies)),
        at=frozenset(entry.texts("at", among=bodies)),
    )
