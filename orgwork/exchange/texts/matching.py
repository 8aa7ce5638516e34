"""This room is for papers cited, beside the register of papers: who issued each, and which entries it may be.

A number says little by itself: 04-NQ/TU is counted by every province, and anew in every term. An entry is the
one cited when number and symbol, issuer and term agree; where several do, a person chooses.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from orgwork.exchange.texts.kept import KeptText, Kind, TextFind
from orgwork.exchange.texts.marks import flatten
from orgwork.foundation import catalogues
from orgwork.foundation.search import fold
from orgwork.insight.series import term_of
from orgwork.registers.documents import Document
from orgwork.registers.units import ROOT, Unit, UnitForm, UnitLineage, UnitPlacement

#: Which body an issuer's code means, seen from the body a text belongs to: the kinds it may have.
LEVELS = {
    "TU": ("provincial_party_organisation", "central_party_organisation"),
    "HU": ("district_party_organisation",),
    "THU": ("district_party_organisation",),
    "QU": ("district_party_organisation",),
    "DUK": ("bloc_party_organisation",),
    "DU": ("grassroots_party_organisation",),
}
#: Agencies of a committee: what stands at the end of the code is the committee's.
AGENCIES = {
    "BTC": "organisation_committee", "UBKT": "inspection_commission", "VP": "office",
}  # fmt: skip
#: Codes of bodies outside the Party, as they are named where no register has them.
OUTSIDE = {
    "QH": "Quốc hội", "UBTVQH": "Ủy ban Thường vụ Quốc hội", "CP": "Chính phủ", "TTG": "Thủ tướng Chính phủ",
    "HDND": "Hội đồng nhân dân", "UBND": "Ủy ban nhân dân", "BNV": "Bộ Nội vụ",
}  # fmt: skip


@dataclass(frozen=True)
class Issuer:
    """A body of the register, or a name in words; neither where the text leaves it open."""

    unit: Unit | None = None
    name: str = ""

    def __bool__(self) -> bool:
        return self.unit is not None or bool(self.name)


@dataclass
class Match:
    """Entries that may be the paper cited. ``sure`` is the one that agrees in everything, if it is alone."""

    sure: Document | None = None
    possible: list[Document] = field(default_factory=list)


class Around:
    """The bodies that codes mean, seen from one body on one day; asked for once for a whole text."""

    def __init__(self, unit: Unit, day: dt.date):
        self.unit, self.day = unit, day
        above = UnitLineage.objects.on(day).filter(descendant=unit).order_by("depth")
        self.above = list(above.values_list("ancestor", flat=True)) or [unit.pk]
        kinds = UnitForm.objects.on(day).filter(unit__in=self.above).values_list("unit", "kind")
        self.kinds = dict(kinds)
        self._units: dict[int, Unit] = {}

    def level(self, code: str) -> Unit | None:
        """The committee of a code: the nearest of its kinds at the body or above it."""
        if code == "TW":
            return Unit.objects.filter(code=ROOT).first()
        wanted = LEVELS.get(code.upper(), ())
        return next((self._unit(pk) for pk in self.above if self.kinds.get(pk) in wanted), None)

    def agency(self, code: str) -> Unit | None:
        """BTCTW is the organisation committee under TW, BTCTU that of the province."""
        for sign, kind in AGENCIES.items():
            if code.upper().startswith(sign) and (over := self.level(code[len(sign) :])) is not None:
                under = UnitPlacement.objects.on(self.day).filter(parent=over).values("unit")
                row = UnitForm.objects.on(self.day).filter(unit__in=under, kind=kind).order_by("unit").first()
                return self._unit(row.unit_id) if row else None
        return None

    def _unit(self, pk: int) -> Unit:
        if pk not in self._units:
            self._units[pk] = Unit.objects.get(pk=pk)
        return self._units[pk]


def code_of(norm: str) -> str:
    """The issuer's code in a number in ASCII: TU of 04-NQ/TU, QH of 72/2025/QH15; empty if there is none."""
    if "/" not in norm:
        return ""
    last = norm.rsplit("/", 1)[1]
    tail = last.split("-", 1)[1] if "-" in last else last
    return tail.rstrip("0123456789").upper()


def issuer_of(said: Mapping, around: Around) -> Issuer:
    """Whose paper it is: by the code in its number, else by the words of the text."""
    code = code_of(said.get("norm") or "")
    if code:
        unit = around.level(code) or around.agency(code)
        if unit is not None and not _of_elsewhere(said, around, unit):
            return Issuer(unit)
        if code in OUTSIDE:
            return Issuer(name=OUTSIDE[code])
    return Issuer(name=(said.get("issuer") or "").strip()[:200])


def _of_elsewhere(said: Mapping, around: Around, unit: Unit) -> bool:
    """The text names a province of its own beside the number, and it is not the one found."""
    place = (said.get("of_place") or "").strip()
    if not place:
        return False
    from orgwork.registers.units import names_of

    return fold(place) not in fold(names_of([unit.pk], around.day).get(unit.pk, ""))


def matches(finds: Iterable[TextFind], text: KeptText, around: Around) -> dict[int, Match]:
    """For each find of a paper with a number its entries; one question for all of them."""
    wanted: dict[str, list[TextFind]] = {}
    for find in finds:
        if find.kind == Kind.DOCUMENT and find.norm:
            wanted.setdefault(fold(find.norm), []).append(find)
    out = {find.pk: Match() for some in wanted.values() for find in some}
    numbers = {int(digits) for norm in wanted if (digits := norm.split("-")[0].split("/")[0]).isdigit()}
    rows = Document.objects.filter(number__in=numbers, secret=False).select_related("issuer")
    entries: dict[str, list[Document]] = {}
    for paper in rows.order_by("-day", "-pk")[:4000]:
        entries.setdefault(fold(flatten(paper.symbol)), []).append(paper)
    for norm, some in wanted.items():
        for find in some:
            _judge(out[find.pk], find, entries.get(norm, []), text, around)
    return out


def _judge(match: Match, find: TextFind, entries: list[Document], text: KeptText, around: Around) -> None:
    issuer = issuer_of(find.said, around)
    said = find.said.get("date") or ""
    day = dt.date.fromisoformat(said) if len(said) == 10 else None
    possible = [paper for paper in entries if _issued_by(paper, issuer)]
    if day is not None:
        # A day that is said decides: another day is another term's paper, or a slip that a person looks at.
        agreeing = [paper for paper in possible if paper.day == day]
    else:
        known = [paper for paper in possible if paper.day and paper.day <= text.day]
        agreeing = known if len({term_of(paper.day) for paper in known if paper.day}) == 1 else []
    match.possible = possible[:5] or entries[:5]
    match.sure = agreeing[0] if len(agreeing) == 1 else None


def _issued_by(paper: Document, issuer: Issuer) -> bool:
    if issuer.unit is not None:
        return paper.issuer_id == issuer.unit.pk
    if paper.issuer_id is not None:
        return False
    one, other = fold(issuer.name), fold(paper.issuer_name)
    return bool(one and other and (one in other or other in one)) or not one


def kind_of(said: Mapping) -> str:
    """The kind of the paper, where its sign or the text's word leaves only one."""
    open_kinds = said.get("kinds") or []
    if len(open_kinds) == 1:
        return open_kinds[0] if open_kinds[0] in catalogues.documents() else ""
    sign = (said.get("norm") or "").partition("-")[2].partition("/")[0].upper()
    if not sign:
        parts = (said.get("norm") or "").split("/")
        sign = parts[-1].split("-")[0].upper() if len(parts) > 1 else ""
    found = [code for code, kind in catalogues.documents().items() if _sign(kind) == sign]
    if len(found) > 1 and said.get("type") in found and not open_kinds:
        return said["type"]
    return found[0] if len(found) == 1 else ""


def _sign(kind) -> str:
    return flatten(kind.symbols[0]).upper() if kind.symbols else ""


def symbol_of(said: Mapping) -> str:
    """Number and symbol as the papers themselves print them: Đ where a sign of the catalogue has it."""
    norm = said.get("norm") or ""
    kind = catalogues.documents().get(kind_of(said))
    head, line, rest = norm.partition("-")
    sign, slash, issuer = rest.partition("/")
    if kind is not None and slash and kind.symbols and flatten(kind.symbols[0]).upper() == sign.upper():
        return f"{head}{line}{kind.symbols[0]}{slash}{issuer}"
    if slash and sign.upper() == "QD":
        return f"{head}{line}QĐ{slash}{issuer}"
    return norm
